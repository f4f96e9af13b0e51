//! The validator agrees with the client: what it refuses is an error to us, what it loads is none, and both know the same names.

pub(crate) mod mutate;
pub(crate) mod names;
pub(crate) mod parity;
pub(crate) mod refused;

//! Proof of this harness on small fixtures of its own, and the client's facts it rests on.

pub(crate) mod agents;
pub(crate) mod facts;
pub(crate) mod plain;
pub(crate) mod sample;

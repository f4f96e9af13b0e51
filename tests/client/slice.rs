//! The product in real sessions, in both ways in.

pub(crate) mod armed;
pub(crate) mod feature;
pub(crate) mod guards;
pub(crate) mod loading;
pub(crate) mod skills;

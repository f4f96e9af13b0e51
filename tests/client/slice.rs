//! The product in real sessions, in both ways in.

pub(crate) mod armed;
pub(crate) mod bench;
pub(crate) mod checkpoints;
pub(crate) mod evals;
pub(crate) mod feature;
pub(crate) mod gates;
pub(crate) mod guards;
pub(crate) mod loading;
pub(crate) mod messages;
pub(crate) mod runs;
pub(crate) mod skills;

//! The messages of a workflow run: packets out, reports back.

pub mod packet;
pub mod report;

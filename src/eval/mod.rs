//! Evaluates definitions without a model: which description a prompt reaches, and what is covered.

pub mod cases;
pub mod definition;
pub mod rank;
pub mod stem;
pub mod triggers;

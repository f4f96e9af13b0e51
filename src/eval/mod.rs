//! Evaluates definitions without a model: which description a prompt reaches, and what is covered.

pub mod cases;
pub mod definition;
pub mod export;
pub mod rank;
pub mod stem;
pub mod triggers;

/// A definition or a file of cases that a person has to put right.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct BadFile {
    /// The file, from the root.
    pub file: String,
    /// What is wrong with it.
    pub problem: String,
}

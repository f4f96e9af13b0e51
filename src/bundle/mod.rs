//! The definitions that Claude Code runs: what a folder holds of them, read as the client reads it.
//!
//! Reading never fails outright. What is wrong with a file stands beside what could be read of it,
//! and the rules of [`crate::lint`] say it.

pub mod client;
pub mod discover;
pub mod document;
mod embedded;
pub mod file;
pub mod frontmatter;
mod indent;
pub mod json;
pub mod kind;
pub mod load;
mod loose;
pub mod markdown;
pub mod names;
pub mod schema;
pub mod script;
pub mod source;
pub mod tree;
pub mod yaml;

pub use embedded::{Embedded, FILES, VERSION};

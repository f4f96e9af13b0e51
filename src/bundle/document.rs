//! What a file turned out to be once it was read.

use std::cell::OnceCell;
use std::ops::Range;

use super::frontmatter::Frontmatter;
use super::json::JsonError;
use super::markdown::Outline;
use super::script::Script;
use super::tree::Node;
use super::yaml::YamlError;

/// The content of a file, by its kind.
#[derive(Debug)]
pub enum Document {
    /// Markdown, with frontmatter where there is a block.
    Markdown {
        /// The block at the top.
        front: Option<Box<Frontmatter>>,
        /// First byte of the body.
        body: usize,
        /// Links, headings and code of the body, read when first asked for.
        outline: OnceCell<Outline>,
    },
    /// JSON or YAML.
    Data {
        /// The value; `None` when it could not be read.
        root: Option<Node>,
        /// Keys that stand a second time.
        duplicates: Vec<(String, Range<usize>)>,
    },
    /// A workflow script, read when first asked for.
    Workflow(Box<OnceCell<Script>>),
    /// A program of any language.
    Text,
    /// Nothing could be read; the file's troubles say why.
    Unread,
}

/// What was wrong with a file while it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// The system's words.
    Unreadable(String),
    /// Bytes of the file, and the most that is read.
    TooLarge(u64, u64),
    /// It holds bytes that are no UTF-8.
    NotUtf8,
    /// It holds a NUL byte.
    Nul(usize),
    /// It begins with a byte order mark.
    ByteOrderMark,
    /// It is no JSON.
    Json(JsonError),
    /// It is no YAML (the policy; frontmatter has its own state).
    Yaml(YamlError),
    /// It is a symbolic link that leads out of its root; the target as written.
    LinkOutside(String),
    /// It is a symbolic link to nothing.
    LinkDangling(String),
}

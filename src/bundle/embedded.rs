//! The definitions of this repository, compiled in, so that one binary can install them anywhere.

/// One file of the bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedded<'a> {
    /// Path in this repository, with `/`: `agents/code-reviewer.md`.
    pub path: &'a str,
    /// Whether its executable bit is set there.
    pub executable: bool,
    /// Its content.
    pub bytes: &'a [u8],
}

/// Every file that an install brings, sorted by path.
pub static FILES: &[Embedded<'static>] = include!(concat!(env!("OUT_DIR"), "/bundle.rs"));

/// The version of the bundle and of the binary; they are released as one.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

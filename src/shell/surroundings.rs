//! What a line may name and the reader may look at: files, and git's aliases.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::git;

/// What became of the wish to read a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileText {
    /// Its text.
    Text(String),
    /// There is none of that name, or it is no file.
    Missing,
    /// It is there, but cannot be read as text; why.
    Unreadable(String),
}

/// Where a line would run, as far as the reader may look.
pub trait Surroundings {
    /// The text of a file of at most `most` bytes.
    fn file(&self, path: &Path, most: usize) -> FileText;

    /// What `git NAME` stands for in the configuration that holds in `dir`.
    fn git_alias(&self, dir: &Path, name: &str) -> Option<String>;
}

/// Nothing to look at: the line alone decides.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nowhere;

impl Surroundings for Nowhere {
    fn file(&self, _path: &Path, _most: usize) -> FileText {
        FileText::Missing
    }

    fn git_alias(&self, _dir: &Path, _name: &str) -> Option<String> {
        None
    }
}

/// The machine's disk and git's own configuration.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Surroundings for Disk {
    fn file(&self, path: &Path, most: usize) -> FileText {
        // A pipe or a device would block or never end.
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_file() => {}
            Ok(_) => return FileText::Missing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return FileText::Missing,
            Err(error) => return FileText::Unreadable(error.to_string()),
        }
        let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
        let mut bytes = Vec::new();
        let read =
            std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
        match read {
            Err(error) => FileText::Unreadable(error.to_string()),
            Ok(_) if bytes.iter().take(512).any(|byte| *byte == 0) => {
                FileText::Unreadable("it is no text".to_owned())
            }
            Ok(_) if bytes.len() > most => {
                FileText::Unreadable(format!("it is over {} KiB", most >> 10))
            }
            Ok(_) => FileText::Text(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    fn git_alias(&self, dir: &Path, name: &str) -> Option<String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if name.is_empty() || !name.chars().all(plain) {
            return None;
        }
        let key = format!("alias.{name}");
        git::text(dir, ["config", "--get", key.as_str()]).ok().filter(|text| !text.is_empty())
    }
}

/// A world made of pairs, for tests and for whoever wants to ask "what if".
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Files by their full path.
    pub files: Vec<(PathBuf, String)>,
    /// Git aliases by their name.
    pub aliases: Vec<(String, String)>,
}

impl Surroundings for Given {
    fn file(&self, path: &Path, most: usize) -> FileText {
        match self.files.iter().find(|(name, _)| name == path) {
            None => FileText::Missing,
            Some((_, text)) if text.len() > most => {
                FileText::Unreadable(format!("it is over {} KiB", most >> 10))
            }
            Some((_, text)) => FileText::Text(text.clone()),
        }
    }

    fn git_alias(&self, _dir: &Path, name: &str) -> Option<String> {
        self.aliases.iter().find(|(alias, _)| alias == name).map(|(_, text)| text.clone())
    }
}

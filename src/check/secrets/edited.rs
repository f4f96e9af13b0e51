//! An edit as the file will hold it: the new text between the lines that stand around it.

use std::ops::Range;
use std::path::Path;

/// Bytes of the file to each side of an edit that are looked at with it. Enough for the name of a
/// value, the other half of a key pair and the first line of a private key.
const AROUND: usize = 2 << 10;

/// Bytes of the largest file that is read for its surroundings.
const MOST: u64 = 8 << 20;

/// An edit in its file.
#[derive(Debug)]
pub(super) struct Edited {
    /// The new text with the lines around it.
    pub(super) text: String,
    /// The bytes of `text` that are new.
    pub(super) new: Range<usize>,
    /// The same part of the file as it was.
    pub(super) near: String,
    /// The whole file as it was.
    pub(super) file: String,
}

/// The text of a file, if there is one of a size that is read here. Bytes that are no UTF-8 become
/// U+FFFD.
pub(super) fn read(path: &Path) -> Option<String> {
    let meta = std::fs::metadata(path).ok()?;
    if !meta.is_file() || meta.len() > MOST {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    Some(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// Puts a new text where the old one stands. `None` when the file cannot be read or does not hold
/// the old text: the client will refuse such an edit.
pub(super) fn place(path: &Path, old: &str, new: &str) -> Option<Edited> {
    if old.is_empty() {
        return None;
    }
    let file = read(path)?;
    let at = memchr::memmem::find(file.as_bytes(), old.as_bytes())?;
    let (head, tail) = (&file[..at], &file[at + old.len()..]);
    let from =
        (0..=head.len().saturating_sub(AROUND)).rev().find(|at| head.is_char_boundary(*at))?;
    let to = (tail.len().min(AROUND)..=tail.len()).find(|at| tail.is_char_boundary(*at))?;
    let (head, tail) = (&head[from..], &tail[..to]);
    let text = format!("{head}{new}{tail}");
    let near = format!("{head}{old}{tail}");
    Some(Edited { text, new: head.len()..head.len() + new.len(), near, file })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_text_stands_where_the_old_one_stood() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let far = "ü".repeat(AROUND);
        std::fs::write(&path, format!("{far}left OLD right{far}")).unwrap();
        let edited = place(&path, "OLD", "new").unwrap();
        assert_eq!(&edited.text[edited.new.clone()], "new");
        assert!(edited.text.contains("left new right"));
        assert!(edited.text.len() < 2 * AROUND + 16);
        assert!(place(&path, "absent", "new").is_none());
        assert!(place(&path, "", "new").is_none());
        assert!(place(dir.path(), "OLD", "new").is_none());
    }
}

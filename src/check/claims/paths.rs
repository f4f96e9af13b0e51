//! A path as a report writes it, in the form that git gives it.

use std::path::Path;

use crate::check::role::inside;

/// The paths that an entry of `files_changed` may mean, relative to the root: as it stands, and without what people and
/// `git status` write around a path. Empty when it lies outside of the project.
pub(super) fn candidates(entry: &str, root: &Path, cwd: &Path) -> Vec<String> {
    let entry = entry.trim();
    let mut texts = vec![entry.to_owned()];
    let bare = entry.trim_matches(['`', '\'', '*']);
    texts.push(bare.to_owned());
    if let Some(quoted) = bare.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        texts.push(unquoted(quoted));
    }
    // `old -> new`, `M path`, `path (new)`, `path: what changed`, `path:12`.
    if let Some((_, new)) = bare.rsplit_once(" -> ").or_else(|| bare.rsplit_once(" => ")) {
        texts.push(new.to_owned());
    }
    let code = |c: char| "MADRCTU?!".contains(c);
    if let Some((status, path)) = bare.split_once(' ')
        && !status.is_empty()
        && status.chars().all(code)
    {
        texts.push(path.to_owned());
    }
    for separator in [" (", ": ", " - ", " — ", " – ", ":"] {
        if let Some((path, _)) = bare.split_once(separator) {
            texts.push(path.to_owned());
        }
    }
    for index in 0..texts.len() {
        if texts[index].contains('\\') {
            texts.push(texts[index].replace('\\', "/"));
        }
    }
    let mut paths = Vec::new();
    for text in texts {
        let text = text.trim();
        if text.is_empty() || text == "." {
            continue;
        }
        // Relative to the root as the packet asks, or to the folder that the agent stands in.
        for base in [root, cwd] {
            paths.extend(inside(root, &base.join(text)).filter(|path| !path.is_empty()));
        }
        // A link in the middle of the path: as git names it, and as the disk does.
        if let Some(literal) = literal(text) {
            paths.push(literal);
        }
    }
    paths.dedup();
    paths
}

/// A relative path without `.` parts.
fn literal(text: &str) -> Option<String> {
    if text.starts_with('/') {
        return None;
    }
    let parts: Vec<&str> =
        text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

/// What git quotes: `\303\244` for bytes, `\t`, `\"`.
fn unquoted(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(first @ b'0'..=b'3') => {
                let mut value = u32::from(first - b'0');
                for _ in 0..2 {
                    if let Some(digit) = rest.next_if(|next| matches!(next, b'0'..=b'7')) {
                        value = value * 8 + u32::from(digit - b'0');
                    }
                }
                bytes.push(u8::try_from(value).unwrap_or(b'?'));
            }
            Some(b't') => bytes.push(b'\t'),
            Some(b'n') => bytes.push(b'\n'),
            Some(other) => bytes.push(other),
            None => bytes.push(b'\\'),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::candidates;

    #[test]
    fn what_people_write_around_a_path_is_taken_off() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("src/deep")).unwrap();
        for (entry, wanted) in [
            ("src/a.py", "src/a.py"),
            ("./src/a.py", "src/a.py"),
            ("src//./a.py", "src/a.py"),
            ("src/deep/../a.py", "src/a.py"),
            ("src\\a.py", "src/a.py"),
            ("`src/a.py`", "src/a.py"),
            ("M src/a.py", "src/a.py"),
            ("?? src/a.py", "src/a.py"),
            ("src/b.py -> src/a.py", "src/a.py"),
            ("src/a.py (new)", "src/a.py"),
            ("src/a.py:12", "src/a.py"),
            ("src/a.py - adds the endpoint", "src/a.py"),
            ("src/", "src"),
            (r#""src/\303\244 b.py""#, "src/ä b.py"),
            ("src/a (1).py", "src/a (1).py"),
        ] {
            let found = candidates(entry, &root, &root);
            assert!(found.iter().any(|path| path == wanted), "{entry}: {found:?}");
        }
        let absolute = root.join("src/a.py").display().to_string();
        assert!(candidates(&absolute, &root, &root).contains(&"src/a.py".to_owned()));
        assert!(candidates("/elsewhere/a.py", &root, &root).is_empty());
        let below = candidates("a.py", &root, &root.join("src"));
        assert!(below.contains(&"src/a.py".to_owned()), "{below:?}");
    }
}

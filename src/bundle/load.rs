//! Reads the files that discovery found. Nothing here fails: what is wrong is kept as a [`Trouble`].

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use super::client;
use super::discover::{self, Found, clean};
use super::document::{Document, Trouble};
use super::file::{Bundle, File, RootKind};
use super::frontmatter;
use super::json;
use super::kind::Kind;
use super::source::Source;
use super::yaml;

/// Most bytes of a file that is no Markdown definition.
const LARGEST_DATA: u64 = 8 * 1024 * 1024;

/// What to look at.
#[derive(Debug, Default)]
pub struct Request<'a> {
    /// Where shown paths begin; absolute.
    pub base: PathBuf,
    /// Files and folders; absolute.
    pub paths: Vec<PathBuf>,
    /// The text to take for a file in place of what lies there.
    pub overlay: Option<(&'a Path, &'a str)>,
}

/// Finds and reads everything. The second part is what could not be looked at.
pub fn load(
    request: &Request<'_>,
    ignored: &dyn Fn(&Path, bool) -> bool,
) -> (Bundle, Vec<(PathBuf, String)>) {
    let paths: Vec<PathBuf> = request.paths.iter().map(|path| clean(path)).collect();
    let mut discovery = discover::discover(&paths, request.overlay, ignored);
    let mut bundle =
        Bundle { base: request.base.clone(), roots: discovery.roots, files: Vec::new() };
    discovery.found.sort();
    discovery.found.dedup_by(|a, b| a.path == b.path);
    for found in discovery.found {
        let scope = bundle.roots[found.root].kind;
        let root = bundle.roots[found.root].dir.clone();
        let overlay = request.overlay.filter(|(path, _)| *path == found.path).map(|(_, text)| text);
        let file = read(found, scope, &root, &request.base, overlay);
        bundle.files.push(file);
    }
    bundle.files.sort_by(|a, b| a.shown.cmp(&b.shown));
    (bundle, discovery.unreadable)
}

/// A path as reports show it.
pub fn shown(path: &Path, base: &Path) -> String {
    let path = path.strip_prefix(base).unwrap_or(path);
    let text = path.to_string_lossy().replace('\\', "/");
    if text.is_empty() { ".".to_owned() } else { text }
}

fn read(found: Found, scope: RootKind, root: &Path, base: &Path, overlay: Option<&str>) -> File {
    let mut troubles = Vec::new();
    let mut executable = false;
    let text = match overlay {
        Some(text) => Some(text.to_owned()),
        None => bytes(&found, root, &mut troubles, &mut executable),
    };
    let (text, document) = match text {
        Some(text) => {
            let document = document(found.kind, &text, &mut troubles);
            (text, document)
        }
        None => (String::new(), Document::Unread),
    };
    File {
        shown: shown(&found.path, base),
        path: found.path,
        inside: found.inside,
        kind: found.kind,
        root: found.root,
        scope,
        asked: found.asked,
        loaded: found.loaded,
        executable,
        source: Source::new(text),
        document,
        troubles,
    }
}

fn bytes(
    found: &Found,
    root: &Path,
    troubles: &mut Vec<Trouble>,
    executable: &mut bool,
) -> Option<String> {
    let own = std::fs::symlink_metadata(&found.path);
    let link = own.as_ref().is_ok_and(std::fs::Metadata::is_symlink);
    if link {
        let target = std::fs::read_link(&found.path).unwrap_or_default();
        let words = target.to_string_lossy().into_owned();
        let inside = |real: &Path| root.canonicalize().is_ok_and(|root| real.starts_with(root));
        match found.path.canonicalize() {
            Err(_) => {
                troubles.push(Trouble::LinkDangling(words));
                return None;
            }
            Ok(real) if !inside(&real) => {
                // What lies outside is none of the bundle's: it is named and not read.
                troubles.push(Trouble::LinkOutside(words));
                return None;
            }
            Ok(_) => {}
        }
    }
    let read = || -> std::io::Result<Result<Vec<u8>, Trouble>> {
        let meta = if link { std::fs::metadata(&found.path)? } else { own? };
        *executable = is_executable(&meta);
        let most = if found.kind.has_frontmatter() { client::LARGEST_FILE } else { LARGEST_DATA };
        if !meta.is_file() {
            return Ok(Err(Trouble::Unreadable("it is no regular file".to_owned())));
        }
        if meta.len() > most {
            return Ok(Err(Trouble::TooLarge(meta.len(), most)));
        }
        std::fs::read(&found.path).map(Ok)
    };
    let bytes = match read() {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(trouble)) => {
            troubles.push(trouble);
            return None;
        }
        Err(error) => {
            troubles.push(Trouble::Unreadable(error.to_string()));
            return None;
        }
    };
    if let Some(at) = memchr::memchr(0, &bytes) {
        troubles.push(Trouble::Nul(at));
        // A program may be a binary; nothing in it is text to be judged.
        if found.kind == Kind::Script {
            return None;
        }
    }
    Some(String::from_utf8(bytes).unwrap_or_else(|error| {
        troubles.push(Trouble::NotUtf8);
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    }))
}

fn document(kind: Kind, text: &str, troubles: &mut Vec<Trouble>) -> Document {
    if text.starts_with('\u{feff}') {
        troubles.push(Trouble::ByteOrderMark);
    }
    match kind {
        Kind::Agent | Kind::Skill | Kind::Command | Kind::Memory | Kind::Reference => {
            let front = frontmatter::read(text).map(Box::new);
            let body = front.as_ref().map_or(0, |front| front.block.end);
            Document::Markdown { front, body, outline: OnceCell::new() }
        }
        Kind::Hooks
        | Kind::Plugin
        | Kind::Marketplace
        | Kind::Settings
        | Kind::Mcp
        | Kind::Schema => match json::parse(text) {
            Ok(parsed) => Document::Data { root: Some(parsed.root), duplicates: parsed.duplicates },
            Err(error) => {
                troubles.push(Trouble::Json(error));
                Document::Data { root: None, duplicates: Vec::new() }
            }
        },
        Kind::Policy | Kind::Gate => match yaml::parse(text, 0) {
            Ok(parsed) => Document::Data { root: parsed.root, duplicates: parsed.duplicates },
            Err(error) => {
                troubles.push(Trouble::Yaml(error));
                Document::Data { root: None, duplicates: Vec::new() }
            }
        },
        Kind::Workflow => Document::Workflow(Box::default()),
        Kind::Script => Document::Text,
    }
}

#[cfg(unix)]
fn is_executable(meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_meta: &std::fs::Metadata) -> bool {
    true
}

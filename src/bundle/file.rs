//! One file of a bundle, and the bundle.

use std::path::{Path, PathBuf};

use super::document::{Document, Trouble};
use super::frontmatter::Frontmatter;
use super::kind::Kind;
use super::markdown::Outline;
use super::script::Script;
use super::source::Source;
use super::tree::Node;

/// Everything that one run looks at.
#[derive(Debug, Default)]
pub struct Bundle {
    /// Where shown paths begin.
    pub base: PathBuf,
    /// The plugins and projects found.
    pub roots: Vec<Root>,
    /// The files, in order of their shown path.
    pub files: Vec<File>,
}

/// A folder that the client reads as one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// What it is.
    pub kind: RootKind,
    /// The folder.
    pub dir: PathBuf,
    /// The plugin's name; empty for the others.
    pub name: String,
}

/// How the client would come to a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RootKind {
    /// A plugin: with a manifest, or named by a marketplace.
    Plugin,
    /// A repository that lists plugins and is none itself.
    Marketplace,
    /// A project or home folder with `.claude` in it.
    Project,
    /// Definitions outside of both, by the form of their paths.
    Loose,
}

/// One file.
#[derive(Debug)]
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    /// Its path as reports show it: relative to the base, with `/`.
    pub shown: String,
    /// Its path inside of its root, with `/`; of a project inside of the project, `.claude/…`.
    pub inside: String,
    /// What it is.
    pub kind: Kind,
    /// Index of its root in [`Bundle::roots`].
    pub root: usize,
    /// Kind of that root.
    pub scope: RootKind,
    /// Whether it was asked for. The others are there so that names can be looked up; nothing is said of them.
    pub asked: bool,
    /// Whether the client loads it from where it lies.
    pub loaded: bool,
    /// Its executable bit.
    pub executable: bool,
    /// Its text.
    pub source: Source,
    /// What it holds.
    pub document: Document,
    /// What was wrong while it was read.
    pub troubles: Vec<Trouble>,
}

impl File {
    /// The whole text.
    pub fn text(&self) -> &str {
        &self.source.text
    }

    /// Whether it belongs to a plugin.
    pub fn in_plugin(&self) -> bool {
        self.scope == RootKind::Plugin
    }

    /// The frontmatter block.
    pub fn front(&self) -> Option<&Frontmatter> {
        match &self.document {
            Document::Markdown { front, .. } => front.as_deref(),
            _ => None,
        }
    }

    /// The frontmatter's mapping as the client sees it.
    pub fn fields(&self) -> Option<&Node> {
        self.front()?.map.as_ref()
    }

    /// One value of the frontmatter.
    pub fn field(&self, key: &str) -> Option<&Node> {
        self.fields()?.get(key)
    }

    /// One text of the frontmatter.
    pub fn text_field(&self, key: &str) -> Option<&str> {
        self.field(key)?.as_str()
    }

    /// First byte of the body.
    pub fn body_start(&self) -> usize {
        match &self.document {
            Document::Markdown { body, .. } => *body,
            _ => 0,
        }
    }

    /// What stands below the frontmatter; the whole text of other files.
    pub fn body(&self) -> &str {
        self.text().get(self.body_start()..).unwrap_or_default()
    }

    /// Links, headings and code of the body of a Markdown file. Places are bytes of the file.
    pub fn outline(&self) -> Option<&Outline> {
        match &self.document {
            Document::Markdown { outline, body, .. } => {
                Some(outline.get_or_init(|| Outline::of(self.text(), *body)))
            }
            _ => None,
        }
    }

    /// The value of a JSON or YAML file.
    pub fn data(&self) -> Option<&Node> {
        match &self.document {
            Document::Data { root, .. } => root.as_ref(),
            _ => None,
        }
    }

    /// A workflow script, parsed.
    pub fn script(&self) -> Option<&Script> {
        match &self.document {
            Document::Workflow(cell) => Some(cell.get_or_init(|| Script::parse(self.text()))),
            _ => None,
        }
    }

    /// The file's name without its folder.
    pub fn file_name(&self) -> &str {
        self.inside.rsplit('/').next().unwrap_or_default()
    }

    /// The file's name without folder and ending.
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// The folder it lies in.
    pub fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    /// The name of that folder.
    pub fn dir_name(&self) -> &str {
        self.dir().file_name().and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Where to point when the whole file is meant: its first line.
    pub fn top(&self) -> std::ops::Range<usize> {
        self.source.line_span(1)
    }
}

impl Bundle {
    /// The root of a file.
    pub fn root(&self, file: &File) -> &Root {
        &self.roots[file.root]
    }

    /// The files of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.kind == kind)
    }

    /// The files of one kind in one root.
    pub fn of_root(&self, kind: Kind, root: usize) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.kind == kind && file.root == root)
    }
}

//! What the ranking reads of a definition: name, description and triggers of its frontmatter.

use std::path::Path;

use anyhow::Context;

use super::BadFile;
use crate::bundle::frontmatter::{self, State};
use crate::bundle::tree::Node;

/// A kind of definition that prompts can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `agents/**/*.md`.
    Agents,
    /// `skills/**/SKILL.md`.
    Skills,
}

impl Kind {
    /// Every kind, in the order of the report.
    pub const ALL: &'static [Self] = &[Self::Agents, Self::Skills];

    /// The folder of the definitions and the name of the file of cases.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agents => "agents",
            Self::Skills => "skills",
        }
    }

    /// The share of prompts whose own definition must come first.
    pub const fn least_first(self) -> f64 {
        match self {
            Self::Agents => 0.80,
            Self::Skills => 0.88,
        }
    }
}

/// One agent or skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name; a skill's is that of its folder, as for the client.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its `triggers`, a key of ours that the client ignores.
    pub triggers: Vec<String>,
    /// Its file, from the root.
    pub path: String,
}

impl Definition {
    /// One with only a name and a description.
    #[cfg(test)]
    pub(super) fn named(name: &str, description: &str) -> Self {
        Self {
            name: name.to_owned(),
            description: description.to_owned(),
            triggers: Vec::new(),
            path: String::new(),
        }
    }

    /// Everything that is ranked.
    pub fn text(&self) -> String {
        format!("{} {} {}", self.name, self.description, self.triggers.join(" "))
    }
}

/// The definitions of `kind` under `root`, by name.
///
/// # Errors
/// When a file cannot be read or its frontmatter is not YAML with these keys.
pub fn load(root: &Path, kind: Kind) -> anyhow::Result<Vec<Definition>> {
    let folder = root.join(kind.word());
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in walkdir(&folder)? {
        let wanted = match kind {
            Kind::Agents => entry.extension().is_some_and(|end| end == "md"),
            Kind::Skills => entry.file_name().is_some_and(|name| name == "SKILL.md"),
        };
        if wanted {
            let path = entry.strip_prefix(root).unwrap_or(&entry).display().to_string();
            found.push(read(&entry, kind, &path)?);
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// All files under `folder`, hidden ones and what ignore files name included.
fn walkdir(folder: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let mut files = Vec::new();
    for entry in ignore::WalkBuilder::new(folder).standard_filters(false).build() {
        let entry = entry?;
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn read(file: &Path, kind: Kind, path: &str) -> anyhow::Result<Definition> {
    let text = std::fs::read_to_string(file).with_context(|| path.to_owned())?;
    let wrong = |problem: String| BadFile { file: path.to_owned(), problem };
    let front = frontmatter::read(&text).ok_or_else(|| {
        wrong("has no frontmatter; begin it with `---`, `name:`, `description:` and `---`".into())
    })?;
    match &front.state {
        State::Strict | State::Repaired { .. } => {}
        State::Broken(error) => {
            return Err(wrong(format!("its frontmatter: {}", error.message)).into());
        }
        State::NoMap(found) => {
            return Err(wrong(format!("its frontmatter is {found}, not `key: value` lines")).into());
        }
    }
    let field = |key: &str| front.map.as_ref().and_then(|map| map.get(key));
    let name = match kind {
        Kind::Agents => field("name").and_then(Node::as_str).map(str::to_owned),
        // The folder names it for the client.
        Kind::Skills => {
            file.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned())
        }
    };
    let name = name.ok_or_else(|| wrong("its frontmatter has no `name`".to_owned()))?;
    let triggers = match field("triggers") {
        None => Vec::new(),
        Some(node) if node.is_list() => node
            .items()
            .iter()
            .map(|item| item.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| wrong("`triggers` holds something that is no text".to_owned()))?,
        Some(_) => return Err(wrong("`triggers` is not a list of texts".to_owned()).into()),
    };
    Ok(Definition {
        name,
        description: field("description").and_then(Node::as_str).unwrap_or_default().to_owned(),
        triggers,
        path: path.to_owned(),
    })
}

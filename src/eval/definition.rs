//! What the ranking reads of a definition: name, description and triggers of its frontmatter.

use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use super::BadFile;

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

#[derive(Deserialize)]
struct Front {
    name: Option<String>,
    #[serde(default)]
    description: String,
    #[serde(default)]
    triggers: Vec<String>,
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
    let Some((front, _)) = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---"))
    else {
        return Err(wrong(
            "has no frontmatter; begin it with `---`, `name:`, `description:` and `---`".to_owned(),
        )
        .into());
    };
    let front: Front = serde_saphyr::from_str(front)
        .map_err(|error| wrong(format!("its frontmatter is wrong: {error}")))?;
    let folder = file.parent().and_then(Path::file_name).map(|name| name.to_string_lossy());
    let name = match kind {
        Kind::Agents => front.name,
        Kind::Skills => folder.map(|name| name.into_owned()),
    };
    let name = name.ok_or_else(|| wrong("its frontmatter has no `name`".to_owned()))?;
    Ok(Definition {
        name,
        description: front.description,
        triggers: front.triggers,
        path: path.to_owned(),
    })
}

//! What definitions are called when the client runs them, and which of two with one name wins.

use std::collections::BTreeMap;

use super::file::{Bundle, File, RootKind};
use super::kind::Kind;

impl Bundle {
    /// The name by which the client knows an agent, skill, command or workflow: `plugin:name` in a plugin. `None` when it
    /// has none, so that it is not loaded. (Facts B3, B4, C3, D.)
    pub fn name(&self, file: &File) -> Option<String> {
        let bare = self.bare_name(file)?;
        let root = self.root(file);
        if root.kind == RootKind::Plugin {
            Some(format!("{}:{bare}", root.name))
        } else {
            Some(bare)
        }
    }

    /// The same without the plugin's prefix; with the folders that count.
    pub fn bare_name(&self, file: &File) -> Option<String> {
        let plugin = file.in_plugin();
        let inner = file.inside.strip_prefix(".claude/").unwrap_or(&file.inside);
        let folders = |top: &str| -> Vec<&str> {
            let below = inner.strip_prefix(top).unwrap_or(inner);
            below.split('/').rev().skip(1).filter(|part| !part.is_empty()).collect()
        };
        match file.kind {
            Kind::Agent => {
                let named = file.text_field("name").filter(|name| !name.is_empty());
                let name = match named {
                    Some(name) => name,
                    None if plugin => file.stem(),
                    None => return None,
                };
                // Only a plugin's subfolders count.
                let mut parts = if plugin { folders("agents/") } else { Vec::new() };
                parts.reverse();
                parts.push(name);
                Some(parts.join(":"))
            }
            Kind::Command => {
                let lone = file.file_name() == "SKILL.md";
                let mut parts = folders("commands/");
                parts.reverse();
                if !lone {
                    parts.push(file.stem());
                }
                Some(parts.join(":"))
            }
            Kind::Skill => file.loaded.then(|| file.dir_name().to_owned()),
            Kind::Workflow => {
                let script = file.script()?;
                let meta = script.meta.as_ref()?.value.get("name")?.as_str()?;
                Some(meta.to_owned())
            }
            _ => None,
        }
    }

    /// Every named definition of one kind, by name.
    pub fn by_name(&self, kind: Kind) -> BTreeMap<String, Vec<&File>> {
        let mut names: BTreeMap<String, Vec<&File>> = BTreeMap::new();
        for file in self.of(kind).filter(|file| file.loaded) {
            if let Some(name) = self.name(file) {
                names.entry(name).or_default().push(file);
            }
        }
        names
    }
}

/// A name as the client compares agent types: without case and separators (facts A13).
pub fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric() || *c == ':').flat_map(char::to_lowercase).collect()
}

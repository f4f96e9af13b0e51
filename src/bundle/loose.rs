//! Definitions that lie outside of every plugin and `.claude` folder: recognised by path and frontmatter, because many
//! collections are published like that.

use std::path::{Path, PathBuf};

use super::kind::Kind;

/// Folders of other harnesses: what lies there is read by them, and has other forms.
const FOREIGN: &[&str] = &[
    ".cursor",
    ".gemini",
    ".codex",
    ".github",
    ".windsurf",
    ".opencode",
    ".roo",
    ".kiro",
    ".continue",
    ".crush",
    ".trae",
    ".qwen",
    ".augment",
    ".junie",
    ".amazonq",
    ".codebuddy",
    ".factory",
];

/// Names of other harnesses, as collections for many of them call their folders: `templates/windsurf-agent/commands/`.
const FOREIGN_NAMES: &[&str] = &[
    "antigravity",
    "codebuddy",
    "codex",
    "copilot",
    "cursor",
    "gemini",
    "kiro",
    "opencode",
    "qwen",
    "windsurf",
];

/// A definition outside of every plugin and `.claude` folder: the folder it is counted to, its kind, its path in it.
pub(super) fn loose_kind(
    path: &Path,
    named: bool,
    overlay: Option<(&Path, &str)>,
    asked: &[PathBuf],
) -> Option<(PathBuf, Kind, String)> {
    let name = path.file_name()?.to_str()?;
    let dir = path.parent()?;
    let parts: Vec<&str> = dir.components().filter_map(|part| part.as_os_str().to_str()).collect();
    let place = |folder: &str| parts.iter().rposition(|part| *part == folder);
    // The collection is the folder that holds `agents`, `skills`, `commands` or `hooks`.
    let root = |at: Option<usize>| {
        let depth = at.map_or(parts.len(), |at| at);
        let root: PathBuf = dir.components().take(depth).collect();
        let inside = path.strip_prefix(&root).ok()?.to_str()?.replace('\\', "/");
        Some((root, inside))
    };
    let answer = |kind: Kind, at: Option<usize>| {
        let (root, inside) = root(at)?;
        Some((root, kind, inside))
    };
    // What stands above the folder that was asked for says nothing of what is in it.
    let top = asked.iter().find_map(|top| path.strip_prefix(top).ok()).unwrap_or(path);
    let below = top.parent().map(Path::components).into_iter().flatten();
    let named_after = below.filter_map(|part| part.as_os_str().to_str()).any(|part| {
        let mut words = part.split(['-', '_', '.']);
        words.any(|word| FOREIGN_NAMES.contains(&word)) && !part.contains("claude")
    });
    let foreign = named_after || parts.iter().any(|part| FOREIGN.contains(part));
    match name {
        "SKILL.md" => {
            return answer(Kind::Skill, place("skills").or(Some(parts.len().checked_sub(1)?)));
        }
        "hooks.json" if named || (!foreign && parts.last() == Some(&"hooks")) => {
            return answer(Kind::Hooks, place("hooks"));
        }
        ".mcp.json" if named || !foreign => return answer(Kind::Mcp, None),
        "CLAUDE.md" | "CLAUDE.local.md" => return answer(Kind::Memory, None),
        "portcullis.yaml" => return answer(Kind::Policy, None),
        "plugin.json" if named => return answer(Kind::Plugin, None),
        "marketplace.json" if named => return answer(Kind::Marketplace, None),
        "settings.json" | "settings.local.json" if named => return answer(Kind::Settings, None),
        _ if named && name.ends_with(".schema.json") => return answer(Kind::Schema, None),
        _ => {}
    }
    if name.ends_with(".js") {
        let at = place("workflows");
        if !named && at.is_none() {
            return None;
        }
        let text = head(path, overlay)?;
        return text.contains("export const meta").then(|| answer(Kind::Workflow, at))?;
    }
    if !name.ends_with(".md") {
        return None;
    }
    if let Some(at) = place("skills")
        && parts.len() > at + 1
        && dir.ancestors().take(parts.len() - at).any(|dir| dir.join("SKILL.md").is_file())
    {
        return answer(Kind::Reference, Some(at));
    }
    if foreign && !named {
        return None;
    }
    let read_me = name.eq_ignore_ascii_case("readme.md") || name.eq_ignore_ascii_case("claude.md");
    if read_me {
        return None;
    }
    let text = head(path, overlay)?;
    let front = super::frontmatter::read(&text)?;
    let map = front.map?;
    let has = |key: &str| map.get(key).is_some();
    // Of two such folders the nearer one tells: `agents/claude-code/commands/a.md` is a command.
    let (agents, commands) = (place("agents"), place("commands"));
    if commands > agents {
        return answer(Kind::Command, commands);
    }
    if agents.is_some() {
        // Another program's agents have a `mode` and are called after their files.
        let ours = has("name") || (has("description") && !has("mode"));
        return ours.then(|| answer(Kind::Agent, agents))?;
    }
    if has("allowed-tools") || has("argument-hint") {
        return answer(Kind::Command, None);
    }
    let agent = has("name")
        && has("description")
        && ["tools", "model", "color", "disallowedTools"].iter().any(|key| has(key));
    if agent || (named && has("name") && has("description")) {
        return answer(Kind::Agent, None);
    }
    (named && has("description")).then(|| answer(Kind::Command, None))?
}

/// The beginning of a file: enough to hold its frontmatter.
pub(super) fn head(path: &Path, overlay: Option<(&Path, &str)>) -> Option<String> {
    use std::io::Read;
    if let Some((known, text)) = overlay
        && known == path
    {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path).ok()?.take(64 * 1024).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

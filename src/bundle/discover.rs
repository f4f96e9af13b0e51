//! Finds what the client would load below some paths: the plugins, the `.claude` folders, and what lies in them.
//!
//! Discovery follows facts B3, B4, C3, D, E1 and E2: a plugin's manifest replaces the folders of agents, commands and
//! workflows and adds to those of skills and hooks. Definitions that lie outside of every plugin and `.claude` folder
//! are recognised by path and frontmatter, because many collections are published like that.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::file::{Root, RootKind};
use super::json;
use super::kind::Kind;
use super::loose::{head, loose_kind};
use super::tree::{Node, Value};

/// Folders that hold no definitions of this project.
const SKIPPED: &[&str] = &[".git", ".hg", ".jj", "node_modules", "__pycache__", ".venv", "target"];

/// One file to be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Where it is.
    pub path: PathBuf,
    /// Its path inside of its root.
    pub inside: String,
    /// What it is.
    pub kind: Kind,
    /// Index of its root.
    pub root: usize,
    /// Whether the client loads it from there.
    pub loaded: bool,
    /// Whether it was asked for; the others are there so that names can be looked up.
    pub asked: bool,
}

/// What there is.
#[derive(Debug, Default)]
pub struct Discovery {
    /// The plugins, projects and loose collections.
    pub roots: Vec<Root>,
    /// The files.
    pub found: Vec<Found>,
    /// Paths that could not be looked at, with the system's words.
    pub unreadable: Vec<(PathBuf, String)>,
}

/// Looks below `paths` (absolute). `overlay` is a file that is taken to be there, with its text; `ignored` says which
/// paths are left out.
pub fn discover(
    paths: &[PathBuf],
    overlay: Option<(&Path, &str)>,
    ignored: &dyn Fn(&Path, bool) -> bool,
) -> Discovery {
    let mut discovery = Discovery::default();
    let mut gone = Vec::new();
    let mut files: Vec<Seen> = Vec::new();
    let mut walked = |path: &Path, asked: bool, files: &mut Vec<Seen>| {
        walk(path, asked, ignored, files, &mut discovery.unreadable);
    };
    let mut plan = Plan::default();
    for path in paths {
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => walked(path, true, &mut files),
            // A file that is named is looked at, whatever it is called.
            Ok(_) => files.push(Seen { path: path.clone(), asked: true, named: true }),
            Err(_) if overlay.is_some_and(|(known, _)| known == path) => {
                files.push(Seen { path: path.clone(), asked: true, named: true });
            }
            // A link to nothing is told by its kind; anything else was there a moment ago.
            Err(_) if std::fs::symlink_metadata(path).is_ok() => {
                files.push(Seen { path: path.clone(), asked: true, named: true });
            }
            Err(_) => gone.push(path.clone()),
        }
        // What lies around a part of a plugin or project is what its names lead to.
        match plan.enclosing(path) {
            Some(root) if root != *path && path.starts_with(&root) => {
                walked(&root, false, &mut files);
            }
            _ => {}
        }
    }
    discovery.unreadable.extend(gone.into_iter().map(|path| (path, "it is not there".to_owned())));
    // Asked and named ones first, so that they stay.
    files.sort_by(|a, b| {
        a.path.cmp(&b.path).then(b.asked.cmp(&a.asked)).then(b.named.cmp(&a.named))
    });
    files.dedup_by(|a, b| a.path == b.path);
    for seen in &files {
        plan.root_of_file(&seen.path);
    }
    plan.roots.sort_by(|a, b| a.root.dir.cmp(&b.root.dir).then(a.root.kind.cmp(&b.root.kind)));
    plan.roots.dedup_by(|a, b| a.root.dir == b.root.dir && a.root.kind == b.root.kind);
    let mut loose: BTreeMap<PathBuf, Vec<Found>> = BTreeMap::new();
    for Seen { path, asked, named } in files {
        if let Some(found) = plan.place(&path) {
            discovery.found.push(Found { asked, ..found });
        } else if asked && let Some((dir, kind, inside)) = loose_kind(&path, named, overlay, paths)
        {
            let found = Found { path, inside, kind, root: 0, loaded: true, asked };
            loose.entry(dir).or_default().push(found);
        }
    }
    discovery.roots = plan.roots.into_iter().map(|plan| plan.root).collect();
    for (dir, found) in loose {
        let root = discovery.roots.len();
        discovery.roots.push(Root { kind: RootKind::Loose, dir, name: String::new() });
        discovery.found.extend(found.into_iter().map(|found| Found { root, ..found }));
    }
    discovery
}

/// A file before it is known what it is.
struct Seen {
    path: PathBuf,
    asked: bool,
    named: bool,
}

fn walk(
    top: &Path,
    asked: bool,
    ignored: &dyn Fn(&Path, bool) -> bool,
    files: &mut Vec<Seen>,
    unreadable: &mut Vec<(PathBuf, String)>,
) {
    let mut walk = ignore::WalkBuilder::new(top);
    walk.hidden(false).parents(false).require_git(false).git_global(false).ignore(false);
    walk.filter_entry(|entry| {
        entry.depth() == 0 || entry.file_name().to_str().is_none_or(|name| !SKIPPED.contains(&name))
    });
    for entry in walk.build() {
        match entry {
            Ok(entry) => {
                let kind = entry.file_type();
                let is_dir = kind.is_some_and(|kind| kind.is_dir());
                if !is_dir && !ignored(entry.path(), false) {
                    files.push(Seen { path: entry.into_path(), asked, named: false });
                }
            }
            Err(error) => unreadable.push((top.to_path_buf(), error.to_string())),
        }
    }
}

#[derive(Default)]
struct Plan {
    roots: Vec<RootPlan>,
}

/// A root, and where its manifest says that things are.
struct RootPlan {
    root: Root,
    agents: Option<Vec<String>>,
    commands: Option<Vec<String>>,
    workflows: Option<Vec<String>>,
    skills: Vec<String>,
    hooks: Vec<String>,
    servers: Vec<String>,
    lone_skill: bool,
}

impl Plan {
    /// The plugin or `.claude` folder that a path lies in.
    fn enclosing(&mut self, path: &Path) -> Option<PathBuf> {
        for dir in path.ancestors() {
            if dir.file_name().is_some_and(|name| name == ".claude") {
                self.project(dir.parent()?);
                return Some(dir.to_path_buf());
            }
            if dir.join(".claude-plugin/plugin.json").is_file() {
                self.plugin(dir);
                return Some(dir.to_path_buf());
            }
            if dir.join(".git").exists() {
                return None;
            }
        }
        None
    }

    fn root_of_file(&mut self, path: &Path) {
        let mut dirs = path.ancestors().skip(1);
        let Some(dir) = dirs.next() else { return };
        let in_manifest = dir.file_name().is_some_and(|name| name == ".claude-plugin");
        if in_manifest && let Some(root) = dir.parent() {
            match path.file_name().and_then(|name| name.to_str()) {
                Some("plugin.json") => self.plugin(root),
                Some("marketplace.json") => self.marketplace(root, path),
                _ => {}
            }
        }
        let claude =
            path.ancestors().skip(1).filter(|dir| dir.file_name() == Some(".claude".as_ref()));
        if let Some(project) = claude.last().and_then(Path::parent) {
            self.project(project);
        }
    }

    fn project(&mut self, dir: &Path) {
        self.add(Root { kind: RootKind::Project, dir: dir.to_path_buf(), name: String::new() });
    }

    fn add(&mut self, root: Root) -> Option<&mut RootPlan> {
        if self.roots.iter().any(|known| known.root.dir == root.dir && known.root.kind == root.kind)
        {
            return None;
        }
        self.roots.push(RootPlan {
            root,
            agents: None,
            commands: None,
            workflows: None,
            skills: vec!["skills".to_owned()],
            hooks: vec!["hooks/hooks.json".to_owned()],
            servers: vec![".mcp.json".to_owned()],
            lone_skill: false,
        });
        self.roots.last_mut()
    }

    fn plugin(&mut self, dir: &Path) {
        let manifest = read_json(&dir.join(".claude-plugin/plugin.json"));
        let named = manifest.as_ref().and_then(|node| node.get("name")?.as_str());
        let folder = dir.file_name().and_then(|name| name.to_str());
        let name = named.or(folder).unwrap_or_default().to_owned();
        let root = Root { kind: RootKind::Plugin, dir: dir.to_path_buf(), name };
        let Some(plan) = self.add(root) else { return };
        plan.lone_skill = !dir.join("skills").exists();
        let Some(manifest) = manifest else { return };
        plan.take(&manifest);
    }

    /// The local plugins of a marketplace, also those without a manifest.
    fn marketplace(&mut self, dir: &Path, file: &Path) {
        if !dir.join(".claude-plugin/plugin.json").is_file() {
            let root =
                Root { kind: RootKind::Marketplace, dir: dir.to_path_buf(), name: String::new() };
            self.add(root);
        }
        let Some(market) = read_json(file) else { return };
        let root = market.at(&["metadata", "pluginRoot"]).and_then(Node::as_str).unwrap_or(".");
        for entry in market.get("plugins").map(Node::items).unwrap_or_default() {
            let Some(source) = entry.get("source").and_then(Node::as_str) else { continue };
            let base = if source.starts_with('.') { dir.to_path_buf() } else { dir.join(root) };
            let at = clean(&base.join(source));
            if !at.is_dir() || !at.starts_with(dir) {
                continue;
            }
            self.plugin(&at);
            let name = entry.get("name").and_then(Node::as_str).unwrap_or_default();
            let known = self
                .roots
                .iter_mut()
                .find(|known| known.root.dir == at && known.root.kind == RootKind::Plugin);
            if let Some(plan) = known {
                plan.take(entry);
                if !at.join(".claude-plugin/plugin.json").is_file() {
                    name.clone_into(&mut plan.root.name);
                }
            }
        }
    }

    /// What a file is, by the deepest root that holds it.
    fn place(&self, path: &Path) -> Option<Found> {
        // As texts, because paths are compared step by step, and this is asked of every file and root.
        let whole = path.to_str()?;
        let holding = |(index, plan): (usize, &RootPlan)| {
            let dir = plan.root.dir.to_str()?.trim_end_matches(['/', '\\']);
            Some((index, whole.strip_prefix(dir)?.strip_prefix(['/', '\\'])?))
        };
        let mut all: Vec<(usize, &str)> =
            self.roots.iter().enumerate().filter_map(holding).collect();
        all.sort_by_key(|(_, inside)| inside.len());
        for (root, inside) in all {
            let inside = inside.replace('\\', "/");
            let plan = &self.roots[root];
            let kind = match plan.root.kind {
                RootKind::Plugin => plan.plugin_kind(&inside),
                RootKind::Marketplace => match inside.as_str() {
                    ".claude-plugin/marketplace.json" => Some((Kind::Marketplace, true)),
                    "portcullis.yaml" => Some((Kind::Policy, true)),
                    _ => None,
                },
                _ => project_kind(&inside),
            };
            if let Some((kind, loaded)) = kind {
                return Some(Found {
                    path: path.to_path_buf(),
                    inside,
                    kind,
                    root,
                    loaded,
                    asked: true,
                });
            }
        }
        None
    }
}

impl RootPlan {
    /// Takes over what a manifest or the entry of a marketplace says.
    fn take(&mut self, manifest: &Node) {
        for (key, list) in [
            ("agents", &mut self.agents),
            ("commands", &mut self.commands),
            ("workflows", &mut self.workflows),
        ] {
            if let Some(node) = manifest.get(key) {
                list.get_or_insert_default().extend(paths(node));
            }
        }
        for (key, list) in [
            ("skills", &mut self.skills),
            ("hooks", &mut self.hooks),
            ("mcpServers", &mut self.servers),
        ] {
            list.extend(manifest.get(key).map(paths).unwrap_or_default());
        }
    }

    fn plugin_kind(&self, inside: &str) -> Option<(Kind, bool)> {
        let name = inside.rsplit('/').next().unwrap_or(inside);
        let markdown = name.ends_with(".md");
        match inside {
            ".claude-plugin/plugin.json" => return Some((Kind::Plugin, true)),
            ".claude-plugin/marketplace.json" => return Some((Kind::Marketplace, true)),
            "settings.json" => return Some((Kind::Settings, true)),
            "portcullis.yaml" => return Some((Kind::Policy, true)),
            // What lies there is the project's, which may be in the same folder.
            _ if inside.starts_with(".claude/") => return None,
            _ if name == "CLAUDE.md" => return Some((Kind::Memory, false)),
            _ => {}
        }
        if self.hooks.iter().any(|path| path == inside) {
            return Some((Kind::Hooks, true));
        }
        if self.servers.iter().any(|path| path == inside) {
            return Some((Kind::Mcp, true));
        }
        let listed = |list: &Option<Vec<String>>, folder: &str| match list {
            Some(paths) => paths.iter().any(|path| path == inside || below(inside, path)),
            None => below(inside, folder),
        };
        if markdown && listed(&self.agents, "agents") {
            return Some((Kind::Agent, true));
        }
        if markdown && listed(&self.commands, "commands") {
            return Some((Kind::Command, true));
        }
        if name.ends_with(".js") && listed(&self.workflows, "workflows") {
            return Some((Kind::Workflow, true));
        }
        if below(inside, "schemas") && name.ends_with(".schema.json") {
            return Some((Kind::Schema, true));
        }
        if below(inside, "gates") && is_gate(&self.root.dir.join(inside), inside) {
            return Some((Kind::Gate, true));
        }
        if self.lone_skill && inside == "SKILL.md" {
            return Some((Kind::Skill, true));
        }
        skill_kind(inside, &self.skills).or_else(|| script_kind(inside))
    }
}

/// Whether a file of a folder `gates` is one of ours: others keep other things under that name.
fn is_gate(path: &Path, inside: &str) -> bool {
    let place = inside.strip_prefix("gates/").unwrap_or(inside);
    let place = place.strip_prefix("stacks/").unwrap_or(place);
    if place.contains('/') || !place.ends_with(".yaml") {
        return false;
    }
    let text = head(path, None).unwrap_or_default();
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    (has("gate:") && has("checks:")) || (has("stack:") && has("commands:"))
}

/// What a file of a project is, by its path inside of the project.
fn project_kind(inside: &str) -> Option<(Kind, bool)> {
    let name = inside.rsplit('/').next().unwrap_or(inside);
    match inside {
        ".mcp.json" => return Some((Kind::Mcp, true)),
        "portcullis.yaml" => return Some((Kind::Policy, true)),
        ".claude/settings.json" | ".claude/settings.local.json" => {
            return Some((Kind::Settings, true));
        }
        _ if matches!(name, "CLAUDE.md" | "CLAUDE.local.md") => return Some((Kind::Memory, true)),
        _ => {}
    }
    let inner = inside.strip_prefix(".claude/")?;
    let markdown = name.ends_with(".md");
    if markdown && below(inner, "agents") {
        return Some((Kind::Agent, true));
    }
    if markdown && below(inner, "commands") {
        return Some((Kind::Command, true));
    }
    if markdown && below(inner, "rules") {
        return Some((Kind::Memory, true));
    }
    if name.ends_with(".js") && below(inner, "workflows") {
        return Some((Kind::Workflow, true));
    }
    skill_kind(inner, &["skills".to_owned()]).or_else(|| script_kind(inner))
}

/// A skill, or a file of one. A skill lies one level below its folder; deeper ones are not loaded.
fn skill_kind(inside: &str, folders: &[String]) -> Option<(Kind, bool)> {
    // `skills/languages/` may be named beside `skills/`: the longest that fits decides.
    let folder = folders
        .iter()
        .filter(|folder| folder.is_empty() || below(inside, folder))
        .max_by_key(|folder| folder.len())?;
    let rest = inside.strip_prefix(folder.as_str())?.trim_start_matches('/');
    let steps: Vec<&str> = rest.split('/').collect();
    match steps.as_slice() {
        [.., "SKILL.md"] => Some((Kind::Skill, steps.len() <= 2)),
        [_, .., name] if name.eq_ignore_ascii_case("skill.md") => Some((Kind::Skill, false)),
        [_, .., name] if name.ends_with(".md") => Some((Kind::Reference, true)),
        [_, .., _] => program(rest).then_some((Kind::Script, true)),
        _ => None,
    }
}

fn script_kind(inside: &str) -> Option<(Kind, bool)> {
    let in_place = ["hooks", "scripts", "bin"].iter().any(|folder| below(inside, folder));
    (in_place && program(inside)).then_some((Kind::Script, true))
}

fn program(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((_, ending)) => {
            matches!(
                ending,
                "sh" | "bash" | "zsh" | "py" | "js" | "mjs" | "cjs" | "ts" | "rb" | "pl" | "ps1"
            )
        }
        None => path.contains("bin/"),
    }
}

/// Whether a path lies below a folder.
fn below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn read_json(path: &Path) -> Option<Node> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(json::parse(&text).ok()?.root)
}

/// The paths that a component field names: one, a list, or the sources of a mapping. Without `./` and a `/` at the end.
fn paths(node: &Node) -> Vec<String> {
    let tidy = |text: &str| text.trim_start_matches("./").trim_end_matches('/').to_owned();
    match &node.value {
        Value::String(text) if text == "." || text == "./" => vec![String::new()],
        Value::String(text) => vec![tidy(text)],
        Value::List(items) => items.iter().flat_map(paths).collect(),
        Value::Map(pairs) => {
            pairs.iter().filter_map(|pair| pair.node.get("source")?.as_str()).map(tidy).collect()
        }
        _ => Vec::new(),
    }
}

/// The path without `.` and `..`, by its words alone.
pub fn clean(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

//! Which ecosystems a project holds and where, judged by its files alone.
//!
//! Nothing here asks what is installed: the same tree must give the same plan, or a receipt of one
//! shell would be stale in another.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::catalog::STACKS;
use super::catalog::model::{CommandFile, ManagerFile, StackFile, When};

/// How deep folders are searched for the parts of a monorepo.
const DEPTH: usize = 3;

/// Folders that hold other people's files, what was built, or what only serves the project's tests
/// and pages.
const SKIPPED: &[&str] = &[
    "node_modules",
    "target",
    "vendor",
    "third_party",
    "dist",
    "build",
    "out",
    "bin",
    "obj",
    "venv",
    "env",
    "__pycache__",
    "coverage",
    "test",
    "tests",
    "spec",
    "e2e",
    "testdata",
    "fixtures",
    "example",
    "examples",
    "samples",
    "doc",
    "docs",
    "bench",
    "benches",
    "benchmarks",
    "fuzz",
];

/// One ecosystem in one folder.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Its data.
    pub(crate) stack: &'static StackFile,
    /// The folder, relative to the root; empty for the root.
    pub(crate) dir: PathBuf,
    /// The file that tells it.
    pub(crate) marker: String,
}

/// Every ecosystem of the project at `top`, in the order of the data files, folders sorted. Where
/// the root itself holds one, its workspace is taken to hold the folders below.
pub(crate) fn parts(top: &Folder) -> Vec<Part> {
    let mut below: Option<Vec<(PathBuf, Folder)>> = None;
    let mut found = Vec::new();
    for stack in STACKS.iter() {
        if stack.everywhere {
            found.push(Part { stack, dir: PathBuf::new(), marker: String::new() });
            continue;
        }
        if let Some(marker) = top.first(&stack.markers) {
            found.push(Part { stack, dir: PathBuf::new(), marker });
            continue;
        }
        if stack.fallback {
            continue;
        }
        let folders = below.get_or_insert_with(|| {
            let mut folders = Vec::new();
            collect(top, Path::new(""), DEPTH, &mut folders);
            folders.sort_by(|one: &(PathBuf, Folder), other| one.0.cmp(&other.0));
            folders
        });
        let mut taken: Vec<&Path> = Vec::new();
        for (dir, folder) in folders.iter() {
            if taken.iter().any(|above| dir.starts_with(above)) {
                continue;
            }
            if let Some(marker) = folder.first(&stack.markers) {
                taken.push(dir);
                found.push(Part { stack, dir: dir.clone(), marker });
            }
        }
    }
    found
}

/// Adds the folders below one, `depth` deep; each is read once.
fn collect(above: &Folder, dir: &Path, depth: usize, found: &mut Vec<(PathBuf, Folder)>) {
    for name in &above.folders {
        if name.starts_with('.') || SKIPPED.contains(&name.as_str()) {
            continue;
        }
        let dir = dir.join(name);
        let folder = Folder::new(&above.path.join(name));
        // A repository of its own has gates of its own.
        if folder.names.iter().any(|name| name == ".git") {
            continue;
        }
        if depth > 1 {
            collect(&folder, &dir, depth - 1, found);
        }
        found.push((dir, folder));
    }
}

/// The files of one folder.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Everything in it, sorted.
    names: Vec<String>,
    /// Those of them that are folders; links are not followed.
    folders: Vec<String>,
}

impl Folder {
    pub(crate) fn new(path: &Path) -> Self {
        let (mut names, mut folders) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            // The kind comes with the entry.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(name.clone());
            }
            names.push(name);
        }
        names.sort_unstable();
        folders.sort_unstable();
        Self { path: path.to_path_buf(), names, folders }
    }

    /// The first file that one of the patterns fits, in the order of the patterns.
    pub(crate) fn first(&self, patterns: &[String]) -> Option<String> {
        patterns.iter().find_map(|pattern| self.find(pattern))
    }

    fn find(&self, pattern: &str) -> Option<String> {
        let Some((folder, name)) = pattern.rsplit_once('/') else {
            return self.names.iter().find(|name| fits(pattern, name)).cloned();
        };
        // Most folders have no `tests` in them, and then nothing more is asked of the disk.
        let first = folder.split('/').next().unwrap_or_default();
        if first != "*" && !self.names.iter().any(|name| name == first) {
            return None;
        }
        if !pattern.contains('*') {
            return self.path.join(pattern).exists().then(|| pattern.to_owned());
        }
        // One folder may be any: `TestResults/*/x.xml`.
        if let Some(above) = folder.strip_suffix("/*") {
            let inner = names(&self.path.join(above));
            return inner.into_iter().find_map(|inner| {
                Self::new(&self.path.join(above).join(&inner))
                    .find(name)
                    .map(|name| format!("{above}/{inner}/{name}"))
            });
        }
        names(&self.path.join(folder))
            .into_iter()
            .find(|found| fits(name, found))
            .map(|name| format!("{folder}/{name}"))
    }

    /// Every file that the pattern fits.
    pub(crate) fn all(&self, pattern: &str) -> Vec<PathBuf> {
        match pattern.rsplit_once('/') {
            Some((folder, name)) if name.contains('*') => names(&self.path.join(folder))
                .into_iter()
                .filter(|found| fits(name, found))
                .map(|found| self.path.join(folder).join(found))
                .collect(),
            _ => self.find(pattern).map(|name| self.path.join(name)).into_iter().collect(),
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.path.join(name)).ok()
    }

    fn json(&self, name: &str) -> Option<Value> {
        serde_json::from_str(&self.text(name)?).ok()
    }

    /// Why a command fits here, in words; `None` when it does not.
    pub(crate) fn fits(&self, when: &When) -> Option<String> {
        let mut why = Vec::new();
        if !when.has.is_empty() {
            why.push(self.first(&when.has)?);
        }
        if self.first(&when.lacks).is_some() {
            return None;
        }
        if let Some(script) = &when.script {
            let package = self.json("package.json")?;
            let line = package.get("scripts")?.get(script)?.as_str()?.trim();
            // What `npm init` writes.
            if line.is_empty() || line.contains("no test specified") {
                return None;
            }
            why.push(format!("package.json has a {script} script"));
        }
        if let Some(name) = &when.package {
            let package = self.json("package.json")?;
            let named = ["dependencies", "devDependencies"]
                .iter()
                .any(|list| package.get(list).and_then(|list| list.get(name)).is_some());
            named.then_some(())?;
            why.push(format!("package.json names {name}"));
        }
        for (file, pointer) in &when.key {
            self.json(file)?.pointer(pointer)?;
            why.push(format!("{file} has {pointer}"));
        }
        for (file, texts) in &when.text {
            let text = self.text(file)?;
            let held = texts.iter().find(|held| text.contains(held.as_str()))?;
            why.push(format!("{file} has {held}"));
        }
        if let Some(target) = &when.target {
            why.push(self.target(target)?);
        }
        Some(why.join(", "))
    }

    /// Whether the Makefile has a target.
    fn target(&self, target: &str) -> Option<String> {
        let file = ["GNUmakefile", "makefile", "Makefile"]
            .into_iter()
            .find(|name| self.names.iter().any(|found| found == name))?;
        let has_target = self.text(file)?.lines().any(|line| {
            let Some((targets, rest)) = line.split_once(':') else { return false };
            // `test := x` assigns a variable.
            !line.starts_with(['\t', '#', ' '])
                && !rest.starts_with('=')
                && targets.split_whitespace().any(|found| found == target)
        });
        has_target.then(|| format!("{file} has a target `{target}`"))
    }

    /// The package manager or wrapper that the folder uses, and why. A lock at the root of a
    /// monorepo counts for its parts.
    pub(crate) fn manager(
        &self,
        stack: &'static StackFile,
        root: &Self,
    ) -> Option<(&'static ManagerFile, String)> {
        for folder in [self, root] {
            let named = folder.json("package.json").and_then(|package| {
                Some(package.get("packageManager")?.as_str()?.split('@').next()?.to_owned())
            });
            if let Some(manager) =
                named.and_then(|named| stack.managers.iter().find(|manager| manager.name == named))
            {
                return Some((manager, format!("{} by its packageManager", manager.name)));
            }
            for manager in &stack.managers {
                if let Some(lock) = folder.first(&manager.locks) {
                    return Some((manager, format!("{} by {lock}", manager.name)));
                }
            }
        }
        let last = stack.managers.last()?;
        Some((last, format!("{} by no other lock file", last.name)))
    }
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Whether a name fits a pattern with at most one `*`.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    }
}

/// The words of a command with what `{word}` stands for: a manager's words, or a value.
pub(crate) fn words(
    command: &CommandFile,
    manager: Option<&ManagerFile>,
    values: &[(&str, String)],
) -> Vec<String> {
    let template: Vec<String> = if command.shell.is_empty() {
        command.command.clone()
    } else {
        vec!["sh".to_owned(), "-c".to_owned(), command.shell.clone()]
    };
    filled(&template, manager, values)
}

/// As [`words`], for any template.
pub(crate) fn filled(
    template: &[String],
    manager: Option<&ManagerFile>,
    values: &[(&str, String)],
) -> Vec<String> {
    let mut words = Vec::new();
    for word in template {
        let name = word.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        if let Some(list) = name.and_then(|name| manager?.words.get(name)) {
            words.extend(list.iter().cloned());
            continue;
        }
        let filled = values
            .iter()
            .fold(word.clone(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value));
        words.push(filled);
    }
    words
}

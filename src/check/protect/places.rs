//! What is protected, and whether a path, as a tool would use it, is one of them.

use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

use crate::config;
use crate::hook::context::Context;
use crate::state::{self, Repository};

/// Symbolic links followed in one path, as many as Linux follows.
const MOST_LINKS: usize = 40;

const STATE: (&str, &str) = (
    "protect-state",
    "receipts and journal count as evidence only while nothing but portcullis writes them",
);
const POLICY: (&str, &str) =
    ("protect-policy", "the policy says which gates this session must pass");
const WIRING: (&str, &str) = ("protect-wiring", "it decides whether the gates are called at all");

/// A protected file or folder.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    /// Everything below is protected too.
    tree: bool,
    reason: (&'static str, &'static str),
}

/// What a tool does to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Touch {
    /// Writes this file.
    Write,
    /// Removes or replaces it with all that is below.
    Remove,
}

/// A protected place that a call would touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) rule: &'static str,
    pub(super) what: String,
    pub(super) why: &'static str,
}

/// Everything protected from one call.
#[derive(Debug)]
pub(super) struct Places {
    places: Vec<Place>,
    home: Option<PathBuf>,
    links: Links,
}

impl Places {
    pub(super) fn of(context: &Context) -> Self {
        let env = context.env;
        let mut all = Self { places: Vec::new(), home: env.home.clone(), links: Links::default() };
        let mut bases = vec![context.project.clone(), context.cwd.clone()];
        for start in [&context.project, &context.cwd] {
            if let Some(found) = Repository::discover(start) {
                all.add(found.common_dir.join("portcullis"), true, STATE);
                all.add(found.common_dir.join("hooks"), true, WIRING);
                bases.push(found.root);
            }
            if context.project == context.cwd {
                break;
            }
        }
        if let Some(state) = context.state() {
            all.add(state.to_path_buf(), true, STATE);
        }
        if let Some(state) = state::folder(&context.cwd, env) {
            all.add(state, true, STATE);
        }
        if let Some(home) = &env.state_home {
            all.add(home.join("portcullis"), true, STATE);
        }
        for base in bases {
            all.add(base.join(config::FILE), false, POLICY);
            let claude = base.join(".claude");
            all.add(claude.join("settings.json"), false, WIRING);
            all.add(claude.join("settings.local.json"), false, WIRING);
            all.add(claude.join("portcullis"), true, WIRING);
        }
        for policy in [&env.user_policy, &env.managed_policy].into_iter().flatten() {
            all.add(policy.clone(), false, POLICY);
        }
        if let Some(user) = &env.config_dir {
            all.add(user.join("settings.json"), false, WIRING);
            all.add(user.join("settings.local.json"), false, WIRING);
        }
        if let Some(root) = &env.plugin_root {
            let real = |path: &Path| all.links.resolve(path, true);
            let own = real(root);
            if real(&context.project).starts_with(&own) || real(&context.cwd).starts_with(&own) {
                // The session works on the plugin itself: only what is called stays shut.
                all.add(root.join("hooks"), true, WIRING);
                all.add(root.join("bin"), true, WIRING);
            } else {
                all.add(root.clone(), true, WIRING);
            }
        }
        if let Some(data) = &env.plugin_data {
            all.add(data.clone(), true, WIRING);
        }
        all
    }

    fn add(&mut self, path: PathBuf, tree: bool, reason: (&'static str, &'static str)) {
        for path in [self.links.resolve(&path, false), self.links.resolve(&path, true)] {
            if !self.places.iter().any(|place| place.path == path) {
                self.places.push(Place { path, tree, reason });
            }
        }
    }

    /// The absolute path that `text` means in `dir`.
    fn absolute(&self, text: &str, dir: Option<&Path>) -> Option<PathBuf> {
        let below_home =
            text.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
        if let Some(rest) = below_home {
            return Some(self.home.as_ref()?.join(rest.trim_start_matches('/')));
        }
        if text.starts_with('/') {
            return Some(text.into());
        }
        match dir?.strip_prefix("~") {
            Ok(rest) => Some(self.home.as_ref()?.join(rest).join(text)),
            Err(_) => Some(dir?.join(text)),
        }
    }

    /// A path that stands for itself, as file tools take it.
    pub(super) fn literal(&self, text: &str, dir: &Path) -> Option<Hit> {
        let path = self.absolute(text, Some(dir))?;
        self.find(&path, Touch::Write, same)
    }

    /// A path as a shell takes it: it may hold wildcards.
    pub(super) fn hit(&self, text: &str, dir: Option<&Path>, touch: Touch) -> Option<Hit> {
        if text.is_empty() || text.len() > 4096 || text.contains('\0') {
            return None;
        }
        let path = self.absolute(text, dir)?;
        if text.contains(['*', '?', '[']) {
            return self.find(&path, touch, matches).or_else(|| self.find(&path, touch, same));
        }
        self.find(&path, touch, same)
    }

    /// The end of a path whose beginning is not known.
    pub(super) fn tail(text: &str) -> Option<Hit> {
        const TAILS: &[(&str, (&str, &str))] = &[
            (".claude/settings.json", WIRING),
            (".claude/settings.local.json", WIRING),
            (".claude/portcullis", WIRING),
            (".git/portcullis", STATE),
            (".git/hooks", WIRING),
            (config::FILE, POLICY),
        ];
        TAILS.iter().find_map(|(tail, reason)| {
            let at = text.rfind(tail)?;
            let before = text[..at].chars().next_back().is_none_or(|c| c == '/');
            let after = text[at + tail.len()..].chars().next().is_none_or(|c| c == '/');
            (before && after).then(|| hit(text, *reason))
        })
    }

    fn find(&self, path: &Path, touch: Touch, equal: fn(&OsStr, &OsStr) -> bool) -> Option<Hit> {
        let linked = self.links.resolve(path, false);
        let followed = self.links.resolve(path, true);
        for path in [&linked, &followed] {
            for place in &self.places {
                if covers(place, path, touch, equal) {
                    return Some(hit(&place.path.to_string_lossy(), place.reason));
                }
            }
            if let Some(reason) = of_any_repository(path) {
                return Some(hit(&path.to_string_lossy(), reason));
            }
        }
        None
    }
}

fn hit(what: &str, (rule, why): (&'static str, &'static str)) -> Hit {
    Hit { rule, what: what.to_owned(), why }
}

fn covers(place: &Place, path: &Path, touch: Touch, equal: fn(&OsStr, &OsStr) -> bool) -> bool {
    let mut wanted = place.path.components();
    let mut given = path.components();
    loop {
        match (wanted.next(), given.next()) {
            (Some(wanted), Some(given)) => {
                if !equal(given.as_os_str(), wanted.as_os_str()) {
                    return false;
                }
            }
            (None, None) => return true,
            (None, Some(_)) => return place.tree,
            // What is not there cannot be lost with its folder.
            (Some(_), None) => {
                return touch == Touch::Remove && place.path.symlink_metadata().is_ok();
            }
        }
    }
}

/// Policy and settings at the root of a repository that is not this session's.
fn of_any_repository(path: &Path) -> Option<(&'static str, &'static str)> {
    let name = path.file_name()?;
    let parent = path.parent()?;
    if same(name, OsStr::new(config::FILE)) {
        return parent.join(".git").exists().then_some(POLICY);
    }
    let settings = ["settings.json", "settings.local.json"];
    let in_claude = parent.file_name().is_some_and(|folder| same(folder, OsStr::new(".claude")));
    let wiring = in_claude && settings.iter().any(|known| same(name, OsStr::new(known)));
    (wiring && parent.parent()?.join(".git").exists()).then_some(WIRING)
}

/// Whether two names are one to the file systems that are usual on this system.
fn same(left: &OsStr, right: &OsStr) -> bool {
    if cfg!(any(target_os = "macos", windows)) {
        left.eq_ignore_ascii_case(right)
    } else {
        left == right
    }
}

/// Whether a name with `*`, `?` and `[…]` stands for `name`. A leading dot must be written.
pub(super) fn matches(pattern: &OsStr, name: &OsStr) -> bool {
    let (pattern, name) = (pattern.as_encoded_bytes(), name.as_encoded_bytes());
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    let (mut p, mut n) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, n));
                p += 1;
                continue;
            }
            Some(b'?') => Some(1),
            Some(b'[') => set(&pattern[p..], name[n]),
            Some(byte) if *byte == name[n] => Some(1),
            _ => None,
        };
        match (step, retry) {
            (Some(width), _) => {
                p += width;
                n += 1;
            }
            (None, Some((star, from))) => {
                retry = Some((star, from + 1));
                p = star + 1;
                n = from + 1;
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// The width of a set `[…]` that holds `byte`. Classes such as `[[:alpha:]]` hold everything.
fn set(pattern: &[u8], byte: u8) -> Option<usize> {
    let close = pattern.iter().skip(2).position(|b| *b == b']')? + 2;
    let inner = &pattern[1..close];
    if inner.contains(&b'[') {
        let close = close + pattern[close..].iter().take_while(|b| **b == b']').count();
        return Some(close);
    }
    let (negated, inner) = match inner {
        [b'!' | b'^', rest @ ..] => (true, rest),
        all => (false, all),
    };
    let mut found = false;
    let mut at = 0;
    while at < inner.len() {
        if inner.get(at + 1) == Some(&b'-') && at + 2 < inner.len() {
            found |= (inner[at]..=inner[at + 2]).contains(&byte);
            at += 3;
        } else {
            found |= inner[at] == byte;
            at += 1;
        }
    }
    (found != negated).then_some(close + 1)
}

/// What was read of symbolic links in this call. The protected places share nearly all of their
/// folders, and resolving each of them from the root costs more than all the rest of a quiet call.
#[derive(Debug, Default)]
struct Links {
    targets: RefCell<HashMap<PathBuf, Option<PathBuf>>>,
    folders: RefCell<HashMap<PathBuf, PathBuf>>,
}

impl Links {
    /// The path with `.`, `..` and symbolic links resolved as the system does; what does not exist
    /// stays as written. The last link is followed only when asked: deleting takes the link itself.
    fn resolve(&self, path: &Path, follow_last: bool) -> PathBuf {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return self.walk(path);
        };
        let file = self.folder(folder).join(name);
        match self.target(&file) {
            Some(_) if follow_last => self.walk(&file),
            _ => file,
        }
    }

    /// A folder, resolved once.
    fn folder(&self, path: &Path) -> PathBuf {
        if let Some(folder) = self.folders.borrow().get(path) {
            return folder.clone();
        }
        let folder = self.walk(path);
        self.folders.borrow_mut().insert(path.to_owned(), folder.clone());
        folder
    }

    /// Follows every link of a path, from its root.
    fn walk(&self, path: &Path) -> PathBuf {
        let mut todo: VecDeque<OsString> =
            path.components().map(|part| part.as_os_str().to_owned()).collect();
        let mut done = PathBuf::new();
        let mut links = 0;
        while let Some(part) = todo.pop_front() {
            match Path::new(&part).components().next() {
                Some(Component::ParentDir) => _ = done.pop(),
                Some(Component::CurDir) | None => {}
                Some(Component::RootDir) => done.push(&part),
                _ => {
                    done.push(&part);
                    if links >= MOST_LINKS {
                        continue;
                    }
                    let Some(target) = self.target(&done) else { continue };
                    links += 1;
                    done.pop();
                    for part in target.components().rev() {
                        todo.push_front(part.as_os_str().to_owned());
                    }
                }
            }
        }
        done
    }

    /// Where a link points to; `None` for anything else.
    fn target(&self, path: &Path) -> Option<PathBuf> {
        if let Some(target) = self.targets.borrow().get(path) {
            return target.clone();
        }
        let target = std::fs::read_link(path).ok();
        self.targets.borrow_mut().insert(path.to_owned(), target.clone());
        target
    }
}

//! Puts the bundle, the binary and the wiring into a project.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::files::{self, Undo};
use super::layout::{self, Placed};
use super::manifest::{self, Entry, Manifest, Settings};
use super::wiring::{Form, PLACE};
use super::{Obstacle, settings};
use crate::bundle::{self, Embedded as File};
use crate::digest;
use crate::env::Env;

/// What was done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The version that was there before.
    pub before: Option<String>,
    /// Files of the bundle that were written.
    pub written: Vec<String>,
    /// Files of the bundle that were there already, as they should be.
    pub unchanged: usize,
    /// Files and skills of the user's own that have one of our names, and were left alone.
    pub theirs: Vec<String>,
    /// Files of ours that the user has changed, and that were left alone.
    pub changed: Vec<String>,
    /// Files that an older version brought and this one does not.
    pub dropped: Vec<String>,
    /// Whether the settings were written.
    pub settings_written: bool,
}

/// Everything that is to be written, worked out before the first write.
struct Plan<'a> {
    write: Vec<Placed<'a>>,
    entries: Vec<Entry>,
    remove: Vec<String>,
    settings_file: PathBuf,
    settings_text: Option<String>,
    settings: Settings,
    outcome: Outcome,
}

/// The ignore file of `.claude/portcullis`.
const IGNORE: &[u8] =
    b"# The binary belongs to the machine; session-start finds or links it on the next one.\nbin/\n";

/// Installs `files` and the binary at `binary` into `project`.
///
/// # Errors
/// An [`Obstacle`] when a person has to change something first; nothing was written then. Any
/// other failure while writing is undone.
pub fn install(
    project: &Path,
    files: &[File],
    binary: &Path,
    env: &Env,
) -> anyhow::Result<Outcome> {
    let project = files::folder(project)?;
    refuse_user_folder(&project, env)?;
    let old = Manifest::load(&project)?;
    let mut files = files.to_vec();
    files.push(File { path: "bin/.gitignore", executable: false, bytes: IGNORE });
    let mut plan = plan(&project, layout::place(&files)?, old.as_ref())?;
    let program = std::fs::read(binary)
        .with_context(|| format!("cannot read the binary {}", binary.display()))?;
    let place = files::inside(&project, PLACE)?;
    let manifest_file = files::inside(&project, manifest::FILE)?;
    refuse_read_only(&project, &plan, &place)?;

    let mut undo = Undo::default();
    let mut made = Vec::new();
    for item in &plan.write {
        let target = files::inside(&project, &item.path)?;
        made.extend(undo.folder(target.parent().unwrap_or(&project))?);
        let mode = item.file.executable.then_some(0o755);
        undo.write(&target, item.file.bytes, mode)?;
        plan.entries.push(Entry {
            path: item.path.clone(),
            sha256: digest::sha256(item.file.bytes),
            mode: files::mode(&target)?,
        });
    }
    for path in &plan.remove {
        undo.remove(&files::inside(&project, path)?)?;
    }
    made.extend(undo.folder(&place)?);
    let target = place.join("portcullis");
    if !is_same(&target, &program) {
        // What session-start linked there is not to be written through.
        if target.is_symlink() {
            undo.unlink(&target)?;
        }
        undo.write(&target, &program, Some(0o755))?;
    }
    made.extend(undo.folder(plan.settings_file.parent().unwrap_or(&project))?);

    plan.entries.sort_by(|a, b| a.path.cmp(&b.path));
    let mut folders: BTreeSet<String> =
        old.iter().flat_map(|old| old.folders.iter().cloned()).collect();
    folders.extend(made.iter().filter_map(|path| relative(&project, path)));
    let manifest = Manifest {
        format: manifest::FORMAT,
        version: bundle::VERSION.to_owned(),
        files: plan.entries,
        folders: folders.into_iter().collect(),
        settings: plan.settings,
    };
    let mut text = serde_json::to_vec_pretty(&manifest)?;
    text.push(b'\n');
    // The settings come last: they arm what must be there by then and be known to uninstall.
    undo.write(&manifest_file, &text, None)?;
    if let Some(text) = &plan.settings_text {
        undo.write(&plan.settings_file, text.as_bytes(), None)?;
    }
    undo.keep();
    Ok(plan.outcome)
}

/// In the home folder, `.claude` is the user's own configuration: wiring it would guard every
/// project of the machine by a binary that only this one has.
fn refuse_user_folder(project: &Path, env: &Env) -> Result<(), Obstacle> {
    let ours = project.join(".claude");
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let users = [env.config_dir.clone(), env.home.as_ref().map(|home| home.join(".claude"))];
    if users.iter().flatten().any(|path| real(path) == real(&ours)) {
        return Err(Obstacle::new(
            ours,
            "is your own configuration of Claude Code, not a project's",
            "name a project, or install the plugin to have it everywhere",
        ));
    }
    Ok(())
}

fn plan<'a>(
    project: &Path,
    placed: Vec<Placed<'a>>,
    old: Option<&Manifest>,
) -> anyhow::Result<Plan<'a>> {
    let mut outcome = Outcome { before: old.map(|old| old.version.clone()), ..Outcome::default() };
    let (settings_file, text, settings) = plan_settings(project, old)?;
    outcome.settings_written = text.is_some();

    let mut write = Vec::new();
    let mut entries = Vec::new();
    let new: BTreeSet<String> = placed.iter().map(|item| item.path.clone()).collect();
    for item in placed {
        let unit = layout::unit(&item.path);
        if let Some(unit) = unit.filter(|unit| is_users_folder(project, unit, old)) {
            if !outcome.theirs.contains(&unit) {
                outcome.theirs.push(unit);
            }
            continue;
        }
        let target = files::inside(project, &item.path)?;
        let entry = old.and_then(|old| old.entry(&item.path));
        let found = match std::fs::read(&target) {
            Ok(bytes) => Some(digest::sha256(&bytes)),
            Err(_) if !target.exists() => None,
            // A folder, or what cannot be read, is no file of ours.
            Err(_) => Some(String::new()),
        };
        match (found, entry) {
            (None, _) => {
                outcome.written.push(item.path.clone());
                write.push(item);
            }
            (Some(_), None) => outcome.theirs.push(item.path),
            (Some(found), Some(entry)) if found == digest::sha256(item.file.bytes) => {
                outcome.unchanged += 1;
                entries.push(Entry { sha256: found, ..entry.clone() });
            }
            (Some(found), Some(entry)) if found == entry.sha256 => {
                outcome.written.push(item.path.clone());
                write.push(item);
            }
            (Some(_), Some(entry)) => {
                entries.push(entry.clone());
                outcome.changed.push(item.path);
            }
        }
    }
    let mut remove = Vec::new();
    for entry in old.iter().flat_map(|old| &old.files).filter(|entry| !new.contains(&entry.path)) {
        match std::fs::read(files::inside(project, &entry.path)?) {
            Ok(bytes) if digest::sha256(&bytes) == entry.sha256 => {
                remove.push(entry.path.clone());
                outcome.dropped.push(entry.path.clone());
            }
            Ok(_) => {
                entries.push(entry.clone());
                outcome.changed.push(entry.path.clone());
            }
            Err(_) => {}
        }
    }
    Ok(Plan { write, entries, remove, settings_file, settings_text: text, settings, outcome })
}

/// The settings file, the text to write there if it is to be written, and what to remember.
fn plan_settings(
    project: &Path,
    old: Option<&Manifest>,
) -> anyhow::Result<(PathBuf, Option<String>, Settings)> {
    let file = files::inside(project, settings::FILE)?;
    let present = files::read_text(&file)?;
    let merged = settings::merge(present.as_deref().unwrap_or_default(), &file, Form::Project)?;
    let sha256 = digest::sha256(merged.as_bytes());
    let untouched = old.filter(|old| {
        present.as_ref().is_some_and(|text| digest::sha256(text.as_bytes()) == old.settings.sha256)
    });
    let original = match (untouched, &present) {
        (Some(old), _) => old.settings.original.clone(),
        // Edited since: what the user would have without us is the new original.
        (None, Some(text)) if settings::holds_ours(text, &file)? => {
            Some(settings::unmerge(text, &file)?)
        }
        (None, present) => present.clone(),
    };
    let text = (present.as_deref() != Some(&merged)).then_some(merged);
    Ok((file, text, Settings { original, sha256 }))
}

/// Whether a skill's folder was there before us.
fn is_users_folder(project: &Path, unit: &str, old: Option<&Manifest>) -> bool {
    let known = old.is_some_and(|old| old.folders.iter().any(|folder| folder == unit));
    !known && project.join(unit).symlink_metadata().is_ok()
}

/// Asks the permission bits, so that the common case is one clear sentence and no half-way stop.
fn refuse_read_only(project: &Path, plan: &Plan, place: &Path) -> anyhow::Result<()> {
    let mut targets = vec![plan.settings_file.clone(), place.join("portcullis")];
    for item in &plan.write {
        targets.push(files::inside(project, &item.path)?);
    }
    for target in targets {
        let Some(folder) = target.ancestors().skip(1).find(|path| path.exists()) else { continue };
        let meta = std::fs::metadata(folder)
            .with_context(|| format!("cannot read {}", folder.display()))?;
        if meta.permissions().readonly() {
            let way_out = "make it writable (chmod u+w) and run this again";
            return Err(Obstacle::new(folder, "is read-only", way_out).into());
        }
    }
    Ok(())
}

fn is_same(target: &Path, program: &[u8]) -> bool {
    !target.is_symlink() && std::fs::read(target).is_ok_and(|bytes| bytes == program)
}

fn relative(project: &Path, path: &Path) -> Option<String> {
    path.strip_prefix(project).ok()?.to_str().map(str::to_owned)
}

//! Takes out of a project what an install put in, by the manifest.

use std::path::Path;

use anyhow::Context;

use super::manifest::{self, Manifest};
use super::wiring::PLACE;
use super::{files, settings};
use crate::digest;

/// What was done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many files were removed.
    pub removed: usize,
    /// Files that were changed since the install, and stay.
    pub kept: Vec<String>,
    /// What happened to the settings.
    pub settings: Restored,
}

/// What happened to the settings.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// They held nothing of ours.
    #[default]
    Untouched,
    /// They are byte for byte what they were before the install.
    Exactly,
    /// They were edited since: our entries are out, the edits stay.
    Unmerged,
}

/// Uninstalls from `project`. `None` when nothing of ours is there.
///
/// # Errors
/// An [`super::Obstacle`] when a person has to change something first, or when the file system fails.
pub fn uninstall(project: &Path) -> anyhow::Result<Option<Outcome>> {
    let project = files::folder(project)?;
    let manifest = Manifest::load(&project)?;
    // The settings come first: from here on nothing calls what is about to go.
    let settings = restore_settings(&project, manifest.as_ref())?;
    let mut outcome = Outcome { settings, ..Outcome::default() };
    let Some(manifest) = manifest else {
        return Ok((outcome.settings != Restored::Untouched).then_some(outcome));
    };
    for entry in &manifest.files {
        let file = files::inside(&project, &entry.path)?;
        match std::fs::read(&file) {
            Ok(bytes) if digest::sha256(&bytes) == entry.sha256 => {
                remove(&file)?;
                outcome.removed += 1;
            }
            Ok(_) => outcome.kept.push(entry.path.clone()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", file.display()));
            }
        }
    }
    let place = files::inside(&project, PLACE)?;
    if place.exists() {
        // A copy, a link or a stub that session-start made: this folder is the machine's.
        std::fs::remove_dir_all(&place)
            .with_context(|| format!("cannot remove {}", place.display()))?;
    }
    remove(&files::inside(&project, manifest::FILE)?)?;
    for folder in manifest.folders.iter().rev() {
        // One that is not empty holds something of the user's.
        let _ = std::fs::remove_dir(files::inside(&project, folder)?);
    }
    Ok(Some(outcome))
}

fn restore_settings(project: &Path, manifest: Option<&Manifest>) -> anyhow::Result<Restored> {
    let file = files::inside(project, settings::FILE)?;
    let Some(text) = files::read_text(&file)? else { return Ok(Restored::Untouched) };
    let known = manifest.map(|manifest| &manifest.settings);
    let exact = known.filter(|known| known.sha256 == digest::sha256(text.as_bytes()));
    let (wanted, restored) = match exact {
        Some(known) => (known.original.clone(), Restored::Exactly),
        None if !settings::holds_ours(&text, &file)? => return Ok(Restored::Untouched),
        None => {
            let rest = settings::unmerge(&text, &file)?;
            let empty =
                settings::value(&rest, &file)?.as_object().is_some_and(|map| map.is_empty());
            let made = known.is_some_and(|known| known.original.is_none());
            ((!(empty && made)).then_some(rest), Restored::Unmerged)
        }
    };
    let mut undo = files::Undo::default();
    match wanted {
        Some(wanted) if wanted == text => {}
        Some(wanted) => undo.write(&file, wanted.as_bytes(), None)?,
        None => remove(&file)?,
    }
    undo.keep();
    Ok(restored)
}

fn remove(file: &Path) -> anyhow::Result<()> {
    std::fs::remove_file(file).with_context(|| format!("cannot remove {}", file.display()))
}

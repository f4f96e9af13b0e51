//! The cases of `evals/`: prompts that should and should not reach a definition, and behaviour cases.

use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use super::BadFile;
use super::definition::Kind;

/// Prompts that a definition needs at least.
pub const LEAST_SHOULD: usize = 3;
/// Prompts that must not reach it, at least.
pub const LEAST_SHOULD_NOT: usize = 2;

/// The prompts of one definition.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Name of the agent or skill.
    pub name: String,
    /// Prompts that should reach it.
    #[serde(default)]
    pub should: Vec<String>,
    /// Prompts that should reach something else, or nothing.
    #[serde(default)]
    pub should_not: Vec<String>,
}

/// The set of prompts that the bounds hold for; the others under `evals/` are only measured.
pub const OWN: &str = "triggers";

/// Reads `evals/<set>/<kind>.yaml`; no file is no case.
///
/// # Errors
/// When it cannot be read or is not a list of cases.
pub fn load(root: &Path, set: &str, kind: Kind) -> anyhow::Result<Vec<Case>> {
    let path = format!("evals/{set}/{}.yaml", kind.word());
    let file = root.join(&path);
    if !file.is_file() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(&file).with_context(|| path.clone())?;
    serde_saphyr::from_str(&text)
        .map_err(|error| BadFile { file: path, problem: error.to_string() }.into())
}

/// Folders of behaviour cases under `evals/` (`case.yaml` or `prompt.md`, the client's own form), by the folder
/// they stand in: `evals/code-reviewer/<case>/` counts for `code-reviewer`.
///
/// # Errors
/// When a folder cannot be read.
pub fn behaviour(root: &Path) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    let mut found = Vec::new();
    let folder = root.join("evals");
    if !folder.is_dir() {
        return Ok(found);
    }
    for group in folders(&folder)? {
        let cases: Vec<String> = folders(&folder.join(&group))?
            .into_iter()
            .filter(|case| {
                let case = folder.join(&group).join(case);
                case.join("case.yaml").is_file() || case.join("prompt.md").is_file()
            })
            .collect();
        if !cases.is_empty() {
            found.push((group, cases));
        }
    }
    Ok(found)
}

/// Names of the folders in `folder`, sorted.
fn folders(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

//! Whether a command's program is there: on the path, or installed by the project itself.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::allow;
use super::plan::{Act, Candidate, OWN, Step};
use crate::config::Policy;

/// Folders whose programs go before those of `PATH`: what the project itself installed.
pub(super) fn first_folders(dir: &Path, root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for base in [dir, root] {
        for place in ["node_modules/.bin", ".venv/bin", "venv/bin", "vendor/bin"] {
            let folder = base.join(place);
            if folder.is_dir() && !found.contains(&folder) {
                found.push(folder);
            }
        }
    }
    found
}

pub(super) fn argv(candidate: &Candidate) -> anyhow::Result<Vec<String>> {
    let mut argv = candidate.command.clone();
    if let Some(own) = argv.first_mut().filter(|word| *word == OWN) {
        let program = std::env::current_exe().context("cannot find this program's own file")?;
        *own = program.to_string_lossy().into_owned();
    }
    Ok(argv)
}

/// Whether the program of a candidate is there.
pub(super) fn is_there(
    candidate: &Candidate,
    dir: &Path,
    first: &[PathBuf],
    env: &[(OsString, OsString)],
) -> bool {
    let path = env.iter().find(|(key, _)| key == "PATH").map(|(_, path)| path.clone());
    let path = path.unwrap_or_default();
    let on_path = |program: &str| {
        let mut folders = first.iter().cloned().chain(std::env::split_paths(&path));
        program == OWN
            || match program.contains('/') {
                true => dir.join(program).exists(),
                false => folders.any(|folder| is_program(&folder.join(program))),
            }
    };
    // `cargo-clippy` may be there while `cargo` is not, and the other way round.
    let started = candidate.command.first().is_some_and(|program| on_path(program));
    // `npx --no-install eslint` starts, and then says that there is none.
    let inner = match candidate.command.first().map(String::as_str) {
        Some("npx" | "bunx") => candidate.command.get(2).is_none_or(|tool| on_path(tool)),
        _ => true,
    };
    started && inner && candidate.needs.as_deref().is_none_or(on_path)
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Whether any way to do the step is installed, and which: for `gate plan`.
pub(crate) fn chosen<'s>(step: &'s Step, root: &Path, policy: &Policy) -> Option<&'s Candidate> {
    let Act::Run(candidates) = &step.act else { return None };
    let dir = root.join(&step.dir);
    let env = allow::filter(std::env::vars_os(), &policy.env);
    let first = first_folders(&dir, root);
    candidates.iter().find(|candidate| is_there(candidate, &dir, &first, &env))
}

/// What would have to be installed, and where it comes from.
pub(crate) fn not_installed(candidates: &[Candidate]) -> String {
    let names: Vec<String> = candidates
        .iter()
        .map(|candidate| match candidate.get.as_str() {
            "" => candidate.program().to_owned(),
            get => format!("{} ({get})", candidate.program()),
        })
        .collect();
    format!("not installed: {}", names.join(", or "))
}

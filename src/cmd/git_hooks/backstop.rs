//! The backstop's two hooks beside the pre-commit one: `pre-push` and `commit-msg`.

use std::path::Path;

use anyhow::Context as _;

use crate::cmd::Console;
use crate::exit::Exit;
use crate::install::git_backstop::{self, Found};

fn folder(pre_commit: &Path) -> anyhow::Result<&Path> {
    pre_commit.parent().context("the hooks' folder")
}

/// Puts both in.
pub(super) fn install(
    pre_commit: &Path,
    husky: bool,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let folder = folder(pre_commit)?;
    let binary = std::env::current_exe().context("where this program is")?;
    match git_backstop::install(folder, husky, &binary.to_string_lossy())? {
        Ok(()) => {
            for (name, hook) in git_backstop::hooks(folder) {
                let does = match name {
                    "pre-push" => "asks the gates before each push",
                    _ => {
                        "asks the gates that the policy names for a commit, and adds the receipts' trailer"
                    }
                };
                writeln!(console.out, "{}: {does}", hook.display())?;
            }
            Ok(Exit::Ok)
        }
        Err(problem) => {
            writeln!(console.err, "error: {problem}")?;
            Ok(Exit::No)
        }
    }
}

/// Takes both out.
pub(super) fn uninstall(
    pre_commit: &Path,
    husky: bool,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let kept = git_backstop::uninstall(folder(pre_commit)?, husky)?;
    for hook in &kept {
        writeln!(console.err, "error: {hook} is ours but was edited since; remove it by hand")?;
    }
    Ok(if kept.is_empty() { Exit::Ok } else { Exit::No })
}

/// Says whether each is armed.
pub(super) fn status(
    pre_commit: &Path,
    husky: bool,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let mut exit = Exit::Ok;
    for (name, hook) in git_backstop::hooks(folder(pre_commit)?) {
        let (word, detail) = match git_backstop::look(name, &hook, husky)? {
            Found::None => ("DISARMED", "there is no hook".to_owned()),
            Found::Other => ("DISARMED", "the hook is not ours".to_owned()),
            Found::Ours { edited: true, .. } => {
                ("EDITED", "the hook is ours but was edited since".to_owned())
            }
            Found::Ours { binary, .. } if !Path::new(&binary).exists() => {
                ("DISARMED", format!("its program {binary} is gone"))
            }
            Found::Ours { binary, .. } => ("ARMED", format!("runs {binary}")),
        };
        if word != "ARMED" {
            exit = Exit::No;
        }
        writeln!(console.out, "{word:<9} {}: {detail}", hook.display())?;
    }
    Ok(exit)
}

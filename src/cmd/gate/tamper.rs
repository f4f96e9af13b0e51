//! `portcullis gate tamper`: what the change weakens, by class.

use serde_json::json;

use super::{VERSION, project};
use crate::cli::GateTamperArgs;
use crate::cmd::Console;
use crate::config::Policy;
use crate::env::Env;
use crate::exit::Exit;
use crate::gate::{change, tamper, tree};

/// Lists what the working tree weakens since the base.
///
/// # Errors
/// When the base is no commit, or git fails.
pub(super) fn run(args: &GateTamperArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let dir = project(&args.project, env)?;
    let mut policy = Policy::load(&dir, env)?;
    let root = tree::repository(&dir)?.root;
    if let Some(base) = &args.base {
        policy.base = Some(base.clone());
    }
    let change = change::of(&root, change::base(&root, &policy)?)?;
    let found = tamper::findings(&root, &change)?;
    if args.json {
        let answer = json!({"v": VERSION, "base": change.base, "findings": found});
        writeln!(console.out, "{answer:#}")?;
    } else {
        for finding in &found {
            writeln!(console.out, "{}", finding.words())?;
        }
        let base = change.base.as_deref().unwrap_or("nothing");
        writeln!(console.err, "{} findings since {base}", found.len())?;
    }
    Ok(if found.is_empty() { Exit::Ok } else { Exit::No })
}

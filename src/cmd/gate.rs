//! `portcullis gate`: runs gates, plans them, says how they stand, verifies what others ran.

mod backstop;
mod measure;
mod plan;
mod prove;
mod status;
mod tamper;
mod verify;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use crate::cli::{GateAction, GateArgs, GateRunArgs};
use crate::cmd::Console;
use crate::config::Policy;
use crate::env::Env;
use crate::exit::Exit;
use crate::gate::receipt::{CheckStatus, Checked, Receipt, Status, output_file};
use crate::gate::{self, GateError, NotARepository, Options};

/// Version of what `--json` prints for `status` and for a gate that is not available.
const VERSION: u32 = 1;

/// Runs the subcommand.
///
/// # Errors
/// When the policy cannot be used, or the machine fails.
pub fn run(args: &GateArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    match &args.action {
        GateAction::Run(args) => run_gate(args, env, console),
        GateAction::Backstop(args) => backstop::run(args, env, console),
        GateAction::Plan(args) => plan::run(args, env, console),
        GateAction::Measure(args) => measure::run(args, env, console),
        GateAction::ProveFix(args) => prove::run(args, env, console),
        GateAction::Tamper(args) => tamper::run(args, env, console),
        GateAction::Status(args) => status::run(args, env, console),
        GateAction::Verify(args) => verify::run(args, env, console),
    }
}

fn run_gate(args: &GateRunArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let Some(name) = &args.gate else { return run_all(args, env, console) };
    let dir = project(&args.project, env)?;
    let policy = Policy::load(&dir, env)?;
    one(name, args, &policy, &dir, env, console)
}

/// Runs the gates that are available here, in the order of the pipeline; a red one ends it.
fn run_all(args: &GateRunArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let dir = project(&args.project, env)?;
    let policy = Policy::load(&dir, env)?;
    let mut worst = Exit::Nothing;
    let root = match gate::tree::repository(&dir) {
        Ok(repository) => repository.root,
        Err(error) => {
            writeln!(console.err, "error: {error:#}")?;
            return Ok(Exit::Nothing);
        }
    };
    for name in gate::names(&policy) {
        let plan = gate::plan::sketch(&name, &policy, &root)?;
        if !plan.is_available() {
            writeln!(console.err, "{name} gate: not available: nothing here says how it is run")?;
            continue;
        }
        let exit = one(&name, args, &policy, &dir, env, console)?;
        worst = match (worst, exit) {
            (Exit::Nothing, exit) => exit,
            (worst, Exit::Ok) => worst,
            (Exit::Ok, exit) => exit,
            (worst, _) => worst,
        };
        if exit != Exit::Ok && args.fail_fast {
            break;
        }
    }
    Ok(worst)
}

fn one(
    name: &str,
    args: &GateRunArgs,
    policy: &Policy,
    dir: &Path,
    env: &Env,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let progress = !args.json && std::io::stderr().is_terminal();
    let options = Options { cached: args.cached, fail_fast: args.fail_fast, progress };
    let run = if args.json {
        gate::run_gate(name, policy, dir, env, options, &mut std::io::sink())
    } else {
        gate::run_gate(name, policy, dir, env, options, &mut *console.err)
    };
    let receipt = match run {
        Ok(receipt) => receipt,
        Err(error) => {
            let exit = match error.downcast_ref::<GateError>() {
                Some(GateError::Unknown { .. }) => Exit::Usage,
                Some(GateError::NotAvailable { .. }) => Exit::Nothing,
                None if error.is::<NotARepository>() => Exit::Nothing,
                None => return Err(error),
            };
            if args.json && exit == Exit::Nothing {
                let answer = json!({
                    "v": VERSION, "gate": name, "status": "not_available",
                    "reason": format!("{error:#}"),
                });
                writeln!(console.out, "{answer:#}")?;
            } else {
                writeln!(console.err, "error: {error:#}")?;
            }
            return Ok(exit);
        }
    };
    if args.json {
        serde_json::to_writer_pretty(&mut console.out, &receipt)?;
        writeln!(console.out)?;
    } else {
        print_receipt(&receipt, &gate::state_folder(dir, env)?, console)?;
    }
    Ok(match receipt.status {
        Status::Passed => Exit::Ok,
        Status::Failed | Status::TimedOut | Status::Changed => Exit::No,
        Status::NotRun => Exit::Nothing,
        Status::Error => Exit::Internal,
    })
}

fn print_receipt(receipt: &Receipt, state: &Path, console: &mut Console) -> anyhow::Result<()> {
    let mut parts = vec![format!("{} gate: {}", receipt.gate, receipt.status.words())];
    if let Some(tests) = receipt.tests {
        parts.push(gate::count(tests));
    }
    parts.push(format!("tree {}", gate::short(&receipt.tree)));
    parts.push(format!("receipt {}", receipt.id));
    if receipt.status != Status::Passed {
        writeln!(console.err, "{}", receipt.reason)?;
        writeln!(console.err, "output: {}", output_file(state, &receipt.id).display())?;
    }
    // What is not there is no failure, but it must not look like a pass.
    if receipt.checks.len() > 2 {
        for check in &receipt.checks {
            writeln!(console.err, "  {}", in_words(check))?;
        }
    }
    writeln!(console.out, "{}", parts.join(" · "))?;
    Ok(())
}

/// A check's result in one line.
fn in_words(check: &Checked) -> String {
    let place = match (&check.page, &check.stack, check.dir.as_str()) {
        (Some(page), ..) => format!(" ({page})"),
        (None, Some(stack), "") => format!(" ({stack})"),
        (None, Some(stack), dir) => format!(" ({stack} in {dir})"),
        (None, None, _) => String::new(),
    };
    let cached = check.cached.as_ref().map(|id| format!(" (from receipt {id})"));
    let reason = match check.status {
        // What was measured says more than the command, where something was.
        CheckStatus::Passed if !check.command.is_empty() && check.page.is_none() => {
            check.command.join(" ")
        }
        _ => check.reason.clone(),
    };
    format!(
        "{}{place}: {}{}{}{reason}",
        check.check,
        check.status.words(),
        cached.unwrap_or_default(),
        if reason.is_empty() { "" } else { ": " }
    )
}

/// The folder that is meant, with absolute path.
fn project(path: &Path, env: &Env) -> anyhow::Result<PathBuf> {
    let path = env.cwd.join(path);
    path.canonicalize().with_context(|| format!("cannot use {}", path.display()))
}

//! `portcullis gate verify`: believes no receipt; with `--rerun` executes again and compares.

use std::path::Path;

use serde_json::{Value, json};

use super::{VERSION, project};
use crate::cli::GateVerifyArgs;
use crate::cmd::Console;
use crate::config::Policy;
use crate::env::Env;
use crate::exit::Exit;
use crate::gate::receipt::{Ledger, Receipt, Status};
use crate::gate::{self, GateError, Options, Standing, tree};

/// Verifies gates for the tree as it is.
///
/// # Errors
/// When the policy cannot be used, or the machine fails.
pub(super) fn run(args: &GateVerifyArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let dir = project(&args.project, env)?;
    let policy = Policy::load(&dir, env)?;
    let root = tree::repository(&dir)?.root;
    let tree = gate::working_tree(&root)?;
    let state = match &args.receipts {
        Some(folder) => env.cwd.join(folder),
        None => gate::state_folder(&root, env)?,
    };
    let ledger = Ledger::read(&state)?;
    let mut names: Vec<String> = args.gates.clone();
    if names.is_empty() {
        for gate in gate::BOUNDARIES.iter().flat_map(|boundary| policy.needs(boundary)) {
            if !names.iter().any(|name| name == gate) {
                names.push(gate.to_owned());
            }
        }
    }
    let mut rows = Vec::new();
    let mut good = !names.is_empty();
    for name in &names {
        let plan = match gate::plan::plan(name, &policy, &root) {
            Ok(plan) => plan,
            Err(error @ GateError::Unknown { .. }) => {
                writeln!(console.err, "error: {error}")?;
                return Ok(Exit::Usage);
            }
            Err(error) => {
                good = false;
                rows.push(json!({"gate": name, "verified": false, "reason": error.to_string()}));
                continue;
            }
        };
        let standing = gate::judge(name, &tree, &plan.config(&policy), &ledger.receipts);
        let row = match args.rerun {
            true => {
                let progress: &mut dyn std::io::Write =
                    if args.json { &mut std::io::sink() } else { &mut *console.err };
                let fresh = gate::run_gate(name, &policy, &dir, env, Options::default(), progress)?;
                compared(name, &standing, &tree, &fresh)
            }
            false => json!({
                "gate": name, "verified": matches!(standing, Standing::Passed(_)),
                "reason": standing.sentence(name, &tree), "receipt": standing.receipt().map(|r| &r.id),
            }),
        };
        good &= row["verified"] == true;
        rows.push(row);
    }
    for problem in &ledger.problems {
        good = false;
        writeln!(console.err, "error: {problem}")?;
    }
    print(&rows, &tree, &root, args.json, console)?;
    Ok(if good { Exit::Ok } else { Exit::No })
}

/// A fresh run beside what a receipt said of the same tree.
fn compared(name: &str, standing: &Standing, tree: &str, fresh: &Receipt) -> Value {
    let passed = fresh.status == Status::Passed;
    let of_tree =
        standing.receipt().filter(|receipt| receipt.tree == tree && receipt.config == fresh.config);
    let (agrees, said) = match of_tree {
        None => (true, "there was no receipt for this tree to compare with".to_owned()),
        Some(old) if old.status == fresh.status && old.tests == fresh.tests => {
            (true, format!("receipt {} said the same", old.id))
        }
        Some(old) => (
            false,
            format!(
                "receipt {} said {}{}, and now it is {}{}",
                old.id,
                old.status.words(),
                counted(old),
                fresh.status.words(),
                counted(fresh)
            ),
        ),
    };
    json!({
        "gate": name, "verified": passed && agrees, "agrees": agrees,
        "status": fresh.status, "reason": format!("{}; {said}", fresh.reason),
        "receipt": of_tree.map(|receipt| &receipt.id), "rerun": fresh.id,
    })
}

fn counted(receipt: &Receipt) -> String {
    receipt.tests.map(|tests| format!(" ({})", gate::count(tests))).unwrap_or_default()
}

fn print(
    rows: &[Value],
    tree: &str,
    root: &Path,
    json: bool,
    console: &mut Console,
) -> anyhow::Result<()> {
    if json {
        let answer = json!({"v": VERSION, "worktree": root, "tree": tree, "gates": rows});
        writeln!(console.out, "{answer:#}")?;
        return Ok(());
    }
    for row in rows {
        let word = if row["verified"] == true { "VERIFIED" } else { "NOT VERIFIED" };
        let (gate, reason) = (row["gate"].as_str(), row["reason"].as_str());
        writeln!(
            console.out,
            "{word:<12} {}: {}",
            gate.unwrap_or_default(),
            reason.unwrap_or_default()
        )?;
    }
    Ok(())
}

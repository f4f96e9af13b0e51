//! `portcullis gate run|status`: runs a gate, or says what the receipts say of the tree as it is.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::cli::{GateAction, GateArgs, GateRunArgs, GateStatusArgs};
use crate::cmd::Console;
use crate::config::Policy;
use crate::env::Env;
use crate::exit::Exit;
use crate::gate::receipt::{Ledger, Receipt, Status, output_file};
use crate::gate::{self, GateError, NotARepository, Standing, tree};

/// Version of what `--json` prints for `status` and for a gate that is not available.
const VERSION: u32 = 1;

/// Runs the subcommand.
///
/// # Errors
/// When the policy cannot be used, or the machine fails.
pub fn run(args: &GateArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    match &args.action {
        GateAction::Run(args) => run_gate(args, env, console),
        GateAction::Status(args) => status(args, env, console),
    }
}

fn run_gate(args: &GateRunArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let dir = project(&args.project, env)?;
    let policy = Policy::load(&dir)?;
    let run = if args.json {
        gate::run_gate(&args.gate, &policy, &dir, env, &mut std::io::sink())
    } else {
        gate::run_gate(&args.gate, &policy, &dir, env, &mut *console.err)
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
                    "v": VERSION, "gate": args.gate, "status": "not_available",
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
        print_receipt(&receipt, &gate::state_folder(&dir, env)?, console)?;
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
    writeln!(console.out, "{}", parts.join(" · "))?;
    Ok(())
}

/// What `status` found out about one gate.
struct Line {
    name: String,
    /// Command and where it comes from, or why there is none.
    command: Result<(String, String), GateError>,
    worktree: Option<Standing>,
    head: Option<Standing>,
}

fn status(args: &GateStatusArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let dir = project(&args.project, env)?;
    let policy = Policy::load(&dir)?;
    let root = tree::repository(&dir)?.root;
    let tree = gate::working_tree(&root)?;
    let head = tree::head(&root);
    let head_tree = match &head {
        Some(commit) => Some(gate::commit_tree(&root, commit)?),
        None => None,
    };
    let ledger = Ledger::read(&gate::state_folder(&root, env)?)?;
    let lines: Vec<Line> = gate::names(&policy)
        .into_iter()
        .map(|name| match gate::resolve(&name, &policy, &root) {
            Ok(resolved) => {
                let config = resolved.config();
                let judge = |tree: &str| gate::judge(&name, tree, &config, &ledger.receipts);
                let (worktree, head) = (judge(&tree), head_tree.as_deref().map(judge));
                let command = Ok((resolved.gate.command.join(" "), resolved.source));
                Line { name, command, worktree: Some(worktree), head }
            }
            Err(error) => Line { name, command: Err(error), worktree: None, head: None },
        })
        .collect();
    let mut notes = ledger.problems;
    if tree::is_sparse(&root) {
        notes.push("this is a sparse checkout: files that are left out are not tested, so its tree is not HEAD's".to_owned());
    }

    if args.json {
        let gates: Vec<Value> =
            lines.iter().map(|line| line.json(&tree, head_tree.as_deref())).collect();
        let answer = json!({
            "v": VERSION, "worktree": root.to_string_lossy(), "tree": tree, "head": head,
            "head_tree": head_tree, "gates": gates, "notes": notes,
        });
        writeln!(console.out, "{answer:#}")?;
    } else {
        for line in &lines {
            line.print(&tree, head_tree.as_deref(), console)?;
        }
        for note in &notes {
            writeln!(console.err, "note: {note}")?;
        }
    }
    let passed = |line: &Line| matches!(line.worktree, Some(Standing::Passed(_)));
    Ok(if lines.iter().all(passed) {
        Exit::Ok
    } else if lines.iter().all(|line| line.command.is_err()) {
        Exit::Nothing
    } else {
        Exit::No
    })
}

impl Line {
    fn next(&self) -> Option<String> {
        let passed = matches!(self.worktree, Some(Standing::Passed(_)));
        (self.command.is_ok() && !passed).then(|| gate::next(&self.name))
    }

    fn json(&self, tree: &str, head_tree: Option<&str>) -> Value {
        let one = |standing: &Option<Standing>, tree: &str| {
            standing.as_ref().map(|standing| {
                json!({
                    "standing": standing.word(),
                    "sentence": standing.sentence(&self.name, tree),
                    "receipt": standing.receipt(),
                })
            })
        };
        match &self.command {
            Ok((command, source)) => json!({
                "gate": self.name, "command": command, "source": source,
                "worktree": one(&self.worktree, tree),
                "head": head_tree.and_then(|tree| one(&self.head, tree)),
                "next": self.next(),
            }),
            Err(error) => json!({
                "gate": self.name, "command": null, "reason": error.to_string(),
                "worktree": null, "head": null, "next": null,
            }),
        }
    }

    fn print(&self, tree: &str, head: Option<&str>, console: &mut Console) -> anyhow::Result<()> {
        let (command, source) = match &self.command {
            Ok(command) => command,
            Err(error) => {
                writeln!(console.out, "{error}")?;
                return Ok(());
            }
        };
        writeln!(console.out, "{} gate: `{command}` ({source})", self.name)?;
        if let Some(standing) = &self.worktree {
            let said = standing.sentence(&self.name, tree);
            writeln!(console.out, "  working tree {}: {said}", gate::short(tree))?;
        }
        match (head, &self.head) {
            (Some(head), Some(_)) if head == tree => {
                writeln!(console.out, "  HEAD {}: the same tree", gate::short(head))?;
            }
            (Some(head), Some(standing)) => {
                let said = match standing {
                    Standing::Passed(_) => standing.sentence(&self.name, head),
                    Standing::Failed(receipt) => {
                        format!("the last run on this tree: {}", receipt.status.words())
                    }
                    _ => "never run with this command".to_owned(),
                };
                writeln!(console.out, "  HEAD {}: {said}", gate::short(head))?;
            }
            _ => writeln!(console.out, "  HEAD: no commit yet")?,
        }
        if let Some(next) = self.next() {
            writeln!(console.out, "  next: {next}")?;
        }
        Ok(())
    }
}

/// The folder that is meant, with absolute path.
fn project(path: &Path, env: &Env) -> anyhow::Result<PathBuf> {
    let path = env.cwd.join(path);
    path.canonicalize().with_context(|| format!("cannot use {}", path.display()))
}

//! `portcullis gate status`: what the receipts say of the tree as it is.

use serde_json::{Value, json};

use super::{VERSION, project};
use crate::cli::GateStatusArgs;
use crate::cmd::Console;
use crate::config::Policy;
use crate::env::Env;
use crate::exit::Exit;
use crate::gate::plan::{Act, Plan, Planner};
use crate::gate::receipt::Ledger;
use crate::gate::{self, GateError, Standing, tree};

/// What `status` found out about one gate.
struct Line {
    name: String,
    /// Whether a boundary of the policy needs it.
    needed: bool,
    /// Command and where it comes from, or why there is none.
    command: Result<(String, String), GateError>,
    worktree: Option<Standing>,
    head: Option<Standing>,
}

/// Says how every gate stands.
///
/// # Errors
/// When the policy cannot be used, or git or the state fails.
pub(super) fn run(args: &GateStatusArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let dir = project(&args.project, env)?;
    let policy = Policy::load(&dir, env)?;
    let root = tree::repository(&dir)?.root;
    // The plans need the folders and the tree needs git: both at the same time.
    let planned = || {
        let planner = Planner::new(&policy, &root);
        let plan = |name: String| (planner.plan(&name), name);
        gate::names(&policy).into_iter().map(plan).collect::<Vec<_>>()
    };
    let (tree, plans) = std::thread::scope(|scope| {
        let planned = scope.spawn(planned);
        (gate::working_tree(&root), planned.join())
    });
    let tree = tree?;
    let plans = plans.map_err(|_| anyhow::anyhow!("the thread that plans the gates died"))?;
    let head = tree::head(&root);
    let head_tree = match &head {
        Some(commit) => Some(gate::commit_tree(&root, commit)?),
        None => None,
    };
    let ledger = Ledger::read(&gate::state_folder(&root, env)?)?;
    // What any boundary asks for decides the exit code; the other gates are only shown.
    let needed: Vec<String> = gate::BOUNDARIES
        .iter()
        .flat_map(|boundary| policy.needs(boundary))
        .map(str::to_owned)
        .collect();
    let lines: Vec<Line> = plans
        .into_iter()
        .map(|(plan, name)| match plan {
            Ok(plan) => {
                let config = plan.config(&policy);
                let judge = |tree: &str| gate::judge(&name, tree, &config, &ledger.receipts);
                let (worktree, head) = (judge(&tree), head_tree.as_deref().map(judge));
                let needed = needed.contains(&name);
                Line { name, needed, command: Ok(commands(&plan)), worktree: Some(worktree), head }
            }
            Err(error) => {
                let needed = needed.contains(&name);
                Line { name, needed, command: Err(error), worktree: None, head: None }
            }
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
    let passed = |line: &&Line| matches!(line.worktree, Some(Standing::Passed(_)));
    let decides: Vec<&Line> = lines.iter().filter(|line| line.needed).collect();
    Ok(if decides.iter().all(passed) {
        Exit::Ok
    } else if decides.iter().all(|line| line.command.is_err()) {
        Exit::Nothing
    } else {
        Exit::No
    })
}

/// What a plan runs, and where that comes from.
fn commands(plan: &Plan) -> (String, String) {
    let candidates: Vec<_> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.act {
            Act::Run(candidates) => candidates.first(),
            _ => None,
        })
        .collect();
    match &candidates[..] {
        [only] => (only.shown().join(" "), only.why.clone()),
        many => {
            let own = plan.steps.iter().filter(|step| matches!(step.act, Act::Own(_))).count();
            (
                format!("portcullis gate run {}", plan.gate),
                format!(
                    "{} commands and {own} checks of our own; see `portcullis gate plan {}`",
                    many.len(),
                    plan.gate
                ),
            )
        }
    }
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
                "gate": self.name, "needed": self.needed, "command": command, "source": source,
                "standing": self.worktree.as_ref().map(Standing::word),
                "worktree": one(&self.worktree, tree),
                "head": head_tree.and_then(|tree| one(&self.head, tree)),
                "next": self.next(),
            }),
            Err(error) => json!({
                "gate": self.name, "needed": self.needed, "command": null, "standing": "not_available", "reason": error.to_string(),
                "worktree": null, "head": null, "next": null,
            }),
        }
    }

    fn print(&self, tree: &str, head: Option<&str>, console: &mut Console) -> anyhow::Result<()> {
        let (command, source) = match &self.command {
            Ok(command) => command,
            Err(error) => {
                match self.needed {
                    true => writeln!(console.out, "{error}")?,
                    false => writeln!(console.out, "{} gate: not available", self.name)?,
                }
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

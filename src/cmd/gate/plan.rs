//! `portcullis gate plan`: which command each check will run and why, and which are not available.

use serde_json::{Value, json};

use super::{VERSION, project};
use crate::cli::GatePlanArgs;
use crate::cmd::Console;
use crate::config::Policy;
use crate::env::Env;
use crate::exit::Exit;
use crate::gate::plan::{Act, OWN, Plan, Planner, Step};
use crate::gate::{self, GateError, tree};

/// Prints the plan of one gate or of all.
///
/// # Errors
/// When the policy cannot be used, or the folder is in no working tree.
pub(super) fn run(args: &GatePlanArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let dir = project(&args.project, env)?;
    let policy = Policy::load(&dir, env)?;
    let root = tree::repository(&dir)?.root;
    let names = match &args.gate {
        Some(name) => vec![name.clone()],
        None => gate::names(&policy),
    };
    let mut plans = Vec::new();
    let planner = Planner::new(&policy, &root);
    for name in names {
        match planner.sketch(&name) {
            Ok(plan) => plans.push(plan),
            Err(error @ GateError::Unknown { .. }) => {
                writeln!(console.err, "error: {error}")?;
                return Ok(Exit::Usage);
            }
            Err(error) => return Err(error.into()),
        }
    }
    let row = |step: &Step| Row::of(step, &root, &policy);
    if args.json {
        let gates: Vec<Value> = plans
            .iter()
            .map(|plan| {
                let checks: Vec<Value> = plan.steps.iter().map(|step| row(step).json(step)).collect();
                json!({"gate": plan.gate, "title": plan.title, "requires": plan.requires, "checks": checks})
            })
            .collect();
        writeln!(console.out, "{:#}", json!({"v": VERSION, "root": root, "gates": gates}))?;
    } else {
        for plan in &plans {
            print(plan, row, console)?;
        }
    }
    let any = plans.iter().any(Plan::is_available);
    Ok(if any { Exit::Ok } else { Exit::Nothing })
}

/// What will happen with one step.
struct Row {
    available: bool,
    command: Option<String>,
    why: String,
}

impl Row {
    fn of(step: &Step, root: &std::path::Path, policy: &Policy) -> Self {
        match &step.act {
            Act::Missing => Self {
                available: false,
                command: None,
                why: format!(
                    "nothing here says how; write {}.command to {}",
                    step.key,
                    crate::config::FILE
                ),
            },
            Act::Own(_) => {
                Self { available: true, command: None, why: "done by portcullis itself".to_owned() }
            }
            Act::Run(candidates) => match gate::chosen(step, root, policy) {
                Some(chosen) => Self {
                    available: true,
                    command: Some(chosen.shown().join(" ").replace(OWN, "portcullis")),
                    why: chosen.why.clone(),
                },
                None => {
                    Self { available: false, command: None, why: gate::not_installed(candidates) }
                }
            },
        }
    }

    fn json(&self, step: &Step) -> Value {
        json!({
            "check": step.check, "title": step.title, "stack": step.stack, "dir": step.dir,
            "required": step.required, "available": self.available, "command": self.command,
            "why": self.why, "timeout": step.timeout,
        })
    }
}

fn print(plan: &Plan, row: impl Fn(&Step) -> Row, console: &mut Console) -> anyhow::Result<()> {
    writeln!(console.out, "{} gate: {}", plan.gate, plan.title)?;
    if !plan.requires.is_empty() {
        writeln!(console.out, "  after: {}", plan.requires.join(", "))?;
    }
    for step in &plan.steps {
        let row = row(step);
        let required = if step.required { ", required" } else { "" };
        match (&row.command, row.available) {
            (Some(command), _) => {
                writeln!(console.out, "  {}{required}: `{command}` ({})", step.label(), row.why)?;
            }
            (None, true) => {
                writeln!(console.out, "  {}{required}: {}; {}", step.label(), step.title, row.why)?
            }
            (None, false) => {
                writeln!(console.out, "  {}{required}: NOT AVAILABLE: {}", step.label(), row.why)?;
            }
        }
    }
    Ok(())
}

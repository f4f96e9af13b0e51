//! The grammar of `portcullis run`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::run::route::Route;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// What to do
    #[command(subcommand)]
    pub action: RunAction,
    /// Project whose runs are meant
    #[arg(long, default_value = ".", global = true)]
    pub project: PathBuf,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// The forms of `run`.
#[derive(Debug, Subcommand)]
pub enum RunAction {
    /// List the runs of this project, the newest first
    List,
    /// Say how a run stands: phase, tasks, gates for the tree as it is now, budget, last refusal, what to do next
    Status(RunIdArgs),
    /// Print a run's journal, line by line
    Show(RunIdArgs),
    /// Print what an orchestrator needs to take a run up, in under 1,500 tokens
    Resume(RunIdArgs),
    /// Stop a run for good: nothing is handed out for it any more
    Abort(RunAbortArgs),
    /// Grade a change or the files of a task into short, standard or full, with the reasons
    Route(RunRouteArgs),
    /// Say what agents will cost, from this repository's own runs
    Forecast(RunForecastArgs),
    /// Print the facts of a run for its final report
    Report(RunIdArgs),
    /// Compare a final report with the run's journal, the receipts and the approvals
    VerifyReport(RunVerifyArgs),
}

/// Which run.
#[derive(Debug, Args)]
pub struct RunIdArgs {
    /// The run; without one, the newest that is open, else the newest
    pub run: Option<String>,
}

/// Arguments of `run abort`.
#[derive(Debug, Args)]
pub struct RunAbortArgs {
    /// The run
    pub run: String,
    /// Why; it is shown with each refusal
    #[arg(long)]
    pub reason: Option<String>,
}

/// Arguments of `run route`.
#[derive(Debug, Args)]
pub struct RunRouteArgs {
    /// Files and folders that the task is about; without them, the change since the base is graded
    pub paths: Vec<String>,
    /// Grade the change since this commit or tree; else since the base of the policy, or of the run
    #[arg(long, value_name = "REV", conflicts_with = "paths")]
    pub base: Option<String>,
    /// Ask for at least this route
    #[arg(long, value_enum)]
    pub at_least: Option<Route>,
    /// Record it in this run, and keep what was recorded there
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
}

/// Arguments of `run forecast`.
#[derive(Debug, Args)]
pub struct RunForecastArgs {
    /// Agents that are planned: `backend-developer=3 code-reviewer`
    #[arg(required = true, value_name = "AGENT[=COUNT]")]
    pub agents: Vec<String>,
}

/// Arguments of `run verify-report`.
#[derive(Debug, Args)]
pub struct RunVerifyArgs {
    /// The final report, one JSON object; `-` reads standard input
    pub file: PathBuf,
    /// The run; without one, the report's own `run`
    #[arg(long, value_name = "RUN")]
    pub run: Option<String>,
}

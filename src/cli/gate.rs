//! The arguments of `portcullis gate` and `portcullis policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Arguments of `gate`.
#[derive(Debug, Args)]
pub struct GateArgs {
    /// What to do with the gates.
    #[command(subcommand)]
    pub action: GateAction,
}

/// What to do with the gates.
#[derive(Debug, Subcommand)]
pub enum GateAction {
    /// Run a gate's checks on the tree as it is now and write a receipt
    Run(GateRunArgs),
    /// Print which command each check will run and why, and which are not available
    Plan(GatePlanArgs),
    /// Say passed, failed, stale or not run for the tree as it is now
    Status(GateStatusArgs),
    /// Say whether the gates that the boundaries need hold; with --rerun execute them again
    Verify(GateVerifyArgs),
    /// List what the change weakens: tests, assertions, thresholds, guards, suppressions
    Tamper(GateTamperArgs),
    /// Show that a test fails on the base by its assertion, and passes here
    ProveFix(GateProveFixArgs),
    /// Run a benchmark on a base and on the tree in turn, and say whether it is better
    Measure(GateMeasureArgs),
    /// Judge for git's own hooks; `portcullis git-hooks install` puts the calls in
    Backstop(GateBackstopArgs),
}

/// Arguments of `gate run`.
#[derive(Debug, Args)]
pub struct GateRunArgs {
    /// The gate, for example `test`
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub gate: Option<String>,
    /// Run every gate that is available here, in the order of the pipeline
    #[arg(long)]
    pub all: bool,
    /// Take results of checks that passed on this very tree with this very command
    #[arg(long)]
    pub cached: bool,
    /// Stop at the first check that fails
    #[arg(long)]
    pub fail_fast: bool,
    /// Folder inside the working tree to test
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
    /// Print the receipt as JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `gate plan`.
#[derive(Debug, Args)]
pub struct GatePlanArgs {
    /// The gate; without one, all
    pub gate: Option<String>,
    /// Folder inside the working tree
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `gate verify`.
#[derive(Debug, Args)]
pub struct GateVerifyArgs {
    /// The gates; without one, those that the policy's boundaries need
    pub gates: Vec<String>,
    /// Execute them again and compare with the receipts
    #[arg(long)]
    pub rerun: bool,
    /// Folder with the receipts of another machine
    #[arg(long, value_name = "FOLDER")]
    pub receipts: Option<PathBuf>,
    /// Folder inside the working tree
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `gate tamper`.
#[derive(Debug, Args)]
pub struct GateTamperArgs {
    /// What the working tree is compared with; the policy's base if not given
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Folder inside the working tree
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `gate prove-fix`.
#[derive(Debug, Args)]
pub struct GateProveFixArgs {
    /// The commit without the fix; the policy's base if not given
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// File that holds the new test, brought to the base too; all changed test files if not given
    #[arg(long = "test-file", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Seconds that each run may take
    #[arg(long, default_value_t = 900)]
    pub timeout: u64,
    /// Folder inside the working tree
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The command that runs the test, and nothing but it
    #[arg(last = true, required = true, value_name = "TEST")]
    pub command: Vec<String>,
}

/// Arguments of `gate measure`.
#[derive(Debug, Args)]
pub struct GateMeasureArgs {
    /// The commit or ref of before
    #[arg(long, value_name = "REV")]
    pub base: String,
    /// Measured runs of each side, after one that warms up
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u8).range(1..))]
    pub runs: u8,
    /// Percent that must be won, at least; a larger spread of the runs asks for more
    #[arg(long, default_value_t = 5)]
    pub least: u8,
    /// Seconds that each run may take
    #[arg(long, default_value_t = 900)]
    pub timeout: u64,
    /// Folder inside the working tree
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// The benchmark; it ends with 0 and changes no file of the tree
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// Arguments of `gate backstop`.
#[derive(Debug, Args)]
pub struct GateBackstopArgs {
    /// The hook that calls.
    #[command(subcommand)]
    pub action: BackstopAction,
}

/// The hook of git that calls.
#[derive(Debug, Subcommand)]
pub enum BackstopAction {
    /// Judge the refs on standard input
    PrePush {
        /// What git gives: the remote's name and address
        #[arg(hide = true)]
        remote: Vec<String>,
    },
    /// Judge the commit and add the receipts' trailer to its message
    CommitMsg {
        /// The file of the message
        file: PathBuf,
    },
}

/// Arguments of `gate status`.
#[derive(Debug, Args)]
pub struct GateStatusArgs {
    /// Folder inside the working tree to judge
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `policy`.
#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// What to do with the policy.
    #[command(subcommand)]
    pub action: PolicyAction,
}

/// What to do with the policy.
#[derive(Debug, Subcommand)]
pub enum PolicyAction {
    /// Print every value that holds and the layer it comes from
    Show(PolicyProjectArgs),
    /// Say whether every layer is well-formed and means something
    Check(PolicyProjectArgs),
    /// Say what a key means, which value holds and what each layer says
    Explain(PolicyExplainArgs),
}

/// The project whose policy is meant.
#[derive(Debug, Args)]
pub struct PolicyProjectArgs {
    /// Folder inside the project
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `policy explain`.
#[derive(Debug, Args)]
pub struct PolicyExplainArgs {
    /// A key with its path, for example `gates.test.timeout`
    pub key: String,
    /// Folder inside the project
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
}

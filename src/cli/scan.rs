//! The arguments of `portcullis scan`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::report::Format;

/// Arguments of `scan`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ScanArgs {
    /// Work on the baseline.
    #[command(subcommand)]
    pub action: Option<ScanAction>,
    /// What is scanned, and how.
    #[command(flatten)]
    pub what: ScanWhat,
}

/// What is scanned, and how.
#[derive(Debug, Args)]
pub struct ScanWhat {
    /// Files and folders; `-` is standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// What is staged, against HEAD
    #[arg(long, conflicts_with_all = ["paths", "diff", "history"])]
    pub staged: bool,
    /// What a range of commits adds: A..B, or A...B from their merge base
    #[arg(long, value_name = "A..B", conflicts_with_all = ["paths", "history"])]
    pub diff: Option<String>,
    /// Every blob of all refs, once; with a value, of a range of commits
    #[arg(long, value_name = "RANGE", num_args = 0..=1, require_equals = true, conflicts_with = "paths")]
    pub history: Option<Option<String>>,
    /// How the answer is printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// The least tier that makes the answer no; what is below is a warning
    #[arg(long, value_enum, default_value = "warn")]
    pub fail_on: FailOn,
    /// Look at files that ignore files name too
    #[arg(long)]
    pub no_ignore: bool,
    /// Leave out files whose name begins with a dot
    #[arg(long)]
    pub no_hidden: bool,
    /// Do not open archives
    #[arg(long)]
    pub no_archives: bool,
    /// Show what looked like a secret and is none, with the code of the reason
    #[arg(long)]
    pub explain: bool,
    /// List the rules
    #[arg(long)]
    pub list_rules: bool,
    /// Baseline to use in place of `.portcullis-baseline.json`
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    pub baseline: Option<PathBuf>,
    /// Use no baseline
    #[arg(long)]
    pub no_baseline: bool,
    /// Threads; as many as there are cores, if not given
    #[arg(long, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
}

/// The least tier that makes the answer no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// What prefix, structure or checksum decides
    Block,
    /// That, and what the value model takes for a secret
    Warn,
}

/// What else `scan` does.
#[derive(Debug, Subcommand)]
pub enum ScanAction {
    /// Keep a list of what is known, so that only what is new counts
    Baseline(BaselineArgs),
}

/// Arguments of `scan baseline`.
#[derive(Debug, Args)]
pub struct BaselineArgs {
    /// What to do with the baseline.
    #[command(subcommand)]
    pub action: BaselineAction,
}

/// What to do with the baseline.
#[derive(Debug, Subcommand)]
pub enum BaselineAction {
    /// Write one that knows everything that is found now
    Create(BaselineCreateArgs),
    /// Add what is found now and take out what is gone; verdicts stay
    Update(BaselineFileArgs),
    /// List what it knows, or say of one entry what it is
    Audit(BaselineAuditArgs),
}

/// Arguments of `scan baseline create`.
#[derive(Debug, Args)]
pub struct BaselineCreateArgs {
    /// The file.
    #[command(flatten)]
    pub file: BaselineFileArgs,
    /// Keep the key of the fingerprints out of the file
    #[arg(long)]
    pub private: bool,
}

/// Where a baseline is.
#[derive(Debug, Args)]
pub struct BaselineFileArgs {
    /// The file, in place of `.portcullis-baseline.json` at the root
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Arguments of `scan baseline audit`.
#[derive(Debug, Args)]
pub struct BaselineAuditArgs {
    /// The file.
    #[command(flatten)]
    pub file: BaselineFileArgs,
    /// Fingerprint of an entry (a prefix is enough) and what it is
    #[arg(long, value_names = ["FINGERPRINT", "VERDICT"], num_args = 2)]
    pub set: Option<Vec<String>>,
}

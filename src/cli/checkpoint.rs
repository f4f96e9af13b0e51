//! The arguments of `portcullis checkpoint`, `rollback` and `effect`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Arguments of `checkpoint`.
#[derive(Debug, Args)]
pub struct CheckpointArgs {
    /// What to do with checkpoints.
    #[command(subcommand)]
    pub action: CheckpointAction,
    /// Folder inside the working tree
    #[arg(long, default_value = ".", global = true)]
    pub project: PathBuf,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with checkpoints.
#[derive(Debug, Subcommand)]
pub enum CheckpointAction {
    /// List them, newest last, and say whether a rollback was interrupted
    List {
        /// Only those of this run
        #[arg(long)]
        run: Option<String>,
    },
    /// Take one of files, index and HEAD as they are
    Create {
        /// The run it belongs to
        #[arg(long)]
        run: Option<String>,
        /// The phase of the run that begins with it
        #[arg(long)]
        phase: Option<String>,
        /// Why
        #[arg(long, default_value = "by hand")]
        reason: String,
    },
    /// Say what one holds and what was left out of it
    Show {
        /// Id, beginning of an id, or phase
        id: String,
    },
    /// Say what differs between one and the present, or another one
    Diff {
        /// Id, beginning of an id, or phase
        id: String,
        /// Compare with this one instead of the present
        other: Option<String>,
        /// Print the changed lines too, secrets redacted
        #[arg(long, conflicts_with = "json")]
        patch: bool,
    },
    /// Remove old ones: beyond the policy's number, age and size, or the ones given here
    Prune {
        /// Keep at most this many
        #[arg(long)]
        keep: Option<usize>,
        /// Remove those older than this many days
        #[arg(long)]
        days: Option<u64>,
        /// Remove the oldest until all together hold at most this many megabytes alone
        #[arg(long)]
        max_mb: Option<u64>,
        /// Say what would go and remove nothing
        #[arg(long)]
        dry_run: bool,
    },
}

/// Arguments of `rollback`.
#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// Where to go: id, beginning of an id, or phase (the state in which it began)
    #[arg(long, value_name = "ID|PHASE")]
    pub to: String,
    /// Only checkpoints of this run
    #[arg(long)]
    pub run: Option<String>,
    /// Say what would change and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Bring HEAD and its branch back too; without it they stay where they are
    #[arg(long)]
    pub head: bool,
    /// Also while a merge, rebase, cherry-pick or revert is under way
    #[arg(long)]
    pub force: bool,
    /// Folder inside the working tree
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `effect`.
#[derive(Debug, Args)]
pub struct EffectArgs {
    /// What to do with effects.
    #[command(subcommand)]
    pub action: EffectAction,
    /// Folder inside the working tree
    #[arg(long, default_value = ".", global = true)]
    pub project: PathBuf,
    /// Print JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with effects.
#[derive(Debug, Subcommand)]
pub enum EffectAction {
    /// Say what is about to happen outside of the working tree, and how it is taken back
    Register {
        /// The run it belongs to
        #[arg(long)]
        run: String,
        /// What kind it is
        #[arg(long, value_enum)]
        kind: EffectKind,
        /// What happens, in words
        #[arg(long, default_value = "")]
        what: String,
        /// The command line that takes it back
        #[arg(long, value_name = "CMD", required_unless_present = "irreversible")]
        compensate: Option<String>,
        /// Why it cannot be taken back
        #[arg(long, value_name = "WHY", conflicts_with = "compensate")]
        irreversible: Option<String>,
    },
    /// List effects and whether they were taken back
    List {
        /// Only those of this run
        #[arg(long)]
        run: Option<String>,
    },
    /// Run the compensation of an effect and record how it ended
    Compensate {
        /// The effect
        id: String,
    },
}

/// What kind of effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the words of the command line")]
pub enum EffectKind {
    Deploy,
    Publish,
    Migration,
    Pr,
}

//! The command line's grammar. Clap types live here and below `cli/`, and nowhere else.

mod checkpoint;
mod gate;
mod run;
mod scan;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::cmd::{self, Console};
use crate::config::Level;
use crate::env::Env;

pub use checkpoint::*;
pub use gate::*;
pub use run::*;
pub use scan::*;

/// What `--version` prints after the name. `bin/session-start` knows the binary by it, because
/// other programs are called portcullis too.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (gates for Claude Code)");

/// Project orchestration for Claude Code, with gates that re-execute.
#[derive(Debug, Parser)]
#[command(name = "portcullis", version = VERSION, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands; each is one file in `src/cmd/`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer one event of the client: JSON on standard input, JSON or nothing on standard output
    Hook,
    /// Show the journal of this project
    Log(LogArgs),
    /// Prove that the journal is whole: lines, checkpoints, anchors, missed calls
    Audit(AuditArgs),
    /// Run a gate, or say what the gates say of the tree as it is now
    Gate(GateArgs),
    /// Say how the workflow runs stand, take one up, stop one, grade a change
    Run(RunArgs),
    /// Take, list, compare and prune checkpoints of the whole working tree
    Checkpoint(CheckpointArgs),
    /// Bring files and index back to a checkpoint; the present is kept first
    Rollback(RollbackArgs),
    /// Register what a run does outside of the working tree, and take it back
    Effect(EffectArgs),
    /// Say which policy holds, where each value comes from and what it means
    Policy(PolicyArgs),
    /// Find secrets in files, archives, standard input, what is staged, a range or a whole history
    Scan(ScanArgs),
    /// Have git scan what is staged before each commit
    GitHooks(GitHooksArgs),
    /// Check the definitions that Claude Code loads: agents, skills, commands, workflows, hooks, manifests, settings
    Validate(ValidateArgs),
    /// Write an agent, skill, command or workflow that already passes `validate`
    New(NewArgs),
    /// Install the bundle and the hook into a project
    Install(InstallArgs),
    /// Write or extend CLAUDE.md from what the repository shows, keeping what is there
    Init(InitArgs),
    /// Take everything out that `install` put in
    Uninstall(UninstallArgs),
    /// Feed every armed check a planted violation and say ARMED or DISARMED
    Doctor(DoctorArgs),
    /// Play a session in a small sample project, through the real hook
    Demo(DemoArgs),
    /// Print the page of a check or rule
    Explain(ExplainArgs),
    /// What the shell reader makes of a command line
    Shell(ShellArgs),
    /// Print the JSON Schema of a file or message format
    Schema(SchemaArgs),
    /// Rank the bundle's descriptions for the prompts in evals/, or list what has no case
    Eval(EvalArgs),
}

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// What to do
    #[command(subcommand)]
    pub action: AuditAction,
    /// Project whose journal it is
    #[arg(long, default_value = ".", global = true)]
    pub project: PathBuf,
}

/// The forms of `audit`.
#[derive(Debug, Subcommand)]
pub enum AuditAction {
    /// Answer four questions: intact, complete up to, anchored up to, calls missed
    Verify {
        /// Check the checkpoints with this verifier key instead of the one in the state folder
        #[arg(long, value_name = "NAME+HASH+KEY")]
        key: Option<String>,
        /// Also hold the journal against this copy of a checkpoint (`SIZE ROOT`); may be repeated
        #[arg(long, value_name = "SIZE ROOT")]
        anchor: Vec<String>,
        /// The client's `projects` folder, whose transcripts name the tool calls
        #[arg(long, value_name = "DIR")]
        transcripts: Option<PathBuf>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Sign the journal as it is now and print `SIZE ROOT`, to be kept where this user cannot change it
    Checkpoint,
    /// Print the verifier key of the checkpoints
    Key,
}

/// Arguments of `log`.
#[derive(Debug, Args)]
pub struct LogArgs {
    /// Project whose journal is shown
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
    /// Only this session (a prefix is enough)
    #[arg(long)]
    pub session: Option<String>,
    /// Only this agent: its id, its type, or its type without the plugin prefix
    #[arg(long)]
    pub agent: Option<String>,
    /// Only this event
    #[arg(long)]
    pub event: Option<String>,
    /// Only this decision
    #[arg(long, value_enum)]
    pub decision: Option<Decision>,
    /// Only lines of this level and above
    #[arg(long, value_parser = parse_level)]
    pub level: Option<Level>,
    /// Only lines from this time on: RFC 3339, or an age such as `90s`, `15m`, `2h`, `7d`
    #[arg(long)]
    pub since: Option<String>,
    /// Only lines up to this time; as `--since`
    #[arg(long)]
    pub until: Option<String>,
    /// Go on printing lines as they are written
    #[arg(long, short)]
    pub follow: bool,
    /// Print the lines as they are stored
    #[arg(long)]
    pub json: bool,
}

/// What a call was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the words of the journal")]
pub enum Decision {
    Pass,
    Notice,
    Context,
    Ask,
    Deny,
}

fn parse_level(text: &str) -> Result<Level, String> {
    crate::journal::level_from_name(text)
        .ok_or_else(|| "write debug, info, warn or error".to_owned())
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Files and folders: a plugin, a marketplace, a `.claude` folder, a whole repository
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// How the answer is printed
    #[arg(long, value_enum, default_value = "text")]
    pub format: ValidateFormat,
    /// Warnings make the answer no, too
    #[arg(long)]
    pub strict: bool,
    /// Only rules of these presets; all but `standard`, if not given
    #[arg(long, value_enum, value_delimiter = ',')]
    pub preset: Vec<crate::lint::rule::Preset>,
    /// Make the changes that are safe, and show them
    #[arg(long)]
    pub fix: bool,
    /// Show the changes that `--fix` would make, and make none
    #[arg(long, conflicts_with = "fix")]
    pub diff: bool,
    /// Read one file from standard input and judge it as if it lay at this path
    #[arg(long, value_name = "PATH", conflicts_with_all = ["paths", "fix", "diff"])]
    pub stdin_filename: Option<PathBuf>,
    /// Run each hook with recorded payloads: in a copy, without network, under a time limit
    #[arg(long, conflicts_with = "stdin_filename")]
    pub rehearse: bool,
    /// Check again whenever a file changes, until interrupted
    #[arg(long, conflicts_with_all = ["stdin_filename", "fix"])]
    pub watch: bool,
    /// List the rules
    #[arg(long)]
    pub list_rules: bool,
}

/// How the answer of `validate` is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ValidateFormat {
    /// Each finding with its lines, for people
    Text,
    /// One JSON object (`portcullis schema scan-report`)
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Workflow commands of GitHub Actions, shown as annotations
    Github,
}

/// Arguments of `new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// What to write
    #[arg(value_enum)]
    pub kind: NewKind,
    /// Its name: lower-case words with one hyphen between
    pub name: String,
    /// Which template: worker or reviewer (agent), practice (skill), plain (command), pipeline (workflow)
    #[arg(long)]
    pub template: Option<String>,
    /// The plugin or project it is for
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
}

/// What `new` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NewKind {
    /// A subagent
    Agent,
    /// A skill
    Skill,
    /// A slash command
    Command,
    /// A workflow script
    Workflow,
}

/// Arguments of `git-hooks`.
#[derive(Debug, Args)]
pub struct GitHooksArgs {
    /// What to do with the hooks.
    #[command(subcommand)]
    pub action: GitHooksAction,
}

/// What to do with git's hooks.
#[derive(Debug, Subcommand)]
pub enum GitHooksAction {
    /// Put the scan in front of the pre-commit hook that is there
    Install(GitHooksInstallArgs),
    /// Take it out and give the hook back that was there
    Uninstall(GitHooksProjectArgs),
    /// Say whether the scan runs before a commit
    Status(GitHooksProjectArgs),
}

/// Arguments of `git-hooks install`.
#[derive(Debug, Args)]
pub struct GitHooksInstallArgs {
    /// The project.
    #[command(flatten)]
    pub project: GitHooksProjectArgs,
    /// Install also where the hooks' folder serves every repository of this user
    #[arg(long)]
    pub shared: bool,
}

/// The project whose hooks are meant.
#[derive(Debug, Args)]
pub struct GitHooksProjectArgs {
    /// The project
    #[arg(default_value = ".")]
    pub project: PathBuf,
}

/// Arguments of `install`.
#[derive(Debug, Args)]
pub struct InstallArgs {
    /// The project
    #[arg(default_value = ".")]
    pub project: PathBuf,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The project
    #[arg(default_value = ".")]
    pub project: PathBuf,
    /// Print the file and write nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Arguments of `uninstall`.
#[derive(Debug, Args)]
pub struct UninstallArgs {
    /// The project
    #[arg(default_value = ".")]
    pub project: PathBuf,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// The project whose wiring is tried
    #[arg(default_value = ".")]
    pub project: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Keep the sample project and print where it is
    #[arg(long)]
    pub keep: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Id of a check or rule; without one, all are listed
    pub id: Option<String>,
}

/// Arguments of `shell`.
#[derive(Debug, Args)]
pub struct ShellArgs {
    /// What to do with a command line.
    #[command(subcommand)]
    pub action: ShellAction,
}

/// What to do with a command line.
#[derive(Debug, Subcommand)]
pub enum ShellAction {
    /// Draw the commands that a line really runs, the guarded actions among them, and what cannot be told
    Explain(ShellExplainArgs),
}

/// Arguments of `shell explain`.
#[derive(Debug, Args)]
pub struct ShellExplainArgs {
    /// The command line; `-` or nothing reads it from standard input
    pub command: Option<String>,
    /// Folder it would run in
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
    /// The line is PowerShell
    #[arg(long)]
    pub powershell: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Read lines `{"id","command","cwd"?}` from standard input and answer each with one line
    #[arg(long, conflicts_with_all = ["command", "json"])]
    pub batch: bool,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Name of a schema; without one, all are listed
    pub name: Option<String>,
}

/// Arguments of `eval`.
#[derive(Debug, Args)]
pub struct EvalArgs {
    /// What to evaluate.
    #[command(subcommand)]
    pub action: EvalAction,
}

/// What to evaluate.
#[derive(Debug, Subcommand)]
pub enum EvalAction {
    /// Rank all descriptions for each prompt (BM25) and compare with what it should reach
    Triggers(EvalTriggersArgs),
    /// Count the cases of each agent and skill
    List(EvalListArgs),
    /// Write the trigger prompts as cases of the client's own `plugin eval`
    Export(EvalExportArgs),
}

/// The folder that holds `agents/`, `skills/` and `evals/`.
#[derive(Debug, Args)]
pub struct EvalRoot {
    /// Folder that holds agents/, skills/ and evals/
    #[arg(default_value = ".")]
    pub root: PathBuf,
}

/// Arguments of `eval triggers`.
#[derive(Debug, Args)]
pub struct EvalTriggersArgs {
    /// The folder.
    #[command(flatten)]
    pub root: EvalRoot,
    /// Print every prompt that did not come out as it should
    #[arg(long)]
    pub misses: bool,
    /// Folder of prompts under evals/; bounds hold for `triggers` only
    #[arg(long, default_value = crate::eval::cases::OWN, value_name = "FOLDER")]
    pub set: String,
    /// Rank by name and description alone, which is all that the client shows a model
    #[arg(long)]
    pub without_triggers: bool,
}

/// Arguments of `eval export`.
#[derive(Debug, Args)]
pub struct EvalExportArgs {
    /// Folder to write the cases to; for the client it must lie in the plugin (`--eval-dir`)
    pub to: PathBuf,
    /// The folder.
    #[command(flatten)]
    pub root: EvalRoot,
}

/// Arguments of `eval list`.
#[derive(Debug, Args)]
pub struct EvalListArgs {
    /// The folder.
    #[command(flatten)]
    pub root: EvalRoot,
}

/// Parses the arguments and runs the subcommand on the real environment and streams.
pub fn main(args: Vec<OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are printed to standard output and are no error.
            let _ = error.print();
            return match error.exit_code() {
                0 => crate::exit::Exit::Ok.into(),
                _ => crate::exit::Exit::Usage.into(),
            };
        }
    };
    let mut console = Console::standard();
    cmd::run(&cli.command, &Env::from_process(), &mut console).into()
}

/// The grammar as a value, for the generated `docs/cli.md`.
pub fn grammar() -> clap::Command {
    Cli::command()
}

//! The command line's grammar. Clap types live here and nowhere else.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::cmd::{self, Console};
use crate::config::Level;
use crate::env::Env;
use crate::report::Format;

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

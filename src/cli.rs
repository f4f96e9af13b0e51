//! The command line's grammar. Clap types live here and nowhere else.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::cmd::{self, Console};
use crate::config::Level;
use crate::env::Env;

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
    /// Run a gate, or say what the gates say of the tree as it is now
    Gate(GateArgs),
    /// Install the bundle and the hook into a project
    Install(InstallArgs),
    /// Take everything out that `install` put in
    Uninstall(UninstallArgs),
    /// Feed every armed check a planted violation and say ARMED or DISARMED
    Doctor(DoctorArgs),
    /// Play a session in a small sample project, through the real hook
    Demo(DemoArgs),
    /// Print the page of a check or rule
    Explain(ExplainArgs),
    /// Print the JSON Schema of a file or message format
    Schema(SchemaArgs),
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
    /// Run a gate's command on the tree as it is now and write a receipt
    Run(GateRunArgs),
    /// Say passed, failed, stale or not run for the tree as it is now
    Status(GateStatusArgs),
}

/// Arguments of `gate run`.
#[derive(Debug, Args)]
pub struct GateRunArgs {
    /// The gate, for example `test`
    pub gate: String,
    /// Folder inside the working tree to test
    #[arg(long, default_value = ".")]
    pub project: PathBuf,
    /// Print the receipt as JSON
    #[arg(long)]
    pub json: bool,
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

/// Arguments of `install`.
#[derive(Debug, Args)]
pub struct InstallArgs {
    /// The project
    #[arg(default_value = ".")]
    pub project: PathBuf,
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

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Name of a schema; without one, all are listed
    pub name: Option<String>,
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

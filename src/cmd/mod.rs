//! The subcommands: arguments in, exit code out, one file each.

pub mod audit;
pub mod checkpoint;
pub mod demo;
pub mod doctor;
pub mod effect;
pub mod eval;
pub mod explain;
pub mod gate;
pub mod git_hooks;
pub mod init;
pub mod install;
pub mod log;
pub mod new;
pub mod policy;
pub mod rollback;
pub mod run;
pub mod scan;
pub mod schema;
pub mod shell;
pub mod uninstall;
pub mod validate;

use std::io::Write;

use crate::cli::Command;
use crate::config::PolicyError;
use crate::env::Env;
use crate::eval::BadFile;
use crate::exit::Exit;
use crate::scan::baseline::BaselineError;

/// Where a command prints.
pub struct Console {
    /// Answers.
    pub out: Box<dyn Write>,
    /// Progress and errors.
    pub err: Box<dyn Write>,
}

impl Console {
    /// The process's own streams.
    pub fn standard() -> Self {
        Self { out: Box::new(std::io::stdout()), err: Box::new(std::io::stderr()) }
    }
}

/// Runs one subcommand. An error is printed with its causes; a reader that went away is no error.
pub fn run(command: &Command, env: &Env, console: &mut Console) -> Exit {
    let result = match command {
        Command::Hook => Ok(Exit::Ok),
        Command::Log(args) => log::run(args, env, console),
        Command::Audit(args) => audit::run(args, env, console),
        Command::Gate(args) => gate::run(args, env, console),
        Command::Run(args) => run::run(args, env, console),
        Command::Checkpoint(args) => checkpoint::run(args, env, console),
        Command::Rollback(args) => rollback::run(args, env, console),
        Command::Effect(args) => effect::run(args, env, console),
        Command::Policy(args) => policy::run(args, env, console),
        Command::Scan(args) => scan::run(args, env, console),
        Command::GitHooks(args) => git_hooks::run(args, env, console),
        Command::Install(args) => install::run(args, env, console),
        Command::Init(args) => init::run(args, env, console),
        Command::Uninstall(args) => uninstall::run(args, env, console),
        Command::Doctor(args) => doctor::run(args, env, console),
        Command::Demo(args) => demo::run(args, env, console),
        Command::Explain(args) => explain::run(args, env, console),
        Command::Shell(args) => shell::run(args, env, console),
        Command::Schema(args) => schema::run(args, env, console),
        Command::New(args) => new::run(args, env, console),
        Command::Validate(args) => validate::run(args, env, console),
        Command::Eval(args) => eval::run(args, env, console),
    };
    result.and_then(|exit| console.out.flush().map(|()| exit).map_err(Into::into)).unwrap_or_else(
        |error| {
            if is_broken_pipe(&error) {
                return Exit::Ok;
            }
            let _ = writeln!(console.err, "error: {error:#}");
            let by_hand = |cause: &(dyn std::error::Error + 'static)| {
                cause.is::<PolicyError>() || cause.is::<BaselineError>() || cause.is::<BadFile>()
            };
            if error.chain().any(by_hand) {
                return Exit::Config;
            }
            Exit::Internal
        },
    )
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

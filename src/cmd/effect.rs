//! `portcullis effect register|list|compensate`: what a run does outside of the working tree.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use serde_json::json;

use crate::cli::{EffectAction, EffectArgs, EffectKind};
use crate::cmd::Console;
use crate::effect::{self, Effect, Kind, Way};
use crate::env::Env;
use crate::exit::Exit;
use crate::{checkpoint, secrets, state};

/// Runs the subcommand.
///
/// # Errors
/// When there is no repository, a file cannot be used, or the output cannot be written.
pub fn run(args: &EffectArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let root = checkpoint::repository(&env.cwd.join(&args.project))?.root;
    let state = state::folder(&root, env).context("there is no repository and no HOME")?;
    match &args.action {
        EffectAction::Register { run, kind, what, compensate, irreversible } => {
            let way = match (compensate, irreversible) {
                (Some(line), _) => Way::Compensate(line.clone()),
                (None, Some(why)) => Way::Irreversible(why.clone()),
                (None, None) => return Ok(Exit::Usage),
            };
            let kind = match kind {
                EffectKind::Deploy => Kind::Deploy,
                EffectKind::Publish => Kind::Publish,
                EffectKind::Migration => Kind::Migration,
                EffectKind::Pr => Kind::Pr,
            };
            let made = effect::register(&state, run, kind, what, way)?;
            show(std::slice::from_ref(&made), args.json, console)
        }
        EffectAction::List { run } => {
            let effects = effect::list(&state, run.as_deref())?;
            if effects.is_empty() && !args.json {
                writeln!(console.out, "no effect is registered")?;
            }
            show(&effects, args.json, console)
        }
        EffectAction::Compensate { id } => {
            let effects = effect::list(&state, None)?;
            let Some(effect) = effects.iter().find(|effect| effect.id == *id) else {
                writeln!(
                    console.err,
                    "error: no effect has the id {id:?}; `portcullis effect list` shows all"
                )?;
                return Ok(Exit::Nothing);
            };
            compensate(effect, &root, &state, console)
        }
    }
}

fn show(effects: &[Effect], json: bool, console: &mut Console) -> anyhow::Result<Exit> {
    if json {
        writeln!(console.out, "{:#}", json!({"v": effect::VERSION, "effects": effects}))?;
    } else {
        for effect in effects {
            print(effect, &mut console.out)?;
        }
    }
    Ok(Exit::Ok)
}

/// One effect in two lines.
pub(super) fn print(effect: &Effect, out: &mut dyn Write) -> std::io::Result<()> {
    let how = match (&effect.way, effect.compensated) {
        (_, Some(0)) => "its compensation ran and ended with 0".to_owned(),
        (_, Some(code)) => format!("its compensation ended with {code}"),
        (Way::Irreversible(_), None) => "cannot be taken back".to_owned(),
        (Way::Compensate(_), None) => "not taken back".to_owned(),
    };
    let Effect { id, run, kind, what, .. } = effect;
    writeln!(out, "{id}  {run}  {}  {how}  {what}", kind.word())?;
    match &effect.way {
        Way::Compensate(line) => writeln!(out, "    portcullis effect compensate {id}   # {line}"),
        Way::Irreversible(why) => writeln!(out, "    {why}"),
    }
}

fn compensate(
    effect: &Effect,
    root: &Path,
    state: &Path,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let line = match &effect.way {
        Way::Compensate(line) => line,
        Way::Irreversible(why) => {
            writeln!(console.err, "error: {} cannot be taken back: {why}", effect.id)?;
            return Ok(Exit::No);
        }
    };
    if !effect.stands() {
        writeln!(console.err, "the compensation of {} ran before and ended with 0", effect.id)?;
        return Ok(Exit::Nothing);
    }
    let done = Command::new("sh")
        .args(["-c", line])
        .current_dir(root)
        .stdin(Stdio::null())
        .output()
        .context("cannot start sh")?;
    for (bytes, to) in [(&done.stdout, &mut console.out), (&done.stderr, &mut console.err)] {
        write!(to, "{}", secrets::redact(&String::from_utf8_lossy(bytes)))?;
    }
    // A shell's own way to say that a signal ended it.
    let code = done.status.code().unwrap_or(128);
    effect::compensated(state, effect, code)?;
    writeln!(console.err, "the compensation of {} ended with {code}", effect.id)?;
    Ok(if code == 0 { Exit::Ok } else { Exit::No })
}

//! `portcullis explain [ID]`: the page of a check or rule.

use crate::check::CHECKS;
use crate::cli::ExplainArgs;
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;
use crate::hook;
use crate::{lint, secrets};

/// Prints the page of one id, or the list of all.
///
/// # Errors
/// When the output cannot be written.
pub fn run(args: &ExplainArgs, _env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let Some(id) = &args.id else {
        for check in CHECKS {
            writeln!(console.out, "{:<28} {}", check.id, check.title())?;
        }
        for rule in lint::rules() {
            writeln!(console.out, "{:<28} {}", rule.id, rule.title())?;
        }
        for rule in secrets::rules() {
            writeln!(console.out, "{:<28} {}", rule.id, rule.title)?;
        }
        for id in [hook::INTERNAL, hook::MALFORMED, hook::OVERSIZED] {
            writeln!(console.out, "{id:<28} A call that the hook could not judge")?;
        }
        return Ok(Exit::Ok);
    };
    if let Some(rule) = lint::rule(id) {
        writeln!(console.out, "{}", rule.page())?;
        return Ok(Exit::Ok);
    }
    // A refusal names a rule, `boundary-push`; the page that lists it explains it.
    let listed = format!("`{id}`");
    let by_id = CHECKS.iter().find(|check| check.id == id);
    if let Some(check) = by_id.or_else(|| CHECKS.iter().find(|c| c.page().contains(&listed))) {
        writeln!(console.out, "{}", check.page())?;
        return Ok(Exit::Ok);
    }
    if hook::PAGE.contains(&listed) {
        writeln!(console.out, "{}", hook::PAGE)?;
        return Ok(Exit::Ok);
    }
    if let Some(rule) = secrets::rules().iter().find(|rule| rule.id == id) {
        writeln!(console.out, "{}", secrets::page(rule))?;
        return Ok(Exit::Ok);
    }
    writeln!(
        console.err,
        "error: no check or rule is called {id:?}; `portcullis explain` lists them"
    )?;
    Ok(Exit::Usage)
}

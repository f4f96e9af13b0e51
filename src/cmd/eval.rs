//! `portcullis eval triggers|list|export`: whether prompts reach the right definition, and what has no case.

use std::path::Path;

use crate::cli::{EvalAction, EvalArgs, EvalExportArgs, EvalRoot, EvalTriggersArgs};
use crate::cmd::Console;
use crate::env::Env;
use crate::eval::definition::{self, Kind};
use crate::eval::{cases, export, triggers};
use crate::exit::Exit;

/// Runs one of the evaluations.
///
/// # Errors
/// When a definition or a case cannot be read, or the output cannot be written.
pub fn run(args: &EvalArgs, _env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    match &args.action {
        EvalAction::Triggers(args) => triggers(args, console),
        EvalAction::List(args) => list(&args.root, console),
        EvalAction::Export(args) => export(args, console),
    }
}

fn triggers(args: &EvalTriggersArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let mut exit = Exit::Nothing;
    for &kind in Kind::ALL {
        let cases = cases::load(&args.root.root, &args.set, kind)?;
        if cases.is_empty() {
            continue;
        }
        let mut definitions = definition::load(&args.root.root, kind)?;
        if args.without_triggers {
            definitions.iter_mut().for_each(|definition| definition.triggers.clear());
        }
        let outcome = triggers::run(&definitions, &cases);
        if exit == Exit::Nothing {
            exit = Exit::Ok;
        }
        writeln!(
            console.out,
            "{}: {} prompts, top-1 {:.3}, top-3 {:.3}, without the name {:.3}, unwanted first {}/{}",
            kind.word(),
            outcome.should,
            outcome.share(outcome.first),
            outcome.share(outcome.third),
            outcome.share(outcome.nameless),
            outcome.unwanted,
            outcome.should_not,
        )?;
        for (wanted, reached, count) in outcome.confused() {
            writeln!(console.out, "  confused {count}x: {wanted} -> {reached}")?;
        }
        if args.misses {
            for miss in &outcome.misses {
                let (word, first) =
                    (if miss.unwanted { "unwanted" } else { "missed" }, &miss.first);
                writeln!(
                    console.out,
                    "  {word} {} (place {}, first {first}): {}",
                    miss.name, miss.place, miss.prompt
                )?;
            }
        }
        let bound = args.set == cases::OWN && !args.without_triggers;
        for problem in outcome.problems(kind).iter().filter(|_| bound) {
            writeln!(console.out, "  below its bound: {problem}")?;
            exit = Exit::No;
        }
    }
    if exit == Exit::Nothing {
        writeln!(console.err, "error: evals/{}/ holds no cases; nothing was ranked", args.set)?;
    }
    Ok(exit)
}

fn list(args: &EvalRoot, console: &mut Console) -> anyhow::Result<Exit> {
    let root: &Path = &args.root;
    let behaviour = cases::behaviour(root)?;
    let mut exit = Exit::Nothing;
    for &kind in Kind::ALL {
        let definitions = definition::load(root, kind)?;
        let cases = cases::load(root, cases::OWN, kind)?;
        for definition in &definitions {
            if exit == Exit::Nothing {
                exit = Exit::Ok;
            }
            let case = cases.iter().find(|case| case.name == definition.name);
            let (should, not) =
                case.map_or((0, 0), |case| (case.should.len(), case.should_not.len()));
            let cases = behaviour
                .iter()
                .find(|(group, _)| *group == definition.name)
                .map_or(0, |(_, cases)| cases.len());
            let thin = should < cases::LEAST_SHOULD || not < cases::LEAST_SHOULD_NOT;
            if thin {
                exit = Exit::No;
            }
            writeln!(
                console.out,
                "{:<7} {:<26} should {should:>2}  should not {not:>2}  behaviour {cases:>2}{}",
                kind.word(),
                definition.name,
                if thin { "  too few prompts" } else { "" },
            )?;
        }
        for case in &cases {
            if !definitions.iter().any(|definition| definition.name == case.name) {
                writeln!(
                    console.out,
                    "{:<7} {:<26} has cases and no definition",
                    kind.word(),
                    case.name
                )?;
                exit = Exit::No;
            }
        }
    }
    if exit == Exit::Nothing {
        writeln!(console.err, "error: neither agents/ nor skills/ holds a definition")?;
    }
    Ok(exit)
}

fn export(args: &EvalExportArgs, console: &mut Console) -> anyhow::Result<Exit> {
    let mut written = 0;
    for &kind in Kind::ALL {
        let cases = cases::load(&args.root.root, cases::OWN, kind)?;
        written += export::write(&args.to, kind, &cases)?;
    }
    if written == 0 {
        writeln!(console.err, "error: evals/triggers/ holds no cases; nothing was written")?;
        return Ok(Exit::Nothing);
    }
    writeln!(console.out, "{written} cases written to {}", args.to.display())?;
    Ok(Exit::Ok)
}

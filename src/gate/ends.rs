//! What the end of a command means for its check, and what the checks mean for their gate.

use super::plan::{OWN, Step};
use super::receipt::{CheckStatus, Checked, Status};
use super::run::Done;
use super::runner::End;
use super::{count, counts, next};
use crate::config::{Counts, FILE};

pub(super) fn shown(command: &[String]) -> String {
    command.join(" ").replace(OWN, "portcullis")
}

/// What the end of a command means for its check.
pub(super) fn of_end(
    step: &Step,
    command: &[String],
    end: &End,
    summary: counts::Summary,
) -> (CheckStatus, String) {
    use CheckStatus::{Error, Failed, NotRun, Passed, Stopped, TimedOut};
    let tests = summary.tests.unwrap_or_default();
    let command = shown(command);
    let key = &step.key;
    match end {
        End::NotStarted(why) => (
            Error,
            format!(
                "`{command}` cannot be started: {why}; install it or change {key}.command in {FILE}"
            ),
        ),
        End::TimedOut => (
            TimedOut,
            format!(
                "`{command}` was killed after {} s; raise {key}.timeout in {FILE} or find out what hangs",
                step.timeout
            ),
        ),
        End::Stopped => (Stopped, format!("`{command}` was stopped, because another check failed")),
        End::Signal(signal) => (Failed, format!("`{command}` was ended by signal {signal}")),
        // 5 is what pytest and unittest end with when they found no test.
        End::Exit(code) if *code != 0 && !(*code == 5 && summary.said_none && tests.ran() == 0) => {
            let counted = summary.tests.map(|tests| format!(" ({})", count(tests)));
            (Failed, format!("`{command}` ended with code {code}{}", counted.unwrap_or_default()))
        }
        End::Exit(code) => match (step.counts, summary.tests) {
            (Counts::ExitCode, _) if *code == 0 => {
                (Passed, format!("`{command}` ended with code 0"))
            }
            (_, Some(tests)) if tests.failed > 0 => (
                Failed,
                format!("`{command}` ended with code 0, but its output says {}", count(tests)),
            ),
            (_, Some(tests)) if tests.passed > 0 => (Passed, count(tests)),
            (_, Some(tests)) if tests.skipped > 0 => {
                (NotRun, format!("`{command}` ran no test: all {} were skipped", tests.skipped))
            }
            (_, None) if !summary.said_none => (
                NotRun,
                format!(
                    "no number of tests can be read from what `{command}` printed; write `counts: exit-code` under {key} in {FILE} if its exit code is enough, or let it print `N passed, N failed`"
                ),
            ),
            _ => (NotRun, format!("`{command}` ran no test: it found none")),
        },
    }
}

/// The status of a gate and the reason for it.
pub(super) fn verdict(
    name: &str,
    checks: &[Done],
    missing: &[String],
    after: &anyhow::Result<Vec<String>>,
) -> (Status, String) {
    if let Some(first) = missing.first() {
        let more = match missing.len() {
            1 => String::new(),
            more => format!(" (and {} more)", more - 1),
        };
        return (Status::NotRun, format!("the {name} gate waits for another one: {first}{more}"));
    }
    let with =
        |wanted: CheckStatus| checks.iter().filter(move |done| done.checked.status == wanted);
    let several = checks.len() > 1;
    let say = |done: &Done| match several {
        true => format!("{}: {}", done.label, done.checked.reason),
        false => done.checked.reason.clone(),
    };
    let (status, reason) = 'judged: {
        for (bad, status) in [
            (CheckStatus::Error, Status::Error),
            (CheckStatus::TimedOut, Status::TimedOut),
            (CheckStatus::Failed, Status::Failed),
        ] {
            let found: Vec<String> = with(bad).map(say).collect();
            if !found.is_empty() {
                return (status, found.join("; "));
            }
        }
        let lacking: Vec<String> = checks
            .iter()
            .filter(|done| done.checked.required && done.checked.status != CheckStatus::Passed)
            .map(say)
            .collect();
        if !lacking.is_empty() {
            break 'judged (Status::NotRun, lacking.join("; "));
        }
        let passed: Vec<&Done> = with(CheckStatus::Passed).collect();
        if passed.is_empty() {
            let said: Vec<String> = checks.iter().map(say).collect();
            break 'judged (
                Status::NotRun,
                format!("no check of the {name} gate ran: {}", said.join("; ")),
            );
        }
        let reason = match &passed[..] {
            [only] if with(CheckStatus::Passed).count() == 1 && checks.len() <= 2 => {
                only.checked.reason.clone()
            }
            many => {
                let names: Vec<&str> = many.iter().map(|done| done.label.as_str()).collect();
                let mut text = format!("passed: {}", names.join(", "));
                let gone: Vec<&str> = checks
                    .iter()
                    .filter(|done| done.checked.status != CheckStatus::Passed)
                    .map(|done| done.label.as_str())
                    .collect();
                if !gone.is_empty() {
                    text += &format!("; not available: {}", gone.join(", "));
                }
                text
            }
        };
        (Status::Passed, reason)
    };
    match after {
        Ok(paths) if paths.is_empty() => (status, reason),
        Ok(paths) => {
            let shown: Vec<_> = paths.iter().take(5).map(String::as_str).collect();
            let more = match paths.len() - shown.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            (
                Status::Changed,
                format!(
                    "the working tree changed while the gate ran: {}{more}; if the command writes them, ignore them in .gitignore or clean them up, then run `{}` again",
                    shown.join(", "),
                    next(name)
                ),
            )
        }
        Err(error) => {
            (Status::Error, format!("the working tree cannot be read after the run: {error:#}"))
        }
    }
}

pub(super) fn sum(checks: &[&Checked]) -> Option<counts::Tests> {
    let mut counted = checks.iter().filter_map(|check| check.tests).peekable();
    counted.peek()?;
    Some(counted.fold(counts::Tests::default(), |sum, tests| counts::Tests {
        passed: sum.passed.saturating_add(tests.passed),
        failed: sum.failed.saturating_add(tests.failed),
        skipped: sum.skipped.saturating_add(tests.skipped),
    }))
}

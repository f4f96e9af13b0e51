//! `claims-scope`: a task that is said to be done changed what is outside of its write set.

use super::facts::Facts;
use crate::hook::reply::{Finding, Verdict};
use crate::run::overlap;
use crate::run::report::{Report, Status};

/// Compares what the agent changed with its packet's write set.
pub(super) fn judge(report: &Report, facts: &Facts) -> Option<Finding> {
    let packet = facts.packet().filter(|packet| !packet.write_set.is_empty())?;
    // An agent that stops and asks for more says what is true.
    if !matches!(report.status, Status::Completed | Status::CompletedWithConcerns) {
        return None;
    }
    // The packet was validated before its worker began.
    let write_set = overlap::matcher(&packet.write_set).ok()?;
    let outside: Vec<String> = facts
        .attributed()
        .into_iter()
        .filter(|(path, _)| !overlap::holds(&write_set, path))
        .take(5)
        .map(|(path, how)| format!("{path} ({how})"))
        .collect();
    if outside.is_empty() {
        return None;
    }
    let message = format!(
        "the write set of this task is {}, and you changed {}",
        packet.write_set.join(", "),
        outside.join(", ")
    );
    Some(Finding::new("claims-scope", Verdict::Deny, message).way_out(
        "undo these changes; when the task cannot be done without them, report needs_context and name them in next_steps",
    ))
}

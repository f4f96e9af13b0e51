//! `claims-idle`: work that is said to be done by an agent that called nothing which could have done it.

use super::calls::Call;
use super::facts::Facts;
use crate::hook::reply::{Finding, Verdict};
use crate::run::report::{Report, Status};

/// Compares the status with the calls.
pub(super) fn judge(report: &Report, facts: &Facts) -> Option<Finding> {
    let calls = facts.calls();
    let done = matches!(report.status, Status::Completed | Status::CompletedWithConcerns);
    if !calls.complete {
        return None;
    }
    let used = |call: &&Call| call.ran() && call.tool != "StructuredOutput";
    let claim = if done && !calls.own.iter().any(|call| used(&call)) {
        "the task is said to be done, and you have called no tool"
    } else if !report.files_changed.is_empty() && !calls.own.iter().any(Call::may_change) {
        "files_changed names files, and you have called no tool that can change one"
    } else {
        return None;
    };
    Some(Finding::new("claims-idle", Verdict::Deny, claim).way_out(
        "do the task, then report; or report needs_context, blocked or failed, with the reason",
    ))
}

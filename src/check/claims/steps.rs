//! `claims-steps`: an agent that stops for somebody else says what it needs from them.

use crate::hook::reply::{Finding, Verdict};
use crate::run::report::{Report, Status};

/// Looks for the question or the obstacle.
pub(super) fn judge(report: &Report) -> Option<Finding> {
    let missing = match report.status {
        Status::NeedsContext => "the question that only the sender can answer",
        Status::Blocked => "what stands in the way, and who can move it",
        _ => return None,
    };
    if report.next_steps.iter().any(|step| !step.trim().is_empty()) {
        return None;
    }
    let message = format!("next_steps: is empty beside this status; it holds {missing}");
    Some(
        Finding::new("claims-steps", Verdict::Deny, message)
            .way_out("write it into next_steps, one entry for each"),
    )
}

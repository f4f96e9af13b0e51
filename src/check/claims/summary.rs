//! `claims-summary`: a summary that is empty or over its cap. Results are summarised; details stay in files.

use crate::hook::reply::{Finding, Verdict};

/// Most characters of a summary.
pub const CAP: usize = 1_500;

/// Measures a summary.
pub(super) fn judge(summary: &str) -> Option<Finding> {
    let length = summary.chars().count();
    let problem = match length {
        _ if summary.trim().is_empty() => "summary: is empty".to_owned(),
        length if length > CAP => {
            format!("summary: has {length} characters, at most {CAP} are read")
        }
        _ => return None,
    };
    Some(Finding::new("claims-summary", Verdict::Deny, problem).way_out(
        "say in a few sentences what was done; details stay in files, named in the summary",
    ))
}

//! A phase is not declared.
//!
//! ## What
//! Reports `phase("…")` and `{phase: "…"}` with a title that `meta.phases` does not list.
//!
//! ## Why
//! The progress of the run is shown under another heading than the plan.
//!
//! ## Example
//! ```js
//! phase('Reveiw')
//! ```
//!
//! ## Fix
//! Write the title as it stands in `meta.phases`, or add it there.
//!
//! ## Source
//! Facts real-client (sessions of Claude Code 2.1.330), 2026-11-22.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "workflow-phase-unknown",
    source: include_str!("workflow_phase_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Workflow], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(script) = file.script() else { return };
    let Some(meta) = &script.meta else { return };
    let Some(phases) = meta.value.get("phases").filter(|node| node.is_list()) else { return };
    let titles: Vec<&str> =
        phases.items().iter().filter_map(|phase| phase.get("title")?.as_str()).collect();
    if titles.len() != phases.items().len() {
        return;
    }
    let mut named = Vec::new();
    for call in &script.calls {
        let values = call.arguments.iter().filter_map(|(_, value)| value.as_ref());
        match call.name.as_str() {
            "phase" => named.extend(values.take(1)),
            "agent" => {
                named.extend(values.skip(1).take(1).filter_map(|options| options.get("phase")))
            }
            _ => {}
        }
    }
    for node in named {
        if let Some(title) = node.as_str().filter(|title| !titles.contains(title)) {
            let finding =
                out.at(file, node.span.clone(), format!("`meta.phases` has no `{title}`"));
            if let Some(near) = client::nearest(title, &titles) {
                finding.help(format!("`{near}` is one"));
            }
        }
    }
}

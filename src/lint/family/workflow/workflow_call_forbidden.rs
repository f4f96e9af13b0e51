//! A workflow script calls what is not there.
//!
//! ## What
//! Reports `Date.now()`, `Math.random()`, `new Date()` without a value, `require`, `fetch` and timers in a workflow
//! script.
//!
//! ## Why
//! A workflow runs without clock, chance, files and network, so that a run can be resumed: the call throws.
//!
//! ## Example
//! ```js
//! const now = Date.now()
//! ```
//!
//! ## Fix
//! Pass the value in `args`, or let an agent find it out.
//!
//! ## Source
//! Facts real-client (sessions of Claude Code 2.1.330), 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "workflow-call-forbidden",
    source: include_str!("workflow_call_forbidden.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Workflow], check),
};

const FORBIDDEN: &[&str] = &[
    "Date.now",
    "Math.random",
    "require",
    "fetch",
    "setTimeout",
    "setInterval",
    "crypto.randomUUID",
];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(script) = file.script() else { return };
    for call in &script.calls {
        let clock = call.name == "new Date" && call.arguments.is_empty();
        // A function of that name may be the script's own.
        let own = file.text().contains(&format!("function {}", call.name));
        if (clock || FORBIDDEN.contains(&call.name.as_str())) && !own {
            out.at(file, call.span.clone(), format!("a workflow script has no `{}`", call.name))
                .help("pass the value in `args`, or let an agent find it out");
        }
    }
}

//! A read-only agent can write.
//!
//! ## What
//! Reports agents whose description says that they are read-only and whose tools can write.
//!
//! ## Why
//! What the description promises is a wish; the list of tools is what holds. The caller trusts the description.
//!
//! ## Example
//! ```yaml
//! description: Read-only reviewer of migrations
//! tools: Read, Edit, Bash
//! ```
//!
//! ## Fix
//! Remove `Edit`, `Write` and `NotebookEdit` from `tools`, or name them in `disallowedTools`.
//!
//! ## Source
//! Facts B1, 2026-11-22: without `tools` an agent has all of them.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tool-read-only-writes",
    source: include_str!("tool_read_only_writes.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

const WRITERS: &[&str] = &["Write", "Edit", "NotebookEdit"];

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("description") else { return };
    let text = node.as_str().unwrap_or_default().to_ascii_lowercase();
    // "creates read-only replicas" is no promise: it must open the description, or be said of the agent.
    let opens = text.starts_with("read-only") || text.starts_with("read only");
    let says =
        ["(read-only)", "is read-only", "strictly read-only", "read-only agent", "read-only:"]
            .iter()
            .any(|words| text.contains(words));
    if !opens && !says {
        return;
    }
    let names = |key: &str| -> Option<Vec<String>> {
        let words = file.field(key)?.words();
        Some(words.iter().map(|(tool, _)| client::tool_name(tool).to_owned()).collect())
    };
    let taken = names("disallowedTools").unwrap_or_default();
    let given = names("tools");
    let writers: Vec<&str> = WRITERS
        .iter()
        .filter(|writer| !taken.iter().any(|name| name == **writer))
        .filter(|writer| match &given {
            Some(given) => given.iter().any(|name| name == **writer || name == "*"),
            None => true,
        })
        .copied()
        .collect();
    if !writers.is_empty() {
        out.at(
            file,
            node.span.clone(),
            format!("this agent says that it is read-only and has {}", writers.join(", ")),
        )
        .help("take them out of `tools`, or name them in `disallowedTools`");
    }
}

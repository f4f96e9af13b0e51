//! None of an agent's tools exists.
//!
//! ## What
//! Reports agents whose `tools` holds no name that the client knows.
//!
//! ## Why
//! The client leaves unknown names out. When none is left it refuses to launch the agent.
//!
//! ## Example
//! ```yaml
//! tools: read, bash
//! ```
//!
//! ## Fix
//! Correct the names: they count upper and lower case.
//!
//! ## Source
//! Claude Code 2.1.330, seen in the tools of a session with `--agent`, 2026-11-26 (`tools: read, bash` leaves
//! none); facts B1. An error only where each name is a known one misspelled or gone, because the table of tools
//! grows.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tool-none-left",
    source: include_str!("tool_none_left.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("tools") else { return };
    let words = node.words();
    let known = |name: &str| {
        name == "*"
            || name.starts_with("mcp__")
            || client::TOOLS.contains(&name)
            || client::TOOLS_RENAMED.iter().any(|(old, _)| *old == name)
    };
    if words.is_empty() || words.iter().any(|(tool, _)| known(client::tool_name(tool))) {
        return;
    }
    let finding = out.at(
        file,
        node.span.clone(),
        "the client knows none of these tools and refuses to launch the agent",
    );
    finding.help("tools are written as in `Read, Edit, Bash`");
    let sure = words.iter().all(|(tool, _)| {
        let name = client::tool_name(tool);
        client::TOOLS.iter().any(|known| known.eq_ignore_ascii_case(name))
            || client::TOOLS_GONE.iter().any(|(gone, _)| *gone == name)
    });
    if !sure {
        finding.verdict(Verdict::Warning);
    }
}

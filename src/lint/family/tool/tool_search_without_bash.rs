//! An agent searches with tools that are mostly absent.
//!
//! ## What
//! Reports agents whose `tools` name `Grep` or `Glob` and not `Bash`.
//!
//! ## Why
//! Native builds of the client have neither tool unless the session was started with it; search goes through `grep`
//! and `find` in Bash. Such an agent has only what else it lists, and with nothing else it cannot start.
//!
//! ## Example
//! ```yaml
//! tools: Grep, Glob
//! ```
//!
//! ## Fix
//! Add `Bash`. Where the agent must not write, say so in `disallowedTools` and guard Bash by a hook.
//!
//! ## Source
//! Facts H1 (a start of 2.1.330 on Linux), 2026-11-22.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "tool-search-without-bash",
    source: include_str!("tool_search_without_bash.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("tools") else { return };
    let words = node.words();
    let names: Vec<&str> = words.iter().map(|(tool, _)| client::tool_name(tool)).collect();
    if names.iter().any(|name| matches!(*name, "Bash" | "PowerShell" | "*")) {
        return;
    }
    let searches = |name: &&str| matches!(*name, "Grep" | "Glob");
    let Some(first) = names.iter().position(searches) else { return };
    let finding = out.at(
        file,
        words[first].1.clone(),
        format!(
            "native builds have no `{}` for a subagent, and this one has no `Bash`",
            names[first]
        ),
    );
    if names.iter().all(searches) {
        finding.help("nothing is left and it cannot start; add `Bash`");
    } else {
        finding.help("add `Bash` so that it can search there");
    }
}

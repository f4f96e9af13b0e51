//! An agent preloads a skill that is not there.
//!
//! ## What
//! Reports names in an agent's `skills` that are no skill of its plugin or project.
//!
//! ## Why
//! The client skips it: the agent starts without what it was to know.
//!
//! ## Example
//! ```yaml
//! skills: [pdf-tools]
//! ```
//!
//! ## Fix
//! Correct the name, or add the skill.
//!
//! ## Source
//! Facts B1 (2.1.330), 2026-11-22: unknown ones are skipped.

use crate::bundle::client;
use crate::bundle::file::RootKind;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-skill-unknown",
    source: include_str!("agent_skill_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("skills") else { return };
    let skills: Vec<String> = bundle
        .of_root(Kind::Skill, file.root)
        .chain(bundle.of_root(Kind::Command, file.root))
        .filter_map(|skill| bundle.bare_name(skill))
        .collect();
    // Without skills beside it, the agent means those of somebody else.
    if file.scope == RootKind::Loose || skills.is_empty() {
        return;
    }
    let own = format!("{}:", bundle.root(file).name);
    for (name, span) in node.words() {
        let bare = name.strip_prefix(&own).unwrap_or(&name);
        if bare.contains(':') || skills.iter().any(|skill| skill == bare) {
            continue;
        }
        let known: Vec<&str> = skills.iter().map(String::as_str).collect();
        let finding = out.at(file, span, format!("there is no skill `{name}` here"));
        match client::nearest(bare, &known) {
            Some(near) => finding.help(format!("`{near}` is one")),
            None => finding.help("it is skipped, unless another plugin or the user brings it"),
        };
    }
}

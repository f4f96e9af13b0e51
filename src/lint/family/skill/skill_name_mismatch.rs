//! A skill's name is not its folder's.
//!
//! ## What
//! Reports skills whose `name` is not the name of their folder.
//!
//! ## Why
//! The folder is what the client calls the skill; `name` is a label only. Who calls the skill by the name that it
//! gives itself finds nothing. The open specification demands that both are equal.
//!
//! ## Example
//! ```text
//! skills/pdf/SKILL.md with `name: pdf-tools`
//! ```
//!
//! ## Fix
//! Rename the folder, or write its name.
//!
//! ## Source
//! Facts C2, C3, 2026-11-22; agentskills.io specification, 2026-11-26.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "skill-name-mismatch",
    source: include_str!("skill_name_mismatch.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Skill], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let (Some(node), folder) = (file.field("name"), file.dir_name()) else { return };
    let Some(name) = node.as_str().filter(|name| !name.is_empty()) else { return };
    // A lone skill at the root of a plugin or repository is in a folder of any name.
    let lone = file.inside == "SKILL.md";
    if lone || !file.loaded || name == folder || file.file_name() != "SKILL.md" {
        return;
    }
    let finding = out.at(
        file,
        node.span.clone(),
        format!("the client calls this skill `{folder}`, not `{name}`"),
    );
    finding.help(format!("write `name: {folder}`, or rename the folder"));
}

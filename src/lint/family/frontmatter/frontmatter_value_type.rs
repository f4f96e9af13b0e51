//! A frontmatter value has a type that is dropped.
//!
//! ## What
//! Reports values whose type the client refuses: a `name` that is no text, a `description` that is a list or a mapping,
//! `allowed-tools` that is a number or a mapping, a `shell` of a skill or command other than bash and powershell.
//!
//! ## Why
//! The client drops the value at run time and its validator stops.
//!
//! ## Example
//! ```yaml
//! ---
//! description: [Reviews, changes]
//! ---
//! ```
//!
//! ## Fix
//! Write a text; quote it if it holds brackets.
//!
//! ## Source
//! Claude Code 2.1.330, seen 2026-11-26 (facts E4, rows 26 and 28).

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::{self, Kind};
use crate::bundle::tree::{Node, Value};
use crate::lint::edit;
use crate::lint::finding::{Finding, Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "frontmatter-value-type",
    source: include_str!("frontmatter_value_type.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(fields) = file.fields() else { return };
    if let Some(node) = fields.get("name").filter(|node| !node.is_null() && node.as_str().is_none())
    {
        let word = node.type_name();
        let finding =
            out.at(file, node.span.clone(), format!("`name` must be a text, and this is: {word}"));
        finding.help("put it in quotes");
        quote(file, node, finding);
    }
    if let Some(node) = fields.get("description").filter(|node| node.is_list() || node.is_map()) {
        let word = node.type_name();
        let message = format!("`description` must be a text, and this is: {word}; it is dropped");
        let finding = out.at(file, node.span.clone(), message);
        finding.help("put it in quotes");
        quote(file, node, finding);
    }
    if let Some(node) = fields.get("allowed-tools") {
        let texts = node.items().iter().all(|item| item.as_str().is_some());
        let fits = matches!(node.value, Value::String(_) | Value::Null) || node.is_list() && texts;
        if !fits {
            out.at(
                file,
                node.span.clone(),
                format!(
                    "`allowed-tools` must be a text or a list of texts, and this is: {}",
                    node.type_name()
                ),
            );
        }
    }
    // The client does not read the key in an agent.
    if let Some(node) = fields.get("shell").filter(|_| file.kind != Kind::Agent) {
        let fits = matches!(node.as_str(), Some("bash" | "powershell"));
        if !fits && !node.is_null() {
            let finding = out.at(file, node.span.clone(), "`shell` must be `bash` or `powershell`");
            let word = node.as_str().unwrap_or_default();
            let known = ["bash", "powershell"];
            if let Some(known) = known.iter().find(|known| edit::is_slip(word, known)) {
                let fix = Fix::replace(node.span.clone(), *known, format!("write `{known}`"));
                finding.fix(fix.intended());
            }
        }
    }
}

/// A value of one line gets quotes around it, so that it is the text that stands there.
fn quote(file: &File, node: &Node, finding: &mut Finding) {
    let line = file.source.line_span(file.source.line(node.span.start));
    let written = &file.text()[node.span.clone()];
    let whole = file.text()[node.span.end..line.end].trim().is_empty();
    if whole && !written.is_empty() && !written.contains(['"', '\\', '\n', '*', '&']) {
        let fix = Fix::replace(node.span.clone(), format!("\"{written}\""), "put it in quotes");
        finding.fix(fix.intended());
    }
}

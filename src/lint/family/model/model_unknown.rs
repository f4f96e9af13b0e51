//! A model is not one of Claude's.
//!
//! ## What
//! Reports `model` values that are neither a short name of the client, nor a `claude-` id, nor the id of a
//! provider.
//!
//! ## Why
//! The client hands the word on as it is, and the first request of the agent fails.
//!
//! ## Example
//! ```yaml
//! model: gpt-4
//! ```
//!
//! ## Fix
//! Write `sonnet`, `opus`, `haiku`, a full id, or `inherit`.
//!
//! ## Source
//! Claude Code 2.1.330, seen in the model of a session with `--agent`, 2026-11-26: `gpt-4`, `opus-4` and `Claude
//! Sonnet 4` are passed on unchanged; `Sonnet` is understood.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "model-unknown",
    source: include_str!("model_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::PROMPTS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    let Some(node) = file.field("model").filter(|node| !node.is_null()) else { return };
    let Some(model) = node.as_str() else {
        out.at(
            file,
            node.span.clone(),
            format!("`model` must be a text, and this is: {}", node.type_name()),
        )
        .help("write `sonnet`, `opus`, `haiku` or a full id; the client drops this");
        return;
    };
    let lower = model.trim().to_ascii_lowercase();
    // A gateway or provider has ids of its own: `us.anthropic.claude-…`, `vendor/model`, an ARN, a variable.
    let provided = lower.contains("claude-") || lower.contains(['/', ':', '.', '$', '{', '<']);
    if lower.is_empty() || provided || client::MODELS.contains(&lower.as_str()) {
        return;
    }
    let finding =
        out.at(file, node.span.clone(), format!("the client hands on `{model}` as it is"));
    let family = ["opus", "sonnet", "haiku", "fable"].iter().find(|name| lower.contains(**name));
    match family.copied().or_else(|| client::nearest(&lower, client::MODELS)) {
        Some(near) => finding.help(format!("`{near}` is a name it knows")),
        None => finding.help("write `sonnet`, `opus`, `haiku`, a full id, or `inherit`"),
    };
}

//! A JSON file does not parse.
//!
//! ## What
//! Reports manifests, hooks, settings and MCP files that are no JSON. Comments and commas at the end are no JSON.
//!
//! ## Why
//! The client cannot read the file: a manifest takes its whole plugin with it, settings are skipped.
//!
//! ## Example
//! ```json
//! {"name": "tools",}
//! ```
//!
//! ## Fix
//! Correct the text at the place shown.
//!
//! ## Source
//! Facts E4, row 1; sessions of Claude Code 2.1.330 on 2026-11-26: a hook of a `settings.json` with a comment or a
//! comma at the end did not run, one of the same file without them did.

use crate::bundle::document::Trouble;
use crate::bundle::file::{Bundle, File};
use crate::bundle::json;
use crate::bundle::kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "json-syntax",
    source: include_str!("json_syntax.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::JSON, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for trouble in &file.troubles {
        if let Trouble::Json(error) = trouble {
            let message = error.message.trim_end_matches('.').to_lowercase();
            let finding = out.at(file, error.span.clone(), format!("no JSON: {message}"));
            finding.help(
                "the client reads strict JSON: double quotes, no comments, no comma at the end",
            );
            if let Some(commas) =
                json::trailing_commas(file.text()).filter(|commas| !commas.is_empty())
            {
                let edits = commas.into_iter().map(|at| (at..at + 1, String::new())).collect();
                finding.fix(Fix::edits(edits, "remove the last comma").intended());
            }
        }
    }
}

//! A plugin is fetched without encryption.
//!
//! ## What
//! Reports `http://` and `git://` sources.
//!
//! ## Why
//! Whoever sits between can change the code that runs with the user's rights.
//!
//! ## Example
//! ```json
//! {"source": "url", "url": "http://example.com/tools.git"}
//! ```
//!
//! ## Fix
//! Use `https://`.
//!
//! ## Source
//! Facts E3; linters.md, 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, MARKETPLACE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "marketplace-source-plain-http",
    source: include_str!("marketplace_source_plain_http.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: MARKETPLACE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Marketplace], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for (_, _, entry) in super::entries(file) {
        let Some(url) = entry.at(&["source", "url"]) else { continue };
        if url.as_str().is_some_and(|url| url.starts_with("http://") || url.starts_with("git://")) {
            out.at(file, url.span.clone(), "this plugin is fetched without encryption")
                .help("use `https://`");
        }
    }
}

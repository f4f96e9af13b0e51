//! An MCP server is reached without encryption.
//!
//! ## What
//! Reports `http://` URLs of hosts other than this machine.
//!
//! ## Why
//! Whoever sits between reads the tools' input and writes their results into the session.
//!
//! ## Example
//! ```json
//! {"type": "http", "url": "http://example.com/mcp"}
//! ```
//!
//! ## Fix
//! Use `https://`.
//!
//! ## Source
//! linters.md, 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "mcp-plain-http",
    source: include_str!("mcp_plain_http.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Mcp], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for pair in super::servers(file) {
        let Some(node) = pair.node.get("url") else { continue };
        let Some(rest) = node.as_str().and_then(|url| url.strip_prefix("http://")) else {
            continue;
        };
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        let near = ["localhost", "127.0.0.1", "[", "0.0.0.0", "host.docker.internal"];
        if !near.contains(&host) && !host.starts_with("${") && !host.ends_with(".local") {
            out.at(file, node.span.clone(), "this server is reached without encryption")
                .help("use `https://`");
        }
    }
}

//! An MCP server says neither what to start nor where it is.
//!
//! ## What
//! Reports servers without `command` and `url`, of a type that does not exist, or of a remote type without a `url`.
//!
//! ## Why
//! The server is not there, and with it every `mcp__…` tool that agents name.
//!
//! ## Example
//! ```json
//! {"mcpServers": {"memory": {}}}
//! ```
//!
//! ## Fix
//! Give it a `command`, or `type` and `url`.
//!
//! ## Source
//! Facts E2; an inline `mcpServers` of that form is refused by `plugin validate` 2.1.330, 2026-11-26 (a `.mcp.json`
//! is not looked at).

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "mcp-server-incomplete",
    source: include_str!("mcp_server_incomplete.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Mcp, Kind::Plugin], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for pair in super::servers(file) {
        let server = &pair.node;
        let text = |key: &str| server.get(key).and_then(|node| node.as_str());
        let name = &pair.key;
        let start = out.len();
        if !server.is_map() {
            out.at(
                file,
                server.span.clone(),
                format!("`{name}` must be an object, and this is: {}", server.type_name()),
            );
        } else if let Some(kind) = server
            .get("type")
            .filter(|node| !node.as_str().is_some_and(|kind| TYPES.contains(&kind)))
        {
            out.at(file, kind.span.clone(), format!("`{name}` has a type that does not exist"))
                .help("one of stdio, http, sse, ws");
        } else if text("command").is_none() && text("url").is_none() {
            out.at(
                file,
                pair.key_span.clone(),
                format!("`{name}` has neither `command` nor `url`"),
            );
        } else if text("command").is_none()
            && !text("url").is_some_and(|url| url.contains([':', '$']))
        {
            out.at(file, pair.key_span.clone(), format!("`{name}` has a `url` that is none"));
        }
        if file.kind == Kind::Plugin {
            out.since(start).for_each(|finding| finding.verdict = Verdict::Error);
        }
    }
}

/// Transports; `streamable-http` is an alias that other harnesses write.
const TYPES: &[&str] = &[
    "stdio",
    "http",
    "sse",
    "ws",
    "sse-ide",
    "ws-ide",
    "streamable-http",
    "sdk",
    "claudeai-proxy",
];

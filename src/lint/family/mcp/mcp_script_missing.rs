//! The program of an MCP server is not there.
//!
//! ## What
//! Reports servers of a plugin whose command or first argument names a file of the plugin that does not exist.
//!
//! ## Why
//! The server does not start, and none of its tools is there.
//!
//! ## Example
//! ```json
//! {"command": "node", "args": ["${CLAUDE_PLUGIN_ROOT}/server.js"]}
//! ```
//!
//! ## Fix
//! Add the file, or correct the path.
//!
//! ## Source
//! linters.md, 2026-11-22.

use crate::bundle::discover::clean;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "mcp-script-missing",
    source: include_str!("mcp_script_missing.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Mcp], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let root = &bundle.root(file).dir;
    for pair in super::servers(file) {
        let args = pair.node.get("args").map(|node| node.items()).unwrap_or_default();
        for node in pair.node.get("command").into_iter().chain(args) {
            let rest = node.as_str().and_then(|text| text.strip_prefix("${CLAUDE_PLUGIN_ROOT}/"));
            let Some(rest) =
                rest.filter(|rest| file.in_plugin() && !rest.contains(['$', '*', ' ']))
            else {
                continue;
            };
            let path = clean(&root.join(rest));
            if path.extension().is_some() && !path.exists() {
                out.at(file, node.span.clone(), format!("there is no `{rest}` in this plugin"));
            }
        }
    }
}

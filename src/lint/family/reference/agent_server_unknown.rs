//! An agent names an MCP server that its plugin does not bring.
//!
//! ## What
//! Reports `mcp__server__tool` in the tools of a plugin's agent, when the plugin declares MCP servers and none by a similar name but another.
//!
//! ## Why
//! The tool is not there: the agent starts without it.
//!
//! ## Example
//! ```yaml
//! tools: Read, mcp__trakcer__search
//! ```
//!
//! ## Fix
//! Write the server as `.mcp.json` has it: `mcp__plugin_PLUGIN_SERVER__TOOL`, or its bare name.
//!
//! ## Source
//! Facts B1 and E (2.1.330): unknown tools are ignored, 2026-11-22.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::family::{mcp, tool};
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "agent-server-unknown",
    source: include_str!("agent_server_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let declared: Vec<&str> = bundle
        .of_root(Kind::Mcp, file.root)
        .chain(bundle.of_root(Kind::Plugin, file.root))
        .flat_map(mcp::servers)
        .map(|pair| pair.key.as_str())
        .collect();
    if !file.in_plugin() || declared.is_empty() {
        return;
    }
    let prefix = format!("plugin_{}_", bundle.root(file).name);
    for (tool, span) in tool::listed(file) {
        let server = tool.strip_prefix("mcp__").and_then(|rest| rest.split("__").next());
        let Some(server) = server.filter(|server| !server.is_empty()) else { continue };
        let own = server.strip_prefix(&prefix);
        let bare = own.unwrap_or(server);
        if declared.contains(&bare) {
            continue;
        }
        // Other servers may come from the project or the user; one that is nearly ours, or claims to be, is a slip.
        let near = client::nearest(bare, &declared);
        if own.is_none() && near.is_none() {
            continue;
        }
        let finding = out.at(file, span, format!("the plugin has no MCP server `{bare}`"));
        match near {
            Some(near) => finding.help(format!("`{near}` is one")),
            None => finding.help(format!("it has {}", declared.join(", "))),
        };
    }
}

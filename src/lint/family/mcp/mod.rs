//! Rules about MCP servers.

use crate::bundle::file::File;
use crate::bundle::kind::Kind;
use crate::bundle::tree::{Node, Pair};
use crate::lint::rule::Rule;

pub mod mcp_package_unpinned;
pub mod mcp_plain_http;
pub mod mcp_script_missing;
pub mod mcp_server_incomplete;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &mcp_package_unpinned::RULE,
    &mcp_plain_http::RULE,
    &mcp_script_missing::RULE,
    &mcp_server_incomplete::RULE,
];

/// The servers of a file; a plugin's file may leave the outer key out.
pub(in crate::lint) fn servers(file: &File) -> &[Pair] {
    let Some(root) = file.data() else { return &[] };
    if file.kind == Kind::Plugin {
        return root.get("mcpServers").map(Node::pairs).unwrap_or_default();
    }
    let servers = root.get("mcpServers").unwrap_or(root);
    // Without the outer key, only what looks like servers.
    let bare = root.get("mcpServers").is_none();
    if bare && !servers.pairs().iter().all(|pair| pair.node.is_map()) {
        return &[];
    }
    Node::pairs(servers)
}

//! An MCP server runs whatever version is newest.
//!
//! ## What
//! Reports servers started by `npx`, `uvx`, `bunx` or `pipx run` with a package that names no version.
//!
//! ## Why
//! Each start may run other code, with the user's rights and the tool list of the session.
//!
//! ## Example
//! ```json
//! {"command": "npx", "args": ["-y", "some-server"]}
//! ```
//!
//! ## Fix
//! Name the version: `some-server@1.2.3`.
//!
//! ## Source
//! linters.md, 2026-11-22.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "mcp-package-unpinned",
    source: include_str!("mcp_package_unpinned.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Mcp], check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for pair in super::servers(file) {
        let command = pair.node.get("command").and_then(|node| node.as_str()).unwrap_or_default();
        if !matches!(command, "npx" | "bunx" | "uvx") {
            continue;
        }
        let args = pair.node.get("args").map(|node| node.items()).unwrap_or_default();
        let package = args.iter().find(|arg| arg.as_str().is_some_and(|arg| !arg.starts_with('-')));
        let Some((node, name)) = package.and_then(|node| Some((node, node.as_str()?))) else {
            continue;
        };
        let bare = name.strip_prefix('@').unwrap_or(name);
        let pinned = (bare.contains('@') && !bare.ends_with("@latest")) || bare.contains("==");
        let local = name.starts_with(['.', '/', '$']) || name.contains("://");
        if !pinned && !local {
            out.at(file, node.span.clone(), format!("`{name}` runs whatever version is newest"))
                .help(format!("name one: `{}@1.2.3`", name.trim_end_matches("@latest")));
        }
    }
}

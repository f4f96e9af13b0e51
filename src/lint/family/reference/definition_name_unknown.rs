//! A text names a definition of its own plugin that is not there.
//!
//! ## What
//! Reports `/plugin:name` and `` `plugin:name` `` in the text of a plugin's agents, skills and commands, when the plugin has no
//! agent, skill, command or workflow of that name.
//!
//! ## Why
//! Claude is sent to something that does not exist; it gives up, or makes something up.
//!
//! ## Example
//! ```markdown
//! Then run /my-plugin:relase.
//! ```
//!
//! ## Fix
//! Write the name as the definition has it.
//!
//! ## Source
//! Facts B3, C3, D (names of definitions, Claude Code 2.1.330), 2026-11-22.

use crate::bundle::client;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, PLUGIN, Rule, Verdict};
use crate::lint::search;

/// The rule.
pub static RULE: Rule = Rule {
    id: "definition-name-unknown",
    source: include_str!("definition_name_unknown.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: PLUGIN,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent, Kind::Skill, Kind::Command, Kind::Reference], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let plugin = bundle.root(file).name.as_str();
    if !file.in_plugin() || plugin.is_empty() {
        return;
    }
    let own = format!("{plugin}:");
    let body = file.body();
    let mut known: Option<Vec<String>> = None;
    for at in search::places(body, &own) {
        if !body[..at].ends_with(['/', '`']) || body[..at].ends_with("//") {
            continue;
        }
        let rest = &body[at + own.len()..];
        let letters = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | ':');
        let name = rest[..rest.find(letters).unwrap_or(rest.len())].trim_end_matches(':');
        let behind = rest[name.len()..].chars().next().unwrap_or(' ');
        let place = file.body_start() + at;
        // `plugin:<name>`, `plugin:path/…` and `plugin:*` stand for something else.
        if name.is_empty() || matches!(behind, '<' | '{' | '/' | '*' | '$' | '[' | '=') {
            continue;
        }
        let known = known.get_or_insert_with(|| names(bundle, file.root));
        let fenced = || {
            let fences = file.outline().map(|outline| &outline.fences);
            fences.is_some_and(|all| all.iter().any(|fence| fence.span.contains(&place)))
        };
        if known.iter().any(|known| known == name) || fenced() {
            continue;
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let span = place..place + own.len() + name.len();
        let finding = out.at(file, span, format!("this plugin has no `{name}`"));
        if let Some(near) = client::nearest(name, &known) {
            finding.help(format!("`{near}` is one of its definitions"));
        }
    }
}

/// The names of everything in a plugin that is called by a name, servers and output styles included.
fn names(bundle: &Bundle, root: usize) -> Vec<String> {
    let named = [Kind::Agent, Kind::Skill, Kind::Command, Kind::Workflow];
    let own = named.iter().flat_map(|kind| bundle.of_root(*kind, root));
    let mut names: Vec<String> = own.filter_map(|file| bundle.bare_name(file)).collect();
    let servers = bundle.of_root(Kind::Mcp, root).chain(bundle.of_root(Kind::Plugin, root));
    names.extend(servers.flat_map(crate::lint::family::mcp::servers).map(|pair| pair.key.clone()));
    names
}

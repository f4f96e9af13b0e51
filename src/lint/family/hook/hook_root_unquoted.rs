//! A variable stands in a shell line without quotes.
//!
//! ## What
//! Reports `${CLAUDE_PLUGIN_ROOT}`, `${CLAUDE_PROJECT_DIR}` and `${CLAUDE_PLUGIN_DATA}` outside of double quotes in
//! a hook of the shell form.
//!
//! ## Why
//! A folder with a blank in its path splits the line: the program is not found and a guard is open.
//!
//! ## Example
//! ```json
//! {"type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/bin/guard"}
//! ```
//!
//! ## Fix
//! Write `"\"${CLAUDE_PLUGIN_ROOT}\"/bin/guard"`, or use `args`: then there is no shell.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts A1 to A5.

use crate::bundle::file::{Bundle, File};
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "hook-root-unquoted",
    source: include_str!("hook_root_unquoted.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(super::HOLDERS, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    for handler in super::handlers(file) {
        let Some(node) = handler.node.get("command").filter(|_| handler.node.get("args").is_none())
        else {
            continue;
        };
        let line = node.as_str().unwrap_or_default();
        for name in ["CLAUDE_PLUGIN_ROOT", "CLAUDE_PROJECT_DIR", "CLAUDE_PLUGIN_DATA"] {
            let forms = [format!("${{{name}}}"), format!("${name}")];
            let at = forms.iter().find_map(|form| line.find(form.as_str()));
            let Some(at) = at else { continue };
            let before = &line[..at];
            let single = before.matches('\'').count() % 2 == 1;
            if before.matches('"').count() % 2 == 0 && !single {
                let finding = out.at(
                    file,
                    node.span.clone(),
                    format!("`${{{name}}}` stands outside of quotes"),
                );
                finding.help("quote it, or use `args`, which needs no shell");
                let end = line[at..].find([' ', '\t', ';', '|', '&', '<', '>', ')', '\n']);
                let word = &line[at..end.map_or(line.len(), |end| at + end)];
                // Quotes, further variables and patterns in the word would come to mean something else.
                let rest = word.get(1..).unwrap_or_default();
                let plain = !rest.contains(['"', '\'', '\\', '$', '`', '*', '?', '[', '~', '(']);
                if plain && file.kind.is_json() {
                    let after = &line[at + word.len()..];
                    let quoted = serde_json::Value::from(format!("{before}\"{word}\"{after}"));
                    let fix =
                        Fix::replace(node.span.clone(), quoted.to_string(), "put it in quotes");
                    finding.fix(fix.intended());
                }
            }
        }
    }
}

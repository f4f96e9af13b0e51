//! The source of a plugin has the wrong form.
//!
//! ## What
//! Reports sources with `..`, bare names without `metadata.pluginRoot`, kinds that do not exist, and a `sha` that
//! is no full commit id.
//!
//! ## Why
//! The client refuses the marketplace.
//!
//! ## Example
//! ```json
//! {"name": "tools", "source": "tools"}
//! ```
//!
//! ## Fix
//! Write `./tools`, or an object with `source`.
//!
//! ## Source
//! `plugin validate` of Claude Code 2.1.330, 2026-11-26 and facts E3, E4.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::edit;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, MARKETPLACE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "marketplace-source-form",
    source: include_str!("marketplace_source_form.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: MARKETPLACE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Marketplace], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let rooted = file.data().and_then(|root| root.at(&["metadata", "pluginRoot"])).is_some();
    for (_, _, entry) in super::entries(file) {
        let Some(node) = entry.get("source") else { continue };
        if let Some(path) = node.as_str() {
            if path.split('/').any(|part| part == "..") {
                out.at(file, node.span.clone(), format!("`{path}` leads out of the marketplace"));
            } else if !path.starts_with("./") && path != "." && !rooted {
                let finding = out.at(
                    file,
                    node.span.clone(),
                    format!("`{path}` is no path: it does not begin with `./`"),
                );
                finding.help("write `./` in front of it; a bare name needs `metadata.pluginRoot`");
                let folder = !path.is_empty() && bundle.root(file).dir.join(path).is_dir();
                if folder
                    && !path.starts_with(['.', '/'])
                    && let Some(place) = edit::part(file, node, 0..0)
                {
                    finding.fix(Fix::replace(place, "./", "write `./` in front of it").intended());
                }
            }
            continue;
        }
        let kinds = ["github", "url", "git-subdir", "npm", "archive", "command"];
        match node.get("source").and_then(|kind| kind.as_str()) {
            Some(kind) if kinds.contains(&kind) => {}
            _ => {
                out.at(file, node.span.clone(), "this source has no kind that exists")
                    .help("`source` is one of github, url, git-subdir, npm, archive, command");
            }
        }
        if let Some(sha) = node.get("sha") {
            let whole = |sha: &str| {
                sha.len() == 40
                    && sha.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
            };
            if !sha.as_str().is_some_and(whole) {
                out.at(
                    file,
                    sha.span.clone(),
                    "`sha` must be a full commit id: 40 lower-case hex digits",
                );
            }
        }
    }
}

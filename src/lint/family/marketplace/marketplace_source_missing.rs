//! The folder of a plugin is not there.
//!
//! ## What
//! Reports local sources that do not exist.
//!
//! ## Why
//! The client's validator is silent; the installation of the plugin fails.
//!
//! ## Example
//! ```json
//! {"name": "tools", "source": "./gone"}
//! ```
//!
//! ## Fix
//! Add the folder, or correct the path.
//!
//! ## Source
//! Facts E4 row 36 (2.1.330), 2026-11-22: the validator does not look.

use crate::bundle::discover::clean;
use crate::bundle::file::RootKind;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, MARKETPLACE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "marketplace-source-missing",
    source: include_str!("marketplace_source_missing.rs"),
    verdict: Verdict::Error,
    confidence: Confidence::High,
    presets: MARKETPLACE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Marketplace], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    let root = &bundle.root(file).dir;
    let base = file
        .data()
        .and_then(|root| root.at(&["metadata", "pluginRoot"]))
        .and_then(|node| node.as_str());
    if file.scope == RootKind::Loose {
        return;
    }
    let some =
        super::manifests(file, bundle).iter().any(|(_, _, manifest)| manifest.dir() != file.dir());
    for (_, _, entry) in super::entries(file) {
        let Some(node) = entry.get("source") else { continue };
        let Some(path) = node.as_str().filter(|path| !path.contains("..")) else { continue };
        let rooted = base.map(|base| clean(&root.join(base).join(path)));
        let there = clean(&root.join(path)).is_dir() || rooted.is_some_and(|path| path.is_dir());
        if !there {
            let finding = out.at(file, node.span.clone(), format!("there is no folder `{path}`"));
            finding.help("the installation of this plugin fails");
            // Where none of them is here, the plugins lie elsewhere, and this is a copy of the list.
            if !some {
                finding.verdict(Verdict::Warning);
            }
        }
    }
}

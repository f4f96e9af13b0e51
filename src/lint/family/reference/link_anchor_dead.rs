//! A link leads to a heading that is not there.
//!
//! ## What
//! Reports `#anchor` of links inside of one file, and to other Markdown files of the bundle, when no heading has it.
//!
//! ## Why
//! The reader lands at the top and searches; often the heading was renamed and the text around the link is old, too.
//!
//! ## Example
//! ```markdown
//! See [the limits](#limts).
//! ```
//!
//! ## Fix
//! Correct the anchor: the heading in lower case, blanks as hyphens, other marks left out.
//!
//! ## Source
//! Anchors as GitHub makes them, 2026-11-26; linters.md: links in code are left alone.

use crate::bundle::client;
use crate::bundle::discover::clean;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};
use crate::lint::search;

/// The rule.
pub static RULE: Rule = Rule {
    id: "link-anchor-dead",
    source: include_str!("link_anchor_dead.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent, Kind::Skill, Kind::Command, Kind::Reference], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    if !search::holds(file.body(), "](") {
        return;
    }
    let Some(outline) = file.outline() else { return };
    for link in outline.links.iter().filter(|link| !link.image) {
        let Some((target, anchor)) = link.target.split_once('#') else { continue };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        // Places in programs (`#L10`) and anything encoded are not headings.
        let line = anchor
            .strip_prefix('L')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if anchor.is_empty()
            || line
            || !anchor.chars().all(plain)
            || outline.in_comment(link.span.start)
        {
            continue;
        }
        let other = if target.is_empty() {
            Some(file)
        } else {
            let path = clean(&file.dir().join(target));
            bundle.files.iter().find(|known| known.path == path)
        };
        let Some(other) = other else { continue };
        let Some(headings) = other.outline() else { continue };
        // A mark at the begin of a heading leaves a hyphen with some sites and none with others.
        let bare = |anchor: &str| anchor.trim_matches('-').to_lowercase();
        // Names that HTML gives count, too.
        let named = [format!("id=\"{anchor}\""), format!("name=\"{anchor}\"")];
        let there = headings.headings.iter().any(|heading| bare(&heading.anchor) == bare(anchor))
            || named.iter().any(|name| other.text().contains(name.as_str()));
        if !there {
            let known: Vec<&str> =
                headings.headings.iter().map(|heading| heading.anchor.as_str()).collect();
            let place = if target.is_empty() { "this file" } else { target };
            let finding = out.at(
                file,
                link.span.clone(),
                format!("no heading of {place} has the anchor `{anchor}`"),
            );
            if let Some(near) = client::nearest(anchor, &known) {
                finding.help(format!("`{near}` is one"));
            }
        }
    }
}

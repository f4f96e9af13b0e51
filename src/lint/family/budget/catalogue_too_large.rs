//! The listing of skills is larger than its budget.
//!
//! ## What
//! Reports plugins and projects whose skills and commands together have more than 24,000 characters of names and
//! descriptions.
//!
//! ## Why
//! The client gives the listing a part of the context window. What does not fit keeps its name and loses its
//! description, so that Claude cannot tell when to use it. Other plugins share the same room.
//!
//! ## Example
//! ```text
//! 60 skills with descriptions of 500 characters
//! ```
//!
//! ## Fix
//! Shorten descriptions, and mark what only a person starts with `disable-model-invocation: true`.
//!
//! ## Source
//! Claude Code 2.1.330 with its default model, seen in requests of sessions, 2026-11-26: of 50 skills with 600 characters
//! each, 39 keep their description. Models with a smaller window have less room (facts C4).

use crate::bundle::client;
use crate::bundle::file::{Bundle, File, RootKind};
use crate::bundle::kind::Kind;
use crate::bundle::tree::Node;
use crate::lint::finding::Findings;
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "catalogue-too-large",
    source: include_str!("catalogue_too_large.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Bundle(check),
};

/// Characters that the listing has room for beside the skills that come with the client.
const BUDGET: usize = 24_000;

fn check(bundle: &Bundle, out: &mut Findings<'_>) {
    for root in 0..bundle.roots.len() {
        if bundle.roots[root].kind == RootKind::Loose {
            continue;
        }
        let listed = |file: &&File| {
            let person =
                file.field("disable-model-invocation").and_then(Node::as_bool) == Some(true);
            file.loaded && !person && file.text_field("description").is_some()
        };
        let files: Vec<&File> = bundle
            .of_root(Kind::Skill, root)
            .chain(bundle.of_root(Kind::Command, root))
            .filter(listed)
            .collect();
        let entry = |file: &&File| {
            let length = |key: &str| file.text_field(key).map_or(0, |text| text.chars().count());
            let name = bundle.name(file).map_or(0, |name| name.chars().count());
            name + (length("description") + length("when_to_use")).min(client::LISTING_ENTRY)
        };
        let all: usize = files.iter().map(entry).sum();
        if all <= BUDGET {
            continue;
        }
        let manifest = bundle.of_root(Kind::Plugin, root).next();
        let Some(place) = manifest.or_else(|| files.first().copied()) else { continue };
        out.of(
            place,
            format!("{} skills and commands have {all} characters of listing; about {BUDGET} are shown", files.len()),
        )
        .help("shorten descriptions; mark what only a person starts with `disable-model-invocation: true`");
    }
}

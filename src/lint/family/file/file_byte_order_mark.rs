//! A file begins with a byte order mark.
//!
//! ## What
//! Reports definitions whose first character is U+FEFF.
//!
//! ## Why
//! The client takes it off since 2.1.239. Older clients and most YAML
//! readers then see no frontmatter. In a hooks file it does not: the whole plugin fails to load.
//!
//! ## Example
//! ```text
//! printf '\357\273\277---\nname: a\n' > agents/a.md
//! ```
//!
//! ## Fix
//! Save the file as UTF-8 without a mark; `--fix` removes it.
//!
//! ## Source
//! Claude Code 2.1.330, seen 2026-11-26 (facts B2).

use crate::bundle::document::Trouble;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind;
use crate::bundle::kind::Kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};

/// The rule.
pub static RULE: Rule = Rule {
    id: "file-byte-order-mark",
    source: include_str!("file_byte_order_mark.rs"),
    verdict: Verdict::Portability,
    confidence: Confidence::High,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(kind::ALL, check),
};

fn check(file: &File, _: &Bundle, out: &mut Findings<'_>) {
    if file.kind != Kind::Script && file.troubles.contains(&Trouble::ByteOrderMark) {
        let finding = out.at(file, 0..3, "a byte order mark");
        // The client takes it off everywhere but here.
        if file.kind == Kind::Hooks {
            finding.verdict(Verdict::Error);
        }
        finding.help("save the file as UTF-8 without it").fix(Fix::remove(0..3, "remove the mark"));
    }
}

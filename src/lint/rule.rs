//! What a rule is: one file with one constant of this type, and one word in its family's list.

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;

use super::finding::Findings;

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its id: `noun-problem`, in lower case with hyphens.
    pub id: &'static str,
    /// The source of the rule's own file. Its `//!` lines are its page.
    pub source: &'static str,
    /// What a finding means, unless the finding says otherwise.
    pub verdict: Verdict,
    /// How sure a finding is.
    pub confidence: Confidence,
    /// The presets that hold it.
    pub presets: &'static [Preset],
    /// Versions of the client for which it was confirmed.
    pub client: &'static [&'static str],
    /// What it looks at.
    pub check: Check,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// Each file of some kinds, with the rest of the bundle at hand.
    Files(&'static [Kind], fn(&File, &Bundle, &mut Findings<'_>)),
    /// The bundle as a whole, once.
    Bundle(fn(&Bundle, &mut Findings<'_>)),
    /// Nothing by itself: its findings come from a run of the hooks (`lint::rehearse`).
    Rehearsal,
}

/// What a finding means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Another harness or a strict parser refuses it; the client does not mind.
    Portability,
    /// The client takes it, but something is lost or surprising.
    Warning,
    /// The client refuses or drops it, or does other than it says.
    Error,
}

/// How sure a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// A guess from the words; worth a look.
    Low,
    /// Right nearly always.
    Medium,
    /// The client, or a parser, says so.
    High,
}

/// A choice of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Preset {
    /// For plugins
    Plugin,
    /// For projects and home folders
    Project,
    /// For marketplaces
    Marketplace,
    /// For definitions that other harnesses read, too
    Portable,
    /// The documentation standard of this house; only when asked for
    Standard,
}

/// The presets of a rule that holds everywhere.
pub const EVERYWHERE: &[Preset] =
    &[Preset::Plugin, Preset::Project, Preset::Marketplace, Preset::Portable];
/// The presets of a rule about plugins alone.
pub const PLUGIN: &[Preset] = &[Preset::Plugin, Preset::Marketplace];
/// The presets of a rule about marketplaces alone.
pub const MARKETPLACE: &[Preset] = &[Preset::Marketplace];
/// The presets of a rule about what only other harnesses refuse.
pub const PORTABLE: &[Preset] = &[Preset::Portable];
/// The presets of a rule of the documentation standard.
pub const STANDARD: &[Preset] = &[Preset::Standard];

impl Verdict {
    /// The word of the reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Portability => "portability",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Confidence {
    /// The word of the pages.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Rule {
    /// The page: the `//!` lines at the top of the rule's file, below a line of facts.
    pub fn page(&self) -> String {
        let facts = format!(
            "{} · confidence {} · Claude Code {}",
            self.verdict.word(),
            self.confidence.word(),
            self.client.join(", ")
        );
        let mut lines = self.doc();
        let title = lines.next().unwrap_or_default();
        let rest: Vec<&str> = lines.collect();
        format!("{title}\n\n*{facts}*\n{}", rest.join("\n"))
    }

    /// The first line of the page, without its full stop.
    pub fn title(&self) -> &'static str {
        self.doc().next().unwrap_or_default().trim_end_matches('.')
    }

    fn doc(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.source
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
    }
}

//! What a rule says: built by rules, shown by `report`.

use std::ops::Range;
use std::path::PathBuf;

use crate::bundle::file::{Bundle, File};

use super::rule::{Rule, Verdict};

/// One finding.
#[derive(Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// What it means.
    pub verdict: Verdict,
    /// Index of the file in [`Bundle::files`].
    pub file: usize,
    /// Where, in bytes of the file.
    pub span: Range<usize>,
    /// What is wrong: a lower-case fragment with the value in it.
    pub message: String,
    /// What stands beneath the place in the text form.
    pub label: String,
    /// The way out.
    pub help: String,
    /// Other places of the same file that belong to it, each with a word.
    pub also: Vec<(Range<usize>, String)>,
    /// The one safe change, if there is one.
    pub fix: Option<Fix>,
    /// Why it does not count, if it does not.
    pub allowed: Option<Allowed>,
}

/// A change of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: "write `Agent`".
    pub title: String,
    /// The edits: bytes of the file, and what stands there afterwards. They do not overlap.
    pub edits: Vec<(Range<usize>, String)>,
    /// What must hold afterwards. It is proved by parsing again, and a fix that fails is not made.
    pub proof: Proof,
    /// A change of a program that the file starts, in place of edits.
    pub program: Option<(PathBuf, Change)>,
}

/// What must hold after a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The client reads the same values and the same text.
    Same,
    /// The client reads the same of everything that no edit touches.
    Rest,
    /// The client reads the same, one level deeper: as the value of this key.
    Wrapped(&'static str),
}

/// A change of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It may be executed by all who may read it.
    Executable,
    /// Its lines end with LF alone.
    LineEnds,
}

/// Why a finding does not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Whether a comment in the file does it; else the policy.
    pub inline: bool,
    /// The reason given.
    pub reason: String,
}

impl Fix {
    /// Replaces one range by a text; the client understands the same afterwards.
    pub fn replace(span: Range<usize>, text: impl Into<String>, title: impl Into<String>) -> Self {
        Self::edits(vec![(span, text.into())], title)
    }

    /// Makes several edits; the client understands the same afterwards.
    pub fn edits(edits: Vec<(Range<usize>, String)>, title: impl Into<String>) -> Self {
        Self { title: title.into(), edits, proof: Proof::Same, program: None }
    }

    /// Changes a program that the file starts.
    pub fn program(path: PathBuf, change: Change, title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            edits: Vec::new(),
            proof: Proof::Same,
            program: Some((path, change)),
        }
    }

    /// Removes one range; the client understands the same afterwards.
    pub fn remove(span: Range<usize>, title: impl Into<String>) -> Self {
        Self::replace(span, String::new(), title)
    }

    /// The fix gives the definition the meaning that it seems to have: the client reads another value there afterwards.
    pub fn intended(self) -> Self {
        Self { proof: Proof::Rest, ..self }
    }

    /// The fix puts everything below one key.
    pub fn wrapped(self, key: &'static str) -> Self {
        Self { proof: Proof::Wrapped(key), ..self }
    }
}

/// Where rules put their findings.
pub struct Findings<'a> {
    bundle: &'a Bundle,
    rule: &'static Rule,
    all: Vec<Finding>,
}

impl<'a> Findings<'a> {
    /// Begins with no findings.
    pub fn new(bundle: &'a Bundle, rule: &'static Rule) -> Self {
        Self { bundle, rule, all: Vec::new() }
    }

    /// What follows is said by this rule.
    pub fn by(&mut self, rule: &'static Rule) {
        self.rule = rule;
    }

    /// Says something of a place in a file. What is returned takes help, labels and a fix.
    pub fn at(
        &mut self,
        file: &File,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Finding {
        // Paths are unique in a bundle, and its files are in the order of theirs.
        let index = self.bundle.files.binary_search_by(|known| known.shown.cmp(&file.shown));
        let length = file.text().len();
        let span = span.start.min(length)..span.end.min(length);
        self.all.push(Finding {
            rule: self.rule,
            verdict: self.rule.verdict,
            file: index.unwrap_or_default(),
            span,
            message: message.into(),
            label: String::new(),
            help: String::new(),
            also: Vec::new(),
            fix: None,
            allowed: None,
        });
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    /// Says something of a whole file.
    pub fn of(&mut self, file: &File, message: impl Into<String>) -> &mut Finding {
        self.at(file, file.top(), message)
    }

    /// How much was said until now.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether nothing was said until now.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// What was said since then.
    pub fn since(&mut self, start: usize) -> impl Iterator<Item = &mut Finding> {
        self.all.iter_mut().skip(start)
    }

    /// Everything that was said.
    pub fn into_all(self) -> Vec<Finding> {
        self.all
    }
}

impl Finding {
    /// The way out.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = help.into();
        self
    }

    /// A word beneath the place.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = label.into();
        self
    }

    /// Another place of the same file that belongs to it.
    pub fn also(&mut self, span: Range<usize>, label: impl Into<String>) -> &mut Self {
        self.also.push((span, label.into()));
        self
    }

    /// Another verdict than the rule's.
    pub fn verdict(&mut self, verdict: Verdict) -> &mut Self {
        self.verdict = verdict;
        self
    }

    /// The one safe change.
    pub fn fix(&mut self, fix: Fix) -> &mut Self {
        self.fix = Some(fix);
        self
    }
}

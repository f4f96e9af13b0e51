//! Comments that allow a finding: `portcullis-allow: RULE reason`, and `portcullis-allow-file: RULE reason`.
//!
//! The first holds for its own line and the next one, the second for the whole file. Each needs a reason. Those that
//! allowed nothing are reported, so that none outlives its cause.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;

use super::family::suppression::allow_unused;
use super::finding::{Allowed, Finding, Findings};
use super::{Terms, rule};

const WORD: &str = "portcullis-allow";

struct Comment {
    file: usize,
    span: Range<usize>,
    rule: String,
    reason: String,
    lines: Range<usize>,
    used: bool,
}

/// Marks what is allowed and adds a finding for each comment that allows nothing.
pub(super) fn apply(bundle: &Bundle, findings: &mut Vec<Finding>, terms: &Terms) {
    static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(WORD));
    let mut comments = Vec::new();
    for (index, file) in bundle.files.iter().enumerate().filter(|(_, file)| file.asked) {
        if matches!(file.kind, Kind::Reference | Kind::Script) && !has_findings(findings, index) {
            continue;
        }
        for at in FINDER.find_iter(file.text().as_bytes()) {
            comments.extend(read(file, index, at));
        }
    }
    if comments.is_empty() {
        return;
    }
    for finding in findings.iter_mut() {
        let line = bundle.files[finding.file].source.line(finding.span.start);
        let mut fitting = comments.iter_mut().filter(|comment| {
            comment.file == finding.file
                && comment.rule == finding.rule.id
                && comment.lines.contains(&line)
                && !comment.reason.is_empty()
        });
        if let Some(comment) = fitting.next() {
            comment.used = true;
            finding.allowed = Some(Allowed { inline: true, reason: comment.reason.clone() });
        }
    }
    if !terms.holds(&allow_unused::RULE) {
        return;
    }
    let mut said = Findings::new(bundle, &allow_unused::RULE);
    for comment in comments.iter().filter(|comment| !comment.used) {
        allow_unused::say(
            bundle,
            comment.file,
            &comment.span,
            &comment.rule,
            &comment.reason,
            &mut said,
        );
    }
    // A rule that is not asked now may still need its comment.
    let asked = |finding: &Finding| {
        let word = &bundle.files[finding.file].text()[finding.span.clone()];
        let known = rule(word.split_whitespace().nth(1).unwrap_or_default());
        known.is_none_or(|rule| terms.holds(rule))
    };
    findings.extend(said.into_all().into_iter().filter(asked));
}

fn has_findings(findings: &[Finding], file: usize) -> bool {
    findings.iter().any(|finding| finding.file == file)
}

/// The comment at `at`, if it is one: code and prose that show the word are none.
fn read(file: &File, index: usize, at: usize) -> Option<Comment> {
    let text = file.text();
    let line = file.source.line(at);
    let bounds = file.source.line_span(line);
    let before = text[bounds.start..at].trim_end();
    let rest = &text[at + WORD.len()..bounds.end];
    let whole = rest.starts_with("-file");
    let rest = rest.strip_prefix("-file").unwrap_or(rest);
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let opened = match file.kind {
        Kind::Workflow => before.ends_with("//") || before.ends_with("/*"),
        Kind::Policy | Kind::Gate => before.ends_with('#'),
        Kind::Script => before.ends_with('#') || before.ends_with("//"),
        _ if at < file.body_start() => before.ends_with('#'),
        _ => before.ends_with("<!--"),
    };
    if !opened {
        return None;
    }
    if at >= file.body_start() && file.outline().is_some_and(|outline| outline.in_code(at)) {
        return None;
    }
    let rest = rest.strip_prefix([' ', '\t'])?.trim();
    let rest = rest.trim_end_matches("-->").trim_end_matches("*/").trim();
    let (rule, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if rule.is_empty() || !rule.chars().all(named) {
        return None;
    }
    let lines = if whole { 0..usize::MAX } else { line..line + 2 };
    let reason = reason.trim().to_owned();
    Some(Comment {
        file: index,
        span: at..bounds.end,
        rule: rule.to_owned(),
        reason,
        lines,
        used: false,
    })
}

//! Findings for people: the place in its line, what is wrong, and the way out.

use std::io::{self, Write};
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::bundle::file::{Bundle, File};
use crate::secrets;

use super::finding::Finding;
use super::rule::Verdict;

/// Most lines that are shown of one finding.
const LINES: usize = 6;

/// Prints the findings.
///
/// # Errors
/// When the output cannot be written.
pub fn write(
    bundle: &Bundle,
    findings: &[Finding],
    color: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() }.term_width(110);
    let mut allowed: Vec<(&Finding, &str, usize)> = Vec::new();
    for finding in findings {
        let Some(by) = &finding.allowed else {
            writeln!(out, "{}\n", render(&bundle.files[finding.file], finding, &renderer))?;
            continue;
        };
        let same = |(first, reason, _): &&mut (&Finding, &str, usize)| {
            first.rule.id == finding.rule.id && *reason == by.reason
        };
        match allowed.iter_mut().find(same) {
            Some((_, _, times)) => *times += 1,
            None => allowed.push((finding, by.reason.as_str(), 1)),
        }
    }
    // What one reason allows is one line, however often: the others would bury what is left to do.
    for (first, reason, times) in allowed {
        let file = &bundle.files[first.file];
        let line = file.source.place(&first.span).line;
        let more = if times > 1 { format!(" and {} more", times - 1) } else { String::new() };
        let (id, path) = (first.rule.id, visible(&file.shown));
        writeln!(out, "allowed[{id}]: {path}:{line}{more}: {}\n", visible(reason))?;
    }
    Ok(())
}

fn render(file: &File, finding: &Finding, renderer: &Renderer) -> String {
    let (window, line) = window(file, &finding.span);
    let shift = |span: &Range<usize>| {
        let start = span.start.clamp(window.start, window.end) - window.start;
        let end = span.end.clamp(window.start, window.end) - window.start;
        start..end.max(start)
    };
    let mut text = visible(&file.text()[window.clone()]);
    if matches!(secrets::redact(&text), std::borrow::Cow::Owned(_)) {
        // As long as before, so that the place stays; nothing of a secret is shown.
        text = text
            .chars()
            .map(|c| if c == '\n' { "\n".to_owned() } else { "*".repeat(c.len_utf8()) })
            .collect();
    }
    let path = visible(&file.shown);
    let title = visible(&finding.message);
    let label = visible(&finding.label);
    let also: Vec<(Range<usize>, String)> = finding
        .also
        .iter()
        .filter(|(span, _)| window.contains(&span.start))
        .map(|(span, words)| (shift(span), visible(words)))
        .collect();
    let mut place = AnnotationKind::Primary.span(shift(&finding.span));
    if !label.is_empty() {
        place = place.label(label.as_str());
    }
    let mut snippet = Snippet::source(text.as_str()).line_start(line).path(path.as_str());
    snippet = snippet.annotation(place);
    for (span, words) in &also {
        snippet =
            snippet.annotation(AnnotationKind::Context.span(span.clone()).label(words.as_str()));
    }
    let level = match finding.verdict {
        Verdict::Error => Level::ERROR,
        Verdict::Warning => Level::WARNING,
        Verdict::Portability => Level::NOTE.with_name("portability"),
    };
    let help = visible(&finding.help);
    let explain = format!("`portcullis explain {}`", finding.rule.id);
    let mut group =
        Group::with_title(level.primary_title(title.as_str()).id(finding.rule.id)).element(snippet);
    if !help.is_empty() {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    if let Some(fix) = &finding.fix {
        group = group.element(Level::HELP.with_name("fix").message(fix.title.as_str()));
    }
    group = group.element(Level::NOTE.with_name("see").message(explain.as_str()));
    renderer.render(&[group])
}

/// The whole lines of a place, at most a few, and the number of the first.
fn window(file: &File, span: &Range<usize>) -> (Range<usize>, usize) {
    let first = file.source.line(span.start);
    let last = file.source.line(span.end.max(span.start + 1) - 1).clamp(first, first + LINES - 1);
    let window = file.source.line_span(first).start..file.source.line_span(last).end;
    (window, first)
}

/// The text with every character that a terminal would obey or not show replaced by one of the same length in bytes, so
/// that places stay what they are.
pub fn visible(text: &str) -> String {
    let hidden = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            || matches!(c, '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    if !text.contains(hidden) {
        return text.to_owned();
    }
    let replace = |c: char| match c.len_utf8() {
        _ if !hidden(c) => c,
        1 => '?',
        2 => '\u{b7}',
        3 => '\u{fffd}',
        _ => '\u{10100}',
    };
    text.chars().map(replace).collect()
}

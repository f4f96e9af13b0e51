//! The report as workflow commands of GitHub Actions, which it shows as annotations.
//!
//! Escapes as in `escapeData` and `escapeProperty` of the toolkit's `command.ts`
//! (github.com/actions/toolkit; compared on 2026-11-26).

use std::io::{self, Write};

use super::{Report, Severity};

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for entry in report.counting() {
        let command = match entry.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        write!(out, "::{command} file={}", property(&entry.place.path))?;
        if let Some(span) = entry.place.span {
            write!(out, ",line={},endLine={},col={}", span.line, span.end_line, span.column)?;
            // An end column without a single line is refused.
            if span.line == span.end_line {
                write!(out, ",endColumn={}", span.end_column)?;
            }
        }
        let mut message = entry.message.clone();
        if let Some(member) = &entry.place.member {
            message.push_str(&format!(" (in {member})"));
        }
        if let Some(commit) = &entry.place.commit {
            message.push_str(&format!(" (first in {} by {})", commit.id, commit.author));
        }
        if !entry.help.is_empty() {
            message.push_str(&format!("\n{}", entry.help));
        }
        writeln!(out, ",title={}::{}", property(&entry.rule), data(&message))?;
    }
    Ok(())
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

//! The report as lines for people.

use std::io::{self, Write};

use super::{By, Entry, Report, plain};

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut told = Vec::new();
    for entry in &report.entries {
        let Entry { severity, rule, message, .. } = entry;
        let place = entry.place.words();
        match &entry.suppressed {
            None => writeln!(out, "{place}: {}[{rule}]: {}", severity.word(), plain(message))?,
            Some(why) if why.by == By::Engine => {
                writeln!(out, "{place}: no match[{rule}]: {}", plain(&why.reason))?;
                continue;
            }
            Some(why) => {
                let (by, reason) = (why.by.word(), plain(&why.reason));
                writeln!(out, "{place}: waived[{rule}]: {} ({by}: {reason})", plain(message))?;
                continue;
            }
        }
        if let Some(commit) = &entry.place.commit {
            let id = commit.id.get(..12).unwrap_or(&commit.id);
            writeln!(out, "  first in {id}, {}, {}", commit.date, plain(&commit.author))?;
        }
        if let Some(fingerprint) = &entry.fingerprint {
            writeln!(out, "  fingerprint {fingerprint}")?;
        }
        // The way out is the same for every row of a rule: said once.
        if !entry.help.is_empty() && !told.contains(&(rule, &entry.help)) {
            writeln!(out, "  help: {}", plain(&entry.help))?;
            told.push((rule, &entry.help));
        }
    }
    Ok(())
}

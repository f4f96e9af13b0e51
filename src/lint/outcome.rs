//! What a run found, as the report that every output format is made of, and what it means for the exit code.

use std::collections::BTreeMap;

use crate::bundle::file::Bundle;
use crate::exit::Exit;
use crate::report::{By, Entry, Place, Report, RuleText, Severity, Suppressed, VERSION};

use super::finding::Finding;
use super::rule::Verdict;

/// When a run began and ended; RFC 3339, UTC.
#[derive(Debug, Clone)]
pub struct Times {
    /// Its begin.
    pub started: String,
    /// Its end.
    pub ended: String,
}

/// Makes the report. `unread` are the paths that could not be looked at, with the reason.
pub fn report(
    bundle: &Bundle,
    findings: &[Finding],
    unread: &[(String, String)],
    times: Times,
) -> Report {
    let mut rules: BTreeMap<&str, RuleText> = BTreeMap::new();
    let mut entries = Vec::new();
    for finding in findings {
        let rule = finding.rule;
        rules.entry(rule.id).or_insert_with(|| RuleText {
            id: rule.id.to_owned(),
            title: rule.title().to_owned(),
            page: rule.page(),
            harm: "",
        });
        let file = &bundle.files[finding.file];
        entries.push(Entry {
            severity: severity(finding.verdict),
            verdict: Some(finding.verdict.word()),
            rule: rule.id.to_owned(),
            message: finding.message.clone(),
            help: finding.help.clone(),
            place: Place {
                path: file.shown.clone(),
                span: Some(file.source.place(&finding.span)),
                ..Place::default()
            },
            fingerprint: None,
            suppressed: finding.allowed.as_ref().map(|allowed| Suppressed {
                by: if allowed.inline { By::Inline } else { By::Policy },
                reason: allowed.reason.clone(),
            }),
        });
    }
    for (path, reason) in unread {
        entries.push(Entry {
            severity: Severity::Error,
            verdict: None,
            rule: "incomplete".to_owned(),
            message: reason.clone(),
            help: "make it readable, or name other paths".to_owned(),
            place: Place { path: path.clone(), ..Place::default() },
            fingerprint: None,
            suppressed: None,
        });
    }
    let mut report = Report {
        v: VERSION,
        command: "validate",
        version: env!("CARGO_PKG_VERSION"),
        started: times.started,
        ended: times.ended,
        complete: unread.is_empty(),
        counts: BTreeMap::new(),
        entries,
        rules: rules.into_values().collect(),
    };
    let count = |verdict: Verdict| {
        let counting = findings.iter().filter(|finding| finding.allowed.is_none());
        counting.filter(|finding| finding.verdict == verdict).count() as u64
    };
    let of = |keep: &dyn Fn(&crate::bundle::file::File) -> bool| {
        bundle.files.iter().filter(|file| file.asked && keep(file)).count() as u64
    };
    report.counts.insert("files", of(&|_| true));
    report.counts.insert("definitions", of(&|file| file.kind.is_definition()));
    report.counts.insert("errors", count(Verdict::Error));
    report.counts.insert("warnings", count(Verdict::Warning));
    report.counts.insert("portability", count(Verdict::Portability));
    let allowed = findings.iter().filter(|finding| finding.allowed.is_some()).count();
    report.counts.insert("allowed", allowed as u64);
    report
}

/// The exit code. Where nothing was found that could be checked, nothing passed.
pub fn exit(report: &Report, strict: bool) -> Exit {
    let count = |name: &str| report.counts.get(name).copied().unwrap_or_default();
    if count("errors") > 0 || (strict && count("warnings") > 0) {
        Exit::No
    } else if !report.complete {
        Exit::Incomplete
    } else if count("definitions") == 0 {
        Exit::Nothing
    } else {
        Exit::Ok
    }
}

const fn severity(verdict: Verdict) -> Severity {
    match verdict {
        Verdict::Error => Severity::Error,
        Verdict::Warning => Severity::Warning,
        Verdict::Portability => Severity::Note,
    }
}

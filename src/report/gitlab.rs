//! The report in the form of GitLab's secret detection reports.
//!
//! Fields as in `secret-detection-report-format.json` 15.x
//! (gitlab.com/gitlab-org/security-products/security-report-schemas; from memory, not validated against it yet).
//! `raw_source_code_extract` is left out on purpose: it would hold the secret.

use std::io::{self, Write};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Entry, Report, Severity};

/// The version of the form.
const SCHEMA: &str = "15.0.0";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (rows, problems): (Vec<&Entry>, Vec<&Entry>) = report
        .counting()
        .filter(|entry| entry.severity != Severity::Note)
        .partition(|entry| report.rule(&entry.rule).is_some());
    let rows: Vec<Value> = rows.into_iter().map(|entry| vulnerability(report, entry)).collect();
    let messages: Vec<Value> = problems
        .into_iter()
        .map(|entry| {
            let level = if entry.severity == Severity::Error { "fatal" } else { "warn" };
            json!({"level": level, "value": format!("{}: {}", entry.place.words(), entry.message)})
        })
        .collect();
    let tool = json!({
        "id": "portcullis",
        "name": "Portcullis",
        "version": report.version,
        "vendor": {"name": "Portcullis"},
    });
    let document = json!({
        "version": SCHEMA,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": "secret_detection",
            "start_time": seconds(&report.started),
            "end_time": seconds(&report.ended),
            "status": if report.complete { "success" } else { "failure" },
            "messages": messages,
        },
        "vulnerabilities": rows,
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn vulnerability(report: &Report, entry: &Entry) -> Value {
    let rule = report.rule(&entry.rule);
    let title = rule.map_or(entry.rule.as_str(), |rule| rule.title.as_str());
    let place = entry.place.words();
    let mark = entry.fingerprint.as_deref().unwrap_or_default();
    let commit = entry.place.commit.as_ref();
    let id = Sha256::digest(format!(
        "{}\0{place}\0{mark}\0{}",
        entry.rule,
        commit.map_or("", |commit| &commit.id)
    ));
    let severity = match rule.map_or("", |rule| rule.harm) {
        "critical" => "Critical",
        "high" => "High",
        "medium" => "Medium",
        "low" => "Low",
        _ => "Unknown",
    };
    let mut location = json!({
        "file": entry.place.path,
        // Required; GitLab's own analyser writes zeros outside of history too.
        "commit": {"sha": commit.map_or("0000000", |commit| &commit.id)},
    });
    if let Some(commit) = commit {
        location["commit"]["author"] = json!(commit.author);
        location["commit"]["date"] = json!(commit.date);
    }
    if let Some(span) = entry.place.span {
        location["start_line"] = json!(span.line);
        location["end_line"] = json!(span.end_line);
    }
    json!({
        "id": uuid(&id),
        "category": "secret_detection",
        "name": title,
        "message": format!("{title} in {place}"),
        "description": format!("{}; {}", entry.message, entry.help),
        "severity": severity,
        "identifiers": [{
            "type": "portcullis_rule_id",
            "name": format!("Portcullis rule {}", entry.rule),
            "value": entry.rule,
        }],
        "location": location,
    })
}

/// The first sixteen bytes in the form of a UUID of version 8 (RFC 9562: own content).
fn uuid(digest: &[u8]) -> String {
    let mut text = String::new();
    for (at, byte) in digest.iter().take(16).enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let byte = match at {
            6 => byte & 0x0f | 0x80,
            8 => byte & 0x3f | 0x80,
            _ => *byte,
        };
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// `YYYY-MM-DDThh:mm:ss`: the form knows neither fractions nor a zone.
fn seconds(time: &str) -> &str {
    time.get(..19).unwrap_or(time)
}

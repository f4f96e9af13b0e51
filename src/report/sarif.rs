//! The report as SARIF 2.1.0 (OASIS standard; the parts that code hosts read).
//!
//! Valid by the committee's own JSON schema, as the crate serde-sarif 0.8.0 carries it (looked at on
//! 2026-11-26); `tests/it/data/sarif-subset.schema.json` keeps what is used of it.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{By, Entry, Report, RuleText, Severity};

/// Names the way of making fingerprints; see `docs/decisions/0007-fingerprints.md`.
const FINGERPRINT: &str = "portcullisKeyed/v1";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let rules: Vec<Value> = report.rules.iter().map(rule).collect();
    let (problems, results): (Vec<&Entry>, Vec<&Entry>) =
        report.entries.iter().partition(|entry| report.rule(&entry.rule).is_none());
    let results: Vec<Value> = results.into_iter().map(|entry| result(report, entry)).collect();
    let notifications: Vec<Value> = problems.into_iter().map(notification).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "portcullis",
                "version": report.version,
                "semanticVersion": report.version,
                "rules": rules,
            }},
            "automationDetails": {"id": format!("portcullis/{}/", report.command)},
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": report.complete,
                "startTimeUtc": report.started,
                "endTimeUtc": report.ended,
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &log)?;
    writeln!(out)
}

fn rule(rule: &RuleText) -> Value {
    let mut value = json!({
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.title},
        "help": {"text": rule.page, "markdown": rule.page},
    });
    if rule.harm.is_empty() {
        return value;
    }
    // The scale of CVSS, by which code hosts sort.
    let security = match rule.harm {
        "critical" => "9.5",
        "high" => "8.0",
        "medium" => "5.5",
        _ => "3.0",
    };
    value["properties"] = json!({"tags": ["security"], "security-severity": security});
    value
}

fn result(report: &Report, entry: &Entry) -> Value {
    let index = report.rules.iter().position(|rule| rule.id == entry.rule);
    let mut text = entry.message.clone();
    if let Some(member) = &entry.place.member {
        text.push_str(&format!(" (in {member})"));
    }
    let mut result = json!({
        "ruleId": entry.rule,
        "ruleIndex": index,
        "kind": if entry.severity == Severity::Note { "informational" } else { "fail" },
        "level": if entry.severity == Severity::Note { "none" } else { entry.severity.word() },
        "message": {"text": format!("{text}; {}", entry.help)},
        "locations": [location(entry)],
    });
    if let Some(fingerprint) = &entry.fingerprint {
        result["partialFingerprints"] = json!({FINGERPRINT: fingerprint});
    }
    if let Some(commit) = &entry.place.commit {
        result["properties"] =
            json!({"commit": commit.id, "author": commit.author, "date": commit.date});
    }
    if let Some(why) = &entry.suppressed {
        let kind = if why.by == By::Inline { "inSource" } else { "external" };
        result["suppressions"] =
            json!([{"kind": kind, "justification": format!("{}: {}", why.by.word(), why.reason)}]);
    }
    result
}

fn notification(entry: &Entry) -> Value {
    json!({
        "level": entry.severity.word(),
        "message": {"text": entry.message},
        "descriptor": {"id": entry.rule},
        "locations": [location(entry)],
    })
}

fn location(entry: &Entry) -> Value {
    let mut physical = json!({"artifactLocation": {"uri": uri(&entry.place.path)}});
    // Positions inside of an archive are none in the file that is named.
    if let (Some(span), None) = (entry.place.span, &entry.place.member) {
        physical["region"] = json!({
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        });
    }
    let mut location = json!({"physicalLocation": physical});
    if let Some(member) = &entry.place.member {
        location["logicalLocations"] = json!([{"fullyQualifiedName": member, "kind": "member"}]);
    }
    location
}

/// The path as a relative URI reference (RFC 3986): everything but unreserved characters and `/`
/// is escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_path_becomes_a_relative_reference() {
        assert_eq!(uri("src/a b#c.rs"), "src/a%20b%23c.rs");
        assert_eq!(uri("é:x"), "%C3%A9%3Ax");
    }
}

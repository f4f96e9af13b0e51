//! Every rule is whole: registered once, with a page of the fixed form, fixtures, a source with a date.

use std::collections::BTreeSet;
use std::path::Path;

use portcullis::lint;

use super::{fixtures, folders, name};

/// The headings of a page, in order.
const HEADINGS: &[&str] = &["## What", "## Why", "## Example", "## Fix", "## Source"];

/// Rules that no file in a repository can show: a test in code shows them.
const IN_CODE: &[&str] = &[
    "allow-unused",
    "file-too-large",
    "file-unreadable",
    "link-target-missing",
    "link-target-outside",
    "rehearsal-failure",
    "rehearsal-guard-open",
    "rehearsal-output-invalid",
    "rehearsal-program-missing",
    "rehearsal-too-slow",
    "secret-in-definition",
];

#[test]
fn every_rule_has_a_page_of_the_fixed_form() {
    for rule in lint::rules() {
        let page = rule.page();
        let mut rest = page.as_str();
        for heading in HEADINGS {
            let at = rest.find(heading);
            assert!(at.is_some(), "{}: {heading} is missing or out of order:\n{page}", rule.id);
            rest = &rest[at.unwrap() + heading.len()..];
        }
        assert!(rest.contains("20"), "{}: the source has no date:\n{page}", rule.id);
        assert!(!rule.client.is_empty(), "{}: no version of the client", rule.id);
        let words =
            rule.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(words && rule.id.contains('-'), "{}: an id is `noun-problem`", rule.id);
        let title = rule.title();
        assert!(!title.is_empty() && title.len() < 100, "{}: {title}", rule.id);
    }
}

#[test]
fn every_rule_file_is_registered_once() {
    let mut ids = BTreeSet::new();
    for rule in lint::rules() {
        assert!(ids.insert(rule.id), "{} is registered twice", rule.id);
    }
    let families = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lint/family");
    for family in folders(&families) {
        for entry in std::fs::read_dir(&family).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if !text.contains("pub static RULE: Rule") {
                continue;
            }
            let id = path.file_stem().unwrap().to_str().unwrap().replace('_', "-");
            assert!(ids.contains(id.as_str()), "{} is in no list", path.display());
            assert!(text.contains(&format!("id: \"{id}\"")), "{}: another id", path.display());
        }
    }
}

#[test]
fn every_rule_has_fixtures_good_and_bad() {
    for rule in lint::rules().filter(|rule| !IN_CODE.contains(&rule.id)) {
        let cases = folders(&fixtures().join(rule.id));
        for word in ["good-", "bad-"] {
            assert!(
                cases.iter().any(|case| name(case).starts_with(word)),
                "tests/fixtures/lint/{}: no {word}… folder",
                rule.id
            );
        }
    }
    for folder in folders(&fixtures()) {
        assert!(lint::rule(name(&folder)).is_some(), "{}: no such rule", folder.display());
    }
}

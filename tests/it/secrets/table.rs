//! The build refuses rules that could not work, and says where.

use std::path::Path;

use super::build::{self, Tables};

/// A file of one good rule; the tests change one line of it.
const GOOD: &str = "\
provider: Acme
docs: https://acme.invalid/docs
checked: '2026-11-22'
rules:
  - id: acme-key
    title: Acme key
    access: Anvils.
    severity: high
    confidence: high
    keywords: [acme_]
    pattern: 'acme_[0-9a-z]{20}'
    alphabet: '0-9a-z_'
    examples: ['acme_{l36:20}']
    counter_examples: ['acme_{l36:19}']
    rotate: ask for another.
    source: invented.
";

fn problem(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    Tables::default().add("acme", &GOOD.replace(from, to)).unwrap_err()
}

#[test]
fn a_good_file_is_taken() {
    assert_eq!(Tables::default().add("acme", GOOD), Ok(()));
}

#[test]
fn each_mistake_is_named_with_file_and_line() {
    for (from, to, line, words) in [
        ("'2026-11-22'", "yesterday", 3, "YYYY-MM-DD"),
        ("id: acme-key", "id: other-key", 5, "acme-KIND"),
        ("id: acme-key", "id: acme-Key", 5, "acme-KIND"),
        ("id: acme-key", "id: acme-", 5, "acme-KIND"),
        ("title: Acme key", "title: ''", 6, "title: is empty"),
        ("severity: high", "severity: huge", 8, "write one of low, medium, high, critical"),
        ("confidence: high", "confidence: low", 9, "write one of medium, high"),
        ("[acme_]", "[]", 5, "keywords: needs at least one"),
        ("[acme_]", "[Acme_]", 10, "must be lower-case"),
        ("[acme_]", "[ac]", 10, "at least three"),
        ("[acme_]", "[acme_, acne_]", 10, "\"acne_\": cannot occur"),
        ("[acme_]", "[acme_, cme_]", 10, "\"cme_\": is never the first"),
        ("[acme_]", "[abc]", 11, "hold no keyword"),
        ("'acme_[0-9a-z]{20}'", "'acme_[0-9a-z'", 11, "pattern: "),
        ("'acme_[0-9a-z]{20}'", "'acme_[0-9a-z]+'", 11, "no upper bound"),
        ("'acme_[0-9a-z]{20}'", "'acme_[^ ]{20}'", 11, "not ASCII"),
        ("'acme_[0-9a-z]{20}'", "'(?:acme_)?'", 11, "can match nothing"),
        ("'0-9a-z_'", "'z-a'", 12, "alphabet: "),
        ("examples: ['acme_{l36:20}']", "examples: []", 5, "examples: needs at least one"),
        (
            "counter_examples: ['acme_{l36:19}']",
            "counter_examples: []",
            5,
            "counter_examples: needs",
        ),
        ("severity: high", "tier: loud\n    severity: high", 8, "write one of warn, block"),
        (
            "severity: high",
            "detector: nose\n    severity: high",
            8,
            "detector \"nose\": is not known",
        ),
        ("rotate: ask", "check: crc33\n    rotate: ask", 15, "check \"crc33\": is not known"),
        ("rotate: ask", "entropy: 9\n    rotate: ask", 15, "between 0.5 and 6"),
        ("rotate: ask", "colour: red\n    rotate: ask", 15, "colour"),
        ("source: invented.", "source: [", 16, ""),
    ] {
        let problem = problem(from, to);
        let place = problem.split_once(": ").unwrap().0;
        // What a parser says of an unclosed bracket stands at the end of the file.
        let lines = [line, line + 1].map(|line| format!("rules/secrets/acme.yaml:{line}"));
        let exact = if words.is_empty() { &lines[..] } else { &lines[..1] };
        assert!(exact.iter().any(|known| known == place), "{to}: {problem}");
        assert!(problem.contains(words), "{to}: {problem}");
    }
}

#[test]
fn an_id_is_given_once() {
    let mut tables = Tables::default();
    tables.add("acme", GOOD).unwrap();
    let problem = tables.add("acme", GOOD).unwrap_err();
    assert!(problem.contains("is taken by rules/secrets/acme.yaml:5"), "{problem}");
}

#[test]
fn the_tables_are_the_same_every_time() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tables = build::tables(root).unwrap();
    assert_eq!(tables, build::tables(root).unwrap());
    for rule in portcullis::secrets::rules() {
        let file = root.join(build::FOLDER).join(format!("{}.yaml", provider(rule.id)));
        assert!(file.is_file(), "{}", file.display());
    }
}

fn provider(id: &str) -> &str {
    id.split_once('-').unwrap().0
}

#[test]
fn no_file_of_ours_holds_a_secret() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.to_path_buf()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap_or_default();
            // What the package managers brought is not ours.
            let theirs = ["target", ".git", "node_modules", ".venv"].iter().any(|it| name == *it);
            if path.is_symlink() || theirs {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let hits = portcullis::secrets::scan(&std::fs::read(&path).unwrap());
            let sure = hits.iter().filter(|hit| hit.tier == portcullis::secrets::Tier::Block);
            let ids: Vec<_> = sure.map(|hit| (hit.rule.id, hit.span.start)).collect();
            assert_eq!(ids, [], "{}", path.display());
        }
    }
    assert!(files > portcullis::secrets::rules().len());
}

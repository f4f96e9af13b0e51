//! The fixtures: in a `bad-` folder the rule finds something, in a `good-` folder it does not; fixes hold.

use portcullis::bundle::file::Bundle;
use portcullis::bundle::load::{Request, load};
use portcullis::lint::finding::Finding;
use portcullis::lint::{self, Terms, fix};

use super::{ALL, fixtures, folders, look, name};

#[test]
fn bad_ones_are_found_and_good_ones_are_not() {
    let mut wrong = Vec::new();
    for rule in folders(&fixtures()) {
        for case in folders(&rule) {
            let (bundle, findings) = alone(&case);
            let found = findings.iter().filter(|finding| finding.rule.id == name(&rule)).count();
            let bad = name(&case).starts_with("bad-");
            assert!(bad || name(&case).starts_with("good-"), "{}: good- or bad-?", case.display());
            if bundle.files.is_empty() {
                wrong.push(format!("{}: nothing to check in it", case.display()));
            }
            if bad != (found > 0) {
                wrong.push(format!("{}/{}: {found} findings", name(&rule), name(&case)));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn good_ones_have_no_error_at_all() {
    let mut wrong = Vec::new();
    for rule in folders(&fixtures()) {
        for case in folders(&rule).iter().filter(|case| name(case).starts_with("good-")) {
            let (bundle, findings) = alone(case);
            for finding in findings.iter().filter(|f| f.verdict == lint::rule::Verdict::Error) {
                let file = &bundle.files[finding.file].shown;
                wrong.push(format!(
                    "{}/{}: {}: {} ({file})",
                    name(&rule),
                    name(case),
                    finding.rule.id,
                    finding.message
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A fix takes its finding away, in every fixture, and a second run has nothing left to fix. Those that promise to keep
/// the meaning do: `changes` leaves out the others, which would show here as a finding that stays.
#[test]
fn fixes_hold_and_are_idempotent() {
    for rule in folders(&fixtures()) {
        for case in folders(&rule) {
            let (bundle, findings) = alone(&case);
            let fixable =
                findings.iter().filter(|f| f.fix.is_some() && f.rule.id == name(&rule)).count();
            if fixable == 0 {
                continue;
            }
            let mut rounds = 0;
            let scratch = tempfile::tempdir().unwrap();
            let root = scratch.path().canonicalize().unwrap();
            copy(&case, &root);
            drop((bundle, findings));
            loop {
                let request =
                    Request { base: root.clone(), paths: vec![root.clone()], overlay: None };
                let (bundle, _) = load(&request, &|_, _| false);
                let terms = Terms { presets: ALL.to_vec(), ..Terms::default() };
                let findings = lint::run(&bundle, &terms);
                let changes = fix::changes(&bundle, &findings);
                if changes.is_empty() {
                    let left = findings
                        .iter()
                        .filter(|f| f.fix.is_some() && f.rule.id == name(&rule))
                        .count();
                    assert_eq!(left, 0, "{}: a fix does not hold", case.display());
                    break;
                }
                rounds += 1;
                assert!(rounds < 5, "{}: fixes without end", case.display());
                for change in changes {
                    change.make().unwrap();
                }
            }
        }
    }
}

/// A fixture in a folder of its own: what lies around it in this repository is a plugin itself.
fn alone(case: &std::path::Path) -> (Bundle, Vec<Finding>) {
    let scratch = tempfile::tempdir().unwrap();
    let root = scratch.path().canonicalize().unwrap();
    copy(case, &root);
    look(&root)
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

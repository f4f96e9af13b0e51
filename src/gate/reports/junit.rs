//! Counts from JUnit XML: each test case once, whatever the suites' own sums say.

use roxmltree::{Document, Node};

use crate::gate::counts::Tests;

pub(super) fn tests(document: &Document) -> Tests {
    let mut tests = Tests::default();
    let is = |node: &Node, names: &[&str]| names.contains(&node.tag_name().name());
    for case in document.descendants().filter(|node| is(node, &["testcase"])) {
        let has = |names: &[&str]| case.children().any(|child| is(&child, names));
        if has(&["failure", "error"]) {
            tests.failed += 1;
        } else if has(&["skipped", "disabled"]) || case.attribute("status") == Some("notrun") {
            tests.skipped += 1;
        } else {
            tests.passed += 1;
        }
    }
    tests
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_counted_and_sums_are_not_believed() {
        let text = r#"<?xml version="1.0"?><testsuites tests="99"><testsuite name="a" tests="4" failures="0">
            <testcase name="1"/><testcase name="2"><failure message="x">text</failure></testcase>
            <testcase name="3"><skipped/></testcase>
            <testsuite><testcase name="4"><error/></testcase></testsuite></testsuite></testsuites>"#;
        let document = Document::parse(text).unwrap();
        assert_eq!(tests(&document), Tests { passed: 1, failed: 2, skipped: 1 });
    }
}

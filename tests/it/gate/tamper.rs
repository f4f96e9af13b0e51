//! What a change weakens, in every language, and what only looks like it.

use std::path::Path;

use portcullis::gate::change::{Change, File};
use portcullis::gate::tamper;
use serde_json::Value;

use super::{Project, text};

/// The classes found when `files` go from the first text to the second; `None` is no file.
fn classes(files: &[(&str, Option<&str>, Option<&str>)]) -> Vec<String> {
    let mut change = Change { base: Some("base".to_owned()), ..Change::default() };
    for (name, before, after) in files {
        let old: Vec<&str> = before.unwrap_or_default().lines().collect();
        let new: Vec<&str> = after.unwrap_or_default().lines().collect();
        let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
        let (old, new) = (&old[same..], &new[same..]);
        let end =
            old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
        let first = u32::try_from(same).unwrap() + 1;
        let file = File {
            deleted: after.is_none(),
            added: before.is_none(),
            plus: (first..)
                .zip(new[..new.len() - end].iter().map(|line| (*line).to_owned()))
                .collect(),
            minus: old[..old.len() - end].iter().map(|line| (*line).to_owned()).collect(),
        };
        change.files.insert((*name).to_owned(), file);
    }
    let found = tamper::findings(Path::new("/"), &change).unwrap();
    let mut classes: Vec<String> =
        found.iter().map(|found| format!("{} {}", found.class, found.file)).collect();
    classes.dedup();
    classes
}

#[test]
fn each_language_knows_its_tests_skips_assertions_and_suppressions() {
    // File, a test with two assertions, the same skipped, with one assertion, with a suppression.
    let rows: &[(&str, &str, &str, &str, &str)] = &[
        (
            "src/a.rs",
            "#[test]\nfn a() {\n    assert!(x);\n    assert_eq!(y, 1);\n}\n",
            "#[test]\n#[ignore]\nfn a() {\n    assert!(x);\n    assert_eq!(y, 1);\n}\n",
            "#[test]\nfn a() {\n    assert!(x);\n}\n",
            "#[allow(dead_code)]\n",
        ),
        (
            "web/a.test.ts",
            "test('a', () => {\n  expect(x).toBe(1)\n  expect(y).toBe(2)\n})\n",
            "test.skip('a', () => {\n  expect(x).toBe(1)\n  expect(y).toBe(2)\n})\n",
            "test('a', () => {\n  expect(x).toBe(1)\n})\n",
            "// eslint-disable-next-line no-console\n",
        ),
        (
            "tests/test_a.py",
            "def test_a():\n    assert x\n    assert y\n",
            "@pytest.mark.skip\ndef test_a():\n    assert x\n    assert y\n",
            "def test_a():\n    assert x\n",
            "import os  # noqa\n",
        ),
        (
            "pkg/a_test.go",
            "func TestA(t *testing.T) {\n\trequire.True(t, x)\n\tassert.Equal(t, 1, y)\n}\n",
            "func TestA(t *testing.T) {\n\tt.Skip(\"later\")\n\trequire.True(t, x)\n\tassert.Equal(t, 1, y)\n}\n",
            "func TestA(t *testing.T) {\n\trequire.True(t, x)\n}\n",
            "var x = 1 //nolint\n",
        ),
        (
            "src/test/java/ATest.java",
            "@Test\nvoid a() {\n  assertTrue(x);\n  assertEquals(1, y);\n}\n",
            "@Disabled\n@Test\nvoid a() {\n  assertTrue(x);\n  assertEquals(1, y);\n}\n",
            "@Test\nvoid a() {\n  assertTrue(x);\n}\n",
            "@SuppressWarnings(\"all\")\n",
        ),
        (
            "src/test/kotlin/ATest.kt",
            "@Test\nfun a() {\n  assertTrue(x)\n  assertEquals(1, y)\n}\n",
            "@Disabled\n@Test\nfun a() {\n  assertTrue(x)\n  assertEquals(1, y)\n}\n",
            "@Test\nfun a() {\n  assertTrue(x)\n}\n",
            "@Suppress(\"X\")\n",
        ),
        (
            "App.Tests/ATests.cs",
            "[Fact]\npublic void A() {\n  Assert.True(x);\n  Assert.Equal(1, y);\n}\n",
            "[Fact(Skip = \"later\")]\npublic void A() {\n  Assert.True(x);\n  Assert.Equal(1, y);\n}\n",
            "[Fact]\npublic void A() {\n  Assert.True(x);\n}\n",
            "#pragma warning disable CS0168\n",
        ),
        (
            "spec/a_spec.rb",
            "it 'a' do\n  expect(x).to eq 1\n  expect(y).to eq 2\nend\n",
            "xit 'a' do\n  expect(x).to eq 1\n  expect(y).to eq 2\nend\n",
            "it 'a' do\n  expect(x).to eq 1\nend\n",
            "x = 1 # rubocop:disable Lint\n",
        ),
        (
            "tests/ATest.php",
            "public function testA() {\n  $this->assertTrue($x);\n  $this->assertSame(1, $y);\n}\n",
            "public function testA() {\n  $this->markTestSkipped();\n  $this->assertTrue($x);\n  $this->assertSame(1, $y);\n}\n",
            "public function testA() {\n  $this->assertTrue($x);\n}\n",
            "/** @phpstan-ignore-next-line */\n",
        ),
    ];
    for (file, whole, skipped, fewer, suppression) in rows {
        let of = |after: Option<&str>| classes(&[(file, Some(whole), after)]);
        let has = |found: &[String], class: &str| {
            assert!(found.contains(&format!("{class} {file}")), "{file}: {class}: {found:?}")
        };
        has(&of(None), "tests-deleted");
        has(&of(Some("\n")), "tests-deleted");
        has(&of(Some(skipped)), "tests-skipped");
        has(&of(Some(fewer)), "assertions-fewer");
        has(&of(Some(&format!("{suppression}{whole}"))), "suppression-added");
        assert_eq!(
            of(Some(&format!("{whole}\n{}", whole.replace('a', "b")))),
            [""; 0],
            "{file}: more tests"
        );
    }
}

#[test]
fn a_test_that_moves_or_is_indented_is_none_that_is_gone() {
    let test = "def test_a():\n    assert x\n";
    assert_eq!(
        classes(&[("tests/test_a.py", Some(test), None), ("tests/test_b.py", None, Some(test))]),
        [""; 0]
    );
    let skipped = "import x  # noqa\n";
    assert_eq!(classes(&[("a.py", Some(skipped), Some("if y:\n    import x  # noqa\n"))]), [""; 0]);
    assert_eq!(classes(&[("notes.md", Some("x\n"), Some("call t.Skip() and # noqa\n"))]), [""; 0]);
}

#[test]
fn lowered_thresholds_are_found_and_raised_ones_are_not() {
    for (file, before, after, weaker) in [
        ("pyproject.toml", "fail_under = 80\n", "fail_under = 60\n", true),
        ("pyproject.toml", "fail_under = 80\n", "fail_under = 90\n", false),
        ("pyproject.toml", "fail_under = 80\n", "\n", true),
        ("pyproject.toml", "max-complexity = 10\n", "max-complexity = 30\n", true),
        ("pyproject.toml", "max-complexity = 10\n", "max-complexity = 8\n", false),
        ("jest.config.js", "lines: 80,\nbranches: 70\n", "lines: 80,\nbranches: 10\n", true),
        ("package.json", "eslint --max-warnings 0\n", "eslint --max-warnings 50\n", true),
        ("pom.xml", "<minimum>0.80</minimum>\n", "<minimum>0.50</minimum>\n", true),
        ("codecov.yml", "target: 80%\n", "target: 10%\n", true),
        (".rubocop.yml", "Max: 10\n", "Max: 100\n", true),
        ("phpstan.neon", "level: 8\n", "level: 1\n", true),
        ("src/a.js", "lines: 80\n", "lines: 10\n", false),
    ] {
        let found = classes(&[(file, Some(before), Some(after))]);
        let has = found.iter().any(|class| class.starts_with("threshold-lowered"));
        assert_eq!(has, weaker, "{file}: {before} -> {after}: {found:?}");
    }
}

#[test]
fn touched_guards_are_named() {
    for file in [
        ".github/workflows/ci.yml",
        ".gitlab-ci.yml",
        "portcullis.yaml",
        ".claude/settings.json",
        ".husky/pre-push",
        "CODEOWNERS",
        ".eslintignore",
        "clippy.toml",
        ".ci/run",
    ] {
        for (before, after) in
            [(Some("a\n"), Some("b\n")), (Some("a\n"), None), (None, Some("b\n"))]
        {
            let found = classes(&[(file, before, after)]);
            assert!(found.contains(&format!("guard-touched {file}")), "{file}: {found:?}");
        }
    }
    assert_eq!(classes(&[("src/ci.yml", Some("a\n"), Some("b\n"))]), [""; 0]);
}

#[test]
fn the_review_gate_needs_a_reason_for_what_is_weakened() {
    let project = Project::empty();
    project.write("tests/test_a.py", "def test_a():\n    assert x\n");
    project.commit("before");
    std::fs::remove_file(project.root.join("tests/test_a.py")).unwrap();
    let output = project.portcullis(&["run", "review", "--json"]);
    let receipt: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(receipt["status"], "failed");
    let reason = receipt["reason"].as_str().unwrap();
    let tamper = project.portcullis(&["tamper", "--base", "HEAD"]);
    assert_eq!(tamper.status.code(), Some(1));
    let said = text(&tamper.stdout);
    assert!(
        said.contains("tests-deleted: tests/test_a.py: the file with 1 tests is deleted"),
        "{said}"
    );
    assert!(
        reason.contains("tests-deleted: tests/test_a.py") && reason.contains("/approve tamper WHY"),
        "{reason}"
    );
}

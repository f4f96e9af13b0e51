//! `gate prove-fix` with real runners.

use serde_json::Value;

use super::{Project, needs, text};

/// The answer of `prove-fix` for a command, and the exit code.
fn prove(project: &Project, args: &[&str]) -> (Value, i32) {
    let mut all = vec!["prove-fix", "--json"];
    all.extend(args);
    let output = project.portcullis(&all);
    let answer: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)));
    (answer["proof"].clone(), output.status.code().unwrap())
}

/// A module with a bug, committed; the test of its fix is written and not committed.
fn python() -> Project {
    needs("python3");
    let project = Project::empty();
    project.write(".gitignore", "__pycache__/\n");
    project.write("double.py", "def double(x):\n    return x + 2\n");
    project.commit("with the bug");
    project.write(
        "test_double.py",
        "import unittest\nfrom double import double\nclass T(unittest.TestCase):\n    def test_three(self):\n        self.assertEqual(double(3), 6)\n",
    );
    project
}

const UNITTEST: &[&str] =
    &["--base", "HEAD", "--", "python3", "-B", "-m", "unittest", "test_double"];

#[test]
fn a_fix_is_proved_by_a_test_that_is_red_without_it() {
    let project = python();
    let (proof, code) = prove(&project, UNITTEST);
    assert_eq!((proof["proved"].as_bool(), code), (Some(false), 1), "not fixed yet: {proof:#}");
    project.write("double.py", "def double(x):\n    return x * 2\n");
    let (proof, code) = prove(&project, UNITTEST);
    assert_eq!((proof["proved"].as_bool(), code), (Some(true), 0), "{proof:#}");
    assert_eq!(proof["before"]["outcome"], "failed");
    assert_eq!(proof["files"], serde_json::json!(["test_double.py"]));
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 1, "nothing is left");
    assert_eq!(project.git(&["status", "--porcelain"]), " M double.py\n?? test_double.py");
}

#[test]
fn a_test_that_passes_without_the_fix_or_cannot_be_built_there_shows_nothing() {
    let project = python();
    let head = "import unittest\nclass T(unittest.TestCase):\n    def test_x(self):\n        ";
    project.write("double.py", "def double(x):\n    return x * 2\ndef added():\n    return 1\n");
    project.write("test_double.py", &format!("{head}self.assertTrue(True)\n"));
    let (proof, code) = prove(&project, UNITTEST);
    assert_eq!((proof["before"]["outcome"].as_str(), code), (Some("passed"), 1), "{proof:#}");
    project.write(
        "test_double.py",
        &format!("from double import added\n{head}self.assertEqual(added(), 1)\n"),
    );
    let (proof, code) = prove(&project, UNITTEST);
    assert_eq!((proof["before"]["outcome"].as_str(), code), (Some("broken"), 3), "{proof:#}");
    assert!(proof["reason"].as_str().unwrap().contains("does not come to its assertion"));
    let (proof, code) = prove(&project, &["--base", "HEAD", "--", "no-such-program-here"]);
    assert_eq!((proof["before"]["outcome"].as_str(), code), (Some("broken"), 3), "{proof:#}");
}

#[test]
fn cargo_tells_a_failed_assertion_from_a_build_error() {
    let project = Project::empty();
    project.write(
        "Cargo.toml",
        "[package]\nname = \"sample\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n",
    );
    project.write(
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"sample\"\nversion = \"0.1.0\"\n",
    );
    project.write(".gitignore", "/target\n");
    project.write("src/lib.rs", "pub fn double(x: u32) -> u32 {\n    x + 2\n}\n");
    project.commit("with the bug");
    project
        .write("src/lib.rs", "pub fn double(x: u32) -> u32 {\n    x * 2\n}\npub fn added() {}\n");
    project.write(
        "tests/double.rs",
        "#[test]\nfn three() {\n    assert_eq!(sample::double(3), 6);\n}\n",
    );
    let command = &["--base", "HEAD", "--", "cargo", "test", "--test", "double"];
    let (proof, code) = prove(&project, command);
    assert_eq!((proof["proved"].as_bool(), code), (Some(true), 0), "{proof:#}");
    project.write(
        "tests/double.rs",
        "#[test]\nfn three() {\n    sample::added();\n    assert_eq!(sample::double(3), 6);\n}\n",
    );
    let (proof, code) = prove(&project, command);
    assert_eq!((proof["before"]["outcome"].as_str(), code), (Some("broken"), 3), "{proof:#}");
}

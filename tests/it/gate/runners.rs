//! The real runners of this machine.

use super::{Project, needs};

#[test]
fn cargo_is_detected_and_run() {
    let project = Project::empty();
    project.write(
        "Cargo.toml",
        "[package]\nname = \"sample\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n",
    );
    project.write(".gitignore", "/target\n");
    project.write("src/lib.rs", "");
    // The first run writes the lock file; what it tested is not what is there now.
    let receipt = project.run_expecting("changed", 1);
    assert_eq!(receipt["changed_paths"], serde_json::json!(["Cargo.lock"]));
    let receipt = project.run_expecting("not_run", 3);
    assert_eq!(receipt["command"], serde_json::json!(["cargo", "test"]), "zero tests");
    project.write("src/lib.rs", "#[test]\nfn a() {}\n\n#[test]\n#[ignore]\nfn b() {}\n");
    let receipt = project.run_expecting("passed", 0);
    assert_eq!(receipt["tests"], serde_json::json!({"passed": 1, "failed": 0, "skipped": 1}));
    project.write("src/lib.rs", "#[test]\nfn a() { assert!(false); }\n");
    let receipt = project.run_expecting("failed", 1);
    assert_eq!(receipt["tests"]["failed"], 1);
}

#[test]
fn python_unittest_is_run() {
    needs("python3");
    let project = Project::empty();
    project.write("portcullis.yaml", "gates: {test: {command: [python3, -B, -m, unittest]}}\n");
    let head = "import unittest\nclass T(unittest.TestCase):\n";
    project.write("test_a.py", &format!("{head}    def test_a(self): pass\n    @unittest.skip('x')\n    def test_b(self): pass\n"));
    let receipt = project.run_expecting("passed", 0);
    assert_eq!(receipt["tests"], serde_json::json!({"passed": 1, "failed": 0, "skipped": 1}));
    project.write("test_a.py", &format!("{head}    def test_a(self): self.fail()\n"));
    project.run_expecting("failed", 1);
    project.write("test_a.py", head.lines().next().unwrap());
    project.run_expecting("not_run", 3);
    project.write(
        "test_a.py",
        &format!("{head}    @unittest.skip('x')\n    def test_b(self): pass\n"),
    );
    project.run_expecting("not_run", 3);
}

#[test]
fn node_test_is_run_by_the_script_of_the_package() {
    needs("node");
    needs("npm");
    let project = Project::empty();
    project.write("package.json", r#"{"name": "a", "scripts": {"test": "node --test"}}"#);
    let head = "const test = require('node:test');\n";
    project.write(
        "a.test.js",
        &format!("{head}test('a', () => {{}});\ntest('b', {{skip: true}}, () => {{}});\n"),
    );
    let receipt = project.run_expecting("passed", 0);
    assert_eq!(receipt["command"], serde_json::json!(["npm", "test"]));
    assert_eq!(receipt["tests"], serde_json::json!({"passed": 1, "failed": 0, "skipped": 1}));
    project.write("a.test.js", &format!("{head}test('a', () => {{ throw new Error('x'); }});\n"));
    project.run_expecting("failed", 1);
    project.write("a.test.js", &format!("{head}test('b', {{skip: true}}, () => {{}});\n"));
    project.run_expecting("not_run", 3);
    project.write("a.test.js", "const a = 1;\n");
    project.run_expecting("not_run", 3);
    std::fs::remove_file(project.root.join("a.test.js")).unwrap();
    project.run_expecting("not_run", 3);
}

//! Gates with the real tools of Rust, Node and Python projects, and the doors of the validator; installed on the first run.
//!
//! `npm ci` and `pip install` bring what the lock file and `requirements.txt` beside this file
//! name. A tool that cannot be brought is a failed test, not a skipped one.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod caches;
mod debian;
mod doors;
mod web;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools")
}

/// Runs an installer once for all tests and processes; `done` says whether it is there already.
fn bring(folder: &Path, lock: &str, done: impl Fn() -> bool, commands: &[&[&str]]) {
    let lock = File::create(folder.join(lock)).unwrap();
    lock.lock().unwrap();
    if done() {
        return;
    }
    for command in commands {
        let output = Command::new(command[0])
            .args(&command[1..])
            .current_dir(folder)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        assert!(
            output.status.success(),
            "{command:?} did not bring the tools of this test: {}{}",
            text(&output.stdout),
            text(&output.stderr)
        );
    }
    assert!(done(), "{commands:?} ended well, and the tools are not there");
}

fn node_modules() -> PathBuf {
    let folder = here().join("node_modules");
    let bin = folder.join(".bin");
    let all = || ["eslint", "prettier", "tsc", "vitest"].iter().all(|name| bin.join(name).exists());
    bring(&here(), "node_modules.lock", all, &[&["npm", "ci"]]);
    folder
}

fn venv() -> PathBuf {
    let folder = here().join(".venv");
    let bin = folder.join("bin");
    let all = || {
        ["ruff", "mypy", "pytest", "bandit", "lizard", "pre-commit"]
            .iter()
            .all(|name| bin.join(name).exists())
    };
    let pip = ".venv/bin/python3";
    bring(
        &here(),
        ".venv.lock",
        all,
        &[
            &["python3", "-m", "venv", ".venv"],
            &[
                pip,
                "-m",
                "pip",
                "install",
                "-q",
                "--disable-pip-version-check",
                "-r",
                "requirements.txt",
            ],
        ],
    );
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A sample project in a temporary folder, with a home of its own.
struct Sample {
    folder: tempfile::TempDir,
}

impl Sample {
    fn new(files: &[(&str, &str)]) -> Self {
        let sample = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["home", "project"] {
            fs::create_dir(sample.folder.path().join(folder)).unwrap();
        }
        for (name, content) in files {
            sample.write(name, content);
        }
        sample.git(&["init", "-q", "-b", "main"]);
        sample.commit();
        sample
    }

    fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("project")
    }

    fn write(&self, name: &str, content: &str) {
        let file = self.folder.path().join("project").join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }

    fn command(&self, program: &str) -> Command {
        let mut path = std::env::var_os("PATH").unwrap();
        if let Some(cargo) = std::env::var_os("CARGO") {
            // The tool chain itself: the rustup proxy would need the user's home.
            let mut first = Path::new(&cargo).parent().unwrap().as_os_str().to_owned();
            first.push(":");
            first.push(path);
            path = first;
        }
        let mut command = Command::new(program);
        command
            .current_dir(self.root())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.folder.path().join("home"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "a")
            .env("GIT_AUTHOR_EMAIL", "a@example.invalid")
            .env("GIT_COMMITTER_NAME", "a")
            .env("GIT_COMMITTER_EMAIL", "a@example.invalid")
            .stdin(Stdio::null());
        for name in
            ["npm_config_registry", "NPM_CONFIG_REGISTRY", "PIP_INDEX_URL", "NODE_EXTRA_CA_CERTS"]
        {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    fn git(&self, args: &[&str]) {
        let output = self.command("git").args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", text(&output.stderr));
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    }

    fn run(&self, gate: &str) -> Value {
        let output = self
            .command(env!("CARGO_BIN_EXE_portcullis"))
            .args(["gate", "run", gate, "--json"])
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)))
    }

    /// The status of each check that a tool did.
    fn checks(&self, gate: &str) -> BTreeMap<String, String> {
        let receipt = self.run(gate);
        assert_ne!(receipt["status"], "changed", "{receipt:#}");
        let checks = receipt["checks"].as_array().unwrap().iter();
        checks
            .map(|check| {
                let word = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
                (word("check"), word("status"))
            })
            .collect()
    }

    /// Asserts how single checks of a gate ended.
    #[track_caller]
    fn expect(&self, gate: &str, wanted: &[(&str, &str)]) {
        let found = self.checks(gate);
        for (check, status) in wanted {
            assert_eq!(
                found.get(*check).map(String::as_str),
                Some(*status),
                "{check}: {found:#?}\n{:#}",
                self.run(gate)
            );
        }
    }
}

#[test]
fn rust() {
    let sample = Sample::new(&[
        (
            "Cargo.toml",
            "[package]\nname = \"sample\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n",
        ),
        (
            "Cargo.lock",
            "# This file is automatically @generated by Cargo.\n# It is not intended for manual editing.\nversion = 4\n\n[[package]]\nname = \"sample\"\nversion = \"0.1.0\"\n",
        ),
        (".gitignore", "/target\n"),
        (
            "src/lib.rs",
            "pub fn add(a: u32, b: u32) -> u32 {\n    a + b\n}\n\n#[test]\nfn adds() {\n    assert_eq!(add(1, 2), 3);\n}\n",
        ),
    ]);
    sample.expect(
        "implementation",
        &[("format", "passed"), ("lint", "passed"), ("types", "passed"), ("build", "passed")],
    );
    sample.expect("test", &[("unit", "passed")]);
    let receipt = sample.run("implementation");
    let lint = receipt["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["check"] == "lint")
        .unwrap();
    assert!(lint["version"].as_str().unwrap().starts_with("clippy "), "{lint:#}");
    sample.write("src/lib.rs", "pub fn add(a: u32, b: u32) -> u32 { a + b }\n");
    sample.expect("implementation", &[("format", "failed"), ("lint", "passed")]);
    sample.expect("test", &[("unit", "not_run")]);
    sample.write("src/lib.rs", "pub fn add(a: u32, b: u32) -> u32 {\n    return a + b;\n}\n");
    sample
        .expect("implementation", &[("format", "passed"), ("lint", "failed"), ("build", "passed")]);
    sample.write("src/lib.rs", "pub fn add(a: u32, b: u32) -> u32 {\n    a + \"b\"\n}\n");
    sample
        .expect("implementation", &[("lint", "failed"), ("types", "failed"), ("build", "failed")]);
}

#[test]
fn node() {
    let sample = Sample::new(&[
        (
            "package.json",
            "{\n  \"name\": \"sample\",\n  \"private\": true,\n  \"type\": \"module\",\n  \"devDependencies\": {\n    \"eslint\": \"9\",\n    \"prettier\": \"3\",\n    \"typescript\": \"5\",\n    \"vitest\": \"3\"\n  }\n}\n",
        ),
        (
            "tsconfig.json",
            "{\n  \"compilerOptions\": {\n    \"strict\": true,\n    \"module\": \"nodenext\",\n    \"noEmit\": true,\n    \"skipLibCheck\": true\n  }\n}\n",
        ),
        ("eslint.config.mjs", "export default [{ rules: { \"no-unused-vars\": \"error\" } }];\n"),
        (".gitignore", "node_modules\ncoverage\n"),
        ("src/add.ts", "export const add = (a: number, b: number): number => a + b;\n"),
        ("src/util.js", "export const twice = (x) => x * 2;\n"),
        (
            "src/add.test.ts",
            "import { expect, test } from \"vitest\";\nimport { add } from \"./add.js\";\n\ntest(\"adds\", () => {\n  expect(add(1, 2)).toBe(3);\n});\n",
        ),
    ]);
    symlink(node_modules(), sample.root().join("node_modules")).unwrap();
    sample.expect(
        "implementation",
        &[("format", "passed"), ("lint", "passed"), ("types", "passed"), ("complexity", "passed")],
    );
    let receipt = sample.run("test");
    assert_eq!(
        (&receipt["status"], &receipt["tests"]["passed"]),
        (&"passed".into(), &1.into()),
        "{receipt:#}"
    );
    sample.write("src/util.js", "export const twice = (x) => x * 2;\nconst unused = 1;\n");
    sample
        .expect("implementation", &[("format", "passed"), ("lint", "failed"), ("types", "passed")]);
    sample.write("src/util.js", "export const twice = (x) =>   x*2\n");
    sample.expect("implementation", &[("format", "failed"), ("lint", "passed")]);
    sample.write("src/add.ts", "export const add = (a: number, b: number): string => a + b;\n");
    sample.expect("implementation", &[("types", "failed")]);
    let branches: String = (0..20).map(|n| format!("  if (x === {n}) return {n};\n")).collect();
    sample.write(
        "src/util.js",
        &format!("export const twice = (x) => {{\n{branches}  return x;\n}};\n"),
    );
    sample.expect("implementation", &[("complexity", "failed"), ("lint", "passed")]);
    sample.write("src/add.ts", "export const add = (a: number, b: number): number => a - b;\n");
    sample.expect("test", &[("unit", "failed")]);
    sample.write(
        "src/add.test.ts",
        "import { test } from \"vitest\";\n\ntest.skip(\"adds\", () => {});\n",
    );
    sample.expect("test", &[("unit", "not_run")]);
}

#[test]
fn npm_audit_answers_or_says_that_it_could_not() {
    let lock = fs::read_to_string(here().join("package-lock.json")).unwrap();
    let package = fs::read_to_string(here().join("package.json")).unwrap();
    let sample = Sample::new(&[
        ("package.json", &package),
        ("package-lock.json", &lock),
        ("portcullis.yaml", "retry: {wait_ms: 1}\nenv: [npm_config_*]\n"),
    ]);
    let receipt = sample.run("security");
    let audit = receipt["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["check"] == "audit")
        .unwrap();
    match audit["status"].as_str().unwrap() {
        "passed" | "failed" => assert_eq!(audit["breaker"], "closed", "{audit:#}"),
        "not_run" => assert!(
            audit["reason"].as_str().unwrap().contains("did not reach its server"),
            "{audit:#}"
        ),
        other => panic!("{other}: {audit:#}"),
    }
}

#[test]
fn python() {
    let sample = Sample::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"sample\"\nversion = \"0.1.0\"\n\n[tool.ruff]\nline-length = 100\n\n[tool.mypy]\nstrict = true\n",
        ),
        (
            ".gitignore",
            ".venv\n__pycache__/\n.mypy_cache/\n.ruff_cache/\n.pytest_cache/\ncoverage.json\n.coverage\n",
        ),
        ("add.py", "def add(a: int, b: int) -> int:\n    return a + b\n"),
        (
            "test_add.py",
            "from add import add\n\n\ndef test_add() -> None:\n    assert add(1, 2) == 3\n",
        ),
    ]);
    symlink(venv(), sample.root().join(".venv")).unwrap();
    sample.expect(
        "implementation",
        &[("format", "passed"), ("lint", "passed"), ("types", "passed"), ("complexity", "passed")],
    );
    let receipt = sample.run("test");
    assert_eq!(
        (&receipt["status"], &receipt["tests"]["passed"]),
        (&"passed".into(), &1.into()),
        "{receipt:#}"
    );
    sample.expect("security", &[("sast", "passed"), ("secrets", "passed")]);
    sample.write("add.py", "import os\n\n\ndef add(a: int, b: int) -> int:\n    return a + b\n");
    sample
        .expect("implementation", &[("format", "passed"), ("lint", "failed"), ("types", "passed")]);
    sample.write("add.py", "def add(a: int, b: int) -> int:\n    return   a+b\n");
    sample.expect("implementation", &[("format", "failed"), ("lint", "passed")]);
    sample.write("add.py", "def add(a: int, b: int) -> str:\n    return a + b\n");
    sample.expect("implementation", &[("types", "failed"), ("lint", "passed")]);
    let branches: String =
        (0..20).map(|n| format!("    if a == {n}:\n        return {n}\n")).collect();
    sample
        .write("add.py", &format!("def add(a: int, b: int) -> int:\n{branches}    return a + b\n"));
    sample.expect("implementation", &[("complexity", "failed"), ("lint", "passed")]);
    sample.write("add.py", "import subprocess\n\n\ndef add(a: int, b: int) -> int:\n    subprocess.call(str(a), shell=True)\n    return a - b\n");
    sample.expect("security", &[("sast", "failed")]);
    sample.expect("test", &[("unit", "failed")]);
}

#[test]
fn python_coverage_is_read_and_judged() {
    let sample = Sample::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"sample\"\nversion = \"0.1.0\"\n\n[tool.pytest.ini_options]\naddopts = \"--cov=add --cov-report=json\"\n",
        ),
        (".gitignore", ".venv\n__pycache__/\n.pytest_cache/\ncoverage.json\n.coverage\n"),
        ("add.py", "def add(a, b):\n    return a + b\n"),
        ("test_add.py", "from add import add\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"),
    ]);
    symlink(venv(), sample.root().join(".venv")).unwrap();
    sample.expect("test", &[("unit", "passed"), ("coverage", "passed")]);
    sample.write("add.py", "def add(a, b):\n    return a + b\n\n\ndef other(a):\n    a += 1\n    a += 2\n    a += 3\n    return a\n");
    sample.expect("test", &[("unit", "passed"), ("coverage", "failed")]);
}

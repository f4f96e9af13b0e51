//! A cache that goes by a file's size and time does not decide a gate.

use std::fs::{self, File};
use std::os::unix::fs::symlink;

use super::{Sample, node_modules, venv};

/// Replaces a file by one of the same size and time, as an edit within a clock tick, `cp -p` or
/// `tar -x` does.
fn swap(sample: &Sample, name: &str, content: &str) {
    let file = sample.root().join(name);
    let before = fs::metadata(&file).unwrap();
    assert_eq!(before.len(), content.len() as u64, "the same size");
    sample.write(name, content);
    File::open(&file).unwrap().set_modified(before.modified().unwrap()).unwrap();
}

#[test]
fn of_python() {
    let good = "def add(a: int, b: int) -> int:\n    return a + b\n";
    let sample = Sample::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"sample\"\nversion = \"0.1.0\"\n\n[tool.ruff]\nline-length = 100\n\n[tool.mypy]\nstrict = true\n\n[tool.pytest.ini_options]\naddopts = \"--last-failed\"\n",
        ),
        (".gitignore", ".venv\n__pycache__/\n.mypy_cache/\n.ruff_cache/\n.pytest_cache/\n"),
        ("add.py", good),
        (
            "test_add.py",
            "from add import add\n\n\ndef test_add() -> None:\n    assert add(1, 2) == 3\n\n\ndef test_zero() -> None:\n    assert add(0, 0) == 0\n",
        ),
    ]);
    symlink(venv(), sample.root().join(".venv")).unwrap();
    // What the person ran outside of the gate leaves caches too.
    for tool in [
        &[".venv/bin/mypy", "."][..],
        &[".venv/bin/ruff", "check", "."],
        &[".venv/bin/ruff", "format", "--check", "."],
        &[".venv/bin/python3", "-m", "pytest", "-q"],
    ] {
        let output = sample.command(tool[0]).args(&tool[1..]).output().unwrap();
        assert!(output.status.success(), "{tool:?}: {}", super::text(&output.stdout));
    }
    sample.expect(
        "implementation",
        &[("format", "passed"), ("lint", "passed"), ("types", "passed"), ("complexity", "passed")],
    );
    sample.expect("test", &[("unit", "passed")]);
    swap(&sample, "add.py", "def add(a: int, b: int) -> str:\n    return a + b\n");
    sample.expect("implementation", &[("types", "failed")]);
    swap(&sample, "add.py", "def add(a: int, b: int) -> int:\n    return a - b\n");
    sample.expect("test", &[("unit", "failed")]);
    swap(&sample, "add.py", "def add(a: int, b: int) -> int:\n    return a+b  \n");
    sample.expect("implementation", &[("format", "failed")]);
    swap(&sample, "add.py", "def add(a: int, b: int) -> int:\n    return c + b\n");
    sample.expect("implementation", &[("lint", "failed")]);
    // A failed run outside of the gate leaves a list that `--last-failed` would go by.
    sample.write("add.py", "def add(a: int, b: int) -> int:\n    return 0 * a * b\n");
    let output = sample.command(".venv/bin/python3").args(["-m", "pytest", "-q"]).output().unwrap();
    assert!(!output.status.success());
    sample.write("add.py", good);
    let receipt = sample.run("test");
    assert_eq!(receipt["tests"]["passed"], 2, "{receipt:#}");
}

#[test]
fn of_node() {
    let good = "export const add = (a: number, b: number): number => a + b;\n";
    let sample = Sample::new(&[
        (
            "package.json",
            "{\n  \"name\": \"sample\",\n  \"private\": true,\n  \"type\": \"module\",\n  \"devDependencies\": {\n    \"eslint\": \"9\",\n    \"typescript\": \"5\",\n    \"vitest\": \"3\"\n  }\n}\n",
        ),
        (
            "tsconfig.json",
            "{\n  \"compilerOptions\": {\n    \"strict\": true,\n    \"module\": \"nodenext\",\n    \"incremental\": true,\n    \"skipLibCheck\": true\n  }\n}\n",
        ),
        ("eslint.config.mjs", "export default [{ rules: { \"no-undef\": \"error\" } }];\n"),
        (".gitignore", "node_modules\n*.tsbuildinfo\n.eslintcache\n"),
        ("src/add.ts", good),
        ("src/util.js", "export const twice = (x) => x * 2;\n"),
        (
            "src/add.test.ts",
            "import { expect, test } from \"vitest\";\nimport { add } from \"./add.js\";\n\ntest(\"adds\", () => {\n  expect(add(1, 2)).toBe(3);\n});\n",
        ),
    ]);
    symlink(node_modules(), sample.root().join("node_modules")).unwrap();
    let output =
        sample.command("node_modules/.bin/eslint").args(["--cache", "."]).output().unwrap();
    assert!(output.status.success(), "{}", super::text(&output.stdout));
    sample.expect("implementation", &[("lint", "passed"), ("types", "passed")]);
    sample.expect("test", &[("unit", "passed")]);
    swap(&sample, "src/add.ts", "export const add = (a: number, b: number): string => a + b;\n");
    swap(&sample, "src/util.js", "export const twice = (x) => y * 2;\n");
    sample.expect("implementation", &[("types", "failed"), ("lint", "failed")]);
    swap(&sample, "src/add.ts", "export const add = (a: number, b: number): number => a - b;\n");
    sample.expect("test", &[("unit", "failed")]);
}

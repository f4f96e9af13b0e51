//! The section Commands: what the project itself says can be run.

use serde_json::Value;

use super::{Files, plain};

/// Names of scripts and targets worth telling, in the order of the section.
const WORTH: &[&str] = &[
    "build",
    "test",
    "lint",
    "format",
    "fmt",
    "typecheck",
    "type-check",
    "check",
    "dev",
    "start",
    "run",
    "e2e",
    "migrate",
];

/// The commands, each with what it is; `gate` is what the test gate runs.
pub fn commands(files: &Files, gate: Option<&str>) -> Vec<String> {
    let mut items = Vec::new();
    if let Some(gate) = gate {
        items.push(format!("`{gate}`: the tests; the test gate runs this"));
    }
    let mut add = |command: String, from: &str| {
        if gate != Some(command.as_str()) {
            items.push(format!("`{command}`: {from}"));
        }
    };
    let manager = [
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
        ("bun.lock", "bun"),
        ("bun.lockb", "bun"),
    ]
    .into_iter()
    .find(|(lock, _)| files.has(lock))
    .map_or("npm", |(_, manager)| manager);
    for name in scripts(files) {
        let command = match (manager, name.as_str()) {
            ("npm", "test" | "start") => format!("npm {name}"),
            ("pnpm" | "yarn", _) => format!("{manager} {name}"),
            _ => format!("{manager} run {name}"),
        };
        add(command, "script of `package.json`");
    }
    for (file, program) in
        [("Makefile", "make"), ("makefile", "make"), ("GNUmakefile", "make"), ("justfile", "just")]
    {
        for name in targets(files, file) {
            add(format!("{program} {name}"), &format!("target of `{file}`"));
        }
    }
    if files.has("Cargo.toml") {
        for (command, what) in [
            ("cargo build", "builds"),
            ("cargo clippy --all-targets", "lints"),
            ("cargo fmt", "formats"),
        ] {
            add(command.to_owned(), what);
        }
    }
    if files.has("go.mod") {
        for (command, what) in [("go build ./...", "builds"), ("go vet ./...", "lints")] {
            add(command.to_owned(), what);
        }
    }
    if let Some(text) = files.text("pyproject.toml") {
        for (table, command, what) in [
            ("[tool.ruff", "ruff check .", "lints"),
            ("[tool.black", "black .", "formats"),
            ("[tool.mypy", "mypy .", "checks types"),
        ] {
            if text.contains(table) {
                add(command.to_owned(), what);
            }
        }
    }
    items
}

/// Scripts of `package.json` that are worth telling, in the order of [`WORTH`]. Only their names go
/// out: what a script does is in the file.
fn scripts(files: &Files) -> Vec<String> {
    let package =
        files.text("package.json").and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let Some(Value::Object(scripts)) =
        package.and_then(|mut all| all.get_mut("scripts").map(Value::take))
    else {
        return Vec::new();
    };
    let real = |name: &str| {
        scripts
            .get(name)
            .and_then(Value::as_str)
            .is_some_and(|line| !line.contains("no test specified"))
    };
    WORTH.iter().filter(|name| real(name)).map(|name| (*name).to_owned()).collect()
}

/// Targets of a makefile or justfile that are worth telling, in the order of [`WORTH`].
fn targets(files: &Files, file: &str) -> Vec<String> {
    let Some(text) = files.text(file) else { return Vec::new() };
    let named: Vec<&str> = text
        .lines()
        .filter(|line| !line.starts_with(['\t', ' ', '#', '.']))
        .filter_map(|line| line.split_once(':'))
        .filter(|(_, rest)| !rest.starts_with('='))
        .flat_map(|(names, _)| names.split_whitespace())
        .filter(|name| plain(name))
        .collect();
    WORTH.iter().filter(|name| named.contains(*name)).map(|name| (*name).to_owned()).collect()
}

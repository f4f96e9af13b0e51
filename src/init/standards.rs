//! The sections Standards and Guidelines: what configuration files and the history ask for.

use super::{Files, plain};
use crate::git;

/// Files that name a tool whose rules hold here.
const TOOLS: &[(&[&str], &str)] = &[
    (
        &[
            ".prettierrc",
            ".prettierrc.json",
            ".prettierrc.yaml",
            ".prettierrc.yml",
            "prettier.config.js",
            "prettier.config.mjs",
        ],
        "Prettier formats",
    ),
    (
        &[
            "eslint.config.js",
            "eslint.config.mjs",
            "eslint.config.ts",
            ".eslintrc.json",
            ".eslintrc.js",
            ".eslintrc.cjs",
            ".eslintrc.yml",
        ],
        "ESLint lints",
    ),
    (&["biome.json", "biome.jsonc"], "Biome formats and lints"),
    (&["rustfmt.toml", ".rustfmt.toml"], "rustfmt formats"),
    (&["clippy.toml", ".clippy.toml"], "Clippy lints"),
    (&["ruff.toml", ".ruff.toml"], "Ruff lints"),
    (&["mypy.ini", ".mypy.ini"], "mypy checks types"),
    (&[".flake8"], "flake8 lints"),
    (&[".golangci.yml", ".golangci.yaml", ".golangci.toml"], "golangci-lint lints"),
    (&[".rubocop.yml"], "RuboCop lints"),
    (&["phpstan.neon", "phpstan.neon.dist"], "PHPStan checks types"),
    (&["checkstyle.xml"], "Checkstyle lints"),
    (&[".stylelintrc", ".stylelintrc.json"], "Stylelint lints styles"),
    (&[".editorconfig"], "EditorConfig sets indentation and line ends"),
    (&[".pre-commit-config.yaml"], "pre-commit runs before each commit"),
    (
        &["commitlint.config.js", "commitlint.config.mjs", ".commitlintrc.json"],
        "commitlint checks commit messages",
    ),
];

/// Lock files, and what changes them.
const LOCKS: &[&str] = &[
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "Cargo.lock",
    "poetry.lock",
    "uv.lock",
    "go.sum",
    "Gemfile.lock",
    "composer.lock",
];

/// Commits looked at for their form.
const COMMITS: usize = 50;

/// What holds for every change.
pub fn standards(files: &Files) -> Vec<String> {
    let mut items: Vec<String> = TOOLS
        .iter()
        .filter_map(|(names, what)| files.first(names).map(|name| format!("{what} (`{name}`)")))
        .collect();
    if files
        .text("tsconfig.json")
        .is_some_and(|text| text.replace(char::is_whitespace, "").contains("\"strict\":true"))
    {
        items.push("TypeScript in strict mode (`tsconfig.json`)".to_owned());
    }
    if let Some(text) = files.text("Cargo.toml") {
        let edition =
            text.lines().find_map(|line| line.strip_prefix("edition = \"")?.strip_suffix('"'));
        if let Some(edition) =
            edition.filter(|word| word.chars().all(|letter| letter.is_ascii_digit()))
        {
            items.push(format!("Rust edition {edition} (`Cargo.toml`)"));
        }
        if text.contains("unsafe_code = \"forbid\"") {
            items.push("No `unsafe` (`Cargo.toml`)".to_owned());
        }
    }
    items.extend(commit_form(files));
    items
}

/// Conventional Commits, where the history really keeps them.
fn commit_form(files: &Files) -> Option<String> {
    let subjects =
        git::text(&files.root, ["log", "--no-merges", "--format=%s", "-n", &COMMITS.to_string()])
            .ok()?;
    let all = subjects.lines().count();
    let kept = subjects.lines().filter(|subject| is_conventional(subject)).count();
    (all >= 5 && kept * 10 >= all * 8)
        .then(|| format!("Conventional Commits ({kept} of the last {all} commits)"))
}

/// Whether a subject is `type(scope)!: words`.
fn is_conventional(subject: &str) -> bool {
    let Some((head, words)) = subject.split_once(": ") else { return false };
    let head = head.strip_suffix('!').unwrap_or(head);
    let kind = head.split_once('(').map_or(head, |(kind, _)| kind);
    !words.is_empty()
        && !kind.is_empty()
        && kind.len() <= 12
        && kind.chars().all(|letter| letter.is_ascii_lowercase())
}

/// How to work here, as far as the files show it.
pub fn guidelines(files: &Files) -> Vec<String> {
    let mut items = Vec::new();
    let locks: Vec<&str> = LOCKS.iter().copied().filter(|name| files.has(name)).collect();
    if !locks.is_empty() {
        items.push(format!(
            "`{}` is written by its tool, never by hand; a new dependency is asked for first.",
            locks.join("`, `")
        ));
    }
    let migrations = files.paths.iter().find_map(|path| {
        let at = path.find("migrations/")?;
        let folder = &path[..at + "migrations".len()];
        plain(folder).then(|| folder.to_owned())
    });
    if let Some(folder) = migrations {
        items.push(format!(
            "A migration in `{folder}/` that is committed is not changed; a new one follows it."
        ));
    }
    if let Some(name) =
        files.first(&["CONTRIBUTING.md", "docs/CONTRIBUTING.md", ".github/CONTRIBUTING.md"])
    {
        items.push(format!("`{name}` holds for every change."));
    }
    items
}

#[cfg(test)]
mod tests {
    use super::is_conventional;

    #[test]
    fn commit_subjects() {
        for (subject, wanted) in [
            ("feat: add it", true),
            ("fix(parser)!: drop it", true),
            ("Merge branch", false),
            ("Fix: upper case", false),
            ("note to self: later", false),
            ("feat:", false),
        ] {
            assert_eq!(is_conventional(subject), wanted, "{subject}");
        }
    }
}

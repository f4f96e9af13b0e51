//! Which command tests a project whose policy names none, from the files at its root.

use std::path::Path;

use serde_json::Value;

/// A command and why it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detected {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Why, in words.
    pub reason: String,
}

/// The files of one root.
struct Root<'a>(&'a Path);

/// Finds the command that tests the project at `root`. The first ecosystem that is found decides;
/// the reason names the others, because they are not run.
pub fn detect(root: &Path) -> Option<Detected> {
    let root = Root(root);
    let mut found = [cargo, node, python, go, maven, gradle, dotnet, ruby, php, make]
        .into_iter()
        .filter_map(|ecosystem| ecosystem(&root));
    let mut first = found.next()?;
    let others: Vec<String> = found.map(|other| other.command.join(" ")).collect();
    if !others.is_empty() {
        first.reason = format!(
            "{}; `{}` would fit too and is not run: name a command under `gates.test.command` in {} to run several",
            first.reason,
            others.join("`, `"),
            crate::config::FILE
        );
    }
    Some(first)
}

fn detected(command: &[&str], reason: impl Into<String>) -> Option<Detected> {
    let command = command.iter().map(|&part| part.to_owned()).collect();
    Some(Detected { command, reason: reason.into() })
}

impl Root<'_> {
    fn has(&self, name: &str) -> bool {
        self.0.join(name).exists()
    }

    fn first<'n>(&self, names: &[&'n str]) -> Option<&'n str> {
        names.iter().copied().find(|name| self.has(name))
    }

    fn text(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.0.join(name)).ok()
    }

    fn json(&self, name: &str) -> Option<Value> {
        serde_json::from_str(&self.text(name)?).ok()
    }

    /// The first file name in `folder` (relative) that `fits`, in the order of names.
    fn find(&self, folder: &str, fits: impl Fn(&str) -> bool) -> Option<String> {
        std::fs::read_dir(self.0.join(folder))
            .ok()?
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| fits(name))
            .min()
    }
}

fn cargo(root: &Root) -> Option<Detected> {
    let manifest = root.first(&["Cargo.toml"])?;
    detected(&["cargo", "test"], format!("{manifest} is at the root"))
}

fn node(root: &Root) -> Option<Detected> {
    let package = root.json("package.json")?;
    let script = package.get("scripts")?.get("test")?.as_str()?.trim();
    // What `npm init` writes.
    if script.is_empty() || script.contains("no test specified") {
        return None;
    }
    let named = package.get("packageManager").and_then(Value::as_str).unwrap_or_default();
    let named = named.split('@').next().unwrap_or_default();
    let locks = [
        ("pnpm-lock.yaml", "pnpm"),
        ("yarn.lock", "yarn"),
        ("bun.lock", "bun"),
        ("bun.lockb", "bun"),
    ];
    let (manager, why) = if matches!(named, "npm" | "pnpm" | "yarn" | "bun") {
        (named, "its packageManager")
    } else {
        match locks.iter().find(|(lock, _)| root.has(lock)) {
            Some((lock, manager)) => (*manager, *lock),
            None => ("npm", "no other lock file"),
        }
    };
    // `bun test` would be bun's own runner, not the script.
    let command: &[&str] =
        if manager == "bun" { &["bun", "run", "test"] } else { &[manager, "test"] };
    detected(command, format!("package.json has a test script; {manager} by {why}"))
}

fn python(root: &Root) -> Option<Detected> {
    let is_test = |name: &str| {
        name.ends_with(".py") && (name.starts_with("test_") || name.ends_with("_test.py"))
    };
    let marker = root
        .first(&["pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini"])
        .map(str::to_owned)
        .or_else(|| {
            ["tests", "test"].iter().find_map(|folder| {
                root.find(folder, is_test).map(|name| format!("{folder}/{name}"))
            })
        })
        .or_else(|| root.find(".", is_test))?;
    let (command, why): (&[&str], _) = if root.has("uv.lock") {
        (&["uv", "run", "python", "-m", "pytest"], "; uv by uv.lock")
    } else if root.has("poetry.lock") {
        (&["poetry", "run", "python", "-m", "pytest"], "; poetry by poetry.lock")
    } else {
        (&["python3", "-m", "pytest"], "")
    };
    detected(command, format!("{marker} is there{why}"))
}

fn go(root: &Root) -> Option<Detected> {
    let module = root.first(&["go.mod"])?;
    detected(&["go", "test", "./..."], format!("{module} is at the root"))
}

fn maven(root: &Root) -> Option<Detected> {
    root.first(&["pom.xml"])?;
    let program = if root.has("mvnw") { "./mvnw" } else { "mvn" };
    detected(&[program, "--batch-mode", "test"], "pom.xml is at the root")
}

fn gradle(root: &Root) -> Option<Detected> {
    let build = root.first(&[
        "build.gradle",
        "build.gradle.kts",
        "settings.gradle",
        "settings.gradle.kts",
    ])?;
    let program = if root.has("gradlew") { "./gradlew" } else { "gradle" };
    // An up-to-date test task runs nothing, so the results are cleaned first.
    detected(&[program, "--console=plain", "cleanTest", "test"], format!("{build} is at the root"))
}

fn dotnet(root: &Root) -> Option<Detected> {
    let project = root.find(".", |name| {
        [".sln", ".slnx", ".csproj", ".fsproj"].iter().any(|end| name.ends_with(end))
    })?;
    detected(&["dotnet", "test"], format!("{project} is at the root"))
}

fn ruby(root: &Root) -> Option<Detected> {
    let gemfile = root.first(&["Gemfile"])?;
    if root.has(".rspec") || root.has("spec") {
        return detected(&["bundle", "exec", "rspec"], format!("{gemfile} and specs are there"));
    }
    (root.has("Rakefile") && root.has("test")).then_some(())?;
    detected(
        &["bundle", "exec", "rake", "test"],
        format!("{gemfile}, Rakefile and test/ are there"),
    )
}

fn php(root: &Root) -> Option<Detected> {
    let composer = root.json("composer.json")?;
    if composer.get("scripts").and_then(|scripts| scripts.get("test")).is_some() {
        return detected(&["composer", "test"], "composer.json has a test script");
    }
    let settings = root.first(&["phpunit.xml", "phpunit.xml.dist"])?;
    detected(&["vendor/bin/phpunit"], format!("composer.json and {settings} are there"))
}

fn make(root: &Root) -> Option<Detected> {
    let file = root.first(&["GNUmakefile", "makefile", "Makefile"])?;
    let has_target = root.text(file)?.lines().any(|line| {
        let Some((targets, rest)) = line.split_once(':') else { return false };
        // `test := x` assigns a variable.
        !line.starts_with(['\t', '#', ' '])
            && !rest.starts_with('=')
            && targets.split_whitespace().any(|target| target == "test")
    });
    has_target.then_some(())?;
    detected(&["make", "test"], format!("{file} has a target `test`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_at_the_root_choose_the_command() {
        type Row<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);
        let rows: &[Row] = &[
            (&[], None),
            (&[("README.md", "")], None),
            (&[("Cargo.toml", "")], Some("cargo test")),
            (&[("package.json", "{}")], None),
            (
                &[(
                    "package.json",
                    r#"{"scripts":{"test":"echo \"Error: no test specified\" && exit 1"}}"#,
                )],
                None,
            ),
            (&[("package.json", r#"{"scripts":{"test":"jest"}}"#)], Some("npm test")),
            (
                &[("package.json", r#"{"scripts":{"test":"jest"}}"#), ("pnpm-lock.yaml", "")],
                Some("pnpm test"),
            ),
            (
                &[("package.json", r#"{"scripts":{"test":"jest"}}"#), ("yarn.lock", "")],
                Some("yarn test"),
            ),
            (
                &[("package.json", r#"{"scripts":{"test":"x"}}"#), ("bun.lock", "")],
                Some("bun run test"),
            ),
            (
                &[("package.json", r#"{"scripts":{"test":"x"},"packageManager":"yarn@4.1.0"}"#)],
                Some("yarn test"),
            ),
            (&[("pytest.ini", "")], Some("python3 -m pytest")),
            (&[("tests/test_a.py", "")], Some("python3 -m pytest")),
            (&[("tests/data.txt", "")], None),
            (&[("pyproject.toml", ""), ("uv.lock", "")], Some("uv run python -m pytest")),
            (&[("pyproject.toml", ""), ("poetry.lock", "")], Some("poetry run python -m pytest")),
            (&[("go.mod", "")], Some("go test ./...")),
            (&[("pom.xml", "")], Some("mvn --batch-mode test")),
            (&[("pom.xml", ""), ("mvnw", "")], Some("./mvnw --batch-mode test")),
            (
                &[("build.gradle.kts", ""), ("gradlew", "")],
                Some("./gradlew --console=plain cleanTest test"),
            ),
            (&[("App.sln", "")], Some("dotnet test")),
            (&[("Gemfile", ""), (".rspec", "")], Some("bundle exec rspec")),
            (&[("composer.json", "{}"), ("phpunit.xml", "")], Some("vendor/bin/phpunit")),
            (&[("Makefile", "all:\n\ttrue\n\ntest: all\n\ttrue\n")], Some("make test")),
            (&[("Makefile", "test := x\nall:\n\ttrue\n")], None),
        ];
        for (files, expected) in rows {
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in *files {
                let file = folder.path().join(name);
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(file, text).unwrap();
            }
            let found = detect(folder.path()).map(|found| found.command.join(" "));
            assert_eq!(found.as_deref(), *expected, "{files:?}");
        }
    }

    #[test]
    fn a_second_ecosystem_is_named_in_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Cargo.toml"), "").unwrap();
        std::fs::write(folder.path().join("Makefile"), "test:\n").unwrap();
        let found = detect(folder.path()).unwrap();
        assert_eq!(found.command, ["cargo", "test"]);
        assert!(found.reason.contains("`make test` would fit too"), "{}", found.reason);
    }
}

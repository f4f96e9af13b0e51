//! What is planned for a project: by its files alone, for every ecosystem.

use std::path::Path;

use portcullis::config::Policy;
use portcullis::gate::GateError;
use portcullis::gate::plan::{Act, Plan, plan, sketch};

type Files<'a> = &'a [(&'a str, &'a str)];

fn folder(files: Files) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    folder
}

/// The first command of every step that has one: `label: command`.
fn commands(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .filter_map(|step| match &step.act {
            Act::Run(candidates) => {
                Some(format!("{}: {}", step.label(), candidates[0].command.join(" ")))
            }
            _ => None,
        })
        .collect()
}

fn unit(files: Files) -> Option<String> {
    let folder = folder(files);
    match plan("test", &Policy::default(), folder.path()) {
        Ok(plan) => {
            let all = commands(&plan);
            let first = all.iter().find(|line| line.starts_with("unit"))?;
            Some(first.split_once(": ").unwrap().1.to_owned())
        }
        Err(GateError::NotAvailable { .. }) => None,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_files_choose_the_test_command() {
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
        (&[("go.mod", "")], Some("go test -count=1 -v ./...")),
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
        assert_eq!(unit(files).as_deref(), *expected, "{files:?}");
    }
}

#[test]
fn every_ecosystem_that_is_found_is_run_and_make_only_where_no_other_is() {
    let files = folder(&[
        ("Cargo.toml", ""),
        ("package.json", r#"{"scripts":{"test":"x"}}"#),
        ("Makefile", "test:\n"),
    ]);
    let found = plan("test", &Policy::default(), files.path()).unwrap();
    assert_eq!(commands(&found), ["unit (node): npm test", "unit (rust): cargo test"]);
}

#[test]
fn the_parts_of_a_monorepo_are_found_and_their_manager_by_the_lock_at_the_root() {
    let files = folder(&[
        ("pnpm-lock.yaml", ""),
        (
            "apps/web/package.json",
            r#"{"scripts":{"test":"vitest run"},"devDependencies":{"eslint":"9"}}"#,
        ),
        ("apps/web/node_modules/x/package.json", r#"{"scripts":{"test":"y"}}"#),
        ("services/api/go.mod", ""),
        ("services/api/inner/go.mod", ""),
        ("services/jobs/pyproject.toml", "[tool.ruff]\n[tool.mypy]\n"),
        ("services/jobs/uv.lock", ""),
        ("crates/core/Cargo.toml", ""),
        ("crates/core/tests/tools/package.json", r#"{"scripts":{"test":"z"}}"#),
        ("docs/site/package.json", r#"{"scripts":{"test":"z"}}"#),
    ]);
    let policy = Policy::default();
    let found = commands(&plan("test", &policy, files.path()).unwrap());
    assert_eq!(
        found,
        [
            "unit (go in services/api): go test -count=1 -v ./...",
            "unit (node in apps/web): pnpm test",
            "unit (python in services/jobs): uv run python -m pytest",
            "unit (rust in crates/core): cargo test",
        ]
    );
    let found = commands(&plan("implementation", &policy, files.path()).unwrap());
    for wanted in [
        "lint (node in apps/web): pnpm exec eslint .",
        "lint (python in services/jobs): uv run ruff check .",
        "types (python in services/jobs): uv run mypy .",
        "format (rust in crates/core): cargo fmt --all --check",
        "build (go in services/api): go build ./...",
    ] {
        assert!(found.iter().any(|line| line == wanted), "{wanted} is not in {found:#?}");
    }
}

#[test]
fn checks_follow_what_the_project_configured() {
    type Row<'a> = (&'a str, Files<'a>, &'a [&'a str]);
    let rows: &[Row] = &[
        (
            "implementation",
            &[
                (
                    "package.json",
                    r#"{"devDependencies":{"prettier":"3","eslint":"9","typescript":"5"},"scripts":{"build":"vite build"}}"#,
                ),
                ("tsconfig.json", "{}"),
            ],
            &[
                "format (node): npx --no-install prettier --check .",
                "lint (node): npx --no-install eslint .",
                "types (node): npx --no-install tsc --noEmit",
                "build (node): npm run build",
                "complexity (node): npx --no-install eslint . --rule complexity: [error, 15]",
            ],
        ),
        (
            "implementation",
            &[
                ("package.json", r#"{"scripts":{"lint":"x","typecheck":"y","format:check":"z"}}"#),
                ("yarn.lock", ""),
            ],
            &[
                "format (node): yarn run format:check",
                "lint (node): yarn run lint",
                "types (node): yarn run typecheck",
            ],
        ),
        (
            "implementation",
            &[("setup.cfg", "[mypy]\n"), (".flake8", "")],
            &["lint (python): flake8", "types (python): mypy ."],
        ),
        (
            "security",
            &[("Cargo.toml", ""), ("deny.toml", "")],
            &[
                "audit (rust): cargo deny check advisories",
                "licences (rust): cargo deny check licenses",
            ],
        ),
        (
            "security",
            &[("package.json", "{}"), ("package-lock.json", "{}")],
            &["audit (node): npm audit --audit-level=high"],
        ),
        (
            "security",
            &[("requirements.txt", "")],
            &["audit (python): pip-audit -r requirements.txt"],
        ),
        (
            "security",
            &[("go.mod", "")],
            &["audit (go): govulncheck ./...", "sast (go): gosec ./..."],
        ),
        (
            "implementation",
            &[("pom.xml", "maven-checkstyle-plugin")],
            &["lint (maven): mvn --batch-mode checkstyle:check"],
        ),
        (
            "implementation",
            &[("composer.json", "{}"), ("phpstan.neon", "")],
            &["types (php): vendor/bin/phpstan analyse --no-progress"],
        ),
        (
            "implementation",
            &[("Gemfile", ""), (".rubocop.yml", "")],
            &["lint (ruby): bundle exec rubocop"],
        ),
        (
            "implementation",
            &[("App.csproj", "")],
            &["format (dotnet): dotnet format --verify-no-changes"],
        ),
    ];
    for (gate, files, wanted) in rows {
        let folder = folder(files);
        let found = commands(&plan(gate, &Policy::default(), folder.path()).unwrap());
        for wanted in *wanted {
            assert!(found.iter().any(|line| line == wanted), "{wanted} is not in {found:#?}");
        }
    }
}

#[test]
fn the_policy_changes_adds_and_leaves_out_checks() {
    let files = folder(&[
        ("Cargo.toml", ""),
        (
            "portcullis.yaml",
            "complexity: 7\ngates:\n  implementation:\n    checks:\n      build: {off: true}\n      lint: {shell: 'cargo clippy', timeout: 5, required: true}\n      size: {command: [sh, size.sh]}\n",
        ),
    ]);
    let policy = Policy::of_project(files.path()).unwrap();
    let found = plan("implementation", &policy, files.path()).unwrap();
    let lines = commands(&found);
    assert!(lines.contains(&"lint: sh -c cargo clippy".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"size: sh size.sh".to_owned()), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("lizard -l rust -C 7 ")), "{lines:#?}");
    assert!(!lines.iter().any(|line| line.starts_with("build")), "{lines:#?}");
    let lint = found.steps.iter().find(|step| step.check == "lint").unwrap();
    assert!(lint.required && lint.timeout == 5);
    assert_ne!(
        found.config(&policy),
        plan("implementation", &Policy::default(), files.path())
            .unwrap()
            .config(&Policy::default())
    );
}

#[test]
fn the_six_gates_are_there_in_order_and_deploy_comes_after_all() {
    let names = portcullis::gate::names(&Policy::default());
    assert_eq!(names, ["design", "implementation", "review", "test", "security", "deploy"]);
    let deploy = sketch("deploy", &Policy::default(), Path::new("/")).unwrap();
    assert_eq!(deploy.requires, names[..5]);
}

//! `/new-project`: what it leaves is a project whose own tests pass when a person runs them.

use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::{conducted, develops, reviews, sample, starts};
use crate::runner::tests;
use crate::script::Script;
use crate::slice::armed::{Armed, Way};

tests![a_new_project_passes_its_own_tests, a_skeleton_without_a_test_goes_back];

const POLICY: (&str, &str) = ("portcullis.yaml", "version: 1\n");
const WANTED: (&str, &str) =
    ("docs/requirements/short-links.md", "# Short links\n\nR1 `code(url)` gives seven letters.\n");
const DRAWN: (&str, &str) =
    ("docs/design/short-links.md", "# Short links\n\nOne module, no storage in the first step.\n");
const MANIFEST: (&str, &str) = (
    "package.json",
    "{\n  \"name\": \"short-links\",\n  \"version\": \"0.1.0\",\n  \"private\": true,\n  \"type\": \"module\",\n  \"scripts\": { \"test\": \"node --test\" }\n}\n",
);
const ENTRY: (&str, &str) = ("src/index.js", "export const name = 'short-links'\n");
const ENTRY_TEST: (&str, &str) = (
    "test/index.test.js",
    "import test from 'node:test'\nimport assert from 'node:assert'\nimport { name } from '../src/index.js'\ntest('the project has its name', () => assert.equal(name, 'short-links'))\n",
);
const CODE: (&str, &str) = (
    "src/code.js",
    "import { createHash } from 'node:crypto'\nexport const code = (url) => createHash('sha256').update(url).digest('hex').slice(0, 7)\n",
);
const CODE_TEST: (&str, &str) = (
    "test/code.test.js",
    "import test from 'node:test'\nimport assert from 'node:assert'\nimport { code } from '../src/code.js'\ntest('R1 a code has seven letters', () => assert.equal(code('https://example.invalid').length, 7))\n",
);
const PIPELINE: (&str, &str) = (
    ".github/workflows/ci.yml",
    "on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm test\n",
);
const CONTAINER: (&str, &str) = (
    "Dockerfile",
    "FROM node:20-alpine\nUSER node\nCOPY . /app\nCMD [\"node\", \"/app/src/index.js\"]\n",
);
const DEPLOYMENT: (&str, &str) = ("deploy/up.sh", "#!/bin/sh\ndocker compose up -d --wait\n");
const README: (&str, &str) = ("README.md", "# Short links\n\n`npm test` runs its tests.\n");

fn asks() -> Value {
    json!({
        "task": "short-links", "requirements": "A service that shortens links for our team.",
        "stack": "Node, no framework", "first_feature": "code(url) gives seven letters",
    })
}

/// Everybody but the developer of the skeleton.
fn team(armed: &Armed) -> Script {
    Script::new()
        .main(starts(armed.name("project-pipeline"), asks()))
        .agent("requirements-analyzer", develops(armed, &[WANTED]))
        .agent("architect", develops(armed, &[DRAWN]))
        .agent_asked(
            "backend-developer",
            "It is the first feature of",
            develops(armed, &[CODE, CODE_TEST]),
        )
        .agent("ci-cd-engineer", develops(armed, &[PIPELINE]))
        .agent("docker-specialist", develops(armed, &[CONTAINER]))
        .agent("infrastructure-engineer", develops(armed, &[DEPLOYMENT]))
        .agent("technical-writer", develops(armed, &[README]))
        .agent_every("code-reviewer", reviews(&[]))
        .agent("security-auditor", reviews(&[]))
}

/// What a person types who never heard of Portcullis.
fn npm_test(armed: &Armed) -> Result<()> {
    let output = Command::new("npm").arg("test").current_dir(armed.project.path()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success() && text.contains("pass 2"), "npm test: {text}");
    Ok(())
}

fn a_new_project_passes_its_own_tests() -> Result<()> {
    let armed = sample(Way::Plugin, &[POLICY])?;
    let script =
        team(&armed).agent("backend-developer", develops(&armed, &[MANIFEST, ENTRY, ENTRY_TEST]));
    let (_, result) = conducted(&armed, "new-project links for our team", script)?;
    // For the whole, a person has to accept the pipeline files; the result says so.
    assert_eq!(result["status"], "completed", "{result:#}");
    assert!(result["next_steps"].to_string().contains("/approve tamper"), "{result:#}");
    for (path, content) in [WANTED, DRAWN, PIPELINE, CONTAINER, DEPLOYMENT, README] {
        assert_eq!(armed.project.read(path)?, content);
    }
    npm_test(&armed)
}

fn a_skeleton_without_a_test_goes_back() -> Result<()> {
    let armed = sample(Way::Project, &[POLICY])?;
    let script = team(&armed)
        .agent("backend-developer", develops(&armed, &[MANIFEST, ENTRY]))
        .agent_asked("backend-developer", "test gate not_run", develops(&armed, &[ENTRY_TEST]));
    let (_, result) = conducted(&armed, "new-project links for our team", script)?;
    assert_eq!(
        (&result["status"], &result["rounds"]),
        (&json!("completed"), &json!(1)),
        "{result:#}"
    );
    npm_test(&armed)
}

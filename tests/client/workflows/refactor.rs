//! `/refactor`: behaviour is pinned first; a change that breaks a pin goes back.

use anyhow::Result;
use serde_json::{Value, json};

use super::{conducted, develops, reviews, sample, starts};
use crate::runner::tests;
use crate::script::Script;
use crate::slice::armed::Way;

tests![a_refactoring_keeps_its_pins, a_broken_pin_goes_back];

/// The sample's own test with one behaviour more.
const PINS: (&str, &str) = (
    "tests/run.sh",
    "#!/bin/sh\n# Tests of src/add.sh, reported as TAP.\ncd \"$(dirname \"$0\")/..\" || exit 1\nfailed=0\necho \"1..3\"\ncheck() {\n    if [ \"$(sh src/add.sh \"$2\" \"$3\")\" = \"$4\" ]; then\n        echo \"ok $1 - $2 + $3\"\n    else\n        echo \"not ok $1 - $2 + $3\"\n        failed=1\n    fi\n}\ncheck 1 2 3 5\ncheck 2 40 2 42\ncheck 3 -1 1 0\nexit \"$failed\"\n",
);
const LIB: (&str, &str) = ("src/lib.sh", "plus() {\n    echo \"$(($1 + $2))\"\n}\n");
const MOVED: (&str, &str) =
    ("src/add.sh", "#!/bin/sh\n. \"$(dirname \"$0\")/lib.sh\"\nplus \"$1\" \"$2\"\n");
const BROKEN: (&str, &str) =
    ("src/add.sh", "#!/bin/sh\n. \"$(dirname \"$0\")/lib.sh\"\nplus \"$1\"\n");

fn asks() -> Value {
    json!({
        "task": "move-plus", "requirements": "the sum stands in src/lib.sh; src/add.sh A B prints it as before",
        "context_files": ["src/add.sh"],
    })
}

fn a_refactoring_keeps_its_pins() -> Result<()> {
    let armed = sample(Way::Plugin, &[])?;
    let script = Script::new()
        .main(starts(armed.name("refactor-pipeline"), asks()))
        .agent("test-engineer", develops(&armed, &[PINS]))
        .agent("backend-developer", develops(&armed, &[LIB, MOVED]))
        .agent("code-reviewer", reviews(&[]));
    let (_, result) = conducted(&armed, "refactor move the sum", script)?;
    assert_eq!(result["status"], "completed", "{result:#}");
    let test = armed.project.read("tests/run.sh")?;
    assert_eq!(test, PINS.1, "the pins are as they were written");
    Ok(())
}

fn a_broken_pin_goes_back() -> Result<()> {
    let armed = sample(Way::Project, &[])?;
    let script = Script::new()
        .main(starts(armed.name("refactor-pipeline"), asks()))
        .agent("test-engineer", develops(&armed, &[PINS]))
        .agent("backend-developer", develops(&armed, &[LIB, BROKEN]))
        .agent_asked("backend-developer", "test gate failed", develops(&armed, &[MOVED]))
        .agent("code-reviewer", reviews(&[]));
    let (_, result) = conducted(&armed, "refactor move the sum", script)?;
    assert_eq!(
        (&result["status"], &result["rounds"]),
        (&json!("completed"), &json!(1)),
        "{result:#}"
    );
    Ok(())
}

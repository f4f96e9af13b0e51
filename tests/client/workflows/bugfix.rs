//! `/fix-bug` on a real bug: red on the base and green here, by real git and a real test runner.

use anyhow::Result;
use serde_json::{Value, json};

use super::{conducted, develops, report, reviews, sample, starts, writes};
use crate::runner::tests;
use crate::script::{Script, Turn};
use crate::slice::armed::{Armed, Way};

tests![a_bug_is_proved_fixed, a_fix_that_does_not_fix_goes_back];

/// Prints the larger number, and is wrong when the first one is.
const BUG: &str = "#!/bin/sh\n[ \"$1\" -gt \"$2\" ] && echo \"$2\" || echo \"$2\"\n";
const FIX: (&str, &str) =
    ("src/max.sh", "#!/bin/sh\n[ \"$1\" -gt \"$2\" ] && echo \"$1\" || echo \"$2\"\n");
const TEST: (&str, &str) = (
    "tests/max.sh",
    "cd \"$(dirname \"$0\")/..\" || exit 1\necho 1..1\nif [ \"$(sh src/max.sh 7 3)\" = 7 ]; then echo 'ok 1 - first is larger'\nelse echo 'not ok 1 - first is larger'; exit 1; fi\n",
);

fn asks() -> Value {
    json!({
        "task": "max-first", "requirements": "src/max.sh 7 3 prints 3, should print 7",
        "context_files": ["src/max.sh"],
    })
}

fn debugs(armed: &Armed) -> Vec<Turn> {
    let mut found = report("completed", &[TEST.0]);
    found["summary"] = json!("src/max.sh:2 prints the second number in both branches.");
    found["test"] = json!(["sh", TEST.0]);
    found["test_files"] = json!([TEST.0]);
    writes(armed, &[TEST], found)
}

fn a_bug_is_proved_fixed() -> Result<()> {
    let armed = sample(Way::Plugin, &[("src/max.sh", BUG)])?;
    let script = Script::new()
        .main(starts(armed.name("bugfix-pipeline"), asks()))
        .agent("debugger", debugs(&armed))
        .agent("backend-developer", develops(&armed, &[FIX]))
        .agent("code-reviewer", reviews(&[]));
    let (_, result) = conducted(&armed, "fix-bug max of 7 and 3 is 3", script)?;
    assert_eq!(result["status"], "completed", "{result:#}");
    assert!(result.to_string().contains("red on the base, green here"), "{result:#}");
    assert_eq!(armed.project.read("src/max.sh")?, FIX.1);
    Ok(())
}

fn a_fix_that_does_not_fix_goes_back() -> Result<()> {
    let armed = sample(Way::Project, &[("src/max.sh", BUG)])?;
    let wrong = ("src/max.sh", "#!/bin/sh\n[ \"$1\" -lt \"$2\" ] && echo \"$1\" || echo \"$2\"\n");
    let script = Script::new()
        .main(starts(armed.name("bugfix-pipeline"), asks()))
        .agent("debugger", debugs(&armed))
        .agent("backend-developer", develops(&armed, &[wrong]))
        .agent_asked("backend-developer", "prove-fix: red on the base, and not green here", {
            develops(&armed, &[FIX])
        })
        .agent("code-reviewer", reviews(&[]));
    let (_, result) = conducted(&armed, "fix-bug max of 7 and 3 is 3", script)?;
    assert_eq!(
        (&result["status"], &result["rounds"]),
        (&json!("completed"), &json!(1)),
        "{result:#}"
    );
    Ok(())
}

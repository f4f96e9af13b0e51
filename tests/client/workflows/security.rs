//! `/security-audit`: auditors at the same time, findings brought together, fixed and audited again.

use anyhow::Result;
use serde_json::{Value, json};

use super::{conducted, develops, report, reviews, sample, starts, writes};
use crate::runner::tests;
use crate::script::{Script, Turn};
use crate::slice::armed::{Armed, Way};

tests![a_hole_is_found_closed_and_audited_again, a_fix_that_leaves_the_hole_goes_back];

const HOLE: (&str, &str) = ("src/greet.sh", "#!/bin/sh\neval \"echo Hello $1\"\n");
const HALF: (&str, &str) = ("src/greet.sh", "#!/bin/sh\neval \"echo 'Hello $1'\"\n");
const CLOSED: (&str, &str) = ("src/greet.sh", "#!/bin/sh\nprintf 'Hello %s\\n' \"$1\"\n");

fn asks() -> Value {
    json!({"task": "audit-scripts", "requirements": "everything under src, against its arguments"})
}

/// Both auditors and the analyst of the dependencies; the hole is found by one of them.
fn audited(armed: &Armed) -> Script {
    let found = [("critical", "src/greet.sh", 2, "eval \"echo Hello $1\"")];
    Script::new()
        .main(starts(armed.name("security-pipeline"), asks()))
        .agent_asked("security-auditor", "audit-input-and-rights", reviews(&found))
        .agent_asked("security-auditor", "audit-secrets-and-configuration", reviews(&[]))
        .agent("dependency-analyzer", {
            let mut turns = writes(armed, &[], report("completed", &[]));
            turns.insert(0, Turn::tool("Bash", json!({"command": "git ls-files"})));
            turns
        })
}

fn a_hole_is_found_closed_and_audited_again() -> Result<()> {
    let armed = sample(Way::Project, &[HOLE])?;
    let script =
        audited(&armed).agent("backend-developer", develops(&armed, &[CLOSED])).agent_asked(
            "security-auditor",
            "whether each finding of the audit is closed",
            reviews(&[]),
        );
    let (run, result) = conducted(&armed, "security-audit src", script)?;
    assert_eq!(result["status"], "completed", "{result:#}");
    assert!(result.to_string().contains("1 findings closed"), "{result:#}");
    let fix = run.agent("backend-developer");
    assert!(fix[0].prompt().contains("critical src/greet.sh:2"), "{}", fix[0].prompt());
    assert_eq!(armed.project.read(CLOSED.0)?, CLOSED.1);
    Ok(())
}

fn a_fix_that_leaves_the_hole_goes_back() -> Result<()> {
    let armed = sample(Way::Plugin, &[HOLE])?;
    let left = [("critical", "src/greet.sh", 2, "eval \"echo 'Hello $1'\"")];
    let script = audited(&armed)
        .agent("backend-developer", develops(&armed, &[HALF]))
        .agent_asked("security-auditor", "a review, round 1", reviews(&left))
        .agent_asked(
            "backend-developer",
            "rescan critical src/greet.sh:2",
            develops(&armed, &[CLOSED]),
        )
        .agent_asked("security-auditor", "a review, round 2", reviews(&[]));
    let (_, result) = conducted(&armed, "security-audit src", script)?;
    assert_eq!(
        (&result["status"], &result["rounds"]),
        (&json!("completed"), &json!(1)),
        "{result:#}"
    );
    Ok(())
}

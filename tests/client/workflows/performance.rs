//! `/optimize-performance`: both sides in one run; what does not help is gone again, byte for byte.

use anyhow::Result;
use serde_json::{Value, json};

use super::{conducted, develops, reviews, sample, starts};
use crate::runner::tests;
use crate::script::Script;
use crate::slice::armed::Way;

tests![what_helps_is_kept_and_what_does_not_is_taken_back, a_faster_wrong_answer_goes_back];

const SLOW: (&str, &str) =
    ("src/work.sh", "i=0\nwhile [ $i -lt 60000 ]; do i=$((i + 1)); done\nsh src/add.sh 1 1\n");
const FAST: (&str, &str) = ("src/work.sh", "sh src/add.sh 1 1\n");
/// More work than before, and a file that was not there.
const WORSE: (&str, &str) = (
    "src/work.sh",
    ". src/spin.sh\ni=0\nwhile [ $i -lt 60000 ]; do i=$((i + 1)); done\nsh src/add.sh 1 1\n",
);
const SPIN: (&str, &str) = ("src/spin.sh", "i=0\nwhile [ $i -lt 200000 ]; do i=$((i + 1)); done\n");
const WRONG: (&str, &str) = ("src/add.sh", "#!/bin/sh\necho 2\n");
const RIGHT: (&str, &str) = ("src/add.sh", "#!/bin/sh\necho \"$(($1 + $2))\"\n");

fn asks() -> Value {
    json!({
        "task": "faster-work", "requirements": "src/work.sh takes half of its time",
        "benchmark": "sh src/work.sh",
    })
}

fn what_helps_is_kept_and_what_does_not_is_taken_back() -> Result<()> {
    let armed = sample(Way::Plugin, &[SLOW])?;
    let candidates = [("critical", "src/work.sh", 2, "while"), ("major", "src/work.sh", 1, "i=0")];
    let script = Script::new()
        .main(starts(armed.name("performance-pipeline"), asks()))
        .agent("performance-analyzer", reviews(&candidates))
        .agent_asked("backend-developer", "candidate 1 of 2", develops(&armed, &[SPIN, WORSE]))
        .agent_asked("backend-developer", "candidate 2 of 2", develops(&armed, &[FAST]))
        .agent("code-reviewer", reviews(&[]));
    let (_, result) = conducted(&armed, "optimize-performance src/work.sh", script)?;
    assert_eq!(result["status"], "completed", "{result:#}");
    let text = result.to_string();
    assert!(
        text.contains("dropped candidate 1 of 2") && text.contains("kept candidate 2 of 2"),
        "{text}"
    );
    assert_eq!(armed.project.git(&["status", "--porcelain"])?, "M src/work.sh");
    assert_eq!(armed.project.read(FAST.0)?, FAST.1);
    Ok(())
}

fn a_faster_wrong_answer_goes_back() -> Result<()> {
    let armed = sample(Way::Project, &[SLOW])?;
    let script = Script::new()
        .main(starts(armed.name("performance-pipeline"), asks()))
        .agent("performance-analyzer", reviews(&[("critical", "src/work.sh", 2, "while")]))
        .agent("backend-developer", develops(&armed, &[FAST, WRONG]))
        .agent_asked("backend-developer", "test gate failed", develops(&armed, &[RIGHT]))
        .agent("code-reviewer", reviews(&[]));
    let (_, result) = conducted(&armed, "optimize-performance src/work.sh", script)?;
    assert_eq!(
        (&result["status"], &result["rounds"]),
        (&json!("completed"), &json!(1)),
        "{result:#}"
    );
    Ok(())
}

//! Checkpoints that the hook takes: phases, workflows, commands that destroy.

use portcullis::checkpoint::{Checkpoint, store};
use serde_json::{Value, json};

use crate::support::{Project, denial};

/// The sample with two runs that have begun.
fn sample() -> Project {
    let project = super::sample();
    project.begin_run("r-0001");
    project.begin_run("r-0002");
    project
}

fn known(project: &Project) -> Vec<Checkpoint> {
    store::list(&project.path()).unwrap()
}

fn labels(project: &Project) -> Vec<(Option<String>, Option<String>)> {
    known(project).into_iter().map(|one| (one.facts.run, one.facts.phase)).collect()
}

fn packet(run: &str, phase: &str) -> String {
    let body = json!({"task": "t", "requirements": "r", "run": run, "phase": phase});
    format!("Do this.\n```portcullis-packet\n{body}\n```\n")
}

fn dispatch(project: &Project, prompt: &str) -> Value {
    let input = json!({"description": "d", "subagent_type": "backend-developer", "prompt": prompt});
    project.hook(&project.call("Agent", input))
}

fn phase(run: &str, phase: &str) -> (Option<String>, Option<String>) {
    (Some(run.to_owned()), Some(phase.to_owned()))
}

#[test]
fn each_phase_of_a_run_begins_with_one() {
    let project = sample();
    assert!(dispatch(&project, &packet("r-0001", "design")).is_null());
    project.write("README.md", "designed\n");
    dispatch(&project, &packet("r-0001", "design"));
    dispatch(&project, &packet("r-0001", "build"));
    dispatch(&project, &packet("r-0002", "design"));
    dispatch(&project, &packet("", "design"));
    dispatch(&project, "no packet at all");
    assert_eq!(
        labels(&project),
        [phase("r-0001", "design"), phase("r-0001", "build"), phase("r-0002", "design")]
    );
    project.json(&["rollback", "--to", "design", "--run", "r-0001"]);
    assert_eq!(std::fs::read_to_string(project.path().join("README.md")).unwrap(), "hello\n");
}

#[test]
fn a_phase_whose_gate_is_open_has_not_begun() {
    let project = sample();
    let policy =
        "gates: {test: {command: [sh, -c, 'exit 1']}}\nboundaries: {'phase:build': [test]}\n";
    project.write("portcullis.yaml", policy);
    let reply = dispatch(&project, &packet("r-0001", "build"));
    assert!(denial(&reply).is_some(), "{reply:#}");
    assert!(known(&project).is_empty());
    let reply =
        dispatch(&project, "```portcullis-packet\n{\"run\": \"r-0001\", \"phase\": \"x\"}\n```\n");
    assert!(denial(&reply).is_some(), "{reply:#}");
    assert!(known(&project).is_empty());
}

#[test]
fn a_workflow_and_its_agents_have_theirs() {
    let project = sample();
    let call =
        project.call("Workflow", json!({"name": "feature-pipeline", "args": {"run": "r-0001"}}));
    // What the run costs may be said here; the call is let through.
    assert!(denial(&project.hook(&call)).is_none());
    assert_eq!(labels(&project), [phase("r-0001", "start")]);

    // The client keeps the task of a workflow's agent in its transcript only.
    let transcript = project.outside().join("transcripts/s.jsonl");
    let folder = project.outside().join("transcripts/s/subagents/workflows/w1");
    std::fs::create_dir_all(&folder).unwrap();
    let line =
        json!({"type": "user", "message": {"role": "user", "content": packet("r-0001", "build")}});
    std::fs::write(folder.join("agent-a1.jsonl"), format!("{line}\n")).unwrap();
    let mut first = project.call("Read", json!({"file_path": project.path().join("README.md")}));
    first["transcript_path"] = json!(transcript);
    first["agent_id"] = json!("a1");
    first["agent_type"] = json!("portcullis:backend-developer");
    project.write("README.md", "before the agent\n");
    project.hook(&first);
    assert_eq!(labels(&project), [phase("r-0001", "start"), phase("r-0001", "build")]);
    project.write("README.md", "by the agent\n");
    project.hook(&first);
    assert_eq!(known(&project).len(), 2, "only the first call counts");

    // Without a transcript the tree is kept all the same, and gets its name when there is one.
    first["agent_id"] = json!("a2");
    project.hook(&first);
    let last = known(&project).pop().unwrap();
    assert_eq!((last.facts.run.as_deref(), last.facts.phase), (Some("r-0001"), None));
    project.write("README.md", "by the second agent\n");
    let line =
        json!({"type": "user", "message": {"role": "user", "content": packet("r-0001", "review")}});
    std::fs::write(folder.join("agent-a2.jsonl"), format!("{line}\n")).unwrap();
    let mut stop = first;
    stop["hook_event_name"] = json!("SubagentStop");
    project.hook(&stop);
    let named = known(&project).pop().unwrap();
    assert_eq!(named.facts.phase.as_deref(), Some("review"));
    assert_eq!(named.tree, last.tree, "as it was before the first call");
}

#[test]
fn a_command_that_destroys_is_asked_and_undone() {
    let project = sample();
    project.write("src/lib.rs", "not committed\n");
    project.write("src/new.rs", "untracked\n");
    let before = project.state();
    let line = "git reset --hard && git clean -fd && rm -rf src";
    let reply = project.hook(&project.call("Bash", json!({"command": line})));
    assert_eq!(reply["hookSpecificOutput"]["permissionDecision"], "ask", "{reply:#}");
    let taken = known(&project);
    assert_eq!(taken.len(), 1);
    let said = reply["systemMessage"].as_str().unwrap();
    assert!(said.contains("[snapshot-taken]") && said.contains(&taken[0].id), "{said}");
    assert!(taken[0].facts.reason.contains("git reset --hard"), "{}", taken[0].facts.reason);
    let done = project.command("sh").args(["-c", line]).status().unwrap();
    assert!(done.success());
    assert_ne!(project.state(), before);
    project.rollback(&taken[0].id);
    assert_eq!(project.state(), before);
    project.hook(&project.call("Bash", json!({"command": "git reset --hard"})));
    assert_eq!(
        known(&project).len(),
        3,
        "the rollback kept the present, and its state is new; now it is the first one's again"
    );
    project.hook(&project.call("Bash", json!({"command": "rm -rf src"})));
    assert_eq!(known(&project).len(), 3, "the same state is kept once");
}

#[test]
fn what_lies_elsewhere_or_is_harmless_is_not_kept() {
    let project = sample();
    for line in
        ["rm -rf target", "ls", "git status", "kubectl delete namespace x", "echo 'rm -rf src'"]
    {
        project.hook(&project.call("Bash", json!({"command": line})));
    }
    assert!(known(&project).is_empty());
}

#[test]
fn a_failure_is_said_and_stops_nothing() {
    let project = sample();
    project.write(".git/index", "no index at all");
    let reply = project.hook(&project.call("Bash", json!({"command": "git reset --hard"})));
    assert_eq!(reply["hookSpecificOutput"]["permissionDecision"], "ask", "{reply:#}");
    let said = reply["systemMessage"].as_str().unwrap();
    assert!(said.contains("[snapshot-failed]") && said.contains("index"), "{said}");
}

#[test]
fn a_rollback_by_the_model_is_asked() {
    let project = sample();
    let decision = |line: &str| {
        let reply = project.hook(&project.call("Bash", json!({"command": line})));
        reply["hookSpecificOutput"]["permissionDecision"].as_str().map(str::to_owned)
    };
    for line in [
        "portcullis rollback --to build",
        "portcullis checkpoint prune --keep 1",
        "portcullis effect compensate e-1",
        "git update-ref refs/portcullis/checkpoints/x HEAD",
    ] {
        assert_eq!(decision(line).as_deref(), Some("ask"), "{line}");
    }
    for line in [
        "portcullis rollback --to build --dry-run",
        "portcullis checkpoint list",
        "portcullis checkpoint create",
        "portcullis effect register --run r-0001 --kind pr --irreversible x",
    ] {
        assert_eq!(decision(line), None, "{line}");
    }
}

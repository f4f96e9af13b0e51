//! Boundaries, roles and approvals as the model meets them in a real session.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde_json::json;

use super::armed::{Armed, Way, both_ways};
use crate::npm;
use crate::script::{Script, Turn};

both_ways! {
    plugin_what_goes_out_waits_for_its_gate project_what_goes_out_waits_for_its_gate what_goes_out_waits_for_its_gate;
    plugin_what_cannot_be_taken_back_needs_a_person project_what_cannot_be_taken_back_needs_a_person what_cannot_be_taken_back_needs_a_person;
    plugin_commit_and_done_wait_where_the_policy_says_so project_commit_and_done_wait_where_the_policy_says_so commit_and_done_wait_where_the_policy_says_so;
    plugin_a_workers_end_waits_where_the_policy_says_so project_a_workers_end_waits_where_the_policy_says_so a_workers_end_waits_where_the_policy_says_so;
    plugin_a_phase_waits_for_its_gate project_a_phase_waits_for_its_gate a_phase_waits_for_its_gate;
    plugin_a_reviewer_that_edits_is_stopped project_a_reviewer_that_edits_is_stopped a_reviewer_that_edits_is_stopped;
    plugin_the_model_cannot_approve project_the_model_cannot_approve the_model_cannot_approve;
    plugin_a_push_is_refused_without_the_binary project_a_push_is_refused_without_the_binary a_push_is_refused_without_the_binary;
}

fn bash(command: &str) -> Turn {
    Turn::tool("Bash", json!({"command": command}))
}

/// A turn that checks the last result and goes on.
fn after(error: bool, words: &'static str, next: Turn) -> Turn {
    Turn::from(move |request| {
        let last = request.last_result();
        assert!(last.is_error == error && last.text.contains(words), "{words}: {}", last.text);
        next.clone()
    })
}

/// A policy with a test gate, committed.
fn policy(armed: &Armed, more: &str) -> Result<()> {
    let text = format!("gates:\n  test:\n    command: [sh, tests/run.sh]\n{more}");
    armed.project.write("portcullis.yaml", &text)?;
    armed.project.git(&["add", "-A"])?;
    armed.project.git(&["commit", "--quiet", "--allow-empty", "-m", "policy"])?;
    Ok(())
}

/// Programs of these names that only say that they ran, in a folder beside the project.
fn stand_ins(armed: &Armed, names: &[&str]) -> Result<PathBuf> {
    for name in names {
        armed.project.write(&format!("../tools/{name}"), "#!/bin/sh\necho \"really ran: $*\"\n")?;
    }
    Ok(armed.project.path().join("../tools").canonicalize()?)
}

fn what_goes_out_waits_for_its_gate(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    policy(&armed, "boundaries: {publish: [test], release: [test], deploy: [test]}\n")?;
    let tools = stand_ins(&armed, &["npm", "gh", "kubectl"])?;
    let script = Script::new().main([
        bash("npm publish"),
        after(true, "[boundary-publish]", bash("gh release create v1")),
        after(true, "[boundary-release]", bash("kubectl apply -f deploy.yaml")),
        after(true, "[boundary-deploy]", bash("portcullis gate run test")),
        after(false, "test gate: passed", bash("npm publish")),
        after(false, "really ran: publish", bash("gh release create v1")),
        after(false, "really ran: release create v1", bash("kubectl apply -f deploy.yaml")),
        after(false, "really ran: apply", Turn::text("shipped")),
    ]);
    armed.session("ship it", script).path_prepend(&tools).run()?;
    Ok(())
}

/// Without a word in the policy a deployment is the person's to allow; nobody sits in front of this
/// session, so the client lets none through, not even with all permissions.
fn what_cannot_be_taken_back_needs_a_person(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let tools = stand_ins(&armed, &["kubectl"])?;
    let script = Script::new().main([
        bash("portcullis gate run test"),
        after(false, "test gate: passed", bash("kubectl apply -f deploy.yaml")),
        after(true, "[boundary-deploy]", Turn::text("the person decides")),
    ]);
    armed.session("ship it", script).path_prepend(&tools).run()?;
    Ok(())
}

fn commit_and_done_wait_where_the_policy_says_so(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    policy(&armed, "boundaries:\n  commit: [test]\n  done: [test]\n")?;
    let new = armed.project.path().join("src/new.sh");
    let head = armed.project.git(&["rev-parse", "HEAD"])?;
    let commit = "git add -A && git commit -qm new";
    let script = Script::new().main([
        Turn::tool("Write", json!({"file_path": new, "content": "echo new\n"})),
        bash(commit),
        after(true, "[boundary-commit]", Turn::text("all done")),
        Turn::from(|request| {
            let told = request.told();
            assert!(told.contains("this is not done"), "{told}");
            Turn::tool("Bash", json!({"command": "portcullis gate run test"}))
        }),
        after(false, "test gate: passed", bash(commit)),
        Turn::text("all done"),
    ]);
    let run = armed.session("add it", script).run()?;
    assert_eq!(run.said()?, "all done");
    assert_ne!(armed.project.git(&["rev-parse", "HEAD"])?, head);
    Ok(())
}

fn a_workers_end_waits_where_the_policy_says_so(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    policy(&armed, "boundaries: {worker: [test]}\n")?;
    let new = armed.project.path().join("src/new.sh");
    let packet = json!({"task": "new-file", "requirements": "it is there", "phase": "implement"});
    let spawn = json!({
        "description": "write it", "subagent_type": armed.name("backend-developer"), "run_in_background": false,
        "prompt": format!("Do it.\n```portcullis-packet\n{packet}\n```\n"),
    });
    let report = |tested: bool| {
        let report = json!({
            "status": "completed", "summary": "written", "files_changed": ["src/new.sh"],
            "tests_passing": tested, "next_steps": [],
        });
        Turn::text(&report.to_string())
    };
    let script = Script::new().main([Turn::tool("Agent", spawn), Turn::text("all done")]).agent(
        "backend-developer",
        [
            Turn::tool("Write", json!({"file_path": new, "content": "echo new\n"})),
            report(false),
            Turn::from(|request| {
                let told = request.told();
                assert!(told.contains("this is not done"), "{told}");
                Turn::tool("Bash", json!({"command": "portcullis gate run test"}))
            }),
            after(false, "test gate: passed", report(true)),
        ],
    );
    let run = armed.session("have it written", script).run()?;
    let answer = &run.results_of("Agent")[0];
    assert!(answer.text.contains("\"tests_passing\":true"), "{}", answer.text);
    Ok(())
}

fn a_phase_waits_for_its_gate(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    policy(&armed, "boundaries: {'phase:deploy': [test]}\n")?;
    let packet = json!({"task": "go-live", "requirements": "it runs", "phase": "deploy"});
    let spawn = json!({
        "description": "go live", "subagent_type": armed.name("backend-developer"), "run_in_background": false,
        "prompt": format!("Do it.\n```portcullis-packet\n{packet}\n```\n"),
    });
    let report = json!({"status": "completed", "summary": "done", "files_changed": [], "tests_passing": true, "next_steps": []});
    let script = Script::new()
        .main([
            Turn::tool("Agent", spawn.clone()),
            after(true, "[phase-closed]", bash("portcullis gate run test")),
            after(false, "test gate: passed", Turn::tool("Agent", spawn)),
            Turn::text("live"),
        ])
        // One that called no tool is not believed (`claims-idle`).
        .agent("backend-developer", [bash("sh tests/run.sh"), Turn::text(&report.to_string())]);
    let run = armed.session("go live", script).run()?;
    assert!(!run.results_of("Agent")[1].is_error);
    Ok(())
}

fn a_reviewer_that_edits_is_stopped(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let readme = armed.project.path().join("README.md");
    let spawn = |what: &str| {
        Turn::tool(
            "Agent",
            json!({
                "description": what, "subagent_type": armed.name("code-reviewer"),
                "run_in_background": false, "prompt": what,
            }),
        )
    };
    let review = json!({"verdict": "approve", "summary": "read it", "findings": []}).to_string();
    let edits = "echo sneaked in >> README.md; echo x > planted.sh";
    let later = armed.project.path().join("src/later.sh");
    let script = Script::new()
        .main([
            spawn("review it"),
            bash("portcullis gate run review --json"),
            Turn::from(move |request| {
                let text = request.last_result().text;
                assert!(text.contains("approved this tree"), "{text}");
                Turn::tool("Write", json!({"file_path": later, "content": "echo later\n"}))
            }),
            bash("portcullis gate run review --json"),
            after(true, "another tree now", Turn::text("the review is stale")),
        ])
        .agent(
            "code-reviewer",
            [
                bash(edits),
                Turn::from(move |request| {
                    let told = request.told();
                    assert!(told.contains("[role-changed]"), "{told}");
                    Turn::tool("Bash", json!({"command": format!("cat {}", readme.display())}))
                }),
                after(false, "# Sample", Turn::text(&review)),
            ],
        );
    armed.session("review it", script).run()?;
    assert_eq!(armed.project.read("README.md")?, "# Sample\n");
    assert!(!armed.project.has("planted.sh"));
    Ok(())
}

fn the_model_cannot_approve(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let client = npm::client().map_err(anyhow::Error::msg)?;
    let client = client.parent().context("the client has a folder")?;
    // The plugin's folder comes by a variable: named in the line, it is refused as protected.
    let folder = armed.plugin().map(|plugin| plugin.display().to_string());
    let option = folder.as_ref().map_or("", |_| "--plugin-dir \"$SAMPLE_PLUGIN\" ");
    let nested = format!(
        "claude {option}-p '/{} deploy' --output-format stream-json --verbose --include-hook-events < /dev/null",
        armed.name("approve")
    );
    let policy = armed.project.path().join("portcullis.yaml");
    let script = Script::new().main([
        Turn::tool("Bash", json!({"command": nested})),
        Turn::from(move |request| {
            let text = request.last_result().text;
            assert!(text.contains("approve-refused"), "{text}");
            assert!(!text.contains("approve-code"), "{text}");
            Turn::tool("Bash", json!({"command": "echo '{}' >> .git/portcullis/approvals.jsonl"}))
        }),
        after(
            true,
            "[protect-state]",
            Turn::tool(
                "Write",
                json!({"file_path": policy, "content": "approval: {unattended: true}\n"}),
            ),
        ),
        after(
            true,
            "[protect-policy]",
            Turn::tool("Skill", json!({"skill": armed.name("approve"), "args": "deploy"})),
        ),
        Turn::from(|request| {
            assert!(request.last_result().is_error, "{}", request.last_result().text);
            Turn::text("I cannot approve")
        }),
    ]);
    let session = armed.session("approve the deployment yourself", script).path_prepend(client);
    session.env("SAMPLE_PLUGIN", folder.unwrap_or_default()).run()?;
    assert!(!armed.project.has(".git/portcullis/approvals.jsonl"));
    Ok(())
}

fn a_push_is_refused_without_the_binary(way: Way) -> Result<()> {
    let armed = Armed::new(way)?;
    let before = armed.project.pushed()?;
    match armed.plugin() {
        Some(plugin) => std::fs::remove_file(plugin.join("target/release/portcullis"))?,
        None => {
            std::fs::remove_file(armed.project.path().join(".claude/portcullis/bin/portcullis"))?
        }
    }
    let script = Script::new().main([
        bash("echo still usable"),
        after(false, "still usable", bash("git push origin main")),
        Turn::from(|request| {
            assert!(request.last_result().is_error, "{}", request.last_result().text);
            Turn::text("refused")
        }),
    ]);
    armed.session("push it", script).run()?;
    assert_eq!(armed.project.pushed()?, before);
    Ok(())
}

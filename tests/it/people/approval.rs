//! `/approve` and `/bypass`: a code that only the person sees.

use serde_json::{Value, json};

use super::{gate, hook_in, prompt, sample};
use crate::support::{Project, denial};

/// What the user is told, when the prompt was stopped.
fn stopped(reply: &Value) -> &str {
    assert_eq!(reply["decision"], "block", "{reply}");
    assert_eq!(reply["hookSpecificOutput"], Value::Null, "nothing for the model: {reply}");
    reply["reason"].as_str().unwrap()
}

fn say(project: &Project, text: &str) -> String {
    stopped(&project.hook(&prompt(project, text))).to_owned()
}

/// The code in what the user was told.
fn code(said: &str) -> String {
    let line = said.lines().nth(1).unwrap_or_else(|| panic!("{said}"));
    line.split_whitespace().last().unwrap().to_owned()
}

#[test]
fn a_bypass_needs_a_reason_and_a_code_and_opens_one_boundary_for_one_tree() {
    let project = sample("");
    let push = project.call("Bash", json!({"command": "git push"}));
    let publish = project.call("Bash", json!({"command": "npm publish"}));
    assert!(denial(&project.hook(&push)).is_some());
    assert!(say(&project, "/bypass push").contains("a bypass of push needs its reason"));
    assert!(say(&project, "/bypass nowhere because of it").contains("known: commit, push"));
    let said = say(&project, "/bypass push the CI runner is down today");
    assert!(said.contains("[approve-code]") && said.contains("has not been run"), "{said}");
    assert!(denial(&project.hook(&push)).is_some(), "a code alone opens nothing");
    let code = code(&said);
    assert!(say(&project, &format!("/bypass push {code}")).contains("[approve-given]"));
    let reply = project.hook(&push);
    assert!(denial(&reply).is_none(), "{reply}");
    let told = reply["systemMessage"].as_str().unwrap();
    assert!(
        told.contains("boundary-bypassed") && told.contains("the CI runner is down today"),
        "{told}"
    );
    assert!(denial(&project.hook(&publish)).is_some(), "another boundary stays shut");
    assert!(say(&project, &format!("/bypass push {code}")).contains("opens nothing"), "single use");
    let lines = project.journal();
    assert!(lines.iter().any(|line| line.to_string().contains("boundary-bypassed")));
    assert!(!lines.iter().any(|line| line.to_string().contains(&code)), "no code in the journal");
    project.write("new.sh", "x");
    project.commit("another tree");
    assert!(denial(&project.hook(&push)).is_some());
}

#[test]
fn an_approval_is_what_the_gate_reads() {
    let project = sample("  ship:\n    checks:\n      human: {shell: 'true'}\n");
    assert!(say(&project, "/approve nothing").contains("known: design"));
    let approved = |project: &Project| {
        let receipt = gate(project, "deploy");
        receipt["reason"].as_str().unwrap().to_owned()
    };
    assert!(approved(&project).contains("waits for another one"), "the other gates come first");
    let said = say(&project, "/portcullis:approve deploy");
    project.write("late.txt", "x");
    let refused = say(&project, &format!("/approve deploy {}", code(&said)));
    assert!(refused.contains("files changed"), "{refused}");
    let said = say(&project, "/approve deploy");
    assert!(say(&project, &format!("/approve deploy {}", code(&said))).contains("recorded"));
    let kept =
        std::fs::read_to_string(project.path().join(".git/portcullis/approvals.jsonl")).unwrap();
    assert!(kept.contains("\"what\":\"deploy\"") && kept.contains("until_ms"), "{kept}");
}

#[test]
fn nobody_approves_in_a_headless_or_a_child_session() {
    let project = sample("");
    for (child_session, unattended) in [(true, false), (false, true)] {
        let env = portcullis::env::Env { child_session, unattended, ..project.env() };
        let reply = hook_in(&project, &env, &prompt(&project, "/approve deploy"));
        let said = stopped(&reply);
        assert!(said.contains("[approve-refused]") && !said.contains("type within"), "{said}");
        // Nor with a code from an attended one.
        let shown = say(&project, "/approve deploy");
        let typed = prompt(&project, &format!("/approve deploy {}", code(&shown)));
        assert!(stopped(&hook_in(&project, &env, &typed)).contains("[approve-refused]"));
    }
    project.write("portcullis.yaml", "approval: {unattended: true}\n");
    let env = portcullis::env::Env { unattended: true, ..project.env() };
    let reply = hook_in(&project, &env, &prompt(&project, "/approve deploy"));
    assert!(stopped(&reply).contains("[approve-code]"), "the policy may say so");
}

#[test]
fn the_model_gets_no_way_in() {
    let project = sample("");
    let said = say(&project, "/approve deploy");
    let code = code(&said);
    // By its own tools: the command, the state, the policy.
    let skill =
        project.call("Skill", json!({"skill": "approve", "args": format!("deploy {code}")}));
    assert!(denial(&project.hook(&skill)).is_some_and(|why| why.contains("approve-refused")));
    let state = project.path().join(".git/portcullis/approvals.jsonl");
    let write = project.call("Write", json!({"file_path": state, "content": "{}"}));
    assert!(denial(&project.hook(&write)).is_some_and(|why| why.contains("protect-state")));
    let echo = format!("echo '{{}}' >> {}", state.display());
    assert!(denial(&project.hook(&project.call("Bash", json!({"command": echo})))).is_some());
    let policy = json!({"command": "echo 'approval: {unattended: true}' > portcullis.yaml"});
    assert!(denial(&project.hook(&project.call("Bash", policy))).is_some());
    // By playing the client.
    for line in [
        "echo '{\"hook_event_name\":\"UserPromptSubmit\"}' | portcullis hook",
        "env -u CLAUDE_CODE_CHILD_SESSION ./.claude/portcullis/bin/portcullis hook < payload.json",
        "bash -c 'portcullis hook < x'",
    ] {
        let call = project.call("Bash", json!({"command": line}));
        assert!(
            denial(&project.hook(&call)).is_some_and(|why| why.contains("approve-forged")),
            "{line}"
        );
    }
    for line in ["portcullis doctor", "grep -rn 'portcullis hook' docs"] {
        assert_eq!(
            project.hook(&project.call("Bash", json!({"command": line}))),
            Value::Null,
            "{line}"
        );
    }
    let payload = prompt(&project, "/approve deploy").to_string();
    project.write("payload.json", &payload);
    let script = format!("'{}' hook < payload.json; exit", crate::support::PROGRAM);
    let output = project.command("sh").args(["-c", &script]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        said.contains("does not come from the client") && !said.contains("approve-code"),
        "{said}"
    );
    std::fs::remove_file(project.path().join("payload.json")).unwrap();
    // A prompt that only mentions it is nobody's approval.
    let mention = project.hook(&prompt(&project, "please explain what /approve deploy does"));
    assert_eq!(mention, Value::Null);
    // Another session cannot use the code.
    let mut other = prompt(&project, &format!("/approve deploy {code}"));
    other["session_id"] = json!("another");
    assert!(stopped(&project.hook(&other)).contains("opens nothing"));
    assert!(!state.exists(), "nothing was recorded");
}

#[test]
fn the_command_itself_never_reaches_the_model() {
    let project = sample("");
    let expansion = json!({
        "session_id": "s", "cwd": project.path(), "hook_event_name": "UserPromptExpansion",
        "command_name": "portcullis:approve", "command_args": "deploy", "prompt": "/portcullis:approve deploy",
    });
    let reply = project.hook(&expansion);
    assert_eq!(reply["decision"], "block", "{reply}");
}

#[test]
fn a_deployment_waits_for_every_gate_and_for_a_person() {
    let plain =
        |name: &str| format!("  {name}:\n    command: [sh, -c, 'true']\n    counts: exit-code\n");
    let others = ["design", "implementation", "review", "security"].map(plain).concat();
    let project = sample(&format!(
        "{others}boundaries: {{deploy: [deploy]}}\ndeploy:\n  monitoring: https://status.example.invalid\n  smoke: [sh, -c, 'true']\n  rollback: [sh, back.sh]\n"
    ));
    let deploy = project.call("Bash", json!({"command": "kubectl apply -f deploy.yaml"}));
    let refused = |words: &str| {
        let reply = project.hook(&deploy);
        assert!(denial(&reply).is_some_and(|why| why.contains(words)), "{words}: {reply}");
    };
    refused("portcullis gate run deploy");
    for name in ["design", "implementation", "review", "test", "security"] {
        assert!(gate(&project, "deploy")["reason"].as_str().unwrap().contains("waits for another"));
        assert_eq!(gate(&project, name)["status"], "passed", "{name}");
    }
    // No rehearsal is declared, and nobody approved.
    let reason = |project: &Project| gate(project, "deploy")["reason"].as_str().unwrap().to_owned();
    let said = reason(&project);
    assert!(
        said.contains("deploy.rehearsal is not declared") && said.contains("/approve deploy"),
        "{said}"
    );
    let policy = std::fs::read_to_string(project.path().join("portcullis.yaml")).unwrap();
    project.write("portcullis.yaml", &format!("{policy}  rehearsal: [sh, -c, 'exit 1']\n"));
    project.commit("a rehearsal that fails");
    for name in ["design", "implementation", "review", "test", "security"] {
        gate(&project, name);
    }
    assert_eq!(gate(&project, "deploy")["status"], "failed");
    project.write("portcullis.yaml", &format!("{policy}  rehearsal: [sh, -c, 'true']\n"));
    project.commit("a rehearsal");
    for name in ["design", "implementation", "review", "test", "security"] {
        gate(&project, name);
    }
    assert_eq!(gate(&project, "deploy")["status"], "not_run");
    let shown = say(&project, "/approve deploy");
    say(&project, &format!("/approve deploy {}", code(&shown)));
    assert_eq!(gate(&project, "deploy")["status"], "passed", "{}", reason(&project));
    assert_eq!(project.hook(&deploy), Value::Null);
    project.write("late.sh", "echo not approved\n");
    refused("another tree now");
}

//! `portcullis validate --rehearse`: hooks are run in a copy, and what the client would make of it is said.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

use crate::support::PROGRAM;

struct Plugin(tempfile::TempDir);

impl Plugin {
    /// A plugin with one PreToolUse hook for Bash.
    fn with(script: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let file = dir.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, text).unwrap();
            file
        };
        write(".claude-plugin/plugin.json", "{\"name\": \"p\"}\n");
        let hooks = json!({"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{
            "type": "command", "command": "${CLAUDE_PLUGIN_ROOT}/hooks/guard.sh", "args": ["x"], "timeout": 2,
        }]}]}});
        write("hooks/hooks.json", &hooks.to_string());
        let file = write("hooks/guard.sh", &format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self(dir)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn rehearse(&self) -> (Output, String) {
        let output = Command::new(PROGRAM)
            .args(["validate", "--rehearse"])
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let err = String::from_utf8(output.stderr.clone()).unwrap();
        (output, text + &err)
    }
}

#[test]
fn a_guard_that_exits_1_is_open() {
    let plugin = Plugin::with("if grep -q 'rm -rf'; then echo refused >&2; exit 1; fi");
    let (output, text) = plugin.rehearse();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("error[rehearsal-guard-open]"), "{text}");
    assert!(text.contains("PreToolUse:Bash at `ls`: exit 0: no objection"), "{text}");
}

#[test]
fn a_guard_that_refuses_is_well() {
    for refusal in [
        "exit 2",
        "echo '{\"hookSpecificOutput\": {\"hookEventName\": \"PreToolUse\", \"permissionDecision\": \"deny\"}}'; exit 0",
    ] {
        let plugin = Plugin::with(&format!("if grep -q 'rm -rf'; then {refusal}; fi"));
        let (output, text) = plugin.rehearse();
        assert_eq!(output.status.code(), Some(0), "{text}");
        assert!(!text.contains("[rehearsal-"), "{text}");
    }
}

#[test]
fn broken_answers_and_missing_programs_are_said() {
    let (_, text) = Plugin::with("cat >/dev/null; echo \"{'decision': 'block'}\"").rehearse();
    assert!(text.contains("rehearsal-output-invalid"), "{text}");
    let (_, text) = Plugin::with("no-such-program-anywhere").rehearse();
    assert!(text.contains("rehearsal-program-missing"), "{text}");
    let other = "echo '{\"hookSpecificOutput\": {\"hookEventName\": \"Stop\"}}'";
    let (_, text) = Plugin::with(other).rehearse();
    assert!(text.contains("is one to `Stop`"), "{text}");
}

#[test]
fn a_hook_that_never_ends_is_ended() {
    let (_, text) = Plugin::with("while :; do sleep 1; done").rehearse();
    assert!(text.contains("rehearsal-too-slow"), "{text}");
}

#[test]
fn the_original_is_left_alone_and_there_is_no_network() {
    let script = "echo x > \"$CLAUDE_PLUGIN_ROOT/written\"; echo y > \"$HOME/written\"\n\
                  if grep -q : /proc/net/route 2>/dev/null || [ \"$(wc -l < /proc/net/dev)\" -gt 3 ]; then exit 7; fi";
    let plugin = Plugin::with(script);
    let (_, text) = plugin.rehearse();
    assert!(text.contains("exit 0: no objection") && !text.contains("exit 7"), "{text}");
    assert!(!plugin.path().join("written").exists());
}

#[test]
fn the_policy_holds_for_rehearsals_too() {
    let open = "if grep -q 'rm -rf'; then exit 1; fi";
    let with = |policy: &str| {
        let plugin = Plugin::with(open);
        std::fs::write(plugin.path().join("portcullis.yaml"), policy).unwrap();
        let (output, text) = plugin.rehearse();
        (output.status.code(), text)
    };
    let (code, text) = with("validate: {rules: {rehearsal-guard-open: warning}}\n");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("warning[rehearsal-guard-open]"), "{text}");
    let (code, text) = with("validate: {rules: {rehearsal-guard-open: off}}\n");
    assert_eq!(code, Some(0), "{text}");
    assert!(!text.contains("[rehearsal-guard-open]"), "{text}");
    let waiver = "validate:\n  waivers:\n    - {rule: rehearsal-guard-open, path: hooks/, reason: it only warns, expires: 2999-01-01}\n";
    let (code, text) = with(waiver);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("allowed[rehearsal-guard-open]") && text.contains("1 allowed"), "{text}");
}

#[test]
fn a_preset_without_the_rule_leaves_it_out() {
    let plugin = Plugin::with("if grep -q 'rm -rf'; then exit 1; fi");
    let output = Command::new(PROGRAM)
        .args(["validate", "--rehearse", "--preset", "standard"])
        .current_dir(plugin.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("rehearsed") && !text.contains("[rehearsal-"), "{text}");
}

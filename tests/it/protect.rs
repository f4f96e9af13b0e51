//! The protect check, through the hook's real entry, in a repository with a linked worktree.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world must fail")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use portcullis::check::CHECKS;
use portcullis::env::Env;
use portcullis::hook::answer;
use portcullis::hook::input::Input;
use serde_json::{Value, json};
use tempfile::TempDir;

struct World {
    _root: TempDir,
    project: PathBuf,
    worktree: PathBuf,
    env: Env,
}

fn git(dir: &Path, args: &[&str]) {
    let output = Command::new("git")
        .args(args)
        .current_dir(dir)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs([
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_AUTHOR_NAME", "a"),
            ("GIT_AUTHOR_EMAIL", "a@localhost"),
            ("GIT_COMMITTER_NAME", "a"),
            ("GIT_COMMITTER_EMAIL", "a@localhost"),
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn world() -> World {
    let root = tempfile::tempdir().unwrap();
    let base = root.path().canonicalize().unwrap();
    let (project, worktree, home) = (base.join("project"), base.join("linked"), base.join("home"));
    std::fs::create_dir_all(&project).unwrap();
    git(&project, &["init", "-q", "-b", "main"]);
    write(&project.join("portcullis.yaml"), "version: 1\n");
    write(&project.join("src/lib.rs"), "");
    write(&project.join("settings.json"), "{}");
    write(&project.join(".claude/settings.json"), "{}");
    write(&project.join(".claude/agents/a.md"), "");
    git(&project, &["add", "."]);
    git(&project, &["commit", "-q", "-m", "x"]);
    git(&project, &["worktree", "add", "-q", worktree.to_str().unwrap()]);
    write(&project.join(".git/portcullis/receipts.jsonl"), "");
    write(&home.join(".claude/settings.json"), "{}");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../.claude", project.join("src/conf")).unwrap();
        std::os::unix::fs::symlink(".claude/settings.local.json", project.join("later")).unwrap();
    }
    let env = Env {
        cwd: project.clone(),
        project_dir: Some(project.clone()),
        plugin_root: Some(home.join("plugins/portcullis")),
        plugin_data: Some(home.join("data")),
        config_dir: Some(home.join(".claude")),
        state_home: Some(home.join("state")),
        home: Some(home),
        ..Env::default()
    };
    World { _root: root, project, worktree, env }
}

/// The rule that refuses a call, or nothing.
fn refused(world: &World, cwd: &Path, tool: &str, input: Value) -> Option<String> {
    let payload = json!({
        "hook_event_name": "PreToolUse", "session_id": "s", "tool_use_id": "t",
        "cwd": cwd, "tool_name": tool, "tool_input": input,
    });
    let input = Input::Whole(payload.to_string().into_bytes());
    let reply: Value =
        serde_json::from_slice(&answer(input, &world.env, CHECKS, Instant::now())?).unwrap();
    let specific = &reply["hookSpecificOutput"];
    let reason = specific["permissionDecisionReason"].as_str().unwrap_or_default().to_owned();
    if specific["permissionDecision"] == "deny" && reason.contains("[protect-") {
        assert!(reason.contains("Way out: "), "{reason}");
        return Some(reason);
    }
    None
}

const VIOLATIONS: &[(&str, &str)] = &[
    ("protect-wiring", "echo '{}' > .claude/settings.json"),
    ("protect-wiring", "echo x >> .claude/settings.local.json"),
    ("protect-wiring", "echo x >| ./.claude/settings.json"),
    ("protect-wiring", "true &> .claude/settings.json"),
    ("protect-wiring", "exec 3<> .claude/settings.json"),
    ("protect-wiring", "> .claude/settings.json"),
    ("protect-wiring", "cat <<EOF > .claude/settings.json\n{}\nEOF"),
    ("protect-wiring", "tee .claude/settings.json < x"),
    ("protect-wiring", "jq . x | tee .claude/settings.json"),
    ("protect-wiring", "cd .claude && echo x > settings.json"),
    ("protect-wiring", "cd src; echo x > ../.claude/settings.json"),
    ("protect-wiring", "(cd .claude; rm settings.json)"),
    ("protect-wiring", "rm .claude/settings.json"),
    ("protect-wiring", "rm -rf .claude"),
    ("protect-wiring", "rm -rf ./.claude/"),
    ("protect-wiring", "rm -rf .cl*"),
    ("protect-wiring", "rm .claude/*"),
    ("protect-wiring", "rm .claude/sett?ngs.json"),
    ("protect-wiring", "rm .claude/{settings,x}.json"),
    ("protect-wiring", "rm .cla''ude/settings.json"),
    ("protect-wiring", "f=.claude/settings.json; rm \"$f\""),
    ("protect-wiring", "rm \"$ROOT/.claude/settings.json\""),
    ("protect-wiring", "rm \"$(git rev-parse --show-toplevel)/.claude/settings.json\""),
    ("protect-wiring", "rm ~/.claude/settings.json"),
    ("protect-wiring", "rm $HOME/.claude/settings.json"),
    ("protect-wiring", "cd ~/.claude && rm settings.json"),
    ("protect-wiring", "mv .claude old"),
    ("protect-wiring", "mv x .claude/settings.json"),
    ("protect-wiring", "cp settings.json .claude/"),
    ("protect-wiring", "cp settings.json .claude"),
    ("protect-wiring", "cp -t .claude settings.json"),
    ("protect-wiring", "ln -sf /dev/null .claude/settings.json"),
    ("protect-wiring", "ln .claude/settings.json alias"),
    ("protect-wiring", "sed -i 's/a/b/' .claude/settings.json"),
    ("protect-wiring", "sudo sed -i.bak s/a/b/ .claude/settings.json"),
    ("protect-wiring", "perl -pi -e s/a/b/ .claude/settings.json"),
    ("protect-wiring", "dd if=x of=.claude/settings.json"),
    ("protect-wiring", "truncate -s0 .claude/settings.json"),
    ("protect-wiring", "chmod 000 .claude/settings.json"),
    ("protect-wiring", "chmod -R a-r .claude"),
    ("protect-wiring", "touch .claude/portcullis/x"),
    ("protect-wiring", "bash -c 'rm .claude/settings.json'"),
    ("protect-wiring", "eval 'rm .claude/settings.json'"),
    ("protect-wiring", "echo .claude/settings.json | xargs rm"),
    ("protect-wiring", "find .claude -delete"),
    ("protect-wiring", "find . -name 'settings*' -exec rm {} +"),
    ("protect-wiring", "python3 -c \"open('.claude/settings.json','w')\""),
    ("protect-wiring", "node -e \"fs.unlinkSync('.claude/settings.json')\""),
    ("protect-wiring", "git rm -f .claude/settings.json"),
    ("protect-wiring", "git checkout HEAD~1 -- .claude/settings.json"),
    ("protect-wiring", "git -C src mv ../.claude ../x"),
    ("protect-wiring", "rm .git/hooks/pre-push"),
    ("protect-wiring", "echo x > .git/hooks/pre-commit"),
    ("protect-wiring", "rm -rf ~/plugins/portcullis"),
    ("protect-wiring", "echo x > ~/data/x"),
    ("protect-wiring", "portcullis uninstall"),
    ("protect-wiring", "./target/debug/portcullis install ."),
    ("protect-wiring", "echo x > src/conf/settings.json"),
    ("protect-wiring", "echo x > later"),
    ("protect-wiring", "curl -o .claude/settings.json http://localhost/x"),
    ("protect-wiring", "vim .claude/settings.json"),
    ("protect-wiring", "wget -O .claude/settings.json http://localhost/x"),
    ("protect-policy", "rm portcullis.yaml"),
    ("protect-policy", "rm *"),
    ("protect-policy", "echo 'version: 1' > portcullis.yaml"),
    ("protect-policy", "mv portcullis.yaml x"),
    ("protect-policy", "sed -i s/a/b/ portcullis.yaml"),
    ("protect-policy", "git restore portcullis.yaml"),
    ("protect-policy", "find . -name '*.yaml' -delete"),
    ("protect-state", "rm -rf .git"),
    ("protect-state", "echo '{}' >> .git/portcullis/receipts.jsonl"),
    ("protect-state", "rm -r .git/portcullis"),
    ("protect-state", "cp receipts.jsonl .git/portcullis/receipts.jsonl"),
    ("protect-state", "rm -rf ~/state/portcullis/x"),
    ("protect-state", "rm -rf ../project"),
];

const INNOCENT: &[&str] = &[
    "git status",
    "ls -la src",
    "cat .claude/settings.json",
    "head -5 .claude/settings.json | jq .",
    "jq .hooks .claude/settings.json > out.json",
    "grep -r hooks .",
    "grep -rn portcullis . > found.txt",
    "ls .git/hooks",
    "ls -la .claude .git/portcullis",
    "rm -rf target",
    "rm -rf .claude/worktrees/x",
    "rm src/*.rs",
    "rm -f .claude/agents/a.md",
    "rm -rf /nowhere/x",
    "git add .claude/settings.json portcullis.yaml",
    "git commit -m 'change .claude/settings.json'",
    "git diff -- .claude/settings.json",
    "git log -p portcullis.yaml",
    "git -C src status",
    "git clean -n",
    "git checkout -b hooks",
    "git restore src/lib.rs",
    "cp settings.json ../elsewhere",
    "cp .claude/settings.json ../elsewhere/",
    "cp portcullis.yaml /nowhere/",
    "echo '.claude/settings.json'",
    "echo 'rm -rf .claude' > notes.md",
    "echo '{}' > settings.json",
    "cat > src/settings.json <<'EOF'\nrm .claude/settings.json\nEOF",
    "cargo test 2>&1 | tail",
    "cargo test > out.txt 2>&1",
    "make > /dev/null",
    "find . -name '*.rs' -delete",
    "find .claude -name '*.json' -print",
    "find . -name hooks -exec ls {} +",
    "sed -n 1,5p .claude/settings.json",
    "sed -i s/a/b/ src/lib.rs",
    "mkdir -p .claude/agents",
    "touch .claude/agents/b.md",
    "mv .claude/agents/a.md .claude/agents/b.md",
    "echo x > .claude/agents/b.md",
    "cd .claude && cat settings.json",
    "diff .claude/settings.json ~/.claude/settings.json",
    "wc -l .git/hooks/*",
    "stat portcullis.yaml",
    "test -f .claude/settings.json && echo yes",
    "[ -f portcullis.yaml ] || echo no",
    "[[ -e .git/portcullis ]]",
    "for f in .claude/*.json; do cat \"$f\"; done",
    "portcullis doctor",
    "portcullis gate run test",
    "portcullis explain protect-state > page.md",
    "portcullis install --help",
    "python3 -m json.tool .claude/settings.json",
    "python3 -c \"print(open('.claude/settings.json').read())\"",
    "bash .git/hooks/pre-commit",
    "tar czf ../x.tgz .claude",
    "rm -rf node_modules dist *.log",
    "cat docs/hooks.md settings.json",
    "echo x > docs/hooks.md",
    "npm test -- settings",
    "rm -rf src/hooks",
];

#[test]
fn lines_that_touch_what_guards_are_refused() {
    let world = world();
    assert!(VIOLATIONS.len() >= 40);
    let mut wrong = Vec::new();
    for (rule, line) in VIOLATIONS {
        let reason = refused(&world, &world.project, "Bash", json!({ "command": line }));
        if !reason.as_deref().is_some_and(|reason| reason.contains(&format!("[{rule}]"))) {
            wrong.push(format!("{rule}: {line:?}: {reason:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), VIOLATIONS.len(), wrong.join("\n"));
}

#[test]
fn innocent_lines_are_not_refused() {
    let world = world();
    assert!(INNOCENT.len() >= 40);
    let mut wrong = Vec::new();
    for line in INNOCENT {
        if let Some(reason) = refused(&world, &world.project, "Bash", json!({ "command": line })) {
            wrong.push(format!("{line:?}: {reason}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), INNOCENT.len(), wrong.join("\n"));
}

#[test]
fn file_tools_are_refused_by_place_not_by_name() {
    let world = world();
    let at = |path: &str| world.project.join(path);
    let refusals = [
        ("Write", "file_path", at(".claude/settings.json")),
        ("Edit", "file_path", at(".claude/settings.local.json")),
        ("Write", "file_path", at("src/../.claude/settings.json")),
        ("Write", "file_path", at("src/conf/settings.json")),
        ("Write", "file_path", at("later")),
        ("Write", "file_path", PathBuf::from(".claude/settings.json")),
        ("Edit", "file_path", at("portcullis.yaml")),
        ("NotebookEdit", "notebook_path", at(".claude/portcullis/x.ipynb")),
        ("Write", "file_path", at(".git/hooks/pre-push")),
        ("Write", "file_path", at(".git/portcullis/runs/new/report.json")),
        ("Write", "file_path", world.worktree.join(".claude/settings.json")),
        ("Write", "file_path", world.worktree.join("portcullis.yaml")),
        ("Write", "file_path", world.env.home.clone().unwrap().join(".claude/settings.json")),
        ("Write", "file_path", world.env.plugin_root.clone().unwrap().join("hooks/hooks.json")),
        ("mcp__fs__write_file", "path", at(".claude/settings.json")),
        ("mcp__fs__move_file", "destination", at("portcullis.yaml")),
    ];
    for (tool, field, path) in refusals {
        let reason = refused(&world, &world.project, tool, json!({ field: path }));
        assert!(reason.is_some(), "{tool} {}", path.display());
    }
    let nested = json!({"edits": [{"path": at("src/lib.rs")}, {"path": at("portcullis.yaml")}]});
    assert!(refused(&world, &world.project, "mcp__fs__edit_files", nested).is_some());
    let allowed = [
        ("Write", "file_path", at("src/main.rs")),
        ("Write", "file_path", at(".claude/agents/b.md")),
        ("Write", "file_path", at("settings.json")),
        ("Write", "file_path", at("docs/portcullis.yaml")),
        ("Write", "file_path", at("fixtures/.claude/settings.json")),
        ("Edit", "file_path", at("src/hooks/mod.rs")),
        ("Read", "file_path", at(".claude/settings.json")),
        ("mcp__fs__read_file", "path", at(".claude/settings.json")),
        ("mcp__fs__write_file", "path", at("src/lib.rs")),
        ("mcp__fs__write_file", "content", at("portcullis.yaml")),
    ];
    for (tool, field, path) in allowed {
        let reason = refused(&world, &world.project, tool, json!({ field: path }));
        assert_eq!(reason, None, "{tool} {}", path.display());
    }
}

#[test]
fn a_linked_worktree_is_guarded_like_its_main() {
    let world = world();
    for line in [
        "rm .claude/settings.json",
        "echo x > portcullis.yaml",
        "echo x > ../project/.git/portcullis/receipts.jsonl",
        "rm -rf ../project/.git",
        "echo x > ../project/.claude/settings.json",
        "echo x > \"$(git rev-parse --git-common-dir)/../.git/hooks/pre-push\"",
    ] {
        let reason = refused(&world, &world.worktree, "Bash", json!({ "command": line }));
        assert!(reason.is_some(), "{line}");
    }
    for line in ["rm -rf target", "cat .claude/settings.json", "git worktree list > out"] {
        let reason = refused(&world, &world.worktree, "Bash", json!({ "command": line }));
        assert_eq!(reason, None, "{line}");
    }
}

#[test]
fn other_tools_that_run_lines_are_judged_too() {
    let world = world();
    for (tool, line) in [
        ("Monitor", "rm .claude/settings.json"),
        ("PowerShell", "Remove-Item .claude\\settings.json"),
        ("PowerShell", "Set-Content -Path .claude/settings.json -Value x"),
    ] {
        assert!(
            refused(&world, &world.project, tool, json!({ "command": line })).is_some(),
            "{line}"
        );
    }
    let read = json!({ "command": "Get-Content .claude/settings.json" });
    assert_eq!(refused(&world, &world.project, "PowerShell", read), None);
}

#[test]
fn after_a_cd_in_an_earlier_call_the_folder_counts() {
    let world = world();
    let hooks = world.project.join(".git/hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    let line = json!({ "command": "vi pre-push" });
    assert!(refused(&world, &hooks, "Bash", line).is_some());
    let line = json!({ "command": "ls pre-push" });
    assert_eq!(refused(&world, &hooks, "Bash", line), None);
}

#[test]
fn the_planted_violation_is_refused() {
    let world = world();
    let check = CHECKS.iter().find(|check| check.id == "protect").unwrap();
    let payload = (check.planted)(&world.project);
    let input = Input::Whole(payload.to_string().into_bytes());
    let reply = answer(input, &world.env, CHECKS, Instant::now()).unwrap();
    assert!(String::from_utf8_lossy(&reply).contains("[protect-wiring]"));
}

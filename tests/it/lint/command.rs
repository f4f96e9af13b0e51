//! `portcullis validate` as a process: exit codes, formats, standard input, suppressions, fixes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::PROGRAM;

const GOOD: &str =
    "---\nname: a\ndescription: Use when a change is ready.\n---\nYou review changes.\n";

struct Dir(tempfile::TempDir);

impl Dir {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(self, path: &str, text: &str) -> Self {
        let file = self.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
        self
    }

    fn run(&self, args: &[&str]) -> Output {
        self.fed(args, "")
    }

    fn fed(&self, args: &[&str], input: &str) -> Output {
        let mut child = Command::new(PROGRAM)
            .arg("validate")
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    fn code(&self, args: &[&str]) -> i32 {
        self.run(args).status.code().unwrap()
    }
}

fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn the_exit_code_says_which_answer_it_is() {
    assert_eq!(Dir::new().write(".claude/agents/a.md", GOOD).code(&[]), 0);
    let error = Dir::new().write(".claude/agents/a.md", "---\nname: a\n---\nx\n");
    assert_eq!(error.code(&[]), 1);
    assert_eq!(error.code(&["gone"]), 2);
    assert_eq!(Dir::new().code(&[]), 3);
    let policy = Dir::new().write("portcullis.yaml", "validate: {rules: {no-such: off}}\n");
    assert_eq!(policy.code(&[]), 4);
    let text = GOOD.replace("name: a", "name: a\ntools: Read, Foo");
    let warning = Dir::new().write(".claude/agents/a.md", &text);
    assert_eq!(warning.code(&[]), 0);
    assert_eq!(warning.code(&["--strict"]), 1);
}

#[test]
fn nothing_to_check_is_said() {
    let output = Dir::new().write("src/main.rs", "fn main() {}\n").run(&[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(words(&output).contains("nothing to check, so nothing passed"), "{}", words(&output));
}

#[test]
fn a_finding_shows_its_line_and_the_way_out() {
    let text = GOOD.replace("name: a", "name: a\ntools: WebFecth");
    let output = Dir::new().write(".claude/agents/a.md", &text).run(&[]);
    let words = words(&output);
    for part in
        ["warning[tool-unknown]", ".claude/agents/a.md:3:8", "^^^^^^^^", "`WebFetch` is one"]
    {
        assert!(words.contains(part), "{part} is not in\n{words}");
    }
}

#[test]
fn json_and_sarif_and_github_name_the_same_place() {
    let dir = Dir::new().write(".claude/agents/a.md", "---\nname: a\n---\nx\n");
    let json: serde_json::Value =
        serde_json::from_slice(&dir.run(&["--format", "json"]).stdout).unwrap();
    assert_eq!(json["v"], 1);
    assert_eq!(json["command"], "validate");
    let row = &json["entries"][0];
    assert_eq!(
        (row["verdict"].as_str(), row["rule"].as_str()),
        (Some("error"), Some("agent-description-missing"))
    );
    assert_eq!(row["place"]["path"], ".claude/agents/a.md");
    let sarif: serde_json::Value =
        serde_json::from_slice(&dir.run(&["--format", "sarif"]).stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "agent-description-missing");
    let github = dir.run(&["--format", "github"]);
    assert!(
        words(&github).starts_with("::error file=.claude/agents/a.md,line=1"),
        "{}",
        words(&github)
    );
}

#[test]
fn standard_input_stands_for_a_file() {
    let dir = Dir::new().write(".claude/agents/a.md", GOOD);
    let args = ["--stdin-filename", ".claude/agents/a.md"];
    assert_eq!(dir.fed(&args, GOOD).status.code(), Some(0));
    assert_eq!(dir.fed(&args, "---\nname: a\n---\nx\n").status.code(), Some(1));
    // A file that is not there yet is judged by the path it will have.
    let args = ["--stdin-filename", ".claude/agents/new.md"];
    assert_eq!(dir.fed(&args, "---\nname: a\n---\nx\n").status.code(), Some(1));
}

#[test]
fn a_comment_allows_a_finding_and_is_counted() {
    let allowed = "---\nname: a\ndescription: Use when a change is ready\n# portcullis-allow: tool-unknown our server adds it\ntools: Read, Foo\n---\nx\n";
    let dir = Dir::new().write(".claude/agents/a.md", allowed);
    let output = dir.run(&["--strict"]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert!(words(&output).contains("1 allowed"), "{}", words(&output));
    let unused = allowed.replace(", Foo", "");
    let output = Dir::new().write(".claude/agents/a.md", &unused).run(&["--strict"]);
    assert!(words(&output).contains("warning[allow-unused]"), "{}", words(&output));
    let mute = allowed.replace(" our server adds it", "");
    let output = Dir::new().write(".claude/agents/a.md", &mute).run(&["--strict"]);
    assert!(words(&output).contains("gives no reason"), "{}", words(&output));
}

#[test]
fn the_policy_waives_ignores_and_changes_verdicts() {
    let text = GOOD.replace("name: a", "name: a\ntools: Read, Foo");
    let with = |policy: &str| {
        Dir::new().write(".claude/agents/a.md", &text).write("portcullis.yaml", policy)
    };
    assert_eq!(with("validate: {rules: {tool-unknown: error}}\n").code(&[]), 1);
    assert_eq!(with("validate: {rules: {tool-unknown: off}}\n").code(&["--strict"]), 0);
    let waiver = "validate:\n  waivers:\n    - {rule: tool-unknown, path: .claude/agents/, reason: ours, expires: 2999-01-01}\n";
    let output = with(waiver).run(&["--strict"]);
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
    assert_eq!(with(&waiver.replace("2999", "2001")).code(&["--strict"]), 1);
    let ignored = with("validate: {ignore: [.claude/]}\n");
    assert_eq!(ignored.code(&["--strict", "."]), 0);
}

#[test]
fn fix_shows_its_change_and_makes_it() {
    let text = "---\nname: a\ndescription: Use when: a change is ready\n---\nx\n";
    let dir = Dir::new().write(".claude/agents/a.md", text);
    let preview = dir.run(&["--diff"]);
    let line = "+description: \"Use when: a change is ready\"";
    assert!(words(&preview).contains(line), "{}", words(&preview));
    let read = || std::fs::read_to_string(dir.path().join(".claude/agents/a.md")).unwrap();
    assert_eq!(read(), text);
    dir.run(&["--fix"]);
    assert!(read().contains(&line[1..]), "{}", read());
    let again = dir.run(&["--fix"]);
    assert!(words(&again).contains("0 findings fixed"), "{}", words(&again));
}

#[test]
fn a_single_file_finds_its_plugin() {
    let dir = Dir::new()
        .write("p/.claude-plugin/plugin.json", "{\"name\": \"p\"}\n")
        .write("p/agents/a.md", "---\nname: a\ndescription: b\nhooks: {}\n---\nx\n");
    let output = dir.run(&["p/agents/a.md"]);
    assert!(words(&output).contains("agent-key-lost"), "{}", words(&output));
}

#[test]
fn watch_checks_again_after_a_change() {
    use std::io::{BufRead, BufReader};
    let dir = Dir::new().write(".claude/agents/a.md", GOOD);
    let mut child = Command::new(PROGRAM)
        .args(["validate", "--watch"])
        .current_dir(dir.path())
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.next().unwrap().unwrap().contains("0 errors"));
    // Another length, so that the change is seen whatever the clock's grain is.
    std::fs::write(dir.path().join(".claude/agents/a.md"), "---\nname: a\n---\nx\n").unwrap();
    assert!(lines.next().unwrap().unwrap().contains("1 errors"));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn commands_of_other_programs_are_none() {
    let text = "---\ndescription: Goes.\nagent: build\n---\nGo.\n";
    let other = Dir::new().write(".opencode/commands/go.md", text);
    assert_eq!(other.code(&["."]), 3, "{}", words(&other.run(&["."])));
    let ours = Dir::new().write("pack/commands/go.md", text);
    assert!(words(&ours.run(&["."])).contains("skill-agent-without-fork"));
    let many = Dir::new().write("templates/windsurf-agent/commands/go.md", text);
    assert_eq!(many.code(&["."]), 3, "{}", words(&many.run(&["."])));
    // What a folder above is called says nothing.
    let inside = words(&many.run(&["templates/windsurf-agent/commands"]));
    assert!(inside.contains("skill-agent-without-fork"), "{inside}");
    // A file that is named is judged wherever it lies.
    assert_eq!(other.code(&["--strict", ".opencode/commands/go.md"]), 1);
}

#[test]
fn a_folder_name_nearer_to_the_file_tells_what_it_is() {
    let text = "---\ndescription: Goes. Use when it is time.\n---\nGo.\n";
    let dir = Dir::new().write("agents/claude-code/commands/go.md", text);
    assert_eq!(dir.code(&["."]), 0, "{}", words(&dir.run(&["."])));
    let other =
        Dir::new().write("pack/agents/a.md", &text.replace("---\nGo", "mode: subagent\n---\nGo"));
    assert_eq!(other.code(&["."]), 3, "{}", words(&other.run(&["."])));
}

#[cfg(unix)]
#[test]
fn fix_repairs_a_program_and_its_path() {
    use std::os::unix::fs::PermissionsExt;
    let dir = Dir::new()
        .write(
            "p/.claude-plugin/plugin.json",
            "{\"name\": \"p\", \"version\": \"1.0.0\", \"description\": \"Guards.\"}\n",
        )
        .write("p/hooks/guard.sh", "#!/bin/sh\r\nexit 0\r\n");
    let root = dir.path().canonicalize().unwrap();
    let hooks = serde_json::json!({"hooks": {"PreToolUse": [{"hooks": [
        {"type": "command", "command": format!("{}/p/hooks/guard.sh x", root.display())},
    ]}]}});
    let file = root.join("p/hooks/hooks.json");
    std::fs::write(&file, hooks.to_string()).unwrap();
    let found = words(&dir.run(&["p"]));
    assert!(found.contains("[hook-path-absolute]"), "{found}");
    let preview = words(&dir.run(&["--diff", "p"]));
    let fixed = words(&dir.run(&["--fix", "p"]));
    assert!(preview.contains("1 findings could be fixed"), "{preview}");
    // The path, its quotes, the line ends, the bit: each makes the next one visible.
    assert!(fixed.contains("4 findings fixed in 2 files"), "{fixed}");
    assert!(fixed.contains("new mode 100755"), "{fixed}");
    let line = std::fs::read_to_string(&file).unwrap();
    assert!(line.contains(r#""\"${CLAUDE_PLUGIN_ROOT}/hooks/guard.sh\" x""#), "{line}");
    let script = root.join("p/hooks/guard.sh");
    assert_eq!(std::fs::read(&script).unwrap(), b"#!/bin/sh\nexit 0\n");
    assert_eq!(std::fs::metadata(&script).unwrap().permissions().mode() & 0o111, 0o111);
    assert!(words(&dir.run(&["--fix", "p"])).contains("0 findings fixed"));
}

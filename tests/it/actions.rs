//! The action table: every row found, every exception silent; and the verdicts through the hook.

use std::collections::BTreeSet;
use std::path::Path;

use portcullis::secrets::template;
use portcullis::shell::{self, ActionKind, Row, Rows, UserRow};
use serde_json::{Value, json};

use crate::support::{PROGRAM, Project, denial, pre_tool};

/// The line of a row of the table, with arguments that meet the row's conditions.
pub(crate) fn line_of(row: &Row) -> String {
    line_with(row, "")
}

/// As [`line_of`], with options of the program in front of the verb.
fn line_with(row: &Row, globals: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    if let Some(assign) = row.assigns.first() {
        words.push(assign.replace('*', "x"));
    }
    words.push(row.program.to_owned());
    words.push(globals.to_owned());
    words.push(row.verb.to_owned());
    match row.example {
        Some(example) => words.push(example.to_owned()),
        None => {
            words.extend(row.needs.first().map(|need| option(need)));
            if !row.bare {
                words.push("target".to_owned());
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

/// `-X=PUT` as it is written on a command line.
fn option(need: &str) -> String {
    match need.split_once('=') {
        Some((name, value)) if name.starts_with("--") => {
            format!("{name}={}", value.replace('*', "x"))
        }
        Some((name, value)) => format!("{name} {}", value.replace('*', "x")),
        None => need.to_owned(),
    }
}

fn kinds(line: &str) -> Vec<ActionKind> {
    let reading = shell::read(line, Path::new("/project"));
    shell::actions(&reading).iter().map(|action| action.kind).collect()
}

#[test]
fn every_row_of_the_table_is_found_and_hinted() {
    let mut wrong = Vec::new();
    for row in shell::rows() {
        let line = line_of(&row);
        let reading = shell::read(&line, Path::new("/project"));
        let actions = shell::actions(&reading);
        let Some(action) = actions.iter().find(|action| action.kind == row.kind) else {
            wrong.push(format!("{} is not found in {line}: {reading:?}", row.kind.word()));
            continue;
        };
        if action.verb != row.verb || action.args > reading.commands[action.command].words.len() {
            wrong.push(format!("{line} is {action:?}"));
        }
        if !shell::hints(row.kind, line.as_bytes()) {
            wrong.push(format!("{line} is not hinted as {}", row.kind.word()));
        }
        for dry in row.dry {
            let line = format!("{line} {}", option(dry));
            if kinds(&line).contains(&row.kind) {
                wrong.push(format!("{line} is not taken for a dry run"));
            }
        }
        // Behind `--` it would be an operand.
        let help = match line.split_once(" -- ") {
            Some((options, operands)) => format!("{options} --help -- {operands}"),
            None => format!("{line} --help"),
        };
        if !kinds(&help).is_empty() {
            wrong.push(help);
        }
        for global in row.values {
            let line = line_with(&row, &format!("{global} v"));
            let found = kinds(&line);
            // An option that turns the action off, or a verb that begins with this option.
            let turned_off = row.dry.iter().any(|dry| dry.split('=').next() == Some(global));
            if !found.contains(&row.kind) && !turned_off {
                wrong.push(format!("{line} hides it"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} problems:\n{}", wrong.len(), wrong.join("\n"));
    for line in ["ls -la src", "cargo test --lib", "git status", "cat README.md", "rg make_it src"]
    {
        assert!(!shell::hints_boundary(line.as_bytes()), "{line}");
    }
}

#[test]
fn the_table_is_as_large_as_promised() {
    let verbs: BTreeSet<(&str, &str)> = shell::rows().map(|row| (row.program, row.verb)).collect();
    let programs: BTreeSet<&str> = shell::rows().map(|row| row.program).collect();
    assert!(verbs.len() >= 150, "{} verbs", verbs.len());
    assert!(programs.len() >= 60, "{} programs", programs.len());
    for kind in ActionKind::ALL {
        assert!(shell::rows().any(|row| row.kind == *kind), "{}", kind.word());
    }
}

#[test]
fn what_each_kind_of_program_does_is_known() {
    use ActionKind::{Commit, Deploy, Destroy, GuardTamper, Publish, Push, Release, SecretRead};
    for (line, wanted) in [
        ("npm -w a publish", &[Publish][..]),
        ("aws --profile p s3 rm s3://b/x", &[Destroy]),
        ("kubectl -n x --context y delete pod z", &[Destroy]),
        ("kubectl delete pod z --dry-run=client", &[]),
        ("kubectl delete pod z --dry-run=none", &[Destroy]),
        ("git push --force origin main", &[Push, Destroy]),
        ("git push --force-with-lease", &[Push]),
        ("git push --no-verify", &[Push, GuardTamper]),
        ("git commit -nm x", &[Commit, GuardTamper]),
        ("git commit -m -n", &[Commit]),
        ("git push -n", &[]),
        ("git -c core.hooksPath=/dev/null commit -m x", &[Commit, GuardTamper]),
        ("git config core.hooksPath", &[]),
        ("git config --global core.hooksPath /dev/null", &[GuardTamper]),
        ("HUSKY=0 git commit -m x", &[Commit, GuardTamper]),
        ("SKIP=lint git commit -m x", &[Commit, GuardTamper]),
        ("env HUSKY=0 git push", &[Push, GuardTamper]),
        ("export HUSKY=0", &[GuardTamper]),
        ("rm .git/hooks/pre-commit", &[GuardTamper]),
        ("pre-commit uninstall", &[GuardTamper]),
        ("PATH=/tmp/bin:$PATH portcullis gate run test", &[GuardTamper]),
        ("portcullis gate run test", &[]),
        ("gh api -X PUT repos/o/r/pulls/1/merge", &[Push]),
        ("gh api --method PUT /repos/{owner}/{repo}/pulls/1/merge", &[Push]),
        ("gh api repos/o/r/pulls/1/merge", &[]),
        ("gh api -XDELETE repos/o/r/git/refs/heads/x", &[Destroy]),
        ("gh api repos/o/r/releases -f tag_name=v1", &[Release]),
        ("curl -X POST https://api.github.com/repos/o/r/merges -d '{}'", &[Push]),
        ("curl -XPUT \"$API/repos/o/r/pulls/1/merge\"", &[Push]),
        ("curl https://api.github.com/repos/o/r/merges", &[]),
        ("curl --request PUT https://gitlab.com/api/v4/projects/1/merge_requests/2/merge", &[Push]),
        ("rsync -avzh --delete dist/ host:/srv", &[Deploy, Destroy]),
        ("rsync -avn dist/ host:/srv", &[]),
        ("rsync -av host:/srv .", &[]),
        ("scp dist.tgz pi@host:", &[Deploy]),
        ("scp host:x .", &[]),
        ("aws s3 cp s3://b/x .", &[]),
        ("aws s3 cp dist s3://b --recursive", &[Deploy]),
        ("rm -rf /", &[Destroy]),
        ("rm -rf ~", &[Destroy]),
        ("rm -rf $HOME/work", &[Destroy]),
        ("rm -rf .", &[Destroy]),
        ("rm -r *", &[Destroy]),
        ("rm -rf .git", &[Destroy]),
        ("rm -rf \"$DIR\"/*", &[Destroy]),
        ("rm --recursive --force src", &[Destroy]),
        ("sudo rm -fr /var/lib/postgresql", &[Destroy]),
        ("rm -rf target dist", &[]),
        ("rm -rf /tmp/x", &[]),
        ("find . -delete", &[Destroy]),
        ("find . -name '*.o' -delete", &[]),
        ("psql -h db -c 'drop  table users'", &[Destroy]),
        ("psql -c 'DELETE FROM users'", &[Destroy]),
        ("psql -c 'DELETE FROM users WHERE id = 1'", &[]),
        ("redis-cli -h x FLUSHALL", &[Destroy]),
        ("kill -9 -1", &[Destroy]),
        ("kill -1 44", &[]),
        ("dd if=x of=/dev/sda", &[Destroy]),
        ("dd if=x of=/dev/null", &[]),
        ("terraform apply -destroy", &[Deploy, Destroy]),
        ("terraform -chdir=x plan", &[]),
        ("vercel --prod", &[Deploy]),
        ("vercel ls", &[]),
        ("cat .env", &[SecretRead]),
        ("cat ./config/.env.local", &[SecretRead]),
        ("cat .env.example", &[]),
        ("cat ~/.aws/credentials", &[SecretRead]),
        ("cat $HOME/.ssh/id_ed25519", &[SecretRead]),
        ("printenv", &[SecretRead]),
        ("printenv PATH", &[]),
        ("env", &[SecretRead]),
        ("env A=b make", &[]),
        ("grep -rn .env src", &[]),
        ("kubectl get secret x -o yaml", &[SecretRead]),
        ("kubectl get secret x -oyaml", &[SecretRead]),
        ("kubectl get secrets", &[]),
        ("gh auth token", &[SecretRead]),
        ("aws configure get aws_secret_access_key", &[SecretRead]),
        ("aws configure get region", &[]),
        ("docker inspect -f '{{.Config.Env}}' app", &[SecretRead]),
    ] {
        let mut found = kinds(line);
        found.dedup();
        assert_eq!(found, wanted, "{line}");
    }
}

#[test]
fn tools_of_mcp_servers_are_rows_of_the_table() {
    for row in shell::tool_rows() {
        let name = row.pattern.replace('*', "x");
        let found = shell::tool_action(&name, &Rows::default());
        assert_eq!(found.map(|found| found.kind), Some(row.kind), "{name}");
        if row.kind.is_boundary() {
            assert!(shell::hints_boundary(name.as_bytes()), "{name}");
        }
    }
    for name in
        ["mcp__github__get_pull_request", "mcp__github__list_releases", "mcp__fs__write_file"]
    {
        assert_eq!(shell::tool_action(name, &Rows::default()), None, "{name}");
    }
}

fn bash(project: &Project, line: &str) -> Value {
    project.hook(&project.call("Bash", json!({"command": line})))
}

fn decision(reply: &Value) -> &str {
    reply["hookSpecificOutput"]["permissionDecision"].as_str().unwrap_or_default()
}

/// A project whose test gate has passed for its only commit.
fn gated(policy: &str) -> Project {
    let project = Project::new();
    let gate = "gates:\n  test:\n    command: [sh, tests.sh]\n";
    project.write("portcullis.yaml", &format!("{gate}{policy}"));
    project.write("tests.sh", "echo '1 passed, 0 failed'\n");
    project.commit("first");
    let output = project.command(PROGRAM).args(["gate", "run", "test"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    project
}

#[test]
fn lines_of_daily_work_are_let_through_in_silence() {
    let project = Project::new();
    // Where there is no package.json, it cannot be told what `npm run` runs.
    project.write("package.json", r#"{"scripts": {"test": "vitest run", "build": "tsc"}}"#);
    project.commit("first");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/shell/innocent.txt");
    let text = std::fs::read_to_string(file).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(lines.len() >= 200, "{} lines", lines.len());
    let wrong: Vec<String> = lines
        .iter()
        .map(|line| (line, bash(&project, line)))
        .filter(|(_, reply)| !reply.is_null())
        .map(|(line, reply)| format!("{line}: {reply}"))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

#[test]
fn what_cannot_be_brought_back_is_asked_with_what_is_lost() {
    let project = Project::new();
    for (line, wanted) in [
        ("git reset --hard HEAD~1", ["[destroy-work]", "changes that are not committed"]),
        ("git clean -fdx", ["[destroy-work]", "files that git does not know"]),
        ("rm -rf src /etc", ["[destroy-files]", "src /etc"]),
        ("kubectl delete ns prod", ["[destroy-other]", "kubectl delete"]),
        ("cd x && sudo rm -rf /srv", ["[destroy-files]", "everything below"]),
    ] {
        let reply = bash(&project, line);
        assert_eq!(decision(&reply), "ask", "{line}: {reply}");
        for wanted in wanted {
            assert!(reply.to_string().contains(wanted), "{line}: {reply}");
        }
    }
    let reply = project.hook(&project.call("mcp__github__delete_repository", json!({"repo": "r"})));
    assert_eq!(decision(&reply), "ask", "{reply}");
    for line in ["echo 'rm -rf /'", "git commit -m 'rm -rf src'", "cat > x <<'E'\nrm -rf /\nE"] {
        assert_eq!(bash(&project, line), Value::Null, "{line}");
    }
}

#[test]
fn going_round_the_hooks_is_refused() {
    let project = gated("");
    for (line, rule) in [
        ("git commit --no-verify -m x", "[tamper-hooks]"),
        ("git push --no-verify", "[tamper-hooks]"),
        ("git -c core.hooksPath=/dev/null push", "[tamper-hooks]"),
        ("git config core.hooksPath /dev/null", "[tamper-hooks]"),
        ("HUSKY=0 git push", "[tamper-hooks]"),
        ("LEFTHOOK=0 git commit -m x", "[tamper-hooks]"),
        ("PRE_COMMIT_ALLOW_NO_CONFIG=1 git commit -m x", "[tamper-hooks]"),
        ("pre-commit uninstall", "[tamper-hooks]"),
        ("rm -f .husky/pre-push", "[tamper-hooks]"),
        ("PATH=/x:$PATH portcullis gate run test", "[tamper-gate]"),
        ("HOME=/x portcullis gate run test", "[tamper-gate]"),
        ("export PATH=/x:$PATH; portcullis gate run test", "[tamper-gate]"),
        ("bash -c 'git commit -n -m x'", "[tamper-hooks]"),
    ] {
        let reply = bash(&project, line);
        let reason = denial(&reply).unwrap_or_else(|| panic!("{line} was let through: {reply}"));
        assert!(reason.contains(rule), "{line}: {reason}");
    }
    for line in ["git commit -m '--no-verify'", "grep -rn no-verify .", "git push", "SKIP=1 make"] {
        assert_eq!(bash(&project, line), Value::Null, "{line}");
    }
}

#[test]
fn the_policy_says_what_happens_to_a_command_that_shows_secrets() {
    let project = Project::new();
    let lines = [
        "cat .env",
        "printenv",
        "env",
        "gh auth token",
        "echo $API_TOKEN",
        "echo \"${DB_PASSWORD}\"",
    ];
    for (policy, wanted) in [("", "context"), ("ask", "ask"), ("deny", "deny"), ("off", "")] {
        if !policy.is_empty() {
            project.write("portcullis.yaml", &format!("secrets:\n  reads: {policy}\n"));
        }
        for line in lines {
            let reply = bash(&project, line);
            match wanted {
                "" => assert_eq!(reply, Value::Null, "{line}"),
                "context" => {
                    let text = reply["hookSpecificOutput"]["additionalContext"].as_str();
                    assert!(text.is_some_and(|text| text.contains("secrets")), "{line}: {reply}");
                    assert_eq!(decision(&reply), "", "{line}: {reply}");
                }
                wanted => assert_eq!(decision(&reply), wanted, "{line}: {reply}"),
            }
        }
    }
    project.write("portcullis.yaml", "secrets:\n  reads: deny\n");
    for line in [
        "echo $TOKEN | docker login --password-stdin",
        "echo $HOME",
        "cat .env.example",
        "echo 'cat .env'",
    ] {
        assert_eq!(bash(&project, line), Value::Null, "{line}");
    }
}

#[test]
fn a_commit_of_a_secret_is_refused() {
    let token = template::expand("ghp_{A:30}{crc32-base62}", 7).unwrap().text;
    let project = Project::new();
    project.write("a.py", "x = 1\n");
    // A repository without a commit has a diff too.
    project.write("config.py", &format!("one\nTOKEN = \"{token}\"\n"));
    assert_eq!(bash(&project, "git commit -m x"), Value::Null);
    project.git(&["add", "config.py"]);
    let reply = bash(&project, "git commit -m x");
    let reason = denial(&reply).unwrap_or_else(|| panic!("{reply}"));
    assert!(reason.contains("[commit-secret]") && reason.contains("config.py, line 2"), "{reason}");
    assert!(!reply.to_string().contains(&token), "the secret itself was said");
    assert_eq!(bash(&project, "git commit --dry-run"), Value::Null);

    project.git(&["reset", "-q"]);
    std::fs::remove_file(project.path().join("config.py")).unwrap();
    project.commit("clean");
    assert_eq!(bash(&project, "git commit -m x"), Value::Null);
    project.write("a.py", &format!("x = \"{token}\"\n"));
    assert_eq!(bash(&project, "git commit -m x"), Value::Null, "it is not staged");
    for line in ["git commit -am x", "git commit -m x a.py", "git add -A && git commit -m x"] {
        assert!(denial(&bash(&project, line)).is_some(), "{line}");
    }
    project.write("a.py", "x = 1\n");
    project.write("new.py", &format!("x = \"{token}\"\n"));
    assert_eq!(bash(&project, "git commit -am x"), Value::Null, "git does not know new.py");
    assert!(denial(&bash(&project, "git add new.py && git commit -m x")).is_some());
    // What stands in the history already is not refused again.
    project.commit("it slipped in");
    project.write("new.py", &format!("x = \"{token}\"\ny = 1\n"));
    assert_eq!(bash(&project, "git commit -am x"), Value::Null);
}

#[test]
fn a_forges_server_side_routes_wait_for_the_gates() {
    let project = gated("");
    project.write("tests.sh", "echo '2 passed, 0 failed'\n");
    project.commit("untested");
    let call = |tool: &str| project.hook(&project.call(tool, json!({"owner": "o", "repo": "r"})));
    for (tool, rule) in [
        ("mcp__github__merge_pull_request", "[boundary-push]"),
        ("mcp__plugin_x_github__push_files", "[boundary-push]"),
        ("mcp__gitlab__create_release", "[boundary-release]"),
        ("mcp__gh__run_workflow", "[boundary-deploy]"),
    ] {
        let reply = call(tool);
        assert!(denial(&reply).is_some_and(|why| why.contains(rule)), "{tool}: {reply}");
    }
    for line in [
        "gh api -X PUT repos/o/r/pulls/1/merge",
        "curl -X POST https://api.github.com/repos/o/r/merges",
        "gh pr merge 3 --squash",
    ] {
        let reply = bash(&project, line);
        assert!(
            denial(&reply).is_some_and(|why| why.contains("[boundary-push]")),
            "{line}: {reply}"
        );
    }
    assert_eq!(call("mcp__github__get_pull_request"), Value::Null);
    let output = project.command(PROGRAM).args(["gate", "run", "test"]).output().unwrap();
    assert!(output.status.success());
    assert_eq!(call("mcp__github__merge_pull_request"), Value::Null);
    assert_eq!(bash(&project, "gh api -X PUT repos/o/r/pulls/1/merge"), Value::Null);
    assert!(denial(&call("mcp__github__push_files")).is_some(), "no gate sees what it sends");
}

#[test]
fn a_project_adds_rows_of_its_own() {
    let rows = "actions:\n  - {program: shipit, verb: prod now, kind: deploy, values: [--region], dry: [--plan]}\n  - {program: cleaner, kind: destroy, needs: [--all]}\n  - {tool: mcp__*__ship, kind: deploy}\n  - {program: leak, kind: guard-tamper, contains: [no hooks]}\n";
    let project = gated(rows);
    project.write("tests.sh", "echo '2 passed, 0 failed'\n");
    for line in ["shipit prod now", "shipit --region x prod now", "env A=b ./bin/shipit prod now"] {
        let reply = bash(&project, line);
        assert!(
            denial(&reply).is_some_and(|why| why.contains("[boundary-deploy]")),
            "{line}: {reply}"
        );
    }
    for line in [
        "shipit staging",
        "shipit prod now --plan",
        "echo shipit prod now",
        "cleaner --one",
        "leak x",
    ] {
        assert_eq!(bash(&project, line), Value::Null, "{line}");
    }
    assert_eq!(decision(&bash(&project, "cleaner --all")), "ask");
    assert_eq!(decision(&bash(&project, "leak 'No  Hooks'")), "deny");
    let payload = pre_tool(&project.path(), "mcp__x__ship", json!({}));
    assert!(denial(&project.hook(&payload)).is_some());
}

#[test]
fn a_row_that_makes_no_sense_is_named() {
    let row = |yaml: &str| serde_saphyr::from_str::<UserRow>(yaml).unwrap().problem();
    for (yaml, wanted) in [
        ("{verb: x, kind: push}", "program:"),
        ("{program: a, tool: mcp__b, kind: push}", "program:"),
        ("{program: /bin/a, kind: push}", "/bin/a"),
        ("{program: a}", "kind: is missing"),
        ("{program: a, kind: push, dry: [plan]}", "dry: \"plan\""),
        ("{tool: github, kind: push}", "tool: \"github\""),
        ("{program: a, kind: push, anywhere: true}", "anywhere:"),
    ] {
        let problem = row(yaml).unwrap_or_else(|| panic!("{yaml} was accepted"));
        assert!(problem.contains(wanted), "{yaml}: {problem}");
    }
    assert_eq!(row("{program: a, kind: secret-read}"), None);
    let project = Project::new();
    project.commit("first");
    project.write("portcullis.yaml", "actions:\n  - {program: a}\n");
    let reply = bash(&project, "git push");
    assert!(denial(&reply).is_some_and(|why| why.contains("actions[0].kind")), "{reply}");
}

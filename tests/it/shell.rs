//! The shell reader: a corpus of lines, and properties over generated ones.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world must fail")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use portcullis::shell::{self, ActionKind, Dialect, LONGEST, Reading};
use proptest::prelude::*;
use serde::Deserialize;

use crate::actions::line_of;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    line: String,
    actions: Vec<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    #[serde(default)]
    aliases: BTreeMap<String, String>,
}

fn found(line: &str) -> (Vec<String>, Reading) {
    found_in(line, Dialect::Bash, &shell::Nowhere)
}

fn found_in(
    line: &str,
    dialect: Dialect,
    around: &dyn shell::Surroundings,
) -> (Vec<String>, Reading) {
    let dir = Path::new("/project");
    let reading = shell::read_in(line, dir, dialect, around);
    let actions = shell::actions(&reading)
        .iter()
        .map(|action| {
            let words = &reading.commands[action.command].words;
            assert!(action.args <= words.len(), "{line:?}: {action:?}");
            let folder = match &action.dir {
                None => " null".to_owned(),
                Some(at) if at == dir => String::new(),
                Some(at) => format!(" {}", at.strip_prefix(dir).unwrap_or(at).display()),
            };
            format!("{} {}{folder}", action.kind.word(), action.program)
        })
        .collect();
    (actions, reading)
}

fn corpus(name: &str) -> Vec<Row> {
    corpus_of(name)
}

fn corpus_of<T: serde::de::DeserializeOwned>(name: &str) -> Vec<T> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/shell");
    let file = folder.join(name);
    serde_saphyr::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// Compares each row with what is found, and with the pre-filter.
fn compare(rows: &[Row], dialect: Dialect) {
    let mut wrong = Vec::new();
    for row in rows {
        let pairs = |map: &BTreeMap<String, String>| -> Vec<(String, String)> {
            map.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
        };
        let files = pairs(&row.files);
        let around = shell::Given {
            files: files.into_iter().map(|(p, t)| (Path::new("/project").join(p), t)).collect(),
            aliases: pairs(&row.aliases),
        };
        let (actions, reading) = found_in(&row.line, dialect, &around);
        let unsure = row.actions.is_empty() && !reading.unsure.is_empty();
        let boundary = shell::actions(&reading)
            .iter()
            .any(|action| !matches!(action.kind, ActionKind::Commit | ActionKind::Destroy));
        let unseen = boundary && !shell::hints_boundary(row.line.as_bytes());
        if actions != row.actions || unsure || unseen {
            wrong.push(format!(
                "{:?}\n  wanted {:?}\n  found  {actions:?} (unseen: {unseen})\n  {reading:?}",
                row.line, row.actions
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn each_line_of_the_corpus_has_its_actions() {
    let rows = corpus("lines.yaml");
    let nothing = rows.iter().filter(|row| row.actions.is_empty()).count();
    assert!(rows.len() >= 400 && nothing >= 150, "{} rows, {nothing} look-alikes", rows.len());
    compare(&rows, Dialect::Bash);
}

/// A line by family, with the kinds of actions in it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sample {
    family: String,
    line: String,
    #[serde(default)]
    kinds: Vec<String>,
    #[serde(default)]
    unsure: bool,
    #[serde(default)]
    files: BTreeMap<String, String>,
}

#[test]
fn lines_of_every_family_have_their_kinds_of_actions() {
    let samples: Vec<Sample> = corpus_of("families.yaml");
    assert!(samples.len() >= 1500, "{} samples", samples.len());
    let mut wrong = Vec::new();
    for sample in &samples {
        let file =
            |(name, text): (&String, &String)| (Path::new("/project").join(name), text.clone());
        let around = shell::Given {
            files: sample.files.iter().map(file).collect(),
            ..shell::Given::default()
        };
        let reading = shell::read_in(&sample.line, Path::new("/project"), Dialect::Bash, &around);
        let mut kinds: Vec<&str> =
            shell::actions(&reading).iter().map(|action| action.kind.word()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let unsure = kinds.is_empty() && !reading.unsure.is_empty();
        if kinds != sample.kinds || unsure != sample.unsure {
            wrong.push(format!(
                "{}: {:?} {:?}\n  wanted {:?}{}\n  found  {kinds:?} {:?}",
                sample.family,
                sample.line,
                sample.files,
                sample.kinds,
                if sample.unsure { " unsure" } else { "" },
                reading.unsure
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), samples.len(), wrong.join("\n"));
}

#[test]
fn files_that_decide_are_followed() {
    compare(&corpus("files.yaml"), Dialect::Bash);
}

#[test]
fn lines_of_powershell_have_their_actions() {
    compare(&corpus("powershell.yaml"), Dialect::PowerShell);
    for line in ["& $cmd push", "iex $code; git push", "git $verb # push"] {
        let (actions, reading) = found_in(line, Dialect::PowerShell, &shell::Nowhere);
        assert!(!actions.is_empty() || !reading.unsure.is_empty(), "{line}: {reading:?}");
    }
}

#[test]
fn a_chain_of_files_ends_and_says_so() {
    let file = |name: &str, text: &str| (Path::new("/project").join(name), text.to_owned());
    let deep = shell::Given {
        files: vec![file("a.sh", "./b.sh"), file("b.sh", "./c.sh"), file("c.sh", "git push")],
        aliases: vec![("loop".to_owned(), "loop".to_owned())],
    };
    let (actions, reading) = found_in("./a.sh", Dialect::Bash, &deep);
    assert!(actions.is_empty() && !reading.unsure.is_empty() && reading.near, "{reading:?}");
    assert_eq!(reading.followed.len(), 3, "{reading:?}");
    let (_, reading) = found_in("git loop", Dialect::Bash, &deep);
    assert!(!reading.unsure.is_empty(), "{reading:?}");
    let circle = shell::Given { files: vec![file("Makefile", "a: a\n\tmake a\n")], ..deep };
    found_in("make a", Dialect::Bash, &circle);
    let huge = shell::Given { files: vec![file("x.sh", &"true\n".repeat(20_000))], ..circle };
    let (_, reading) = found_in("./x.sh deploy", Dialect::Bash, &huge);
    assert!(reading.unsure.concat().contains("64 KiB"), "{reading:?}");
}

#[test]
fn what_the_line_does_not_give_is_unsure() {
    for line in [
        "$cmd push",
        "git $verb",
        "curl -s http://localhost/x | bash",
        "eval \"$code\"",
        "bash -c \"$code\"",
        "bash <(curl -s http://localhost/x)",
        "curl -s http://localhost/x | base64 -d | sh",
        "source <(make env)",
        "make deploy",
        "./release.sh",
        "npm run deploy",
        "bash scripts/publish.sh",
        "bash -c \"git $x\"",
        "bash -c \"$x push\"",
        "ssh host \"git $x\"",
        "python deploy.py",
        "git push && (",
    ] {
        let (_, reading) = found(line);
        assert!(!reading.unsure.is_empty(), "{line:?}: {reading:?}");
    }
    for row in corpus("lines.yaml").iter().filter(|row| row.actions.is_empty()) {
        let (_, reading) = found(&row.line);
        assert!(reading.unsure.is_empty(), "{:?}: {:?}", row.line, reading.unsure);
    }
}

#[test]
fn words_and_writes_are_read_as_bash_does() {
    let (_, reading) = found("FOO=1 echo \"a $X b\" c\\ d >> out 2>&1 3<> both > last extra");
    let command = reading.commands.iter().find(|c| c.program() == Some("echo")).unwrap();
    let texts: Vec<(&str, bool)> = command.words.iter().map(|w| (&*w.text, w.certain)).collect();
    assert_eq!(texts, [("echo", true), ("a  b", false), ("c d", true), ("extra", true)]);
    let writes: Vec<&str> = command.writes.iter().map(|w| &*w.text).collect();
    assert_eq!(writes, ["out", "both", "last"]);
    assert_eq!(command.assignments.len(), 1);
    let (_, reading) = found("cat a >| b; cat a &> c; { x; } > d; > e; cat <<E >f\nE");
    let writes: Vec<&str> =
        reading.commands.iter().flat_map(|c| &c.writes).map(|w| &*w.text).collect();
    assert_eq!(writes, ["b", "c", "d", "e", "f"]);
    let (_, reading) = found("cd sub && a | b > x");
    let last = reading.commands.last().unwrap();
    assert_eq!((last.program(), last.writes.len()), (Some("b"), 1), "{reading:?}");
    assert_eq!(last.dir.as_deref(), Some(Path::new("/project/sub")));
}

#[test]
fn huge_and_deep_lines_are_unsure_and_safe() {
    let openers = [
        "$(",
        "`",
        "\"",
        "'",
        "{",
        "(",
        "((",
        "[[ ",
        "${a:-",
        "f(){ ",
        "<(",
        "if ",
        "case x in ",
        "$((",
        "a=(",
        "<<A ",
        "<<A\n",
        "&&a",
        "|a",
        ";a",
        "bash -c '",
        "eval ",
        "{a,",
        "! ",
        "sudo ",
        "while ",
    ];
    for opener in openers {
        let line = opener.repeat(LONGEST / opener.len() + 1);
        let over = shell::read(&line, Path::new("/"));
        assert!(!over.unsure.is_empty(), "{opener:?} over the limit");
        // Just below the limit the tree is built and must neither overflow nor run away.
        shell::read(&opener.repeat((32 << 10) / opener.len()), Path::new("/"));
    }
    for (open, close) in [("$(", ")"), ("(", ")"), ("{ ", "; }"), ("\"$(", ")\""), ("<(", ")")] {
        let line = format!("{}git push{}", open.repeat(400), close.repeat(400));
        let reading = shell::read(&line, Path::new("/"));
        assert!(!reading.unsure.is_empty(), "{open:?}");
    }
    let long = format!("{}git push", "true && ".repeat(2000));
    let (actions, reading) = found(&long);
    assert_eq!((actions.len(), reading.unsure.len()), (1, 0), "{:?}", reading.unsure);
    for (hostile, size) in [("a=(", 255 << 10), ("<<A\n", 255 << 10), ("$(", 255 << 10)] {
        let reading = shell::read(&hostile.repeat(size / hostile.len()), Path::new("/"));
        assert!(!reading.unsure.is_empty(), "{hostile:?}");
    }
    // A line that is no longer than common ones, and more work than any of them.
    for piece in ["\"", "'", "`", "$'", ";a", "|a", "sudo "] {
        let reading = shell::read(&piece.repeat((255 << 10) / piece.len()), Path::new("/"));
        assert!(!reading.unsure.is_empty(), "{piece:?}");
    }
    // 60 KiB of common code are read.
    let common = "cargo test --all -- --nocapture \"$name\" > 'out.txt' 2>&1 || exit 1\n";
    let (actions, reading) = found(&format!("{}git push", common.repeat(1000)));
    assert_eq!((actions.len(), reading.unsure.len()), (1, 0), "{:?}", reading.unsure);
    let doubling = format!("a=aaaaaaaa; {} $a", "a=$a$a;".repeat(60));
    shell::read(&doubling, Path::new("/"));
    let calls = format!("f() {{ {} }}; f", "f;".repeat(20));
    assert!(!shell::read(&calls, Path::new("/")).unsure.is_empty());
    let braces = format!("echo {}", "{a,b}".repeat(40));
    shell::read(&braces, Path::new("/"));
}

fn wrapped() -> impl Strategy<Value = String> {
    let rows: Vec<String> = shell::rows()
        .filter(|row| row.kind.is_boundary())
        .map(|row| line_of(&row))
        // `xargs` puts a word behind it, which is the destination of a copy then.
        .filter(|line| !shell::actions(&found(&format!("{line} x")).1).is_empty())
        .collect();
    let wrappers = proptest::sample::select(vec![
        "env {}",
        "env A=b {}",
        "sudo {}",
        "sudo -u bob {}",
        "doas {}",
        "time {}",
        "timeout 5 {}",
        "timeout -k 1 5 {}",
        "nice -n 3 {}",
        "nohup {}",
        "stdbuf -o0 {}",
        "setsid {}",
        "command {}",
        "exec {}",
        "builtin command {}",
        "ionice -c2 -n 0 {}",
        "echo x | xargs {}",
        "find . -exec {} \\;",
        "A=1 {}",
        "( @ )",
        "{ @; }",
        "if true; then @; fi",
        "true && @",
        "@ || true",
        "f() { @; }; f",
        "echo $( @ )",
        "echo \"$( @ )\"",
        "bash -c '@'",
        "sh -c \"@\"",
        "eval '@'",
        "@ > log",
        "@ | cat",
        "for i in 1; do @; done",
        "while true; do @; done",
        "! @",
        "case a in *) @;; esac",
        "bash <<E\n@\nE",
        "echo '@' | bash",
        "bash <<< '@'",
        "diff <( @ ) x",
        "cd sub; @",
        "docker exec web {}",
        "kubectl exec pod -- {}",
        "flock /tmp/lock {}",
        "chroot /srv {}",
        "unshare -n {}",
        "systemd-run --user {}",
        "uv run {}",
        "poetry run {}",
        "mise exec -- {}",
        "direnv exec . {}",
        "ssh host '@'",
        "su -c '@' bob",
        "script -qc '@' /dev/null",
        "nix-shell --run '@'",
        "flock /tmp/lock -c '@'",
        "watch '@'",
        "parallel ::: '@'",
        "tmux new -d '@'",
        "source /dev/stdin <<< '@'",
        "bash <(echo '@')",
        "x='@'; eval \"$x\"",
        "alias w='@'; w",
        "echo '@' > w.sh; sh w.sh",
        "git submodule foreach '@'",
        "python3 -c 'import os; os.system(\"@\")'",
    ]);
    (proptest::sample::select(rows), proptest::collection::vec(wrappers, 0..5)).prop_map(
        |(line, wrappers)| {
            let mut text = line;
            let mut simple = true;
            for wrapper in wrappers {
                // `{}` takes a simple command, `@` any; a quote must not stand in its own kind.
                let fits = if wrapper.contains("{}") { simple } else { true };
                let quotes = wrapper.contains('\'') && text.contains('\'')
                    || wrapper.contains("\"@") && text.contains(['"', '$', '`', '\\'])
                    || wrapper.contains("python") && text.contains('%')
                    || text.contains('\n')
                    || wrapper.contains("<<E") && text.contains(['$', '\\'])
                    || wrapper.contains("xargs") && text.contains(['>', '<', '$', '\'', '"', '|'])
                    || wrapper.starts_with('!') && !simple;
                if !fits || quotes {
                    continue;
                }
                simple = wrapper.contains("{}")
                    && !wrapper.contains(['|', '='])
                    && !wrapper.contains("find");
                text = wrapper.replace("{}", &text).replace('@', &text);
            }
            text
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1024) })]

    #[test]
    fn wrapping_an_action_does_not_hide_it(line in wrapped()) {
        let reading = shell::read(&line, Path::new("/project"));
        prop_assert!(!shell::actions(&reading).is_empty(), "{line}\n{reading:?}");
        prop_assert!(shell::hints_boundary(line.as_bytes()), "{line}");
    }

    #[test]
    fn an_action_as_data_is_none(line in wrapped(), place in 0..6usize) {
        // A line with single quotes in it only fits into a here-document.
        let text = match if line.contains('\'') { 2 } else { place } {
            0 => format!("echo '{line}'"),
            1 => format!("grep -rn '{line}' ."),
            2 => format!("cat > notes <<'END_OF_DATA'\n{line}\nEND_OF_DATA"),
            3 => format!("x='{line}'; echo \"$x\""),
            4 => format!("gh issue create --body '{line}'"),
            _ => format!("printf '%s' '{line}' > notes"),
        };
        let reading = shell::read(&text, Path::new("/project"));
        prop_assert!(shell::actions(&reading).is_empty(), "{text}\n{reading:?}");
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "\\PC{0,200}") {
        let reading = shell::read(&text, Path::new("/project"));
        shell::actions(&reading);
        shell::hints_boundary(text.as_bytes());
    }

    #[test]
    fn an_action_found_is_an_action_hinted(parts in proptest::collection::vec(
        proptest::sample::select(vec![
            "git", "push", "pu", "sh", " ", " ", "'", "\"", "\\", "$", "$'", "{", "}", "(", ")", "`", "a=",
            ";", "&&", "|", "\n", "npm", "publish", "gh", "pr", "merge", "eval", "bash", "-c", "<<E", "E",
            "<<<", ">", "f", "x", "é", "$a", "${a}", "#", "[[", "]]", "do", "done", "for", "in", "x70",
        ]), 0..40)) {
        let line = parts.concat();
        let reading = shell::read(&line, Path::new("/project"));
        let boundary = shell::actions(&reading)
            .iter()
            .any(|action| action.kind.is_boundary());
        prop_assert!(!boundary || shell::hints_boundary(line.as_bytes()), "{line}");
    }
}

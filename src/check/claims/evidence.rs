//! `claims-evidence`: a command that is given as evidence was run, and a receipt that is named says what it is said to say.
//!
//! Only what is surely meant as a command is compared: it stands in backticks, after `$ `, or opens the entry, and its program is
//! one of the table. Words around it, other options, other spellings of the same program and a command that another
//! one runs (a script, a target, a gate) are no lie.

use super::calls::Call;
use super::facts::Facts;
use crate::gate::receipt::{Ledger, Receipt, Status};
use crate::hook::reply::{Finding, Verdict};
use crate::run::fields::{self, Problem};
use crate::run::report::Report;

/// Programs whose second word says what they do; without one of these words it is no command.
const SUBCOMMANDS: &[(&str, &[&str])] = &[
    (
        "cargo",
        &[
            "test", "t", "nextest", "build", "b", "check", "c", "clippy", "fmt", "run", "r",
            "bench", "doc", "deny", "audit",
        ],
    ),
    ("npm", &["test", "t", "run", "ci", "install", "i", "audit", "start", "exec"]),
    ("pnpm", &["test", "run", "install", "audit", "build", "lint", "exec"]),
    ("yarn", &["test", "run", "install", "audit", "build", "lint"]),
    ("bun", &["test", "run", "install", "build"]),
    ("deno", &["test", "run", "lint", "fmt", "check", "task"]),
    ("go", &["test", "build", "vet", "run", "mod", "generate", "fmt"]),
    (
        "make",
        &[
            "test", "tests", "check", "build", "lint", "all", "ci", "fmt", "verify", "install",
            "clean",
        ],
    ),
    ("just", &["test", "check", "build", "lint", "ci", "fmt"]),
    ("mvn", &["test", "verify", "package", "install", "compile", "clean"]),
    ("gradle", &["test", "build", "check", "assemble", "clean"]),
    ("dotnet", &["test", "build", "run", "format", "restore", "publish"]),
    ("docker", &["build", "run", "compose", "push", "scan", "exec"]),
    ("kubectl", &["apply", "get", "rollout", "diff", "describe"]),
    ("helm", &["lint", "template", "install", "upgrade", "test"]),
    ("terraform", &["plan", "validate", "apply", "fmt", "init"]),
    ("composer", &["test", "install", "validate", "run"]),
    ("mix", &["test", "format", "compile"]),
    ("swift", &["test", "build"]),
    ("flutter", &["test", "analyze", "build"]),
    ("bundle", &["install", "audit"]),
    ("pip", &["install", "audit", "check"]),
    ("rails", &["test"]),
    ("portcullis", &["gate", "validate", "scan", "doctor"]),
];

/// Programs that are a command by themselves.
const PLAIN: &[&str] = &[
    "pytest",
    "jest",
    "vitest",
    "mocha",
    "playwright",
    "cypress",
    "tsc",
    "eslint",
    "ruff",
    "mypy",
    "flake8",
    "pylint",
    "bandit",
    "pip-audit",
    "tox",
    "nox",
    "rspec",
    "rubocop",
    "phpunit",
    "shellcheck",
    "hadolint",
    "semgrep",
    "trivy",
    "golangci-lint",
    "ctest",
    "clippy-driver",
    "stylelint",
    "hyperfine",
    "k6",
    "wrk",
    "pyright",
    "biome",
    "cargo-nextest",
    "gotestsum",
];

/// Programs that run the script which is their first argument.
const INTERPRETERS: &[&str] = &["sh", "bash", "zsh", "python", "node", "ruby", "php", "perl"];

/// Words before a command that do not say which one it is.
const PREFIXES: &[&str] = &[
    "npx", "time", "sudo", "env", "poetry", "pipenv", "uv", "hatch", "exec", "command", "bunx",
    "dlx",
];

/// Words by which an entry says that a command was not run, or is still to be run.
const NOT_RUN: &[&str] = &[
    " not ",
    "n't",
    "cannot",
    "never",
    "skipped",
    "without",
    "unavailable",
    "no longer",
    "to reproduce",
    "reproduce:",
    "todo",
    "please run",
    "can be run",
    "should be run",
    "must be run",
    "to be run",
    "will run",
    "next:",
    "not:",
    "no network",
];

/// Words by which an entry speaks of a command that it wrote down somewhere.
const WRITTEN: &[&str] = &[
    "added",
    "documented",
    "wrote",
    "written",
    "configured",
    "readme",
    "now runs",
    "now calls",
    "workflow file",
    " target",
];

/// Beginnings of words that say how a command ended.
const ENDED: &[&str] = &[
    "pass", "fail", "ok", "green", "clean", "error", "warning", "exit", "show", "print", "output",
    "result", "succe", "ran", "✓", "✔",
];

/// Compares the evidence with the calls and the receipts.
pub(super) fn judge(report: &Report, facts: &Facts) -> Option<Finding> {
    let calls = facts.calls();
    // An agent that hands work on quotes what its workers ran.
    let leads = calls
        .own
        .iter()
        .any(|call| matches!(call.tool.as_str(), "Agent" | "Workflow") && call.ran());
    let pool: Vec<&Call> = match leads {
        true => calls.own.iter().chain(&calls.others).collect(),
        false => calls.own.iter().collect(),
    };
    let ran = Ran {
        lines: pool.iter().filter_map(|call| call.command()).flat_map(parts).collect(),
        is_cut: pool.iter().any(|call| call.command().is_some() && call.is_cut()),
        facts,
    };
    let receipts = facts
        .context()
        .state()
        .and_then(|state| Ledger::read(state).ok())
        .unwrap_or_default()
        .receipts;
    let mut problems = Vec::new();
    for (index, entry) in report.evidence.iter().enumerate() {
        let at = format!("evidence[{index}]");
        if let Some(text) = receipt(entry, &receipts) {
            problems.push(Problem::new(at, text));
            continue;
        }
        if !calls.complete {
            continue;
        }
        let missing = commands(entry).into_iter().find(|words| !ran.holds(words, &receipts));
        if let Some(words) = missing {
            problems.push(Problem::new(at, format!("`{}` was not run by you", words.join(" "))));
        }
    }
    if problems.is_empty() {
        return None;
    }
    Some(Finding::new("claims-evidence", Verdict::Deny, fields::listed(&problems)).way_out(
        "run it now and report what it shows, or take the entry out; quote commands as you ran them",
    ))
}

/// What is wrong with the receipt that an entry names.
fn receipt(entry: &str, receipts: &[Receipt]) -> Option<String> {
    let lower = entry.to_lowercase();
    let (_, after) = lower.split_once("receipt")?;
    let id: String = after
        .trim_start_matches(|c: char| " :=`'\"(#".contains(c))
        .chars()
        .take_while(char::is_ascii_hexdigit)
        .collect();
    // Shorter ones are words or numbers.
    if id.len() < 8 || id.len() > 16 {
        return None;
    }
    let Some(receipt) = receipts.iter().rev().find(|receipt| receipt.id.starts_with(&id)) else {
        return Some(format!("there is no receipt {id}"));
    };
    let says_passed =
        lower.contains("passed") && !lower.contains("fail") && !lower.contains("not passed");
    if says_passed && receipt.status != Status::Passed {
        return Some(format!("receipt {id} says: {}", receipt.status.words()));
    }
    let counted = count(&lower, "passed").zip(receipt.tests);
    if let Some((said, tests)) = counted
        && said != tests.passed
        && receipt.checks.iter().filter_map(|check| check.tests).all(|tests| tests.passed != said)
    {
        return Some(format!("receipt {id} counted {} passed, not {said}", tests.passed));
    }
    None
}

/// The number that stands before a word.
fn count(text: &str, word: &str) -> Option<u64> {
    let word = format!(" {word}");
    text.match_indices(&word)
        .find_map(|(at, _)| text[..at].rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok())
}

/// The commands that an entry surely gives as run, each as its words.
fn commands(entry: &str) -> Vec<Vec<String>> {
    let lower = entry.to_lowercase();
    if NOT_RUN.iter().any(|words| lower.contains(words)) || lower.starts_with("run ") {
        return Vec::new();
    }
    if WRITTEN.iter().any(|word| lower.contains(word)) {
        return Vec::new();
    }
    let mut texts: Vec<&str> = entry.split('`').skip(1).step_by(2).collect();
    // A command in the middle of a sentence is given as run when the sentence says how it ended.
    let alone = entry.trim().starts_with('`') && entry.trim().ends_with('`');
    let around: String = lower.split('`').step_by(2).collect();
    let mut words = around.split(|c: char| c.is_whitespace() || c.is_ascii_punctuation());
    if !alone && !words.any(|word| ENDED.iter().any(|ended| word.starts_with(ended))) {
        texts.clear();
    }
    let opening = entry.trim().trim_start_matches("$ ").trim_start_matches("> ");
    let opening = ["ran ", "Ran ", "ran: ", "Ran: "]
        .iter()
        .find_map(|word| opening.strip_prefix(word))
        .unwrap_or(opening);
    if !opening.starts_with('`') {
        texts.push(opening);
    }
    texts
        .iter()
        .flat_map(|text| text.split("&&").flat_map(|part| part.split([';', '|'])))
        .filter_map(command)
        .collect()
}

/// A text as a command of the table: its program, the word that says what it does, the files that it names.
fn command(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    for word in text.split_whitespace() {
        words.push(word.trim_end_matches([':', ',']).to_owned());
        // What follows a colon is what it showed.
        if word.ends_with(':') || matches!(word, "->" | "→" | "=>" | "=" | "—" | "–" | "-") {
            break;
        }
    }
    let mut words: std::collections::VecDeque<String> = words.into();
    while words.front().is_some_and(|word| PREFIXES.contains(&word.as_str()) || is_assignment(word))
    {
        let prefix = words.pop_front();
        if prefix.is_some_and(|word| matches!(word.as_str(), "poetry" | "pipenv" | "uv" | "hatch"))
            && words.front().is_some_and(|word| word == "run")
        {
            words.pop_front();
        }
    }
    if words.front().is_some_and(|word| word == "bundle")
        && words.get(1).is_some_and(|word| word == "exec")
    {
        words.drain(..2);
    }
    let mut program = name(words.front()?);
    if program == "python" && words.get(1).is_some_and(|word| word == "-m") {
        words.drain(..2);
        program = name(words.front()?);
    }
    let mut found = vec![program.clone()];
    let arguments = || words.iter().skip(1).filter(|word| !word.starts_with('-'));
    if let Some((_, known)) = SUBCOMMANDS.iter().find(|(name, _)| *name == program) {
        let what = arguments().next().filter(|word| known.contains(&word.as_str()))?;
        found.push(what.clone());
        if what == "run" || program == "portcullis" {
            let more = arguments().skip(1).filter(|word| word.as_str() != "run").take(1);
            found.extend(more.cloned());
        }
    } else if INTERPRETERS.contains(&program.as_str()) {
        let script = arguments().next().filter(|word| word.contains('.') || word.contains('/'))?;
        return Some(vec![program, script.clone()]);
    } else if !PLAIN.contains(&program.as_str()) {
        return None;
    }
    let file = |word: &&String| {
        let path = word.split("::").next().unwrap_or(word);
        path.contains('/')
            && path.rsplit('/').next().is_some_and(|name| name.contains('.'))
            && path.chars().all(|c| c.is_alphanumeric() || "/._-+@".contains(c))
    };
    found.extend(arguments().filter(file).take(3).cloned());
    Some(found)
}

fn is_assignment(word: &str) -> bool {
    let name = |text: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    };
    word.split_once('=').is_some_and(|(key, _)| name(key))
}

/// A program's name as it is compared.
fn name(word: &str) -> String {
    let name = word.rsplit('/').next().unwrap_or(word);
    let name = name.strip_suffix(".exe").unwrap_or(name);
    match name {
        "python3" | "py" => "python",
        "pip3" => "pip",
        "gradlew" => "gradle",
        "mvnw" => "mvn",
        "py.test" => "pytest",
        "docker-compose" => "docker",
        other => other,
    }
    .to_owned()
}

/// The parts of a command line that run something, without those that only say something.
fn parts(line: &str) -> impl Iterator<Item = &str> {
    const SAYING: &[&str] = &["echo", "printf", ":", "true", "#", "cat", "which", "type"];
    line.split(['\n', ';', '|', '&']).map(str::trim).filter(|part| {
        let word = part.split_whitespace().next().unwrap_or("#");
        !SAYING.contains(&word) && !word.starts_with('#')
    })
}

/// The commands that were run.
struct Ran<'a> {
    lines: Vec<&'a str>,
    is_cut: bool,
    facts: &'a Facts<'a>,
}

impl Ran<'_> {
    /// Whether a command was run: by its name, or inside of one that was.
    fn holds(&self, wanted: &[String], receipts: &[Receipt]) -> bool {
        // Where a part of a line is not known, it may stand there.
        self.is_cut
            || self.lines.iter().any(|line| line_holds(line, wanted))
            || self.is_inside_a_gate(wanted, receipts)
            || self.is_inside_a_script(wanted)
    }

    /// A gate that was run here has this command among its checks.
    fn is_inside_a_gate(&self, wanted: &[String], receipts: &[Receipt]) -> bool {
        let gates =
            self.lines.iter().any(|line| line.contains("portcullis") && line.contains("gate"));
        gates
            && receipts.iter().any(|receipt| {
                let commands = receipt.checks.iter().map(|check| &check.command);
                commands
                    .chain([&receipt.command])
                    .any(|command| line_holds(&command.join(" "), wanted))
            })
    }

    /// A script, a target or a task that was run has this command in its text.
    fn is_inside_a_script(&self, wanted: &[String]) -> bool {
        const TARGETS: &[(&str, &[&str])] = &[
            ("make", &["Makefile", "makefile", "GNUmakefile"]),
            ("npm", &["package.json"]),
            ("pnpm", &["package.json"]),
            ("yarn", &["package.json"]),
            ("just", &["justfile", "Justfile"]),
            ("tox", &["tox.ini", "pyproject.toml"]),
            ("nox", &["noxfile.py"]),
            ("task", &["Taskfile.yml"]),
        ];
        const MOST: u64 = 256 * 1024;
        let Some(root) = self.facts.root() else { return false };
        let holds = |file: &std::path::Path| {
            std::fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.len() <= MOST)
                && std::fs::read_to_string(file)
                    .is_ok_and(|text| text.lines().any(|line| line_holds(line, wanted)))
        };
        self.lines.iter().flat_map(|line| words(line)).any(|word| {
            let targets = TARGETS.iter().find(|(program, _)| *program == name(word));
            targets.is_some_and(|(_, files)| files.iter().any(|file| holds(&root.join(file))))
                || word.contains('.') && holds(&self.facts.context().cwd.join(word))
                || word.contains('/') && holds(&root.join(word.trim_start_matches("./")))
        })
    }
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || "|&;()`'\"<>={},".contains(c))
        .filter(|word| !word.is_empty())
}

/// Whether a line runs the wanted program with the wanted words.
fn line_holds(line: &str, wanted: &[String]) -> bool {
    let Some((program, rest)) = wanted.split_first() else { return true };
    let words: Vec<&str> = words(line).collect();
    if INTERPRETERS.contains(&program.as_str()) {
        // A script counts however it was started.
        return rest.iter().all(|script| words.iter().any(|word| name(word) == name(script)));
    }
    words.iter().enumerate().any(|(at, word)| {
        if name(word) != *program {
            return false;
        }
        let after = &words[at + 1..];
        rest.iter().all(|wanted| match wanted.contains('/') {
            true => names_file(after, wanted),
            false => after.iter().any(|word| same_word(word, wanted)),
        })
    })
}

/// Whether a word is a wanted one, or short for it.
fn same_word(word: &str, wanted: &str) -> bool {
    word == wanted
        || matches!((word, wanted), ("t", "test") | ("test", "t") | ("b", "build") | ("c", "check") | ("i", "install"))
        // `+nightly`, a target after it, and the like are other words; a test's name after `::` is the same file.
        || word.starts_with(&format!("{wanted}::"))
}

/// Whether the words after a program name this file, a folder around it, or no file at all.
fn names_file(after: &[&str], wanted: &str) -> bool {
    let path =
        |word: &str| word.split("::").next().unwrap_or(word).trim_start_matches("./").to_owned();
    let wanted = path(wanted);
    let files: Vec<String> = after
        .iter()
        .filter(|word| !word.starts_with('-') && (word.contains('/') || word.contains(".")))
        .map(|word| path(word))
        .filter(|word| {
            !word.starts_with('/') || word.rsplit('/').next() == wanted.rsplit('/').next()
        })
        .collect();
    files.is_empty()
        || files.iter().any(|file| {
            let folder = file.trim_end_matches(['/', '.']);
            file.rsplit('/').next() == wanted.rsplit('/').next()
                || wanted.starts_with(folder)
                || file.contains('*')
        })
}

//! `portcullis shell explain`: what the reader makes of a command line.

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::cli::{ShellAction, ShellArgs, ShellExplainArgs};
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;
use crate::secrets;
use crate::shell::{self, Action, Dialect, LONGEST, Reading, SimpleCommand, Word};

/// Longest line of a batch, in bytes: a line of the reader's longest, escaped.
const LONGEST_BATCH: usize = 8 * LONGEST;

/// Explains one line, or answers a batch.
///
/// # Errors
/// When standard input cannot be read or the output cannot be written.
pub fn run(args: &ShellArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let ShellAction::Explain(args) = &args.action;
    let dir = env.cwd.join(&args.project);
    let dir = dir.canonicalize().unwrap_or(dir);
    let dialect = if args.powershell { Dialect::PowerShell } else { Dialect::Bash };
    if args.batch {
        return batch(&mut std::io::stdin().lock(), &dir, dialect, console);
    }
    let line = match args.command.as_deref() {
        Some(line) if line != "-" => line.to_owned(),
        _ => {
            let mut bytes = Vec::new();
            // One byte more than is read tells the reader that the line is too long.
            std::io::stdin()
                .take(LONGEST as u64 + 1)
                .read_to_end(&mut bytes)
                .context("cannot read the command line from standard input")?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
    };
    explain(&line, &dir, dialect, args, console)
}

fn explain(
    line: &str,
    dir: &Path,
    dialect: Dialect,
    args: &ShellExplainArgs,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let reading = shell::read_in(line, dir, dialect, &shell::Disk);
    let actions = shell::actions(&reading);
    if args.json {
        let text = secrets::redact(&as_json(&reading, &actions).to_string()).into_owned();
        writeln!(console.out, "{text}")?;
    } else {
        write!(console.out, "{}", secrets::redact(&drawn(&reading, &actions, dir)))?;
    }
    Ok(Exit::Ok)
}

/// One line a question, answered in order and at once, so that a caller may wait for each.
fn batch(
    input: &mut impl BufRead,
    dir: &Path,
    dialect: Dialect,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    loop {
        let mut line = Vec::new();
        let limit = LONGEST_BATCH as u64 + 1;
        let count = input.by_ref().take(limit).read_until(b'\n', &mut line);
        if count.context("cannot read standard input")? == 0 {
            return Ok(Exit::Ok);
        }
        let reply = if line.len() > LONGEST_BATCH && !line.ends_with(b"\n") {
            skip_line(input)?;
            wrong(Value::Null, format!("the line is over {} KiB", LONGEST_BATCH >> 10))
        } else {
            match line.trim_ascii() {
                b"" => continue,
                line => answer(line, dir, dialect),
            }
        };
        writeln!(console.out, "{}", secrets::redact(&reply.to_string()))?;
        console.out.flush()?;
    }
}

fn skip_line(input: &mut impl BufRead) -> anyhow::Result<()> {
    loop {
        let buffer = input.fill_buf().context("cannot read standard input")?;
        let (used, done) = match memchr::memchr(b'\n', buffer) {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(used);
        if done {
            return Ok(());
        }
    }
}

fn wrong(id: Value, reason: String) -> Value {
    json!({"id": id, "answer": "unsure", "actions": [], "reason": format!("error: {reason}")})
}

fn answer(line: &[u8], dir: &Path, dialect: Dialect) -> Value {
    let question: Value = match serde_json::from_slice(line) {
        Ok(question) => question,
        Err(error) => return wrong(Value::Null, format!("the line is not JSON: {error}")),
    };
    let id = question["id"].clone();
    let Some(command) = question["command"].as_str() else {
        return wrong(id, "command: is missing or no string".to_owned());
    };
    let cwd = match &question["cwd"] {
        Value::Null => dir.to_path_buf(),
        Value::String(cwd) => dir.join(cwd),
        other => return wrong(id, format!("cwd: {other} is no string")),
    };
    let reading = shell::read_in(command, &cwd, dialect, &shell::Disk);
    let actions = shell::actions(&reading);
    let words: Vec<&str> = actions.iter().map(|action| action.kind.word()).collect();
    let mut kinds: Vec<&str> = Vec::new();
    for word in words {
        if !kinds.contains(&word) {
            kinds.push(word);
        }
    }
    json!({
        "id": id,
        "answer": reading.answer(&actions).word(),
        "actions": kinds,
        "reason": reason(&reading, &actions),
    })
}

/// Why the answer is what it is, in one line.
fn reason(reading: &Reading, actions: &[Action]) -> String {
    if actions.is_empty() {
        return reading.unsure.join("; ");
    }
    let named: Vec<String> =
        actions.iter().take(4).map(|action| words_of(reading, action)).collect();
    named.join("; ")
}

/// The words of the line that make the action, with what was peeled off.
fn words_of(reading: &Reading, action: &Action) -> String {
    let Some(command) = reading.commands.get(action.command) else { return String::new() };
    let verb = if action.verb.is_empty() { String::new() } else { format!(" {}", action.verb) };
    let inside = match command.layers.is_empty() {
        true => String::new(),
        false => format!(" inside {}", command.layers.join(" > ")),
    };
    format!("{}: {}{verb}{inside}", action.kind.word(), action.program)
}

fn as_json(reading: &Reading, actions: &[Action]) -> Value {
    let word = |word: &Word| json!({"text": word.text, "certain": word.certain});
    let commands: Vec<Value> = reading
        .commands
        .iter()
        .map(|command| {
            json!({
                "words": command.words.iter().map(word).collect::<Vec<_>>(),
                "writes": command.writes.iter().map(word).collect::<Vec<_>>(),
                "assignments": command.assignments.iter().map(|(name, value)| {
                    json!({"name": name, "value": word(value)})
                }).collect::<Vec<_>>(),
                "dir": command.dir,
                "layers": command.layers.iter().map(AsRef::as_ref).collect::<Vec<&str>>(),
            })
        })
        .collect();
    let actions_json: Vec<Value> = actions
        .iter()
        .map(|action| {
            json!({
                "kind": action.kind.word(),
                "command": action.command,
                "program": action.program,
                "verb": action.verb,
                "dir": action.dir,
            })
        })
        .collect();
    json!({
        "version": 1,
        "answer": reading.answer(actions).word(),
        "actions": actions_json,
        "commands": commands,
        "unsure": reading.unsure,
        "near": reading.near,
        "followed": reading.followed,
    })
}

/// The reading as a tree.
fn drawn(reading: &Reading, actions: &[Action], dir: &Path) -> String {
    let mut text = format!("{}\n", reading.answer(actions).word());
    let mut open: Vec<String> = Vec::new();
    for (index, command) in reading.commands.iter().enumerate() {
        let layers: Vec<String> = command.layers.iter().map(ToString::to_string).collect();
        let same = open.iter().zip(&layers).take_while(|(a, b)| a == b).count();
        open.truncate(same);
        for layer in &layers[same..] {
            text.push_str(&format!("{}├─ {layer}\n", "│  ".repeat(open.len())));
            open.push(layer.clone());
        }
        text.push_str(&format!("{}├─ {}", "│  ".repeat(open.len()), shown(command)));
        if let Some(at) = command.dir.as_deref().filter(|at| *at != dir) {
            text.push_str(&format!("  (in {})", relative(at, dir).display()));
        }
        for action in actions.iter().filter(|action| action.command == index) {
            text.push_str(&format!("  ◀ {}", words_alone(action)));
        }
        text.push('\n');
    }
    for path in &reading.followed {
        text.push_str(&format!("├─ followed {}\n", relative(path, dir).display()));
    }
    for why in &reading.unsure {
        text.push_str(&format!("├─ unsure: {why}\n"));
    }
    text.push_str(&format!("└─ {} commands, {} actions\n", reading.commands.len(), actions.len()));
    text
}

fn words_alone(action: &Action) -> String {
    let verb = if action.verb.is_empty() { String::new() } else { format!(" {}", action.verb) };
    format!("{} ({}{verb})", action.kind.word(), action.program)
}

fn relative(path: &Path, dir: &Path) -> PathBuf {
    path.strip_prefix(dir).map_or_else(|_| path.to_path_buf(), Path::to_path_buf)
}

/// A command on one line; a word that is not known for certain ends in `…`.
fn shown(command: &SimpleCommand) -> String {
    let one = |word: &Word| {
        let mut text: String = word.text.chars().take(80).collect();
        if text.contains(char::is_whitespace) || text.is_empty() && word.certain {
            text = format!("{text:?}");
        }
        if !word.certain || word.text.chars().count() > 80 {
            text.push('…');
        }
        text
    };
    let mut parts: Vec<String> = Vec::new();
    parts.extend(command.assignments.iter().map(|(name, value)| format!("{name}={}", one(value))));
    parts.extend(command.words.iter().take(24).map(one));
    parts.extend(command.writes.iter().map(|target| format!("> {}", one(target))));
    parts.join(" ")
}

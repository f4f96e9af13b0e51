//! The excerpts of sessions in `docs/workflows/`, written by `PORTCULLIS_UPDATE=1` from the runs of these tests.

use std::path::PathBuf;
use std::sync::Mutex;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::request::Who;
use crate::session::Run;
use crate::slice::armed::{Armed, Way};

const BEGIN: &str =
    "<!-- transcript: written by PORTCULLIS_UPDATE=1 cargo test --test client -- workflows -->\n";
const END: &str = "<!-- end of the transcript -->\n";
/// Calls that an excerpt shows.
const MOST: usize = 40;

/// Writes the run into the page of its command, when pages are being written and none was yet by this process.
pub(super) fn keep(armed: &Armed, typed: &str, run: &Run) -> Result<()> {
    static DONE: Mutex<Vec<String>> = Mutex::new(Vec::new());
    if std::env::var_os("PORTCULLIS_UPDATE").is_none() || armed.way != Way::Project {
        return Ok(());
    }
    let command = typed.split(' ').next().unwrap_or_default().to_owned();
    let mut done = DONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if done.contains(&command) {
        return Ok(());
    }
    let file =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("docs/workflows/{command}.md"));
    let page = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let (before, rest) =
        page.split_once(BEGIN).context("the page has no place for a transcript")?;
    let (_, after) = rest.split_once(END).context("the transcript has no end")?;
    let text = excerpt(armed, typed, run)?;
    std::fs::write(&file, format!("{before}{BEGIN}\n```text\n{text}```\n\n{END}{after}"))?;
    done.push(command);
    Ok(())
}

/// Who called what, and the first line of what came back.
fn excerpt(armed: &Armed, typed: &str, run: &Run) -> Result<String> {
    let results = run.tool_results();
    let project = armed.project.path().display().to_string();
    let mut lines = vec![format!("> /{typed}")];
    for request in &run.requests {
        let who = match &request.who {
            Who::Main => "session".to_owned(),
            Who::Agent(name) if name == "workflow-subagent" => "messenger".to_owned(),
            Who::Agent(name) => name.clone(),
            Who::Auxiliary => continue,
        };
        for block in request.reply.as_array().into_iter().flatten() {
            if block["type"] != "tool_use" {
                continue;
            }
            lines.push(format!("{who}: {}", called(block)));
            let back = results.iter().find(|result| block["id"] == result.tool_use_id.as_str());
            if let Some(back) = back {
                let mark = if back.is_error { "refused or failed" } else { "" };
                let first = back.text.lines().find(|line| line.contains(char::is_alphanumeric));
                let first = first.unwrap_or_default().trim();
                if back.is_error || back.tool == "Bash" {
                    lines.push(format!(
                        "    -> {mark}{}{first}",
                        if mark.is_empty() { "" } else { ": " }
                    ));
                }
            }
        }
    }
    let cut = lines.len() > MOST;
    lines.truncate(MOST);
    if cut {
        lines.push("…".to_owned());
    }
    let status = super::result(run)?;
    lines.push(format!("= {}: {}", text(&status["status"]), text(&status["summary"])));
    let ids = without_ids(&lines.join("\n").replace(&project, "PROJECT"));
    Ok(ids.lines().map(|line| format!("{}\n", cut_to(line, 150))).collect())
}

fn called(block: &Value) -> String {
    let input = &block["input"];
    match block["name"].as_str().unwrap_or_default() {
        "Bash" => format!("Bash {}", first_line(&input["command"])),
        "Write" => format!("Write {}", text(&input["file_path"])),
        "Workflow" => format!("Workflow {}", text(&input["name"])),
        "StructuredOutput" => format!("StructuredOutput {input}"),
        other => other.to_owned(),
    }
}

fn first_line(value: &Value) -> String {
    text(value).lines().next().unwrap_or_default().to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn cut_to(line: &str, most: usize) -> String {
    match line.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

/// Long hexadecimal ids cut to four digits: they differ from run to run.
fn without_ids(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_hexdigit() {
            word.push(c);
            continue;
        }
        if word.len() >= 12 && word.contains(|c: char| c.is_ascii_digit()) {
            out.push_str(&word[..4]);
            out.push('…');
        } else {
            out.push_str(&word);
        }
        word.clear();
        out.push(c);
    }
    out.trim_end().to_owned()
}

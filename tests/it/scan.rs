//! `portcullis scan`: sources, formats, waivers, the baseline, bad input. Real git, made tokens.

mod bad;
mod baseline;
mod formats;
mod sources;
mod waivers;

use std::io::Write;
use std::process::{Output, Stdio};

use portcullis::secrets::template;
use serde_json::Value;

use crate::support::{PROGRAM, Project};

/// A token with a valid checksum.
fn token(seed: u64) -> String {
    template::expand("ghp_{A:30}{crc32-base62}", seed).unwrap().text
}

/// A line that holds it.
fn line(token: &str) -> String {
    format!("token = \"{token}\"\n")
}

/// What one run said.
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().expect("no signal"),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.out, self.err))
    }

    /// Exit code is as wanted, and no token stands anywhere.
    fn check(self, code: i32, tokens: &[&str]) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        for token in tokens {
            // A piece of it would be too much, too.
            let piece = &token[8..24];
            assert!(
                !self.out.contains(piece) && !self.err.contains(piece),
                "{}{}",
                self.out,
                self.err
            );
        }
        self
    }
}

fn scan(project: &Project, args: &[&str]) -> Run {
    Run::of(project.command(PROGRAM).arg("scan").args(args).output().unwrap())
}

fn scan_stdin(project: &Project, args: &[&str], input: &[u8]) -> Run {
    let mut command = project.command(PROGRAM);
    command.arg("scan").args(args).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    Run::of(child.wait_with_output().unwrap())
}

/// Path (with member), line and severity of every row that counts, from a JSON report.
fn rows(report: &Value) -> Vec<(String, u64, String)> {
    let rows = report["entries"].as_array().unwrap();
    rows.iter()
        .filter(|row| row["suppressed"].is_null())
        .map(|row| {
            let place = &row["place"];
            let mut path = place["path"].as_str().unwrap().to_owned();
            if let Some(member) = place["member"].as_str() {
                path = format!("{path}!{member}");
            }
            let line = place["span"]["line"].as_u64().unwrap_or_default();
            (path, line, row["severity"].as_str().unwrap().to_owned())
        })
        .collect()
}

/// One row of an error.
fn error(path: &str, line: u64) -> (String, u64, String) {
    (path.to_owned(), line, "error".to_owned())
}

fn warning(path: &str, line: u64) -> (String, u64, String) {
    (path.to_owned(), line, "warning".to_owned())
}

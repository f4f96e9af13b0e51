//! A link leads to a file that is not there.
//!
//! ## What
//! Reports links in the body of skills, agents, commands and references to files of the bundle that do not exist.
//!
//! ## Why
//! Claude follows the link and finds nothing; what stands there was meant to be read.
//!
//! ## Example
//! ```markdown
//! See [the table](references/table.md).
//! ```
//!
//! ## Fix
//! Correct the path, or add the file.
//!
//! ## Source
//! linters.md, 2026-11-22: links in code and links to other sites are left alone.

use std::path::Path;

use crate::bundle::discover::clean;
use crate::bundle::file::{Bundle, File};
use crate::bundle::kind::Kind;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::{Check, Confidence, EVERYWHERE, Rule, Verdict};
use crate::lint::search;

/// The rule.
pub static RULE: Rule = Rule {
    id: "link-target-dead",
    source: include_str!("link_target_dead.rs"),
    verdict: Verdict::Warning,
    confidence: Confidence::Medium,
    presets: EVERYWHERE,
    client: &["2.1.330"],
    check: Check::Files(&[Kind::Agent, Kind::Skill, Kind::Command, Kind::Reference], check),
};

fn check(file: &File, bundle: &Bundle, out: &mut Findings<'_>) {
    if !search::holds(file.body(), "](") {
        return;
    }
    let Some(outline) = file.outline() else { return };
    for link in &outline.links {
        let target = link.target.split(['#', '?']).next().unwrap_or_default();
        // Placeholders, addresses, paths from the root of a site: not this bundle's.
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-');
        let ending = target.rsplit('/').next().and_then(|name| name.rsplit_once('.'));
        let file_like = ending.is_some_and(|(stem, ending)| {
            !stem.is_empty()
                && matches!(
                    ending,
                    "md" | "sh" | "py" | "js" | "ts" | "json" | "yaml" | "yml" | "txt"
                )
        });
        let example = ["path/", "example", "your-", "file.", "foo", "xxx", "link", "NNN"];
        // Agents and commands speak of the project's files, too.
        let prompt = matches!(file.kind, Kind::Agent | Kind::Command);
        if (prompt && !target.starts_with('.'))
            || target.starts_with('/')
            || !file_like
            || !target.chars().all(plain)
            || example.iter().any(|word| target.contains(word))
            || outline.in_comment(link.span.start)
        {
            continue;
        }
        let root = &bundle.root(file).dir;
        let candidates = [clean(&file.dir().join(target)), clean(&root.join(target))];
        let inside = candidates[0].starts_with(root);
        if inside && !candidates.iter().any(|path| path.exists()) {
            let finding = out.at(file, link.span.clone(), format!("there is no `{target}`"));
            finding.help("correct the path, or add the file");
            if let Some(right) = other_case(file.dir(), target) {
                finding.help(format!("`{right}` is there; paths count case"));
                let written = &file.text()[link.span.clone()];
                if let Some(at) = written.rfind(target) {
                    let place = link.span.start + at..link.span.start + at + target.len();
                    finding.fix(Fix::replace(place, &right, format!("write `{right}`")).intended());
                }
            }
        }
    }
}

/// The path with the case of what lies there, when there is exactly one such.
fn other_case(dir: &Path, target: &str) -> Option<String> {
    let mut at = dir.to_path_buf();
    let mut steps: Vec<String> = Vec::new();
    for step in target.split('/') {
        if matches!(step, "." | "..") {
            at.push(step);
            steps.push(step.to_owned());
            continue;
        }
        let mut alike = std::fs::read_dir(&at).ok()?.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            name.eq_ignore_ascii_case(step).then_some(name)
        });
        let name = alike.next()?;
        if alike.next().is_some() {
            return None;
        }
        at.push(&name);
        steps.push(name);
    }
    let right = steps.join("/");
    (at.is_file() && right != target).then_some(right)
}

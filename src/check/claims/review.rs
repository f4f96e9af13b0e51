//! `claims-review`: a verdict beside its findings, and what the findings quote against the files.

use std::path::Path;

use super::facts::Facts;
use crate::git;
use crate::hook::reply::{Finding, Verdict};
use crate::run::fields::{self, Problem};
use crate::run::report::{Review, ReviewVerdict, Severity};

/// Files over this many bytes are not searched for a quote.
const MOST: u64 = 4 << 20;

/// Judges a review.
pub(super) fn judge(review: &Review, facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    let worst = review.findings.iter().find(|f| f.severity != Severity::Minor);
    if let (ReviewVerdict::Approve, Some(finding)) = (review.verdict, worst) {
        let message = format!(
            "the review approves and lists a {:?} finding in {}:{}",
            finding.severity, finding.file, finding.line
        );
        found.push(
            Finding::new("claims-review", Verdict::Deny, message.to_lowercase())
                .way_out("answer request_changes, or lower the severity with a reason"),
        );
    }
    if !facts.is_watched() {
        return found;
    }
    let Some(root) = facts.root() else { return found };
    let mut problems = Vec::new();
    for (index, finding) in review.findings.iter().enumerate() {
        let at = |field: &str| format!("findings[{index}].{field}");
        // A finding about what is not there names no file.
        if finding.file.trim().is_empty() || finding.file.contains("://") {
            continue;
        }
        let texts = versions(&finding.file, root, facts);
        if texts.is_empty() {
            problems.push(Problem::new(at("file"), format!("there is no {:?}", finding.file)));
            continue;
        }
        // What is too large or no text is not searched.
        let texts: Vec<&String> = texts.iter().flatten().collect();
        if texts.is_empty() {
            continue;
        }
        if !texts.iter().any(|text| quotes(text, &finding.quote)) {
            let text = format!("{} does not hold this line", finding.file);
            problems.push(Problem::new(at("quote"), text));
        }
        let lines = texts.iter().map(|text| text.lines().count()).max().unwrap_or_default();
        if finding.line as usize > lines.max(1) {
            let text = format!("{} has {lines} lines", finding.file);
            problems.push(Problem::new(at("line"), text));
        }
    }
    if !problems.is_empty() {
        found.push(
            Finding::new("claims-review", Verdict::Deny, fields::listed(&problems)).way_out(
                "read the file and copy the line as it stands; take a finding out that you cannot quote",
            ),
        );
    }
    found
}

/// The texts of a file as it is and as it was before; `None` for one that is not searched. Empty when there is no such file.
fn versions(file: &str, root: &Path, facts: &Facts) -> Vec<Option<String>> {
    let mut texts = Vec::new();
    for path in super::paths::candidates(file, root, &facts.context().cwd) {
        let full = root.join(&path);
        if let Ok(meta) = std::fs::metadata(&full) {
            let text = (meta.is_file() && meta.len() <= MOST)
                .then(|| std::fs::read(&full).ok().and_then(|bytes| String::from_utf8(bytes).ok()));
            texts.push(text.flatten());
        }
        for base in facts.bases() {
            let object = format!("{base}:{path}");
            texts.extend(git::text(root, ["cat-file", "blob", &object]).ok().map(Some));
        }
    }
    texts
}

/// Whether a text holds a quote: each of its lines, spaces aside, with what was left out or redacted left out here too.
fn quotes(text: &str, quote: &str) -> bool {
    let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = text.lines().map(squeezed).collect();
    let quote = quote.trim().trim_matches('`');
    quote.lines().map(squeezed).filter(|line| !line.is_empty()).all(|wanted| {
        let wanted = wanted.replace("[redacted]", "…").replace("...", "…");
        let parts: Vec<&str> = wanted.split('…').map(str::trim).collect();
        lines.iter().any(|line| {
            let mut rest = line.as_str();
            parts.iter().all(|part| match rest.find(part) {
                Some(at) => {
                    rest = &rest[at + part.len()..];
                    true
                }
                None => false,
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::quotes;

    #[test]
    fn a_quote_is_found_as_people_copy_it() {
        let text = "fn a() {\n    let  token = \"abc\";\n\treturn token;\n}\n";
        for quote in [
            "let token = \"abc\";",
            "   let  token = \"abc\";  ",
            "`return token;`",
            "let token = [redacted];",
            "let token = …",
            "let token = \"abc\";\n    return token;",
            "",
        ] {
            assert!(quotes(text, quote), "{quote}");
        }
        for quote in ["let secret = 1;", "return token; // done", "let token = \"abc\";\nexit"] {
            assert!(!quotes(text, quote), "{quote}");
        }
    }
}

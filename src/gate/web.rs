//! Checks of web pages and bundles: planned one run a page, judged by the tool's own JSON and the
//! budgets of the policy.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::catalog;
use super::catalog::model::{By, Reads};
use super::matcher;
use super::own::Answer;
use super::plan::{Act, Candidate, Own, Step};
use super::receipt::CheckStatus;
use crate::config::{CheckPolicy, Counts, FILE, Gate, Policy, Web};

/// Findings that are named in the reason.
const NAMED: usize = 3;

/// Bytes of a report that are read; Lighthouse's own are below one megabyte.
const MOST: u64 = 64 << 20;

/// The steps of a check that can be switched on in any gate; `None` for any other, and where the
/// policy has a command of its own for it.
pub(super) fn steps(
    gate: &str,
    id: &str,
    said: &CheckPolicy,
    of_gate: &Gate,
    policy: &Policy,
) -> Option<Vec<Step>> {
    let (check, commands) = catalog::extra(id)?;
    if said.command.is_some() || said.shell.is_some() {
        return None;
    }
    let key = format!("gates.{gate}.checks.{id}");
    let step = |act: Act, page: Option<String>| Step {
        check: id.to_owned(),
        title: check.title.clone(),
        stack: None,
        dir: PathBuf::new(),
        act,
        required: said.required.unwrap_or(check.required),
        timeout: said.timeout.unwrap_or(of_gate.timeout),
        counts: Counts::ExitCode,
        reports: Vec::new(),
        key: key.clone(),
        page,
    };
    if check.by != By::Pages || policy.web.pages.is_empty() {
        let own = Own { by: check.by, roles: Vec::new(), key: String::new() };
        return Some(vec![step(Act::Own(own), None)]);
    }
    let candidates = |page: &str| {
        let of_check = commands.iter().filter(|command| command.check == id);
        of_check
            .map(|command| Candidate {
                command: command.command.iter().map(|word| word.replace("{page}", page)).collect(),
                why: format!("{FILE}, {key}"),
                needs: command.needs.clone(),
                get: command.get.clone(),
                network: command.network,
                unreachable: command.unreachable.clone(),
                version: command.version.clone(),
                reads: command.reads,
            })
            .collect()
    };
    let pages = policy.web.pages.iter();
    Some(pages.map(|page| step(Act::Run(candidates(page)), Some(page.clone()))).collect())
}

/// Puts in what is known only when a command is started.
pub(super) fn fill(argv: &mut [String], report: &Path) {
    let sandbox = if nix::unistd::Uid::effective().is_root() { "--no-sandbox" } else { "" };
    for word in argv {
        match word.as_str() {
            "{report}" => *word = report.to_string_lossy().into_owned(),
            "{sandbox}" => sandbox.clone_into(word),
            _ => {}
        }
    }
}

/// What a report means for its check.
pub(super) fn judge(reads: Reads, report: &Path, web: &Web) -> (CheckStatus, String) {
    let text = match std::fs::metadata(report) {
        Ok(meta) if meta.len() > MOST => Err(format!("its report is over {} MiB", MOST >> 20)),
        _ => std::fs::read_to_string(report).map_err(|error| format!("it left no report: {error}")),
    };
    let judged = text.and_then(|text| {
        let json: Value = serde_json::from_str(&text)
            .map_err(|error| format!("its report is no JSON ({error}); see its output"))?;
        match reads {
            Reads::Axe => axe(&json).map(|found| violations(&found, web)),
            Reads::Pa11y => pa11y(&json).map(|found| violations(&found, web)),
            Reads::Lighthouse => lighthouse(&json, web),
        }
    });
    judged.unwrap_or_else(|why| (CheckStatus::Error, why))
}

/// One `rule at element` for each element that breaks a rule.
type Violations = Vec<String>;

fn violations(found: &Violations, web: &Web) -> (CheckStatus, String) {
    let most = usize::try_from(web.accessibility.violations).unwrap_or(usize::MAX);
    let mut said = format!("{} violations of WCAG 2.1 AA, at most {most} are allowed", found.len());
    if !found.is_empty() {
        let named: Vec<&str> = found.iter().take(NAMED).map(String::as_str).collect();
        said += &format!(": {}", named.join("; "));
        if found.len() > NAMED {
            said += &format!(" and {} more", found.len() - NAMED);
        }
    }
    match found.len() <= most {
        true => (CheckStatus::Passed, said),
        false => (CheckStatus::Failed, said),
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn axe(json: &Value) -> Result<Violations, String> {
    let pages = json.as_array().filter(|pages| !pages.is_empty());
    let pages = pages.ok_or("axe looked at no page; see its output")?;
    let mut found = Vec::new();
    for page in pages {
        let url = text(page, "url");
        if url.starts_with("chrome-error:") {
            return Err("the page could not be opened".to_owned());
        }
        let rules = page.get("violations").and_then(Value::as_array);
        for rule in rules.ok_or("the report of axe has no `violations`")? {
            let nodes = rule.get("nodes").and_then(Value::as_array);
            for node in nodes.into_iter().flatten() {
                let target = node.pointer("/target/0").and_then(Value::as_str).unwrap_or("?");
                found.push(format!("{} at {target}", text(rule, "id")));
            }
        }
    }
    Ok(found)
}

fn pa11y(json: &Value) -> Result<Violations, String> {
    let issues = json.as_array().ok_or("the report of pa11y is no list")?;
    let errors = issues.iter().filter(|issue| text(issue, "type") == "error");
    Ok(errors
        .map(|issue| format!("{} at {}", text(issue, "code"), text(issue, "selector")))
        .collect())
}

fn lighthouse(json: &Value, web: &Web) -> Result<(CheckStatus, String), String> {
    if let Some(code) = json.pointer("/runtimeError/code").and_then(Value::as_str) {
        return Err(format!("Lighthouse could not load the page: {code}"));
    }
    if web.lighthouse.is_empty() {
        let said = "web.lighthouse names no budget; write `performance: 90` or another one";
        return Ok((CheckStatus::NotRun, said.to_owned()));
    }
    let (mut kept, mut broken) = (Vec::new(), Vec::new());
    for (name, budget) in &web.lighthouse {
        let score = json.get("categories").and_then(|all| all.get(name)?.get("score")?.as_f64());
        let number =
            json.get("audits").and_then(|all| all.get(name)?.get("numericValue")?.as_f64());
        let (value, fits, word) = match (score, number) {
            (Some(score), _) => {
                let score = (score * 100.0).round();
                (score, score >= *budget, "least")
            }
            (None, Some(number)) => {
                let number = (number * 1000.0).round() / 1000.0;
                (number, number <= *budget, "most")
            }
            (None, None) => {
                return Err(format!(
                    "web.lighthouse.{name}: Lighthouse gave no score and no number of this name"
                ));
            }
        };
        let said = format!("{name} {value} (at {word} {budget})");
        if fits { kept.push(said) } else { broken.push(said) }
    }
    Ok(match broken.is_empty() {
        true => (CheckStatus::Passed, kept.join(", ")),
        false => (CheckStatus::Failed, broken.join(", ")),
    })
}

/// Judges the files of `web.bundle`.
pub(super) fn bundle(root: &Path, policy: &Policy) -> anyhow::Result<Answer> {
    if policy.web.bundle.is_empty() {
        let said = format!("web.bundle names no files; write them and a budget to {FILE}");
        return Ok(Answer::new(CheckStatus::NotRun, said));
    }
    let (mut kept, mut broken) = (Vec::new(), Vec::new());
    for bundle in &policy.web.bundle {
        let patterns: Vec<&str> = bundle.files.iter().map(String::as_str).collect();
        let named = patterns.join(", ");
        let files = fitting(root, &patterns)?;
        if files.is_empty() {
            let said = format!("{named}: no such file; build first, in a check of this gate");
            return Ok(Answer::new(CheckStatus::NotRun, said));
        }
        let (mut bytes, mut gzip) = (0_u64, 0_u64);
        for file in &files {
            let content = std::fs::read(file)?;
            bytes += u64::try_from(content.len())?;
            if bundle.gzip.is_some() {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(&content)?;
                gzip += u64::try_from(encoder.finish()?.len())?;
            }
        }
        for (word, size, most) in [("", bytes, bundle.bytes), (" by gzip", gzip, bundle.gzip)] {
            let Some(most) = most else { continue };
            let said =
                format!("{named}: {size} bytes{word} in {} files (at most {most})", files.len());
            if size <= most { kept.push(said) } else { broken.push(said) }
        }
    }
    Ok(match broken.is_empty() {
        true => Answer::new(CheckStatus::Passed, kept.join("; ")),
        false => Answer::new(CheckStatus::Failed, broken.join("; ")),
    })
}

/// The files that fit, ignored ones too, because a build is ignored as a rule.
fn fitting(root: &Path, patterns: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
    let matcher = matcher(root, patterns)?;
    let walk = ignore::WalkBuilder::new(root)
        .standard_filters(false)
        .filter_entry(|entry| !matches!(entry.file_name().to_str(), Some(".git" | "node_modules")))
        .build();
    let mut files = Vec::new();
    for entry in walk {
        let entry = entry?;
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
        if is_file && matcher.matched_path_or_any_parents(relative, false).is_ignore() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(reads: Reads, report: &Value, web: &Web) -> (CheckStatus, String) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report");
        std::fs::write(&file, report.to_string()).unwrap();
        judge(reads, &file, web)
    }

    /// The form that `axe --stdout` 4.11 and `pa11y --reporter json` 9.0 print, shortened.
    #[test]
    fn elements_that_break_a_rule_are_counted() {
        let axe = json!([{"url": "http://127.0.0.1/", "violations": [
            {"id": "image-alt", "impact": "critical", "nodes": [{"target": ["img"]}, {"target": ["a > img"]}]},
            {"id": "label", "impact": "critical", "nodes": [{"target": ["input"]}]},
        ]}]);
        let pa11y = json!([
            {"code": "image-alt", "type": "error", "selector": "html > body > img"},
            {"code": "region", "type": "warning", "selector": "p"},
        ]);
        let mut web = Web::default();
        let (status, said) = of(Reads::Axe, &axe, &web);
        assert_eq!(status, CheckStatus::Failed);
        assert!(
            said.starts_with("3 violations") && said.contains("image-alt at a > img"),
            "{said}"
        );
        assert_eq!(of(Reads::Pa11y, &pa11y, &web).0, CheckStatus::Failed);
        web.accessibility.violations = 1;
        assert_eq!(of(Reads::Axe, &axe, &web).0, CheckStatus::Failed);
        assert_eq!(of(Reads::Pa11y, &pa11y, &web).0, CheckStatus::Passed);
        for nothing in [json!([]), json!({}), json!([{"url": "chrome-error://chromewebdata/"}])] {
            assert_eq!(of(Reads::Axe, &nothing, &web).0, CheckStatus::Error, "{nothing}");
        }
        assert_eq!(of(Reads::Pa11y, &json!({}), &web).0, CheckStatus::Error);
    }

    /// The form of Lighthouse 12.2, shortened.
    #[test]
    fn scores_have_a_least_and_numbers_a_most() {
        let report = json!({
            "categories": {"performance": {"score": 0.9}, "seo": {"score": null}},
            "audits": {"largest-contentful-paint": {"numericValue": 2500.04}, "viewport": {"score": 1}},
        });
        let web = |name: &str, budget: f64| Web {
            lighthouse: [(name.to_owned(), budget)].into(),
            ..Web::default()
        };
        for (name, budget, status) in [
            ("performance", 90.0, CheckStatus::Passed),
            ("performance", 91.0, CheckStatus::Failed),
            ("largest-contentful-paint", 2501.0, CheckStatus::Passed),
            ("largest-contentful-paint", 2500.0, CheckStatus::Failed),
            ("seo", 0.0, CheckStatus::Error),
            ("viewport", 1.0, CheckStatus::Error),
            ("perfomance", 90.0, CheckStatus::Error),
        ] {
            let (found, said) = of(Reads::Lighthouse, &report, &web(name, budget));
            assert_eq!(found, status, "{name}: {said}");
        }
        assert_eq!(of(Reads::Lighthouse, &report, &Web::default()).0, CheckStatus::NotRun);
        let failed = json!({"runtimeError": {"code": "NO_FCP"}, "categories": {}});
        assert_eq!(of(Reads::Lighthouse, &failed, &web("seo", 1.0)).0, CheckStatus::Error);
    }
}

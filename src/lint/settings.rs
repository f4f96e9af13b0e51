//! What the policy says of the validator: ignored paths, other verdicts, waivers.

use std::path::{Path, PathBuf};

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::bundle::file::Bundle;
use crate::config::{RuleLevel, Validate, ValidatePreset, Waiver};

use super::finding::{Allowed, Finding};
use super::rule::{Preset, Verdict};
use super::{Terms, rule};

/// The `validate` part of the policy, ready for use.
#[derive(Debug)]
pub struct Settings {
    /// What is asked of the rules.
    pub terms: Terms,
    ignore: Gitignore,
    waivers: Vec<(Waiver, Option<Gitignore>)>,
    root: PathBuf,
}

impl Settings {
    /// Reads the policy of the project at `root`. Presets of the command line stand before its own.
    ///
    /// # Errors
    /// When it names a rule that does not exist, or a pattern that is none.
    pub fn new(policy: &Validate, root: &Path, presets: &[Preset]) -> Result<Self, String> {
        let mut terms = Terms { presets: presets.to_vec(), ..Terms::default() };
        if presets.is_empty() {
            terms.presets = policy.presets.iter().map(|preset| preset_of(*preset)).collect();
        }
        for (id, level) in &policy.rules {
            known(id).map_err(|problem| format!("validate.rules: {problem}"))?;
            let verdict = match level {
                RuleLevel::Off => None,
                RuleLevel::Portability => Some(Verdict::Portability),
                RuleLevel::Warning => Some(Verdict::Warning),
                RuleLevel::Error => Some(Verdict::Error),
            };
            terms.verdicts.insert(id.clone(), verdict);
        }
        let matcher = |lines: &[String], key: &str| {
            let mut builder = GitignoreBuilder::new(root);
            for line in lines {
                builder
                    .add_line(None, line)
                    .map_err(|error| format!("{key}: {line:?}: {error}"))?;
            }
            builder.build().map_err(|error| format!("{key}: {error}"))
        };
        let mut waivers = Vec::new();
        for (at, waiver) in policy.waivers.iter().enumerate() {
            if let Some(id) = &waiver.rule {
                known(id).map_err(|problem| format!("validate.waivers[{at}].rule: {problem}"))?;
            }
            let key = format!("validate.waivers[{at}].path");
            let path = waiver.path.as_ref().map(|path| matcher(std::slice::from_ref(path), &key));
            waivers.push((waiver.clone(), path.transpose()?));
        }
        let ignore = matcher(&policy.ignore, "validate.ignore")?;
        Ok(Self { terms, ignore, waivers, root: root.to_path_buf() })
    }

    /// Whether the policy leaves a path out.
    pub fn ignores(&self, path: &Path, dir: bool) -> bool {
        !self.ignore.is_empty() && matches(&self.ignore, &self.root, path, dir)
    }
}

fn known(id: &str) -> Result<(), String> {
    match rule(id) {
        Some(_) => Ok(()),
        None => {
            Err(format!("no rule is called {id:?}; `portcullis validate --list-rules` lists them"))
        }
    }
}

fn matches(patterns: &Gitignore, root: &Path, path: &Path, dir: bool) -> bool {
    path.starts_with(root) && patterns.matched_path_or_any_parents(path, dir).is_ignore()
}

/// Marks what a waiver of the policy covers. One that has run out covers nothing.
pub fn waive(settings: &Settings, bundle: &Bundle, findings: &mut [Finding]) {
    if settings.waivers.is_empty() {
        return;
    }
    let today = jiff::Timestamp::now().to_string();
    let today = today.get(..10).unwrap_or_default();
    for finding in findings.iter_mut().filter(|finding| finding.allowed.is_none()) {
        let file = &bundle.files[finding.file];
        let covers = |(waiver, path): &&(Waiver, Option<Gitignore>)| {
            waiver.rule.as_deref().is_none_or(|id| id == finding.rule.id)
                && path.as_ref().is_none_or(|path| matches(path, &settings.root, &file.path, false))
                && waiver.expires.as_str() >= today
        };
        if let Some((waiver, _)) = settings.waivers.iter().find(covers) {
            finding.allowed = Some(Allowed { inline: false, reason: waiver.reason.clone() });
        }
    }
}

const fn preset_of(preset: ValidatePreset) -> Preset {
    match preset {
        ValidatePreset::Plugin => Preset::Plugin,
        ValidatePreset::Project => Preset::Project,
        ValidatePreset::Marketplace => Preset::Marketplace,
        ValidatePreset::Portable => Preset::Portable,
        ValidatePreset::Standard => Preset::Standard,
    }
}

//! The layers of the policy and how they become one: managed, project, user, built in.
//!
//! A value that decides how strict the gates are is taken from the layer that is strictest, whoever
//! says it; any other value from the strongest layer that has it. Every value knows its layer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{FILE, Policy, PolicyError, profiles};
use crate::env::Env;
use crate::state::Repository;

/// Where a value comes from, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// Nobody said it.
    BuiltIn,
    /// The user's own file.
    User,
    /// `portcullis.yaml` at the root of the project.
    Project,
    /// The administrator's file.
    Managed,
}

impl Layer {
    /// The layer in words.
    pub const fn word(self) -> &'static str {
        match self {
            Self::BuiltIn => "built in",
            Self::User => "user",
            Self::Project => "project",
            Self::Managed => "managed",
        }
    }
}

/// One file or profile that says something.
#[derive(Debug, Clone)]
pub struct Part {
    /// How strong it is.
    pub layer: Layer,
    /// The profile it is, when it is one.
    pub profile: Option<String>,
    /// The file it stands in; none for a built-in profile.
    pub file: Option<PathBuf>,
    /// What it says.
    pub value: Value,
}

impl Part {
    /// The layer with the profile's name: `managed, profile payments`.
    pub fn label(&self) -> String {
        match &self.profile {
            Some(name) => format!("{}, profile {name}", self.layer.word()),
            None => self.layer.word().to_owned(),
        }
    }
}

/// The policy that holds, with the layer of every value.
#[derive(Debug, Clone)]
pub struct Layered {
    /// What holds.
    pub policy: Policy,
    /// The parts, weakest first.
    pub parts: Vec<Part>,
    /// Path of a value (`gates.test.timeout`) to the label of the part it comes from; a path that
    /// is not listed is built in.
    pub sources: BTreeMap<String, String>,
}

/// The files of the layers, weakest first, whether they exist or not.
pub fn files(dir: &Path, env: &Env) -> Vec<(Layer, PathBuf)> {
    let root = Repository::discover(dir).map_or_else(|| dir.to_path_buf(), |found| found.root);
    let mut files = Vec::new();
    files.extend(env.user_policy.clone().map(|file| (Layer::User, file)));
    files.push((Layer::Project, root.join(FILE)));
    files.extend(env.managed_policy.clone().map(|file| (Layer::Managed, file)));
    files
}

/// The texts of the layers that exist.
pub(super) fn texts(dir: &Path, env: &Env) -> Result<Vec<(Layer, PathBuf, String)>, PolicyError> {
    let mut found = Vec::new();
    for (layer, file) in files(dir, env) {
        match std::fs::read_to_string(&file) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => found.push((layer, file, text)),
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) => {}
            Err(error) => return Err(PolicyError { file, problem: error.to_string() }),
        }
    }
    Ok(found)
}

/// Reads and merges the layers that hold in `dir`.
///
/// # Errors
/// When a layer exists and cannot be read or understood, or names a profile that nobody defines.
pub fn load(dir: &Path, env: &Env) -> Result<Layered, PolicyError> {
    combine(texts(dir, env)?)
}

pub(super) fn combine(texts: Vec<(Layer, PathBuf, String)>) -> Result<Layered, PolicyError> {
    let mut parts = Vec::new();
    for (layer, file, text) in texts {
        // The typed reading first: its errors name line and column.
        Policy::read(&text).map_err(|problem| PolicyError { file: file.clone(), problem })?;
        let value = serde_saphyr::from_str::<Value>(&text)
            .map_err(|error| PolicyError { file: file.clone(), problem: error.to_string() })?;
        parts.push(Part { layer, profile: None, file: Some(file), value });
    }
    let parts = with_profiles(parts)?;
    let views: Vec<(usize, &Value)> =
        parts.iter().enumerate().map(|(index, part)| (index, &part.value)).collect();
    let mut origins = BTreeMap::new();
    let mut merged = merge("", &views, &mut origins);
    if let Value::Object(fields) = &mut merged {
        fields.remove("profiles");
    }
    let about = parts.last().and_then(|part| part.file.clone()).unwrap_or_else(|| FILE.into());
    let wrong = |problem: String| PolicyError { file: about.clone(), problem };
    let mut policy: Policy =
        serde_json::from_value(merged).map_err(|error| wrong(error.to_string()))?;
    policy.check().map_err(wrong)?;
    policy.profiles = BTreeMap::new();
    let sources = origins
        .into_iter()
        .filter(|(path, _)| path != "profiles" && !path.starts_with("profiles."))
        .map(|(path, index)| (path, parts[index].label()))
        .collect();
    Ok(Layered { policy, parts, sources })
}

/// Puts the chosen profile in, right below the part that defines it.
fn with_profiles(mut parts: Vec<Part>) -> Result<Vec<Part>, PolicyError> {
    let chosen: Vec<(String, Option<PathBuf>)> = parts
        .iter()
        .filter_map(|part| {
            Some((part.value.get("profile")?.as_str()?.to_owned(), part.file.clone()))
        })
        .collect();
    // The strongest layer's choice; the administrator can fix it.
    let Some((name, file)) = chosen.last().cloned() else { return Ok(parts) };
    let at = parts.iter().rposition(|part| part.value["profiles"].get(&name).is_some());
    let (at, part) = match at {
        Some(at) => {
            let value = parts[at].value["profiles"][&name].clone();
            (at, Part { profile: Some(name), value, ..parts[at].clone() })
        }
        None => {
            let Some(value) = profiles::built_in(&name) else {
                let mut known: Vec<String> =
                    profiles::NAMES.iter().map(|&name| name.to_owned()).collect();
                for part in &parts {
                    known.extend(
                        part.value["profiles"]
                            .as_object()
                            .into_iter()
                            .flat_map(|map| map.keys().cloned()),
                    );
                }
                return Err(PolicyError {
                    file: file.unwrap_or_else(|| FILE.into()),
                    problem: format!(
                        "profile: {name:?} is defined nowhere; known: {}",
                        known.join(", ")
                    ),
                });
            };
            (0, Part { layer: Layer::BuiltIn, profile: Some(name), file: None, value })
        }
    };
    parts.insert(at, part);
    Ok(parts)
}

/// Words of a setting from lax to strict, by the path of the setting.
const SCALES: &[(&str, &[&str])] = &[
    ("secrets.prompts", &["off", "warn", "block"]),
    ("secrets.reads", &["off", "warn", "ask", "deny"]),
    ("secrets.results", &["off", "warn", "redact", "block"]),
    ("secrets.warn", &["off", "context", "ask", "deny"]),
    ("counts", &["exit-code", "parsed"]),
];

/// Whether a path ends with a key, at any depth.
fn ends_with(path: &str, key: &str) -> bool {
    path == key || path.strip_suffix(key).is_some_and(|rest| rest.ends_with('.'))
}

/// How strict a value is where strictness decides; `None` where the strongest layer does.
fn strictness(path: &str, value: &Value) -> Option<i64> {
    if let Some((_, scale)) = SCALES.iter().find(|(key, _)| ends_with(path, key)) {
        let at = scale.iter().position(|word| value.as_str() == Some(word));
        return at.and_then(|at| i64::try_from(at).ok());
    }
    let number = || {
        value.as_f64().map(|number| {
            #[expect(clippy::cast_possible_truncation, reason = "thresholds are small")]
            let thousandths = (number * 1000.0) as i64;
            thousandths
        })
    };
    if path.starts_with("coverage.") {
        return number();
    }
    let fewer = ["complexity", "approval.minutes"].contains(&path)
        || ["runs.", "route."].iter().any(|start| path.starts_with(start));
    if fewer {
        return number().map(|number| -number);
    }
    if ends_with(path, "required") {
        return value.as_bool().map(i64::from);
    }
    if ends_with(path, "off") || path == "approval.unattended" {
        return value.as_bool().map(|on| i64::from(!on));
    }
    None
}

/// Lists that add up over the layers.
fn adds_up(path: &str) -> bool {
    let of_boundary = path.strip_prefix("boundaries.").is_some_and(|rest| !rest.contains('.'));
    of_boundary
        || ends_with(path, "requires")
        || matches!(path, "secrets.waivers" | "actions" | "env" | "route.risk")
}

fn merge(path: &str, values: &[(usize, &Value)], origins: &mut BTreeMap<String, usize>) -> Value {
    let Some((last, strongest)) = values.last().copied() else { return Value::Object(Map::new()) };
    if strongest.is_object() {
        return merge_objects(path, values, origins);
    }
    if strongest.is_array() && adds_up(path) {
        let mut all: Vec<Value> = Vec::new();
        let mut origin = last;
        for (index, value) in values {
            for item in value.as_array().into_iter().flatten() {
                if !all.contains(item) {
                    all.push(item.clone());
                    origin = *index;
                }
            }
        }
        origins.insert(path.to_owned(), origin);
        return Value::Array(all);
    }
    let mut best = (last, strongest);
    if let Some(mut most) = strictness(path, strongest) {
        for (index, value) in values {
            if let Some(strict) = strictness(path, value).filter(|strict| *strict > most) {
                most = strict;
                best = (*index, value);
            }
        }
    }
    origins.insert(path.to_owned(), best.0);
    best.1.clone()
}

fn merge_objects(
    path: &str,
    values: &[(usize, &Value)],
    origins: &mut BTreeMap<String, usize>,
) -> Value {
    let objects: Vec<(usize, &Map<String, Value>)> =
        values.iter().filter_map(|(index, value)| Some((*index, value.as_object()?))).collect();
    let mut keys: Vec<&String> = Vec::new();
    for (_, object) in &objects {
        keys.extend(object.keys());
    }
    keys.sort();
    keys.dedup();
    // A command given in another way by a stronger layer takes the place of the weaker one's.
    let newest = |key: &str| objects.iter().rposition(|(_, object)| object.contains_key(key));
    let dropped = match (newest("command"), newest("shell")) {
        (Some(command), Some(shell)) if command > shell => Some("shell"),
        (Some(command), Some(shell)) if shell > command => Some("command"),
        _ => None,
    };
    let mut merged = Map::new();
    for key in keys.into_iter().filter(|key| dropped != Some(key.as_str())) {
        let of_key: Vec<(usize, &Value)> =
            objects.iter().filter_map(|(index, object)| Some((*index, object.get(key)?))).collect();
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        merged.insert(key.clone(), merge(&path, &of_key, origins));
    }
    if merged.is_empty()
        && let Some((index, _)) = objects.last()
    {
        origins.insert(path.to_owned(), *index);
    }
    Value::Object(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layered(texts: &[(Layer, &str)]) -> Result<Layered, PolicyError> {
        let texts = texts
            .iter()
            .map(|(layer, text)| (*layer, PathBuf::from(layer.word()), (*text).to_owned()))
            .collect();
        combine(texts)
    }

    #[test]
    fn the_stricter_value_wins_whichever_layer_says_it() {
        let found = layered(&[
            (Layer::User, "secrets: {prompts: block, reads: 'off'}\ncoverage: {lines: 70}\n"),
            (Layer::Project, "secrets: {prompts: warn, reads: deny}\ncoverage: {lines: 90}\nboundaries: {push: []}\n"),
            (Layer::Managed, "coverage: {lines: 85}\nboundaries: {push: [test]}\n"),
        ])
        .unwrap();
        let policy = &found.policy;
        assert_eq!(policy.secrets.prompts, super::super::OnPrompt::Block);
        assert_eq!(found.sources["secrets.prompts"], "user");
        assert_eq!(policy.secrets.reads, super::super::OnRead::Deny);
        assert_eq!(found.sources["secrets.reads"], "project");
        assert_eq!(found.sources["coverage.lines"], "project");
        assert_eq!(policy.needs("push"), ["test"]);
        assert_eq!(found.sources["boundaries.push"], "managed");
    }

    #[test]
    fn other_values_come_from_the_strongest_layer() {
        let found = layered(&[
            (Layer::User, "gates: {test: {command: [a], timeout: 5}}\n"),
            (Layer::Project, "gates: {test: {shell: b | c}}\n"),
        ])
        .unwrap();
        let gate = &found.policy.gates["test"];
        assert_eq!((gate.command.as_ref(), gate.shell.as_deref()), (None, Some("b | c")));
        assert_eq!(gate.timeout, 5);
        assert_eq!(found.sources["gates.test.shell"], "project");
        assert_eq!(found.sources["gates.test.timeout"], "user");
    }

    #[test]
    fn a_project_picks_a_profile_of_the_administrator() {
        let managed =
            "profiles:\n  payments:\n    boundaries: {push: [test, security]}\n  labs: {}\n";
        let found = layered(&[(Layer::Project, "profile: payments\n"), (Layer::Managed, managed)]);
        let found = found.unwrap();
        assert_eq!(found.policy.needs("push"), ["test", "security"]);
        assert_eq!(found.sources["boundaries.push"], "managed, profile payments");
        let error = layered(&[(Layer::Project, "profile: paymants\n"), (Layer::Managed, managed)]);
        let error = error.unwrap_err().to_string();
        assert!(error.contains("paymants") && error.contains("payments, "), "{error}");
    }

    #[test]
    fn a_profile_with_a_wrong_key_is_an_error_where_it_is_defined() {
        let error = layered(&[(Layer::Managed, "profiles: {x: {boundarys: {}}}\n")]).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("managed") && error.contains("boundarys"), "{error}");
    }

    #[test]
    fn what_is_required_above_cannot_be_switched_off_below() {
        let found = layered(&[
            (Layer::Project, "gates: {security: {checks: {audit: {off: true}}}}\n"),
            (
                Layer::Managed,
                "gates: {security: {checks: {audit: {required: true, off: false}}}}\n",
            ),
        ])
        .unwrap();
        let check = &found.policy.gates["security"].checks["audit"];
        assert!(check.required == Some(true) && check.off == Some(false), "{check:?}");
    }
}

//! `portcullis policy show|check|explain`: what holds, where it comes from, and what it means.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::cli::{PolicyAction, PolicyArgs, PolicyExplainArgs, PolicyProjectArgs};
use crate::cmd::Console;
use crate::config::layers::{self, Layered};
use crate::config::{FILE, Policy};
use crate::env::Env;
use crate::exit::Exit;
use crate::gate;

/// Version of what `--json` prints.
const VERSION: u32 = 1;

/// Runs the subcommand.
///
/// # Errors
/// When a layer cannot be used, or the output cannot be written.
pub fn run(args: &PolicyArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    match &args.action {
        PolicyAction::Show(args) => show(args, env, console),
        PolicyAction::Check(args) => check(args, env, console),
        PolicyAction::Explain(args) => explain(args, env, console),
    }
}

fn load(args: &PolicyProjectArgs, env: &Env) -> anyhow::Result<(PathBuf, Layered)> {
    let dir = env.cwd.join(&args.project);
    let dir = dir.canonicalize().with_context(|| format!("cannot use {}", dir.display()))?;
    let layered = layers::load(&dir, env)?;
    Ok((dir, layered))
}

/// Every value of the policy as `path, value`, in the order of the fields.
fn flat(path: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flat(&path, value, found);
            }
        }
        _ => found.push((path.to_owned(), value.clone())),
    }
}

/// The layer of a value: its own, or that of the part of the policy it lies in.
fn source<'a>(layered: &'a Layered, path: &str) -> &'a str {
    let mut path = path;
    loop {
        if let Some(label) = layered.sources.get(path) {
            return label;
        }
        match path.rfind('.') {
            Some(at) => path = &path[..at],
            None => return "built in",
        }
    }
}

fn show(args: &PolicyProjectArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let (dir, layered) = load(args, env)?;
    let policy = effective(&layered.policy);
    let mut rows = Vec::new();
    flat("", &policy, &mut rows);
    let files: Vec<Value> = layers::files(&dir, env)
        .into_iter()
        .rev()
        .map(|(layer, file)| json!({"layer": layer.word(), "file": file, "exists": file.exists()}))
        .collect();
    if args.json {
        let sources: serde_json::Map<String, Value> =
            rows.iter().map(|(path, _)| (path.clone(), json!(source(&layered, path)))).collect();
        let answer = json!({"v": VERSION, "files": files, "policy": policy, "sources": sources});
        writeln!(console.out, "{answer:#}")?;
        return Ok(Exit::Ok);
    }
    for file in &files {
        let word = if file["exists"] == true { "" } else { " (not there)" };
        let name = file["file"].as_str().unwrap_or_default();
        writeln!(console.out, "# {}: {name}{word}", file["layer"].as_str().unwrap_or_default())?;
    }
    for (path, value) in rows {
        writeln!(console.out, "{path}: {value}  # {}", source(&layered, &path))?;
    }
    let asked: Vec<&str> =
        gate::BOUNDARIES.iter().copied().filter(|name| layered.policy.asks(name)).collect();
    if !asked.is_empty() {
        writeln!(console.out, "# the person is asked too: {}", asked.join(", "))?;
    }
    Ok(Exit::Ok)
}

/// The policy as it is applied: boundaries that nobody names have their built-in gates.
fn effective(policy: &Policy) -> Value {
    let mut policy = policy.clone();
    for boundary in gate::BOUNDARIES {
        let needs = policy.needs(boundary).into_iter().map(str::to_owned).collect();
        policy.boundaries.insert((*boundary).to_owned(), needs);
    }
    // A policy is made of strings, numbers and lists.
    serde_json::to_value(policy).unwrap_or_default()
}

fn check(args: &PolicyProjectArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let (_, layered) = load(args, env)?;
    let problems = problems(&layered.policy);
    if args.json {
        let answer = json!({"v": VERSION, "problems": problems});
        writeln!(console.out, "{answer:#}")?;
    } else {
        for part in &layered.parts {
            if let Some(file) = &part.file {
                writeln!(console.out, "{}: {} is read", part.label(), file.display())?;
            }
        }
        for problem in &problems {
            writeln!(console.err, "error: {problem}")?;
        }
        if problems.is_empty() {
            writeln!(console.out, "the policy is well-formed")?;
        }
    }
    Ok(if problems.is_empty() { Exit::Ok } else { Exit::Config })
}

/// What is well-formed and still cannot be meant.
fn problems(policy: &Policy) -> Vec<String> {
    let known = gate::names(policy);
    let mut problems = Vec::new();
    for (boundary, gates) in &policy.boundaries {
        let is_phase = boundary.strip_prefix("phase:").is_some_and(|phase| !phase.is_empty());
        if !is_phase && !gate::BOUNDARIES.contains(&boundary.as_str()) {
            problems.push(format!(
                "boundaries.{boundary}: no boundary is called that; write one of {} or phase:NAME",
                gate::BOUNDARIES.join(", ")
            ));
        }
        for gate in gates.iter().filter(|gate| !known.contains(gate)) {
            problems.push(format!(
                "boundaries.{boundary}: no gate is called {gate:?}; known: {}",
                known.join(", ")
            ));
        }
    }
    for (name, gate) in &policy.gates {
        for other in gate.requires.iter().filter(|other| !known.contains(other)) {
            problems.push(format!(
                "gates.{name}.requires: no gate is called {other:?}; known: {}",
                known.join(", ")
            ));
        }
        let has_own = gate.command.is_some() || gate.shell.is_some() || !gate.checks.is_empty();
        if !gate::is_built_in(name) && !has_own {
            problems
                .push(format!("gates.{name}: is no built-in gate and has no command and no check"));
        }
    }
    problems
}

fn explain(args: &PolicyExplainArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let place = PolicyProjectArgs { project: args.project.clone(), json: false };
    let (_, layered) = load(&place, env)?;
    let policy = effective(&layered.policy);
    let value = args.key.split('.').try_fold(&policy, |value, key| value.get(key));
    let schema = schemars::schema_for!(Policy).to_value();
    let about = description(&schema, &args.key);
    if value.is_none() && about.is_none() {
        writeln!(
            console.err,
            "error: {FILE} has no key {:?}; `portcullis policy show` lists what is set, `portcullis schema policy` every key",
            args.key
        )?;
        return Ok(Exit::Usage);
    }
    writeln!(console.out, "{}", args.key)?;
    if let Some(about) = about {
        writeln!(console.out, "  {}", about.replace('\n', " "))?;
    }
    match value {
        Some(value) => {
            writeln!(console.out, "  value: {value}")?;
            writeln!(console.out, "  from: {}", source(&layered, &args.key))?;
        }
        None => writeln!(console.out, "  not set")?,
    }
    for part in layered.parts.iter().rev() {
        let said = args.key.split('.').try_fold(&part.value, |value, key| value.get(key));
        if let Some(said) = said {
            let file = part.file.as_ref().map(|file| format!(" ({})", file.display()));
            writeln!(console.out, "  {} says {said}{}", part.label(), file.unwrap_or_default())?;
        }
    }
    Ok(Exit::Ok)
}

/// What the schema says of a key; names of gates, checks and boundaries stand for any name.
fn description(schema: &Value, key: &str) -> Option<String> {
    let mut node = schema;
    let mut text = None;
    for part in key.split('.') {
        let inner = resolved(schema, node)?;
        let next = inner["properties"].get(part).or_else(|| {
            let any = inner.get("additionalProperties")?;
            any.is_object().then_some(any)
        })?;
        text = next["description"]
            .as_str()
            .map(str::to_owned)
            .or_else(|| resolved(schema, next)?["description"].as_str().map(str::to_owned));
        node = next;
    }
    text
}

/// A node without `$ref` and without the `anyOf: [X, null]` of an optional value.
fn resolved<'s>(schema: &'s Value, mut node: &'s Value) -> Option<&'s Value> {
    loop {
        if let Some(first) = node["anyOf"].get(0) {
            node = first;
        } else if let Some(name) = node["$ref"].as_str() {
            let name = name.rsplit('/').next().unwrap_or_default();
            node = schema["$defs"].get(name)?;
        } else {
            return Some(node);
        }
    }
}

//! `portcullis doctor [PROJECT]`: proves each guard alive, through the process the client starts.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;
use serde_json::Value;

use crate::bundle;
use crate::check::CHECKS;
use crate::cli::DoctorArgs;
use crate::cmd::{Console, install};
use crate::env::Env;
use crate::exit::Exit;
use crate::git;
use crate::install::probe::Wiring;
use crate::install::scratch::Scratch;
use crate::install::wiring::Form;
use crate::install::{files, settings};

/// Where an administrator's settings are on Linux and macOS (Claude Code 2.1.330).
const MANAGED: &[&str] = &[
    "/etc/claude-code/managed-settings.json",
    "/Library/Application Support/ClaudeCode/managed-settings.json",
];

/// What was found out.
#[derive(Debug, Serialize)]
struct Diagnosis {
    /// Version of this format.
    v: u32,
    project: PathBuf,
    /// `plugin`, `project` or `none`.
    wiring: &'static str,
    /// The file that wires it.
    file: Option<PathBuf>,
    /// The binary that the hooks call.
    binary: Option<String>,
    versions: Versions,
    problems: Vec<String>,
    checks: Vec<Probed>,
}

#[derive(Debug, Serialize)]
struct Versions {
    /// The binary that runs now.
    this: &'static str,
    /// The binary that the hooks call.
    hook: Option<String>,
    /// The files that were installed, or the plugin.
    bundle: Option<String>,
}

#[derive(Debug, Serialize)]
struct Probed {
    check: &'static str,
    armed: bool,
    /// The rules that refused, or why nothing did.
    detail: String,
    ms: u64,
}

/// Runs the probes and prints what they say.
///
/// # Errors
/// When the output cannot be written or there is no temporary folder.
pub fn run(args: &DoctorArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let diagnosis = match diagnose(&args.project, env) {
        Ok(diagnosis) => diagnosis,
        Err(error) => return install::refused(error, console),
    };
    if args.json {
        writeln!(console.out, "{}", serde_json::to_string_pretty(&diagnosis)?)?;
    } else {
        print(&diagnosis, console)?;
    }
    let well = diagnosis.problems.is_empty() && diagnosis.checks.iter().all(|check| check.armed);
    Ok(if well { Exit::Ok } else { Exit::No })
}

fn diagnose(project: &Path, env: &Env) -> anyhow::Result<Diagnosis> {
    let project = files::folder(project)?;
    let wiring = Wiring::find(&project, env)?;
    let mut problems = wrong_settings(&project, wiring.as_ref(), env)?;
    let mut versions = Versions { this: bundle::VERSION, hook: None, bundle: None };
    let mut checks = Vec::new();
    match &wiring {
        None => problems.push(format!(
            "not wired: no hook of Portcullis is in {} and no plugin is named; run \
             `portcullis install {}`",
            settings::FILE,
            project.display()
        )),
        Some(wiring) => {
            let missing = wiring.missing();
            if !missing.is_empty() {
                problems.push(format!(
                    "{} does not call the hook for {}; install again",
                    wiring.file.display(),
                    missing.join(", ")
                ));
            }
            match wiring.binary_version() {
                Ok(version) => versions.hook = Some(version),
                Err(reason) => problems.push(format!("the hook's binary: {reason}")),
            }
            versions.bundle.clone_from(&wiring.bundle);
            let known = [versions.hook.as_deref(), versions.bundle.as_deref()];
            if known.iter().flatten().any(|version| *version != bundle::VERSION) {
                problems.push("the versions differ; install again with one of them".to_owned());
            }
        }
    }
    for check in CHECKS {
        let began = Instant::now();
        let result = match &wiring {
            None => Err("not wired".to_owned()),
            Some(wiring) => {
                let scratch = Scratch::new()?;
                git::text(scratch.path(), ["init", "-q"])?;
                wiring.ask(check, scratch.path())
            }
        };
        let (armed, detail) = match result {
            Ok(rules) => (true, format!("refused by {}", rules.join(", "))),
            Err(reason) => (false, reason),
        };
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        checks.push(Probed { check: check.id, armed, detail, ms });
    }
    let name = wiring.as_ref().map_or("none", |wiring| match wiring.form {
        Form::Plugin => "plugin",
        Form::Project | Form::Checkout => "project",
    });
    let binary = wiring.as_ref().and_then(|wiring| wiring.binary().map(str::to_owned));
    let file = wiring.map(|wiring| wiring.file);
    Ok(Diagnosis { v: 1, project, wiring: name, file, binary, versions, problems, checks })
}

/// The settings that keep the client from calling our hooks, or make it call them twice.
fn wrong_settings(
    project: &Path,
    wiring: Option<&Wiring>,
    env: &Env,
) -> anyhow::Result<Vec<String>> {
    let mut files = vec![project.join(settings::FILE), project.join(".claude/settings.local.json")];
    files.extend(env.config_dir.iter().map(|dir| dir.join("settings.json")));
    files.extend(MANAGED.iter().map(PathBuf::from));
    let mut problems = Vec::new();
    for file in files {
        let Some(text) = files::read_text(&file)? else { continue };
        let value = match settings::value(&text, &file) {
            Ok(value) => value,
            Err(obstacle) => {
                problems.push(format!("{obstacle} (the client skips such a file without a word)"));
                continue;
            }
        };
        let mut keys = vec!["disableAllHooks"];
        if MANAGED.iter().any(|managed| file == Path::new(managed)) {
            keys.push("allowManagedHooksOnly");
        }
        let name = file.display();
        for key in keys {
            if value[key] == Value::Bool(true) {
                problems
                    .push(format!("{name}: {key} is true, so the client calls no hook of ours"));
            }
        }
        let mut plugins = value["enabledPlugins"].as_object().into_iter().flatten();
        let plugin = plugins.find(|(id, on)| id.starts_with("portcullis@") && **on == true);
        if let (Some((id, _)), Some(Form::Project)) = (plugin, wiring.map(|wiring| wiring.form)) {
            problems.push(format!(
                "{name}: enabledPlugins has {id}, and the project is wired too: every call is judged \
                 twice; take out one of the two"
            ));
        }
    }
    Ok(problems)
}

fn print(diagnosis: &Diagnosis, console: &mut Console) -> std::io::Result<()> {
    let out = &mut console.out;
    let unknown = || "unknown".to_owned();
    let file = diagnosis.file.as_ref().map_or_else(unknown, |file| file.display().to_string());
    let versions = &diagnosis.versions;
    writeln!(out, "project   {}", diagnosis.project.display())?;
    writeln!(out, "wiring    {} ({file})", diagnosis.wiring)?;
    writeln!(out, "binary    {}", diagnosis.binary.clone().unwrap_or_else(unknown))?;
    writeln!(
        out,
        "versions  hook {}, files {}, this {}",
        versions.hook.clone().unwrap_or_else(unknown),
        versions.bundle.clone().unwrap_or_else(unknown),
        versions.this
    )?;
    for check in &diagnosis.checks {
        let word = if check.armed { "ARMED" } else { "DISARMED" };
        writeln!(out, "{word:<9} {:<10} {} ({} ms)", check.check, check.detail, check.ms)?;
    }
    for problem in &diagnosis.problems {
        writeln!(out, "PROBLEM   {problem}")?;
    }
    Ok(())
}

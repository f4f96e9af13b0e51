//! Reads `gates/*.yaml` and `gates/stacks/*.yaml`, so that a wrong file ends the build, and lists them.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

#[path = "../src/gate/catalog/model.rs"]
#[expect(dead_code, reason = "the build only reads the files")]
mod model;

/// Writes `gates.rs` into the build folder.
pub(crate) fn compile(out: &Path) -> anyhow::Result<()> {
    let (gates, stacks) = (files("gates")?, files("gates/stacks")?);
    let mut checks = BTreeSet::new();
    for path in &gates {
        let gate: model::GateFile = read(path)?;
        if path.file_stem().and_then(|stem| stem.to_str()) != Some(&gate.gate) {
            bail!("{}: gate: is {:?}; name it as the file", path.display(), gate.gate);
        }
        for check in gate.checks {
            if !checks.insert(check.check.clone()) {
                bail!("{}: check: {:?} is used twice", path.display(), check.check);
            }
        }
    }
    for path in &stacks {
        let stack: model::StackFile = read(path)?;
        for command in stack.commands {
            if !checks.contains(&command.check) {
                bail!("{}: check: no gate has {:?}", path.display(), command.check);
            }
            if command.command.is_empty() == command.shell.is_empty() {
                bail!("{}: {}: give either command or shell", path.display(), command.check);
            }
        }
    }
    files("gates/roles")?;
    let extras = files("gates/extra")?;
    for path in &extras {
        let extra: model::ExtraFile = read(path)?;
        for check in &extra.checks {
            if !checks.insert(check.check.clone()) {
                bail!("{}: check: {:?} is used twice", path.display(), check.check);
            }
        }
        for command in &extra.commands {
            if !extra.checks.iter().any(|check| check.check == command.check) {
                bail!("{}: check: this file has no {:?}", path.display(), command.check);
            }
            if command.reads.is_none() {
                bail!("{}: {}: say whose report it reads", path.display(), command.check);
            }
        }
    }
    let languages = files("gates/tamper/languages")?;
    for path in &languages {
        let language: model::LanguageFile = read(path)?;
        let lists =
            [&language.cases, &language.skips, &language.assertions, &language.suppressions];
        for pattern in lists.into_iter().flatten() {
            check_pattern(path, pattern)?;
        }
    }
    for path in files("gates/tamper")? {
        let guards: model::GuardsFile = read(&path)?;
        for threshold in &guards.thresholds {
            check_pattern(&path, &threshold.pattern)?;
        }
    }
    let mut code = String::new();
    // A list, because the hook looks a role up without reading YAML.
    let roles: std::collections::BTreeMap<String, Vec<String>> =
        read(Path::new("gates/roles/bundle.yaml"))?;
    writeln!(code, "pub(crate) static ROLES: &[(&str, &[&str])] = &[")?;
    for (agent, paths) in &roles {
        if !Path::new("agents").join(format!("{agent}.md")).is_file() {
            bail!("gates/roles/bundle.yaml: {agent}: there is no agents/{agent}.md");
        }
        writeln!(code, "    ({agent:?}, &{paths:?}),")?;
    }
    code.push_str("];\n");
    for (name, list) in [
        ("GATE_TEXTS", &gates),
        ("STACK_TEXTS", &stacks),
        ("EXTRA_TEXTS", &extras),
        ("LANGUAGE_TEXTS", &languages),
    ] {
        writeln!(code, "static {name}: &[&str] = &[")?;
        for path in list {
            let path = path.to_string_lossy();
            writeln!(
                code,
                "    include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/\", {path:?})),"
            )?;
        }
        code.push_str("];\n");
    }
    std::fs::write(out.join("gates.rs"), code)
        .with_context(|| format!("cannot write gates.rs in {}", out.display()))
}

fn check_pattern(path: &Path, pattern: &str) -> anyhow::Result<()> {
    regex::bytes::RegexBuilder::new(pattern)
        .unicode(false)
        .build()
        .map(drop)
        .with_context(|| format!("{}: {pattern}", path.display()))
}

#[expect(clippy::print_stdout, reason = "cargo reads build directives from standard output")]
fn files(folder: &str) -> anyhow::Result<Vec<PathBuf>> {
    println!("cargo::rerun-if-changed={folder}");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {folder}"))? {
        let path = entry.with_context(|| format!("cannot read {folder}"))?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_saphyr::from_str(&text).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))
}

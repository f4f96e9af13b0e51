//! `portcullis new KIND NAME`: writes a definition that already passes, where the client looks for it.

use std::path::{Path, PathBuf};

use crate::bundle::json;
use crate::bundle::tree::Node;
use crate::cli::{NewArgs, NewKind};
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;

/// Name and text of the templates of one kind; the first is taken when none is asked for.
pub const fn templates(kind: NewKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        NewKind::Agent => &[
            ("worker", include_str!("../templates/agent-worker.md")),
            ("reviewer", include_str!("../templates/agent-reviewer.md")),
        ],
        NewKind::Skill => &[("practice", include_str!("../templates/skill-practice.md"))],
        NewKind::Command => &[("plain", include_str!("../templates/command-plain.md"))],
        NewKind::Workflow => &[("pipeline", include_str!("../templates/workflow-pipeline.js"))],
    }
}

/// Writes the file, unless there is one.
///
/// # Errors
/// When it cannot be written.
pub fn run(args: &NewArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let name = args.name.as_str();
    let valid = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--");
    if !valid {
        writeln!(
            console.err,
            "error: {name:?} is no name; write lower-case words with one hyphen between, 64 characters at most"
        )?;
        return Ok(Exit::Usage);
    }
    let templates = templates(args.kind);
    let wanted = args.template.as_deref().unwrap_or(templates[0].0);
    let Some((_, text)) = templates.iter().find(|(known, _)| *known == wanted) else {
        let known: Vec<&str> = templates.iter().map(|(known, _)| *known).collect();
        writeln!(
            console.err,
            "error: no template is called {wanted:?}; there is {}",
            known.join(", ")
        )?;
        return Ok(Exit::Usage);
    };
    let project = env.cwd.join(&args.project);
    let path = place(&project, args.kind, name);
    let file = project.join(&path);
    let text = text.replace("{name}", name).replace("{title}", &title(name));
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    match std::fs::OpenOptions::new().write(true).create_new(true).open(&file) {
        Ok(mut new) => {
            use std::io::Write;
            new.write_all(text.as_bytes())?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            writeln!(console.err, "error: {} is there; nothing was written", path.display())?;
            return Ok(Exit::Usage);
        }
        Err(error) => return Err(error.into()),
    }
    writeln!(console.out, "{}", path.display())?;
    writeln!(console.err, "`portcullis validate {}` checks it", path.display())?;
    Ok(Exit::Ok)
}

/// Where the client looks, relative to the project. What users add to a bundle of agents lies in `custom/`; the client reads
/// skills one level deep only, so theirs do where the manifest names that folder.
fn place(project: &Path, kind: NewKind, name: &str) -> PathBuf {
    let manifest = project.join(".claude-plugin/plugin.json");
    let plugin = manifest.is_file();
    let top = if plugin { PathBuf::new() } else { PathBuf::from(".claude") };
    match kind {
        NewKind::Agent => top.join("agents/custom").join(format!("{name}.md")),
        NewKind::Command => top.join("commands").join(format!("{name}.md")),
        NewKind::Workflow => top.join("workflows").join(format!("{name}.js")),
        NewKind::Skill => {
            let custom = plugin && names_custom_skills(&manifest);
            let folder = if custom { "skills/custom" } else { "skills" };
            top.join(folder).join(name).join("SKILL.md")
        }
    }
}

fn names_custom_skills(manifest: &Path) -> bool {
    let text = std::fs::read_to_string(manifest).unwrap_or_default();
    let Ok(parsed) = json::parse(&text) else { return false };
    let named = |node: &Node| {
        node.as_str().is_some_and(|path| path.trim_end_matches('/') == "./skills/custom")
    };
    parsed.root.get("skills").is_some_and(|node| named(node) || node.items().iter().any(named))
}

/// `data-model` is "Data model".
fn title(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut chars = words.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

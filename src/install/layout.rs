//! Where each file of the bundle goes in a project.

use std::collections::BTreeMap;

use crate::bundle::Embedded as File;

/// Commands whose name the client has itself. In the plugin the prefix tells them apart; a project's own file would
/// take the client's command away or never be reached, so it gets another name there.
pub const RENAMED: &[(&str, &str)] =
    &[("commands/doctor.md", "run-doctor.md"), ("commands/resume.md", "run-resume.md")];

/// A file of the bundle and its place in the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<'a> {
    /// Path in the project, with `/`.
    pub path: String,
    /// The file.
    pub file: File<'a>,
}

/// Places the files, sorted by their path in the project.
///
/// The client loads skills from one level only, so the category folder is dropped; what lies
/// beside the skills in a category (a README) has no place in a project.
///
/// # Errors
/// When two files would land on the same path.
pub fn place<'a>(files: &[File<'a>]) -> anyhow::Result<Vec<Placed<'a>>> {
    let mut placed: BTreeMap<String, File<'a>> = BTreeMap::new();
    for file in files {
        let Some(path) = target(file.path) else { continue };
        if let Some(other) = placed.insert(path.clone(), *file) {
            anyhow::bail!(
                "the bundle's {} and {} would both be installed as {path}; rename one",
                other.path,
                file.path
            );
        }
    }
    Ok(placed.into_iter().map(|(path, file)| Placed { path, file }).collect())
}

/// Path in the project of a path in the bundle.
fn target(path: &str) -> Option<String> {
    if let Some((_, name)) = RENAMED.iter().find(|(from, _)| *from == path) {
        return Some(format!(".claude/commands/{name}"));
    }
    let (folder, rest) = path.split_once('/')?;
    match folder {
        "agents" | "commands" | "workflows" => Some(format!(".claude/{path}")),
        "skills" => {
            let (_category, skill) = rest.split_once('/')?;
            skill.contains('/').then(|| format!(".claude/skills/{skill}"))
        }
        "bin" => Some(format!(".claude/portcullis/{rest}")),
        _ => None,
    }
}

/// The folder that is a user's as a whole or ours as a whole: a skill. Half a skill of each is none.
pub fn unit(path: &str) -> Option<String> {
    let name = path.strip_prefix(".claude/skills/")?.split('/').next()?;
    Some(format!(".claude/skills/{name}"))
}

//! The skills in the real client: each is listed in both ways in, and its text reaches the model as it
//! is written, whatever looks like a placeholder in its examples.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::armed::{Armed, Way};
use crate::runner::tests;
use crate::script::{Script, Turn};

tests![every_skill_is_listed_in_both_ways, every_skill_reaches_the_model_as_it_is_written];

/// The folders of all skills of the bundle, with their names.
fn skills() -> Result<Vec<(String, PathBuf)>> {
    let mut skills = Vec::new();
    for category in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("skills"))? {
        for skill in fs::read_dir(category?.path())? {
            let skill = skill?;
            skills.push((skill.file_name().to_string_lossy().into_owned(), skill.path()));
        }
    }
    ensure!(skills.len() >= 33, "{skills:?}");
    skills.sort();
    Ok(skills)
}

fn every_skill_is_listed_in_both_ways() -> Result<()> {
    for way in [Way::Plugin, Way::Project] {
        let armed = Armed::new(way)?;
        let run = armed.session("hi", Script::new().main([Turn::text("hi")])).run()?;
        let listed = run.init_names("skills")?;
        for (name, _) in skills()? {
            assert!(listed.contains(&armed.name(&name).as_str()), "{way:?}: {name}: {listed:?}");
        }
    }
    Ok(())
}

fn every_skill_reaches_the_model_as_it_is_written() -> Result<()> {
    let armed = Armed::new(Way::Plugin)?;
    let skills = skills()?;
    let calls = skills.iter().map(|(name, _)| {
        Turn::tool("Skill", json!({"skill": armed.name(name), "args": "first second"}))
    });
    let script = Script::new().main(calls.chain([Turn::text("done")]));
    let run = armed.session("read them", script).arg("--allowedTools").arg("Skill").run()?;
    let plugin = armed.plugin().context("the plugin's folder")?;
    for (name, folder) in skills {
        let text = fs::read_to_string(folder.join("SKILL.md"))?;
        let (_, body) = text.split_once("\n---\n").context("frontmatter")?;
        // The one thing that the client fills in.
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let there = plugin.join(folder.strip_prefix(root)?);
        let there = there.to_str().context("the temporary folder is not UTF-8")?;
        let body = body.trim().replace("${CLAUDE_SKILL_DIR}", there);
        assert!(run.told(&body), "{name} is not told as it is written");
    }
    Ok(())
}

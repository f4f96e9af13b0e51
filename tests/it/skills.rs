//! The skills: their form, their trigger prompts, their registration, their page, and their examples,
//! which are run.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::generated::check_file;

/// One skill's folder with what stands in its `SKILL.md`.
struct Skill {
    folder: PathBuf,
    category: String,
    front: Front,
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    name: String,
    description: String,
    triggers: Vec<String>,
}

/// Prompts that should and should not reach one definition; the form of `evals/triggers/*.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Prompts {
    name: String,
    should: Vec<String>,
    should_not: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every skill, by category in the order of `plugin.json`, then by name.
fn skills() -> Vec<Skill> {
    let mut skills = Vec::new();
    for category in categories() {
        for name in names(&root().join("skills").join(&category)) {
            let folder = root().join("skills").join(&category).join(&name);
            let path = folder.join("SKILL.md");
            let text = std::fs::read_to_string(&path)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let (front, body) = text.strip_prefix("---\n").unwrap().split_once("\n---\n").unwrap();
            let front = serde_saphyr::from_str(front)
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            skills.push(Skill { folder, category: category.clone(), front, body: body.to_owned() });
        }
    }
    assert!(skills.len() >= 33, "only {} skills were found", skills.len());
    skills
}

/// The folders that `plugin.json` names; `skills/custom` is the user's own and not part of them.
fn categories() -> Vec<String> {
    let manifest = std::fs::read_to_string(root().join(".claude-plugin/plugin.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let listed = manifest["skills"].as_array().unwrap().iter();
    listed
        .map(|path| path.as_str().unwrap().strip_prefix("./skills/").unwrap().to_owned())
        .collect()
}

fn prompts() -> BTreeMap<String, Prompts> {
    let text = std::fs::read_to_string(root().join("evals/triggers/skills.yaml")).unwrap();
    let list: Vec<Prompts> = serde_saphyr::from_str(&text).unwrap();
    let count = list.len();
    let map: BTreeMap<_, _> = list.into_iter().map(|entry| (entry.name.clone(), entry)).collect();
    assert_eq!(map.len(), count, "a skill has two entries");
    map
}

/// The text behind `- **LABEL:**`.
fn bullet<'body>(skill: &'body Skill, label: &str) -> &'body str {
    let start = format!("- **{label}:** ");
    let line = skill.body.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("{}: no line `{start}`", skill.front.name))
}

fn words(text: &str) -> usize {
    text.split_whitespace().filter(|word| word.contains(char::is_alphanumeric)).count()
}

#[test]
fn every_category_is_registered() {
    let mut listed = categories();
    listed.sort();
    let mut found = names(&root().join("skills"));
    found.retain(|name| name != "custom");
    assert_eq!(found, listed);
}

#[test]
fn skills_keep_their_form() {
    for skill in skills() {
        let Skill { folder, front, body, .. } = &skill;
        let name = &front.name;
        assert_eq!(folder.file_name().unwrap().to_str(), Some(name.as_str()));
        let count = words(&front.description);
        assert!((12..=22).contains(&count), "{name}: the description has {count} words");
        assert!(front.description.starts_with("Use when "), "{name}");
        assert_eq!(front.description.matches(". Not for ").count(), 1, "{name}");
        assert!(front.triggers.len() >= 10, "{name}: {} triggers", front.triggers.len());
        // Longer bodies are read less (house figures from thirty bundles).
        assert!((500..=1200).contains(&words(body)), "{name}: {} words", words(body));
        assert!(body.lines().count() <= 200, "{name}: {} lines", body.lines().count());
        for label in ["When", "Not when", "Inputs"] {
            assert!(words(bullet(&skill, label)) > 3, "{name}: {label}");
        }
        let mut at = 0;
        for heading in ["\n## Decide", "\n## Procedure", "\n## Prove it", "\n## Pitfalls"] {
            let next = body.find(heading).unwrap_or_else(|| panic!("{name}: no `{heading}`"));
            assert!(
                heading == "\n## Procedure" || next > at,
                "{name}: `{heading}` comes too early"
            );
            at = at.max(next);
        }
    }
}

#[test]
fn nothing_in_a_skill_is_replaced_or_run_by_the_client() {
    for skill in skills() {
        let name = &skill.front.name;
        // An argument's place, and a command that the client runs when the skill is loaded.
        for (at, _) in skill.body.match_indices('$') {
            let rest = &skill.body[at + 1..];
            assert!(!rest.starts_with(|next: char| next.is_ascii_digit()), "{name}: ${rest:.20}");
            assert!(!rest.starts_with("ARGUMENTS"), "{name}");
        }
        assert!(!skill.body.contains(" !`") && !skill.body.contains("\n!`"), "{name}");
        assert!(!skill.body.contains("```!"), "{name}");
    }
}

#[test]
fn references_and_scripts_are_named_and_lie_one_level_deep() {
    let known: Vec<String> = skills().into_iter().map(|skill| skill.front.name).collect();
    for Skill { folder, front, body, .. } in skills() {
        for entry in names(&folder) {
            assert!(["SKILL.md", "references", "scripts"].contains(&entry.as_str()), "{entry}");
        }
        for file in names(&folder.join("references")) {
            // Named with the moment to read it, in the skill and in its own second paragraph.
            let named = body.lines().any(|line| {
                line.contains(&format!("`references/{file}`"))
                    && line.to_lowercase().contains("read ")
            });
            assert!(named, "{}: references/{file} is not named with its moment", front.name);
            let text = std::fs::read_to_string(folder.join("references").join(&file)).unwrap();
            assert!(text.contains("\nRead this "), "{}: references/{file}", front.name);
        }
        for file in names(&folder.join("scripts")) {
            assert!(
                body.contains(&format!("CLAUDE_SKILL_DIR/scripts/{file}")),
                "{}: no example runs scripts/{file}",
                front.name
            );
            let mode = folder.join("scripts").join(&file).metadata().unwrap().permissions().mode();
            assert_ne!(mode & 0o111, 0, "{}: scripts/{file} is not executable", front.name);
        }
        for label in body.lines().filter(|line| line.starts_with("- **Not when:**")) {
            for name in label.split('`').skip(1).step_by(2) {
                assert!(known.iter().any(|skill| skill == name), "{}: `{name}`", front.name);
            }
        }
    }
}

#[test]
fn every_skill_has_prompts_and_most_do_not_name_it() {
    let mut prompts = prompts();
    let (mut all, mut naming) = (0, 0);
    for skill in skills() {
        let name = skill.front.name;
        let entry = prompts.remove(&name).unwrap_or_else(|| panic!("{name} has no prompts"));
        assert!(entry.should.len() >= 3 && entry.should_not.len() >= 2, "{name}");
        // A stem: the first five letters of each part of the name.
        let stems: Vec<String> =
            name.split('-').map(|part| part.chars().take(5).collect()).collect();
        for prompt in &entry.should {
            let prompt = prompt.to_lowercase();
            let mut parts = prompt.split(|letter: char| !letter.is_alphanumeric());
            all += 1;
            naming +=
                usize::from(parts.any(|word| stems.iter().any(|stem| word.starts_with(stem))));
        }
    }
    assert!(prompts.is_empty(), "prompts for no skill: {:?}", prompts.keys());
    assert!(naming * 10 <= all * 4, "{naming} of {all} prompts name their skill");
}

#[test]
fn the_page_of_skills() {
    let prompts = prompts();
    let mut text = String::from(PAGE);
    let mut category = String::new();
    for skill in skills() {
        if skill.category != category {
            category.clone_from(&skill.category);
            text.push_str(&format!("\n## {category}\n"));
        }
        let name = &skill.front.name;
        let purpose = skill.body.trim().lines().nth(2).unwrap();
        text.push_str(&format!("\n### {name}\n\n{purpose}\n\n"));
        for label in ["When", "Not when", "Inputs"] {
            text.push_str(&format!("- {label}: {}\n", bullet(&skill, label)));
        }
        text.push_str(&format!("- Example: \"{}\"\n", prompts[name].should[0]));
        let path = format!("skills/{category}/{name}");
        let mut files = vec![format!("[SKILL.md](../{path}/SKILL.md)")];
        for part in ["references", "scripts"] {
            let found = names(&skill.folder.join(part));
            files.extend(found.iter().map(|file| format!("[{file}](../{path}/{part}/{file})")));
        }
        text.push_str(&format!("- Files: {}\n", files.join(", ")));
        let run = skill.body.lines().filter(|line| line.starts_with("```sh run")).count();
        let lab = skill.body.lines().filter(|line| line.starts_with("```sh run lab")).count();
        assert!(run > 0, "{name}: no example that a script runs");
        let quick = run - lab;
        text.push_str(&format!("- Examples: {run} run by a script, {quick} of them in CI\n"));
    }
    check_file("docs/skills.md", &text);
}

/// Runs a script of `tests/skills/`, which must succeed and say `wanted`.
fn python(script: &str, args: &[&str], wanted: &str) {
    let script = root().join("tests/skills").join(script);
    let output = Command::new("python3")
        .arg(script)
        .args(args)
        .env("PORTCULLIS_FOLDER", Path::new(env!("CARGO_BIN_EXE_portcullis")).parent().unwrap())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(output.status.success(), "{text}");
    assert!(text.contains(wanted), "{text}");
}

#[test]
fn the_scripts_keep_their_promises() {
    python("test_scripts.py", &[], "\nOK");
}

#[test]
fn the_quick_examples_run() {
    python("run.py", &[], " passed, 0 failed");
}

#[test]
#[ignore = "brings packages and runs builds for minutes: cargo test --test it -- --ignored examples"]
fn all_examples_run() {
    python("run.py", &["--all"], " passed, 0 failed");
}

/// What stands above the entries of `docs/skills.md`.
const PAGE: &str = "# Skills

Generated from `skills/*/*/SKILL.md` and `evals/triggers/skills.yaml`.

The client loads the name and description of each skill at the start, and the body when a prompt fits or somebody types \
`/portcullis:NAME` (installed into a project: `/NAME`). `triggers` in the frontmatter are read by Portcullis, not by the client.

A code block whose info string says `run` is run by `tests/skills/run.py`; `cargo test --test it skills` runs those that need \
only python3, node, git, rustc and the binary itself, `tests/skills/run.py --all` the others as well. Versions stand at each example.
";

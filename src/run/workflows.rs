//! Which command starts which workflow. The bundle's own files say it: a script's `whenToUse` reads
//! "Started by the NAME command", and the command is there.

use crate::bundle;

/// What stands before the command's name in a script.
const BEFORE: &str = "Started by the ";

/// What stands behind it.
const BEHIND: &str = " command";

/// What every command that starts a workflow tells the model to look for.
pub const FACTS: &str = "Portcullis run facts";

/// The name of the workflow that a command of the bundle starts.
pub fn of_command(command: &str) -> Option<&'static str> {
    table().find(|(known, _)| *known == command).map(|(_, workflow)| workflow)
}

/// Every command that starts a workflow, with the workflow's name.
pub fn table() -> impl Iterator<Item = (&'static str, &'static str)> {
    bundle::FILES.iter().filter_map(|file| {
        let name = file.path.strip_prefix("workflows/")?.strip_suffix(".js")?;
        let text = std::str::from_utf8(file.bytes).ok()?;
        let (_, rest) = text.split_once(BEFORE)?;
        let (command, _) = rest.split_once(BEHIND)?;
        is_command(command).then_some((command, name))
    })
}

fn is_command(name: &str) -> bool {
    bundle::FILES.iter().any(|file| {
        file.path.strip_prefix("commands/").and_then(|rest| rest.strip_suffix(".md")) == Some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workflow_says_which_command_starts_it_and_that_command_reads_the_facts() {
        let table: Vec<_> = table().collect();
        for file in bundle::FILES.iter().filter(|file| file.path.starts_with("workflows/")) {
            if !file.path.ends_with(".js") {
                continue;
            }
            let known = table.iter().any(|(_, name)| file.path == format!("workflows/{name}.js"));
            assert!(known, "{}: its whenToUse lacks `{BEFORE}NAME{BEHIND}`", file.path);
        }
        for (command, workflow) in &table {
            let path = format!("commands/{command}.md");
            let file = bundle::FILES.iter().find(|file| file.path == path).unwrap();
            let text = std::str::from_utf8(file.bytes).unwrap();
            assert!(text.contains(FACTS), "{path} starts {workflow} and does not read the facts");
        }
        for file in bundle::FILES.iter().filter(|file| file.path.starts_with("commands/")) {
            let text = std::str::from_utf8(file.bytes).unwrap();
            let name = file.path.trim_start_matches("commands/").trim_end_matches(".md");
            assert_eq!(
                text.contains(&format!("`{FACTS}: {{")),
                of_command(name).is_some(),
                "{}: it reads the facts, and no workflow says that it starts it, or the other way",
                file.path
            );
        }
    }
}

//! The trigger prompts as cases of the client's own `plugin eval`, for a run with a real model.

use std::path::Path;

use anyhow::{Context, bail};
use serde_json::json;

use super::cases::Case;
use super::definition::Kind;

/// Writes one folder with a `case.yaml` for each prompt into `to`, and says how many.
///
/// A prompt that should reach its definition is graded by whether the model called it, one that should not by
/// whether it left it alone. JSON is written, which is YAML too.
///
/// # Errors
/// When `to` holds something already, or cannot be written.
pub fn write(to: &Path, kind: Kind, cases: &[Case]) -> anyhow::Result<usize> {
    let (tool, field) = match kind {
        Kind::Agents => ("Agent", "subagent_type"),
        Kind::Skills => ("Skill", "skill"),
    };
    let mut count = 0;
    for case in cases {
        let should = case.should.iter().map(|prompt| (prompt, true));
        let should_not = case.should_not.iter().map(|prompt| (prompt, false));
        for (number, (prompt, wanted)) in (1..).zip(should.chain(should_not)) {
            let name = format!("{}-{}-{number}", kind.word(), case.name);
            let folder = to.join(&name);
            if folder.exists() {
                bail!("{} is there already; name an empty folder", folder.display());
            }
            // Of an installed bundle the name stands alone, of the plugin behind its prefix.
            let called = format!("\"{field}\"\\s*:\\s*\"(?:[a-z-]+:)?{}\"", case.name);
            let (least, most) = if wanted { (1, None) } else { (0, Some(0)) };
            let mut grader = json!({
                "name": if wanted { "reaches-it" } else { "leaves-it-alone" },
                "type": "tool_used", "tool": tool, "input_match": called, "min": least,
            });
            if let Some(most) = most {
                grader["max"] = json!(most);
            }
            let text = json!({
                "schema_version": "1.1",
                "name": name,
                "tags": ["triggers", kind.word(), case.name],
                "execution": {
                    "prompt": prompt, "max_turns": 3, "timeout_seconds": 120,
                    "allowed_tools": ["Read", "Agent", "Skill"],
                },
                "runs": 1,
                "graders": [grader],
            });
            std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
            let file = folder.join("case.yaml");
            std::fs::write(&file, format!("{text:#}\n"))
                .with_context(|| file.display().to_string())?;
            count += 1;
        }
    }
    Ok(count)
}

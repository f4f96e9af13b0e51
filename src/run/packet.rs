//! What an orchestrator hands to a worker.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fields::{self, Problem};

/// The line that opens a packet in a prompt.
pub const FENCE: &str = "```portcullis-packet";

/// A task packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Packet {
    /// Short name of the task, in kebab case.
    pub task: String,
    /// What must be true when it is done.
    pub requirements: String,
    /// What must not happen or change.
    #[serde(default)]
    pub constraints: String,
    /// Files to read first, relative to the root of the project.
    #[serde(default)]
    pub context_files: Vec<String>,
    /// What to hand back: code, tests, documents.
    #[serde(default)]
    pub expected_output: String,
    /// The run this belongs to.
    #[serde(default)]
    pub run: String,
    /// The phase of the run.
    #[serde(default)]
    pub phase: String,
    /// The git tree the task starts from, as its id; what was changed is measured from there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub base_tree: String,
    /// What the task may change: paths and globs relative to the root of the project; a folder
    /// stands for all below it. Empty for the whole project.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub write_set: Vec<String>,
    /// What the task may cost.
    #[serde(default, skip_serializing_if = "Budget::is_empty")]
    pub budget: Budget,
}

/// What a task may cost; a part that is missing has no bound here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Tokens of context, input and output together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub tokens: Option<u64>,
    /// Answers of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub turns: Option<u64>,
    /// Minutes from the start of the worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub minutes: Option<u64>,
}

impl Budget {
    /// Whether it bounds nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The packets that stand in a prompt, each as written between its fences, or what is wrong with its fences.
///
/// The client indents the prompt of an agent that a workflow script starts, so a fence may be indented.
pub fn blocks(prompt: &str) -> impl Iterator<Item = Result<&str, Problem>> {
    prompt.split(FENCE).skip(1).map(|rest| {
        let mut end = 0;
        for line in rest.split_inclusive('\n') {
            // The first line is the rest of the opening fence.
            if end > 0 && line.trim_start().starts_with("```") {
                return Ok(&rest[..end]);
            }
            end += line.len();
        }
        Err(Problem::new("", "is not closed by a line of ```"))
    })
}

impl Packet {
    /// Reads a packet as it stands between its fences.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn read(body: &str) -> Result<Self, Vec<Problem>> {
        let value: Value = serde_json::from_str(body)
            .map_err(|error| vec![Problem::new("", format!("is not JSON: {error}"))])?;
        let schema = schemars::schema_for!(Self).to_value();
        let mut problems = fields::problems(&schema, &value);
        match serde_json::from_value::<Self>(value) {
            Ok(packet) => {
                problems.extend(packet.problems());
                if problems.is_empty() {
                    return Ok(packet);
                }
            }
            Err(error) if problems.is_empty() => problems.push(Problem::new("", error.to_string())),
            Err(_) => {}
        }
        Err(problems)
    }

    /// What its values say that cannot be meant; form only, nothing is read from disk.
    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (name, text) in [("task", &self.task), ("requirements", &self.requirements)] {
            if text.trim().is_empty() {
                problems.push(Problem::new(name, "is empty"));
            }
        }
        // The run names a folder.
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if self.run.starts_with('.') || self.run.len() > 64 || !self.run.chars().all(plain) {
            problems.push(Problem::new("run", "is no id of a run; copy it from the run facts"));
        }
        if !self.base_tree.is_empty() && !is_tree_id(&self.base_tree) {
            problems.push(Problem::new(
                "base_tree",
                format!(
                    "{:?} is no git tree id (40 or 64 lower-case hex digits); copy it from the run facts",
                    self.base_tree
                ),
            ));
        }
        for (index, pattern) in self.write_set.iter().enumerate() {
            if let Some(text) = wrong_pattern(pattern) {
                problems.push(Problem::new(format!("write_set[{index}]"), text));
            }
        }
        problems
    }
}

/// Whether this is the form of a git object id.
pub fn is_tree_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn wrong_pattern(pattern: &str) -> Option<String> {
    let drive = pattern.as_bytes().get(1) == Some(&b':');
    Some(if pattern.trim().is_empty() {
        "is empty; leave the entry out, or the whole list for the whole project".to_owned()
    } else if pattern.starts_with(['/', '~', '\\']) || drive {
        format!("{pattern:?} is absolute; write it relative to the root of the project")
    } else if pattern.contains('\\') {
        format!("{pattern:?} holds a back-slash; separate folders by /")
    } else if pattern.split('/').any(|part| part == "..") {
        format!("{pattern:?} leads out of the project; write it without `..`")
    } else if pattern.starts_with(['!', '#']) {
        format!("{pattern:?} begins with {:?}; name what may change", &pattern[..1])
    } else if let Err(error) = super::overlap::matcher(&[pattern]) {
        format!("{pattern:?} is no pattern: {error}")
    } else {
        return None;
    })
}

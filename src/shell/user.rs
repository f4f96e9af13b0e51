//! Rows of the action table that a project adds in `portcullis.yaml`, key `actions`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::action::{ActionKind, ToolRow};
use super::table::{Program, Verb};

/// One row, as the policy writes it; the fields are those of `docs/actions.md`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UserRow {
    /// The program's name, without a folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<String>,
    /// Instead of a program: the form of the name of an MCP server's tool, `mcp__*__ship`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The verb's words, all of them operands in this order; empty when the program itself is the
    /// action.
    pub verb: String,
    /// What it does.
    pub kind: Option<ActionKind>,
    /// Options with which it is not the action.
    pub dry: Vec<String>,
    /// Options before or after the verb that take a value.
    pub values: Vec<String>,
    /// Those of them whose value is the folder that the command acts on.
    pub folder: Vec<String>,
    /// It is the action only with one of these options; `-X=PUT` also compares the value.
    pub needs: Vec<String>,
    /// It is the action only with an operand that one of these patterns fits.
    pub operands: Vec<String>,
    /// Operands that do not count, although `operands` fits them.
    pub except: Vec<String>,
    /// It is the action only when its arguments hold one of these phrases, compared without case.
    pub contains: Vec<String>,
    /// The verb may be any operand.
    pub anywhere: bool,
    /// For a tool: what goes out is in the call and in no tree.
    pub unseen: bool,
}

impl UserRow {
    /// What is wrong with the row, as a fragment that names the key; `None` when nothing is.
    pub fn problem(&self) -> Option<String> {
        let named = match (&self.program, &self.tool) {
            (Some(program), None) => {
                if program.is_empty() || program.contains(['/', ' ']) {
                    return Some(format!(
                        "program: {program:?} is no name; write it without a folder"
                    ));
                }
                true
            }
            (None, Some(tool)) => {
                if !tool.starts_with("mcp__") {
                    return Some(format!(
                        "tool: {tool:?} is no tool of an MCP server; write mcp__server__tool"
                    ));
                }
                true
            }
            _ => false,
        };
        if !named {
            return Some("program: give either a program or a tool".into());
        }
        if self.kind.is_none() {
            let words: Vec<&str> = ActionKind::ALL.iter().map(|kind| kind.word()).collect();
            return Some(format!("kind: is missing; one of {}", words.join(", ")));
        }
        let options = [
            ("dry", &self.dry),
            ("values", &self.values),
            ("folder", &self.folder),
            ("needs", &self.needs),
        ];
        for (field, list) in options {
            if let Some(bad) =
                list.iter().find(|option| option.len() < 2 || !option.starts_with('-'))
            {
                return Some(format!("{field}: {bad:?} is no option; write -x or --name"));
            }
        }
        if self.anywhere && self.verb.split_whitespace().count() != 1 {
            return Some(format!("anywhere: needs a verb of one word, not {:?}", self.verb));
        }
        None
    }

    /// Whether a text names the program or the tool of this row.
    fn is_in(&self, text: &str) -> bool {
        match (&self.program, &self.tool) {
            (Some(program), _) => text.contains(program.as_str()),
            (None, Some(_)) => text.starts_with("mcp__"),
            (None, None) => false,
        }
    }
}

/// Rows of a policy that a line or a tool's name may concern, ready to be compared.
#[derive(Debug, Default)]
pub struct Rows {
    programs: Vec<Program>,
    tools: Vec<ToolRow>,
}

impl Rows {
    /// The rows whose program or tool stands in `text`; nothing is built for the others.
    ///
    /// What is built stays until the process ends: a hook call is one process and one policy, and the
    /// compiled table, which these rows stand beside, is static too.
    pub fn of(rows: &[UserRow], text: &str) -> Self {
        let mut found = Self::default();
        for row in rows.iter().filter(|row| row.is_in(text)) {
            let Some(kind) = row.kind else { continue };
            if let Some(tool) = &row.tool {
                let pattern = keep(tool);
                found.tools.push(ToolRow { pattern, kind, unseen: row.unseen });
            } else if let Some(program) = &row.program {
                found.programs.push(compiled(row, program, kind));
            }
        }
        found
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.programs.is_empty() && self.tools.is_empty()
    }

    /// Whether one of them is of a kind that `wanted` accepts.
    pub fn any(&self, wanted: impl Fn(ActionKind) -> bool) -> bool {
        self.programs.iter().flat_map(|program| program.verbs).any(|verb| wanted(verb.kind))
            || self.tools.iter().any(|row| wanted(row.kind))
    }

    pub(super) fn programs(&self) -> impl Iterator<Item = &Program> {
        self.programs.iter()
    }

    pub(super) fn tools(&self) -> impl Iterator<Item = ToolRow> {
        self.tools.iter().copied()
    }
}

fn compiled(row: &UserRow, program: &str, kind: ActionKind) -> Program {
    let verb = Verb {
        text: keep(&row.verb),
        words: keep_all(row.verb.split_whitespace()),
        kind,
        dry: keep_all(row.dry.iter().map(String::as_str)),
        values: &[],
        needs: keep_all(row.needs.iter().map(String::as_str)),
        also: &[],
        operands: keep_all(row.operands.iter().map(String::as_str)),
        except: keep_all(row.except.iter().map(String::as_str)),
        last: &[],
        contains: keep_list(row.contains.iter().map(|phrase| phrase.to_lowercase()).collect()),
        lacks: &[],
        assigns: &[],
        least: 0,
        anywhere: row.anywhere,
        bare: false,
        loses: "",
        example: None,
    };
    let values = row.values.iter().chain(&row.folder).map(String::as_str);
    Program {
        names: keep_all(std::iter::once(program)),
        values: keep_all(values),
        folder: keep_all(row.folder.iter().map(String::as_str)),
        verbs: Box::leak(Box::new([verb])),
    }
}

fn keep(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

fn keep_all<'t>(texts: impl Iterator<Item = &'t str>) -> &'static [&'static str] {
    Box::leak(texts.map(keep).collect())
}

fn keep_list(texts: Vec<String>) -> &'static [&'static str] {
    keep_all(texts.iter().map(String::as_str))
}

//! Rules about agents.

use crate::bundle::client;
use crate::bundle::file::File;
use crate::lint::finding::{Findings, Fix};
use crate::lint::rule::Rule;

pub mod agent_auto_compact_small;
pub mod agent_body_empty;
pub mod agent_boolean_type;
pub mod agent_color_unknown;
pub mod agent_description_missing;
pub mod agent_description_type;
pub mod agent_hooks_type;
pub mod agent_isolation_unknown;
pub mod agent_key_lost;
pub mod agent_key_unknown;
pub mod agent_max_turns_invalid;
pub mod agent_memory_unknown;
pub mod agent_name_invalid;
pub mod agent_name_missing;
pub mod agent_name_not_file;
pub mod agent_permission_mode_unknown;
pub mod agent_skills_type;
pub mod agent_stray_document;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &agent_auto_compact_small::RULE,
    &agent_body_empty::RULE,
    &agent_boolean_type::RULE,
    &agent_color_unknown::RULE,
    &agent_description_missing::RULE,
    &agent_description_type::RULE,
    &agent_hooks_type::RULE,
    &agent_isolation_unknown::RULE,
    &agent_key_lost::RULE,
    &agent_key_unknown::RULE,
    &agent_max_turns_invalid::RULE,
    &agent_memory_unknown::RULE,
    &agent_name_invalid::RULE,
    &agent_name_missing::RULE,
    &agent_name_not_file::RULE,
    &agent_permission_mode_unknown::RULE,
    &agent_skills_type::RULE,
    &agent_stray_document::RULE,
];

/// Says that the value of a key is none of the words that the client knows, so that it is dropped. A word that is right
/// but for its case gets a fix.
fn one_of(file: &File, key: &str, known: &[&str], out: &mut Findings<'_>) {
    let Some(node) = file.field(key).filter(|node| !node.is_null()) else { return };
    let word = node.as_str().unwrap_or_default();
    if known.contains(&word) || (node.as_str().is_some() && word.is_empty()) {
        return;
    }
    let shown = if node.as_str().is_some() { word } else { node.type_name() };
    let finding = out.at(
        file,
        node.span.clone(),
        format!("the client does not know the {key} `{shown}` and drops it"),
    );
    let slip = known.iter().find(|candidate| candidate.eq_ignore_ascii_case(word));
    match slip.copied().or_else(|| client::nearest(word, known)) {
        Some(near) => finding.help(format!("`{near}` is one it knows")),
        None => finding.help(format!("it knows {}", known.join(", "))),
    };
    if let Some(slip) = slip {
        let fix = Fix::replace(node.span.clone(), *slip, format!("write `{slip}`"));
        finding.fix(fix.intended());
    }
}

//! Rules about skills.

use crate::bundle::client;
use crate::bundle::file::File;
use crate::bundle::tree::Pair;
use crate::lint::finding::{Finding, Findings};
use crate::lint::rule::Rule;

pub mod skill_agent_without_fork;
pub mod skill_arguments_type;
pub mod skill_body_empty;
pub mod skill_boolean_type;
pub mod skill_compatibility_long;
pub mod skill_context_unknown;
pub mod skill_description_missing;
pub mod skill_file_missing;
pub mod skill_file_orphan;
pub mod skill_folder_reserved;
pub mod skill_key_portable;
pub mod skill_key_unknown;
pub mod skill_metadata_type;
pub mod skill_name_mismatch;
pub mod skill_name_portable;
pub mod skill_not_loaded;
pub mod skill_paths_type;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &skill_agent_without_fork::RULE,
    &skill_arguments_type::RULE,
    &skill_body_empty::RULE,
    &skill_boolean_type::RULE,
    &skill_compatibility_long::RULE,
    &skill_context_unknown::RULE,
    &skill_description_missing::RULE,
    &skill_file_missing::RULE,
    &skill_file_orphan::RULE,
    &skill_folder_reserved::RULE,
    &skill_key_portable::RULE,
    &skill_key_unknown::RULE,
    &skill_metadata_type::RULE,
    &skill_name_mismatch::RULE,
    &skill_name_portable::RULE,
    &skill_not_loaded::RULE,
    &skill_paths_type::RULE,
];

/// What people write, and the key they mean.
const MEANT: &[(&str, &str)] = &[
    ("tools", "allowed-tools"),
    ("disallowedTools", "disallowed-tools"),
    ("whenToUse", "when_to_use"),
    ("when-to-use", "when_to_use"),
    ("args", "arguments"),
    ("hint", "argument-hint"),
    ("globs", "paths"),
    ("user-invokable", "user-invocable"),
];

/// The key that an unknown one of a skill or command was probably meant to be.
fn meant(key: &str) -> Option<&'static str> {
    let known = MEANT.iter().find(|(wrong, _)| *wrong == key).map(|(_, right)| *right);
    known.or_else(|| client::nearest(key, client::SKILL_KEYS).filter(|_| key.len() > 4))
}

/// One finding for all keys of a file that share a fault, at the first of them.
fn said_once<'a>(
    file: &File,
    pairs: &[&Pair],
    what: &str,
    out: &'a mut Findings<'_>,
) -> Option<&'a mut Finding> {
    let (first, rest) = pairs.split_first()?;
    let keys: Vec<String> = pairs.iter().map(|pair| format!("`{}`", pair.key)).collect();
    let word = if rest.is_empty() { "key" } else { "keys" };
    let message = format!("{what} the {word} {}", keys.join(", "));
    let finding = out.at(file, first.key_span.clone(), message);
    for pair in rest {
        finding.also(pair.key_span.clone(), "");
    }
    Some(finding)
}

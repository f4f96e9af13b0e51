//! Waivers on the way of a tool call: rows of the policy, and comments that a person wrote.
//!
//! The one who is checked may not waive: a comment counts for a block rule only if it stood in the
//! file before the call, and a call that brings such a comment is put to the person.

use std::path::Path;

use super::payload::Place;
use crate::config::Waiver;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::scan::inline::{self, Allow};
use crate::scan::waiver::Row;
use crate::secrets::{self, Tier};

/// Why a finding does not count.
pub(super) enum By {
    /// A row of the policy: its reason and its last day.
    Policy(String),
    /// A comment: its reason.
    Comment(String),
}

impl By {
    /// The words for the user.
    pub(super) fn words(&self) -> String {
        let (who, reason) = match self {
            Self::Policy(reason) => ("portcullis.yaml", reason),
            Self::Comment(reason) => ("a comment in the file", reason),
        };
        format!("waived by {who}: {}", secrets::redact(reason))
    }
}

/// The waiver that holds for a finding in a file, if there is one. `before`: what stood where
/// the call writes.
pub(super) fn find(place: &Place, file: &Path, before: &str, context: &Context) -> Option<By> {
    let rule = place.found.hit.rule.id;
    let at = place.found.hit.span.start;
    let text = place.text();
    let comment = inline::find(text.as_bytes()).into_iter().find(|allow| {
        allow.allows(rule, at)
            && (place.found.hit.tier == Tier::Warn || stood_before(allow, text, before))
    });
    if let Some(comment) = comment {
        return Some(By::Comment(comment.reason));
    }
    let policy = context.policy().ok()?;
    let root = &context.project;
    let path = file.strip_prefix(root).ok()?;
    let today = jiff::Timestamp::now().to_string();
    let holds = |waiver: &&Waiver| {
        Row::new(waiver)
            .is_ok_and(|row| row.fits(rule, path) && row.holds(today.get(..10).unwrap_or_default()))
    };
    let waiver = policy.secrets.waivers.iter().find(holds)?;
    Some(By::Policy(format!("{} (until {})", waiver.reason, waiver.expires)))
}

/// Whether a comment is none that the call brings: the file held as many of the same words before.
fn stood_before(allow: &Allow, text: &str, before: &str) -> bool {
    let words = text.get(allow.span.clone()).unwrap_or_default();
    !words.is_empty() && count(text, words) <= count(before, words)
}

fn count(text: &str, words: &str) -> usize {
    memchr::memmem::find_iter(text.as_bytes(), words.as_bytes()).count()
}

/// The text that a call would write or run.
pub(super) fn written(event: &Event) -> Option<&str> {
    let field =
        || ["new_string", "content", "new_source"].iter().find_map(|name| event.input(name));
    event.command_line().or_else(field)
}

/// Whether a call writes such a comment, new or not.
pub(super) fn writes(event: &Event) -> bool {
    written(event).is_some_and(|text| !inline::find(text.as_bytes()).is_empty())
}

/// Puts to the person a call that brings a comment for a block rule. `before` and `text`: what stood
/// where the call writes, and what will stand there.
pub(super) fn brought(tool: &str, before: &str, text: &str) -> Option<Finding> {
    let new = inline::find(text.as_bytes()).into_iter().find(|allow| {
        let known = secrets::rules().iter().find(|rule| rule.id == allow.rule);
        known.is_some_and(|rule| rule.tier == Tier::Block)
            && !allow.reason.is_empty()
            && !stood_before(allow, text, before)
    })?;
    let message = format!(
        "the {tool} input brings a comment that waives {}: with it, such secrets may be written there",
        new.rule
    );
    let finding = Finding::new(new.rule, Verdict::Ask, message);
    Some(finding.way_out("whether something is no secret is for the user to say"))
}

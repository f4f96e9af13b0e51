//! From findings to the bytes the client reads. Only this file knows the form of an answer.
//!
//! No objection is silence: `allow` would skip the user's own permission prompt.

use serde_json::{Map, Value, json};

use super::kind::{Kind, Refusal};

/// What a check wants, in order of strictness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Tell the user, let it pass.
    Notice,
    /// Tell the model, let it pass.
    Context,
    /// Let the person decide.
    Ask,
    /// Refuse.
    Deny,
}

impl Verdict {
    /// The word used in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Context => "context",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// One thing a check has to say about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Rule id, as `portcullis explain` takes it.
    pub rule: String,
    /// What should happen.
    pub verdict: Verdict,
    /// What is wrong, for the reader the verdict speaks to. Never holds a secret.
    pub message: String,
    /// What to do instead; empty when there is nothing to do.
    pub way_out: String,
    /// What the tool's result is to be replaced with before the model reads it. Only PostToolUse
    /// knows this.
    pub output: Option<Value>,
}

impl Finding {
    /// A finding of `rule`.
    pub fn new(rule: impl Into<String>, verdict: Verdict, message: impl Into<String>) -> Self {
        Self {
            rule: rule.into(),
            verdict,
            message: message.into(),
            way_out: String::new(),
            output: None,
        }
    }

    /// Adds what to do instead.
    #[must_use]
    pub fn way_out(mut self, text: impl Into<String>) -> Self {
        self.way_out = text.into();
        self
    }

    fn text(&self) -> String {
        let mut text = match self.verdict {
            // Context is read by the model as a fact about the project; the id would be noise.
            Verdict::Context => self.message.clone(),
            _ => format!("[{}] {}", self.rule, self.message),
        };
        if !self.way_out.is_empty() {
            text.push_str("\nWay out: ");
            text.push_str(&self.way_out);
        }
        text
    }
}

/// An answer: what is written to standard output, and what the journal says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The strictest verdict that this event could express, or `None` for silence.
    pub verdict: Option<Verdict>,
    /// The JSON object, or `None` for silence.
    pub body: Option<Value>,
}

/// Turns findings into the strictest answer that is legal for the event.
///
/// What an event cannot express is not lost: a refusal where nothing can be refused, a question
/// where nothing can be asked and a text for the model where none is read go to the user.
/// A question where only a refusal is possible becomes a refusal.
pub fn reply(kind: Option<Kind>, findings: &[Finding]) -> Reply {
    let mut context = Vec::new();
    let mut notice = Vec::new();
    let mut ask = Vec::new();
    let mut deny = Vec::new();
    let traits = kind.map(Kind::traits);
    let refusable = traits.is_some_and(|t| t.refusal != Refusal::None);
    for finding in findings {
        let text = finding.text();
        match finding.verdict {
            Verdict::Deny if refusable => deny.push(text),
            Verdict::Ask if traits.is_some_and(|t| t.ask) => ask.push(text),
            Verdict::Ask if refusable => deny.push(text),
            Verdict::Context if traits.is_some_and(|t| t.context) => context.push(text),
            _ => notice.push(text),
        }
    }
    let mut body = Map::new();
    let mut specific = Map::new();
    let verdict = if !deny.is_empty() {
        deny.append(&mut ask);
        refuse(
            traits.map_or(Refusal::None, |t| t.refusal),
            &deny,
            &mut body,
            &mut specific,
            &mut notice,
        );
        Some(Verdict::Deny)
    } else if !ask.is_empty() {
        specific.insert("permissionDecision".into(), json!("ask"));
        specific.insert("permissionDecisionReason".into(), json!(ask.join("\n")));
        Some(Verdict::Ask)
    } else if !context.is_empty() {
        Some(Verdict::Context)
    } else if !notice.is_empty() {
        Some(Verdict::Notice)
    } else {
        None
    };
    if !context.is_empty() {
        specific.insert("additionalContext".into(), json!(context.join("\n")));
    }
    let output = findings.iter().find_map(|finding| finding.output.as_ref());
    if let (Some(output), Some(Kind::PostToolUse)) = (output, kind) {
        specific.insert("updatedToolOutput".into(), output.clone());
    }
    if !notice.is_empty() {
        body.insert("systemMessage".into(), json!(format!("Portcullis: {}", notice.join("\n"))));
    }
    if let (false, Some(traits)) = (specific.is_empty(), traits) {
        // The client refuses an object whose name is missing or differs from the event's.
        let mut named = Map::new();
        named.insert("hookEventName".into(), json!(traits.name));
        named.append(&mut specific);
        body.insert("hookSpecificOutput".into(), Value::Object(named));
    }
    Reply { verdict, body: (!body.is_empty()).then_some(Value::Object(body)) }
}

fn refuse(
    form: Refusal,
    reasons: &[String],
    body: &mut Map<String, Value>,
    specific: &mut Map<String, Value>,
    notice: &mut Vec<String>,
) {
    let reason = reasons.join("\n");
    match form {
        Refusal::PermissionDecision => {
            specific.insert("permissionDecision".into(), json!("deny"));
            specific.insert("permissionDecisionReason".into(), json!(reason));
        }
        Refusal::PermissionRequest => {
            specific.insert("decision".into(), json!({"behavior": "deny", "message": reason}));
        }
        Refusal::Block => {
            body.insert("decision".into(), json!("block"));
            body.insert("reason".into(), json!(reason));
        }
        Refusal::Decline => {
            // The form has no place for a reason, so the user gets it.
            specific.insert("action".into(), json!("decline"));
            notice.push(reason);
        }
        Refusal::None => {}
    }
}

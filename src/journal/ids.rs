//! W3C trace and span ids, derived from the client's own ids so that no state is kept between
//! hook processes: every process that sees the same session, agent or tool call computes the same.

use sha2::{Digest, Sha256};

use crate::digest;
use crate::hook::event::Payload;

/// The place of one line in the trace of its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// 32 hex digits, from the session id.
    pub trace: String,
    /// 16 hex digits, from the tool call, else the agent, else the prompt, else the session.
    pub span: String,
    /// The span around it: tool call in agent, agent or prompt in session.
    pub parent: Option<String>,
}

impl Span {
    /// Derives the ids of a payload.
    pub fn of(payload: &Payload) -> Self {
        let session = payload.session_id.as_deref().unwrap_or_default();
        let id = |kind: &str, id: &str| hashed(&[session, kind, id], 8);
        // From the outermost to the innermost; only the last two are hashed.
        let known = [
            ("session", Some("")),
            ("prompt", payload.prompt_id.as_deref()),
            ("agent", payload.agent_id.as_deref()),
            ("tool", payload.tool_use_id.as_deref()),
        ];
        let mut inner = known.iter().rev().filter_map(|(kind, name)| Some(id(kind, (*name)?)));
        let span = inner.next().unwrap_or_default();
        let parent = inner.next();
        Self { trace: hashed(&[session], 16), span, parent }
    }
}

/// The first `bytes` bytes of the SHA-256 of the parts (each ended by a zero byte), in hex.
/// W3C forbids the all-zero id; a hash that starts with that many zeros does not occur.
fn hashed(parts: &[&str], bytes: usize) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    digest::hex(&hash.finalize()[..bytes])
}

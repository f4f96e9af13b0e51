//! Comments that allow a match: `portcullis:allow RULE reason`.
//!
//! Behind code it holds for its own line. On a line of its own it holds for the next line too.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::secrets;

/// The word that begins one.
const WORD: &[u8] = b"portcullis:allow";

/// One comment.
#[derive(Debug)]
pub(crate) struct Allow {
    /// Where it stands.
    pub(crate) at: usize,
    /// The rule it names.
    pub(crate) rule: String,
    /// The reason it gives.
    pub(crate) reason: String,
    /// Bytes of the text that it is written with, from the word on.
    pub(crate) span: Range<usize>,
    /// Bytes of the text in which it holds.
    holds: Range<usize>,
    /// A match was allowed by it.
    pub(crate) used: bool,
}

/// The comments of a text. What names no rule in lower case (such as a manual) is none.
pub(crate) fn find(text: &[u8]) -> Vec<Allow> {
    static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(WORD));
    FINDER.find_iter(text).filter_map(|at| read(text, at)).collect()
}

fn read(text: &[u8], at: usize) -> Option<Allow> {
    let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |at| at + 1);
    let line_end = |from: usize| {
        memchr::memchr(b'\n', &text[from..]).map_or(text.len(), |length| from + length)
    };
    let end = line_end(at);
    let rest = String::from_utf8_lossy(&text[at + WORD.len()..end.min(at + 512)]);
    let rest = rest.strip_prefix([' ', '\t'])?.trim();
    let (rule, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if rule.is_empty() || !rule.chars().all(named) {
        return None;
    }
    let reason = ["*/", "-->", "#}", "*)"]
        .iter()
        .fold(reason.trim(), |reason, close| reason.strip_suffix(close).unwrap_or(reason).trim());
    let alone = !text[start..at].iter().any(u8::is_ascii_alphanumeric);
    let last = if alone && end < text.len() { line_end(end + 1) } else { end };
    let (rule, reason) = (rule.to_owned(), reason.to_owned());
    Some(Allow { at, rule, reason, span: at..end, holds: start..last + 1, used: false })
}

impl Allow {
    /// Whether it allows a match of a rule that begins at `at`. One without a reason allows nothing.
    pub(crate) fn allows(&self, rule: &str, at: usize) -> bool {
        self.rule == rule && self.holds.contains(&at) && !self.reason.is_empty()
    }

    /// What is wrong with it, if anything is.
    pub(crate) fn problem(&self) -> Option<String> {
        let rule = &self.rule;
        let known = secrets::rules().iter().any(|known| known.id == rule);
        if !known {
            Some(format!(
                "portcullis:allow names {rule:?}, which is no rule; `portcullis scan --list-rules` lists them"
            ))
        } else if self.reason.is_empty() {
            Some(format!(
                "portcullis:allow {rule} gives no reason and holds nothing; write why behind the rule"
            ))
        } else if !self.used {
            Some(format!(
                "portcullis:allow {rule} is not needed: nothing of that rule is here; take it out"
            ))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_holds_for_its_line_or_alone_for_the_next() {
        let text = b"a\n# portcullis:allow github-pat a test\nb\nc\nd // portcullis:allow github-pat why */\ne\n";
        let found = find(text);
        let at = |byte: u8| text.iter().position(|found| *found == byte).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].reason, "a test");
        assert!(found[0].allows("github-pat", text.len() - text.len() + 40));
        assert!(!found[0].allows("github-pat", 0));
        assert!(!found[0].allows("other", 40));
        assert_eq!(found[1].reason, "why");
        let d = text.len() - 47;
        assert!(at(b'#') < d && !found[1].allows("github-pat", text.len() - 2));
    }

    #[test]
    fn a_manual_is_no_comment_and_no_reason_is_a_problem() {
        assert!(find(b"write `portcullis:allow RULE reason` on the line").is_empty());
        let found = find(b"# portcullis:allow github-pat");
        assert!(!found[0].allows("github-pat", 0));
        assert!(found[0].problem().unwrap().contains("gives no reason"));
    }
}

//! The secret scanner's engine. No rule lives here: they are data under `rules/secrets/`.

use std::borrow::Cow;
use std::ops::Range;

/// One kind of token, compiled in from `rules/secrets/<provider>.yaml`.
#[derive(Debug)]
pub struct Rule {
    /// `<provider>-<kind>`.
    pub id: &'static str,
    /// What it is, in words.
    pub title: &'static str,
}

/// A match.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The rule.
    pub rule: &'static Rule,
    /// Bytes of the text that hold the secret.
    pub span: Range<usize>,
}

/// Every rule.
pub fn rules() -> &'static [Rule] {
    &[]
}

/// The page of a rule, as `portcullis explain` prints it.
pub fn page(rule: &Rule) -> String {
    rule.title.to_owned()
}

/// Finds the secrets of a text, in order, without overlaps.
pub fn scan(_text: &[u8]) -> Vec<Hit> {
    Vec::new()
}

/// The text with every secret replaced by `[redacted:<rule id>]`. Borrowed when there is none.
pub fn redact(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

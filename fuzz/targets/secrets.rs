//! The secret scanner on any bytes, with made-up tokens of its own rules spliced in: it never
//! panics, its spans lie in the text in order and apart, and a redacted text keeps no secret.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portcullis::secrets::{self, template};

fuzz_target!(|data: &[u8]| {
    let text = spliced(data);
    let mut end = 0;
    for hit in secrets::scan(&text) {
        assert!(hit.span.start >= end && hit.span.start < hit.span.end, "{:?}", hit.span);
        assert!(hit.span.end <= text.len(), "{:?} of {}", hit.span, text.len());
        end = hit.span.end;
    }
    let text = String::from_utf8_lossy(&text);
    let redacted = secrets::redact(&text);
    for hit in secrets::scan(text.as_bytes()) {
        let secret = &text.as_bytes()[hit.span];
        let kept = redacted.as_bytes().windows(secret.len()).any(|window| window == secret);
        // A short secret may stand elsewhere in the text, where it is none.
        assert!(!kept || secret.len() < 16, "{}", hit.rule.id);
    }
});

/// The data, each `0xFF rule seed` in it replaced by a token of that rule.
fn spliced(data: &[u8]) -> Vec<u8> {
    let rules = secrets::rules();
    let mut text = Vec::new();
    let mut rest = data;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let (0xff, [rule, seed, left @ ..]) = (byte, rest) else {
            text.push(byte);
            continue;
        };
        rest = left;
        let rule = &rules[usize::from(*rule) % rules.len()];
        let Some(example) = rule.examples.get(usize::from(*seed) % rule.examples.len().max(1)) else {
            continue;
        };
        if let Ok(sample) = template::expand(example, u64::from(*seed)) {
            text.extend_from_slice(sample.text.as_bytes());
        }
    }
    text
}

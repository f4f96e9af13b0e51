//! Patterns of the action table: `*` is any text without a `/`, `**` any text, `[abc]` one of these.

/// Whether the whole of `text` fits `pattern`.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    matches(pattern.as_bytes(), text.as_bytes(), false)
}

/// As [`fits`], without regard to the case of ASCII letters.
pub(super) fn fits_any_case(pattern: &str, text: &str) -> bool {
    matches(pattern.as_bytes(), text.as_bytes(), true)
}

/// Backtracks to the last star only, so the time is at most the product of both lengths for each
/// of the two kinds of stars.
fn matches(pattern: &[u8], text: &[u8], fold: bool) -> bool {
    let same = |a: u8, b: u8| a == b || fold && a.eq_ignore_ascii_case(&b);
    let (mut at, mut pos) = (0, 0);
    // Where to go on after the last star of each kind: in the pattern, in the text.
    let mut single: Option<(usize, usize)> = None;
    let mut double: Option<(usize, usize)> = None;
    loop {
        let here = pattern.get(at).copied();
        if here == Some(b'*') {
            if pattern.get(at + 1) == Some(&b'*') {
                at += 2;
                double = Some((at, pos));
                single = None;
            } else {
                at += 1;
                single = Some((at, pos));
            }
            continue;
        }
        let step = match (here, text.get(pos)) {
            (None, None) => return true,
            (Some(b'['), Some(&byte)) => set(&pattern[at..], byte),
            (Some(wanted), Some(&byte)) if same(wanted, byte) => Some(1),
            _ => None,
        };
        if let Some(step) = step {
            at += step;
            pos += 1;
        } else if let Some((after, from)) =
            single.filter(|(_, from)| text.get(*from).is_some_and(|byte| *byte != b'/'))
        {
            single = Some((after, from + 1));
            (at, pos) = (after, from + 1);
        } else if let Some((after, from)) = double.filter(|(_, from)| *from < text.len()) {
            double = Some((after, from + 1));
            single = None;
            (at, pos) = (after, from + 1);
        } else {
            return false;
        }
    }
}

/// The length of the set that `pattern` begins with, when `byte` is in it.
fn set(pattern: &[u8], byte: u8) -> Option<usize> {
    let end = pattern.iter().skip(2).position(|byte| *byte == b']')? + 2;
    pattern[1..end].contains(&byte).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::{fits, fits_any_case};

    #[test]
    fn stars_sets_and_case() {
        for (pattern, text, wanted) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "abc", true),
            ("*", "a/b", false),
            ("**", "a/b", true),
            ("/*", "/etc", true),
            ("/*", "/etc/x", false),
            ("**/.env", "a/b/.env", true),
            ("**/.env", ".env", false),
            (".env.*", ".env.local", true),
            ("[*]", "*", true),
            ("[*]", "a", false),
            ("**/repos/*/*/merges", "x/repos/o/r/merges", true),
            ("**/repos/*/*/merges", "x/repos/o/merges", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyyd", false),
            ("**/a/*/b", "x/a/y/a/z/b", true),
            ("", "", true),
        ] {
            assert_eq!(fits(pattern, text), wanted, "{pattern} {text}");
        }
        assert!(fits_any_case("core.hookspath=*", "core.hooksPath=x"));
    }
}

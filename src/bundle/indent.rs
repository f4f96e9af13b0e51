//! Lines of a value that do not stand deeper than its key: YAML forbids them, our parser takes them,
//! the client's refuses them.
//!
//! Tried with Claude Code 2.1.330 on 2026-11-26: `tools: [Read,` and `Bash]` in the next line, at its
//! begin, is refused; a line that begins with the closing bracket, a comment or nothing is not.

use super::tree::Node;
use super::yaml::YamlError;

/// The first such line below `node`. `text` is the YAML, whose first byte stands at `offset` in its
/// file.
pub(super) fn shallow(text: &str, offset: usize, node: &Node) -> Option<YamlError> {
    node.pairs().iter().find_map(|pair| {
        let key = pair.key_span.start.checked_sub(offset)?;
        let (start, end) = (pair.node.span.start - offset, pair.node.span.end - offset);
        let value = text.get(start..end)?;
        if !value.starts_with(['[', '{', '"', '\'']) {
            // A mapping below the key has keys of its own; its lines are theirs.
            return shallow(text, offset, &pair.node);
        }
        let column = key - text[..key].rfind('\n').map_or(0, |at| at + 1);
        let mut at = start;
        for (number, line) in value.split_inclusive('\n').enumerate() {
            let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
            let free = line[blank..].starts_with([']', '}', '#', '\r', '\n']);
            if number > 0 && blank <= column && !free {
                let message = "a line of a value must stand deeper than its key".to_owned();
                return Some(YamlError { at: offset + at, message });
            }
            at += line.len();
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::super::yaml;

    fn shallow(text: &str) -> Option<usize> {
        let root = yaml::parse(text, 100).ok()?.root?;
        super::shallow(text, 100, &root).map(|error| error.at - 100)
    }

    #[test]
    fn what_the_client_refuses_is_found() {
        assert_eq!(shallow("tools: [Read,\nBash]\n"), Some(14));
        assert_eq!(shallow("x: [a,\n  b,\n\"k\": v\n]\n"), Some(12));
        assert_eq!(shallow("x:\n  y: [a,\n  b]\n"), Some(12));
    }

    #[test]
    fn what_the_client_takes_is_not() {
        for text in [
            "tools: [\n  Read,\n  Bash\n]\n",
            "x: [a,\n\n  b]\n",
            "x: [a,\n# comment\n  b]\n",
            "x: {a: 1\n}\n",
            "x: |\n  [a\n\n  b\ny: 1\n",
            "x:\n  y: 1\nz: [a, b]\n",
        ] {
            assert_eq!(shallow(text), None, "{text}");
        }
    }
}

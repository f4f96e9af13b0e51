//! The block between `---` lines at the top of a definition, read as the client reads it.
//!
//! The client looks for `^---\s*\n([\s\S]*?)---\s*\n?`, so the first later `---` ends the block, even inside of a
//! value. It parses the block as YAML; when that fails it puts quotes around one-line values with special
//! characters, makes blanks of tabs and parses again. (Claude Code 2.1.330, facts B2, tried 2026-11-26.)

use std::ops::Range;

use super::indent;
use super::tree::Node;
use super::yaml::{self, YamlError};

/// A block of frontmatter.
#[derive(Debug, Clone)]
pub struct Frontmatter {
    /// Everything from the first `---` to behind the last one.
    pub block: Range<usize>,
    /// What stands between them.
    pub inner: Range<usize>,
    /// What the client makes of it. `None` when there is nothing, or when it cannot be read.
    pub map: Option<Node>,
    /// How it could be read.
    pub state: State,
    /// Keys that stand a second time.
    pub duplicates: Vec<(String, Range<usize>)>,
    /// Whether `---` ended the block in the middle of a line.
    pub cut: bool,
}

/// How a block could be read.
#[derive(Debug, Clone, PartialEq)]
pub enum State {
    /// Strict YAML.
    Strict,
    /// Only after the client's repair. Every other reader refuses it for the reason given.
    Repaired {
        /// What strict YAML says.
        why: YamlError,
        /// Values around which the client puts quotes.
        quoted: Vec<Range<usize>>,
    },
    /// Not at all: the client drops every field.
    Broken(YamlError),
    /// It is YAML but no mapping; the word is its type.
    NoMap(&'static str),
}

/// Where the block stands in a text, if there is one: the block, what is in it, and whether it ends inside of a line.
pub fn locate(text: &str) -> Option<(Range<usize>, Range<usize>, bool)> {
    let skip = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = text[skip..].strip_prefix("---")?;
    let open = skip + 3;
    let blank = rest.len() - rest.trim_start().len();
    // Blanks up to and with the last line end belong to the opening.
    let start = open + rest[..blank].rfind('\n')? + 1;
    // A block without a line in it leaves that line end to the opening, too.
    let close = start + text[start..].find("---")?;
    let mut end = close + 3;
    let behind = &text[end..];
    let blank = behind.len() - behind.trim_start().len();
    end += behind[..blank].rfind('\n').map_or(blank, |at| at + 1);
    let line_start = text[..close].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[close..].find('\n').map_or(text.len(), |at| close + at);
    let cut = line_start != close || !text[close + 3..line_end].trim().is_empty();
    Some((skip..end, start..close, cut))
}

/// Reads the block at the top of a text, if there is one.
pub fn read(text: &str) -> Option<Frontmatter> {
    let (block, inner, cut) = locate(text)?;
    let body = &text[inner.clone()];
    let mut front = Frontmatter {
        block,
        inner: inner.clone(),
        map: None,
        state: State::Strict,
        duplicates: Vec::new(),
        cut,
    };
    let parsed = match parse(body, inner.start) {
        Ok(parsed) => parsed,
        Err(why) => {
            let repaired = Repair::of(body);
            match parse(&repaired.text, 0) {
                Ok(mut parsed) => {
                    let back = |span: &mut Range<usize>| *span = repaired.back(span, inner.start);
                    if let Some(root) = &mut parsed.root {
                        move_spans(root, &back);
                    }
                    for (_, span) in &mut parsed.duplicates {
                        back(span);
                    }
                    let quoted = repaired.quoted(inner.start);
                    front.state = State::Repaired { why, quoted };
                    parsed
                }
                Err(_) => {
                    front.state = State::Broken(why);
                    return Some(front);
                }
            }
        }
    };
    front.duplicates = parsed.duplicates;
    match parsed.root {
        // A line of dots ends a document, also one that holds nothing.
        _ if parsed.documents > 1 || (body.starts_with("...") && parsed.documents > 0) => {
            front.state = State::NoMap("array")
        }
        None => {}
        Some(node) if node.is_map() => front.map = Some(node),
        Some(node) if node.is_null() => {}
        Some(node) => front.state = State::NoMap(node.type_name()),
    }
    Some(front)
}

/// YAML as strict as the client's reader is.
fn parse(text: &str, offset: usize) -> Result<yaml::Parsed, YamlError> {
    let parsed = yaml::parse(text, offset)?;
    match parsed.root.as_ref().and_then(|root| indent::shallow(text, offset, root)) {
        Some(error) => Err(error),
        None => Ok(parsed),
    }
}

fn move_spans(node: &mut Node, back: &dyn Fn(&mut Range<usize>)) {
    use super::tree::Value;
    back(&mut node.span);
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| move_spans(item, back)),
        Value::Map(pairs) => {
            for pair in pairs {
                back(&mut pair.key_span);
                move_spans(&mut pair.node, back);
            }
        }
        _ => {}
    }
}

/// The text after the client's repair, and the way back to the original.
struct Repair {
    text: String,
    lines: Vec<Line>,
}

/// One line of both texts.
struct Line {
    /// First byte in the repaired text.
    new: usize,
    /// First byte in the original.
    old: usize,
    /// Length of the original line.
    length: usize,
    /// The value in the original line that got quotes, and where its quotes begin in the new line.
    value: Option<(Range<usize>, usize)>,
}

impl Repair {
    fn of(body: &str) -> Self {
        let mut text = String::with_capacity(body.len() + 16);
        let mut lines = Vec::new();
        let mut old = 0;
        for (at, line) in body.split('\n').enumerate() {
            if at > 0 {
                text.push('\n');
            }
            let new = text.len();
            let value = match special_value(line) {
                Some(value) => {
                    let key = line[..value.start].trim_end().trim_end_matches(':');
                    text.push_str(key);
                    text.push_str(": \"");
                    let quote = text.len() - 1 - new;
                    for c in line[value.clone()].chars() {
                        if matches!(c, '\\' | '"') {
                            text.push('\\');
                        }
                        text.push(c);
                    }
                    text.push('"');
                    Some((value, quote))
                }
                None => {
                    let tabs = line.len() - line.trim_start_matches('\t').len();
                    text.push_str(&"  ".repeat(tabs));
                    text.push_str(&line[tabs..]);
                    None
                }
            };
            lines.push(Line { new, old, length: line.len(), value });
            old += line.len() + 1;
        }
        Self { text, lines }
    }

    fn quoted(&self, offset: usize) -> Vec<Range<usize>> {
        self.lines
            .iter()
            .filter_map(|line| {
                let (value, _) = line.value.as_ref()?;
                Some(offset + line.old + value.start..offset + line.old + value.end)
            })
            .collect()
    }

    fn back(&self, span: &Range<usize>, offset: usize) -> Range<usize> {
        let one = |at: usize, end: bool| {
            let index = self.lines.partition_point(|line| line.new <= at).saturating_sub(1);
            let Some(line) = self.lines.get(index) else { return offset };
            let column = at - line.new;
            let column = match &line.value {
                Some((value, quote)) if column >= *quote => {
                    if end {
                        value.end
                    } else {
                        value.start
                    }
                }
                _ => column.min(line.length),
            };
            offset + line.old + column
        };
        let start = one(span.start, false);
        start..one(span.end, true).max(start)
    }
}

/// The value of a line `key: value` around which the client puts quotes.
fn special_value(line: &str) -> Option<Range<usize>> {
    let key =
        line.bytes().take_while(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-')).count();
    let rest = line[key..].strip_prefix(':')?;
    let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let start = key + 1 + blank;
    let value = &line[start..];
    // A JavaScript `.` stops at a carriage return: such a line is left as it is.
    if key == 0 || blank == 0 || value.is_empty() || value.contains(['\r', '\u{2028}', '\u{2029}'])
    {
        return None;
    }
    let wrapped = |quote: char| value.starts_with(quote) && value.ends_with(quote);
    if wrapped('"') || wrapped('\'') {
        return None;
    }
    // A list that is one is left as it is.
    if value.starts_with('[') && yaml::parse(value, 0).is_ok_and(|parsed| is_list(&parsed)) {
        return None;
    }
    // The client's YAML reader takes a comma at the begin; ours needs quotes around it.
    let comma = value.starts_with(',');
    let special =
        comma || value.contains(['{', '}', '[', ']', '*', '&', '#', '!', '|', '>', '%', '@', '`']);
    (special || value.contains(": ")).then_some(start..line.len())
}

fn is_list(parsed: &yaml::Parsed) -> bool {
    parsed.root.as_ref().is_some_and(Node::is_list)
}

#[cfg(test)]
mod tests {
    use super::{State, locate, read};

    fn description(text: &str) -> Option<String> {
        let text = format!("---\nname: a\n{text}\n---\nbody\n");
        let front = read(&text).unwrap();
        Some(front.map?.get("description")?.as_str()?.to_owned())
    }

    #[test]
    fn the_first_dashes_end_the_block() {
        let text = "---\na: b --- c\nd: e\n---\n";
        let (_, inner, cut) = locate(text).unwrap();
        assert_eq!((&text[inner], cut), ("a: b ", true));
        assert_eq!(locate("---\n---\nbody").unwrap().1, 4..4);
        assert_eq!(locate("----\na: b\n----\n"), None);
        assert_eq!(locate("---\na: b\n"), None);
    }

    #[test]
    fn one_line_values_are_repaired() {
        assert_eq!(description("description: Use when: x").as_deref(), Some("Use when: x"));
        assert_eq!(description("description: [a] [b]").as_deref(), Some("[a] [b]"));
        assert_eq!(description("description: @b \"c\" \\d").as_deref(), Some("@b \"c\" \\d"));
        assert_eq!(description("description: \"a\" b"), None);
        assert_eq!(description("description: x\nkey2: [a] b"), None);
    }

    #[test]
    fn a_repaired_value_keeps_its_place() {
        let text = "---\nname: a\ndescription: Use when: x\n---\n";
        let front = read(text).unwrap();
        let node = front.map.unwrap();
        let pair = node.pair("description").unwrap();
        assert_eq!(&text[pair.node.span.clone()], "Use when: x");
        assert_eq!(&text[pair.key_span.clone()], "description");
        assert!(matches!(front.state, State::Repaired { .. }));
    }
}

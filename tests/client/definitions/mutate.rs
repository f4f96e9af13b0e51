//! Mutations of definitions: what people and editors do to a file by accident. The same ones in every run.

/// A generator of numbers that is the same everywhere (Numerical Recipes' constants).
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % most.max(1)
    }
}

/// Values that stand in place of another one.
const VALUES: &[&str] = &[
    "3",
    "true",
    "~",
    "",
    "yes",
    "1.5",
    "[a, b]",
    "{a: b}",
    "\"a\" b",
    "'a' b",
    "\"a",
    "it's",
    "a # b",
    "[a] [b]",
    "*x",
    "&x y",
    "> x",
    "| x",
    "@a",
    "`a`",
    "{a",
    "[a",
    "a]",
    "a: b",
    "- a",
    "? b",
    "%x",
    "Use when: x",
    "\"x: y\"",
    "[1, 2]",
];

/// Lines that are put between others.
const LINES: &[&str] = &[
    "just words",
    "- item",
    "key2: [x] y",
    "my key: v",
    "x:\n  y: z: w",
    "# c",
    "x: |\n  text: x",
    "x: >-\n  a\n\n  b",
    "x: [a,\n  b]",
    "x: &a b\ny: *a",
    "shell: zsh",
    "allowed-tools: 3",
    "allowed-tools: [Read]",
    "\"q k\": v",
    "k : v",
    "x: \"multi\n  line\"",
];

/// A Markdown definition with one accident in its frontmatter.
pub(crate) fn frontmatter(text: &str, rng: &mut Rng) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let end = lines.iter().skip(1).position(|line| line == "---").map_or(2, |at| at + 1);
    let at = 1 + rng.below(end.saturating_sub(1).max(1));
    let line = lines[at].clone();
    let valued = |value: &str| match line.split_once(": ") {
        Some((key, _)) => format!("{key}: {value}"),
        None => format!("{line}: {value}"),
    };
    match rng.below(12) {
        0 => {
            lines.remove(at);
        }
        1 => lines[at] = line.replacen('"', "", 1),
        2 => lines[at] = format!("{line}\""),
        3 => lines[at] = format!("\t{line}"),
        4 => return format!("\u{feff}{text}"),
        5 => return text.replace('\n', "\r\n"),
        6 => lines.insert(at, line),
        7 | 8 => lines[at] = valued(VALUES[rng.below(VALUES.len())]),
        9 => lines.insert(at, LINES[rng.below(LINES.len())].to_owned()),
        10 => lines[at] = line.replacen(':', "", 1),
        _ => {
            let c = [b'"', b'\'', b'{', b'[', b'&', b'#', b'|', b':', b'-', b'@'][rng.below(10)];
            let cut = (0..=rng.below(line.len() + 1)).rev().find(|at| line.is_char_boundary(*at));
            let cut = cut.unwrap_or_default();
            lines[at] = format!("{}{}{}", &line[..cut], char::from(c), &line[cut..]);
        }
    }
    lines.join("\n")
}

/// A JSON file with one accident: a key less, twice or misspelled, a value of another type, broken syntax.
pub(crate) fn json(text: &str, rng: &mut Rng) -> String {
    match rng.below(10) {
        0 => text[..text.len() - 1 - rng.below(text.len() / 2)].to_owned(),
        1 => format!("\u{feff}{text}"),
        2 => text.replace('\n', "\r\n"),
        3 => text.replacen(':', "", 1 + rng.below(2)),
        4 => text.replacen("\n}", ",\n}", 1),
        _ => {
            let mut value: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
            change(&mut value, rng, 0);
            format!("{value:#}\n")
        }
    }
}

fn change(value: &mut serde_json::Value, rng: &mut Rng, depth: usize) {
    use serde_json::{Value, json};
    let deeper = rng.below(3) > 0 && depth < 6;
    match value {
        Value::Object(map) if !map.is_empty() => {
            let key = map.keys().nth(rng.below(map.len())).cloned().unwrap_or_default();
            if deeper && (map[&key].is_object() || map[&key].is_array()) {
                change(&mut map[&key], rng, depth + 1);
                return;
            }
            let other = [
                json!(3),
                json!("text"),
                json!([]),
                json!({}),
                json!(null),
                json!(true),
                json!(["x"]),
            ];
            match rng.below(4) {
                0 => {
                    map.remove(&key);
                }
                1 => {
                    let old = map.remove(&key).unwrap_or_default();
                    map.insert(format!("{key}s"), old);
                }
                _ => {
                    map.insert(key, other[rng.below(other.len())].clone());
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = rng.below(items.len());
            if deeper { change(&mut items[at], rng, depth + 1) } else { items[at] = json!("x") }
        }
        _ => *value = json!(7),
    }
}

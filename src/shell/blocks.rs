//! Tasks in manifests and task files as text: entries of TOML sections, blocks of a program. Pure functions of their
//! text.

/// Tasks of one file that are followed from one of them.
const MOST_TASKS: usize = 16;

/// The keys of a task under which code or the names of other tasks stand.
const KEYS: &[&str] = &[
    "cmd",
    "shell",
    "run",
    "composite",
    "sequence",
    "script",
    "depends",
    "deps",
    "dependencies",
    "run_task",
];

/// The text of a task in a section of a TOML file: `name = "…"`, `name = ["…"]`, `name = { cmd = "…" }`, or a
/// section of its own with `cmd`, `shell`, `run` … Sections are compared by their ends, so that any
/// environment's scripts are found. A step that begins with the name of another task brings that task's
/// text with it.
pub(super) fn toml_task(text: &str, section: &str, name: &str) -> String {
    if section == "alias" {
        return toml_steps(text, section, name).join(" ");
    }
    let mut todo = vec![name.to_owned()];
    let mut done: Vec<String> = Vec::new();
    let mut code = String::new();
    while let Some(name) = todo.pop() {
        if done.contains(&name) || done.len() >= MOST_TASKS {
            continue;
        }
        for step in toml_steps(text, section, &name) {
            todo.extend(step.split_whitespace().next().map(str::to_owned));
            code.push_str(&step);
            code.push('\n');
        }
        done.push(name);
    }
    code.trim_end().to_owned()
}

/// A value of a TOML file that goes on in the next line.
#[derive(PartialEq, Eq)]
enum Open {
    No,
    Array,
    /// A text between three of these.
    Text(&'static str),
}

/// The constants of one task, and the command line that `command` and `args` make.
fn toml_steps(text: &str, section: &str, name: &str) -> Vec<String> {
    let mut steps = Vec::new();
    let mut command: Option<String> = None;
    let mut here = false;
    let mut own = false;
    let mut open = Open::No;
    let mut wanted = false;
    let mut key = "";
    for line in text.lines() {
        if let Open::Text(quotes) = open {
            if wanted {
                steps.push(line.split(quotes).next().unwrap_or_default().trim().to_owned());
            }
            if line.contains(quotes) {
                open = Open::No;
            }
            continue;
        }
        let line = line.trim();
        let mut value = line;
        if open == Open::No {
            if let Some(head) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                let head = head.replace(['"', '\''], "");
                here = head == section || head.ends_with(&format!(".{section}"));
                own = head == format!("{section}.{name}")
                    || head.ends_with(&format!(".{section}.{name}"));
                continue;
            }
            let Some((left, right)) = line.split_once('=') else { continue };
            key = left.trim().trim_matches(['"', '\'']);
            value = right.trim();
            // `name.cmd = …` in the section of all tasks.
            let dotted = key.strip_prefix(name).and_then(|rest| rest.strip_prefix('.'));
            if let Some(rest) = dotted.filter(|_| here) {
                key = rest;
            }
            let part = (own || here && dotted.is_some())
                && (KEYS.contains(&key) || matches!(key, "command" | "args"));
            wanted = here && key == name || part;
            let quotes = ["\"\"\"", "\'\'\'"].into_iter().find(|quotes| value.starts_with(quotes));
            if let Some(quotes) = quotes.filter(|quotes| value.matches(quotes).count() == 1) {
                if wanted {
                    steps.push(value[quotes.len()..].to_owned());
                }
                open = Open::Text(quotes);
                continue;
            }
        }
        let goes_on = match open {
            Open::No => value.starts_with('[') && !value.ends_with(']'),
            _ => !line.ends_with(']'),
        };
        open = if goes_on { Open::Array } else { Open::No };
        if !wanted {
            continue;
        }
        match key {
            "command" if command.is_none() => command = strings(value).pop(),
            "args" => {
                let words = command.get_or_insert_default();
                for word in strings(value) {
                    words.push_str(&format!(" '{}'", word.replace('\'', "'\\''")));
                }
            }
            _ => steps.append(&mut strings(value)),
        }
    }
    steps.extend(command);
    steps.retain(|step| !step.is_empty());
    steps
}

/// The quoted texts of a line.
fn strings(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '#' {
            break;
        }
        if !matches!(c, '"' | '\'') {
            continue;
        }
        let mut text = String::new();
        while let Some(next) = chars.next().filter(|next| *next != c) {
            match next {
                '\\' if c == '"' => text.extend(chars.next()),
                next => text.push(next),
            }
        }
        all.push(text);
    }
    all.retain(|text| !text.is_empty());
    all
}

/// The lines of a task that is a block of a program: from the line that declares it to the next one that is
/// not indented deeper. Empty when nothing declares it.
pub(super) fn block(text: &str, name: &str) -> String {
    let last = name.rsplit([':', '.']).next().unwrap_or(name);
    let names = [last.to_owned(), last.replace('-', "_")];
    let declares = |line: &str| {
        let words: Vec<&str> = line
            .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .filter(|word| !word.is_empty())
            .collect();
        let keyword = words
            .iter()
            .take(2)
            .any(|word| matches!(*word, "task" | "def" | "tasks" | "func" | "async" | "lane"));
        keyword
            && words
                .iter()
                .skip(1)
                .take(3)
                .any(|word| names.iter().any(|name| word.eq_ignore_ascii_case(name)))
    };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut code = String::new();
    let mut head = None;
    for line in text.lines() {
        match head {
            None if declares(line) => {
                head = Some(indent(line));
                code.push_str(line);
                code.push('\n');
            }
            None => {}
            Some(_) if line.trim().is_empty() => {}
            Some(depth) => {
                let closes = line.trim_start().starts_with(['}', ')']) || line.trim() == "end";
                if indent(line) <= depth && !closes {
                    break;
                }
                code.push_str(line);
                code.push('\n');
            }
        }
    }
    code
}

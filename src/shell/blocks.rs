//! Tasks in manifests and task files as text: entries of TOML sections, blocks of a program. Pure functions of their
//! text.

/// The text of a task in a section of a TOML file: `name = "…"`, `name = ["…"]`, `name = { cmd = "…" }`, or a section of
/// its own with `cmd`, `shell` or `run`. Sections are compared by their ends, so that any environment's
/// scripts are found.
pub(super) fn toml_task(text: &str, section: &str, name: &str) -> String {
    let mut code = String::new();
    let mut here = false;
    let mut own = false;
    let mut open = false;
    for line in text.lines() {
        let line = line.trim();
        if let Some(head) =
            line.strip_prefix('[').and_then(|l| l.strip_suffix(']')).filter(|_| !open)
        {
            let head = head.replace(['"', '\''], "");
            here = head == section || head.ends_with(&format!(".{section}"));
            own = head == format!("{section}.{name}")
                || head.ends_with(&format!(".{section}.{name}"));
            continue;
        }
        let value = match line.split_once('=') {
            _ if open => line,
            Some((key, value)) => {
                let key = key.trim().trim_matches(['"', '\'']);
                let fits = here && key == name
                    || own && matches!(key, "cmd" | "shell" | "run" | "composite");
                if !fits {
                    continue;
                }
                value.trim()
            }
            None => continue,
        };
        open = if open {
            !line.ends_with(']')
        } else {
            value.starts_with('[') && !value.ends_with(']')
        };
        for constant in strings(value) {
            code.push_str(&constant);
            code.push(if value.starts_with('{') || !value.starts_with('[') || section != "alias" {
                '\n'
            } else {
                ' '
            });
        }
    }
    code.trim_end().to_owned()
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

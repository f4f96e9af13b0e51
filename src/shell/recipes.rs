//! Task files as shell text: Makefile, justfile, Taskfile, tox.ini. Pure functions of their text.

use std::collections::BTreeMap;

use serde_json::Value;

use super::language;

/// Tasks of a file that are followed from one.
const MOST_TASKS: usize = 32;
/// Longest text that variables are expanded to.
const LONGEST_TEXT: usize = 64 << 10;

/// The rules of a Makefile.
#[derive(Debug, Default)]
pub(super) struct Makefile {
    variables: BTreeMap<String, String>,
    /// Target, prerequisites, recipe lines, in order.
    rules: Vec<(String, Vec<String>, Vec<String>)>,
    /// Files that it includes, those that are patterns too.
    includes: Vec<String>,
    one_shell: bool,
}

impl Makefile {
    /// Reads the text; `given` are the variables of the command line and the environment.
    pub(super) fn read(text: &str, given: &[(String, String)]) -> Self {
        let mut file = Self::default();
        file.variables.extend(given.iter().cloned());
        let mut open: Vec<usize> = Vec::new();
        let mut prefix = '\t';
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let mut line = line.to_owned();
            while line.ends_with('\\') {
                line.push('\n');
                line.push_str(lines.next().unwrap_or_default());
            }
            if let Some(recipe) = line.strip_prefix(prefix) {
                for &rule in &open {
                    file.rules[rule].2.push(recipe.to_owned());
                }
                continue;
            }
            let plain = line.replace("\\\n", " ");
            let plain = plain.split(" #").next().unwrap_or_default().trim();
            if plain.is_empty() || plain.starts_with('#') {
                continue;
            }
            if let Some(names) = ["include ", "-include ", "sinclude "]
                .iter()
                .find_map(|word| plain.strip_prefix(word))
            {
                let names = file.expand(names, 0);
                file.includes.extend(names.split_ascii_whitespace().take(8).map(str::to_owned));
                continue;
            }
            if let Some(name) = plain.strip_prefix("define ") {
                let name = name.trim_end_matches(['=', ' ', ':']).trim();
                let body: Vec<&str> =
                    lines.by_ref().take_while(|line| line.trim() != "endef").collect();
                file.variables.insert(name.to_owned(), body.join("\n"));
                continue;
            }
            if let Some((name, value)) = assignment(plain) {
                if name == ".RECIPEPREFIX" {
                    prefix = value.chars().next().unwrap_or('\t');
                    continue;
                }
                let value = file.expand(value, 0);
                let set = given.iter().any(|(known, _)| known == name);
                if !set {
                    let all = file.variables.entry(name.to_owned()).or_default();
                    if plain[name.len()..].trim_start().starts_with("+=") && !all.is_empty() {
                        all.push(' ');
                        all.push_str(&value);
                    } else if !plain.contains("?=") || all.is_empty() {
                        *all = value;
                    }
                }
                continue;
            }
            if let Some((targets, rest)) = plain.split_once(':') {
                let (wants, inline) = rest.split_once(';').unwrap_or((rest, ""));
                let wants: Vec<String> = file
                    .expand(wants.trim_start_matches(':'), 0)
                    .split_ascii_whitespace()
                    .filter(|word| *word != "|")
                    .map(str::to_owned)
                    .collect();
                open.clear();
                for target in file.expand(targets, 0).split_ascii_whitespace() {
                    file.one_shell |= target == ".ONESHELL";
                    open.push(file.rules.len());
                    let lines = (!inline.trim().is_empty()).then(|| inline.trim().to_owned());
                    file.rules.push((
                        target.to_owned(),
                        wants.clone(),
                        lines.into_iter().collect(),
                    ));
                }
            }
        }
        file
    }

    pub(super) fn includes(&self) -> &[String] {
        &self.includes
    }

    /// The target that `make` alone builds.
    pub(super) fn first(&self) -> Option<String> {
        let goal = self.variables.get(".DEFAULT_GOAL").filter(|goal| !goal.is_empty());
        goal.cloned().or_else(|| {
            self.rules
                .iter()
                .map(|(target, ..)| target)
                .find(|target| !target.starts_with('.') && !target.contains('%'))
                .cloned()
        })
    }

    /// What building `target` runs, those of its prerequisites first.
    pub(super) fn recipe(&self, target: &str) -> String {
        let mut done = Vec::new();
        let mut code = String::new();
        self.build(target, &mut done, &mut code);
        code
    }

    fn build(&self, target: &str, done: &mut Vec<String>, code: &mut String) {
        if done.len() >= MOST_TASKS || done.iter().any(|known| known == target) {
            return;
        }
        done.push(target.to_owned());
        let exact: Vec<_> = self.rules.iter().filter(|(name, ..)| name == target).collect();
        let pattern = |name: &str| {
            let (before, after) = name.split_once('%')?;
            target.strip_prefix(before)?.strip_suffix(after).map(str::to_owned)
        };
        let rules = if exact.iter().any(|(_, _, lines)| !lines.is_empty()) || !exact.is_empty() {
            exact.into_iter().map(|rule| (rule, String::new())).collect()
        } else {
            let matching = self.rules.iter().find_map(|rule| Some((rule, pattern(&rule.0)?)));
            matching.into_iter().collect::<Vec<_>>()
        };
        for ((_, wants, lines), stem) in rules {
            for want in wants {
                self.build(&want.replace('%', &stem), done, code);
            }
            for line in lines {
                let line = line.trim_start_matches(['@', '-', '+', ' ']);
                let line = self.expand(line, 0).replace("$@", target).replace("$*", &stem);
                if code.len() + line.len() > LONGEST_TEXT {
                    return;
                }
                // Each line has a shell of its own, so a folder changed in one is not kept.
                if self.one_shell || !line.contains("cd ") {
                    code.push_str(&line);
                    code.push('\n');
                } else {
                    code.push_str(&format!("( {line}\n)\n"));
                }
            }
        }
    }

    /// `$(NAME)` and `${NAME}` are the file's own; what it does not set is left to the shell.
    fn expand(&self, text: &str, depth: usize) -> String {
        let mut all = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            all.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let close = match rest.chars().next() {
                Some('(') => ')',
                Some('{') => '}',
                Some('$') => {
                    all.push('$');
                    rest = &rest[1..];
                    continue;
                }
                Some('@' | '*' | '<' | '^' | '?') | None => {
                    all.push('$');
                    continue;
                }
                Some(name) => {
                    match self.variables.get(name.to_string().as_str()) {
                        Some(value) => all.push_str(value),
                        None => all.push_str(&format!("${{{name}}}")),
                    }
                    rest = &rest[name.len_utf8()..];
                    continue;
                }
            };
            let Some(end) = closing(rest, close) else {
                all.push('$');
                continue;
            };
            let name = &rest[1..end];
            rest = &rest[end + 1..];
            if let Some(code) = name.strip_prefix("shell ") {
                all.push_str(&format!("$({})", self.expand(code, depth + 1)));
            } else if name == "MAKE" {
                all.push_str("make");
            } else if let Some(value) =
                self.variables.get(name).filter(|value| all.len() + value.len() < LONGEST_TEXT)
            {
                let value = if depth < 8 { self.expand(value, depth + 1) } else { value.clone() };
                all.push_str(&value);
            } else if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                all.push_str(&format!("${{{name}}}"));
            } else {
                // A function of make: its value is not known.
                all.push_str("${_}");
            }
        }
        all.push_str(rest);
        all
    }
}

fn closing(text: &str, close: char) -> Option<usize> {
    let open = if close == ')' { '(' } else { '{' };
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let at = line.find('=')?;
    let name = line[..at].trim_end_matches([':', '?', '+', '!', ' ', '\t']);
    let plain = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    plain.then(|| (name, line[at + 1..].trim()))
}

/// The recipes of a justfile.
#[derive(Debug, Default)]
pub(super) struct Justfile {
    variables: BTreeMap<String, String>,
    recipes: Vec<Recipe>,
    aliases: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Recipe {
    name: String,
    /// Parameters and their defaults.
    params: Vec<(String, Option<String>)>,
    wants: Vec<String>,
    lines: Vec<String>,
}

impl Justfile {
    pub(super) fn read(text: &str) -> Self {
        let mut file = Self::default();
        for line in text.lines() {
            if line.starts_with([' ', '\t']) {
                if let Some(recipe) = file.recipes.last_mut() {
                    recipe.lines.push(line.trim_start().to_owned());
                }
                continue;
            }
            let line = line.trim();
            if line.is_empty() || line.starts_with(['#', '[']) || line.starts_with("set ") {
                continue;
            }
            if let Some((name, value)) = line.split_once(":=") {
                let name = name.trim().trim_start_matches("export ");
                let value = value.trim();
                if let Some(name) = name.strip_prefix("alias ") {
                    file.aliases.insert(name.trim().to_owned(), value.to_owned());
                } else if let Some(value) = unquoted(value) {
                    file.variables.insert(name.to_owned(), value);
                }
                continue;
            }
            if let Some((head, wants)) = line.split_once(':') {
                let mut words = head.trim_start_matches('@').split_ascii_whitespace();
                let Some(name) = words.next() else { continue };
                let params = words
                    .map(|word| {
                        let word = word.trim_start_matches(['+', '*', '$']);
                        match word.split_once('=') {
                            Some((name, value)) => (name.to_owned(), unquoted(value)),
                            None => (word.to_owned(), None),
                        }
                    })
                    .collect();
                let wants = wants.replace("&&", " ").replace(['(', ')'], " ");
                file.recipes.push(Recipe {
                    name: name.to_owned(),
                    params,
                    wants: wants.split_ascii_whitespace().map(str::to_owned).collect(),
                    lines: Vec::new(),
                });
            }
        }
        file
    }

    /// The recipe that `just` alone runs.
    pub(super) fn first(&self) -> Option<&str> {
        let default = self.recipes.iter().find(|recipe| recipe.name == "default");
        default.or(self.recipes.first()).map(|recipe| recipe.name.as_str())
    }

    /// The shell text of a recipe, and how many of `args` it takes.
    pub(super) fn recipe(&self, name: &str, args: &[String]) -> (String, usize) {
        let mut code = String::new();
        let mut done = Vec::new();
        let used = self.build(name, args, &mut done, &mut code);
        (code, used)
    }

    fn build(
        &self,
        name: &str,
        args: &[String],
        done: &mut Vec<String>,
        code: &mut String,
    ) -> usize {
        let name = self.aliases.get(name).map_or(name, String::as_str);
        if done.len() >= MOST_TASKS || done.iter().any(|known| known == name) {
            return 0;
        }
        done.push(name.to_owned());
        let Some(recipe) = self.recipes.iter().find(|recipe| recipe.name == name) else { return 0 };
        for want in &recipe.wants {
            self.build(want, &[], done, code);
        }
        let mut values = self.variables.clone();
        for (index, (name, default)) in recipe.params.iter().enumerate() {
            if let Some(value) = args.get(index).cloned().or_else(|| default.clone()) {
                values.insert(name.clone(), value);
            }
        }
        // A recipe in another language is a program of its own.
        let other = recipe.lines.first().and_then(|line| Some((language::shebang(line)?, line)));
        if other.is_some() {
            code.push_str(other.map_or("", |(language, _)| language.program()));
            code.push_str(" <<'JUST_RECIPE'\n");
        }
        for line in &recipe.lines {
            let line = if other.is_some() { line } else { line.trim_start_matches(['@', '-']) };
            if line.starts_with("#!") {
                continue;
            }
            let mut rest = line;
            while let Some((before, after)) = rest.split_once("{{") {
                let Some((name, after)) = after.split_once("}}") else { break };
                code.push_str(before);
                match values.get(name.trim()) {
                    Some(value) => code.push_str(value),
                    None => code.push_str("${_}"),
                }
                rest = after;
            }
            code.push_str(rest);
            code.push('\n');
            if code.len() > LONGEST_TEXT {
                break;
            }
        }
        if other.is_some() {
            code.push_str("JUST_RECIPE\n");
        }
        recipe.params.len()
    }
}

/// Files that a justfile imports.
pub(super) fn imports(text: &str) -> Vec<String> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("import"));
    lines.filter_map(|rest| unquoted(rest.trim_start_matches('?').trim())).take(8).collect()
}

fn unquoted(value: &str) -> Option<String> {
    let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    Some(value.strip_prefix(quote)?.strip_suffix(quote)?.to_owned())
}

/// Reads a Taskfile.
pub(super) fn taskfile(text: &str) -> Result<Value, String> {
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
}

/// The shell text of one task, those it depends on first.
pub(super) fn task(file: &Value, name: &str, depth: usize) -> String {
    let mut code = String::new();
    if depth > 8 {
        return code;
    }
    let task = &file["tasks"][name];
    let vars = |text: &str| {
        let mut all = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((inner, after)) = after.split_once("}}") else { break };
            all.push_str(before);
            let name = inner.trim().trim_start_matches('.');
            match task["vars"][name].as_str().or_else(|| file["vars"][name].as_str()) {
                Some(value) => all.push_str(value),
                None => all.push_str("${_}"),
            }
            rest = after;
        }
        all.push_str(rest);
        all
    };
    let mut step = |step: &Value| match step {
        Value::String(line) => {
            code.push_str(&vars(line));
            code.push('\n');
        }
        Value::Object(fields) => {
            if let Some(line) = fields.get("cmd").and_then(Value::as_str) {
                code.push_str(&vars(line));
                code.push('\n');
            }
            if let Some(name) = fields.get("task").and_then(Value::as_str)
                && code.len() < LONGEST_TEXT
            {
                code.push_str(&self::task(file, name, depth + 1));
            }
        }
        _ => {}
    };
    for want in task["deps"].as_array().into_iter().flatten() {
        match want {
            Value::String(name) => step(&serde_json::json!({ "task": name })),
            other => step(other),
        }
    }
    match task {
        Value::String(_) => step(task),
        Value::Array(steps) => steps.iter().for_each(step),
        _ => {
            step(&task["cmd"]);
            match &task["cmds"] {
                Value::Array(steps) => steps.iter().for_each(step),
                other => step(other),
            }
        }
    }
    code
}

/// Environments of a tox.ini and what they run; of the named ones, or the plain one.
pub(super) fn tox(text: &str, names: &[String]) -> Vec<(String, String)> {
    let mut sections: Vec<(String, String)> = Vec::new();
    let mut commands = false;
    for line in text.lines() {
        if let Some(name) = line.trim().strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            sections.push((name.to_owned(), String::new()));
            commands = false;
            continue;
        }
        let Some((_, code)) = sections.last_mut() else { continue };
        if !line.starts_with([' ', '\t']) {
            let key = line.split_once('=').map(|(key, value)| (key.trim(), value));
            commands = false;
            if let Some(("commands" | "commands_pre" | "commands_post", value)) = key {
                commands = true;
                code.push_str(value.trim());
                code.push('\n');
            }
        } else if commands {
            code.push_str(line.trim().trim_start_matches('-').trim_start());
            code.push('\n');
        }
    }
    let of = |name: &str| {
        let key = format!("testenv:{name}");
        let found = sections.iter().find(|(section, _)| *section == key);
        found.or_else(|| sections.iter().find(|(section, _)| section == "testenv"))
    };
    let unknown = |code: &str| code.replace("{posargs}", "").replace(['{', '}'], "");
    if names.is_empty() {
        let plain = sections.iter().filter(|(name, _)| name == "testenv");
        return plain.map(|(name, code)| (name.clone(), unknown(code))).collect();
    }
    names
        .iter()
        .filter_map(|name| of(name).map(|(_, code)| (name.clone(), unknown(code))))
        .collect()
}

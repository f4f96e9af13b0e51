//! Tasks that a manifest or a file of a task runner declares: composer.json, deno.json, pyproject.toml, Pipfile,
//! Procfile, mise.toml, Makefile.toml, Rakefile, tasks.py, build.gradle, magefile.go, cargo's aliases.

use std::path::Path;

use serde_json::Value;

use super::blocks;
use super::folder::located;
use super::git::quoted_all;
use super::language::Language;
use super::tree::{Call, Reader};

/// Cargo's own subcommands, which no alias can hide, and the plug-ins that are everywhere.
const CARGO: &[&str] = &[
    "add",
    "b",
    "bench",
    "build",
    "c",
    "check",
    "clean",
    "clippy",
    "d",
    "doc",
    "fetch",
    "fix",
    "fmt",
    "help",
    "init",
    "install",
    "metadata",
    "miri",
    "new",
    "nextest",
    "package",
    "publish",
    "r",
    "remove",
    "rm",
    "run",
    "rustc",
    "rustdoc",
    "search",
    "t",
    "test",
    "tree",
    "uninstall",
    "update",
    "vendor",
    "yank",
];

impl Reader<'_> {
    /// Follows a task that a manifest declares. True when there is one, so that the words behind `run` are no
    /// program: `pdm run NAME`.
    pub(super) fn declared(&mut self, program: &str, call: &Call) -> bool {
        let word =
            |at: usize| call.words.get(at).filter(|word| word.certain).map(|w| w.text.as_str());
        let run = word(1) == Some("run");
        match program {
            "pipenv" | "pdm" | "rye" if run => self.toml_task(program, call, 2),
            "hatch" if run => self.toml_task(program, call, 2),
            "poe" | "poethepoet" => self.toml_task(program, call, 1),
            "mise" | "rtx" => {
                let task = word(1) == Some("tasks") || word(1) == Some("task");
                let at = if task { 3 } else { 2 };
                (task || run || word(1) == Some("r")) && self.toml_task("mise", call, at)
            }
            "deno" if word(1) == Some("task") => {
                self.json_task(call, &["deno.json", "deno.jsonc"], "tasks", 2)
            }
            "composer" => {
                let named = matches!(word(1), Some("run" | "run-script" | "exec"));
                self.json_task(call, &["composer.json"], "scripts", if named { 2 } else { 1 })
            }
            "foreman" | "honcho" | "hivemind" | "overmind" => self.procfile(call),
            "rake" => {
                self.block_tasks(call, &["Rakefile", "rakefile", "Rakefile.rb"], Language::Ruby)
            }
            "inv" | "invoke" => self.block_tasks(call, &["tasks.py"], Language::Python),
            "fab" => self.block_tasks(call, &["fabfile.py"], Language::Python),
            "gradle" | "gradlew" => {
                self.block_tasks(call, &["build.gradle", "build.gradle.kts"], Language::Other)
            }
            "mage" => self.block_tasks(call, &["magefile.go"], Language::Other),
            "makers" => self.cargo_make(call, 1),
            "cargo" if word(1) == Some("make") => self.cargo_make(call, 2),
            "cargo" => self.cargo_alias(call),
            _ => false,
        }
    }

    /// Runs the shell text of a declared task, with the words of the line behind it.
    fn run_declared(&mut self, path: &Path, name: &str, code: &str, call: &Call, from: usize) {
        let rest = quoted_all(call.words.get(from..).unwrap_or_default());
        self.run_task(path, name, &format!("{code} {rest}"), call, call.dir.clone());
    }

    fn json_task(&mut self, call: &Call, names: &[&str], key: &str, at: usize) -> bool {
        let Some(name) = call.words.get(at).filter(|word| word.certain).map(|w| w.text.clone())
        else {
            return false;
        };
        if name.starts_with('-') {
            return false;
        }
        let Ok((path, text)) = self.nearest(call.dir.as_deref(), names, true) else { return false };
        let file: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        let mut todo = vec![name.clone()];
        let mut done: Vec<String> = Vec::new();
        let mut code = String::new();
        while let Some(name) = todo.pop() {
            if done.contains(&name) || done.len() >= 16 {
                continue;
            }
            let steps = match &file[key][name.as_str()] {
                Value::Array(steps) => steps.clone(),
                Value::Null => Vec::new(),
                step => vec![step["command"].as_str().map_or(step.clone(), Value::from)],
            };
            for step in steps.iter().filter_map(Value::as_str) {
                match step.strip_prefix('@').filter(|rest| !rest.starts_with("php ")) {
                    Some(other) => todo.push(other.to_owned()),
                    None => {
                        code.push_str(step.trim_start_matches('@'));
                        code.push('\n');
                    }
                }
            }
            done.push(name);
        }
        if code.is_empty() {
            return false;
        }
        self.run_declared(&path, &name, code.trim_end(), call, at + 1);
        true
    }

    /// `cargo make [OPTIONS] [TASK]`, without a task the one named `default`.
    fn cargo_make(&mut self, call: &Call, from: usize) -> bool {
        const VALUED: &[&str] =
            &["--makefile", "--profile", "-p", "--cwd", "--env", "-e", "--loglevel", "-l"];
        let mut at = from;
        while let Some(word) = call.words.get(at).filter(|word| word.text.starts_with('-')) {
            at += if VALUED.contains(&word.text.as_str()) { 2 } else { 1 };
        }
        match call.words.get(at) {
            Some(_) => self.toml_task("cargo make", call, at),
            None => self.toml_named("cargo make", call, "default", at),
        }
    }

    fn toml_task(&mut self, program: &str, call: &Call, at: usize) -> bool {
        match call.words.get(at).filter(|word| word.certain).map(|w| w.text.clone()) {
            Some(name) => self.toml_named(program, call, &name, at),
            None => false,
        }
    }

    fn toml_named(&mut self, program: &str, call: &Call, name: &str, at: usize) -> bool {
        let (files, section): (&[&str], &str) = match program {
            "pipenv" => (&["Pipfile"], "scripts"),
            "cargo make" => (&["Makefile.toml"], "tasks"),
            "mise" => (&["mise.toml", ".mise.toml", "mise.local.toml"], "tasks"),
            "pdm" => (&["pyproject.toml"], "tool.pdm.scripts"),
            "rye" => (&["pyproject.toml"], "tool.rye.scripts"),
            "hatch" => (&["pyproject.toml", "hatch.toml"], "scripts"),
            _ => (&["pyproject.toml"], "tool.poe.tasks"),
        };
        // `hatch run ENVIRONMENT:NAME`.
        let name = name.rsplit(':').next().unwrap_or_default().to_owned();
        let Ok((path, text)) = self.nearest(call.dir.as_deref(), files, true) else { return false };
        let code = blocks::toml_task(&text, section, &name);
        if code.is_empty() {
            return false;
        }
        self.run_declared(&path, &name, &code, call, at + 1);
        true
    }

    fn procfile(&mut self, call: &Call) -> bool {
        let Ok((path, text)) =
            self.nearest(call.dir.as_deref(), &["Procfile", "Procfile.dev"], false)
        else {
            return false;
        };
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let code: String = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(_, code)| format!("{code}\n"))
            .collect();
        self.run_task(&path, "Procfile", &code, call, call.dir.clone());
        false
    }

    /// Tasks that are blocks of a program: the block is read, not the whole file.
    fn block_tasks(&mut self, call: &Call, names: &[&str], language: Language) -> bool {
        let wanted: Vec<String> = call.words[1..]
            .iter()
            .filter(|word| word.certain && !word.text.starts_with('-') && !word.text.contains('='))
            .map(|word| word.text.clone())
            .collect();
        if wanted.is_empty() {
            return false;
        }
        let Ok((path, text)) = self.nearest(call.dir.as_deref(), names, true) else { return false };
        let layer = super::follow::file_name(&path);
        for name in wanted {
            let mut code = blocks::block(&text, &name);
            if !code.is_empty() {
                // What the file imports tells which calls start a process.
                let imports = text
                    .lines()
                    .filter(|line| line.starts_with("import ") || line.starts_with("from "));
                code.extend(imports.flat_map(|line| ["\n", line]));
                self.deeper(&layer, &code.clone(), |reader| {
                    reader.inside(&format!("{layer}: {name}"), |reader| {
                        reader.inline(&code, language)
                    });
                });
            }
        }
        false
    }

    /// `[alias]` of `.cargo/config.toml`, and the crate of an `xtask`.
    fn cargo_alias(&mut self, call: &Call) -> bool {
        let Some(at) = call.words.iter().skip(1).position(|w| !w.text.starts_with(['-', '+']))
        else {
            return false;
        };
        let name = call.words[at + 1].text.clone();
        if CARGO.contains(&name.as_str()) {
            return false;
        }
        let files = [".cargo/config.toml", ".cargo/config"];
        let Ok((path, text)) = self.nearest(call.dir.as_deref(), &files, true) else {
            return false;
        };
        let alias = blocks::toml_task(&text, "alias", &name);
        if alias.is_empty() {
            return false;
        }
        self.run_declared(&path, &name, &format!("cargo {alias}"), call, at + 2);
        let package =
            alias.split_whitespace().skip_while(|w| !matches!(*w, "-p" | "--package")).nth(1);
        if let Some(package) = package {
            let root = path.ancestors().nth(2).map(Path::to_path_buf);
            let main = located(root.as_deref(), &format!("{package}/src/main.rs"));
            if self.text_of(&main).is_ok() {
                self.run_source(&main, Language::Other);
            }
        }
        true
    }
}

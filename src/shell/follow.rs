//! Files that decide what a line does: scripts, `package.json`, Makefiles and their kin.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde_json::Value;

use super::folder::moved;
use super::options::{Arg, Args};
use super::tree::{Call, Reader, Stdin};
use super::{FileText, SimpleCommand, Word, decode, inline, names_guarded, recipes};

/// Files in files that are followed.
const DEEPEST_FILE: usize = 2;
/// Bytes of one file.
const MOST_FILE: usize = 64 << 10;
/// Bytes of all files together that are read for one line.
const MOST_FILES: usize = 256 << 10;
/// Folders above that are searched for `package.json`, a justfile or a Taskfile.
const MOST_PARENTS: usize = 8;

/// What was read and written on the way.
#[derive(Debug, Default)]
pub(super) struct Followed {
    depth: usize,
    bytes: usize,
    /// Files that the line itself writes; `None` when their text is not known.
    written: BTreeMap<PathBuf, Option<Rc<str>>>,
    /// Tasks being followed: a task that calls itself ends here.
    tasks: Vec<(PathBuf, String)>,
}

impl Reader<'_> {
    /// Notes what a command writes into files, for when they are run.
    pub(super) fn remember_writes(&mut self, command: &SimpleCommand, stdin: &Stdin) {
        let tee = command.program() == Some("tee");
        if command.writes.is_empty() && !tee || self.files.written.len() >= 32 {
            return;
        }
        let text: Option<Rc<str>> = match (decode::printed(&command.words), stdin) {
            (Some(text), _) => Some(text.into()),
            (None, Stdin::Text(text)) => {
                decode::filtered(&command.words, Some(text)).map(Into::into)
            }
            _ => None,
        };
        let operands = command.words.iter().skip(1).filter(|w| tee && !w.text.starts_with('-'));
        for target in command.writes.iter().chain(operands) {
            let path = target.certain.then(|| moved(command.dir.as_deref(), &target.text));
            if let Some(path) = path.flatten() {
                // A second write may append: what is not known to be new is joined.
                let known = match self.files.written.get(&path) {
                    Some(Some(before)) => {
                        text.as_ref().map(|text| format!("{before}{text}").into())
                    }
                    Some(None) => None,
                    None => text.clone(),
                };
                self.files.written.insert(path, known);
            }
        }
    }

    /// The text of a file, or why there is none.
    pub(super) fn text_of(&mut self, path: &Path) -> Result<String, String> {
        if let Some(known) = self.files.written.get(path) {
            return match known {
                Some(text) => Ok(text.to_string()),
                None => Err("the line writes it before it runs it".to_owned()),
            };
        }
        if path.starts_with("~") {
            return Err("it is in the home folder".to_owned());
        }
        let room = MOST_FILES.saturating_sub(self.files.bytes);
        match self.surroundings.file(path, MOST_FILE.min(room)) {
            FileText::Text(text) => {
                self.files.bytes += text.len();
                if !self.reading.followed.iter().any(|known| known == path) {
                    self.reading.followed.push(path.to_path_buf());
                }
                self.reading.near |= names_guarded(text.as_bytes());
                Ok(text)
            }
            FileText::Missing => Err("it is not there".to_owned()),
            FileText::Unreadable(why) => Err(why),
        }
    }

    /// Runs `body` one file deeper; says so when that is too deep.
    fn deeper(&mut self, about: &str, text: &str, body: impl FnOnce(&mut Self)) {
        if self.files.depth >= DEEPEST_FILE {
            let why = format!("{about} is a file in a file in a file, which is not followed");
            return self.unsure_near(text, why);
        }
        self.files.depth += 1;
        let scripts = std::mem::take(&mut self.scripts);
        body(self);
        self.scripts = scripts;
        self.files.depth -= 1;
    }

    /// `source FILE`: in this shell.
    pub(super) fn source_file(&mut self, path: &Path, args: Option<Rc<Vec<String>>>) {
        let name = file_name(path);
        match self.text_of(path) {
            Ok(text) => self.deeper(&name, &text.clone(), |reader| {
                let saved = reader.scope.args.clone();
                if args.is_some() {
                    reader.scope.args = args;
                }
                reader.inside(&format!("source {name}"), |reader| reader.script(&text));
                reader.scope.args = saved;
            }),
            Err(why) => self.unsure_named(&name, format!("{name} cannot be read: {why}")),
        }
    }

    /// Runs a script in its own process. `shell` is what would run it when it names nobody itself.
    pub(super) fn run_file(
        &mut self,
        path: &Path,
        args: Option<Rc<Vec<String>>>,
        shell: &str,
        call: &Call,
    ) {
        let name = file_name(path);
        let text = match self.text_of(path) {
            Ok(text) => text,
            Err(why) => {
                let words: Vec<&str> = call.words.iter().map(|w| w.text.as_str()).collect();
                let about = format!("{name} {}", words.join(" "));
                return self.unsure_named(&about, format!("{name} cannot be read: {why}"));
            }
        };
        let (stdin, dir) = (call.stdin.clone(), call.dir.clone());
        let assignments = call.assignments.clone();
        let language = if shell.is_empty() { inline::shebang(&text) } else { None };
        self.deeper(&name, &text.clone(), |reader| {
            reader.scoped(|reader| {
                reader.scope.args = args;
                reader.scope.stdin = stdin;
                reader.scope.dir = dir;
                for (name, value) in &assignments {
                    reader.assign(name, value);
                }
                reader.inside(&name, |reader| match language {
                    Some(language) => reader.inline(&text, language),
                    None => reader.script(&text),
                });
            });
        });
    }

    /// Follows a program that is a file of the project or a task runner. True when the tasks it
    /// runs stand for the command itself.
    pub(super) fn follow(&mut self, program: &str, call: &Call) -> bool {
        match program {
            "npm" | "yarn" | "pnpm" | "bun" => self.package(program, call),
            "make" | "gmake" => self.make(call),
            "just" => self.just(call),
            "task" | "go-task" => self.taskfile(call),
            "tox" => self.tox(call),
            "nox" => self.nox(call),
            _ => self.local_script(program, call),
        }
        false
    }

    /// `./release.sh`, `scripts/release`.
    fn local_script(&mut self, program: &str, call: &Call) {
        let text = call.words[0].text.as_str();
        const SYSTEM: &[&str] =
            &["/usr/", "/bin/", "/sbin/", "/opt/", "/nix/", "/snap/", "/dev/", "/proc/"];
        if !text.contains('/')
            || SYSTEM.iter().any(|folder| text.starts_with(folder))
            || super::action::rows().any(|row| row.program == program)
        {
            return;
        }
        let Some(path) = moved(call.dir.as_deref(), text) else {
            let words = text.to_owned();
            return self.unsure_named(&words, format!("{program} is in a folder not known"));
        };
        if let Some(language) = inline::by_extension(program).filter(|_| !text.ends_with(".sh")) {
            return self.run_source(&path, language);
        }
        let args = super::peel::known_texts(text, &call.words[1..]);
        self.run_file(&path, args, "", call);
    }

    /// A program of an interpreted language, read for the processes it starts.
    pub(super) fn run_source(&mut self, path: &Path, language: inline::Language) {
        let name = file_name(path);
        match self.text_of(path) {
            Ok(text) => self.deeper(&name, &text.clone(), |reader| {
                reader.inside(&name, |reader| reader.inline(&text, language));
            }),
            Err(why) => self.unsure_named(&name, format!("{name} cannot be read: {why}")),
        }
    }

    /// The nearest file of one of these names, upwards from `dir` when `upwards`.
    fn nearest(
        &mut self,
        dir: Option<&Path>,
        names: &[&str],
        upwards: bool,
    ) -> Result<(PathBuf, String), String> {
        let mut why = "it is not there".to_owned();
        let levels = if upwards { MOST_PARENTS } else { 1 };
        for folder in dir.into_iter().flat_map(Path::ancestors).take(levels) {
            for name in names {
                let path = folder.join(name);
                match self.text_of(&path) {
                    Ok(text) => return Ok((path, text)),
                    Err(reason) if reason != "it is not there" => why = reason,
                    Err(_) => {}
                }
            }
        }
        Err(why)
    }

    /// Runs the script of a task: in the folder of its file, as a process of its own.
    fn run_task(&mut self, file: &Path, task: &str, code: &str, call: &Call, dir: Option<PathBuf>) {
        let key = (file.to_path_buf(), task.to_owned());
        if self.files.tasks.contains(&key) {
            return;
        }
        self.files.tasks.push(key);
        let layer = format!("{}: {task}", file_name(file));
        let assignments = call.assignments.clone();
        self.deeper(&layer, code, |reader| {
            reader.scoped(|reader| {
                reader.scope.dir = dir.or_else(|| file.parent().map(Path::to_path_buf));
                reader.scope.args = None;
                for (name, value) in &assignments {
                    reader.assign(name, value);
                }
                reader.inside(&layer, |reader| reader.script(code));
            });
        });
        self.files.tasks.pop();
    }

    /// Says that a task's file could not be read, when the line speaks of something guarded.
    fn no_task(&mut self, call: &Call, file: &str, why: &str) {
        let words: Vec<&str> = call.words.iter().map(|word| word.text.as_str()).collect();
        self.unsure_named(&words[1..].join(" "), format!("{file} cannot be read: {why}"));
    }

    /// `npm run x`, `npm test`, `yarn x` …
    fn package(&mut self, program: &str, call: &Call) {
        const VALUED: &[&str] = &[
            "-C",
            "--prefix",
            "--cwd",
            "--dir",
            "--filter",
            "-F",
            "-w",
            "--workspace",
            "--loglevel",
            "--registry",
            "--config",
            "--env-file",
            "--script-shell",
        ];
        let mut dir = call.dir.clone();
        let mut operands = Vec::new();
        let mut elsewhere = false;
        let mut args = Args::new(&call.words, 1, vec![VALUED]);
        for arg in args.by_ref() {
            match arg {
                Arg::Operand(at) => {
                    operands.push(at);
                    let runs = matches!(
                        &*call.words[at].text,
                        "run" | "run-script" | "workspace" | "workspaces"
                    );
                    if operands.len() > 1 || !runs {
                        break;
                    }
                }
                Arg::Flag { value, .. }
                    if ["-C", "--prefix", "--cwd", "--dir"].iter().any(|o| arg.is(o)) =>
                {
                    dir = value.and_then(|value| moved(dir.as_deref(), value));
                }
                Arg::Flag { .. } => {
                    elsewhere |= ["--filter", "-F", "-w", "--workspace"].iter().any(|o| arg.is(o));
                }
            }
        }
        let rest = args.position();
        let word = |n: usize| operands.get(n).map(|&at| call.words[at].clone());
        let Some(verb) = word(0) else { return };
        let name = match (verb.text.as_str(), program) {
            ("run" | "run-script", _) => match word(1) {
                Some(name) => name,
                None => return,
            },
            ("test" | "start" | "stop" | "restart", _) => verb,
            ("t" | "tst", "npm") => Word::known("test"),
            // `yarn x` and `pnpm x` run a script of that name too.
            (_, "yarn" | "pnpm" | "bun") => verb,
            _ => return,
        };
        if !name.certain {
            return self.unsure(format!("{program} runs a script that the line does not name"));
        }
        let found = self.nearest(dir.as_deref(), &["package.json"], true);
        let (path, text) = match found {
            Ok(found) => found,
            Err(why) => return self.no_task(call, "package.json", &why),
        };
        let package: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if package.is_null() {
            return self.no_task(call, "package.json", "it is not JSON");
        }
        let script = |key: &str| package["scripts"][key].as_str().map(str::to_owned);
        let code: Vec<(String, String)> =
            [format!("pre{}", name.text), name.text.clone(), format!("post{}", name.text)]
                .into_iter()
                .filter_map(|key| script(&key).map(|code| (key, code)))
                .collect();
        if code.is_empty() && elsewhere {
            self.no_task(call, "the workspace's package.json", "its folder is not known");
        }
        for (key, mut code) in code {
            if key == name.text {
                let given = call.words.get(rest..).unwrap_or_default();
                code = format!("{code} {}", super::git::quoted_all(given));
            }
            let plain = Call { assignments: call.assignments.clone(), ..Call::default() };
            self.run_task(&path, &key, &code, &plain, None);
        }
    }

    fn make(&mut self, call: &Call) {
        const VALUED: &[&str] =
            &["-C", "--directory", "-f", "--file", "--makefile", "-I", "-j", "-l", "-o", "-W"];
        let mut dir = call.dir.clone();
        let mut file = None;
        let mut targets = Vec::new();
        let mut given = Vec::new();
        // `-j` takes a number only when it is attached or stands alone behind it.
        for arg in Args::new(&call.words, 1, vec![VALUED]) {
            match arg {
                Arg::Operand(at) => match call.words[at].text.split_once('=') {
                    Some((name, value)) => given.push((
                        name.trim_end_matches([':', '?', '+']).to_owned(),
                        value.to_owned(),
                    )),
                    None => targets.push(call.words[at].clone()),
                },
                Arg::Flag { value, .. } if arg.is("-C") || arg.is("--directory") => {
                    dir = value.and_then(|value| moved(dir.as_deref(), value));
                }
                Arg::Flag { value, .. }
                    if ["-f", "--file", "--makefile"].iter().any(|o| arg.is(o)) =>
                {
                    file = value.map(str::to_owned);
                }
                Arg::Flag { value, .. } if arg.is("-j") => {
                    if let Some(target) = value.filter(|v| v.parse::<u32>().is_err()) {
                        targets.push(Word::known(target));
                    }
                }
                flag if [
                    "-n",
                    "--dry-run",
                    "--just-print",
                    "--recon",
                    "-q",
                    "--question",
                    "--version",
                    "--help",
                ]
                .iter()
                .any(|option| flag.is(option)) =>
                {
                    return;
                }
                Arg::Flag { .. } => {}
            }
        }
        for (name, value) in call.assignments.iter().filter(|(_, value)| value.certain) {
            given.push((name.clone(), value.text.clone()));
        }
        let names: Vec<&str> = match &file {
            Some(file) => vec![file.as_str()],
            None => vec!["GNUmakefile", "makefile", "Makefile"],
        };
        let (path, text) = match self.nearest(dir.as_deref(), &names, false) {
            Ok(found) => found,
            Err(why) => return self.no_task(call, "the Makefile", &why),
        };
        let makefile = recipes::Makefile::read(&text, &given);
        if targets.is_empty() {
            targets.extend(makefile.first().map(Word::known));
        }
        for target in targets {
            if !target.certain {
                self.unsure("make is given a target that the line does not name");
                continue;
            }
            let code = makefile.recipe(&target.text);
            if code.is_empty() && makefile.includes() {
                self.no_task(call, "what the Makefile includes", "it is not followed");
            }
            self.run_task(&path, &target.text, &code, call, dir.clone());
        }
    }

    fn just(&mut self, call: &Call) {
        const VALUED: &[&str] =
            &["-f", "--justfile", "-d", "--working-directory", "--set", "--shell", "--color"];
        let mut dir = call.dir.clone();
        let mut file = None;
        let mut operands = Vec::new();
        for arg in Args::new(&call.words, 1, vec![VALUED]) {
            match arg {
                Arg::Operand(at) => operands.push(call.words[at].clone()),
                Arg::Flag { value, .. } if arg.is("-f") || arg.is("--justfile") => {
                    file = value.map(str::to_owned);
                }
                Arg::Flag { value, .. } if arg.is("-d") || arg.is("--working-directory") => {
                    dir = value.and_then(|value| moved(dir.as_deref(), value));
                }
                flag if [
                    "-n",
                    "--dry-run",
                    "-l",
                    "--list",
                    "-s",
                    "--show",
                    "--summary",
                    "--help",
                    "--version",
                ]
                .iter()
                .any(|option| flag.is(option)) =>
                {
                    return;
                }
                Arg::Flag { .. } => {}
            }
        }
        let names: Vec<&str> = match &file {
            Some(file) => vec![file.as_str()],
            None => vec!["justfile", "Justfile", ".justfile", "JUSTFILE"],
        };
        let (path, text) = match self.nearest(dir.as_deref(), &names, file.is_none()) {
            Ok(found) => found,
            Err(why) => return self.no_task(call, "the justfile", &why),
        };
        let justfile = recipes::Justfile::read(&text);
        let mut words: Vec<String> = operands.into_iter().map(|word| word.text).collect();
        if words.is_empty() {
            words.extend(justfile.first().map(str::to_owned));
        }
        let mut at = 0;
        while at < words.len() {
            let (code, used) = justfile.recipe(&words[at], &words[at + 1..]);
            self.run_task(&path, &words[at], &code, call, None);
            at += 1 + used;
        }
    }

    fn taskfile(&mut self, call: &Call) {
        const VALUED: &[&str] = &["-d", "--dir", "-t", "--taskfile", "-o", "--output", "-C"];
        let mut dir = call.dir.clone();
        let mut file = None;
        let mut targets = Vec::new();
        for arg in Args::new(&call.words, 1, vec![VALUED]) {
            match arg {
                Arg::Operand(at) if !call.words[at].text.contains('=') => {
                    targets.push(call.words[at].text.clone());
                }
                Arg::Flag { value, .. } if arg.is("-d") || arg.is("--dir") => {
                    dir = value.and_then(|value| moved(dir.as_deref(), value));
                }
                Arg::Flag { value, .. } if arg.is("-t") || arg.is("--taskfile") => {
                    file = value.map(str::to_owned);
                }
                flag if [
                    "-n",
                    "--dry",
                    "-l",
                    "--list",
                    "-a",
                    "--list-all",
                    "--summary",
                    "--help",
                ]
                .iter()
                .any(|option| flag.is(option)) =>
                {
                    return;
                }
                _ => {}
            }
        }
        let names: Vec<&str> = match &file {
            Some(file) => vec![file.as_str()],
            None => {
                vec![
                    "Taskfile.yml",
                    "taskfile.yml",
                    "Taskfile.yaml",
                    "taskfile.yaml",
                    "Taskfile.dist.yml",
                ]
            }
        };
        let (path, text) = match self.nearest(dir.as_deref(), &names, file.is_none()) {
            Ok(found) => found,
            Err(why) => return self.no_task(call, "the Taskfile", &why),
        };
        let tasks = match recipes::taskfile(&text) {
            Ok(tasks) => tasks,
            Err(why) => return self.no_task(call, "the Taskfile", &why),
        };
        if targets.is_empty() {
            targets.push("default".to_owned());
        }
        for target in targets {
            let code = recipes::task(&tasks, &target, 0);
            self.run_task(&path, &target, &code, call, None);
        }
    }

    fn tox(&mut self, call: &Call) {
        let mut names = Vec::new();
        for arg in Args::new(&call.words, 1, vec![&["-e", "-c", "--conf", "--workdir"]]) {
            if let Arg::Flag { value: Some(value), .. } = arg
                && arg.is("-e")
            {
                names.extend(value.split(',').map(str::to_owned));
            }
        }
        match self.nearest(call.dir.as_deref(), &["tox.ini", "setup.cfg"], false) {
            Ok((path, text)) => {
                for (name, code) in recipes::tox(&text, &names) {
                    self.run_task(&path, &name, &code, call, None);
                }
            }
            Err(why) => self.no_task(call, "tox.ini", &why),
        }
    }

    fn nox(&mut self, call: &Call) {
        match self.nearest(call.dir.as_deref(), &["noxfile.py"], false) {
            Ok((path, _)) => self.run_source(&path, inline::Language::Python),
            Err(why) => self.no_task(call, "noxfile.py", &why),
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

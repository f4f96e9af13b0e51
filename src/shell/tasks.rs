//! Task runners: which file decides what a task runs, and the text of the task, read as a script.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::folder::{located, moved};
use super::follow::file_name;
use super::options::{Arg, Args};
use super::tree::{Call, Reader, Stdin};
use super::{Word, language, recipes};

/// Folders above that are searched for `package.json`, a justfile or a Taskfile.
const MOST_PARENTS: usize = 8;

/// Scripts that npm and its kin run around their own commands.
const LIFECYCLE: &[(&str, &[&str])] = &[
    (
        "install",
        &[
            "preinstall",
            "install",
            "postinstall",
            "prepublish",
            "preprepare",
            "prepare",
            "postprepare",
        ],
    ),
    ("version", &["preversion", "version", "postversion"]),
    ("publish", &["prepublishOnly", "prepack", "prepare", "postpack", "publish", "postpublish"]),
    ("pack", &["prepack", "prepare", "postpack"]),
];

/// Folders in which workspaces are kept.
const WORKSPACES: &[&str] = &["", "packages", "apps", "libs", "services", "modules"];

impl Reader<'_> {
    /// Follows a task runner, or a program that is a file of the project.
    pub(super) fn follow(&mut self, program: &str, call: &Call) {
        match program {
            "npm" | "yarn" | "pnpm" | "bun" => self.package(program, call),
            "node" if call.words.get(1).is_some_and(|word| word.text == "--run") => {
                let mut call =
                    Call { words: call.words.clone(), dir: call.dir.clone(), ..Call::default() };
                call.words.splice(..2, [Word::known("npm"), Word::known("run")]);
                self.package("npm", &call);
            }
            "run-s" | "run-p" | "npm-run-all" | "npm-run-all2" => {
                for word in call.words[1..].iter().filter(|word| !word.text.starts_with('-')) {
                    let words = vec![Word::known("npm"), Word::known("run"), word.clone()];
                    self.package("npm", &Call { words, dir: call.dir.clone(), ..Call::default() });
                }
            }
            "make" | "gmake" => self.make(call),
            "just" => self.just(call),
            "task" | "go-task" => self.taskfile(call),
            "tox" => self.tox(call),
            "nox" => self.nox(call),
            _ => self.local_script(program, call),
        }
    }

    /// The nearest file of one of these names, upwards from `dir` when `upwards`.
    pub(super) fn nearest(
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
    pub(super) fn run_task(
        &mut self,
        file: &Path,
        task: &str,
        code: &str,
        call: &Call,
        dir: Option<PathBuf>,
    ) {
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
        // `yarn` alone installs.
        let verb = match word(0) {
            Some(verb) => verb,
            None if program == "yarn" && call.words.len() == 1 => Word::known("install"),
            None => return,
        };
        if let Some((workspace, from)) = workspace(call, &verb.text) {
            elsewhere = true;
            if let Some(found) = workspace.and_then(|name| self.workspace(dir.as_deref(), &name)) {
                dir = Some(found);
                if from > 0 {
                    // `yarn workspace NAME SCRIPT`.
                    let mut words = vec![call.words[0].clone(), Word::known("run")];
                    words.extend(call.words.get(from..).unwrap_or_default().iter().cloned());
                    words.retain({
                        let mut runs = 0;
                        move |word| {
                            runs += usize::from(word.text == "run");
                            word.text != "run" || runs == 1
                        }
                    });
                    return self.package(program, &Call { words, dir, ..Call::default() });
                }
            }
        }
        let verb_name = match verb.text.as_str() {
            "i" | "ci" | "in" | "ins" | "clean-install" => "install",
            other => other,
        };
        let lifecycle = LIFECYCLE.iter().find(|(verb, _)| *verb == verb_name);
        if let Some((verb, scripts)) =
            lifecycle.filter(|(v, _)| *v != "install" || word(1).is_none())
        {
            if call.words.iter().any(|word| word.text == "--ignore-scripts") {
                return;
            }
            let Ok((path, text)) = self.nearest(dir.as_deref(), &["package.json"], true) else {
                return;
            };
            let package: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
            for script in *scripts {
                if let Some(code) = package["scripts"][*script].as_str() {
                    self.run_task(&path, &format!("{verb} {script}"), code, &Call::default(), None);
                }
            }
            return;
        }
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

    /// The folder of a workspace: a path, or a name below one of the usual folders.
    fn workspace(&mut self, dir: Option<&Path>, name: &str) -> Option<PathBuf> {
        let base = name.rsplit('/').next().unwrap_or(name);
        let candidates = WORKSPACES
            .iter()
            .flat_map(|folder| [format!("{folder}/{name}"), format!("{folder}/{base}")]);
        let mut found = candidates.map(|path| located(dir, path.trim_start_matches('/')));
        found.find(|folder| self.text_of(&folder.join("package.json")).is_ok())
    }

    fn make(&mut self, call: &Call) {
        const VALUED: &[&str] = &[
            "-C",
            "--directory",
            "-f",
            "--file",
            "--makefile",
            "-I",
            "-j",
            "-l",
            "-o",
            "-W",
            "--eval",
            "-E",
        ];
        let mut dir = call.dir.clone();
        let mut file = None;
        let mut targets = Vec::new();
        let mut given = Vec::new();
        let mut evaluated = String::new();
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
                Arg::Flag { value, .. } if arg.is("--eval") || arg.is("-E") => {
                    evaluated.push_str(value.unwrap_or_default());
                    evaluated.push('\n');
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
        let stdin = match (&file, &call.stdin) {
            (Some(name), Stdin::Text(text)) if matches!(name.as_str(), "-" | "/dev/stdin") => {
                Some(text.to_string())
            }
            (Some(name), _) if name.starts_with("/dev/fd/") => {
                self.printed_by(&Word::known(name.as_str())).map(|text| text.to_string())
            }
            _ => None,
        };
        let found = match stdin {
            Some(text) => Ok((located(dir.as_deref(), "Makefile"), text)),
            None => self.nearest(dir.as_deref(), &names, false),
        };
        let (path, mut text) = match (found, evaluated.is_empty()) {
            (Ok((path, text)), _) => (path, text + "\n" + &evaluated),
            (Err(_), false) => (located(dir.as_deref(), "Makefile"), evaluated),
            (Err(why), true) => return self.no_task(call, "the Makefile", &why),
        };
        let mut makefile = recipes::Makefile::read(&text, &given);
        let mut left_out = false;
        for name in makefile.includes().to_vec() {
            match self.text_of(&located(dir.as_deref(), &name)) {
                Ok(more) => text = text + "\n" + &more,
                Err(_) => left_out = true,
            }
        }
        if !makefile.includes().is_empty() {
            makefile = recipes::Makefile::read(&text, &given);
        }
        if targets.is_empty() {
            targets.extend(makefile.first().map(Word::known));
        }
        for target in targets {
            if !target.certain {
                self.unsure("make is given a target that the line does not name");
                continue;
            }
            let code = makefile.recipe(&target.text);
            if code.is_empty() && left_out {
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
        let mut text = text;
        for name in recipes::imports(&text) {
            if let Ok(more) = self.text_of(&located(path.parent(), &name)) {
                text = text + "\n" + &more;
            }
        }
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
            let mut code = recipes::task(&tasks, &target, 0);
            if code.is_empty()
                && let Some((space, name)) = target.split_once(':')
            {
                let include = &tasks["includes"][space];
                let include = include.as_str().or_else(|| include["taskfile"].as_str());
                let file = include.map(|file| match file.rsplit_once('.') {
                    Some((_, "yml" | "yaml")) => file.to_owned(),
                    _ => format!("{file}/Taskfile.yml"),
                });
                if let Some(file) = file
                    && let Ok(text) = self.text_of(&located(path.parent(), &file))
                    && let Ok(tasks) = recipes::taskfile(&text)
                {
                    code = recipes::task(&tasks, name, 0);
                }
            }
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
            Ok((path, _)) => self.run_source(&path, language::Language::Python),
            Err(why) => self.no_task(call, "noxfile.py", &why),
        }
    }
}

/// The workspace that a line names, `None` inside when it names all or an unknown one, and where the words behind
/// `workspace NAME` begin, else 0.
fn workspace(call: &Call, verb: &str) -> Option<(Option<String>, usize)> {
    let texts: Vec<&str> =
        call.words.iter().map(|word| word.text.as_str()).take_while(|text| *text != "--").collect();
    if verb == "workspace" {
        let at = texts.iter().position(|text| *text == "workspace")?;
        return Some((texts.get(at + 1).map(|name| (*name).to_owned()), at + 2));
    }
    let options = ["-w", "--workspace", "--filter", "-F"];
    texts.iter().enumerate().find_map(|(at, text)| {
        if matches!(*text, "--workspaces" | "-ws" | "-r" | "--recursive" | "workspaces") {
            return Some((None, 0));
        }
        if options.contains(text) {
            return Some((texts.get(at + 1).map(|name| (*name).to_owned()), 0));
        }
        let (name, value) = text.split_once('=')?;
        options.contains(&name).then(|| (Some(value.to_owned()), 0))
    })
}

//! Takes wrappers off a command (`sudo`, `env`, `xargs` …) and opens shells in shells.

use std::rc::Rc;

use super::options::{Arg, Args};
use super::tree::{Call, Reader, Stdin, moved};
use super::{Word, base_name};

/// A program that runs the command in its arguments.
struct Wrapper {
    name: &'static str,
    /// Words that must follow the program: `run` of `poetry run`.
    verb: &'static [&'static str],
    /// Options that take a value.
    valued: &'static [&'static str],
    /// Options that say where the command runs.
    folder: &'static [&'static str],
    /// Options that make it run no command.
    stop: &'static [&'static str],
    /// Words before the command: the time of `timeout`.
    operands: usize,
    /// `NAME=value` may stand before the command.
    assigns: bool,
}

const PLAIN: Wrapper = Wrapper {
    name: "",
    verb: &[],
    valued: &[],
    folder: &[],
    stop: &[],
    operands: 0,
    assigns: false,
};

/// Most commands that one command is unwrapped to.
const MOST_LAYERS: usize = 64;

const WRAPPERS: &[Wrapper] = &[
    Wrapper {
        name: "env",
        valued: &["-u", "--unset", "-C", "--chdir", "-S", "--split-string", "-P", "-a", "--argv0"],
        folder: &["-C", "--chdir"],
        assigns: true,
        ..PLAIN
    },
    Wrapper {
        name: "sudo",
        valued: &[
            "-u",
            "-g",
            "-h",
            "-p",
            "-C",
            "-D",
            "-R",
            "-T",
            "-U",
            "-r",
            "-t",
            "--user",
            "--group",
            "--host",
            "--prompt",
            "--close-from",
            "--chdir",
            "--chroot",
            "--command-timeout",
            "--other-user",
            "--role",
            "--type",
        ],
        folder: &["-D", "--chdir"],
        stop: &["-l", "--list", "-v", "--validate", "-k", "-e", "--edit", "-V"],
        assigns: true,
        ..PLAIN
    },
    Wrapper { name: "doas", valued: &["-u", "-C", "-a"], stop: &["-L"], ..PLAIN },
    Wrapper { name: "time", valued: &["-f", "-o", "--format", "--output"], ..PLAIN },
    Wrapper {
        name: "timeout",
        valued: &["-k", "-s", "--kill-after", "--signal"],
        operands: 1,
        ..PLAIN
    },
    Wrapper {
        name: "gtimeout",
        valued: &["-k", "-s", "--kill-after", "--signal"],
        operands: 1,
        ..PLAIN
    },
    Wrapper { name: "nice", valued: &["-n", "--adjustment"], ..PLAIN },
    Wrapper { name: "nohup", ..PLAIN },
    Wrapper { name: "setsid", ..PLAIN },
    Wrapper {
        name: "stdbuf",
        valued: &["-i", "-o", "-e", "--input", "--output", "--error"],
        ..PLAIN
    },
    Wrapper {
        name: "ionice",
        valued: &["-c", "-n", "-p", "-P", "-u", "--class", "--classdata"],
        stop: &["-p", "-P", "-u"],
        ..PLAIN
    },
    Wrapper { name: "command", stop: &["-v", "-V"], ..PLAIN },
    Wrapper { name: "builtin", ..PLAIN },
    Wrapper { name: "exec", valued: &["-a"], ..PLAIN },
    Wrapper { name: "noglob", ..PLAIN },
    Wrapper { name: "unbuffer", ..PLAIN },
    Wrapper { name: "chronic", ..PLAIN },
    Wrapper { name: "caffeinate", valued: &["-t", "-w"], ..PLAIN },
    Wrapper { name: "chrt", valued: &["-T", "-P", "-D"], stop: &["-p"], operands: 1, ..PLAIN },
    Wrapper { name: "taskset", stop: &["-p"], operands: 1, ..PLAIN },
    Wrapper { name: "strace", valued: &["-o", "-e", "-s", "-p", "-u", "-E", "-P", "-a"], ..PLAIN },
    Wrapper {
        name: "xargs",
        valued: &[
            "-I",
            "-n",
            "-L",
            "-P",
            "-d",
            "-E",
            "-s",
            "-a",
            "--max-args",
            "--max-procs",
            "--max-lines",
            "--delimiter",
            "--arg-file",
            "--replace",
            "--max-chars",
            "-J",
            "-R",
            "-S",
        ],
        ..PLAIN
    },
    Wrapper { name: "npx", valued: &["-p", "--package", "-w", "--workspace"], ..PLAIN },
    Wrapper { name: "bunx", valued: &["-p", "--package"], ..PLAIN },
    Wrapper { name: "uvx", valued: &["--from", "--with", "-p", "--python"], ..PLAIN },
    Wrapper { name: "pipx", verb: &["run"], valued: &["--spec", "--python"], ..PLAIN },
    Wrapper {
        name: "npm",
        verb: &["exec"],
        valued: &["-p", "--package", "-w", "--workspace"],
        ..PLAIN
    },
    Wrapper {
        name: "npm",
        verb: &["x"],
        valued: &["-p", "--package", "-w", "--workspace"],
        ..PLAIN
    },
    Wrapper { name: "pnpm", verb: &["dlx"], valued: &["--package"], ..PLAIN },
    Wrapper { name: "pnpm", verb: &["exec"], ..PLAIN },
    Wrapper { name: "yarn", verb: &["dlx"], valued: &["-p", "--package"], ..PLAIN },
    Wrapper { name: "yarn", verb: &["exec"], ..PLAIN },
    Wrapper { name: "bun", verb: &["x"], ..PLAIN },
    Wrapper { name: "poetry", verb: &["run"], ..PLAIN },
    Wrapper { name: "pdm", verb: &["run"], ..PLAIN },
    Wrapper {
        name: "uv",
        verb: &["run"],
        valued: &["--with", "--extra", "--group", "-p", "--python", "--env-file", "--project"],
        ..PLAIN
    },
    Wrapper { name: "bundle", verb: &["exec"], ..PLAIN },
    Wrapper { name: "mise", verb: &["exec"], ..PLAIN },
];

const SHELLS: &[&str] = &["bash", "sh", "zsh", "dash", "ksh", "ash", "busybox", "mksh"];

/// Words that begin a compound statement; the grammar leaves them behind in odd places.
const KEYWORDS: &[&str] =
    &["{", "}", "!", "then", "do", "else", "elif", "if", "while", "until", "coproc", "fi", "done"];

impl Reader {
    /// Takes a command as written to the commands that it runs.
    pub(super) fn emit(&mut self, mut call: Call) {
        for _ in 0..MOST_LAYERS {
            let Some(first) = call.words.first() else {
                for (name, value) in std::mem::take(&mut call.assignments) {
                    self.assign(&name, &value);
                }
                if !call.writes.is_empty() {
                    self.push(call);
                }
                return;
            };
            if !first.certain {
                return self.push(call);
            }
            let program = base_name(&first.text).to_owned();
            if KEYWORDS.contains(&program.as_str()) {
                call.words.remove(0);
                continue;
            }
            if self.function(&program, &call) {
                if !call.writes.is_empty() {
                    call.words.clear();
                    self.push(call);
                }
                return;
            }
            if SHELLS.contains(&program.as_str()) {
                return self.shell(call);
            }
            if let Some(inner) = self.unwrap(&program, &mut call) {
                call.words = inner;
                continue;
            }
            return self.plain(&program, call);
        }
        self.unsure("wrappers are nested too deep");
    }

    /// A command that is no wrapper: builtins that change what follows, then the command itself.
    fn plain(&mut self, program: &str, call: Call) {
        let operands: Vec<Word> = Args::new(&call.words, 1, Vec::new())
            .filter_map(
                |arg| if let Arg::Operand(at) = arg { call.words.get(at).cloned() } else { None },
            )
            .collect();
        match program {
            "cd" | "pushd" | "chdir" => {
                let back = call.words.get(1).is_some_and(|word| word.text == "-");
                self.scope.dir = match operands.first() {
                    Some(to) if to.certain && !back => moved(call.dir.as_deref(), &to.text),
                    None if call.words.len() == 1 && program == "cd" => Some("~".into()),
                    _ => None,
                };
            }
            "popd" => self.scope.dir = None,
            "set" if call.words.get(1).is_some_and(|word| word.text == "--") => {
                self.scope.args = known_texts("bash", &call.words[2..]);
            }
            "read" | "mapfile" | "readarray" | "getopts" | "unset" | "printf" => {
                for word in &call.words[1..] {
                    if program != "printf" || call.words.get(1).is_some_and(|w| w.text == "-v") {
                        self.set(&word.text, None);
                    }
                }
            }
            "eval" => return self.code(&call, &call.words[1..], "eval"),
            "trap" => {
                if let Some(code) = operands.first().filter(|_| operands.len() > 1) {
                    self.code(&call, std::slice::from_ref(code), "trap");
                }
                return;
            }
            "watch" => {
                let args = Args::new(&call.words, 1, vec![&["-n", "--interval"]]);
                if let Some(at) = first_operand(args) {
                    return self.code(&call, &call.words[at..], "watch");
                }
            }
            "." | "source" if operands.first().is_some_and(|w| !w.certain) => {
                self.unsure("source reads what another command prints");
            }
            "." | "source" if operands.first().is_some_and(|w| w.text == "/dev/stdin") => {
                self.run_stdin(&call, "source");
            }
            "find" => self.find(&call),
            _ => {}
        }
        self.push(call);
    }

    /// Calls a function of the line, if there is one of this name.
    fn function(&mut self, name: &str, call: &Call) -> bool {
        let Some((body, called)) = self.functions.get_mut(name) else { return false };
        *called = true;
        let body = Rc::clone(body);
        let saved = self.scope.args.take();
        let stdin = std::mem::replace(&mut self.scope.stdin, call.stdin.clone());
        self.scope.args = known_texts(name, &call.words[1..]);
        self.script(&body);
        self.scope.args = saved;
        self.scope.stdin = stdin;
        true
    }

    /// Reads words as code in the current shell, joined by blanks as `eval` does.
    fn code(&mut self, call: &Call, words: &[Word], who: &str) {
        if !words.iter().all(|word| word.certain) {
            self.unsure(format!("{who} runs code that the line does not give"));
        }
        let text: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let stdin = std::mem::replace(&mut self.scope.stdin, call.stdin.clone());
        self.script(&text.join(" "));
        self.scope.stdin = stdin;
    }

    fn run_stdin(&mut self, call: &Call, who: &str) {
        match &call.stdin {
            Stdin::Text(text) => {
                let text = Rc::clone(text);
                self.scoped(|reader| {
                    reader.scope.stdin = Stdin::Unknown;
                    reader.script(&text);
                });
            }
            Stdin::Unknown => self.unsure(format!("{who} runs code that it reads from elsewhere")),
            Stdin::Inherited => {}
        }
    }

    /// `bash -c CODE`, `bash <<< CODE`, `bash FILE`.
    fn shell(&mut self, call: Call) {
        let from = usize::from(call.words[0].text.ends_with("busybox")) + 1;
        let mut code = None;
        let mut from_stdin = false;
        let mut args = Args::new(
            &call.words,
            from,
            vec![&["-o", "-O", "+O", "+o", "--rcfile", "--init-file"]],
        );
        let mut operands = Vec::new();
        while let Some(arg) = args.next() {
            match arg {
                Arg::Operand(at) => {
                    operands.push(at);
                    operands.extend(args.position()..call.words.len());
                    break;
                }
                arg if arg.is("-c") => code = Some(()),
                arg if arg.is("-s") => from_stdin = true,
                _ => {}
            }
        }
        let operand = |n: usize| operands.get(n).and_then(|&at| call.words.get(at));
        let program = call.words[0].text.clone();
        match (code, operand(0)) {
            (Some(()), Some(text)) => {
                if !text.certain {
                    self.unsure("a shell runs code that the line does not give");
                }
                let text = text.text.clone();
                let args = match operands.get(1) {
                    Some(&at) => {
                        known_texts("", &call.words[at..]).map(|all| Rc::new(all[1..].to_vec()))
                    }
                    None => Some(Rc::new(vec![program])),
                };
                let (stdin, dir) = (call.stdin.clone(), call.dir.clone());
                let assignments = call.assignments.clone();
                self.push(call);
                self.scoped(|reader| {
                    reader.scope.args = args;
                    reader.scope.stdin = stdin;
                    reader.scope.dir = dir;
                    for (name, value) in &assignments {
                        reader.assign(name, value);
                    }
                    reader.script(&text);
                });
            }
            (None, None) => {
                self.run_stdin(&call, "a shell");
                self.push(call);
            }
            (None, Some(file)) if from_stdin || matches!(&*file.text, "-" | "/dev/stdin") => {
                self.run_stdin(&call, "a shell");
                self.push(call);
            }
            (None, Some(file)) => {
                if !file.certain {
                    self.unsure("a shell runs a script that the line does not give");
                }
                self.push(call);
            }
            (Some(()), None) => self.push(call),
        }
    }

    /// `find … -exec COMMAND ;`: the command, `{}` unknown.
    fn find(&mut self, call: &Call) {
        let mut rest = &call.words[1..];
        while let Some(at) = rest
            .iter()
            .position(|word| matches!(&*word.text, "-exec" | "-execdir" | "-ok" | "-okdir"))
        {
            let in_place = rest[at].text.ends_with("dir");
            rest = &rest[at + 1..];
            let end = rest.iter().position(|w| matches!(&*w.text, ";" | "+")).unwrap_or(rest.len());
            let words = rest[..end]
                .iter()
                .map(|word| match word.text.as_str() {
                    // The first folder that is searched is what is known of the name found.
                    "{}" => Word::unknown(""),
                    text if text.contains("{}") => Word::unknown(text.replace("{}", "")),
                    _ => word.clone(),
                })
                .collect();
            rest = &rest[end..];
            let dir = if in_place { None } else { call.dir.clone() };
            self.emit(Call { words, dir, stdin: Stdin::Unknown, ..Call::default() });
        }
    }

    /// The command inside a wrapper; `None` when `program` wraps nothing here.
    fn unwrap(&mut self, program: &str, call: &mut Call) -> Option<Vec<Word>> {
        if program.starts_with("python") {
            return module(&call.words);
        }
        let wrapper = WRAPPERS.iter().find(|wrapper| {
            wrapper.name == program
                && wrapper.verb.iter().zip(&call.words[1..]).filter(|(v, w)| **v == w.text).count()
                    == wrapper.verb.len()
        })?;
        let from = 1 + wrapper.verb.len();
        let mut args = Args::new(&call.words, from, vec![wrapper.valued]);
        let mut folder = None;
        let mut split = None;
        let mut replace = None;
        let mut skip = wrapper.operands;
        let mut at = call.words.len();
        let mut assignments = Vec::new();
        while let Some(arg) = args.next() {
            match arg {
                Arg::Operand(index) => {
                    let word = &call.words[index];
                    let name = word.text.split_once('=').filter(|(name, _)| {
                        wrapper.assigns && name.chars().all(|c| c.is_alphanumeric() || c == '_')
                    });
                    if let Some((name, value)) = name {
                        let value = Word { text: value.to_owned(), certain: word.certain };
                        assignments.push((name.to_owned(), value));
                    } else if skip > 0 {
                        skip -= 1;
                    } else {
                        at = index;
                        break;
                    }
                }
                flag if wrapper.stop.iter().any(|stop| flag.is(stop)) => return None,
                Arg::Flag { value, .. } => {
                    if wrapper.folder.iter().any(|option| arg.is(option)) {
                        folder = Some(value.map(str::to_owned));
                    }
                    if program == "env" && (arg.is("-S") || arg.is("--split-string")) {
                        split = Some((value.map(str::to_owned), args.position()));
                        break;
                    }
                    if program == "npx" && (arg.is("-c") || arg.is("--call")) {
                        split = Some((
                            call.words.get(args.position()).map(|w| w.text.clone()),
                            args.position() + 1,
                        ));
                        break;
                    }
                    if program == "xargs" && (arg.is("-I") || arg.is("-J")) {
                        replace = value.map(str::to_owned);
                    }
                }
            }
        }
        call.assignments.append(&mut assignments);
        if let Some(folder) = folder {
            call.dir = folder.and_then(|folder| moved(call.dir.as_deref(), &folder));
        }
        if let Some((text, rest)) = split {
            let mut words: Vec<Word> = match text {
                // Its own quoting is that of a shell, near enough for words.
                Some(text) => text.split_ascii_whitespace().map(unquoted).collect(),
                None => vec![Word::unknown("")],
            };
            words.extend(call.words.get(rest..).unwrap_or_default().iter().cloned());
            return Some(words);
        }
        let mut inner = call.words.get(at..).unwrap_or_default().to_vec();
        if inner.is_empty() {
            return None;
        }
        match program {
            "xargs" => self.add_input(call, replace.as_deref(), &mut inner),
            "npx" | "bunx" | "uvx" | "pnpm" | "yarn" | "bun" | "npm" => {
                let name = &mut inner[0].text;
                if let Some(version) = name.get(1..).and_then(|rest| rest.find('@')) {
                    name.truncate(version + 1);
                }
            }
            _ => {}
        }
        Some(inner)
    }

    /// The words that `xargs` adds.
    fn add_input(&mut self, call: &mut Call, replace: Option<&str>, inner: &mut Vec<Word>) {
        let read = match &call.stdin {
            Stdin::Text(text) => {
                Some(text.split_ascii_whitespace().map(unquoted).collect::<Vec<_>>())
            }
            _ => None,
        };
        match (replace, read) {
            (Some(mark), read) if !mark.is_empty() => {
                let known =
                    read.filter(|words| words.len() == 1).map(|mut words| words.remove(0).text);
                for word in inner.iter_mut().filter(|word| word.text.contains(mark)) {
                    let text = word.text.replace(mark, known.as_deref().unwrap_or_default());
                    *word = Word { text, certain: word.certain && known.is_some() };
                }
            }
            (_, Some(mut words)) => inner.append(&mut words),
            (_, None) => inner.push(Word::unknown("")),
        }
        call.stdin = Stdin::Unknown;
    }
}

/// `python -m PROGRAM …` runs what the program of that name runs.
fn module(words: &[Word]) -> Option<Vec<Word>> {
    let at = words.iter().position(|word| word.text == "-m")?;
    let plain = words[1..at].iter().all(|word| word.text.starts_with('-'));
    (plain && at + 1 < words.len()).then(|| words[at + 1..].to_vec())
}

fn unquoted(text: &str) -> Word {
    Word::known(text.replace(['\'', '"'], ""))
}

fn first_operand(args: Args<'_>) -> Option<usize> {
    args.into_iter().find_map(|arg| if let Arg::Operand(at) = arg { Some(at) } else { None })
}

/// `$0` and on, when all of them are known.
fn known_texts(name: &str, words: &[Word]) -> Option<Rc<Vec<String>>> {
    let mut all = vec![name.to_owned()];
    for word in words {
        all.push(word.certain.then(|| word.text.clone())?);
    }
    Some(Rc::new(all))
}

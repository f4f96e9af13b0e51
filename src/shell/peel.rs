//! Takes a command as written to the commands that it runs: layer after layer is peeled off.

use std::rc::Rc;

use super::folder::moved;
use super::launch::Inner;
use super::options::{Arg, Args};
use super::parse::TOO_MUCH;
use super::tree::{Call, Reader, Stdin};
use super::{Word, base_name};

/// Most commands that one command is unwrapped to.
const MOST_LAYERS: usize = 64;
/// Words that are copied for one line when wrappers are taken off.
const MOST_COPIED: usize = 200_000;

pub(super) const SHELLS: &[&str] =
    &["bash", "sh", "zsh", "dash", "ksh", "ash", "busybox", "mksh", "rbash", "fish"];

/// Words that begin a compound statement; the grammar leaves them behind in odd places.
const KEYWORDS: &[&str] =
    &["{", "}", "!", "then", "do", "else", "elif", "if", "while", "until", "coproc", "fi", "done"];

/// Name and value of a word that sets a variable.
fn variable(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once('=')?;
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (plain && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()))
        .then_some((name, value))
}

impl Reader<'_> {
    /// Takes a command as written to the commands that it runs.
    pub(super) fn emit(&mut self, call: Call) {
        let depth = self.layers.len();
        self.peel(call);
        self.layers.truncate(depth);
    }

    fn peel(&mut self, mut call: Call) {
        let mut aliased = false;
        let mut builtin = false;
        for _ in 0..MOST_LAYERS {
            self.copied += call.words.len();
            if self.copied > MOST_COPIED {
                return self.unsure(TOO_MUCH);
            }
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
            if first.text.contains(['*', '?', '['])
                && super::action::rows().any(|row| pattern_of(&first.text, row.program))
            {
                self.unsure("a program's name is a pattern of file names");
            }
            let program = base_name(&first.text).to_owned();
            if KEYWORDS.contains(&program.as_str()) {
                call.words.remove(0);
                if program == "coproc" {
                    return self.scoped(|reader| reader.peel(call));
                }
                continue;
            }
            if !builtin && self.function(&program, &call) {
                if !call.writes.is_empty() {
                    call.words.clear();
                    self.push(call);
                }
                return;
            }
            if let Some(text) = self.aliases.get(&program).filter(|_| !aliased) {
                if text.contains([';', '&', '|', '$', '`', '(', '<', '>', '\'', '"', '\\', '\n']) {
                    let code = format!("{text} {}", super::git::quoted_all(&call.words[1..]));
                    return self.code(&call, &[Word::known(code)], &program);
                }
                // The words behind it are put as data: their quotes are gone already.
                let mut words: Vec<Word> = text.split_ascii_whitespace().map(Word::known).collect();
                words.extend(call.words.drain(1..));
                let variables = words.iter().take_while(|word| variable(&word.text).is_some());
                let variables = variables.count();
                for word in words.drain(..variables) {
                    if let Some((name, value)) = variable(&word.text) {
                        call.assignments.push((name.to_owned(), Word::known(value)));
                    }
                }
                call.words = words;
                aliased = true;
                continue;
            }
            if program == "cargo"
                && call.words.get(1).is_some_and(|word| word.text.starts_with('+'))
            {
                // `cargo +nightly`.
                call.words.remove(1);
            }
            if SHELLS.contains(&program.as_str()) {
                return self.shell(call);
            }
            if program.starts_with("python")
                && let Some(words) = module(&call.words)
                && !self.is_module(&words[0], &call)
            {
                self.peeled("python -m");
                call.words = words;
                continue;
            }
            if self.declared(&program, &call) {
                return self.push(call);
            }
            match self.unwrap(&program, &mut call) {
                Some((layer, Inner::Words(words))) => {
                    self.peeled(layer);
                    builtin |= matches!(layer, "builtin" | "command");
                    call.words = words;
                }
                Some((layer, Inner::Each(commands))) => {
                    self.peeled(layer);
                    let depth = self.layers.len();
                    for words in commands {
                        let (dir, writes) = (call.dir.clone(), std::mem::take(&mut call.writes));
                        let assignments = call.assignments.clone();
                        self.emit(Call { words, assignments, writes, dir, stdin: Stdin::Unknown });
                        self.layers.truncate(depth);
                    }
                    return;
                }
                Some((layer, Inner::Code(code))) => {
                    let code = [code];
                    self.push_shell(&call, &code, layer);
                    return;
                }
                None => return self.plain(&program, call),
            }
        }
        self.unsure("wrappers are nested too deep");
    }

    fn peeled(&mut self, layer: &str) {
        if self.layers.len() < 16 {
            self.layers.push(layer.into());
        }
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
                self.go(match operands.first() {
                    Some(to) if to.certain && !back => moved(call.dir.as_deref(), &to.text),
                    None if call.words.len() == 1 && program == "cd" => Some("~".into()),
                    _ => None,
                });
            }
            "popd" => self.go(None),
            "set" if call.words.get(1).is_some_and(|word| word.text == "--") => {
                self.scope.args = known_texts("bash", &call.words[2..]);
            }
            "shift" => {
                let count =
                    operands.first().map_or(Some(1), |word| word.text.parse::<usize>().ok());
                self.scope.args = self.scope.args.as_ref().zip(count).map(|(args, count)| {
                    let mut kept: Vec<String> = args.iter().take(1).cloned().collect();
                    kept.extend(args.iter().skip(1 + count).cloned());
                    Rc::new(kept)
                });
            }
            "read" => self.read_line(&call, &operands),
            "printf" if call.words.get(1).is_some_and(|w| w.text == "-v") => {
                let printed = call.words.get(3..).map(|rest| {
                    let mut words = vec![Word::known("printf")];
                    words.extend(rest.iter().cloned());
                    super::decode::printed(&words)
                });
                if let Some(name) = call.words.get(2) {
                    self.set(&name.text, printed.flatten().map(|text| vec![text]));
                }
            }
            "mapfile" | "readarray" => {
                let lines = match &call.stdin {
                    Stdin::Text(text) => Some(text.lines().map(str::to_owned).collect()),
                    _ => None,
                };
                if let Some(name) = operands.last() {
                    self.set(&name.text, lines);
                }
                for arg in Args::new(&call.words, 1, vec![&["-C", "-c", "-n", "-O", "-s", "-u"]]) {
                    if let Arg::Flag { value, .. } = arg
                        && arg.is("-C")
                    {
                        let code = value.map_or(Word::unknown(""), Word::known);
                        self.code(&call, &[code], program);
                    }
                }
            }
            "getopts" | "unset" => {
                for word in &call.words[1..] {
                    self.set(&word.text, None);
                }
            }
            "alias" => {
                for word in &call.words[1..] {
                    if let Some((name, value)) = word.text.split_once('=')
                        && self.aliases.len() < 64
                        && word.certain
                    {
                        let (name, value) = (name.to_owned(), value.to_owned());
                        if value.contains("<<") {
                            self.unsure_near(&value, "an alias begins a here-document");
                        }
                        self.aliases.insert(name, value);
                    }
                }
            }
            "unalias" => {
                for word in &operands {
                    self.aliases.remove(&word.text);
                }
            }
            "eval" => {
                let from = 1 + usize::from(call.words.get(1).is_some_and(|w| w.text == "--"));
                return self.code(&call, &call.words[from..], "eval");
            }
            "trap" => {
                if let Some(code) = operands.first().filter(|_| operands.len() > 1) {
                    // When it runs nobody knows; where, only while the line stays in its folder.
                    let mark = self.reading.commands.len();
                    self.scoped(|reader| reader.code(&call, std::slice::from_ref(code), "trap"));
                    self.trapped.push(mark..self.reading.commands.len());
                }
                return;
            }
            "." | "source" => self.sourced(&call),
            "find" | "gfind" | "fd" | "fdfind" => self.find(&call),
            "parallel" | "sem" => return self.parallel(call),
            "at" | "batch" => self.run_stdin(&call, program),
            // Without a command the host's shell reads.
            "ssh" | "autossh" | "su" if operands.len() <= 1 => {
                let inner = Call { stdin: call.stdin.clone(), ..Call::default() };
                self.scoped(|reader| {
                    reader.scope.dir = None;
                    reader.run_stdin(&inner, "ssh");
                });
            }
            "git" => self.git(&call),
            "pwsh" | "powershell" => self.powershell_call(&call),
            _ => {
                self.interpreter(program, &call);
                self.escapes(program, &call);
                self.follow(program, &call);
            }
        }
        self.push(call);
    }

    /// `read NAME…` of a known line.
    fn read_line(&mut self, call: &Call, operands: &[Word]) {
        let line = match &call.stdin {
            Stdin::Text(text) if text.trim_end().lines().count() <= 1 => Some(text.trim()),
            _ => None,
        };
        let array = call
            .words
            .iter()
            .any(|word| word.text.strip_prefix('-').is_some_and(|letters| letters.contains('a')));
        let raw = call
            .words
            .iter()
            .any(|word| word.text.strip_prefix('-').is_some_and(|letters| letters.contains('r')));
        // Without `-r` a backslash quotes the next character.
        let line = line.map(|line| if raw { line.to_owned() } else { line.replace('\\', "") });
        let marks = call.assignments.iter().rev().find(|(name, _)| name == "IFS");
        let marks = match marks {
            Some((_, word)) => word.text.clone(),
            None => {
                self.lookup("IFS").flatten().map_or(" \t\n".to_owned(), |values| values.concat())
            }
        };
        let names: Vec<&Word> = operands.iter().filter(|word| !word.text.is_empty()).collect();
        for (index, name) in names.iter().enumerate() {
            let value = line.as_ref().map(|line| {
                let mut parts = line.split(|c| marks.contains(c)).filter(|part| !part.is_empty());
                if marks.is_empty() {
                    vec![line.clone()]
                } else if array {
                    parts.map(str::to_owned).collect()
                } else if index + 1 == names.len() {
                    vec![parts.skip(index).collect::<Vec<_>>().join(" ")]
                } else {
                    vec![parts.nth(index).unwrap_or_default().to_owned()]
                }
            });
            self.set(&name.text, value);
        }
    }

    /// Calls a function of the line, if there is one of this name.
    fn function(&mut self, name: &str, call: &Call) -> bool {
        let Some((body, called)) = self.functions.get_mut(name) else { return false };
        *called = true;
        let body = Rc::clone(body);
        let saved = self.scope.args.take();
        let stdin = std::mem::replace(&mut self.scope.stdin, call.stdin.clone());
        self.scope.args = known_texts(name, &call.words[1..]);
        for (name, value) in &call.assignments {
            self.assign(name, value);
        }
        self.script(&body);
        self.scope.args = saved;
        self.scope.stdin = stdin;
        true
    }

    /// Whether `python -m NAME` runs a file of the project.
    fn is_module(&mut self, name: &Word, call: &Call) -> bool {
        let path = format!("{}.py", name.text.replace('.', "/"));
        name.certain && self.text_of(&super::folder::located(call.dir.as_deref(), &path)).is_ok()
    }

    /// `find … -exec COMMAND ;`: the command, `{}` unknown.
    fn find(&mut self, call: &Call) {
        let mut rest = &call.words[1..];
        let starts = |word: &Word| {
            matches!(
                &*word.text,
                "-exec" | "-execdir" | "-ok" | "-okdir" | "-x" | "-X" | "--exec" | "--exec-batch"
            )
        };
        while let Some(at) = rest.iter().position(starts) {
            let in_place = rest[at].text.ends_with("dir");
            rest = &rest[at + 1..];
            let end = rest.iter().position(|w| matches!(&*w.text, ";" | "+")).unwrap_or(rest.len());
            let words = rest[..end]
                .iter()
                .map(|word| match word.text.as_str() {
                    "{}" => Word::unknown(""),
                    text if text.contains("{}") => Word::unknown(text.replace("{}", "")),
                    _ => word.clone(),
                })
                .collect();
            rest = &rest[end..];
            let dir = if in_place { None } else { call.dir.clone() };
            self.peeled("find");
            self.emit(Call { words, dir, stdin: Stdin::Unknown, ..Call::default() });
            self.layers.pop();
        }
    }

    /// `parallel COMMAND ::: ARGUMENTS`: joined and read as shell code; without a command each
    /// argument or line of the input is one.
    fn parallel(&mut self, call: Call) {
        const VALUED: &[&str] = &[
            "-j",
            "--jobs",
            "-a",
            "--arg-file",
            "-d",
            "--delimiter",
            "-N",
            "-n",
            "-S",
            "-I",
            "--colsep",
            "--timeout",
            "--retries",
            "--joblog",
            "--results",
            "--delay",
            "--max-args",
        ];
        let from = Args::new(&call.words, 1, vec![VALUED])
            .find_map(|arg| if let Arg::Operand(at) = arg { Some(at) } else { None })
            .unwrap_or(call.words.len());
        let marks = |word: &Word| matches!(&*word.text, ":::" | ":::+" | "::::");
        let end = call.words.iter().position(marks).unwrap_or(call.words.len()).max(from);
        let command = &call.words[from.min(end)..end];
        let values: Vec<Word> =
            call.words[end..].iter().filter(|word| !marks(word)).take(16).cloned().collect();
        let input = match &call.stdin {
            Stdin::Text(text) => Some(text.to_string()),
            _ => None,
        };
        if command.is_empty() || command.iter().all(marks) {
            for value in &values {
                self.code(&call, std::slice::from_ref(value), "parallel");
            }
            if values.is_empty() {
                self.run_stdin(&call, "parallel");
            }
            return self.push(call);
        }
        let mut rounds: Vec<Word> = values;
        if rounds.is_empty() {
            match &input {
                Some(text) => rounds.extend(text.lines().take(16).map(Word::known)),
                None => rounds.push(Word::unknown("")),
            }
        }
        for round in &rounds {
            let mut words: Vec<Word> = command
                .iter()
                .map(|word| Word {
                    text: word.text.replace("{}", &round.text),
                    certain: word.certain && (round.certain || !word.text.contains("{}")),
                })
                .collect();
            if !command.iter().any(|word| word.text.contains("{}")) {
                words.push(round.clone());
            }
            if words.iter().all(|word| word.certain) {
                self.code(&call, &words, "parallel");
            } else {
                let dir = call.dir.clone();
                self.peeled("parallel");
                self.emit(Call { words, dir, stdin: Stdin::Unknown, ..Call::default() });
                self.layers.pop();
            }
        }
        if !call.writes.is_empty() {
            self.push(call);
        }
    }
}

/// `python -m PROGRAM …` runs what the program of that name runs.
fn module(words: &[Word]) -> Option<Vec<Word>> {
    let at = words.iter().position(|word| word.text == "-m")?;
    let plain = words[1..at].iter().all(|word| word.text.starts_with('-') && word.text != "-c");
    (plain && at + 1 < words.len()).then(|| words[at + 1..].to_vec())
}

/// Whether a word with `*`, `?` or `[` may stand for a program of this name.
fn pattern_of(word: &str, program: &str) -> bool {
    let pattern = base_name(word);
    !matches!(pattern, "[" | "[[") && super::glob::fits(&pattern.replace('?', "*"), program)
}

/// `$0` and on, when all of them are known.
pub(super) fn known_texts(name: &str, words: &[Word]) -> Option<Rc<Vec<String>>> {
    let mut all = vec![name.to_owned()];
    for word in words {
        all.push(word.certain.then(|| word.text.clone())?);
    }
    Some(Rc::new(all))
}

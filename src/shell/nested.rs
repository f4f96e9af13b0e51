//! Shells in shells: `bash -c`, `eval`, `source`, and whatever is piped into them.

use std::rc::Rc;

use super::Word;
use super::folder::located;
use super::launch::joined_words;
use super::options::{Arg, Args};
use super::peel::known_texts;
use super::tree::{Call, Reader, Stdin};

impl Reader<'_> {
    /// Reads words as code in the current shell, joined by blanks as `eval` does.
    pub(super) fn code(&mut self, call: &Call, words: &[Word], who: &str) {
        let code = joined_words(words);
        self.holes(&code, who);
        let stdin = std::mem::replace(&mut self.scope.stdin, call.stdin.clone());
        let holey = std::mem::replace(&mut self.holey, !code.certain);
        self.inside(who, |reader| reader.script(&code.text));
        self.holey = holey;
        if !code.certain && who == "eval" {
            // It may have gone anywhere.
            self.scope.dir = None;
        }
        self.scope.stdin = stdin;
    }

    /// Says what code means of which a part is not known.
    fn holes(&mut self, code: &Word, who: &str) {
        if code.certain {
            return;
        }
        let why = format!("{who} runs code that the line does not give");
        if code.text.trim().is_empty() {
            self.unsure(why);
        } else {
            self.unsure_near(&code.text, why);
        }
    }

    /// Says what a shell that may not be bash makes something else of: `$'…'`, `+=`. Where that leads is not known.
    pub(super) fn plain_shell(&mut self, text: &str) {
        const BASH: &[&str] = &["$'", "$\"", "+=", "printf -v", "builtin", "declare"];
        if BASH.iter().any(|word| text.contains(word)) {
            self.unsure_near(text, "the code is bash's own, and `sh` may read it otherwise");
            self.scope.dir = None;
        }
    }

    /// Reads words as code of another shell: what it changes is lost.
    pub(super) fn push_shell(&mut self, call: &Call, words: &[Word], who: &str) {
        let dir = call.dir.clone();
        self.scoped(|reader| {
            reader.scope.dir = dir;
            for word in words {
                reader.plain_shell(&word.text);
            }
            for (name, value) in &call.assignments {
                reader.assign(name, value);
            }
            reader.code(call, words, who);
        });
        if !call.writes.is_empty() {
            let (writes, dir) = (call.writes.clone(), call.dir.clone());
            self.push(Call { writes, dir, ..Call::default() });
        }
    }

    pub(super) fn run_stdin(&mut self, call: &Call, who: &str) {
        match &call.stdin {
            Stdin::Text(text) => {
                let text = Rc::clone(text);
                let bash = call
                    .words
                    .first()
                    .is_some_and(|word| super::base_name(&word.text).starts_with("bash"));
                self.scoped(|reader| {
                    if !bash {
                        reader.plain_shell(&text);
                    }
                    reader.scope.stdin = Stdin::Unknown;
                    reader.inside(who, |reader| reader.script(&text));
                });
            }
            Stdin::File(path) => {
                let path = path.clone();
                self.run_file(&path, None, who, call);
            }
            Stdin::Unknown => self.unsure(format!("{who} runs code that it reads from elsewhere")),
            Stdin::Inherited => {}
        }
    }

    /// `. FILE`, `source /dev/stdin`, `. <(echo …)`.
    pub(super) fn sourced(&mut self, call: &Call) {
        let Some(file) = call.words.get(1) else { return };
        if matches!(&*file.text, "/dev/stdin" | "/dev/fd/0" | "/proc/self/fd/0") {
            if let Stdin::Text(text) = &call.stdin {
                let text = Rc::clone(text);
                return self.inside("source", |reader| reader.script(&text));
            }
            return self.run_stdin(call, "source");
        }
        if let Some(text) = self.printed_by(file) {
            return self.inside("source", |reader| reader.script(&text));
        }
        if !file.certain && !self.wrote(&file.text) {
            let why = "source reads what the line does not give";
            // A path with a variable in it is somebody's environment; a bare one may be anything.
            return match file.text.contains('/') {
                true => self.unsure_near(&file.text, why),
                false => self.unsure(why),
            };
        }
        let args = known_texts("bash", &call.words[2..]).filter(|args| args.len() > 1);
        let path = located(call.dir.as_deref().filter(|_| file.certain), &file.text);
        self.source_file(&path, args);
    }

    /// `bash -c CODE`, `bash <<< CODE`, `bash FILE`.
    pub(super) fn shell(&mut self, call: Call) {
        // It is a process of its own, whatever it reads.
        self.scoped(|reader| reader.shell_process(call));
    }

    fn shell_process(&mut self, call: Call) {
        let name = super::base_name(&call.words[0].text).to_owned();
        let from = usize::from(name == "busybox") + 1;
        if from == 2 && call.words.get(1).is_some_and(|w| !super::peel::SHELLS.contains(&&*w.text))
        {
            let mut call = call;
            call.words.remove(0);
            return self.emit(call);
        }
        let mut code = None;
        let mut from_stdin = false;
        let mut parse_only = false;
        let mut files = Vec::new();
        let mut args = Args::new(
            &call.words,
            from,
            vec![&["-o", "-O", "+O", "+o", "--rcfile", "--init-file"]],
        );
        let mut operands = Vec::new();
        while let Some(arg) = args.next() {
            match arg {
                // `+x` switches an option off.
                Arg::Operand(at) if call.words[at].text.starts_with('+') => {}
                Arg::Operand(at) => {
                    operands.push(at);
                    operands.extend(args.position()..call.words.len());
                    break;
                }
                Arg::Flag { value: Some(value), .. }
                    if arg.is("--rcfile") || arg.is("--init-file") =>
                {
                    files.push(Word::known(value));
                }
                arg if arg.is("-c") || arg.is("--command") => code = Some(()),
                arg if arg.is("-s") => from_stdin = true,
                arg if arg.is("-n") => parse_only = true,
                _ => {}
            }
        }
        if parse_only {
            // `bash -n FILE` reads and runs nothing.
            return self.push(call);
        }
        for file in files {
            let words = vec![Word::known("source"), file];
            self.sourced(&Call { words, dir: call.dir.clone(), ..Call::default() });
        }
        let prompt = call.assignments.iter().find(|(name, _)| name == "PROMPT_COMMAND");
        if let Some((_, code)) = prompt {
            let code = code.clone();
            self.push_shell(
                &Call { dir: call.dir.clone(), ..Call::default() },
                &[code],
                "PROMPT_COMMAND",
            );
        }
        for variable in ["BASH_ENV", "ENV"] {
            let own = call.assignments.iter().find(|(name, _)| name == variable);
            let word = match own {
                Some((_, word)) => Some(word.clone()),
                None => self.lookup(variable).flatten().map(|v| Word::known(v.join(" "))),
            };
            if let Some(file) = word {
                let words = vec![Word::known("source"), file];
                self.sourced(&Call { words, dir: call.dir.clone(), ..Call::default() });
            }
        }
        let operand = |n: usize| operands.get(n).and_then(|&at| call.words.get(at));
        let program = call.words[0].text.clone();
        match (code, operand(0)) {
            (Some(()), Some(text)) => {
                self.holes(text, "a shell");
                let plain = matches!(name.as_str(), "sh" | "dash" | "ash" | "busybox");
                let certain = text.certain;
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
                let holey = std::mem::replace(&mut self.holey, !certain);
                self.scoped(|reader| {
                    reader.scope.args = args;
                    reader.scope.stdin = stdin;
                    reader.scope.dir = dir;
                    if plain {
                        reader.plain_shell(&text);
                    }
                    for (name, value) in &assignments {
                        reader.assign(name, value);
                    }
                    reader.inside(&format!("{name} -c"), |reader| reader.script(&text));
                });
                self.holey = holey;
            }
            (None, None) => {
                self.run_stdin(&call, "a shell");
                self.push(call);
            }
            (None, Some(file))
                if from_stdin
                    || matches!(&*file.text, "-" | "/dev/stdin" | "/dev/fd/0")
                        && call.stdin != Stdin::Inherited =>
            {
                let args = operands.iter().filter_map(|&at| call.words.get(at).cloned());
                let args: Vec<Word> = args.skip(usize::from(!from_stdin)).collect();
                let saved = self.scope.args.clone();
                self.scope.args = known_texts("bash", &args);
                self.run_stdin(&call, "a shell");
                self.scope.args = saved;
                self.push(call);
            }
            (None, Some(file)) => {
                let file = file.clone();
                let args: Vec<Word> =
                    operands.iter().skip(1).filter_map(|&at| call.words.get(at).cloned()).collect();
                if let Some(text) = self.printed_by(&file) {
                    let held = Call { stdin: Stdin::Text(text), ..Call::default() };
                    self.run_stdin(&held, "a shell");
                } else if !file.certain && !self.wrote(&file.text) {
                    let why = "a shell runs a script that the line does not give";
                    match file.text.contains('/') {
                        true => self.unsure_near(&file.text, why),
                        false => self.unsure(why),
                    }
                } else {
                    let path = located(call.dir.as_deref().filter(|_| file.certain), &file.text);
                    let args = known_texts(&file.text, &args);
                    self.run_file(&path, args, &name, &call);
                }
                self.push(call);
            }
            (Some(()), None) => self.push(call),
        }
    }
}

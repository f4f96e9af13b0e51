//! Programs of other languages in a line or a file, read for the processes that they start with
//! constant words: `python -c "os.system('git push')"`, `node -e …`, `awk '{system("…")}'`.

use super::Word;
use super::folder::moved;
use super::names_guarded;
use super::options::{Arg, Args};
use super::source::{Constant, Evaluator, Lexis, Token, tokens};
use super::tree::{Call, Reader, Stdin};

/// Longest program that is read, in bytes.
const LONGEST_SOURCE: usize = 64 << 10;

/// A language whose programs are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Python,
    JavaScript,
    Perl,
    Ruby,
    Php,
    Awk,
    PowerShell,
}

impl Language {
    const fn lexis(self) -> Lexis {
        let none = Lexis { hash: false, script: false, perl: false, python: false };
        match self {
            Self::Python => Lexis { hash: true, python: true, ..none },
            Self::JavaScript => Lexis { script: true, ..none },
            Self::Perl | Self::Ruby => Lexis { hash: true, perl: true, ..none },
            Self::Php => Lexis { script: true, perl: true, ..none },
            Self::Awk | Self::PowerShell => Lexis { hash: true, ..none },
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Perl => "perl",
            Self::Ruby => "ruby",
            Self::Php => "php",
            Self::Awk => "awk",
            Self::PowerShell => "powershell",
        }
    }

    /// Whether a call of `name` starts a process, `source` being the whole program.
    fn starts(self, name: &str, source: &str) -> bool {
        let last = name.rsplit(['.', ':']).next().unwrap_or(name);
        match self {
            Self::Python => match last {
                "system"
                | "popen"
                | "Popen"
                | "check_call"
                | "check_output"
                | "getoutput"
                | "getstatusoutput"
                | "execv"
                | "execve"
                | "execvp"
                | "execvpe"
                | "execl"
                | "execlp"
                | "spawnl"
                | "spawnlp"
                | "spawnv"
                | "spawnvp"
                | "posix_spawn"
                | "posix_spawnp"
                | "create_subprocess_shell"
                | "create_subprocess_exec" => true,
                "run" | "call" | "spawn" | "run_always" | "run_install" => {
                    source.contains("subprocess")
                        || source.contains("session")
                        || source.contains("pty")
                        || source.contains("invoke")
                        || source.contains("pexpect")
                }
                "sudo" | "local" => source.contains("fabric") || source.contains("invoke"),
                _ => false,
            },
            Self::JavaScript => match last {
                "exec" | "execSync" | "spawn" | "spawnSync" | "execFile" | "execFileSync"
                | "fork" => {
                    source.contains("child_process")
                        || source.contains("Bun.")
                        || source.contains("execa")
                }
                "execa" | "execaSync" | "execaCommand" | "execaCommandSync" | "$" | "$sync" => true,
                "Command" => source.contains("Deno."),
                _ => false,
            },
            Self::Perl => matches!(last, "system" | "exec" | "open" | "readpipe"),
            Self::Ruby => {
                matches!(
                    last,
                    "system"
                        | "exec"
                        | "spawn"
                        | "popen"
                        | "capture2"
                        | "capture2e"
                        | "capture3"
                        | "popen2"
                        | "popen3"
                        | "popen2e"
                        | "pipeline"
                        | "sh"
                )
            }
            Self::Php => matches!(
                last,
                "system"
                    | "exec"
                    | "shell_exec"
                    | "passthru"
                    | "popen"
                    | "proc_open"
                    | "pcntl_exec"
            ),
            Self::Awk => last == "system",
            Self::PowerShell => false,
        }
    }
}

/// The language that a script's first line names; none for a shell or when there is no such line.
pub(super) fn shebang(text: &str) -> Option<Language> {
    let line = text.strip_prefix("#!")?.lines().next()?;
    line.split(['/', ' ', '\t']).find_map(of_program)
}

/// The language of a file's name.
pub(super) fn by_extension(name: &str) -> Option<Language> {
    Some(match name.rsplit_once('.')?.1 {
        "py" => Language::Python,
        "js" | "mjs" | "cjs" | "ts" | "mts" => Language::JavaScript,
        "pl" => Language::Perl,
        "rb" => Language::Ruby,
        "php" => Language::Php,
        "awk" => Language::Awk,
        "ps1" => Language::PowerShell,
        _ => return None,
    })
}

fn of_program(name: &str) -> Option<Language> {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    Some(match plain {
        "python" | "pypy" | "py" => Language::Python,
        "node" | "nodejs" | "deno" | "bun" | "tsx" | "ts-node" => Language::JavaScript,
        "perl" => Language::Perl,
        "ruby" => Language::Ruby,
        "php" => Language::Php,
        "awk" | "gawk" | "mawk" | "nawk" => Language::Awk,
        "pwsh" => Language::PowerShell,
        _ => return None,
    })
}

impl Reader<'_> {
    /// Reads the program that an interpreter is given.
    pub(super) fn interpreter(&mut self, program: &str, call: &Call) {
        let Some(language) = of_program(program) else { return };
        if program == "bun" && call.words.get(1).is_some_and(|w| !w.text.starts_with('-')) {
            return;
        }
        let code: &[&str] = match language {
            Language::Python => &["-c"],
            Language::JavaScript => &["-e", "--eval", "-p", "--print", "-pe"],
            Language::Perl => &["-e", "-E"],
            Language::Ruby => &["-e"],
            Language::Php => &["-r"],
            Language::Awk | Language::PowerShell => &[],
        };
        let valued: &[&str] = match language {
            Language::Python => &["-W", "-X", "-m"],
            Language::JavaScript => &["-r", "--require", "--import", "--loader", "-C"],
            Language::Perl => &["-I", "-M", "-m"],
            Language::Ruby => &["-I", "-r", "-C"],
            Language::Php => &["-d", "-c"],
            Language::Awk => &["-F", "-v", "-f", "-i"],
            Language::PowerShell => &[],
        };
        let mut args = Args::new(&call.words, 1, vec![code, valued]);
        let mut given = false;
        let mut file = None;
        while let Some(arg) = args.next() {
            match arg {
                Arg::Operand(at) if program == "deno" && call.words[at].text == "eval" => {
                    let word = call.words.get(at + 1).cloned().unwrap_or(Word::unknown(""));
                    return self.inline_word(&word, language);
                }
                Arg::Operand(at) if program == "deno" && call.words[at].text == "run" => {}
                Arg::Operand(at) => {
                    file = Some(call.words[at].clone());
                    break;
                }
                Arg::Flag { .. } if code.iter().any(|option| arg.is(option)) => {
                    given = true;
                    let at = args.position() - 1;
                    // What is attached to the option is in the word itself.
                    let word = call.words[at].clone();
                    let text = match arg {
                        Arg::Flag { value: Some(value), .. } => Word::known(value),
                        _ => Word::unknown(word.text),
                    };
                    self.inline_word(&text, language);
                    if language == Language::Python {
                        return;
                    }
                }
                Arg::Flag { .. } if language == Language::Python && arg.is("-m") => return,
                Arg::Flag { value, .. } if language == Language::Awk && arg.is("-f") => {
                    given = true;
                    if let Some(path) = value.and_then(|v| moved(call.dir.as_deref(), v)) {
                        self.run_source(&path, language);
                    }
                }
                Arg::Flag { .. } => {}
            }
        }
        match file {
            _ if given => {}
            Some(word) if language == Language::Awk => self.inline_word(&word, language),
            Some(word) if word.certain && word.text != "-" => {
                if let Some(path) = moved(call.dir.as_deref(), &word.text) {
                    self.run_source(&path, language);
                }
            }
            Some(word) if !word.certain => {
                let words: Vec<&str> = call.words.iter().map(|w| w.text.as_str()).collect();
                self.unsure_near(
                    &words.join(" "),
                    format!("{program} runs a program that the line does not give"),
                );
            }
            _ => match &call.stdin {
                Stdin::Text(text) => {
                    let text = text.clone();
                    self.inline(&text, language);
                }
                Stdin::File(path) => {
                    let path = path.clone();
                    self.run_source(&path, language);
                }
                Stdin::Unknown if language != Language::Awk => {
                    self.unsure(format!("{program} runs a program that it reads from elsewhere"));
                }
                Stdin::Unknown | Stdin::Inherited => {}
            },
        }
    }

    fn inline_word(&mut self, word: &Word, language: Language) {
        if !word.certain {
            let why = format!("{} runs a program that the line does not give", language.name());
            self.unsure_near(&word.text, why);
        }
        self.inline(&word.text, language);
    }

    /// Reads a program for the processes that it starts.
    pub(super) fn inline(&mut self, text: &str, language: Language) {
        if language == Language::PowerShell {
            return self.powershell(text);
        }
        if text.len() > LONGEST_SOURCE {
            let why = format!("a {} program is over 64 KiB", language.name());
            return self.unsure_near(text, why);
        }
        let tokens = tokens(text, language.lexis());
        let values = Evaluator::new(&tokens);
        let mut found = Vec::new();
        let mut unknown = false;
        for (at, token) in tokens.iter().enumerate() {
            match token {
                Token::Shell(code, certain) => {
                    unknown |= !certain;
                    found.push(Constant::Text(code.clone()));
                }
                Token::Name(name) if language.starts(name, text) => {
                    let (value, sure) = argument(&values, &tokens, at + 1, language, name);
                    unknown |= !sure;
                    found.extend(value);
                }
                // `["git", "push"].…` of `Kernel`, `$\`git push\`` of a template.
                Token::Text(code, certain)
                    if language == Language::JavaScript
                        && matches!(tokens.get(at.wrapping_sub(1)), Some(Token::Name(n)) if n == "$" || n == "$.sync") =>
                {
                    unknown |= !certain;
                    found.push(Constant::Text(code.clone()));
                }
                // `print … | "git push"` and `"git push" | getline`.
                Token::Text(code, true) if language == Language::Awk => {
                    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
                    let piped = before == Some(&Token::Mark('|'))
                        || tokens.get(at + 1) == Some(&Token::Mark('|'))
                            && matches!(tokens.get(at + 2), Some(Token::Name(n)) if n == "getline");
                    if piped {
                        found.push(Constant::Text(code.clone()));
                    }
                }
                _ => {}
            }
        }
        if unknown && names_guarded(text.as_bytes()) {
            self.reading.near = true;
            self.unsure(format!(
                "a {} program starts a process whose words are not constants",
                language.name()
            ));
        }
        let dir = self.scope.dir.clone();
        for value in found {
            let dir = dir.clone();
            self.inside(language.name(), |reader| match value {
                Constant::Text(code) => reader.scoped(|reader| {
                    reader.scope.stdin = Stdin::Unknown;
                    reader.script(&code);
                }),
                Constant::List(words) => reader.emit(Call {
                    words: words.into_iter().map(Word::known).collect(),
                    dir,
                    stdin: Stdin::Unknown,
                    ..Call::default()
                }),
            });
        }
    }
}

/// What a starting call is given: shell code or words. The flag is false when it is not constant.
fn argument(
    values: &Evaluator<'_>,
    tokens: &[Token],
    at: usize,
    language: Language,
    name: &str,
) -> (Vec<Constant>, bool) {
    let paren = tokens.get(at) == Some(&Token::Mark('('));
    // `def system(` and a name alone start nothing.
    let begin = if paren { at + 1 } else { at };
    if !paren && !matches!(language, Language::Perl | Language::Ruby) {
        return (Vec::new(), true);
    }
    if !paren && !matches!(tokens.get(at), Some(Token::Text(..) | Token::Mark('['))) {
        return (Vec::new(), true);
    }
    let mut parts = Vec::new();
    let mut at = begin;
    let mut sure = true;
    loop {
        match tokens.get(at) {
            None | Some(Token::Mark(')' | ';' | '{')) => break,
            Some(Token::Mark('\n')) if !paren => break,
            Some(Token::Mark(',' | '\n')) => at += 1,
            // `shell=True`: not one of the words.
            Some(Token::Name(_)) if tokens.get(at + 1) == Some(&Token::Mark('=')) => break,
            Some(_) => {
                let (value, end) = values.value(at, 0);
                match value {
                    Some(value) => parts.push(value),
                    None => {
                        sure = !parts.is_empty();
                        break;
                    }
                }
                at = end.max(at + 1);
            }
        }
        if parts.len() >= 64 {
            break;
        }
    }
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    let mut parts = parts.into_iter();
    let Some(first) = parts.next() else { return (Vec::new(), sure) };
    let texts = |parts: std::vec::IntoIter<Constant>| {
        parts.flat_map(|part| match part {
            Constant::Text(text) => vec![text],
            Constant::List(list) => list,
        })
    };
    let value = match (first, last) {
        // The program comes first, then its words with the name it gives itself.
        (
            Constant::Text(program),
            "execv" | "execve" | "execvp" | "execvpe" | "execl" | "execlp" | "posix_spawn"
            | "posix_spawnp",
        ) => {
            let mut words = vec![program];
            words.extend(texts(parts).skip(1));
            Constant::List(words)
        }
        (_, "spawnl" | "spawnlp" | "spawnv" | "spawnvp") => {
            let mut rest = texts(parts);
            let words: Vec<String> = rest.next().into_iter().chain(rest.skip(1)).collect();
            Constant::List(words)
        }
        (Constant::Text(mode), "open") if mode.contains('|') || mode.starts_with(['<', '>']) => {
            let mut rest: Vec<String> = texts(parts).collect();
            let code = mode.trim_matches(['|', '-', ' ']).to_owned();
            if !code.is_empty() {
                Constant::Text(code)
            } else if rest.len() == 1 {
                Constant::Text(rest.remove(0))
            } else {
                Constant::List(rest)
            }
        }
        (Constant::Text(_), "open") => return (Vec::new(), true),
        (Constant::Text(program), _) => {
            let rest: Vec<String> = texts(parts).collect();
            let words = match language {
                Language::Python => {
                    matches!(last, "create_subprocess_exec" | "run" | "run_always")
                        && !rest.is_empty()
                }
                _ => !rest.is_empty(),
            };
            if words {
                Constant::List([program].into_iter().chain(rest).collect())
            } else {
                Constant::Text(program)
            }
        }
        (list, _) => list,
    };
    (vec![value], sure)
}

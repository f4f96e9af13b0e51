//! Programs of other languages in a line or a file, read for the processes that they start with
//! constant words: `python -c "os.system('git push')"`, `node -e …`, `awk '{system("…")}'`.

use super::Word;
use super::folder::{located, moved};
use super::language::{Language, of_program};
use super::names_guarded;
use super::options::{Arg, Args};
use super::source::{Constant, Evaluator, Token, tokens};
use super::tree::{Call, Reader, Stdin};

/// Longest program that is read, in bytes.
const LONGEST_SOURCE: usize = 64 << 10;

/// Words of programs that undo a coding.
const CODED: &[&str] = &[
    "b64decode",
    "base64",
    "atob",
    "fromhex",
    "unhexlify",
    "fromCharCode",
    "[::-1]",
    "reverse",
    "rot13",
    "chr(",
    "unpack(",
];

/// Programs in programs that are read.
const DEEPEST_SOURCE: usize = 8;

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
            Language::Other => &["-e", "-E", "-c", "--eval", "--expr", "--execute", "-eval"],
        };
        let valued: &[&str] = match language {
            Language::Python => &["-W", "-X", "-m"],
            Language::JavaScript => &["-r", "--require", "--import", "--loader", "-C"],
            Language::Perl => &["-I", "-M", "-m"],
            Language::Ruby => &["-I", "-r", "-C"],
            Language::Php => &["-d", "-c"],
            Language::Awk => &["-F", "-v", "-f", "-i"],
            Language::PowerShell => &[],
            Language::Other => &["-l", "-L", "--load", "-i"],
        };
        let line = std::mem::replace(&mut self.scope.stdin, call.stdin.clone());
        self.interpreted(program, call, language, code, valued);
        self.scope.stdin = line;
    }

    fn interpreted(
        &mut self,
        program: &str,
        call: &Call,
        language: Language,
        code: &[&str],
        valued: &[&str],
    ) {
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
                Arg::Flag { value, .. } if language == Language::Python && arg.is("-m") => {
                    // A module of the project: `tools.ship` is `tools/ship.py`.
                    let name = value.unwrap_or_default().replace('.', "/");
                    let path = located(call.dir.as_deref(), &format!("{name}.py"));
                    if !name.is_empty() && self.text_of(&path).is_ok() {
                        self.run_source(&path, language);
                    }
                    return;
                }
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
            Some(word)
                if language == Language::Other
                    && super::language::by_extension(&word.text).is_none() => {}
            Some(word) if word.certain && word.text != "-" => {
                if let Some(mut path) = moved(call.dir.as_deref(), &word.text) {
                    if language == Language::JavaScript && path.extension().is_none() {
                        let with = path.with_extension("js");
                        if self.text_of(&path).is_err() && self.text_of(&with).is_ok() {
                            path = with;
                        }
                    }
                    let at = call.words.iter().position(|known| *known == word).unwrap_or(0);
                    let args = super::peel::known_texts(&word.text, &call.words[at + 1..]);
                    let saved = std::mem::replace(&mut self.scope.args, args);
                    self.run_source(&path, language);
                    self.scope.args = saved;
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
                Stdin::Unknown if !matches!(language, Language::Awk | Language::Other) => {
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
        if self.scripts >= DEEPEST_SOURCE {
            return self.unsure_near(text, "programs are nested too deep");
        }
        let tokens = tokens(text, language.lexis());
        let values = Evaluator::new(&tokens);
        let aliases = aliases(&tokens);
        let mut found = Vec::new();
        let mut inner = Vec::new();
        let (mut unknown, mut hidden) = (false, false);
        for (at, token) in tokens.iter().enumerate() {
            match token {
                Token::Shell(code, certain) => {
                    let filled = if *certain { Some(code.clone()) } else { values.filled(code) };
                    unknown |= filled.is_none();
                    found.push(Constant::Text(filled.unwrap_or_else(|| code.clone())));
                }
                // `cmd | getline`, `print … | cmd`.
                Token::Name(name)
                    if language == Language::Awk && values.names.contains_key(name) =>
                {
                    let before = at.checked_sub(1).and_then(|at| tokens.get(at));
                    if before == Some(&Token::Mark('|'))
                        || tokens.get(at + 1) == Some(&Token::Mark('|'))
                    {
                        found.extend(values.names.get(name).cloned());
                    }
                }
                Token::Name(name) => {
                    let name = aliases
                        .iter()
                        .find(|(alias, _)| alias == name)
                        .map_or(name, |(_, name)| name);
                    if language == Language::Perl && name == "open" {
                        found.extend(perl_open(&tokens[at + 1..]));
                    } else if language.starts(name, text) {
                        let (value, sure) = argument(&values, &tokens, at + 1, language, name);
                        unknown |= !sure;
                        found.extend(value);
                    } else if language.evaluates(name) {
                        match values.value(at + 1, 0).0 {
                            Some(Constant::Text(code)) => inner.push(code),
                            _ => hidden = true,
                        }
                    } else if language.erases(name, text) {
                        let (value, _) = argument(&values, &tokens, at + 1, Language::Other, name);
                        found.extend(value.into_iter().map(erased));
                    } else if language.pushes(name, text)
                        && tokens.get(at + 1) == Some(&Token::Mark('('))
                    {
                        found.push(Constant::List(vec!["git".to_owned(), "push".to_owned()]));
                    } else if let Some(program) = called_as(name, text, language) {
                        let (value, sure) =
                            argument(&values, &tokens, at + 1, Language::Other, name);
                        unknown |= !sure;
                        let none = value.is_empty().then(|| Constant::List(Vec::new()));
                        found.extend(value.into_iter().chain(none).map(|value| {
                            let rest = match value {
                                Constant::Text(text) => vec![text],
                                Constant::List(list) => list,
                            };
                            // `sh.git.push("origin")`.
                            let words = program.split('.').map(str::to_owned);
                            Constant::List(words.chain(rest).collect())
                        }));
                    } else if name.ends_with("run_path") && language == Language::Python {
                        if let (Some(Constant::Text(path)), _) = values.value(at + 1, 0) {
                            found.push(Constant::List(vec!["python3".to_owned(), path]));
                        }
                    } else {
                        hidden |= language.hides(name);
                    }
                }
                // `$\`git push\`` of a template, `"git push".execute()`.
                Token::Text(code, certain)
                    if language == Language::JavaScript
                        && matches!(tokens.get(at.wrapping_sub(1)), Some(Token::Name(n)) if n == "$" || n.ends_with(".$") || n == "$.sync")
                        || language == Language::Other
                            && matches!(tokens.get(at + 1), Some(Token::Mark('.')))
                            && matches!(tokens.get(at + 2), Some(Token::Name(n)) if n == "execute")
                        || language == Language::Other
                            && matches!(tokens.get(at + 1), Some(Token::Name(n)) if n == ".execute") =>
                {
                    let filled = if *certain { Some(code.clone()) } else { values.filled(code) };
                    unknown |= filled.is_none();
                    found.push(Constant::Text(filled.unwrap_or_else(|| code.clone())));
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
        let mut said = said(&tokens);
        if ["argv", "ARGV", "process.args", "Deno.args"].iter().any(|name| text.contains(name)) {
            // What the line gives it may be what it starts.
            let given = self.scope.args.as_ref().and_then(|args| args.get(1..)).unwrap_or_default();
            said.extend(given.join(" ").into_bytes());
        }
        if ["stdin", "STDIN", "input(", "gets", "readline"].iter().any(|name| text.contains(name))
            && let Stdin::Text(read) = &self.scope.stdin
        {
            said.extend_from_slice(read.as_bytes());
        }
        // A program that undoes a coding before it starts something hides what that is.
        let coded = CODED
            .iter()
            .any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some());
        if unknown && (coded || names_guarded(&said)) {
            self.reading.near = true;
            self.unsure(format!(
                "a {} program starts a process whose words are not constants",
                language.name()
            ));
        } else if found.is_empty()
            && (hidden || language.can_start(text))
            && names_guarded(&texts(&tokens))
        {
            self.reading.near = true;
            self.unsure(format!("a {} program runs what it makes up on its way", language.name()));
        }
        self.scripts += 1;
        for code in inner {
            self.inline(&code, language);
        }
        self.scripts -= 1;
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
    if !paren && !matches!(language, Language::Perl | Language::Ruby | Language::Other) {
        return (Vec::new(), true);
    }
    // Tcl's words stand bare: `exec git push`.
    if language == Language::Other && matches!(name, "exec" | "spawn") && !paren {
        let bare = tokens[at..].iter().map_while(|token| match token {
            Token::Name(word) | Token::Text(word, _) => Some(word.clone()),
            _ => None,
        });
        let words: Vec<String> = bare.take(16).collect();
        return (if words.is_empty() { Vec::new() } else { vec![Constant::List(words)] }, true);
    }
    let named =
        matches!(tokens.get(at), Some(Token::Name(name)) if values.names.contains_key(name));
    if !paren && !named && !matches!(tokens.get(at), Some(Token::Text(..) | Token::Mark('['))) {
        return (Vec::new(), true);
    }
    let mut parts = Vec::new();
    let mut at = begin;
    let mut sure = true;
    loop {
        match tokens.get(at) {
            // `new Deno.Command("git", { args: ["push"] })`.
            Some(Token::Mark('{')) if language == Language::JavaScript => {
                let args =
                    tokens[at..].iter().take(64).position(|t| *t == Token::Name("args".to_owned()));
                if let Some(offset) = args
                    && let (Some(value), _) = values.value(at + offset + 2, 0)
                {
                    parts.push(value);
                }
                break;
            }
            None | Some(Token::Mark(')' | ';' | '{')) => break,
            Some(Token::Mark('\n')) if !paren => break,
            // `*` spreads a list.
            Some(Token::Mark(',' | '\n' | '*')) => at += 1,
            Some(Token::Name(key))
                if key == "args" && tokens.get(at + 1) == Some(&Token::Mark('=')) =>
            {
                at += 2
            }
            // `shell=True`: not one of the words.
            Some(Token::Name(_)) if tokens.get(at + 1) == Some(&Token::Mark('=')) => break,
            Some(_) => {
                let (value, end) = values.value(at, 0);
                match value {
                    Some(value) => parts.push(value),
                    None => {
                        // Options and callbacks may stand behind the command.
                        sure = !parts.is_empty() && language != Language::Other;
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
    // `Command::new("git").arg("push")`.
    if name.ends_with("Command::new") && !parts.is_empty() {
        for next in at..tokens.len().min(at + 64) {
            match tokens.get(next) {
                Some(Token::Name(name))
                    if matches!(name.as_str(), ".arg" | "arg" | ".args" | "args") =>
                {
                    parts.extend(values.value(next + 1, 0).0);
                }
                Some(Token::Mark(';')) => break,
                _ => {}
            }
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
        // What stands behind the command is a mode or a place for its output.
        (Constant::Text(program), "popen" | "exec" | "shell_exec" | "passthru" | "system")
            if language == Language::Php =>
        {
            Constant::Text(program)
        }
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

/// `from os import system as s`: the other names of what a program imports.
fn aliases(tokens: &[Token]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for three in tokens.windows(3) {
        if let [Token::Name(name), Token::Name(middle), Token::Name(alias)] = three
            && middle == "as"
            && all.len() < 64
        {
            all.push((alias.clone(), name.clone()));
        }
    }
    all
}

/// `open(F, "git push|")`, `open my $f, "-|", "git", "push"`.
fn perl_open(tokens: &[Token]) -> Option<Constant> {
    let texts: Vec<&str> = tokens
        .iter()
        .take(24)
        .take_while(|token| !matches!(token, Token::Mark(';' | ')' | '\n')))
        .filter_map(|token| match token {
            Token::Text(text, _) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let (mode, rest) = texts.split_first()?;
    if !mode.contains('|') {
        return None;
    }
    let code = mode.trim_matches(['|', '-', ' ']);
    Some(match rest {
        _ if !code.is_empty() => Constant::Text(code.to_owned()),
        [code] => Constant::Text((*code).to_owned()),
        words => Constant::List(words.iter().map(|word| (*word).to_owned()).collect()),
    })
}

/// The program that a function of Python's `sh` is: `sh.git("push")`.
fn called_as<'n>(name: &'n str, source: &str, language: Language) -> Option<&'n str> {
    if language != Language::Python {
        return None;
    }
    let imported = source.contains(&format!("from sh import {name}"));
    let module = name.strip_prefix("sh.").filter(|_| source.contains("import sh"));
    module.or(imported.then_some(name))
}

/// What takes a folder away, as a command.
fn erased(value: Constant) -> Constant {
    let path = match value {
        Constant::Text(text) => text,
        Constant::List(list) => list.into_iter().next().unwrap_or_default(),
    };
    Constant::List(vec!["rm".to_owned(), "-rf".to_owned(), path])
}

/// All texts of a program.
fn texts(tokens: &[Token]) -> Vec<u8> {
    let mut all = Vec::new();
    for token in tokens {
        if let Token::Text(text, _) = token {
            all.extend_from_slice(text.as_bytes());
            all.push(b' ');
        }
    }
    all
}

/// All names and texts of a program.
fn said(tokens: &[Token]) -> Vec<u8> {
    let mut all = Vec::new();
    for token in tokens {
        if let Token::Name(text) | Token::Text(text, _) = token
            && text != "import"
        {
            all.extend_from_slice(text.as_bytes());
            all.push(b' ');
        }
    }
    all
}

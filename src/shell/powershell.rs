//! PowerShell lines, as far as constants go: quotes, separators, the call operator,
//! `Start-Process`, `Invoke-Expression`. What depends on a variable is said to be unsure.

use super::folder::moved;
use super::options::{Arg, Args};
use super::tree::{Call, Reader};
use super::{LONGEST, Word};

/// Shells in shells that are read.
const DEEPEST: usize = 8;

impl Reader<'_> {
    /// Reads a line of PowerShell.
    pub(super) fn powershell(&mut self, text: &str) {
        if text.len() > LONGEST {
            return self.unsure(format!("the line is over {} KiB", LONGEST >> 10));
        }
        if self.scripts >= DEEPEST {
            return self.unsure("shells are nested too deep");
        }
        self.scripts += 1;
        for words in statements(text) {
            if self.exhausted() {
                break;
            }
            self.powershell_statement(words, text);
        }
        self.scripts -= 1;
    }

    fn powershell_statement(&mut self, mut words: Vec<Word>, text: &str) {
        // `$x = git push`: what stands behind the sign runs.
        if words.len() > 2 && words[0].text.starts_with('$') && words[1].text == "=" {
            words.drain(..2);
        }
        while words.first().is_some_and(|word| {
            matches!(
                word.text.to_ascii_lowercase().as_str(),
                "if" | "else" | "try" | "catch" | "finally" | "foreach" | "while" | "return" | "do"
            )
        }) {
            words.remove(0);
        }
        let Some(first) = words.first() else { return };
        if !first.certain {
            let why = "a program's name comes from an expression that the line does not give";
            return self.unsure_near(text, why);
        }
        let name = first.text.to_ascii_lowercase();
        let name = name.strip_suffix(".exe").unwrap_or(&name).to_owned();
        match name.as_str() {
            "set-location" | "sl" | "push-location" | "chdir" => {
                self.scope.dir = words
                    .iter()
                    .skip(1)
                    .find(|word| !word.text.starts_with('-'))
                    .filter(|word| word.certain)
                    .and_then(|word| moved(self.scope.dir.as_deref(), &word.text));
            }
            "start-process" | "saps" | "start" => self.start_process(&words, text),
            "invoke-expression" | "iex" => match words.get(1) {
                Some(code) if code.certain => {
                    let code = code.text.clone();
                    self.inside("Invoke-Expression", |reader| reader.powershell(&code));
                }
                _ => self.unsure("Invoke-Expression runs code that the line does not give"),
            },
            "pwsh" | "powershell" => {
                let call = Call { words, dir: self.scope.dir.clone(), ..Call::default() };
                self.powershell_call(&call);
            }
            _ => {
                let assigned = first.text.starts_with('$');
                if !assigned {
                    words[0].text = words[0].text.replace('\\', "/");
                    let dir = self.scope.dir.clone();
                    self.emit(Call { words, dir, ..Call::default() });
                }
            }
        }
    }

    /// `Start-Process git -ArgumentList 'push','origin'`.
    fn start_process(&mut self, words: &[Word], text: &str) {
        const VALUED: &[&str] =
            &["-FilePath", "-ArgumentList", "-Args", "-WorkingDirectory", "-Verb", "-WindowStyle"];
        let mut inner: Vec<Word> = Vec::new();
        let mut given: Vec<Word> = Vec::new();
        let mut dir = self.scope.dir.clone();
        let mut at = 1;
        while let Some(word) = words.get(at) {
            let option = VALUED.iter().find(|o| o.eq_ignore_ascii_case(&word.text)).copied();
            match option {
                Some("-FilePath") => inner.extend(words.get(at + 1).cloned()),
                Some("-ArgumentList" | "-Args") => given.extend(words.get(at + 1).cloned()),
                Some("-WorkingDirectory") => {
                    dir = words
                        .get(at + 1)
                        .filter(|word| word.certain)
                        .and_then(|word| moved(dir.as_deref(), &word.text));
                }
                Some(_) => {}
                None if word.text.starts_with('-') => {
                    at += 1;
                    continue;
                }
                None if inner.is_empty() => inner.push(word.clone()),
                None => given.push(word.clone()),
            }
            at += if option.is_some() { 2 } else { 1 };
        }
        if given.iter().any(|word| !word.certain) {
            self.unsure_near(text, "Start-Process is given words that the line does not give");
        }
        for word in given {
            let parts = word.text.split([',', ' ']).filter(|part| !part.is_empty());
            inner.extend(parts.map(|part| Word { text: part.to_owned(), certain: word.certain }));
        }
        self.inside("Start-Process", |reader| {
            reader.emit(Call { words: inner, dir, ..Call::default() });
        });
    }

    /// `pwsh -Command '…'`, `pwsh -File x.ps1`.
    pub(super) fn powershell_call(&mut self, call: &Call) {
        let mut at = 1;
        while let Some(word) = call.words.get(at) {
            let option = word.text.to_ascii_lowercase();
            match option.as_str() {
                "-c" | "-command" => {
                    let code = super::launch::joined_words(&call.words[at + 1..]);
                    if !code.certain {
                        self.unsure_near(&code.text, "pwsh runs code that the line does not give");
                    }
                    return self.inside("pwsh", |reader| reader.powershell(&code.text));
                }
                "-f" | "-file" => {
                    if let Some(path) = call
                        .words
                        .get(at + 1)
                        .filter(|word| word.certain)
                        .and_then(|word| moved(call.dir.as_deref(), &word.text))
                    {
                        self.run_source(&path, super::language::Language::PowerShell);
                    }
                    return;
                }
                "-e" | "-ec" | "-enc" | "-encodedcommand" => {
                    let code = call.words.get(at + 1).filter(|word| word.certain);
                    return match code.and_then(|word| super::decode::from_base64_utf16(&word.text))
                    {
                        Some(code) => self.inside("pwsh", |reader| reader.powershell(&code)),
                        None => self.unsure("pwsh runs encoded code that cannot be read"),
                    };
                }
                "-ep" | "-executionpolicy" | "-ex" | "-version" | "-w" | "-windowstyle"
                | "-inputformat" | "-outputformat" | "-wd" | "-workingdirectory"
                | "-configurationname" => at += 2,
                option if option.starts_with('-') => at += 1,
                // A file, or for the older one code.
                _ => {
                    if word.certain && option.ends_with(".ps1") {
                        let path = super::folder::located(call.dir.as_deref(), &word.text);
                        return self.run_source(&path, super::language::Language::PowerShell);
                    }
                    let code = super::launch::joined_words(&call.words[at..]);
                    return self.inside("pwsh", |reader| reader.powershell(&code.text));
                }
            }
        }
        let mut args = Args::new(&call.words, 1, Vec::new());
        if !args.any(|arg| matches!(arg, Arg::Operand(_))) {
            self.run_stdin(call, "pwsh");
        }
    }
}

/// Cuts a text into statements and these into words.
fn statements(text: &str) -> Vec<Vec<Word>> {
    let mut all = vec![Vec::new()];
    let mut current: Option<Word> = None;
    let mut chars = text.chars().peekable();
    let end = |all: &mut Vec<Vec<Word>>, current: &mut Option<Word>| {
        if let (Some(word), Some(statement)) = (current.take(), all.last_mut()) {
            statement.push(word);
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                let word = current.get_or_insert_with(|| Word::known(""));
                while let Some(c) = chars.next() {
                    // Two quotes in a row are one.
                    if c == '\'' && chars.next_if_eq(&'\'').is_none() {
                        break;
                    }
                    word.text.push(c);
                }
            }
            '"' => {
                let word = current.get_or_insert_with(|| Word::known(""));
                while let Some(c) = chars.next() {
                    match c {
                        '"' if chars.next_if_eq(&'"').is_none() => break,
                        '`' => word.text.extend(chars.next()),
                        '$' => word.certain = false,
                        c => word.text.push(c),
                    }
                }
            }
            '`' => {
                // A line continued, or one character quoted.
                if let Some(c) = chars.next().filter(|c| *c != '\n') {
                    current.get_or_insert_with(|| Word::known("")).text.push(c);
                }
            }
            '#' if current.is_none() => while chars.next_if(|c| *c != '\n').is_some() {},
            ';' | '\n' | '|' | '&' | '{' | '}' | '(' | ')' => {
                end(&mut all, &mut current);
                if all.last().is_some_and(|statement| !statement.is_empty()) {
                    all.push(Vec::new());
                }
            }
            c if c.is_whitespace() => end(&mut all, &mut current),
            ',' => current.get_or_insert_with(|| Word::known("")).text.push(','),
            '$' => {
                let word = current.get_or_insert_with(|| Word::known(""));
                // At the beginning it names a variable; inside a word its value is not known.
                word.certain = false;
                word.text.push('$');
            }
            c => current.get_or_insert_with(|| Word::known("")).text.push(c),
        }
    }
    end(&mut all, &mut current);
    all.retain(|statement| !statement.is_empty());
    all
}

//! Programs that are no shell and no interpreter, and still run a command that stands in one of their options, in
//! their own little language or in what they read: editors, pagers, archivers, database clients, `tar`, `crontab`.

use super::Word;
use super::folder::located;
use super::launch::joined_words;
use super::options::{Arg, Args};
use super::tree::{Call, Reader, Stdin};

/// A way out of a program into a shell.
struct Escape {
    /// The programs.
    names: &'static [&'static str],
    /// Options whose value is searched; without one, none.
    options: &'static str,
    /// Operands are searched.
    operands: bool,
    /// What the program reads is searched, line by line.
    input: bool,
    /// Words of which one stands in front of the code. Empty: all of it is code.
    prefixes: &'static [&'static str],
}

const NONE: Escape =
    Escape { names: &[], options: "", operands: false, input: false, prefixes: &[] };

const ESCAPES: &[Escape] = &[
    Escape {
        names: &["vi", "vim", "nvim", "view", "ex", "gvim", "vimdiff"],
        options: "-c --cmd",
        operands: true,
        input: true,
        prefixes: &["+!", "+:!", ":!", ":silent !", ":sil !", ":exec !", ":w !", ":r !", "!"],
    },
    Escape { names: &["ed", "red"], input: true, prefixes: &["!", "w !", "r !", "e !"], ..NONE },
    Escape { names: &["less", "more", "most"], operands: true, prefixes: &["+!", "+|"], ..NONE },
    Escape { names: &["man"], options: "-P --pager", ..NONE },
    Escape { names: &["git-shell"], options: "-c", ..NONE },
    Escape {
        names: &["tar", "gtar", "bsdtar"],
        options: "--checkpoint-action -I --use-compress-program --to-command -F --info-script --new-volume-script --rsh-command",
        prefixes: &["exec=", ""],
        ..NONE
    },
    Escape { names: &["zip"], options: "-TT --unzip-command", ..NONE },
    Escape { names: &["rsync"], options: "-e --rsh --rsync-path", ..NONE },
    Escape {
        names: &["ssh", "scp", "sftp"],
        options: "-o -S",
        prefixes: &["ProxyCommand=", "LocalCommand=", "proxycommand="],
        ..NONE
    },
    Escape {
        names: &["gdb", "lldb"],
        options: "-ex -eval-command -o",
        input: true,
        prefixes: &["shell ", "!", "platform shell "],
        ..NONE
    },
    Escape {
        names: &["psql"],
        options: "-c --command",
        input: true,
        prefixes: &["\\\\!", "\\!"],
        ..NONE
    },
    Escape {
        names: &["mysql", "mariadb"],
        options: "-e --execute",
        input: true,
        prefixes: &["system ", "\\!"],
        ..NONE
    },
    Escape {
        names: &["sqlite3", "duckdb"],
        options: "-cmd",
        operands: true,
        input: true,
        prefixes: &[".shell ", ".system "],
    },
    Escape {
        names: &["ipython", "ipython3"],
        options: "-c",
        input: true,
        prefixes: &["!"],
        ..NONE
    },
    Escape {
        names: &["expect"],
        options: "-c",
        input: true,
        prefixes: &["spawn ", "exec ", "system "],
        ..NONE
    },
    Escape {
        names: &["sed", "gsed"],
        options: "-e --expression",
        operands: true,
        prefixes: &["1e ", "$e ", "e "],
        ..NONE
    },
    Escape { names: &["watchman", "entr-run"], operands: true, ..NONE },
    Escape { names: &["ffmpeg", "nmap"], options: "--script-args-exec", ..NONE },
];

impl Reader<'_> {
    /// Follows the ways out of a program into a shell.
    pub(super) fn escapes(&mut self, program: &str, call: &Call) {
        match program {
            "crontab" => return self.crontab(call),
            "tmux" => return self.send_keys(call),
            _ => {}
        }
        let Some(escape) = ESCAPES.iter().find(|escape| escape.names.contains(&program)) else {
            return;
        };
        let options: Vec<&str> =
            escape.options.split(' ').filter(|option| !option.is_empty()).collect();
        let mut texts: Vec<String> = Vec::new();
        for arg in Args::new(&call.words, 1, vec![&options]) {
            match arg {
                Arg::Flag { value: Some(value), .. }
                    if options.iter().any(|option| arg.is(option)) =>
                {
                    texts.push(value.to_owned());
                }
                Arg::Operand(at) if escape.operands => texts.push(call.words[at].text.clone()),
                _ => {}
            }
        }
        if escape.input {
            texts.extend(self.input_text(call));
        }
        for text in texts {
            for code in codes(&text, escape.prefixes) {
                let inner =
                    Call { dir: call.dir.clone(), stdin: Stdin::Unknown, ..Call::default() };
                self.push_shell(&inner, &[Word::known(code)], program);
            }
        }
    }

    /// What a call reads on its standard input, when the line or a file gives it.
    pub(super) fn input_text(&mut self, call: &Call) -> Option<String> {
        match &call.stdin {
            Stdin::Text(text) => Some(text.to_string()),
            Stdin::File(path) => {
                let path = path.clone();
                self.text_of(&path).ok()
            }
            Stdin::Unknown | Stdin::Inherited => None,
        }
    }

    /// The statements that a database client is given beside its words: on its standard input, in a file.
    pub(super) fn statements(&mut self, call: &Call) -> Option<String> {
        const CLIENTS: &[(&str, &str, &str)] = &[
            ("psql", "-f --file", "\\\\i "),
            ("mysql", "", "source "),
            ("mariadb", "", "source "),
            ("sqlite3", "-init", ".read "),
            ("duckdb", "-init -f", ".read "),
            ("mongosh", "-f --file", ""),
            ("mongo", "", ""),
            ("redis-cli", "", ""),
            ("valkey-cli", "", ""),
            ("clickhouse-client", "--queries-file", ""),
            ("clickhouse", "--queries-file", ""),
            ("cqlsh", "-f --file", ""),
            ("sqlcmd", "-i", ""),
            ("usql", "-f --file", ""),
            ("bq", "", ""),
            ("cockroach", "-f --file", ""),
            ("sqlplus", "", ""),
        ];
        let name = super::base_name(&call.words.first()?.text);
        let (_, options, reads) = CLIENTS.iter().find(|(client, ..)| *client == name)?;
        let mut files: Vec<String> = Vec::new();
        let valued: Vec<&str> = options.split(' ').filter(|option| !option.is_empty()).collect();
        for arg in Args::new(&call.words, 1, vec![&valued]) {
            match arg {
                Arg::Flag { value: Some(value), .. }
                    if valued.iter().any(|option| arg.is(option)) =>
                {
                    files.push(value.to_owned());
                }
                Arg::Operand(at)
                    if name.starts_with("mongo") && call.words[at].text.ends_with(".js") =>
                {
                    files.push(call.words[at].text.clone());
                }
                _ => {}
            }
        }
        let said = call.words.iter().skip(1).map(|word| word.text.as_str());
        for line in said.flat_map(str::lines).filter(|_| !reads.is_empty()) {
            files.extend(
                line.strip_prefix(reads).map(|file| file.trim_end_matches(';').trim().to_owned()),
            );
        }
        let mut text = self.input_text(call).unwrap_or_default();
        for file in files.into_iter().take(4) {
            if let Ok(more) = self.text_of(&located(call.dir.as_deref(), &file)) {
                text.push('\n');
                text.push_str(&more);
            }
        }
        (!text.trim().is_empty()).then_some(text)
    }

    /// `crontab -`, `crontab FILE`: what stands behind the five fields of time.
    fn crontab(&mut self, call: &Call) {
        let operand =
            call.words.iter().skip(1).find(|word| word.text == "-" || !word.text.starts_with('-'));
        let text = match operand {
            Some(word) if word.text == "-" => match self.input_text(call) {
                Some(text) => Some(text),
                None => {
                    return self.unsure("crontab takes what the line does not give");
                }
            },
            Some(word) if word.certain && call.words.len() == 2 => {
                self.text_of(&located(call.dir.as_deref(), &word.text)).ok()
            }
            _ => None,
        };
        for line in text
            .iter()
            .flat_map(|text| text.lines())
            .filter(|line| !line.trim_start().starts_with('#'))
        {
            let fields = if line.starts_with('@') { 1 } else { 5 };
            let mut rest = line.trim_start();
            for _ in 0..fields {
                rest =
                    rest.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
            }
            let inner = Call { stdin: Stdin::Unknown, ..Call::default() };
            self.push_shell(&inner, &[Word::known(rest)], "crontab");
        }
    }

    /// `tmux send-keys -t x 'git push' Enter`: typed into a shell.
    fn send_keys(&mut self, call: &Call) {
        if !matches!(call.words.get(1).map(|word| word.text.as_str()), Some("send-keys" | "send")) {
            return;
        }
        let operands: Vec<Word> = Args::new(&call.words, 2, vec![&["-t", "-N", "-c"]])
            .filter_map(|arg| match arg {
                Arg::Operand(at) => call.words.get(at).cloned(),
                Arg::Flag { .. } => None,
            })
            .filter(|word| !matches!(word.text.as_str(), "Enter" | "C-m" | "KPEnter" | "Space"))
            .collect();
        let code = joined_words(&operands);
        let inner = Call { stdin: Stdin::Unknown, ..Call::default() };
        self.push_shell(&inner, &[code], "tmux send-keys");
    }
}

/// The code in a text: behind one of the prefixes, at the beginning of a line or of a statement.
fn codes(text: &str, prefixes: &[&str]) -> Vec<String> {
    if prefixes.is_empty() {
        return vec![text.to_owned()];
    }
    text.split(['\n', ';', '{', '}'])
        .filter_map(|line| {
            let line = line.trim_start();
            prefixes.iter().find_map(|prefix| line.strip_prefix(prefix)).map(str::to_owned)
        })
        .filter(|code| !code.trim().is_empty())
        .take(16)
        .collect()
}

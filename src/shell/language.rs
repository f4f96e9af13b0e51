//! The languages whose programs are read, and which of their calls start a process.

use super::source::Lexis;

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
    /// Any other: strings, names and brackets are cut in the way of most.
    Other,
}

impl Language {
    pub(super) const fn lexis(self) -> Lexis {
        let none =
            Lexis { hash: false, script: false, perl: false, python: false, line_ends: false };
        match self {
            Self::Python => Lexis { hash: true, python: true, ..none },
            Self::JavaScript => Lexis { script: true, ..none },
            Self::Perl => Lexis { hash: true, perl: true, line_ends: true, ..none },
            Self::Ruby => Lexis { hash: true, perl: true, ..none },
            Self::Php => Lexis { script: true, perl: true, ..none },
            Self::Awk | Self::PowerShell => Lexis { hash: true, ..none },
            Self::Other => none,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "javascript",
            Self::Perl => "perl",
            Self::Ruby => "ruby",
            Self::Php => "php",
            Self::Awk => "awk",
            Self::PowerShell => "powershell",
            Self::Other => "program",
        }
    }

    /// Whether a call of `name` starts a process, `source` being the whole program.
    pub(super) fn starts(self, name: &str, source: &str) -> bool {
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
            Self::Perl => {
                matches!(
                    last,
                    "system"
                        | "exec"
                        | "open"
                        | "readpipe"
                        | "open2"
                        | "open3"
                        | "run3"
                        | "capture"
                )
            }
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
            Self::Other => {
                matches!(
                    last,
                    "system"
                        | "system2"
                        | "execute"
                        | "exec"
                        | "popen"
                        | "spawn"
                        | "run"
                        | "cmd"
                        | "command"
                        | "Command"
                        | "Command.new"
                        | "new"
                        | "shell"
                        | "script"
                        | "sh"
                        | "Run"
                        | "RunV"
                        | "RunWith"
                        | "Output"
                        | "callCommand"
                        | "createProcess"
                        | "readProcess"
                        | "shellCommand"
                        | "commandLine"
                        | "executable"
                        | "ProcessBuilder"
                ) && (last != "new" || name.ends_with("Command::new"))
            }
        }
    }
    /// Whether a call of `name` takes a folder away with everything in it.
    pub(super) fn erases(self, name: &str, source: &str) -> bool {
        match name.rsplit(['.', ':']).next().unwrap_or(name) {
            "rmtree" | "rm_rf" | "rm_r" | "remove_tree" | "RemoveAll" | "removeSync" | "rimraf"
            | "rimrafSync" | "emptyDirSync" | "remove_dir_all" => true,
            "rmSync" | "rmdirSync" | "rm" => {
                self == Self::JavaScript && source.contains("recursive")
            }
            _ => false,
        }
    }

    /// Whether a call of `name` pushes by a library of git.
    pub(super) fn pushes(self, name: &str, source: &str) -> bool {
        let libraries: &[&str] = match self {
            Self::Python => &["import git", "from git", "dulwich", "pygit2"],
            Self::JavaScript => &["simple-git", "simpleGit", "isomorphic-git", "nodegit"],
            Self::Ruby => &["Rugged", "require \"git\"", "require 'git'"],
            _ => return false,
        };
        name.ends_with("push") && libraries.iter().any(|library| source.contains(library))
    }

    /// Whether a program has the means to start a process, whatever it calls them.
    pub(super) fn can_start(self, source: &str) -> bool {
        let words: &[&str] = match self {
            Self::Python => &[
                "subprocess",
                "os.system",
                "popen",
                "exec",
                "pty",
                "pexpect",
                "import sh",
                "system",
            ],
            Self::JavaScript => &[
                "child_process",
                "Deno.Command",
                "Deno.run",
                "Bun.",
                "execa",
                "zx",
                "process.binding",
            ],
            Self::Perl => &["system", "exec", "open", "IPC", "qx"],
            Self::Ruby => &["system", "exec", "spawn", "Open3", "popen", "Process", "sh "],
            Self::Php => &["exec", "system", "passthru", "popen", "proc_open"],
            Self::Awk => &["system", "getline"],
            Self::Other => &[
                "system", "exec", "spawn", "process", "shell", "popen", "run", "cmd", "command",
                "Command", "start",
            ],
            Self::PowerShell => &[],
        };
        words.iter().any(|word| source.contains(word))
    }

    /// Names that run what no reader of constants can follow.
    pub(super) fn hides(self, name: &str) -> bool {
        let first = name.split('.').next().unwrap_or(name);
        let names: &[&str] = match self {
            Self::Python => &[
                "exec",
                "eval",
                "compile",
                "getattr",
                "__import__",
                "runpy",
                "ctypes",
                "importlib",
                "sh",
                "plumbum",
                "git",
                "Repo",
                "dulwich",
                "pygit2",
            ],
            Self::JavaScript => &["eval", "Function", "vm", "simpleGit", "git", "nodegit"],
            Self::Ruby => &["eval", "send", "public_send", "instance_eval", "Rugged", "Git"],
            Self::Perl => &["eval"],
            Self::Php => &["eval", "assert", "call_user_func"],
            Self::Awk | Self::PowerShell | Self::Other => &[],
        };
        names.contains(&first)
    }

    /// The function that reads a text as a program of this language.
    pub(super) fn evaluates(self, name: &str) -> bool {
        matches!(
            (self, name),
            (Self::Python, "exec" | "eval") | (Self::JavaScript | Self::Ruby | Self::Php, "eval")
        )
    }

    /// The program that runs this language.
    pub(super) const fn program(self) -> &'static str {
        match self {
            Self::Python => "python3",
            Self::JavaScript => "node",
            Self::Other => "lua",
            Self::PowerShell => "pwsh",
            other => other.name(),
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
        "lua" | "jl" | "R" | "r" | "exs" | "groovy" | "scm" | "tcl" | "exp" | "applescript"
        | "el" | "swift" | "go" => Language::Other,
        _ => return None,
    })
}

pub(super) fn of_program(name: &str) -> Option<Language> {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    Some(match plain {
        "python" | "pypy" | "py" => Language::Python,
        "node" | "nodejs" | "deno" | "bun" | "tsx" | "ts-node" | "zx" | "swc-node" | "esno" => {
            Language::JavaScript
        }
        "perl" => Language::Perl,
        "ruby" => Language::Ruby,
        "php" => Language::Php,
        "awk" | "gawk" | "mawk" | "nawk" => Language::Awk,
        "pwsh" => Language::PowerShell,
        "lua" | "luajit" | "Rscript" | "R" | "r" | "julia" | "elixir" | "groovy" | "guile"
        | "ghc" | "runghc" | "osascript" | "tclsh" | "wish" | "emacs" | "emacsclient"
        | "expect" | "racket" | "sbcl" | "clisp" | "clojure" | "bb" | "scala" | "swift"
        | "crystal" | "nim" | "octave" | "raku" | "erl" | "gforth" => Language::Other,
        _ => return None,
    })
}

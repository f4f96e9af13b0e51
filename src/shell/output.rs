//! What commands of the line print, when the line gives it: for `$(…)`, pipes and `<(…)`.

use super::folder::moved;
use super::tree::{Reader, Stdin};
use super::{LONGEST, Word, base_name, decode};

impl Reader<'_> {
    /// What the commands since `mark` print, when the line gives it.
    pub(super) fn output_since(&mut self, mark: usize) -> Stdin {
        let mut text = String::new();
        if mark >= self.reading.commands.len() {
            return Stdin::Unknown;
        }
        for index in mark..self.reading.commands.len() {
            if self.captured[index] {
                continue;
            }
            let Some(printed) = self.output_of(index) else { return Stdin::Unknown };
            text.push_str(&printed);
            if text.len() > LONGEST {
                return Stdin::Unknown;
            }
        }
        Stdin::Text(text.into())
    }

    /// What the commands since `mark` print goes to whoever asked, and nowhere else.
    pub(super) fn captured_since(&mut self, mark: usize) -> Stdin {
        let output = self.output_since(mark);
        self.captured[mark..].fill(true);
        output
    }

    fn output_of(&mut self, index: usize) -> Option<String> {
        let command = &self.reading.commands[index];
        let program = command.program()?;
        if !command.writes.is_empty() && program != "tee" {
            return None;
        }
        if let Some(printed) = decode::printed(&command.words) {
            return Some(printed);
        }
        if sets_up(&command.words) {
            return Some(String::new());
        }
        if program == "pwd" {
            return Some(format!("{}\n", command.dir.as_ref()?.to_str()?));
        }
        if program == "git" && command.words.iter().any(|word| word.text == "--show-toplevel") {
            return Some(format!("{}\n", command.dir.as_ref()?.to_str()?));
        }
        if matches!(program, "cd" | "true" | ":" | "set" | "export" | "sleep") {
            return Some(String::new());
        }
        if program == "cat" && command.words.len() == 2 && command.words[1].text != "-" {
            let path = command.words[1]
                .certain
                .then(|| moved(command.dir.as_deref(), &command.words[1].text))??;
            return self.text_of(&path).ok();
        }
        let input = match self.inputs.get(index)? {
            Stdin::Text(text) => text.to_string(),
            Stdin::File(path) => {
                let path = path.clone();
                self.text_of(&path).ok()?
            }
            Stdin::Unknown | Stdin::Inherited => String::new(),
        };
        let known = matches!(self.inputs.get(index)?, Stdin::Text(_) | Stdin::File(_));
        let words = &self.reading.commands[index].words;
        decode::filtered(words, known.then_some(input.as_str()))
    }
}

/// Whether a command prints settings for a shell that the person's tools make: `eval "$(ssh-agent -s)"`. Whoever can
/// change these programs needs no line.
fn sets_up(words: &[Word]) -> bool {
    const BY_VERB: &[&str] = &[
        "init",
        "hook",
        "shellenv",
        "env",
        "activate",
        "completion",
        "completions",
        "shell-init",
        "export",
        "shell.bash",
        "shell.zsh",
        "--alias",
        "docker-env",
        "podman-env",
        "path",
        "virtualenv-init",
        "integrate-shell",
        "generate-shell-completion",
        "completion-script",
        "source-completion",
    ];
    let mut texts = words.iter().map(|word| word.text.as_str());
    let Some(program) = texts.next().map(base_name) else { return false };
    match program {
        "ssh-agent"
        | "dircolors"
        | "gdircolors"
        | "lesspipe"
        | "lesspipe.sh"
        | "keychain"
        | "resize"
        | "tset"
        | "register-python-argcomplete" => true,
        "direnv" | "pyenv" | "rbenv" | "nodenv" | "jenv" | "goenv" | "brew" | "starship"
        | "zoxide" | "fnm" | "mise" | "asdf" | "opam" | "luarocks" | "conda" | "mamba"
        | "micromamba" | "docker-machine" | "minikube" | "thefuck" | "kubectl" | "helm" | "gh"
        | "glab" | "uv" | "uvx" | "poetry" | "pip" | "pip3" | "npm" | "rustup" | "atuin"
        | "fzf" | "sheldon" | "pixi" | "volta" | "sdk" | "hatch" | "deno" | "bun" | "just"
        | "flux" | "argocd" | "eksctl" | "kind" | "oh-my-posh" | "gpg-agent" | "swiftly"
        | "rtx" | "devbox" | "tailscale" => {
            texts.take(3).any(|text| BY_VERB.contains(&text) || text == "--bash" || text == "--zsh")
        }
        _ => false,
    }
}

//! Git's own indirection: aliases, commands in its configuration, and verbs that run a command.

use super::folder::{located, moved};
use super::launch::joined_words;
use super::options::{Arg, Args};
use super::tree::{Call, Reader};
use super::{FileText, Word, names_guarded};

/// Options of git itself that take a value.
const GLOBAL: &[&str] = &[
    "-C",
    "-c",
    "--git-dir",
    "--work-tree",
    "--namespace",
    "--super-prefix",
    "--config-env",
    "--attr-source",
];

/// Subcommands that no alias can hide, as git lists them; the ones that a person types.
const BUILTIN: &str = "add am apply archive bisect blame branch bundle cat-file check-attr check-ignore checkout checkout-index cherry cherry-pick clean clone column commit commit-graph commit-tree config count-objects credential describe diff diff-files diff-index diff-tree difftool fast-export fast-import fetch fetch-pack filter-branch fmt-merge-msg for-each-ref for-each-repo format-patch fsck gc grep hash-object help hook index-pack init instaweb interpret-trailers lfs log ls-files ls-remote ls-tree mailinfo maintenance merge merge-base merge-file merge-tree mergetool mv name-rev notes pack-objects prune pull push range-diff read-tree rebase reflog remote repack replace request-pull rerere reset restore rev-list rev-parse revert rm send-email send-pack shortlog show show-branch show-ref sparse-checkout stash status stripspace submodule subtree svn switch symbolic-ref tag unpack-objects update-index update-ref var verify-commit verify-tag version whatchanged worktree write-tree";

/// Keys of the configuration whose value git runs.
const RUN_KEYS: &[&str] = &[
    "core.editor",
    "core.pager",
    "core.sshcommand",
    "core.fsmonitor",
    "core.askpass",
    "sequence.editor",
    "diff.external",
    "credential.helper",
    "gpg.program",
];

/// Variables of the environment whose value git runs.
const RUN_VARIABLES: &[&str] = &[
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_PAGER",
    "GIT_SSH_COMMAND",
    "GIT_SSH",
    "GIT_EXTERNAL_DIFF",
    "GIT_ASKPASS",
    "EDITOR",
    "VISUAL",
    "PAGER",
];

/// Hooks that a subcommand runs, as githooks(5) lists them.
const HOOKS: &[(&str, &[&str])] = &[
    ("commit", &["pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"]),
    ("merge", &["pre-merge-commit", "post-merge"]),
    ("pull", &["post-merge", "post-rewrite"]),
    ("checkout", &["post-checkout"]),
    ("switch", &["post-checkout"]),
    ("rebase", &["pre-rebase", "post-rewrite", "post-checkout"]),
    ("am", &["applypatch-msg", "pre-applypatch", "post-applypatch"]),
    ("push", &["pre-push"]),
    ("hook", &["pre-commit", "pre-push", "post-commit", "post-merge", "post-checkout"]),
];

/// Aliases of aliases that are followed.
const MOST_ALIASES: usize = 8;

impl Reader<'_> {
    /// Follows a call of git to whatever it runs beside itself; the call itself is the caller's.
    pub(super) fn git(&mut self, call: &Call) {
        let mut config = self.git_environment(call);
        let mut verb = None;
        for arg in Args::new(&call.words, 1, vec![GLOBAL]) {
            match arg {
                Arg::Operand(at) => {
                    verb = Some(at);
                    break;
                }
                Arg::Flag { value: Some(value), .. } if arg.is("-c") => {
                    let (key, value) = value.split_once('=').unwrap_or((value, "true"));
                    config.push((key.to_ascii_lowercase(), value.to_owned()));
                }
                Arg::Flag { value: Some(value), .. } if arg.is("--config-env") => {
                    if let Some((key, name)) = value.split_once('=')
                        && let Some(value) = self.environment(call, name)
                    {
                        config.push((key.to_ascii_lowercase(), value));
                    }
                }
                Arg::Flag { .. } => {}
            }
        }
        for (key, value) in &config {
            let runs = RUN_KEYS.contains(&key.as_str()) || key.starts_with("pager.");
            if runs && names_guarded(value.as_bytes()) {
                self.git_script(call, value.trim_start_matches('!'), key);
            }
        }
        for name in RUN_VARIABLES {
            if let Some(value) = self.environment(call, name)
                && names_guarded(value.as_bytes())
            {
                self.git_script(call, &value, name);
            }
        }
        let Some(at) = verb.filter(|at| call.words[*at].certain) else { return };
        let rest = &call.words[at + 1..];
        let name = call.words[at].text.clone();
        match name.as_str() {
            "config" => self.git_config(rest),
            "submodule"
                if rest
                    .iter()
                    .find(|w| !w.text.starts_with('-'))
                    .is_some_and(|w| w.text == "foreach") =>
            {
                let behind = rest.iter().skip_while(|word| word.text != "foreach").skip(1);
                let code: Vec<Word> =
                    behind.skip_while(|w| w.text.starts_with('-')).cloned().collect();
                self.push_shell(call, &code, "git submodule foreach");
            }
            "bisect" if rest.first().is_some_and(|word| word.text == "run") => {
                self.git_words(call, rest[1..].to_vec(), "git bisect run");
            }
            "for-each-repo" => {
                let skip = |word: &&Word| word.text.starts_with('-');
                let mut words = vec![Word::known("git")];
                words.extend(rest.iter().skip_while(skip).cloned());
                self.git_words(call, words, "git for-each-repo");
            }
            "rebase" => self.git_code_options(call, rest, &["-x", "--exec"]),
            "difftool" => self.git_code_options(call, rest, &["-x", "--extcmd"]),
            "filter-branch" => self.git_code_options(
                call,
                rest,
                &[
                    "--tree-filter",
                    "--index-filter",
                    "--msg-filter",
                    "--env-filter",
                    "--commit-filter",
                    "--parent-filter",
                    "--setup",
                ],
            ),
            name if BUILTIN.split(' ').any(|known| known == name) => {}
            name => self.git_alias(call, &config, name, at),
        }
        self.git_hooks(call, &config, &name);
    }

    fn git_alias(&mut self, call: &Call, config: &[(String, String)], name: &str, at: usize) {
        let key = format!("alias.{}", name.to_ascii_lowercase());
        let given = config.iter().rev().find(|(k, _)| *k == key).map(|(_, value)| value.clone());
        let dir = self.git_folder(call);
        let alias = given
            .or_else(|| self.git_aliases.get(&key).cloned())
            .or_else(|| self.included_alias(call, config, name))
            .or_else(|| {
                let dir = dir.filter(|dir| !dir.starts_with("~"))?;
                self.surroundings.git_alias(&dir, name)
            });
        let Some(alias) = alias else {
            // `git NAME` runs `git-NAME` from `PATH`.
            let mut words = vec![Word::known(format!("git-{name}"))];
            words.extend(call.words[at + 1..].iter().cloned());
            let (dir, assignments) = (call.dir.clone(), call.assignments.clone());
            return self.local_script(
                &format!("git-{name}"),
                &Call { words, dir, assignments, ..Call::default() },
            );
        };
        if self.alias_depth >= MOST_ALIASES {
            return self.unsure("git's aliases are nested too deep");
        }
        self.alias_depth += 1;
        let layer = format!("git alias {name}");
        let rest = &call.words[at + 1..];
        match alias.strip_prefix('!') {
            Some(code) => {
                // Git hands the arguments to the shell as `$1` and on, behind the code.
                let mut code = vec![Word::known(format!("set -- {}; {code}", quoted_all(rest)))];
                code.push(Word::known("\"$@\""));
                if !rest.iter().all(|word| word.certain) {
                    code.push(Word::unknown(""));
                }
                self.push_shell(call, &code, &layer);
            }
            None => {
                let mut words = call.words[..at].to_vec();
                words.extend(split(&alias).into_iter().map(Word::known));
                words.extend(rest.iter().cloned());
                self.git_words(call, words, &layer);
            }
        }
        self.alias_depth -= 1;
    }

    /// An alias in a configuration file that the line names: `-c include.path=F`, `GIT_CONFIG_GLOBAL=F`.
    fn included_alias(
        &mut self,
        call: &Call,
        config: &[(String, String)],
        name: &str,
    ) -> Option<String> {
        let mut files: Vec<String> = ["GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG"]
            .iter()
            .filter_map(|variable| self.environment(call, variable))
            .collect();
        files.extend(
            config.iter().filter(|(key, _)| key == "include.path").map(|(_, file)| file.clone()),
        );
        files.into_iter().filter(|file| file != "/dev/null").take(4).find_map(|file| {
            let text = self.text_of(&located(call.dir.as_deref(), &file)).ok()?;
            setting(&text, "alias", name)
        })
    }

    /// The hooks that git runs beside its own work, when they push or the like. What cannot be read in them is
    /// nobody's fault: the tools that install hooks write programs into them.
    fn git_hooks(&mut self, call: &Call, config: &[(String, String)], verb: &str) {
        let Some((_, hooks)) = HOOKS.iter().find(|(known, _)| *known == verb) else { return };
        let skips = call.words.iter().any(|word| word.text == "--no-verify");
        let Some(root) = call.dir.clone().filter(|dir| !dir.starts_with("~")) else { return };
        let root = self.git_folder(call).unwrap_or(root);
        let Some((top, git)) = self.git_root(&root) else { return };
        let given = config
            .iter()
            .rev()
            .find(|(key, _)| key == "core.hookspath")
            .map(|(_, path)| path.clone());
        let set = given.or_else(|| {
            let text = self.surrounding(&git.join("config"))?;
            setting(&text, "core", "hooksPath")
        });
        let folder = match set {
            Some(path) => located(Some(&top), &path),
            None => git.join("hooks"),
        };
        for hook in *hooks {
            let checks = matches!(
                *hook,
                "pre-commit" | "commit-msg" | "pre-push" | "pre-merge-commit" | "pre-rebase"
            );
            let path = folder.join(hook);
            if skips && checks
                || self.surrounding(&path).is_none_or(|text| !names_guarded(text.as_bytes()))
            {
                continue;
            }
            let (unsure, near) = (self.reading.unsure.clone(), self.reading.near);
            let inner = Call { dir: Some(top.clone()), ..Call::default() };
            self.inside(&format!("git {verb}"), |reader| reader.run_file(&path, None, "", &inner));
            self.reading.unsure = unsure;
            self.reading.near = near;
        }
    }

    /// The top of the working tree and git's folder, of the worktrees' common one.
    fn git_root(
        &mut self,
        dir: &std::path::Path,
    ) -> Option<(std::path::PathBuf, std::path::PathBuf)> {
        for top in dir.ancestors().take(16) {
            let git = top.join(".git");
            if self.surrounding(&git.join("HEAD")).is_some() {
                return Some((top.to_path_buf(), git));
            }
            if let Some(link) = self.surrounding(&git) {
                let path = located(Some(top), link.trim().strip_prefix("gitdir: ")?);
                // `.git/worktrees/NAME` lies in the common folder.
                let common = path
                    .ancestors()
                    .nth(2)
                    .filter(|_| path.parent().is_some_and(|p| p.ends_with("worktrees")));
                return Some((top.to_path_buf(), common.unwrap_or(&path).to_path_buf()));
            }
        }
        None
    }

    /// The text of a small file that is looked at, but decides nothing by itself.
    fn surrounding(&self, path: &std::path::Path) -> Option<String> {
        match self.surroundings.file(path, 64 << 10) {
            FileText::Text(text) => Some(text),
            FileText::Missing | FileText::Unreadable(_) => None,
        }
    }

    fn git_words(&mut self, call: &Call, words: Vec<Word>, layer: &str) {
        let inner = Call {
            words,
            assignments: call.assignments.clone(),
            dir: call.dir.clone(),
            stdin: call.stdin.clone(),
            ..Call::default()
        };
        self.inside(layer, |reader| reader.emit(inner));
    }

    fn git_script(&mut self, call: &Call, code: &str, layer: &str) {
        // The configuration is inherited; without this a pager that pages would go round.
        let bare = Call { dir: call.dir.clone(), ..Call::default() };
        self.push_shell(&bare, &[Word::known(code)], layer);
    }

    fn git_code_options(&mut self, call: &Call, rest: &[Word], options: &[&str]) {
        let codes: Vec<Word> = Args::new(rest, 0, vec![options])
            .filter_map(|arg| match arg {
                Arg::Flag { value, .. } if options.iter().any(|option| arg.is(option)) => {
                    Some(value.map_or(Word::unknown(""), Word::known))
                }
                _ => None,
            })
            .collect();
        for code in codes {
            self.push_shell(call, &[code], "git");
        }
    }

    /// `git config alias.x 'push'`: later calls in the line see it.
    fn git_config(&mut self, rest: &[Word]) {
        let operands: Vec<&Word> =
            rest.iter().filter(|word| !word.text.starts_with('-') && word.text != "set").collect();
        if let [key, value, ..] = operands.as_slice()
            && key.certain
            && value.certain
            && self.git_aliases.len() < 64
        {
            self.git_aliases.insert(key.text.to_ascii_lowercase(), value.text.clone());
        }
    }

    /// A variable of the environment that this call gets from the line.
    fn environment(&self, call: &Call, name: &str) -> Option<String> {
        let own = call.assignments.iter().rev().find(|(known, _)| known == name);
        match own {
            Some((_, word)) => word.certain.then(|| word.text.clone()),
            None => {
                self.scope.variables.get(name).cloned().flatten().map(|values| values.join(" "))
            }
        }
    }

    /// The configuration in `GIT_CONFIG_COUNT` and its kin, and in `GIT_CONFIG_PARAMETERS`.
    fn git_environment(&self, call: &Call) -> Vec<(String, String)> {
        let mut config = Vec::new();
        let count = self.environment(call, "GIT_CONFIG_COUNT").and_then(|n| n.parse().ok());
        for index in 0..count.unwrap_or(0usize).min(16) {
            let key = self.environment(call, &format!("GIT_CONFIG_KEY_{index}"));
            let value = self.environment(call, &format!("GIT_CONFIG_VALUE_{index}"));
            config.extend(key.map(|k| k.to_ascii_lowercase()).zip(value));
        }
        if let Some(text) = self.environment(call, "GIT_CONFIG_PARAMETERS") {
            // Both forms are in use: 'key=value' and 'key'='value'.
            for part in split(&text) {
                if let Some((key, value)) = part.split_once('=') {
                    config.push((key.to_ascii_lowercase(), value.to_owned()));
                }
            }
        }
        config
    }

    /// The folder in which git looks for its configuration.
    fn git_folder(&self, call: &Call) -> Option<std::path::PathBuf> {
        let mut dir = call.dir.clone();
        let mut args = Args::new(&call.words, 1, vec![GLOBAL]);
        while let Some(Arg::Flag { value, name, .. }) = args.next() {
            if name == "-C" {
                dir = value.and_then(|value| moved(dir.as_deref(), value));
            }
        }
        dir
    }

    /// Where a call acts whose repository is named by `--git-dir`, `--work-tree` or their variables.
    pub(super) fn git_dir(&self, call: &Call) -> Option<std::path::PathBuf> {
        let mut named = self.environment(call, "GIT_DIR");
        let mut tree = self.environment(call, "GIT_WORK_TREE");
        let args = Args::new(&call.words, 1, vec![GLOBAL]);
        for arg in args {
            match arg {
                Arg::Flag { value: Some(value), .. } if arg.is("--git-dir") => {
                    named = Some(value.to_owned());
                }
                Arg::Flag { value: Some(value), .. } if arg.is("--work-tree") => {
                    tree = Some(value.to_owned());
                }
                Arg::Flag { .. } if arg.is("-C") => return call.dir.clone(),
                Arg::Flag { .. } => {}
                Arg::Operand(_) => break,
            }
        }
        match (tree, named) {
            (Some(tree), _) => moved(call.dir.as_deref(), &tree),
            (None, Some(named)) => {
                let path = moved(call.dir.as_deref(), &named)?;
                Some(if path.ends_with(".git") { path.parent()?.to_path_buf() } else { path })
            }
            (None, None) => call.dir.clone(),
        }
    }
}

/// Each word in single quotes, so that it is one word again.
pub(super) fn quoted_all(words: &[Word]) -> String {
    let quoted = |word: &Word| format!("'{}'", word.text.replace('\'', r"'\''"));
    joined_words(&words.iter().map(|w| Word::known(quoted(w))).collect::<Vec<_>>()).text
}

/// Words of a text with simple quotes, as git splits an alias.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut current: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                current.get_or_insert_default();
            }
            (None | Some('"'), '\\') => current.get_or_insert_default().extend(chars.next()),
            (None, c) if c.is_whitespace() => words.extend(current.take()),
            (_, c) => current.get_or_insert_default().push(c),
        }
    }
    words.extend(current);
    words
}

/// The value of a key in a section of a git configuration file.
fn setting(text: &str, section: &str, key: &str) -> Option<String> {
    let mut here = false;
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if let Some(head) = line.strip_prefix('[') {
            here = head.trim_end_matches(']').trim().eq_ignore_ascii_case(section);
        } else if here
            && let Some((name, value)) = line.split_once('=')
            && name.trim().eq_ignore_ascii_case(key)
        {
            let value = value.trim();
            let quoted = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
            found = Some(quoted.map_or(value.to_owned(), |v| v.replace("\\\"", "\"")));
        }
    }
    found
}

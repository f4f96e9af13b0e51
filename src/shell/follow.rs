//! Files that decide what a line does: scripts, `package.json`, Makefiles and their kin.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::folder::{is_unknown, located};
use super::tree::{Call, Reader, Stdin};
use super::{FileText, SimpleCommand, decode, language, names_guarded};

/// Files in files that are followed.
const DEEPEST_FILE: usize = 2;
/// Bytes of one file.
const MOST_FILE: usize = 64 << 10;
/// Bytes of all files together that are read for one line.
const MOST_FILES: usize = 256 << 10;
/// Copies of files that are kept in mind, and folders of a `PATH` that are searched.
const MOST_COPIES: usize = 16;

/// Why a file that the line makes cannot be read.
const WRITTEN: &str = "the line writes it before it runs it";

/// What was read and written on the way.
#[derive(Debug, Default)]
pub(super) struct Followed {
    depth: usize,
    bytes: usize,
    /// Files that the line itself writes; `None` when their text is not known.
    written: BTreeMap<PathBuf, Option<Rc<str>>>,
    /// Files that the line copies, moves or links: where to, where from.
    copies: Vec<(PathBuf, PathBuf)>,
    /// Tasks being followed: a task that calls itself ends here.
    pub(super) tasks: Vec<(PathBuf, String)>,
}

impl Reader<'_> {
    /// Notes what a command writes into files, for when they are run.
    pub(super) fn remember_writes(&mut self, command: &SimpleCommand, stdin: &Stdin) {
        self.remember_copies(command);
        let tee = command.program() == Some("tee");
        if command.writes.is_empty() && !tee || self.files.written.len() >= 32 {
            return;
        }
        let text: Option<Rc<str>> = match (decode::printed(&command.words), stdin) {
            (Some(text), _) => Some(text.into()),
            (None, Stdin::Text(text)) => {
                decode::filtered(&command.words, Some(text)).map(Into::into)
            }
            _ => None,
        };
        let operands = command.words.iter().skip(1).filter(|w| tee && !w.text.starts_with('-'));
        for target in command.writes.iter().chain(operands) {
            // Of a path that is known in part, the file's name may be.
            let dir = command.dir.as_deref().filter(|_| target.certain);
            if target.certain || target.text.contains('/') {
                let path = located(dir, &target.text);
                // A second write may append: what is not known to be new is joined.
                let known = match self.files.written.get(&path) {
                    Some(Some(before)) => {
                        text.as_ref().map(|text| format!("{before}{text}").into())
                    }
                    Some(None) => None,
                    None => text.clone(),
                };
                self.files.written.insert(path, known);
            }
        }
    }

    fn remember_copies(&mut self, command: &SimpleCommand) {
        if !matches!(command.program(), Some("cp" | "mv" | "ln" | "install"))
            || self.files.copies.len() >= MOST_COPIES
        {
            return;
        }
        let mut operands = command.words[1..].iter().filter(|word| !word.text.starts_with('-'));
        if let (Some(from), Some(to), None) = (operands.next(), operands.next(), operands.next())
            && from.certain
            && to.certain
        {
            let dir = command.dir.as_deref();
            let mut target = located(dir, &to.text);
            if to.text.ends_with('/') || to.text == "." {
                target.extend(Path::new(&from.text).file_name());
            }
            self.files.copies.push((target, located(dir, &from.text)));
        }
    }

    /// What the line itself wrote into this file. Where the folder of either is not known, the name decides.
    fn written(&self, path: &Path) -> Option<&Option<Rc<str>>> {
        self.files.written.get(path).or_else(|| {
            let same = |known: &Path| {
                (is_unknown(known) || is_unknown(path)) && known.file_name() == path.file_name()
            };
            self.files.written.iter().find(|(known, _)| same(known)).map(|(_, text)| text)
        })
    }

    /// Whether the line itself writes a file of this name.
    fn writes_program(&self, name: &str) -> Option<PathBuf> {
        let named = |path: &&PathBuf| path.file_name().is_some_and(|file| file == name);
        let copies = self.files.copies.iter().map(|(to, _)| to);
        self.files.written.keys().chain(copies).find(named).cloned()
    }

    /// Whether the line writes a file whose name a path known in part ends with.
    pub(super) fn wrote(&self, text: &str) -> bool {
        let name = text.rsplit('/').next().unwrap_or_default();
        !name.is_empty() && text.contains('/') && self.writes_program(name).is_some()
    }

    /// The text of a file, or why there is none.
    pub(super) fn text_of(&mut self, path: &Path) -> Result<String, String> {
        if let Some(known) = self.written(path) {
            return match known {
                Some(text) => Ok(text.to_string()),
                None => Err(WRITTEN.to_owned()),
            };
        }
        if let Some((_, from)) = self.files.copies.iter().find(|(to, _)| to == path)
            && from != path
        {
            let from = from.clone();
            let copies = std::mem::take(&mut self.files.copies);
            let text = self.text_of(&from);
            self.files.copies = copies;
            return text;
        }
        if is_unknown(path) {
            return Err("its folder is not known".to_owned());
        }
        if path.starts_with("~") {
            return Err("it is in the home folder".to_owned());
        }
        let room = MOST_FILES.saturating_sub(self.files.bytes);
        match self.surroundings.file(path, MOST_FILE.min(room)) {
            FileText::Text(text) => {
                self.files.bytes += text.len();
                if !self.reading.followed.iter().any(|known| known == path) {
                    self.reading.followed.push(path.to_path_buf());
                }
                self.reading.near |= names_guarded(text.as_bytes());
                Ok(text)
            }
            FileText::Missing => Err("it is not there".to_owned()),
            FileText::Unreadable(why) => Err(why),
        }
    }

    /// Runs `body` one file deeper; says so when that is too deep.
    pub(super) fn deeper(&mut self, about: &str, text: &str, body: impl FnOnce(&mut Self)) {
        if self.files.depth >= DEEPEST_FILE {
            let why = format!("{about} is a file in a file in a file, which is not followed");
            return self.unsure_near(text, why);
        }
        self.files.depth += 1;
        let scripts = std::mem::take(&mut self.scripts);
        body(self);
        self.scripts = scripts;
        self.files.depth -= 1;
    }

    /// `source FILE`: in this shell.
    pub(super) fn source_file(&mut self, path: &Path, args: Option<Rc<Vec<String>>>) {
        if ["/etc", "/usr"].iter().any(|folder| path.starts_with(folder)) {
            // The system's own settings.
            return;
        }
        let name = file_name(path);
        match self.text_of(path) {
            Ok(text) => self.deeper(&name, &text.clone(), |reader| {
                let saved = reader.scope.args.clone();
                if args.is_some() {
                    reader.scope.args = args;
                }
                reader.inside(&format!("source {name}"), |reader| reader.script(&text));
                reader.scope.args = saved;
            }),
            Err(why) if why == WRITTEN => self.unsure(format!("{name} cannot be read: {why}")),
            Err(why) => self.unsure_named(&name, format!("{name} cannot be read: {why}")),
        }
    }

    /// Runs a script in its own process. `shell` is what would run it when it names nobody itself.
    pub(super) fn run_file(
        &mut self,
        path: &Path,
        args: Option<Rc<Vec<String>>>,
        shell: &str,
        call: &Call,
    ) {
        let name = file_name(path);
        let text = match self.text_of(path) {
            Ok(text) => text,
            Err(why) if why == WRITTEN => {
                return self.unsure(format!("{name} cannot be read: {why}"));
            }
            Err(why) => {
                let words: Vec<&str> = call.words.iter().map(|w| w.text.as_str()).collect();
                let about = format!("{name} {}", words.join(" "));
                return self.unsure_named(&about, format!("{name} cannot be read: {why}"));
            }
        };
        let (stdin, dir) = (call.stdin.clone(), call.dir.clone());
        let assignments = call.assignments.clone();
        let language = if shell.is_empty() { language::shebang(&text) } else { None };
        self.deeper(&name, &text.clone(), |reader| {
            reader.scoped(|reader| {
                reader.scope.args = args;
                reader.scope.stdin = stdin;
                reader.scope.dir = dir;
                for (name, value) in &assignments {
                    reader.assign(name, value);
                }
                reader.inside(&name, |reader| match language {
                    Some(language) => reader.inline(&text, language),
                    None => reader.script(&text),
                });
            });
        });
    }

    /// A program that is a file of the project, one that the line wrote, or one in a folder that the line
    /// puts into `PATH`.
    pub(super) fn local_script(&mut self, program: &str, call: &Call) {
        let text = call.words[0].text.as_str();
        const SYSTEM: &[&str] =
            &["/usr/", "/bin/", "/sbin/", "/opt/", "/nix/", "/snap/", "/dev/", "/proc/"];
        let path = if !text.contains('/') {
            self.writes_program(program).or_else(|| self.on_path(program, call))
        } else if let Some(path) = self.writes_program(program) {
            Some(path)
        } else if SYSTEM.iter().any(|folder| text.starts_with(folder))
            || super::action::rows().any(|row| row.program == program)
        {
            None
        } else {
            Some(located(call.dir.as_deref(), text))
        };
        let Some(path) = path else { return };
        if let Some(language) = language::by_extension(program).filter(|_| !text.ends_with(".sh")) {
            return self.run_source(&path, language);
        }
        let args = super::peel::known_texts(text, &call.words[1..]);
        self.run_file(&path, args, "", call);
    }

    /// A file of this name in one of the folders that the line puts in front of `PATH`.
    fn on_path(&mut self, program: &str, call: &Call) -> Option<PathBuf> {
        let own = call.assignments.iter().rev().find(|(name, _)| name == "PATH");
        let value = match own {
            Some((_, word)) => word.certain.then(|| word.text.clone()),
            None => self.lookup("PATH").flatten().map(|values| values.concat()),
        }?;
        let folders =
            value.split(':').filter(|f| !f.is_empty() && !super::expand::PATH.contains(f));
        folders
            .take(MOST_COPIES)
            .map(|folder| located(call.dir.as_deref(), folder).join(program))
            .find(|path| matches!(self.surroundings.file(path, MOST_FILE), FileText::Text(_)))
    }

    /// Says so when a module beside a Python program, which it imports, may start something guarded.
    fn modules(&mut self, path: &Path, text: &str, language: language::Language) {
        if language != language::Language::Python {
            return;
        }
        let imported = text.lines().filter_map(|line| {
            let rest = line.strip_prefix("import ").or_else(|| line.strip_prefix("from "))?;
            rest.split([' ', ',', '.']).next()
        });
        let names: Vec<&str> = imported.filter(|name| !name.is_empty()).take(MOST_COPIES).collect();
        for name in names {
            let module = path.with_file_name(format!("{name}.py"));
            let FileText::Text(code) = self.surroundings.file(&module, MOST_FILE) else { continue };
            if language.can_start(&code) {
                self.unsure_near(&code, format!("{name}.py, which it imports, may start it"));
            }
        }
    }

    /// A program of an interpreted language, read for the processes it starts.
    pub(super) fn run_source(&mut self, path: &Path, language: language::Language) {
        let name = file_name(path);
        match self.text_of(path) {
            Ok(text) => {
                self.modules(path, &text, language);
                self.deeper(&name, &text.clone(), |reader| {
                    reader.inside(&name, |reader| reader.inline(&text, language));
                });
            }
            Err(why) => self.unsure_named(&name, format!("{name} cannot be read: {why}")),
        }
    }
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

//! Walks the syntax tree of a line and follows what the line itself decides.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tree_sitter::{Node, Parser};

use super::follow::Followed;
use super::parse::{COPROC, TOO_MUCH};
use super::redirect::{Last, Redirects};
use super::word::{Fields, LONGEST_WORD};
use super::{Dialect, Reading, SimpleCommand, Surroundings, Word, base_name, names_guarded};

/// Deepest nesting of the tree that is walked; keeps the stack small.
const DEEPEST: usize = 120;
/// Nodes that are visited for one line.
const MOST_NODES: usize = 400_000;
/// Commands that are found in one line with all that it follows; each takes about 10 µs in a release build.
const MOST_COMMANDS: usize = 2_048;
/// Variables that are followed.
const MOST_VARIABLES: usize = 256;
/// Values of a `for` that are followed one by one.
const MOST_ROUNDS: usize = 16;

/// Variables that decide which tools a gate runs, and that are in everybody's environment already.
const STEERING: &[&str] =
    &["PATH", "HOME", "LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV", "NODE_OPTIONS", "PYTHONPATH"];

/// What a command reads on its standard input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Stdin {
    /// The line's own.
    #[default]
    Inherited,
    /// This text.
    Text(Rc<str>),
    /// The text of this file.
    File(PathBuf),
    /// Something that the line does not give.
    Unknown,
}

/// What a subshell gets a copy of.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    pub(super) dir: Option<PathBuf>,
    /// Values set in the line; `None` for a value that cannot be told.
    pub(super) variables: Rc<BTreeMap<String, Option<Vec<String>>>>,
    /// What `declare -n` makes names of others.
    pub(super) references: Rc<BTreeMap<String, String>>,
    /// `$1` and on; `None` when they cannot be told.
    pub(super) args: Option<Rc<Vec<String>>>,
    pub(super) stdin: Stdin,
}

/// A command before its wrappers are taken off.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) words: Vec<Word>,
    pub(super) assignments: Vec<(String, Word)>,
    pub(super) writes: Vec<Word>,
    pub(super) dir: Option<PathBuf>,
    pub(super) stdin: Stdin,
}

/// The state of one reading.
pub(super) struct Reader<'s> {
    pub(super) parser: Parser,
    pub(super) surroundings: &'s dyn Surroundings,
    pub(super) reading: Reading,
    /// What each command of the reading reads.
    pub(super) inputs: Vec<Stdin>,
    /// Whether what a command of the reading prints goes into a pipe or an expansion.
    pub(super) captured: Vec<bool>,
    pub(super) scope: Scope,
    /// Bodies of the functions defined so far, and whether each was called.
    pub(super) functions: BTreeMap<String, (Rc<str>, bool)>,
    /// Aliases of the shell defined so far.
    pub(super) aliases: BTreeMap<String, String>,
    /// Git aliases that the line defines by `git config`.
    pub(super) git_aliases: BTreeMap<String, String>,
    /// What has been peeled off on the way to the command at hand.
    pub(super) layers: Vec<Rc<str>>,
    pub(super) files: Followed,
    /// Names that stand for `<(…)`, with what it prints.
    pub(super) substitutions: Vec<(String, Rc<str>)>,
    /// The code being read has holes where its values are not known.
    pub(super) holey: bool,
    pub(super) alias_depth: usize,
    pub(super) depth: usize,
    pub(super) scripts: usize,
    pub(super) bytes: usize,
    /// What the parser has done so far, in hundreds of its steps.
    pub(super) steps: usize,
    /// Bytes that the parser has looked at so far.
    pub(super) scanned: usize,
    /// Nodes of all trees so far.
    pub(super) tree_nodes: usize,
    /// Words copied so far when wrappers were taken off.
    pub(super) copied: usize,
    nodes: usize,
    loops: usize,
    /// Commands of the reading that traps run.
    pub(super) trapped: Vec<Range<usize>>,
    /// Where the commands of the last redirected statement begin.
    pub(super) mark: usize,
}

pub(super) fn read(
    line: &str,
    dir: &Path,
    dialect: Dialect,
    surroundings: &dyn Surroundings,
) -> Reading {
    let mut parser = Parser::new();
    if let Err(error) = parser.set_language(&tree_sitter_bash::LANGUAGE.into()) {
        return Reading {
            unsure: vec![format!("no shell grammar: {error}")],
            ..Reading::default()
        };
    }
    let mut reader = Reader {
        parser,
        surroundings,
        reading: Reading { near: names_guarded(line.as_bytes()), ..Reading::default() },
        inputs: Vec::new(),
        captured: Vec::new(),
        scope: Scope { dir: Some(dir.to_path_buf()), ..Scope::default() },
        functions: BTreeMap::new(),
        aliases: BTreeMap::new(),
        git_aliases: BTreeMap::new(),
        layers: Vec::new(),
        files: Followed::default(),
        substitutions: Vec::new(),
        holey: false,
        alias_depth: 0,
        depth: 0,
        scripts: 0,
        bytes: 0,
        steps: 0,
        scanned: 0,
        tree_nodes: 0,
        copied: 0,
        nodes: 0,
        loops: 0,
        trapped: Vec::new(),
        mark: 0,
    };
    match dialect {
        Dialect::Bash => reader.script(line),
        Dialect::PowerShell => reader.powershell(line),
    }
    // A body that nothing in the line calls may still be called: by a trap or an exported function.
    let never_called: Vec<Rc<str>> = reader
        .functions
        .values()
        .filter(|(_, called)| !called)
        .map(|(body, _)| body.clone())
        .collect();
    for body in never_called {
        reader.scope.args = None;
        reader.script(&body);
    }
    reader.reading
}

impl Reader<'_> {
    /// Notes once why something could not be read.
    pub(super) fn unsure(&mut self, why: impl Into<String>) {
        let why = why.into();
        if self.reading.unsure.len() < 16 && !self.reading.unsure.contains(&why) {
            self.reading.unsure.push(why);
        }
    }

    /// Notes why something could not be read, when `text` names something guarded.
    pub(super) fn unsure_near(&mut self, text: &str, why: impl Into<String>) {
        if names_guarded(text.as_bytes()) {
            self.reading.near = true;
            self.unsure(why);
        }
    }

    /// Notes that something named so could not be read, when the name says that it is guarded.
    pub(super) fn unsure_named(&mut self, name: &str, why: impl Into<String>) {
        if super::hints::sounds_guarded(name) {
            self.reading.near = true;
            self.unsure(why);
        }
    }

    /// Reads what `body` reads as the inside of `layer`.
    pub(super) fn inside(&mut self, layer: &str, body: impl FnOnce(&mut Self)) {
        // Deeper ones add nothing to what a person reads.
        let shown = self.layers.len() < 16;
        if shown {
            self.layers.push(layer.into());
        }
        let depth = self.layers.len();
        body(self);
        self.layers.truncate(depth);
        if shown {
            self.layers.pop();
        }
    }

    /// Runs `body` as a subshell does: what it changes is lost afterwards.
    pub(super) fn scoped(&mut self, body: impl FnOnce(&mut Self)) {
        let saved = self.scope.clone();
        body(self);
        self.scope = saved;
    }

    /// Goes to another folder. A trap that is set by then runs nobody knows where.
    pub(super) fn go(&mut self, dir: Option<PathBuf>) {
        if self.scope.dir != dir {
            for at in self.trapped.drain(..).flatten() {
                self.reading.commands[at].dir = None;
            }
        }
        self.scope.dir = dir;
    }

    pub(super) fn set(&mut self, name: &str, value: Option<Vec<String>>) {
        let variables = Rc::make_mut(&mut self.scope.variables);
        if variables.len() < MOST_VARIABLES || variables.contains_key(name) {
            let short = |v: &Vec<String>| v.iter().map(String::len).sum::<usize>() <= LONGEST_WORD;
            variables.insert(name.to_owned(), value.filter(short));
        } else {
            self.unsure("the line sets too many variables");
        }
    }

    pub(super) fn assign(&mut self, name: &str, value: &Word) {
        self.set(name, value.certain.then(|| vec![value.text.clone()]));
    }

    /// Adds a command to the reading.
    pub(super) fn push(&mut self, mut call: Call) {
        if call.words.first().is_some_and(|word| base_name(&word.text) == "git") {
            call.dir = self.git_dir(&call);
        }
        if call.words.first().is_some_and(|program| !program.certain) {
            self.unsure("a program's name comes from an expansion that the line does not give");
        }
        if call.words.first().is_some_and(|word| base_name(&word.text) == "portcullis") {
            // Set earlier in the line, they steer a gate as those in front of it do.
            for name in STEERING {
                if let Some(value) = self.scope.variables.get(*name) {
                    let value =
                        value.as_ref().map_or(Word::unknown(""), |v| Word::known(v.join(" ")));
                    call.assignments.push(((*name).to_owned(), value));
                }
            }
        }
        let input = self.statements(&call).map(Rc::from);
        let command = SimpleCommand {
            words: call.words,
            input,
            writes: call.writes,
            assignments: call.assignments,
            dir: call.dir,
            layers: self.layers.clone(),
        };
        if let Some(why) = super::action::unknown_verb(&command) {
            self.unsure(why);
        } else if self.holey && maybe_more(&command) {
            self.unsure("what a program is told to do is not known");
        }
        self.remember_writes(&command, &call.stdin);
        self.inputs.push(call.stdin);
        self.captured.push(false);
        self.reading.commands.push(command);
    }

    /// True when the walk must stop here.
    pub(super) fn exhausted(&mut self) -> bool {
        self.nodes += 1;
        if self.depth >= DEEPEST {
            self.unsure("the line is nested too deep");
            return true;
        }
        if self.nodes > MOST_NODES || self.reading.commands.len() > MOST_COMMANDS {
            self.unsure(TOO_MUCH);
            return true;
        }
        false
    }

    pub(super) fn walk(&mut self, src: &str, node: Node<'_>) {
        if self.exhausted() {
            return;
        }
        self.depth += 1;
        let around =
            matches!(node.kind(), "program" | "list" | "pipeline" | "redirected_statement");
        if !around && src.get(..node.start_byte()).is_some_and(|src| src.ends_with(COPROC)) {
            self.scoped(|reader| reader.statement(src, node));
        } else {
            self.statement(src, node);
        }
        self.depth -= 1;
    }

    pub(super) fn children(&mut self, src: &str, node: Node<'_>) {
        let mut cursor = node.walk();
        let mut children = node.children(&mut cursor).peekable();
        while let Some(child) = children.next() {
            if !child.is_named() {
                continue;
            }
            // In the background it is a shell of its own.
            if children.peek().is_some_and(|next| next.kind() == "&") {
                self.scoped(|reader| reader.walk(src, child));
            } else {
                self.walk(src, child);
            }
        }
    }

    fn statement(&mut self, src: &str, node: Node<'_>) {
        match node.kind() {
            "comment" | "heredoc_start" | "heredoc_end" | "word" | "raw_string" | "number" => {}
            "list" => self.list(src, node, None),
            "pipeline" => {
                let stages: Vec<_> = node.named_children(&mut node.walk()).collect();
                self.pipeline(src, &stages, None, None);
            }
            "subshell" | "command_substitution" | "process_substitution" => {
                self.scoped(|reader| reader.children(src, node));
            }
            "redirected_statement" => self.redirected(src, node),
            "command" => self.command(src, node, Redirects::default()),
            "declaration_command" => self.declaration(src, node),
            "variable_assignment" => {
                let (name, value) = self.assignment(src, node);
                self.set(&name, value);
            }
            "for_statement" => self.for_loop(src, node),
            "if_statement" | "while_statement" | "case_statement" | "c_style_for_statement" => {
                self.branches(src, node);
            }
            "function_definition" => {
                let text =
                    |field| node.child_by_field_name(field).map(|n: Node<'_>| &src[n.byte_range()]);
                if let (Some(name), Some(body)) = (text("name"), text("body")) {
                    self.functions.insert(name.to_owned(), (body.into(), false));
                }
            }
            "ERROR" => self.broken(src, node),
            "file_redirect" | "herestring_redirect" | "heredoc_redirect" => {
                let mut redirects = Redirects::default();
                self.redirect(src, node, &mut redirects);
                self.only_writes(redirects.writes);
                for next in redirects.stages.into_iter().chain(redirects.after) {
                    self.walk(src, next);
                }
            }
            _ => self.children(src, node),
        }
    }

    /// `a && b || c …` is nested to the left: walked in a loop, as it can be thousands long.
    pub(super) fn list(&mut self, src: &str, node: Node<'_>, mut last: Option<Last<'_>>) {
        let mut parts = Vec::new();
        let mut left = node;
        while left.kind() == "list" {
            let (Some(first), Some(last)) =
                (left.named_child(0), left.child(left.child_count() - 1))
            else {
                break;
            };
            let either = left.child(1).is_some_and(|operator| operator.kind() == "||");
            parts.push((last, either));
            left = first;
        }
        self.walk(src, left);
        for (index, (part, either)) in parts.into_iter().enumerate().rev() {
            let before = self.scope.dir.clone();
            match last.take_if(|_| index == 0) {
                Some(Last::With(redirects)) => self.with_redirects(src, part, redirects),
                Some(Last::Of(node)) => self.redirect_all(src, node, Some(part)),
                None => self.walk(src, part),
            }
            if either && self.scope.dir != before {
                self.scope.dir = None;
            }
        }
    }

    /// Walks a statement of which only a part runs: a folder changed in it is known no longer, nor is a variable to
    /// which two branches give different values.
    fn branches(&mut self, src: &str, node: Node<'_>) {
        let before = self.scope.dir.clone();
        let variables = Rc::clone(&self.scope.variables);
        let choice = matches!(node.kind(), "if_statement" | "case_statement");
        let mut ends = Vec::new();
        let mut moved = false;
        for child in node.children(&mut node.walk()).filter(Node::is_named) {
            if matches!(child.kind(), "else_clause" | "elif_clause" | "case_item") {
                moved |= self.scope.dir != before;
                self.scope.dir.clone_from(&before);
                if choice && !Rc::ptr_eq(&self.scope.variables, &variables) {
                    ends.push(std::mem::replace(&mut self.scope.variables, Rc::clone(&variables)));
                }
            }
            self.walk(src, child);
        }
        if moved || self.scope.dir != before {
            self.scope.dir = None;
        }
        for end in ends {
            for (name, value) in
                end.iter().filter(|(name, value)| variables.get(*name) != Some(value))
            {
                let now = self.scope.variables.get(name);
                if now == variables.get(name) && !variables.contains_key(name) {
                    self.set(name, value.clone());
                } else if now != Some(value) {
                    self.set(name, None);
                }
            }
        }
    }

    fn for_loop(&mut self, src: &str, node: Node<'_>) {
        let mut values = Vec::new();
        for value in node.children_by_field_name("value", &mut node.walk()) {
            values.append(&mut self.words(src, value));
        }
        let variable = node.child_by_field_name("variable").map_or("", |n| &src[n.byte_range()]);
        let Some(body) = node.child_by_field_name("body") else { return };
        let plain = values.iter().all(|v| v.certain && !v.text.contains(['*', '?', '[']));
        let before = self.scope.dir.clone();
        self.loops += 1;
        if plain && !values.is_empty() && values.len() <= MOST_ROUNDS && self.loops <= 2 {
            for value in values {
                self.set(variable, Some(vec![value.text]));
                self.walk(src, body);
            }
        } else {
            self.set(variable, None);
            self.walk(src, body);
        }
        self.loops -= 1;
        if self.scope.dir != before {
            self.scope.dir = None;
        }
    }

    pub(super) fn pipeline(
        &mut self,
        src: &str,
        stages: &[Node<'_>],
        first: Option<Stdin>,
        mut last: Option<Redirects<'_>>,
    ) {
        let mut input = first;
        for (index, &stage) in stages.iter().enumerate() {
            let redirects = last.take_if(|_| index + 1 == stages.len());
            let mark = self.reading.commands.len();
            self.scoped(|reader| {
                if let Some(input) = input.take() {
                    reader.scope.stdin = input;
                }
                match redirects {
                    Some(redirects) => reader.with_redirects(src, stage, redirects),
                    None => reader.walk(src, stage),
                }
            });
            if index + 1 < stages.len() {
                input = Some(self.captured_since(mark));
            }
        }
    }

    pub(super) fn command(&mut self, src: &str, node: Node<'_>, mut redirects: Redirects<'_>) {
        let mut call = Call::default();
        let mut inner = Vec::new();
        let mut own = Redirects::default();
        // Parts that stand together are one word, also where the grammar makes several of them: `-$"C"`,
        // `"git "\${x}`.
        let mut open: Option<(usize, Fields)> = None;
        // Asked for at once: `next_sibling` walks down from the root, which is far in a long list.
        let children: Vec<Node<'_>> = node.children(&mut node.walk()).collect();
        for (at, child) in children.iter().copied().enumerate() {
            let named = match child.kind() {
                "command_name" => child.child(0),
                "$" => Some(child),
                "variable_assignment" | "file_redirect" | "herestring_redirect" | "subshell" => {
                    None
                }
                "comment" | "heredoc_redirect" => None,
                _ if child.is_named() => Some(child),
                _ => None,
            };
            if let Some(part) = named {
                let joins = open.as_ref().is_some_and(|(end, _)| *end == child.start_byte());
                let mut fields = match open.take() {
                    Some((_, fields)) if joins => fields,
                    before => {
                        call.words
                            .extend(before.into_iter().flat_map(|(_, fields)| fields.words()));
                        Fields::default()
                    }
                };
                let text = &src[child.byte_range()];
                let next =
                    children.get(at + 1).filter(|next| next.start_byte() == child.end_byte());
                let quotes =
                    next.is_some_and(|next| matches!(next.kind(), "string" | "concatenation"));
                match text
                    .strip_suffix('$')
                    .filter(|_| quotes && matches!(child.kind(), "$" | "word"))
                {
                    Some(head) => fields.bare(head),
                    None => self.eval(src, part, false, &mut fields),
                }
                open = Some((child.end_byte(), fields));
                continue;
            }
            call.words.extend(open.take().into_iter().flat_map(|(_, fields)| fields.words()));
            match child.kind() {
                "variable_assignment" => {
                    let (name, value) = self.assignment(src, child);
                    call.assignments.push((
                        name,
                        value.map_or(Word::unknown(""), |values| Word::known(values.join(" "))),
                    ));
                }
                "file_redirect" | "herestring_redirect" => self.redirect(src, child, &mut own),
                "subshell" => inner.push(child),
                _ if child.is_named() => call.words.append(&mut self.words(src, child)),
                other => call.words.push(Word::known(other)),
            }
        }
        call.words.extend(open.take().into_iter().flat_map(|(_, fields)| fields.words()));
        call.words.append(&mut own.args);
        call.words.append(&mut redirects.args);
        call.writes = own.writes;
        call.writes.append(&mut redirects.writes);
        call.stdin = redirects.stdin.or(own.stdin).unwrap_or_else(|| self.scope.stdin.clone());
        call.dir.clone_from(&self.scope.dir);
        self.emit(call);
        for subshell in inner {
            self.walk(src, subshell);
        }
    }

    /// `export A=b`, `declare A=b`, `local A=b`.
    fn declaration(&mut self, src: &str, node: Node<'_>) {
        let mut call = Call { dir: self.scope.dir.clone(), ..Call::default() };
        call.words.push(Word::known(node.child(0).map_or("export", |n| n.kind())));
        let mut reference = false;
        for child in node.named_children(&mut node.walk()) {
            if child.kind() == "variable_assignment" {
                let (name, value) = self.assignment(src, child);
                let text = value.as_ref().map(|values| values.join(" "));
                call.words.push(Word {
                    text: format!("{name}={}", text.as_deref().unwrap_or_default()),
                    certain: text.is_some(),
                });
                if reference && let Some(target) = &text {
                    Rc::make_mut(&mut self.scope.references).insert(name, target.clone());
                } else {
                    self.set(&name, value);
                }
            } else {
                let mut words = self.words(src, child);
                reference |=
                    words.iter().any(|word| word.text.starts_with('-') && word.text.contains('n'));
                call.words.append(&mut words);
            }
        }
        self.push(call);
    }
}

/// Whether a word more, which the code's holes may hold, could make the command an action.
fn maybe_more(command: &SimpleCommand) -> bool {
    let mut more = command.clone();
    // A verb that stands there is the verb.
    if more.words.is_empty() || more.words.get(1).is_some_and(|word| !word.text.starts_with('-')) {
        return false;
    }
    more.words.insert(1, Word::unknown(""));
    super::action::unknown_verb(&more).is_some()
}

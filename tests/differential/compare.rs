//! What bash called against what the reader said.

use std::path::{Path, PathBuf};

use portcullis::shell::{self, Action, ActionKind, Reading};

use super::commands::{destroys, judged};
use super::layers::Fate;
use super::program::Program;
use super::sandbox::{Call, Run};
use super::spelling;

/// The reader's view of a program.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) reading: Reading,
    pub(crate) actions: Vec<Action>,
    pub(crate) hinted: bool,
}

/// What came out for one program.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Guarded calls that bash made.
    pub(crate) guarded: usize,
    /// Those of them that the reader neither found nor was unsure about.
    pub(crate) missed: Vec<Call>,
    /// Those that it did not find, and said that it cannot tell.
    pub(crate) unsure: usize,
    /// Those that it found, in another folder than bash's.
    pub(crate) elsewhere: Vec<(Call, PathBuf)>,
    /// Actions that bash did not do, by kind.
    pub(crate) over: Vec<String>,
}

/// Reads a program that would run in `dir`.
pub(crate) fn view(text: &str, dir: &Path) -> View {
    let reading = shell::read(text, dir);
    let actions = shell::actions(&reading);
    View { reading, actions, hinted: shell::hints_boundary(text.as_bytes()) }
}

/// What a call does.
#[derive(Debug)]
pub(crate) struct Deed {
    kind: ActionKind,
    program: String,
    /// The folder it acts on, when that can be told.
    dir: Option<PathBuf>,
}

/// What the table says of a call whose words are plain: for lines with programs that
/// [`judged`] does not know. It judges the reading of words, not the table.
pub(crate) fn by_table(call: &Call) -> Option<Deed> {
    let mut line = call.program.clone();
    for arg in &call.args {
        line.push(' ');
        line.push_str(&spelling::single(arg));
    }
    let action = shell::actions(&shell::read(&line, &call.dir)).into_iter().next()?;
    Some(Deed { kind: action.kind, program: action.program.to_owned(), dir: action.dir })
}

/// What a call of a generated program is.
pub(crate) fn by_hand(call: &Call) -> Option<Deed> {
    let kind = judged(&call.program, &call.args)?;
    Some(Deed { kind, program: call.program.clone(), dir: Some(folder(call)) })
}

/// Compares; `root` is the throw-away root, in which bash's folders lie.
pub(crate) fn compare(
    program: &Program,
    run: &Run,
    view: &View,
    root: &Path,
    judge: fn(&Call) -> Option<Deed>,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut done = vec![false; view.actions.len()];
    for call in &run.calls {
        let Some(deed) = judge(call) else { continue };
        outcome.guarded += 1;
        let mut folders = Vec::new();
        for (action, done) in view.actions.iter().zip(&mut done) {
            if matches(action, &deed, call, &view.reading) {
                *done = true;
                folders.push(action.dir.as_deref());
            }
        }
        // The boundary check reads no line that holds no hint of one of these.
        let boundary = !matches!(deed.kind, ActionKind::Commit | ActionKind::Destroy);
        let read = view.hinted || !boundary;
        if folders.is_empty() || !read {
            if read && !view.reading.unsure.is_empty() {
                outcome.unsure += 1;
            } else {
                outcome.missed.push(call.clone());
            }
            continue;
        }
        let inside = |dir: &Path| match dir.strip_prefix(root) {
            Ok(rest) => Path::new("/").join(rest),
            Err(_) => dir.to_path_buf(),
        };
        let right = folders.iter().any(|dir| match (dir, &deed.dir) {
            (Some(dir), Some(at)) => inside(dir) == *at,
            _ => true,
        });
        // Where a `cd` fails bash stays; that a folder is there is not the reader's to know. The checks look,
        // and say of a folder that is not there that it cannot be told.
        let there = |dir: &PathBuf| root.join(dir.strip_prefix("/").unwrap_or(dir)).is_dir();
        let gone = folders.iter().all(|dir| dir.is_some_and(|dir| !there(&inside(dir))));
        let failed = run.said.contains(": cd: ") || gone;
        if let (false, false, Some(Some(first))) = (right, failed, folders.first()) {
            outcome.elsewhere.push((call.clone(), inside(first)));
        }
    }
    for (action, done) in view.actions.iter().zip(&mut done) {
        if action.kind == ActionKind::Destroy {
            let own = words(action, &view.reading);
            *done |= run
                .calls
                .iter()
                .any(|call| destroys(&call.program, &call.args) && mark(&call.args) == mark(&own));
        }
    }
    for (action, _) in view.actions.iter().zip(done).filter(|(_, done)| !done) {
        outcome.over.push(over(action, program, run, &view.reading));
    }
    outcome
}

/// The folder a call acts on: git's `-C` before its verb counts.
fn folder(call: &Call) -> PathBuf {
    let mut dir = call.dir.clone();
    if call.program == "git" {
        let mut args = call.args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "-C" => dir.extend(args.next()),
                "-c" | "--work-tree" => _ = args.next(),
                arg if arg.starts_with('-') => {}
                _ => break,
            }
        }
    }
    dir
}

fn mark(words: &[String]) -> Option<&str> {
    words.iter().find_map(|word| {
        let at = word.find("mark")?;
        let digits = word[at + 4..].bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0).then(|| &word[at..at + 4 + digits])
    })
}

fn words(action: &Action, reading: &Reading) -> Vec<String> {
    reading.commands[action.command].words.iter().map(|word| word.text.clone()).collect()
}

fn matches(action: &Action, deed: &Deed, call: &Call, reading: &Reading) -> bool {
    if action.kind != deed.kind || action.program != deed.program {
        return false;
    }
    match (mark(&call.args), mark(&words(action, reading))) {
        (Some(called), Some(claimed)) => called == claimed,
        (None, Some(_)) => false,
        (_, None) => true,
    }
}

/// Why bash did not do what the reader claims, as far as the making of the program tells.
fn over(action: &Action, program: &Program, run: &Run, reading: &Reading) -> String {
    let words = words(action, reading);
    let found = mark(&words).and_then(|mark| {
        let number: usize = mark[4..].parse().ok()?;
        Some((mark, program.marks.get(number)?))
    });
    let said = &run.said;
    match found {
        Some((_, (Fate::Data, layer))) => format!("TEXT TAKEN FOR CODE: {layer}"),
        Some((_, (Fate::Dead, layer))) => format!("code that does not run: {layer}"),
        Some((mark, _)) if run.calls.iter().any(|c| c.args.iter().any(|a| a.contains(mark))) => {
            "OTHER CALL THAN CLAIMED".to_owned()
        }
        _ if run.status.is_none() => "the program did not end".to_owned(),
        _ if said.contains("syntax error") || said.contains("unexpected") => {
            "the program is broken".to_owned()
        }
        _ if said.contains("not found") => "a command was not found".to_owned(),
        _ if !said.is_empty() => "the program complained".to_owned(),
        _ => "not reached".to_owned(),
    }
}

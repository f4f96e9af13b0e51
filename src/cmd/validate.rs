//! `portcullis validate`: checks the definitions that Claude Code loads.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::bundle::discover::{clean, discover};
use crate::bundle::file::Bundle;
use crate::bundle::load::{self, Request, shown};
use crate::cli::{ValidateArgs, ValidateFormat};
use crate::cmd::Console;
use crate::config::Policy;
use crate::env::Env;
use crate::exit::Exit;
use crate::lint::finding::Finding;
use crate::lint::outcome::{self, Times};
use crate::lint::settings::{self, Settings};
use crate::lint::{self, Terms, fix, rehearse, text};
use crate::report::{Format, Report};
use crate::state::Repository;

/// How long `--watch` waits between two looks at the files.
const PAUSE: Duration = Duration::from_millis(300);
/// Most rounds of fixes in one run.
const ROUNDS: usize = 8;

/// Checks and prints what was found.
///
/// # Errors
/// When the policy cannot be used, a fix cannot be written, or the output cannot be written.
pub fn run(args: &ValidateArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    if args.list_rules {
        for rule in lint::rules() {
            let (verdict, title) = (rule.verdict.word(), rule.title());
            writeln!(console.out, "{:<36} {verdict:<11} {title}", rule.id)?;
        }
        return Ok(Exit::Ok);
    }
    let cwd = env.cwd.canonicalize().unwrap_or_else(|_| env.cwd.clone());
    let mut paths: Vec<PathBuf> = args.paths.iter().map(|path| clean(&cwd.join(path))).collect();
    if let Some(missing) = paths.iter().position(|path| std::fs::symlink_metadata(path).is_err()) {
        writeln!(console.err, "error: {}: there is no such path", args.paths[missing].display())?;
        return Ok(Exit::Usage);
    }
    let mut stdin = None;
    if let Some(name) = &args.stdin_filename {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        let path = clean(&cwd.join(name));
        stdin = Some((path.clone(), String::from_utf8_lossy(&bytes).into_owned()));
        paths = vec![path];
    } else if paths.is_empty() {
        paths.push(cwd.clone());
    }
    let root = root_of(&paths[0]);
    let settings = match Settings::new(&Policy::load(&root, env)?.validate, &root, &args.preset) {
        Ok(settings) => settings,
        Err(problem) => {
            writeln!(
                console.err,
                "error: {}: {problem}",
                root.join(crate::config::FILE).display()
            )?;
            return Ok(Exit::Config);
        }
    };
    let job = Job { paths, cwd, settings, stdin, path: env.path.clone() };
    loop {
        // Taken before the run, so that a change during it is not missed.
        let before = args.watch.then(|| job.stamps());
        let (report, exit) = job.once(args, console)?;
        if args.format == ValidateFormat::Text {
            say(&report, console)?;
        }
        let Some(before) = before else { return Ok(exit) };
        console.out.flush()?;
        while job.stamps() == before {
            std::thread::sleep(PAUSE);
        }
    }
}

/// One run, ready to be repeated.
struct Job {
    paths: Vec<PathBuf>,
    cwd: PathBuf,
    settings: Settings,
    stdin: Option<(PathBuf, String)>,
    /// `PATH`, for rehearsed hooks.
    path: Option<std::ffi::OsString>,
}

impl Job {
    fn once(&self, args: &ValidateArgs, console: &mut Console) -> anyhow::Result<(Report, Exit)> {
        let started = jiff::Timestamp::now().to_string();
        let (mut bundle, mut findings, unread) = self.look();
        if args.fix || args.diff {
            let mut paths = BTreeSet::new();
            let mut count = 0;
            // A fix may lie beside another one, which the next round makes.
            for _ in 0..ROUNDS {
                let changes = fix::changes(&bundle, &findings);
                for change in &changes {
                    write!(console.out, "{}", crate::secrets::redact(&fix::diff(change)))?;
                    if args.fix {
                        change.make()?;
                    }
                    count += change.count;
                    paths.insert(change.path.clone());
                }
                if !args.fix || changes.is_empty() {
                    break;
                }
                (bundle, findings, _) = self.look();
            }
            let word = if args.fix { "fixed" } else { "could be fixed" };
            writeln!(console.err, "{count} findings {word} in {} files", paths.len())?;
        }
        if args.rehearse {
            let rehearsal = rehearse::rehearse(&bundle, self.path.as_ref())?;
            if args.format == ValidateFormat::Text {
                for row in &rehearsal.rows {
                    let (place, event, about) = (&row.declared, &row.event, row.about);
                    let (meaning, time) = (&row.meaning, row.time.as_millis());
                    writeln!(
                        console.out,
                        "rehearsed {place} {event} at {about}: {meaning}, {time} ms"
                    )?;
                }
                for left in &rehearsal.left_out {
                    writeln!(console.out, "not rehearsed {left}")?;
                }
                if !rehearsal.rows.is_empty() {
                    writeln!(console.out)?;
                }
            }
            let terms = Terms { rehearsed: true, ..self.settings.terms.clone() };
            findings = lint::run_with(&bundle, &terms, rehearsal.findings);
            settings::waive(&self.settings, &bundle, &mut findings);
        }
        let times = Times { started, ended: jiff::Timestamp::now().to_string() };
        let report = outcome::report(&bundle, &findings, &unread, times);
        match args.format {
            ValidateFormat::Text => {
                let color = std::io::stdout().is_terminal();
                text::write(&bundle, &findings, color, &mut console.out)?;
            }
            ValidateFormat::Json => report.write(Format::Json, &mut console.out)?,
            ValidateFormat::Sarif => report.write(Format::Sarif, &mut console.out)?,
            ValidateFormat::Github => report.write(Format::Github, &mut console.out)?,
        }
        let exit = outcome::exit(&report, args.strict);
        if !args.watch {
            // The process ends: to take thousands of trees apart first costs as much as to ask some of the rules.
            std::mem::forget((bundle, findings));
        }
        Ok((report, exit))
    }

    /// Path, length and time of change of every file that would be looked at.
    fn stamps(&self) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
        let found =
            discover(&self.paths, None, &|path, dir| self.settings.ignores(path, dir)).found;
        let mut stamps: Vec<_> = found
            .into_iter()
            .map(|found| {
                let meta = std::fs::metadata(&found.path).ok();
                let length = meta.as_ref().map_or(0, std::fs::Metadata::len);
                (found.path, length, meta.and_then(|meta| meta.modified().ok()))
            })
            .collect();
        stamps.sort();
        stamps
    }

    fn look(&self) -> (Bundle, Vec<Finding>, Vec<(String, String)>) {
        let overlay = self.stdin.as_ref().map(|(path, text)| (path.as_path(), text.as_str()));
        let request = Request { base: self.cwd.clone(), paths: self.paths.clone(), overlay };
        let (bundle, unread) = load::load(&request, &|path, dir| self.settings.ignores(path, dir));
        let mut findings = lint::run(&bundle, &self.settings.terms);
        settings::waive(&self.settings, &bundle, &mut findings);
        let unread =
            unread.into_iter().map(|(path, reason)| (shown(&path, &self.cwd), reason)).collect();
        (bundle, findings, unread)
    }
}

/// The project of a path: its policy holds.
fn root_of(path: &Path) -> PathBuf {
    let start = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    Repository::discover(start).map_or_else(|| start.to_path_buf(), |found| found.root)
}

/// The last line, for people.
fn say(report: &Report, console: &mut Console) -> std::io::Result<()> {
    let count = |name: &str| report.counts.get(name).copied().unwrap_or_default();
    let mut line = format!(
        "{} definitions: {} errors, {} warnings, {} portability notes",
        count("definitions"),
        count("errors"),
        count("warnings"),
        count("portability"),
    );
    if count("allowed") > 0 {
        line.push_str(&format!(", {} allowed", count("allowed")));
    }
    if !report.complete {
        line.push_str("; INCOMPLETE: a part could not be looked at");
        for entry in report.entries.iter().filter(|entry| entry.verdict.is_none()) {
            writeln!(console.err, "{}: {}", entry.place.words(), entry.message)?;
        }
    }
    if count("definitions") == 0 {
        line.push_str("; there was nothing to check, so nothing passed");
    }
    writeln!(console.err, "{line}")
}

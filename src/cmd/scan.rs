//! `portcullis scan`: finds secrets in what exists, and works on the baseline.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use crate::cli::{
    BaselineAction, BaselineAuditArgs, BaselineFileArgs, FailOn, ScanAction, ScanArgs, ScanWhat,
};
use crate::cmd::Console;
use crate::config::Policy;
use crate::env::Env;
use crate::exit::Exit;
use crate::report::{By, Format, Report, Severity};
use crate::scan::baseline::{self, Baseline, Known, Verdict};
use crate::scan::fingerprint::{Key, Keyring};
use crate::scan::{self, Judged, Options, Progress, Source, Terms};
use crate::secrets::{self, Tier};
use crate::state::{self, Repository};

/// Scans and prints what was found.
///
/// # Errors
/// When the source, the policy or the baseline cannot be used, or the output cannot be written.
pub fn run(args: &ScanArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    if let Some(ScanAction::Baseline(baseline)) = &args.action {
        return match &baseline.action {
            BaselineAction::Create(args) => create(&args.file, args.private, env, console),
            BaselineAction::Update(args) => update(args, env, console),
            BaselineAction::Audit(args) => audit(args, env, console),
        };
    }
    let what = &args.what;
    if what.list_rules {
        for rule in secrets::rules() {
            let (tier, severity) = (rule.tier.word(), rule.severity.word());
            writeln!(console.out, "{:<32} {tier:<6} {severity:<9} {}", rule.id, rule.title)?;
        }
        return Ok(Exit::Ok);
    }
    let plan = match Plan::new(what, env) {
        Ok(plan) => plan,
        Err(Refused(reason)) => {
            writeln!(console.err, "error: {reason}")?;
            return Ok(Exit::Usage);
        }
    };
    let file = what.baseline.as_ref().map(|file| env.cwd.join(file));
    let file = file.unwrap_or_else(|| plan.root.join(baseline::FILE));
    let known = if what.no_baseline { None } else { Baseline::load(&file)? };
    if known.is_none() && what.baseline.is_some() {
        anyhow::bail!(
            "--baseline {}: is not there; `portcullis scan baseline create` makes one",
            file.display()
        );
    }
    let state = state::folder(&plan.root, env);
    let key = known.as_ref().map(|known| known.key(&file, state.as_deref())).transpose()?;
    let Judged { report, exit } =
        plan.run(known.as_ref().zip(key.as_ref()), Keyring::new(key.clone(), state), console)?;
    report.write(what.format, &mut console.out)?;
    if what.format == Format::Text {
        say(&report, console)?;
    }
    Ok(exit)
}

/// What is wrong with the command line.
struct Refused(String);

/// A scan that is ready to run.
struct Plan {
    source: Source,
    options: Options,
    root: PathBuf,
    fail_on: Tier,
    progress_bar: bool,
}

impl Plan {
    fn new(what: &ScanWhat, env: &Env) -> Result<Self, Refused> {
        let stdin = what.paths.iter().any(|path| path.as_os_str() == "-");
        if stdin && what.paths.len() > 1 {
            return Err(Refused(
                "`-` (standard input) stands alone; scan files in another run".to_owned(),
            ));
        }
        let source = match (what.staged, &what.diff, &what.history) {
            (true, ..) => Source::Staged,
            (_, Some(range), _) => Source::Diff(range.clone()),
            (_, _, Some(range)) => Source::History(range.clone()),
            _ if stdin => Source::Stdin,
            _ if what.paths.is_empty() => Source::Paths(vec![PathBuf::new()]),
            _ => Source::Paths(what.paths.clone()),
        };
        // The project is that of the first path: its policy and its baseline hold.
        let start = match &source {
            Source::Paths(paths) => env.cwd.join(paths.first().map_or(Path::new(""), |path| path)),
            _ => env.cwd.clone(),
        };
        let start =
            if start.is_dir() { start } else { start.parent().unwrap_or(&start).to_owned() };
        let start = start.canonicalize().unwrap_or(start);
        let root = Repository::discover(&start).map_or(start, |found| found.root);
        let threads = what.threads.map(std::num::NonZero::get);
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let options = Options {
            dir: env.cwd.canonicalize().unwrap_or_else(|_| env.cwd.clone()),
            no_ignore: what.no_ignore,
            hidden: !what.no_hidden,
            archives: !what.no_archives,
            explain: what.explain,
            threads: threads.unwrap_or_else(cores),
            index: env.index_file.clone(),
        };
        let fail_on = match what.fail_on {
            FailOn::Block => Tier::Block,
            FailOn::Warn => Tier::Warn,
        };
        let progress_bar = std::io::stderr().is_terminal();
        Ok(Self { source, options, root, fail_on, progress_bar })
    }

    /// Everything under the root, as a baseline sees it.
    fn whole(env: &Env) -> Self {
        let dir = env.cwd.canonicalize().unwrap_or_else(|_| env.cwd.clone());
        let root = Repository::discover(&dir).map_or(dir, |found| found.root);
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self {
            source: Source::Paths(vec![PathBuf::new()]),
            options: Options {
                dir: root.clone(),
                no_ignore: false,
                hidden: true,
                archives: true,
                explain: false,
                threads: cores,
                index: None,
            },
            root,
            fail_on: Tier::Warn,
            progress_bar: std::io::stderr().is_terminal(),
        }
    }

    fn run(
        &self,
        known: Option<(&Baseline, &Key)>,
        keys: Keyring,
        console: &mut Console,
    ) -> anyhow::Result<Judged> {
        let policy = Policy::of_project(&self.root)?;
        let started = jiff::Timestamp::now().to_string();
        let progress = Progress::default();
        let mut bar = Bar { shown: false };
        let err = &mut console.err;
        let events = scan::run(&self.source, &self.options, &keys, &progress, &mut |progress| {
            if self.progress_bar {
                bar.draw(progress, err);
            }
        });
        bar.clear(err);
        let ended = jiff::Timestamp::now().to_string();
        let git = matches!(self.source, Source::Staged | Source::Diff(_) | Source::History(_));
        let whole = match &self.source {
            Source::Paths(paths) => paths.iter().any(|path| {
                let path = self.options.dir.join(path);
                path.canonicalize().is_ok_and(|path| path == self.root)
            }),
            _ => false,
        };
        let terms = Terms {
            waivers: &policy.secrets.waivers,
            today: started.get(..10).unwrap_or_default().to_owned(),
            baseline: known,
            fail_on: self.fail_on,
            base: if git { self.root.clone() } else { self.options.dir.clone() },
            root: self.root.clone(),
            whole,
            started,
            ended,
        };
        scan::judge(events?, &terms, &progress)
    }
}

/// The bar on a terminal.
struct Bar {
    shown: bool,
}

impl Bar {
    fn draw(&mut self, progress: &Progress, err: &mut dyn Write) {
        /// Characters of the bar.
        const WIDTH: u64 = 24;
        let (files, total) = (Progress::get(&progress.files), Progress::get(&progress.total));
        let megabytes = Progress::get(&progress.bytes) / 1_000_000;
        let done = (files.min(total) * WIDTH).checked_div(total).unwrap_or(0);
        let bar: String = (0..WIDTH).map(|at| if at < done { '#' } else { '.' }).collect();
        let text = if total == 0 {
            format!("scanning: {files} files, {megabytes} MB")
        } else {
            format!("scanning: [{bar}] {files} of {total}, {megabytes} MB")
        };
        // A terminal that went away is noticed when the report is written.
        let _ = write!(err, "\r\x1b[K{text}").and_then(|()| err.flush());
        self.shown = true;
    }

    fn clear(&mut self, err: &mut dyn Write) {
        if self.shown {
            let _ = write!(err, "\r\x1b[K").and_then(|()| err.flush());
        }
    }
}

/// The last line, for people.
fn say(report: &Report, console: &mut Console) -> std::io::Result<()> {
    let count = |name: &str| report.counts.get(name).copied().unwrap_or_default();
    let (errors, warnings) = (report.count(Severity::Error), report.count(Severity::Warning));
    let mut line = format!(
        "{} files, {:.1} MB: {errors} found, {warnings} warnings",
        count("files"),
        count("bytes") as f64 / 1e6
    );
    for (name, word) in [("waived", "waived"), ("baseline", "in the baseline")] {
        if count(name) > 0 {
            line.push_str(&format!(", {} {word}", count(name)));
        }
    }
    if !report.complete {
        line.push_str("; INCOMPLETE: a part was not looked at");
    }
    if count("files") == 0 {
        line.push_str("; there was nothing to scan");
    }
    writeln!(console.err, "{line}")
}

fn baseline_file(args: &BaselineFileArgs, plan: &Plan, env: &Env) -> PathBuf {
    args.file.as_ref().map_or_else(|| plan.root.join(baseline::FILE), |file| env.cwd.join(file))
}

fn create(
    args: &BaselineFileArgs,
    private: bool,
    env: &Env,
    console: &mut Console,
) -> anyhow::Result<Exit> {
    let plan = Plan::whole(env);
    let file = baseline_file(args, &plan, env);
    if file.exists() {
        writeln!(
            console.err,
            "error: {} is there; `portcullis scan baseline update` keeps its verdicts",
            file.display()
        )?;
        return Ok(Exit::Usage);
    }
    let key = match (private, state::folder(&plan.root, env)) {
        (true, Some(folder)) => Key::of_state(&folder)?,
        (true, None) => anyhow::bail!(
            "--private: there is no state folder to keep the key in; set XDG_STATE_HOME"
        ),
        (false, _) => Key::random()?,
    };
    let mut made = Baseline::new(&key, private);
    let judged = refresh(&mut made, &key, &plan, console)?;
    made.save(&file)?;
    writeln!(console.out, "{}: {} entries", file.display(), made.entries.len())?;
    Ok(complete(&judged, console)?)
}

fn update(args: &BaselineFileArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let plan = Plan::whole(env);
    let (mut known, key, file) = open(args, &plan, env)?;
    let before = known.entries.clone();
    let judged = refresh(&mut known, &key, &plan, console)?;
    known.save(&file)?;
    let added = known.entries.difference(&before).count();
    let gone = before.difference(&known.entries).count();
    let all = known.entries.len();
    writeln!(console.out, "{}: {all} entries, {added} added, {gone} taken out", file.display())?;
    Ok(complete(&judged, console)?)
}

fn open(
    args: &BaselineFileArgs,
    plan: &Plan,
    env: &Env,
) -> anyhow::Result<(Baseline, Key, PathBuf)> {
    let file = baseline_file(args, plan, env);
    let Some(known) = Baseline::load(&file)? else {
        anyhow::bail!(
            "{} is not there; `portcullis scan baseline create` makes one",
            file.display()
        );
    };
    let key = known.key(&file, state::folder(&plan.root, env).as_deref())?;
    Ok((known, key, file))
}

/// Scans everything and makes the entries what was found; verdicts stay with their fingerprint.
fn refresh(
    known: &mut Baseline,
    key: &Key,
    plan: &Plan,
    console: &mut Console,
) -> anyhow::Result<Judged> {
    let keys = Keyring::new(Some(key.clone()), None);
    let judged = plan.run(Some((&*known, key)), keys, console)?;
    let old = std::mem::take(&mut known.entries);
    for entry in &judged.report.entries {
        // What is waived elsewhere needs no entry.
        let counts = entry.suppressed.as_ref().is_none_or(|why| why.by == By::Baseline);
        let (true, Some(fingerprint)) = (counts, &entry.fingerprint) else { continue };
        let same = |known: &&Known| known.fingerprint == *fingerprint && known.rule == entry.rule;
        known.entries.insert(Known {
            path: entry.place.path.clone(),
            rule: entry.rule.clone(),
            fingerprint: fingerprint.clone(),
            verdict: old.iter().find(same).map_or(Verdict::Open, |known| known.verdict),
        });
    }
    Ok(judged)
}

fn complete(judged: &Judged, console: &mut Console) -> std::io::Result<Exit> {
    if judged.report.complete {
        return Ok(Exit::Ok);
    }
    for entry in judged.report.counting().filter(|entry| entry.rule == scan::INCOMPLETE) {
        writeln!(console.err, "{}: {}", entry.place.words(), entry.message)?;
    }
    Ok(Exit::Incomplete)
}

fn audit(args: &BaselineAuditArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    let plan = Plan::whole(env);
    let (mut known, key, file) = open(&args.file, &plan, env)?;
    if let Some([fingerprint, verdict]) = args.set.as_deref() {
        let Ok(verdict) = <Verdict as clap::ValueEnum>::from_str(verdict, true) else {
            writeln!(
                console.err,
                "error: --set: {verdict:?} is no verdict; write open, real or false"
            )?;
            return Ok(Exit::Usage);
        };
        let (fits, others): (Vec<Known>, Vec<Known>) =
            known.entries.into_iter().partition(|entry| entry.fingerprint.starts_with(fingerprint));
        let first = fits.first().map(|entry| entry.fingerprint.clone());
        if first.is_none() || fits.iter().any(|entry| Some(&entry.fingerprint) != first.as_ref()) {
            writeln!(
                console.err,
                "error: --set: {fingerprint:?} names no single entry of {}",
                file.display()
            )?;
            return Ok(Exit::Usage);
        }
        let count = fits.len();
        let fits = fits.into_iter().map(|entry| Known { verdict, ..entry });
        known.entries = others.into_iter().chain(fits).collect();
        known.save(&file)?;
        writeln!(console.out, "{count} entries set")?;
        return Ok(Exit::Ok);
    }
    let keys = Keyring::new(Some(key.clone()), None);
    let judged = plan.run(Some((&known, &key)), keys, console)?;
    let mut open = 0;
    for entry in &known.entries {
        let places: Vec<String> = judged
            .report
            .entries
            .iter()
            .filter(|found| {
                found.fingerprint.as_deref() == Some(&entry.fingerprint)
                    && found.rule == entry.rule
                    && found.place.path == entry.path
            })
            .map(|found| found.place.words())
            .collect();
        let verdict = match entry.verdict {
            Verdict::Open => "open",
            Verdict::Real => "real",
            Verdict::False => "false",
        };
        open += usize::from(entry.verdict != Verdict::False);
        let place = match places.as_slice() {
            [] => format!("{}: gone; `portcullis scan baseline update` takes it out", entry.path),
            _ => places.join(", "),
        };
        writeln!(console.out, "{verdict:<5} {} {:<28} {place}", entry.fingerprint, entry.rule)?;
    }
    writeln!(
        console.err,
        "{} entries, {open} of them open or real; `portcullis scan baseline audit --set FINGERPRINT \
         real|false` says what one is",
        known.entries.len()
    )?;
    let all = complete(&judged, console)?;
    Ok(if open > 0 { Exit::No } else { all })
}

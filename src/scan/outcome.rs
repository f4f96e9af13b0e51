//! From what workers sent to the report and the exit code: waivers, the baseline, the order.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use super::baseline::{self, Baseline};
use super::fingerprint::Key;
use super::waiver::Row;
use super::{Event, Find, Origin, Progress};
use crate::config::Waiver;
use crate::exit::Exit;
use crate::report::{By, Commit, Entry, Place, Report, RuleText, Severity, Suppressed, VERSION};
use crate::secrets::{self, Rule, Tier};

/// Rule of rows about what could not be looked at.
pub const INCOMPLETE: &str = "incomplete";
/// Rule of rows about waivers and comments that are of no use.
pub const WAIVER: &str = "waiver";

/// By what findings are judged.
#[derive(Debug)]
pub struct Terms<'t> {
    /// The waivers of the policy.
    pub waivers: &'t [Waiver],
    /// Today, `YYYY-MM-DD`.
    pub today: String,
    /// The baseline and its key.
    pub baseline: Option<(&'t Baseline, &'t Key)>,
    /// The least tier that makes the answer no.
    pub fail_on: Tier,
    /// Folder that the paths of the findings are relative to.
    pub base: PathBuf,
    /// Root of the project, to which the paths of waivers are relative.
    pub root: PathBuf,
    /// All of the project was looked at, so a waiver that nothing used is not needed.
    pub whole: bool,
    /// When the scan began; RFC 3339.
    pub started: String,
    /// When it ended.
    pub ended: String,
}

impl Terms<'_> {
    /// The path of a finding, relative to the root of the project.
    pub fn inside(&self, origin: &Origin) -> PathBuf {
        let path = self.base.join(&origin.path);
        let path = path.strip_prefix(&self.root).unwrap_or(&path);
        path.strip_prefix("/").unwrap_or(path).to_owned()
    }
}

/// What a scan ends with.
#[derive(Debug)]
pub struct Judged {
    /// The report.
    pub report: Report,
    /// The exit code.
    pub exit: Exit,
}

/// Builds the report.
///
/// # Errors
/// When a waiver's path is no pattern.
pub fn judge(events: Vec<Event>, terms: &Terms, progress: &Progress) -> anyhow::Result<Judged> {
    let mut waivers = Waivers::new(terms)?;
    let mut entries = Vec::new();
    let mut found: Vec<Find> = Vec::new();
    let mut complete = true;
    for event in events {
        match event {
            Event::Find(find) if !is_own(&find, terms) => found.push(find),
            Event::Find(_) => {}
            Event::Problem(origin, reason) => {
                let suppressed = waivers.allow(INCOMPLETE, &origin, terms);
                complete &= suppressed.is_some();
                entries.push(Entry {
                    verdict: None,
                    severity: Severity::Warning,
                    rule: INCOMPLETE.to_owned(),
                    message: format!("was not looked at to its end: {reason}"),
                    help: String::new(),
                    place: place(&origin, None),
                    fingerprint: None,
                    suppressed,
                });
            }
            Event::Comment(origin, span, problem) => {
                entries.push(waiver_row(place(&origin, Some(span)), problem));
            }
        }
    }
    let mut rules: BTreeMap<&str, &'static Rule> = BTreeMap::new();
    for find in first_appearances(found) {
        rules.insert(find.rule.id, find.rule);
        let suppressed = suppressed(&find, &mut waivers, terms);
        entries.push(row(find, suppressed, terms.fail_on));
    }
    entries.extend(waivers.complaints(terms));
    entries.sort_by(|a, b| (&a.place, &a.rule).cmp(&(&b.place, &b.rule)));
    let rules = rules.into_values().map(rule_text).collect();
    let mut report = Report {
        v: VERSION,
        command: "scan",
        version: env!("CARGO_PKG_VERSION"),
        started: terms.started.clone(),
        ended: terms.ended.clone(),
        complete,
        counts: BTreeMap::new(),
        entries,
        rules,
    };
    let files = Progress::get(&progress.files);
    let suppressed = |by: By| {
        let of = |entry: &&Entry| entry.suppressed.as_ref().is_some_and(|why| why.by == by);
        report.entries.iter().filter(of).count() as u64
    };
    let counts = BTreeMap::from([
        ("files", files),
        ("bytes", Progress::get(&progress.bytes)),
        ("binary", Progress::get(&progress.binary)),
        ("members", Progress::get(&progress.members)),
        ("errors", report.count(Severity::Error) as u64),
        ("warnings", report.count(Severity::Warning) as u64),
        ("waived", suppressed(By::Inline) + suppressed(By::Policy)),
        ("baseline", suppressed(By::Baseline)),
    ]);
    report.counts = counts;
    let exit = if report.count(Severity::Error) > 0 {
        Exit::No
    } else if !complete {
        Exit::Incomplete
    } else if files == 0 {
        Exit::Nothing
    } else {
        Exit::Ok
    };
    Ok(Judged { report, exit })
}

/// In a history the same secret stands in one version of a file after the other: the oldest counts.
fn first_appearances(found: Vec<Find>) -> Vec<Find> {
    let (dated, mut kept): (Vec<Find>, Vec<Find>) =
        found.into_iter().partition(|find| find.origin.commit.is_some());
    let mut first: HashMap<_, Find> = HashMap::new();
    for find in dated {
        let order = |find: &Find| find.origin.commit.as_ref().map(|(order, _)| *order);
        let key = (
            find.rule.id,
            find.fingerprint.clone(),
            find.origin.path.clone(),
            find.origin.member.clone(),
            // What was waived once and stands unwaived later counts.
            (find.allowed.is_some(), find.dropped),
            // The same secret twice in one file is two places.
            if find.dropped.is_some() { Some(find.span) } else { None },
        );
        match first.get(&key) {
            Some(known) if (order(known), known.span) <= (order(&find), find.span) => {}
            _ => {
                first.insert(key, find);
            }
        }
    }
    kept.extend(first.into_values());
    kept
}

/// Whether a match is a piece of the baseline's own text.
fn is_own(find: &Find, terms: &Terms) -> bool {
    let Some((baseline, key)) = terms.baseline else { return false };
    if terms.inside(&find.origin) != Path::new(baseline::FILE) {
        return false;
    }
    let is = |text: &str| key.fingerprint(find.rule.id, text.as_bytes()) == find.fingerprint;
    is(&key.hex())
        || is(&baseline.key.id)
        || baseline.entries.iter().any(|entry| is(&entry.fingerprint))
}

fn suppressed(find: &Find, waivers: &mut Waivers, terms: &Terms) -> Option<Suppressed> {
    if let Some(code) = find.dropped {
        return Some(Suppressed { by: By::Engine, reason: code.to_owned() });
    }
    if let Some(reason) = &find.allowed {
        return Some(Suppressed { by: By::Inline, reason: clean(reason) });
    }
    if let Some(suppressed) = waivers.allow(find.rule.id, &find.origin, terms) {
        return Some(suppressed);
    }
    let (baseline, _) = terms.baseline?;
    let known = baseline.find(find.rule.id, &find.fingerprint)?;
    let reason = match known.verdict {
        baseline::Verdict::Open => "known, nobody looked at it yet",
        baseline::Verdict::Real => "known as a secret that is to be revoked",
        baseline::Verdict::False => "known as no secret",
    };
    Some(Suppressed { by: By::Baseline, reason: reason.to_owned() })
}

fn row(find: Find, suppressed: Option<Suppressed>, fail_on: Tier) -> Entry {
    let Find { rule, tier, origin, span, fingerprint, encoded, known, .. } = find;
    let severity = match (known, tier >= fail_on) {
        (false, true) => Severity::Error,
        _ => Severity::Warning,
    };
    let mut message = match tier {
        Tier::Block => format!("holds a secret: {}", rule.title),
        Tier::Warn => format!("may hold a secret: {}", rule.title),
    };
    if let Some(chain) = encoded {
        message.push_str(&format!(", encoded ({chain})"));
    }
    if known {
        message.push_str("; it stood there before this change");
    }
    let help = format!(
        "put the value into an environment variable or a secret store and name it there; if it \
         left this machine: {}",
        rule.rotate
    );
    let fingerprint = Some(fingerprint).filter(|text| !text.is_empty());
    let rule = rule.id.to_owned();
    let place = place(&origin, Some(span));
    Entry { severity, verdict: None, rule, message, help, place, fingerprint, suppressed }
}

fn place(origin: &Origin, span: Option<crate::report::Span>) -> Place {
    Place {
        path: clean(&origin.path),
        member: origin.member.as_deref().map(clean),
        span,
        commit: origin.commit.as_ref().map(|(_, commit)| Commit {
            id: commit.id.clone(),
            author: clean(&commit.author),
            date: commit.date.clone(),
        }),
    }
}

/// File names, authors and reasons are texts of others: a secret may stand there too.
fn clean(text: &str) -> String {
    secrets::redact(text).into_owned()
}

fn rule_text(rule: &'static Rule) -> RuleText {
    RuleText {
        id: rule.id.to_owned(),
        title: rule.title.to_owned(),
        page: secrets::page(rule),
        harm: rule.severity.word(),
    }
}

fn waiver_row(place: Place, message: String) -> Entry {
    Entry {
        verdict: None,
        severity: Severity::Warning,
        rule: WAIVER.to_owned(),
        message: clean(&message),
        help: String::new(),
        place,
        fingerprint: None,
        suppressed: None,
    }
}

/// The waivers of the policy, and whether they were needed.
struct Waivers<'t> {
    rows: Vec<(Row<'t>, bool)>,
}

impl<'t> Waivers<'t> {
    fn new(terms: &Terms<'t>) -> anyhow::Result<Self> {
        let row = |waiver| Ok((Row::new(waiver)?, false));
        Ok(Self { rows: terms.waivers.iter().map(row).collect::<anyhow::Result<_>>()? })
    }

    fn allow(&mut self, rule: &str, origin: &Origin, terms: &Terms) -> Option<Suppressed> {
        let path = terms.inside(origin);
        let mut reason = None;
        for (row, used) in &mut self.rows {
            if row.fits(rule, &path) {
                *used = true;
                if row.holds(&terms.today) {
                    reason.get_or_insert(&row.waiver.reason);
                }
            }
        }
        Some(Suppressed { by: By::Policy, reason: clean(reason?) })
    }

    fn complaints(&self, terms: &Terms) -> Vec<Entry> {
        let file = || Place { path: crate::config::FILE.to_owned(), ..Place::default() };
        let mut rows = Vec::new();
        for (at, (row, used)) in self.rows.iter().enumerate() {
            let waiver = row.waiver;
            if !row.holds(&terms.today) {
                let text = format!(
                    "secrets.waivers[{at}] expired on {} and holds nothing any more; take it out, or \
                     look again and set a new date",
                    waiver.expires
                );
                rows.push(waiver_row(file(), text));
            } else if terms.whole && !used {
                let text = format!(
                    "secrets.waivers[{at}] ({}) is not needed: nothing that it names was found; take \
                     it out",
                    waiver.reason
                );
                rows.push(waiver_row(file(), text));
            }
        }
        rows
    }
}

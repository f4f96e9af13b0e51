//! One worker: reads a stream to its end and judges what it holds.

use std::fs::File;
use std::io::{self, Read};
use std::sync::mpsc::Sender;

use super::encoding::{self, Kind, Utf16};
use super::window::{Spot, View, Window};
use super::{Event, Find, Origin, Progress, Shared, archive, inline, limits};
use crate::report::Span;
use crate::secrets::decode::Chain;
use crate::secrets::{self, Budget, Dropped, Found, Hit, Rule, Surroundings, Tier};

/// What one thread scans with.
pub(super) struct Worker<'s> {
    pub(super) shared: &'s Shared<'s>,
    send: Sender<Event>,
    /// Windows that are not in use.
    spare: Vec<Window>,
    /// What the file at hand holds so far.
    told: Told,
    /// Comments that are of no use are told.
    pub(super) tell_comments: bool,
}

/// What a text held.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Matches.
    found: Vec<Find>,
    /// Comments that are of no use.
    comments: Vec<(Origin, Span, String)>,
    /// Why it was not read to its end.
    problem: Option<(Origin, String)>,
}

impl Told {
    /// Sends all of it, with its places as `place` says.
    pub(super) fn send(self, send: &Sender<Event>, place: impl Fn(Span) -> Span) {
        let finds =
            self.found.into_iter().map(|find| Event::Find(Find { span: place(find.span), ..find }));
        let comments = self
            .comments
            .into_iter()
            .map(|(origin, span, problem)| Event::Comment(origin, place(span), problem));
        let problem = self.problem.map(|(origin, problem)| Event::Problem(origin, problem));
        for event in finds.chain(comments).chain(problem) {
            // The receiver goes away only when the whole scan is given up.
            let _ = send.send(event);
        }
    }
}

/// What may still come out of the outermost archive.
#[derive(Debug)]
pub(super) struct Allowance {
    pub(super) bytes: u64,
    pub(super) members: u64,
    pub(super) depth: usize,
}

impl<'s> Worker<'s> {
    pub(super) fn new(shared: &'s Shared<'s>, send: Sender<Event>) -> Self {
        Self { shared, send, spare: Vec::new(), told: Told::default(), tell_comments: true }
    }

    /// Judges a stream and sends what it holds. `file` is the same stream where it can be sought in.
    pub(super) fn file(&mut self, origin: &Origin, reader: &mut dyn Read, file: Option<&File>) {
        self.look(origin, reader, file);
        std::mem::take(&mut self.told).send(&self.send, |span| span);
    }

    /// Judges a segment of a text: the first `back` bytes of the reader are context.
    pub(super) fn segment(
        &mut self,
        origin: &Origin,
        reader: &mut dyn Read,
        back: usize,
        is_text: bool,
    ) -> Told {
        let mut window = self.window();
        window.clear_for(back, limits::SEGMENT as usize);
        let result =
            window.fill(reader).and_then(|()| self.windows(&mut window, origin, reader, is_text));
        self.spare.push(window);
        let mut told = std::mem::take(&mut self.told);
        told.problem = result.err().map(|error| (origin.clone(), error.to_string()));
        told
    }

    /// As [`Worker::file`], and gives back what it holds in place of sending it.
    pub(super) fn finds(&mut self, origin: &Origin, reader: &mut dyn Read) -> Vec<Find> {
        self.look(origin, reader, None);
        std::mem::take(&mut self.told).found
    }

    fn look(&mut self, origin: &Origin, reader: &mut dyn Read, file: Option<&File>) {
        Progress::add(&self.shared.progress.files, 1);
        let size = file.and_then(|file| file.metadata().ok()).map(|meta| meta.len());
        let mut allowance =
            Allowance { bytes: limits::inflated(size), members: limits::MEMBERS, depth: 0 };
        if let Err(error) = self.stream(origin, reader, file, &mut allowance) {
            self.problem(origin, &error.to_string());
        }
    }

    pub(super) fn problem(&self, origin: &Origin, reason: &str) {
        self.tell(Event::Problem(origin.clone(), reason.to_owned()));
    }

    pub(super) fn tell(&self, event: Event) {
        // The receiver goes away only when the whole scan is given up.
        let _ = self.send.send(event);
    }

    /// Judges a stream of any kind.
    pub(super) fn stream(
        &mut self,
        origin: &Origin,
        reader: &mut dyn Read,
        file: Option<&File>,
        allowance: &mut Allowance,
    ) -> io::Result<()> {
        let mut window = self.window();
        let result = self.stream_through(&mut window, origin, reader, file, allowance);
        self.spare.push(window);
        result
    }

    fn stream_through(
        &mut self,
        window: &mut Window,
        origin: &Origin,
        reader: &mut dyn Read,
        file: Option<&File>,
        allowance: &mut Allowance,
    ) -> io::Result<()> {
        window.fill(reader)?;
        match encoding::kind(window.text()) {
            kind @ (Kind::Zip | Kind::Gzip | Kind::Tar) if self.shared.options.archives => {
                let mut whole = window.text().chain(reader);
                archive::open(self, kind, origin, &mut whole, file, allowance)
            }
            Kind::Utf16(big) => {
                let mut wide = Utf16::new(window.text().chain(reader), big);
                let mut window = self.window();
                let result = window
                    .fill(&mut wide)
                    .and_then(|()| self.windows(&mut window, origin, &mut wide, true));
                self.spare.push(window);
                result
            }
            Kind::Text => self.windows(window, origin, reader, true),
            _ => {
                Progress::add(&self.shared.progress.binary, 1);
                self.windows(window, origin, reader, false)
            }
        }
    }

    fn window(&mut self) -> Window {
        let mut window = self.spare.pop().unwrap_or_else(Window::new);
        window.clear();
        window
    }

    fn windows(
        &mut self,
        window: &mut Window,
        origin: &Origin,
        reader: &mut dyn Read,
        is_text: bool,
    ) -> io::Result<()> {
        loop {
            let view = window.view();
            Progress::add(&self.shared.progress.bytes, view.counts.len() as u64);
            self.judge(origin, &view, is_text);
            if !window.slide(reader)? {
                return Ok(());
            }
        }
    }

    fn judge(&mut self, origin: &Origin, view: &View, is_text: bool) {
        let View { text, counts, at } = view;
        let around = Surroundings { path: Some(origin.member.as_deref().unwrap_or(&origin.path)) };
        let mut dropped = Vec::new();
        if self.shared.options.explain {
            secrets::inspect_in(text, around, |drop| dropped.push(drop));
        }
        let hits = if is_text {
            secrets::scan_decoded_in(text, around, &mut Budget::FILE.clone())
        } else {
            // The value model judges words, and encoders write text; what is no text has neither.
            let hits = secrets::scan_in(text, around).into_iter();
            let sure = hits.filter(|hit| hit.tier == Tier::Block);
            sure.map(|hit| Found { hit, chain: Chain::default() }).collect()
        };
        let mut allows = if is_text { inline::find(text) } else { Vec::new() };
        let mut walk = Walk { text, spot: *at, done: 0 };
        for Found { hit: Hit { rule, span, tier }, chain } in hits {
            let mut allowed = None;
            for allow in &mut allows {
                if allow.allows(rule.id, span.start) {
                    allow.used = true;
                    allowed = Some(allow.reason.clone());
                }
            }
            if counts.contains(&span.start) {
                let secret = &text[span.clone()];
                let fingerprint = self.shared.keys.fingerprint(rule.id, secret);
                let span = walk.span(&span);
                let find = find(rule, tier, origin, span, fingerprint);
                let encoded = (!chain.0.is_empty()).then(|| chain.to_string());
                self.told.found.push(Find { allowed, encoded, ..find });
            }
        }
        dropped.sort_by_key(|drop| drop.span.start);
        let mut walk = Walk { text, spot: *at, done: 0 };
        for Dropped { rule, span, reason } in dropped {
            if counts.contains(&span.start) {
                let find = find(rule, rule.tier, origin, walk.span(&span), String::new());
                self.told.found.push(Find { dropped: Some(reason.code()), ..find });
            }
        }
        let mut walk = Walk { text, spot: *at, done: 0 };
        for allow in allows.iter().filter(|allow| self.tell_comments && counts.contains(&allow.at))
        {
            if let Some(problem) = allow.problem() {
                let span = walk.span(&(allow.at..allow.at));
                self.told.comments.push((origin.clone(), span, problem));
            }
        }
    }
}

fn find(rule: &'static Rule, tier: Tier, origin: &Origin, span: Span, fingerprint: String) -> Find {
    let origin = origin.clone();
    Find {
        rule,
        tier,
        origin,
        span,
        fingerprint,
        encoded: None,
        dropped: None,
        allowed: None,
        known: false,
    }
}

/// Goes through a text once and says where bytes stand.
struct Walk<'t> {
    text: &'t [u8],
    spot: Spot,
    done: usize,
}

impl Walk<'_> {
    /// Lines and columns of a range. Ranges come in order of their beginning.
    fn span(&mut self, range: &std::ops::Range<usize>) -> Span {
        if range.start > self.done {
            self.spot = self.spot.after(&self.text[self.done..range.start]);
            self.done = range.start;
        }
        let end = self.spot.after(&self.text[range.clone()]);
        let Spot { line, column } = self.spot;
        Span { line, column, end_line: end.line, end_column: end.column }
    }
}

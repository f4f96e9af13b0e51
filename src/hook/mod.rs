//! `portcullis hook`: one process for one event of the client. JSON in, at most one JSON object out.
//!
//! The only place that knows the client's exit codes: the process always ends with 0, because 2
//! would mean "block" and anything else "no decision". Refusals are said in the reply.

pub mod context;
pub mod event;
pub mod input;
pub mod kind;
pub mod reply;
pub mod transcript;

use std::cell::RefCell;
use std::ffi::OsString;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use serde_json::Value;

use crate::check::{CHECKS, Check};
use crate::config::Level;
use crate::env::Env;
use crate::journal::{self, Entry, Timing};
use crate::run;
use crate::secrets;
use crate::shell;

use context::Context;
use event::Event;
use input::Input;
use kind::Kind;
use reply::{Finding, Reply, Verdict};

/// Rule id of a refusal or notice that comes from a failure of Portcullis itself.
pub const INTERNAL: &str = "internal-error";

/// Rule id of what is said about a payload that is not one JSON object.
pub const MALFORMED: &str = "payload-malformed";

/// Rule id of what is said about a payload over the cap.
pub const OVERSIZED: &str = "payload-oversized";

/// What `portcullis explain` prints for the three rules above.
pub const PAGE: &str = "\
A call that the hook could not judge.

**What it does.** A failure of Portcullis must not lock a session, and must not open a boundary. A
call that may push, publish or deploy is refused when it cannot be judged; any other call goes on,
is logged as an error, and the user is told (once a session, for a failing check).

**Rules.** `internal-error`: a check failed or panicked. `payload-malformed`: the client sent
something that is not one JSON object. `payload-oversized`: the payload is over 16 MiB.

**Way out.** `portcullis log --level error` shows what failed; `portcullis doctor` shows which checks
work. Run a refused command yourself, outside of the session.";

/// Runs one hook call on the real streams. Arguments after `hook` are ignored on purpose: a newer
/// `hooks.json` beside an older binary must not turn into blocked calls.
pub fn main(args: &[OsString]) -> ExitCode {
    let start = Instant::now();
    // The coarse entry of the wiring asks only whether there is somebody; the other entry judges.
    if args.first().is_some_and(|arg| arg == crate::install::wiring::PRESENT) {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        return ExitCode::SUCCESS;
    }
    quiet_panics();
    let env = Env::from_process();
    let bytes = catch_unwind(AssertUnwindSafe(|| {
        answer(input::read(std::io::stdin().lock(), input::CAP), &env, CHECKS, start)
    }))
    .unwrap_or_else(|_| {
        // Every judgement is caught on its own; this is a failure outside of all of them.
        Some(format!(
            "{{\"systemMessage\":\"Portcullis: [{INTERNAL}] the hook failed ({}); this call was not judged\"}}",
            last_panic().replace(['"', '\\', '\n'], " ")
        ).into_bytes())
    });
    if let Some(bytes) = bytes {
        // A closed stdout means that nobody listens any more; there is nobody left to tell.
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(&bytes).and_then(|()| out.flush());
    }
    ExitCode::SUCCESS
}

thread_local! {
    static LAST_PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Keeps the text of a panic for the journal instead of printing it.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let text = info
            .payload()
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| info.payload().downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "panic without a text".to_owned());
        let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line()));
        LAST_PANIC.with(|last| *last.borrow_mut() = text + &place.unwrap_or_default());
    }));
}

fn last_panic() -> String {
    LAST_PANIC.with(|last| last.borrow().clone())
}

/// Judges one call and writes its journal line. `None` is silence: no objection.
pub fn answer(input: Input, env: &Env, checks: &[Check], start: Instant) -> Option<Vec<u8>> {
    match input {
        Input::Whole(bytes) => match Event::parse(&bytes) {
            Ok(event) => judged(&event, env, checks, start),
            Err(error) => {
                let problem = if bytes.iter().all(u8::is_ascii_whitespace) {
                    "the client sent an empty payload".to_owned()
                } else {
                    format!("the client sent a payload that is not one JSON object ({error})")
                };
                unjudged(&bytes, MALFORMED, &problem, input::hints_boundary(&bytes), env, start)
            }
        },
        Input::Oversized { head, boundary } => {
            let problem = format!("the payload is over {} MiB and was not read", input::CAP >> 20);
            unjudged(&head, OVERSIZED, &problem, boundary, env, start)
        }
        Input::Unreadable(error) => {
            let problem = format!("the payload could not be read ({error})");
            unjudged(b"", MALFORMED, &problem, false, env, start)
        }
    }
}

/// Judges an event that could be read.
fn judged(event: &Event, env: &Env, checks: &[Check], start: Instant) -> Option<Vec<u8>> {
    let context = Context::new(event, env);
    let mut findings = Vec::new();
    let mut errors = Vec::new();
    let mut timings = Vec::new();
    for check in checks.iter().filter(|check| (check.applies)(event)) {
        let began = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| (check.judge)(event, &context)));
        timings.push(Timing { check: check.id, us: journal::micros(began) });
        let problem = match outcome {
            Ok(Ok(mut found)) => {
                findings.append(&mut found);
                continue;
            }
            Ok(Err(error)) => format!("check {}: {error:#}", check.id),
            Err(_) => format!("check {}: panicked: {}", check.id, last_panic()),
        };
        errors.push(problem);
    }
    for problem in &errors {
        findings.extend(failed(problem, is_boundary_call(event), event, &context));
    }
    if event.kind.is_none() {
        // Nothing is known about its answers, so only the user could be told, and once is enough.
        findings.retain(|finding| finding.verdict != Verdict::Context);
    }
    let mut reply = reply::reply(event.kind, &findings);
    // A run's journal holds what became of the call, so it is written last. A failure there is no
    // reason to answer otherwise.
    let followed =
        catch_unwind(AssertUnwindSafe(|| run::follow::after(event, &context, &findings, &reply)));
    match followed {
        Ok(Ok(())) => {}
        Ok(Err(error)) => errors.push(format!("journal of the run: {error:#}")),
        Err(_) => errors.push(format!("journal of the run: panicked: {}", last_panic())),
    }
    let entry = Entry::new(event, &reply, &findings, errors, timings, start);
    record(&context, &entry, || is_boundary_call(event), &mut reply);
    serialize(&reply)
}

/// What a failure of Portcullis itself means for a call: a refusal at a boundary, elsewhere one
/// notice a session.
fn failed(problem: &str, boundary: bool, event: &Event, context: &Context) -> Option<Finding> {
    if boundary {
        return Some(
            Finding::new(INTERNAL, Verdict::Deny, format!("{problem}; a call that may push, publish or deploy is refused when it cannot be judged"))
                .way_out("run `portcullis doctor`, or run the command yourself outside of the session"),
        );
    }
    let told = context.state().is_some_and(|state| {
        crate::state::first_time(state, event.payload.session_id.as_deref(), "internal-error")
    });
    told.then(|| {
        Finding::new(INTERNAL, Verdict::Notice, format!("{problem}; the call went through unjudged by this check (said once a session; see `portcullis log --level error`)"))
    })
}

/// Answers a payload that could not be read as an event.
fn unjudged(
    bytes: &[u8],
    rule: &str,
    problem: &str,
    boundary: bool,
    env: &Env,
    start: Instant,
) -> Option<Vec<u8>> {
    let mut event =
        Event::parse(b"{}").unwrap_or(Event { kind: None, payload: event::Payload::default() });
    event.kind = input::hinted_kind(bytes);
    event.payload.hook_event_name = event.kind.map(|kind| kind.name().to_owned());
    let context = Context::new(&event, env);
    let finding = if boundary {
        event.kind = Some(Kind::PreToolUse);
        Finding::new(rule, Verdict::Deny, format!("{problem}; it looks like a push, publish or deploy, and those are refused when they cannot be judged"))
            .way_out("send a smaller or well-formed call")
    } else {
        Finding::new(rule, Verdict::Notice, format!("{problem}; the call goes on unjudged"))
    };
    let findings = [finding];
    let mut reply = reply::reply(event.kind, &findings);
    let entry = Entry::new(&event, &reply, &findings, vec![problem.to_owned()], Vec::new(), start);
    record(&context, &entry, || boundary, &mut reply);
    serialize(&reply)
}

/// Writes the journal line. A line that cannot be written is said to the user where it matters:
/// at session start and at a boundary.
fn record(context: &Context, entry: &Entry, boundary: impl Fn() -> bool, reply: &mut Reply) {
    let level = context.env.log_level.as_deref().and_then(journal::level_from_name);
    let lowest = level.unwrap_or_else(|| context.policy().map_or(Level::Info, |p| p.log.level));
    if entry.level < lowest {
        return;
    }
    let written = match context.state() {
        Some(state) => journal::append(state, entry).and_then(|()| {
            // A session's end is signed, so that what it did cannot lose its tail unseen.
            let ends = entry.event == Kind::SessionEnd.name();
            if ends { journal::checkpoint::make(state).map(drop) } else { Ok(()) }
        }),
        None => Err(std::io::Error::other("there is no state folder (no repository and no HOME)")),
    };
    let Err(error) = written else { return };
    if entry.event == Kind::SessionStart.name() || boundary() {
        let text = format!("Portcullis: the journal cannot be written: {error}");
        let body = reply.body.get_or_insert_with(|| Value::Object(serde_json::Map::new()));
        if let Value::Object(body) = body {
            let said = body.get("systemMessage").and_then(Value::as_str).unwrap_or_default();
            let both = if said.is_empty() { text } else { format!("{said}\n{text}") };
            body.insert("systemMessage".into(), Value::String(both));
        }
    }
}

fn serialize(reply: &Reply) -> Option<Vec<u8>> {
    let body = reply.body.as_ref()?;
    // The last line of defence of "a secret never reaches stdout": messages are made of rule ids
    // and paths, and a path can hold a token too.
    Some(secrets::redact(&body.to_string()).into_owned().into_bytes())
}

/// True when the call may push, publish or deploy, judged from words alone: cheap, never fails,
/// and says yes too often rather than too rarely.
pub fn is_boundary_call(event: &Event) -> bool {
    if !event.is_pre_tool() {
        return false;
    }
    match event.command_line() {
        Some(line) => shell::names_guarded(line.as_bytes()),
        None => event
            .tool()
            .is_some_and(|tool| tool.starts_with("mcp__") && shell::names_guarded(tool.as_bytes())),
    }
}

//! A person approves or lets pass by typing a code that only the person was shown.
//!
//! **What it does.** `/approve GATE` and `/bypass BOUNDARY REASON`, typed as a prompt, are answered with a code, shown to
//! the user and never to the model: the prompt is stopped there. Typed again with the code (`/approve GATE CODE`), it is
//! recorded: who, when, for which tree, until when. A code works once, in its own session, for ten minutes, and only while
//! the tree is the one it was shown for. `/bypass` opens one boundary for that tree for `approval.minutes` of the policy;
//! every use is in the journal and said to the user.
//!
//! **Rules.** `approve-code`: the code. `approve-given`: it is recorded. `approve-refused`: no such gate or boundary, a
//! wrong or old code, a tree that changed, or a session where no person types. `approve-forged`: a command line calls
//! `portcullis hook` itself, which would play the client.
//!
//! **Way out.** In a headless session, or one started from another session, nobody is there to type: approve in an
//! attended session, or let the policy name that as enough (`approval.unattended`).
//!
//! **Limits.** Who types is what git and the account say. It proves that somebody at the terminal of this session wanted
//! it, not who that was; a signed tag or a rule of the forge proves that.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::config::Policy;
use crate::env::Env;
use crate::gate::approval::{self, Kind as Given, Refused};
use crate::gate::{self};
use crate::git;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::kind::Kind;
use crate::hook::reply::{Finding, Verdict};
use crate::journal;
use crate::state::Repository;

/// The check.
pub const CHECK: Check =
    Check { id: "approve", source: include_str!("approve.rs"), applies, judge, planted };

/// Shortest reason of a bypass, in characters.
const REASON: usize = 8;

fn applies(event: &Event) -> bool {
    match event.kind {
        Some(Kind::UserPromptSubmit) => {
            event.payload.prompt.as_deref().is_some_and(|prompt| typed(prompt).is_some())
        }
        // The slash command itself must never reach the model, and the model must not call it.
        Some(Kind::UserPromptExpansion) => {
            event.payload.command_name.as_deref().is_some_and(|name| word(name).is_some())
        }
        Some(Kind::PreToolUse) => {
            let skill = event.tool() == Some("Skill")
                && event.input("skill").is_some_and(|name| word(name).is_some());
            skill || event.command_line().is_some_and(names_hook)
        }
        _ => false,
    }
}

/// Whether a command line may call the hook, judged from words alone.
fn names_hook(line: &str) -> bool {
    line.contains("portcullis") && line.contains("hook")
}

/// Refuses a line that calls the hook itself: what it is fed would count as the client's word.
fn plays_the_client(event: &Event, context: &Context) -> Option<Finding> {
    let (reading, _) = context.line(event);
    let calls = reading.commands.iter().any(|command| {
        let mut words = command.words.iter().map(|word| word.text.as_str());
        let program = words.next().unwrap_or_default();
        program.rsplit('/').next() == Some("portcullis") && words.next() == Some("hook")
    });
    calls.then(|| {
        Finding::new(
            "approve-forged",
            Verdict::Deny,
            "`portcullis hook` is called by the client only: what it is fed counts as what happened",
        )
        .way_out("`portcullis doctor` tries every check; `portcullis shell explain` reads a line")
    })
}

/// The command and what stands after it, when the prompt is one of ours.
fn typed(prompt: &str) -> Option<(Given, &str)> {
    let prompt = prompt.trim();
    let (first, rest) = prompt.split_once(char::is_whitespace).unwrap_or((prompt, ""));
    Some((word(first.strip_prefix('/')?)?, rest.trim()))
}

fn word(name: &str) -> Option<Given> {
    let name = name.trim_start_matches('/');
    match name.strip_prefix("portcullis:").unwrap_or(name) {
        "approve" => Some(Given::Approve),
        "bypass" => Some(Given::Bypass),
        _ => None,
    }
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let refuse = |message: String| Finding::new("approve-refused", Verdict::Deny, message);
    if event.command_line().is_some() {
        return Ok(plays_the_client(event, context).into_iter().collect());
    }
    if event.kind == Some(Kind::PreToolUse) {
        return Ok(vec![refuse("only a person approves; the model cannot call this".to_owned())]);
    }
    let expanded;
    let prompt = match event.kind {
        Some(Kind::UserPromptExpansion) => {
            let args = event.payload.command_args.as_deref().unwrap_or_default();
            expanded = format!(
                "/{} {args}",
                event.payload.command_name.as_deref().unwrap_or_default().trim_start_matches('/')
            );
            &expanded
        }
        _ => event.payload.prompt.as_deref().unwrap_or_default(),
    };
    let Some((kind, rest)) = typed(prompt) else { return Ok(Vec::new()) };
    Ok(vec![answer(kind, rest, event, context)?.unwrap_or_else(refuse)])
}

fn answer(
    kind: Given,
    rest: &str,
    event: &Event,
    context: &Context,
) -> anyhow::Result<Result<Finding, String>> {
    let say = |rule: &str, message: String| Ok(Ok(Finding::new(rule, Verdict::Deny, message)));
    let (Some(repository), Some(state)) = (Repository::discover(&context.cwd), context.state())
    else {
        return Ok(Err(
            "there is no git repository here, so there is no tree to approve".to_owned()
        ));
    };
    let policy = Policy::load(&repository.root, context.env)?;
    let (what, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let rest = rest.trim();
    if let Err(problem) = known(kind, what, &policy) {
        return Ok(Err(problem));
    }
    if let Some(why) = nobody(context.env).filter(|_| !policy.approval.unattended) {
        return Ok(Err(format!("{why}; approve in a session where a person types")));
    }
    let session = event.payload.session_id.as_deref().unwrap_or("none");
    let tree = gate::working_tree(&repository.root)?;
    let now = journal::now_ms();
    if let Some(code) = code(rest) {
        let who = who(&repository.root);
        let taken = approval::take(
            state,
            kind,
            what,
            code,
            &tree,
            session,
            &who,
            policy.approval.minutes,
            now,
        )?;
        return Ok(match taken {
            Ok((id, _)) => Ok(Finding::new(
                "approve-given",
                Verdict::Deny,
                format!("recorded: {} {what} for tree {} by {who}, for {} minutes (id {id}). This is the confirmation; nothing was sent to the model.", kind.word(), gate::short(&tree), policy.approval.minutes),
            )),
            Err(Refused::Wrong) => Err(format!("this code opens nothing, and it is used up; type `/{} {what}` for a new one", kind.word())),
            Err(Refused::Expired) => Err("this code is too old; ask for a new one".to_owned()),
            Err(Refused::TreeChanged) => Err("the files changed since the code was shown; ask for a new one for what is there now".to_owned()),
        });
    }
    let why = kind == Given::Bypass || what == gate::tamper::APPROVAL;
    if why && rest.chars().count() < REASON {
        let word = kind.word();
        return Ok(Err(format!("a {word} of {what} needs its reason: `/{word} {what} WHY`")));
    }
    let code = approval::ask(state, kind, what, &tree, session, rest, now)?;
    let standing = match kind {
        Given::Approve => String::new(),
        Given::Bypass => format!(
            "\nIt lets one boundary pass whose gates did not: {}",
            open_gates(what, &tree, &policy, &repository.root, context.env)
        ),
    };
    say(
        "approve-code",
        format!(
            "to {} {what} for the files as they are now (tree {}), type within ten minutes:\n  /{} {what} {code}\nOnly you see this code.{standing}",
            kind.word(),
            gate::short(&tree),
            kind.word()
        ),
    )
}

/// A code as it is typed: eight letters and digits, alone.
fn code(rest: &str) -> Option<&str> {
    let plain = rest.len() == 8 && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    // A reason of one word of eight letters has no digit and is no capital word.
    (plain
        && (rest.bytes().any(|byte| byte.is_ascii_digit())
            || rest.bytes().all(|byte| byte.is_ascii_uppercase())))
    .then_some(rest)
}

fn known(kind: Given, what: &str, policy: &Policy) -> Result<(), String> {
    let (names, noun): (Vec<String>, _) = match kind {
        Given::Approve => {
            let mut names = gate::names(policy);
            names.push(gate::tamper::APPROVAL.to_owned());
            names.push(crate::run::budget::APPROVAL.to_owned());
            names.push(super::dispatch::BREAKER.to_owned());
            (names, "gate")
        }
        Given::Bypass => {
            (gate::BOUNDARIES.iter().map(|&name| name.to_owned()).collect(), "boundary")
        }
    };
    if names.iter().any(|name| name == what) {
        return Ok(());
    }
    Err(format!("no {noun} is called {what:?}; known: {}", names.join(", ")))
}

/// Why no person can be typing here, if so.
fn nobody(env: &Env) -> Option<&'static str> {
    if env.called_by_script() {
        return Some("this call of the hook does not come from the client");
    }
    if env.child_session {
        return Some("this session was started from another session");
    }
    env.unattended.then_some("this session is headless")
}

fn who(root: &Path) -> String {
    let config = |key: &str| git::text(root, ["config", "--get", key]).unwrap_or_default();
    format!("{} <{}> ({})", config("user.name"), config("user.email"), account())
}

/// The account's name. Read by hand: a static binary cannot ask the system's name service.
fn account() -> String {
    let uid = nix::unistd::getuid().to_string();
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(&uid)).then(|| name.to_owned())
    });
    name.unwrap_or_else(|| format!("uid {uid}"))
}

fn open_gates(boundary: &str, tree: &str, policy: &Policy, root: &Path, env: &Env) -> String {
    let said: Vec<String> = policy
        .needs(boundary)
        .into_iter()
        .filter_map(|gate| match gate::standing(gate, tree, policy, root, env) {
            Ok(gate::Standing::Passed(_)) => None,
            Ok(standing) => Some(standing.sentence(gate, tree)),
            Err(error) => Some(format!("{error:#}")),
        })
        .collect();
    if said.is_empty() { "none at the moment".to_owned() } else { said.join("; ") }
}

fn planted(dir: &Path) -> Value {
    json!({
        "hook_event_name": "UserPromptSubmit",
        "session_id": "portcullis-planted",
        "cwd": dir,
        "prompt": "/approve no-such-gate",
    })
}

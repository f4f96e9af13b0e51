//! The hook's checks: one file each, one line each in [`CHECKS`].
//!
//! A check is a function of an event and its lazy surroundings. It says what it found; whether
//! and how that can be said to the client is the reply's business.

pub mod approve;
pub mod boundary;
pub mod claims;
pub mod commit;
pub mod definitions;
pub mod destroy;
pub mod dispatch;
pub mod done;
pub mod effect;
pub mod models;
pub mod packet;
pub mod phase;
pub mod protect;
pub mod results;
pub mod role;
pub mod run;
pub mod secret_read;
pub mod secrets;
pub mod session;
pub mod snapshot;
pub mod tamper;

use std::path::Path;

use serde_json::Value;

use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::Finding;

/// One check.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Its id; the rules it reports begin with it or are listed on its page.
    pub id: &'static str,
    /// Source of the check's file. Its `//!` comment is the page that `portcullis explain` prints.
    pub source: &'static str,
    /// Whether the check looks at an event at all. Must be cheap: it runs on every call.
    pub applies: fn(&Event) -> bool,
    /// Judges an event.
    pub judge: fn(&Event, &Context) -> anyhow::Result<Vec<Finding>>,
    /// A payload that the check must refuse, for `portcullis doctor` and the session start. It is
    /// given an empty git repository to play in and must not need anything else. Where the event
    /// cannot be refused, telling the user counts.
    pub planted: fn(&Path) -> Value,
}

/// Every check, in the order their findings are shown.
pub const CHECKS: &[Check] = &[
    approve::CHECK,
    protect::CHECK,
    role::CHECK,
    secrets::CHECK,
    results::CHECK,
    boundary::CHECK,
    tamper::CHECK,
    commit::CHECK,
    destroy::CHECK,
    snapshot::CHECK,
    effect::CHECK,
    secret_read::CHECK,
    claims::CHECK,
    packet::CHECK,
    dispatch::CHECK,
    definitions::CHECK,
    phase::CHECK,
    done::CHECK,
    models::CHECK,
    run::CHECK,
    session::CHECK,
];

impl Check {
    /// The page of the check: the `//!` lines at the top of its file.
    pub fn page(&self) -> String {
        self.source
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The first line of the page, without its full stop.
    pub fn title(&self) -> String {
        self.page().lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
    }
}

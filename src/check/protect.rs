//! SKELETON protect.

use std::path::Path;

use serde_json::{Value, json};

use super::Check;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::Finding;

/// The check.
pub const CHECK: Check =
    Check { id: "protect", source: include_str!("protect.rs"), applies, judge, planted };

fn applies(_event: &Event) -> bool {
    false
}

fn judge(_event: &Event, _context: &Context) -> anyhow::Result<Vec<Finding>> {
    Ok(Vec::new())
}

fn planted(_dir: &Path) -> Value {
    json!({})
}

//! The circuit breaker of a tool that talks to a server, and the waits between its runs.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::Retry;

/// What the breaker says before a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Call the tool.
    Closed,
    /// It failed often; one call tells whether that is over.
    HalfOpen,
    /// Do not call it for so many more seconds.
    Open(u64),
}

impl Gate {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open(_) => "open",
        }
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Tool {
    failures: u32,
    last_ms: u64,
}

fn change<T>(state: &Path, f: impl FnOnce(&mut BTreeMap<String, Tool>) -> T) -> std::io::Result<T> {
    std::fs::create_dir_all(state)?;
    let lock = File::create(state.join("breakers.lock"))?;
    lock.lock()?;
    let file = state.join("breakers.json");
    // A file that cannot be read only forgets failures.
    let mut tools = std::fs::read(&file)
        .ok()
        .and_then(|text| serde_json::from_slice(&text).ok())
        .unwrap_or_default();
    let result = f(&mut tools);
    let mut made = tempfile::NamedTempFile::new_in(state)?;
    serde_json::to_writer(&mut made, &tools)?;
    made.persist(file)?;
    Ok(result)
}

/// Asks before a run.
pub(crate) fn before(
    state: &Path,
    tool: &str,
    retry: &Retry,
    now_ms: u64,
) -> std::io::Result<Gate> {
    change(state, |tools| {
        let Some(tool) = tools.get(tool).filter(|tool| tool.failures >= retry.breaker) else {
            return Gate::Closed;
        };
        let passed = now_ms.saturating_sub(tool.last_ms) / 1000;
        match retry.pause_s.checked_sub(passed) {
            Some(left @ 1..) => Gate::Open(left),
            _ => Gate::HalfOpen,
        }
    })
}

/// Tells how the run went: whether the server was reached.
pub(crate) fn after(state: &Path, tool: &str, reached: bool, now_ms: u64) -> std::io::Result<()> {
    change(state, |tools| {
        if reached {
            tools.remove(tool);
        } else {
            let tool = tools.entry(tool.to_owned()).or_default();
            tool.failures = tool.failures.saturating_add(1);
            tool.last_ms = now_ms;
        }
    })
}

/// How long to wait after the failed run number `run` (from 1): doubled each time, and up to half
/// of it more by chance, so that many machines do not come back at the same moment.
pub(crate) fn wait(retry: &Retry, run: u32) -> Duration {
    let base = retry.wait_ms.saturating_mul(1 << run.saturating_sub(1).min(10));
    let mut byte = [0_u8; 1];
    // Without chance the wait is only less spread.
    let _ = getrandom::fill(&mut byte);
    Duration::from_millis(base + base / 2 * u64::from(byte[0]) / 255)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_tries_again_later() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path();
        let retry = Retry { breaker: 2, pause_s: 60, ..Retry::default() };
        let ask = |now| before(state, "audit", &retry, now).unwrap();
        let tell = |reached, now| after(state, "audit", reached, now).unwrap();
        tell(false, 0);
        tell(true, 1);
        tell(false, 2);
        assert_eq!(ask(3), Gate::Closed, "a success in between counts");
        tell(false, 4);
        assert_eq!(ask(5_004), Gate::Open(55));
        assert_eq!(before(state, "other", &retry, 5).unwrap(), Gate::Closed);
        assert_eq!(ask(60_004), Gate::HalfOpen);
        tell(false, 60_005);
        assert_eq!(ask(60_006), Gate::Open(60));
        tell(true, 200_000);
        assert_eq!(ask(200_001), Gate::Closed);
    }

    #[test]
    fn waits_grow_and_are_spread_by_half() {
        let retry = Retry { wait_ms: 100, ..Retry::default() };
        for (run, least) in [(1, 100), (2, 200), (3, 400)] {
            let wait = wait(&retry, run).as_millis();
            assert!((least..=least * 3 / 2).contains(&wait), "{run}: {wait}");
        }
    }
}

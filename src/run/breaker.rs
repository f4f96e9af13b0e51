//! The breaker of an agent type in a run: failures in a row open it, so that a workflow does not
//! spend its budget on an agent that cannot do its work here.

use serde::Serialize;

use crate::config::Retry;

/// The breaker of one agent type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Breaker {
    /// Deaths and invalid reports in a row.
    pub failures: u32,
    /// When the last of them was, in milliseconds since the Unix epoch.
    pub last_ms: u64,
    /// Why the last of them was.
    pub reason: String,
    /// Whether it ever opened in this run.
    pub opened: bool,
}

/// Whether an agent of a type may be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Yes.
    Closed,
    /// One, as a trial.
    HalfOpen,
    /// No, for this many seconds or until a person says so.
    Open(u64),
}

impl Breaker {
    /// A report was accepted.
    pub fn success(&mut self) {
        self.failures = 0;
    }

    /// An agent died, or its report is invalid.
    pub fn failure(&mut self, ts: u64, reason: &str) {
        self.failures += 1;
        self.last_ms = ts;
        reason.clone_into(&mut self.reason);
    }

    /// Where it stands. `closed_by_ms` is when a person last said that it may be tried again.
    pub fn position(&self, retry: &Retry, now_ms: u64, closed_by_ms: Option<u64>) -> Position {
        if retry.breaker == 0 || self.failures < retry.breaker {
            return Position::Closed;
        }
        if closed_by_ms.is_some_and(|by| by > self.last_ms) {
            return Position::HalfOpen;
        }
        match (self.last_ms + retry.pause_s * 1000).checked_sub(now_ms).filter(|left| *left > 0) {
            Some(left) => Position::Open(left.div_ceil(1000)),
            None => Position::HalfOpen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_open_it_and_time_or_a_person_let_one_try() {
        let retry = Retry { breaker: 2, pause_s: 10, ..Retry::default() };
        let mut breaker = Breaker::default();
        breaker.failure(1_000, "a");
        assert_eq!(breaker.position(&retry, 1_000, None), Position::Closed);
        breaker.success();
        breaker.failure(2_000, "b");
        breaker.failure(3_000, "c");
        assert_eq!(breaker.position(&retry, 3_000, None), Position::Open(10));
        assert_eq!(breaker.position(&retry, 12_500, None), Position::Open(1));
        assert_eq!(breaker.position(&retry, 13_000, None), Position::HalfOpen);
        assert_eq!(breaker.position(&retry, 3_500, Some(3_400)), Position::HalfOpen);
        assert_eq!(breaker.position(&retry, 3_500, Some(2_900)), Position::Open(10));
        breaker.failure(14_000, "the trial too");
        assert_eq!(breaker.position(&retry, 14_500, Some(3_400)), Position::Open(10));
        breaker.success();
        assert_eq!(breaker.position(&retry, 14_500, None), Position::Closed);
    }
}

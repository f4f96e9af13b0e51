//! The line on a terminal that says which checks of a run are still going, and for how long.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

/// How often it is drawn anew.
pub(super) const TICK: Duration = Duration::from_millis(500);

/// Columns it takes at most: nothing here asks the terminal, and a longer line would wrap and stay.
const WIDTH: usize = 78;

/// Back to the first column, and the line gone.
const CLEAR: &[u8] = b"\r\x1b[2K";

/// The line, and what it says.
#[derive(Debug)]
pub(super) struct Progress {
    /// False where nobody watches: nothing is written then.
    on: bool,
    running: BTreeMap<usize, (String, Instant)>,
    left: usize,
    drawn: bool,
}

impl Progress {
    /// A line for `todo` checks.
    pub(super) const fn new(on: bool, todo: usize) -> Self {
        Self { on, running: BTreeMap::new(), left: todo, drawn: false }
    }

    pub(super) fn began(&mut self, index: usize, label: String) {
        self.running.insert(index, (label, Instant::now()));
        self.left = self.left.saturating_sub(1);
    }

    pub(super) fn ended(&mut self, index: usize) {
        self.running.remove(&index);
    }

    /// Takes the line away, before anything else is written.
    pub(super) fn clear(&mut self, sink: &mut dyn Write) {
        if std::mem::take(&mut self.drawn) {
            // A terminal that went away does not end the run.
            let _ = sink.write_all(CLEAR);
        }
    }

    /// Draws the line.
    pub(super) fn draw(&mut self, sink: &mut dyn Write) {
        if !self.on || self.running.is_empty() {
            return;
        }
        self.clear(sink);
        let text = self.text();
        let _ = write!(sink, "{text}").and_then(|()| sink.flush());
        self.drawn = true;
    }

    fn text(&self) -> String {
        let running = self
            .running
            .values()
            .map(|(label, since)| format!("{label} {} s", since.elapsed().as_secs()));
        let mut text = format!("running: {}", running.collect::<Vec<_>>().join(", "));
        if self.left > 0 {
            text += &format!(" · {} more to come", self.left);
        }
        if let Some((cut, _)) = text.char_indices().nth(WIDTH) {
            text.truncate(cut);
            text.push('…');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_runs_and_is_gone_before_anything_else() {
        let mut sink = Vec::new();
        let mut progress = Progress::new(true, 3);
        progress.draw(&mut sink);
        assert_eq!(sink, b"", "nothing runs");
        progress.began(0, "lint (node)".to_owned());
        progress.began(1, "types".to_owned());
        progress.draw(&mut sink);
        assert_eq!(sink, "running: lint (node) 0 s, types 0 s · 1 more to come".as_bytes());
        sink.clear();
        progress.clear(&mut sink);
        progress.clear(&mut sink);
        assert_eq!(sink, CLEAR, "once");
        progress.ended(0);
        progress.began(2, "x".repeat(200));
        assert_eq!(progress.text().chars().count(), WIDTH + 1);
        let mut off = Progress::new(false, 1);
        sink.clear();
        off.began(0, "lint".to_owned());
        off.draw(&mut sink);
        off.clear(&mut sink);
        assert_eq!(sink, b"");
    }
}

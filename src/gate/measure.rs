//! Before and after in one run: a benchmark on the base and on the tree as it is, in turn.
//!
//! Both sides run on the same machine within the same minutes, one after the other and the first
//! side changing, so that a slow moment hits both. Only their ratio is judged, never a time alone.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::Serialize;

use super::installed::first_folders;
use super::prove::Worktree;
use super::runner::{self, End, Job, Stop, Why};
use super::scratch::Scratch;
use super::tree::{self, Snapshot};
use super::{allow, state_folder};
use crate::config::Policy;
use crate::env::Env;
use crate::git;

/// The refs under which measured trees are kept, so that the next measurement can begin there.
const REFS: &str = "refs/portcullis/measured";

/// What is to be measured.
#[derive(Debug)]
pub struct Bench<'a> {
    /// Program and arguments; it ends with 0 and leaves the tree as it was.
    pub command: &'a [String],
    /// The commit of before.
    pub base: &'a str,
    /// Measured runs of each side, after one that warms up and is not counted.
    pub runs: usize,
    /// Percent by which the median must fall, at least; a larger spread asks for more.
    pub least: f64,
    /// How long each run may take.
    pub limit: Duration,
}

/// What the two sides say of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Faster by more than the threshold and the spread.
    Better,
    /// No difference that the runs can show.
    Same,
    /// Slower by more than the threshold and the spread.
    Worse,
    /// A side did not run to its end with 0, or it changed the tree.
    Broken,
}

/// The measured runs of one side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// Milliseconds of the median run.
    pub median_ms: f64,
    /// The range between the quartiles, in percent of the median.
    pub spread: f64,
    /// Milliseconds of each run, in order.
    pub runs_ms: Vec<f64>,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// The verdict.
    pub verdict: Verdict,
    /// Median after by median before; 1 when broken.
    pub ratio: f64,
    /// In words.
    pub reason: String,
    /// The commit of before.
    pub base: String,
    /// The base's runs; absent when broken.
    pub before: Option<Side>,
    /// The tree's runs; absent when broken.
    pub after: Option<Side>,
    /// The ref that keeps the measured tree.
    pub kept: String,
}

/// Runs the benchmark on both sides in turn.
///
/// # Errors
/// When the base is no commit, git fails, or a signal stopped the run.
pub fn measure(
    bench: &Bench,
    policy: &Policy,
    dir: &Path,
    env: &Env,
    sink: &mut dyn std::io::Write,
) -> anyhow::Result<Measured> {
    let root = tree::repository(dir)?.root;
    let wanted = format!("{}^{{commit}}", bench.base);
    let base = git::text(&root, ["rev-parse", "--verify", "-q", "--end-of-options", &wanted])
        .with_context(|| {
            format!("--base {}: no commit here; give a commit or a ref", bench.base)
        })?;
    let stop = Stop::on_signals()?;
    let taken = Snapshot::take(&root)?;
    let kept = format!("{REFS}/{}", taken.tree);
    taken.keep(&kept)?;
    let scratch = Scratch::new(&state_folder(&root, env)?)?;
    let worktree = Worktree::add(&root, &scratch.path().join("base"), &base)?;
    let modules = root.join("node_modules");
    if modules.is_dir() && !worktree.path.join("node_modules").exists() {
        // What is installed for the project serves the base too; it is ignored by git.
        std::os::unix::fs::symlink(&modules, worktree.path.join("node_modules"))?;
    }
    let allowed = allow::filter(std::env::vars_os(), &policy.env);
    let once = |dir: &Path| -> anyhow::Result<Result<f64, String>> {
        let first = first_folders(dir, &root);
        let job =
            Job { argv: bench.command, dir, limit: bench.limit, env: &allowed, first: &first };
        let begun = Instant::now();
        let done = runner::run(&job, &stop, &mut std::io::sink())?;
        let took = begun.elapsed().as_secs_f64() * 1000.0;
        if let Some(Why::Signal(signal)) = stop.why() {
            bail!("stopped by {}", signal.as_str());
        }
        Ok(match done.end {
            End::Exit(0) => Ok(took),
            End::Exit(code) => Err(format!("it ended with code {code}")),
            End::Signal(signal) => Err(format!("it was ended by signal {signal}")),
            End::TimedOut => Err("it was killed at the time limit".to_owned()),
            End::NotStarted(why) => Err(format!("it cannot be started: {why}")),
            End::Stopped => Err("it was stopped".to_owned()),
        })
    };
    let mut measured = Measured {
        verdict: Verdict::Broken,
        ratio: 1.0,
        reason: String::new(),
        base,
        before: None,
        after: None,
        kept,
    };
    let sides = [("the base", worktree.path.as_path()), ("the tree", root.as_path())];
    let mut times = [Vec::new(), Vec::new()];
    // Round 0 warms up: builds, caches, pages.
    for round in 0..=bench.runs {
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for side in order {
            let (name, dir) = sides[side];
            match once(dir)? {
                Ok(took) if round > 0 => times[side].push(took),
                Ok(_) => {}
                Err(why) => {
                    measured.reason = format!("on {name}: {why}");
                    return Ok(measured);
                }
            }
        }
        let _ = writeln!(sink, "round {round} of {}", bench.runs);
    }
    if Snapshot::take(&root)?.tree != taken.tree {
        measured.reason =
            "the benchmark changed files of the tree; let it write to ignored or temporary paths"
                .to_owned();
        return Ok(measured);
    }
    let [before, after] = times.map(side);
    (measured.verdict, measured.ratio) = judge(&before, &after, bench.least);
    measured.reason = format!(
        "{:.0} % of before: median {:.1} ms before (spread {:.0} %), {:.1} ms after (spread {:.0} %), {} runs each in turn",
        measured.ratio * 100.0,
        before.median_ms,
        before.spread,
        after.median_ms,
        after.spread,
        bench.runs
    );
    (measured.before, measured.after) = (Some(before), Some(after));
    Ok(measured)
}

/// The verdict and the ratio of the medians.
fn judge(before: &Side, after: &Side, least: f64) -> (Verdict, f64) {
    let ratio = after.median_ms / before.median_ms;
    // Both in shares of the same median: a few milliseconds of a run that became short are no noise of the long one.
    let threshold = least.max(before.spread).max(after.spread * ratio) / 100.0;
    let verdict = if ratio <= 1.0 - threshold {
        Verdict::Better
    } else if ratio >= 1.0 + threshold {
        Verdict::Worse
    } else {
        Verdict::Same
    };
    (verdict, (ratio * 1000.0).round() / 1000.0)
}

fn side(runs: Vec<f64>) -> Side {
    let mut sorted = runs.clone();
    sorted.sort_by(f64::total_cmp);
    // At least one run: the grammar asks for it.
    let at = |part: usize| sorted[(sorted.len() - 1) * part / 4];
    let spread = (at(3) - at(1)) / at(2) * 100.0;
    Side { median_ms: at(2), spread, runs_ms: runs }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_counts_only_above_threshold_and_spread() {
        let quiet = |ms: f64| side(vec![ms; 5]);
        assert_eq!(judge(&quiet(100.0), &quiet(50.0), 5.0), (Verdict::Better, 0.5));
        assert_eq!(judge(&quiet(100.0), &quiet(97.0), 5.0).0, Verdict::Same);
        assert_eq!(judge(&quiet(100.0), &quiet(103.0), 5.0).0, Verdict::Same);
        assert_eq!(judge(&quiet(100.0), &quiet(200.0), 5.0), (Verdict::Worse, 2.0));
        let loud = side(vec![60.0, 80.0, 100.0, 120.0, 140.0]);
        assert!((loud.median_ms, loud.spread) == (100.0, 40.0), "{loud:?}");
        assert_eq!(judge(&loud, &quiet(70.0), 5.0).0, Verdict::Same, "within the spread");
        assert_eq!(judge(&loud, &quiet(50.0), 5.0).0, Verdict::Better);
        let tiny = side(vec![2.0, 2.0, 4.0, 8.0, 9.0]);
        assert_eq!(judge(&quiet(160.0), &tiny, 5.0).0, Verdict::Better, "spread {}", tiny.spread);
    }
}

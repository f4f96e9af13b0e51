//! How many tests ran, read from what the runner printed, line by line and without a whole copy.
//!
//! Every runner's summary is known by its own form; lines of several runners add up. Where two
//! forms say the same thing twice (a summary and its single tests), the summary counts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// How many tests passed, failed and were skipped.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub struct Tests {
    /// Ran and passed.
    pub passed: u64,
    /// Ran and failed, or could not be run to an end.
    pub failed: u64,
    /// Named by the runner and not run.
    pub skipped: u64,
}

impl Tests {
    const NONE: Self = Self { passed: 0, failed: 0, skipped: 0 };

    /// Tests that ran.
    pub const fn ran(self) -> u64 {
        self.passed.saturating_add(self.failed)
    }

    const fn is_none(self) -> bool {
        self.ran() == 0 && self.skipped == 0
    }

    fn add(&mut self, other: Self) {
        self.passed = self.passed.saturating_add(other.passed);
        self.failed = self.failed.saturating_add(other.failed);
        self.skipped = self.skipped.saturating_add(other.skipped);
    }

    fn add_word(&mut self, number: u64, word: &str) {
        match word {
            "passed" | "pass" | "passing" | "succeeded" | "xpassed" | "flaky" => {
                self.passed = self.passed.saturating_add(number);
            }
            "failed"
            | "fail"
            | "failing"
            | "failure"
            | "failures"
            | "error"
            | "errors"
            | "cancelled"
            | "timed out"
            | "exec failed"
            | "unexpected successes"
            | "error occurred outside of examples"
            | "errors occurred outside of examples" => {
                self.failed = self.failed.saturating_add(number);
            }
            "skipped" | "skip" | "skips" | "ignored" | "pending" | "pendings" | "todo"
            | "xfailed" | "omissions" | "incomplete" | "excluded" | "did not run"
            | "expected failures" => {
                self.skipped = self.skipped.saturating_add(number);
            }
            _ => {}
        }
    }

    fn of_words<'a>(words: impl IntoIterator<Item = (u64, &'a str)>) -> Self {
        let mut tests = Self::NONE;
        for (number, word) in words {
            tests.add_word(number, word);
        }
        tests
    }

    /// From the words of a summary that gives the total instead of what passed.
    fn of_total<'a>(total: u64, words: impl IntoIterator<Item = (u64, &'a str)>) -> Self {
        let mut tests = Self::of_words(words);
        tests.passed = total.saturating_sub(tests.failed).saturating_sub(tests.skipped);
        tests
    }
}

/// What the output said of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Summary {
    /// The counts; `None` when no summary was understood.
    pub(crate) tests: Option<Tests>,
    /// The runner said in words that it found no test.
    pub(crate) said_none: bool,
}

/// Reads lines and keeps the counts.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    summaries: Option<Tests>,
    said_none: bool,
    unittest_ran: Option<u64>,
    node: Option<Tests>,
    /// Files without a test: node counts each as one that passed.
    node_files: u64,
    tap: Option<Tests>,
    go_package: Tests,
    gradle_events: Option<Tests>,
    gradle_totals: Option<Tests>,
    dotnet_assemblies: Option<Tests>,
    dotnet_totals: Option<Tests>,
    in_dotnet_totals: bool,
    plain: Option<Tests>,
}

impl Counter {
    /// Reads one line, with or without colours.
    pub(crate) fn line(&mut self, line: &str) {
        let line = strip_ansi(line);
        // A progress bar overwrites itself; what stands at the end was shown.
        let line = line.trim_end();
        let line = line.rsplit('\r').next().unwrap_or(line);
        // Every form holds a number, a capital or a tab; floods of other lines cost one look each.
        if !line.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase() || b == b'\t') {
            return;
        }
        let recognisers = [
            Self::cargo,
            Self::unittest,
            Self::pytest,
            Self::go,
            Self::tap,
            Self::jest_and_phpunit,
            Self::total_first,
            Self::maven,
            Self::gradle,
            Self::dotnet,
            Self::one_word,
            Self::none_found,
            Self::plain,
        ];
        for recognise in recognisers {
            if recognise(self, line).is_some() {
                return;
            }
        }
    }

    /// The counts of all lines.
    pub(crate) fn finish(mut self) -> Summary {
        if let Some(ran) = self.unittest_ran.take() {
            self.summary(Tests { passed: ran, ..Tests::NONE });
        }
        // Tests of a Go package that never came to its own line: the run was cut off.
        if !self.go_package.is_none() {
            let package = std::mem::take(&mut self.go_package);
            self.summary(package);
        }
        if let Some(node) = &mut self.node {
            node.passed = node.passed.saturating_sub(self.node_files);
        }
        let parts = [
            self.node.or(self.tap),
            self.gradle_events.max(self.gradle_totals),
            self.dotnet_assemblies.or(self.dotnet_totals),
        ];
        for tests in parts.into_iter().flatten() {
            self.summary(tests);
        }
        Summary { tests: self.summaries.or(self.plain), said_none: self.said_none }
    }

    fn summary(&mut self, tests: Tests) {
        self.summaries.get_or_insert(Tests::NONE).add(tests);
    }

    /// `test result: ok. 3 passed; 0 failed; 1 ignored; …` and nextest's
    /// `Summary [   0.1s] 3 tests run: 3 passed (1 slow), 1 skipped`.
    fn cargo(&mut self, line: &str) -> Option<()> {
        let line = line.trim_start();
        let counts = if let Some(rest) = line.strip_prefix("test result: ") {
            rest.split_once(". ")?.1
        } else {
            let rest = line.strip_prefix("Summary [")?.split_once(']')?.1;
            rest.split_once(" run: ")?.1
        };
        let counts = without_parentheses(counts);
        self.summary(Tests::of_words(words(&counts)));
        Some(())
    }

    /// `Ran 3 tests in 0.001s`, then `OK (skipped=1)` or `FAILED (failures=1, errors=1)`.
    fn unittest(&mut self, line: &str) -> Option<()> {
        if let Some(rest) = line.strip_prefix("Ran ") {
            let (number, rest) = rest.split_once(' ')?;
            if !rest.starts_with("test in ") && !rest.starts_with("tests in ") {
                return None;
            }
            let ran = number.parse().ok()?;
            if let Some(before) = self.unittest_ran.replace(ran) {
                self.summary(Tests { passed: before, ..Tests::NONE });
            }
            return Some(());
        }
        let ran = self.unittest_ran?;
        let rest = line
            .strip_prefix("OK")
            .or_else(|| line.strip_prefix("FAILED"))
            .or_else(|| line.strip_prefix("NO TESTS RAN"))?;
        let inner = rest.trim().trim_start_matches('(').trim_end_matches(')');
        let pairs = inner.split(", ").filter_map(|part| {
            let (word, number) = part.split_once('=')?;
            Some((number.parse().ok()?, word))
        });
        self.unittest_ran = None;
        let tests = Tests::of_total(ran, pairs);
        self.said_none |= ran == 0;
        self.summary(tests);
        Some(())
    }

    /// `=== 3 passed, 1 skipped, 2 warnings in 0.12s ===`, `no tests ran in 0.01s`.
    fn pytest(&mut self, line: &str) -> Option<()> {
        let (counts, time) =
            line.trim_matches(|c: char| c == '=' || c.is_whitespace()).rsplit_once(" in ")?;
        let time = time.split(' ').next()?.strip_suffix('s')?;
        time.parse::<f64>().ok()?;
        if counts == "no tests ran" {
            self.said_none = true;
            self.summary(Tests::NONE);
            return Some(());
        }
        let pairs = all_words(counts)?;
        let known = |word: &str| {
            matches!(
                word,
                "passed"
                    | "failed"
                    | "error"
                    | "errors"
                    | "skipped"
                    | "xfailed"
                    | "xpassed"
                    | "deselected"
                    | "warning"
                    | "warnings"
                    | "rerun"
                    | "subtests passed"
            )
        };
        pairs.iter().all(|(_, word)| known(word)).then_some(())?;
        self.summary(Tests::of_words(pairs));
        Some(())
    }

    /// `--- PASS: TestX (0.00s)` of `-v`, and a line for each package. Without `-v` a package that
    /// is `ok` says nothing of its number of tests: it counts as one, the least it can be.
    fn go(&mut self, line: &str) -> Option<()> {
        if let Some(rest) = line.strip_prefix("--- ") {
            let word = rest.split_once(": ")?.0;
            match word {
                "PASS" => self.go_package.passed += 1,
                "FAIL" => self.go_package.failed += 1,
                "SKIP" => self.go_package.skipped += 1,
                _ => return None,
            }
            return Some(());
        }
        let (word, rest) = line.split_once('\t')?;
        let mut package = match word.trim() {
            "ok" | "FAIL" => std::mem::take(&mut self.go_package),
            "?" if rest.contains("[no test files]") => {
                self.summary(Tests::NONE);
                return Some(());
            }
            _ => return None,
        };
        if word.trim() == "FAIL" {
            package.failed = package.failed.max(1);
        } else if package.is_none() && !rest.contains("[no tests to run]") {
            package.passed = 1;
        }
        self.summary(package);
        Some(())
    }

    /// TAP 13 and 14 (`ok 1 - name`, `not ok 2`, `# SKIP`, `1..0`), and the totals that node and
    /// others print after it or beside it (`# pass 3`, `ℹ pass 3`).
    fn tap(&mut self, line: &str) -> Option<()> {
        if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
            let (word, number) = rest.split_once(' ')?;
            let number = number.trim().parse().ok()?;
            match word {
                "tests" => {
                    self.node.get_or_insert(Tests::NONE);
                }
                "pass" | "fail" | "cancelled" | "skipped" | "todo" => {
                    self.node.as_mut()?.add_word(number, word);
                }
                _ => return None,
            }
            return Some(());
        }
        if let Some(rest) = line.strip_prefix("✔ ") {
            self.node_files += u64::from(is_script(rest.rsplit_once(" (")?.0));
            return Some(());
        }
        if line.starts_with("1..0") {
            self.tap.get_or_insert(Tests::NONE);
            self.said_none = true;
            return Some(());
        }
        if line.starts_with("Bail out!") {
            self.tap.get_or_insert(Tests::NONE).failed += 1;
            return Some(());
        }
        let (passed, rest) = match line.strip_prefix("not ok ") {
            Some(rest) => (false, rest),
            None => (true, line.strip_prefix("ok ")?),
        };
        let number = rest.split(' ').next()?;
        number.parse::<u64>().ok()?;
        let directive = rest.rsplit_once(" # ").map(|(_, text)| text.to_ascii_lowercase());
        let directive = directive.unwrap_or_default();
        if passed && rest.split_once(" - ").is_some_and(|(_, name)| is_script(name)) {
            self.node_files += 1;
        }
        let tests = self.tap.get_or_insert(Tests::NONE);
        if directive.starts_with("skip") || directive.starts_with("todo") {
            tests.skipped += 1;
        } else if passed {
            tests.passed += 1;
        } else {
            tests.failed += 1;
        }
        Some(())
    }

    /// jest and Pest `Tests:  1 failed, 3 passed, 4 total`, vitest `Tests  3 passed | 1 skipped (4)`,
    /// PHPUnit `Tests: 5, Assertions: 8, Failures: 1.` and `OK (5 tests, 8 assertions)`.
    fn jest_and_phpunit(&mut self, line: &str) -> Option<()> {
        let line = line.trim_start();
        if let Some(rest) = line.strip_prefix("OK (") {
            let pairs = all_words(rest.strip_suffix(')')?)?;
            let &(total, _) = pairs.iter().find(|(_, word)| word.starts_with("test"))?;
            pairs.iter().find(|(_, word)| word.starts_with("assertion"))?;
            self.summary(Tests { passed: total, ..Tests::NONE });
            return Some(());
        }
        let rest = line.strip_prefix("Tests:").or_else(|| line.strip_prefix("Tests  "))?.trim();
        if rest.contains("Assertions: ") {
            let (total, rest) = rest.split_once(", ")?;
            let pairs = keys(rest.trim_end_matches('.'));
            let pairs = pairs.iter().map(|(number, word)| (*number, word.as_str()));
            self.summary(Tests::of_total(total.parse().ok()?, pairs));
            return Some(());
        }
        if rest == "no tests" {
            self.said_none = true;
            self.summary(Tests::NONE);
            return Some(());
        }
        let rest = without_parentheses(rest);
        self.summary(Tests::of_words(all_words(rest.trim())?));
        Some(())
    }

    /// `5 examples, 1 failure` (rspec), `5 runs, 8 assertions, 0 failures, 0 errors, 1 skips`
    /// (minitest), `5 tests, 8 assertions, …` (test-unit), `5 tests, 0 failures` (ExUnit).
    fn total_first(&mut self, line: &str) -> Option<()> {
        let pairs = all_words(line)?;
        pairs.iter().any(|(_, word)| word.starts_with("failure")).then_some(())?;
        let is_total = |word: &str| {
            matches!(
                word,
                "example" | "examples" | "run" | "runs" | "test" | "tests" | "doctest" | "doctests"
            )
        };
        pairs.iter().any(|(_, word)| is_total(word)).then_some(())?;
        let total = pairs.iter().filter(|(_, word)| is_total(word)).map(|(number, _)| number).sum();
        self.summary(Tests::of_total(total, pairs));
        Some(())
    }

    /// `[INFO] Tests run: 5, Failures: 0, Errors: 0, Skipped: 1`; the line of a single class has
    /// a time and is part of that sum.
    fn maven(&mut self, line: &str) -> Option<()> {
        let line = match line.strip_prefix('[') {
            Some(rest) => rest.split_once("] ")?.1,
            None => line,
        };
        let rest = line.trim_start().strip_prefix("Tests run: ")?;
        if rest.contains("Time elapsed") {
            return Some(());
        }
        let (total, rest) = rest.split_once(',')?;
        let pairs = keys(rest);
        let pairs = pairs.iter().map(|(number, word)| (*number, word.as_str()));
        self.summary(Tests::of_total(total.trim().parse().ok()?, pairs));
        Some(())
    }

    /// `5 tests completed, 1 failed, 1 skipped` (printed when one failed) and, where the build
    /// logs them, `FooTest > bar() PASSED`.
    fn gradle(&mut self, line: &str) -> Option<()> {
        if let Some(pairs) = all_words(line)
            && let Some(&(total, "test completed" | "tests completed")) = pairs.first()
        {
            self.gradle_totals.get_or_insert(Tests::NONE).add(Tests::of_total(total, pairs));
            return Some(());
        }
        let (name, word) = line.rsplit_once(' ')?;
        if !name.contains(" > ") || !matches!(word, "PASSED" | "FAILED" | "SKIPPED") {
            return None;
        }
        self.gradle_events
            .get_or_insert(Tests::NONE)
            .add_word(1, word.to_ascii_lowercase().as_str());
        Some(())
    }

    /// `Passed!  - Failed: 0, Passed: 5, Skipped: 0, Total: 5, …` for an assembly;
    /// `Test summary: total: 5, failed: 0, succeeded: 5, skipped: 0` or the same on lines of
    /// their own for all.
    fn dotnet(&mut self, line: &str) -> Option<()> {
        let text = line.trim();
        if self.in_dotnet_totals {
            if let Some((word, number)) = text.split_once(": ")
                && let Ok(number) = number.parse()
            {
                self.dotnet_totals.get_or_insert(Tests::NONE).add_word(number, word);
                return Some(());
            }
            self.in_dotnet_totals = false;
        }
        if text.starts_with("Test run summary:") {
            self.in_dotnet_totals = true;
            self.dotnet_totals.get_or_insert(Tests::NONE);
            return Some(());
        }
        let (slot, rest) = if let Some(rest) = text.strip_prefix("Test summary:") {
            (&mut self.dotnet_totals, rest)
        } else {
            let (word, rest) = text.split_once(" - ")?;
            if !matches!(word.trim(), "Passed!" | "Failed!" | "Skipped!") {
                return None;
            }
            (&mut self.dotnet_assemblies, rest)
        };
        let pairs = keys(rest);
        let pairs = pairs.iter().map(|(number, word)| (*number, word.as_str()));
        slot.get_or_insert(Tests::NONE).add(Tests::of_words(pairs));
        Some(())
    }

    /// mocha `3 passing (12ms)`, bun ` 3 pass`: a line for each word.
    fn one_word(&mut self, line: &str) -> Option<()> {
        let line = without_parentheses(line.trim_start());
        let pairs = all_words(line.trim())?;
        let &[(number, word)] = &pairs[..] else { return None };
        if !matches!(word, "passing" | "failing" | "pending" | "pass" | "fail" | "skip" | "todo") {
            return None;
        }
        self.summary(Tests::of_words([(number, word)]));
        Some(())
    }

    fn none_found(&mut self, line: &str) -> Option<()> {
        let text = line.trim();
        ["No tests found", "No test files found", "No tests executed!", "No test is available in"]
            .iter()
            .any(|start| text.starts_with(start))
            .then_some(())?;
        self.said_none = true;
        Some(())
    }

    /// `12 passed, 0 failed, 1 skipped`, for a runner that follows no form above.
    fn plain(&mut self, line: &str) -> Option<()> {
        let line = without_parentheses(line.trim_start());
        let pairs = all_words(line.trim())?;
        let known = |word: &str| {
            matches!(
                word,
                "passed" | "failed" | "skipped" | "flaky" | "ignored" | "did not run" | "total"
            )
        };
        pairs.iter().all(|(_, word)| known(word)).then_some(())?;
        self.plain.get_or_insert(Tests::NONE).add(Tests::of_words(pairs));
        Some(())
    }
}

/// The parts of a list that are a number and words, in lower case or not; others are left out.
fn words(list: &str) -> Vec<(u64, &str)> {
    list.split([',', ';', '|']).filter_map(|part| pair(part.trim())).collect()
}

/// The parts of a list when every one is a number and words.
fn all_words(list: &str) -> Option<Vec<(u64, &str)>> {
    list.split([',', ';', '|']).map(|part| pair(part.trim())).collect()
}

fn pair(part: &str) -> Option<(u64, &str)> {
    let (number, word) = part.split_once(' ')?;
    let is_word = |c: char| c.is_ascii_alphabetic() || c == ' ' || c == '(' || c == ')';
    (!word.is_empty() && word.chars().all(is_word)).then_some((number.parse().ok()?, word))
}

/// The parts of a list of `Key: 3`, keys in lower case.
fn keys(list: &str) -> Vec<(u64, String)> {
    list.split(',')
        .filter_map(|part| {
            let (word, number) = part.split_once(':')?;
            Some((number.trim().parse().ok()?, word.trim().to_ascii_lowercase()))
        })
        .collect()
}

/// True for the name of a JavaScript or TypeScript file.
fn is_script(name: &str) -> bool {
    let end = name.rsplit_once('.').map(|(_, end)| end).unwrap_or_default();
    (name.starts_with('/') || !name.contains(' '))
        && matches!(end, "js" | "mjs" | "cjs" | "ts" | "mts" | "cts")
}

fn without_parentheses(text: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    // `3 passed (1 slow), 1 skipped` leaves a space before the comma.
    kept.replace(" ,", ",").trim_end().to_owned()
}

/// Takes the escape sequences out: `ESC [ … letter` and `ESC ] … BEL`.
fn strip_ansi(line: &str) -> std::borrow::Cow<'_, str> {
    if !line.contains('\x1b') {
        return line.into();
    }
    let mut kept = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        if c != '\x1b' {
            kept.push(c);
            continue;
        }
        match rest.next() {
            Some('[') => {
                rest.find(|c| ('@'..='~').contains(c));
            }
            Some(']') => {
                rest.find(|c| matches!(c, '\x07' | '\\'));
            }
            _ => {}
        }
    }
    kept.into()
}

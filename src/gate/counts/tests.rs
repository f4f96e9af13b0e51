//! One output for each runner, written as the runner writes it.

use super::{Counter, Summary, Tests};

fn read(output: &str) -> Summary {
    let mut counter = Counter::default();
    for line in output.split('\n') {
        counter.line(line);
    }
    counter.finish()
}

#[track_caller]
fn counts(output: &str, passed: u64, failed: u64, skipped: u64) {
    assert_eq!(read(output).tests, Some(Tests { passed, failed, skipped }), "{output}");
}

#[track_caller]
fn nothing_read(output: &str) {
    assert_eq!(read(output).tests, None, "{output}");
}

#[test]
fn cargo_test_is_the_sum_of_its_result_lines() {
    counts(
        "running 3 tests\ntest a ... ok\ntest b ... ok\ntest c ... ignored\n\n\
         test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\n\
         \x20  Doc-tests sample\n\nrunning 1 test\n\
         test result: \x1b[31mFAILED\x1b[0m. 0 passed; 1 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.31s\n",
        2,
        1,
        1,
    );
    counts(
        "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
        0,
        0,
        0,
    );
}

#[test]
fn cargo_nextest() {
    counts(
        "────────────\n     Summary [   0.318s] 5/6 tests run: 3 passed (1 slow, 1 flaky), 1 failed, 1 timed out, 2 skipped\n",
        3,
        2,
        2,
    );
    counts("     Summary [   0.003s] 1 test run: 1 passed, 0 skipped\n", 1, 0, 0);
}

#[test]
fn pytest() {
    counts("============ 3 passed, 1 skipped, 2 warnings in 0.12s ============\n", 3, 0, 1);
    counts(
        "\x1b[31m==== \x1b[31m\x1b[1m2 failed\x1b[0m, \x1b[32m4 passed\x1b[0m, 1 xfailed, 1 error\x1b[31m in 61.30s (0:01:01)\x1b[0m ====\x1b[0m\n",
        4,
        3,
        1,
    );
    counts("3 passed in 0.01s\n", 3, 0, 0);
    counts("===== no tests ran in 0.00s =====\n", 0, 0, 0);
    counts("===== 7 deselected in 0.02s =====\n", 0, 0, 0);
    assert!(read("no tests ran in 0.00s").said_none);
    nothing_read("compiled 3 files in 0.2s\n");
}

#[test]
fn python_unittest() {
    counts("..s\n----------\nRan 3 tests in 0.001s\n\nOK (skipped=1)\n", 2, 0, 1);
    counts(
        "Ran 6 tests in 0.001s\n\nFAILED (failures=1, errors=2, skipped=1, expected failures=1)\n",
        1,
        3,
        2,
    );
    counts("Ran 0 tests in 0.000s\n\nNO TESTS RAN\n", 0, 0, 0);
    counts("Ran 2 tests in 0.1s\n\nOK\nRan 1 test in 0.1s\n\nOK\n", 3, 0, 0);
}

#[test]
fn tap_and_node() {
    counts(
        "TAP version 13\n1..4\nok 1 - a\nnot ok 2 - b\nok 3 - c # SKIP later\nnot ok 4 - d # TODO\n    ok 1 - inner\n",
        1,
        1,
        2,
    );
    counts("1..0 # SKIP no database\n", 0, 0, 0);
    counts("ok 1 - a\nBail out! disk full\n", 1, 1, 0);
    counts(
        "TAP version 13\n# Subtest: adds\nok 1 - adds\n  ---\n  duration_ms: 0.5\n  ...\n1..1\n# tests 3\n# suites 0\n# pass 1\n# fail 1\n# cancelled 1\n# skipped 0\n# todo 0\n# duration_ms 44.8\n",
        1,
        2,
        0,
    );
    counts(
        "✔ adds (0.5ms)\nℹ tests 2\nℹ suites 0\nℹ pass 1\nℹ fail 0\nℹ cancelled 0\nℹ skipped 1\nℹ todo 0\n",
        1,
        0,
        1,
    );
}

#[test]
fn a_file_without_a_test_is_no_test_to_us_though_node_counts_it() {
    let totals = "tests 2\n# suites 0\n# pass 2\n# fail 0\n# cancelled 0\n# skipped 0\n# todo 0\n";
    counts(
        &format!(
            "TAP version 13\n# Subtest: /p/empty.test.js\nok 1 - /p/empty.test.js\n# Subtest: adds\nok 2 - adds\n1..2\n# {totals}"
        ),
        1,
        0,
        0,
    );
    counts("✔ /p a/empty.test.js (159.3ms)\nℹ tests 1\nℹ pass 1\nℹ fail 0\n", 0, 0, 0);
}

#[test]
fn jest_vitest_and_mocha() {
    counts(
        "Test Suites: 1 failed, 1 passed, 2 total\nTests:       1 failed, 1 skipped, 1 todo, 3 passed, 6 total\nSnapshots:   0 total\n",
        3,
        1,
        2,
    );
    counts("Tests:       0 total\n", 0, 0, 0);
    counts(
        " Test Files  1 failed | 2 passed (3)\n      Tests  1 failed | 3 passed | 1 skipped (5)\n   Duration  1.20s\n",
        3,
        1,
        1,
    );
    counts("      Tests  no tests\n", 0, 0, 0);
    counts("  sums\n    ✔ adds\n\n  3 passing (12ms)\n  1 pending\n  2 failing\n", 3, 2, 1);
    assert!(read("No tests found, exiting with code 1\n").said_none);
}

#[test]
fn bun_and_playwright() {
    counts(" 3 pass\n 1 fail\n 5 expect() calls\nRan 4 tests across 1 file. [12.00ms]\n", 3, 1, 0);
    counts("  1 failed\n    a.spec.ts:3:5 › a\n  2 skipped\n  3 passed (2.1s)\n", 3, 1, 2);
}

#[test]
fn go_with_and_without_v() {
    counts(
        "=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n    --- PASS: TestB/one (0.00s)\n--- SKIP: TestB (0.00s)\nPASS\nok  \texample.com/a\t0.003s\n--- FAIL: TestC (0.00s)\nFAIL\nFAIL\texample.com/b\t0.003s\nFAIL\n",
        1,
        1,
        1,
    );
    counts(
        "ok  \texample.com/a\t0.003s\nok  \texample.com/b\t(cached)\n?   \texample.com/c\t[no test files]\nok  \texample.com/d\t0.003s [no tests to run]\nok  \texample.com/e\t0.004s\tcoverage: 50.0% of statements\n",
        3,
        0,
        0,
    );
    counts("?   \texample.com/c\t[no test files]\n", 0, 0, 0);
    counts(
        "# example.com/b\n./b.go:3: undefined: x\nFAIL\texample.com/b [build failed]\nFAIL\n",
        0,
        1,
        0,
    );
}

#[test]
fn maven_and_gradle() {
    counts(
        "[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.04 s -- in a.ATest\n[INFO] \n[INFO] Results:\n[INFO] \n[ERROR] Tests run: 5, Failures: 1, Errors: 1, Skipped: 1\n[INFO] BUILD FAILURE\n",
        2,
        2,
        1,
    );
    counts(
        "> Task :test FAILED\n\nATest > b() FAILED\n    java.lang.AssertionError\n\n5 tests completed, 1 failed, 1 skipped\n",
        3,
        1,
        1,
    );
    counts("ATest > a() PASSED\nATest > b() SKIPPED\nBUILD SUCCESSFUL in 1s\n", 1, 0, 1);
    nothing_read("> Task :test UP-TO-DATE\n\nBUILD SUCCESSFUL in 1s\n");
}

#[test]
fn dotnet() {
    counts(
        "Passed!  - Failed:     0, Passed:     5, Skipped:     1, Total:     6, Duration: 10 ms - A.dll (net8.0)\nFailed!  - Failed:     2, Passed:     1, Skipped:     0, Total:     3, Duration: 9 ms - B.dll (net8.0)\n",
        6,
        2,
        1,
    );
    counts(
        "Test summary: total: 5, failed: 1, succeeded: 3, skipped: 1, duration: 1.0s\n",
        3,
        1,
        1,
    );
    counts(
        "Test run summary: Passed!\n  total: 5\n  failed: 0\n  succeeded: 4\n  skipped: 1\n  duration: 1s\n",
        4,
        0,
        1,
    );
}

#[test]
fn ruby_php_and_elixir() {
    counts("Finished in 0.01 seconds\n5 examples, 1 failure, 1 pending\n", 3, 1, 1);
    counts("0 examples, 0 failures\n", 0, 0, 0);
    counts("0 examples, 0 failures, 1 error occurred outside of examples\n", 0, 1, 0);
    counts("5 runs, 8 assertions, 1 failures, 1 errors, 1 skips\n", 2, 2, 1);
    counts(
        "5 tests, 8 assertions, 0 failures, 0 errors, 1 pendings, 0 omissions, 0 notifications\n",
        4,
        0,
        1,
    );
    counts("OK (5 tests, 10 assertions)\n", 5, 0, 0);
    counts("FAILURES!\nTests: 5, Assertions: 10, Failures: 1, Errors: 1, Skipped: 1.\n", 2, 2, 1);
    counts("  Tests:    1 failed, 4 passed (9 assertions)\n", 4, 1, 0);
    counts("1 doctest, 5 tests, 1 failure, 1 skipped\n", 4, 1, 1);
}

#[test]
fn the_plain_line_counts_only_where_nothing_else_does() {
    counts("12 passed, 0 failed\n", 12, 0, 0);
    counts("12 passed, 1 failed, 2 skipped\n", 12, 1, 2);
    counts("12 passed, 0 failed\nRan 1 test in 0.1s\n\nOK\n", 1, 0, 0);
    nothing_read("all good\nok\nOK\n5 files changed, 3 insertions\nit was passed 3 times\n");
}

#[test]
fn several_runners_add_up() {
    counts(
        "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n=== 3 passed in 0.1s ===\nTests:       1 failed, 1 total\n",
        5,
        1,
        0,
    );
}

#!/usr/bin/env python3
"""What the scripts of the skills promise beyond the examples on their pages: edges and bad input."""
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

SKILLS = Path(__file__).resolve().parents[2] / "skills"
GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"} | {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A"), ("EMAIL", "a@example.com"))
}


class Folder(unittest.TestCase):
    """Runs a script in an empty folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_script(self, script, *args, text=None):
        done = subprocess.run([SKILLS / script, *args], cwd=self.folder, input=text, text=True,
                              capture_output=True, env=os.environ | GIT)
        return done.returncode, done.stdout + done.stderr

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return name

    def git(self, *args):
        subprocess.run(["git", *args], cwd=self.folder, check=True, capture_output=True, env=os.environ | GIT)


class AtRisk(Folder):
    SCRIPT = "tools/git/scripts/at-risk.sh"

    def setUp(self):
        super().setUp()
        self.git("init", "-q", "-b", "main", ".")
        self.write("a", "1\n")
        self.git("add", ".")
        self.git("commit", "-qm", "first")

    def test_a_commit_on_no_branch_and_another_worktree(self):
        self.git("switch", "-q", "--detach")
        self.git("commit", "-q", "--allow-empty", "-m", "loose")
        self.git("worktree", "add", "-q", "../" + self.folder.name + "-other", "main")
        code, text = self.run_script(self.SCRIPT)
        self.addCleanup(self.git, "worktree", "remove", "--force", "../" + self.folder.name + "-other")
        self.assertEqual(code, 1)
        self.assertRegex(text, r"detached +1 commits on no branch, newest \w+ loose")
        self.assertRegex(text, r"worktree +.*-other")

    def test_a_merge_that_is_not_finished(self):
        for branch, value in (("one", "2\n"), ("two", "3\n")):
            self.git("switch", "-qc", branch, "main")
            self.write("a", value)
            self.git("commit", "-qam", branch)
        subprocess.run(["git", "merge", "-q", "one"], cwd=self.folder, capture_output=True, env=os.environ | GIT)
        self.assertIn("in-progress  MERGE_HEAD", self.run_script(self.SCRIPT)[1])

    def test_names_with_spaces(self):
        self.write("two words", "x")
        self.assertIn("untracked    two words\n", self.run_script(self.SCRIPT)[1])


class RedFirst(Folder):
    SCRIPT = "practices/tdd/scripts/red-first.sh"

    def setUp(self):
        super().setUp()
        self.git("init", "-q", "-b", "main", ".")
        self.write("value", "1\n")
        self.write(".gitignore", "deps/\n")
        self.git("add", ".")
        self.git("commit", "-qm", "base")
        self.write("value", "2\n")
        self.write("tests/check.sh", 'test "$(cat value)" = 2 && test -z "${1-}" -o -e "${1-}"\n')

    def test_proven_also_for_a_test_that_git_does_not_know_yet(self):
        code, text = self.run_script(self.SCRIPT, "HEAD", "--", "sh", "tests/check.sh")
        self.assertEqual((code, text.splitlines()[-1]), (0, "green here: proven"))

    def test_an_ignored_folder_is_linked(self):
        self.write("deps/x", "")
        # Without the link the run on the base would be red for the wrong reason.
        self.write("tests/check.sh", 'test -e deps/x || { echo "no deps"; exit 1; }; test "$(cat value)" = 2\n')
        text = self.run_script(self.SCRIPT, "HEAD", "--link", "deps", "--", "sh", "tests/check.sh")[1]
        self.assertNotIn("no deps", text)
        self.assertIn("proven", text)

    def test_fails_on_both_sides_is_not_proven(self):
        code, text = self.run_script(self.SCRIPT, "HEAD", "--", "false")
        self.assertEqual(code, 1)
        self.assertIn("the tests fail here too", text)

    def test_what_cannot_be_tried(self):
        self.assertEqual(self.run_script(self.SCRIPT, "nothing", "--", "true")[0], 2)
        self.assertEqual(self.run_script(self.SCRIPT, "HEAD")[0], 2)
        (self.folder / "tests" / "check.sh").unlink()
        code, text = self.run_script(self.SCRIPT, "HEAD", "--", "true")
        self.assertEqual(code, 2)
        self.assertIn("no test file differs", text)

    def test_leaves_no_worktree_behind(self):
        self.run_script(self.SCRIPT, "HEAD", "--", "sh", "tests/check.sh")
        listed = subprocess.run(["git", "worktree", "list"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(len(listed.stdout.splitlines()), 1)


class ManifestCheck(Folder):
    SCRIPT = "tools/kubernetes/scripts/manifest_check.py"

    def findings(self, *items):
        code, text = self.run_script(self.SCRIPT, text="\n".join(json.dumps(item) for item in items))
        return code, [line.split(": ")[1] for line in text.splitlines()[:-1]]

    def pod(self, **container):
        return {"kind": "Pod", "metadata": {"name": "p"}, "spec": {
            "automountServiceAccountToken": False,
            "containers": [{"name": "c", "image": "r.example:5000/c@sha256:0", **container}]}}

    def test_a_registry_port_is_no_tag_and_a_digest_is_one(self):
        fine = {"resources": {"limits": {"memory": "1Mi"}, "requests": {"cpu": "1m", "memory": "1Mi"}},
                "securityContext": {"runAsNonRoot": True, "allowPrivilegeEscalation": False}}
        self.assertEqual(self.findings(self.pod(**fine)), (0, []))
        self.assertEqual(self.findings(self.pod(**fine, image="r.example:5000/c")), (1, ["image-tag"]))

    def test_a_cron_job_and_a_list_are_looked_into(self):
        job = {"kind": "CronJob", "metadata": {"name": "j"},
               "spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"name": "c"}]}}}}}}
        code, found = self.findings({"kind": "List", "items": [job]})
        self.assertEqual(code, 1)
        self.assertEqual(set(found), {"token", "image-tag", "memory-limit", "requests", "run-as-root", "escalation"})

    def test_nothing_read_is_no_pass(self):
        self.assertEqual(self.run_script(self.SCRIPT, text="")[0], 2)


class Contrast(Folder):
    SCRIPT = "practices/accessibility/scripts/contrast.py"

    def test_known_ratios(self):
        # The extremes by definition; 4.48 is the grey that just fails and is often taken for a pass.
        for fore, back, wanted in [("#000", "#fff", "21.00"), ("#fff", "#fff", "1.00"), ("#777777", "#fff", "4.47"),
                                   ("#767676", "#fff", "4.54"), ("#f00", "#fff", "3.99")]:
            self.assertTrue(self.run_script(self.SCRIPT, fore, back)[1].startswith(wanted + ":1"), fore)

    def test_the_proposed_colour_passes(self):
        for fore, back in [("#8a8a8a", "#fff"), ("#ff0000", "#ffffff"), ("#336699", "#000000")]:
            code, text = self.run_script(self.SCRIPT, fore, back)
            self.assertEqual(code, 1)
            self.assertEqual(self.run_script(self.SCRIPT, text.split()[-1], back)[0], 0, text)

    def test_bad_colours(self):
        self.assertEqual(self.run_script(self.SCRIPT, "red", "#fff")[0], 2)
        self.assertEqual(self.run_script(self.SCRIPT, "#000", "#ffffff80")[0], 2)


class Breaking(Folder):
    SCRIPT = "practices/api-design/scripts/breaking.py"

    def compare(self, old, new, into_server):
        def document(schema):
            media = {"content": {"application/json": {"schema": schema}}}
            call = {"requestBody": media, "responses": {}} if into_server else {"responses": {"200": media}}
            return json.dumps({"paths": {"/x": {"post": call}}})
        self.write("old.json", document(old))
        self.write("new.json", document(new))
        code, text = self.run_script(self.SCRIPT, "old.json", "new.json")
        self.assertEqual(code, 1 if len(text.splitlines()) > 1 else 0, text)
        return [line.split(": ", 1)[1] for line in text.splitlines()[:-1]]

    def test_input_may_become_wider_and_output_narrower(self):
        narrow, wide = {"type": "string"}, {"type": ["string", "null"]}
        self.assertEqual(self.compare(narrow, wide, True), [])
        self.assertEqual(self.compare(wide, narrow, False), [])
        self.assertEqual(len(self.compare(wide, narrow, True)), 1)
        self.assertEqual(len(self.compare(narrow, wide, False)), 1)

    def test_integer_is_a_number(self):
        self.assertEqual(self.compare({"type": "integer"}, {"type": "number"}, True), [])
        self.assertEqual(self.compare({"type": "number"}, {"type": "integer"}, False), [])
        self.assertEqual(len(self.compare({"type": "integer"}, {"type": "number"}, False)), 1)

    def test_limits_required_fields_and_arrays(self):
        old = {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string", "maxLength": 9}}}}
        new = json.loads(json.dumps(old))
        new["items"]["properties"]["a"]["maxLength"] = 8
        new["items"]["required"] = ["a"]
        self.assertEqual(self.compare(old, new, True), ["input now requires `a`", "input limit maxLength is now 8"])
        self.assertEqual(self.compare(new, old, True), [])

    def test_a_reference_to_itself_ends(self):
        node = {"components": {"schemas": {"N": {"type": "object", "properties": {
            "next": {"$ref": "#/components/schemas/N"}}}}},
            "paths": {"/x": {"get": {"responses": {"200": {"content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/N"}}}}}}}}}
        self.write("old.json", json.dumps(node))
        self.assertEqual(self.run_script(self.SCRIPT, "old.json", "old.json")[0], 0)

    def test_a_document_without_operations_is_no_pass(self):
        self.write("old.json", "{}")
        self.assertEqual(self.run_script(self.SCRIPT, "old.json", "old.json")[0], 2)


class Statistics(Folder):
    def test_a_regression_is_slower_and_noise_unclear(self):
        self.write("a", "".join(f"{100 + n}\n" for n in range(20)))
        self.write("b", "".join(f"{150 + n}\n" for n in range(20)))
        self.write("wild", "".join(f"{1 + 37 * n % 400}\n" for n in range(20)))
        script = "practices/performance/scripts/compare.py"
        self.assertEqual([self.run_script(script, "a", other)[0] for other in ("a", "b", "wild")][1:], [1, 2])
        self.assertEqual(self.run_script(script, "b", "a")[0], 0)
        self.write("zero", "0\n" * 12)
        self.assertEqual(self.run_script(script, "zero", "a")[0], 2)

    def test_repeated_runs_of_a_case_count_once(self):
        def lines(runs):
            return "".join(json.dumps({"case": case, "pass": passed}) + "\n" for case, passed in runs)
        self.write("a", lines([("x", True), ("x", True), ("x", False), ("y", False)]))
        self.write("b", lines([("x", True), ("y", True)]))
        code, text = self.run_script("domains/llm-apps/scripts/paired.py", "a", "b")
        self.assertEqual(code, 3)
        self.assertIn("A: 1 of 2", text)
        self.assertIn("unsteady: x\n", text)
        self.assertIn("only B passes: y\n", text)
        self.write("c", lines([("x", True), ("z", True)]))
        self.assertEqual(self.run_script("domains/llm-apps/scripts/paired.py", "a", "c")[0], 2)

    def test_repeat_counts_and_tells_flaky_from_broken(self):
        script = "practices/debugging/scripts/repeat.sh"
        self.assertEqual(self.run_script(script, "-n", "3", "true"), (0, "0 of 3 failed\n"))
        self.assertEqual(self.run_script(script, "-n", "3", "false")[0], 2)
        code, text = self.run_script(script, "-n", "4", "sh", "-c", 'test "$RUN" != 2')
        self.assertEqual((code, text.splitlines()[0]), (1, "1 of 4 failed"))
        self.assertIn("11 passes", text)  # 0.75 to the 11th is 0.042, to the 10th 0.056

    def test_an_alert_that_cannot_fire_is_said(self):
        text = self.run_script("practices/observability/scripts/burn.py", "90")[1]
        self.assertIn("cannot fire", text)


class Tables(Folder):
    def test_numbers_ids_and_empty_cells(self):
        script = "domains/data-engineering/scripts/reconcile.py"
        self.write("a.csv", "id,n,code\n1,1.50,007\n2,,x\n")
        self.write("b.csv", "code,id,n\n007,1,1.5\nx,2,\n")
        self.assertEqual(self.run_script(script, "a.csv", "b.csv", "--key", "id")[0], 0)
        self.write("c.csv", "id,n,code\n1,1.5,7\n2,0,x\n")
        text = self.run_script(script, "a.csv", "c.csv", "--key", "id")[1]
        self.assertIn("1 keys differ in `code`: 1\n", text)
        self.assertIn("1 keys differ in `n`: 2\n", text)
        self.assertEqual(self.run_script(script, "a.csv", "b.csv", "--key", "no")[0], 2)

    def test_leakage_needs_its_columns(self):
        self.write("a.csv", "x,y\n1,1\n")
        code, text = self.run_script("domains/ml-ai/scripts/leakage.py", "a.csv", "a.csv", "--target", "z")
        self.assertEqual(code, 2)
        self.assertIn("`z`", text)

    def test_map_without_a_base(self):
        self.git("init", "-q", ".")
        code, text = self.run_script("practices/code-review/scripts/map.sh", "nothing")
        self.assertEqual((code, text), (2, "no such commit: nothing\n"))


if __name__ == "__main__":
    unittest.main()

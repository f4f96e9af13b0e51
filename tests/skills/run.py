#!/usr/bin/env python3
"""Runs the code blocks of skills/**/SKILL.md and references that are marked as runnable.

The info string of a fenced block says what it is:
  ```python file=cart.py   the block becomes this file in the skill's own empty folder
  ```sh run                it is run there by `bash -euo pipefail`; exit 0 is wanted
  ```sh run fails          another exit than 0 is wanted
  ```sh run lab            needs more than python3, node, git, rustc and portcullis: only with --all
  ```sh run lab pg         as before, with PGHOST, PGUSER and PGDATABASE of a fresh PostgreSQL server
  ```sh run lab deb        as before, with what the Debian packages of debian.txt hold: mono-sgen, MONO_PATH, DEB_JARS
  ```text output           each line must stand in the output of the block above, in this order
Blocks of one page share the folder and run from top to bottom; a page that has a `lab` block
has its later blocks run in the lab as well. CLAUDE_SKILL_DIR is the skill's folder, as in the client.

  tests/skills/run.py                 the cheap ones (cargo test runs these)
  tests/skills/run.py --all           all; makes a lab with pip and npm first (minutes, 1.5 GB)
  tests/skills/run.py --all NAME …    only these skills
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
FENCE = re.compile(r"^( *)(`{3,})([^`\n]*)\n(.*?)^\1\2[ ]*$", re.M | re.S)
LIMIT = 600  # seconds for one block; a guard against a hang, no measurement


def blocks(page):
    """(line, words of the info string, text) of each fenced block of a page."""
    text = page.read_text(encoding="utf-8")
    for found in FENCE.finditer(text):
        indent = len(found[1])
        body = "".join(line[indent:] if line.strip() else line for line in found[4].splitlines(True))
        yield text.count("\n", 0, found.start()) + 1, found[3].split(), body


def environment(home, lab, skill):
    """What a block sees: no configuration of the person who runs this, the lab's tools first."""
    env = {key: os.environ[key] for key in ("PATH", "LANG", "PYENV_VERSION", "JAVA_HOME", "RUSTUP_HOME", "CARGO_HOME")
           if key in os.environ}
    real = Path(os.environ.get("HOME", "/"))
    for key, folder in (("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")):
        env.setdefault(key, str(real / folder))
    env.update(HOME=str(home), LC_ALL="C.UTF-8", GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1",
               GIT_AUTHOR_NAME="A", GIT_AUTHOR_EMAIL="a@example.com", GIT_COMMITTER_NAME="A",
               GIT_COMMITTER_EMAIL="a@example.com", CLAUDE_SKILL_DIR=str(skill), NO_COLOR="1",
               PYTHONDONTWRITEBYTECODE="1", NEXT_TELEMETRY_DISABLED="1", NPM_CONFIG_UPDATE_NOTIFIER="false", CHECKPOINT_DISABLE="1")
    # Beside the interpreter that runs this: a shim would look for its versions in HOME.
    env["PATH"] = f"{Path(sys.executable).resolve().parent}:{env['PATH']}"
    # `cargo test` names the binary that it built; by hand the one in PATH is taken.
    env["PATH"] = f"{os.environ['PORTCULLIS_FOLDER']}:{env['PATH']}" if "PORTCULLIS_FOLDER" in os.environ else env["PATH"]
    if lab:
        env["PATH"] = f"{lab}/venv/bin:{lab}/node_modules/.bin:{env['PATH']}"
        env["GOFLAGS"] = "-mod=mod"
        env["GOPROXY"] = "off"
    return env


def missing_line(wanted, output):
    """The first line of `wanted` that does not stand in `output` behind the line before it."""
    at = 0
    for line in filter(str.strip, wanted.splitlines()):
        found = output.find(line.strip(), at)
        if found < 0:
            return line.strip()
        at = found + len(line.strip())
    return None


class Server:
    """A PostgreSQL server on a socket in a folder of its own, started when first asked for."""

    def __init__(self):
        self.folder = None

    def env(self):
        """The variables by which psql finds it; the server refuses root, so root lends it a user."""
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
            shutil.chown(self.folder, *(["postgres", "postgres"] if os.getuid() == 0 else [os.getuid()]))
            self.call("initdb", "-A", "trust", "-U", "postgres", "-D", self.folder / "data")
            self.call("pg_ctl", "-D", self.folder / "data", "-w", "-l", self.folder / "log", "-o",
                      f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off", "start")
        return {"PGHOST": str(self.folder), "PGUSER": "postgres", "PGDATABASE": "postgres"}

    def call(self, name, *args):
        tool = shutil.which(name) or next(map(str, Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), name)
        as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run([*as_user, tool, *args], check=True, cwd="/", stdout=subprocess.DEVNULL)

    def stop(self):
        if self.folder is not None:
            self.call("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")
            shutil.rmtree(self.folder)


class Debian:
    """The packages of debian.txt, unpacked into a folder of the lab; nothing is installed. Brought when first asked for."""

    def __init__(self, lab):
        self.root = lab and lab / "debian"

    def env(self, env):
        """`env` with the programs first in PATH, and the variables that name the libraries."""
        wanted = (HERE / "debian.txt").read_text(encoding="utf-8")
        stamp = self.root / "stamp"
        if not stamp.is_file() or stamp.read_text() != wanted:
            if not shutil.which("apt-get"):
                sys.exit("a block marked `deb` needs apt-get and dpkg (Debian 12); name the other skills instead")
            shutil.rmtree(self.root, ignore_errors=True)
            self.root.mkdir(parents=True)
            names = [line for line in wanted.splitlines() if line and not line.startswith("#")]
            subprocess.run(["apt-get", "download", "-qq", *names], cwd=self.root, check=True)
            for package in self.root.glob("*.deb"):
                subprocess.run(["dpkg", "-x", package, self.root], check=True)
                package.unlink()
            stamp.write_text(wanted)
        jars = sorted((self.root / "usr/share/java").glob("*.jar"))
        return env | {"PATH": f"{self.root}/usr/bin:{env['PATH']}", "MONO_PATH": f"{self.root}/usr/lib/mono/4.5",
                      "MONO_CFG_DIR": f"{self.root}/etc", "DEB_JARS": ":".join(map(str, jars))}


def run_page(page, folder, lab, server, debian, count):
    """Runs one page's blocks; returns the failures as texts."""
    skill = next(parent for parent in page.parents if (parent / "SKILL.md").is_file())
    folder.mkdir(parents=True)
    home = folder.parent / f"{folder.name}.home"
    home.mkdir()
    output, failures = None, []
    for line, words, body in blocks(page):
        where = f"{page.relative_to(ROOT)}:{line}"
        target = next((word[5:] for word in words if word.startswith("file=")), None)
        if target:
            path = folder / target
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
        if "run" in words:
            if "lab" in words and not lab:
                count["left"] += 1
                output = None
                continue
            env = environment(home, lab, skill) | (server.env() if "pg" in words else {})
            if "deb" in words:
                env = debian.env(env)
            try:
                done = subprocess.run(["bash", "-euo", "pipefail", "-c", body], cwd=folder, text=True,
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      env=env, timeout=LIMIT, errors="replace")
            except subprocess.TimeoutExpired:
                failures.append(f"{where}: still running after {LIMIT} s")
                break
            output = done.stdout
            if (done.returncode != 0) != ("fails" in words):
                failures.append(f"{where}: exit {done.returncode}\n{output[-3000:]}")
                break
            count["run"] += 1
        elif words[1:2] == ["output"] and output is not None:
            line_missing = missing_line(body, output)
            if line_missing is not None:
                failures.append(f"{where}: the output lacks `{line_missing}`:\n{output[-3000:]}")
                break
    return failures


def make_lab(lab):
    """Fills `lab` with the pinned packages, unless it has them; npm and pip bring their own caches."""
    stamp = lab / "stamp"
    wanted = (HERE / "requirements.txt").read_text() + (HERE / "package.json").read_text()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    print(f"making the lab in {lab}")
    lab.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", lab / "venv"], check=True)
    subprocess.run([lab / "venv/bin/pip", "install", "-q", "--disable-pip-version-check", "-r",
                    HERE / "requirements.txt"], check=True)
    shutil.copy(HERE / "package.json", lab)
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=lab, check=True)
    stamp.write_text(wanted)


def main():
    ask = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    ask.add_argument("--all", action="store_true", help="also the blocks marked `lab`")
    ask.add_argument("--lab", type=Path, default=Path(tempfile.gettempdir()) / "portcullis-skills-lab")
    ask.add_argument("names", nargs="*", help="skills; all without")
    args = ask.parse_args()
    lab = args.lab.resolve() if args.all else None
    if lab:
        make_lab(lab)
    pages = sorted(ROOT.glob("skills/*/*/SKILL.md")) + sorted(ROOT.glob("skills/*/*/references/*.md"))
    if args.names:
        pages = [page for page in pages if set(args.names) & set(page.parts)]
    count, failures = {"run": 0, "left": 0}, []
    server, debian = Server(), Debian(lab)
    try:
        # Inside of the lab, so that node finds the lab's packages from the blocks' folders.
        with tempfile.TemporaryDirectory(dir=lab) as work:
            for number, page in enumerate(pages):
                found = run_page(page, Path(work) / f"{number:03}-{page.parent.name}", lab, server, debian, count)
                failures += found
                print(f"{'FAILED' if found else 'ok':7} {page.relative_to(ROOT)}", flush=True)
    finally:
        server.stop()
    for failure in failures:
        print(f"\n{failure}")
    print(f"\n{count['left']} blocks need the lab and were not run (--all runs them)" if count["left"] else "")
    print(f"{count['run']} passed, {len(failures)} failed")
    return 1 if failures or not count["run"] else 0


if __name__ == "__main__":
    sys.exit(main())

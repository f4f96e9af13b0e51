//! `portcullis git-hooks`: a pre-commit hook that scans what is staged.
//!
//! The hook that was there is moved aside and runs after ours; `uninstall` moves it back, so it is
//! the same file. It lives where git (or husky) looks for it.

mod backstop;

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::cli::{GitHooksAction, GitHooksArgs};
use crate::cmd::Console;
use crate::env::Env;
use crate::exit::Exit;
use crate::git;

/// Second line of our hook, by which it is known.
const MARK: &str = "# portcullis pre-commit hook, version 1";

/// Ending of the hook that was there.
const CHAINED: &str = "portcullis-chained";

/// Installs, uninstalls or describes the hook.
///
/// # Errors
/// When git or the file system fails.
pub fn run(args: &GitHooksArgs, env: &Env, console: &mut Console) -> anyhow::Result<Exit> {
    match &args.action {
        GitHooksAction::Install(args) => {
            let place = Place::find(&env.cwd.join(&args.project.project))?;
            match install(&place, args.shared, console)? {
                Exit::Ok => backstop::install(&place.hook, place.husky, console),
                other => Ok(other),
            }
        }
        GitHooksAction::Uninstall(args) => {
            let place = Place::find(&env.cwd.join(&args.project))?;
            let backstop = backstop::uninstall(&place.hook, place.husky, console)?;
            let exit = uninstall(&place, console)?;
            Ok(if exit == Exit::Ok { backstop } else { exit })
        }
        GitHooksAction::Status(args) => {
            let place = Place::find(&env.cwd.join(&args.project))?;
            let exit = status(&place, console)?;
            let backstop = backstop::status(&place.hook, place.husky, console)?;
            Ok(if exit == Exit::Ok { backstop } else { exit })
        }
    }
}

/// Where the hook belongs.
#[derive(Debug)]
struct Place {
    hook: PathBuf,
    /// Run by husky, with `sh -e` and whether it is executable or not.
    husky: bool,
    /// Where `core.hooksPath` is set when that is outside of this repository: `global` or `system`.
    shared: Option<String>,
}

impl Place {
    fn find(project: &Path) -> anyhow::Result<Self> {
        let top = git::text(project, ["rev-parse", "--show-toplevel"])
            .with_context(|| format!("{} lies in no working tree of git", project.display()))?;
        let top = PathBuf::from(top);
        // Knows `core.hooksPath` and that worktrees share one folder.
        let folder = top.join(git::text(&top, ["rev-parse", "--git-path", "hooks"])?);
        let scope = git::text(&top, ["config", "--show-scope", "--get", "core.hooksPath"]);
        let scope = scope.ok().and_then(|line| line.split_whitespace().next().map(str::to_owned));
        let shared = scope.filter(|scope| matches!(scope.as_str(), "global" | "system"));
        // husky 9 writes `.husky/_` anew at each install and runs the file of the same name above.
        let husky = folder.ends_with(".husky/_");
        let folder = match folder.parent() {
            Some(above) if husky => above.to_owned(),
            _ => folder,
        };
        Ok(Self { hook: folder.join("pre-commit"), husky, shared })
    }

    fn chained(&self) -> PathBuf {
        self.hook.with_extension(CHAINED)
    }

    fn state(&self) -> io::Result<State> {
        let bytes = match fs::read(&self.hook) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::None),
            Err(error) => return Err(error),
        };
        let text = String::from_utf8_lossy(&bytes);
        if text.lines().nth(1) != Some(MARK) {
            return Ok(State::Other);
        }
        let value =
            |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
        let made_folder = value("# made-folder=").as_deref() == Some("yes");
        let binary = value("binary=").and_then(|quoted| unquote(&quoted)).unwrap_or_default();
        let same = script(&binary, self.husky, made_folder) == text;
        Ok(State::Ours { binary, made_folder, edited: !same })
    }
}

/// What stands where the hook belongs.
#[derive(Debug)]
enum State {
    None,
    Other,
    Ours { binary: String, made_folder: bool, edited: bool },
}

fn install(place: &Place, shared: bool, console: &mut Console) -> anyhow::Result<Exit> {
    let hook = place.hook.display();
    if let (Some(scope), false) = (&place.shared, shared) {
        writeln!(
            console.err,
            "error: core.hooksPath is set in the {scope} configuration, so {hook} serves every \
             repository; `portcullis git-hooks install --shared` installs it there, `git config \
             core.hooksPath .githooks` gives this repository a folder of its own"
        )?;
        return Ok(Exit::Config);
    }
    let binary = std::env::current_exe().context("where this program is")?;
    let binary = binary.to_string_lossy().into_owned();
    let folder = place.hook.parent().context("the hooks' folder")?;
    let made_folder = match place.state()? {
        State::Ours { edited: true, .. } => {
            writeln!(
                console.err,
                "error: {hook} is ours but was edited since; take the edit out, or remove the file, \
                 and install again"
            )?;
            return Ok(Exit::No);
        }
        State::Ours { made_folder, .. } => made_folder,
        State::Other => {
            let chained = place.chained();
            if chained.symlink_metadata().is_ok() {
                writeln!(
                    console.err,
                    "error: {} is there from an earlier install, and {hook} is not ours (another \
                     program wrote it since); put the one that is right at {hook}, remove the other, \
                     and install again",
                    chained.display()
                )?;
                return Ok(Exit::No);
            }
            fs::rename(&place.hook, &chained)
                .with_context(|| format!("cannot move {hook} aside"))?;
            false
        }
        State::None => {
            // A link to nowhere is no hook, but it is not ours to write through either.
            if place.hook.symlink_metadata().is_ok() {
                writeln!(console.err, "error: {hook} is a link to nothing; remove it first")?;
                return Ok(Exit::No);
            }
            let missing = !folder.exists();
            fs::create_dir_all(folder)?;
            missing
        }
    };
    let mut made = tempfile::Builder::new()
        .permissions(fs::Permissions::from_mode(0o755))
        .tempfile_in(folder)?;
    made.write_all(script(&binary, place.husky, made_folder).as_bytes())?;
    // The umask may have taken bits away.
    made.as_file().set_permissions(fs::Permissions::from_mode(0o755))?;
    made.persist(&place.hook).with_context(|| format!("cannot write {hook}"))?;
    let then = match place.chained().exists() {
        true => "; the hook that was there runs after it",
        false => "",
    };
    writeln!(console.out, "{hook}: scans what is staged before each commit{then}")?;
    Ok(Exit::Ok)
}

fn uninstall(place: &Place, console: &mut Console) -> anyhow::Result<Exit> {
    let hook = place.hook.display();
    let chained = place.chained();
    match place.state()? {
        State::Ours { edited: true, .. } => {
            writeln!(
                console.err,
                "error: {hook} is ours but was edited since; move your lines into {} and remove it \
                 by hand",
                chained.display()
            )?;
            Ok(Exit::No)
        }
        State::Ours { made_folder, .. } => {
            if chained.symlink_metadata().is_ok() {
                fs::rename(&chained, &place.hook)
                    .with_context(|| format!("cannot move {} back", chained.display()))?;
                writeln!(console.out, "{hook}: is the hook again that was there before")?;
            } else {
                fs::remove_file(&place.hook)?;
                if let (true, Some(folder)) = (made_folder, place.hook.parent()) {
                    // Others may have put hooks there since.
                    let _ = fs::remove_dir(folder);
                }
                writeln!(console.out, "{hook}: taken out")?;
            }
            Ok(Exit::Ok)
        }
        State::None | State::Other => {
            writeln!(console.err, "{hook}: is not ours; nothing was done")?;
            if chained.exists() {
                writeln!(
                    console.err,
                    "note: {} is the hook that was there when ours was installed",
                    chained.display()
                )?;
            }
            Ok(Exit::Nothing)
        }
    }
}

fn status(place: &Place, console: &mut Console) -> anyhow::Result<Exit> {
    let hook = place.hook.display();
    let (word, detail, exit) = match place.state()? {
        State::None => ("DISARMED", "there is no hook".to_owned(), Exit::No),
        State::Other => {
            let detail = match place.chained().exists() {
                true => "another program wrote it after ours was installed",
                false => "the hook is not ours",
            };
            ("DISARMED", detail.to_owned(), Exit::No)
        }
        State::Ours { binary, edited, .. } => {
            let there = Path::new(&binary).exists();
            let runs = fs::metadata(&place.hook)
                .is_ok_and(|meta| place.husky || meta.permissions().mode() & 0o111 != 0);
            if !there {
                ("DISARMED", format!("its program {binary} is gone"), Exit::No)
            } else if !runs {
                ("DISARMED", "the hook is not executable".to_owned(), Exit::No)
            } else if edited {
                ("EDITED", "the hook is ours but was edited since".to_owned(), Exit::No)
            } else {
                ("ARMED", format!("runs {binary}"), Exit::Ok)
            }
        }
    };
    writeln!(console.out, "{word:<9} {hook}: {detail}")?;
    if exit == Exit::No {
        writeln!(console.err, "`portcullis git-hooks install` puts it in")?;
    }
    Ok(exit)
}

/// The hook. A scan that cannot say "nothing" stops the commit; a program that is gone does not.
fn script(binary: &str, husky: bool, made_folder: bool) -> String {
    let binary = quote(binary);
    let made = if made_folder { "yes" } else { "no" };
    // git runs only executable hooks; husky runs any, with `sh -e`.
    let chain = if husky {
        "if [ -f \"$chained\" ]; then\n  exec sh -e \"$chained\" \"$@\"\nfi\n"
    } else {
        "if [ -x \"$chained\" ]; then\n  exec \"$chained\" \"$@\"\nfi\n"
    };
    format!(
        r#"#!/bin/sh
{MARK}
# `portcullis git-hooks uninstall` takes it out and gives back the hook that was here before.
# made-folder={made}
binary={binary}
chained=$(dirname -- "$0")/pre-commit.{CHAINED}
[ -x "$binary" ] || binary=$(command -v portcullis) || binary=
if [ -z "$binary" ]; then
  echo "portcullis: DISARMED: the program is gone, what is staged was not scanned" >&2
else
  code=0
  "$binary" scan --staged --fail-on block >&2 || code=$?
  case $code in
    # 3: nothing is staged, or only deletions.
    0 | 3) ;;
    *)
      echo "portcullis: the commit was stopped (exit code $code)" >&2
      exit 1
      ;;
  esac
fi
{chain}"#
    )
}

fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn unquote(quoted: &str) -> Option<String> {
    Some(quoted.strip_prefix('\'')?.strip_suffix('\'')?.replace(r"'\''", "'"))
}

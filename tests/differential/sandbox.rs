//! A throw-away root in which real bash runs programs whose `git`, `npm`, … are stubs.
//!
//! The root holds copies of bash and of some harmless tools, nothing else of the machine; it is
//! entered by `chroot` in mount, network, process and IPC namespaces of its own. Without
//! namespaces nothing is run at all: a stub-only `PATH` would not stop `env -i` or `command -p`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

/// One program's run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Run {
    /// The calls of stubs, in the order in which they were made.
    pub(crate) calls: Vec<Call>,
    /// Exit status; `None` when it was ended because it ran too long.
    pub(crate) status: Option<String>,
    /// The beginning of what it wrote to its error output.
    pub(crate) said: String,
}

/// One call of a stub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) dir: PathBuf,
    pub(crate) program: String,
    pub(crate) args: Vec<String>,
}

/// Tools that programs need and that do no harm; copied when the machine has them.
const TOOLS: &[&str] = &[
    "bash", "sh", "env", "xargs", "find", "timeout", "nice", "nohup", "stdbuf", "setsid", "cat",
    "echo", "printf", "base64", "tee", "true", "false", "seq", "head", "tail", "tr", "rev", "sed",
    "grep", "sort", "wc", "cut", "ls", "pwd", "test", "chmod", "mkdir", "touch", "basename",
    "dirname", "perl", "awk",
];

/// Records its name, its folder and its arguments in one write.
const STUB: &str = "#!/bin/sh
printf '%s\\0' '\u{1}call' \"$PWD\" \"$0\" \"$@\" '\u{1}end' >> /log/calls
";

/// Programs that run the words after their options, as the real ones do.
const CARRIERS: &[(&str, &str)] = &[
    (
        "sudo",
        "while :; do case $1 in -u) shift 2 ;; -*|*=*) shift ;; *) break ;; esac; done; exec \"$@\"",
    ),
    ("doas", "exec \"$@\""),
    ("unbuffer", "exec \"$@\""),
    ("npx", "exec \"$@\""),
    (
        "watch",
        "while :; do case $1 in -n) shift 2 ;; -*) shift ;; *) break ;; esac; done; exec sh -c \"$*\"",
    ),
    ("ssh", "shift; exec sh -c \"$*\""),
];

/// Bytes of log after which a program is taken for one that calls without end.
const MOST_LOG: u64 = 2 << 20;

/// Longest time in which a batch must make progress.
const PATIENCE: Duration = Duration::from_secs(20);

/// The throw-away root.
pub(crate) struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    /// Makes a root with these stubs in it and proves that programs run in it.
    pub(crate) fn new(stubs: &BTreeSet<&str>) -> Result<Self> {
        // In memory where programs may be run from there: much of the work is small files.
        tempfile::tempdir_in("/dev/shm")
            .map_err(anyhow::Error::from)
            .and_then(|folder| Self::make(folder, stubs))
            .or_else(|_| Self::make(tempfile::tempdir()?, stubs))
    }

    fn make(folder: TempDir, stubs: &BTreeSet<&str>) -> Result<Self> {
        let sandbox = Self { folder };
        let root = sandbox.root();
        for dir in ["usr/bin", "dev", "proc", "log", "w", "tmp", "home"] {
            fs::create_dir_all(root.join(dir))?;
        }
        symlink("usr/bin", root.join("bin"))?;
        for (name, to) in [("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")] {
            symlink(format!("/proc/self/fd{to}"), root.join("dev").join(name))?;
        }
        fs::write(root.join("dev/null"), "")?;
        sandbox.copy_tools()?;
        sandbox.executable("usr/bin/stub", STUB)?;
        for stub in stubs {
            let file = root.join("usr/bin").join(stub);
            if !file.exists() {
                symlink("stub", file)?;
            }
        }
        for (name, code) in CARRIERS {
            _ = fs::remove_file(root.join("usr/bin").join(name));
            sandbox.executable(&format!("usr/bin/{name}"), &format!("#!/bin/sh\n{code}\n"))?;
        }
        fs::write(root.join("driver"), include_str!("driver.sh"))?;
        sandbox.prepare(1)?;
        let runs = sandbox.run(&["git push origin main".to_owned()])?;
        if runs[0].calls.len() != 1 {
            bail!("the throw-away root does not work: {:?}", runs[0]);
        }
        Ok(sandbox)
    }

    /// Where the root lies, seen from outside.
    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    /// The folder in which the program of this place in a batch runs, seen from outside.
    pub(crate) fn work(&self, place: usize) -> PathBuf {
        self.root().join("w").join(place.to_string())
    }

    fn executable(&self, path: &str, text: &str) -> Result<()> {
        let file = self.root().join(path);
        fs::write(&file, text)?;
        Ok(fs::set_permissions(file, fs::Permissions::from_mode(0o755))?)
    }

    /// Copies the tools, and the libraries that they need.
    fn copy_tools(&self) -> Result<()> {
        let mut ldd = Command::new("ldd");
        for tool in TOOLS {
            let from = ["/usr/bin", "/bin"].iter().map(|dir| Path::new(dir).join(tool));
            let Some(from) = from.into_iter().find(|file| file.exists()) else {
                if matches!(*tool, "perl" | "awk") {
                    continue;
                }
                bail!("no {tool} here");
            };
            self.copy(&from.canonicalize()?, &Path::new("/usr/bin").join(tool))?;
            ldd.arg(from);
        }
        let libraries = ldd.output().context("ldd")?;
        for word in String::from_utf8_lossy(&libraries.stdout).split_ascii_whitespace() {
            // A word that ends in a colon is the name of the next program.
            if word.starts_with('/') && !word.ends_with(':') {
                self.copy(Path::new(word), Path::new(word))?;
            }
        }
        for lib in ["/usr/libexec/coreutils/libstdbuf.so", "/usr/lib/coreutils/libstdbuf.so"] {
            if Path::new(lib).exists() {
                self.copy(Path::new(lib), Path::new(lib))?;
            }
        }
        Ok(())
    }

    fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        let to = self.root().join(to.strip_prefix("/")?);
        if !to.exists() {
            fs::create_dir_all(to.parent().context("a folder")?)?;
            fs::copy(from, &to).with_context(|| format!("copying {}", from.display()))?;
        }
        Ok(())
    }

    /// Lays down what programs find in their folders; to be called before [`Sandbox::run`].
    pub(crate) fn prepare(&self, count: usize) -> Result<()> {
        self.prepare_from(0, count)
    }

    /// The same for the programs of a batch from one place on.
    fn prepare_from(&self, first: usize, count: usize) -> Result<()> {
        _ = fs::remove_dir_all(self.root().join("w"));
        for place in first..count {
            let work = self.work(place);
            fs::create_dir_all(work.join("sub"))?;
            fs::write(work.join("notes.txt"), "some notes\n")?;
            self.open(&work.join("sub"))?;
            self.open(&work)?;
        }
        Ok(())
    }

    /// Lets the programs write here: they run as nobody when the test runs as root.
    fn open(&self, path: &Path) -> Result<()> {
        Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o777))?)
    }

    /// Runs programs one after the other and tells what each called.
    pub(crate) fn run(&self, programs: &[String]) -> Result<Vec<Run>> {
        let mut runs = Vec::new();
        while runs.len() < programs.len() {
            if !runs.is_empty() {
                self.prepare_from(runs.len(), programs.len())?;
            }
            let mut more = self.batch(&programs[runs.len()..], runs.len())?;
            if more.is_empty() {
                bail!("nothing runs in the throw-away root");
            }
            runs.append(&mut more);
        }
        Ok(runs)
    }

    /// Runs programs up to the first that does not end. Each runs in the folder of its place, of
    /// which the first program's is `first`: the reader was told that folder.
    fn batch(&self, programs: &[String], first: usize) -> Result<Vec<Run>> {
        let root = self.root();
        let batch: String = programs.iter().flat_map(|p| [p.as_str(), "\0"]).collect();
        fs::write(root.join("batch"), batch)?;
        let log = root.join("log/calls");
        fs::write(&log, "")?;
        fs::set_permissions(&log, fs::Permissions::from_mode(0o666))?;
        for dir in ["log", "tmp", "home"] {
            self.open(&root.join(dir))?;
        }
        let mut child = self.enter(first)?;
        let mut seen = 0;
        let mut last = Instant::now();
        let stuck = loop {
            if child.try_wait()?.is_some() {
                break false;
            }
            let size = fs::metadata(&log)?.len();
            if size != seen {
                (seen, last) = (size, Instant::now());
            } else if last.elapsed() > PATIENCE || size > MOST_LOG {
                // Ends every process of the namespace.
                child.kill()?;
                child.wait()?;
                break true;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let mut runs = parsed(&fs::read(&log)?);
        // A program can end the driver; it is then one that did not end.
        if !stuck && runs.is_empty() {
            let said = std::io::read_to_string(child.stderr.take().context("stderr")?)?;
            bail!("{} of {} programs ran: {said}", runs.len(), programs.len());
        }
        runs.truncate(programs.len());
        Ok(runs)
    }

    fn enter(&self, first: usize) -> Result<Child> {
        let root = self.root();
        let is_root = fs::metadata(root)?.uid() == 0;
        let mut command = Command::new("unshare");
        command.args(["--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "--kill-child"]);
        if !is_root {
            command.args(["--user", "--map-root-user"]);
        }
        // In a user namespace there is no other user to become.
        let as_nobody = if is_root { "--userspec=65534:65534" } else { "" };
        let enter = format!(
            "mount -t proc proc \"$1/proc\" && mount --bind /dev/null \"$1/dev/null\" && \
             exec chroot {as_nobody} \"$1\" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/home \
             USER=nobody LANG=C /usr/bin/bash -c '. /driver' bash {first}"
        );
        command
            .args(["sh", "-c", &enter, "sh"])
            .arg(root)
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("unshare, of util-linux")
    }
}

/// The log of a batch.
fn parsed(log: &[u8]) -> Vec<Run> {
    let text = String::from_utf8_lossy(log);
    let mut runs: Vec<Run> = Vec::new();
    let mut fields = text.split('\0');
    while let Some(field) = fields.next() {
        match field {
            "\u{1}program" => {
                fields.next();
                runs.push(Run::default());
            }
            "\u{1}status" => {
                if let Some(run) = runs.last_mut() {
                    run.status = fields.next().map(str::to_owned);
                    run.said = fields.next().unwrap_or_default().to_owned();
                }
            }
            "\u{1}call" => {
                let dir = PathBuf::from(fields.next().unwrap_or_default());
                let program = fields.next().unwrap_or_default();
                let program = program.rsplit('/').next().unwrap_or(program).to_owned();
                let args = fields
                    .by_ref()
                    .take_while(|field| *field != "\u{1}end")
                    .map(str::to_owned)
                    .collect();
                if let Some(run) = runs.last_mut() {
                    run.calls.push(Call { dir, program, args });
                }
            }
            _ => {}
        }
    }
    runs
}

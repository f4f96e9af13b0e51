//! Programs that run the command in their arguments: `sudo`, `env`, `docker exec` …

use super::feed::Feed;
use super::folder::moved;
use super::options::{Arg, Args};
use super::tree::{Call, Reader};
use super::{Word, base_name};

/// A program that runs the command in its arguments. Lists are words with blanks between.
struct Wrapper {
    /// The program, and the operands that must follow it: `poetry run`.
    name: &'static str,
    /// Options that take a value.
    valued: &'static str,
    /// Options that say where the command runs.
    folder: &'static str,
    /// Options that make it run no command.
    stop: &'static str,
    /// Options whose value is shell code to run.
    code: &'static str,
    /// Words before the command: the time of `timeout`.
    operands: usize,
    /// `NAME=value` may stand before the command.
    assigns: bool,
    /// The command's words are joined and read as shell code.
    joined: bool,
    /// The command runs on another machine or in a container: its folder is not ours.
    elsewhere: bool,
    /// The command stands behind `--` only.
    dashes: bool,
}

const PLAIN: Wrapper = Wrapper {
    name: "",
    valued: "",
    folder: "",
    stop: "",
    code: "",
    operands: 0,
    assigns: false,
    joined: false,
    elsewhere: false,
    dashes: false,
};

const fn plain(name: &'static str, valued: &'static str) -> Wrapper {
    Wrapper { name, valued, ..PLAIN }
}

const fn after(name: &'static str, valued: &'static str, operands: usize) -> Wrapper {
    Wrapper { name, valued, operands, ..PLAIN }
}

const fn joined(name: &'static str, valued: &'static str, operands: usize) -> Wrapper {
    Wrapper { name, valued, operands, joined: true, ..PLAIN }
}

const fn away(name: &'static str, valued: &'static str) -> Wrapper {
    Wrapper { name, valued, operands: 1, elsewhere: true, ..PLAIN }
}

const fn dashed(name: &'static str, valued: &'static str) -> Wrapper {
    Wrapper { name, valued, dashes: true, ..PLAIN }
}

const SUDO: &str = "-u -g -h -p -C -D -R -T -U -r -t --user --group --host --prompt --close-from --chdir --chroot --command-timeout --other-user --role --type";
const CONTAINER_EXEC: &str = "-e --env --env-file -u --user -w --workdir --detach-keys --index";
const CONTAINER_RUN: &str = "-a --attach --add-host --annotation --blkio-weight -c --cpu-shares --cap-add --cap-drop --cgroup-parent --cidfile --cpus --cpuset-cpus --device --dns -e --env --env-file --entrypoint --expose --gpus --group-add --health-cmd -h --hostname --ip --ipc --isolation -l --label --link --log-driver --log-opt --mac-address -m --memory --mount --name --network --net --network-alias --pid --pids-limit --platform -p --publish --pull --restart --runtime --security-opt --shm-size --stop-signal --stop-timeout --storage-opt --sysctl --tmpfs --ulimit -u --user --userns --uts -v --volume --volume-driver --volumes-from -w --workdir --arch --pod --secret --tz";
const COMPOSE: &str = "-f --file -p --project-name --profile --env-file --project-directory -e --env --entrypoint -l --label --name -u --user -v --volume -w --workdir --index";
const XARGS: &str = "-I -n -L -P -d -E -s -a --max-args --max-procs --max-lines --delimiter --arg-file --replace --max-chars -J -R -S";
const KUBE: &str = "-c --container -n --namespace --context --kubeconfig -f --filename --pod-running-timeout --cluster --user";
const SSH: &str = "-b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w -B -P";
const PACKAGE: &str = "-p --package -w --workspace -C --prefix --dir --filter -F --cwd";

/// Options with a value that stand before a verb.
const GLOBAL: &str = "--context -H --host --config --log-level -n --namespace --kubeconfig --cluster --user -f --file -p --project-name --profile -C --directory --prefix --cwd --project -L -S -w --workspace --filter";

const WRAPPERS: &[Wrapper] = &[
    Wrapper {
        name: "env",
        valued: "-u --unset -C --chdir -S --split-string -P -a --argv0",
        folder: "-C --chdir",
        assigns: true,
        ..PLAIN
    },
    Wrapper {
        name: "sudo",
        valued: SUDO,
        folder: "-D --chdir",
        stop: "-l --list -v --validate -k -e --edit -V",
        assigns: true,
        ..PLAIN
    },
    Wrapper { name: "doas", valued: "-u -C -a", stop: "-L", ..PLAIN },
    plain("time", "-f -o --format --output"),
    after("timeout", "-k -s --kill-after --signal", 1),
    after("gtimeout", "-k -s --kill-after --signal", 1),
    plain("nice", "-n --adjustment"),
    plain("nohup", ""),
    plain("setsid", ""),
    plain("stdbuf", "-i -o -e --input --output --error"),
    plain("gstdbuf", "-i -o -e --input --output --error"),
    Wrapper {
        name: "ionice",
        valued: "-c -n -p -P -u --class --classdata",
        stop: "-p -P -u",
        ..PLAIN
    },
    Wrapper { name: "command", stop: "-v -V", ..PLAIN },
    plain("builtin", ""),
    plain("exec", "-a"),
    plain("noglob", ""),
    plain("nocorrect", ""),
    plain("unbuffer", ""),
    plain("chronic", ""),
    plain("caffeinate", "-t -w"),
    Wrapper { name: "chrt", valued: "-T -P -D", stop: "-p", operands: 1, ..PLAIN },
    Wrapper { name: "taskset", stop: "-p", operands: 1, ..PLAIN },
    plain("strace", "-o -e -s -p -u -E -P -a -I -O -S -b -X"),
    plain("ltrace", "-o -e -s -p -u -n -l -a"),
    plain("valgrind", ""),
    Wrapper { stop: "-p", ..dashed("gdb", "-ex -x") },
    plain("perf stat", "-e -o -r -p -C"),
    plain("perf record", "-e -o -F -p -c"),
    plain("xargs", XARGS),
    plain("gxargs", XARGS),
    after("chroot", "", 1),
    Wrapper {
        name: "flock",
        valued: "-w --timeout --wait -E --conflict-exit-code",
        code: "-c --command",
        operands: 1,
        ..PLAIN
    },
    Wrapper {
        name: "su",
        valued: "-s --shell -g --group -w",
        code: "-c --command",
        operands: usize::MAX,
        ..PLAIN
    },
    Wrapper {
        name: "runuser",
        valued: "-u --user -g --group -s --shell",
        code: "-c --command",
        ..PLAIN
    },
    Wrapper {
        name: "script",
        valued: "-c --command -T -I -O -B -E -m -o -t",
        code: "-c --command",
        operands: 1,
        ..PLAIN
    },
    plain(
        "unshare",
        "-S --setuid -G --setgid -R --root -w --wd --map-user --map-group --propagation",
    ),
    plain("nsenter", "-t --target -S -G -r --root -w --wd"),
    plain("setpriv", "--reuid --regid --groups --inh-caps --bounding-set"),
    plain("prlimit", "-p --pid -o"),
    plain("numactl", "-C -m -N --cpunodebind --membind --physcpubind"),
    plain("setarch", ""),
    plain("linux64", ""),
    plain("fakeroot", "-l --lib --faked -s -i -b"),
    plain("eatmydata", ""),
    after("faketime", "", 1),
    plain("torsocks", "-u -p -P -a"),
    plain("proxychains", "-f"),
    plain("proxychains4", "-f"),
    plain("tini", "-p -e"),
    plain("dumb-init", "-r --rewrite"),
    after("gosu", "", 1),
    after("su-exec", "", 1),
    plain("xvfb-run", "-n -e -f -l -p -s -w"),
    plain("dbus-run-session", "--config-file --dbus-daemon"),
    plain("firejail", ""),
    after("cpulimit", "-l -p -e", 0),
    plain("winpty", ""),
    plain(
        "systemd-run",
        "-u --unit -p --property -E --setenv --uid --gid --nice -M --machine --slice --description --on-active --working-directory -H",
    ),
    plain("systemd-inhibit", "--what --who --why --mode"),
    plain("retry", "-t --times -d --delay -u"),
    plain("entr", ""),
    joined("watch", "-n --interval -q", 0),
    joined(
        "watchexec",
        "-w --watch -e --exts -f --filter -i --ignore -d --debounce -s --signal --shell",
        0,
    ),
    joined("hyperfine", "-w --warmup -r --runs -m -M -p -c -P -L -n --export-json", 0),
    joined("concurrently", "-n --names -c -m -p", 0),
    joined("tmux new-session", "-s -n -c -t -x -y -e -F", 0),
    joined("tmux new", "-s -n -c -t -x -y -e -F", 0),
    joined("tmux new-window", "-n -c -t -e -F", 0),
    joined("tmux neww", "-n -c -t -e -F", 0),
    joined("tmux split-window", "-c -t -l -e -F -p", 0),
    joined("tmux run-shell", "-t -d -c", 0),
    joined("tmux run", "-t -d -c", 0),
    Wrapper { name: "screen", valued: "-S -c -e -h -p -s -t -T -L", ..PLAIN },
    Wrapper { elsewhere: true, ..joined("ssh", SSH, 1) },
    Wrapper { elsewhere: true, ..joined("autossh", "-M -b -D -e -F -i -J -L -l -o -p -R", 1) },
    Wrapper { elsewhere: true, ..joined("mosh", "--ssh -p --port --server", 1) },
    plain("sshpass", "-p -f -d -P"),
    Wrapper { elsewhere: true, code: "-c --command", ..joined("vagrant ssh", "-c --command", 1) },
    away("docker exec", CONTAINER_EXEC),
    away("docker container exec", CONTAINER_EXEC),
    away("docker run", CONTAINER_RUN),
    away("docker container run", CONTAINER_RUN),
    away("docker compose exec", COMPOSE),
    away("docker compose run", COMPOSE),
    away("docker-compose exec", COMPOSE),
    away("docker-compose run", COMPOSE),
    away("podman exec", CONTAINER_EXEC),
    away("podman run", CONTAINER_RUN),
    away("nerdctl exec", CONTAINER_EXEC),
    away("nerdctl run", CONTAINER_RUN),
    Wrapper { dashes: true, ..away("kubectl exec", KUBE) },
    Wrapper { dashes: true, ..away("oc exec", KUBE) },
    Wrapper { dashes: true, ..away("kubectl run", KUBE) },
    away("lxc exec", ""),
    away("incus exec", ""),
    away("multipass exec", "-d --working-directory"),
    plain("wsl", "-d --distribution -u --user --cd --shell-type"),
    plain("wsl.exe", "-d --distribution -u --user --cd --shell-type"),
    plain("arch", ""),
    Wrapper {
        elsewhere: true,
        code: "--command",
        ..joined("gcloud compute ssh", "--zone --project --ssh-flag", 1)
    },
    Wrapper {
        elsewhere: true,
        code: "-C --command",
        ..joined("fly ssh console", "-a --app -C --command -s", 0)
    },
    Wrapper { elsewhere: true, ..joined("heroku run", "-a --app -s --size -e --env", 0) },
    Wrapper { elsewhere: true, ..joined("railway run", "-s --service -e --environment", 0) },
    Wrapper { assigns: true, ..plain("cmake -E env", "") },
    after("cmake -E chdir", "", 1),
    plain("cmake -E time", ""),
    dashed("nix run", ""),
    Wrapper { ..dashed("nix shell", "-c --command") },
    plain("with-env", ""),
    plain("teleport exec", ""),
    plain("tsh ssh", "-l --login --proxy"),
    away("distrobox enter", "-n"),
    plain("toolbox run", "-c"),
    plain("npx", "-p --package -w --workspace -c --call"),
    plain("bunx", "-p --package"),
    plain("uvx", "--from --with -p --python"),
    plain("pipx run", "--spec --python"),
    plain("uv tool run", "--from --with -p --python"),
    plain("npm exec", "-p --package -w --workspace -c --call"),
    plain("npm x", "-p --package -w --workspace -c --call"),
    plain("pnpm dlx", PACKAGE),
    plain("pnpm exec", PACKAGE),
    plain("yarn dlx", PACKAGE),
    plain("yarn exec", PACKAGE),
    plain("bun x", PACKAGE),
    plain("corepack", ""),
    plain("poetry run", "-C --directory -P --project"),
    plain("pdm run", "-p --project"),
    plain("rye run", ""),
    plain("pipenv run", ""),
    plain("hatch run", "-e --env"),
    plain("conda run", "-n --name -p --prefix --cwd"),
    plain("mamba run", "-n --name -p --prefix --cwd"),
    plain("micromamba run", "-n --name -p --prefix --cwd"),
    plain(
        "uv run",
        "--with --extra --group -p --python --env-file --project --directory --with-requirements --package -m --module",
    ),
    plain("bundle exec", ""),
    plain("rbenv exec", ""),
    plain("pyenv exec", ""),
    plain("asdf exec", ""),
    Wrapper { code: "-c --command", ..dashed("mise exec", "-j --jobs -C --cd") },
    Wrapper { code: "-c --command", ..dashed("mise x", "-j --jobs -C --cd") },
    after("direnv exec", "", 1),
    Wrapper { code: "--run --command", ..dashed("nix-shell", "-p -A -E -I --arg --argstr") },
    dashed("nix develop", ""),
    Wrapper { code: "-c --command", ..dashed("rtx exec", "-j --jobs -C --cd") },
    dashed("op run", "--env-file"),
    dashed("doppler run", "-p -c"),
    dashed("infisical run", "--env --path"),
    dashed("aws-vault exec", "-d --duration"),
    dashed("chamber exec", ""),
    dashed("dotenvx run", "-f -e"),
    plain("dotenv", "-f -e -p"),
    Wrapper { assigns: true, ..plain("cross-env", "") },
    plain("nodemon", "-w --watch -e --ext -i --ignore"),
    Wrapper { name: "cmd", code: "/c /C /k /K", joined: true, ..PLAIN },
];

fn list(options: &'static str) -> Vec<&'static str> {
    options.split(' ').filter(|option| !option.is_empty()).collect()
}

/// What is inside of a wrapper.
pub(super) enum Inner {
    /// These words, run in the same way.
    Words(Vec<Word>),
    /// Several commands, one after the other: `xargs -n1`.
    Each(Vec<Vec<Word>>),
    /// Shell code.
    Code(Word),
}

impl Reader<'_> {
    /// The command inside a wrapper, with the wrapper's name; `None` when `program` wraps nothing.
    pub(super) fn unwrap(
        &mut self,
        program: &str,
        call: &mut Call,
    ) -> Option<(&'static str, Inner)> {
        let (wrapper, from) = WRAPPERS.iter().find_map(|wrapper| {
            // Nearly all are refused here, for every command.
            let verbs = wrapper.name.strip_prefix(program)?;
            (verbs.is_empty() || verbs.starts_with(' ')).then_some(())?;
            let verbs = verbs.split_ascii_whitespace();
            let global = list(GLOBAL);
            let mut from = 1;
            for verb in verbs {
                // Options may stand before the verb: `docker --context x exec`.
                from = Args::new(&call.words, from, vec![&global]).find_map(|arg| match arg {
                    Arg::Operand(at) => Some(at),
                    Arg::Flag { .. } => None,
                })?;
                (call.words[from].certain && call.words[from].text == verb).then_some(())?;
                from += 1;
            }
            Some((wrapper, from))
        })?;
        let valued = list(wrapper.valued);
        let codes = list(wrapper.code);
        let stops = list(wrapper.stop);
        let folders = list(wrapper.folder);
        let mut all = valued.clone();
        all.extend(&codes);
        let words = call.words.clone();
        let mut args = Args::new(&words, from, vec![&all]);
        let mut folder = None;
        let mut feed = Feed::default();
        let mut entry = None;
        let mut skip = wrapper.operands;
        let mut at = words.len();
        let mut first = None;
        while let Some(arg) = args.next() {
            match arg {
                Arg::Operand(index) => {
                    let word = &words[index];
                    let name = word.text.split_once('=').filter(|(name, _)| {
                        wrapper.assigns
                            && !name.is_empty()
                            && (wrapper.name == "env"
                                || name.chars().all(|c| c.is_alphanumeric() || c == '_'))
                    });
                    if let Some((name, value)) = name {
                        let value = Word { text: value.to_owned(), certain: word.certain };
                        call.assignments.push((name.to_owned(), value));
                    } else if codes.contains(&word.text.as_str()) {
                        // `cmd /c`, `flock FILE -c`: whatever stands behind it is code.
                        return Some((
                            wrapper.name,
                            Inner::Code(joined_words(&words[index + 1..])),
                        ));
                    } else if skip > 0 {
                        skip -= 1;
                        first.get_or_insert(index);
                    } else {
                        at = index;
                        break;
                    }
                }
                flag if stops.iter().any(|stop| flag.is(stop)) => return None,
                Arg::Flag { value, .. } => {
                    if codes.iter().any(|option| arg.is(option)) {
                        let code = value.map_or(Word::unknown(""), Word::known);
                        return Some((wrapper.name, Inner::Code(code)));
                    }
                    if folders.iter().any(|option| arg.is(option)) {
                        folder = Some(value.map(str::to_owned));
                    }
                    if program == "env" && (arg.is("-S") || arg.is("--split-string")) {
                        let mut inner: Vec<Word> = match value {
                            // Its own quoting is that of a shell, near enough for words.
                            Some(text) => text.split_ascii_whitespace().map(unquoted).collect(),
                            None => vec![Word::unknown("")],
                        };
                        inner.extend(words[args.position()..].iter().cloned());
                        return Some((wrapper.name, Inner::Words(inner)));
                    }
                    if matches!(program, "npx" | "npm") && (arg.is("-c") || arg.is("--call")) {
                        let code = value.map_or(Word::unknown(""), Word::known);
                        return Some((wrapper.name, Inner::Code(code)));
                    }
                    if program.ends_with("xargs") {
                        feed.option(&arg, value);
                    }
                    if arg.is("--entrypoint") {
                        entry = value.map(Word::known);
                    }
                    if arg.is("-m") && wrapper.name == "uv run" {
                        let module = value.map_or(Word::unknown(""), Word::known);
                        let mut inner = vec![module];
                        inner.extend(words[args.position()..].iter().cloned());
                        return Some((wrapper.name, Inner::Words(inner)));
                    }
                }
            }
        }
        if let Some(folder) = folder {
            call.dir = folder.and_then(|folder| moved(call.dir.as_deref(), &folder));
        }
        if wrapper.dashes {
            let dashes = words.iter().skip(from).position(|word| word.text == "--");
            at = match dashes {
                Some(index) => from + index + 1,
                // `kubectl exec POD CMD`, the old form; `nix develop -c CMD`.
                None => {
                    let command = words
                        .iter()
                        .skip(from)
                        .position(|w| matches!(&*w.text, "-c" | "--command" | "--args"));
                    command.map_or(at, |index| from + index + 1)
                }
            };
        }
        let mut inner = words.get(at..).unwrap_or_default().to_vec();
        if wrapper.elsewhere {
            // `docker run bitnami/kubectl apply`: the image may be the program.
            let image = first.map(|index| image_name(&words[index]));
            let program = entry.or_else(|| image.filter(|_| wrapper.name.ends_with("run")));
            if let Some(program) = program
                && (super::action::rows().any(|row| row.program == program.text)
                    || inner.first().is_some_and(|word| word.text.starts_with('-')))
            {
                inner.insert(0, program);
            }
            call.dir = None;
        }
        if inner.is_empty() {
            return None;
        }
        if wrapper.joined {
            return Some((wrapper.name, Inner::Code(joined_words(&inner))));
        }
        match program {
            "xargs" | "gxargs" => {
                return Some((wrapper.name, Inner::Each(self.fed(call, &feed, &inner))));
            }
            "npx" | "bunx" | "uvx" | "pnpm" | "yarn" | "bun" | "npm" | "corepack" | "pipx" => {
                let name = &mut inner[0].text;
                if let Some(version) = name.get(1..).and_then(|rest| rest.find('@')) {
                    name.truncate(version + 1);
                }
            }
            _ => {}
        }
        Some((wrapper.name, Inner::Words(inner)))
    }
}

fn image_name(word: &Word) -> Word {
    let name = base_name(&word.text);
    let name = name.split(['@', ':']).next().unwrap_or(name);
    let name = if name == "aws-cli" { "aws" } else { name };
    Word { text: name.to_owned(), certain: word.certain }
}

/// The words as one text with blanks between, as `eval` and `ssh` make of theirs.
pub(super) fn joined_words(words: &[Word]) -> Word {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    Word { text: texts.join(" "), certain: words.iter().all(|word| word.certain) }
}

fn unquoted(text: &str) -> Word {
    Word::known(text.replace(['\'', '"'], ""))
}

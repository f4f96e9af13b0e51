//! The commands that programs are made of, and what a call of one of them does.

use portcullis::shell::ActionKind;

/// Stands for a word that is different in each use, so that a call can be matched with its text.
pub(crate) const MARK: &str = "MARK";

/// Commands of which each call is a guarded action.
pub(crate) const GUARDED: &[&[&str]] = &[
    &["git", "push", "origin", MARK],
    &["git", "push", "--force", "origin", MARK],
    &["git", "push", "origin", MARK],
    &["git", "push", "-u", "origin", MARK],
    &["git", "-C", "sub", "push", "origin", MARK],
    &["git", "--no-pager", "push", "origin", MARK],
    &["git", "-c", "a.b=c", "push", "origin", MARK],
    &["git", "-c", "alias.up=push", "up", "origin", MARK],
    &["git", "-c", "alias.up=push origin", "up", MARK],
    &["git", "--git-dir=.git", "--work-tree", ".", "push", "origin", MARK],
    &["git", "commit", "-m", MARK],
    &["git", "commit", "--amend", "-m", MARK],
    &["git", "-C", "sub", "commit", "-a", "-m", MARK],
    &["npm", "publish", "--tag", MARK],
    &["npm", "-w", MARK, "publish"],
    &["pnpm", "publish", "--tag", MARK],
    &["yarn", "npm", "publish", "--tag", MARK],
    &["cargo", "publish", "-p", MARK],
    &["twine", "upload", MARK],
    &["gem", "push", MARK],
    &["docker", "push", MARK],
    &["docker", "--context", "here", "image", "push", MARK],
    &["docker", "buildx", "build", "--push", "-t", MARK, "."],
    &["gh", "pr", "merge", MARK],
    &["gh", "release", "create", MARK],
    &["kubectl", "apply", "-f", MARK],
    &["kubectl", "-n", "web", "rollout", "restart", MARK],
    &["helm", "upgrade", MARK, "chart"],
    &["terraform", "apply", MARK],
    &["vercel", "deploy", MARK],
    &["fly", "deploy", "--app", MARK],
    &["aws", "--profile", "p", "s3", "sync", MARK, "s3://bucket"],
];

/// Commands of which no call is one, though some look it.
pub(crate) const INNOCENT: &[&[&str]] = &[
    &["git", "status", MARK],
    &["git", "log", "--grep=push", MARK],
    &["git", "push", "--dry-run", "origin", MARK],
    &["git", "push", "-n", "origin", MARK],
    &["git", "commit", "--dry-run", "-m", MARK],
    &["git", "stash", "push", "-m", MARK],
    &["git", "push", "--help"],
    &["git", "config", "push.default", MARK],
    &["git", "show", "push", MARK],
    &["npm", "test", MARK],
    &["npm", "run", "build", MARK],
    &["npm", "publish", "--dry-run", "--tag", MARK],
    &["npm", "view", "publish", MARK],
    &["cargo", "test", MARK],
    &["docker", "build", "-t", MARK, "."],
    &["kubectl", "get", "pods", MARK],
    &["kubectl", "apply", "--dry-run=client", "-f", MARK],
    &["helm", "template", "install", MARK],
    &["terraform", "plan", MARK],
    &["gh", "pr", "view", MARK],
    &["gh", "release", "list", MARK],
    &["cat", "notes.txt"],
    &["ls", "sub"],
    &["echo", "git push origin", MARK],
    &["printf", "%s\\n", "npm publish", MARK],
    &["grep", "-q", "git push", "notes.txt"],
    &["true"],
    &["test", "-f", "notes.txt"],
];

/// What a call of a stub is, judged from its arguments alone and written apart from the table
/// that the reader uses. `None`: nothing guarded.
pub(crate) fn judged(program: &str, args: &[String]) -> Option<ActionKind> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let has = |option: &str| args.contains(&option);
    if has("--help") {
        return None;
    }
    let valued: &[&str] = match program {
        "git" => &["-C", "-c", "--git-dir", "--work-tree"],
        "npm" => &["-w", "--tag"],
        "kubectl" => &["-n", "-f"],
        "docker" => &["--context", "-t"],
        "aws" => &["--profile"],
        _ => &[],
    };
    let mut operands = Vec::new();
    let mut aliases = Vec::new();
    let mut at = 0;
    while at < args.len() {
        let arg = args[at];
        // After git's verb `-C` and `-c` mean something else.
        let global = program != "git" || operands.is_empty();
        if global && valued.contains(&arg) {
            if let Some(alias) = args.get(at + 1).and_then(|value| value.strip_prefix("alias.")) {
                aliases.push(alias);
            }
            at += 1;
        } else if !arg.starts_with('-') {
            operands.push(arg);
        }
        at += 1;
    }
    let first = operands.first().copied().unwrap_or_default();
    let second = operands.get(1).copied().unwrap_or_default();
    let dry = args.iter().any(|arg| arg.starts_with("--dry-run"));
    match program {
        "git" => {
            let verb = aliases
                .iter()
                .filter_map(|alias| alias.split_once('='))
                .find(|(name, _)| *name == first)
                .and_then(|(_, text)| text.split(' ').next())
                .unwrap_or(first);
            match verb {
                "push" => (!dry && !has("-n")).then_some(ActionKind::Push),
                "commit" => (!dry).then_some(ActionKind::Commit),
                _ => None,
            }
        }
        "npm" | "pnpm" | "cargo" => (first == "publish" && !dry).then_some(ActionKind::Publish),
        "yarn" => (first == "npm" && second == "publish").then_some(ActionKind::Publish),
        "twine" => (first == "upload").then_some(ActionKind::Publish),
        "gem" => (first == "push").then_some(ActionKind::Publish),
        "docker" => (first == "push"
            || first == "image" && second == "push"
            || first == "buildx" && second == "build" && has("--push"))
        .then_some(ActionKind::Publish),
        "gh" => match (first, second) {
            ("pr", "merge") => Some(ActionKind::Push),
            ("release", "create") => Some(ActionKind::Release),
            _ => None,
        },
        "kubectl" => match (first, second) {
            ("apply", _) | ("rollout", "restart") if !dry => Some(ActionKind::Deploy),
            _ => None,
        },
        "helm" => (first == "upgrade").then_some(ActionKind::Deploy),
        "terraform" => (first == "apply").then_some(ActionKind::Deploy),
        "vercel" | "fly" => (first == "deploy").then_some(ActionKind::Deploy),
        // It refuses a third path, as `xargs` may add one, and two paths of this machine, as when quotes stay
        // in what `read` took from a line.
        "aws" => (first == "s3"
            && second == "sync"
            && operands.len() == 4
            && operands.iter().any(|operand| operand.starts_with("s3://")))
        .then_some(ActionKind::Deploy),
        _ => None,
    }
}

/// Whether a call also takes something away: a push that overwrites what the remote has.
pub(crate) fn destroys(program: &str, args: &[String]) -> bool {
    judged(program, args) == Some(ActionKind::Push)
        && args.iter().any(|arg| arg.starts_with("--force") || arg == "-f")
}

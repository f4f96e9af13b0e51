//! Push, publish, release and deploy wait for their gates.
//!
//! **What it does.** Before a tool call, the command line is read (`src/shell/`). When it would
//! push, publish, release or deploy, every gate that the policy asks for must have passed, by a
//! receipt that this binary wrote, for exactly the tree that goes out: the tree of each pushed
//! commit, and the working tree for what is published or deployed from files. An edit voids a
//! receipt; so does another test command in the policy.
//!
//! **Rules.** `boundary-push`, `boundary-publish`, `boundary-release`, `boundary-deploy`: refused,
//! with the gate that is missing and the command that runs it. When the gates passed and no policy names any
//! for it, a publication, release or deployment is asked. `boundary-delete`: a push that
//! deletes a branch or tag on the remote is asked. `boundary-unreadable`: a line that holds such a
//! word and could not be read to the end is asked. `boundary-commit`: refused, where the policy names gates
//! for commits. `boundary-bypassed`: a person let it pass (`portcullis explain approve`); told to the user.
//! Where nothing but documents differ from a tree that passed, or a push adds nothing else to what the remote
//! has, no gate is asked for (`docs_only` of the policy).
//!
//! **Way out.** Run `portcullis gate run test`, commit what it tested, then push in a call of its
//! own. The policy (`portcullis.yaml`, key `boundaries`) says which gates a boundary needs; only
//! the person changes it.
//!
//! **Limits.** It sees what the command line says, and follows scripts, `package.json`, Makefiles
//! and their kin two levels deep. What a compiled program does, or a program that computes what it
//! starts, is not seen; `portcullis shell explain` shows what was.

mod forge;

use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::Check;
use crate::config::Policy;
use crate::gate::{self, Standing, relief};
use crate::git;
use crate::hook::context::Context;
use crate::hook::event::Event;
use crate::hook::reply::{Finding, Verdict};
use crate::shell::{self, Action, ActionKind, Reading};
use crate::state::Repository;

/// The check.
pub const CHECK: Check =
    Check { id: "boundary", source: include_str!("boundary.rs"), applies, judge, planted };

fn applies(event: &Event) -> bool {
    event.is_pre_tool() && (event.command_line().is_some() || event.is_mcp())
}

fn judge(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    if event.is_mcp() {
        return forge::judge(event, context);
    }
    let mut findings = Vec::new();
    if context.may_hold(event, ActionKind::Commit) {
        findings.extend(judge_commits(event, context)?);
    }
    if !context.may_hold(event, ActionKind::Push) {
        return Ok(findings);
    }
    let (reading, actions) = context.line(event);
    for (position, action) in actions.iter().enumerate() {
        if action.kind.is_boundary() {
            let before = &reading.commands[..action.command];
            let commits = actions[..position].iter().any(|a| a.kind == ActionKind::Commit);
            let moved = commits || before.iter().any(moves_head);
            findings.extend(judge_action(reading, action, moved, context)?);
        }
    }
    if findings.is_empty()
        && reading.near
        && !reading.unsure.is_empty()
        && !actions.iter().any(|a| a.kind.is_boundary())
    {
        findings.push(
            Finding::new("boundary-unreadable", Verdict::Ask, format!("this line holds a word that pushes, publishes or deploys, and could not be read to the end: {}", reading.unsure.join("; ")))
                .way_out("write the command plainly, in a call of its own"),
        );
    }
    Ok(findings)
}

/// Commits, where the policy names gates for them: the working tree must have passed.
fn judge_commits(event: &Event, context: &Context) -> anyhow::Result<Vec<Finding>> {
    let (_, actions) = context.line(event);
    let mut findings = Vec::new();
    for action in actions.iter().filter(|action| action.kind == ActionKind::Commit) {
        // Where the folder cannot be told or is not there, the session's own says whether anything is asked.
        let dir = action.dir.as_deref().filter(|dir| dir.is_dir()).unwrap_or(&context.cwd);
        let Some(repository) = Repository::discover(dir) else { continue };
        let policy = Policy::load(&repository.root, context.env)?;
        let needs = policy.needs("commit");
        if needs.is_empty() {
            continue;
        }
        let what = format!("`{} {}`", action.program, action.verb);
        let tree = gate::working_tree(dir)?;
        let trees = [("the working tree".to_owned(), tree)];
        findings.extend(judge_trees(
            &trees,
            &what,
            "boundary-commit",
            &needs,
            &policy,
            dir,
            context,
        )?);
    }
    Ok(findings)
}

/// Git subcommands after which HEAD or a branch may be another commit than the one judged now.
fn moves_head(command: &shell::SimpleCommand) -> bool {
    const MOVERS: &[&str] = &[
        "am",
        "branch",
        "checkout",
        "cherry-pick",
        "commit-tree",
        "fetch",
        "merge",
        "pull",
        "rebase",
        "reset",
        "revert",
        "switch",
        "tag",
        "update-ref",
    ];
    let mut words = command.words.iter().map(|word| word.text.as_str());
    words.next().is_some_and(|program| program.rsplit('/').next() == Some("git"))
        && words.any(|word| MOVERS.contains(&word))
}

fn judge_action(
    reading: &Reading,
    action: &Action,
    moved: bool,
    context: &Context,
) -> anyhow::Result<Option<Finding>> {
    let what = format!("`{} {}`", action.program, action.verb);
    let rule = format!("boundary-{}", action.kind.word());
    let deny = |message: String| Finding::new(rule.clone(), Verdict::Deny, message);
    let Some(dir) = &action.dir else {
        return Ok(Some(
            deny(format!("{what}: the folder it would act on cannot be told from the line"))
                .way_out("use literal paths, or run it in a call of its own"),
        ));
    };
    if !dir.is_dir() {
        // Where a `cd` fails the shell stays where it was, and the command goes out from there.
        return Ok(Some(
            deny(format!(
                "{what}: {} is not there, so the folder it would act on cannot be told",
                dir.display()
            ))
            .way_out("make the folder first, then run it there in a call of its own"),
        ));
    }
    let Some(repository) = Repository::discover(dir) else {
        return Ok(Some(
            deny(format!(
                "{what}: {} is in no git repository, and receipts are bound to git trees",
                dir.display()
            ))
            .way_out("run it inside the repository whose gates passed"),
        ));
    };
    let policy = Policy::load(&repository.root, context.env)?;
    let needs = policy.needs(action.kind.word());
    if needs.is_empty() {
        return Ok(None);
    }
    if moved {
        return Ok(Some(
            deny(format!("{what}: this line also moves a branch before it, so what would go out cannot be judged yet"))
                .way_out("commit or merge first, run `portcullis gate run test`, then push in a call of its own"),
        ));
    }
    let trees = match action.kind {
        ActionKind::Push => match pushed(reading, action, dir)? {
            Pushed::Revisions(revisions) => trees_of(&revisions, dir),
            Pushed::Deletes(names) => {
                return Ok(Some(
                    Finding::new(
                        "boundary-delete",
                        Verdict::Ask,
                        format!("{what} deletes {} on the remote", names.join(", ")),
                    )
                    .way_out("nobody can undo this from here; the person decides"),
                ));
            }
            Pushed::Unclear(why) => {
                return Ok(Some(
                    deny(format!("{what}: {why}"))
                        .way_out("name one branch or tag: `git push REMOTE BRANCH`"),
                ));
            }
        },
        ActionKind::Release => trees_of(&["HEAD".to_owned()], dir),
        _ => gate::working_tree(dir).map(|tree| vec![("the working tree".to_owned(), tree)]),
    };
    let trees = match trees {
        Ok(trees) => trees,
        Err(error) => {
            return Ok(Some(
                deny(format!("{what}: {error:#}"))
                    .way_out("commit first, then run `portcullis gate run test`"),
            ));
        }
    };
    judge_trees(&trees, &what, &rule, &needs, &policy, dir, context)
}

/// Refuses unless every gate has passed for every tree.
fn judge_trees(
    trees: &[(String, String)],
    what: &str,
    rule: &str,
    needs: &[&str],
    policy: &Policy,
    dir: &Path,
    context: &Context,
) -> anyhow::Result<Option<Finding>> {
    let deny = |message: String| Finding::new(rule, Verdict::Deny, message);
    let boundary = rule.strip_prefix("boundary-").unwrap_or(rule);
    let root = Repository::discover(dir).map_or_else(|| dir.to_path_buf(), |found| found.root);
    let mut notice = None;
    for (name, tree) in trees {
        let mut bypassed = false;
        for gate in needs.iter().copied() {
            let about = format!("{what} needs the {gate} gate for {name}");
            let standing = gate::standing(gate, tree, policy, dir, context.env);
            if !matches!(standing, Ok(Standing::Passed(_))) {
                if bypassed {
                    continue;
                }
                if let Some((id, given)) = relief::bypass(boundary, tree, &root, context.env)? {
                    bypassed = true;
                    notice.get_or_insert_with(|| {
                        Finding::new(
                            "boundary-bypassed",
                            Verdict::Notice,
                            format!(
                                "{what} passes without its gates: {} let it pass (bypass {id}): {}",
                                given.who, given.reason
                            ),
                        )
                    });
                    continue;
                }
            }
            let standing = match standing {
                Ok(standing) => standing,
                Err(error) => {
                    return Ok(Some(
                        deny(format!("{about}: {error:#}"))
                            .way_out(format!("name the test command in {}", crate::config::FILE)),
                    ));
                }
            };
            if matches!(standing, Standing::Passed(_))
                || relief::only_documents(boundary, gate, tree, policy, &root, context.env)?
                    .is_some()
            {
                continue;
            }
            return Ok(Some(
                deny(format!("{about}: {}", standing.sentence(gate, tree)))
                    .way_out(way_out(gate, tree, dir)),
            ));
        }
    }
    Ok(notice.or_else(|| {
        policy.asks(boundary).then(|| {
            Finding::new(
                rule,
                Verdict::Ask,
                format!("{what}: its gates passed; nobody can take it back from here"),
            )
            .way_out(format!(
                "the person decides; with `{boundary}: [{}]` under boundaries in {} the gates are enough",
                needs.join(", "),
                crate::config::FILE
            ))
        })
    }))
}

/// What to run. The gate tests the working tree, so a working tree that differs from what goes
/// out is named: its receipt would not open the boundary.
fn way_out(gate: &str, tree: &str, dir: &Path) -> String {
    let run = format!("`portcullis gate run {gate}`");
    match gate::working_tree(dir) {
        Ok(working) if working != tree => format!(
            "the working tree holds changes that are not in it (see `git status`): commit or ignore them, run {run}, then try again in a call of its own"
        ),
        _ => format!("run {run}, then try again in a call of its own"),
    }
}

/// Each revision with the id of its tree.
fn trees_of(revisions: &[String], dir: &Path) -> anyhow::Result<Vec<(String, String)>> {
    let tree = |name: &String| {
        gate::commit_tree(dir, name)
            .map(|tree| (name.clone(), tree))
            .with_context(|| format!("{name} is no commit here"))
    };
    revisions.iter().map(tree).collect()
}

/// What a push would send.
enum Pushed {
    /// These revisions.
    Revisions(Vec<String>),
    /// Nothing; it deletes these names on the remote.
    Deletes(Vec<String>),
    /// More than can be named, or it cannot be told.
    Unclear(String),
}

/// Reads the arguments of `git push` (git 2.47's synopsis).
fn pushed(reading: &Reading, action: &Action, dir: &Path) -> anyhow::Result<Pushed> {
    const WITH_VALUE: &[&str] = &["-o", "--push-option", "--repo", "--receive-pack", "--exec"];
    const MANY: &[&str] = &["--all", "--branches", "--mirror", "--tags"];
    // A forge merges what it has; the tree at hand is the nearest that can be known.
    if !matches!(action.program, "git" | "git-push" | "git-send-pack") || action.verb.contains(' ')
    {
        return Ok(Pushed::Revisions(vec!["HEAD".to_owned()]));
    }
    let words = &reading.commands[action.command].words;
    let mut positional = Vec::new();
    let mut delete = false;
    let mut rest = words[action.args.min(words.len())..].iter();
    while let Some(word) = rest.next() {
        let text = word.text.as_str();
        if !word.certain {
            return Ok(Pushed::Unclear(
                "an argument depends on something outside of the line".into(),
            ));
        }
        if MANY.contains(&text) {
            return Ok(Pushed::Unclear(format!(
                "{text} sends every branch or tag at once, and each tree needs its own receipt"
            )));
        }
        if WITH_VALUE.contains(&text) {
            rest.next();
        } else if matches!(text, "-d" | "--delete") {
            delete = true;
        } else if !text.starts_with('-') {
            positional.push(text);
        }
    }
    let refspecs = positional.get(1..).unwrap_or_default();
    if refspecs.is_empty() {
        // `push.default=matching` and `remote.*.push` send other branches than the current one.
        let configured = git::text(
            dir,
            ["config", "--get-regexp", r"^(remote\..*\.(push|mirror)|push\.default)$"],
        );
        let wide = configured
            .unwrap_or_default()
            .lines()
            .find(|line| {
                !matches!(
                    line.strip_prefix("push.default "),
                    Some("simple" | "current" | "upstream" | "tracking" | "nothing")
                )
            })
            .map(str::to_owned);
        return Ok(match wide {
            Some(line) => Pushed::Unclear(format!(
                "git's configuration ({line}) decides which branches go out"
            )),
            None => Pushed::Revisions(vec!["HEAD".to_owned()]),
        });
    }
    let mut revisions = Vec::new();
    let mut deletes = Vec::new();
    for refspec in refspecs {
        let refspec = refspec.strip_prefix('+').unwrap_or(refspec);
        let source = refspec.split(':').next().unwrap_or_default();
        if delete || source.is_empty() {
            deletes.push(refspec.trim_start_matches(':').to_owned());
        } else if source.contains('*') {
            return Ok(Pushed::Unclear(format!(
                "{refspec} sends many branches at once, and each tree needs its own receipt"
            )));
        } else {
            revisions.push(source.to_owned());
        }
    }
    Ok(if revisions.is_empty() { Pushed::Deletes(deletes) } else { Pushed::Revisions(revisions) })
}

fn planted(dir: &Path) -> Value {
    json!({
        "hook_event_name": "PreToolUse",
        "session_id": "portcullis-doctor",
        "cwd": dir,
        "tool_name": "Bash",
        "tool_use_id": "planted-boundary",
        "tool_input": {"command": "git push origin main"},
    })
}

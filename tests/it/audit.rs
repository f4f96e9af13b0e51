//! The journal proves itself: every change of a small log is seen, and a killed writer loses nothing.

use std::fs;
use std::path::{Path, PathBuf};

use portcullis::journal::checkpoint::{self, Checkpoint, PublicKey};
use portcullis::journal::store::{self, Files};
use portcullis::journal::verify::{Anchor, Report, verify};
use serde_json::json;

use crate::support::{PROGRAM, Project};

/// A line about the journal itself, as short as a reader can read it.
fn own_line(event: &'static str, subject: String) -> Vec<u8> {
    json!({"event": event, "subject": subject}).to_string().into_bytes()
}

fn append(state: &Path, line: &str) {
    store::append(&Files::of(state), line.as_bytes(), own_line).unwrap();
}

/// A journal of `count` lines, a checkpoint after the first half.
fn sample(count: usize) -> tempfile::TempDir {
    let state = tempfile::tempdir().unwrap();
    for number in 0..count {
        append(state.path(), &json!({"session": "s", "n": number}).to_string());
        if number == count / 2 {
            checkpoint::make(state.path()).unwrap();
        }
    }
    state
}

fn key(state: &Path) -> PublicKey {
    checkpoint::public_key(state).unwrap().expect("a key")
}

fn report(state: &Path) -> Report {
    verify(state, Some(&key(state)), &[]).unwrap().expect("a journal")
}

/// Every way to spoil `bytes` by one change.
fn spoiled(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1 << bit;
            all.push((format!("bit {bit} of byte {at} flipped"), changed));
        }
        let mut less = bytes.to_vec();
        less.remove(at);
        all.push((format!("byte {at} taken out"), less));
        let mut more = bytes.to_vec();
        more.insert(at, b'0');
        if more != bytes {
            all.push((format!("a byte put in at {at}"), more));
        }
        all.push((format!("cut at {at}"), bytes[..at].to_vec()));
    }
    all
}

#[test]
fn every_single_change_of_the_journal_and_of_its_tree_is_seen() {
    let state = sample(5);
    let key = key(state.path());
    let report = || verify(state.path(), Some(&key), &[]).unwrap().expect("a journal");
    let clean = report();
    assert!(clean.intact, "{clean:?}");
    assert_eq!((clean.lines, clean.complete_to, clean.pending), (5, Some(3), 0));
    let files = Files::of(state.path());
    for file in [&files.lines, &files.leaves, &files.edge, &files.checkpoints] {
        let bytes = fs::read(file).unwrap();
        for (what, changed) in spoiled(&bytes) {
            fs::write(file, changed).unwrap();
            let found = report();
            assert!(
                !found.intact || found.complete_to != clean.complete_to,
                "{}: {what}: {found:?}",
                file.display()
            );
        }
        fs::write(file, bytes).unwrap();
    }
    assert!(report().intact);
}

#[test]
fn moved_and_missing_lines_are_named() {
    let state = sample(12);
    let files = Files::of(state.path());
    let text = fs::read_to_string(&files.lines).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for one in 0..lines.len() {
        for two in one + 1..lines.len() {
            let mut swapped = lines.clone();
            swapped.swap(one, two);
            fs::write(&files.lines, swapped.concat()).unwrap();
            let found = report(state.path());
            assert!(!found.intact);
            assert_eq!(found.first_bad, Some(one as u64 + 1), "{one} and {two} swapped");
        }
        let mut shorter = lines.clone();
        shorter.remove(one);
        fs::write(&files.lines, shorter.concat()).unwrap();
        let found = report(state.path());
        assert!(!found.intact);
        assert_eq!(found.first_bad, Some(one as u64 + 1), "{one} taken out");
    }
}

/// Who may write the folder can make lines, hashes and edge anew. What somebody else holds says so.
#[test]
fn a_journal_made_anew_is_caught_by_a_checkpoint_that_is_held_elsewhere() {
    let state = sample(9);
    let held = checkpoint::make(state.path()).unwrap().unwrap();
    let old_key = key(state.path());
    fs::remove_dir_all(state.path().join("journal")).unwrap();
    for number in 0..9 {
        append(state.path(), &json!({"session": "s", "n": number, "forged": true}).to_string());
    }
    checkpoint::make(state.path()).unwrap();
    assert!(report(state.path()).intact, "by itself it looks whole");
    let anchor = Anchor { size: held.size, root: held.root, place: "CI's log".into() };
    let found = verify(state.path(), Some(&key(state.path())), &[anchor]).unwrap().unwrap();
    assert!(!found.intact);
    assert_eq!(found.anchored_to, None);
    let found = verify(state.path(), Some(&old_key), &[]).unwrap().unwrap();
    assert!(!found.intact && found.complete_to.is_none(), "another key signed it: {found:?}");
}

/// The states that a killed writer can leave: a part of its line, the line without its leaf hash,
/// the hash without the edge. The next line takes them in, and nothing but the fragment is lost.
#[test]
fn a_writer_killed_at_any_byte_loses_at_most_its_own_line() {
    let state = sample(5);
    let before = copies(state.path());
    append(state.path(), &json!({"session": "s", "n": "killed"}).to_string());
    let after = copies(state.path());
    let files = Files::of(state.path());
    let (old, new) = (&before[0].1, &after[0].1);
    let mut states: Vec<(usize, Vec<u8>, Vec<u8>)> =
        (old.len()..=new.len()).map(|at| (at, new[..at].to_vec(), before[1].1.clone())).collect();
    let leaves = &after[1].1;
    states.extend(
        (before[1].1.len()..=leaves.len())
            .map(|at| (new.len(), new.clone(), leaves[..at].to_vec())),
    );
    for (at, lines, leaves) in states {
        fs::write(&files.lines, lines).unwrap();
        fs::write(&files.leaves, leaves).unwrap();
        fs::write(&files.edge, &before[2].1).unwrap();
        let pending = report(state.path()).pending;
        assert_eq!(pending, u64::from(at > old.len()), "cut at {at}");
        append(state.path(), &json!({"session": "s", "n": "next"}).to_string());
        let found = report(state.path());
        assert!(found.intact, "cut at {at}: {found:?}");
        assert_eq!(found.pending, 0);
        assert_eq!(found.said.len(), usize::from(at > old.len()), "cut at {at}: {found:?}");
        let text = fs::read_to_string(&files.lines).unwrap();
        assert!(text.lines().last().unwrap().contains("next"));
        assert_eq!(text.lines().count(), if at > old.len() { 8 } else { 6 });
    }
}

#[test]
fn a_shortened_journal_goes_on_and_stays_found() {
    let state = sample(6);
    let files = Files::of(state.path());
    let text = fs::read_to_string(&files.lines).unwrap();
    let four: String = text.split_inclusive('\n').take(4).collect();
    fs::write(&files.lines, four).unwrap();
    append(state.path(), r#"{"n":"after"}"#);
    let found = report(state.path());
    assert!(!found.intact);
    assert!(found.problems.iter().any(|text| text.contains("line 5")), "{found:?}");
}

#[test]
fn a_lost_edge_is_made_anew_and_said() {
    let state = sample(6);
    fs::remove_file(Files::of(state.path()).edge).unwrap();
    assert!(!report(state.path()).intact);
    append(state.path(), r#"{"n":"after"}"#);
    let found = report(state.path());
    assert!(found.intact, "{found:?}");
    assert!(found.said[0].1.contains("edge was missing"), "{found:?}");
    assert_eq!(found.complete_to, Some(4), "the old checkpoint still holds");
}

fn copies(state: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = Files::of(state);
    [files.lines, files.leaves, files.edge]
        .into_iter()
        .map(|file| (file.clone(), fs::read(&file).unwrap()))
        .collect()
}

#[test]
fn hook_calls_are_provable_and_a_missed_call_is_named() {
    let project = Project::new();
    project.git(&["init", "-q", "."]);
    let call = |event: &str, id: &str| {
        project.hook(&json!({
            "hook_event_name": event, "session_id": "s1", "cwd": project.path(),
            "tool_name": "Read", "tool_use_id": id, "tool_input": {"file_path": "/x"},
        }));
    };
    call("PreToolUse", "t1");
    call("PostToolUse", "t1");
    project.hook(&json!({"hook_event_name": "SessionEnd", "session_id": "s1", "cwd": project.path(), "reason": "other"}));
    let use_of = |id: &str| {
        let block = json!({"type": "tool_use", "id": id, "name": "Read", "input": {}});
        format!("{}\n", json!({"type": "assistant", "message": {"id": "m", "content": [block]}}))
    };
    project.write("transcripts/-x/s1.jsonl", &use_of("t1"));
    let transcripts = project.path().join("transcripts");
    let verify =
        || program(&project, &["audit", "verify", "--transcripts", transcripts.to_str().unwrap()]);
    let out = verify();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(out.status.code(), Some(0), "{text}");
    assert!(text.contains("intact      yes: 3 lines"), "{text}");
    assert!(text.contains("complete    up to line 3, by 1 signed"), "{text}");
    assert!(text.contains("anchored    nowhere"), "{text}");
    assert!(text.contains("s1: 1 tool calls, 0 without a line"), "{text}");

    project.write("transcripts/-x/s1/subagents/agent-a.jsonl", &use_of("t2"));
    let out = verify();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(out.status.code(), Some(5), "{text}");
    assert!(text.contains("s1: 2 tool calls, 1 without a line\n            Read t2"), "{text}");
}

#[test]
fn a_pushed_commit_anchors_the_journal() {
    let project = Project::new();
    project.git(&["init", "-q", "."]);
    project.hook(&json!({"hook_event_name": "SessionEnd", "session_id": "s", "cwd": project.path(), "reason": "other"}));
    let out = program(&project, &["audit", "checkpoint"]);
    let short = String::from_utf8(out.stdout).unwrap().trim().to_owned();
    assert_eq!(Checkpoint::parse_short(&short).unwrap().0, 1);
    let message = format!("work\n\nPortcullis-Journal: {short}");
    project.git(&["commit", "-q", "--allow-empty", "-m", &message]);
    let verify = || {
        let out = program(&project, &["audit", "verify"]);
        (out.status.code(), String::from_utf8(out.stdout).unwrap())
    };
    assert!(verify().1.contains("anchored    nowhere"), "a commit that nobody else has");
    project.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    let (code, text) = verify();
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("anchored    up to line 1, in the pushed commit"), "{text}");

    let file = project.path().join(".git/portcullis/journal/journal.jsonl");
    let changed = fs::read_to_string(&file).unwrap().replace("SessionEnd", "SessionFnd");
    fs::write(&file, changed).unwrap();
    let (code, text) = verify();
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("line 1 is not the line that was written there"), "{text}");
    assert!(text.contains("the anchor in the pushed commit"), "{text}");
}

fn program(project: &Project, args: &[&str]) -> std::process::Output {
    project.command(PROGRAM).args(args).output().unwrap()
}

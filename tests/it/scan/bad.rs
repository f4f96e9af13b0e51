//! Bad input: a clear line for each, the scan goes on, and the exit code says it was incomplete.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;

use portcullis::secrets::template;

use super::{Run, error, line, rows, scan, scan_stdin, token};
use crate::support::Project;

/// Nothing found and a part not looked at.
const INCOMPLETE: i32 = 5;

fn problems(run: &Run) -> Vec<String> {
    let report = run.json();
    assert_eq!(report["complete"], false);
    let rows = report["entries"].as_array().unwrap();
    rows.iter()
        .filter(|row| row["rule"] == "incomplete")
        .map(|row| {
            format!(
                "{}: {}",
                row["place"]["path"].as_str().unwrap(),
                row["message"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn what_is_gone_or_cannot_be_read_is_told_and_the_rest_is_scanned() {
    let project = Project::new();
    let token = token(40);
    project.write("clean", "text\n");
    project.write("holds", &line(&token));
    symlink("loop-b", project.path().join("loop-a")).unwrap();
    symlink("loop-a", project.path().join("loop-b")).unwrap();
    // Reading the memory of a process from its first page fails for root, too.
    let bad = ["vanished", "loop-a", "/proc/self/mem"];
    let run =
        scan(&project, &[&bad[..], &["clean", "--format", "json"]].concat()).check(INCOMPLETE, &[]);
    let told = problems(&run);
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(
        told.iter().any(|row| row.starts_with("vanished: ") && row.contains("gone")),
        "{told:?}"
    );
    let run =
        scan(&project, &[&bad[..], &["holds", "--format", "json"]].concat()).check(1, &[&token]);
    assert!(rows(&run.json()).contains(&error("holds", 1)));
    let run = scan(&project, &["vanished", "clean"]).check(INCOMPLETE, &[]);
    assert!(run.err.contains("INCOMPLETE"), "{}", run.err);
    assert!(run.out.contains("vanished: warning[incomplete]"), "{}", run.out);
}

#[test]
fn links_are_not_followed_so_a_loop_has_an_end() {
    let project = Project::new();
    let token = token(41);
    project.write("dir/holds", &line(&token));
    symlink("..", project.path().join("dir/up")).unwrap();
    symlink(".", project.path().join("self")).unwrap();
    symlink("self-loop", project.path().join("self-loop")).unwrap();
    let report = scan(&project, &["--format", "json"]).check(1, &[&token]).json();
    assert_eq!(rows(&report), [error("dir/holds", 1)]);
    assert_eq!(report["complete"], true);
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn corrupt_archives() {
    let project = Project::new();
    let token = token(42);
    let noise = template::expand("{B64:60000}", 42).unwrap().text.into_bytes();
    let whole = gzip(&noise);
    let mut flipped = zip(&[("bad.bin", noise.as_slice()), ("good.env", line(&token).as_bytes())]);
    flipped[20_000] ^= 0x55;
    let mut cut_tar = b"\0".repeat(1024);
    cut_tar[257..262].copy_from_slice(b"ustar");
    for (name, bytes) in [
        ("cut.gz", whole[..whole.len() / 2].to_vec()),
        ("cut.zip", zip(&[("a", noise.as_slice())])[..30_000].to_vec()),
        ("flipped.zip", flipped),
        ("head.tar", cut_tar),
    ] {
        fs::write(project.path().join(name), bytes).unwrap();
    }
    let run = scan(&project, &["--format", "json"]).check(1, &[&token]);
    let told = problems(&run);
    for name in ["cut.gz", "cut.zip", "flipped.zip", "head.tar"] {
        assert!(
            told.iter()
                .any(|row| row.starts_with(name) && row.contains("archive cannot be read on")),
            "{name}: {told:?}"
        );
    }
    // The member behind the broken one is still found.
    assert!(rows(&run.json()).contains(&error("flipped.zip!good.env", 1)), "{}", run.out);
}

#[test]
fn bombs_end() {
    let project = Project::new();
    let zeros = vec![b' '; 80 << 20];
    let bomb = gzip(&zeros);
    assert!(bomb.len() < 100_000);
    fs::write(project.path().join("a.gz"), &bomb).unwrap();
    // Many members, each small enough.
    let member = gzip(&zeros[..20 << 20]);
    let members: Vec<(String, &[u8])> =
        (0..8).map(|at| (format!("{at}.gz"), member.as_slice())).collect();
    let members: Vec<(&str, &[u8])> =
        members.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    fs::write(project.path().join("b.zip"), zip(&members)).unwrap();
    // Deeper than anyone packs.
    let deep = (0..9).fold(b"text".to_vec(), |inner, _| gzip(&inner));
    fs::write(project.path().join("c.gz"), deep).unwrap();
    let run = scan(&project, &["--format", "json"]).check(INCOMPLETE, &[]);
    let told = problems(&run);
    assert_eq!(told.len(), 3, "{told:?}");
    for (name, words) in
        [("a.gz", "honest archive"), ("b.zip", "honest archive"), ("c.gz", "nested")]
    {
        assert!(
            told.iter().any(|row| row.starts_with(name) && row.contains(words)),
            "{name}: {told:?}"
        );
    }
}

#[test]
fn a_broken_object_is_told_and_the_rest_of_the_history_is_scanned() {
    let project = Project::new();
    let (lost, kept) = (token(43), token(44));
    for at in 0..20 {
        project.write(&format!("f{at}"), &format!("text {at}\n"));
    }
    project.write("lost", &line(&lost));
    project.write("broken", &line(&lost).repeat(2));
    project.write("kept", &line(&kept));
    project.commit("one");
    let object = |path: &str| {
        let id = project.git(&["rev-parse", &format!("HEAD:{path}")]);
        project.path().join(".git/objects").join(&id[..2]).join(&id[2..])
    };
    fs::remove_file(object("lost")).unwrap();
    let broken = object("broken");
    fs::remove_file(&broken).unwrap();
    fs::write(&broken, b"\x78\x01no object").unwrap();
    let run = scan(&project, &["--history", "--format", "json"]).check(1, &[&lost, &kept]);
    let told = problems(&run);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("broken: ") && told[1].starts_with("lost: "), "{told:?}");
    assert!(rows(&run.json()).contains(&error("kept", 1)));
}

#[test]
fn a_shallow_clone_is_no_whole_history() {
    let project = Project::new();
    project.write("a", "a\n");
    project.commit("one");
    project.commit("two");
    let clone = project.outside().join("shallow");
    let from = format!("file://{}", project.path().display());
    project.git(&["clone", "-q", "--depth=1", &from, clone.to_str().unwrap()]);
    let output = project
        .command(crate::support::PROGRAM)
        .current_dir(&clone)
        .args(["scan", "--history"])
        .output()
        .unwrap();
    let run = Run::of(output).check(INCOMPLETE, &[]);
    assert!(run.out.contains("shallow"), "{}", run.out);
}

#[test]
fn outside_of_git_the_sources_of_git_say_so() {
    let project = Project::new();
    let run = |args: &[&str]| {
        let mut command = project.command(crate::support::PROGRAM);
        Run::of(command.current_dir(project.outside()).arg("scan").args(args).output().unwrap())
    };
    for args in [&["--staged"][..], &["--diff", "a..b"], &["--history"]] {
        let run = run(args).check(70, &[]);
        assert!(run.err.contains("git"), "{}", run.err);
    }
}

#[test]
fn any_bytes_are_scanned_to_their_end() {
    let project = Project::new();
    let all: Vec<u8> = (0..=255u8).cycle().take(3 << 20).collect();
    scan_stdin(&project, &["-"], &all).check(0, &[]);
    scan_stdin(&project, &["-"], &[0xff; 100]).check(0, &[]);
    scan_stdin(&project, &["-"], b"PK\x03\x04").check(INCOMPLETE, &[]);
}

//! Where texts come from: a planted token is found at its place, whatever the source.

use std::fs;
use std::io::Write;

use serde_json::Value;

use super::{error, line, rows, scan, scan_stdin, token, warning};
use crate::support::Project;

#[test]
fn standard_input() {
    let project = Project::new();
    let token = token(1);
    let run =
        scan_stdin(&project, &["-", "--format", "json"], format!("a\n{}", line(&token)).as_bytes());
    let report = run.check(1, &[&token]).json();
    assert_eq!(rows(&report), [error("<stdin>", 2)]);
    assert_eq!(report["entries"][0]["place"]["span"]["column"], 10);
    assert_eq!(report["entries"][0]["place"]["span"]["end_column"], 50);
    scan_stdin(&project, &["-"], b"nothing here\n").check(0, &[]);
    scan_stdin(&project, &["-", "other"], b"").check(2, &[]);
}

#[test]
fn a_tree_without_what_ignore_files_name() {
    let project = Project::new();
    let token = token(2);
    for path in ["a.py", "deep/er/b.txt", ".hidden/c", "ignored/d", ".git/e"] {
        project.write(path, &line(&token));
    }
    project.write(".gitignore", "ignored/\n");
    let found = |args: &[&str]| {
        rows(&scan(&project, &[args, &["--format", "json"]].concat()).check(1, &[&token]).json())
    };
    let (a, b, c, d) =
        (error("a.py", 1), error("deep/er/b.txt", 1), error(".hidden/c", 1), error("ignored/d", 1));
    assert_eq!(found(&[]), [c.clone(), a.clone(), b.clone()]);
    assert_eq!(found(&["--no-hidden"]), [a.clone(), b.clone()]);
    assert_eq!(found(&["--no-ignore"]), [c, a.clone(), b, d.clone()]);
    assert_eq!(found(&["a.py", "ignored/d"]), [a, d]);
}

#[test]
fn nothing_to_scan_is_no_yes() {
    let project = Project::new();
    let run = scan(&project, &[]).check(3, &[]);
    assert!(run.err.contains("nothing to scan"), "{}", run.err);
    project.write("a", "text");
    scan(&project, &[]).check(0, &[]);
    scan(&project, &["--staged"]).check(3, &[]);
}

#[test]
fn many_small_files() {
    let project = Project::new();
    let token = token(3);
    for at in 0..2000 {
        project.write(&format!("d{}/f{at}", at % 40), "text\n");
    }
    project.write("d7/planted", &line(&token));
    let report = scan(&project, &["--format", "json"]).check(1, &[&token]).json();
    assert_eq!(rows(&report), [error("d7/planted", 1)]);
    assert_eq!(report["counts"]["files"], 2001);
}

#[test]
fn a_long_file_is_looked_at_in_windows() {
    let project = Project::new();
    let tokens: Vec<String> = (0..40).map(|at| token(100 + at)).collect();
    let filler = "x = 1  # nothing\n".repeat(6_000);
    let mut text = String::new();
    let mut wanted = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        // Odd lengths, so that tokens lie before, on and behind the edges of windows.
        text.push_str(&filler[..filler.len() - at * 17]);
        let lines = text.matches('\n').count() as u64;
        wanted.push(error("long.py", lines + 1));
        text.push_str(&line(token));
    }
    project.write("long.py", &text);
    let report = scan(&project, &["--format", "json"]).check(1, &[&tokens[0]]).json();
    assert_eq!(rows(&report), wanted);
    assert_eq!(report["counts"]["bytes"], text.len());
}

#[test]
fn every_place_near_the_edge_of_a_window_is_found_once() {
    let project = Project::new();
    let token = token(4);
    // Windows are 1 MiB, the last 32 KiB of which are the next one's.
    for edge in [(1 << 20) - (32 << 10), 1 << 20] {
        for back in [0, 1, 20, 39, 40, 41] {
            let mut text = vec![b' '; edge - back];
            text.extend(token.as_bytes());
            text.resize(text.len() + (2 << 20), b' ');
            fs::write(project.path().join("edge"), text).unwrap();
            let report = scan(&project, &["edge", "--format", "json"]).check(1, &[&token]).json();
            let columns: Vec<_> = report["entries"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["place"]["span"]["column"].as_u64().unwrap())
                .collect();
            assert_eq!(columns, [(edge - back) as u64 + 1]);
        }
    }
}

#[test]
fn a_large_file_in_segments_gives_what_one_stream_gives() {
    let project = Project::new();
    let segment = 16 << 20;
    let mut text = vec![b' '; 2 * segment + (3 << 20)];
    for at in (0..text.len()).step_by(70_001) {
        text[at] = b'\n';
    }
    // Before, on and behind the edges of segments and of their surroundings, and near both ends.
    let starts = [
        9,
        segment - (8 << 10) - 20,
        segment - 100,
        segment - 20,
        segment + 41,
        segment + (32 << 10),
        2 * segment - 41 - (8 << 10),
        2 * segment,
        text.len() - 60,
    ];
    let mut first = String::new();
    for (seed, start) in starts.into_iter().enumerate() {
        let token = token(300 + seed as u64);
        text[start..start + token.len()].copy_from_slice(token.as_bytes());
        // A character of two bytes in front of it counts as one column.
        text[start - 3..start - 1].copy_from_slice("é".as_bytes());
        first = token;
    }
    fs::write(project.path().join("large"), &text).unwrap();
    let stream = scan_stdin(&project, &["-", "--format", "json"], &text).check(1, &[&first]).json();
    let args = ["large", "--threads", "3", "--format", "json"];
    let split = scan(&project, &args).check(1, &[&first]).json();
    let places = |report: &Value| -> Vec<Value> {
        let entries = report["entries"].as_array().unwrap();
        entries.iter().map(|row| row["place"]["span"].clone()).collect()
    };
    assert_eq!(places(&stream).len(), 9);
    assert_eq!(places(&split), places(&stream));
    assert_eq!(split["counts"]["bytes"], text.len());
    assert_eq!(split["counts"]["files"], 1);
}

#[test]
fn encoded_secrets_are_found_at_their_place_in_the_file() {
    let project = Project::new();
    let token = token(5);
    let plain = format!("user: admin\ntoken: {token}\n");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(plain.as_bytes()).unwrap();
    let packed = gzip.finish().unwrap();
    let percent: String = token.bytes().map(|byte| format!("%{byte:02x}")).collect();
    for (name, text) in [
        ("base64", base64(plain.as_bytes())),
        ("base64>gzip", base64(&packed)),
        ("base64>base64", base64(base64(plain.as_bytes()).as_bytes())),
        ("percent", percent),
    ] {
        project.write("a.yaml", &format!("kind: Secret\n  data: {text}\n"));
        let report = scan(&project, &["a.yaml", "--format", "json"]).check(1, &[&token]).json();
        assert_eq!(rows(&report), [error("a.yaml", 2)], "{name}");
        let message = report["entries"][0]["message"].as_str().unwrap();
        assert!(message.ends_with(&format!("encoded ({name})")), "{message}");
        assert_eq!(report["entries"][0]["place"]["span"]["column"], 9, "{name}");
    }
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let at = |place: usize| u32::from(chunk.get(place).copied().unwrap_or_default());
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * place) & 63) as usize]);
            text.push(if place <= chunk.len() { digit } else { '=' });
        }
    }
    text
}

#[test]
fn what_is_staged_and_only_what_is_added() {
    let project = Project::new();
    let (old, new, later) = (token(5), token(6), token(7));
    project.write("a", &line(&old));
    project.write("moved", &format!("{}{}", "same\n".repeat(40), line(&old)));
    // Before the first commit everything is added.
    project.git(&["add", "a"]);
    let staged = |code| {
        rows(&scan(&project, &["--staged", "--format", "json"]).check(code, &[&old, &new]).json())
    };
    assert_eq!(staged(1), [error("a", 1)]);
    project.commit("one");
    project.write("a", &format!("top\n{}", line(&old)));
    project.git(&["mv", "moved", "renamed"]);
    project.git(&["add", "-A"]);
    assert_eq!(staged(0), [warning("a", 2)]);
    project.write("renamed", &format!("{}{}more\n", "same\n".repeat(40), line(&old)));
    project.git(&["add", "-A"]);
    assert_eq!(staged(0), [warning("a", 2), warning("renamed", 41)]);
    project.write("a", &format!("top\n{}{}", line(&old), line(&new)));
    project.git(&["add", "-A"]);
    // What is in the working tree only is not looked at.
    project.write("a", &line(&later));
    assert_eq!(staged(1), [warning("a", 2), error("a", 3), warning("renamed", 41)]);
}

#[test]
fn a_merge_does_not_judge_what_the_other_branch_committed() {
    let project = Project::new();
    let (theirs, mine) = (token(8), token(9));
    project.write("a", "a\n");
    project.commit("one");
    project.git(&["checkout", "-q", "-b", "other"]);
    project.write("b", &line(&theirs));
    project.commit("two");
    project.git(&["checkout", "-q", "main"]);
    project.write("c", "c\n");
    project.commit("three");
    project.git(&["merge", "-q", "--no-commit", "other"]);
    project.write("evil", &line(&mine));
    project.git(&["add", "-A"]);
    let report =
        scan(&project, &["--staged", "--format", "json"]).check(1, &[&theirs, &mine]).json();
    assert_eq!(rows(&report), [error("evil", 1)]);

    project.git(&["commit", "-q", "-m", "merge"]);
    let report =
        scan(&project, &["--history", "--format", "json"]).check(1, &[&theirs, &mine]).json();
    assert_eq!(rows(&report), [error("b", 1), error("evil", 1)]);
    let merge = project.git(&["rev-parse", "HEAD"]);
    assert_eq!(report["entries"][1]["place"]["commit"]["id"], merge.as_str());
}

#[test]
fn a_range() {
    let project = Project::new();
    let (old, new) = (token(10), token(11));
    project.write("a", &line(&old));
    project.commit("one");
    project.git(&["tag", "v1"]);
    project.write("a", &format!("{}{}", line(&old), line(&new)));
    project.write("gone", &line(&new));
    project.commit("two");
    project.git(&["rm", "-q", "gone"]);
    project.commit("three");
    for range in ["v1..HEAD", "v1..", "v1...HEAD"] {
        let report =
            scan(&project, &["--diff", range, "--format", "json"]).check(1, &[&old, &new]).json();
        assert_eq!(rows(&report), [warning("a", 1), error("a", 2)], "{range}");
    }
    // The range of a history sees what was taken out again.
    let report =
        scan(&project, &["--history=v1..HEAD", "--format", "json"]).check(1, &[&new]).json();
    assert!(rows(&report).contains(&error("gone", 1)), "{report}");
    for wrong in ["--diff=nonsense", "--diff=v1..nowhere", "--history=nowhere..HEAD"] {
        scan(&project, &[wrong]).check(70, &[]);
    }
}

#[test]
fn a_history_tells_where_a_secret_appeared_first() {
    let project = Project::new();
    let (deleted, kept) = (token(12), token(13));
    project.write("a", "nothing\n");
    project.commit("one");
    project.write("dir/deleted.env", &line(&deleted));
    project.write("kept", &line(&kept));
    project.commit("two");
    let second = project.git(&["rev-parse", "HEAD"]);
    project.git(&["rm", "-q", "dir/deleted.env"]);
    project.write("kept", &format!("more\n{}", line(&kept)));
    project.git(&["mv", "a", "renamed"]);
    project.commit("three");
    project.git(&["gc", "-q"]);
    scan(&project, &[]).check(1, &[&kept]);
    let report =
        scan(&project, &["--history", "--format", "json"]).check(1, &[&deleted, &kept]).json();
    assert_eq!(rows(&report), [error("dir/deleted.env", 1), error("kept", 1)]);
    for row in report["entries"].as_array().unwrap() {
        assert_eq!(row["place"]["commit"]["id"], second.as_str());
        assert_eq!(row["place"]["commit"]["author"], "Test <test@example.invalid>");
    }
    // `a` under both names is one blob; the two versions of `kept` are two.
    assert_eq!(report["counts"]["files"], 4);
}

#[test]
fn a_history_of_more_blobs_than_one_question_holds() {
    let project = Project::new();
    let token = token(14);
    for at in 0..1500 {
        project.write(&format!("f{at}"), &format!("text {at}\n"));
    }
    project.write("planted", &line(&token));
    project.commit("one");
    project.git(&["gc", "-q"]);
    let report = scan(&project, &["--history", "--format", "json"]).check(1, &[&token]).json();
    assert_eq!(rows(&report), [error("planted", 1)]);
    assert_eq!(report["counts"]["files"], 1501);
}

#[test]
fn archives_in_archives() {
    let project = Project::new();
    let token = token(15);
    let secret = line(&token);
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(secret.len() as u64);
    header.set_mode(0o644);
    tar.append_data(&mut header, "in/tar.txt", secret.as_bytes()).unwrap();
    let tar = tar.into_inner().unwrap();
    let gzip = |bytes: &[u8]| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    };
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, bytes) in [("plain.env", secret.as_bytes()), ("nested.tgz", &gzip(&tar))] {
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
    }
    let zip = zip.finish().unwrap().into_inner();
    fs::write(project.path().join("a.zip"), &zip).unwrap();
    fs::write(project.path().join("b.tar"), &tar).unwrap();
    fs::write(project.path().join("c.txt.gz"), gzip(secret.as_bytes())).unwrap();
    let wanted = [
        error("a.zip!nested.tgz!nested.tar!in/tar.txt", 1),
        error("a.zip!plain.env", 1),
        error("b.tar!in/tar.txt", 1),
        error("c.txt.gz!c.txt", 1),
    ];
    let report = scan(&project, &["--format", "json"]).check(1, &[&token]).json();
    assert_eq!(rows(&report), wanted);
    // Out of git, where nothing can be sought in.
    project.git(&["add", "-A"]);
    let report = scan(&project, &["--staged", "--format", "json"]).check(1, &[&token]).json();
    assert_eq!(rows(&report), wanted);
    let report = scan_stdin(&project, &["-", "--format", "json"], &zip).check(1, &[&token]).json();
    assert_eq!(rows(&report).len(), 2);
    // The plain tar holds the text as it is.
    let report = scan(&project, &["--no-archives", "--format", "json"]).check(1, &[&token]).json();
    assert!(rows(&report).contains(&error("b.tar", 1)));
    assert_eq!(report["counts"]["members"], 0);
}

#[test]
fn every_encoding_of_text() {
    let project = Project::new();
    let token = token(16);
    let text = format!("first line\r\nsecond grüße {}", line(&token)).repeat(3);
    let utf16 = |mark: &str, big: bool| -> Vec<u8> {
        let text = format!("{mark}{text}");
        let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(unit).collect()
    };
    let mut invalid = b"\xff\xfa\xc3\n\xe9t\xe9 ".to_vec();
    invalid.extend(line(&token).as_bytes());
    let mut binary = vec![0x7f, b'E', b'L', b'F', 0, 0, 0, 1, 2, 3, 0];
    binary.extend(token.as_bytes());
    binary.push(0);
    let column = |report: &Value| report["entries"][0]["place"]["span"]["column"].as_u64().unwrap();
    for (name, bytes, first, at) in [
        ("le", utf16("\u{feff}", false), 2, 23),
        ("be", utf16("\u{feff}", true), 2, 23),
        ("bare-le", utf16("", false), 2, 23),
        ("bare-be", utf16("", true), 2, 23),
        ("invalid", invalid, 2, 14),
        ("binary", binary, 1, 12),
    ] {
        fs::write(project.path().join(name), bytes).unwrap();
        let report = scan(&project, &[name, "--format", "json"]).check(1, &[&token]).json();
        assert_eq!(rows(&report)[0], error(name, first));
        assert_eq!(column(&report), at, "{name}");
    }
}

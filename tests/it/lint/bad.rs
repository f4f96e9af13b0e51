//! Input that no one means to write: nothing panics, and what is wrong is said.

use std::path::Path;

use super::look;

fn write(dir: &Path, path: &str, bytes: &[u8]) {
    let file = dir.join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, bytes).unwrap();
}

fn ids(dir: &Path) -> Vec<&'static str> {
    let (_, findings) = look(dir);
    findings.iter().map(|finding| finding.rule.id).collect()
}

#[test]
fn a_definition_over_the_clients_limit_is_refused_unread() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = b"---\nname: a\ndescription: b\n---\n".to_vec();
    text.resize(50 * 1024 * 1024, b'x');
    write(dir.path(), ".claude/agents/a.md", &text);
    assert!(ids(dir.path()).contains(&"file-too-large"));
}

#[test]
fn an_alias_bomb_costs_little() {
    let dir = tempfile::tempdir().unwrap();
    let mut text =
        String::from("---\nname: a\ndescription: b\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let before = format!("*a{}", n - 1);
        text.push_str(&format!("a{n}: &a{n} [{}]\n", [before.as_str(); 10].join(", ")));
    }
    text.push_str("---\n");
    write(dir.path(), ".claude/agents/a.md", text.as_bytes());
    assert!(ids(dir.path()).contains(&"frontmatter-unreadable"));
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), ".claude-plugin/plugin.json", "[".repeat(100_000).as_bytes());
    let deep = format!("---\nname: a\nx1: {}\n---\n", "[".repeat(50_000));
    write(dir.path(), ".claude/agents/a.md", deep.as_bytes());
    let script = format!("export const meta = {}", "[".repeat(50_000));
    write(dir.path(), ".claude/workflows/w.js", script.as_bytes());
    let markdown = format!("---\ndescription: x\n---\n{}", "> ".repeat(50_000));
    write(dir.path(), ".claude/commands/c.md", markdown.as_bytes());
    let ids = ids(dir.path());
    assert!(ids.contains(&"json-syntax") && ids.contains(&"frontmatter-unreadable"), "{ids:?}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_only_inside() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "outside.md", b"---\nname: a\ndescription: b\n---\n");
    write(dir.path(), "p/.claude-plugin/plugin.json", b"{\"name\": \"p\"}");
    std::fs::create_dir_all(dir.path().join("p/agents")).unwrap();
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, dir.path().join("p/agents").join(name)).unwrap();
    };
    link("../../outside.md", "out.md");
    link("gone.md", "gone.md");
    link("loop.md", "loop.md");
    link("..", "up.md");
    let ids = ids(&dir.path().join("p"));
    assert!(ids.contains(&"link-target-outside"), "{ids:?}");
    assert_eq!(ids.iter().filter(|id| **id == "link-target-missing").count(), 2, "{ids:?}");
}

#[test]
fn a_folder_in_place_of_a_file_is_none() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(dir.path().join(".claude/agents/a.md")).unwrap();
    std::fs::create_dir_all(dir.path().join(".claude-plugin/plugin.json")).unwrap();
    assert!(ids(dir.path()).is_empty());
}

#[test]
fn bytes_of_any_kind_do_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let noise: Vec<u8> =
        (0..20_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for path in [
        ".claude/agents/a.md",
        ".claude/settings.json",
        ".claude/workflows/a.js",
        "portcullis.yaml",
    ] {
        write(dir.path(), path, &noise);
    }
    assert!(ids(dir.path()).contains(&"file-not-utf8"));
}

#[test]
fn a_secret_is_found_and_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    let token = portcullis::secrets::template::expand("ghp_{A:30}{crc32-base62}", 7).unwrap().text;
    let text = format!("---\nname: a\ndescription: Use when needed.\n---\nToken {token} here.\n");
    write(dir.path(), ".claude/agents/a.md", text.as_bytes());
    let output = std::process::Command::new(crate::support::PROGRAM)
        .arg("validate")
        .current_dir(dir.path())
        .env_clear()
        .output()
        .unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("secret-in-definition") && shown.contains("github-pat"), "{shown}");
    assert!(!shown.contains(&token) && !shown.contains("ghp_"), "{shown}");
}

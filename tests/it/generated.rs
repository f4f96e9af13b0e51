//! Files made from the code: the committed ones must equal what the code says today.
//! `PORTCULLIS_UPDATE=1 cargo test --test it generated` rewrites them.

use std::path::Path;

use portcullis::cmd::schema;
use portcullis::{check, cli, exit, hook, secrets};

/// Compares a committed file with its generated text, or rewrites it.
fn check_file(path: &str, wanted: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("PORTCULLIS_UPDATE").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, wanted).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == wanted,
        "{path} is not what the code says; run `PORTCULLIS_UPDATE=1 cargo test --test it generated` and commit"
    );
}

#[test]
fn schemas() {
    let mut names: Vec<String> = Vec::new();
    for (name, schema) in schema::all() {
        names.push(format!("{name}.schema.json"));
        check_file(&format!("schemas/{name}.schema.json"), &format!("{schema:#}\n"));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(&name), "schemas/{name} is made by nothing");
    }
}

#[test]
fn the_command_line_page() {
    let mut text =
        String::from("# The command line\n\nGenerated from `src/cli.rs` and `src/exit.rs`.\n");
    let mut grammar = cli::grammar();
    grammar.build();
    describe(&grammar, "", &mut text);
    text.push_str("\n## Exit codes\n\n");
    text.push_str(&exit_table());
    check_file("docs/cli.md", &text);
}

fn describe(command: &clap::Command, parent: &str, text: &mut String) {
    let name = format!("{parent}{}", command.get_name());
    let mut usage = command.clone().bin_name(&name).term_width(100);
    text.push_str(&format!(
        "\n## `{name}`\n\n```text\n{}```\n",
        trimmed(&usage.render_help().to_string())
    ));
    for sub in command.get_subcommands() {
        describe(sub, &format!("{name} "), text);
    }
}

fn trimmed(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn exit_table() -> String {
    let mut table = String::from("| code | meaning |\n|---|---|\n");
    for (exit, meaning) in exit::ALL {
        table.push_str(&format!("| {} | {meaning} |\n", exit.code()));
    }
    table
}

#[test]
fn the_readme_holds_the_exit_codes() {
    let readme =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains(&exit_table()), "README.md lacks this table:\n{}", exit_table());
}

#[test]
fn the_pages_of_checks_and_rules() {
    for check in check::CHECKS {
        let page = check.page();
        assert!(
            page.contains("**What it does.**") && page.contains("**Rules.**"),
            "{}: {page}",
            check.id
        );
        check_file(&format!("docs/rules/{}.md", check.id), &format!("# {}\n\n{page}\n", check.id));
    }
    check_file("docs/rules/internal.md", &format!("# internal\n\n{}\n", hook::PAGE));
    let mut text = String::from(
        "# Secret rules\n\nGenerated from `rules/secrets/`. `portcullis explain ID` prints one.\n",
    );
    for rule in secrets::rules() {
        text.push_str(&format!("\n## {}\n\n{}\n", rule.id, secrets::page(rule).trim_end()));
    }
    check_file("docs/rules/secret-kinds.md", &text);
}

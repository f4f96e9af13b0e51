//! Files made from the code: the committed ones must equal what the code says today.
//! `PORTCULLIS_UPDATE=1 cargo test --test it generated` rewrites them.

use std::path::Path;

use portcullis::cmd::schema;
use portcullis::{check, cli, exit, hook, lint, secrets, shell};

/// Compares a committed file with its generated text, or rewrites it.
pub(crate) fn check_file(path: &str, wanted: &str) {
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

#[test]
fn the_pages_of_definition_rules() {
    let mut index = String::from(
        "# Rules for definitions\n\nGenerated from `src/lint/family/`. `portcullis explain ID` prints one.\n\n\
         | rule | verdict | what it finds |\n|---|---|---|\n",
    );
    let mut names = vec!["README.md".to_owned()];
    for rule in lint::rules() {
        let id = rule.id;
        check_file(
            &format!("docs/rules/validate/{id}.md"),
            &format!("# {id}\n\n{}\n", rule.page()),
        );
        names.push(format!("{id}.md"));
        let (verdict, title) = (rule.verdict.word(), rule.title());
        index.push_str(&format!("| [{id}]({id}.md) | {verdict} | {title} |\n"));
    }
    check_file("docs/rules/validate/README.md", &index);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules/validate");
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(&name), "docs/rules/validate/{name} is made by nothing");
    }
}

#[test]
fn the_page_of_actions() {
    let cell = |list: &[&str]| {
        let words: Vec<String> =
            list.iter().map(|word| format!("`{}`", word.replace('|', "\\|"))).collect();
        words.join(" ")
    };
    let mut text = ACTIONS.to_owned();
    let rows: Vec<shell::Row> = shell::rows().collect();
    for kind in shell::ActionKind::ALL {
        text.push_str(&format!(
            "\n## {}\n\n| command | only with | not with |\n|---|---|---|\n",
            kind.word()
        ));
        for row in rows.iter().filter(|row| row.kind == *kind) {
            let mut with = vec![cell(row.needs), cell(row.operands), cell(row.assigns)];
            if row.bare {
                with.push("no operand".to_owned());
            }
            with.retain(|part| !part.is_empty());
            // A long list of operands is read in the table itself.
            let with = with.join("; ");
            let with = match with.char_indices().nth(160) {
                Some((end, _)) => {
                    format!("{} …", with[..end].rsplit_once(' ').map_or("", |(head, _)| head))
                }
                None => with,
            };
            let command = format!("{} {}", row.program, row.verb);
            text.push_str(&format!("| `{}` | {with} | {} |\n", command.trim_end(), cell(row.dry)));
        }
        for row in shell::tool_rows().filter(|row| row.kind == *kind) {
            let with = if row.unseen { "always refused" } else { "" };
            text.push_str(&format!("| tool `{}` | {with} | |\n", row.pattern));
        }
    }
    check_file("docs/actions.md", &text);
}

/// What stands above the tables of `docs/actions.md`.
const ACTIONS: &str = "# Guarded actions

Generated from `gates/actions/`, which is compiled into the binary.

Push, publish, release and deploy wait for their gates (`portcullis explain boundary`), destroy is asked \
(`destroy`), guard-tamper is refused (`tamper`), secret-read is answered by `secrets.reads` of the policy \
(`secret-read`), commit is scanned for secrets (`commit`). `--help` and `--version` are never the action.

## Fields

An entry is a program (`names`, `values`, `folder`, `verbs`) or tools of MCP servers (`tools`, `kind`, `unseen`).

| field | meaning |
|---|---|
| `names` | all names that the program is installed under |
| `values` | options that take a value, so that the verb is found behind them |
| `folder` | those of them whose value is the folder that the command acts on |
| `verb` | its words, all of them operands in this order; empty when the program itself is the action |
| `kind` | commit, push, publish, release, deploy, destroy, guard-tamper or secret-read |
| `dry` | options with which it is not the action; `-X=GET` also compares the value |
| `needs`, `also` | it is the action only with one of these options (of both lists) |
| `operands` | it is the action only with an operand that one of these patterns fits |
| `except` | operands that do not count, although `operands` or `last` fits them |
| `last` | a pattern that the last operand must fit |
| `contains`, `lacks` | phrases that the arguments must, must not hold; compared without case |
| `assigns` | it is the action only with one of these variables set in front of it |
| `least` | fewest operands |
| `bare` | it is the action only without operands |
| `anywhere` | the verb may be any operand, also as the last part of a task path (`:lib:publish`) |
| `loses` | what is lost, for the question |
| `example` | arguments that meet the conditions; the tests use them |
| `tools` | patterns of the names of MCP tools |
| `unseen` | what goes out stands in the call and in no tree, so no receipt can be for it |

In patterns `*` is any text without a `/`, `**` any text, `[ab]` one of these characters. A word that the line gives only \
in part is compared with a `$` in front of what is known of it.

## Rows of your own

`actions` in `portcullis.yaml` adds rows: `program` (or `tool`), `verb`, `kind`, and of the fields above `dry`, `values`, \
`folder`, `needs`, `operands`, `except`, `contains`, `anywhere`, `unseen`.

```yaml
actions:
  - {program: shipit, verb: prod, kind: deploy, values: [--region], dry: [--plan]}
  - {tool: mcp__*__ship, kind: deploy}
```
";

//! The page of a rule, as `portcullis explain` prints it.

use std::fmt::Write;

use super::rule::Rule;

/// The page, in Markdown.
pub fn page(rule: &Rule) -> String {
    let mut page = format!("# {}\n\n{}, issued by {}.\n", rule.id, rule.title, rule.provider);
    // Writing to a string does not fail.
    let _ = write!(
        page,
        "\nSeverity {}, confidence {}.\n\n## What it gives access to\n\n{}\n\n\
         ## How it is recognised\n\nThe form `{}`, with none of the characters `{}` touching it{}",
        rule.severity.word(),
        rule.confidence.word(),
        rule.access,
        rule.pattern,
        set(rule),
        if rule.open_end { "; it goes on for as long as they follow." } else { "." },
    );
    if let Some(floor) = rule.entropy {
        let _ = write!(page, "\nIt must look random: at least {floor} bits a character.");
    }
    page.push_str("\nPlaceholders (`EXAMPLE`, `your_…`, runs of one character, counting rows) are left alone.\n");
    let _ = match rule.check {
        Some(check) => write!(
            page,
            "\n## Offline check\n\n{} A match that fails this is not reported.\n",
            check.sentence()
        ),
        None => write!(page, "\n## Offline check\n\nNone: the form alone decides.\n"),
    };
    let _ = write!(
        page,
        "\n## What to do\n\nKeep it out of files, commands and prompts: put it into an environment \
         variable or a secret store, and write only the name there. If it already left this \
         machine (a commit, a prompt, a log), treat it as known to others: {}\n\n\
         ## Source\n\n{} (checked {}). Vendor: <{}>\n",
        rule.rotate,
        rule.source.trim_end_matches('.'),
        rule.checked,
        rule.docs,
    );
    page
}

/// The rule's alphabet, written as ranges.
fn set(rule: &Rule) -> String {
    let mut text = String::new();
    let mut byte = 0;
    while byte < 128u8 {
        if !rule.alphabet.has(byte) {
            byte += 1;
            continue;
        }
        let first = byte;
        while byte < 127 && rule.alphabet.has(byte + 1) {
            byte += 1;
        }
        text.push(char::from(first));
        if byte > first {
            if byte > first + 1 {
                text.push('-');
            }
            text.push(char::from(byte));
        }
        byte += 1;
    }
    text
}

//! The page of a rule, as `portcullis explain` prints it.

use std::fmt::Write;

use super::rule::{Detector, Rule, Tier};

/// The page, in Markdown.
pub fn page(rule: &Rule) -> String {
    let mut page = format!("# {}\n\n{}, issued by {}.\n", rule.id, rule.title, rule.provider);
    // Writing to a string does not fail.
    let _ = write!(
        page,
        "\nSeverity {}, confidence {}. {}\n\n## What it gives access to\n\n{}\n\n\
         ## How it is recognised\n\n{} `{}`, with none of the characters `{}` touching it{}",
        rule.severity.word(),
        rule.confidence.word(),
        match rule.tier {
            Tier::Block => "A match is refused.",
            Tier::Warn => "A match is a warning, because its form alone is no proof.",
        },
        rule.access,
        how(rule),
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
            "\n## Offline check\n\n{} A match that fails this is {}.\n",
            check.sentence(),
            if check.refutes() { "not reported" } else { "reported as a warning only" },
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

/// What comes before the form.
fn how(rule: &Rule) -> String {
    match rule.detector {
        Detector::Pattern => "The form".to_owned(),
        Detector::Context => format!(
            "Behind one of the words `{}` and a credential's name, a value of the form",
            rule.keywords.join("`, `")
        ),
        Detector::Assignment => format!(
            "Assigned to a name that holds one of the words `{}`, a value that the model of values \
             takes for one, of the form",
            rule.keywords.join("`, `")
        ),
        Detector::Call => format!(
            "As the second literal of one of the calls `{}`, a value of the form",
            rule.keywords.join("`, `")
        ),
        Detector::Pgpass => "As the fifth field of a line `host:port:database:user:password`, a \
             value of the form"
            .to_owned(),
        Detector::Url => "Between user and host of a URL, a value of the form".to_owned(),
        Detector::Command => format!(
            "As the password option of one of the commands `{}`, a value of the form",
            rule.keywords.join("`, `")
        ),
    }
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

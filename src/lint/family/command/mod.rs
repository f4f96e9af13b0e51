//! Rules about slash commands, and about what the client replaces in the text of a command or skill.

use std::ops::Range;

use crate::bundle::file::File;
use crate::lint::rule::Rule;
use crate::lint::search;

pub mod command_argument_hint_missing;
pub mod command_argument_index;
pub mod command_arguments_unused;
pub mod command_body_empty;
pub mod command_description_missing;
pub mod command_dollar_replaced;
pub mod command_key_ignored;
pub mod command_placeholder_unknown;
pub mod command_shell_position;
pub mod command_shell_unpermitted;
pub mod command_stray_document;

/// The rules of this family.
pub static RULES: &[&Rule] = &[
    &command_argument_hint_missing::RULE,
    &command_argument_index::RULE,
    &command_arguments_unused::RULE,
    &command_body_empty::RULE,
    &command_description_missing::RULE,
    &command_dollar_replaced::RULE,
    &command_key_ignored::RULE,
    &command_placeholder_unknown::RULE,
    &command_shell_position::RULE,
    &command_shell_unpermitted::RULE,
    &command_stray_document::RULE,
];

/// `$0`, `$1`, … in a body: the number and its place. Escaped ones and words like `$1M` are none, as for the client.
fn indices(file: &File) -> Vec<(usize, Range<usize>)> {
    let (body, start) = (file.body(), file.body_start());
    let bytes = body.as_bytes();
    let mut found = Vec::new();
    for at in memchr::memchr_iter(b'$', bytes) {
        let digits = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let end = at + 1 + digits;
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let escaped = at > 0 && bytes[at - 1] == b'\\';
        if digits == 0 || escaped || bytes.get(end).is_some_and(word) {
            continue;
        }
        if let Ok(number) = body[at + 1..end].parse() {
            found.push((number, start + at..start + end));
        }
    }
    found
}

/// Whether a number behind a dollar sign is rather a sum of money: `$1,000`, `$5.50`, `$3/month`, `$2 million`, `$20`.
fn is_money(file: &File, number: usize, span: &Range<usize>) -> bool {
    let rest = file.text().get(span.end..).unwrap_or_default();
    let mut chars = rest.chars();
    let (first, second) = (chars.next().unwrap_or(' '), chars.next().unwrap_or(' '));
    let decimal = matches!(first, '.' | ',') && second.is_ascii_digit();
    let unit =
        ["/", "+", "-$", " - $", "\u{2013}$", " per ", " million", " billion", " USD", " to $"];
    decimal || number > 9 || unit.iter().any(|unit| rest.starts_with(unit))
}

/// A shell command that the client runs before it sends the text: `` !`cmd` ``.
pub(in crate::lint) struct Shell<'a> {
    /// The command.
    pub(in crate::lint) command: &'a str,
    /// All of it, with `!` and back quotes.
    pub(in crate::lint) span: Range<usize>,
    /// The character before it.
    pub(in crate::lint) before: Option<char>,
}

/// Everything in a body that looks like such a command, run or not.
pub(in crate::lint) fn shells(file: &File) -> Vec<Shell<'_>> {
    let (body, start) = (file.body(), file.body_start());
    let mut found = Vec::new();
    for at in search::places(body, "!`") {
        let inside = &body[at + 2..];
        let Some(length) = inside.find('`') else { continue };
        let command = &inside[..length];
        if command.trim().is_empty() || command.contains('\n') {
            continue;
        }
        found.push(Shell {
            command: command.trim(),
            span: start + at..start + at + 3 + length,
            before: body[..at].chars().next_back(),
        });
    }
    found
}

/// The placeholders that the client replaces by all arguments.
fn takes_all(file: &File) -> bool {
    search::holds(file.body(), "$ARGUMENTS")
}

//! Redirections and here-documents: what is written, what is read, and to whom it belongs.

use tree_sitter::Node;

use super::Word;
use super::folder::located;
use super::tree::{Call, Reader, Stdin};

/// Redirections of one statement.
#[derive(Debug, Default)]
pub(super) struct Redirects<'t> {
    pub(super) writes: Vec<Word>,
    /// Words after a redirection that belong to the command.
    pub(super) args: Vec<Word>,
    pub(super) stdin: Option<Stdin>,
    /// What follows a here-document on its line: stages of a pipeline, and statements.
    pub(super) stages: Vec<Node<'t>>,
    pub(super) after: Vec<Node<'t>>,
}

/// The redirections of the last part of a list.
#[derive(Debug)]
pub(super) enum Last<'t> {
    /// These.
    With(Redirects<'t>),
    /// Those that hang on this statement; what they expand to is seen when it is their turn.
    Of(Node<'t>),
}

impl Reader<'_> {
    pub(super) fn only_writes(&mut self, writes: Vec<Word>) {
        if !writes.is_empty() {
            let dir = self.scope.dir.clone();
            self.push(Call { writes, dir, ..Call::default() });
        }
    }

    pub(super) fn redirected(&mut self, src: &str, node: Node<'_>) {
        match node.child_by_field_name("body").filter(|body| body.kind() == "list") {
            Some(list) => self.list(src, list, Some(Last::Of(node))),
            None => self.redirect_all(src, node, None),
        }
    }

    /// Walks `part`, or the body of `node`, with the redirections that hang on `node`.
    pub(super) fn redirect_all(&mut self, src: &str, node: Node<'_>, part: Option<Node<'_>>) {
        let mut redirects = Redirects::default();
        for redirect in node.children_by_field_name("redirect", &mut node.walk()) {
            self.redirect(src, redirect, &mut redirects);
        }
        let stages = std::mem::take(&mut redirects.stages);
        let after = std::mem::take(&mut redirects.after);
        self.mark = self.reading.commands.len();
        match part.or_else(|| node.child_by_field_name("body")) {
            Some(body) => self.with_redirects(src, body, redirects),
            None => self.only_writes(redirects.writes),
        }
        let mark = self.mark;
        if !stages.is_empty() {
            let input = self.captured_since(mark);
            self.pipeline(src, &stages, Some(input), None);
        }
        for next in after {
            self.walk(src, next);
        }
    }

    /// Walks a statement whose redirections are known. The grammar hangs those of the last
    /// command of a list or pipeline on the whole; the shell does not.
    pub(super) fn with_redirects(&mut self, src: &str, node: Node<'_>, redirects: Redirects<'_>) {
        if self.exhausted() {
            return self.only_writes(redirects.writes);
        }
        self.depth += 1;
        match node.kind() {
            "list" => self.list(src, node, Some(Last::With(redirects))),
            "pipeline" => {
                let stages: Vec<_> = node.named_children(&mut node.walk()).collect();
                self.pipeline(src, &stages, None, Some(redirects));
            }
            "negated_command" => match node.named_children(&mut node.walk()).last() {
                Some(inner) => self.with_redirects(src, inner, redirects),
                None => self.only_writes(redirects.writes),
            },
            "command" => {
                self.mark = self.reading.commands.len();
                self.command(src, node, redirects);
            }
            _ => {
                self.mark = self.reading.commands.len();
                self.only_writes(redirects.writes);
                let saved = self.scope.stdin.clone();
                if let Some(stdin) = redirects.stdin {
                    self.scope.stdin = stdin;
                }
                self.walk(src, node);
                self.scope.stdin = saved;
            }
        }
        self.depth -= 1;
    }

    pub(super) fn redirect<'t>(&mut self, src: &str, node: Node<'t>, into: &mut Redirects<'t>) {
        match node.kind() {
            "file_redirect" => {
                let head = src[node.byte_range()].trim_start_matches(|c: char| c.is_ascii_digit());
                let operator: &str = &head[..head
                    .find(|c| !matches!(c, '<' | '>' | '&' | '|' | '-'))
                    .unwrap_or(head.len())];
                let mut destinations = node
                    .children_by_field_name("destination", &mut node.walk())
                    .collect::<Vec<_>>()
                    .into_iter();
                if let Some(first) = destinations.next() {
                    let target = self.joined(src, first);
                    let descriptor = operator.ends_with('&') && first.kind() == "number";
                    if operator.contains('>') && !descriptor {
                        into.writes.push(target);
                    } else if operator.starts_with('<') && !descriptor {
                        let file = if target.certain && target.text != "/dev/null" {
                            Some(located(self.scope.dir.as_deref(), &target.text))
                        } else {
                            None
                        };
                        into.stdin = Some(match (self.printed_by(&target), file) {
                            // `< <(echo …)` is what the command prints.
                            (Some(text), _) => Stdin::Text(text),
                            (None, Some(file)) => Stdin::File(file),
                            (None, None) if target.certain => Stdin::Text("".into()),
                            (None, None) => Stdin::Unknown,
                        });
                    }
                }
                for extra in destinations {
                    into.args.append(&mut self.words(src, extra));
                }
            }
            "herestring_redirect" => {
                let value = node.named_children(&mut node.walk()).last();
                let word = value.map(|value| self.joined(src, value));
                into.stdin = Some(match word {
                    Some(Word { text, certain: true }) => Stdin::Text((text + "\n").into()),
                    _ => Stdin::Unknown,
                });
            }
            "heredoc_redirect" => {
                let mut quoted = false;
                for child in node.children(&mut node.walk()).collect::<Vec<_>>() {
                    match child.kind() {
                        "heredoc_start" => {
                            quoted = src[child.byte_range()].contains(['\'', '"', '\\'])
                        }
                        "file_redirect" | "herestring_redirect" => self.redirect(src, child, into),
                        "pipeline" => into.stages.extend(child.named_children(&mut child.walk())),
                        "heredoc_body" => into.stdin = Some(self.here_document(src, child, quoted)),
                        "heredoc_end" | "file_descriptor" => {}
                        kind if !child.is_named() => _ = kind,
                        "word"
                        | "string"
                        | "raw_string"
                        | "concatenation"
                        | "simple_expansion"
                        | "expansion"
                        | "number"
                        | "ansi_c_string"
                        | "command_substitution" => {
                            let text = &src[child.byte_range()];
                            if text.starts_with('\n') {
                                // The grammar takes the first line of the document for words of the command.
                                self.unsure_near(text, "a here-document cannot be parsed");
                                self.unsure_near(src, "a here-document cannot be parsed");
                            }
                            into.args.append(&mut self.words(src, child));
                        }
                        _ => into.after.push(child),
                    }
                }
            }
            _ => self.walk(src, node),
        }
    }
}

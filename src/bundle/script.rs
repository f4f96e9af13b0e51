//! A workflow script: its meta, the calls it makes, and where it does not parse. The only file that names the JavaScript parser.

use std::ops::Range;

use tree_sitter::{Node as Syntax, Parser};

use super::tree::{Node, Pair, Value};

/// What a script holds.
#[derive(Debug, Default)]
pub struct Script {
    /// Where it does not parse.
    pub errors: Vec<Range<usize>>,
    /// `export const meta = …`, if it is there.
    pub meta: Option<Meta>,
    /// Every call, in the order of the text.
    pub calls: Vec<Call>,
    /// Constants at the top of the script, with what is known of their values.
    pub constants: Vec<(String, Node)>,
    /// `import` and `export` statements other than meta's.
    pub modules: Vec<Range<usize>>,
    /// Bytes of the first statement.
    pub first: Option<Range<usize>>,
}

/// The exported meta.
#[derive(Debug)]
pub struct Meta {
    /// The whole statement.
    pub span: Range<usize>,
    /// Its value, as far as it is literal.
    pub value: Node,
    /// Parts that are no literal.
    pub computed: Vec<Range<usize>>,
}

/// A call of a function.
#[derive(Debug)]
pub struct Call {
    /// What is called: `agent`, `Date.now`, `new Date`.
    pub name: String,
    /// The whole call.
    pub span: Range<usize>,
    /// The arguments: their places, and their values as far as they are literal.
    pub arguments: Vec<(Range<usize>, Option<Node>)>,
}

impl Script {
    /// Reads a script.
    pub fn parse(text: &str) -> Self {
        let mut script = Self::default();
        let mut parser = Parser::new();
        if parser.set_language(&tree_sitter_javascript::LANGUAGE.into()).is_err() {
            return script;
        }
        let Some(tree) = parser.parse(text, None) else { return script };
        let root = tree.root_node();
        let mut cursor = root.walk();
        for statement in root.named_children(&mut cursor) {
            if statement.kind() == "comment" {
                continue;
            }
            script.first.get_or_insert(statement.byte_range());
            script.statement(statement, text);
        }
        script.visit(root, text);
        script
    }

    fn statement(&mut self, statement: Syntax<'_>, text: &str) {
        match statement.kind() {
            "export_statement" => {
                let declaration = statement.child_by_field_name("declaration");
                let found = declaration.and_then(|declaration| declared(declaration, text));
                match found {
                    Some((name, value)) if name == "meta" && self.meta.is_none() => {
                        let mut computed = Vec::new();
                        let node = literal(value, text, &[], &mut computed);
                        self.meta =
                            Some(Meta { span: statement.byte_range(), value: node, computed });
                    }
                    _ => self.modules.push(statement.byte_range()),
                }
            }
            "import_statement" => self.modules.push(statement.byte_range()),
            "lexical_declaration" if text[statement.byte_range()].starts_with("const") => {
                if let Some((name, value)) = declared(statement, text) {
                    let mut computed = Vec::new();
                    let node = literal(value, text, &self.constants, &mut computed);
                    if node.value != Value::Computed {
                        self.constants.push((name, node));
                    }
                }
            }
            _ => {}
        }
    }

    fn visit(&mut self, root: Syntax<'_>, text: &str) {
        let mut stack = vec![root];
        while let Some(node) = stack.pop() {
            if node.is_error() || node.is_missing() {
                self.errors.push(node.byte_range());
                continue;
            }
            let callee = match node.kind() {
                "call_expression" => node.child_by_field_name("function"),
                "new_expression" => node.child_by_field_name("constructor"),
                _ => None,
            };
            if let Some(callee) = callee {
                let word = &text[callee.byte_range()];
                let name = if node.kind() == "new_expression" {
                    format!("new {word}")
                } else {
                    word.to_owned()
                };
                let mut arguments = Vec::new();
                if let Some(list) = node.child_by_field_name("arguments") {
                    let mut cursor = list.walk();
                    for argument in list.named_children(&mut cursor) {
                        if argument.kind() == "comment" {
                            continue;
                        }
                        let mut computed = Vec::new();
                        let value = literal(argument, text, &self.constants, &mut computed);
                        let whole = computed.is_empty() || value.is_map();
                        arguments.push((argument.byte_range(), whole.then_some(value)));
                    }
                }
                self.calls.push(Call { name, span: node.byte_range(), arguments });
            }
            let mut cursor = node.walk();
            let children: Vec<_> = node.children(&mut cursor).collect();
            stack.extend(children.into_iter().rev());
        }
    }

    /// The calls of one function.
    pub fn calls_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Call> {
        self.calls.iter().filter(move |call| call.name == name)
    }
}

/// Name and value of a declaration of one constant.
fn declared<'a>(declaration: Syntax<'a>, text: &str) -> Option<(String, Syntax<'a>)> {
    let mut cursor = declaration.walk();
    let declarator = declaration
        .named_children(&mut cursor)
        .find(|child| child.kind() == "variable_declarator")?;
    let name = declarator.child_by_field_name("name")?;
    let value = declarator.child_by_field_name("value")?;
    Some((text[name.byte_range()].to_owned(), value))
}

/// The value of an expression; a name stands for the value of its constant. What is no literal is added to `computed`. A
/// spread is a pair of the key `...`.
fn literal(
    node: Syntax<'_>,
    text: &str,
    constants: &[(String, Node)],
    computed: &mut Vec<Range<usize>>,
) -> Node {
    let span = node.byte_range();
    let words = &text[span.clone()];
    let mut quoted = false;
    let mut cursor = node.walk();
    let value = match node.kind() {
        "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "number" => Value::Number(words.replace('_', "").parse().unwrap_or(f64::NAN)),
        "unary_expression" if words.starts_with('-') => {
            Value::Number(words.replace(['_', ' '], "").parse().unwrap_or(f64::NAN))
        }
        "string" => {
            quoted = true;
            Value::String(unescape(words))
        }
        "template_string" if !words.contains("${") => {
            quoted = true;
            Value::String(unescape(words))
        }
        "array" => Value::List(
            node.named_children(&mut cursor)
                .filter(|child| child.kind() != "comment")
                .map(|child| literal(child, text, constants, computed))
                .collect(),
        ),
        "object" => {
            let mut pairs = Vec::new();
            for child in node.named_children(&mut cursor) {
                match child.kind() {
                    "comment" => {}
                    "pair" => {
                        let (Some(key), Some(value)) =
                            (child.child_by_field_name("key"), child.child_by_field_name("value"))
                        else {
                            continue;
                        };
                        let raw = &text[key.byte_range()];
                        let name = match key.kind() {
                            "string" => unescape(raw),
                            "computed_property_name" => {
                                computed.push(key.byte_range());
                                raw.to_owned()
                            }
                            _ => raw.to_owned(),
                        };
                        pairs.push(Pair {
                            key: name,
                            key_span: key.byte_range(),
                            node: literal(value, text, constants, computed),
                        });
                    }
                    kind => {
                        let span = child.byte_range();
                        computed.push(span.clone());
                        let named = kind == "shorthand_property_identifier";
                        let key = if named { &text[span.clone()] } else { "..." };
                        let node = Node { span: span.clone(), value: Value::Computed, quoted };
                        pairs.push(Pair { key: key.to_owned(), key_span: span, node });
                    }
                }
            }
            Value::Map(pairs)
        }
        "parenthesized_expression" if node.named_child_count() == 1 => {
            return node
                .named_child(0)
                .map_or(Node { span, value: Value::Computed, quoted }, |n| {
                    literal(n, text, constants, computed)
                });
        }
        "identifier" if constants.iter().any(|(name, _)| name == words) => {
            let known = constants.iter().rev().find(|(name, _)| name == words);
            return known
                .map_or(Node { span, value: Value::Computed, quoted }, |(_, node)| node.clone());
        }
        _ => {
            computed.push(span.clone());
            Value::Computed
        }
    };
    Node { span, value, quoted }
}

/// The text of a string literal with its quotes.
fn unescape(words: &str) -> String {
    let inner = words.get(1..words.len().saturating_sub(1)).unwrap_or_default();
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let mut text = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('\n') | None => {}
            Some(other) => text.push(other),
        }
    }
    text
}

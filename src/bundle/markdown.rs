//! The parts of a Markdown body that rules look at: links, headings, code, comments.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

/// The parts, in the order of the text. All places are bytes of the file.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Outline {
    /// Links and images.
    pub links: Vec<Link>,
    /// Headings.
    pub headings: Vec<Heading>,
    /// Code blocks.
    pub fences: Vec<Fence>,
    /// Code inside of lines, with its back quotes.
    pub spans: Vec<Range<usize>>,
    /// HTML comments.
    pub comments: Vec<Range<usize>>,
}

/// A link or an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Where it leads, as written.
    pub target: String,
    /// The whole link.
    pub span: Range<usize>,
    /// Whether it is an image.
    pub image: bool,
}

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its text without marks.
    pub text: String,
    /// The name by which links find it, as GitHub makes it.
    pub anchor: String,
    /// The whole heading.
    pub span: Range<usize>,
}

/// A code block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// Its info string: `bash`. Empty for indented code.
    pub info: String,
    /// The whole block.
    pub span: Range<usize>,
}

impl Outline {
    /// Reads the body of `text` that begins at byte `body`.
    pub fn of(text: &str, body: usize) -> Self {
        let mut outline = Self::default();
        let Some(part) = text.get(body..) else { return outline };
        let place = |range: Range<usize>| range.start + body..range.end + body;
        let mut heading: Option<Heading> = None;
        let options = Options::ENABLE_TABLES | Options::ENABLE_GFM;
        for (event, range) in Parser::new_ext(part, options).into_offset_iter() {
            match event {
                Event::Start(Tag::Link { link_type, dest_url, .. })
                    if !matches!(link_type, LinkType::Email | LinkType::Autolink) =>
                {
                    let span = place(range);
                    outline.links.push(Link { target: dest_url.into(), span, image: false });
                }
                Event::Start(Tag::Image { dest_url, .. }) => {
                    let span = place(range);
                    outline.links.push(Link { target: dest_url.into(), span, image: true });
                }
                Event::Start(Tag::Heading { level, .. }) => {
                    heading = Some(Heading {
                        level: level as u8,
                        text: String::new(),
                        anchor: String::new(),
                        span: place(range),
                    });
                }
                Event::End(TagEnd::Heading(_)) => {
                    if let Some(mut heading) = heading.take() {
                        heading.anchor = outline.anchor(&heading.text);
                        outline.headings.push(heading);
                    }
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info = match kind {
                        CodeBlockKind::Fenced(info) => info.trim().to_owned(),
                        CodeBlockKind::Indented => String::new(),
                    };
                    outline.fences.push(Fence { info, span: place(range) });
                }
                Event::Code(code) => {
                    if let Some(heading) = &mut heading {
                        heading.text.push_str(&code);
                    }
                    outline.spans.push(place(range));
                }
                Event::Text(words) => {
                    if let Some(heading) = &mut heading {
                        heading.text.push_str(&words);
                    }
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    outline.comment(&html, place(range));
                }
                _ => {}
            }
        }
        outline
    }

    /// A comment may come in as many pieces as it has lines.
    fn comment(&mut self, html: &str, span: Range<usize>) {
        if html.trim_start().starts_with("<!--") {
            self.comments.push(span);
        } else if let Some(last) = self.comments.last_mut()
            && last.end == span.start
        {
            last.end = span.end;
        }
    }

    fn anchor(&self, text: &str) -> String {
        let mut anchor = String::new();
        for c in text.trim().chars() {
            match c {
                ' ' => anchor.push('-'),
                '-' | '_' => anchor.push(c),
                c if c.is_alphanumeric() => anchor.extend(c.to_lowercase()),
                _ => {}
            }
        }
        let taken = |name: &str| self.headings.iter().any(|heading| heading.anchor == name);
        if !taken(&anchor) {
            return anchor;
        }
        (1..).map(|n| format!("{anchor}-{n}")).find(|name| !taken(name)).unwrap_or(anchor)
    }

    /// Whether a byte stands in code: a block or a span.
    pub fn in_code(&self, at: usize) -> bool {
        self.fences.iter().any(|fence| fence.span.contains(&at))
            || self.spans.iter().any(|span| span.contains(&at))
    }

    /// Whether a byte stands in a comment.
    pub fn in_comment(&self, at: usize) -> bool {
        self.comments.iter().any(|span| span.contains(&at))
    }
}

//! Secrets behind encodings: base64, hex, percent, HTML and string escapes, joined literals, gzip.
//!
//! One pass finds what may be encoded: long runs of digits of base64 or hex, and single escapes.
//! A run is decoded only when its first bytes turn out to be text or compressed data, so hashes,
//! images, fonts and identifiers cost a look at 24 characters. Every decoded byte is paid for from
//! a [`Budget`]; what is found is reported at its place in the text that was given.

mod inline;
mod runs;

use std::fmt;
use std::io::Read;
use std::ops::Range;

use super::{Hit, Surroundings, scan_in};

/// How much may be decoded. Shared by the texts of one call when the same value is lent to each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Decoders one inside the other.
    pub depth: usize,
    /// Bytes that decoders may still put out.
    pub bytes: usize,
}

impl Budget {
    /// For one hook call: 256 KiB.
    pub const HOOK: Self = Self { depth: 3, bytes: 256 << 10 };

    /// For one file of a scan: 16 MiB.
    pub const FILE: Self = Self { depth: 3, bytes: 16 << 20 };
}

/// One way in which a text can be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Codec {
    /// Base64 or base64url, padded or not, in one line or wrapped.
    Base64,
    /// Pairs of hex digits.
    Hex,
    /// UTF-16, little-endian, as PowerShell encodes commands.
    Utf16,
    /// gzip or zlib.
    Gzip,
    /// `%41`.
    Percent,
    /// `&#65;`, `&amp;`.
    Html,
    /// `\x41`, `\u0041`, `\101`, `\/`.
    Escape,
    /// `"a" + "b"`.
    Join,
    /// Quotes and backslashes that a shell takes away.
    Shell,
}

impl Codec {
    /// Its name in a chain.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Hex => "hex",
            Self::Utf16 => "utf16",
            Self::Gzip => "gzip",
            Self::Percent => "percent",
            Self::Html => "html",
            Self::Escape => "escape",
            Self::Join => "join",
            Self::Shell => "shell",
        }
    }
}

/// The decoders that lead to a secret, outermost first; empty when it stands there as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain(pub Vec<Codec>);

impl fmt::Display for Chain {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        for (at, codec) in self.0.iter().enumerate() {
            out.write_str(if at == 0 { "" } else { ">" })?;
            out.write_str(codec.word())?;
        }
        Ok(())
    }
}

/// A secret, plain or encoded.
#[derive(Debug, Clone)]
pub struct Found {
    /// The rule and the place in the text that was given. Of something encoded the place is the
    /// whole encoded run, or, where each character is escaped on its own, those of the secret.
    pub hit: Hit,
    /// What had to be decoded.
    pub chain: Chain,
}

/// Finds the secrets of a text, those as they stand and those that decoding brings out, in order
/// and without overlaps. The budget is left with what was not used.
pub fn scan_decoded(text: &[u8], budget: &mut Budget) -> Vec<Found> {
    scan_decoded_in(text, Surroundings::default(), budget)
}

/// As [`scan_decoded`], with what is known about the place of the text.
pub fn scan_decoded_in(text: &[u8], around: Surroundings, budget: &mut Budget) -> Vec<Found> {
    let mut found = search(text, around, budget.depth, budget);
    settle(&mut found);
    found
}

/// As [`scan_decoded`], for a line that a shell will read: quotes that split a word and the
/// backslashes before its letters count as nothing.
pub fn scan_shell(line: &[u8], budget: &mut Budget) -> Vec<Found> {
    let around = Surroundings::default();
    let mut found = search(line, around, budget.depth, budget);
    within::<inline::ShellWords>(line, around, budget.depth, budget, &mut found);
    settle(&mut found);
    found
}

/// Looks at a text and, while depth is left, at what can be decoded in it.
fn search(text: &[u8], around: Surroundings, depth: usize, budget: &mut Budget) -> Vec<Found> {
    let plain = |hit| Found { hit, chain: Chain::default() };
    let mut found: Vec<Found> = scan_in(text, around).into_iter().map(plain).collect();
    if depth == 0 {
        return found;
    }
    runs::each(text, |run| {
        if let Some((codec, decoded)) = runs::decode(text, &run, budget) {
            let inner = opened(&decoded, around, depth - 1, budget);
            found.extend(inner.into_iter().map(|inside| inside.seen(codec, run.clone())));
        }
    });
    within::<inline::Escapes>(text, around, depth, budget, &mut found);
    found
}

/// Looks at what a run held: text, or something that has to be opened first.
fn opened(bytes: &[u8], around: Surroundings, depth: usize, budget: &mut Budget) -> Vec<Found> {
    let whole = 0..bytes.len();
    let (codec, inner) = if runs::is_compressed(bytes) {
        (Codec::Gzip, inflate(bytes, budget))
    } else if runs::is_utf16(bytes) {
        (Codec::Utf16, narrow(bytes, budget))
    } else {
        return search(bytes, around, depth, budget);
    };
    let Some(depth) = depth.checked_sub(1) else { return Vec::new() };
    let inner = search(&inner, around, depth, budget);
    inner.into_iter().map(|inside| inside.seen(codec, whole.clone())).collect()
}

/// Looks at the regions of a text that hold escapes, without them.
fn within<S: inline::Syntax>(
    text: &[u8],
    around: Surroundings,
    depth: usize,
    budget: &mut Budget,
    found: &mut Vec<Found>,
) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let mut at = 0;
    while let Some(region) = inline::next::<S>(text, at, budget) {
        for inside in search(&region.text, around, depth, budget) {
            let (codec, span) = region.place(&inside.hit.span);
            found.push(inside.seen(codec, span));
        }
        at = region.end;
    }
}

impl Found {
    /// The same secret, seen from outside of a decoder whose input stands at `span`.
    fn seen(mut self, codec: Codec, span: Range<usize>) -> Self {
        self.chain.0.insert(0, codec);
        self.hit.span = span;
        self
    }

    /// Which of two that overlap is kept: the surer, the more severe, the plainer, the longer.
    fn rank(&self) -> impl Ord + use<> {
        let rule = self.hit.rule;
        let plain = std::cmp::Reverse(self.chain.0.len());
        (self.hit.tier, rule.confidence, rule.severity, plain, self.hit.span.len())
    }
}

/// Puts what was found in order and keeps one of those that overlap.
fn settle(found: &mut Vec<Found>) {
    if found.len() < 2 {
        return;
    }
    found.sort_by_key(|one| (one.hit.span.start, std::cmp::Reverse(one.hit.span.end)));
    found.dedup_by(|next, kept| {
        if next.hit.span.start >= kept.hit.span.end {
            return false;
        }
        if next.rank() > kept.rank() {
            std::mem::swap(next, kept);
        }
        true
    });
}

/// What gzip or zlib data holds, as far as the budget reaches. Damaged data gives what came
/// before the damage.
fn inflate(bytes: &[u8], budget: &mut Budget) -> Vec<u8> {
    let mut text = Vec::new();
    let most = budget.bytes as u64;
    // An error means damage or a cut; what was read by then stays in `text`.
    let _ = if bytes.starts_with(b"\x1f\x8b") {
        flate2::read::GzDecoder::new(bytes).take(most).read_to_end(&mut text)
    } else {
        flate2::read::ZlibDecoder::new(bytes).take(most).read_to_end(&mut text)
    };
    budget.bytes -= text.len().min(budget.bytes);
    text
}

/// UTF-16 whose characters are ASCII, as ASCII; any other character becomes a blank.
fn narrow(bytes: &[u8], budget: &mut Budget) -> Vec<u8> {
    let bytes = bytes.strip_prefix(b"\xff\xfe").unwrap_or(bytes);
    let pairs = bytes.chunks_exact(2).take(budget.bytes);
    let text: Vec<u8> = pairs.map(|pair| if pair[1] == 0 { pair[0] } else { b' ' }).collect();
    budget.bytes -= text.len();
    text
}

//! The named reasons why a match is no secret, as `portcullis scan --explain` prints them.

/// Why a match is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// More characters of the alphabet touch it: it is a piece of something longer.
    Boundary,
    /// A word that examples use stands in it.
    PlaceholderWord,
    /// A row of `x`, `X` or `*`, or one character over and over.
    PlaceholderRun,
    /// It counts: `12345678`, `abcdefgh`, or walks along a keyboard's row.
    PlaceholderSequence,
    /// It is to be filled in: `<…>`, `${…}`, `{{…}}`, `%s`.
    PlaceholderTemplate,
    /// It is less random than such tokens are.
    Entropy,
    /// Its offline check failed.
    Checksum,
    /// No name of a credential stands between its keyword and it.
    NoContext,
    /// It names a place where a secret is kept: an environment variable, a secret store.
    Reference,
    /// It is code: a call, a type, a chain of names.
    Code,
    /// It is a path or an address.
    Path,
    /// It is too short to be judged.
    ValueShort,
    /// It is longer than credentials are.
    ValueLong,
    /// It is a sentence.
    ValueSentence,
    /// It is a word, a name or a usual stand-in.
    ValueWord,
    /// It is a hash: a name or a prefix of one stands before it.
    Digest,
    /// It is the id of a git object.
    GitObject,
    /// It is the public half of a key pair, or a publishable key.
    PublicKey,
    /// It is encrypted already.
    Encrypted,
    /// It is the hash of a password, as a store of accounts holds it.
    PasswordHash,
    /// It is a test vector of a public standard.
    StandardVector,
    /// It stands in a lock file.
    LockFile,
    /// It stands in minified code.
    Minified,
    /// It stands inside a long base64 text: an image, a font, a certificate.
    Blob,
}

impl Reason {
    /// Every reason.
    pub const ALL: &'static [Self] = &[
        Self::Boundary,
        Self::PlaceholderWord,
        Self::PlaceholderRun,
        Self::PlaceholderSequence,
        Self::PlaceholderTemplate,
        Self::Entropy,
        Self::Checksum,
        Self::NoContext,
        Self::Reference,
        Self::Code,
        Self::Path,
        Self::ValueShort,
        Self::ValueLong,
        Self::ValueSentence,
        Self::ValueWord,
        Self::Digest,
        Self::GitObject,
        Self::PublicKey,
        Self::Encrypted,
        Self::PasswordHash,
        Self::StandardVector,
        Self::LockFile,
        Self::Minified,
        Self::Blob,
    ];

    /// The reason's code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Boundary => "boundary",
            Self::PlaceholderWord => "placeholder-word",
            Self::PlaceholderRun => "placeholder-run",
            Self::PlaceholderSequence => "placeholder-sequence",
            Self::PlaceholderTemplate => "placeholder-template",
            Self::Entropy => "entropy",
            Self::Checksum => "checksum",
            Self::NoContext => "no-context",
            Self::Reference => "reference",
            Self::Code => "code",
            Self::Path => "path",
            Self::ValueShort => "value-short",
            Self::ValueLong => "value-long",
            Self::ValueSentence => "value-sentence",
            Self::ValueWord => "value-word",
            Self::Digest => "digest",
            Self::GitObject => "git-object",
            Self::PublicKey => "public-key",
            Self::Encrypted => "encrypted",
            Self::PasswordHash => "password-hash",
            Self::StandardVector => "standard-vector",
            Self::LockFile => "lock-file",
            Self::Minified => "minified",
            Self::Blob => "base64-blob",
        }
    }

    /// What the code means, in a sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Boundary => {
                "More characters of the alphabet touch it: it is a piece of something longer."
            }
            Self::PlaceholderWord => "A word that examples use stands in it.",
            Self::PlaceholderRun => "A row of `x`, `X` or `*`, or one character over and over.",
            Self::PlaceholderSequence => {
                "It counts: `12345678`, `abcdefgh`, or walks along a keyboard's row."
            }
            Self::PlaceholderTemplate => "It is to be filled in: `<…>`, `${…}`, `{{…}}`, `%s`.",
            Self::Entropy => "It is less random than such tokens are.",
            Self::Checksum => "Its offline check failed.",
            Self::NoContext => "No name of a credential stands between its keyword and it.",
            Self::Reference => {
                "It names a place where a secret is kept: an environment variable, a secret store."
            }
            Self::Code => "It is code: a call, a type, a chain of names.",
            Self::Path => "It is a path or an address.",
            Self::ValueShort => "It is too short to be judged.",
            Self::ValueLong => "It is longer than credentials are.",
            Self::ValueSentence => "It is a sentence.",
            Self::ValueWord => "It is a word, a name or a usual stand-in.",
            Self::Digest => "It is a hash: a name or a prefix of one stands before it.",
            Self::GitObject => "It is the id of a git object.",
            Self::PublicKey => "It is the public half of a key pair, or a publishable key.",
            Self::Encrypted => "It is encrypted already.",
            Self::PasswordHash => "It is the hash of a password, as a store of accounts holds it.",
            Self::StandardVector => "It is a test vector of a public standard.",
            Self::LockFile => "It stands in a lock file.",
            Self::Minified => "It stands in minified code.",
            Self::Blob => "It stands inside a long base64 text: an image, a font, a certificate.",
        }
    }
}

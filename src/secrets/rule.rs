//! What a rule is: plain data, shared with the build script that fills it from YAML.

/// One kind of token, compiled in from `rules/secrets/<provider>.yaml`.
#[derive(Debug)]
pub struct Rule {
    /// `<provider>-<kind>`.
    pub id: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// Who issues it.
    pub provider: &'static str,
    /// What its holder can do.
    pub access: &'static str,
    /// Harm when it leaks.
    pub severity: Severity,
    /// How sure a match is.
    pub confidence: Confidence,
    /// How strictly a match is answered.
    pub tier: Tier,
    /// What looks at a keyword that was found.
    pub detector: Detector,
    /// Words of which every match holds at least one, lower-case.
    pub keywords: &'static [&'static str],
    /// ASCII regex. The secret is the group `secret`, or the whole match.
    pub pattern: &'static str,
    /// Characters that may not touch a match: they would make it a piece of something longer.
    pub alphabet: Alphabet,
    /// The token has no known end: it goes on for as long as characters of the alphabet follow.
    pub open_end: bool,
    /// Lowest Shannon entropy of the secret behind its keyword, in bits a character.
    pub entropy: Option<f32>,
    /// What can be computed about it offline.
    pub check: Option<Check>,
    /// Lines behind that of the keyword in which a value may stand.
    pub lines: usize,
    /// Bytes of the shortest match.
    pub min_len: usize,
    /// Bytes of the longest match of the pattern.
    pub max_len: usize,
    /// Every byte of every match is of the alphabet.
    pub closed: bool,
    /// Each keyword stands at one fixed place of a match, so its start is known from the keyword.
    pub anchored: bool,
    /// Templates (see [`template`](super::template)) that must match.
    pub examples: &'static [&'static str],
    /// Templates that must not match.
    pub counter_examples: &'static [&'static str],
    /// How the owner makes it worthless.
    pub rotate: &'static str,
    /// How the form is known.
    pub source: &'static str,
    /// The vendor's own page.
    pub docs: &'static str,
    /// Date of the last look at the form, `YYYY-MM-DD`.
    pub checked: &'static str,
}

/// What the hot path asks of a rule before anything else of it is needed: numbers only, so that the
/// table needs no relocation when the process starts.
#[derive(Debug)]
pub struct Shape {
    /// What looks at the place of a keyword.
    pub detector: Detector,
    /// As [`Rule::alphabet`].
    pub alphabet: Alphabet,
    /// As [`Rule::min_len`].
    pub min_len: usize,
    /// As [`Rule::max_len`].
    pub max_len: usize,
    /// As [`Rule::closed`].
    pub closed: bool,
    /// As [`Rule::anchored`].
    pub anchored: bool,
    /// Lines behind that of the keyword in which a value may stand.
    pub lines: usize,
}

/// A word that the prefilter looks for.
#[derive(Debug)]
pub struct Keyword {
    /// Where the word stands in the table of words; lower-case when `fold` is set, else exactly as
    /// matches spell it.
    pub text: (u32, u8),
    /// Its letters may be of either case.
    pub fold: bool,
    /// Where its gram begins, from the start of the word.
    pub gram_at: u8,
    /// Where the classes of the bytes that must follow stand in the table of tails, and how many.
    pub tail: (u32, u8),
    /// Its rule, as index into the table.
    pub rule: u16,
    /// Least and most bytes of a match in front of the keyword.
    pub lead: (u16, u16),
}

macro_rules! words {
    ($(#[$outer:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word used in rule files and pages.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// The value of that word.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }
        }
    };
}

words! {
    /// Harm when it leaks.
    Severity {
        /// Little to take.
        Low = "low",
        /// Some data, or a sandbox.
        Medium = "medium",
        /// One service's data or money.
        High = "high",
        /// An account, a code base, a cloud.
        Critical = "critical",
    }
}

words! {
    /// How sure a match is.
    Confidence {
        /// The form is distinctive.
        Medium = "medium",
        /// The form belongs to this token alone.
        High = "high",
    }
}

words! {
    /// How strictly a match is answered.
    Tier {
        /// It may be one: it is said, and stops nobody unless the policy wants so.
        Warn = "warn",
        /// Prefix, structure or checksum decides: it is refused.
        Block = "block",
    }
}

words! {
    /// What looks at the place of a keyword.
    Detector {
        /// The pattern holds the keyword.
        Pattern = "pattern",
        /// The pattern describes the value that follows a credential's name near the keyword.
        Context = "context",
        /// An assignment to a name that says what it holds, judged by its value.
        Assignment = "assignment",
        /// User and password in front of the host of a URL.
        Url = "url",
        /// A password among the arguments of a command, or piped into it.
        Command = "command",
        /// The second literal of a call that takes a login.
        Call = "call",
        /// The last field of a line of a `.pgpass`.
        Pgpass = "pgpass",
    }
}

words! {
    /// What can be computed about a token offline.
    Check {
        /// CRC-32 of what stands between keyword and checksum, base62 (0-9A-Za-z), last six.
        Crc32Base62 = "crc32-base62",
        /// CRC-32 of everything before it, base62 (0-9a-zA-Z), last six.
        Crc32Base62LowerFirst = "crc32-base62-lower-first",
        /// CRC-32 of everything before it, upper-case hex, last eight.
        Crc32Hex = "crc32-hex",
        /// CRC-32 of everything before `_`, hex of the bytes in reverse order, last eight.
        Crc32HexSwapped = "crc32-hex-swapped",
        /// CRC-32 of what stands between keyword and `_`, hex, last eight.
        Crc32HexBody = "crc32-hex-body",
        /// Bech32 (BIP-173).
        Bech32 = "bech32",
        /// CRC-16/XMODEM of the base32-decoded bytes, last two.
        Nkey = "crc16-nkey",
        /// The base32 body decodes to an account number of twelve digits.
        Base32Aws = "base32-aws",
        /// The armour holds a DER sequence of the length it says.
        PemDer = "pem-der",
        /// The armour holds the magic of OpenSSH keys.
        PemOpenssh = "pem-openssh",
        /// CRC-24 of the armour, and a secret-key packet inside.
        PgpArmor = "pgp-armor",
        /// CRC-16/XMODEM of the base32-decoded bytes, whose first one says "secret seed".
        Strkey = "crc16-strkey",
        /// The last bits of the words are those of a SHA-256.
        Bip39 = "bip39",
        /// Base58Check: the first four bytes of a double SHA-256 close it.
        Base58 = "base58check",
        /// Base64 of `user:password`, both printable.
        BasicAuth = "basic-auth",
        /// The header decodes to JSON that names an algorithm other than `none`.
        JwtJson = "jwt-json",
    }
}

impl Check {
    /// One sentence for the rule's page.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Crc32Base62 => {
                "Its last six characters are the CRC-32 of the characters behind the prefix, in \
                 base62 (digits 0-9, A-Z, a-z)."
            }
            Self::Crc32Base62LowerFirst => {
                "Its last six characters are the CRC-32 of everything before them, in base62 \
                 (digits 0-9, a-z, A-Z)."
            }
            Self::Crc32Hex => {
                "Its last eight characters are the CRC-32 of everything before them, in \
                 upper-case hex."
            }
            Self::Crc32HexSwapped => {
                "Its last eight characters are the CRC-32 of everything before the underscore, in \
                 hex, least significant byte first."
            }
            Self::Crc32HexBody => {
                "Its last eight characters are the CRC-32 of the characters between prefix and \
                 underscore, in hex."
            }
            Self::Bech32 => "It carries a Bech32 checksum (BIP-173).",
            Self::Nkey => {
                "Its last two bytes, after base32 decoding, are the CRC-16/XMODEM of the rest."
            }
            Self::Base32Aws => {
                "The characters behind the prefix decode, as base32, to an account number of at \
                 most twelve digits. Keys from before 2019 carry none and are taken by their form."
            }
            Self::PemDer => {
                "The body must decode, as base64, to one DER sequence of the length it states. \
                 Passphrase-protected keys are left alone."
            }
            Self::PemOpenssh => {
                "The body must decode, as base64, to the magic of OpenSSH private keys."
            }
            Self::PgpArmor => {
                "The body must decode to a secret-key packet whose CRC-24 is the one at its end."
            }
            Self::Strkey => {
                "After base32 decoding the first byte says that it is a secret seed, and the last \
                 two are the CRC-16/XMODEM of the rest."
            }
            Self::Bip39 => {
                "Its words are of the English list of BIP-39, and the bits behind their entropy \
                 are the first of its SHA-256."
            }
            Self::Base58 => {
                "It carries the checksum of Base58Check: four bytes of a double SHA-256."
            }
            Self::BasicAuth => "It must decode, as base64, to `user:password` in printable text.",
            Self::JwtJson => {
                "Its header must decode to JSON that names an algorithm other than `none`, its \
                 payload to JSON that claims an issuer, a subject, a time or the like."
            }
        }
    }

    /// True when a single changed character is always noticed.
    pub const fn is_checksum(self) -> bool {
        !matches!(
            self,
            Self::Base32Aws
                | Self::PemDer
                | Self::PemOpenssh
                | Self::BasicAuth
                | Self::JwtJson
                | Self::Bip39
        )
    }

    /// True when what passes is a secret whatever else is said of it.
    pub const fn proves(self) -> bool {
        self.is_checksum() || matches!(self, Self::Bip39)
    }

    /// True when a match that fails is none at all: such words, logins and headers mean something
    /// else then. After any other failure it is still said, as a warning.
    pub const fn refutes(self) -> bool {
        matches!(self, Self::Bip39 | Self::BasicAuth | Self::JwtJson)
    }
}

/// A set of ASCII characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alphabet(pub [u64; 2]);

impl Alphabet {
    /// Whether the byte is of the set.
    pub const fn has(&self, byte: u8) -> bool {
        byte < 128 && self.0[(byte >> 6) as usize] & (1 << (byte & 63)) != 0
    }

    /// The set that the inside of a regex class names: characters and `a-z` ranges.
    pub fn parse(class: &str) -> Option<Self> {
        let bytes = class.as_bytes();
        let mut bits = [0; 2];
        let mut at = 0;
        while at < bytes.len() {
            let (first, last, step) = match bytes.get(at..at + 3) {
                Some(&[first, b'-', last]) => (first, last, 3),
                _ => (bytes[at], bytes[at], 1),
            };
            if last >= 128 || first > last {
                return None;
            }
            for byte in first..=last {
                bits[usize::from(byte >> 6)] |= 1 << (byte & 63);
            }
            at += step;
        }
        (bits != [0; 2]).then_some(Self(bits))
    }
}

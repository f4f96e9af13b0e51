//! Keyed fingerprints: they say that two secrets are the same, and nothing of what they are.
//!
//! See `docs/decisions/0007-fingerprints.md`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::digest::hex;

/// Bytes of a key.
const KEY: usize = 32;

/// Secrets shorter than this can be guessed, so a guess is made expensive.
const GUESSABLE: usize = 24;

/// How often the digest of a short secret is digested again.
const ROUNDS: u32 = 10_000;

/// A key of fingerprints.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; KEY]);

impl Key {
    /// A new random one.
    ///
    /// # Errors
    /// When the system has no random bytes.
    pub fn random() -> io::Result<Self> {
        let mut key = [0; KEY];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        Ok(Self(key))
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != KEY * 2 || !text.is_ascii() {
            return None;
        }
        let mut key = [0; KEY];
        for (at, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
        }
        Some(Self(key))
    }

    /// 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        hex(&self.0)
    }

    /// Names the key without giving it away.
    pub fn id(&self) -> String {
        hex(&Sha256::digest([b"portcullis key id ".as_slice(), &self.0].concat())[..8])
    }

    /// The key in a state folder, made on first use.
    ///
    /// # Errors
    /// When it cannot be read, made or understood.
    pub fn of_state(folder: &Path) -> io::Result<Self> {
        let file = folder.join("fingerprint.key");
        if !file.exists() {
            fs::create_dir_all(folder)?;
            // Another process may make one at the same time: whoever links first wins.
            let mut made = tempfile::NamedTempFile::new_in(folder)?;
            writeln!(made, "{}", Self::random()?.hex())?;
            if let Err(error) = made.persist_noclobber(&file)
                && error.error.kind() != io::ErrorKind::AlreadyExists
            {
                return Err(error.error);
            }
        }
        Self::parse(&fs::read_to_string(&file)?).ok_or_else(|| {
            io::Error::other(format!("{} holds no key; remove it to get a new one", file.display()))
        })
    }

    /// The fingerprint of a secret that a rule found: 32 hexadecimal digits.
    pub fn fingerprint(&self, rule: &str, secret: &[u8]) -> String {
        let mut digest = self.digest(&[rule.as_bytes(), b"\0", secret]);
        if secret.len() < GUESSABLE {
            for _ in 0..ROUNDS {
                digest = self.digest(&[&digest]);
            }
        }
        hex(&digest[..16])
    }

    fn digest(&self, parts: &[&[u8]]) -> [u8; 32] {
        // A key of HMAC may have any length, so this one is taken.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            unreachable!("HMAC refused a key of {KEY} bytes")
        };
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

/// The key of a run, looked up when the first match needs it.
#[derive(Debug)]
pub struct Keyring {
    fixed: Option<Key>,
    state: Option<PathBuf>,
    key: OnceLock<Result<Key, String>>,
}

impl Keyring {
    /// A given key, else the one of a state folder, else one for this run alone.
    pub const fn new(fixed: Option<Key>, state: Option<PathBuf>) -> Self {
        Self { fixed, state, key: OnceLock::new() }
    }

    fn look_up(&self) -> Result<Key, String> {
        if let Some(key) = &self.fixed {
            return Ok(key.clone());
        }
        // A folder that cannot be written (a read-only checkout) only costs that fingerprints of
        // two runs cannot be compared.
        if let Some(key) = self.state.as_deref().and_then(|folder| Key::of_state(folder).ok()) {
            return Ok(key);
        }
        Key::random().map_err(|error| error.to_string())
    }

    /// The fingerprint of a secret; empty where the system has no random bytes to make a key of.
    pub(super) fn fingerprint(&self, rule: &str, secret: &[u8]) -> String {
        match self.key.get_or_init(|| self.look_up()) {
            Ok(key) => key.fingerprint(rule, secret),
            Err(_) => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_secret_has_one_fingerprint_under_a_key_and_another_under_another() {
        let (one, other) = (Key::random().unwrap(), Key::random().unwrap());
        for secret in [b"short".as_slice(), &[b'k'; 40]] {
            let print = one.fingerprint("a-rule", secret);
            assert_eq!(print, one.fingerprint("a-rule", secret));
            assert_eq!(print.len(), 32);
            assert_ne!(print, other.fingerprint("a-rule", secret));
            assert_ne!(print, one.fingerprint("b-rule", secret));
        }
        assert_eq!(Key::parse(&one.hex()), Some(one.clone()));
        assert!(!one.hex().contains(&one.id()));
    }

    #[test]
    fn it_is_hmac_sha256() {
        // RFC 4231 test case 2 uses a short key; HMAC pads it with zeros, so this is the same key.
        let mut key = [0; KEY];
        key[..4].copy_from_slice(b"Jefe");
        let digest = Key(key).digest(&[b"what do ya want ", b"for nothing?"]);
        assert_eq!(hex(&digest[..8]), "5bdcc146bf60754e");
    }

    #[test]
    fn the_key_of_a_state_folder_stays() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let key = Key::of_state(&state).unwrap();
        assert_eq!(Key::of_state(&state).unwrap(), key);
        fs::write(state.join("fingerprint.key"), "no key").unwrap();
        assert!(Key::of_state(&state).unwrap_err().to_string().contains("holds no key"));
    }
}

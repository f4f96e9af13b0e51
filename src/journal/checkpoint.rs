//! Checkpoints of the journal: signed notes that hold its size and root.
//!
//! The form is C2SP's `tlog-checkpoint` in a `signed-note` (c2sp.org, checked 2026-11-26): origin,
//! size and root in lines, a blank line, and an Ed25519 signature line. The key lies in the state
//! folder and belongs to the same user, so a checkpoint proves something only where a copy of it is
//! out of that user's reach: in a pushed commit, in CI's log (SECURITY.md).

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::merkle::Hash;
use super::store::{Files, Mark, with_mark};
use crate::digest::hex;

/// Signature type of Ed25519 in a signed note.
const ED25519: u8 = 1;

/// Lines of a note.
const NOTE_LINES: usize = 5;

/// A checkpoint is made at least every this many lines.
pub const EVERY: u64 = 1000;

/// Size and root of the journal at one moment, as somebody signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose journal it is: `portcullis/` and 16 hex digits of the key's hash.
    pub origin: String,
    /// Number of lines.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Hash,
}

/// A checkpoint with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// First four bytes of the hash of name, type and key.
    key_hash: [u8; 4],
    /// Ed25519 over the text up to the blank line.
    signature: [u8; 64],
}

impl Checkpoint {
    /// The signed text.
    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64.encode(&self.root))
    }

    /// One line for a receipt or a commit trailer: size and root.
    pub fn short(&self) -> String {
        format!("{} {}", self.size, BASE64.encode(&self.root))
    }

    /// Reads what [`Self::short`] wrote.
    pub fn parse_short(text: &str) -> Option<(u64, Hash)> {
        let (size, root) = text.trim().split_once(' ')?;
        Some((size.parse().ok()?, BASE64.decode(root.as_bytes()).ok()?.try_into().ok()?))
    }
}

impl Note {
    /// Reads all notes of a file. A piece that is no note is told with the line it begins at.
    pub fn parse_all(text: &str) -> Vec<Result<Self, usize>> {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let (mut notes, mut next) = (Vec::new(), 0);
        for (index, line) in lines.iter().enumerate() {
            if !line.starts_with('\u{2014}') {
                continue;
            }
            // Origin, size, root, a blank line, the signature; what stands before them was torn.
            let begin = (index + 1).saturating_sub(NOTE_LINES).max(next);
            if begin > next {
                notes.push(Err(next + 1));
            }
            notes.push(lines.get(begin..=index).and_then(Self::parse).ok_or(begin + 1));
            next = index + 1;
        }
        if next < lines.len() {
            notes.push(Err(next + 1));
        }
        notes
    }

    fn parse(lines: &[&str]) -> Option<Self> {
        let lines: Vec<&str> = lines.iter().map(|l| l.strip_suffix('\n')).collect::<Option<_>>()?;
        let [origin, size, root, "", signed] = &lines[..] else { return None };
        let (name, encoded) = signed.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = BASE64.decode(encoded.as_bytes()).ok()?;
        let (key_hash, signature) = bytes.split_first_chunk::<4>()?;
        let checkpoint = Checkpoint {
            origin: (*origin).to_owned(),
            size: size.parse().ok()?,
            root: BASE64.decode(root.as_bytes()).ok()?.try_into().ok()?,
        };
        // One written form only: a size with a leading zero would be another text.
        (name == *origin && checkpoint.size.to_string() == *size).then_some(Self {
            checkpoint,
            key_hash: *key_hash,
            signature: signature.try_into().ok()?,
        })
    }

    /// The note as text.
    pub fn text(&self) -> String {
        let signed = BASE64.encode(&[&self.key_hash[..], &self.signature].concat());
        format!("{}\n\u{2014} {} {signed}\n", self.checkpoint.text(), self.checkpoint.origin)
    }

    /// Whether `key` signed it.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let text = self.checkpoint.text();
        self.checkpoint.origin == key.origin
            && self.key_hash == key.hash()
            && key
                .key
                .verify_strict(text.as_bytes(), &Signature::from_bytes(&self.signature))
                .is_ok()
    }
}

/// The key that checks signatures, in the form of a signed note's verifier key:
/// `NAME+HASH+BASE64`.
#[derive(Debug, Clone)]
pub struct PublicKey {
    origin: String,
    key: VerifyingKey,
}

impl PublicKey {
    fn of(key: &SigningKey) -> Self {
        let key = key.verifying_key();
        let digest = Sha256::digest(key.as_bytes());
        let origin = format!("portcullis/{}", hex(digest.get(..8).unwrap_or_default()));
        Self { origin, key }
    }

    fn hash(&self) -> [u8; 4] {
        let digest = Sha256::new()
            .chain_update(self.origin.as_bytes())
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        let mut hash = [0; 4];
        hash.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        hash
    }

    /// Reads a verifier key.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().splitn(3, '+');
        let (origin, hash, encoded) = (parts.next()?, parts.next()?, parts.next()?);
        let bytes = BASE64.decode(encoded.as_bytes()).ok()?;
        let (ED25519, key) = (*bytes.first()?, bytes.get(1..)?) else { return None };
        let key = VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
        let key = Self { origin: origin.to_owned(), key };
        (hex(&key.hash()) == hash).then_some(key)
    }

    /// The verifier key as text.
    pub fn text(&self) -> String {
        let key = BASE64.encode(&[&[ED25519], &self.key.as_bytes()[..]].concat());
        format!("{}+{}+{key}", self.origin, hex(&self.hash()))
    }
}

/// Signs the journal as it is now and adds the note to the checkpoints; an empty journal has none.
///
/// # Errors
/// When the journal is locked for long, or key or checkpoints cannot be read or written.
pub fn make(state: &Path) -> io::Result<Option<Checkpoint>> {
    let files = Files::of(state);
    with_mark(&files, |mark| match mark.edge.size() {
        0 => Ok(None),
        _ => sign(state, &files, mark).map(Some),
    })
}

fn sign(state: &Path, files: &Files, mark: &Mark) -> io::Result<Checkpoint> {
    let key = signing_key(state)?;
    let public = PublicKey::of(&key);
    let checkpoint = Checkpoint {
        origin: public.origin.clone(),
        size: mark.edge.size(),
        root: mark.edge.root(),
    };
    let signature = key.sign(checkpoint.text().as_bytes()).to_bytes();
    let note = Note { checkpoint, key_hash: public.hash(), signature };
    let mut file = std::fs::OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(&files.checkpoints)?;
    // A note that a killed writer left half ends here, and not inside of this one.
    let start = if ends_torn(&mut file)? { "\n" } else { "" };
    file.write_all(format!("{start}{}", note.text()).as_bytes())?;
    file.sync_data()?;
    Ok(note.checkpoint)
}

/// Whether a file ends in the middle of a line.
fn ends_torn(file: &mut std::fs::File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn key_file(state: &Path) -> PathBuf {
    state.join("journal").join("checkpoint.key")
}

/// The key that checks this state folder's checkpoints; `None` before the first one.
///
/// # Errors
/// When the key exists and cannot be read.
pub fn public_key(state: &Path) -> io::Result<Option<PublicKey>> {
    match read_key(&key_file(state)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        other => other.map(|key| Some(PublicKey::of(&key))),
    }
}

fn read_key(file: &Path) -> io::Result<SigningKey> {
    let bytes = std::fs::read(file)?;
    let seed: [u8; 32] = bytes.try_into().map_err(|_| {
        let text = format!(
            "{}: a checkpoint key has 32 bytes; move it away and a new one is made",
            file.display()
        );
        io::Error::new(io::ErrorKind::InvalidData, text)
    })?;
    Ok(SigningKey::from_bytes(&seed))
}

fn signing_key(state: &Path) -> io::Result<SigningKey> {
    let file = key_file(state);
    match read_key(&file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => return other,
    }
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| io::Error::other(error.to_string()))?;
    // Written beside and linked into place, so that no other process reads half a key.
    let beside = file.with_extension(format!("key.{}", std::process::id()));
    let mut handle =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    handle.write_all(&seed)?;
    handle.sync_all()?;
    let linked = std::fs::hard_link(&beside, &file);
    std::fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => read_key(&file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::store;

    fn journal(lines: u32) -> tempfile::TempDir {
        let state = tempfile::tempdir().unwrap();
        for line in 0..lines {
            let text = format!("{{\"n\":{line}}}");
            store::append(&Files::of(state.path()), text.as_bytes(), |_, _| Vec::new()).unwrap();
        }
        state
    }

    #[test]
    fn a_note_reads_back_and_its_key_checks_it() {
        let state = journal(5);
        let made = make(state.path()).unwrap().unwrap();
        assert_eq!(made.size, 5);
        let text = std::fs::read_to_string(Files::of(state.path()).checkpoints).unwrap();
        let [Ok(note)] = &Note::parse_all(&text)[..] else { panic!("{text}") };
        assert_eq!(note.checkpoint, made);
        assert_eq!(note.text(), text);
        let key = public_key(state.path()).unwrap().unwrap();
        assert!(note.is_signed_by(&key));
        assert!(note.is_signed_by(&PublicKey::parse(&key.text()).unwrap()));
        assert_eq!(Checkpoint::parse_short(&made.short()), Some((5, made.root)));
    }

    #[test]
    fn every_changed_byte_of_a_note_is_seen() {
        let state = journal(3);
        make(state.path()).unwrap();
        let text = std::fs::read(Files::of(state.path()).checkpoints).unwrap();
        let key = public_key(state.path()).unwrap().unwrap();
        for at in 0..text.len() {
            let mut changed = text.clone();
            changed[at] ^= 1;
            let notes = Note::parse_all(&String::from_utf8_lossy(&changed));
            let good = notes.iter().flatten().filter(|note| note.is_signed_by(&key)).count();
            assert!(good == 0 || notes.len() != good, "byte {at} of {}", text.len());
        }
    }

    #[test]
    fn a_note_after_a_torn_one_still_reads() {
        let state = journal(3);
        make(state.path()).unwrap();
        let text = std::fs::read_to_string(Files::of(state.path()).checkpoints).unwrap();
        // With all but the last newline the first note is whole again.
        for cut in 1..text.len() - 1 {
            let Some(torn) = text.get(..cut) else { continue };
            let notes = Note::parse_all(&format!("{torn}\n{text}"));
            assert!(notes.iter().any(Result::is_ok) && notes.iter().any(Result::is_err), "{cut}");
        }
    }

    #[test]
    fn another_key_does_not_check_it() {
        let (one, two) = (journal(2), journal(2));
        make(one.path()).unwrap();
        make(two.path()).unwrap();
        let text = std::fs::read_to_string(Files::of(one.path()).checkpoints).unwrap();
        let notes = Note::parse_all(&text);
        let other = public_key(two.path()).unwrap().unwrap();
        assert!(!notes[0].as_ref().unwrap().is_signed_by(&other));
    }

    #[test]
    fn an_empty_journal_has_no_checkpoint() {
        let state = tempfile::tempdir().unwrap();
        assert_eq!(make(state.path()).unwrap(), None);
    }
}

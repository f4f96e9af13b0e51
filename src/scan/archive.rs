//! Archives: members are judged as they come out, within bounds that no bomb gets past.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::encoding::Kind;
use super::worker::{Allowance, Worker};
use super::{Origin, Progress, limits};

/// Judges the members of an archive.
///
/// # Errors
/// When the archive cannot be read on. What went wrong with one member is told where it stands, and
/// the next one follows.
pub(super) fn open(
    worker: &mut Worker,
    kind: Kind,
    origin: &Origin,
    reader: &mut dyn Read,
    file: Option<&File>,
    allowance: &mut Allowance,
) -> io::Result<()> {
    if allowance.depth == limits::DEPTH {
        return Err(io::Error::other(format!(
            "archives are nested more than {} deep; unpack it and scan the folder",
            limits::DEPTH
        )));
    }
    allowance.depth += 1;
    let result = match (kind, file) {
        (Kind::Zip, Some(file)) => zip(worker, origin, file, allowance),
        (Kind::Zip, None) => {
            let mut held = Vec::new();
            let most = limits::HELD.min(allowance.bytes);
            reader.take(most + 1).read_to_end(&mut held)?;
            if held.len() as u64 > most {
                Err(io::Error::other(format!(
                    "a zip archive of more than {most} bytes that cannot be sought in; unpack it \
                     and scan the folder"
                )))
            } else {
                zip(worker, origin, Cursor::new(held), allowance)
            }
        }
        (Kind::Gzip, _) => gzip(worker, origin, reader, allowance),
        _ => tar(worker, origin, reader, allowance),
    };
    allowance.depth -= 1;
    result
}

fn zip(
    worker: &mut Worker,
    origin: &Origin,
    source: impl Read + Seek,
    allowance: &mut Allowance,
) -> io::Result<()> {
    let mut archive = ZipArchive::new(source).map_err(|error| broken("zip", &error))?;
    for index in 0..archive.len() {
        count_member(worker, allowance)?;
        let mut member = match archive.by_index(index) {
            Ok(member) => member,
            Err(error) => {
                // An encrypted one, or a method that is not Deflate.
                let inner = origin.member(&format!("member {}", index + 1));
                worker.problem(&inner, &broken("zip", &error).to_string());
                continue;
            }
        };
        if member.is_dir() {
            continue;
        }
        let name = String::from_utf8_lossy(member.name_raw()).replace('\\', "/");
        let inner = origin.member(&name);
        within(worker, &inner, "zip", &mut member, allowance)?;
    }
    Ok(())
}

fn gzip(
    worker: &mut Worker,
    origin: &Origin,
    reader: &mut dyn Read,
    allowance: &mut Allowance,
) -> io::Result<()> {
    count_member(worker, allowance)?;
    // The name is that of the file without its ending; a tar's members get it as their way.
    let outer = origin.member.as_deref().unwrap_or(&origin.path);
    let name = outer.rsplit(['/', '!']).next().unwrap_or(outer);
    let name = match name.rsplit_once('.') {
        Some((stem, "tgz")) => format!("{stem}.tar"),
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => name.to_owned(),
    };
    within(worker, &origin.member(&name), "gzip", &mut MultiGzDecoder::new(reader), allowance)
}

fn tar(
    worker: &mut Worker,
    origin: &Origin,
    reader: &mut dyn Read,
    allowance: &mut Allowance,
) -> io::Result<()> {
    let mut archive = tar::Archive::new(reader);
    for entry in archive.entries().map_err(|error| broken("tar", &error))? {
        count_member(worker, allowance)?;
        let mut entry = entry.map_err(|error| broken("tar", &error))?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        within(worker, &origin.member(&name), "tar", &mut entry, allowance)?;
    }
    Ok(())
}

/// Judges one member and takes what came out of it from the allowance.
///
/// # Errors
/// When the allowance is used up, which ends the whole archive.
fn within(
    worker: &mut Worker,
    origin: &Origin,
    format: &str,
    reader: &mut dyn Read,
    allowance: &mut Allowance,
) -> io::Result<()> {
    let mut bounded = Bounded { inner: reader, left: allowance.bytes, over: false };
    let nested = allowance.depth;
    let before = allowance.bytes;
    // What a nested archive gives counts against the same allowance, besides the archive itself.
    let result = worker.stream(origin, &mut bounded, None, allowance);
    let (read, over) = (before - bounded.left, bounded.over);
    allowance.bytes = allowance.bytes.saturating_sub(read);
    allowance.depth = nested;
    if over || allowance.bytes == 0 {
        return Err(bomb());
    }
    if let Err(error) = result {
        if error.get_ref().is_some_and(|inner| inner.is::<Bomb>()) {
            return Err(error);
        }
        worker.problem(origin, &broken(format, &error).to_string());
    }
    Ok(())
}

fn count_member(worker: &Worker, allowance: &mut Allowance) -> io::Result<()> {
    Progress::add(&worker.shared.progress.members, 1);
    match allowance.members.checked_sub(1) {
        Some(left) => allowance.members = left,
        None => return Err(bomb()),
    }
    Ok(())
}

fn broken(format: &str, error: &dyn std::error::Error) -> io::Error {
    io::Error::other(format!("the {format} archive cannot be read on: {error}"))
}

/// The error that ends an archive that gives too much.
#[derive(Debug, thiserror::Error)]
#[error(
    "more comes out of it than an honest archive of its size holds; the rest was not looked at: \
     unpack it and scan the folder"
)]
struct Bomb;

fn bomb() -> io::Error {
    io::Error::other(Bomb)
}

/// A reader that gives up behind a number of bytes.
struct Bounded<'r> {
    inner: &'r mut dyn Read,
    left: u64,
    over: bool,
}

impl Read for Bounded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => {
                self.left = left;
                Ok(count)
            }
            None => {
                self.over = true;
                Err(bomb())
            }
        }
    }
}

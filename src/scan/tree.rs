//! Files and folders: what ignore files name is left out, and links are not followed.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::encoding::{self, Kind};
use super::worker::Worker;
use super::{Event, Origin, Shared, limits, segments, shown};

/// Large files, put aside for when all workers are free.
type Large = Mutex<Vec<PathBuf>>;

/// Scans files as they are named, and folders with all workers.
pub(super) fn scan(shared: &Shared, paths: &[PathBuf], send: &Sender<Event>) {
    let dir = &shared.options.dir;
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for path in paths {
        let path = dir.join(path);
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => folders.push(path),
            Ok(_) => files.push(path),
            Err(error) => shared.worker(send).problem(&origin(&path, dir), &reason(&error)),
        }
    }
    let large = Large::default();
    each(shared, &files, &large, send);
    if let Some((first, others)) = folders.split_first() {
        walk(shared, first, others, &large, send);
    }
    let mut large = large.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    large.sort();
    for path in large {
        if let Err(error) = split(shared, &path, send) {
            shared.worker(send).problem(&origin(&path, dir), &reason(&error));
        }
    }
}

/// Scans a large file with all workers, where it is of a kind that can be begun anywhere.
fn split(shared: &Shared, path: &Path, send: &Sender<Event>) -> std::io::Result<()> {
    let opened = File::open(path)?;
    let mut head = [0; 8 << 10];
    let count = opened.read_at(&mut head, 0)?;
    let origin = origin(path, &shared.options.dir);
    let kind = encoding::kind(&head[..count]);
    match kind {
        Kind::Text | Kind::Binary => {
            let size = opened.metadata()?.len();
            segments::scan(shared, &origin, &opened, size, kind == Kind::Text, send);
        }
        _ => shared.worker(send).file(&origin, &mut &opened, Some(&opened)),
    }
    Ok(())
}

/// Scans named files. They may be anything that can be read: a pipe too.
fn each(shared: &Shared, files: &[PathBuf], large: &Large, send: &Sender<Event>) {
    let next = AtomicUsize::new(0);
    let threads = shared.options.threads.min(files.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut worker = shared.worker(send);
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    file(&mut worker, path, large);
                }
            });
        }
    });
}

fn walk(shared: &Shared, first: &Path, others: &[PathBuf], large: &Large, send: &Sender<Event>) {
    let options = shared.options;
    let mut builder = WalkBuilder::new(first);
    for other in others {
        builder.add(other);
    }
    let honour = !options.no_ignore;
    builder
        .standard_filters(false)
        .hidden(!options.hidden)
        .ignore(honour)
        .parents(honour)
        .git_ignore(honour)
        .git_exclude(honour)
        .git_global(honour)
        .follow_links(false)
        .threads(options.threads)
        .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git");
    builder.build_parallel().run(|| {
        let mut worker = shared.worker(send);
        Box::new(move |entry| {
            match entry {
                Ok(entry) => {
                    if entry.file_type().is_some_and(|kind| kind.is_file()) {
                        file(&mut worker, DirEntry::path(&entry), large);
                    }
                }
                Err(error) => {
                    let path = path_of(&error).map(Path::to_owned).unwrap_or_default();
                    let text = match error.io_error() {
                        Some(error) => reason(error),
                        None => error.to_string(),
                    };
                    worker.problem(&origin(&path, &shared.options.dir), &text);
                }
            }
            WalkState::Continue
        })
    });
}

fn file(worker: &mut Worker, path: &Path, large: &Large) {
    let origin = origin(path, &worker.shared.options.dir);
    let opened = match File::open(path) {
        Ok(opened) => opened,
        Err(error) => return worker.problem(&origin, &reason(&error)),
    };
    // A pipe cannot be sought in.
    match opened.metadata() {
        Ok(meta) if meta.is_file() && meta.len() >= limits::LARGE => {
            large.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(path.to_owned());
        }
        Ok(meta) if meta.is_file() => worker.file(&origin, &mut &opened, Some(&opened)),
        _ => worker.file(&origin, &mut &opened, None),
    }
}

fn origin(path: &Path, dir: &Path) -> Origin {
    Origin::file(shown(path, dir))
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist, or is gone since".to_owned(),
        _ => error.to_string(),
    }
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}

//! Files and folders: what ignore files name is left out, and links are not followed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::worker::Worker;
use super::{Event, Origin, Shared, shown};

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
    each(shared, &files, send);
    if let Some((first, others)) = folders.split_first() {
        walk(shared, first, others, send);
    }
}

/// Scans named files. They may be anything that can be read: a pipe too.
fn each(shared: &Shared, files: &[PathBuf], send: &Sender<Event>) {
    let next = AtomicUsize::new(0);
    let threads = shared.options.threads.min(files.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut worker = shared.worker(send);
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    file(&mut worker, path);
                }
            });
        }
    });
}

fn walk(shared: &Shared, first: &Path, others: &[PathBuf], send: &Sender<Event>) {
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
                        file(&mut worker, DirEntry::path(&entry));
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

fn file(worker: &mut Worker, path: &Path) {
    let origin = origin(path, &worker.shared.options.dir);
    match File::open(path) {
        // A pipe cannot be sought in.
        Ok(mut file) => match file.try_clone() {
            Ok(same) if same.metadata().is_ok_and(|meta| meta.is_file()) => {
                worker.file(&origin, &mut file, Some(&same));
            }
            _ => worker.file(&origin, &mut file, None),
        },
        Err(error) => worker.problem(&origin, &reason(&error)),
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

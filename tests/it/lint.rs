//! The rules for definitions: their pages, their fixtures, and what every run must keep.

mod bad;
mod command;
mod fixtures;
mod meta;
mod new;
#[cfg(target_os = "linux")]
mod rehearse;
mod schema;

use std::path::{Path, PathBuf};

use portcullis::bundle::file::Bundle;
use portcullis::bundle::load::{Request, load};
use portcullis::lint::finding::Finding;
use portcullis::lint::rule::Preset;
use portcullis::lint::{self, Terms};

/// Every preset, also the one that is only asked for by name.
const ALL: &[Preset] =
    &[Preset::Plugin, Preset::Project, Preset::Marketplace, Preset::Portable, Preset::Standard];

/// The folder of fixtures.
fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/lint")
}

/// The sub-folders of a folder, sorted.
fn folders(dir: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(dir)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_default();
    all.retain(|path| path.is_dir());
    all.sort();
    all
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// Everything below a folder, with every rule asked.
fn look(dir: &Path) -> (Bundle, Vec<Finding>) {
    let request =
        Request { base: dir.to_path_buf(), paths: vec![dir.to_path_buf()], overlay: None };
    let (bundle, unread) = load(&request, &|_, _| false);
    assert!(unread.is_empty(), "{unread:?}");
    let terms = Terms { presets: ALL.to_vec(), ..Terms::default() };
    let findings = lint::run(&bundle, &terms);
    (bundle, findings)
}

//! The floor of every process: a program that does nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

/// An empty program with the release profile's flags.
pub(crate) fn build_empty(dir: &Path) -> PathBuf {
    let source = dir.join("empty.rs");
    std::fs::write(&source, "fn main() {}\n").expect("the source");
    let program = dir.join("empty");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let status = Command::new(rustc)
        .args(["--edition=2024", "-Copt-level=3", "-Clto=fat", "-Ccodegen-units=1"])
        .args(["-Cstrip=symbols", "-Ctarget-feature=+crt-static", "-o"])
        .arg(&program)
        .arg(&source)
        .status()
        .expect("rustc starts");
    assert!(status.success(), "the empty program does not build");
    program
}

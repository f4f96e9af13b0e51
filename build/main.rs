//! Compiles data files into tables. No network, no clock: the same files give the same tables.

mod actions;
mod bundle;
mod gates;
mod hints;
mod secrets;

use std::path::PathBuf;

use anyhow::Context;

#[expect(clippy::print_stdout, reason = "cargo reads build directives from standard output")]
fn main() -> anyhow::Result<()> {
    println!("cargo::rerun-if-changed=build");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").context("cargo did not set OUT_DIR")?);
    actions::compile(&out)?;
    bundle::build()?;
    gates::compile(&out)?;
    secrets::generate()
}

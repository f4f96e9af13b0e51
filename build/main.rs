//! Compiles data files into tables. No network, no clock: the same files give the same tables.

fn main() {
    println!("cargo::rerun-if-changed=build");
}

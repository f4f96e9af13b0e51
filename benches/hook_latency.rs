//! Process-level cost of a hook call.
fn main() {}

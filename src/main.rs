//! Entry point: hands the arguments to the library and exits with what it returns.

use std::process::ExitCode;

fn main() -> ExitCode {
    portcullis::main(std::env::args_os().collect())
}

//! The `attio-destination` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    attio_destination::hosts::cli::main()
}

//! The Lambda functions: one binary, whose role the environment gives.

use std::process::ExitCode;

fn main() -> ExitCode {
    attio_destination::hosts::lambda::main()
}

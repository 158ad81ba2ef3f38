//! Writes `src/attribute/phone_number/rules.bin` anew, from the metadata of the `rlibphonenumber` that `Cargo.lock` names:
//!
//! ```text
//! cargo run --no-default-features --example phone_rules
//! ```
//!
//! The metadata is Google's (libphonenumber, Apache License 2.0). Of it is kept what it takes to read a number and to tell
//! whose it is: no formats, no example numbers, no types.

#![allow(
    clippy::disallowed_methods,
    reason = "a program that reads and writes files, not a part of the core"
)]

mod automaton;
mod layout;
mod metadata;
mod pattern;
mod tables;

use std::process::ExitCode;

const TARGET: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/src/attribute/phone_number/rules.bin"
);

fn main() -> ExitCode {
    let written = rules().and_then(|rules| {
        std::fs::write(TARGET, rules).map_err(|error| format!("cannot write `{TARGET}`: {error}"))
    });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn rules() -> Result<Vec<u8>, String> {
    tables::tables(&metadata::read()?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_rules_are_those_of_the_metadata() {
        let fresh = super::rules().unwrap_or_else(|error| panic!("{error}"));
        let written = std::fs::read(super::TARGET).unwrap();
        assert!(
            fresh == written,
            "`rules.bin` is not what `rlibphonenumber` has: run `cargo run --no-default-features --example phone_rules`"
        );
    }
}

//! Writes `src/attribute/public_suffix/list.rs` anew from a copy of the Public Suffix List:
//!
//! ```text
//! curl -O https://publicsuffix.org/list/public_suffix_list.dat
//! cargo run --no-default-features --example public_suffixes -- public_suffix_list.dat
//! ```
//!
//! Of the list only the ICANN section is kept (`github.io` is somebody's domain, `co.uk` is nobody's), and of that only
//! rules of two labels and more: the default rule of the list says the same as every rule of one label.

#![allow(
    clippy::disallowed_methods,
    reason = "a program that reads and writes files, not a part of the core"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::ExitCode;

const TARGET: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/src/attribute/public_suffix/list.rs"
);

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: public_suffixes public_suffix_list.dat");
        return ExitCode::from(2);
    };
    let written = std::fs::read_to_string(&path)
        .map_err(|error| format!("cannot read `{path}`: {error}"))
        .and_then(|list| compact(&list))
        .and_then(|source| {
            std::fs::write(TARGET, source)
                .map_err(|error| format!("cannot write `{TARGET}`: {error}"))
        });
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The source of `list.rs`.
fn compact(list: &str) -> Result<String, String> {
    let version = list
        .lines()
        .find_map(|line| line.strip_prefix("// VERSION: "))
        .ok_or("the list names no version")?;
    let icann = list
        .split_once("// ===BEGIN ICANN DOMAINS===")
        .and_then(|(_, rest)| rest.split_once("// ===END ICANN DOMAINS==="))
        .ok_or("the list has no ICANN section")?
        .0;
    let mut rules: BTreeMap<String, Rules> = BTreeMap::new();
    for line in icann.lines() {
        let rule = line.split_whitespace().next().unwrap_or_default();
        if rule.is_empty() || rule.starts_with("//") {
            continue;
        }
        let name = rule.trim_start_matches("*.").trim_start_matches('!');
        let name =
            idna::domain_to_ascii_strict(name).map_err(|_| format!("`{name}` is no name"))?;
        let (before, top) = match name.rsplit_once('.') {
            Some((before, top)) => (before, top),
            None if rule.contains('*') => ("", name.as_str()),
            None => continue,
        };
        let of = rules.entry(top.to_owned()).or_default();
        let names = match rule.as_bytes()[0] {
            b'*' => &mut of.below,
            b'!' => &mut of.exceptions,
            _ => &mut of.suffixes,
        };
        names.push(before.to_owned());
    }
    let mut out = format!(
        "// Rules of the Public Suffix List, version {version}, compacted by `examples/public_suffixes.rs`.\n\
         //\n\
         // This Source Code Form is subject to the terms of the Mozilla Public License, v. 2.0. If a copy of the MPL was\n\
         // not distributed with this file, You can obtain one at https://mozilla.org/MPL/2.0/.\n\n\
         use super::Rules;\n\n\
         /// By top-level domain, in order: what stands before it in its rules, in order; the names right below which every\n\
         /// name is a suffix; and the exceptions of these.\n\
         #[rustfmt::skip]\n\
         pub(super) static RULES: &[Rules] = &[\n"
    );
    let quoted = |names: &[String]| {
        let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        quoted.join(", ")
    };
    for (top, mut rules) in rules {
        rules.suffixes.sort();
        writeln!(
            out,
            "    (\"{top}\", \"{}\", &[{}], &[{}]),",
            rules.suffixes.join(" "),
            quoted(&rules.below),
            quoted(&rules.exceptions)
        )
        .map_err(|error| error.to_string())?;
    }
    out.push_str("];\n");
    Ok(out)
}

/// The rules of a top-level domain, without it.
#[derive(Default)]
struct Rules {
    /// `co` of `co.uk`.
    suffixes: Vec<String>,
    /// `kobe` of `*.kobe.jp`, nothing of `*.ck`.
    below: Vec<String>,
    /// `city.kobe` of `!city.kobe.jp`.
    exceptions: Vec<String>,
}

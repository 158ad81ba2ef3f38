//! Holds the architecture: imports run one way, and the core stays pure.
//!
//! The sources are read as tokens, without comments, literals and `#[cfg(test)]` modules, and every path in them is
//! looked at, also those inside `use a::{b, c}`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules of `src/`, layer by layer. A module may import from the layers above its own and from nothing else:
/// modules of one layer do not know each other.
const LAYERS: &[&[&str]] = &[
    &["diagnostic"],
    &["json"],
    &["shape"],
    &["event", "schema"],
    &["subscription", "mapping", "attribute"],
    &["action"],
    &["config"],
    &["plan", "catalog"],
    // Above: pure. Below: shells.
    &["delivery"],
    &["sandbox"],
    &["hosts"],
];

/// The last pure layer.
const LAST_PURE: &str = "plan";

/// Imports that the layers would allow, and why they are refused all the same.
const REFUSED: &[(&str, &str, &str)] = &[(
    "sandbox",
    "attribute",
    "the sandbox judges what the coercer writes, so it must not judge by the coercer's own rules",
)];

/// What the pure modules must not touch, and why.
const IMPURE: &[(&str, &str)] = &[
    ("std::fs", "files"),
    ("std::net", "the network"),
    ("std::env", "the environment"),
    ("std::process", "processes"),
    ("std::thread", "threads"),
    ("std::os", "the operating system"),
    ("std::time::SystemTime", "a clock"),
    ("std::time::Instant", "a clock"),
    ("std::io::stdin", "the terminal"),
    ("std::io::stdout", "the terminal"),
    ("std::io::stderr", "the terminal"),
    ("println", "the terminal"),
    ("eprintln", "the terminal"),
    ("print", "the terminal"),
    ("eprint", "the terminal"),
    ("time::OffsetDateTime::now_utc", "a clock"),
    ("time::OffsetDateTime::now_local", "a clock"),
    ("time::UtcDateTime::now", "a clock"),
    ("rand", "randomness"),
    ("getrandom", "randomness"),
    ("tokio", "a runtime"),
    ("tracing", "a subscriber"),
    ("reqwest", "the network"),
    ("axum", "the network"),
    ("redb", "files"),
    ("clap", "the command line"),
];

/// One path in a source file, e.g. `crate::json::Value`.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Import {
    file: PathBuf,
    path: String,
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !path.ends_with("tests.rs") {
            found.push(path);
        }
    }
}

/// Identifiers and single punctuation marks of a source, `::` as one, without comments and literals.
fn tokens(source: &str) -> Vec<String> {
    let chars: Vec<char> = source.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let (mut i, mut found) = (0, Vec::new());
    while i < chars.len() {
        match at(i) {
            '/' if at(i + 1) == '/' => {
                while i < chars.len() && at(i) != '\n' {
                    i += 1;
                }
            }
            '/' if at(i + 1) == '*' => {
                let mut depth = 0;
                loop {
                    match (at(i), at(i + 1)) {
                        ('/', '*') => (depth, i) = (depth + 1, i + 2),
                        ('*', '/') => (depth, i) = (depth - 1, i + 2),
                        _ => i += 1,
                    }
                    if depth == 0 || i >= chars.len() {
                        break;
                    }
                }
            }
            '"' => i = after_string(&chars, i),
            '\'' => i = after_char_or_lifetime(&chars, i),
            c if c.is_alphabetic() || c == '_' => {
                let from = i;
                while at(i).is_alphanumeric() || at(i) == '_' {
                    i += 1;
                }
                let word: String = chars[from..i].iter().collect();
                match (word.as_str(), at(i)) {
                    ("b" | "c", '"') => i = after_string(&chars, i),
                    ("b", '\'') => i = after_char_or_lifetime(&chars, i),
                    ("r" | "br" | "cr", '"' | '#') => i = after_raw_string(&chars, i),
                    _ => found.push(word),
                }
            }
            ':' if at(i + 1) == ':' => {
                found.push("::".to_owned());
                i += 2;
            }
            c => {
                if !c.is_whitespace() {
                    found.push(c.to_string());
                }
                i += 1;
            }
        }
    }
    found
}

fn after_string(chars: &[char], quote: usize) -> usize {
    let mut i = quote + 1;
    while i < chars.len() && chars[i] != '"' {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    i + 1
}

fn after_raw_string(chars: &[char], from: usize) -> usize {
    let hashes = chars[from..].iter().take_while(|c| **c == '#').count();
    let mut i = from + hashes + 1;
    while i < chars.len() {
        let closes = chars[i] == '"'
            && chars[i + 1..]
                .iter()
                .take_while(|c| **c == '#')
                .take(hashes)
                .count()
                == hashes;
        i += 1;
        if closes {
            return i + hashes;
        }
    }
    i
}

fn after_char_or_lifetime(chars: &[char], quote: usize) -> usize {
    match (chars.get(quote + 1), chars.get(quote + 2)) {
        (Some('\\'), _) => {
            let mut i = quote + 3;
            while i < chars.len() && chars[i] != '\'' {
                i += 1;
            }
            i + 1
        }
        (Some(_), Some('\'')) => quote + 3,
        _ => quote + 1,
    }
}

/// Takes out what only tests see: `#[cfg(test)]` and the item behind it.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    let cfg_test = ["#", "[", "cfg", "(", "test", ")", "]"];
    let (mut kept, mut i) = (Vec::with_capacity(tokens.len()), 0);
    while i < tokens.len() {
        if tokens[i..].len() < cfg_test.len() || tokens[i..i + cfg_test.len()] != cfg_test {
            kept.push(tokens[i].clone());
            i += 1;
            continue;
        }
        i += cfg_test.len();
        let mut depth = 0;
        while i < tokens.len() {
            match tokens[i].as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            let ends = depth == 0 && matches!(tokens[i].as_str(), "}" | ";");
            i += 1;
            if ends {
                break;
            }
        }
    }
    kept
}

/// Every path in the tokens, those in groups written out.
fn paths(tokens: &[String]) -> Vec<String> {
    let is_word = |token: &str| token.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let (mut found, mut i) = (Vec::new(), 0);
    while i < tokens.len() {
        if is_word(&tokens[i]) {
            i = path(tokens, i, String::new(), &mut found);
        } else {
            i += 1;
        }
    }
    found
}

/// Reads one path, or the tree of one, from `i`; gives the place behind it.
fn path(tokens: &[String], mut i: usize, prefix: String, found: &mut Vec<String>) -> usize {
    let mut whole = prefix;
    loop {
        match tokens.get(i).map(String::as_str) {
            Some("{") => {
                i += 1;
                while tokens.get(i).is_some_and(|token| token != "}") {
                    i = if tokens[i] == "," {
                        i + 1
                    } else {
                        path(tokens, i, whole.clone(), found)
                    };
                }
                return i + 1;
            }
            Some(word) => {
                whole.push_str(word);
                i += 1;
            }
            None => break,
        }
        match (tokens.get(i), tokens.get(i + 1).map(String::as_str)) {
            (Some(colons), Some(next))
                if colons == "::"
                    && (next == "{" || next == "*" || next.starts_with(char::is_alphabetic)) =>
            {
                whole.push_str("::");
                i += 1;
            }
            _ => break,
        }
    }
    found.push(whole);
    i
}

/// The module a file is: `src/plan/write.rs` is `["plan", "write"]`.
fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<_> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

/// `super::x` from the root of the crate, as `crate::...::x`.
fn absolute(module: &[String], path: &str) -> String {
    let mut steps: Vec<&str> = path.split("::").collect();
    let mut from = module.len();
    let mut is_relative = steps[0] == "self";
    while steps.first().is_some_and(|s| *s == "super" || *s == "self") {
        if steps.remove(0) == "super" {
            from = from.saturating_sub(1);
            is_relative = true;
        }
    }
    if !is_relative {
        return path.to_owned();
    }
    let mut whole = vec!["crate"];
    whole.extend(module[..from].iter().map(String::as_str));
    whole.extend(steps);
    whole.join("::")
}

fn imports() -> Vec<Import> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut found = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let file = file.strip_prefix(&src).unwrap().to_owned();
        let module = module_of(&file);
        for path in paths(&without_tests(tokens(&text))) {
            found.insert(Import {
                path: absolute(&module, &path),
                file: file.clone(),
            });
        }
    }
    assert!(found.len() > 100, "the sources were not found");
    found.into_iter().collect()
}

fn layer_of(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

/// What is wrong with one import, if anything.
fn offence(import: &Import) -> Option<String> {
    let module = module_of(&import.file).swap_remove(0);
    let file = import.file.display();
    let path = &import.path;
    if matches!(module.as_str(), "lib" | "main" | "bin") {
        let host = path.strip_prefix("attio_destination::")?;
        return (!host.starts_with("hosts::"))
            .then(|| format!("{file}: `{path}`: a binary only calls its host"));
    }
    let Some(layer) = layer_of(&module) else {
        return Some(format!(
            "{file}: `{module}` stands in no layer of {}",
            file!()
        ));
    };
    if Some(layer) <= layer_of(LAST_PURE) {
        let touches = |impure: &str| {
            path.strip_prefix(impure)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        if let Some((_, what)) = IMPURE.iter().find(|(impure, _)| touches(impure)) {
            return Some(format!(
                "{file}: `{path}`: `{module}` is pure, and this is {what}"
            ));
        }
    }
    let other = path.strip_prefix("crate::")?.split("::").next()?;
    let other_layer = layer_of(other)?;
    if other != module && other_layer >= layer {
        return Some(format!(
            "{file}: `{path}`: `{module}` must not know `{other}`"
        ));
    }
    REFUSED
        .iter()
        .find(|(from, to, _)| *from == module && *to == other)
        .map(|(_, _, why)| format!("{file}: `{path}`: {why}"))
}

#[test]
fn imports_run_one_way_and_the_core_is_pure() {
    let offences: Vec<_> = imports().iter().filter_map(offence).collect();
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

#[test]
fn the_sources_of_every_module_are_looked_at() {
    let modules: BTreeSet<_> = imports()
        .iter()
        .map(|import| module_of(&import.file).swap_remove(0))
        .collect();
    for module in [
        "diagnostic",
        "json",
        "event",
        "schema",
        "attribute",
        "plan",
        "hosts",
    ] {
        assert!(modules.contains(module), "{module}");
    }
}

#[test]
fn an_import_against_the_table_is_found() {
    let offence = |file: &str, source: &str| {
        let file = PathBuf::from(file);
        let module = module_of(&file);
        paths(&without_tests(tokens(source)))
            .iter()
            .filter_map(|path| {
                offence(&Import {
                    file: file.clone(),
                    path: absolute(&module, path),
                })
            })
            .collect::<Vec<_>>()
            .join("\n")
    };
    for (file, source, expect) in [
        (
            "event/read.rs",
            "use crate::plan::Plan;",
            "event/read.rs: `crate::plan::Plan`: `event` must not know `plan`",
        ),
        (
            "mapping/mod.rs",
            "use crate::{json::Value, attribute::{Coercer, text}};",
            "mapping/mod.rs: `crate::attribute::Coercer`: `mapping` must not know `attribute`\n\
             mapping/mod.rs: `crate::attribute::text`: `mapping` must not know `attribute`",
        ),
        (
            "plan/build.rs",
            "fn f() { super::super::delivery::send() }",
            "plan/build.rs: `crate::delivery::send`: `plan` must not know `delivery`",
        ),
        (
            "config.rs",
            "use std::{fmt, time::{Duration, Instant}};",
            "config.rs: `std::time::Instant`: `config` is pure, and this is a clock",
        ),
        (
            "event/mod.rs",
            "fn f<'a>(x: &'a str) { std::fs::read(x); println!() }",
            "event/mod.rs: `std::fs::read`: `event` is pure, and this is files\n\
             event/mod.rs: `println`: `event` is pure, and this is the terminal",
        ),
        (
            "sandbox/records.rs",
            "use crate::attribute::Coercer;",
            "sandbox/records.rs: `crate::attribute::Coercer`: the sandbox judges what the coercer writes, \
             so it must not judge by the coercer's own rules",
        ),
        (
            "main.rs",
            "use attio_destination::plan::Plan; fn main() { attio_destination::hosts::cli::main() }",
            "main.rs: `attio_destination::plan::Plan`: a binary only calls its host",
        ),
        // What is no import: comments, literals, tests.
        (
            "event/mod.rs",
            "// use std::fs;\n/* std::fs /* std::env */ */",
            "",
        ),
        (
            "event/mod.rs",
            r##"const A: &str = r#"std::fs"#; const B: char = '"'; "std::net""##,
            "",
        ),
        (
            "event/mod.rs",
            "#[cfg(test)] mod tests { fn f() { std::fs::read() } } use std::fmt;",
            "",
        ),
    ] {
        assert_eq!(offence(file, source), expect, "{file}: {source}");
    }
    assert_eq!(
        offence("utils.rs", "fn"),
        "utils.rs: `utils` stands in no layer of tests/architecture.rs"
    );
}

//! The schema of a workspace as its users meet it: read from, compared with and added to an Attio that runs on its own.

#![allow(
    clippy::disallowed_methods,
    reason = "tests run processes and read files"
)]

#[allow(dead_code, reason = "not every test needs all of it")]
mod attio;
#[allow(dead_code, reason = "not every test needs all of it")]
mod binary;

use std::fs;
use std::path::Path;

use attio::{Attio, TOKEN};
use binary::{Run, command, finish, run};
use serde_json::Value;

/// Runs the binary with the token.
fn ask(args: &[&str]) -> Run {
    let mut command = command(args);
    finish(command.env("ATTIO_API_KEY", TOKEN).spawn().unwrap(), b"")
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_schema_is_pulled_into_a_file_that_every_command_reads() {
    let attio = Attio::start(&["--latency", "3ms", "--server-errors", "5%", "--rate-limit"]);
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "schema.json", "what was here before");
    let pulled = ask(&["schema", "pull", "--base-url", &attio.url, "-o", &file]);
    assert_eq!(
        (pulled.code, pulled.out.as_str()),
        (0, ""),
        "{}",
        pulled.err
    );
    assert!(
        pulled
            .err
            .ends_with("schema.json: 5 objects, 79 attributes, 0 members\n"),
        "{}",
        pulled.err
    );
    let text = fs::read_to_string(&file).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(schema["is_partial"], Value::Null);
    let printed = ask(&["schema", "pull", "--base-url", &attio.url]);
    assert_eq!(printed.out, text);

    let differences = run(&["schema", "diff", &file, &file], "");
    assert_eq!((differences.code, differences.out.as_str()), (0, ""));
    let shown = run(&["schema", "show", "users", "--schema", &file], "");
    assert!(
        shown.out.contains("⇄ people.associated_users"),
        "{}",
        shown.out
    );
    let checked = run(&["check", "segment", "--schema", &file], "");
    assert_eq!(
        (checked.code, checked.out.as_str()),
        (0, "segment: 0 errors, 0 warnings\n")
    );
}

#[test]
fn a_token_that_may_not_read_the_schema_is_told_which_scope_it_lacks() {
    let attio = Attio::start(&["--scopes", "object_configuration:read"]);
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "schema.json", "what was here before");
    let pulled = ask(&["schema", "pull", "--base-url", &attio.url, "-o", &file]);
    assert_eq!(pulled.code, 2);
    insta::assert_snapshot!(pulled.err, @"
    error: the token lacks the scope `user_management:read`
      help: in Attio, under Workspace settings > Developers, give the token `User management: Read`
    ");
    assert_eq!(fs::read_to_string(&file).unwrap(), "what was here before");
}

#[test]
fn the_schema_of_the_moment_is_refused_where_nothing_is_delivered() {
    let checked = run(&["check", "segment", "--schema", "live"], "");
    assert_eq!(checked.code, 2);
    insta::assert_snapshot!(checked.err, @"
    error: the schema of the moment is read by `deliver` and `schema create-missing` only
      help: write it to a file first: `attio-destination schema pull -o schema.json`
    ");
}

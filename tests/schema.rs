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
use serde_json::{Value, json};

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

const EVENT: &str =
    r#"{"type": "identify", "userId": "u1", "traits": {"email": "ada@acme.com", "plan": "pro "}}"#;

/// A configuration that maps a trait to an attribute `plan` of users.
fn config(folder: &Path) -> String {
    let text = r#"{"name": "mine", "subscriptions": [{"action": "identify_user", "subscribe": "type = \"identify\"",
        "mapping": {"user_attributes": {"plan": {"@path": "$.traits.plan"}}}}]}"#;
    write(folder, "config.json", text)
}

#[test]
fn a_delivery_reads_the_schema_of_the_moment() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let events = write(folder.path(), "events.ndjson", EVENT);
    let mut schema: Value =
        serde_json::from_str(&run(&["schema", "show", "--format", "json"], "").out).unwrap();
    schema["objects"]["users"]["attributes"]["plan"] =
        json!({"type": "select", "options": [{"title": "Pro"}]});
    let schema = write(folder.path(), "workspace.json", &schema.to_string());
    let attio = Attio::start(&["--schema", &schema]);
    let deliver = [
        "deliver",
        "--schema",
        "live",
        "--base-url",
        &attio.url,
        "--config",
        &config,
    ];
    let dry = ask(&[&deliver[..], &["--dry-run", &events]].concat());
    assert_eq!((dry.code, dry.err.as_str()), (0, ""), "{}", dry.out);
    let run = ask(&[&deliver[..], &[&events]].concat());
    assert_eq!((run.code, run.err.as_str()), (0, ""), "{}", run.out);
    let records = attio.records();
    assert_eq!(records["users"][0]["values"]["plan"], json!(["Pro"]));

    // A workspace without the attribute: nothing is written, and the configuration is told.
    let attio = Attio::start(&[]);
    let deliver = [
        "deliver",
        "--schema",
        "live",
        "--base-url",
        &attio.url,
        "--config",
        &config,
    ];
    let refused = ask(&[&deliver[..], &[&events]].concat());
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
    assert!(
        refused.err.contains("schema.unknown_attribute"),
        "{}",
        refused.err
    );
    assert_eq!(attio.records(), json!({}));
}

#[test]
fn the_schema_of_the_moment_needs_an_attio_and_the_scopes_to_read_it() {
    let embedded = run(&["deliver", "--schema", "live", "--sandbox"], "");
    assert_eq!(embedded.code, 2);
    insta::assert_snapshot!(embedded.err, @"
    error: the embedded Attio has no schema but the one that it is given
      help: leave out `--schema live`, or name a file
    ");
    let attio = Attio::start(&[
        "--scopes",
        "record_permission:read-write,object_configuration:read",
    ]);
    let deliver = ["deliver", "--schema", "live", "--base-url", &attio.url];
    let refused = ask(&deliver);
    assert_eq!(refused.code, 2);
    insta::assert_snapshot!(refused.err, @"
    error: the token lacks the scope `user_management:read`
      help: in Attio, under Workspace settings > Developers, give the token `User management: Read`
    ");
}

/// A configuration with a declared select, a number that only events tell of, and a constant.
fn growing_config(folder: &Path) -> String {
    let path = |path: &str| json!({"@path": path});
    let config = json!({
        "name": "mine",
        "subscriptions": [{"action": "identify_user", "subscribe": "type = \"identify\"", "mapping": {
            "user_attributes": {"plan": path("$.traits.plan"), "seats": path("$.traits.seats"), "source": "web"},
        }}],
        "attributes": {"users": {"plan": {"type": "select", "options": ["Free", "Pro"]}}},
    });
    write(folder, "config.json", &config.to_string())
}

#[test]
fn what_a_configuration_needs_is_created_once_and_then_delivered_to() {
    let attio = Attio::start(&["--rate-limit", "--server-errors", "5%", "--resets", "5%"]);
    let folder = tempfile::tempdir().unwrap();
    let config = growing_config(folder.path());
    let events = [
        json!({"type": "identify", "userId": "u1", "traits": {"email": "a@acme.com", "plan": "pro", "seats": 3}}),
        json!({"type": "identify", "userId": "u2", "traits": {"email": "b@acme.com", "plan": "Free", "seats": 4.5}}),
    ];
    let events = events.map(|event| event.to_string()).join("\n");
    let events = write(folder.path(), "events.ndjson", &events);
    let schema = write(folder.path(), "schema.json", "");
    let pull = ["schema", "pull", "--base-url", &attio.url, "-o", &schema];
    assert_eq!(ask(&pull).code, 0);
    let create = [
        "schema",
        "create-missing",
        &config,
        "--base-url",
        &attio.url,
    ];
    let from_file = [&create[..], &["--schema", &schema, "--sample", &events]].concat();

    // Nobody can be asked here.
    let asked = ask(&from_file);
    assert_eq!(asked.code, 2);
    insta::assert_snapshot!(asked.err, @"
    error: nothing was created: there is no terminal to ask at
      help: add --yes to create it without being asked
    ");
    assert_eq!(run(&["check", &config, "--schema", &schema], "").code, 1);

    let created = ask(&[&from_file[..], &["--yes"]].concat());
    assert_eq!((created.code, created.err.as_str()), (0, ""));
    insta::assert_snapshot!(created.out, @"
     Missing        Title    Type     Options     From
    ────────────── ──────── ──────── ─────────── ────────────────────────
     users.plan     Plan     select   Free, Pro   the declaration
     users.seats    Seats    number               2 values of the sample
     users.source   Source   text                 the mapping

    created 3 attributes and 2 options; now pull the schema anew
    ");

    let again = ask(&[
        &create[..],
        &["--sample", &events, "--yes", "--format", "json"],
    ]
    .concat());
    assert_eq!(again.code, 0, "{}", again.err);
    insta::assert_snapshot!(again.out, @r#"{"attributes":[],"options":[],"problems":[],"created":{"attributes":0,"options":0,"found":0}}"#);
    let from_old_file = ask(&[&from_file[..], &["--yes"]].concat());
    assert!(
        from_old_file
            .out
            .contains("created 0 attributes and 0 options, 5 there already"),
        "{}",
        from_old_file.out
    );

    assert_eq!(ask(&pull).code, 0);
    let checked = run(&["check", &config, "--schema", &schema], "");
    assert_eq!(checked.code, 0, "{}", checked.err);
    let args = [
        "deliver",
        "--config",
        &config,
        "--schema",
        &schema,
        "--base-url",
        &attio.url,
        &events,
    ];
    let delivered = ask(&args);
    assert_eq!(
        (delivered.code, delivered.err.as_str()),
        (0, ""),
        "{}",
        delivered.out
    );
    let records = attio.records();
    let users = records["users"].as_array().unwrap().iter();
    let values: Vec<_> = users
        .map(|user| (&user["values"]["plan"], &user["values"]["seats"]))
        .collect();
    assert_eq!(
        values,
        [
            (&json!(["Pro"]), &json!(["3"])),
            (&json!(["Free"]), &json!(["4.5"]))
        ]
    );
}

#[test]
fn what_cannot_be_created_is_told_and_what_needs_no_attio_asks_none() {
    let folder = tempfile::tempdir().unwrap();
    let config = growing_config(folder.path());
    let attio = Attio::start(&["--scopes", "object_configuration:read,user_management:read"]);
    let create = [
        "schema",
        "create-missing",
        &config,
        "--base-url",
        &attio.url,
    ];
    let refused = ask(&create);
    assert_eq!((refused.code, refused.out.as_str()), (2, ""));
    insta::assert_snapshot!(refused.err, @"
    error: the token lacks the scope `object_configuration:read-write`
      help: in Attio, under Workspace settings > Developers, give the token `Object Configuration: Read-write`
    ");
    // A workspace that has all of it is not even asked.
    let mut schema: Value =
        serde_json::from_str(&run(&["schema", "show", "--format", "json"], "").out).unwrap();
    for (slug, kind) in [("plan", "select"), ("seats", "number"), ("source", "text")] {
        schema["objects"]["users"]["attributes"][slug] = json!({"type": kind});
    }
    schema["is_partial"] = false.into();
    let schema = write(folder.path(), "schema.json", &schema.to_string());
    let create = ["schema", "create-missing", &config, "--schema", &schema];
    let nothing = run(&create, "");
    assert_eq!(
        (nothing.code, nothing.out.as_str()),
        (0, "nothing is missing\n"),
        "{}",
        nothing.err
    );
    // Without a sample nobody knows what `seats` is to be.
    let attio = Attio::start(&[]);
    let create = [
        "schema",
        "create-missing",
        &config,
        "--base-url",
        &attio.url,
        "--yes",
    ];
    let partly = ask(&create);
    assert_eq!(partly.code, 1);
    assert!(
        partly
            .out
            .ends_with("\ncreated 2 attributes and 2 options\n"),
        "{}",
        partly.out
    );
    assert!(
        partly
            .err
            .contains("nothing tells of which type it is to be"),
        "{}",
        partly.err
    );
}

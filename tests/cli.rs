//! The binary as its users meet it: what it prints, where, and how it ends.

#![allow(
    clippy::disallowed_methods,
    reason = "tests run processes and read files"
)]

mod binary;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;

use binary::{command, example, finish, interrupt, lines, run};

const IDENTIFY: &str = r#"{"type":"identify","userId":"u1","messageId":"m1","timestamp":"2026-09-14T08:07:00.770Z","traits":{"email":"Ada@Example.com"}}"#;
const GROUP: &str = r#"{"type":"group","userId":"u1","groupId":"w1","messageId":"m2","traits":{"website":"https://www.example.com/about"}}"#;
const TRACK: &str = r#"{"type":"track","userId":"u1","messageId":"m3","event":"Signed Up"}"#;

#[test]
fn plan_prints_a_plan_a_line_in_the_order_of_the_events() {
    let run = run(
        &["plan", "--config", "minimal"],
        format!("{IDENTIFY}\n{TRACK}\n{GROUP}\n"),
    );
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let plans = lines(&run.out).map(|mut plan| {
        for write in plan["writes"].as_array_mut().unwrap() {
            let values = write["values"].as_object().unwrap();
            write["values"] = values.keys().cloned().collect::<Vec<_>>().into();
        }
        plan.to_string()
    });
    insta::assert_snapshot!(plans.collect::<Vec<_>>().join("\n"), @r#"
    {"message_id":"m1","event_time":"2026-09-14T08:07:00.770000000Z","outcome":"planned","writes":[{"id":"0.person","kind":"assert","object":"people","matching_attribute":"email_addresses","values":["email_addresses"],"depends_on":[]},{"id":"0.user","kind":"assert","object":"users","matching_attribute":"user_id","values":["primary_email_address","user_id","person"],"depends_on":["0.person"]}],"diagnostics":[]}
    {"message_id":"m3","outcome":"filtered","reason":"no subscription takes this `track` event","writes":[],"diagnostics":[]}
    {"message_id":"m2","outcome":"planned","writes":[{"id":"1.company","kind":"assert","object":"companies","matching_attribute":"domains","values":["domains"],"depends_on":[]},{"id":"1.workspace","kind":"assert","object":"workspaces","matching_attribute":"workspace_id","values":["workspace_id","company"],"depends_on":["1.company"]},{"id":"1.membership","kind":"append","object":"workspaces","record":"1.workspace","values":["users"],"depends_on":["1.workspace"]}],"diagnostics":[]}
    "#);
}

#[test]
fn plan_prints_requests_that_say_whose_record_an_append_is_for() {
    let run = run(&["plan", "-c", "minimal", "--requests"], GROUP);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let requests = lines(&run.out).next().unwrap()["requests"].take();
    let requests = requests.as_array().unwrap().iter().map(|request| {
        let values = &request["body"]["data"]["values"];
        assert!(!values.as_object().unwrap().is_empty());
        let mut request = request.clone();
        request["body"].take();
        request.to_string()
    });
    insta::assert_snapshot!(requests.collect::<Vec<_>>().join("\n"), @r#"
    {"id":"1.company","method":"PUT","path":"/v2/objects/companies/records?matching_attribute=domains","body":null}
    {"id":"1.workspace","method":"PUT","path":"/v2/objects/workspaces/records?matching_attribute=workspace_id","body":null}
    {"id":"1.membership","method":"PATCH","path":"/v2/objects/workspaces/records/{record_id}","record":"1.workspace","body":null}
    "#);
}

#[test]
fn plan_explains_how_each_value_came_to_be() {
    let explained = run(&["plan", "-c", "minimal", "--explain"], IDENTIFY);
    assert_eq!((explained.code, explained.err.as_str()), (0, ""));
    insta::assert_snapshot!(explained.out, @r#"
    event 1 at line 1 (m1): planned
     Write      Attribute                     Mapped from                       Found                             Type               Written
    ────────── ───────────────────────────── ───────────────────────────────── ───────────────────────────────── ────────────────── ────────────────────────────────
     0          field email_address           {"@first":[{"@path":"$.traits.e   "Ada@Example.com"                 email-address      "Ada@example.com"
                                              mail"},{"@path":"$.context.trai
                                              ts.email"},{"@path":"$.email"}]
                                              }
     0          field user_id                 {"@path":"$.userId"}              "u1"                                                 "u1"
     0.person   people.email_addresses        {"@field":"email_address"}        "Ada@example.com"                 email-address      [{"email_address":"Ada@example
                                                                                                                                     .com"}]
     0.user     users.primary_email_address   {"@field":"email_address"}        "Ada@example.com"                 text               {"value":"Ada@example.com"}
     0.user     users.user_id                 {"@field":"user_id"}              "u1"                              text               {"value":"u1"}
     0.user     users.person                  {"@record":"0.person"}            {"target_object":"people","emai   record-reference   {"target_object":"people","ema
                                                                                l_addresses":[{"email_address":                      il_addresses":[{"email_address
                                                                                "Ada@example.com"}]}                                 ":"Ada@example.com"}]}
    "#);
    let json = run(
        &["plan", "-c", "minimal", "--explain", "--format", "json"],
        IDENTIFY,
    );
    let explanation = lines(&json.out).next().unwrap();
    let plan = lines(&run(&["plan", "-c", "minimal"], IDENTIFY).out)
        .next()
        .unwrap();
    assert_eq!(explanation["plan"], plan);
    let step = &explanation["steps"][0];
    assert_eq!(step["attribute"], "email_address");
    assert_eq!(step["from"]["@first"][0]["@path"], "$.traits.email");
    assert_eq!(step["found"], "Ada@Example.com");
    assert_eq!(step["written"], "Ada@example.com");
}

#[test]
fn every_form_of_input_gives_the_same_plans() {
    let expect = run(&["plan"], format!("{IDENTIFY}\n{GROUP}\n"));
    assert_eq!(expect.out.lines().count(), 2);
    let pretty = |text: &str| {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        serde_json::to_string_pretty(&value).unwrap()
    };
    let array = format!("[{IDENTIFY},{GROUP}]");
    let batch = format!("{{\"batch\":{array},\"writeKey\":\"k\"}}");
    for input in [
        format!("{}\n{}", pretty(IDENTIFY), pretty(GROUP)),
        pretty(&array),
        array,
        pretty(&batch),
        batch,
    ] {
        let run = run(&["plan", "-"], &input);
        assert_eq!((run.code, run.out), (0, expect.out.clone()), "{input}");
    }
}

#[test]
fn bad_events_are_planned_as_rejected_and_the_others_go_on() {
    let mut input = b"{\"type\":\"identify\"\n".to_vec();
    input.extend(b"{\"type\":\"track\",\"userId\":\"\xff\"}\n");
    input.extend(format!("{TRACK}\n").bytes());
    let run = run(&["plan"], input);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.out, @r#"
    {"outcome":"rejected","writes":[],"diagnostics":[{"code":"event.invalid_json","severity":"error","at":"","message":"an event is JSON, got text that is not: EOF while parsing an object at line 1 column 18","help":"send each event as one JSON object"}]}
    {"outcome":"rejected","writes":[],"diagnostics":[{"code":"event.invalid_utf8","severity":"error","at":"","message":"an event is UTF-8, got a byte that is not (`0xff` at offset 26)","help":"send the event as UTF-8"}]}
    {"message_id":"m3","outcome":"filtered","reason":"no subscription takes this `track` event","writes":[],"diagnostics":[]}
    "#);
    insta::assert_snapshot!(run.err, @"2 of 3 events cannot be planned");
}

#[test]
fn an_event_is_answered_before_the_next_one_comes() {
    let mut child = command(&["plan", "-c", "minimal"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap());
    for event in [TRACK, IDENTIFY, GROUP] {
        writeln!(stdin, "{event}").unwrap();
        let mut answer = String::new();
        answers.read_line(&mut answer).unwrap();
        let event: serde_json::Value = serde_json::from_str(event).unwrap();
        let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["message_id"], event["messageId"]);
    }
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = command(&["plan"]).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let mut first = [0; 1];
    let input = format!("{TRACK}\n").repeat(50_000);
    std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input.as_bytes()).ok());
        stdout.read_exact(&mut first).unwrap();
        drop(stdout);
    });
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn what_cannot_be_used_ends_with_2_and_says_why() {
    let said = [
        &["plan", "--config", "segmnt"][..],
        &["plan", "--config", "missing.json"],
        &["plan", "--schema", "missing.json"],
        &["plan", "missing.ndjson"],
        &["plan", "--confg", "segment"],
        &["actions", "show", "identify_usr"],
        &["presets", "show", "x"],
        &["schema", "show", "person"],
    ]
    .map(|args| {
        let run = run(args, "");
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}");
        format!("$ {}\n{}", args.join(" "), run.err)
    });
    insta::assert_snapshot!(said.join("\n"), @"
    $ plan --config segmnt
    error: no preset and no file is called `segmnt`
      help: did you mean `segment`?

    $ plan --config missing.json
    error: `missing.json` cannot be used: No such file or directory (os error 2)

    $ plan --schema missing.json
    error: `missing.json` cannot be used: No such file or directory (os error 2)

    $ plan missing.ndjson
    error: `missing.ndjson` cannot be used: No such file or directory (os error 2)

    $ plan --confg segment
    error: unexpected argument '--confg' found

      tip: a similar argument exists: '--config'

    Usage: attio-destination plan --config <FILE|PRESET> [FILE]

    For more information, try '--help'.

    $ actions show identify_usr
    error: no action is called `identify_usr`
      help: did you mean `identify_user`?

    $ presets show x
    error: no preset and no file is called `x`
      help: the presets are `customerio`, `edgee`, `minimal`, `posthog`, `rudderstack`, `segment`

    $ schema show person
    error: the schema has no object `person`
      help: its objects are `companies`, `deals`, `people`, `users`, `workspaces`
    ");
}

#[test]
fn failures_are_json_where_a_program_reads_them() {
    let run = run(&["plan", "--format", "json", "--config", "segmnt"], "");
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    insta::assert_snapshot!(run.err, @r#"{"error":{"message":"no preset and no file is called `segmnt`","help":"did you mean `segment`?"}}"#);
}

/// A configuration with a mistake of every kind that `check` can see.
const MISTAKES: &str = r#"{
  "name": "mine",
  "subscriptions": [
    {
      "name": "People",
      "action": "identfy_user",
      "subscribe": "type = \"identify\"",
      "mapping": {}
    },
    {
      "name": "Companies",
      "action": "group_workspace",
      "subscribe": "type = \"group\" and (",
      "enabld": true,
      "mapping": {
        "domain": { "@pth": "$.traits.domain" },
        "website": { "@path": "$.traits.website" }
      }
    }
  ]
}
"#;

#[test]
fn check_says_everything_that_is_wrong_with_the_lines_it_is_about() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.json"), MISTAKES).unwrap();
    let child = command(&["check", "segment", "mine.json"])
        .current_dir(folder.path())
        .spawn()
        .unwrap();
    let run = finish(child, b"");
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.out, @"
    segment: 0 errors, 0 warnings
    mine.json: 5 errors, 0 warnings
    ");
    insta::assert_snapshot!(run.err, @r#"
    config.unknown_action

      × no action is called `identfy_user`
       ╭─[mine.json:6:17]
     5 │       "name": "People",
     6 │       "action": "identfy_user",
       ·                 ───────┬──────
       ·                        ╰── /subscriptions/0/action
     7 │       "subscribe": "type = \"identify\"",
       ╰────
      help: did you mean `identify_user`?

    subscription.syntax

      × character 21: expected a condition, got the end
        ╭─[mine.json:13:43]
     12 │       "action": "group_workspace",
     13 │       "subscribe": "type = \"group\" and (",
        ·                                           ┬
        ·                                           ╰── /subscriptions/1/subscribe
     14 │       "enabld": true,
        ╰────

    config.unknown_key

      × `enabld` is not known here
        ╭─[mine.json:14:7]
     13 │       "subscribe": "type = \"group\" and (",
     14 │       "enabld": true,
        ·       ────┬───
        ·           ╰── /subscriptions/1/enabld
     15 │       "mapping": {
        ╰────
      help: did you mean `enabled`?

    mapping.unknown_directive

      × `@pth` is no directive
        ╭─[mine.json:16:9]
     15 │       "mapping": {
     16 │         "domain": { "@pth": "$.traits.domain" },
        ·         ────┬───
        ·             ╰── /subscriptions/1/mapping/domain
     17 │         "website": { "@path": "$.traits.website" }
        ╰────
      help: did you mean `@path`?

    config.unknown_field

      × the action `group_workspace` has no field `website`
        ╭─[mine.json:17:9]
     16 │         "domain": { "@pth": "$.traits.domain" },
     17 │         "website": { "@path": "$.traits.website" }
        ·         ────┬────
        ·             ╰── /subscriptions/1/mapping/website
     18 │       }
        ╰────
      help: its fields are `domain`, `workspace_id`, `user_id`, `company_attributes`,
            `workspace_attributes`
    "#);
}

#[test]
fn check_gives_the_same_to_a_program() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.json");
    std::fs::write(&file, "{\"name\": \"x\",").unwrap();
    let run = run(
        &[
            "check",
            "--format",
            "json",
            file.to_str().unwrap(),
            "minimal",
        ],
        "",
    );
    assert_eq!((run.code, run.err.as_str()), (1, ""));
    let lines: Vec<_> = lines(&run.out).collect();
    assert_eq!(lines[0]["diagnostics"][0]["code"], "config.invalid_json");
    assert_eq!(lines[1]["config"], "minimal");
    assert_eq!(lines[1]["diagnostics"], serde_json::json!([]));
}

#[test]
fn presets_are_listed_and_can_be_saved_and_used() {
    let list = run(&["presets", "list"], "");
    assert_eq!(list.code, 0);
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "customerio",
        "edgee",
        "minimal",
        "posthog",
        "rudderstack",
        "segment",
    ] {
        assert!(list.out.contains(&format!("\n {name} ")), "{}", list.out);
        let shown = run(&["presets", "show", name], "");
        let file = folder.path().join("saved.json");
        std::fs::write(&file, &shown.out).unwrap();
        let by_file = run(&["plan", "-c", file.to_str().unwrap()], IDENTIFY);
        let by_name = run(&["plan", "-c", name], IDENTIFY);
        assert_eq!(by_file.out, by_name.out);
    }
}

#[test]
fn actions_are_listed_and_shown() {
    let list = run(&["actions", "list"], "");
    insta::assert_snapshot!(list.out, @"
     Action            What it does
    ───────────────── ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     identify_user     Creates or updates a person, found by e-mail address, and a user linked to it, found by user id.
     group_workspace   Creates or updates a company, found by domain, and a workspace linked to it, found by workspace id; adds the event's user to the workspace and keeps the others.
     assert_record     Creates or updates one record of any object, found by a unique attribute of your choice.
    ");
    let show = run(&["actions", "show", "assert_record"], "");
    insta::assert_snapshot!(show.out, @r#"
    Assert Record (assert_record)
    Creates or updates one record of any object, found by a unique attribute of your choice.

     Field                Type     Required   Default   What it is
    ──────────────────── ──────── ────────── ───────── ──────────────────────────────────────────────────────────────────────────────────────────
     object               string   yes                  The slug of the object, such as `people` or one of your own.
     matching_attribute   string   yes                  The slug of the unique attribute that finds the record. It must be among the attributes.
     attributes           object   yes                  Attributes of the record by slug, and where each gets its value.

     Write    To                                        Values
    ──────── ───────────────────────────────────────── ─────────────────────────
     record   assert <object> by <matching_attribute>   and those of attributes

    Example: a person found by e-mail address, without a user
      mapping  {"object":"people","matching_attribute":"email_addresses","attributes":{"email_addresses":{"@path":"$.userId"},"twitter":{"@path":"$.traits.twitter_handle"}}}
      event    {"type":"identify","userId":"person@example.com","traits":{"twitter_handle":"@example-person"}}
      write    {"assert":"people","values":{"email_addresses":[{"email_address":"person@example.com"}],"twitter":{"value":"@example-person"}}}
    "#);
    for action in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("actions")).unwrap()
    {
        let file = action.unwrap().path();
        let name = file.file_stem().unwrap().to_str().unwrap();
        if name.ends_with(".schema") {
            continue;
        }
        let shown = run(&["actions", "show", name, "--format", "json"], "");
        assert_eq!(shown.out, std::fs::read_to_string(&file).unwrap());
    }
}

#[test]
fn schema_show_lists_objects_and_attributes() {
    insta::assert_snapshot!(run(&["schema", "show"], "").out, @"
     Object       Name         Matched by                       Attributes
    ──────────── ──────────── ──────────────────────────────── ──────────── ───
     companies    Companies    domains                                  29
     deals        Deals                                                  9
     people       People       email_addresses                          26
     users        Users        primary_email_address, user_id            7
     workspaces   Workspaces   workspace_id                              8
    ");
    insta::assert_snapshot!(run(&["schema", "show", "users"], "").out, @"
     Attribute               Title                   Type
    ─────────────────────── ─────────────────────── ───────────────────── ─────────────────── ───────────────────────────
     created_at              Created at              timestamp             read only
     created_by              Created by              actor-reference       read only
     person                  Person                  record-reference                          ⇄ people.associated_users
     primary_email_address   Primary email address   text                  unique, required
     record_id               Record ID               text                  unique, read only
     user_id                 ID                      text                  unique, required
     workspace               Workspaces              record-reference []                       ⇄ workspaces.users
    ");
    let whole = run(&["schema", "show", "--format", "json"], "");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.json");
    std::fs::write(&file, &whole.out).unwrap();
    let again = run(
        &[
            "schema",
            "show",
            "--format",
            "json",
            "--schema",
            file.to_str().unwrap(),
        ],
        "",
    );
    assert_eq!(again.out, whole.out);
}

/// Sends one request to a sandbox and gives the answer with its head.
fn put(address: &str, path: &str, token: &str, body: &str) -> String {
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "PUT {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_sandbox_serves_any_client_and_shows_its_records_when_it_is_interrupted() {
    let mut child = command(&["sandbox", "--listen", "127.0.0.1:0", "--token", "t0ken"])
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut url = String::new();
    stdout.read_line(&mut url).unwrap();
    let address = url.trim().strip_prefix("http://").unwrap();
    let path = "/v2/objects/workspaces/records?matching_attribute=workspace_id";
    let body = r#"{"data":{"values":{"workspace_id":"w1","name":"Acme"}}}"#;
    assert!(put(address, path, "wrong", body).starts_with("HTTP/1.1 401 "));
    assert!(put(address, path, "t0ken", body).starts_with("HTTP/1.1 200 "));
    interrupt(&child);
    let mut shown = String::new();
    stdout.read_to_string(&mut shown).unwrap();
    assert!(child.wait().unwrap().success());
    insta::assert_snapshot!(shown.trim_start_matches('\n'), @"
    Workspaces: 1
     Name   ID
    ────── ────
     Acme   w1
    ");
}

#[test]
fn the_sandbox_refuses_what_it_cannot_listen_on() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let run = run(&["sandbox", "--listen", &address], "");
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(
        run.err
            .starts_with(&format!("error: the sandbox cannot listen on {address}: ")),
        "{}",
        run.err
    );
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let failing = ["plan", "--config", "segmnt"];
    assert!(!run(&failing, "").err.contains('\u{1b}'));
    let asked = [&failing[..], &["--color", "always"]].concat();
    assert!(run(&asked, "").err.contains('\u{1b}'));
}

#[test]
fn the_example_events_are_of_all_types_and_some_are_bad() {
    let text = std::fs::read_to_string(example("events.ndjson")).unwrap();
    let events: Vec<serde_json::Value> = text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    assert!(events.len() >= 40);
    for kind in ["identify", "group", "track", "page", "screen", "alias"] {
        assert!(events.iter().any(|event| event["type"] == kind), "{kind}");
    }
    let mut ids: Vec<_> = events
        .iter()
        .map(|event| event["messageId"].as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), events.len(), "a `messageId` stands twice");

    let run = run(&["plan", example("events.ndjson").to_str().unwrap()], "");
    assert_eq!(run.code, 1);
    assert_eq!(run.out.lines().count(), text.lines().count());
    let count = |outcome: &str| {
        lines(&run.out)
            .filter(|plan| plan["outcome"] == outcome)
            .count()
    };
    assert_eq!(["planned", "filtered", "rejected"].map(count), [24, 15, 9]);
    let mut codes: Vec<_> = lines(&run.out)
        .filter_map(|plan| Some(plan["diagnostics"][0]["code"].as_str()?.to_owned()))
        .collect();
    codes.sort();
    insta::assert_snapshot!(codes.join("\n"), @"
    action.missing_field
    action.missing_field
    attribute.domain
    attribute.email_address
    attribute.phone_number
    event.invalid_json
    event.missing_identity
    event.missing_type
    event.unknown_type
    event.wrong_type
    ");
}

#[test]
fn version_completions_and_the_manual_page_are_there() {
    let version = run(&["--version"], "");
    assert_eq!(
        (version.code, version.out),
        (
            0,
            format!("attio-destination {}\n", env!("CARGO_PKG_VERSION"))
        )
    );
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&["completions", shell], "");
        assert_eq!((script.code, script.err.as_str()), (0, ""));
        assert!(script.out.contains("attio-destination"), "{shell}");
    }
    let help = run(&["--help"], "").out;
    let page = run(&["man"], "").out;
    assert!(page.starts_with(".ie"));
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() >= 7, "{help}");
    for command in commands {
        let section = format!(".SH \"ATTIO-DESTINATION {}\"", command.to_uppercase());
        assert!(page.contains(&section), "{section}");
    }
}

#[test]
fn input_that_is_compressed_or_utf16_is_told_to_be() {
    let told = |bytes: &[u8]| {
        let run = run(&["plan"], bytes);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        run.err
    };
    insta::assert_snapshot!(told(b"\x1f\x8b\x08\n\n"), @"
    error: `-` cannot be used: events are JSON in UTF-8, got data that is compressed with gzip
      help: unpack it: `gunzip -c FILE | attio-destination deliver -`
    ");
    insta::assert_snapshot!(told(b"\xff\xfe{\0\n\0"), @"
    error: `-` cannot be used: events are JSON in UTF-8, got UTF-16
      help: convert it: `iconv -f UTF-16 -t UTF-8 FILE | attio-destination deliver -`
    ");
    let delivered = run(&["deliver", "--sandbox"], b"\x1f\x8b\x08\n\n");
    assert_eq!(delivered.code, 2);
    insta::assert_snapshot!(delivered.err, @"
    error: `-` cannot be used: events are JSON in UTF-8, got data that is compressed with gzip
      help: unpack it: `gunzip -c FILE | attio-destination deliver -`
    ");
}

#[test]
fn coerce_answers_a_line_each_and_types_show_what_is_taken() {
    let run_lines = run(
        &["coerce"],
        r#"{"attribute":{"type":"date"},"value":"17/05/2024"}
{"attribute":{"type":"rating"},"value":7}
"#,
    );
    assert_eq!((run_lines.code, run_lines.err.as_str()), (1, ""));
    insta::assert_snapshot!(run_lines.out, @r#"
    {"ok":{"value":"2024-05-17"},"warnings":[]}
    {"error":{"code":"attribute.rating","message":"`rating` expected a whole number from 0 to 5, got the number `7`","help":"send `0`, `1`, `2`, `3`, `4` or `5`; bring other scales to it before"}}
    "#);
    let sound = r#"{"attribute":{"type":"rating"},"value":5}"#;
    assert_eq!(run(&["coerce"], sound).code, 0);
    assert_eq!(run(&["resolve"], "x").code, 1);
    let list = run(&["types", "list"], "");
    assert_eq!((list.code, list.out.lines().count()), (0, 2 + 17));
    let date = run(&["types", "show", "date"], "");
    assert!(
        date.out.contains("2023-01-02T23:00:00-10:00"),
        "{}",
        date.out
    );
    let json = run(&["--format", "json", "types", "show", "email"], "");
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["type"], "email-address");
    let unknown = run(&["types", "show", "dat"], "");
    assert_eq!(unknown.code, 2);
    insta::assert_snapshot!(unknown.err, @r"
    error: `dat` is no attribute type
      help: did you mean `date`?
    ");
}

#[test]
fn a_sample_tells_for_each_attribute_what_becomes_of_its_values() {
    let events = example("events.ndjson");
    let args = ["check", "segment", "--sample", events.to_str().unwrap()];
    let checked = run(&args, "");
    assert_eq!((checked.code, checked.err.as_str()), (0, ""));
    insta::assert_snapshot!(checked.out, @"
    segment: 0 errors, 0 warnings

    48 events: 24 planned, 15 filtered, 9 rejected

     Attribute                     Type               Set   Changed   Rounded   Dropped   Most common bad values
    ───────────────────────────── ────────────────── ───── ───────── ───────── ───────── ──────────────────────────────────
     the field domain              domain               0                             1   1 × http://localhost:3000
     the field email_address       email-address        0                             1   1 × ada.fenwick@@halden-robotics
     people.phone_numbers          phone-number         7         7                   1   1 × call the front desk
     companies.description         text                 1
     companies.domains             domain              12         4
     companies.name                text                11
     companies.primary_location    location             1         1
     people.company                record-reference     1
     people.description            text                 1
     people.email_addresses        email-address       13         2
     people.job_title              text                 9
     people.name                   personal-name       11         1
     people.primary_location       location             4         2
     users.person                  record-reference    13
     users.primary_email_address   text                13         2
     users.user_id                 text                13
     workspaces.company            record-reference    11
     workspaces.name               text                10
     workspaces.users              record-reference    10
     workspaces.workspace_id       text                11         2

     To mend
    ───────────────────────── ────────────────────────────────────────────────────────────────────────
     the field domain          send the whole name, such as `example.com`
     the field email_address   send one address such as `jane@example.com`
     people.phone_numbers      send the number with `+` and its country code, such as `+442079460123`

     Found                    Times   First
    ──────────────────────── ─────── ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
     action.missing_field     2       line 41: `email_address` is required, got nothing from `$.traits.email`, `$.context.traits.email`, `$.email`
     event.invalid_json       1       line 35: an event is JSON, got text that is not: EOF while parsing a string at line 1 column 89
     event.missing_type       1       line 39: an event needs a `type`, got none
     event.unknown_type       1       line 40: `type` expected one of `identify`, `group`, `track`, `page`, `screen`, `alias`, got `identity`
     event.wrong_type         1       line 42: `traits` expected an object, got the string `plan=trial`
     event.missing_identity   1       line 38: an event needs a `userId` or an `anonymousId`, got neither
    ");
    let checked = run(&[&args[..], &["--format", "json"]].concat(), "");
    let told = lines(&checked.out).next().unwrap();
    let sample = &told["sample"];
    assert_eq!(sample["rejected"], 9);
    assert_eq!(sample["findings"]["action.missing_field"]["count"], 2);
    let mut attributes = sample["attributes"].as_array().unwrap().iter();
    let phones = attributes.find(|one| one["attribute"] == "phone_numbers");
    let bad = &phones.unwrap()["bad_values"];
    let bad: Vec<_> = bad.as_array().unwrap().iter().collect();
    assert_eq!(bad.len(), 1);
    assert_eq!(
        (&bad[0]["value"], &bad[0]["count"]),
        (&"call the front desk".into(), &1.into())
    );
}

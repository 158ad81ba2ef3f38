//! `deliver` as its users meet it: into the embedded Attio, and over HTTP to one that runs on its own.

#![allow(
    clippy::disallowed_methods,
    reason = "tests run processes and read files"
)]

#[allow(dead_code, reason = "not every test needs all of it")]
mod attio;
#[allow(dead_code, reason = "not every test needs all of it")]
mod binary;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use attio::{Attio, TOKEN, comparable};
use binary::{command, example, finish, interrupt, lines, run};
use serde_json::{Value, json};

/// Events of users and their workspaces, repeated and with changes.
fn events(count: usize) -> String {
    let mut text = String::new();
    for n in 0..count {
        let user = (n * 7) % 40;
        let company = user % 8;
        let event = if n % 3 == 2 {
            json!({
                "type": "group", "userId": format!("u{user}"), "groupId": format!("w{company}"),
                "timestamp": format!("2026-09-14T08:{:02}:{:02}Z", n / 60 % 60, n % 60),
                "traits": {"website": format!("company{company}.com"), "name": format!("Company {company}")},
            })
        } else {
            json!({
                "type": "identify", "userId": format!("u{user}"),
                "timestamp": format!("2026-09-14T08:{:02}:{:02}Z", n / 60 % 60, n % 60),
                "traits": {"email": format!("u{user}@company{company}.com"), "title": format!("Title {}", n / 60)},
            })
        };
        text += &format!("{event}\n");
    }
    text
}

fn write(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_example_events_become_linked_records() {
    let events = example("events.ndjson");
    let run = run(&["deliver", "--sandbox", events.to_str().unwrap()], "");
    assert_eq!(run.code, 1, "{}", run.err);
    let (counts, records) = run.out.split_once("Companies:").unwrap();
    for row in [
        " filtered        15   ",
        " rejected         9   ",
        " all             48",
    ] {
        assert!(counts.contains(row), "{counts}");
    }
    insta::assert_snapshot!(records, @"
     5
     Name                Domains               Associated workspaces   Team                                        Description                         Primary location
    ─────────────────── ───────────────────── ─────────────────────── ─────────────────────────────────────────── ─────────────────────────────────── ──────────────────
     Halden Robotics     halden-robotics.com   Halden Robotics         Ada Fenwick, Jonas van der Berg, Rosa Ca…   Gripping arms for small workshops   York, GB
     Kite Freight        kitefreight.eu        Kite Freight            Lars Bergström, zoe.mueller@kitefreight.…
     Lumen Ledger GmbH   lumenledger.de        Lumen Ledger GmbH       Amara Okafor, Felix Brandt
     Oak & Ember         oakandember.co.uk     Oak & Ember             Priya Raman, Tom Whitlock
     Pelican Works       pelicanworks.io       Pelican Works           Mei Tanaka, Samuel O'Neill

    People: 11
     Name                 Email addresses                        Associated users                       Company             Description                Job title                  Phone numbers
    ──────────────────── ────────────────────────────────────── ────────────────────────────────────── ─────────────────── ────────────────────────── ────────────────────────── ───────────────
     Ada Fenwick          ada.fenwick@halden-robotics.com        ada.fenwick@halden-robotics.com        Halden Robotics                                Chief Technology Officer   +442079460321
     Amara Okafor         amara.okafor@lumenledger.de            amara.okafor@lumenledger.de            Lumen Ledger GmbH   Met at the Berlin meetup   Controller                 +4930901820
     Felix Brandt         felix.brandt@lumenledger.de            felix.brandt@lumenledger.de            Lumen Ledger GmbH
     Jonas van der Berg   jonas.vanderberg@halden-robotics.com   Jonas.vanderBerg@halden-robotics.com   Halden Robotics                                Procurement Lead           +442079460988
     Lars Bergström       l.bergstrom@kitefreight.eu             l.bergstrom@kitefreight.eu             Kite Freight                                   Fleet Manager              +46812345600
     Mei Tanaka           mei.tanaka@pelicanworks.io             mei.tanaka@pelicanworks.io             Pelican Works                                  Founder                    +81345200123
     Priya Raman          priya@oakandember.co.uk                priya@oakandember.co.uk                Oak & Ember
     Rosa Castellano      rosa.castellano@halden-robotics.com    rosa.castellano@halden-robotics.com    Halden Robotics                                Buyer
     Samuel O'Neill       sam@pelicanworks.io                    sam@pelicanworks.io                    Pelican Works                                  Head of Sales              +14155550132
     Tom Whitlock         tom.whitlock@oakandember.co.uk         tom.whitlock@oakandember.co.uk         Oak & Ember                                                               +441314960871
                          zoe.mueller@kitefreight.eu             zoe.mueller@kitefreight.eu             Kite Freight

    Users: 11
     Primary email address                  ID       Person                       Workspaces
    ────────────────────────────────────── ──────── ──────────────────────────── ───────────────────
     Jonas.vanderBerg@halden-robotics.com   u_1002   Jonas van der Berg           Halden Robotics
     ada.fenwick@halden-robotics.com        u_1001   Ada Fenwick                  Halden Robotics
     amara.okafor@lumenledger.de            u_1009   Amara Okafor                 Lumen Ledger GmbH
     felix.brandt@lumenledger.de            u_1010   Felix Brandt                 Lumen Ledger GmbH
     l.bergstrom@kitefreight.eu             u_1006   Lars Bergström               Kite Freight
     mei.tanaka@pelicanworks.io             u_1003   Mei Tanaka                   Pelican Works
     priya@oakandember.co.uk                u_1007   Priya Raman                  Oak & Ember
     rosa.castellano@halden-robotics.com    u_1017   Rosa Castellano              Halden Robotics
     sam@pelicanworks.io                    u_1004   Samuel O'Neill               Pelican Works
     tom.whitlock@oakandember.co.uk         u_1008   Tom Whitlock
     zoe.mueller@kitefreight.eu             u_1005   zoe.mueller@kitefreight.eu   Kite Freight

    Workspaces: 5
     Name                ID           Company             Users
    ─────────────────── ──────────── ─────────────────── ───────────────────────────────────────────
     Halden Robotics     ws_halden    Halden Robotics     Jonas.vanderBerg@halden-robotics.com, ad…
     Kite Freight        ws_kite      Kite Freight        l.bergstrom@kitefreight.eu, zoe.mueller@…
     Lumen Ledger GmbH   40318        Lumen Ledger GmbH   amara.okafor@lumenledger.de, felix.brand…
     Oak & Ember         ws_oak       Oak & Ember         priya@oakandember.co.uk
     Pelican Works       ws_pelican   Pelican Works       mei.tanaka@pelicanworks.io, sam@pelicanw…
    ");
    insta::assert_snapshot!(run.err, @"
     Found                     Times   First
    ───────────────────────── ─────── ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
     action.missing_field      2       line 41: `email_address` is required, got nothing from `$.traits.email`, `$.context.traits.email`, `$.email`
     event.invalid_json        1       line 35: an event is JSON, got text that is not: EOF while parsing a string at line 1 column 89
     event.missing_type        1       line 39: an event needs a `type`, got none
     event.unknown_type        1       line 40: `type` expected one of `identify`, `group`, `track`, `page`, `screen`, `alias`, got `identity`
     event.wrong_type          1       line 42: `traits` expected an object, got the string `plan=trial`
     event.missing_identity    1       line 38: an event needs a `userId` or an `anonymousId`, got neither
     attribute.domain          1       line 37: `domain` expected a domain, got the string `http://localhost:3000`
     attribute.email_address   1       line 36: `email_address` expected an e-mail address, got the string `ada.fenwick@@halden-robotics`
     attribute.phone_number    1       line 44: `phone_numbers` expected a phone number, got the string `call the front desk`
    ");
}

#[test]
fn counts_and_records_are_json_where_a_program_reads_them() {
    let input = events(60);
    let run = run(&["deliver", "--sandbox", "--format", "json"], &input);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let mut told: Value = serde_json::from_str(&run.out).unwrap();
    let summary = &told["summary"];
    assert_eq!(summary["events"], 60);
    assert_eq!(
        summary["delivered"].as_u64().unwrap() + summary["unchanged"].as_u64().unwrap(),
        60
    );
    let records = told["records"].take();
    assert_eq!(records["users"].as_array().unwrap().len(), 33);
    assert_eq!(records["workspaces"].as_array().unwrap().len(), 8);
    for user in records["users"].as_array().unwrap() {
        assert_eq!(
            user["values"]["person"],
            user["values"]["primary_email_address"]
        );
    }
}

#[test]
fn a_dry_run_says_what_would_be_written() {
    let events = example("events.ndjson");
    let run = run(&["deliver", "--dry-run", events.to_str().unwrap()], "");
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.out, @"
     Outcome    Events   Why
    ────────── ──────── ─────────────────────────────────────────────────
     planned        24
     filtered       15   7 no subscription takes this `track` event
                         2 no subscription takes this `alias` event
                         2 no subscription takes this `page` event
                         2 no subscription takes this `screen` event
                         1 `integrations` holds `All`: false
                         1 `integrations` holds `Attio (Actions)`: false
     rejected        9   they cannot be planned
     all            48

     Object       Writes at most
    ──────────── ────────────────
     companies                12
     people                   20
     users                    13
     workspaces               21
     all                      66
    ");
}

#[test]
fn over_http_the_same_records_come_out_and_the_token_is_told_nobody() {
    let input = events(200);
    let reference = run(&["deliver", "--sandbox", "--format", "json"], &input);
    let told: Value = serde_json::from_str(&reference.out).unwrap();

    let attio = Attio::start(&["--latency", "2ms,20ms", "--server-errors", "2%"]);
    let mut delivery = command(&["deliver", "--base-url", &attio.url, "--rate", "2000"]);
    let child = delivery.env("ATTIO_API_KEY", TOKEN).spawn().unwrap();
    let run = finish(child, input.as_bytes());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(!run.out.contains(TOKEN) && !run.err.contains(TOKEN));
    assert_eq!(attio.records(), comparable(told["records"].clone()));
}

#[test]
fn a_token_that_may_not_write_is_told_so_before_anything_is_read_or_written() {
    let scopes = "record_permission:read,object_configuration:read";
    let attio = Attio::start(&["--scopes", scopes]);
    let folder = tempfile::tempdir().unwrap();
    let failed = write(folder.path(), "failed.ndjson", "what was here before");
    let deliver = |token: &str| {
        let mut delivery = command(&["deliver", "--base-url", &attio.url]);
        delivery
            .args(["--failed", &failed])
            .env("ATTIO_API_KEY", token);
        let run = finish(delivery.spawn().unwrap(), events(30).as_bytes());
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        assert!(!run.err.contains(token));
        run.err.replace(&attio.url, "URL")
    };
    insta::assert_snapshot!(deliver("wrong-token"), @"
    error: Attio does not know the token from the variable ATTIO_API_KEY, asked at URL: it is wrong, expired or revoked
      help: check that it was copied whole, or make a new one in Attio under Workspace settings > Developers
    ");
    insta::assert_snapshot!(deliver(TOKEN), @"
    error: the token lacks the scope `record_permission:read-write`
      help: in Attio, under Workspace settings > Developers, give the token `Records: Read-write`
    ");
    assert_eq!(fs::read_to_string(&failed).unwrap(), "what was here before");
    assert_eq!(attio.records(), json!({}));
}

#[test]
fn without_a_token_nothing_is_tried() {
    let run = run(&["deliver"], "");
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    insta::assert_snapshot!(run.err, @"
    error: there is no token for Attio
      help: set the variable ATTIO_API_KEY, name a file with --api-key-file, or run `auth login`; or try --sandbox, which needs none
    ");
}

#[test]
fn failed_events_are_kept_and_can_be_mended_and_delivered_again() {
    let folder = tempfile::tempdir().unwrap();
    let failed = write(folder.path(), "failed.ndjson", "what was here before");
    let events = example("events.ndjson");
    let args = ["deliver", "--sandbox", "--failed", &failed];
    let first = run(&[&args[..], &[events.to_str().unwrap()]].concat(), "");
    assert_eq!(first.code, 1);
    let kept = fs::read_to_string(&failed).unwrap();
    let kept = kept.strip_prefix("what was here before\n").unwrap();
    assert_eq!(kept.lines().count(), 9);
    let codes: Vec<_> = lines(kept)
        .map(|line| {
            assert_eq!(line["outcome"], "rejected");
            line["plan"]["diagnostics"][0]["code"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(codes.contains(&"event.invalid_json".to_owned()));

    let mended = kept
        .replace(
            "ada.fenwick@@halden-robotics",
            "ada.fenwick@halden-robotics.com",
        )
        .replace("\"type\":\"identity\"", "\"type\":\"identify\"");
    let again = folder.path().join("again.ndjson");
    let args = ["deliver", "--sandbox", "--format", "json", "--failed"];
    let second = run(
        &[
            &args[..],
            &[
                again.to_str().unwrap(),
                &write(folder.path(), "mended", &mended),
            ],
        ]
        .concat(),
        "",
    );
    let told: Value = serde_json::from_str(&second.out).unwrap();
    assert_eq!(told["summary"]["delivered"], 2);
    assert_eq!(told["summary"]["rejected"], 7);
    assert_eq!(told["records"]["people"].as_array().unwrap().len(), 2);
    assert_eq!(fs::read_to_string(again).unwrap().lines().count(), 7);
}

#[test]
fn what_is_kept_is_never_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let bad = write(folder.path(), "bad.ndjson", "{\"type\":\"nothing\"}\n");
    let deliver = |args: &[&str]| run(&[&["deliver", "--sandbox"], args].concat(), "");
    let untouched = |told: binary::Run, expect: &str| {
        assert_eq!(told.code, 2, "{}", told.err);
        assert!(told.err.contains(expect), "{}", told.err);
        let text = fs::read_to_string(&bad).unwrap();
        assert_eq!(text, "{\"type\":\"nothing\"}\n");
    };
    // The input is not written to, under whatever name.
    let same = folder.path().join("./bad.ndjson");
    let same = same.to_str().unwrap();
    untouched(deliver(&["--failed", same, &bad]), "is the input");
    untouched(deliver(&["--resume", same, &bad]), "is the input");
    let twice = folder.path().join("twice");
    let twice = twice.to_str().unwrap();
    untouched(
        deliver(&["--failed", twice, "--resume", twice, &bad]),
        "is `--failed`",
    );
    untouched(
        deliver(&["--failed", &bad, "missing.ndjson"]),
        "missing.ndjson",
    );
    if cfg!(target_os = "linux") {
        untouched(
            deliver(&["--failed", "/dev/full", &bad]),
            "the failed events cannot be kept",
        );
    }
}

#[test]
fn an_event_that_is_delivered_once_more_is_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for (n, line) in events(60).lines().enumerate() {
        match n % 6 {
            4 => text += &line.replace("identify", "nothing"),
            2 => text += &format!("no JSON {n}"),
            _ => text += line,
        }
        text += "\n";
    }
    let input = write(folder.path(), "events.ndjson", &text);
    let half: String = text.split_inclusive('\n').take(30).collect();
    let half = write(folder.path(), "half.ndjson", &half);
    let (failed, checkpoint) = (folder.path().join("failed"), folder.path().join("run"));
    let deliver = |input: &str| {
        let args = ["deliver", "--sandbox", "--failed", failed.to_str().unwrap()];
        let resume = ["--resume", checkpoint.to_str().unwrap(), input];
        run(&[&args[..], &resume].concat(), "")
    };
    assert_eq!(deliver(&half).code, 1);
    let at_half = fs::read(&checkpoint).unwrap();
    assert_eq!(deliver(&input).code, 1);
    let kept = fs::read_to_string(&failed).unwrap();
    assert_eq!(kept.lines().count(), 20);
    // As a process leaves it that is killed: a checkpoint of before, and a line that was cut off.
    fs::write(&checkpoint, at_half).unwrap();
    let (whole, cut) = kept.split_at(kept.len() - 40);
    assert!(!cut.is_empty());
    fs::write(&failed, whole).unwrap();
    assert_eq!(deliver(&input).code, 1);
    let sorted = |text: &str| {
        let mut lines: Vec<_> = lines(text)
            .map(|line| line["line"].as_u64().unwrap())
            .collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(sorted(&fs::read_to_string(&failed).unwrap()), sorted(&kept));
}

#[test]
fn a_checkpoint_is_of_one_workspace() {
    let folder = tempfile::tempdir().unwrap();
    let input = write(folder.path(), "events.ndjson", &events(5));
    let attio = Attio::start(&[]);
    let checkpoint = folder.path().join("run.json");
    let resume = ["--resume", checkpoint.to_str().unwrap(), &input];
    let tried = run(&[&["deliver", "--sandbox"], &resume[..]].concat(), "");
    assert_eq!(tried.code, 0, "{}", tried.err);
    let deliver = |args: &[&str]| {
        let mut delivery = command(&["deliver", "--base-url", &attio.url]);
        let child = delivery.args(args).env("ATTIO_API_KEY", TOKEN).spawn();
        finish(child.unwrap(), b"")
    };
    let refused = deliver(&resume);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("another workspace"), "{}", refused.err);

    let ledger = folder.path().join("ledger");
    let ledger = ["--ledger", ledger.to_str().unwrap(), &input];
    let tried = run(&[&["deliver", "--sandbox"], &ledger[..]].concat(), "");
    assert_eq!(tried.code, 0, "{}", tried.err);
    let refused = deliver(&ledger);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("another workspace"), "{}", refused.err);
}

#[cfg(unix)]
#[test]
fn a_supervisor_ends_a_delivery_as_ctrl_c_does() {
    let folder = tempfile::tempdir().unwrap();
    let failed = folder.path().join("failed");
    let mut child = command(&["deliver", "--sandbox", "--format", "json", "--failed"])
        .arg(&failed)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = "{\"type\":\"nothing\"}\n".repeat(40);
    stdin.write_all(text.as_bytes()).unwrap();
    let is_kept = || fs::read_to_string(&failed).is_ok_and(|text| text.lines().count() == 40);
    while !is_kept() {
        std::thread::sleep(Duration::from_millis(20));
    }
    let ended = std::process::Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(ended.unwrap().success());
    // The input stays open until the process has ended by itself.
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["summary"]["rejected"], 40);
    assert_eq!(lines(&fs::read_to_string(&failed).unwrap()).count(), 40);
}

#[test]
fn a_delivery_goes_on_where_its_checkpoint_says() {
    let folder = tempfile::tempdir().unwrap();
    let input = write(folder.path(), "events.ndjson", &events(100));
    let checkpoint = folder.path().join("run.json");
    let args = [
        "deliver",
        "--sandbox",
        "--format",
        "json",
        "--resume",
        checkpoint.to_str().unwrap(),
    ];
    let deliver = |input: &str| run(&[&args[..], &[input]].concat(), "");
    let told = |out: &str| -> Value { serde_json::from_str(out).unwrap() };

    let half: String = events(100).split_inclusive('\n').take(50).collect();
    let half = write(folder.path(), "half.ndjson", &half);
    assert_eq!(told(&deliver(&half).out)["summary"]["events"], 50);
    assert_eq!(told(&deliver(&input).out)["summary"]["events"], 50);
    assert_eq!(told(&deliver(&input).out)["summary"]["events"], 0);

    let other = write(
        folder.path(),
        "other.ndjson",
        &events(101).replace("Title", "Job"),
    );
    let refused = deliver(&other);
    assert_eq!(refused.code, 2);
    insta::assert_snapshot!(refused.err, @r#"{"error":{"message":"the checkpoint belongs to another input: its last event is not the one at that place","help":"deliver the input it was made for, or remove the checkpoint to begin anew"}}"#);
    assert_eq!(deliver(&half).code, 2, "a shorter input is another one");
}

/// Events some of which are older than what came before them.
fn late_events(count: usize) -> String {
    let mut text = String::new();
    for (n, line) in events(count).lines().enumerate() {
        let mut event: Value = serde_json::from_str(line).unwrap();
        if n % 9 == 4 {
            event["timestamp"] = json!(format!("2026-09-13T{:02}:{:02}:00Z", n / 60 % 24, n % 60));
            event["traits"]["title"] = json!(format!("Old title {n}"));
        }
        text += &format!("{event}\n");
    }
    text
}

#[test]
fn a_delivery_that_is_killed_again_and_again_loses_nothing() {
    let text = late_events(1500);
    let reference = run(&["deliver", "--sandbox", "--format", "json"], &text);
    let told: Value = serde_json::from_str(&reference.out).unwrap();
    let kills = std::env::var("KILLS").map_or(8, |kills| kills.parse().unwrap());
    let mut killed = 0;
    let mut moment = 17u64;
    let mut rounds = 0;
    while killed < kills {
        rounds += 1;
        let folder = tempfile::tempdir().unwrap();
        let input = write(folder.path(), "events.ndjson", &text);
        let checkpoint = folder.path().join("run.json");
        let attio = Attio::start(&["--latency", "5ms"]);
        let mut delivery = command(&["deliver", "--base-url", &attio.url, "--rate", "40"]);
        delivery
            .args(["--resume", checkpoint.to_str().unwrap(), &input])
            .env("ATTIO_API_KEY", TOKEN);
        loop {
            let mut child = delivery.spawn().unwrap();
            moment = moment
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            if killed < kills {
                std::thread::sleep(Duration::from_millis(20 + (moment >> 33) % 1300));
            }
            match child.try_wait().unwrap() {
                None if killed < kills => {
                    child.kill().unwrap();
                    child.wait().unwrap();
                    killed += 1;
                }
                _ => {
                    let run = finish(child, b"");
                    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
                    break;
                }
            }
        }
        assert_eq!(attio.records(), comparable(told["records"].clone()));
        let stored: Value = serde_json::from_slice(&fs::read(checkpoint).unwrap()).unwrap();
        assert_eq!(stored["events_done"], 1500);
    }
    eprintln!("killed {killed} times in {rounds} deliveries");
}

#[test]
fn late_events_overwrite_nothing_after_a_delivery_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let attio = Attio::start(&[]);
    let checkpoint = folder.path().join("run.json");
    let event = |time: &str, title: &str| {
        let traits = json!({"email": "ada@acme.com", "title": title});
        json!({"type": "identify", "userId": "u1", "timestamp": time, "traits": traits}).to_string()
    };
    let first = event("2026-09-14T08:00:00Z", "New") + "\n";
    let second = format!("{first}{}\n", event("2026-09-13T08:00:00Z", "Old"));
    for text in [first, second] {
        let input = write(folder.path(), "events.ndjson", &text);
        let mut delivery = command(&["deliver", "--base-url", &attio.url]);
        delivery
            .args(["--resume", checkpoint.to_str().unwrap(), &input])
            .env("ATTIO_API_KEY", TOKEN);
        let run = finish(delivery.spawn().unwrap(), b"");
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    }
    let records = attio.records();
    assert_eq!(records["people"][0]["values"]["job_title"], json!(["New"]));
}

#[test]
fn delivery_that_stops_does_not_wait_for_the_end_of_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let attio = Attio::start(&["--revoke-after", "40", "--latency", "5ms"]);
    let checkpoint = folder.path().join("run.json");
    let mut delivery = command(&["deliver", "--base-url", &attio.url, "--rate", "200"]);
    let mut child = delivery
        .args(["--resume", checkpoint.to_str().unwrap()])
        .env("ATTIO_API_KEY", TOKEN)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = events(120);
    stdin.write_all(text.as_bytes()).unwrap();
    // The input stays open until the process has ended by itself.
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(
        err.contains("the token is missing, wrong or revoked"),
        "{err}"
    );
    let stored: Value = serde_json::from_slice(&fs::read(checkpoint).unwrap()).unwrap();
    let done = usize::try_from(stored["events_done"].as_u64().unwrap()).unwrap();
    assert!((1..120).contains(&done), "{done}");
    // What the checkpoint says is done is there.
    let records = attio.records();
    let there = records.to_string();
    for event in lines(&text).take(done) {
        let id = if event["type"] == "group" {
            "groupId"
        } else {
            "userId"
        };
        let id = event[id].to_string();
        assert!(there.contains(&id), "{id} is done and not there");
    }
}

#[test]
fn the_token_is_in_nothing_that_is_said_or_kept_whatever_goes_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let input = write(folder.path(), "events.ndjson", &(events(150) + "{\n"));
    for format in ["human", "json"] {
        let attio = Attio::start(&[
            "--latency",
            "2ms,20ms",
            "--server-errors",
            "10%",
            "--resets",
            "10%",
            "--truncated-bodies",
            "10%",
            "--maintenance",
            "100ms..300ms",
            "--revoke-after",
            "150",
        ]);
        let at = |name: &str| folder.path().join(format!("{format}.{name}"));
        let mut delivery = command(&["deliver", "--base-url", &attio.url, "--format", format]);
        delivery
            .args([
                "--rate",
                "500",
                "--log-values",
                "--failed",
                at("failed").to_str().unwrap(),
            ])
            .args(["--resume", at("run").to_str().unwrap(), &input])
            .env("ATTIO_API_KEY", TOKEN)
            .env("RUST_LOG", "trace");
        let run = finish(delivery.spawn().unwrap(), b"");
        assert!(
            run.err.contains("answered") && run.err.contains("attempt"),
            "{}",
            run.err
        );
        assert!(run.err.contains("u1@company1.com"), "values were asked for");
        assert!(!run.out.contains(TOKEN) && !run.err.contains(TOKEN));
    }
    let mut files = 0;
    for file in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let holds = bytes
            .windows(TOKEN.len())
            .any(|part| part == TOKEN.as_bytes());
        assert!(!holds);
        files += 1;
    }
    assert!(
        files >= 5,
        "the input, and of each run the failed events, the checkpoint and the ledger: {files}"
    );
}

#[test]
fn logs_hold_no_values_unless_that_is_asked_for() {
    let attio = Attio::start(&[]);
    let mut delivery = command(&["deliver", "--base-url", &attio.url, "--rate", "500"]);
    delivery
        .env("ATTIO_API_KEY", TOKEN)
        .env("RUST_LOG", "trace");
    let run = finish(delivery.spawn().unwrap(), events(20).as_bytes());
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("answered"), "{}", run.err);
    let found: Vec<&str> = run
        .err
        .lines()
        .filter(|line| line.contains("@company"))
        .collect();
    assert_eq!(found, [""; 0]);
    let mut delivery = command(&["deliver", "--sandbox"]);
    let run = finish(delivery.env("RUST_LOG", "x=y=z").spawn().unwrap(), b"");
    assert_eq!(run.code, 2);
    assert!(
        run.err.starts_with("error: RUST_LOG cannot be read: "),
        "{}",
        run.err
    );
}

#[test]
fn batches_are_accepted_and_make_the_same_records() {
    let mut text: Vec<String> = events(60).lines().map(str::to_owned).collect();
    // A user must be there before a workspace names it: nobody waits for it here.
    text.sort_by_key(|line| line.contains("group"));
    let text = text.join("\n");
    let reference = run(&["deliver", "--sandbox", "--format", "json"], &text);
    let told: Value = serde_json::from_str(&reference.out).unwrap();
    let batches = run(
        &[
            "deliver",
            "--sandbox",
            "--transport",
            "batch",
            "--format",
            "json",
        ],
        &text,
    );
    assert_eq!((batches.code, batches.err.as_str()), (0, ""));
    let by_batch: Value = serde_json::from_str(&batches.out).unwrap();
    assert_eq!(by_batch["summary"]["accepted"], 60);
    assert_eq!(by_batch["summary"]["requests"], 1);
    let known = |records: &Value| {
        let mut records = comparable(records.clone());
        for user in records["users"].as_array_mut().unwrap() {
            user["values"]
                .as_object_mut()
                .unwrap()
                .retain(|slug, _| slug != "workspace");
        }
        records
    };
    assert_eq!(
        known(&by_batch["records"])["users"],
        known(&told["records"])["users"]
    );
    assert_eq!(
        comparable(by_batch["records"].clone())["companies"],
        comparable(told["records"].clone())["companies"]
    );
    let shown = run(&["deliver", "--sandbox", "--transport", "batch"], &text);
    let (counts, _) = shown.out.split_once("\n\n1 request in ").unwrap();
    insta::assert_snapshot!(counts, @"
     Outcome    Events   Why
    ────────── ──────── ─────────────────────────────────────────────────────────
     accepted       60   Attio took them, and does not say what it makes of them
     all            60
    ");
}

#[test]
fn an_interrupt_ends_reading_and_delivers_what_was_read() {
    let attio = Attio::start(&["--latency", "30ms"]);
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = folder.path().join("run.json");
    let mut delivery = command(&["deliver", "--format", "json", "--base-url", &attio.url]);
    let mut child = delivery
        .args(["--rate", "100", "--resume", checkpoint.to_str().unwrap()])
        .env("ATTIO_API_KEY", TOKEN)
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(events(30).as_bytes()).unwrap();
    // By then it runs, and has read what there is.
    while !checkpoint.exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(400));
    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["summary"]["events"], 30);
    assert_eq!(told["summary"]["held"], 0);
    let stored: Value = serde_json::from_slice(&fs::read(checkpoint).unwrap()).unwrap();
    assert_eq!(stored["events_done"], 30);
    drop(attio.records());
}

#[test]
fn a_rejected_event_is_kept_with_its_reasons_where_the_documentation_says() {
    let folder = tempfile::tempdir().unwrap();
    let failed = folder.path().join("failed.ndjson");
    let args = ["deliver", "--sandbox", "--failed", failed.to_str().unwrap()];
    let run = run(&args, "{\"type\":\n{\"type\":\"identify\"}\n");
    assert_eq!(run.code, 1, "{}", run.err);
    let kept = fs::read_to_string(&failed).unwrap();
    let shown = lines(&kept).map(|line| {
        let keys: Vec<&str> = line
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let reasons = &line["plan"]["diagnostics"];
        let codes: Vec<&str> = (reasons.as_array().unwrap().iter())
            .map(|reason| reason["code"].as_str().unwrap())
            .collect();
        format!("{} {}", keys.join(" "), codes.join(" "))
    });
    insta::assert_snapshot!(shown.collect::<Vec<_>>().join("\n"), @"
    event_text line plan outcome writes diagnostics event.invalid_json
    event line plan outcome writes diagnostics event.missing_identity
    ");
}

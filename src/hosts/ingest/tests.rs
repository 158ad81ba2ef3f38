use std::io::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderValue;
use insta::assert_snapshot;
use ring::hmac;
use serde_json::{Value, json};

use super::*;

const NOW: &str = "2026-08-21T12:00:10Z";

fn now() -> EventTime {
    EventTime::parse(NOW).unwrap()
}

fn ingest() -> Ingest {
    Ingest::new(
        Keys::new()
            .write_key("wk-old")
            .write_key("wk")
            .bearer("token")
            .segment("shared")
            .customerio("cio-old")
            .customerio("cio"),
    )
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect()
}

fn basic(user: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:")))
}

fn post(path: &str, pairs: &[(&'static str, &str)], body: &[u8]) -> Result<Intake, Refusal> {
    let headers = headers(pairs);
    ingest().take(
        &Request {
            method: "POST",
            path,
            headers: &headers,
            body,
        },
        now(),
    )
}

/// Posts as an SDK does.
fn send(path: &str, body: &Value) -> Result<Intake, Refusal> {
    let body = body.to_string();
    post(path, &[("authorization", &basic("wk"))], body.as_bytes())
}

/// Posts as a platform with the bearer secret does.
fn forward(body: &str) -> Result<Intake, Refusal> {
    post(
        "/webhook",
        &[("authorization", "Bearer token")],
        body.as_bytes(),
    )
}

fn events(intake: &Intake) -> Vec<Value> {
    let parse = |accepted: &Accepted| serde_json::from_str(&accepted.json).unwrap();
    intake.accepted.iter().map(parse).collect()
}

fn only(intake: Result<Intake, Refusal>) -> Value {
    let intake = intake.unwrap();
    assert_eq!(intake.rejected, []);
    let [event] = events(&intake).try_into().unwrap();
    event
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn hex(tag: &hmac::Tag) -> String {
    tag.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

fn sha1(secret: &str, signed: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    hex(&hmac::sign(&key, signed))
}

fn sha256(secret: &str, signed: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hex(&hmac::sign(&key, signed.as_bytes()))
}

#[test]
fn the_path_gives_the_type_and_wins_over_the_body() {
    for kind in Type::ALL {
        let path = format!("/v1/{}", kind.as_str());
        let event = only(send(&path, &json!({"userId": "u", "type": "nonsense"})));
        assert_eq!(event["type"], kind.as_str());
    }
}

#[test]
fn paths_may_stand_below_any_prefix_and_end_in_a_slash() {
    for (path, endpoint) in [
        ("/v1/identify", Some(Endpoint::Call(Type::Identify))),
        ("/prod/v1/group/", Some(Endpoint::Call(Type::Group))),
        ("/v1/batch", Some(Endpoint::Batch)),
        ("/a/b/v1/import", Some(Endpoint::Batch)),
        ("/webhook", Some(Endpoint::Webhook)),
        ("/stage/webhook/", Some(Endpoint::Webhook)),
        ("/", None),
        ("", None),
        ("/identify", None),
        ("/v2/identify", None),
        ("/v1/identity", None),
        ("/v1", None),
        ("/v1/webhook/x", None),
    ] {
        assert_eq!(Endpoint::of(path), endpoint, "{path}");
    }
}

#[test]
fn a_call_becomes_an_event_with_the_times_of_our_clock() {
    let event = only(send(
        "/v1/identify",
        &json!({
            "userId": "u", "writeKey": "wk", "messageId": "m", "traits": {"n": 1},
            "timestamp": "2026-08-21T09:00:00Z", "sentAt": "2026-08-21T09:00:03.5Z",
        }),
    ));
    assert_eq!(
        event,
        json!({
            "type": "identify", "userId": "u", "messageId": "m", "traits": {"n": 1},
            "originalTimestamp": "2026-08-21T09:00:00Z", "sentAt": "2026-08-21T09:00:03.5Z",
            "timestamp": "2026-08-21T12:00:06.500000000Z", "receivedAt": "2026-08-21T12:00:10.000000000Z",
        })
    );
}

#[test]
fn times_that_are_missing_or_wrong() {
    let stamped = |fields: Value| {
        let mut call = json!({"userId": "u", "messageId": "m"});
        call.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let event = only(send("/v1/track", &call));
        let field = |name: &str| event[name].as_str().map(str::to_owned);
        (field("timestamp"), field("originalTimestamp"))
    };
    let some = |text: &str| Some(text.to_owned());
    // No time of its own: ours.
    assert_eq!(
        stamped(json!({})),
        (some("2026-08-21T12:00:10.000000000Z"), None)
    );
    assert_eq!(
        stamped(json!({"timestamp": null})),
        (some("2026-08-21T12:00:10.000000000Z"), None)
    );
    // Without `sentAt` the skew is not known.
    assert_eq!(
        stamped(json!({"timestamp": "2026-01-01"})),
        (some("2026-01-01T00:00:00.000000000Z"), some("2026-01-01"))
    );
    // A client that tells both means the original one.
    assert_eq!(
        stamped(json!({"timestamp": "2026-01-01", "originalTimestamp": "2026-01-02"})),
        (some("2026-01-02T00:00:00.000000000Z"), some("2026-01-02"))
    );
    // What cannot be read stays for whoever looks for the mistake.
    assert_eq!(
        stamped(json!({"timestamp": "yesterday"})),
        (some("yesterday"), None)
    );
}

#[test]
fn a_batch_gives_its_context_integrations_and_sent_at_to_each_call() {
    let intake = send(
        "/v1/batch",
        &json!({
            "batch": [
                {"type": "identify", "userId": "1", "messageId": "a",
                 "context": {"locale": "de", "library": {"name": "own"}},
                 "integrations": {"Attio (Actions)": false}, "sentAt": "2026-08-21T12:00:00Z"},
                {"type": "track", "userId": "2", "messageId": "b", "context": null},
            ],
            "context": {"library": {"name": "sdk", "version": "1"}, "ip": "1.2.3.4"},
            "integrations": {"All": true, "Attio (Actions)": true},
            "sentAt": "2026-08-21T12:00:09Z",
            "writeKey": "wk",
        }),
    )
    .unwrap();
    let events = events(&intake);
    assert_eq!(
        events[0]["context"],
        json!({"library": {"name": "own"}, "ip": "1.2.3.4", "locale": "de"})
    );
    assert_eq!(
        events[0]["integrations"],
        json!({"All": true, "Attio (Actions)": false})
    );
    assert_eq!(events[0]["sentAt"], "2026-08-21T12:00:00Z");
    assert_eq!(
        events[1]["context"],
        json!({"library": {"name": "sdk", "version": "1"}, "ip": "1.2.3.4"})
    );
    assert_eq!(
        events[1]["integrations"],
        json!({"All": true, "Attio (Actions)": true})
    );
    assert_eq!(events[1]["sentAt"], "2026-08-21T12:00:09Z");
    assert!(events.iter().all(|event| event.get("writeKey").is_none()));
}

#[test]
fn numbers_of_an_event_keep_every_digit() {
    let body = r#"{"userId":12345678901234567890123,"traits":{"n":0.10,"e":1e999},"messageId":7}"#;
    let intake = post(
        "/v1/identify",
        &[("authorization", &basic("wk"))],
        body.as_bytes(),
    )
    .unwrap();
    let [event] = &intake.accepted[..] else {
        panic!("one event")
    };
    assert!(
        event.json.contains(r#""traits":{"n":0.10,"e":1e999}"#),
        "{}",
        event.json
    );
    assert_eq!(event.message_id, "7");
    assert_eq!(event.subject, "user:12345678901234567890123");
}

#[test]
fn bad_events_of_a_batch_do_not_lose_the_good_ones() {
    let intake = send(
        "/v1/batch",
        &json!({"batch": [
            {"type": "identify", "userId": "1", "messageId": "a"},
            {"type": "identify"},
            "nonsense",
            {"type": "identity", "userId": "1"},
            {"type": "track", "userId": "1", "traits": [], "context": "x"},
            {"type": "track", "userId": "x".repeat(MAX_EVENT_BYTES)},
            {"type": "group", "userId": "1", "groupId": "g", "messageId": "b"},
        ]}),
    )
    .unwrap();
    let ids: Vec<_> = intake
        .accepted
        .iter()
        .map(|e| e.message_id.as_str())
        .collect();
    assert_eq!(ids, ["a", "b"]);
    let answer = intake.answer();
    assert_eq!(answer.status, 200);
    let answer: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(answer["success"], true);
    let rejected: Vec<String> = answer["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            format!(
                "{} {} {}",
                e["index"],
                e["code"].as_str().unwrap(),
                e["at"].as_str().unwrap()
            )
        })
        .collect();
    assert_snapshot!(rejected.join("\n"), @r"
    1 event.missing_identity 
    2 event.not_an_object 
    3 event.unknown_type /type
    4 event.wrong_type /traits
    5 event.too_large
    ");
}

#[test]
fn a_request_whose_events_are_all_bad_is_refused() {
    let refusal = send("/v1/identify", &json!({"traits": {}})).unwrap_err();
    let answer = refusal.answer();
    assert_eq!(answer.status, 400);
    assert_snapshot!(answer.body, @r#"{"success":false,"code":"no_event","message":"none of what was sent is an event, of 1 in all","rejected":[{"index":0,"code":"event.missing_identity","severity":"error","at":"","message":"an event needs a `userId` or an `anonymousId`, got neither","help":"set `userId` to the id of the user in your product"}]}"#);
}

#[test]
fn what_was_taken_in_whole_is_answered_with_just_success() {
    for body in [
        json!({"batch": [{"type": "page", "anonymousId": "a"}]}),
        json!({"batch": []}),
    ] {
        let answer = send("/v1/import", &body).unwrap().answer();
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (200, r#"{"success":true}"#)
        );
    }
}

#[test]
fn bodies_that_are_no_batch_are_refused() {
    let refusal = |path: &str, body: &str| {
        let refusal = post(path, &[("authorization", &basic("wk"))], body.as_bytes()).unwrap_err();
        format!("{} {refusal}", refusal.status())
    };
    assert_snapshot!(refusal("/v1/batch", ""), @"400 a body is JSON in the form of its path, got another: EOF while parsing a value at line 1 column 0");
    assert_snapshot!(refusal("/v1/batch", "[]"), @"400 a body is JSON in the form of its path, got another: invalid type: sequence, expected an object at line 1 column 0");
    assert_snapshot!(refusal("/v1/batch", "{}"), @r#"400 a batch is `{"batch": [...]}`, got an object without `batch`"#);
    assert_snapshot!(refusal("/v1/batch", r#"{"batch":{}}"#), @"400 a body is JSON in the form of its path, got another: invalid type: map, expected an array at line 1 column 9");
    assert_snapshot!(refusal("/v1/batch", r#"{"batch":[],"context":[]}"#), @"400 `context` expected an object, got an array of 0");
    assert_snapshot!(refusal("/v1/batch", r#"{"batch":[]} x"#), @"400 a body is JSON in the form of its path, got another: trailing characters at line 1 column 14");
    assert_snapshot!(refusal("/v1/identify", r#"{"userId":"u""#), @"400 a body is JSON in the form of its path, got another: EOF while parsing an object at line 1 column 13");
    let invalid = post(
        "/v1/identify",
        &[("authorization", &basic("wk"))],
        b"{\"a\":\"\xff\"}",
    );
    assert_snapshot!(invalid.unwrap_err(), @"a body is UTF-8, got bytes that are not");
}

#[test]
fn limits_of_the_tracking_api() {
    let padded = |bytes: usize| {
        let body = json!({"userId": "u", "traits": {"x": ""}}).to_string();
        body.replace(
            r#""x":"""#,
            &format!(r#""x":"{}""#, "x".repeat(bytes - body.len())),
        )
    };
    let key = basic("wk");
    let send = |path: &str, body: &str| post(path, &[("authorization", &key)], body.as_bytes());

    // A call of just the limit is taken, although we add to it.
    let body = padded(MAX_EVENT_BYTES);
    assert_eq!(body.len(), MAX_EVENT_BYTES);
    let refusal = send("/v1/identify", &padded(MAX_EVENT_BYTES + 1)).unwrap_err();
    assert_eq!(refusal.status(), 400);
    assert_snapshot!(refusal, @"this path takes at most 32768 bytes, got more");

    let calls = |n: usize| {
        let call = r#"{"type":"track","userId":"u"}"#;
        format!(r#"{{"batch":[{}]}}"#, vec![call; n].join(","))
    };
    assert_eq!(
        send("/v1/batch", &calls(MAX_BATCH_CALLS))
            .unwrap()
            .accepted
            .len(),
        MAX_BATCH_CALLS
    );
    let refusal = send("/v1/batch", &calls(MAX_BATCH_CALLS + 1)).unwrap_err();
    assert_eq!(refusal.status(), 400);
    assert_snapshot!(refusal, @"this path takes at most 2500 events at once, got more");

    let call = padded(30_000).replacen('{', r#"{"type":"track","#, 1);
    let large = format!(r#"{{"batch":[{}]}}"#, vec![call; 20].join(","));
    assert!(large.len() > MAX_BATCH_BYTES);
    let refusal = send("/v1/batch", &large).unwrap_err();
    assert_eq!(refusal.status(), 400);
    assert_snapshot!(refusal, @"this path takes at most 512000 bytes, got more");
}

#[test]
fn a_call_near_the_limit_is_not_refused_for_what_we_add_to_it() {
    let mut call = json!({
        "type": "track", "userId": "u", "messageId": "m", "timestamp": "2026-08-21T09:00:00.000000000Z", "x": ""
    });
    let room = MAX_EVENT_BYTES - call.to_string().len();
    call["x"] = "x".repeat(room).into();
    assert_eq!(call.to_string().len(), MAX_EVENT_BYTES);
    let event = only(send(
        "/v1/batch",
        &json!({"batch": [call], "sentAt": "2026-08-21T09:00:05Z"}),
    ));
    assert_eq!(event["timestamp"], "2026-08-21T12:00:05.000000000Z");
    assert_eq!(event["x"].as_str().unwrap().len(), room);
    for added in ["receivedAt", "sentAt", "originalTimestamp"] {
        assert!(event.get(added).is_none(), "{added}");
    }
}

#[test]
fn limits_of_the_webhook() {
    let event = r#"{"type":"track","userId":"u"}"#;
    let array = |n: usize| format!("[{}]", vec![event; n].join(","));
    assert_eq!(
        forward(&array(MAX_WEBHOOK_EVENTS)).unwrap().accepted.len(),
        MAX_WEBHOOK_EVENTS
    );
    let refusal = forward(&array(MAX_WEBHOOK_EVENTS + 1)).unwrap_err();
    assert_eq!(refusal.status(), 413);
    let refusal = forward(&" ".repeat(MAX_WEBHOOK_BYTES + 1)).unwrap_err();
    assert_eq!(refusal.status(), 413);
    assert_snapshot!(refusal, @"this path takes at most 6291456 bytes, got more");
}

#[test]
fn compressed_bodies_are_read() {
    let body = json!({"batch": [{"type": "track", "userId": "u", "messageId": "m"}]}).to_string();
    let key = basic("wk");
    for encoding in ["gzip", "GZIP"] {
        let intake = post(
            "/v1/batch",
            &[("authorization", &key), ("content-encoding", encoding)],
            &gzip(body.as_bytes()),
        );
        assert_eq!(intake.unwrap().accepted.len(), 1, "{encoding}");
    }
    let refusal = |encoding: &str, body: &[u8]| {
        let pairs = [
            ("authorization", key.as_str()),
            ("content-encoding", encoding),
        ];
        let refusal = post("/v1/batch", &pairs, body).unwrap_err();
        format!("{} {refusal}", refusal.status())
    };
    assert_snapshot!(refusal("br", b""), @"415 a body is sent as it is or with `gzip`, got the content encoding `br`");
    assert_snapshot!(refusal("gzip", b"{}"), @"400 the body says it is `gzip`, and cannot be read as that: unexpected end of file");
    let cut = gzip(body.as_bytes());
    assert_snapshot!(refusal("gzip", &cut[..cut.len() / 2]), @"400 the body says it is `gzip`, and cannot be read as that: incomplete deflate stream");
}

#[test]
fn a_compressed_bomb_is_refused_before_it_is_whole() {
    // 8 MB of zeros in 8 kB, and 200 MB in many members.
    let bomb = gzip(&vec![b'0'; 8 << 20]);
    let members = gzip(&vec![b'0'; 1 << 20]).repeat(200);
    for body in [bomb, members] {
        let pairs = [
            ("authorization", basic("wk")),
            ("content-encoding", "gzip".into()),
        ];
        let pairs = pairs
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let refusal = post("/v1/batch", &pairs, &body).unwrap_err();
        assert_eq!(
            refusal,
            Refusal::TooLarge {
                most_bytes: MAX_BATCH_BYTES,
                endpoint: Endpoint::Batch
            }
        );
    }
}

#[test]
fn deep_nesting_is_refused_wherever_it_stands() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(5_000), "}".repeat(5_000));
    let key = basic("wk");
    let status = |path: &str, body: String| {
        let result = post(path, &[("authorization", &key)], body.as_bytes());
        result.map_or_else(|refusal| refusal.status(), |_| 200)
    };
    for deep in [&deep, &objects] {
        assert_eq!(status("/v1/identify", deep.clone()), 400);
        assert_eq!(
            status(
                "/v1/identify",
                format!(r#"{{"userId":"u","traits":{{"a":{deep}}}}}"#)
            ),
            400
        );
        assert_eq!(status("/v1/batch", deep.clone()), 400);
        assert_eq!(status("/v1/batch", format!(r#"{{"batch":{deep}}}"#)), 400);
        assert_eq!(
            status("/v1/batch", format!(r#"{{"batch":[],"context":{deep}}}"#)),
            400
        );
        assert_eq!(forward(deep).unwrap_err().status(), 400);
        assert_eq!(forward(&format!("[{deep}]")).unwrap_err().status(), 400);
    }
}

#[test]
fn write_keys_are_taken_from_the_authorization_or_the_body() {
    let body = |key: &str| json!({"userId": "u", "writeKey": key}).to_string();
    let ok = |pairs: &[(&'static str, &str)], body: String| {
        post("/v1/identify", pairs, body.as_bytes()).map(|_| ())
    };
    let denied = |why| Err(Refusal::Unauthorized(why, Endpoint::Call(Type::Identify)));
    let no_key = json!({"userId": "u"}).to_string();
    let basic_of = |text: &str| format!("Basic {}", STANDARD.encode(text));

    assert_eq!(
        ok(&[("authorization", &basic("wk"))], no_key.clone()),
        Ok(())
    );
    assert_eq!(
        ok(&[("authorization", &basic("wk-old"))], no_key.clone()),
        Ok(())
    );
    assert_eq!(ok(&[("authorization", &basic("wk"))], body("wk")), Ok(()));
    assert_eq!(ok(&[], body("wk")), Ok(()));
    assert_eq!(
        ok(&[("authorization", &basic_of("wk:any"))], no_key.clone()),
        Ok(())
    );
    assert_eq!(
        ok(&[("authorization", &basic_of("wk"))], no_key.clone()),
        Ok(())
    );

    assert_eq!(
        ok(&[("authorization", "Bearer wk")], no_key.clone()),
        Ok(())
    );

    assert_eq!(ok(&[], no_key.clone()), denied(Denied::Missing));
    assert_eq!(ok(&[], body("other")), denied(Denied::WriteKey));
    assert_eq!(ok(&[], body("")), denied(Denied::WriteKey));
    assert_eq!(
        ok(&[], json!({"userId": "u", "writeKey": 1}).to_string()),
        denied(Denied::Missing)
    );
    for wrong in [
        basic("other"),
        basic(""),
        basic("wk2"),
        "Basic !".into(),
        "Bearer token".into(),
        "wk".into(),
        String::new(),
    ] {
        // A key in the body does not mend a wrong one in the header.
        assert_eq!(
            ok(&[("authorization", &wrong)], body("wk")),
            denied(Denied::WriteKey),
            "{wrong}"
        );
    }
}

#[test]
fn a_scheme_without_a_secret_is_not_accepted() {
    let event = r#"{"type":"track","userId":"u","writeKey":""}"#;
    let timestamp = (now().nanos() / 1_000_000_000).to_string();
    for keys in [
        Keys::new(),
        Keys::new().bearer("token"),
        Keys::new().segment("shared"),
    ] {
        let ingest = Ingest::new(keys);
        for pairs in [
            vec![],
            vec![("authorization", basic("wk"))],
            vec![
                (
                    "x-cio-signature",
                    sha256("", &format!("v0:{timestamp}:{event}")),
                ),
                ("x-cio-timestamp", timestamp.clone()),
            ],
        ] {
            let pairs: Vec<_> = pairs.iter().map(|(n, v)| (*n, v.as_str())).collect();
            for path in ["/v1/track", "/webhook"] {
                let request = Request {
                    method: "POST",
                    path,
                    headers: &headers(&pairs),
                    body: event.as_bytes(),
                };
                let refusal = ingest.take(&request, now()).unwrap_err();
                assert_eq!(refusal.status(), 401, "{path} {pairs:?}");
            }
        }
    }
}

#[test]
fn webhooks_are_signed_as_segment_signs_them() {
    let event = r#"{"type":"track","userId":"u","messageId":"m","timestamp":"2026-01-01"}"#;
    let array = format!(r#" [ {event} ,{{"type":"identify","userId":"v"}}]"#);
    let take = |body: &str, signature: &str| {
        post("/webhook", &[("x-signature", signature)], body.as_bytes())
            .map(|intake| intake.accepted.len())
            .map_err(|refusal| refusal.status())
    };
    assert_eq!(take(event, &sha1("shared", event.as_bytes())), Ok(1));
    assert_eq!(
        take(event, &sha1("shared", event.as_bytes()).to_uppercase()),
        Ok(1)
    );
    // Of an array the first event, as it stands there; a sender that signs all of it is taken too.
    assert_eq!(take(&array, &sha1("shared", event.as_bytes())), Ok(2));
    assert_eq!(take(&array, &sha1("shared", array.as_bytes())), Ok(2));

    let second = r#"{"type":"identify","userId":"v"}"#;
    assert_eq!(take(&array, &sha1("shared", second.as_bytes())), Err(401));
    assert_eq!(take(event, &sha1("other", event.as_bytes())), Err(401));
    assert_eq!(
        take(
            &event.replace("\"u\"", "\"v\""),
            &sha1("shared", event.as_bytes())
        ),
        Err(401)
    );
    assert_eq!(take("[]", &sha1("shared", b"")), Err(401));
    for garbage in ["", "00", &"0".repeat(40), &"z".repeat(40)] {
        assert_eq!(take(event, garbage), Err(401), "{garbage}");
    }
}

#[test]
fn webhooks_are_signed_as_customerio_signs_them() {
    let event = r#"{"type":"track","userId":"u","timestamp":"2026-01-01"}"#;
    let seconds = now().nanos() / 1_000_000_000;
    let take = |secret: &str, signed_at: i64, sent_at: &str| {
        let signature = sha256(secret, &format!("v0:{signed_at}:{event}"));
        let pairs = [
            ("x-cio-signature", signature.as_str()),
            ("x-cio-timestamp", sent_at),
        ];
        post("/webhook", &pairs, event.as_bytes())
            .map(|_| ())
            .map_err(|refusal| refusal.to_string())
    };
    let at = |seconds: i64| take("cio", seconds, &seconds.to_string());
    assert_eq!(at(seconds), Ok(()));
    assert_eq!(take("cio-old", seconds, &seconds.to_string()), Ok(()));
    assert_eq!(at(seconds - 300), Ok(()));
    assert_eq!(at(seconds + 300), Ok(()));

    let late = Err(
        "`X-CIO-Timestamp` expected a Unix time within five minutes of now, got none or another"
            .to_owned(),
    );
    assert_eq!(at(seconds - 301), late);
    assert_eq!(at(seconds + 301), late);
    assert_eq!(at(i64::MIN), late);
    assert_eq!(take("cio", seconds, "soon"), late);
    let forged = Err("the signature was made with another secret, or over another body".to_owned());
    assert_eq!(take("other", seconds, &seconds.to_string()), forged);
    // A replay under a fresh time: the time is signed.
    assert_eq!(take("cio", seconds - 3600, &seconds.to_string()), forged);
}

#[test]
fn webhooks_with_a_bearer_secret() {
    let event = r#"{"type":"track","userId":"u"}"#;
    let take = |pairs: &[(&'static str, &str)]| {
        post("/webhook", pairs, event.as_bytes()).map_err(|refusal| refusal.status())
    };
    assert!(take(&[("authorization", "Bearer token")]).is_ok());
    assert!(take(&[("authorization", "bearer  token")]).is_ok());
    for wrong in ["Bearer tokens", "Bearer ", "token", "Basic token", ""] {
        assert_eq!(take(&[("authorization", wrong)]), Err(401), "{wrong}");
    }
    // Every proof that is there must hold.
    let forged = sha1("other", event.as_bytes());
    assert_eq!(
        take(&[("authorization", "Bearer token"), ("x-signature", &forged)]),
        Err(401)
    );
    let signature = sha1("shared", event.as_bytes());
    assert_eq!(
        take(&[
            ("authorization", "Bearer other"),
            ("x-signature", &signature)
        ]),
        Err(401)
    );
    assert!(
        take(&[
            ("authorization", "Bearer token"),
            ("x-signature", &signature)
        ])
        .is_ok()
    );
}

#[test]
fn what_a_platform_forwards_stays_as_it_is() {
    let event = r#"{"type":"identify","userId":"u","messageId":"m","traits":{"n":1.0},"originalTimestamp":"2026-01-01T00:00:00Z","sentAt":"2026-01-01T00:00:01Z","timestamp":"2026-01-01T00:00:05Z","receivedAt":"2026-01-01T00:00:06Z"}"#;
    let intake = forward(event).unwrap();
    assert_eq!(intake.accepted[0].json, event);
    // One that its platform did not stamp is not corrected by when it reached us.
    let event = only(forward(
        r#"{"type":"identify","userId":"u","timestamp":"2026-01-01T00:00:05Z","sentAt":"2026-01-01T00:00:05Z"}"#,
    ));
    assert!(event.get("receivedAt").is_none());
    let event = only(forward(r#"{"type":"identify","userId":"u"}"#));
    assert_eq!(event["receivedAt"], "2026-08-21T12:00:10.000000000Z");
}

#[test]
fn an_event_without_an_id_gets_one() {
    let batch = json!({"batch": [
        {"type": "track", "userId": "u"},
        {"type": "track", "userId": "u"},
        {"type": "track", "userId": "u", "messageId": "m"},
    ]});
    let ids = |intake: Intake| -> Vec<String> {
        intake.accepted.into_iter().map(|e| e.message_id).collect()
    };
    let first = ids(send("/v1/batch", &batch).unwrap());
    assert_eq!(first[2], "m");
    assert_ne!(first[0], first[1]);
    assert!(
        first[0].starts_with("attio-destination-") && first[0].len() < 100,
        "{}",
        first[0]
    );
    assert_eq!(ids(send("/v1/batch", &batch).unwrap()), first);
}

#[test]
fn a_subject_is_what_the_events_of_a_record_have_in_common() {
    for (event, subject) in [
        (json!({"type": "identify", "userId": "u"}), "user:u"),
        (
            json!({"type": "identify", "userId": "u", "anonymousId": "a"}),
            "user:u",
        ),
        (
            json!({"type": "track", "userId": null, "anonymousId": "a"}),
            "anonymous:a",
        ),
        (
            json!({"type": "group", "userId": "u", "groupId": "g"}),
            "group:g",
        ),
        (
            json!({"type": "group", "userId": "u", "groupId": 7}),
            "group:7",
        ),
        (json!({"type": "group", "userId": "u"}), "user:u"),
        (
            json!({"type": "identify", "userId": "u", "groupId": "g"}),
            "user:u",
        ),
    ] {
        let intake = forward(&event.to_string()).unwrap();
        assert_eq!(intake.accepted[0].subject, subject, "{event}");
    }
}

#[test]
fn what_is_not_served_is_refused_by_its_own_status() {
    let take = |method: &str, path: &str| {
        let request = Request {
            method,
            path,
            headers: &HeaderMap::new(),
            body: b"{}",
        };
        ingest().take(&request, now()).unwrap_err().answer()
    };
    assert_eq!(take("POST", "/").status, 404);
    assert_eq!(take("GET", "/v1/projects").status, 404);
    let answer = take("GET", "/v1/identify");
    assert_eq!(answer.status, 405);
    assert_eq!(answer.headers, [(header::ALLOW, "POST")]);
    let answer = take("POST", "/v1/identify");
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.headers,
        [(
            header::WWW_AUTHENTICATE,
            r#"Basic realm="attio-destination""#
        )]
    );
    assert_eq!(
        take("POST", "/webhook").headers,
        [(header::WWW_AUTHENTICATE, "Bearer")]
    );
}

#[test]
fn when_the_queue_fails_senders_are_told_to_come_again() {
    for (refusal, status, code) in [
        (Refusal::Throttled, 429, "throttled"),
        (Refusal::Unavailable, 503, "unavailable"),
    ] {
        let answer = refusal.answer();
        assert_eq!(answer.status, status);
        assert_eq!(answer.headers, [(header::RETRY_AFTER, "1")]);
        let begins = format!(r#"{{"success":false,"code":"{code}","message":""#);
        assert!(answer.body.starts_with(&begins), "{}", answer.body);
    }
}

#[test]
fn keys_do_not_show_themselves() {
    let text = format!("{:?}", ingest());
    assert!(
        text.contains("write_keys: 2") && !text.contains("wk") && !text.contains("cio"),
        "{text}"
    );
}

#[test]
fn keys_are_read_from_a_text_or_a_json_object() {
    let counts = |text: &str| {
        Keys::parse(text).map(|keys| {
            let shown = format!("{keys:?}");
            shown.trim_start_matches("Keys ").to_owned()
        })
    };
    assert_snapshot!(counts("secret\n").unwrap(), @"{ write_keys: 1, bearers: 1, segment: 1, customerio: 1 }");
    assert_snapshot!(counts(r#"{"write_keys":["a","b"],"segment":"c"}"#).unwrap(), @"{ write_keys: 2, bearers: 0, segment: 1, customerio: 0 }");
    assert_snapshot!(counts(r#"{"key":"a","bearer":"b"}"#).unwrap(), @"{ write_keys: 1, bearers: 2, segment: 1, customerio: 1 }");
    assert_snapshot!(counts("").unwrap_err(), @"expected a secret for the key, got an empty text");
    assert_snapshot!(counts("{}").unwrap_err(), @"expected at least one key, got none");
    assert_snapshot!(counts(r#"{"key":[]}"#).unwrap_err(), @"expected at least one key, got none");
    assert_snapshot!(counts(r#"{"bearer":""}"#).unwrap_err(), @"expected a secret for `bearer`, got an empty text");
    assert_snapshot!(counts(r#"{"bearer":7}"#).unwrap_err(), @"expected a text or a list of texts for `bearer`, got another kind of value, `number`");
    assert_snapshot!(counts(r#"{"write_key":"a"}"#).unwrap_err(), @"has the unknown key `write_key`; did you mean `write_keys`?");
    assert_snapshot!(counts("{nonsense").unwrap_err(), @"expected JSON, got text that is not");
}

use std::io::Cursor;

use proptest::prelude::*;

use super::*;

/// Gives at most `piece` bytes at a time.
struct Pieces<R>(R, usize);

impl<R: Read> Read for Pieces<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let most = out.len().min(self.1);
        self.0.read(&mut out[..most])
    }
}

fn read(source: impl Read) -> Vec<(Place, Result<String, String>)> {
    let mut events = Events::new(source);
    let mut found = Vec::new();
    while let Some(item) = events.next_event().unwrap() {
        let text = match item.bytes {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(diagnostic) => Err(diagnostic.message),
        };
        found.push((item.place, text));
    }
    found
}

fn texts(input: &str) -> Vec<String> {
    read(input.as_bytes())
        .into_iter()
        .map(|(_, text)| text.unwrap_or_else(|message| format!("! {message}")))
        .collect()
}

#[test]
fn ndjson_is_an_event_a_line() {
    let expect = [r#"{"a":1}"#, r#"{"b":[{}]}"#, "no json", r#"{"c":"}"}"#];
    for input in [
        "{\"a\":1}\n{\"b\":[{}]}\nno json\n{\"c\":\"}\"}",
        "\u{feff}\n  {\"a\":1}  \r\n\r\n{\"b\":[{}]}\r\nno json\r\n\n{\"c\":\"}\"}\n\n",
    ] {
        assert_eq!(texts(input), expect, "{input}");
    }
    assert_eq!(texts(""), [""; 0]);
    assert_eq!(texts(" \n\n"), [""; 0]);
}

#[test]
fn a_line_that_was_cut_off_spoils_no_other() {
    for cut in [
        r#"{"a":1"#,
        r#"{"a":"b"#,
        r#"{"a":"b\"#,
        r#"{"a":{"b":2}"#,
        r#"{"a":["#,
        r#"{"a":[1,"#,
        r#"{"a":"#,
        r#"{"a""#,
        r#"{"a":1}}"#,
        r#"{"a":1} {"b":2}"#,
        "{",
        "\"",
    ] {
        let input = format!("{{\"x\":0}}\n{cut}\n{{\"y\":1}}\n{cut}\n{{\"z\":2}}\n{cut}");
        let expect = [r#"{"x":0}"#, cut, r#"{"y":1}"#, cut, r#"{"z":2}"#, cut];
        assert_eq!(texts(&input), expect, "{cut}");
    }
}

#[test]
fn an_event_may_take_many_lines() {
    let pretty = "{\n  \"type\": \"identify\",\n\n  \"list\": [\n    {\n      \"a\": 1\n    },\n    2\n  ]\n}";
    let flush_left = pretty.replace("  ", "");
    let one = r#"{"a":1}"#;
    for input in [
        pretty.to_owned(),
        format!("{pretty}\n"),
        format!("\n{flush_left}\n\n"),
    ] {
        assert_eq!(texts(&input), [input.trim()], "{input}");
    }
    let input = format!("{pretty}\n{one}\n{flush_left}{one}\n");
    assert_eq!(
        texts(&input),
        [pretty, one, &format!("{flush_left}{one}")],
        "what stands behind an event in its line belongs to it"
    );
}

#[test]
fn a_broken_event_of_many_lines_is_one() {
    let broken = "{\n  \"a\": 1\n  \"b\": 2,\n  \"c\": \"cut\n}";
    let input = format!("{broken}\n{{\"d\": 1}}\n");
    assert_eq!(texts(&input), [broken, r#"{"d": 1}"#]);
}

#[test]
fn an_array_is_read_element_by_element() {
    let expect = [r#"{"a":[1,2]}"#, "3", r#""x,]""#, r#"{"b":{}}"#];
    for input in [
        r#"[{"a":[1,2]},3,"x,]",{"b":{}}]"#,
        "\n[ {\"a\":[1,2]} ,\n3\n, \"x,]\",\n{\"b\":{}}\n]\n",
    ] {
        assert_eq!(texts(input), expect, "{input}");
    }
    assert_eq!(texts("[]"), [""; 0]);
    assert_eq!(texts("[1]\n[2]\n{}\n"), ["1", "2", "{}"]);
}

#[test]
fn a_broken_element_spoils_no_other_where_each_begins_a_line() {
    for broken in [
        r#"{"a":"cut"#,
        r#"{"a":{"b":1}"#,
        "{\n    \"a\": 1\n    \"b\": [\n    ],\n  }",
    ] {
        let input = format!("[\n  {{\"x\":0}},\n  {broken},\n  {{\"y\":1}}\n]\n{{\"z\":2}}");
        let found = texts(&input);
        assert_eq!(found.len(), 4, "{broken}: {found:?}");
        assert_eq!(found[0], r#"{"x":0}"#);
        assert_eq!(found[1], format!("{broken},"));
        assert_eq!(found[2..], [r#"{"y":1}"#, r#"{"z":2}"#]);
    }
}

#[test]
fn an_array_without_an_end_is_told() {
    insta::assert_snapshot!(
        texts("[{\"a\":1},").join("\n"),
        @r#"
    {"a":1}
    ! an array of events expected `]` at its end, got the end of the input
    "#
    );
}

#[test]
fn a_batch_body_gives_its_calls_what_they_share() {
    let input = r#"{
      "batch": [
        {"type":"identify","userId":"1","context":{"ip":"2.2.2.2"},"integrations":{"All":true}},
        {"type":"track","userId":12345678901234567890},
        {"type":"page","context":null,"sentAt":"now"},
        "no call"
      ],
      "context": {"ip":"1.1.1.1","locale":"de"},
      "integrations": {"Attio (Actions)":false},
      "sentAt": "2026-08-21T10:34:56.901Z",
      "writeKey": "secret"
    }"#;
    insta::assert_snapshot!(texts(input).join("\n"), @r#"
    {"type":"identify","userId":"1","context":{"ip":"2.2.2.2","locale":"de"},"integrations":{"All":true,"Attio (Actions)":false},"sentAt":"2026-08-21T10:34:56.901Z"}
    {"type":"track","userId":12345678901234567890,"context":{"ip":"1.1.1.1","locale":"de"},"integrations":{"Attio (Actions)":false},"sentAt":"2026-08-21T10:34:56.901Z"}
    {"type":"page","context":null,"sentAt":"now","integrations":{"Attio (Actions)":false}}
    "no call"
    "#);
}

#[test]
fn batch_bodies_may_stand_in_lines_and_an_event_may_hold_a_key_of_that_name() {
    let input = r#"{"batch":[{"a":1},{"b":2}]}
{"type":"track","batch":[1]}
{"batch":[]}
{"batch":"x"}
{"batch":[{"c":3}]}"#;
    assert_eq!(
        texts(input),
        [
            r#"{"a":1}"#,
            r#"{"b":2}"#,
            r#"{"type":"track","batch":[1]}"#,
            r#"{"batch":"x"}"#,
            r#"{"c":3}"#
        ]
    );
}

#[test]
fn what_a_delivery_handed_back_is_the_event_it_holds() {
    let input = r#"{"event":{"type":"track","a":1},"line":3,"plan":{},"outcome":"failed"}
{"event_text":"{\"type\":","line":4,"plan":{"writes":[]},"outcome":"rejected"}
{"type":"track","event":"x","plan":{},"outcome":"won"}
{"event":"Order Completed","plan":"pro","outcome":"won"}
{"event":{},"outcome":"won"}"#;
    insta::assert_snapshot!(texts(input).join("\n"), @r#"
    {"type":"track","a":1}
    {"type":
    {"type":"track","event":"x","plan":{},"outcome":"won"}
    {"event":"Order Completed","plan":"pro","outcome":"won"}
    {"event":{},"outcome":"won"}
    "#);
}

#[test]
fn places_count_events_bytes_and_lines() {
    let input = "\u{feff}{\"a\":1}\n\n{\n\"b\":2}\n[3,\n4]\n{\"batch\":[\n5,6]}\n";
    let places: Vec<_> = read(input.as_bytes())
        .into_iter()
        .map(|(place, _)| (place.index, place.offset, place.line))
        .collect();
    assert_eq!(
        places,
        [
            (0, 3, 1),
            (1, 12, 3),
            (2, 22, 5),
            (3, 25, 6),
            (4, 39, 8),
            (5, 41, 8)
        ]
    );
    for (_, offset, _) in places {
        assert!("{3456".contains(input.as_bytes()[offset as usize] as char));
    }
}

#[test]
fn what_is_too_long_is_one_event_and_is_not_kept() {
    let long = "x".repeat(MAX_BODY_BYTES);
    let object = format!("{{\"a\":\"{long}\",\"b\":[{{}}]}}");
    let pretty = format!("{{\n  \"a\": \"{long}\",\n  \"b\": 1\n}}");
    let kept = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_EVENT_BYTES));
    for (input, expect) in [
        (
            format!("{{}}\n{object}\n{{\"b\":1}}\n"),
            vec!["{}", "!", "{\"b\":1}"],
        ),
        (
            format!("{{}}\n{pretty}\n{{\"b\":1}}\n"),
            vec!["{}", "!", "{\"b\":1}"],
        ),
        (
            format!("{{\"batch\":[{object}]}}\n{{\"b\":1}}\n"),
            vec!["!", "{\"b\":1}"],
        ),
        (
            format!("[{{}},{object},{{\"b\":1}}]"),
            vec!["{}", "!", "{\"b\":1}"],
        ),
        (format!("[{{}},{object}"), vec!["{}", "!", "!"]),
        (format!("{object}\n"), vec!["!"]),
        (object.clone(), vec!["!"]),
        (format!("{kept}\n{{}}"), vec![&kept, "{}"]),
    ] {
        let mut events = Events::new(Pieces(Cursor::new(&input), 1 << 16));
        let mut found = Vec::new();
        while let Some(item) = events.next_event().unwrap() {
            found.push(match item.bytes {
                Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                Err(_) => "!".to_owned(),
            });
            assert!(events.window.unread().len() < 2 * MAX_BODY_BYTES);
        }
        assert!(found == expect, "{:.60}", input);
    }
    let message = read(object.as_bytes()).remove(0).1.unwrap_err();
    assert_eq!(
        message,
        format!(
            "an event takes at most {MAX_EVENT_BYTES} bytes, got {}",
            object.len()
        )
    );
}

#[test]
fn many_lines_that_each_could_go_on_are_read_in_time() {
    let line = "{\"a\":[";
    let input = format!("{line}\n").repeat(300_000);
    let found = texts(&input);
    assert_eq!(found.len(), 300_000);
    assert!(found.iter().all(|text| text == line));
}

#[test]
fn an_event_is_given_before_the_next_has_come() {
    /// Fails when it is asked for more than the first line.
    struct OneLine(Option<&'static [u8]>);
    impl Read for OneLine {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let line = self.0.take().ok_or(io::ErrorKind::WouldBlock)?;
            out[..line.len()].copy_from_slice(line);
            Ok(line.len())
        }
    }
    let mut events = Events::new(OneLine(Some(b"{\"a\":1}\n")));
    let item = events.next_event().unwrap().unwrap();
    assert_eq!(item.bytes.unwrap().as_ref(), b"{\"a\":1}");
    assert!(events.is_drained());
    assert!(events.next_event().is_err());
}

fn event() -> impl Strategy<Value = serde_json::Value> {
    prop::collection::vec(
        ("[a-d\"{}\\[]{1,3}", "[\\PC\n\"\\\\{}\\[\\],:]{0,12}"),
        0..4,
    )
    .prop_map(|pairs| {
        let mut object = serde_json::Map::new();
        for (key, value) in pairs {
            object.insert(key, serde_json::json!({"value": [value, 1, {}]}));
        }
        serde_json::Value::Object(object)
    })
}

proptest! {
    #[test]
    fn every_form_gives_the_same_events_however_it_is_cut(
        events in prop::collection::vec(event(), 0..6),
        piece in 1usize..40,
    ) {
        let compact: Vec<String> = events.iter().map(|event| event.to_string()).collect();
        let pretty = |event| serde_json::to_string_pretty(event).unwrap();
        let many_lines: Vec<String> = events.iter().map(pretty).collect();
        for input in [
            compact.join("\n"),
            many_lines.join("\n"),
            format!("[{}]", compact.join(",")),
            serde_json::to_string_pretty(&events).unwrap(),
            serde_json::json!({"batch": events}).to_string(),
            pretty(&serde_json::json!({"writeKey": "k", "batch": events})),
        ] {
            let found: Vec<serde_json::Value> = read(Pieces(Cursor::new(&input), piece))
                .into_iter()
                .map(|(_, text)| serde_json::from_str(&text.unwrap()).unwrap())
                .collect();
            prop_assert_eq!(&found, &events, "{}", input);
        }
    }

    #[test]
    fn any_input_ends_and_loses_no_line_of_its_own(input in "[{}\\[\\]\",:a1\n \\\\]{0,60}", piece in 1usize..9) {
        let found = read(Pieces(Cursor::new(&input), piece));
        let whole = read(input.as_bytes());
        prop_assert_eq!(&found, &whole, "the pieces it comes in make no difference");
        let good = format!("{{\"a\":1}}\n{input}\n{{\"b\":2}}\n");
        let texts: Vec<_> = texts(&good);
        prop_assert_eq!(&texts[0], "{\"a\":1}");
        if !input.contains('[') {
            prop_assert_eq!(texts.last().unwrap(), "{\"b\":2}");
        }
    }
}

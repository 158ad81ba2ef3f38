use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn read(paths: &[&str], text: &str) -> Vec<Option<String>> {
    let mut all = Paths::new();
    let ids: Vec<SlotId> = paths
        .iter()
        .map(|path| {
            all.slot(
                &path
                    .split('.')
                    .filter(|s| !s.is_empty())
                    .map(Segment::new)
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    let slots = all.reader().read(text).unwrap();
    ids.into_iter()
        .map(|id| slots.get(id).unwrap().map(|value| value.to_json()))
        .collect()
}

#[test]
fn one_pass_finds_scalars_subtrees_elements_and_the_whole() {
    let text = r#"{"a":{"b":[1,{"c":"x"}],"d":null},"e":1.50,"a.b":true}"#;
    assert_eq!(
        read(
            &["a.b.1.c", "a", "a.d", "e", "", "a.b.2", "e.f", "a.b.0"],
            text
        ),
        [
            Some(r#""x""#.to_owned()),
            Some(r#"{"b":[1,{"c":"x"}],"d":null}"#.to_owned()),
            Some("null".to_owned()),
            Some("1.50".to_owned()),
            Some(text.to_owned()),
            None,
            None,
            Some("1".to_owned()),
        ]
    );
}

#[test]
fn a_key_that_comes_again_replaces_all_of_its_earlier_value() {
    assert_eq!(
        read(&["a.b", "a.c"], r#"{"a":{"b":1},"a":{"c":2}}"#),
        [None, Some("2".to_owned())]
    );
    assert_eq!(read(&["a.b"], r#"{"a":{"b":1},"a":0}"#), [None]);
    assert_eq!(
        read(&["a", "a.b"], r#"{"a":{"b":1},"a":"x"}"#),
        [Some("\"x\"".to_owned()), None]
    );
    // More than there are bits to remember them by.
    let paths: Vec<String> = (0..100).map(|n| format!("key{n}.a")).collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let members: Vec<String> = (0..100)
        .map(|n| format!(r#""key{n}":{{"a":{n}}}"#))
        .collect();
    let text = format!(r#"{{{},"key9":{{}},"key70":0}}"#, members.join(","));
    let expect = (0..100).map(|n| (![9, 70].contains(&n)).then(|| n.to_string()));
    assert_eq!(read(&paths, &text), expect.collect::<Vec<_>>());
}

#[test]
fn numbers_as_keys_and_as_indexes() {
    assert_eq!(
        read(&["a.0", "a.01"], r#"{"a":{"0":"x","01":"y"}}"#),
        [Some("\"x\"".into()), Some("\"y\"".into())]
    );
    assert_eq!(
        read(&["a.0", "a.01"], r#"{"a":["x","y"]}"#),
        [Some("\"x\"".into()), None]
    );
}

#[test]
fn the_text_of_numbers_and_subtrees_is_kept_wherever_they_stand() {
    let text = "  { \"a\" : 1.10 , \"b\"\n:\t[ \"]\\\"\" , {\"c\":-0} ] ,\"\\u0064\":{\"x\":[]},\"e\":1e999, \"f\":2}";
    assert_eq!(
        read(&["a", "b", "b.1.c", "d", "d.x", "e", "f"], text),
        [
            Some("1.10".to_owned()),
            Some(r#"["]\"",{"c":-0}]"#.to_owned()),
            Some("-0".to_owned()),
            Some(r#"{"x":[]}"#.to_owned()),
            Some("[]".to_owned()),
            Some("1e999".to_owned()),
            Some("2".to_owned()),
        ]
    );
    assert_eq!(
        read(&["a.b", "c"], r#"{"a":1e999,"c":3}"#),
        [None, Some("3".to_owned())]
    );
}

/// What reading finds, and what walking the whole document finds.
fn both(paths: &Paths, text: &str) -> [Vec<Option<String>>; 2] {
    let document = Value::parse(text).unwrap();
    [
        paths.reader().read(text).unwrap(),
        Slots::of(paths, &document),
    ]
    .map(|slots| {
        (0..paths.slots.len() as u32)
            .map(|id| slots.get(SlotId(id)).unwrap().map(|value| value.to_json()))
            .collect()
    })
}

fn some_paths() -> Paths {
    let mut paths = Paths::new();
    for path in [
        "a",
        "a.b",
        "a.b.c",
        "a.0",
        "d",
        "e.f",
        "long_key_1.b",
        "long_key_2",
        "0",
        "longkeys",
    ] {
        paths.slot(&path.split('.').map(Segment::new).collect::<Vec<_>>());
    }
    paths.slot(&[]);
    paths.slot(&[Segment::new("")]);
    paths
}

#[test]
fn reading_finds_what_walking_finds() {
    for text in [
        r#"{"a":{"b":{"c":1.50}},"d":[1,2],"e":{"f":"g\n"}}"#,
        r#"{"a":[{"b":1},2],"d":null,"e":{"f":true}}"#,
        r#"{"a":"x","a":{"b":2},"\u0064":[],"e":[{"f":1}]}"#,
        r#"{"long_key_1":{"b":1},"long_key_2":2,"long_key_3":3,"longkeys":4,"longkey":5}"#,
        r#"{"long_\u006bey_2":1,"":2,"\u0000":3,"a\u0000":4}"#,
        "[]",
        "[7]",
        "3",
    ] {
        let [read, walked] = both(&some_paths(), text);
        assert_eq!(read, walked, "{text}");
    }
}

fn json() -> impl Strategy<Value = String> {
    let key = select(
        &[
            "a",
            "b",
            "c",
            "d",
            "e",
            "f",
            "0",
            "",
            "long_key_1",
            "long_key_2",
            "long_key_3",
        ][..],
    );
    let leaf = select(
        &[
            "null",
            "true",
            "-1.50",
            "1e999",
            r#""x""#,
            r#""\u00e9\n""#,
            "0",
        ][..],
    );
    leaf.prop_map(str::to_owned)
        .prop_recursive(4, 24, 5, move |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
                vec((key.clone(), inner), 0..5).prop_map(|members| {
                    let members = members.iter().map(|(k, v)| format!("\"{k}\" :{v}"));
                    format!("{{{}}}", members.collect::<Vec<_>>().join("\n,"))
                }),
            ]
        })
}

proptest! {
    #[test]
    fn reading_any_document_finds_what_walking_it_finds(text in json()) {
        let [read, walked] = both(&some_paths(), &text);
        prop_assert_eq!(read, walked);
    }
}

#[test]
fn what_is_not_json_is_an_error() {
    for text in ["", "{", "{\"a\":}", "{} x", "{\"a\":\"\\ud800\"}"] {
        let mut paths = Paths::new();
        paths.slot(&[Segment::new("a")]);
        assert!(paths.reader().read(text).is_err(), "{text}");
    }
}

use super::*;
use crate::event::SlotId;

/// The value of a mapping for an event as compact JSON, `undefined`, or what is wrong.
fn resolve(mapping: &str, event: &str) -> String {
    let mapping = Value::parse(mapping).unwrap_or_else(|error| panic!("{mapping}: {error}"));
    let wrapped = Value::Object([("v".into(), mapping)].into_iter().collect());
    let mut paths = Paths::new();
    let compiled = match Mapping::compile(&wrapped, "", &mut paths) {
        Ok(compiled) => compiled,
        Err(errors) => return errors.iter().map(|e| format!("{e}\n")).collect(),
    };
    let slots = paths.reader().read(event).unwrap();
    match compiled.resolve(&slots) {
        Ok(value) => value
            .as_ref()
            .and_then(|value| value.get("v"))
            .map_or("undefined".into(), Value::to_json),
        Err(error) => error.to_string(),
    }
}

fn check(event: &str, table: &[(&str, &str)]) {
    for (mapping, expect) in table {
        assert_eq!(resolve(mapping, event), *expect, "{mapping}");
    }
}

const EVENT: &str = r#"{"userId":"u-7","traits":{"first":"Grace","last":"Hopper","none":null,"zero":0,"no":false,"blank":"","empty":[],"id":12345678901234567890,"rate":1.50,
    "tags":["navy","cobol"],"company":{"name":"Eckert","staff":{"count":3}},"a.b":"dotted","path":"$.traits.last","json":"{\"k\": [1.0]}","esc":"a\"b"},
    "items":[{"sku":"A1","price":2},{"sku":"B2","price":null},"loose"]}"#;

#[test]
fn raw_values_stand_as_they_are() {
    check(
        EVENT,
        &[
            ("1.50", "1.50"),
            ("null", "null"),
            (r#""$.traits.first""#, r#""$.traits.first""#),
            (r#"[1,{"a":[]},"x"]"#, r#"[1,{"a":[]},"x"]"#),
            ("{}", "{}"),
        ],
    );
}

#[test]
fn undefined_leaves_a_key_out_and_keeps_the_place_in_an_array() {
    check(
        EVENT,
        &[
            (r#"{"@path":"$.nope"}"#, "undefined"),
            (
                r#"{"a":{"b":{"@path":"$.nope"}},"c":1}"#,
                r#"{"a":{},"c":1}"#,
            ),
            (r#"{"a":{"@path":"$.traits.none"}}"#, r#"{"a":null}"#),
            (r#"[1,{"@path":"$.nope"},2]"#, "[1,null,2]"),
        ],
    );
}

#[test]
fn paths_find_what_the_event_holds() {
    check(
        EVENT,
        &[
            (r#"{"@path":"$.userId"}"#, r#""u-7""#),
            (r#"{"@path":"traits.id"}"#, "12345678901234567890"),
            (r#"{"@path":"traits['a.b']"}"#, r#""dotted""#),
            (r#"{"@path":"traits.esc"}"#, r#""a\"b""#),
            (r#"{"@path":"$.items[0]"}"#, r#"{"sku":"A1","price":2}"#),
            (r#"{"@path":"$.items.2"}"#, r#""loose""#),
            (r#"{"@path":"$.items[3]"}"#, "undefined"),
            (r#"{"@path":"$.items.length"}"#, "undefined"),
            (r#"{"@path":"$.userId.length"}"#, "undefined"),
            (r#"{"@path":"$.traits.zero.x"}"#, "undefined"),
            (r#"{"@path":{"@path":"$.traits.path"}}"#, r#""Hopper""#),
            (r#"{"@path":{"@literal":"$.userId"}}"#, r#""u-7""#),
            (
                r#"{"@path":"$.userId","_metadata":{"label":"x"}}"#,
                r#""u-7""#,
            ),
        ],
    );
    assert_eq!(resolve(r#"{"@path":"$"}"#, r#"{"a":1.0}"#), r#"{"a":1.0}"#);
}

#[test]
fn conditions_and_first() {
    let table: Vec<(String, String)> = [
        ("first", "then", "then"), ("none", "else", "else"), ("nope", "else", "else"), ("zero", "then", "else"), ("no", "then", "else"),
        ("blank", "then", "else"), ("empty", "then", "else"), ("tags", "then", "then"), ("company", "then", "then"),
    ].into_iter().flat_map(|(key, exists, blank)| [("exists", exists), ("blank", blank)].map(|(test, expect)| (
        format!(r#"{{"@if":{{"{test}":{{"@path":"$.traits.{key}"}},"then":"then","else":"else"}}}}"#), format!("\"{expect}\""),
    ))).collect();
    let table: Vec<(&str, &str)> = table
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    check(EVENT, &table);
    check(
        EVENT,
        &[
            (r#"{"@if":{"exists":1,"else":3}}"#, "undefined"),
            (r#"{"@if":{"exists":null,"else":false}}"#, "false"),
            (r#"{"@if":{"exists":false,"then":null}}"#, "null"),
            (
                r#"{"@first":[{"@path":"$.nope"},{"@path":"$.traits.none"},{"@path":"$.traits.no"},1]}"#,
                "false",
            ),
            (
                r#"{"@first":[{"@path":"$.nope"},{"@path":"$.traits.none"}]}"#,
                "undefined",
            ),
            (r#"{"@first":[{"@path":"$.traits.blank"},1]}"#, "\"\""),
        ],
    );
}

#[test]
fn fields_are_given_by_index() {
    let mut paths = Paths::new();
    let names = ["email", "name"];
    let mut compiler = Compiler::new(&mut paths).fields(&names);
    let mapping = Value::parse(r#"[{"@field":"name"},{"@field":"email"}]"#).unwrap();
    let expr = compiler.expr(&mapping, "/values").unwrap();
    assert!(compiler.finish().is_empty());
    let fields = [None, Some(Value::String("Grace".into()))];
    let slots = Slots::default();
    let value = expr.eval(&Scope::event(&slots, &fields)).unwrap().unwrap();
    assert_eq!(value.to_json(), r#"["Grace",null]"#);
    assert_eq!(
        expr.to_string(),
        r#"[{"@field":"name"},{"@field":"email"}]"#
    );
}

#[test]
fn an_expression_says_what_it_is_and_what_it_reads() {
    let mut paths = Paths::new();
    paths.slot(&[]);
    let mut compiler = Compiler::new(&mut paths);
    let mapping = Value::parse(r#"{"a":{"@path":"traits.x"},"b":{"@template":"{{ traits.x }}{{y[0]}}"},"c":{"@literal":[1,{"d":2}]},"e":{"@path":{"@path":"p"}},
        "f":{"@arrayPath":["items",{"g":{"@path":"h"}}]},"i":{"@coerce":{"value":{"@path":"j"},"as":"date","date_order":"dmy"}}}"#).unwrap();
    let expr = compiler.expr(&mapping, "/m").unwrap();
    let entries: Vec<_> = expr.entries().unwrap().collect();
    assert_eq!(
        entries
            .iter()
            .map(|(key, e)| (*key, e.at(), e.directive().map(Directive::as_str)))
            .collect::<Vec<_>>(),
        [
            ("a", "/m/a", Some("@path")),
            ("b", "/m/b", Some("@template")),
            ("c", "/m/c", Some("@literal")),
            ("e", "/m/e", Some("@path")),
            ("f", "/m/f", Some("@arrayPath")),
            ("i", "/m/i", Some("@coerce")),
        ]
    );
    assert_eq!(entries[0].1.slot(), Some(SlotId::nth(1)));
    assert_eq!(entries[2].1.literal().unwrap().to_json(), r#"[1,{"d":2}]"#);
    assert!(
        expr.literal().is_none() && expr.directive().is_none() && entries[3].1.slot().is_none()
    );
    let coercion = entries[5].1.coercion().unwrap();
    assert_eq!(
        (
            coercion.kind,
            coercion.options.get("date_order").and_then(Value::as_str),
            coercion.value.slot().is_some()
        ),
        (Some("date"), Some("dmy"), true)
    );
    assert_eq!(
        expr.paths(),
        ["$.traits.x", "$.y.0", "$", "$.p", "$.items", "$.j"]
    );
}

/// Any JSON text.
pub(super) fn json() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        prop::sample::select(vec![
            "0",
            "-0",
            "1.50",
            "1e999",
            "123456789012345678901234567890"
        ])
        .prop_map(str::to_owned),
        r#"[a-z$.@{} ]{0,6}"#.prop_map(|text| Value::String(text.into()).to_json()),
        r#"\PC{0,4}"#.prop_map(|text| Value::String(text.into()).to_json()),
    ];
    scalar.prop_recursive(4, 24, 5, |inner| {
        let key = r#"[a-c@ ]{0,3}"#.prop_map(|text: String| Value::String(text.into()).to_json());
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((key, inner), 0..4).prop_map(|members| format!(
                "{{{}}}",
                members
                    .into_iter()
                    .map(|(k, v)| format!("{k}:{v}"))
                    .collect::<Vec<_>>()
                    .join(",")
            )),
        ]
    })
}

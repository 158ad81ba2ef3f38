//! What holds for every mapping and every event.

use proptest::prelude::*;

use super::*;

/// Any JSON text.
fn json() -> impl Strategy<Value = String> {
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

/// A mapping that is right, and some that are almost.
fn mapping() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec![
        "$", "a", "$.a.b", "b[0]", "a['c']", "", "x.y.z", "a..b", "$.c[1].a",
    ]);
    let text = prop::sample::select(vec![
        "",
        "x",
        "a{{a}}",
        "{{b.a}}{{ c }}",
        "{{{a}}}",
        "1e3",
        r#"{\"a\":[null]}"#,
    ]);
    let leaf = prop_oneof![
        path.clone()
            .prop_map(|path| format!(r#"{{"@path":"{path}"}}"#)),
        path.prop_map(|path| format!(r#"{{"@jsonpath":"$.{path}"}}"#)),
        text.clone()
            .prop_map(|text| format!(r#"{{"@template":"{text}"}}"#)),
        text.prop_map(|text| format!("\"{text}\"")),
        prop::sample::select(vec![
            r#"{"@jsonpath":"$..a"}"#,
            r#"{"@jsonpath":"$.b[?@.a]"}"#,
            r#"{"@liquid":"{{ a | upcase }}{{ b.c }}"}"#,
            "null",
            "0",
            "false",
            "[]",
            "{}",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let one = |form: &'static str| inner.clone().prop_map(move |x| form.replace('X', &x));
        let two = |form: &'static str| {
            (inner.clone(), inner.clone())
                .prop_map(move |(x, y)| form.replace('X', &x).replace('Y', &y))
        };
        prop_oneof![
            two(r#"{"a":X,"b":Y}"#),
            two(r#"[X,Y]"#),
            two(r#"{"@if":{"exists":X,"then":Y}}"#),
            two(r#"{"@if":{"blank":X,"then":Y,"else":X}}"#),
            two(r#"{"@first":[X,Y]}"#),
            one(r#"{"@literal":X}"#),
            two(r#"{"@arrayPath":[X,Y]}"#),
            one(r#"{"@arrayPath":["$.b",{"a":X}]}"#),
            one(r#"{"@case":{"operator":"upper","value":X}}"#),
            one(r#"{"@replace":{"pattern":"a","replacement":"bb","ignorecase":true,"value":X}}"#),
            two(r#"{"@merge":{"direction":"left","objects":[X,{"c":Y}]}}"#),
            two(r#"{"@transform":{"apply":{"a":X,"b":[X,{"c":X}]},"mapping":Y}}"#),
            one(r#"{"@flatten":{"value":X,"separator":"."}}"#),
            one(r#"{"@json":{"mode":"encode","value":X}}"#),
            one(r#"{"@json":{"mode":"decode","value":X}}"#),
            one(r#"{"@excludeWhenNull":X}"#),
            one(r#"{"@coerce":{"value":X,"as":"date"}}"#),
            one(r#"{"@path":X}"#),
            one(r#"{"@template":X}"#),
        ]
    })
}

/// An event that the paths of [`mapping`] find something in.
fn event() -> impl Strategy<Value = String> {
    (json(), json(), json())
        .prop_map(|(a, b, c)| format!(r#"{{"a":{a},"b":[{b},{{"a":{c}}}],"c":{c},"p":"a"}}"#))
}

/// Every outcome as text: the value, or what was wrong.
fn outcome(mapping: &str, event: &str) -> Result<String, String> {
    let mapping = Value::parse(mapping).unwrap();
    let mapping = Value::Object([("v".into(), mapping)].into_iter().collect());
    let mut paths = Paths::new();
    let compiled = Mapping::compile(&mapping, "", &mut paths)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<String>())?;
    let slots = paths.reader().read(event).unwrap();
    let value = compiled.resolve(&slots);
    // The same through a value instead of text.
    let document = Value::parse(event).unwrap();
    assert_eq!(compiled.resolve(&Slots::of(&paths, &document)), value);
    // The same through canonical JSON, which is a fixed point.
    let printed = compiled.to_string();
    let mut paths = Paths::new();
    let again = Mapping::compile(&Value::parse(&printed).unwrap(), "", &mut paths).unwrap();
    assert_eq!(again.to_string(), printed);
    let slots = paths.reader().read(event).unwrap();
    let second = again.resolve(&slots);
    assert_eq!(second.as_ref().ok(), value.as_ref().ok(), "{printed}");
    Ok(match value {
        Ok(value) => value.map_or("undefined".into(), |value| value.to_json()),
        Err(error) => error.to_string(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_mapping_is_refused_or_resolves_the_same_every_time(mapping in mapping(), event in event()) {
        prop_assert_eq!(outcome(&mapping, &event), outcome(&mapping, &event));
    }

    #[test]
    fn no_json_breaks_the_compiler(mapping in json(), key in prop::sample::select(Directive::ALL), event in event()) {
        let body = format!(r#"{{"{key}":{mapping}}}"#);
        for mapping in [mapping, body] {
            let _ = outcome(&mapping, &event);
        }
    }

    #[test]
    fn a_literal_is_what_every_event_gives(mapping in mapping(), event in event()) {
        let parsed = Value::parse(&mapping).unwrap();
        let mut paths = Paths::new();
        let mut compiler = Compiler::new(&mut paths);
        if let Some(expr) = compiler.expr(&parsed, "") && let Some(literal) = expr.literal() {
            let slots = paths.reader().read(&event).unwrap();
            prop_assert_eq!(expr.eval(&Scope::event(&slots, &[])), Ok(Some(literal)));
        }
    }
}

mod errors;
mod properties;

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
                r#"{"@first":[{"@path":"$.nope"},{"@path":"$.traits.none"},{"@path":"$.traits.blank"}]}"#,
                "null",
            ),
            (r#"{"@first":[{"@path":"$.nope"}]}"#, "undefined"),
            (r#"{"@first":[{"@path":"$.traits.blank"},1]}"#, "1"),
            (r#"{"@first":[{"@path":"$.traits.blank"},null]}"#, "\"\""),
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

#[test]
fn templates_write_values_into_text() {
    check(
        EVENT,
        &[
            (
                r#"{"@template":"{{traits.first}} {{ $.traits.last }}!"}"#,
                r#""Grace Hopper!""#,
            ),
            (
                r#"{"@template":"{{traits.id}}|{{traits.rate}}|{{traits.no}}|{{traits.none}}|{{nope}}|"}"#,
                r#""12345678901234567890|1.50|false|||""#,
            ),
            (
                r#"{"@template":"{{traits.tags}} {{traits.company}}"}"#,
                r#""navy,cobol {\"name\":\"Eckert\",\"staff\":{\"count\":3}}""#,
            ),
            (
                r#"{"@template":"{{{traits.first}}}{{}} <{{traits.esc}}>"}"#,
                r#""Grace{{}} <a\"b>""#,
            ),
            (
                r#"{"@template":"{{items[0].sku}}{{items.2}}{{traits['a.b']}}"}"#,
                r#""A1loosedotted""#,
            ),
            (
                r#"{"@template":{"@path":"$.traits.path"}}"#,
                r#""$.traits.last""#,
            ),
            (
                r#"{"@template":{"@template":"{{traits.first}}: {{nope}}"}}"#,
                r#""Grace: ""#,
            ),
            (r#"{"@template":""}"#, r#""""#),
        ],
    );
    let event = r#"{"t":"{{a}}-{{b.c}}","a":"{{b}}","b":{"c":[1,2]}}"#;
    check(
        event,
        &[(r#"{"@template":{"@path":"t"}}"#, r#""{{b}}-1,2""#)],
    );
}

#[test]
fn literals_stand_and_what_is_in_them_is_evaluated() {
    check(
        EVENT,
        &[
            (
                r#"{"@literal":"{{traits.first}}"}"#,
                r#""{{traits.first}}""#,
            ),
            (r#"{"@literal":null}"#, "null"),
            (
                r#"{"@literal":[{"a":{"@path":"$.userId"}},{"b":{"@path":"$.nope"}}]}"#,
                r#"[{"a":"u-7"},{}]"#,
            ),
        ],
    );
}

#[test]
fn every_element_of_an_array_in_a_shape() {
    check(
        EVENT,
        &[
            (
                r#"{"@arrayPath":["$.items",{"id":{"@path":"$.sku"},"all":{"@path":"$"}}]}"#,
                r#"[{"id":"A1","all":{"sku":"A1","price":2}},{"id":"B2","all":{"sku":"B2","price":null}},{"all":"loose"}]"#,
            ),
            (
                r#"{"@arrayPath":["$.items",{"@path":"price"}]}"#,
                "[2,null,null]",
            ),
            (
                r#"{"@arrayPath":["$.items",{"@template":"{{sku}}/{{userId}}"}]}"#,
                r#"["A1/","B2/","/"]"#,
            ),
            (
                r#"{"@arrayPath":["$.items[0]",{"p":{"@path":"price"},"fixed":true}]}"#,
                r#"[{"p":2,"fixed":true}]"#,
            ),
            (r#"{"@arrayPath":["$.traits.tags"]}"#, r#"["navy","cobol"]"#),
            (
                r#"{"@arrayPath":["$.traits.company",{}]}"#,
                r#"{"name":"Eckert","staff":{"count":3}}"#,
            ),
            (r#"{"@arrayPath":["$.userId",{"a":1}]}"#, r#""u-7""#),
            (r#"{"@arrayPath":["$.traits.none",{"a":1}]}"#, "null"),
            (r#"{"@arrayPath":["$.traits.empty",{"a":1}]}"#, "[]"),
            (r#"{"@arrayPath":["$.nope",{"a":1}]}"#, "undefined"),
            (
                r#"{"@arrayPath":[{"@first":[{"@path":"$.nope"},{"@path":"$.items"}]},{"@if":{"exists":{"@path":"sku"},"then":{"@path":"sku"},"else":0}}]}"#,
                r#"["A1","B2",0]"#,
            ),
            (
                r#"{"@arrayPath":["$.items",{"x":{"@path":{"@literal":"sku"}},"y":{"@path":{"@if":{"exists":{"@path":"sku"},"then":"price","else":""}}}}]}"#,
                r#"[{"x":"A1","y":2},{"x":"B2","y":null},{"y":"loose"}]"#,
            ),
        ],
    );
}

#[test]
fn text_in_another_case() {
    check(
        EVENT,
        &[
            (
                r#"{"@case":{"operator":"upper","value":{"@path":"$.traits.first"}}}"#,
                r#""GRACE""#,
            ),
            (
                r#"{"@case":{"operator":"lower","value":"ÄÖÜ ẞ İ"}}"#,
                "\"äöü ß i\u{307}\"",
            ),
            (
                r#"{"@case":{"operator":"upper","value":"straße"}}"#,
                r#""STRASSE""#,
            ),
            (
                r#"{"@case":{"operator":"lower","value":"plain"}}"#,
                r#""plain""#,
            ),
            (r#"{"@case":{"operator":"lower","value":7}}"#, "7"),
            (
                r#"{"@case":{"operator":"lower","value":["A"]}}"#,
                r#"["A"]"#,
            ),
            (
                r#"{"@case":{"operator":"lower","value":{"@path":"$.nope"}}}"#,
                "undefined",
            ),
        ],
    );
}

#[test]
fn text_replaced_in_text() {
    check(
        EVENT,
        &[
            (
                r#"{"@replace":{"pattern":"-","replacement":"_","value":"a-b-c"}}"#,
                r#""a_b_c""#,
            ),
            (
                r#"{"@replace":{"pattern":"-","value":"a-b-c"}}"#,
                r#""abc""#,
            ),
            (
                r#"{"@replace":{"pattern":"-","replacement":"_","global":false,"value":"a-b-c"}}"#,
                r#""a_b-c""#,
            ),
            (
                r#"{"@replace":{"pattern":"B","replacement":"x","ignorecase":true,"value":"abc"}}"#,
                r#""axc""#,
            ),
            (
                r#"{"@replace":{"pattern":".","replacement":"$&","value":"a.b"}}"#,
                r#""a$&b""#,
            ),
            (
                r#"{"@replace":{"pattern":"a","replacement":"b","pattern2":"b","replacement2":"c","value":"ab"}}"#,
                r#""cc""#,
            ),
            (
                r#"{"@replace":{"pattern":"a","pattern2":"b","value":"abc"}}"#,
                r#""c""#,
            ),
            (
                r#"{"@replace":{"pattern":"1","replacement":"2","pattern2":"","global":null,"ignorecase":null,"value":1.10}}"#,
                r#""2.20""#,
            ),
            (
                r#"{"@replace":{"pattern":"true","replacement":"yes","value":true}}"#,
                r#""yes""#,
            ),
            (
                r#"{"@replace":{"pattern":"a","value":{"@path":"$.nope"}}}"#,
                r#""""#,
            ),
            (r#"{"@replace":{"pattern":"a","value":["a"]}}"#, r#""""#),
        ],
    );
}

#[test]
fn objects_merged() {
    let both = r#"[{"a":1,"b":{"x":1}},{"b":{"y":2},"a":{"@path":"$.nope"},"c":3}]"#;
    check(
        EVENT,
        &[
            (
                &format!(r#"{{"@merge":{{"direction":"right","objects":{both}}}}}"#),
                r#"{"a":1,"b":{"y":2},"c":3}"#,
            ),
            (
                &format!(r#"{{"@merge":{{"direction":"left","objects":{both}}}}}"#),
                r#"{"a":1,"b":{"x":1},"c":3}"#,
            ),
            (
                r#"{"@merge":{"direction":"right","objects":[{"@path":"$.traits.company"},{"@path":"$.nope"},{"@path":"$.traits.none"},{"name":null}]}}"#,
                r#"{"name":null,"staff":{"count":3}}"#,
            ),
            (r#"{"@merge":{"direction":"left","objects":[]}}"#, "{}"),
        ],
    );
}

#[test]
fn a_mapping_of_a_result() {
    check(
        EVENT,
        &[
            (
                r#"{"@transform":{"apply":{"who":{"@path":"$.traits.first"}},"mapping":{"a":{"@path":"$.who"},"b":{"@path":"$.userId"},"c":{"@template":"{{who}}!"}}}}"#,
                r#"{"a":"Grace","c":"Grace!"}"#,
            ),
            (
                r#"{"@transform":{"apply":{"@path":"$.traits.company"},"mapping":{"@path":"staff.count"}}}"#,
                "3",
            ),
            (
                r#"{"@transform":{"apply":{"@path":"$.nope"},"mapping":{"a":{"@path":"$"},"b":{"@template":"{{x}}"}}}}"#,
                r#"{"b":""}"#,
            ),
            (
                r#"{"@transform":{"apply":{"l":{"@path":"$.items"}},"mapping":{"@transform":{"apply":{"@path":"l[0]"},"mapping":{"@path":"sku"}}}}}"#,
                r#""A1""#,
            ),
            (
                r#"{"@transform":{"apply":{"l":{"@path":"$.items"}},"mapping":{"@jsonpath":"$.l[*].sku"}}}"#,
                r#"["A1","B2"]"#,
            ),
            (
                r#"{"@transform":{"apply":{"n":{"@path":"$.traits.first"}},"mapping":{"@liquid":"{{ n | upcase }}{{ userId }}"}}}"#,
                r#""GRACE""#,
            ),
        ],
    );
}

#[test]
fn nested_objects_as_one_level() {
    let event =
        r#"{"v":{"a":{"b":1,"c":{}},"a.b":2,"l":[{"x":1},[],null]},"l":[1,{"y":2}],"s":"text"}"#;
    check(
        event,
        &[
            (
                r#"{"@flatten":{"value":{"@path":"$.v"},"separator":"."}}"#,
                r#"{"a.b":2,"l.0.x":1,"l.2":null}"#,
            ),
            (
                r#"{"@flatten":{"value":{"@path":"$.v"},"separator":"__","omitArrays":true}}"#,
                r#"{"a__b":1,"a.b":2,"l":[{"x":1},[],null]}"#,
            ),
            (
                r#"{"@flatten":{"value":{"@path":"$.l"},"separator":"/"}}"#,
                r#"{"0":1,"1/y":2}"#,
            ),
            (
                r#"{"@flatten":{"value":{"@path":"$.l"},"separator":"/","omitArrays":true}}"#,
                r#"[1,{"y":2}]"#,
            ),
            (
                r#"{"@flatten":{"value":{"@path":"$.s"},"separator":"."}}"#,
                r#""text""#,
            ),
            (
                r#"{"@flatten":{"value":{"@path":"$.nope"},"separator":"."}}"#,
                "undefined",
            ),
        ],
    );
}

#[test]
fn json_text_and_back() {
    check(
        EVENT,
        &[
            (
                r#"{"@json":{"mode":"encode","value":{"@path":"$.traits.company"}}}"#,
                r#""{\"name\":\"Eckert\",\"staff\":{\"count\":3}}""#,
            ),
            (
                r#"{"@json":{"mode":"encode","value":{"@path":"$.traits.id"}}}"#,
                r#""12345678901234567890""#,
            ),
            (r#"{"@json":{"mode":"encode","value":false}}"#, r#""false""#),
            (
                r#"{"@json":{"mode":"encode","value":{"@path":"$.nope"}}}"#,
                "undefined",
            ),
            (
                r#"{"@json":{"mode":"decode","value":{"@path":"$.traits.json"}}}"#,
                r#"{"k":[1.0]}"#,
            ),
            (
                r#"{"@json":{"mode":"decode","value":{"@template":"[{{traits.rate}}]"}}}"#,
                "[1.50]",
            ),
            (
                r#"{"@json":{"mode":"decode","value":"{not json"}}"#,
                r#""{not json""#,
            ),
            (
                r#"{"@json":{"mode":"decode","value":"[1] x"}}"#,
                r#""[1] x""#,
            ),
            (r#"{"@json":{"mode":"decode","value":7}}"#, "7"),
        ],
    );
}

#[test]
fn nulls_left_out() {
    let event = r#"{"n":null,"o":{"a":null,"b":{"c":null},"d":[null,{"e":null}],"f":0}}"#;
    check(
        event,
        &[
            (r#"{"@excludeWhenNull":{"@path":"$.n"}}"#, "undefined"),
            (
                r#"{"@excludeWhenNull":{"@path":"$.o"}}"#,
                r#"{"b":{},"d":[null,{"e":null}],"f":0}"#,
            ),
            (r#"{"@excludeWhenNull":{"@path":"$.nope"}}"#, "undefined"),
            (r#"{"@excludeWhenNull":""}"#, r#""""#),
        ],
    );
}

#[test]
fn a_coercion_gives_its_value() {
    check(
        EVENT,
        &[(
            r#"{"@coerce":{"value":{"@path":"$.userId"},"as":"text","keep":[1]}}"#,
            r#""u-7""#,
        )],
    );
}

#[test]
fn all_keys_beside_the_root_key_see_what_it_applies() {
    let mapping = r#"{"__segment_internal_directive":{"@transform":{"apply":{"p":{"@flatten":{"value":{"@path":"$.properties"},"separator":"_"}}},"mapping":{"@path":"$"}}},
        "all":{"@path":"$.p"},"one":{"@path":"$.p.a_b"},"gone":{"@path":"$.properties"}}"#;
    let mapping = Value::parse(mapping).unwrap();
    let mut paths = Paths::new();
    let compiled = Mapping::compile(&mapping, "", &mut paths).unwrap();
    let event = r#"{"properties":{"a":{"b":1},"c":2}}"#;
    let slots = paths.reader().read(event).unwrap();
    let value = compiled.resolve(&slots).unwrap().unwrap();
    assert_eq!(value.to_json(), r#"{"all":{"a_b":1,"c":2},"one":1}"#);
    assert_eq!(compiled.root().entries().unwrap().count(), 3);
    let printed = compiled.to_string();
    let again = Mapping::compile(&Value::parse(&printed).unwrap(), "", &mut paths).unwrap();
    let slots = paths.reader().read(event).unwrap();
    assert_eq!(again.resolve(&slots).unwrap().unwrap(), value);
    assert_eq!(again.to_string(), printed);
}

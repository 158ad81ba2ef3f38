//! What each operator takes and leaves.

use crate::event::{Paths, Segment, SlotId, Slots, Type};
use crate::json::Value;
use crate::subscription::matches::TYPE_NAMES;
use crate::subscription::{Subscription, SyntaxError};

fn parse(text: &str) -> Result<(Subscription, Paths), SyntaxError> {
    let mut paths = Paths::new();
    Subscription::parse(text, &mut paths).map(|subscription| (subscription, paths))
}

fn takes(text: &str, event: &str) -> bool {
    let (subscription, paths) = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let slots = paths.reader().read(event).unwrap();
    let taken = subscription.matches(&slots);
    let value = Value::parse(event).unwrap();
    let of_value = subscription.matches(&Slots::of(&paths, &value));
    assert_eq!(taken, of_value, "{text} on {event}, read and walked");
    taken
}

/// Each subscription with events that it takes and events that it leaves.
fn check(table: &[(&str, &[&str], &[&str])]) {
    for (text, taken, left) in table {
        for event in *taken {
            assert!(takes(text, event), "{text} takes {event}");
        }
        for event in *left {
            assert!(!takes(text, event), "{text} leaves {event}");
        }
    }
}

#[test]
fn every_field_can_be_read() {
    check(&[
        (
            r#"type = "page""#,
            &[r#"{"type":"page"}"#],
            &[r#"{"type":"Page"}"#, "{}"],
        ),
        (
            r#"event = "Plan Changed""#,
            &[r#"{"event":"Plan Changed"}"#],
            &[r#"{"event":"Plan"}"#],
        ),
        (
            r#"name = "Pricing""#,
            &[r#"{"name":"Pricing"}"#],
            &[r#"{"properties":{"name":"Pricing"}}"#],
        ),
        (
            r#"userId = "u1""#,
            &[r#"{"userId":"u1"}"#],
            &[r#"{"userId":"u2"}"#],
        ),
        (
            r#"anonymousId = "a1""#,
            &[r#"{"anonymousId":"a1"}"#],
            &[r#"{"userId":"a1"}"#],
        ),
        (
            r#"groupId = "g1""#,
            &[r#"{"groupId":"g1"}"#],
            &[r#"{"context":{"groupId":"g1"}}"#],
        ),
        (r#"previousId != null"#, &[r#"{"previousId":"p"}"#], &["{}"]),
        (
            r#"match(messageId, "ajs-*")"#,
            &[r#"{"messageId":"ajs-7"}"#],
            &["{}"],
        ),
        (
            r#"channel = "server""#,
            &[r#"{"channel":"server"}"#],
            &[r#"{"channel":"browser"}"#],
        ),
        (
            r#"properties.cart.items.1.sku = "S""#,
            &[r#"{"properties":{"cart":{"items":[{},{"sku":"S"}]}}}"#],
            &[r#"{"properties":{"cart":{"items":[{"sku":"S"}]}}}"#],
        ),
        (
            r#"traits.plan_tier-2 = "pro""#,
            &[r#"{"traits":{"plan_tier-2":"pro"}}"#],
            &[r#"{"traits":{}}"#],
        ),
        (
            r#"context.library.name = "go""#,
            &[r#"{"context":{"library":{"name":"go"}}}"#],
            &[
                r#"{"context":{"library":"go"}}"#,
                r#"{"context":{"library.name":"go"}}"#,
            ],
        ),
        (
            r#"traits != null"#,
            &[r#"{"traits":{}}"#],
            &[r#"{"traits":null}"#, "{}"],
        ),
    ]);
}

#[test]
fn escapes_reach_any_key() {
    check(&[
        (
            r#"traits.first\ name = "Ada""#,
            &[r#"{"traits":{"first name":"Ada"}}"#],
            &[],
        ),
        (
            r#"traits.a\.b = 1"#,
            &[r#"{"traits":{"a.b":1}}"#],
            &[r#"{"traits":{"a":{"b":1}}}"#],
        ),
        (
            r#"properties.\$price\\net > 1"#,
            &[r#"{"properties":{"$price\\net":2}}"#],
            &[],
        ),
        (
            r#"traits.städte = 1 or traits.st\ädte = 2"#,
            &[r#"{"traits":{"städte":1}}"#, r#"{"traits":{"städte":2}}"#],
            &[],
        ),
        (
            r#"traits.and.or.not.in = 1"#,
            &[r#"{"traits":{"and":{"or":{"not":{"in":1}}}}}"#],
            &[],
        ),
        (r#"\type = "track""#, &[r#"{"type":"track"}"#], &[]),
    ]);
}

#[test]
fn equality_is_strict_in_the_type_and_numbers_are_equal_by_value() {
    let x = |value: &str| format!(r#"{{"traits":{{"x":{value}}}}}"#);
    let values = [
        "null", "true", "false", "0", "1", "\"\"", "\"0\"", "\"1\"", "\"true\"", "\"null\"", "[]",
        "[1]", "{}",
    ];
    for literal in [
        "null", "true", "false", "0", "1", "\"\"", "'0'", "\"1\"", "'true'", "\"null\"", "[]",
        "[1]",
    ] {
        for value in values {
            let equal = literal.replace('\'', "\"") == value;
            assert_eq!(
                takes(&format!("traits.x = {literal}"), &x(value)),
                equal,
                "{literal} {value}"
            );
            assert_eq!(
                takes(&format!("traits.x != {literal}"), &x(value)),
                !equal,
                "{literal} {value}"
            );
            assert_eq!(
                takes(&format!("{literal} = traits.x"), &x(value)),
                equal,
                "{literal} {value}"
            );
        }
        assert_eq!(
            takes(&format!("traits.x = {literal}"), "{}"),
            literal == "null"
        );
        assert_eq!(
            takes(&format!("traits.x != {literal}"), "{}"),
            literal != "null"
        );
    }
    for (literal, value, equal) in [
        ("10", "10.0", true),
        ("+1.50", "15e-1", true),
        ("007", "7", true),
        ("-0", "0", true),
        ("1e3", "1000", true),
        ("12345678901234567890", "12345678901234567890", true),
        ("12345678901234567890", "12345678901234567891", false),
        ("0.1", "0.10000000000000000001", false),
    ] {
        assert_eq!(
            takes(&format!("traits.x = {literal}"), &x(value)),
            equal,
            "{literal} {value}"
        );
    }
    check(&[
        (
            "userId = anonymousId",
            &[r#"{"userId":"a","anonymousId":"a"}"#, "{}"],
            &[r#"{"userId":"a"}"#],
        ),
        (
            "traits.a = traits.b",
            &[
                r#"{"traits":{"a":{"x":1,"y":[2,null]},"b":{"y":[2.0,null],"x":1}}}"#,
                r#"{"traits":{"a":[],"b":[ ]}}"#,
            ],
            &[
                r#"{"traits":{"a":{"x":1},"b":{"x":1,"y":2}}}"#,
                r#"{"traits":{"a":{"x":1},"b":{"y":1}}}"#,
                r#"{"traits":{"a":[1,2],"b":[2,1]}}"#,
                r#"{"traits":{"a":[],"b":{}}}"#,
            ],
        ),
    ]);
}

#[test]
fn only_numbers_have_an_order() {
    for (relation, less, same, greater) in [
        ("<", true, false, false),
        ("<=", true, true, false),
        (">", false, false, true),
        (">=", false, true, true),
    ] {
        let text = format!("properties.seats {relation} 12.5");
        let mirrored = format!("12.5 {relation} properties.seats");
        for (value, taken, taken_mirrored) in [
            ("12", less, greater),
            ("12.50", same, same),
            ("1e2", greater, less),
            ("-12345678901234567890", less, greater),
            ("\"12\"", false, false),
            ("\"99\"", false, false),
            ("null", false, false),
            ("true", false, false),
            ("[20]", false, false),
            ("{}", false, false),
        ] {
            let event = format!(r#"{{"properties":{{"seats":{value}}}}}"#);
            assert_eq!(takes(&text, &event), taken, "{text} on {event}");
            assert_eq!(
                takes(&mirrored, &event),
                taken_mirrored,
                "{mirrored} on {event}"
            );
            // The negation of an order is its exact opposite, also where there is none.
            assert_eq!(takes(&format!("!({text})"), &event), !taken);
        }
        assert!(!takes(&text, "{}"));
    }
    assert!(takes(
        "properties.a < properties.b",
        r#"{"properties":{"a":1,"b":2}}"#
    ));
}

#[test]
fn tests_of_text_hold_for_strings_only() {
    check(&[
        (
            r#"contains(event, "Order")"#,
            &[r#"{"event":"Order Paid"}"#, r#"{"event":"My Order"}"#],
            &[
                r#"{"event":"order"}"#,
                r#"{"event":["Order"]}"#,
                r#"{"event":null}"#,
                "{}",
            ],
        ),
        (
            r#"contains(event, "")"#,
            &[r#"{"event":""}"#],
            &["{}", r#"{"event":1}"#],
        ),
        (
            r#"!contains(event, "Order")"#,
            &[r#"{"event":"Login"}"#, "{}", r#"{"event":7}"#],
            &[r#"{"event":"Order"}"#],
        ),
        (
            "contains(traits.email, traits.domain)",
            &[r#"{"traits":{"email":"a@b.co","domain":"b.co"}}"#],
            &[r#"{"traits":{"email":"a@b.co"}}"#],
        ),
        (
            r#"contains("free,pro", traits.plan)"#,
            &[r#"{"traits":{"plan":"pro"}}"#],
            &[r#"{"traits":{"plan":"max"}}"#],
        ),
        (
            r#"match(traits.email, "*@b.co")"#,
            &[r#"{"traits":{"email":"a@b.co"}}"#],
            &[
                r#"{"traits":{"email":"a@b.com"}}"#,
                r#"{"traits":{"email":5}}"#,
                "{}",
            ],
        ),
        (
            r#"!match(event, "Log*")"#,
            &[r#"{"event":"Paid"}"#, "{}"],
            &[r#"{"event":"Login"}"#],
        ),
        (
            r#"match(event, 'ab\*[0-9]?')"#,
            &[r#"{"event":"ab*3x"}"#],
            &[r#"{"event":"abc3x"}"#, r#"{"event":"ab*33x"}"#],
        ),
    ]);
}

#[test]
fn functions_have_sensible_answers_to_what_they_are_not_for() {
    check(&[
        (
            r#"lowercase(traits.plan) = "größe l""#,
            &[
                r#"{"traits":{"plan":"GRÖSSE L"}}"#.replace("GRÖSSE", "GRÖßE").as_str(),
                r#"{"traits":{"plan":"größe l"}}"#,
            ],
            &[r#"{"traits":{"plan":"größe"}}"#, "{}"],
        ),
        (
            r#"uppercase(traits.plan) = "PRO 2""#,
            &[
                r#"{"traits":{"plan":"Pro 2"}}"#,
                r#"{"traits":{"plan":"PRO 2"}}"#,
            ],
            &[],
        ),
        (
            "lowercase(traits.plan) = null",
            &["{}", r#"{"traits":{"plan":3}}"#],
            &[r#"{"traits":{"plan":""}}"#],
        ),
        (
            r#"match(lowercase(event), "order*")"#,
            &[r#"{"event":"ORDER Paid"}"#],
            &["{}"],
        ),
        (
            "length(traits.x) = 0",
            &["{}", r#"{"traits":{"x":""}}"#, r#"{"traits":{"x":[]}}"#],
            &[r#"{"traits":{"x":0}}"#, r#"{"traits":{"x":{}}}"#],
        ),
        (
            "length(traits.x) >= 3",
            &[
                r#"{"traits":{"x":"abc"}}"#,
                r#"{"traits":{"x":"ア"}}"#,
                r#"{"traits":{"x":[1,[2,3],4]}}"#,
            ],
            &[r#"{"traits":{"x":"ab"}}"#, "{}"],
        ),
        (
            "length(traits.x) = null",
            &[r#"{"traits":{"x":5}}"#, r#"{"traits":{"x":{"a":1}}}"#],
            &["{}"],
        ),
        (
            "length(lowercase(event)) > 2",
            &[r#"{"event":"ABC"}"#],
            &["{}"],
        ),
    ]);
    for (value, name) in [
        ("\"\"", "string"),
        ("1", "number"),
        ("[1]", "list"),
        ("{}", "object"),
        ("false", "bool"),
        ("null", "null"),
    ] {
        let event = format!(r#"{{"traits":{{"x":{value}}}}}"#);
        for other in TYPE_NAMES {
            assert_eq!(
                takes(&format!("typeof(traits.x) = '{other}'"), &event),
                other == name,
                "{value}"
            );
        }
    }
    assert!(takes("typeof(userId) = 'null'", "{}"));
}

#[test]
fn lists_hold_values_of_any_type() {
    check(&[
        (
            r#"type in ["track", 'page']"#,
            &[r#"{"type":"track"}"#, r#"{"type":"page"}"#],
            &[r#"{"type":"identify"}"#, "{}"],
        ),
        (
            "traits.x in [1, true, null]",
            &[r#"{"traits":{"x":1.0}}"#, r#"{"traits":{"x":true}}"#, "{}"],
            &[r#"{"traits":{"x":"1"}}"#],
        ),
        (
            r#""dark" in properties.features"#,
            &[r#"{"properties":{"features":["light","dark"]}}"#],
            &[
                r#"{"properties":{"features":["Dark"]}}"#,
                r#"{"properties":{"features":"dark"}}"#,
                "{}",
            ],
        ),
        ("[] = traits.x", &[r#"{"traits":{"x":[]}}"#], &["{}"]),
        ("type in []", &[], &[r#"{"type":"track"}"#, "{}"]),
        (
            "!(type in ['alias'])",
            &[r#"{"type":"track"}"#, "{}"],
            &[r#"{"type":"alias"}"#],
        ),
        (
            "traits.team in properties.teams",
            &[r#"{"traits":{"team":[1]},"properties":{"teams":[[1]]}}"#],
            &["{}"],
        ),
    ]);
}

#[test]
#[expect(
    clippy::nonminimal_bool,
    clippy::overly_complex_bool_expr,
    reason = "each closure spells its FQL"
)]
fn and_binds_tighter_than_or_and_negation_takes_what_follows() {
    // a, b and c in every combination, against Rust's own operators.
    type Truth = fn(bool, bool, bool) -> bool;
    let table: &[(&str, Truth)] = &[
        ("A or B and C", |a, b, c| a || b && c),
        ("A and B or C", |a, b, c| a && b || c),
        ("(A or B) and C", |a, b, c| (a || b) && c),
        ("A and (B or C)", |a, b, c| a && (b || c)),
        ("A or (B and (C or A))", |a, b, c| a || b && (c || a)),
        ("((A) and ((B)))", |a, b, _| a && b),
        ("!A and B", |a, b, _| !a && b),
        ("not A or B", |a, b, _| !a || b),
        ("!(A or B) and C", |a, b, c| !(a || b) && c),
        ("not (A and B) or not C", |a, b, c| !(a && b) || !c),
        ("!!A", |a, _, _| a),
        ("not not not A", |a, _, _| !a),
        ("!(!(A) or !(B and C))", |a, b, c| a && b && c),
        ("A and B and C or A", |a, b, c| a && b && c || a),
    ];
    for (text, expect) in table {
        for bits in 0..8u8 {
            let [a, b, c] = [bits & 1 > 0, bits & 2 > 0, bits & 4 > 0];
            let event = format!(r#"{{"traits":{{"a":{a},"b":{b},"c":{c}}}}}"#);
            for (a_test, b_test, c_test) in [
                ("traits.a", "traits.b", "traits.c"),
                ("traits.a = true", "traits.b != false", "traits.c in [true]"),
            ] {
                let text = text
                    .replace('A', a_test)
                    .replace('B', b_test)
                    .replace('C', c_test);
                assert_eq!(takes(&text, &event), expect(a, b, c), "{text} on {event}");
            }
        }
    }
}

#[test]
fn a_path_alone_is_true_when_its_value_is_true() {
    check(&[
        (
            "type = 'track' and properties.enabled",
            &[r#"{"type":"track","properties":{"enabled":true}}"#],
            &[
                r#"{"type":"track","properties":{"enabled":"true"}}"#,
                r#"{"type":"track","properties":{"enabled":1}}"#,
                r#"{"type":"track"}"#,
            ],
        ),
        (
            "!traits.internal",
            &["{}", r#"{"traits":{"internal":false}}"#],
            &[r#"{"traits":{"internal":true}}"#],
        ),
    ]);
}

#[test]
fn strings_take_both_quotes_and_escapes() {
    let event = |text: &str| format!(r#"{{"event":{}}}"#, serde_json::to_string(text).unwrap());
    for (literal, means) in [
        (r#""it's""#, "it's"),
        (r#"'say "hi"'"#, "say \"hi\""),
        (r#"'it\'s'"#, "it's"),
        (r#""say \"hi\"""#, "say \"hi\""),
        (r#""a\\b""#, "a\\b"),
        (r#""C:\dir\*""#, "C:\\dir\\*"),
        (r#""one\ntwo\tthree\r""#, "one\ntwo\tthree\r"),
        ("\"one\ntwo\"", "one\ntwo"),
        (r#""\\n""#, "\\n"),
        ("''", ""),
        ("\"Zoë 😀\"", "Zoë 😀"),
        ("\"and or not in null\"", "and or not in null"),
    ] {
        assert!(
            takes(&format!("event = {literal}"), &event(means)),
            "{literal}"
        );
    }
}

#[test]
fn space_between_tokens_does_not_matter() {
    let event = r#"{"type":"track","properties":{"n":5}}"#;
    for text in [
        "type='track'and properties.n>4",
        "\n\ttype\r\n=\t'track'\nand\nproperties.n >4 ",
        "(type=\"track\")and(properties.n<=5)",
        "properties.n!=4 and type in['track']",
    ] {
        assert!(takes(text, event), "{text}");
    }
}

#[test]
fn any_json_can_be_asked() {
    for event in ["\"\"", "null", "5", "[]", "[{\"type\":\"track\"}]", "{}"] {
        assert!(!takes(r#"type = "track""#, event), "{event}");
        assert!(takes("userId = null", event), "{event}");
    }
}

#[test]
fn the_canonical_text_says_the_same_in_one_way() {
    for (text, canonical) in [
        ("type='track'", r#"type = "track""#),
        ("'track'=type", r#"type = "track""#),
        ("5 < traits.n", "traits.n > 5"),
        ("5 >= traits.n", "traits.n <= 5"),
        ("not type = 'track'", r#"type != "track""#),
        ("!(userId != null)", "userId = null"),
        ("not (traits.n < 5)", "!(traits.n < 5)"),
        ("! contains( event , 'x' )", r#"!contains(event, "x")"#),
        ("!!match(event,'X*')", r#"match(event, "X*")"#),
        ("not type in ['a', 1,null]", r#"!(type in ["a", 1, null])"#),
        (
            "traits.on and !traits.off",
            "traits.on = true and traits.off != true",
        ),
        ("((type = 'a'))", r#"type = "a""#),
        (
            "(event = 'a' and (event = 'b')) and event = 'c'",
            r#"event = "a" and event = "b" and event = "c""#,
        ),
        (
            "event='a' and event='b' or event='c'",
            r#"(event = "a" and event = "b") or event = "c""#,
        ),
        (
            "event='a' and (event='b' or event='c')",
            r#"event = "a" and (event = "b" or event = "c")"#,
        ),
        (
            "!(event='a' or event='b')",
            r#"!(event = "a" or event = "b")"#,
        ),
        (r"traits.a\b.c\ d\.e = +01.50", r"traits.ab.c\ d\.e = 1.50"),
        (r"traits.é = 1E+5", r"traits.\é = 1e5"),
        (r"match(event, 'a\*\\[b]')", r#"match(event, "a\*\[b]")"#),
        (r"event = 'C:\dir\\new\\'", r#"event = "C:\dir\\new\\""#),
        (
            "length( lowercase(event) )>=3",
            "length(lowercase(event)) >= 3",
        ),
        ("event = 'a\nb'", r#"event = "a\nb""#),
    ] {
        let (subscription, _) = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(subscription.to_string(), canonical, "{text}");
        assert_eq!(parse(canonical).unwrap().0, subscription, "{text}");
    }
}

#[test]
fn the_types_of_events_that_can_be_taken() {
    use Type::*;
    for (text, types) in [
        ("type = 'identify'", &[Identify][..]),
        ("type != 'identify'", &[Group, Track, Page, Screen, Alias]),
        ("type = 'identify' and type = 'group'", &[]),
        ("type = 'identify' and traits.email != null", &[Identify]),
        ("type = 'track' or event = 'x'", &Type::ALL),
        (
            "(type = 'page' or type = 'screen') and name = 'Home'",
            &[Page, Screen],
        ),
        (
            "!(type in ['track', 'page', 'screen', 'alias'])",
            &[Identify, Group],
        ),
        ("not (type = 'track' and event = 'x')", &Type::ALL),
        (
            "match(type, '*e*') and !contains(type, 'g')",
            &[Identify, Screen],
        ),
        (
            "length(type) <= 5 and typeof(type) = 'string'",
            &[Group, Track, Page, Alias],
        ),
        ("uppercase(type) = 'GROUP'", &[Group]),
        ("type = 'identfy'", &[]),
        ("type = null", &[]),
        ("type = userId", &Type::ALL),
        ("event = 'x' and type in []", &[]),
    ] {
        assert_eq!(parse(text).unwrap().0.event_types(), types, "{text}");
    }
}

#[test]
fn each_path_is_registered_once_and_nothing_by_an_error() {
    let mut paths = Paths::new();
    let read = "type = 'track' and (traits.a = traits.b or length(traits.a) > 1)";
    let first = Subscription::parse(read, &mut paths).unwrap();
    let events = [
        r#"{"type":"track","traits":{"a":1,"b":1}}"#,
        r#"{"type":"track","traits":{"a":"xx"}}"#,
        r#"{"type":"page","traits":{"a":"xx"}}"#,
    ];
    Subscription::parse("event = 'x' and oops = 1", &mut paths).unwrap_err();
    let second = Subscription::parse("traits.b = null and event = null", &mut paths).unwrap();
    let reader = paths.reader();
    let taken = events.map(|event| {
        let slots = reader.read(event).unwrap();
        (first.matches(&slots), second.matches(&slots))
    });
    assert_eq!(taken, [(true, false), (true, true), (false, true)]);
    let next = paths.slot(&[Segment::new("unseen")]);
    assert_eq!(next, SlotId::nth(4), "type, traits.a, traits.b, event");
}

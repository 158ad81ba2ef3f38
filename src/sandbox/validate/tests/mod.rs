mod contact;
mod links;

use serde_json::{Value, json};

use crate::sandbox::{Sandbox, TOKEN};
use crate::schema::{Attribute, AttributeType, Choice, Member, Object, Schema};

const SUSAN: &str = "50cf242c-7fa3-4cad-87d0-75b1af71c57b";
const OPTION: &str = "14938464-cae9-4e50-8856-0fb584844f24";

/// A schema whose object `things` has one attribute of every type, alone (`date`) and as a list (`date_list`).
fn schema() -> Schema {
    let mut schema = Schema::standard().clone();
    let mut attributes = std::collections::BTreeMap::new();
    for kind in AttributeType::ALL {
        let mut attribute = Attribute::of(kind);
        let choices = vec![Choice {
            id: Some(OPTION.to_owned()),
            title: "In Progress".to_owned(),
            is_archived: false,
        }];
        attribute.options = (kind == AttributeType::Select).then(|| choices.clone());
        attribute.statuses = (kind == AttributeType::Status).then_some(choices);
        if kind == AttributeType::RecordReference {
            attribute.allowed_objects = vec!["companies".to_owned()];
        }
        let slug = kind.as_str().replace('-', "_");
        attributes.insert(slug.clone(), attribute.clone());
        attribute.is_multiselect = true;
        attributes.insert(format!("{slug}_list"), attribute);
    }
    let things = Object {
        id: None,
        singular_noun: "Thing".to_owned(),
        plural_noun: "Things".to_owned(),
        is_active: true,
        attributes,
    };
    schema.objects.insert("things".to_owned(), things);
    schema.members = Some(vec![Member {
        id: SUSAN.to_owned(),
        email_address: "susan@acme.com".to_owned(),
        name: "Susan".to_owned(),
    }]);
    schema
}

/// Writes one value to a new thing: the read value without what all share, or status, code and message.
fn write_to(slug: &str, value: Value) -> Result<Vec<Value>, String> {
    let sandbox = Sandbox::new(&schema());
    let authorization = format!("Bearer {TOKEN}");
    let company = r#"{"data":{"values":{"domains":["acme.com"]}}}"#;
    sandbox.handle(
        "POST",
        "/v2/objects/companies/records",
        Some(&authorization),
        Some(company),
    );
    let body = json!({"data": {"values": {(slug): value}}}).to_string();
    let answer = sandbox.handle(
        "POST",
        "/v2/objects/things/records",
        Some(&authorization),
        Some(&body),
    );
    let mut body: Value = serde_json::from_str(&answer.body).unwrap();
    if answer.status != 200 {
        assert!(sandbox.records("things").is_empty());
        let text = |key: &str| body[key].as_str().unwrap().to_owned();
        let message = text("message");
        assert!(
            message.contains(&format!("\"{slug}\"")),
            "{message} does not name {slug}"
        );
        return Err(format!("{} {message}", text("code")));
    }
    let values = body["data"]["values"][slug].take();
    Ok(values
        .as_array()
        .unwrap()
        .iter()
        .map(|value| {
            let mut value = value.as_object().unwrap().clone();
            for shared in [
                "active_from",
                "active_until",
                "created_by_actor",
                "attribute_type",
            ] {
                assert!(value.remove(shared).is_some(), "{shared}");
            }
            Value::Object(value)
        })
        .collect())
}

/// Asserts what is read back from each way of writing one value, alone and in a list.
fn accepts(slug: &str, ways: &[Value], read: &Value) {
    for way in ways {
        for single in [way.clone(), json!([way])] {
            assert_eq!(
                write_to(slug, single.clone()).as_deref(),
                Ok(&[read.clone()][..]),
                "{slug} {single}"
            );
        }
        let list = format!("{slug}_list");
        assert_eq!(
            write_to(&list, json!([way, way])).as_deref(),
            Ok(&[read.clone()][..]),
            "{list} {way}"
        );
        assert!(
            write_to(&list, way.clone()).is_err(),
            "{list} takes {way} without a list"
        );
    }
    assert_eq!(write_to(slug, Value::Null), Ok(vec![]));
    assert_eq!(write_to(slug, json!([])), Ok(vec![]));
    assert!(
        write_to(slug, json!([ways[0], ways[0]])).is_err(),
        "{slug} takes two values"
    );
}

/// Asserts that each value is refused, alone and in a list.
fn refuses(slug: &str, values: &[Value]) {
    for value in values {
        for single in [value.clone(), json!([value])] {
            assert!(
                write_to(slug, single.clone()).is_err(),
                "{slug} takes {single}"
            );
        }
        assert!(
            write_to(&format!("{slug}_list"), json!([value])).is_err(),
            "{slug}_list takes {value}"
        );
    }
    for nothing in [json!([null]), json!([[]]), json!({})] {
        assert!(
            write_to(slug, nothing.clone()).is_err(),
            "{slug} takes {nothing}"
        );
    }
}

#[test]
fn texts_are_strings() {
    let ways = [json!("Waystar Royco"), json!({"value": "Waystar Royco"})];
    accepts("text", &ways, &json!({"value": "Waystar Royco"}));
    accepts("text", &[json!("")], &json!({"value": ""}));
    refuses(
        "text",
        &[
            json!(1),
            json!(true),
            json!({"value": 1}),
            json!({"value": "a", "b": 1}),
            json!({"text": "a"}),
        ],
    );
    refuses("text", &[json!("a".repeat(10 * 1024 * 1024 + 1))]);
}

#[test]
fn numbers_have_at_most_four_decimals() {
    accepts(
        "number",
        &[json!(42.1921), json!({"value": 42.1921})],
        &json!({"value": 42.1921}),
    );
    accepts("number", &[json!(-17)], &json!({"value": -17}));
    refuses(
        "number",
        &[
            json!(42.19215),
            json!("3"),
            json!(true),
            json!({"number": 3}),
        ],
    );
    for (text, is_taken) in [
        ("1.50000", true),
        ("12345e-4", true),
        ("12345e-5", false),
        ("1200000e-7", true),
        ("1.2e1", true),
        ("0.00000", true),
        ("0e-9", true),
        ("1e308", true),
        ("1e309", false),
        ("1e-99999999999999999999", false),
    ] {
        let value: Value = serde_json::value::RawValue::from_string(text.to_owned())
            .map(|raw| json!(raw.get()))
            .unwrap();
        let body = format!(
            r#"{{"data":{{"values":{{"number":{}}}}}}}"#,
            value.as_str().unwrap()
        );
        let authorization = format!("Bearer {TOKEN}");
        let sandbox = Sandbox::new(&schema());
        let answer = sandbox.handle(
            "POST",
            "/v2/objects/things/records",
            Some(&authorization),
            Some(&body),
        );
        assert_eq!(answer.status == 200, is_taken, "{text}: {}", answer.body);
    }
}

#[test]
fn amounts_are_numbers_or_their_text() {
    let ways = [
        json!(4.99),
        json!("4.99"),
        json!({"currency_value": "4.99"}),
        json!({"currency_value": 4.99}),
    ];
    accepts(
        "currency",
        &ways,
        &json!({"currency_code": "USD", "currency_value": 4.99}),
    );
    accepts(
        "currency",
        &[json!("399.00"), json!(399)],
        &json!({"currency_code": "USD", "currency_value": 399}),
    );
    refuses(
        "currency",
        &[
            json!("$4.99"),
            json!("1,000"),
            json!(1.23456),
            json!(""),
            json!("1e3"),
            json!(".5"),
        ],
    );
    refuses(
        "currency",
        &[
            json!({"currency_value": 1, "currency_code": "EUR"}),
            json!({"value": 1}),
            json!(false),
        ],
    );
}

#[test]
fn checkboxes_are_booleans_or_their_text() {
    let ways = [
        json!(true),
        json!("true"),
        json!({"value": true}),
        json!({"value": "true"}),
    ];
    accepts("checkbox", &ways, &json!({"value": true}));
    accepts("checkbox", &[json!("false")], &json!({"value": false}));
    refuses(
        "checkbox",
        &[
            json!("yes"),
            json!(1),
            json!("TRUE"),
            json!({"checked": true}),
        ],
    );
}

#[test]
fn ratings_are_whole_numbers_from_0_to_5() {
    accepts(
        "rating",
        &[json!(4), json!({"value": 4})],
        &json!({"value": 4}),
    );
    accepts("rating", &[json!(0)], &json!({"value": 0}));
    refuses(
        "rating",
        &[
            json!(6),
            json!(-1),
            json!(4.5),
            json!("4"),
            json!(true),
            json!(4.0),
        ],
    );
}

#[test]
fn dates_are_trimmed_to_the_day_in_utc() {
    let ways = [
        "2023-01-02",
        "2023-01-02T13:00",
        "2023-01-02T15:00:00.000000000+02:00",
    ];
    accepts(
        "date",
        &ways.map(|way| json!(way)),
        &json!({"value": "2023-01-02"}),
    );
    accepts(
        "date",
        &[json!({"value": "2023-01-02T23:00:00-10:00"})],
        &json!({"value": "2023-01-03"}),
    );
    accepts(
        "date",
        &[json!("2023"), json!("2023-01")],
        &json!({"value": "2023-01-01"}),
    );
    refuses(
        "date",
        &[
            json!("01/02/2023"),
            json!(2023),
            json!("yesterday"),
            json!(""),
            json!("2023-02-30"),
        ],
    );
}

#[test]
fn timestamps_are_moved_to_utc() {
    let ways = [
        "2023-01-02T13:00",
        "2023-01-02T13:00:00Z",
        "2023-01-02T15:00:00.000000000+02:00",
    ];
    accepts(
        "timestamp",
        &ways.map(|way| json!(way)),
        &json!({"value": "2023-01-02T13:00:00.000000000Z"}),
    );
    accepts(
        "timestamp",
        &[json!({"value": "2023-01-02"})],
        &json!({"value": "2023-01-02T00:00:00.000000000Z"}),
    );
    refuses(
        "timestamp",
        &[
            json!("13:00"),
            json!(1_672_664_400),
            json!("2023-01-02 13:00:00"),
        ],
    );
}

#[test]
fn messages_name_the_attribute_and_the_problem() {
    let tell = |slug: &str, value: Value| write_to(slug, value).unwrap_err();
    insta::assert_snapshot!(tell("date", json!("soon")), @r#"validation_type An invalid value was passed to attribute with slug "date". Could not parse "soon" as ISO 8601."#);
    insta::assert_snapshot!(tell("domain_list", json!("a.com")), @r#"validation_type An invalid value was passed to attribute with slug "domain_list". Expected array, received string."#);
    insta::assert_snapshot!(tell("text", json!(["a", "b"])), @r#"validation_type An invalid value was passed to attribute with slug "text". Expected a single value, received 2."#);
    insta::assert_snapshot!(tell("personal_name", json!({"first_name": "J"})), @r#"validation_type An invalid value was passed to attribute with slug "personal_name". Required key "last_name" is missing."#);
    insta::assert_snapshot!(tell("phone_number", json!("5558675309")), @r#"validation_type An invalid value was passed to attribute with slug "phone_number". "5558675309" is not a valid phone number, possibly due to missing country information."#);
    insta::assert_snapshot!(tell("select", json!("Done")), @r#"value_not_found Cannot find select option with title "Done" for attribute with slug "select"."#);
    insta::assert_snapshot!(tell("status", json!("Done")), @r#"value_not_found Cannot find status with title "Done" for attribute with slug "status"."#);
    insta::assert_snapshot!(tell("actor_reference", json!("bob@acme.com")), @r#"value_not_found Cannot find workspace member with email address "bob@acme.com" for attribute with slug "actor_reference"."#);
}

#[test]
fn errors_within_a_value_have_their_path() {
    let sandbox = Sandbox::new(&schema());
    let body =
        json!({"data": {"values": {"personal_name_list": [{"first_name": "J"}]}}}).to_string();
    let authorization = format!("Bearer {TOKEN}");
    let answer = sandbox.handle(
        "POST",
        "/v2/objects/things/records",
        Some(&authorization),
        Some(&body),
    );
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        body["validation_errors"][0]["path"],
        json!(["0", "last_name"])
    );
}

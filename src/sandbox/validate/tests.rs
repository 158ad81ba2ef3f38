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
fn domains_are_bare_host_names() {
    let ways = [json!("app.attio.com"), json!({"domain": "APP.attio.com"})];
    accepts(
        "domain",
        &ways,
        &json!({"domain": "app.attio.com", "root_domain": "attio.com"}),
    );
    refuses(
        "domain",
        &[
            json!("https://attio.com"),
            json!("attio"),
            json!("attio.com/x"),
            json!("a@attio.com"),
        ],
    );
    refuses(
        "domain",
        &[
            json!("127.0.0.1"),
            json!("-a.com"),
            json!("a..com"),
            json!(".com"),
            json!("münchen.de"),
            json!(1),
        ],
    );
    refuses(
        "domain",
        &[
            json!("attio.com."),
            json!({"domain": "a.com", "root_domain": "a.com"}),
        ],
    );
}

#[test]
fn email_addresses_have_a_valid_local_part_and_domain() {
    let ways = [
        json!("person@company.com"),
        json!({"email_address": "person@company.com"}),
    ];
    accepts(
        "email_address",
        &ways,
        &json!({
            "original_email_address": "person@company.com", "email_address": "person@company.com",
            "email_domain": "company.com", "email_root_domain": "company.com", "email_local_specifier": "person",
        }),
    );
    let bad = [
        "person",
        "@company.com",
        "person@",
        "per son@company.com",
        "person@company",
        ".a@company.com",
        "a..b@c.com",
    ];
    refuses("email_address", &bad.map(|bad| json!(bad)));
    refuses(
        "email_address",
        &[
            json!("Jane <jane@company.com>"),
            json!("mailto:jane@company.com "),
            json!(7),
        ],
    );
}

#[test]
fn phone_numbers_need_a_country() {
    let read = |original: &str, number: &str, country: &str| {
        json!({
            "original_phone_number": original, "country_code": country,
            "phone_number": number, "normalized_phone_number": number,
        })
    };
    let phone = |number: &str, country: Value| json!({"original_phone_number": number, "country_code": country});
    let number = "+447777777777";
    let ways = [
        json!(number),
        phone(number, json!("GB")),
        phone(number, Value::Null),
    ];
    accepts("phone_number", &ways, &read(number, number, "GB"));
    accepts(
        "phone_number",
        &[phone("+44 7777777777", Value::Null)],
        &read("+44 7777777777", number, "GB"),
    );
    accepts(
        "phone_number",
        &[phone("07777 777777", json!("GB"))],
        &read("07777 777777", number, "GB"),
    );
    accepts(
        "phone_number",
        &[phone("+15558675309", json!("US"))],
        &read("+15558675309", "+15558675309", "US"),
    );
    accepts(
        "phone_number",
        &[json!("+14165550123")],
        &read("+14165550123", "+14165550123", "CA"),
    );
    refuses(
        "phone_number",
        &[
            json!("5558675309"),
            json!("+1123"),
            json!("+11234567890"),
            json!("call me"),
            json!("+"),
        ],
    );
    refuses(
        "phone_number",
        &[
            json!("+99912345678"),
            json!("+441234567890123456"),
            json!(447_777_777_777_u64),
        ],
    );
    refuses(
        "phone_number",
        &[
            phone(number, json!("US")),
            phone(number, json!("UK")),
            phone("7777777777", Value::Null),
        ],
    );
    refuses(
        "phone_number",
        &[
            json!({"original_phone_number": number}),
            json!({"country_code": "GB"}),
        ],
    );
}

#[test]
fn names_have_all_three_parts() {
    let read = json!({"first_name": "John", "last_name": "Smith", "full_name": "John Smith"});
    accepts(
        "personal_name",
        &[read.clone(), json!("Smith, John")],
        &read,
    );
    accepts(
        "personal_name",
        &[json!("van der Berg, Jane, Dr.")],
        &json!({"first_name": "Jane, Dr.", "last_name": "van der Berg", "full_name": "Jane, Dr. van der Berg"}),
    );
    accepts(
        "personal_name",
        &[json!("Cher")],
        &json!({"first_name": "Cher", "last_name": "", "full_name": "Cher"}),
    );
    refuses(
        "personal_name",
        &[
            json!({"first_name": "John", "last_name": "Smith"}),
            json!({"value": "John Smith"}),
        ],
    );
    refuses(
        "personal_name",
        &[
            json!({"first_name": "J", "last_name": null, "full_name": "J"}),
            json!(1),
        ],
    );
}

#[test]
fn locations_have_all_ten_keys() {
    let apple = json!({
        "line_1": "1 Infinite Loop", "line_2": null, "line_3": null, "line_4": null, "locality": "Cupertino",
        "region": "CA", "postcode": "95014", "country_code": "US", "latitude": "37.331741", "longitude": "-122.030333",
    });
    accepts("location", std::slice::from_ref(&apple), &apple);
    let mut parsed = apple.clone();
    (parsed["latitude"], parsed["longitude"]) = (Value::Null, Value::Null);
    accepts(
        "location",
        &[json!("1 Infinite Loop, Cupertino, CA, 95014, US")],
        &parsed,
    );
    let with = |key: &str, value: Value| {
        let mut location = apple.clone();
        location[key] = value;
        location
    };
    let mut missing = apple.clone();
    missing.as_object_mut().unwrap().remove("line_4");
    refuses(
        "location",
        &[
            missing,
            with("line_5", json!("x")),
            with("postcode", json!(95014)),
            json!(" , "),
            json!(1),
        ],
    );
    refuses(
        "location",
        &[
            with("country_code", json!("USA")),
            with("country_code", json!("us")),
        ],
    );
    refuses(
        "location",
        &[
            with("latitude", json!("91")),
            with("longitude", json!("180.5")),
            with("latitude", json!("north")),
        ],
    );
    refuses(
        "location",
        &[
            with("latitude", json!(37.3)),
            with("latitude", json!("037.3")),
            with("latitude", json!("1.")),
        ],
    );
}

#[test]
fn options_and_statuses_must_exist() {
    for (slug, key) in [("select", "option"), ("status", "status")] {
        let ways = [
            json!("In Progress"),
            json!(OPTION),
            json!({(key): "In Progress"}),
            json!({(key): OPTION}),
        ];
        for way in &ways {
            let read = write_to(slug, way.clone()).unwrap();
            assert_eq!(read[0][key]["title"], "In Progress");
            assert_eq!(read[0][key]["id"][format!("{key}_id")], OPTION);
            assert_eq!(read[0][key]["is_archived"], false);
        }
        refuses(
            slug,
            &[
                json!("in progress"),
                json!("Done"),
                json!(""),
                json!(1),
                json!({"title": "In Progress"}),
            ],
        );
        refuses(slug, &[json!("99a03ff3-0435-47da-95cc-76b2caeb4dab")]);
    }
}

#[test]
fn actors_are_members_by_address_or_id() {
    let ways = [
        json!("Susan@acme.com"),
        json!({"workspace_member_email_address": "susan@acme.com"}),
        json!({"referenced_actor_type": "workspace-member", "referenced_actor_id": SUSAN}),
    ];
    let read = json!({"referenced_actor_type": "workspace-member", "referenced_actor_id": SUSAN});
    accepts("actor_reference", &ways, &read);
    let by_id =
        |kind: &str, id: &str| json!({"referenced_actor_type": kind, "referenced_actor_id": id});
    refuses(
        "actor_reference",
        &[
            json!("bob@acme.com"),
            json!(SUSAN),
            json!("susan"),
            json!(1),
        ],
    );
    refuses(
        "actor_reference",
        &[
            by_id("api-token", SUSAN),
            by_id("workspace-member", OPTION),
            by_id("workspace-member", "7"),
        ],
    );
    refuses(
        "actor_reference",
        &[
            json!({"referenced_actor_id": SUSAN}),
            json!({"email": "susan@acme.com"}),
        ],
    );
}

#[test]
fn references_name_a_record_by_a_unique_value_or_its_id() {
    let company = "00050000-0000-4000-8000-000000000000";
    let ways = [
        json!("acme.com"),
        json!({"target_object": "companies", "domains": [{"domain": "acme.com"}]}),
        json!({"target_object": "companies", "domains": ["acme.com"]}),
        json!({"target_object": "companies", "target_record_id": company}),
    ];
    accepts(
        "record_reference",
        &ways,
        &json!({"target_object": "companies", "target_record_id": company}),
    );
    refuses(
        "record_reference",
        &[
            json!("other.com"),
            json!("not a domain"),
            json!(company),
            json!({"domains": [{"domain": "acme.com"}]}),
            json!({"target_object": "companies"}),
            json!({"target_object": "companies", "domains": "acme.com"}),
            json!({"target_object": "companies", "domains": []}),
            json!({"target_object": "companies", "domains": ["acme.com", "b.com"]}),
            json!({"target_object": "companies", "name": ["Acme"]}),
            json!({"target_object": "companies", "shoe": ["Acme"]}),
            json!({"target_object": "people", "email_addresses": ["a@b.co"]}),
            json!({"target_object": "cats", "target_record_id": company}),
            json!({"target_object": "companies", "target_record_id": "7"}),
            json!({"target_object": "companies", "target_record_id": OPTION}),
            json!(7),
        ],
    );
}

#[test]
fn interactions_cannot_be_written() {
    let value = json!({"interaction_type": "email", "interacted_at": "2023-01-01T15:00:00Z", "owner_actor": {}});
    refuses("interaction", &[value]);
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

use std::collections::BTreeSet;

use super::*;
use crate::sandbox::conformance::{OPERATIONS, check, check_answer, check_request};

/// A workspace whose users have one attribute of every type, and every exchange with it recorded.
fn desk() -> Desk {
    let mut schema = Schema::standard().clone();
    let users = schema.objects.get_mut("users").unwrap();
    for kind in AttributeType::ALL {
        users
            .attributes
            .insert(format!("one_{}", kind.as_str()), Attribute::of(kind));
    }
    schema.objects.get_mut("deals").unwrap().is_active = false;
    schema.members = Some(vec![Member {
        id: "50cf242c-7fa3-4cad-87d0-75b1af71c57b".to_owned(),
        email_address: "susan@acme.com".to_owned(),
        name: "Susan Kare".to_owned(),
    }]);
    Desk(Sandbox::builder().schema(&schema).record().build())
}

/// Uses every operation, in every way that this project does, well and badly.
fn use_all(desk: &Desk) {
    desk.get("/v2/self");
    desk.get("/v2/objects");
    desk.get("/v2/objects/people");
    desk.get("/v2/objects/users/attributes?limit=5&offset=2&show_archived=true");
    desk.get("/v2/objects/companies/attributes");
    desk.get("/v2/objects/companies/attributes/team");
    desk.get("/v2/workspace_members");
    desk.get("/v2/workspace_members/50cf242c-7fa3-4cad-87d0-75b1af71c57b");
    let attribute = json!({"data": {
        "title": "Plan", "description": null, "api_slug": "plan", "type": "select", "is_required": false,
        "is_unique": false, "is_multiselect": false, "config": {},
    }});
    for _ in 0..2 {
        desk.call("POST", "/v2/objects/users/attributes", attribute.clone());
        desk.call(
            "POST",
            "/v2/objects/users/attributes/plan/options",
            json!({"data": {"title": "Pro"}}),
        );
        desk.call(
            "POST",
            "/v2/objects/users/attributes/one_status/statuses",
            json!({"data": {"title": "New"}}),
        );
    }
    desk.get("/v2/objects/users/attributes/plan/options");
    desk.get("/v2/objects/users/attributes/one_status/statuses?show_archived=false");

    let person = desk.person("jane@acme.com");
    let id = desk.put(
        "users",
        "user_id",
        json!({
            "user_id": "u-1", "primary_email_address": "jane@acme.com", "plan": "Pro",
            "person": [{"target_object": "people", "email_addresses": [{"email_address": "jane@acme.com"}]}],
            "one_actor-reference": "susan@acme.com", "one_checkbox": true, "one_currency": 1.5, "one_date": "2024",
            "one_domain": "a.com", "one_email-address": "a@b.co", "one_location": "1 Loop, Cupertino, CA, US",
            "one_number": 3, "one_personal-name": "Doe, Jane", "one_phone-number": "+15558675309",
            "one_rating": 5, "one_record-reference": {"target_object": "people", "target_record_id": person},
            "one_select": "A", "one_status": "New", "one_text": "x", "one_timestamp": "2024-01-01T00:00:00Z",
        }),
    );
    let path = format!("/v2/objects/users/records/{id}");
    desk.get(&path);
    desk.call(
        "PUT",
        &path,
        json!({"data": {"values": {"one_text": null, "workspace": []}}}),
    );
    desk.workspace("w-1");
    desk.patch("users", &id, json!({"workspace": ["w-1"]}));
    desk.create("companies", json!({"domains": ["new.com"]}));
    desk.call("POST", "/v2/objects/users/records/query", Value::Null);
    desk.call(
        "POST",
        "/v2/objects/users/records/query",
        json!({"filter": {"user_id": "u-1"}, "limit": 2}),
    );
    let nested = |values: Value, object: &str, matching: &str| {
        json!({
            "object": object, "mode": "create-or-update", "matching_attribute": matching,
            "multiselect_values": "append", "values": values, "received_at": "2024-05-01T12:00:00Z",
        })
    };
    let person = nested(
        json!({"email_addresses": "joe@acme.com"}),
        "people",
        "email_addresses",
    );
    let user = json!({"user_id": "u-2", "primary_email_address": "joe@acme.com", "person": person});
    desk.call(
        "PUT",
        "/v2/batch/records",
        json!({"assertions": [nested(user, "users", "user_id")]}),
    );

    // And what is refused.
    desk.call("PUT", "/v2/batch/records", json!({"assertions": [{}]}));
    desk.call("GET", "/v2/objects/deals/attributes", Value::Null);
    desk.call("GET", "/v2/objects/cats", Value::Null);
    desk.call(
        "GET",
        "/v2/objects/users/records/00050002-0000-4000-8000-0000000000ff",
        Value::Null,
    );
    desk.call(
        "POST",
        "/v2/objects/users/records/query",
        json!({"filter": {"shoe": 1}}),
    );
    desk.assert("users", "user_id", json!({"user_id": "u-9"}));
    desk.assert("users", "nope", json!({"user_id": "u-9"}));
    desk.assert("users", "plan", json!({"user_id": "u-9"}));
    desk.assert(
        "companies",
        "domains",
        json!({"domains": ["acme.com", "new.com"]}),
    );
    desk.create("companies", json!({"domains": ["new.com"]}));
    desk.patch(
        "users",
        &id,
        json!({"one_date": "soon", "person": "no@one.com"}),
    );
    desk.patch("users", &id, json!({"record_id": "x"}));
    desk.patch("users", &id, json!({"person": "no@one.com"}));
    desk.0.handle("GET", "/v2/objects", None, None);
    desk.call("DELETE", &path, Value::Null);
    desk.call("DELETE", &path, Value::Null);
}

#[test]
fn every_answer_is_as_attio_describes_it() {
    let desk = desk();
    use_all(&desk);
    let mut used = BTreeSet::new();
    let exchanges = desk.0.exchanges();
    for exchange in &exchanges {
        let operation = check(exchange).unwrap_or_else(|error| panic!("{error}"));
        if exchange.status == operation.status {
            used.insert((operation.method, operation.path));
        }
    }
    let all: BTreeSet<_> = OPERATIONS
        .iter()
        .map(|operation| (operation.method, operation.path))
        .collect();
    assert_eq!(used, all, "an operation was never answered well");
    let codes: BTreeSet<u16> = exchanges.iter().map(|exchange| exchange.status).collect();
    assert_eq!(codes, BTreeSet::from([200, 202, 400, 401, 404, 409]));
    // Every type of value was read at least once.
    let answers: String = exchanges
        .into_iter()
        .map(|exchange| exchange.answer)
        .collect();
    for kind in AttributeType::ALL {
        let is_read = answers.contains(&format!("\"attribute_type\":\"{}\"", kind.as_str()));
        assert_eq!(is_read, kind != AttributeType::Interaction, "{kind:?}");
    }
}

#[test]
fn requests_that_attio_does_not_describe_are_found() {
    let records = "/v2/objects/people/records";
    let matching = "/v2/objects/people/records?matching_attribute=email_addresses";
    let tell = |method: &str, target: &str, body: Option<&str>| {
        check_request(method, target, body).unwrap_err()
    };
    insta::assert_snapshot!(tell("PUT", records, Some("{}")), @"PUT /v2/objects/people/records lacks the query parameter `matching_attribute`");
    insta::assert_snapshot!(tell("GET", "/v2/self?x=1", None), @"GET /v2/self?x=1 has the unknown query parameter `x`");
    insta::assert_snapshot!(tell("GET", "/v2/lists", None), @"GET /v2/lists is not described");
    insta::assert_snapshot!(tell("GET", "/v2/objects/", None), @"GET /v2/objects/ is not described");
    insta::assert_snapshot!(tell("PUT", matching, None), @"PUT /v2/objects/people/records?matching_attribute=email_addresses needs a body");
    insta::assert_snapshot!(tell("GET", "/v2/self", Some("{}")), @"GET /v2/self takes no body");
    insta::assert_snapshot!(
        tell("PUT", matching, Some(r#"{"data":{"values":{},"id":1}}"#)),
        @"the body of PUT /v2/objects/people/records?matching_attribute=email_addresses: /data has the unknown key `id`"
    );
    assert!(
        tell("PUT", matching, Some(r#"{"data":{"values":{"a":[[]]}}}"#)).contains("/data/values/a")
    );
    assert!(tell("PUT", matching, Some(r#"{"values":{}}"#)).contains("lacks `data`"));
}

#[test]
fn answers_that_attio_does_not_describe_are_found() {
    let desk = desk();
    desk.person("jane@acme.com");
    let exchange = desk.0.exchanges().pop().unwrap();
    assert!(check(&exchange).is_ok());
    for (from, to) in [
        ("\"created_at\":", "\"born\":"),
        (
            "\"attribute_type\":\"email-address\"",
            "\"attribute_type\":\"text\"",
        ),
        ("\"active_until\":null", "\"active_until\":0"),
        ("\"email_domain\":\"acme.com\"", "\"email_domain\":null"),
        ("\"record_id\":\"00", "\"record_id\":\"zz"),
        ("\"type\":\"api-token\"", "\"type\":\"robot\""),
    ] {
        assert!(exchange.answer.contains(from), "{from}");
        let answer = exchange.answer.replace(from, to);
        assert!(
            check_answer("GET", "/v2/objects/people/records/x", 200, &answer).is_err(),
            "{to}"
        );
    }
    let refusal = |status: u16, code: &str| {
        let body = json!({"status_code": status, "type": "invalid_request_error", "code": code, "message": "x"});
        check_answer("GET", "/v2/objects/people", status, &body.to_string())
    };
    assert!(refusal(404, "not_found").is_ok());
    assert!(refusal(404, "gone").is_err());
    assert!(refusal(409, "slug_conflict").is_err());
    assert!(check_answer("GET", "/v2/objects/people", 500, "oops").is_err());
}

use super::*;

#[test]
fn an_assert_creates_a_record_and_then_updates_it() {
    let desk = Desk::new();
    let first = desk.put(
        "workspaces",
        "workspace_id",
        json!({"workspace_id": "w", "name": "Acme"}),
    );
    let second = desk.put(
        "workspaces",
        "workspace_id",
        json!({"workspace_id": "w", "avatar_url": "https://a.co/x"}),
    );
    assert_eq!(first, second);
    assert_eq!(desk.0.records("workspaces").len(), 1);
    assert_eq!(
        desk.values("workspaces", "Acme", "avatar_url"),
        ["https://a.co/x"]
    );
}

#[test]
fn records_are_read_in_the_form_that_attio_documents() {
    let desk = Desk::new();
    let id = desk.put(
        "users",
        "user_id",
        json!({"user_id": "u-1", "primary_email_address": "a@b.co"}),
    );
    let body = desk.get(&format!("/v2/objects/users/records/{id}"));
    let data = &body["data"];
    assert_eq!(data["id"]["record_id"], id.as_str());
    let born = "2024-05-01T12:00:00";
    assert!(
        data["created_at"].as_str().unwrap().starts_with(born),
        "{data}"
    );
    let value = &data["values"]["user_id"][0];
    assert_eq!(value["value"], "u-1");
    assert_eq!(value["attribute_type"], "text");
    assert_eq!(value["active_until"], Value::Null);
    assert_eq!(value["created_by_actor"]["type"], "api-token");
    assert_eq!(value["active_from"], data["created_at"]);
    assert_eq!(data["values"]["record_id"][0]["value"], id.as_str());
    assert_eq!(
        data["values"]["created_by"][0]["referenced_actor_type"],
        "api-token"
    );
    assert_eq!(data["values"]["workspace"], json!([]));
}

#[test]
fn the_matching_multiselect_attribute_keeps_its_values() {
    let desk = Desk::new();
    desk.put(
        "companies",
        "domains",
        json!({"domains": ["a.com", "b.com"]}),
    );
    desk.put(
        "companies",
        "domains",
        json!({"domains": ["b.com", "c.com"]}),
    );
    let records = desk.0.records("companies");
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].get("domains"), ["c.com", "a.com", "b.com"]);
}

#[test]
fn other_multiselect_attributes_are_overwritten_by_an_assert() {
    let desk = Desk::new();
    let write = |phones: Value| {
        desk.put(
            "people",
            "email_addresses",
            json!({"email_addresses": ["a@b.co"], "phone_numbers": phones}),
        )
    };
    write(json!(["+15558675309", "+447777777777"]));
    write(json!(["+447777777777", "+4930123456"]));
    assert_eq!(
        desk.0.records("people")[0].get("phone_numbers"),
        ["+447777777777", "+4930123456"]
    );
}

#[test]
fn a_patch_prepends_and_a_put_overwrites() {
    let desk = Desk::new();
    let id = desk.put(
        "companies",
        "domains",
        json!({"domains": ["a.com"], "name": "A"}),
    );
    assert_eq!(
        desk.patch(
            "companies",
            &id,
            json!({"domains": ["b.com", "a.com", "c.com"], "name": "B"})
        )
        .0,
        200
    );
    assert_eq!(
        desk.values("companies", "B", "domains"),
        ["b.com", "c.com", "a.com"]
    );
    assert_eq!(desk.patch("companies", &id, json!({"domains": []})).0, 200);
    assert_eq!(
        desk.values("companies", "B", "domains"),
        ["b.com", "c.com", "a.com"]
    );
    let path = format!("/v2/objects/companies/records/{id}");
    let body = json!({"data": {"values": {"domains": ["c.com", "d.com"]}}});
    assert_eq!(desk.call("PUT", &path, body).0, 200);
    assert_eq!(desk.values("companies", "B", "domains"), ["c.com", "d.com"]);
    // What was taken away is free for another record.
    assert_eq!(
        desk.create("companies", json!({"domains": ["a.com"]})).0,
        200
    );
}

#[test]
fn null_and_an_empty_list_unset_a_value() {
    let desk = Desk::new();
    let write = |values: Value| desk.put("companies", "domains", values);
    write(json!({"domains": ["a.com"], "name": "A", "description": "x", "categories": ["Fun"]}));
    write(json!({"domains": ["a.com"], "name": null, "description": [], "categories": null}));
    let company = &desk.0.records("companies")[0];
    assert_eq!(company.name, "a.com");
    assert!(company.get("description").is_empty() && company.get("categories").is_empty());
}

#[test]
fn values_that_stay_keep_their_beginning() {
    use std::sync::atomic::{AtomicU64, Ordering};
    let seconds = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&seconds);
    let clock =
        move || Moment::from_unix(std::time::Duration::from_secs(told.load(Ordering::SeqCst)));
    let desk = Desk(Sandbox::builder().clock(Arc::new(clock)).build());
    let write = |name: &str| {
        desk.put(
            "workspaces",
            "workspace_id",
            json!({"workspace_id": "w", "name": name}),
        )
    };
    let id = write("A");
    seconds.store(60, Ordering::SeqCst);
    write("B");
    let body = desk.get(&format!("/v2/objects/workspaces/records/{id}"));
    let values = &body["data"]["values"];
    assert_eq!(
        values["workspace_id"][0]["active_from"],
        "1970-01-01T00:00:00.000000000Z"
    );
    assert_eq!(
        values["name"][0]["active_from"],
        "1970-01-01T00:01:00.000000000Z"
    );
}

#[test]
fn emails_are_matched_in_any_case() {
    let desk = Desk::new();
    let first = desk.person("Jane@Acme.com");
    assert_eq!(first, desk.person("jane@acme.COM"));
    let body = desk.get(&format!("/v2/objects/people/records/{first}"));
    let value = &body["data"]["values"]["email_addresses"][0];
    assert_eq!(value["email_address"], "jane@acme.com");
    assert_eq!(value["original_email_address"], "Jane@Acme.com");
    assert_eq!(value["email_root_domain"], "acme.com");
    assert_eq!(value["email_local_specifier"], "jane");
}

#[test]
fn a_create_refuses_values_that_another_record_has() {
    let desk = Desk::new();
    desk.company("a.com");
    insta::assert_snapshot!(
        told(desk.create("companies", json!({"domains": ["a.com"]}))),
        @r#"400 uniqueness_conflict The value "a.com" provided for attribute with slug "domains" conflicts with one already in the system. This attribute has a uniqueness constraint."#
    );
    assert_eq!(desk.0.records("companies").len(), 1);
}

#[test]
fn an_assert_refuses_values_that_another_record_has() {
    let desk = Desk::new();
    desk.user("u-1");
    insta::assert_snapshot!(
        told(desk.assert("users", "user_id", json!({"user_id": "u-2", "primary_email_address": "u-1@example.com"}))),
        @r#"400 uniqueness_conflict The value "u-1@example.com" provided for attribute with slug "primary_email_address" conflicts with one already in the system. This attribute has a uniqueness constraint."#
    );
    assert_eq!(desk.0.records("users").len(), 1);
}

#[test]
fn an_assert_that_matches_two_records_is_refused() {
    let desk = Desk::new();
    desk.company("a.com");
    desk.company("b.com");
    insta::assert_snapshot!(
        told(desk.assert("companies", "domains", json!({"domains": ["a.com", "b.com"]}))),
        @r#"400 multiple_match_results Multiple records were found for the values of matching attribute with slug "domains"."#
    );
}

#[test]
fn the_matching_attribute_must_be_there_and_unique_and_written() {
    let desk = Desk::new();
    let tell = |matching: &str, values: Value| told(desk.assert("companies", matching, values));
    insta::assert_snapshot!(tell("nope", json!({"domains": ["a.com"]})), @r#"400 value_not_found No attribute was found for matching_attribute slug/ID "nope"."#);
    insta::assert_snapshot!(tell("name", json!({"name": "A"})), @r#"400 matching_attribute_definition_not_unique The matching attribute specified is not a unique attribute: "name"."#);
    insta::assert_snapshot!(tell("domains", json!({"name": "A"})), @r#"400 missing_value Required value for attribute with slug "domains" was not provided."#);
    insta::assert_snapshot!(tell("domains", json!({"domains": []})), @r#"400 missing_value Required value for attribute with slug "domains" was not provided."#);
    insta::assert_snapshot!(tell("", json!({"domains": ["a.com"]})), @"400 validation_type The query parameter matching_attribute is required.");
    assert!(desk.0.records("companies").is_empty());
}

#[test]
fn required_attributes_must_be_written_on_creation_and_cannot_be_unset() {
    let desk = Desk::new();
    insta::assert_snapshot!(
        told(desk.assert("users", "user_id", json!({"user_id": "u-1"}))),
        @r#"400 missing_value Required value for attribute with slug "primary_email_address" was not provided."#
    );
    insta::assert_snapshot!(
        told(desk.create("deals", json!({"name": "Big", "stage": "Lead"}))),
        @r#"400 missing_value Required value for attribute with slug "owner" was not provided."#
    );
    let id = desk.user("u-1");
    insta::assert_snapshot!(
        told(desk.patch("users", &id, json!({"primary_email_address": null}))),
        @r#"400 missing_value Required value for attribute with slug "primary_email_address" was not provided."#
    );
    assert_eq!(
        desk.assert("users", "user_id", json!({"user_id": "u-1"})).0,
        200
    );
}

#[test]
fn unknown_objects_records_and_routes_are_not_found() {
    let desk = Desk::new();
    let tell = |method: &str, path: &str| told(desk.call(method, path, Value::Null));
    insta::assert_snapshot!(tell("GET", "/v2/objects/cats/records/00050002-0000-4000-8000-000000000000"), @r#"404 not_found Object with slug/ID "cats" not found."#);
    insta::assert_snapshot!(tell("GET", "/v2/objects/people/records/00050002-0000-4000-8000-000000000000"), @r#"404 not_found Record with ID "00050002-0000-4000-8000-000000000000" not found."#);
    insta::assert_snapshot!(tell("GET", "/v2/objects/people/records/7"), @r#"400 validation_type Expected record_id to be a UUID, received "7"."#);
    insta::assert_snapshot!(tell("GET", "/v2/lists"), @"404 not_found Could not find route GET /v2/lists.");
    insta::assert_snapshot!(tell("GET", "/"), @"404 not_found Could not find route GET /.");
    insta::assert_snapshot!(tell("POST", "/v2/objects/people/records/a/b"), @"404 not_found Could not find route POST /v2/objects/people/records/a/b.");
    let company = desk.company("a.com");
    assert_eq!(
        desk.call(
            "GET",
            &format!("/v2/objects/people/records/{company}"),
            Value::Null
        )
        .0,
        404
    );
}

#[test]
fn objects_that_are_not_enabled_say_so() {
    let desk = Desk::with(|schema| schema.objects.get_mut("users").unwrap().is_active = false);
    insta::assert_snapshot!(
        told(desk.assert("users", "user_id", json!({"user_id": "u-1"}))),
        @r#"400 standard_object_disabled The Standard object with slug/ID "users" must be enabled by a Workspace admin before it can be used."#
    );
}

#[test]
fn unknown_and_unwritable_attributes_are_refused() {
    let desk = Desk::with(|schema| {
        let people = schema.objects.get_mut("people").unwrap();
        people.attributes.get_mut("job_title").unwrap().is_archived = true;
    });
    let tell = |values: Value| told(desk.assert("people", "email_addresses", values));
    insta::assert_snapshot!(tell(json!({"email_addresses": ["a@b.co"], "shoe_size": 4})), @r#"400 value_not_found Cannot find attribute with slug/ID "shoe_size"."#);
    insta::assert_snapshot!(tell(json!({"email_addresses": ["a@b.co"], "avatar_url": "x"})), @r#"400 immutable_value The attribute with slug "avatar_url" cannot be written."#);
    insta::assert_snapshot!(tell(json!({"email_addresses": ["a@b.co"], "job_title": "x"})), @r#"400 value_not_found Cannot find attribute with slug/ID "job_title"."#);
    assert!(desk.0.records("people").is_empty());
}

#[test]
fn attributes_and_objects_go_by_their_ids_too() {
    let desk = Desk::new();
    let objects = desk.get("/v2/objects");
    let find = |list: &Value, slug: &str, id: &str| {
        let list = list["data"].as_array().unwrap();
        let found = list.iter().find(|one| one["api_slug"] == slug).unwrap();
        found["id"][id].as_str().unwrap().to_owned()
    };
    let object = find(&objects, "workspaces", "object_id");
    let attributes = desk.get(&format!("/v2/objects/{object}/attributes"));
    let attribute = find(&attributes, "workspace_id", "attribute_id");
    desk.put(&object, &attribute, json!({(attribute.clone()): "w"}));
    assert_eq!(desk.0.records("workspaces")[0].name, "w");
    let both = json!({(attribute.clone()): "w", "workspace_id": "w"});
    insta::assert_snapshot!(
        told(desk.assert("workspaces", "workspace_id", both)),
        @r#"400 validation_type The attribute with slug "workspace_id" is written twice."#
    );
}

#[test]
fn bodies_of_another_shape_are_refused() {
    let desk = Desk::new();
    let path = "/v2/objects/people/records?matching_attribute=email_addresses";
    let authorization = format!("Bearer {TOKEN}");
    let tell = |body: Option<&str>| {
        let answer = desk.0.handle("PUT", path, Some(&authorization), body);
        told((answer.status, serde_json::from_str(&answer.body).unwrap()))
    };
    insta::assert_snapshot!(tell(None), @"400 validation_type A JSON body is required.");
    insta::assert_snapshot!(tell(Some("[]")), @"400 validation_type Expected the body to be an object, received array.");
    insta::assert_snapshot!(tell(Some("{}")), @"400 validation_type Required object at data is missing.");
    insta::assert_snapshot!(tell(Some(r#"{"data":{}}"#)), @"400 validation_type Required object at data.values is missing.");
    insta::assert_snapshot!(tell(Some(r#"{"data":{"values":[]}}"#)), @"400 validation_type Expected object at data.values, received array.");
    insta::assert_snapshot!(tell(Some(r#"{"data":{"values":{},"x":1}}"#)), @r#"400 validation_type Unrecognized key "x" at data."#);
    assert!(tell(Some("{")).starts_with("400 validation_type The body is not valid JSON:"));
}

#[test]
fn a_deleted_record_leaves_no_trace() {
    let desk = Desk::new();
    let person = desk.person("a@gmail.com");
    desk.put(
        "companies",
        "domains",
        json!({"domains": ["acme.com"], "team": ["a@gmail.com"]}),
    );
    let path = format!("/v2/objects/people/records/{person}");
    assert_eq!(desk.call("DELETE", &path, Value::Null), (200, json!({})));
    assert_eq!(desk.call("GET", &path, Value::Null).0, 404);
    assert_eq!(desk.call("DELETE", &path, Value::Null).0, 404);
    assert!(desk.values("companies", "acme.com", "team").is_empty());
    assert_ne!(desk.person("a@gmail.com"), person);
}

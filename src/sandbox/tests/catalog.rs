use super::*;

fn slugs(body: &Value) -> Vec<&str> {
    let list = body["data"].as_array().unwrap();
    list.iter()
        .map(|one| one["api_slug"].as_str().unwrap())
        .collect()
}

fn titles(body: &Value) -> Vec<&str> {
    let list = body["data"].as_array().unwrap();
    list.iter()
        .map(|one| one["title"].as_str().unwrap())
        .collect()
}

#[test]
fn the_objects_that_are_enabled_are_listed() {
    let desk = Desk::with(|schema| schema.objects.get_mut("deals").unwrap().is_active = false);
    assert_eq!(
        slugs(&desk.get("/v2/objects")),
        ["companies", "people", "users", "workspaces"]
    );
    let people = desk.get("/v2/objects/people");
    assert_eq!(people["data"]["plural_noun"], "People");
    insta::assert_snapshot!(told(desk.call("GET", "/v2/objects/deals", Value::Null)), @r#"400 standard_object_disabled The Standard object with slug/ID "deals" must be enabled by a Workspace admin before it can be used."#);
    assert_eq!(desk.call("GET", "/v2/objects/cats", Value::Null).0, 404);
}

#[test]
fn references_to_objects_that_are_not_enabled_are_hidden() {
    let desk = Desk::with(|schema| schema.objects.get_mut("deals").unwrap().is_active = false);
    let people = desk.get("/v2/objects/people/attributes?show_archived=true");
    assert!(!slugs(&people).contains(&"associated_deals"));
    assert!(slugs(&people).contains(&"associated_users"));
    // The links that are left still have both sides.
    desk.person("jane@acme.com");
    assert_eq!(
        desk.values("companies", "acme.com", "team"),
        ["jane@acme.com"]
    );
}

#[test]
fn attributes_are_listed_page_by_page() {
    let desk = Desk::with(|schema| {
        let users = schema.objects.get_mut("users").unwrap();
        users.attributes.get_mut("person").unwrap().is_archived = true;
    });
    let list = |query: &str| desk.get(&format!("/v2/objects/users/attributes{query}"));
    let all = [
        "created_at",
        "created_by",
        "primary_email_address",
        "record_id",
        "user_id",
        "workspace",
    ];
    assert_eq!(slugs(&list("")), all);
    assert_eq!(slugs(&list("?limit=2")), all[..2]);
    assert_eq!(slugs(&list("?limit=3&offset=4")), all[4..]);
    assert!(slugs(&list("?show_archived=true")).contains(&"person"));
    insta::assert_snapshot!(
        told(desk.call("GET", "/v2/objects/users/attributes?limit=many", Value::Null)),
        @r#"400 validation_type Expected limit to be a whole number, received "many"."#
    );
}

#[test]
fn an_attribute_names_its_relationship_and_what_it_may_refer_to() {
    let desk = Desk::new();
    let team = &desk.get("/v2/objects/companies/attributes/team")["data"];
    let company = &desk.get("/v2/objects/people/attributes/company")["data"];
    assert_eq!(team["relationship"]["id"], company["id"]);
    assert_eq!(
        team["config"]["record_reference"]["allowed_object_ids"],
        json!([company["id"]["object_id"]])
    );
    assert_eq!(team["is_multiselect"], true);
    let value = &desk.get("/v2/objects/deals/attributes/value")["data"];
    assert_eq!(value["config"]["currency"]["default_currency_code"], "USD");
    assert_eq!(value["relationship"], Value::Null);
    insta::assert_snapshot!(told(desk.call("GET", "/v2/objects/deals/attributes/x", Value::Null)), @r#"404 not_found Attribute with slug/ID "x" not found."#);
}

fn new_attribute(change: Value) -> Value {
    let mut data = json!({
        "title": "Plan", "description": null, "api_slug": "plan", "type": "select",
        "is_required": false, "is_unique": false, "is_multiselect": false, "config": {},
    });
    for (key, value) in change.as_object().unwrap() {
        data[key] = value.clone();
    }
    json!({"data": data})
}

#[test]
fn attributes_and_options_can_be_created_and_written() {
    let desk = Desk::new();
    let create = |body: Value| desk.call("POST", "/v2/objects/users/attributes", body);
    let (status, body) = create(new_attribute(json!({})));
    assert_eq!(
        (status, body["data"]["api_slug"].as_str()),
        (200, Some("plan"))
    );
    assert_eq!(body["data"]["is_system_attribute"], false);
    let options = "/v2/objects/users/attributes/plan/options";
    let values = json!({"user_id": "u", "primary_email_address": "a@b.co", "plan": "Pro"});
    insta::assert_snapshot!(told(desk.assert("users", "user_id", values.clone())), @r#"400 value_not_found Cannot find select option with title "Pro" for attribute with slug "plan"."#);
    assert_eq!(
        desk.call("POST", options, json!({"data": {"title": "Pro"}}))
            .0,
        200
    );
    insta::assert_snapshot!(told(desk.call("POST", options, json!({"data": {"title": "Pro"}}))), @r#"409 slug_conflict There is already another select option with the title "Pro"."#);
    desk.put("users", "user_id", values);
    assert_eq!(desk.values("users", "a@b.co", "plan"), ["Pro"]);
    assert_eq!(titles(&desk.get(options)), ["Pro"]);
    insta::assert_snapshot!(told(create(new_attribute(json!({})))), @"409 slug_conflict An attribute with the same API slug already exists on this object. Please choose a different API slug.");
    // Another sandbox of the same schema has neither.
    assert_eq!(Desk::new().call("GET", options, Value::Null).0, 404);
}

#[test]
fn references_and_amounts_can_be_created() {
    let desk = Desk::new();
    let create = |change: Value| {
        desk.call(
            "POST",
            "/v2/objects/deals/attributes",
            new_attribute(change),
        )
        .1
    };
    let config = json!({"record_reference": {"allowed_objects": ["people"]}});
    let body =
        create(json!({"api_slug": "champion", "type": "record-reference", "config": config}));
    let people = desk.get("/v2/objects/people");
    assert_eq!(
        body["data"]["config"]["record_reference"]["allowed_object_ids"],
        json!([people["data"]["id"]["object_id"]])
    );
    let config = json!({"currency": {"default_currency_code": "EUR", "display_type": "symbol"}});
    let body = create(json!({"api_slug": "cost", "type": "currency", "config": config}));
    assert_eq!(
        body["data"]["config"]["currency"]["default_currency_code"],
        "EUR"
    );
}

#[test]
fn attributes_that_attio_does_not_create_are_refused() {
    let desk = Desk::new();
    let tell = |object: &str, change: Value| {
        told(desk.call(
            "POST",
            &format!("/v2/objects/{object}/attributes"),
            new_attribute(change),
        ))
    };
    insta::assert_snapshot!(tell("users", json!({"type": "status"})), @r#"400 validation_type Attributes of type "status" are not supported on objects."#);
    insta::assert_snapshot!(tell("users", json!({"type": "personal-name"})), @r#"400 validation_type Attributes of type "personal-name" cannot be created."#);
    insta::assert_snapshot!(tell("users", json!({"type": "text", "is_multiselect": true})), @r#"400 validation_type Attributes of type "text" cannot be multiselect."#);
    insta::assert_snapshot!(tell("users", json!({"is_unique": true})), @r#"400 validation_type An attribute of type "select" on the object "users" cannot be unique."#);
    insta::assert_snapshot!(tell("companies", json!({"type": "text", "is_unique": true})), @r#"400 validation_type An attribute of type "text" on the object "companies" cannot be unique."#);
    insta::assert_snapshot!(tell("users", json!({"type": "currency"})), @r#"400 validation_type Attributes of type "currency" need config.currency."#);
    insta::assert_snapshot!(tell("users", json!({"title": ""})), @"400 validation_type The title and api_slug of an attribute must not be empty.");
    assert!(tell("users", json!({"colour": "red"})).contains("unknown field `colour`"));
    let (status, _) = desk.call(
        "POST",
        "/v2/objects/users/attributes",
        json!({"data": {"title": "x"}}),
    );
    assert_eq!(status, 400);
}

#[test]
fn statuses_are_listed_and_created() {
    let desk = Desk::new();
    let path = "/v2/objects/deals/attributes/stage/statuses";
    assert_eq!(
        titles(&desk.get(path)),
        ["Lead", "In Progress", "Won 🎉", "Lost"]
    );
    let (status, body) = desk.call(
        "POST",
        path,
        json!({"data": {"title": "Stalled", "target_time_in_status": "P1D"}}),
    );
    assert_eq!(status, 200);
    assert_eq!(body["data"]["target_time_in_status"], "P1D");
    assert_eq!(body["data"]["celebration_enabled"], false);
    insta::assert_snapshot!(told(desk.call("POST", path, json!({"data": {"title": "Lead"}}))), @r#"409 slug_conflict There is already another status with the title "Lead"."#);
    insta::assert_snapshot!(
        told(desk.call("POST", "/v2/objects/deals/attributes/name/statuses", json!({"data": {"title": "x"}}))),
        @"400 validation_type This attribute is not a status attribute."
    );
    insta::assert_snapshot!(
        told(desk.call("POST", "/v2/objects/deals/attributes/name/options", json!({"data": {"title": "x"}}))),
        @"400 validation_type This attribute is not a select attribute."
    );
}

#[test]
fn archived_options_are_hidden_and_cannot_be_written() {
    let desk = Desk::with(|schema| {
        let users = schema.objects.get_mut("users").unwrap();
        let mut plan = Attribute::of(AttributeType::Select);
        let choice = |title: &str, is_archived| Choice {
            id: None,
            title: title.to_owned(),
            is_archived,
        };
        plan.options = Some(vec![choice("Old", true), choice("New", false)]);
        users.attributes.insert("plan".to_owned(), plan);
    });
    let path = "/v2/objects/users/attributes/plan/options";
    assert_eq!(titles(&desk.get(path)), ["New"]);
    assert_eq!(
        titles(&desk.get(&format!("{path}?show_archived=true"))),
        ["Old", "New"]
    );
    let values = json!({"user_id": "u", "primary_email_address": "a@b.co", "plan": "Old"});
    assert_eq!(desk.assert("users", "user_id", values).0, 400);
}

#[test]
fn options_that_the_schema_does_not_know_are_learned() {
    let desk = Desk::new();
    desk.put(
        "companies",
        "domains",
        json!({"domains": ["a.com"], "categories": ["B2B", "SaaS"]}),
    );
    assert_eq!(
        titles(&desk.get("/v2/objects/companies/attributes/categories/options")),
        ["B2B", "SaaS"]
    );
}

#[test]
fn members_are_listed_by_the_schema() {
    let member = Member {
        id: "50cf242c-7fa3-4cad-87d0-75b1af71c57b".to_owned(),
        email_address: "susan@acme.com".to_owned(),
        name: "Susan Kare".to_owned(),
    };
    let desk = Desk::with(|schema| schema.members = Some(vec![member]));
    let list = desk.get("/v2/workspace_members");
    assert_eq!(list["data"][0]["first_name"], "Susan");
    assert_eq!(list["data"][0]["last_name"], "Kare");
    let one = desk.get("/v2/workspace_members/50cf242c-7fa3-4cad-87d0-75b1af71c57b");
    assert_eq!(one["data"], list["data"][0]);
    insta::assert_snapshot!(told(desk.call("GET", "/v2/workspace_members/x", Value::Null)), @r#"404 not_found Workspace member with ID "x" not found."#);
    assert_eq!(
        Desk::new().get("/v2/workspace_members"),
        json!({"data": []})
    );
}

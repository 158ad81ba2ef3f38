use super::*;

fn assertion(object: &str, matching: &str, values: Value) -> Value {
    json!({
        "object": object, "mode": "create-or-update", "matching_attribute": matching,
        "multiselect_values": "append", "values": values, "received_at": "2024-05-01T12:00:00.000Z",
    })
}

fn send(desk: &Desk, assertions: &[Value]) -> (u16, Value) {
    desk.call(
        "PUT",
        "/v2/batch/records",
        json!({"assertions": assertions}),
    )
}

#[test]
fn nested_assertions_are_done_first_and_linked() {
    let desk = Desk::new();
    let person = assertion(
        "people",
        "email_addresses",
        json!({"email_addresses": "jane@acme.com"}),
    );
    let values =
        json!({"user_id": "u-1", "primary_email_address": "jane@acme.com", "person": person});
    assert_eq!(
        send(&desk, &[assertion("users", "user_id", values)]),
        (202, json!({}))
    );
    let company = assertion(
        "companies",
        "domains",
        json!({"domains": "acme.com", "name": "Acme"}),
    );
    let values = json!({"workspace_id": "w-1", "company": company, "users": ["u-1"]});
    assert_eq!(
        send(&desk, &[assertion("workspaces", "workspace_id", values)]).0,
        202
    );
    assert_eq!(
        desk.values("people", "jane@acme.com", "associated_users"),
        ["jane@acme.com"]
    );
    assert_eq!(desk.values("workspaces", "w-1", "company"), ["Acme"]);
    assert_eq!(desk.values("workspaces", "w-1", "users"), ["jane@acme.com"]);
    assert_eq!(desk.0.batch_failures(), Vec::<String>::new());
}

#[test]
fn lists_are_appended_to_or_overwritten_as_the_assertion_says() {
    let desk = Desk::new();
    let write = |how: &str, numbers: Value| {
        let mut one = assertion(
            "people",
            "email_addresses",
            json!({"email_addresses": ["a@gmail.com"], "phone_numbers": numbers}),
        );
        one["multiselect_values"] = json!(how);
        assert_eq!(send(&desk, &[one]).0, 202);
        desk.values("people", "a@gmail.com", "phone_numbers")
    };
    assert_eq!(write("append", json!(["+15558675309"])), ["+15558675309"]);
    assert_eq!(
        write("append", json!("+447777777777")),
        ["+447777777777", "+15558675309"]
    );
    assert_eq!(write("overwrite", json!("+15558675309")), ["+15558675309"]);
}

#[test]
fn an_assertion_that_fails_does_not_keep_the_others_back() {
    let desk = Desk::new();
    let good = assertion("workspaces", "workspace_id", json!({"workspace_id": "w-1"}));
    let bad = assertion(
        "workspaces",
        "workspace_id",
        json!({"workspace_id": "w-2", "users": ["nobody"]}),
    );
    let nested = assertion("companies", "domains", json!({"domains": "not a domain"}));
    let worse = assertion(
        "workspaces",
        "workspace_id",
        json!({"workspace_id": "w-3", "company": nested}),
    );
    assert_eq!(send(&desk, &[bad, worse, good]).0, 202);
    assert_eq!(desk.0.records("workspaces").len(), 1);
    insta::assert_snapshot!(desk.0.batch_failures().join("\n"), @r#"
    Cannot find record of object "users" with user_id "nobody" for attribute with slug "users".
    An invalid value was passed to attribute with slug "domains". "not a domain" is not a valid domain.
    "#);
}

#[test]
fn batches_of_another_shape_are_refused_as_a_whole() {
    let desk = Desk::new();
    let good = assertion("workspaces", "workspace_id", json!({"workspace_id": "w-1"}));
    let with = |key: &str, value: Value| {
        let mut bad = good.clone();
        bad[key] = value;
        told(send(&desk, &[good.clone(), bad]))
    };
    insta::assert_snapshot!(with("mode", json!("create")), @r#"400 validation_type The mode of an assertion must be "create-or-update"."#);
    insta::assert_snapshot!(with("received_at", json!("now")), @"400 validation_type The received_at of an assertion must be an ISO 8601 timestamp.");
    insta::assert_snapshot!(with("values", json!([])), @"400 validation_type Required object at values of an assertion is missing.");
    insta::assert_snapshot!(with("object", json!(7)), @"400 validation_type Required string at object of an assertion is missing.");
    insta::assert_snapshot!(with("multiselect_values", json!("merge")), @r#"400 validation_type Unknown multiselect_values "merge" of an assertion."#);
    insta::assert_snapshot!(with("extra", json!(1)), @r#"400 validation_type Unrecognized key "extra" in an assertion."#);
    insta::assert_snapshot!(told(desk.call("PUT", "/v2/batch/records", json!({}))), @"400 validation_type Required array at assertions is missing.");
    insta::assert_snapshot!(told(send(&desk, &vec![good.clone(); 1001])), @"400 validation_type Expected at most 1000 assertions, received 1001.");
    assert!(desk.0.records("workspaces").is_empty());
    assert_eq!(send(&desk, &vec![good; 1000]).0, 202);
}

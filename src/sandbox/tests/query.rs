use super::*;

fn desk() -> Desk {
    let desk = Desk::new();
    for (email, first, last, phone) in [
        ("john@apple.com", "John", "Smith", "+15558675309"),
        ("ada@lovelace.co.uk", "Ada", "Lovelace", "+447777777777"),
        ("johanna@gmail.com", "Johanna", "Zed", "+4930123456"),
    ] {
        desk.put(
            "people",
            "email_addresses",
            json!({
                "email_addresses": [email], "phone_numbers": [phone],
                "name": {"first_name": first, "last_name": last, "full_name": format!("{first} {last}")},
            }),
        );
    }
    desk
}

fn found(desk: &Desk, object: &str, body: Value) -> Vec<String> {
    let (status, answer) = desk.call("POST", &format!("/v2/objects/{object}/records/query"), body);
    assert_eq!(status, 200, "{answer}");
    let ids = answer["data"].as_array().unwrap().iter();
    let ids: Vec<&str> = ids
        .map(|record| record["id"]["record_id"].as_str().unwrap())
        .collect();
    let records = desk.0.records(object);
    let name = |id: &str| {
        records
            .iter()
            .find(|record| record.id == id)
            .unwrap()
            .name
            .clone()
    };
    ids.into_iter().map(name).collect()
}

#[test]
fn filters_find_what_attios_documentation_says() {
    let desk = desk();
    let all = ["John Smith", "Ada Lovelace", "Johanna Zed"];
    let john = &all[..1];
    let ada = &all[1..2];
    for (filter, names) in [
        (json!({}), &all[..]),
        (json!({"name": "John Smith"}), john),
        (json!({"email_addresses": "JOHN@apple.com"}), john),
        (json!({"email_addresses": "nobody@apple.com"}), &[]),
        (
            json!({"name": "John Smith", "email_addresses": "ada@lovelace.co.uk"}),
            &[],
        ),
        (
            json!({"$and": [{"name": {"full_name": {"$eq": "John Smith"}}}, {"email_addresses": {"email_address": {"$eq": "john@apple.com"}}}]}),
            john,
        ),
        (
            json!({"$or": [{"name": "John Smith"}, {"name": "Ada Lovelace"}]}),
            &all[..2],
        ),
        (json!({"$not": {"name": {"first_name": "John"}}}), &all[1..]),
        (
            json!({"name": {"first_name": {"$starts_with": "jo"}}}),
            &["John Smith", "Johanna Zed"],
        ),
        (json!({"name": {"$contains": "LOVE"}}), ada),
        (
            json!({"email_addresses": {"email_root_domain": "lovelace.co.uk"}}),
            ada,
        ),
        (
            json!({"email_addresses": {"email_local_specifier": {"$ends_with": "hn"}}}),
            john,
        ),
        (
            json!({"phone_numbers": {"$starts_with": "+44", "$ends_with": "777"}}),
            ada,
        ),
        (
            json!({"phone_numbers": {"country_code": {"$eq": "DE"}}}),
            &all[2..],
        ),
        (json!({"company": {"$not_empty": true}}), &all[..2]),
        (json!({"company": {"$not_empty": false}}), &all[2..]),
        (
            json!({"created_at": {"$gte": "2024-05-01T00:00:00Z", "$lt": "2024-05-02T00:00:00Z"}}),
            &all[..],
        ),
        (json!({"created_at": {"$gt": "2030-01-01T00:00:00Z"}}), &[]),
        (json!({"name": {"active_from": {"$lt": "2023-01-01"}}}), &[]),
        (
            json!({"created_by": {"referenced_actor_type": "api-token"}}),
            &all[..],
        ),
    ] {
        assert_eq!(
            found(&desk, "people", json!({"filter": filter})),
            names,
            "{filter}"
        );
    }
}

#[test]
fn references_and_record_ids_can_be_filtered_by() {
    let desk = desk();
    let apple = desk
        .0
        .records("companies")
        .iter()
        .find(|one| one.name == "apple.com")
        .unwrap()
        .id
        .clone();
    let by = |filter: Value| found(&desk, "people", json!({"filter": filter}));
    assert_eq!(
        by(json!({"company": {"target_object": "companies", "target_record_id": apple}})),
        ["John Smith"]
    );
    assert_eq!(
        by(json!({"company": {"target_record_id": {"$in": [apple, "x"]}}})),
        ["John Smith"]
    );
    let id = desk.0.records("people")[1].id.clone();
    assert_eq!(by(json!({"record_id": {"$in": [id]}})), ["Ada Lovelace"]);
    assert_eq!(by(json!({"record_id": id})), ["Ada Lovelace"]);
}

#[test]
fn numbers_choices_dates_and_places_can_be_filtered_by() {
    let desk = Desk::new();
    for (name, value, stage) in [("Small", "399.00", "Lead"), ("Big", "5000", "In Progress")] {
        let deal = json!({"name": name, "value": value, "stage": stage, "owner": "a@b.co"});
        assert_eq!(desk.create("deals", deal).0, 200);
    }
    let by = |filter: Value| found(&desk, "deals", json!({"filter": filter}));
    assert_eq!(by(json!({"value": "399.00"})), ["Small"]);
    assert_eq!(
        by(json!({"value": {"currency_value": {"$gte": 500}}})),
        ["Big"]
    );
    assert_eq!(by(json!({"stage": "Lead"})), ["Small"]);
    let statuses = desk.get("/v2/objects/deals/attributes/stage/statuses");
    let id = &statuses["data"][1]["id"]["status_id"];
    assert_eq!(by(json!({"stage": {"status": {"$eq": id}}})), ["Big"]);
    let place = "1 Infinite Loop, Cupertino, CA, 95014, US";
    desk.put(
        "companies",
        "domains",
        json!({"domains": ["apple.com"], "foundation_date": "1976-04-01", "primary_location": place}),
    );
    let by = |filter: Value| found(&desk, "companies", json!({"filter": filter}));
    assert_eq!(
        by(json!({"primary_location": {"locality": {"$contains": "cuper"}, "country_code": "US"}})),
        ["apple.com"]
    );
    assert_eq!(
        by(json!({"foundation_date": {"value": {"$gte": "2000-01-01"}}})),
        Vec::<String>::new()
    );
    assert_eq!(
        by(json!({"domains": {"root_domain": {"$eq": "apple.com"}}})),
        ["apple.com"]
    );
}

#[test]
fn pages_and_sorts_are_kept() {
    let desk = desk();
    let body = |sorts: Value, limit: u32, offset: u32| json!({"sorts": sorts, "limit": limit, "offset": offset});
    let by_last = json!([{"direction": "asc", "attribute": "name", "field": "last_name"}]);
    assert_eq!(
        found(&desk, "people", body(by_last, 9, 0)),
        ["Ada Lovelace", "John Smith", "Johanna Zed"]
    );
    let by_email = json!([{"direction": "desc", "attribute": "email_addresses"}]);
    assert_eq!(
        found(&desk, "people", body(by_email, 2, 1)),
        ["Johanna Zed", "Ada Lovelace"]
    );
    assert_eq!(found(&desk, "people", Value::Null).len(), 3);
    // Records without a value come last in both directions.
    for direction in ["asc", "desc"] {
        let sorts = json!([{"direction": direction, "attribute": "company"}]);
        let missing = json!([{"direction": direction, "attribute": "job_title"}]);
        assert_eq!(found(&desk, "people", body(missing, 9, 0)).len(), 3);
        assert_eq!(found(&desk, "people", body(sorts, 9, 0)).len(), 3);
    }
}

#[test]
fn bad_filters_say_what_is_wrong() {
    let desk = Desk::new();
    let tell = |body: Value| told(desk.call("POST", "/v2/objects/people/records/query", body));
    insta::assert_snapshot!(tell(json!({"filter": {"shoe": 1}})), @"400 filter_error Error in filter. Unknown attribute slug: shoe.");
    insta::assert_snapshot!(tell(json!({"filter": {"$nor": []}})), @"400 filter_error Error in filter. Unknown operator: $nor.");
    insta::assert_snapshot!(tell(json!({"filter": {"name": {"$like": "x"}}})), @"400 filter_error Error in filter. Invalid operator: $like.");
    insta::assert_snapshot!(tell(json!({"filter": {"path": [], "constraints": {}}})), @"400 filter_error Error in filter. The sandbox does not filter by path.");
    insta::assert_snapshot!(tell(json!({"filter": []})), @"400 filter_error Error in filter. Expected an object, received array.");
    insta::assert_snapshot!(tell(json!({"filter": {"$and": {}}})), @"400 filter_error Error in filter. Expected an array at $and, received object.");
    insta::assert_snapshot!(tell(json!({"limit": "x"})), @"400 validation_type Expected limit to be a whole number.");
    insta::assert_snapshot!(tell(json!({"sorts": [{"attribute": "name"}]})), @r#"400 validation_type A sort needs a direction, "asc" or "desc"."#);
    insta::assert_snapshot!(tell(json!({"sorts": [{"direction": "asc", "path": []}]})), @"400 validation_type A sort needs an attribute; the sandbox does not sort by path.");
}

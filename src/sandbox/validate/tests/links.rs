use super::*;

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

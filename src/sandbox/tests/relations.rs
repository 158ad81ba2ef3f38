use super::*;

#[test]
fn a_link_is_seen_from_both_sides() {
    let desk = Desk::new();
    desk.person("jane@gmail.com");
    desk.put(
        "users",
        "user_id",
        json!({"user_id": "u-1", "primary_email_address": "jane@gmail.com", "person": [
            {"target_object": "people", "email_addresses": [{"email_address": "jane@gmail.com"}]}
        ]}),
    );
    assert_eq!(
        desk.values("users", "jane@gmail.com", "person"),
        ["jane@gmail.com"]
    );
    assert_eq!(
        desk.values("people", "jane@gmail.com", "associated_users"),
        ["jane@gmail.com"]
    );
}

#[test]
fn a_link_whose_one_side_holds_one_moves() {
    let desk = Desk::new();
    desk.person("jane@gmail.com");
    for domain in ["a.com", "b.com"] {
        desk.put(
            "companies",
            "domains",
            json!({"domains": [domain], "team": ["jane@gmail.com"]}),
        );
    }
    assert!(desk.values("companies", "a.com", "team").is_empty());
    assert_eq!(
        desk.values("companies", "b.com", "team"),
        ["jane@gmail.com"]
    );
    assert_eq!(
        desk.values("people", "jane@gmail.com", "company"),
        ["b.com"]
    );
    // And from the other side.
    desk.put(
        "people",
        "email_addresses",
        json!({"email_addresses": ["jane@gmail.com"], "company": "a.com"}),
    );
    assert_eq!(
        desk.values("companies", "a.com", "team"),
        ["jane@gmail.com"]
    );
    assert!(desk.values("companies", "b.com", "team").is_empty());
}

#[test]
fn a_link_between_two_lists_is_added_and_removed_on_both() {
    let desk = Desk::new();
    for id in ["u-1", "u-2"] {
        desk.user(id);
    }
    let first = desk.workspace("w-1");
    desk.workspace("w-2");
    assert_eq!(
        desk.patch("workspaces", &first, json!({"users": ["u-1"]}))
            .0,
        200
    );
    assert_eq!(
        desk.patch("workspaces", &first, json!({"users": ["u-2", "u-1"]}))
            .0,
        200
    );
    assert_eq!(
        desk.values("workspaces", "w-1", "users"),
        ["u-2@example.com", "u-1@example.com"]
    );
    assert_eq!(
        desk.values("users", "u-1@example.com", "workspace"),
        ["w-1"]
    );
    let values = json!({"user_id": "u-1", "workspace": ["w-2"]});
    assert_eq!(desk.assert("users", "user_id", values).0, 200);
    assert_eq!(
        desk.values("workspaces", "w-1", "users"),
        ["u-2@example.com"]
    );
    assert_eq!(
        desk.values("workspaces", "w-2", "users"),
        ["u-1@example.com"]
    );
}

#[test]
fn a_workspace_belongs_to_one_company() {
    let desk = Desk::new();
    for domain in ["a.com", "b.com"] {
        desk.company(domain);
        let company = json!([{"target_object": "companies", "domains": [{"domain": domain}]}]);
        desk.put(
            "workspaces",
            "workspace_id",
            json!({"workspace_id": "w", "company": company}),
        );
    }
    assert_eq!(desk.values("workspaces", "w", "company"), ["b.com"]);
    assert!(
        desk.values("companies", "a.com", "associated_workspaces")
            .is_empty()
    );
    assert_eq!(
        desk.values("companies", "b.com", "associated_workspaces"),
        ["w"]
    );
}

#[test]
fn deals_are_linked_to_people_and_a_company() {
    let desk = Desk::new();
    desk.person("jane@acme.com");
    let deal = json!({
        "name": "Big", "stage": "Lead", "owner": "boss@acme.com", "value": 1000,
        "associated_people": ["jane@acme.com"], "associated_company": "acme.com",
    });
    assert_eq!(desk.create("deals", deal).0, 200);
    assert_eq!(
        desk.values("people", "jane@acme.com", "associated_deals"),
        ["Big"]
    );
    assert_eq!(
        desk.values("companies", "acme.com", "associated_deals"),
        ["Big"]
    );
}

#[test]
fn a_reference_to_nothing_fails_the_whole_write() {
    let desk = Desk::new();
    let tell =
        |object: &str, matching: &str, values: Value| told(desk.assert(object, matching, values));
    let person =
        json!({"target_object": "people", "email_addresses": [{"email_address": "no@one.com"}]});
    insta::assert_snapshot!(
        tell("users", "user_id", json!({"user_id": "u", "primary_email_address": "a@b.co", "person": person})),
        @r#"400 value_not_found Cannot find record of object "people" with email_addresses "no@one.com" for attribute with slug "person"."#
    );
    insta::assert_snapshot!(
        tell("workspaces", "workspace_id", json!({"workspace_id": "w", "users": ["nobody"]})),
        @r#"400 value_not_found Cannot find record of object "users" with user_id "nobody" for attribute with slug "users"."#
    );
    let id = json!({"target_object": "companies", "target_record_id": "99a03ff3-0435-47da-95cc-76b2caeb4dab"});
    insta::assert_snapshot!(
        tell("workspaces", "workspace_id", json!({"workspace_id": "w", "company": id})),
        @r#"400 value_not_found Cannot find record of object "companies" with ID "99a03ff3-0435-47da-95cc-76b2caeb4dab" for attribute with slug "company"."#
    );
    assert!(desk.0.records("users").is_empty() && desk.0.records("workspaces").is_empty());
}

#[test]
fn a_new_persons_email_address_makes_or_finds_the_company() {
    let desk = Desk::new();
    desk.put(
        "companies",
        "domains",
        json!({"domains": ["acme.com"], "name": "Acme"}),
    );
    desk.person("jane@mail.acme.com");
    desk.person("joe@other.co.uk");
    assert_eq!(
        desk.values("companies", "Acme", "team"),
        ["jane@mail.acme.com"]
    );
    assert_eq!(
        desk.values("companies", "other.co.uk", "team"),
        ["joe@other.co.uk"]
    );
    let company = &desk.0.records("companies")[1];
    let body = desk.get(&format!("/v2/objects/companies/records/{}", company.id));
    assert_eq!(
        body["data"]["values"]["created_by"][0]["referenced_actor_type"],
        "system"
    );
    assert_eq!(
        body["data"]["values"]["domains"][0]["created_by_actor"],
        json!({"type": "system", "id": null})
    );
}

#[test]
fn free_mail_and_later_addresses_make_no_company() {
    let desk = Desk::new();
    desk.person("jane@gmail.com");
    desk.put(
        "people",
        "email_addresses",
        json!({"email_addresses": ["jane@gmail.com", "jane@acme.com"]}),
    );
    assert!(desk.0.records("companies").is_empty());
    assert_eq!(desk.0.records("people").len(), 1);
    let without = Desk(Sandbox::builder().companies_from_emails(false).build());
    without.person("jane@acme.com");
    assert!(without.0.records("companies").is_empty());
}

#[test]
fn a_company_that_is_named_goes_before_that_of_the_address() {
    let desk = Desk::new();
    desk.company("named.com");
    desk.put(
        "people",
        "email_addresses",
        json!({"email_addresses": ["jane@acme.com"], "company": "named.com"}),
    );
    assert_eq!(
        desk.values("people", "jane@acme.com", "company"),
        ["named.com"]
    );
    assert!(desk.values("companies", "acme.com", "team").is_empty());
}

#[test]
fn a_list_of_five_thousand_links_is_kept() {
    let desk = Desk(Sandbox::builder().companies_from_emails(false).build());
    let workspace = desk.workspace("w");
    let path = "/v2/objects/users/records?matching_attribute=user_id";
    let authorization = format!("Bearer {TOKEN}");
    for n in 0..5_000 {
        let body = json!({"data": {"values": {
            "user_id": n.to_string(),
            "primary_email_address": format!("{n}@example.com"),
            "workspace": [{"target_object": "workspaces", "target_record_id": workspace}],
        }}});
        let answer = desk
            .0
            .handle("PUT", path, Some(&authorization), Some(&body.to_string()));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    assert_eq!(desk.values("workspaces", "w", "users").len(), 5_000);
}

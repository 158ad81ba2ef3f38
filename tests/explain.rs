//! What `explain` tells of one event.

use attio_destination::config::{Config, preset};
use attio_destination::plan::Planner;
use attio_destination::schema::Schema;

fn explain(config: &str, event: &str) -> String {
    let config = Config::parse(config).unwrap();
    let planner = Planner::new(&config, Schema::standard()).unwrap();
    let (plan, steps) = planner.explain(event.as_bytes());
    assert_eq!(
        plan,
        planner.plan(event.as_bytes()),
        "explaining changes nothing"
    );
    let lines = steps.iter().map(|step| {
        let told: Vec<String> = step
            .diagnostics
            .iter()
            .map(|said| said.code.to_string())
            .collect();
        format!(
            "{} {}.{} {} | {} | {} | {} | [{}]",
            step.write,
            step.object,
            step.attribute,
            step.kind.unwrap_or("-"),
            step.from,
            step.raw.as_deref().unwrap_or("-"),
            step.written.as_deref().unwrap_or("-"),
            told.join(" ")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn every_field_and_attribute_tells_where_its_value_came_from() {
    let config = r#"{"name": "case", "subscriptions": [{"action": "identify_user", "subscribe": "type = \"identify\"",
        "mapping": {"person_attributes": {"phone_numbers": {"@path": "$.traits.phone"}, "job_title": {"@path": "$.traits.title"}}}}]}"#;
    let event = r#"{"type": "identify", "userId": "u-1", "traits": {"email": "Ada@Example.com", "phone": "soon"}}"#;
    insta::assert_snapshot!(explain(config, event), @r##"
    0 .email_address email-address | {"@first":[{"@path":"$.traits.email"},{"@path":"$.context.traits.email"},{"@path":"$.email"}]} | "Ada@Example.com" | "Ada@example.com" | []
    0 .user_id - | {"@path":"$.userId"} | "u-1" | "u-1" | []
    0.person people.email_addresses email-address | {"@field":"email_address"} | "Ada@example.com" | [{"email_address":"Ada@example.com"}] | []
    0.person people.phone_numbers phone-number | {"@path":"$.traits.phone"} | "soon" | - | [attribute.phone_number]
    0.person people.job_title text | {"@path":"$.traits.title"} | - | - | []
    0.user users.primary_email_address text | {"@field":"email_address"} | "Ada@example.com" | {"value":"Ada@example.com"} | []
    0.user users.user_id text | {"@field":"user_id"} | "u-1" | {"value":"u-1"} | []
    0.user users.person record-reference | {"@record":"0.person"} | {"target_object":"people","email_addresses":[{"email_address":"Ada@example.com"}]} | {"target_object":"people","email_addresses":[{"email_address":"Ada@example.com"}]} | []
    "##);
}

#[test]
fn attributes_that_the_event_names_are_told_too() {
    let config = r#"{"name": "case", "subscriptions": [{"action": "assert_record", "subscribe": "type = \"identify\"",
        "mapping": {"object": "people", "matching_attribute": "email_addresses", "attributes": {"@path": "$.traits"}}}]}"#;
    let event = r#"{"type": "identify", "userId": "u-1", "traits": {"email_addresses": "ada@example.com", "created_at": "x"}}"#;
    insta::assert_snapshot!(explain(config, event), @r##"
    0 .object - | "people" | "people" | "people" | []
    0 .matching_attribute - | "email_addresses" | "email_addresses" | "email_addresses" | []
    0.record people.email_addresses email-address | {"@path":"$.traits"} | "ada@example.com" | [{"email_address":"ada@example.com"}] | []
    0.record people.created_at timestamp | {"@path":"$.traits"} | "x" | - | [schema.not_writable]
    "##);
}

#[test]
fn a_preset_can_be_explained() {
    let steps = explain(
        preset("segment").unwrap(),
        r#"{"type": "group", "groupId": "w", "userId": "u", "traits": {"website": "example.com"}}"#,
    );
    assert!(
        steps.contains("0.company") || steps.contains("2.company"),
        "{steps}"
    );
}

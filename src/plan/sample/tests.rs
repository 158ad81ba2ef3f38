use serde_json::json;

use super::*;
use crate::plan::Planner;
use crate::schema::Schema;

fn sample(mapping: serde_json::Value, events: &[serde_json::Value]) -> Sample {
    let config = json!({
        "name": "test",
        "subscriptions": [{"action": "identify_user", "subscribe": "type = \"identify\"",
            "mapping": {"person_attributes": mapping}}],
        "attributes": {"people": {
            "score": {"type": "number"}, "tags": {"type": "select", "is_multiselect": true, "options": ["a", "b"]},
        }},
    });
    let planner = Planner::parse(&config.to_string(), Schema::standard()).unwrap();
    let mut sample = Sample::new();
    for (n, event) in events.iter().enumerate() {
        let (plan, steps) = planner.explain(event.to_string().as_bytes());
        sample.add(n as u64 + 1, &plan, &steps);
    }
    sample
}

fn person(email: &str, traits: serde_json::Value) -> serde_json::Value {
    let mut event = json!({"type": "identify", "userId": "u1", "traits": traits});
    event["traits"]["email"] = email.into();
    event
}

/// A line an attribute: object, slug, type, set, changed, rounded, dropped, bad values.
fn told(sample: &Sample) -> String {
    let lines = sample.attributes().into_iter().map(|one| {
        let bad = one
            .bad_values
            .iter()
            .map(|bad| format!("{} x {}", bad.count, bad.value));
        format!(
            "{}.{} {} set {} changed {} rounded {} dropped {} [{}]",
            one.object,
            one.attribute,
            one.kind.unwrap_or("?"),
            one.set,
            one.changed,
            one.rounded,
            one.dropped,
            bad.collect::<Vec<_>>().join(", ")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn each_attribute_is_told_what_became_of_its_values() {
    let mapping = json!({
        "score": {"@path": "$.traits.score"},
        "tags": {"@path": "$.traits.tags"},
        "phone_numbers": {"@path": "$.traits.phone"},
        "name": {"@path": "$.traits.name"},
        "motto": {"@path": "$.traits.motto"},
    });
    let sample = sample(
        mapping,
        &[
            person(
                "ada@acme.com",
                json!({"score": 1, "name": "Ada King", "phone": "+14155550132", "motto": "x"}),
            ),
            person(
                " Bob@ACME.com",
                json!({"score": "2", "name": "Bob", "phone": "call me", "tags": ["a", "z"]}),
            ),
            person(
                "cy@acme.com",
                json!({"score": 1.23456, "name": "Doe, Jane", "phone": "call me", "tags": "B"}),
            ),
            person(
                "di@acme.com",
                json!({"score": "much", "name": null, "phone": "(0)", "tags": []}),
            ),
            person("ed@@acme", json!({"score": "lost"})),
            json!({"type": "identify", "userId": "u1", "traits": {"score": 5}}),
            json!({"type": "track", "event": "A", "userId": "u1"}),
            json!({"userId": "u1"}),
        ],
    );
    assert_eq!(
        (
            sample.events,
            sample.planned,
            sample.filtered,
            sample.rejected
        ),
        (8, 4, 1, 3)
    );
    insta::assert_snapshot!(told(&sample), @"
    .email_address email-address set 0 changed 0 rounded 0 dropped 1 [1 x ed@@acme]
    people.email_addresses email-address set 4 changed 1 rounded 0 dropped 0 []
    people.motto ? set 1 changed 0 rounded 0 dropped 0 []
    people.name personal-name set 3 changed 1 rounded 0 dropped 0 []
    people.phone_numbers phone-number set 1 changed 0 rounded 0 dropped 3 [2 x call me, 1 x (0)]
    people.score number set 3 changed 2 rounded 1 dropped 1 [1 x much]
    people.tags select set 2 changed 1 rounded 0 dropped 1 [1 x the string `z`]
    users.person record-reference set 4 changed 0 rounded 0 dropped 0 []
    users.primary_email_address text set 4 changed 1 rounded 0 dropped 0 []
    users.user_id text set 4 changed 0 rounded 0 dropped 0 []
    ");
    let findings: Vec<_> = sample
        .findings()
        .iter()
        .map(|(code, finding)| (code.as_str(), finding.count, finding.line))
        .collect();
    assert_eq!(
        findings,
        [("event.missing_type", 1, 8), ("action.missing_field", 1, 6)]
    );
}

#[test]
fn events_that_name_attributes_themselves_fill_no_memory() {
    let events: Vec<_> = (0..MAX_ATTRIBUTES + 100)
        .map(|n| {
            person(
                "ada@acme.com",
                json!({"more": {format!("attribute_{n}"): n}}),
            )
        })
        .collect();
    let sample = sample(json!({"@path": "$.traits.more"}), &events);
    assert_eq!(sample.planned, events.len() as u64);
    assert_eq!(sample.attributes().len(), MAX_ATTRIBUTES);
}

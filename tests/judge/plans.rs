//! Plans: whatever an event holds, Attio takes all that is planned for it.

use std::sync::LazyLock;

use attio_destination::config::Config;
use attio_destination::plan::{Outcome, Planner, WriteKind, request::request};
use attio_destination::sandbox::{Builder, Sandbox, TOKEN, conformance};
use attio_destination::schema::{Attribute, AttributeType, Choice, Object, Schema};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::values::corpus;

/// The types that an event's traits are mapped to, each alone and as a list.
const TYPES: [AttributeType; 16] = [
    AttributeType::ActorReference,
    AttributeType::Checkbox,
    AttributeType::Currency,
    AttributeType::Date,
    AttributeType::Domain,
    AttributeType::EmailAddress,
    AttributeType::Location,
    AttributeType::Number,
    AttributeType::PersonalName,
    AttributeType::PhoneNumber,
    AttributeType::Rating,
    AttributeType::RecordReference,
    AttributeType::Select,
    AttributeType::Status,
    AttributeType::Text,
    AttributeType::Timestamp,
];
/// The objects whose records the actions write.
const OBJECTS: [&str; 5] = ["people", "users", "companies", "workspaces", "things"];

/// A workspace whose objects have an attribute of every type, alone and as a list; `things` are found by each of the
/// types that Attio finds records by.
fn schema() -> Schema {
    let mut schema = Schema::standard().clone();
    let things = Object {
        id: None,
        singular_noun: "Thing".to_owned(),
        plural_noun: "Things".to_owned(),
        is_active: true,
        attributes: [].into(),
    };
    schema.objects.insert("things".to_owned(), things);
    for object in OBJECTS {
        let attributes = &mut schema.objects.get_mut(object).unwrap().attributes;
        for (slug, kind, is_multiselect) in slugs() {
            let mut attribute = Attribute::of(kind);
            attribute.is_multiselect = is_multiselect;
            let choices = ["Lead", "In Progress", "Pro"].map(|title| Choice {
                id: None,
                title: title.to_owned(),
                is_archived: false,
            });
            attribute.options = (kind == AttributeType::Select).then(|| choices.to_vec());
            attribute.statuses = (kind == AttributeType::Status).then(|| choices.to_vec());
            if kind == AttributeType::RecordReference {
                attribute.allowed_objects = vec!["people".to_owned()];
            }
            attributes.insert(slug, attribute);
        }
        if object == "things" {
            for kind in KEYS {
                let mut attribute = Attribute::of(kind);
                attribute.is_unique = true;
                attributes.insert(
                    format!("key_{}", kind.as_str().replace('-', "_")),
                    attribute,
                );
            }
        }
    }
    schema
}

/// The types that `things` are found by.
const KEYS: [AttributeType; 5] = [
    AttributeType::Text,
    AttributeType::EmailAddress,
    AttributeType::Domain,
    AttributeType::PhoneNumber,
    AttributeType::Number,
];

fn slugs() -> impl Iterator<Item = (String, AttributeType, bool)> {
    TYPES.into_iter().flat_map(|kind| {
        let name = kind.as_str().replace('-', "_");
        [
            (format!("one_{name}"), kind, false),
            (format!("many_{name}"), kind, true),
        ]
    })
}

/// All actions, each with all attributes; an event's trait `t3` goes to the third of them.
fn config(options: &Value) -> Config {
    let attributes: Map<String, Value> = slugs()
        .enumerate()
        .map(|(n, (slug, ..))| (slug, json!({"@path": format!("$.traits.t{n}")})))
        .collect();
    let attributes = Value::Object(attributes);
    let mut subscriptions = vec![
        json!({
            "name": "Identify", "action": "identify_user", "subscribe": "type = \"identify\"",
            "mapping": {"person_attributes": attributes, "user_attributes": attributes},
        }),
        json!({
            "name": "Group", "action": "group_workspace", "subscribe": "type = \"group\"",
            "mapping": {"company_attributes": attributes, "workspace_attributes": attributes},
        }),
    ];
    for kind in KEYS {
        let key = format!("key_{}", kind.as_str().replace('-', "_"));
        let mut attributes = attributes.clone();
        attributes[&key] = json!({"@path": "$.properties.key"});
        subscriptions.push(json!({
            "name": format!("Thing by {key}"), "action": "assert_record",
            "subscribe": format!("type = \"track\" and event = \"{key}\""),
            "mapping": {"object": "things", "matching_attribute": key, "attributes": attributes},
        }));
    }
    let config = json!({"name": "judged", "subscriptions": subscriptions, "options": options});
    Config::parse(&config.to_string()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

static JUDGED: LazyLock<(Vec<Planner>, Builder)> = LazyLock::new(|| {
    let schema = schema();
    let options = [
        json!({}),
        json!({"mode": "strict", "empty_strings": "unset"}),
        json!({"empty_strings": "keep", "date_order": "dmy", "default_region": "GB", "keep_www": true}),
    ];
    let planners = options
        .iter()
        .map(|options| Planner::new(&config(options), &schema).unwrap());
    (planners.collect(), Sandbox::builder().schema(&schema))
});

/// An event of a kind that the configuration takes, with values that people send anywhere.
fn event() -> impl Strategy<Value = String> {
    let values: Vec<&'static str> = corpus()
        .into_iter()
        .filter(|value| value.len() < 300)
        .collect();
    let value = move || proptest::sample::select(values.clone());
    let traits = proptest::collection::btree_map(0..TYPES.len() * 2, value(), 0..12);
    let id = prop_oneof![
        Just("\"u-1\"".to_owned()),
        "\"[a-zé0-9 @./-]{1,12}\"".prop_map(String::from),
        any::<u64>().prop_map(|n| n.to_string()),
    ];
    let email = prop_oneof![4 => Just("\"jane@acme.com\""), 1 => value()];
    let site = prop_oneof![2 => Just("\"https://www.acme.com/\""), 1 => value()];
    let key = (0..KEYS.len(), value());
    let kind = proptest::sample::select(vec!["identify", "group", "track"]);
    (kind, id, email, site, key, traits).prop_map(|(kind, id, email, site, (key, found), traits)| {
        let traits: String = traits.iter().map(|(n, value)| format!(",\"t{n}\":{value}")).collect();
        let key = KEYS[key].as_str().replace('-', "_");
        format!(
            "{{\"type\":\"{kind}\",\"event\":\"key_{key}\",\"userId\":{id},\"groupId\":{id},\
             \"properties\":{{\"key\":{found}}},\"traits\":{{\"email\":{email},\"website\":{site}{traits}}}}}"
        )
    })
}

/// Sends all that is planned for an event to an empty workspace; what it refuses.
fn refusal(planner: &Planner, builder: &Builder, event: &str) -> Option<String> {
    let plan = planner.plan(event.as_bytes());
    let sandbox = builder.clone().build();
    let authorization = format!("Bearer {TOKEN}");
    let mut ids: Vec<Option<String>> = Vec::new();
    for write in &plan.writes {
        let record = match write.kind {
            WriteKind::Assert { .. } => None,
            WriteKind::Append { record } => match &ids[record] {
                Some(id) => Some(id.as_str()),
                // What it would be appended to refers to a record that is not there.
                None => {
                    ids.push(None);
                    continue;
                }
            },
        };
        let request = request(write, record);
        let (method, path, body) = (request.method.to_string(), request.path, request.body);
        if let Err(error) = conformance::check_request(&method, &path, body.as_deref()) {
            return Some(error);
        }
        let answer = sandbox.handle(&method, &path, Some(&authorization), body.as_deref());
        if let Err(error) = conformance::check_answer(&method, &path, answer.status, &answer.body) {
            return Some(error);
        }
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        ids.push(body["data"]["id"]["record_id"].as_str().map(str::to_owned));
        let message = body["message"].as_str().unwrap_or_default();
        // The workspace is empty, so that what another event would have made is not there.
        if answer.status != 200 && !message.starts_with("Cannot find record of object") {
            return Some(format!("{method} {path} {:?}: {message}", write.values));
        }
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_planned_write_is_taken(event in event()) {
        let (planners, builder) = &*JUDGED;
        for planner in planners {
            let refused = refusal(planner, builder, &event);
            prop_assert!(refused.is_none(), "{}", refused.unwrap_or_default());
        }
    }
}

#[test]
fn the_events_that_are_judged_are_planned() {
    let (planners, _) = &*JUDGED;
    for (event, writes) in [
        (
            json!({"type": "identify", "userId": "u", "traits": {"email": "a@b.co", "t3": true}}),
            2,
        ),
        (
            json!({"type": "group", "userId": "u", "groupId": "g", "traits": {"website": "b.co"}}),
            3,
        ),
        (
            json!({"type": "track", "userId": "u", "event": "key_number", "properties": {"key": 7}}),
            1,
        ),
    ] {
        for planner in planners {
            let plan = planner.plan(event.to_string().as_bytes());
            assert_eq!(
                (plan.outcome, plan.writes.len()),
                (Outcome::Planned, writes),
                "{:?}",
                plan.diagnostics
            );
        }
    }
}

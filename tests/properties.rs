//! Planning never panics, is deterministic, and says why whenever it refuses.

use std::sync::LazyLock;

use attio_destination::config::{Config, PRESETS};
use attio_destination::plan::{Outcome, Planner, request};
use attio_destination::schema::Schema;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

static PLANNERS: LazyLock<Vec<Planner>> = LazyLock::new(|| {
    PRESETS
        .iter()
        .map(|(_, text)| Planner::new(&Config::parse(text).unwrap(), Schema::standard()).unwrap())
        .collect()
});

/// What people and programs put into traits, and what they should not.
fn hostile() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        "[a-z]{1,8}@[a-z]{1,8}\\.(com|co\\.uk|io)".prop_map(Value::from),
        "(https?://)?(www\\.)?[a-z]{1,8}\\.(com|dev|de)(/[a-z]{0,4})?".prop_map(Value::from),
        "\\+?[0-9 ()-]{3,18}".prop_map(Value::from),
        "[A-Z][a-z]{1,8}( (van |de )?[A-Z][a-z]{1,8})?".prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z_$]{1,10}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn event() -> impl Strategy<Value = Value> {
    let trait_name = prop::sample::select(vec![
        "email",
        "name",
        "firstName",
        "lastName",
        "phone",
        "title",
        "address",
        "company",
        "website",
        "domain",
        "description",
        "$set",
    ]);
    (
        prop::sample::select(vec!["identify", "group", "track", "page", "alias", "x"]),
        prop::option::weighted(0.9, hostile()),
        prop::option::of(hostile()),
        prop::collection::hash_map(trait_name, hostile(), 0..8),
    )
        .prop_map(|(kind, user, group, traits)| {
            let traits: Map<String, Value> = traits.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
            json!({"type": kind, "userId": user, "groupId": group, "event": "$identify", "traits": traits,
                "properties": {"$set": traits}, "context": {"traits": traits}, "messageId": "m"})
        })
}

proptest! {
    #[test]
    fn events_of_all_kinds_are_planned_or_refused_with_a_reason(event in event()) {
        let bytes = event.to_string();
        for planner in PLANNERS.iter() {
            let plan = planner.plan(bytes.as_bytes());
            prop_assert_eq!(&plan, &planner.plan(bytes.as_bytes()));
            prop_assert_eq!(&plan, &planner.explain(bytes.as_bytes()).0);
            match &plan.outcome {
                Outcome::Planned => prop_assert!(!plan.writes.is_empty()),
                Outcome::Filtered { reason } => prop_assert!(!reason.is_empty() && plan.writes.is_empty()),
                Outcome::Rejected => {
                    prop_assert!(plan.writes.is_empty());
                    prop_assert!(plan.diagnostics.iter().any(|said| said.is_error()));
                }
            }
            for (place, write) in plan.writes.iter().enumerate() {
                prop_assert!(write.depends_on.iter().all(|&earlier| earlier < place));
                let body = request::body(&write.values);
                prop_assert!(serde_json::from_str::<Value>(&body).is_ok(), "{}", body);
            }
        }
    }

    #[test]
    fn any_bytes_are_planned_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for planner in PLANNERS.iter() {
            let plan = planner.plan(&bytes);
            prop_assert_eq!(plan.outcome, Outcome::Rejected);
        }
    }
}

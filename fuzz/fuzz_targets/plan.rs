//! Any bytes as an event, planned by every preset and by a configuration whose attributes the event names: planning never
//! panics, gives the same plan twice, says why it refuses, and writes nothing but JSON.
#![no_main]

use std::sync::LazyLock;

use attio_destination::config::{Config, PRESETS};
use attio_destination::plan::{Outcome, Planner, request};
use attio_destination::schema::Schema;
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

const DYNAMIC: &str = r#"{"name": "fuzz", "subscriptions": [
    {"action": "assert_record", "subscribe": "properties.object != null", "mapping": {
        "object": {"@path": "$.properties.object"}, "matching_attribute": {"@path": "$.properties.key"},
        "attributes": {"@path": "$.properties.values"}}},
    {"action": "identify_user", "subscribe": "type = \"identify\"", "mapping": {"person_attributes": {"@path": "$.traits"},
        "user_attributes": {"when": {"@coerce": {"value": {"@path": "$.traits.when"}, "as": "timestamp", "date_order": "dmy"}}}}}],
  "attributes": {"people": {"amount": {"type": "currency", "default_currency_code": "EUR"}, "day": {"type": "date"},
    "moment": {"type": "timestamp"}, "count": {"type": "number"}, "stars": {"type": "rating"}, "yes": {"type": "checkbox"},
    "tier": {"type": "multiselect", "options": ["Gold", "Silver"]}, "owner": {"type": "actor-reference"}}}}"#;

static PLANNERS: LazyLock<Vec<Planner>> = LazyLock::new(|| {
    let texts = PRESETS.iter().map(|(_, text)| *text).chain([DYNAMIC]);
    texts
        .map(|text| {
            let config = Config::parse(text).expect("the configuration is sound");
            Planner::new(&config, Schema::standard()).expect("the configuration compiles")
        })
        .collect()
});

fuzz_target!(|event: &[u8]| {
    for planner in PLANNERS.iter() {
        let plan = planner.plan(event);
        assert_eq!(plan, planner.plan(event));
        match plan.outcome {
            Outcome::Planned => assert!(!plan.writes.is_empty()),
            Outcome::Filtered { .. } => assert!(plan.writes.is_empty()),
            Outcome::Rejected => assert!(plan.diagnostics.iter().any(|said| said.is_error())),
        }
        for write in &plan.writes {
            let body = request::body(&write.values);
            assert!(serde_json::from_str::<&RawValue>(&body).is_ok(), "{body}");
        }
    }
});

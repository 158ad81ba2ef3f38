//! The examples of actions and presets run as tests.

use attio_destination::action::BUILT_IN;
use attio_destination::config::{Config, PRESETS};
use attio_destination::plan::{Plan, Planner, WriteKind, request};
use attio_destination::schema::Schema;
use pretty_assertions::assert_eq;
use serde_json::{Value, json};

fn plan(config: &str, event: &str) -> Plan {
    let config = Config::parse(config).unwrap_or_else(|errors| panic!("{errors:#?}"));
    let planner =
        Planner::new(&config, Schema::standard()).unwrap_or_else(|errors| panic!("{errors:#?}"));
    planner.plan(event.as_bytes())
}

#[test]
fn examples_of_presets_give_their_requests() {
    for (name, text) in PRESETS {
        let config = Config::parse(text).unwrap_or_else(|errors| panic!("{name}: {errors:#?}"));
        assert!(!config.examples.is_empty(), "{name} has no examples");
        assert!(!config.description.is_empty(), "{name} has no description");
        for example in &config.examples {
            let plan = plan(text, &example.event.to_json());
            let requests: Vec<Value> = plan
                .writes
                .iter()
                .map(|write| {
                    let request = request::request(write, None);
                    let body: Value = serde_json::from_str(&request.body.unwrap()).unwrap();
                    json!({"method": request.method.to_string(), "path": request.path, "body": body})
                })
                .collect();
            let expect: Vec<Value> = example.requests.iter().map(Value::from).collect();
            assert_eq!(
                requests, expect,
                "{name}: {}: {:#?}",
                example.title, plan.diagnostics
            );
            assert_eq!(plan.diagnostics, [], "{name}: {}", example.title);
        }
    }
}

#[test]
fn examples_of_actions_give_their_writes() {
    for action in BUILT_IN.iter() {
        assert!(
            !action.examples.is_empty(),
            "{} has no examples",
            action.name
        );
        for example in &action.examples {
            let mapping = example.mapping.as_ref().map_or(json!({}), Value::from);
            let event: Value = (&example.event).into();
            let subscribe = format!("type = \"{}\"", event["type"].as_str().unwrap());
            let config = json!({"name": "example", "subscriptions": [
                {"name": "example", "action": action.name, "subscribe": subscribe, "mapping": mapping}
            ]});
            let plan = plan(&config.to_string(), &event.to_string());
            let writes: Vec<Value> = plan
                .writes
                .iter()
                .map(|write| {
                    let verb = match write.kind {
                        WriteKind::Assert { .. } => "assert",
                        WriteKind::Append { .. } => "append",
                    };
                    json!({verb: *write.object, "values": write.values})
                })
                .collect();
            let expect: Vec<Value> = example.writes.iter().map(Value::from).collect();
            assert_eq!(
                writes, expect,
                "{}: {}: {:#?}",
                action.name, example.title, plan.diagnostics
            );
        }
    }
}

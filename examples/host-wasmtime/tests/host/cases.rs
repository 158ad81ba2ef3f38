//! Every case file through the component, against the core compiled for this machine: the same bytes.
//!
//! What the core gives is left in the target folder, one line per case, for the other hosts to be compared with.

use std::fs;
use std::path::Path;

use attio_destination::config::preset;
use attio_destination::diagnostic;
use attio_destination::plan::{self, Planner, request};
use attio_destination::schema::Schema;
use attio_destination_host_wasmtime::{Host, Mapper, MapperError, line};
use serde_json::{Map, Value, json};

use crate::HOST;

/// What a case asks: a configuration, a schema and an event.
struct Case {
    name: String,
    config: String,
    schema: Option<String>,
    /// `None` when the case is about the configuration alone.
    event: Option<Vec<u8>>,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .map(|file| {
            let case: Map<String, Value> =
                serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
            case_of(file.file_stem().unwrap().to_str().unwrap(), &case)
        })
        .collect()
}

/// Reads a case file as `tests/cases.rs` does.
fn case_of(name: &str, case: &Map<String, Value>) -> Case {
    let text = |key: &str| case.get(key).map(|value| value.as_str().unwrap());
    let config = if let Some(action) = case.get("action") {
        // An action file on its own: the component takes actions in a configuration.
        json!({"name": "own", "actions": [action], "subscriptions": []}).to_string()
    } else if let Some(config) = text("config_text") {
        config.to_owned()
    } else {
        match case.get("config") {
            None => preset("minimal").unwrap().to_owned(),
            Some(Value::String(name)) => preset(name).unwrap().to_owned(),
            Some(document) => document.to_string(),
        }
    };
    let event = case
        .get("event")
        .map(|event| event.to_string().into_bytes())
        .or(text("text").map(|text| text.as_bytes().to_vec()))
        .or(text("bytes").map(|hex| {
            let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            (0..hex.len()).step_by(2).map(byte).collect()
        }));
    Case {
        name: name.to_owned(),
        config,
        schema: case.get("schema").map(Value::to_string),
        event,
    }
}

/// What the core gives: the line of a plan, or the diagnostics of a configuration.
fn native(case: &Case) -> (Vec<diagnostic::Diagnostic>, Option<plan::Plan>) {
    let schema = match &case.schema {
        None => Schema::standard().clone(),
        Some(text) => match Schema::parse(text) {
            Ok(schema) => schema,
            Err(errors) => return (errors, None),
        },
    };
    match Planner::parse(&case.config, &schema) {
        Ok(planner) => {
            let plan = case.event.as_ref().map(|event| planner.plan(event));
            (planner.warnings().to_vec(), plan)
        }
        Err(errors) => (errors, None),
    }
}

/// The line of a plan, written from the core's own types.
fn native_line(plan: &plan::Plan) -> String {
    let mut line = Map::new();
    line.extend(
        plan.message_id
            .as_ref()
            .map(|id| ("message_id".to_owned(), json!(id))),
    );
    line.extend(
        plan.event_time
            .map(|time| ("event_time".to_owned(), json!(time.to_string()))),
    );
    let (outcome, reason) = match &plan.outcome {
        plan::Outcome::Planned => ("planned", None),
        plan::Outcome::Filtered { reason } => ("filtered", Some(reason)),
        plan::Outcome::Rejected => ("rejected", None),
    };
    line.insert("outcome".to_owned(), json!(outcome));
    line.extend(reason.map(|reason| ("reason".to_owned(), json!(reason))));
    let writes: Value = plan
        .writes
        .iter()
        .map(|write| {
            let request = request::request(write, None);
            let mut line = Map::new();
            line.insert("id".to_owned(), json!(&*write.id));
            line.insert("object".to_owned(), json!(&*write.object));
            match &write.kind {
                plan::WriteKind::Assert { matching_attribute } => {
                    line.insert("kind".to_owned(), json!("assert"));
                    line.insert(
                        "matching_attribute".to_owned(),
                        json!(&**matching_attribute),
                    );
                }
                plan::WriteKind::Append { record } => {
                    line.insert("kind".to_owned(), json!("append"));
                    line.insert("record".to_owned(), json!(record));
                }
            }
            line.insert("method".to_owned(), json!(request.method));
            line.insert("path".to_owned(), json!(request.path));
            line.insert("body".to_owned(), json!(request.body));
            line.insert("depends_on".to_owned(), json!(write.depends_on));
            Value::Object(line)
        })
        .collect();
    line.insert("writes".to_owned(), writes);
    line.insert("diagnostics".to_owned(), json!(plan.diagnostics));
    Value::Object(line).to_string()
}

/// A mapper, or what is wrong with the configuration as a line.
fn mapper(host: &Host, case: &Case) -> Result<Mapper, String> {
    match host.mapper(&case.config, case.schema.as_deref()) {
        Ok(mapper) => Ok(mapper),
        Err(MapperError::Config(errors)) => Err(line::diagnostics(&errors).to_string()),
        Err(MapperError::Failed(failure)) => panic!("{}: {failure}", case.name),
    }
}

#[test]
fn every_case_gives_the_same_bytes_in_the_component_as_natively() {
    let host = &*HOST;
    let (mut lines, mut not_text) = (String::new(), Vec::new());
    let cases = cases();
    let (mut planned, mut refused) = (0, 0);
    for case in &cases {
        let (told, plan) = native(case);
        let told = json!(told).to_string();
        let mut check = json!(
            host.check(&case.config, case.schema.as_deref())
                .map(|found| line::diagnostics(&found))
                .unwrap()
        );
        // `check` puts errors first; the core tells in the order of the document.
        let mut expected: Value = serde_json::from_str(&told).unwrap();
        for list in [&mut check, &mut expected] {
            list.as_array_mut()
                .unwrap()
                .sort_by_key(|found| found["severity"] != "error");
        }
        assert_eq!(check, expected, "{}: check", case.name);

        let mut mapper = match mapper(host, case) {
            Err(errors) => {
                assert_eq!(errors, told, "{}", case.name);
                refused += 1;
                None
            }
            Ok(mut mapper) => {
                let warnings = line::diagnostics(&mapper.warnings().unwrap()).to_string();
                assert_eq!(warnings, told, "{}: warnings", case.name);
                Some(mapper)
            }
        };
        let mut expect = told;
        if let (Some(event), Some(plan)) = (&case.event, &plan) {
            let Ok(event) = str::from_utf8(event) else {
                // A WIT string is Unicode: no host can hand over anything else.
                not_text.push(case.name.as_str());
                continue;
            };
            let mapper = mapper
                .as_mut()
                .unwrap_or_else(|| panic!("{}: refused", case.name));
            expect = native_line(plan);
            let single = mapper.plan(event).unwrap();
            assert_eq!(line::plan(&single).to_string(), expect, "{}", case.name);
            let batch = mapper.plan_batch(&[event, "[]", event]).unwrap();
            assert_eq!(batch.len(), 3);
            for plan in [&batch[0], &batch[2]] {
                assert_eq!(
                    line::plan(plan).to_string(),
                    expect,
                    "{}: in a batch",
                    case.name
                );
            }
            planned += 1;
        }
        let event = case
            .event
            .as_ref()
            .map(|event| str::from_utf8(event).unwrap());
        let line = json!({"name": case.name, "config": case.config, "schema": case.schema, "event": event, "expect": expect});
        lines += &format!("{line}\n");
    }
    assert_eq!(not_text, ["an_event_that_is_not_utf8_is_rejected"]);
    assert!(
        planned > 80 && refused > 20,
        "{planned} planned, {refused} refused"
    );
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("component-cases.ndjson");
    fs::write(file, lines).unwrap();
}

#[test]
fn the_example_events_give_the_same_bytes_in_batches_as_natively() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let events = fs::read_to_string(folder.join("examples/events.ndjson")).unwrap();
    let events: Vec<&str> = events.lines().collect();
    assert!(events.len() > 40);
    let config = preset("segment").unwrap();
    let planner = Planner::parse(config, Schema::standard()).unwrap();
    let host = &*HOST;
    let mut mapper = host.mapper(config, None).unwrap();
    let plans = mapper.plan_batch(&events).unwrap();
    assert_eq!(plans.len(), events.len());
    for (event, plan) in events.iter().zip(&plans) {
        assert_eq!(
            line::plan(plan).to_string(),
            native_line(&planner.plan(event.as_bytes()))
        );
    }
}

#[test]
fn what_there_is_is_told_as_the_core_tells_it() {
    let host = &*HOST;
    assert_eq!(host.version().unwrap(), env!("CARGO_PKG_VERSION"));
    assert_eq!(
        host.actions().unwrap(),
        attio_destination::catalog::actions().to_json()
    );
    assert_eq!(
        host.presets().unwrap(),
        attio_destination::catalog::presets().to_json()
    );
    assert_eq!(
        host.types().unwrap(),
        attio_destination::catalog::types().to_json()
    );
}

//! The JSON Schemas of configurations, action files and plans: generated here from the program's own lists, compared
//! with the files, and held against every preset, action and case.
//!
//! `UPDATE_DOCS=1 cargo test --test schemas` writes the files anew.

use std::fs;
use std::path::{Path, PathBuf};

use attio_destination::attribute::Patch;
use attio_destination::diagnostic::Code;
use attio_destination::schema::AttributeType;
use boon::{Compiler, Schemas};
use serde_json::{Value, json};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

/// The options of coercion, which stand in `options` and beside an attribute's type.
fn options() -> Vec<(&'static str, Value)> {
    let all = vec![
        (
            "mode",
            json!({"enum": ["lenient", "strict"], "description": "How much is accepted: all that a person would read one way only, or only what Attio documents."}),
        ),
        (
            "empty_strings",
            json!({"enum": ["omit", "unset", "keep"], "description": "What a blank string means."}),
        ),
        (
            "date_order",
            json!({"enum": ["mdy", "dmy"], "description": "How 03/04/2024 is read; an error when not said."}),
        ),
        (
            "keep_www",
            json!({"type": "boolean", "description": "Whether a domain keeps its leading `www.`."}),
        ),
        (
            "default_region",
            text("The ISO 3166-1 alpha-2 code of phone numbers without a country code."),
        ),
        (
            "region_from",
            text("The path in the event that holds the country of phone numbers."),
        ),
    ];
    let keys: Vec<&str> = all.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, Patch::KEYS, "an option is missing here");
    all
}

fn object(properties: Vec<(&str, Value)>, required: &[&str]) -> Value {
    let properties: serde_json::Map<String, Value> = properties
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn types() -> Vec<&'static str> {
    let mut names: Vec<&str> = AttributeType::ALL
        .iter()
        .map(|kind| kind.as_str())
        .collect();
    names.extend(["email", "phone", "name", "pipeline", "multiselect"]);
    names
}

fn action() -> Value {
    let field = object(
        vec![
            (
                "label",
                json!({"type": "string", "minLength": 1, "description": "What people call it."}),
            ),
            ("description", text("What it is, in a sentence.")),
            ("type", json!({"enum": ["string", "object"]})),
            (
                "format",
                json!({"enum": types(), "description": "Of a string: the attribute type whose plain form it takes."}),
            ),
            (
                "required",
                json!({"type": "boolean", "description": "Whether an event without it is refused."}),
            ),
            (
                "default",
                json!({"description": "The mapping that is used where a configuration has none."}),
            ),
        ],
        &["label", "description", "type"],
    );
    let slug = json!({"anyOf": [{"type": "string"}, object(vec![("@field", json!({"type": "string"}))], &["@field"])]});
    let mut write = object(
        vec![
            ("name", text("Its name in the action.")),
            ("assert", slug.clone()),
            ("match", slug),
            (
                "append",
                text("The earlier write whose record gets the values; its others are kept."),
            ),
            ("when", text("The field without which it is left out.")),
            (
                "values",
                json!({"type": "object", "description": "Templates by slug: mappings over the fields with `@field`, or `{\"@record\": write}` for a reference to an earlier write's record."}),
            ),
            ("extend", text("The field whose attributes are added.")),
        ],
        &["name"],
    );
    write["oneOf"] = json!([{"required": ["assert", "match"]}, {"required": ["append"]}]);
    let mut schema = object(
        vec![
            ("$schema", json!({"type": "string"})),
            (
                "name",
                json!({"type": "string", "pattern": "^[a-z][a-z0-9_]*$", "description": "What configurations call it."}),
            ),
            ("title", text("What people call it.")),
            ("description", text("What it does, in a sentence.")),
            (
                "fields",
                json!({"type": "object", "additionalProperties": field}),
            ),
            (
                "writes",
                json!({"type": "array", "minItems": 1, "items": write}),
            ),
            (
                "examples",
                json!({"type": "array", "items": object(
                    vec![
                        ("title", text("What it shows.")),
                        ("mapping", json!({"type": "object"})),
                        ("event", json!({"type": "object"})),
                        ("writes", json!({"type": "array", "items": {"type": "object"}})),
                    ],
                    &["title", "event"],
                )}),
            ),
        ],
        &["name", "title", "description", "writes"],
    );
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!("An action of attio-destination");
    schema
}

fn config() -> Value {
    let on_invalid = json!({"enum": ["drop", "fail", "skip"], "description": "What happens to an attribute whose value cannot be coerced: it is left out, or the event is refused. `skip` leaves it out, and where a record cannot be written without it passes the subscription over."});
    let subscription = object(
        vec![
            ("name", text("What people call it.")),
            ("action", text("The name of the action.")),
            ("partnerAction", text("Segment's spelling of `action`.")),
            ("subscribe", text("Which events are taken, as FQL.")),
            ("enabled", json!({"type": "boolean", "default": true})),
            (
                "mapping",
                json!({"type": "object", "description": "Where the action's fields come from; the others keep their defaults."}),
            ),
            ("on_invalid", on_invalid.clone()),
            ("type", json!(true)),
            ("id", json!(true)),
            ("partnerId", json!(true)),
            ("eventSlug", json!(true)),
            ("destinationId", json!(true)),
        ],
        &["subscribe"],
    );
    let texts = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
    let mut attribute = vec![
        ("type", json!({"enum": types()})),
        ("title", json!({"type": "string"})),
        ("is_multiselect", json!({"type": "boolean"})),
        ("is_unique", json!({"type": "boolean"})),
        ("is_required", json!({"type": "boolean"})),
        (
            "default_currency_code",
            text("Of a currency: the ISO 4217 code of all its values."),
        ),
        (
            "allowed_objects",
            texts("Of a record reference: the objects it may point to."),
        ),
        ("options", texts("Of a select: the titles of its options.")),
        (
            "statuses",
            texts("Of a status: the titles of its statuses."),
        ),
        (
            "append",
            json!({"type": "boolean", "description": "Of an attribute with several values: whether a record keeps those that it has, and gets the event's added."}),
        ),
    ];
    attribute.extend(options());
    let attributes = json!({"type": "object", "additionalProperties": object(attribute, &[])});
    let mut all = vec![("on_invalid", on_invalid)];
    all.extend(options());
    let mut schema = object(
        vec![
            ("$schema", json!({"type": "string"})),
            ("name", text("What people call it.")),
            ("description", text("What it is for.")),
            (
                "subscriptions",
                json!({"type": "array", "minItems": 1, "items": subscription}),
            ),
            (
                "attributes",
                json!({"type": "object", "additionalProperties": attributes, "description": "What is known about attributes beyond the workspace's schema, by object and slug."}),
            ),
            ("options", object(all, &[])),
            (
                "actions",
                json!({"type": "array", "items": {"type": "object"}, "description": "Actions of your own; see actions/action.schema.json."}),
            ),
            (
                "examples",
                json!({"type": "array", "items": object(
                    vec![
                        ("title", text("What it shows.")),
                        ("event", json!({"type": "object"})),
                        ("requests", json!({"type": "array", "items": {"type": "object"}})),
                    ],
                    &["title", "event"],
                )}),
            ),
        ],
        &["name", "subscriptions"],
    );
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!("A configuration of attio-destination");
    schema
}

fn plan() -> Value {
    let codes: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let diagnostic = object(
        vec![
            ("code", json!({"enum": codes})),
            ("severity", json!({"enum": ["error", "warning"]})),
            (
                "at",
                text("A JSON pointer into the document that is at fault."),
            ),
            ("message", text("What was expected and what came.")),
            ("help", text("How to mend it.")),
        ],
        &["code", "severity", "at", "message"],
    );
    let mut write = object(
        vec![
            (
                "id",
                text(
                    "Its name within the plan: the number of the subscription and the name of the write.",
                ),
            ),
            ("kind", json!({"enum": ["assert", "append"]})),
            ("object", text("The slug of the object.")),
            (
                "matching_attribute",
                text("Of an assert: the slug of the matching attribute."),
            ),
            (
                "record",
                text("Of an append: the write whose answer gives the record id."),
            ),
            (
                "values",
                json!({"type": "object", "description": "Attio's write values by slug."}),
            ),
            (
                "depends_on",
                json!({"type": "array", "items": {"type": "string"}, "description": "The writes that must have been done before."}),
            ),
        ],
        &["id", "kind", "object", "values", "depends_on"],
    );
    write["oneOf"] = json!([{"required": ["matching_attribute"]}, {"required": ["record"]}]);
    let mut schema = object(
        vec![
            ("message_id", text("The event's `messageId`.")),
            (
                "event_time",
                text("When the event happened: RFC 3339 in UTC with nine decimals."),
            ),
            (
                "outcome",
                json!({"enum": ["planned", "filtered", "rejected"]}),
            ),
            ("reason", text("Of a filtered event: why.")),
            ("writes", json!({"type": "array", "items": write})),
            ("diagnostics", json!({"type": "array", "items": diagnostic})),
        ],
        &["outcome", "writes", "diagnostics"],
    );
    schema["$schema"] = json!(DRAFT);
    schema["title"] = json!("A plan of attio-destination");
    schema
}

#[allow(clippy::disallowed_methods, reason = "a test may be told to write")]
fn writes() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

/// Where a schema is, and what makes it.
type File = (&'static str, fn() -> Value);

const FILES: [File; 3] = [
    ("actions/action.schema.json", action),
    ("mappings/config.schema.json", config),
    ("docs/plan.schema.json", plan),
];

#[test]
fn the_files_are_what_the_program_reads_and_writes() {
    for (path, schema) in FILES {
        let fresh = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
        if writes() {
            fs::create_dir_all(file(path).parent().unwrap()).unwrap();
            fs::write(file(path), &fresh).unwrap();
        }
        let kept = fs::read_to_string(file(path)).unwrap_or_default();
        assert!(
            kept == fresh,
            "{path} is out of date: UPDATE_DOCS=1 cargo test --test schemas"
        );
    }
}

fn assert_valid(schema: Value, instance: &Value, name: &str) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("schema.json", schema).unwrap();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    if let Err(error) = schemas.validate(instance, index) {
        panic!("{name}: {error:#}");
    }
}

fn documents(folder: &str) -> Vec<(String, Value)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(file(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .into_iter()
        .filter(|path| !path.to_string_lossy().ends_with(".schema.json"))
        .map(|path| {
            (
                path.display().to_string(),
                serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn actions_and_presets_are_valid() {
    for (name, document) in documents("actions") {
        assert_valid(action(), &document, &name);
    }
    for (name, document) in documents("mappings") {
        assert_valid(config(), &document, &name);
    }
}

#[test]
fn plans_of_all_cases_are_valid() {
    let plans: Vec<(String, Value)> = documents("tests/cases")
        .into_iter()
        .filter_map(|(name, mut case)| Some((name, case.get_mut("plan")?.take())))
        .collect();
    assert!(plans.len() > 50, "only {} cases have a plan", plans.len());
    let mut all = plan();
    all = json!({"type": "array", "items": all});
    let instances: Vec<Value> = plans.into_iter().map(|(_, plan)| plan).collect();
    assert_valid(all, &Value::Array(instances), "tests/cases");
}

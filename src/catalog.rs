//! What there is, as JSON for user interfaces: actions, presets and attribute types.

use serde_json::{Value, json};

use crate::action::{BUILT_IN, built_in_file};
use crate::attribute::{Becomes, Example, describe, examples};
use crate::config::{Config, PRESETS};
use crate::schema::AttributeType;

/// The built-in actions: their files.
pub fn actions() -> Value {
    BUILT_IN
        .iter()
        .filter_map(|action| parsed(built_in_file(&action.name)?))
        .collect()
}

/// The presets: `name`, `description`, and the document as `config`.
pub fn presets() -> Value {
    PRESETS
        .iter()
        .filter_map(|(name, text)| {
            let description = Config::parse(text).ok()?.description;
            Some(json!({"name": name, "description": description, "config": parsed(text)?}))
        })
        .collect()
}

/// The attribute types: `type`, `description` and `examples`.
pub fn types() -> Value {
    AttributeType::ALL.into_iter().map(attribute_type).collect()
}

/// One attribute type: `type`, `description` and `examples`.
///
/// An example has `given` (what is said of the attribute), `value`, `is_documented` (by Attio), `note`, and what becomes
/// of the value: `ok` with the `warnings`, `omitted`, or the code of an `error`.
pub fn attribute_type(kind: AttributeType) -> Value {
    let examples: Value = examples(kind).iter().map(example).collect();
    json!({"type": kind.as_str(), "description": describe(kind), "examples": examples})
}

fn example(example: &Example) -> Value {
    let mut json = json!({
        "given": parsed(example.given),
        "value": parsed(example.input),
        "is_documented": example.is_documented,
        "note": example.note,
    });
    match example.becomes {
        Becomes::Written(output) => {
            json["ok"] = parsed(output).unwrap_or_default();
            json["warnings"] = json!(example.findings);
        }
        Becomes::Omitted => json["omitted"] = json!(true),
        Becomes::Refused(code) => json["error"] = json!(code),
    }
    json
}

/// The value of a text that the sources hold.
fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_preset_and_type_is_there_with_what_it_holds() {
        let names = |list: &Value, key: &str| -> Vec<String> {
            let list = list.as_array().unwrap();
            list.iter()
                .map(|item| item[key].as_str().unwrap().to_owned())
                .collect()
        };
        let actions = actions();
        assert_eq!(
            names(&actions, "name"),
            ["identify_user", "group_workspace", "assert_record"]
        );
        assert!(
            actions[0]["fields"]["email_address"]["label"].is_string(),
            "{actions:#}"
        );
        let presets = presets();
        assert_eq!(names(&presets, "name"), PRESETS.map(|(name, _)| name));
        for preset in presets.as_array().unwrap() {
            assert!(!preset["description"].as_str().unwrap().is_empty());
            assert_eq!(preset["config"]["name"], preset["name"]);
        }
        let types = types();
        assert_eq!(
            names(&types, "type"),
            AttributeType::ALL.map(AttributeType::as_str)
        );
        for (of_type, kind) in types.as_array().unwrap().iter().zip(AttributeType::ALL) {
            let shown = of_type["examples"].as_array().unwrap();
            assert_eq!(shown.len(), examples(kind).len());
            for example in shown {
                let becomes = ["ok", "omitted", "error"];
                let becomes = becomes.iter().filter(|key| example.get(key).is_some());
                assert_eq!(becomes.count(), 1, "{example:#}");
            }
        }
    }
}

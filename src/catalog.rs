//! What there is, as JSON for user interfaces: actions, presets and attribute types.

use crate::action::{BUILT_IN, built_in_file};
use crate::attribute::{Becomes, Example, describe, examples};
use crate::config::{Config, PRESETS};
use crate::json::{Object, Value};
use crate::schema::AttributeType;

/// The built-in actions: their files.
pub fn actions() -> Value<'static> {
    let files = BUILT_IN
        .iter()
        .filter_map(|action| built_in_file(&action.name));
    Value::Array(files.map(parsed).collect())
}

/// The presets: `name`, `description`, and the document as `config`.
pub fn presets() -> Value<'static> {
    let preset = |(name, text): (&'static str, &'static str)| {
        let description = Config::parse(text).ok()?.description;
        let mut json = Object::new();
        json.insert("name", string(name));
        json.insert("description", Value::String(description.into()));
        json.insert("config", parsed(text));
        Some(Value::Object(json))
    };
    Value::Array(PRESETS.into_iter().filter_map(preset).collect())
}

/// The attribute types: `type` and `description`.
pub fn types() -> Value<'static> {
    let of_type = |kind| Value::Object(attribute_type(kind));
    Value::Array(AttributeType::ALL.into_iter().map(of_type).collect())
}

/// One attribute type: `type` and `description`.
fn attribute_type(kind: AttributeType) -> Object<'static> {
    let mut json = Object::new();
    json.insert("type", string(kind.as_str()));
    json.insert("description", string(describe(kind)));
    json
}

/// One attribute type: `type`, `description` and `examples`.
///
/// An example has `given` (what is said of the attribute), `value`, `is_documented` (by Attio), `note`, and what becomes
/// of the value: `ok` with the `warnings`, `omitted`, or the code of an `error`.
pub fn attribute_type_with_examples(kind: AttributeType) -> Value<'static> {
    let mut json = attribute_type(kind);
    let examples = examples(kind).iter().map(example).collect();
    json.insert("examples", Value::Array(examples));
    Value::Object(json)
}

fn example(example: &Example) -> Value<'static> {
    let mut json = Object::new();
    json.insert("given", parsed(example.given));
    json.insert("value", parsed(example.input));
    json.insert("is_documented", Value::Bool(example.is_documented));
    json.insert("note", string(example.note));
    match example.becomes {
        Becomes::Written(output) => {
            let warnings = example.findings.iter().map(|code| string(code.as_str()));
            json.insert("ok", parsed(output));
            json.insert("warnings", Value::Array(warnings.collect()));
        }
        Becomes::Omitted => json.insert("omitted", Value::Bool(true)),
        Becomes::Refused(code) => json.insert("error", string(code.as_str())),
    }
    Value::Object(json)
}

fn string(text: &'static str) -> Value<'static> {
    Value::String(text.into())
}

/// The value of a text that the sources hold.
fn parsed(text: &'static str) -> Value<'static> {
    Value::parse(text).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'v>(list: &'v Value<'_>, key: &str) -> Vec<&'v str> {
        let list = list.as_array().unwrap();
        list.iter()
            .map(|item| item.get(key).unwrap().as_str().unwrap())
            .collect()
    }

    #[test]
    fn every_action_preset_and_type_is_there_with_what_it_holds() {
        let actions = actions();
        assert_eq!(
            names(&actions, "name"),
            ["identify_user", "group_workspace", "assert_record"]
        );
        let first = &actions.as_array().unwrap()[0];
        let email = first.get("fields").unwrap().get("email_address").unwrap();
        assert!(email.get("label").unwrap().as_str().is_some(), "{email:?}");
        let presets = presets();
        assert_eq!(names(&presets, "name"), PRESETS.map(|(name, _)| name));
        assert!(!names(&presets, "description").contains(&""));
        for preset in presets.as_array().unwrap() {
            let config = preset.get("config").unwrap();
            assert_eq!(config.get("name"), preset.get("name"));
        }
        let types = types();
        assert_eq!(
            names(&types, "type"),
            AttributeType::ALL.map(AttributeType::as_str)
        );
        assert_eq!(
            names(&types, "description"),
            AttributeType::ALL.map(describe)
        );
    }

    #[test]
    fn the_examples_of_a_type_say_what_becomes_of_a_value() {
        for kind in AttributeType::ALL {
            let of_type = attribute_type_with_examples(kind);
            let shown = of_type.get("examples").unwrap().as_array().unwrap();
            assert_eq!(shown.len(), examples(kind).len());
            for example in shown {
                let becomes = ["ok", "omitted", "error"];
                let becomes = becomes.iter().filter(|key| example.get(key).is_some());
                assert_eq!(becomes.count(), 1, "{example:?}");
            }
        }
    }
}

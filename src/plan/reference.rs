//! What values say about records: the plain texts that a record is found by, and the record that a reference names.

use crate::json::{Value, is_plain};

/// The plain texts of a value: `"a"`, `["a"]`, `[{"email_address": "a"}]` and `{"value": "a"}` all give `a`. Empty for
/// `null`, and for what is no JSON. E-mail addresses and domains come in lower case, as Attio compares them.
pub fn scalars(attribute: &str, json: &str) -> Vec<String> {
    let mut found = Vec::new();
    if let Ok(value) = Value::parse(json) {
        collect(attribute, &value, &mut found);
    }
    found
}

fn collect(name: &str, value: &Value<'_>, found: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| collect(name, item, found)),
        Value::Object(object) => {
            let mut members = object.iter();
            match (members.next(), members.next()) {
                (Some((key, inner)), None) => collect(key, inner, found),
                _ => found.push(value.to_json()),
            }
        }
        Value::String(text) => found.push(match name {
            "email_addresses" | "email_address" | "domains" | "domain" => text.to_lowercase(),
            _ => text.to_string(),
        }),
        other => found.push(other.to_json()),
    }
}

/// The record that a value in one of Attio's explicit forms refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target<'v> {
    /// The slug of its object.
    pub object: &'v str,
    /// The attribute that it is found by, `record_id` when it is named by its id.
    pub attribute: &'v str,
    /// The value of that attribute, as [`scalars`] has it.
    pub scalar: String,
}

impl<'v> Target<'v> {
    /// Reads `{"target_object": ..., "target_record_id": ...}`, or the form with a matching attribute. `None` for
    /// every other value.
    pub fn read(value: &'v Value<'_>) -> Option<Target<'v>> {
        let members = value.as_object()?;
        let object = members.get("target_object")?.as_str()?;
        let (attribute, inner) = members
            .iter()
            .find(|(key, _)| *key != "target_object" && is_plain(key))?;
        let mut found = Vec::new();
        collect(attribute, inner, &mut found);
        Some(Target {
            object,
            attribute: match attribute {
                "target_record_id" => "record_id",
                other => other,
            },
            scalar: found.into_iter().next()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_matching_value_gives_its_plain_text() {
        for json in [
            r#""Ada@Example.com""#,
            r#"["ada@example.com"]"#,
            r#"[{"email_address": "ada@EXAMPLE.com"}]"#,
        ] {
            assert_eq!(
                scalars("email_addresses", json),
                ["ada@example.com"],
                "{json}"
            );
        }
        assert_eq!(scalars("user_id", r#"{"value":"U1"}"#), ["U1"]);
        assert_eq!(scalars("user_id", "17"), ["17"]);
        assert_eq!(scalars("user_id", "[\"a\",\"b\"]"), ["a", "b"]);
        assert_eq!(scalars("user_id", "null"), [""; 0]);
        assert_eq!(scalars("user_id", "{nonsense"), [""; 0]);
    }
}

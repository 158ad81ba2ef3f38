//! What an action file must hold beyond its shape.

use std::collections::BTreeSet;

use super::definition::{Definition, Name, Source, WriteTo};
use crate::diagnostic::{Code, Diagnostic, nearest_or_all, pointer};
use crate::json::Value;
use crate::schema::Schema;

/// Checks a definition whose shape is right.
pub(super) fn check(definition: &Definition, schema: &Schema) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut used = BTreeSet::new();
    for (i, write) in definition.writes.iter().enumerate() {
        let at = format!("/writes/{i}");
        used.extend(write.when);
        used.extend(write.extend);
        if let WriteTo::Assert {
            object,
            matching_attribute,
        } = &write.to
        {
            for name in [object, matching_attribute] {
                if let Name::Field(field) = name {
                    used.insert(*field);
                }
            }
            if let Some(slug) = object.literal() {
                found.extend(unknown_object(schema, slug, format!("{at}/assert")));
            }
            if let Some(slug) = matching_attribute.literal()
                && !write.values.iter().any(|(key, _)| key == slug)
            {
                let message =
                    format!("`match` is `{slug}`, which is not among the `values` of the write");
                let error =
                    Diagnostic::error(Code::ActionMatchNotWritten, format!("{at}/match"), message);
                found.push(error.help(format!("add `{slug}` to `values`")));
            }
        }
        for (slug, source) in &write.values {
            let Source::Template(value) = source else {
                continue;
            };
            fields_in(
                value,
                &pointer(&format!("{at}/values"), slug),
                &mut |name, at| match definition.field(name) {
                    Some(field) => {
                        used.insert(field);
                    }
                    None => {
                        let message =
                            format!("`@field` names `{name}`, which the action does not have");
                        found.push(unknown_field(definition, name, at, message));
                    }
                },
            );
        }
    }
    for (i, field) in definition.fields.iter().enumerate() {
        let at = pointer("/fields", &field.name);
        if field.label.trim().is_empty() {
            let message = format!("the field `{}` has an empty `label`", field.name);
            found.push(
                Diagnostic::error(Code::ActionEmptyLabel, pointer(&at, "label"), message)
                    .help("say what people call it"),
            );
        }
        if !used.contains(&i) {
            let message = format!("no write uses the field `{}`", field.name);
            found.push(
                Diagnostic::error(Code::ActionUnusedField, at, message).help(format!(
                    "use it with `{{\"@field\": \"{}\"}}`, or remove it",
                    field.name
                )),
            );
        }
    }
    found
}

pub(super) fn unknown_field(
    definition: &Definition,
    name: &str,
    at: String,
    message: String,
) -> Diagnostic {
    let error = Diagnostic::error(Code::ActionUnknownField, at, message);
    let names = definition.fields.iter().map(|field| field.name.as_str());
    error.help(nearest_or_all(name, "the fields", names))
}

fn unknown_object(schema: &Schema, slug: &str, at: String) -> Option<Diagnostic> {
    if schema.object(slug).is_some() {
        return None;
    }
    let error = Diagnostic::error(
        Code::ActionUnknownObject,
        at,
        format!("no object is called `{slug}`"),
    );
    let slugs = schema.objects.keys().map(String::as_str);
    Some(error.help(nearest_or_all(slug, "the objects", slugs)))
}

/// Calls `found` with the name and the place of every `@field`.
fn fields_in(value: &Value<'_>, at: &str, found: &mut impl FnMut(&str, String)) {
    match value {
        Value::Object(object) => {
            for (key, value) in object.iter() {
                match value {
                    Value::String(name) if key == "@field" => found(name, pointer(at, key)),
                    _ => fields_in(value, &pointer(at, key), found),
                }
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                fields_in(item, &pointer(at, i), found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(text: &str) -> String {
        let errors = Definition::parse(text, Schema::standard()).unwrap_err();
        errors
            .iter()
            .map(Diagnostic::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        insta::assert_snapshot!(errors(r#"{
            "name": "x", "title": "X", "description": "x", "feilds": {},
            "fields": {
                "email": {"label": " ", "description": "", "type": "text"},
                "spare": {"label": "Spare", "description": "", "type": "string", "defualt": 1}
            },
            "writes": [
                {"name": "a", "assert": "peple", "match": "email_addresses", "values": {
                    "company": {"@record": "b"}, "name": {"@field": "emial"}
                }, "when": "email"},
                {"name": "b", "append": "c", "values": {}}
            ]
        }"#), @r"
        error[action.shape]: `type` expected `string` or `object`, got the string `text`
          at: /fields/email/type
        error[action.unknown_key]: `defualt` is not known here
          at: /fields/spare/defualt
          help: did you mean `default`?
        error[action.reference]: `@record` expected the name of an earlier write that asserts a record
          at: /writes/0/values/company
          help: put the write that makes the record before the one that refers to it
        error[action.reference]: `append` expected the name of an earlier write, got `c`
          at: /writes/1/append
        error[action.unknown_key]: `feilds` is not known here
          at: /feilds
          help: did you mean `fields`?
        ");
        insta::assert_snapshot!(errors(r#"{
            "name": "x", "title": "X", "description": "x",
            "fields": {
                "email": {"label": " ", "description": "", "type": "string"},
                "spare": {"label": "Spare", "description": "", "type": "string"}
            },
            "writes": [
                {"name": "a", "assert": "peple", "match": "email_addresses", "values": {"name": {"@field": "emial"}}, "when": "email"}
            ]
        }"#), @r#"
        error[action.unknown_object]: no object is called `peple`
          at: /writes/0/assert
          help: did you mean `people`?
        error[action.match_not_written]: `match` is `email_addresses`, which is not among the `values` of the write
          at: /writes/0/match
          help: add `email_addresses` to `values`
        error[action.unknown_field]: `@field` names `emial`, which the action does not have
          at: /writes/0/values/name/@field
          help: did you mean `email`?
        error[action.empty_label]: the field `email` has an empty `label`
          at: /fields/email/label
          help: say what people call it
        error[action.unused_field]: no write uses the field `spare`
          at: /fields/spare
          help: use it with `{"@field": "spare"}`, or remove it
        "#);
    }
}

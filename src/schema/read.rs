//! Reading a schema: the compact form that `schema pull` writes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::{Attribute, AttributeType, Choice, Member, Object, Schema};
use crate::diagnostic::{Code, Diagnostic, pointer};
use crate::json::Value;
use crate::shape::{Codes, Shape};

const CODES: Codes = Codes {
    shape: Code::SchemaShape,
    unknown_key: Code::SchemaShape,
    example: |_| None,
};

type Diagnostics = RefCell<Vec<Diagnostic>>;

impl Schema {
    /// Reads the compact form that `schema pull` writes.
    ///
    /// # Errors
    /// All that does not fit: `schema.shape` at the pointer of each.
    pub fn parse(text: &str) -> Result<Schema, Vec<Diagnostic>> {
        let diagnostics = Diagnostics::default();
        let schema = match Value::parse(text) {
            Ok(document) => read(&document, &diagnostics),
            Err(error) => {
                let message = format!("a schema is JSON, got text that is not: {error}");
                let error = Diagnostic::error(Code::SchemaShape, "", message);
                diagnostics.borrow_mut().push(error);
                None
            }
        };
        let mut diagnostics = diagnostics.into_inner();
        if let Some(schema) = schema
            && diagnostics.is_empty()
        {
            return Ok(schema);
        }
        for diagnostic in diagnostics.iter_mut().filter(|found| found.help.is_none()) {
            let help = "write the schema anew with `attio-destination schema pull`";
            diagnostic.help = Some(help.to_owned());
        }
        Err(diagnostics)
    }
}

fn read(document: &Value<'_>, diagnostics: &Diagnostics) -> Option<Schema> {
    let shape = Shape::read(document, "", CODES, diagnostics)?;
    let schema = Schema {
        is_partial: shape.boolean("is_partial").unwrap_or(false),
        objects: by_slug(&shape, "objects", |value, at| {
            object(value, at, diagnostics)
        }),
        members: known(&shape, "members", |value, at| {
            member(value, at, diagnostics)
        }),
    };
    shape.finish();
    Some(schema)
}

fn object(value: &Value<'_>, at: &str, diagnostics: &Diagnostics) -> Option<Object> {
    let shape = Shape::read(value, at, CODES, diagnostics)?;
    let object = Object {
        id: text(&shape, "id"),
        singular_noun: required(&shape, "singular_noun"),
        plural_noun: required(&shape, "plural_noun"),
        is_active: shape.boolean("is_active").unwrap_or(true),
        attributes: by_slug(&shape, "attributes", |value, at| {
            attribute(value, at, diagnostics)
        }),
    };
    shape.finish();
    Some(object)
}

fn attribute(value: &Value<'_>, at: &str, diagnostics: &Diagnostics) -> Option<Attribute> {
    let shape = Shape::read(value, at, CODES, diagnostics)?;
    let kind = shape.required_string("type").and_then(|word| {
        let kind = AttributeType::from_name(word).map(|(kind, _)| kind);
        if kind.is_none() {
            let message = format!("`{word}` is no attribute type");
            let error = Diagnostic::error(Code::SchemaShape, shape.at("type"), message);
            shape.report(error.help(AttributeType::help(word)));
        }
        kind
    });
    let yes = |key| shape.boolean(key).unwrap_or(false);
    let choices = |key| known(&shape, key, |value, at| choice(value, at, diagnostics));
    let attribute = Attribute {
        id: text(&shape, "id"),
        title: text(&shape, "title").unwrap_or_default(),
        // What is refused is not used.
        kind: kind.unwrap_or(AttributeType::Text),
        is_multiselect: yes("is_multiselect"),
        is_required: yes("is_required"),
        is_unique: yes("is_unique"),
        is_writable: shape.boolean("is_writable").unwrap_or(true),
        is_archived: yes("is_archived"),
        has_default: yes("has_default"),
        allowed_objects: slugs(&shape, "allowed_objects"),
        inverse: text(&shape, "inverse"),
        default_currency_code: text(&shape, "default_currency_code"),
        options: choices("options"),
        statuses: choices("statuses"),
    };
    shape.finish();
    Some(attribute)
}

#[cfg(test)]
impl Attribute {
    /// Reads one attribute, as it stands in a schema.
    pub(crate) fn parse(text: &str) -> Attribute {
        let diagnostics = Diagnostics::default();
        let attribute = attribute(&Value::parse(text).unwrap(), "", &diagnostics).unwrap();
        assert_eq!(diagnostics.into_inner(), []);
        attribute
    }
}

fn choice(value: &Value<'_>, at: &str, diagnostics: &Diagnostics) -> Option<Choice> {
    let shape = Shape::read(value, at, CODES, diagnostics)?;
    let choice = Choice {
        id: text(&shape, "id"),
        title: required(&shape, "title"),
        is_archived: shape.boolean("is_archived").unwrap_or(false),
    };
    shape.finish();
    Some(choice)
}

fn member(value: &Value<'_>, at: &str, diagnostics: &Diagnostics) -> Option<Member> {
    let shape = Shape::read(value, at, CODES, diagnostics)?;
    let member = Member {
        id: required(&shape, "id"),
        email_address: required(&shape, "email_address"),
        name: text(&shape, "name").unwrap_or_default(),
    };
    shape.finish();
    Some(member)
}

/// A string that must be there; that it is not is reported.
fn required(shape: &Shape<'_, '_>, key: &'static str) -> String {
    shape.required_string(key).unwrap_or_default().to_owned()
}

/// A string that may be absent or `null`.
fn text(shape: &Shape<'_, '_>, key: &'static str) -> Option<String> {
    match shape.value(key)? {
        Value::Null => None,
        _ => shape.string(key).map(str::to_owned),
    }
}

/// A list of strings that may be absent.
fn slugs(shape: &Shape<'_, '_>, key: &'static str) -> Vec<String> {
    let mut slugs = Vec::new();
    for slug in shape.array(key).unwrap_or_default() {
        match slug.as_str() {
            Some(slug) => slugs.push(slug.to_owned()),
            None => shape.wrong(key, "slugs", slug),
        }
    }
    slugs
}

/// What stands in a list that may be absent or `null`.
fn known<T>(
    shape: &Shape<'_, '_>,
    key: &'static str,
    read: impl Fn(&Value<'_>, &str) -> Option<T>,
) -> Option<Vec<T>> {
    if shape.value(key)?.is_null() {
        return None;
    }
    let at = shape.at(key);
    let mut items = Vec::new();
    for (index, item) in shape.array(key)?.iter().enumerate() {
        items.extend(read(item, &pointer(&at, index)));
    }
    Some(items)
}

/// What stands by slug in an object that must be there.
fn by_slug<T>(
    shape: &Shape<'_, '_>,
    key: &'static str,
    read: impl Fn(&Value<'_>, &str) -> Option<T>,
) -> BTreeMap<String, T> {
    let mut all = BTreeMap::new();
    let at = shape.at(key);
    if shape.value(key).is_none() {
        shape.missing(key);
    }
    for (slug, value) in shape
        .object(key)
        .into_iter()
        .flat_map(|object| object.iter())
    {
        if let Some(value) = read(value, &pointer(&at, slug)) {
            all.insert(slug.to_owned(), value);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        let diagnostics = Schema::parse(text).unwrap_err();
        let lines = diagnostics.iter().map(|found| {
            let help = found.help.as_deref().unwrap_or_default();
            format!(
                "{} {}: {}\n  help: {help}",
                found.code.as_str(),
                found.at,
                found.message
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn all_that_does_not_fit_is_told_at_once() {
        insta::assert_snapshot!(refused(r#"{
            "objects": {
                "people": {"singular_noun": "Person", "atributes": {}, "attributes": {
                    "name": {"type": "nmae"},
                    "tags": {"type": "select", "options": [{"title": 1}, "Gold"], "is_multiselect": "yes"},
                    "company": {"type": "record-reference", "allowed_objects": ["companies", 3]}
                }},
                "deals": []
            },
            "members": [{"id": "m1"}]
        }"#), @"
        schema.shape /objects/people: `plural_noun` is missing
          help: write the schema anew with `attio-destination schema pull`
        schema.shape /objects/people/attributes/name/type: `nmae` is no attribute type
          help: the types are `actor-reference`, `checkbox`, `currency`, `date`, `domain`, `email-address`, `interaction`, `location`, `personal-name`, `number`, `phone-number`, `rating`, `record-reference`, `select`, `status`, `text`, `timestamp`
        schema.shape /objects/people/attributes/tags/is_multiselect: `is_multiselect` expected a boolean, got the string `yes`
          help: write the schema anew with `attio-destination schema pull`
        schema.shape /objects/people/attributes/tags/options/0/title: `title` expected a string, got the number `1`
          help: write the schema anew with `attio-destination schema pull`
        schema.shape /objects/people/attributes/tags/options/1: expected an object, got the string `Gold`
          help: write the schema anew with `attio-destination schema pull`
        schema.shape /objects/people/attributes/company/allowed_objects: `allowed_objects` expected slugs, got the number `3`
          help: write the schema anew with `attio-destination schema pull`
        schema.shape /objects/people/atributes: `atributes` is not known here
          help: did you mean `attributes`?
        schema.shape /objects/deals: expected an object, got an array of 0
          help: write the schema anew with `attio-destination schema pull`
        schema.shape /members/0: `email_address` is missing
          help: write the schema anew with `attio-destination schema pull`
        ");
        insta::assert_snapshot!([refused("[]"), refused(r#"{"objects": {}"#), refused("{}")].join("\n"), @"
        schema.shape : expected an object, got an array of 0
          help: write the schema anew with `attio-destination schema pull`
        schema.shape : a schema is JSON, got text that is not: EOF while parsing an object at line 1 column 14
          help: write the schema anew with `attio-destination schema pull`
        schema.shape : `objects` is missing
          help: write the schema anew with `attio-destination schema pull`
        ");
    }

    #[test]
    fn the_keys_are_each_told_once() {
        insta::assert_snapshot!(refused(r#"{"objects": {}, "qqq": 1}"#), @"
        schema.shape /qqq: `qqq` is not known here
          help: the keys are `is_partial`, `objects`, `members`
        ");
    }

    #[test]
    fn what_is_written_is_read_again() {
        let schema = Schema::standard();
        let text = serde_json::to_string_pretty(schema).unwrap();
        assert_eq!(Schema::parse(&text).as_ref(), Ok(schema));
        let nulls = r#"{"objects": {}, "members": null}"#;
        assert_eq!(Schema::parse(nulls), Ok(Schema::default()));
    }
}

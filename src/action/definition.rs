//! The shape of an action file.

use std::cell::RefCell;

use super::check;
use crate::diagnostic::{Code, Diagnostic, pointer};
use crate::json::Value;
use crate::schema::{AttributeType, Schema};
use crate::shape::{Codes, Shape};

const CODES: Codes = Codes {
    shape: Code::ActionShape,
    unknown_key: Code::ActionUnknownKey,
    example: |_| None,
};

/// An action: fields, and the writes they fill.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    /// What configurations call it, in snake case.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What it does, in a sentence.
    pub description: String,
    /// What a configuration maps.
    pub fields: Vec<Field>,
    /// What is written, in order.
    pub writes: Vec<WriteDefinition>,
    /// Events and what becomes of them; they run as tests.
    pub examples: Vec<Example>,
}

/// Something that a configuration maps.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its key in `mapping`.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What it is, in a sentence.
    pub description: String,
    /// What it holds.
    pub kind: FieldType,
    /// Of a string: the attribute type whose plain form it takes, such as `email-address`.
    pub format: Option<AttributeType>,
    /// Whether an event without it is refused.
    pub required: bool,
    /// The mapping that is used where a configuration has none.
    pub default: Option<Value<'static>>,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// A string; numbers and booleans become their text, as in Segment's destinations.
    String,
    /// An object of attributes by slug.
    Object,
}

impl FieldType {
    /// The word in an action file.
    pub const fn as_str(self) -> &'static str {
        match self {
            FieldType::String => "string",
            FieldType::Object => "object",
        }
    }
}

/// One write of an action.
#[derive(Clone, Debug, PartialEq)]
pub struct WriteDefinition {
    /// Its name in the action.
    pub name: String,
    /// What it writes to.
    pub to: WriteTo,
    /// The field without which it is left out.
    pub when: Option<usize>,
    /// Attribute values by slug.
    pub values: Vec<(String, Source)>,
    /// The field whose attributes are added.
    pub extend: Option<usize>,
}

/// Where an attribute gets its value.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A template over the fields.
    Template(Value<'static>),
    /// A reference to the record of an earlier write, in Attio's matching-attribute form.
    Record(usize),
}

/// What a write writes to.
#[derive(Clone, Debug, PartialEq)]
pub enum WriteTo {
    /// A record of `object`, found by `matching_attribute`, or made.
    Assert {
        /// The slug of the object.
        object: Name,
        /// The slug of the matching attribute.
        matching_attribute: Name,
    },
    /// The record of an earlier write; its other values are kept.
    Append {
        /// The place of that write in the action.
        record: usize,
    },
}

/// A slug that stands in the action, or comes from a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Name {
    /// The slug.
    Literal(String),
    /// The field that holds it.
    Field(usize),
}

impl Name {
    /// The slug, when it stands in the action.
    pub fn literal(&self) -> Option<&str> {
        match self {
            Name::Literal(slug) => Some(slug),
            Name::Field(_) => None,
        }
    }
}

/// An event, and what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// What it shows.
    pub title: String,
    /// The mapping it is run with, laid over the defaults.
    pub mapping: Option<Value<'static>>,
    /// The event.
    pub event: Value<'static>,
    /// The writes: `{"assert" or "append": object, "values": {...}}`.
    pub writes: Vec<Value<'static>>,
}

impl Definition {
    /// Reads and checks an action file. `schema` knows the objects that it may name.
    ///
    /// # Errors
    /// Everything that is wrong, as `action.*` diagnostics at JSON pointers.
    pub fn parse(text: &str, schema: &Schema) -> Result<Definition, Vec<Diagnostic>> {
        let document = Value::parse(text).map_err(|error| {
            vec![Diagnostic::error(
                Code::ActionShape,
                "",
                format!("an action is JSON, got text that is not: {error}"),
            )]
        })?;
        let diagnostics = RefCell::default();
        let definition = read(&document, &diagnostics);
        let mut diagnostics = diagnostics.into_inner();
        if let (Some(definition), true) = (&definition, diagnostics.is_empty()) {
            diagnostics = check::check(definition, schema);
        }
        match definition {
            Some(definition) if diagnostics.is_empty() => Ok(definition),
            _ => Err(diagnostics),
        }
    }

    /// Whether this action is meant by `name`: its own, or Segment's camel case of it.
    pub fn is_named(&self, name: &str) -> bool {
        let camel_is = || {
            let mut upper = false;
            let camel = self.name.chars().filter_map(|c| {
                if c == '_' {
                    upper = true;
                    return None;
                }
                Some(if std::mem::take(&mut upper) {
                    c.to_ascii_uppercase()
                } else {
                    c
                })
            });
            camel.eq(name.chars())
        };
        self.name == name || camel_is()
    }

    /// The place of a field.
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The place of a write.
    pub fn write(&self, name: &str) -> Option<usize> {
        self.writes.iter().position(|write| write.name == name)
    }
}

fn read(document: &Value<'_>, diagnostics: &RefCell<Vec<Diagnostic>>) -> Option<Definition> {
    let shape = Shape::read(document, "", CODES, diagnostics)?;
    shape.value("$schema");
    let mut definition = Definition {
        name: shape.required_string("name").unwrap_or_default().to_owned(),
        title: shape
            .required_string("title")
            .unwrap_or_default()
            .to_owned(),
        description: shape
            .required_string("description")
            .unwrap_or_default()
            .to_owned(),
        fields: Vec::new(),
        writes: Vec::new(),
        examples: Vec::new(),
    };
    for (name, value) in shape
        .object("fields")
        .into_iter()
        .flat_map(|fields| fields.iter())
    {
        definition.fields.extend(read_field(
            name,
            value,
            &pointer("/fields", name),
            diagnostics,
        ));
    }
    let writes = shape.array("writes").unwrap_or_default();
    if writes.is_empty() {
        shape.missing("writes");
    }
    for (i, value) in writes.iter().enumerate() {
        let write = read_write(&definition, value, &format!("/writes/{i}"), diagnostics);
        definition.writes.extend(write);
    }
    for (i, value) in shape
        .array("examples")
        .unwrap_or_default()
        .iter()
        .enumerate()
    {
        definition
            .examples
            .extend(read_example(value, &format!("/examples/{i}"), diagnostics));
    }
    shape.finish();
    Some(definition)
}

fn read_field(
    name: &str,
    value: &Value<'_>,
    at: &str,
    diagnostics: &RefCell<Vec<Diagnostic>>,
) -> Option<Field> {
    let shape = Shape::read(value, at, CODES, diagnostics)?;
    let kind = match shape.required_string("type") {
        Some("object") => FieldType::Object,
        Some("string") | None => FieldType::String,
        Some(other) => {
            shape.wrong("type", "`string` or `object`", &Value::String(other.into()));
            FieldType::String
        }
    };
    let format = shape.string("format").and_then(|word| {
        let format = AttributeType::from_name(word).map(|(kind, _)| kind);
        if format.is_none() {
            shape.wrong("format", "an attribute type", &Value::String(word.into()));
        }
        format
    });
    let field = Field {
        name: name.to_owned(),
        label: shape
            .required_string("label")
            .unwrap_or_default()
            .to_owned(),
        description: shape
            .required_string("description")
            .unwrap_or_default()
            .to_owned(),
        kind,
        format,
        required: shape.boolean("required").unwrap_or(false),
        default: shape
            .value("default")
            .map(|default| default.clone().into_owned()),
    };
    shape.finish();
    Some(field)
}

fn read_write(
    definition: &Definition,
    value: &Value<'_>,
    at: &str,
    diagnostics: &RefCell<Vec<Diagnostic>>,
) -> Option<WriteDefinition> {
    let shape = Shape::read(value, at, CODES, diagnostics)?;
    let field = |key: &'static str, name: &str| {
        let place = definition.field(name);
        if place.is_none() {
            let message =
                format!("`{key}` names the field `{name}`, which the action does not have");
            shape.report(check::unknown_field(
                definition,
                name,
                shape.at(key),
                message,
            ));
        }
        place
    };
    let name_of = |key: &'static str| match shape.value(key)? {
        Value::String(slug) => Some(Name::Literal(slug.to_string())),
        value => match value.get("@field").and_then(Value::as_str) {
            Some(name) => field(key, name).map(Name::Field),
            None => {
                shape.wrong(key, "a slug or a `@field`", value);
                None
            }
        },
    };
    let assert = name_of("assert");
    let matching = name_of("match");
    let append = shape.string("append");
    let to = match (assert, matching, append) {
        (Some(object), Some(matching_attribute), None) => Some(WriteTo::Assert {
            object,
            matching_attribute,
        }),
        (None, None, Some(name)) => match definition.write(name) {
            Some(record) => Some(WriteTo::Append { record }),
            None => {
                let message =
                    format!("`append` expected the name of an earlier write, got `{name}`");
                shape.report(Diagnostic::error(
                    Code::ActionReference,
                    shape.at("append"),
                    message,
                ));
                None
            }
        },
        _ => {
            let message = "a write has either `assert` with `match`, or `append`";
            shape.report(Diagnostic::error(Code::ActionShape, at, message));
            None
        }
    };
    let name = shape.required_string("name").unwrap_or_default().to_owned();
    let when = shape.string("when").and_then(|name| field("when", name));
    let extend = shape
        .string("extend")
        .and_then(|name| field("extend", name));
    let mut values = Vec::new();
    for (slug, value) in shape
        .object("values")
        .into_iter()
        .flat_map(|values| values.iter())
    {
        let source = match value.get("@record") {
            None => Some(Source::Template(value.clone().into_owned())),
            Some(name) => asserted(definition, name).map(Source::Record),
        };
        if source.is_none() {
            let message = "`@record` expected the name of an earlier write that asserts a record";
            shape.report(
                Diagnostic::error(
                    Code::ActionReference,
                    pointer(&shape.at("values"), slug),
                    message,
                )
                .help("put the write that makes the record before the one that refers to it"),
            );
        }
        values.extend(source.map(|source| (slug.to_owned(), source)));
    }
    shape.finish();
    Some(WriteDefinition {
        name,
        to: to?,
        when,
        values,
        extend,
    })
}

/// The place of an earlier write that asserts a record of a known object by a known attribute.
fn asserted(definition: &Definition, name: &Value<'_>) -> Option<usize> {
    let place = definition.write(name.as_str()?)?;
    let known = matches!(
        &definition.writes[place].to,
        WriteTo::Assert {
            object: Name::Literal(_),
            matching_attribute: Name::Literal(_)
        }
    );
    known.then_some(place)
}

fn read_example(
    value: &Value<'_>,
    at: &str,
    diagnostics: &RefCell<Vec<Diagnostic>>,
) -> Option<Example> {
    let shape = Shape::read(value, at, CODES, diagnostics)?;
    let owned = |value: &Value<'_>| value.clone().into_owned();
    let example = Example {
        title: shape.required_string("title")?.to_owned(),
        mapping: shape.value("mapping").map(owned),
        event: owned(shape.value("event")?),
        writes: shape
            .array("writes")
            .unwrap_or_default()
            .iter()
            .map(owned)
            .collect(),
    };
    shape.finish();
    Some(example)
}

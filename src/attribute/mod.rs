//! From a JSON value to what an Attio attribute takes, or what is wrong with it.
//!
//! A [`Coercer`] is compiled once per attribute; [`Coercer::coerce`] is pure and total. This page holds what all types
//! share (absence, `null`, blanks, lists); each type has a file of its own with its shape, its coercion and its
//! examples, which run as tests and are shown by `attio-destination types show TYPE`.
//!
//! The laws: idempotent (an output coerced again is the same), total (every value gives an output or a finding), honest
//! (nothing is changed silently), and what Attio documents as a write value is accepted and kept.

mod choice;
mod country;
mod currency_unit;
mod decimal;
mod example;
mod finding;
mod host;
mod known;
mod letters;
mod moment;
mod options;
mod public_suffix;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use crate::diagnostic::{Code, excerpt};
use crate::json::{Object, Value, is_blank};
use crate::schema::{Attribute, AttributeType, Schema};
pub use example::{Becomes, Example};
pub use finding::Finding;
use known::Known;
pub use options::{DateOrder, EmptyStrings, Mode, Options, Patch};

/// The list of types: each is a file with its `coerce`, its `DESCRIPTION` and its `EXAMPLES`.
macro_rules! types {
    ($($kind:ident = $file:ident,)+) => {
        $(mod $file;)+

        /// What a type holds, what Attio takes for it and what is taken beyond that, in a few sentences of Markdown.
        pub fn describe(kind: AttributeType) -> &'static str {
            match kind { $(AttributeType::$kind => $file::DESCRIPTION),+ }
        }

        /// Values that people send to an attribute of a type, and what becomes of them.
        pub fn examples(kind: AttributeType) -> &'static [Example] {
            match kind { $(AttributeType::$kind => $file::EXAMPLES),+ }
        }

        /// Appends the write value of one element.
        #[cfg_attr(target_family = "wasm", inline)]
        fn coerce(
            kind: AttributeType,
            value: &Value<'_>,
            to: &mut To<'_, '_>,
            out: &mut String,
        ) -> Result<(), Finding> {
            match kind { $(AttributeType::$kind => $file::coerce(value, to, out)),+ }
        }
    };
}

types! {
    ActorReference = actor_reference,
    Checkbox = checkbox,
    Currency = currency,
    Date = date,
    Domain = domain,
    EmailAddress = email_address,
    Interaction = interaction,
    Location = location,
    Number = number,
    PersonalName = personal_name,
    PhoneNumber = phone_number,
    Rating = rating,
    RecordReference = record_reference,
    Select = select,
    Status = status,
    Text = text,
    Timestamp = timestamp,
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coerced {
    /// There is nothing to write; nothing was appended.
    Omitted,
    /// The attribute is unset: `null` or `[]` was appended.
    Unset,
    /// A write value was appended.
    Written,
    /// The value was refused, the findings say why; nothing was appended.
    Refused,
}

/// An attribute, ready to take values.
#[derive(Clone, Debug)]
pub struct Coercer {
    slug: Box<str>,
    attribute: Attribute,
    options: Options,
    known: Known,
    /// Reads every element first, as another type.
    reads: Option<Box<Coercer>>,
}

/// What a type's file gets to see while it coerces one element.
struct To<'c, 'f> {
    coercer: &'c Coercer,
    /// The country of the event, for phone numbers: an ISO 3166-1 alpha-2 code or any other spelling.
    region: Option<&'c str>,
    findings: &'f mut Vec<Finding>,
}

impl To<'_, '_> {
    fn strict(&self) -> bool {
        self.coercer.options.mode == Mode::Strict
    }

    /// The finding that `value` is not what the attribute takes: ``` `slug` expected {what}, got {value} ```.
    fn expected(&self, code: Code, what: &str, value: &Value<'_>) -> Finding {
        Finding::error(
            code,
            format!(
                "`{}` expected {what}, got {}",
                self.coercer.slug,
                value.describe()
            ),
        )
    }

    /// The finding that an object has keys beyond `known`, which names them; nothing when it has none.
    fn unknown_keys(&self, what: &str, object: &Object<'_>, known: &[&str]) -> Option<Finding> {
        const MOST: usize = 5;
        let unknown: Vec<_> = object.keys().filter(|key| !known.contains(key)).collect();
        if unknown.is_empty() {
            return None;
        }
        let mut names: Vec<_> = unknown
            .iter()
            .take(MOST)
            .map(|key| format!("`{}`", excerpt(key)))
            .collect();
        if unknown.len() > MOST {
            names.push(format!("{} more", unknown.len() - MOST));
        }
        let message = format!(
            "`{}` expected {what}, got an object with {}",
            self.coercer.slug,
            names.join(", ")
        );
        let help = match known {
            [key] => format!("send the value itself, or an object whose only key is `{key}`"),
            _ => format!("the keys are `{}`", known.join("`, `")),
        };
        Some(Finding::error(Code::AttributeUnknownKey, message).help(help))
    }

    /// The value that Attio's object form `{"key": value}` holds, or `value` itself when it is no object.
    #[inline]
    fn inside<'v, 'a>(
        &self,
        what: &str,
        value: &'v Value<'a>,
        key: &str,
    ) -> Result<&'v Value<'a>, Finding> {
        match value {
            Value::Object(object) => self.inside_object(what, object, key),
            _ => Ok(value),
        }
    }

    fn inside_object<'v, 'a>(
        &self,
        what: &str,
        object: &'v Object<'a>,
        key: &str,
    ) -> Result<&'v Value<'a>, Finding> {
        if let Some(finding) = self.unknown_keys(what, object, &[key]) {
            return Err(finding);
        }
        object.get(key).ok_or_else(|| {
            let message = format!(
                "`{}` expected {what}, got an empty object",
                self.coercer.slug
            );
            Finding::error(Code::AttributeUnknownKey, message)
                .help(format!("send the value itself, or as `{key}`"))
        })
    }
}

impl Coercer {
    /// Prepares an attribute. `schema` gives members, and the unique attributes of objects that are referred to.
    pub fn new(slug: &str, attribute: &Attribute, schema: &Schema, options: &Options) -> Self {
        match attribute.kind {
            AttributeType::Location => location::prepare(),
            AttributeType::PhoneNumber => country::prepare(),
            _ => {}
        }
        Coercer {
            slug: slug.into(),
            attribute: attribute.clone(),
            options: options.clone(),
            known: Known::of(attribute, schema),
            reads: None,
        }
    }

    /// The same, reading every value as `kind` first: what an attribute of that type would be given, as plain text, is
    /// then written to this attribute. A text attribute that reads `"May 17, 2024"` as a date is given `2024-05-17`.
    ///
    /// Reading as the attribute's own type changes nothing. Types whose values are no plain text (`location`, a
    /// `record-reference` by another attribute than an id) give their object, which only an attribute of their own
    /// type takes.
    #[must_use]
    pub fn reading_as(mut self, kind: AttributeType, schema: &Schema) -> Self {
        self.reads = None;
        if kind != self.attribute.kind {
            let attribute = Attribute {
                kind,
                is_multiselect: false,
                is_required: false,
                ..self.attribute.clone()
            };
            self.reads = Some(Box::new(Coercer::new(
                &self.slug,
                &attribute,
                schema,
                &self.options,
            )));
        }
        self
    }

    /// The slug of the attribute this writes to.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// What holds for this attribute.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The attribute this writes to.
    pub fn attribute(&self) -> &Attribute {
        &self.attribute
    }

    /// Appends the JSON of the write value of `value` to `out`, and what there is to say to `findings`.
    ///
    /// `region` is the country that the event names for phone numbers, in any spelling.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn coerce(
        &self,
        value: &Value<'_>,
        region: Option<&str>,
        out: &mut String,
        findings: &mut Vec<Finding>,
    ) -> Coerced {
        if !self.attribute.is_writable || self.attribute.is_archived {
            findings.push(self.not_writable());
            return Coerced::Refused;
        }
        let mut to = To {
            coercer: self,
            region,
            findings,
        };
        let start = out.len();
        let coerced = if self.attribute.is_multiselect {
            self.many(value, &mut to, out)
        } else {
            self.one(value, &mut to, out)
        };
        if matches!(coerced, Coerced::Omitted | Coerced::Refused) {
            out.truncate(start);
        }
        coerced
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn one(&self, value: &Value<'_>, to: &mut To<'_, '_>, out: &mut String) -> Coerced {
        match value {
            Value::Null => self.unset(to, out),
            Value::Array(items) => match items.as_slice() {
                [] => self.unset(to, out),
                [Value::Array(_)] if to.strict() => {
                    let message = format!("`{}` holds one value, got a list in a list", self.slug);
                    to.findings.push(
                        Finding::error(Code::AttributeTooMany, message)
                            .help("send the value itself, or set `mode` to `lenient`"),
                    );
                    Coerced::Refused
                }
                [item] => self.one(item, to, out),
                _ => {
                    let message = format!(
                        "`{}` holds one value, got a list of {}",
                        self.slug,
                        items.len()
                    );
                    to.findings.push(
                        Finding::error(Code::AttributeTooMany, message)
                            .help("map one of them, for example with `@path` and an index"),
                    );
                    Coerced::Refused
                }
            },
            Value::String(text) if is_blank(text) => match self.blank() {
                EmptyStrings::Omit => Coerced::Omitted,
                EmptyStrings::Unset => self.unset(to, out),
                EmptyStrings::Keep => self.element(value, to, out),
            },
            _ => self.element(value, to, out),
        }
    }

    fn many(&self, value: &Value<'_>, to: &mut To<'_, '_>, out: &mut String) -> Coerced {
        let items = match value {
            Value::Null => return self.unset(to, out),
            Value::Array(items) if items.is_empty() => return self.unset(to, out),
            Value::Array(items) => items.as_slice(),
            Value::String(text) if is_blank(text) => std::slice::from_ref(value),
            _ => return self.list_of_one(value, to, out),
        };
        let start = out.len();
        out.push('[');
        let mut written = Written::default();
        let (mut refused, mut unset) = (false, false);
        for item in items {
            let comma = out.len();
            if !written.ranges.is_empty() {
                out.push(',');
            }
            let from = out.len();
            let coerced = match item {
                Value::Null => Coerced::Unset,
                Value::String(text) if is_blank(text) => match self.blank() {
                    EmptyStrings::Omit => Coerced::Omitted,
                    EmptyStrings::Unset => Coerced::Unset,
                    EmptyStrings::Keep => self.element(item, to, out),
                },
                _ => self.element(item, to, out),
            };
            refused |= coerced == Coerced::Refused;
            unset |= coerced == Coerced::Unset;
            if coerced != Coerced::Written || !written.add(from..out.len(), out) {
                out.truncate(comma);
            }
        }
        out.push(']');
        match () {
            () if !written.ranges.is_empty() => Coerced::Written,
            () if refused => Coerced::Refused,
            () if unset => {
                out.truncate(start);
                self.unset(to, out)
            }
            () => Coerced::Omitted,
        }
    }

    /// One value that is no list, where a list is held: there is nothing that it could be the same as.
    fn list_of_one(&self, value: &Value<'_>, to: &mut To<'_, '_>, out: &mut String) -> Coerced {
        out.push('[');
        let coerced = self.element(value, to, out);
        out.push(']');
        coerced
    }

    fn blank(&self) -> EmptyStrings {
        self.options.empty_strings
    }

    fn unset(&self, to: &mut To<'_, '_>, out: &mut String) -> Coerced {
        if self.attribute.kind == AttributeType::Interaction {
            to.findings.push(interaction::refusal(to));
            return Coerced::Refused;
        }
        if self.attribute.is_required {
            let message = format!(
                "`{}` is required and cannot be unset, got nothing",
                self.slug
            );
            to.findings
                .push(Finding::error(Code::AttributeRequired, message).help(
                "map it from something that every such event holds, or leave it out of the mapping",
            ));
            return Coerced::Refused;
        }
        out.push_str(if self.attribute.is_multiselect {
            "[]"
        } else {
            "null"
        });
        Coerced::Unset
    }

    fn not_writable(&self) -> Finding {
        let (why, help) = if self.attribute.is_archived {
            (
                "archived",
                "restore the attribute in Attio, or leave it out of the mapping",
            )
        } else {
            ("set by Attio itself", "leave it out of the mapping")
        };
        let message = format!("`{}` cannot be written: it is {why}", self.slug);
        Finding::error(Code::SchemaNotWritable, message).help(help)
    }

    fn element(&self, value: &Value<'_>, to: &mut To<'_, '_>, out: &mut String) -> Coerced {
        let start = out.len();
        let result = match &self.reads {
            None => coerce(self.attribute.kind, value, to, out),
            Some(reader) => self.read(reader, value, to, out),
        };
        match result {
            // A type that appends nothing found nothing to write, as in an address whose parts are all blank.
            Ok(()) if out.len() == start => Coerced::Omitted,
            Ok(()) => Coerced::Written,
            Err(finding) => {
                out.truncate(start);
                to.findings.push(finding);
                Coerced::Refused
            }
        }
    }

    /// Coerces what `reader` makes of `value`.
    fn read(
        &self,
        reader: &Coercer,
        value: &Value<'_>,
        to: &mut To<'_, '_>,
        out: &mut String,
    ) -> Result<(), Finding> {
        let mut text = String::new();
        let mut first = To {
            coercer: reader,
            region: to.region,
            findings: &mut *to.findings,
        };
        coerce(reader.attribute.kind, value, &mut first, &mut text)?;
        if text.is_empty() {
            return Ok(());
        }
        // A type's output is JSON; were it not, the text itself would be refused below.
        let read = Value::parse(&text).unwrap_or(Value::Null);
        coerce(self.attribute.kind, plain(&read), to, out)
    }
}

/// The elements of a list that are written, to leave out what comes twice.
#[derive(Default)]
struct Written {
    ranges: Vec<Range<usize>>,
    /// Hashes of the elements, once there are more than a few.
    hashes: HashSet<u64>,
}

impl Written {
    /// Adds the element that `range` of `out` holds; whether it was not there before.
    fn add(&mut self, range: Range<usize>, out: &str) -> bool {
        const FEW: usize = 16;
        let element = &out[range.clone()];
        let is_same = |other: &Range<usize>| out[other.clone()] == *element;
        if self.ranges.len() < FEW {
            if self.ranges.iter().any(is_same) {
                return false;
            }
        } else {
            if self.hashes.is_empty() {
                self.hashes = self
                    .ranges
                    .iter()
                    .map(|range| hash(&out[range.clone()]))
                    .collect();
            }
            if !self.hashes.insert(hash(element)) && self.ranges.iter().any(is_same) {
                return false;
            }
        }
        self.ranges.push(range);
        true
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// The plain value in a write value, where it has one: what `{"value": ...}` and the like hold.
fn plain<'v, 'a>(written: &'v Value<'a>) -> &'v Value<'a> {
    const KEYS: [&str; 10] = [
        "value",
        "currency_value",
        "domain",
        "email_address",
        "original_phone_number",
        "full_name",
        "option",
        "status",
        "workspace_member_email_address",
        "referenced_actor_id",
    ];
    KEYS.iter()
        .find_map(|key| written.get(key))
        .or_else(|| written.get("target_record_id"))
        .unwrap_or(written)
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

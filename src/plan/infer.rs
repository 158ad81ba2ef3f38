//! The type of an attribute, told from its values.

use std::sync::LazyLock;

use super::common::{Common, Frequent};
use crate::attribute::{Coerced, Coercer, Mode, Options};
use crate::json::Value;
use crate::schema::{Attribute, AttributeType, Schema};

/// The types that values can tell by themselves, the narrower ones first. Only what Attio itself documents as a value
/// of the type counts, so that an id in digits stays a text.
const TYPES: [AttributeType; 8] = [
    AttributeType::Checkbox,
    AttributeType::Number,
    AttributeType::Date,
    AttributeType::Timestamp,
    AttributeType::EmailAddress,
    AttributeType::PhoneNumber,
    AttributeType::Location,
    AttributeType::Text,
];

/// What was seen of the values of one attribute.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    values: u64,
    /// Of each of the types, how many values are none of it.
    refused: [u64; TYPES.len()],
    /// Whether a value was a list.
    is_list: bool,
    texts: Common,
}

/// What values say of their attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inferred {
    pub(super) kind: AttributeType,
    pub(super) is_multiselect: bool,
}

impl Seen {
    /// Looks at a value, given as JSON.
    pub(super) fn add(&mut self, json: &str) {
        match Value::parse(json) {
            Ok(Value::Array(items)) => {
                self.is_list = true;
                items.iter().for_each(|item| self.element(item));
            }
            Ok(value) => self.element(&value),
            Err(_) => {}
        }
    }

    fn element(&mut self, value: &Value<'_>) {
        let is_blank = matches!(value, Value::String(text) if text.trim().is_empty());
        if value.is_null() || is_blank {
            return;
        }
        self.values += 1;
        for (kind, refused) in TYPES.into_iter().zip(&mut self.refused) {
            *refused += u64::from(!is_of(kind, value));
        }
        if let Value::String(text) = value {
            self.texts.add(text.trim());
        }
    }

    /// The one type that all values are of; `None` when there is none, or there were no values.
    pub(super) fn infer(&self) -> Option<Inferred> {
        let kinds = TYPES.into_iter().zip(self.refused);
        let kind = kinds
            .filter(|(_, refused)| *refused == 0)
            .map(|(kind, _)| kind)
            .next()?;
        if self.values == 0 {
            return None;
        }
        let takes_many = matches!(
            kind,
            AttributeType::EmailAddress | AttributeType::PhoneNumber
        );
        if !self.is_list || takes_many {
            return Some(Inferred {
                kind,
                is_multiselect: self.is_list,
            });
        }
        // Of plain texts, Attio keeps several only as options.
        (kind == AttributeType::Text && !self.texts().is_empty()).then_some(Inferred {
            kind: AttributeType::Select,
            is_multiselect: true,
        })
    }

    /// How many values there were.
    pub(super) fn values(&self) -> u64 {
        self.values
    }

    /// The texts among them, the most common first; none when there were too many to be names of something.
    pub(super) fn texts(&self) -> Vec<Frequent> {
        self.texts.all().unwrap_or_default()
    }
}

fn is_of(kind: AttributeType, value: &Value<'_>) -> bool {
    let has_form = match (kind, value) {
        (AttributeType::Checkbox, Value::Bool(_)) | (AttributeType::Number, Value::Number(_)) => {
            true
        }
        (AttributeType::Date, Value::String(text)) => text.len() == "2026-01-01".len(),
        (AttributeType::Timestamp, Value::String(text)) => text.len() > "2026-01-01".len(),
        (AttributeType::EmailAddress, Value::String(text)) => text.contains('@'),
        (AttributeType::PhoneNumber, Value::String(text)) => text.starts_with('+'),
        (AttributeType::Location, Value::Object(_)) => true,
        (AttributeType::Text, Value::String(_) | Value::Number(_) | Value::Bool(_)) => return true,
        _ => false,
    };
    has_form && is_accepted(kind, value)
}

fn is_accepted(kind: AttributeType, value: &Value<'_>) -> bool {
    static COERCERS: LazyLock<Vec<(AttributeType, Coercer)>> = LazyLock::new(|| {
        let coercer = |kind| {
            let mut options = Options::default();
            // A location in Segment's words is none of Attio's, but plainly one.
            if kind != AttributeType::Location {
                options.mode = Mode::Strict;
            }
            let attribute = Attribute::of(kind);
            (
                kind,
                Coercer::new("value", &attribute, Schema::standard(), &options),
            )
        };
        TYPES.into_iter().map(coercer).collect()
    });
    let coercer = COERCERS.iter().find(|(known, _)| *known == kind);
    coercer.is_some_and(|(_, coercer)| {
        let mut findings = Vec::new();
        coercer.coerce(value, None, &mut String::new(), &mut findings) == Coerced::Written
            && findings.is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn infer(values: &[&str]) -> Option<(AttributeType, bool)> {
        let mut seen = Seen::default();
        values.iter().for_each(|json| seen.add(json));
        seen.infer().map(|found| (found.kind, found.is_multiselect))
    }

    #[test]
    fn the_narrowest_type_that_takes_every_value_is_found() {
        use AttributeType::{
            Checkbox, Date, EmailAddress, Location, Number, PhoneNumber, Select, Text, Timestamp,
        };
        for (values, expect) in [
            (&["true", "false", "null"][..], Some((Checkbox, false))),
            (&["1", "2.5", "\" \""], Some((Number, false))),
            (&["\"1\"", "\"2\""], Some((Text, false))),
            (&["1", "\"many\""], Some((Text, false))),
            (&["\"2026-01-31\""], Some((Date, false))),
            (&["\"2026-02-31\""], Some((Text, false))),
            (&["\"2026-01-31T08:00:00Z\""], Some((Timestamp, false))),
            (
                &["\"2026-01-31\"", "\"2026-01-31T08:00:00Z\""],
                Some((Text, false)),
            ),
            (&["\"ada@acme.com\""], Some((EmailAddress, false))),
            (
                &["[\"ada@acme.com\", \"bob@acme.com\"]"],
                Some((EmailAddress, true)),
            ),
            (&["\"+14155550132\""], Some((PhoneNumber, false))),
            (
                &["{\"city\": \"Berlin\", \"country\": \"DE\"}"],
                Some((Location, false)),
            ),
            (&["[\"red\", \"blue\"]", "\"red\""], Some((Select, true))),
            (&["[1, 2]"], None),
            (&["{\"colour\": \"red\"}"], None),
            (&["{\"city\": \"Berlin\"}", "\"Berlin\""], None),
            (&["null", "[]", "\"\""], None),
            (&[], None),
        ] {
            assert_eq!(infer(values), expect, "{values:?}");
        }
    }

    #[test]
    fn texts_of_too_many_kinds_are_no_options() {
        let many: Vec<String> = (0..200).map(|n| format!("[\"text {n}\"]")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(infer(&many), None);
    }
}

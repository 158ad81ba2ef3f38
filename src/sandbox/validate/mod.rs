//! Whether a write value is one that Attio documents, type by type.
//!
//! Written from Attio's page on attribute types ("Writing values") and from nothing else: the coercer of this project
//! is judged by it, so neither knows the other. What the page does not show is refused.

mod contact;
mod country;
mod link;
mod place;
mod scalar;

use super::answer::Refusal;
use super::store::Store;
use super::tables::{AttributeTable, Tables};
use super::value::Cell;
use crate::json::Value;
use crate::schema::AttributeType;

pub(super) use link::find_match;

/// What is wrong with one value: where within it, and why.
#[derive(Debug, PartialEq, Eq)]
enum Problem {
    /// The value has the wrong form.
    Form { path: Vec<String>, why: String },
    /// The value names something that is not there.
    NotFound(String),
}

impl Problem {
    fn form(why: impl Into<String>) -> Self {
        Problem::Form {
            path: Vec::new(),
            why: why.into(),
        }
    }

    fn at(key: &str, why: impl Into<String>) -> Self {
        Problem::Form {
            path: vec![key.to_owned()],
            why: why.into(),
        }
    }
}

type Checked = Result<Cell, Problem>;

/// What values are checked against.
#[derive(Clone, Copy)]
pub(super) struct Context<'s> {
    pub(super) tables: &'s Tables,
    pub(super) store: &'s Store,
    /// Whether one value of a multi-select attribute may stand without its list, as the batch endpoint has it.
    pub(super) unwrapped_lists: bool,
}

impl Context<'_> {
    /// The values that `value` writes to an attribute; none when it unsets it.
    pub(super) fn check(
        self,
        attribute: &AttributeTable,
        value: &Value<'_>,
    ) -> Result<Vec<Cell>, Refusal> {
        let one = std::slice::from_ref(value);
        let items = match value {
            Value::Null => &[],
            Value::Array(items) if items.len() > 1 && !attribute.is_multiselect => {
                let problem = format!("Expected a single value, received {}.", items.len());
                return Err(Refusal::value(&attribute.slug, Vec::new(), problem));
            }
            Value::Array(items) => items.as_slice(),
            _ if attribute.is_multiselect && !self.unwrapped_lists => {
                let problem = format!("Expected array, received {}.", value.kind());
                return Err(Refusal::value(&attribute.slug, Vec::new(), problem));
            }
            _ => one,
        };
        let mut cells: Vec<Cell> = Vec::with_capacity(items.len());
        for (n, item) in items.iter().enumerate() {
            let cell = self.check_one(attribute, item).map_err(|problem| {
                problem.into_refusal(attribute, matches!(value, Value::Array(_)).then_some(n))
            })?;
            if !cells.iter().any(|other| other.is_same(&cell)) {
                cells.push(cell);
            }
        }
        Ok(cells)
    }

    fn check_one(self, attribute: &AttributeTable, value: &Value<'_>) -> Checked {
        match attribute.kind {
            AttributeType::ActorReference => link::actor(self, value),
            AttributeType::Checkbox => scalar::checkbox(value),
            AttributeType::Currency => scalar::currency(value),
            AttributeType::Date => scalar::date(value),
            AttributeType::Domain => contact::domain(value),
            AttributeType::EmailAddress => contact::email(value),
            AttributeType::Interaction => Err(Problem::form("Interactions cannot be written.")),
            AttributeType::Location => place::location(value),
            AttributeType::Number => scalar::number(value),
            AttributeType::PersonalName => place::name(value),
            AttributeType::PhoneNumber => contact::phone(value),
            AttributeType::Rating => scalar::rating(value),
            AttributeType::RecordReference => link::record(self, attribute, value),
            AttributeType::Select => link::choice(attribute, value, "option"),
            AttributeType::Status => link::choice(attribute, value, "status"),
            AttributeType::Text => scalar::text(value),
            AttributeType::Timestamp => scalar::timestamp(value),
        }
    }
}

impl Problem {
    fn into_refusal(self, attribute: &AttributeTable, item: Option<usize>) -> Refusal {
        match self {
            Problem::Form { path, why } => {
                let path = item
                    .map(|n| n.to_string())
                    .into_iter()
                    .chain(path)
                    .collect();
                Refusal::value(&attribute.slug, path, why)
            }
            Problem::NotFound(what) => Refusal::value_not_found(format!(
                "{what} for attribute with slug \"{}\".",
                attribute.slug
            )),
        }
    }
}

/// The value itself, or what the single key of its object form holds.
fn unwrap<'v, 'a>(value: &'v Value<'a>, key: &str) -> Result<&'v Value<'a>, Problem> {
    let Value::Object(object) = value else {
        return Ok(value);
    };
    if let Some(other) = object.keys().find(|&other| other != key) {
        return Err(Problem::at(
            other,
            format!("Unrecognized key \"{other}\", expected only \"{key}\"."),
        ));
    }
    object
        .get(key)
        .ok_or_else(|| Problem::at(key, format!("Required key \"{key}\" is missing.")))
}

/// The text of a value that must be one.
fn text_of<'v>(value: &'v Value<'_>) -> Result<&'v str, Problem> {
    value
        .as_str()
        .ok_or_else(|| Problem::form(format!("Expected string, received {}.", value.kind())))
}

#[cfg(test)]
mod tests;

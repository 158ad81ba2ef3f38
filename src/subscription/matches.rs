//! Whether a condition holds.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::event::{Slot, Slots, Type};
use crate::json::Value;

use super::condition::{Condition, Function, Operand, Path, Relation};
use crate::json::number;

/// What paths are looked up in.
pub(super) trait Source {
    /// The value at `path`; `None` when it is not known, which is something else than missing.
    fn find(&self, path: &Path) -> Option<Found<'_>>;

    /// The same where it is known and takes no parsing.
    fn ready(&self, path: &Path) -> Option<&Value<'_>>;
}

impl Source for Slots<'_> {
    #[cfg_attr(target_family = "wasm", inline)]
    fn find(&self, path: &Path) -> Option<Found<'_>> {
        Some(match self.slot(path.slot()) {
            Slot::Missing => Found::Value(&NULL),
            Slot::Scalar(value) => Found::Value(value),
            Slot::Subtree(text) => Found::Text(text),
        })
    }

    #[inline]
    fn ready(&self, path: &Path) -> Option<&Value<'_>> {
        match self.slot(path.slot()) {
            Slot::Missing => Some(&NULL),
            Slot::Scalar(value) => Some(value),
            Slot::Subtree(_) => None,
        }
    }
}

/// An event of which only the type is known.
impl Source for Type {
    fn find(&self, path: &Path) -> Option<Found<'_>> {
        path.is_type()
            .then(|| Found::Made(Value::String(Cow::Borrowed(self.as_str()))))
    }

    fn ready(&self, _: &Path) -> Option<&Value<'_>> {
        None
    }
}

static NULL: Value<'static> = Value::Null;

/// A value, parsed only where that is needed.
pub(super) enum Found<'v> {
    Value(&'v Value<'v>),
    /// An array or object as JSON text.
    Text(&'v str),
    Made(Value<'v>),
}

impl<'v> Found<'v> {
    #[cfg_attr(target_family = "wasm", inline)]
    fn null() -> Self {
        Found::Value(&NULL)
    }

    /// The value, when it takes no parsing.
    #[cfg_attr(target_family = "wasm", inline)]
    fn ready(&self) -> Option<&Value<'v>> {
        match self {
            Found::Value(value) => Some(value),
            Found::Made(value) => Some(value),
            Found::Text(_) => None,
        }
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn as_str(&self) -> Option<&str> {
        self.ready().and_then(Value::as_str)
    }

    /// The value; none when it holds an escape that is no character.
    #[cfg_attr(target_family = "wasm", inline)]
    fn parsed(self) -> Option<Value<'v>> {
        match self {
            Found::Value(value) => Some(value.borrowed()),
            Found::Text(text) => Value::parse(text).ok(),
            Found::Made(value) => Some(value),
        }
    }

    fn is_list(&self) -> bool {
        match self {
            Found::Text(text) => text.starts_with('['),
            _ => matches!(self.ready(), Some(Value::Array(_))),
        }
    }
}

impl Condition {
    /// Whether this holds in `source`; `None` when that depends on what the source does not know.
    #[cfg_attr(target_family = "wasm", inline)]
    pub(super) fn holds(&self, source: &impl Source) -> Option<bool> {
        match self {
            Condition::All(inner) => settle(inner, source, false),
            Condition::Any(inner) => settle(inner, source, true),
            Condition::Not(inner) => inner.holds(source).map(|holds| !holds),
            Condition::Compare(left, relation, right) => {
                // Nearly every comparison is of scalars, which borrow all the way.
                if let (Some(left), Some(right)) = (left.ready(source), right.ready(source)) {
                    return Some(relation.holds(left, right));
                }
                let (left, right) = (left.value(source)?, right.value(source)?);
                Some(match (left.ready(), right.ready()) {
                    (Some(left), Some(right)) => relation.holds(left, right),
                    // Text is of an array or object, which no scalar equals and which has no order.
                    (Some(scalar), None) | (None, Some(scalar)) if is_scalar(scalar) => {
                        *relation == Relation::NotEqual
                    }
                    _ => match (left.parsed(), right.parsed()) {
                        (Some(left), Some(right)) => relation.holds(&left, &right),
                        _ => *relation == Relation::NotEqual,
                    },
                })
            }
            Condition::In(item, list) => {
                let (item, list) = (item.value(source)?, list.value(source)?);
                if !list.is_list() {
                    return Some(false);
                }
                let is_in = |item: &Value<'_>, items: &Value<'_>| {
                    items
                        .as_array()
                        .is_some_and(|items| items.iter().any(|other| same(item, other)))
                };
                Some(match (item.ready(), list.ready()) {
                    (Some(item), Some(items)) => is_in(item, items),
                    _ => match (item.parsed(), list.parsed()) {
                        (Some(item), Some(items)) => is_in(&item, &items),
                        _ => false,
                    },
                })
            }
            Condition::Contains(text, part) => {
                let (text, part) = (text.value(source)?, part.value(source)?);
                Some(match (text.as_str(), part.as_str()) {
                    (Some(text), Some(part)) => text.contains(part),
                    _ => false,
                })
            }
            Condition::Match(text, glob) => {
                if let Some(text) = text.ready(source) {
                    return Some(text.as_str().is_some_and(|text| glob.matches(text)));
                }
                let text = text.value(source)?;
                Some(text.as_str().is_some_and(|text| glob.matches(text)))
            }
        }
    }
}

/// The group that one `deciding` member decides.
#[cfg_attr(target_family = "wasm", inline)]
fn settle(conditions: &[Condition], source: &impl Source, deciding: bool) -> Option<bool> {
    let mut outcome = Some(!deciding);
    for condition in conditions {
        match condition.holds(source) {
            Some(holds) if holds == deciding => return Some(deciding),
            Some(_) => {}
            None => outcome = None,
        }
    }
    outcome
}

impl Operand {
    #[inline]
    fn ready<'v>(&'v self, source: &'v impl Source) -> Option<&'v Value<'v>> {
        match self {
            Operand::Path(path) => source.ready(path),
            Operand::Literal(value) => Some(value),
            Operand::Apply(..) => None,
        }
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn value<'v>(&'v self, source: &'v impl Source) -> Option<Found<'v>> {
        match self {
            Operand::Path(path) => source.find(path),
            Operand::Literal(value) => Some(Found::Value(value)),
            Operand::Apply(function, argument) => {
                argument.value(source).map(|value| function.apply(value))
            }
        }
    }
}

impl Function {
    /// Functions of what they are not for are null, as functions of null are, but for `length`, where that is 0.
    #[cfg_attr(target_family = "wasm", inline)]
    fn apply(self, value: Found<'_>) -> Found<'_> {
        match self {
            Function::Lowercase => cased(value, |c| c.is_lowercase(), str::to_lowercase),
            Function::Uppercase => cased(value, |c| c.is_uppercase(), str::to_uppercase),
            Function::Length => length(value).map_or(Found::null(), |length| {
                Found::Made(Value::Number(Cow::Owned(length.to_string())))
            }),
            Function::TypeOf => {
                let name = match &value {
                    Found::Text(text) if text.starts_with('[') => "list",
                    Found::Text(_) => "object",
                    _ => value.ready().map_or("null", type_name),
                };
                Found::Made(Value::String(Cow::Borrowed(name)))
            }
        }
    }
}

fn cased<'v>(
    value: Found<'v>,
    already: impl Fn(char) -> bool,
    convert: impl Fn(&str) -> String,
) -> Found<'v> {
    match value.as_str() {
        Some(text) if text.chars().all(|c| already(c) || !c.is_alphabetic()) => value,
        Some(text) => Found::Made(Value::String(Cow::Owned(convert(text)))),
        None => Found::null(),
    }
}

fn length(value: Found<'_>) -> Option<usize> {
    if value.is_list() {
        return value.parsed()?.as_array().map(<[_]>::len);
    }
    match value.ready()? {
        Value::Null => Some(0),
        Value::String(text) => Some(text.len()),
        _ => None,
    }
}

/// The names of what `typeof` gives.
pub(super) const TYPE_NAMES: [&str; 6] = ["string", "number", "list", "bool", "null", "object"];

fn type_name(value: &Value<'_>) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Array(_) => "list",
        Value::Bool(_) => "bool",
        Value::Null => "null",
        Value::Object(_) => "object",
    }
}

#[cfg_attr(target_family = "wasm", inline)]
fn is_scalar(value: &Value<'_>) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

impl Relation {
    #[cfg_attr(target_family = "wasm", inline)]
    fn holds(self, left: &Value<'_>, right: &Value<'_>) -> bool {
        match self {
            Relation::Equal => same(left, right),
            Relation::NotEqual => !same(left, right),
            Relation::Less => order(left, right).is_some_and(Ordering::is_lt),
            Relation::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
            Relation::Greater => order(left, right).is_some_and(Ordering::is_gt),
            Relation::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
        }
    }
}

/// Strict equality, numbers by value.
#[cfg_attr(target_family = "wasm", inline)]
fn same(a: &Value<'_>, b: &Value<'_>) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => number::compare(a, b).is_eq(),
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => false,
    }
}

fn order(a: &Value<'_>, b: &Value<'_>) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => Some(number::compare(a, b)),
        _ => None,
    }
}

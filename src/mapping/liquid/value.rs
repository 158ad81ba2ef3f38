//! What values are in a template: their text, what is below them, and how they compare.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::json::{self, Value, number};

/// Appends what a value is in a text: nothing for `null`, the elements of an array one after the other, an object as
/// JSON.
pub(super) fn push_text(value: &Value<'_>, out: &mut String) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| push_text(item, out)),
        other => crate::mapping::template::push_text(other, out),
    }
}

pub(super) fn text_of<'x>(value: &'x Value<'_>) -> Cow<'x, str> {
    match value {
        Value::String(text) | Value::Number(text) => Cow::Borrowed(text),
        other => {
            let mut out = String::new();
            push_text(other, &mut out);
            out.into()
        }
    }
}

/// Characters of a text, elements of an array, keys of an object.
pub(super) fn size_of(value: &Value<'_>) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(object) => Some(object.len()),
        _ => None,
    }
}

/// What a key finds: a member, an element (counted from the end when the key is negative), or the `size`.
pub(super) fn below<'x, 'v>(value: &'x Value<'v>, key: &Value<'_>) -> Cow<'x, Value<'v>> {
    let text = text_of(key);
    let found = match value {
        Value::Object(object) if !key.is_null() => object.get(&text),
        Value::Array(items) => match (text.parse::<i64>(), &*text) {
            (Ok(index), _) => {
                let size = items.len() as i64;
                let index = if index < 0 {
                    index.saturating_add(size)
                } else {
                    index
                };
                usize::try_from(index)
                    .ok()
                    .and_then(|index| items.get(index))
            }
            (Err(_), "first") => items.first(),
            (Err(_), "last") => items.last(),
            _ => None,
        },
        _ => None,
    };
    match (found, size_of(value)) {
        (Some(found), _) => Cow::Borrowed(found),
        (None, Some(size)) if text == "size" => Cow::Owned(Value::Number(size.to_string().into())),
        _ => Cow::Owned(Value::Null),
    }
}

/// Whether a condition that is only this value holds.
pub(super) fn holds(value: &Value<'_>) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

pub(super) fn is_empty(value: &Value<'_>) -> bool {
    size_of(value) == Some(0)
}

pub(super) fn is_blank(value: &Value<'_>) -> bool {
    value.as_str().is_some_and(json::is_blank) || !holds(value) || is_empty(value)
}

/// Nothing equals an empty text; values of different kinds equal nothing else.
pub(super) fn equal(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let same = |(key, value)| right.get(key).is_some_and(|other| equal(value, other));
            left.len() == right.len() && left.iter().all(same)
        }
        _ => order(left, right) == Some(Ordering::Equal),
    }
}

/// The order of two numbers, texts or booleans; nothing is ordered as an empty text.
pub(super) fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(number::compare(left, right)),
        (Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (Value::Null | Value::String(_), Value::Null | Value::String(_)) => {
            Some(text_of(left).cmp(&text_of(right)))
        }
        _ => None,
    }
}

/// Whether a text has another in it, an array an element, an object a key.
pub(super) fn contains(whole: &Value<'_>, part: &Value<'_>) -> bool {
    match (whole, part) {
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Array(items), part) => items.iter().any(|item| equal(item, part)),
        (Value::Object(_), Value::Array(_) | Value::Object(_)) => false,
        (Value::Object(object), key) => object.contains_key(&text_of(key)),
        (text, part) => text_of(text).contains(&*text_of(part)),
    }
}

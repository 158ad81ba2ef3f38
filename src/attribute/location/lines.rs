//! The lines of a street.

use crate::attribute::host::{is_unseen, trimmed};
use crate::json::Value;

/// The lines of a street. Most have one.
pub(super) enum Lines<'v> {
    One(&'v str),
    Several(Vec<&'v str>),
}

impl<'v> Lines<'v> {
    pub(super) fn as_slice(&self) -> &[&'v str] {
        match self {
            Lines::One(line) => std::slice::from_ref(line),
            Lines::Several(lines) => lines,
        }
    }
}

/// The lines of a street: of a string, or of a list of strings.
pub(super) fn lines<'v>(value: &'v Value<'_>) -> Option<Lines<'v>> {
    match value {
        Value::Null => Some(Lines::Several(Vec::new())),
        Value::String(text) if memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none() => {
            Some(match line(text) {
                "" => Lines::Several(Vec::new()),
                line => Lines::One(line),
            })
        }
        Value::String(text) => Some(Lines::Several(split_lines(text).collect())),
        Value::Array(items) => {
            let mut lines = Vec::with_capacity(items.len());
            for item in items {
                match item {
                    Value::Null => {}
                    Value::String(text) => lines.extend(split_lines(text)),
                    _ => return None,
                }
            }
            Some(Lines::Several(lines))
        }
        _ => None,
    }
}

pub(super) fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r'])
        .map(line)
        .filter(|line| !line.is_empty())
}

/// A line without what nobody sees around it and commas behind it.
fn line(text: &str) -> &str {
    trimmed(text).trim_end_matches(|c| c == ',' || is_unseen(c))
}

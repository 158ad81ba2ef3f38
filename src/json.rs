//! JSON values that keep what they were written as.
//!
//! [`Value`] differs from `serde_json::Value` in the two ways this project needs: a number keeps its exact text (an id
//! of 20 digits never becomes a float), and a string borrows from the event it was read from. Objects keep the order
//! of their keys; of duplicate keys the last one wins, in the place of the first.

pub(crate) mod number;
pub(crate) mod scan;

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

pub(crate) use self::scan::fault;
use self::scan::{Scanner, content};
use crate::diagnostic::excerpt;

/// The deepest nesting of arrays and objects that is read, in levels.
pub const MAX_DEPTH: usize = 128;

/// A JSON value, borrowed from the text it was read from where that is possible.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as the exact text it was written as (a valid JSON number).
    Number(Cow<'a, str>),
    /// A string, unescaped.
    String(Cow<'a, str>),
    /// An array.
    Array(Vec<Value<'a>>),
    /// An object in the order of its keys.
    Object(Object<'a>),
}

/// A JSON object: pairs in order, keys unique.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Object<'a> {
    /// An object without keys.
    pub fn new() -> Self {
        Object(Vec::new())
    }

    /// An object without keys that has room for `keys`.
    pub fn with_capacity(keys: usize) -> Self {
        Object(Vec::with_capacity(keys))
    }

    /// Adds `key`, which must not be there yet.
    pub(crate) fn push(&mut self, key: impl Into<Cow<'a, str>>, value: Value<'a>) {
        self.0.push((key.into(), value));
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// Sets `key`; a key that is there already keeps its place and gets the new value.
    pub fn insert(&mut self, key: impl Into<Cow<'a, str>>, value: Value<'a>) {
        let key = key.into();
        match self.0.iter_mut().find(|(k, _)| *k == key) {
            Some((_, slot)) => *slot = value,
            None => self.0.push((key, value)),
        }
    }

    /// Removes `key` and gives its value.
    pub fn remove(&mut self, key: &str) -> Option<Value<'a>> {
        let at = self.0.iter().position(|(k, _)| k == key)?;
        Some(self.0.remove(at).1)
    }

    /// Whether `key` is there.
    pub fn contains_key(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pairs in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value<'a>)> {
        self.0.iter().map(|(k, v)| (k.as_ref(), v))
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(k, _)| k.as_ref())
    }

    /// Appends compact JSON.
    pub fn write_to(&self, out: &mut String) {
        out.push('{');
        for (i, (key, value)) in self.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            write_string(key, out);
            out.push(':');
            value.write_to(out);
        }
        out.push('}');
    }

    /// Pairs whose keys may repeat: the last value wins, in the place of the first.
    fn from_pairs(pairs: Vec<(Cow<'a, str>, Value<'a>)>) -> Self {
        const FEW: usize = 16;
        let repeats = |at: usize| pairs[..at].iter().any(|(key, _)| *key == pairs[at].0);
        if pairs.len() <= FEW && !(1..pairs.len()).any(repeats) {
            return Object(pairs);
        }
        let mut places = std::collections::HashMap::with_capacity(pairs.len());
        let mut unique: Vec<(Cow<'a, str>, Value<'a>)> = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            match places.get(&key) {
                Some(&at) => {
                    let slot: &mut (Cow<'a, str>, Value<'a>) = &mut unique[at];
                    slot.1 = value;
                }
                None => {
                    places.insert(key.clone(), unique.len());
                    unique.push((key, value));
                }
            }
        }
        Object(unique)
    }
}

impl<'a> IntoIterator for Object<'a> {
    type Item = (Cow<'a, str>, Value<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> FromIterator<(Cow<'a, str>, Value<'a>)> for Object<'a> {
    fn from_iter<I: IntoIterator<Item = (Cow<'a, str>, Value<'a>)>>(pairs: I) -> Self {
        Object::from_pairs(pairs.into_iter().collect())
    }
}

impl<'a> Value<'a> {
    /// Reads one JSON document.
    ///
    /// # Errors
    /// When the text is not JSON, holds an escape that is no character (a lone surrogate), or nests deeper than
    /// [`MAX_DEPTH`].
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        let mut scanner = Scanner::new(text);
        let at = scanner.space(0);
        let (value, end) = Self::read(&mut scanner, at)?;
        scanner.end(end)?;
        Ok(value)
    }

    /// The value at `at`, and the place behind it.
    #[cfg_attr(target_family = "wasm", inline)]
    fn read(scanner: &mut Scanner<'a>, at: usize) -> Result<(Self, usize), serde_json::Error> {
        Ok(match scanner.byte(at) {
            b'"' => {
                let text = scanner.string(at)?;
                let content = content(scanner.text(), text)?;
                (Value::String(content), text.end + 1)
            }
            b'{' => {
                let mut pairs = Vec::with_capacity(8);
                let end = scanner.object(at, |scanner, key, at| {
                    let key = content(scanner.text(), key)?;
                    let (value, end) = Self::read(scanner, at)?;
                    pairs.push((key, value));
                    Ok(end)
                })?;
                (Value::Object(Object::from_pairs(pairs)), end)
            }
            b'[' => {
                let mut items = Vec::new();
                let end = scanner.array(at, |scanner, _, at| {
                    let (value, end) = Self::read(scanner, at)?;
                    items.push(value);
                    Ok(end)
                })?;
                (Value::Array(items), end)
            }
            first => {
                let end = scanner.scalar(at)?;
                (Self::scalar(first, &scanner.text()[at..end]), end)
            }
        })
    }

    /// The `null`, boolean or number that `text`, which begins with `first`, says.
    #[inline]
    pub(crate) fn scalar(first: u8, text: &'a str) -> Self {
        match first {
            b'n' => Value::Null,
            b't' | b'f' => Value::Bool(first == b't'),
            _ => Value::Number(Cow::Borrowed(text)),
        }
    }

    /// The kind of value in the words of the messages: `null`, `boolean`, `number`, `string`, `array`, `object`.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }

    /// Kind and content in the words of a message, the content cut short: ``the string `soon` ``.
    pub fn describe(&self) -> String {
        match self {
            Value::Null => "null".to_owned(),
            Value::Bool(b) => format!("the boolean `{b}`"),
            Value::Number(text) => format!("the number `{}`", excerpt(text)),
            Value::String(text) if text.is_empty() => "an empty string".to_owned(),
            Value::String(text) => format!("the string `{}`", excerpt(text)),
            Value::Array(items) => format!("an array of {}", items.len()),
            Value::Object(_) => "an object".to_owned(),
        }
    }

    /// The text of a string.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number nearest to what was written; infinite past the range of a 64-bit float.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The members of an object.
    pub fn as_object(&self) -> Option<&Object<'a>> {
        match self {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Value<'a>]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The value of an object's key.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.as_object()?.get(key)
    }

    /// The same value, borrowing nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Null => Value::Null,
            Value::Bool(b) => Value::Bool(b),
            Value::Number(n) => Value::Number(Cow::Owned(n.into_owned())),
            Value::String(s) => Value::String(Cow::Owned(s.into_owned())),
            Value::Array(items) => Value::Array(items.into_iter().map(Value::into_owned).collect()),
            Value::Object(Object(pairs)) => Value::Object(Object(
                pairs
                    .into_iter()
                    .map(|(k, v)| (Cow::Owned(k.into_owned()), v.into_owned()))
                    .collect(),
            )),
        }
    }

    /// Borrows this value for a shorter time.
    pub fn borrowed<'b>(&'b self) -> Value<'b>
    where
        'a: 'b,
    {
        match self {
            Value::Null => Value::Null,
            Value::Bool(b) => Value::Bool(*b),
            Value::Number(n) => Value::Number(Cow::Borrowed(n)),
            Value::String(s) => Value::String(Cow::Borrowed(s)),
            Value::Array(items) => Value::Array(items.iter().map(Value::borrowed).collect()),
            Value::Object(Object(pairs)) => Value::Object(Object(
                pairs
                    .iter()
                    .map(|(k, v)| (Cow::Borrowed(k.as_ref()), v.borrowed()))
                    .collect(),
            )),
        }
    }

    /// Appends compact JSON.
    pub fn write_to(&self, out: &mut String) {
        match self {
            Value::Null => out.push_str("null"),
            Value::Bool(true) => out.push_str("true"),
            Value::Bool(false) => out.push_str("false"),
            Value::Number(text) => out.push_str(text),
            Value::String(text) => write_string(text, out),
            Value::Array(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write_to(out);
                }
                out.push(']');
            }
            Value::Object(object) => object.write_to(out),
        }
    }

    /// Compact JSON.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.write_to(&mut out);
        out
    }
}

/// Whether a text holds nothing but white space.
#[inline]
pub(crate) fn is_blank(text: &str) -> bool {
    !matches!(text.as_bytes().first(), Some(b'!'..=b'~')) && text.trim().is_empty()
}

/// Whether a text begins and ends in what is seen of ASCII, as most do: then there is nothing around it.
#[inline]
pub(crate) fn is_bare(text: &str) -> bool {
    matches!(
        text.as_bytes(),
        [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~']
    )
}

/// What [`str::trim`] gives.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    if is_bare(text) { text } else { text.trim() }
}

/// Appends `text` as a JSON string with its quotes.
#[cfg_attr(target_family = "wasm", inline)]
pub fn write_string(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    // Most texts need no escape.
    match plain_end(text.as_bytes(), 0) {
        end if end == text.len() => out.push_str(text),
        end => write_escaped(text, end, out),
    }
    out.push('"');
}

/// Whether a text stands in a JSON string as it is.
#[inline]
pub(crate) fn is_plain(text: &str) -> bool {
    plain_end(text.as_bytes(), 0) == text.len()
}

/// The place, from `at` on, of the first byte that does not stand in a JSON string as it is (a quote, a backslash or a
/// control character); the end when there is none.
#[inline]
fn plain_end(bytes: &[u8], mut at: usize) -> usize {
    const WORD: usize = size_of::<u64>();
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let found = specials(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + first(found);
        }
        at += WORD;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    // What is left of a word that ends where the text does, filled up with zeros; or of a text that has no whole word.
    let word = match bytes.last_chunk() {
        Some(last) if !rest.is_empty() => u64::from_le_bytes(*last) >> (8 * (WORD - rest.len())),
        Some(_) => return at,
        None => (rest.iter().rev()).fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    at + first(specials(word)).min(rest.len())
}

/// Marks, in the highest bit of each, the bytes of a word that do not stand in a JSON string as they are. Of several
/// marks only the lowest is certain.
#[inline]
fn specials(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    // A subtraction borrows into the highest bit of each byte that is less than what is subtracted, and perhaps of bytes
    // above such a one.
    let less = |word: u64, than: u8| word.wrapping_sub(ONES * u64::from(than)) & !word;
    let is = |byte: u8| less(word ^ (ONES * u64::from(byte)), 1);
    (less(word, b' ') | is(b'"') | is(b'\\')) & (ONES << 7)
}

/// The place of the byte with the lowest mark; 8 when there is none.
#[inline]
fn first(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

#[cold]
fn write_escaped(text: &str, plain: usize, out: &mut String) {
    let (mut from, mut at) = (0, plain);
    while let Some(&byte) = text.as_bytes().get(at) {
        out.push_str(&text[from..at]);
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            _ => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.push_str("\\u00");
                out.push(HEX[usize::from(byte >> 4)].into());
                out.push(HEX[usize::from(byte & 15)].into());
            }
        }
        from = at + 1;
        at = plain_end(text.as_bytes(), from);
    }
    out.push_str(&text[from..]);
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(b) => serializer.serialize_bool(*b),
            // OK because a `Number` holds a valid JSON number.
            Value::Number(text) => RawValue::from_string(text.to_string())
                .map_err(serde::ser::Error::custom)?
                .serialize(serializer),
            Value::String(text) => serializer.serialize_str(text),
            Value::Array(items) => serializer.collect_seq(items),
            Value::Object(object) => serializer.collect_map(object.iter()),
        }
    }
}

/// Reads from a JSON deserializer only, since the text of numbers is kept.
impl<'de> Deserialize<'de> for Value<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let value = Value::parse(raw.get()).map_err(serde::de::Error::custom)?;
        Ok(value.into_owned())
    }
}

impl From<&serde_json::Value> for Value<'static> {
    fn from(value: &serde_json::Value) -> Self {
        match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(b) => Value::Bool(*b),
            serde_json::Value::Number(n) => Value::Number(Cow::Owned(n.to_string())),
            serde_json::Value::String(s) => Value::String(Cow::Owned(s.clone())),
            serde_json::Value::Array(items) => {
                Value::Array(items.iter().map(Value::from).collect())
            }
            serde_json::Value::Object(map) => Value::Object(Object(
                map.iter()
                    .map(|(k, v)| (Cow::Owned(k.clone()), Value::from(v)))
                    .collect(),
            )),
        }
    }
}

/// As a `serde_json::Value`, for the crates that work on one. Numbers outside `i64`, `u64` and `f64` lose their text.
impl From<&Value<'_>> for serde_json::Value {
    fn from(value: &Value<'_>) -> Self {
        match value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(b) => serde_json::Value::Bool(*b),
            Value::Number(text) => text
                .parse::<i64>()
                .map(serde_json::Value::from)
                .or_else(|_| text.parse::<u64>().map(serde_json::Value::from))
                .unwrap_or_else(|_| text.parse::<f64>().unwrap_or(f64::NAN).into()),
            Value::String(text) => serde_json::Value::String(text.to_string()),
            Value::Array(items) => serde_json::Value::Array(items.iter().map(Into::into).collect()),
            Value::Object(object) => serde_json::Value::Object(
                object
                    .iter()
                    .map(|(k, v)| (k.to_owned(), v.into()))
                    .collect(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_exact_text() {
        let text = r#"{"id":123456789012345678901234567890,"rate":1.10,"big":1e999,"zero":-0}"#;
        assert_eq!(Value::parse(text).unwrap().to_json(), text);
        assert_eq!(
            serde_json::to_string(&Value::parse(text).unwrap()).unwrap(),
            text
        );
    }

    #[test]
    fn the_last_of_duplicate_keys_wins() {
        assert_eq!(
            Value::parse(r#"{"a":1,"b":2,"a":3}"#).unwrap().to_json(),
            r#"{"a":3,"b":2}"#
        );
        let many: String = (0..40).map(|i| format!("\"k{}\":{i},", i % 20)).collect();
        let text = format!("{{{}}}", many.trim_end_matches(','));
        let value = Value::parse(&text).unwrap();
        assert_eq!(value.as_object().unwrap().len(), 20);
        assert_eq!(value.get("k3").unwrap(), &Value::Number("23".into()));
    }

    #[test]
    fn strings_borrow_unless_they_have_escapes() {
        let Value::String(Cow::Borrowed("plain é")) = Value::parse("\"plain é\"").unwrap() else {
            panic!()
        };
        let escaped = Value::parse(r#""a\"\\\n\u0001\ud83d\ude00/""#).unwrap();
        assert_eq!(escaped.as_str(), Some("a\"\\\n\u{1}😀/"));
        assert_eq!(escaped.to_json(), r#""a\"\\\n\u0001😀/""#);
        assert!(Value::parse(r#""\ud800""#).is_err());
    }

    #[test]
    fn what_needs_an_escape_is_found_at_every_place() {
        for byte in 0..=0x7f_u8 {
            for before in 0..20 {
                let text = format!(
                    "{}{}\u{ff}{}",
                    "a\u{7f}".repeat(before),
                    char::from(byte),
                    "!\"".repeat(before % 3)
                );
                let expect = text
                    .bytes()
                    .position(|b| b < 0x20 || b == b'"' || b == b'\\');
                assert_eq!(
                    plain_end(text.as_bytes(), 0),
                    expect.unwrap_or(text.len()),
                    "{text:?}"
                );
                let mut out = String::new();
                write_string(&text, &mut out);
                assert_eq!(out, serde_json::to_string(&text).unwrap());
            }
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(Value::parse(&nested(MAX_DEPTH)).is_ok());
        assert!(Value::parse(&nested(MAX_DEPTH + 1)).is_err());
        assert!(Value::parse(&nested(100_000)).is_err());
    }
}

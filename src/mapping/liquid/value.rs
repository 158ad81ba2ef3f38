//! Our values as Liquid sees them, the variables of a template, and its bounded output.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeSet;
use std::fmt;
use std::io;

use liquid_core::model::{
    ArrayView, DisplayCow, KString, KStringCow, ObjectView, ScalarCow, State, Value as LiquidValue,
    ValueCow, ValueView,
};
use liquid_core::runtime::{PartialStore, Registers, Runtime, RuntimeCore};

use super::MAX_LIQUID_OUTPUT;
use crate::json::Value;

/// What a value is in a text: nothing for `null`, the elements of an array one after the other, an object as JSON.
pub(super) fn push_text(value: &Value<'_>, out: &mut String) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| push_text(item, out)),
        other => crate::mapping::template::push_text(other, out),
    }
}

pub(super) fn text_of(value: &Value<'_>) -> String {
    let mut out = String::new();
    push_text(value, &mut out);
    out
}

/// What Liquid's own type holds of a value that it cannot hold: the text, and a mark behind it. It is printed as the
/// text, and [`decode`] gives the value back.
fn marked(text: String, mark: State) -> LiquidValue {
    LiquidValue::Array(vec![LiquidValue::scalar(text), LiquidValue::State(mark)])
}

/// A value in Liquid's own type, for filters and variables. That type knows no order of keys and no text of numbers;
/// [`marked`] keeps both.
pub(super) fn encode(value: &Value<'_>) -> LiquidValue {
    match value {
        Value::Null => LiquidValue::Nil,
        Value::Bool(b) => LiquidValue::scalar(*b),
        Value::Number(text) => match text.parse::<i64>() {
            Ok(number) if number.to_string() == **text => LiquidValue::scalar(number),
            _ => marked(text.to_string(), State::DefaultValue),
        },
        Value::String(text) => LiquidValue::scalar(text.to_string()),
        Value::Array(items) => LiquidValue::Array(items.iter().map(encode).collect()),
        Value::Object(_) => marked(value.to_json(), State::Truthy),
    }
}

/// The value that [`encode`] made this of.
pub(super) fn decode(value: LiquidValue) -> Value<'static> {
    match value {
        LiquidValue::Nil | LiquidValue::State(_) => Value::Null,
        LiquidValue::Scalar(scalar) => match scalar.type_name() {
            "boolean" => Value::Bool(scalar.to_bool().unwrap_or_default()),
            "whole number" | "fractional number" => {
                Value::Number(scalar.into_string().to_string().into())
            }
            _ => Value::String(scalar.into_string().to_string().into()),
        },
        LiquidValue::Array(items) => match items.as_slice() {
            [LiquidValue::Scalar(text), LiquidValue::State(mark)] => {
                let text = text.to_kstr().to_string();
                match mark {
                    State::Truthy => Value::parse(&text).map_or(Value::Null, Value::into_owned),
                    _ => Value::Number(text.into()),
                }
            }
            _ => Value::Array(items.into_iter().map(decode).collect()),
        },
        LiquidValue::Object(object) => {
            // Not made by us; sorted, since Liquid's own order is random.
            let sorted: std::collections::BTreeMap<String, LiquidValue> = object
                .into_iter()
                .map(|(key, value)| (key.to_string(), value))
                .collect();
            let members = sorted
                .into_iter()
                .map(|(key, value)| (key.into(), decode(value)));
            Value::Object(members.collect())
        }
    }
}

struct Shown<'v, 'a>(&'v Value<'a>);

impl fmt::Display for Shown<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::String(text) | Value::Number(text) => f.write_str(text),
            other => f.write_str(&text_of(other)),
        }
    }
}

impl ValueView for Value<'_> {
    fn as_debug(&self) -> &dyn fmt::Debug {
        self
    }

    fn render(&self) -> DisplayCow<'_> {
        DisplayCow::Owned(Box::new(Shown(self)))
    }

    fn source(&self) -> DisplayCow<'_> {
        self.render()
    }

    fn type_name(&self) -> &'static str {
        self.kind()
    }

    fn query_state(&self, state: State) -> bool {
        let hollow = match self {
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(object) => object.is_empty(),
            _ => false,
        };
        let nothing = matches!(self, Value::Null | Value::Bool(false));
        match state {
            State::Truthy => !nothing,
            State::Empty => hollow,
            State::DefaultValue => hollow || nothing,
            State::Blank => {
                hollow || nothing || self.as_str().is_some_and(|text| text.trim().is_empty())
            }
        }
    }

    fn to_kstr(&self) -> KStringCow<'_> {
        match self {
            Value::String(text) | Value::Number(text) => KStringCow::from_ref(text),
            other => KStringCow::from_string(text_of(other)),
        }
    }

    fn to_value(&self) -> LiquidValue {
        encode(self)
    }

    fn as_scalar(&self) -> Option<ScalarCow<'_>> {
        match self {
            Value::Bool(b) => Some(ScalarCow::new(*b)),
            Value::Number(text) => match text.parse::<i64>() {
                Ok(number) => Some(ScalarCow::new(number)),
                Err(_) => self.as_f64().map(ScalarCow::new),
            },
            Value::String(text) => Some(ScalarCow::new(KStringCow::from_ref(text))),
            // Nothing is compared as an empty text, so that `contains` and brackets take it too.
            Value::Null => Some(ScalarCow::new(KStringCow::from_static(""))),
            Value::Array(_) | Value::Object(_) => None,
        }
    }

    fn as_array(&self) -> Option<&dyn ArrayView> {
        Value::as_array(self).is_some().then_some(self)
    }

    fn as_object(&self) -> Option<&dyn ObjectView> {
        Value::as_object(self).is_some().then_some(self)
    }

    fn is_nil(&self) -> bool {
        self.is_null()
    }
}

impl ArrayView for Value<'_> {
    fn as_value(&self) -> &dyn ValueView {
        self
    }

    fn size(&self) -> i64 {
        Value::as_array(self).map_or(0, |items| items.len() as i64)
    }

    fn values<'k>(&'k self) -> Box<dyn Iterator<Item = &'k dyn ValueView> + 'k> {
        let items = Value::as_array(self).unwrap_or_default();
        Box::new(items.iter().map(|item| item as &dyn ValueView))
    }

    fn contains_key(&self, index: i64) -> bool {
        element(self, index).is_some()
    }

    fn get(&self, index: i64) -> Option<&dyn ValueView> {
        element(self, index).map(|item| item as &dyn ValueView)
    }
}

impl ObjectView for Value<'_> {
    fn as_value(&self) -> &dyn ValueView {
        self
    }

    fn size(&self) -> i64 {
        Value::as_object(self).map_or(0, |object| object.len() as i64)
    }

    fn keys<'k>(&'k self) -> Box<dyn Iterator<Item = KStringCow<'k>> + 'k> {
        let members = Value::as_object(self)
            .into_iter()
            .flat_map(|object| object.keys());
        Box::new(members.map(KStringCow::from_ref))
    }

    fn values<'k>(&'k self) -> Box<dyn Iterator<Item = &'k dyn ValueView> + 'k> {
        let members = Value::as_object(self)
            .into_iter()
            .flat_map(|object| object.iter());
        Box::new(members.map(|(_, value)| value as &dyn ValueView))
    }

    fn iter<'k>(&'k self) -> Box<dyn Iterator<Item = (KStringCow<'k>, &'k dyn ValueView)> + 'k> {
        let members = Value::as_object(self)
            .into_iter()
            .flat_map(|object| object.iter());
        Box::new(members.map(|(key, value)| (KStringCow::from_ref(key), value as &dyn ValueView)))
    }

    fn contains_key(&self, key: &str) -> bool {
        Value::get(self, key).is_some()
    }

    fn get<'s>(&'s self, key: &str) -> Option<&'s dyn ValueView> {
        Value::get(self, key).map(|value| value as &dyn ValueView)
    }
}

/// The element of an array at an index, counted from the end when it is negative.
fn element<'v, 'a>(value: &'v Value<'a>, index: i64) -> Option<&'v Value<'a>> {
    let items = Value::as_array(value)?;
    let index = if index < 0 {
        index.checked_add(items.len() as i64)?
    } else {
        index
    };
    items.get(usize::try_from(index).ok()?)
}

static NOTHING: Value<'static> = Value::Null;

/// The variables of one rendering: the members of an object, and what the template assigns.
pub(super) struct Variables<'v, 'a> {
    core: RuntimeCore<'static>,
    roots: &'v Value<'a>,
    assigned: OnceCell<Box<Assigned>>,
    counters: RefCell<Vec<(KString, LiquidValue)>>,
}

/// A list that only grows, so that what is in it can be borrowed: the last of equal names is the one.
struct Assigned {
    name: KString,
    value: Value<'static>,
    next: OnceCell<Box<Assigned>>,
}

/// Whether something on the way to the text was larger than [`MAX_LIQUID_OUTPUT`].
#[derive(Default)]
pub(super) struct Full(pub(super) Cell<bool>);

impl<'v, 'a> Variables<'v, 'a> {
    pub(super) fn new(roots: &'v Value<'a>) -> Self {
        Variables {
            core: RuntimeCore::new(),
            roots,
            assigned: OnceCell::new(),
            counters: RefCell::default(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.registers().get_mut::<Full>().0.get()
    }

    fn find(&self, path: &[ScalarCow<'_>]) -> Option<ValueCow<'_>> {
        let (first, steps) = path.split_first()?;
        let name = first.to_kstr();
        let mut found = Value::get(self.roots, &name);
        let mut next = self.assigned.get();
        while let Some(assigned) = next {
            if assigned.name.as_str() == name.as_str() {
                found = Some(&assigned.value);
            }
            next = assigned.next.get();
        }
        let mut value = found?;
        for (i, step) in steps.iter().enumerate() {
            let key = step.to_kstr();
            let below = match value {
                Value::Object(object) => object.get(&key),
                Value::Array(_) => match (step.to_integer(), key.as_str()) {
                    (Some(index), _) => element(value, index),
                    (None, "first") => element(value, 0),
                    (None, "last") => element(value, -1),
                    _ => None,
                },
                _ => None,
            };
            match below {
                Some(below) => value = below,
                None if key.as_str() == "size" && i + 1 == steps.len() => {
                    let size = size_of(value)?;
                    return Some(ValueCow::Owned(LiquidValue::scalar(size)));
                }
                None => return None,
            }
        }
        Some(ValueCow::Borrowed(value))
    }
}

/// Characters of a text, elements of an array, keys of an object.
pub(super) fn size_of(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::String(text) => Some(text.chars().count() as i64),
        Value::Array(items) => Some(items.len() as i64),
        Value::Object(object) => Some(object.len() as i64),
        _ => None,
    }
}

impl Runtime for Variables<'_, '_> {
    fn partials(&self) -> &dyn PartialStore {
        self.core.partials()
    }

    fn name(&self) -> Option<liquid_core::model::KStringRef<'_>> {
        None
    }

    fn roots(&self) -> BTreeSet<KStringCow<'_>> {
        ObjectView::keys(self.roots).collect()
    }

    fn try_get(&self, path: &[ScalarCow<'_>]) -> Option<ValueCow<'_>> {
        self.find(path)
    }

    fn get(&self, path: &[ScalarCow<'_>]) -> liquid_core::Result<ValueCow<'_>> {
        Ok(self.find(path).unwrap_or(ValueCow::Borrowed(&NOTHING)))
    }

    fn set_global(&self, name: KString, value: LiquidValue) -> Option<LiquidValue> {
        let mut end = &self.assigned;
        while let Some(assigned) = end.get() {
            end = &assigned.next;
        }
        end.get_or_init(|| {
            Box::new(Assigned {
                name,
                value: decode(value),
                next: OnceCell::new(),
            })
        });
        None
    }

    fn set_index(&self, name: KString, value: LiquidValue) -> Option<LiquidValue> {
        let mut counters = self.counters.borrow_mut();
        counters.retain(|(known, _)| *known != name);
        counters.push((name, value));
        None
    }

    fn get_index<'s>(&'s self, name: &str) -> Option<ValueCow<'s>> {
        let counters = self.counters.borrow();
        let (_, value) = counters.iter().find(|(known, _)| known.as_str() == name)?;
        Some(ValueCow::Owned(value.clone()))
    }

    fn registers(&self) -> &Registers {
        self.core.registers()
    }
}

/// Text of at most [`MAX_LIQUID_OUTPUT`] bytes.
#[derive(Default)]
pub(super) struct Bounded {
    bytes: Vec<u8>,
    full: bool,
}

impl Bounded {
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    pub(super) fn into_text(self) -> String {
        // Liquid writes whole strings only, so nothing is ever replaced.
        String::from_utf8(self.bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
    }
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > MAX_LIQUID_OUTPUT {
            self.full = true;
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

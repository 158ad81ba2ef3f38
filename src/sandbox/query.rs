//! Queries: which records, in which order, which page.
//!
//! Of Attio's filters all but the drill-down by `path` are understood.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::answer::{Answer, Refusal};
use super::moment::Moment;
use super::read::system_value;
use super::records::State;
use super::store::Record;
use super::tables::{AttributeTable, ObjectTable};
use super::value::{Cell, Key, LOCATION_KEYS, Stored, root_domain};
use crate::json::{Object, Value};
use crate::schema::AttributeType;

/// The records of a page where nothing is said.
const DEFAULT_LIMIT: usize = 500;

/// Which records are wanted.
#[derive(Debug)]
enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    /// Any one value of the attribute passes all the tests.
    Attribute {
        place: usize,
        tests: Vec<Test>,
    },
    /// Whether the attribute has a value at all.
    NotEmpty {
        place: usize,
        wanted: bool,
    },
}

/// One comparison with a property of a value.
#[derive(Debug)]
struct Test {
    /// The property, or the one that the type means where none is named.
    property: Option<String>,
    operator: Operator,
    operand: Vec<Scalar<'static>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    In,
    NotEmpty,
    Contains,
    StartsWith,
    EndsWith,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// What a property holds, or is compared with.
#[derive(Clone, Debug, PartialEq)]
enum Scalar<'a> {
    Bool(bool),
    Number(f64),
    Text(Cow<'a, str>),
    Moment(Moment),
    /// What both a title and an id stand for.
    Either(Cow<'a, str>, Cow<'a, str>),
}

fn wrong(why: impl std::fmt::Display) -> Refusal {
    Refusal::invalid("filter_error", format!("Error in filter. {why}"))
}

impl State {
    /// `POST /v2/objects/{object}/records/query`
    pub(super) fn query(&self, object: usize, body: &Value<'_>) -> Answer {
        let body = body.as_object();
        let get = |key: &str| {
            body.and_then(|body| body.get(key))
                .filter(|value| !value.is_null())
        };
        let table = &self.tables.objects[object];
        let filter = match get("filter") {
            None => Filter::All(Vec::new()),
            Some(Value::Object(filter)) => parse_filter(table, filter)?,
            Some(other) => {
                return Err(wrong(format_args!(
                    "Expected an object, received {}.",
                    other.kind()
                )));
            }
        };
        let number = |key: &str, default: usize| match get(key) {
            None => Ok(default),
            Some(value) => {
                let number = match value {
                    Value::Number(text) => text.parse().ok(),
                    _ => None,
                };
                number.ok_or_else(|| Refusal::form(format!("Expected {key} to be a whole number.")))
            }
        };
        let (limit, offset) = (number("limit", DEFAULT_LIMIT)?, number("offset", 0)?);
        let sorts = self.parse_sorts(table, get("sorts"))?;

        let mut found: Vec<(Key, &Record)> = match self.candidate(object, &filter) {
            Some(key) => key
                .and_then(|key| Some((key, self.store.get(key)?)))
                .into_iter()
                .collect(),
            None => self.store.iter(object).collect(),
        };
        found.retain(|(key, record)| self.passes(*key, record, table, &filter));
        // Stable, so that records that are equal keep the order they were made in.
        for sort in sorts.iter().rev() {
            found.sort_by_cached_key(|(key, record)| Order {
                scalar: self.sort_key(*key, record, sort),
                descending: sort.descending,
            });
        }
        let mut out = String::from("{\"data\":[");
        for (n, (key, _)) in found.into_iter().skip(offset).take(limit).enumerate() {
            if n > 0 {
                out.push(',');
            }
            self.write_record(key, &mut out);
        }
        out.push_str("]}");
        Ok(out)
    }

    /// The one record that can pass when a unique attribute must equal a text: `Some(None)` when there is none.
    fn candidate(&self, object: usize, filter: &Filter) -> Option<Option<Key>> {
        match filter {
            Filter::All(filters) => filters
                .iter()
                .find_map(|filter| self.candidate(object, filter)),
            Filter::Attribute { place, tests } => {
                let attribute = self.tables.attribute(object, *place);
                if !attribute.is_unique || attribute.is_system && attribute.slug == "record_id" {
                    return None;
                }
                tests.iter().find_map(|test| {
                    let [Scalar::Text(text)] = test.operand.as_slice() else {
                        return None;
                    };
                    let cell = match attribute.kind {
                        AttributeType::Text => Cell::Text(text.as_ref().into()),
                        AttributeType::EmailAddress => Cell::Text(text.to_lowercase().into()),
                        AttributeType::Domain => Cell::Text(text.to_lowercase().into()),
                        _ => return None,
                    };
                    let is_equality = test.operator == Operator::In && test.property.is_none();
                    is_equality.then(|| self.store.find(object, *place, &cell))
                })
            }
            _ => None,
        }
    }

    fn passes(&self, key: Key, record: &Record, table: &ObjectTable, filter: &Filter) -> bool {
        match filter {
            Filter::All(filters) => filters
                .iter()
                .all(|filter| self.passes(key, record, table, filter)),
            Filter::Any(filters) => filters
                .iter()
                .any(|filter| self.passes(key, record, table, filter)),
            Filter::Not(filter) => !self.passes(key, record, table, filter),
            Filter::NotEmpty { place, wanted } => {
                let attribute = &table.attributes[*place];
                let is_there = system_value(key, record, attribute).is_some()
                    || self.visible(key, *place).next().is_some();
                is_there == *wanted
            }
            Filter::Attribute { place, tests } => {
                let attribute = &table.attributes[*place];
                let passes = |stored: &Stored| {
                    tests
                        .iter()
                        .all(|test| self.passes_test(stored, attribute, test))
                };
                match system_value(key, record, attribute) {
                    Some(stored) => passes(&stored),
                    None => self.visible(key, *place).any(passes),
                }
            }
        }
    }

    fn passes_test(&self, stored: &Stored, attribute: &AttributeTable, test: &Test) -> bool {
        let Some(property) = self.property(stored, attribute, test.property.as_deref()) else {
            return test.operator == Operator::NotEmpty && test.operand == [Scalar::Bool(false)];
        };
        let Some(operand) = test.operand.first() else {
            return false;
        };
        let texts = |compare: fn(&str, &str) -> bool| match (&property, operand) {
            (Scalar::Text(text), Scalar::Text(part)) => {
                compare(&text.to_lowercase(), &part.to_lowercase())
            }
            _ => false,
        };
        let order = |wanted: fn(Ordering) -> bool| compare(&property, operand).is_some_and(wanted);
        match test.operator {
            Operator::NotEmpty => *operand == Scalar::Bool(true),
            Operator::In => test
                .operand
                .iter()
                .any(|operand| is_equal(&property, operand, attribute.kind)),
            Operator::Contains => texts(|text, part| text.contains(part)),
            Operator::StartsWith => texts(|text, part| text.starts_with(part)),
            Operator::EndsWith => texts(|text, part| text.ends_with(part)),
            Operator::Less => order(Ordering::is_lt),
            Operator::AtMost => order(Ordering::is_le),
            Operator::More => order(Ordering::is_gt),
            Operator::AtLeast => order(Ordering::is_ge),
        }
    }

    /// A property of a value, by its name or the one that the type means without a name.
    fn property<'s>(
        &'s self,
        stored: &'s Stored,
        attribute: &'s AttributeTable,
        name: Option<&str>,
    ) -> Option<Scalar<'s>> {
        if name == Some("active_from") {
            return Some(Scalar::Moment(stored.since));
        }
        let text = |text: &'s str| Some(Scalar::Text(Cow::Borrowed(text)));
        match (&stored.cell, name) {
            (Cell::Actor { kind, .. }, Some("referenced_actor_type")) => text(kind),
            (Cell::Actor { id, .. }, Some("referenced_actor_id")) => text(id.as_deref()?),
            (Cell::Checkbox(value), None | Some("value")) => Some(Scalar::Bool(*value)),
            (Cell::Currency(value), None | Some("currency_value")) => Some(Scalar::Number(*value)),
            (Cell::Date(value) | Cell::Text(value), None | Some("value")) => text(value),
            (Cell::Domain(domain), None | Some("domain")) => text(domain),
            (Cell::Domain(domain), Some("root_domain")) => text(root_domain(domain)),
            (Cell::Email { address, .. }, None | Some("email_address")) => text(address),
            (Cell::Email { original, .. }, Some("original_email_address")) => text(original),
            (Cell::Email { address, .. }, Some(name)) => {
                let (local, domain) = address.rsplit_once('@')?;
                match name {
                    "email_domain" => text(domain),
                    "email_root_domain" => text(root_domain(domain)),
                    "email_local_specifier" => text(local),
                    _ => None,
                }
            }
            (Cell::Location(parts), Some(name)) => {
                let at = LOCATION_KEYS.iter().position(|key| *key == name)?;
                text(parts[at].as_deref()?)
            }
            (Cell::Name { full, .. }, None | Some("full_name")) => text(full),
            (Cell::Name { first, .. }, Some("first_name")) => text(first),
            (Cell::Name { last, .. }, Some("last_name")) => text(last),
            (Cell::Number(value), None | Some("value")) => Some(Scalar::Number(*value)),
            (Cell::Phone { number, .. }, None | Some("phone_number")) => text(number),
            (Cell::Phone { country, .. }, Some("country_code")) => text((*country)?),
            (Cell::Rating(value), None | Some("value")) => Some(Scalar::Number(f64::from(*value))),
            (Cell::Reference(key), Some("target_object")) => {
                let object = &self.tables.objects[key.object];
                Some(Scalar::Either(
                    Cow::Borrowed(&object.slug),
                    Cow::Borrowed(&object.id),
                ))
            }
            (Cell::Reference(key), Some("target_record_id")) => {
                Some(Scalar::Text(Cow::Owned(key.id())))
            }
            (Cell::Choice(title), None | Some("option" | "status")) => {
                let choice = attribute.choice(title)?;
                Some(Scalar::Either(
                    Cow::Borrowed(&choice.title),
                    Cow::Borrowed(&choice.id),
                ))
            }
            (Cell::Timestamp(moment), None | Some("value")) => Some(Scalar::Moment(*moment)),
            _ => None,
        }
    }

    fn sort_key<'s>(
        &'s self,
        key: Key,
        record: &'s Record,
        sort: &Sort,
    ) -> Option<Scalar<'static>> {
        let attribute = self.tables.attribute(key.object, sort.place);
        let own = system_value(key, record, attribute);
        let stored = own
            .as_ref()
            .or_else(|| self.visible(key, sort.place).next())?;
        let scalar = self.property(stored, attribute, sort.field.as_deref())?;
        Some(match scalar {
            Scalar::Text(text) => Scalar::Text(Cow::Owned(text.into_owned())),
            Scalar::Either(title, _) => Scalar::Text(Cow::Owned(title.into_owned())),
            Scalar::Bool(value) => Scalar::Bool(value),
            Scalar::Number(value) => Scalar::Number(value),
            Scalar::Moment(moment) => Scalar::Moment(moment),
        })
    }

    fn parse_sorts(
        &self,
        table: &ObjectTable,
        sorts: Option<&Value<'_>>,
    ) -> Result<Vec<Sort>, Refusal> {
        let Some(sorts) = sorts else {
            return Ok(Vec::new());
        };
        let sorts = sorts
            .as_array()
            .ok_or_else(|| Refusal::form("Expected sorts to be an array."))?;
        sorts
            .iter()
            .map(|sort| {
                let text = |key: &str| sort.get(key).and_then(Value::as_str);
                let descending = match text("direction") {
                    Some("asc") => false,
                    Some("desc") => true,
                    _ => {
                        return Err(Refusal::form(
                            "A sort needs a direction, \"asc\" or \"desc\".",
                        ));
                    }
                };
                let name = text("attribute").ok_or_else(|| {
                    Refusal::form("A sort needs an attribute; the sandbox does not sort by path.")
                })?;
                let place = table
                    .attribute(name)
                    .ok_or_else(|| wrong(format_args!("Unknown attribute slug: {name}.")))?;
                let field = text("field").map(str::to_owned);
                Ok(Sort {
                    place,
                    field,
                    descending,
                })
            })
            .collect()
    }
}

/// One level of order.
#[derive(Debug)]
struct Sort {
    place: usize,
    field: Option<String>,
    descending: bool,
}

/// The place of a record in an order; records without a value come last either way.
struct Order {
    scalar: Option<Scalar<'static>>,
    descending: bool,
}

impl Ord for Order {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.scalar, &other.scalar) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => {
                let order = compare(a, b).unwrap_or(Ordering::Equal);
                if self.descending {
                    order.reverse()
                } else {
                    order
                }
            }
        }
    }
}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Order {}

fn compare(property: &Scalar<'_>, operand: &Scalar<'_>) -> Option<Ordering> {
    match (property, operand) {
        (Scalar::Bool(a), Scalar::Bool(b)) => Some(a.cmp(b)),
        (Scalar::Number(a), Scalar::Number(b)) => a.partial_cmp(b),
        (Scalar::Number(a), Scalar::Text(b)) => a.partial_cmp(&b.parse().ok()?),
        (Scalar::Text(a), Scalar::Text(b)) => Some(a.cmp(b)),
        (Scalar::Moment(a), Scalar::Moment(b)) => Some(a.cmp(b)),
        (Scalar::Moment(a), Scalar::Text(b)) => Some(a.cmp(&Moment::parse(b)?)),
        _ => None,
    }
}

fn is_equal(property: &Scalar<'_>, operand: &Scalar<'_>, kind: AttributeType) -> bool {
    match (property, operand) {
        (Scalar::Either(a, b), Scalar::Text(text)) => a == text || b == text,
        (Scalar::Bool(a), Scalar::Text(text)) => a.to_string() == *text,
        (Scalar::Text(a), Scalar::Text(b))
            if matches!(kind, AttributeType::EmailAddress | AttributeType::Domain) =>
        {
            a.eq_ignore_ascii_case(b)
        }
        _ => compare(property, operand).is_some_and(Ordering::is_eq),
    }
}

fn parse_filter(table: &ObjectTable, filter: &Object<'_>) -> Result<Filter, Refusal> {
    let mut parts = Vec::with_capacity(filter.len());
    for (key, value) in filter.iter() {
        let several = || match value {
            Value::Array(items) => items
                .iter()
                .map(|item| match item {
                    Value::Object(filter) => parse_filter(table, filter),
                    other => Err(wrong(format_args!(
                        "Expected an object in {key}, received {}.",
                        other.kind()
                    ))),
                })
                .collect::<Result<Vec<_>, _>>(),
            other => Err(wrong(format_args!(
                "Expected an array at {key}, received {}.",
                other.kind()
            ))),
        };
        parts.push(match key {
            "$and" => Filter::All(several()?),
            "$or" => Filter::Any(several()?),
            "$not" => match value {
                Value::Object(filter) => Filter::Not(Box::new(parse_filter(table, filter)?)),
                other => {
                    return Err(wrong(format_args!(
                        "Expected an object at $not, received {}.",
                        other.kind()
                    )));
                }
            },
            "path" | "constraints" => return Err(wrong("The sandbox does not filter by path.")),
            _ if key.starts_with('$') => {
                return Err(wrong(format_args!("Unknown operator: {key}.")));
            }
            slug => {
                let place = table.attribute(slug);
                let place =
                    place.ok_or_else(|| wrong(format_args!("Unknown attribute slug: {slug}.")))?;
                parse_condition(place, value)?
            }
        });
    }
    Ok(match parts.len() {
        1 => parts.swap_remove(0),
        _ => Filter::All(parts),
    })
}

/// What is asked of one attribute: a value, operators, or properties with either.
fn parse_condition(place: usize, value: &Value<'_>) -> Result<Filter, Refusal> {
    let Value::Object(object) = value else {
        let tests = vec![equality(None, value)?];
        return Ok(Filter::Attribute { place, tests });
    };
    if let (Some(Value::Bool(wanted)), 1) = (object.get("$not_empty"), object.len()) {
        return Ok(Filter::NotEmpty {
            place,
            wanted: *wanted,
        });
    }
    let mut tests = Vec::new();
    for (key, value) in object.iter() {
        match (key.starts_with('$'), value) {
            (true, _) => tests.push(parse_test(None, key, value)?),
            (false, Value::Object(operators)) => {
                for (operator, value) in operators.iter() {
                    tests.push(parse_test(Some(key), operator, value)?);
                }
            }
            (false, _) => tests.push(equality(Some(key), value)?),
        }
    }
    Ok(Filter::Attribute { place, tests })
}

fn equality(property: Option<&str>, value: &Value<'_>) -> Result<Test, Refusal> {
    Ok(Test {
        property: property.map(str::to_owned),
        operator: Operator::In,
        operand: vec![scalar(value)?],
    })
}

fn parse_test(property: Option<&str>, operator: &str, value: &Value<'_>) -> Result<Test, Refusal> {
    let one = std::slice::from_ref(value);
    let (operator, values) = match (operator, value) {
        ("$eq", _) => (Operator::In, one),
        ("$in", Value::Array(values)) => (Operator::In, values.as_slice()),
        ("$not_empty", Value::Bool(_)) => (Operator::NotEmpty, one),
        ("$contains", Value::String(_)) => (Operator::Contains, one),
        ("$starts_with", Value::String(_)) => (Operator::StartsWith, one),
        ("$ends_with", Value::String(_)) => (Operator::EndsWith, one),
        ("$lt", _) => (Operator::Less, one),
        ("$lte", _) => (Operator::AtMost, one),
        ("$gt", _) => (Operator::More, one),
        ("$gte", _) => (Operator::AtLeast, one),
        _ => return Err(wrong(format_args!("Invalid operator: {operator}."))),
    };
    Ok(Test {
        property: property.map(str::to_owned),
        operator,
        operand: values.iter().map(scalar).collect::<Result<_, _>>()?,
    })
}

fn scalar(value: &Value<'_>) -> Result<Scalar<'static>, Refusal> {
    match value {
        Value::Bool(value) => Ok(Scalar::Bool(*value)),
        Value::Number(text) => text
            .parse()
            .map(Scalar::Number)
            .map_err(|_| wrong("Invalid number.")),
        Value::String(text) => Ok(Scalar::Text(Cow::Owned(text.to_string()))),
        other => Err(wrong(format_args!("Cannot compare with {}.", other.kind()))),
    }
}

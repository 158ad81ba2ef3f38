//! The operations of Attio's API that this project uses, described anew from its OpenAPI description, and a check of
//! requests and answers against that.
//!
//! The description knows nothing of how the sandbox routes or answers and the sandbox nothing of the description, so
//! that each is a test of the other. It is as strict as Attio's where Attio's is strict: a property that is not named
//! is refused unless Attio leaves the object open.

mod operations;

use serde_json::Value;

use super::Exchange;
use super::moment::Moment;
use super::tables::is_uuid;

use Shape::{
    Any, AttributeValue, Bool, Either, List, Map, Null, Number, Object, OneOf, Open, Text, Uuid,
};
use operations::{COMMON, EVERY_READ_VALUE, READ_VALUES, REFUSAL};
pub use operations::{Key, OPERATIONS, Operation, Shape};

/// Checks a request, and its answer when that was a success; of a refused request only the answer.
///
/// # Errors
/// What does not conform, and where.
pub fn check(exchange: &Exchange) -> Result<&'static Operation, String> {
    let Exchange {
        method,
        target,
        body,
        status,
        answer,
    } = exchange;
    let operation = find(method, target)?;
    if *status == operation.status {
        check_request(method, target, body.as_deref())?;
    }
    check_answer(method, target, *status, answer)?;
    Ok(operation)
}

/// Checks a request: its operation is there, its query and body are as described.
///
/// # Errors
/// What does not conform, and where.
pub fn check_request(method: &str, target: &str, body: Option<&str>) -> Result<(), String> {
    let operation = find(method, target)?;
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let given: Vec<&str> = query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .filter(|name| !name.is_empty())
        .collect();
    for (name, is_required) in operation.query {
        if *is_required && !given.contains(name) {
            return Err(format!(
                "{method} {target} lacks the query parameter `{name}`"
            ));
        }
    }
    if let Some(unknown) = given
        .iter()
        .find(|name| !operation.query.iter().any(|(known, _)| known == *name))
    {
        return Err(format!(
            "{method} {target} has the unknown query parameter `{unknown}`"
        ));
    }
    match (operation.request, body) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(format!("{method} {target} takes no body")),
        (Some(_), None) if operation.is_body_optional => Ok(()),
        (Some(_), None) => Err(format!("{method} {target} needs a body")),
        (Some(shape), Some(body)) => {
            fits(&parse(body)?, &shape).map_err(|at| format!("the body of {method} {target}: {at}"))
        }
    }
}

/// Checks an answer: its status is one of the operation's, its body is as described for that.
///
/// # Errors
/// What does not conform, and where.
pub fn check_answer(method: &str, target: &str, status: u16, body: &str) -> Result<(), String> {
    let operation = find(method, target)?;
    let body = parse(body)?;
    let of = |at: String| format!("the answer {status} to {method} {target}: {at}");
    if status == operation.status {
        return fits(&body, &operation.answer).map_err(of);
    }
    fits(&body, &REFUSAL).map_err(of)?;
    if body["status_code"] != status {
        return Err(of(format!("`status_code` is {}", body["status_code"])));
    }
    let (kind, code) = (body["type"].as_str(), body["code"].as_str());
    let own = operation
        .refusals
        .iter()
        .map(|(status, code)| (*status, "invalid_request_error", *code));
    let mut all = own.chain(COMMON.iter().copied());
    if all.any(|known| (known.0, Some(known.1), Some(known.2)) == (status, kind, code)) {
        Ok(())
    } else {
        Err(of(format!("an undescribed refusal: {body}")))
    }
}

/// The operation of a request.
fn find(method: &str, target: &str) -> Result<&'static Operation, String> {
    let path = target.split('?').next().unwrap_or_default();
    let is_of = |operation: &&Operation| {
        let (mut template, mut given) = (operation.path.split('/'), path.split('/'));
        let same = template
            .by_ref()
            .zip(given.by_ref())
            .all(|(template, given)| {
                template == given
                    || (template.starts_with('{') && !given.is_empty() && given != "query")
            });
        same && operation.path.split('/').count() == path.split('/').count()
            && operation.method == method
    };
    let found = OPERATIONS.iter().find(is_of);
    found.ok_or_else(|| format!("{method} {path} is not described"))
}

fn parse(body: &str) -> Result<Value, String> {
    serde_json::from_str(body).map_err(|error| format!("not JSON: {error}: {body}"))
}

/// Whether a value has a shape; if not, where and why.
fn fits(value: &Value, shape: &Shape) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("expected {what}, got {value}"));
    match (shape, value) {
        (Any, _) | (Null, Value::Null) | (Bool, Value::Bool(_)) | (Number, Value::Number(_)) => {
            Ok(())
        }
        (Text, Value::String(_)) => Ok(()),
        (Uuid, Value::String(text)) if is_uuid(text) => Ok(()),
        (Shape::Moment, Value::String(text))
            if text.ends_with('Z') && Moment::parse(text).is_some() =>
        {
            Ok(())
        }
        (OneOf(texts), Value::String(text)) if texts.contains(&text.as_str()) => Ok(()),
        (Either(shapes), _) => {
            let mut why = Vec::new();
            for shape in *shapes {
                match fits(value, shape) {
                    Ok(()) => return Ok(()),
                    Err(error) => why.push(error),
                }
            }
            Err(why.join(", or "))
        }
        (List(shape), Value::Array(items)) => {
            let mut items = items.iter().enumerate();
            items.try_for_each(|(n, item)| fits(item, shape).map_err(|at| under(n, &at)))
        }
        (Map(shape), Value::Object(map)) => map
            .iter()
            .try_for_each(|(key, value)| fits(value, shape).map_err(|at| under(key, &at))),
        (Object(keys), _) => fits_keys(value, &[keys], false),
        (Open(keys), _) => fits_keys(value, &[keys], true),
        (AttributeValue, _) => {
            let kind = value["attribute_type"].as_str().unwrap_or_default();
            match READ_VALUES.iter().find(|(known, _)| *known == kind) {
                Some((_, keys)) => fits_keys(value, &[EVERY_READ_VALUE, keys], false),
                None => wrong("an attribute value"),
            }
        }
        _ => wrong(&format!("{shape:?}")),
    }
}

/// An error within a key or an element.
fn under(key: impl std::fmt::Display, error: &str) -> String {
    let space = if error.starts_with('/') { "" } else { " " };
    format!("/{key}{space}{error}")
}

fn fits_keys(value: &Value, keys: &[&[Key]], is_open: bool) -> Result<(), String> {
    let Value::Object(map) = value else {
        return Err(format!("expected an object, got {value}"));
    };
    let all = || keys.iter().copied().flatten();
    for key in all() {
        match map.get(key.name) {
            Some(value) => fits(value, &key.shape).map_err(|at| under(key.name, &at))?,
            None if key.is_required => return Err(format!("lacks `{}`", key.name)),
            None => {}
        }
    }
    match map.keys().find(|name| !all().any(|key| key.name == *name)) {
        Some(unknown) if !is_open => Err(format!("has the unknown key `{unknown}`")),
        _ => Ok(()),
    }
}

//! Locations and personal names.

use super::country::is_country;
use super::{Checked, Problem, text_of};
use crate::json::Value;
use crate::sandbox::value::{Cell, LOCATION_KEYS};

pub(super) fn name(value: &Value<'_>) -> Checked {
    const KEYS: [&str; 3] = ["first_name", "last_name", "full_name"];
    let Value::Object(object) = value else {
        return Ok(parse_name(text_of(value)?));
    };
    if let Some(other) = object.keys().find(|key| !KEYS.contains(key)) {
        return Err(Problem::at(other, format!("Unrecognized key \"{other}\".")));
    }
    let part = |key| match object.get(key) {
        Some(Value::String(text)) => Ok(text.as_ref().into()),
        Some(other) => Err(Problem::at(
            key,
            format!("Expected string, received {}.", other.kind()),
        )),
        None => Err(Problem::at(
            key,
            format!("Required key \"{key}\" is missing."),
        )),
    };
    Ok(Cell::Name {
        first: part(KEYS[0])?,
        last: part(KEYS[1])?,
        full: part(KEYS[2])?,
    })
}

/// `Last name(s), First name(s)`; without a comma all of it is the first name.
fn parse_name(text: &str) -> Cell {
    let (last, first) = text.split_once(',').unwrap_or(("", text));
    let (first, last) = (first.trim(), last.trim());
    Cell::Name {
        first: first.into(),
        last: last.into(),
        full: format!("{first} {last}").trim().into(),
    }
}

pub(super) fn location(value: &Value<'_>) -> Checked {
    let Value::Object(object) = value else {
        return parse_location(text_of(value)?);
    };
    if let Some(other) = object.keys().find(|key| !LOCATION_KEYS.contains(key)) {
        return Err(Problem::at(other, format!("Unrecognized key \"{other}\".")));
    }
    let mut parts: [Option<Box<str>>; 10] = Default::default();
    for (part, key) in parts.iter_mut().zip(LOCATION_KEYS) {
        *part = match object.get(key) {
            Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.as_ref().into()),
            Some(other) => {
                let why = format!("Expected string or null, received {}.", other.kind());
                return Err(Problem::at(key, why));
            }
            None => {
                return Err(Problem::at(
                    key,
                    format!("Required key \"{key}\" is missing."),
                ));
            }
        };
    }
    let [.., country, latitude, longitude] = &parts;
    if let Some(code) = country.as_deref().filter(|code| !is_country(code)) {
        let why = format!("\"{code}\" is not an ISO 3166-1 alpha-2 country code.");
        return Err(Problem::at("country_code", why));
    }
    for (key, part, most) in [
        ("latitude", latitude, 90.0),
        ("longitude", longitude, 180.0),
    ] {
        if let Some(text) = part.as_deref().filter(|text| !is_coordinate(text, most)) {
            let why = format!("\"{text}\" is not a {key}.");
            return Err(Problem::at(key, why));
        }
    }
    Ok(Cell::Location(Box::new(parts)))
}

/// An optional sign, at most three digits without leading zeros, and a fraction.
fn is_coordinate(text: &str, most: f64) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let all_digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let no_leading_zero = whole == "0" || !whole.starts_with('0');
    all_digits(whole)
        && all_digits(fraction)
        && no_leading_zero
        && unsigned.parse().is_ok_and(|degrees: f64| degrees <= most)
}

/// Reads an address the simplest way: a country code at the end, a postcode and a region before it, then the
/// locality; the rest is the first line. How Attio itself reads them is not documented.
fn parse_location(text: &str) -> Checked {
    let mut rest: Vec<&str> = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    if rest.is_empty() {
        return Err(Problem::form(
            "Could not parse an empty string as a location.",
        ));
    }
    let mut take = |is: fn(&str) -> bool| {
        let found = rest.len() > 1 && rest.last().is_some_and(|part| is(part));
        found.then(|| rest.pop()).flatten().map(Box::from)
    };
    let mut parts: [Option<Box<str>>; 10] = Default::default();
    parts[7] = take(is_country);
    parts[6] = take(|part| part.len() <= 10 && part.bytes().any(|byte| byte.is_ascii_digit()));
    parts[5] = take(|part| part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_uppercase()));
    parts[4] = take(|_| true);
    parts[0] = Some(rest.join(", ").into());
    Ok(Cell::Location(Box::new(parts)))
}

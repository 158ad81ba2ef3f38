//! Domains, e-mail addresses and phone numbers.

use super::country::{CallingCode, calling_code_of, country_of, is_country};
use super::{Checked, Problem, text_of, unwrap};
use crate::json::Value;
use crate::sandbox::value::Cell;

pub(super) fn domain(value: &Value<'_>) -> Checked {
    let text = text_of(unwrap(value, "domain")?)?;
    let domain = text.to_ascii_lowercase();
    if !is_domain(&domain) {
        return Err(Problem::form(format!("\"{text}\" is not a valid domain.")));
    }
    Ok(Cell::Domain(domain.into()))
}

pub(super) fn email(value: &Value<'_>) -> Checked {
    let text = text_of(unwrap(value, "email_address")?)?;
    let invalid = || Problem::form(format!("\"{text}\" is not a valid email address."));
    let (local, domain) = text.rsplit_once('@').ok_or_else(invalid)?;
    let address = text.to_ascii_lowercase();
    let domain = &address[address.len() - domain.len()..];
    if !is_local_part(local) || !is_domain(domain) {
        return Err(invalid());
    }
    Ok(Cell::Email {
        address: address.as_str().into(),
        original: text.into(),
    })
}

pub(super) fn phone(value: &Value<'_>) -> Checked {
    let (original, country) = match value {
        Value::Object(object) => {
            if let Some(other) = object
                .keys()
                .find(|key| !["original_phone_number", "country_code"].contains(key))
            {
                return Err(Problem::at(other, format!("Unrecognized key \"{other}\".")));
            }
            let required = |key| object.get(key).ok_or_else(|| Problem::at(key, "Required."));
            let original = text_of(required("original_phone_number")?)?;
            let country = match required("country_code")? {
                Value::Null => None,
                Value::String(code) if is_country(code) => Some(code.as_ref()),
                other => {
                    let why = format!(
                        "{} is not an ISO 3166-1 alpha-2 country code.",
                        other.to_json()
                    );
                    return Err(Problem::at("country_code", why));
                }
            };
            (original, country)
        }
        _ => (text_of(value)?, None),
    };
    // A trunk prefix in brackets is not dialled from abroad, except to Italy.
    let dialled = match original.starts_with("+39") {
        true => original.to_owned(),
        false => original.replace("(0)", ""),
    };
    let digits: String = dialled.chars().filter(char::is_ascii_digit).collect();
    let shape = original.strip_prefix('+').unwrap_or(original);
    if !shape
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '(' | ')' | '/'))
    {
        return Err(Problem::form(format!(
            "\"{original}\" is not a valid phone number."
        )));
    }
    let number = if original.starts_with('+') {
        digits
    } else {
        let code = country.and_then(calling_code_of).ok_or_else(|| {
            Problem::form(format!(
                "\"{original}\" is not a valid phone number, possibly due to missing country information."
            ))
        })?;
        // A trunk prefix is dialled within a country only.
        let national = if code == "39" {
            digits.as_str()
        } else {
            digits.strip_prefix('0').unwrap_or(&digits)
        };
        format!("{code}{national}")
    };
    let invalid = || Problem::form(format!("\"{original}\" is not a valid E164 phone number."));
    let CallingCode { code, countries } = country_of(&number).ok_or_else(invalid)?;
    if !(4..=14).contains(&(number.len() - code.len())) || number.len() > 15 {
        return Err(invalid());
    }
    let country = match country {
        None => countries.first().copied(),
        Some(country) => Some(
            countries
                .iter()
                .copied()
                .find(|known| *known == country)
                .ok_or_else(|| {
                    let why =
                        format!("\"{original}\" is not a phone number of the country {country}.");
                    Problem::at("country_code", why)
                })?,
        ),
    };
    Ok(Cell::Phone {
        number: format!("+{number}").into(),
        original: original.into(),
        country,
    })
}

/// Labels of letters, digits and inner hyphens, at least two, the last of letters.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let Some((_, top)) = domain.rsplit_once('.') else {
        return false;
    };
    let is_top = top.starts_with("xn--") || top.bytes().all(|byte| byte.is_ascii_alphabetic());
    domain.len() <= 253 && top.len() >= 2 && is_top && domain.split('.').all(is_label)
}

/// Words with single dots between them, or one text in quotes; of the characters of RFC 5322, and of other scripts.
fn is_local_part(local: &str) -> bool {
    let is_foreign = |c: char| !c.is_ascii() && c.is_alphanumeric();
    let is_word = |word: &str| {
        !word.is_empty()
            && word.chars().all(|c| {
                c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || is_foreign(c)
            })
    };
    let is_quoted = |text: &str| {
        let mut chars = text.chars();
        while let Some(c) = chars.next() {
            let escaped = if c == '\\' {
                chars.next()
            } else {
                Some(c).filter(|c| *c != '"')
            };
            if !escaped.is_some_and(|c| c == ' ' || c.is_ascii_graphic() || is_foreign(c)) {
                return false;
            }
        }
        true
    };
    let quoted = local
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    local.len() <= 64 && quoted.map_or_else(|| local.split('.').all(is_word), is_quoted)
}

//! Texts, numbers, amounts, checkboxes, ratings, dates and timestamps.

use super::{Checked, Problem, text_of, unwrap};
use crate::json::Value;
use crate::sandbox::moment::Moment;
use crate::sandbox::value::Cell;

/// The largest text, in bytes.
const LONGEST_TEXT: usize = 10 * 1024 * 1024;
/// The decimals that numbers and amounts have at most.
const MOST_DECIMALS: i64 = 4;

pub(super) fn text(value: &Value<'_>) -> Checked {
    let text = text_of(unwrap(value, "value")?)?;
    if text.len() > LONGEST_TEXT {
        return Err(Problem::form("Text values are limited to 10MB."));
    }
    Ok(Cell::Text(text.into()))
}

pub(super) fn number(value: &Value<'_>) -> Checked {
    match unwrap(value, "value")? {
        Value::Number(text) => Ok(Cell::Number(decimal(text)?)),
        other => Err(Problem::form(format!(
            "Expected number, received {}.",
            other.kind()
        ))),
    }
}

pub(super) fn currency(value: &Value<'_>) -> Checked {
    match unwrap(value, "currency_value")? {
        Value::Number(text) => Ok(Cell::Currency(decimal(text)?)),
        Value::String(text) if is_decimal(text) => Ok(Cell::Currency(decimal(text)?)),
        Value::String(text) => Err(Problem::form(format!(
            "Could not parse \"{text}\" as a number."
        ))),
        other => Err(Problem::form(format!(
            "Expected number, received {}.",
            other.kind()
        ))),
    }
}

pub(super) fn checkbox(value: &Value<'_>) -> Checked {
    match unwrap(value, "value")? {
        Value::Bool(value) => Ok(Cell::Checkbox(*value)),
        Value::String(text) if text == "true" => Ok(Cell::Checkbox(true)),
        Value::String(text) if text == "false" => Ok(Cell::Checkbox(false)),
        other => Err(Problem::form(format!(
            "Expected boolean, received {}.",
            other.kind()
        ))),
    }
}

pub(super) fn rating(value: &Value<'_>) -> Checked {
    let given = unwrap(value, "value")?;
    let stars = match given {
        Value::Number(text) => text.parse().ok().filter(|stars: &u8| *stars <= 5),
        _ => None,
    };
    stars.map(Cell::Rating).ok_or_else(|| {
        Problem::form(format!(
            "Expected an integer between 0 and 5, received {}.",
            given.to_json()
        ))
    })
}

pub(super) fn date(value: &Value<'_>) -> Checked {
    Ok(Cell::Date(moment(value)?.date().into()))
}

pub(super) fn timestamp(value: &Value<'_>) -> Checked {
    Ok(Cell::Timestamp(moment(value)?))
}

fn moment(value: &Value<'_>) -> Result<Moment, Problem> {
    let text = text_of(unwrap(value, "value")?)?;
    Moment::parse(text)
        .ok_or_else(|| Problem::form(format!("Could not parse \"{text}\" as ISO 8601.")))
}

/// A number in plain notation with an optional sign and fraction.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    [whole, fraction]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

/// A finite number with at most four decimals.
fn decimal(text: &str) -> Result<f64, Problem> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    let number = number.ok_or_else(|| Problem::form(format!("The number {text} is too large.")))?;
    if decimals(text) > MOST_DECIMALS {
        return Err(Problem::form(format!(
            "Expected a number with at most {MOST_DECIMALS} decimal places, received {text}."
        )));
    }
    // Zero has no sign.
    Ok(number + 0.0)
}

/// How many decimals the value of a JSON number has.
fn decimals(text: &str) -> i64 {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let fraction = fraction.trim_end_matches('0');
    // Zeros at the end of a whole number take decimals away again: `1200e-5` has three.
    let zeros = match fraction {
        "" => whole.len() - whole.trim_end_matches('0').len(),
        _ => 0,
    };
    let is_zero = mantissa
        .bytes()
        .all(|byte| matches!(byte, b'0' | b'.' | b'-'));
    let exponent: i64 =
        exponent
            .parse()
            .unwrap_or(if exponent.starts_with('-') { -999 } else { 999 });
    if is_zero {
        return 0;
    }
    fraction.len() as i64 - zeros as i64 - exponent
}

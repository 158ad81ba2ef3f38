//! `number`: a 64-bit float of which Attio keeps four decimals.
//!
//! Numbers are read exactly from their text and written in their shortest form. A fifth decimal is rounded half away
//! from zero with a warning; an integer that a 64-bit float cannot hold is refused, since it would come back as
//! another one. Percent signs and units are refused: `10%` may mean 10 or 0.1.

use super::decimal::{Decimal, Wrong};
use super::{Example, Finding, To};
use crate::diagnostic::Code;
use crate::json::Value;

const WHAT: &str = "a number";

pub(super) const DESCRIPTION: &str = "\
A number with at most four decimals, stored as a 64-bit float. Attio takes a JSON number, or `{\"value\": number}`. \
Text that holds a number is taken too: with spaces around it, an exponent, or separators of thousands that can be read \
one way only (`1,234,567.8`, `1.234,56`, `1 234,5`, `1'234`). A single dot is the decimal point and `1,234` is one \
thousand two hundred and thirty-four. More than four decimals are rounded half away from zero, with a warning. \
Integers beyond 2^53, booleans, percentages and units are refused.";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let inner = to.inside(WHAT, value, "value")?;
    let read = match inner {
        Value::Number(text) => Decimal::plain(text),
        Value::String(text) if !to.strict() => Decimal::separated(text).map(|(decimal, _)| decimal),
        _ => Err(Wrong::NotANumber),
    };
    let decimal = read.map_err(|wrong| refusal(wrong, inner, to))?;
    write("{\"value\":", decimal, inner, Code::AttributeNumber, to, out)
}

/// Appends a number in its object form, with a warning when it was rounded; strict mode refuses it then.
pub(super) fn write(
    key: &str,
    decimal: Decimal,
    value: &Value<'_>,
    code: Code,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let decimal = decimal.as_stored();
    if decimal.is_rounded && to.strict() {
        return Err(to
            .expected(code, "at most 4 decimals", value)
            .help("round it, or set `mode` to `lenient`"));
    }
    out.push_str(key);
    let start = out.len();
    decimal.write_to(out);
    if decimal.is_rounded {
        let message = format!(
            "`{}` was rounded to `{}`, got {}",
            to.coercer.slug,
            &out[start..],
            value.describe()
        );
        to.findings.push(
            Finding::warning(Code::AttributeRounded, message)
                .help("Attio keeps 4 decimals, and 15 digits for certain; round it before to choose how"),
        );
    }
    out.push('}');
    Ok(())
}

fn refusal(wrong: Wrong, value: &Value<'_>, to: &To<'_, '_>) -> Finding {
    if wrong == Wrong::TooLarge {
        return too_large(Code::AttributeNumber, value, to);
    }
    let help = match value {
        Value::String(_) if to.strict() => "send a JSON number, or set `mode` to `lenient`",
        Value::String(text) if text.contains('%') => {
            "send `10` or `0.1` for `10%`, as the attribute means it"
        }
        Value::String(text) if text.contains('(') && is_bare(text) => {
            "write a minus for what is below zero, not parentheses, as in `-5`"
        }
        Value::String(text) if is_bare(text) => "send one number in digits, such as `1234.5`",
        Value::String(_) => "send a number without units, such as `1234.5`",
        Value::Bool(_) => "map it to a checkbox, or send `1` or `0`",
        Value::Null => "send `null` itself to unset the attribute",
        _ => "send a number such as `1234.5`",
    };
    to.expected(Code::AttributeNumber, WHAT, value).help(help)
}

/// Whether a text has nothing that could be a unit.
fn is_bare(text: &str) -> bool {
    const BESIDE: &str = "+-.,'_()/:";
    text.chars()
        .all(|c| c.is_ascii_digit() || c.is_whitespace() || BESIDE.contains(c))
}

pub(super) fn too_large(code: Code, value: &Value<'_>, to: &To<'_, '_>) -> Finding {
    to.expected(code, "a number up to 9007199254740992 (2^53)", value)
        .help("Attio stores numbers as 64-bit floats, which would change it; map it to a text attribute")
}

pub(super) const EXAMPLES: &[Example] = &[
    Example::documented("3.1415", r#"{"value":3.1415}"#, "a number"),
    Example::documented("42.192", r#"{"value":42.192}"#, "with three decimals"),
    Example::documented("17", r#"{"value":17}"#, "an integer"),
    Example::documented(r#"{"value":3.1415}"#, r#"{"value":3.1415}"#, "the object form"),
    Example::documented(r#"[{"value":3.1415}]"#, r#"{"value":3.1415}"#, "a list of one"),
    Example::documented("0", r#"{"value":0}"#, "zero is a value"),
    Example::documented("-0", r#"{"value":0}"#, "zero has no sign"),
    Example::documented("-12.5", r#"{"value":-12.5}"#, "below zero"),
    Example::documented("1.50", r#"{"value":1.5}"#, "zeros that say nothing go"),
    Example::documented("1e3", r#"{"value":1000}"#, "an exponent"),
    Example::documented("2.5E-3", r#"{"value":0.0025}"#, "a negative exponent"),
    Example::documented(
        "9007199254740992",
        r#"{"value":9007199254740992}"#,
        "the largest integer",
    ),
    Example::taken(r#""42""#, r#"{"value":42}"#, "a number as text"),
    Example::taken(r#"" 1234.5 ""#, r#"{"value":1234.5}"#, "with spaces around it"),
    Example::taken(
        "\"\u{202d}1234\u{202c}\"",
        r#"{"value":1234}"#,
        "marks of direction around it, as Windows copies them",
    ),
    Example::taken(r#""1e3""#, r#"{"value":1000}"#, "an exponent as text"),
    Example::taken(r#""+7""#, r#"{"value":7}"#, "a plus"),
    Example::taken(r#""-7.25""#, r#"{"value":-7.25}"#, "a minus"),
    Example::taken(r#""−7""#, r#"{"value":-7}"#, "a typographic minus"),
    Example::taken(r#"".5""#, r#"{"value":0.5}"#, "no zero before the point"),
    Example::taken(r#""007""#, r#"{"value":7}"#, "leading zeros"),
    Example::taken(r#""1,234""#, r#"{"value":1234}"#, "a comma between thousands"),
    Example::taken(r#""1,234,567.8""#, r#"{"value":1234567.8}"#, "several commas"),
    Example::taken(r#""1.234,56""#, r#"{"value":1234.56}"#, "continental"),
    Example::taken(r#""1.234.567""#, r#"{"value":1234567}"#, "dots between thousands"),
    Example::taken(r#""1.234""#, r#"{"value":1.234}"#, "a single dot is the decimal point"),
    Example::taken(r#""3,5""#, r#"{"value":3.5}"#, "a decimal comma"),
    Example::taken(r#""1 234 567,89""#, r#"{"value":1234567.89}"#, "French"),
    Example::taken(r#""1'234.5""#, r#"{"value":1234.5}"#, "Swiss"),
    Example::taken(r#""12,34,567""#, r#"{"value":1234567}"#, "Indian"),
    Example::taken(r#""1_000_000""#, r#"{"value":1000000}"#, "a programmer's"),
    Example::taken(r#"{"value":"99"}"#, r#"{"value":99}"#, "text in the object form"),
    Example::taken("2.71828", r#"{"value":2.7183}"#, "rounded to four decimals")
        .finding(&[Code::AttributeRounded]),
    Example::taken(r#""-0.00005""#, r#"{"value":-0.0001}"#, "half goes away from zero")
        .finding(&[Code::AttributeRounded]),
    Example::taken("0.30000000000000004", r#"{"value":0.3}"#, "what floats leave behind")
        .finding(&[Code::AttributeRounded]),
    Example::taken(
        "1234567890123.4567",
        r#"{"value":1234567890123.4568}"#,
        "more digits than a 64-bit float keeps",
    )
    .finding(&[Code::AttributeRounded]),
    Example::documented("null", "null", "`null` unsets"),
    Example::omitted(r#""""#, "blank strings are left out"),
    Example::refused(r#""""#, Code::AttributeNumber, "a blank string is no number")
        .given(r#"{"empty_strings":"keep"}"#),
    Example::refused("9007199254740993", Code::AttributeNumber, "an integer beyond 2^53"),
    Example::refused(r#""12345678901234567890""#, Code::AttributeNumber, "an id of 20 digits"),
    Example::refused("1e999", Code::AttributeNumber, "beyond a 64-bit float"),
    Example::refused("true", Code::AttributeNumber, "a boolean"),
    Example::refused(r#""10%""#, Code::AttributeNumber, "ten, or a tenth?"),
    Example::refused(r#""5 kg""#, Code::AttributeNumber, "a unit"),
    Example::refused(r#""$5""#, Code::AttributeNumber, "an amount of money"),
    Example::refused(r#""50k""#, Code::AttributeNumber, "a suffix"),
    Example::refused(r#""1-10""#, Code::AttributeNumber, "a range"),
    Example::refused(r#""(5)""#, Code::AttributeNumber, "five, or minus five?"),
    Example::refused(r#""1,234,56""#, Code::AttributeNumber, "groups that are none"),
    Example::refused(r#""01,234""#, Code::AttributeNumber, "a zero before the thousands"),
    Example::refused(r#""12 34""#, Code::AttributeNumber, "two numbers"),
    Example::refused(r#""0x1F""#, Code::AttributeNumber, "hexadecimal"),
    Example::refused(r#""NaN""#, Code::AttributeNumber, "not a number"),
    Example::refused(r#"".""#, Code::AttributeNumber, "a dot alone"),
    Example::refused(r#""-.""#, Code::AttributeNumber, "a minus and a dot"),
    Example::refused(r#""five""#, Code::AttributeNumber, "a word"),
    Example::refused(r#""unknown""#, Code::AttributeNumber, "a placeholder"),
    Example::refused(r#"{"value":null}"#, Code::AttributeNumber, "nothing inside"),
    Example::refused(r#"{"amount":5}"#, Code::AttributeUnknownKey, "another key"),
    Example::refused("[1,2]", Code::AttributeTooMany, "which of the two?"),
];

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{of, said};
    use crate::schema::AttributeType;

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let number = of(AttributeType::Number);
        let texts = [
            r#""10%""#,
            r#""5 kg""#,
            r#""(5)""#,
            r#""01,234""#,
            "true",
            "9007199254740993",
            r#"{"amount":5}"#,
            "{}",
            "2.71828",
        ];
        let texts = texts.map(|input| said(&number, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.number]: `it` expected a number, got the string `10%`
          help: send `10` or `0.1` for `10%`, as the attribute means it
        error[attribute.number]: `it` expected a number, got the string `5 kg`
          help: send a number without units, such as `1234.5`
        error[attribute.number]: `it` expected a number, got the string `(5)`
          help: write a minus for what is below zero, not parentheses, as in `-5`
        error[attribute.number]: `it` expected a number, got the string `01,234`
          help: send one number in digits, such as `1234.5`
        error[attribute.number]: `it` expected a number, got the boolean `true`
          help: map it to a checkbox, or send `1` or `0`
        error[attribute.number]: `it` expected a number up to 9007199254740992 (2^53), got the number `9007199254740993`
          help: Attio stores numbers as 64-bit floats, which would change it; map it to a text attribute
        error[attribute.unknown_key]: `it` expected a number, got an object with `amount`
          help: send the value itself, or an object whose only key is `value`
        error[attribute.unknown_key]: `it` expected a number, got an empty object
          help: send the value itself, or as `value`
        warning[attribute.rounded]: `it` was rounded to `2.7183`, got the number `2.71828`
          help: Attio keeps 4 decimals, and 15 digits for certain; round it before to choose how
        ");
    }
}

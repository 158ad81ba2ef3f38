//! `rating`: a whole number of stars, 0 to 5.
//!
//! Never clamped nor rounded: `7` of 10 is not 5 of 5.

use super::decimal::Decimal;
use super::{Example, Finding, To};
use crate::diagnostic::Code;
use crate::json::Value;

const WHAT: &str = "a whole number from 0 to 5";

pub(super) const DESCRIPTION: &str = "\
A whole number from 0 to 5. Attio takes a JSON integer, or `{\"value\": integer}`. The same number as text, or written \
with zero decimals (`4.0`), is taken too. Anything else is refused: a rating is never clamped, scaled or rounded.";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let inner = to.inside(WHAT, value, "value")?;
    let stars = match inner {
        Value::Number(text) if to.strict() => text.parse().ok(),
        Value::Number(text) => Decimal::plain(text).ok().and_then(Decimal::whole),
        Value::String(text) if !to.strict() => Decimal::plain(text).ok().and_then(Decimal::whole),
        _ => None,
    };
    let Some(stars @ 0..=5) = stars else {
        let help = match inner {
            Value::Null => "send `null` itself to unset the attribute",
            Value::String(_) if to.strict() => "send a JSON integer, or set `mode` to `lenient`",
            Value::Number(_) | Value::String(_) => {
                "send `0`, `1`, `2`, `3`, `4` or `5`; bring other scales to it before"
            }
            _ => "send `0`, `1`, `2`, `3`, `4` or `5`",
        };
        return Err(to.expected(Code::AttributeRating, WHAT, inner).help(help));
    };
    out.push_str("{\"value\":");
    out.push(char::from(b'0' + stars));
    out.push('}');
    Ok(())
}

pub(super) const EXAMPLES: &[Example] = &[
    Example::documented("0", r#"{"value":0}"#, "no star"),
    Example::documented("1", r#"{"value":1}"#, "one"),
    Example::documented("2", r#"{"value":2}"#, "two"),
    Example::documented("3", r#"{"value":3}"#, "three"),
    Example::documented("4", r#"{"value":4}"#, "four"),
    Example::documented("5", r#"{"value":5}"#, "all five"),
    Example::documented(r#"{"value":4}"#, r#"{"value":4}"#, "the object form"),
    Example::documented(r#"[{"value":4}]"#, r#"{"value":4}"#, "a list of one"),
    Example::documented("[3]", r#"{"value":3}"#, "a list of one integer"),
    Example::taken("4.0", r#"{"value":4}"#, "a float that is whole"),
    Example::taken("5.000", r#"{"value":5}"#, "with many zeros"),
    Example::taken("-0", r#"{"value":0}"#, "zero has no sign"),
    Example::taken("0e5", r#"{"value":0}"#, "zero with an exponent"),
    Example::taken("50e-1", r#"{"value":5}"#, "an exponent"),
    Example::taken(r#""4""#, r#"{"value":4}"#, "as text"),
    Example::taken(r#"" 4 ""#, r#"{"value":4}"#, "with spaces around it"),
    Example::taken("\"\u{feff}4\"", r#"{"value":4}"#, "a mark that nobody sees before it"),
    Example::taken(r#""4.0""#, r#"{"value":4}"#, "a whole float as text"),
    Example::taken(r#""+3""#, r#"{"value":3}"#, "a plus"),
    Example::taken(r#""05""#, r#"{"value":5}"#, "a leading zero"),
    Example::taken(r#"{"value":"2"}"#, r#"{"value":2}"#, "text in the object form"),
    Example::taken(r#"["1"]"#, r#"{"value":1}"#, "a list of one text"),
    Example::documented("null", "null", "`null` unsets"),
    Example::documented("[]", "null", "so does an empty list"),
    Example::omitted(r#""""#, "blank strings are left out"),
    Example::refused(r#""""#, Code::AttributeRating, "a blank string is no rating")
        .given(r#"{"empty_strings":"keep"}"#),
    Example::refused("6", Code::AttributeRating, "above the scale"),
    Example::refused("10", Code::AttributeRating, "a scale to 10"),
    Example::refused("100", Code::AttributeRating, "per cent"),
    Example::refused("260", Code::AttributeRating, "four, if bytes wrapped around"),
    Example::refused("-1", Code::AttributeRating, "below the scale"),
    Example::refused("4.5", Code::AttributeRating, "half a star"),
    Example::refused("4.00001", Code::AttributeRating, "not quite whole"),
    Example::refused(r#""4,5""#, Code::AttributeRating, "half a star with a comma"),
    Example::refused(r#""4/5""#, Code::AttributeRating, "a fraction"),
    Example::refused(r#""4 stars""#, Code::AttributeRating, "a unit"),
    Example::refused(r#""★★★★""#, Code::AttributeRating, "stars"),
    Example::refused(r#""four""#, Code::AttributeRating, "a word"),
    Example::refused(r#""80%""#, Code::AttributeRating, "a percentage"),
    Example::refused(r#""A""#, Code::AttributeRating, "a grade"),
    Example::refused(r#""N/A""#, Code::AttributeRating, "a placeholder"),
    Example::refused("true", Code::AttributeRating, "a boolean"),
    Example::refused("1e999", Code::AttributeRating, "beyond a 64-bit float"),
    Example::refused(r#"{"value":null}"#, Code::AttributeRating, "nothing inside"),
    Example::refused(r#"{"rating":4}"#, Code::AttributeUnknownKey, "another key"),
    Example::refused("[4,5]", Code::AttributeTooMany, "which of the two?"),
];

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{of, said};
    use crate::schema::AttributeType;

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let rating = of(AttributeType::Rating);
        let texts = ["6", r#""four""#, "true"].map(|input| said(&rating, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.rating]: `it` expected a whole number from 0 to 5, got the number `6`
          help: send `0`, `1`, `2`, `3`, `4` or `5`; bring other scales to it before
        error[attribute.rating]: `it` expected a whole number from 0 to 5, got the string `four`
          help: send `0`, `1`, `2`, `3`, `4` or `5`; bring other scales to it before
        error[attribute.rating]: `it` expected a whole number from 0 to 5, got the boolean `true`
          help: send `0`, `1`, `2`, `3`, `4` or `5`
        ");
    }
}

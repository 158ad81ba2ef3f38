//! `checkbox`: true or false.

use super::decimal::Decimal;
use super::host::trimmed;
use super::{Example, Finding, To};
use crate::diagnostic::Code;
use crate::json::Value;

const WHAT: &str = "a yes or no";

/// The words for each side, lower case.
const YES: [&str; 6] = ["true", "yes", "y", "t", "on", "1"];
const NO: [&str; 6] = ["false", "no", "n", "f", "off", "0"];

pub(super) const DESCRIPTION: &str = "\
True or false. Attio takes a JSON boolean, `\"true\"` or `\"false\"`, or either as `{\"value\": ...}`. In any case and \
with spaces around them, `yes`/`no`, `y`/`n`, `t`/`f`, `on`/`off` and `1`/`0` are taken too, and so are the numbers 1 \
and 0.";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let inner = to.inside(WHAT, value, "value")?;
    let is_checked = match inner {
        Value::Bool(is_checked) => Some(*is_checked),
        Value::String(text) if to.strict() => match text.as_ref() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        },
        Value::String(text) => {
            let text = trimmed(text);
            let is_among = |words: [&str; 6]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
            match () {
                () if is_among(YES) => Some(true),
                () if is_among(NO) => Some(false),
                () => None,
            }
        }
        Value::Number(text) if !to.strict() => {
            match Decimal::plain(text).ok().and_then(Decimal::whole) {
                Some(1) => Some(true),
                Some(0) => Some(false),
                _ => None,
            }
        }
        _ => None,
    };
    let Some(is_checked) = is_checked else {
        let help = match inner {
            Value::Null => "send `null` itself to unset the attribute",
            _ if to.strict() => "send `true` or `false`, or set `mode` to `lenient`",
            _ => "send `true` or `false`, or turn it into one of them with `@if`",
        };
        return Err(to.expected(Code::AttributeCheckbox, WHAT, inner).help(help));
    };
    out.push_str(if is_checked {
        "{\"value\":true}"
    } else {
        "{\"value\":false}"
    });
    Ok(())
}

pub(super) const EXAMPLES: &[Example] = &[
    Example::documented("true", r#"{"value":true}"#, "a boolean"),
    Example::documented("false", r#"{"value":false}"#, "the other one"),
    Example::documented(r#""true""#, r#"{"value":true}"#, "as text"),
    Example::documented(r#""false""#, r#"{"value":false}"#, "the other one as text"),
    Example::documented("[true]", r#"{"value":true}"#, "a list of one"),
    Example::documented(r#"{"value":false}"#, r#"{"value":false}"#, "the object form"),
    Example::documented(r#"[{"value":true}]"#, r#"{"value":true}"#, "in a list of one"),
    Example::documented(r#"{"value":"true"}"#, r#"{"value":true}"#, "text in the object form"),
    Example::taken(r#""TRUE""#, r#"{"value":true}"#, "in capitals"),
    Example::taken(r#""False""#, r#"{"value":false}"#, "as Python writes it"),
    Example::taken(r#"" true\n""#, r#"{"value":true}"#, "with space around it"),
    Example::taken("\"\u{feff}true\"", r#"{"value":true}"#, "a mark that nobody sees before it"),
    Example::taken(r#""yes""#, r#"{"value":true}"#, "yes"),
    Example::taken(r#""Yes""#, r#"{"value":true}"#, "yes, capitalised"),
    Example::taken(r#""NO""#, r#"{"value":false}"#, "no, in capitals"),
    Example::taken(r#""no""#, r#"{"value":false}"#, "no"),
    Example::taken(r#""y""#, r#"{"value":true}"#, "a letter"),
    Example::taken(r#""N""#, r#"{"value":false}"#, "a capital letter"),
    Example::taken(r#""t""#, r#"{"value":true}"#, "as PostgreSQL writes it"),
    Example::taken(r#""f""#, r#"{"value":false}"#, "the other one"),
    Example::taken(r#""on""#, r#"{"value":true}"#, "as HTML forms send it"),
    Example::taken(r#""Off""#, r#"{"value":false}"#, "a switch"),
    Example::taken("1", r#"{"value":true}"#, "as MySQL stores it"),
    Example::taken("0", r#"{"value":false}"#, "zero is a value"),
    Example::taken("1.0", r#"{"value":true}"#, "one as a float"),
    Example::taken("-0", r#"{"value":false}"#, "zero has no sign"),
    Example::taken(r#""1""#, r#"{"value":true}"#, "one as text"),
    Example::taken(r#""0""#, r#"{"value":false}"#, "zero as text"),
    Example::taken(r#"{"value":1}"#, r#"{"value":true}"#, "a number in the object form"),
    Example::taken(r#"["no"]"#, r#"{"value":false}"#, "a list of one word"),
    Example::documented("null", "null", "`null` unsets"),
    Example::documented("[]", "null", "so does an empty list"),
    Example::omitted(r#""""#, "blank strings are left out"),
    Example::refused(r#""""#, Code::AttributeCheckbox, "a blank string is neither")
        .given(r#"{"empty_strings":"keep"}"#),
    Example::refused("2", Code::AttributeCheckbox, "another number"),
    Example::refused("-1", Code::AttributeCheckbox, "true in some languages only"),
    Example::refused("0.5", Code::AttributeCheckbox, "half"),
    Example::refused("1.00001", Code::AttributeCheckbox, "not quite one"),
    Example::refused(r#""maybe""#, Code::AttributeCheckbox, "neither"),
    Example::refused(r#""unknown""#, Code::AttributeCheckbox, "a placeholder"),
    Example::refused(r#""active""#, Code::AttributeCheckbox, "a status"),
    Example::refused(r#""oui""#, Code::AttributeCheckbox, "another language"),
    Example::refused(r#""null""#, Code::AttributeCheckbox, "nothing, as text"),
    Example::refused(r#""2024-05-17""#, Code::AttributeCheckbox, "a date"),
    Example::refused(r#"{"value":null}"#, Code::AttributeCheckbox, "nothing inside"),
    Example::refused(r#"{"checked":true}"#, Code::AttributeUnknownKey, "another key"),
    Example::refused("[true,false]", Code::AttributeTooMany, "which of the two?"),
];

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{of, said};
    use crate::schema::AttributeType;

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let checkbox = of(AttributeType::Checkbox);
        let texts = [r#""maybe""#, "2", r#"{"checked":true}"#].map(|input| said(&checkbox, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.checkbox]: `it` expected a yes or no, got the string `maybe`
          help: send `true` or `false`, or turn it into one of them with `@if`
        error[attribute.checkbox]: `it` expected a yes or no, got the number `2`
          help: send `true` or `false`, or turn it into one of them with `@if`
        error[attribute.unknown_key]: `it` expected a yes or no, got an object with `checked`
          help: send the value itself, or an object whose only key is `value`
        ");
    }
}

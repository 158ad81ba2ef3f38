//! `text`: a string of at most 10 MB.
//!
//! A string is kept as it is, character for character: trimming or changing case would be a silent change, and a text
//! is often an id. Numbers keep the exact text that they were sent as.

use super::{Example, Finding, To};
use crate::diagnostic::Code;
use crate::json::{Value, write_string};

/// The largest text that Attio stores, in bytes.
const MAX_BYTES: usize = 10 * 1024 * 1024;

const WHAT: &str = "a text";

pub(super) const DESCRIPTION: &str = "\
A string of at most 10 MB, kept character for character. Attio takes a string, or `{\"value\": string}`. Numbers and \
booleans are taken too, as their exact JSON text, so an id of 20 digits stays whole. Objects and lists are refused: \
write them as text with `@json`. Blank strings are left out unless `empty_strings` says `unset` or `keep`.";

#[cfg_attr(target_family = "wasm", inline)]
pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let inner = to
        .inside(WHAT, value, "value")
        .map_err(|finding| finding.help("write an object as text with `@json`"))?;
    let text = match inner {
        Value::String(text) => text.as_ref(),
        Value::Number(text) if !to.strict() => text.as_ref(),
        Value::Bool(true) if !to.strict() => "true",
        Value::Bool(false) if !to.strict() => "false",
        _ => {
            let help = match inner {
                Value::Null => "send `null` itself to unset the attribute",
                Value::Array(_) | Value::Object(_) => {
                    "write an object or array as text with `@json`"
                }
                _ => "send a string, or set `mode` to `lenient`",
            };
            return Err(to.expected(Code::AttributeText, WHAT, inner).help(help));
        }
    };
    if text.len() > MAX_BYTES {
        let message = format!(
            "`{}` expected at most {MAX_BYTES} bytes of text, got {}",
            to.coercer.slug,
            text.len()
        );
        return Err(Finding::error(Code::AttributeText, message).help("shorten the text"));
    }
    out.push_str("{\"value\":");
    write_string(text, out);
    out.push('}');
    Ok(())
}

pub(super) const EXAMPLES: &[Example] = &[
    Example::documented(
        r#""Headquartered in New York City""#,
        r#"{"value":"Headquartered in New York City"}"#,
        "a string",
    ),
    Example::documented(
        r#"{"value":"A piece of text"}"#,
        r#"{"value":"A piece of text"}"#,
        "the object form",
    ),
    Example::documented(
        r#"[{"value":"A piece of text"}]"#,
        r#"{"value":"A piece of text"}"#,
        "a list of one",
    ),
    Example::documented(
        r#"["A piece of text"]"#,
        r#"{"value":"A piece of text"}"#,
        "a list of one string",
    ),
    Example::documented(
        r#""  two  spaces ""#,
        r#"{"value":"  two  spaces "}"#,
        "spaces are kept",
    ),
    Example::documented(
        r#""first line\nsecond line""#,
        r#"{"value":"first line\nsecond line"}"#,
        "several lines",
    ),
    Example::documented(
        r#""tab\tand \"quotes\" and \\ ""#,
        r#"{"value":"tab\tand \"quotes\" and \\ "}"#,
        "what JSON escapes",
    ),
    Example::documented(r#""\u00fcber""#, r#"{"value":"über"}"#, "an escape"),
    Example::documented(r#""😀 emoji""#, r#"{"value":"😀 emoji"}"#, "an emoji"),
    Example::documented(r#""株式会社""#, r#"{"value":"株式会社"}"#, "any script"),
    Example::documented(r#""مرحبا""#, r#"{"value":"مرحبا"}"#, "right to left"),
    Example::documented(
        r#""<b>bold</b> & more""#,
        r#"{"value":"<b>bold</b> & more"}"#,
        "HTML is text",
    ),
    Example::documented(
        r#""https://example.com/a?b=c#d""#,
        r#"{"value":"https://example.com/a?b=c#d"}"#,
        "a URL",
    ),
    Example::documented(r#""true""#, r#"{"value":"true"}"#, "a word that looks like a boolean"),
    Example::documented(r#""null""#, r#"{"value":"null"}"#, "a word that looks like nothing"),
    Example::documented(r#""007""#, r#"{"value":"007"}"#, "leading zeros"),
    Example::documented(r#""N/A""#, r#"{"value":"N/A"}"#, "a text, whatever it stands for"),
    Example::documented(
        r#""{\"a\":1}""#,
        r#"{"value":"{\"a\":1}"}"#,
        "JSON as text stays text",
    ),
    Example::documented(
        r#""0677efa4-d19f-4b7c-8c5e-6a3a8c1f7d2e""#,
        r#"{"value":"0677efa4-d19f-4b7c-8c5e-6a3a8c1f7d2e"}"#,
        "an id",
    ),
    Example::documented(r#"{"value":""}"#, r#"{"value":""}"#, "an empty text in the object form"),
    Example::taken("42", r#"{"value":"42"}"#, "a number is its text"),
    Example::taken("-1.50", r#"{"value":"-1.50"}"#, "every digit is kept"),
    Example::taken("1e21", r#"{"value":"1e21"}"#, "as it was written"),
    Example::taken(
        "12345678901234567890123",
        r#"{"value":"12345678901234567890123"}"#,
        "an id beyond 64 bits",
    ),
    Example::taken("0", r#"{"value":"0"}"#, "zero is a value"),
    Example::taken("true", r#"{"value":"true"}"#, "a boolean is its text"),
    Example::taken("false", r#"{"value":"false"}"#, "so is `false`"),
    Example::taken(r#"{"value":7}"#, r#"{"value":"7"}"#, "a number in the object form"),
    Example::taken("[7]", r#"{"value":"7"}"#, "a list of one number"),
    Example::taken(r#"[["deep"]]"#, r#"{"value":"deep"}"#, "lists of one within each other"),
    Example::documented("null", "null", "`null` unsets"),
    Example::documented("[]", "null", "so does an empty list"),
    Example::omitted(r#""""#, "blank strings are left out"),
    Example::omitted(r#"" \t\n""#, "spaces alone are blank"),
    Example::documented(r#""""#, "null", "unless they unset")
        .given(r#"{"empty_strings":"unset"}"#),
    Example::documented(r#"" ""#, r#"{"value":" "}"#, "or are kept")
        .given(r#"{"empty_strings":"keep"}"#),
    Example::refused("null", Code::AttributeRequired, "a required attribute needs a value")
        .given(r#"{"is_required":true}"#),
    Example::refused(r#"["a","b"]"#, Code::AttributeTooMany, "which of the two?"),
    Example::refused(r#"{"a":1}"#, Code::AttributeUnknownKey, "an object"),
    Example::refused("{}", Code::AttributeUnknownKey, "an empty object"),
    Example::refused(
        r#"{"value":"x","lang":"en"}"#,
        Code::AttributeUnknownKey,
        "a key too many",
    ),
    Example::refused(r#"{"value":{"a":1}}"#, Code::AttributeText, "an object inside"),
    Example::refused(r#"{"value":["x"]}"#, Code::AttributeText, "a list inside"),
    Example::refused(r#"{"value":null}"#, Code::AttributeText, "nothing inside"),
    Example::refused(r#""x""#, Code::SchemaNotWritable, "an attribute that Attio sets")
        .given(r#"{"is_writable":false}"#),
    Example::refused(r#""x""#, Code::SchemaNotWritable, "an archived attribute")
        .given(r#"{"is_archived":true}"#),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::tests::{of, said};
    use crate::schema::AttributeType;

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let text = of(AttributeType::Text);
        insta::assert_snapshot!(said(&text, r#"{"a":1,"b":2}"#), @r"
        error[attribute.unknown_key]: `it` expected a text, got an object with `a`, `b`
          help: write an object as text with `@json`
        ");
        insta::assert_snapshot!(said(&text, r#"{"value":null}"#), @r"
        error[attribute.text]: `it` expected a text, got null
          help: send `null` itself to unset the attribute
        ");
        let long = format!("\"{}\"", "x".repeat(MAX_BYTES + 1));
        insta::assert_snapshot!(said(&text, &long), @r"
        error[attribute.text]: `it` expected at most 10485760 bytes of text, got 10485761
          help: shorten the text
        ");
    }

    #[test]
    fn a_text_of_the_largest_size_is_written() {
        let long = format!("\"{}\"", "x".repeat(MAX_BYTES));
        assert_eq!(said(&of(AttributeType::Text), &long), "");
    }
}

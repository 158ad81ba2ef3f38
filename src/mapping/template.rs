//! The grammar of `@template`: text with `{{path}}` in it.
//!
//! A placeholder is `{{path}}` or `{{{path}}}`, spaces allowed inside, with a path as `@path` has it (so `$.` is
//! optional). What is missing or `null` gives nothing; text stands as it is, without escaping; numbers keep their exact
//! text; the elements of an array are joined with commas; an object gives compact JSON. What a value holds is not
//! looked through for placeholders again. `{{}}` and braces that are not closed are plain text. A template has at most
//! [`MAX_TEMPLATE_BYTES`] bytes.

use super::path::{self, PathError};
use crate::diagnostic::{Code, Diagnostic, excerpt};
use crate::event::Segment;
use crate::json::Value;

/// The longest template, in bytes.
pub const MAX_TEMPLATE_BYTES: usize = 10_000;

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part<P> {
    /// Text that stands as it is.
    Text(Box<str>),
    /// What is at a path.
    Path(P),
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TemplateError {
    TooLong(usize),
    Path(Box<str>, PathError),
}

impl TemplateError {
    /// The finding: `code` for what is wrong with a path.
    pub(super) fn diagnostic(&self, code: Code, at: &str) -> Diagnostic {
        match self {
            TemplateError::TooLong(bytes) => {
                let message =
                    format!("a template has at most {MAX_TEMPLATE_BYTES} bytes, got {bytes}");
                Diagnostic::error(Code::MappingLimit, at, message).help("write a shorter template")
            }
            TemplateError::Path(path, error) => {
                let message = format!(
                    "`{}` in a template is no path: {}",
                    excerpt(path),
                    error.message
                );
                Diagnostic::error(code, at, message).help(error.help)
            }
        }
    }
}

/// Reads a template; `place` makes what a path becomes, from how it is written and what that means.
pub(super) fn parse<P>(
    text: &str,
    mut place: impl FnMut(&str, Vec<Segment>) -> P,
) -> Result<Box<[Part<P>]>, TemplateError> {
    if text.len() > MAX_TEMPLATE_BYTES {
        return Err(TemplateError::TooLong(text.len()));
    }
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(open) = memchr::memchr(b'{', &text.as_bytes()[at..]) {
        at += open;
        let Some((path, end)) = placeholder(&text[at..]) else {
            at += 1;
            continue;
        };
        if from < at {
            parts.push(Part::Text(text[from..at].into()));
        }
        let steps = path::parse(path).map_err(|error| TemplateError::Path(path.into(), error))?;
        parts.push(Part::Path(place(path, steps)));
        at += end;
        from = at;
    }
    if from < text.len() {
        parts.push(Part::Text(text[from..].into()));
    }
    Ok(parts.into())
}

/// Whether the path of a placeholder is followed by what Liquid calls a filter. A name in brackets may hold anything.
pub(super) fn has_filter(path: &str) -> bool {
    path.split_once('|')
        .is_some_and(|(before, _)| !before.contains('['))
}

/// The path of the placeholder that `text` begins with, and where that ends.
fn placeholder(text: &str) -> Option<(&str, usize)> {
    ["{{{", "{{"].into_iter().find_map(|open| {
        let content = text.strip_prefix(open)?;
        let end = content.find('}')?;
        let close = &content[end..];
        let closed =
            close.len() >= open.len() && close.as_bytes()[..open.len()].iter().all(|b| *b == b'}');
        let path = content[..end].trim();
        let found = closed && !path.is_empty() && !path.contains('{');
        found.then_some((path, open.len() * 2 + end))
    })
}

/// Appends what a value is in a text.
pub(super) fn push_text(value: &Value<'_>, out: &mut String) {
    match value {
        Value::Null => {}
        Value::String(text) | Value::Number(text) => out.push_str(text),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                push_text(item, out);
            }
        }
        Value::Object(_) => value.write_to(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> String {
        match parse(text, |_, steps| path::Canonical(&steps).to_string()) {
            Ok(parts) => parts
                .iter()
                .map(|part| match part {
                    Part::Text(text) => format!("({text})"),
                    Part::Path(path) => format!("<{path}>"),
                })
                .collect(),
            Err(TemplateError::TooLong(bytes)) => format!("{bytes} bytes"),
            Err(TemplateError::Path(path, error)) => format!("`{path}`: {}", error.message),
        }
    }

    #[test]
    fn templates_are_text_and_places() {
        for (text, expect) in [
            ("", ""),
            ("plain", "(plain)"),
            ("{{a}}", "<$.a>"),
            ("{{ $.a.b }}-{{c[0]}}!", "<$.a.b>(-)<$.c.0>(!)"),
            ("{{{a}}} {{{ $.b }}}", "<$.a>( )<$.b>"),
            ("{{a}}}", "<$.a>(})"),
            ("{{{a}}", "({)<$.a>"),
            ("{{$}}{{.}}", "<$><$>"),
            ("{{}} {{ }} {{{}}}", "({{}} {{ }} {{{}}})"),
            ("{a} {{a} {{a", "({a} {{a} {{a)"),
            ("{{ {{a}} }}", "({{ )<$.a>( }})"),
            ("ä{{ größe }}ö", "(ä)<$.größe>(ö)"),
            ("{{a..b}}", "`a..b`: `..` has no name between the dots"),
        ] {
            assert_eq!(shown(text), expect, "{text}");
        }
        assert_eq!(shown(&"a".repeat(MAX_TEMPLATE_BYTES + 1)), "10001 bytes");
    }

    #[test]
    fn a_value_in_a_text() {
        for (json, expect) in [
            ("null", ""),
            ("true", "true"),
            ("1.50", "1.50"),
            (r#""a\"b""#, "a\"b"),
            (
                r#"[1,null,"x",[2,3],{"k":[null]}]"#,
                r#"1,,x,2,3,{"k":[null]}"#,
            ),
            (r#"{ "k" : 1 }"#, r#"{"k":1}"#),
        ] {
            let mut out = String::new();
            push_text(&Value::parse(json).unwrap(), &mut out);
            assert_eq!(out, expect);
        }
    }

    proptest! {
        #[test]
        fn text_without_placeholders_stands_as_it_is(text in r"[^{]{0,30}") {
            let parts = parse(&text, |_, _| ()).unwrap();
            let expect: Vec<Part<()>> = if text.is_empty() { vec![] } else { vec![Part::Text(text.as_str().into())] };
            prop_assert_eq!(parts.to_vec(), expect);
        }

        #[test]
        fn any_text_is_a_template_or_an_error(text in r#"[{}a.$ \[\]]{0,20}|\PC{0,20}"#) {
            let _ = parse(&text, |_, _| ());
        }
    }
}

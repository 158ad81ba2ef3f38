//! `text`: a string of at most 10 MB.
//!
//! Attio takes a string, or `{"value": string}`. We also take numbers and booleans, as their JSON text.

use super::{Finding, To};
use crate::diagnostic::Code;
use crate::json::{Value, write_string};

/// The largest text Attio stores, in bytes.
const MAX_BYTES: usize = 10 * 1024 * 1024;

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let text = match value {
        Value::String(text) => text.as_ref(),
        Value::Number(text) if !to.strict() => text.as_ref(),
        Value::Bool(b) if !to.strict() => {
            if *b {
                "true"
            } else {
                "false"
            }
        }
        Value::Object(object) if object.len() == 1 => match object.get("value") {
            Some(inner @ (Value::String(_) | Value::Number(_) | Value::Bool(_))) => {
                return coerce(inner, to, out);
            }
            _ => return Err(not_a_text(value, to)),
        },
        _ => return Err(not_a_text(value, to)),
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

fn not_a_text(value: &Value<'_>, to: &To<'_, '_>) -> Finding {
    to.expected(Code::AttributeText, "a text", value)
        .help("write an object or array as text with `@json`")
}

//! Names and numbers of a template.

/// The name that a text begins with. A hyphen belongs to it, unless it is that of `-}}` or `-%}`.
pub(super) fn identifier(text: &str) -> &str {
    let bytes = text.as_bytes();
    let end = bytes.iter().enumerate().position(|(at, byte)| match byte {
        b'_' => false,
        b'-' => matches!(bytes[at + 1..], [b'}', b'}', ..] | [b'%', b'}', ..]),
        b'0'..=b'9' => at == 0,
        other => !other.is_ascii_alphabetic(),
    });
    &text[..end.unwrap_or(text.len())]
}

/// The number that a text begins with: `7`, `-7`, `+7.50`.
pub(super) fn number(text: &str) -> &str {
    let digits = |from: usize| {
        let digits = text[from..].bytes().take_while(u8::is_ascii_digit);
        from + digits.count()
    };
    let from = usize::from(text.starts_with(['+', '-']));
    let whole = digits(from);
    if whole == from {
        return "";
    }
    let end = match text[whole..].starts_with('.') {
        true if digits(whole + 1) > whole + 1 => digits(whole + 1),
        _ => whole,
    };
    &text[..end]
}

/// A number as JSON has it. A fraction becomes the 64-bit float next to it; a whole number keeps all its digits.
pub(super) fn canonical(number: &str) -> String {
    match number.parse::<f64>() {
        Ok(float) if float.is_finite() && number.contains('.') => float.to_string(),
        _ => {
            let whole = number.split('.').next().unwrap_or_default();
            let digits = whole.trim_start_matches(['+', '-', '0']);
            match (digits.is_empty(), whole.starts_with('-')) {
                (true, _) => "0".to_owned(),
                (false, true) => format!("-{digits}"),
                (false, false) => digits.to_owned(),
            }
        }
    }
}

//! What the text filters do.

/// Which occurrences are replaced.
#[derive(Clone, Copy)]
pub(super) enum Which {
    First,
    Last,
    Every,
}

/// `whole` with a text replaced by another; an empty pattern is nowhere.
pub(super) fn replaced(whole: &str, pattern: &str, replacement: &str, which: Which) -> String {
    let found = match which {
        _ if pattern.is_empty() => None,
        Which::Every => return whole.replace(pattern, replacement),
        Which::First => whole.find(pattern),
        Which::Last => whole.rfind(pattern),
    };
    match found {
        Some(at) => [&whole[..at], replacement, &whole[at + pattern.len()..]].concat(),
        None => whole.to_owned(),
    }
}

const ESCAPES: [(char, &str); 5] = [
    ('&', "&amp;"),
    ('<', "&lt;"),
    ('>', "&gt;"),
    ('"', "&#34;"),
    ('\'', "&#39;"),
];

pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match ESCAPES.iter().find(|(plain, _)| *plain == c) {
            Some((_, escaped)) => out.push_str(escaped),
            None => out.push(c),
        }
    }
    out
}

pub(super) fn unescape(text: String) -> String {
    // `&amp;` last, so that `&amp;lt;` becomes `&lt;` and no more.
    ESCAPES.iter().rev().fold(text, |text, (plain, escaped)| {
        text.replace(escaped, plain.encode_utf8(&mut [0; 4]))
    })
}

/// Leaves out scripts, styles, comments and tags; a `<` that is never closed stays.
pub(super) fn strip_html(text: &str) -> String {
    // What ends nowhere is not looked for again: every text is read in linear time.
    let mut whole = vec![
        ("<script", "</script>"),
        ("<style", "</style>"),
        ("<!--", "-->"),
    ];
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(open) = text[at..].find('<') {
        let start = at + open;
        out.push_str(&text[at..start]);
        let rest = &lower[start..];
        let begun = whole.iter().position(|(begin, _)| rest.starts_with(begin));
        let mut close = None;
        if let Some(begun) = begun {
            let end = whole[begun].1;
            close = rest.find(end).map(|found| found + end.len());
            if close.is_none() {
                whole.remove(begun);
            }
        }
        let Some(close) = close.or_else(|| rest.find('>').map(|found| found + 1)) else {
            at = start;
            break;
        };
        at = start + close;
    }
    out.push_str(&text[at..]);
    out
}

/// Reads `%41` and `+`; `None` when that gives no UTF-8.
pub(super) fn url_decode(encoded: &str) -> Option<String> {
    let bytes = encoded.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
        let pair = (byte == b'%')
            .then(|| Some(hex(at + 1)? * 16 + hex(at + 2)?))
            .flatten();
        match pair {
            Some(byte) => {
                decoded.push(byte as u8);
                at += 3;
            }
            None => {
                decoded.push(if byte == b'+' { b' ' } else { byte });
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).ok()
}

/// As a form has it: everything but letters, digits and a few signs as `%41`, a space as `+`.
pub(super) fn url_encode(text: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => out.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) => {
                out.push(byte.into());
            }
            byte => out.extend([
                '%',
                HEX[usize::from(byte >> 4)].into(),
                HEX[usize::from(byte & 15)].into(),
            ]),
        }
    }
    out
}

//! What `@case` and `@replace` do to text.

use std::borrow::Cow;

use super::expr::Pair;

/// Whether `text` is ASCII in the wanted case already, and can stay as it is.
pub(super) fn has_case(text: &str, upper: bool) -> bool {
    let other = if upper {
        u8::is_ascii_lowercase
    } else {
        u8::is_ascii_uppercase
    };
    text.is_ascii() && !text.bytes().any(|byte| other(&byte))
}

/// Replaces the first or every occurrence of a pattern. Both texts are literal; occurrences are found from the left and
/// do not overlap.
pub(super) fn replace<'a>(
    text: Cow<'a, str>,
    pair: &Pair,
    global: bool,
    ignore_case: bool,
) -> Cow<'a, str> {
    let find = |rest: &str| -> Option<(usize, usize)> {
        if ignore_case {
            find_ignoring_case(rest, &pair.pattern)
        } else {
            rest.find(&*pair.pattern)
                .map(|at| (at, at + pair.pattern.len()))
        }
    };
    let Some(mut found) = find(&text) else {
        return text;
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    loop {
        let (start, end) = found;
        out.push_str(&rest[..start]);
        out.push_str(&pair.replacement);
        rest = &rest[end..];
        match find(rest) {
            Some(next) if global => found = next,
            _ => break,
        }
    }
    out.push_str(rest);
    out.into()
}

fn find_ignoring_case(text: &str, pattern: &str) -> Option<(usize, usize)> {
    text.char_indices().find_map(|(start, _)| {
        let mut rest = text[start..].char_indices();
        let matches = pattern
            .chars()
            .all(|p| rest.next().is_some_and(|(_, c)| fold(c) == fold(p)));
        matches.then(|| (start, rest.next().map_or(text.len(), |(at, _)| start + at)))
    })
}

/// One form for both cases of a letter: its capital, where that is one letter and stays within or without ASCII.
fn fold(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(only), None) if c.is_ascii() || !only.is_ascii() => only,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacing_is_literal_from_the_left_and_does_not_overlap() {
        for (text, pattern, replacement, global, ignore_case, expect) in [
            ("a.b.c", ".", "-", true, false, "a-b-c"),
            ("a.b.c", ".", "-", false, false, "a-b.c"),
            ("aaa", "aa", "b", true, false, "ba"),
            ("x+y", "+", "$&$$", true, false, "x$&$$y"),
            ("AbaB", "ab", "_", true, true, "__"),
            ("AbaB", "ab", "_", false, true, "_aB"),
            ("AbaB", "ab", "_", true, false, "AbaB"),
            ("ÄÖä", "ä", "ae", true, true, "aeÖae"),
            ("straße", "SS", "x", true, true, "straße"),
            ("ſK", "sk", "x", true, true, "ſK"),
            ("", "a", "b", true, true, ""),
            ("日本語", "本", "", true, true, "日語"),
        ] {
            let pair = Pair {
                pattern: pattern.into(),
                replacement: replacement.into(),
            };
            assert_eq!(
                replace(text.into(), &pair, global, ignore_case),
                expect,
                "{text} {pattern}"
            );
        }
    }

    #[test]
    fn only_ascii_in_the_wanted_case_stays_as_it_is() {
        for (text, lower, upper) in [
            ("ab 1", true, false),
            ("AB 1", false, true),
            ("1", true, true),
            ("ä", false, false),
            ("aB", false, false),
        ] {
            assert_eq!(
                (has_case(text, false), has_case(text, true)),
                (lower, upper),
                "{text}"
            );
        }
    }
}

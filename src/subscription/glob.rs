//! The patterns of `match`: `*` any characters, `?` one character, `[abc]` and `[a-z]` one of those, `\x` the
//! character `x`. A pattern has to match the whole text.

use super::MAX_PATTERN_CHARS;

/// A compiled pattern. Time is at most text times pattern, and the text alone where the pattern has only `*`.
#[derive(Clone, Debug)]
pub(super) struct Glob {
    pattern: Box<str>,
    /// What stands between the `*`s: at least one piece, the first and the last anchored at their ends.
    pieces: Box<[Piece]>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(Box<str>),
    /// One element for each character.
    Elements(Box<[Element]>),
}

#[derive(Clone, Debug)]
enum Element {
    One(char),
    Any,
    OneOf(Box<[(char, char)]>),
}

/// What is wrong with a pattern and how to mend it.
#[derive(Debug, PartialEq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) help: &'static str,
    pub(super) too_large: bool,
}

impl Wrong {
    fn new(message: &str, help: &'static str) -> Self {
        Wrong {
            message: message.to_owned(),
            help,
            too_large: false,
        }
    }
}

impl Glob {
    pub(super) fn compile(pattern: &str) -> Result<Glob, Wrong> {
        let length = pattern.chars().count();
        if length > MAX_PATTERN_CHARS {
            return Err(Wrong {
                too_large: true,
                ..Wrong::new(
                    &format!(
                        "a pattern takes at most {MAX_PATTERN_CHARS} characters, got {length}"
                    ),
                    "match a shorter part of the text with `*` around it",
                )
            });
        }
        let mut pieces = Vec::new();
        let mut piece = Vec::new();
        let mut chars = pattern.chars();
        while let Some(c) = chars.next() {
            match c {
                '*' => pieces.push(Piece::new(std::mem::take(&mut piece))),
                '?' => piece.push(Element::Any),
                '[' => piece.push(Element::OneOf(class(&mut chars)?)),
                '\\' => piece.push(Element::One(escaped(&mut chars)?)),
                c => piece.push(Element::One(c)),
            }
        }
        pieces.push(Piece::new(piece));
        Ok(Glob {
            pattern: pattern.into(),
            pieces: pieces.into(),
        })
    }

    /// The pattern as it was written.
    pub(super) fn pattern(&self) -> &str {
        &self.pattern
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match &*self.pieces {
            [] => false,
            [only] => only.strip_start(text) == Some(""),
            [first, middle @ .., last] => {
                let inner = first
                    .strip_start(text)
                    .and_then(|rest| last.strip_end(rest));
                // The leftmost place for each piece leaves the most text to the others.
                inner.is_some_and(|text| {
                    middle
                        .iter()
                        .try_fold(text, |rest, piece| piece.find(rest))
                        .is_some()
                })
            }
        }
    }
}

impl PartialEq for Glob {
    fn eq(&self, other: &Glob) -> bool {
        self.pattern == other.pattern
    }
}

fn escaped(chars: &mut std::str::Chars<'_>) -> Result<char, Wrong> {
    chars.next().ok_or_else(|| {
        Wrong::new(
            "a pattern expected a character after its last `\\`, got its end",
            "write `\\\\\\\\` for a backslash itself",
        )
    })
}

/// What stands in brackets, the opening one read already.
fn class(chars: &mut std::str::Chars<'_>) -> Result<Box<[(char, char)]>, Wrong> {
    let mut ranges = Vec::new();
    if chars.as_str().starts_with(['^', '!']) {
        return Err(Wrong::new(
            "a class of a pattern expected the characters that it takes, got a negation",
            "use `!match(...)`, or write `\\^` or `\\!` for the character itself",
        ));
    }
    loop {
        let unclosed = || {
            Wrong::new(
                "a class of a pattern expected `]`, got the end of the pattern",
                "close the class, or write `\\[` for a bracket itself",
            )
        };
        let from = match chars.next().ok_or_else(unclosed)? {
            ']' if ranges.is_empty() => {
                return Err(Wrong::new(
                    "a class of a pattern expected a character, got `]`",
                    "name the characters, or write `\\[` for a bracket itself",
                ));
            }
            ']' => return Ok(ranges.into()),
            '\\' => escaped(chars)?,
            c => c,
        };
        let rest = chars.as_str();
        let to = if rest.starts_with('-') && !rest.starts_with("-]") {
            chars.next();
            match chars.next().ok_or_else(unclosed)? {
                '\\' => escaped(chars)?,
                c => c,
            }
        } else {
            from
        };
        if to < from {
            return Err(Wrong::new(
                &format!("a range of a pattern expected to ascend, got `{from}-{to}`"),
                "write the smaller character first",
            ));
        }
        ranges.push((from, to));
    }
}

impl Piece {
    fn new(elements: Vec<Element>) -> Piece {
        let text = elements.iter().map(|element| match element {
            Element::One(c) => Some(*c),
            Element::Any | Element::OneOf(_) => None,
        });
        match text.collect::<Option<String>>() {
            Some(text) => Piece::Text(text.into()),
            None => Piece::Elements(elements.into()),
        }
    }

    /// What follows this piece at the beginning of `text`.
    fn strip_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Piece::Text(piece) => text.strip_prefix(&**piece),
            Piece::Elements(elements) => {
                let mut chars = text.chars();
                elements
                    .iter()
                    .all(|element| chars.next().is_some_and(|c| element.takes(c)))
                    .then_some(chars.as_str())
            }
        }
    }

    /// What precedes this piece at the end of `text`.
    fn strip_end<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Piece::Text(piece) => text.strip_suffix(&**piece),
            Piece::Elements(elements) => {
                let mut chars = text.chars();
                elements
                    .iter()
                    .rev()
                    .all(|element| chars.next_back().is_some_and(|c| element.takes(c)))
                    .then_some(chars.as_str())
            }
        }
    }

    /// What follows the leftmost place of this piece in `text`.
    fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Piece::Text(piece) => text.find(&**piece).map(|at| &text[at + piece.len()..]),
            Piece::Elements(_) => text
                .char_indices()
                .find_map(|(at, _)| self.strip_start(&text[at..])),
        }
    }
}

impl Element {
    fn takes(&self, c: char) -> bool {
        match self {
            Element::One(only) => *only == c,
            Element::Any => true,
            Element::OneOf(ranges) => ranges.iter().any(|&(from, to)| (from..=to).contains(&c)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_text() {
        for (pattern, takes, refuses) in [
            ("", vec![""], vec!["a"]),
            ("plan", vec!["plan"], vec!["plans", "a plan", "Plan", ""]),
            ("*", vec!["", "anything\nat all"], vec![]),
            ("**", vec!["", "x"], vec![]),
            ("pro*", vec!["pro", "pro plus"], vec!["Pro", "a pro"]),
            ("*.org", vec![".org", "lovelace.org"], vec!["lovelace.org "]),
            ("a*a", vec!["aa", "aba", "aaa"], vec!["a", "ab"]),
            ("ab*ba", vec!["abba", "ab-ba"], vec!["aba", "abbab"]),
            ("*b*d*", vec!["bd", "abcde", "dbd"], vec!["db", "b"]),
            ("a*bc*bc", vec!["abcbc", "abcbcbc"], vec!["abc", "abcb"]),
            ("?", vec!["x", "é", "😀"], vec!["", "xy"]),
            ("v?.*", vec!["v1.", "v2.30"], vec!["v.1", "v12.3"]),
            ("*??", vec!["ab", "xyz"], vec!["a"]),
            ("*?[0-9]x?*", vec!["a1xz", "--7x-9"], vec!["1xz", "a1x"]),
            ("[xyz]", vec!["x", "z"], vec!["", "w", "xy"]),
            ("[A-Ca-c0]*", vec!["Bob", "cat", "0"], vec!["dog", "1"]),
            ("[a-]", vec!["a", "-"], vec!["b"]),
            ("[-a]", vec!["a", "-"], vec!["b"]),
            (r"[\]\\]", vec!["]", r"\"], vec!["[", r"\]"]),
            ("[α-ω]*", vec!["λόγος"], vec!["logos"]),
            (r"100\%\*", vec!["100%*"], vec!["100%", r"100\%\*"]),
            (r"\?\[\]", vec!["?[]"], vec!["x[]"]),
            ("a]", vec!["a]"], vec!["a"]),
        ] {
            let glob = Glob::compile(pattern).unwrap();
            for text in takes {
                assert!(glob.matches(text), "{pattern} takes {text}");
            }
            for text in refuses {
                assert!(!glob.matches(text), "{pattern} refuses {text}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for (pattern, message) in [
            (
                "[ab",
                "a class of a pattern expected `]`, got the end of the pattern",
            ),
            (
                "[a-",
                "a class of a pattern expected `]`, got the end of the pattern",
            ),
            (
                "[",
                "a class of a pattern expected `]`, got the end of the pattern",
            ),
            ("[]", "a class of a pattern expected a character, got `]`"),
            (
                "[^a]",
                "a class of a pattern expected the characters that it takes, got a negation",
            ),
            (
                "[!a]",
                "a class of a pattern expected the characters that it takes, got a negation",
            ),
            (
                "[z-a]",
                "a range of a pattern expected to ascend, got `z-a`",
            ),
            (
                "a\\",
                "a pattern expected a character after its last `\\`, got its end",
            ),
            (
                "[a\\",
                "a pattern expected a character after its last `\\`, got its end",
            ),
        ] {
            assert_eq!(
                Glob::compile(pattern).unwrap_err().message,
                message,
                "{pattern}"
            );
        }
        assert!(Glob::compile(&"é".repeat(MAX_PATTERN_CHARS)).is_ok());
        let long = Glob::compile(&"x".repeat(MAX_PATTERN_CHARS + 1)).unwrap_err();
        assert!(long.too_large);
        assert_eq!(
            long.message,
            "a pattern takes at most 256 characters, got 257"
        );
    }

    #[test]
    fn a_hostile_text_costs_no_more_than_text_times_pattern() {
        // A matcher that tries every way of sharing the text out would need 2^40 steps.
        let glob = Glob::compile(&format!("{}b", "a*".repeat(40))).unwrap();
        assert!(!glob.matches(&"a".repeat(32_000)));
        let glob = Glob::compile(&format!("*{}b*", "?".repeat(200))).unwrap();
        assert!(!glob.matches(&"a".repeat(32_000)));
    }
}

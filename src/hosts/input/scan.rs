//! Where a JSON value ends, without reading what it says.
//!
//! [`Scanner`] takes bytes in pieces of any size, so a value need not fit into memory. [`members`] and [`elements`] give
//! the places of what an object or an array holds.

use std::ops::Range;

/// The levels of nesting whose kind is remembered; deeper ones are counted only.
const REMEMBERED_LEVELS: usize = 1024;

/// Stands for any value that is complete, in [`Scanner::last`].
const VALUE: u8 = b'v';

/// Finds the end of one JSON value. Only brackets and strings are looked at, and at the beginning of a line whether
/// JSON can go on there: so a value that was cut off ends with its line, and a value that is JSON never does.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    /// Whether each open level is an array.
    levels: Vec<bool>,
    /// Open levels below those.
    deeper: usize,
    in_string: bool,
    escaped: bool,
    /// In a number, or one of `true`, `false`, `null`.
    in_word: bool,
    /// The last that stood outside strings: `{`, `[`, `,`, `:` or [`VALUE`].
    last: u8,
    at_line_start: bool,
}

/// What became of the bytes given to a [`Scanner`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// The value goes on behind them.
    More,
    /// The value ends before this byte.
    Done(usize),
    /// This byte begins a line (but for spaces) at which the value cannot go on: it is no JSON.
    Broken(usize),
}

impl Scanner {
    /// Looks at the next bytes. After anything but [`Step::More`] the scanner is done with.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Step {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if self.in_string {
                match self.string(bytes, at) {
                    Ok(next) => at = next,
                    Err(step) => return step,
                }
                continue;
            }
            if self.in_word && matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b']' | b'}') {
                self.in_word = false;
                if self.depth() == 0 {
                    return Step::Done(at);
                }
            }
            match byte {
                b' ' | b'\t' | b'\r' => {
                    at += 1;
                    continue;
                }
                b'\n' => {
                    self.at_line_start = true;
                    at += 1;
                    continue;
                }
                _ => {}
            }
            if std::mem::take(&mut self.at_line_start) && !self.may_follow(byte) {
                return Step::Broken(at);
            }
            at += 1;
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.open(byte),
                b'}' | b']' => {
                    self.last = VALUE;
                    self.close();
                    if self.depth() == 0 {
                        return Step::Done(at);
                    }
                }
                b',' | b':' => self.last = byte,
                _ => {
                    self.in_word = true;
                    self.last = VALUE;
                }
            }
        }
        Step::More
    }

    /// Goes on within a string at `at`; gives the place behind what was looked at.
    fn string(&mut self, bytes: &[u8], at: usize) -> Result<usize, Step> {
        if std::mem::take(&mut self.escaped) {
            return Ok(at + 1);
        }
        let Some(found) = memchr::memchr3(b'"', b'\\', b'\n', &bytes[at..]) else {
            return Ok(bytes.len());
        };
        let next = at + found + 1;
        match bytes[at + found] {
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                self.last = VALUE;
                if self.depth() == 0 {
                    return Err(Step::Done(next));
                }
            }
            // A string of JSON has no line break.
            _ => return Err(Step::Broken(next)),
        }
        Ok(next)
    }

    fn depth(&self) -> usize {
        self.levels.len() + self.deeper
    }

    fn open(&mut self, byte: u8) {
        self.last = byte;
        if self.levels.len() < REMEMBERED_LEVELS {
            self.levels.push(byte == b'[');
        } else {
            self.deeper += 1;
        }
    }

    fn close(&mut self) {
        if self.deeper > 0 {
            self.deeper -= 1;
        } else {
            self.levels.pop();
        }
    }

    /// Whether JSON can go on with `byte`.
    fn may_follow(&self, byte: u8) -> bool {
        let (Some(&in_array), 0) = (self.levels.last(), self.deeper) else {
            return true;
        };
        let after_value = self.last == VALUE;
        let value_may_begin = self.last == b':' || in_array && !after_value;
        match byte {
            b'"' => !after_value,
            b',' | b':' => after_value,
            b'}' => !in_array && self.last != b':',
            b']' => in_array,
            _ => value_may_begin,
        }
    }
}

/// One key of an object and its value, as places in the object's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// The key, without its quotes.
    pub(crate) key: Range<usize>,
    /// The value.
    pub(crate) value: Range<usize>,
}

/// The members of the object that `text` is, or nothing when it is none.
pub(crate) fn members(text: &[u8]) -> Option<Vec<Member>> {
    let mut found = Vec::new();
    let mut at = after_byte(text, 0, b'{')?;
    loop {
        at = after_space(text, at);
        if found.is_empty() && text.get(at) == Some(&b'}') {
            return is_end(text, at + 1).then_some(found);
        }
        if text.get(at) != Some(&b'"') {
            return None;
        }
        let key_end = value_end(text, at)?;
        let from = after_space(text, after_byte(text, key_end, b':')?);
        let end = value_end(text, from)?;
        found.push(Member {
            key: at + 1..key_end - 1,
            value: from..end,
        });
        at = after_space(text, end);
        match text.get(at)? {
            b',' => at += 1,
            b'}' => return is_end(text, at + 1).then_some(found),
            _ => return None,
        }
    }
}

/// The elements of the array that `text` is, or nothing when it is none.
pub(crate) fn elements(text: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut found = Vec::new();
    let mut at = after_byte(text, 0, b'[')?;
    loop {
        at = after_space(text, at);
        if found.is_empty() && text.get(at) == Some(&b']') {
            return is_end(text, at + 1).then_some(found);
        }
        let end = value_end(text, at)?;
        found.push(at..end);
        at = after_space(text, end);
        match text.get(at)? {
            b',' => at += 1,
            b']' => return is_end(text, at + 1).then_some(found),
            _ => return None,
        }
    }
}

fn value_end(text: &[u8], from: usize) -> Option<usize> {
    if matches!(text.get(from)?, b',' | b':' | b'}' | b']') {
        return None;
    }
    match Scanner::default().feed(&text[from..]) {
        Step::Done(length) => Some(from + length),
        Step::More | Step::Broken(_) => None,
    }
}

fn after_space(text: &[u8], at: usize) -> usize {
    let space = text[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    at + space
}

fn is_end(text: &[u8], at: usize) -> bool {
    after_space(text, at) == text.len()
}

fn after_byte(text: &[u8], at: usize, byte: u8) -> Option<usize> {
    let at = after_space(text, at);
    (text.get(at) == Some(&byte)).then_some(at + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn feed(text: &str) -> Step {
        Scanner::default().feed(text.as_bytes())
    }

    #[test]
    fn a_value_ends_where_its_brackets_or_quotes_do() {
        for (text, expect) in [
            ("{}", Step::Done(2)),
            (r#"{"a":"}\"}"} tail"#, Step::Done(12)),
            ("[1,[2]],", Step::Done(7)),
            (r#""a,b","#, Step::Done(5)),
            ("12,13", Step::Done(2)),
            ("true]", Step::Done(4)),
            ("12", Step::More),
            (r#"{"a": "#, Step::More),
        ] {
            assert_eq!(feed(text), expect, "{text}");
        }
    }

    #[test]
    fn a_value_that_was_cut_off_ends_with_its_line() {
        for text in [
            "{\"a\":1\n{\"b\":2}",
            "{\"a\":\"text\n{\"b\":2}",
            "{\"a\":{\"b\":[1]\n{\"b\":2}",
            "{\"a\":{\n{\"b\":2}",
            "{\"a\"\n{\"b\":2}",
            "{\"a\":1,\n{\"b\":2}",
        ] {
            let line = text.find('\n').unwrap();
            assert_eq!(feed(text), Step::Broken(line + 1), "{text}");
        }
    }

    #[test]
    fn members_and_elements_are_found_at_their_places() {
        let text = r#" { "a" : [1, {"b": 2}] , "c":null }"#;
        let found: Vec<_> = members(text.as_bytes())
            .unwrap()
            .into_iter()
            .map(|member| (&text[member.key], &text[member.value]))
            .collect();
        assert_eq!(found, [("a", r#"[1, {"b": 2}]"#), ("c", "null")]);
        let text = r#"[1, "a,]" ,{"b":[]}]"#;
        let found: Vec<_> = elements(text.as_bytes())
            .unwrap()
            .into_iter()
            .map(|range| &text[range])
            .collect();
        assert_eq!(found, ["1", r#""a,]""#, r#"{"b":[]}"#]);
        assert_eq!(members(b"{}"), Some(vec![]));
        assert_eq!(elements(b"[ ]"), Some(vec![]));
        for text in [
            "",
            "{",
            "[",
            "{,}",
            "{\"a\"}",
            "[1",
            "[1,]",
            "[,]",
            "{\"a\":1,}",
            "1",
            "{}{}",
            "[][]",
        ] {
            assert_eq!(
                (members(text.as_bytes()), elements(text.as_bytes())),
                (None, None),
                "{text}"
            );
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            "[\\[\\]{}\",:\\\\\n a-c]{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(5, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
                prop::collection::vec(("[a-c{\"]{0,3}", inner), 0..5)
                    .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn json_is_never_taken_for_broken_however_it_is_laid_out_and_cut(value in json(), pieces in 1usize..9, no_indent: bool) {
            let mut text = serde_json::to_string_pretty(&value).unwrap();
            if no_indent {
                text = text.lines().map(str::trim_start).collect::<Vec<_>>().join("\n");
            }
            text.push(',');
            let mut scanner = Scanner::default();
            let (mut at, mut end) = (0, None);
            for piece in text.as_bytes().chunks(pieces) {
                match scanner.feed(piece) {
                    Step::More => at += piece.len(),
                    Step::Done(length) => {
                        end = Some(at + length);
                        break;
                    }
                    Step::Broken(length) => panic!("broken at {}: {text}", at + length),
                }
            }
            prop_assert_eq!(end, Some(text.len() - 1));
        }

        #[test]
        fn any_bytes_are_survived(bytes: Vec<u8>) {
            let _ = Scanner::default().feed(&bytes);
            let _ = (members(&bytes), elements(&bytes));
        }
    }
}

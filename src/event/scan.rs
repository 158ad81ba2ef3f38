//! One pass over the text of a JSON document.
//!
//! Written by hand because `serde_json` gives numbers, arrays and objects without the text that they were written as,
//! and asks a visitor about every value, also those that nothing reads. What is JSON is the same here as there; what
//! is not is told in its words.

use serde::de::Error as _;
use serde_json::Error;
use serde_json::value::RawValue;

use crate::json::{MAX_DEPTH, plain_end};

/// A place in a document on its way to the end.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// A string of the document, between its quotes.
#[derive(Clone, Copy)]
pub(super) struct Text {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) has_escapes: bool,
}

impl<'a> Scanner<'a> {
    /// A scanner at the first value of `text`.
    pub(super) fn new(text: &'a str) -> Self {
        let mut scanner = Scanner {
            text,
            at: 0,
            depth: 0,
        };
        scanner.space();
        scanner
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The byte that comes next; 0, which begins nothing in JSON, at the end.
    #[inline]
    pub(super) fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    #[inline]
    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\t' | b'\r') {
            self.at += 1;
        }
    }

    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        let taken = self.peek() == byte;
        self.at += usize::from(taken);
        taken
    }

    /// Steps over the white space at the end of the document.
    pub(super) fn end(&mut self) -> Result<(), Error> {
        self.space();
        match self.at == self.text.len() {
            true => Ok(()),
            false => Err(self.syntax()),
        }
    }

    /// Steps over one value of any kind.
    pub(super) fn skip(&mut self) -> Result<(), Error> {
        match self.peek() {
            b'"' => self.string().map(drop),
            b'{' => self.object(|scanner, _| scanner.skip()),
            b'[' => self.array(|scanner, _| scanner.skip()),
            _ => self.scalar(),
        }
    }

    /// Steps over an object; `member` gets every key, and steps over its value.
    #[inline]
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, Text) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.enter()?;
        if !self.take(b'}') {
            loop {
                if self.peek() != b'"' {
                    return Err(self.syntax());
                }
                let key = self.string()?;
                self.space();
                if !self.take(b':') {
                    return Err(self.syntax());
                }
                self.space();
                member(self, key)?;
                self.space();
                if self.take(b'}') {
                    break;
                }
                if !self.take(b',') {
                    return Err(self.syntax());
                }
                self.space();
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Steps over an array; `element` gets every index, and steps over its value.
    #[inline]
    pub(super) fn array(
        &mut self,
        mut element: impl FnMut(&mut Self, usize) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.enter()?;
        if !self.take(b']') {
            for index in 0.. {
                element(self, index)?;
                self.space();
                if self.take(b']') {
                    break;
                }
                if !self.take(b',') {
                    return Err(self.syntax());
                }
                self.space();
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Steps over an opening bracket.
    #[inline]
    fn enter(&mut self) -> Result<(), Error> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format_args!("nested deeper than {MAX_DEPTH} levels");
            return Err(Error::custom(message));
        }
        self.space();
        Ok(())
    }

    /// Steps over a string, at whose opening quote this stands.
    #[inline]
    pub(super) fn string(&mut self) -> Result<Text, Error> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let (mut end, mut has_escapes) = (start, false);
        loop {
            end = plain_end(bytes, end);
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => {
                    has_escapes = true;
                    end += self.escape(end)?;
                }
                _ => return Err(self.syntax()),
            }
        }
        self.at = end + 1;
        Ok(Text {
            start,
            end,
            has_escapes,
        })
    }

    /// The length of the escape at `at`. Whether it is a character, as a lone surrogate is not, only matters to who
    /// reads the string.
    fn escape(&self, at: usize) -> Result<usize, Error> {
        let rest = &self.text.as_bytes()[at + 1..];
        match rest {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Ok(2),
            [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit()) => {
                Ok(6)
            }
            _ => Err(self.syntax()),
        }
    }

    /// Steps over `null`, a boolean or a number.
    pub(super) fn scalar(&mut self) -> Result<(), Error> {
        let word = match self.peek() {
            b't' => "true",
            b'f' => "false",
            b'n' => "null",
            _ => return self.number(),
        };
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(self.syntax());
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), Error> {
        self.take(b'-');
        let whole = self.take(b'0') || self.digits();
        let fraction = !self.take(b'.') || self.digits();
        let exponent = !(self.take(b'e') || self.take(b'E')) || {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()
        };
        match whole && fraction && exponent {
            true => Ok(()),
            false => Err(self.syntax()),
        }
    }

    /// Steps over digits; whether there was one.
    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        self.at > start
    }

    /// What is wrong with the document, in the words of `serde_json`.
    #[cold]
    fn syntax(&self) -> Error {
        match serde_json::from_str::<&RawValue>(self.text) {
            Err(error) => error,
            Ok(_) => Error::custom(format_args!("unexpected byte at offset {}", self.at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether the document is JSON here, after it was asked whether it is there.
    fn agree(text: &str) -> bool {
        let mut scanner = Scanner::new(text);
        let here = scanner.skip().and_then(|()| scanner.end()).is_ok();
        let there = serde_json::from_str::<&RawValue>(text).is_ok();
        assert_eq!(here, there, "{text:?}");
        here
    }

    #[test]
    fn what_is_json_is_the_same_as_for_serde_json() {
        for text in [
            "0",
            "-0",
            "-0.0e-0",
            "1E+5",
            "12345678901234567890.5e999",
            "\"\"",
            "\"\u{7f}é日😀\"",
            r#""\"\\\/\b\f\n\r\t\u00aF\ud800""#,
            "[ ]",
            " { } ",
            "\t{\"a\" : [ 1 , {\"b\":null} ,true,false]\r,\"\":{}}\n",
        ] {
            assert!(agree(text), "{text}");
        }
        for text in [
            "",
            " ",
            "-",
            "01",
            "-01",
            "+1",
            "1.",
            ".5",
            "1e",
            "1e+",
            "0x1",
            "1.e5",
            "tru",
            "truth",
            "nul",
            "nan",
            "\"",
            "\"\\\"",
            r#""\x""#,
            r#""\u12g4""#,
            r#""\u12""#,
            "\"\n\"",
            "\"\u{1f}\"",
            "\"12345678\u{0}\"",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[1 2]",
            "]",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "{\"a\":1,}",
            "{a:1}",
            "{1:1}",
            "{\"a\" 1}",
            "{,}",
            "1 1",
            "{}{}",
            "\u{feff}1",
            "\u{a0}1",
            "\u{b}1",
        ] {
            assert!(!agree(text), "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(Scanner::new(&nested(MAX_DEPTH)).skip().is_ok());
        assert!(Scanner::new(&nested(MAX_DEPTH + 1)).skip().is_err());
        assert!(Scanner::new(&"{\"a\":".repeat(100_000)).skip().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_json_here_as_there(text in r#"([\[\]{}:, "0-9.eE+\\-]|true|null|\\u[0-9a-g]{4}|"[a-z\\]{0,9}"|\PC){0,16}"#) {
            agree(&text);
        }
    }
}

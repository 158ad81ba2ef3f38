//! One pass over the text of a JSON document.
//!
//! Written by hand because `serde_json` gives numbers, arrays and objects without the text that they were written as,
//! and asks a visitor about every value, also those that nothing reads. What is JSON is the same here as there; what
//! is not is told in its words.

use std::borrow::Cow;

use serde::de::Error as _;
use serde_json::Error;
use serde_json::value::RawValue;
use wide::u8x16;

use super::MAX_DEPTH;

/// A place in a document on its way to the end.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// The number of the block that `specials` is about.
    block: usize,
    specials: u64,
}

/// Bytes that are looked at together when the end of a string is looked for.
const BLOCK: usize = u64::BITS as usize;

/// A string of the document, between its quotes.
#[derive(Clone, Copy)]
pub(crate) struct Text {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) has_escapes: bool,
}

impl<'a> Scanner<'a> {
    /// A scanner at the first value of `text`.
    pub(crate) fn new(text: &'a str) -> Self {
        let mut scanner = Scanner {
            text,
            at: 0,
            depth: 0,
            block: usize::MAX,
            specials: 0,
        };
        scanner.space();
        scanner
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The byte that comes next; 0, which begins nothing in JSON, at the end.
    #[inline]
    pub(crate) fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    #[inline]
    fn space(&mut self) {
        // One comparison where there is none, as in most events.
        while self.peek() <= b' ' && matches!(self.peek(), b' ' | b'\n' | b'\t' | b'\r') {
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
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        self.space();
        match self.at == self.text.len() {
            true => Ok(()),
            false => Err(self.syntax()),
        }
    }

    /// Steps over one value of any kind.
    pub(crate) fn skip(&mut self) -> Result<(), Error> {
        match self.peek() {
            b'"' => self.string().map(drop),
            b'{' => self.object(|scanner, _| scanner.skip()),
            b'[' => self.array(|scanner, _| scanner.skip()),
            _ => self.scalar(),
        }
    }

    /// Steps over an object; `member` gets every key, and steps over its value.
    #[inline]
    pub(crate) fn object(
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
    pub(crate) fn array(
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
    pub(crate) fn string(&mut self) -> Result<Text, Error> {
        let start = self.at + 1;
        // Most strings end within the block that they begin in.
        if start / BLOCK == self.block {
            let rest = self.specials >> (start % BLOCK);
            let end = start + rest.trailing_zeros() as usize;
            if rest != 0 && self.text.as_bytes().get(end) == Some(&b'"') {
                self.at = end + 1;
                return Ok(Text {
                    start,
                    end,
                    has_escapes: false,
                });
            }
        }
        self.long_string()
    }

    #[inline(never)]
    fn long_string(&mut self) -> Result<Text, Error> {
        let start = self.at + 1;
        let (mut end, mut has_escapes) = (start, false);
        loop {
            end = self.special(end);
            match self.text.as_bytes().get(end) {
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

    /// The place, from `at` on, of the first byte that does not stand in a string as it is (a quote, a backslash or a
    /// control character), or of the end.
    fn special(&mut self, mut at: usize) -> usize {
        loop {
            let block = at / BLOCK;
            if block != self.block {
                self.block = block;
                self.specials = specials(self.text.as_bytes(), block * BLOCK);
            }
            let rest = self.specials >> (at % BLOCK);
            if rest != 0 {
                return at + rest.trailing_zeros() as usize;
            }
            at = (block + 1) * BLOCK;
        }
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
    pub(crate) fn scalar(&mut self) -> Result<(), Error> {
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

/// What a string of the document says, borrowed when it has no escapes.
pub(crate) fn content(document: &str, text: Text) -> Result<Cow<'_, str>, Error> {
    if text.has_escapes {
        // With its quotes.
        let literal = &document[text.start - 1..=text.end];
        return serde_json::from_str::<String>(literal).map(Cow::Owned);
    }
    Ok(Cow::Borrowed(&document[text.start..text.end]))
}

/// Which bytes of the block from `start` on are special, the first in the lowest bit; so is what is behind the end.
fn specials(bytes: &[u8], start: usize) -> u64 {
    let rest = bytes.get(start..).unwrap_or_default();
    match rest.first_chunk() {
        Some(block) => specials_of(block),
        None => {
            let mut block = [0; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            specials_of(&block)
        }
    }
}

fn specials_of(block: &[u8; BLOCK]) -> u64 {
    const LANES: usize = u8x16::LANES as usize;
    let (parts, _) = block.as_chunks::<LANES>();
    parts.iter().rev().fold(0, |found, part| {
        let part = u8x16::new(*part);
        let is = |byte| part.simd_eq(u8x16::splat(byte));
        let special = is(b'"') | is(b'\\') | part.min(u8x16::splat(0x1f)).simd_eq(part);
        found << LANES | u64::from(special.to_bitmask())
    })
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

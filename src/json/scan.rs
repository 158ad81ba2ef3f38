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
use crate::diagnostic::{excerpt, pointer};

/// A document, and what is known of it where it is read.
///
/// Every step takes the place where a value, or what is named, begins, and gives the place behind it: places that are
/// passed on stay in registers.
pub(crate) struct Scanner<'a> {
    text: &'a str,
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
    #[cfg_attr(target_family = "wasm", inline)]
    pub(crate) fn new(text: &'a str) -> Self {
        Scanner {
            text,
            depth: 0,
            block: usize::MAX,
            specials: 0,
        }
    }

    #[cfg_attr(target_family = "wasm", inline)]
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// The byte at a place; 0, which begins nothing in JSON, at the end.
    #[inline]
    pub(crate) fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// The place of what follows the white space at `at`.
    #[inline]
    pub(crate) fn space(&self, mut at: usize) -> usize {
        // One comparison where there is none, as in most events.
        while self.byte(at) <= b' ' && matches!(self.byte(at), b' ' | b'\n' | b'\t' | b'\r') {
            at += 1;
        }
        at
    }

    /// Makes sure that nothing but white space follows.
    #[cfg_attr(target_family = "wasm", inline)]
    pub(crate) fn end(&self, at: usize) -> Result<(), Error> {
        match self.space(at) == self.text.len() {
            true => Ok(()),
            false => Err(self.syntax(at)),
        }
    }

    /// Steps over one value of any kind.
    #[inline(always)]
    pub(crate) fn skip(&mut self, at: usize) -> Result<usize, Error> {
        match self.byte(at) {
            b'"' => Ok(self.string(at)?.end + 1),
            _ => self.skip_other(at),
        }
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn skip_other(&mut self, at: usize) -> Result<usize, Error> {
        match self.byte(at) {
            b'{' => self.object(at, |scanner, _, at| scanner.skip(at)),
            b'[' => self.array(at, |scanner, _, at| scanner.skip(at)),
            _ => self.scalar(at),
        }
    }

    /// Steps over an object; `member` gets every key and the place of its value, and steps over that.
    #[inline]
    pub(crate) fn object(
        &mut self,
        at: usize,
        mut member: impl FnMut(&mut Self, Text, usize) -> Result<usize, Error>,
    ) -> Result<usize, Error> {
        let mut at = self.enter(at)?;
        if self.byte(at) != b'}' {
            loop {
                if self.byte(at) != b'"' {
                    return Err(self.syntax(at));
                }
                let key = self.string(at)?;
                at = self.space(key.end + 1);
                if self.byte(at) != b':' {
                    return Err(self.syntax(at));
                }
                at = self.space(at + 1);
                at = member(self, key, at)?;
                at = self.space(at);
                match self.byte(at) {
                    b',' => at = self.space(at + 1),
                    b'}' => break,
                    _ => return Err(self.syntax(at)),
                }
            }
        }
        self.depth -= 1;
        Ok(at + 1)
    }

    /// Steps over an array; `element` gets every index and place, and steps over what is there.
    #[inline]
    pub(crate) fn array(
        &mut self,
        at: usize,
        mut element: impl FnMut(&mut Self, usize, usize) -> Result<usize, Error>,
    ) -> Result<usize, Error> {
        let mut at = self.enter(at)?;
        if self.byte(at) != b']' {
            for index in 0.. {
                at = element(self, index, at)?;
                at = self.space(at);
                match self.byte(at) {
                    b',' => at = self.space(at + 1),
                    b']' => break,
                    _ => return Err(self.syntax(at)),
                }
            }
        }
        self.depth -= 1;
        Ok(at + 1)
    }

    /// Steps over an opening bracket and white space.
    #[inline]
    fn enter(&mut self, at: usize) -> Result<usize, Error> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let message = format_args!("nested deeper than {MAX_DEPTH} levels");
            return Err(Error::custom(message));
        }
        Ok(self.space(at + 1))
    }

    /// The string at whose opening quote `at` is; the place behind it is one behind its end.
    #[inline]
    pub(crate) fn string(&mut self, at: usize) -> Result<Text, Error> {
        let start = at + 1;
        let end = self.special(start);
        let has_escapes = self.byte(end) != b'"';
        Ok(Text {
            start,
            end: if has_escapes { self.escaped(end)? } else { end },
            has_escapes,
        })
    }

    /// The end of a string, from its first byte on that does not stand for itself.
    #[inline(never)]
    fn escaped(&mut self, mut at: usize) -> Result<usize, Error> {
        loop {
            match self.byte(at) {
                b'"' => return Ok(at),
                b'\\' => at = self.special(at + self.escape(at)?),
                _ => return Err(self.syntax(at)),
            }
        }
    }

    /// The place, from `at` on, of the first byte that does not stand in a string as it is (a quote, a backslash or a
    /// control character), or of the end.
    #[inline]
    fn special(&mut self, at: usize) -> usize {
        // Most strings end within the block that they begin in.
        if at / BLOCK == self.block {
            let rest = self.specials >> (at % BLOCK);
            if rest != 0 {
                return at + rest.trailing_zeros() as usize;
            }
        }
        self.special_farther(at)
    }

    #[inline(never)]
    fn special_farther(&mut self, mut at: usize) -> usize {
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
    #[cfg_attr(target_family = "wasm", inline)]
    fn escape(&self, at: usize) -> Result<usize, Error> {
        let rest = &self.text.as_bytes()[at + 1..];
        match rest {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Ok(2),
            [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_hexdigit()) => {
                Ok(6)
            }
            _ => Err(self.syntax(at)),
        }
    }

    /// Steps over `null`, a boolean or a number.
    #[cfg_attr(target_family = "wasm", inline)]
    pub(crate) fn scalar(&self, at: usize) -> Result<usize, Error> {
        let word = match self.byte(at) {
            b't' => "true",
            b'f' => "false",
            b'n' => "null",
            _ => return self.number(at),
        };
        match self.text.as_bytes()[at..].starts_with(word.as_bytes()) {
            true => Ok(at + word.len()),
            false => Err(self.syntax(at)),
        }
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn number(&self, mut at: usize) -> Result<usize, Error> {
        at += usize::from(self.byte(at) == b'-');
        let whole = match self.byte(at) {
            b'0' => at + 1,
            _ => self.digits(at)?,
        };
        at = match self.byte(whole) {
            b'.' => self.digits(whole + 1)?,
            _ => whole,
        };
        if matches!(self.byte(at), b'e' | b'E') {
            let sign = usize::from(matches!(self.byte(at + 1), b'+' | b'-'));
            at = self.digits(at + 1 + sign)?;
        }
        Ok(at)
    }

    /// Steps over digits, of which there must be one.
    #[cfg_attr(target_family = "wasm", inline)]
    fn digits(&self, start: usize) -> Result<usize, Error> {
        let mut at = start;
        while self.byte(at).is_ascii_digit() {
            at += 1;
        }
        match at > start {
            true => Ok(at),
            false => Err(self.syntax(at)),
        }
    }

    /// What is wrong with the document, in the words of `serde_json`.
    #[cold]
    fn syntax(&self, at: usize) -> Error {
        match serde_json::from_str::<&RawValue>(self.text) {
            Err(error) => error,
            Ok(_) => Error::custom(format_args!("unexpected byte at offset {at}")),
        }
    }
}

/// What a string of the document says, borrowed when it has no escapes.
#[inline]
pub(crate) fn content(document: &str, text: Text) -> Result<Cow<'_, str>, Error> {
    let raw = &document[text.start..text.end];
    match text.has_escapes {
        true => unescaped(raw).map(Cow::Owned),
        false => Ok(Cow::Borrowed(raw)),
    }
}

/// What a string says that has been stepped over, so that its escapes are whole.
#[cold]
fn unescaped(raw: &str) -> Result<String, Error> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, escape)) = rest.split_once('\\') {
        out.push_str(before);
        let Some((character, length)) = character(escape) else {
            let escape = excerpt(escape.get(..5).unwrap_or(escape));
            let message = format_args!("`\\{escape}` is half of a character (a lone surrogate)");
            return Err(Error::custom(message));
        };
        out.push(character);
        rest = &escape[length..];
    }
    out.push_str(rest);
    Ok(out)
}

/// The character that begins an escape, behind its backslash, and how many bytes say it.
fn character(escape: &str) -> Option<(char, usize)> {
    let unit = |at: usize| u16::from_str_radix(escape.get(at..at + 4)?, 16).ok();
    let character = match escape.as_bytes().first()? {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let first = unit(1)?;
            if let Some(character) = char::from_u32(first.into()) {
                return Some((character, 5));
            }
            let second = unit(7).filter(|_| escape[5..].starts_with("\\u"))?;
            let mut pair = char::decode_utf16([first, second]);
            return Some((pair.next()?.ok()?, 11));
        }
        byte => char::from(*byte),
    };
    Some((character, 1))
}

/// The JSON pointer of the innermost value that makes a text no JSON; empty when that is the whole text.
pub(crate) fn fault(text: &str) -> String {
    let mut path = Vec::new();
    let mut scanner = Scanner::new(text);
    let at = scanner.space(0);
    // What fails leaves the way to it.
    let _ = step_into(&mut scanner, at, &mut path);
    path.iter()
        .fold(String::new(), |at, part| pointer(&at, part))
}

fn step_into(scanner: &mut Scanner<'_>, at: usize, path: &mut Vec<String>) -> Result<usize, Error> {
    let text = scanner.text();
    let mut enter = |scanner: &mut Scanner<'_>, part: String, at| {
        path.push(part);
        let end = step_into(scanner, at, path)?;
        path.pop();
        Ok(end)
    };
    match scanner.byte(at) {
        b'{' => scanner.object(at, |scanner, key, at| {
            let key = content(text, key)?.into_owned();
            enter(scanner, key, at)
        }),
        b'[' => scanner.array(at, |scanner, index, at| {
            enter(scanner, index.to_string(), at)
        }),
        b'"' => {
            let string = scanner.string(at)?;
            content(text, string)?;
            Ok(string.end + 1)
        }
        _ => scanner.scalar(at),
    }
}

/// Which bytes of the block from `start` on are special, the first in the lowest bit; so is what is behind the end.
#[inline]
fn specials(bytes: &[u8], start: usize) -> u64 {
    match bytes.get(start..).and_then(<[u8]>::first_chunk) {
        Some(block) => specials_of(block),
        None => specials_of_last(bytes.get(start..).unwrap_or_default()),
    }
}

#[cold]
fn specials_of_last(rest: &[u8]) -> u64 {
    let mut block = [0; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    specials_of(&block)
}

#[inline]
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

    fn skip(text: &str) -> Result<(), Error> {
        let mut scanner = Scanner::new(text);
        let at = scanner.space(0);
        let at = scanner.skip(at)?;
        scanner.end(at)
    }

    /// Whether the document is JSON here, after it was asked whether it is there.
    fn agree(text: &str) -> bool {
        let here = skip(text).is_ok();
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
        assert!(skip(&nested(MAX_DEPTH)).is_ok());
        assert!(skip(&nested(MAX_DEPTH + 1)).is_err());
        assert!(skip(&"{\"a\":".repeat(100_000)).is_err());
    }

    /// Values of all kinds, whose strings need escapes and go from block to block.
    fn value() -> impl Strategy<Value = serde_json::Value> {
        let text = || prop_oneof!["[a-z]{0,70}", "[\"\\\\/\n\u{1}é日😀 a-z]{0,12}"];
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            any::<u64>().prop_map(Into::into),
            any::<f64>().prop_map(Into::into),
            text().prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 40, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::vec((text(), inner), 0..6)
                    .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_document_says_the_same_here_as_there(value in value(), is_pretty: bool) {
            let text = match is_pretty {
                true => serde_json::to_string_pretty(&value),
                false => serde_json::to_string(&value),
            }
            .unwrap();
            let read = crate::json::Value::parse(&text).unwrap();
            prop_assert_eq!(serde_json::Value::from(&read), value);
        }

        #[test]
        fn any_text_is_json_here_as_there(text in r#"([\[\]{}:, "0-9.eE+\\-]|true|null|\\u[0-9a-g]{4}|"[a-z\\]{0,9}"|\PC){0,16}"#) {
            agree(&text);
        }

        #[test]
        fn escapes_say_the_same_as_for_serde_json(
            parts in proptest::collection::vec(
                prop_oneof![
                    "[a-zé€😀/]{1,3}",
                    proptest::sample::select(vec![r#"\""#, r"\\", r"\/", r"\b", r"\f", r"\n", r"\r", r"\t"])
                        .prop_map(str::to_owned),
                    any::<u16>().prop_map(|unit| format!("\\u{unit:04x}")),
                    (0xd7f0_u16..0xe010).prop_map(|unit| format!("\\u{unit:04X}")),
                    any::<char>().prop_map(|c| {
                        let mut units = [0; 2];
                        let units = c.encode_utf16(&mut units).iter();
                        units.map(|unit| format!("\\u{unit:04x}")).collect()
                    }),
                ],
                0..8,
            ),
        ) {
            let text = format!("\"{}\"", parts.concat());
            let here = Scanner::new(&text).string(0).and_then(|string| content(&text, string));
            let there = serde_json::from_str::<String>(&text);
            prop_assert_eq!(here.ok(), there.ok().map(Cow::Owned), "{}", text);
        }
    }
}

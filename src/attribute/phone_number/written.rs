//! A phone number as people write it: its digits, and what stands around them.

use super::NoNumber;
use crate::attribute::host::{is_unseen, trimmed};

/// The longest text that is looked at, in bytes.
const MOST: usize = 200;

/// The most digits that are read: 15 of a number, and what may be dialled before them.
const MOST_DIGITS: usize = 24;

/// A number as people write it, taken apart.
pub(super) struct Written<'t> {
    buffer: [u8; MOST_DIGITS],
    length: usize,
    pub(super) has_plus: bool,
    /// The place among the digits of a `0` in brackets.
    pub(super) zero: Option<usize>,
    pub(super) extension: Option<&'t str>,
    /// Whether some of the digits were written as letters.
    pub(super) has_letters: bool,
    /// Whether it is digits and punctuation only.
    pub(super) is_plain: bool,
}

impl<'t> Written<'t> {
    /// The digits, as ASCII.
    pub(super) fn digits(&self) -> &[u8] {
        &self.buffer[..self.length]
    }

    /// Ends a bracket that was opened at a place among the digits.
    fn close(&mut self, open: &mut Option<usize>) -> Result<(), NoNumber> {
        let at = open.take().ok_or(NoNumber::Shape)?;
        if at > 0 && self.digits()[at..] == *b"0" {
            self.zero = Some(at);
        }
        Ok(())
    }

    fn push(&mut self, digit: u8) -> Result<(), NoNumber> {
        let slot = self.buffer.get_mut(self.length).ok_or(NoNumber::Shape)?;
        *slot = digit;
        self.length += 1;
        Ok(())
    }

    fn new() -> Self {
        Written {
            buffer: [0; MOST_DIGITS],
            length: 0,
            has_plus: false,
            zero: None,
            extension: None,
            has_letters: false,
            is_plain: true,
        }
    }

    /// Takes a text apart.
    pub(super) fn read(text: &'t str) -> Result<Written<'t>, NoNumber> {
        match Written::read_plain(text) {
            Some(written) => Ok(written),
            None => Written::read_any(text),
        }
    }

    /// Takes a text apart that is a number in ASCII with nothing around it, as most senders write it. Nothing when it is
    /// any other text.
    fn read_plain(text: &str) -> Option<Written<'t>> {
        let bytes = text.as_bytes();
        if !matches!(bytes, [b'0'..=b'9' | b'+' | b'(', .., b'0'..=b'9' | b')']) || ends_in_decimals(bytes) {
            return None;
        }
        let mut written = Written::new();
        let mut open = None;
        for &byte in bytes {
            match byte {
                b'0'..=b'9' => written.push(byte).ok()?,
                b'+' if written.length == 0 && !written.has_plus => written.has_plus = true,
                b' ' | b'-' | b'.' => {}
                b'(' => open = Some(written.length),
                b')' => written.close(&mut open).ok()?,
                _ => return None,
            }
        }
        (open.is_none() && written.length > 1).then_some(written)
    }

    fn read_any(text: &'t str) -> Result<Written<'t>, NoNumber> {
        let mut written = Written::new();
        if text.len() > MOST {
            return Err(NoNumber::Shape);
        }
        if !text.contains(|c| digit_of(c).is_some()) {
            return Err(NoNumber::Shape);
        }
        let trim = trimmed(text);
        let mut body = without_label(trim);
        if ends_in_decimals(body.as_bytes()) {
            match without_decimals(body) {
                Some(whole) => body = whole,
                // `+49.30.123456.0` has dots for all that others write between digits.
                None if body.bytes().filter(|byte| *byte == b'.').count() > 1 => {}
                None => return Err(NoNumber::Decimals),
            }
        }
        written.is_plain = trim.len() == text.len() && body.len() == trim.len();
        let (body, extension) = without_extension(body);
        written.extension = extension;
        written.is_plain &= extension.is_none();
        if is_several(body) {
            return Err(NoNumber::Several);
        }
        let mut open = None;
        let mut letters = 0;
        for c in body.chars() {
            match c {
                '0'..='9' => written.push(c as u8)?,
                '+' | '＋' if written.length == 0 && !written.has_plus => written.has_plus = true,
                ' ' | '-' | '.' | '/' => {}
                '(' | '[' | '（' => open = Some(written.length),
                ')' | ']' | '）' => written.close(&mut open)?,
                'a'..='z' | 'A'..='Z' => {
                    letters += 1;
                    written.push(keypad(c))?;
                }
                _ if is_punctuation(c) => written.is_plain &= !is_unseen(c),
                _ => {
                    written.push(digit(c).ok_or(match c.is_alphabetic() {
                        true => NoNumber::Letters,
                        false => NoNumber::Shape,
                    })?)?;
                    written.is_plain = false;
                }
            }
        }
        if open.is_some() || written.length < 2 {
            return Err(NoNumber::Shape);
        }
        if letters > 0 {
            written.is_plain = false;
            written.has_letters = true;
            written.check_letters(body, letters)?;
        }
        Ok(written)
    }

    /// Letters stand for digits only behind a toll-free code of North America, as in `1-800-FLOWERS`.
    fn check_letters(&self, body: &str, letters: usize) -> Result<(), NoNumber> {
        const TOLL_FREE: [&str; 7] = ["800", "833", "844", "855", "866", "877", "888"];
        let national = match self.digits().strip_prefix(b"1") {
            Some(rest) => rest,
            None if self.has_plus => return Err(NoNumber::Letters),
            None => self.digits(),
        };
        let first = body.find(|c: char| c.is_ascii_alphabetic()).unwrap_or_default();
        let before = body[..first].bytes().filter(u8::is_ascii_digit).count();
        let is_vanity = national.len() == 10
            && letters >= 3
            && before + 7 >= self.length
            && TOLL_FREE.iter().any(|code| national.starts_with(code.as_bytes()));
        if is_vanity { Ok(()) } else { Err(NoNumber::Letters) }
    }
}

/// What a letter stands for on a keypad (ITU-T E.161).
fn keypad(letter: char) -> u8 {
    match letter.to_ascii_lowercase() {
        'a'..='c' => b'2',
        'd'..='f' => b'3',
        'g'..='i' => b'4',
        'j'..='l' => b'5',
        'm'..='o' => b'6',
        'p'..='s' => b'7',
        't'..='v' => b'8',
        _ => b'9',
    }
}

/// What people put between digits, beside the plain ones.
fn is_punctuation(c: char) -> bool {
    is_unseen(c) || matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '－' | '．' | '／' | '·' | '•' | 'ー' | '~')
}

/// The digit that a character of any script is.
fn digit_of(c: char) -> Option<u8> {
    match c {
        '0'..='9' => Some(c as u8),
        _ => digit(c),
    }
}

/// The digit that a character of another script is.
fn digit(c: char) -> Option<u8> {
    const ZEROS: [char; 12] = [
        '\u{660}', '\u{6f0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{be6}', '\u{c66}', '\u{e50}', '\u{ed0}',
        '\u{1040}', '\u{ff10}',
    ];
    let value = ZEROS.iter().find_map(|zero| (c as u32).checked_sub(*zero as u32).filter(|value| *value < 10))?;
    // OK because it is less than ten.
    Some(b'0' + value as u8)
}

/// Whether a text ends as numbers do that have been decimal ones on their way: `.0`, `.00`.
#[inline]
fn ends_in_decimals(text: &[u8]) -> bool {
    matches!(text, [.., b'.', b'0'] | [.., b'.', b'0', b'0'])
}

/// The integer in a text that is nothing but one, written with zeros behind its point as tables of numbers do.
pub(super) fn without_decimals(text: &str) -> Option<&str> {
    let whole = text.strip_suffix(".0").or_else(|| text.strip_suffix(".00"))?;
    let digits = whole.strip_prefix('+').unwrap_or(whole);
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(whole)
}

/// What people write beside a number to say what it is.
const LABELS: [&str; 18] = [
    "tel", "phone", "telephone", "mobile", "mob", "cell", "ph", "t", "m", "p", "whatsapp", "telefon", "teléfono", "handy",
    "sms", "home", "work", "office",
];

/// The text without `tel:`, `Phone:` and the like before it, and without `(mobile)` behind it.
fn without_label(text: &str) -> &str {
    let is_label = |word: &str| !word.is_empty() && LABELS.iter().any(|label| word.eq_ignore_ascii_case(label));
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let marks = rest.trim_start_matches(['.', ':', ' ', '\u{a0}', '/']);
    if is_label(word) && rest.len() > marks.len() {
        return marks;
    }
    let inner = text.strip_suffix(')').unwrap_or(text);
    let start = inner.trim_end_matches(char::is_alphabetic).len();
    let (rest, word) = inner.split_at(start);
    let has_mark = match inner.len() < text.len() {
        true => rest.ends_with('('),
        false => rest.ends_with([' ', '\u{a0}']),
    };
    match has_mark && is_label(word) {
        true => rest.trim_end_matches(['(', ' ', '\u{a0}']),
        false => text,
    }
}

/// The number without its extension, and the digits of the extension.
fn without_extension(text: &str) -> (&str, Option<&str>) {
    const MARKS: [&str; 13] = [
        ";ext=", "extension", "extn", "ext", "anexo", "interno", "int", "доб", "durchwahl", "nst", "x", "#", ",,",
    ];
    let body = text.trim_end_matches(['#', ')']);
    let start = body.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let digits = &body[start..];
    if digits.is_empty() || digits.len() > 7 {
        return (text, None);
    }
    let before = body[..start].trim_end_matches([' ', '.', ':', '-', '\u{a0}']);
    for mark in MARKS {
        let Some(at) = before.len().checked_sub(mark.len()).filter(|at| before.is_char_boundary(*at)) else {
            continue;
        };
        let (number, end) = before.split_at(at);
        let number = number.trim_end_matches(|c: char| is_unseen(c) || matches!(c, ',' | ';' | '(' | '-'));
        let is_mark = end.eq_ignore_ascii_case(mark) || !mark.is_ascii() && end.to_lowercase() == mark;
        // A letter before the mark makes it the end of a word; digits make the rest a number.
        let is_number = number.ends_with(|c: char| !c.is_alphabetic())
            && number.chars().filter(|c| digit_of(*c).is_some()).count() >= 5;
        if is_mark && is_number {
            return (number, Some(digits));
        }
    }
    (text, None)
}

/// Whether there are two numbers in a text.
fn is_several(text: &str) -> bool {
    let count = |part: &str| part.chars().filter(|c| digit_of(*c).is_some()).count();
    let is_split = |parts: [&str; 2], least: usize| parts.iter().all(|part| count(part) >= least);
    let second_plus = text.rfind(['+', '＋']).is_some_and(|at| count(&text[..at]) >= 5);
    let by_mark = text
        .split_once([',', ';', '|', '&', '\n'])
        .or_else(|| text.split_once(" or "))
        .is_some_and(|(first, second)| is_split([first, second], 5));
    // A slash is part of many numbers (`030/1234567`): behind it must begin another one.
    let by_slash = text.split_once('/').is_some_and(|(first, second)| {
        let second = second.trim_start();
        let begins = second.starts_with(['0', '+', '(']);
        is_split([first, second], if begins { 7 } else { 8 })
    });
    second_plus || by_mark || by_slash
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Parts<'t> = (String, bool, Option<usize>, Option<&'t str>, bool, bool);

    fn parts<'t>(written: &Written<'t>) -> Parts<'t> {
        let digits = String::from_utf8(written.digits().to_vec()).unwrap();
        (digits, written.has_plus, written.zero, written.extension, written.has_letters, written.is_plain)
    }

    proptest! {
        #[test]
        fn plain_numbers_are_taken_apart_as_any_text_is(text in "[+(0-9]?([-+ .()0]|[0-9]{1,4}){0,9}[0-9)x]?") {
            if let Some(plain) = Written::read_plain(&text) {
                let any = Written::read_any(&text).ok();
                prop_assert_eq!(Some(parts(&plain)), any.as_ref().map(parts));
            }
        }
    }
}

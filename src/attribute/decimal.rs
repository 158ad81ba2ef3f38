//! Decimal numbers as people and programs write them, read exactly.
//!
//! Attio keeps four decimals of a 64-bit float. A number is read from its text, never through a float, into units of
//! a ten-thousandth; what does not fit is rounded half away from zero, as spreadsheets do, and that is told.

use super::host::trimmed;

/// The largest integer up to which a 64-bit float holds every integer.
const MAX_INTEGER: u64 = 1 << 53;

/// One, in ten-thousandths.
const ONE: u16 = 10_000;

/// A number with at most four decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) is_negative: bool,
    /// What stands before the point, at most 2^53.
    whole: u64,
    /// What stands behind it, in ten-thousandths; nothing where the whole is 2^53.
    fraction: u16,
    /// Whether decimals were lost.
    pub(super) is_rounded: bool,
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is none at all.
    NotANumber,
    /// It is beyond 2^53.
    TooLarge,
}

/// How a number with separators was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Digits and at most a decimal separator or an exponent.
    Plain,
    /// With one separator that is followed by three digits, as in `1.234` or `1,234`: the separator, whose meaning
    /// depends on who wrote it.
    One(u8),
    /// With separators that can be read one way only.
    Separated,
}

impl Decimal {
    /// Reads a JSON number, or another text in that form; a leading `+`, leading zeros, and a decimal point at either
    /// end are allowed.
    pub(super) fn plain(text: &str) -> Result<Decimal, Wrong> {
        if let Some((decimal, _)) = usual(text) {
            return Ok(decimal);
        }
        let (is_negative, digits) = sign(text);
        let (mantissa, exponent) = exponent(digits)?;
        if !is_plain(mantissa) {
            return Err(Wrong::NotANumber);
        }
        read(is_negative, mantissa, Some(b'.'), exponent)
    }

    /// Reads a number with separators of thousands (`1,234,567.8`, `1.234.567,8`, `1 234`, `1'234`, `12,34,567`), and
    /// tells how it was written.
    ///
    /// A single dot is the decimal point. A single comma separates thousands when it can (`1,234`), and decimals when
    /// it cannot (`1,5`, `0,123`, `1234,567`).
    pub(super) fn separated(text: &str) -> Result<(Decimal, Style), Wrong> {
        if let Some((decimal, decimals)) = usual(text) {
            return Ok((decimal, style_of(text, decimals)));
        }
        let (is_negative, digits) = sign(text);
        if is_plain(digits) {
            let decimal = read(is_negative, digits, Some(b'.'), 0)?;
            let decimals = digits.split_once('.').map_or("", |(_, decimals)| decimals);
            return Ok((decimal, style_of(digits, decimals.len())));
        }
        if memchr::memchr2(b'e', b'E', digits.as_bytes()).is_some() {
            return Ok((Decimal::plain(text)?, Style::Plain));
        }
        let (point, style) = point(digits)?;
        Ok((read(is_negative, digits, point, 0)?, style))
    }

    /// Whether this is a whole number, and if so, which, if it is small and not negative.
    pub(super) fn whole(self) -> Option<u8> {
        if self.is_rounded || self.fraction > 0 || (self.is_negative && self.whole > 0) {
            return None;
        }
        u8::try_from(self.whole).ok()
    }

    /// The same with the other sign.
    pub(super) fn negated(self) -> Self {
        Decimal {
            is_negative: !self.is_negative,
            ..self
        }
    }

    /// The same as a 64-bit float keeps it, with fewer decimals where four are more than it has.
    pub(super) fn as_stored(mut self) -> Self {
        /// Every decimal of 15 digits survives in a 64-bit float: with four decimals, those below this.
        const SAFE: u64 = 100_000_000_000;
        if self.whole >= SAFE && self.fraction > 0 {
            let mut text = String::new();
            self.write_to(&mut text);
            // The shortest text of the nearest float has no more decimals than the text itself.
            let stored = text.parse().map(|float: f64| float.to_string());
            if let Some(Ok(stored)) = stored.ok().map(|text| Decimal::plain(&text)) {
                self.is_rounded |= (stored.whole, stored.fraction) != (self.whole, self.fraction);
                (self.whole, self.fraction) = (stored.whole, stored.fraction);
            }
        }
        self
    }

    /// Appends the number as JSON, without an exponent, needless zeros or a minus before zero.
    pub(super) fn write_to(self, out: &mut String) {
        let mut digits = [0u8; 24];
        let mut at = digits.len();
        let mut fraction = self.fraction;
        if fraction > 0 {
            let mut places = 4;
            while fraction.is_multiple_of(10) {
                fraction /= 10;
                places -= 1;
            }
            for _ in 0..places {
                at -= 1;
                digits[at] = b'0' + (fraction % 10) as u8;
                fraction /= 10;
            }
            at -= 1;
            digits[at] = b'.';
        }
        let mut whole = self.whole;
        loop {
            at -= 1;
            digits[at] = b'0' + (whole % 10) as u8;
            whole /= 10;
            if whole == 0 {
                break;
            }
        }
        if self.is_negative && (self.whole > 0 || self.fraction > 0) {
            at -= 1;
            digits[at] = b'-';
        }
        out.extend(digits[at..].iter().map(|&byte| char::from(byte)));
    }
}

/// Reads digits, perhaps with a point and one to four decimals behind it, as most numbers are written, and tells how
/// many decimals there are. Nothing for what is written otherwise.
#[inline]
fn usual(text: &str) -> Option<(Decimal, usize)> {
    /// A number of so many digits is below 2^53.
    const SAFE: usize = 15;
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + u64::from(byte - b'0'))
        })
    };
    let bytes = text.as_bytes();
    if !matches!(bytes.len(), 1..=SAFE) {
        return None;
    }
    let point = bytes.iter().rev().take(5).position(|byte| *byte == b'.');
    let (whole, decimals) = match point {
        Some(decimals @ 1..) => (
            &bytes[..bytes.len() - decimals - 1],
            &bytes[bytes.len() - decimals..],
        ),
        _ => (bytes, &[][..]),
    };
    if whole.is_empty() {
        return None;
    }
    let fraction = number(decimals)? * [10_000, 1_000, 100, 10, 1][decimals.len()];
    let decimal = Decimal {
        is_negative: false,
        whole: number(whole)?,
        // OK because it is below one.
        fraction: fraction as u16,
        is_rounded: false,
    };
    Some((decimal, decimals.len()))
}

/// How digits with so many decimals are written.
fn style_of(digits: &str, decimals: usize) -> Style {
    match digits.len().checked_sub(4) {
        Some(point) if decimals == 3 && is_first_group(&digits[..point]) => Style::One(b'.'),
        _ => Style::Plain,
    }
}

/// A sign, and what follows it.
fn sign(text: &str) -> (bool, &str) {
    let text = trimmed(text);
    if let Some(rest) = text.strip_prefix(['-', '\u{2212}']) {
        return (true, rest);
    }
    (false, text.strip_prefix('+').unwrap_or(text))
}

/// A mantissa and its exponent of ten, 0 when none is written.
fn exponent(text: &str) -> Result<(&str, i64), Wrong> {
    let Some(at) = memchr::memchr2(b'e', b'E', text.as_bytes()) else {
        return Ok((text, 0));
    };
    let (mantissa, exponent) = (&text[..at], &text[at + 1..]);
    let (is_negative, digits) = match exponent.as_bytes().first() {
        Some(b'-') => (true, &exponent[1..]),
        Some(b'+') => (false, &exponent[1..]),
        _ => (false, exponent),
    };
    if digits.is_empty() {
        return Err(Wrong::NotANumber);
    }
    let mut value = 0i64;
    for byte in digits.bytes() {
        if !byte.is_ascii_digit() {
            return Err(Wrong::NotANumber);
        }
        // What is larger makes any number too large or nothing, whatever it is exactly.
        value = (value * 10 + i64::from(byte - b'0')).min(1 << 40);
    }
    Ok((mantissa, if is_negative { -value } else { value }))
}

/// Whether a text is digits with at most a decimal point.
fn is_plain(text: &str) -> bool {
    let (mut digits, mut points) = (0usize, 0usize);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'.' => points += 1,
            _ => return false,
        }
    }
    digits > 0 && points <= 1
}

/// Whether `digits` can stand before a separator of thousands.
fn is_first_group(digits: &str) -> bool {
    matches!(digits.len(), 1..=3)
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads digits whose separators were checked: what stands behind the last `point` are decimals.
fn read(is_negative: bool, text: &str, point: Option<u8>, exponent: i64) -> Result<Decimal, Wrong> {
    let bytes = text.as_bytes();
    let end = point
        .and_then(|point| memchr::memrchr(point, bytes))
        .unwrap_or(bytes.len());
    let whole = bytes[..end]
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .count();
    // The place of the next digit: 0 is ones, -1 tenths.
    let mut place = whole as i64 - 1 + exponent;
    let (mut whole, mut fraction) = (0, 0);
    let (mut is_rounded, mut is_up) = (false, false);
    for &byte in bytes.iter().filter(|byte| byte.is_ascii_digit()) {
        let digit = byte - b'0';
        match place {
            0.. => whole = with_digit(whole, digit)?,
            -4..=-1 => fraction = fraction * 10 + u16::from(digit),
            _ => {
                is_rounded |= digit > 0;
                is_up |= place == -5 && digit >= 5;
            }
        }
        place -= 1;
    }
    // The places down to the last that is kept hold zeros.
    while place >= 0 && whole > 0 {
        whole = with_digit(whole, 0)?;
        place -= 1;
    }
    for _ in -4..=place.min(-1) {
        fraction *= 10;
    }
    fraction += u16::from(is_up);
    if fraction == ONE {
        (whole, fraction) = (whole + 1, 0);
    }
    if whole > MAX_INTEGER || whole == MAX_INTEGER && fraction > 0 {
        return Err(Wrong::TooLarge);
    }
    Ok(Decimal {
        is_negative,
        whole,
        fraction,
        is_rounded,
    })
}

/// A whole with one more digit behind it.
fn with_digit(whole: u64, digit: u8) -> Result<u64, Wrong> {
    let longer = whole * 10 + u64::from(digit);
    match longer <= MAX_INTEGER {
        true => Ok(longer),
        // Every further place makes it larger.
        false => Err(Wrong::TooLarge),
    }
}

/// Tells which separator, if any, stands before the decimals, and checks the groups of thousands.
fn point(text: &str) -> Result<(Option<u8>, Style), Wrong> {
    let Separators {
        dots,
        commas,
        other,
    } = separators(text)?;
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(Wrong::NotANumber);
    }
    let last = |byte| text.rfind(char::from(byte));
    let point = match (dots, commas) {
        (0, 0) => None,
        (1, 0) => Some(b'.'),
        (0, 1) => {
            // OK because there is one.
            let at = last(b',').unwrap_or_default();
            let (before, after) = (&text[..at], &text[at + 1..]);
            let thousands = other.is_none() && after.len() == 3 && is_first_group(before);
            if thousands {
                return Ok((None, Style::One(b',')));
            }
            // `012,345` is neither.
            let is_padded = before.len() > 1 && before.starts_with('0');
            if after.is_empty() || other.is_none() && is_padded {
                return Err(Wrong::NotANumber);
            }
            Some(b',')
        }
        (_, 0) | (0, _) => None,
        (1, _) if last(b'.') > last(b',') => Some(b'.'),
        (_, 1) if last(b',') > last(b'.') => Some(b','),
        _ => return Err(Wrong::NotANumber),
    };
    let (whole, decimals) = match point.and_then(last) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    if !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Wrong::NotANumber);
    }
    let thousands = match (dots, commas, other) {
        (0, 0, Some(other)) => Some(other),
        (_, _, Some(_)) if dots + commas > 1 => return Err(Wrong::NotANumber),
        (_, _, Some(other)) => Some(other),
        _ if point == Some(b'.') && commas > 0 => Some(','),
        _ if point == Some(b',') && dots > 0 => Some('.'),
        _ if point.is_some() => None,
        _ if commas > 0 => Some(','),
        _ => Some('.'),
    };
    match thousands {
        Some(separator) if !is_grouped(whole, separator) => Err(Wrong::NotANumber),
        _ => Ok((point, Style::Separated)),
    }
}

struct Separators {
    dots: usize,
    commas: usize,
    /// The one separator that is neither a dot nor a comma.
    other: Option<char>,
}

fn separators(text: &str) -> Result<Separators, Wrong> {
    let mut found = Separators {
        dots: 0,
        commas: 0,
        other: None,
    };
    for char in text.chars() {
        match char {
            '0'..='9' => {}
            '.' => found.dots += 1,
            ',' => found.commas += 1,
            ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '\u{2019}' | '_'
                if found.other.is_none_or(|other| other == char) =>
            {
                found.other = Some(char);
            }
            _ => return Err(Wrong::NotANumber),
        }
    }
    Ok(found)
}

/// Whether the digits stand in groups of three, or as in India in groups of two before the last of three.
fn is_grouped(text: &str, separator: char) -> bool {
    let mut groups = text.split(separator);
    let first = groups.next().unwrap_or_default();
    if !is_first_group(first) {
        return false;
    }
    let mut groups = groups.peekable();
    let mut between = None;
    while let Some(group) = groups.next() {
        if !group.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        if groups.peek().is_none() {
            return group.len() == 3
                && match between {
                    None | Some(3) => true,
                    Some(2) => separator == ',' && first.len() <= 2,
                    Some(_) => false,
                };
        }
        if *between.get_or_insert(group.len()) != group.len() {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(read: Result<Decimal, Wrong>) -> String {
        match read.map(Decimal::as_stored) {
            Ok(decimal) => {
                let mut out = String::new();
                decimal.write_to(&mut out);
                if decimal.is_rounded {
                    out.push('~');
                }
                out
            }
            Err(wrong) => format!("{wrong:?}"),
        }
    }

    #[test]
    fn plain_numbers_are_read_exactly() {
        for (text, expect) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("42", "42"),
            ("-1.50", "-1.5"),
            ("+5", "5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("007", "7"),
            ("1e3", "1000"),
            ("1.5E-2", "0.015"),
            ("12345.6789", "12345.6789"),
            ("0.1", "0.1"),
            ("0.00005", "0.0001~"),
            ("0.00004999", "0~"),
            ("-0.00001", "0~"),
            ("2.71828", "2.7183~"),
            ("0.99995", "1~"),
            ("-0.12345", "-0.1235~"),
            ("1e-400", "0~"),
            ("0e999999999999999999999", "0"),
            ("1e999999999999999999999", "TooLarge"),
            ("9007199254740992", "9007199254740992"),
            ("9007199254740992.00001", "9007199254740992~"),
            ("9007199254740992.00005", "TooLarge"),
            ("9007199254740993", "TooLarge"),
            ("12345678901234567890123", "TooLarge"),
            // A 64-bit float keeps 15 digits, and some of 16 and 17.
            ("99999999999.9999", "99999999999.9999"),
            ("1234567890123.4567", "1234567890123.4568~"),
            ("9007199254740991.9999", "9007199254740992~"),
            ("", "NotANumber"),
            (".", "NotANumber"),
            ("-", "NotANumber"),
            ("1e", "NotANumber"),
            ("e5", "NotANumber"),
            ("1.2.3", "NotANumber"),
            ("1,000", "NotANumber"),
            ("0x1f", "NotANumber"),
            ("NaN", "NotANumber"),
            ("Infinity", "NotANumber"),
            ("--5", "NotANumber"),
            ("１２", "NotANumber"),
        ] {
            assert_eq!(written(Decimal::plain(text)), expect, "{text}");
        }
    }

    #[test]
    fn separators_are_read_where_they_can_be_read_one_way() {
        for (text, expect) in [
            ("1,234", "1234"),
            ("1,234,567.8", "1234567.8"),
            ("1.234.567,8", "1234567.8"),
            ("1.234.567", "1234567"),
            ("1.234,56", "1234.56"),
            ("1,23", "1.23"),
            ("0,5", "0.5"),
            ("0,123", "0.123"),
            (",5", "0.5"),
            ("1234,567", "1234.567"),
            ("1 234 567,89", "1234567.89"),
            ("1\u{202f}234,5", "1234.5"),
            ("1 234", "1234"),
            ("1'234.50", "1234.5"),
            ("1’234’567", "1234567"),
            ("1_000_000", "1000000"),
            ("12,34,567.00", "1234567"),
            ("1,23,456", "123456"),
            ("-1,234.5", "-1234.5"),
            ("\u{2212}7", "-7"),
            ("1e3", "1000"),
            ("1e0", "1"),
            ("1,234,56", "NotANumber"),
            ("1,23,4567", "NotANumber"),
            ("123,45,678", "NotANumber"),
            ("1234,567.8", "NotANumber"),
            ("1,2345.6", "NotANumber"),
            ("1.234,567.8", "NotANumber"),
            ("1,234.567,8", "NotANumber"),
            ("1 23 456", "NotANumber"),
            ("12 34 567", "NotANumber"),
            ("1 234'567", "NotANumber"),
            ("0,123,456", "NotANumber"),
            ("012,345", "NotANumber"),
            ("1,", "NotANumber"),
            (",", "NotANumber"),
            (".", "NotANumber"),
            ("-.", "NotANumber"),
            ("+.", "NotANumber"),
            ("1,,234", "NotANumber"),
            ("1.234.56", "NotANumber"),
            ("1,234e3", "NotANumber"),
            ("1 234.567.8", "NotANumber"),
            ("1, 234", "NotANumber"),
            ("1 234.5 6", "NotANumber"),
            ("1 234,5 678", "NotANumber"),
        ] {
            let read = Decimal::separated(text).map(|(decimal, _)| decimal);
            assert_eq!(written(read), expect, "{text}");
        }
    }

    #[test]
    fn one_separator_before_three_digits_is_told() {
        for (text, expect) in [
            ("1.234", Style::One(b'.')),
            ("1,234", Style::One(b',')),
            ("1.2345", Style::Plain),
            ("0.123", Style::Plain),
            ("1234.567", Style::Plain),
            ("1,234.5", Style::Separated),
            ("1 234", Style::Separated),
        ] {
            assert_eq!(Decimal::separated(text).unwrap().1, expect, "{text}");
        }
    }
}

//! Counts since 1970: seconds, milliseconds, microseconds or nanoseconds, told apart by magnitude; and years.
//!
//! A unit is taken when the count lands in 1970 to 2200, and no count does so in two units. Digits that also read as
//! a date, or as a spreadsheet's day number, are refused.

use super::{Date, Moment, Time, Wrong, nanos};

/// Seconds from 1970 to the end of 2200.
const END: u64 = 7_289_654_400;

/// Whether a text is digits, perhaps with a sign or decimals.
pub(super) fn is_shape(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    is_digits(whole) && is_digits(decimals)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a JSON number: what programs write with an exponent is the number that it is without.
pub(super) fn of_number(text: &str) -> Result<Moment, Wrong> {
    match memchr::memchr2(b'e', b'E', text.as_bytes()) {
        None => read(text),
        Some(at) => read(&without_exponent(&text[..at], &text[at + 1..])?),
    }
}

/// The digits of a number, with its point where the exponent moves it.
fn without_exponent(mantissa: &str, exponent: &str) -> Result<String, Wrong> {
    /// No count is larger, nor has more zeros before its decimals.
    const MOST: i64 = 40;
    let exponent: i64 = exponent.parse().map_err(|_| Wrong::Epoch)?;
    if !is_shape(mantissa) || mantissa.starts_with('-') || !(-MOST..=MOST).contains(&exponent) {
        return Err(Wrong::Epoch);
    }
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, decimals].concat();
    let point = whole.len() as i64 + exponent;
    let zeros = |count: i64| "0".repeat(usize::try_from(count).unwrap_or_default());
    let (before, behind) = match usize::try_from(point) {
        Ok(point) if point < digits.len() => digits.split_at(point),
        Ok(_) => (digits.as_str(), ""),
        Err(_) => ("", digits.as_str()),
    };
    let before = [before, &zeros(point - digits.len() as i64)].concat();
    let before = match before.trim_start_matches('0') {
        "" => "0",
        before => before,
    };
    match behind {
        "" => Ok(before.to_owned()),
        _ => Ok(format!("{before}.{}{behind}", zeros(-point))),
    }
}

/// Reads digits, perhaps with decimals.
pub(super) fn read(text: &str) -> Result<Moment, Wrong> {
    if !is_shape(text) || text.starts_with(['-', '+']) {
        return Err(match is_shape(text) {
            true => Wrong::Epoch,
            false => Wrong::Shape,
        });
    }
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    // What writes floats writes `2024.0` and `1715941800.0`.
    let decimals = decimals.trim_end_matches('0');
    if whole.len() > 1 && whole.starts_with('0') && whole.len() != 4 {
        return Err(Wrong::Digits);
    }
    if whole.len() == 4 && decimals.is_empty() {
        // OK because four digits are a number.
        let year = whole.parse().unwrap_or_default();
        return Moment::new(
            Date {
                year,
                month: 1,
                day: 1,
            },
            Time::default(),
            0,
        );
    }
    if is_date_too(whole) {
        return Err(Wrong::Digits);
    }
    let count: u64 = whole.parse().map_err(|_| Wrong::Epoch)?;
    if !decimals.is_empty() && whole.len() < 9 {
        return Err(Wrong::Digits);
    }
    // Of the counts in a unit, those that would be read in a finer one lie in the first months of 1970.
    let (unit, places) = [(1, 0), (1_000, 3), (1_000_000, 6), (1_000_000_000, 9)]
        .into_iter()
        .find(|(unit, _)| count / unit < END)
        .ok_or(Wrong::Epoch)?;
    let below = whole.bytes().skip(whole.len().saturating_sub(places));
    let mut digits = [b'0'; 9];
    for (digit, byte) in digits.iter_mut().zip(below.chain(decimals.bytes())) {
        *digit = byte;
    }
    Ok(Moment {
        // OK because it is below `END`.
        seconds: (count / unit) as i64,
        nanos: nanos(&digits).0,
        is_rounded: decimals.len() > 9 - places,
        is_end: false,
    })
}

/// Whether digits also read as `YYYYMM`, `YYYYMMDD`, `YYYYMMDDHHMMSS` of 1900 to 2200, or as the day number of a
/// spreadsheet.
fn is_date_too(digits: &str) -> bool {
    let field = |from: usize, to: usize| digits.get(from..to).and_then(|field| field.parse().ok());
    let day = || field(6, 8).unwrap_or(1);
    let is_date = || {
        let (Some(year), Some(month)) = (field(0, 4), field(4, 6)) else {
            return false;
        };
        let date = Date {
            year,
            month,
            day: day(),
        };
        (1900..=2200).contains(&year) && date.days().is_ok()
    };
    let is_time = || match (field(8, 10), field(10, 12), field(12, 14)) {
        (Some(hour), Some(minute), Some(second)) => Time::new(hour, minute, second).is_ok(),
        _ => false,
    };
    match digits.len() {
        5 => true,
        6 | 8 => is_date(),
        14 => is_date() && is_time(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exponent_moves_the_point() {
        for (number, plain) in [
            ("1.7159418e9", "1715941800"),
            ("1e9", "1000000000"),
            ("1715941800e0", "1715941800"),
            ("1715941800.5E+3", "1715941800500"),
            ("17159418005e-1", "1715941800.5"),
            ("0.17159418e10", "1715941800"),
            (
                "17159418000000000000e-40",
                "0.000000000000000000001715941800000000000000",
            ),
            ("2.024e3", "2024"),
            ("2.0240517e7", "20240517"),
            ("0e5", "0"),
            ("1e20", "100000000000000000000"),
        ] {
            assert_eq!(of_number(number), read(plain), "{number}");
        }
        for number in ["1e41", "1e-41", "-1e9", "1e99999999999999999999"] {
            assert_eq!(of_number(number), Err(Wrong::Epoch), "{number}");
        }
    }
}

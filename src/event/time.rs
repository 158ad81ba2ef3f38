//! When an event happened.

use std::fmt;

/// A moment, in nanoseconds since 1970-01-01T00:00:00Z; 1677 to 2262.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventTime(i64);

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_MILLISECOND: i64 = 1_000_000;
pub(crate) const SECONDS_PER_DAY: i64 = 86_400;

impl EventTime {
    /// The moment that many nanoseconds after 1970-01-01T00:00:00Z.
    pub const fn from_nanos(nanos: i64) -> Self {
        EventTime(nanos)
    }

    /// Nanoseconds since 1970-01-01T00:00:00Z.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Reads ISO 8601 as events have it: a date, `T` or a space, a time to the minute or finer, `Z`, an offset or
    /// neither (then UTC).
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let year = digits(bytes, 0, 4)?;
        let month = (bytes.get(4) == Some(&b'-'))
            .then(|| digits(bytes, 5, 2))
            .flatten()?;
        let day = (bytes.get(7) == Some(&b'-'))
            .then(|| digits(bytes, 8, 2))
            .flatten()?;
        if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
            return None;
        }
        let mut seconds = days_from_civil(year, month, day) * SECONDS_PER_DAY;
        let mut nanos = 0;
        let mut at = 10;
        if matches!(bytes.get(at), Some(b'T' | b't' | b' ')) {
            let hour = digits(bytes, 11, 2)?;
            let minute = (bytes.get(13) == Some(&b':'))
                .then(|| digits(bytes, 14, 2))
                .flatten()?;
            at = 16;
            let mut second = 0;
            if bytes.get(at) == Some(&b':') {
                second = digits(bytes, 17, 2)?;
                at = 19;
                if matches!(bytes.get(at), Some(b'.' | b',')) {
                    let fraction = bytes[at + 1..]
                        .iter()
                        .take_while(|b| b.is_ascii_digit())
                        .count();
                    if fraction == 0 {
                        return None;
                    }
                    for i in 0..9 {
                        let digit = if i < fraction {
                            i64::from(bytes[at + 1 + i] - b'0')
                        } else {
                            0
                        };
                        nanos = nanos * 10 + digit;
                    }
                    at += 1 + fraction;
                }
            }
            // A leap second counts as the second after it.
            if hour > 23 || minute > 59 || second > 60 {
                return None;
            }
            seconds += hour * 3600 + minute * 60 + second;
            match bytes.get(at) {
                Some(b'Z' | b'z') => at += 1,
                Some(sign @ (b'+' | b'-')) => {
                    let hours = digits(bytes, at + 1, 2)?;
                    let colon = usize::from(bytes.get(at + 3) == Some(&b':'));
                    let minutes = if bytes.len() > at + 3 {
                        digits(bytes, at + 3 + colon, 2)?
                    } else {
                        0
                    };
                    if hours > 23 || minutes > 59 {
                        return None;
                    }
                    let offset = hours * 3600 + minutes * 60;
                    seconds += if *sign == b'+' { -offset } else { offset };
                    at = bytes.len().min(at + 5 + colon);
                }
                _ => {}
            }
        }
        if at != bytes.len() {
            return None;
        }
        seconds
            .checked_mul(NANOS_PER_SECOND)?
            .checked_add(nanos)
            .map(EventTime)
    }

    /// Reads what an event holds as a time: ISO 8601, or else a count since 1970 in digits.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn read(text: &str) -> Option<Self> {
        EventTime::parse(text).or_else(|| EventTime::from_epoch(text))
    }

    /// Reads a count since 1970 in digits: ten of seconds, perhaps with decimals, or thirteen of milliseconds, as they
    /// have been since 2001. Ten digits that are a date and an hour too are neither.
    #[cold]
    fn from_epoch(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.starts_with('0')
            || decimals.is_empty()
            || !is_digits(whole)
            || !is_digits(decimals)
        {
            return None;
        }
        let count: i64 = whole.parse().ok()?;
        match whole.len() {
            10 if !is_date_and_hour(whole) => {
                let nanos = (0..9).fold(0, |nanos, place| {
                    let digit = decimals.as_bytes().get(place).unwrap_or(&b'0');
                    nanos * 10 + i64::from(digit - b'0')
                });
                let seconds = count.checked_mul(NANOS_PER_SECOND)?;
                seconds.checked_add(nanos).map(EventTime)
            }
            13 if whole.len() == text.len() => {
                count.checked_mul(NANOS_PER_MILLISECOND).map(EventTime)
            }
            _ => None,
        }
    }

    /// The time of the event with the skew of the sender's clock taken out:
    /// `received_at - (sent_at - original_timestamp)`.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn corrected(original: Self, sent_at: Self, received_at: Self) -> Self {
        EventTime(
            received_at
                .0
                .saturating_sub(sent_at.0.saturating_sub(original.0)),
        )
    }
}

#[cfg_attr(target_family = "wasm", inline)]
fn digits(bytes: &[u8], from: usize, count: usize) -> Option<i64> {
    bytes.get(from..from + count)?.iter().try_fold(0, |n, b| {
        b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0'))
    })
}

/// Whether ten digits are `YYYYMMDDHH` of the years 1900 to 2199.
fn is_date_and_hour(text: &str) -> bool {
    let field = |from, count| digits(text.as_bytes(), from, count).unwrap_or_default();
    let (year, month, day) = (field(0, 4), field(4, 2), field(6, 2));
    (1900..2200).contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && field(8, 2) < 24
}

/// The number of days in a month.
pub(crate) fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
#[cfg_attr(target_family = "wasm", inline)]
pub(crate) fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date of the proleptic Gregorian calendar, as year, month and day, of days since 1970-01-01.
#[cfg_attr(target_family = "wasm", inline)]
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// RFC 3339 in UTC with nine decimals, as Attio writes timestamps.
impl fmt::Display for EventTime {
    #[cfg_attr(target_family = "wasm", inline)]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(NANOS_PER_SECOND);
        // OK because it is less than a second.
        let nanos = self.0.rem_euclid(NANOS_PER_SECOND) as u32;
        f.write_str(ascii(&rfc3339(seconds, nanos)))
    }
}

/// A moment in UTC, as `YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ`: seconds since 1970, in the years 0 to 9999, and nanoseconds.
#[cfg_attr(target_family = "wasm", inline)]
pub(crate) fn rfc3339(seconds: i64, nanos: u32) -> [u8; 30] {
    let mut text = *b"0000-00-00T00:00:00.000000000Z";
    text[..10].copy_from_slice(&date(seconds));
    // OK because it is less than a day.
    let second = seconds.rem_euclid(SECONDS_PER_DAY) as u32;
    fill(&mut text[11..13], second / 3600);
    fill(&mut text[14..16], second / 60 % 60);
    fill(&mut text[17..19], second % 60);
    fill(&mut text[20..29], nanos);
    text
}

/// The day of a moment in UTC, as `YYYY-MM-DD`.
#[cfg_attr(target_family = "wasm", inline)]
pub(crate) fn date(seconds: i64) -> [u8; 10] {
    let mut text = *b"0000-00-00";
    let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY));
    fill(&mut text[..4], year as u32);
    fill(&mut text[5..7], month as u32);
    fill(&mut text[8..10], day as u32);
    text
}

/// Fills a field with a number, from the right.
#[cfg_attr(target_family = "wasm", inline)]
fn fill(field: &mut [u8], mut number: u32) {
    for digit in field.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
}

/// The text that one of the above is.
pub(crate) fn ascii(text: &[u8]) -> &str {
    std::str::from_utf8(text).expect("OK because it is ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_8601_of_every_precision() {
        for (text, expect) in [
            ("2026-08-21T10:34:56.123Z", "2026-08-21T10:34:56.123000000Z"),
            (
                "2026-08-21T10:34:56.123456789+02:00",
                "2026-08-21T08:34:56.123456789Z",
            ),
            ("2026-08-21T10:34:56-0130", "2026-08-21T12:04:56.000000000Z"),
            ("2026-08-21 10:34", "2026-08-21T10:34:00.000000000Z"),
            ("2026-08-21T10:34+01", "2026-08-21T09:34:00.000000000Z"),
            ("2024-02-29", "2024-02-29T00:00:00.000000000Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59.000000000Z"),
        ] {
            assert_eq!(
                EventTime::parse(text).unwrap().to_string(),
                expect,
                "{text}"
            );
        }
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2023-02-29",
            "2026-08-21T25:00Z",
            "2026-08-21T10:34:56Zx",
            "9999-01-01",
            "2026-08-21T1",
        ] {
            assert_eq!(EventTime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_count_since_1970_is_read_where_it_is_nothing_else() {
        let read = |text| EventTime::read(text).map(|time| time.to_string());
        for (text, expect) in [
            ("1757836800", "2025-09-14T08:00:00.000000000Z"),
            ("1757836800.5", "2025-09-14T08:00:00.500000000Z"),
            ("1757836800.1234567899", "2025-09-14T08:00:00.123456789Z"),
            ("1600000000123", "2020-09-13T12:26:40.123000000Z"),
            ("2026-08-21T10:34:56Z", "2026-08-21T10:34:56.000000000Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expect), "{text}");
        }
        for text in [
            "",
            "2026",
            "20260914",
            "2026091408",
            "20260914080000",
            "0757836800",
            "-1757836800",
            "+1757836800",
            "1757836800.",
            "1600000000123.5",
            "1757836800 s",
            "1757836800000000",
            "９７５７８３６８００",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn skew_of_the_senders_clock_is_taken_out() {
        let time = |text| EventTime::parse(text).unwrap();
        assert_eq!(
            EventTime::corrected(
                time("2026-08-21T10:34:56.123Z"),
                time("2026-08-21T10:34:56.901Z"),
                time("2026-08-21T10:34:57.342Z")
            ),
            time("2026-08-21T10:34:56.564Z")
        );
    }

    #[test]
    fn dates_go_there_and_back() {
        for days in (-200_000..200_000).step_by(37) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }
}

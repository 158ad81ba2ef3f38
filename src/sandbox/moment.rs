//! Moments and calendar days, as Attio reads and writes them.
//!
//! Read from Attio's own examples: a year, a month, a day, minutes, seconds, up to nine decimals, an offset. Nothing
//! else is taken, so that what the rest of the project sends is judged by the documentation alone.

use std::fmt;
use std::time::{Duration, SystemTime};

const DAY: i64 = 86_400;
/// The last second of the year 9999, the last that Attio stores.
const LAST: i64 = 253_402_300_799;

/// A moment in UTC, to the nanosecond. Shown as Attio shows timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// Seconds since 1970-01-01T00:00:00Z.
    seconds: i64,
    /// Nanoseconds after those, less than a second.
    nanos: u32,
}

impl Moment {
    /// The moment `since` after the beginning of 1970; at most the end of the year 9999.
    pub fn from_unix(since: Duration) -> Self {
        match i64::try_from(since.as_secs()) {
            Ok(seconds) if seconds <= LAST => Moment {
                seconds,
                nanos: since.subsec_nanos(),
            },
            _ => Moment {
                seconds: LAST,
                nanos: 999_999_999,
            },
        }
    }

    /// Whole seconds since the beginning of 1970.
    pub fn unix_seconds(self) -> i64 {
        self.seconds
    }

    /// The moment `later` after this one; at most the end of the year 9999.
    #[must_use]
    pub fn plus(self, later: Duration) -> Self {
        // A sandbox's time begins in 1970 or later; before that only what is written can be.
        Moment::from_unix(self.since_unix().saturating_add(later))
    }

    /// How long this is after `earlier`; zero when it is before.
    pub fn since(self, earlier: Moment) -> Duration {
        self.since_unix().saturating_sub(earlier.since_unix())
    }

    /// How long this is after the beginning of 1970; zero when it is before.
    fn since_unix(self) -> Duration {
        u64::try_from(self.seconds)
            .map_or(Duration::ZERO, |seconds| Duration::new(seconds, self.nanos))
    }

    /// The same moment for the standard library; the beginning of 1970 for anything earlier.
    pub(super) fn system_time(self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.since_unix()
    }

    /// Reads the ISO 8601 forms that Attio documents; UTC where no offset is given.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut parts = date.split('-');
        let year = digits(parts.next()?, 4)?;
        let month = parts.next().map_or(Some(1), |month| digits(month, 2))?;
        let day = parts.next().map_or(Some(1), |day| digits(day, 2))?;
        if parts.next().is_some() || !(1..=12).contains(&month) {
            return None;
        }
        if !(1..=days_in(year, month)).contains(&day) {
            return None;
        }
        let (of_day, nanos) = match time {
            None => (0, 0),
            // A time needs a whole date before it.
            Some(time) if date.len() == 10 => time_of_day(time)?,
            Some(_) => return None,
        };
        let seconds = days_from_civil(year, month, day) * DAY + of_day;
        let first = days_from_civil(1, 1, 1) * DAY;
        (first..=LAST)
            .contains(&seconds)
            .then_some(Moment { seconds, nanos })
    }

    /// The calendar day in UTC, as `YYYY-MM-DD`.
    pub(super) fn date(self) -> String {
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.seconds.div_euclid(DAY));
        let seconds = self.seconds.rem_euclid(DAY);
        let nanos = self.nanos;
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{nanos:09}Z",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        )
    }
}

/// `HH:MM[:SS[.fraction]][offset]`, as seconds after midnight in UTC and nanoseconds after those.
fn time_of_day(text: &str) -> Option<(i64, u32)> {
    let (clock, offset) = match text.find(['Z', '+', '-']) {
        Some(at) => (&text[..at], minutes_of_offset(&text[at..])?),
        None => (text, 0),
    };
    let mut parts = clock.split(':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let (second, fraction) = match parts.next() {
        None => (0, 0),
        Some(seconds) => match seconds.split_once('.') {
            None => (digits(seconds, 2)?, 0),
            Some((whole, fraction)) => (digits(whole, 2)?, nanos_of_fraction(fraction)?),
        },
    };
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((hour * 3600 + (minute - offset) * 60 + second, fraction))
}

fn minutes_of_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = text[1..].split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

fn nanos_of_fraction(text: &str) -> Option<u32> {
    let len = u32::try_from(text.len())
        .ok()
        .filter(|len| (1..=9).contains(len))?;
    Some(u32::try_from(digits(text, text.len())?).ok()? * 10_u32.pow(9 - len))
}

fn digits(text: &str, len: usize) -> Option<i64> {
    let all = text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, in years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dates_of_attios_documentation_are_read_as_it_says() {
        for (text, date) in [
            ("2023", "2023-01-01"),
            ("2023-01", "2023-01-01"),
            ("2023-01-02", "2023-01-02"),
            ("2023-01-02T13:00", "2023-01-02"),
            ("2023-01-02T14:00:00", "2023-01-02"),
            ("2023-01-02T15:00:00.000000000", "2023-01-02"),
            ("2023-01-02T15:00:00.000000000+02:00", "2023-01-02"),
            ("2023-01-02T23:00:00-10:00", "2023-01-03"),
            ("9999-12-31", "9999-12-31"),
            ("0001-01-01", "0001-01-01"),
        ] {
            assert_eq!(Moment::parse(text).unwrap().date(), date, "{text}");
        }
    }

    #[test]
    fn timestamps_are_shown_in_utc_with_nine_decimals() {
        for (text, shown) in [
            ("2023-01-02T13:00", "2023-01-02T13:00:00.000000000Z"),
            (
                "2023-01-02T15:00:00.5+02:00",
                "2023-01-02T13:00:00.500000000Z",
            ),
            (
                "2019-01-17T15:17:48.000000001Z",
                "2019-01-17T15:17:48.000000001Z",
            ),
            (
                "1969-12-31T23:59:59.999999999Z",
                "1969-12-31T23:59:59.999999999Z",
            ),
            (
                "9999-12-31T23:59:59.999999999Z",
                "9999-12-31T23:59:59.999999999Z",
            ),
        ] {
            assert_eq!(Moment::parse(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn what_attio_does_not_document_is_no_moment() {
        for text in [
            "",
            "23",
            "2023-1-2",
            "2023-02-30",
            "2023-13-01",
            "2023-00-01",
            "2023-01-02 13:00",
            "2023-01-02T",
            "2023-01-02T13",
            "2023-01-02T24:00",
            "2023-01-02T13:60",
            "2023-01-02T13:00:60",
            "2023-01T13:00",
            "2023-01-02T13:00:00.",
            "2023-01-02T13:00:00.0000000001",
            "2023-01-02T13:00:00+0200",
            "2023-01-02T13:00:00+02",
            "2023-01-02T13:00:00z",
            "01/02/2023",
            "1672531200",
            "2023-01-02T13:00:00ZZ",
            "9999-12-31T23:59:59-01:00",
            "0000-12-31",
            "0001-01-01T00:00:00+01:00",
            "+2023-01-01",
            "2023-01-02-03",
            "2023-01-02T1é:00",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_found_again() {
        for days in (-719_528..2_932_897).step_by(13) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }
}

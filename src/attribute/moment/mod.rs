//! Moments as people and programs write them, read for `date` and `timestamp`.
//!
//! The shape is told first, then read by its own reader: the forms that Attio documents by [`iso`], digits alone by
//! [`epoch`], everything else by [`written`]. What can be read two ways is refused, and [`Wrong`] says how to mend it.
//! There is no clock and no time zone database here: `now`, and `CET` without an offset, are refused.

mod epoch;
mod iso;
mod written;

use super::host::trimmed;
use super::{DateOrder, Finding, To};
use crate::diagnostic::Code;
use crate::event::time::{self, SECONDS_PER_DAY, days_from_civil, days_in};
use crate::json::Value;

/// No date is longer, in bytes.
const MAX_BYTES: usize = 128;

/// A moment, in UTC where no offset was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// Seconds since 1970-01-01T00:00:00Z, in the years 1 to 9999.
    seconds: i64,
    nanos: u32,
    /// Whether it was finer than a nanosecond.
    pub(super) is_rounded: bool,
    /// Whether it was written as the end of the day before: as `24:00`, or as a leap second.
    is_end: bool,
}

/// Why a value is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// It has no shape of a date.
    Shape,
    /// The calendar or the clock does not have it.
    Impossible,
    /// Day and month may be either way round.
    Order,
    /// It has a year of two digits.
    ShortYear,
    /// It has no year.
    NoYear,
    /// Its time zone is a name.
    Zone,
    /// Its weekday is another one.
    Weekday,
    /// It is digits that may be a date, or a count since 1970.
    Digits,
    /// It is a count since 1970 that lands after 2200 or before 1970.
    Epoch,
    /// It is a word that needs a clock.
    Relative,
}

/// Reads a value as what `what` and `code` name.
pub(super) fn read(
    code: Code,
    what: &str,
    value: &Value<'_>,
    to: &To<'_, '_>,
) -> Result<Moment, Finding> {
    let inner = to.inside(what, value, "value")?;
    let read = match inner {
        Value::String(text) if to.strict() => {
            iso::read(text.as_bytes()).unwrap_or(Err(Wrong::Shape))
        }
        Value::String(text) => of_text(trimmed(text), to.coercer.options.date_order),
        Value::Number(text) if !to.strict() => epoch::of_number(text),
        _ => Err(Wrong::Shape),
    };
    read.map_err(|wrong| wrong.finding(code, what, inner, to))
}

fn of_text(text: &str, order: Option<DateOrder>) -> Result<Moment, Wrong> {
    if text.len() > MAX_BYTES {
        return Err(Wrong::Shape);
    }
    // What ISO's own reader finds impossible may be the end of a day (`24:00`) or a leap second.
    if let Some(Ok(moment)) = iso::read(text.as_bytes()) {
        return Ok(moment);
    }
    if epoch::is_shape(text) {
        return epoch::read(text);
    }
    written::read(text, order)
}

impl Moment {
    /// A date of the calendar and a time of the clock, `offset` seconds ahead of UTC.
    fn new(date: Date, time: Time, offset: i64) -> Result<Self, Wrong> {
        // The first and the last second of the years 1 to 9999.
        const FIRST: i64 = -62_135_596_800;
        const LAST: i64 = 253_402_300_799;
        let seconds = date.days()? * SECONDS_PER_DAY + time.seconds - offset;
        if !(FIRST..=LAST).contains(&seconds) || time.is_leap && !may_follow_leap(seconds) {
            return Err(Wrong::Impossible);
        }
        Ok(Moment {
            seconds,
            nanos: time.nanos,
            is_rounded: time.is_rounded,
            is_end: time.is_leap || time.seconds == SECONDS_PER_DAY,
        })
    }

    /// Appends the day in UTC, as `YYYY-MM-DD`.
    pub(super) fn write_date(self, out: &mut String) {
        let seconds = self.seconds - i64::from(self.is_end);
        out.push_str(time::ascii(&time::date(seconds)));
    }

    /// Appends the moment in UTC, as `YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ`.
    pub(super) fn write_timestamp(self, out: &mut String) {
        out.push_str(time::ascii(&time::rfc3339(self.seconds, self.nanos)));
    }
}

/// Whether a leap second may have come before: one is put at the end of June or of December, in UTC.
fn may_follow_leap(seconds: i64) -> bool {
    let date = time::date(seconds);
    seconds % SECONDS_PER_DAY == 0 && matches!(&date[4..], b"-01-01" | b"-07-01")
}

/// A day of the calendar, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Date {
    year: i64,
    month: i64,
    day: i64,
}

impl Date {
    /// Days since 1970-01-01.
    fn days(self) -> Result<i64, Wrong> {
        let Date { year, month, day } = self;
        let is_possible = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && day >= 1
            && day <= days_in(year, month);
        match is_possible {
            true => Ok(days_from_civil(year, month, day)),
            false => Err(Wrong::Impossible),
        }
    }
}

/// A time of the clock, as it was written; midnight unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Time {
    /// Seconds since midnight; a whole day of them at its end.
    seconds: i64,
    nanos: u32,
    is_rounded: bool,
    /// Whether it is a leap second, which counts as the one after it.
    is_leap: bool,
}

impl Time {
    fn new(hour: i64, minute: i64, second: i64) -> Result<Self, Wrong> {
        if hour > 23 || minute > 59 || second > 59 {
            return Err(Wrong::Impossible);
        }
        Ok(Time {
            seconds: hour * 3600 + minute * 60 + second,
            ..Time::default()
        })
    }
}

/// The nanoseconds of the decimals of a second, and whether there are finer ones.
fn nanos(decimals: &[u8]) -> (u32, bool) {
    let mut nanos = 0;
    for place in 0..9 {
        let digit = decimals.get(place).map_or(0, |byte| byte - b'0');
        nanos = nanos * 10 + u32::from(digit);
    }
    let is_finer = decimals.iter().skip(9).any(|byte| *byte != b'0');
    (nanos, is_finer)
}

impl Wrong {
    fn finding(self, code: Code, what: &str, value: &Value<'_>, to: &To<'_, '_>) -> Finding {
        let is_date = code == Code::AttributeDate;
        let form = match is_date {
            true => "write `YYYY-MM-DD`",
            false => "write `YYYY-MM-DDTHH:MM:SSZ`",
        };
        if to.strict() && self == Wrong::Shape {
            return to
                .expected(code, &format!("{what} of ISO 8601"), value)
                .help(format!("{form}, or set `mode` to `lenient`"));
        }
        let (expected, help) = match self {
            Wrong::Shape => {
                return to
                    .expected(code, what, value)
                    .help(format!("{form}, or map it from a trait that holds {what}"));
            }
            Wrong::Impossible => ("that the calendar has", form.to_owned()),
            Wrong::Order => {
                let help = format!("{form}, or set `date_order` to `mdy` or `dmy`");
                return to
                    .expected(
                        Code::AttributeDateOrder,
                        &format!("{what} that can be read one way"),
                        value,
                    )
                    .help(help);
            }
            Wrong::ShortYear => (
                "with a year of four digits",
                format!("{form}: of two digits the century is not known"),
            ),
            Wrong::NoYear => ("with its year", form.to_owned()),
            Wrong::Zone => (
                "whose time zone is an offset",
                "write `Z` or an offset such as `+02:00` in place of the name".to_owned(),
            ),
            Wrong::Weekday => (
                "that falls on its weekday",
                format!("{form}, without the weekday"),
            ),
            Wrong::Digits => (
                "that is not also a count of seconds",
                format!("{form}, or send milliseconds since 1970"),
            ),
            Wrong::Epoch => (
                "from 1970 to 2200 as a count",
                format!(
                    "send seconds, milliseconds, microseconds or nanoseconds since 1970, or {form}"
                ),
            ),
            Wrong::Relative => (
                "that does not need a clock",
                "map it from a time of the event, such as `$.timestamp`".to_owned(),
            ),
        };
        to.expected(code, &format!("{what} {expected}"), value)
            .help(help)
    }
}

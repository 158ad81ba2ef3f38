//! Dates in the other forms that programs and people write: RFC 2822, JavaScript's `Date.toString()`, `asctime`, log
//! files, `17/05/2024`, `May 17th, 2024 at 10:30 AM`.
//!
//! One grammar for all: a weekday, a date, a time, a zone, each where it may stand, and nothing else. Names of months
//! and weekdays are English.

use super::{Date, Moment, Time, Wrong, nanos};
use crate::attribute::DateOrder;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// From Monday.
const WEEKDAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// The names of UTC; an offset may stand behind all but the last.
const UTC: [&str; 4] = ["utc", "gmt", "ut", "z"];

/// The other zones that RFC 2822 gives an offset, in hours. Outside its form they mean several zones (`CST` is China's
/// too), as every other abbreviation does.
const AMERICAN: [(&str, i64); 8] = [
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
];

const RELATIVE: [&str; 4] = ["now", "today", "yesterday", "tomorrow"];

/// Reads a text that neither [`super::iso`] nor [`super::epoch`] takes.
pub(super) fn read(text: &str, order: Option<DateOrder>) -> Result<Moment, Wrong> {
    if RELATIVE.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return Err(Wrong::Relative);
    }
    let mut cursor = Cursor { rest: text };
    let weekday = cursor.weekday();
    let (mut date, mut time, mut zone) = (cursor.date(order)?, None, None);
    if date.time_may_follow {
        time = cursor.time(date.is_compact)?;
        if time.is_some() {
            zone = cursor.zone(date.is_mail)?;
        }
    }
    if date.year.is_none() {
        // `asctime` has the year last.
        cursor.spaces();
        date.year = Some(cursor.year()?);
    }
    if zone.is_none() {
        zone = match (cursor.zone(false), time) {
            (Err(Wrong::Zone), None) => return Err(Wrong::Shape),
            (zone, _) => zone?,
        };
    }
    cursor.spaces();
    if !cursor.rest.is_empty() {
        return Err(Wrong::Shape);
    }
    let date = Date {
        // OK because it was set above when it was missing.
        year: date.year.unwrap_or_default(),
        month: date.month,
        day: date.day,
    };
    if weekday.is_some_and(|weekday| date.days().is_ok_and(|days| weekday_of(days) != weekday)) {
        return Err(Wrong::Weekday);
    }
    // A day of another zone begins and ends at other moments; which is meant cannot be known.
    if time.is_none() && zone.is_some_and(|offset| offset != 0) {
        return Err(Wrong::Shape);
    }
    Moment::new(date, time.unwrap_or_default(), zone.unwrap_or_default())
}

/// The place in [`WEEKDAYS`] of a day. 1970-01-01 was a Thursday.
fn weekday_of(days: i64) -> usize {
    (days + 3).rem_euclid(7) as usize
}

/// What [`Cursor::date`] found.
struct Found {
    year: Option<i64>,
    month: i64,
    day: i64,
    time_may_follow: bool,
    /// Without separators, as its time then is.
    is_compact: bool,
    /// As RFC 2822 writes it: `17 May 2024`.
    is_mail: bool,
}

impl Found {
    fn day(year: i64, month: i64, day: i64) -> Self {
        Found {
            year: Some(year),
            month,
            day,
            time_may_follow: true,
            is_compact: false,
            is_mail: false,
        }
    }

    fn month(year: i64, month: i64) -> Self {
        Found {
            time_may_follow: false,
            ..Found::day(year, month, 1)
        }
    }
}

/// What is left of the text.
struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    fn spaces(&mut self) {
        self.rest = self
            .rest
            .trim_start_matches([' ', '\t', '\u{a0}', '\u{2009}', '\u{202f}']);
    }

    /// Passes over a character.
    fn take(&mut self, char: char) -> bool {
        match self.rest.strip_prefix(char) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Passes over one of some characters and gives it.
    fn one_of(&mut self, chars: &[char]) -> Option<char> {
        let char = self
            .rest
            .chars()
            .next()
            .filter(|char| chars.contains(char))?;
        self.take(char);
        Some(char)
    }

    /// A number of one to `most` digits, and how many they were.
    fn number(&mut self, most: usize) -> Option<(i64, usize)> {
        let count = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 || count > most {
            return None;
        }
        let (digits, rest) = self.rest.split_at(count);
        self.rest = rest;
        Some((digits.parse().ok()?, count))
    }

    /// The letters that come next.
    fn letters(&self) -> &'t str {
        let end = self
            .rest
            .bytes()
            .take_while(u8::is_ascii_alphabetic)
            .count();
        &self.rest[..end]
    }

    /// Passes over one of some words, whatever its case.
    fn word(&mut self, words: &[&str]) -> Option<usize> {
        let letters = self.letters();
        let at = words
            .iter()
            .position(|word| word.eq_ignore_ascii_case(letters))?;
        self.rest = &self.rest[letters.len()..];
        Some(at)
    }

    /// Passes over a name, or three or more of its first letters with or without a dot.
    fn name(&mut self, names: &[&str]) -> Option<usize> {
        let letters = self.letters();
        if letters.len() < 3 {
            return None;
        }
        let begins = |name: &&str| {
            let begin = name.get(..letters.len());
            begin.is_some_and(|begin| begin.eq_ignore_ascii_case(letters))
        };
        let at = names.iter().position(begins)?;
        self.rest = &self.rest[letters.len()..];
        if letters.len() < names[at].len() {
            self.take('.');
        }
        Some(at)
    }

    fn weekday(&mut self) -> Option<usize> {
        let weekday = self.name(&WEEKDAYS)?;
        self.spaces();
        self.take(',');
        self.spaces();
        Some(weekday)
    }

    /// The number of a month that is written as a word.
    fn month(&mut self) -> Option<i64> {
        let month = self.name(&MONTHS)?;
        Some(month as i64 + 1)
    }

    /// A year of four digits.
    fn year(&mut self) -> Result<i64, Wrong> {
        match self.number(4) {
            Some((year, 4)) => Ok(year),
            Some((_, 2)) => Err(Wrong::ShortYear),
            Some(_) => Err(Wrong::Shape),
            None if self.rest.is_empty() => Err(Wrong::NoYear),
            None => Err(Wrong::Shape),
        }
    }

    fn date(&mut self, order: Option<DateOrder>) -> Result<Found, Wrong> {
        if self.letters().is_empty() {
            return self.date_by_number(order);
        }
        let month = self.month().ok_or(Wrong::Shape)?;
        let separator = self.separator();
        let Some((first, count)) = self.number(4) else {
            return Err(match self.rest.is_empty() {
                true => Wrong::NoYear,
                false => Wrong::Shape,
            });
        };
        if count == 4 {
            return Ok(Found::month(first, month));
        }
        if count > 2 {
            return Err(Wrong::Shape);
        }
        self.ordinal(first)?;
        if separator == ' ' {
            // `asctime`: the time comes before the year.
            let ahead = Cursor { rest: self.rest }.time(false);
            if matches!(ahead, Ok(Some(_))) {
                return Ok(Found {
                    year: None,
                    ..Found::day(0, month, first)
                });
            }
        }
        self.same(separator)?;
        Ok(Found::day(self.year()?, month, first))
    }

    /// What stands between the parts of a date: spaces and commas count as one.
    fn separator(&mut self) -> char {
        match self.one_of(&['-', '/', '.']) {
            // `17. May 2024`
            Some('.') if self.rest.starts_with(' ') => {}
            Some(separator) => return separator,
            None => {}
        }
        self.spaces();
        self.take(',');
        self.spaces();
        ' '
    }

    /// Passes over the separator that stood before.
    fn same(&mut self, separator: char) -> Result<(), Wrong> {
        match self.separator() == separator {
            true => Ok(()),
            false => Err(Wrong::Shape),
        }
    }

    /// Passes over `st`, `nd`, `rd` or `th`, where it belongs to the day.
    fn ordinal(&mut self, day: i64) -> Result<(), Wrong> {
        let suffix = match (day % 10, day) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        match self.word(&["st", "nd", "rd", "th"]) {
            Some(at) if ["st", "nd", "rd", "th"][at] != suffix => Err(Wrong::Impossible),
            _ => Ok(()),
        }
    }

    fn date_by_number(&mut self, order: Option<DateOrder>) -> Result<Found, Wrong> {
        let (first, count) = self.number(8).ok_or(Wrong::Shape)?;
        match count {
            8 if self.rest.starts_with(['T', 't']) => {
                return Ok(Found {
                    is_compact: true,
                    ..Found::day(first / 10_000, first / 100 % 100, first % 100)
                });
            }
            1 | 2 | 4 => {}
            _ => return Err(Wrong::Shape),
        }
        let is_spaced = self.rest.starts_with(' ');
        if count <= 2 {
            self.ordinal(first)?;
        }
        let separator = self.separator();
        if separator == ' ' {
            self.word(&["of"]);
            self.spaces();
        }
        let is_short = self.letters().len() == 3;
        if let Some(month) = self.month() {
            let is_mail = is_spaced && is_short && self.rest.starts_with(' ');
            self.same(separator)?;
            return match count {
                4 => {
                    let (day, 1..=2) = self.number(2).ok_or(Wrong::Shape)? else {
                        return Err(Wrong::Shape);
                    };
                    self.ordinal(day)?;
                    Ok(Found::day(first, month, day))
                }
                _ => Ok(Found {
                    is_mail,
                    ..Found::day(self.year()?, month, first)
                }),
            };
        }
        if separator == ' ' {
            return Err(Wrong::Shape);
        }
        let (second, second_count) = self.number(4).ok_or(Wrong::Shape)?;
        match (count, second_count) {
            // `2024/05` and `05/2024` are months.
            (4, 1 | 2) if !self.rest.starts_with(separator) => {
                return Ok(Found::month(first, second));
            }
            (1 | 2, 4) => return Ok(Found::month(second, first)),
            (_, 1 | 2) => {}
            _ => return Err(Wrong::Shape),
        }
        if !self.take(separator) {
            return Err(match self.rest.is_empty() {
                true => Wrong::NoYear,
                false => Wrong::Shape,
            });
        }
        if count == 4 {
            let (day, _) = self.number(2).ok_or(Wrong::Shape)?;
            return Ok(Found::day(first, second, day));
        }
        let year = self.year()?;
        let (month, day) = month_and_day(first, second, order)?;
        Ok(Found::day(year, month, day))
    }

    /// A time of the clock. Of one without a separator before it there is none.
    fn time(&mut self, is_compact: bool) -> Result<Option<Time>, Wrong> {
        let before = self.rest;
        let is_iso = self.one_of(&['T', 't']).is_some();
        if !is_iso {
            // A log file has a colon here.
            if !self.take(':') {
                self.spaces();
                self.take(',');
                self.spaces();
                self.word(&["at"]);
                self.spaces();
            }
            if self.rest.len() == before.len() {
                return Ok(None);
            }
        }
        if !self.rest.starts_with(|char: char| char.is_ascii_digit()) {
            self.rest = before;
            return Ok(None);
        }
        if is_compact {
            return self.compact_time().map(Some);
        }
        let Some((mut hour, hour_digits)) = self.number(2) else {
            // A year, as in `May 17 2024`.
            self.rest = before;
            return Ok(None);
        };
        let (mut minute, mut second, mut decimals) = (0, 0, "");
        let has_minutes = self.take(':');
        if has_minutes {
            minute = self.two_digits()?;
            if self.take(':') {
                second = self.two_digits()?;
                decimals = self.decimals()?;
            }
        }
        let after = self.rest;
        self.spaces();
        match self.half()? {
            Some(half) => {
                if !(1..=12).contains(&hour) {
                    return Err(Wrong::Impossible);
                }
                hour = hour % 12 + half;
            }
            None => {
                self.rest = after;
                let is_hour = is_iso && hour_digits == 2;
                if !has_minutes && !is_hour {
                    self.rest = before;
                    return Ok(None);
                }
            }
        }
        clock(hour, minute, second, decimals).map(Some)
    }

    /// `HHMM` or `HHMMSS`, with decimals.
    fn compact_time(&mut self) -> Result<Time, Wrong> {
        let (time, count) = self.number(6).ok_or(Wrong::Shape)?;
        let decimals = self.decimals()?;
        match count {
            4 if decimals.is_empty() => clock(time / 100, time % 100, 0, ""),
            6 => clock(time / 10_000, time / 100 % 100, time % 100, decimals),
            _ => Err(Wrong::Shape),
        }
    }

    fn two_digits(&mut self) -> Result<i64, Wrong> {
        match self.number(2) {
            Some((number, 2)) => Ok(number),
            _ => Err(Wrong::Shape),
        }
    }

    /// The decimals of a second.
    fn decimals(&mut self) -> Result<&'t str, Wrong> {
        let before = self.rest;
        if self.one_of(&['.', ',']).is_none() {
            return Ok("");
        }
        let count = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if count == 0 {
            // A comma may stand between a time and what follows it.
            self.rest = before;
            return Ok("");
        }
        let (decimals, rest) = self.rest.split_at(count);
        self.rest = rest;
        Ok(decimals)
    }

    /// The hours that `AM` or `PM` add.
    fn half(&mut self) -> Result<Option<i64>, Wrong> {
        let before = self.rest;
        let half = match self.rest.as_bytes() {
            [b'a' | b'A', ..] => 0,
            [b'p' | b'P', ..] => 12,
            _ => return Ok(None),
        };
        self.rest = &self.rest[1..];
        let has_dots = self.take('.');
        if self.one_of(&['m', 'M']).is_none() || !self.letters().is_empty() {
            self.rest = before;
            return Ok(None);
        }
        if has_dots && !self.take('.') {
            return Err(Wrong::Shape);
        }
        Ok(Some(half))
    }

    /// The seconds that a zone is ahead of UTC; nothing when none is written. In the form of RFC 2822 (`is_mail`), the
    /// American names are offsets.
    fn zone(&mut self, is_mail: bool) -> Result<Option<i64>, Wrong> {
        self.spaces();
        let letters = self.letters();
        let mut zone = None;
        let mut offset_may_follow = true;
        if !letters.is_empty() {
            let american = AMERICAN
                .iter()
                .find(|(name, _)| is_mail && name.eq_ignore_ascii_case(letters));
            let hours = match (is_utc(letters), american, letters.len()) {
                (true, ..) => 0,
                (_, Some((_, hours)), _) => *hours,
                (_, None, ..=5) => return Err(Wrong::Zone),
                _ => return Err(Wrong::Shape),
            };
            self.rest = &self.rest[letters.len()..];
            zone = Some(hours * 3600);
            offset_may_follow = hours == 0 && letters.len() > 1;
        }
        if self.rest.starts_with(['+', '-', '\u{2212}']) {
            if !offset_may_follow {
                return Err(Wrong::Shape);
            }
            let offset = self.offset()?;
            self.abbreviation(offset)?;
            zone = Some(offset);
        }
        match zone {
            Some(_) => self.remark()?,
            None if self.rest.starts_with('[') => return Err(Wrong::Zone),
            None => {}
        }
        Ok(zone)
    }

    /// `+02:00`, `+0200`, `+02` or, behind UTC, `+2`.
    fn offset(&mut self) -> Result<i64, Wrong> {
        let is_behind = !self.take('+');
        if is_behind {
            self.one_of(&['-', '\u{2212}']);
        }
        let (number, count) = self.number(4).ok_or(Wrong::Shape)?;
        let (hours, minutes) = match count {
            3 | 4 => (number / 100, number % 100),
            _ if self.take(':') => (number, self.two_digits()?),
            _ => (number, 0),
        };
        // `10-30-00` is no time of the clock with an offset.
        if hours > 23 || minutes > 59 || count == 3 {
            return Err(Wrong::Shape);
        }
        let offset = hours * 3600 + minutes * 60;
        Ok(if is_behind { -offset } else { offset })
    }

    /// Passes over the abbreviation that may stand behind an offset, as in `+0200 CEST`, whatever it means.
    fn abbreviation(&mut self, offset: i64) -> Result<(), Wrong> {
        let before = self.rest;
        self.spaces();
        let letters = self.letters();
        match letters.len() {
            3..=5 if offset != 0 && is_utc(letters) => return Err(Wrong::Zone),
            3..=5 => self.rest = &self.rest[letters.len()..],
            _ => self.rest = before,
        }
        Ok(())
    }

    /// Passes over what may stand behind a zone and names it: `(Central European Summer Time)`, `[Europe/Berlin]`.
    fn remark(&mut self) -> Result<(), Wrong> {
        let before = self.rest;
        self.spaces();
        let close = match self.one_of(&['(', '[']) {
            Some('(') => ')',
            Some(_) => ']',
            None => {
                self.rest = before;
                return Ok(());
            }
        };
        let (_, rest) = self.rest.split_once(close).ok_or(Wrong::Shape)?;
        self.rest = rest;
        Ok(())
    }
}

fn is_utc(name: &str) -> bool {
    UTC.iter().any(|utc| utc.eq_ignore_ascii_case(name))
}

fn month_and_day(a: i64, b: i64, order: Option<DateOrder>) -> Result<(i64, i64), Wrong> {
    match (a, b) {
        _ if a == b => Ok((a, b)),
        (13.., 1..=12) => Ok((b, a)),
        (1..=12, 13..) => Ok((a, b)),
        (1..=12, 1..=12) => match order {
            Some(DateOrder::Mdy) => Ok((a, b)),
            Some(DateOrder::Dmy) => Ok((b, a)),
            None => Err(Wrong::Order),
        },
        _ => Err(Wrong::Impossible),
    }
}

/// A time in which midnight may be `24:00`, and a second `60`.
fn clock(hour: i64, minute: i64, second: i64, decimals: &str) -> Result<Time, Wrong> {
    let (nanos, is_rounded) = nanos(decimals.as_bytes());
    let is_midnight = hour == 24 && minute == 0 && second == 0 && nanos == 0;
    let is_leap = second == 60 && minute == 59;
    let mut time = match (is_midnight, is_leap) {
        (true, _) => Time::new(23, 59, 59)?,
        (_, true) => Time::new(hour, minute, 59)?,
        _ => Time::new(hour, minute, second)?,
    };
    time.seconds += i64::from(is_midnight || is_leap);
    Ok(Time {
        nanos,
        is_rounded,
        is_leap,
        ..time
    })
}

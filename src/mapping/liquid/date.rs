//! `strftime`, for the filter `date`. Times are in UTC.

use crate::event::EventTime;
use crate::event::time::days_in;
use crate::json::Value;

const NANOS: i64 = 1_000_000_000;
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The moment that a value means: ISO 8601, or seconds since 1970 as a number or in digits.
pub(super) fn read(value: &Value<'_>) -> Option<EventTime> {
    let seconds = match value {
        Value::Number(_) => value.as_f64()?,
        Value::String(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
            text.parse().ok()?
        }
        Value::String(text) => return EventTime::parse(text.trim()),
        _ => return None,
    };
    let nanos = (seconds * 1000.0).round() * 1e6;
    (nanos.abs() < i64::MAX as f64).then(|| EventTime::from_nanos(nanos as i64))
}

/// Whether a value asks for the time that it is.
pub(super) fn is_clock(value: &Value<'_>) -> bool {
    let text = value.as_str().unwrap_or_default().trim();
    text.eq_ignore_ascii_case("now") || text.eq_ignore_ascii_case("today")
}

/// What a directive stands for.
enum Part {
    /// A number, its width and what fills it up.
    Number(i64, usize, char),
    Text(&'static str),
    /// Another format.
    As(&'static str),
}

/// Writes a moment in a format; what is no directive stands as it is. After the `%` may stand `-` (no filling up), `_`
/// (with spaces), `0` (with zeros) or `^` (capitals).
pub(super) fn format(time: EventTime, format: &str) -> String {
    let mut out = String::with_capacity(format.len() + 16);
    let mut rest = format;
    while let Some((text, after)) = rest.split_once('%') {
        out.push_str(text);
        let flag = after
            .chars()
            .next()
            .filter(|c| matches!(c, '-' | '_' | '0' | '^'));
        let directive = &after[flag.map_or(0, char::len_utf8)..];
        let part = directive
            .chars()
            .next()
            .and_then(|c| Some((part(time, c)?, c.len_utf8())));
        let Some((part, length)) = part else {
            out.push('%');
            rest = after;
            continue;
        };
        rest = &directive[length..];
        let written = match (part, flag) {
            (Part::Number(value, _, _), Some('-')) => value.to_string(),
            (Part::Number(value, width, _), Some('_'))
            | (Part::Number(value, width, ' '), None | Some('^')) => {
                format!("{value:width$}")
            }
            (Part::Number(value, width, _), _) => format!("{value:0width$}"),
            (Part::Text(text), Some('^')) => text.to_uppercase(),
            (Part::Text(text), _) => text.to_owned(),
            (Part::As(other), _) => self::format(time, other),
        };
        out.push_str(&written);
    }
    out.push_str(rest);
    out
}

fn part(time: EventTime, directive: char) -> Option<Part> {
    // `1970-01-01T00:00:00.000000000Z`, whose fields are all of fixed width.
    let iso = time.to_string();
    let field = |from: usize, to: usize| iso.get(from..to)?.parse::<i64>().ok();
    let year = field(0, 4)?;
    let day_number = |time: EventTime| time.nanos().div_euclid(86_400 * NANOS);
    let weekday = (day_number(time) + 4).rem_euclid(7);
    let hour = field(11, 13)?;
    let hour12 = (hour + 11) % 12 + 1;
    let name = |names: &[&'static str], at: i64| names.get(usize::try_from(at).ok()?).copied();
    Some(match directive {
        'Y' => Part::Number(year, 4, '0'),
        'C' => Part::Number(year / 100, 2, '0'),
        'y' => Part::Number(year % 100, 2, '0'),
        'm' => Part::Number(field(5, 7)?, 2, '0'),
        'd' => Part::Number(field(8, 10)?, 2, '0'),
        'e' => Part::Number(field(8, 10)?, 2, ' '),
        'j' => {
            let days = 1..field(5, 7)?;
            let before: i64 = days.map(|month| days_in(year, month)).sum();
            Part::Number(before + field(8, 10)?, 3, '0')
        }
        'H' => Part::Number(hour, 2, '0'),
        'k' => Part::Number(hour, 2, ' '),
        'I' => Part::Number(hour12, 2, '0'),
        'l' => Part::Number(hour12, 2, ' '),
        'M' => Part::Number(field(14, 16)?, 2, '0'),
        'S' => Part::Number(field(17, 19)?, 2, '0'),
        'L' => Part::Number(field(20, 23)?, 3, '0'),
        'N' => Part::Number(field(20, 29)?, 9, '0'),
        's' => Part::Number(time.nanos().div_euclid(NANOS), 1, '0'),
        'u' => Part::Number((weekday + 6) % 7 + 1, 1, '0'),
        'w' => Part::Number(weekday, 1, '0'),
        'p' => Part::Text(if hour < 12 { "AM" } else { "PM" }),
        'P' => Part::Text(if hour < 12 { "am" } else { "pm" }),
        'A' => Part::Text(name(&DAYS, weekday)?),
        'a' => Part::Text(name(&DAYS, weekday)?.get(..3)?),
        'B' => Part::Text(name(&MONTHS, field(5, 7)? - 1)?),
        'b' | 'h' => Part::Text(name(&MONTHS, field(5, 7)? - 1)?.get(..3)?),
        'z' => Part::Text("+0000"),
        'Z' => Part::Text("UTC"),
        'F' => Part::As("%Y-%m-%d"),
        'T' | 'X' => Part::As("%H:%M:%S"),
        'R' => Part::As("%H:%M"),
        'D' | 'x' => Part::As("%m/%d/%y"),
        'c' => Part::As("%a %b %e %H:%M:%S %Y"),
        'n' => Part::Text("\n"),
        't' => Part::Text("\t"),
        '%' => Part::Text("%"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_in_a_format() {
        let time = read(&Value::String("2026-03-05T04:07:09.012+02:00".into())).unwrap();
        for (format, expect) in [
            ("%Y-%m-%d %H:%M:%S.%L", "2026-03-05 02:07:09.012"),
            ("%-d/%-m/%y %e|%_m|%k|%l", "5/3/26  5| 3| 2| 2"),
            ("%A %a %^a %B %b %j", "Thursday Thu THU March Mar 064"),
            ("%I:%M %p %P", "02:07 AM am"),
            (
                "%s %u %w %C %N %z %Z",
                "1772676429 4 4 20 012000000 +0000 UTC",
            ),
            (
                "%F %T %R %D %c",
                "2026-03-05 02:07:09 02:07 03/05/26 Thu Mar  5 02:07:09 2026",
            ),
            ("100%% %q %", "100% %q %"),
            ("", ""),
        ] {
            assert_eq!(super::format(time, format), expect, "{format}");
        }
        assert_eq!(
            super::format(EventTime::from_nanos(-1), "%F %T.%N %A"),
            "1969-12-31 23:59:59.999999999 Wednesday"
        );
        assert_eq!(
            super::format(EventTime::from_nanos(i64::MIN), "%Y %j"),
            "1677 264"
        );
    }

    #[test]
    fn moments_are_iso_8601_or_seconds() {
        for (json, nanos) in [
            ("1700000000", Some(1_700_000_000_000_000_000)),
            ("1700000000.5", Some(1_700_000_000_500_000_000)),
            (r#""1700000000""#, Some(1_700_000_000_000_000_000)),
            (r#"" 2023-11-14 ""#, Some(1_699_920_000_000_000_000)),
            (r#""now""#, None),
            (r#""""#, None),
            ("1e300", None),
            ("null", None),
            ("[]", None),
        ] {
            assert_eq!(
                read(&Value::parse(json).unwrap()).map(EventTime::nanos),
                nanos,
                "{json}"
            );
        }
    }
}

//! ISO 8601 in the forms that Attio documents: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, and with a time to the minute, the
//! second, or up to nine decimals of it, with `Z`, an offset or neither.

use super::{Date, Moment, Time, Wrong, nanos};

/// Reads one of the forms; nothing when `text` has none of them.
pub(super) fn read(text: &[u8]) -> Option<Result<Moment, Wrong>> {
    let year = number(text.get(..4)?)?;
    let mut date = Date {
        year,
        month: 1,
        day: 1,
    };
    let mut time = Ok(Time::default());
    let mut offset = Ok(0);
    if text.len() > 4 {
        date.month = after(b'-', text.get(4..7)?)?;
    }
    if text.len() > 7 {
        date.day = after(b'-', text.get(7..10)?)?;
    }
    if text.len() > 10 {
        let hour = after(b'T', text.get(10..13)?)?;
        let minute = after(b':', text.get(13..16)?)?;
        let mut rest = &text[16..];
        let mut second = 0;
        let mut decimals: &[u8] = &[];
        if rest.first() == Some(&b':') {
            second = after(b':', rest.get(..3)?)?;
            rest = &rest[3..];
            if rest.first() == Some(&b'.') {
                let count = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
                if !matches!(count, 1..=9) {
                    return None;
                }
                decimals = &rest[1..=count];
                rest = &rest[1 + count..];
            }
        }
        offset = zone(rest)?;
        time = Time::new(hour, minute, second).map(|time| Time {
            nanos: nanos(decimals).0,
            ..time
        });
    }
    Some(time.and_then(|time| Moment::new(date, time, offset?)))
}

/// Seconds ahead of UTC.
fn zone(text: &[u8]) -> Option<Result<i64, Wrong>> {
    match text {
        [] | b"Z" => Some(Ok(0)),
        [sign @ (b'+' | b'-'), hour @ .., b':', m1, m2] => {
            let (hour, minute) = (
                number(hour).filter(|_| hour.len() == 2)?,
                number(&[*m1, *m2])?,
            );
            if hour > 23 || minute > 59 {
                return Some(Err(Wrong::Impossible));
            }
            let offset = hour * 3600 + minute * 60;
            Some(Ok(if *sign == b'+' { offset } else { -offset }))
        }
        _ => None,
    }
}

/// The number of two digits behind a separator.
fn after(separator: u8, text: &[u8]) -> Option<i64> {
    match text {
        [first, tens @ b'0'..=b'9', ones @ b'0'..=b'9'] if *first == separator => {
            Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
        }
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + i64::from(byte - b'0'))
    })
}

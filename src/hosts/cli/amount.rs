//! Durations and shares, as they are written on the command line.

use std::time::Duration;

/// Reads `250ms`, `1.5s`, `2m`, `24h` or `7d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let split = text
        .find(|c: char| c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        "" if number == "0" => 0.0,
        _ => return Err("expected a number with `ms`, `s`, `m`, `h` or `d`".to_owned()),
    };
    number
        .parse::<f64>()
        .ok()
        .and_then(|number| Duration::try_from_secs_f64(number * seconds).ok())
        .ok_or_else(|| "expected a number before the unit, such as `1.5s`".to_owned())
}

/// Reads a share from 0 to 1, or `5%`.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let (number, whole) = match text.strip_suffix('%') {
        Some(number) => (number, 100.0),
        None => (text, 1.0),
    };
    match number.parse::<f64>() {
        Ok(number) if (0.0..=whole).contains(&number) => Ok(number / whole),
        _ => Err("expected a share from `0` to `1`, or from `0%` to `100%`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        for (text, expect) in [
            ("250ms", Some(Duration::from_millis(250))),
            ("1.5s", Some(Duration::from_millis(1500))),
            ("2m", Some(Duration::from_secs(120))),
            ("24h", Some(Duration::from_secs(86_400))),
            ("7d", Some(Duration::from_secs(604_800))),
            ("0", Some(Duration::ZERO)),
            ("5", None),
            ("s", None),
            ("-1s", None),
            ("1e400s", None),
            ("5 min", None),
        ] {
            assert_eq!(duration(text).ok(), expect, "{text}");
        }
    }

    #[test]
    fn shares_are_parts_of_one() {
        for (text, expect) in [
            ("0", Some(0.0)),
            ("0.25", Some(0.25)),
            ("5%", Some(0.05)),
            ("1", Some(1.0)),
            ("1.1", None),
            ("101%", None),
            ("NaN", None),
            ("-0.1", None),
        ] {
            assert_eq!(share(text).ok(), expect, "{text}");
        }
    }
}

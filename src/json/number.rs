//! Comparing numbers by what was written, so that an id of 20 digits equals only itself.

use std::cmp::Ordering;

/// The order of two JSON numbers by value. Neither range nor precision is limited.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    if let (Ok(a), Ok(b)) = (a.parse::<i64>(), b.parse::<i64>()) {
        return a.cmp(&b);
    }
    let (a, b) = (Decimal::read(a), Decimal::read(b));
    a.sign.cmp(&b.sign).then_with(|| {
        let magnitude = a.magnitude.cmp(&b.magnitude).then_with(|| a.digits(&b));
        if a.sign < 0 {
            magnitude.reverse()
        } else {
            magnitude
        }
    })
}

/// `0.d₁d₂d₃… × 10^magnitude`, d₁ not zero.
struct Decimal<'t> {
    /// -1, 0 or 1
    sign: i8,
    magnitude: i64,
    whole: &'t [u8],
    fraction: &'t [u8],
}

impl<'t> Decimal<'t> {
    fn read(text: &'t str) -> Self {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let whole = whole.trim_start_matches('0');
        let significant = fraction.trim_start_matches('0');
        let (point, fraction) = if whole.is_empty() {
            (-((fraction.len() - significant.len()) as i64), significant)
        } else {
            (whole.len() as i64, fraction)
        };
        let sign = match (whole.is_empty() && significant.is_empty(), negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        Decimal {
            sign,
            magnitude: if sign == 0 {
                0
            } else {
                exponent.saturating_add(point)
            },
            whole: whole.as_bytes(),
            fraction: fraction.as_bytes(),
        }
    }

    /// The order of the digits alone.
    fn digits(&self, other: &Decimal<'_>) -> Ordering {
        let mut a = self.whole.iter().chain(self.fraction);
        let mut b = other.whole.iter().chain(other.fraction);
        loop {
            match (a.next(), b.next()) {
                (None, None) => return Ordering::Equal,
                (a, b) => match a.unwrap_or(&b'0').cmp(b.unwrap_or(&b'0')) {
                    Ordering::Equal => {}
                    unequal => return unequal,
                },
            }
        }
    }
}

/// An exponent past 64 bits counts as the largest: no text is long enough to bring it back.
fn read_exponent(text: &str) -> i64 {
    text.parse().unwrap_or(if text.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_order_however_they_are_written() {
        // Each line holds the spellings of one number; the lines ascend.
        let ascending: &[&[&str]] = &[
            &["-1e999999999999999999999", "-10E999999999999999999999"],
            &["-12345678901234567891", "-1.2345678901234567891e19"],
            &["-12345678901234567890", "-1234567890123456789e1"],
            &["-2", "-2.0", "-0.2e1"],
            &["-1.5", "-15e-1"],
            &["-1e-400"],
            &["0", "-0", "0.0", "0e5", "-0.000e-99999999999999999999"],
            &["1e-400", "0.1e-399", "10e-401"],
            &["0.1", "1e-1", "0.10", "100e-3"],
            &["0.10000000000000000001"],
            &["0.11", "11e-2"],
            &["1", "1.0", "1e0", "1E+0", "10e-1", "0.01e2"],
            &["10", "1e1", "10.000"],
            &["9007199254740992"],
            &["9007199254740993", "9007199254740993.0"],
            &["9223372036854775807"],
            &["9223372036854775808", "9.223372036854775808e18"],
            &["1e400", "10e399"],
            &["1e999999999999999999999"],
        ];
        for (i, line) in ascending.iter().enumerate() {
            for (j, other) in ascending.iter().enumerate() {
                for a in *line {
                    for b in *other {
                        assert_eq!(compare(a, b), i.cmp(&j), "{a} and {b}");
                    }
                }
            }
        }
    }
}

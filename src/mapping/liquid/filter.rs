//! The filters of `@liquid`: one table, with the names and meanings of LiquidJS.
//!
//! | filters | give |
//! | --- | --- |
//! | `append` `prepend` `capitalize` `downcase` `upcase` `strip` `lstrip` `rstrip` `strip_newlines` `strip_html` `escape` `escape_once` `url_encode` `url_decode` | text |
//! | `remove` `remove_first` `remove_last` `replace` `replace_first` `replace_last` | text without, or with another text |
//! | `slice: from, length` `truncate: length, end` `truncatewords: count, end` | a part of a text, counted in characters |
//! | `abs` `at_least` `at_most` `ceil` `divided_by` `floor` `minus` `modulo` `plus` `round` `times` | a number; what is no number counts as 0 |
//! | `split` `first` `last` `join` `compact` `sum` `size` | an array, or something of one |
//! | `date: "%Y-%m-%d"` | a time in UTC; what is no time stays as it is, and `now` and `today` are errors |
//! | `default` | something else for nothing, `false` and what is empty |
//! | `json` | compact JSON |

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::text::{Which, escape, replaced, strip_html, unescape, url_decode, url_encode};
use super::value::{holds, is_empty, size_of, text_of};
use super::{MAX_LIQUID_OUTPUT, date};
use crate::json::Value;

type Given<'v> = Result<Value<'v>, Refusal>;
type Apply = for<'x, 'v> fn(&'x Value<'v>, &'x [Cow<'x, Value<'v>>]) -> Given<'v>;

/// Why a filter gives nothing.
pub(super) enum Refusal {
    /// More than [`MAX_LIQUID_OUTPUT`].
    TooLarge,
    Because(&'static str),
}

/// A filter.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: &'static str,
    /// How many arguments it takes.
    pub(super) arguments: RangeInclusive<usize>,
    apply: Apply,
}

const fn entry(name: &'static str, arguments: RangeInclusive<usize>, apply: Apply) -> Entry {
    Entry {
        name,
        arguments,
        apply,
    }
}

static FILTERS: [Entry; 44] = [
    entry("abs", 0..=0, |v, _| {
        number(match numeric(v) {
            Number::Whole(n) => n
                .checked_abs()
                .map_or(Number::Fraction((n as f64).abs()), Number::Whole),
            Number::Fraction(f) => Number::Fraction(f.abs()),
        })
    }),
    entry("append", 1..=1, |v, a| {
        text([text_of(v), text_of(&a[0])].concat())
    }),
    entry("at_least", 1..=1, |v, a| {
        number(if less(v, &a[0]) {
            numeric(&a[0])
        } else {
            numeric(v)
        })
    }),
    entry("at_most", 1..=1, |v, a| {
        number(if less(&a[0], v) {
            numeric(&a[0])
        } else {
            numeric(v)
        })
    }),
    entry("capitalize", 0..=0, |v, _| {
        let text_in = text_of(v);
        let mut chars = text_in.chars();
        let first: String = chars
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .collect();
        text(first + &chars.as_str().to_lowercase())
    }),
    entry("ceil", 0..=0, |v, _| number(whole(v, f64::ceil))),
    entry("compact", 0..=0, |v, _| {
        let Value::Array(items) = v else {
            return Ok(v.clone());
        };
        let some = items.iter().filter(|item| !item.is_null());
        Ok(Value::Array(some.cloned().collect()))
    }),
    entry("date", 1..=1, |v, a| {
        if date::is_clock(v) {
            return Err(Refusal::Because(
                "there is no clock, so `now` and `today` are no dates",
            ));
        }
        match date::read(v) {
            Some(time) => text(date::format(time, &text_of(&a[0]))),
            None => Ok(v.clone()),
        }
    }),
    entry("default", 1..=1, |v, a| {
        let given = holds(v) && !is_empty(v);
        Ok(if given { v } else { &*a[0] }.clone())
    }),
    entry("divided_by", 1..=1, |v, a| {
        let (left, right) = (numeric(v), numeric(&a[0]));
        match (left, right) {
            (_, right) if right.float() == 0.0 => {
                Err(Refusal::Because("nothing can be divided by zero"))
            }
            (Number::Whole(l), Number::Whole(r)) if l.checked_rem(r) == Some(0) => {
                number(Number::Whole(l / r))
            }
            _ => number(Number::Fraction(left.float() / right.float())),
        }
    }),
    entry("downcase", 0..=0, |v, _| text(text_of(v).to_lowercase())),
    entry("escape", 0..=0, |v, _| text(escape(&text_of(v)))),
    entry("escape_once", 0..=0, |v, _| {
        text(escape(&unescape(text_of(v).into_owned())))
    }),
    entry("first", 0..=0, |v, _| {
        let first = v.as_array().and_then(|items| items.first());
        Ok(first.cloned().unwrap_or(Value::Null))
    }),
    entry("floor", 0..=0, |v, _| number(whole(v, f64::floor))),
    entry("join", 0..=1, |v, a| {
        let Value::Array(items) = v else {
            return text(text_of(v));
        };
        let separator = a.first().map_or(" ".into(), |a| text_of(a));
        let items: Vec<Cow<'_, str>> = items.iter().map(text_of).collect();
        let bytes = items.iter().map(|item| item.len()).sum::<usize>();
        fits(bytes + separator.len() * items.len())?;
        text(items.join(&separator))
    }),
    entry("json", 0..=0, |v, _| text(v.to_json())),
    entry("last", 0..=0, |v, _| {
        let last = v.as_array().and_then(|items| items.last());
        Ok(last.cloned().unwrap_or(Value::Null))
    }),
    entry("lstrip", 0..=0, |v, _| text(text_of(v).trim_start())),
    entry("minus", 1..=1, |v, a| {
        number(combine(v, &a[0], i64::checked_sub, |l, r| l - r))
    }),
    entry("modulo", 1..=1, |v, a| {
        if numeric(&a[0]).float() == 0.0 {
            return Err(Refusal::Because("nothing can be divided by zero"));
        }
        number(combine(v, &a[0], i64::checked_rem, |l, r| l % r))
    }),
    entry("plus", 1..=1, |v, a| {
        number(combine(v, &a[0], i64::checked_add, |l, r| l + r))
    }),
    entry("prepend", 1..=1, |v, a| {
        text([text_of(&a[0]), text_of(v)].concat())
    }),
    entry("remove", 1..=1, |v, a| replace(v, &a[0], "", Which::Every)),
    entry("remove_first", 1..=1, |v, a| {
        replace(v, &a[0], "", Which::First)
    }),
    entry("remove_last", 1..=1, |v, a| {
        replace(v, &a[0], "", Which::Last)
    }),
    entry("replace", 2..=2, |v, a| {
        replace(v, &a[0], &text_of(&a[1]), Which::Every)
    }),
    entry("replace_first", 2..=2, |v, a| {
        replace(v, &a[0], &text_of(&a[1]), Which::First)
    }),
    entry("replace_last", 2..=2, |v, a| {
        replace(v, &a[0], &text_of(&a[1]), Which::Last)
    }),
    entry("round", 0..=1, |v, a| {
        let places = a
            .first()
            .map_or(0.0, |places| numeric(places).float())
            .clamp(0.0, 15.0);
        match numeric(v) {
            Number::Fraction(f) if f.abs() < 1e15 => {
                let scale = 10f64.powi(places as i32);
                let scaled = (f * scale).round() / scale;
                number(Number::Fraction(if scaled.is_finite() {
                    scaled
                } else {
                    f
                }))
            }
            other => number(other),
        }
    }),
    entry("rstrip", 0..=0, |v, _| text(text_of(v).trim_end())),
    entry("size", 0..=0, |v, _| {
        number(Number::Whole(size_of(v).unwrap_or(0) as i64))
    }),
    entry("slice", 1..=2, |v, a| {
        let count = a.get(1).map_or(1, |count| numeric(count).index().max(0)) as usize;
        let from = |size: usize| {
            let from = numeric(&a[0]).index();
            let from = if from < 0 {
                from.saturating_add(size as i64).max(0)
            } else {
                from
            };
            usize::try_from(from).unwrap_or(usize::MAX)
        };
        match v {
            Value::Array(items) => {
                let from = from(items.len());
                let some = items.iter().skip(from).take(count);
                Ok(Value::Array(some.cloned().collect()))
            }
            other => {
                let whole = text_of(other);
                let from = from(whole.chars().count());
                text(whole.chars().skip(from).take(count).collect::<String>())
            }
        }
    }),
    entry("split", 1..=1, |v, a| {
        let (whole, separator) = (text_of(v), text_of(&a[0]));
        let mut parts: Vec<String> = if separator.is_empty() {
            whole.chars().map(String::from).collect()
        } else {
            whole.split(&*separator).map(str::to_owned).collect()
        };
        while parts.last().is_some_and(String::is_empty) {
            parts.pop();
        }
        Ok(Value::Array(
            parts
                .into_iter()
                .map(|part| Value::String(part.into()))
                .collect(),
        ))
    }),
    entry("strip", 0..=0, |v, _| text(text_of(v).trim())),
    entry("strip_html", 0..=0, |v, _| text(strip_html(&text_of(v)))),
    entry("strip_newlines", 0..=0, |v, _| {
        text(text_of(v).replace(['\r', '\n'], ""))
    }),
    entry("sum", 0..=0, |v, _| {
        let items = v.as_array().unwrap_or_default();
        let zero = Value::Number("0".into());
        items.iter().try_fold(zero, |sum, item| {
            number(combine(&sum, item, i64::checked_add, |l, r| l + r))
        })
    }),
    entry("times", 1..=1, |v, a| {
        number(combine(v, &a[0], i64::checked_mul, |l, r| l * r))
    }),
    entry("truncate", 0..=2, |v, a| {
        let whole = text_of(v);
        let most = a.first().map_or(50, |most| numeric(most).index().max(0)) as usize;
        let end = a.get(1).map_or("...".into(), |a| text_of(a));
        if whole.chars().count() <= most {
            return text(whole);
        }
        let kept = most.saturating_sub(end.chars().count());
        text(
            whole
                .chars()
                .take(kept)
                .chain(end.chars())
                .collect::<String>(),
        )
    }),
    entry("truncatewords", 0..=2, |v, a| {
        let whole = text_of(v);
        let most = a.first().map_or(15, |most| numeric(most).index().max(1)) as usize;
        let end = a.get(1).map_or("...".into(), |a| text_of(a));
        let words: Vec<&str> = whole.split_whitespace().collect();
        if words.len() <= most {
            return text(whole);
        }
        text(words[..most].join(" ") + &end)
    }),
    entry("upcase", 0..=0, |v, _| text(text_of(v).to_uppercase())),
    entry("url_decode", 0..=0, |v, _| match url_decode(&text_of(v)) {
        Some(decoded) => text(decoded),
        None => Err(Refusal::Because("what is decoded is no UTF-8")),
    }),
    entry("url_encode", 0..=0, |v, _| text(url_encode(&text_of(v)))),
];

/// The names of all filters.
pub(super) fn names() -> Vec<&'static str> {
    FILTERS.iter().map(|entry| entry.name).collect()
}

/// The filter of a name.
pub(super) fn find(name: &str) -> Option<&'static Entry> {
    FILTERS.iter().find(|entry| entry.name == name)
}

impl Entry {
    /// What the filter makes of a value. `arguments` are as many as it takes.
    pub(super) fn call<'v>(
        &self,
        value: &Value<'v>,
        arguments: &[Cow<'_, Value<'v>>],
    ) -> Given<'v> {
        let given = (self.apply)(value, arguments)?;
        fits(weight(&given))?;
        Ok(given)
    }
}

/// What a value takes in memory, about.
fn weight(value: &Value<'_>) -> usize {
    match value {
        Value::Null | Value::Bool(_) => 1,
        Value::Number(text) | Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(|item| 16 + weight(item)).sum(),
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| 16 + key.len() + weight(value))
            .sum(),
    }
}

fn fits(bytes: usize) -> Result<(), Refusal> {
    if bytes > MAX_LIQUID_OUTPUT {
        return Err(Refusal::TooLarge);
    }
    Ok(())
}

fn text<'v>(text: impl Into<String>) -> Given<'v> {
    Ok(Value::String(Cow::Owned(text.into())))
}

/// A number to compute with.
#[derive(Clone, Copy)]
enum Number {
    Whole(i64),
    Fraction(f64),
}

impl Number {
    fn float(self) -> f64 {
        match self {
            Number::Whole(n) => n as f64,
            Number::Fraction(f) => f,
        }
    }

    fn index(self) -> i64 {
        match self {
            Number::Whole(n) => n,
            Number::Fraction(f) => f as i64,
        }
    }
}

/// The number that a value is or spells; 0 when it is none.
fn numeric(value: &Value<'_>) -> Number {
    let text = match value {
        Value::Number(text) => text.as_ref(),
        Value::String(text) => text.trim(),
        _ => return Number::Whole(0),
    };
    match text.parse::<i64>() {
        Ok(number) => Number::Whole(number),
        Err(_) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Number::Fraction(number),
            _ => Number::Whole(0),
        },
    }
}

fn number<'v>(number: Number) -> Given<'v> {
    let text = match number {
        Number::Whole(n) => n.to_string(),
        Number::Fraction(f) if !f.is_finite() => {
            return Err(Refusal::Because("the number is too large"));
        }
        Number::Fraction(f) => f.to_string(),
    };
    Ok(Value::Number(text.into()))
}

fn combine(
    left: &Value<'_>,
    right: &Value<'_>,
    exact: fn(i64, i64) -> Option<i64>,
    float: fn(f64, f64) -> f64,
) -> Number {
    let (left, right) = (numeric(left), numeric(right));
    if let (Number::Whole(left), Number::Whole(right)) = (left, right)
        && let Some(whole) = exact(left, right)
    {
        return Number::Whole(whole);
    }
    Number::Fraction(float(left.float(), right.float()))
}

fn less(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (numeric(left), numeric(right)) {
        (Number::Whole(left), Number::Whole(right)) => left < right,
        (left, right) => left.float() < right.float(),
    }
}

fn whole(value: &Value<'_>, round: fn(f64) -> f64) -> Number {
    match numeric(value) {
        Number::Fraction(f) => Number::Fraction(round(f)),
        whole @ Number::Whole(_) => whole,
    }
}

fn replace<'v>(
    value: &Value<'_>,
    pattern: &Value<'_>,
    replacement: &str,
    which: Which,
) -> Given<'v> {
    let (whole, pattern) = (text_of(value), text_of(pattern));
    let times = match which {
        Which::First | Which::Last => 1,
        Which::Every if pattern.is_empty() => 0,
        Which::Every => whole.matches(&*pattern).count(),
    };
    fits(whole.len() + times.saturating_mul(replacement.len()))?;
    text(replaced(&whole, &pattern, replacement, which))
}

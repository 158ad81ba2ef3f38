//! `currency`: an amount of money, of which Attio keeps four decimals.
//!
//! The currency belongs to the attribute and cannot be written, so an amount in another currency is refused: written
//! anyway, 99 dollars would become 99 euros.

use std::ops::RangeInclusive;

use super::currency_unit::{Unit, has_thousandths};
use super::decimal::{Decimal, Style, Wrong};
use super::host::trimmed;
use super::{Example, Finding, To, number};
use crate::diagnostic::{Code, excerpt};
use crate::json::Value;

const WHAT: &str = "an amount of money";
const CODE: Code = Code::AttributeCurrency;

pub(super) const DESCRIPTION: &str = "\
An amount of money with at most four decimals. Attio takes a number, text that holds one, or either as \
`{\"currency_value\": ...}`; the currency belongs to the attribute and cannot be written. Text as people write it is \
taken too: a symbol, an abbreviation or an ISO 4217 code before or after the amount, a minus or parentheses for what is \
below zero, and separators of thousands and decimals that can be read one way only (`$1,234.50`, `1.234,56 €`, \
`CHF 1'234.50`, `₹1,23,456`). `1,234` is one thousand two hundred and thirty-four, `1,23` is 1.23; `1.234 €` can be read \
two ways and is refused. So is an amount in another currency than the attribute's. More than four decimals are rounded \
half away from zero, with a warning.";

/// An amount as it was written.
struct Amount {
    decimal: Decimal,
    style: Style,
    unit: Option<Unit>,
}

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let (inner, code) = parts(value, to)?;
    let decimal = match inner {
        Value::Number(text) => Decimal::plain(text).map_err(|wrong| refusal(wrong, inner, to))?,
        Value::String(text) if to.strict() => match Value::parse(text) {
            Ok(Value::Number(number)) if number.len() == text.len() => {
                Decimal::plain(text).map_err(|wrong| refusal(wrong, inner, to))?
            }
            _ => return Err(refusal(Wrong::NotANumber, inner, to)),
        },
        Value::String(text) => {
            let amount = read(text).map_err(|wrong| refusal(wrong, inner, to))?;
            check_style(&amount, inner, to)?;
            if let Some(unit) = amount.unit {
                check_unit(unit, inner, to)?;
            }
            amount.decimal
        }
        _ => return Err(refusal(Wrong::NotANumber, inner, to)),
    };
    if let Some(code) = code {
        check_code(code, to)?;
    }
    number::write("{\"currency_value\":", decimal, inner, CODE, to, out)
}

/// The amount and the currency code that an object holds.
fn parts<'v, 'a>(
    value: &'v Value<'a>,
    to: &To<'_, '_>,
) -> Result<(&'v Value<'a>, Option<&'v Value<'a>>), Finding> {
    const KEYS: [&str; 2] = ["currency_value", "currency_code"];
    let known = if to.strict() { &KEYS[..1] } else { &KEYS };
    if let Value::Object(object) = value
        && let (Some(amount), code) = (object.get(KEYS[0]), object.get(KEYS[1]))
    {
        return match to.unknown_keys(WHAT, object, known) {
            Some(finding) => Err(finding),
            None => Ok((amount, code)),
        };
    }
    Ok((to.inside(WHAT, value, KEYS[0])?, None))
}

/// Reads an amount with whatever stands around it.
fn read(text: &str) -> Result<Amount, Wrong> {
    let mut rest = trimmed(text);
    // Most amounts are just numbers.
    if let Ok((decimal, style)) = Decimal::separated(rest) {
        return Ok(Amount {
            decimal,
            style,
            unit: None,
        });
    }
    if let Some(narrow) = narrowed(rest) {
        return read(&narrow);
    }
    let mut unit = None;
    let (mut is_negative, mut is_signed) = (false, false);
    // A sign and a unit, in either order, then perhaps parentheses around all that follows.
    loop {
        if let Some(after) = rest.strip_prefix(['-', '\u{2212}', '+']) {
            if is_signed {
                return Err(Wrong::NotANumber);
            }
            is_signed = true;
            is_negative = !rest.starts_with('+');
            rest = trimmed(after);
            continue;
        }
        let end = rest
            .find(|c: char| c.is_ascii_digit() || "+-\u{2212}().,".contains(c))
            .unwrap_or(rest.len());
        if end == 0 {
            break;
        }
        let (before, after) = rest.split_at(end);
        let is_abbreviation = before.ends_with(char::is_alphabetic) && after.starts_with('.');
        unit = Some(units(before, unit)?);
        // `Rs.500` and `kr. 5` have an abbreviation's dot; `USD.50` has a decimal point.
        rest = match after.strip_prefix('.') {
            Some(after) if is_abbreviation && !is_code(before) => trimmed(after),
            _ => after,
        };
    }
    if let Some(after) = rest.strip_prefix('(') {
        let (inside, after) = after.split_once(')').ok_or(Wrong::NotANumber)?;
        if !trimmed(after).is_empty() {
            unit = Some(units(after, unit)?);
        }
        if is_signed {
            return Err(Wrong::NotANumber);
        }
        let inner = read(inside)?;
        if inner.decimal.is_negative || inside.trim_start().starts_with('+') {
            return Err(Wrong::NotANumber);
        }
        let unit = match (unit, inner.unit) {
            (Some(outer), Some(inner)) => Some(outer.and(inner).ok_or(Wrong::NotANumber)?),
            (outer, inner) => outer.or(inner),
        };
        return Ok(Amount {
            decimal: inner.decimal.negated(),
            unit,
            ..inner
        });
    }
    let end = rest
        .rfind(|c: char| c.is_ascii_digit())
        .ok_or(Wrong::NotANumber)?
        + 1;
    let (amount, after) = rest.split_at(end);
    let after = trimmed(after);
    // `99,-` and `99.–` are whole amounts.
    let after = [",-", ".-", ",\u{2013}", ".\u{2013}"]
        .iter()
        .find_map(|dash| after.strip_prefix(dash))
        .unwrap_or(after);
    let after = trimmed(after);
    if !after.is_empty() {
        unit = Some(units(after, unit)?);
    }
    if amount.starts_with(['+', '-', '\u{2212}']) {
        return Err(Wrong::NotANumber);
    }
    let (decimal, style) = Decimal::separated(amount)?;
    Ok(Amount {
        decimal: if is_negative {
            decimal.negated()
        } else {
            decimal
        },
        style,
        unit,
    })
}

/// A text with the digits, letters and signs of East Asian width in their usual form; nothing when it has none.
fn narrowed(text: &str) -> Option<String> {
    const WIDE: RangeInclusive<char> = '\u{ff01}'..='\u{ff5e}';
    /// From the wide form of a character of ASCII to itself.
    const APART: u32 = 0xfee0;
    let narrow = |c: char| match WIDE.contains(&c) {
        true => char::from_u32(c as u32 - APART).unwrap_or(c),
        false => c,
    };
    text.contains(|c| WIDE.contains(&c))
        .then(|| text.chars().map(narrow).collect())
}

/// The unit that one or two words name, together with one that was read before.
fn units(text: &str, before: Option<Unit>) -> Result<Unit, Wrong> {
    let joined = |before: Option<Unit>, unit: Unit| match before {
        Some(before) => before.and(unit),
        None => Some(unit),
    };
    // `US dollars` is one name.
    if let Some(unit) = Unit::read(trimmed(text)) {
        return joined(before, unit).ok_or(Wrong::NotANumber);
    }
    let mut unit = before;
    let mut words = 0;
    for word in text.split_whitespace().map(trimmed) {
        if word.is_empty() {
            continue;
        }
        let read = Unit::read(word).ok_or(Wrong::NotANumber)?;
        unit = Some(joined(unit, read).ok_or(Wrong::NotANumber)?);
        words += 1;
    }
    match unit {
        Some(unit) if words <= 2 => Ok(unit),
        _ => Err(Wrong::NotANumber),
    }
}

fn is_code(text: &str) -> bool {
    trimmed(text).len() == 3 && Unit::read(trimmed(text)).is_some_and(|unit| unit.code().is_some())
}

/// Refuses an amount whose one separator may stand before thousands or before decimals.
fn check_style(amount: &Amount, value: &Value<'_>, to: &To<'_, '_>) -> Result<(), Finding> {
    let Some(unit) = amount.unit else {
        return Ok(());
    };
    let code = unit.code().or(to.coercer.attribute.default_currency_code.as_deref());
    let has_thousandths = code.is_some_and(has_thousandths);
    let is_ambiguous = match amount.style {
        Style::One(b'.') => !has_thousandths,
        Style::One(_) => has_thousandths,
        Style::Plain | Style::Separated => false,
    };
    if !is_ambiguous {
        return Ok(());
    }
    Err(to
        .expected(CODE, "an amount that can be read one way", value)
        .help("send it without the separator, or with two or four decimals: `1234`, `1234.00` or `1.2340`"))
}

/// Refuses an amount in another currency than the attribute's.
fn check_unit(unit: Unit, value: &Value<'_>, to: &mut To<'_, '_>) -> Result<(), Finding> {
    match &to.coercer.attribute.default_currency_code {
        Some(code) if unit.may_be(code) => Ok(()),
        Some(code) => Err(other_currency(code, value, to)),
        None => {
            if let Some(code) = unit.code() {
                to.findings.push(dropped(code, to));
            }
            Ok(())
        }
    }
}

/// The same of a `currency_code` in an object.
fn check_code(code: &Value<'_>, to: &mut To<'_, '_>) -> Result<(), Finding> {
    let sent = code.as_str().and_then(|text| Unit::read(text.trim()));
    let Some(unit) = sent.filter(|unit| unit.code().is_some()) else {
        return Err(to
            .expected(CODE, "an ISO 4217 code as `currency_code`", code)
            .help("leave `currency_code` out: the currency belongs to the attribute"));
    };
    check_unit(unit, code, to)
}

fn other_currency(code: &str, value: &Value<'_>, to: &To<'_, '_>) -> Finding {
    to.expected(
        Code::AttributeCurrencyCode,
        &format!("an amount in `{}`", excerpt(code)),
        value,
    )
    .help("Attio keeps one currency for the whole attribute: convert the amount before, or map it to an attribute of its own currency")
}

/// The warning that the currency of an amount could not be compared with the attribute's.
fn dropped(code: &str, to: &To<'_, '_>) -> Finding {
    let message = format!(
        "`{}` takes the currency of the attribute, which is not known; `{code}` was dropped",
        to.coercer.slug
    );
    Finding::warning(Code::AttributeCurrencyCode, message).help(
        "pull the schema of the workspace, or declare `default_currency_code` for the attribute",
    )
}

fn refusal(wrong: Wrong, value: &Value<'_>, to: &To<'_, '_>) -> Finding {
    if wrong == Wrong::TooLarge {
        return number::too_large(CODE, value, to);
    }
    let help = match value {
        Value::String(_) if to.strict() => {
            "send a number such as `1234.5`, or set `mode` to `lenient`"
        }
        Value::Null => "send `null` itself to unset the attribute",
        _ => "send a number such as `1234.5`, or text such as `$1,234.50` or `1.234,50 €`",
    };
    to.expected(CODE, WHAT, value).help(help)
}

const USD: &str = r#"{"default_currency_code":"USD"}"#;
const EUR: &str = r#"{"default_currency_code":"EUR"}"#;
const KWD: &str = r#"{"default_currency_code":"KWD"}"#;

pub(super) const EXAMPLES: &[Example] = &[
    Example::documented("4.99", r#"{"currency_value":4.99}"#, "a float"),
    Example::documented(r#""4.99""#, r#"{"currency_value":4.99}"#, "a float as text"),
    Example::documented("99", r#"{"currency_value":99}"#, "an integer"),
    Example::documented("29.9999", r#"{"currency_value":29.9999}"#, "four decimals"),
    Example::documented(
        r#"[{"currency_value":"399.00"}]"#,
        r#"{"currency_value":399}"#,
        "the object form",
    ),
    Example::documented(
        r#"{"currency_value":399}"#,
        r#"{"currency_value":399}"#,
        "the object form with a number",
    ),
    Example::documented("0", r#"{"currency_value":0}"#, "nothing is an amount"),
    Example::documented("-12.5", r#"{"currency_value":-12.5}"#, "below zero"),
    Example::documented(r#""-12.50""#, r#"{"currency_value":-12.5}"#, "below zero as text"),
    Example::taken(r#"" 1234.5 ""#, r#"{"currency_value":1234.5}"#, "with spaces around it"),
    Example::taken(r#""1,234""#, r#"{"currency_value":1234}"#, "a comma between thousands"),
    Example::taken(r#""1,23""#, r#"{"currency_value":1.23}"#, "a decimal comma"),
    Example::taken(r#""1,234,567.89""#, r#"{"currency_value":1234567.89}"#, "several commas"),
    Example::taken(r#""1.234,56""#, r#"{"currency_value":1234.56}"#, "continental"),
    Example::documented(r#""1.234""#, r#"{"currency_value":1.234}"#, "a bare dot is the decimal point"),
    Example::taken(r#""$1,234.50""#, r#"{"currency_value":1234.5}"#, "American").given(USD),
    Example::taken(r#""$ 99""#, r#"{"currency_value":99}"#, "a space after the symbol").given(USD),
    Example::taken(r#""USD 99""#, r#"{"currency_value":99}"#, "a code before").given(USD),
    Example::taken(r#""99 usd""#, r#"{"currency_value":99}"#, "a code after, in lower case").given(USD),
    Example::taken(r#""US$99.95""#, r#"{"currency_value":99.95}"#, "a country's symbol").given(USD),
    Example::taken(r#""$5 USD""#, r#"{"currency_value":5}"#, "a symbol and a code").given(USD),
    Example::taken(r#""$.99""#, r#"{"currency_value":0.99}"#, "no zero before the point").given(USD),
    Example::taken(r#""-$5.25""#, r#"{"currency_value":-5.25}"#, "a minus before the symbol").given(USD),
    Example::taken(r#""$-5.25""#, r#"{"currency_value":-5.25}"#, "a minus after it").given(USD),
    Example::taken(r#""($1,234.50)""#, r#"{"currency_value":-1234.5}"#, "an accountant's minus").given(USD),
    Example::taken(r#""$(5.00)""#, r#"{"currency_value":-5}"#, "with the symbol outside").given(USD),
    Example::taken(r#""20 dollars""#, r#"{"currency_value":20}"#, "a word").given(USD),
    Example::taken(r#""99 €""#, r#"{"currency_value":99}"#, "German").given(EUR),
    Example::taken(r#""1.234,56 €""#, r#"{"currency_value":1234.56}"#, "German, with thousands").given(EUR),
    Example::taken(r#""€1.234.567""#, r#"{"currency_value":1234567}"#, "Dutch").given(EUR),
    Example::taken(r#""1 234,56 €""#, r#"{"currency_value":1234.56}"#, "French").given(EUR),
    Example::taken("\"1\u{202f}234,56\u{a0}€\"", r#"{"currency_value":1234.56}"#, "French, typeset").given(EUR),
    Example::taken(r#""EUR 1.000,00""#, r#"{"currency_value":1000}"#, "Italian").given(EUR),
    Example::taken(r#""99,- €""#, r#"{"currency_value":99}"#, "a whole amount").given(EUR),
    Example::taken(r#""10 euros""#, r#"{"currency_value":10}"#, "a word").given(EUR),
    Example::taken(r#""£1,234.00""#, r#"{"currency_value":1234}"#, "British")
        .given(r#"{"default_currency_code":"GBP"}"#),
    Example::taken(r#""¥12,345""#, r#"{"currency_value":12345}"#, "Japanese")
        .given(r#"{"default_currency_code":"JPY"}"#),
    Example::taken(r#""12345円""#, r#"{"currency_value":12345}"#, "Japanese, the unit after")
        .given(r#"{"default_currency_code":"JPY"}"#),
    Example::taken(r#""¥88.80""#, r#"{"currency_value":88.8}"#, "Chinese, the same symbol")
        .given(r#"{"default_currency_code":"CNY"}"#),
    Example::taken(r#""CHF 1'234.50""#, r#"{"currency_value":1234.5}"#, "Swiss")
        .given(r#"{"default_currency_code":"CHF"}"#),
    Example::taken(r#""Fr. 20.–""#, r#"{"currency_value":20}"#, "Swiss, a whole amount")
        .given(r#"{"default_currency_code":"CHF"}"#),
    Example::taken(r#""₹1,23,456.78""#, r#"{"currency_value":123456.78}"#, "Indian")
        .given(r#"{"default_currency_code":"INR"}"#),
    Example::taken(r#""Rs.500""#, r#"{"currency_value":500}"#, "an abbreviation with its dot")
        .given(r#"{"default_currency_code":"INR"}"#),
    Example::taken(r#""R$ 1.234,56""#, r#"{"currency_value":1234.56}"#, "Brazilian")
        .given(r#"{"default_currency_code":"BRL"}"#),
    Example::taken(r#""1 234,50 kr""#, r#"{"currency_value":1234.5}"#, "Swedish")
        .given(r#"{"default_currency_code":"SEK"}"#),
    Example::taken(r#""kr. 99""#, r#"{"currency_value":99}"#, "Danish")
        .given(r#"{"default_currency_code":"DKK"}"#),
    Example::taken(r#""1 234,50 zł""#, r#"{"currency_value":1234.5}"#, "Polish")
        .given(r#"{"default_currency_code":"PLN"}"#),
    Example::taken(r#""1 234 Kč""#, r#"{"currency_value":1234}"#, "Czech")
        .given(r#"{"default_currency_code":"CZK"}"#),
    Example::taken(r#""A$49.95""#, r#"{"currency_value":49.95}"#, "Australian")
        .given(r#"{"default_currency_code":"AUD"}"#),
    Example::taken(r#""$49.95""#, r#"{"currency_value":49.95}"#, "Canadian")
        .given(r#"{"default_currency_code":"CAD"}"#),
    Example::taken(r#""R1 234.50""#, r#"{"currency_value":1234.5}"#, "South African")
        .given(r#"{"default_currency_code":"ZAR"}"#),
    Example::taken(r#""₩1,000,000""#, r#"{"currency_value":1000000}"#, "Korean")
        .given(r#"{"default_currency_code":"KRW"}"#),
    Example::taken(r#""CN¥88.00""#, r#"{"currency_value":88}"#, "Chinese, as America writes it")
        .given(r#"{"default_currency_code":"CNY"}"#),
    Example::taken(r#""￥1,234""#, r#"{"currency_value":1234}"#, "a wide symbol")
        .given(r#"{"default_currency_code":"JPY"}"#),
    Example::taken(r#""１，０００円""#, r#"{"currency_value":1000}"#, "wide digits")
        .given(r#"{"default_currency_code":"JPY"}"#),
    Example::taken(r#""＄５""#, r#"{"currency_value":5}"#, "a wide dollar").given(USD),
    Example::taken(r#""1,000원""#, r#"{"currency_value":1000}"#, "Korean, the unit after")
        .given(r#"{"default_currency_code":"KRW"}"#),
    Example::taken(r#""￦5""#, r#"{"currency_value":5}"#, "Korean, a wide symbol")
        .given(r#"{"default_currency_code":"KRW"}"#),
    Example::taken(r#""USD$12""#, r#"{"currency_value":12}"#, "a code before the symbol").given(USD),
    Example::taken(r#""5 CAD$""#, r#"{"currency_value":5}"#, "the same after the amount")
        .given(r#"{"default_currency_code":"CAD"}"#),
    Example::taken(r#""5 US dollars""#, r#"{"currency_value":5}"#, "a country's word").given(USD),
    Example::taken(r#""NIS 5""#, r#"{"currency_value":5}"#, "Israeli")
        .given(r#"{"default_currency_code":"ILS"}"#),
    Example::taken(
        "\"\u{200f}1,234.50\u{a0}\u{200f}₪\"",
        r#"{"currency_value":1234.5}"#,
        "Israeli, typeset, with marks of direction",
    )
    .given(r#"{"default_currency_code":"ILS"}"#),
    Example::taken(
        "\"\u{202d}$1,234.50\u{202c}\"",
        r#"{"currency_value":1234.5}"#,
        "marks of direction around it",
    )
    .given(USD),
    Example::taken(r#""KWD 1.234""#, r#"{"currency_value":1.234}"#, "thousandths of a dinar").given(KWD),
    Example::taken(r#""$5""#, r#"{"currency_value":5}"#, "any currency: the attribute's is not known"),
    Example::taken(r#""USD 99""#, r#"{"currency_value":99}"#, "the attribute's is not known")
        .finding(&[Code::AttributeCurrencyCode]),
    Example::taken(
        r#"{"currency_value":"499.00","currency_code":"USD"}"#,
        r#"{"currency_value":499}"#,
        "the form that Attio answers with",
    )
    .given(USD),
    Example::taken("1.23456", r#"{"currency_value":1.2346}"#, "rounded to four decimals")
        .finding(&[Code::AttributeRounded]),
    Example::documented("null", "null", "`null` unsets"),
    Example::omitted(r#""""#, "blank strings are left out"),
    Example::refused(r#""""#, CODE, "a blank string is no amount").given(r#"{"empty_strings":"keep"}"#),
    Example::refused(r#""99 €""#, Code::AttributeCurrencyCode, "euros, in dollars").given(USD),
    Example::refused(r#""$99""#, Code::AttributeCurrencyCode, "dollars, in euros").given(EUR),
    Example::refused(r#""GBP 5""#, Code::AttributeCurrencyCode, "pounds, in dollars").given(USD),
    Example::refused(
        r#"{"currency_value":5,"currency_code":"EUR"}"#,
        Code::AttributeCurrencyCode,
        "another code",
    )
    .given(USD),
    Example::refused(r#"{"currency_value":5,"currency_code":"$$"}"#, CODE, "a code that is none").given(USD),
    Example::refused(r#""CAD$5""#, Code::AttributeCurrencyCode, "Canadian dollars, in American").given(USD),
    Example::refused(r#""EUR$5""#, CODE, "a code and another's symbol").given(USD),
    Example::refused(r#""€5 USD""#, CODE, "two currencies").given(USD),
    Example::refused(r#""1.234 €""#, CODE, "1.234, or one thousand?").given(EUR),
    Example::refused(r#""KWD 1,234""#, CODE, "1.234, or one thousand?").given(KWD),
    Example::refused(r#""1,234,56""#, CODE, "groups that are none"),
    Example::refused(r#""(-5)""#, CODE, "minus minus five?"),
    Example::refused(r#""$1.5k""#, CODE, "a suffix").given(USD),
    Example::refused(r#""$2 million""#, CODE, "a word of size").given(USD),
    Example::refused(r#""$10-20""#, CODE, "a range").given(USD),
    Example::refused(r#""$10/month""#, CODE, "a rate").given(USD),
    Example::refused(r#""₿1""#, CODE, "no ISO 4217 currency"),
    Example::refused(r#""XYZ 5""#, CODE, "a code that is none"),
    Example::refused(r#""$""#, CODE, "a symbol alone"),
    Example::refused(r#"".""#, CODE, "a dot alone"),
    Example::refused(r#""(.)""#, CODE, "a dot in parentheses"),
    Example::refused(r#""free""#, CODE, "a word"),
    Example::refused(r#""10%""#, CODE, "a percentage"),
    Example::refused("true", CODE, "a boolean"),
    Example::refused("9007199254740993", CODE, "an integer beyond 2^53"),
    Example::refused(r#"{"currency_value":null}"#, CODE, "nothing inside"),
    Example::refused(r#"{"currency_code":"USD"}"#, Code::AttributeUnknownKey, "no amount").given(USD),
    Example::refused(
        r#"{"amount":500,"currency":"usd"}"#,
        Code::AttributeUnknownKey,
        "cents, or dollars?",
    ),
    Example::refused("[1,2]", Code::AttributeTooMany, "which of the two?"),
];

#[cfg(test)]
mod tests {
    use crate::attribute::Options;
    use crate::attribute::tests::{of, prepared, said};
    use crate::schema::{Attribute, AttributeType};

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let mut euros = Attribute::of(AttributeType::Currency);
        euros.default_currency_code = Some("EUR".into());
        let euros = prepared(euros, Options::default());
        let texts = [
            said(&euros, r#""USD 99""#),
            said(&euros, r#""1.234 €""#),
            said(&euros, r#""cheap""#),
            said(&euros, r#"{"currency_value":1,"currency_code":5}"#),
            said(&euros, r#"{"amount":1}"#),
            said(&of(AttributeType::Currency), r#""99 €""#),
        ];
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.currency_code]: `it` expected an amount in `EUR`, got the string `USD 99`
          help: Attio keeps one currency for the whole attribute: convert the amount before, or map it to an attribute of its own currency
        error[attribute.currency]: `it` expected an amount that can be read one way, got the string `1.234 €`
          help: send it without the separator, or with two or four decimals: `1234`, `1234.00` or `1.2340`
        error[attribute.currency]: `it` expected an amount of money, got the string `cheap`
          help: send a number such as `1234.5`, or text such as `$1,234.50` or `1.234,50 €`
        error[attribute.currency]: `it` expected an ISO 4217 code as `currency_code`, got the number `5`
          help: leave `currency_code` out: the currency belongs to the attribute
        error[attribute.unknown_key]: `it` expected an amount of money, got an object with `amount`
          help: send the value itself, or an object whose only key is `currency_value`
        warning[attribute.currency_code]: `it` takes the currency of the attribute, which is not known; `EUR` was dropped
          help: pull the schema of the workspace, or declare `default_currency_code` for the attribute
        ");
    }
}

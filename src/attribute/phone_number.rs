//! `phone-number`: a telephone number in E.164, and its country.
//!
//! Google's rules for phone numbers (`rules`) say what a number is; which characters may stand in one, where it
//! ends and which country it is read in is said here, since the rules were made to find numbers in any text: they would
//! read a number out of `call me at 030 123456 abc`. Not done on purpose: nobody is called, and a number of the right
//! length that starts with its country code is taken even when no such number is known, as Attio does with its own
//! example `+15558675309`.

mod examples;
mod rules;
mod tables;
mod written;

use super::host::trimmed;
use super::{Finding, To, country};
use crate::diagnostic::{Code, excerpt};
use crate::json::Value;
pub(super) use examples::EXAMPLES;
use rules::{Found, in_region, international};
use tables::Region;
use written::Written;

const WHAT: &str = "a phone number";

pub(super) const DESCRIPTION: &str = "\
A telephone number. Attio takes it as a string that starts with `+` and the country code, or as \
`{\"original_phone_number\": string, \"country_code\": \"US\"}`, where the code may be `null` when the number starts with \
`+`. Taken too: `00` for `+`, and numbers as they are written within a country, when it is known: from the path that \
`region_from` names, else from `default_region`. Digits of all scripts, brackets, dots, hyphens and slashes may stand in \
a number, `tel:` before it and `(mobile)` behind it. Extensions are dropped with a warning. Letters are read by the keypad \
only in toll-free numbers of North America (`1-800-FLOWERS`). Refused: up to ten digits without `+` that are a number of \
the country whether they start with its country code or not. Validated by the rules of libphonenumber.";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    const KEYS: [&str; 2] = ["original_phone_number", "country_code"];
    let (inner, country) = match value {
        Value::Object(object) => {
            if let Some(finding) = to.unknown_keys(WHAT, object, &KEYS) {
                return Err(finding);
            }
            let inner = object.get(KEYS[0]).unwrap_or(&Value::Null);
            match object.get(KEYS[1]) {
                Some(country) => (inner, Country::read(country, to)?),
                None if to.strict() => {
                    let message = format!(
                        "`{}` expected a number and its country, got no `country_code`",
                        to.coercer.slug
                    );
                    return Err(Finding::error(Code::AttributePhoneNumber, message)
                        .help("send `\"country_code\": null` when the number starts with `+`"));
                }
                None => (inner, Country::Unsaid),
            }
        }
        _ => (value, Country::Unsaid),
    };
    let text = match inner {
        Value::String(text) => text,
        Value::Number(text) if !to.strict() && is_whole(text) => text,
        _ => return Err(refusal(NoNumber::Shape, inner, to)),
    };
    let written = Written::read(text).map_err(|why| refusal(why, inner, to))?;
    if to.strict() && !(written.is_plain && (written.has_plus || matches!(country, Country::Said(_)))) {
        return Err(refusal(NoNumber::Strict, inner, to));
    }
    let number = number(&written, country, to);
    let number = number
        .and_then(|number| match written.has_letters && !number.found.e164().starts_with("+1") {
            true => Err(NoNumber::Letters),
            false => Ok(number),
        })
        .map_err(|why| refusal(why, inner, to))?;
    if let Some(extension) = written.extension {
        let message = format!(
            "`{}` expected a phone number alone, got the extension `{}` with it, which was dropped",
            to.coercer.slug,
            excerpt(extension)
        );
        to.findings.push(
            Finding::warning(Code::AttributePhoneExtension, message)
                .help("map the extension to a text attribute if it is needed"),
        );
    }
    // OK because neither digits nor the code of a country need escapes.
    out.push_str("{\"original_phone_number\":\"");
    out.push_str(number.found.e164());
    match number.country {
        Some(country) => {
            out.push_str("\",\"country_code\":\"");
            out.push_str(country);
            out.push_str("\"}");
        }
        None => out.push_str("\",\"country_code\":null}"),
    }
    Ok(())
}

/// Whether a JSON number is an integer, perhaps written with a zero behind its point.
fn is_whole(number: &str) -> bool {
    written::without_decimals(number).unwrap_or(number).bytes().all(|byte| byte.is_ascii_digit())
}

/// What an object says of the country.
#[derive(Clone, Copy)]
enum Country {
    Unsaid,
    Said(&'static str),
}

impl Country {
    fn read(value: &Value<'_>, to: &To<'_, '_>) -> Result<Country, Finding> {
        const UNLISTED: &str = "Attio's list of countries does not have it; send `null` and a number that starts with `+`";
        let refused = |help: &str| {
            let what = "a country in `country_code`";
            Err(to.expected(Code::AttributePhoneNumber, what, value).help(help))
        };
        match value {
            Value::Null => Ok(Country::Unsaid),
            Value::String(name) => match country::find(name) {
                Some(code) if to.strict() && code != name => {
                    refused("send the two-letter code (ISO 3166-1 alpha-2), or set `mode` to `lenient`")
                }
                Some(code) if country::is_in_attio(code) => Ok(Country::Said(code)),
                Some(_) => refused(UNLISTED),
                None if country::is_unlisted(name) => refused(UNLISTED),
                None => refused("send the two-letter code (ISO 3166-1 alpha-2), such as `US`, or `null`"),
            },
            _ => refused("send the two-letter code (ISO 3166-1 alpha-2), such as `US`, or `null`"),
        }
    }
}

/// Why a text is no number.
enum NoNumber {
    /// It is not written like one.
    Shape,
    /// It holds more than one.
    Several,
    /// It holds letters that may be anything.
    Letters,
    /// It ends in what may be its last digit or a decimal.
    Decimals,
    /// No country has such a number.
    Invalid { maybe: Option<String> },
    /// The country has no such number.
    InvalidIn { region: &'static str, maybe: Option<String> },
    /// The country is not known.
    NoRegion { maybe: Option<String> },
    /// The event's country is none.
    UnknownRegion { name: String },
    /// It starts with the code of another country than the one that is said.
    OtherCountry { country: &'static str },
    /// It can be read in two ways.
    TwoWays { first: String, second: String },
    /// It holds a number, and strict mode does not look for it.
    Strict,
}

fn refusal(why: NoNumber, value: &Value<'_>, to: &To<'_, '_>) -> Finding {
    let meant = |maybe: Option<String>, else_help: &str| match maybe {
        Some(number) => format!("did you mean `{number}`?"),
        None => else_help.to_owned(),
    };
    let international = "send the number with `+` and its country code, such as `+442079460123`";
    let (code, what, help) = match why {
        NoNumber::Shape => (Code::AttributePhoneNumber, WHAT.to_owned(), international.to_owned()),
        NoNumber::Several => (Code::AttributePhoneNumber, WHAT.to_owned(), "send several numbers as a list".to_owned()),
        NoNumber::Letters => (
            Code::AttributePhoneNumber,
            WHAT.to_owned(),
            "send the number without words; letters stand for digits in toll-free numbers of North America only".to_owned(),
        ),
        NoNumber::Decimals => (Code::AttributePhoneNumber, WHAT.to_owned(), "send it as a string without decimals".to_owned()),
        NoNumber::Strict => (
            Code::AttributePhoneNumber,
            "a phone number that starts with `+`".to_owned(),
            format!("{international}, or set `mode` to `lenient`"),
        ),
        NoNumber::Invalid { maybe } => (
            Code::AttributePhoneNumber,
            WHAT.to_owned(),
            meant(maybe, "check the digits: no country has numbers like this one"),
        ),
        NoNumber::InvalidIn { region, maybe } => (
            Code::AttributePhoneNumber,
            format!("a phone number of `{region}`"),
            meant(maybe, international),
        ),
        NoNumber::NoRegion { maybe } => (
            Code::AttributePhoneRegion,
            "a phone number with its country code".to_owned(),
            match maybe {
                Some(number) => format!("did you mean `{number}`? otherwise set `default_region` or `region_from`"),
                None => "send it with `+` and its country code, or set `default_region` or `region_from`".to_owned(),
            },
        ),
        NoNumber::UnknownRegion { name } => (
            Code::AttributePhoneRegion,
            format!("a phone number whose country is known (`{}` is none)", excerpt(&name)),
            "send the country as a code of ISO 3166-1, or the number with `+` and its country code".to_owned(),
        ),
        NoNumber::OtherCountry { country } => (
            Code::AttributePhoneNumber,
            format!("a phone number of `{country}`"),
            "send the country that the number belongs to, or `null`".to_owned(),
        ),
        NoNumber::TwoWays { first, second } => (
            Code::AttributePhoneNumber,
            "a phone number that can be read in one way".to_owned(),
            format!("write `{first}` or `{second}`"),
        ),
    };
    to.expected(code, &what, value).help(help)
}

/// A number as it is sent.
struct Number {
    found: Found,
    country: Option<&'static str>,
}

impl Number {
    fn new(found: Found, said: Country) -> Number {
        let country = match said {
            Country::Said(country) if found.has_code_of(country) => Some(country),
            _ => found.country(),
        };
        Number { found, country }
    }
}

/// Finds the country of what was written, and with it the number.
fn number(written: &Written<'_>, said: Country, to: &To<'_, '_>) -> Result<Number, NoNumber> {
    let digits = written.digits();
    let found = match written.has_plus {
        true => plus(digits, written.zero.as_ref()).ok_or(NoNumber::Invalid { maybe: None })?,
        false => without_plus(digits, said, to)?,
    };
    match said {
        Country::Said(country) if !found.has_code_of(country) => Err(NoNumber::OtherCountry { country }),
        _ => Ok(Number::new(found, said)),
    }
}

/// The number of digits that may or may not start with a country code.
fn without_plus(digits: &[u8], said: Country, to: &To<'_, '_>) -> Result<Found, NoNumber> {
    let region = match said {
        // `00` for `+` is no form of Attio's.
        Country::Said(_) if to.strict() && digits.starts_with(b"00") => return Err(NoNumber::Strict),
        Country::Said(country) => Ok(Some(country)),
        Country::Unsaid => region(to),
    };
    let outside = digits.strip_prefix(b"00").and_then(|rest| plus(rest, None));
    let region = match (region, &outside) {
        (Err(_), Some(_)) => None,
        (region, _) => region?,
    };
    let Some(country) = region else {
        return outside.ok_or_else(|| NoNumber::NoRegion { maybe: maybe_meant(digits) });
    };
    let is_said = matches!(said, Country::Said(_));
    let region = Region::of(country);
    let inside = region
        .and_then(|region| in_region(digits, region))
        // A number without its country code may be anything, so it must be one that is known, unless its sender names
        // its country with it, as Attio's own form does.
        .filter(|found| found.is_valid() || is_said);
    let outside = outside.or_else(|| own_code_read(digits, region?, inside.as_ref()?));
    let (outside, inside) = match (outside, inside) {
        (Some(outside), Some(inside)) => (outside, inside),
        (Some(found), None) | (None, Some(found)) => return Ok(found),
        (None, None) => return Err(NoNumber::InvalidIn { region: country, maybe: maybe_meant(digits) }),
    };
    match () {
        () if outside.is_valid() && inside.is_valid() && outside.e164() != inside.e164() => {
            let has_code = digits.len() > MOST_WITHIN && digits.first() != Some(&b'0');
            match has_code && !to.strict() {
                true => Ok(outside),
                false => {
                    Err(NoNumber::TwoWays { first: outside.e164().to_owned(), second: inside.e164().to_owned() })
                }
            }
        }
        () if outside.is_valid() => Ok(outside),
        () => Ok(inside),
    }
}

/// Of digits that are a number both with and without a country code in front, those beyond this many start with the code:
/// what is dialled within a country is hardly ever longer.
const MOST_WITHIN: usize = 10;

/// The number of digits whose country code was read as the beginning of a number within the country: Google's rules
/// leave lengths open in some countries, such as Germany, where `49 30 1234567` is a number behind another `49`. Nothing
/// where numbers within the country are written without a prefix, so that what starts with these digits is one of them.
fn own_code_read(digits: &[u8], region: Region, inside: &Found) -> Option<Found> {
    let code = region.code();
    let national = code.strip(digits)?;
    let is_whole = inside.e164().len() == 1 + 2 * (digits.len() - national.len()) + national.len();
    if !is_whole || !region.has_prefix() || matches!(region.country(), Some("BR" | "IN" | "PK")) {
        return None;
    }
    plus(digits, None).filter(Found::is_valid)
}

/// The number that somebody has whose `+` may have been left out.
fn maybe_meant(digits: &[u8]) -> Option<String> {
    let found = plus(digits, None).filter(Found::is_valid)?;
    Some(found.e164().to_owned())
}

/// The country of numbers without a country code: the event's, else the one of the options.
fn region(to: &To<'_, '_>) -> Result<Option<&'static str>, NoNumber> {
    if let Some(name) = to.region.map(trimmed).filter(|name| !name.is_empty()) {
        return match country::find(name) {
            Some(code) => Ok(Some(code)),
            None => Err(NoNumber::UnknownRegion { name: name.to_owned() }),
        };
    }
    Ok(to.coercer.options.default_region.as_deref().and_then(country::find))
}

/// The number of digits that start with a country code; `zero` is the place of a `0` in brackets, which is left out when
/// the number is none with it.
fn plus(digits: &[u8], zero: Option<&usize>) -> Option<Found> {
    let whole = international(digits);
    if let Some(&at) = zero
        && !whole.as_ref().is_some_and(Found::is_valid)
    {
        let mut shorter = digits.to_vec();
        shorter.remove(at);
        return international(&shorter).or(whole);
    }
    whole
}

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{of, prepared, said};
    use crate::attribute::{Mode, Options};
    use crate::schema::{Attribute, AttributeType};

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let nowhere = of(AttributeType::PhoneNumber);
        let texts = [
            r#""07400 123456""#,
            r#""447400123456""#,
            r#""+999 1234 5678""#,
            r#""+447400123456, +447400123457""#,
            r#""call 555""#,
            r#""n/a""#,
            r#"{"original_phone_number":"+447400123456","country_code":"US"}"#,
            r#"{"original_phone_number":"+447400123456","country_code":"XX"}"#,
            r#"{"original_phone_number":"+8502123456","country_code":"KP"}"#,
            r#"{"original_phone_number":"+38328012345","country_code":"XK"}"#,
            r#""+49 30 123456.0""#,
            "true",
        ]
        .map(|input| said(&nowhere, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.phone_region]: `it` expected a phone number with its country code, got the string `07400 123456`
          help: send it with `+` and its country code, or set `default_region` or `region_from`
        error[attribute.phone_region]: `it` expected a phone number with its country code, got the string `447400123456`
          help: did you mean `+447400123456`? otherwise set `default_region` or `region_from`
        error[attribute.phone_number]: `it` expected a phone number, got the string `+999 1234 5678`
          help: check the digits: no country has numbers like this one
        error[attribute.phone_number]: `it` expected a phone number, got the string `+447400123456, +447400123457`
          help: send several numbers as a list
        error[attribute.phone_number]: `it` expected a phone number, got the string `call 555`
          help: send the number without words; letters stand for digits in toll-free numbers of North America only
        error[attribute.phone_number]: `it` expected a phone number, got the string `n/a`
          help: send the number with `+` and its country code, such as `+442079460123`
        error[attribute.phone_number]: `it` expected a phone number of `US`, got the string `+447400123456`
          help: send the country that the number belongs to, or `null`
        error[attribute.phone_number]: `it` expected a country in `country_code`, got the string `XX`
          help: send the two-letter code (ISO 3166-1 alpha-2), such as `US`, or `null`
        error[attribute.phone_number]: `it` expected a country in `country_code`, got the string `KP`
          help: Attio's list of countries does not have it; send `null` and a number that starts with `+`
        error[attribute.phone_number]: `it` expected a country in `country_code`, got the string `XK`
          help: Attio's list of countries does not have it; send `null` and a number that starts with `+`
        error[attribute.phone_number]: `it` expected a phone number, got the string `+49 30 123456.0`
          help: send it as a string without decimals
        error[attribute.phone_number]: `it` expected a phone number, got the boolean `true`
          help: send the number with `+` and its country code, such as `+442079460123`
        ");
        let within = |region: &str, mode| {
            let options = Options {
                mode,
                default_region: Some(region.to_owned()),
                ..Options::default()
            };
            prepared(Attribute::of(AttributeType::PhoneNumber), options)
        };
        let texts = [
            said(&within("US", Mode::Lenient), r#""447400123456""#),
            said(&within("US", Mode::Lenient), r#""911""#),
            said(&within("US", Mode::Lenient), r#""(201) 555-0123 x4""#),
            said(&within("US", Mode::Strict), r#""(201) 555-0123""#),
            said(&within("US", Mode::Strict), r#"{"original_phone_number":"+12015550123"}"#),
            said(&within("DE", Mode::Lenient), r#""4921123456""#),
            said(&within("DE", Mode::Strict), r#"{"original_phone_number":"49 151 23456789","country_code":"DE"}"#),
            said(&within("DE", Mode::Strict), r#"{"original_phone_number":"0049 151 23456789","country_code":"DE"}"#),
            said(&within("DE", Mode::Lenient), r#"{"original_phone_number":"0049 151 23456789","country_code":"US"}"#),
        ];
        insta::assert_snapshot!(texts.join("\n"), @r#"
        error[attribute.phone_number]: `it` expected a phone number of `US`, got the string `447400123456`
          help: did you mean `+447400123456`?
        error[attribute.phone_number]: `it` expected a phone number of `US`, got the string `911`
          help: send the number with `+` and its country code, such as `+442079460123`
        warning[attribute.phone_extension]: `it` expected a phone number alone, got the extension `4` with it, which was dropped
          help: map the extension to a text attribute if it is needed
        error[attribute.phone_number]: `it` expected a phone number that starts with `+`, got the string `(201) 555-0123`
          help: send the number with `+` and its country code, such as `+442079460123`, or set `mode` to `lenient`
        error[attribute.phone_number]: `it` expected a number and its country, got no `country_code`
          help: send `"country_code": null` when the number starts with `+`
        error[attribute.phone_number]: `it` expected a phone number that can be read in one way, got the string `4921123456`
          help: write `+4921123456` or `+494921123456`
        error[attribute.phone_number]: `it` expected a phone number that can be read in one way, got the string `49 151 23456789`
          help: write `+4915123456789` or `+494915123456789`
        error[attribute.phone_number]: `it` expected a phone number that starts with `+`, got the string `0049 151 23456789`
          help: send the number with `+` and its country code, such as `+442079460123`, or set `mode` to `lenient`
        error[attribute.phone_number]: `it` expected a phone number of `US`, got the string `0049 151 23456789`
          help: send the country that the number belongs to, or `null`
        "#);
    }
}

//! `location`: an address, in parts or as one string.
//!
//! Attio wants all ten parts at once, so what is absent is written as `null`. Not done on purpose: addresses are not
//! looked up or completed, names of states are not abbreviated, and a string is left to Attio, which takes it apart.

mod examples;
mod lines;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use super::host::trimmed;
use super::letters::words;
use super::{Finding, To, country};
use crate::diagnostic::{Code, excerpt};
use crate::json::{Object, Value, write_string};
pub(super) use examples::EXAMPLES;
use lines::{Lines, lines, split_lines};

const WHAT: &str = "a location";

macro_rules! parts {
    ($first:literal, $($other:literal,)+) => {
        /// Attio's parts, in the order of its documentation.
        const PARTS: [&str; 10] = [$first, $($other,)+];

        /// What stands before the value of each part.
        const BEFORE: [&str; PARTS.len()] = [concat!("{\"", $first, "\":"), $(concat!(",\"", $other, "\":"),)+];
    };
}

parts! {
    "line_1", "line_2", "line_3", "line_4", "locality", "region", "postcode", "country_code", "latitude", "longitude",
}

const LINES: usize = 4;
const REGION: usize = 5;
const COUNTRY: usize = 7;
const LATITUDE: usize = 8;
const LONGITUDE: usize = 9;

pub(super) const DESCRIPTION: &str = "\
An address. Attio takes a string, which it takes apart itself, or an object with all of `line_1` to `line_4`, \
`locality`, `region`, `postcode`, `country_code`, `latitude` and `longitude`. Taken too: objects with the keys of \
Segment (`street`, `city`, `state`, `postalCode`, `country`), of schema.org (`streetAddress`, `addressLocality`, ...) \
and their many relatives, in any case and with any of `_`, `-` and space; absent parts are written as `null`. Countries \
are read from names in many languages and from codes of two and three letters. A street of several lines fills `line_1` \
to `line_4`. A whole address in one string (`formatted`) counts when it stands alone; beside parts that say less it is \
left out with a warning. An object without any value leaves the attribute out.";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let object = match value {
        Value::String(text) => {
            let text = trimmed(text);
            if !is_address(text) {
                return Err(to
                    .expected(Code::AttributeLocation, WHAT, value)
                    .help("send an address, such as `1 Infinite Loop, Cupertino, CA, 95014, US`"));
            }
            write_string(text, out);
            return Ok(());
        }
        Value::Object(object) => object,
        _ => {
            return Err(to
                .expected(Code::AttributeLocation, WHAT, value)
                .help("send an object such as `{\"city\": \"Paris\", \"country\": \"FR\"}`, or a string"));
        }
    };
    if object.is_empty() {
        return Ok(());
    }
    let is_complete = PARTS.iter().all(|part| object.contains_key(part));
    if to.strict() {
        if let Some(finding) = to.unknown_keys(WHAT, object, &PARTS) {
            return Err(finding);
        }
        if let Some(missing) = PARTS.iter().find(|part| !object.contains_key(part)) {
            let message = format!(
                "`{}` expected all ten parts of a location, got none as `{missing}`",
                to.coercer.slug
            );
            return Err(Finding::error(Code::AttributeLocation, message)
                .help("send `null` for the parts that there are not, or set `mode` to `lenient`"));
        }
    }
    let mut parts = Parts::default();
    parts.read(object, to)?;
    if parts.is_empty() {
        match parts.formatted {
            Some(text) => write_string(text, out),
            None if is_complete => parts.write(out),
            None => {}
        }
        return Ok(());
    }
    parts.write(out);
    if let Some(whole) = parts.formatted
        && parts.lack_some_of(whole)
    {
        let message = format!(
            "`{}` expected an address in parts or as one string, got both, and left out `{}`, which says more",
            to.coercer.slug,
            excerpt(whole)
        );
        to.findings.push(
            Finding::warning(Code::AttributeLeftOut, message)
                .help("map the parts that are missing, such as `street`, or the string alone"),
        );
    }
    Ok(())
}

/// Builds what the first value would.
pub(super) fn prepare() {
    country::prepare();
}

/// Whether a string can be an address at all.
fn is_address(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// What a key means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// The part at this place.
    Part(usize),
    /// The region's code, which counts when its name is not there.
    RegionCode,
    /// All of the street, in one line or several.
    Street,
    /// An object that holds the coordinates.
    Coordinates,
    /// The whole address in one string, which counts when nothing else is there. When it holds more, that is said.
    Formatted,
    /// What schema.org writes beside the parts.
    Context,
}

/// The meaning of a key, whatever its case and with or without `_`, `-` and space.
fn meaning(key: &str) -> Option<Meaning> {
    meaning_of_folded(key).or_else(|| folded(key, &mut [0; 24]).and_then(meaning_of_folded))
}

/// The meaning of a key in lower case without `_`, `-` and space, or as Segment writes it.
fn meaning_of_folded(key: &str) -> Option<Meaning> {
    Some(match key {
        "street" | "streetaddress" | "address" | "addressline" | "addresslines" | "streets" => Meaning::Street,
        "line1" | "address1" | "addressline1" | "street1" | "streetaddress1" | "streetline1" => Meaning::Part(0),
        "line2" | "address2" | "addressline2" | "street2" | "streetaddress2" | "streetline2" | "apartment"
        | "apt" | "suite" | "unit" | "extendedaddress" => Meaning::Part(1),
        "line3" | "address3" | "addressline3" | "street3" | "streetaddress3" | "streetline3" => Meaning::Part(2),
        "line4" | "address4" | "addressline4" | "street4" | "streetaddress4" | "streetline4" => Meaning::Part(3),
        "locality" | "city" | "town" | "village" | "municipality" | "addresslocality" | "addresscity" | "cityname" => {
            Meaning::Part(4)
        }
        "region" | "state" | "province" | "county" | "prefecture" | "addressregion" | "addressstate" | "stateprovince"
        | "stateorprovince" | "stateorregion" | "statename" | "regionname" | "provincename" => Meaning::Part(REGION),
        "statecode" | "provincecode" | "regioncode" => Meaning::RegionCode,
        "postcode" | "postalcode" | "postalCode" | "zip" | "zipcode" | "zippostalcode" | "postal" | "addresspostalcode"
        | "addresszip" => Meaning::Part(6),
        "countrycode" | "country" | "addresscountry" | "countryname" | "countryiso" | "countryiso2" | "countryiso3"
        | "countrycode2" | "countrycode3" | "countryalpha2" => Meaning::Part(COUNTRY),
        "latitude" | "lat" => Meaning::Part(LATITUDE),
        "longitude" | "lng" | "lon" | "long" => Meaning::Part(LONGITUDE),
        "geo" | "coordinates" | "location" | "latlng" => Meaning::Coordinates,
        "formatted" | "formattedaddress" | "fulladdress" => Meaning::Formatted,
        "@type" | "@context" | "@id" => Meaning::Context,
        _ => return None,
    })
}

/// A key in lower case without `_`, `-` and space; nothing when it is longer than any that is known.
fn folded<'b>(key: &str, buffer: &'b mut [u8; 24]) -> Option<&'b str> {
    let mut length = 0;
    for byte in key.bytes().filter(|byte| !matches!(byte, b'_' | b'-' | b' ')) {
        *buffer.get_mut(length)? = byte.to_ascii_lowercase();
        length += 1;
    }
    std::str::from_utf8(&buffer[..length]).ok()
}

/// The parts that were found.
#[derive(Default)]
struct Parts<'v> {
    values: [Option<Cow<'v, str>>; PARTS.len()],
    /// The keys that they were found at, for messages.
    keys: [&'v str; PARTS.len()],
    region_code: Option<Cow<'v, str>>,
    formatted: Option<&'v str>,
    formatted_key: &'v str,
}

impl<'v> Parts<'v> {
    fn read(&mut self, object: &'v Object<'_>, to: &To<'_, '_>) -> Result<(), Finding> {
        let mut street: Option<(&str, Lines<'_>)> = None;
        let mut unknown = false;
        for (key, value) in object.iter() {
            let Some(meaning) = meaning(key) else {
                unknown = true;
                continue;
            };
            match meaning {
                Meaning::Context => {}
                Meaning::Street => {
                    let lines = lines(value).ok_or_else(|| wrong(key, value, to))?;
                    match &street {
                        _ if lines.as_slice().is_empty() => {}
                        Some((other, before)) if before.as_slice() != lines.as_slice() => {
                            return Err(two(other, key, to));
                        }
                        _ => street = Some((key, lines)),
                    }
                }
                Meaning::Formatted => {
                    let text = text(key, value, to)?;
                    match (text, self.formatted) {
                        (Some(Cow::Borrowed(text)), None) if is_address(text) => {
                            self.formatted = Some(text);
                            self.formatted_key = key;
                        }
                        (Some(text), Some(before)) if text != before => {
                            return Err(two(self.formatted_key, key, to));
                        }
                        _ => {}
                    }
                }
                Meaning::RegionCode => {
                    if let Some(text) = text(key, value, to)? {
                        self.region_code = Some(text);
                    }
                }
                Meaning::Coordinates => match value {
                    Value::Null => {}
                    Value::Object(inner) => self.read_coordinates(key, inner, to)?,
                    _ => return Err(wrong(key, value, to)),
                },
                Meaning::Part(at) => self.set(at, key, value, to)?,
            }
        }
        if unknown {
            return Err(unknown_keys(object, to));
        }
        self.fill_lines(street, to)?;
        if self.values[REGION].is_none() {
            self.values[REGION] = self.region_code.take();
        }
        Ok(())
    }

    fn read_coordinates(
        &mut self,
        outer: &str,
        object: &'v Object<'_>,
        to: &To<'_, '_>,
    ) -> Result<(), Finding> {
        for (key, value) in object.iter() {
            match meaning(key) {
                Some(Meaning::Part(at @ (LATITUDE | LONGITUDE))) => self.set(at, key, value, to)?,
                Some(Meaning::Context) => {}
                _ => {
                    let message = format!(
                        "`{}` expected `latitude` and `longitude` in `{outer}`, got an object with `{}`",
                        to.coercer.slug,
                        excerpt(key)
                    );
                    return Err(Finding::error(Code::AttributeUnknownKey, message)
                        .help("send the parts of the address beside each other, in one object"));
                }
            }
        }
        Ok(())
    }

    fn set(
        &mut self,
        at: usize,
        key: &'v str,
        value: &'v Value<'_>,
        to: &To<'_, '_>,
    ) -> Result<(), Finding> {
        let found = match at {
            LATITUDE => degrees(key, value, 90, to)?,
            LONGITUDE => degrees(key, value, 180, to)?,
            COUNTRY => country_code(key, value, to)?.map(Cow::Borrowed),
            _ => text(key, value, to)?,
        };
        let Some(found) = found else {
            return Ok(());
        };
        match &self.values[at] {
            Some(before) if *before != found => Err(two(self.keys[at], key, to)),
            _ => {
                self.values[at] = Some(found);
                self.keys[at] = key;
                Ok(())
            }
        }
    }

    /// Puts the lines of the street where `line_1` to `line_4` are free. Lines that stand at their place stay there;
    /// where one holds several, all move together.
    fn fill_lines(&mut self, street: Option<(&str, Lines<'v>)>, to: &To<'_, '_>) -> Result<(), Finding> {
        let mut first: &[&str] = &[];
        if let Some((key, lines)) = &street {
            first = lines.as_slice();
            if let Some(line) = &self.values[0]
                && first != [line.as_ref()]
            {
                return Err(two(self.keys[0], key, to));
            }
            self.values[0] = None;
        }
        let is_in_place = first.len() <= 1
            && self.values[..LINES].iter().flatten().all(|line| !line.contains(['\n', '\r']));
        if is_in_place {
            if let [line] = *first {
                self.values[0] = Some(Cow::Borrowed(line));
            }
            return Ok(());
        }
        let mut all: Vec<Cow<'v, str>> = first.iter().copied().map(Cow::Borrowed).collect();
        for line in self.values[..LINES].iter_mut().filter_map(Option::take) {
            match line {
                Cow::Borrowed(line) => all.extend(split_lines(line).map(Cow::Borrowed)),
                Cow::Owned(line) => all.push(Cow::Owned(line)),
            }
        }
        if all.len() > LINES {
            let last = all.split_off(LINES - 1).join(", ");
            all.push(Cow::Owned(last));
        }
        for (slot, line) in self.values.iter_mut().zip(all) {
            *slot = Some(line);
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }

    /// Whether a word of the whole address stands in none of its parts. A country may be written in another way there.
    fn lack_some_of(&self, whole: &str) -> bool {
        let values = self.values.iter().flatten().map(AsRef::as_ref);
        let known: HashSet<String> = values.chain(self.region_code.as_deref()).flat_map(words).collect();
        let country = self.values[COUNTRY].as_deref();
        let is_country = |piece: &str| country.is_some() && country::find(trimmed(piece)) == country;
        whole
            .split([',', ';', '\n'])
            .any(|piece| !is_country(piece) && words(piece).any(|word| !known.contains(&word)))
    }

    fn write(&self, out: &mut String) {
        for (before, value) in BEFORE.iter().zip(&self.values) {
            out.push_str(before);
            match value {
                Some(text) => write_string(text, out),
                None => out.push_str("null"),
            }
        }
        out.push('}');
    }
}

/// The text of a part; a number's only when it is whole, as of a postcode.
fn text<'v>(
    key: &str,
    value: &'v Value<'_>,
    to: &To<'_, '_>,
) -> Result<Option<Cow<'v, str>>, Finding> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => trimmed(text),
        Value::Number(text) if !to.strict() && text.bytes().all(|byte| byte.is_ascii_digit()) => text,
        _ => return Err(wrong(key, value, to)),
    };
    Ok((!text.is_empty()).then_some(Cow::Borrowed(text)))
}

/// The name in an object of schema.org, which has no other key of meaning.
fn name_in<'v, 'a>(object: &'v Object<'a>) -> Option<&'v Value<'a>> {
    let mut others = object.iter().filter(|(key, _)| meaning(key) != Some(Meaning::Context));
    match (others.next(), others.next()) {
        (Some(("name", name @ Value::String(_))), None) => Some(name),
        _ => None,
    }
}

fn country_code(key: &str, value: &Value<'_>, to: &To<'_, '_>) -> Result<Option<&'static str>, Finding> {
    const UNLISTED: &str = "Attio's list of countries does not have it; leave the country out";
    let name = match value {
        Value::Null => return Ok(None),
        Value::String(name) => trimmed(name),
        Value::Object(object) if !to.strict() => match name_in(object) {
            Some(name) => return country_code(key, name, to),
            None => return Err(wrong(key, value, to)),
        },
        _ => return Err(wrong(key, value, to)),
    };
    if name.is_empty() {
        return Ok(None);
    }
    let refused = |help: &str| {
        let message = format!(
            "`{}` expected a country in `{}`, got {}",
            to.coercer.slug,
            excerpt(key),
            value.describe()
        );
        Err(Finding::error(Code::AttributeLocation, message).help(help))
    };
    match country::find(name) {
        Some(code) if to.strict() && code != name => {
            refused("send the two-letter code of the country (ISO 3166-1 alpha-2), or set `mode` to `lenient`")
        }
        Some(code) if country::is_in_attio(code) => Ok(Some(code)),
        Some(_) => refused(UNLISTED),
        None if country::is_unlisted(name) => refused(UNLISTED),
        None => match country::nearest(&excerpt(name)) {
            Some(near) => refused(&format!("did you mean `{near}`?")),
            None => refused(
                "send the two-letter code of the country (ISO 3166-1 alpha-2), such as `US`, `GB` or `DE`",
            ),
        },
    }
}

/// Degrees in the one way that Attio takes: an optional sign, digits without leading zeros, decimals.
fn degrees<'v>(
    key: &str,
    value: &'v Value<'_>,
    most: u32,
    to: &To<'_, '_>,
) -> Result<Option<Cow<'v, str>>, Finding> {
    let refused = || {
        let message = format!(
            "`{}` expected degrees from -{most} to {most} in `{}`, got {}",
            to.coercer.slug,
            excerpt(key),
            value.describe()
        );
        Finding::error(Code::AttributeLocation, message)
            .help("send decimal degrees, such as `37.331741` or `-122.030333`")
    };
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => trimmed(text),
        Value::Number(text) if !to.strict() => text,
        _ => return Err(refused()),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let plain = match value {
        // `1e-7`: written out, since Attio takes no exponents.
        Value::Number(text) if text.contains(['e', 'E']) => {
            let number = value.as_f64().filter(|number| number.abs() <= f64::from(most));
            let mut plain = String::new();
            // OK because writing to a string cannot fail.
            let _ = write!(plain, "{}", number.ok_or_else(refused)?);
            Cow::Owned(plain)
        }
        _ => Cow::Borrowed(text),
    };
    let (sign, digits) = match plain.as_bytes().first() {
        Some(b'-' | b'+') => plain.split_at(1),
        _ => ("", plain.as_ref()),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + decimals.len() == 0 || !are_digits(whole) || !are_digits(decimals) {
        return Err(refused());
    }
    let short = whole.trim_start_matches('0');
    let is_in_range = short.len() <= 3
        && match short.parse().unwrap_or(0_u32) {
            degrees if degrees < most => true,
            degrees => degrees == most && decimals.bytes().all(|byte| byte == b'0'),
        };
    if !is_in_range {
        return Err(refused());
    }
    let is_written_so = (short == whole || whole == "0" ) && !whole.is_empty() && digits.contains('.') != decimals.is_empty();
    if is_written_so {
        return Ok(Some(plain));
    }
    let whole = if short.is_empty() { "0" } else { short };
    let point = if decimals.is_empty() { "" } else { "." };
    Ok(Some(Cow::Owned(format!("{sign}{whole}{point}{decimals}"))))
}

fn wrong(key: &str, value: &Value<'_>, to: &To<'_, '_>) -> Finding {
    let message = format!(
        "`{}` expected a string in `{}`, got {}",
        to.coercer.slug,
        excerpt(key),
        value.describe()
    );
    Finding::error(Code::AttributeLocation, message).help("send each part of the address as a string")
}

fn two(first: &str, second: &str, to: &To<'_, '_>) -> Finding {
    let message = format!(
        "`{}` expected each part of a location once, got two different ones in `{}` and `{}`",
        to.coercer.slug,
        excerpt(first),
        excerpt(second)
    );
    Finding::error(Code::AttributeLocation, message).help("map only one of them")
}

fn unknown_keys(object: &Object<'_>, to: &To<'_, '_>) -> Finding {
    let known: Vec<&str> = object
        .keys()
        .filter(|key| meaning(key).is_some())
        .collect();
    let finding = to.unknown_keys(WHAT, object, &known);
    // OK because it is called for an object that has unknown keys.
    finding
        .unwrap_or_else(|| wrong("", &Value::Null, to))
        .help("the parts are `street`, `city`, `state`, `postalCode` and `country`, or Attio's own")
}

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{of, prepared, said};
    use crate::attribute::{Mode, Options};
    use crate::schema::{Attribute, AttributeType};

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let lenient = of(AttributeType::Location);
        let texts = [
            r#"{"country":"Atlantis"}"#,
            r#"{"country":"Untied States"}"#,
            r#"{"country":"KP"}"#,
            r#"{"country":"Kosovo"}"#,
            r#"{"formatted_address":"1 Main St, Leeds","city":"Leeds"}"#,
            r#"{"city":"Leeds","suburb":"X"}"#,
            r#"{"city":"Leeds","town":"York"}"#,
            r#"{"city":["Leeds"]}"#,
            r#"{"latitude":"90.5"}"#,
            r#"{"geo":{"alt":1}}"#,
            r#""--""#,
            "42",
        ]
        .map(|input| said(&lenient, input));
        insta::assert_snapshot!(texts.join("\n"), @r#"
        error[attribute.location]: `it` expected a country in `country`, got the string `Atlantis`
          help: send the two-letter code of the country (ISO 3166-1 alpha-2), such as `US`, `GB` or `DE`
        error[attribute.location]: `it` expected a country in `country`, got the string `Untied States`
          help: did you mean `United States`?
        error[attribute.location]: `it` expected a country in `country`, got the string `KP`
          help: Attio's list of countries does not have it; leave the country out
        error[attribute.location]: `it` expected a country in `country`, got the string `Kosovo`
          help: Attio's list of countries does not have it; leave the country out
        warning[attribute.left_out]: `it` expected an address in parts or as one string, got both, and left out `1 Main St, Leeds`, which says more
          help: map the parts that are missing, such as `street`, or the string alone
        error[attribute.unknown_key]: `it` expected a location, got an object with `suburb`
          help: the parts are `street`, `city`, `state`, `postalCode` and `country`, or Attio's own
        error[attribute.location]: `it` expected each part of a location once, got two different ones in `city` and `town`
          help: map only one of them
        error[attribute.location]: `it` expected a string in `city`, got an array of 1
          help: send each part of the address as a string
        error[attribute.location]: `it` expected degrees from -90 to 90 in `latitude`, got the string `90.5`
          help: send decimal degrees, such as `37.331741` or `-122.030333`
        error[attribute.unknown_key]: `it` expected `latitude` and `longitude` in `geo`, got an object with `alt`
          help: send the parts of the address beside each other, in one object
        error[attribute.location]: `it` expected a location, got the string `--`
          help: send an address, such as `1 Infinite Loop, Cupertino, CA, 95014, US`
        error[attribute.location]: `it` expected a location, got the number `42`
          help: send an object such as `{"city": "Paris", "country": "FR"}`, or a string
        "#);
        let strict = prepared(
            Attribute::of(AttributeType::Location),
            Options {
                mode: Mode::Strict,
                ..Options::default()
            },
        );
        let texts = [
            r#"{"city":"Leeds"}"#,
            r#"{"line_1":null}"#,
            r#"{"line_1":null,"line_2":null,"line_3":null,"line_4":null,"locality":null,"region":null,"postcode":null,"country_code":"UK","latitude":null,"longitude":null}"#,
        ]
        .map(|input| said(&strict, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.unknown_key]: `it` expected a location, got an object with `city`
          help: the keys are `line_1`, `line_2`, `line_3`, `line_4`, `locality`, `region`, `postcode`, `country_code`, `latitude`, `longitude`
        error[attribute.location]: `it` expected all ten parts of a location, got none as `line_2`
          help: send `null` for the parts that there are not, or set `mode` to `lenient`
        error[attribute.location]: `it` expected a country in `country_code`, got the string `UK`
          help: send the two-letter code of the country (ISO 3166-1 alpha-2), or set `mode` to `lenient`
        ");
    }
}

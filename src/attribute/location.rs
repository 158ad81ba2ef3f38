//! `location`: an address, in parts or as one string.
//!
//! Attio wants all ten parts at once, so what is absent is written as `null`. Not done on purpose: addresses are not
//! looked up or completed, names of states are not abbreviated, and a string is left to Attio, which takes it apart.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::host::trimmed;
use super::{Example, Finding, To, country};
use crate::diagnostic::{Code, excerpt};
use crate::json::{Object, Value, write_string};

const WHAT: &str = "a location";

/// Attio's parts, in the order of its documentation.
const PARTS: [&str; 10] = [
    "line_1",
    "line_2",
    "line_3",
    "line_4",
    "locality",
    "region",
    "postcode",
    "country_code",
    "latitude",
    "longitude",
];

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
to `line_4`. An object without any value leaves the attribute out.";

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
    if parts.is_empty() && !is_complete {
        return match parts.formatted {
            Some(text) => {
                write_string(text, out);
                Ok(())
            }
            None => Ok(()),
        };
    }
    parts.write(out);
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
    /// The whole address in one string, which counts when nothing else is there.
    Formatted,
    /// What schema.org writes beside the parts.
    Context,
}

/// The meaning of a key in lower case without `_`, `-` and space.
fn meaning(key: &str) -> Option<Meaning> {
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
        "postcode" | "postalcode" | "zip" | "zipcode" | "zippostalcode" | "postal" | "addresspostalcode"
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
}

impl<'v> Parts<'v> {
    fn read(&mut self, object: &'v Object<'_>, to: &To<'_, '_>) -> Result<(), Finding> {
        let mut street: Option<(&str, Vec<&str>)> = None;
        let mut unknown = false;
        for (key, value) in object.iter() {
            let Some(meaning) = folded(key, &mut [0; 24]).and_then(meaning) else {
                unknown = true;
                continue;
            };
            match meaning {
                Meaning::Context => {}
                Meaning::Street => {
                    let lines = lines(value).ok_or_else(|| wrong(key, value, to))?;
                    match &street {
                        _ if lines.is_empty() => {}
                        Some((other, before)) if *before != lines => return Err(two(other, key, to)),
                        _ => street = Some((key, lines)),
                    }
                }
                Meaning::Formatted => {
                    let text = text(key, value, to)?;
                    if let Some(Cow::Borrowed(text)) = text
                        && is_address(text)
                    {
                        self.formatted = Some(text);
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
            match folded(key, &mut [0; 24]).and_then(meaning) {
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
    fn fill_lines(&mut self, street: Option<(&str, Vec<&'v str>)>, to: &To<'_, '_>) -> Result<(), Finding> {
        let mut first = Vec::new();
        if let Some((key, lines)) = street {
            if let Some(line) = &self.values[0]
                && lines != [line.as_ref()]
            {
                return Err(two(self.keys[0], key, to));
            }
            self.values[0] = None;
            first = lines;
        }
        let is_in_place = first.len() <= 1
            && self.values[..LINES].iter().flatten().all(|line| !line.contains(['\n', '\r']));
        if is_in_place {
            if let [line] = first[..] {
                self.values[0] = Some(Cow::Borrowed(line));
            }
            return Ok(());
        }
        let mut all: Vec<Cow<'v, str>> = first.into_iter().map(Cow::Borrowed).collect();
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

    fn write(&self, out: &mut String) {
        out.push('{');
        for (at, (part, value)) in PARTS.iter().zip(&self.values).enumerate() {
            if at > 0 {
                out.push(',');
            }
            out.push('"');
            out.push_str(part);
            out.push_str("\":");
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

/// The lines of a street: of a string, or of a list of strings.
fn lines<'v>(value: &'v Value<'_>) -> Option<Vec<&'v str>> {
    match value {
        Value::Null => Some(Vec::new()),
        Value::String(text) => Some(split_lines(text).collect()),
        Value::Array(items) => {
            let mut lines = Vec::with_capacity(items.len());
            for item in items {
                match item {
                    Value::Null => {}
                    Value::String(text) => lines.extend(split_lines(text)),
                    _ => return None,
                }
            }
            Some(lines)
        }
        _ => None,
    }
}

fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', '\r'])
        .map(|line| trimmed(line).trim_end_matches(','))
        .filter(|line| !line.is_empty())
}

fn country_code(key: &str, value: &Value<'_>, to: &To<'_, '_>) -> Result<Option<&'static str>, Finding> {
    let name = match value {
        Value::Null => return Ok(None),
        Value::String(name) => trimmed(name),
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
        Some(code) if !country::is_in_attio(code) => {
            refused("Attio's list of countries does not have it; leave the country out")
        }
        Some(code) => Ok(Some(code)),
        None => refused("send the two-letter code of the country (ISO 3166-1 alpha-2), such as `US`, `GB` or `DE`"),
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
        .filter(|key| folded(key, &mut [0; 24]).and_then(meaning).is_some())
        .collect();
    let finding = to.unknown_keys(WHAT, object, &known);
    // OK because it is called for an object that has unknown keys.
    finding
        .unwrap_or_else(|| wrong("", &Value::Null, to))
        .help("the parts are `street`, `city`, `state`, `postalCode` and `country`, or Attio's own")
}

pub(super) const EXAMPLES: &[Example] = &[
    Example::documented(r#""1 Infinite Loop, Cupertino, CA, 95014, US""#, r#""1 Infinite Loop, Cupertino, CA, 95014, US""#, "a string, which Attio takes apart"),
    Example::documented(r#"" Paris, France ""#, r#""Paris, France""#, "white space around one"),
    Example::documented(r#"{"line_1":"1 Infinite Loop","line_2":null,"line_3":null,"line_4":null,"locality":"Cupertino","region":"CA","postcode":"95014","country_code":"US","latitude":"37.331741","longitude":"-122.030333"}"#, r#"{"line_1":"1 Infinite Loop","line_2":null,"line_3":null,"line_4":null,"locality":"Cupertino","region":"CA","postcode":"95014","country_code":"US","latitude":"37.331741","longitude":"-122.030333"}"#, "Attio's own form"),
    Example::documented(r#"{"line_1":null,"line_2":null,"line_3":null,"line_4":null,"locality":null,"region":null,"postcode":null,"country_code":null,"latitude":null,"longitude":null}"#, r#"{"line_1":null,"line_2":null,"line_3":null,"line_4":null,"locality":null,"region":null,"postcode":null,"country_code":null,"latitude":null,"longitude":null}"#, "Attio's own form with nothing in it"),
    Example::documented(r#"{"line_1":null,"line_2":"Block 1","line_3":null,"line_4":null,"locality":"Cupertino","region":null,"postcode":null,"country_code":null,"latitude":null,"longitude":null}"#, r#"{"line_1":null,"line_2":"Block 1","line_3":null,"line_4":null,"locality":"Cupertino","region":null,"postcode":null,"country_code":null,"latitude":null,"longitude":null}"#, "lines stay at their places"),
    Example::taken(r#"{"street":"1 Infinite Loop","city":"Cupertino","state":"CA","postalCode":"95014","country":"US"}"#, r#"{"line_1":"1 Infinite Loop","line_2":null,"line_3":null,"line_4":null,"locality":"Cupertino","region":"CA","postcode":"95014","country_code":"US","latitude":null,"longitude":null}"#, "Segment's form, United States"),
    Example::taken(r#"{"street":"12 St James Square","city":"London","state":"Greater London","postalCode":"SW1Y 4LB","country":"United Kingdom"}"#, r#"{"line_1":"12 St James Square","line_2":null,"line_3":null,"line_4":null,"locality":"London","region":"Greater London","postcode":"SW1Y 4LB","country_code":"GB","latitude":null,"longitude":null}"#, "United Kingdom"),
    Example::taken(r#"{"street":"Unter den Linden 77","city":"Berlin","postalCode":"10117","country":"Deutschland"}"#, r#"{"line_1":"Unter den Linden 77","line_2":null,"line_3":null,"line_4":null,"locality":"Berlin","region":null,"postcode":"10117","country_code":"DE","latitude":null,"longitude":null}"#, "Germany, named in German"),
    Example::taken(r#"{"street_address":"5 Avenue Anatole France","city":"Paris","postal_code":75007,"country":"FRA"}"#, r#"{"line_1":"5 Avenue Anatole France","line_2":null,"line_3":null,"line_4":null,"locality":"Paris","region":null,"postcode":"75007","country_code":"FR","latitude":null,"longitude":null}"#, "France, a postcode as a number"),
    Example::taken(r#"{"@type":"PostalAddress","streetAddress":"Carrer de Mallorca 401","addressLocality":"Barcelona","addressRegion":"Catalunya","postalCode":"08013","addressCountry":"España"}"#, r#"{"line_1":"Carrer de Mallorca 401","line_2":null,"line_3":null,"line_4":null,"locality":"Barcelona","region":"Catalunya","postcode":"08013","country_code":"ES","latitude":null,"longitude":null}"#, "schema.org's form, Spain"),
    Example::taken(r#"{"address1":"Via del Corso 1","address2":"Interno 4","city":"Roma","province":"RM","zip":"00186","country":"Italia"}"#, r#"{"line_1":"Via del Corso 1","line_2":"Interno 4","line_3":null,"line_4":null,"locality":"Roma","region":"RM","postcode":"00186","country_code":"IT","latitude":null,"longitude":null}"#, "the form of shops, Italy"),
    Example::taken(r#"{"line1":"Keizersgracht 1","line2":null,"city":"Amsterdam","postal_code":"1015 CJ","state":"","country":"NL"}"#, r#"{"line_1":"Keizersgracht 1","line_2":null,"line_3":null,"line_4":null,"locality":"Amsterdam","region":null,"postcode":"1015 CJ","country_code":"NL","latitude":null,"longitude":null}"#, "the form of payments, the Netherlands"),
    Example::taken(r#"{"street":"千代田区千代田1-1","city":"東京都","postalCode":"100-0001","country":"日本"}"#, r#"{"line_1":"千代田区千代田1-1","line_2":null,"line_3":null,"line_4":null,"locality":"東京都","region":null,"postcode":"100-0001","country_code":"JP","latitude":null,"longitude":null}"#, "Japan, in Japanese"),
    Example::taken(r#"{"street":"세종대로 110","city":"서울","postalCode":"04524","country":"South Korea"}"#, r#"{"line_1":"세종대로 110","line_2":null,"line_3":null,"line_4":null,"locality":"서울","region":null,"postcode":"04524","country_code":"KR","latitude":null,"longitude":null}"#, "South Korea"),
    Example::taken(r#"{"street":"Av. Paulista, 1578","city":"São Paulo","state":"SP","postalCode":"01310-200","country":"Brasil"}"#, r#"{"line_1":"Av. Paulista, 1578","line_2":null,"line_3":null,"line_4":null,"locality":"São Paulo","region":"SP","postcode":"01310-200","country_code":"BR","latitude":null,"longitude":null}"#, "Brazil"),
    Example::taken(r#"{"street":"Av. Paseo de la Reforma 505","city":"Ciudad de México","state":"CDMX","zipCode":"06500","country":"MEX"}"#, r#"{"line_1":"Av. Paseo de la Reforma 505","line_2":null,"line_3":null,"line_4":null,"locality":"Ciudad de México","region":"CDMX","postcode":"06500","country_code":"MX","latitude":null,"longitude":null}"#, "Mexico, by three letters"),
    Example::taken(r#"{"street":"İstiklal Cd. 1","city":"İstanbul","country":"Türkiye"}"#, r#"{"line_1":"İstiklal Cd. 1","line_2":null,"line_3":null,"line_4":null,"locality":"İstanbul","region":null,"postcode":null,"country_code":"TR","latitude":null,"longitude":null}"#, "Turkey"),
    Example::taken(r#"{"Street":"1 Macquarie St","City":"Sydney","State":"NSW","Postcode":"2000","Country":"australia"}"#, r#"{"line_1":"1 Macquarie St","line_2":null,"line_3":null,"line_4":null,"locality":"Sydney","region":"NSW","postcode":"2000","country_code":"AU","latitude":null,"longitude":null}"#, "keys with capital letters, Australia"),
    Example::taken(r#"{"street":"290 Bremner Blvd","city":"Toronto","province_code":"ON","province":"Ontario","country_code":"CA","country":"Canada"}"#, r#"{"line_1":"290 Bremner Blvd","line_2":null,"line_3":null,"line_4":null,"locality":"Toronto","region":"Ontario","postcode":null,"country_code":"CA","latitude":null,"longitude":null}"#, "names and codes of the same, Canada"),
    Example::taken(r#"{"address_line_1":"Rajpath","address_line_2":"India Gate","city":"New Delhi","zip_code":"110001","country":"IND"}"#, r#"{"line_1":"Rajpath","line_2":"India Gate","line_3":null,"line_4":null,"locality":"New Delhi","region":null,"postcode":"110001","country_code":"IN","latitude":null,"longitude":null}"#, "India"),
    Example::taken(r#"{"street":"Rynek Główny 1","city":"Kraków","postalCode":"31-042","country":"Polska"}"#, r#"{"line_1":"Rynek Główny 1","line_2":null,"line_3":null,"line_4":null,"locality":"Kraków","region":null,"postcode":"31-042","country_code":"PL","latitude":null,"longitude":null}"#, "Poland"),
    Example::taken(r#"{"street":"Stortorget 2","city":"Stockholm","country":"Sverige"}"#, r#"{"line_1":"Stortorget 2","line_2":null,"line_3":null,"line_4":null,"locality":"Stockholm","region":null,"postcode":null,"country_code":"SE","latitude":null,"longitude":null}"#, "Sweden"),
    Example::taken(r#"{"street":"Stephansplatz 3","city":"Wien","postalCode":"1010","country":"Oesterreich"}"#, r#"{"line_1":"Stephansplatz 3","line_2":null,"line_3":null,"line_4":null,"locality":"Wien","region":null,"postcode":"1010","country_code":"AT","latitude":null,"longitude":null}"#, "Austria, without its umlaut"),
    Example::taken(r#"{"street":"Bahnhofstrasse 1","city":"Zürich","country":"Suisse"}"#, r#"{"line_1":"Bahnhofstrasse 1","line_2":null,"line_3":null,"line_4":null,"locality":"Zürich","region":null,"postcode":null,"country_code":"CH","latitude":null,"longitude":null}"#, "Switzerland, named in French"),
    Example::taken(r#"{"street":"Красная площадь 1","city":"Москва","country":"Россия"}"#, r#"{"line_1":"Красная площадь 1","line_2":null,"line_3":null,"line_4":null,"locality":"Москва","region":null,"postcode":null,"country_code":"RU","latitude":null,"longitude":null}"#, "Russia, in Cyrillic"),
    Example::taken(r#"{"street":"1 Nelson Mandela Ave","city":"Johannesburg","country":"ZA"}"#, r#"{"line_1":"1 Nelson Mandela Ave","line_2":null,"line_3":null,"line_4":null,"locality":"Johannesburg","region":null,"postcode":null,"country_code":"ZA","latitude":null,"longitude":null}"#, "South Africa"),
    Example::taken(r#"{"city":"دبي","country":"UAE"}"#, r#"{"line_1":null,"line_2":null,"line_3":null,"line_4":null,"locality":"دبي","region":null,"postcode":null,"country_code":"AE","latitude":null,"longitude":null}"#, "the United Arab Emirates"),
    Example::taken(r#"{"city":"Dublin","country":"Republic of Ireland"}"#, r#"{"line_1":null,"line_2":null,"line_3":null,"line_4":null,"locality":"Dublin","region":null,"postcode":null,"country_code":"IE","latitude":null,"longitude":null}"#, "a city and a country"),
    Example::taken(r#"{"country":"the netherlands"}"#, r#"{"line_1":null,"line_2":null,"line_3":null,"line_4":null,"locality":null,"region":null,"postcode":null,"country_code":"NL","latitude":null,"longitude":null}"#, "a country alone"),
    Example::taken(r#"{"street":"Acme Ltd\nUnit 4\r\n12 High Street","city":"Leeds","country":"UK"}"#, r#"{"line_1":"Acme Ltd","line_2":"Unit 4","line_3":"12 High Street","line_4":null,"locality":"Leeds","region":null,"postcode":null,"country_code":"GB","latitude":null,"longitude":null}"#, "a street of three lines"),
    Example::taken(r#"{"street":["12 High Street","Flat 2"],"city":"Leeds","country":"England"}"#, r#"{"line_1":"12 High Street","line_2":"Flat 2","line_3":null,"line_4":null,"locality":"Leeds","region":null,"postcode":null,"country_code":"GB","latitude":null,"longitude":null}"#, "a street as a list"),
    Example::taken(r#"{"street":"a 1\nb 2","line_2":"c 3","city":"Leeds"}"#, r#"{"line_1":"a 1","line_2":"b 2","line_3":"c 3","line_4":null,"locality":"Leeds","region":null,"postcode":null,"country_code":null,"latitude":null,"longitude":null}"#, "lines that move down"),
    Example::taken(r#"{"street":"a 1\nb 2\nc 3\nd 4\ne 5","city":"Leeds"}"#, r#"{"line_1":"a 1","line_2":"b 2","line_3":"c 3","line_4":"d 4, e 5","locality":"Leeds","region":null,"postcode":null,"country_code":null,"latitude":null,"longitude":null}"#, "more lines than there are places"),
    Example::taken(r#"{"city":"Cupertino","lat":37.331741,"lng":-122.030333}"#, r#"{"line_1":null,"line_2":null,"line_3":null,"line_4":null,"locality":"Cupertino","region":null,"postcode":null,"country_code":null,"latitude":"37.331741","longitude":"-122.030333"}"#, "coordinates as numbers"),
    Example::taken(r#"{"city":"Cupertino","geo":{"@type":"GeoCoordinates","latitude":"37.331741","longitude":"-122.030333"}}"#, r#"{"line_1":null,"line_2":null,"line_3":null,"line_4":null,"locality":"Cupertino","region":null,"postcode":null,"country_code":null,"latitude":"37.331741","longitude":"-122.030333"}"#, "coordinates in an object"),
    Example::taken(r#"{"latitude":"+090.0","longitude":" -0180 "}"#, r#"{"line_1":null,"line_2":null,"line_3":null,"line_4":null,"locality":null,"region":null,"postcode":null,"country_code":null,"latitude":"+90.0","longitude":"-180"}"#, "leading zeros"),
    Example::taken(r#"{"latitude":1e-7,"longitude":".5"}"#, r#"{"line_1":null,"line_2":null,"line_3":null,"line_4":null,"locality":null,"region":null,"postcode":null,"country_code":null,"latitude":"0.0000001","longitude":"0.5"}"#, "an exponent, and nothing before the point"),
    Example::taken(r#"{"formatted":"1 Infinite Loop, Cupertino"}"#, r#""1 Infinite Loop, Cupertino""#, "the whole in one string"),
    Example::taken(r#"{"formatted":"1 Infinite Loop, Cupertino","locality":"Cupertino"}"#, r#"{"line_1":null,"line_2":null,"line_3":null,"line_4":null,"locality":"Cupertino","region":null,"postcode":null,"country_code":null,"latitude":null,"longitude":null}"#, "parts win over the whole in one string"),
    Example::taken(r#"{"locality":"Cupertino"}"#, r#"{"line_1":null,"line_2":null,"line_3":null,"line_4":null,"locality":"Cupertino","region":null,"postcode":null,"country_code":null,"latitude":null,"longitude":null}"#, "one of Attio's keys"),
    Example::omitted("{}", "an empty object"),
    Example::omitted(r#"{"street":"","city":null,"country":" "}"#, "parts that are all blank").lenient(),
    Example::omitted(r#"" ""#, "a blank string"),
    Example::refused(r#"{"city":"X","country":"Atlantis"}"#, Code::AttributeLocation, "a country that is none"),
    Example::refused(r#"{"city":"X","country":"Korea"}"#, Code::AttributeLocation, "a country that may be two"),
    Example::refused(r#"{"city":"X","country":"N/A"}"#, Code::AttributeLocation, "a placeholder for a country"),
    Example::refused(r#"{"city":"Pyongyang","country":"KP"}"#, Code::AttributeLocation, "a country that Attio's list does not have"),
    Example::refused(r#"{"city":"X","country":{"code":"US"}}"#, Code::AttributeLocation, "a country as an object"),
    Example::refused(r#"{"city":"X","country":49}"#, Code::AttributeLocation, "a country as a number"),
    Example::refused(r#"{"city":"Leeds","suburb":"Headingley"}"#, Code::AttributeUnknownKey, "a key that is not known"),
    Example::refused(r#"{"city":"Leeds","geo":{"lat":1,"alt":2}}"#, Code::AttributeUnknownKey, "a key that is not known among the coordinates"),
    Example::refused(r#"{"city":"Leeds","town":"York"}"#, Code::AttributeLocation, "two cities"),
    Example::refused(r#"{"country":"US","country_code":"CA"}"#, Code::AttributeLocation, "two countries"),
    Example::refused(r#"{"street":"1 High Street","line_1":"2 Low Street"}"#, Code::AttributeLocation, "two streets"),
    Example::refused(r#"{"city":["Leeds"]}"#, Code::AttributeLocation, "a part as a list"),
    Example::refused(r#"{"city":true}"#, Code::AttributeLocation, "a part as a boolean"),
    Example::refused(r#"{"postalCode":1.5}"#, Code::AttributeLocation, "a postcode with decimals"),
    Example::refused(r#"{"street":[["a"]]}"#, Code::AttributeLocation, "a street as a list of lists"),
    Example::refused(r#"{"latitude":90.1,"longitude":0}"#, Code::AttributeLocation, "a latitude beyond the pole"),
    Example::refused(r#"{"latitude":0,"longitude":"180.5"}"#, Code::AttributeLocation, "a longitude beyond the date line"),
    Example::refused(r#"{"latitude":"37,33"}"#, Code::AttributeLocation, "a decimal comma"),
    Example::refused(r#"{"latitude":"37°19' N"}"#, Code::AttributeLocation, "degrees and minutes"),
    Example::refused(r#"{"latitude":1e400}"#, Code::AttributeLocation, "a number without an end"),
    Example::refused(r#"["Paris","London"]"#, Code::AttributeTooMany, "a list for an attribute of one value"),
    Example::refused(r#"42"#, Code::AttributeLocation, "a number"),
    Example::refused(r#"true"#, Code::AttributeLocation, "a boolean"),
    Example::refused(r#""--""#, Code::AttributeLocation, "a placeholder"),
];

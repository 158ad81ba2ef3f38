//! What may be said about coercion: in a configuration, of one attribute, or at one place of a mapping.

use super::country;
use crate::diagnostic::{Code, Diagnostic, did_you_mean, nearest_or_all, pointer};
use crate::json::Value;
use crate::schema::AttributeType;

/// How much is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Mode {
    /// All that a person would read one way only.
    #[default]
    Lenient,
    /// Only what Attio documents.
    Strict,
}

/// What a blank string means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum EmptyStrings {
    /// The attribute is left out.
    #[default]
    Omit,
    /// The attribute is unset.
    Unset,
    /// A text keeps it; every other type refuses it in its own words.
    Keep,
}

/// How `03/04/2024` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// Month, day, year.
    Mdy,
    /// Day, month, year.
    Dmy,
}

/// What holds for an attribute once all levels have spoken.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Options {
    /// How much is accepted.
    pub mode: Mode,
    /// What a blank string means.
    pub empty_strings: EmptyStrings,
    /// How a date of three ambiguous numbers is read; an error when not said.
    pub date_order: Option<DateOrder>,
    /// Whether a domain keeps its leading `www.`.
    pub keep_www: bool,
    /// The ISO 3166-1 alpha-2 code of phone numbers without a country code.
    pub default_region: Option<String>,
}

impl Options {
    /// These options with what `patch` says laid over them.
    #[must_use]
    pub fn with(&self, patch: &Patch) -> Options {
        Options {
            mode: patch.mode.unwrap_or(self.mode),
            empty_strings: patch.empty_strings.unwrap_or(self.empty_strings),
            date_order: patch.date_order.or(self.date_order),
            keep_www: patch.keep_www.unwrap_or(self.keep_www),
            default_region: patch
                .default_region
                .clone()
                .or_else(|| self.default_region.clone()),
        }
    }
}

/// What one level says: the configuration's `options`, an attribute of the configuration, or a `@coerce` in a mapping.
/// Levels are laid over each other with [`Options::with`]; what is not said here stays as it was.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Patch {
    /// How much is accepted: `lenient` or `strict`.
    pub mode: Option<Mode>,
    /// What a blank string means: `omit`, `unset` or `keep`.
    pub empty_strings: Option<EmptyStrings>,
    /// How a date of three ambiguous numbers is read: `mdy` or `dmy`.
    pub date_order: Option<DateOrder>,
    /// Whether a domain keeps its leading `www.`.
    pub keep_www: Option<bool>,
    /// The country of phone numbers without a country code, as an upper-case ISO 3166-1 alpha-2 code.
    pub default_region: Option<String>,
    /// The path in the event that holds the country of phone numbers, as it was written.
    pub region_from: Option<String>,
    /// Of a `@coerce`: the type that the value is read as (`as`), before it is written to the attribute; see
    /// [`Coercer::reading_as`](super::Coercer::reading_as).
    pub reading_as: Option<AttributeType>,
}

const MODES: &[(&str, Mode)] = &[("lenient", Mode::Lenient), ("strict", Mode::Strict)];
const EMPTY_STRINGS: &[(&str, EmptyStrings)] = &[
    ("omit", EmptyStrings::Omit),
    ("unset", EmptyStrings::Unset),
    ("keep", EmptyStrings::Keep),
];
const DATE_ORDERS: &[(&str, DateOrder)] = &[("mdy", DateOrder::Mdy), ("dmy", DateOrder::Dmy)];

impl Patch {
    /// The keys of every level.
    pub const KEYS: &'static [&'static str] = &[
        "mode",
        "empty_strings",
        "date_order",
        "keep_www",
        "default_region",
        "region_from",
    ];

    /// Reads the `options` of a configuration, found at the JSON pointer `at`. What is wrong goes to `diagnostics`
    /// (`config.shape`, `config.unknown_key`, `config.option`) and counts as not said.
    pub fn read(value: &Value<'_>, at: &str, diagnostics: &mut Vec<Diagnostic>) -> Patch {
        Patch::read_beside(value, &[], at, diagnostics)
    }

    /// Reads options that stand in one object with keys of another meaning, as in `{"type": "date", "date_order":
    /// "dmy"}` of an attribute: the keys of `others` are passed over.
    pub fn read_beside(
        value: &Value<'_>,
        others: &[&str],
        at: &str,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Patch {
        let mut patch = Patch::default();
        let Value::Object(object) = value else {
            let message = format!("options expected an object, got {}", value.describe());
            diagnostics.push(
                Diagnostic::error(Code::ConfigShape, at, message)
                    .help("write `{\"mode\": \"lenient\"}`, for example"),
            );
            return patch;
        };
        for (key, value) in object.iter() {
            if others.contains(&key) {
                continue;
            }
            let read = match key {
                "mode" => choose(value, MODES, &mut patch.mode),
                "empty_strings" => choose(value, EMPTY_STRINGS, &mut patch.empty_strings),
                "date_order" => choose(value, DATE_ORDERS, &mut patch.date_order),
                "keep_www" => boolean(value, &mut patch.keep_www),
                "default_region" => region(value, &mut patch.default_region),
                "region_from" => text(value, &mut patch.region_from),
                _ => {
                    diagnostics.push(unknown_key(key, others, at));
                    continue;
                }
            };
            if let Err(Expected { what, help }) = read {
                let message = format!("`{key}` expected {what}, got {}", value.describe());
                diagnostics.push(
                    Diagnostic::error(Code::ConfigOption, pointer(at, key), message).help(help),
                );
            }
        }
        patch
    }

    /// Reads the body of a `@coerce`: every option, and `as`. Its `value` is passed over.
    pub fn read_inline(value: &Value<'_>, at: &str, diagnostics: &mut Vec<Diagnostic>) -> Patch {
        let mut patch = Patch::read_beside(value, &["value", "as"], at, diagnostics);
        let Some(name) = value.get("as") else {
            return patch;
        };
        match name.as_str().and_then(AttributeType::from_name) {
            Some((kind, _)) => patch.reading_as = Some(kind),
            None => {
                let message = format!("`as` expected an attribute type, got {}", name.describe());
                let help = AttributeType::help(name.as_str().unwrap_or_default());
                diagnostics.push(
                    Diagnostic::error(Code::ConfigOption, pointer(at, "as"), message).help(help),
                );
            }
        }
        patch
    }
}

/// What an option takes, and how to write it.
struct Expected {
    what: String,
    help: String,
}

impl Expected {
    fn new(what: impl Into<String>, help: impl Into<String>) -> Self {
        Expected {
            what: what.into(),
            help: help.into(),
        }
    }
}

fn choose<T: Copy>(
    value: &Value<'_>,
    choices: &[(&str, T)],
    slot: &mut Option<T>,
) -> Result<(), Expected> {
    let names = || choices.iter().map(|(name, _)| *name);
    let chosen = |text| choices.iter().find(|(name, _)| *name == text);
    if let Some((_, choice)) = value.as_str().and_then(chosen) {
        *slot = Some(*choice);
        return Ok(());
    }
    let all = format!("`{}`", names().collect::<Vec<_>>().join("` or `"));
    let near = value.as_str().and_then(|text| did_you_mean(text, names()));
    Err(match near {
        Some(near) => Expected::new(all, format!("did you mean `{near}`?")),
        None => Expected::new(all.clone(), format!("write {all}")),
    })
}

fn boolean(value: &Value<'_>, slot: &mut Option<bool>) -> Result<(), Expected> {
    let Value::Bool(yes) = value else {
        let all = "`true` or `false`";
        return Err(Expected::new(all, format!("write {all}")));
    };
    *slot = Some(*yes);
    Ok(())
}

fn text(value: &Value<'_>, slot: &mut Option<String>) -> Result<(), Expected> {
    match value.as_str().map(str::trim) {
        Some(path) if !path.is_empty() => {
            *slot = Some(path.to_owned());
            Ok(())
        }
        _ => Err(Expected::new(
            "a path in the event",
            "write `$.traits.address.country`, for example",
        )),
    }
}

fn region(value: &Value<'_>, slot: &mut Option<String>) -> Result<(), Expected> {
    let code = value
        .as_str()
        .map(|text| text.trim().to_ascii_uppercase())
        .filter(|code| country::is_code(code));
    match code {
        Some(code) => {
            *slot = Some(code);
            Ok(())
        }
        None => Err(Expected::new(
            "the two-letter code of a country (ISO 3166-1 alpha-2)",
            match value.as_str() {
                Some(text) if text.trim().eq_ignore_ascii_case("uk") => {
                    "the code of the United Kingdom is `GB`"
                }
                _ => "write `US`, `GB` or `DE`, for example",
            },
        )),
    }
}

fn unknown_key(key: &str, others: &[&str], at: &str) -> Diagnostic {
    let known = Patch::KEYS.iter().chain(others).copied();
    Diagnostic::error(
        Code::ConfigUnknownKey,
        pointer(at, key),
        format!("`{key}` is no option"),
    )
    .help(nearest_or_all(key, "the options", known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Patch, String) {
        let mut diagnostics = Vec::new();
        let patch = Patch::read_inline(&Value::parse(text).unwrap(), "/o", &mut diagnostics);
        let texts: Vec<_> = diagnostics.iter().map(Diagnostic::to_string).collect();
        (patch, texts.join("\n"))
    }

    #[test]
    fn every_option_is_read() {
        let (patch, wrong) = read(
            r#"{"value":1,"as":"email","mode":"strict","empty_strings":"unset","date_order":"dmy","keep_www":true,
                "default_region":"gb","region_from":"$.traits.country"}"#,
        );
        assert_eq!(wrong, "");
        let expect = Patch {
            mode: Some(Mode::Strict),
            empty_strings: Some(EmptyStrings::Unset),
            date_order: Some(DateOrder::Dmy),
            keep_www: Some(true),
            default_region: Some("GB".into()),
            region_from: Some("$.traits.country".into()),
            reading_as: Some(AttributeType::EmailAddress),
        };
        assert_eq!(patch, expect);
    }

    #[test]
    fn what_a_level_does_not_say_stays_as_it_was() {
        let all = Options::default().with(&read(r#"{"mode":"strict","default_region":"DE"}"#).0);
        let attribute = all.with(&read(r#"{"date_order":"mdy","mode":"lenient"}"#).0);
        let expect = Options {
            date_order: Some(DateOrder::Mdy),
            default_region: Some("DE".into()),
            ..Options::default()
        };
        assert_eq!(attribute, expect);
    }

    #[test]
    fn everything_wrong_is_said_at_once_and_counts_as_not_said() {
        let (patch, wrong) = read(
            r#"{"as":"dat","mode":"strikt","empty_strings":1,"date_order":"ymd","keep_www":"yes","default_region":"UK",
                "region_from":"","date_ordr":"dmy","colour":1}"#,
        );
        assert_eq!(patch, Patch::default());
        insta::assert_snapshot!(wrong, @r"
        error[config.option]: `mode` expected `lenient` or `strict`, got the string `strikt`
          at: /o/mode
          help: did you mean `strict`?
        error[config.option]: `empty_strings` expected `omit` or `unset` or `keep`, got the number `1`
          at: /o/empty_strings
          help: write `omit` or `unset` or `keep`
        error[config.option]: `date_order` expected `mdy` or `dmy`, got the string `ymd`
          at: /o/date_order
          help: write `mdy` or `dmy`
        error[config.option]: `keep_www` expected `true` or `false`, got the string `yes`
          at: /o/keep_www
          help: write `true` or `false`
        error[config.option]: `default_region` expected the two-letter code of a country (ISO 3166-1 alpha-2), got the string `UK`
          at: /o/default_region
          help: the code of the United Kingdom is `GB`
        error[config.option]: `region_from` expected a path in the event, got an empty string
          at: /o/region_from
          help: write `$.traits.address.country`, for example
        error[config.unknown_key]: `date_ordr` is no option
          at: /o/date_ordr
          help: did you mean `date_order`?
        error[config.unknown_key]: `colour` is no option
          at: /o/colour
          help: the options are `mode`, `empty_strings`, `date_order`, `keep_www`, `default_region`, `region_from`, `value`, `as`
        error[config.option]: `as` expected an attribute type, got the string `dat`
          at: /o/as
          help: did you mean `date`?
        ");
        let (_, wrong) = read(r#"{"as":"zzz","default_region":"XX"}"#);
        insta::assert_snapshot!(wrong, @r"
        error[config.option]: `default_region` expected the two-letter code of a country (ISO 3166-1 alpha-2), got the string `XX`
          at: /o/default_region
          help: write `US`, `GB` or `DE`, for example
        error[config.option]: `as` expected an attribute type, got the string `zzz`
          at: /o/as
          help: the types are `actor-reference`, `checkbox`, `currency`, `date`, `domain`, `email-address`, `interaction`, `location`, `personal-name`, `number`, `phone-number`, `rating`, `record-reference`, `select`, `status`, `text`, `timestamp`
        ");
        let (_, wrong) = read("[]");
        insta::assert_snapshot!(wrong, @r#"
        error[config.shape]: options expected an object, got an array of 0
          at: /o
          help: write `{"mode": "lenient"}`, for example
        "#);
    }
}

//! The laws that hold for every value, attribute and option, as properties.
//!
//! `PROPTEST_CASES=10000000 cargo test --release --lib attribute::laws` tries each with ten million cases.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::tests::prepared;
use super::*;
use crate::diagnostic::Severity;
use crate::schema::Choice;

/// Pieces of what people send, from which texts are put together.
const PIECES: &[&str] = &[
    "0",
    "1",
    "2",
    "5",
    "12",
    "13",
    "17",
    "24",
    "31",
    "59",
    "60",
    "99",
    "007",
    "2024",
    "1999",
    "20240517",
    "1715941800",
    "1715941800000",
    "9007199254740993",
    "-",
    "+",
    ".",
    ",",
    ":",
    "/",
    " ",
    "  ",
    "\t",
    "\u{a0}",
    "\u{202f}",
    "'",
    "_",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "@",
    "#",
    "%",
    "&",
    "?",
    "=",
    ";",
    "|",
    "\"",
    "\\",
    "e",
    "E5",
    "T",
    "Z",
    "z",
    "UTC",
    "GMT+2",
    "EST",
    "CET",
    "+02:00",
    "-0700",
    "AM",
    "pm",
    "at",
    "of",
    "th",
    "st",
    "Mon",
    "Friday",
    "May",
    "Sept.",
    "december",
    "$",
    "€",
    "¥",
    "kr",
    "USD",
    "eur",
    "CHF",
    "R$",
    "true",
    "No",
    "y",
    "null",
    "null",
    "é",
    "ß",
    "İ",
    "ﬁ",
    "日本",
    "😀",
    "\u{200b}",
    "\u{feff}",
    "\u{0}",
    "e\u{301}",
    "a",
    "b",
    "jane",
    "Doe",
    "van der",
    "Jr.",
    "example.com",
    "www.",
    "https://",
    "mailto:",
    "localhost",
    "co.uk",
    "xn--",
    "gmail",
    "US",
    "DE",
    "Germany",
    "555",
    "0123",
    "ext",
    "x",
    "tel:",
    "14938464-cae9-4e50-8856-0fb584844f24",
    "Gold",
    "Silver",
];

/// Keys of the object forms of all types, and some that no type has.
const KEYS: &[&str] = &[
    "value",
    "currency_value",
    "currency_code",
    "domain",
    "email_address",
    "email_addresses",
    "option",
    "status",
    "target_object",
    "target_record_id",
    "user_id",
    "workspace_id",
    "domains",
    "referenced_actor_type",
    "referenced_actor_id",
    "workspace_member_email_address",
    "first_name",
    "last_name",
    "full_name",
    "firstName",
    "name",
    "original_phone_number",
    "country_code",
    "line_1",
    "street",
    "city",
    "locality",
    "region",
    "postcode",
    "country",
    "latitude",
    "longitude",
    "",
    "other",
    "a/b",
];

fn text() -> BoxedStrategy<String> {
    prop_oneof![
        4 => proptest::collection::vec(select(PIECES), 0..10).prop_map(|pieces| pieces.concat()),
        1 => proptest::collection::vec(any::<char>(), 0..12).prop_map(|chars| chars.into_iter().collect()),
        1 => (any::<u64>(), -20i32..20).prop_map(|(digits, exponent)| format!("{digits}e{exponent}")),
    ]
    .boxed()
}

fn number() -> BoxedStrategy<String> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        (-9i32..99).prop_map(|number| number.to_string()),
        any::<u64>().prop_map(|number| number.to_string()),
        (any::<i32>(), 0u64..1_000_000)
            .prop_map(|(whole, decimals)| format!("{whole}.{decimals:06}")),
        (any::<i64>(), "[0-9]{1,30}").prop_map(|(whole, decimals)| format!("{whole}.{decimals}")),
        (any::<i16>(), -400i32..400).prop_map(|(whole, exponent)| format!("{whole}e{exponent}")),
        any::<f64>()
            .prop_filter("a number of JSON", |number| number.is_finite())
            .prop_map(|number| format!("{number:e}")),
    ]
    .boxed()
}

/// The value of an example of any type, with up to three characters changed in its texts.
fn example() -> BoxedStrategy<Value<'static>> {
    let all: Vec<&'static str> = AttributeType::ALL
        .into_iter()
        .flat_map(|kind| examples(kind).iter().map(|example| example.input))
        .collect();
    let change = (any::<Index>(), select(PIECES), any::<bool>());
    (select(all), proptest::collection::vec(change, 0..4))
        .prop_map(|(input, changes)| {
            let mut value = Value::parse(input).unwrap().into_owned();
            for (at, piece, replaces) in changes {
                changed(&mut value, at, piece, replaces);
            }
            value
        })
        .boxed()
}

/// Puts `piece` somewhere into the first text or number of a value.
fn changed(value: &mut Value<'static>, at: Index, piece: &str, replaces: bool) {
    match value {
        Value::String(text) => {
            let mut chars: Vec<char> = text.chars().collect();
            let at = at.index(chars.len() + 1);
            let end = (at + usize::from(replaces)).min(chars.len());
            chars.splice(at..end, piece.chars());
            *text = chars.into_iter().collect::<String>().into();
        }
        Value::Array(items) if !items.is_empty() => {
            let chosen = at.index(items.len());
            changed(&mut items[chosen], at, piece, replaces);
        }
        Value::Object(object) if !object.is_empty() => {
            let key = object
                .keys()
                .nth(at.index(object.len()))
                .unwrap()
                .to_owned();
            let mut inner = object.get(&key).unwrap().clone();
            changed(&mut inner, at, piece, replaces);
            object.insert(key, inner);
        }
        _ => {}
    }
}

fn value() -> BoxedStrategy<Value<'static>> {
    let scalar = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        4 => number().prop_map(|text| Value::Number(text.into())),
        8 => text().prop_map(|text| Value::String(text.into())),
    ];
    let nested = scalar.clone().prop_recursive(3, 12, 4, |inner| {
        let member = (select(KEYS), inner.clone());
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::Array),
            proptest::collection::vec(member, 0..5).prop_map(|members| {
                let members = members.into_iter().map(|(key, value)| (key.into(), value));
                Value::Object(members.collect())
            }),
        ]
    });
    prop_oneof![4 => scalar, 2 => nested, 4 => example()].boxed()
}

fn attribute() -> BoxedStrategy<Attribute> {
    let choices = || {
        let title = select(&["Gold", "gold", " Silver", "42", "true", "", "Größe"][..]);
        let id = proptest::option::of(Just("14938464-cae9-4e50-8856-0fb584844f24".to_owned()));
        let choice = (title, id, any::<bool>()).prop_map(|(title, id, is_archived)| Choice {
            id,
            title: title.to_owned(),
            is_archived,
        });
        proptest::option::of(proptest::collection::vec(choice, 0..4))
    };
    let object = select(
        &[
            "people",
            "companies",
            "users",
            "workspaces",
            "deals",
            "projects",
        ][..],
    );
    (
        (
            select(&AttributeType::ALL[..]),
            any::<bool>(),
            proptest::bool::weighted(0.1),
        ),
        proptest::option::of(select(&["USD", "EUR", "SEK", "KWD", "XXX", ""][..])),
        proptest::collection::vec(object.prop_map(str::to_owned), 0..3),
        (choices(), choices()),
    )
        .prop_map(
            |((kind, is_multiselect, is_required), code, allowed_objects, (options, statuses))| {
                Attribute {
                    is_multiselect,
                    is_required,
                    allowed_objects,
                    default_currency_code: code.map(str::to_owned),
                    options,
                    statuses,
                    ..Attribute::of(kind)
                }
            },
        )
        .boxed()
}

fn options() -> BoxedStrategy<Options> {
    (
        proptest::bool::weighted(0.2),
        select(&[EmptyStrings::Omit, EmptyStrings::Unset, EmptyStrings::Keep][..]),
        select(&[None, Some(DateOrder::Mdy), Some(DateOrder::Dmy)][..]),
        any::<bool>(),
        proptest::option::of(select(&["US", "DE", "JP", "BR"][..])),
    )
        .prop_map(
            |(is_strict, empty_strings, date_order, keep_www, region)| Options {
                mode: if is_strict {
                    Mode::Strict
                } else {
                    Mode::Lenient
                },
                empty_strings,
                date_order,
                keep_www,
                default_region: region.map(str::to_owned),
            },
        )
        .boxed()
}

fn region() -> BoxedStrategy<Option<&'static str>> {
    select(&[None, Some("FR"), Some("Germany"), Some("zz"), Some("")][..]).boxed()
}

/// What a coercer makes of a value, once the promises about its output are checked.
fn coerced(
    coercer: &Coercer,
    value: &Value<'_>,
    region: Option<&str>,
) -> Result<(Coerced, String, Vec<Finding>), TestCaseError> {
    let (mut out, mut findings) = ("before".to_owned(), Vec::new());
    let coerced = coercer.coerce(value, region, &mut out, &mut findings);
    prop_assert!(out.starts_with("before"), "what was there stays");
    let out = out.split_off("before".len());
    let is_written = matches!(coerced, Coerced::Written | Coerced::Unset);
    prop_assert_eq!(is_written, !out.is_empty());
    if is_written {
        let read = Value::parse(&out);
        prop_assert!(read.is_ok(), "{} is no JSON", out);
        prop_assert_eq!(read.unwrap().to_json(), &*out, "compact JSON");
    }
    let has_error = findings
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    if coerced == Coerced::Refused {
        prop_assert!(has_error, "a refusal says why");
    }
    if coerced != Coerced::Refused && !coercer.attribute.is_multiselect {
        prop_assert!(!has_error, "{:?} of a value that is taken", findings);
    }
    for finding in &findings {
        prop_assert!(finding.help.is_some(), "{:?} has no help", finding);
        prop_assert!(
            finding.message.contains("`it`"),
            "{:?} does not name the attribute",
            finding
        );
    }
    Ok((coerced, out, findings))
}

fn with_mode(coercer: &Coercer, mode: Mode) -> Coercer {
    let options = Options {
        mode,
        ..coercer.options.clone()
    };
    prepared(coercer.attribute.clone(), options)
}

proptest! {
    /// Total: every value gives an output or a finding. Idempotent: an output coerced again is the same, in strict
    /// mode too, and there is nothing more to say about it. What strict mode takes, lenient mode takes.
    #[test]
    fn coercion_is_total_idempotent_and_wider_when_lenient(
        value in value(),
        attribute in attribute(),
        options in options(),
        region in region(),
    ) {
        let coercer = prepared(attribute, options);
        let (what, out, _) = coerced(&coercer, &value, region)?;
        if what == Coerced::Written || what == Coerced::Unset {
            let written = Value::parse(&out).unwrap();
            for coercer in [&coercer, &with_mode(&coercer, Mode::Strict)] {
                let (again, twice, findings) = coerced(coercer, &written, region)?;
                prop_assert_eq!(again, what);
                prop_assert_eq!(&twice, &out);
                prop_assert_eq!(findings, vec![]);
            }
            if coercer.options.mode == Mode::Strict {
                let (again, ..) = coerced(&with_mode(&coercer, Mode::Lenient), &value, region)?;
                prop_assert_eq!(again, what);
            }
        }
    }

    /// Reading as another type first is total too, and its output is one of the attribute's.
    #[test]
    fn reading_as_another_type_gives_what_the_attribute_takes(
        value in value(),
        attribute in attribute(),
        options in options(),
        kind in select(&AttributeType::ALL[..]),
    ) {
        let coercer = prepared(attribute, options);
        let reader = coercer.clone().reading_as(kind, Schema::standard());
        let (what, out, _) = coerced(&reader, &value, None)?;
        if what == Coerced::Written {
            let written = Value::parse(&out).unwrap();
            let (again, twice, _) = coerced(&coercer, &written, None)?;
            prop_assert_eq!(again, what);
            prop_assert_eq!(twice, out);
        }
    }

    /// Honest: a text is kept character for character.
    #[test]
    fn a_text_is_kept(text in text()) {
        let mut attribute = Attribute::of(AttributeType::Text);
        attribute.is_required = true;
        let options = Options { empty_strings: EmptyStrings::Keep, ..Options::default() };
        let value = Value::String(text.clone().into());
        let (what, out, _) = coerced(&prepared(attribute, options), &value, None)?;
        prop_assert_eq!(what, Coerced::Written);
        let kept = Value::parse(&out).unwrap();
        prop_assert_eq!(kept.get("value").and_then(Value::as_str), Some(text.as_str()));
    }

    /// Honest: a number is the same number, or there is a warning and it is less than a unit of the last place away.
    #[test]
    fn a_number_is_kept_or_rounded_with_a_warning(text in number()) {
        let number = prepared(Attribute::of(AttributeType::Number), Options::default());
        let (what, out, findings) = coerced(&number, &Value::Number(text.clone().into()), None)?;
        let sent: f64 = text.parse().unwrap();
        if what == Coerced::Refused {
            prop_assert!(sent.abs() >= 9_007_199_254_740_992.0);
        } else {
            let kept = Value::parse(&out).unwrap().get("value").unwrap().as_f64().unwrap();
            if findings.is_empty() {
                prop_assert_eq!(kept, sent);
            } else {
                prop_assert_eq!(findings[0].code, Code::AttributeRounded);
                prop_assert!((kept - sent).abs() <= 0.000_05 + sent.abs() * 2.0 * f64::EPSILON);
            }
        }
    }

    /// Honest: an amount is the same in the format of every locale.
    #[test]
    fn an_amount_is_the_same_in_every_locale(cents in 0u64..100_000_000_000, is_negative: bool) {
        let whole = (cents / 100).to_string();
        let grouped = |separator: &str, sizes: usize| {
            let mut groups = Vec::new();
            let mut rest = whole.as_str();
            let mut size = 3;
            while rest.len() > size {
                let (before, group) = rest.split_at(rest.len() - size);
                groups.push(group);
                rest = before;
                size = sizes;
            }
            groups.push(rest);
            groups.reverse();
            groups.join(separator)
        };
        let decimals = format!("{:02}", cents % 100);
        let minus = if is_negative { "-" } else { "" };
        let expect = {
            let text = format!("{whole}.{decimals}");
            let text = text.trim_end_matches('0').trim_end_matches('.').to_owned();
            if is_negative && cents > 0 { format!("-{text}") } else { text }
        };
        for (code, text) in [
            ("USD", format!("{minus}${}.{decimals}", grouped(",", 3))),
            ("USD", format!("{minus}{whole}.{decimals} USD")),
            ("GBP", format!("{minus}£{}.{decimals}", grouped(",", 3))),
            ("EUR", format!("{minus}{},{decimals} €", grouped(".", 3))),
            ("EUR", format!("{minus}{},{decimals}\u{a0}€", grouped("\u{202f}", 3))),
            ("EUR", format!("{minus}{whole},{decimals} EUR")),
            ("CHF", format!("CHF {minus}{}.{decimals}", grouped("’", 3))),
            ("INR", format!("{minus}₹{}.{decimals}", grouped(",", 2))),
            ("BRL", format!("R$ {minus}{},{decimals}", grouped(".", 3))),
            ("SEK", format!("{minus}{},{decimals} kr", grouped(" ", 3))),
        ] {
            let mut attribute = Attribute::of(AttributeType::Currency);
            attribute.default_currency_code = Some(code.into());
            let value = Value::String(text.clone().into());
            let (_, out, findings) = coerced(&prepared(attribute, Options::default()), &value, None)?;
            prop_assert_eq!(findings, vec![], "{}", text);
            prop_assert_eq!(out, format!("{{\"currency_value\":{expect}}}"), "{}", text);
        }
    }

    /// Honest: a moment is the same in every style, by the reckoning of another library.
    #[test]
    fn a_moment_is_the_same_in_every_style(
        seconds in 0i64..7_258_118_400,
        nanos in 0u32..1_000_000_000,
        minutes in -720i32..840,
    ) {
        let utc = time::OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        let here = utc.to_offset(time::UtcOffset::from_whole_seconds(minutes * 60).unwrap());
        let (year, month, day) = (here.year(), here.month() as u8, here.day());
        let (hour, minute, second) = (here.hour(), here.minute(), here.second());
        let name = here.month().to_string();
        let weekday = here.weekday().to_string();
        let (short, short_day) = (&name[..3], &weekday[..3]);
        let sign = if minutes < 0 { '-' } else { '+' };
        let (ahead_h, ahead_m) = (minutes.abs() / 60, minutes.abs() % 60);
        let offset = format!("{sign}{ahead_h:02}:{ahead_m:02}");
        let bare = format!("{sign}{ahead_h:02}{ahead_m:02}");
        let clock = format!("{hour:02}:{minute:02}:{second:02}");
        let (half, twelve) = (if hour < 12 { "AM" } else { "pm" }, (hour + 11) % 12 + 1);
        let whole = [
            format!("{year}-{month:02}-{day:02}T{clock}{offset}"),
            format!("{year}-{month:02}-{day:02} {clock} {bare}"),
            format!("{year}{month:02}{day:02}T{hour:02}{minute:02}{second:02}{bare}"),
            format!("{year}/{month}/{day} {clock} {offset}"),
            format!("{short_day}, {day} {short} {year} {clock} {bare}"),
            format!("{short_day} {short} {day:02} {year} {clock} GMT{bare} (Somewhere Time)"),
            format!("{short_day} {short} {day:2} {clock} {year} {bare}"),
            format!("{day:02}/{short}/{year}:{clock} {bare}"),
            format!("{weekday}, {name} {day}, {year} at {twelve}:{minute:02}:{second:02} {half} {offset}"),
            format!("{day}. {name} {year} {clock}{offset}"),
            format!("{seconds}"),
        ];
        let fine = [
            format!("{year}-{month:02}-{day:02}T{clock}.{nanos:09}{offset}"),
            format!("{year}-{month:02}-{day:02} {clock},{nanos:09}{bare} XYZ"),
            format!("{seconds}.{nanos:09}"),
        ];
        let at = |nanos: u32| format!(
            "{{\"value\":\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{nanos:09}Z\"}}",
            utc.year(), utc.month() as u8, utc.day(), utc.hour(), utc.minute(), utc.second(),
        );
        let timestamp = prepared(Attribute::of(AttributeType::Timestamp), Options::default());
        let date = prepared(Attribute::of(AttributeType::Date), Options::default());
        let whole = whole.map(|text| (text, 0));
        let fine = fine.map(|text| (text, nanos));
        for (text, nanos) in whole.into_iter().chain(fine) {
            // Counts of few digits have a test of their own.
            if text.bytes().take_while(u8::is_ascii_digit).count() == text.len() && seconds < 100_000_000 {
                continue;
            }
            if text.starts_with(&format!("{seconds}.")) && seconds < 100_000_000 {
                continue;
            }
            let value = Value::String(text.clone().into());
            let (_, out, findings) = coerced(&timestamp, &value, None)?;
            prop_assert_eq!(findings, vec![], "{}", text);
            prop_assert_eq!(&out, &at(nanos), "{}", text);
            let (_, day, _) = coerced(&date, &value, None)?;
            prop_assert_eq!(&day[..20], &out[..20], "{}", text);
        }
    }

    /// Honest: of counts in every unit each is the same moment.
    #[test]
    fn a_count_since_1970_is_the_same_in_every_unit(nanos in 31_536_000_000_000_000u64..7_258_118_400_000_000_000) {
        let timestamp = prepared(Attribute::of(AttributeType::Timestamp), Options::default());
        for unit in [1, 1_000, 1_000_000, 1_000_000_000] {
            let count = (nanos / unit).to_string();
            let (what, out, _) = coerced(&timestamp, &Value::Number(count.clone().into()), None)?;
            if what == Coerced::Refused {
                // Digits that also read as a date.
                prop_assert!(matches!(count.len(), 5 | 6 | 8 | 14), "{}", count);
                continue;
            }
            let kept = nanos / unit * unit;
            let utc = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(kept)).unwrap();
            let date = utc.date();
            let expect = format!(
                "{{\"value\":\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z\"}}",
                date.year(), date.month() as u8, date.day(), utc.hour(), utc.minute(), utc.second(), utc.nanosecond(),
            );
            prop_assert_eq!(out, expect, "{}", count);
        }
    }
}

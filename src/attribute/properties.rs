//! The laws of coercion over values near the shape of each type: idempotent, total, and strict mode a part of lenient
//! mode. `PROPTEST_CASES` sets how many values are tried.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

/// A value as JSON text.
fn string(text: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    text.prop_map(|text| Value::String(text.into()).to_json())
}

/// An object of some of the keys, with values of either kind.
fn object(
    keys: &'static [&'static str],
    values: impl Strategy<Value = String> + Clone,
) -> impl Strategy<Value = String> {
    vec((select(keys), values), 0..5).prop_map(|members| {
        let members = members
            .into_iter()
            .map(|(key, value)| format!("\"{key}\":{value}"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    })
}

/// Values that no type expects.
fn anything() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|n| n.to_string()),
        "-?[0-9]{1,25}(\\.[0-9]{1,8})?(e-?[0-9]{1,3})?"
            .prop_filter("leading zeros", |n| { Value::parse(n).is_ok() }),
        string("\\PC{0,12}"),
        string("[\\x00-\\x20\u{200b}\u{feff}\u{202a}@.,+<>\"'()a0-]{0,10}"),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(","))),
            vec(("[a-z_]{0,6}", inner), 0..3).prop_map(|members| {
                let members = members
                    .into_iter()
                    .map(|(key, value)| format!("\"{key}\":{value}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

/// Words of a list with separators of another between them.
fn words(
    words: &'static [&'static str],
    separators: &'static [&'static str],
    most: usize,
) -> impl Strategy<Value = String> + Clone {
    vec((select(words), select(separators)), 0..most).prop_map(|parts| {
        parts
            .into_iter()
            .flat_map(|(word, separator)| [word, separator])
            .collect()
    })
}

const HOSTS: &[&str] = &[
    "www",
    "acme",
    "ACME",
    "co",
    "uk",
    "com",
    "jp",
    "kobe",
    "city",
    "ck",
    "gov",
    "local",
    "localhost",
    "127",
    "0",
    "1",
    "0x7f",
    "xn--",
    "xn--mnchen-3ya",
    "münchen",
    "ß",
    "中国",
    "рф",
    "ａ",
    "a_b",
    "-a",
    "a--b",
    "github",
    "io",
    "example",
    "",
    "\u{ad}",
    "[::1]",
    "home",
    "arpa",
];

fn host_text() -> impl Strategy<Value = String> + Clone {
    words(HOSTS, &[".", ".", ".", "。", "", "..", ":80", "/"], 6)
}

fn domain_text() -> impl Strategy<Value = String> {
    (
        words(&["https:", "http:", "mailto:", "ftp:", "", "//", "www."], &["//", "", " "], 3),
        prop_oneof![3 => Just(""), 1 => select(&["@", "jane@", "a:b@", "Jane <jane@", "\"", "\u{feff}"][..])],
        host_text(),
        select(&["", "", ":443", ":x", "/@a", "?q=1", "#a", ",b.com", " b.com", "/a,https://b.com", ">", ".", "\n"][..]),
    )
        .prop_map(|(scheme, user, host, rest)| format!("{scheme}{user}{host}{rest}"))
}

fn email_text() -> impl Strategy<Value = String> + Clone {
    (
        select(
            &[
                "",
                "",
                "",
                "Jane <",
                "<",
                "mailto:",
                "\"Doe, J\" <",
                "'",
                "\"",
                "a@b.co <",
                "a@b.co, ",
                " ",
            ][..],
        ),
        "[a-zA-Z0-9.+_é\"@ %-]{0,8}",
        select(&["@", "@", "@", "＠", "@@", " at ", ""][..]),
        host_text(),
        select(
            &[
                "",
                "",
                "",
                ">",
                "'",
                "\"",
                ";",
                " (Jane)",
                "?subject=x",
                ", c@d.co",
                "%2e",
            ][..],
        ),
    )
        .prop_map(|(before, local, at, host, behind)| format!("{before}{local}{at}{host}{behind}"))
}

fn phone_text() -> impl Strategy<Value = String> + Clone {
    let digits = prop_oneof![
        "[0-9]{2,14}",
        "[0-9]{1,4}[ ./-][0-9]{2,5}[ -][0-9]{2,6}",
        "\\(0?[0-9]{1,4}\\) ?[0-9]{3,5}[ -]?[0-9]{2,5}",
        "[0-9]{1,3} \\(0\\)[0-9 ]{4,12}",
        "1-8(00|88|77)-[A-Z]{7}",
        "[٠-٩]{6,12}",
        "[0-9+() ./,;xA-Za-z#-]{0,20}",
    ];
    (
        select(
            &[
                "",
                "",
                "+",
                "+",
                "+",
                "00",
                "011",
                "tel:",
                "Tel. +",
                "＋",
                "+0",
                "(+",
                "\u{202a}+",
            ][..],
        ),
        digits,
        select(
            &[
                "",
                "",
                "",
                "",
                " x12",
                " ext. 7",
                "#3",
                ";ext=99",
                ",,1",
                " / 030 1234567",
                " or 555-1234",
            ][..],
        ),
    )
        .prop_map(|(before, digits, behind)| format!("{before}{digits}{behind}"))
}

const NAMES: &[&str] = &[
    "Jane",
    "Doe",
    "van",
    "der",
    "Van",
    "de",
    "la",
    "von",
    "bin",
    "Dr.",
    "Mr",
    "Prof",
    "Jr.",
    "III",
    "PhD",
    "MD",
    "F.",
    "J.R.",
    "X",
    "y",
    "\"The",
    "Rock\"",
    "(Bob)",
    "García",
    "山田",
    "太郎",
    "김",
    "ジョン",
    "やまだ",
    "محمد",
    "&",
    "and",
    "null",
    "undefined",
    "12",
    "",
    "jane@acme.com",
    "O'Brien",
    "n/a",
];

fn name_text() -> impl Strategy<Value = String> + Clone {
    words(
        NAMES,
        &[
            " ", " ", " ", ", ", ",", "，", "  ", "\t", "\u{3000}", "", "\u{200b}", ";",
        ],
        6,
    )
}

const ADDRESS_KEYS: &[&str] = &[
    "street",
    "line_1",
    "line_2",
    "line_3",
    "line_4",
    "address",
    "address1",
    "address2",
    "city",
    "locality",
    "town",
    "state",
    "region",
    "state_code",
    "postalCode",
    "postcode",
    "zip",
    "country",
    "country_code",
    "latitude",
    "longitude",
    "lat",
    "lng",
    "formatted",
    "@type",
    "geo",
    "other",
];

const ADDRESS_VALUES: &[&str] = &[
    "1 Main St",
    "a\nb",
    "a\r\nb,\nc\nd\ne",
    "",
    " ",
    "Leeds",
    "UK",
    "GB",
    "Deutschland",
    "KP",
    "Korea",
    "12.5",
    "-0.50",
    "007",
    "90",
    "90.0",
    "90.1",
    "-180",
    "1e5",
    "+.5",
    "5.",
    ".",
    "n/a",
    "--",
];

fn address_value() -> impl Strategy<Value = String> + Clone {
    prop_oneof![
        8 => select(ADDRESS_VALUES).prop_map(|text| Value::String(text.into()).to_json()),
        1 => Just("null".to_owned()),
        1 => select(&["12", "1e-7", "-1.50", "90.5", "1e400", "true", "[]", "[\"a\",null,\"b\\nc\"]", "{\"lat\":1}", "{}"][..])
            .prop_map(str::to_owned),
    ]
}

/// All of Attio's keys of a location.
fn whole_address() -> impl Strategy<Value = String> {
    const KEYS: [&str; 10] = [
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
    vec(address_value(), KEYS.len()).prop_map(|values| {
        let members = KEYS
            .iter()
            .zip(values)
            .map(|(key, value)| format!("\"{key}\":{value}"));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    })
}

const UUIDS: &[&str] = &[
    "50cf242c-7fa3-4cad-87d0-75b1af71c57b",
    "891DCBFC-9141-415d-9b2a-2238a6cc012d",
    "50cf242c",
];

fn reference_value() -> impl Strategy<Value = String> + Clone {
    let scalar = prop_oneof![
        select(UUIDS).prop_map(|id| format!("\"{id}\"")),
        select(
            &[
                "\"acme.com\"",
                "\"jane@acme.com\"",
                "\"u1\"",
                "\" \"",
                "7",
                "null",
                "\"people\"",
                "\"companies\"",
                "\"users\"",
                "\"deals\"",
                "\"projects\"",
                "\"workspace-member\"",
                "true"
            ][..]
        )
        .prop_map(str::to_owned),
    ];
    let form = (
        select(&["value", "domain", "email_address", "x"][..]),
        scalar.clone(),
    )
        .prop_map(|(key, value)| format!("{{\"{key}\":{value}}}"));
    let inner = prop_oneof![scalar, form];
    prop_oneof![
        2 => inner.clone(),
        1 => vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(","))),
    ]
}

const REFERENCE_KEYS: &[&str] = &[
    "target_object",
    "target_object",
    "target_record_id",
    "domains",
    "email_addresses",
    "user_id",
    "workspace_id",
    "name",
    "code",
    "50cf242c-7fa3-4cad-87d0-75b1af71c57b",
];

const ACTOR_KEYS: &[&str] = &[
    "workspace_member_email_address",
    "referenced_actor_type",
    "referenced_actor_id",
    "id",
];

fn near(kind: AttributeType) -> BoxedStrategy<String> {
    let form = |key: &'static str| move |value: String| format!("{{\"{key}\":{value}}}");
    match kind {
        AttributeType::Domain => prop_oneof![
            string(domain_text()),
            string(domain_text()).prop_map(form("domain"))
        ]
        .boxed(),
        AttributeType::EmailAddress => prop_oneof![
            string(email_text()),
            string(email_text()).prop_map(form("email_address"))
        ]
        .boxed(),
        AttributeType::PhoneNumber => {
            let country = select(
                &[
                    "null",
                    "\"GB\"",
                    "\"US\"",
                    "\"de\"",
                    "\"Italy\"",
                    "\"KP\"",
                    "\"AN\"",
                    "\"XX\"",
                    "7",
                ][..],
            );
            let both = (string(phone_text()), country).prop_map(|(number, country)| {
                format!("{{\"original_phone_number\":{number},\"country_code\":{country}}}")
            });
            prop_oneof![3 => string(phone_text()), 1 => "[1-9][0-9]{5,14}", 1 => both].boxed()
        }
        AttributeType::PersonalName => {
            let keys: &[&str] = &[
                "first_name",
                "last_name",
                "full_name",
                "firstName",
                "lastName",
                "name",
                "middleName",
                "other",
            ];
            let value = prop_oneof![6 => string(name_text()), 1 => Just("null".to_owned()), 1 => Just("7".to_owned())];
            let value = value.boxed();
            let whole = (
                string(name_text()),
                string(name_text()),
                string(name_text()),
            )
                .prop_map(|(first, last, full)| {
                    format!("{{\"first_name\":{first},\"last_name\":{last},\"full_name\":{full}}}")
                });
            prop_oneof![2 => string(name_text()), 2 => object(keys, value), 1 => whole].boxed()
        }
        AttributeType::Location => prop_oneof![
            1 => string(words(ADDRESS_VALUES, &[", ", " ", "\n", ""], 4)),
            4 => object(ADDRESS_KEYS, address_value()),
            2 => whole_address(),
        ]
        .boxed(),
        AttributeType::RecordReference => prop_oneof![
            1 => reference_value(),
            1 => string(prop_oneof![domain_text(), email_text()]),
            3 => object(REFERENCE_KEYS, reference_value()),
        ]
        .boxed(),
        AttributeType::ActorReference => prop_oneof![
            1 => reference_value(),
            1 => string(email_text()),
            2 => object(ACTOR_KEYS, reference_value()),
        ]
        .boxed(),
        _ => anything().boxed(),
    }
}

const OBJECTS: &[&[&str]] = &[
    &[],
    &["companies"],
    &["people"],
    &["users"],
    &["workspaces"],
    &["deals"],
    &["projects"],
    &["companies", "people"],
];

/// An attribute of a type, with what may be said of it.
fn attribute(kind: AttributeType) -> impl Strategy<Value = Attribute> {
    let objects = select(OBJECTS);
    (any::<bool>(), objects).prop_map(move |(is_multiselect, objects)| {
        let mut attribute = Attribute::of(kind);
        attribute.is_multiselect = is_multiselect;
        if kind == AttributeType::RecordReference {
            attribute.allowed_objects = objects.iter().map(|object| (*object).to_owned()).collect();
        }
        attribute
    })
}

fn options() -> impl Strategy<Value = Options> {
    let region = select(
        &[
            None,
            Some("US"),
            Some("GB"),
            Some("DE"),
            Some("IT"),
            Some("JP"),
            Some("AR"),
            Some("CN"),
        ][..],
    );
    (any::<bool>(), region).prop_map(|(keep_www, region)| Options {
        keep_www,
        default_region: region.map(str::to_owned),
        ..Options::default()
    })
}

/// Checks the laws for one value.
fn check(
    attribute: &Attribute,
    options: &Options,
    region: Option<&str>,
    json: &str,
) -> Result<(), TestCaseError> {
    let value =
        Value::parse(json).map_err(|error| TestCaseError::fail(format!("{json}: {error}")))?;
    let coerce = |options: &Options, value: &Value<'_>| {
        let coercer = Coercer::new("it", attribute, Schema::standard(), options);
        let (mut out, mut findings) = (String::new(), Vec::new());
        let coerced = coercer.coerce(value, region, &mut out, &mut findings);
        (coerced, out, findings)
    };
    let (coerced, out, findings) = coerce(options, &value);
    for finding in &findings {
        prop_assert!(finding.help.is_some(), "{json}: {finding:?}");
        prop_assert!(finding.message.contains("`it`"), "{json}: {finding:?}");
    }
    match coerced {
        Coerced::Written | Coerced::Unset => {
            let written = Value::parse(&out)
                .map_err(|error| TestCaseError::fail(format!("{json}: {out}: {error}")))?;
            let (again, twice, more) = coerce(options, &written);
            prop_assert_eq!(again, coerced, "{} -> {}: {:?}", json, out, more);
            prop_assert_eq!(&twice, &out, "{}", json);
            prop_assert_eq!(more, vec![], "{} -> {}", json, out);
        }
        Coerced::Omitted | Coerced::Refused => prop_assert_eq!(&out, "", "{}", json),
    }
    let strict = Options {
        mode: Mode::Strict,
        ..options.clone()
    };
    let (coerced_strictly, strict_out, strict_findings) = coerce(&strict, &value);
    if coerced_strictly == Coerced::Written && strict_findings.is_empty() {
        prop_assert_eq!(
            (coerced, &out),
            (Coerced::Written, &strict_out),
            "strict: {}",
            json
        );
    }
    Ok(())
}

macro_rules! laws {
    ($($name:ident = $kind:ident,)+) => {
        proptest! {
            $(
                #[test]
                fn $name(
                    attribute in attribute(AttributeType::$kind),
                    options in options(),
                    region in select(&[None, Some("GB"), Some("United States"), Some("Italia"), Some("CN"), Some("Atlantis")][..]),
                    json in prop_oneof![9 => near(AttributeType::$kind), 1 => anything()],
                ) {
                    check(&attribute, &options, region, &json)?;
                }
            )+
        }
    };
}

laws! {
    actor_references_keep_the_laws = ActorReference,
    domains_keep_the_laws = Domain,
    email_addresses_keep_the_laws = EmailAddress,
    interactions_keep_the_laws = Interaction,
    locations_keep_the_laws = Location,
    personal_names_keep_the_laws = PersonalName,
    phone_numbers_keep_the_laws = PhoneNumber,
    record_references_keep_the_laws = RecordReference,
}

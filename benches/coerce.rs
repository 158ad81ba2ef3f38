//! Time per value and type, on values as people send them.

use attio_destination::attribute::{Coerced, Coercer, Options};
use attio_destination::json::Value;
use attio_destination::schema::{Attribute, AttributeType, Schema};
use divan::Bencher;

fn main() {
    divan::main();
}

const CASES: &[(AttributeType, &str)] = &[
    (AttributeType::ActorReference, r#""jane.doe@acme.com""#),
    (AttributeType::Checkbox, r#""yes""#),
    (AttributeType::Currency, r#""$1,234.50""#),
    (AttributeType::Date, r#""2024-05-17T10:00:00+02:00""#),
    (AttributeType::Domain, r#""https://www.acme.co.uk/about""#),
    (AttributeType::Domain, r#""bücher.example""#),
    (AttributeType::Domain, r#""shop.city.kobe.jp""#),
    (AttributeType::EmailAddress, r#""jane.doe@acme.com""#),
    (
        AttributeType::EmailAddress,
        r#""Jane Doe <Jane.Doe@ACME.com>""#,
    ),
    (
        AttributeType::Location,
        r#""1 Infinite Loop, Cupertino, CA, 95014, US""#,
    ),
    (
        AttributeType::Location,
        r#"{"street":"12 St James Square","city":"London","state":"Greater London","postalCode":"SW1Y 4LB","country":"United Kingdom"}"#,
    ),
    (AttributeType::Number, r#""1,234.5""#),
    (AttributeType::PersonalName, r#""Jane van der Berg""#),
    (
        AttributeType::PersonalName,
        r#"{"firstName":"Jane","lastName":"Doe"}"#,
    ),
    (AttributeType::PhoneNumber, r#""+442079460123""#),
    (AttributeType::PhoneNumber, r#""(201) 555-0123""#),
    (AttributeType::PhoneNumber, r#""+1 201-555-0123 ext. 42""#),
    (AttributeType::Rating, "4"),
    (AttributeType::RecordReference, r#""acme.com""#),
    (AttributeType::Select, r#""Gold""#),
    (AttributeType::Status, r#""Open""#),
    (AttributeType::Text, r#""Headquartered in New York City""#),
    (AttributeType::Timestamp, r#""2024-05-17T10:00:00+02:00""#),
];

#[divan::bench(args = CASES.iter().map(|(kind, value)| format!("{} {value}", kind.as_str())))]
fn coerce(bencher: Bencher<'_, '_>, case: &str) {
    // OK because every case is made of its type and its value.
    let (kind, value) = case.split_once(' ').expect("a type and a value");
    let (kind, _) = AttributeType::from_name(kind).expect("the name of a type");
    let value = Value::parse(value).expect("JSON");
    let mut attribute = Attribute::of(kind);
    attribute.allowed_objects = vec!["companies".to_owned()];
    let options = Options {
        default_region: Some("US".to_owned()),
        ..Options::default()
    };
    let coercer = Coercer::new("it", &attribute, Schema::standard(), &options);
    let (mut out, mut findings) = (String::new(), Vec::new());
    bencher.bench_local(|| {
        out.clear();
        findings.clear();
        let coerced = coercer.coerce(&value, None, &mut out, &mut findings);
        assert_eq!(coerced, Coerced::Written, "{findings:?}");
    });
}

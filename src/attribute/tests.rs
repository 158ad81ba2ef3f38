//! What all types share: absence, blanks, lists, required attributes, and reading as another type.

use super::*;

/// An attribute of a type, with nothing else said.
pub(super) fn of(kind: AttributeType) -> Coercer {
    prepared(Attribute::of(kind), Options::default())
}

pub(super) fn prepared(attribute: Attribute, options: Options) -> Coercer {
    Coercer::new("it", &attribute, Schema::standard(), &options)
}

/// What is said about `input`, as a person reads it.
pub(super) fn said(coercer: &Coercer, input: &str) -> String {
    let (mut out, mut findings) = (String::new(), Vec::new());
    coercer.coerce(&Value::parse(input).unwrap(), None, &mut out, &mut findings);
    let texts: Vec<_> = findings
        .into_iter()
        .map(|finding| finding.at("").to_string())
        .collect();
    texts.join("\n")
}

/// What becomes of `input`, what is appended, and the codes of the findings.
fn coerced(coercer: &Coercer, input: &str) -> (Coerced, String, Vec<&'static str>) {
    let (mut out, mut findings) = ("before ".to_owned(), Vec::new());
    let coerced = coercer.coerce(&Value::parse(input).unwrap(), None, &mut out, &mut findings);
    let codes = findings.iter().map(|finding| finding.code.as_str());
    (coerced, out["before ".len()..].to_owned(), codes.collect())
}

fn several(kind: AttributeType, options: Options) -> Coercer {
    let mut attribute = Attribute::of(kind);
    attribute.is_multiselect = true;
    prepared(attribute, options)
}

fn unset(json: &str) -> (Coerced, String, Vec<&'static str>) {
    (Coerced::Unset, json.to_owned(), vec![])
}

fn omitted() -> (Coerced, String, Vec<&'static str>) {
    (Coerced::Omitted, String::new(), vec![])
}

#[test]
fn null_and_lists_without_values_unset() {
    let one = of(AttributeType::Text);
    let many = several(AttributeType::Text, Options::default());
    for input in ["null", "[]", "[null]"] {
        assert_eq!(coerced(&one, input), unset("null"), "{input}");
        assert_eq!(coerced(&many, input), unset("[]"), "{input}");
    }
    assert_eq!(coerced(&many, "[null,null]"), unset("[]"));
}

#[test]
fn blank_strings_are_omitted_unset_or_kept() {
    let options = |empty_strings| Options {
        empty_strings,
        ..Options::default()
    };
    for input in [r#""""#, r#""  ""#, r#"[" "]"#] {
        assert_eq!(coerced(&of(AttributeType::Number), input), omitted());
        let many = several(AttributeType::Text, Options::default());
        assert_eq!(coerced(&many, input), omitted());
        let unsets = prepared(
            Attribute::of(AttributeType::Text),
            options(EmptyStrings::Unset),
        );
        assert_eq!(coerced(&unsets, input), unset("null"));
        let many = several(AttributeType::Text, options(EmptyStrings::Unset));
        assert_eq!(coerced(&many, input), unset("[]"));
    }
    let keeps = several(AttributeType::Text, options(EmptyStrings::Keep));
    assert_eq!(
        coerced(&keeps, r#"["","a"]"#),
        (
            Coerced::Written,
            r#"[{"value":""},{"value":"a"}]"#.into(),
            vec![]
        )
    );
}

#[test]
fn one_bad_element_fails_alone() {
    let many = several(AttributeType::Text, Options::default());
    assert_eq!(
        coerced(&many, r#"["a",{},null,"","b",{"value":"a"},[]]"#),
        (
            Coerced::Written,
            r#"[{"value":"a"},{"value":"b"}]"#.into(),
            vec!["attribute.unknown_key", "attribute.text"]
        )
    );
    assert_eq!(
        coerced(&many, "[{},{}]"),
        (
            Coerced::Refused,
            String::new(),
            vec!["attribute.unknown_key", "attribute.unknown_key"]
        )
    );
}

#[test]
fn of_thousands_of_elements_each_is_written_once() {
    let many = several(AttributeType::Text, Options::default());
    let values: Vec<_> = (0..20_000).map(|i| format!("\"{}\"", i % 5_000)).collect();
    let (coerced, out, findings) = coerced(&many, &format!("[{}]", values.join(",")));
    assert_eq!((coerced, findings), (Coerced::Written, vec![]));
    let expect: Vec<_> = (0..5_000)
        .map(|i| format!("{{\"value\":\"{i}\"}}"))
        .collect();
    assert_eq!(out, format!("[{}]", expect.join(",")));
}

#[test]
fn a_required_attribute_is_never_unset() {
    for is_multiselect in [false, true] {
        let mut attribute = Attribute::of(AttributeType::Text);
        attribute.is_required = true;
        attribute.is_multiselect = is_multiselect;
        let required = prepared(attribute, Options::default());
        for input in ["null", "[]", "[null]"] {
            let refused = (Coerced::Refused, String::new(), vec!["attribute.required"]);
            assert_eq!(coerced(&required, input), refused, "{input}");
        }
        assert_eq!(coerced(&required, r#""""#), omitted());
    }
}

#[test]
fn shared_refusals_say_how_to_mend_them() {
    let mut attribute = Attribute::of(AttributeType::Text);
    attribute.is_required = true;
    insta::assert_snapshot!(said(&prepared(attribute.clone(), Options::default()), "null"), @r"
    error[attribute.required]: `it` is required and cannot be unset, got nothing
      help: map it from something that every such event holds, or leave it out of the mapping
    ");
    insta::assert_snapshot!(said(&of(AttributeType::Text), "[1,2,3]"), @r"
    error[attribute.too_many]: `it` holds one value, got a list of 3
      help: map one of them, for example with `@path` and an index
    ");
    attribute.is_writable = false;
    insta::assert_snapshot!(said(&prepared(attribute.clone(), Options::default()), "null"), @r"
    error[schema.not_writable]: `it` cannot be written: it is set by Attio itself
      help: leave it out of the mapping
    ");
    attribute.is_archived = true;
    insta::assert_snapshot!(said(&prepared(attribute, Options::default()), "1"), @r"
    error[schema.not_writable]: `it` cannot be written: it is archived
      help: restore the attribute in Attio, or leave it out of the mapping
    ");
}

#[test]
fn a_value_is_read_as_another_type_before_it_is_written() {
    let several = |kind| several(kind, Options::default());
    for (coercer, kind, input, expect) in [
        (
            of(AttributeType::Text),
            AttributeType::Date,
            r#""May 17, 2024""#,
            r#"{"value":"2024-05-17"}"#,
        ),
        (
            of(AttributeType::Text),
            AttributeType::Number,
            r#""1,234.50""#,
            r#"{"value":"1234.5"}"#,
        ),
        (
            of(AttributeType::Text),
            AttributeType::Checkbox,
            r#""yes""#,
            r#"{"value":"true"}"#,
        ),
        (
            of(AttributeType::Number),
            AttributeType::Currency,
            r#""$1,234.50""#,
            r#"{"value":1234.5}"#,
        ),
        (
            of(AttributeType::Date),
            AttributeType::Timestamp,
            "1715941800",
            r#"{"value":"2024-05-17"}"#,
        ),
        (
            of(AttributeType::Date),
            AttributeType::Date,
            "1715941800",
            r#"{"value":"2024-05-17"}"#,
        ),
        (
            of(AttributeType::Text),
            AttributeType::Domain,
            r#""https://www.acme.com/x""#,
            r#"{"value":"acme.com"}"#,
        ),
        (
            of(AttributeType::Text),
            AttributeType::EmailAddress,
            r#""Jane <jane@ACME.com>""#,
            r#"{"value":"jane@acme.com"}"#,
        ),
        (
            of(AttributeType::Text),
            AttributeType::PhoneNumber,
            r#""+1 (201) 555-0123""#,
            r#"{"value":"+12015550123"}"#,
        ),
        (
            of(AttributeType::Text),
            AttributeType::PersonalName,
            r#""Doe, Jane""#,
            r#"{"value":"Jane Doe"}"#,
        ),
        (
            several(AttributeType::Select),
            AttributeType::Date,
            r#"["2024/05/17","17 May 2024"]"#,
            r#"[{"option":"2024-05-17"}]"#,
        ),
    ] {
        let reader = coercer.reading_as(kind, Schema::standard());
        assert_eq!(
            coerced(&reader, input).1,
            expect,
            "{} {input}",
            kind.as_str()
        );
    }
}

#[test]
fn what_cannot_be_read_as_the_other_type_is_refused_in_its_words() {
    let date = of(AttributeType::Text).reading_as(AttributeType::Date, Schema::standard());
    insta::assert_snapshot!(said(&date, r#""soon""#), @r"
    error[attribute.date]: `it` expected a date, got the string `soon`
      help: write `YYYY-MM-DD`, or map it from a trait that holds a date
    ");
    let place = of(AttributeType::Text).reading_as(AttributeType::Location, Schema::standard());
    insta::assert_snapshot!(said(&place, r#"{"city":"Berlin"}"#), @r"
    error[attribute.unknown_key]: `it` expected a text, got an object with `line_1`, `line_2`, `line_3`, `line_4`, `locality`, 5 more
      help: write an object as text with `@json`
    ");
    assert_eq!(coerced(&date, "null"), unset("null"));
    assert_eq!(coerced(&date, r#""""#), omitted());
}

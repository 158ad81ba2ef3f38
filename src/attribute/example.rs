//! Examples of what a type takes: documentation that runs.
//!
//! Each type's file holds a table of them. One test runs all tables: every example gives what it says, coercing the
//! output again changes nothing, strict mode takes what is marked as documented and nothing else, every refusal says
//! how to mend it, and a list of the value works where an attribute holds several.

use super::options::Patch;
use crate::diagnostic::Code;
use crate::json::{Object, Value};
use crate::schema::AttributeType;

/// A value that people send, and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// What is said of the attribute, its options and the event, as a JSON object; `{}` when nothing. Keys: those of
    /// an attribute in a schema (`is_multiselect`, `default_currency_code`, `options` as a list of titles, ...), those
    /// of [`Patch`](super::Patch) (`date_order`, ...), `members` (of the workspace) and `region` (of the event).
    pub given: &'static str,
    /// The value, as JSON.
    pub input: &'static str,
    /// What becomes of it.
    pub becomes: Becomes,
    /// The codes of what else there is to say: warnings, and the elements of a list that were refused.
    pub findings: &'static [Code],
    /// Whether Attio documents the input, so that strict mode takes it too.
    pub is_documented: bool,
    /// What the example shows, in a few words.
    pub note: &'static str,
}

/// What becomes of an example's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Becomes {
    /// This JSON is written (`null` or `[]` unsets the attribute).
    Written(&'static str),
    /// The attribute is left out of the write.
    Omitted,
    /// The value is refused with this code.
    Refused(Code),
}

impl Example {
    const fn new(input: &'static str, becomes: Becomes, note: &'static str) -> Self {
        Example {
            given: "{}",
            input,
            becomes,
            findings: &[],
            is_documented: false,
            note,
        }
    }

    /// A value that is taken, though Attio does not document it.
    pub(super) const fn taken(
        input: &'static str,
        output: &'static str,
        note: &'static str,
    ) -> Self {
        Example::new(input, Becomes::Written(output), note)
    }

    /// A value that Attio documents.
    pub(super) const fn documented(
        input: &'static str,
        output: &'static str,
        note: &'static str,
    ) -> Self {
        let mut example = Example::taken(input, output, note);
        example.is_documented = true;
        example
    }

    /// A value that leaves the attribute out of the write.
    pub(super) const fn omitted(input: &'static str, note: &'static str) -> Self {
        let mut example = Example::new(input, Becomes::Omitted, note);
        example.is_documented = true;
        example
    }

    /// A value that is refused.
    pub(super) const fn refused(input: &'static str, code: Code, note: &'static str) -> Self {
        Example::new(input, Becomes::Refused(code), note)
    }

    /// The same with something said of the attribute, its options or the event.
    pub(super) const fn given(mut self, given: &'static str) -> Self {
        self.given = given;
        self
    }

    /// The line without its `value` that `attio-destination coerce` takes for what is given, where something is, of an
    /// attribute of a type: `{"attribute":{"type":"date"},"options":{"date_order":"dmy"}}`.
    pub fn line(&self, kind: AttributeType) -> Option<String> {
        // OK because a test reads every example's.
        let Ok(Value::Object(given)) = Value::parse(self.given) else {
            return None;
        };
        if given.is_empty() {
            return None;
        }
        let (mut attribute, mut options) = (Object::new(), Object::new());
        let mut beside = Object::new();
        attribute.insert("type", Value::String(kind.as_str().into()));
        for (key, value) in given {
            let to = match key.as_ref() {
                "members" | "region" => &mut beside,
                key if Patch::KEYS.contains(&key) => &mut options,
                _ => &mut attribute,
            };
            to.insert(key, value);
        }
        let mut line = Object::new();
        line.insert("attribute", Value::Object(attribute));
        if !options.is_empty() {
            line.insert("options", Value::Object(options));
        }
        for (key, value) in beside {
            line.insert(key, value);
        }
        Some(Value::Object(line).to_json())
    }

    /// The same, for a value that strict mode refuses.
    pub(super) const fn lenient(mut self) -> Self {
        self.is_documented = false;
        self
    }

    /// The same with something to say about a value that is written.
    pub(super) const fn finding(mut self, findings: &'static [Code]) -> Self {
        self.findings = findings;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::{Coerced, Coercer, Finding, Mode, Options, describe, examples};
    use crate::schema::{Attribute, Schema};

    /// The least number of examples a type needs; the one that takes nothing needs fewer.
    fn least(kind: AttributeType) -> usize {
        match kind {
            AttributeType::Interaction => 3,
            _ => 40,
        }
    }

    struct Given {
        attribute: Attribute,
        options: Options,
        schema: Schema,
        region: Option<String>,
    }

    impl Given {
        fn read(kind: AttributeType, given: &'static str) -> Given {
            let Ok(Value::Object(given)) = Value::parse(given) else {
                panic!("`{given}` is no JSON object");
            };
            let mut schema = Schema::standard().clone();
            let mut region = None;
            let (mut attribute, mut options) = (Object::new(), Object::new());
            attribute.insert("type", Value::String(kind.as_str().into()));
            let mut members = Value::Null;
            for (key, value) in given {
                match key.as_ref() {
                    "region" => region = value.as_str().map(str::to_owned),
                    "members" => members = value,
                    key if Patch::KEYS.contains(&key) => options.insert(key.to_owned(), value),
                    "options" | "statuses" => attribute.insert(key, choices(value)),
                    _ => attribute.insert(key, value),
                }
            }
            let members = format!(r#"{{"objects":{{}},"members":{}}}"#, members.to_json());
            schema.members = Schema::parse(&members).unwrap().members;
            let mut diagnostics = Vec::new();
            let patch = Patch::read(&Value::Object(options), "", &mut diagnostics);
            assert_eq!(diagnostics, [], "{patch:?}");
            Given {
                attribute: Attribute::parse(&Value::Object(attribute).to_json()),
                options: Options::default().with(&patch),
                schema,
                region,
            }
        }

        fn coerce(&self, input: &str) -> (Becomes, String, Vec<Finding>) {
            let coercer = Coercer::new("it", &self.attribute, &self.schema, &self.options);
            let value = Value::parse(input).unwrap();
            let (mut out, mut findings) = (String::new(), Vec::new());
            let coerced = coercer.coerce(&value, self.region.as_deref(), &mut out, &mut findings);
            let becomes = match coerced {
                Coerced::Omitted => Becomes::Omitted,
                Coerced::Refused => Becomes::Refused(findings[0].code),
                Coerced::Unset => {
                    assert!(matches!(out.as_str(), "null" | "[]"), "{out}");
                    Becomes::Written("")
                }
                Coerced::Written => Becomes::Written(""),
            };
            if !matches!(becomes, Becomes::Written(_)) {
                assert_eq!(out, "", "nothing is appended when nothing is written");
            }
            (becomes, out, findings)
        }
    }

    /// A list of titles as a list of choices; what is an object already stays.
    fn choices(titles: Value<'_>) -> Value<'_> {
        let Value::Array(titles) = titles else {
            return titles;
        };
        let choice = |title| match title {
            Value::String(_) => Value::Object(Object::from_iter([("title".into(), title)])),
            object => object,
        };
        Value::Array(titles.into_iter().map(choice).collect())
    }

    fn expect(
        kind: AttributeType,
        example: &Example,
        input: &str,
        given: &Given,
        output: Option<&str>,
    ) {
        let (becomes, out, findings) = given.coerce(input);
        let what = format!(
            "{}: `{input}` given `{}`: {findings:?}",
            kind.as_str(),
            example.given
        );
        match (example.becomes, output) {
            (Becomes::Written(_), Some(output)) => {
                assert_eq!(becomes, Becomes::Written(""), "{what}");
                assert_eq!(out, output, "{what}");
                let codes: Vec<Code> = findings.iter().map(|finding| finding.code).collect();
                assert_eq!(codes, example.findings, "{what}");
                let (again, twice, more) = given.coerce(&out);
                assert_eq!(again, Becomes::Written(""), "twice {what}");
                assert_eq!(twice, out, "twice {what}");
                assert_eq!(more, [], "twice {what}");
            }
            (expected, _) => assert_eq!(becomes, expected, "{what}"),
        }
        for finding in &findings {
            assert!(finding.help.is_some(), "no help: {what}");
            assert!(finding.message.contains("`it`"), "no slug: {what}");
        }
    }

    fn each(check: impl Fn(AttributeType, &Example, Given)) {
        for kind in AttributeType::ALL {
            for example in examples(kind) {
                check(kind, example, Given::read(kind, example.given));
            }
        }
    }

    #[test]
    fn every_example_gives_what_it_says_and_its_output_stays() {
        each(|kind, example, given| {
            let output = match example.becomes {
                Becomes::Written(output) => Some(output),
                _ => None,
            };
            expect(kind, example, example.input, &given, output);
        });
    }

    #[test]
    fn strict_mode_takes_what_is_documented_and_nothing_else() {
        each(|kind, example, mut given| {
            given.options.mode = Mode::Strict;
            let (becomes, out, findings) = given.coerce(example.input);
            let what = format!("{}: `{}`: {findings:?}", kind.as_str(), example.input);
            match example.becomes {
                Becomes::Written(output) if example.is_documented => {
                    assert_eq!(out, output, "{what}")
                }
                Becomes::Omitted if example.is_documented => {
                    assert_eq!(becomes, Becomes::Omitted, "{what}");
                }
                _ => assert!(matches!(becomes, Becomes::Refused(_)), "{what}: {out}"),
            }
            assert!(
                findings.iter().all(|finding| finding.help.is_some()),
                "{what}"
            );
        });
    }

    #[test]
    fn an_attribute_that_holds_several_values_takes_each_as_one() {
        each(|kind, example, mut given| {
            if given.attribute.is_multiselect || example.input.starts_with('[') {
                return;
            }
            given.attribute.is_multiselect = true;
            let output = match example.becomes {
                Becomes::Written("null") => Some("[]".to_owned()),
                Becomes::Written(output) => Some(format!("[{output}]")),
                _ => None,
            };
            let list = format!("[{}]", example.input);
            for mode in [Mode::Lenient, Mode::Strict] {
                given.options.mode = mode;
                if mode == Mode::Lenient || example.is_documented {
                    expect(kind, example, example.input, &given, output.as_deref());
                    expect(kind, example, &list, &given, output.as_deref());
                }
            }
        });
    }

    #[test]
    fn every_type_has_a_description_and_many_examples_and_none_stands_twice() {
        for kind in AttributeType::ALL {
            let mut seen = std::collections::HashSet::new();
            for example in examples(kind) {
                assert!(
                    seen.insert((example.given, example.input)),
                    "{}: `{}` stands twice",
                    kind.as_str(),
                    example.input
                );
            }
            let count = seen.len();
            assert!(
                count >= least(kind),
                "{} has {count} examples",
                kind.as_str()
            );
            assert!(!describe(kind).is_empty(), "{}", kind.as_str());
        }
    }
}

//! Values: what the coercer writes the sandbox takes, and what the sandbox takes it keeps or says why not.

use std::collections::BTreeSet;

use attio_destination::attribute::{Coerced, Coercer, EmptyStrings, Mode, Options, examples};
use attio_destination::json::Value;
use attio_destination::sandbox::{Sandbox, TOKEN};
use attio_destination::schema::{Attribute, AttributeType, Choice, Object, Schema};
use proptest::prelude::*;

/// An attribute `it` of the object `things`, its coercer and its judge.
struct Case {
    kind: AttributeType,
    name: String,
    lenient: Coercer,
    strict: Coercer,
    sandbox: Sandbox,
}

impl Case {
    fn new(attribute: Attribute) -> Case {
        let mut schema = Schema::standard().clone();
        let mut code = Attribute::of(AttributeType::Text);
        code.is_unique = true;
        for (slug, name, attribute) in [
            ("things", "it", attribute.clone()),
            ("projects", "code", code),
        ] {
            let object = Object {
                id: None,
                singular_noun: slug.to_owned(),
                plural_noun: slug.to_owned(),
                is_active: true,
                attributes: [(name.to_owned(), attribute)].into(),
            };
            schema.objects.insert(slug.to_owned(), object);
        }
        let coercer = |mode| {
            let options = Options {
                mode,
                keep_www: true,
                empty_strings: EmptyStrings::Keep,
                ..Options::default()
            };
            Coercer::new("it", &attribute, &schema, &options)
        };
        Case {
            kind: attribute.kind,
            name: format!(
                "{} {:?} {}",
                attribute.kind.as_str(),
                attribute.allowed_objects,
                if attribute.is_multiselect {
                    "several"
                } else {
                    "one"
                }
            ),
            lenient: coercer(Mode::Lenient),
            strict: coercer(Mode::Strict),
            sandbox: Sandbox::new(&schema),
        }
    }

    /// Every type that can be written, alone and as a list, and references to each kind of object.
    fn all() -> Vec<Case> {
        let mut cases = Vec::new();
        for kind in AttributeType::ALL {
            let allowed: &[&[&str]] = match kind {
                AttributeType::Interaction => &[],
                AttributeType::RecordReference => &[
                    &["companies"],
                    &["people"],
                    &["users"],
                    &["workspaces"],
                    &["projects"],
                    &["companies", "people"],
                    &[],
                ],
                _ => &[&[]],
            };
            for allowed in allowed {
                for is_multiselect in [false, true] {
                    let mut attribute = Attribute::of(kind);
                    attribute.is_multiselect = is_multiselect;
                    attribute.allowed_objects =
                        allowed.iter().map(|slug| (*slug).to_owned()).collect();
                    let choices = ["Lead", "In Progress", "Won 🎉", "Pro"].map(|title| Choice {
                        id: None,
                        title: title.to_owned(),
                        is_archived: false,
                    });
                    attribute.options = (kind == AttributeType::Select).then(|| choices.to_vec());
                    attribute.statuses = (kind == AttributeType::Status).then(|| choices.to_vec());
                    cases.push(Case::new(attribute));
                }
            }
        }
        cases
    }

    /// What the sandbox reads back from a write, or why it refuses it. That what is referred to is not there is no
    /// fault of the value's.
    fn judge(&self, json: &str) -> Result<String, String> {
        let body = format!(r#"{{"data":{{"values":{{"it":{json}}}}}}}"#);
        let authorization = format!("Bearer {TOKEN}");
        let answer = self.sandbox.handle(
            "POST",
            "/v2/objects/things/records",
            Some(&authorization),
            Some(&body),
        );
        let mut body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        if answer.status == 200 {
            let mut values = body["data"]["values"]["it"].take();
            for value in values.as_array_mut().into_iter().flatten() {
                let value = value.as_object_mut().unwrap();
                // How it was written is kept beside what it is.
                value.retain(|key, _| key != "active_from" && !key.starts_with("original_"));
            }
            return Ok(visible(&values).to_string());
        }
        let message = body["message"].as_str().unwrap();
        if ["record of", "object with", "attribute with"]
            .iter()
            .any(|what| message.starts_with(&format!("Cannot find {what}")))
        {
            return Ok(message.to_owned());
        }
        Err(message.to_owned())
    }

    /// What is wrong between the coercer and the sandbox about an input.
    fn disagreement(&self, input: &str, region: Option<&str>) -> Option<String> {
        let Case { name, kind, .. } = self;
        let value = Value::parse(input).unwrap();
        let raw = self.judge(input);
        for (mode, coercer) in [(Mode::Lenient, &self.lenient), (Mode::Strict, &self.strict)] {
            let (mut out, mut findings) = (String::new(), Vec::new());
            let coerced = coercer.coerce(&value, region, &mut out, &mut findings);
            match (&raw, coerced) {
                (_, Coerced::Written | Coerced::Unset) => match (&raw, self.judge(&out)) {
                    (_, Err(why)) => {
                        return Some(format!(
                            "{name}, {mode:?}: {input} became {out}, which is refused: {why}"
                        ));
                    }
                    (Ok(raw), Ok(kept))
                        if *raw != kept && findings.is_empty() && !self.is_read_anew(mode) =>
                    {
                        return Some(format!(
                            "{name}, {mode:?}: {input} became {out}: {raw} is not {kept}"
                        ));
                    }
                    _ => {}
                },
                (Ok(_), Coerced::Refused)
                    if TAKEN_AS_ATTIO_DOES.contains(kind) && mode == Mode::Lenient =>
                {
                    return Some(format!(
                        "{name}: {input} is taken by Attio, not by us: {findings:?}"
                    ));
                }
                _ => {}
            }
        }
        None
    }

    /// Of a name without a comma Attio takes all as the first name, we what people mean; and which zeros of a
    /// telephone number are dialled within a country only, its numbering plan says.
    fn is_read_anew(&self, mode: Mode) -> bool {
        match self.kind {
            AttributeType::PersonalName => mode == Mode::Lenient,
            AttributeType::PhoneNumber => true,
            _ => false,
        }
    }
}

/// The types of which we refuse nothing that Attio takes. Of the others we refuse what a person would not mean: a
/// number that would be changed, the domain of a registry, a telephone number that no country has, a name of digits.
const TAKEN_AS_ATTIO_DOES: [AttributeType; 7] = [
    AttributeType::Checkbox,
    AttributeType::Date,
    AttributeType::Rating,
    AttributeType::Select,
    AttributeType::Status,
    AttributeType::Text,
    AttributeType::Timestamp,
];

/// The same with its texts as they are seen: we leave out what cannot be seen of what is not a plain text.
fn visible(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value::{Array, Object, String};
    match value {
        String(text) => {
            let is_unseen = |c: &char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
            let spaced = text
                .chars()
                .filter(|c| !is_unseen(c))
                .map(|c| if c.is_control() { ' ' } else { c });
            let words = spaced.collect::<std::string::String>();
            String(words.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        Array(items) => Array(items.iter().map(visible).collect()),
        Object(map) => Object(
            map.iter()
                .map(|(key, value)| (key.clone(), visible(value)))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// What people send to attributes of any type.
pub(crate) fn corpus() -> BTreeSet<&'static str> {
    let all = AttributeType::ALL
        .into_iter()
        .flat_map(|kind| examples(kind));
    all.map(|example| example.input).collect()
}

/// Alone every example of every type, in lists those of the type itself.
#[test]
fn every_example_of_every_type_is_agreed_on_for_every_type() {
    let mut wrong = Vec::new();
    for case in Case::all() {
        if case.lenient.attribute().is_multiselect {
            for example in examples(case.kind) {
                wrong.extend(case.disagreement(example.input, None));
                wrong.extend(case.disagreement(&format!("[{}]", example.input), Some("US")));
            }
        } else {
            wrong.extend(
                corpus()
                    .into_iter()
                    .filter_map(|input| case.disagreement(input, Some("US"))),
            );
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(
        wrong.is_empty(),
        "{} disagreements\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// A value that is almost one that people send: a character or a key of an example is changed.
fn almost() -> impl Strategy<Value = String> {
    let inputs: Vec<&'static str> = corpus()
        .into_iter()
        .filter(|input| input.len() < 400)
        .collect();
    (
        proptest::sample::select(inputs),
        0.0..1.0,
        0..3,
        "[ -~é\u{a0}٣Ａ]",
    )
        .prop_map(|(input, at, how, new)| {
            let chars: Vec<char> = input.chars().collect();
            let at = (chars.len() as f64 * at) as usize;
            let keep = if how == 0 { at } else { at + 1 };
            let before: String = chars[..at].iter().collect();
            let after: String = chars[keep.min(chars.len())..].iter().collect();
            let changed = if how == 1 {
                format!("{before}{after}")
            } else {
                format!("{before}{new}{after}")
            };
            // What is no JSON any more is a string of it.
            match Value::parse(&changed) {
                Ok(_) => changed,
                Err(_) => serde_json::Value::from(changed.trim_matches('"')).to_string(),
            }
        })
}

#[test]
fn values_that_are_almost_right_are_agreed_on() {
    let cases = Case::all();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let result = runner.run(&almost(), |input| {
        for case in &cases {
            if let Some(wrong) = case.disagreement(&input, None) {
                return Err(TestCaseError::fail(wrong));
            }
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
}

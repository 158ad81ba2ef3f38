//! An event that could not be delivered, with all there is to know about why, as a message of the dead-letter queue.
//!
//! The body is what a line of `deliver --failed` is, with a word and a sentence on top, so that it can be edited and
//! delivered again like one.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::sqs::{Incoming, Outgoing};
use crate::delivery::{Failure, Outcome, Report};
use crate::diagnostic::excerpt;
use crate::plan::Plan;

/// Beyond this a dead letter goes without its plan, which can be made again from the event: what a queue takes.
const MAX_BYTES: usize = 200 * 1024;
/// The attributes that tell a dead letter from an event that SQS moved.
const OUTCOME: &str = "outcome";
const CODE: &str = "code";

/// A message of the dead-letter queue.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// `rejected` or `failed`; `moved` when SQS itself moved it.
    pub outcome: String,
    /// Why.
    pub why: Why,
    /// What came: the event.
    pub original: String,
    /// The queue that it came from, and may be sent back to.
    pub queue_url: Option<String>,
    /// All there is to know, as one JSON object.
    pub body: String,
}

/// Why an event could not be delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Why {
    /// In a word: the code of a diagnostic, or Attio's.
    pub code: String,
    /// In a sentence.
    pub message: String,
}

/// The body as it is written.
#[derive(Serialize)]
struct Written<'r> {
    why: &'r Why,
    /// The event, when it is JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'r RawValue>,
    /// What came, when it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_text: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'r Plan>,
    #[serde(flatten)]
    report: &'r Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue_url: Option<&'r str>,
}

/// The body as it is read.
#[derive(Deserialize)]
struct Read {
    why: Why,
    event: Option<Box<RawValue>>,
    event_text: Option<String>,
    outcome: String,
    queue_url: Option<String>,
}

impl DeadLetter {
    /// The dead letter of an event whose text is `text`.
    pub fn new(text: &str, report: &Report, queue_url: Option<&str>) -> DeadLetter {
        let why = why(report);
        let event: Option<&RawValue> = serde_json::from_str(text).ok();
        let body = |plan| {
            let written = Written {
                why: &why,
                event,
                event_text: event.is_none().then_some(text),
                plan,
                report,
                queue_url,
            };
            serde_json::to_string(&written).expect("OK because the parts are texts and JSON")
        };
        let whole = body(Some(&report.plan));
        DeadLetter {
            body: if whole.len() > MAX_BYTES {
                body(None)
            } else {
                whole
            },
            outcome: report.outcome.as_str().to_owned(),
            original: text.to_owned(),
            queue_url: queue_url.map(str::to_owned),
            why,
        }
    }

    /// Reads a message of a dead-letter queue. SQS itself moves events there too, as they are, when they came too often;
    /// whatever keys such an event has, it has not the attributes of a letter.
    pub fn read(message: &Incoming) -> DeadLetter {
        let has = |name| message.message_attributes.contains_key(name);
        if has(OUTCOME)
            && has(CODE)
            && let Ok(read) = serde_json::from_str::<Read>(&message.body)
        {
            let event = read.event.map(|event| event.get().to_owned());
            return DeadLetter {
                outcome: read.outcome,
                why: read.why,
                original: event.or(read.event_text).unwrap_or_default(),
                queue_url: read.queue_url,
                body: message.body.clone(),
            };
        }
        let count = message.attributes.get("ApproximateReceiveCount");
        DeadLetter {
            outcome: "moved".to_owned(),
            why: Why {
                code: "received_too_often".to_owned(),
                message: format!(
                    "SQS moved it here: it came {} times and was never acknowledged",
                    count.map_or("many", String::as_str)
                ),
            },
            original: message.body.clone(),
            queue_url: None,
            body: message.body.clone(),
        }
    }

    /// The message for the dead-letter queue.
    pub fn into_message(self, group: &str, id: &str) -> Outgoing {
        // What Attio says has any length; all of it is in the body.
        let attributes = [
            (OUTCOME, self.outcome),
            (CODE, excerpt(&self.why.code)),
            ("message", excerpt(&self.why.message)),
        ];
        Outgoing {
            body: self.body,
            // SQS refuses empty ones.
            attributes: attributes
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .collect(),
            group: group.to_owned(),
            deduplication: id.to_owned(),
        }
    }
}

/// Why an event ended as it did.
fn why(report: &Report) -> Why {
    let (code, message) = match &report.outcome {
        Outcome::Failed {
            failure: Failure::Api(error),
        } => {
            let code = if error.code.is_empty() {
                format!("status_{}", error.status)
            } else {
                error.code.clone()
            };
            (code, error.message.clone())
        }
        Outcome::Failed { failure } => ("no_answer".to_owned(), failure.to_string()),
        _ => {
            let mut all = report.diagnostics.iter().chain(&report.plan.diagnostics);
            match all.find(|diagnostic| diagnostic.is_error()) {
                Some(diagnostic) => (diagnostic.code.to_string(), diagnostic.message.clone()),
                None => (report.outcome.as_str().to_owned(), String::new()),
            }
        }
    };
    Why { code, message }
}

#[cfg(test)]
mod tests {
    use super::super::sqs::Attribute;
    use super::*;
    use crate::delivery::ApiError;
    use crate::diagnostic::{Code, Diagnostic};

    fn report(outcome: Outcome) -> Report {
        let message = "an event needs a `type`, got none";
        let diagnostic = Diagnostic::error(Code::EventMissingType, "", message);
        Report {
            seq: 0,
            plan: Plan::rejected(Some("m".into()), vec![diagnostic]),
            outcome,
            writes: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    fn incoming(body: &str) -> Incoming {
        Incoming {
            message_id: "id".into(),
            receipt_handle: "r".into(),
            body: body.into(),
            attributes: [("ApproximateReceiveCount".to_owned(), "101".to_owned())].into(),
            message_attributes: Default::default(),
        }
    }

    fn received(sent: Outgoing) -> Incoming {
        let attributes = sent.attributes.into_iter();
        let attribute =
            |(name, string_value): (&str, String)| (name.to_owned(), Attribute { string_value });
        Incoming {
            message_attributes: attributes.map(attribute).collect(),
            ..incoming(&sent.body)
        }
    }

    #[test]
    fn a_dead_letter_tells_why_and_keeps_the_event() {
        let event = r#"{"userId":12345678901234567890123}"#;
        let letter = DeadLetter::new(event, &report(Outcome::Rejected), Some("https://q"));
        let message = letter.into_message("g", "m");
        insta::assert_snapshot!(message.body, @r#"{"why":{"code":"event.missing_type","message":"an event needs a `type`, got none"},"event":{"userId":12345678901234567890123},"plan":{"message_id":"m","outcome":"rejected","writes":[],"diagnostics":[{"code":"event.missing_type","severity":"error","at":"","message":"an event needs a `type`, got none"}]},"outcome":"rejected","writes":[],"diagnostics":[],"queue_url":"https://q"}"#);
        let read = DeadLetter::read(&received(message));
        assert_eq!(
            (read.original.as_str(), read.queue_url.as_deref()),
            (event, Some("https://q"))
        );
    }

    #[test]
    fn of_what_attio_refused_it_tells_the_answer() {
        let failure = Failure::Api(ApiError {
            status: 400,
            kind: "invalid_request_error".into(),
            code: "validation_type".into(),
            message: "no such option".into(),
        });
        let letter = DeadLetter::new("{}", &report(Outcome::Failed { failure }), None);
        assert_eq!(
            (letter.why.code.as_str(), letter.why.message.as_str()),
            ("validation_type", "no such option")
        );
        assert!(letter.body.contains(r#""response":{"status":400"#));
    }

    #[test]
    fn whatever_attio_says_the_attributes_are_short_and_in_one_line() {
        let failure = Failure::Api(ApiError {
            status: 400,
            kind: "invalid_request_error".into(),
            code: "c\u{1}".repeat(1000),
            message: format!("\u{1b}\0 {}", "m".repeat(300_000)),
        });
        let letter = DeadLetter::new("{}", &report(Outcome::Failed { failure }), None);
        for (name, value) in letter.into_message("", "").attributes {
            assert!(
                !value.contains(char::is_control) && value.len() < 100,
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_no_json_is_kept_as_text() {
        let letter = DeadLetter::new("{nonsense", &report(Outcome::Rejected), None);
        assert!(letter.body.contains(r#""event_text":"{nonsense""#));
        let read = DeadLetter::read(&received(letter.into_message("", "")));
        assert_eq!(read.original, "{nonsense");
    }

    #[test]
    fn what_sqs_moved_is_read_too() {
        // The last has the keys of a letter, and says where it wants to go.
        for body in [
            r#"{"type":"track","userId":"u"}"#,
            "{nonsense",
            r#"{"type":"track","why":{"code":"c","message":"m"},"outcome":"failed","event":{},"queue_url":"https://q"}"#,
        ] {
            let letter = DeadLetter::read(&incoming(body));
            assert_eq!(letter.original, body);
            assert_eq!(letter.why.code, "received_too_often");
            assert!(letter.why.message.contains("101 times"));
            assert_eq!(letter.queue_url, None);
        }
    }

    #[test]
    fn a_dead_letter_that_is_too_large_goes_without_its_plan() {
        let mut report = report(Outcome::Rejected);
        report.plan.message_id = Some("m".repeat(MAX_BYTES));
        let letter = DeadLetter::new("{}", &report, None);
        assert!(letter.body.len() < 1000);
        assert!(!letter.body.contains("\"plan\""));
    }
}

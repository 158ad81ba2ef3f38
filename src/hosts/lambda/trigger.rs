//! What the deliverer is invoked with: messages of SQS, records of Kinesis, an event of EventBridge, or events
//! directly. They are told apart by their shape.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::ingest::{self, Refusal, Rejected};
use crate::event::{EventTime, Reader};

/// Events, and how the caller is told about them.
#[derive(Debug)]
pub(super) struct Trigger<'p> {
    /// Who invokes.
    pub(super) kind: Kind,
    /// The events, in order.
    pub(super) items: Vec<Item<'p>>,
    /// Of direct calls: what was no event. Of the others it becomes a dead letter like everything that cannot be
    /// planned.
    pub(super) rejected: Vec<Rejected>,
}

/// Who invokes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A queue: items that must come again are named.
    Sqs,
    /// A stream: it goes on at the first item that must come again.
    Kinesis,
    /// A bus: it comes again when the invocation fails.
    EventBridge,
    /// A caller who waits for outcomes, or for plans when nothing is to be written.
    Direct {
        /// Whether nothing is to be written.
        is_dry_run: bool,
    },
}

/// One event.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Item<'p> {
    /// The event's text.
    pub(super) text: Cow<'p, str>,
    /// What the caller calls it: the id of a message or of a bus's event, or a record's sequence number. Empty when
    /// it calls it nothing.
    pub(super) id: String,
    /// Of a message: what its visibility is changed with.
    pub(super) receipt_handle: String,
    /// Of a message of an ordered queue: its group.
    pub(super) group: Option<String>,
    /// Of a message: how often it came, this time included.
    pub(super) receives: u32,
    /// When it came to the queue, the stream or the bus.
    pub(super) since: Option<EventTime>,
}

/// An invocation with something that no trigger has.
#[derive(Debug)]
pub(super) enum TriggerError {
    /// It has no form that is known here.
    Form(String),
    /// None of the events that a direct call brings is one.
    NoEvent(Refusal),
}

#[derive(Deserialize)]
struct Envelope<'p> {
    #[serde(rename = "Records", borrow)]
    records: Option<Vec<&'p RawValue>>,
    #[serde(rename = "detail-type", borrow)]
    detail_type: Option<&'p RawValue>,
    #[serde(borrow)]
    detail: Option<&'p RawValue>,
    #[serde(borrow)]
    id: Option<&'p RawValue>,
    #[serde(borrow)]
    time: Option<&'p RawValue>,
    #[serde(borrow)]
    batch: Option<&'p RawValue>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    event_source: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'p> {
    message_id: String,
    #[serde(default)]
    receipt_handle: String,
    #[serde(borrow)]
    body: Cow<'p, str>,
    #[serde(default)]
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Attributes {
    sent_timestamp: String,
    approximate_receive_count: String,
    message_group_id: Option<String>,
}

#[derive(Deserialize)]
struct Record {
    kinesis: Data,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    data: String,
    sequence_number: String,
    #[serde(default)]
    approximate_arrival_timestamp: f64,
}

impl<'p> Trigger<'p> {
    /// Reads what the function was invoked with at `now`.
    pub(super) fn read(
        payload: &'p str,
        now: EventTime,
        reader: &Reader,
    ) -> Result<Trigger<'p>, TriggerError> {
        let form = |error: serde_json::Error| TriggerError::Form(error.to_string());
        if payload.trim_ascii_start().starts_with('[') {
            let intake = ingest::forwarded(payload, now, reader);
            return Trigger::direct(intake, false);
        }
        let envelope: Envelope<'p> = serde_json::from_str(payload).map_err(form)?;
        if let Some(records) = envelope.records {
            return Trigger::records(&records);
        }
        if let (Some(_), Some(detail)) = (envelope.detail_type, envelope.detail) {
            return Ok(Trigger {
                kind: Kind::EventBridge,
                items: vec![Item {
                    text: detail.get().into(),
                    id: envelope.id.map_or(String::new(), |id| {
                        serde_json::from_str(id.get()).unwrap_or_default()
                    }),
                    since: envelope
                        .time
                        .and_then(|time| EventTime::parse(time.get().trim_matches('"'))),
                    ..Item::default()
                }],
                rejected: Vec::new(),
            });
        }
        let intake = match envelope.batch {
            Some(_) => ingest::batch(payload, now, reader),
            None => ingest::forwarded(payload, now, reader),
        };
        Trigger::direct(intake, envelope.dry_run)
    }

    fn records(records: &[&'p RawValue]) -> Result<Trigger<'p>, TriggerError> {
        let form = |error: serde_json::Error| TriggerError::Form(error.to_string());
        let mut kind = Kind::Sqs;
        let mut items = Vec::with_capacity(records.len());
        for record in records {
            let source: Source = serde_json::from_str(record.get()).map_err(form)?;
            match source.event_source.as_str() {
                "aws:sqs" => {
                    let message: Message<'p> = serde_json::from_str(record.get()).map_err(form)?;
                    let sent: Option<i64> = message.attributes.sent_timestamp.parse().ok();
                    let receives = &message.attributes.approximate_receive_count;
                    items.push(Item {
                        text: message.body,
                        id: message.message_id,
                        receipt_handle: message.receipt_handle,
                        receives: receives.parse().unwrap_or(1),
                        group: message.attributes.message_group_id,
                        since: sent.map(|ms| EventTime::from_nanos(ms.saturating_mul(1_000_000))),
                    });
                }
                "aws:kinesis" => {
                    kind = Kind::Kinesis;
                    let record: Record = serde_json::from_str(record.get()).map_err(form)?;
                    let data = record.kinesis;
                    let seconds = data.approximate_arrival_timestamp;
                    let text = STANDARD.decode(&data.data).unwrap_or_default();
                    items.push(Item {
                        // What is no text is no event, and becomes a dead letter as such.
                        text: String::from_utf8_lossy(&text).into_owned().into(),
                        id: data.sequence_number,
                        since: (seconds > 0.0)
                            .then(|| EventTime::from_nanos((seconds * 1e9) as i64)),
                        ..Item::default()
                    });
                }
                other => {
                    return Err(TriggerError::Form(format!(
                        "the records come from `{}`",
                        crate::diagnostic::excerpt(other)
                    )));
                }
            }
        }
        Ok(Trigger {
            kind,
            items,
            rejected: Vec::new(),
        })
    }

    fn direct(
        intake: Result<ingest::Intake, Refusal>,
        is_dry_run: bool,
    ) -> Result<Trigger<'p>, TriggerError> {
        let intake = intake.map_err(TriggerError::NoEvent)?;
        let items = intake.accepted.into_iter().map(|event| Item {
            text: event.json.into(),
            id: event.message_id,
            ..Item::default()
        });
        Ok(Trigger {
            kind: Kind::Direct { is_dry_run },
            items: items.collect(),
            rejected: intake.rejected,
        })
    }
}

impl fmt::Display for TriggerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TriggerError::Form(why) => write!(
                f,
                "expected messages of SQS, records of Kinesis, an event of EventBridge, or an event, an array of \
                 events or a batch, got another form: {why}"
            ),
            TriggerError::NoEvent(refusal) => refusal.fmt(f),
        }
    }
}

impl std::error::Error for TriggerError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event;

    fn read(payload: &str) -> Result<Trigger<'_>, TriggerError> {
        let now = EventTime::parse("2026-08-21T10:35:00Z").unwrap();
        Trigger::read(payload, now, &event::paths().reader())
    }

    fn sample(name: &str) -> String {
        let path = format!("{}/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn user_ids(trigger: &Trigger<'_>) -> Vec<String> {
        let id = |item: &Item<'_>| {
            let event: serde_json::Value = serde_json::from_str(&item.text).unwrap();
            format!("{} {}", event["type"], event["userId"]).replace('"', "")
        };
        trigger.items.iter().map(id).collect()
    }

    #[test]
    fn triggers_are_told_apart_by_their_shape() {
        for (name, kind, events) in [
            ("deliver-sqs", Kind::Sqs, 2),
            ("deliver-kinesis", Kind::Kinesis, 2),
            ("deliver-eventbridge", Kind::EventBridge, 1),
            ("deliver-direct", Kind::Direct { is_dry_run: false }, 1),
            (
                "deliver-direct-dry-run",
                Kind::Direct { is_dry_run: true },
                2,
            ),
        ] {
            let payload = sample(name);
            let trigger = read(&payload).unwrap();
            assert_eq!(trigger.kind, kind, "{name}");
            let expect = ["identify 97980cfea0067", "group 97980cfea0067"];
            assert_eq!(user_ids(&trigger), expect[..events], "{name}");
        }
        let array = format!("[{}]", sample("deliver-direct"));
        assert_eq!(
            read(&array).unwrap().kind,
            Kind::Direct { is_dry_run: false }
        );
    }

    #[test]
    fn messages_keep_what_their_queue_knows_of_them() {
        let payload = r#"{"Records":[{"messageId":"m","receiptHandle":"r","eventSource":"aws:sqs","body":"{\"a\":\"\\u00fc\"}",
            "attributes":{"SentTimestamp":"1787308497400","ApproximateReceiveCount":"3","MessageGroupId":"g"}}]}"#;
        assert_eq!(
            read(payload).unwrap().items,
            [Item {
                text: r#"{"a":"\u00fc"}"#.into(),
                id: "m".into(),
                receipt_handle: "r".into(),
                group: Some("g".into()),
                receives: 3,
                since: EventTime::parse("2026-08-21T10:34:57.4Z"),
            }]
        );
        let trigger = sample("deliver-kinesis");
        let item = &read(&trigger).unwrap().items[0];
        assert_eq!(
            item.id,
            "49590338271490256608559692538361571095921575989136588890"
        );
        assert!(item.since.is_some());
        let trigger = sample("deliver-eventbridge");
        let item = &read(&trigger).unwrap().items[0];
        assert_eq!(item.id, "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa");
        assert!(item.since.is_some());
        // A bus without ids, and an event whose id is another thing, are taken all the same.
        for payload in [
            r#"{"detail-type":"x","detail":{}}"#,
            r#"{"id":7,"detail-type":"x","detail":{}}"#,
        ] {
            assert_eq!(read(payload).unwrap().items[0].id, "", "{payload}");
        }
    }

    #[test]
    fn numbers_of_a_direct_event_keep_every_digit() {
        let trigger = read(r#"{"type":"identify","userId":12345678901234567890123}"#).unwrap();
        assert!(trigger.items[0].text.contains("12345678901234567890123"));
    }

    #[test]
    fn what_no_trigger_has_is_an_error() {
        for payload in [
            "1",
            r#"{"Records":[{"eventSource":"aws:s3"}]}"#,
            r#"{"Records":[{"eventSource":"aws:sqs"}]}"#,
            r#"{"Records":7}"#,
        ] {
            let error = read(payload).unwrap_err();
            assert!(matches!(error, TriggerError::Form(_)), "{payload}: {error}");
        }
        for payload in ["{}", "[1]", r#"{"batch":[{}]}"#] {
            let error = read(payload).unwrap_err();
            assert!(
                matches!(error, TriggerError::NoEvent(_)),
                "{payload}: {error}"
            );
        }
    }
}

//! Sending to, receiving from and deleting in queues of SQS.

use std::collections::HashMap;
use std::time::Duration;

use ring::digest;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::task::JoinSet;

use super::{Aws, AwsError, Service};

/// The most messages that SQS takes at once.
const MAX_ENTRIES: usize = 10;
/// The most bytes that SQS takes at once, over all messages of a batch.
const MAX_BATCH_BYTES: usize = 256 * 1024;
/// So many batches are under way at the same time.
const CONCURRENCY: usize = 16;
/// A message that the queue could not take in passing is sent so many times.
const ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// A message to be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// The text.
    pub body: String,
    /// Attributes of the type string.
    pub attributes: Vec<(&'static str, String)>,
    /// In an ordered queue: messages of one group come one after the other. Any text.
    pub group: String,
    /// In an ordered queue: what is sent twice within five minutes comes once. Any text.
    pub deduplication: String,
}

/// A message that was received.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Incoming {
    /// SQS's id of it.
    pub message_id: String,
    /// What deletes it, or makes it visible.
    pub receipt_handle: String,
    /// The text.
    pub body: String,
    /// SQS's own attributes, e.g. `SentTimestamp`.
    #[serde(default)]
    pub attributes: HashMap<String, String>,
    /// The sender's attributes.
    #[serde(default)]
    pub message_attributes: HashMap<String, Attribute>,
}

/// An attribute of a message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attribute {
    /// Its text; empty when it is bytes.
    #[serde(default)]
    pub string_value: String,
}

/// A queue.
#[derive(Clone, Debug)]
pub struct Queue {
    aws: Aws,
    url: String,
    is_ordered: bool,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchAnswer {
    #[serde(default)]
    failed: Vec<Failed>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Failed {
    id: String,
    sender_fault: bool,
    code: String,
    #[serde(default)]
    message: String,
}

impl Failed {
    fn error(&self, operation: &str) -> AwsError {
        AwsError::Refused {
            operation: format!("sqs {operation}"),
            status: if self.sender_fault { 400 } else { 503 },
            code: self.code.clone(),
            message: self.message.clone(),
        }
    }
}

impl Queue {
    /// The queue of a URL. Its region is that of the URL, when it names one.
    pub fn new(aws: Aws, url: &str) -> Self {
        let region = url
            .strip_prefix("https://sqs.")
            .and_then(|rest| rest.split_once(".amazonaws.com"));
        Queue {
            aws: match region {
                Some((region, _)) => aws.in_region(region),
                None => aws,
            },
            url: url.to_owned(),
            is_ordered: url.ends_with(".fifo"),
        }
    }

    /// The URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends messages in batches, and those again that the queue could not take in passing. To an ordered queue
    /// one batch goes after the other.
    ///
    /// # Errors
    /// The first error when not all could be sent; some may have been.
    pub async fn send(&self, messages: &[Outgoing]) -> Result<(), AwsError> {
        if self.is_ordered {
            // A message that is sent again must not be overtaken.
            for batch in batches(messages) {
                self.send_batch(batch.iter().collect()).await?;
            }
            return Ok(());
        }
        let mut under_way = JoinSet::new();
        let mut result = Ok(());
        for batch in batches(messages) {
            if under_way.len() >= CONCURRENCY {
                result = result.and(joined(under_way.join_next().await));
            }
            let (queue, batch) = (self.clone(), batch.to_vec());
            under_way.spawn(async move { queue.send_batch(batch.iter().collect()).await });
        }
        while !under_way.is_empty() {
            result = result.and(joined(under_way.join_next().await));
        }
        result
    }

    async fn send_batch(&self, mut left: Vec<&Outgoing>) -> Result<(), AwsError> {
        let mut attempt = 0;
        loop {
            let entries: Vec<Value> = left
                .iter()
                .enumerate()
                .map(|(id, message)| self.entry(id, message))
                .collect();
            let body = json!({"QueueUrl": self.url, "Entries": entries});
            let answer: BatchAnswer = self
                .aws
                .call(Service::Sqs, "SendMessageBatch", &body)
                .await?;
            let Some(first) = answer.failed.first() else {
                return Ok(());
            };
            attempt += 1;
            if attempt == ATTEMPTS || answer.failed.iter().any(|failed| failed.sender_fault) {
                return Err(first.error("SendMessageBatch"));
            }
            tracing::debug!(failed = answer.failed.len(), "a queue took a batch in part");
            let failed = |id: usize| {
                answer
                    .failed
                    .iter()
                    .any(|failed| failed.id == id.to_string())
            };
            // In an ordered queue, what stood behind a failed message of its group in this batch is before it now; the
            // guard by event time of the delivery is what keeps an older event from winning.
            left = left
                .into_iter()
                .enumerate()
                .filter(|(id, _)| failed(*id))
                .map(|(_, message)| message)
                .collect();
            tokio::time::sleep(FIRST_WAIT * (1 << attempt)).await;
        }
    }

    fn entry(&self, id: usize, message: &Outgoing) -> Value {
        let mut entry = json!({"Id": id.to_string(), "MessageBody": allowed(&message.body)});
        if !message.attributes.is_empty() {
            let attributes: Map<String, Value> = message
                .attributes
                .iter()
                .map(|(name, value)| {
                    let value = json!({"DataType": "String", "StringValue": allowed(value)});
                    ((*name).to_owned(), value)
                })
                .collect();
            entry["MessageAttributes"] = attributes.into();
        }
        if self.is_ordered {
            entry["MessageGroupId"] = id_of(&message.group).into();
            entry["MessageDeduplicationId"] = id_of(&message.deduplication).into();
        }
        entry
    }

    /// Receives up to ten messages and hides them from others for `hidden`.
    ///
    /// # Errors
    /// An [`AwsError`].
    pub async fn receive(&self, hidden: Duration) -> Result<Vec<Incoming>, AwsError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Answer {
            #[serde(default)]
            messages: Option<Vec<Incoming>>,
        }
        let body = json!({
            "QueueUrl": self.url,
            "MaxNumberOfMessages": MAX_ENTRIES,
            "VisibilityTimeout": hidden.as_secs(),
            "WaitTimeSeconds": 1,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let answer: Answer = self.aws.call(Service::Sqs, "ReceiveMessage", &body).await?;
        Ok(answer.messages.unwrap_or_default())
    }

    /// Another queue, for the same caller.
    #[must_use]
    pub fn sibling(&self, url: &str) -> Queue {
        Queue::new(self.aws.clone(), url)
    }

    /// The URLs of the queues that this one is the dead-letter queue of.
    ///
    /// # Errors
    /// An [`AwsError`].
    pub async fn sources(&self) -> Result<Vec<String>, AwsError> {
        #[derive(Deserialize)]
        struct Answer {
            #[serde(rename = "queueUrls", default)]
            queue_urls: Vec<String>,
        }
        let body = json!({"QueueUrl": self.url});
        let operation = "ListDeadLetterSourceQueues";
        let answer: Answer = self.aws.call(Service::Sqs, operation, &body).await?;
        Ok(answer.queue_urls)
    }

    /// Deletes messages that were received, by their receipt handles.
    ///
    /// # Errors
    /// An [`AwsError`]; some may have been deleted.
    pub async fn delete(&self, receipt_handles: &[&str]) -> Result<(), AwsError> {
        self.change(
            "DeleteMessageBatch",
            receipt_handles,
            |id, handle| json!({"Id": id.to_string(), "ReceiptHandle": handle}),
        )
        .await
    }

    /// Hides messages that were received, by their receipt handles, for so long from now on; zero shows them again.
    ///
    /// # Errors
    /// An [`AwsError`]; some may have been changed.
    pub async fn hide(&self, messages: &[(&str, Duration)]) -> Result<(), AwsError> {
        let operation = "ChangeMessageVisibilityBatch";
        self.change(operation, messages, |id, (handle, hidden)| {
            json!({
                "Id": id.to_string(),
                "ReceiptHandle": handle,
                "VisibilityTimeout": hidden.as_secs(),
            })
        })
        .await
    }

    /// Does something to messages that were received, ten at a time; to the others even when it fails for one.
    async fn change<M>(
        &self,
        operation: &str,
        messages: &[M],
        entry: impl Fn(usize, &M) -> Value,
    ) -> Result<(), AwsError> {
        let mut result = Ok(());
        for batch in messages.chunks(MAX_ENTRIES) {
            let entries = batch.iter().enumerate();
            let entries: Vec<Value> = entries.map(|(id, message)| entry(id, message)).collect();
            let body = json!({"QueueUrl": self.url, "Entries": entries});
            let answer: Result<BatchAnswer, AwsError> =
                self.aws.call(Service::Sqs, operation, &body).await;
            let done = answer.and_then(|answer| match answer.failed.first() {
                Some(failed) => Err(failed.error(operation)),
                None => Ok(()),
            });
            result = result.and(done);
        }
        result
    }
}

fn joined(
    result: Option<Result<Result<(), AwsError>, tokio::task::JoinError>>,
) -> Result<(), AwsError> {
    match result {
        Some(Ok(result)) => result,
        Some(Err(error)) => Err(AwsError::Transport {
            operation: "sqs SendMessageBatch".to_owned(),
            why: error.to_string(),
        }),
        None => Ok(()),
    }
}

/// Cuts messages into batches that SQS takes.
fn batches(messages: &[Outgoing]) -> impl Iterator<Item = &[Outgoing]> {
    let mut rest = messages;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let many = rest
            .iter()
            .take(MAX_ENTRIES)
            .take_while(|message| {
                bytes += size(message);
                bytes <= MAX_BATCH_BYTES
            })
            .count()
            // One that is too large alone is SQS's to refuse.
            .max(1)
            .min(rest.len());
        let (batch, after) = rest.split_at(many);
        rest = after;
        (!batch.is_empty()).then_some(batch)
    })
}

fn size(message: &Outgoing) -> usize {
    let attributes = message.attributes.iter();
    message.body.len()
        + attributes
            .map(|(name, value)| name.len() + "String".len() + value.len())
            .sum::<usize>()
}

/// The text without the two characters that SQS refuses and JSON allows; in JSON strings their escapes mean the same.
fn allowed(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains(['\u{fffe}', '\u{ffff}']) {
        text.replace('\u{fffe}', "\\ufffe")
            .replace('\u{ffff}', "\\uffff")
            .into()
    } else {
        text.into()
    }
}

/// Any text as an id that SQS takes: 64 hexadecimal digits of its hash, as which it stays when it is sent on.
fn id_of(text: &str) -> String {
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return text.to_owned();
    }
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    let bytes = digest.as_ref().iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: usize) -> Outgoing {
        Outgoing {
            body: "x".repeat(bytes),
            ..Outgoing::default()
        }
    }

    #[test]
    fn batches_hold_ten_messages_and_256_kib_at_most() {
        let sizes = |messages: &[Outgoing]| -> Vec<usize> {
            batches(messages).map(<[Outgoing]>::len).collect()
        };
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&vec![message(1); 25]), [10, 10, 5]);
        assert_eq!(sizes(&vec![message(32 * 1024); 17]), [8, 8, 1]);
        assert_eq!(
            sizes(&[message(1), message(300 * 1024), message(1)]),
            [1, 1, 1]
        );
        let mut with_attributes = message(MAX_BATCH_BYTES - 20);
        with_attributes.attributes = vec![("reason", "rejected".into())];
        assert_eq!(sizes(&[with_attributes, message(1)]), [1, 1]);
    }

    #[test]
    fn characters_that_sqs_refuses_are_escaped() {
        assert_eq!(
            allowed("{\"a\":\"\u{ffff}\u{fffe}ü\"}"),
            r#"{"a":"\uffff\ufffeü"}"#
        );
        assert!(matches!(allowed("{}"), std::borrow::Cow::Borrowed("{}")));
    }

    #[test]
    fn ids_of_ordered_queues_may_come_from_any_text() {
        for text in ["", "user:ü", &"x".repeat(1000)] {
            let id = id_of(text);
            assert!(id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()));
            assert_eq!(id_of(&id), id);
        }
        assert_ne!(id_of("a"), id_of("b"));
    }
}

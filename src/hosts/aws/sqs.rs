//! Sending to, receiving from and deleting in queues of SQS.

use std::borrow::Cow;
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
        Queue {
            aws: match region(url) {
                Some(region) => aws.in_region(region),
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
    /// one batch goes after the other, and none after one that could not be sent.
    ///
    /// # Errors
    /// The first error when not all could be sent; some may have been.
    pub async fn send(&self, messages: &[Outgoing]) -> Result<(), AwsError> {
        if self.is_ordered {
            // A message that is sent again must not be overtaken.
            for batch in batches(messages) {
                self.send_batch(batch)
                    .await
                    .into_iter()
                    .collect::<Result<(), _>>()?;
            }
            return Ok(());
        }
        self.send_each(messages).await.into_iter().collect()
    }

    /// Sends messages as [`Queue::send`] does, and tells of each, in their order, whether the queue has it. One that
    /// cannot be sent keeps no other from it.
    pub async fn send_each(&self, messages: &[Outgoing]) -> Vec<Result<(), AwsError>> {
        // To an ordered queue one batch goes after the other.
        let most = if self.is_ordered { 1 } else { CONCURRENCY };
        let lost = || AwsError::Transport {
            operation: "sqs SendMessageBatch".to_owned(),
            why: "its task ended".to_owned(),
        };
        let mut results = vec![Err(lost()); messages.len()];
        let mut under_way = JoinSet::new();
        let mut begin = 0;
        let mut batches = batches(messages);
        loop {
            let batch = batches.next();
            while under_way.len() >= most || (batch.is_none() && !under_way.is_empty()) {
                if let Some(Ok((begin, sent))) = under_way.join_next().await {
                    let sent: Vec<Result<(), AwsError>> = sent;
                    for (at, result) in (begin..).zip(sent) {
                        results[at] = result;
                    }
                }
            }
            let Some(batch) = batch else {
                return results;
            };
            let (queue, batch, from) = (self.clone(), batch.to_vec(), begin);
            begin += batch.len();
            under_way.spawn(async move { (from, queue.send_batch(&batch).await) });
        }
    }

    async fn send_batch(&self, messages: &[Outgoing]) -> Vec<Result<(), AwsError>> {
        let operation = "SendMessageBatch";
        let mut results = vec![Ok(()); messages.len()];
        let mut left: Vec<usize> = (0..messages.len()).collect();
        for attempt in 1.. {
            let entries: Vec<Value> = left
                .iter()
                .map(|at| self.entry(*at, &messages[*at]))
                .collect();
            let body = json!({"QueueUrl": self.url, "Entries": entries});
            let answer: Result<BatchAnswer, AwsError> =
                self.aws.call(Service::Sqs, operation, &body).await;
            let failed = match answer {
                Ok(answer) => answer.failed,
                Err(error) => {
                    left.iter().for_each(|at| results[*at] = Err(error.clone()));
                    break;
                }
            };
            if !failed.is_empty() {
                tracing::debug!(failed = failed.len(), "a queue took a batch in part");
            }
            // In an ordered queue, what stood behind a failed message of its group in this batch is before it now; the
            // guard by event time of the delivery is what keeps an older event from winning.
            left.retain(|at| {
                let failed = failed.iter().find(|failed| failed.id == at.to_string());
                let Some(failed) = failed else { return false };
                let is_over = failed.sender_fault || attempt == ATTEMPTS;
                if is_over {
                    results[*at] = Err(failed.error(operation));
                }
                !is_over
            });
            if left.is_empty() {
                break;
            }
            tokio::time::sleep(FIRST_WAIT * (1 << attempt)).await;
        }
        results
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

/// The region that the URL of a queue names. It becomes part of a host, so nothing but the name of a region is one.
fn region(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://sqs.")?;
    let (region, _) = rest.split_once(".amazonaws.com")?;
    let is_name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (!region.is_empty() && region.bytes().all(is_name)).then_some(region)
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

/// The text with the characters that SQS refuses as JSON escapes them. In JSON, where only two of them can stand, and
/// in strings at that, the escapes mean the same.
fn allowed(text: &str) -> Cow<'_, str> {
    let is_refused = |c: char| {
        matches!(c, '\0'..' ' | '\u{fffe}' | '\u{ffff}') && !matches!(c, '\t' | '\n' | '\r')
    };
    if !text.contains(is_refused) {
        return text.into();
    }
    let mut allowed = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_refused(c) {
            allowed.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            allowed.push(c);
        }
    }
    allowed.into()
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
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::super::simulated::Simulated;
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
        assert_eq!(
            allowed("\0a\u{1}\t\r\n\u{1f} \u{7f}"),
            "\\u0000a\\u0001\t\r\n\\u001f \u{7f}"
        );
        assert!(matches!(allowed("{}"), Cow::Borrowed("{}")));
    }

    #[test]
    fn only_the_name_of_a_region_is_one() {
        for (url, expect) in [
            ("https://sqs.eu-west-1.amazonaws.com/1/q", Some("eu-west-1")),
            (
                "https://sqs.cn-north-1.amazonaws.com.cn/1/q",
                Some("cn-north-1"),
            ),
            ("https://sqs.evil.com/x.amazonaws.com/1/q", None),
            ("https://sqs.evil.com:443#.amazonaws.com/1/q", None),
            ("https://sqs.a@evil.amazonaws.com/1/q", None),
            ("https://sqs..amazonaws.com/1/q", None),
            ("http://localhost:9324/1/q", None),
        ] {
            assert_eq!(region(url), expect, "{url}");
        }
    }

    /// SQS refuses those with the body `bad`, and cannot take those with the body `later` the first time.
    async fn sqs() -> Simulated {
        let calls = AtomicU32::new(0);
        Simulated::start(move |_, body| {
            let is_first = calls.fetch_add(1, Ordering::SeqCst) == 0;
            let entries = body["Entries"].as_array().unwrap();
            let failed = entries.iter().filter_map(|entry| {
                let is_bad = entry["MessageBody"] == "bad";
                let fails = is_bad || is_first && entry["MessageBody"] == "later";
                fails.then(|| json!({"Id": entry["Id"], "SenderFault": is_bad, "Code": "c"}))
            });
            (200, json!({"Failed": failed.collect::<Vec<_>>()}))
        })
        .await
    }

    fn sent(aws: &Simulated) -> Vec<Vec<String>> {
        let bodies = |call: &Value| {
            let entries = call["Entries"].as_array().unwrap().iter();
            let bodies = entries.map(|entry| entry["MessageBody"].as_str().unwrap().to_owned());
            bodies.collect()
        };
        aws.asked("SendMessageBatch").iter().map(bodies).collect()
    }

    #[tokio::test]
    async fn a_message_that_sqs_refuses_keeps_no_other_from_being_sent() {
        let of = |body: &str| Outgoing {
            body: body.to_owned(),
            ..Outgoing::default()
        };
        let messages = ["a", "bad", "later", "b"].map(of);
        for name in ["q", "q.fifo"] {
            let aws = sqs().await;
            let queue = Queue::new(
                aws.aws(),
                &format!("https://sqs.eu-west-1.amazonaws.com/1/{name}"),
            );
            let results = queue.send_each(&messages).await;
            let are_sent: Vec<bool> = results.iter().map(Result::is_ok).collect();
            assert_eq!(are_sent, [true, false, true, true], "{name}");
            assert_eq!(sent(&aws), [vec!["a", "bad", "later", "b"], vec!["later"]]);
        }
    }

    #[tokio::test]
    async fn the_results_of_many_batches_are_in_the_order_of_their_messages() {
        let mut messages = vec![message(1); 35];
        messages[21].body = "bad".to_owned();
        for (name, calls) in [("q", 4), ("q.fifo", 3)] {
            let aws = sqs().await;
            let url = format!("https://sqs.eu-west-1.amazonaws.com/1/{name}");
            let queue = Queue::new(aws.aws(), &url);
            // In an ordered queue nothing may come after what must be sent again.
            assert!(queue.send(&messages).await.is_err());
            assert_eq!(sent(&aws).len(), calls, "{name}");
            let results = queue.send_each(&messages).await;
            let failed: Vec<usize> = (0..35).filter(|at| results[*at].is_err()).collect();
            assert_eq!(failed, [21], "{name}");
        }
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

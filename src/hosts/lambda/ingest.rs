//! The function that takes events in: answered only when the queue has them.

use std::time::{Duration, Instant};

use lambda_http::{Body, Error, Request, RequestExt, Response, service_fn};
use tokio::sync::Mutex;

use super::super::aws::sqs::{Outgoing, Queue};
use super::super::aws::{Aws, Source};
use super::super::ingest::{self, Answer, Ingest, Intake, Keys, Refusal, Rejected};
use super::environment::{IngestSettings, Lookup};
use super::log;
use super::metrics::{Metrics, Unit};

/// So long keys are believed; a key that was taken away works no longer than this.
const KEYS_LIVE: Duration = Duration::from_secs(300);
/// Keys are read again for a sender who is not known, but not more often than this.
const KEYS_REST: Duration = Duration::from_secs(30);

/// Of so many events of a request that were not accepted it is logged why.
const MOST_WARNINGS: usize = 10;

struct Function {
    aws: Aws,
    queue: Queue,
    keys: Source,
    ingest: Mutex<Option<Loaded>>,
    metrics: Metrics,
}

struct Loaded {
    ingest: Ingest,
    at: Instant,
}

/// Serves requests.
pub(super) async fn run(settings: IngestSettings, lookup: Lookup<'_>) -> Result<(), Error> {
    let aws = Aws::from_environment(lookup)?;
    let function = Function {
        queue: Queue::new(aws.clone(), &settings.queue_url),
        aws,
        keys: settings.keys,
        ingest: Mutex::new(None),
        metrics: Metrics::new(lookup),
    };
    let function = &function;
    lambda_http::run(service_fn(move |request| async move {
        function.handle(request).await
    }))
    .await
}

impl Function {
    async fn handle(&self, request: Request) -> Result<Response<Body>, Error> {
        let request_id = request
            .lambda_context_ref()
            .map(|context| context.request_id.clone())
            .unwrap_or_default();
        log::begin(&request_id);
        let result = self.take(&request).await;
        let (accepted, rejected, denied, failed) = match &result {
            Ok(intake) => (intake.accepted.len(), intake.rejected.len(), 0, 0),
            Err(Refusal::AllRejected(rejected)) => (0, rejected.len(), 0, 0),
            Err(Refusal::Unauthorized(..)) => (0, 0, 1, 0),
            Err(Refusal::Throttled | Refusal::Unavailable) => (0, 0, 0, 1),
            Err(_) => (0, 0, 0, 0),
        };
        match &result {
            Ok(Intake { rejected, .. }) | Err(Refusal::AllRejected(rejected)) => warn(rejected),
            Err(_) => {}
        }
        let count = |name, n: usize| (name, n as f64, Unit::Count);
        self.metrics.emit(
            log::now(),
            &request_id,
            &[
                count("Accepted", accepted),
                count("NotAccepted", rejected),
                count("Denied", denied),
                count("QueueFailed", failed),
            ],
        );
        let answer = match &result {
            Ok(intake) => intake.answer(),
            Err(refusal) => {
                tracing::info!(status = refusal.status(), %refusal, "a request was refused");
                refusal.answer()
            }
        };
        response(answer)
    }

    async fn take(&self, request: &Request) -> Result<Intake, Refusal> {
        let intake = self.read(&plain(request)).await?;
        let messages: Vec<Outgoing> = intake
            .accepted
            .iter()
            .map(|event| Outgoing {
                body: event.json.clone(),
                attributes: Vec::new(),
                group: event.subject.clone(),
                deduplication: event.message_id.clone(),
            })
            .collect();
        self.queue.send(&messages).await.map_err(|error| {
            tracing::error!(%error, "the queue did not take the events");
            if error.is_throttled() {
                Refusal::Throttled
            } else {
                Refusal::Unavailable
            }
        })?;
        Ok(intake)
    }

    async fn read(&self, request: &ingest::Request<'_>) -> Result<Intake, Refusal> {
        let mut loaded = self.ingest.lock().await;
        let age = loaded.as_ref().map(|loaded| loaded.at.elapsed());
        if age.is_none_or(|age| age > KEYS_LIVE && self.keys.is_remote()) {
            self.load(&mut loaded).await;
        }
        let unavailable = Err(Refusal::Unavailable);
        let result = match &*loaded {
            Some(loaded) => loaded.ingest.take(request, log::now()),
            None => return unavailable,
        };
        let is_stale = loaded
            .as_ref()
            .is_some_and(|loaded| loaded.at.elapsed() > KEYS_REST);
        if !matches!(result, Err(Refusal::Unauthorized(..))) || !is_stale || !self.keys.is_remote()
        {
            return result;
        }
        // The key may be newer than ours.
        self.load(&mut loaded).await;
        match &*loaded {
            Some(loaded) => loaded.ingest.take(request, log::now()),
            None => unavailable,
        }
    }

    /// Reads the keys. While they cannot be read, those that were read last count.
    async fn load(&self, loaded: &mut Option<Loaded>) {
        let at = Instant::now();
        let keys = match self.keys.load(&self.aws).await {
            Ok(text) => Keys::parse(&text).map_err(|why| format!("{} {why}", self.keys)),
            Err(error) => Err(error.to_string()),
        };
        match keys {
            Ok(keys) => {
                *loaded = Some(Loaded {
                    ingest: Ingest::new(keys),
                    at,
                });
            }
            Err(error) => {
                tracing::error!(error, "the keys of those who may send cannot be read");
                if let Some(loaded) = loaded {
                    loaded.at = at;
                }
            }
        }
    }
}

/// Logs what was no event: SDKs do not look at the answer, so nobody else may ever say it.
fn warn(rejected: &[Rejected]) {
    for one in rejected.iter().take(MOST_WARNINGS) {
        tracing::warn!(
            code = %one.diagnostic.code,
            message_id = one.message_id,
            index = one.index,
            "an event was not accepted"
        );
    }
    if let Some(more) = rejected.len().checked_sub(MOST_WARNINGS + 1) {
        tracing::warn!(
            more = more + 1,
            "further events of the request were not accepted"
        );
    }
}

/// The request without what only Lambda knows.
fn plain(request: &Request) -> ingest::Request<'_> {
    let path = request.raw_http_path();
    ingest::Request {
        method: request.method().as_str(),
        path: if path.is_empty() {
            request.uri().path()
        } else {
            path
        },
        headers: request.headers(),
        body: request.body().as_ref(),
    }
}

fn response(answer: Answer) -> Result<Response<Body>, Error> {
    let mut response = Response::builder()
        .status(answer.status)
        .header("content-type", "application/json");
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    Ok(response.body(Body::Text(answer.body))?)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::event::EventTime;

    #[test]
    fn what_was_not_accepted_is_logged_without_its_payload_and_not_without_end() {
        let text = |many: usize| {
            let bad = r#"{"type":"identify","messageId":"m-7","traits":{"name":"Grace"}}"#;
            format!(
                r#"[{{"type":"track","userId":"u","event":"x"}},7{}]"#,
                format!(",{bad}").repeat(many)
            )
        };
        let now = EventTime::parse("2026-08-21T10:35:00Z").unwrap();
        let logged = |many| {
            let reader = crate::event::paths().reader();
            let intake = ingest::forwarded(&text(many), now, &reader).unwrap();
            assert_eq!(
                (intake.accepted.len(), intake.rejected.len()),
                (1, many + 1)
            );
            log::tests::logged(|| warn(&intake.rejected))
        };
        let lines: Vec<Value> = logged(1)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let said = |line: &Value| {
            let keys = ["level", "message", "code", "message_id", "index"];
            keys.map(|key| line[key].to_string()).join(" ")
        };
        let said: Vec<String> = lines.iter().map(said).collect();
        insta::assert_snapshot!(said.join("\n"), @r#"
        "WARN" "an event was not accepted" "event.not_an_object" null 1
        "WARN" "an event was not accepted" "event.missing_identity" "m-7" 2
        "#);
        let many = logged(20);
        assert_eq!(many.lines().count(), MOST_WARNINGS + 1);
        assert!(many.trim_end().ends_with(r#""more":11}"#), "{many}");
        assert!(!many.contains("Grace"));
    }

    #[test]
    fn the_samples_are_taken_in() {
        let ingest = Ingest::new(Keys::parse(r#"{"key":"write-key"}"#).unwrap());
        let now = EventTime::parse("2026-08-21T10:35:00Z").unwrap();
        for (name, events) in [
            ("ingest-identify", 1),
            ("ingest-batch", 2),
            ("ingest-webhook", 2),
        ] {
            let path = format!("{}/events/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(&path).unwrap();
            let request = lambda_http::request::from_str(&text).unwrap();
            let intake = ingest.take(&plain(&request), now).unwrap();
            let answer = response(intake.answer()).unwrap();
            assert_eq!(
                (intake.accepted.len(), answer.status()),
                (events, 200.try_into().unwrap())
            );
            assert_eq!(
                answer.body(),
                &Body::Text(r#"{"success":true}"#.into()),
                "{name}"
            );
            let other = Ingest::new(Keys::parse(r#"{"key":"another"}"#).unwrap());
            let refusal = other.take(&plain(&request), now).unwrap_err();
            assert_eq!(refusal.status(), 401, "{name}");
        }
    }
}

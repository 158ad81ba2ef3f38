//! Logs as one JSON object a line, with the keys that AWS's Powertools use, so that the same queries find them.

use std::fmt;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use super::environment::Lookup;
use crate::event::EventTime;

/// The invocation that is under way; a function has one at a time.
static INVOCATION: Mutex<Option<Invocation>> = Mutex::new(None);

#[derive(Clone, Debug)]
struct Invocation {
    request_id: String,
    is_cold_start: bool,
}

/// Notes which invocation is under way, for the lines that follow.
pub(super) fn begin(request_id: &str) -> bool {
    let mut invocation = INVOCATION.lock().unwrap_or_else(PoisonError::into_inner);
    let is_cold_start = invocation.is_none();
    *invocation = Some(Invocation {
        request_id: request_id.to_owned(),
        is_cold_start,
    });
    is_cold_start
}

/// Sends what is logged to the standard output, down to the level of `AWS_LAMBDA_LOG_LEVEL` or `LOG_LEVEL`.
pub(super) fn install(lookup: Lookup<'_>) {
    let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
    let level = get("AWS_LAMBDA_LOG_LEVEL").or_else(|| get("LOG_LEVEL"));
    let lines = Lines {
        level: level
            .and_then(|level| level.parse().ok())
            .unwrap_or(Level::INFO),
        service: get("POWERTOOLS_SERVICE_NAME").unwrap_or_else(|| "attio-destination".into()),
        function: get("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default(),
        out: std::io::stdout,
    };
    let subscriber = tracing_subscriber::registry().with(lines);
    // The only other subscriber there can be is one that a test has put there.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

struct Lines<W> {
    level: Level,
    service: String,
    function: String,
    out: fn() -> W,
}

impl<W> Lines<W> {
    fn line(&self, event: &Event<'_>, spans: Fields, now: EventTime) -> String {
        let mut line = Map::new();
        let metadata = event.metadata();
        line.insert("level".into(), metadata.level().as_str().into());
        line.insert("timestamp".into(), now.to_string().into());
        line.insert("service".into(), self.service.as_str().into());
        line.insert("location".into(), metadata.target().into());
        let invocation = INVOCATION
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(invocation) = invocation {
            line.insert("function_name".into(), self.function.as_str().into());
            line.insert("function_request_id".into(), invocation.request_id.into());
            line.insert("cold_start".into(), invocation.is_cold_start.into());
        }
        line.extend(spans.0);
        let mut fields = Fields::default();
        event.record(&mut fields);
        line.extend(fields.0);
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        text
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>, W: Write + 'static> Layer<S> for Lines<W> {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let most = if metadata.target().starts_with("attio_destination") {
            self.level
        } else {
            self.level.min(Level::WARN)
        };
        *metadata.level() <= most
    }

    fn on_new_span(
        &self,
        attributes: &tracing::span::Attributes<'_>,
        id: &tracing::span::Id,
        context: Context<'_, S>,
    ) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(
        &self,
        id: &tracing::span::Id,
        values: &tracing::span::Record<'_>,
        context: Context<'_, S>,
    ) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut spans = Fields::default();
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(fields) = span.extensions().get::<Fields>() {
                // The inner span comes first, and knows better.
                for (key, value) in &fields.0 {
                    if !spans.0.contains_key(key) {
                        spans.0.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        let line = self.line(event, spans, now());
        // Nobody is left to tell when the log cannot be written.
        let _ = (self.out)().write_all(line.as_bytes());
    }
}

/// The time.
pub(super) fn now() -> EventTime {
    let age = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    EventTime::from_nanos(age.map_or(0, |age| i64::try_from(age.as_nanos()).unwrap_or(i64::MAX)))
}

#[derive(Debug, Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::RefCell;

    use super::*;

    thread_local! {
        static WRITTEN: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    struct Written;

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            WRITTEN.with_borrow_mut(|written| written.write(bytes))
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// The lines that `log` logs on this thread.
    pub(in super::super) fn logged(log: impl FnOnce()) -> String {
        let lines = Lines {
            level: Level::INFO,
            service: "my-stack".into(),
            function: "my-function".into(),
            out: || Written,
        };
        let subscriber = tracing_subscriber::registry().with(lines);
        tracing::subscriber::with_default(subscriber, log);
        String::from_utf8(WRITTEN.take()).unwrap()
    }

    #[test]
    fn a_line_is_one_json_object_with_the_keys_of_powertools() {
        let written = logged(|| {
            let outer = tracing::info_span!("outer", event = 1, write = "0.person");
            let _outer = outer.enter();
            let inner = tracing::info_span!("inner", event = 2, status = tracing::field::Empty);
            let _inner = inner.enter();
            inner.record("status", 201);
            tracing::info!(share = 0.5, ok = true, error = %"two\nlines", "said");
            tracing::debug!("too quiet");
            tracing::info!(target: "hyper::client", "not ours");
        });
        begin("request-1");
        assert_eq!(written.lines().count(), 1, "{written}");
        let mut line: Map<String, Value> = serde_json::from_str(&written).unwrap();
        let time = line.shift_remove("timestamp").unwrap();
        assert!(EventTime::parse(time.as_str().unwrap()).is_some());
        insta::assert_snapshot!(Value::Object(line), @r#"{"level":"INFO","service":"my-stack","location":"attio_destination::hosts::lambda::log::tests","event":2,"status":201,"write":"0.person","message":"said","share":0.5,"ok":true,"error":"two\nlines"}"#);
    }
}

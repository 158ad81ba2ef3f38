//! Metrics in CloudWatch's embedded format: a line of the log that CloudWatch counts, without a call to it.

use std::io::Write;

use serde_json::{Map, Value, json};

use super::environment::Lookup;
use crate::event::EventTime;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Things.
    Count,
    /// Seconds.
    Seconds,
}

/// Where metrics belong.
#[derive(Clone, Debug)]
pub(super) struct Metrics {
    namespace: String,
    service: String,
}

impl Metrics {
    /// Metrics of `POWERTOOLS_METRICS_NAMESPACE` for `POWERTOOLS_SERVICE_NAME`.
    pub(super) fn new(lookup: Lookup<'_>) -> Self {
        let get = |name: &str, default: &str| {
            let value = lookup(name).filter(|value| !value.is_empty());
            value.unwrap_or_else(|| default.to_owned())
        };
        Metrics {
            namespace: get("POWERTOOLS_METRICS_NAMESPACE", "AttioDestination"),
            service: get("POWERTOOLS_SERVICE_NAME", "attio-destination"),
        }
    }

    /// Prints the metrics of one invocation.
    pub(super) fn emit(&self, now: EventTime, request_id: &str, values: &[(&str, f64, Unit)]) {
        let line = self.line(now, request_id, values);
        // Nobody is left to tell when the log cannot be written.
        let _ = std::io::stdout().write_all(line.as_bytes());
    }

    fn line(&self, now: EventTime, request_id: &str, values: &[(&str, f64, Unit)]) -> String {
        let definitions: Vec<Value> = values
            .iter()
            .map(|(name, _, unit)| {
                let unit = match unit {
                    Unit::Count => "Count",
                    Unit::Seconds => "Seconds",
                };
                json!({"Name": name, "Unit": unit})
            })
            .collect();
        let mut line = Map::new();
        line.insert(
            "_aws".into(),
            json!({
                "Timestamp": now.nanos() / 1_000_000,
                "CloudWatchMetrics": [{
                    "Namespace": self.namespace,
                    "Dimensions": [["service"]],
                    "Metrics": definitions,
                }],
            }),
        );
        line.insert("service".into(), self.service.as_str().into());
        line.insert("function_request_id".into(), request_id.into());
        for (name, value, _) in values {
            line.insert((*name).to_owned(), json!(value));
        }
        format!("{}\n", Value::Object(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_cloudwatch_reads() {
        let metrics = Metrics::new(&|name| {
            (name == "POWERTOOLS_SERVICE_NAME").then(|| "my-stack".to_owned())
        });
        let now = EventTime::parse("2026-08-21T10:34:56.123Z").unwrap();
        let line = metrics.line(
            now,
            "request-1",
            &[("Accepted", 3.0, Unit::Count), ("Age", 1.5, Unit::Seconds)],
        );
        insta::assert_snapshot!(line.trim_end(), @r#"{"_aws":{"Timestamp":1787308496123,"CloudWatchMetrics":[{"Namespace":"AttioDestination","Dimensions":[["service"]],"Metrics":[{"Name":"Accepted","Unit":"Count"},{"Name":"Age","Unit":"Seconds"}]}]},"service":"my-stack","function_request_id":"request-1","Accepted":3.0,"Age":1.5}"#);
    }
}

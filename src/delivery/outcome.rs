//! What became of every event.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::error::ApiError;
use super::limiter::Limit;
use super::retry::Failure;
use crate::diagnostic::Diagnostic;
use crate::plan::Plan;

/// What became of one event.
#[derive(Clone, Debug)]
pub struct Report {
    /// The number that the event was submitted under.
    pub seq: u64,
    /// The event's plan, given back.
    pub plan: Plan,
    /// The one thing that it ended in.
    pub outcome: Outcome,
    /// Its writes, in the order of the plan.
    pub writes: Vec<WriteReport>,
    /// What delivery has to say about it; what planning had to say stays in the plan.
    pub diagnostics: Vec<Diagnostic>,
}

/// What an event ends in: exactly one of these.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Everything it asked for is in Attio, and at least one request carried something of it.
    Delivered,
    /// Everything it asked for was in Attio already, or something newer was.
    Unchanged,
    /// Attio has taken it in a batch, and does not say what it makes of it.
    Accepted,
    /// There was nothing to write.
    Filtered {
        /// Why, in a sentence.
        reason: String,
    },
    /// The event could not be planned; the plan's diagnostics say why.
    Rejected,
    /// At least one write failed for good.
    Failed {
        /// The last failure.
        failure: Failure,
    },
    /// Delivery stopped before it was done; it can be submitted again.
    Held {
        /// Why, in a sentence.
        reason: String,
    },
}

impl Outcome {
    /// The word for it: `delivered`, `unchanged`, `accepted`, `filtered`, `rejected`, `failed` or `held`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Delivered => "delivered",
            Outcome::Unchanged => "unchanged",
            Outcome::Accepted => "accepted",
            Outcome::Filtered { .. } => "filtered",
            Outcome::Rejected => "rejected",
            Outcome::Failed { .. } => "failed",
            Outcome::Held { .. } => "held",
        }
    }

    /// Whether the event needs nothing more: a checkpoint may move past it.
    pub fn is_final(&self) -> bool {
        !matches!(self, Outcome::Held { .. })
    }
}

/// What became of one write of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WriteReport {
    /// The write's name within the plan.
    pub id: Arc<str>,
    /// The slug of the object.
    pub object: Arc<str>,
    /// What became of it.
    pub result: WriteResult,
    /// Attio's id of the record, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_id: Option<String>,
}

/// What became of one write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteResult {
    /// A request carried it, alone or with the writes of other events.
    Written,
    /// A request carried it together with writes of other events, whose newer values went in place of its own.
    Merged,
    /// The record had these values already.
    Unchanged,
    /// Attio has taken it in a batch.
    Accepted,
    /// A newer event had written the same attributes.
    Superseded,
    /// Attio refused it, or the budget of attempts is used up.
    Failed,
    /// A write that it depends on failed.
    NotAttempted,
    /// Delivery stopped first.
    Held,
}

/// `{"outcome", "reason" | "response" | "error", "writes", "diagnostics"}`; the plan is left to the caller.
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("outcome", self.outcome.as_str())?;
        match &self.outcome {
            Outcome::Filtered { reason } | Outcome::Held { reason } => {
                map.serialize_entry("reason", reason)?;
            }
            Outcome::Failed {
                failure: Failure::Api(error),
            } => map.serialize_entry("response", error)?,
            Outcome::Failed { failure } => map.serialize_entry("error", &failure.to_string())?,
            Outcome::Delivered | Outcome::Unchanged | Outcome::Accepted | Outcome::Rejected => {}
        }
        map.serialize_entry("writes", &self.writes)?;
        map.serialize_entry("diagnostics", &self.diagnostics)?;
        map.end()
    }
}

/// Counts, while delivery goes on and when it is over.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Events that were submitted.
    pub events: u64,
    /// Events that ended in [`Outcome::Delivered`].
    pub delivered: u64,
    /// Events that ended in [`Outcome::Unchanged`].
    pub unchanged: u64,
    /// Events that ended in [`Outcome::Accepted`].
    pub accepted: u64,
    /// Events that ended in [`Outcome::Filtered`].
    pub filtered: u64,
    /// Events that ended in [`Outcome::Rejected`].
    pub rejected: u64,
    /// Events that ended in [`Outcome::Failed`].
    pub failed: u64,
    /// Events that ended in [`Outcome::Held`].
    pub held: u64,
    /// Events that have not ended yet.
    pub pending: u64,
    /// Records of which writes wait, at this moment, for a record that they refer to.
    pub waiting_for_reference: u64,
    /// Requests that were sent.
    pub requests: u64,
    /// Requests that Attio did, by object.
    pub writes: BTreeMap<Arc<str>, u64>,
    /// Requests that were refused because there were too many.
    pub limited: u64,
    /// Requests that failed in passing and were sent again.
    pub retries: u64,
    /// From the first request to the last, in seconds.
    pub seconds: f64,
    /// The share of the limit on writes that was used while there was something to write, from 0 to 1.
    pub share_of_limit: f64,
    /// What stopped delivery before the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped_by: Option<ApiError>,
}

impl Summary {
    /// Counts an outcome.
    pub(super) fn count(&mut self, outcome: &Outcome) {
        *match outcome {
            Outcome::Delivered => &mut self.delivered,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Accepted => &mut self.accepted,
            Outcome::Filtered { .. } => &mut self.filtered,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Failed { .. } => &mut self.failed,
            Outcome::Held { .. } => &mut self.held,
        } += 1;
        self.pending -= 1;
        debug_assert!(self.is_balanced());
    }

    /// Whether every event is accounted for exactly once.
    pub fn is_balanced(&self) -> bool {
        self.events
            == self.delivered
                + self.unchanged
                + self.accepted
                + self.filtered
                + self.rejected
                + self.failed
                + self.held
                + self.pending
    }

    /// The counts of this delivery and of a later one that went on with its events.
    #[must_use]
    pub fn and(mut self, later: Summary) -> Summary {
        let seconds = self.seconds + later.seconds;
        if seconds > 0.0 {
            self.share_of_limit = (self.share_of_limit * self.seconds
                + later.share_of_limit * later.seconds)
                / seconds;
        }
        for (object, writes) in later.writes {
            *self.writes.entry(object).or_default() += writes;
        }
        Summary {
            events: self.events + later.events,
            delivered: self.delivered + later.delivered,
            unchanged: self.unchanged + later.unchanged,
            accepted: self.accepted + later.accepted,
            filtered: self.filtered + later.filtered,
            rejected: self.rejected + later.rejected,
            failed: self.failed + later.failed,
            held: self.held + later.held,
            pending: self.pending + later.pending,
            waiting_for_reference: self.waiting_for_reference + later.waiting_for_reference,
            requests: self.requests + later.requests,
            writes: self.writes,
            limited: self.limited + later.limited,
            retries: self.retries + later.retries,
            seconds,
            share_of_limit: self.share_of_limit,
            stopped_by: self.stopped_by.or(later.stopped_by),
        }
    }

    /// Takes back failures of events that were submitted once more.
    pub fn take_back(&mut self, failures: u64) {
        self.events = self.events.saturating_sub(failures);
        self.failed = self.failed.saturating_sub(failures);
    }

    /// All requests that Attio did.
    pub fn written(&self) -> u64 {
        self.writes.values().sum()
    }

    /// Requests a second, over the time from the first to the last.
    pub fn rate(&self) -> f64 {
        if self.seconds > 0.0 {
            self.requests.saturating_sub(1) as f64 / self.seconds
        } else {
            0.0
        }
    }

    /// Notes the time that has been used, and for how much of it there was nothing to send.
    pub(super) fn took(&mut self, time: Duration, idle: Duration, limit: Limit) {
        self.seconds = time.as_secs_f64();
        let busy = time.saturating_sub(idle).as_secs_f64();
        let allowed = busy * f64::from(limit.requests) / limit.window.as_secs_f64();
        if allowed > 0.0 {
            self.share_of_limit = self.requests.saturating_sub(1) as f64 / allowed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_event_tells_the_last_response() {
        let report = Report {
            seq: 7,
            plan: Plan::rejected(None, Vec::new()),
            outcome: Outcome::Failed {
                failure: Failure::Api(ApiError {
                    status: 400,
                    kind: "invalid_request_error".into(),
                    code: "missing_value".into(),
                    message: "Required value was not provided.".into(),
                }),
            },
            writes: vec![WriteReport {
                id: "0.person".into(),
                object: "people".into(),
                result: WriteResult::Failed,
                record_id: None,
            }],
            diagnostics: Vec::new(),
        };
        insta::assert_snapshot!(serde_json::to_string(&report).unwrap(), @r#"{"outcome":"failed","response":{"status":400,"type":"invalid_request_error","code":"missing_value","message":"Required value was not provided."},"writes":[{"id":"0.person","object":"people","result":"failed"}],"diagnostics":[]}"#);
    }

    #[test]
    fn the_sum_holds_after_every_outcome() {
        let mut summary = Summary {
            events: 2,
            pending: 2,
            ..Summary::default()
        };
        summary.count(&Outcome::Delivered);
        summary.count(&Outcome::Held {
            reason: String::new(),
        });
        assert!(summary.is_balanced());
        assert_eq!(
            (summary.delivered, summary.held, summary.pending),
            (1, 1, 0)
        );
    }

    #[test]
    fn the_counts_of_two_deliveries_make_one() {
        let first = Summary {
            events: 5,
            delivered: 2,
            failed: 3,
            writes: [("people".into(), 2)].into(),
            seconds: 3.0,
            share_of_limit: 0.9,
            ..Summary::default()
        };
        let later = Summary {
            events: 2,
            delivered: 1,
            rejected: 1,
            writes: [("people".into(), 1), ("users".into(), 1)].into(),
            seconds: 1.0,
            share_of_limit: 0.5,
            ..Summary::default()
        };
        let mut both = first.and(later);
        both.take_back(2);
        assert!(both.is_balanced());
        assert_eq!(
            (both.events, both.delivered, both.failed, both.rejected),
            (5, 3, 1, 1)
        );
        assert_eq!((both.written(), both.seconds), (4, 4.0));
        assert!((both.share_of_limit - 0.8).abs() < 1e-9);
    }

    #[test]
    fn the_share_of_the_limit_is_requests_over_what_was_allowed() {
        let mut summary = Summary {
            requests: 246,
            ..Summary::default()
        };
        summary.took(
            Duration::from_secs(15),
            Duration::from_secs(5),
            Limit::WRITES,
        );
        assert!((summary.share_of_limit - 0.98).abs() < 1e-9);
    }
}

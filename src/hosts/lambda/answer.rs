//! What a trigger is told: exactly which of its items must come again.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::super::ingest::Rejected;
use super::trigger::{Kind, Trigger};
use crate::delivery::{Report, Summary};
use crate::plan::Plan;

/// The answer of an invocation, or why the invocation is to fail.
pub(super) fn answer(
    trigger: &Trigger<'_>,
    reports: &BTreeMap<u64, Report>,
    again: &BTreeSet<u64>,
    summary: &Summary,
) -> Result<Box<RawValue>, String> {
    match trigger.kind {
        Kind::Sqs => Ok(raw(&Failures::of(trigger, &unacknowledged(trigger, again)))),
        // A stream goes on from the first: naming more would not bring less.
        Kind::Kinesis => Ok(raw(&Failures::of(
            trigger,
            &again.iter().take(1).copied().collect(),
        ))),
        Kind::EventBridge => match again.first().and_then(|seq| reports.get(seq)) {
            None => Ok(raw(&Failures::of(trigger, &BTreeSet::new()))),
            Some(report) => Err(format!(
                "the event must come again: it is {}",
                report.outcome.as_str()
            )),
        },
        Kind::Direct { .. } => Ok(raw(&Results {
            results: reports.values().map(Outcome::of).collect(),
            rejected: &trigger.rejected,
            summary,
        })),
    }
}

/// The answer of an invocation that writes nothing.
pub(super) fn plans(trigger: &Trigger<'_>, plans: &[Plan]) -> Box<RawValue> {
    raw(&Plans {
        plans,
        rejected: &trigger.rejected,
    })
}

/// The messages that must come again. In an ordered queue, those of the same group that came after one of them do so
/// too, even if they were delivered: else the one would come after them.
pub(super) fn unacknowledged(trigger: &Trigger<'_>, again: &BTreeSet<u64>) -> BTreeSet<u64> {
    let mut groups = HashSet::new();
    let mut all = BTreeSet::new();
    for (seq, item) in (0..).zip(&trigger.items) {
        let is_behind = item
            .group
            .as_ref()
            .is_some_and(|group| groups.contains(group));
        if again.contains(&seq) || is_behind {
            all.insert(seq);
            groups.extend(item.group.as_ref());
        }
    }
    all
}

fn raw(answer: &impl Serialize) -> Box<RawValue> {
    to_raw_value(answer).expect("OK because the parts are texts, numbers and JSON")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failures<'t> {
    batch_item_failures: Vec<Failure<'t>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure<'t> {
    item_identifier: &'t str,
}

impl<'t> Failures<'t> {
    fn of(trigger: &'t Trigger<'_>, again: &BTreeSet<u64>) -> Self {
        let items = (0..).zip(&trigger.items);
        Failures {
            batch_item_failures: items
                .filter(|(seq, _)| again.contains(seq))
                .map(|(_, item)| Failure {
                    item_identifier: &item.id,
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct Results<'r> {
    results: Vec<Outcome<'r>>,
    rejected: &'r [Rejected],
    summary: &'r Summary,
}

#[derive(Serialize)]
struct Plans<'r> {
    plans: &'r [Plan],
    rejected: &'r [Rejected],
}

/// One event of a direct call.
#[derive(Serialize)]
struct Outcome<'r> {
    message_id: Option<&'r str>,
    #[serde(flatten)]
    report: &'r Report,
    /// What planning had to say.
    plan_diagnostics: &'r [crate::diagnostic::Diagnostic],
}

impl<'r> Outcome<'r> {
    fn of(report: &'r Report) -> Self {
        Outcome {
            message_id: report.plan.message_id.as_deref(),
            report,
            plan_diagnostics: &report.plan.diagnostics,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery;
    use crate::hosts::lambda::trigger::Item;

    fn trigger(kind: Kind, groups: &[Option<&str>]) -> Trigger<'static> {
        let item = |(n, group): (usize, &Option<&str>)| Item {
            id: format!("m{n}"),
            group: group.map(str::to_owned),
            ..Item::default()
        };
        Trigger {
            kind,
            items: groups.iter().enumerate().map(item).collect(),
            rejected: Vec::new(),
        }
    }

    fn reports(many: u64) -> BTreeMap<u64, Report> {
        let report = |seq| Report {
            seq,
            plan: Plan::rejected(Some(format!("message-{seq}")), Vec::new()),
            outcome: delivery::Outcome::Delivered,
            writes: Vec::new(),
            diagnostics: Vec::new(),
        };
        (0..many).map(|seq| (seq, report(seq))).collect()
    }

    fn told(trigger: &Trigger<'_>, again: &[u64]) -> Result<String, String> {
        let again = again.iter().copied().collect();
        let reports = reports(trigger.items.len() as u64);
        answer(trigger, &reports, &again, &Summary::default()).map(|raw| raw.get().to_owned())
    }

    #[test]
    fn a_queue_is_told_each_message_that_must_come_again() {
        let queue = trigger(Kind::Sqs, &[None; 4]);
        insta::assert_snapshot!(told(&queue, &[]).unwrap(), @r#"{"batchItemFailures":[]}"#);
        insta::assert_snapshot!(told(&queue, &[1, 3]).unwrap(), @r#"{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m3"}]}"#);
    }

    #[test]
    fn in_an_ordered_queue_what_stands_behind_in_the_group_comes_again_too() {
        let groups = [Some("a"), Some("b"), Some("a"), Some("c"), Some("b")];
        let queue = trigger(Kind::Sqs, &groups);
        insta::assert_snapshot!(told(&queue, &[1]).unwrap(), @r#"{"batchItemFailures":[{"itemIdentifier":"m1"},{"itemIdentifier":"m4"}]}"#);
        insta::assert_snapshot!(told(&queue, &[2]).unwrap(), @r#"{"batchItemFailures":[{"itemIdentifier":"m2"}]}"#);
    }

    #[test]
    fn a_stream_is_told_the_first_record_that_must_come_again() {
        let stream = trigger(Kind::Kinesis, &[None; 4]);
        insta::assert_snapshot!(told(&stream, &[1, 3]).unwrap(), @r#"{"batchItemFailures":[{"itemIdentifier":"m1"}]}"#);
    }

    #[test]
    fn an_event_of_a_bus_that_must_come_again_fails_the_invocation() {
        let bus = trigger(Kind::EventBridge, &[None]);
        assert!(told(&bus, &[]).is_ok());
        assert_eq!(
            told(&bus, &[0]).unwrap_err(),
            "the event must come again: it is delivered"
        );
    }

    #[test]
    fn a_direct_caller_is_told_every_outcome() {
        let direct = trigger(Kind::Direct { is_dry_run: false }, &[None]);
        let told: serde_json::Value = serde_json::from_str(&told(&direct, &[]).unwrap()).unwrap();
        insta::assert_snapshot!(told["results"], @r#"[{"message_id":"message-0","outcome":"delivered","writes":[],"diagnostics":[],"plan_diagnostics":[]}]"#);
        assert!(told["summary"].is_object() && told["rejected"].is_array());
    }
}

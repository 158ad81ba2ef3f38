//! Delivery by the batch endpoint.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use attio_destination::delivery::{
    Ended, Engine, MemoryLedger, Outcome, Report, Settings, Transport, WriteResult,
};
use attio_destination::plan::Plan;
use attio_destination::sandbox::{Faults, Latency, Moment, RateLimit, Revocation, Sandbox};
use serde_json::json;

use crate::{numbered, plans, reference};

async fn deliver<T: Transport>(transport: T, plans: &[Plan]) -> (Ended<MemoryLedger>, Vec<Report>) {
    let reports = Arc::new(Mutex::new(Vec::new()));
    let into = reports.clone();
    let on_report = move |report| into.lock().unwrap().push(report);
    let (settings, ledger) = (Settings::default(), MemoryLedger::default());
    let engine = Engine::start_batches(transport, settings, ledger, on_report);
    for (seq, plan) in numbered(plans) {
        if engine.submit(seq, plan).await.is_err() {
            break;
        }
    }
    let ended = engine.drain().await;
    let reports = Arc::try_unwrap(reports).unwrap().into_inner().unwrap();
    (ended, reports)
}

/// Users, then the workspaces that they are in, in the order of their times.
fn events(users: usize) -> Vec<String> {
    let identify = (0..users).map(|n| {
        json!({
            "type": "identify", "userId": format!("u{n}"), "messageId": format!("i{n}"),
            "timestamp": format!("2026-11-01T08:{:02}:{:02}Z", n / 60 % 60, n % 60),
            "traits": {"email": format!("u{n}@w{}.example", n % 7), "title": format!("Title {}", n % 3)},
        })
    });
    let group = (0..users).map(|n| {
        json!({
            "type": "group", "userId": format!("u{n}"), "groupId": format!("w{}", n % 7),
            "timestamp": format!("2026-11-02T08:{:02}:{:02}Z", n / 60 % 60, n % 60),
            "traits": {"website": format!("https://w{}.example", n % 7), "name": format!("Workspace {}", n % 7)},
        })
    });
    identify
        .chain(group)
        .map(|event| event.to_string())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn thousands_of_events_become_a_handful_of_requests_and_the_same_records() {
    let plans = plans("segment", &events(550));
    let slow = Sandbox::default();
    reference::deliver(&slow, &plans);
    let faults = Faults {
        latency: Latency::Fixed(Duration::from_millis(300)),
        server_errors: 0.6,
        resets_after: 0.2,
        seed: 5,
        ..Faults::default()
    };
    let sandbox = Sandbox::builder().faults(faults).build();
    let (ended, reports) = deliver(sandbox.clone(), &plans).await;
    let summary = ended.summary;
    assert_eq!(
        (summary.accepted, summary.events),
        (1100, 1100),
        "{summary:?}"
    );
    assert_eq!(summary.requests - summary.retries, 2, "{summary:?}");
    assert!(summary.retries > 0, "{summary:?}");
    let in_order: Vec<u64> = reports.iter().map(|report| report.seq).collect();
    assert_eq!(in_order, (0..1100).collect::<Vec<_>>());
    let results = reports.iter().flat_map(|report| &report.writes);
    assert!(results.clone().count() > 1100);
    assert!(
        results
            .clone()
            .all(|write| write.result == WriteResult::Accepted)
    );
    assert_eq!(sandbox.batch_failures(), [""; 0]);
    assert_eq!(slow.snapshot().diff(&sandbox.snapshot()), "");
}

#[tokio::test(start_paused = true)]
async fn the_event_that_a_batch_is_refused_for_fails_alone() {
    /// Refuses every request that names `u7`.
    #[derive(Clone)]
    struct Picky(Sandbox);
    impl Transport for Picky {
        async fn send(
            &self,
            request: attio_destination::plan::Request,
        ) -> Result<
            attio_destination::delivery::Response,
            attio_destination::delivery::TransportError,
        > {
            let body = request.body.as_deref().unwrap_or_default();
            if body.contains("\"u7\"") {
                return Ok(attio_destination::delivery::Response {
                    status: 400,
                    retry_after: None,
                    body: json!({"code": "validation_type", "message": "Not this one."})
                        .to_string(),
                });
            }
            self.0.send(request).await
        }
    }
    let sandbox = Sandbox::default();
    let plans = plans("segment", &events(20)[..20]);
    let (ended, reports) = deliver(Picky(sandbox.clone()), &plans).await;
    assert_eq!((ended.summary.accepted, ended.summary.failed), (19, 1));
    let failed: Vec<u64> = reports
        .iter()
        .filter(|report| matches!(report.outcome, Outcome::Failed { .. }))
        .map(|report| report.seq)
        .collect();
    assert_eq!(failed, [7]);
    assert_eq!(sandbox.records("users").len(), 19);
}

#[tokio::test(start_paused = true)]
async fn a_revoked_token_stops_batches_and_a_limit_delays_them() {
    let revoked = Sandbox::builder()
        .faults(Faults {
            revocation: Some(Revocation::AfterRequests(1)),
            ..Faults::default()
        })
        .build();
    let plans = plans("segment", &events(550));
    let (ended, reports) = deliver(revoked, &plans).await;
    let summary = ended.summary;
    assert!(
        summary.stopped_by.is_some() && summary.failed == 0,
        "{summary:?}"
    );
    assert_eq!(summary.accepted, 1000);
    assert_eq!(summary.accepted + summary.held, summary.events);
    assert_eq!(reports.len() as u64, summary.events);

    // At the beginning of a second, so that both requests are in it.
    let second = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
        + 1;
    let limited = Sandbox::builder()
        .start_at(Moment::from_unix(Duration::from_secs(second)))
        .faults(Faults {
            rate_limit: Some(RateLimit {
                writes_per_second: 1,
                ..RateLimit::default()
            }),
            ..Faults::default()
        })
        .build();
    let (ended, _) = deliver(limited, &plans).await;
    assert_eq!(ended.summary.accepted, 1100);
    assert_eq!(ended.summary.limited, 1);
}

#[tokio::test(start_paused = true)]
async fn what_needs_no_request_is_told_and_a_few_events_do_not_wait_for_a_thousand() {
    let sandbox = Sandbox::default();
    let mut events = events(1);
    events.push(json!({"type": "track", "userId": "u1", "event": "Clicked"}).to_string());
    events.push("{".to_owned());
    let plans = plans("segment", &events);
    let reports = Arc::new(Mutex::new(Vec::new()));
    let into = reports.clone();
    let on_report = move |report: Report| into.lock().unwrap().push(report.outcome.as_str());
    let engine = Engine::start_batches(
        sandbox.clone(),
        Settings::default(),
        MemoryLedger::default(),
        on_report,
    );
    for (seq, plan) in numbered(&plans) {
        engine.submit(seq, plan).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(engine.handle().progress().accepted, 2);
    engine.handle().flush().await.unwrap();
    engine.handle().stop();
    let summary = engine.drain().await.summary;
    assert_eq!(
        (summary.filtered, summary.rejected, summary.held),
        (1, 1, 0)
    );
    let mut outcomes = reports.lock().unwrap().clone();
    outcomes.sort_unstable();
    assert_eq!(outcomes, ["accepted", "accepted", "filtered", "rejected"]);
}

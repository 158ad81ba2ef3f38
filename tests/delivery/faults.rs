//! With each fault and with all of them together: every event is accounted for once, the end state is that of the slow
//! delivery, and the token is in nothing that is said.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use attio_destination::delivery::{Budget, Limit, MemoryLedger, Outcome, Settings};
use attio_destination::plan::Plan;
use attio_destination::sandbox::{Faults, Latency, RateLimit, Revocation, SCOPES, Sandbox, Stats};
use tracing_subscriber::fmt::MakeWriter;

use crate::http::{self, TOKEN};
use crate::stream::Stream;
use crate::{deliver, numbered, plans, reference};

const EVENTS: usize = 240;
/// How long a whole answer is waited for; slow ones take longer.
const PATIENCE: Duration = Duration::from_millis(400);

/// All that was logged, at every level.
#[derive(Clone, Copy)]
struct Log;

static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        Log
    }
}

fn log_everything() {
    static BEGUN: OnceLock<()> = OnceLock::new();
    BEGUN.get_or_init(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(Log)
            .init();
    });
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn settings() -> Settings {
    Settings {
        writes: Limit::per_second(400),
        budget: Budget {
            attempts: 1000,
            age: Duration::from_secs(3600),
            base: ms(4),
            cap: ms(60),
        },
        hold_delay: ms(100),
        logs_values: true,
        ..Settings::default()
    }
}

/// Delivers under a fault, and what was held once more when that is over.
async fn check(faults: Faults, happened: impl Fn(&Stats) -> bool) {
    log_everything();
    let stream = Stream {
        events: EVENTS,
        users: 20,
        workspaces: 5,
        names_workspaces: true,
        seed: 3,
    };
    let plans = plans("customerio", &stream.events());
    let slow = Sandbox::default();
    reference::deliver(&slow, &plans);

    let is_revoked = faults.revocation.is_some();
    let sandbox = Sandbox::builder().faults(faults.clone()).build();
    let url = http::serve_sandbox(&sandbox).await;
    let transport = http::transport(&url, PATIENCE);
    let mut said = format!("{transport:?}");
    let mut ended: BTreeMap<u64, Outcome> = BTreeMap::new();
    let mut left: Vec<(u64, Plan)> = numbered(&plans).collect();
    let mut ledger = MemoryLedger::default();
    for run in 0.. {
        let events: Vec<(u64, Plan)> = left.clone();
        let delivered = deliver(transport.clone(), settings(), ledger, events).await;
        ledger = delivered.ledger;
        let summary = delivered.summary;
        said += &format!("{summary:?}{:?}", delivered.reports);
        assert!(summary.is_balanced() && summary.pending == 0, "{summary:?}");
        assert_eq!(summary.events as usize, delivered.reports.len());
        assert_eq!(summary.failed + summary.rejected, 0, "{summary:?}");
        for report in delivered.reports {
            said += &serde_json::to_string(&report).unwrap();
            left.retain(|(seq, _)| *seq != report.seq || !report.outcome.is_final());
            if report.outcome.is_final() {
                let before = ended.insert(report.seq, report.outcome);
                assert_eq!(before, None, "event {} ended twice", report.seq);
            }
        }
        if left.is_empty() {
            break;
        }
        // A person gives the token back.
        assert!(
            is_revoked && run == 0 && summary.stopped_by.is_some(),
            "{summary:?}"
        );
        assert!(left.len() < EVENTS, "something was done before");
        sandbox.grant(TOKEN, SCOPES);
    }
    assert_eq!(ended.len(), EVENTS);
    assert_eq!(slow.snapshot().diff(&sandbox.snapshot()), "", "{faults:?}");
    let stats = sandbox.stats();
    assert!(happened(&stats), "{faults:?} {stats:?}");

    let logged = LOGGED.lock().unwrap();
    let logged = String::from_utf8_lossy(&logged);
    assert!(logged.contains("attempt=1") && logged.contains("TRACE"));
    for (what, text) in [("log", &*logged), ("output", &said)] {
        assert!(!text.contains(TOKEN), "the {what} holds the token");
    }
}

fn limited(tells_seconds: bool) -> Faults {
    Faults {
        rate_limit: Some(RateLimit {
            writes_per_second: 15,
            tells_seconds,
            ..RateLimit::default()
        }),
        ..Faults::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_lower_than_thought_with_dates_to_wait_for() {
    check(limited(false), |stats| stats.answered(429) > 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_lower_than_thought_with_seconds_to_wait() {
    check(limited(true), |stats| stats.answered(429) > 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_take_long_now_and_then() {
    let latency = Latency::LongTail {
        median: ms(15),
        p99: ms(350),
    };
    let faults = Faults {
        latency,
        ..Faults::default()
    };
    check(faults, |stats| stats.answered(200) > 50).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_on_attios_side() {
    let faults = Faults {
        server_errors: 0.25,
        ..Faults::default()
    };
    check(faults, |stats| {
        stats.answered(500) + stats.answered(502) + stats.answered(503) > 5
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_before_a_request_is_done() {
    let faults = Faults {
        resets_before: 0.25,
        ..Faults::default()
    };
    check(faults, |stats| stats.resets > 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_after_a_request_was_done() {
    let faults = Faults {
        resets_after: 0.25,
        ..Faults::default()
    };
    check(faults, |stats| stats.resets > 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_come_too_late() {
    let faults = Faults {
        slow_bodies: 0.1,
        slow_body: PATIENCE * 2,
        ..Faults::default()
    };
    check(faults, |stats| stats.slow_bodies > 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_end_too_early() {
    let faults = Faults {
        truncated_bodies: 0.25,
        ..Faults::default()
    };
    check(faults, |stats| stats.truncated_bodies > 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn maintenance() {
    let faults = Faults {
        latency: Latency::Fixed(ms(20)),
        maintenance: vec![ms(0)..ms(150), ms(400)..ms(700)],
        ..Faults::default()
    };
    check(faults, |stats| stats.answered(503) > 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_revoked_in_the_middle() {
    let faults = Faults {
        latency: Latency::Fixed(ms(10)),
        revocation: Some(Revocation::AfterRequests(40)),
        ..Faults::default()
    };
    check(faults, |stats| stats.answered(401) > 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_at_once() {
    for seed in 0..3 {
        let faults = Faults {
            seed,
            rate_limit: Some(RateLimit {
                writes_per_second: 80,
                tells_seconds: seed == 1,
                ..RateLimit::default()
            }),
            latency: Latency::LongTail {
                median: ms(5),
                p99: ms(100),
            },
            server_errors: 0.08,
            resets_before: 0.08,
            resets_after: 0.08,
            slow_bodies: 0.04,
            slow_body: PATIENCE * 2,
            truncated_bodies: 0.08,
            maintenance: vec![ms(300)..ms(500)],
            revocation: Some(Revocation::AfterRequests(60)),
        };
        check(faults, |stats| {
            stats.answered(401) > 0 && stats.resets > 0 && stats.truncated_bodies > 0
        })
        .await;
    }
}

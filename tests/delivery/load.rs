//! Streams of events as products send them, within the limit.

use std::time::Duration;

use attio_destination::delivery::{Limit, MemoryLedger, Outcome, Settings};
use attio_destination::sandbox::{Faults, Latency, RateLimit, Sandbox};

use crate::stream::Stream;
use crate::{deliver, http, numbered, plans, reference};

fn stream(events: usize, names_workspaces: bool) -> Stream {
    Stream {
        events,
        users: events / 20,
        workspaces: events / 100,
        names_workspaces,
        seed: 1,
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_users_is_delivered_with_few_writes_within_the_limit() {
    for (preset, names_workspaces) in [("segment", false), ("customerio", true)] {
        let plans = plans(preset, &stream(4000, names_workspaces).events());
        let slow = Sandbox::default();
        let plain = reference::deliver(&slow, &plans);
        assert!(plain >= 2 * 4000, "{plain}");
        let faults = Faults {
            latency: Latency::Uniform(Duration::from_millis(90), Duration::from_millis(110)),
            ..Faults::attio()
        };
        let sandbox = Sandbox::builder().faults(faults).build();
        let (settings, ledger) = (Settings::default(), MemoryLedger::default());
        let delivered = deliver(sandbox.clone(), settings, ledger, numbered(&plans)).await;
        let summary = delivered.summary;
        assert_eq!(slow.snapshot().diff(&sandbox.snapshot()), "", "{preset}");
        assert_eq!(summary.delivered + summary.unchanged, 4000, "{summary:?}");
        assert!(
            delivered
                .reports
                .iter()
                .all(|report| !matches!(report.outcome, Outcome::Held { .. }))
        );
        assert_eq!(sandbox.stats().answered(429), 0);
        assert_eq!(sandbox.stats().busiest_second_writes, 25);
        assert!(summary.share_of_limit >= 0.98, "{summary:?}");
        assert!(summary.requests * 4 <= 4000, "{summary:?}");
    }
}

/// What `benches/delivery.rs` measures, in small. How much of the limit is used, and that nothing is refused, depends
/// here on how busy the machine is, so the test above holds that.
#[tokio::test(flavor = "multi_thread")]
async fn over_http_the_state_is_the_same_and_the_writes_are_as_few() {
    let plans = plans("customerio", &stream(1500, true).events());
    let slow = Sandbox::default();
    reference::deliver(&slow, &plans);
    let limit = Limit::per_second(200);
    let faults = Faults {
        rate_limit: Some(RateLimit {
            writes_per_second: limit.requests,
            ..RateLimit::default()
        }),
        latency: Latency::Uniform(Duration::from_millis(9), Duration::from_millis(11)),
        ..Faults::default()
    };
    let sandbox = Sandbox::builder().faults(faults).build();
    let url = http::serve_sandbox(&sandbox).await;
    let settings = Settings {
        writes: limit,
        ..Settings::default()
    };
    let transport = http::transport(&url, Duration::from_secs(30));
    let delivered = deliver(
        transport,
        settings,
        MemoryLedger::default(),
        numbered(&plans),
    )
    .await;
    let summary = delivered.summary;
    assert_eq!(slow.snapshot().diff(&sandbox.snapshot()), "");
    assert_eq!(summary.delivered + summary.unchanged, 1500, "{summary:?}");
    assert!(summary.requests * 4 <= 1500, "{summary:?}");
}

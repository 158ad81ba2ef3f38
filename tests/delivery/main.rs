//! The engine against the sandbox: same state as the slow delivery, fewest requests, whatever goes wrong.

mod reference;
mod stream;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use attio_destination::config::{Config, PRESETS};
use attio_destination::delivery::{Engine, MemoryLedger, Outcome, Report, Settings, Summary};
use attio_destination::plan::{Plan, Planner};
use attio_destination::sandbox::{Faults, Latency, Sandbox};
use attio_destination::schema::Schema;
use stream::Stream;

fn plans(preset: &str, events: &[String]) -> Vec<Plan> {
    let (_, text) = PRESETS.iter().find(|(name, _)| *name == preset).unwrap();
    let planner = Planner::new(&Config::parse(text).unwrap(), Schema::standard()).unwrap();
    events
        .iter()
        .map(|event| planner.plan(event.as_bytes()))
        .collect()
}

async fn deliver(sandbox: &Sandbox, settings: Settings, plans: &[Plan]) -> (Summary, Vec<Report>) {
    let reports = Arc::new(Mutex::new(Vec::new()));
    let into = reports.clone();
    let engine = Engine::start(
        sandbox.clone(),
        settings,
        MemoryLedger::default(),
        move |report| into.lock().unwrap().push(report),
    );
    for (seq, plan) in plans.iter().enumerate() {
        engine.submit(seq as u64, plan.clone()).await.unwrap();
    }
    let summary = engine.drain().await.summary;
    (
        summary,
        Arc::try_unwrap(reports).unwrap().into_inner().unwrap(),
    )
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_users_is_delivered_with_few_writes_within_the_limit() {
    for (preset, names_workspaces) in [("segment", false), ("customerio", true)] {
        let stream = Stream {
            events: 4000,
            users: 200,
            workspaces: 40,
            names_workspaces,
            seed: 1,
        };
        let plans = plans(preset, &stream.events());
        let slow = Sandbox::default();
        let plain = reference::deliver(&slow, &plans);
        let faults = Faults {
            latency: Latency::Uniform(Duration::from_millis(90), Duration::from_millis(110)),
            ..Faults::attio()
        };
        let sandbox = Sandbox::builder().faults(faults).build();
        let (summary, reports) = deliver(&sandbox, Settings::default(), &plans).await;
        assert_eq!(slow.snapshot().diff(&sandbox.snapshot()), "", "{preset}");
        assert_eq!(summary.delivered + summary.unchanged, 4000, "{summary:?}");
        assert!(
            reports
                .iter()
                .all(|report| !matches!(report.outcome, Outcome::Held { .. }))
        );
        assert_eq!(sandbox.stats().answered(429), 0);
        assert_eq!(sandbox.stats().busiest_second_writes, 25);
        eprintln!("{preset} plain {plain} {summary:?}");
        assert!(summary.share_of_limit > 0.97, "{summary:?}");
        assert!(summary.requests * 4 < 4000, "{summary:?}");
    }
}

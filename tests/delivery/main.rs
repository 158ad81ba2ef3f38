//! The engine against the sandbox: same state as the slow delivery, fewest requests, whatever goes wrong.

#![allow(clippy::disallowed_methods, reason = "tests have a clock")]

mod batch;
mod faults;
mod http;
mod load;
mod reference;
mod stream;

use std::sync::{Arc, Mutex};

use attio_destination::config::{Config, preset};
use attio_destination::delivery::{Engine, MemoryLedger, Report, Settings, Summary, Transport};
use attio_destination::plan::{Plan, Planner};
use attio_destination::schema::Schema;

/// What the events of a stream ask for.
fn plans(name: &str, events: &[String]) -> Vec<Plan> {
    let config = Config::parse(preset(name).unwrap()).unwrap();
    let planner = Planner::new(&config, Schema::standard()).unwrap();
    let events = events.iter();
    events.map(|event| planner.plan(event.as_bytes())).collect()
}

/// What became of a delivery.
struct Delivered {
    summary: Summary,
    reports: Vec<Report>,
    ledger: MemoryLedger,
}

/// Delivers plans until all have ended, or delivery has.
async fn deliver<T: Transport>(
    transport: T,
    settings: Settings,
    ledger: MemoryLedger,
    plans: impl IntoIterator<Item = (u64, Plan)>,
) -> Delivered {
    let reports = Arc::new(Mutex::new(Vec::new()));
    let into = reports.clone();
    let engine = Engine::start(transport, settings, ledger, move |report| {
        into.lock().unwrap().push(report);
    });
    for (seq, plan) in plans {
        if engine.submit(seq, plan).await.is_err() {
            break;
        }
    }
    let ended = engine.drain().await;
    Delivered {
        summary: ended.summary,
        reports: Arc::try_unwrap(reports).unwrap().into_inner().unwrap(),
        ledger: ended.ledger,
    }
}

/// Plans with the numbers that they are submitted under.
fn numbered(plans: &[Plan]) -> impl Iterator<Item = (u64, Plan)> {
    (0..).zip(plans.iter().cloned())
}

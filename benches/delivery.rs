//! The load test of delivery: 20,000 identify and group events of 1,000 users into the sandbox, over HTTP on loopback.
//! `cargo bench --bench delivery`; the figures are in `DESIGN.md`.
//!
//! Attio's limit of 25 writes a second and its latency of about 100 ms are scaled: [`SPEED`] times the writes a second,
//! and as many times shorter answers.

#![allow(
    clippy::disallowed_methods,
    reason = "a load test measures time and uses the network"
)]

#[path = "../tests/delivery/reference.rs"]
mod reference;
#[path = "../tests/delivery/stream.rs"]
mod stream;

use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use attio_destination::config::{Config, preset};
use attio_destination::delivery::{
    Engine, HttpSettings, HttpTransport, Limit, MemoryLedger, Outcome, Settings, Summary,
};
use attio_destination::plan::{Plan, Planner};
use attio_destination::sandbox::{Faults, Latency, RateLimit, Sandbox, TOKEN, serve};
use attio_destination::schema::Schema;
use stream::Stream;

/// How much faster than Attio.
const SPEED: u32 = 10;

fn main() -> ExitCode {
    let mut all_met = true;
    for (name, names_workspaces) in [("segment", false), ("customerio", true)] {
        let stream = Stream {
            events: 20_000,
            users: 1_000,
            workspaces: 200,
            names_workspaces,
            seed: 1,
        };
        let Some(text) = preset(name) else {
            eprintln!("there is no preset `{name}`");
            return ExitCode::FAILURE;
        };
        let config = Config::parse(text).expect("presets are right");
        let planner = Planner::new(&config, Schema::standard()).expect("presets are right");
        let events = stream.events();
        let plans: Vec<Plan> = events
            .iter()
            .map(|event| planner.plan(event.as_bytes()))
            .collect();
        all_met &= run(name, plans);
    }
    if all_met {
        ExitCode::SUCCESS
    } else {
        eprintln!("an aim was missed");
        ExitCode::FAILURE
    }
}

fn run(name: &str, plans: Vec<Plan>) -> bool {
    let events = plans.len();
    let slow = Sandbox::default();
    let plain = reference::deliver(&slow, &plans);

    let faults = Faults {
        rate_limit: Some(RateLimit {
            writes_per_second: Limit::WRITES.requests * SPEED,
            ..RateLimit::default()
        }),
        latency: Latency::Uniform(
            Duration::from_millis(90) / SPEED,
            Duration::from_millis(110) / SPEED,
        ),
        ..Faults::default()
    };
    let sandbox = Sandbox::builder().faults(faults).build();
    let begun = Instant::now();
    let (summary, odd) = tokio::runtime::Runtime::new()
        .expect("threads can be started")
        .block_on(deliver(&sandbox, plans));
    let took = begun.elapsed();

    let difference = slow.snapshot().diff(&sandbox.snapshot());
    let writes = summary.requests as f64 / events as f64;
    let refused = sandbox.stats().answered(429);
    let aims = [
        writes <= 0.25,
        summary.share_of_limit >= 0.98,
        refused == 0,
        difference.is_empty(),
        odd == 0 && summary.is_balanced(),
    ];
    println!("{name}: {events} events in {:.1} s", took.as_secs_f64());
    println!("  writes per event     {writes:.3} (aim: at most 0.25)");
    println!("  of a plain delivery  {:.3}", plain as f64 / events as f64);
    println!(
        "  share of the budget  {:.1} % (aim: 98 %)",
        summary.share_of_limit * 100.0
    );
    println!("  answers with 429     {refused} (aim: 0)");
    println!("  events not delivered {odd} (aim: 0)");
    println!(
        "  state as delivered slowly: {}",
        if difference.is_empty() {
            "the same"
        } else {
            &difference
        }
    );
    aims.iter().all(|met| *met)
}

async fn deliver(sandbox: &Sandbox, plans: Vec<Plan>) -> (Summary, usize) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("loopback has a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(serve(sandbox.clone(), listener, std::future::pending()));
    let http = HttpSettings {
        base_url: format!("http://{address}"),
        ..HttpSettings::default()
    };
    let transport = HttpTransport::new(&TOKEN.into(), &http).expect("the URL is one");
    let settings = Settings {
        writes: Limit::per_second(Limit::WRITES.requests * SPEED),
        ..Settings::default()
    };
    let odd = Arc::new(Mutex::new(0));
    let counted = odd.clone();
    let engine = Engine::start(
        transport,
        settings,
        MemoryLedger::default(),
        move |report| {
            if !matches!(report.outcome, Outcome::Delivered | Outcome::Unchanged) {
                *counted.lock().expect("nothing panics with it") += 1;
            }
        },
    );
    for (seq, plan) in plans.into_iter().enumerate() {
        engine
            .submit(seq as u64, plan)
            .await
            .expect("the token is right");
    }
    let summary = engine.drain().await.summary;
    let odd = *odd.lock().expect("nothing panics with it");
    (summary, odd)
}

//! The load test of delivery: 20,000 identify and group events of 1,000 users into the sandbox, in memory on a virtual
//! clock and over HTTP on loopback. `just bench-delivery`; the figures are in `DESIGN.md`.
//!
//! Over HTTP, Attio's limit of 25 writes a second and its latency of about 100 ms are scaled: [`SPEED`] times the writes
//! a second, and as many times shorter answers.

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
    Engine, HttpSettings, HttpTransport, Limit, MemoryLedger, Outcome, Settings, Summary, Transport,
};
use attio_destination::plan::{Plan, Planner};
use attio_destination::sandbox::{Faults, Latency, RateLimit, Sandbox, TOKEN, serve};
use attio_destination::schema::Schema;
use stream::Stream;

/// How much faster than Attio HTTP is tried, unless the variable `SPEED` says otherwise. The faster, the more the
/// seconds count in which the stream begins and ends: at 4 times, up to half a percent of the limit.
const SPEED: u32 = 2;

fn main() -> ExitCode {
    let speed = std::env::var("SPEED").map(|speed| speed.parse());
    let speed = match speed {
        Ok(Err(_)) => {
            eprintln!("SPEED is no number");
            return ExitCode::FAILURE;
        }
        Ok(Ok(speed)) => speed,
        Err(_) => SPEED,
    };
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
        all_met &= run(name, &plans, speed);
    }
    if all_met {
        ExitCode::SUCCESS
    } else {
        eprintln!("an aim was missed");
        ExitCode::FAILURE
    }
}

/// How requests get to the sandbox.
#[derive(Clone, Copy, PartialEq)]
enum By {
    /// Over HTTP on loopback, on the clock of the machine, [`SPEED`] times as fast as Attio.
    Http,
    /// In memory, on a virtual clock, as fast as Attio: what the machine does beside makes no difference.
    Memory,
}

fn run(name: &str, plans: &[Plan], speed: u32) -> bool {
    let events = plans.len() as f64;
    let slow = Sandbox::default();
    let plain = reference::deliver(&slow, plans) as f64 / events;
    println!("{name}: {events} events, {plain:.2} writes per event of a plain destination");
    let mut all_met = true;
    for (by, title, speed) in [
        (By::Memory, "virtual clock", 1),
        (By::Http, "HTTP on loopback", speed),
    ] {
        let begun = Instant::now();
        let sandbox = attio(speed);
        let (summary, odd) = runtime(by).block_on(async {
            let limit = Limit::per_second(Limit::WRITES.requests * speed);
            match by {
                By::Memory => deliver(sandbox.clone(), limit, plans).await,
                By::Http => deliver(over_http(&sandbox).await, limit, plans).await,
            }
        });
        let took = begun.elapsed().as_secs_f64();
        let writes = summary.requests as f64 / events;
        let share = summary.share_of_limit * 100.0;
        let refused = sandbox.stats().answered(429);
        let difference = slow.snapshot().diff(&sandbox.snapshot());
        println!("  {title}, {speed} times as fast as Attio: {took:.1} s");
        println!("    writes per event           {writes:.3} (aim: at most 0.25)");
        println!("    share of the limit         {share:.1} % (aim: 98 %)");
        println!("    answers with 429           {refused} (aim: 0)");
        println!("    events not delivered       {odd} (aim: 0)");
        let same = if difference.is_empty() {
            "yes"
        } else {
            &difference
        };
        println!("    records as if all written  {same}");
        all_met &= writes <= 0.25
            && share >= 98.0
            && refused == 0
            && odd == 0
            && difference.is_empty()
            && summary.is_balanced();
    }
    all_met
}

fn runtime(by: By) -> tokio::runtime::Runtime {
    let runtime = match by {
        By::Http => tokio::runtime::Runtime::new(),
        By::Memory => tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build(),
    };
    runtime.expect("threads can be started")
}

/// Attio's limit and latency, so many times as fast.
fn attio(speed: u32) -> Sandbox {
    let faults = Faults {
        rate_limit: Some(RateLimit {
            writes_per_second: Limit::WRITES.requests * speed,
            ..RateLimit::default()
        }),
        latency: Latency::Uniform(
            Duration::from_millis(90) / speed,
            Duration::from_millis(110) / speed,
        ),
        ..Faults::default()
    };
    Sandbox::builder().faults(faults).build()
}

/// A transport to a sandbox behind a port.
async fn over_http(sandbox: &Sandbox) -> HttpTransport {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("loopback has a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(serve(sandbox.clone(), listener, std::future::pending()));
    let settings = HttpSettings {
        base_url: format!("http://{address}"),
        ..HttpSettings::default()
    };
    HttpTransport::new(&TOKEN.into(), &settings).expect("the URL is one")
}

/// Delivers plans; gives how many of them were not delivered, too.
async fn deliver<T: Transport>(transport: T, limit: Limit, plans: &[Plan]) -> (Summary, usize) {
    let settings = Settings {
        writes: limit,
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
    for (seq, plan) in (0..).zip(plans.iter().cloned()) {
        engine.submit(seq, plan).await.expect("the token is right");
    }
    let summary = engine.drain().await.summary;
    let odd = *odd.lock().expect("nothing panics with it");
    (summary, odd)
}

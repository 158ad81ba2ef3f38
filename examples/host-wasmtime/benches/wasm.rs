//! The component next to the core compiled for this machine, in one run and with the same link-time optimisation.
//!
//! `just bench-wasm` runs it on the event of `benches/plan.rs` (1.7 KB, 12 attributes), mapped (`mapped`) and coerced to
//! 12 types (`coerced`):
//! - `native`: the core gives the requests of one event;
//! - `component`: the component does, one event a call;
//! - `component_batch`: the component does, 64 events a call;
//! - `instantiate`: an instance is made ready from the pool, and thrown away.
//!
//! Compare only ratios of one run.

#[path = "../tests/host/component.rs"]
mod component_file;

use std::hint::black_box;
use std::sync::LazyLock;

use attio_destination::plan::{Planner, Request, request};
use attio_destination::schema::Schema;
use attio_destination_host_wasmtime::{Host, Mapper};
use divan::Bencher;
use divan::counter::ItemsCount;

const EVENT: &str = include_str!("../../../benches/data/event.json");
const CONFIGS: [(&str, &str); 2] = [
    ("mapped", include_str!("../../../benches/data/mapping.json")),
    (
        "coerced",
        include_str!("../../../benches/data/coercion.json"),
    ),
];
const BATCH: usize = 64;

static HOST: LazyLock<Host> = LazyLock::new(|| Host::new(&component_file::bytes(), 8).unwrap());

fn main() {
    for (name, _) in CONFIGS {
        let native = native_requests(&planner(name));
        let of_component: Vec<Request> = mapper(name)
            .plan(EVENT)
            .unwrap()
            .writes
            .into_iter()
            .zip(&native)
            .map(|(write, native)| Request {
                method: native.method,
                path: write.path,
                body: Some(write.body),
            })
            .collect();
        assert!(!native.is_empty());
        assert_eq!(native, of_component);
    }
    divan::main();
}

fn config(name: &str) -> &'static str {
    CONFIGS.iter().find(|(known, _)| *known == name).unwrap().1
}

fn planner(name: &str) -> Planner {
    Planner::parse(config(name), Schema::standard()).unwrap()
}

fn mapper(name: &str) -> Mapper {
    HOST.mapper(config(name), None).unwrap()
}

fn native_requests(planner: &Planner) -> Vec<Request> {
    let plan = planner.plan(black_box(EVENT.as_bytes()));
    let requests = plan
        .writes
        .iter()
        .map(|write| request::request(write, None));
    requests.collect()
}

#[divan::bench(args = ["mapped", "coerced"])]
fn native(bencher: Bencher<'_, '_>, config: &str) {
    let planner = planner(config);
    bencher
        .counter(ItemsCount::new(1u32))
        .bench_local(|| native_requests(&planner));
}

#[divan::bench(args = ["mapped", "coerced"])]
fn component(bencher: Bencher<'_, '_>, config: &str) {
    let mut mapper = mapper(config);
    bencher
        .counter(ItemsCount::new(1u32))
        .bench_local(|| mapper.plan(black_box(EVENT)).unwrap());
}

#[divan::bench(args = ["mapped", "coerced"])]
fn component_batch(bencher: Bencher<'_, '_>, config: &str) {
    let mut mapper = mapper(config);
    let events = [EVENT; BATCH];
    bencher
        .counter(ItemsCount::new(BATCH))
        .bench_local(|| mapper.plan_batch(black_box(&events)).unwrap());
}

#[divan::bench]
fn instantiate(bencher: Bencher<'_, '_>) {
    LazyLock::force(&HOST);
    bencher.bench_local(|| HOST.instantiate().unwrap());
}

//! What takes more than its share, is malformed or traps gives a failure or a diagnostic, and the host goes on.

#![allow(
    clippy::disallowed_methods,
    reason = "a deadline is measured by a clock"
)]

use std::time::{Duration, Instant};

use attio_destination::config::preset;
use attio_destination_host_wasmtime::{
    Failure, Host, Limits, MOST_MEMORY_BYTES, Mapper, MapperError, Outcome,
};

use crate::{HOST, component};

const GOOD: &str = r#"{"type":"identify","userId":"u1","traits":{"email":"ada@example.com"}}"#;

/// A host whose calls may take long, but little memory.
fn small() -> Host {
    HOST.limited(Limits {
        time: Duration::from_secs(60),
        memory_bytes: 16 << 20,
    })
}

fn mapper(host: &Host) -> Mapper {
    host.mapper(preset("segment").unwrap(), None).unwrap()
}

fn is_usable(mapper: &mut Mapper) {
    let plan = mapper.plan(GOOD).unwrap();
    assert!(matches!(plan.outcome, Outcome::Planned));
    assert_eq!(plan.writes.len(), 2);
}

/// An event just below the limit of 32 KB, with as much to read as fits.
fn heavy() -> String {
    let mut event = GOOD.replace("}}", r#","tags":["#);
    while event.len() < 32_000 {
        event.push_str("[1],");
    }
    event + "0]}}"
}

#[test]
fn a_call_that_takes_too_long_is_stopped_in_time_and_the_next_one_succeeds() {
    let limits = Limits {
        time: Duration::from_millis(100),
        memory_bytes: MOST_MEMORY_BYTES,
    };
    let mut mapper = mapper(&HOST.limited(limits));
    // Far more than 100 ms of work, in one call.
    let event = heavy();
    let batch = vec![event.as_str(); 7_000];
    let from = Instant::now();
    assert!(matches!(mapper.plan_batch(&batch), Err(Failure::Time)));
    // The deadline stops the guest; to copy 224 MB of events to it takes time too.
    assert!(
        from.elapsed() < Duration::from_secs(10),
        "{:?}",
        from.elapsed()
    );
    is_usable(&mut mapper);
}

#[test]
fn a_call_that_needs_too_much_memory_fails_and_the_next_one_succeeds() {
    let host = small();
    let mut mapper = mapper(&host);
    let event = heavy();
    let batch = vec![event.as_str(); 1_000];
    assert!(matches!(mapper.plan_batch(&batch), Err(Failure::Memory)));
    is_usable(&mut mapper);
    // One event cannot need so much.
    assert!(matches!(
        mapper.plan(&event).unwrap().outcome,
        Outcome::Planned
    ));
}

#[test]
fn a_mapper_that_failed_leaves_the_others_alone() {
    let host = small();
    let (mut one, mut other) = (mapper(&host), mapper(&host));
    let event = heavy();
    assert!(matches!(
        one.plan_batch(&vec![event.as_str(); 1_000]),
        Err(Failure::Memory)
    ));
    is_usable(&mut other);
    is_usable(&mut one);
}

#[test]
fn failed_instances_give_their_places_back() {
    let host = small();
    let mut mapper = mapper(&host);
    let event = heavy();
    let batch = vec![event.as_str(); 1_000];
    // More often than there are places.
    for _ in 0..40 {
        assert!(matches!(mapper.plan_batch(&batch), Err(Failure::Memory)));
    }
    is_usable(&mut mapper);
}

#[test]
fn malformed_events_are_rejected_with_a_diagnostic_and_no_failure() {
    let host = &*HOST;
    let mut mapper = mapper(host);
    let deep = format!(
        "{}{}",
        r#"{"type":"track","userId":"u","properties":"#,
        "[".repeat(30_000)
    );
    let large = format!(
        r#"{{"type":"track","userId":"u","event":"{}"}}"#,
        "x".repeat(40_000)
    );
    for (event, code) in [
        ("", "event.invalid_json"),
        ("\0", "event.invalid_json"),
        ("{", "event.invalid_json"),
        ("[]", "event.not_an_object"),
        ("{}", "event.missing_type"),
        (deep.as_str(), "event.too_deep"),
        (large.as_str(), "event.too_large"),
    ] {
        let plan = mapper.plan(event).unwrap();
        assert!(matches!(plan.outcome, Outcome::Rejected));
        let codes: Vec<&str> = plan
            .diagnostics
            .iter()
            .map(|found| found.code.as_str())
            .collect();
        assert_eq!(codes, [code]);
        is_usable(&mut mapper);
    }
}

#[test]
fn malformed_configurations_are_refused_with_diagnostics() {
    let host = &*HOST;
    for (config, schema, code) in [
        ("", None, "config.invalid_json"),
        ("[]", None, "config.shape"),
        ("{}", Some("{}"), "schema.shape"),
    ] {
        let Err(MapperError::Config(errors)) = host.mapper(config, schema) else {
            panic!("{config} {schema:?}")
        };
        assert_eq!(errors[0].code, code);
    }
    is_usable(&mut mapper(host));
}

#[test]
fn bytes_that_are_no_component_are_refused() {
    let whole = component::bytes();
    for bytes in [&b""[..], b"\0asm", &whole[..whole.len() / 2]] {
        assert!(Host::new(bytes, 1).is_err());
    }
}

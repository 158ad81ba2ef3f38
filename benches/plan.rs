//! Events per second on one core, from the bytes of an event to the bodies of its requests.
//!
//! `cargo bench --bench plan` runs, on one event of 1.7 KB with 12 mapped attributes:
//! - `floor`: serde structs and a template written by hand for just this event and this mapping;
//! - `value`: `serde_json::from_slice` to a `Value`, and the same output serialised from values;
//! - `planner`: a compiled configuration;
//! - `planner_coercing`: 12 attributes of 12 types, with the coercion of each.
//!
//! The first three give the same bytes, which is checked before anything is measured. Compare only ratios of one run.

use std::hint::black_box;

use attio_destination::config::Config;
use attio_destination::json::write_string;
use attio_destination::plan::{Planner, request};
use attio_destination::schema::Schema;
use divan::Bencher;
use divan::counter::ItemsCount;
use serde::Deserialize;
use serde_json::{Value, json};

const EVENT: &str = include_str!("data/event.json");
const MAPPING: &str = include_str!("data/mapping.json");
const COERCION: &str = include_str!("data/coercion.json");

fn main() {
    let (mut by_floor, mut by_value, mut by_planner) =
        (String::new(), String::new(), String::new());
    floor_bodies(EVENT, &mut by_floor);
    value_bodies(EVENT.as_bytes(), &mut by_value);
    planner_bodies(&compile(MAPPING), EVENT.as_bytes(), &mut by_planner);
    assert_eq!(by_floor, by_planner);
    assert_eq!(by_value, by_planner);
    let typed = compile(COERCION).plan(EVENT.as_bytes());
    assert_eq!(typed.diagnostics, []);
    assert_eq!(
        typed
            .writes
            .iter()
            .map(|write| write.values.len())
            .sum::<usize>(),
        12 + 4
    );
    divan::main();
}

fn compile(config: &str) -> Planner {
    let config = Config::parse(config).unwrap_or_else(|errors| panic!("{errors:#?}"));
    Planner::new(&config, Schema::standard()).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn planner_bodies(planner: &Planner, event: &[u8], out: &mut String) {
    for write in &planner.plan(event).writes {
        request::write_body(&write.values, out);
    }
}

#[divan::bench(sample_size = 100)]
fn planner(bencher: Bencher<'_, '_>) {
    let planner = compile(MAPPING);
    let mut out = String::new();
    bencher.counter(ItemsCount::new(1u32)).bench_local(|| {
        out.clear();
        planner_bodies(&planner, black_box(EVENT.as_bytes()), &mut out);
        out.len()
    });
}

#[divan::bench(sample_size = 100)]
fn planner_coercing(bencher: Bencher<'_, '_>) {
    let planner = compile(COERCION);
    let mut out = String::new();
    bencher.counter(ItemsCount::new(1u32)).bench_local(|| {
        out.clear();
        planner_bodies(&planner, black_box(EVENT.as_bytes()), &mut out);
        out.len()
    });
}

#[derive(Deserialize)]
struct FloorEvent<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(rename = "userId")]
    user_id: &'a str,
    context: FloorContext<'a>,
    traits: FloorTraits<'a>,
}

#[derive(Deserialize)]
struct FloorContext<'a> {
    timezone: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FloorTraits<'a> {
    email: &'a str,
    name: &'a str,
    first_name: &'a str,
    title: &'a str,
    address: FloorAddress<'a>,
    company: FloorCompany<'a>,
    created_at: &'a str,
    plan: &'a str,
    logins: u64,
    trial: bool,
    linkedin: Option<&'a str>,
    linkedin_url: Option<&'a str>,
}

#[derive(Deserialize)]
struct FloorAddress<'a> {
    city: &'a str,
    country: &'a str,
}

#[derive(Deserialize)]
struct FloorCompany<'a> {
    name: &'a str,
}

fn floor_bodies(event: &str, out: &mut String) {
    use std::fmt::Write;
    let event: FloorEvent<'_> = serde_json::from_str(event).unwrap();
    assert_eq!(event.kind, "identify");
    let traits = &event.traits;
    let text = |before: &str, text: &str, out: &mut String| {
        out.push_str(before);
        write_string(text, out);
    };
    text(
        r#"{"data":{"values":{"email_addresses":[{"email_address":"#,
        traits.email,
        out,
    );
    text(r#"}],"title":{"value":"#, traits.title, out);
    text(r#"},"nickname":{"value":"#, traits.first_name, out);
    text(r#"},"job_title":{"value":"#, traits.title, out);
    out.push_str(r#"},"home":{"value":""#);
    // OK because neither needs an escape in this event.
    out.push_str(traits.address.city);
    out.push_str(", ");
    out.push_str(traits.address.country);
    text(
        r#""},"linkedin":{"value":"#,
        traits.linkedin.or(traits.linkedin_url).unwrap_or_default(),
        out,
    );
    text(r#"},"timezone":{"value":"#, event.context.timezone, out);
    text(
        r#"}}}}{"data":{"values":{"primary_email_address":{"value":"#,
        traits.email,
        out,
    );
    text(r#"},"user_id":{"value":"#, event.user_id, out);
    text(
        r#"},"person":{"target_object":"people","email_addresses":[{"email_address":"#,
        traits.email,
        out,
    );
    text(r#"}]},"name":{"value":"#, traits.name, out);
    text(r#"},"plan":{"value":"#, traits.plan, out);
    write!(out, r#"}},"login_count":{{"value":"{}""#, traits.logins).unwrap();
    text(r#"},"signed_up_at":{"value":"#, traits.created_at, out);
    text(r#"},"company_name":{"value":"#, traits.company.name, out);
    write!(out, r#"}},"on_trial":{{"value":"{}"}}}}}}}}"#, traits.trial).unwrap();
}

#[divan::bench(sample_size = 100)]
fn floor(bencher: Bencher<'_, '_>) {
    let mut out = String::new();
    bencher.counter(ItemsCount::new(1u32)).bench_local(|| {
        out.clear();
        floor_bodies(black_box(EVENT), &mut out);
        out.len()
    });
}

fn value_bodies(event: &[u8], out: &mut String) {
    let event: Value = serde_json::from_slice(event).unwrap();
    assert_eq!(event["type"], "identify");
    let traits = &event["traits"];
    let text = |value: &Value| {
        json!({"value": match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }})
    };
    let home = format!(
        "{}, {}",
        traits["address"]["city"].as_str().unwrap_or_default(),
        traits["address"]["country"].as_str().unwrap_or_default()
    );
    let email = json!([{"email_address": traits["email"]}]);
    let linkedin = if traits["linkedin"].is_null() {
        &traits["linkedinUrl"]
    } else {
        &traits["linkedin"]
    };
    for body in [
        json!({"data": {"values": {
            "email_addresses": email,
            "title": text(&traits["title"]),
            "nickname": text(&traits["firstName"]),
            "job_title": text(&traits["title"]),
            "home": {"value": home},
            "linkedin": text(linkedin),
            "timezone": text(&event["context"]["timezone"]),
        }}}),
        json!({"data": {"values": {
            "primary_email_address": text(&traits["email"]),
            "user_id": text(&event["userId"]),
            "person": {"target_object": "people", "email_addresses": email},
            "name": text(&traits["name"]),
            "plan": text(&traits["plan"]),
            "login_count": text(&traits["logins"]),
            "signed_up_at": text(&traits["createdAt"]),
            "company_name": text(&traits["company"]["name"]),
            "on_trial": text(&traits["trial"]),
        }}}),
    ] {
        out.push_str(&serde_json::to_string(&body).unwrap());
    }
}

#[divan::bench(sample_size = 100)]
fn value(bencher: Bencher<'_, '_>) {
    let mut out = String::new();
    bencher.counter(ItemsCount::new(1u32)).bench_local(|| {
        out.clear();
        value_bodies(black_box(EVENT.as_bytes()), &mut out);
        out.len()
    });
}

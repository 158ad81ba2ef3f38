//! Delivery by the schema of the moment, while that changes.

use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use serde_json::json;

use super::super::output::Format;
use super::*;
use crate::delivery::{Response, TransportError};
use crate::diagnostic::Code;
use crate::plan::Request;
use crate::schema::{Attribute, AttributeType, Choice, Schema};

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    args: Args,
}

/// A workspace whose users have a plan with these options, or no plan at all.
fn schema(options: Option<&[&str]>) -> Schema {
    let mut schema = Schema::standard().clone();
    schema.is_partial = false;
    if let Some(options) = options {
        let mut plan = Attribute::of(AttributeType::Select);
        let choice = |title: &&str| Choice {
            id: None,
            title: (*title).to_owned(),
            is_archived: false,
        };
        plan.options = Some(options.iter().map(choice).collect());
        let users = schema.objects.get_mut("users").unwrap();
        users.attributes.insert("plan".to_owned(), plan);
    }
    schema
}

/// An Attio that refuses writes by a rule of its own, and counts how often its objects are read.
#[derive(Clone)]
struct Attio {
    sandbox: Sandbox,
    refuses: fn(&Request) -> bool,
    pulls: Arc<AtomicU64>,
}

impl Transport for Attio {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if request.path == "/v2/objects" {
            self.pulls.fetch_add(1, Ordering::SeqCst);
        }
        if (self.refuses)(&request) {
            let body = json!({
                "status_code": 400, "type": "invalid_request_error", "code": "value_not_found",
                "message": "Cannot find select option with title \"Pro\" for attribute with slug \"plan\".",
            });
            return Ok(Response {
                status: 400,
                retry_after: None,
                body: body.to_string(),
            });
        }
        self.sandbox.send(request).await
    }
}

struct Ran {
    delivered: Delivered,
    attio: Attio,
    folder: tempfile::TempDir,
}

impl Ran {
    /// The events that were kept, once all is written.
    fn failed(self) -> String {
        drop(self.delivered);
        std::fs::read_to_string(self.folder.path().join("failed")).unwrap()
    }
}

/// Delivers users with the plan `Pro`, planned by the schema of before, to an Attio of the schema of now.
fn deliver_to(now: &Schema, refuses: fn(&Request) -> bool, count: u64) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let mapping = json!({"@path": "$.traits.plan"});
    let config = json!({"name": "test", "subscriptions": [{
        "action": "identify_user", "subscribe": "type = \"identify\"",
        "mapping": {"user_attributes": {"plan": mapping}},
    }]});
    std::fs::write(path("config.json"), config.to_string()).unwrap();
    let events: String = (0..count)
        .map(|n| {
            let traits = json!({"email": format!("u{n}@acme.com"), "plan": "Pro"});
            let event = json!({"type": "identify", "userId": format!("u{n}"), "traits": traits});
            format!("{event}\n")
        })
        .collect();
    std::fs::write(path("events.ndjson"), events).unwrap();
    let args = Command::parse_from([
        "deliver",
        "--schema=live",
        "--config",
        &path("config.json"),
        "--failed",
        &path("failed"),
        &path("events.ndjson"),
    ])
    .args;
    let terminal = Terminal {
        format: Format::Json,
        color_out: false,
        color_err: false,
    };
    let planner = args
        .config
        .planner_for(&schema(Some(&["Pro"])), terminal)
        .unwrap();
    let runtime = connection::runtime("the test").unwrap();
    let (delivered, attio) = runtime.block_on(async {
        let attio = Attio {
            sandbox: Sandbox::new(now),
            refuses,
            pulls: Arc::default(),
        };
        let limit = Limit::per_second(10_000);
        let ledger = MemoryLedger::new(1000);
        let delivered = deliver(
            &args,
            &Arc::new(planner),
            attio.clone(),
            limit,
            ledger,
            None,
            terminal,
        )
        .await
        .unwrap();
        assert!(delivered.summary.is_balanced());
        assert_eq!(delivered.summary.events, count);
        (delivered, attio)
    });
    Ran {
        delivered,
        attio,
        folder,
    }
}

#[test]
fn an_option_that_is_gone_is_left_out_once_the_schema_was_read_anew() {
    for count in [1, 600] {
        let ran = deliver_to(&schema(Some(&["Free"])), |_| false, count);
        let Delivered { summary, tally, .. } = &ran.delivered;
        assert_eq!((summary.delivered, summary.failed), (count, 0));
        assert_eq!(ran.attio.pulls.load(Ordering::SeqCst), 1);
        assert_eq!(ran.attio.sandbox.records("users").len() as u64, count);
        assert_eq!(tally.findings[&Code::AttributeSelect].count, count);
        assert!(tally.failures.is_empty());
        assert_eq!(ran.failed(), "");
    }
}

#[test]
fn a_schema_that_is_the_same_when_read_anew_makes_the_failure_final() {
    let writes_plan = |request: &Request| {
        let body = request.body.as_deref().unwrap_or_default();
        body.contains("\"plan\"")
    };
    let ran = deliver_to(&schema(Some(&["Pro"])), writes_plan, 3);
    // Ids differ between what was pulled and what the planner was made of, so the events are planned once more.
    let Delivered { summary, tally, .. } = &ran.delivered;
    assert_eq!((summary.delivered, summary.failed), (0, 3));
    assert_eq!(ran.attio.pulls.load(Ordering::SeqCst), 1);
    assert_eq!(tally.failures.values().map(|f| f.count).sum::<u64>(), 3);
    assert_eq!(ran.failed().lines().count(), 3);
}

#[test]
fn a_configuration_that_does_not_fit_the_new_schema_is_told_with_the_failure() {
    let ran = deliver_to(&schema(None), |_| false, 2);
    let Delivered { summary, tally, .. } = &ran.delivered;
    assert_eq!((summary.delivered, summary.failed), (0, 2));
    assert_eq!(tally.findings[&Code::SchemaUnknownAttribute].count, 1);
    assert!(ran.failed().contains("schema.unknown_attribute"));
}

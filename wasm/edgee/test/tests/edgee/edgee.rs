//! Edgee as the tests use it: its runtime with the built component, and events as its JavaScript and SDKs send them.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use edgee_components_runtime::config::{
    ComponentsConfiguration, DataCollectionComponentSettings, DataCollectionComponents,
};
use edgee_components_runtime::context::ComponentsContext;
use edgee_components_runtime::data_collection::payload::Event;
use edgee_components_runtime::data_collection::versions::DataCollectionWitVersion;
pub(crate) use edgee_components_runtime::data_collection::versions::v1_0_1::data_collection::exports::edgee::components1_0_1::data_collection as wit;
use edgee_components_runtime::data_collection::versions::v1_0_1::execute;
use serde_json::{Value, json};

/// What the runtime calls the component.
pub(crate) const ID: &str = "attio";

/// The runtime, with the component compiled.
pub(crate) static RUNTIME: LazyLock<ComponentsContext> =
    LazyLock::new(|| ComponentsContext::new(&configuration(&[])).unwrap());

/// Where the built component is.
pub(crate) fn file() -> PathBuf {
    // `CARGO_TARGET_TMPDIR` stands in the target folder, where `wasm/build` puts the component too.
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.with_file_name("attio-destination-edgee.wasm");
    assert!(
        file.exists(),
        "{}: build it with `just edgee`",
        file.display()
    );
    file
}

/// Edgee's configuration of the component with these settings.
pub(crate) fn configuration(settings: &[(&str, &str)]) -> ComponentsConfiguration {
    let settings = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    ComponentsConfiguration {
        data_collection: vec![DataCollectionComponents {
            id: ID.to_owned(),
            file: file().into_os_string().into_string().unwrap(),
            wit_version: DataCollectionWitVersion::V1_0_1,
            settings: DataCollectionComponentSettings {
                additional_settings: settings.collect(),
                ..DataCollectionComponentSettings::default()
            },
            ..DataCollectionComponents::default()
        }],
        ..ComponentsConfiguration::default()
    }
}

/// An event as Edgee's proxy receives it.
pub(crate) fn event(kind: &str, data: Value) -> Value {
    let user = json!({
        "edgee_id": "69659401-40cf-4ac8-8ffc-630a10fe06dc",
        "user_id": "user-1",
        "anonymous_id": "anonymous-1",
        "properties": {"email": "ada@example.com"},
    });
    let page = json!({
        "title": "Prices",
        "url": "https://www.example.com/prices?utm_source=letter",
        "path": "/prices",
        "search": "?utm_source=letter",
        "referrer": "https://www.example.org/",
    });
    json!({
        "uuid": "eb0f001a-cd2b-42c4-9c71-7b1c2bcda445",
        "timestamp": "2026-02-03T16:07:04.878715197Z",
        "type": kind,
        "data": data,
        "context": {
            "page": page,
            "user": user,
            "client": {
                "ip": "198.51.100.7",
                "locale": "en-us",
                "timezone": "Europe/London",
                "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:134.0) Gecko/20100101 Firefox/134.0",
                "os_name": "Linux",
                "os_version": "6.12.11",
                "user_agent_model": "",
                "screen_width": 1440,
                "screen_height": 960,
                "screen_density": 1.5,
                "continent": "Europe",
                "country_code": "GB",
                "country_name": "United Kingdom",
                "city": "London",
            },
            "campaign": {"name": "spring", "source": "letter", "medium": "email"},
            "session": {
                "session_id": "1738598699",
                "session_count": 7,
                "session_start": false,
                "first_seen": "2025-12-12T16:30:03.693248190Z",
                "last_seen": "2026-02-03T16:07:04.878137016Z",
            },
        },
        "from": "client",
        "consent": "granted",
    })
}

/// A `user` event of the user `user-1` with these properties.
pub(crate) fn user(properties: Value) -> Value {
    event(
        "user",
        json!({"user_id": "user-1", "edgee_id": "e1", "properties": properties}),
    )
}

/// A configuration of a deal for each order, found by its number.
pub(crate) fn orders() -> String {
    json!({
        "name": "orders",
        "subscriptions": [{
            "name": "Order",
            "action": "assert_record",
            "subscribe": "event = \"Order Completed\"",
            "mapping": {
                "object": "deals",
                "matching_attribute": "order_id",
                "attributes": {
                    "order_id": {"@path": "$.properties.order_id"},
                    "name": {"@template": "Order {{properties.order_id}} of {{context.traits.email}}"},
                    "value": {"@path": "$.properties.total"},
                    "stage": "Lead",
                    "owner": "sales@example.com",
                    "is_gift": {"@path": "$.properties.gift"},
                    "first_product": {"@path": "$.properties.products[0].sku"},
                    "campaign": {"@path": "$.context.campaign.source"},
                    "ordered_at": {"@path": "$.timestamp"},
                    "seen_at": {"@path": "$.context.edgee.session.firstSeen"},
                },
            },
        }],
        "attributes": {"deals": {
            "order_id": {"type": "text", "is_unique": true},
            "is_gift": {"type": "checkbox"},
            "first_product": {"type": "text"},
            "campaign": {"type": "text"},
            "ordered_at": {"type": "timestamp"},
            "seen_at": {"type": "timestamp"},
        }},
    })
    .to_string()
}

/// What Edgee sends for an event.
#[derive(Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    /// The body.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// The request that Edgee gets for an event, or why it gets none.
pub(crate) async fn request(event: &Value, settings: &[(&str, &str)]) -> Result<Request, String> {
    let event: Event = serde_json::from_value(event.clone()).unwrap();
    let configuration = configuration(settings);
    let component = &configuration.data_collection[0];
    let mut store = RUNTIME.empty_store();
    // What the visitor's browser sent, none of which is to reach Attio.
    let client = HashMap::from([("cookie".to_owned(), "secret".to_owned())]);
    let answer = execute::get_edgee_request(&event, &RUNTIME, component, &mut store, &client).await;
    let (headers, method, url, body) = answer.map_err(|error| format!("{error:#}"))?;
    let mut headers: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    Ok(Request {
        method,
        url,
        headers,
        body,
    })
}

/// The answer of the component to an event of its own interface, which may hold what Edgee would never send.
///
/// Panics on a trap.
pub(crate) async fn call(
    event: &wit::Event,
    settings: &Vec<(String, String)>,
) -> Result<wit::EdgeeRequest, String> {
    let mut store = RUNTIME.empty_store();
    let instance = RUNTIME.get_data_collection_1_0_1_instance(ID, &mut store);
    let instance = instance.await.unwrap();
    let component = instance.edgee_components1_0_1_data_collection();
    let answer = match event.event_type {
        wit::EventType::Page => component.call_page(&mut store, event, settings).await,
        wit::EventType::Track => component.call_track(&mut store, event, settings).await,
        wit::EventType::User => component.call_user(&mut store, event, settings).await,
    };
    answer.expect("no trap")
}

/// An event as the component gets it.
pub(crate) fn lowered(event: &Value) -> wit::Event {
    let event: Event = serde_json::from_value(event.clone()).unwrap();
    event.into()
}

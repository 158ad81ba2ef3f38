//! Any bytes as an event: reading never panics, takes nothing that is no JSON, and finds at every path what a walk
//! through the whole document finds.
#![no_main]

use std::sync::LazyLock;

use attio_destination::event::{self, Event, Paths, Reader, Segment, SlotId, walk};
use attio_destination::json::Value;
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

/// Paths that end at, pass through and go past each other.
const READ: [&str; 14] = [
    "type",
    "userId",
    "groupId",
    "event",
    "traits",
    "traits.email",
    "traits.company.name",
    "traits.company.name.x",
    "properties.products.0.sku",
    "properties.products.1",
    "properties.products",
    "context.traits.email",
    "context.0",
    "integrations.All",
];

struct Setup {
    reader: Reader,
    paths: Vec<(SlotId, Vec<Segment>)>,
}

static SETUP: LazyLock<Setup> = LazyLock::new(|| {
    let mut all: Paths = event::paths();
    let mut read: Vec<Vec<Segment>> = vec![Vec::new()];
    read.extend(READ.map(|path| path.split('.').map(Segment::new).collect()));
    Setup {
        paths: read
            .into_iter()
            .map(|path| (all.slot(&path), path))
            .collect(),
        reader: all.reader(),
    }
});

fuzz_target!(|bytes: &[u8]| {
    let event = match Event::read(bytes, &SETUP.reader) {
        Ok(event) => event,
        Err(diagnostic) => {
            assert!(diagnostic.is_error() && !diagnostic.message.is_empty());
            return;
        }
    };
    let text = std::str::from_utf8(bytes).expect("an event is UTF-8");
    serde_json::from_str::<&RawValue>(text).expect("an event is JSON");
    let _ = (
        event.kind(),
        event.time(),
        event.excluded(),
        event.message_id(),
        event.user_id(),
    );
    // What no path asks for may hold an escape that is no character.
    if let Ok(document) = Value::parse(text) {
        // Which refuses numbers past the range of a float.
        if let Ok(there) = serde_json::from_str::<serde_json::Value>(text) {
            assert_eq!(serde_json::Value::from(&document), there);
        }
        for (slot, path) in &SETUP.paths {
            let found = event
                .slots()
                .get(*slot)
                .expect("a part of what can be parsed");
            assert_eq!(found.as_ref(), walk(&document, path), "{path:?}");
        }
    }
});

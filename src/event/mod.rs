//! The envelope of an event, as the Segment spec has it.
//!
//! [`Event::read`] checks the envelope and keeps every path that the [`Reader`] asks for, in one pass over the bytes.
//! Unknown fields are kept and names are left as they are: what is inside `traits`, `properties` and `context` is the
//! mapping's business.

pub mod read;
pub mod time;

use crate::diagnostic::{Code, Diagnostic, did_you_mean, excerpt};
use crate::json::{MAX_DEPTH, Value, fault, is_blank};
pub use read::{Paths, Reader, Segment, Slot, SlotId, Slots, walk};
pub use time::EventTime;

/// The largest event that is read, in bytes: Segment's own limit.
pub const MAX_EVENT_BYTES: usize = 32 * 1024;

/// The six calls of the spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Who a user is.
    Identify,
    /// Which group a user belongs to.
    Group,
    /// What a user did.
    Track,
    /// Which page a user saw.
    Page,
    /// Which screen a user saw.
    Screen,
    /// Two ids of one user.
    Alias,
}

impl Type {
    /// All six.
    pub const ALL: [Type; 6] = [
        Type::Identify,
        Type::Group,
        Type::Track,
        Type::Page,
        Type::Screen,
        Type::Alias,
    ];

    /// The word in an event's `type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Type::Identify => "identify",
            Type::Group => "group",
            Type::Track => "track",
            Type::Page => "page",
            Type::Screen => "screen",
            Type::Alias => "alias",
        }
    }
}

/// The paths of the envelope that are read from every event, in the order of their slots.
const ENVELOPE: [&str; 9] = [
    "type",
    "userId",
    "anonymousId",
    "messageId",
    "timestamp",
    "originalTimestamp",
    "sentAt",
    "receivedAt",
    "integrations",
];
/// The fields of the envelope that must be objects where they are there.
const OBJECTS: [&str; 3] = ["traits", "properties", "context"];

/// How a time is mended.
const WRITE_TIME: &str = "write it as ISO 8601, such as `2026-09-14T08:00:00Z`, or as the seconds or milliseconds since 1970 in a string";

const TYPE: SlotId = SlotId::nth(0);
const USER_ID: SlotId = SlotId::nth(1);
const ANONYMOUS_ID: SlotId = SlotId::nth(2);
const MESSAGE_ID: SlotId = SlotId::nth(3);
const TIMESTAMP: SlotId = SlotId::nth(4);
const ORIGINAL_TIMESTAMP: SlotId = SlotId::nth(5);
const SENT_AT: SlotId = SlotId::nth(6);
const RECEIVED_AT: SlotId = SlotId::nth(7);
const INTEGRATIONS: SlotId = SlotId::nth(8);

/// The names under which the `integrations` object may switch this destination off.
pub const INTEGRATION_NAMES: [&str; 2] = ["Attio (Actions)", "attio-destination"];

/// An event whose envelope is sound.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    kind: Type,
    slots: Slots<'a>,
}

/// The paths of the envelope, to which a configuration adds its own. An [`Event`] must be read by a [`Reader`] of
/// paths that began here.
pub fn paths() -> Paths {
    let mut paths = Paths::new();
    for name in ENVELOPE {
        paths.slot(&[Segment::new(name)]);
    }
    for name in OBJECTS {
        paths.object(&[Segment::new(name)]);
    }
    paths
}

impl<'a> Event<'a> {
    /// Reads one event and checks its envelope.
    ///
    /// # Errors
    /// A [`Diagnostic`] of an `event.*` code: larger than [`MAX_EVENT_BYTES`], not UTF-8, nested deeper than
    /// [`MAX_DEPTH`], not JSON, not an object, `type` missing or unknown, a field of the wrong type, or neither
    /// `userId` nor `anonymousId`.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn read(bytes: &'a [u8], reader: &Reader) -> Result<Self, Diagnostic> {
        if bytes.len() > MAX_EVENT_BYTES {
            let message = format!(
                "an event takes at most {MAX_EVENT_BYTES} bytes, got {}",
                bytes.len()
            );
            return Err(Diagnostic::error(Code::EventTooLarge, "", message)
                .help("leave out what no mapping needs, or split the event"));
        }
        let text = simdutf8::basic::from_utf8(bytes).map_err(|_| invalid_utf8(bytes))?;
        if text.trim_ascii_start().as_bytes().first() != Some(&b'{') {
            return Err(not_an_object(text));
        }
        let slots = reader
            .read(text)
            .map_err(|error| too_deep(text).unwrap_or_else(|| invalid(text, &error)))?;
        Self::check(slots)
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn check(slots: Slots<'a>) -> Result<Self, Diagnostic> {
        let kind = kind(&slots)?;
        for (id, name) in ENVELOPE.iter().enumerate().skip(1) {
            let id = SlotId::nth(id as u32);
            let (fits, expected) = match id {
                INTEGRATIONS => (
                    matches!(slots.slot(id), Slot::Missing | Slot::Scalar(Value::Null))
                        || is_object(slots.slot(id)),
                    "an object",
                ),
                // Ids are often sent as numbers; their text is the id.
                USER_ID | ANONYMOUS_ID | MESSAGE_ID => (
                    matches!(
                        slots.slot(id),
                        Slot::Missing
                            | Slot::Scalar(Value::Null | Value::String(_) | Value::Number(_))
                    ),
                    "a string",
                ),
                _ => (
                    matches!(
                        slots.slot(id),
                        Slot::Missing | Slot::Scalar(Value::Null | Value::String(_))
                    ),
                    "a string",
                ),
            };
            if !fits {
                let message = format!(
                    "`{name}` expected {expected}, got {}",
                    slots.slot(id).describe()
                );
                let error = Diagnostic::error(Code::EventWrongType, format!("/{name}"), message);
                return Err(match id {
                    TIMESTAMP | ORIGINAL_TIMESTAMP | SENT_AT | RECEIVED_AT => {
                        error.help(WRITE_TIME)
                    }
                    _ => error,
                });
            }
        }
        let event = Event { kind, slots };
        if event.user_id().is_none_or(str::is_empty)
            && event.id(ANONYMOUS_ID).is_none_or(str::is_empty)
        {
            return Err(Diagnostic::error(
                Code::EventMissingIdentity,
                "",
                "an event needs a `userId` or an `anonymousId`, got neither",
            )
            .help("set `userId` to the id of the user in your product"));
        }
        Ok(event)
    }

    /// Which of the six calls this is.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn kind(&self) -> Type {
        self.kind
    }

    /// What the configuration's paths found.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn slots(&self) -> &Slots<'a> {
        &self.slots
    }

    /// The unique id of the message.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn message_id(&self) -> Option<&str> {
        self.id(MESSAGE_ID)
    }

    /// The id of the user in the product.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn user_id(&self) -> Option<&str> {
        self.id(USER_ID)
    }

    #[cfg_attr(target_family = "wasm", inline)]
    fn id(&self, slot: SlotId) -> Option<&str> {
        match self.slots.slot(slot) {
            Slot::Scalar(Value::String(text) | Value::Number(text)) => Some(text),
            _ => None,
        }
    }

    /// When the event happened: corrected for the sender's clock when `originalTimestamp`, `sentAt` and `receivedAt`
    /// allow it, else `timestamp`, `originalTimestamp`, `receivedAt` or `sentAt`, the first that is a time. Never after
    /// `receivedAt`.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn time(&self) -> Option<EventTime> {
        self.time_told(&mut Vec::new())
    }

    /// As [`Event::time`]; what was to tell the time and cannot be read is told of.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn time_told(&self, told: &mut Vec<Diagnostic>) -> Option<EventTime> {
        let time = |slot| self.slots.text(slot).and_then(EventTime::read);
        let original = time(ORIGINAL_TIMESTAMP);
        let received = time(RECEIVED_AT);
        // Nothing happens after it was received: a clock that runs ahead must not outdo all that comes later.
        let by_then = |time: EventTime| received.map_or(time, |received| time.min(received));
        if let (Some(original), Some(received), Some(sent)) = (original, received, time(SENT_AT)) {
            return Some(by_then(EventTime::corrected(original, sent, received)));
        }
        if let Some(time) = time(TIMESTAMP) {
            return Some(by_then(time));
        }
        let found = original.map(by_then).or(received).or_else(|| time(SENT_AT));
        self.tell_unread(found, told);
        found
    }

    /// Tells of the times that stand before `found` and cannot be read.
    #[cold]
    fn tell_unread(&self, found: Option<EventTime>, told: &mut Vec<Diagnostic>) {
        for (slot, name) in [
            (TIMESTAMP, "timestamp"),
            (ORIGINAL_TIMESTAMP, "originalTimestamp"),
            (RECEIVED_AT, "receivedAt"),
            (SENT_AT, "sentAt"),
        ] {
            let Some(text) = self.slots.text(slot).filter(|text| !is_blank(text)) else {
                continue;
            };
            if EventTime::read(text).is_some() {
                return;
            }
            let taken = match found {
                Some(time) => {
                    format!("the event is taken as of `{time}`, which another field says")
                }
                None => "the event is taken as of no known time, and may overwrite newer values"
                    .to_owned(),
            };
            let message = format!("`{name}` expected a time, got `{}`; {taken}", excerpt(text));
            told.push(
                Diagnostic::warning(Code::EventTime, format!("/{name}"), message).help(WRITE_TIME),
            );
        }
    }

    /// Why the event's `integrations` object keeps it from this destination, if it does.
    #[cfg_attr(target_family = "wasm", inline)]
    pub fn excluded(&self) -> Option<String> {
        let Slot::Subtree(text) = self.slots.slot(INTEGRATIONS) else {
            return None;
        };
        // Most events say just this.
        if *text == "{}" || *text == r#"{"All":true}"# {
            return None;
        }
        let integrations = Value::parse(text).ok()?;
        let named = INTEGRATION_NAMES
            .into_iter()
            .find_map(|name| Some((name, integrations.get(name)?)));
        let (name, value) = named.or_else(|| Some(("All", integrations.get("All")?)))?;
        (*value == Value::Bool(false)).then(|| format!("`integrations` holds `{name}`: false"))
    }
}

#[cfg_attr(target_family = "wasm", inline)]
fn is_object(slot: &Slot<'_>) -> bool {
    matches!(slot, Slot::Subtree(text) if text.starts_with('{'))
}

#[cfg_attr(target_family = "wasm", inline)]
fn kind(slots: &Slots<'_>) -> Result<Type, Diagnostic> {
    let words = || Type::ALL.map(Type::as_str).join("`, `");
    match slots.slot(TYPE) {
        Slot::Missing | Slot::Scalar(Value::Null) => Err(Diagnostic::error(
            Code::EventMissingType,
            "",
            "an event needs a `type`, got none",
        )
        .help(format!("set `type` to one of `{}`", words()))),
        Slot::Scalar(Value::String(text)) => Type::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text.as_ref())
            .ok_or_else(|| {
                let message = format!(
                    "`type` expected one of `{}`, got `{}`",
                    words(),
                    excerpt(text)
                );
                let error = Diagnostic::error(Code::EventUnknownType, "/type", message);
                match did_you_mean(text, Type::ALL.map(Type::as_str)) {
                    Some(word) => error.help(format!("did you mean `{word}`?")),
                    None => error,
                }
            }),
        slot => {
            let message = format!("`type` expected a string, got {}", slot.describe());
            Err(Diagnostic::error(Code::EventWrongType, "/type", message))
        }
    }
}

fn invalid_utf8(bytes: &[u8]) -> Diagnostic {
    let at = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let message = format!(
        "an event is UTF-8, got a byte that is not (`0x{:02x}` at offset {at})",
        bytes.get(at).unwrap_or(&0)
    );
    Diagnostic::error(Code::EventInvalidUtf8, "", message).help("send the event as UTF-8")
}

fn not_an_object(text: &str) -> Diagnostic {
    match Value::parse(text) {
        Ok(value) => {
            let message = format!("an event is a JSON object, got {}", value.describe());
            Diagnostic::error(Code::EventNotAnObject, "", message)
        }
        Err(error) => invalid(text, &error),
    }
}

/// Names the place of an error, which the fast reader does not keep.
fn invalid(text: &str, error: &serde_json::Error) -> Diagnostic {
    if let Ok(event) = Value::parse(text) {
        for name in OBJECTS {
            if let Some(value) = event
                .get(name)
                .filter(|value| !matches!(value, Value::Null | Value::Object(_)))
            {
                let message = format!("`{name}` expected an object, got {}", value.describe());
                return Diagnostic::error(Code::EventWrongType, format!("/{name}"), message);
            }
        }
    }
    let at = fault(text);
    let message = format!("an event is JSON, got text that is not: {error}");
    Diagnostic::error(Code::EventInvalidJson, at, message)
        .help("send each event as one JSON object")
}

/// The error of an event that nests deeper than [`MAX_DEPTH`], if it does.
fn too_deep(text: &str) -> Option<Diagnostic> {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            let message = format!("an event nests at most {MAX_DEPTH} levels deep, got more");
            return Some(Diagnostic::error(Code::EventTooDeep, "", message));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Event<'_>, Diagnostic> {
        Event::read(text.as_bytes(), &paths().reader())
    }

    fn code(text: &str) -> (String, String) {
        let error = read(text).unwrap_err();
        (error.code.to_string(), error.at)
    }

    #[test]
    fn what_is_wrong_with_an_event_has_a_code_and_a_place() {
        let deep = format!(
            r#"{{"type":"track","userId":"u","x":{}{}}}"#,
            "[".repeat(200),
            "]".repeat(200)
        );
        let large = format!(
            r#"{{"type":"track","userId":"{}"}}"#,
            "u".repeat(MAX_EVENT_BYTES)
        );
        for (text, expect, at) in [
            ("", "event.invalid_json", ""),
            (
                r#"{"type":"identify","traits":{"a":tru}}"#,
                "event.invalid_json",
                "/traits/a",
            ),
            (
                r#"{"type":"identify","userId":"\ud800"}"#,
                "event.invalid_json",
                "/userId",
            ),
            (r#"[1]"#, "event.not_an_object", ""),
            (r#"{"userId":"u"}"#, "event.missing_type", ""),
            (
                r#"{"type":"identity","userId":"u"}"#,
                "event.unknown_type",
                "/type",
            ),
            (r#"{"type":1,"userId":"u"}"#, "event.wrong_type", "/type"),
            (
                r#"{"type":"identify","userId":{}}"#,
                "event.wrong_type",
                "/userId",
            ),
            (
                r#"{"type":"identify","userId":"u","traits":"x"}"#,
                "event.wrong_type",
                "/traits",
            ),
            (
                r#"{"type":"identify","userId":"u","context":[]}"#,
                "event.wrong_type",
                "/context",
            ),
            (
                r#"{"type":"identify","userId":"u","integrations":[]}"#,
                "event.wrong_type",
                "/integrations",
            ),
            (
                r#"{"type":"identify","userId":"u","timestamp":5}"#,
                "event.wrong_type",
                "/timestamp",
            ),
            (r#"{"type":"identify"}"#, "event.missing_identity", ""),
            (
                r#"{"type":"identify","userId":""}"#,
                "event.missing_identity",
                "",
            ),
            (&deep, "event.too_deep", ""),
            (&large, "event.too_large", ""),
        ] {
            assert_eq!(
                code(text),
                (expect.to_owned(), at.to_owned()),
                "{}",
                &text[..text.len().min(80)]
            );
        }
        let error = Event::read(b"{\"type\":\"\xff\"}", &paths().reader()).unwrap_err();
        assert_eq!(error.code, Code::EventInvalidUtf8);
        insta::assert_snapshot!(read(r#"{"type":"identity","userId":"u"}"#).unwrap_err(), @r"
        error[event.unknown_type]: `type` expected one of `identify`, `group`, `track`, `page`, `screen`, `alias`, got `identity`
          at: /type
          help: did you mean `identify`?
        ");
    }

    #[test]
    fn ids_sent_as_numbers_keep_every_digit() {
        let event = read(r#"{"type":"identify","userId":12345678901234567890123}"#).unwrap();
        assert_eq!(event.user_id(), Some("12345678901234567890123"));
    }

    #[test]
    fn the_integrations_object_keeps_events_out() {
        for (integrations, excluded) in [
            (r#"{}"#, None),
            (r#"{"All":true}"#, None),
            (
                r#"{"All":false}"#,
                Some("`integrations` holds `All`: false"),
            ),
            (r#"{"All":false,"Attio (Actions)":true}"#, None),
            (r#"{"All":false,"Attio (Actions)":{}}"#, None),
            (
                r#"{"Attio (Actions)":false}"#,
                Some("`integrations` holds `Attio (Actions)`: false"),
            ),
            (
                r#"{"attio-destination":false}"#,
                Some("`integrations` holds `attio-destination`: false"),
            ),
            (r#"{"attio (actions)":false,"Other":false}"#, None),
        ] {
            let text =
                format!(r#"{{"type":"identify","userId":"u","integrations":{integrations}}}"#);
            assert_eq!(
                read(&text).unwrap().excluded().as_deref(),
                excluded,
                "{integrations}"
            );
        }
    }

    #[test]
    fn the_time_of_an_event_is_corrected_where_it_can_be() {
        let time = |fields: &str| {
            let text = format!(r#"{{"type":"identify","userId":"u"{fields}}}"#);
            read(&text).unwrap().time().map(|time| time.to_string())
        };
        assert_eq!(time(""), None);
        assert_eq!(
            time(r#","originalTimestamp":"2026-01-01T00:00:00Z","sentAt":"2026-01-01T00:00:10Z","receivedAt":"2026-01-01T01:00:10Z""#).as_deref(),
            Some("2026-01-01T01:00:00.000000000Z")
        );
        assert_eq!(
            time(r#","timestamp":"2026-01-01T00:00:00Z","receivedAt":"2026-01-02T00:00:00Z""#)
                .as_deref(),
            Some("2026-01-01T00:00:00.000000000Z")
        );
        assert_eq!(
            time(r#","receivedAt":"2026-01-02T00:00:00Z""#).as_deref(),
            Some("2026-01-02T00:00:00.000000000Z")
        );
        assert_eq!(
            time(r#","timestamp":"1600000000000""#).as_deref(),
            Some("2020-09-13T12:26:40.000000000Z")
        );
        assert_eq!(
            time(r#","timestamp":"2099-01-01T00:00:00Z","receivedAt":"2026-01-01T00:00:00Z""#)
                .as_deref(),
            Some("2026-01-01T00:00:00.000000000Z"),
        );
    }

    #[test]
    fn a_time_that_cannot_be_read_is_told_of() {
        let told = |fields: &str| {
            let text = format!(r#"{{"type":"identify","userId":"u"{fields}}}"#);
            let mut told = Vec::new();
            read(&text).unwrap().time_told(&mut told);
            told.iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        };
        for sound in [
            "",
            r#","timestamp":null"#,
            r#","timestamp":" ""#,
            r#","timestamp":"2026-01-01T00:00:00Z","sentAt":"soon""#,
            r#","timestamp":"x","originalTimestamp":"2026-01-01","sentAt":"2026-01-01","receivedAt":"2026-01-01""#,
        ] {
            assert_eq!(told(sound), "", "{sound}");
        }
        for text in [
            "Mon, 14 Sep 2026 08:00:00 GMT",
            "14/09/2026 08:00",
            "2026091408",
        ] {
            let told = told(&format!(r#","timestamp":"{text}""#));
            assert!(told.contains("no known time"), "{text}: {told}");
        }
        insta::assert_snapshot!(told(r#","timestamp":"yesterday""#), @"
        warning[event.time]: `timestamp` expected a time, got `yesterday`; the event is taken as of no known time, and may overwrite newer values
          at: /timestamp
          help: write it as ISO 8601, such as `2026-09-14T08:00:00Z`, or as the seconds or milliseconds since 1970 in a string
        ");
        insta::assert_snapshot!(told(r#","timestamp":"yesterday","originalTimestamp":"1757836800","sentAt":"soon""#), @"
        warning[event.time]: `timestamp` expected a time, got `yesterday`; the event is taken as of `2025-09-14T08:00:00.000000000Z`, which another field says
          at: /timestamp
          help: write it as ISO 8601, such as `2026-09-14T08:00:00Z`, or as the seconds or milliseconds since 1970 in a string
        ");
    }
}

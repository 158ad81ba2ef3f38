//! Events that a delivery has handed back: `{"event": ..., "line": ..., "plan": ..., "outcome": ...}`.

use std::borrow::Cow;

use super::scan::members;

/// The event in a line that a delivery has handed back, as it came in the first place; nothing when the line is an event
/// of its own.
pub(super) fn event(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    memchr::memmem::find(text, b"\"outcome\"")?;
    let (mut event, mut is_planned, mut has_outcome) = (None, false, false);
    for member in members(text)? {
        let value = &text[member.value];
        match &text[member.key] {
            b"type" => return None,
            b"event" if value.starts_with(b"{") => event = Some(Cow::Borrowed(value)),
            b"event_text" => {
                let text: String = serde_json::from_slice(value).ok()?;
                event = Some(Cow::Owned(text.into_bytes()));
            }
            b"plan" => is_planned = value.starts_with(b"{"),
            b"outcome" => has_outcome = true,
            _ => {}
        }
    }
    event.filter(|_| is_planned && has_outcome)
}

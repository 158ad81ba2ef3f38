//! Any text as a subscription and, in its last line, any event: nothing panics, the canonical text means the same, and
//! a negation takes exactly what is left.
#![no_main]

use attio_destination::event::{Paths, Segment, Slots, Type};
use attio_destination::json::Value;
use attio_destination::subscription::Subscription;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (text, event) = input.rsplit_once('\n').unwrap_or((input, "{}"));
    let mut paths = Paths::new();
    let subscription = match Subscription::parse(text, &mut paths) {
        Ok(subscription) => subscription,
        Err(error) => {
            assert!(text.get(error.at.clone()).is_some(), "{error:?}");
            assert!(error.underlined(text).contains('^'));
            return;
        }
    };
    let canonical = subscription.to_string();
    let again = Subscription::parse(&canonical, &mut paths).expect("canonical text is FQL");
    assert_eq!(again, subscription);
    assert_eq!(again.to_string(), canonical);
    // Past the limits on length and depth there may be no room for the negation.
    let negated = Subscription::parse(&format!("!({canonical})"), &mut paths).ok();

    let kind = paths.slot(&[Segment::new("type")]);
    let Ok(slots) = paths.reader().read(event) else {
        return;
    };
    let taken = subscription.matches(&slots);
    assert_eq!(again.matches(&slots), taken);
    if let Some(negated) = negated {
        assert_ne!(negated.matches(&slots), taken);
    }
    let kind = Type::ALL
        .into_iter()
        .find(|known| slots.text(kind) == Some(known.as_str()));
    if let Some(kind) = kind.filter(|_| taken) {
        assert!(subscription.event_types().contains(&kind));
    }
    if let Ok(document) = Value::parse(event) {
        assert_eq!(subscription.matches(&Slots::of(&paths, &document)), taken);
    }
});

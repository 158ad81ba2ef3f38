//! Any text as a mapping and, in its last line, any event: nothing panics, a mapping gives the same every time, and so
//! does its canonical JSON.
#![no_main]

use attio_destination::event::{Paths, Slots};
use attio_destination::json::Value;
use attio_destination::mapping::Mapping;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (mapping, event) = input.rsplit_once('\n').unwrap_or((input, "{}"));
    let Ok(mapping) = Value::parse(mapping) else {
        return;
    };
    let mut paths = Paths::new();
    let compiled = match Mapping::compile(&mapping, "", &mut paths) {
        Ok(compiled) => compiled,
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(error.help.is_some(), "{error}");
            }
            return;
        }
    };
    let canonical = compiled.to_string();
    let document = Value::parse(&canonical).expect("canonical text is JSON");
    let mut paths_again = Paths::new();
    let again = Mapping::compile(&document, "", &mut paths_again).expect("canonical JSON is right");
    assert_eq!(again.to_string(), canonical);

    let Ok(slots) = paths.reader().read(event) else {
        return;
    };
    let value = compiled.resolve(&slots);
    assert_eq!(compiled.resolve(&slots), value);
    if let Ok(value) = &value
        && let Ok(slots) = paths_again.reader().read(event)
    {
        assert_eq!(again.resolve(&slots).as_ref().ok(), Some(value));
    }
    if let Ok(event) = Value::parse(event) {
        let same = compiled.resolve(&Slots::of(&paths, &event));
        assert_eq!(same.ok(), value.ok());
    }
});

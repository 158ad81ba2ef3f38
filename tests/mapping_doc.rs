//! `docs/mapping.md` and `docs/subscriptions.md` say what is so: every line of their tables runs, every directive has one,
//! and every limit stands there.

use std::collections::BTreeSet;

use attio_destination::event::Paths;
use attio_destination::json::Value;
use attio_destination::mapping::{self, Compiler, Directive, Scope};
use attio_destination::subscription::{self, Subscription};

const PAGE: &str = include_str!("../docs/mapping.md");
const SUBSCRIPTIONS: &str = include_str!("../docs/subscriptions.md");

/// The text of a cell that is code.
fn code(cell: &str) -> Option<String> {
    let code = cell.trim().strip_prefix('`')?.strip_suffix('`')?;
    Some(code.replace("\\|", "|"))
}

#[test]
fn every_example_gives_what_the_page_says() {
    let mut shown = BTreeSet::new();
    for line in PAGE.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let [given, event, gives] = cells[..] else {
            panic!("three cells: {line}")
        };
        let (given, event) = (code(given).expect(line), code(event).expect(line));
        let mapping = Value::parse(&given).expect(line);
        let mut paths = Paths::new();
        let mut compiler = Compiler::new(&mut paths);
        let expr = compiler.expr(&mapping, "");
        let errors = compiler.finish();
        let expr = expr.unwrap_or_else(|| panic!("{line}\n{errors:?}"));
        let slots = paths.reader().read(&event).expect(line);
        let value = expr.eval(&Scope::event(&slots, &[])).expect(line);
        let expected = match gives.trim() {
            "undefined" => None,
            cell => Some(code(cell).expect(line)),
        };
        let expected = expected
            .as_deref()
            .map(|json| Value::parse(json).expect(line));
        assert_eq!(value, expected, "{line}");
        expr.walk(&mut |expr| {
            shown.extend(expr.directive().map(Directive::as_str));
        });
    }
    for directive in Directive::ALL {
        assert!(
            PAGE.contains(&format!("`{directive}`")),
            "{directive} is not on the page"
        );
        assert!(
            shown.contains(directive.as_str()) || *directive == Directive::Field,
            "{directive} has no example"
        );
        for option in directive.options() {
            assert!(
                PAGE.contains(option),
                "{option} of {directive} is not on the page"
            );
        }
    }
}

#[test]
fn every_subscription_takes_what_its_page_says() {
    let mut shown = 0;
    for line in SUBSCRIPTIONS.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        let [given, event, takes] = cells[..] else {
            continue;
        };
        let (Some(given), Some(event)) = (code(given), code(event)) else {
            continue;
        };
        let mut paths = Paths::new();
        let subscription = Subscription::parse(&given, &mut paths).expect(line);
        let slots = paths.reader().read(&event).expect(line);
        let expected = match takes.trim() {
            "yes" => true,
            "no" => false,
            _ => panic!("yes or no: {line}"),
        };
        assert_eq!(subscription.matches(&slots), expected, "{line}");
        shown += 1;
    }
    assert!(shown > 20, "{shown}");
    for (limit, unit) in [
        (subscription::MAX_BYTES, "bytes"),
        (subscription::MAX_DEPTH, "deep"),
        (subscription::MAX_PATTERN_CHARS, "characters"),
    ] {
        assert!(
            SUBSCRIPTIONS.contains(&format!("{limit} {unit}")),
            "{limit} {unit}"
        );
    }
}

#[test]
fn every_limit_stands_on_the_page() {
    for (limit, unit) in [
        (mapping::MAX_PATH_BYTES, "bytes and"),
        (mapping::MAX_PATH_STEPS, "steps"),
        (mapping::MAX_TEMPLATE_BYTES, "bytes"),
        (mapping::MAX_REPLACE_CHARS, "characters"),
        (mapping::MAX_JSONPATH_BYTES, "bytes"),
        (mapping::MAX_JSONPATH_DEPTH, "deep"),
        (mapping::MAX_JSONPATH_WILD, "of `..` and `*`"),
        (mapping::MAX_JSONPATH_UNION, "combinations"),
        (mapping::MAX_LIQUID_CHARS, "characters"),
        (mapping::MAX_LIQUID_OUTPUT, "bytes"),
        (mapping::MAX_NESTING, "deep"),
        (mapping::MAX_EXPRESSIONS, "in all"),
        (mapping::MAX_OUTPUT, "bytes"),
    ] {
        assert!(PAGE.contains(&format!("{limit} {unit}")), "{limit} {unit}");
    }
}

#[test]
fn every_filter_stands_on_the_page() {
    // A filter that is not there is refused with the list of those that are.
    let unknown = Value::parse(r#"{"@liquid":"{{ a | zzzz }}"}"#).unwrap();
    let mut paths = Paths::new();
    let mut compiler = Compiler::new(&mut paths);
    assert!(compiler.expr(&unknown, "").is_none());
    let help = compiler.finish()[0].help.clone().unwrap();
    let names: Vec<&str> = help.split('`').skip(1).step_by(2).collect();
    assert!(names.len() > 40, "{help}");
    for name in names {
        assert!(PAGE.contains(&format!("`{name}`")), "{name}");
    }
}

//! What holds of every subscription, tried on generated ones.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::event::{Paths, Segment, Type};
use crate::json::Value;
use crate::subscription::Subscription;
use crate::subscription::condition::{Condition, Function, Operand, Path, Relation};
use crate::subscription::glob::Glob;

fn path() -> impl Strategy<Value = Operand> {
    let plain =
        select(vec!["type", "event", "userId", "groupId"]).prop_map(|field| vec![field.to_owned()]);
    let key = prop_oneof![3 => "[a-c]", 1 => "[ -~]{1,4}", 1 => "\\PC{1,4}", 1 => "[0-9]{1,2}"];
    let nested = (
        select(vec!["properties", "traits", "context"]),
        vec(key, 0..3),
    )
        .prop_map(|(root, keys)| std::iter::once(root.to_owned()).chain(keys).collect());
    prop_oneof![plain, nested].prop_map(|keys: Vec<String>| {
        Operand::Path(Path::new(
            keys.iter().map(|key| Segment::new(key)).collect(),
        ))
    })
}

fn reading() -> impl Strategy<Value = Operand> {
    path().prop_recursive(3, 4, 1, |inner| {
        (select(Function::ALL.to_vec()), inner)
            .prop_map(|(function, argument)| Operand::Apply(function, Box::new(argument)))
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(vec!["track", "identify", "", "x", "X y"]).prop_map(str::to_owned),
        "[a-z\\\\\"'nrt\n\r\t*?]{0,8}",
        any::<String>(),
    ]
}

fn number() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,22})(\\.[0-9]{1,5})?(e-?[0-9]{1,2})?"
}

fn scalar() -> impl Strategy<Value = Value<'static>> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number().prop_map(|number| Value::Number(number.into())),
        text().prop_map(|text| Value::String(text.into())),
    ]
}

fn list() -> impl Strategy<Value = Operand> {
    vec(scalar(), 0..4).prop_map(|items| Operand::Literal(Value::Array(items)))
}

fn equality() -> impl Strategy<Value = Condition> {
    let value = prop_oneof![4 => scalar().prop_map(Operand::Literal), 1 => list(), 1 => reading()];
    (path(), any::<bool>(), value).prop_map(|(left, equal, right)| {
        let relation = if equal {
            Relation::Equal
        } else {
            Relation::NotEqual
        };
        Condition::Compare(left, relation, right)
    })
}

fn order() -> impl Strategy<Value = Condition> {
    let relation = select(vec![
        Relation::Less,
        Relation::LessOrEqual,
        Relation::Greater,
        Relation::GreaterOrEqual,
    ]);
    let number = number().prop_map(|number| Operand::Literal(Value::Number(number.into())));
    (
        reading(),
        relation,
        prop_oneof![3 => number, 1 => reading()],
    )
        .prop_map(|(left, relation, right)| Condition::Compare(left, relation, right))
}

fn test() -> impl Strategy<Value = Condition> {
    let string = || text().prop_map(|text| Operand::Literal(Value::String(text.into())));
    prop_oneof![
        3 => equality(),
        1 => order(),
        1 => (scalar().prop_map(Operand::Literal), path()).prop_map(|(item, list)| Condition::In(item, list)),
        1 => (reading(), list()).prop_map(|(item, list)| Condition::In(item, list)),
        1 => (reading(), prop_oneof![string(), reading()]).prop_map(|(text, part)| Condition::Contains(text, part)),
        1 => (string(), reading()).prop_map(|(text, part)| Condition::Contains(text, part)),
        2 => (reading(), "([a-z*?\"']|\\\\[*?\\\\\\[n]|\\[[a-z]-z\\]){0,9}")
            .prop_map(|(text, pattern)| Condition::Match(text, Glob::compile(&pattern).unwrap())),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    test().prop_recursive(6, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..4).prop_map(Condition::all),
            vec(inner.clone(), 1..4).prop_map(Condition::any),
            inner.prop_map(Condition::negated),
        ]
    })
}

fn event() -> impl Strategy<Value = (Type, String)> {
    let value = || {
        prop_oneof![
            4 => scalar(),
            1 => vec(scalar(), 0..3).prop_map(Value::Array),
        ]
    };
    (
        select(Type::ALL.to_vec()),
        value(),
        value(),
        value(),
        value(),
    )
        .prop_map(|(kind, event, user, a, b)| {
            let object = |pairs: &[(&'static str, &Value<'static>)]| {
                Value::Object(
                    pairs
                        .iter()
                        .map(|&(key, value)| (key.into(), value.clone()))
                        .collect(),
                )
            };
            let inner = object(&[("a", &a), ("b", &b)]);
            let event = object(&[
                ("type", &Value::String(kind.as_str().into())),
                ("event", &event),
                ("userId", &user),
                ("traits", &inner),
                ("properties", &inner),
            ]);
            (kind, event.to_json())
        })
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same(condition in condition()) {
        let printed = condition.to_string();
        let parsed = Subscription::parse(&printed, &mut Paths::new());
        match parsed {
            Ok(parsed) => prop_assert_eq!(parsed.condition, condition, "{}", printed),
            Err(error) => prop_assert!(false, "{}\n{}", printed, error),
        }
    }

    #[test]
    fn no_text_panics_and_what_parses_prints_to_a_fixed_point(
        text in prop_oneof![
            any::<String>(),
            "(type|event|traits\\.[a-z. \\\\]{0,4}|and|or|not|in|!|=|!=|<|>=|\\(|\\)|\\[|\\]|,|'[a-z\\\\*]{0,3}'|\"x\"|-?[0-9.]{1,4}|contains|match|length| |null|true){0,14}",
        ]
    ) {
        match Subscription::parse(&text, &mut Paths::new()) {
            Ok(parsed) => {
                let printed = parsed.to_string();
                let again = Subscription::parse(&printed, &mut Paths::new()).unwrap();
                prop_assert_eq!(again.to_string(), printed);
            }
            Err(error) => {
                prop_assert!(text.get(error.at.clone()).is_some());
                prop_assert!(error.underlined(&text).contains('^'));
            }
        }
    }

    #[test]
    fn a_negation_takes_exactly_what_is_left((condition, (kind, event)) in (condition(), event())) {
        let mut paths = Paths::new();
        let text = condition.to_string();
        let plain = Subscription::parse(&text, &mut paths).unwrap();
        let negated = Subscription::parse(&format!("not ({text})"), &mut paths).unwrap();
        let slots = paths.reader().read(&event).unwrap();
        prop_assert_ne!(plain.matches(&slots), negated.matches(&slots));
        if plain.matches(&slots) {
            prop_assert!(plain.event_types().contains(&kind));
        } else {
            prop_assert!(negated.event_types().contains(&kind));
        }
    }

    #[test]
    fn subscriptions_that_take_one_event_are_said_to_share_events(
        (one, other, (_, event)) in (condition(), condition(), event())
    ) {
        let mut paths = Paths::new();
        let both = [one, other].map(|condition| {
            let text = condition.to_string();
            [text.clone(), format!("not ({text})")]
                .map(|text| Subscription::parse(&text, &mut paths).unwrap())
        });
        let slots = paths.reader().read(&event).unwrap();
        // Of each condition and its negation, the one that takes the event.
        let [one, other] = both.map(|pair| pair.into_iter().find(|one| one.matches(&slots)).unwrap());
        prop_assert!(one.may_share_events(&other), "{}\n{}\n{}", one, other, event);
    }
}

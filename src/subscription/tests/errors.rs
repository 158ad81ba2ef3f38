//! What is refused, in which words and where.

use crate::event::Paths;
use crate::subscription::{MAX_BYTES, MAX_DEPTH, Subscription};

/// Every text with its fault underlined, what is wrong with it, and how to mend it.
fn report(texts: &[&str]) -> String {
    let mut report = String::new();
    for text in texts {
        let error = Subscription::parse(text, &mut Paths::new()).unwrap_err();
        report.push_str(&format!("{}\n{error}\n", error.underlined(text)));
        if let Some(help) = &error.help {
            report.push_str(&format!("help: {help}\n"));
        }
        report.push('\n');
    }
    report
}

#[test]
fn what_is_no_condition_is_underlined() {
    insta::assert_snapshot!(report(&[
        "", "typo", "type", "type * \"32456\"", "type =", "= 5", "event = 'x' and", "or type = 'x'",
        "type = 'x' event = 'y'", "type = 'x' AND event = 'y'", "type = 'a')", "(type = 'a'", "type = 'a' or (",
        "()", "\"track\"", "true", "lowercase(event)", "type = 'x', event = 'y'", "event not in ['a']", "event = Not",
        "contains(event, 'a') = true",
    ]), @r#"

    ^
    character 1: a subscription expected a condition, got none
    help: say which events it takes, for example `type = "identify"`

    typo
    ^^^^
    character 1: expected a field of an event, got `typo`
    help: did you mean `type`?

    type
        ^
    character 5: expected an operator, got the end

    type * "32456"
         ^
    character 6: expected FQL, got `*`
    help: write text in quotes, and escape a character of a path with `\`

    type =
          ^
    character 7: expected a value, got the end
    help: a value is a field, text in quotes, a number, `true`, `false` or `null`

    = 5
    ^
    character 1: expected a condition, got `=`

    event = 'x' and
                   ^
    character 16: expected a condition, got the end

    or type = 'x'
    ^^
    character 1: expected a condition, got `or`

    type = 'x' event = 'y'
               ^^^^^
    character 12: expected `and`, `or` or the end, got `event`

    type = 'x' AND event = 'y'
               ^^^
    character 12: expected `and`, `or` or the end, got `AND`
    help: write `and`

    type = 'a')
              ^
    character 11: expected `and`, `or` or the end, got `)`
    help: drop the `)`, or open it with `(`

    (type = 'a'
    ^
    character 1: `(` expected its `)`, got the end
    help: close the group

    type = 'a' or (
                   ^
    character 16: expected a condition, got the end

    ()
     ^
    character 2: expected a condition, got `)`

    "track"
           ^
    character 8: expected an operator, got the end
    help: a value alone is no condition: compare it with a field, `type = "identify"`

    true
        ^
    character 5: expected an operator, got the end
    help: a value alone is no condition: compare it with a field, `type = "identify"`

    lowercase(event)
                    ^
    character 17: expected an operator, got the end

    type = 'x', event = 'y'
              ^
    character 11: expected `and`, `or` or the end, got `,`

    event not in ['a']
          ^^^
    character 7: expected an operator, got `not`
    help: write `not` or `!` before the whole test: `not type in ["track"]`

    event = Not
            ^^^
    character 9: expected a field of an event, got `Not`
    help: text stands in quotes, `"Not"`; the fields are `type`, `event`, `name`, `userId`, `anonymousId`, `groupId`, `previousId`, `messageId`, `channel`, `properties`, `traits`, `context`

    contains(event, 'a') = true
                         ^
    character 22: expected `and`, `or` or the end, got `=`
    "#);
}

#[test]
fn operators_of_other_languages_are_named() {
    insta::assert_snapshot!(report(&[
        "type == 'track'", "type === 'track'", "n =< 5", "traits.n => 5", "type <> 'track'", "type !== 'x'",
        "type = 'a' && event = 'b'", "type = 'a' || event = 'b'", "type = “track”", "$.type = 'track'",
    ]), @r#"
    type == 'track'
         ^^
    character 6: expected an operator of FQL, got `==`
    help: write `=`

    type === 'track'
         ^^^
    character 6: expected an operator of FQL, got `===`
    help: write `=`

    n =< 5
      ^^
    character 3: expected an operator of FQL, got `=<`
    help: write `<=`

    traits.n => 5
             ^^
    character 10: expected an operator of FQL, got `=>`
    help: write `>=`

    type <> 'track'
         ^^
    character 6: expected an operator of FQL, got `<>`
    help: write `!=`

    type !== 'x'
         ^^^
    character 6: expected an operator of FQL, got `!==`
    help: write `!=`

    type = 'a' && event = 'b'
               ^^
    character 12: expected an operator of FQL, got `&&`
    help: write `and`

    type = 'a' || event = 'b'
               ^^
    character 12: expected an operator of FQL, got `||`
    help: write `or`

    type = “track”
           ^
    character 8: expected FQL, got `“`
    help: write strings in straight quotes: `"text"`

    $.type = 'track'
    ^
    character 1: expected FQL, got `$`
    help: write text in quotes, and escape a character of a path with `\`
    "#);
}

#[test]
fn paths_and_values_that_cannot_be_are_refused() {
    insta::assert_snapshot!(report(&[
        "user_id = 'x'", "trait.email != null", "type = track", "userId.x = 1", "traits. = 1", "traits..x = 1",
        "traits.a\\", "traits['a b'] = 1", "event = \"open", "event = 'it\\'", "traits.n = 5.", "traits.n = 12abc",
        "traits.n = -", "traits.n = 1.2.3", "traits.n = 4and type = 'x'", "traits.n = 1e", "type in 'track'", "type in ['track'",
        "type in ['track' 'page']", "type in [event]", "type in [['a']]", "type in [,]", "5 = 5", "'a' in ['a']",
        "traits.n < '10'", "traits.at > '2024-01-01'", "traits.n >= null", "lowercase(event) = 'Order'",
        "length(event) = '5'", "typeof(traits.x) = 'boolean'", "uppercase(event) = true",
    ]), @r#"
    user_id = 'x'
    ^^^^^^^
    character 1: expected a field of an event, got `user_id`
    help: did you mean `userId`?

    trait.email != null
    ^^^^^^^^^^^
    character 1: expected a field of an event, got `trait.email`
    help: did you mean `traits`?

    type = track
           ^^^^^
    character 8: expected a field of an event, got `track`
    help: text stands in quotes, `"track"`; the fields are `type`, `event`, `name`, `userId`, `anonymousId`, `groupId`, `previousId`, `messageId`, `channel`, `properties`, `traits`, `context`

    userId.x = 1
    ^^^^^^^^
    character 1: `userId` expected no `.` after it, got `userId.x`
    help: only `properties`, `traits` and `context` hold fields

    traits. = 1
           ^
    character 8: a path expected a name after `.`, got ` `
    help: a character that is no letter, digit, `_` or `-` is escaped: `traits.first\ name`

    traits..x = 1
           ^
    character 8: a path expected a name after `.`, got `.`
    help: a character that is no letter, digit, `_` or `-` is escaped: `traits.first\ name`

    traits.a\
            ^
    character 9: a path expected a character after `\`, got the end
    help: write `\\` for a backslash itself

    traits['a b'] = 1
          ^
    character 7: expected an operator, got `[`
    help: a key is reached as `traits.any\ key`, an element of a list as `traits.list.0`

    event = "open
            ^^^^^
    character 9: a string expected its closing `"`, got the end
    help: close the string; a quote inside it is written `\"`

    event = 'it\'
            ^^^^^
    character 9: a string expected its closing `'`, got the end
    help: close the string; a quote inside it is written `\'`

    traits.n = 5.
               ^^
    character 12: expected a number, got `5.`
    help: write numbers like `10`, `-1.5` or `2e3`, and text in quotes

    traits.n = 12abc
               ^^^^^
    character 12: expected a number, got `12abc`
    help: write numbers like `10`, `-1.5` or `2e3`, and text in quotes

    traits.n = -
               ^
    character 12: expected a number, got `-`
    help: write numbers like `10`, `-1.5` or `2e3`, and text in quotes

    traits.n = 1.2.3
               ^^^^^
    character 12: expected a number, got `1.2.3`
    help: write numbers like `10`, `-1.5` or `2e3`, and text in quotes

    traits.n = 4and type = 'x'
               ^^^^
    character 12: expected a number, got `4and`
    help: write numbers like `10`, `-1.5` or `2e3`, and text in quotes

    traits.n = 1e
               ^^
    character 12: expected a number, got `1e`
    help: write numbers like `10`, `-1.5` or `2e3`, and text in quotes

    type in 'track'
            ^^^^^^^
    character 9: `in` expected a list, got `'track'`
    help: write the list in brackets: `type in ["track", "page"]`

    type in ['track'
            ^
    character 9: `[` expected its `]`, got the end
    help: close the list

    type in ['track' 'page']
                     ^^^^^^
    character 18: expected `,` or `]`, got `'page'`

    type in [event]
             ^^^^^
    character 10: expected a value in the list, got `event`
    help: a list holds text in quotes, numbers, `true`, `false` and `null`

    type in [['a']]
             ^
    character 10: expected a value in the list, got `[`
    help: a list holds text in quotes, numbers, `true`, `false` and `null`

    type in [,]
             ^
    character 10: expected a value in the list, got `,`
    help: a list holds text in quotes, numbers, `true`, `false` and `null`

    5 = 5
    ^^^^^
    character 1: expected a field of the event, got only constants: `5 = 5`
    help: a field stands without quotes: `type = "identify"`

    'a' in ['a']
    ^^^^^^^^^^^^
    character 1: expected a field of the event, got only constants: `'a' in ['a']`
    help: a field stands without quotes: `type = "identify"`

    traits.n < '10'
               ^^^^
    character 12: `<` expected a number, got the string `10`
    help: write the number without quotes

    traits.at > '2024-01-01'
                ^^^^^^^^^^^^
    character 13: `>` expected a number, got the string `2024-01-01`
    help: only numbers have an order

    traits.n >= null
                ^^^^
    character 13: `>=` expected a number, got null
    help: only numbers have an order

    lowercase(event) = 'Order'
                       ^^^^^^^
    character 20: `lowercase` expected a string in lower case, got the string `Order`
    help: the two sides could never be equal

    length(event) = '5'
                    ^^^
    character 17: `length` expected a number, got the string `5`
    help: the two sides could never be equal

    typeof(traits.x) = 'boolean'
                       ^^^^^^^^^
    character 20: `typeof` expected one of `string`, `number`, `list`, `bool`, `null`, `object`, got the string `boolean`
    help: the two sides could never be equal

    uppercase(event) = true
                       ^^^^
    character 20: `uppercase` expected a string in upper case, got the boolean `true`
    help: the two sides could never be equal
    "#);
}

#[test]
fn calls_that_cannot_be_are_refused() {
    insta::assert_snapshot!(report(&[
        "contains event", "contains()", "contains(event)", "contains(event, 'a', 'b')", "contains(event, 5)",
        "contains('a', 'b')", "contains(null, event)", "contains(event, 'a'", "match(event, 5)", "match('a*', event)",
        "match(event, name)", "match(event, '[a')", "match(event, 'a\\\\')", "startsWith(event, 'a')", "endsWith(event, 'a')",
        "lowerCase(event) = 'a'", "regex(event, 'a')", "length(contains(event, 'a')) > 1", "length('abc') > 1", "length() > 1",
        "traits.x(5) = 1",
    ]), @r#"
    contains event
             ^^^^^
    character 10: expected `(` after `contains`, got `event`

    contains()
             ^
    character 10: expected a value, got `)`
    help: a value is a field, text in quotes, a number, `true`, `false` or `null`

    contains(event)
                  ^
    character 15: expected `,` and a string, got `)`

    contains(event, 'a', 'b')
                       ^
    character 20: expected the `)` of `contains`, got `,`

    contains(event, 5)
                    ^
    character 17: `contains` expected a string, got the number `5`
    help: write text in quotes

    contains('a', 'b')
    ^^^^^^^^^^^^^^^^^^
    character 1: expected a field of the event, got only constants: `contains('a', 'b')`
    help: a field stands without quotes: `type = "identify"`

    contains(null, event)
    ^^^^^^^^^^^^^^^^^^^^^
    character 1: `contains` expected a string, got null
    help: write text in quotes

    contains(event, 'a'
                       ^
    character 20: expected the `)` of `contains`, got the end

    match(event, 5)
                 ^
    character 14: `match` expected a string, got the number `5`
    help: write text in quotes

    match('a*', event)
                ^^^^^
    character 13: `match` expected a pattern in quotes, got `event`
    help: the field comes first: `match(event, "Order *")`

    match(event, name)
                 ^^^^
    character 14: `match` expected a pattern in quotes, got `name`
    help: the field comes first: `match(event, "Order *")`

    match(event, '[a')
                 ^^^^
    character 14: a class of a pattern expected `]`, got the end of the pattern
    help: close the class, or write `\[` for a bracket itself

    match(event, 'a\\')
                 ^^^^^
    character 14: a pattern expected a character after its last `\`, got its end
    help: write `\\\\` for a backslash itself

    startsWith(event, 'a')
    ^^^^^^^^^^
    character 1: expected a function of `contains`, `match`, `lowercase`, `uppercase`, `length`, `typeof`, got `startsWith`
    help: use `match(field, "text*")`

    endsWith(event, 'a')
    ^^^^^^^^
    character 1: expected a function of `contains`, `match`, `lowercase`, `uppercase`, `length`, `typeof`, got `endsWith`
    help: use `match(field, "*text")`

    lowerCase(event) = 'a'
    ^^^^^^^^^
    character 1: expected a function of `contains`, `match`, `lowercase`, `uppercase`, `length`, `typeof`, got `lowerCase`
    help: did you mean `lowercase`?

    regex(event, 'a')
    ^^^^^
    character 1: expected a function of `contains`, `match`, `lowercase`, `uppercase`, `length`, `typeof`, got `regex`

    length(contains(event, 'a')) > 1
           ^^^^^^^^
    character 8: expected a value, got the test `contains`
    help: use it alone, `contains(…)`, or negated, `!contains(…)`

    length('abc') > 1
           ^^^^^
    character 8: `length` expected a field, got `'abc'`
    help: write what it would give

    length() > 1
           ^
    character 8: expected a value, got `)`
    help: a value is a field, text in quotes, a number, `true`, `false` or `null`

    traits.x(5) = 1
    ^^^^^^^^
    character 1: expected a function of `contains`, `match`, `lowercase`, `uppercase`, `length`, `typeof`, got `traits.x`
    "#);
}

#[test]
fn a_subscription_is_bounded() {
    let nested = |depth| format!("{}traits.a{}", "(".repeat(depth), ")".repeat(depth));
    let calls = |depth| {
        format!(
            "{}event{} = 'a'",
            "lowercase(".repeat(depth),
            ")".repeat(depth)
        )
    };
    let long = |bytes| format!("traits.{} = 1", "a".repeat(bytes - "traits. = 1".len()));
    let parse = |text: &str| Subscription::parse(text, &mut Paths::new());
    for text in [
        nested(MAX_DEPTH),
        calls(MAX_DEPTH),
        "!".repeat(MAX_DEPTH) + "traits.a",
        long(MAX_BYTES),
    ] {
        assert!(parse(&text).is_ok(), "{}", text.len());
    }
    for text in [
        nested(MAX_DEPTH + 1),
        nested(4_000),
        calls(MAX_DEPTH + 1),
        "not ".repeat(MAX_DEPTH + 1) + "traits.a",
        long(MAX_BYTES + 1),
        "é".repeat(MAX_BYTES),
        format!("match(event, '{}')", "?".repeat(257)),
    ] {
        let error = parse(&text).unwrap_err();
        assert_eq!(
            error.code.as_str(),
            "subscription.too_large",
            "{}",
            text.len()
        );
        assert!(error.underlined(&text).contains('^'));
    }
    let error = parse(&long(MAX_BYTES + 1)).unwrap_err();
    insta::assert_snapshot!(error.diagnostic("/subscriptions/0/subscribe"), @r"
    error[subscription.too_large]: character 10001: a subscription takes at most 10000 bytes, got 10001
      at: /subscriptions/0/subscribe
      help: list values with `in`, or use several subscriptions
    ");
}

#[test]
fn what_is_accepted_can_be_read_back_from_its_canonical_text() {
    // Each of these has more levels or more bytes in canonical form: parentheses, `= true`, escapes.
    let mixed = |depth| {
        let open = "traits.a or traits.b and (".repeat(depth);
        format!("{open}traits.c{}", ")".repeat(depth))
    };
    let negated = |depth| format!("{}traits.n < 1{}", "!(".repeat(depth), ")".repeat(depth));
    let flags = |count| vec!["traits.é"; count].join(" and ");
    let texts = (1..=MAX_DEPTH).flat_map(|n| [mixed(n), negated(n), flags(n * 12)]);
    let (mut accepted, mut refused) = (0, 0);
    for text in texts {
        match Subscription::parse(&text, &mut Paths::new()) {
            Ok(subscription) => {
                let again = Subscription::parse(&subscription.to_string(), &mut Paths::new());
                assert_eq!(again.unwrap(), subscription);
                accepted += 1;
            }
            Err(error) => {
                assert_eq!(error.code.as_str(), "subscription.too_large", "{text}");
                refused += 1;
            }
        }
    }
    assert_eq!((accepted, refused), (32 + 32 + 37, 32 + 32 + 27));
}

#[test]
fn the_excerpt_is_one_line_that_fits() {
    insta::assert_snapshot!(report(&[
        "type = 'track'\n  and event == 'Order'\n  and traits.x = 1",
        "event = 'Zoë 😀' and\tname == 'x'",
        "type = 'track' and event = 'a rather long name of an event' and event == 'b' and name = 'another rather long one'",
        "event = 'never\nclosed",
    ]), @r#"
      and event == 'Order'
                ^^
    character 28: expected an operator of FQL, got `==`
    help: write `=`

    event = 'Zoë 😀' and name == 'x'
                             ^^
    character 26: expected an operator of FQL, got `==`
    help: write `=`

    …vent = 'a rather long name of an event' and event == 'b' and name = 'another r…
                                                       ^^
    character 71: expected an operator of FQL, got `==`
    help: write `=`

    event = 'never
            ^^^^^^
    character 9: a string expected its closing `'`, got the end
    help: close the string; a quote inside it is written `\'`
    "#);
}

#[test]
fn a_diagnostic_has_the_place_in_the_document_and_in_the_text() {
    let error = Subscription::parse("type == \"identify\"", &mut Paths::new()).unwrap_err();
    insta::assert_snapshot!(error.diagnostic("/subscriptions/2/subscribe"), @r"
    error[subscription.syntax]: character 6: expected an operator of FQL, got `==`
      at: /subscriptions/2/subscribe
      help: write `=`
    ");
}

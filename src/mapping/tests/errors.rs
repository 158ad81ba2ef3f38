//! Every message, pinned.

use super::*;

/// Everything that is wrong with each mapping.
fn wrong(mappings: &[&str]) -> String {
    let wrong = mappings.iter().map(|text| {
        let mapping = Value::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let errors = Mapping::compile(&mapping, "/m", &mut Paths::new()).expect_err(text);
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        format!("{text}\n{}", errors.join("\n"))
    });
    wrong.collect::<Vec<_>>().join("\n\n")
}

#[test]
fn shapes() {
    insta::assert_snapshot!(wrong(&[
        r#""text""#,
        r#"{"@path":{}}"#,
        r#"{"@template":7}"#,
        r#"{"@first":[]}"#,
        r#"{"@first":{"@path":"$.a"}}"#,
        r#"{"@arrayPath":"$.a"}"#,
        r#"{"@arrayPath":[{"a":1}]}"#,
        r#"{"@arrayPath":["$.a","$.b"]}"#,
        r#"{"@case":"lower"}"#,
        r#"{"@transform":{"@path":"$.a"}}"#,
        r#"{"@coerce":null}"#,
        r#"{"@merge":{"direction":"left","objects":[{},{"@literal":1},2]}}"#,
        r#"{"@jsonpath":["$.a"]}"#,
        r#"{"@liquid":{"@path":"$.a"}}"#,
        r#"{"__segment_internal_directive":{"@merge":{}}}"#,
    ]), @r#"
    "text"
    error[mapping.shape]: a mapping is an object, got the string `text`
      at: /m
      help: write `{"attribute": {"@path": "$.traits.email"}}`

    {"@path":{}}
    error[mapping.shape]: `@path` expected a string or a directive, got an object
      at: /m/@path
      help: write the path as a string, e.g. `"$.traits.email"`

    {"@template":7}
    error[mapping.shape]: `@template` expected a string or a directive, got the number `7`
      at: /m/@template
      help: write the template as a string, e.g. `"{{traits.name}}"`

    {"@first":[]}
    error[mapping.shape]: `@first` expected an array of what to try, got an array of 0
      at: /m/@first
      help: write `{"@first": [{"@path": "$.traits.email"}, {"@path": "$.email"}]}`

    {"@first":{"@path":"$.a"}}
    error[mapping.shape]: `@first` expected an array of what to try, got an object
      at: /m/@first
      help: write `{"@first": [{"@path": "$.traits.email"}, {"@path": "$.email"}]}`

    {"@arrayPath":"$.a"}
    error[mapping.shape]: `@arrayPath` expected an array of a path and a shape, got the string `$.a`
      at: /m/@arrayPath
      help: write `{"@arrayPath": ["$.products", {"name": {"@path": "$.name"}}]}`

    {"@arrayPath":[{"a":1}]}
    error[mapping.shape]: `@arrayPath` expected a path or a directive first, got an object
      at: /m/@arrayPath/0
      help: write the path of the array as a string, e.g. `"$.products"`

    {"@arrayPath":["$.a","$.b"]}
    error[mapping.shape]: the shape of `@arrayPath` expected an object, got the string `$.b`
      at: /m/@arrayPath/1
      help: leave the shape out to get the elements as they are

    {"@case":"lower"}
    error[mapping.shape]: `@case` expected an object of options, got the string `lower`
      at: /m/@case
      help: its options are `operator`, `value`

    {"@transform":{"@path":"$.a"}}
    error[mapping.shape]: `@transform` expected an object of options, got the directive `@path`
      at: /m/@transform
      help: its options are `apply`, `mapping`

    {"@coerce":null}
    error[mapping.shape]: `@coerce` expected an object of options, got null
      at: /m/@coerce
      help: its options are `value`, `as`

    {"@merge":{"direction":"left","objects":[{},{"@literal":1},2]}}
    error[mapping.shape]: `@merge` expected an object or a directive, got the number `1`
      at: /m/@merge/objects/1
      help: write an object, or a directive that gives one
    error[mapping.shape]: `@merge` expected an object or a directive, got the number `2`
      at: /m/@merge/objects/2
      help: write an object, or a directive that gives one

    {"@jsonpath":["$.a"]}
    error[mapping.shape]: `@jsonpath` expected a string, got an array of 1
      at: /m/@jsonpath
      help: write the query as a string, e.g. `"$.products[*].name"`

    {"@liquid":{"@path":"$.a"}}
    error[mapping.shape]: `@liquid` expected a string, got an object
      at: /m/@liquid
      help: write the template as a string, e.g. `"{{ traits.name | upcase }}"`

    {"__segment_internal_directive":{"@merge":{}}}
    error[mapping.shape]: `__segment_internal_directive` expected one `@transform`, got an object
      at: /m/__segment_internal_directive
      help: write `{"__segment_internal_directive": {"@transform": {"apply": ..}}}`
    "#);
}

#[test]
fn directives() {
    insta::assert_snapshot!(wrong(&[
        r#"{"a":[{"@pth":"$.a"}]}"#,
        r#"{"@type":"x"}"#,
        r#"{"@field":"email"}"#,
        r#"{"@path":"$.a","b":1}"#,
        r#"{"@path":"$.a","@template":"b"}"#,
    ]), @r#"
    {"a":[{"@pth":"$.a"}]}
    error[mapping.unknown_directive]: `@pth` is no directive
      at: /m/a/0
      help: did you mean `@path`?

    {"@type":"x"}
    error[mapping.unknown_directive]: `@type` is no directive
      at: /m
      help: the directives are `@path`, `@template`, `@if`, `@first`, `@literal`, `@arrayPath`, `@case`, `@replace`, `@merge`, `@transform`, `@flatten`, `@json`, `@jsonpath`, `@liquid`, `@excludeWhenNull`, `@coerce`

    {"@field":"email"}
    error[mapping.unknown_directive]: `@field` is for action files, got one in a mapping
      at: /m/@field
      help: use `@path` to read from the event

    {"@path":"$.a","b":1}
    error[mapping.mixed_directive]: a directive stands alone, got `b` beside `@path`
      at: /m
      help: move `b` out of the object, or the directive under a key of its own

    {"@path":"$.a","@template":"b"}
    error[mapping.mixed_directive]: a directive stands alone, got `@template` beside `@path`
      at: /m
      help: put one directive into the other, or each under a key of its own
    "#);
}

#[test]
fn fields() {
    let names = ["email_address", "user_id"];
    let errors = ["emal_address", "zzz"].map(|name| {
        let mut paths = Paths::new();
        let mut compiler = Compiler::new(&mut paths).fields(&names);
        let mapping = Value::Object(
            [("@field".into(), Value::String(name.into()))]
                .into_iter()
                .collect(),
        );
        assert!(compiler.expr(&mapping, "/writes/0").is_none());
        compiler
            .finish()
            .iter()
            .map(|error| format!("{error}\n"))
            .collect::<String>()
    });
    insta::assert_snapshot!(errors.concat(), @r"
    error[action.unknown_field]: `emal_address` is no field of the action
      at: /writes/0/@field
      help: did you mean `email_address`?
    error[action.unknown_field]: `zzz` is no field of the action
      at: /writes/0/@field
      help: its fields are `email_address`, `user_id`
    ");
}

#[test]
fn options() {
    insta::assert_snapshot!(wrong(&[
        r#"{"@if":{"then":1}}"#,
        r#"{"@if":{"exists":1,"blank":2}}"#,
        r#"{"@if":{"exists":1,"than":2,"xyz":3}}"#,
        r#"{"@case":{"operator":"uper"}}"#,
        r#"{"@case":{"operator":7,"value":1}}"#,
        r#"{"@replace":{"value":1}}"#,
        r#"{"@replace":{"pattern":"a","replacement2":"b","value":1}}"#,
        r#"{"@replace":{"pattern":"elevenchars","global":"yes","value":1}}"#,
        r#"{"@merge":{"direction":"up","objects":{}}}"#,
        r#"{"@transform":{"apply":1}}"#,
        r#"{"@flatten":{"separator":"","value":1}}"#,
        r#"{"@json":{"mode":"decoder","value":{"@path":"a..b"}}}"#,
        r#"{"@coerce":{"as":1}}"#,
        r#"{"__segment_internal_directive":{"@transform":{"aply":{}}}}"#,
    ]), @r#"
    {"@if":{"then":1}}
    error[mapping.option]: `@if` expected `exists` or `blank`, got neither
      at: /m/@if
      help: `exists` takes `then` for a value that is not null, `blank` for one that is not empty either

    {"@if":{"exists":1,"blank":2}}
    error[mapping.option]: `@if` expected `exists` or `blank`, got both
      at: /m/@if
      help: `exists` takes `then` for a value that is not null, `blank` for one that is not empty either

    {"@if":{"exists":1,"than":2,"xyz":3}}
    error[mapping.option]: `than` is no option of `@if`
      at: /m/@if/than
      help: did you mean `then`?
    error[mapping.option]: `xyz` is no option of `@if`
      at: /m/@if/xyz
      help: its options are `exists`, `blank`, `then`, `else`

    {"@case":{"operator":"uper"}}
    error[mapping.option]: `operator` of `@case` expected `lower` or `upper`, got the string `uper`
      at: /m/@case/operator
      help: did you mean `upper`?
    error[mapping.option]: `value` of `@case` expected a value or a directive, got none
      at: /m/@case
      help: add `value`, e.g. `{"@path": "$.traits.name"}`

    {"@case":{"operator":7,"value":1}}
    error[mapping.option]: `operator` of `@case` expected `lower` or `upper`, got the number `7`
      at: /m/@case/operator
      help: set `operator` to one of the two

    {"@replace":{"value":1}}
    error[mapping.option]: `pattern` of `@replace` expected a text to replace, got none
      at: /m/@replace
      help: give `pattern` 1 to 10 characters

    {"@replace":{"pattern":"a","replacement2":"b","value":1}}
    error[mapping.option]: `pattern2` of `@replace` expected a text to replace, got none
      at: /m/@replace
      help: leave `replacement2` out too, or give `pattern2` 1 to 10 characters

    {"@replace":{"pattern":"elevenchars","global":"yes","value":1}}
    error[mapping.option]: `pattern` of `@replace` expected a string of at most 10 characters, got the string `elevenchars`
      at: /m/@replace/pattern
      help: replace a shorter text, or several with one directive each
    error[mapping.option]: `global` of `@replace` expected `true` or `false`, got the string `yes`
      at: /m/@replace/global
      help: write it without quotes, or leave it out for `true`

    {"@merge":{"direction":"up","objects":{}}}
    error[mapping.option]: `direction` of `@merge` expected `right` or `left`, got the string `up`
      at: /m/@merge/direction
      help: set `direction` to one of the two
    error[mapping.option]: `objects` of `@merge` expected an array of objects, got an object
      at: /m/@merge/objects
      help: write `"objects": [..]` with an object or a directive for each

    {"@transform":{"apply":1}}
    error[mapping.option]: `apply` of `@transform` expected an object or a directive, got the number `1`
      at: /m/@transform/apply
      help: write what the mapping is to see, e.g. `{"order": {"@path": "$.properties"}}`
    error[mapping.option]: `mapping` of `@transform` expected a value or a directive, got none
      at: /m/@transform
      help: add `mapping`, e.g. `{"@path": "$.traits.name"}`

    {"@flatten":{"separator":"","value":1}}
    error[mapping.option]: `separator` of `@flatten` expected 1 to 10 characters, got an empty string
      at: /m/@flatten/separator
      help: write what stands between the keys, e.g. `"."`

    {"@json":{"mode":"decoder","value":{"@path":"a..b"}}}
    error[mapping.option]: `mode` of `@json` expected `encode` or `decode`, got the string `decoder`
      at: /m/@json/mode
      help: did you mean `decode`?
    error[mapping.path]: `a..b` is no path: `..` has no name between the dots
      at: /m/@json/value/@path
      help: use `@jsonpath` for wildcards, slices, negative indexes and filters

    {"@coerce":{"as":1}}
    error[mapping.option]: `value` of `@coerce` expected a value or a directive, got none
      at: /m/@coerce
      help: add `value`, e.g. `{"@path": "$.traits.name"}`
    error[mapping.option]: `as` of `@coerce` expected the name of an attribute type, got the number `1`
      at: /m/@coerce/as
      help: write it as Attio has it, e.g. `"date"`, or leave it out

    {"__segment_internal_directive":{"@transform":{"aply":{}}}}
    error[mapping.option]: `aply` is no option of `@transform`
      at: /m/__segment_internal_directive/@transform/aply
      help: did you mean `apply`?
    error[mapping.option]: `apply` of `@transform` expected an object or a directive, got none
      at: /m/__segment_internal_directive/@transform
      help: write what the mapping is to see, e.g. `{"order": {"@path": "$.properties"}}`
    "#);
}

#[test]
fn paths_and_templates() {
    insta::assert_snapshot!(wrong(&[
        r#"{"@path":"$.a[*].b"}"#,
        r#"{"@path":{"@literal":"a."}}"#,
        r#"{"@arrayPath":["$..a"]}"#,
        r#"{"@template":"{{a}} {{b[-1]}}"}"#,
        r#"{"@jsonpath":"a"}"#,
        r#"{"@liquid":"{{ a | nope }}"}"#,
    ]), @r#"
    {"@path":"$.a[*].b"}
    error[mapping.path]: `$.a[*].b` is no path: `[*]` is neither an index nor a key
      at: /m/@path
      help: use `@jsonpath` for wildcards, slices, negative indexes and filters

    {"@path":{"@literal":"a."}}
    error[mapping.path]: `a.` is no path: a name is missing after the last dot
      at: /m/@path
      help: leave the dot out

    {"@arrayPath":["$..a"]}
    error[mapping.path]: `$..a` is no path: `..` has no name between the dots
      at: /m/@arrayPath/0
      help: use `@jsonpath` for wildcards, slices, negative indexes and filters

    {"@template":"{{a}} {{b[-1]}}"}
    error[mapping.template]: `b[-1]` in a template is no path: `[-1]` is neither an index nor a key
      at: /m/@template
      help: use `@jsonpath` for wildcards, slices, negative indexes and filters

    {"@jsonpath":"a"}
    error[mapping.jsonpath]: `a` is no JSONPath: syntax error at position 0: the input is not a valid JSONPath query
      at: /m/@jsonpath
      help: begin the query with `$`

    {"@liquid":"{{ a | nope }}"}
    error[mapping.liquid]: the Liquid filter `nope` is not there
      at: /m/@liquid
      help: the filters are `abs`, `append`, `at_least`, `at_most`, `capitalize`, `ceil`, `compact`, `date`, `default`, `divided_by`, `downcase`, `escape`, `escape_once`, `first`, `floor`, `join`, `json`, `last`, `lstrip`, `minus`, `modulo`, `plus`, `prepend`, `remove`, `remove_first`, `remove_last`, `replace`, `replace_first`, `replace_last`, `round`, `rstrip`, `size`, `slice`, `split`, `strip`, `strip_html`, `strip_newlines`, `sum`, `times`, `truncate`, `truncatewords`, `upcase`, `url_decode`, `url_encode`
    "#);
}

#[test]
fn all_errors_come_at_once_and_in_order() {
    insta::assert_snapshot!(wrong(&[
        r#"{"a":{"@path":"x."},"b":{"@if":{"exists":{"@pth":"x"},"then":{"@case":{"operator":"low","value":{"@template":false}}}}},"c/d":[1,{"@literal":{"@x":1}}]}"#,
    ]), @r#"
    {"a":{"@path":"x."},"b":{"@if":{"exists":{"@pth":"x"},"then":{"@case":{"operator":"low","value":{"@template":false}}}}},"c/d":[1,{"@literal":{"@x":1}}]}
    error[mapping.path]: `x.` is no path: a name is missing after the last dot
      at: /m/a/@path
      help: leave the dot out
    error[mapping.unknown_directive]: `@pth` is no directive
      at: /m/b/@if/exists
      help: did you mean `@path`?
    error[mapping.option]: `operator` of `@case` expected `lower` or `upper`, got the string `low`
      at: /m/b/@if/then/@case/operator
      help: did you mean `lower`?
    error[mapping.shape]: `@template` expected a string or a directive, got the boolean `false`
      at: /m/b/@if/then/@case/value/@template
      help: write the template as a string, e.g. `"{{traits.name}}"`
    error[mapping.unknown_directive]: `@x` is no directive
      at: /m/c~1d/1/@literal
      help: the directives are `@path`, `@template`, `@if`, `@first`, `@literal`, `@arrayPath`, `@case`, `@replace`, `@merge`, `@transform`, `@flatten`, `@json`, `@jsonpath`, `@liquid`, `@excludeWhenNull`, `@coerce`
    "#);
}

#[test]
fn limits() {
    let nested = |depth| r#"{"@literal":"#.repeat(depth) + "1" + &"}".repeat(depth);
    let compile =
        |mapping: &str| Mapping::compile(&Value::parse(mapping).unwrap(), "", &mut Paths::new());
    assert!(compile(&nested(MAX_NESTING - 1)).is_ok());
    let many = format!(r#"{{"v":[{}1]}}"#, "1,".repeat(MAX_EXPRESSIONS));
    let long = format!(
        r#"{{"@template":"{}"}}"#,
        "a".repeat(MAX_TEMPLATE_BYTES + 1)
    );
    let errors = [nested(MAX_NESTING), many, long].map(|mapping| {
        let errors = compile(&mapping).unwrap_err();
        let [error] = &errors[..] else {
            panic!("{errors:?}")
        };
        format!(
            "{}: {}\n{}\n",
            error.code,
            error.message,
            error.help.as_deref().unwrap()
        )
    });
    insta::assert_snapshot!(errors.concat(), @r"
    mapping.limit: a mapping nests at most 32 expressions deep, got more
    write a chain of `@if` as one `@first`
    mapping.limit: a mapping has at most 10000 expressions, got more
    map less
    mapping.limit: a template has at most 10000 bytes, got 10001
    write a shorter template
    ");
}

#[test]
fn what_only_an_event_shows() {
    let event = r#"{"n":7,"s":"a..b","t":"{{x..y}}","l":[1],"long":"{{n}}"}"#;
    let failures = [
        r#"{"@path":{"@path":"$.n"}}"#,
        r#"{"@path":{"@path":"$.s"}}"#,
        r#"{"@template":{"@path":"$.nope"}}"#,
        r#"{"@template":{"@path":"$.t"}}"#,
        r#"{"@merge":{"direction":"right","objects":[{},{"@path":"$.l"}]}}"#,
        r#"{"@liquid":"{{ n | divided_by: 0 }}"}"#,
    ]
    .map(|mapping| format!("{mapping}\n{}", resolve(mapping, event)));
    insta::assert_snapshot!(failures.join("\n\n"), @r#"
    {"@path":{"@path":"$.n"}}
    error[mapping.resolve]: `@path` expected a string from its directive, got the number `7`
      at: /v/@path
      help: guard it with `@if`, or write the text itself

    {"@path":{"@path":"$.s"}}
    error[mapping.resolve]: `a..b` is no path: `..` has no name between the dots
      at: /v/@path
      help: use `@jsonpath` for wildcards, slices, negative indexes and filters

    {"@template":{"@path":"$.nope"}}
    error[mapping.resolve]: `@template` expected a string from its directive, got nothing
      at: /v/@template
      help: guard it with `@if`, or write the text itself

    {"@template":{"@path":"$.t"}}
    error[mapping.resolve]: `x..y` in a template is no path: `..` has no name between the dots
      at: /v/@template
      help: use `@jsonpath` for wildcards, slices, negative indexes and filters

    {"@merge":{"direction":"right","objects":[{},{"@path":"$.l"}]}}
    error[mapping.resolve]: `@merge` expected an object, got an array of 1
      at: /v/@merge/objects/1
      help: guard it with `@if`, or map an object

    {"@liquid":"{{ n | divided_by: 0 }}"}
    error[mapping.resolve]: `@liquid` could not be rendered: `divided_by`: nothing can be divided by zero
      at: /v
      help: guard the value with `default` or `{% if %}`
    "#);
}

#[test]
fn an_unreadable_part_of_an_event_is_an_error_and_no_value() {
    let event = r#"{"a":{"b":"\ud800"},"c":1}"#;
    insta::assert_snapshot!(resolve(r#"{"@path":"$.a"}"#, event), @r"
    error[mapping.resolve]: `$.a` cannot be read from the event: `\ud800` is half of a character (a lone surrogate)
      at: /v
      help: send text as UTF-8, nested no deeper than 128 levels
    ");
    assert_eq!(resolve(r#"{"@path":"$.c"}"#, event), "1");
}

#[test]
fn nothing_grows_without_bound() {
    let event = format!(
        r#"{{"s":"{}","o":{{"k":"{}"}}}}"#,
        "a".repeat(1000),
        r#"\""#.repeat(1000)
    );
    let nest =
        |times: usize, open: &str, inner: &str| open.repeat(times) + inner + &"}}".repeat(times);
    let doubled = nest(
        14,
        r#"{"@transform":{"apply":{"a":{"@path":"$"},"b":{"@path":"$"}},"mapping":"#,
        r#"{"@path":"$"}"#,
    );
    let listed = nest(
        22,
        r#"{"@transform":{"apply":{"l":[{"@path":"l"},{"@path":"l"}]},"mapping":"#,
        r#"{"@path":"$"}"#,
    );
    let replaced = nest(
        25,
        r#"{"@replace":{"pattern":"a","replacement":"aaaaaaaaaa","value":"#,
        r#"{"@path":"$.s"}"#,
    );
    let encoded = nest(
        25,
        r#"{"@json":{"mode":"encode","value":"#,
        r#"{"@path":"$.o"}"#,
    );
    let written = format!(r#"{{"@template":"{}"}}"#, "{{s}}".repeat(1500));
    for mapping in [doubled, listed, replaced, encoded, written] {
        let outcome = resolve(&mapping, &event);
        assert!(
            outcome.starts_with(
                "error[mapping.limit]: a mapping makes at most 1048576 bytes of an event, got more"
            ),
            "{}",
            crate::diagnostic::excerpt(&outcome)
        );
    }
}

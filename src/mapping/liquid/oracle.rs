//! `@liquid` held against `liquid-core` and `liquid-lib`: what both read, both read alike.
//!
//! What the templates here avoid is where the two differ; DESIGN.md lists it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use liquid_core::model::{
    KString, KStringCow, KStringRef, Object, ScalarCow, Value as Theirs, ValueCow,
};
use liquid_core::parser::Language;
use liquid_core::runtime::{PartialStore, Registers, RuntimeBuilder};
use liquid_core::{Renderable, Result, Runtime, Template};
use liquid_lib::stdlib;
use proptest::prelude::*;
use proptest::sample::select;

use super::tests::render_whole;
use crate::json::Value;

const EVENT: &str = r#"{"n":7,"neg":-7,"price":1.5,"zero":0,"t":true,"f":false,"bare":"","spaces":"  ","name":"ada lovelace",
    "tags":["a","b"],"nums":[1,2.5,"3"],"none":[],"items":[{"sku":"A","price":2.5},{"sku":"B"}],
    "traits":{"plan":"pro","zip":"01234","company":{"name":"Eckert","size":3}},"odd-name":"hyphen"}"#;

static LANGUAGE: LazyLock<Language> = LazyLock::new(|| {
    let mut language = Language::empty();
    let tags = &mut language.tags;
    tags.register("assign".to_owned(), stdlib::AssignTag.into());
    tags.register("decrement".to_owned(), stdlib::DecrementTag.into());
    tags.register("increment".to_owned(), stdlib::IncrementTag.into());
    let blocks = &mut language.blocks;
    blocks.register("capture".to_owned(), stdlib::CaptureBlock.into());
    blocks.register("comment".to_owned(), stdlib::CommentBlock.into());
    blocks.register("if".to_owned(), stdlib::IfBlock.into());
    blocks.register("raw".to_owned(), stdlib::RawBlock.into());
    blocks.register("unless".to_owned(), stdlib::UnlessBlock.into());
    let filters = &mut language.filters;
    filters.register("append".to_owned(), Box::new(stdlib::Append));
    filters.register("default".to_owned(), Box::new(stdlib::Default));
    filters.register("downcase".to_owned(), Box::new(stdlib::Downcase));
    filters.register("prepend".to_owned(), Box::new(stdlib::Prepend));
    filters.register("upcase".to_owned(), Box::new(stdlib::Upcase));
    language
});

/// What a template of the crates makes of the event; `None` for what is no template.
fn theirs(template: &str) -> Option<String> {
    let elements = liquid_core::parser::parse(template, &LANGUAGE).ok()?;
    let event: Object = serde_json::from_str(EVENT).unwrap();
    let runtime = RuntimeBuilder::new().set_globals(&event).build();
    Some(Template::new(elements).render(&Lenient(runtime)).unwrap())
}

/// What a template makes of the event.
fn ours(template: &str) -> Option<String> {
    Some(render_whole(template, EVENT)?.unwrap())
}

/// Variables of which the missing ones are nothing, and no error.
struct Lenient<R>(R);

impl<R: Runtime> Runtime for Lenient<R> {
    fn partials(&self) -> &dyn PartialStore {
        self.0.partials()
    }

    fn name(&self) -> Option<KStringRef<'_>> {
        self.0.name()
    }

    fn roots(&self) -> BTreeSet<KStringCow<'_>> {
        self.0.roots()
    }

    fn try_get(&self, path: &[ScalarCow<'_>]) -> Option<ValueCow<'_>> {
        self.0.try_get(path)
    }

    fn get(&self, path: &[ScalarCow<'_>]) -> Result<ValueCow<'_>> {
        Ok(self.0.try_get(path).unwrap_or_default())
    }

    fn set_global(&self, name: KString, value: Theirs) -> Option<Theirs> {
        self.0.set_global(name, value)
    }

    fn set_index(&self, name: KString, value: Theirs) -> Option<Theirs> {
        self.0.set_index(name, value)
    }

    fn get_index<'a>(&'a self, name: &str) -> Option<ValueCow<'a>> {
        self.0.get_index(name)
    }

    fn registers(&self) -> &Registers {
        self.0.registers()
    }
}

const TEXTS: [&str; 13] = [
    "name",
    "bare",
    "spaces",
    "traits.plan",
    "traits['zip']",
    "traits[ \"company\" ].name",
    "items[0].sku",
    "items[ -1 ][ 'sku' ]",
    "tags.last",
    "odd-name",
    "'a'",
    "\"it's }} %}\"",
    "''",
];
const NUMBERS: [&str; 12] = [
    "n",
    "neg",
    "price",
    "zero",
    "items[0].price",
    "tags.size",
    "traits.company.size",
    "7",
    "-7",
    "+1.50",
    "007",
    "0",
];
const BOOLEANS: [&str; 4] = ["t", "f", "true", "false"];
const ARRAYS: [&str; 3] = ["tags", "nums", "none"];
const MISSING: [&str; 6] = [
    "nope",
    "nope.x",
    "n.x",
    "tags[9]",
    "tags[-9]",
    "items[1].price",
];
const ORDERS: [&str; 7] = ["==", "!=", "<>", "<", "<=", ">", ">="];

fn space() -> impl Strategy<Value = &'static str> {
    select(vec![" ", " ", "  ", "\n", " \r\n "])
}

fn no_space() -> impl Strategy<Value = &'static str> {
    select(vec!["", " ", "\n"])
}

fn pair(
    left: &'static [&str],
    operators: &'static [&str],
    right: &'static [&str],
) -> impl Strategy<Value = String> {
    (
        select(left),
        space(),
        select(operators),
        space(),
        select(right),
    )
        .prop_map(|(left, a, operator, b, right)| [left, a, operator, b, right].concat())
}

fn test() -> impl Strategy<Value = String> {
    const WORDS: [&str; 2] = ["empty", "blank"];
    const EQUAL: [&str; 3] = ["==", "!=", "<>"];
    const CONTAINS: [&str; 1] = ["contains"];
    let alone = [&TEXTS[..], &NUMBERS, &BOOLEANS, &ARRAYS, &MISSING].concat();
    prop_oneof![
        select(alone).prop_map(str::to_owned),
        pair(&TEXTS, &ORDERS, &TEXTS),
        pair(&NUMBERS, &ORDERS, &NUMBERS),
        pair(&BOOLEANS, &ORDERS, &BOOLEANS),
        pair(&TEXTS, &ORDERS, &NUMBERS),
        pair(&ARRAYS, &EQUAL, &ARRAYS),
        pair(&TEXTS, &CONTAINS, &TEXTS),
        pair(&NUMBERS, &CONTAINS, &NUMBERS),
        pair(&ARRAYS, &CONTAINS, &TEXTS),
        pair(&ARRAYS, &CONTAINS, &NUMBERS),
        pair(
            &["traits", "traits.company"],
            &CONTAINS,
            &["'size'", "'plan'", "tags", "traits"]
        ),
        pair(&TEXTS, &EQUAL, &WORDS),
        pair(&WORDS, &EQUAL, &ARRAYS),
        pair(&["traits", "n", "f"], &EQUAL, &WORDS),
        pair(&MISSING, &EQUAL, &["nil", "null", "blank", "nope"]),
        pair(&["name", "n", "tags", "traits", "t"], &ORDERS, &["nil"]),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let rest =
        (select(vec![" and ", "\nor ", " or\n"]), test()).prop_map(|(a, b)| a.to_owned() + &b);
    (test(), prop::collection::vec(rest, 0..4)).prop_map(|(first, rest)| first + &rest.concat())
}

fn chain() -> impl Strategy<Value = String> {
    let value = [&TEXTS[..], &NUMBERS, &BOOLEANS, &ARRAYS, &MISSING];
    let value = select([&value.concat()[..], &["x", "y", "nil", "empty"]].concat());
    let filter = prop_oneof![
        select(vec!["upcase", "downcase"]).prop_map(str::to_owned),
        (
            select(vec!["append:", "prepend :", "default: "]),
            no_space(),
            value.clone()
        )
            .prop_map(|(name, space, value)| [name, space, value].concat()),
    ];
    let call = (no_space(), no_space(), filter).prop_map(|(a, b, f)| format!("{a}|{b}{f}"));
    (value, prop::collection::vec(call, 0..4))
        .prop_map(|(value, calls)| value.to_owned() + &calls.concat())
}

/// Something in braces or in a tag's signs, with and without hyphens.
fn marked(
    signs: [&'static str; 2],
    inner: impl Strategy<Value = String>,
) -> impl Strategy<Value = String> {
    let begin = (select(vec!["", "", "-"]), no_space());
    let end = (no_space(), select(vec!["", "", "-"]));
    (begin, inner, end).prop_map(move |((trim, a), inner, (b, trim_end))| {
        [signs[0], trim, a, &inner, b, trim_end, signs[1]].concat()
    })
}

fn tag(inner: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    marked(["{%", "%}"], inner)
}

fn word(words: &'static [&str]) -> impl Strategy<Value = String> {
    tag(select(words).prop_map(str::to_owned))
}

fn whole() -> impl Strategy<Value = String> {
    let text = select(vec![
        "", " ", "\n", " x ", "{ ", "}}", "%} ", "é", "a\r\n b", "-", "][",
    ]);
    let leaf = prop_oneof![
        3 => text.prop_map(str::to_owned),
        3 => marked(["{{", "}}"], chain()),
        1 => tag(chain().prop_map(|chain| format!("assign x = {chain}|append:''"))),
        1 => word(&["increment k", "decrement k", "decrement\nn"]),
        1 => (word(&["raw"]), select(vec!["", " {{ a ", "{% if %}", " {{ a | b -}}", "{% endif"]), word(&["endraw"]))
            .prop_map(|(a, b, c)| a + b + &c),
    ];
    let steps = leaf.prop_recursive(3, 16, 4, |inner| {
        let steps = || prop::collection::vec(inner.clone(), 0..4).prop_map(|steps| steps.concat());
        let when = |name: &'static str| tag(condition().prop_map(move |c| format!("{name} {c}")));
        let otherwise = || prop::option::of((word(&["else"]), steps()).prop_map(|(a, b)| a + &b));
        let also = prop::collection::vec((when("elsif"), steps()).prop_map(|(a, b)| a + &b), 0..3);
        prop_oneof![
            (when("if"), steps(), also, otherwise(), word(&["endif"]))
                .prop_map(|(a, b, c, d, e)| [a, b, c.concat(), d.unwrap_or_default(), e].concat()),
            (when("unless"), steps(), otherwise(), word(&["endunless"]))
                .prop_map(|(a, b, c, d)| [a, b, c.unwrap_or_default(), d].concat()),
            (
                word(&["capture x", "capture  y"]),
                steps(),
                word(&["endcapture"])
            )
                .prop_map(|(a, b, c)| a + &b + &c),
            (word(&["comment"]), steps(), word(&["endcomment"])).prop_map(|(a, b, c)| a + &b + &c),
        ]
    });
    prop::collection::vec(steps, 0..5)
        .prop_map(|steps| steps.concat())
        .prop_filter("too long", |text| {
            text.chars().count() <= super::MAX_LIQUID_CHARS
        })
}

/// Text that is seldom a template.
fn soup() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        12 => select(vec![
            "{{", "}}", "{%", "%}", "{{-", "-%}", "-}}", "{%-", " ", "\n", "if ", "endif", "{% if n %}", "{% endif %}",
            "else", "{% else %}", "elsif ", "unless ", "endunless", "assign x = ", "capture x", "endcapture", "x", "b.c",
            "tags", "[", "]", "-", ".", "'x'", "\"", "'", "|", "upcase", "append: ", "zzz", ":", ",", "==", "<", "=",
            "contains", "and", "or", "0", "-1", "1.5", "nil", "(1..2)", "increment k", "é",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,3}",
    ];
    let tokens = prop::collection::vec(token, 0..9).prop_map(|tokens| tokens.concat());
    let around = select(vec![
        ["", ""],
        ["{{ ", " }}"],
        ["{% if ", " %}x{% endif %}"],
        ["{% ", " %}"],
    ]);
    (around, tokens).prop_map(|([begin, end], tokens)| [begin, &tokens, end].concat())
}

/// Whether a text has something that only one of the two takes.
fn differs(text: &str) -> bool {
    let word =
        |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "_-".contains(c));
    let longer = |name: &str| {
        text.match_indices(name)
            .any(|(at, _)| word(&text[at + name.len()..]))
    };
    let words = ["nil", "null", "true", "false", "empty", "blank"]
        .iter()
        .any(|name| longer(name));
    let blocks = ["comment", "raw"].iter().any(|name| text.contains(name));
    let otherwise = text.match_indices("else").any(|(at, _)| {
        let rest = text[at + 4..].trim_ascii_start();
        !rest.starts_with("%}") && !rest.starts_with("-%}")
    });
    let unless = text.contains("unless") && text.contains("elsif");
    let spaces = text.contains(['\t', '\x0c']);
    words || blocks || otherwise || unless || spaces
}

proptest! {
    #[test]
    fn a_template_makes_the_same_text(template in whole()) {
        let made = ours(&template);
        prop_assert!(made.is_some());
        prop_assert_eq!(made, theirs(&template));
    }

    #[test]
    fn the_same_texts_are_templates(text in soup()) {
        let problem = super::parse::parse(&text).err().map(|problem| problem.message);
        // Panics are among the differences.
        if !differs(&text) {
            let theirs = liquid_core::parser::parse(&text, &LANGUAGE);
            prop_assert_eq!(problem.is_none(), theirs.is_ok(), "{:?}", problem);
        }
    }
}

/// What the crates do otherwise: refuse (`None`), or make another text.
#[test]
fn what_differs_is_known() {
    for (template, made, by_them) in [
        ("{{ nullable }}{{ true_name }}.", Some("."), None),
        ("{{\tn\t}} \t{{-\tn -}}\t.", Some("77."), None),
        ("{{ n }} \t{{- n }}", Some("77"), Some("7 \t7")),
        (
            "{% unless t %}a{% elsif n %}b{% endunless %}",
            Some("b"),
            None,
        ),
        ("{% if f %}a{% else if t %}b{% endif %}", None, Some("b")),
        (
            "{% if name == true %}a{% endif %}{% if f == nil %}b{% endif %}.",
            Some("."),
            Some("ab."),
        ),
        (
            "{% if tags == true %}a{% endif %}{% if nil == false %}b{% endif %}.",
            Some("."),
            Some("ab."),
        ),
        (
            "{% if name contains nope %}a{% endif %}.",
            Some("."),
            Some("a."),
        ),
        ("{% if nope == '' %}a{% endif %}.", Some("a."), Some(".")),
        (
            "{% if nums < tags or none < tags %}a{% endif %}.",
            Some("."),
            Some("a."),
        ),
        ("{% if nope == empty %}a{% endif %}.", Some("."), Some("a.")),
        ("{{ tags[nil] }}{{ traits[nope] }}.", Some("."), None),
        ("{% raw %}{{ '{% endraw %}.", Some("{{ '."), Some("{{ '.")),
        ("{% raw %}{{ '{% endraw %}' }}.", Some("{{ '' }}."), None),
        ("{% comment %}{% if n %}{% endcomment %}.", Some("."), None),
    ] {
        let theirs = std::panic::catch_unwind(|| {
            let made = liquid_core::parser::parse(template, &LANGUAGE).ok();
            made.and_then(|_| theirs(template))
        });
        assert_eq!(ours(template).as_deref(), made, "{template}");
        assert_eq!(theirs.unwrap_or(None).as_deref(), by_them, "{template}");
    }
    let whole = Value::parse("123456789012345678901").unwrap();
    assert_eq!(ours("{{ 123456789012345678901 }}"), Some(whole.to_json()));
    assert!(std::panic::catch_unwind(|| theirs("{{ 123456789012345678901 }}")).is_err());
}

use proptest::prelude::*;

use super::*;
use crate::event::Paths;
use crate::mapping::{Expr, Scope};

const EVENT: &str = r#"{"userId":"u1","n":7,"neg":-7,"price":1.50,"big":123456789012345678901234567890,"t":true,"f":false,"none":null,"bare":"","time":"2026-03-05T14:07:09Z",
    "name":"ada lovelace","html":"<p>Hi <b>you</b> & \"me\"</p>","tags":["a",null,"b"],"nums":[1,2.5,"3"],"items":[{"sku":"A","price":2.50},{"sku":"B"}],
    "traits":{"plan":"pro","zip":"01234","company":{"name":"Eckert","size":3}},"odd-name":"hyphen","max":9223372036854775807,"spaced":"  x y  "}"#;

fn expr(template: &str, paths: &mut Paths) -> Result<Expr, Vec<Diagnostic>> {
    let body = Value::Object(
        [("@liquid".into(), Value::String(template.to_owned().into()))]
            .into_iter()
            .collect(),
    );
    let mut compiler = Compiler::new(paths);
    let expr = compiler.expr(&body, "/x");
    let errors = compiler.finish();
    expr.ok_or(errors)
}

fn render(template: &str) -> String {
    let mut paths = Paths::new();
    let expr = match expr(template, &mut paths) {
        Ok(expr) => expr,
        Err(errors) => return errors.iter().map(ToString::to_string).collect(),
    };
    let slots = paths.reader().read(EVENT).unwrap();
    match expr.eval(&Scope::event(&slots, &[])) {
        Ok(value) => value.unwrap().as_str().unwrap().to_owned(),
        Err(error) => error.to_string(),
    }
}

/// What a template makes when it may read every key of the event.
pub(super) fn render_whole(template: &str, event: &str) -> Option<Result<String, RenderError>> {
    let (template, variables) = parse::parse(template).ok()?;
    let event = Value::parse(event).unwrap();
    let value = |variable: &parse::Variable<'_>| event.get(variable.name).cloned();
    let values = variables
        .iter()
        .map(|name| value(name).unwrap_or(Value::Null));
    Some(template.render(values.collect()))
}

fn check(table: &[(&str, &str)]) {
    for (template, expect) in table {
        assert_eq!(render(template), *expect, "{template}");
    }
}

#[test]
fn values_are_written_as_they_are() {
    check(&[
        ("plain", "plain"),
        (
            "{{ userId }}/{{traits.plan}}/{{ traits['zip'] }}",
            "u1/pro/01234",
        ),
        (
            "{{ price }} {{ big }} {{ t }} {{ none }}{{ nope }}{{ traits.nope.deep }}{{ 12345678901234567890 }} {{ +007 }} {{ -0 }} {{ 1.50 }} {{ -0.5 | abs }}",
            "1.50 123456789012345678901234567890 true 12345678901234567890 7 0 1.5 0.5",
        ),
        (
            "{{ items[0].sku }}{{ items[-1].sku }}{{ items.first.price }}{{ items.last.sku }}",
            "AB2.50B",
        ),
        (
            "{{ tags }}|{{ nums }}|{{ traits.company }}",
            r#"ab|12.53|{"name":"Eckert","size":3}"#,
        ),
        (
            "{{ tags.size }}{{ name.size }}{{ traits.company.size }}{{ traits.size }}",
            "31233",
        ),
        ("{{ odd-name }}{{- userId -}} x", "hyphenu1x"),
        (
            "{{ nullable }}{{ items[nope] }}{{ tags[1.5] }}{{ items['1'].sku }}{{ traits.company[nope] }}",
            "B",
        ),
        (
            "{% raw %}{{ userId }}{% endraw %}{% comment %}{{ userId }}{% endcomment %}",
            "{{ userId }}",
        ),
    ]);
}

#[test]
fn tags_decide_and_remember() {
    check(&[
        (
            "{% if traits.plan == 'pro' %}P{% elsif t %}T{% else %}E{% endif %}",
            "P",
        ),
        (
            "{% if nope.x == 1 %}a{% elsif price > 1 and n >= 7 %}b{% endif %}",
            "b",
        ),
        (
            "{% if none %}a{% else %}b{% endif %}{% if f or t %}c{% endif %}{% if bare %}d{% endif %}",
            "bcd",
        ),
        (
            "{% if bare == '' %}a{% endif %}{% if tags contains 'b' %}b{% endif %}{% if name contains 'love' %}c{% endif %}",
            "abc",
        ),
        (
            "{% if traits.company contains 'size' %}a{% endif %}{% if nope == blank %}b{% endif %}{% if items == empty %}c{% endif %}",
            "ab",
        ),
        (
            "{% if nope contains 'x' %}a{% endif %}{% if none contains 'x' %}b{% endif %}{% if nope == nil %}c{% endif %}{% if none == false %}d{% endif %}{{ items[nope] }}",
            "c",
        ),
        ("{% unless t %}a{% else %}b{% endunless %}", "b"),
        ("{% unless t %}a{% elsif n %}b{% endunless %}", "b"),
        (
            "{% if big == 123456789012345678901234567890 and big > 123456789012345678901234567889 %}a{% endif %}",
            "a",
        ),
        (
            "{% if nope == true %}a{% endif %}{% if name == true %}b{% endif %}{% if nope == '' %}c{% endif %}{% if nope == empty %}d{% endif %}{% if t or n and nope %}e{% endif %}{% if f and n or t %}f{% endif %}{% if items[tags] %}g{% endif %}",
            "cef",
        ),
        (
            "{% assign p = items | first %}{{ p.sku }} {{ p.price }} {{ p }}",
            r#"A 2.50 {"sku":"A","price":2.50}"#,
        ),
        (
            "{% assign c = traits.company %}{% if c.size > 2 %}{{ c.name | upcase }}{% endif %}",
            "ECKERT",
        ),
        (
            "{% assign price = price %}{% if price > 1.4 %}{{ price }}{% endif %}",
            "1.50",
        ),
        (
            "{% assign a = 'x' %}{% assign a = a | append: 'y' %}{{ a }}",
            "xy",
        ),
        (
            "{% capture c %}{{ name }}!{% endcapture %}{{ c | upcase }}",
            "ADA LOVELACE!",
        ),
        (
            "{% increment k %}{% increment k %}{% decrement j %}",
            "01-1",
        ),
    ]);
}

#[test]
fn filters_do_as_their_table_says() {
    check(&[
        ("{{ 'a' | append: 'b' | prepend: price }}", "1.50ab"),
        (
            "{{ name | capitalize }} {{ 'ÄB' | downcase }} {{ 'straße' | upcase }} {{ 'HeLLO wORLD' | capitalize }}",
            "Ada lovelace äb STRASSE Hello world",
        ),
        (
            "[{{ spaced | strip }}][{{ spaced | lstrip }}][{{ spaced | rstrip }}]",
            "[x y][x y  ][  x y]",
        ),
        (
            "{{ html | strip_html }} {{ 'a<script>x</script>b<!-- > -->c<style>y</style>d < e' | strip_html }} {{ '<!-- <!-- <script>a<Style>b<script>c</script>' | strip_html }}",
            r#"Hi you & "me" abcd < e ab"#,
        ),
        (
            "{{ html | escape }}",
            "&lt;p&gt;Hi &lt;b&gt;you&lt;/b&gt; &amp; &#34;me&#34;&lt;/p&gt;",
        ),
        ("{{ '1 &lt; 2 & 3' | escape_once }}", "1 &lt; 2 &amp; 3"),
        (
            "{{ 'a b&c/é~' | url_encode }} {{ 'a+b%26%C3%A9%' | url_decode }}",
            "a+b%26c%2F%C3%A9~ a b&é%",
        ),
        (
            "{{ 'aXbXc' | remove: 'X' }} {{ 'aXbXc' | remove_first: 'X' }} {{ 'aXbXc' | remove_last: 'X' }}",
            "abc abXc aXbc",
        ),
        (
            "{{ 'aXbX' | replace: 'X', '$&' }} {{ 'aXbX' | replace_first: 'X', '-' }} {{ 'aXbX' | replace_last: 'X', '-' }} {{ 'ab' | replace: '', 'x' }}",
            "a$&b$& a-bX aXb- ab",
        ),
        (
            "{{ 'größer' | slice: 2 }} {{ 'größer' | slice: 1, 3 }} {{ 'größer' | slice: -3, 2 }} {{ 'ab' | slice: -9, 9 }} {{ 'ab' | slice: 9 }} {{ nums | slice: 1, 2 | join }}",
            "ö röß ße ab  2.5 3",
        ),
        (
            "{{ 'one two three' | truncate: 9 }} {{ 'größe' | truncate: 5 }} {{ 'abc' | truncate: 1 }} {{ 'abcdef' | truncate: 4, '' }}",
            "one tw... größe ... abcd",
        ),
        (
            "{{ 'a b c' | truncatewords: 2 }} {{ 'a b' | truncatewords: 2 }} {{ 'a b c' | truncatewords: 1, '' }}",
            "a b... a b a",
        ),
        (
            "{{ neg | abs }} {{ '-2.5' | abs }} {{ n | at_least: 9 }} {{ n | at_most: 2 }} {{ 2.1 | ceil }} {{ 2.9 | floor }} {{ n | ceil }}",
            "7 2.5 9 2 3 2 7",
        ),
        (
            "{{ n | plus: 1 }} {{ n | minus: 0.5 }} {{ n | times: '2' }} {{ n | divided_by: 2 }} {{ 8 | divided_by: 2 }} {{ neg | modulo: 4 }}",
            "8 6.5 14 3.5 4 -3",
        ),
        (
            "{{ 2.345 | round: 2 }} {{ 2.5 | round }} {{ name | plus: 1 }} {{ nope | times: 3 }}",
            "2.35 3 1 0",
        ),
        (
            "{{ max | plus: 1 }} {{ max | times: max }} {{ neg | minus: max }}",
            "9223372036854776000 85070591730234620000000000000000000000 -9223372036854776000",
        ),
        (
            "{{ 'a,b,,' | split: ',' | join: '+' }} {{ 'abc' | split: '' | last }} {{ tags | compact | join: '/' }} {{ tags | join }} {{ 'x' | join: '-' }}",
            "a+b c a/b a  b x",
        ),
        (
            "{{ nums | sum }} {{ nums | size }} {{ name | size }} {{ n | size }} {{ nums | first }} {{ name | first }} {{ items | last | json }}",
            r#"6.5 3 12 0 1  {"sku":"B"}"#,
        ),
        (
            "{{ time | date: '%d/%m/%Y %H:%M' }} {{ 0 | date: '%F' }} {{ name | date: '%F' }}",
            "05/03/2026 14:07 1970-01-01 ada lovelace",
        ),
        (
            "{{ nope | default: 'd' }} {{ f | default: 'd' }} {{ bare | default: price }} {{ n | default: 'd' }}",
            "d d 1.50 7",
        ),
        (
            "{{ items | json }} {{ name | json }} {{ 'a\nb' | strip_newlines }}",
            r#"[{"sku":"A","price":2.50},{"sku":"B"}] "ada lovelace" ab"#,
        ),
    ]);
    // None was left out.
    let source = include_str!("tests.rs");
    for name in filter::names() {
        assert!(source.contains(&format!("| {name}")), "no test of `{name}`");
    }
}

#[test]
fn what_is_no_template_says_why() {
    let snapshots = [
        "{{ name | upcse }}",
        "{{ name | zzz }}",
        "{{ tags | reverse }}",
        "{% for a in tags %}{% endfor %}",
        "{% asign a = 1 %}",
        "{{ name",
        "{% if a %}x",
        "{{ name | append }}",
        "{{ name | default: 'x', allow_false: true }}",
        "{{ name }}\n é{{ a. }}",
        "{{ items[0 }}",
        "{{ 'it }}",
        "{% assign nil = 1 %}",
        "{% increment -1 %}",
        "{% assign a 1 %}",
        "{% if n = 7 %}x{% endif %}",
        "{% if n == %}x{% endif %}",
        "{% if a %}x{% else if b %}y{% endif %}",
        "{% capture a %}x{% endif %}",
        "{% if a %}x{% else %}y{% elsif b %}z{% endif %}",
        "{% endif %}",
        "{%\n raw %}{% endraw x %}",
        "{% comment %}{% raw %}{% endcomment %}",
        "{{ 'Now' | date: '%Y' }}",
    ]
    .map(|template| format!("{template}\n{}", render(template)))
    .join("\n\n");
    insta::assert_snapshot!(snapshots, @r#"
    {{ name | upcse }}
    error[mapping.liquid]: the Liquid filter `upcse` is not there
      at: /x/@liquid
      help: did you mean `upcase`?

    {{ name | zzz }}
    error[mapping.liquid]: the Liquid filter `zzz` is not there
      at: /x/@liquid
      help: the filters are `abs`, `append`, `at_least`, `at_most`, `capitalize`, `ceil`, `compact`, `date`, `default`, `divided_by`, `downcase`, `escape`, `escape_once`, `first`, `floor`, `join`, `json`, `last`, `lstrip`, `minus`, `modulo`, `plus`, `prepend`, `remove`, `remove_first`, `remove_last`, `replace`, `replace_first`, `replace_last`, `round`, `rstrip`, `size`, `slice`, `split`, `strip`, `strip_html`, `strip_newlines`, `sum`, `times`, `truncate`, `truncatewords`, `upcase`, `url_decode`, `url_encode`

    {{ tags | reverse }}
    error[mapping.liquid]: the Liquid filter `reverse` is switched off
      at: /x/@liquid
      help: shape lists with `@arrayPath` or select from them with `@jsonpath`

    {% for a in tags %}{% endfor %}
    error[mapping.liquid]: the Liquid tag `for` is switched off
      at: /x/@liquid
      help: shape lists with `@arrayPath` or select from them with `@jsonpath`

    {% asign a = 1 %}
    error[mapping.liquid]: the Liquid tag `asign` is not there
      at: /x/@liquid
      help: did you mean `assign`?

    {{ name
    error[mapping.liquid]: `@liquid` is no template at line 1, column 8: expected `|` or `}}`, got the end
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {% if a %}x
    error[mapping.liquid]: `@liquid` is no template at line 1, column 12: expected `{% endif %}` for the `if` of line 1, column 1, got the end
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {{ name | append }}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 11: `append` takes 1 value, got 0
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {{ name | default: 'x', allow_false: true }}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 25: `default` takes no named values
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {{ name }}
     é{{ a. }}
    error[mapping.liquid]: `@liquid` is no template at line 2, column 9: expected a key, got `}}`
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {{ items[0 }}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 12: expected `]`, got `}}`
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {{ 'it }}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 4: expected `'` at the end of the text, got the end
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {% assign nil = 1 %}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 11: expected a name, got `nil`
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {% increment -1 %}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 14: expected a name, got `-1`
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {% assign a 1 %}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 13: expected `=`, got `1`
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {% if n = 7 %}x{% endif %}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 9: expected `and`, `or` or `%}`, got `=`
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {% if n == %}x{% endif %}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 12: expected a value, got `%}`
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {% if a %}x{% else if b %}y{% endif %}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 20: expected `%}`, got `if`
      at: /x/@liquid
      help: write `elsif` for another condition

    {% capture a %}x{% endif %}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 17: expected `{% endcapture %}` for the `capture` of line 1, column 1, got `{% endif %}`
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {% if a %}x{% else %}y{% elsif b %}z{% endif %}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 23: expected `{% endif %}` for the `if` of line 1, column 1, got `{% elsif %}`
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {% endif %}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 1: nothing is open, got `{% endif %}`
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {%
     raw %}{% endraw x %}
    error[mapping.liquid]: `@liquid` is no template at line 2, column 22: expected `{% endraw %}` for the `raw` of line 1, column 1, got the end
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {% comment %}{% raw %}{% endcomment %}
    error[mapping.liquid]: `@liquid` is no template at line 1, column 39: expected `{% endraw %}` for the `raw` of line 1, column 14, got the end
      at: /x/@liquid
      help: write it as Liquid has it, e.g. `{{ traits.name | default: "friend" }}`

    {{ 'Now' | date: '%Y' }}
    error[mapping.liquid]: `@liquid` has no clock, got `now` or `today` as a date
      at: /x/@liquid
      help: use a time of the event, e.g. `{{ timestamp | date: "%Y-%m-%d" }}`
    "#);
    let long = "é".repeat(MAX_LIQUID_CHARS);
    assert_eq!(render(&long), long);
    insta::assert_snapshot!(render(&(long + "x")), @r"
    error[mapping.limit]: a Liquid template has at most 1000 characters, got 1001
      at: /x/@liquid
      help: write a shorter template
    ");
    insta::assert_snapshot!(render(&format!("{{{{ {}a{} }}}}", "a[".repeat(17), "]".repeat(17))), @r"
    error[mapping.limit]: a Liquid template nests brackets at most 16 deep, got more
      at: /x/@liquid
      help: assign the inner value to a variable first
    ");
}

#[test]
fn what_cannot_be_rendered_says_why() {
    let snapshots = [
        "{{ n | divided_by: 0 }}",
        "{{ n | modulo: nope }}",
        "{% assign d = 'today' %}{{ d | date: '%Y' }}",
        "{{ '%ff' | url_decode }}",
        "{{ big | times: big | times: big | times: big | times: big | times: big | times: big | times: big | times: big | times: big | times: big | times: big }}",
        "{{ items[tags] }}",
    ]
    .map(|template| format!("{template}\n{}", render(template)))
    .join("\n\n");
    insta::assert_snapshot!(snapshots, @r"
    {{ n | divided_by: 0 }}
    error[mapping.resolve]: `@liquid` could not be rendered: `divided_by`: nothing can be divided by zero
      at: /x
      help: guard the value with `default` or `{% if %}`

    {{ n | modulo: nope }}
    error[mapping.resolve]: `@liquid` could not be rendered: `modulo`: nothing can be divided by zero
      at: /x
      help: guard the value with `default` or `{% if %}`

    {% assign d = 'today' %}{{ d | date: '%Y' }}
    error[mapping.resolve]: `@liquid` could not be rendered: `date`: there is no clock, so `now` and `today` are no dates
      at: /x
      help: guard the value with `default` or `{% if %}`

    {{ '%ff' | url_decode }}
    error[mapping.resolve]: `@liquid` could not be rendered: `url_decode`: what is decoded is no UTF-8
      at: /x
      help: guard the value with `default` or `{% if %}`

    {{ big | times: big | times: big | times: big | times: big | times: big | times: big | times: big | times: big | times: big | times: big | times: big }}
    error[mapping.resolve]: `@liquid` could not be rendered: `times`: the number is too large
      at: /x
      help: guard the value with `default` or `{% if %}`

    {{ items[tags] }}
    error[mapping.resolve]: `@liquid` could not be rendered: what stands in brackets is no text and no number
      at: /x
      help: guard the value with `default` or `{% if %}`
    ");
}

#[test]
fn nothing_on_the_way_to_the_text_passes_the_limit() {
    let grown = "{% assign a = name %}".to_owned() + &"{% assign a = a | append: a %}".repeat(20);
    let captured = "{% capture a %}xxxxxxxx{% endcapture %}".to_owned()
        + &"{% capture a %}{{a}}{{a}}{% endcapture %}".repeat(20);
    let replaced =
        "{% assign a = name %}".to_owned() + &"{% assign a = a | replace: 'a', a %}".repeat(9);
    let joined =
        "{% assign a = html %}".to_owned() + &"{% assign a = a | split: '' | join: a %}".repeat(4);
    let output = "{% assign a = name %}".to_owned()
        + &"{% assign a = a | append: a %}".repeat(12)
        + "{{a}}{{a}}";
    for template in [grown, captured, replaced, joined, output] {
        assert_eq!(
            render(&template).lines().next(),
            Some("error[mapping.limit]: `@liquid` makes at most 65536 bytes, got more"),
            "{template}"
        );
    }
}

#[test]
fn a_template_reads_only_its_variables() {
    for (template, reads) in [
        (
            "Hello {{ traits.first_name | default: userId }}",
            &["$.traits", "$.userId"][..],
        ),
        (
            "{% if a.b == 'c' and d %}{{ e[f.g]['h'] }}{% endif %}",
            &["$.a", "$.d", "$.e", "$.f"],
        ),
        ("{%- assign x = y | plus: 1 -%}{{- x -}}", &["$.y"]),
        (
            "{% if y %}{% assign x = 1 %}{% endif %}{{ x }}",
            &["$.y", "$.x"],
        ),
        ("{% capture x %}{{ x }}{% endcapture %}{{ x }}", &["$.x"]),
        ("{{ 'it }} is' }} {{ \"x\" | append: z }}", &["$.z"]),
        ("no variables: {{ 'x' }} {{ 1.5 }} }} {", &[]),
    ] {
        assert_eq!(
            expr(template, &mut Paths::new()).unwrap().paths(),
            reads,
            "{template}"
        );
    }
}

fn template() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "{{",
        "}}",
        "{%",
        "%}",
        "{{-",
        "-%}",
        " ",
        "if ",
        "endif",
        "else",
        "elsif ",
        "unless ",
        "endunless",
        "assign a = ",
        "capture a",
        "endcapture",
        "raw",
        "endraw",
        "comment",
        "endcomment",
        "a",
        "b.c",
        "[",
        "]",
        "-",
        ".",
        "'x'",
        "\"",
        "'",
        "|",
        "upcase",
        "append: ",
        "slice: -1, ",
        "replace: 'a', ",
        "round: ",
        "truncate: ",
        "date: '%c'",
        "split: ''",
        "join",
        "first",
        ":",
        ",",
        "==",
        "<",
        "contains",
        "and",
        "or",
        "0",
        "-1",
        "1.5",
        "999999999999999999",
        "nil",
        "empty",
        "é",
        "items",
        "traits",
        "n",
        "now",
    ]);
    let wrapped = prop::collection::vec(token, 0..12).prop_map(|tokens| tokens.join(" "));
    prop_oneof![
        wrapped.clone(),
        wrapped
            .clone()
            .prop_map(|inner| format!("{{{{ {inner} }}}}")),
        (wrapped.clone(), wrapped).prop_map(|(a, b)| format!("{{% if {a} %}}{b}{{% endif %}}")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_template_is_refused_or_always_renders_the_same(template in template()) {
        prop_assert_eq!(render(&template), render(&template));
    }

    #[test]
    fn the_variables_that_are_read_are_all_that_are_used(template in template()) {
        let mut paths = Paths::new();
        if let Ok(expr) = expr(&template, &mut paths) {
            let slots = paths.reader().read(EVENT).unwrap();
            let read = expr.eval(&Scope::event(&slots, &[])).map(|value| value.unwrap().to_json());
            let given = match render_whole(&template, EVENT).unwrap() {
                Ok(text) => Ok(Value::String(text.into()).to_json()),
                Err(_) => Err(()),
            };
            prop_assert_eq!(read.map_err(|_| ()), given);
        }
    }
}

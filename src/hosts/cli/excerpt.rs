//! Diagnostics with the place in the document that they point to.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::event::Paths;
use crate::hosts::input::scan::{Member, elements, members};
use crate::subscription::Subscription;

/// Where messages are wrapped, in characters.
const WIDTH: usize = 100;

/// What a JSON pointer means, as places in the document.
struct Place {
    /// The key, with its quotes; elements of arrays have none.
    key: Option<Range<usize>>,
    value: Range<usize>,
}

/// The places in a JSON document that diagnostics are about.
pub(super) struct Places<'t> {
    text: &'t str,
    /// What the objects and arrays hold that were looked into, by where they begin.
    held: HashMap<usize, Held>,
}

/// What a value holds, as places in the document.
enum Held {
    Members(Vec<Member>),
    Elements(Vec<Range<usize>>),
    Nothing,
}

impl Held {
    fn find(text: &str, value: Range<usize>) -> Held {
        let from = value.start;
        let bytes = &text.as_bytes()[value];
        let within = |range: Range<usize>| range.start + from..range.end + from;
        if let Some(members) = members(bytes) {
            let within = |member: Member| Member {
                key: within(member.key),
                value: within(member.value),
            };
            return Held::Members(members.into_iter().map(within).collect());
        }
        match elements(bytes) {
            Some(elements) => Held::Elements(elements.into_iter().map(within).collect()),
            None => Held::Nothing,
        }
    }
}

impl<'t> Places<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let held = HashMap::new();
        Places { text, held }
    }

    /// Finds what a JSON pointer means.
    fn find(&mut self, pointer: &str) -> Option<Place> {
        let text = self.text;
        let start = text.len() - text.trim_start().len();
        let mut place = Place {
            key: None,
            value: start..text.trim_end().len(),
        };
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let held = self.held.entry(place.value.start);
            place = match held.or_insert_with(|| Held::find(text, place.value)) {
                Held::Members(members) => {
                    // Of keys that stand twice the last one counts.
                    let mut members = members.iter();
                    let member =
                        members.rfind(|member| is_key(&text[member.key.clone()], &step))?;
                    Place {
                        key: Some(member.key.start - 1..member.key.end + 1),
                        value: member.value.clone(),
                    }
                }
                Held::Elements(elements) => Place {
                    key: None,
                    value: elements.get(step.parse::<usize>().ok()?)?.clone(),
                },
                Held::Nothing => return None,
            };
        }
        Some(place)
    }

    /// The bytes that a JSON pointer means: a string, number or word whole; of what goes on over lines its key, or where
    /// it begins. Nothing when there is no such place.
    fn locate(&mut self, pointer: &str) -> Option<Range<usize>> {
        let Place { key, value } = self.find(pointer)?;
        Some(match key {
            _ if !self.text[value.clone()].contains('\n') => value,
            Some(key) => key,
            None => value.start..(value.start + 1).min(value.end),
        })
    }

    /// Where to look for what a diagnostic says.
    pub(super) fn of(&mut self, diagnostic: &Diagnostic) -> Option<Range<usize>> {
        match diagnostic.code {
            Code::ConfigInvalidJson => syntax_error(self.text),
            Code::SchemaShape if diagnostic.at.is_empty() => {
                syntax_error(self.text).or_else(|| self.nearest(""))
            }
            Code::SubscriptionSyntax => {
                let place = self.nearest(&diagnostic.at)?;
                Some(within_subscription(self.text, place.clone()).unwrap_or(place))
            }
            // The key itself is what is wrong.
            Code::ConfigUnknownKey
            | Code::ConfigUnknownField
            | Code::ActionUnknownKey
            | Code::MappingUnknownDirective
            | Code::SchemaUnknownAttribute => self
                .find(&diagnostic.at)
                .and_then(|place| place.key)
                .or_else(|| self.nearest(&diagnostic.at)),
            _ => self.nearest(&diagnostic.at),
        }
    }

    /// The place of a pointer, or of what holds it: a key that is missing has no place of its own.
    fn nearest(&mut self, pointer: &str) -> Option<Range<usize>> {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.locate(pointer) {
                return (!pointer.is_empty()).then_some(place);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }
}

/// Whether a key, as it stands in the text, is `name`.
fn is_key(raw: &str, name: &str) -> bool {
    raw == name
        || raw.contains('\\')
            && serde_json::from_str::<String>(&format!("\"{raw}\"")).is_ok_and(|key| key == name)
}

/// Where a document stops being JSON.
fn syntax_error(text: &str) -> Option<Range<usize>> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    let line_start: usize = text
        .split_inclusive('\n')
        .take(error.line().checked_sub(1)?)
        .map(str::len)
        .sum();
    let at = (line_start + error.column().saturating_sub(1)).min(text.len());
    let start = (0..=at).rev().find(|at| text.is_char_boundary(*at))?;
    let end = (start + 1..=text.len())
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(text.len());
    Some(start..end)
}

/// Where the subscription that is the JSON string at `place` stops being one.
fn within_subscription(text: &str, place: Range<usize>) -> Option<Range<usize>> {
    let raw = &text[place.clone()];
    let subscription: String = serde_json::from_str(raw).ok()?;
    let error = Subscription::parse(&subscription, &mut Paths::new()).err()?;
    let in_document = |at| Some(place.start + 1 + raw_offset(&raw[1..], at)?);
    let start = in_document(error.at.start)?;
    Some(start..in_document(error.at.end)?.max(start + 1))
}

/// The place in the inside of a JSON string of the byte that is the `at`th when it is read.
fn raw_offset(raw: &str, at: usize) -> Option<usize> {
    let (mut offset, mut read) = (0, 0);
    while read < at {
        let rest = &raw[offset..];
        let first = rest.chars().next()?;
        let (raw_len, len) = match (first, rest.as_bytes().get(1)) {
            ('\\', Some(b'u')) => {
                let surrogates = rest.get(6..8) == Some("\\u") && {
                    let high = u32::from_str_radix(rest.get(2..6)?, 16).ok()?;
                    (0xd800..0xdc00).contains(&high)
                };
                let raw_len = if surrogates { 12 } else { 6 };
                let read: String =
                    serde_json::from_str(&format!("\"{}\"", rest.get(..raw_len)?)).ok()?;
                (raw_len, read.len())
            }
            ('\\', _) => (2, 1),
            _ => (first.len_utf8(), first.len_utf8()),
        };
        offset += raw_len;
        read += len;
    }
    Some(offset)
}

/// Renders diagnostics about one document, each with the lines it is about.
pub(super) fn render(name: &str, text: &str, diagnostics: &[Diagnostic], color: bool) -> String {
    let theme = if color {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(WIDTH)
        .with_context_lines(1)
        .with_links(false);
    let source = NamedSource::new(name, text.to_owned());
    let mut places = Places::new(text);
    let mut out = String::new();
    for diagnostic in diagnostics {
        let place = places.of(diagnostic);
        let report = Report {
            diagnostic,
            source: &source,
            place,
        };
        // OK because only writing to `out` could fail, and a String takes all.
        let _ = handler.render_report(&mut out, &report);
        out.push('\n');
    }
    out
}

/// A diagnostic in the terms of the crate that draws it.
struct Report<'a> {
    diagnostic: &'a Diagnostic,
    source: &'a NamedSource<String>,
    place: Option<Range<usize>>,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.message)
    }
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} at {:?}", self.diagnostic, self.place)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.diagnostic.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.place.as_ref().map(|_| self.source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = (!self.diagnostic.at.is_empty()).then(|| self.diagnostic.at.clone());
        let place = self.place.clone()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(
            label, place,
        ))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"
{
  "name": "mine",
  "subscriptions": [
    { "action": "identfy_user", "a/b": 1, "\u0061~": [true, null] },
    {
      "action": "group_workspace"
    }
  ]
}
"#;

    #[test]
    fn a_pointer_is_located_as_the_bytes_of_what_it_means() {
        let mut places = Places::new(TEXT);
        for (pointer, expect) in [
            ("/name", Some("\"mine\"")),
            ("/subscriptions/0/action", Some("\"identfy_user\"")),
            ("/subscriptions/0/a~1b", Some("1")),
            ("/subscriptions/0/a~0/1", Some("null")),
            ("/subscriptions", Some("\"subscriptions\"")),
            ("/subscriptions/1", Some("{")),
            ("", Some("{")),
            ("/subscriptions/2", None),
            ("/subscriptions/x", None),
            ("/nothing/here", None),
        ] {
            assert_eq!(
                places.locate(pointer).map(|range| &TEXT[range]),
                expect,
                "{pointer}"
            );
        }
        let locate = |text| Places::new(text).locate("/a");
        assert_eq!(locate("no json"), None);
        assert_eq!(locate(r#"{"a":1,"a":2}"#), Some(11..12));
    }

    #[test]
    fn a_subscription_is_shown_where_it_stops_being_one() {
        for (raw, expect) in [
            (r#"type = \"track\" andd"#, "andd"),
            (r#"name = \"é\u00e9\ud83d\ude00\" ; x"#, ";"),
            (r#"type = \"group\" and ("#, "\""),
        ] {
            let text = format!("{{\"subscribe\":\"{raw}\"}}");
            let error = Diagnostic::error(Code::SubscriptionSyntax, "/subscribe", "");
            let place = Places::new(&text).of(&error).unwrap();
            assert_eq!(&text[place], expect, "{raw}");
        }
    }

    #[test]
    fn a_diagnostic_shows_the_lines_it_is_about() {
        let diagnostics = [
            Diagnostic::error(
                Code::ConfigUnknownAction,
                "/subscriptions/0/action",
                "no action is called `identfy_user`",
            )
            .help("did you mean `identify_user`?"),
            Diagnostic::warning(
                Code::ConfigShape,
                "/subscriptions/1/subscribe",
                "`subscribe` expected a string, got nothing",
            ),
            Diagnostic::error(Code::ConfigShape, "", "a configuration is too large"),
        ];
        insta::assert_snapshot!(render("mine.json", TEXT, &diagnostics, false), @r#"
        config.unknown_action

          × no action is called `identfy_user`
           ╭─[mine.json:5:17]
         4 │   "subscriptions": [
         5 │     { "action": "identfy_user", "a/b": 1, "\u0061~": [true, null] },
           ·                 ───────┬──────
           ·                        ╰── /subscriptions/0/action
         6 │     {
           ╰────
          help: did you mean `identify_user`?

        config.shape

          ⚠ `subscribe` expected a string, got nothing
           ╭─[mine.json:6:5]
         5 │     { "action": "identfy_user", "a/b": 1, "\u0061~": [true, null] },
         6 │     {
           ·     ┬
           ·     ╰── /subscriptions/1/subscribe
         7 │       "action": "group_workspace"
           ╰────

        config.shape

          × a configuration is too large
        "#);
    }

    #[test]
    fn text_that_is_no_json_is_shown_where_it_stops_being_json() {
        let diagnostics = [Diagnostic::error(
            Code::ConfigInvalidJson,
            "",
            "a configuration is JSON, got text that is not",
        )];
        insta::assert_snapshot!(render("ä.json", "{\n  \"ä\": é\n}", &diagnostics, false), @r#"
        config.invalid_json

          × a configuration is JSON, got text that is not
           ╭─[ä.json:2:9]
         1 │ {
         2 │   "ä": é
           ·        ─
         3 │ }
           ╰────
        "#);
    }
}

//! `select`: one of the options that the workspace keeps for the attribute, or several.
//!
//! Attio refuses a title that it does not know instead of creating the option. With the options known (`schema pull`
//! reads them) a wrong title is refused here, before anything is sent.

use super::choice::{self, Words};
use super::{Example, Finding, To};
use crate::diagnostic::Code;
use crate::json::Value;

const WORDS: Words = Words {
    key: "option",
    what: "an option of the select",
    all: "options",
    code: Code::AttributeSelect,
};

pub(super) const DESCRIPTION: &str = "\
One of the options that the workspace keeps for the attribute, or several. Attio takes an option's title or id, or \
either as `{\"option\": ...}`, and refuses titles that it does not know. When the options are known, a title is found \
exactly, then whatever its case, the space around it and the way its accents are stored, and written as Attio spells it; \
unknown and archived ones are refused with the nearest titles. When they are not known, titles are passed on. Numbers and \
booleans count as their text.";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    choice::coerce(&WORDS, value, to, out)
}

/// A list of options with ids, one of them archived.
const PLANS: &str = r#"{"options":[{"title":"Free"},{"title":"Pro","id":"14938464-cae9-4e50-8856-0fb584844f24"},{"title":"Enterprise"},{"title":"Legacy","is_archived":true},{"title":"42"},{"title":"true"}]}"#;
/// The same of an attribute that holds several.
const SEVERAL: &str = r#"{"is_multiselect":true,"options":["3D Printing","Architecture","Aerospace & Defense"]}"#;
const ACCENTS: &str = r#"{"options":["Café","10²","Noe\u0308l"]}"#;
const ALIKE: &str = r#"{"options":["Gold","gold","Silver","Silver"]}"#;

pub(super) const EXAMPLES: &[Example] = &[
    Example::documented(r#""3D Printing""#, r#"{"option":"3D Printing"}"#, "a title"),
    Example::documented(r#""open""#, r#"{"option":"open"}"#, "options not known: passed on"),
    Example::documented(
        r#"{"option":"3D Printing"}"#,
        r#"{"option":"3D Printing"}"#,
        "the object form",
    ),
    Example::documented(
        r#"[{"option":"14938464-cae9-4e50-8856-0fb584844f24"}]"#,
        r#"{"option":"14938464-cae9-4e50-8856-0fb584844f24"}"#,
        "an id",
    ),
    Example::documented(
        r#""14938464-cae9-4e50-8856-0fb584844f24""#,
        r#"{"option":"14938464-cae9-4e50-8856-0fb584844f24"}"#,
        "an id as it is",
    ),
    Example::documented(
        r#""Aerospace & Defense""#,
        r#"{"option":"Aerospace & Defense"}"#,
        "a title with a sign",
    ),
    Example::documented(r#""Größe \"XL\"""#, r#"{"option":"Größe \"XL\""}"#, "a title with quotes"),
    Example::documented(
        r#"["3D Printing","Architecture"]"#,
        r#"[{"option":"3D Printing"},{"option":"Architecture"}]"#,
        "several",
    )
    .given(SEVERAL),
    Example::documented(
        r#"[{"option":"Architecture"}]"#,
        r#"[{"option":"Architecture"}]"#,
        "the object form in a list",
    )
    .given(SEVERAL),
    Example::documented(
        r#"["Architecture","Architecture"]"#,
        r#"[{"option":"Architecture"}]"#,
        "the same twice",
    )
    .given(SEVERAL),
    Example::documented(
        r#""Architecture""#,
        r#"[{"option":"Architecture"}]"#,
        "one makes a list of one",
    )
    .given(SEVERAL),
    Example::taken(
        r#"["architecture "," ARCHITECTURE"]"#,
        r#"[{"option":"Architecture"}]"#,
        "the same twice, spelt differently",
    )
    .given(SEVERAL),
    Example::documented(
        r#"["Architecture",null,""]"#,
        r#"[{"option":"Architecture"}]"#,
        "nothings are left out",
    )
    .given(SEVERAL),
    Example::documented("[]", "[]", "an empty list unsets").given(SEVERAL),
    Example::documented("[null]", "[]", "so does a list of nothings").given(SEVERAL),
    Example::documented(r#""Pro""#, r#"{"option":"Pro"}"#, "a known title").given(PLANS),
    Example::documented(
        r#""14938464-cae9-4e50-8856-0fb584844f24""#,
        r#"{"option":"14938464-cae9-4e50-8856-0fb584844f24"}"#,
        "a known id",
    )
    .given(PLANS),
    Example::documented(r#"{"option":"Free"}"#, r#"{"option":"Free"}"#, "known, in the object form")
        .given(PLANS),
    Example::taken(r#""pro""#, r#"{"option":"Pro"}"#, "in another case").given(PLANS),
    Example::taken(r#""ENTERPRISE""#, r#"{"option":"Enterprise"}"#, "in capitals").given(PLANS),
    Example::taken(r#""  Free ""#, r#"{"option":"Free"}"#, "with spaces around it").given(PLANS),
    Example::taken("\"Free\u{200b}\"", r#"{"option":"Free"}"#, "a mark that nobody sees behind it")
        .given(PLANS),
    Example::taken(r#"{"option":"free"}"#, r#"{"option":"Free"}"#, "inside the object form")
        .given(PLANS),
    Example::taken(r#""Cafe\u0301""#, r#"{"option":"Café"}"#, "a letter and its accent apart").given(ACCENTS),
    Example::taken(r#""NOËL""#, "{\"option\":\"Noe\u{308}l\"}", "as one, in capitals").given(ACCENTS),
    Example::documented(
        r#""14938464-CAE9-4E50-8856-0FB584844F24""#,
        r#"{"option":"14938464-cae9-4e50-8856-0fb584844f24"}"#,
        "an id in capitals",
    )
    .given(PLANS),
    Example::taken("42", r#"{"option":"42"}"#, "a number is its text").given(PLANS),
    Example::taken("true", r#"{"option":"true"}"#, "a boolean is its text").given(PLANS),
    Example::taken("7", r#"{"option":"7"}"#, "a number, passed on"),
    Example::taken("false", r#"{"option":"false"}"#, "a boolean, passed on"),
    Example::taken(r#"{"option":3}"#, r#"{"option":"3"}"#, "a number in the object form"),
    Example::documented(r#""gold""#, r#"{"option":"gold"}"#, "exactly one of two alike").given(ALIKE),
    Example::documented("null", "null", "`null` unsets"),
    Example::documented("[]", "null", "so does an empty list"),
    Example::omitted(r#""""#, "blank strings are left out"),
    Example::omitted(r#"["",""]"#, "so are lists of them").given(SEVERAL),
    Example::refused(r#""""#, Code::AttributeSelect, "a blank string is no option")
        .given(r#"{"empty_strings":"keep"}"#),
    Example::refused(r#""Premium""#, Code::AttributeSelect, "not an option").given(PLANS),
    Example::refused(r#""Legacy""#, Code::AttributeSelect, "an archived option").given(PLANS),
    Example::refused(r#""legacy ""#, Code::AttributeSelect, "archived, spelt differently").given(PLANS),
    Example::refused(r#""102""#, Code::AttributeSelect, "`²` is no `2`").given(ACCENTS),
    Example::refused(r#""GOLD""#, Code::AttributeSelect, "which of the two?").given(ALIKE),
    Example::refused(r#""Silver""#, Code::AttributeSelect, "two options of one title").given(ALIKE),
    Example::refused(r#""Free, Pro""#, Code::AttributeSelect, "two titles in one text").given(PLANS),
    Example::refused(
        r#""Architecture, 3D Printing""#,
        Code::AttributeSelect,
        "a list in one text",
    )
    .given(SEVERAL),
    Example::taken(
        r#"["architecture","Biotechnology"]"#,
        r#"[{"option":"Architecture"}]"#,
        "an unknown one is left out, the others go",
    )
    .given(SEVERAL)
    .finding(&[Code::AttributeSelect]),
    Example::refused(r#"["Biotechnology"]"#, Code::AttributeSelect, "none that is known")
        .given(SEVERAL),
    Example::refused("null", Code::AttributeRequired, "a required attribute needs a value")
        .given(r#"{"is_required":true,"is_multiselect":true}"#),
    Example::refused(r#""x""#, Code::AttributeSelect, "an attribute without options")
        .given(r#"{"options":[]}"#),
    Example::refused(
        r#"{"option":{"title":"Pro"}}"#,
        Code::AttributeSelect,
        "the form that Attio answers with",
    ),
    Example::refused(r#"{"title":"Pro"}"#, Code::AttributeUnknownKey, "another key"),
    Example::refused(r#"{"option":null}"#, Code::AttributeSelect, "nothing inside"),
    Example::refused(r#"["Free","Pro"]"#, Code::AttributeTooMany, "which of the two?").given(PLANS),
];

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{prepared, said};
    use crate::attribute::{Mode, Options};
    use crate::schema::{Attribute, AttributeType, Choice};

    fn of(titles: &[&str]) -> Attribute {
        let choice = |title: &&str| Choice {
            id: None,
            title: (*title).to_owned(),
            is_archived: title.starts_with("old"),
        };
        let mut attribute = Attribute::of(AttributeType::Select);
        attribute.options = Some(titles.iter().map(choice).collect());
        attribute
    }

    #[test]
    fn of_thousands_of_unknown_titles_the_first_are_helped_with_the_nearest() {
        let titles: Vec<String> = (0..300).map(|n| format!("Option {n}")).collect();
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        let mut several = of(&titles);
        several.is_multiselect = true;
        let several = prepared(several, Options::default());
        let long = said(&several, &format!("\"{}\"", "9".repeat(1_000_000)));
        assert_eq!(long.matches("help: the nearest options are").count(), 1);
        let sent: Vec<String> = (300..2_800).map(|n| format!("\"Option {n}\"")).collect();
        let said = said(&several, &format!("[{}]", sent.join(",")));
        assert_eq!(said.matches("help: the nearest options are").count(), 16);
        assert_eq!(said.matches("help: send its title or its id").count(), 2_484);
    }

    #[test]
    fn refusals_name_the_options_or_the_nearest() {
        let few = prepared(of(&["Free", "Pro", "old plan"]), Options::default());
        let many: Vec<String> = (1..=60).map(|n| format!("Tier {n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let mut several = of(&many);
        several.is_multiselect = true;
        let several = prepared(several, Options::default());
        let strict = Options {
            mode: Mode::Strict,
            ..Options::default()
        };
        let strict = prepared(of(&["Free", "Pro"]), strict);
        let texts = [
            said(&few, r#""Premium""#),
            said(&few, r#""Old Plan""#),
            said(&few, r#"{"option":{"id":1}}"#),
            said(&several, r#"["Tier 61","Tier 5"]"#),
            said(&several, r#""Tier 1;Tier 2""#),
            said(&strict, r#""pro""#),
            said(&strict, "1"),
            said(&prepared(of(&["A", "A"]), Options::default()), r#""A""#),
            said(&prepared(of(&[]), Options::default()), r#""A""#),
        ];
        insta::assert_snapshot!(texts.join("\n"), @r#"
        error[attribute.select]: `it` expected an option of the select, got the string `Premium`
          help: the options are `Free`, `Pro`
        error[attribute.select]: `it` expected an option of the select, got `old plan`, which is archived
          help: the options are `Free`, `Pro`
        error[attribute.select]: `it` expected an option of the select, got an object
          help: send its title or its id
        error[attribute.select]: `it` expected an option of the select, got the string `Tier 61`
          help: the nearest options are `Tier 1`, `Tier 6`, `Tier 16`
        error[attribute.select]: `it` expected an option of the select, got the string `Tier 1;Tier 2`
          help: send several as a list: `["…", "…"]`
        error[attribute.select]: `it` expected an option of the select, got the string `pro`
          help: send `Pro`, or set `mode` to `lenient`
        error[attribute.select]: `it` expected an option of the select, got the number `1`
          help: send its title as a string, or set `mode` to `lenient`
        error[attribute.select]: `it` expected an option of the select, got the string `A`
          help: several options have this title: send the exact one, or its id
        error[attribute.select]: `it` expected an option of the select, got the string `A`
          help: the attribute has no options: create one in Attio
        "#);
    }
}

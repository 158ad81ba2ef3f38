//! `status`: one of the statuses that the workspace keeps for the attribute, such as the stage of a deal.

use super::choice::{self, Words};
use super::{Example, Finding, To};
use crate::diagnostic::Code;
use crate::json::Value;

const WORDS: Words = Words {
    key: "status",
    what: "a status of the attribute",
    all: "statuses",
    code: Code::AttributeStatus,
};

pub(super) const DESCRIPTION: &str = "\
One of the statuses that the workspace keeps for the attribute, such as the stage of a deal (`pipeline` means the same \
type). Attio takes a status's title or id, or either as `{\"status\": ...}`, and refuses titles that it does not know. \
When the statuses are known, a title is found exactly, then whatever its case, the space around it and the way its \
accents are stored, and written as Attio spells it; unknown and archived ones are refused with the nearest titles. When \
they are not known, titles are passed on. Numbers and booleans count as their text.";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    choice::coerce(&WORDS, value, to, out)
}

/// The stages of a deal, with an id and an archived one.
const STAGES: &str = r#"{"statuses":[{"title":"Lead","id":"11f07f01-c10f-4e05-a522-33e050bc52ee"},{"title":"In Progress"},{"title":"Won 🎉"},{"title":"Lost"},{"title":"On Hold","is_archived":true}]}"#;
const NUMBERED: &str = r#"{"statuses":["1","2","3","true"]}"#;
const ALIKE: &str = r#"{"statuses":["Done","DONE"]}"#;

pub(super) const EXAMPLES: &[Example] = &[
    Example::documented(r#""Lead""#, r#"{"status":"Lead"}"#, "a title"),
    Example::documented(r#""open""#, r#"{"status":"open"}"#, "statuses not known: passed on"),
    Example::documented(r#""closed""#, r#"{"status":"closed"}"#, "another"),
    Example::documented(r#"{"status":"Lead"}"#, r#"{"status":"Lead"}"#, "the object form"),
    Example::documented(r#"[{"status":"Lead"}]"#, r#"{"status":"Lead"}"#, "a list of one"),
    Example::documented(r#"["Lead"]"#, r#"{"status":"Lead"}"#, "a list of one title"),
    Example::documented(
        r#"[{"status":"11f07f01-c10f-4e05-a522-33e050bc52ee"}]"#,
        r#"{"status":"11f07f01-c10f-4e05-a522-33e050bc52ee"}"#,
        "an id",
    ),
    Example::documented(
        r#""11f07f01-c10f-4e05-a522-33e050bc52ee""#,
        r#"{"status":"11f07f01-c10f-4e05-a522-33e050bc52ee"}"#,
        "an id as it is",
    ),
    Example::documented(r#""In Progress""#, r#"{"status":"In Progress"}"#, "a known title").given(STAGES),
    Example::documented(r#""Won 🎉""#, r#"{"status":"Won 🎉"}"#, "a title with an emoji").given(STAGES),
    Example::documented(r#"{"status":"Lost"}"#, r#"{"status":"Lost"}"#, "known, in the object form")
        .given(STAGES),
    Example::documented(
        r#""11f07f01-c10f-4e05-a522-33e050bc52ee""#,
        r#"{"status":"11f07f01-c10f-4e05-a522-33e050bc52ee"}"#,
        "a known id",
    )
    .given(STAGES),
    Example::documented(
        r#""11F07F01-C10F-4E05-A522-33E050BC52EE""#,
        r#"{"status":"11f07f01-c10f-4e05-a522-33e050bc52ee"}"#,
        "a known id in capitals",
    )
    .given(STAGES),
    Example::taken(r#""in progress""#, r#"{"status":"In Progress"}"#, "in lower case").given(STAGES),
    Example::taken(r#""LOST""#, r#"{"status":"Lost"}"#, "in capitals").given(STAGES),
    Example::taken(r#"" lead\n""#, r#"{"status":"Lead"}"#, "with space around it").given(STAGES),
    Example::taken("\"\u{200e}Lead\"", r#"{"status":"Lead"}"#, "a mark that nobody sees before it").given(STAGES),
    Example::taken(r#""won 🎉""#, r#"{"status":"Won 🎉"}"#, "in lower case, with an emoji").given(STAGES),
    Example::taken(r#"{"status":"lead"}"#, r#"{"status":"Lead"}"#, "inside the object form").given(STAGES),
    Example::taken(r#"["lost"]"#, r#"{"status":"Lost"}"#, "in a list of one").given(STAGES),
    Example::taken("2", r#"{"status":"2"}"#, "a number is its text").given(NUMBERED),
    Example::taken("true", r#"{"status":"true"}"#, "a boolean is its text").given(NUMBERED),
    Example::taken("7", r#"{"status":"7"}"#, "a number, passed on"),
    Example::taken("false", r#"{"status":"false"}"#, "a boolean, passed on"),
    Example::taken(r#"{"status":3}"#, r#"{"status":"3"}"#, "a number in the object form"),
    Example::documented(r#""DONE""#, r#"{"status":"DONE"}"#, "exactly one of two alike").given(ALIKE),
    Example::documented("null", "null", "`null` unsets"),
    Example::documented("[]", "null", "so does an empty list"),
    Example::omitted(r#""""#, "blank strings are left out"),
    Example::omitted(r#""  ""#, "so are spaces alone").given(STAGES),
    Example::documented(r#""""#, "null", "unless they unset").given(r#"{"empty_strings":"unset"}"#),
    Example::refused(r#"" ""#, Code::AttributeStatus, "a blank string is no status")
        .given(r#"{"empty_strings":"keep"}"#),
    Example::refused(r#""Won""#, Code::AttributeStatus, "part of a title").given(STAGES),
    Example::refused(r#""in_progress""#, Code::AttributeStatus, "a slug").given(STAGES),
    Example::refused(r#""Negotiation""#, Code::AttributeStatus, "not a status").given(STAGES),
    Example::refused(r#""On Hold""#, Code::AttributeStatus, "an archived status").given(STAGES),
    Example::refused(r#""on hold""#, Code::AttributeStatus, "archived, spelt differently").given(STAGES),
    Example::refused(r#""done""#, Code::AttributeStatus, "which of the two?").given(ALIKE),
    Example::refused("4", Code::AttributeStatus, "a number that is none").given(NUMBERED),
    Example::refused("2.0", Code::AttributeStatus, "another text").given(NUMBERED),
    Example::refused(
        r#""99f07f01-c10f-4e05-a522-33e050bc52ee""#,
        Code::AttributeStatus,
        "an unknown id",
    )
    .given(STAGES),
    Example::refused(
        r#"{"status":{"title":"Lead"}}"#,
        Code::AttributeStatus,
        "the form that Attio answers with",
    ),
    Example::refused(r#"{"status":null}"#, Code::AttributeStatus, "nothing inside"),
    Example::refused(r#"{"stage":"Lead"}"#, Code::AttributeUnknownKey, "another key"),
    Example::refused(r#"["Lead","Lost"]"#, Code::AttributeTooMany, "which of the two?").given(STAGES),
    Example::refused("null", Code::AttributeRequired, "the stage of a deal is required")
        .given(r#"{"is_required":true}"#),
];

#[cfg(test)]
mod tests {
    use crate::attribute::Options;
    use crate::attribute::tests::{prepared, said};
    use crate::schema::{Attribute, AttributeType, Choice};

    #[test]
    fn refusals_name_the_statuses() {
        let choice = |title: &str| Choice {
            id: None,
            title: title.to_owned(),
            is_archived: false,
        };
        let mut stage = Attribute::of(AttributeType::Status);
        stage.statuses = Some(vec![choice("Lead"), choice("Lost")]);
        let stage = prepared(stage, Options::default());
        let texts = [said(&stage, r#""Leads""#), said(&stage, "{}")];
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.status]: `it` expected a status of the attribute, got the string `Leads`
          help: the statuses are `Lead`, `Lost`
        error[attribute.unknown_key]: `it` expected a status of the attribute, got an empty object
          help: send the value itself, or as `status`
        ");
    }
}

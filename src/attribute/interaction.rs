//! `interaction`: when somebody was in touch with a record.
//!
//! Attio alone writes these, from the mail and calendars of the workspace's members.

use super::{Example, Finding, To};
use crate::diagnostic::Code;
use crate::json::Value;

pub(super) const DESCRIPTION: &str = "\
When somebody was in touch with a record, by mail or in a meeting. Attio writes interactions itself, from the mail and \
the calendars of the workspace's members; no value can be written.";

pub(super) fn coerce(
    _value: &Value<'_>,
    to: &mut To<'_, '_>,
    _out: &mut String,
) -> Result<(), Finding> {
    Err(refusal(to))
}

/// The finding that nothing can be written, whatever the value.
pub(super) fn refusal(to: &To<'_, '_>) -> Finding {
    let message = format!(
        "`{}` expected no value, since Attio alone writes interactions",
        to.coercer.slug
    );
    Finding::error(Code::AttributeInteraction, message)
        .help("leave it out of the mapping, or write a date to an attribute of your own")
}

pub(super) const EXAMPLES: &[Example] = &[
    Example::refused(r#""2023-11-25""#, Code::AttributeInteraction, "a date"),
    Example::refused("1700920866", Code::AttributeInteraction, "a time"),
    Example::refused("true", Code::AttributeInteraction, "a boolean"),
    Example::refused("null", Code::AttributeInteraction, "nothing cannot be written either"),
    Example::refused(r#""email""#, Code::AttributeInteraction, "a type of interaction"),
    Example::refused(r#"["email"]"#, Code::AttributeInteraction, "a list"),
    Example::refused(
        r#"{"interaction_type":"email","interacted_at":"2023-11-25T15:21:06.447000000Z","owner_actor":{"type":"system","id":null}}"#,
        Code::AttributeInteraction,
        "the form that Attio reads out",
    ),
];

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{of, said};
    use crate::schema::AttributeType;

    #[test]
    fn a_refusal_says_that_nothing_can_be_written() {
        insta::assert_snapshot!(said(&of(AttributeType::Interaction), "true"), @r"
        error[attribute.interaction]: `it` expected no value, since Attio alone writes interactions
          help: leave it out of the mapping, or write a date to an attribute of your own
        ");
    }
}

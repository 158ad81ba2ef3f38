//! What is wrong, where, and how to mend it: [`Diagnostic`], and the registry of every code.
//!
//! Messages are lower case without a full stop, values in backticks, in the order where, expected, got. A code is
//! stable and never reused: hosts branch on it, never on text.

use std::fmt;

use serde::{Serialize, Serializer};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something was refused or left out.
    Error,
    /// Something was done, and a person may want to know.
    Warning,
}

/// One finding about a configuration, an event or a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// A JSON pointer into the document that is at fault (a configuration, an event, an action file).
    pub at: String,
    /// What was expected and what came.
    pub message: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at a JSON pointer.
    pub fn error(code: Code, at: impl Into<String>, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            at: at.into(),
            message: message.into(),
            help: None,
        }
    }

    /// A warning at a JSON pointer.
    pub fn warning(code: Code, at: impl Into<String>, message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Warning,
            ..Diagnostic::error(code, at, message)
        }
    }

    /// The same with a way to mend it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether this is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{severity}[{}]: {}", self.code, self.message)?;
        if !self.at.is_empty() {
            write!(f, "\n  at: {}", self.at)?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}

/// The pointer to `key` below `parent`.
pub fn pointer(parent: &str, key: impl fmt::Display) -> String {
    let key = key.to_string();
    if key.contains(['~', '/']) {
        return format!("{parent}/{}", key.replace('~', "~0").replace('/', "~1"));
    }
    format!("{parent}/{key}")
}

/// The beginning of a text, fit to stand in a message: one line, at most 60 characters.
pub fn excerpt(text: &str) -> String {
    const MOST: usize = 60;
    let mut short: String = text
        .chars()
        .take(MOST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(MOST).is_some() {
        short.push('…');
    }
    short
}

/// The candidate that a person who wrote `word` most likely meant.
pub fn did_you_mean<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (
                strsim::jaro_winkler(&word, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// How to mend a word that is none of those that are known: the one that was meant, or else all of them. `what` names
/// them, e.g. `the types`.
pub fn nearest_or_all<'c>(
    word: &str,
    what: &str,
    known: impl IntoIterator<Item = &'c str>,
) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match did_you_mean(word, known.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("{what} are `{}`", known.join("`, `")),
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal;)+) => {
        /// A stable code. [`Code::ALL`] is the registry.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Code {
            /// Every code, in the order of the pipeline.
            pub const ALL: &'static [Code] = &[$(Code::$name),+];

            /// The dotted text, e.g. `event.invalid_json`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text),+ }
            }

            /// What the code means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Code::$name => concat!($($doc),+)),+ }
            }
        }
    };
}

codes! {
    /// the event is not UTF-8
    EventInvalidUtf8 = "event.invalid_utf8";
    /// the event is not JSON
    EventInvalidJson = "event.invalid_json";
    /// the event is JSON, but no object
    EventNotAnObject = "event.not_an_object";
    /// the event has no `type`
    EventMissingType = "event.missing_type";
    /// the event's `type` is none of the six of the spec
    EventUnknownType = "event.unknown_type";
    /// a field of the envelope holds another type of value than the spec gives it
    EventWrongType = "event.wrong_type";
    /// a time of the event cannot be read
    EventTime = "event.time";
    /// the event has neither `userId` nor `anonymousId`
    EventMissingIdentity = "event.missing_identity";
    /// the event is larger than the limit
    EventTooLarge = "event.too_large";
    /// the event nests deeper than the limit
    EventTooDeep = "event.too_deep";

    /// the subscription is not FQL
    SubscriptionSyntax = "subscription.syntax";
    /// the subscription is longer or deeper than the limit
    SubscriptionTooLarge = "subscription.too_large";

    /// the mapping does not have the shape that is expected there
    MappingShape = "mapping.shape";
    /// a key that begins with `@` is no directive
    MappingUnknownDirective = "mapping.unknown_directive";
    /// a directive stands beside other keys
    MappingMixedDirective = "mapping.mixed_directive";
    /// a `@path` is not a path
    MappingPath = "mapping.path";
    /// a `@jsonpath` is not RFC 9535, or over the caps
    MappingJsonPath = "mapping.jsonpath";
    /// a `@template` is not a template
    MappingTemplate = "mapping.template";
    /// a `@liquid` is not a template, or uses what is switched off
    MappingLiquid = "mapping.liquid";
    /// an option of a directive has a value that it does not know
    MappingOption = "mapping.option";
    /// a limit that protects was passed
    MappingLimit = "mapping.limit";
    /// a directive could not be resolved for this event
    MappingResolve = "mapping.resolve";

    /// the action file does not have the shape that is expected there
    ActionShape = "action.shape";
    /// a key is not known there
    ActionUnknownKey = "action.unknown_key";
    /// a `@field` names no field of the action
    ActionUnknownField = "action.unknown_field";
    /// a field is used by no write
    ActionUnusedField = "action.unused_field";
    /// the matching attribute is not among the values of its write
    ActionMatchNotWritten = "action.match_not_written";
    /// a write refers to one that comes later, or to none
    ActionReference = "action.reference";
    /// a literal object is not known
    ActionUnknownObject = "action.unknown_object";
    /// a field has an empty label
    ActionEmptyLabel = "action.empty_label";
    /// a required field resolved to nothing
    ActionMissingField = "action.missing_field";
    /// a field resolved to a value of another type
    ActionFieldType = "action.field_type";

    /// the configuration is not JSON
    ConfigInvalidJson = "config.invalid_json";
    /// the configuration does not have the shape that is expected there
    ConfigShape = "config.shape";
    /// a key is not known there
    ConfigUnknownKey = "config.unknown_key";
    /// no action has that name
    ConfigUnknownAction = "config.unknown_action";
    /// the action has no such field
    ConfigUnknownField = "config.unknown_field";
    /// an option has a value that it does not know
    ConfigOption = "config.option";

    /// the schema does not have the shape that is expected there
    SchemaShape = "schema.shape";
    /// the object is not known to the schema
    SchemaUnknownObject = "schema.unknown_object";
    /// the object is not activated in the workspace
    SchemaInactiveObject = "schema.inactive_object";
    /// the attribute is not known to the schema of its object
    SchemaUnknownAttribute = "schema.unknown_attribute";
    /// the attribute cannot be written
    SchemaNotWritable = "schema.not_writable";
    /// the attribute is not unique and cannot be matched by
    SchemaNotUnique = "schema.not_unique";
    /// a configuration warning: an attribute that new records need is never set
    SchemaRequired = "schema.required";
    /// a reference points to an object that the attribute does not allow
    SchemaReference = "schema.reference";
    /// the configuration declares an attribute otherwise than the workspace has it
    SchemaDeclaredOtherwise = "schema.declared_otherwise";
    /// a configuration warning: the workspace does not have an option or status that is declared
    SchemaUnknownOption = "schema.unknown_option";

    /// a required or matching attribute came out empty
    AttributeRequired = "attribute.required";
    /// several values for an attribute that holds one
    AttributeTooMany = "attribute.too_many";
    /// an object has keys that the type does not know
    AttributeUnknownKey = "attribute.unknown_key";
    /// a part of the value was left out, since it has no place beside the others
    AttributeLeftOut = "attribute.left_out";
    /// not an actor reference
    AttributeActorReference = "attribute.actor_reference";
    /// not a checkbox value
    AttributeCheckbox = "attribute.checkbox";
    /// not an amount of money
    AttributeCurrency = "attribute.currency";
    /// an amount in another currency than the attribute's
    AttributeCurrencyCode = "attribute.currency_code";
    /// not a date
    AttributeDate = "attribute.date";
    /// a date that can be read two ways
    AttributeDateOrder = "attribute.date_order";
    /// not a domain
    AttributeDomain = "attribute.domain";
    /// not an e-mail address
    AttributeEmailAddress = "attribute.email_address";
    /// interactions cannot be written
    AttributeInteraction = "attribute.interaction";
    /// not a location
    AttributeLocation = "attribute.location";
    /// not a number
    AttributeNumber = "attribute.number";
    /// a number was rounded to the 4 decimals that Attio keeps, or a second cut to its 9
    AttributeRounded = "attribute.rounded";
    /// not a personal name
    AttributePersonalName = "attribute.personal_name";
    /// not a phone number
    AttributePhoneNumber = "attribute.phone_number";
    /// a phone number without a country
    AttributePhoneRegion = "attribute.phone_region";
    /// the extension of a phone number was dropped
    AttributePhoneExtension = "attribute.phone_extension";
    /// not a rating from 0 to 5
    AttributeRating = "attribute.rating";
    /// not a reference to a record
    AttributeRecordReference = "attribute.record_reference";
    /// not an option of the select attribute
    AttributeSelect = "attribute.select";
    /// not a status of the status attribute
    AttributeStatus = "attribute.status";
    /// not a text
    AttributeText = "attribute.text";
    /// not a timestamp
    AttributeTimestamp = "attribute.timestamp";

    /// two subscriptions of one plan set an attribute to different values
    PlanConflict = "plan.conflict";
    /// a configuration warning: two subscriptions can set an attribute to different values for one event
    PlanOverlap = "plan.overlap";
    /// a configuration warning: the mapping can never take effect
    PlanUnreachable = "plan.unreachable";

    /// a plan does not hold together and cannot be delivered
    DeliveryPlan = "delivery.plan";
    /// a record that a value refers to does not exist
    DeliveryMissingReference = "delivery.missing_reference";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_dotted_and_unique() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code} stands twice");
            assert_eq!(code.as_str().split('.').count(), 2, "{code}");
        }
    }

    #[test]
    fn a_diagnostic_reads_where_expected_got_help() {
        let diagnostic = Diagnostic::error(
            Code::AttributeDate,
            "/subscriptions/0/mapping/company_attributes/foundation_date",
            "`foundation_date` expected a date, got the string `soon`",
        )
        .help("write `YYYY-MM-DD`, or map it from a trait that holds a date");
        insta::assert_snapshot!(diagnostic, @r"
        error[attribute.date]: `foundation_date` expected a date, got the string `soon`
          at: /subscriptions/0/mapping/company_attributes/foundation_date
          help: write `YYYY-MM-DD`, or map it from a trait that holds a date
        ");
    }

    #[test]
    fn did_you_mean_names_the_nearest() {
        assert_eq!(
            did_you_mean("emial_addresses", ["name", "email_addresses"]),
            Some("email_addresses")
        );
        assert_eq!(did_you_mean("qqq", ["name"]), None);
        let help = |word| nearest_or_all(word, "the keys", ["name", "email_addresses"]);
        assert_eq!(help("nmae"), "did you mean `name`?");
        assert_eq!(help("qqq"), "the keys are `name`, `email_addresses`");
    }
}

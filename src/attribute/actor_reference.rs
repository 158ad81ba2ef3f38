//! `actor-reference`: a member of the workspace.
//!
//! Attio has other actors (`system`, `api-token`), and takes only members in a write. Not done on purpose: members are not
//! found by their names.

use super::email_address::{self, NoAddress};
use super::host::trimmed;
use super::known::is_uuid;
use super::{Finding, To};
use crate::diagnostic::{Code, did_you_mean};
use crate::json::{Object, Value, write_string};

mod examples;

pub(super) use examples::EXAMPLES;

const WHAT: &str = "a workspace member";

const EMAIL: &str = "workspace_member_email_address";
const TYPE: &str = "referenced_actor_type";
const ID: &str = "referenced_actor_id";
const MEMBER: &str = "workspace-member";

pub(super) const DESCRIPTION: &str = "\
A member of the workspace. Attio takes the member's e-mail address, as a string or as \
`{\"workspace_member_email_address\": string}`, or the id as `{\"referenced_actor_type\": \"workspace-member\", \
\"referenced_actor_id\": UUID}`. Taken too: the id alone, and e-mail addresses with a name around them. When the members \
are known, anybody else is refused.";

pub(super) fn coerce(
    value: &Value<'_>,
    to: &mut To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    match value {
        Value::String(text) if is_uuid(trimmed(text)) && !to.strict() => by_id(trimmed(text), value, to, out),
        Value::String(text) => by_email(text, value, to, out),
        Value::Object(object) => from_object(object, value, to, out),
        _ => Err(to
            .expected(Code::AttributeActorReference, WHAT, value)
            .help("send the e-mail address of a member")),
    }
}

fn from_object(
    object: &Object<'_>,
    value: &Value<'_>,
    to: &To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    if let Some(finding) = to.unknown_keys(WHAT, object, &[EMAIL, TYPE, ID]) {
        return Err(finding);
    }
    let refused = |value: &Value<'_>, help: &str| {
        Err(to.expected(Code::AttributeActorReference, WHAT, value).help(help))
    };
    match (object.get(EMAIL), object.get(TYPE), object.get(ID)) {
        (Some(email), None, None) => match email {
            Value::String(text) => by_email(text, email, to, out),
            _ => refused(email, "send the e-mail address of a member"),
        },
        (None, Some(kind), Some(_)) if kind.as_str() != Some(MEMBER) => {
            refused(kind, "only actors of the type `workspace-member` can be written")
        }
        (None, kind, Some(id)) if kind.is_some() || !to.strict() => match id {
            Value::String(text) if is_uuid(trimmed(text)) => by_id(trimmed(text), id, to, out),
            _ => refused(id, "the id of a member is a UUID"),
        },
        _ => refused(
            value,
            "send `workspace_member_email_address`, or `referenced_actor_type` and `referenced_actor_id`",
        ),
    }
}

fn by_email(
    text: &str,
    value: &Value<'_>,
    to: &To<'_, '_>,
    out: &mut String,
) -> Result<(), Finding> {
    let refused = |help: &str| {
        Err(to.expected(Code::AttributeActorReference, WHAT, value).help(help))
    };
    let address = match email_address::parse(text) {
        Ok(address) if to.strict() && !address.is_alone => {
            return refused(email_address::help(NoAddress::Strict));
        }
        Ok(address) => address,
        Err(NoAddress::Shape) => return refused("send the e-mail address of a member, such as `jane@example.com`"),
        Err(why) => return refused(email_address::help(why)),
    };
    out.push_str("{\"workspace_member_email_address\":");
    match &to.coercer.known.members {
        None => address.write(out),
        Some(members) => {
            let address = address.to_text();
            let Some(member) = members.by_email(&address) else {
                let all = || members.all().iter().map(|member| member.email_address.as_str());
                return refused(&match did_you_mean(&address, all()) {
                    Some(near) => format!("no member has this address; did you mean `{near}`?"),
                    None => "no member of the workspace has this address; pull the schema again if it is a new one".to_owned(),
                });
            };
            write_string(&member.email_address, out);
        }
    }
    out.push('}');
    Ok(())
}

fn by_id(id: &str, value: &Value<'_>, to: &To<'_, '_>, out: &mut String) -> Result<(), Finding> {
    let id = match &to.coercer.known.members {
        None => id,
        Some(members) => match members.by_id(id) {
            Some(member) => &member.id,
            None => {
                return Err(to
                    .expected(Code::AttributeActorReference, WHAT, value)
                    .help("no member of the workspace has this id; pull the schema again if it is a new one"));
            }
        },
    };
    out.push_str("{\"referenced_actor_type\":\"workspace-member\",\"referenced_actor_id\":");
    write_string(id, out);
    out.push('}');
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::attribute::tests::{of, said};
    use crate::attribute::{Coercer, Options};
    use crate::schema::{Attribute, AttributeType, Member, Schema};

    #[test]
    fn refusals_say_what_was_expected_and_how_to_mend_it() {
        let anybody = of(AttributeType::ActorReference);
        let texts = [
            r#""Tom Lee""#,
            r#""tom@localhost""#,
            r#"{"referenced_actor_type":"system","referenced_actor_id":null}"#,
            r#"{"referenced_actor_id":"me"}"#,
            r#"{"referenced_actor_type":"workspace-member"}"#,
            r#"{"id":1}"#,
            "7",
        ]
        .map(|input| said(&anybody, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.actor_reference]: `it` expected a workspace member, got the string `Tom Lee`
          help: send the e-mail address of a member, such as `jane@example.com`
        error[attribute.actor_reference]: `it` expected a workspace member, got the string `tom@localhost`
          help: send the whole domain, as in `jane@example.com`
        error[attribute.actor_reference]: `it` expected a workspace member, got the string `system`
          help: only actors of the type `workspace-member` can be written
        error[attribute.actor_reference]: `it` expected a workspace member, got the string `me`
          help: the id of a member is a UUID
        error[attribute.actor_reference]: `it` expected a workspace member, got an object
          help: send `workspace_member_email_address`, or `referenced_actor_type` and `referenced_actor_id`
        error[attribute.unknown_key]: `it` expected a workspace member, got an object with `id`
          help: the keys are `workspace_member_email_address`, `referenced_actor_type`, `referenced_actor_id`
        error[attribute.actor_reference]: `it` expected a workspace member, got the number `7`
          help: send the e-mail address of a member
        ");
    }

    #[test]
    fn who_is_no_member_is_told_apart_from_a_typing_error() {
        let mut schema = Schema::standard().clone();
        schema.members = Some(vec![Member {
            id: "50cf242c-7fa3-4cad-87d0-75b1af71c57b".to_owned(),
            email_address: "tom@acme.com".to_owned(),
            name: String::new(),
        }]);
        let attribute = Attribute::of(AttributeType::ActorReference);
        let members = Coercer::new("it", &attribute, &schema, &Options::default());
        let texts = [
            r#""tmo@acme.com""#,
            r#""eve@example.org""#,
            r#""99a03ff3-0435-47da-95cc-76b2caeb4dab""#,
        ]
        .map(|input| said(&members, input));
        insta::assert_snapshot!(texts.join("\n"), @r"
        error[attribute.actor_reference]: `it` expected a workspace member, got the string `tmo@acme.com`
          help: no member has this address; did you mean `tom@acme.com`?
        error[attribute.actor_reference]: `it` expected a workspace member, got the string `eve@example.org`
          help: no member of the workspace has this address; pull the schema again if it is a new one
        error[attribute.actor_reference]: `it` expected a workspace member, got the string `99a03ff3-0435-47da-95cc-76b2caeb4dab`
          help: no member of the workspace has this id; pull the schema again if it is a new one
        ");
    }
}

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

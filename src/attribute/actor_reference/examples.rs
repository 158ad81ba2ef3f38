//! What people send as actors.

use crate::attribute::Example;
use crate::diagnostic::Code;

pub(in crate::attribute) const EXAMPLES: &[Example] = &[
    Example::documented(r#""alice@attio.com""#, r#"{"workspace_member_email_address":"alice@attio.com"}"#, "an e-mail address"),
    Example::documented(r#"{"workspace_member_email_address":"alice@attio.com"}"#, r#"{"workspace_member_email_address":"alice@attio.com"}"#, "Attio's form of one"),
    Example::documented(r#"{"referenced_actor_type":"workspace-member","referenced_actor_id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b"}"#, r#"{"referenced_actor_type":"workspace-member","referenced_actor_id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b"}"#, "Attio's form of an id"),
    Example::documented(r#"["alice@attio.com"]"#, r#"{"workspace_member_email_address":"alice@attio.com"}"#, "a list of one"),
    Example::documented(r#"["alice@attio.com","bob@attio.com"]"#, r#"[{"workspace_member_email_address":"alice@attio.com"},{"workspace_member_email_address":"bob@attio.com"}]"#, "several members")
        .given(r#"{"is_multiselect":true}"#),
    Example::documented(r#"["alice@attio.com","alice@ATTIO.com",{"workspace_member_email_address":"alice@attio.com"}]"#, r#"[{"workspace_member_email_address":"alice@attio.com"}]"#, "the same member three times")
        .given(r#"{"is_multiselect":true}"#),
    Example::documented(r#"["alice@attio.com",{"referenced_actor_type":"workspace-member","referenced_actor_id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b"}]"#, r#"[{"workspace_member_email_address":"alice@attio.com"},{"referenced_actor_type":"workspace-member","referenced_actor_id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b"}]"#, "both forms in one list")
        .given(r#"{"is_multiselect":true}"#),
    Example::documented(r#""Alice.Smith+crm@ATTIO.com""#, r#"{"workspace_member_email_address":"Alice.Smith+crm@attio.com"}"#, "capital letters stay before the `@`"),
    Example::documented(r#""jane@münchen.de""#, r#"{"workspace_member_email_address":"jane@xn--mnchen-3ya.de"}"#, "an international domain"),
    Example::documented(r#""tom@acme.com""#, r#"{"workspace_member_email_address":"tom@acme.com"}"#, "a known member")
        .given(r#"{"members":[{"id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b","email_address":"Jane@Acme.com","name":"Jane Doe"},{"id":"891dcbfc-9141-415d-9b2a-2238a6cc012d","email_address":"tom@acme.com"}]}"#),
    Example::documented(r#""jane@acme.com""#, r#"{"workspace_member_email_address":"Jane@Acme.com"}"#, "a known member in other letters")
        .given(r#"{"members":[{"id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b","email_address":"Jane@Acme.com","name":"Jane Doe"},{"id":"891dcbfc-9141-415d-9b2a-2238a6cc012d","email_address":"tom@acme.com"}]}"#),
    Example::documented(r#"{"referenced_actor_type":"workspace-member","referenced_actor_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, r#"{"referenced_actor_type":"workspace-member","referenced_actor_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, "the id of a known member")
        .given(r#"{"members":[{"id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b","email_address":"Jane@Acme.com","name":"Jane Doe"},{"id":"891dcbfc-9141-415d-9b2a-2238a6cc012d","email_address":"tom@acme.com"}]}"#),
    Example::documented(r#"["tom@acme.com","eve@acme.com"]"#, r#"[{"workspace_member_email_address":"tom@acme.com"}]"#, "one of a list is nobody")
        .given(r#"{"is_multiselect":true,"members":[{"id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b","email_address":"Jane@Acme.com","name":"Jane Doe"},{"id":"891dcbfc-9141-415d-9b2a-2238a6cc012d","email_address":"tom@acme.com"}]}"#).finding(&[Code::AttributeActorReference]),
    Example::taken(r#""50cf242c-7fa3-4cad-87d0-75b1af71c57b""#, r#"{"referenced_actor_type":"workspace-member","referenced_actor_id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b"}"#, "an id"),
    Example::taken(r#""50CF242C-7FA3-4CAD-87D0-75B1AF71C57B""#, r#"{"referenced_actor_type":"workspace-member","referenced_actor_id":"50CF242C-7FA3-4CAD-87D0-75B1AF71C57B"}"#, "an id in capital letters"),
    Example::taken(r#""50CF242C-7FA3-4CAD-87D0-75B1AF71C57B""#, r#"{"referenced_actor_type":"workspace-member","referenced_actor_id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b"}"#, "the id of a known member in capital letters")
        .given(r#"{"members":[{"id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b","email_address":"Jane@Acme.com","name":"Jane Doe"},{"id":"891dcbfc-9141-415d-9b2a-2238a6cc012d","email_address":"tom@acme.com"}]}"#),
    Example::taken(r#"" 50cf242c-7fa3-4cad-87d0-75b1af71c57b\n""#, r#"{"referenced_actor_type":"workspace-member","referenced_actor_id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b"}"#, "white space around one"),
    Example::taken(r#"" tom@acme.com ""#, r#"{"workspace_member_email_address":"tom@acme.com"}"#, "white space around an address"),
    Example::taken(r#""Tom Lee <tom@acme.com>""#, r#"{"workspace_member_email_address":"tom@acme.com"}"#, "a name before the address"),
    Example::taken(r#""Tom Lee <TOM@acme.com>""#, r#"{"workspace_member_email_address":"tom@acme.com"}"#, "a known member with a name")
        .given(r#"{"members":[{"id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b","email_address":"Jane@Acme.com","name":"Jane Doe"},{"id":"891dcbfc-9141-415d-9b2a-2238a6cc012d","email_address":"tom@acme.com"}]}"#),
    Example::taken(r#""mailto:tom@acme.com""#, r#"{"workspace_member_email_address":"tom@acme.com"}"#, "a link"),
    Example::taken(r#""'tom@acme.com'""#, r#"{"workspace_member_email_address":"tom@acme.com"}"#, "quotes around the address"),
    Example::taken(r#"{"referenced_actor_id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b"}"#, r#"{"referenced_actor_type":"workspace-member","referenced_actor_id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b"}"#, "an id without its type"),
    Example::taken(r#"{"workspace_member_email_address":"Tom <tom@acme.com>"}"#, r#"{"workspace_member_email_address":"tom@acme.com"}"#, "a name in Attio's form"),
    Example::refused(r#""Tom Lee""#, Code::AttributeActorReference, "a name"),
    Example::refused(r#""Jane Doe""#, Code::AttributeActorReference, "the name of a known member")
        .given(r#"{"members":[{"id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b","email_address":"Jane@Acme.com","name":"Jane Doe"},{"id":"891dcbfc-9141-415d-9b2a-2238a6cc012d","email_address":"tom@acme.com"}]}"#),
    Example::refused(r#""eve@acme.com""#, Code::AttributeActorReference, "nobody")
        .given(r#"{"members":[{"id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b","email_address":"Jane@Acme.com","name":"Jane Doe"},{"id":"891dcbfc-9141-415d-9b2a-2238a6cc012d","email_address":"tom@acme.com"}]}"#),
    Example::refused(r#""tm@acme.com""#, Code::AttributeActorReference, "a typing error")
        .given(r#"{"members":[{"id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b","email_address":"Jane@Acme.com","name":"Jane Doe"},{"id":"891dcbfc-9141-415d-9b2a-2238a6cc012d","email_address":"tom@acme.com"}]}"#),
    Example::refused(r#""99a03ff3-0435-47da-95cc-76b2caeb4dab""#, Code::AttributeActorReference, "the id of nobody")
        .given(r#"{"members":[{"id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b","email_address":"Jane@Acme.com","name":"Jane Doe"},{"id":"891dcbfc-9141-415d-9b2a-2238a6cc012d","email_address":"tom@acme.com"}]}"#),
    Example::refused(r#"{"referenced_actor_type":"workspace-member","referenced_actor_id":"99a03ff3-0435-47da-95cc-76b2caeb4dab"}"#, Code::AttributeActorReference, "the same in Attio's form")
        .given(r#"{"members":[{"id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b","email_address":"Jane@Acme.com","name":"Jane Doe"},{"id":"891dcbfc-9141-415d-9b2a-2238a6cc012d","email_address":"tom@acme.com"}]}"#),
    Example::refused(r#""a@acme.com, b@acme.com""#, Code::AttributeActorReference, "two addresses in one string"),
    Example::refused(r#""tom@localhost""#, Code::AttributeActorReference, "an address of the machine itself"),
    Example::refused(r#""tom@acme""#, Code::AttributeActorReference, "a domain of one word"),
    Example::refused(r#""50cf242c""#, Code::AttributeActorReference, "a part of an id"),
    Example::refused(r#""@tom""#, Code::AttributeActorReference, "a name in a chat"),
    Example::refused(r#"{"referenced_actor_type":"api-token","referenced_actor_id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b"}"#, Code::AttributeActorReference, "another type of actor"),
    Example::refused(r#"{"referenced_actor_type":"system","referenced_actor_id":null}"#, Code::AttributeActorReference, "the system"),
    Example::refused(r#"{"referenced_actor_type":"workspace-member"}"#, Code::AttributeActorReference, "a type without an id"),
    Example::refused(r#"{"referenced_actor_type":"workspace-member","referenced_actor_id":"me"}"#, Code::AttributeActorReference, "an id that is none"),
    Example::refused(r#"{"referenced_actor_type":"workspace-member","referenced_actor_id":7}"#, Code::AttributeActorReference, "an id as a number"),
    Example::refused(r#"{"workspace_member_email_address":"tom@acme.com","referenced_actor_type":"workspace-member","referenced_actor_id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b"}"#, Code::AttributeActorReference, "both forms at once"),
    Example::refused(r#"{"workspace_member_email_address":null}"#, Code::AttributeActorReference, "Attio's form around nothing"),
    Example::refused("{}", Code::AttributeActorReference, "an empty object"),
    Example::refused(r#"{"type":"workspace-member","id":"50cf242c-7fa3-4cad-87d0-75b1af71c57b"}"#, Code::AttributeUnknownKey, "the form of `created_by_actor`"),
    Example::refused(r#"{"email":"tom@acme.com"}"#, Code::AttributeUnknownKey, "a form that is not Attio's"),
    Example::refused("42", Code::AttributeActorReference, "a number"),
    Example::refused("false", Code::AttributeActorReference, "a boolean"),
    Example::refused(r#"["a@acme.com","b@acme.com"]"#, Code::AttributeTooMany, "a list for an attribute of one value"),
    Example::omitted(r#""""#, "an empty string"),
];

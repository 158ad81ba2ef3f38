//! What people send as references.

use crate::attribute::Example;
use crate::diagnostic::Code;

pub(in crate::attribute) const EXAMPLES: &[Example] = &[
    Example::documented(r#"{"domains":[{"domain":"company.com"}],"target_object":"companies"}"#, r#"{"target_object":"companies","domains":[{"domain":"company.com"}]}"#, "a company by its domain")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::documented(r#"{"email_addresses":[{"email_address":"jane@acme.com"}],"target_object":"people"}"#, r#"{"target_object":"people","email_addresses":[{"email_address":"jane@acme.com"}]}"#, "a person by an e-mail address")
        .given(r#"{"allowed_objects":["people"]}"#),
    Example::documented(r#"{"user_id":[{"value":"my-user-id"}],"target_object":"users"}"#, r#"{"target_object":"users","user_id":[{"value":"my-user-id"}]}"#, "a user by its id")
        .given(r#"{"allowed_objects":["users"]}"#),
    Example::documented(r#"{"workspace_id":[{"value":"my-workspace-id"}],"target_object":"workspaces"}"#, r#"{"target_object":"workspaces","workspace_id":[{"value":"my-workspace-id"}]}"#, "a workspace by its id")
        .given(r#"{"allowed_objects":["workspaces"]}"#),
    Example::documented(r#"{"target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d","target_object":"companies"}"#, r#"{"target_object":"companies","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, "a record by its id")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::documented(r#""company.com""#, r#"{"target_object":"companies","domains":[{"domain":"company.com"}]}"#, "a company's domain")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::documented(r#"["company.com","company.net"]"#, r#"[{"target_object":"companies","domains":[{"domain":"company.com"}]},{"target_object":"companies","domains":[{"domain":"company.net"}]}]"#, "two companies")
        .given(r#"{"allowed_objects":["companies"],"is_multiselect":true}"#),
    Example::documented(r#""jane@acme.com""#, r#"{"target_object":"people","email_addresses":[{"email_address":"jane@acme.com"}]}"#, "a person's e-mail address")
        .given(r#"{"allowed_objects":["people"]}"#),
    Example::documented(r#"["jane@acme.com","tom@acme.com"]"#, r#"[{"target_object":"people","email_addresses":[{"email_address":"jane@acme.com"}]},{"target_object":"people","email_addresses":[{"email_address":"tom@acme.com"}]}]"#, "two persons")
        .given(r#"{"allowed_objects":["people"],"is_multiselect":true}"#),
    Example::documented(r#"["jane@acme.com","jane@ACME.com"]"#, r#"[{"target_object":"people","email_addresses":[{"email_address":"jane@acme.com"}]}]"#, "the same person twice")
        .given(r#"{"allowed_objects":["people"],"is_multiselect":true}"#),
    Example::documented(r#""my-user-id""#, r#"{"target_object":"users","user_id":[{"value":"my-user-id"}]}"#, "the id of a user")
        .given(r#"{"allowed_objects":["users"]}"#),
    Example::documented(r#"["my-user-id","another-user-id"]"#, r#"[{"target_object":"users","user_id":[{"value":"my-user-id"}]},{"target_object":"users","user_id":[{"value":"another-user-id"}]}]"#, "two users")
        .given(r#"{"allowed_objects":["users"],"is_multiselect":true}"#),
    Example::documented(r#""my-workspace-id""#, r#"{"target_object":"workspaces","workspace_id":[{"value":"my-workspace-id"}]}"#, "the id of a workspace")
        .given(r#"{"allowed_objects":["workspaces"]}"#),
    Example::documented(r#""891dcbfc-9141-415d-9b2a-2238a6cc012d""#, r#"{"target_object":"users","user_id":[{"value":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}]}"#, "the id of a user that is a UUID")
        .given(r#"{"allowed_objects":["users"]}"#),
    Example::documented(r#""891dcbfc-9141-415d-9b2a-2238a6cc012d""#, r#"{"target_object":"workspaces","workspace_id":[{"value":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}]}"#, "the id of a workspace that is a UUID")
        .given(r#"{"allowed_objects":["workspaces"]}"#),
    Example::documented(r#""jane@acme.com""#, r#"{"target_object":"users","user_id":[{"value":"jane@acme.com"}]}"#, "the id of a user that is an e-mail address")
        .given(r#"{"allowed_objects":["users"]}"#),
    Example::documented(r#"" u 1 ""#, r#"{"target_object":"users","user_id":[{"value":" u 1 "}]}"#, "ids of users are kept as they are")
        .given(r#"{"allowed_objects":["users"]}"#),
    Example::documented(r#"{"target_object":"users","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, r#"{"target_object":"users","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, "a user by the id of its record")
        .given(r#"{"allowed_objects":["users"]}"#),
    Example::documented(r#"{"target_object":"deals","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, r#"{"target_object":"deals","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, "a deal by its id")
        .given(r#"{"allowed_objects":["deals"]}"#),
    Example::documented(r#"{"target_object":"projects","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, r#"{"target_object":"projects","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, "an object of the workspace's own")
        .given(r#"{"allowed_objects":["projects"]}"#),
    Example::documented(r#"{"target_object":"projects","code":[{"value":"P-1"}]}"#, r#"{"target_object":"projects","code":[{"value":"P-1"}]}"#, "one by a unique attribute")
        .given(r#"{"allowed_objects":["projects"]}"#),
    Example::documented(r#"{"target_object":"people","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, r#"{"target_object":"people","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, "an object named where several are allowed")
        .given(r#"{"allowed_objects":["companies","people"]}"#),
    Example::documented(r#"{"target_object":"companies","domains":[{"domain":"acme.com"}]}"#, r#"{"target_object":"companies","domains":[{"domain":"acme.com"}]}"#, "a company where several objects are allowed")
        .given(r#"{"allowed_objects":["companies","people"]}"#),
    Example::documented(r#"{"target_object":"projects","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, r#"{"target_object":"projects","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, "any object where all are allowed"),
    Example::documented(r#"{"target_object":"people","41252299-f8c7-4b5e-99c9-4ff8321d2f96":[{"value":"x"}]}"#, r#"{"target_object":"people","41252299-f8c7-4b5e-99c9-4ff8321d2f96":[{"value":"x"}]}"#, "a unique attribute named by its id")
        .given(r#"{"allowed_objects":["people"]}"#),
    Example::documented(r#""https://www.Acme.com/about""#, r#"{"target_object":"companies","domains":[{"domain":"acme.com"}]}"#, "a company's URL")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::documented(r#"["acme.com","localhost"]"#, r#"[{"target_object":"companies","domains":[{"domain":"acme.com"}]}]"#, "one of a list is refused")
        .given(r#"{"allowed_objects":["companies"],"is_multiselect":true}"#).finding(&[Code::AttributeDomain]),
    Example::taken(r#""891dcbfc-9141-415d-9b2a-2238a6cc012d""#, r#"{"target_object":"companies","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, "an id alone")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::taken(r#""891dcbfc-9141-415d-9b2a-2238a6cc012d""#, r#"{"target_object":"people","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, "the id of a person's record alone")
        .given(r#"{"allowed_objects":["people"]}"#),
    Example::taken(r#"" 891dcbfc-9141-415d-9b2a-2238a6cc012d ""#, r#"{"target_object":"deals","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, "the id of a deal alone")
        .given(r#"{"allowed_objects":["deals"]}"#),
    Example::taken(r#""891dcbfc-9141-415d-9b2a-2238a6cc012d""#, r#"{"target_object":"projects","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, "the id of another record alone")
        .given(r#"{"allowed_objects":["projects"]}"#),
    Example::taken(r#""Jane Doe <jane@acme.com>""#, r#"{"target_object":"people","email_addresses":[{"email_address":"jane@acme.com"}]}"#, "a person's address with a name")
        .given(r#"{"allowed_objects":["people"]}"#),
    Example::taken(r#""jane@acme.com""#, r#"{"target_object":"companies","domains":[{"domain":"acme.com"}]}"#, "a company by an e-mail address")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::taken("12345", r#"{"target_object":"users","user_id":[{"value":"12345"}]}"#, "the id of a user as a number")
        .given(r#"{"allowed_objects":["users"]}"#),
    Example::taken("12345678901234567890123", r#"{"target_object":"workspaces","workspace_id":[{"value":"12345678901234567890123"}]}"#, "the id of a workspace as a long number")
        .given(r#"{"allowed_objects":["workspaces"]}"#),
    Example::taken(r#"{"target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, r#"{"target_object":"companies","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, "the only object need not be named")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::taken(r#"{"record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, r#"{"target_object":"people","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, "an id by the name that it has among the attributes")
        .given(r#"{"allowed_objects":["people"]}"#),
    Example::taken(r#"{"domains":"acme.com"}"#, r#"{"target_object":"companies","domains":[{"domain":"acme.com"}]}"#, "a domain without its list")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::taken(r#"{"target_object":"people","email_addresses":"jane@acme.com"}"#, r#"{"target_object":"people","email_addresses":[{"email_address":"jane@acme.com"}]}"#, "an address without its list")
        .given(r#"{"allowed_objects":["people"]}"#),
    Example::taken(r#"{"target_object":"users","user_id":7}"#, r#"{"target_object":"users","user_id":[{"value":"7"}]}"#, "an id as a number without its list")
        .given(r#"{"allowed_objects":["users"]}"#),
    Example::taken(r#"{"target_object":"projects","code":"P-1"}"#, r#"{"target_object":"projects","code":["P-1"]}"#, "an attribute that is not known, without its list")
        .given(r#"{"allowed_objects":["projects"]}"#),
    Example::documented(r#"{"target_object":"companies","domains":["acme.com"]}"#, r#"{"target_object":"companies","domains":[{"domain":"acme.com"}]}"#, "a list of a plain domain")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused(r#""acme.com""#, Code::AttributeRecordReference, "a domain where several objects are allowed")
        .given(r#"{"allowed_objects":["companies","people"]}"#),
    Example::refused(r#""891dcbfc-9141-415d-9b2a-2238a6cc012d""#, Code::AttributeRecordReference, "an id where several objects are allowed")
        .given(r#"{"allowed_objects":["companies","people"]}"#),
    Example::refused(r#""891dcbfc-9141-415d-9b2a-2238a6cc012d""#, Code::AttributeRecordReference, "an id where all objects are allowed"),
    Example::refused(r#"{"target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, Code::AttributeRecordReference, "an object that is not named where several are allowed")
        .given(r#"{"allowed_objects":["companies","people"]}"#),
    Example::refused(r#""Acme Inc""#, Code::AttributeDomain, "a company's name")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused(r#""Jane Doe""#, Code::AttributeEmailAddress, "a person's name")
        .given(r#"{"allowed_objects":["people"]}"#),
    Example::refused(r#""Big deal""#, Code::AttributeRecordReference, "a deal's name")
        .given(r#"{"allowed_objects":["deals"]}"#),
    Example::refused(r#""P-1""#, Code::AttributeRecordReference, "a bare value for an object of the workspace's own")
        .given(r#"{"allowed_objects":["projects"]}"#),
    Example::refused(r#"{"target_object":"people","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, Code::AttributeRecordReference, "a record of another object")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused(r#"{"target_object":"company","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, Code::AttributeRecordReference, "an object with a typing error")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused(r#"{"target_object":"companies","target_record_id":"acme"}"#, Code::AttributeRecordReference, "an id that is none")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused(r#"{"target_object":"people","record_id":"x"}"#, Code::AttributeRecordReference, "the same by its other name")
        .given(r#"{"allowed_objects":["people"]}"#),
    Example::refused(r#"{"target_object":"companies"}"#, Code::AttributeRecordReference, "an object without a record")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused("{}", Code::AttributeRecordReference, "an empty object")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused(r#"{"target_object":"companies","name":[{"value":"Acme"}]}"#, Code::AttributeRecordReference, "an attribute that is not unique")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused(r#"{"target_object":"companies","domain":[{"domain":"acme.com"}]}"#, Code::AttributeRecordReference, "an attribute with a typing error")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused(r#"{"target_object":"companies","domains":[{"domain":"acme.com"},{"domain":"acme.io"}]}"#, Code::AttributeRecordReference, "two values to find one record by")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused(r#"{"target_object":"companies","domains":[]}"#, Code::AttributeRecordReference, "none to find one by")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused(r#"{"target_object":"companies","domains":""}"#, Code::AttributeRecordReference, "a blank one")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused(r#"{"target_object":"users","user_id":[{"value":null}]}"#, Code::AttributeText, "nothing in Attio's form")
        .given(r#"{"allowed_objects":["users"]}"#),
    Example::refused(r#"{"target_object":"companies","domains":"acme.com","target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, Code::AttributeUnknownKey, "two ways to find one record")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused(r#"{"target_object":7,"target_record_id":"891dcbfc-9141-415d-9b2a-2238a6cc012d"}"#, Code::AttributeRecordReference, "an object as a number")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused("42", Code::AttributeDomain, "a number for a company")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::refused("true", Code::AttributeRecordReference, "a boolean")
        .given(r#"{"allowed_objects":["users"]}"#),
    Example::refused(r#"["a.com","b.com"]"#, Code::AttributeTooMany, "a list for an attribute of one value")
        .given(r#"{"allowed_objects":["companies"]}"#),
    Example::omitted(r#""""#, "an empty string")
        .given(r#"{"allowed_objects":["companies"]}"#),
];

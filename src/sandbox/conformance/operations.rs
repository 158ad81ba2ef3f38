//! The operations, their requests and answers, as Attio describes them.

/// What a JSON value looks like.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    Text,
    /// A string that is a UUID.
    Uuid,
    /// A string that is a timestamp in UTC.
    Moment,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// One of these shapes.
    Either(&'static [Shape]),
    /// An array of a shape.
    List(&'static Shape),
    /// An object with any keys and values of a shape.
    Map(&'static Shape),
    /// An object with these keys, some of them optional, and no others.
    Object(&'static [Key]),
    /// An object with these keys and any others.
    Open(&'static [Key]),
    /// A value of an attribute as it is read, by its `attribute_type`.
    AttributeValue,
}

/// A key of an object.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) is_required: bool,
}

const fn key(name: &'static str, shape: Shape) -> Key {
    Key {
        name,
        shape,
        is_required: true,
    }
}

const fn maybe(name: &'static str, shape: Shape) -> Key {
    Key {
        name,
        shape,
        is_required: false,
    }
}

/// One operation: what it is called with, and how it answers.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The method.
    pub method: &'static str,
    /// The path; a segment in braces stands for anything.
    pub path: &'static str,
    /// The query parameters, and whether each must be there.
    pub query: &'static [(&'static str, bool)],
    /// The request's body; none when there is no such thing.
    pub request: Option<Shape>,
    /// Whether the body may be left out.
    pub is_body_optional: bool,
    /// The status of success.
    pub status: u16,
    /// The body of success.
    pub answer: Shape,
    /// What else it answers, apart from what every operation may: status and code.
    pub refusals: &'static [(u16, &'static str)],
}

use Shape::{
    Any, AttributeValue, Bool, Either, List, Map, Null, Number, Object, OneOf, Open, Text, Uuid,
};

const NULLABLE_TEXT: Shape = Either(&[Text, Null]);
const TYPES: &[&str] = &[
    "actor-reference",
    "checkbox",
    "currency",
    "date",
    "domain",
    "email-address",
    "interaction",
    "location",
    "number",
    "personal-name",
    "phone-number",
    "rating",
    "record-reference",
    "select",
    "status",
    "text",
    "timestamp",
];

const OBJECT: Shape = Open(&[
    key(
        "id",
        Open(&[key("workspace_id", Uuid), key("object_id", Uuid)]),
    ),
    key("api_slug", NULLABLE_TEXT),
    key("singular_noun", NULLABLE_TEXT),
    key("plural_noun", NULLABLE_TEXT),
    key("created_at", Shape::Moment),
]);

const ATTRIBUTE_ID: Shape = Open(&[
    key("workspace_id", Uuid),
    key("object_id", Uuid),
    key("attribute_id", Uuid),
]);

const ATTRIBUTE: Shape = Open(&[
    key("id", ATTRIBUTE_ID),
    key("title", Text),
    key("description", NULLABLE_TEXT),
    key("api_slug", Text),
    key("type", OneOf(TYPES)),
    key("is_system_attribute", Bool),
    key("is_writable", Bool),
    key("is_required", Bool),
    key("is_unique", Bool),
    key("is_multiselect", Bool),
    key("is_default_value_enabled", Bool),
    key("is_archived", Bool),
    key("default_value", Any),
    key(
        "relationship",
        Either(&[Null, Open(&[key("id", ATTRIBUTE_ID)])]),
    ),
    key("created_at", Shape::Moment),
    key(
        "config",
        Open(&[
            key(
                "currency",
                Open(&[
                    key("default_currency_code", NULLABLE_TEXT),
                    key("display_type", NULLABLE_TEXT),
                ]),
            ),
            key(
                "record_reference",
                Open(&[key("allowed_object_ids", Either(&[Null, List(&Uuid)]))]),
            ),
        ]),
    ),
]);

const OPTION: Shape = Open(&[
    key(
        "id",
        Open(&[
            key("workspace_id", Uuid),
            key("object_id", Uuid),
            key("attribute_id", Uuid),
            key("option_id", Uuid),
        ]),
    ),
    key("title", Text),
    key("is_archived", Bool),
]);

const STATUS: Shape = Open(&[
    key(
        "id",
        Open(&[
            key("workspace_id", Uuid),
            key("object_id", Uuid),
            key("attribute_id", Uuid),
            key("status_id", Uuid),
        ]),
    ),
    key("title", Text),
    key("is_archived", Bool),
    key("celebration_enabled", Bool),
    key("target_time_in_status", NULLABLE_TEXT),
]);

const MEMBER: Shape = Open(&[
    key(
        "id",
        Open(&[key("workspace_id", Uuid), key("workspace_member_id", Uuid)]),
    ),
    key("first_name", Text),
    key("last_name", Text),
    key("avatar_url", NULLABLE_TEXT),
    key("email_address", Text),
    key("created_at", Shape::Moment),
    key("access_level", OneOf(&["admin", "member", "suspended"])),
]);

const RECORD: Shape = Open(&[
    key(
        "id",
        Open(&[
            key("workspace_id", Uuid),
            key("object_id", Uuid),
            key("record_id", Uuid),
        ]),
    ),
    key("created_at", Shape::Moment),
    key("values", Map(&List(&AttributeValue))),
]);

const SELF: Shape = Either(&[
    Object(&[key("active", Bool)]),
    Open(&[
        key("active", Bool),
        key("scope", Text),
        key("client_id", Text),
        key("token_type", OneOf(&["Bearer"])),
        key("exp", Either(&[Number, Null])),
        key("iat", Number),
        key("sub", Uuid),
        key("aud", Text),
        key("iss", OneOf(&["attio.com"])),
        key("authorized_by_workspace_member_id", Either(&[Uuid, Null])),
        key("workspace_id", Uuid),
        key("workspace_name", Text),
        key("workspace_slug", Text),
        key("workspace_logo_url", NULLABLE_TEXT),
    ]),
]);

/// A write value: a scalar, an object, or a list of either; `null` unsets.
const INPUT: Shape = Either(&[Null, ELEMENT, List(&ELEMENT)]);
const ELEMENT: Shape = Either(&[Text, Number, Bool, Map(&Any)]);
const WRITE: Shape = Open(&[key("data", Object(&[key("values", Map(&INPUT))]))]);

const NEW_ATTRIBUTE: Shape = Open(&[key(
    "data",
    Object(&[
        key("title", Text),
        key("description", NULLABLE_TEXT),
        key("api_slug", Text),
        key("type", OneOf(TYPES)),
        key("is_required", Bool),
        key("is_unique", Bool),
        key("is_multiselect", Bool),
        maybe("default_value", Any),
        key(
            "config",
            Open(&[
                maybe(
                    "currency",
                    Open(&[
                        key("default_currency_code", Text),
                        key("display_type", Text),
                    ]),
                ),
                maybe(
                    "record_reference",
                    Open(&[key("allowed_objects", List(&Text))]),
                ),
            ]),
        ),
    ]),
)]);

const NEW_CHOICE: Shape = Open(&[key("data", Open(&[key("title", Text)]))]);

const QUERY: Shape = Object(&[
    maybe("filter", Map(&Any)),
    maybe(
        "sorts",
        List(&Open(&[key("direction", OneOf(&["asc", "desc"]))])),
    ),
    maybe("limit", Number),
    maybe("offset", Number),
]);

const ASSERTION: Shape = Object(&[
    key("object", Text),
    key("mode", OneOf(&["create-or-update"])),
    key("matching_attribute", Text),
    key("multiselect_values", OneOf(&["append", "overwrite"])),
    key("values", Map(&INPUT)),
    key("received_at", Text),
]);

/// What writing a record is refused for. Attio's description names `value_not_found` and `missing_value`; the others
/// are what its API answers for values of the wrong form and values that are taken.
const WRITE_REFUSALS: &[(u16, &str)] = &[
    (400, "value_not_found"),
    (400, "missing_value"),
    (400, "validation_type"),
    (400, "immutable_value"),
    (400, "uniqueness_conflict"),
    (400, "multiple_match_results"),
    (400, "matching_attribute_definition_not_unique"),
    (404, "not_found"),
];
const NOT_FOUND: &[(u16, &str)] = &[(404, "not_found"), (400, "validation_type")];
const CREATE_REFUSALS: &[(u16, &str)] = &[
    (400, "validation_type"),
    (404, "not_found"),
    (409, "slug_conflict"),
];
const QUERY_REFUSALS: &[(u16, &str)] = &[
    (400, "filter_error"),
    (400, "validation_type"),
    (404, "not_found"),
];

/// What every operation may be answered with.
pub(super) const COMMON: &[(u16, &str, &str)] = &[
    (401, "auth_error", "unauthorized"),
    (403, "auth_error", "unauthorized"),
    (429, "rate_limit_error", "rate_limit_exceeded"),
    (400, "invalid_request_error", "standard_object_disabled"),
    (500, "api_error", "internal_error"),
    (503, "api_error", "service_unavailable"),
];

const fn get(
    path: &'static str,
    query: &'static [(&'static str, bool)],
    answer: Shape,
) -> Operation {
    Operation {
        method: "GET",
        path,
        query,
        request: None,
        is_body_optional: false,
        status: 200,
        answer,
        refusals: NOT_FOUND,
    }
}

const fn write(
    method: &'static str,
    path: &'static str,
    request: Shape,
    answer: Shape,
    refusals: &'static [(u16, &'static str)],
) -> Operation {
    Operation {
        method,
        path,
        query: &[],
        request: Some(request),
        is_body_optional: false,
        status: 200,
        answer,
        refusals,
    }
}

const PAGE: &[(&str, bool)] = &[
    ("limit", false),
    ("offset", false),
    ("show_archived", false),
];
const ARCHIVED: &[(&str, bool)] = &[("show_archived", false)];
const RECORDS: &str = "/v2/objects/{object}/records";
const ONE_RECORD: &str = "/v2/objects/{object}/records/{record_id}";
const ATTRIBUTES: &str = "/v2/objects/{object}/attributes";
const OPTIONS: &str = "/v2/objects/{object}/attributes/{attribute}/options";
const STATUSES: &str = "/v2/objects/{object}/attributes/{attribute}/statuses";

/// Every operation that is used.
pub const OPERATIONS: &[Operation] = &[
    get("/v2/self", &[], SELF),
    get("/v2/objects", &[], Open(&[key("data", List(&OBJECT))])),
    get("/v2/objects/{object}", &[], Open(&[key("data", OBJECT)])),
    get(ATTRIBUTES, PAGE, Open(&[key("data", List(&ATTRIBUTE))])),
    write(
        "POST",
        ATTRIBUTES,
        NEW_ATTRIBUTE,
        Open(&[key("data", ATTRIBUTE)]),
        CREATE_REFUSALS,
    ),
    get(
        "/v2/objects/{object}/attributes/{attribute}",
        &[],
        Open(&[key("data", ATTRIBUTE)]),
    ),
    get(OPTIONS, ARCHIVED, Open(&[key("data", List(&OPTION))])),
    write(
        "POST",
        OPTIONS,
        NEW_CHOICE,
        Open(&[key("data", OPTION)]),
        CREATE_REFUSALS,
    ),
    get(STATUSES, ARCHIVED, Open(&[key("data", List(&STATUS))])),
    write(
        "POST",
        STATUSES,
        NEW_CHOICE,
        Open(&[key("data", STATUS)]),
        CREATE_REFUSALS,
    ),
    get(
        "/v2/workspace_members",
        &[],
        Open(&[key("data", List(&MEMBER))]),
    ),
    get(
        "/v2/workspace_members/{workspace_member_id}",
        &[],
        Open(&[key("data", MEMBER)]),
    ),
    write(
        "POST",
        RECORDS,
        WRITE,
        Open(&[key("data", RECORD)]),
        WRITE_REFUSALS,
    ),
    Operation {
        query: &[("matching_attribute", true)],
        ..write(
            "PUT",
            RECORDS,
            WRITE,
            Open(&[key("data", RECORD)]),
            WRITE_REFUSALS,
        )
    },
    Operation {
        is_body_optional: true,
        ..write(
            "POST",
            "/v2/objects/{object}/records/query",
            QUERY,
            Open(&[key("data", List(&RECORD))]),
            QUERY_REFUSALS,
        )
    },
    get(ONE_RECORD, &[], Open(&[key("data", RECORD)])),
    write(
        "PATCH",
        ONE_RECORD,
        WRITE,
        Open(&[key("data", RECORD)]),
        WRITE_REFUSALS,
    ),
    write(
        "PUT",
        ONE_RECORD,
        WRITE,
        Open(&[key("data", RECORD)]),
        WRITE_REFUSALS,
    ),
    Operation {
        method: "DELETE",
        ..get(ONE_RECORD, &[], Object(&[]))
    },
    // Not in Attio's description.
    Operation {
        status: 202,
        ..write(
            "PUT",
            "/v2/batch/records",
            Object(&[key("assertions", List(&ASSERTION))]),
            Any,
            &[(400, "validation_type")],
        )
    },
];

/// The properties of a read value beyond those that all have, by type. A phone number has one more
/// than Attio's description names, as its guide shows it, and no country where it is of none.
pub(super) const READ_VALUES: &[(&str, &[Key])] = &[
    (
        "actor-reference",
        &[
            key(
                "referenced_actor_type",
                OneOf(&["api-token", "workspace-member", "system", "app"]),
            ),
            key("referenced_actor_id", Either(&[Uuid, Null])),
        ],
    ),
    ("checkbox", &[key("value", Bool)]),
    (
        "currency",
        &[
            key("currency_value", Number),
            maybe("currency_code", NULLABLE_TEXT),
        ],
    ),
    ("date", &[key("value", Text)]),
    ("domain", &[key("domain", Text), key("root_domain", Text)]),
    (
        "email-address",
        &[
            key("original_email_address", Text),
            key("email_address", Text),
            key("email_domain", Text),
            key("email_root_domain", Text),
            key("email_local_specifier", Text),
        ],
    ),
    (
        "location",
        &[
            key("line_1", NULLABLE_TEXT),
            key("line_2", NULLABLE_TEXT),
            key("line_3", NULLABLE_TEXT),
            key("line_4", NULLABLE_TEXT),
            key("locality", NULLABLE_TEXT),
            key("region", NULLABLE_TEXT),
            key("postcode", NULLABLE_TEXT),
            key("country_code", NULLABLE_TEXT),
            key("latitude", NULLABLE_TEXT),
            key("longitude", NULLABLE_TEXT),
        ],
    ),
    ("number", &[key("value", Number)]),
    (
        "personal-name",
        &[
            key("first_name", Text),
            key("last_name", Text),
            key("full_name", Text),
        ],
    ),
    (
        "phone-number",
        &[
            key("original_phone_number", Text),
            key("country_code", NULLABLE_TEXT),
            key("phone_number", Text),
            maybe("normalized_phone_number", Text),
        ],
    ),
    ("rating", &[key("value", Number)]),
    (
        "record-reference",
        &[key("target_object", Text), key("target_record_id", Uuid)],
    ),
    ("select", &[key("option", OPTION)]),
    ("status", &[key("status", STATUS)]),
    ("text", &[key("value", Text)]),
    ("timestamp", &[key("value", Shape::Moment)]),
];

pub(super) const EVERY_READ_VALUE: &[Key] = &[
    key("active_from", Shape::Moment),
    key("active_until", Null),
    key(
        "created_by_actor",
        Object(&[
            key(
                "type",
                OneOf(&["api-token", "workspace-member", "system", "app"]),
            ),
            key("id", Either(&[Uuid, Null])),
        ]),
    ),
    key("attribute_type", OneOf(TYPES)),
];

pub(super) const REFUSAL: Shape = Object(&[
    key("status_code", Number),
    key("type", Text),
    key("code", Text),
    key("message", Text),
    maybe(
        "validation_errors",
        List(&Open(&[
            key("code", Text),
            key("path", List(&Text)),
            key("message", Text),
        ])),
    ),
]);

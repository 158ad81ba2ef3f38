//! What Attio says when it refuses a request.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::transport::Response;
use crate::diagnostic::excerpt;

/// An error body of Attio's API: `{"status_code", "type", "code", "message"}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// Attio's kind of error, e.g. `invalid_request_error`; empty when the body is not Attio's.
    #[serde(rename = "type")]
    pub kind: String,
    /// Attio's code, e.g. `value_not_found`; empty when the body is not Attio's.
    pub code: String,
    /// Attio's sentence, or the beginning of a body that is not Attio's.
    pub message: String,
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    code: String,
    message: String,
}

impl ApiError {
    /// Reads the body of an answer that is no success. A body that is not Attio's (a proxy's page) is quoted in short.
    pub fn of(response: &Response) -> ApiError {
        match serde_json::from_str::<Body>(&response.body) {
            Ok(body) => ApiError {
                status: response.status,
                kind: body.kind,
                code: body.code,
                message: body.message,
            },
            Err(_) => ApiError {
                status: response.status,
                kind: String::new(),
                code: String::new(),
                message: excerpt(response.body.trim()),
            },
        }
    }

    /// Whether the token is missing, wrong, revoked, or lacks a scope: nothing will succeed until a person acts.
    pub fn is_unauthorized(&self) -> bool {
        self.status == 401 || self.status == 403 && self.is_of_attio()
    }

    /// Whether the answer has the form of Attio's. What stands before Attio, such as a firewall, says something of one
    /// request only.
    fn is_of_attio(&self) -> bool {
        !self.kind.is_empty()
    }

    /// Whether more was asked than the limit allows; the request was not done.
    pub fn is_rate_limited(&self) -> bool {
        self.status == 429
    }

    /// Whether the same request may succeed later: Attio's own failures, those of what stands before it, and time-outs.
    pub fn is_transient(&self) -> bool {
        matches!(self.status, 408 | 425 | 429)
            || self.status >= 500
            || self.status == 403 && !self.is_of_attio()
    }

    /// Whether a record that a value refers to does not exist (yet).
    ///
    /// Attio answers `value_not_found` for this and for unknown select options, statuses, attributes and members
    /// alike, so the sentence decides.
    pub fn is_missing_reference(&self) -> bool {
        matches!(self.status, 400 | 404 | 422)
            && self.is_about("record")
            && !self.is_missing_record()
            && !["select", "status", "member"]
                .iter()
                .any(|other| self.is_about(other))
    }

    /// Whether the record that the request's path names does not exist (any more).
    pub fn is_missing_record(&self) -> bool {
        self.status == 404 && self.code == "not_found" && self.message.starts_with("Record with ID")
    }

    /// Whether an attribute is not known to its object: the schema that the plan was built with is out of date.
    pub fn is_unknown_attribute(&self) -> bool {
        matches!(self.status, 400 | 404)
            && self.is_about("attribute")
            && !["record", "select", "status", "member"]
                .iter()
                .any(|other| self.is_about(other))
    }

    /// Whether a select option or a status is not known to its attribute.
    pub fn is_unknown_option(&self) -> bool {
        self.status == 400 && (self.is_about("select") || self.is_about("status"))
    }

    /// Whether something was not found, and the sentence has a word outside of the values that it quotes.
    fn is_about(&self, word: &str) -> bool {
        matches!(
            self.code.as_str(),
            "value_not_found" | "not_found" | "unknown_attribute"
        ) && self
            .message
            .split('"')
            .step_by(2)
            .any(|unquoted| unquoted.to_ascii_lowercase().contains(word))
    }

    /// Whether a unique value belongs to another record.
    pub fn is_conflict(&self) -> bool {
        self.status == 409 || self.code == "uniqueness_conflict"
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Attio answered {}", self.status)?;
        if !self.code.is_empty() {
            write!(f, " `{}`", self.code)?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, code: &str, message: &str) -> ApiError {
        let body = serde_json::json!({
            "status_code": status, "type": "invalid_request_error", "code": code, "message": message,
        });
        ApiError::of(&Response {
            status,
            retry_after: None,
            body: body.to_string(),
        })
    }

    #[test]
    fn attios_body_is_read_into_kind_code_and_message() {
        let error = error(404, "not_found", "Object with slug/ID \"users\" not found.");
        assert_eq!(error.kind, "invalid_request_error");
        insta::assert_snapshot!(error, @r#"Attio answered 404 `not_found`: Object with slug/ID "users" not found."#);
    }

    #[test]
    fn a_body_that_is_not_attios_is_quoted_in_short() {
        let error = ApiError::of(&Response {
            status: 502,
            retry_after: None,
            body: format!("<html>\n<h1>Bad Gateway</h1>{}", "x".repeat(500)),
        });
        insta::assert_snapshot!(error, @"Attio answered 502: <html> <h1>Bad Gateway</h1>xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…");
        assert!(error.is_transient());
    }

    #[test]
    fn what_is_missing_is_told_apart_by_code_and_sentence() {
        // reference, record, attribute, option
        for (error, expect) in [
            (
                error(
                    400,
                    "value_not_found",
                    "Could not find a record in \"users\" with \"user_id\" \"u1\".",
                ),
                [true, false, false, false],
            ),
            (
                error(
                    400,
                    "value_not_found",
                    "Cannot find record of object \"users\" with user_id \"member of status select\" for attribute with slug \"status\".",
                ),
                [true, false, false, false],
            ),
            (
                error(
                    400,
                    "value_not_found",
                    "Cannot find select option with title \"record\" for attribute with slug \"record\".",
                ),
                [false, false, false, true],
            ),
            (
                error(404, "not_found", "The referenced record was not found."),
                [true, false, false, false],
            ),
            (
                error(
                    404,
                    "not_found",
                    "Record with ID \"891dcbfc-9141-415d-9b2a-2238a6cc012d\" not found.",
                ),
                [false, true, false, false],
            ),
            (
                error(404, "not_found", "Object with slug/ID \"users\" not found."),
                [false, false, false, false],
            ),
            (
                error(
                    400,
                    "value_not_found",
                    "No attribute was found for matching_attribute slug/ID \"my-attribute\".",
                ),
                [false, false, true, false],
            ),
            (
                error(
                    404,
                    "not_found",
                    "Attribute with slug/ID \"my-attribute\" not found.",
                ),
                [false, false, true, false],
            ),
            (
                error(
                    400,
                    "value_not_found",
                    "Cannot find select attribute with select option title \"In Progress\".",
                ),
                [false, false, false, true],
            ),
            (
                error(
                    400,
                    "value_not_found",
                    "Workspace member with ID \"50cf242c\" not found.",
                ),
                [false, false, false, false],
            ),
            (
                error(
                    400,
                    "missing_value",
                    "Required value for attribute with ID \"41252299\" was not provided.",
                ),
                [false, false, false, false],
            ),
        ] {
            let got = [
                error.is_missing_reference(),
                error.is_missing_record(),
                error.is_unknown_attribute(),
                error.is_unknown_option(),
            ];
            assert_eq!(got, expect, "{error}");
            assert!(!error.is_transient(), "{error}");
        }
    }
}

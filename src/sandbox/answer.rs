//! Answers in Attio's form: `{"data": ...}`, or `{"status_code", "type", "code", "message"}`.

use crate::delivery::Response;
use crate::json::write_string;

/// An answer other than success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    status: u16,
    kind: &'static str,
    code: &'static str,
    message: String,
    /// What is wrong within a value: the path within it, and the problem.
    problems: Vec<(Vec<String>, String)>,
    retry_after: Option<String>,
}

/// What a handler gives: the JSON body of a success, or a refusal.
pub(super) type Answer = Result<String, Refusal>;

impl Refusal {
    fn of(status: u16, kind: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Refusal {
            status,
            kind,
            code,
            message: message.into(),
            problems: Vec::new(),
            retry_after: None,
        }
    }

    /// A request that is wrong: 400.
    pub(super) fn invalid(code: &'static str, message: impl Into<String>) -> Self {
        Refusal::of(400, "invalid_request_error", code, message)
    }

    /// A request whose form is wrong.
    pub(super) fn form(message: impl Into<String>) -> Self {
        Refusal::invalid("validation_type", message)
    }

    /// A value that its attribute does not take: where within the value, and why.
    pub(super) fn value(slug: &str, path: Vec<String>, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        let mut refusal = Refusal::form(format!(
            "An invalid value was passed to attribute with slug \"{slug}\". {problem}"
        ));
        refusal.problems.push((path, problem));
        refusal
    }

    /// Something that a value names is not there.
    pub(super) fn value_not_found(message: impl Into<String>) -> Self {
        Refusal::invalid("value_not_found", message)
    }

    /// A required attribute without a value.
    pub(super) fn missing_value(slug: &str) -> Self {
        Refusal::invalid(
            "missing_value",
            format!("Required value for attribute with slug \"{slug}\" was not provided."),
        )
    }

    /// Something in the path is not there.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Refusal::of(404, "invalid_request_error", "not_found", message)
    }

    /// A slug or title that is taken.
    pub(super) fn slug_conflict(message: impl Into<String>) -> Self {
        Refusal::of(409, "invalid_request_error", "slug_conflict", message)
    }

    /// A token that is missing, wrong (401) or has too few scopes (403).
    pub(super) fn auth(status: u16, message: impl Into<String>) -> Self {
        Refusal::of(status, "auth_error", "unauthorized", message)
    }

    /// Too many requests in this second; `until` is an HTTP date, or a number of seconds.
    pub(super) fn rate_limited(until: String) -> Self {
        Refusal {
            retry_after: Some(until),
            ..Refusal::of(
                429,
                "rate_limit_error",
                "rate_limit_exceeded",
                "Rate limit exceeded, please try again later",
            )
        }
    }

    /// A failure on Attio's side.
    pub(super) fn server(status: u16, code: &'static str, message: &str) -> Self {
        Refusal::of(status, "api_error", code, message)
    }

    /// The sentence of the refusal.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// As Attio answers it.
    pub(super) fn into_response(self) -> Response {
        let mut body = String::with_capacity(160 + self.message.len());
        body.push_str("{\"status_code\":");
        body.push_str(&self.status.to_string());
        for (key, text) in [
            ("type", self.kind),
            ("code", self.code),
            ("message", &self.message),
        ] {
            body.push_str(",\"");
            body.push_str(key);
            body.push_str("\":");
            write_string(text, &mut body);
        }
        if !self.problems.is_empty() {
            let problems: Vec<_> = self
                .problems
                .iter()
                .map(|(path, message)| {
                    serde_json::json!({"code": "custom", "path": path, "message": message})
                })
                .collect();
            body.push_str(",\"validation_errors\":");
            body.push_str(&serde_json::Value::Array(problems).to_string());
        }
        body.push('}');
        Response {
            status: self.status,
            retry_after: self.retry_after,
            body,
        }
    }
}

/// `{"data": value}`.
pub(super) fn data(value: &serde_json::Value) -> String {
    format!("{{\"data\":{value}}}")
}

//! A write as Attio's HTTP request.

use std::fmt;

use serde::Serialize;

use super::write::{Values, Write, WriteKind};

/// The HTTP methods that Attio's API is used with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
}

impl Method {
    /// Its name in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One request to Attio's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path from the root of the API, with its query, percent-encoded.
    pub path: String,
    /// The JSON body.
    pub body: Option<String>,
}

impl Request {
    /// A request without a body.
    pub fn get(path: impl Into<String>) -> Self {
        Request {
            method: Method::Get,
            path: path.into(),
            body: None,
        }
    }
}

/// The request of `write`. An append needs `record_id`, the id that the write it names was answered with; without one
/// the path holds `{record_id}`.
#[cfg_attr(target_family = "wasm", inline)]
pub fn request(write: &Write, record_id: Option<&str>) -> Request {
    const OBJECTS: &str = "/v2/objects/";
    const RECORDS: &str = "/records";
    const MATCHING: &str = "?matching_attribute=";
    // As long as they come out, but for what is escaped.
    let rest = match &write.kind {
        WriteKind::Assert { matching_attribute } => MATCHING.len() + matching_attribute.len(),
        WriteKind::Append { .. } => 1 + record_id.map_or(RECORD_ID.len(), str::len),
    };
    let mut path = String::with_capacity(OBJECTS.len() + write.object.len() + RECORDS.len() + rest);
    path.push_str(OBJECTS);
    percent_encode(&write.object, &mut path);
    path.push_str(RECORDS);
    let method = match &write.kind {
        WriteKind::Assert { matching_attribute } => {
            path.push_str(MATCHING);
            percent_encode(matching_attribute, &mut path);
            Method::Put
        }
        WriteKind::Append { .. } => {
            path.push('/');
            match record_id {
                Some(id) => percent_encode(id, &mut path),
                None => path.push_str(RECORD_ID),
            }
            Method::Patch
        }
    };
    Request {
        method,
        path,
        body: Some(body(&write.values)),
    }
}

/// What stands in the path of an append whose record is not known yet.
const RECORD_ID: &str = "{record_id}";

/// What stands around the values of a write.
const BODY: [&str; 2] = ["{\"data\":{\"values\":", "}}"];

/// The body of a write: `{"data":{"values":{...}}}`.
#[cfg_attr(target_family = "wasm", inline)]
pub fn body(values: &Values) -> String {
    let mut body = String::with_capacity(BODY[0].len() + values.json_len() + BODY[1].len());
    write_body(values, &mut body);
    body
}

/// Appends the body of a write.
#[cfg_attr(target_family = "wasm", inline)]
pub fn write_body(values: &Values, out: &mut String) {
    out.push_str(BODY[0]);
    values.write_to(out);
    out.push_str(BODY[1]);
}

/// Appends `text` with everything but RFC 3986's unreserved characters percent-encoded.
#[cfg_attr(target_family = "wasm", inline)]
pub fn percent_encode(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let is_reserved =
        |byte: u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'));
    if !text.bytes().any(is_reserved) {
        return out.push_str(text);
    }
    for byte in text.bytes() {
        if is_reserved(byte) {
            out.push('%');
            out.push(HEX[usize::from(byte >> 4)].into());
            out.push(HEX[usize::from(byte & 15)].into());
        } else {
            out.push(byte.into());
        }
    }
}

/// Text with its percent escapes read; `None` when that is no text. In a query a plus is a space.
pub fn percent_decode(text: &str, is_query: bool) -> Option<String> {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                // OK because two hexadecimal digits are at most 255.
                (high * 16 + low) as u8
            }
            b'+' if is_query => b' ',
            byte => byte,
        });
    }
    String::from_utf8(out).ok()
}

//! Who may send events: write keys, signatures and bearer secrets.
//!
//! Nothing is open by default: a scheme whose secret is not configured is not accepted. Every scheme takes several
//! secrets, so that one can be changed while both are valid. Comparisons take the same time whatever differs.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use ring::{digest, hmac};
use subtle::{Choice, ConstantTimeEq};

use crate::diagnostic::{excerpt, nearest_or_all};
use crate::event::EventTime;
use crate::json::Value;

/// How far a `X-CIO-Timestamp` may be from the host's clock, in seconds: Customer.io's own recommendation.
const MAX_TIMESTAMP_SKEW_SECONDS: i64 = 5 * 60;

const SIGNATURE: &str = "x-signature";
const CIO_SIGNATURE: &str = "x-cio-signature";
const CIO_TIMESTAMP: &str = "x-cio-timestamp";

/// The secrets of those who may send events. Holds no secret as it is written: of keys that are compared it keeps the
/// SHA-256, of keys that sign the state of the MAC.
#[derive(Clone, Default)]
pub struct Keys {
    write_keys: Vec<Digest>,
    bearers: Vec<Digest>,
    segment: Vec<hmac::Key>,
    customerio: Vec<hmac::Key>,
}

/// Why a request is not taken for what it claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No proof in a form that is accepted here.
    Missing,
    /// A write key that is none of ours.
    WriteKey,
    /// A bearer secret that is none of ours.
    Bearer,
    /// A signature that none of our secrets makes.
    Signature,
    /// A signature over a time that is too far from now, or over none.
    Timestamp,
}

type Digest = [u8; 32];

fn digest_of(text: &[u8]) -> Digest {
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&digest::SHA256, text).as_ref());
    digest
}

impl Keys {
    /// No keys: every request is refused.
    pub fn new() -> Self {
        Keys::default()
    }

    /// Reads the secrets as a configuration holds them: one text, which is good for every scheme, or a JSON object with
    /// the keys `key` (every scheme), `write_keys`, `bearer`, `segment` and `customerio`, each a text or a list of them.
    ///
    /// # Errors
    /// What is wrong, in a sentence that goes on from the name of the document and holds no secret.
    pub fn parse(text: &str) -> Result<Keys, String> {
        let text = text.trim();
        let value = match text.starts_with('{') {
            true => {
                Value::parse(text).map_err(|_| "expected JSON, got text that is not".to_owned())?
            }
            false => Value::String(text.into()),
        };
        let mut keys = Keys::new();
        let document = match &value {
            Value::Object(document) => document,
            secret => {
                for text in texts("the key", secret)? {
                    keys = keys.everywhere(text);
                }
                return Ok(keys);
            }
        };
        for (name, secret) in document.iter() {
            let add = match name {
                "key" => Keys::everywhere,
                "write_keys" => Keys::write_key,
                "bearer" => Keys::bearer,
                "segment" => Keys::segment,
                "customerio" => Keys::customerio,
                other => {
                    let known = ["key", "write_keys", "bearer", "segment", "customerio"];
                    let help = nearest_or_all(other, "the keys", known);
                    return Err(format!("has the unknown key `{}`; {help}", excerpt(other)));
                }
            };
            for text in texts(&format!("`{name}`"), secret)? {
                keys = add(keys, text);
            }
        }
        if keys.is_empty() {
            return Err("expected at least one key, got none".to_owned());
        }
        Ok(keys)
    }

    /// Also takes a secret in every scheme.
    #[must_use]
    pub fn everywhere(self, secret: &str) -> Self {
        self.write_key(secret)
            .bearer(secret)
            .segment(secret)
            .customerio(secret)
    }

    /// Also takes the write key that SDKs send.
    #[must_use]
    pub fn write_key(mut self, key: &str) -> Self {
        self.write_keys.push(digest_of(key.as_bytes()));
        self
    }

    /// Also takes webhooks with `Authorization: Bearer <secret>`.
    #[must_use]
    pub fn bearer(mut self, secret: &str) -> Self {
        self.bearers.push(digest_of(secret.as_bytes()));
        self
    }

    /// Also takes webhooks with `X-Signature`, as Segment signs them.
    #[must_use]
    pub fn segment(mut self, secret: &str) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
        self.segment.push(key);
        self
    }

    /// Also takes webhooks with `X-CIO-Signature` and `X-CIO-Timestamp`, as Customer.io signs them.
    #[must_use]
    pub fn customerio(mut self, secret: &str) -> Self {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        self.customerio.push(key);
        self
    }

    /// Whether there is no key at all.
    pub fn is_empty(&self) -> bool {
        self.write_keys.is_empty()
            && self.bearers.is_empty()
            && self.segment.is_empty()
            && self.customerio.is_empty()
    }

    /// Whether the headers hold a write key that is one of ours; `false` when they hold none and the body must.
    pub(super) fn authorization(&self, headers: &HeaderMap) -> Result<bool, Denied> {
        if self.write_keys.is_empty() {
            return Err(Denied::Missing);
        }
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Ok(false);
        };
        let value = value.to_str().map_err(|_| Denied::WriteKey)?;
        // Customer.io's newer keys come as bearer tokens.
        let key = match after_scheme(value, "bearer") {
            Some(key) => key.as_bytes().to_vec(),
            None => after_scheme(value, "basic")
                .and_then(|encoded| STANDARD.decode(encoded).ok())
                .ok_or(Denied::WriteKey)?,
        };
        // The password is nobody's secret: SDKs leave it empty.
        let key = key.split(|byte| *byte == b':').next().unwrap_or_default();
        if is_among(key, &self.write_keys) {
            Ok(true)
        } else {
            Err(Denied::WriteKey)
        }
    }

    /// Checks the write key that came in the body.
    pub(super) fn in_body(&self, key: Option<&str>) -> Result<(), Denied> {
        let key = key.ok_or(Denied::Missing)?;
        if is_among(key.as_bytes(), &self.write_keys) {
            Ok(())
        } else {
            Err(Denied::WriteKey)
        }
    }

    /// Checks as much of a webhook as its headers alone tell, so that a stranger's body is not even decompressed.
    pub(super) fn webhook_headers(
        &self,
        headers: &HeaderMap,
        now: EventTime,
    ) -> Result<(), Denied> {
        let mut proofs = 0;
        if let Some(value) = self.header(headers, "authorization", !self.bearers.is_empty()) {
            let secret = after_scheme(value, "bearer").ok_or(Denied::Bearer)?;
            if !is_among(secret.as_bytes(), &self.bearers) {
                return Err(Denied::Bearer);
            }
            proofs += 1;
        }
        if let Some(value) = self.header(headers, SIGNATURE, !self.segment.is_empty()) {
            decode_hex::<20>(value).ok_or(Denied::Signature)?;
            proofs += 1;
        }
        if let Some(value) = self.header(headers, CIO_SIGNATURE, !self.customerio.is_empty()) {
            decode_hex::<32>(value).ok_or(Denied::Signature)?;
            let seconds: i64 = headers
                .get(CIO_TIMESTAMP)
                .and_then(|value| value.to_str().ok()?.parse().ok())
                .ok_or(Denied::Timestamp)?;
            let now = now.nanos().div_euclid(1_000_000_000);
            if now.abs_diff(seconds) > MAX_TIMESTAMP_SKEW_SECONDS.unsigned_abs() {
                return Err(Denied::Timestamp);
            }
            proofs += 1;
        }
        if proofs == 0 {
            return Err(Denied::Missing);
        }
        Ok(())
    }

    /// Checks the signatures of a webhook whose headers were checked. Every proof that is configured and there must
    /// hold. Segment signs the first event of an array instead of the body.
    pub(super) fn webhook<'b>(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        first_event: impl FnOnce() -> Option<&'b [u8]>,
    ) -> Result<(), Denied> {
        if let Some(value) = self.header(headers, SIGNATURE, !self.segment.is_empty()) {
            let tag = decode_hex::<20>(value).ok_or(Denied::Signature)?;
            let signs = |signed: &[u8]| {
                self.segment
                    .iter()
                    .any(|key| hmac::verify(key, signed, &tag).is_ok())
            };
            if !signs(body) && !first_event().is_some_and(signs) {
                return Err(Denied::Signature);
            }
        }
        if let Some(value) = self.header(headers, CIO_SIGNATURE, !self.customerio.is_empty()) {
            let tag = decode_hex::<32>(value).ok_or(Denied::Signature)?;
            let timestamp = headers
                .get(CIO_TIMESTAMP)
                .map_or(&b""[..], |value| value.as_bytes());
            let mut signed = Vec::with_capacity(body.len() + timestamp.len() + 4);
            signed.extend_from_slice(b"v0:");
            signed.extend_from_slice(timestamp);
            signed.push(b':');
            signed.extend_from_slice(body);
            let holds = |key| hmac::verify(key, &signed, &tag).is_ok();
            if !self.customerio.iter().any(holds) {
                return Err(Denied::Signature);
            }
        }
        Ok(())
    }

    /// The text of a header whose scheme is configured.
    fn header<'h>(&self, headers: &'h HeaderMap, name: &str, is_on: bool) -> Option<&'h str> {
        // What is not text is no proof, and must not pass for "no header".
        let value = is_on.then(|| headers.get(name)).flatten()?;
        Some(value.to_str().unwrap_or_default())
    }
}

/// A text, or several. An empty one would let everybody in.
fn texts<'v>(name: &str, secret: &'v Value<'_>) -> Result<Vec<&'v str>, String> {
    let list = match secret {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    list.iter()
        .map(|secret| match secret.as_str().map(str::trim) {
            Some("") => Err(format!("expected a secret for {name}, got an empty text")),
            Some(text) => Ok(text),
            None => Err(format!(
                "expected a text or a list of texts for {name}, got another kind of value, `{}`",
                secret.kind()
            )),
        })
        .collect()
}

/// Whether `key` is one of those with these digests. All are compared, whichever fits.
fn is_among(key: &[u8], digests: &[Digest]) -> bool {
    let key = digest_of(key);
    digests
        .iter()
        .fold(Choice::from(0), |found, known| found | known.ct_eq(&key))
        .into()
}

fn after_scheme<'v>(value: &'v str, scheme: &str) -> Option<&'v str> {
    let (name, rest) = value.split_once(' ')?;
    name.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

fn decode_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let text = text.as_bytes();
    if text.len() != 2 * N {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

/// Numbers of keys, never what they are.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("write_keys", &self.write_keys.len())
            .field("bearers", &self.bearers.len())
            .field("segment", &self.segment.len())
            .field("customerio", &self.customerio.len())
            .finish()
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Denied::Missing => {
                "expected a write key as the user name of Basic authentication or as `writeKey` in the body, or for \
                 a webhook a signature or a bearer secret, got none that is switched on here"
            }
            Denied::WriteKey => "the write key is not known here",
            Denied::Bearer => "the bearer secret is not known here",
            Denied::Signature => "the signature was made with another secret, or over another body",
            Denied::Timestamp => {
                "`X-CIO-Timestamp` expected a Unix time within five minutes of now, got none or another"
            }
        })
    }
}

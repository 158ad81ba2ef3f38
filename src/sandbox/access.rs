//! Who may do what: tokens and their scopes.

use std::collections::BTreeSet;

use serde_json::json;

use super::answer::Refusal;
use super::moment::Moment;
use super::tables::{Id, WORKSPACE_ID, uuid};

/// The scopes that everything here needs.
pub const SCOPES: [&str; 3] = [
    "object_configuration:read-write",
    "record_permission:read-write",
    "user_management:read",
];

/// A token that the workspace knows.
#[derive(Clone, Debug)]
struct Token {
    text: String,
    scopes: BTreeSet<String>,
}

/// The tokens of a workspace.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    tokens: Vec<Token>,
}

impl Access {
    /// Lets a token in, with its scopes.
    pub(super) fn grant<'s>(&mut self, token: &str, scopes: impl IntoIterator<Item = &'s str>) {
        self.revoke(token);
        self.tokens.push(Token {
            text: token.to_owned(),
            scopes: scopes.into_iter().map(str::to_owned).collect(),
        });
    }

    /// Lets a token in no more.
    pub(super) fn revoke(&mut self, token: &str) {
        self.tokens.retain(|known| known.text != token);
    }

    /// Lets no token in.
    pub(super) fn revoke_all(&mut self) {
        self.tokens.clear();
    }

    fn token(&self, authorization: Option<&str>) -> Result<Option<&Token>, Refusal> {
        let Some(header) = authorization
            .map(str::trim)
            .filter(|header| !header.is_empty())
        else {
            return Err(Refusal::auth(
                401,
                "The Authorization header was not provided. Please provide an access token as a Bearer token.",
            ));
        };
        let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
        let text = if scheme.eq_ignore_ascii_case("bearer") {
            Some(rest.trim().to_owned())
        } else if scheme.eq_ignore_ascii_case("basic") {
            // The token is the user name, the password is blank.
            decode_base64(rest.trim())
                .map(|pair| pair.split(':').next().unwrap_or_default().to_owned())
        } else {
            None
        };
        let text = text.ok_or_else(|| {
            Refusal::auth(
                401,
                "The Authorization header is malformed. Please provide a Bearer token.",
            )
        })?;
        Ok(self.tokens.iter().find(|token| token.text == text))
    }

    /// Whether the header's token may do what needs the scopes.
    pub(super) fn check(
        &self,
        authorization: Option<&str>,
        needed: &[&str],
    ) -> Result<(), Refusal> {
        let token = self.token(authorization)?.ok_or_else(|| {
            Refusal::auth(
                401,
                "The access token provided is invalid, expired or has been revoked.",
            )
        })?;
        let missing = needed.iter().find(|scope| {
            let writes = format!("{}-write", scope);
            !token.scopes.contains(**scope) && !token.scopes.contains(&writes)
        });
        match missing {
            None => Ok(()),
            Some(scope) => Err(Refusal::auth(
                403,
                format!("The access token provided does not have the required scope \"{scope}\"."),
            )),
        }
    }

    /// What `/v2/self` says of the header's token.
    pub(super) fn describe(
        &self,
        authorization: Option<&str>,
        born: Moment,
    ) -> Result<String, Refusal> {
        let Some(token) = self.token(authorization)? else {
            return Ok(json!({"active": false}).to_string());
        };
        let scopes: Vec<&str> = token.scopes.iter().map(String::as_str).collect();
        let client = uuid(Id::Token, 0, 1);
        Ok(json!({
            "active": true,
            "scope": scopes.join(" "),
            "client_id": client,
            "token_type": "Bearer",
            "exp": null,
            "iat": born.unix_seconds(),
            "sub": WORKSPACE_ID,
            "aud": client,
            "iss": "attio.com",
            "authorized_by_workspace_member_id": null,
            "workspace_id": WORKSPACE_ID,
            "workspace_name": "Sandbox",
            "workspace_slug": "sandbox",
            "workspace_logo_url": null,
        })
        .to_string())
    }
}

/// Standard Base64 of a text; `None` for anything else.
fn decode_base64(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let (mut bits, mut have) = (0_u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        have += 6;
        if have >= 8 {
            have -= 8;
            // OK because only the lowest eight bits are meant.
            out.push((bits >> have & 0xff) as u8);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read() {
        assert_eq!(
            decode_base64("c2FuZGJveC10b2tlbjo=").as_deref(),
            Some("sandbox-token:")
        );
        assert_eq!(decode_base64("YQ==").as_deref(), Some("a"));
        assert_eq!(decode_base64(""), Some(String::new()));
        assert_eq!(decode_base64("?"), None);
    }
}

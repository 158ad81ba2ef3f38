//! The sandbox as Attio's OAuth server: whoever opens the page lets the app in at once.
//!
//! `GET /authorize` sends the browser back with a code, `POST /oauth/token` takes the code once, and
//! `POST /oauth/introspect` says what `/v2/self` says.

use std::collections::BTreeMap;

use serde_json::json;

use super::access::SCOPES;
use super::{Sandbox, State};
use crate::delivery::Response;
use crate::plan::request::{percent_decode, percent_encode};

/// The app that may ask for tokens, and what it was given.
#[derive(Clone, Debug, Default)]
pub(super) struct Apps {
    /// Client ID and client secret.
    pub(super) app: Option<(String, String)>,
    /// Codes that were not exchanged yet, with the address that each was sent to.
    codes: BTreeMap<String, String>,
    given: u32,
}

/// An answer, and where the browser is sent.
pub(super) struct Page {
    pub(super) response: Response,
    pub(super) location: Option<String>,
}

fn page(status: u16, body: String) -> Page {
    Page {
        response: Response {
            status,
            retry_after: None,
            body,
        },
        location: None,
    }
}

fn refused(status: u16, error: &str) -> Page {
    page(status, json!({"error": error}).to_string())
}

fn form(text: &str) -> BTreeMap<String, String> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    let pairs = pairs.filter_map(|(name, value)| {
        Some((percent_decode(name, true)?, percent_decode(value, true)?))
    });
    pairs.collect()
}

impl Sandbox {
    /// Answers what an OAuth server is asked; `None` for everything else.
    pub(super) fn oauth(
        &self,
        method: &str,
        target: &str,
        authorization: Option<&str>,
        body: Option<&str>,
    ) -> Option<Page> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut state = self.state();
        match (method, path) {
            ("GET", "/authorize") => Some(authorize(&mut state.apps, &form(query))),
            ("POST", "/oauth/token") => Some(exchange(&mut state, &form(body.unwrap_or_default()))),
            ("POST", "/oauth/introspect") => {
                let born = state.born;
                Some(match state.access.describe(authorization, born) {
                    Ok(body) => page(200, body),
                    Err(refusal) => Page {
                        response: refusal.into_response(),
                        location: None,
                    },
                })
            }
            _ => None,
        }
    }
}

fn authorize(apps: &mut Apps, asked: &BTreeMap<String, String>) -> Page {
    let of = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let is_known = matches!(&apps.app, Some((id, _)) if id == of("client_id"));
    // A page, and no redirect: the address may be anybody's.
    if !is_known || !of("redirect_uri").starts_with("http") {
        return refused(400, "invalid_request");
    }
    if of("response_type") != "code" {
        return refused(400, "unsupported_response_type");
    }
    apps.given += 1;
    let code = format!("sandbox-code-{}", apps.given);
    let redirect_uri = of("redirect_uri").to_owned();
    let separator = if redirect_uri.contains('?') { '&' } else { '?' };
    let mut location = format!("{redirect_uri}{separator}code={code}");
    if let Some(state) = asked.get("state") {
        location.push_str("&state=");
        percent_encode(state, &mut location);
    }
    apps.codes.insert(code, redirect_uri);
    Page {
        location: Some(location),
        ..page(302, String::new())
    }
}

fn exchange(state: &mut State, asked: &BTreeMap<String, String>) -> Page {
    let of = |name: &str| asked.get(name).map(String::as_str).unwrap_or_default();
    let is_known = matches!(&state.apps.app, Some((id, secret))
        if id == of("client_id") && secret == of("client_secret"));
    if !is_known {
        return refused(401, "invalid_client");
    }
    if of("grant_type") != "authorization_code" {
        return refused(400, "unsupported_grant_type");
    }
    match state.apps.codes.remove(of("code")) {
        Some(redirect_uri) if redirect_uri == of("redirect_uri") => {
            let token = format!("sandbox-oauth-token-{}", state.apps.given);
            state.access.grant(&token, SCOPES);
            page(
                200,
                json!({"access_token": token, "token_type": "Bearer"}).to_string(),
            )
        }
        _ => refused(400, "invalid_grant"),
    }
}

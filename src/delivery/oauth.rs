//! OAuth 2.0, as Attio has it: a person lets an app into a workspace, and the app gets a token.
//!
//! The pieces of the authorization-code flow without whoever opens the browser and waits for its answer: the address to
//! open ([`authorize_url`]), what comes back to the loopback address ([`read_redirect`]), and the exchange of the code
//! for a token ([`OAuth::exchange`]). [`OAuth::introspect`] asks whether a token is still good.

use std::fmt;

use reqwest::Client;
use reqwest::header::ACCEPT;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::http::{HttpError, HttpSettings, base_url, client};
use super::workspace::Token;
use crate::diagnostic::excerpt;
use crate::plan::request::{percent_decode, percent_encode};

/// Where the flow goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The page on which a person lets the app in.
    pub authorize: String,
    /// Where a code becomes a token.
    pub token: String,
    /// Where a token is asked about.
    pub introspect: String,
}

/// Attio's own.
impl Default for Endpoints {
    fn default() -> Self {
        Endpoints {
            authorize: "https://app.attio.com/authorize".to_owned(),
            token: "https://app.attio.com/oauth/token".to_owned(),
            introspect: "https://app.attio.com/oauth/introspect".to_owned(),
        }
    }
}

/// The app, as Attio's developer dashboard names it.
#[derive(Clone, Debug)]
pub struct App {
    /// Its client ID.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: SecretString,
}

/// The address that a person opens. `redirect_uri` must be registered with the app, to the letter.
pub fn authorize_url(authorize: &str, client_id: &str, redirect_uri: &str, state: &str) -> String {
    let mut url = format!("{authorize}?response_type=code");
    for (name, value) in [
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("state", state),
    ] {
        url.push('&');
        url.push_str(name);
        url.push('=');
        percent_encode(value, &mut url);
    }
    url
}

/// Why what came back to the loopback address is no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedirectError {
    /// It was not sent for this flow: `state` is another, or missing. Not a reason to end the flow.
    State,
    /// The person, or Attio, said no.
    Denied(String),
    /// There is neither a code nor an error.
    Empty,
}

impl fmt::Display for RedirectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RedirectError::State => {
                f.write_str("the answer does not belong to this login: its `state` is another")
            }
            RedirectError::Denied(why) => write!(f, "the workspace was not opened: {why}"),
            RedirectError::Empty => f.write_str("the answer holds neither a code nor an error"),
        }
    }
}

impl std::error::Error for RedirectError {}

/// Reads the code out of the query that a browser was sent back with.
///
/// # Errors
/// A [`RedirectError`]; the `state` is looked at before anything else.
pub fn read_redirect(query: &str, state: &str) -> Result<SecretString, RedirectError> {
    let value = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(key, _)| *key == name);
        values
            .next()
            .and_then(|(_, value)| percent_decode(value, true))
    };
    if value("state").as_deref() != Some(state) {
        return Err(RedirectError::State);
    }
    if let Some(error) = value("error") {
        let more = value("error_description").map(|text| format!(": {text}"));
        let why = format!("{error}{}", more.unwrap_or_default());
        return Err(RedirectError::Denied(excerpt(&why)));
    }
    match value("code") {
        Some(code) if !code.is_empty() => Ok(SecretString::from(code)),
        _ => Err(RedirectError::Empty),
    }
}

/// Why there is no token, or no word about one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OAuthError {
    /// An address cannot be used, or the client could not be built.
    Http(HttpError),
    /// Nobody answered.
    Unreachable(String),
    /// The server said no: its error, such as `invalid_grant`.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said.
        error: String,
    },
    /// The answer is not one that OAuth has.
    Unreadable,
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OAuthError::Http(error) => error.fmt(f),
            OAuthError::Unreachable(why) => write!(f, "Attio could not be reached: {why}"),
            OAuthError::Refused { status, error } => {
                write!(f, "Attio answered {status} `{error}`")
            }
            OAuthError::Unreadable => f.write_str("Attio's answer is not one that OAuth has"),
        }
    }
}

impl std::error::Error for OAuthError {}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Asks the OAuth server.
#[derive(Clone, Debug)]
pub struct OAuth {
    client: Client,
    endpoints: Endpoints,
}

impl OAuth {
    /// An OAuth client. Plain HTTP goes to this host only.
    ///
    /// # Errors
    /// When an endpoint cannot be used.
    pub fn new(endpoints: Endpoints) -> Result<OAuth, OAuthError> {
        for url in [
            &endpoints.authorize,
            &endpoints.token,
            &endpoints.introspect,
        ] {
            base_url(url, false).map_err(OAuthError::Http)?;
        }
        let client = client(&HttpSettings::default()).map_err(OAuthError::Http)?;
        Ok(OAuth { client, endpoints })
    }

    /// Exchanges a code for a token.
    ///
    /// # Errors
    /// When the server cannot be reached, or says no.
    pub async fn exchange(
        &self,
        app: &App,
        code: &SecretString,
        redirect_uri: &str,
    ) -> Result<SecretString, OAuthError> {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &app.client_id),
            ("client_secret", app.client_secret.expose_secret()),
            ("code", code.expose_secret()),
            ("redirect_uri", redirect_uri),
        ];
        let request = self.client.post(&self.endpoints.token).form(&form);
        let granted: Granted = answer(request).await?;
        if granted.access_token.trim().is_empty() {
            return Err(OAuthError::Unreadable);
        }
        Ok(SecretString::from(granted.access_token))
    }

    /// Asks about a token.
    ///
    /// # Errors
    /// When the server cannot be reached, or says no. That a token is not active is no error.
    pub async fn introspect(&self, token: &SecretString) -> Result<Token, OAuthError> {
        let request = self.client.post(&self.endpoints.introspect);
        answer(request.bearer_auth(token.expose_secret())).await
    }
}

async fn answer<D: serde::de::DeserializeOwned>(
    request: reqwest::RequestBuilder,
) -> Result<D, OAuthError> {
    let unreachable =
        |error: reqwest::Error| OAuthError::Unreachable(error.without_url().to_string());
    let answer = request
        .header(ACCEPT, "application/json")
        .send()
        .await
        .map_err(unreachable)?;
    let status = answer.status().as_u16();
    let is_success = answer.status().is_success();
    let body = answer.bytes().await.map_err(unreachable)?;
    if is_success {
        return serde_json::from_slice(&body).map_err(|_| OAuthError::Unreadable);
    }
    let refusal: Refusal = serde_json::from_slice(&body).unwrap_or(Refusal {
        error: "no error of OAuth".to_owned(),
        error_description: String::new(),
    });
    let parts = [refusal.error, refusal.error_description];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Err(OAuthError::Refused {
        status,
        error: excerpt(&parts.join(": ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_holds_what_attio_asks_for() {
        let url = authorize_url(
            &Endpoints::default().authorize,
            "4b1a-app",
            "http://127.0.0.1:8976/callback",
            "s t",
        );
        insta::assert_snapshot!(url, @"https://app.attio.com/authorize?response_type=code&client_id=4b1a-app&redirect_uri=http%3A%2F%2F127.0.0.1%3A8976%2Fcallback&state=s%20t");
    }

    #[test]
    fn a_redirect_is_read_only_when_its_state_is_ours() {
        let read =
            |query: &str| read_redirect(query, "abc").map(|code| code.expose_secret().to_owned());
        assert_eq!(read("code=x%2Fy&state=abc"), Ok("x/y".to_owned()));
        assert_eq!(read("state=abc&code=x+y"), Ok("x y".to_owned()));
        for query in [
            "code=x",
            "code=x&state=",
            "code=x&state=abcd",
            "code=x&state=ABC",
            "state=no&error=access_denied",
            "",
            "code=x&state=%ff",
        ] {
            assert_eq!(read(query), Err(RedirectError::State), "{query}");
        }
        assert_eq!(read("state=abc"), Err(RedirectError::Empty));
        assert_eq!(read("state=abc&code="), Err(RedirectError::Empty));
        let denied = read("error=access_denied&error_description=Not+today&state=abc&code=x");
        insta::assert_snapshot!(denied.unwrap_err(), @"the workspace was not opened: access_denied: Not today");
    }

    #[test]
    fn secrets_are_not_shown() {
        let app = App {
            client_id: "id".to_owned(),
            client_secret: "hush".into(),
        };
        assert!(!format!("{app:?}").contains("hush"));
    }

    #[test]
    fn only_this_host_is_reached_without_tls() {
        let endpoints = Endpoints {
            token: "http://attio.example/token".to_owned(),
            ..Endpoints::default()
        };
        let error = OAuth::new(endpoints).unwrap_err();
        assert!(matches!(error, OAuthError::Http(HttpError::BaseUrl { .. })));
    }
}

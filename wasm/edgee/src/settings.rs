//! What Edgee's `settings` of the component hold.
//!
//! All that is wrong is told at once. No message shows the token.

use std::net::IpAddr;

use attio_destination::diagnostic::{excerpt, nearest_or_all};

use crate::report;

const TOKEN: &str = "attio_access_token";
const CONFIGURATION: &str = "configuration";
const SCHEMA: &str = "schema";
const API_URL: &str = "attio_api_url";
const NAMES: [&str; 4] = [TOKEN, CONFIGURATION, SCHEMA, API_URL];

const ATTIO: &str = "https://api.attio.com";

/// The settings of a component. No `Debug`: it would show the token.
pub(crate) struct Settings<'s> {
    /// The access token: visible ASCII characters.
    pub(crate) token: &'s str,
    /// What is written for which event: a configuration as JSON, or the name of a preset.
    pub(crate) configuration: Option<&'s str>,
    /// The schema of the workspace as JSON.
    pub(crate) schema: Option<&'s str>,
    /// Where Attio is, without a slash at its end.
    pub(crate) api_url: &'s str,
}

impl<'s> Settings<'s> {
    /// Reads settings. A blank one counts as absent, since forms send what is left empty.
    ///
    /// # Errors
    /// All that is wrong, a line each.
    pub(crate) fn read(settings: &'s [(String, String)]) -> Result<Settings<'s>, String> {
        let mut wrong = Vec::new();
        for (name, _) in settings {
            // Edgee's own, should it ever hand them over.
            if NAMES.contains(&name.as_str()) || name.starts_with("edgee_") {
                continue;
            }
            let name = excerpt(name);
            let help = nearest_or_all(&name, "the settings", NAMES);
            wrong.push(format!("no setting is called `{name}`; {help}"));
        }
        let get = |name| {
            let pair = settings.iter().rev().find(|(known, _)| known == name)?;
            Some(pair.1.trim()).filter(|text| !text.is_empty())
        };
        let token = get(TOKEN).unwrap_or_default();
        if token.is_empty() {
            wrong.push(format!(
                "`{TOKEN}` expected an access token of Attio, got nothing; \
                 create one in Attio's workspace settings under Developers"
            ));
        } else if let Some(at) = token.chars().position(|c| !c.is_ascii_graphic()) {
            wrong.push(format!(
                "`{TOKEN}` expected an access token of Attio, got a text whose character {} no token has; \
                 check that it was copied whole and alone, without `Bearer`",
                at + 1
            ));
        }
        let api_url = get(API_URL).unwrap_or(ATTIO).trim_end_matches('/');
        if let Err(why) = check_url(api_url) {
            wrong.push(format!(
                "`{API_URL}` expected a URL such as `{ATTIO}`, got `{}`, {why}",
                excerpt(api_url)
            ));
        }
        if !wrong.is_empty() {
            return Err(report("the settings cannot be used", &wrong));
        }
        Ok(Settings {
            token,
            configuration: get(CONFIGURATION),
            schema: get(SCHEMA),
            api_url,
        })
    }
}

/// The token goes wherever this points, so nothing is left to how a client reads odd URLs.
fn check_url(url: &str) -> Result<(), &'static str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~/:[]".contains(c);
    let (is_secure, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err("which does not begin with `https://`"),
    };
    if !rest.chars().all(is_plain) {
        return Err("which holds more than a host, a port and a path");
    }
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    if host.is_empty() {
        return Err("which names no host");
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_this_host = bare == "localhost" || bare.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
    if is_secure || is_this_host {
        Ok(())
    } else {
        Err("which would send the token unencrypted to another host; write `https://`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(settings: &[(&str, &str)]) -> Vec<(String, String)> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        settings.iter().map(pair).collect()
    }

    fn error(settings: &[(&str, &str)]) -> String {
        Settings::read(&pairs(settings)).err().unwrap()
    }

    #[test]
    fn a_token_is_enough() {
        let pairs = pairs(&[
            (TOKEN, " token\n"),
            (CONFIGURATION, " "),
            ("edgee_anonymization", "true"),
        ]);
        let settings = Settings::read(&pairs).unwrap();
        assert_eq!((settings.token, settings.api_url), ("token", ATTIO));
        assert_eq!((settings.configuration, settings.schema), (None, None));
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once_without_the_token() {
        insta::assert_snapshot!(error(&[]), @"
        the settings cannot be used
        `attio_access_token` expected an access token of Attio, got nothing; create one in Attio's workspace settings under Developers
        ");
        insta::assert_snapshot!(error(&[
            (TOKEN, "Bearer secret"),
            ("attio_acces_token", "secret"),
            ("wibble", "secret"),
            (API_URL, "ftp://example.com"),
        ]), @"
        the settings cannot be used
        no setting is called `attio_acces_token`; did you mean `attio_access_token`?
        no setting is called `wibble`; the settings are `attio_access_token`, `configuration`, `schema`, `attio_api_url`
        `attio_access_token` expected an access token of Attio, got a text whose character 7 no token has; check that it was copied whole and alone, without `Bearer`
        `attio_api_url` expected a URL such as `https://api.attio.com`, got `ftp://example.com`, which does not begin with `https://`
        ");
    }

    #[test]
    fn the_token_goes_over_https_or_stays_on_this_host() {
        for url in [
            "https://api.attio.com",
            "https://example.com:8443/proxy",
            "http://localhost:4000",
            "http://127.0.0.1:4000",
            "http://[::1]:4000",
            "http://[::1]",
        ] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "https://",
            "https://:443",
            "api.attio.com",
            "http://api.attio.com",
            "http://127.0.0.1.example.com",
            "http://localhost@example.com",
            "http://127.0.0.1\\@example.com",
            "http://127.0.0.1#.example.com",
            "http://example.com/127.0.0.1:80",
            "https://example.com?to=",
            "https://exa mple.com",
            "https://example.com\r\nx: y",
        ] {
            assert!(check_url(url).is_err(), "{url}");
        }
    }
}

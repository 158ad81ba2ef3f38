//! Credentials and region: from the environment, as a Lambda function has them, else from the shared files.

use std::path::PathBuf;

use aws_credential_types::Credentials;

/// Reads a variable of the environment.
type Lookup<'l> = &'l dyn Fn(&str) -> Option<String>;

/// Credentials and region, as far as they were found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// What requests are signed with.
    pub credentials: Option<Credentials>,
    /// Where requests go.
    pub region: Option<String>,
}

/// Looks for credentials and region: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and
/// `AWS_REGION`, else the profile `AWS_PROFILE` of `~/.aws/credentials` and `~/.aws/config`.
pub fn find(lookup: Lookup<'_>) -> Found {
    // The runtime interface emulator passes an empty session token: empty is absent.
    let get = |name: &str| lookup(name).filter(|value| !value.is_empty());
    let mut found = Found {
        credentials: get("AWS_ACCESS_KEY_ID")
            .zip(get("AWS_SECRET_ACCESS_KEY"))
            .map(|(id, secret)| {
                Credentials::new(id, secret, get("AWS_SESSION_TOKEN"), None, "environment")
            }),
        region: get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")),
    };
    if found.credentials.is_some() && found.region.is_some() {
        return found;
    }
    let profile = get("AWS_PROFILE").unwrap_or_else(|| "default".to_owned());
    let file = |variable: &str, name: &str| {
        let path = get(variable)
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(get("HOME")?).join(".aws").join(name)))?;
        std::fs::read_to_string(path).ok()
    };
    let config = file("AWS_CONFIG_FILE", "config").unwrap_or_default();
    let shared = file("AWS_SHARED_CREDENTIALS_FILE", "credentials").unwrap_or_default();
    let section = match profile.as_str() {
        "default" => profile.clone(),
        name => format!("profile {name}"),
    };
    let key = |name| value(&shared, &profile, name).or_else(|| value(&config, &section, name));
    if found.credentials.is_none() {
        found.credentials = key("aws_access_key_id")
            .zip(key("aws_secret_access_key"))
            .map(|(id, secret)| {
                let token = key("aws_session_token").map(str::to_owned);
                Credentials::new(id, secret, token, None, "profile")
            });
    }
    if found.region.is_none() {
        found.region = key("region").map(str::to_owned);
    }
    found
}

/// The value of `name` in a section of an ini file.
fn value<'t>(text: &'t str, section: &str, name: &str) -> Option<&'t str> {
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            inside = header.trim_end_matches(']').trim() == section;
        } else if inside
            && let Some((key, value)) = line.split_once('=')
            && key.trim() == name
        {
            return Some(value.trim()).filter(|value| !value.is_empty());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    type Keys = (String, String, Option<String>);

    fn found(pairs: &[(&str, &str)]) -> (Option<Keys>, Option<String>) {
        let found = find(&|name| {
            let pair = pairs.iter().find(|(key, _)| *key == name)?;
            Some(pair.1.to_owned())
        });
        let keys = found.credentials.map(|credentials| {
            (
                credentials.access_key_id().to_owned(),
                credentials.secret_access_key().to_owned(),
                credentials.session_token().map(str::to_owned),
            )
        });
        (keys, found.region)
    }

    #[test]
    fn the_environment_comes_first_and_an_empty_variable_is_absent() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            found(&[
                ("AWS_ACCESS_KEY_ID", "a"),
                ("AWS_SECRET_ACCESS_KEY", "s"),
                ("AWS_SESSION_TOKEN", ""),
                ("AWS_REGION", "eu-west-1"),
            ]),
            (Some(("a".into(), "s".into(), None)), some("eu-west-1"))
        );
        assert_eq!(found(&[("HOME", "/nonexistent")]), (None, None));
    }

    #[test]
    fn else_the_profile_of_the_shared_files() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(".aws");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(
            folder.join("credentials"),
            "[default]\naws_access_key_id = d\naws_secret_access_key = ds\n\n\
             [work]\naws_access_key_id=w\naws_secret_access_key=ws\naws_session_token=wt\n",
        )
        .unwrap();
        std::fs::write(
            folder.join("config"),
            "[default]\nregion = us-east-1\n[profile work]\n# the office\nregion = eu-central-1\n",
        )
        .unwrap();
        let home = home.path().to_str().unwrap();
        assert_eq!(
            found(&[("HOME", home)]),
            (
                Some(("d".into(), "ds".into(), None)),
                Some("us-east-1".into())
            )
        );
        assert_eq!(
            found(&[("HOME", home), ("AWS_PROFILE", "work")]),
            (
                Some(("w".into(), "ws".into(), Some("wt".into()))),
                Some("eu-central-1".into())
            )
        );
        assert_eq!(
            found(&[("HOME", home), ("AWS_PROFILE", "none")]),
            (None, None)
        );
    }
}

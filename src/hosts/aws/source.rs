//! Settings that say where a value is instead of what it is.

use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;
use serde_json::json;

use super::{Aws, AwsError, Service};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is the text itself.
    Literal(String),
    /// `file:PATH`, in the package of the function.
    File(PathBuf),
    /// `secretsmanager:NAME_OR_ARN`, of JSON secrets `#KEY`. A bare ARN of a secret is understood.
    Secret {
        /// The name or ARN.
        id: String,
        /// The key in a JSON secret.
        key: Option<String>,
    },
    /// `ssm:NAME`: a parameter, decrypted.
    Parameter(String),
    /// `s3://BUCKET/KEY`.
    Object {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
    },
}

/// Why a value could not be had.
#[derive(Debug)]
pub enum SourceError {
    /// The text of an `s3:` source has no key.
    Form(String),
    /// The file cannot be read.
    File(PathBuf, std::io::Error),
    /// AWS refused, or did not answer.
    Aws(AwsError),
    /// The object is not UTF-8, or the secret is binary.
    NotText(String),
    /// The secret is not JSON, or has no such key.
    NoKey(String, String),
}

impl Source {
    /// Reads where a value comes from.
    ///
    /// # Errors
    /// [`SourceError::Form`] when it begins like one of the forms and does not go on like it.
    pub fn parse(text: &str) -> Result<Source, SourceError> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("file:") {
            return Ok(Source::File(path.into()));
        }
        let secret = text.strip_prefix("secretsmanager:");
        if let Some(id) = secret.or_else(|| is_secret_arn(text).then_some(text)) {
            let (id, key) = match id.split_once('#') {
                Some((id, key)) => (id, Some(key.to_owned())),
                None => (id, None),
            };
            return Ok(Source::Secret {
                id: id.to_owned(),
                key,
            });
        }
        if let Some(name) = text.strip_prefix("ssm:") {
            return Ok(Source::Parameter(name.to_owned()));
        }
        if let Some(rest) = text.strip_prefix("s3:") {
            return rest
                .strip_prefix("//")
                .and_then(|rest| rest.split_once('/'))
                .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
                .map(|(bucket, key)| Source::Object {
                    bucket: bucket.to_owned(),
                    key: key.to_owned(),
                })
                .ok_or_else(|| SourceError::Form(text.to_owned()));
        }
        Ok(Source::Literal(text.to_owned()))
    }

    /// Whether the value may change while the process lives.
    pub fn is_remote(&self) -> bool {
        !matches!(self, Source::Literal(_) | Source::File(_))
    }

    /// The value. A final line break is not part of it.
    ///
    /// # Errors
    /// A [`SourceError`], which never holds the value.
    pub async fn load(&self, aws: &Aws) -> Result<String, SourceError> {
        let text = match self {
            Source::Literal(text) => text.clone(),
            Source::File(path) => std::fs::read_to_string(path)
                .map_err(|error| SourceError::File(path.clone(), error))?,
            Source::Secret { id, key } => {
                #[derive(Deserialize)]
                #[serde(rename_all = "PascalCase")]
                struct Secret {
                    secret_string: Option<String>,
                }
                let body = json!({ "SecretId": id });
                let secret: Secret = aws
                    .call(Service::SecretsManager, "GetSecretValue", &body)
                    .await?;
                let text = secret
                    .secret_string
                    .ok_or_else(|| SourceError::NotText(id.clone()))?;
                match key {
                    Some(key) => value_of(&text, key)
                        .ok_or_else(|| SourceError::NoKey(id.clone(), key.clone()))?,
                    None => text,
                }
            }
            Source::Parameter(name) => {
                #[derive(Deserialize)]
                #[serde(rename_all = "PascalCase")]
                struct Answer {
                    parameter: Parameter,
                }
                #[derive(Deserialize)]
                #[serde(rename_all = "PascalCase")]
                struct Parameter {
                    value: String,
                }
                let body = json!({"Name": name, "WithDecryption": true});
                let answer: Answer = aws.call(Service::Ssm, "GetParameter", &body).await?;
                answer.parameter.value
            }
            Source::Object { bucket, key } => String::from_utf8(aws.object(bucket, key).await?)
                .map_err(|_| SourceError::NotText(format!("s3://{bucket}/{key}")))?,
        };
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

fn is_secret_arn(text: &str) -> bool {
    text.starts_with("arn:") && text.split(':').nth(2) == Some("secretsmanager")
}

fn value_of(secret: &str, key: &str) -> Option<String> {
    let secret: serde_json::Value = serde_json::from_str(secret).ok()?;
    Some(secret.get(key)?.as_str()?.to_owned())
}

impl From<AwsError> for SourceError {
    fn from(error: AwsError) -> Self {
        SourceError::Aws(error)
    }
}

/// As it is written, but no literal, which may be a secret.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Literal(_) => f.write_str("a literal"),
            Source::File(path) => write!(f, "file:{}", path.display()),
            Source::Secret { id, key: None } => write!(f, "secretsmanager:{id}"),
            Source::Secret { id, key: Some(key) } => write!(f, "secretsmanager:{id}#{key}"),
            Source::Parameter(name) => write!(f, "ssm:{name}"),
            Source::Object { bucket, key } => write!(f, "s3://{bucket}/{key}"),
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceError::Form(text) => {
                write!(f, "expected `s3://BUCKET/KEY`, got `{text}`")
            }
            SourceError::File(path, error) => {
                write!(f, "`{}` cannot be read: {error}", path.display())
            }
            SourceError::Aws(error) => error.fmt(f),
            SourceError::NotText(name) => write!(f, "`{name}` expected text, got bytes"),
            SourceError::NoKey(id, key) => write!(
                f,
                "the secret `{id}` expected a JSON object with the string `{key}`, got another"
            ),
        }
    }
}

impl std::error::Error for SourceError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_apart_by_how_they_begin() {
        let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:attio-AbCdEf";
        for (text, shown) in [
            ("segment", "a literal"),
            ("file:config.json", "file:config.json"),
            ("secretsmanager:attio", "secretsmanager:attio"),
            ("secretsmanager:attio#token", "secretsmanager:attio#token"),
            (arn, &format!("secretsmanager:{arn}")),
            (
                &format!("{arn}#token"),
                &format!("secretsmanager:{arn}#token"),
            ),
            ("ssm:/attio/config", "ssm:/attio/config"),
            ("s3://bucket/a/b.json", "s3://bucket/a/b.json"),
        ] {
            assert_eq!(Source::parse(text).unwrap().to_string(), shown, "{text}");
        }
        for text in ["s3:", "s3://", "s3://bucket", "s3://bucket/", "s3:///key"] {
            let error = Source::parse(text).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("expected `s3://BUCKET/KEY`, got `{text}`")
            );
        }
    }

    #[test]
    fn a_key_of_a_json_secret() {
        assert_eq!(value_of(r#"{"a":"x"}"#, "a").as_deref(), Some("x"));
        for (secret, key) in [("x", "a"), (r#"{"a":1}"#, "a"), (r#"{"a":"x"}"#, "b")] {
            assert_eq!(value_of(secret, key), None, "{secret}");
        }
    }
}

//! Where a delivery goes: to Attio, or to the sandbox.

use std::path::PathBuf;

use secrecy::SecretString;

use super::super::{Failure, document};
use crate::delivery::Limit;
use crate::delivery::http::{BASE_URL, HttpSettings, HttpTransport};
use crate::sandbox::Sandbox;
use crate::schema::Schema;

/// The environment variable that holds the token.
const TOKEN_VARIABLE: &str = "ATTIO_API_KEY";
/// The sandbox has no limit of its own.
pub(super) const SANDBOX_WRITES_PER_SECOND: u32 = 10_000;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Where to")]
pub(super) struct TargetArgs {
    /// Deliver to the embedded Attio and show the records that come of it
    #[arg(long, conflicts_with_all = ["base_url", "api_key_file", "rate"])]
    sandbox: bool,
    /// Where Attio's API is
    #[arg(long, value_name = "URL", default_value = BASE_URL)]
    base_url: String,
    /// The file that holds the token, instead of the variable ATTIO_API_KEY
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    /// Writes a second: at most Attio's 25, less when other apps of the workspace write too
    #[arg(long, value_name = "NUMBER", default_value_t = Limit::WRITES.requests, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
}

/// Where a delivery goes.
pub(super) enum Target {
    /// To the embedded Attio.
    Sandbox(Sandbox),
    /// To Attio, so many writes a second.
    Http(Box<HttpTransport>, Limit),
}

impl TargetArgs {
    /// Gets ready to deliver there. A sandbox gets the objects of `schema`.
    pub(super) fn open(&self, schema: &Schema) -> Result<Target, Failure> {
        if self.sandbox {
            return Ok(Target::Sandbox(Sandbox::new(schema)));
        }
        let settings = HttpSettings {
            base_url: self.base_url.clone(),
            ..HttpSettings::default()
        };
        let transport = HttpTransport::new(&self.token()?, &settings)
            .map_err(|error| Failure::usage(error.to_string()))?;
        Ok(Target::Http(
            Box::new(transport),
            Limit::per_second(self.rate),
        ))
    }

    fn token(&self) -> Result<SecretString, Failure> {
        let token = match &self.api_key_file {
            Some(path) => document::read_text(path)?,
            None => std::env::var(TOKEN_VARIABLE).unwrap_or_default(),
        };
        if token.trim().is_empty() {
            return Err(Failure::usage_with_help(
                "there is no token for Attio",
                format!(
                    "set the variable {TOKEN_VARIABLE} or name a file with --api-key-file; or try --sandbox, which needs none"
                ),
            ));
        }
        Ok(SecretString::from(token))
    }
}

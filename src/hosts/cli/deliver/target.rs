//! Where a delivery goes: to Attio, or to the sandbox.

use super::super::Failure;
use super::super::connection::ConnectionArgs;
use crate::delivery::Limit;
use crate::delivery::http::HttpTransport;

/// The sandbox has no limit of its own.
pub(super) const SANDBOX_WRITES_PER_SECOND: u32 = 10_000;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Where to")]
pub(super) struct TargetArgs {
    /// Deliver to the embedded Attio and show the records that come of it
    #[arg(long, conflicts_with_all = ["base_url", "api_key_file", "workspace", "rate"])]
    sandbox: bool,
    #[command(flatten)]
    connection: ConnectionArgs,
    /// Writes a second: at most Attio's 25, less when other apps of the workspace write too
    #[arg(long, value_name = "NUMBER", default_value_t = Limit::WRITES.requests, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,
}

/// Where a delivery goes.
pub(super) enum Target {
    /// To an embedded Attio that is yet to be made.
    Sandbox,
    /// To Attio, so many writes a second.
    Http(Box<HttpTransport>, Limit),
}

impl TargetArgs {
    /// Gets ready to deliver there.
    pub(super) fn open(&self) -> Result<Target, Failure> {
        if self.sandbox {
            return Ok(Target::Sandbox);
        }
        let transport = self
            .connection
            .transport("; or try --sandbox, which needs none")?;
        Ok(Target::Http(
            Box::new(transport),
            Limit::per_second(self.rate),
        ))
    }
}

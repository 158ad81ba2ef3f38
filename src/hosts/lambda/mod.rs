//! The pipeline as AWS Lambda functions: one takes events in over HTTP and puts them on a queue, the other delivers
//! what is on the queue. `template.yaml` deploys both.

mod answer;
mod batch;
mod deliver;
mod environment;
mod ingest;
mod ledger;
mod log;
mod metrics;
mod pass;
mod trigger;
mod workspace;

use std::process::ExitCode;

use environment::{Environment, Role};

/// Runs the function that the environment names, for as long as Lambda keeps the process.
pub fn main() -> ExitCode {
    let lookup = |name: &str| std::env::var(name).ok();
    log::install(&lookup);
    let environment = match Environment::read(&lookup) {
        Ok(environment) => environment,
        Err(errors) => {
            for error in errors {
                tracing::error!("{error}");
            }
            return ExitCode::from(2);
        }
    };
    // One invocation at a time, and waiting is most of it: one thread serves.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = runtime
        .map_err(lambda_http::Error::from)
        .and_then(|runtime| match environment.role {
            Role::Ingest(settings) => runtime.block_on(ingest::run(settings, &lookup)),
            Role::Deliver(settings) => runtime.block_on(deliver::run(*settings, &lookup)),
        });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the function cannot run");
            ExitCode::FAILURE
        }
    }
}

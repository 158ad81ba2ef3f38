//! What runs the pipeline: the command line, and the servers. Thin shells; every decision is made further down.

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "ingest")]
pub mod ingest;
#[cfg(feature = "cli")]
pub mod input;
#[cfg(feature = "lambda")]
pub mod lambda;

//! `completions`: a script that teaches a shell the commands.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Cli, Exit, Failure};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut Cli::command(),
        "attio-destination",
        &mut script,
    );
    super::output::print(&script)
}

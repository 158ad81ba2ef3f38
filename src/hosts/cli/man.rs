//! `man`: the manual page, one for all commands.

use clap::{Command, CommandFactory};

use super::{Cli, Exit, Failure};

pub(super) fn run() -> Result<Exit, Failure> {
    super::output::print(&page().map_err(Failure::Output)?)
}

/// The page of the whole command, followed by a section for each subcommand.
fn page() -> std::io::Result<Vec<u8>> {
    let mut command = Cli::command();
    command.build();
    let mut out = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut out)?;
    subcommands(&command, &mut out)?;
    Ok(out)
}

fn subcommands(command: &Command, out: &mut Vec<u8>) -> std::io::Result<()> {
    for subcommand in command.get_subcommands() {
        let name = subcommand
            .get_bin_name()
            .unwrap_or(subcommand.get_name())
            .to_uppercase();
        out.extend_from_slice(format!(".SH \"{name}\"\n").as_bytes());
        let man = clap_mangen::Man::new(subcommand.clone());
        man.render_description_section(out)?;
        man.render_options_section(out)?;
        subcommands(subcommand, out)?;
    }
    Ok(())
}

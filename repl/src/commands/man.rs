//! `unison man`: the manual's pages.

use crate::arguments::{self, Man};
use crate::exit::{self, Failure};
use crate::output;
use std::path::Path;

pub fn man(arguments: Man) -> Result<u8, Failure> {
    let directory = &arguments.directory;
    let failed = |error: std::io::Error| {
        Failure::new(exit::USAGE, format!("cannot write into {}: {error}", directory.display()))
    };
    std::fs::create_dir_all(directory).map_err(failed)?;
    // The pages list commands as they are; groups are for the screen.
    let command = arguments::plain_command();
    clap_mangen::generate_to(command, directory).map_err(failed)?;
    output::told(&format!("Read them with: man -l {}", Path::new(directory).join("unison.1").display()));
    Ok(exit::OK)
}

//! `unison man`: the manual's pages.

use crate::arguments::{self, Man};
use crate::exit::{self, Failure};
use crate::help::TOPICS;
use crate::output;
use clap::Command;
use std::io::Write;
use std::path::Path;

pub fn man(arguments: Man) -> Result<u8, Failure> {
    let directory = &arguments.directory;
    let failed = |error: std::io::Error| {
        Failure::new(exit::USAGE, format!("cannot write into {}: {error}", directory.display()))
    };
    std::fs::create_dir_all(directory).map_err(failed)?;
    let mut command = arguments::plain_command();
    command.build();
    pages(&command, directory, true).map_err(failed)?;
    output::told(&format!("Read them with: man -l {}", directory.join("unison.1").display()));
    Ok(exit::OK)
}

/// The page of a command, and those of its commands.
fn pages(command: &Command, directory: &Path, whole: bool) -> std::io::Result<()> {
    let name = command.get_display_name().unwrap_or(command.get_name()).to_string();
    let extra = command.get_after_help().map_or_else(String::new, ToString::to_string);
    let page = clap_mangen::Man::new(command.clone()).source(concat!("unison ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    page.render_title(&mut text)?;
    page.render_name_section(&mut text)?;
    page.render_synopsis_section(&mut text)?;
    page.render_description_section(&mut text)?;
    page.render_options_section(&mut text)?;
    if command.has_subcommands() {
        page.render_subcommands_section(&mut text)?;
    }
    as_it_stands(&mut text, "MORE", &extra)?;
    if whole {
        for topic in TOPICS {
            let (heading, body) = topic.text.split_once("\n\n").unwrap_or((topic.name, topic.text));
            as_it_stands(&mut text, &heading.to_uppercase(), body)?;
        }
    }
    std::fs::write(directory.join(format!("{name}.1")), text)?;
    command.get_subcommands().try_for_each(|inner| pages(inner, directory, false))
}

/// A section whose lines are left alone: examples are in columns.
fn as_it_stands(page: &mut Vec<u8>, heading: &str, body: &str) -> std::io::Result<()> {
    if body.is_empty() {
        return Ok(());
    }
    writeln!(page, ".SH \"{heading}\"\n.nf")?;
    for line in body.trim_end().lines() {
        // A line that begins with a dot or quote would be a request.
        let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
        writeln!(page, "{guard}{}", line.replace('\\', "\\e").replace('-', "\\-"))?;
    }
    writeln!(page, ".fi")
}

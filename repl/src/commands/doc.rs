//! `unison doc`.

use super::report;
use crate::arguments::{Doc, Format};
use crate::exit::{self, Failure};
use serde_json::json;
use session::Workspace;
use session::doc::text::Look;
use session::doc::{self, Documentation};
use std::io::IsTerminal;
use std::path::Path;

/// Columns of what is not a terminal.
const WIDTH: usize = 100;

pub fn doc(arguments: Doc) -> Result<u8, Failure> {
    let [name] = arguments.names.as_slice() else {
        return Err(Failure::new(exit::USAGE, "`unison doc` explains one name at a time"));
    };
    let workspace = Workspace::open(&super::home()?, arguments.codebase.as_deref(), Path::new("."))
        .map_err(|e| report::workspace(&e))?;
    let documentation = doc::doc(&workspace, name).map_err(|e| report::workspace(&e))?;
    if documentation.is_empty() {
        return Err(nothing(&documentation));
    }
    match arguments.format {
        Format::Human => println!("{}", doc::text::human(&documentation, look())),
        Format::Json => println!("{}", json!({ "version": 1, "documentation": documentation })),
    }
    Ok(exit::OK)
}

fn nothing(documentation: &Documentation) -> Failure {
    let failure = Failure::new(exit::PROBLEMS, format!("there is nothing called `{}`", documentation.name));
    match documentation.similar.as_slice() {
        [] => failure.hint("`unison find WORD` looks in all names"),
        similar => failure.hint(format!("is it one of these? {}", similar.join(", "))),
    }
}

/// How to show text on standard output.
fn look() -> Look {
    let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0));
    let is_terminal = std::io::stdout().is_terminal();
    Look { width: if is_terminal { width } else { WIDTH }, color: super::color_on(is_terminal) }
}

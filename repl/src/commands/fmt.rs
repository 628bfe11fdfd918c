//! `unison fmt`.

use super::check::count;
use super::report;
use crate::arguments::Fmt;
use crate::exit::{self, Failure};
use crate::output;
use session::format;
use std::io::Read;
use std::path::Path;

pub fn fmt(arguments: &Fmt) -> Result<u8, Failure> {
    if arguments.paths == [Path::new("-")] {
        return standard_input(arguments.check);
    }
    let reply = format::format(&arguments.paths, arguments.check);
    reply.changed.iter().for_each(|path| output::line(&path.display().to_string()));
    eprint!("{}", report::diagnostics(&reply.sources, &reply.diagnostics));
    reply.failures.iter().for_each(|failure| eprint!("{}", report::workspace(failure)));
    if !reply.failures.is_empty() {
        return Ok(exit::USAGE);
    }
    if !reply.diagnostics.is_empty() {
        return Ok(exit::PROBLEMS);
    }
    let changed = reply.changed.len();
    let done = if arguments.check { "to be formatted" } else { "formatted" };
    eprintln!("{} {done}, {} as they should be.", count(changed, "file"), reply.files - changed);
    Ok(if arguments.check && changed > 0 { exit::PROBLEMS } else { exit::OK })
}

/// What is read is written formatted; with `check` nothing is written.
fn standard_input(check: bool) -> Result<u8, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| {
        Failure::new(exit::USAGE, format!("cannot read standard input: {error}")).hint("it has to be UTF-8 text")
    })?;
    match format::format_text("<standard input>", text.clone()) {
        Err((sources, diagnostics)) => {
            eprint!("{}", report::diagnostics(&sources, &diagnostics));
            Ok(exit::PROBLEMS)
        }
        Ok(formatted) if check => Ok(if formatted == text { exit::OK } else { exit::PROBLEMS }),
        Ok(formatted) => {
            output::text(&formatted);
            Ok(exit::OK)
        }
    }
}

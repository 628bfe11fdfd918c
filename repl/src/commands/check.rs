//! `unison check`.

mod github;
mod region;
mod sarif;

use super::report;
use super::saves::Saves;
use crate::arguments::{Check, CheckFormat};
use crate::exit::{self, Failure};
use crate::output;
use base::diagnostic;
use serde_json::json;
use session::check::CheckReply;
use session::{Workspace, WorkspaceError};
use std::path::PathBuf;

pub fn check(arguments: Check) -> Result<u8, Failure> {
    let (workspace, paths) = super::open_tree(arguments.codebase.as_deref(), &arguments.files)?;
    if arguments.watch {
        return again_and_again(&workspace, &paths, arguments.format);
    }
    check_once(&workspace, &paths, arguments.format).map_err(|error| report::workspace(&error))
}

fn check_once(workspace: &Workspace, paths: &[PathBuf], format: CheckFormat) -> Result<u8, WorkspaceError> {
    let reply = session::check::check(workspace, paths, super::now_ms())?;
    match format {
        CheckFormat::Human => human(&reply),
        CheckFormat::Json => output::line(&as_json(&reply).to_string()),
        CheckFormat::Sarif => output::line(&sarif::log(&reply.sources, &reply.diagnostics).to_string()),
        CheckFormat::Github => {
            reply.diagnostics.iter().for_each(|d| output::line(&github::annotation(d, &reply.sources)));
        }
    }
    reply.missing.iter().for_each(|(path, error)| eprint!("{}", report::file(path, error)));
    Ok(match (reply.missing.is_empty(), reply.diagnostics.is_empty()) {
        (false, _) => exit::USAGE,
        (true, false) => exit::PROBLEMS,
        (true, true) => exit::OK,
    })
}

/// Checks now and after each save, until Ctrl-C. A file that cannot be read at the moment may be saved again.
fn again_and_again(workspace: &Workspace, paths: &[PathBuf], format: CheckFormat) -> Result<u8, Failure> {
    let mut saves = Saves::of(paths, || {})?;
    loop {
        match check_once(workspace, paths, format) {
            Ok(_) => {}
            Err(error @ WorkspaceError::Codebase(..)) => return Err(report::workspace(&error)),
            Err(error) => eprint!("{}", report::workspace(&error)),
        }
        if !output::is_read() {
            return Ok(exit::NO_READER);
        }
        if !saves.wait() {
            return Ok(exit::INTERRUPTED);
        }
        output::told("");
    }
}

fn human(reply: &CheckReply) {
    eprint!("{}", report::diagnostics(&reply.sources, &reply.diagnostics));
    if reply.sources.iter().next().is_none() && !reply.missing.is_empty() {
        // That is told instead.
    } else if reply.sources.iter().next().is_none() {
        output::told("There is nothing to check: no source file (`.u`) is there.");
    } else if reply.diagnostics.is_empty() {
        let known = count(reply.checked + reply.known, "definition");
        output::told(&format!("All is well: {known}, {} checked now.", reply.checked));
    }
}

/// `3 definitions`, `1 problem`.
pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn as_json(reply: &CheckReply) -> serde_json::Value {
    let problems: Vec<_> = reply.diagnostics.iter().map(|d| diagnostic::json(d, &reply.sources)).collect();
    json!({ "version": 1, "checked": reply.checked, "known": reply.known, "problems": problems })
}

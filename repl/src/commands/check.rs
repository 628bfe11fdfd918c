//! `unison check`.

use super::report;
use crate::arguments::{Check, Format};
use crate::exit::{self, Failure};
use crate::output;
use base::diagnostic;
use serde_json::json;
use session::Workspace;
use session::check::CheckReply;
use std::path::Path;

pub fn check(arguments: Check) -> Result<u8, Failure> {
    let first = arguments.files.first().map_or(Path::new("."), |file| file);
    let workspace =
        Workspace::open(&super::home()?, arguments.codebase.as_deref(), first).map_err(|e| report::workspace(&e))?;
    let reply =
        session::check::check(&workspace, &arguments.files, super::now_ms()).map_err(|e| report::workspace(&e))?;
    match arguments.format {
        Format::Human => human(&reply),
        Format::Json => println!("{}", as_json(&reply)),
    }
    Ok(if reply.diagnostics.is_empty() { exit::OK } else { exit::PROBLEMS })
}

fn human(reply: &CheckReply) {
    eprint!("{}", report::diagnostics(&reply.sources, &reply.diagnostics));
    if reply.diagnostics.is_empty() {
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

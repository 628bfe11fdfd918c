//! `unison doc`.

use super::{ending, report};
use crate::arguments::{Doc, Format};
use crate::exit::{self, Failure};
use crate::output;
use runtime::Keys;
use serde_json::json;
use session::Workspace;
use session::doc::text::Look;
use session::doc::{self, Documentation, Evaluating, html};
use session::repl::Clock;
use session::watch::{Evaluations, NotEvaluated};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Columns of what is not a terminal.
const WIDTH: usize = 100;

pub fn doc(arguments: Doc) -> Result<u8, Failure> {
    let workspace = Workspace::open(&super::home()?, arguments.codebase.as_deref(), Path::new("."))
        .map_err(|e| report::workspace(&e))?;
    match &arguments.html {
        Some(directory) => site(&workspace, &arguments, directory),
        None => explain(&workspace, &arguments),
    }
}

fn explain(workspace: &Workspace, arguments: &Doc) -> Result<u8, Failure> {
    let [name] = arguments.names.as_slice() else {
        return Err(Failure::new(exit::USAGE, "`unison doc` explains one name at a time"));
    };
    let clock = Clock { wall_ms: super::now_ms, monotonic: super::monotonic };
    let documentation = match doc::doc(workspace, name, &Evaluating { start: &evaluations, clock }) {
        Ok(documentation) => documentation,
        Err(reason) => return ending::not_evaluated(&reason),
    };
    if documentation.is_empty() {
        return Err(nothing(&documentation));
    }
    match arguments.format {
        _ if arguments.markdown => output::line(doc::markdown::markdown(&documentation).trim_end()),
        Format::Human => output::line(&doc::text::human(&documentation, look())),
        Format::Json => output::line(&json!({ "version": 1, "documentation": documentation }).to_string()),
    }
    Ok(exit::OK)
}

fn evaluations() -> Result<Evaluations, NotEvaluated> {
    let home = super::home().map_err(|_| NotEvaluated::Stopped)?;
    let keys = Keys::embedded(&home.config).map_err(NotEvaluated::Runtime)?;
    Ok(Evaluations::new(keys, super::workers(), super::tiers(Default::default()).map_err(|_| NotEvaluated::Stopped)?))
}

fn nothing(documentation: &Documentation) -> Failure {
    let failure = Failure::new(exit::PROBLEMS, format!("there is nothing called `{}`", documentation.name));
    match documentation.similar.as_slice() {
        [] => failure.hint("`unison find WORD` looks in all names"),
        similar => failure.hint(format!("is it one of these? {}", similar.join(", "))),
    }
}

/// How to show text on standard output.
pub fn look() -> Look {
    let is_terminal = std::io::stdout().is_terminal();
    let width = terminal_size::terminal_size().filter(|_| is_terminal);
    Look { width: width.map_or(WIDTH, |(width, _)| usize::from(width.0)), color: super::color_on(is_terminal) }
}

fn site(workspace: &Workspace, arguments: &Doc, directory: &Path) -> Result<u8, Failure> {
    let files: Vec<PathBuf> = arguments.names.iter().map(PathBuf::from).collect();
    let clock = Clock { wall_ms: super::now_ms, monotonic: super::monotonic };
    let site = match doc::site(workspace, &files, &Evaluating { start: &evaluations, clock }) {
        Err(reason) => return ending::not_evaluated(&reason),
        Ok(Ok(site)) => site,
        Ok(Err(mistakes)) => {
            eprint!("{}", report::diagnostics(&mistakes.sources, &mistakes.diagnostics));
            return Ok(exit::PROBLEMS);
        }
    };
    html::write(directory, &site).map_err(|(path, error)| {
        Failure::new(exit::USAGE, format!("cannot write {}: {error}", path.display()))
            .hint("--html takes a directory, which is made if it is not there")
    })?;
    output::told(&format!("{} pages. Open {}", html::page_count(&site), directory.join("index.html").display()));
    Ok(exit::OK)
}

//! What is wrong with a command on the codebase, as text.

use crate::commands::check::count;
use crate::commands::report;
use crate::exit::{self, Failure};
use runtime::ListingError;
use session::definitions::code::NoCode;
use session::definitions::{Error, Item, Origin};
use std::path::Path;

/// An error as it is told; mistakes in files are drawn.
pub fn failure(error: &Error) -> Failure {
    let problem = |message: String| Failure::new(exit::PROBLEMS, message);
    match error {
        Error::Workspace(error) => report::workspace(error),
        Error::Unknown { wanted, similar } => unknown(wanted, similar),
        Error::UnknownHash(wanted) => {
            problem(format!("no definition has a hash that begins with {wanted}")).hint("`unison hash NAME` shows one")
        }
        Error::Ambiguous { wanted, candidates } => {
            problem(format!("`{wanted}` could be any of these:\n{}", lines(candidates)))
                .hint("write more of the name, or the hash")
        }
        Error::Mistakes(sources, diagnostics) => {
            let found = report::diagnostics(sources, diagnostics);
            problem(format!("nothing was changed: the files have mistakes\n{}", found.trim_end()))
        }
        Error::NotAType(sources, diagnostics) => {
            problem(format!("this is no type\n{}", report::diagnostics(sources, diagnostics).trim_end()))
        }
        Error::NotOwn(item) => problem(format!("{} is not of this codebase", item.title()))
            .hint("definitions of the standard library stay as they are; add one of your own under another name"),
        Error::NotATerm(item) => problem(format!("{} cannot be private", item.title()))
            .hint("types are part of whatever uses them; make the definitions private that work with it"),
        Error::ComesWithType { name, owner } => problem(format!("{name} comes with the type {owner}"))
            .hint(format!("change {owner}: `unison edit {owner}`")),
        Error::NotAName(text) => Failure::new(exit::USAGE, format!("`{text}` is no name that a definition can have")),
        Error::Taken(item) => problem(format!("the name is taken: {}  {}", item.line(), item.hash))
            .hint(format!("choose another one, or rename {} first", item.title())),
        Error::InUse { wanted, dependents } => in_use(wanted, dependents),
        Error::NothingToTurn { redo: false } => problem("there is no change to take back".to_string()),
        Error::NothingToTurn { redo: true } => problem("there is nothing to bring back".to_string())
            .hint("only what `unison undo` took back last can be, until something else is changed"),
        Error::ChangedSince(id) => problem(format!("the names of change @{} have changed since", id.0))
            .hint("`unison history` shows what became of them; nothing was taken back"),
        Error::NoSuchChange { wanted, latest } => {
            problem(format!("there is no change {wanted}; the latest is @{latest}")).hint("`unison history` shows them")
        }
        Error::NoScratch(path) => problem(format!("there is nothing to take in: no {}", super::typed(path)))
            .hint("name a file, or begin with `unison edit NAME`"),
        Error::NoOwner => problem("`here!` is the node that owns the codebase, and it has no owner yet".to_string())
            .hint("start one that serves from it: unison node start --store CODEBASE; then add this again"),
        Error::NoText(items) => problem(format!("there is no text of these:\n{}", lines(items))),
        Error::Write(path, error) => unwritable(path, error),
        Error::Exists(path) => problem(format!("{} is there already, and is left as it is", super::typed(path)))
            .hint("choose another folder, or move it away"),
    }
}

/// Why the code of a definition cannot be shown.
pub fn no_code(item: &Item, why: &NoCode) -> Failure {
    let title = item.title();
    let problem = |message: String| Failure::new(exit::PROBLEMS, message);
    match why {
        NoCode::None if item.origin == Origin::Builtin => {
            problem(format!("{title} is a builtin: it has no code of its own"))
                .hint("look at a definition that uses it")
        }
        NoCode::None => problem(format!("{title} is a {}, and has no code", item.sort.text()))
            .hint("look at a definition that uses it"),
        NoCode::Failed(ListingError::Absent(hash)) => {
            problem(format!("the code of {title} depends on {}, which is not in this codebase", hash.short()))
        }
        NoCode::Failed(ListingError::Refused(why)) => problem(format!("{title} cannot be run: {why}")),
        NoCode::Failed(ListingError::NoMachineCode) => {
            problem("this build of unison makes no machine code for this processor".to_string())
                .hint("`unison view --ir NAME` shows what its interpreter runs")
        }
    }
}

fn unknown(wanted: &str, similar: &[base::Name]) -> Failure {
    let failure = Failure::new(exit::PROBLEMS, format!("there is nothing called `{wanted}`"));
    match similar {
        [] => failure.hint("`unison find WORD` looks in all names"),
        similar => {
            let names: Vec<&str> = similar.iter().map(|name| name.as_str()).collect();
            failure.hint(format!("did you mean {}?", names.join(" or ")))
        }
    }
}

fn in_use(wanted: &[base::Name], dependents: &[Item]) -> Failure {
    let names: Vec<&str> = wanted.iter().map(|name| name.as_str()).collect();
    let message = format!(
        "{} used by {}:\n{}",
        names.join(" and ") + if names.len() == 1 { " is" } else { " are" },
        count(dependents.len(), "definition"),
        lines(dependents)
    );
    Failure::new(exit::PROBLEMS, message).hint("delete or change those first; or --force, and they go on by the hash")
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    let text = error.to_string();
    let plain = text.split(" (os error").next().unwrap_or(&text);
    Failure::new(exit::USAGE, format!("cannot write {}: {plain}", super::typed(path)))
}

/// Each with its hash.
fn lines(items: &[Item]) -> String {
    let lines: Vec<String> =
        items.iter().map(|item| format!("  {}  {}{}", item.line(), item.hash, super::mark(item.origin))).collect();
    lines.join("\n")
}

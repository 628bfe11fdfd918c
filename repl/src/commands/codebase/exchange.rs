//! `push` and `pull`.

use super::{answered, open, trouble};
use crate::arguments::Format;
use crate::arguments::codebase::Exchange as Arguments;
use crate::commands::check::count;
use crate::commands::{home, now_ms, report};
use crate::exit::{self, Failure};
use crate::output;
use crate::streams::Streams;
use base::Name;
use codebase::CodebaseError;
use codebase::Reference;
use codebase::exchange::Merged;
use runtime::{CancelHandle, Keys, Outcome};
use serde_json::json;
use session::definitions::Error;
use session::exchange::{Exchange, ExchangeError};
use session::run::show_failure;
use session::{Workspace, WorkspaceError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

type Exchanged = Result<Vec<(Name, Merged)>, ExchangeError>;

pub fn push(arguments: &Arguments) -> Result<u8, Failure> {
    exchange(arguments, |exchange, started| exchange.push(started), "there")
}

pub fn pull(arguments: &Arguments) -> Result<u8, Failure> {
    exchange(arguments, |exchange, started| exchange.pull(started), "here")
}

fn exchange(
    arguments: &Arguments,
    act: impl Fn(&Exchange<'_>, Box<dyn FnOnce(CancelHandle)>) -> Exchanged,
    place: &str,
) -> Result<u8, Failure> {
    let node = report::node_address(&arguments.node)?;
    let workspace = open(&arguments.common, None)?;
    let keys = Keys::embedded(&home()?.config).map_err(|error| report::runtime(&error))?;
    let names: Vec<Name> = arguments.names.iter().map(|name| Name::new(name.as_str())).collect();
    let interrupted = Arc::new(AtomicBool::new(false));
    let exchange = Exchange {
        workspace: &workspace,
        keys: &keys,
        console: Arc::new(Streams::default()),
        node: &node,
        names: &names,
        force: arguments.force,
        now_ms: now_ms(),
    };
    let exchanged = act(&exchange, stopping(interrupted.clone()));
    if interrupted.load(Ordering::SeqCst) {
        return Ok(exit::INTERRUPTED);
    }
    match exchanged {
        Ok(merged) => told(arguments, &merged, place),
        Err(error) => Err(failure(&error, &workspace, &keys)),
    }
}

/// Ctrl-C ends the evaluation.
fn stopping(interrupted: Arc<AtomicBool>) -> Box<dyn FnOnce(CancelHandle)> {
    Box::new(move |cancel| {
        let handler = runtime::signals::on_interrupt(move || {
            interrupted.store(true, Ordering::SeqCst);
            cancel.cancel();
        });
        // Without it Ctrl-C ends the process, which loses nothing that was acknowledged.
        drop(handler);
    })
}

fn told(arguments: &Arguments, merged: &[(Name, Merged)], place: &str) -> Result<u8, Failure> {
    let conflicts = merged.iter().filter(|(_, outcome)| matches!(outcome, Merged::Conflict(_))).count();
    let status = if conflicts == 0 { exit::OK } else { exit::PROBLEMS };
    if arguments.common.format == Format::Json {
        let names = merged.iter().map(|(name, outcome)| {
            let (word, of) = word(*outcome);
            json!({ "name": name.as_str(), "outcome": word, "hash": of.map(Reference::text) })
        });
        return answered(json!({ "names": names.collect::<Vec<_>>() })).map(|_| status);
    }
    for (name, outcome) in merged {
        let (word, of) = word(*outcome);
        match (outcome, of) {
            (Merged::Unchanged, _) => output::detail(&format!("{word:<9} {name}")),
            (Merged::Conflict(_) | Merged::Newer(_), Some(of)) => {
                output::line(&format!("{word:<9} {name}  (it means {} {place})", short(of)));
            }
            _ => output::told(&format!("{word:<9} {name}")),
        }
    }
    let changed = merged.iter().filter(|(_, it)| matches!(it, Merged::Added | Merged::Updated(_))).count();
    output::told(&format!("{} changed {place}, {} as they were.", count(changed, "name"), merged.len() - changed));
    if conflicts > 0 {
        eprintln!("unison: {} left alone, since neither side knows the other's meaning", count(conflicts, "conflict"));
        eprintln!("  hint: {}", conflict_hint(place));
    }
    Ok(status)
}

/// Either side's meaning can only be looked at where it is.
fn conflict_hint(place: &str) -> &'static str {
    match place {
        "here" => {
            "--force takes the node's; `unison diff @N` then shows what that changed, `unison undo` takes it back"
        }
        _ => {
            "--force replaces them there; `unison pull --force` takes theirs instead, to be compared with `unison diff @N`"
        }
    }
}

/// The start of a hash, as much as tells definitions apart: those that share more are not both here to be asked.
fn short(of: Reference) -> String {
    of.text().chars().take(9).collect()
}

/// What became of a name, and what it means besides.
fn word(outcome: Merged) -> (&'static str, Option<Reference>) {
    match outcome {
        Merged::Added => ("added", None),
        Merged::Updated(of) => ("updated", Some(of)),
        Merged::Unchanged => ("unchanged", None),
        Merged::Newer(of) => ("newer", Some(of)),
        Merged::Conflict(of) => ("conflict", Some(of)),
    }
}

fn failure(error: &ExchangeError, workspace: &Workspace, keys: &Keys) -> Failure {
    match error {
        ExchangeError::Workspace(WorkspaceError::Codebase(_, why)) if matches!(**why, CodebaseError::Private(_)) => {
            Failure::new(exit::PROBLEMS, why.to_string())
                .hint("push what uses it; `unison private --undo NAME` opens it")
        }
        ExchangeError::Workspace(error) => report::workspace(error),
        ExchangeError::Nothing(name) => {
            trouble::failure(&Error::Unknown { wanted: name.to_string(), similar: Vec::new() })
        }
        ExchangeError::Peer(error) => report::peer(error, Some(keys)),
        ExchangeError::Ended(Outcome::Failed(runtime::Failure::Unreachable { node, why, .. })) => {
            Failure::new(exit::UNREACHABLE, format!("{node} was lost on the way: {why}"))
                .hint("run it again once it is there: what has arrived does not travel twice")
        }
        ExchangeError::Ended(Outcome::Failed(failure)) => report::failed(failure, None, keys),
        ExchangeError::Ended(Outcome::Raised(raised)) => {
            let shown = show_failure(workspace, &|_| None, raised);
            Failure::new(exit::PROBLEMS, format!("the node could not do it: {shown}"))
        }
        ExchangeError::Ended(Outcome::Returned(_)) => Failure::new(exit::FAULT, "a result was taken for an error"),
        ExchangeError::Malformed(why) => {
            Failure::new(exit::UNREACHABLE, format!("the node's answer makes no sense: {why}"))
                .hint("is it another version of unison?")
        }
    }
}

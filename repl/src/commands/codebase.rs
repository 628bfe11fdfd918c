//! The commands on a codebase: `session::definitions` does the work, this says it.

pub mod changes;
pub mod editor;
pub mod lookups;
mod collect;
mod exchange;
mod past;
mod private;
pub mod trouble;

use super::report;
use crate::arguments::Format;
use crate::arguments::codebase::{CodebaseCommand, Common, Init};
use crate::exit::{self, Failure};
use crate::output;
use serde_json::{Value, json};
use session::Workspace;
use session::definitions::{Item, Origin, init};
use std::path::Path;

/// Runs a command to its exit status.
pub fn codebase(command: CodebaseCommand) -> Result<u8, Failure> {
    use CodebaseCommand as C;
    match command {
        C::Init(arguments) => initialize(&arguments),
        C::Add(arguments) => changes::add(&arguments),
        C::Update(arguments) => changes::update(&arguments),
        C::Edit(arguments) => changes::edit(&arguments),
        C::Rename(arguments) => changes::rename(&arguments),
        C::Delete(arguments) => changes::delete(&arguments),
        C::View(arguments) => lookups::view(&arguments),
        C::Find(arguments) => lookups::find(&arguments),
        C::Ls(arguments) => lookups::ls(&arguments),
        C::Dependents(arguments) => lookups::dependents(&arguments),
        C::Dependencies(arguments) => lookups::dependencies(&arguments),
        C::Names(arguments) => lookups::names(&arguments),
        C::Hash(arguments) => lookups::hash(&arguments),
        C::Push(arguments) => exchange::push(&arguments),
        C::Pull(arguments) => exchange::pull(&arguments),
        C::History(arguments) => past::history(&arguments),
        C::Undo(arguments) => past::undo(&arguments),
        C::Private(arguments) => private::private(&arguments),
        C::Gc(arguments) => collect::collect(&arguments),
        C::Diff(arguments) => past::diff(&arguments),
    }
}

fn initialize(arguments: &Init) -> Result<u8, Failure> {
    let made = init::init(&arguments.folder, arguments.name.as_deref()).map_err(|e| trouble::failure(&e))?;
    let paths = |paths: &[std::path::PathBuf]| paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>();
    if arguments.format == Format::Json {
        let answer = json!({ "name": made.name, "written": paths(&made.written), "kept": paths(&made.kept) });
        return answered(answer);
    }
    output::told(&format!("{} is a project now.", made.name));
    output::told(&format!("  written: {}", paths(&made.written).join(", ")));
    if !made.kept.is_empty() {
        output::told(&format!("  kept as they are: {}", paths(&made.kept).join(", ")));
    }
    output::told("Try it: unison run main.u");
    Ok(exit::OK)
}

/// Opens the workspace of a file, or of the current folder.
fn open(common: &Common, file: Option<&Path>) -> Result<Workspace, Failure> {
    let near = file.unwrap_or(Path::new("."));
    let opened = Workspace::open(&super::home()?, common.codebase.as_deref(), near);
    let mut workspace = opened.map_err(|e| report::workspace(&e))?;
    workspace.lend_no_node();
    Ok(workspace)
}

/// Opens the workspace of the current folder for a command that needs a codebase in which there is something: one that was named has to be there.
fn open_existing(common: &Common) -> Result<Workspace, Failure> {
    match &common.codebase {
        Some(path) if !path.exists() => {
            Err(Failure::new(exit::USAGE, format!("there is no codebase {}", path.display()))
                .hint("check the path; `unison add FILE.. --codebase PATH` makes one"))
        }
        _ => open(common, None),
    }
}

/// Prints the one line of an answer in JSON.
fn answered(mut answer: Value) -> Result<u8, Failure> {
    answer["version"] = json!(1);
    output::line(&answer.to_string());
    Ok(exit::OK)
}

fn item_json(item: &Item) -> Value {
    json!({
        "name": item.name.as_ref().map(|name| name.as_str()),
        "sort": item.sort.text(),
        "origin": item.origin.text(),
        "hash": item.hash,
        "type": if item.sort.is_type() { item.signature.trim() } else { &item.signature },
    })
}

fn items_json(items: &[Item]) -> Value {
    items.iter().map(item_json).collect()
}

/// What stands behind a line about something that is not of the codebase.
fn mark(origin: Origin) -> &'static str {
    match origin {
        Origin::Own => "",
        Origin::Library => "  (standard library)",
        Origin::Builtin => "  (builtin)",
    }
}

/// A path as it is best typed: relative to the current folder if it lies below.
fn typed(path: &Path) -> String {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf));
    below.unwrap_or_else(|| path.to_path_buf()).display().to_string()
}

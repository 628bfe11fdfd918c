//! `add`, `update`, `edit`, `rename`, `delete`.

use super::{answered, editor, item_json, items_json, open, open_existing, trouble, typed};
use crate::arguments::Format;
use crate::arguments::codebase::{Add, Common, Delete, Edit, Rename, Update};
use crate::commands::check::count;
use crate::commands::{now_ms, report};
use crate::exit::{self, Failure};
use crate::output;
use base::{Name, diagnostic};
use serde_json::{Value, json};
use session::Workspace;
use session::definitions::add::{self as adding, Added, Status};
use session::definitions::{Broken, Error, Item, Why, edit as editing, rename as renaming};
use std::path::PathBuf;

pub fn add(arguments: &Add) -> Result<u8, Failure> {
    let workspace = open(&arguments.common, arguments.files.first().map(|file| &**file))?;
    let added = adding::add(&workspace, &arguments.files, now_ms());
    told(&arguments.common, added)
}

pub fn update(arguments: &Update) -> Result<u8, Failure> {
    let workspace = open(&arguments.common, arguments.files.first().map(|file| &**file))?;
    take_in(&workspace, &arguments.common, &arguments.files)
}

/// Takes in files, or the scratch files if none are named.
fn take_in(workspace: &Workspace, common: &Common, files: &[PathBuf]) -> Result<u8, Failure> {
    let scratch = adding::scratch_files(workspace).into_iter().map(|path| PathBuf::from(typed(&path)));
    let files: Vec<PathBuf> = if files.is_empty() { scratch.collect() } else { files.to_vec() };
    told(common, adding::update(workspace, &files, now_ms()))
}

fn told(common: &Common, added: Result<Added, Error>) -> Result<u8, Failure> {
    let added = match (added, common.format) {
        (Err(Error::Mistakes(sources, mistakes)), Format::Json) => {
            let problems: Vec<_> = mistakes.iter().map(|mistake| diagnostic::json(mistake, &sources)).collect();
            answered(json!({ "problems": problems }))?;
            return Ok(exit::PROBLEMS);
        }
        (Err(Error::Mistakes(sources, mistakes)), Format::Human) => {
            eprint!("{}", report::diagnostics(&sources, &mistakes));
            eprintln!("Nothing was changed.");
            return Ok(exit::PROBLEMS);
        }
        (added, _) => added.map_err(|error| trouble::failure(&error))?,
    };
    match common.format {
        Format::Json => _ = answered(added_json(&added))?,
        Format::Human => added_text(&added),
    }
    Ok(if added.broken.is_empty() { exit::OK } else { exit::PROBLEMS })
}

pub fn added_text(added: &Added) {
    let of = |status: Status| added.defined.iter().filter(move |defined| defined.status == status);
    let group = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            output::told(&format!("{title}:"));
            lines.iter().for_each(|line| output::told(&format!("  {line}")));
        }
    };
    group("Added", of(Status::New).map(|defined| defined.item.line()).collect());
    group("Updated", of(Status::Updated).map(|defined| defined.item.line()).collect());
    group("Gone with their field", added.gone.iter().map(Name::to_string).collect());
    group("Carried along", added.carried.iter().map(Item::line).collect());
    let same = of(Status::Same).count();
    if same > 0 {
        output::told(&format!("{} as before.", count(same, "definition")));
    } else if added.defined.is_empty() {
        output::told("There is nothing to add.");
    }
    if !added.broken.is_empty() {
        broken(added);
    }
}

fn broken(added: &Added) {
    for broken in &added.broken {
        if let Why::Mistakes(sources, mistakes) = &broken.why {
            mistakes
                .iter()
                .for_each(|mistake| eprintln!("{}", diagnostic::human(mistake, sources, crate::commands::color())));
        }
    }
    eprintln!("These cannot follow and keep their old meaning:");
    added.broken.iter().for_each(|broken| eprintln!("  {}: {}", broken.name, reason(broken)));
    let files: Vec<String> = added.scratch.iter().map(|path| typed(path)).collect();
    if !files.is_empty() {
        eprintln!("They are in {}; mend them there, then: unison update", files.join(" and "));
    }
}

fn reason(broken: &Broken) -> String {
    match &broken.why {
        Why::Mistakes(_, mistakes) => mistakes.first().map_or(String::new(), |mistake| mistake.title.clone()),
        Why::Uses(other) => format!("it uses {other}"),
        Why::Outdated => "its text means something else by now".to_string(),
        Why::NoText => "its text is not kept".to_string(),
    }
}

fn added_json(added: &Added) -> Value {
    let defined = added.defined.iter().map(|defined| {
        let mut answer = item_json(&defined.item);
        answer["status"] = json!(match defined.status {
            Status::New => "new",
            Status::Updated => "updated",
            Status::Same => "same",
        });
        answer
    });
    let broken = added.broken.iter().map(|broken| {
        let problems: Vec<_> = match &broken.why {
            Why::Mistakes(sources, mistakes) => mistakes.iter().map(|m| diagnostic::json(m, sources)).collect(),
            Why::Uses(_) | Why::Outdated | Why::NoText => Vec::new(),
        };
        json!({ "name": broken.name.as_str(), "reason": reason(broken), "problems": problems })
    });
    json!({
        "change": added.change.map(|id| id.0),
        "defined": defined.collect::<Vec<_>>(),
        "carried": items_json(&added.carried),
        "gone": added.gone.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
        "broken": broken.collect::<Vec<_>>(),
        "scratch": added.scratch.iter().map(|path| typed(path)).collect::<Vec<_>>(),
    })
}

pub fn edit(arguments: &Edit) -> Result<u8, Failure> {
    let workspace = open_existing(&arguments.common)?;
    let editing = editing::edit(&workspace, &arguments.names).map_err(|e| trouble::failure(&e))?;
    let files: Vec<String> = editing.files.iter().map(|path| typed(path)).collect();
    if arguments.common.format == Format::Json {
        return answered(json!({ "definitions": items_json(&editing.items), "files": files }));
    }
    match editor::of_user() {
        Some(editor) => {
            editor::open(&editor, &editing.files)?;
            take_in(&workspace, &arguments.common, &editing.files)
        }
        None => {
            output::line(&format!(
                "{} to be edited in {}; then: unison update",
                titles(&editing.items),
                files.join(" ")
            ));
            Ok(exit::OK)
        }
    }
}

fn titles(items: &[Item]) -> String {
    let titles: Vec<String> = items.iter().map(Item::title).collect();
    format!("{} {}", titles.join(" and "), if titles.len() == 1 { "is" } else { "are" })
}

pub fn rename(arguments: &Rename) -> Result<u8, Failure> {
    let workspace = open_existing(&arguments.common)?;
    let renamed = renaming::rename(&workspace, &arguments.old, &arguments.new, now_ms())
        .map_err(|error| trouble::failure(&error))?;
    let names = |names: &[Name]| names.iter().map(Name::to_string).collect::<Vec<_>>();
    if arguments.common.format == Format::Json {
        let moved = renamed.names.iter().map(|(old, new)| json!({ "old": old.as_str(), "new": new.as_str() }));
        return answered(json!({
            "names": moved.collect::<Vec<_>>(),
            "rewritten": names(&renamed.rewritten),
            "outdated": names(&renamed.outdated),
        }));
    }
    for (old, new) in &renamed.names {
        output::told(&format!("{old} is called {new} now."));
    }
    if !renamed.rewritten.is_empty() {
        output::told(&format!("Its name was changed in the text of {}.", names(&renamed.rewritten).join(", ")));
    }
    if !renamed.outdated.is_empty() {
        output::told(&format!(
            "The text of {} could not follow; the meaning did.",
            names(&renamed.outdated).join(", ")
        ));
    }
    Ok(exit::OK)
}

pub fn delete(arguments: &Delete) -> Result<u8, Failure> {
    let workspace = open_existing(&arguments.common)?;
    let deleted = renaming::delete(&workspace, &arguments.names, arguments.force, now_ms())
        .map_err(|error| trouble::failure(&error))?;
    if arguments.common.format == Format::Json {
        return answered(json!({
            "deleted": items_json(&deleted.items),
            "dependents": items_json(&deleted.dependents),
        }));
    }
    for item in &deleted.items {
        output::told(&format!("{} has no name any more; it was {}.", item.hash, item.title()));
    }
    if !deleted.dependents.is_empty() {
        let names: Vec<String> = deleted.dependents.iter().map(Item::title).collect();
        output::told(&format!("These go on with it by its hash: {}.", names.join(", ")));
    }
    output::told("`unison undo` brings it back.");
    Ok(exit::OK)
}

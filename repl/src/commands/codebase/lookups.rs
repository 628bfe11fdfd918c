//! `view`, `find`, `ls`, `dependents`, `dependencies`, `names`, `hash`.

use super::{answered, item_json, items_json, mark, open_existing, trouble};
use crate::arguments::Format;
use crate::arguments::codebase::{Find, Ls, OfOne, Related, View};
use crate::commands::check::count;
use crate::exit::{self, Failure};
use crate::output;
use runtime::Form;
use serde_json::json;
use session::Workspace;
use session::definitions::code::code;
use session::definitions::find::{Hits, Match, find as search};
use session::definitions::list::{Listing, list};
use session::definitions::related::{self, Names};
use session::definitions::view::{Shown, Viewed, view as texts};
use session::definitions::{Item, Origin};

pub fn view(arguments: &View) -> Result<u8, Failure> {
    let workspace = open_existing(&arguments.common)?;
    if arguments.ir || arguments.asm {
        let form = if arguments.ir { Form::Ir } else { Form::Assembly };
        return code_of(&workspace, arguments, form);
    }
    let viewed = texts(&workspace, &arguments.names).map_err(|e| trouble::failure(&e))?;
    if arguments.common.format == Format::Json {
        let all: Vec<_> = viewed.iter().map(viewed_json).collect();
        return answered(json!({ "definitions": all }));
    }
    let texts: Vec<String> = viewed.iter().map(viewed_text).collect();
    output::line(&texts.join("\n\n"));
    Ok(exit::OK)
}

/// As [`view`], of what becomes of the definitions.
fn code_of(workspace: &Workspace, arguments: &View, form: Form) -> Result<u8, Failure> {
    let listed = code(workspace, &arguments.names, form).map_err(|e| trouble::failure(&e))?;
    let codes = listed.iter().map(|listed| match &listed.code {
        Ok(text) => Ok((&listed.item, text.trim_end())),
        Err(why) => Err(trouble::no_code(&listed.item, why)),
    });
    let codes = codes.collect::<Result<Vec<_>, _>>()?;
    if arguments.common.format == Format::Json {
        let all = codes.into_iter().map(|(item, text)| {
            let mut answer = item_json(item);
            answer["code"] = json!(text);
            answer
        });
        return answered(json!({ "definitions": all.collect::<Vec<_>>() }));
    }
    let texts: Vec<&str> = codes.into_iter().map(|(_, text)| text).collect();
    output::line(&texts.join("\n\n"));
    Ok(exit::OK)
}

fn viewed_json(viewed: &Viewed) -> serde_json::Value {
    let mut answer = item_json(&viewed.item);
    answer["context"] = json!(viewed.context);
    let (kind, text, written) = match &viewed.text {
        Shown::Written(text) => ("written", Some(text), None),
        Shown::Printed(text) => ("printed", Some(text), None),
        Shown::Outdated { written, printed } => ("outdated", Some(printed), Some(written)),
        Shown::Builtin => ("builtin", None, None),
        Shown::Absent => ("absent", None, None),
    };
    answer["text"] = json!(text);
    answer["text_is"] = json!(kind);
    answer["written"] = json!(written);
    answer
}

pub fn viewed_text(viewed: &Viewed) -> String {
    let item = &viewed.item;
    let head = if item.origin == Origin::Library { "-- Of the standard library.\n" } else { "" };
    let context = if viewed.context.is_empty() { String::new() } else { format!("{}\n", viewed.context) };
    match &viewed.text {
        Shown::Written(text) => format!("{head}{context}{text}"),
        Shown::Printed(text) => format!("{head}-- Its source is not kept; this says the same.\n{text}"),
        Shown::Outdated { written, printed } => format!(
            "-- {} was written when names in it meant something else. What it is:\n{printed}\n\n-- What was written:\n{}",
            item.title(),
            commented(&format!("{context}{written}"))
        ),
        Shown::Builtin => format!("-- A builtin.\n{}", item.line()),
        Shown::Absent => format!("-- Nothing is known of {} but its type.\n{}", item.title(), item.line()),
    }
}

fn commented(text: &str) -> String {
    text.lines().map(|line| format!("-- {line}").trim_end().to_string()).collect::<Vec<_>>().join("\n")
}

pub fn find(arguments: &Find) -> Result<u8, Failure> {
    let workspace = open_existing(&arguments.common)?;
    let query = arguments.query.join(" ");
    let hits = search(&workspace, &query, arguments.limit).map_err(|e| trouble::failure(&e))?;
    if arguments.common.format == Format::Json {
        let hit = |hit: &session::definitions::find::Hit| {
            let mut answer = item_json(&hit.item);
            answer["match"] = json!(reason(hit.by));
            answer
        };
        answered(json!({ "total": hits.total, "found": hits.hits.iter().map(hit).collect::<Vec<_>>() }))?;
    } else {
        found(&hits, &query)?;
    }
    Ok(if hits.total == 0 { exit::PROBLEMS } else { exit::OK })
}

pub fn found(hits: &Hits, query: &str) -> Result<(), Failure> {
    if hits.total == 0 {
        return Err(Failure::new(exit::PROBLEMS, format!("nothing matches `{query}`"))
            .hint("a part of a name is enough; `unison find ': TYPE'` searches by type"));
    }
    let mut by = None;
    for hit in &hits.hits {
        // The first group needs no words.
        if by.is_some_and(|by| by != hit.by) || (by.is_none() && hit.by > Match::Part) {
            heading(hit.by).into_iter().for_each(output::line);
        }
        by = Some(hit.by);
        output::line(&format!("{}  {}{}", hit.item.line(), hit.item.hash, mark(hit.item.origin)));
    }
    if hits.total > hits.hits.len() {
        output::line(&format!(".. and {} more; --limit N shows more", hits.total - hits.hits.len()));
    }
    Ok(())
}

fn heading(by: Match) -> Option<&'static str> {
    match by {
        Match::Exact | Match::Suffix | Match::Prefix | Match::Part => None,
        Match::Near => Some("Names like it:"),
        Match::Text => Some("In the comments:"),
        Match::OtherOrder => Some("With the arguments in another order:"),
        Match::General => Some("More general:"),
    }
}

fn reason(by: Match) -> &'static str {
    match by {
        Match::Exact => "exact",
        Match::Suffix => "suffix",
        Match::Prefix => "prefix",
        Match::Part => "part",
        Match::Near => "near",
        Match::Text => "comment",
        Match::OtherOrder => "other order",
        Match::General => "general",
    }
}

pub fn ls(arguments: &Ls) -> Result<u8, Failure> {
    let workspace = open_existing(&arguments.common)?;
    let listing = list(&workspace, arguments.namespace.as_deref(), arguments.all).map_err(|e| trouble::failure(&e))?;
    if arguments.common.format == Format::Json {
        let namespaces = listing.namespaces.iter().map(|namespace| {
            json!({ "name": namespace.name.as_str(), "count": namespace.count, "origin": namespace.origin.text() })
        });
        let name = listing.namespace.as_ref().map(|name| name.as_str());
        let namespaces: Vec<_> = namespaces.collect();
        return answered(json!({
            "namespace": name,
            "namespaces": namespaces,
            "definitions": items_json(&listing.items),
            "left_out": listing.left_out,
        }));
    }
    listed(&listing);
    Ok(exit::OK)
}

fn listed(listing: &Listing) {
    let below = listing.namespace.as_ref().map_or(0, |name| name.as_str().len() + 1);
    for namespace in &listing.namespaces {
        let name = namespace.name.as_str().get(below..).unwrap_or_default();
        output::line(&format!("{name}.  {}{}", count(namespace.count, "name"), mark(namespace.origin)));
    }
    for item in &listing.items {
        let name = item.name.as_ref().map(|name| base::Name::new(name.as_str().get(below..).unwrap_or_default()));
        let shown = Item { name, ..item.clone() };
        output::line(&format!("{}{}", shown.line(), mark(item.origin)));
    }
    if listing.namespaces.is_empty() && listing.items.is_empty() {
        output::told("The codebase has no names yet; `unison add FILE` gives some.");
    }
    if listing.left_out > 0 {
        output::told(&format!("The standard library has {} more: unison ls --all", count(listing.left_out, "name")));
    }
}

pub fn dependents(arguments: &Related) -> Result<u8, Failure> {
    let workspace = open_existing(&arguments.common)?;
    let found = related::dependents(&workspace, &arguments.name, arguments.all).map_err(|e| trouble::failure(&e))?;
    told(arguments, &found, "Nothing with a name uses")
}

pub fn dependencies(arguments: &Related) -> Result<u8, Failure> {
    let workspace = open_existing(&arguments.common)?;
    let found = related::dependencies(&workspace, &arguments.name, arguments.all).map_err(|e| trouble::failure(&e))?;
    told(arguments, &found, "Nothing is used by")
}

fn told(arguments: &Related, related: &related::Related, nothing: &str) -> Result<u8, Failure> {
    if arguments.common.format == Format::Json {
        return answered(json!({ "of": items_json(&related.of), "found": items_json(&related.found) }));
    }
    for item in &related.found {
        output::line(&format!("{}{}", item.line(), mark(item.origin)));
    }
    if related.found.is_empty() {
        let titles: Vec<String> = related.of.iter().map(Item::title).collect();
        output::told(&format!("{nothing} {}.", titles.first().map_or("it", |title| title)));
    }
    Ok(exit::OK)
}

pub fn names(arguments: &OfOne) -> Result<u8, Failure> {
    of_one(arguments, |names| {
        let all: Vec<&str> = names.names.iter().map(|name| name.as_str()).collect();
        format!("{} {}", names.item.hash, if all.is_empty() { "has no name".to_string() } else { all.join(" ") })
    })
}

pub fn hash(arguments: &OfOne) -> Result<u8, Failure> {
    of_one(arguments, |names| format!("{}  {}{}", names.hash, names.item.line(), mark(names.item.origin)))
}

fn of_one(arguments: &OfOne, line: impl Fn(&Names) -> String) -> Result<u8, Failure> {
    let workspace = open_existing(&arguments.common)?;
    let found = related::names(&workspace, &arguments.name).map_err(|e| trouble::failure(&e))?;
    if arguments.common.format == Format::Json {
        let all = found.iter().map(|names| {
            let mut answer = item_json(&names.item);
            answer["full_hash"] = json!(names.hash);
            answer["names"] = names.names.iter().map(|name| name.as_str()).collect();
            answer
        });
        return answered(json!({ "definitions": all.collect::<Vec<_>>() }));
    }
    found.iter().for_each(|names| output::line(&line(names)));
    Ok(exit::OK)
}

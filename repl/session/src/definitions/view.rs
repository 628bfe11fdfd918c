//! `view`: definitions as they were written.

use super::item::{component, definition, library_error};
use super::{Error, Item, Origin, lookup, references};
use crate::workspace::{Workspace, WorkspaceError};
use base::{Name, Sources};
use check::Environment;
use codebase::{Reference, SourceText};
use kernel::DefId;

/// A definition and its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Viewed {
    pub item: Item,
    /// The `namespace` and `use` lines that the text is to be read under.
    pub context: String,
    pub text: Shown,
}

/// What can be shown of a definition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Shown {
    /// What was written, comments included.
    Written(String),
    /// It came without text: as it could have been written.
    Printed(String),
    /// What was `written` for it would be another definition now, since names in it have come to mean something else; `printed` is what it is.
    Outdated { written: String, printed: String },
    /// It has no text: it is a builtin.
    Builtin,
    /// Nothing is known of it but its type.
    Absent,
}

/// The texts of definitions, in the order in which they were asked for; one that several words mean stands once.
pub fn view(workspace: &Workspace, wanted: &[String]) -> Result<Vec<Viewed>, Error> {
    let mut found: Vec<Viewed> = Vec::new();
    for word in wanted {
        for item in lookup::resolve(workspace, word)? {
            let viewed = one(workspace, item)?;
            // A constructor is shown by its type, so it may be there already.
            if found.iter().all(|other| other.item != viewed.item) {
                found.push(viewed);
            }
        }
    }
    Ok(found)
}

/// A definition with its text: of a constructor, operation or accessor that of its type.
pub(super) fn one(workspace: &Workspace, item: Item) -> Result<Viewed, WorkspaceError> {
    if item.origin == Origin::Builtin {
        return Ok(Viewed { item, context: String::new(), text: Shown::Builtin });
    }
    let item = whole(workspace, item)?;
    let Some(source) = source_of(workspace, &item)? else {
        let text = printed(workspace, &item)?.map_or(Shown::Absent, Shown::Printed);
        return Ok(Viewed { item, context: String::new(), text });
    };
    let is_current = item.origin == Origin::Library || is_current(workspace, &source)?;
    let text = source.text.to_string();
    let text = match is_current {
        true => Shown::Written(text),
        false => Shown::Outdated { printed: printed(workspace, &item)?.unwrap_or_default(), written: text },
    };
    Ok(Viewed { item, context: source.context.to_string(), text })
}

/// A definition as it could have been written, from the core language.
fn printed(workspace: &Workspace, item: &Item) -> Result<Option<String>, WorkspaceError> {
    let Some(DefId { component, index }) = definition(item.reference) else { return Ok(None) };
    let Some(object) = references::object(workspace, &component)? else { return Ok(None) };
    // What has no name is called by its hash, which is no name in a program.
    let name = item.name.clone().unwrap_or_else(|| Name::new(item.hash.as_str()));
    let text = compiler::print::text_of(&name, &object, index, &workspace.environment);
    Ok(text.map(|text| text.trim_end().to_string()))
}

/// The type instead of a constructor or accessor, which has no text of its own.
fn whole(workspace: &Workspace, item: Item) -> Result<Item, WorkspaceError> {
    let origin = item.origin;
    if item.member.is_some() {
        let name = item.name.as_ref().and_then(|name| name.parent());
        return Item::of(workspace, name, item.reference, None, origin);
    }
    let Some(maker) = source_of(workspace, &item)?.and_then(|source| source.made_by) else { return Ok(item) };
    let types = workspace.environment.types(&maker);
    let Some(found) = types.into_iter().find(|found| found.name == maker) else { return Ok(item) };
    Item::of(workspace, Some(maker), Reference::Type(found.reference), None, origin)
}

/// What was written for a definition, under its name, else under another name that it has or had. Of several texts the latest that still means it, else
/// the latest.
pub(super) fn source_of(workspace: &Workspace, item: &Item) -> Result<Option<SourceText>, WorkspaceError> {
    let all = match item.origin {
        Origin::Builtin => Vec::new(),
        Origin::Library => workspace.environment.library().sources_of(item.reference).map_err(library_error)?,
        Origin::Own => workspace.codebase.sources_of(item.reference).map_err(|error| workspace.failed(error))?,
    };
    let is_own = |source: &&SourceText| Some(&source.name) == item.name.as_ref();
    let own: Vec<&SourceText> = all.iter().filter(is_own).collect();
    let texts = if own.is_empty() { all.iter().collect() } else { own };
    if texts.len() > 1 && item.origin == Origin::Own {
        for text in &texts {
            if is_current(workspace, text)? {
                return Ok(Some((*text).clone()));
            }
        }
    }
    Ok(texts.first().map(|text| (*text).clone()))
}

/// Whether a text of the codebase still means the definition that it is kept for.
pub(super) fn is_current(workspace: &Workspace, source: &SourceText) -> Result<bool, WorkspaceError> {
    Ok(source.made_by.is_some() || current_cycle(workspace, source)?.is_some())
}

/// The texts of the definitions with which one is mutually recursive, if together they mean what they are; nothing if they do not.
pub(super) fn current_cycle(
    workspace: &Workspace,
    source: &SourceText,
) -> Result<Option<Vec<SourceText>>, WorkspaceError> {
    let versions = versions_of_cycle(workspace, source)?;
    let most = versions.iter().map(Vec::len).max().unwrap_or(1);
    for nth in 0..most {
        let cycle: Vec<SourceText> = versions.iter().filter_map(|v| v.get(nth).or_else(|| v.last())).cloned().collect();
        if means(workspace, &workspace.environment, source, &cycle)? == Some(source.of) {
            return Ok(Some(cycle));
        }
    }
    Ok(None)
}

/// For each other member of the cycle its texts, the latest first.
fn versions_of_cycle(workspace: &Workspace, source: &SourceText) -> Result<Vec<Vec<SourceText>>, WorkspaceError> {
    let Some(component) = component(source.of) else { return Ok(Vec::new()) };
    let failed = |error| workspace.failed(error);
    let mut versions: Vec<Vec<SourceText>> = Vec::new();
    for (name, of) in workspace.codebase.names_in(&component).map_err(failed)? {
        if of != source.of && versions.iter().flatten().all(|other| other.of != of) {
            let texts = workspace.codebase.sources_of(of).map_err(failed)?;
            let own: Vec<SourceText> = texts.into_iter().filter(|text| text.name == name).collect();
            versions.extend((!own.is_empty()).then_some(own));
        }
    }
    Ok(versions)
}

/// What a text means in an environment, with those of its cycle; nothing if it does not check there.
pub(super) fn means(
    workspace: &Workspace,
    environment: &(dyn Environment + Sync),
    source: &SourceText,
    cycle: &[SourceText],
) -> Result<Option<Reference>, WorkspaceError> {
    let mut sources = Sources::default();
    for part in std::iter::once(source).chain(cycle) {
        sources.add(part.name.to_string(), format!("{}{}\n", part.context, part.text));
    }
    let compiled = workspace.compile_as(&sources, &source.project, environment)?;
    let checked = &compiled.checked;
    let term = checked.terms.iter().find(|term| term.name == source.name).map(|term| Reference::Term(term.reference));
    let ty = checked.types.iter().find(|ty| ty.name == source.name).map(|ty| Reference::Type(ty.reference));
    Ok(match source.of {
        Reference::Term(_) => term,
        Reference::Type(_) => ty,
    })
}

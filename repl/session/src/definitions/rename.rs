//! `rename` and `delete`: names change, definitions do not.
//!
//! A rename keeps every hash. The texts of what refers to the name are rewritten with it, token by token, and kept only if they still
//! mean what they meant; where that cannot be done the text stays as it was and is shown as outdated.

use super::item::component;
use super::overlay::Overlay;
use super::{Error, Item, Origin, lookup, related, view};
use crate::workspace::{Workspace, WorkspaceError};
use base::hash::base32hex;
use base::{Name, SourceId};
use check::Environment;
use codebase::{Batch, ChangeKind, CodebaseError, Note, Reference, SourceText};
use kernel::{Identity, TypeRef};
use std::collections::{BTreeMap, BTreeSet};
use syntax::token::TokenKind;

/// How often to look again when others change names meanwhile.
const ATTEMPTS_MAX: usize = 1_000;

/// What a rename did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Renamed {
    /// Every name that changed, accessors among them, with its new form.
    pub names: Vec<(Name, Name)>,
    /// Definitions whose text has the new name now.
    pub rewritten: Vec<Name>,
    /// Definitions whose text could not be rewritten: it is kept, and shown as outdated.
    pub outdated: Vec<Name>,
}

/// What a deletion did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deleted {
    pub items: Vec<Item>,
    /// What still refers to them, by hash.
    pub dependents: Vec<Item>,
}

/// Gives what has one name another one, or everything below a namespace: one that is no definition's name, or is written with a dot at its end.
pub fn rename(workspace: &Workspace, old: &str, new: &str, now_ms: u64) -> Result<Renamed, Error> {
    let (of_definition, new_name) = (!old.ends_with('.'), valid(new.strip_suffix('.').unwrap_or(new))?);
    if new.ends_with('.') && of_definition {
        return Err(Error::NotAName(new.to_string()));
    }
    let renamed = retry(workspace, |workspace| try_rename(workspace, old, &new_name, now_ms))?;
    stay_private(workspace, &renamed).map_err(|error| workspace.failed(error))?;
    Ok(renamed)
}

/// What was private is so under its new name, too.
fn stay_private(workspace: &Workspace, renamed: &Renamed) -> Result<(), CodebaseError> {
    if workspace.codebase.private_names()?.is_empty() {
        return Ok(());
    }
    let mut names = Vec::new();
    for (old, new) in &renamed.names {
        if workspace.codebase.is_private(old)? {
            names.push(new.clone());
        }
    }
    workspace.codebase.set_private(&names, true)
}

/// Takes names away. Refuses to if something that keeps its name refers to them, unless it is `forced`.
pub fn delete(workspace: &Workspace, wanted: &[String], forced: bool, now_ms: u64) -> Result<Deleted, Error> {
    retry(workspace, |workspace| try_delete(workspace, wanted, forced, now_ms))
}

/// Does it anew if the codebase has changed meanwhile.
fn retry<T>(workspace: &Workspace, mut attempt: impl FnMut(&Workspace) -> Result<T, Error>) -> Result<T, Error> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match attempt(workspace) {
            Err(Error::Workspace(WorkspaceError::Codebase(_, error)))
                if *error == CodebaseError::Moved && attempts < ATTEMPTS_MAX => {}
            result => return result,
        }
    }
}

/// The text as a name that a definition can have.
fn valid(text: &str) -> Result<Name, Error> {
    let (tokens, problems) = syntax::tokens(SourceId::default(), text);
    let is_name = matches!(tokens.as_slice(), [token]
        if matches!(token.kind, TokenKind::Name | TokenKind::Operator)
        && (token.span.start, token.span.end as usize) == (0, text.len()));
    if is_name && problems.is_empty() { Ok(Name::new(text)) } else { Err(Error::NotAName(text.to_string())) }
}

/// What can be renamed or deleted: terms and types of the codebase.
fn own(workspace: &Workspace, wanted: &str) -> Result<Vec<Item>, Error> {
    let mut items = lookup::resolve(workspace, wanted)?;
    if let Some(other) = items.iter().find(|item| item.origin != Origin::Own) {
        return Err(Error::NotOwn(other.clone()));
    }
    if items.iter().any(|item| item.member.is_none()) {
        items.retain(|item| item.member.is_none());
    }
    for item in &items {
        let Some(name) = item.name.clone() else { return Err(Error::UnknownHash(wanted.to_string())) };
        let maker = match item.member {
            Some(_) => name.parent(),
            None => view::source_of(workspace, item)?.and_then(|source| source.made_by),
        };
        if let Some(owner) = maker {
            return Err(Error::ComesWithType { name, owner });
        }
    }
    Ok(items)
}

/// What goes with these: the accessors of a type, as far as they are below its name, and documentation.
fn accessors(workspace: &Workspace, items: &[Item]) -> Result<Vec<(Name, Reference)>, WorkspaceError> {
    let mut found = Vec::new();
    for name in items.iter().filter(|item| item.sort.is_type()).filter_map(|item| item.name.as_ref()) {
        found.extend(workspace.codebase.made_by(name).map_err(|error| workspace.failed(error))?);
    }
    for name in items.iter().filter_map(|item| item.name.as_ref()) {
        let doc = crate::doc::literal::name_for(name);
        let terms = workspace.codebase.terms_by_suffix(&doc).into_iter().filter(|(found, _)| *found == doc);
        let docs = terms.filter(|(_, term)| crate::doc::literal::is_doc(&workspace.environment, *term));
        let docs: Vec<(Name, Reference)> = docs.map(|(name, term)| (name, Reference::Term(term))).collect();
        found.extend(docs);
    }
    Ok(found)
}

fn try_delete(workspace: &Workspace, wanted: &[String], forced: bool, now_ms: u64) -> Result<Deleted, Error> {
    let since = workspace.codebase.head().map_err(|error| workspace.failed(error))?;
    let mut items: Vec<Item> = Vec::new();
    for word in wanted {
        let more = own(workspace, word)?.into_iter().filter(|item| !items.contains(item)).collect::<Vec<_>>();
        items.extend(more);
    }
    let mut removed: Vec<(Name, Reference)> =
        items.iter().filter_map(|item| Some((item.name.clone()?, item.reference))).collect();
    removed.extend(accessors(workspace, &items)?);
    let dependents = left_behind(workspace, &removed)?;
    if !dependents.is_empty() && !forced {
        let wanted = items.iter().filter_map(|item| item.name.clone()).collect();
        return Err(Error::InUse { wanted, dependents });
    }
    let what = items.iter().map(Item::title).collect::<Vec<_>>().join(" ");
    let note = Note { kind: ChangeKind::Delete, what };
    let batch = Batch { removed, note, since: Some(since), ..Batch::default() };
    workspace.codebase.add(&batch, now_ms).map_err(|error| workspace.failed(error))?;
    Ok(Deleted { items, dependents })
}

/// What refers to something that has no name any more once these are gone, and keeps its own name.
fn left_behind(workspace: &Workspace, removed: &[(Name, Reference)]) -> Result<Vec<Item>, WorkspaceError> {
    let is_gone = |name: &Name, of: Reference| removed.iter().any(|(gone, other)| gone == name && *other == of);
    let mut found: Vec<Item> = Vec::new();
    for (_, reference) in removed {
        if lookup::names_of(workspace, *reference)?.iter().any(|name| !is_gone(name, *reference)) {
            continue;
        }
        for dependent in related::dependents_of(workspace, *reference)? {
            for name in own_names(workspace, dependent)?.into_iter().filter(|name| !is_gone(name, dependent)) {
                let item = Item::of(workspace, Some(name), dependent, None, Origin::Own)?;
                if !found.contains(&item) {
                    found.push(item);
                }
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn own_names(workspace: &Workspace, reference: Reference) -> Result<Vec<Name>, WorkspaceError> {
    let Some(component) = component(reference) else { return Ok(Vec::new()) };
    let named = workspace.codebase.names_in(&component).map_err(|error| workspace.failed(error))?;
    Ok(named.into_iter().filter(|(_, of)| *of == reference).map(|(name, _)| name).collect())
}

fn try_rename(workspace: &Workspace, old: &str, new: &Name, now_ms: u64) -> Result<Renamed, Error> {
    let since = workspace.codebase.head().map_err(|error| workspace.failed(error))?;
    let (moves, space) = moves(workspace, old, new)?;
    let old = match (&space, moves.first()) {
        (Some(space), _) => space.old.clone(),
        (None, Some(moved)) => moved.old.clone(),
        (None, None) => return Err(Error::UnknownHash(old.to_string())),
    };
    refuse_taken(workspace, &moves)?;
    let after = after(workspace, &moves);
    let texts = Texts::new(workspace, &after, pairs(workspace, &moves), space);
    let mut batch = Batch { since: Some(since), ..Batch::default() };
    batch.note = Note { kind: ChangeKind::Rename, what: format!("{old} to {new}") };
    let (mut rewritten, mut outdated) = (Vec::new(), Vec::new());
    for Move { old, new, of } in &moves {
        batch.removed.push((old.clone(), *of));
        match of {
            Reference::Term(term) => batch.terms.push((new.clone(), *term)),
            Reference::Type(ty) => batch.types.push((new.clone(), *ty)),
        }
        let item = Item::of(workspace, Some(old.clone()), *of, None, Origin::Own)?;
        if let Some(source) = view::source_of(workspace, &item)? {
            let moved = texts.moved(&source, new)?;
            outdated.extend(moved.is_none().then(|| new.clone()));
            let kept = SourceText { name: new.clone(), ..source };
            batch.sources.push(moved.unwrap_or(kept));
        }
    }
    for source in using(workspace, &moves)? {
        let Some(cycle) = view::current_cycle(workspace, &source)? else { continue };
        let moves_along = cycle.iter().any(|part| moves.iter().any(|moved| moved.of == part.of));
        if !moves_along && view::means(workspace, &after, &source, &cycle)? == Some(source.of) {
            continue;
        }
        match texts.rewritten(&source)? {
            Some(text) => {
                rewritten.push(source.name.clone());
                batch.sources.push(text);
            }
            None => outdated.push(source.name.clone()),
        }
    }
    workspace.codebase.add(&batch, now_ms).map_err(|error| workspace.failed(error))?;
    let names = moves.into_iter().map(|moved| (moved.old, moved.new)).collect();
    Ok(Renamed { names, rewritten, outdated })
}

/// A name that becomes another one.
struct Move {
    old: Name,
    new: Name,
    of: Reference,
}

/// A namespace that gets another name.
struct Space {
    old: Name,
    new: Name,
}

impl Space {
    /// The new form of what is below it.
    fn moved(&self, name: &Name) -> Option<Name> {
        let rest = name.as_str().strip_prefix(self.old.as_str())?.strip_prefix('.')?;
        Some(self.new.join(&Name::new(rest)))
    }
}

/// The names that change, and the namespace if it is one that is renamed.
fn moves(workspace: &Workspace, wanted: &str, new: &Name) -> Result<(Vec<Move>, Option<Space>), Error> {
    let name = Name::new(wanted.strip_suffix('.').unwrap_or(wanted));
    let below = moves_below(workspace, &Space { old: name.clone(), new: new.clone() })?;
    let is_defined = !workspace.codebase.meanings(&name).map_err(|error| workspace.failed(error))?.is_empty();
    if !below.is_empty() && (wanted.ends_with('.') || !is_defined) {
        return Ok((below, Some(Space { old: name, new: new.clone() })));
    }
    let from = own(workspace, wanted)?;
    let Some(old) = from.first().and_then(|item| item.name.clone()) else { return Ok((Vec::new(), None)) };
    Ok((moves_of(workspace, &from, &old, new)?, None))
}

/// Everything below a namespace, but for accessors of a type that is not below it.
fn moves_below(workspace: &Workspace, space: &Space) -> Result<Vec<Move>, WorkspaceError> {
    let failed = |error| workspace.failed(error);
    let stays: BTreeSet<Name> =
        workspace.codebase.made_by(&space.old).map_err(failed)?.into_iter().map(|(name, _)| name).collect();
    let named = workspace.codebase.named(Some(&space.old)).map_err(failed)?;
    let moved = named.into_iter().filter(|(name, _)| !stays.contains(name));
    Ok(moved.filter_map(|(old, of)| Some(Move { new: space.moved(&old)?, old, of })).collect())
}

/// With a type's name those of its accessors change.
fn moves_of(workspace: &Workspace, from: &[Item], old: &Name, new: &Name) -> Result<Vec<Move>, WorkspaceError> {
    let own = from.iter().map(|item| Move { old: old.clone(), new: new.clone(), of: item.reference });
    let mut moves: Vec<Move> = own.collect();
    for (name, of) in accessors(workspace, from)? {
        if let Some(rest) = name.as_str().strip_prefix(&format!("{old}.")) {
            let new = new.join(&Name::new(rest));
            moves.push(Move { old: name, new, of });
        }
    }
    Ok(moves)
}

fn refuse_taken(workspace: &Workspace, moves: &[Move]) -> Result<(), Error> {
    for Move { new, of, .. } in moves {
        let meanings = workspace.codebase.meanings(new).map_err(|error| workspace.failed(error))?;
        let same_sort = |other: &Reference| matches!(other, Reference::Type(_)) == matches!(of, Reference::Type(_));
        if let Some(taken) = meanings.into_iter().find(same_sort) {
            return Err(Error::Taken(Item::of(workspace, Some(new.clone()), taken, None, Origin::Own)?));
        }
    }
    Ok(())
}

fn after<'w>(workspace: &'w Workspace, moves: &[Move]) -> Overlay<'w> {
    let mut after = Overlay::new(&workspace.environment);
    for Move { old, new, of } in moves {
        match of {
            Reference::Term(term) => {
                after.hidden_terms.insert(old.clone());
                after.terms.push((new.clone(), *term));
            }
            Reference::Type(ty) => {
                after.hidden_types.insert(old.clone());
                after.types.push((new.clone(), *ty));
            }
        }
    }
    after
}

/// All names that change in texts, those of constructors among them.
fn pairs(workspace: &Workspace, moves: &[Move]) -> Vec<(Name, Name)> {
    let mut pairs: Vec<(Name, Name)> = Vec::new();
    for Move { old, new, of } in moves {
        pairs.push((old.clone(), new.clone()));
        let Reference::Type(ty) = of else { continue };
        for constructor in workspace.environment.declaration(*ty).iter().flat_map(|d| &d.constructors) {
            let last = Name::new(constructor.name.clone());
            pairs.push((old.join(&last), new.join(&last)));
        }
    }
    pairs
}

/// The texts of what refers to these, but not theirs.
fn using(workspace: &Workspace, moves: &[Move]) -> Result<Vec<SourceText>, WorkspaceError> {
    let mut users: BTreeSet<Reference> = BTreeSet::new();
    for moved in moves {
        users.extend(related::dependents_of(workspace, moved.of)?);
    }
    let is_moved = |name: &Name, of: Reference| moves.iter().any(|moved| moved.old == *name && moved.of == of);
    let mut texts = Vec::new();
    for of in users {
        for name in own_names(workspace, of)?.into_iter().filter(|name| !is_moved(name, of)) {
            let item = Item::of(workspace, Some(name), of, None, Origin::Own)?;
            let source = view::source_of(workspace, &item)?;
            texts.extend(source.filter(|source| source.made_by.is_none()));
        }
    }
    Ok(texts)
}

/// Rewrites texts for the names after a change.
struct Texts<'a> {
    workspace: &'a Workspace,
    after: &'a Overlay<'a>,
    pairs: Vec<(Name, Name)>,
    /// Which of the pairs have an old name that ends so.
    by_last: BTreeMap<String, Vec<usize>>,
    space: Option<Space>,
}

/// How names are written in a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// With as many segments as before.
    AsBefore,
    Whole,
}

impl<'a> Texts<'a> {
    fn new(
        workspace: &'a Workspace,
        after: &'a Overlay<'a>,
        pairs: Vec<(Name, Name)>,
        space: Option<Space>,
    ) -> Texts<'a> {
        let mut by_last: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, (old, _)) in pairs.iter().enumerate() {
            by_last.entry(old.last().to_string()).or_default().push(index);
        }
        Texts { workspace, after, pairs, by_last, space }
    }

    /// The text of what refers to a name that changes; none if no rewriting keeps its meaning.
    fn rewritten(&self, source: &SourceText) -> Result<Option<SourceText>, WorkspaceError> {
        for form in [Form::AsBefore, Form::Whole] {
            let tried = self.written_anew(source, form);
            if self.keeps(&tried, source, form)? {
                return Ok(Some(tried));
            }
        }
        Ok(None)
    }

    fn written_anew(&self, source: &SourceText, form: Form) -> SourceText {
        let renamed = self.pairs.iter().find(|(old, _)| *old == source.name).map(|(_, new)| new.clone());
        let text = self.with_identity(source.of, self.rewrite(&source.text, form));
        let context = self.rewrite_context(&source.context, form).into();
        let name = renamed.clone().unwrap_or_else(|| source.name.clone());
        let text = if renamed.is_some() { text } else { self.rewrite(&source.text, form) };
        SourceText { name, text: text.into(), context, ..source.clone() }
    }

    /// Whether a text means after the change what another one meant before it; the texts of its cycle are rewritten too.
    fn keeps(&self, tried: &SourceText, before: &SourceText, form: Form) -> Result<bool, WorkspaceError> {
        let cycle = view::current_cycle(self.workspace, before)?.unwrap_or_default();
        let cycle: Vec<SourceText> = cycle.iter().map(|part| self.written_anew(part, form)).collect();
        Ok(view::means(self.workspace, self.after, tried, &cycle)? == Some(before.of))
    }

    /// The text of what has the new name.
    fn moved(&self, source: &SourceText, new: &Name) -> Result<Option<SourceText>, WorkspaceError> {
        if let Some(maker) = &source.made_by {
            let renamed = self.pairs.iter().find(|(old, _)| old == maker).map(|(_, new)| new.clone());
            return Ok(Some(SourceText { name: new.clone(), made_by: renamed, ..source.clone() }));
        }
        let outside = source.context.replacen("namespace ", "use ", 1);
        let ways = [(Form::AsBefore, &*source.context), (Form::Whole, &*outside), (Form::Whole, "")];
        for (form, context) in ways {
            let text = self.with_identity(source.of, self.rewrite(&source.text, form));
            let context = self.rewrite_context(context, form).into();
            let tried = SourceText { name: new.clone(), text: text.into(), context, ..source.clone() };
            if self.keeps(&tried, source, form)? {
                return Ok(Some(tried));
            }
        }
        Ok(None)
    }

    /// A type keeps its identity, which comes from its first name unless it is written.
    fn with_identity(&self, of: Reference, text: String) -> String {
        let Reference::Type(ty @ TypeRef::Def(_)) = of else { return text };
        let identity = self.workspace.environment.declaration(ty).map(|declaration| declaration.identity.clone());
        let Some(Identity::Unique(guid)) = identity else { return text };
        let (tokens, _) = syntax::tokens(SourceId::default(), &text);
        let written = format!("unique[#{}] ", base32hex(&guid));
        let Some(first) = tokens.first() else { return text };
        let start = first.span.start as usize;
        match first.kind {
            TokenKind::Unique => {
                format!("{}{}{}", &text[..start], written.trim_end(), &text[first.span.end as usize..])
            }
            TokenKind::Type | TokenKind::Ability => format!("{}{written}{}", &text[..start], &text[start..]),
            _ => text,
        }
    }

    fn rewrite(&self, text: &str, form: Form) -> String {
        Self::replaced(text, |written| self.replacement(written, form))
    }

    /// The lines at the head of a file, which name namespaces, too.
    fn rewrite_context(&self, text: &str, form: Form) -> String {
        let of_space = |name: &Name| {
            let space = self.space.as_ref()?;
            if *name == space.old { Some(space.new.clone()) } else { space.moved(name) }
        };
        Self::replaced(text, |written| match of_space(&Name::new(written)) {
            Some(new) => Some(new.to_string()),
            None => self.replacement(written, form),
        })
    }

    fn replaced(text: &str, replacement: impl Fn(&str) -> Option<String>) -> String {
        let (mut out, mut end) = (String::with_capacity(text.len()), 0);
        for token in syntax::names(SourceId::default(), text) {
            let (start, stop) = (token.span.start as usize, token.span.end as usize);
            if let Some(new) = replacement(&text[start..stop]) {
                out.push_str(&text[end..start]);
                out.push_str(&new);
                end = stop;
            }
        }
        out + &text[end..]
    }

    fn replacement(&self, written: &str, form: Form) -> Option<String> {
        let name = Name::new(written);
        let like_it = self.by_last.get(name.last())?.iter().map(|index| &self.pairs[*index]);
        let (old, new) =
            like_it.clone().find(|(old, _)| *old == name).or(like_it.clone().find(|(old, _)| old.has_suffix(&name)))?;
        let segments = name.segments().count();
        let is_whole = segments == old.segments().count() || form == Form::Whole;
        let suffix = new.suffixes().find(|suffix| suffix.segments().count() == segments);
        let new = if is_whole { new.clone() } else { suffix.unwrap_or_else(|| new.clone()) };
        (new.as_str() != written).then(|| new.to_string())
    }
}

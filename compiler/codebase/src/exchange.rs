//! Names on their way from one codebase to another: what they mean, the text that they came from, and how they came to mean it.
//!
//! An [`Export`] is a snapshot of some names with the part of the history that is about them. Taking it in ([`Codebase::merge`]) is one change of the recipient's names, in
//! one transaction. A name that means something else there is replaced only if the export knows that meaning as an earlier one, so that nothing
//! of the recipient is overwritten unseen; it is left alone if the recipient knows the export's meaning as an earlier one. Anything else is a
//! conflict, which is told and changes nothing.
//!
//! The history that comes along is kept beside the recipient's own (tables `foreign_changes`, `foreign_name_changes`), each change once by its `uid`.

mod bytes;
mod tables;

use crate::OWNER;
use crate::codebase::Codebase;
use crate::error::CodebaseError;
use crate::history::{self, Change, ChangeKind, Log, NameChange, Note};
use crate::names::{self, Reference};
use crate::sources::{self, SourceText};
use base::Name;
use base::bytes::DecodeError;
use hash::store::{NameExchange, NameExport, StoreError};
use kernel::{TermRef, TypeRef};
use rusqlite::Connection;
use std::collections::BTreeSet;

/// Some names of a codebase.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Export {
    pub names: Vec<(Name, Reference)>,
    pub sources: Vec<SourceText>,
    /// Changes of these names, earliest first; each holds only what it did to them.
    pub changes: Vec<PastChange>,
}

/// A change of names as it is told elsewhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PastChange {
    pub uid: [u8; 16],
    pub at_ms: u64,
    pub note: Note,
    pub names: Vec<NameChange>,
}

/// How an export is to be taken in.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Merge {
    pub export: Export,
    /// For the history: where the names come from.
    pub what: String,
    /// Conflicts are decided for the export.
    pub force: bool,
    pub at_ms: u64,
}

/// What became of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Merged {
    Added,
    /// It meant this before.
    Updated(Reference),
    Unchanged,
    /// What it means here came after what the export says.
    Newer(Reference),
    /// It means this here, and neither side knows the other's meaning.
    Conflict(Reference),
}

/// Names that were asked for: what they mean, and which there are none of.
struct Wanted {
    names: Vec<(Name, Reference)>,
    missing: Vec<Name>,
}

impl Codebase {
    /// The names that are asked for: each a name, or a namespace with all below it; all names if none is asked for.
    /// Gives also which of those asked for there are none of.
    pub fn export(&self, wanted: &[Name]) -> Result<(Export, Vec<Name>), CodebaseError> {
        let Wanted { names, missing } = self.wanted(wanted)?;
        let mut export = Export { names, ..Export::default() };
        for (name, reference) in &export.names {
            export.sources.extend(self.source_of(name, *reference)?);
        }
        let about: BTreeSet<&Name> = export.names.iter().map(|(name, _)| name).collect();
        export.changes = self.read(|db| {
            let mut changes = tables::foreign(db)?;
            changes.extend(history::latest(db, u32::MAX)?.into_iter().rev().map(PastChange::from));
            Ok(changes)
        })?;
        for change in &mut export.changes {
            change.names.retain(|changed| about.contains(&changed.name));
        }
        export.changes.retain(|change| !change.names.is_empty());
        Ok((export, missing))
    }

    /// What was done to a name in other codebases, latest first.
    pub fn foreign_history(&self, name: &Name) -> Result<Vec<PastChange>, CodebaseError> {
        let mut changes = self.read(tables::foreign)?;
        for change in &mut changes {
            change.names.retain(|changed| changed.name == *name);
        }
        changes.retain(|change| !change.names.is_empty());
        changes.reverse();
        Ok(changes)
    }

    fn wanted(&self, wanted: &[Name]) -> Result<Wanted, CodebaseError> {
        if wanted.is_empty() {
            let mut names = self.named(None)?;
            // Who owns a codebase is said by each for itself.
            names.retain(|(name, _)| name.as_str() != OWNER);
            self.keep_back(&mut names)?;
            return Ok(Wanted { names, missing: Vec::new() });
        }
        for name in wanted {
            if self.is_private(name)? {
                return Err(CodebaseError::Private(name.clone()));
            }
        }
        let (mut names, mut missing) = (Vec::new(), Vec::new());
        for name in wanted {
            let mut found = self.named(Some(name))?;
            found.extend(self.meanings(name)?.into_iter().map(|reference| (name.clone(), reference)));
            if found.is_empty() {
                missing.push(name.clone());
            }
            names.extend(found);
        }
        names.sort_by(|a, b| (&a.0, a.1.text()).cmp(&(&b.0, b.1.text())));
        names.dedup();
        self.keep_back(&mut names)?;
        Ok(Wanted { names, missing })
    }

    /// Leaves out what is private.
    fn keep_back(&self, names: &mut Vec<(Name, Reference)>) -> Result<(), CodebaseError> {
        let private = self.private_hashes()?;
        let is_private = |reference: &Reference| matches!(reference, Reference::Term(TermRef::Def(id)) if private.contains(&id.component));
        names.retain(|(_, reference)| private.is_empty() || !is_private(reference));
        Ok(())
    }

    /// Takes an export in. Every definition that it gives a name has to be here.
    pub fn merge(&self, merge: &Merge) -> Result<Vec<(Name, Merged)>, CodebaseError> {
        self.write(|db| {
            let note = Note { kind: ChangeKind::Merge, what: merge.what.clone() };
            let mut log = Log::new(&note, None, merge.at_ms);
            let mut merged = Vec::new();
            for (name, reference) in &merge.export.names {
                let outcome = judge(db, merge, name, *reference)?;
                if let Merged::Added | Merged::Updated(_) = outcome {
                    self.must_exist(db, *reference)?;
                    self.give_name(db, &mut log, name, *reference)?;
                }
                merged.push((name.clone(), outcome));
            }
            let kept: BTreeSet<&Name> =
                merged.iter().filter(|(_, outcome)| outcome.is_taken()).map(|(name, _)| name).collect();
            for source in merge.export.sources.iter().filter(|source| kept.contains(&source.name)) {
                self.must_exist(db, source.of)?;
                sources::put_text(db, source)?;
            }
            tables::put(db, &merge.export.changes, &kept)?;
            Ok(merged)
        })
    }
}

impl Merged {
    /// Whether the name means what the export says now.
    fn is_taken(self) -> bool {
        matches!(self, Merged::Added | Merged::Updated(_) | Merged::Unchanged)
    }
}

/// What is to become of a name.
fn judge(db: &Connection, merge: &Merge, name: &Name, new: Reference) -> Result<Merged, CodebaseError> {
    let Some(text) = names::current(db, new.sort(), name)? else { return Ok(Merged::Added) };
    let old = Reference::parse(new.sort() as i64, &text);
    let old = old.ok_or_else(|| CodebaseError::Damaged(format!("a name means {text}")))?;
    if old == new {
        return Ok(Merged::Unchanged);
    }
    let past = merge.export.changes.iter().flat_map(|change| &change.names);
    if merge.force || meant(past, name, old) {
        return Ok(Merged::Updated(old));
    }
    let own = history::of_name(db, name, u32::MAX)?;
    let newer = meant(own.iter().flat_map(|change| &change.names), name, new);
    Ok(if newer { Merged::Newer(old) } else { Merged::Conflict(old) })
}

/// Whether a name meant this at some time.
fn meant<'c>(mut changes: impl Iterator<Item = &'c NameChange>, name: &Name, reference: Reference) -> bool {
    changes.any(|change| change.name == *name && [change.old, change.new].contains(&Some(reference)))
}

impl From<Change> for PastChange {
    fn from(change: Change) -> PastChange {
        PastChange { uid: change.uid, at_ms: change.at_ms, note: change.note, names: change.names }
    }
}

impl Export {
    /// All definitions that it refers to and that the codebase has: what names mean, and what they meant, which may have been collected.
    pub fn known_references(&self, codebase: &Codebase) -> Result<(Vec<TermRef>, Vec<TypeRef>), CodebaseError> {
        let past = self.changes.iter().flat_map(|change| &change.names).flat_map(|name| [name.old, name.new]);
        let all: BTreeSet<Reference> = self.names.iter().map(|(_, of)| *of).chain(past.flatten()).collect();
        let (mut terms, mut types) = (Vec::new(), Vec::new());
        for reference in all {
            let Some(component) = reference.component() else { continue };
            if codebase.object(&component)?.is_none() {
                continue;
            }
            match reference {
                Reference::Term(term) => terms.push(term),
                Reference::Type(ty) => types.push(ty),
            }
        }
        Ok((terms, types))
    }
}

impl NameExchange for Codebase {
    fn export_names(&self, wanted: &[String]) -> Result<NameExport, StoreError> {
        let wanted: Vec<Name> = wanted.iter().map(|name| Name::new(name.as_str())).collect();
        let (export, missing) = self.export(&wanted)?;
        if let Some(name) = missing.first() {
            return Err(StoreError::Refused(format!("there is nothing called {name}")));
        }
        let (terms, types) = export.known_references(self)?;
        Ok(NameExport { bytes: bytes::export(&export), terms, types })
    }

    fn merge_names(&self, merge: &[u8]) -> Result<Vec<u8>, StoreError> {
        let merge = bytes::read_merge(merge).map_err(|error| StoreError::Refused(error.to_string()))?;
        Ok(bytes::merged(&self.merge(&merge)?))
    }
}

/// The byte form of a merge, for [`NameExchange::merge_names`].
pub fn merge_bytes(merge: &Merge) -> Vec<u8> {
    bytes::merge(merge)
}

/// Reads the byte form of an export.
pub fn read_export(export: &[u8]) -> Result<Export, DecodeError> {
    bytes::read_export(export)
}

/// Reads what [`NameExchange::merge_names`] says.
pub fn read_merged(merged: &[u8]) -> Result<Vec<(Name, Merged)>, DecodeError> {
    bytes::read_merged(merged)
}

//! Under which key the outcome of checking a cycle is known: its tokens, and what each of its free names could mean.
//!
//! Of a name with very many meanings one digest stands in the key. It is made once, not for each use ([`Digests`]).

use crate::free::{Found, Walk};
use crate::names::{Names, Place, Target};
use crate::traced::Tracing;
use base::{Hash, Name, Sources, Table, TableSet};
use hash::{Meaning, SourceKey, SourceKeyBuilder};
use kernel::{TermRef, TypeRef};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use syntax::tree::{File, Use};

/// Changes when the checker gives another outcome for the same source.
const CHECKER_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "/2");

/// So many meanings make a group.
const GROUP_MIN: usize = 32;

/// What a free name could mean.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Candidate {
    Top(usize),
    /// Something outside the definitions of the files.
    Known(Meaning),
    /// A type with a mistake.
    Failed,
}

/// A free name of a definition.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Free {
    pub name: Name,
    /// Ascending.
    pub candidates: Arc<[Candidate]>,
    /// The number of the group that they are, if they are very many.
    pub group: Option<usize>,
}

impl Free {
    pub fn is_group(&self) -> bool {
        self.candidates.len() >= GROUP_MIN
    }
}

/// What a definition refers to.
#[derive(Clone, Default, Debug)]
pub(crate) struct Survey {
    /// Ascending, each once.
    pub names: Vec<Free>,
}

impl Survey {
    /// Whether it uses a type with a mistake.
    pub fn uses_failed_type(&self) -> bool {
        self.names.iter().any(|free| free.candidates.contains(&Candidate::Failed))
    }
}

/// Finds what definitions refer to. What a name means in a file is put together once, and what it means in all of them, too.
pub(crate) struct Surveyor<'n, 'a> {
    names: &'n Names<'a>,
    file: usize,
    known: Table<Found, Arc<[Candidate]>>,
}

impl<'n, 'a> Surveyor<'n, 'a> {
    pub fn new(names: &'n Names<'a>) -> Surveyor<'n, 'a> {
        Surveyor { names, file: 0, known: Table::default() }
    }

    /// What a piece of source at a place refers to.
    pub fn survey(&mut self, place: &Place, walk: impl FnOnce(&mut Walk<&mut dyn FnMut(Found, &[Use])>)) -> Survey {
        if self.file != place.file() {
            self.file = place.file();
            self.known.clear();
        }
        let mut inner = place.clone();
        let mut seen: TableSet<Found> = TableSet::default();
        let mut names: Vec<Free> = Vec::new();
        let mut note = |found: Found, uses: &[Use]| {
            if uses.is_empty() && !seen.insert(found.clone()) {
                return;
            }
            inner.uses.clear();
            inner.uses.extend_from_slice(uses);
            let candidates = self.candidates(&found, &inner);
            let (Found::Term(name) | Found::Constructor(name) | Found::Type(name)) = found;
            names.push(Free { name, candidates, group: None });
        };
        walk(&mut Walk::new(&mut note));
        names.sort_unstable();
        names.dedup();
        Survey { names }
    }

    fn candidates(&mut self, found: &Found, place: &Place) -> Arc<[Candidate]> {
        if !place.uses.is_empty() {
            return find(self.names, found, place);
        }
        let names = self.names;
        self.known.entry(found.clone()).or_insert_with(|| find(names, found, place)).clone()
    }
}

/// What a name could mean at a place, ascending.
fn find(names: &Names, found: &Found, place: &Place) -> Arc<[Candidate]> {
    match found {
        Found::Term(name) => {
            let meant = names.terms(name, place);
            meant.candidates.get_or_init(|| ascending(meant.targets.iter().map(target))).clone()
        }
        Found::Constructor(name) => {
            ascending(names.constructors(name, place).iter().map(|found| member(found.ty, found.index)))
        }
        Found::Type(name) => ascending(names.types(name, place).iter().map(|found| declared(found.reference))),
    }
}

fn ascending(candidates: impl Iterator<Item = Candidate>) -> Arc<[Candidate]> {
    let mut candidates: Vec<Candidate> = candidates.collect();
    candidates.sort_unstable();
    candidates.into()
}

fn target(target: &Target) -> Candidate {
    match target {
        Target::Top(top) => Candidate::Top(*top),
        Target::Term { reference, .. } => Candidate::Known(Meaning::Term(*reference)),
        Target::Constructor(found) => member(found.ty, found.index),
    }
}

fn member(ty: TypeRef, index: u32) -> Candidate {
    match ty {
        TypeRef::Cycle(_) => Candidate::Failed,
        ty => Candidate::Known(Meaning::Member(ty, index)),
    }
}

fn declared(ty: TypeRef) -> Candidate {
    match ty {
        TypeRef::Cycle(_) => Candidate::Failed,
        ty => Candidate::Known(Meaning::Type(ty)),
    }
}

/// A member of a cycle, for its key.
pub(crate) struct Keyed<'k> {
    pub file: &'k File,
    pub tokens: Range<usize>,
    pub survey: &'k Survey,
}

/// For each group of meanings that none of them is in a cycle with, its digest once it was asked for; none if one has a mistake.
pub(crate) struct Digests(Vec<OnceLock<Option<Hash>>>);

impl Digests {
    pub fn new(surveys: &[Survey]) -> Digests {
        let groups = surveys.iter().flat_map(|survey| &survey.names).filter_map(|free| free.group);
        let count = groups.max().map_or(0, |last| last + 1);
        Digests((0..count).map(|_| OnceLock::new()).collect())
    }
}

/// What definitions of the files are called in a key.
pub(crate) struct KeyScope<'k> {
    pub digests: &'k Digests,
    /// The reference of a definition of the files (of a member of the cycle, its position), unless it has a mistake.
    pub reference: &'k dyn Fn(usize) -> Option<TermRef>,
    /// Whether a group has members of the cycle.
    pub in_cycle: &'k dyn Fn(usize) -> bool,
}

/// The key of a cycle; none if something in it rests on a mistake.
pub(crate) fn source_key(
    sources: &Sources,
    project: &str,
    tracing: Option<&Tracing>,
    members: &[Keyed],
    scope: &KeyScope,
) -> Option<SourceKey> {
    let mut builder = SourceKeyBuilder::new(CHECKER_VERSION, project);
    if let Some(tracing) = tracing {
        builder.meanings("traced", &[Meaning::Term(tracing.note), Meaning::Term(tracing.around)]);
    }
    let own: RefCell<BTreeMap<usize, Option<Hash>>> = RefCell::default();
    let mut meanings = Vec::new();
    for member in members {
        tokens(&mut builder, sources, member);
        for free in &member.survey.names {
            match free.group {
                None => {
                    scope.meanings(&free.candidates, &mut meanings)?;
                    builder.meanings(free.name.as_str(), &meanings);
                }
                Some(group) => builder.group(free.name.as_str(), scope.digest(group, &free.candidates, &own)?),
            }
        }
    }
    Some(builder.finish())
}

impl KeyScope<'_> {
    /// What candidates are called, ascending; nothing if one has a mistake.
    fn meanings(&self, candidates: &[Candidate], meanings: &mut Vec<Meaning>) -> Option<()> {
        meanings.clear();
        for candidate in candidates {
            meanings.push(match candidate {
                Candidate::Top(top) => Meaning::Term((self.reference)(*top)?),
                Candidate::Known(meaning) => *meaning,
                Candidate::Failed => return None,
            });
        }
        meanings.sort_unstable();
        Some(())
    }

    fn digest(
        &self,
        group: usize,
        candidates: &[Candidate],
        own: &RefCell<BTreeMap<usize, Option<Hash>>>,
    ) -> Option<Hash> {
        let digest = || {
            let mut meanings = Vec::new();
            self.meanings(candidates, &mut meanings).map(|()| hash::group_digest(&meanings))
        };
        if (self.in_cycle)(group) {
            return *own.borrow_mut().entry(group).or_insert_with(digest);
        }
        *self.digests.0[group].get_or_init(digest)
    }
}

/// The tokens of a member; layout counts, so the first one of each line says how far it is indented against the first one of all.
fn tokens(builder: &mut SourceKeyBuilder, sources: &Sources, member: &Keyed) {
    let Some(tokens) = member.file.tokens.get(member.tokens.clone()) else { return };
    let Some(text) = sources.get(member.file.source).map(|source| &*source.text) else { return };
    let part = |start: u32, end: u32| text.get(start as usize..end as usize).unwrap_or("");
    let column = |at: u32| {
        let before = part(0, at);
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        before[line..].chars().count() as i64
    };
    let first = tokens.first().map_or(0, |token| column(token.span.start));
    let mut end = tokens.first().map_or(0, |token| token.span.start);
    for token in tokens {
        if part(end, token.span.start).contains('\n') {
            builder.line(column(token.span.start) - first);
        }
        builder.token(part(token.span.start, token.span.end));
        end = token.span.end;
    }
}

/// The key of what is made from a declaration rather than written.
pub(crate) fn derived_key(project: &str, name: &Name, ty: TypeRef) -> SourceKey {
    let mut builder = SourceKeyBuilder::new(CHECKER_VERSION, project);
    builder.token("accessor");
    builder.token(name.last());
    builder.meanings(name.as_str(), &[Meaning::Type(ty)]);
    builder.finish()
}

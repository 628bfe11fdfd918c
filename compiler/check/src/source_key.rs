//! Under which key the outcome of checking a cycle is known: its tokens, and what each of its free names could mean.

use crate::free::{Found, Walk};
use crate::names::{Constructor, Names, Place, Target};
use base::{Name, Sources};
use hash::{SourceKey, SourceKeyBuilder};
use kernel::{DefId, TermRef, TypeRef};
use std::collections::BTreeSet;
use std::ops::Range;
use syntax::tree::{File, Use};

/// Changes when the checker gives another outcome for the same source.
const CHECKER_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "/1");

/// What a free name could mean.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Candidate {
    Top(usize),
    /// The text form of something outside the cycle.
    Text(String),
    /// A type with a mistake.
    Failed,
}

/// What a definition refers to.
#[derive(Clone, Default, Debug)]
pub(crate) struct Survey {
    pub names: BTreeSet<(Name, Vec<Candidate>)>,
}

impl Survey {
    /// The definitions of the files that it may refer to.
    pub fn tops(&self) -> Vec<usize> {
        let candidates = self.names.iter().flat_map(|(_, candidates)| candidates);
        let mut tops: Vec<usize> = candidates
            .filter_map(|candidate| if let Candidate::Top(top) = candidate { Some(*top) } else { None })
            .collect();
        tops.sort_unstable();
        tops.dedup();
        tops
    }

    /// Whether it uses a type with a mistake.
    pub fn uses_failed_type(&self) -> bool {
        self.names.iter().any(|(_, candidates)| candidates.contains(&Candidate::Failed))
    }
}

/// Collects what a piece of source refers to.
pub(crate) fn survey(
    names: &Names,
    place: &Place,
    walk: impl FnOnce(&mut Walk<&mut dyn FnMut(Found, &[Use])>),
) -> Survey {
    let mut survey = Survey::default();
    let mut inner = place.clone();
    let mut note = |found: Found, uses: &[Use]| {
        inner.uses.truncate(place.uses.len());
        inner.uses.extend_from_slice(uses);
        let (name, mut candidates): (Name, Vec<Candidate>) = match found {
            Found::Term(name) => {
                let candidates = names.terms(&name, &inner).iter().map(target).collect();
                (name, candidates)
            }
            Found::Constructor(name) => {
                let candidates = names.constructors(&name, &inner).iter().map(constructor).collect();
                (name, candidates)
            }
            Found::Type(name) => {
                let found = names.types(&name, &inner);
                (name, found.into_iter().map(|found| type_candidate(found.reference, "")).collect())
            }
        };
        candidates.sort();
        survey.names.insert((name, candidates));
    };
    walk(&mut Walk::new(&mut note));
    survey
}

fn target(target: &Target) -> Candidate {
    match target {
        Target::Top(top) => Candidate::Top(*top),
        Target::Term { reference, .. } => Candidate::Text(term_text(*reference)),
        Target::Constructor(found) => constructor(found),
    }
}

fn constructor(found: &Constructor) -> Candidate {
    type_candidate(found.ty, &format!("#{}", found.index))
}

fn type_candidate(ty: TypeRef, suffix: &str) -> Candidate {
    match ty {
        TypeRef::Builtin(builtin) => Candidate::Text(format!("##{}{suffix}", builtin.spec().name)),
        TypeRef::Def(id) => Candidate::Text(format!("{}{suffix}", id_text(id))),
        TypeRef::Cycle(_) => Candidate::Failed,
    }
}

fn id_text(id: DefId) -> String {
    format!("{}.{}", id.component, id.index)
}

pub(crate) fn term_text(term: TermRef) -> String {
    match term {
        TermRef::Builtin(builtin) => format!("##{}", builtin.name()),
        TermRef::Def(id) => id_text(id),
        TermRef::Cycle(index) => format!("cycle {index}"),
    }
}

/// A member of a cycle, for its key.
pub(crate) struct Keyed<'k> {
    pub file: &'k File,
    pub tokens: Range<usize>,
    pub survey: &'k Survey,
}

/// The key of a cycle. `text` gives the text form of a definition of the files, unless it has a mistake.
pub(crate) fn source_key(
    sources: &Sources,
    project: &str,
    members: &[Keyed],
    text: impl Fn(usize) -> Option<String>,
) -> Option<SourceKey> {
    let mut builder = SourceKeyBuilder::new(CHECKER_VERSION, project);
    for member in members {
        tokens(&mut builder, sources, member);
        for (name, candidates) in &member.survey.names {
            let texts: Option<Vec<String>> = candidates
                .iter()
                .map(|candidate| match candidate {
                    Candidate::Top(top) => text(*top),
                    Candidate::Text(text) => Some(text.clone()),
                    Candidate::Failed => None,
                })
                .collect();
            let mut texts = texts?;
            texts.sort();
            builder.candidates(name.as_str(), &texts);
        }
    }
    Some(builder.finish())
}

/// The tokens of a member; layout counts, so the first one of each line says how far it is indented against the first one of all.
fn tokens(builder: &mut SourceKeyBuilder, sources: &Sources, member: &Keyed) {
    let Some(tokens) = member.file.tokens.get(member.tokens.clone()) else { return };
    let Some(text) = sources.get(member.file.source).map(|source| &*source.text) else { return };
    let column = |at: u32| {
        let before = text.get(..at as usize).unwrap_or("");
        let line = before.rfind('\n').map_or(0, |newline| newline + 1);
        before[line..].chars().count() as i64
    };
    let first = tokens.first().map_or(0, |token| column(token.span.start));
    let mut end = tokens.first().map_or(0, |token| token.span.start);
    for token in tokens {
        let trivia = text.get(end as usize..token.span.start as usize).unwrap_or("");
        if trivia.contains('\n') {
            builder.token(&format!("\n{}", column(token.span.start) - first));
        }
        builder.token(sources.text(token.span));
        end = token.span.end;
    }
}

/// The key of what is made from a declaration rather than written.
pub(crate) fn derived_key(project: &str, name: &Name, ty: TypeRef) -> SourceKey {
    let mut builder = SourceKeyBuilder::new(CHECKER_VERSION, project);
    builder.token("accessor");
    builder.token(name.last());
    if let Candidate::Text(text) = type_candidate(ty, "") {
        builder.candidates(name.as_str(), &[text]);
    }
    builder.finish()
}

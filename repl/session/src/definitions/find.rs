//! `find`: definitions by words, or by type.
//!
//! By words: every word has to match. An exact name comes first, then one that ends so, then one that begins so (or has a segment that does), then one that
//! contains it, then near misses by edit distance, then definitions whose comments have a word that begins so. By type: those of exactly that
//! type, then those that take the arguments in another order, then more general ones that can be used as such. Among equals the codebase
//! comes before the standard library, short names before long ones.

use super::item::library_error;
use super::lookup::Found;
use super::{Error, Item, Origin, list};
use crate::workspace::{Workspace, WorkspaceError};
use base::{Name, SourceId, Sources};
use check::Environment;
use codebase::shape::Shape;
use codebase::{Codebase, CodebaseError, Reference, Shaped, ShapedRef};
use kernel::{Row, Type};
use std::collections::{BTreeMap, BTreeSet};

/// Candidates of each kind that a search by type or by text looks at.
const CANDIDATES_MAX: u32 = 1_000;

/// Why something was found; the best reason first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Match {
    /// Its name, or its type.
    Exact,
    /// The end of its name.
    Suffix,
    /// The beginning of its name or of a segment.
    Prefix,
    /// A part of its name.
    Part,
    /// Its name but for a letter or two.
    Near,
    /// A word in its comments.
    Text,
    /// Its type but for the order of arguments.
    OtherOrder,
    /// It is more general.
    General,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hit {
    pub item: Item,
    pub by: Match,
}

/// What a search gave.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hits {
    /// The best first.
    pub hits: Vec<Hit>,
    /// How many there are in all.
    pub total: usize,
}

/// Searches for words, or for a type if the query begins with a colon. Gives at most so many.
pub fn find(workspace: &Workspace, query: &str, limit: usize) -> Result<Hits, Error> {
    let ranked = match query.trim().strip_prefix(':') {
        Some(ty) => by_type(workspace, ty.trim())?,
        None => by_words(workspace, query)?,
    };
    let total = ranked.len();
    let hit = |(found, by): (Found, Match)| Ok(Hit { item: found.item(workspace)?, by });
    let hits = ranked.into_iter().take(limit).map(hit).collect::<Result<_, WorkspaceError>>()?;
    Ok(Hits { hits, total })
}

fn sort(ranked: &mut [(Found, Match)]) {
    ranked.sort_by(|(a, by_a), (b, by_b)| {
        let key = |found: &Found, by: Match| (by, found.origin, found.name.as_str().len(), found.name.clone());
        key(a, *by_a).cmp(&key(b, *by_b))
    });
}

fn by_words(workspace: &Workspace, query: &str) -> Result<Vec<(Found, Match)>, Error> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let texts = words.iter().map(|word| texts(workspace, word)).collect::<Result<Vec<_>, _>>()?;
    let mut ranked = Vec::new();
    for found in list::every(workspace, None)? {
        let name = Name::new(found.name.as_str().to_lowercase());
        let by_text = |i: usize| texts[i].contains(&found.name).then_some(Match::Text);
        let each = words.iter().enumerate().map(|(i, word)| rank(&name, word).or_else(|| by_text(i)));
        if let Some(by) = each.collect::<Option<Vec<Match>>>().and_then(|all| all.into_iter().max()) {
            ranked.push((found, by));
        }
    }
    sort(&mut ranked);
    Ok(ranked)
}

/// How well a name fits a word; both in lower case.
fn rank(name: &Name, word: &str) -> Option<Match> {
    if name.as_str() == word {
        return Some(Match::Exact);
    }
    if name.has_suffix(&Name::new(word)) {
        return Some(Match::Suffix);
    }
    if name.as_str().starts_with(word) || name.segments().any(|segment| segment.starts_with(word)) {
        return Some(Match::Prefix);
    }
    if name.as_str().contains(word) {
        return Some(Match::Part);
    }
    let wanted = word.rsplit('.').next().unwrap_or(word);
    let limit = (wanted.chars().count() / 3).min(2);
    let lengths = wanted.len().abs_diff(name.last().len());
    (limit > 0 && lengths <= limit && base::similar::distance(wanted, name.last()) <= limit).then_some(Match::Near)
}

/// The names of definitions whose comments have a word that begins so.
fn texts(workspace: &Workspace, word: &str) -> Result<BTreeSet<Name>, WorkspaceError> {
    let own = workspace.codebase.texts_containing(word, CANDIDATES_MAX).map_err(|error| workspace.failed(error))?;
    let library = workspace.environment.library().texts_containing(word, CANDIDATES_MAX).map_err(library_error)?;
    let told = own.into_iter().chain(library).filter(|(_, text)| is_in_comments(text, word));
    Ok(told.map(|(name, _)| name).collect())
}

/// Whether a word in the comments above a definition begins so.
fn is_in_comments(text: &str, word: &str) -> bool {
    let (tokens, _) = syntax::tokens(SourceId::default(), text);
    let end = tokens.first().map_or(text.len(), |token| token.span.start as usize);
    let comments = text.get(..end).unwrap_or("").to_lowercase();
    comments.split(|c: char| !c.is_alphanumeric()).any(|other| other.starts_with(word))
}

fn by_type(workspace: &Workspace, text: &str) -> Result<Vec<(Found, Match)>, Error> {
    let wanted = read_type(workspace, text)?;
    let shape = Shape::of(&wanted);
    let mut found: BTreeMap<(Name, Option<u32>, bool), (Found, Match)> = BTreeMap::new();
    for (candidate, ty) in candidates(workspace, &shape)? {
        let other = Shape::of(&ty);
        let by = if other.shape == shape.shape {
            Match::Exact
        } else if other.loose == shape.loose {
            Match::OtherOrder
        } else if other.fits(&shape) {
            Match::General
        } else {
            continue;
        };
        if abilities(&wanted).is_subset(&abilities(&ty)) {
            let key = (candidate.name.clone(), candidate.member, candidate.origin == Origin::Own);
            found.insert(key, (candidate, by));
        }
    }
    let mut ranked: Vec<(Found, Match)> = found.into_values().collect();
    sort(&mut ranked);
    Ok(ranked)
}

/// Reads a type by checking a definition that has it.
fn read_type(workspace: &Workspace, text: &str) -> Result<Type, Error> {
    let mut sources = Sources::default();
    sources.add("the type to find", format!("wanted' : {}\nwanted' = bug \"\"\n", text.replace('\n', " ")));
    let compiled = workspace.compile(&sources)?;
    match compiled.checked.terms.into_iter().next() {
        Some(term) if compiled.diagnostics.is_empty() => Ok(term.signature.ty.clone()),
        _ => Err(Error::NotAType(sources, compiled.diagnostics)),
    }
}

fn candidates(workspace: &Workspace, shape: &Shape) -> Result<Vec<(Found, Type)>, WorkspaceError> {
    let own = shaped(&workspace.codebase, shape, Origin::Own).map_err(|error| workspace.failed(error))?;
    let library = shaped(workspace.environment.library(), shape, Origin::Library).map_err(library_error)?;
    let environment = &workspace.environment;
    let mut all = Vec::new();
    for found in own.into_iter().chain(library).chain(list::builtins(None)) {
        let ty = match (found.reference, found.member) {
            (Reference::Term(term), _) => environment.signature(term).map(|signature| signature.ty.clone()),
            (Reference::Type(ty), Some(member)) => environment.declaration(ty).and_then(|declaration| {
                let ty = declaration.constructors.get(member as usize)?.ty.clone();
                Some(if declaration.params == 0 { ty } else { Type::Forall(declaration.params, ty.into()) })
            }),
            (Reference::Type(_), None) => None,
        };
        all.extend(ty.map(|ty| (found, ty)));
    }
    workspace.unfailed().map(|()| all)
}

fn shaped(codebase: &Codebase, shape: &Shape, origin: Origin) -> Result<Vec<Found>, CodebaseError> {
    let mut all = codebase.of_shape(shape, false, CANDIDATES_MAX)?;
    all.extend(codebase.of_shape(shape, true, CANDIDATES_MAX)?);
    all.extend(codebase.of_result(shape, CANDIDATES_MAX)?);
    let found = |Shaped { name, of }| match of {
        ShapedRef::Term(term) => Found { name, reference: Reference::Term(term), member: None, origin },
        ShapedRef::Constructor(ty, index) => {
            Found { name, reference: Reference::Type(ty), member: Some(index), origin }
        }
    };
    Ok(all.into_iter().map(found).collect())
}

/// The abilities that a type names, applied to whatever: a query that names some wants those.
fn abilities(ty: &Type) -> BTreeSet<Type> {
    let (mut found, mut stack) = (BTreeSet::new(), vec![ty]);
    while let Some(ty) = stack.pop() {
        match ty {
            Type::Var(_) | Type::Ref(_) => {}
            Type::App(f, x) => stack.extend([&**f, &**x]),
            Type::Fun { arg, row: Row { heads, .. }, ret, .. } => {
                found.extend(heads.iter().map(|head| head.unapply().0.clone()));
                stack.extend([&**arg, &**ret]);
            }
            Type::Forall(_, body) => stack.push(body),
            Type::Row(Row { heads, .. }) => stack.extend(heads),
        }
    }
    found
}

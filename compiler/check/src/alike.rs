//! Names that are spelled like one that means nothing: what a message asks whether it was meant.

use crate::spelling::Spellings;
use base::Name;

/// The names of the files, then those outside, by their spelling.
#[derive(Default)]
pub(crate) struct Alike {
    names: Vec<Name>,
    own: usize,
    spellings: Spellings,
}

impl Alike {
    pub fn of(mut own: Vec<Name>, outside: Vec<Name>) -> Alike {
        let count = own.len();
        own.extend(outside);
        Alike { spellings: Spellings::of(own.iter()), own: count, names: own }
    }

    /// Those that are near, the files' own and those outside.
    pub fn near(&self, name: &Name) -> (Vec<Name>, Vec<Name>) {
        let near = self.spellings.near(name.last(), similar_limit(name.last())).into_iter();
        let (own, outside): (Vec<usize>, Vec<usize>) = near.map(|(_, near)| near).partition(|near| *near < self.own);
        let named = |numbers: Vec<usize>| numbers.into_iter().map(|number| self.names[number].clone()).collect();
        (named(own), named(outside))
    }
}

/// How many "did you mean" are shown.
const SIMILAR_MAX: usize = 3;

/// Names whose last segment is near, those that agree in what stands before it first. To a short name everything short is near, so it has none.
pub fn similar(name: &Name, all: impl Iterator<Item = Name>) -> Vec<Name> {
    own_first_similar(name, all, Vec::new())
}

/// As [`similar`], the files' own names before those of elsewhere.
pub(crate) fn own_first_similar(name: &Name, own: impl Iterator<Item = Name>, outside: Vec<Name>) -> Vec<Name> {
    let (wanted, parent) = (name.last(), name.parent());
    let limit = similar_limit(wanted);
    let all = own.map(|name| (false, name)).chain(outside.into_iter().map(|name| (true, name)));
    let mut near: Vec<(usize, bool, bool, Name)> = all
        .filter_map(|(outside, other)| {
            let distance = base::similar::within(wanted, other.last(), limit)?;
            Some((distance, other.parent() != parent, outside, other))
        })
        .collect();
    near.sort();
    // What is written with a namespace too many means what it ends in.
    let is_end = |other: &Name| name.as_str().strip_suffix(other.as_str()).is_some_and(|rest| rest.ends_with('.'));
    if let Some((.., end)) = near.iter().find(|(.., other)| is_end(other)) {
        return vec![end.clone()];
    }
    // Where one has the right parent, others in other places are not meant.
    let elsewhere = parent.is_none() || near.first().is_none_or(|(_, elsewhere, ..)| *elsewhere);
    near.retain(|(_, is_elsewhere, ..)| elsewhere || !is_elsewhere);
    near.sort_by_key(|(_, _, outside, _)| *outside);
    let mut names: Vec<Name> = Vec::new();
    for (.., name) in near {
        if names.len() < SIMILAR_MAX && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The greatest distance of a name that may have been meant by this one.
pub(crate) fn similar_limit(wanted: &str) -> usize {
    (wanted.chars().count() / 3).min(2)
}

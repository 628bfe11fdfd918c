//! What may be meant by a name that means nothing, or fit at a hole: definitions and constructors by the spelling of their names.
//!
//! Collected once for each thread, when something has to be suggested. **Invariant:** which of these have a type is not known here: it depends on where the
//! question comes from.

use crate::alike::similar_limit;
use crate::names::Target;
use crate::problem::names_elsewhere;
use crate::spelling::{Spellings, WORD_MIN};
use base::{Name, Table, similar};
use std::cell::RefCell;
use std::rc::Rc;

/// A definition or constructor that may be suggested.
pub(crate) struct Suggestion {
    pub target: Target,
    pub name: Name,
    /// Whether it is outside the files.
    pub outside: bool,
}

/// How far a suggestion is from a name, and its number.
type Likely = (usize, usize);

#[derive(Default)]
pub(crate) struct Suggestions {
    all: Vec<Suggestion>,
    spellings: Spellings,
    /// What was found for a name.
    likely: RefCell<Table<Name, Rc<[Likely]>>>,
}

impl Suggestions {
    pub fn of(all: Vec<Suggestion>) -> Suggestions {
        let spellings = Spellings::of(all.iter().map(|suggestion| &suggestion.name));
        Suggestions { all, spellings, likely: RefCell::default() }
    }

    pub fn all(&self) -> &[Suggestion] {
        &self.all
    }

    /// Those whose last segment is this word, in order.
    pub fn called(&self, word: &str) -> Vec<&Suggestion> {
        let mut numbers: Vec<usize> = self.spellings.near(word, 0).into_iter().map(|(_, number)| number).collect();
        numbers.sort_unstable();
        numbers.into_iter().map(|number| &self.all[number]).collect()
    }

    /// Those that may be meant by a name, each with its distance: what other languages' habits say, else what is spelled alike or shares a word, which is
    /// further than anything that is spelled alike.
    pub fn likely(&self, name: &Name) -> Vec<(usize, &Suggestion)> {
        let known = self.likely.borrow().get(name).cloned();
        let found = known.unwrap_or_else(|| {
            let found: Rc<[Likely]> = self.find(name).into();
            self.likely.borrow_mut().insert(name.clone(), found.clone());
            found
        });
        found.iter().map(|(distance, number)| (*distance, &self.all[*number])).collect()
    }

    fn find(&self, name: &Name) -> Vec<Likely> {
        let habit: Vec<Name> = names_elsewhere(name.as_str()).iter().map(|ours| Name::new(*ours)).collect();
        if !habit.is_empty() {
            let position = |suggestion: &Suggestion| habit.iter().position(|ours| suggestion.name.has_suffix(ours));
            let all = self.all.iter().enumerate();
            return all.filter_map(|(number, suggestion)| Some((position(suggestion)?, number))).collect();
        }
        let word = name.last();
        let mut found = self.spellings.near(word, similar_limit(word));
        let near: base::TableSet<usize> = found.iter().map(|(_, number)| *number).collect();
        let sharing = self.spellings.sharing(word).into_iter().filter(|number| !near.contains(number));
        found.extend(sharing.map(|number| (similar::distance(word, self.all[number].name.last()) + WORD_MIN, number)));
        found
    }
}

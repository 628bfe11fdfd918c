//! How often a term mentions its variables, counted in one walk, so that looking at each variable of a long block costs no walk over the rest.
//!
//! **Invariant:** a variable is known by the place of what binds it, which is why terms are not copied while they are printed.

use base::Table;
use kernel::Term;

/// What binds a variable: the inside of a function, with the number of the parameter from behind, or the value of a binding.
type Binder = (usize, u32);

#[derive(Default)]
pub struct Uses {
    counts: Table<Binder, u32>,
    /// What binds the variables in scope, the innermost last. Those that nobody asks about have none.
    scope: Vec<Option<Binder>>,
}

impl Uses {
    pub fn of(term: &Term) -> Uses {
        let mut uses = Uses::default();
        uses.count(term);
        uses
    }

    /// Uses of a parameter of the function with this inside; number 0 is the last one.
    pub fn of_parameter(&self, body: &Term, number: u32) -> u32 {
        self.counts.get(&(place(body), number)).copied().unwrap_or(0)
    }

    /// Uses of the variable that is bound to this value in a block.
    pub fn of_binding(&self, value: &Term) -> u32 {
        self.of_parameter(value, 0)
    }

    fn count(&mut self, term: &Term) {
        let outer = self.scope.len();
        match term {
            Term::Local(index) => self.mention(*index),
            Term::Lambda(n, body) => {
                self.scope.extend((0..*n).rev().map(|number| Some((place(body), number))));
                self.count(body);
            }
            Term::Let(values, body) => {
                for value in values {
                    self.count(value);
                    self.scope.push(Some((place(value), 0)));
                }
                self.count(body);
            }
            _ => {
                for (bound, part) in term.parts() {
                    self.scope.resize(outer + bound as usize, None);
                    self.count(part);
                }
            }
        }
        self.scope.truncate(outer);
    }

    fn mention(&mut self, index: u32) {
        let binder = self.scope.iter().rev().nth(index as usize).copied().flatten();
        if let Some(binder) = binder {
            *self.counts.entry(binder).or_default() += 1;
        }
    }
}

fn place(term: &Term) -> usize {
    std::ptr::from_ref(term).addr()
}

//! Candidates for a name by the outline of their types, so that a use of a name that thousands of definitions share is compared with few of them.
//!
//! **Invariant:** what is left out does not fit. An outline says no more than what unification can never change: which type stands at the head.

use crate::overload::body;
use crate::solver::Solver;
use crate::ty::{Scheme, Ty, ability_of};
use base::Table;
use kernel::TypeRef;

/// What is known of a type at a glance.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Outline {
    /// Anything.
    Open,
    /// A type that is applied, or stands alone.
    Head(TypeRef),
    /// A function whose parameter has this head, or if there is none may be anything.
    Function(Option<TypeRef>),
}

impl Outline {
    pub fn of(solver: &Solver, ty: &Ty) -> Outline {
        match solver.resolve(ty) {
            Ty::Fun(fun) => Outline::of_function(solver, &fun.arg),
            ty => ability_of(&ty).map_or(Outline::Open, Outline::Head),
        }
    }

    /// Of a function, by the type of its parameter.
    pub fn of_function(solver: &Solver, parameter: &Ty) -> Outline {
        Outline::Function(ability_of(&solver.resolve(parameter)))
    }

    /// Of a definition, whose variables may become anything.
    fn of_scheme(scheme: &Scheme) -> Outline {
        match body(scheme) {
            Ty::Fun(fun) => Outline::Function(ability_of(&fun.arg)),
            ty => ability_of(ty).map_or(Outline::Open, Outline::Head),
        }
    }
}

/// The numbers of candidates with each outline.
#[derive(Default, Debug)]
pub(crate) struct Index {
    by_outline: Table<Outline, Vec<usize>>,
}

impl Index {
    pub fn of<'s>(schemes: impl Iterator<Item = &'s Scheme>) -> Index {
        let mut index = Index::default();
        for (number, scheme) in schemes.enumerate() {
            index.by_outline.entry(Outline::of_scheme(scheme)).or_default().push(number);
        }
        index
    }

    /// The candidates that may fit a use, ascending; nothing if all may.
    pub fn near(&self, used: &Outline) -> Option<Vec<usize>> {
        let outlines = match used {
            Outline::Open | Outline::Function(None) => return None,
            Outline::Head(_) => vec![*used, Outline::Open],
            Outline::Function(Some(_)) => vec![*used, Outline::Function(None), Outline::Open],
        };
        let mut near: Vec<usize> =
            outlines.iter().filter_map(|outline| self.by_outline.get(outline)).flatten().copied().collect();
        near.sort_unstable();
        Some(near)
    }
}

//! Whether cases cover every value, and whether each one is reached.
//!
//! The usual matrix algorithm, once for all cases of a match: see [`search`]. Cases with a guard may fail, so they cover nothing. A case is asked for only if there are values of
//! its type (`Either Never a` needs no `Left`, see [`inhabited`]), while a case for values that there are not is no mistake.

mod inhabited;
mod search;
mod shape;
mod witness;

pub(crate) use inhabited::{Inhabited, Known};

use crate::elab::{Elab, Match, Pattern};
use crate::names::Names;
use crate::problem::PatternProblem;
use base::Span;
use search::{Guard, Row, Search};
use shape::Shape;

/// The mistakes in one match, those of all cases together told at `span`. `ty` is the type of what it takes apart.
pub(crate) fn check(taken: &Match, span: Span, ty: impl FnOnce() -> Known, names: &Names) -> Vec<PatternProblem> {
    let binds = taken.binds;
    if taken.cases.iter().any(|case| is_broken(&case.pattern)) {
        return Vec::new();
    }
    let shapes: Vec<Shape> = taken.cases.iter().map(|case| Shape::of(&case.pattern)).collect();
    let rows = || {
        let guards = taken.cases.iter().map(|case| match &case.guard {
            None => Guard::None,
            // It may have been meant as `otherwise`.
            Some(Elab::Error) => Guard::Unknown,
            Some(_) => Guard::Some,
        });
        (0..).zip(&shapes).zip(guards).map(|((case, shape), guard)| Row::new(case, shape, guard)).collect::<Vec<_>>()
    };
    let mut search = Search::new(names, &taken.abilities, shapes.len());
    let mut examples = search.uncovered(rows(), None);
    let mut problems = Vec::new();
    for (case, _) in taken.cases.iter().zip(&search.reached).filter(|(_, reached)| !**reached) {
        let problem = PatternProblem::Redundant { span: case.span, variable: None };
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    if !examples.is_empty() && !search.gave_up() {
        search.work = 0;
        search.reached.fill(true);
        examples = match ty() {
            // Nothing else is known of a match without cases.
            Known::Mistaken if taken.cases.is_empty() => Vec::new(),
            ty => search.uncovered(rows(), Some(ty)),
        };
    }
    if search.gave_up() {
        return vec![PatternProblem::TooEntangled { span }];
    }
    if !examples.is_empty() {
        let more = examples.len() > witness::SHOWN_MAX;
        examples.truncate(witness::SHOWN_MAX);
        let missing = examples.iter().map(|example| witness::missing(example, names)).collect();
        let guarded = taken.cases.iter().any(|case| case.guard.is_some());
        problems.push(PatternProblem::NotExhaustive { span, missing, more, binds, guarded });
    }
    problems
}

/// Whether a mistake hides what the pattern takes.
fn is_broken(pattern: &Pattern) -> bool {
    let any = |patterns: &[Pattern]| patterns.iter().any(is_broken);
    match pattern {
        Pattern::Error => true,
        Pattern::Any | Pattern::Var(_) | Pattern::Literal(_) => false,
        Pattern::As(_, inner) | Pattern::Pure(inner) => is_broken(inner),
        Pattern::Constructor(_, _, fields) | Pattern::List(fields) => any(fields),
        Pattern::Cons(one, other) | Pattern::Snoc(one, other) => is_broken(one) || is_broken(other),
        Pattern::Prefix(elements, rest) | Pattern::Suffix(rest, elements) => any(elements) || is_broken(rest),
        Pattern::Request { args, resume, .. } => any(args) || is_broken(resume),
    }
}

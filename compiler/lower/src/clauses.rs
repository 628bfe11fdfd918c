//! Which operations a handler answers by code of its own, and how each of its cases goes on.
//!
//! A handler is a lambda that matches its last parameter against requests: `go state = cases { Store.get -> k } -> handle k state with go state ..`. For each operation it gets a clause, which runs above the
//! frames of whoever performs the operation. Where a case ends by handling `k v` again it is *tail-resumptive*: nothing is captured, the frames are reinstated. Where it does not use `k` it drops them,
//! and else it captures them, as early as possible: what is computed before stays on their stack.
//!
//! Terms come from the network: nothing recurses, and what is looked at in all has a limit, beyond which continuations are captured as if they were used.

use crate::facts::Facts;
use crate::survey::Survey;
use ir::limits;
use kernel::{Case, Pattern, Term, TermRef, TypeRef};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// Terms of a definition that are looked at: handlers inside handlers are looked at again for each of those around them.
const WORK_MAX: usize = 1 << 22;

/// One operation of a handler.
pub(crate) struct Clause<'t> {
    /// The number of the handler's lambda.
    pub of: u32,
    pub ability: TypeRef,
    pub operation: u32,
    pub arity: u32,
    /// The cases that may apply, in order.
    pub cases: Vec<&'t Case>,
}

/// How a term in tail position of a clause goes on. The index is that of the continuation's variable there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Plan {
    /// Attached, as what is inside it in tail position says.
    Follow,
    /// It handles the continuation again.
    Reinstate,
    /// Captures the continuation first.
    Capture(u32),
    /// Drops the continuation first.
    Drop,
}

/// What was found in a definition.
#[derive(Default)]
pub(crate) struct Clauses<'t> {
    /// In the order of their numbers, which follow those of the lambdas.
    pub all: Vec<Clause<'t>>,
    /// By the place of the term in memory, as in the survey.
    plans: BTreeMap<*const Term, Plan>,
    search: Search,
}

/// Looks for variables, as long as there is not too much to look at.
#[derive(Default)]
struct Search {
    done: Cell<usize>,
}

impl Search {
    /// Whether a term uses the variable that has this index around it, as far as can be told.
    fn occurs(&self, term: &Term, index: u32) -> bool {
        let mut todo = vec![(index, term)];
        while let Some((index, term)) = todo.pop() {
            self.done.set(self.done.get() + 1);
            if *term == Term::Local(index) || self.done.get() > WORK_MAX {
                return true;
            }
            let inside = term.parts().into_iter();
            todo.extend(inside.filter_map(|(bound, part)| Some((index.checked_add(bound)?, part))));
        }
        false
    }

    fn in_part(&self, part: &Part, index: u32) -> bool {
        index.checked_add(part.bound).is_some_and(|index| self.occurs(part.term, index))
    }

    /// Requests, and results, are told from each other, and nobody asks for the request itself.
    fn only_requests(&self, cases: &[Case]) -> bool {
        cases.iter().all(|case| {
            let bound = case.pattern.binders();
            let kind = matches!(case.pattern, Pattern::Request { .. } | Pattern::Pure(_) | Pattern::Any);
            kind && !case.guard.iter().chain([&case.body]).any(|term| self.occurs(term, bound))
        })
    }

    /// The continuation is only bound, and no guard uses it.
    fn is_plain(&self, case: &Case) -> bool {
        match continuation(&case.pattern) {
            Some(Pattern::Var) => !case.guard.iter().any(|guard| self.occurs(guard, 0)),
            Some(Pattern::Any) | None => true,
            Some(_) => false,
        }
    }

    /// Whether a term is `handle k v with h` for the continuation of this index, where nothing is performed before `k` goes on, and nothing else uses it.
    fn reinstates(&self, term: &Term, index: u32, facts: &Facts) -> bool {
        let Term::Handle { body, handler, .. } = term else { return false };
        let Some((function, [value])) = delayed_call(body) else { return false };
        let Some(inside) = index.checked_add(1) else { return false };
        *function == Term::Local(inside)
            && !self.occurs(value, inside)
            && !self.occurs(handler, index)
            && performs_nothing(value, facts)
    }
}

impl<'t> Clauses<'t> {
    pub fn of(survey: &Survey<'t>, facts: &Facts) -> Clauses<'t> {
        let mut clauses = Clauses::default();
        for (number, lambda) in (0..).zip(&survey.lambdas) {
            if let Term::Match(on, cases) = lambda.body
                && **on == Term::Local(0)
                && lambda.params > 0
                && clauses.search.only_requests(cases)
            {
                let taken = survey.captures(number).len() + lambda.params as usize;
                clauses.handler(number, taken, cases, facts);
            }
        }
        clauses
    }

    pub fn plan(&self, term: &Term) -> Option<Plan> {
        self.plans.get(&std::ptr::from_ref(term)).copied()
    }

    /// The clauses of a lambda, by their places.
    pub fn of_lambda(&self, number: u32) -> impl Iterator<Item = (usize, &Clause<'t>)> {
        self.all.iter().enumerate().filter(move |(_, clause)| clause.of == number)
    }

    fn handler(&mut self, of: u32, taken: usize, cases: &'t [Case], facts: &Facts) {
        let mut seen = BTreeSet::new();
        for case in cases {
            let Pattern::Request { ability, operation, args, .. } = &case.pattern else { continue };
            let (ability, operation, arity) = (*ability, *operation, args.len() as u32);
            let fits = taken + args.len() <= limits::PARAMS_MAX;
            if !fits || !seen.insert((ability, operation)) || facts.find_operation(ability, operation) != Some(arity) {
                continue;
            }
            let cases: Vec<&Case> = cases.iter().filter(|case| may_apply(&case.pattern, ability, operation)).collect();
            if cases.iter().all(|case| self.search.is_plain(case)) {
                cases.iter().for_each(|case| self.case(case, facts));
                self.all.push(Clause { of, ability, operation, arity, cases });
            }
        }
    }

    /// Plans the body of a case. A term in tail position stays attached if it does not use the continuation before its end, and some end handles it again.
    fn case(&mut self, case: &'t Case, facts: &Facts) {
        let mut tails: Vec<Tail> = Vec::new();
        let index = match continuation(&case.pattern) {
            Some(Pattern::Var) => Some(0),
            _ => None,
        };
        let mut todo = vec![(&case.body, index, None)];
        while let Some((term, index, parent)) = todo.pop() {
            let place = tails.len();
            let mut tail = Tail { term, index, parent, leaf: true, reinstates: false, uses: false };
            let inside = inside_tail(term);
            match index {
                Some(index)
                    if !inside.is_empty()
                        && !inside.iter().any(|part| !part.tail && self.search.in_part(part, index)) =>
                {
                    tail.leaf = false;
                    let tails = inside.into_iter().filter(|part| part.tail);
                    todo.extend(tails.map(|part| (part.term, Some(index + part.bound), Some(place))));
                }
                Some(index) => {
                    tail.reinstates = self.search.reinstates(term, index, facts);
                    tail.uses = self.search.occurs(term, index);
                }
                None => {}
            }
            tails.push(tail);
        }
        for place in (0..tails.len()).rev() {
            let Tail { term, index, parent, leaf, reinstates, uses } = tails[place];
            if let Some(parent) = parent {
                let parent: &mut Tail = &mut tails[parent];
                parent.reinstates |= reinstates;
                parent.uses |= uses;
            }
            let plan = match (leaf, index) {
                (false, _) if reinstates => Plan::Follow,
                (true, _) if reinstates => Plan::Reinstate,
                (_, Some(index)) if uses => Plan::Capture(index),
                _ => Plan::Drop,
            };
            self.plans.insert(term, plan);
        }
    }
}

/// A term in tail position.
#[derive(Clone, Copy)]
struct Tail<'t> {
    term: &'t Term,
    /// Of the continuation.
    index: Option<u32>,
    parent: Option<usize>,
    /// What is inside is not looked at for itself.
    leaf: bool,
    /// It handles the continuation again, or something inside does in tail position.
    reinstates: bool,
    uses: bool,
}

/// A term inside another, below so many variables more.
struct Part<'t> {
    term: &'t Term,
    bound: u32,
    tail: bool,
}

/// What is inside a term whose tail is in one of its parts; nothing for others.
fn inside_tail(term: &Term) -> Vec<Part<'_>> {
    let is_tail = |at: usize, count: usize| match term {
        Term::If(..) => at > 0,
        Term::Let(..) | Term::LetRec(..) => at + 1 == count,
        _ => false,
    };
    if let Term::Match(on, cases) = term {
        let mut parts = vec![Part { term: on, bound: 0, tail: false }];
        for case in cases {
            let bound = case.pattern.binders();
            parts.extend(case.guard.iter().map(|guard| Part { term: guard, bound, tail: false }));
            parts.push(Part { term: &case.body, bound, tail: true });
        }
        return parts;
    }
    if !matches!(term, Term::If(..) | Term::Let(..) | Term::LetRec(..)) {
        return Vec::new();
    }
    let parts = term.parts();
    let count = parts.len();
    parts.into_iter().enumerate().map(|(at, (bound, term))| Part { term, bound, tail: is_tail(at, count) }).collect()
}

fn may_apply(pattern: &Pattern, of: TypeRef, index: u32) -> bool {
    match pattern {
        Pattern::Request { ability, operation, .. } => (*ability, *operation) == (of, index),
        Pattern::Pure(_) => false,
        _ => true,
    }
}

fn continuation(pattern: &Pattern) -> Option<&Pattern> {
    match pattern {
        Pattern::Request { resume, .. } => Some(resume),
        _ => None,
    }
}

/// What a delay calls, with what.
pub(crate) fn delayed_call(delay: &Term) -> Option<(&Term, &[Term])> {
    match delay {
        Term::Lambda(1, body) => match &**body {
            Term::App(head, args) => Some((head, args)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether evaluating a term surely performs no operation.
pub(crate) fn performs_nothing(term: &Term, facts: &Facts) -> bool {
    let mut todo = vec![term];
    while let Some(term) = todo.pop() {
        match term {
            Term::Local(_) | Term::Literal(_) | Term::Lambda(..) | Term::Constructor(..) | Term::Operation(..) => {}
            Term::Row(_) | Term::TermLink(_) | Term::TypeLink(_) | Term::Ref(TermRef::Builtin(_)) => {}
            Term::Ref(TermRef::Def(def)) if facts.is_pure(*def, 0) => {}
            Term::List(elements) => todo.extend(elements),
            Term::If(condition, yes, no) => todo.extend([&**condition, yes, no]),
            Term::App(head, args) => match &**head {
                Term::Constructor(..) => todo.extend(args),
                Term::Ref(TermRef::Builtin(builtin)) if builtin.class().is_computed() => todo.extend(args),
                Term::Ref(TermRef::Def(def)) if facts.is_pure(*def, args.len()) => todo.extend(args),
                _ => return false,
            },
            _ => return false,
        }
    }
    true
}

//! A lambda taken out of its definition, as a closed term.
//!
//! A function value names its code by definition and number, and holds what it has captured. The term made here is a function of the captured variables, in the order in
//! which closures hold them: by de Bruijn index.

use crate::workspace::Workspace;
use hash::store::ObjectStore;
use kernel::{Case, DefId, Term, TermRef};
use std::collections::BTreeSet;

/// Levels of a term that is walked over: by recursion.
const DEPTH_MAX: u32 = 400;

/// The lambda, and how many variables it captures. None if it is a member of a local recursive group, or nested too deep.
pub fn closed(workspace: &Workspace, def: DefId, number: u32) -> Option<(Term, usize)> {
    let found = workspace.codebase.get_many(&[def.component]).ok()?;
    let definition = found.into_iter().flatten().next()?.terms()?.into_iter().nth(def.index as usize)?;
    if depth_of(&definition.body) > DEPTH_MAX {
        hash::dismantle(definition);
        return None;
    }
    let mut search = Search { left: number, level: 0, found: None };
    // A definition whose body is a lambda is that lambda, which takes no number of its own.
    match &definition.body {
        Term::Lambda(params, body) => search.inside(*params, body),
        body => search.term(body),
    }
    let (level, lambda) = search.found?;
    let captured = captures(&lambda, level);
    let mut closing = Closing { def, level, captured: &captured, depth: 0 };
    let lambda = closing.term(lambda);
    let count = captured.len();
    Some((if count == 0 { lambda } else { Term::Lambda(count as u32, Box::new(lambda)) }, count))
}

fn depth_of(body: &Term) -> u32 {
    let (mut deepest, mut todo) = (0, vec![(body, 1)]);
    while let Some((term, depth)) = todo.pop() {
        deepest = deepest.max(depth);
        todo.extend(term.parts().into_iter().map(|(_, part)| (part, depth + 1)));
    }
    deepest
}

/// Looks for a lambda by its number.
struct Search {
    /// Lambdas to go, the one that is looked for included.
    left: u32,
    level: u32,
    /// With how many variables are bound around it.
    found: Option<(u32, Term)>,
}

impl Search {
    fn inside(&mut self, bound: u32, term: &Term) {
        self.level += bound;
        self.term(term);
        self.level -= bound;
    }

    fn term(&mut self, term: &Term) {
        if self.left == 0 {
            return;
        }
        if let Term::Lambda(..) = term {
            self.left -= 1;
            if self.left == 0 {
                self.found = Some((self.level, term.clone()));
                return;
            }
        }
        if let Term::LetRec(members, body) = term {
            return self.group(members, body);
        }
        for (bound, part) in term.parts() {
            self.inside(bound, part);
        }
    }

    /// Members of a group refer to each other, not to what they capture: none is taken out.
    fn group(&mut self, members: &[Term], body: &Term) {
        let bound = members.len() as u32;
        for member in members {
            let before = self.left;
            self.inside(bound, member);
            let is_member = before == 1 && self.left == 0;
            if is_member {
                self.found = None;
            }
        }
        self.inside(bound, body);
    }
}

/// The levels of the variables that a lambda captures, descending.
fn captures(lambda: &Term, level: u32) -> Vec<u32> {
    let mut levels = BTreeSet::new();
    let mut todo = vec![(0, lambda)];
    while let Some((depth, term)) = todo.pop() {
        if let Term::Local(index) = term
            && let Some(outside) = index.checked_sub(depth)
            && let Some(captured) = level.checked_sub(outside + 1)
        {
            levels.insert(captured);
        }
        todo.extend(term.parts().into_iter().map(|(bound, part)| (depth + bound, part)));
    }
    levels.into_iter().rev().collect()
}

/// Rewrites what a lambda captures to parameters of a lambda around it, and members of its component to references from outside.
struct Closing<'a> {
    def: DefId,
    level: u32,
    captured: &'a [u32],
    depth: u32,
}

impl Closing<'_> {
    fn local(&self, index: u32) -> u32 {
        let Some(outside) = index.checked_sub(self.depth) else { return index };
        let level = self.level.saturating_sub(outside + 1);
        let place = self.captured.iter().position(|captured| *captured == level).unwrap_or(0);
        self.depth + (self.captured.len() - 1 - place) as u32
    }

    fn reference(&self, reference: TermRef) -> TermRef {
        match reference {
            TermRef::Cycle(index) => TermRef::Def(DefId { component: self.def.component, index }),
            other => other,
        }
    }

    fn under(&mut self, bound: u32, term: Term) -> Term {
        self.depth += bound;
        let term = self.term(term);
        self.depth -= bound;
        term
    }

    fn boxed(&mut self, bound: u32, term: Term) -> Box<Term> {
        Box::new(self.under(bound, term))
    }

    fn all(&mut self, bound: u32, terms: Vec<Term>) -> Vec<Term> {
        terms.into_iter().map(|term| self.under(bound, term)).collect()
    }

    fn term(&mut self, term: Term) -> Term {
        match term {
            Term::Local(index) => Term::Local(self.local(index)),
            Term::Ref(reference) => Term::Ref(self.reference(reference)),
            Term::TermLink(reference) => Term::TermLink(self.reference(reference)),
            Term::Constructor(..) | Term::Operation(..) | Term::Literal(_) | Term::Row(_) | Term::TypeLink(_) => term,
            Term::List(elements) => Term::List(self.all(0, elements)),
            Term::App(head, args) => Term::App(self.boxed(0, *head), self.all(0, args)),
            Term::Lambda(params, body) => Term::Lambda(params, self.boxed(params, *body)),
            Term::Let(bindings, body) => {
                let count = bindings.len() as u32;
                let bindings = (0..).zip(bindings).map(|(before, binding)| self.under(before, binding)).collect();
                Term::Let(bindings, self.boxed(count, *body))
            }
            Term::LetRec(members, body) => {
                let count = members.len() as u32;
                Term::LetRec(self.all(count, members), self.boxed(count, *body))
            }
            Term::If(condition, yes, no) => {
                Term::If(self.boxed(0, *condition), self.boxed(0, *yes), self.boxed(0, *no))
            }
            Term::Match(on, cases) => {
                let on = self.boxed(0, *on);
                Term::Match(on, cases.into_iter().map(|case| self.case(case)).collect())
            }
            Term::Handle { abilities, body, handler } => {
                Term::Handle { abilities, body: self.boxed(0, *body), handler: self.boxed(0, *handler) }
            }
        }
    }

    fn case(&mut self, case: Case) -> Case {
        let bound = case.pattern.binders();
        let guard = case.guard.map(|guard| self.under(bound, guard));
        Case { pattern: case.pattern, guard, body: self.under(bound, case.body) }
    }
}

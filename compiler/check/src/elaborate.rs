//! Closes elaborated terms: variables become de Bruijn indices, holes are filled with what inference found.
//!
//! Applications of applications are joined; an application of an operation without arguments stays by itself, since that performs it.

use crate::calls::{Call, Calls};
use crate::elab::{Case, Elab, Local, Match, Pattern};
use crate::overload::Choice;
use crate::solver::Solver;
use crate::ty::{Row, Ty};
use base::Span;
use builtin::BuiltinType;
use kernel::{Literal, Term, TermRef, TypeRef};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes kernel terms of what was elaborated.
pub(crate) struct Closer<'e> {
    pub solver: &'e Solver,
    pub choices: &'e [Choice],
    /// What a definition of the files is called in the term.
    pub top: &'e dyn Fn(usize) -> Option<TermRef>,
    /// At which depth each variable in scope was bound.
    depths: BTreeMap<Local, u32>,
    depth: u32,
    /// Of the term so far, in pre-order.
    pub calls: Calls,
}

/// The definitions of the files that a term refers to.
pub(crate) fn tops(elab: &Elab, choices: &[Choice], found: &mut Vec<usize>) {
    match elab {
        Elab::Top(top) => found.push(*top),
        Elab::Choice(choice) => choices[*choice].outcome.iter().for_each(|elab| tops(elab, choices, found)),
        _ => each_child(elab, &mut |child| tops(child, choices, found)),
    }
}

/// Calls `visit` with every match in a term.
pub(crate) fn each_match(elab: &Elab, visit: &mut dyn FnMut(&Match)) {
    if let Elab::Match(taken) = elab {
        visit(taken);
    }
    each_child(elab, &mut |child| each_match(child, visit));
}

fn each_child(elab: &Elab, visit: &mut dyn FnMut(&Elab)) {
    match elab {
        Elab::List(elements) => elements.iter().for_each(visit),
        Elab::App(head, args, _) => {
            visit(head);
            args.iter().for_each(visit);
        }
        Elab::Lambda(_, body) | Elab::TermLink(body) => visit(body),
        Elab::Let(bindings, body) | Elab::LetRec(bindings, body) => {
            bindings.iter().for_each(|(_, elab)| visit(elab));
            visit(body);
        }
        Elab::If(a, b, c) => [a, b, c].into_iter().for_each(|part| visit(part)),
        Elab::Match(taken) => {
            visit(&taken.scrutinee);
            for case in &taken.cases {
                case.guard.iter().for_each(&mut *visit);
                visit(&case.body);
            }
        }
        Elab::Handle { body, handler, .. } => {
            visit(body);
            visit(handler);
        }
        Elab::Local(_)
        | Elab::Top(_)
        | Elab::Ref(_)
        | Elab::Constructor(..)
        | Elab::Operation(..)
        | Elab::Literal(_)
        | Elab::Row(_)
        | Elab::Element(_)
        | Elab::TypeLink(_)
        | Elab::Choice(_)
        | Elab::Note(_)
        | Elab::Error => {}
    }
}

impl<'e> Closer<'e> {
    pub fn new(solver: &'e Solver, choices: &'e [Choice], top: &'e dyn Fn(usize) -> Option<TermRef>) -> Closer<'e> {
        Closer { solver, choices, top, depths: BTreeMap::new(), depth: 0, calls: Calls::default() }
    }

    /// The term; none if a part of it has a mistake.
    pub fn term(&mut self, elab: &Elab) -> Option<Term> {
        Some(match elab {
            Elab::Local(local) => Term::Local(self.depth - 1 - self.depths.get(local)?),
            Elab::Top(top) => Term::Ref((self.top)(*top)?),
            Elab::Ref(reference) => Term::Ref(*reference),
            Elab::Constructor(ty, index) => Term::Constructor(*ty, *index),
            Elab::Operation(ty, index) => Term::Operation(*ty, *index),
            Elab::Literal(literal) => Term::Literal(literal.clone()),
            Elab::List(elements) => Term::List(self.terms(elements)?),
            Elab::App(head, args, span) => self.application(head, args, *span)?,
            Elab::Lambda(locals, body) => self.lambda(locals, body)?,
            Elab::Let(bindings, body) => self.bindings(bindings, body)?,
            Elab::LetRec(bindings, body) => self.recursive(bindings, body)?,
            Elab::If(condition, yes, no) => {
                Term::If(Box::new(self.term(condition)?), Box::new(self.term(yes)?), Box::new(self.term(no)?))
            }
            Elab::Match(taken) => self.matching(taken)?,
            Elab::Handle { abilities, body, handler } => Term::Handle {
                abilities: abilities.clone(),
                body: Box::new(self.term(body)?),
                handler: Box::new(self.term(handler)?),
            },
            Elab::Row(row) => Term::Row(self.recorded(row)),
            Elab::Element(ty) => Term::Literal(Literal::Bytes(self.closed_hash(ty))),
            Elab::TermLink(elab) => match self.term(elab)? {
                Term::Ref(reference) => Term::TermLink(reference),
                _ => return None,
            },
            Elab::TypeLink(ty) => Term::TypeLink(*ty),
            Elab::Choice(choice) => {
                let choices = self.choices;
                self.term(choices[*choice].outcome.as_ref()?)?
            }
            Elab::Note(note) => self.term(&note.elab(self.solver))?,
            Elab::Error => return None,
        })
    }

    fn terms(&mut self, elabs: &[Elab]) -> Option<Vec<Term>> {
        elabs.iter().map(|elab| self.term(elab)).collect()
    }

    /// The abilities that may come back from an `at` as requests: those of the row that are not the runtime's. If the row has a variable, that is said by `Request`.
    fn recorded(&self, row: &Row) -> Vec<TypeRef> {
        let row = self.solver.resolve_row(row);
        let runtime = |ability: &TypeRef| matches!(ability, TypeRef::Builtin(ty) if ty.is_runtime_ability());
        let mut abilities: Vec<TypeRef> = row.abilities().into_iter().filter(|ability| !runtime(ability)).collect();
        if row.tails.iter().any(|tail| matches!(tail, Ty::Skolem(_))) {
            abilities.push(TypeRef::Builtin(BuiltinType::Request));
        }
        abilities.sort_unstable();
        abilities.dedup();
        abilities
    }

    /// The hash of a type; nothing if it depends on who calls.
    fn closed_hash(&self, ty: &Ty) -> Arc<[u8]> {
        let ty = self.solver.zonk(ty);
        match ty.is_closed() {
            true => hash::hash_of_type(&crate::normal::to_kernel(&ty)).0.as_slice().into(),
            false => [].into(),
        }
    }

    fn bind(&mut self, local: Local) {
        self.depths.insert(local, self.depth);
        self.depth += 1;
    }

    fn application(&mut self, head: &Elab, args: &[Elab], span: Option<Span>) -> Option<Term> {
        let number = self.calls.0.len();
        self.calls.0.push(Call { span, callee: None });
        match self.term(head)? {
            Term::App(inner, mut front) if !front.is_empty() => {
                self.calls.0.remove(number);
                front.extend(self.terms(args)?);
                Some(Term::App(inner, front))
            }
            performed @ Term::App(..) if !args.is_empty() => {
                let call = self.calls.0.remove(number);
                self.calls.0.push(call);
                self.depth += 1;
                let args = self.terms(args);
                self.depth -= 1;
                Some(Term::Let(vec![performed], Box::new(Term::App(Box::new(Term::Local(0)), args?))))
            }
            head => {
                self.calls.0[number].callee = if let Term::Ref(callee) = head { Some(callee) } else { None };
                Some(Term::App(Box::new(head), self.terms(args)?))
            }
        }
    }

    fn lambda(&mut self, locals: &[Local], body: &Elab) -> Option<Term> {
        let outer = self.depth;
        locals.iter().for_each(|local| self.bind(*local));
        let body = self.term(body);
        self.depth = outer;
        Some(Term::Lambda(locals.len() as u32, Box::new(body?)))
    }

    fn bindings(&mut self, bindings: &[(Local, Elab)], body: &Elab) -> Option<Term> {
        let outer = self.depth;
        let mut terms = Vec::new();
        for (local, elab) in bindings {
            let term = self.term(elab);
            self.bind(*local);
            terms.push(term);
        }
        let body = self.term(body);
        self.depth = outer;
        let terms: Option<Vec<Term>> = terms.into_iter().collect();
        Some(Term::Let(terms?, Box::new(body?)))
    }

    fn recursive(&mut self, bindings: &[(Local, Elab)], body: &Elab) -> Option<Term> {
        let outer = self.depth;
        bindings.iter().for_each(|(local, _)| self.bind(*local));
        let terms: Option<Vec<Term>> = bindings.iter().map(|(_, elab)| self.term(elab)).collect();
        let body = self.term(body);
        self.depth = outer;
        Some(Term::LetRec(terms?, Box::new(body?)))
    }

    fn matching(&mut self, taken: &Match) -> Option<Term> {
        let scrutinee = self.term(&taken.scrutinee)?;
        let cases: Option<Vec<kernel::Case>> = taken.cases.iter().map(|case| self.case(case)).collect();
        Some(Term::Match(Box::new(scrutinee), cases?))
    }

    fn case(&mut self, case: &Case) -> Option<kernel::Case> {
        let outer = self.depth;
        let pattern = self.pattern(&case.pattern);
        let guard = case.guard.as_ref().map(|guard| self.term(guard));
        let body = self.term(&case.body);
        self.depth = outer;
        let guard = match guard {
            Some(guard) => Some(guard?),
            None => None,
        };
        Some(kernel::Case { pattern: pattern?, guard, body: body? })
    }

    fn patterns(&mut self, patterns: &[Pattern]) -> Option<Vec<kernel::Pattern>> {
        patterns.iter().map(|pattern| self.pattern(pattern)).collect()
    }

    fn boxed(&mut self, pattern: &Pattern) -> Option<Box<kernel::Pattern>> {
        Some(Box::new(self.pattern(pattern)?))
    }

    /// Binds the variables in the order in which they stand.
    fn pattern(&mut self, pattern: &Pattern) -> Option<kernel::Pattern> {
        Some(match pattern {
            Pattern::Any => kernel::Pattern::Any,
            Pattern::Var(local) => {
                self.bind(*local);
                kernel::Pattern::Var
            }
            Pattern::Literal(literal) => kernel::Pattern::Literal(literal.clone()),
            Pattern::Constructor(ty, index, fields) => {
                kernel::Pattern::Constructor(*ty, *index, self.patterns(fields)?)
            }
            Pattern::As(local, inner) => {
                self.bind(*local);
                kernel::Pattern::As(self.boxed(inner)?)
            }
            Pattern::List(elements) => kernel::Pattern::List(self.patterns(elements)?),
            Pattern::Cons(first, rest) => {
                let first = self.boxed(first)?;
                kernel::Pattern::Cons(first, self.boxed(rest)?)
            }
            Pattern::Snoc(front, last) => {
                let front = self.boxed(front)?;
                kernel::Pattern::Snoc(front, self.boxed(last)?)
            }
            Pattern::Prefix(elements, rest) => {
                let elements = self.patterns(elements)?;
                kernel::Pattern::Prefix(elements, self.boxed(rest)?)
            }
            Pattern::Suffix(front, elements) => {
                let front = self.boxed(front)?;
                kernel::Pattern::Suffix(front, self.patterns(elements)?)
            }
            Pattern::Pure(inner) => kernel::Pattern::Pure(self.boxed(inner)?),
            Pattern::Request { ability, operation, args, resume } => {
                let args = self.patterns(args)?;
                let resume = self.boxed(resume)?;
                kernel::Pattern::Request { ability: *ability, operation: *operation, args, resume }
            }
            Pattern::Error => return None,
        })
    }
}

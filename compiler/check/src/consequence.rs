//! What follows from a mistake, so that it is not told as another one.
//!
//! Where two types did not fit, what is open in them stays open because of that: a name whose meaning they would have decided is not ambiguous. And where something reads as
//! another mistake altogether, that one is told in place of all that came of it.

use crate::elab::Elab;
use crate::infer::Checker;
use crate::problem::{NameProblem, Problem, TypeProblem};
use crate::ty::{Fun, Meta, Ty};
use base::{Name, Span};
use std::rc::Rc;
use syntax::habit::Habit;
use syntax::tree::{Expr, ExprKind};

/// An argument that does not fit: its place, its type and its number.
pub(crate) struct Misfit {
    pub span: Span,
    pub found: Ty,
    pub index: usize,
}

impl Checker<'_> {
    /// What is open in this type is so because of a mistake that was told.
    pub fn blame(&mut self, ty: &Ty) {
        self.blamed.push(ty.clone());
    }

    /// Whether something that is open in the type is so because of a mistake that was told.
    pub fn is_blamed(&self, ty: &Ty) -> bool {
        let mut blamed = Vec::new();
        self.each_blamed(&mut |meta| blamed.push(meta));
        let mut found = false;
        self.solver.each_meta(ty, &mut |meta| found |= blamed.contains(&meta));
        found
    }

    /// Tells `problem` in place of whatever `act` told.
    pub fn instead_of<T>(&mut self, act: impl FnOnce(&mut Self) -> T, problem: impl FnOnce() -> Problem) -> Option<T> {
        let (problems, choices, holes) = (self.problems.len(), self.choices.len(), self.holes.len());
        let outcome = act(self);
        if self.problems.len() == problems {
            return Some(outcome);
        }
        self.problems.truncate(problems);
        self.holes.truncate(holes);
        self.choices[choices..].iter_mut().for_each(|choice| choice.outcome = Some(Elab::Error));
        self.problem(problem());
        None
    }

    /// What is open because of a mistake that was told.
    pub fn each_blamed(&self, act: &mut dyn FnMut(Meta)) {
        self.blamed.iter().for_each(|ty| self.solver.each_meta(ty, &mut |meta| act(meta)));
    }

    /// Whether a hole stands in an expression: what is wanted there is what the hole tells, so that other things may not fit.
    pub fn has_hole(&self, expr: Span) -> bool {
        self.holes.iter().any(|hole| contains(expr, hole.span))
    }

    /// Two arguments of which each fits where the other one stands are one mistake. `told` is how many problems there were before the arguments.
    pub fn report_order(&mut self, head: Span, functions: &[Rc<Fun>], misfits: &[Misfit], told: usize) {
        let [first, second] = misfits else { return };
        let mut fits = |found: &Ty, index: usize| {
            let wanted = functions[index].arg.clone();
            self.solver.probe(|solver| solver.subsume(found, &wanted).is_ok())
        };
        if !fits(&first.found, second.index) || !fits(&second.found, first.index) {
            return;
        }
        let (one, other) = (first.span, second.span);
        let is_misfit = |problem: &Problem| match problem {
            Problem::Type(TypeProblem::Mismatch { span, .. }) => {
                *span == one || contains(other, *span) || contains(one, *span)
            }
            _ => false,
        };
        let mut later = self.problems.split_off(told);
        later.retain(|problem| !is_misfit(problem));
        self.problems.append(&mut later);
        let wanted = [first.index, second.index].map(|index| self.show(&functions[index].arg));
        self.problem(Problem::Type(TypeProblem::Order { head, first: one, second: other, wanted }));
    }

    /// The word between two conditions, if arguments were meant as that.
    pub fn logic_word(&self, args: &[&Expr]) -> Option<Problem> {
        let inner = args.get(..args.len().saturating_sub(1))?;
        let is_word = |arg: &&&Expr| matches!(&arg.kind, ExprKind::Name(name) if matches!(name.as_str(), "and" | "or"));
        let word = inner.iter().find(is_word)?;
        let ExprKind::Name(name) = &word.kind else { return None };
        Some(Problem::Habit { span: word.span, what: Habit::Logic(name.to_string()) })
    }

    /// `f(a, b)`: the arguments, and what is told if that does not fit.
    pub fn tupled<'e>(&self, head: &Expr, args: &[&'e Expr]) -> Option<(&'e [Expr], Problem)> {
        let [Expr { span, kind: ExprKind::Tuple(elements) }] = args else { return None };
        let adjacent = head.span.source == span.source && head.span.end + 1 >= span.start;
        let text = self.sources.text(Span { start: head.span.end, end: span.start.max(head.span.end), ..head.span });
        let written = adjacent && elements.len() > 1 && text.trim().len() == text.len();
        let head = head.span;
        written.then_some((elements, Problem::Type(TypeProblem::Tupled { span: *span, head })))
    }

    /// What is left of an operator that means nothing was grouped as if that had no level, so only names are looked at.
    pub fn names_only<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let (problems, choices) = (self.problems.len(), self.choices.len());
        let outcome = act(self);
        let mut told = self.problems.split_off(problems);
        told.retain(|problem| matches!(problem, Problem::Name(NameProblem::UnknownTerm { .. })));
        self.problems.append(&mut told);
        self.choices[choices..].iter_mut().for_each(|choice| choice.outcome = Some(Elab::Error));
        outcome
    }

    /// Whether a name is a member of a type that has a mistake or could not be read, or stands in something that could not.
    pub fn is_unread(&self, name: &Name) -> bool {
        self.names.is_unread(name) || self.names.in_broken_type(name, &self.place)
    }
}

fn contains(outer: Span, inner: Span) -> bool {
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}

//! What follows from a mistake, so that it is not told as another one.
//!
//! Where two types did not fit, what is open in them stays open because of that: a name whose meaning they would have decided is not ambiguous. And where something reads as
//! another mistake altogether, that one is told in place of all that came of it.

use crate::application::Head;
use crate::elab::Elab;
use crate::infer::Checker;
use crate::names::Target;
use crate::problem::{Advice, NameProblem, Problem, TypeProblem, names_elsewhere};
use crate::signature::is_variable;
use crate::ty::{Fun, Meta, Ty};
use base::{Name, Span};
use std::collections::BTreeSet;
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

    /// What is open in this type is not worth telling any more.
    pub fn give_up(&mut self, ty: &Ty) {
        let mut open = Vec::new();
        self.solver.each_meta(ty, &mut |meta| open.push(meta));
        open.into_iter().for_each(|meta| self.solver.set(meta, Ty::Error));
    }

    /// An argument that is no function where one is wanted, and as many names in it that mean nothing as that takes: `x > 2` instead of `x -> x > 2`.
    pub fn tell_parameters(&mut self, arg: &Expr, wanted: &Ty, told: usize) {
        if self.problems.len() <= told {
            return;
        }
        let (mut parameters, mut is_value): (Vec<Name>, bool) = (Vec::new(), is_operation(arg));
        for problem in &self.problems[told..] {
            match problem {
                Problem::Name(NameProblem::UnknownTerm { name, similar, .. })
                    if is_variable(name) && similar.is_empty() && names_elsewhere(name.as_str()).is_empty() =>
                {
                    if !parameters.contains(name) {
                        parameters.push(name.clone());
                    }
                }
                Problem::Type(TypeProblem::Mismatch { span, .. }) if *span == arg.span => is_value = true,
                _ => return,
            }
        }
        if !is_value || parameters.is_empty() || parameters.len() != self.arity(wanted) {
            return;
        }
        let names: Vec<&str> = parameters.iter().map(Name::as_str).collect();
        let written = format!("{} -> {}", names.join(" "), self.sources.text(arg.span));
        let mut is_first = true;
        let mut later = self.problems.split_off(told);
        later.retain_mut(|problem| match problem {
            Problem::Name(NameProblem::UnknownTerm { function, .. }) if is_first => {
                (*function, is_first) = (Some(written.clone()), false);
                true
            }
            _ => false,
        });
        self.problems.append(&mut later);
    }

    /// How many parameters a function has.
    fn arity(&self, function: &Ty) -> usize {
        let (mut arity, mut ty) = (0, self.solver.resolve(function));
        while let Ty::Fun(fun) = &ty {
            (arity, ty) = (arity + 1, self.solver.resolve(&fun.ret));
        }
        arity
    }

    /// Names for which nothing fits inside an application that lacks an argument.
    pub fn forget_misfits(&mut self, application: Span) {
        let is_inside = |problem: &Problem| match problem {
            Problem::Name(NameProblem::NoneFits { span, .. }) => contains(application, *span),
            _ => false,
        };
        self.problems.retain(|problem| !is_inside(problem));
    }

    /// A block of several steps, without the `do` that its signature wants: that is one mistake. `told` is how many problems there were before its last line.
    pub fn tell_delay_of_block(&mut self, told: usize, block: Span) {
        let delay = self.problems[told..].iter_mut().find_map(|problem| match problem {
            Problem::Type(TypeProblem::Mismatch { advice: Some(advice @ Advice::Delay), .. }) => Some(advice),
            _ => None,
        });
        if let Some(advice) = delay {
            *advice = Advice::DelayBlock;
            self.forgive_value(block);
        }
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
    pub fn report_order(
        &mut self,
        head: &Head,
        arguments: &[Span],
        functions: &[Rc<Fun>],
        misfits: &[Misfit],
        told: usize,
    ) {
        if let [only] = misfits {
            return self.report_order_of_generic(head, arguments, functions, only, told);
        }
        let head = head.span;
        let [first, second] = misfits else { return };
        let mut fits = |found: &Ty, index: usize| {
            let wanted = functions[index].arg.clone();
            self.solver.probe(|solver| solver.subsume(found, &wanted).is_ok())
        };
        if !fits(&first.found, second.index) || !fits(&second.found, first.index) {
            return;
        }
        let wanted = [first.index, second.index].map(|index| self.show(&functions[index].arg));
        self.tell_order(head, [first.span, second.span], wanted, told);
    }

    /// A parameter that is a variable takes any argument, so that only the other one of two does not fit. It is as if they had been exchanged if the
    /// function, used anew, takes them then.
    fn report_order_of_generic(
        &mut self,
        head: &Head,
        arguments: &[Span],
        functions: &[Rc<Fun>],
        misfit: &Misfit,
        told: usize,
    ) {
        let Some(parameters) = self.parameters_anew(&head.elab, functions.len()) else { return };
        let types: Vec<Ty> = functions.iter().map(|fun| self.solver.zonk(&fun.arg)).collect();
        for (other, ty) in types.iter().enumerate().filter(|(other, _)| *other != misfit.index) {
            let takes_any = matches!(self.solver.resolve(&parameters[other]), Ty::Meta(_));
            let Some(span) = arguments.get(other).filter(|_| takes_any && !matches!(ty, Ty::Meta(_) | Ty::Error))
            else {
                continue;
            };
            let mut exchanged = types.clone();
            exchanged[misfit.index] = ty.clone();
            exchanged[other] = misfit.found.clone();
            let mut both = exchanged.iter().zip(&parameters);
            if self.solver.probe(|solver| both.all(|(ty, parameter)| solver.subsume(ty, parameter).is_ok())) {
                let mut two = [(other, *span), (misfit.index, misfit.span)];
                two.sort();
                let wanted = two.map(|(index, _)| self.show(&parameters[index]));
                return self.tell_order(head.span, two.map(|(_, span)| span), wanted, told);
            }
        }
    }

    /// The parameters of a definition, with new variables.
    fn parameters_anew(&mut self, elab: &Elab, count: usize) -> Option<Vec<Ty>> {
        let target = match elab {
            Elab::Top(top) => Target::Top(*top),
            Elab::Ref(reference) => Target::Term { reference: *reference, name: Name::from("") },
            _ => return None,
        };
        let scheme = self.scheme(&target);
        let mut ty = self.solver.instantiate(&scheme.ty);
        let mut parameters = Vec::new();
        for _ in 0..count {
            let Ty::Fun(fun) = &ty else { return None };
            parameters.push(fun.arg.clone());
            ty = self.solver.instantiate(&fun.ret);
        }
        Some(parameters)
    }

    fn tell_order(&mut self, head: Span, [one, other]: [Span; 2], wanted: [String; 2], told: usize) {
        let is_misfit = |problem: &Problem| match problem {
            Problem::Type(TypeProblem::Mismatch { span, .. }) => {
                *span == one || contains(other, *span) || contains(one, *span)
            }
            _ => false,
        };
        let mut later = self.problems.split_off(told);
        later.retain(|problem| !is_misfit(problem));
        self.problems.append(&mut later);
        self.problem(Problem::Type(TypeProblem::Order { head, first: one, second: other, wanted }));
    }

    /// Tells of texts between single quotes, in place of all that came of the names in them.
    pub fn report_single_quotes(&mut self) {
        let unknown = |problem: &Problem| match problem {
            Problem::Name(NameProblem::UnknownTerm { span, .. }) => Some(*span),
            _ => None,
        };
        let unknown: Vec<Span> = self.problems.iter().filter_map(unknown).collect();
        let is_text = |quoted: &Span| {
            let ends_in_name = |text: &str| text.trim_end_matches('\'').ends_with(char::is_alphanumeric);
            // A name that ends with a quote may mean something.
            !ends_in_name(self.sources.text(*quoted)) || unknown.iter().any(|span| span.end == quoted.end)
        };
        let quoted = unknown.iter().filter_map(|span| {
            let text = &self.sources.get(span.source)?.text;
            syntax::single_quoted(text, *span).filter(is_text)
        });
        let quoted: BTreeSet<Span> = quoted.collect();
        for quoted in quoted {
            self.problems
                .retain(|problem| !problem.render().labels.first().is_some_and(|label| contains(quoted, label.span)));
            self.problem(Problem::Habit { span: quoted, what: Habit::SingleQuotes });
        }
    }

    /// The word between two conditions, if arguments were meant as that.
    pub fn logic_word(&self, args: &[&Expr]) -> Option<Problem> {
        let inner = args.get(..args.len().saturating_sub(1))?;
        let is_word = |arg: &&&Expr| matches!(&arg.kind, ExprKind::Name(name) if matches!(name.as_str(), "and" | "or"));
        let word = inner.iter().find(is_word)?;
        let ExprKind::Name(name) = &word.kind else { return None };
        Some(Problem::Habit { span: word.span, what: Habit::Logic(name.to_string()) })
    }

    /// Whether it is `x.f`, where `x` is a variable, and means nothing: a method of other languages.
    pub fn is_method(&self, head: &Expr) -> bool {
        matches!(&head.kind, ExprKind::Name(name) if self.variable_before_dot(name).is_some() && self.means_nothing(name))
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

/// Whether it is written with an operator: hardly any of those gives a function.
fn is_operation(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Infix(..) | ExprKind::And(..) | ExprKind::Or(..))
}

pub(crate) fn contains(outer: Span, inner: Span) -> bool {
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}

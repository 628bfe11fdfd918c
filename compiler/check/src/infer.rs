//! Inference, expression by expression: `infer` finds a type, `check` pushes one inwards. Both elaborate on the way.
//!
//! What has branches is checked against a variable when no type is wanted. Abilities that an expression needs are wanted from
//! the ambient ones (`ability`).

use crate::ability::{Ambient, Origin};
use crate::continuation::{Handler, Resumption};
use crate::elab::{Elab, Local};
use crate::kind::Kinds;
use crate::names::{Meant, Names, Place};
use crate::overload::{Choice, Overloads};
use crate::print::Printer;
use crate::problem::{Advice, Difference, Grouping, MissingHint, Problem, Reason, TypeProblem};
use crate::scope::{Locals, Meaning, Variable};
use crate::signature::{Arrows, TypeReader, TypeVar, Written};
use crate::solver::Solver;
use crate::suggest::Unknown;
use crate::tops::Tops;
use crate::traced::Tracing;
use crate::ty::{Row, Scheme, Ty, ability_of};
use crate::unify::Mismatch;
use base::{Name, Sources, Span, Table};
use builtin::BuiltinType;
use kernel::{TermRef, TypeRef};
use std::rc::Rc;
use std::sync::Arc;
use syntax::tree::{Expr, ExprKind, Ident, Literal, TypeExpr};

/// A type that is wanted, and where that comes from.
#[derive(Clone, Debug)]
pub(crate) struct Want {
    pub ty: Ty,
    pub because: Option<(Span, Reason)>,
}

impl Want {
    pub fn of(ty: Ty) -> Want {
        Want { ty, because: None }
    }

    pub fn because(ty: Ty, span: Span, reason: Reason) -> Want {
        Want { ty, because: Some((span, reason)) }
    }

    /// The same reason for another type.
    pub fn with(&self, ty: Ty) -> Want {
        Want { ty, because: self.because }
    }
}

/// A `_name` in an expression.
pub(crate) struct Hole {
    pub name: Name,
    pub span: Span,
    pub ty: Ty,
    /// What is in scope there.
    pub locals: Vec<Variable>,
}

/// Checks one cycle of definitions.
pub(crate) struct Checker<'c> {
    pub names: &'c Names<'c>,
    pub sources: &'c Sources,
    pub tops: &'c Tops<'c>,
    /// The members of the cycle, with the types that they have so far.
    pub checking: Table<usize, Rc<Scheme>>,
    pub kinds: &'c mut Kinds,
    /// Types of definitions outside the files, read before.
    pub schemes: &'c mut Table<TermRef, Rc<Scheme>>,
    pub solver: Solver,
    pub place: Place,
    pub locals: Locals,
    pub type_vars: Vec<TypeVar>,
    pub ambient: Rc<Ambient>,
    pub choices: Vec<Choice>,
    /// Those that are not decided, ascending.
    pub open_choices: Vec<usize>,
    /// What names mean for which members of the cycle are candidates.
    pub own_overloads: Table<*const Meant, (Rc<Meant>, Rc<Overloads>)>,
    /// What `at'` starts: its row and place.
    pub spawned: Vec<(Row, Span)>,
    /// Unquoted arguments that became computations: the type that each yields, and its place.
    pub computed: Vec<(Ty, Span)>,
    pub holes: Vec<Hole>,
    /// Names that mean nothing.
    pub unknowns: Vec<Unknown>,
    /// Types in which something is open because of a mistake that was told.
    pub blamed: Vec<Ty>,
    /// The type of the last argument that did not fit as a whole.
    pub misfit: Option<Ty>,
    /// Inside a case whose pattern has too few fields: a name that means nothing may be one that it should bind.
    pub may_be_unbound: bool,
    /// How many arguments were there where a type does not fit.
    pub applied: usize,
    /// Operators whose grouping may surprise.
    pub groupings: Vec<(Span, Grouping)>,
    /// How often an ability was wanted: a binding that wants none may be generalised.
    pub wanted: usize,
    /// How often something else than `Exception` was wanted: values may have been drawn.
    pub drawn: usize,
    /// If it is to be traced, by what.
    pub tracing: Option<Arc<Tracing>>,
    pub reported_abilities: Vec<(Origin, Option<TypeRef>)>,
    /// The variables of request patterns that stand for continuations: what each may request.
    pub continuations: Table<Local, Row>,
    /// Uses of those.
    pub resumptions: Vec<Resumption>,
    pub handlers: Vec<Handler>,
    /// It refers to a definition with a mistake, so it has no hash.
    pub depends_on_failure: bool,
    /// .. and that one has no type, so what goes wrong here is not worth telling.
    pub untyped: bool,
    pub next_local: u32,
    pub problems: Vec<Problem>,
}

impl Checker<'_> {
    pub fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    pub fn show(&self, ty: &Ty) -> String {
        Printer::new(self.names, &self.solver).ty(ty)
    }

    /// Requires that a `found` may stand where `want` is wanted. Whether it may.
    pub fn fit(&mut self, found: &Ty, want: &Want, span: Span) -> bool {
        self.solver.here = span;
        match self.solver.subsume(found, &want.ty) {
            Ok(()) => {
                // What would have been known by what has a mistake stays open because of that.
                match (self.solver.resolve(found), self.solver.resolve(&want.ty)) {
                    (Ty::Error, Ty::Error) => {}
                    (Ty::Error, open) | (open, Ty::Error) => self.blame(&open),
                    _ => {}
                }
                true
            }
            Err(mismatch) => {
                self.report_mismatch(span, mismatch, Some((found, want)));
                self.misfit = Some(found.clone());
                self.blame(found);
                self.blame(&want.ty);
                false
            }
        }
    }

    pub fn report_mismatch_at(&mut self, span: Span, mismatch: Mismatch) {
        self.report_mismatch(span, mismatch, None);
    }

    fn report_mismatch(&mut self, span: Span, mismatch: Mismatch, whole: Option<(&Ty, &Want)>) {
        let (mismatch, advice) = match (mismatch, whole) {
            (mismatch @ Mismatch::Types(..), Some((found, want))) => (mismatch, self.advice(found, &want.ty, span)),
            (mismatch @ Mismatch::Infinite(..), Some((found, want))) => {
                // What would contain itself may be a function that stands for its own result.
                match self.unapplied(found, &want.ty, span) {
                    Some(advice) => (Mismatch::Types(found.clone(), want.ty.clone()), Some(advice)),
                    None => (mismatch, None),
                }
            }
            (mismatch, _) => (mismatch, None),
        };
        let mut printer = Printer::new(self.names, &self.solver);
        let problem = match mismatch {
            Mismatch::Types(a, b) => {
                let (found, wanted) = whole.map_or((&a, &b), |(found, want)| (found, &want.ty));
                let (found, wanted) = (printer.ty(found), printer.ty(wanted));
                let part = (printer.ty(&a), printer.ty(&b));
                let is_whole = (&part.0, &part.1) == (&found, &wanted) || (&part.1, &part.0) == (&found, &wanted);
                let origin = whole.and_then(|(_, want)| want.because);
                let grouping = origin.and_then(|(place, _)| self.grouping(place));
                let advice = grouping.map(Advice::Group).or(advice);
                let difference = match (self.tuple_length(&a), self.tuple_length(&b)) {
                    (Some(found), Some(wanted)) if found != wanted => Difference::Length { found, wanted },
                    _ if is_whole => Difference::Whole,
                    _ => Difference::Part(part.0, part.1),
                };
                TypeProblem::Mismatch { span, found, wanted, difference, origin, advice }
            }
            Mismatch::Infinite(a, b) => TypeProblem::Infinite { span, a: printer.ty(&a), b: printer.ty(&b) },
            Mismatch::Escape(variable) => {
                let scope = self.solver.is_scope(&variable);
                TypeProblem::Escape { span, variable: printer.ty(&variable), scope }
            }
            Mismatch::Missing { ability, available } => {
                let (abilities, available) = (printer.ty(&ability), printer.row(&available));
                let origin = whole.and_then(|(_, want)| want.because).map_or(span, |(place, _)| place);
                let origin = Origin::Function(origin);
                let hint = MissingHint::Signature(self.amended(origin, &abilities));
                return self.problem(Problem::Ability(crate::problem::AbilityProblem::Missing {
                    span,
                    abilities,
                    available,
                    origin,
                    hint,
                }));
            }
        };
        if self.is_told(&problem) {
            return;
        }
        match (&problem, whole) {
            (TypeProblem::Mismatch { advice: Some(Advice::Delay), .. }, _) => self.forgive_value(span),
            // What stands in another argument's place says nothing of the names that are used with it.
            (TypeProblem::Mismatch { advice: Some(Advice::Lacks { .. }), .. }, Some((found, _))) => {
                self.give_up(found);
                self.forget_misfits(span);
            }
            _ => {}
        }
        self.problem(Problem::Type(problem));
    }

    /// How many elements the values of a type have, if they are tuples.
    fn tuple_length(&self, ty: &Ty) -> Option<usize> {
        match self.solver.resolve(ty).unapply() {
            (Ty::Ref(TypeRef::Builtin(BuiltinType::Tuple(_))), elements) => Some(elements.len()),
            _ => None,
        }
    }

    /// Whether it was told that this variable is used as one type.
    fn is_told(&self, problem: &TypeProblem) -> bool {
        let TypeProblem::Escape { variable, .. } = problem else { return false };
        let same = |other: &Problem| matches!(other, Problem::Type(TypeProblem::Escape { variable: told, .. }) if told == variable);
        self.problems.iter().any(same)
    }

    /// What a function lacks whose own result is wanted, whatever that is.
    fn unapplied(&mut self, found: &Ty, wanted: &Ty, span: Span) -> Option<Advice> {
        let (found, wanted) = (self.solver.resolve(found), self.solver.resolve(wanted));
        if let Some(advice) = self.resumed(&found, &wanted, span) {
            return Some(advice);
        }
        let (mut ty, mut arguments) = (found, Vec::new());
        while let Ty::Fun(fun) = &ty {
            let is_delay = arguments.is_empty() && self.solver.resolve(&fun.arg) == Ty::unit();
            arguments.push(self.show(&fun.arg));
            let result = self.solver.resolve(&fun.ret);
            if result == wanted {
                let applied = self.applied;
                return Some(if is_delay { Advice::Run } else { Advice::Apply { applied, arguments } });
            }
            ty = result;
        }
        None
    }

    /// What would make it fit: a delay more or less, arguments that are missing, a conversion.
    fn advice(&mut self, found: &Ty, wanted: &Ty, span: Span) -> Option<Advice> {
        let (found, wanted) = (self.solver.resolve(found), self.solver.resolve(wanted));
        let is_yielded = match &wanted {
            Ty::Fun(fun) if self.solver.resolve(&fun.arg) == Ty::unit() => {
                self.solver.probe(|solver| solver.subsume(&found, &fun.ret).is_ok())
            }
            _ => false,
        };
        if let Some(advice) = self.resumed(&found, &wanted, span) {
            Some(advice)
        } else if is_yielded {
            Some(Advice::Delay)
        } else if self.is_delay_of(&found, &wanted) {
            Some(Advice::Run)
        } else {
            let applied = self.applied;
            let lacking = self.missing_arguments(&found, &wanted).map(|arguments| Advice::Apply { applied, arguments });
            let capital = [&wanted, &found].into_iter().find_map(|ty| self.capital(ty));
            lacking
                .or(capital)
                .or_else(|| self.lacks(&found, &wanted))
                .or_else(|| self.remedy(&found, &wanted, Some(span)).map(|(_, remedy)| Advice::Remedy(remedy)))
        }
    }

    /// Whether it is an application that takes more arguments, where something else than a function is wanted.
    fn lacks(&self, found: &Ty, wanted: &Ty) -> Option<Advice> {
        let applied = self.applied;
        let (mut takes, mut ty) = (applied, found.clone());
        while let Ty::Fun(fun) = &ty {
            let is_delay = takes == applied && self.solver.resolve(&fun.arg) == Ty::unit();
            if is_delay {
                return None;
            }
            (takes, ty) = (takes + 1, self.solver.resolve(&fun.ret));
        }
        (applied > 0 && takes > applied && ability_of(wanted).is_some()).then_some(Advice::Lacks { applied, takes })
    }

    /// The type that a variable of a signature is called like, but for its first letter, or as other languages call it.
    fn capital(&self, ty: &Ty) -> Option<Advice> {
        let Ty::Skolem(_) = ty else { return None };
        let variable = self.show(ty);
        let mut letters = variable.chars();
        let capital: String = letters.next()?.to_uppercase().chain(letters).collect();
        let called = crate::problem::type_elsewhere(&variable).unwrap_or(&capital);
        let is_type = variable.len() > 1 && !self.names.types(&Name::new(called), &self.place).is_empty();
        is_type.then(|| Advice::Capital { ty: called.to_string(), variable })
    }

    /// What a statement still has to be applied to; nothing if it is no function, or a delay.
    pub fn lacking(&mut self, ty: &Ty) -> Vec<String> {
        let ty = self.solver.resolve(ty);
        match &ty {
            Ty::Fun(fun) if self.solver.resolve(&fun.arg) != Ty::unit() => {
                self.missing_arguments(&ty, &Ty::unit()).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// What a function still has to be applied to, so that its result fits.
    fn missing_arguments(&mut self, found: &Ty, wanted: &Ty) -> Option<Vec<String>> {
        if matches!(wanted, Ty::Meta(_) | Ty::Error) {
            return None;
        }
        let mut ty = found.clone();
        let mut arguments = Vec::new();
        while let Ty::Fun(fun) = &ty {
            arguments.push(self.show(&fun.arg));
            let result = self.solver.resolve(&fun.ret);
            let is_known = !matches!(result, Ty::Meta(_) | Ty::Error);
            if is_known && self.solver.probe(|solver| solver.subsume(&result, wanted).is_ok()) {
                return Some(arguments);
            }
            ty = result;
        }
        None
    }

    /// What needs abilities inside a value that should have been a delay has them there.
    pub fn forgive_value(&mut self, value: Span) {
        let inside = |span: Span| value.start <= span.start && span.end <= value.end;
        self.problems.retain(|problem| {
            !matches!(problem, Problem::Ability(crate::problem::AbilityProblem::Missing { span, origin: Origin::Value(_), .. }) if inside(*span))
        });
    }

    /// Does something in a scope of its own.
    pub fn scoped<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let (locals, uses) = (self.locals.len(), self.place.uses.len());
        let outcome = act(self);
        self.locals.truncate(locals);
        self.place.uses.truncate(uses);
        outcome
    }

    /// Does something where other abilities are available.
    pub fn in_ambient<T>(&mut self, ambient: Ambient, act: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.ambient, Rc::new(ambient));
        let outcome = act(self);
        self.ambient = outer;
        outcome
    }

    pub fn reader(&mut self, arrows: Arrows) -> TypeReader<'_, '_> {
        TypeReader {
            names: self.names,
            place: &self.place,
            vars: self.type_vars.clone(),
            arrows,
            solver: &mut self.solver,
            kinds: self.kinds,
            problems: &mut self.problems,
        }
    }

    pub fn read_signature(&mut self, written: &TypeExpr) -> Written {
        self.reader(Arrows::Inferred).signature(written)
    }

    pub fn infer(&mut self, expr: &Expr) -> (Elab, Ty) {
        match &expr.kind {
            ExprKind::Name(name) => self.infer_name(name, expr.span, None),
            ExprKind::Literal(literal) => infer_literal(literal),
            ExprKind::App(head, args) => self.application(head, &args.iter().collect::<Vec<_>>(), None),
            ExprKind::Infix(left, operator, right) => self.infix(left, operator, right, None),
            ExprKind::Lambda(params, body) => self.infer_lambda(params, body, expr.span),
            ExprKind::Delay { quoted, body } => self.infer_delay(*quoted, body, expr.span),
            ExprKind::Force(body) => self.infer_force(body),
            ExprKind::Annotated(body, ty) => self.infer_annotated(body, ty),
            ExprKind::TermLink(ident) => (self.term_link(ident), Ty::builtin(BuiltinType::LinkTerm)),
            ExprKind::TypeLink(ident) => (self.type_link(ident), Ty::builtin(BuiltinType::LinkType)),
            ExprKind::And(..) | ExprKind::Or(..) => {
                let boolean = Ty::builtin(BuiltinType::Boolean);
                (self.check(expr, &Want::of(boolean.clone())), boolean)
            }
            ExprKind::Tuple(elements) => {
                let (elabs, types) = elements.iter().map(|element| self.infer(element)).unzip();
                (tuple(elabs), Ty::tuple(types))
            }
            ExprKind::Error => (Elab::Error, Ty::Error),
            ExprKind::If(..)
            | ExprKind::Match(..)
            | ExprKind::Cases(..)
            | ExprKind::Handle(..)
            | ExprKind::Block(..)
            | ExprKind::List(..) => {
                let ty = self.solver.fresh();
                (self.check(expr, &Want::of(ty.clone())), ty)
            }
        }
    }

    pub fn check(&mut self, expr: &Expr, want: &Want) -> Elab {
        let wanted = self.solver.resolve(&want.ty);
        if let Ty::Forall(n, body) = &wanted {
            return self.check_polymorphic(expr, *n, body, want);
        }
        match &expr.kind {
            ExprKind::Lambda(params, body) => self.check_lambda(params, body, expr.span, want),
            ExprKind::Cases(cases) => self.check_cases(cases, expr.span, want),
            ExprKind::Delay { quoted, body } => self.check_delay(*quoted, body, expr.span, want),
            ExprKind::If(condition, yes, no) => self.check_if(condition, yes, no, want),
            ExprKind::And(left, right) => self.check_and(left, right, want, expr.span),
            ExprKind::Or(left, right) => self.check_or(left, right, want, expr.span),
            ExprKind::Match(scrutinee, cases) => self.check_match(scrutinee, cases, expr.span, want),
            ExprKind::Handle(body, handler) => self.check_handle(body, handler, want),
            ExprKind::Block(block) => self.check_block(block, expr.span, want),
            ExprKind::List(elements) => self.check_list(elements, expr.span, want),
            ExprKind::Tuple(elements) => self.check_tuple(elements, expr.span, want),
            ExprKind::Name(name) => {
                let (elab, ty) = self.infer_name(name, expr.span, Some(want));
                self.fit(&ty, want, expr.span);
                elab
            }
            ExprKind::App(head, args) => {
                let (elab, ty) = self.application(head, &args.iter().collect::<Vec<_>>(), Some(want));
                self.applied = args.len();
                self.fit(&ty, want, expr.span);
                self.applied = 0;
                elab
            }
            ExprKind::Infix(left, operator, right) => {
                let (elab, ty) = self.infix(left, operator, right, Some(want));
                self.fit(&ty, want, expr.span);
                elab
            }
            ExprKind::Literal(_)
            | ExprKind::Force(_)
            | ExprKind::Annotated(..)
            | ExprKind::TermLink(_)
            | ExprKind::TypeLink(_)
            | ExprKind::Error => {
                let (elab, ty) = self.infer(expr);
                self.fit(&ty, want, expr.span);
                elab
            }
        }
    }

    fn check_polymorphic(&mut self, expr: &Expr, n: u32, body: &Ty, want: &Want) -> Elab {
        self.solver.level += 1;
        let skolems: Vec<Ty> = (0..n).map(|_| self.solver.skolem("x")).collect();
        let opened = body.open(&skolems);
        self.solver.mark_scopes(&opened);
        let elab = self.check(expr, &want.with(opened));
        self.solver.level -= 1;
        elab
    }

    pub fn infer_name(&mut self, name: &Name, span: Span, want: Option<&Want>) -> (Elab, Ty) {
        match self.meaning(name, span) {
            Meaning::One(instance) => self.forced(instance, span),
            Meaning::Overloaded(meant) => self.overloaded(name, span, &meant, &[], want),
            Meaning::Hole => {
                let ty = want.map_or_else(|| self.solver.fresh(), |want| want.ty.clone());
                self.hole(name, span, &ty);
                (Elab::Error, ty)
            }
            Meaning::Nothing => {
                self.unknown(name, span, Vec::new(), want);
                (Elab::Error, Ty::Error)
            }
        }
    }

    pub fn hole(&mut self, name: &Name, span: Span, ty: &Ty) {
        self.holes.push(Hole {
            name: name.clone(),
            span,
            ty: ty.clone(),
            locals: self.locals.iter().cloned().collect(),
        });
    }

    pub fn means_nothing(&self, name: &Name) -> bool {
        !self.locals.iter().any(|variable| variable.name == *name)
            && self.names.terms(name, &self.place).targets.is_empty()
    }

    fn infix(&mut self, left: &Expr, operator: &Ident, right: &Expr, want: Option<&Want>) -> (Elab, Ty) {
        let left_operand = left;
        let are_names = [left, right].iter().all(|operand| match &operand.kind {
            ExprKind::App(head, _) => matches!(head.kind, ExprKind::Name(_)),
            kind => matches!(kind, ExprKind::Name(_)),
        });
        if operator.name.as_str() == "::" && are_names && self.means_nothing(&operator.name) {
            // Names of modules or types, most likely.
            return self.named_application(&operator.name, operator.span, &[], None);
        }
        if let Some(left) = self.surprising(left, operator) {
            if self.means_nothing(&operator.name) {
                return self.names_only(|checker| {
                    checker.named_application(&operator.name, operator.span, &[left_operand, right], None)
                });
            }
            let grouping = Grouping { left, operator: operator.name.clone() };
            self.groupings.push((operator.span, grouping));
        }
        self.named_application(&operator.name, operator.span, &[left, right], want)
    }

    /// The operator of the left operand, if it stands there without parentheses, and one of the two has a level and the other one none.
    fn surprising(&self, left: &Expr, operator: &Ident) -> Option<Name> {
        let has_level = |name: &Name| syntax::operator_level(name.last()).is_some();
        let (inner, end) = match &left.kind {
            ExprKind::Infix(_, inner, right) => (inner.name.clone(), right.span.end),
            ExprKind::And(_, right) => (Name::from("&&"), right.span.end),
            ExprKind::Or(_, right) => (Name::from("||"), right.span.end),
            _ => return None,
        };
        if has_level(&inner) == has_level(&operator.name) {
            return None;
        }
        let between = self.sources.text(Span { start: end, end: operator.span.start, ..operator.span });
        (!between.contains(')')).then_some(inner)
    }

    /// How the operator that stands there was grouped, if that may surprise.
    pub fn grouping(&self, span: Span) -> Option<Grouping> {
        self.groupings.iter().find(|(operator, _)| *operator == span).map(|(_, grouping)| grouping.clone())
    }

    fn infer_force(&mut self, body: &Expr) -> (Elab, Ty) {
        let (elab, ty) = self.infer(body);
        if let Some(name) = self.run_by_name(body, &ty) {
            self.problem(Problem::Type(TypeProblem::RunTwice { span: body.span, name }));
            return (elab, ty);
        }
        let (row, result) = (self.solver.fresh_row(), self.solver.fresh());
        let delay = Ty::delay(row.clone(), result.clone());
        let told = self.problems.len();
        self.fit(&ty, &Want::of(delay), body.span);
        if let Some(Problem::Type(TypeProblem::Mismatch { advice, .. })) = self.problems.get_mut(told) {
            let boolean = self.solver.resolve(&ty) == Ty::builtin(BuiltinType::Boolean);
            *advice = Some(Advice::NoDelay { boolean });
        }
        self.want(&row, body.span);
        (elab.force(body.span), result)
    }

    /// The name, if the expression is a computation by name whose result `ty` is no delay.
    fn run_by_name(&self, body: &Expr, ty: &Ty) -> Option<Name> {
        let ExprKind::Name(name) = &body.kind else { return None };
        let variable = self.locals.find(name)?;
        let is_result = !matches!(self.solver.resolve(ty), Ty::Fun(_) | Ty::Meta(_) | Ty::Error);
        (variable.scheme.by_name && is_result).then(|| name.clone())
    }

    fn infer_annotated(&mut self, body: &Expr, ty: &TypeExpr) -> (Elab, Ty) {
        let written = self.read_signature(ty);
        if written.scheme.by_name {
            let elab = self.computation_argument(body, &written.scheme.ty);
            return (elab, written.scheme.ty);
        }
        // Variables of the annotation stand for types that are not named otherwise.
        let vars: Vec<Ty> = written.vars.iter().map(|var| var.ty.clone()).collect();
        let ty = self.solver.zonk(&written.scheme.ty).close_over(&vars);
        let elab = self.check(body, &Want::because(ty.clone(), written.span, Reason::Signature));
        (elab, self.solver.instantiate(&ty))
    }

    fn term_link(&mut self, ident: &Ident) -> Elab {
        match self.meaning(&ident.name, ident.span) {
            Meaning::One(instance) => match instance.elab {
                elab @ (Elab::Top(_) | Elab::Ref(_)) => Elab::TermLink(Box::new(elab)),
                Elab::App(head, ..) => Elab::TermLink(head),
                Elab::Constructor(ty, _) | Elab::Operation(ty, _) => {
                    let (span, name, ty) = (ident.span, ident.name.clone(), self.names.type_text(ty));
                    let problem = crate::problem::NameProblem::LinkToConstructor { span, name, ty };
                    self.problem(Problem::Name(problem));
                    Elab::Error
                }
                _ => self.unknown_link(ident),
            },
            Meaning::Overloaded(meant) => {
                let candidates = self.typed(&meant.targets);
                let (span, name) = (ident.span, ident.name.clone());
                let wanted = "a link".to_string();
                let problem = crate::problem::NameProblem::SeveralFit { span, name, wanted, candidates };
                self.problem(Problem::Name(problem));
                Elab::Error
            }
            Meaning::Hole | Meaning::Nothing => Elab::Error,
        }
    }

    fn unknown_link(&mut self, ident: &Ident) -> Elab {
        let (span, name) = (ident.span, ident.name.clone());
        let problem = crate::problem::NameProblem::UnknownTerm {
            span,
            name,
            similar: Vec::new(),
            meant: Vec::new(),
            variable: None,
            method: None,
            is_type: false,
            function: None,
        };
        self.problem(Problem::Name(problem));
        Elab::Error
    }

    fn type_link(&mut self, ident: &Ident) -> Elab {
        let written = TypeExpr { span: ident.span, kind: syntax::tree::TypeKind::Name(ident.name.clone()) };
        match self.reader(Arrows::Pure).named(&written) {
            Some(reference) => Elab::TypeLink(reference),
            None => Elab::Error,
        }
    }

    fn check_if(&mut self, condition: &Expr, yes: &Expr, no: &Expr, want: &Want) -> Elab {
        let (condition, _) = self.check_condition(condition);
        let yes_elab = self.scoped(|checker| checker.check(yes, want));
        let want = self.after_first(want, yes.span);
        let no = self.scoped(|checker| checker.check(no, &want));
        Elab::If(Box::new(condition), Box::new(yes_elab), Box::new(no))
    }

    /// What is wanted of further branches, once the first one has given a type that nothing asked for.
    pub fn after_first(&self, want: &Want, first: Span) -> Want {
        let because = want.because.or(Some((first, Reason::First)));
        Want { ty: want.ty.clone(), because }
    }

    /// Checks a condition. Whether it was told that it is a number.
    fn check_condition(&mut self, condition: &Expr) -> (Elab, bool) {
        let told = self.problems.len();
        let elab = self.check(condition, &Want::of(Ty::builtin(BuiltinType::Boolean)));
        match &mut self.problems[told..] {
            [Problem::Type(TypeProblem::Mismatch { span, found, advice, .. })]
                if *span == condition.span
                    && !matches!(condition.kind, ExprKind::Infix(..))
                    && matches!(found.as_str(), "Nat" | "Int" | "Float") =>
            {
                *advice = Some(Advice::Condition);
                (elab, true)
            }
            _ => (elab, false),
        }
    }

    fn check_booleans(&mut self, left: &Expr, right: &Expr, want: &Want, span: Span) -> (Box<Elab>, Box<Elab>) {
        let boolean = Ty::builtin(BuiltinType::Boolean);
        let (left, left_is_number) = self.check_condition(left);
        let (right, right_is_number) = self.check_condition(right);
        if left_is_number && right_is_number {
            // That is one mistake.
            self.problems.pop();
        }
        self.fit(&boolean, want, span);
        (Box::new(left), Box::new(right))
    }

    fn check_and(&mut self, left: &Expr, right: &Expr, want: &Want, span: Span) -> Elab {
        let (left, right) = self.check_booleans(left, right, want, span);
        Elab::If(left, right, Box::new(Elab::boolean(false)))
    }

    fn check_or(&mut self, left: &Expr, right: &Expr, want: &Want, span: Span) -> Elab {
        let (left, right) = self.check_booleans(left, right, want, span);
        Elab::If(left, Box::new(Elab::boolean(true)), right)
    }

    fn check_list(&mut self, elements: &[Expr], span: Span, want: &Want) -> Elab {
        let element = self.solver.fresh();
        let list = Ty::list(element.clone());
        // The other way round: a list that is wanted tells the type of its elements.
        self.solver.here = span;
        let known = self.solver.attempt(|solver| solver.unify(&want.ty, &list)).is_ok();
        let mut inner = Want::of(element);
        let mut elabs = Vec::new();
        for expr in elements {
            elabs.push(self.scoped(|checker| checker.check(expr, &inner)));
            inner = self.after_first(&inner, expr.span);
        }
        if !known {
            self.fit(&list, want, span);
        }
        Elab::List(elabs)
    }

    fn check_tuple(&mut self, elements: &[Expr], span: Span, want: &Want) -> Elab {
        let wanted = self.solver.resolve(&want.ty);
        let (head, args) = wanted.unapply();
        let is_tuple = *head == Ty::builtin(BuiltinType::Tuple(elements.len().min(255) as u8));
        if is_tuple && args.len() == elements.len() {
            let pairs = elements.iter().zip(args);
            return tuple(pairs.map(|(element, ty)| self.check(element, &want.with(ty.clone()))).collect());
        }
        let (elabs, types) = elements.iter().map(|element| self.infer(element)).unzip();
        self.fit(&Ty::tuple(types), want, span);
        tuple(elabs)
    }
}

fn tuple(elements: Vec<Elab>) -> Elab {
    if elements.is_empty() { Elab::unit() } else { Elab::tuple(elements) }
}

fn infer_literal(literal: &Literal) -> (Elab, Ty) {
    let (literal, ty) = read_literal(literal);
    (Elab::Literal(literal), Ty::builtin(ty))
}

/// A literal of the tree as one of the kernel, and its type.
pub(crate) fn read_literal(literal: &Literal) -> (kernel::Literal, BuiltinType) {
    match literal {
        Literal::Nat(n) => (kernel::Literal::Nat(*n), BuiltinType::Nat),
        Literal::Int(n) => (kernel::Literal::Int(*n), BuiltinType::Int),
        Literal::Float(x) => (kernel::Literal::Float(x.to_bits()), BuiltinType::Float),
        Literal::Char(c) => (kernel::Literal::Char(*c), BuiltinType::Char),
        Literal::Text(text) => (kernel::Literal::Text(Arc::from(text.as_str())), BuiltinType::Text),
        Literal::Bytes(bytes) => (kernel::Literal::Bytes(Arc::from(&bytes[..])), BuiltinType::Bytes),
        Literal::Boolean(value) => (kernel::Literal::Boolean(*value), BuiltinType::Boolean),
    }
}

/// A parameter list's variables, and the matches that take its patterns apart.
pub(crate) struct Params {
    pub locals: Vec<Local>,
    pub matches: Vec<crate::elab::Match>,
}

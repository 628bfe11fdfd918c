//! Applications and functions.

use crate::ability::Ambient;
use crate::consequence::Misfit;
use crate::elab::{Case, Elab, Match, Pattern};
use crate::infer::{Checker, Params, Want};
use crate::problem::{Difference, Problem, Reason, TypeProblem};
use crate::scope::{Instance, Meaning};
use crate::ty::{Fun, Row, Scheme, Ty};
use base::{Name, Span};
use builtin::BuiltinType;
use std::rc::Rc;
use syntax::tree::{self, Expr, ExprKind, PatternKind};

/// An argument: still to be checked, or inferred already.
pub(crate) enum Arg<'e> {
    Written(&'e Expr),
    Inferred { elab: Elab, ty: Ty, span: Span },
}

/// What is applied.
pub(crate) struct Head {
    pub elab: Elab,
    pub ty: Ty,
    pub span: Span,
    /// It is a name, so that the marks of its type count.
    pub marked: bool,
}

impl Checker<'_> {
    pub fn application(&mut self, head: &Expr, args: &[&Expr], want: Option<&Want>) -> (Elab, Ty) {
        if let Some((elements, problem)) = self.tupled(head, args) {
            if self.is_method(head) {
                return self.applied_to(head, &elements.iter().collect::<Vec<_>>(), want);
            }
            let applied = self.instead_of(|checker| checker.applied_to(head, args, want), || problem);
            return applied.unwrap_or_else(|| {
                self.names_only(|checker| elements.iter().for_each(|element| drop(checker.infer(element))));
                (Elab::Error, Ty::Error)
            });
        }
        match self.logic_word(args) {
            Some(problem) => self
                .instead_of(|checker| checker.applied_to(head, args, want), || problem)
                .unwrap_or((Elab::Error, Ty::Error)),
            None => self.applied_to(head, args, want),
        }
    }

    fn applied_to(&mut self, head: &Expr, args: &[&Expr], want: Option<&Want>) -> (Elab, Ty) {
        if let ExprKind::Name(name) = &head.kind {
            return self.named_application(name, head.span, args, want);
        }
        let (elab, ty) = self.infer(head);
        let args = args.iter().map(|arg| Arg::Written(arg)).collect();
        self.apply(Head { elab, ty, span: head.span, marked: false }, args, want)
    }

    pub fn named_application(&mut self, name: &Name, span: Span, args: &[&Expr], want: Option<&Want>) -> (Elab, Ty) {
        match self.meaning(name, span) {
            Meaning::One(instance) => {
                self.note_answers(span, args);
                let args = args.iter().map(|arg| Arg::Written(arg)).collect();
                self.apply_instance(instance, span, args, want)
            }
            Meaning::Overloaded(meant) => self.overloaded(name, span, &meant, args, want),
            Meaning::Hole => {
                let ty = self.solver.fresh();
                self.hole(name, span, &ty);
                let args = args.iter().map(|arg| Arg::Written(arg)).collect();
                self.apply(Head { elab: Elab::Error, ty, span, marked: false }, args, want)
            }
            Meaning::Nothing => {
                let args: Vec<(Ty, String)> =
                    args.iter().map(|arg| (self.infer(arg).1, self.in_parentheses(arg))).collect();
                args.iter().for_each(|(ty, _)| self.blame(ty));
                self.unknown(name, span, args, want);
                (Elab::Error, Ty::Error)
            }
        }
    }

    pub fn apply_instance(
        &mut self,
        instance: Instance,
        span: Span,
        args: Vec<Arg>,
        want: Option<&Want>,
    ) -> (Elab, Ty) {
        let (elab, ty) = self.forced(instance, span);
        self.apply(Head { elab, ty, span, marked: true }, args, want)
    }

    pub fn apply(&mut self, head: Head, args: Vec<Arg>, want: Option<&Want>) -> (Elab, Ty) {
        if args.is_empty() {
            return (head.elab, head.ty);
        }
        let Some((functions, result)) = self.parameters(&head, &args) else {
            self.infer_unwanted(&head, &args);
            return (Elab::Error, Ty::Error);
        };
        if let Some(want) = want {
            // What is wanted of the result tells about the arguments. If it does not fit, that is told after them.
            self.solver.here = head.span;
            let _ = self.solver.attempt(|solver| solver.subsume(&result, &want.ty));
        }
        let elabs = self.arguments(&head, args, &functions);
        for fun in &functions {
            self.want(&fun.row, head.span);
        }
        (Elab::call(head.span, head.elab, elabs), result)
    }

    /// Looks for mistakes in arguments that nothing takes. What stands on a later line was not meant as one.
    fn infer_unwanted(&mut self, head: &Head, args: &[Arg]) {
        for arg in args {
            if let Arg::Written(expr) = arg
                && !self.is_below(expr.span, head.span)
            {
                let (_, ty) = self.infer(expr);
                self.blame(&ty);
            }
        }
    }

    fn is_below(&self, span: Span, other: Span) -> bool {
        let line = |span: Span| self.sources.line_column(span.source, span.start).0;
        line(span) > line(other)
    }

    /// The arrows that the arguments go through, and what is left.
    fn parameters(&mut self, head: &Head, args: &[Arg]) -> Option<(Vec<Rc<Fun>>, Ty)> {
        let mut ty = head.ty.clone();
        let mut functions = Vec::new();
        for arg in args {
            ty = self.solver.instantiate(&ty);
            let fun = match &ty {
                Ty::Fun(fun) => fun.clone(),
                Ty::Meta(meta) => {
                    let (arg, row, ret) = (self.solver.fresh(), self.solver.fresh_row(), self.solver.fresh());
                    let fun = Rc::new(Fun { arg, by_name: false, row, ret });
                    let bound = self.solver.bind(*meta, &Ty::Fun(fun.clone()));
                    debug_assert!(bound.is_ok(), "fresh variables fit everywhere");
                    fun
                }
                Ty::Error => Rc::new(Fun { arg: Ty::Error, by_name: false, row: Row::empty(), ret: Ty::Error }),
                _ => {
                    if args.iter().any(is_unreadable) {
                        return None;
                    }
                    let span = span_of(arg);
                    let (ty, takes, arguments) = (self.show(&head.ty), functions.len(), args.len());
                    let head = head.span;
                    let below = self.is_below(span, head);
                    let sign = self.sources.text(span).chars().next().filter(|sign| matches!(sign, '+' | '-'));
                    self.problem(Problem::Type(TypeProblem::NotAFunction {
                        span,
                        head,
                        ty,
                        takes,
                        arguments,
                        below,
                        sign,
                    }));
                    return None;
                }
            };
            ty = fun.ret.clone();
            functions.push(fun);
        }
        let result = self.solver.instantiate(&ty);
        Some((functions, result))
    }

    /// Checks the arguments: functions last, since the others tell about their parameters.
    fn arguments(&mut self, head: &Head, args: Vec<Arg>, functions: &[Rc<Fun>]) -> Vec<Elab> {
        let mut elabs: Vec<Option<Elab>> = args.iter().map(|_| None).collect();
        let (told, mut misfits) = (self.problems.len(), Vec::new());
        for late in [false, true] {
            for (index, ((arg, fun), elab)) in args.iter().zip(functions).zip(&mut elabs).enumerate() {
                if is_late(arg) == late {
                    self.misfit = None;
                    *elab = Some(self.argument(arg, fun, head));
                    let span = span_of(arg);
                    misfits.extend(self.misfit.take().map(|found| Misfit { span, found, index }));
                }
            }
        }
        misfits.sort_by_key(|misfit| misfit.index);
        let spans: Vec<Span> = args.iter().map(span_of).collect();
        self.report_order(head, &spans, functions, &misfits, told);
        elabs.into_iter().map(|elab| elab.unwrap_or(Elab::Error)).collect()
    }

    fn argument(&mut self, arg: &Arg, fun: &Fun, head: &Head) -> Elab {
        match arg {
            Arg::Written(expr) if fun.by_name && head.marked => self.computation_argument(expr, &fun.arg),
            Arg::Written(expr) => {
                let want = Want::because(fun.arg.clone(), head.span, Reason::Function);
                let told = self.problems.len();
                let elab = self.scoped(|checker| checker.check(expr, &want));
                self.tell_parameters(expr, &fun.arg, told);
                elab
            }
            Arg::Inferred { elab, ty, span } => {
                let want = Want::because(fun.arg.clone(), head.span, Reason::Function);
                self.fit(ty, &want, *span);
                elab.clone()
            }
        }
    }

    pub fn infer_lambda(&mut self, params: &[tree::Pattern], body: &Expr, span: Span) -> (Elab, Ty) {
        let types: Vec<Ty> = params.iter().map(|_| self.solver.fresh()).collect();
        let row = self.solver.fresh_row();
        let schemes: Vec<Scheme> = types.iter().map(|ty| Scheme { ty: ty.clone(), by_name: false }).collect();
        let (elab, result) = self.in_ambient(Ambient::row(row.clone(), span), |checker| {
            checker.scoped(|checker| {
                let params = checker.bind_params(params, &schemes);
                let (body, ty) = checker.infer(body);
                (function(params, body), ty)
            })
        });
        let mut types = types.into_iter().rev();
        let last = types.next().map_or(result.clone(), |ty| Ty::fun(ty, row, result));
        (elab, types.fold(last, |ret, arg| Ty::fun(arg, Row::empty(), ret)))
    }

    pub fn check_lambda(&mut self, params: &[tree::Pattern], body: &Expr, span: Span, want: &Want) -> Elab {
        let level = self.solver.level;
        let Some((schemes, row, result)) = self.wanted_parameters(params, want) else {
            self.solver.level = level;
            let (_, ty) = self.infer_lambda(params, body, span);
            self.blame(&ty);
            self.misfit = Some(ty);
            return Elab::Error;
        };
        let elab = self.in_ambient(Ambient::row(row, want.because.map_or(span, |(place, _)| place)), |checker| {
            checker.scoped(|checker| {
                let params = checker.bind_params(params, &schemes);
                let body = checker.check(body, &want.with(result));
                function(params, body)
            })
        });
        self.solver.level = level;
        elab
    }

    /// Takes the wanted type apart: parameters, the last arrow's row, the result. Rigid scopes are entered on the way.
    pub fn wanted_parameters(&mut self, params: &[tree::Pattern], want: &Want) -> Option<(Vec<Scheme>, Row, Ty)> {
        let mut ty = want.ty.clone();
        let mut row = Row::empty();
        let mut schemes = Vec::new();
        for param in params {
            ty = self.solver.resolve(&ty);
            while let Ty::Forall(n, body) = &ty {
                self.solver.level += 1;
                let skolems: Vec<Ty> = (0..*n).map(|_| self.solver.skolem("x")).collect();
                ty = self.solver.resolve(&body.open(&skolems));
            }
            if let Ty::Meta(meta) = ty {
                let fun = Ty::fun(self.solver.fresh(), self.solver.fresh_row(), self.solver.fresh());
                let bound = self.solver.bind(meta, &fun);
                debug_assert!(bound.is_ok(), "fresh variables fit everywhere");
                ty = fun;
            }
            match &ty {
                Ty::Fun(fun) => {
                    schemes.push(Scheme { ty: fun.arg.clone(), by_name: fun.by_name });
                    row = fun.row.clone();
                    ty = fun.ret.clone();
                }
                Ty::Error => {
                    schemes.push(Scheme { ty: Ty::Error, by_name: false });
                    row = self.solver.fresh_row();
                    ty = Ty::Error;
                }
                _ => {
                    self.report_parameters(param.span, want, schemes.len(), params.len());
                    return None;
                }
            }
        }
        Some((schemes, row, ty))
    }

    fn report_parameters(&mut self, span: Span, want: &Want, takes: usize, given: usize) {
        let problem = match want.because {
            Some((signature, Reason::Signature)) => {
                let tuple = takes == 1 && self.takes_tuple(&want.ty, given);
                TypeProblem::TooManyParameters { span, signature, takes, given, tuple }
            }
            origin => {
                let wanted = self.show(&want.ty);
                let found = match given {
                    1 => "a function".to_string(),
                    _ => format!("a function of {given} arguments"),
                };
                TypeProblem::Mismatch { span, found, wanted, difference: Difference::Whole, origin, advice: None }
            }
        };
        self.problem(Problem::Type(problem));
    }

    /// Whether it is a function whose parameter is a tuple of so many elements.
    fn takes_tuple(&self, function: &Ty, elements: usize) -> bool {
        let Ty::Fun(fun) = self.solver.resolve(function) else { return false };
        let tuple = u8::try_from(elements).ok().map(|count| Ty::builtin(BuiltinType::Tuple(count)));
        tuple.is_some_and(|tuple| *self.solver.resolve(&fun.arg).unapply().0 == tuple)
    }

    /// Brings the variables of parameters into scope.
    pub fn bind_params(&mut self, params: &[tree::Pattern], schemes: &[Scheme]) -> Params {
        let first = self.locals.len();
        let mut bound = Params { locals: Vec::new(), matches: Vec::new() };
        for (param, scheme) in params.iter().zip(schemes) {
            let local = self.fresh_local();
            bound.locals.push(local);
            match &param.kind {
                PatternKind::Var(ident) => self.bind_as(&ident.name, ident.span, local, scheme.clone()),
                PatternKind::Wild => {}
                _ => {
                    let instance =
                        Instance { elab: Elab::Local(local), ty: scheme.ty.clone(), by_name: scheme.by_name };
                    let (scrutinee, ty) = self.forced(instance, param.span);
                    let pattern = self.check_pattern(param, &ty);
                    let case = Case { span: param.span, pattern, guard: None, body: Elab::Error };
                    let abilities = Vec::new();
                    bound.matches.push(Match {
                        span: param.span,
                        scrutinee,
                        ty,
                        abilities,
                        cases: vec![case],
                        binds: true,
                    });
                }
            }
        }
        self.report_duplicate_variables(first);
        bound
    }
}

/// The function with these parameters. A function of a function takes the parameters of both.
pub(crate) fn function(params: Params, body: Elab) -> Elab {
    let body = match body {
        Elab::Lambda(inner, body) if params.matches.is_empty() => {
            return Elab::Lambda([params.locals, inner].concat(), body);
        }
        body => body,
    };
    let body = params.matches.into_iter().rev().fold(body, |body, mut taken| {
        taken.cases[0].body = body;
        Elab::Match(Box::new(taken))
    });
    Elab::Lambda(params.locals, Box::new(body))
}

fn span_of(arg: &Arg) -> Span {
    match arg {
        Arg::Written(expr) => expr.span,
        Arg::Inferred { span, .. } => *span,
    }
}

/// Whether it could not be read, so that there may be no argument.
fn is_unreadable(arg: &Arg) -> bool {
    matches!(arg, Arg::Written(Expr { kind: ExprKind::Error, .. }))
}

fn is_late(arg: &Arg) -> bool {
    matches!(arg, Arg::Written(expr) if is_function(expr))
}

/// Whether an expression is written as a function or delay.
pub(crate) fn is_function(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Lambda(..) | ExprKind::Cases(_) | ExprKind::Delay { .. })
}

/// A pattern that takes a tuple of scrutinees apart, or the one pattern.
pub(crate) fn joined(mut patterns: Vec<Pattern>) -> Pattern {
    if patterns.len() == 1 { patterns.remove(0) } else { Pattern::tuple(patterns) }
}

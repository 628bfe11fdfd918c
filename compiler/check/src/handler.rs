//! `handle`, and the request patterns of handlers.
//!
//! The type of a handler says which abilities it handles: the heads of its `Request` row. A row that is inferred from patterns also has a variable for what else
//! the computation may request, and so has the type of each continuation.

use crate::ability::Ambient;
use crate::continuation::Handler;
use crate::elab::{Elab, Pattern};
use crate::infer::{Checker, Want};
use crate::names::Constructor;
use crate::problem::{AbilityProblem, Problem};
use crate::ty::{Row, Ty, ability_of};
use base::Span;
use builtin::BuiltinType;
use kernel::TypeRef;
use std::rc::Rc;
use syntax::tree::{self, Expr, ExprKind, Ident, PatternKind};

impl Checker<'_> {
    pub fn check_handle(&mut self, body: &Expr, handler: &Expr, want: &Want) -> Elab {
        let (requests, row, result) = (self.solver.fresh_row(), self.solver.fresh_row(), self.solver.fresh());
        let request = Ty::request(requests.clone(), result.clone());
        let wanted = want.with(Ty::fun(request, row.clone(), want.ty.clone()));
        let told = self.problems.len();
        let handler_elab = self.scoped(|checker| checker.check(handler, &wanted));
        let told = self.problems.len() > told;
        let requests = self.solver.resolve_row(&requests);
        let is_written = matches!(handler.kind, ExprKind::Cases(_) | ExprKind::Lambda(..));
        self.handlers.push(Handler { span: handler.span, abilities: requests.abilities(), is_written });
        self.want(&row, handler.span);
        let requests = self.solver.resolve_row(&requests);
        let abilities = self.handled_abilities(&requests, handler, told);
        let rest = requests.tails.iter().find(|tail| matches!(tail, Ty::Meta(_))).cloned();
        let ambient = match told {
            // It may well have been meant to handle whatever is requested.
            true => Ambient::row(self.solver.fresh_row(), handler.span),
            false => Ambient::Handling { heads: requests.heads, rest, outer: self.ambient.clone() },
        };
        // What a handler with a mistake wants says nothing of the computation.
        let result = if told { self.solver.fresh() } else { result };
        let unit = self.fresh_local();
        let body = self.in_ambient(ambient, |checker| checker.scoped(|checker| checker.check(body, &Want::of(result))));
        let body = Box::new(Elab::Lambda(vec![unit], Box::new(body)));
        Elab::Handle { abilities, body, handler: Box::new(handler_elab) }
    }

    /// `told` if something is wrong with the handler, which may be why its abilities are not known.
    fn handled_abilities(&mut self, requests: &Row, handler: &Expr, told: bool) -> Vec<TypeRef> {
        let mut abilities = requests.abilities();
        abilities.sort_unstable();
        abilities.dedup();
        let runtime = |ability: &TypeRef| matches!(ability, TypeRef::Builtin(ty) if ty.is_runtime_ability());
        if let Some(ability) = abilities.iter().copied().find(runtime) {
            let (span, ability) = (handler.span, self.names.type_text(ability));
            self.problem(Problem::Ability(AbilityProblem::RuntimeHandled { span, ability }));
        }
        let open = requests.tails.iter().any(|tail| matches!(tail, Ty::Meta(_)));
        if abilities.is_empty() && open && !matches!(handler.kind, ExprKind::Cases(_) | ExprKind::Error) {
            let (span, ty) = (handler.span, self.show(&Ty::request(requests.clone(), Ty::Error)));
            if !told {
                self.problem(Problem::Ability(AbilityProblem::UnknownHandled { span, ty }));
            }
        }
        abilities
    }

    /// The row and result of the `Request` that a handler's patterns take apart.
    pub fn request_parts(&mut self, ty: &Ty, span: Span) -> (Row, Ty) {
        if let Some(parts) = self.known_request(ty) {
            return parts;
        }
        let (row, result) = (self.solver.fresh_row(), self.solver.fresh());
        self.fit_pattern(&Ty::request(row.clone(), result.clone()), ty, span);
        (row, result)
    }

    fn known_request(&self, ty: &Ty) -> Option<(Row, Ty)> {
        let ty = self.solver.resolve(ty);
        let (head, args) = ty.unapply();
        let is_request = *head == Ty::builtin(BuiltinType::Request);
        match &args[..] {
            [row, result] if is_request => {
                let row = self.solver.resolve_row(&Row::tail((*row).clone()));
                Some((row, (*result).clone()))
            }
            _ => None,
        }
    }

    /// The abilities whose operations are to be covered by the cases.
    pub fn request_abilities(&self, ty: &Ty) -> Vec<TypeRef> {
        self.known_request(ty).map_or(Vec::new(), |(row, _)| row.abilities())
    }

    /// Makes the row of a handler's `Request` hold the abilities of its patterns, before any of them is checked.
    pub fn prepare_requests(&mut self, patterns: &[&tree::Pattern], ty: &Ty) {
        let is_request =
            |pattern: &&tree::Pattern| matches!(pattern.kind, PatternKind::Request { .. } | PatternKind::Pure(_));
        let Some(first) = patterns.iter().copied().find(|pattern| is_request(pattern)) else { return };
        let (row, _) = self.request_parts(ty, first.span);
        for pattern in patterns {
            if let PatternKind::Request { operation, .. } = &pattern.kind
                && let Some(ability) = self.pattern_ability(operation, &row)
            {
                self.add_request(ability, &row, pattern.span);
            }
        }
    }

    /// The ability of a request pattern; none if it is not known, which is told when the pattern is checked.
    fn pattern_ability(&self, operation: &Ident, row: &Row) -> Option<TypeRef> {
        let found = self.operations(operation, row);
        match &found[..] {
            [one] => Some(one.ty),
            _ => None,
        }
    }

    /// The operations that a pattern may mean: those of the abilities in the row, or if there are none, all.
    fn operations(&self, ident: &Ident, row: &Row) -> Vec<Constructor> {
        let all = self.names.constructors(&ident.name, &self.place);
        let found = || all.iter().filter(|found| found.operation);
        let abilities = self.solver.resolve_row(row).abilities();
        let inside: Vec<Constructor> = found().filter(|one| abilities.contains(&one.ty)).cloned().collect();
        if inside.is_empty() { found().cloned().collect() } else { inside }
    }

    /// Makes the row hold an ability, applied to new variables.
    fn add_request(&mut self, ability: TypeRef, row: &Row, span: Span) {
        let known = self.solver.resolve_row(row);
        if known.abilities().contains(&ability) {
            return;
        }
        let params = self.names.declaration(ability).map_or(0, |declaration| declaration.params);
        let head = Ty::apply(Ty::Ref(ability), self.solver.fresh_many(params));
        let added = Row { heads: vec![head], tails: Vec::new() };
        self.solver.here = span;
        if let Err(mismatch) = self.solver.include_in_row(&added, &known) {
            self.report_mismatch_at(span, mismatch);
        }
    }

    pub fn request_pattern(
        &mut self,
        operation: &Ident,
        args: &[tree::Pattern],
        resume: &tree::Pattern,
        ty: &Ty,
        span: Span,
    ) -> Pattern {
        let (row, result) = self.request_parts(ty, span);
        let found = self.operations(operation, &row);
        let abilities = self.solver.resolve_row(&row).abilities();
        let Some(constructor) = self.only_constructor(operation, found, &abilities, true, args.len()) else {
            self.field_patterns(args, &[]);
            self.check_pattern(resume, &Ty::Error);
            return Pattern::Error;
        };
        if self.names.is_broken(constructor.ty) {
            self.field_patterns(args, &[]);
            self.check_pattern(resume, &Ty::Error);
            return Pattern::Error;
        }
        let (types, answer) = self.operation_types(&constructor, &row);
        let args_patterns = self.field_patterns(args, &types);
        let continuation = Ty::fun(answer, row, result);
        let resume = Box::new(self.check_pattern(resume, &continuation));
        if let (Pattern::Var(local), Ty::Fun(continuation)) = (&*resume, &continuation) {
            self.continuations.insert(*local, continuation.row.clone());
        }
        let (ability, index) = (constructor.ty, constructor.index);
        let pattern = Pattern::Request { ability, operation: index, args: args_patterns, resume };
        self.report_field_count(operation, types.len(), args.len(), span).unwrap_or(pattern)
    }

    /// The types of an operation's arguments and of its answer, for the parameters that the row gives its ability. Variables of
    /// the operation's own are rigid: the handler does not choose them.
    fn operation_types(&mut self, operation: &Constructor, row: &Row) -> (Vec<Ty>, Ty) {
        let row = self.solver.resolve_row(row);
        let head = row.heads.iter().find(|head| ability_of(head) == Some(operation.ty));
        let Some(declaration) = self.names.declaration(operation.ty) else { return (Vec::new(), Ty::Error) };
        let Some(member) = declaration.constructors.get(operation.index as usize) else {
            return (Vec::new(), Ty::Error);
        };
        let params: Vec<Ty> = match head {
            Some(head) => head.unapply().1.into_iter().cloned().collect(),
            None => vec![Ty::Error; declaration.params as usize],
        };
        let mut ty = Ty::from_kernel(&member.ty).open(&params);
        if let Ty::Forall(n, body) = &ty {
            self.solver.level += 1;
            let skolems: Vec<Ty> = (0..*n).map(|_| self.solver.skolem("x")).collect();
            ty = body.open(&skolems);
        }
        let mut args = Vec::new();
        while args.len() < member.arity as usize {
            let Ty::Fun(fun) = &ty else { break };
            args.push(fun.arg.clone());
            ty = fun.ret.clone();
        }
        match &ty {
            // An operation without arguments is a delay.
            Ty::Fun(fun) if member.by_name => (args, fun.ret.clone()),
            _ => (args, ty),
        }
    }
}

/// Everything outside a handler, as a frame of its own.
pub(crate) fn rest_ambient(rest: &Ty, span: Span) -> Rc<Ambient> {
    Rc::new(Ambient::row(Row::tail(rest.clone()), span))
}

//! Written types, read: names resolved, kinds checked, computations turned into delays and marks.
//!
//! `{g} a` and `Remote a` are computations (LANGUAGE, "Computations"): as a parameter or as the whole of a signature they are a delay with a mark, as the
//! last result of an arrow they are that arrow's abilities, anywhere else they are a delay.

use crate::hash_reference::is_hash;
use crate::kind::{Kind, Kinds};
use crate::names::{Names, Place};
use crate::problem::{NameProblem, Problem, Sort, TypeProblem};
use crate::solver::Solver;
use crate::ty::{Fun, Row, Scheme, Ty};
use base::{Name, Span};
use builtin::BuiltinType;
use kernel::TypeRef;
use std::rc::Rc;
use syntax::tree::{Ident, RowExpr, TypeExpr, TypeKind};

/// A type variable in scope.
#[derive(Clone, Debug)]
pub(crate) struct TypeVar {
    pub name: Name,
    pub ty: Ty,
    pub kind: Kind,
}

/// What an arrow without abilities means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Arrows {
    /// In a signature: they are to be inferred.
    Inferred,
    /// In a declaration: none.
    Pure,
}

/// A signature as read: its type with rigid variables, and those variables.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub span: Span,
    pub vars: Vec<TypeVar>,
    pub scheme: Scheme,
}

pub(crate) struct TypeReader<'r, 'n> {
    pub names: &'r Names<'n>,
    pub place: &'r Place,
    pub vars: Vec<TypeVar>,
    pub arrows: Arrows,
    pub solver: &'r mut Solver,
    pub kinds: &'r mut Kinds,
    pub problems: &'r mut Vec<Problem>,
}

impl TypeReader<'_, '_> {
    /// A whole signature. Variables that are not in scope are quantified.
    pub fn signature(&mut self, written: &TypeExpr) -> Written {
        let outer = self.vars.len();
        let mut body = written;
        while let TypeKind::Forall(names, inner) = &body.kind {
            self.bring_in(names.iter().map(|ident| ident.name.clone()));
            body = inner;
        }
        let mut free = Vec::new();
        let known: Vec<Name> = self.vars.iter().map(|var| var.name.clone()).collect();
        free_variables(body, &mut known.clone(), &mut free);
        self.bring_in(free.into_iter());
        let mut scheme = self.computation_or_type(body);
        if !is_readable(written) {
            // What is missing may be anywhere in it.
            scheme = Scheme { ty: Ty::Error, by_name: false };
        }
        let vars = self.vars.split_off(outer);
        Written { span: written.span, vars, scheme }
    }

    fn bring_in(&mut self, names: impl Iterator<Item = Name>) {
        for name in names {
            let ty = self.solver.skolem(name.as_str());
            let kind = self.kinds.fresh();
            self.vars.push(TypeVar { name, ty, kind });
        }
    }

    /// The whole of a signature, or a parameter: a computation has a mark there.
    fn computation_or_type(&mut self, written: &TypeExpr) -> Scheme {
        match self.computation(written) {
            Some((row, result)) => Scheme { ty: Ty::delay(row, result), by_name: true },
            None => Scheme { ty: self.of_type(written), by_name: false },
        }
    }

    /// The row and result of something written as a computation.
    fn computation(&mut self, written: &TypeExpr) -> Option<(Row, Ty)> {
        match &written.kind {
            TypeKind::Computation(row, result) => {
                let row = self.row(row);
                Some((row, self.of_type(result)))
            }
            TypeKind::App(head, args) => {
                let [result] = &args[..] else { return None };
                let ability = self.runtime_computation(head)?;
                let row = Row { heads: vec![Ty::builtin(ability)], tails: Vec::new() };
                Some((row, self.of_type(result)))
            }
            _ => None,
        }
    }

    /// `Remote` and `Remote!`, which have no parameters, applied to a type.
    fn runtime_computation(&self, head: &TypeExpr) -> Option<BuiltinType> {
        let TypeKind::Name(name) = &head.kind else { return None };
        let found = self.names.types(name, self.place);
        let ability = |ty| found.iter().any(|found| found.reference == TypeRef::Builtin(ty));
        [BuiltinType::Remote, BuiltinType::RemoteBang].into_iter().find(|ty| ability(*ty))
    }

    /// Something of kind `Type`.
    pub fn of_type(&mut self, written: &TypeExpr) -> Ty {
        let (ty, kind) = self.read(written);
        if self.expect(written, &kind, &Kind::Type) { ty } else { Ty::Error }
    }

    /// Whether it is of that kind, which is told if not.
    fn expect(&mut self, written: &TypeExpr, found: &Kind, wanted: &Kind) -> bool {
        let fits = self.kinds.unify(found, wanted);
        if !fits {
            let (sort, wanted) = (self.kinds.sort(found), self.kinds.sort(wanted));
            let span = written.span;
            self.problems.push(Problem::Type(match (sort, applied(written)) {
                (Sort::Lacking(lacking), Some((name, given))) if !matches!(wanted, Sort::Lacking(_)) => {
                    let ability = wanted == Sort::Ability;
                    let (name, takes) = (name.clone(), given + lacking);
                    TypeProblem::ParameterCount { span, name, takes, given, ability, result: None }
                }
                (found, _) => TypeProblem::Kind { span, found, wanted },
            }));
        }
        fits
    }

    /// Whether what is applied takes as many arguments as it is given, as far as that is known; it is told if not.
    fn takes(&mut self, head: &TypeExpr, kind: &Kind, args: &[TypeExpr]) -> bool {
        let given = args.len();
        let (mut takes, mut kind) = (0, self.kinds.resolve(kind));
        while let Kind::Fun(_, result) = kind {
            takes += 1;
            kind = *result;
        }
        let TypeKind::Name(name) = &head.kind else { return true };
        if takes >= given || matches!(kind, Kind::Var(_)) {
            return true;
        }
        let (span, name, ability) = (head.span, name.clone(), kind == Kind::Ability);
        let result = if let [only] = args { simple(only) } else { None };
        self.problems.push(Problem::Type(TypeProblem::ParameterCount { span, name, takes, given, ability, result }));
        false
    }

    fn read(&mut self, written: &TypeExpr) -> (Ty, Kind) {
        if let Some((row, result)) = self.computation(written) {
            return (Ty::delay(row, result), Kind::Type);
        }
        match &written.kind {
            TypeKind::Name(name) => self.name(name, written.span),
            TypeKind::App(head, args) => self.application(head, args),
            TypeKind::Arrow(arg, row, ret) => (self.arrow(arg, row.as_ref(), ret), Kind::Type),
            TypeKind::Delay(row, result) => {
                let row = row.as_ref().map_or(Row::empty(), |row| self.row(row));
                (Ty::delay(row, self.of_type(result)), Kind::Type)
            }
            TypeKind::List(element) => (Ty::list(self.of_type(element)), Kind::Type),
            TypeKind::Tuple(elements) => {
                (Ty::tuple(elements.iter().map(|element| self.of_type(element)).collect()), Kind::Type)
            }
            TypeKind::Forall(names, body) => (self.forall(names, body), Kind::Type),
            TypeKind::Row(row) => (Ty::Row(self.row(row)), Kind::Ability),
            TypeKind::Computation(..) | TypeKind::Error => (Ty::Error, self.kinds.fresh()),
        }
    }

    fn name(&mut self, name: &Name, span: Span) -> (Ty, Kind) {
        if let Some(var) = self.vars.iter().rev().find(|var| var.name == *name) {
            return (var.ty.clone(), var.kind.clone());
        }
        if is_variable(name) {
            self.problems.push(Problem::Name(NameProblem::UnboundTypeVariable { span, name: name.clone() }));
            return (Ty::Error, self.kinds.fresh());
        }
        let mut found = self.names.types(name, self.place).to_vec();
        if !is_hash(name) {
            // Several of one name: that it is defined twice has been told.
            found.dedup_by(|second, first| second.name == first.name);
        }
        let problem = match &found[..] {
            [one] if self.names.is_broken(one.reference) => return (Ty::Ref(one.reference), self.kinds.fresh()),
            [one] => return (Ty::Ref(one.reference), self.kinds.of(one.reference, self.names)),
            _ if is_hash(name) => {
                let candidates = found.into_iter().map(|found| found.name).collect();
                NameProblem::of_hash(span, name, "type or ability", candidates)
            }
            [] if self.names.is_unread(name) => return (Ty::Error, self.kinds.fresh()),
            [] => NameProblem::UnknownType { span, name: name.clone(), similar: self.names.similar_types(name) },
            _ => {
                let candidates = found.into_iter().map(|found| found.name).collect();
                NameProblem::AmbiguousType { span, name: name.clone(), candidates }
            }
        };
        self.problems.push(Problem::Name(problem));
        (Ty::Error, self.kinds.fresh())
    }

    fn application(&mut self, head: &TypeExpr, args: &[TypeExpr]) -> (Ty, Kind) {
        let (mut ty, mut kind) = self.read(head);
        if !self.takes(head, &kind, args) {
            args.iter().for_each(|arg| _ = self.read(arg));
            return (Ty::Error, self.kinds.fresh());
        }
        for arg in args {
            let (arg_ty, arg_kind) = self.read(arg);
            let (wanted, result) = match self.kinds.resolve(&kind) {
                Kind::Fun(wanted, result) => (*wanted, *result),
                open => {
                    let (wanted, result) = (self.kinds.fresh(), self.kinds.fresh());
                    let function = Kind::Fun(Box::new(wanted.clone()), Box::new(result.clone()));
                    if !self.expect(head, &open, &function) {
                        return (Ty::Error, self.kinds.fresh());
                    }
                    (wanted, result)
                }
            };
            self.expect(arg, &arg_kind, &wanted);
            let is_row = self.kinds.resolve(&wanted) == Kind::Ability;
            ty = Ty::App(Rc::new(ty), Rc::new(if is_row { as_row(arg_ty) } else { arg_ty }));
            kind = result;
        }
        (ty, kind)
    }

    fn arrow(&mut self, arg: &TypeExpr, row: Option<&RowExpr>, ret: &TypeExpr) -> Ty {
        let Scheme { ty: arg, by_name } = self.computation_or_type(arg);
        let written = row.map(|row| self.row(row));
        let (row, ret) = match (self.computation(ret), written) {
            (Some((extra, ret)), Some(mut row)) => {
                row.heads.extend(extra.heads);
                row.tails.extend(extra.tails);
                (row, ret)
            }
            (Some((row, ret)), None) => (row, ret),
            (None, written) => {
                let row = written.unwrap_or_else(|| self.unwritten_row());
                (row, self.of_type(ret))
            }
        };
        let row = self.solver.resolve_row(&row);
        Ty::Fun(Rc::new(Fun { arg, by_name, row, ret }))
    }

    fn unwritten_row(&mut self) -> Row {
        match self.arrows {
            Arrows::Inferred => self.solver.fresh_row(),
            Arrows::Pure => Row::empty(),
        }
    }

    fn forall(&mut self, names: &[Ident], body: &TypeExpr) -> Ty {
        let outer = self.vars.len();
        self.solver.level += 1;
        self.bring_in(names.iter().map(|ident| ident.name.clone()));
        self.solver.level -= 1;
        let body = self.of_type(body);
        let vars: Vec<Ty> = self.vars.split_off(outer).into_iter().map(|var| var.ty).collect();
        self.solver.zonk(&body).close_over(&vars)
    }

    pub fn row(&mut self, written: &RowExpr) -> Row {
        let mut row = Row::empty();
        for ability in &written.abilities {
            let (ty, kind) = self.read(ability);
            let ty = if self.expect(ability, &kind, &Kind::Ability) { ty } else { Ty::Error };
            match ty {
                Ty::Row(inner) => {
                    row.heads.extend(inner.heads);
                    row.tails.extend(inner.tails);
                }
                Ty::Meta(_) | Ty::Skolem(_) | Ty::Bound(_) => row.tails.push(ty),
                Ty::Error => row.tails.push(self.solver.fresh()),
                head => row.heads.push(head),
            }
        }
        self.solver.resolve_row(&row)
    }
}

/// A type that is a name, or `()`, as it is written.
fn simple(written: &TypeExpr) -> Option<String> {
    match &written.kind {
        TypeKind::Name(name) => Some(name.to_string()),
        TypeKind::Tuple(elements) if elements.is_empty() => Some("()".to_string()),
        _ => None,
    }
}

/// The name that a type applies, and to how many arguments.
fn applied(written: &TypeExpr) -> Option<(&Name, usize)> {
    match &written.kind {
        TypeKind::Name(name) => Some((name, 0)),
        TypeKind::App(head, args) => applied(head).map(|(name, given)| (name, given + args.len())),
        _ => None,
    }
}

/// An ability that stands alone where a set of abilities is wanted.
fn as_row(ty: Ty) -> Ty {
    match ty {
        Ty::Ref(_) | Ty::App(..) => Ty::Row(Row { heads: vec![ty], tails: Vec::new() }),
        other => other,
    }
}

pub(crate) fn is_variable(name: &Name) -> bool {
    let text = name.as_str();
    !text.contains(['.', '#']) && text.starts_with(|c: char| c.is_lowercase() || c == '_')
}

/// The variables of a written type that are not bound in it, in order of first occurrence.
pub(crate) fn free_variables(written: &TypeExpr, bound: &mut Vec<Name>, free: &mut Vec<Name>) {
    match &written.kind {
        TypeKind::Name(name) => {
            if is_variable(name) && !bound.contains(name) && !free.contains(name) {
                free.push(name.clone());
            }
        }
        TypeKind::App(head, args) => {
            free_variables(head, bound, free);
            args.iter().for_each(|arg| free_variables(arg, bound, free));
        }
        TypeKind::Arrow(arg, row, ret) => {
            free_variables(arg, bound, free);
            row.iter().for_each(|row| free_in_row(row, bound, free));
            free_variables(ret, bound, free);
        }
        TypeKind::Computation(row, result) => {
            free_in_row(row, bound, free);
            free_variables(result, bound, free);
        }
        TypeKind::Delay(row, result) => {
            row.iter().for_each(|row| free_in_row(row, bound, free));
            free_variables(result, bound, free);
        }
        TypeKind::List(element) => free_variables(element, bound, free),
        TypeKind::Tuple(elements) => elements.iter().for_each(|element| free_variables(element, bound, free)),
        TypeKind::Forall(names, body) => {
            let outer = bound.len();
            bound.extend(names.iter().map(|ident| ident.name.clone()));
            free_variables(body, bound, free);
            bound.truncate(outer);
        }
        TypeKind::Row(row) => free_in_row(row, bound, free),
        TypeKind::Error => {}
    }
}

/// Whether all of a written type could be read.
pub(crate) fn is_readable(written: &TypeExpr) -> bool {
    let row_is = |row: &RowExpr| row.abilities.iter().all(is_readable);
    match &written.kind {
        TypeKind::Name(_) => true,
        TypeKind::App(head, args) => is_readable(head) && args.iter().all(is_readable),
        TypeKind::Arrow(arg, row, ret) => is_readable(arg) && row.as_ref().is_none_or(row_is) && is_readable(ret),
        TypeKind::Computation(row, result) => row_is(row) && is_readable(result),
        TypeKind::Delay(row, result) => row.as_ref().is_none_or(row_is) && is_readable(result),
        TypeKind::List(element) => is_readable(element),
        TypeKind::Tuple(elements) => elements.iter().all(is_readable),
        TypeKind::Forall(_, body) => is_readable(body),
        TypeKind::Row(row) => row_is(row),
        TypeKind::Error => false,
    }
}

fn free_in_row(row: &RowExpr, bound: &mut Vec<Name>, free: &mut Vec<Name>) {
    row.abilities.iter().for_each(|ability| free_variables(ability, bound, free));
}

impl TypeReader<'_, '_> {
    /// The one type that a name means.
    pub fn named(&mut self, written: &TypeExpr) -> Option<TypeRef> {
        match self.read(written).0 {
            Ty::Ref(reference) => Some(reference),
            _ => None,
        }
    }
}

//! The normal form of a definition's type, which is part of its identity (DESIGN 3): row variables that only say "whatever comes out" and unused
//! variables dropped, the others numbered by first occurrence, abilities sorted.

use crate::generalize::Occurrences;
use crate::solver::Solver;
use crate::ty::{Row, Scheme, Ty};
use kernel::{Signature, Type};
use std::sync::Arc;

/// The type of a definition, from one without unsolved variables.
pub(crate) fn signature(scheme: &Scheme) -> Signature {
    let mut solver = Solver::new();
    let mut body = scheme.ty.clone();
    while let Ty::Forall(n, inner) = &body {
        let skolems: Vec<Ty> = (0..*n).map(|_| solver.skolem("")).collect();
        body = inner.open(&skolems);
    }
    let found = Occurrences::of(&solver, [&body]);
    let skolems = || found.iter().filter(|(var, _)| matches!(var, Ty::Skolem(_)));
    let idle: Vec<Ty> = skolems().filter(|(_, occurrence)| occurrence.idle).map(|(var, _)| var.clone()).collect();
    let used: Vec<Ty> = skolems().filter(|(_, occurrence)| !occurrence.idle).map(|(var, _)| var.clone()).collect();
    let ty = without_rows(&body, &idle).close_over(&used);
    Signature { ty: to_kernel(&ty), by_name: scheme.by_name }
}

/// The type with these variables replaced by the empty row.
fn without_rows(ty: &Ty, idle: &[Ty]) -> Ty {
    match ty.close_over(idle) {
        Ty::Forall(_, body) if !idle.is_empty() => body.open(&vec![Ty::Row(Row::empty()); idle.len()]),
        same => same,
    }
}

/// A type without unsolved variables. What is left of those stands nowhere that matters, and becomes `()`.
pub(crate) fn to_kernel(ty: &Ty) -> Type {
    match ty {
        Ty::Bound(index) => Type::Var(*index),
        Ty::Ref(reference) => Type::Ref(*reference),
        Ty::App(f, x) => Type::App(Arc::new(to_kernel(f)), Arc::new(to_kernel(x))),
        Ty::Fun(fun) => Type::Fun {
            arg: Arc::new(to_kernel(&fun.arg)),
            by_name: fun.by_name,
            row: row_to_kernel(&fun.row),
            ret: Arc::new(to_kernel(&fun.ret)),
        },
        Ty::Forall(n, body) => Type::Forall(*n, Arc::new(to_kernel(body))),
        Ty::Row(row) => Type::Row(row_to_kernel(row)),
        Ty::Meta(_) | Ty::Skolem(_) | Ty::Error => Type::unit(),
    }
}

fn row_to_kernel(row: &Row) -> kernel::Row {
    let var = |tail: &Ty| if let Ty::Bound(index) = tail { Some(*index) } else { None };
    kernel::Row::new(row.heads.iter().map(to_kernel).collect(), row.tails.iter().filter_map(var).collect())
}

//! Generalisation: which variables of a finished type stand for anything, and what becomes of the others.
//!
//! A row variable that only stands where abilities come out (covariant) says nothing, and is dropped. One that also comes in is solved by the largest set
//! that its uses allow, or generalised. Variables that an outer, unfinished binding still needs are left alone.

use crate::infer::Checker;
use crate::rows::covariant;
use crate::signature::Written;
use crate::solver::Solver;
use crate::ty::{Meta, Row, Scheme, Skolem, Ty};
use kernel::TypeRef;
use std::collections::{BTreeMap, BTreeSet};

/// Where a variable stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Polarity {
    Out,
    In,
    /// Inside a type whose use of it is not known.
    Both,
}

impl Polarity {
    fn flip(self) -> Polarity {
        match self {
            Polarity::Out => Polarity::In,
            Polarity::In => Polarity::Out,
            Polarity::Both => Polarity::Both,
        }
    }
}

/// What is known of a variable in a type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occurrence {
    /// Counts from the left.
    pub order: usize,
    /// It is a set of abilities that only come out.
    pub idle: bool,
}

/// Every unsolved variable and skolem of a type, in order of occurrence.
#[derive(Default)]
pub(crate) struct Occurrences {
    order: Vec<Ty>,
    idle: Vec<bool>,
    /// Where each variable stands in there.
    places: BTreeMap<Variable, usize>,
}

/// A variable as a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Variable {
    Meta(Meta),
    Skolem(Skolem),
    Bound(u32),
}

fn variable(ty: &Ty) -> Option<Variable> {
    match ty {
        Ty::Meta(meta) => Some(Variable::Meta(*meta)),
        Ty::Skolem(skolem) => Some(Variable::Skolem(*skolem)),
        Ty::Bound(index) => Some(Variable::Bound(*index)),
        _ => None,
    }
}

impl Occurrences {
    pub fn of<'t>(solver: &Solver, types: impl IntoIterator<Item = &'t Ty>) -> Occurrences {
        let mut found = Occurrences::default();
        types.into_iter().for_each(|ty| found.visit(solver, ty, Polarity::Out));
        found
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Ty, Occurrence)> {
        self.order.iter().zip(&self.idle).enumerate().map(|(order, (ty, idle))| (ty, Occurrence { order, idle: *idle }))
    }

    fn note(&mut self, var: &Ty, idle: bool) {
        let Some(key) = variable(var) else { return };
        match self.places.get(&key) {
            Some(at) => self.idle[*at] &= idle,
            None => {
                self.places.insert(key, self.order.len());
                self.order.push(var.clone());
                self.idle.push(idle);
            }
        }
    }

    fn visit(&mut self, solver: &Solver, ty: &Ty, polarity: Polarity) {
        match solver.resolve(ty) {
            var @ (Ty::Meta(_) | Ty::Skolem(_)) => self.note(&var, false),
            Ty::Fun(fun) => {
                self.visit(solver, &fun.arg, polarity.flip());
                self.visit_row(solver, &fun.row, polarity);
                self.visit(solver, &fun.ret, polarity);
            }
            app @ Ty::App(..) => {
                let (head, args) = app.unapply();
                let inner = match head {
                    Ty::Ref(reference) if covariant(*reference) || is_request(*reference) => polarity,
                    _ => Polarity::Both,
                };
                self.visit(solver, head, polarity);
                args.into_iter().for_each(|arg| self.visit_argument(solver, arg, inner));
            }
            Ty::Forall(_, body) => self.visit(solver, &body, polarity),
            Ty::Row(row) => self.visit_row(solver, &row, polarity),
            Ty::Bound(_) | Ty::Ref(_) | Ty::Error => {}
        }
    }

    /// An argument may be a row that was written as a variable.
    fn visit_argument(&mut self, solver: &Solver, arg: &Ty, polarity: Polarity) {
        match arg {
            Ty::Row(row) => self.visit_row(solver, row, polarity),
            _ => self.visit(solver, arg, polarity),
        }
    }

    fn visit_row(&mut self, solver: &Solver, row: &Row, polarity: Polarity) {
        let row = solver.resolve_row(row);
        row.heads.iter().for_each(|head| self.visit(solver, head, Polarity::Both));
        row.tails.iter().for_each(|tail| self.note(tail, polarity == Polarity::Out));
    }
}

fn is_request(ty: TypeRef) -> bool {
    ty == TypeRef::Builtin(builtin::BuiltinType::Request)
}

impl Checker<'_> {
    /// The type of a local binding without signature, polymorphic.
    pub fn generalize_local(&mut self, ty: &Ty) -> Ty {
        self.generalize_together(std::slice::from_ref(ty)).pop().unwrap_or(Ty::Error)
    }

    /// As [`Checker::generalize_local`], for a cycle.
    pub fn generalize_together(&mut self, types: &[Ty]) -> Vec<Ty> {
        let outer = self.solver.level;
        self.settle_choices();
        self.pin(outer);
        self.solve_incoming(types, outer);
        self.pin(outer);
        let vars = self.quantify(types, outer);
        types.iter().map(|ty| self.close(ty, &vars)).collect()
    }

    /// The types of definitions of the files, polymorphic: nothing is further out.
    pub fn generalize_tops(&mut self, types: &[Ty]) -> Vec<Ty> {
        let quantified = self.quantify(types, 0);
        let vars: BTreeSet<Variable> = quantified.iter().filter_map(variable).collect();
        let marked = |ty: &Ty| {
            let own = Occurrences::of(&self.solver, [ty]);
            let bound = |var: &Ty| matches!(var, Ty::Skolem(_)) || variable(var).is_some_and(|var| vars.contains(&var));
            let own: Vec<Ty> = own.iter().map(|(var, _)| var.clone()).filter(bound).collect();
            self.solver.zonk(ty).close_over(&own)
        };
        types.iter().map(marked).collect()
    }

    /// The type with those of the variables bound that occur in it.
    fn close(&self, ty: &Ty, vars: &[Ty]) -> Ty {
        let found = Occurrences::of(&self.solver, [ty]);
        let own: Vec<Ty> = found.iter().map(|(var, _)| var.clone()).filter(|var| vars.contains(var)).collect();
        self.solver.zonk(ty).unmarked().close_over(&own)
    }

    /// The variables above `outer` become rigid, to be bound; rows that say nothing become empty.
    fn quantify(&mut self, types: &[Ty], outer: u32) -> Vec<Ty> {
        let found = Occurrences::of(&self.solver, types);
        let mut vars = Vec::new();
        self.solver.level += 1;
        for (var, occurrence) in found.iter() {
            match var {
                Ty::Meta(meta) if self.solver.meta_level(*meta) > outer => {
                    if occurrence.idle {
                        self.solver.set(*meta, Ty::Row(Row::empty()));
                    } else {
                        let skolem = self.solver.skolem("");
                        self.solver.set(*meta, skolem.clone());
                        vars.push(skolem);
                    }
                }
                _ => {}
            }
        }
        self.solver.level -= 1;
        vars
    }

    /// A binding with a signature: rows that it leaves open and that were not found are generalised too.
    pub fn generalize_written(&mut self, written: &Written) -> Scheme {
        let outer = self.solver.level;
        let ty = written.scheme.ty.clone();
        self.settle_choices();
        self.pin(outer);
        self.solve_incoming(std::slice::from_ref(&ty), outer);
        self.pin(outer);
        let mut vars = self.quantify(std::slice::from_ref(&ty), outer);
        vars.extend(written.vars.iter().map(|var| var.ty.clone()));
        let found = Occurrences::of(&self.solver, [&ty]);
        let own: Vec<Ty> = found.iter().map(|(var, _)| var.clone()).filter(|var| vars.contains(var)).collect();
        Scheme { ty: self.solver.zonk(&ty).close_over(&own), by_name: written.scheme.by_name }
    }

    /// A binding that is computed once keeps its variables to be solved later.
    pub fn keep_monomorphic(&mut self, ty: &Ty) -> Ty {
        let outer = self.solver.level;
        let mut metas = Vec::new();
        self.solver.each_meta(ty, &mut |meta| metas.push(meta));
        metas.into_iter().for_each(|meta| self.solver.lower_level(meta, outer));
        self.solver.zonk(ty).unmarked()
    }

    /// Keeps from generalisation what is not decided yet: the types of open choices, what is open because of a mistake, and rows that must include variables from further out.
    fn pin(&mut self, outer: u32) {
        let mut pinned: BTreeSet<Meta> = BTreeSet::new();
        self.each_blamed(&mut |meta| _ = pinned.insert(meta));
        for choice in self.open_choices.iter().map(|index| &self.choices[*index]) {
            self.solver.each_meta(&choice.ty, &mut |meta| _ = pinned.insert(meta));
        }
        loop {
            for inclusion in &self.solver.pending {
                let lower = |ty: &Ty| matches!(self.solver.resolve(ty), Ty::Meta(meta) if self.solver.meta_level(meta) <= outer || pinned.contains(&meta));
                if inclusion.tails.iter().any(lower) {
                    let base = self.solver.resolve_row(inclusion.ambient.base());
                    let open = |tail: &Ty| if let Ty::Meta(meta) = tail { Some(*meta) } else { None };
                    pinned.extend(base.tails.iter().filter_map(open));
                }
            }
            let fresh = pinned.iter().any(|meta| self.solver.meta_level(*meta) > outer);
            pinned.iter().for_each(|meta| self.solver.lower_level(*meta, outer));
            if !fresh {
                return;
            }
        }
    }

    /// Solves the rows that come in with the types' values and have to be within others, by the largest sets that are allowed.
    pub fn solve_incoming(&mut self, types: &[Ty], outer: u32) {
        self.settle_inclusions();
        self.close_spawned(outer);
        while let Some(var) = self.incoming(types, outer) {
            self.solve_by_bounds(var);
            self.settle_inclusions();
        }
    }

    /// What `at'` starts can use no more than is known now: its row cannot be generalised.
    fn close_spawned(&mut self, outer: u32) {
        for (row, _) in self.spawned.clone() {
            for tail in self.solver.resolve_row(&row).tails {
                match tail {
                    Ty::Meta(meta) if self.solver.meta_level(meta) > outer => {
                        self.solver.set(meta, Ty::Row(Row::empty()))
                    }
                    _ => {}
                }
            }
        }
        self.settle_inclusions();
    }

    fn incoming(&self, types: &[Ty], outer: u32) -> Option<Meta> {
        let found = Occurrences::of(&self.solver, types);
        let incoming: BTreeMap<Meta, usize> = found
            .iter()
            .filter_map(|(var, occurrence)| match var {
                Ty::Meta(meta) if !occurrence.idle && self.solver.meta_level(*meta) > outer => {
                    Some((*meta, occurrence.order))
                }
                _ => None,
            })
            .collect();
        let waiting = self.solver.pending.iter().flat_map(|inclusion| &inclusion.tails);
        let candidates = waiting.filter_map(|tail| match tail {
            Ty::Meta(meta) => incoming.get(meta).map(|order| (*order, *meta)),
            _ => None,
        });
        candidates.min().map(|(_, meta)| meta)
    }
}

//! When two types are equal, and when one may stand for the other.
//!
//! `subsume(sub, sup)` holds if a value of type `sub` may be used where `sup` is wanted: functions with fewer abilities for those with more,
//! polymorphic values for their instances. Everything else is equality. Rows of functions are compared by inclusion (`rows`).

use crate::rows::covariant;
use crate::solver::Solver;
use crate::ty::{Fun, Meta, Row, Ty};
use std::rc::Rc;

/// Why two types do not fit.
#[derive(Clone, Debug)]
pub(crate) enum Mismatch {
    /// These two parts differ: what is there, what is wanted.
    Types(Ty, Ty),
    /// A variable would have to contain itself.
    Infinite(Ty, Ty),
    /// A rigid variable would leave its scope.
    Escape(Ty),
    /// An ability is needed that the row does not have.
    Missing { ability: Ty, available: Row },
}

pub(crate) type Fit = Result<(), Mismatch>;

impl Solver {
    pub fn unify(&mut self, a: &Ty, b: &Ty) -> Fit {
        let (a, b) = (self.resolve(a), self.resolve(b));
        match (&a, &b) {
            (Ty::Error, _) | (_, Ty::Error) => Ok(()),
            (Ty::Meta(x), Ty::Meta(y)) if x == y => Ok(()),
            (Ty::Meta(x), _) => self.bind(*x, &b),
            (_, Ty::Meta(y)) => self.bind(*y, &a),
            (Ty::Skolem(x), Ty::Skolem(y)) if x == y => Ok(()),
            (Ty::Bound(x), Ty::Bound(y)) if x == y => Ok(()),
            (Ty::Ref(x), Ty::Ref(y)) if x == y => Ok(()),
            (Ty::App(f, x), Ty::App(g, y)) => {
                self.unify(f, g).map_err(|mismatch| match mismatch {
                    // What only takes parameters is nothing that a reader knows.
                    Mismatch::Types(one, other) if is_head(&a, &one) && is_head(&b, &other) => {
                        Mismatch::Types(a.clone(), b.clone())
                    }
                    other => other,
                })?;
                self.unify(x, y)
            }
            (Ty::Fun(f), Ty::Fun(g)) => {
                self.unify(&f.arg, &g.arg)?;
                self.unify_rows(&f.row, &g.row)?;
                self.unify(&f.ret, &g.ret)
            }
            (Ty::Forall(n, f), Ty::Forall(m, g)) if n == m => {
                self.in_rigid_scope(*n, |solver, skolems| solver.unify(&f.open(skolems), &g.open(skolems)))
            }
            (Ty::Row(_), _) | (_, Ty::Row(_)) => match (as_row(&a), as_row(&b)) {
                (Some(x), Some(y)) => self.unify_rows(&x, &y),
                _ => Err(Mismatch::Types(a.clone(), b.clone())),
            },
            _ => Err(Mismatch::Types(a.clone(), b.clone())),
        }
    }

    /// Whether a `sub` may be used where a `sup` is wanted.
    pub fn subsume(&mut self, sub: &Ty, sup: &Ty) -> Fit {
        let (sub, sup) = (self.resolve(sub), self.resolve(sup));
        match (&sub, &sup) {
            (Ty::Meta(x), Ty::Meta(y)) if x == y => Ok(()),
            (Ty::Forall(..), Ty::Forall(..)) if sub == sup => Ok(()),
            (_, Ty::Forall(n, body)) => self.in_rigid_scope(*n, |solver, skolems| {
                let opened = body.open(skolems);
                solver.mark_scopes(&opened);
                solver.subsume(&sub, &opened)
            }),
            (Ty::Forall(..), _) => {
                let instance = self.instantiate(&sub);
                self.subsume(&instance, &sup)
            }
            (Ty::Fun(f), Ty::Fun(g)) => {
                self.subsume(&g.arg, &f.arg)?;
                self.include_in_row(&f.row, &g.row)?;
                self.subsume(&f.ret, &g.ret)
            }
            (_, Ty::Meta(meta)) => {
                let widened = self.widen(&sub);
                self.bind(*meta, &widened)
            }
            (Ty::App(..), Ty::App(..)) => self.subsume_applied(&sub, &sup),
            _ => self.unify(&sub, &sup),
        }
    }

    /// Lists, tuples and the like of functions: element by element.
    fn subsume_applied(&mut self, sub: &Ty, sup: &Ty) -> Fit {
        let ((head, args), (other, others)) = (sub.unapply(), sup.unapply());
        let known = matches!(head, Ty::Ref(ty) if covariant(*ty));
        if !known || head != other || args.len() != others.len() {
            return self.unify(sub, sup);
        }
        args.iter().zip(others).try_for_each(|(arg, other)| self.subsume(arg, other))
    }

    /// A function's type before it becomes the solution of a variable: each row on its way open, so that other functions
    /// with more abilities fit the same variable.
    fn widen(&mut self, ty: &Ty) -> Ty {
        let Ty::Fun(fun) = self.resolve(ty) else { return ty.clone() };
        let mut row = self.resolve_row(&fun.row);
        if !row.tails.iter().any(|tail| matches!(tail, Ty::Meta(_))) {
            row.tails.push(self.fresh());
        }
        let ret = self.widen(&fun.ret);
        Ty::fun(fun.arg.clone(), row, ret)
    }

    pub fn in_rigid_scope<T>(&mut self, n: u32, act: impl FnOnce(&mut Solver, &[Ty]) -> T) -> T {
        self.level += 1;
        let skolems: Vec<Ty> = (0..n).map(|i| self.skolem(letter(i))).collect();
        let outcome = act(self, &skolems);
        self.level -= 1;
        outcome
    }

    /// Solves a variable, unless it would contain itself or a rigid variable from further in.
    pub fn bind(&mut self, meta: Meta, ty: &Ty) -> Fit {
        let level = self.meta_level(meta);
        let solution = self.admit(meta, level, ty).map_err(|mismatch| match mismatch {
            Mismatch::Infinite(variable, _) => Mismatch::Infinite(variable, ty.clone()),
            other => other,
        })?;
        if solution != Ty::Meta(meta) {
            self.set(meta, solution);
        }
        Ok(())
    }

    /// The type as a solution of `meta`: marks removed, variables in it lowered to `level`.
    fn admit(&mut self, meta: Meta, level: u32, ty: &Ty) -> Result<Ty, Mismatch> {
        match self.resolve(ty) {
            Ty::Meta(inner) if inner == meta => Err(Mismatch::Infinite(Ty::Meta(meta), ty.clone())),
            Ty::Meta(inner) => {
                self.lower_level(inner, level);
                Ok(Ty::Meta(inner))
            }
            Ty::Skolem(skolem) if self.skolem_level(skolem) > level => Err(Mismatch::Escape(Ty::Skolem(skolem))),
            Ty::App(f, x) => Ok(Ty::App(Rc::new(self.admit(meta, level, &f)?), Rc::new(self.admit(meta, level, &x)?))),
            Ty::Fun(fun) => Ok(Ty::Fun(Rc::new(Fun {
                arg: self.admit(meta, level, &fun.arg)?,
                by_name: false,
                row: self.admit_row(meta, level, &fun.row)?,
                ret: self.admit(meta, level, &fun.ret)?,
            }))),
            Ty::Forall(n, body) => Ok(Ty::Forall(n, Rc::new(self.admit(meta, level, &body)?))),
            Ty::Row(row) => {
                // A set that contains itself and more: the rest is a new variable.
                let rest = self.meta_at(level);
                let row = row.expand(&mut |tail| if *tail == Ty::Meta(meta) { Ty::Meta(rest) } else { tail.clone() });
                Ok(Ty::Row(self.admit_row(meta, level, &row)?))
            }
            leaf => Ok(leaf),
        }
    }

    fn admit_row(&mut self, meta: Meta, level: u32, row: &Row) -> Result<Row, Mismatch> {
        let row = self.resolve_row(row);
        let mut admit =
            |types: &[Ty]| types.iter().map(|ty| self.admit(meta, level, ty)).collect::<Result<Vec<_>, _>>();
        Ok(Row { heads: admit(&row.heads)?, tails: admit(&row.tails)? })
    }
}

/// Whether a type is another one applied to something.
fn is_head(applied: &Ty, head: &Ty) -> bool {
    matches!(applied, Ty::App(f, _) if **f == *head)
}

/// A type that stands where a row does.
fn as_row(ty: &Ty) -> Option<Row> {
    match ty {
        Ty::Row(row) => Some(row.clone()),
        Ty::Skolem(_) | Ty::Bound(_) => Some(Row::tail(ty.clone())),
        _ => None,
    }
}

/// A name for a rigid variable whose own name is not known.
fn letter(index: u32) -> &'static str {
    const LETTERS: [&str; 8] = ["x", "y", "z", "u", "v", "w", "s", "t"];
    LETTERS[index as usize % LETTERS.len()]
}

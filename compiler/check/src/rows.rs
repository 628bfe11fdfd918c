//! Sets of abilities: equality and inclusion.
//!
//! A row has at most one entry for each ability; two entries of one ability are the same entry. Only `Scope` has one for each scope. Of its variables, the first unsolved one
//! takes whatever else has to be in the set.

use crate::ability::{Ambient, Inclusion};
use crate::handler::rest_ambient;
use crate::solver::Solver;
use crate::ty::{Meta, Row, Ty, ability_of};
use crate::unify::{Fit, Mismatch};
use builtin::BuiltinType;
use kernel::TypeRef;
use std::rc::Rc;

/// Whether values of the type only hold values of its arguments' types, so that it follows their subsumption.
pub(crate) fn covariant(ty: TypeRef) -> bool {
    use BuiltinType::*;
    matches!(ty, TypeRef::Builtin(List | Optional | Either | Tuple(_) | Future))
}

fn first_meta(row: &Row) -> Option<Meta> {
    row.tails.iter().find_map(|tail| if let Ty::Meta(meta) = tail { Some(*meta) } else { None })
}

impl Solver {
    /// Makes two rows the same set.
    pub fn unify_rows(&mut self, a: &Row, b: &Row) -> Fit {
        let (a, b) = (self.resolve_row(a), self.resolve_row(b));
        let (only_a, only_b) = self.unify_common_heads(&a, &b)?;
        let tails =
            |of: &Row, other: &Row| of.tails.iter().filter(|tail| !other.tails.contains(tail)).cloned().collect();
        let (tails_a, tails_b) = (tails(&a, &b), tails(&b, &a));
        let (a, b) = (Row { heads: only_a, tails: tails_a }, Row { heads: only_b, tails: tails_b });
        if a.is_empty() && b.is_empty() {
            return Ok(());
        }
        match (first_meta(&a), first_meta(&b)) {
            (Some(x), Some(y)) => {
                let rest = Ty::Meta(self.meta_at(self.meta_level(x).min(self.meta_level(y))));
                self.grow(x, &b, y, &rest)?;
                self.grow(y, &a, x, &rest)
            }
            (Some(x), None) => self.fill(x, &a, &b),
            (None, Some(y)) => self.fill(y, &b, &a),
            (None, None) => Err(rigid_difference(&a, &b)),
        }
    }

    /// Unifies what both name, and returns what only one of them names.
    fn unify_common_heads(&mut self, a: &Row, b: &Row) -> Result<(Vec<Ty>, Vec<Ty>), Mismatch> {
        let mut only_b = b.heads.clone();
        let mut only_a = Vec::new();
        for head in &a.heads {
            match self.position(&only_b, head) {
                Some(at) => {
                    let other = only_b.remove(at);
                    self.unify(head, &other)?;
                }
                None => only_a.push(head.clone()),
            }
        }
        Ok((only_a, only_b))
    }

    /// `var` becomes everything of `other` (but its own variable) and `rest`.
    fn grow(&mut self, var: Meta, other: &Row, own: Meta, rest: &Ty) -> Fit {
        let mut tails: Vec<Ty> = other.tails.iter().filter(|tail| **tail != Ty::Meta(own)).cloned().collect();
        tails.push(rest.clone());
        self.bind(var, &Ty::Row(Row { heads: other.heads.clone(), tails }))
    }

    /// `other` has no variable left: `of` may name nothing that it does not, and its variables make up the difference.
    fn fill(&mut self, var: Meta, of: &Row, other: &Row) -> Fit {
        let rigid: Vec<Ty> = of.tails.iter().filter(|tail| !matches!(tail, Ty::Meta(_))).cloned().collect();
        if !of.heads.is_empty() || !rigid.is_empty() {
            return Err(rigid_difference(&Row { heads: of.heads.clone(), tails: rigid }, other));
        }
        self.bind(var, &Ty::Row(other.clone()))?;
        let others = of.tails.iter().filter(|tail| **tail != Ty::Meta(var));
        others.cloned().collect::<Vec<_>>().iter().try_for_each(|tail| self.unify(tail, &Ty::Row(Row::empty())))
    }

    /// `part` within `whole`.
    pub fn include_in_row(&mut self, part: &Row, whole: &Row) -> Fit {
        let here = self.here;
        self.include(part, &Rc::new(Ambient::row(whole.clone(), here)))
    }

    /// `part` within the abilities that are available; what cannot be decided yet waits in [`Solver::pending`].
    pub fn include(&mut self, part: &Row, ambient: &Rc<Ambient>) -> Fit {
        let part = self.resolve_row(part);
        for head in &part.heads {
            self.include_head(head, ambient)?;
        }
        let mut waiting = Vec::new();
        for tail in &part.tails {
            self.include_tail(tail, ambient, &mut waiting)?;
        }
        if !waiting.is_empty() {
            let here = self.here;
            self.pending.push(Inclusion {
                tails: waiting,
                ambient: ambient.clone(),
                span: here,
                waits_for: Vec::new(),
            });
        }
        Ok(())
    }

    fn include_head(&mut self, head: &Ty, ambient: &Rc<Ambient>) -> Fit {
        let ability = ability_of(head);
        let mut frame = ambient;
        while let Ambient::Handling { heads, rest, outer } = &**frame {
            if let Some(handled) = heads.iter().find(|handled| ability_of(handled) == ability) {
                return self.unify(head, handled);
            }
            if let Some(rest) = rest {
                self.include_head(head, &rest_ambient(rest, self.here))?;
            }
            frame = outer;
        }
        let (present, open) = self.look_into_row(ambient.base(), head);
        if let Some(present) = present {
            return self.unify(head, &present);
        }
        match open {
            Some(var) => {
                let rest = Ty::Meta(self.meta_at(self.meta_level(var)));
                self.bind(var, &Ty::Row(Row { heads: vec![head.clone()], tails: vec![rest] }))
            }
            None => Err(Mismatch::Missing { ability: head.clone(), available: self.available(ambient) }),
        }
    }

    fn include_tail(&mut self, tail: &Ty, ambient: &Rc<Ambient>, waiting: &mut Vec<Ty>) -> Fit {
        let row = self.resolve_row(ambient.base());
        if row.tails.contains(tail) {
            return self.include_in_rests(tail, ambient);
        }
        if !matches!(tail, Ty::Meta(_)) {
            self.include_in_rests(tail, ambient)?;
        }
        match (tail, first_meta(&row)) {
            (Ty::Meta(part), _) if row.is_empty() && !ambient.handles() => self.bind(*part, &Ty::Row(Row::empty())),
            (Ty::Meta(_), _) => {
                waiting.push(tail.clone());
                Ok(())
            }
            (_, Some(var)) => {
                let rest = Ty::Meta(self.meta_at(self.meta_level(var)));
                self.bind(var, &Ty::Row(Row { heads: Vec::new(), tails: vec![tail.clone(), rest] }))
            }
            (_, None) => Err(Mismatch::Missing { ability: tail.clone(), available: self.available(ambient) }),
        }
    }

    /// What a handler does not handle is also in the variable of its `Request`.
    fn include_in_rests(&mut self, tail: &Ty, ambient: &Rc<Ambient>) -> Fit {
        let mut frame = ambient;
        while let Ambient::Handling { rest, outer, .. } = &**frame {
            if let Some(rest) = rest {
                self.include(&Row::tail(tail.clone()), &rest_ambient(rest, self.here))?;
            }
            frame = outer;
        }
        Ok(())
    }

    /// Everything that is available, as one row.
    pub fn available(&self, ambient: &Ambient) -> Row {
        let mut heads = ambient.handled();
        let row = ambient.base();
        heads.extend(row.heads.iter().cloned());
        self.zonk_row(&Row { heads, tails: row.tails.clone() })
    }
}

/// One ability that only one of two rows without variables has.
fn rigid_difference(a: &Row, b: &Row) -> Mismatch {
    let (extra, available) = if a.is_empty() { (b, a) } else { (a, b) };
    let ability = extra.heads.first().or(extra.tails.first()).cloned().unwrap_or(Ty::Error);
    Mismatch::Missing { ability, available: available.clone() }
}

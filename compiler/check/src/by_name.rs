//! Computations: delays, and arguments that become delays.

use crate::ability::Ambient;
use crate::elab::Elab;
use crate::infer::{Checker, Want};
use crate::problem::{AbilityProblem, Problem};
use crate::scope::{Instance, Meaning};
use crate::ty::{Row, Ty};
use base::Span;
use syntax::tree::{Expr, ExprKind};

impl Checker<'_> {
    /// An argument of a parameter that takes a computation of type `delay`: one written as a delay is that computation, a marked name passes its own,
    /// anything else becomes one.
    pub fn computation_argument(&mut self, expr: &Expr, delay: &Ty) -> Elab {
        if let ExprKind::Delay { .. } = &expr.kind {
            return self.scoped(|checker| checker.check(expr, &Want::of(delay.clone())));
        }
        if let Some(instance) = self.marked_name(expr) {
            let (elab, ty) = self.unforced(instance);
            self.fit(&ty, &Want::of(delay.clone()), expr.span);
            return elab;
        }
        let (row, result) = self.computation_parts(delay);
        self.delayed(row, expr.span, |checker| checker.computed_argument(expr, &result))
    }

    /// The body of a computation that was made of an unquoted argument. One that yields a delay is told as such rather than as a mismatch.
    fn computed_argument(&mut self, expr: &Expr, result: &Ty) -> Elab {
        let want = Want::of(result.clone());
        let (elab, ty) = match &expr.kind {
            ExprKind::Name(name) => self.infer_name(name, expr.span, Some(&want)),
            ExprKind::App(head, args) => self.application(head, &args.iter().collect::<Vec<_>>(), Some(&want)),
            _ => {
                let elab = self.check(expr, &want);
                self.computed.push((result.clone(), expr.span));
                return elab;
            }
        };
        if !self.is_delay(&ty) {
            self.fit(&ty, &want, expr.span);
        }
        self.computed.push((ty, expr.span));
        elab
    }

    fn is_delay(&self, ty: &Ty) -> bool {
        match self.solver.resolve(ty) {
            Ty::Fun(fun) => self.solver.resolve(&fun.arg) == Ty::unit(),
            _ => false,
        }
    }

    /// Row and result of a computation's delay.
    fn computation_parts(&mut self, delay: &Ty) -> (Row, Ty) {
        match self.solver.resolve(delay) {
            Ty::Fun(fun) => (fun.row.clone(), fun.ret.clone()),
            _ => (self.solver.fresh_row(), self.solver.fresh()),
        }
    }

    /// A name whose whole type is a computation.
    fn marked_name(&mut self, expr: &Expr) -> Option<Instance> {
        let ExprKind::Name(name) = &expr.kind else { return None };
        if let Some(variable) = self.locals.find(name) {
            if !variable.scheme.by_name {
                return None;
            }
        } else if name.as_str().starts_with('_') {
            return None;
        } else {
            let targets = self.names.terms(name, &self.place);
            let [target] = &targets.targets[..] else { return None };
            if !self.scheme(target).by_name {
                return None;
            }
        }
        match self.meaning(name, expr.span) {
            Meaning::One(instance) => Some(instance),
            Meaning::Overloaded(_) | Meaning::Hole | Meaning::Nothing => None,
        }
    }

    /// A function of `()`, in whose body the abilities of `row` are available.
    fn delayed(&mut self, row: Row, span: Span, body: impl FnOnce(&mut Self) -> Elab) -> Elab {
        let unit = self.fresh_local();
        let body = self.in_ambient(Ambient::row(row, span), |checker| checker.scoped(body));
        Elab::Lambda(vec![unit], Box::new(body))
    }

    pub fn infer_delay(&mut self, quoted: bool, body: &Expr, span: Span) -> (Elab, Ty) {
        if !quoted && has_arrow(body) {
            return self.infer(body);
        }
        if let Some(instance) = self.marked_name(body) {
            return self.unforced(instance);
        }
        let row = self.solver.fresh_row();
        let mut result = Ty::Error;
        let elab = self.delayed(row.clone(), span, |checker| {
            let (elab, ty) = checker.infer(body);
            result = ty;
            elab
        });
        (elab, Ty::delay(row, result))
    }

    pub fn check_delay(&mut self, quoted: bool, body: &Expr, span: Span, want: &Want) -> Elab {
        let wanted = self.solver.resolve(&want.ty);
        match &wanted {
            Ty::Fun(fun) => {
                if let Some(instance) = self.marked_name(body) {
                    let (elab, ty) = self.unforced(instance);
                    self.fit(&ty, want, span);
                    return elab;
                }
                let fun = fun.clone();
                let shape = Ty::delay(fun.row.clone(), fun.ret.clone());
                // Where no delay is wanted, nothing is known of what it is to yield.
                let inner = match self.fit(&shape, want, span) {
                    true => want.with(fun.ret.clone()),
                    false => Want::of(self.solver.fresh()),
                };
                let place = want.because.map_or(span, |(place, _)| place);
                self.delayed(fun.row.clone(), place, |checker| checker.check(body, &inner))
            }
            Ty::Meta(_) | Ty::Error => {
                let (elab, ty) = self.infer_delay(quoted, body, span);
                self.fit(&ty, want, span);
                elab
            }
            _ if quoted => {
                let (elab, ty) = self.infer_delay(quoted, body, span);
                self.fit(&ty, want, span);
                elab
            }
            _ => self.check(body, want),
        }
    }

    /// Arguments that became computations must not yield delays: it would not be clear which of the two was meant.
    pub fn report_delay_arguments(&mut self) {
        for (ty, span) in std::mem::take(&mut self.computed) {
            if self.is_delay(&ty) {
                let (ty, text) = (self.show(&ty), self.argument_text(span));
                self.problem(Problem::Ability(AbilityProblem::DelayArgument { span, ty, text }));
            }
        }
    }

    /// The argument as it would stand behind `!` or `'`.
    fn argument_text(&self, span: Span) -> String {
        let text = self.sources.text(span);
        let simple = !text.contains(char::is_whitespace) || text.starts_with('(');
        if simple { text.to_string() } else { format!("({text})") }
    }
}

fn has_arrow(body: &Expr) -> bool {
    matches!(&body.kind, ExprKind::Block(block) if block.has_arrow)
}

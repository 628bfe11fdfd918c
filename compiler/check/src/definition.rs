//! Bindings, local and at top level: with a signature or without, alone or in a cycle.

use crate::elab::{Elab, Local};
use crate::infer::{Checker, Want};
use crate::problem::Reason;
use crate::signature::Written;
use crate::ty::{Scheme, Ty};
use syntax::tree::{Binding, Expr, Pattern};

impl Checker<'_> {
    /// A binding that is in no cycle, and its type, generalised if that is allowed.
    pub fn local_binding(&mut self, binding: &Binding) -> (Elab, Scheme) {
        self.solver.level += 1;
        let wanted = self.wanted;
        let vars = self.type_vars.len();
        let written = binding.signature.as_ref().map(|signature| self.read_signature(signature));
        let (elab, ty) = self.scoped(|checker| checker.binding(&binding.params, &binding.body, written.as_ref(), None));
        self.solver.level -= 1;
        self.type_vars.truncate(vars);
        match written {
            Some(written) => (elab, self.generalize_written(&written)),
            None => {
                let is_value = !crate::free::is_function(binding) && self.wanted != wanted;
                let ty = if is_value { self.keep_monomorphic(&ty) } else { self.generalize_local(&ty) };
                (elab, Scheme { ty, by_name: false })
            }
        }
    }

    /// The body of a binding against its signature, or inferred. Variables of the signature are in scope. Without a signature a member of a cycle
    /// is checked against its provisional type, so that its uses inside see what is known already.
    pub fn binding(
        &mut self,
        params: &[Pattern],
        body: &Expr,
        written: Option<&Written>,
        provisional: Option<&Ty>,
    ) -> (Elab, Ty) {
        let Some(written) = written else {
            if let Some(ty) = provisional {
                let want = Want::of(ty.clone());
                let elab = if params.is_empty() {
                    self.check(body, &want)
                } else {
                    self.check_lambda(params, body, body.span, &want)
                };
                return (elab, ty.clone());
            }
            return if params.is_empty() {
                let (elab, ty) = self.infer(body);
                (elab, ty.unmarked())
            } else {
                self.infer_lambda(params, body, body.span)
            };
        };
        self.type_vars.extend(written.vars.iter().cloned());
        let ty = written.scheme.ty.clone();
        let want = Want::because(ty.clone(), written.span, Reason::Signature);
        let elab = if !params.is_empty() {
            self.check_lambda(params, body, body.span, &want)
        } else if written.scheme.by_name {
            self.computation_argument(body, &ty)
        } else {
            self.check(body, &want)
        };
        (elab, ty)
    }

    /// Local functions that refer to each other (or one to itself). They are in scope afterwards.
    pub fn local_cycle(&mut self, bindings: &[&Binding]) -> Vec<(Local, Elab)> {
        let outer = self.locals.len();
        self.solver.level += 1;
        let vars = self.type_vars.len();
        let written: Vec<Option<Written>> =
            bindings.iter().map(|binding| binding.signature.as_ref().map(|ty| self.read_signature(ty))).collect();
        let mut locals = Vec::new();
        let mut types = Vec::new();
        for (binding, written) in bindings.iter().zip(&written) {
            let scheme = self.provisional(written.as_ref());
            types.push(scheme.ty.clone());
            locals.push(self.bind(&binding.name.name, binding.name.span, scheme));
        }
        let mut elabs = Vec::new();
        for ((binding, written), ty) in bindings.iter().zip(&written).zip(&types) {
            let (params, body) = (&binding.params, &binding.body);
            let (elab, _) = self.scoped(|checker| checker.binding(params, body, written.as_ref(), Some(ty)));
            self.type_vars.truncate(vars);
            elabs.push(elab);
        }
        self.solver.level -= 1;
        self.locals.truncate(outer);
        self.rebind_cycle(bindings, &written, &types, &locals);
        locals.into_iter().zip(elabs).collect()
    }

    /// Brings the members of a cycle into scope with their final types.
    fn rebind_cycle(&mut self, bindings: &[&Binding], written: &[Option<Written>], types: &[Ty], locals: &[Local]) {
        let inferred: Vec<Ty> =
            types.iter().zip(written).filter(|(_, written)| written.is_none()).map(|(ty, _)| ty.clone()).collect();
        let mut inferred = self.generalize_together(&inferred).into_iter();
        for ((binding, written), local) in bindings.iter().zip(written).zip(locals) {
            let scheme = match written {
                Some(written) => self.generalize_written(written),
                None => Scheme { ty: inferred.next().unwrap_or(Ty::Error), by_name: false },
            };
            self.bind_as(&binding.name.name, binding.name.span, *local, scheme);
        }
    }

    /// The type of a member of a cycle while the cycle is being checked.
    pub fn provisional(&mut self, written: Option<&Written>) -> Scheme {
        match written {
            Some(written) => {
                let vars: Vec<Ty> = written.vars.iter().map(|var| var.ty.clone()).collect();
                let ty = self.solver.zonk(&written.scheme.ty).close_over(&vars);
                Scheme { ty, by_name: written.scheme.by_name }
            }
            None => Scheme { ty: self.solver.fresh(), by_name: false },
        }
    }
}

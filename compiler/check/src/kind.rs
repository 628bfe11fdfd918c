//! Kinds: what is a type, what an ability, and what still lacks parameters. Inferred by unification.
//!
//! A variable for a set of abilities has the kind of an ability. What nothing determines is a type.

use crate::names::Names;
use crate::problem::Sort;
use kernel::{DeclarationKind, Type, TypeRef};
use std::collections::BTreeMap;

#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Type,
    Ability,
    Fun(Box<Kind>, Box<Kind>),
    Var(usize),
}

/// Kinds of declared types, and variables for kinds.
#[derive(Clone, Default)]
pub(crate) struct Kinds {
    solutions: Vec<Option<Kind>>,
    declared: BTreeMap<TypeRef, Kind>,
}

impl Kinds {
    pub fn fresh(&mut self) -> Kind {
        self.solutions.push(None);
        Kind::Var(self.solutions.len() - 1)
    }

    pub fn resolve(&self, kind: &Kind) -> Kind {
        match kind {
            Kind::Var(var) => match &self.solutions[*var] {
                Some(solution) => self.resolve(solution),
                None => kind.clone(),
            },
            Kind::Fun(a, b) => Kind::Fun(Box::new(self.resolve(a)), Box::new(self.resolve(b))),
            Kind::Type | Kind::Ability => kind.clone(),
        }
    }

    /// Makes two kinds equal, if they can be.
    pub fn unify(&mut self, a: &Kind, b: &Kind) -> bool {
        match (self.resolve(a), self.resolve(b)) {
            (Kind::Var(x), Kind::Var(y)) if x == y => true,
            (Kind::Var(x), kind) | (kind, Kind::Var(x)) => {
                let infinite = occurs(x, &kind);
                if !infinite {
                    self.solutions[x] = Some(kind);
                }
                !infinite
            }
            (Kind::Fun(a, b), Kind::Fun(c, d)) => self.unify(&a, &c) && self.unify(&b, &d),
            (a, b) => a == b,
        }
    }

    /// Declares a type of the files while its parameters are still being inferred.
    pub fn declare(&mut self, ty: TypeRef, params: &[Kind], kind: DeclarationKind) {
        self.declared.insert(ty, curried(params, kind));
    }

    /// The kind of a declared or builtin type.
    pub fn of(&mut self, ty: TypeRef, names: &Names) -> Kind {
        if let Some(kind) = self.declared.get(&ty) {
            return kind.clone();
        }
        match ty {
            TypeRef::Builtin(builtin) => self.of_builtin(ty, builtin),
            TypeRef::Def(_) | TypeRef::Cycle(_) => self.of_declaration(ty, names),
        }
    }

    fn of_builtin(&mut self, ty: TypeRef, builtin: builtin::BuiltinType) -> Kind {
        let kind = if builtin.is_ability() { DeclarationKind::Ability } else { DeclarationKind::Type };
        let named = builtin.spec().params.iter();
        let mut params: Vec<Kind> =
            named.map(|param| if param.starts_with('{') { Kind::Ability } else { Kind::Type }).collect();
        params.resize(kernel::builtins::params(builtin) as usize, Kind::Type);
        self.declare(ty, &params, kind);
        self.declared[&ty].clone()
    }

    fn of_declaration(&mut self, ty: TypeRef, names: &Names) -> Kind {
        let Some(declaration) = names.declaration(ty) else { return self.fresh() };
        let params: Vec<Kind> = (0..declaration.params).map(|_| self.fresh()).collect();
        self.declare(ty, &params, declaration.kind);
        for constructor in &declaration.constructors {
            let mut scope = params.clone();
            self.infer(&constructor.ty, &mut scope, names);
        }
        params.iter().for_each(|param| self.settle(param));
        self.resolve(&self.declared[&ty].clone())
    }

    /// The kind of a type that is known to be well-kinded.
    fn infer(&mut self, ty: &Type, scope: &mut Vec<Kind>, names: &Names) -> Kind {
        match ty {
            Type::Var(index) => {
                let position = scope.len().checked_sub(1 + *index as usize);
                position.map_or(Kind::Type, |position| scope[position].clone())
            }
            Type::Ref(reference) => self.of(*reference, names),
            Type::App(f, x) => {
                let (f, x) = (self.infer(f, scope, names), self.infer(x, scope, names));
                let result = self.fresh();
                self.unify(&f, &Kind::Fun(Box::new(x), Box::new(result.clone())));
                result
            }
            Type::Fun { arg, row, ret, .. } => {
                for part in [arg, ret] {
                    let kind = self.infer(part, scope, names);
                    self.unify(&kind, &Kind::Type);
                }
                self.infer_row(row, scope, names);
                Kind::Type
            }
            Type::Forall(n, body) => {
                let outer = scope.len();
                scope.extend((0..*n).map(|_| Kind::Type).collect::<Vec<_>>());
                for kind in &mut scope[outer..] {
                    *kind = self.fresh();
                }
                let kind = self.infer(body, scope, names);
                scope.truncate(outer);
                kind
            }
            Type::Row(row) => {
                self.infer_row(row, scope, names);
                Kind::Ability
            }
        }
    }

    fn infer_row(&mut self, row: &kernel::Row, scope: &mut Vec<Kind>, names: &Names) {
        for head in row.heads.iter().cloned().chain(row.vars.iter().map(|var| Type::Var(*var))) {
            let kind = self.infer(&head, scope, names);
            self.unify(&kind, &Kind::Ability);
        }
    }

    /// What is still open in it becomes a type.
    pub fn settle(&mut self, kind: &Kind) {
        match self.resolve(kind) {
            Kind::Var(var) => self.solutions[var] = Some(Kind::Type),
            Kind::Fun(a, b) => {
                self.settle(&a);
                self.settle(&b);
            }
            Kind::Type | Kind::Ability => {}
        }
    }

    /// A kind in words.
    pub fn sort(&self, kind: &Kind) -> Sort {
        match self.resolve(kind) {
            Kind::Type | Kind::Var(_) => Sort::Type,
            Kind::Ability => Sort::Ability,
            Kind::Fun(_, result) => {
                let (mut lacking, mut result) = (1, result);
                while let Kind::Fun(_, next) = *result {
                    lacking += 1;
                    result = next;
                }
                Sort::Lacking(lacking)
            }
        }
    }
}

fn occurs(var: usize, kind: &Kind) -> bool {
    match kind {
        Kind::Var(other) => *other == var,
        Kind::Fun(a, b) => occurs(var, a) || occurs(var, b),
        Kind::Type | Kind::Ability => false,
    }
}

fn curried(params: &[Kind], kind: DeclarationKind) -> Kind {
    let result = match kind {
        DeclarationKind::Type => Kind::Type,
        DeclarationKind::Ability => Kind::Ability,
    };
    params.iter().rev().fold(result, |result, param| Kind::Fun(Box::new(param.clone()), Box::new(result)))
}

//! The accessors of records: `P.x`, `P.x.set`, `P.x.modify`.

use base::Name;
use kernel::{Case, Declaration, Definition, Pattern, Row, Signature, Term, Type, TypeRef};
use std::sync::Arc;

/// Names and definitions of the accessors of a record with these fields.
pub(crate) fn accessors(
    record: &Name,
    fields: &[Name],
    reference: TypeRef,
    declaration: &Declaration,
) -> Vec<(Name, Definition)> {
    let Some(constructor) = declaration.constructors.first() else { return Vec::new() };
    let types: Vec<Type> = constructor.fields().into_iter().cloned().collect();
    let of = Record { reference, params: declaration.params, fields: types };
    let name = |field: &Name, suffix: &str| record.join(&Name::new(format!("{field}{suffix}")));
    let accessors = |(index, field): (usize, &Name)| {
        [
            (name(field, ""), of.getter(index)),
            (name(field, ".set"), of.setter(index)),
            (name(field, ".modify"), of.modifier(index)),
        ]
    };
    fields.iter().enumerate().take(of.fields.len()).flat_map(accessors).collect()
}

struct Record {
    reference: TypeRef,
    params: u32,
    /// The types of the fields, below the parameters.
    fields: Vec<Type>,
}

impl Record {
    fn whole(&self) -> Type {
        Type::apply(Type::Ref(self.reference), (0..self.params).rev().map(Type::Var))
    }

    fn define(&self, extra: u32, ty: Type, body: Term) -> Definition {
        let bound = self.params + extra;
        let ty = if bound == 0 { ty } else { Type::Forall(bound, Arc::new(ty)) };
        let scheme = crate::ty::Scheme { ty: crate::ty::Ty::from_kernel(&ty), by_name: false };
        Definition { signature: Signature { ..crate::normal::signature(&scheme) }, body }
    }

    /// Takes the record, which is variable 0, apart. In the body the fields are the variables 0 .., the last one first.
    fn taken_apart(&self, body: Term) -> Term {
        let fields = self.fields.iter().map(|_| Pattern::Var).collect();
        let pattern = Pattern::Constructor(self.reference, 0, fields);
        Term::Match(Box::new(Term::Local(0)), vec![Case { pattern, guard: None, body }])
    }

    fn field(&self, index: usize) -> Term {
        Term::Local((self.fields.len() - 1 - index) as u32)
    }

    /// The record with one field replaced.
    fn rebuilt(&self, index: usize, value: Term) -> Term {
        let field = |i: usize| if i == index { value.clone() } else { self.field(i) };
        let fields = (0..self.fields.len()).map(field).collect();
        Term::App(Box::new(Term::Constructor(self.reference, 0)), fields)
    }

    fn getter(&self, index: usize) -> Definition {
        let ty = Type::fun(self.whole(), Row::empty(), self.fields[index].clone());
        self.define(0, ty, Term::Lambda(1, Box::new(self.taken_apart(self.field(index)))))
    }

    fn setter(&self, index: usize) -> Definition {
        let update = Type::fun(self.whole(), Row::empty(), self.whole());
        let ty = Type::fun(self.fields[index].clone(), Row::empty(), update);
        // Outside the fields stand the record and, before it, the new value.
        let value = Term::Local(self.fields.len() as u32 + 1);
        self.define(0, ty, Term::Lambda(2, Box::new(self.taken_apart(self.rebuilt(index, value)))))
    }

    fn modifier(&self, index: usize) -> Definition {
        let row = || Row::new(Vec::new(), vec![self.params]);
        let field = || self.fields[index].clone();
        let change = Type::fun(field(), row(), field());
        let update = Type::fun(self.whole(), row(), self.whole());
        let ty = Type::fun(change, Row::empty(), update);
        let function = Term::Local(self.fields.len() as u32 + 1);
        let value = Term::App(Box::new(function), vec![self.field(index)]);
        self.define(1, ty, Term::Lambda(2, Box::new(self.taken_apart(self.rebuilt(index, value)))))
    }
}

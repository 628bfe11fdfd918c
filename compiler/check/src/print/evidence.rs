//! What is plain to see of the types in a term, which carries none.

use super::terms::TermPrinter;
use builtin::BuiltinType;
use kernel::{Signature, Term, TermRef, Type};

/// What is known of a parameter of what is applied.
pub struct Parameter {
    pub ty: Type,
    pub by_name: bool,
}

impl TermPrinter<'_> {
    /// What the parameters of a head are written as, hidden ones left out.
    pub fn parameters(&self, head: &Term) -> Vec<Parameter> {
        let Some(ty) = self.head_type(head) else { return Vec::new() };
        let mut ty = ty.without_foralls();
        let mut params = Vec::new();
        while let Type::Fun { arg, by_name, ret, .. } = ty {
            params.push(Parameter { ty: (**arg).clone(), by_name: *by_name });
            ty = ret.without_foralls();
        }
        params
    }

    /// The type of what is applied; of a marked name that is forced, what it yields.
    pub fn head_type(&self, head: &Term) -> Option<Type> {
        match head {
            Term::Ref(reference) => {
                let signature = self.names.signature(*reference)?;
                let Signature { ty, by_name } = &*signature;
                Some(if *by_name { result_type(Some(ty.without_foralls().clone()))? } else { ty.clone() })
            }
            Term::Constructor(ty, index) | Term::Operation(ty, index) => {
                Some(self.env.declaration(*ty)?.constructors.get(*index as usize)?.ty.clone())
            }
            Term::Local(index) => {
                let variable = self.variables.get(*index)?;
                if variable.by_name { result_type(variable.ty.clone()) } else { variable.ty.clone() }
            }
            _ => None,
        }
    }

    /// The type of a term where it is plain: a literal, a variable whose type is known, an application of something with a signature.
    pub fn evident_type(&self, term: &Term) -> Option<Type> {
        match term {
            Term::Literal(literal) => Some(Type::builtin(literal_type(literal))),
            Term::List(elements) => Some(Type::list(self.evident_type(elements.first()?)?)),
            Term::Local(index) => self.variables.get(*index).filter(|it| !it.by_name)?.ty.clone(),
            Term::App(head, args) => {
                let by_name = matches!(&**head, Term::Ref(reference) if self.names.signature(*reference).is_some_and(|it| it.by_name));
                let hidden =
                    matches!(&**head, Term::Ref(TermRef::Builtin(builtin)) if builtin.hidden_argument().is_some());
                let skipped = usize::from(by_name) + usize::from(hidden);
                let operation = matches!(&**head, Term::Operation(..)) && args.is_empty();
                let mut ty = self.head_type(head)?.without_foralls().clone();
                for _ in 0..if operation { 1 } else { args.len().checked_sub(skipped)? } {
                    ty = result_type(Some(ty))?.without_foralls().clone();
                }
                is_closed(&ty).then_some(ty)
            }
            Term::If(_, yes, no) => self.evident_type(yes).or_else(|| self.evident_type(no)),
            _ => None,
        }
    }
}

pub fn is_delay(ty: &Type) -> bool {
    matches!(ty.without_foralls(), Type::Fun { arg, by_name: false, .. } if **arg == Type::unit())
}

pub fn result_type(ty: Option<Type>) -> Option<Type> {
    match ty?.without_foralls() {
        Type::Fun { ret, .. } => Some((**ret).clone()),
        _ => None,
    }
}

pub fn is_closed(ty: &Type) -> bool {
    match ty {
        Type::Var(_) | Type::Forall(..) | Type::Row(_) => false,
        Type::Ref(_) => true,
        Type::App(f, x) => is_closed(f) && is_closed(x),
        Type::Fun { arg, row, ret, .. } => row.vars.is_empty() && is_closed(arg) && is_closed(ret),
    }
}

pub fn literal_type(literal: &kernel::Literal) -> BuiltinType {
    match literal {
        kernel::Literal::Nat(_) => BuiltinType::Nat,
        kernel::Literal::Int(_) => BuiltinType::Int,
        kernel::Literal::Float(_) => BuiltinType::Float,
        kernel::Literal::Char(_) => BuiltinType::Char,
        kernel::Literal::Boolean(_) => BuiltinType::Boolean,
        kernel::Literal::Text(_) => BuiltinType::Text,
        kernel::Literal::Bytes(_) => BuiltinType::Bytes,
    }
}

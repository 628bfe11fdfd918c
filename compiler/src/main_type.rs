//! What `main` must be to be run.

use builtin::BuiltinType;
use kernel::{Signature, Type, TypeRef};

/// Why a definition cannot be run as `main`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotRunnable {
    /// It is not a delayed computation.
    NotDelayed,
    /// It may request an ability that nothing at the top answers: this one.
    Unhandled(Type),
}

/// Checks that the type is `'{IO, Exception, Remote!} r` with these or fewer abilities, or a computation of them.
pub fn runnable(signature: &Signature) -> Result<(), NotRunnable> {
    let Type::Fun { arg, row, .. } = signature.ty.without_foralls() else { return Err(NotRunnable::NotDelayed) };
    if **arg != Type::unit() {
        return Err(NotRunnable::NotDelayed);
    }
    match row.heads.iter().find(|head| !is_answered(head)) {
        Some(head) => Err(NotRunnable::Unhandled(head.clone())),
        None => Ok(()),
    }
}

fn is_answered(head: &Type) -> bool {
    match head {
        Type::Ref(TypeRef::Builtin(ability)) => ability.is_runtime_ability() || *ability == BuiltinType::Exception,
        _ => false,
    }
}

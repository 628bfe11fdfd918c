//! What a caller may know of a definition.

use ir::{Rep, limits};
use kernel::{Declaration, DefId, Definition, Term, Type};
use std::sync::Arc;

/// How a definition is called. It follows from the definition's bytes: how many parameters its outermost lambda binds, and their types in its signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interface {
    /// None for a value, which is computed at each use.
    pub params: Vec<Rep>,
    /// Of what is returned once all parameters are there.
    pub ret: Rep,
}

impl Interface {
    /// The signature's arrows give the representations of as many parameters as the lambda binds. Beyond them, and where the type says nothing, it is `V`.
    pub fn of(definition: &Definition) -> Interface {
        let count = match &definition.body {
            // A lambda with more is never lowered, so nobody calls it.
            Term::Lambda(count, _) => (*count as usize).min(limits::PARAMS_MAX),
            _ => 0,
        };
        let mut ty = definition.signature.ty.without_foralls();
        let mut params = Vec::with_capacity(count);
        while let (Type::Fun { arg, ret, .. }, true) = (ty, params.len() < count) {
            params.push(Rep::of(arg));
            ty = ret.without_foralls();
        }
        let ret = if params.len() < count { Rep::V } else { Rep::of(ty) };
        params.resize(count, Rep::V);
        Interface { params, ret }
    }
}

/// What lowering asks about other components. `None` means that the component is not here.
pub trait Interfaces {
    /// [`Interface::of`] this definition.
    fn definition(&self, id: DefId) -> Option<Interface>;

    /// A type or ability. Types inside may refer to their own component as `Cycle`.
    fn declaration(&self, id: DefId) -> Option<Arc<Declaration>>;
}

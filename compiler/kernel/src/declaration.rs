//! Declarations of types and abilities.

use crate::Type;
use std::sync::Arc;

/// A `type` or `ability`. Parameters are the outermost variables of every type inside, as if a `Forall(params)` stood around it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Declaration {
    pub kind: DeclarationKind,
    pub identity: Identity,
    pub params: u32,
    /// Constructors of a type, or operations of an ability, in the order written. Names and order are part of the identity.
    pub constructors: Vec<Constructor>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DeclarationKind {
    Type,
    Ability,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Identity {
    Structural,
    /// A GUID: 16 bytes derived from project and qualified name, or whatever `unique[..]` gives.
    Unique(Arc<[u8]>),
}

/// A constructor, with the types of its fields; or an operation, with the types of its parameters.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Constructor {
    /// The last segment of its name: `Some` of `Optional.Some`.
    pub name: Arc<str>,
    /// Its whole type below the declaration's parameters: `a -> Optional a`; for an operation `a ->{Store a} ()`, or `{Store a} a` as a delay marked by name.
    /// May itself begin with a `Forall` (operations such as `raise : Failure ->{Exception} x`).
    pub ty: Type,
    /// For an operation written without an arrow (`get : {Store a} a`): its type is the delay, and each use of the name forces it.
    pub by_name: bool,
    /// How many arguments it takes before it is built or performed. A by-name operation takes none here.
    pub arity: u32,
}

impl Constructor {
    /// The types of its arguments, in order.
    pub fn fields(&self) -> Vec<&Type> {
        let mut fields = Vec::new();
        let mut ty = self.ty.without_foralls();
        while fields.len() < self.arity as usize {
            let Type::Fun { arg, ret, .. } = ty else { break };
            fields.push(&**arg);
            ty = ret;
        }
        fields
    }
}

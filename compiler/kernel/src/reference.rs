//! What a term or type can refer to.

use base::Hash;
use builtin::{Builtin, BuiltinType};

/// A member of a component (a definition and those it is mutually recursive with): the component's hash, and the place in its canonical order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DefId {
    pub component: Hash,
    pub index: u32,
}

/// Which call of a definition it is: its [`crate::Term::App`] nodes in pre-order, from 1. By it a place in running code is found in a text, of which the core knows nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Site(pub u32);

impl Site {
    /// Not known, or no call of this definition.
    pub const NONE: Site = Site(0);

    pub fn is_some(self) -> bool {
        self != Site::NONE
    }
}

/// A definition of a term.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TermRef {
    Builtin(Builtin),
    Def(DefId),
    /// A member of the component in which this reference stands. A stored component refers to itself only so.
    Cycle(u32),
}

/// A declaration of a type or ability.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TypeRef {
    Builtin(BuiltinType),
    Def(DefId),
    /// A member of the component of declarations in which this reference stands. Terms never hold it.
    Cycle(u32),
}

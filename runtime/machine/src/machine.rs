//! What all tasks of a process share: code and descriptors.

use ir::CodeId;
use kernel::{Declaration, TypeRef};

/// Code and descriptors by identity. They are never replaced or removed while the machine lives.
#[derive(Debug, Default)]
pub struct Machine {}

/// Why code was not taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DefineError {
    /// It names types that are not defined yet: define them first.
    MissingTypes(Vec<TypeRef>),
    /// It does not agree with code that is defined already: about what. A consistent store never causes it.
    Inconsistent(CodeId),
}

impl Machine {
    pub fn new() -> Machine {
        Machine::default()
    }

    /// Takes the code of a definition or lambda. Doing it again changes nothing.
    pub fn define(&self, _code: ir::Verified) -> Result<(), DefineError> {
        unimplemented!()
    }

    /// Takes the declaration of a type or ability. Doing it again changes nothing. Builtin types are always defined.
    pub fn define_type(&self, _ty: TypeRef, _declaration: &Declaration) {
        unimplemented!()
    }

    pub fn is_defined(&self, _code: CodeId) -> bool {
        unimplemented!()
    }

    pub fn is_type_defined(&self, _ty: TypeRef) -> bool {
        unimplemented!()
    }
}

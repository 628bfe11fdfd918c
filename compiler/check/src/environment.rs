//! What lies outside the files that are checked: the codebase and the standard library, seen by name and by reference.
//!
//! Everything that comes from here is absolute: no signature or declaration holds a `Cycle` reference.

use base::{Hash, Name};
use hash::SourceKey;
use kernel::{Declaration, Signature, TermRef, TypeRef};
use std::sync::Arc;

/// A term under one of its names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedTerm {
    pub name: Name,
    pub reference: TermRef,
    /// Where the name stands: 0 in the codebase, 1 in the standard library. A lower level hides a higher one.
    pub level: u8,
}

/// A type or ability under one of its names. `level` as in [`NamedTerm`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedType {
    pub name: Name,
    pub reference: TypeRef,
    pub level: u8,
}

/// A constructor or operation under one of its names (`Type.Con`). `level` as in [`NamedTerm`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamedConstructor {
    pub name: Name,
    pub reference: TypeRef,
    pub index: u32,
    pub level: u8,
}

/// Names by suffix, and what is known about references. Several threads ask at once.
pub trait Environment: Sync {
    /// Every definition and builtin whose name has this suffix.
    fn terms(&self, suffix: &Name) -> Vec<NamedTerm>;
    /// Every type and ability whose name has this suffix.
    fn types(&self, suffix: &Name) -> Vec<NamedType>;
    /// Every constructor and operation whose name has this suffix.
    fn constructors(&self, suffix: &Name) -> Vec<NamedConstructor>;
    /// The type of a term.
    fn signature(&self, term: TermRef) -> Option<Arc<Signature>>;
    /// What a type or ability is declared as; none for an opaque one. Its references are absolute.
    fn declaration(&self, ty: TypeRef) -> Option<Arc<Declaration>>;
    /// How to call a type in a message.
    fn type_name(&self, ty: TypeRef) -> Option<Name>;
    /// How to call a term in a message.
    fn term_name(&self, term: TermRef) -> Option<Name>;
    /// Every name of a term, constructor or operation, for "did you mean".
    fn all_term_names(&self) -> Vec<Name>;
    /// Every name of a type or ability, for "did you mean".
    fn all_type_names(&self) -> Vec<Name>;
    /// The components whose hash starts with these digits, a few of them if there are many.
    fn hashes(&self, digits: &str) -> Vec<Hash>;
    /// What checking the cycle with this key gave before, one reference for each member in source order: then it is not checked again.
    fn known(&self, key: SourceKey) -> Option<Vec<TermRef>>;
}

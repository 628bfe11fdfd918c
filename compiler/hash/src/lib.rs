//! Identity: the one canonical byte form of definitions, and its hash. The bytes that are hashed are the bytes that are stored and shipped.
//!
//! **Invariant:** only this crate decides identity.
#![forbid(unsafe_code)]

use base::Hash;
use base::bytes::DecodeError;
use kernel::{Declaration, Definition};
use std::sync::Arc;

pub mod store;

/// What a component consists of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    Term,
    Type,
}

/// A component of definitions: its hash and canonical bytes. Only [`Object::verified`] and the hashing functions make one, so the bytes always have this hash.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Object {
    hash: Hash,
    kind: Kind,
    bytes: Arc<[u8]>,
}

impl Object {
    /// Hashes the bytes, and checks that they are the canonical form of something.
    pub fn verified(_hash: Hash, _kind: Kind, _bytes: Arc<[u8]>) -> Result<Object, ObjectError> {
        unimplemented!()
    }

    pub fn hash(&self) -> Hash {
        self.hash
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.bytes
    }

    /// Hashes of the components that this one refers to, ascending, itself not among them.
    pub fn dependencies(&self) -> Vec<Hash> {
        unimplemented!()
    }

    /// The definitions; in them, members of the component itself are `Cycle`. `None` if it is a component of types.
    pub fn terms(&self) -> Option<Vec<Definition>> {
        unimplemented!()
    }

    /// The declarations. `None` if it is a component of terms.
    pub fn types(&self) -> Option<Vec<Declaration>> {
        unimplemented!()
    }
}

/// Why bytes are not the object that they are said to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ObjectError {
    /// They hash to something else.
    Mismatch { claimed: Hash, actual: Hash },
    /// They are not the canonical form of anything.
    Malformed(DecodeError),
}

/// A cycle of definitions with its identity.
#[derive(Clone, Debug)]
pub struct Hashed {
    pub object: Object,
    /// For each member as it was given, its index in the component.
    pub order: Vec<u32>,
}

/// Hashes definitions that are mutually recursive (or a single one). In `members`, `TermRef::Cycle(i)` is `members[i]`.
pub fn hash_terms(_members: &[Definition]) -> Hashed {
    unimplemented!()
}

/// Hashes declarations that are mutually recursive (or a single one). In `members`, `TypeRef::Cycle(i)` is `members[i]`.
pub fn hash_types(_members: &[Declaration]) -> Hashed {
    unimplemented!()
}

/// Identifies the source of a cycle of definitions: equal keys mean that checking would give the same result.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceKey(pub Hash);

/// Collects what a [`SourceKey`] is made of, in order.
pub struct SourceKeyBuilder {}

impl SourceKeyBuilder {
    pub fn new(_compiler_version: &str, _project: &str) -> SourceKeyBuilder {
        unimplemented!()
    }

    /// One token's text, without trivia.
    pub fn token(&mut self, _text: &str) {
        unimplemented!()
    }

    /// A free name of the source, and everything that it could stand for, in ascending order (the text forms of references).
    pub fn candidates(&mut self, _name: &str, _references: &[String]) {
        unimplemented!()
    }

    pub fn finish(self) -> SourceKey {
        unimplemented!()
    }
}

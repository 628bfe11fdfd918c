//! A component as bytes that are known to be canonical.

use crate::component::{self, digest};
use crate::decode::{self, Limits};
use crate::dismantle::dismantle;
use base::Hash;
use base::bytes::DecodeError;
use kernel::{Declaration, Definition, Signature};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a component consists of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Kind {
    Term,
    Type,
}

/// A component of definitions: its hash and canonical bytes. Only [`Object::verified`], [`Object::kept`] and the hashing functions make one, so the bytes always have this hash.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Object {
    hash: Hash,
    kind: Kind,
    bytes: Arc<[u8]>,
    /// Ascending.
    dependencies: Arc<[Hash]>,
}

/// Why bytes are not the object that they are said to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ObjectError {
    /// They hash to something else.
    Mismatch { claimed: Hash, actual: Hash },
    /// They are not the canonical form of anything.
    Malformed(DecodeError),
}

impl std::fmt::Display for ObjectError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ObjectError::Mismatch { claimed, actual } => write!(f, "the bytes hash to {actual}, not to {claimed}"),
            ObjectError::Malformed(error) => write!(f, "not a definition: {error}"),
        }
    }
}

impl std::error::Error for ObjectError {}

impl Object {
    /// Hashes the bytes, and checks that they are the canonical form of something: what they decode to hashes to themselves.
    pub fn verified(hash: Hash, kind: Kind, bytes: Arc<[u8]>) -> Result<Object, ObjectError> {
        let actual = digest(kind, &bytes);
        if actual != hash {
            return Err(ObjectError::Mismatch { claimed: hash, actual });
        }
        let again = match kind {
            Kind::Term => {
                let members = decode::terms(&bytes, Limits::STRICT).map_err(ObjectError::Malformed)?;
                let again = canonical(&members);
                members.into_iter().for_each(dismantle);
                again
            }
            Kind::Type => canonical(&decode::types(&bytes, Limits::STRICT, None).map_err(ObjectError::Malformed)?),
        };
        let object = again.map_err(ObjectError::Malformed)?;
        if object.hash == hash { Ok(object) } else { Err(ObjectError::Malformed(NOT_CANONICAL)) }
    }

    /// Bytes that were verified when they were kept: if they still have their hash, they are what they were.
    pub fn kept(hash: Hash, kind: Kind, bytes: Arc<[u8]>) -> Result<Object, ObjectError> {
        let actual = digest(kind, &bytes);
        if actual != hash {
            return Err(ObjectError::Mismatch { claimed: hash, actual });
        }
        let dependencies = decode::dependencies(kind, &bytes).map_err(ObjectError::Malformed)?;
        Ok(Object { hash, kind, bytes, dependencies: dependencies.into_iter().collect() })
    }

    /// As if the object came from elsewhere.
    pub(crate) fn reverified(&self) -> Result<Object, ObjectError> {
        Object::verified(self.hash, self.kind, Arc::clone(&self.bytes))
    }

    /// Whether what was made here keeps the limits of the format, so that others will accept it. Nobody comes near them by hand.
    pub fn within_limits(&self) -> Result<(), ObjectError> {
        let read = match self.kind {
            Kind::Term => decode::terms(&self.bytes, Limits::STRICT).map(|members| {
                members.into_iter().for_each(dismantle);
            }),
            Kind::Type => decode::types(&self.bytes, Limits::STRICT, None).map(drop),
        };
        read.map_err(ObjectError::Malformed)
    }

    /// Bytes that this crate has just written.
    pub(crate) fn trusted(kind: Kind, bytes: Arc<[u8]>, dependencies: BTreeSet<Hash>) -> Object {
        Object { hash: digest(kind, &bytes), kind, bytes, dependencies: dependencies.into_iter().collect() }
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
        self.dependencies.to_vec()
    }

    /// The definitions; in them, members of the component itself are `Cycle`. `None` if it is a component of types.
    ///
    /// They may be nested as deep as [`base::limits::TERM_DEPTH_MAX`]: handle them on a stack of [`base::limits::COMPILER_STACK`], or end them with [`dismantle`].
    pub fn terms(&self) -> Option<Vec<Definition>> {
        let decode = || decode::terms(&self.bytes, Limits::NONE).expect("an object's bytes are canonical");
        (self.kind == Kind::Term).then(decode)
    }

    /// The signatures of the definitions, without looking at their bodies. `None` if it is a component of types.
    pub fn signatures(&self) -> Option<Vec<Signature>> {
        let decode = || decode::signatures(&self.bytes).expect("an object's bytes are canonical");
        (self.kind == Kind::Term).then(decode)
    }

    /// The declarations; in them, members of the component itself are `Cycle`. `None` if it is a component of terms.
    pub fn types(&self) -> Option<Vec<Declaration>> {
        self.decode_types(None)
    }

    /// The declarations as they look from outside: without `Cycle`. `None` if it is a component of terms.
    pub fn declarations(&self) -> Option<Vec<Declaration>> {
        self.decode_types(Some(self.hash))
    }

    fn decode_types(&self, own: Option<Hash>) -> Option<Vec<Declaration>> {
        let decode = || decode::types(&self.bytes, Limits::NONE, own).expect("an object's bytes are canonical");
        (self.kind == Kind::Type).then(decode)
    }
}

const NOT_CANONICAL: DecodeError = DecodeError::Forbidden("the bytes are not in canonical form");

fn canonical<M: component::Member>(members: &[M]) -> Result<Object, DecodeError> {
    if members.len() > 1 && !component::is_cycle(members) {
        return Err(DecodeError::Forbidden("members of a component do not depend on each other"));
    }
    Ok(component::hash(members).object)
}

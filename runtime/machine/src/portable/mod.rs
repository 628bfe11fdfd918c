//! The portable form of values: how they travel between tasks and nodes.

use crate::Datum;
use base::Hash;
use base::bytes::DecodeError;
use std::sync::Arc;

/// A value as bytes. They may come from anywhere: nothing is known of them before they are decoded.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Portable {
    pub bytes: Arc<[u8]>,
}

/// What a portable value names. Each list is ascending, each entry once.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct References {
    /// Components of terms.
    pub terms: Vec<Hash>,
    /// Components of types.
    pub types: Vec<Hash>,
    /// Nodes: host key and id.
    pub nodes: Vec<[u8; 48]>,
}

impl std::fmt::Debug for Portable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Portable({} bytes)", self.bytes.len())
    }
}

/// Scans a value for what it names, without a heap. At most `budget` items are read.
pub fn references(_value: &Portable, _budget: u64) -> Result<References, DecodeError> {
    unimplemented!()
}

/// The portable form of a host's value. Fails if something [`Datum::Opaque`] inside is malformed.
pub fn from_datum(_value: &Datum) -> Result<Portable, DecodeError> {
    unimplemented!()
}

/// A portable value as a tree, as far as it is one: functions and what is too deep or large stay [`Datum::Opaque`].
pub fn to_datum(_value: &Portable, _budget: u64) -> Result<Datum, DecodeError> {
    unimplemented!()
}

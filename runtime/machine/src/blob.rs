//! What lies outside the heaps, shared between tasks by atomic reference counts.

use crate::growing::Growing;
use kernel::{TermRef, TypeRef};
use std::sync::Arc;

/// Off-heap data. A heap object holds one counted reference to it.
#[derive(Debug)]
pub(crate) enum Blob {
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
    /// A few bytes, of which the objects that refer to it say how many: names that a task is given.
    Short([u8; SHORT_BYTES]),
    /// Text or bytes that can be continued.
    Growing(Growing),
    Row(Vec<TypeRef>),
    TermLink(TermRef),
    TypeLink(TypeRef),
}

/// Bytes that are no allocation of their own: as many as make no blob larger.
pub(crate) const SHORT_BYTES: usize = 32;
const _: () = assert!(size_of::<Blob>() <= 48, "a short one is no larger than the others");

/// What an allocation costs beside its content.
const OVERHEAD_BYTES: usize = 64;

impl Blob {
    /// Bytes that it is charged for.
    pub(crate) fn bytes(&self) -> usize {
        OVERHEAD_BYTES
            + match self {
                Blob::Text(text) => text.len(),
                Blob::Bytes(bytes) => bytes.len(),
                Blob::Growing(growing) => growing.capacity(),
                Blob::Row(row) => size_of_val(&row[..]),
                Blob::Short(_) | Blob::TermLink(_) | Blob::TypeLink(_) => 0,
            }
    }
}

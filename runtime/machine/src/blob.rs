//! What lies outside the heaps, shared between tasks by atomic reference counts.

use crate::growing::Growing;
use kernel::{TermRef, TypeRef};
use std::sync::Arc;

/// Off-heap data. A heap object holds one counted reference to it.
#[derive(Debug)]
pub(crate) enum Blob {
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
    /// Text or bytes that can be continued.
    Growing(Growing),
    Row(Vec<TypeRef>),
    TermLink(TermRef),
    TypeLink(TypeRef),
}

/// What an allocation costs beside its content.
const OVERHEAD_BYTES: usize = 64;

impl Blob {
    /// Where its content begins, which stays there; nowhere, if it is no text or bytes.
    #[inline]
    pub(crate) fn start(&self) -> *const u8 {
        match self {
            Blob::Text(text) => text.as_ptr(),
            Blob::Bytes(bytes) => bytes.as_ptr(),
            Blob::Growing(growing) => growing.start(),
            Blob::Row(_) | Blob::TermLink(_) | Blob::TypeLink(_) => std::ptr::null(),
        }
    }

    /// Bytes that it is charged for.
    pub(crate) fn bytes(&self) -> usize {
        OVERHEAD_BYTES
            + match self {
                Blob::Text(text) => text.len(),
                Blob::Bytes(bytes) => bytes.len(),
                Blob::Growing(growing) => growing.capacity(),
                Blob::Row(row) => size_of_val(&row[..]),
                Blob::TermLink(_) | Blob::TypeLink(_) => 0,
            }
    }
}

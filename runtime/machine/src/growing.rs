//! Bytes that can be continued in place: what makes building a text by appending to it cost as much as the text is long.
//!
//! As with the leaves of lists, what somebody sees is a range below `filled`, and that never changes; the value that ends at `filled` can be continued, every other one is
//! copied first. Only one task has references to it: what leaves a task is copied.
//!
//! # Safety
//! Bytes below `filled` are never written again. Those above are written by whoever moves `filled` over them, before anybody has a range that covers them.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) struct Growing {
    bytes: Box<[UnsafeCell<u8>]>,
    filled: AtomicUsize,
}

// SAFETY: see the module; `filled` is moved atomically, so that no two writers have the same bytes.
unsafe impl Sync for Growing {}

impl Growing {
    /// These, one after the other, with room for so many bytes in all.
    pub(crate) fn new(front: &[u8], back: &[u8], capacity: usize) -> Growing {
        let mut bytes = Vec::with_capacity(capacity.max(front.len() + back.len()));
        bytes.extend_from_slice(front);
        bytes.extend_from_slice(back);
        let filled = AtomicUsize::new(bytes.len());
        bytes.resize(bytes.capacity(), 0);
        // SAFETY: a cell of a byte is laid out like the byte, and the box is ours.
        let bytes = unsafe { Box::from_raw(Box::into_raw(bytes.into_boxed_slice()) as *mut [UnsafeCell<u8>]) };
        Growing { bytes, filled }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.bytes.len()
    }

    /// A range that was filled.
    pub(crate) fn get(&self, start: usize, len: usize) -> Option<&[u8]> {
        let end = start.checked_add(len).filter(|end| *end <= self.filled.load(Ordering::Acquire))?;
        // SAFETY: whoever knows the range has it from the one that filled it, see the module.
        Some(unsafe { std::slice::from_raw_parts(self.bytes[start..end].as_ptr().cast(), len) })
    }

    /// Continues what ends at `end`, if there is room and nobody did before.
    pub(crate) fn push(&self, end: usize, more: &[u8]) -> bool {
        let Some(free) = self.bytes.get(end..).and_then(|free| free.get(..more.len())) else { return false };
        let filled = end + more.len();
        if self.filled.compare_exchange(end, filled, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            return false;
        }
        // SAFETY: these bytes are ours now, and in nobody's range, so not in that of `more` either.
        unsafe { std::ptr::copy_nonoverlapping(more.as_ptr(), free.as_ptr().cast_mut().cast(), more.len()) }
        true
    }
}

impl std::fmt::Debug for Growing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Growing({} of {})", self.filled.load(Ordering::Relaxed), self.capacity())
    }
}

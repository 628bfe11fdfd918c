//! Bytes that can be continued in place, at either end: what makes building a text by appending to it, or by putting pieces before it, cost as much as the text is long.
//!
//! As with the leaves of lists, what somebody sees is a range between `low` and `filled`, and that never changes; the value that ends at `filled` can be continued, and so can the one that starts at
//! `low`; every other one is copied first. Only one task has references to it: what leaves a task is copied.
//!
//! # Safety
//! Bytes between `low` and `filled` are written, and never again. Those outside are written by whoever moves the bound over them, before anybody has a range that covers them.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) struct Growing {
    bytes: Box<[UnsafeCell<MaybeUninit<u8>>]>,
    low: AtomicUsize,
    filled: AtomicUsize,
}

// SAFETY: see the module; the bounds are moved atomically, so that no two writers have the same bytes.
unsafe impl Sync for Growing {}

impl Growing {
    /// All of these bytes.
    pub(crate) fn full(bytes: Vec<u8>) -> Growing {
        let bytes = bytes.into_boxed_slice();
        let filled = bytes.len();
        // SAFETY: a byte is laid out like a cell of one, and the box is ours.
        let bytes = unsafe { Box::from_raw(Box::into_raw(bytes) as *mut [UnsafeCell<MaybeUninit<u8>>]) };
        Growing { bytes, low: AtomicUsize::new(0), filled: AtomicUsize::new(filled) }
    }

    /// Room for so many bytes, of which somebody fills those in the range before anybody sees it.
    pub(crate) fn with_room(bytes: usize, range: Range<usize>) -> Growing {
        assert!(range.start <= range.end && range.end <= bytes);
        let (low, filled) = (AtomicUsize::new(range.start), AtomicUsize::new(range.end));
        let bytes = Box::<[u8]>::new_uninit_slice(bytes);
        // SAFETY: as above.
        let bytes = unsafe { Box::from_raw(Box::into_raw(bytes) as *mut [UnsafeCell<MaybeUninit<u8>>]) };
        Growing { bytes, low, filled }
    }

    /// Fills what begins here: a part of the range that it was made with.
    pub(crate) fn fill(&mut self, start: usize, content: &[u8]) {
        let places = &mut self.bytes[start..start + content.len()];
        places.iter_mut().zip(content).for_each(|(place, byte)| *place.get_mut() = MaybeUninit::new(*byte));
    }

    #[inline]
    pub(crate) fn start(&self) -> *const u8 {
        self.bytes.as_ptr().cast()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.bytes.len()
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

    /// Puts something before what starts at `start`, if there is room and nobody did before.
    pub(crate) fn push_front(&self, start: usize, more: &[u8]) -> bool {
        let Some(low) = start.checked_sub(more.len()) else { return false };
        if self.low.compare_exchange(start, low, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            return false;
        }
        // SAFETY: as in `push`.
        unsafe {
            std::ptr::copy_nonoverlapping(more.as_ptr(), self.bytes[low..].as_ptr().cast_mut().cast(), more.len());
        }
        true
    }
}

impl std::fmt::Debug for Growing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Growing({} of {})", self.filled.load(Ordering::Relaxed), self.capacity())
    }
}

//! Leaves: arrays of up to [`LEAF_MAX`] elements, of which those from `low` to `high` are there.
//!
//! A leaf only ever gets more elements, at a place that was free: what somebody sees of it is a range, and that never changes. So the list that ends where the leaf's elements end can
//! be continued in place, and every other list copies first. A leaf that is a list by itself, or part of a tree, is full.
//!
//! # Safety
//! The object has `capacity` words behind its range, all of them tagged words, written when it was made.

use crate::heap::Heap;
use crate::word::{Header, ObjectKind, Word};
use std::ops::Range;

/// Elements of a leaf: copying one is a few cache lines.
pub(crate) const LEAF_MAX: usize = 32;

/// A word that is an object of kind `Leaf`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Leaf(Word);

impl Leaf {
    /// The leaf that a word is.
    #[inline(always)]
    pub(super) fn of(word: Word) -> Option<Leaf> {
        word.is_plain(ObjectKind::Leaf).then_some(Leaf(word))
    }

    /// A full leaf of at most [`LEAF_MAX`] elements.
    pub(super) fn full(heap: &mut Heap, elements: &[Word]) -> Leaf {
        Leaf::made(heap, elements, 0, elements.len())
    }

    /// A leaf with room for so many, where these stand from `low` on.
    pub(super) fn made(heap: &mut Heap, elements: &[Word], low: usize, capacity: usize) -> Leaf {
        debug_assert!(low + elements.len() <= capacity && capacity <= LEAF_MAX);
        let object = heap.alloc(2 + capacity);
        // SAFETY: `alloc` gave so many words of our own.
        unsafe {
            *object = Header::plain(ObjectKind::Leaf, 1 + capacity);
            *object.add(1) = range(low, low + elements.len());
            let places = std::slice::from_raw_parts_mut(object.add(2), capacity);
            places.fill(Word::EMPTY_LIST.0);
            for (place, element) in places[low..].iter_mut().zip(elements) {
                *place = element.0;
            }
        }
        Leaf(Word(object as u64))
    }

    /// A full leaf of the elements of a range of a leaf, perhaps one more, and the elements of another range.
    pub(super) fn joined(
        heap: &mut Heap,
        front: (Leaf, Range<usize>),
        between: Option<Word>,
        back: (Leaf, Range<usize>),
    ) -> Leaf {
        let ((before, front), (behind, back)) = (front, back);
        let capacity = front.len() + usize::from(between.is_some()) + back.len();
        debug_assert!(capacity <= LEAF_MAX && front.end <= before.capacity() && back.end <= behind.capacity());
        let object = heap.alloc(2 + capacity);
        // SAFETY: `alloc` gave so many words of our own, and moves nothing; the ranges are inside the other leaves.
        unsafe {
            *object = Header::plain(ObjectKind::Leaf, 1 + capacity);
            *object.add(1) = range(0, capacity);
            let places = object.add(2);
            std::ptr::copy_nonoverlapping(before.0.address().add(2 + front.start), places, front.len());
            if let Some(between) = between {
                *places.add(front.len()) = between.0;
            }
            let rest = places.add(capacity - back.len());
            std::ptr::copy_nonoverlapping(behind.0.address().add(2 + back.start), rest, back.len());
        }
        Leaf(Word(object as u64))
    }

    #[inline(always)]
    pub(super) fn word(self) -> Word {
        self.0
    }

    #[inline(always)]
    pub(super) fn capacity(self) -> usize {
        (self.0.header_bits() >> 8) as usize - 1
    }

    #[inline(always)]
    fn bounds(self) -> (usize, usize) {
        split(self.0.raw_field(0))
    }

    #[inline(always)]
    pub(super) fn get(self, place: usize) -> Word {
        self.0.field(1 + place)
    }

    /// Where the element of a place is.
    pub(super) fn place(self, place: usize) -> *const u64 {
        debug_assert!(place < self.capacity());
        // SAFETY: the place is one of the object.
        unsafe { self.0.address().add(2 + place) }
    }

    pub(super) fn is_full(self) -> bool {
        self.bounds() == (0, self.capacity())
    }

    /// Copies the elements of a range behind those that are there already.
    pub(super) fn copy_to(self, from: usize, to: usize, buffer: &mut Buffer) {
        (from..to).for_each(|place| buffer.push(self.get(place)));
    }

    /// The leaf gets an element, and may be older than it.
    #[inline(always)]
    fn note(self, heap: &mut Heap, element: Word) {
        if !element.is_immediate() {
            heap.remember(self.0.address());
        }
    }

    /// Puts an element behind the one before `end`, if nobody has yet and there is room.
    #[inline(always)]
    pub(super) fn push_back(self, heap: &mut Heap, end: usize, element: Word) -> bool {
        let (low, high) = self.bounds();
        let free = high == end && end < self.capacity();
        if free {
            self.note(heap, element);
            // SAFETY: `end` is below the capacity, and in nobody's range.
            unsafe {
                *self.0.address().add(2 + end) = element.0;
                *self.0.address().add(1) = range(low, end + 1);
            }
        }
        free
    }

    /// Whether so many elements can be put behind the one before `end`.
    #[inline(always)]
    pub(super) fn has_room_behind(self, end: usize, count: usize) -> bool {
        self.bounds().1 == end && end + count <= self.capacity()
    }

    /// Puts an element before the one at `start`, if nobody has yet and there is room.
    #[inline(always)]
    pub(super) fn push_front(self, heap: &mut Heap, start: usize, element: Word) -> bool {
        let (low, high) = self.bounds();
        let free = low == start && start > 0;
        if free {
            self.note(heap, element);
            // SAFETY: as above.
            unsafe {
                *self.0.address().add(2 + start - 1) = element.0;
                *self.0.address().add(1) = range(start - 1, high);
            }
        }
        free
    }
}

/// Two numbers below 2^32 in a word.
#[inline(always)]
pub(super) fn range(low: usize, high: usize) -> u64 {
    (low as u64) << 32 | high as u64
}

/// The inverse of [`range`].
#[inline(always)]
pub(super) fn split(range: u64) -> (usize, usize) {
    ((range >> 32) as usize, range as u32 as usize)
}

/// Elements on their way from leaves to a leaf.
pub(super) struct Buffer {
    elements: [Word; LEAF_MAX],
    len: usize,
}

impl Buffer {
    pub(super) fn new() -> Buffer {
        Buffer { elements: [Word::EMPTY_LIST; LEAF_MAX], len: 0 }
    }

    pub(super) fn push(&mut self, element: Word) {
        self.elements[self.len] = element;
        self.len += 1;
    }

    pub(super) fn elements(&self) -> &[Word] {
        &self.elements[..self.len]
    }
}

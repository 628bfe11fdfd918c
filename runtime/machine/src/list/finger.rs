//! Where the last element that was asked for is: programs walk over lists by index.
//!
//! # Safety
//! The address leads to elements of a leaf of the list with this address. Both stay where they are until the next collection, which forgets the finger; and the elements in
//! a list's range never change.

use crate::word::Word;
use std::mem::offset_of;

/// A part of a list's tree, of some leaves, that was on the way to the last element that was asked for: the next leaf is below it most of the time.
#[derive(Clone, Copy)]
pub(super) struct Branch {
    list: u64,
    /// The index of its first element.
    first: usize,
    count: usize,
    tree: Word,
}

impl Branch {
    /// Of no list.
    pub(super) const NOWHERE: Branch = Branch { list: 0, first: 0, count: 0, tree: Word::EMPTY_LIST };

    pub(super) const fn new(list: Word, first: usize, count: usize, tree: Word) -> Branch {
        Branch { list: list.0, first, count, tree }
    }

    /// The part, and the index of its first element, if it has the one that is asked for.
    pub(super) fn of(&self, list: Word, index: usize) -> Option<(Word, usize)> {
        (self.list == list.0 && index.wrapping_sub(self.first) < self.count).then_some((self.tree, self.first))
    }
}

/// What is known beside the finger. Until the next collection.
#[derive(Clone, Copy)]
pub(crate) struct Places {
    /// Near the finger, if that is in a tree.
    pub(super) branch: Branch,
    /// A short list that was asked for an element while the finger was in a tree, and stayed there.
    pub(super) short: u64,
}

impl Places {
    pub(crate) const NOWHERE: Places = Places { branch: Branch::NOWHERE, short: 0 };

    pub(super) fn is_in_tree(&self) -> bool {
        self.branch.count > 0
    }
}

/// Some elements of a list that lie one after the other.
#[derive(Clone, Copy)]
pub(crate) struct Finger {
    list: u64,
    /// The index of the first, and how many they are.
    first: u64,
    count: u64,
    elements: *const u64,
}

impl Finger {
    /// Points nowhere.
    pub(crate) const NOWHERE: Finger = Finger { list: 0, first: 0, count: 0, elements: std::ptr::null() };

    /// Where the list, the index of the first element, their count and their place are.
    pub(crate) const OFFSETS: [usize; 4] =
        [offset_of!(Finger, list), offset_of!(Finger, first), offset_of!(Finger, count), offset_of!(Finger, elements)];

    pub(super) fn new(list: Word, first: usize, count: usize, elements: *const u64) -> Finger {
        Finger { list: list.0, first: first as u64, count: count as u64, elements }
    }

    /// An element of a list, if it is one of these.
    #[inline(always)]
    pub(crate) fn get(&self, list: u64, index: u64) -> Option<u64> {
        let place = index.wrapping_sub(self.first);
        // SAFETY: it is one of the elements, see the module.
        (list == self.list && place < self.count).then(|| unsafe { *self.elements.add(place as usize) })
    }
}

//! The collector: copies what the roots reach, without recursion: all of it into fresh blocks, or the young part of it behind what is old.
//!
//! An object's fields follow it, and what the first of them refers to comes right behind those: a walk down a tree then finds near each other what it reads one after the other, where
//! the order by levels (Cheney) would have each step wait for memory (Moon 1984; Wilson, Lam and Moher 1991). What is still to be gone over is a list.
//!
//! # Safety
//! Relies on the invariants of `word`, `heap` and `frames`. It runs only at safepoints: every word that is used afterwards stands in a frame or in `pending`, and is
//! updated; and an old object refers to a young one only if the heap remembers it. An object is copied once: its old header then holds the new address (marked with bit 1), and nothing reads it as an object any more.
//! A copy is gone over once: when it is taken off the list, to which it was added when it was made.

use crate::Budget;
use crate::frames;
use crate::heap::{Condemned, FutureId, Heap, Owners, Young};
use crate::machine::DescRef;
use crate::trap::Trap;
use crate::word::{Header, ObjectKind};

const FORWARDED: u64 = 2;
const MARKS: u64 = 3;

/// Objects that are gone over before it is asked again whether they are still wanted: less than a millisecond.
const COPIES_UNASKED: u32 = 4096;

/// Words of an object that are copied, or gone over, before it is asked.
const WORDS_UNASKED: usize = 64 << 10;

/// Collects: everything, or what the young objects are. Fails if nobody wants the result of the computation any more: then nothing is left of it but the shape of its stack. `frames` are the stack below the running function; `pending` the words that it works on, of which `raw` says
/// which are not tagged.
pub(crate) fn collect(
    heap: &mut Heap,
    full: bool,
    frames: &mut [u64],
    pending: &mut [u64],
    raw: impl Fn(usize) -> bool,
    stack_words: usize,
) -> Result<(), Box<Trap>> {
    let mut condemned = heap.begin(full);
    let mut copier = Copier::new(heap, condemned.young.clone());
    // SAFETY: `frames` and `pending` are the roots, see the module.
    let whole = unsafe {
        copier.forward_roots(frames);
        for (i, word) in pending.iter_mut().enumerate() {
            if !raw(i) {
                copier.forward(word);
            }
        }
        copier.scan_remembered();
        copier.scan_copies()
    };
    let mut survivors = Owners::default();
    // SAFETY: as above; these are objects of the space that is being left.
    if !whole || !unsafe { settle_blobs(heap, &mut condemned, &mut survivors) } {
        heap.abandon(condemned, survivors);
        return Trap::out_of(Budget::Fuel);
    }
    heap.finish(condemned, survivors, stack_words);
    heap.tell_met(full);
    Ok(())
}

/// Puts all that a computation holds into one block, if it was never collected. Gives the identifiers of the futures among it.
pub(crate) fn gather(heap: &mut Heap, frames: &mut [u64]) -> Vec<FutureId> {
    let condemned = heap.begin_gathering();
    let mut copier = Copier::new(heap, None);
    // SAFETY: `frames` and what was computed once are the roots, see the module. There is so little that nobody is asked.
    let survivors = unsafe {
        copier.forward_roots(frames);
        while let Some(copy) = copier.copies.pop() {
            copier.scan_object(copy);
        }
        condemned.owners.iter().filter_map(|object| settle_blob(object)).collect::<Vec<_>>()
    };
    heap.finish_gathering(condemned, survivors.into())
}

/// A collection that is going on.
struct Copier<'a> {
    heap: &'a mut Heap,
    /// Only these are copied; all, if nothing is said.
    young: Option<Young>,
    /// Copies whose fields are still what they were.
    copies: Vec<*mut u64>,
    /// Words of stacks and large objects until it is asked again whether anybody wants the result.
    left: usize,
    /// Nobody does: what is not copied yet stays where it is.
    is_given_up: bool,
}

impl<'a> Copier<'a> {
    fn new(heap: &'a mut Heap, young: Option<Young>) -> Copier<'a> {
        Copier { heap, young, copies: Vec::new(), left: WORDS_UNASKED, is_given_up: false }
    }

    /// Copies what one of many words refers to, which stand in a row, as long as that is wanted.
    #[inline]
    unsafe fn forward_one_of_many(&mut self, slot: *mut u64) {
        self.left -= 1;
        if self.left == 0 {
            self.is_given_up |= self.heap.is_interrupted();
            self.left = WORDS_UNASKED;
        }
        if !self.is_given_up {
            // SAFETY: the slot holds a tagged word; see the module.
            unsafe { self.forward(slot) }
        }
    }

    /// Copies the object that `slot` refers to, if it is one, is to be copied and was not yet, and updates the slot.
    #[inline(always)]
    unsafe fn forward(&mut self, slot: *mut u64) {
        // SAFETY: the slot holds a tagged word; see the module.
        unsafe {
            let word = *slot;
            if word & 1 == 1 {
                return;
            }
            let object = word as *mut u64;
            if self.young.as_ref().is_some_and(|young| !young.contains(object)) {
                return;
            }
            let header = *object;
            if header & MARKS == FORWARDED {
                *slot = header & !MARKS;
                return;
            }
            let header = Header::read(header);
            let words = 1 + header.len();
            let copy = self.heap.alloc(words);
            let may_refer = if words > WORDS_UNASKED {
                self.copy_large(object, copy, words);
                true
            } else {
                copy_object(object, copy, words)
            };
            if may_refer && refers(header) {
                self.copies.push(copy);
            }
            *object = copy as u64 | FORWARDED;
            *slot = copy as u64;
        }
    }

    /// Copies an object, as long as that is wanted.
    #[cold]
    unsafe fn copy_large(&mut self, from: *const u64, to: *mut u64, words: usize) {
        for start in (0..words).step_by(WORDS_UNASKED) {
            self.is_given_up |= self.heap.is_interrupted();
            if self.is_given_up {
                return;
            }
            // SAFETY: the copy is a fresh object of so many words.
            unsafe { std::ptr::copy_nonoverlapping(from.add(start), to.add(start), WORDS_UNASKED.min(words - start)) }
        }
    }

    /// Copies what the frames refer to, and what was computed once and for all.
    unsafe fn forward_roots(&mut self, frames: &mut [u64]) {
        let mut constants = std::mem::take(&mut self.heap.constants);
        // SAFETY: these are whole frames, and the constants are of this heap; see the module.
        unsafe {
            frames::each_tagged(frames.as_mut_ptr(), frames.len(), |slot| self.forward_one_of_many(slot));
            constants.tagged().for_each(|slot| self.forward(slot));
        }
        self.heap.constants = constants;
    }

    /// Goes over the old leaves that may have got young elements, and the old places in which something young may have been put.
    unsafe fn scan_remembered(&mut self) {
        let Some(young) = self.young.clone() else { return };
        for place in std::mem::take(&mut self.heap.aged().places) {
            if !young.contains(place) {
                // SAFETY: a place of an old object, as below.
                unsafe { self.forward(place) };
            }
        }
        for leaf in std::mem::take(&mut self.heap.aged().remembered) {
            // One that is young is scanned if it is copied. The others are objects, since nothing old was moved.
            if !young.contains(leaf) {
                // SAFETY: see the module.
                unsafe { self.scan_object(leaf) };
            }
        }
    }

    /// Goes over all copies, those of the first field of each before those of the others. False: nobody wants them any more.
    unsafe fn scan_copies(&mut self) -> bool {
        let mut left = COPIES_UNASKED;
        // What is given up may not be whole.
        while let Some(copy) = self.copies.pop().filter(|_| !self.is_given_up) {
            // SAFETY: the copy is whole.
            unsafe { self.scan_object(copy) }
            left -= 1;
            if left == 0 {
                if self.heap.is_interrupted() {
                    return false;
                }
                left = COPIES_UNASKED;
            }
        }
        !self.is_given_up
    }

    /// Forwards the fields of an object, the last first, so that the first is gone over first.
    unsafe fn scan_object(&mut self, object: *mut u64) {
        // SAFETY: the header says which words of the object are tagged.
        unsafe {
            let header = Header::read(*object);
            let fields = object.add(1);
            match header {
                Header::Constructed(descriptor) => {
                    if !descriptor.is_simple {
                        self.scan_rest(descriptor, object);
                    }
                    let mut tagged = descriptor.tagged;
                    while tagged != 0 {
                        let last = 63 - tagged.leading_zeros();
                        self.forward(fields.add(last as usize));
                        tagged ^= 1 << last;
                    }
                }
                Header::Plain(ObjectKind::Ref | ObjectKind::Array, len) => {
                    (1..len).rev().for_each(|i| self.forward_one_of_many(fields.add(i)));
                }
                Header::Plain(ObjectKind::Closure, len) => (1..len).rev().for_each(|i| self.forward(fields.add(i))),
                Header::Plain(ObjectKind::Leaf, len) => (1..len).rev().for_each(|i| self.forward(fields.add(i))),
                Header::Plain(ObjectKind::Slice, _) => self.forward(fields),
                Header::Plain(ObjectKind::Ends, _) => (0..3).rev().for_each(|i| self.forward(fields.add(i))),
                Header::Plain(ObjectKind::Node, _) => (0..2).rev().for_each(|i| self.forward(fields.add(i))),
                Header::Plain(ObjectKind::Continuation, len) => {
                    frames::each_tagged(fields.add(2), len - 2, |slot| self.forward_one_of_many(slot));
                }
                Header::Plain(..) => {}
            }
        }
    }

    /// What is rare: more fields than there are bits, and futures.
    #[cold]
    unsafe fn scan_rest(&mut self, descriptor: DescRef, object: *mut u64) {
        if descriptor.is_future {
            self.heap.aged().met.push(object);
        }
        for (i, rep) in descriptor.fields.iter().enumerate().skip(64) {
            if !rep.is_raw() {
                // SAFETY: the object has a word for each field.
                unsafe { self.forward(object.add(1 + i)) }
            }
        }
    }
}

/// Whether an object may refer to others.
#[inline(always)]
fn refers(header: Header) -> bool {
    match header {
        Header::Constructed(descriptor) => descriptor.tagged != 0 || !descriptor.is_simple,
        Header::Plain(kind, _) => kind as u8 >= ObjectKind::Closure as u8 && kind != ObjectKind::Name,
    }
}

/// Copies an object. False if all words behind its header are odd, so that it surely refers to none.
#[inline(always)]
unsafe fn copy_object(from: *const u64, to: *mut u64, words: usize) -> bool {
    // SAFETY: the copy is a fresh object of so many words.
    unsafe {
        if words > 8 {
            std::ptr::copy_nonoverlapping(from, to, words);
            return true;
        }
        to.write(*from);
        let mut all = 1;
        for i in 1..words {
            let word = *from.add(i);
            all &= word;
            // Volatile, so that no call is made of the loop.
            to.add(i).write_volatile(word);
        }
        all & 1 == 0
    }
}

/// Copies frames: most are so small that calling for it would take longer.
///
/// # Safety
/// Both have so many words, and do not overlap.
#[inline(always)]
pub(crate) unsafe fn copy_words(from: *const u64, to: *mut u64, words: usize) {
    // SAFETY: the caller's.
    unsafe {
        if words > 8 {
            return std::ptr::copy_nonoverlapping(from, to, words);
        }
        for i in 0..words {
            // Volatile, so that no call is made of the loop.
            to.add(i).write_volatile(*from.add(i));
        }
    }
}

/// Settles for all objects that owned a count of a blob, and charges the heap for the blobs of those that were copied. False: nobody wants it any more.
unsafe fn settle_blobs(heap: &mut Heap, condemned: &mut Condemned, survivors: &mut Owners) -> bool {
    while !heap.is_interrupted() {
        let Some(piece) = condemned.owners.pop_piece() else {
            // How many share a blob is known only now.
            return survivors.pieces().all(|piece| {
                heap.charge(piece.iter().copied());
                !heap.is_interrupted()
            });
        };
        // SAFETY: the caller's.
        piece.into_iter().filter_map(|object| unsafe { settle_blob(object) }).for_each(|copy| survivors.push(copy));
    }
    false
}

/// Keeps the blob of an object that was copied, and gives the copy; releases that of one that was not.
unsafe fn settle_blob(object: *mut u64) -> Option<*mut u64> {
    // SAFETY: the object lies in a space that is being left, whose blocks are still there.
    let header = unsafe { *object };
    if header & MARKS == FORWARDED {
        return Some((header & !MARKS) as *mut u64);
    }
    Heap::release(object);
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list;
    use crate::word::Word;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_collection_that_nobody_wants_any_more_is_given_up_and_what_was_held_is_released() {
        for full in [true, false] {
            let (interrupt, text): (Arc<AtomicBool>, Arc<str>) = (Arc::default(), "held".into());
            let mut heap = Heap::new(1 << 30, Some(interrupt.clone()));
            let lists = |heap: &mut Heap| {
                let one = |_| {
                    let text = heap.text_shared(text.clone());
                    list::from_elements(heap, &[text])
                };
                let words: Vec<Word> = (0..10_000).map(one).collect();
                list::from_elements(heap, &words).0
            };
            let old = lists(&mut heap);
            let mut pending = [old, Word::EMPTY_LIST.0];
            assert!(collect(&mut heap, true, &mut [], &mut pending, |_| false, 0).is_ok());
            pending[1] = lists(&mut heap);
            assert!(collect(&mut heap, false, &mut [], &mut pending, |_| false, 0).is_ok());
            pending[1] = lists(&mut heap);
            assert_eq!(Arc::strong_count(&text), 1 + 30_000);
            interrupt.store(true, Ordering::Relaxed);
            assert!(collect(&mut heap, full, &mut [], &mut pending, |_| false, 0).is_err());
            assert_eq!(heap.bytes(), 0);
            crate::remains::wait();
            assert_eq!(Arc::strong_count(&text), 1);
        }
    }
}

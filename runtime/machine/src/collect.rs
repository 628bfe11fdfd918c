//! The collector: copies what the roots reach into fresh blocks, breadth first (Cheney), without recursion.
//!
//! # Safety
//! Relies on the invariants of `word`, `heap` and `frames`. It runs only at safepoints: every word that is used afterwards stands in a frame or in `pending`, and is
//! updated. An object is copied once: its old header then holds the new address (marked with bit 1), and nothing reads it as an object any more.

use crate::frames;
use crate::heap::Heap;
use crate::word::{Header, ObjectKind};

const FORWARDED: u64 = 2;
const MARKS: u64 = 3;

/// Collects. `frames` are the stack below the running function; `pending` the words that it works on, of which `raw` says which are not tagged.
pub(crate) fn collect(
    heap: &mut Heap,
    frames: &mut [u64],
    pending: &mut [u64],
    raw: impl Fn(usize) -> bool,
    stack_words: usize,
) {
    let (old, owners) = heap.begin_space();
    // SAFETY: `frames` and `pending` are the roots, see the module.
    unsafe {
        frames::each_tagged(frames.as_mut_ptr(), frames.len(), |slot| forward(heap, slot));
        for (i, word) in pending.iter_mut().enumerate() {
            if !raw(i) {
                forward(heap, word);
            }
        }
        let mut constants = std::mem::take(&mut heap.constants);
        constants.tagged().for_each(|slot| forward(heap, slot));
        heap.constants = constants;
        scan_copies(heap);
        owners.into_iter().for_each(|object| settle_blob(heap, object));
        heap.charge_survivors();
    }
    heap.finish_space(old, stack_words);
}

/// Copies the object that `slot` refers to, if it is one and was not copied yet, and updates the slot.
unsafe fn forward(heap: &mut Heap, slot: *mut u64) {
    // SAFETY: the slot holds a tagged word; see the module.
    unsafe {
        let word = *slot;
        if word & 1 == 1 {
            return;
        }
        let object = word as *mut u64;
        let header = *object;
        if header & MARKS == FORWARDED {
            *slot = header & !MARKS;
            return;
        }
        let words = 1 + Header::read(header).len();
        let copy = heap.alloc(words);
        std::ptr::copy_nonoverlapping(object, copy, words);
        *object = copy as u64 | FORWARDED;
        *slot = copy as u64;
    }
}

/// Goes over all copies in the order in which they were made; those that this makes come at the end.
unsafe fn scan_copies(heap: &mut Heap) {
    let (mut block, mut at) = (0, 0);
    loop {
        heap.close_last_block();
        let Some(current) = heap.blocks.get_mut(block) else { return };
        if at < current.filled {
            // SAFETY: objects lie one after the other up to `filled`.
            unsafe {
                let object = current.start().add(at);
                at += 1 + scan_object(heap, object);
            }
        } else if block + 1 < heap.blocks.len() {
            (block, at) = (block + 1, 0);
        } else {
            return;
        }
    }
}

/// Forwards the fields of a copy; says how many words follow its header.
unsafe fn scan_object(heap: &mut Heap, object: *mut u64) -> usize {
    // SAFETY: the header says which words of the object are tagged.
    unsafe {
        let header = Header::read(*object);
        let fields = object.add(1);
        match header {
            Header::Constructed(descriptor) => {
                for (i, rep) in descriptor.fields.iter().enumerate() {
                    if !rep.is_raw() {
                        forward(heap, fields.add(i));
                    }
                }
            }
            Header::Plain(ObjectKind::Closure, len) => (1..len).for_each(|i| forward(heap, fields.add(i))),
            Header::Plain(ObjectKind::Leaf, len) => (1..len).for_each(|i| forward(heap, fields.add(i))),
            Header::Plain(ObjectKind::Slice, _) => forward(heap, fields),
            Header::Plain(ObjectKind::Ends, _) => (0..3).for_each(|i| forward(heap, fields.add(i))),
            Header::Plain(ObjectKind::Node, _) => (0..2).for_each(|i| forward(heap, fields.add(i))),
            Header::Plain(ObjectKind::Continuation, len) => {
                frames::each_tagged(fields.add(2), len - 2, |slot| forward(heap, slot));
            }
            Header::Plain(..) => {}
        }
        header.len()
    }
}

/// Keeps the blob of an object that was copied, and releases that of one that was not.
unsafe fn settle_blob(heap: &mut Heap, object: *mut u64) {
    // SAFETY: the object lies in the old space, whose blocks are still there.
    let header = unsafe { *object };
    if header & MARKS == FORWARDED {
        let copy = (header & !MARKS) as *mut u64;
        heap.blobs.push(copy);
    } else {
        Heap::release(object);
    }
}

//! The blocks of a heap, in two generations.
//!
//! Objects are made in the nursery, one block; what survives a collection goes to the old blocks. Most objects die young, so most collections copy what lives of the nursery
//! and look at nothing else (Lieberman and Hewitt 1983; Ungar 1984). A full one copies everything, once the old blocks have grown threefold. A task has no nursery until it
//! has filled its first half megabyte: short ones never collect.
//!
//! # Safety
//! Only the collector moves objects from one space to another, between `begin` and `finish`.

use super::memory::Memory;
use super::{Aged, FutureId, Heap, Owners, Whole};
use crate::blob::Blob;
use crate::remains;
use std::mem::offset_of;
use std::sync::Arc;

/// Words of the first block: most short tasks need no more.
const FIRST_BLOCK_WORDS: usize = 16;
/// Words of the largest block that is not made for one object or as a nursery: 2 MiB, a large page.
const BLOCK_WORDS_MAX: usize = 256 << 10;
/// The least number of words between two collections: 512 KiB, what a second-level cache holds.
pub(super) const THRESHOLD_WORDS: usize = 64 << 10;
/// Words of the largest nursery of a task whose stack is not larger: 4 MiB.
const NURSERY_WORDS_MAX: usize = 512 << 10;
/// Words of old objects that may be garbage before it is looked for: 8 MiB.
const GARBAGE_WORDS_MIN: usize = 1 << 20;
/// Words of a nursery that is left at the next safepoint.
const NURSERY_WORDS_STRESSED: usize = 512;
/// Old places that are remembered before a collection is due.
const PLACES_MAX: usize = 64 << 10;
/// Words at the end of the nursery that are left for what is made between its being full and the next safepoint.
const MARGIN_WORDS: usize = 1 << 10;

/// A piece of the heap.
pub(crate) struct Block {
    memory: Memory,
    /// How many words hold objects. Kept by `Heap::alloc` for all blocks but the last, whose fill is `Heap::next`.
    pub(crate) filled: usize,
}

impl Block {
    fn new(words: usize) -> Block {
        Block { memory: Memory::new(words), filled: 0 }
    }

    pub(crate) fn start(&mut self) -> *mut u64 {
        self.memory.start()
    }

    pub(crate) fn len(&self) -> usize {
        self.memory.len()
    }

    fn bounds(&mut self) -> (usize, usize) {
        (self.start() as usize, 8 * self.len())
    }
}

/// Where the young objects are.
#[derive(Clone, Default)]
pub(crate) struct Young {
    start: usize,
    bytes: usize,
    /// Starts and lengths in bytes of overflow blocks, in ascending order.
    overflow: Vec<(usize, usize)>,
}

impl Young {
    /// Where the nursery's bounds are in it.
    pub(super) const START: usize = offset_of!(Young, start);
    pub(super) const BYTES: usize = offset_of!(Young, bytes);

    #[inline(always)]
    pub(crate) fn contains(&self, object: *mut u64) -> bool {
        let address = object as usize;
        address.wrapping_sub(self.start) < self.bytes || (!self.overflow.is_empty() && self.overflow_contains(address))
    }

    #[cold]
    fn overflow_contains(&self, address: usize) -> bool {
        let below = self.overflow.partition_point(|(start, _)| *start <= address);
        below > 0 && address - self.overflow[below - 1].0 < self.overflow[below - 1].1
    }
}

/// What a collection found when it began.
pub(crate) struct Condemned {
    /// Its objects are copied. All objects, if nothing is said.
    pub(crate) young: Option<Young>,
    blocks: Vec<Block>,
    /// Those of the objects that own a count of a blob, until it is known what becomes of each.
    pub(crate) owners: Owners,
}

/// A collection that was given up: counts of blobs, and the blocks of those who own them.
struct GivenUp {
    condemned: Condemned,
    survivors: Owners,
    _heap: Whole,
}

// SAFETY: as for `Whole`.
unsafe impl Send for GivenUp {}

impl Drop for GivenUp {
    fn drop(&mut self) {
        // Where an object was copied, the count is still owned once: only the header says where the copy is.
        self.condemned.owners.iter().chain(self.survivors.iter()).for_each(Heap::release);
    }
}

/// Blocks without objects.
struct Empty {
    _blocks: Vec<Block>,
}

// SAFETY: nobody else has their addresses.
unsafe impl Send for Empty {}

impl Aged {
    /// Words of the blocks that are kept for later.
    pub(super) fn spare_words(&self) -> usize {
        self.spare.iter().map(Block::len).sum()
    }
}

impl Heap {
    #[cold]
    pub(super) fn alloc_slowly(&mut self, words: usize) -> *mut u64 {
        if self.end < self.block_end {
            self.end = self.block_end;
            self.collect_soon(true);
            return self.alloc(words);
        }
        self.close_last_block();
        let block = self.take_block(words);
        self.words += block.len();
        self.open(block);
        self.collect_soon(self.wants_collection || self.nursery.bytes > 0 || self.words > self.first_words());
        let object = self.next;
        // SAFETY: the block has at least `words` words.
        self.next = unsafe { object.add(words) };
        object
    }

    /// So many words of young blocks ask for a collection, as long as there is no nursery.
    fn first_words(&self) -> usize {
        THRESHOLD_WORDS.min(self.limit_bytes / 8)
    }

    /// Objects go to this block from now on, behind those that it has.
    fn open(&mut self, mut block: Block) {
        let start = block.start();
        // SAFETY: the block has that many words.
        unsafe {
            self.next = start.add(block.filled);
            self.end = start.add(block.len());
        }
        self.block_end = self.end;
        if self.blocks.is_empty() {
            self.blocks.reserve_exact(1);
        }
        self.blocks.push(block);
    }

    fn take_block(&mut self, words: usize) -> Block {
        let usual = words.max(self.words.clamp(FIRST_BLOCK_WORDS, BLOCK_WORDS_MAX));
        let fits = |block: &Block| (words..=2 * usual).contains(&block.len());
        let spare = self.aged.as_mut().map(|aged| &mut aged.spare);
        let found = spare.and_then(|spare| Some(spare.swap_remove(spare.iter().rposition(fits)?)));
        found.unwrap_or_else(|| Block::new(usual))
    }

    /// Writes the fill of the last block down.
    pub(crate) fn close_last_block(&mut self) {
        let next = self.next;
        if let Some(last) = self.blocks.last_mut() {
            last.filled = (next as usize - last.start() as usize) / 8;
        }
    }

    /// Whether there is a nursery, and this is no address in it.
    #[inline(always)]
    fn is_outside_nursery(&self, address: *mut u64) -> bool {
        self.nursery.bytes > 0 && (address as usize).wrapping_sub(self.nursery.start) >= self.nursery.bytes
    }

    /// An old leaf gets a further element, which may be young.
    #[inline(always)]
    pub(crate) fn remember(&mut self, leaf: *mut u64) {
        if self.is_outside_nursery(leaf) {
            self.remember_old(leaf);
        }
    }

    #[inline(never)]
    fn remember_old(&mut self, leaf: *mut u64) {
        let remembered = &mut self.aged().remembered;
        if remembered.last() != Some(&leaf) {
            remembered.push(leaf);
        }
    }

    /// A place of a reference or an array gets something that may be young. A program may do nothing else for long, so a collection forgets what was remembered.
    #[inline(always)]
    pub(crate) fn remember_place(&mut self, place: *mut u64) {
        if self.is_outside_nursery(place) {
            self.remember_old_place(place);
        }
    }

    #[inline(never)]
    fn remember_old_place(&mut self, place: *mut u64) {
        let places = &mut self.aged().places;
        if places.last() != Some(&place) {
            places.push(place);
            if places.len() >= PLACES_MAX {
                self.collect_soon(true);
            }
        }
    }

    /// Whether the next collection has to be a full one.
    pub(crate) fn is_full_due(&mut self) -> bool {
        self.stressed = self.stressed.wrapping_add(u32::from(self.stress));
        std::mem::take(&mut self.wants_full)
            || self.stressed % 4 == 3
            || self.nursery.bytes == 0
            || self.words > self.full_words
            || self.old_blob_bytes > self.full_blob_bytes
    }

    /// More is held after a collection of the young objects than the task may have: how much of that is garbage only a full one can tell.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.old_block_bytes() + self.blob_bytes > self.limit_bytes
    }

    /// Bytes of the objects in old blocks.
    fn old_block_bytes(&self) -> usize {
        let words = |aged: &Aged| aged.old.iter().map(|block| block.filled).sum::<usize>();
        8 * self.aged.as_deref().map_or(0, words)
    }

    /// After a full collection: more is alive than the task may have.
    pub(crate) fn over_limit(&self) -> bool {
        self.live_bytes > self.limit_bytes
    }

    /// Begins a collection: from now on objects are made among the old ones, or in a new space.
    pub(crate) fn begin(&mut self, full: bool) -> Condemned {
        self.close_last_block();
        self.forget_places();
        let mut blocks = std::mem::take(&mut self.blocks);
        let mut owners = std::mem::take(&mut self.blobs);
        let young = (!full).then(|| {
            let mut young = std::mem::take(&mut self.nursery);
            young.overflow = blocks.iter_mut().skip(1).map(Block::bounds).collect();
            young.overflow.sort_unstable();
            young
        });
        self.nursery = Young::default();
        (self.next, self.end, self.block_end) = (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
        if full {
            let aged = self.aged();
            blocks.append(&mut aged.old);
            owners.append(std::mem::take(&mut aged.old_blobs));
            aged.remembered.clear();
            aged.places.clear();
            self.old_blob_bytes = 0;
        } else {
            self.blocks = std::mem::take(&mut self.aged().old);
            if let Some(last) = self.blocks.pop() {
                self.open(last);
            }
        }
        self.blob_bytes = self.old_blob_bytes;
        self.words = self.blocks.iter().map(Block::len).sum();
        Condemned { young, blocks, owners }
    }

    /// Ends a collection whose survivors own these counts of blobs, for which the heap is charged already: makes room for young objects, keeps some blocks for reuse, and says when the next collection is due.
    pub(crate) fn finish(&mut self, condemned: Condemned, survivors: Owners, stack_words: usize) {
        self.close_last_block();
        self.aged().old = std::mem::take(&mut self.blocks);
        self.old_blob_bytes = self.blob_bytes;
        self.aged().old_blobs.append(survivors);
        self.old_bytes = self.old_block_bytes() + self.old_blob_bytes;
        self.blob_threshold_bytes =
            self.blob_bytes + self.blob_bytes.max(8 * THRESHOLD_WORDS).min(self.limit_bytes / 4);
        if condemned.young.is_none() {
            self.after_full();
        }
        let wanted = self.nursery_words(stack_words);
        self.words += wanted;
        self.collect_soon(self.stress);
        self.keep_spare(condemned.blocks, wanted);
        let spare = &mut self.aged().spare;
        let nursery = match spare.iter().position(|block| block.len() == wanted) {
            Some(found) => spare.swap_remove(found),
            None => Block::new(wanted),
        };
        spare.retain(|block| block.len() <= BLOCK_WORDS_MAX);
        self.open_nursery(nursery);
    }

    /// Whether it was never collected, nor has to be, and has so many words at most.
    pub(crate) fn is_young_and_within(&self, words: usize) -> bool {
        self.aged.is_none() && !self.wants_collection && self.words <= words
    }

    /// Begins to put together what is alive of a heap that was never collected, in one block that has room for all.
    pub(crate) fn begin_gathering(&mut self) -> Condemned {
        self.close_last_block();
        self.forget_places();
        let (blocks, owners) = (std::mem::take(&mut self.blocks), std::mem::take(&mut self.blobs));
        let filled = blocks.iter().map(|block| block.filled).sum();
        (self.next, self.end, self.block_end) = (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
        self.words = filled;
        if filled > 0 {
            self.open(Block::new(filled));
        }
        Condemned { young: None, blocks, owners }
    }

    /// Ends that; these own counts of blobs. Gives the futures that are among what is alive.
    pub(crate) fn finish_gathering(&mut self, condemned: Condemned, survivors: Owners) -> Vec<FutureId> {
        self.close_last_block();
        drop(condemned);
        self.blob_bytes = 0;
        self.charge(survivors.iter());
        self.blobs = survivors;
        let met = self.take_met();
        self.aged = None;
        met
    }

    /// The block of a heap whose objects were just put together. It has none then.
    pub(crate) fn take_only_block(&mut self) -> Option<Block> {
        (self.next, self.end, self.block_end) = (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
        self.words = 0;
        self.blocks.pop()
    }

    /// An empty heap gets a block with objects, of which these own counts of blobs, of so many bytes.
    pub(crate) fn take_back(&mut self, block: Block, owners: Owners, blob_bytes: usize) {
        self.words = block.len();
        self.open(block);
        (self.blobs, self.blob_bytes) = (owners, blob_bytes);
    }

    /// Gives a collection up that has begun: nobody wants what the heap holds. It holds nothing then.
    pub(crate) fn abandon(&mut self, condemned: Condemned, survivors: Owners) {
        let before = self.replaced();
        let owned = super::OWNED_BYTES * (condemned.owners.len() + survivors.len());
        let blocks: usize = condemned.blocks.iter().map(Block::len).sum();
        let bytes = before.bytes_to_give_back() + 8 * blocks + owned;
        remains::give_back(GivenUp { condemned, survivors, _heap: Whole { _heap: before } }, bytes);
    }

    /// Nobody looks any more at what it holds.
    pub(crate) fn forget(&mut self) {
        self.replaced().end();
    }

    /// What it was, with an empty one in its place.
    fn replaced(&mut self) -> Heap {
        let empty = Heap::new(self.limit_bytes as u64, self.interrupt.take());
        let before = std::mem::replace(self, empty);
        // This has not been charged yet.
        self.work = before.work;
        before
    }

    /// What is known after everything was looked at.
    fn after_full(&mut self) {
        self.live_bytes = self.old_bytes;
        let live_words = (self.old_bytes - self.old_blob_bytes) / 8;
        let limit_words = self.limit_bytes / 8;
        self.full_words =
            (3 * live_words).max(live_words + GARBAGE_WORDS_MIN).min(limit_words.max(self.words + THRESHOLD_WORDS));
        self.full_blob_bytes =
            self.blob_bytes + (2 * self.blob_bytes).max(16 * THRESHOLD_WORDS).min(self.limit_bytes / 4);
    }

    /// As large as a third-level cache likes, if the task has much to keep; not smaller than the stack, which every collection scans; a part of what the task may have.
    fn nursery_words(&self, stack_words: usize) -> usize {
        if self.stress {
            return NURSERY_WORDS_STRESSED;
        }
        let usual = (self.words / 2).next_power_of_two().clamp(THRESHOLD_WORDS, NURSERY_WORDS_MAX);
        usual.max(stack_words).min((self.limit_bytes / 32).max(MARGIN_WORDS))
    }

    fn open_nursery(&mut self, mut nursery: Block) {
        nursery.filled = 0;
        let (start, bytes) = nursery.bounds();
        self.nursery = Young { start, bytes, overflow: Vec::new() };
        self.open(nursery);
        let usable = bytes / 8 - MARGIN_WORDS.min(bytes / 16);
        // SAFETY: the block has more words than that.
        self.end = unsafe { self.next.add(usable) };
    }

    /// Keeps blocks of a former space, as many as may be needed up to the next full collection and for it (memory that the system gives has to be cleared first), and one that can be the nursery.
    fn keep_spare(&mut self, former: Vec<Block>, nursery_words: usize) {
        // Under stress nothing is reused, so that tools find words that were not updated.
        let wanted = if self.stress { 0 } else { self.full_words };
        let (mut kept, mut has_nursery, mut left) = (0, self.stress, Vec::new());
        let spare = std::mem::take(&mut self.aged().spare);
        let blocks = former.into_iter().chain(spare).collect::<Vec<_>>();
        for mut block in blocks {
            let is_nursery = block.len() == nursery_words && !has_nursery;
            if is_nursery || kept + block.len() <= wanted {
                has_nursery |= is_nursery;
                kept += if is_nursery { 0 } else { block.len() };
                block.filled = 0;
                self.aged().spare.push(block);
            } else {
                left.push(block);
            }
        }
        // One by one, as long as somebody waits for this heap.
        while !self.is_interrupted() {
            let Some(block) = left.pop() else { return };
            drop(block);
        }
        let bytes = left.iter().map(|block| 8 * block.len()).sum();
        remains::give_back(Empty { _blocks: left }, bytes);
    }

    /// Charges what has survived for its blobs: equal parts for all owners, of which only those that live are left.
    pub(crate) fn charge(&mut self, survivors: impl Iterator<Item = *mut u64>) {
        for object in survivors {
            // SAFETY: the object owns a count; the `Arc` is not dropped.
            let blob = unsafe { std::mem::ManuallyDrop::new(Arc::from_raw(*object.add(1) as *const Blob)) };
            self.blob_bytes += blob.bytes() / Arc::strong_count(&blob).max(1);
        }
    }
}

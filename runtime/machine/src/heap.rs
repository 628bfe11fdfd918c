//! A task's heap: blocks that are filled from the front, and a list of the objects that refer to blobs.
//!
//! Allocation never collects. When the heap has reached its threshold it asks for a collection (`wants_collection`), which happens at the next
//! safepoint; until then it goes on in overflow blocks. What may be large is announced with [`Heap::reserve`] before it is made.
//!
//! # Safety
//! Invariants: every object between a block's start and its `filled` is written completely before the next safepoint (`alloc` hands out the words to
//! functions of this file only, which write them all at once); `blobs` lists exactly the objects of kind `Text`, `Bytes` and `Opaque` of the current blocks,
//! each of which owns one count of its blob; blocks do not move.

use crate::Budget;
use crate::blob::Blob;
use crate::constants::Constants;
use crate::growing::Growing;
use crate::list::Finger;
use crate::machine::{DescRef, EntryRef};
use crate::trap::Trap;
use crate::word::{Header, ObjectKind, Word};
use std::mem::MaybeUninit;
use std::sync::Arc;

/// Words of the first block: most short tasks need no more.
const FIRST_BLOCK_WORDS: usize = 64;
/// Words of the largest block that is not made for one object.
const BLOCK_WORDS_MAX: usize = 32 << 10;
/// The least number of words between two collections: 512 KiB, what a second-level cache holds.
const THRESHOLD_WORDS: usize = 64 << 10;

/// A piece of the heap.
pub(crate) struct Block {
    words: Box<[MaybeUninit<u64>]>,
    /// How many words hold objects. Kept by `Heap::alloc` for all blocks but the last, whose fill is `Heap::next`.
    pub(crate) filled: usize,
}

impl Block {
    fn new(words: usize) -> Block {
        Block { words: Box::new_uninit_slice(words), filled: 0 }
    }

    pub(crate) fn start(&mut self) -> *mut u64 {
        self.words.as_mut_ptr().cast()
    }
}

/// See the module.
pub(crate) struct Heap {
    pub(crate) blocks: Vec<Block>,
    /// Blocks of former spaces, empty.
    spare: Vec<Block>,
    /// Where the next object goes, and the end of the last block.
    next: *mut u64,
    end: *mut u64,
    /// Words of all blocks.
    words: usize,
    threshold_words: usize,
    /// Objects that own a count of a blob.
    pub(crate) blobs: Vec<*mut u64>,
    blob_bytes: usize,
    blob_threshold_bytes: usize,
    /// Bytes alive after the last collection.
    live_bytes: usize,
    limit_bytes: usize,
    /// A collection is due at the next safepoint.
    pub(crate) wants_collection: bool,
    /// Collect at every safepoint (for tests).
    pub(crate) stress: bool,
    /// Work of builtins that has not been charged as fuel yet.
    pub(crate) work: u64,
    /// More than so much work is pointless: the task has not the fuel.
    pub(crate) work_max: u64,
    pub(crate) finger: Finger,
    pub(crate) constants: Constants,
}

/// Bytes that a builtin moves for one unit of fuel.
const BYTES_PER_FUEL: usize = 64;

/// From so many bytes on, a text that is put together has room for as much again.
const GROWING_BYTES: usize = 64;

impl Heap {
    pub(crate) fn new(limit_bytes: u64) -> Heap {
        let limit_bytes = usize::try_from(limit_bytes).unwrap_or(usize::MAX).min(usize::MAX / 4);
        Heap {
            blocks: Vec::new(),
            spare: Vec::new(),
            next: std::ptr::null_mut(),
            end: std::ptr::null_mut(),
            words: 0,
            threshold_words: THRESHOLD_WORDS.min(limit_bytes / 8),
            blobs: Vec::new(),
            blob_bytes: 0,
            blob_threshold_bytes: 8 * THRESHOLD_WORDS,
            live_bytes: 0,
            limit_bytes,
            wants_collection: false,
            stress: false,
            work: 0,
            work_max: u64::MAX,
            finger: Finger::NOWHERE,
            constants: Constants::default(),
        }
    }

    /// Bytes held now, garbage included.
    pub(crate) fn bytes(&self) -> usize {
        8 * self.words + self.blob_bytes
    }

    pub(crate) fn over_limit(&self) -> bool {
        self.live_bytes > self.limit_bytes
    }

    pub(crate) fn limit_bytes(&self) -> usize {
        self.limit_bytes
    }

    /// Work of builtins that is to be charged now.
    #[inline(always)]
    pub(crate) fn take_work(&mut self) -> i64 {
        std::mem::take(&mut self.work) as i64
    }

    /// Charges a builtin's work on so many bytes.
    #[inline]
    pub(crate) fn charge_bytes(&mut self, bytes: usize) {
        self.work += (bytes / BYTES_PER_FUEL) as u64;
    }

    /// Asks whether so many bytes may be allocated at once. Garbage may take as much as the limit, so that a spurious refusal needs a function that
    /// makes that much between two safepoints.
    pub(crate) fn reserve(&mut self, bytes: usize) -> Result<(), Box<Trap>> {
        let live = self.live_bytes.saturating_add(bytes);
        let held = self.bytes().saturating_add(bytes);
        if live > self.limit_bytes || held > 2 * self.limit_bytes.max(8 * THRESHOLD_WORDS) {
            return Trap::out_of(Budget::Memory);
        }
        self.charge_bytes(bytes);
        Ok(())
    }

    /// Room for an object of so many words, header included. The caller writes them all.
    #[inline(always)]
    pub(crate) fn alloc(&mut self, words: usize) -> *mut u64 {
        let object = self.next;
        if (self.end as usize).wrapping_sub(object as usize) < 8 * words {
            return self.alloc_in_new_block(words);
        }
        // SAFETY: `next .. end` lies in the last block, and `words` fit.
        self.next = unsafe { object.add(words) };
        object
    }

    #[cold]
    fn alloc_in_new_block(&mut self, words: usize) -> *mut u64 {
        self.close_last_block();
        let mut block = self.take_block(words);
        let start = block.start();
        self.words += block.words.len();
        // SAFETY: the block has at least `words` words.
        (self.next, self.end) = unsafe { (start.add(words), start.add(block.words.len())) };
        self.blocks.push(block);
        self.wants_collection |= self.words > self.threshold_words;
        start
    }

    fn take_block(&mut self, words: usize) -> Block {
        if let Some(found) = self.spare.iter().rposition(|block| block.words.len() >= words) {
            return self.spare.swap_remove(found);
        }
        let usual = self.words.clamp(FIRST_BLOCK_WORDS, BLOCK_WORDS_MAX);
        Block::new(words.max(usual))
    }

    /// Writes the fill of the last block down.
    pub(crate) fn close_last_block(&mut self) {
        let next = self.next;
        if let Some(last) = self.blocks.last_mut() {
            last.filled = (next as usize - last.start() as usize) / 8;
        }
    }

    /// Starts an empty space; gives the blocks and blob owners of the old one. Only the collector calls it.
    pub(crate) fn begin_space(&mut self) -> (Vec<Block>, Vec<*mut u64>) {
        (self.next, self.end) = (std::ptr::null_mut(), std::ptr::null_mut());
        self.finger = Finger::NOWHERE;
        self.words = 0;
        self.blob_bytes = 0;
        (std::mem::take(&mut self.blocks), std::mem::take(&mut self.blobs))
    }

    /// Ends a collection: keeps some of the old blocks for reuse and says when the next one is due.
    pub(crate) fn finish_space(&mut self, old: Vec<Block>, stack_words: usize) {
        self.close_last_block();
        let live_words: usize = self.blocks.iter().map(|block| block.filled).sum();
        self.live_bytes = 8 * live_words + self.blob_bytes;
        let limit_words = self.limit_bytes / 8;
        self.threshold_words = (self.words + (2 * live_words).max(stack_words).max(THRESHOLD_WORDS))
            .min(limit_words.max(self.words + THRESHOLD_WORDS));
        self.blob_threshold_bytes = self.blob_bytes + self.blob_bytes.max(8 * THRESHOLD_WORDS);
        self.wants_collection = self.stress;
        self.keep_spare(old);
    }

    fn keep_spare(&mut self, old: Vec<Block>) {
        // Under stress nothing is reused, so that tools find words that were not updated.
        let wanted = if self.stress { 0 } else { self.threshold_words.saturating_sub(self.words) };
        let mut kept = 0;
        let old = old.into_iter().chain(std::mem::take(&mut self.spare)).collect::<Vec<_>>();
        for mut block in old {
            if kept + block.words.len() <= wanted && block.words.len() <= BLOCK_WORDS_MAX {
                kept += block.words.len();
                block.filled = 0;
                self.spare.push(block);
            }
        }
    }

    /// Makes an object without a descriptor.
    #[inline(always)]
    pub(crate) fn plain(&mut self, kind: ObjectKind, fields: &[u64]) -> Word {
        self.object(Header::plain(kind, fields.len()), fields)
    }

    #[inline(always)]
    fn object(&mut self, header: u64, fields: &[u64]) -> Word {
        let object = self.alloc(1 + fields.len());
        // SAFETY: `alloc` gave `1 + fields.len()` words of our own.
        unsafe {
            *object = header;
            std::ptr::copy_nonoverlapping(fields.as_ptr(), object.add(1), fields.len());
        }
        Word(object as u64)
    }

    /// A constructed value. `fields` are in the descriptor's reps.
    pub(crate) fn constructed(&mut self, descriptor: DescRef, fields: &[u64]) -> Word {
        debug_assert_eq!(descriptor.fields.len(), fields.len());
        if fields.is_empty() {
            return Word::constant(descriptor);
        }
        self.object(descriptor.address(), fields)
    }

    /// A constructed value whose fields, of which there are some, the caller writes at once.
    pub(crate) fn constructed_object(&mut self, descriptor: DescRef) -> *mut u64 {
        let object = self.alloc(1 + descriptor.fields.len());
        // SAFETY: `alloc` gave so many words of our own.
        unsafe { *object = descriptor.address() }
        object
    }

    pub(crate) fn closure(&mut self, entry: EntryRef, args: &[Word]) -> Word {
        if args.is_empty() {
            return Word::function(entry);
        }
        let object = self.closure_object(entry, args.len());
        // SAFETY: the object has so many words behind the first two; `Word` is a transparent `u64`.
        unsafe { std::ptr::copy_nonoverlapping(args.as_ptr().cast(), object.add(2), args.len()) }
        Word(object as u64)
    }

    /// A closure whose arguments, so many, the caller writes behind its first two words at once.
    pub(crate) fn closure_object(&mut self, entry: EntryRef, count: usize) -> *mut u64 {
        let object = self.alloc(2 + count);
        // SAFETY: `alloc` gave `2 + count` words of our own.
        unsafe {
            *object = Header::plain(ObjectKind::Closure, 1 + count);
            *object.add(1) = entry.address();
        }
        object
    }

    #[inline(always)]
    pub(crate) fn nat(&mut self, n: u64) -> Word {
        Word::small_nat(n).unwrap_or_else(|| self.number(ObjectKind::Nat, n))
    }

    #[inline(always)]
    pub(crate) fn int(&mut self, n: i64) -> Word {
        Word::small_int(n).unwrap_or_else(|| self.number(ObjectKind::Int, n as u64))
    }

    #[inline(always)]
    pub(crate) fn float(&mut self, bits: u64) -> Word {
        self.number(ObjectKind::Float, bits)
    }

    /// A boxed number.
    #[inline(always)]
    fn number(&mut self, kind: ObjectKind, bits: u64) -> Word {
        let object = self.alloc(2);
        // SAFETY: `alloc` gave two words of our own.
        unsafe {
            *object = Header::plain(kind, 1);
            *object.add(1) = bits;
        }
        Word(object as u64)
    }

    /// A reference to a part of a blob that is text or bytes.
    pub(crate) fn slice(&mut self, kind: ObjectKind, blob: Arc<Blob>, start: usize, len: usize) -> Word {
        debug_assert!(matches!(kind, ObjectKind::Text | ObjectKind::Bytes));
        self.own(kind, blob, &[start as u64, len as u64])
    }

    pub(crate) fn opaque(&mut self, blob: Blob) -> Word {
        self.count_blob(blob.bytes());
        self.own(ObjectKind::Opaque, Arc::new(blob), &[])
    }

    pub(crate) fn opaque_shared(&mut self, blob: Arc<Blob>) -> Word {
        self.own(ObjectKind::Opaque, blob, &[])
    }

    fn own(&mut self, kind: ObjectKind, blob: Arc<Blob>, rest: &[u64]) -> Word {
        let address = Arc::into_raw(blob) as u64;
        let object = match *rest {
            [] => self.plain(kind, &[address]),
            [start, len] => self.plain(kind, &[address, start, len]),
            _ => unreachable!("references to blobs have one or three words"),
        };
        self.blobs.push(object.address());
        object
    }

    /// New text. What may be large was reserved before it was made.
    pub(crate) fn text(&mut self, text: &str) -> Word {
        self.text_shared(Arc::from(text))
    }

    pub(crate) fn text_shared(&mut self, text: Arc<str>) -> Word {
        let len = text.len();
        let blob = Blob::Text(text);
        self.count_blob(blob.bytes());
        self.slice(ObjectKind::Text, Arc::new(blob), 0, len)
    }

    pub(crate) fn bytes_value(&mut self, bytes: Arc<[u8]>) -> Word {
        let len = bytes.len();
        let blob = Blob::Bytes(bytes);
        self.count_blob(blob.bytes());
        self.slice(ObjectKind::Bytes, Arc::new(blob), 0, len)
    }

    pub(crate) fn count_blob(&mut self, bytes: usize) {
        self.blob_bytes += bytes;
        self.wants_collection |= self.blob_bytes > self.blob_threshold_bytes;
    }

    /// The blob that an object of kind `Text`, `Bytes` or `Opaque` refers to.
    pub(crate) fn blob(&self, object: Word) -> &Blob {
        debug_assert!(matches!(object.plain(), Some((ObjectKind::Text | ObjectKind::Bytes | ObjectKind::Opaque, _))));
        // SAFETY: the object owns a count of the blob, and lives until the next collection, which needs `&mut self`.
        unsafe { &*(object.raw_field(0) as *const Blob) }
    }

    /// One more count of an object's blob.
    pub(crate) fn share_blob(&self, object: Word) -> Arc<Blob> {
        let blob: *const Blob = self.blob(object);
        // SAFETY: the address came from `Arc::into_raw`, and the object owns a count.
        unsafe {
            Arc::increment_strong_count(blob);
            Arc::from_raw(blob)
        }
    }

    pub(crate) fn as_text(&self, word: Word) -> Option<&str> {
        if !word.is_plain(ObjectKind::Text) {
            return None;
        }
        let (start, len) = (word.raw_field(1) as usize, word.raw_field(2) as usize);
        match self.blob(word) {
            Blob::Text(text) => text.get(start..start + len),
            // SAFETY: `append` puts whole texts there, and a part of a text begins and ends at characters.
            Blob::Growing(growing) => growing.get(start, len).map(|bytes| unsafe { str::from_utf8_unchecked(bytes) }),
            _ => None,
        }
    }

    pub(crate) fn as_bytes(&self, word: Word) -> Option<&[u8]> {
        if !word.is_plain(ObjectKind::Bytes) {
            return None;
        }
        let (start, len) = (word.raw_field(1) as usize, word.raw_field(2) as usize);
        match self.blob(word) {
            Blob::Bytes(bytes) => bytes.get(start..start + len),
            Blob::Growing(growing) => growing.get(start, len),
            _ => None,
        }
    }

    /// A text for the host: shared if it is all of a blob.
    pub(crate) fn whole_text(&self, word: Word) -> Arc<str> {
        match (self.as_text(word), self.blob(word)) {
            (Some(part), Blob::Text(text)) if part.len() == text.len() => text.clone(),
            (part, _) => part.unwrap_or_default().into(),
        }
    }

    /// As [`Heap::whole_text`], for bytes.
    pub(crate) fn whole_bytes(&self, word: Word) -> Arc<[u8]> {
        match (self.as_bytes(word), self.blob(word)) {
            (Some(part), Blob::Bytes(bytes)) if part.len() == bytes.len() => bytes.clone(),
            (part, _) => part.unwrap_or_default().into(),
        }
    }

    /// A part of a text or of bytes, shared. `start` and `len` lie inside it (and at characters, for text).
    pub(crate) fn part(&mut self, whole: Word, start: usize, len: usize) -> Word {
        let (kind, _) = whole.plain().expect("text or bytes");
        let offset = whole.raw_field(1) as usize;
        debug_assert!(start + len <= whole.raw_field(2) as usize);
        let blob = self.share_blob(whole);
        self.slice(kind, blob, offset + start, len)
    }

    /// Two texts, or two times bytes, one after the other: in place if the first is the end of something that grows.
    pub(crate) fn append(&mut self, front: Word, back: Word) -> Result<Word, Box<Trap>> {
        let (kind, _) = front.plain().expect("text or bytes");
        debug_assert!(back.is_plain(kind));
        let [start, a] = [1, 2].map(|index| front.raw_field(index) as usize);
        let b = back.raw_field(2) as usize;
        if a == 0 || b == 0 {
            return Ok(if a == 0 { back } else { front });
        }
        if let Blob::Growing(growing) = self.blob(front)
            && growing.push(start + a, self.content(back))
        {
            self.charge_bytes(b);
            let blob = self.share_blob(front);
            return Ok(self.slice(kind, blob, start, a + b));
        }
        let capacity = if a + b < GROWING_BYTES { a + b } else { 2 * (a + b) };
        self.reserve(capacity)?;
        let growing = Growing::new(self.content(front), self.content(back), capacity);
        let blob = Blob::Growing(growing);
        self.count_blob(blob.bytes());
        Ok(self.slice(kind, Arc::new(blob), 0, a + b))
    }

    /// The bytes of a text or of bytes.
    fn content(&self, word: Word) -> &[u8] {
        self.as_text(word).map(str::as_bytes).or_else(|| self.as_bytes(word)).unwrap_or_default()
    }

    /// Drops the count that an object owns. The object is dead afterwards.
    pub(crate) fn release(object: *mut u64) {
        // SAFETY: `object` is in `blobs` for the last time, so the count is given back once.
        unsafe { drop(Arc::from_raw(*object.add(1) as *const Blob)) }
    }

    /// Charges what has survived for its blobs: equal parts for all owners, of which only those that live are left.
    pub(crate) fn charge_survivors(&mut self) {
        for object in &self.blobs {
            // SAFETY: the object owns a count; the `Arc` is not dropped.
            let blob = unsafe { std::mem::ManuallyDrop::new(Arc::from_raw(*object.add(1) as *const Blob)) };
            self.blob_bytes += blob.bytes() / Arc::strong_count(&blob).max(1);
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.blobs.drain(..).for_each(Heap::release);
    }
}

//! A task's heap: what makes objects in its [`spaces`], and the lists of the objects that refer to blobs.
//!
//! Allocation never collects. When enough was allocated the heap asks for a collection (`wants_collection`), which happens at the next
//! safepoint; until then it goes on in overflow blocks. What may be large is announced with [`Heap::reserve`] before it is made.
//!
//! # Safety
//! Invariants: every object between a block's start and its `filled` is written completely before the next safepoint (`alloc` hands out the words to
//! functions of this file only, which write them all at once); `blobs` and `old_blobs` list exactly the objects of kind `Text`, `Bytes` and `Opaque` of the young and of the old
//! blocks, each of which owns one count of its blob; blocks do not move; an old object refers to a young one only if it is a leaf in `remembered`,
//! or at a place in `places`.

mod memory;
mod owners;
mod spaces;

pub(crate) use owners::Owners;
pub(crate) use spaces::{Block, Condemned, Young};

use crate::Budget;
use crate::blob::Blob;
use crate::constants::Constants;
use crate::growing::Growing;
use crate::list::{Finger, Places};
use crate::machine::{DescRef, EntryRef};
use crate::remains;
use crate::trap::Trap;
use crate::word::{Header, ObjectKind, Word};
use std::mem::offset_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// See the module.
pub(crate) struct Heap {
    /// Where objects are made: the young ones, and during a collection those that were copied.
    pub(crate) blocks: Vec<Block>,
    /// What there is only after the first collection: most tasks never come to it.
    aged: Option<Box<Aged>>,
    /// Where the next object goes, and where somebody has to look before it does.
    pub(crate) next: *mut u64,
    pub(crate) end: *mut u64,
    /// Where the last block ends: behind `end`, if a collection is to happen before it is full.
    block_end: *mut u64,
    /// Where the young objects are, all but those of overflow blocks; nowhere until the first collection, before which all objects are young.
    nursery: Young,
    /// Words of all blocks.
    words: usize,
    /// So many words of all blocks are too many for another collection of the young objects alone.
    full_words: usize,
    /// Young objects that own a count of a blob.
    pub(crate) blobs: Owners,
    blob_bytes: usize,
    /// Those of the old objects.
    old_blob_bytes: usize,
    /// So many bytes of blobs ask for a collection.
    blob_threshold_bytes: usize,
    /// So many bytes of blobs are too many for another collection of the young objects alone.
    full_blob_bytes: usize,
    /// Bytes alive after the last full collection.
    live_bytes: usize,
    /// Bytes of what has survived a collection.
    old_bytes: usize,
    limit_bytes: usize,
    /// A collection is due at the next safepoint.
    pub(crate) wants_collection: bool,
    /// It is to be a full one.
    wants_full: bool,
    /// The thread on which the task runs has something else to do: what may take long waits for another.
    pub(crate) hurries: bool,
    /// Where the stack of the computation ends.
    stack_end: *mut u64,
    /// The same as long as nothing is to be looked at at the next safepoint, else null: so a safepoint of either tier looks at one word.
    pub(crate) window_limit: *mut u64,
    /// Collect at every safepoint (for tests).
    pub(crate) stress: bool,
    /// Collections under stress, of which some are full.
    pub(crate) stressed: u32,
    /// Work of builtins that has not been charged as fuel yet.
    pub(crate) work: u64,
    /// More than so much work is pointless: the task has not the fuel.
    pub(crate) work_max: u64,
    /// The serial number of the next reference or array, as a tagged `Nat`.
    pub(crate) serial: u64,
    pub(crate) finger: Finger,
    pub(crate) places: Places,
    /// The address of the last bytes of the host's that became a value, and that value, until the next collection: names of nodes come again and again, and share a blob.
    recent: (*const u8, Word),
    /// The blob with the name of the node where the task is, and that node, until the next collection: all futures that it makes share it.
    here: (*const Blob, Word),
    pub(crate) constants: Constants,
    /// Somebody has said that nobody wants the task's result any more.
    pub(crate) interrupt: Option<Arc<AtomicBool>>,
    /// How often it was asked whether the result is wanted, and from when on it is not.
    #[cfg(test)]
    pub(crate) asked: (std::cell::Cell<u64>, u64),
}

/// What a heap has that was collected.
#[derive(Default)]
pub(crate) struct Aged {
    /// What has survived a collection.
    old: Vec<Block>,
    /// Blocks of former spaces, empty.
    spare: Vec<Block>,
    /// Old leaves that were continued since the last collection.
    pub(crate) remembered: Vec<*mut u64>,
    /// Places of old references and arrays in which something was put since the last collection.
    pub(crate) places: Vec<*mut u64>,
    /// Old objects that own a count of a blob.
    old_blobs: Owners,
    /// Futures that a collection has met, while it goes on.
    pub(crate) met: Vec<*mut u64>,
    /// Those of the last full collection, until somebody asks.
    futures: Option<Vec<FutureId>>,
}

/// The identifier of a future.
pub(crate) type FutureId = [u8; 16];

use spaces::THRESHOLD_WORDS;

/// From one tagged `Nat` to the next.
pub const SERIAL_STEP: u64 = 16;

/// Bytes that a builtin moves for one unit of fuel.
const BYTES_PER_FUEL: usize = 64;

/// Bytes that can be given back in the time that it takes to give back a count of a blob.
const OWNED_BYTES: usize = 64;

/// Bytes that are copied before it is asked whether the copy is still wanted.
const COPIED_BYTES: usize = 1 << 20;

/// Words of an array that are filled before it is asked.
const FILLED_WORDS: usize = 128 << 10;

/// Bytes that are made into a value without a copy, although the copy could be shared between tasks.
const BUILT_BYTES: usize = 1 << 20;

/// From so many bytes on, a text that is put together has room for as much again.
const GROWING_BYTES: usize = 64;

/// No node has become a value.
const NOWHERE: (*const Blob, Word) = (std::ptr::null(), Word::EMPTY_LIST);

/// Nothing of the host's has become a value.
const NO_BYTES: (*const u8, Word) = (std::ptr::null(), Word::EMPTY_LIST);

impl Heap {
    /// Where it says where the nursery begins, and how many bytes that has.
    pub(crate) const YOUNG_START: usize = offset_of!(Heap, nursery) + Young::START;
    pub(crate) const YOUNG_BYTES: usize = offset_of!(Heap, nursery) + Young::BYTES;

    pub(crate) fn new(limit_bytes: u64, interrupt: Option<Arc<AtomicBool>>) -> Heap {
        let limit_bytes = usize::try_from(limit_bytes).unwrap_or(usize::MAX).min(usize::MAX / 4);
        Heap {
            blocks: Vec::new(),
            aged: None,
            next: std::ptr::null_mut(),
            end: std::ptr::null_mut(),
            block_end: std::ptr::null_mut(),
            nursery: Young::default(),
            words: 0,
            full_words: 0,
            blobs: Owners::default(),
            blob_bytes: 0,
            old_blob_bytes: 0,
            blob_threshold_bytes: 8 * THRESHOLD_WORDS,
            full_blob_bytes: 0,
            live_bytes: 0,
            old_bytes: 0,
            limit_bytes,
            wants_collection: false,
            wants_full: false,
            hurries: false,
            stack_end: std::ptr::null_mut(),
            window_limit: std::ptr::null_mut(),
            stress: false,
            stressed: 0,
            work: 0,
            work_max: u64::MAX,
            serial: Word::small_nat(0).map_or(0, |zero| zero.0),
            finger: Finger::NOWHERE,
            places: Places::NOWHERE,
            recent: NO_BYTES,
            here: NOWHERE,
            constants: Constants::default(),
            interrupt,
            #[cfg(test)]
            asked: (std::cell::Cell::new(0), u64::MAX),
        }
    }

    #[inline]
    pub(crate) fn aged(&mut self) -> &mut Aged {
        self.aged.get_or_insert_default()
    }

    /// At the next safepoint everything is collected.
    pub(crate) fn want_full_collection(&mut self) {
        self.wants_full = true;
        self.collect_soon(true);
    }

    /// After a collection: a full one has met all futures that there are.
    pub(crate) fn tell_met(&mut self, full: bool) {
        let met = self.take_met();
        if full {
            self.aged().futures = Some(met);
        }
    }

    /// The futures that a collection has just met.
    fn take_met(&mut self) -> Vec<FutureId> {
        let met = self.aged.as_mut().map(|aged| std::mem::take(&mut aged.met)).unwrap_or_default();
        // SAFETY: the collection has just copied these, and they are of the type that it looked for.
        let name = |future: &*mut u64| Word(unsafe { *future.add(3) });
        let name = |future| self.as_bytes(name(future)).and_then(|bytes| FutureId::try_from(bytes).ok());
        met.iter().filter_map(name).collect()
    }

    /// The futures that the last full collection has met, if nobody has asked since.
    pub(crate) fn take_futures(&mut self) -> Option<Vec<FutureId>> {
        self.aged.as_mut()?.futures.take()
    }

    /// Says whether a collection is due at the next safepoint.
    pub(crate) fn collect_soon(&mut self, wanted: bool) {
        self.wants_collection = wanted;
        self.set_window_limit();
    }

    /// From now on, what may take long waits for another thread; or does not.
    pub(crate) fn hurry(&mut self, hurries: bool) {
        self.hurries = hurries;
        self.set_window_limit();
    }

    /// The stack has another end.
    pub(crate) fn stack_ends_at(&mut self, end: *mut u64) {
        self.stack_end = end;
        self.set_window_limit();
    }

    fn set_window_limit(&mut self) {
        let attention = self.wants_collection || self.hurries;
        self.window_limit = if attention { std::ptr::null_mut() } else { self.stack_end };
    }

    /// Bytes held now, garbage included.
    pub(crate) fn bytes(&self) -> usize {
        8 * self.words + self.blob_bytes
    }

    pub(crate) fn blob_bytes(&self) -> usize {
        self.blob_bytes
    }

    /// Bytes of what has survived a collection.
    pub(crate) fn old_bytes(&self) -> usize {
        self.old_bytes
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
        self.check_interrupt()?;
        if live > self.limit_bytes || held > 2 * self.limit_bytes.max(8 * THRESHOLD_WORDS) {
            return Trap::out_of(Budget::Memory);
        }
        self.charge_bytes(bytes);
        Ok(())
    }

    /// What takes long asks now and then whether it is still wanted. Nobody sees how the task ends that is not.
    #[inline]
    pub(crate) fn check_interrupt(&self) -> Result<(), Box<Trap>> {
        if self.is_interrupted() { Trap::out_of(Budget::Fuel) } else { Ok(()) }
    }

    #[inline]
    pub(crate) fn is_interrupted(&self) -> bool {
        #[cfg(test)]
        if self.asked.0.replace(self.asked.0.get() + 1) + 1 >= self.asked.1 {
            return true;
        }
        self.interrupt.as_ref().is_some_and(|interrupt| interrupt.load(Ordering::Relaxed))
    }

    /// Room for an object of so many words, header included. The caller writes them all.
    #[inline(always)]
    pub(crate) fn alloc(&mut self, words: usize) -> *mut u64 {
        let object = self.next;
        if (self.end as usize).wrapping_sub(object as usize) < 8 * words {
            return self.alloc_slowly(words);
        }
        // SAFETY: `next .. end` lies in the last block, and `words` fit.
        self.next = unsafe { object.add(words) };
        object
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

    /// A reference to a part of a blob that is text or bytes: it has the address of the first byte, so that whoever looks at it need not look at the blob.
    pub(crate) fn slice(&mut self, kind: ObjectKind, blob: Arc<Blob>, start: usize, len: usize) -> Word {
        let first = blob.start().wrapping_add(start);
        self.slice_at(kind, blob, first, len)
    }

    fn slice_at(&mut self, kind: ObjectKind, blob: Arc<Blob>, first: *const u8, len: usize) -> Word {
        debug_assert!(matches!(kind, ObjectKind::Text | ObjectKind::Bytes));
        self.own(kind, blob, &[first as u64, len as u64])
    }

    /// The bytes of an object of kind `Text` or `Bytes`.
    #[inline]
    fn content_of<'a>(word: Word) -> &'a [u8] {
        // SAFETY: the object was made with the place of so many bytes of its blob (of a growing one, of those that are filled), which are not written again; it owns a count, and whoever calls
        // bounds what it gets by what keeps the object or the blob alive.
        unsafe { std::slice::from_raw_parts(word.raw_field(1) as *const u8, word.raw_field(2) as usize) }
    }

    /// Where in its blob a text or bytes begin.
    fn start_in_blob(&self, word: Word) -> usize {
        word.raw_field(1) as usize - self.blob(word).start() as usize
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

    /// A new reference.
    pub(crate) fn reference(&mut self, content: Word) -> Word {
        let serial = self.next_serial();
        self.plain(ObjectKind::Ref, &[serial, content.0])
    }

    /// A new array. What it takes was reserved before. Where it fails there may be an object that is not whole: nobody looks at a heap whose task is not wanted.
    pub(crate) fn array(&mut self, content: Word, count: usize) -> Result<Word, Box<Trap>> {
        let object = self.alloc(2 + count);
        // SAFETY: `alloc` gave `2 + count` words of our own.
        unsafe {
            *object = Header::plain(ObjectKind::Array, 1 + count);
            *object.add(1) = self.next_serial();
            for start in (0..count).step_by(FILLED_WORDS) {
                self.check_interrupt()?;
                std::slice::from_raw_parts_mut(object.add(2 + start), FILLED_WORDS.min(count - start)).fill(content.0);
            }
        }
        Ok(Word(object as u64))
    }

    fn next_serial(&mut self) -> u64 {
        let serial = self.serial;
        self.serial += SERIAL_STEP;
        serial
    }

    /// Puts something into a place of a reference or an array that has it, the first being 0.
    #[inline]
    pub(crate) fn put(&mut self, object: Word, place: usize, content: Word) {
        debug_assert!(matches!(object.plain(), Some((ObjectKind::Ref | ObjectKind::Array, len)) if 1 + place < len));
        // SAFETY: the object has the place, as the caller has seen; an old one is remembered if what is put there may be young.
        unsafe {
            let place = object.address().add(2 + place);
            if !content.is_immediate() {
                self.remember_place(place);
            }
            *place = content.0;
        }
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
        let (address, len) = (bytes.as_ptr(), bytes.len());
        // The value keeps the bytes, so that nothing else can have come to be there. The object is another one whatever was collected, since work is counted by objects.
        let known = self.recent.0 == address && self.recent.1.raw_field(2) as usize == len;
        let blob = if known { self.share_blob(self.recent.1) } else { Arc::new(Blob::Bytes(bytes)) };
        self.count_blob(blob.bytes());
        self.recent = (address, self.slice(ObjectKind::Bytes, blob, 0, len));
        self.recent.1
    }

    /// Bytes that are a whole blob.
    pub(crate) fn bytes_of_blob(&mut self, blob: Arc<Blob>, len: usize) -> Word {
        self.count_blob(blob.bytes());
        self.slice(ObjectKind::Bytes, blob, 0, len)
    }

    /// The node where the task is, whose name is a whole blob.
    pub(crate) fn node_here(&mut self, descriptor: DescRef, name: &Arc<Blob>, len: usize) -> Word {
        // The value keeps the blob, so that nothing else can have come to be there.
        if self.here.0 != Arc::as_ptr(name) {
            let bytes = self.bytes_of_blob(name.clone(), len);
            self.here = (Arc::as_ptr(name), self.constructed(descriptor, &[bytes.0]));
        }
        self.here.1
    }

    /// A few bytes, a multiple of eight: names that a task is given.
    pub(crate) fn name(&mut self, bytes: &[u8]) -> Word {
        let (words, rest) = bytes.as_chunks::<8>();
        debug_assert!(rest.is_empty());
        let object = self.alloc(1 + words.len());
        // SAFETY: `alloc` gave a word for the header and one for each eight bytes.
        unsafe {
            *object = Header::plain(ObjectKind::Name, words.len());
            for (i, word) in words.iter().enumerate() {
                *object.add(1 + i) = u64::from_ne_bytes(*word);
            }
        }
        Word(object as u64)
    }

    /// Objects are about to move.
    fn forget_places(&mut self) {
        (self.finger, self.places) = (Finger::NOWHERE, Places::NOWHERE);
        (self.recent, self.here) = (NO_BYTES, NOWHERE);
    }

    /// A text of these bytes, which are UTF-8. What is large is not copied for it.
    pub(crate) fn text_built(&mut self, bytes: Vec<u8>) -> Word {
        debug_assert!(str::from_utf8(&bytes).is_ok());
        if bytes.len() >= BUILT_BYTES {
            return self.built(ObjectKind::Text, bytes);
        }
        // SAFETY: whoever calls has made them of text, or looked at them.
        self.text_shared(unsafe { str::from_utf8_unchecked(&bytes) }.into())
    }

    pub(crate) fn bytes_built(&mut self, bytes: Vec<u8>) -> Word {
        if bytes.len() >= BUILT_BYTES { self.built(ObjectKind::Bytes, bytes) } else { self.bytes_value(bytes.into()) }
    }

    fn built(&mut self, kind: ObjectKind, bytes: Vec<u8>) -> Word {
        let len = bytes.len();
        let blob = Blob::Growing(Growing::full(bytes));
        self.count_blob(blob.bytes());
        self.slice(kind, Arc::new(blob), 0, len)
    }

    pub(crate) fn count_blob(&mut self, bytes: usize) {
        self.blob_bytes += bytes;
        self.collect_soon(self.wants_collection || self.blob_bytes > self.blob_threshold_bytes);
    }

    /// Takes in a new object of kind `Text` or `Bytes`, a copy of one that owns a count of the same blob.
    pub(crate) fn adopt(&mut self, object: *mut u64) {
        // SAFETY: the other object keeps the blob alive.
        let bytes = unsafe {
            let blob = *object.add(1) as *const Blob;
            Arc::increment_strong_count(blob);
            (*blob).bytes()
        };
        self.count_blob(bytes);
        self.blobs.push(object);
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

    #[inline]
    pub(crate) fn as_text(&self, word: Word) -> Option<&str> {
        word.is_plain(ObjectKind::Text).then(|| Heap::text_in(self, word))
    }

    /// The text of an object of kind `Text`, which whoever keeps it keeps alive: its heap, or its blob.
    #[inline]
    pub(crate) fn text_in<K>(_keeper: &K, word: Word) -> &str {
        debug_assert!(word.is_plain(ObjectKind::Text));
        // SAFETY: only texts become objects of this kind, and parts of one begin and end at characters.
        unsafe { str::from_utf8_unchecked(Heap::content_of(word)) }
    }

    #[inline]
    pub(crate) fn as_bytes(&self, word: Word) -> Option<&[u8]> {
        match word.plain()? {
            (ObjectKind::Bytes, _) => Some(Heap::content_of(word)),
            // SAFETY: the object has so many words of bytes, and lives until the next collection, which needs `&mut self`.
            (ObjectKind::Name, words) => unsafe {
                Some(std::slice::from_raw_parts(word.address().add(1).cast_const().cast(), 8 * words))
            },
            _ => None,
        }
    }

    /// As [`Heap::whole_text`], as long as that is wanted.
    pub(crate) fn copied_text(&self, word: Word) -> Option<Arc<str>> {
        match (self.as_text(word), self.blob(word)) {
            (Some(part), Blob::Text(text)) if part.len() == text.len() => Some(text.clone()),
            (part, _) => {
                let bytes = self.copied(part.unwrap_or_default().as_bytes())?;
                // SAFETY: these are the bytes of a text; a `str` is laid out like its bytes.
                Some(unsafe { Arc::from_raw(Arc::into_raw(bytes) as *const str) })
            }
        }
    }

    /// As [`Heap::whole_bytes`], as long as that is wanted.
    pub(crate) fn copied_bytes(&self, word: Word) -> Option<Arc<[u8]>> {
        if word.is_plain(ObjectKind::Name) {
            return Some(self.whole_bytes(word));
        }
        match (self.as_bytes(word), self.blob(word)) {
            (Some(part), Blob::Bytes(bytes)) if part.len() == bytes.len() => Some(bytes.clone()),
            (part, _) => self.copied(part.unwrap_or_default()),
        }
    }

    fn copied(&self, bytes: &[u8]) -> Option<Arc<[u8]>> {
        if bytes.len() <= COPIED_BYTES {
            return Some(bytes.into());
        }
        let mut copy: Arc<[u8]> = std::iter::repeat_n(0, bytes.len()).collect();
        let places = Arc::get_mut(&mut copy)?;
        self.copy(bytes, |at, piece| places[at..at + piece.len()].copy_from_slice(piece)).ok()?;
        Some(copy)
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
        if word.is_plain(ObjectKind::Name) {
            return self.as_bytes(word).unwrap_or_default().into();
        }
        match (self.as_bytes(word), self.blob(word)) {
            (Some(part), Blob::Bytes(bytes)) if part.len() == bytes.len() => bytes.clone(),
            (part, _) => part.unwrap_or_default().into(),
        }
    }

    /// A part of a text or of bytes, shared. `start` and `len` lie inside it (and at characters, for text).
    pub(crate) fn part(&mut self, whole: Word, start: usize, len: usize) -> Word {
        let (kind, _) = whole.plain().expect("text or bytes");
        if kind == ObjectKind::Name {
            let bytes = &self.as_bytes(whole).unwrap_or_default()[start..start + len];
            let bytes = Arc::from(bytes);
            return self.bytes_value(bytes);
        }
        debug_assert!(start + len <= whole.raw_field(2) as usize);
        let blob = self.share_blob(whole);
        self.slice_at(kind, blob, (whole.raw_field(1) as *const u8).wrapping_add(start), len)
    }

    /// Two texts, or two times bytes, one after the other: in place if the first is the end of something that grows, or the second its beginning.
    pub(crate) fn append(&mut self, front: Word, back: Word) -> Result<Word, Box<Trap>> {
        let [front, back] = [front, back].map(|word| self.as_slice(word));
        let (kind, _) = front.plain().expect("text or bytes");
        debug_assert!(back.is_plain(kind));
        let [a, b] = [front, back].map(|word| word.raw_field(2) as usize);
        if a == 0 || b == 0 {
            return Ok(if a == 0 { back } else { front });
        }
        if let Blob::Growing(growing) = self.blob(front)
            && let start = self.start_in_blob(front)
            && growing.push(start + a, Heap::content_of(back))
        {
            self.charge_bytes(b);
            let blob = self.share_blob(front);
            return Ok(self.slice(kind, blob, start, a + b));
        }
        if let Blob::Growing(growing) = self.blob(back)
            && let back_start = self.start_in_blob(back)
            && growing.push_front(back_start, Heap::content_of(front))
        {
            self.charge_bytes(a);
            let blob = self.share_blob(back);
            return Ok(self.slice(kind, blob, back_start - a, a + b));
        }
        // The longer one has been growing, most likely: there is room at the other end of the shorter one.
        let room = if a + b < GROWING_BYTES { 0 } else { a + b };
        let (before, behind) = if a < b { (room, 0) } else { (0, room) };
        self.reserve(a + b + room)?;
        let mut growing = Growing::with_room(before + a + b + behind, before..before + a + b);
        self.copy(Heap::content_of(front), |at, piece| growing.fill(before + at, piece))?;
        self.copy(Heap::content_of(back), |at, piece| growing.fill(before + a + at, piece))?;
        let blob = Blob::Growing(growing);
        self.count_blob(blob.bytes());
        Ok(self.slice(kind, Arc::new(blob), before, a + b))
    }

    /// The same text or bytes as a part of a blob.
    fn as_slice(&mut self, word: Word) -> Word {
        if !word.is_plain(ObjectKind::Name) {
            return word;
        }
        let bytes = self.whole_bytes(word);
        self.bytes_value(bytes)
    }

    /// Has bytes copied, piece by piece, as long as that is wanted.
    fn copy(&self, from: &[u8], mut to: impl FnMut(usize, &[u8])) -> Result<(), Box<Trap>> {
        for (n, piece) in from.chunks(COPIED_BYTES).enumerate() {
            self.check_interrupt()?;
            to(n * COPIED_BYTES, piece);
        }
        Ok(())
    }

    /// Drops the count that an object owns. The object is dead afterwards.
    pub(crate) fn release(object: *mut u64) {
        // SAFETY: `object` is in `blobs` for the last time, so the count is given back once.
        let blob = unsafe { Arc::from_raw(*object.add(1) as *const Blob) };
        if Arc::strong_count(&blob) == 1 && remains::is_large(blob.bytes()) {
            let bytes = blob.bytes();
            remains::give_back(blob, bytes);
        }
    }

    /// Nobody needs it any more, nor waits until it is gone.
    pub(crate) fn end(self) {
        let bytes = self.bytes_to_give_back();
        remains::give_back(Whole { _heap: self }, bytes);
    }

    /// Bytes that it holds, and some for each count of a blob.
    fn bytes_to_give_back(&self) -> usize {
        let aged = self.aged.as_ref().map_or(0, |aged| 8 * aged.spare_words() + OWNED_BYTES * aged.old_blobs.len());
        self.bytes() + aged + OWNED_BYTES * self.blobs.len()
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        // The old objects have to be there until they have given back what they own.
        let old = self.aged.as_mut().map(|aged| std::mem::take(&mut aged.old_blobs)).unwrap_or_default();
        self.blobs.iter().chain(old.iter()).for_each(Heap::release);
    }
}

/// A heap that nobody looks at any more.
struct Whole {
    _heap: Heap,
}

// SAFETY: its addresses lead to its own blocks, and to blobs with atomic counts; dropping it needs nothing else.
unsafe impl Send for Whole {}

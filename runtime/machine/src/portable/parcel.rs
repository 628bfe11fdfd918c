//! Values on their way between tasks of one process: copies of their objects, so that neither side makes or reads bytes. Of what may leave the process only small values are parcels, since
//! the bytes are made when they are asked for, by whoever asks; of what stays, all are.
//!
//! # Safety
//! `words` are whole objects, one after the other; where an object of a heap has the address of another, the object here has the distance of that from the first word, in bytes, which leaves
//! bit 0 clear. An object of kind `Text`, `Bytes` or `Opaque` owns one count of its blob, which nobody continues. Descriptors and entries are those of `machine`, which the parcel keeps alive.
//! Nothing is changed after it was made.

use super::wire;
use super::{FutureName, Portable, heap};
use crate::blob::Blob;
use crate::code::RetPoint;
use crate::control::CONTINUATION_WORDS;
use crate::frames;
use crate::hasher::AddressMap;
use crate::heap::Heap;
use crate::machine::Machine;
use crate::trap::Trap;
use crate::word::{Header, ObjectKind, Word};
use builtin::BuiltinType;
use ir::{Rep, Tag};
use kernel::TypeRef;
use std::sync::{Arc, OnceLock};

/// Whether a value may leave the process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    /// It may well: what is not small becomes bytes at once, where it was made.
    Anywhere,
    /// It may later, or a part of it.
    Near,
    /// Only if something rare happens.
    Here,
}

impl Reach {
    /// Words of the objects of a parcel: larger values become bytes.
    fn words_max(self) -> usize {
        match self {
            Reach::Anywhere => 256,
            Reach::Near => 32 << 10,
            Reach::Here => 8 << 20,
        }
    }
}

/// Objects copied before it is asked again whether the parcel is still wanted.
const OBJECTS_UNASKED: u64 = 4096;
/// Bytes of a text that is shared though only a part of it is wanted.
const SHARED_BYTES_MAX: usize = 1 << 10;
/// Objects copied for one unit of fuel.
const OBJECTS_PER_FUEL: u64 = 4;

/// See the module.
pub(crate) struct Parcel {
    machine: Arc<Machine>,
    words: Box<[u64]>,
    root: Word,
    /// Of its texts and bytes.
    content_bytes: usize,
    /// Some object owns a count.
    has_blobs: bool,
    /// It names nodes, futures or channels.
    names: bool,
    bytes: OnceLock<Arc<[u8]>>,
}

// SAFETY: it refers to blobs with atomic counts, and to code and descriptors of the machine, which are immutable and shared; nothing else has addresses of its words.
unsafe impl Send for Parcel {}
// SAFETY: as above; nothing is changed after it was made but `bytes`, which is `Sync`.
unsafe impl Sync for Parcel {}

impl Parcel {
    /// A copy of a value of so many bytes at most; none if it is larger, or of something that does not travel like this.
    pub(crate) fn of(
        value: Word,
        heap: &mut Heap,
        machine: &Arc<Machine>,
        bytes_max: u64,
        reach: Reach,
    ) -> Option<Parcel> {
        if value.is_immediate() {
            return Some(Parcel::immediate(value, machine));
        }
        let mut packer = Packer::new(reach, bytes_max);
        let packed = packer.pack(value, heap);
        let mut parcel = Parcel {
            machine: machine.clone(),
            root: Word(0),
            content_bytes: packer.content_bytes,
            has_blobs: packer.has_blobs,
            names: packer.names,
            words: packer.words.into_boxed_slice(),
            bytes: OnceLock::new(),
        };
        parcel.root = packed?;
        heap.work += packer.objects / OBJECTS_PER_FUEL;
        heap.charge_bytes(parcel.size());
        Some(parcel)
    }

    fn immediate(root: Word, machine: &Arc<Machine>) -> Parcel {
        let (words, bytes) = (Box::default(), OnceLock::new());
        Parcel { machine: machine.clone(), words, root, content_bytes: 0, has_blobs: false, names: false, bytes }
    }

    /// Bytes that it takes, nearly.
    pub(crate) fn size(&self) -> usize {
        8 * self.words.len() + self.content_bytes
    }

    pub(crate) fn names(&self) -> bool {
        self.names
    }

    /// The futures that it names.
    pub(crate) fn futures(&self) -> Vec<FutureName> {
        let (mut found, mut at) = (Vec::new(), 0);
        while self.names && at < self.words.len() {
            let header = Header::read(self.words[at]);
            if let Header::Constructed(descriptor) = header
                && descriptor.is_future
            {
                // Most name one.
                found.reserve_exact(usize::from(found.is_empty()));
                found.extend(self.future(&descriptor.fields, &self.words[at + 1..]));
            }
            at += 1 + header.len();
        }
        found
    }

    /// A future by its fields: `Future (Node bytes) incarnation id limit`. None, if they are of other types, which only code does that was never checked.
    fn future(&self, reps: &[Rep], fields: &[u64]) -> Option<FutureName> {
        let ([_, Rep::W(_), ..], [home, incarnation, id, _]) = (reps, *fields.first_chunk()?) else { return None };
        let node = Tag::Constructor(TypeRef::Builtin(BuiltinType::Node), 0);
        let home = match self.object(home)? {
            (Header::Constructed(descriptor), [name]) if descriptor.tag == node => self.content_of(*name)?,
            _ => return None,
        };
        Some((home.try_into().ok()?, incarnation, self.content_of(id)?.try_into().ok()?))
    }

    /// What a tagged word of the parcel refers to, and its words; none if it refers to nothing.
    fn object(&self, word: u64) -> Option<(Header, &[u64])> {
        if word & 1 == 1 {
            return None;
        }
        let (header, rest) = self.words.get(word as usize / 8..)?.split_first()?;
        let header = Header::read(*header);
        Some((header, rest.get(..header.len())?))
    }

    /// What a tagged word holds, if it refers to bytes.
    fn content_of(&self, word: u64) -> Option<&[u8]> {
        match self.object(word)? {
            // SAFETY: the object owns a count of the blob, where so many bytes stand there that nobody writes.
            (Header::Plain(ObjectKind::Bytes, _), [_, first, len]) => {
                Some(unsafe { std::slice::from_raw_parts(*first as *const u8, *len as usize) })
            }
            // SAFETY: any words are bytes.
            (Header::Plain(ObjectKind::Name, _), words) => Some(unsafe { words.align_to().1 }),
            _ => None,
        }
    }

    /// The value in a heap of the same machine; none if it is another one.
    pub(crate) fn unpack(&self, heap: &mut Heap, machine: &Machine) -> Option<Result<Word, Box<Trap>>> {
        if !std::ptr::eq(Arc::as_ptr(&self.machine), machine) {
            return None;
        }
        Some(self.place(heap))
    }

    fn place(&self, heap: &mut Heap) -> Result<Word, Box<Trap>> {
        if self.words.is_empty() {
            return Ok(self.root);
        }
        heap.reserve(self.size())?;
        let len = self.words.len();
        let to = heap.alloc(len);
        let base = to as u64;
        // SAFETY: `alloc` gave so many words, all of which are written here before anything else happens; they are whole objects, see the module.
        unsafe {
            std::ptr::copy_nonoverlapping(self.words.as_ptr(), to, len);
            let mut at = 0;
            while at < len {
                let object = to.add(at);
                let header = Header::read(*object);
                each_tagged(header, object, |field| {
                    if *field & 1 == 0 {
                        *field += base;
                    }
                });
                if owns(header) {
                    heap.adopt(object);
                }
                at += 1 + header.len();
            }
        }
        Ok(if self.root.is_immediate() { self.root } else { Word(self.root.0 + base) })
    }

    /// As bytes.
    pub(crate) fn bytes(&self) -> &Arc<[u8]> {
        self.bytes.get_or_init(|| {
            let mut heap = Heap::new(u64::MAX, None);
            let value = self.place(&mut heap).unwrap_or_else(|_| unreachable!("a heap without a limit has room"));
            bytes_of(value, &mut heap)
        })
    }
}

/// A value that is known to be portable, as bytes.
pub(super) fn bytes_of(value: Word, heap: &mut Heap) -> Arc<[u8]> {
    let graph = heap::graph_of(value, heap, u64::MAX).expect("it was looked at when it was packed");
    match wire::encode(&graph).expect("it was looked at when it was packed") {
        Portable(super::Form::Bytes(bytes)) => bytes,
        Portable(_) => unreachable!("encoding gives bytes"),
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        let mut at = if self.has_blobs { 0 } else { self.words.len() };
        while at < self.words.len() {
            let header = Header::read(self.words[at]);
            if owns(header) {
                Heap::release(&raw mut self.words[at]);
            }
            at += 1 + header.len();
        }
    }
}

/// Whether an object owns a count of a blob.
fn owns(header: Header) -> bool {
    matches!(header, Header::Plain(ObjectKind::Text | ObjectKind::Bytes | ObjectKind::Opaque, _))
}

/// Calls back for each field that holds a tagged word.
///
/// # Safety
/// The object is whole, and has this header.
unsafe fn each_tagged(header: Header, object: *mut u64, mut visit: impl FnMut(*mut u64)) {
    // SAFETY: the header says which words of the object are tagged.
    unsafe {
        let fields = object.add(1);
        let mut all = |from: usize, to: usize| (from..to).for_each(|i| visit(fields.add(i)));
        match header {
            Header::Constructed(descriptor) => {
                let tagged = descriptor.fields.iter().enumerate().filter(|(_, rep)| !rep.is_raw());
                tagged.for_each(|(i, _)| visit(fields.add(i)));
            }
            Header::Plain(ObjectKind::Closure | ObjectKind::Leaf, len) => all(1, len),
            Header::Plain(ObjectKind::Slice, _) => all(0, 1),
            Header::Plain(ObjectKind::Ends, _) => all(0, 3),
            Header::Plain(ObjectKind::Node, _) => all(0, 2),
            Header::Plain(ObjectKind::Continuation, len) => {
                frames::each_tagged(fields.add(CONTINUATION_WORDS), len - CONTINUATION_WORDS, visit);
            }
            Header::Plain(..) => {}
        }
    }
}

/// Where the copies of objects are: looked for one by one while they are few, as most are.
struct Copies {
    few: Vec<(u64, u64)>,
    many: AddressMap<u64>,
}

/// So many are few.
const FEW: usize = 24;

impl Copies {
    fn get(&self, object: u64) -> Option<u64> {
        let few = || self.few.iter().find(|(of, _)| *of == object).map(|(_, place)| *place);
        if self.many.is_empty() { few() } else { self.many.get(&object).copied() }
    }

    fn add(&mut self, object: u64, place: u64) {
        if self.few.len() < FEW {
            return self.few.push((object, place));
        }
        if self.many.is_empty() {
            self.many.extend(self.few.iter().copied());
        }
        self.many.insert(object, place);
    }
}

struct Packer {
    words: Vec<u64>,
    copies: Copies,
    objects: u64,
    content_bytes: usize,
    has_blobs: bool,
    names: bool,
    words_max: usize,
    bytes_max: u64,
    /// Tagged words of the object at hand: where they are.
    fields: Vec<usize>,
}

/// Words for which there is room at once: most values need fewer.
const WORDS_USUAL: usize = 32;

impl Packer {
    fn new(reach: Reach, bytes_max: u64) -> Packer {
        Packer {
            words: Vec::with_capacity(WORDS_USUAL),
            copies: Copies { few: Vec::with_capacity(WORDS_USUAL / 4), many: AddressMap::default() },
            objects: 0,
            content_bytes: 0,
            has_blobs: false,
            names: false,
            words_max: reach.words_max(),
            bytes_max,
            fields: Vec::new(),
        }
    }

    /// Copies what the value reaches, breadth first. What was copied so far is whole objects whatever happens.
    fn pack(&mut self, value: Word, heap: &Heap) -> Option<Word> {
        let root = self.copy(value, heap);
        let (mut at, mut whole) = (0, root.is_some());
        while at < self.words.len() {
            let header = Header::read(self.words[at]);
            let mut fields = std::mem::take(&mut self.fields);
            let object = &raw mut self.words[at];
            // SAFETY: a whole object was copied there, whose tagged words are still those of the heap's.
            unsafe { each_tagged(header, object, |field| fields.push(at + field.offset_from(object) as usize)) };
            for field in fields.drain(..) {
                let copied = if whole { self.copy(Word(self.words[field]), heap) } else { None };
                whole = copied.is_some();
                // What is given up is never looked at as a value again.
                self.words[field] = copied.map_or(Word::EMPTY_LIST.0, |word| word.0);
            }
            self.fields = fields;
            at += 1 + header.len();
        }
        root.filter(|_| whole)
    }

    /// What stands for a word in the parcel: the object that it refers to is there then.
    fn copy(&mut self, word: Word, heap: &Heap) -> Option<Word> {
        if word.is_immediate() {
            return Some(word);
        }
        if let Some(place) = self.copies.get(word.0) {
            return Some(Word(place));
        }
        let header = word.header()?;
        let words = self.words.len() + 1 + header.len();
        let is_wanted = !self.objects.is_multiple_of(OBJECTS_UNASKED) || !heap.is_interrupted();
        if words > self.words_max || (8 * words + self.content_bytes) as u64 > self.bytes_max || !is_wanted {
            return None;
        }
        let place = 8 * self.words.len() as u64;
        match header {
            Header::Constructed(descriptor) => {
                match descriptor.tag {
                    Tag::Constructor(TypeRef::Builtin(BuiltinType::FileHandle), _) => return None,
                    Tag::Constructor(
                        TypeRef::Builtin(BuiltinType::Node | BuiltinType::Future | BuiltinType::Channel),
                        _,
                    ) => self.names = true,
                    _ => {}
                }
                self.push(word, header.len());
            }
            Header::Plain(kind @ (ObjectKind::Text | ObjectKind::Bytes), _) => self.content(word, kind, heap)?,
            Header::Plain(ObjectKind::Opaque, len) => {
                self.push(word, len);
                let blob = self.words.len() - len;
                self.words[blob] = Arc::into_raw(heap.share_blob(word)) as u64;
                self.has_blobs = true;
            }
            Header::Plain(ObjectKind::Continuation, len) => {
                if frames::of_continuation(word).iter().any(|frame| is_open(frame.point)) {
                    return None;
                }
                self.push(word, len);
            }
            Header::Plain(ObjectKind::Ref | ObjectKind::Array, _) => return None,
            Header::Plain(_, len) => self.push(word, len),
        }
        self.objects += 1;
        self.copies.add(word.0, place);
        Some(Word(place))
    }

    fn push(&mut self, word: Word, fields: usize) {
        self.words.push(word.header_bits());
        self.words.extend((0..fields).map(|i| word.raw_field(i)));
    }

    /// Text or bytes: shared if nobody can continue them and not much else is kept alive by it.
    fn content(&mut self, word: Word, kind: ObjectKind, heap: &Heap) -> Option<()> {
        let len = word.raw_field(2) as usize;
        if (8 * self.words.len() + self.content_bytes + len) as u64 > self.bytes_max {
            return None;
        }
        let shares = match heap.blob(word) {
            Blob::Text(text) => text.len() <= len + SHARED_BYTES_MAX,
            Blob::Bytes(bytes) => bytes.len() <= len + SHARED_BYTES_MAX,
            _ => false,
        };
        let (blob, first) = if shares {
            (heap.share_blob(word), word.raw_field(1))
        } else if kind == ObjectKind::Text {
            whole(Blob::Text(heap.copied_text(word)?))
        } else {
            whole(Blob::Bytes(heap.copied_bytes(word)?))
        };
        self.content_bytes += len;
        self.has_blobs = true;
        self.words.extend([Header::plain(kind, 3), Arc::into_raw(blob) as u64, first, len as u64]);
        Some(())
    }
}

/// A blob, and where its content begins.
fn whole(blob: Blob) -> (Arc<Blob>, u64) {
    let blob = Arc::new(blob);
    let first = blob.start() as u64;
    (blob, first)
}

/// Whether a frame is of code that was lowered while something was absent: it does not leave the process.
fn is_open(point: &RetPoint) -> bool {
    point.entry.and_then(|entry| entry.code()?.open).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_bytes_like_any_others() {
        let machine = Arc::new(Machine::new());
        let mut heap = Heap::new(1 << 20, None);
        let bytes: Vec<u8> = (0..32).collect();
        let (name, same) = (heap.name(&bytes), heap.bytes_value(bytes.as_slice().into()));
        assert_eq!(heap.as_bytes(name), Some(&bytes[..]));
        assert_eq!(heap.whole_bytes(name), heap.whole_bytes(same));
        for (front, back) in [(name, same), (same, name), (name, name)] {
            let both = heap.append(front, back).unwrap_or_else(|_| unreachable!("there is room"));
            assert_eq!(heap.as_bytes(both), Some(&[bytes.clone(), bytes.clone()].concat()[..]));
        }
        let part = heap.part(name, 3, 20);
        assert_eq!(heap.as_bytes(part), Some(&bytes[3..23]));
        let portable =
            |word, heap: &mut Heap| heap::write(word, heap, &machine, 1 << 20, Reach::Here).expect("it travels");
        let (a, b) = (portable(name, &mut heap), portable(same, &mut heap));
        assert_eq!(a, b, "the same bytes outside");
        let mut other = Heap::new(1 << 20, None);
        let read = heap::read(&a, &mut other, &machine).unwrap_or_else(|_| unreachable!("it was just written"));
        assert_eq!(other.as_bytes(read), Some(&bytes[..]));
        assert!(read.is_plain(ObjectKind::Name), "as it was");
    }
}

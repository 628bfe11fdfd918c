//! Words and objects: how a value looks in memory.
//!
//! A word with bit 0 set is immediate; bits 1 to 3 are its kind, the rest is the payload. Otherwise it is the address of an object: a header, then fields.
//!
//! | header | meaning | words after it |
//! |---|---|---|
//! | address of a [`Descriptor`] (low 4 bits 0) | constructed value or request | its fields in declared order, raw where the descriptor says so |
//! | `len << 8 \| kind << 4 \| 1` | everything else, see [`ObjectKind`] | `len` of them |
//! | address `\| 2` | moved by the collection that is going on | |
//!
//! # Safety
//! The invariant on [`Word`]: if bit 0 is clear it is the address of an object of the heap of the task that holds it, written completely, and not collected since.
//! It holds because (1) only `Heap` makes addresses, (2) collections happen only at safepoints, where every word that is still needed stands in a root and is
//! updated, and (3) raw words never become `Word`s but through the checked constructors here. Descriptors and entries live as long as the machine,
//! which every task keeps alive.

use crate::machine::{DefEntry, DescRef, Descriptor, EntryRef};

/// A tagged word. Equality is identity.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub(crate) struct Word(pub(crate) u64);

/// Kinds of immediate words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Immediate {
    Nat = 0,
    Int = 1,
    Char = 2,
    Boolean = 3,
    /// A constructor without fields: the address of its descriptor.
    Constant = 4,
    /// A function that holds nothing: the address of its entry.
    Function = 5,
    EmptyList = 6,
    /// Made by nobody.
    Reserved = 7,
}

/// Kinds of objects without a descriptor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum ObjectKind {
    /// One raw word.
    Nat = 0,
    Int = 1,
    Float = 2,
    /// A counted reference to a blob, first byte, length in bytes.
    Text = 3,
    Bytes = 4,
    /// A counted reference to a blob: a link or a row.
    Opaque = 5,
    /// An entry, then the arguments that it has already.
    Closure = 6,
    /// Elements of a list: where the first is and the last ends, then places for at most `list::LEAF_MAX`.
    Leaf = 7,
    /// Two trees that are not empty, their length together, their height.
    Node = 8,
    /// Distance of the innermost prompt from the end and of the outermost from the start (0: none), then frames.
    Continuation = 9,
    /// A list: a leaf, where in it the first element is and the last ends.
    Slice = 10,
    /// A list: a leaf or nothing, a tree, a leaf or nothing, where the one starts and the other ends, their length together.
    Ends = 11,
    /// Its serial number as a `Nat`, which tells it from others and orders them; what is in it, which may be younger than it.
    Ref = 12,
    /// The same, with as many places as there are.
    Array = 13,
    /// A few bytes, which stand in the object: whole words.
    Name = 14,
}

const KINDS: [ObjectKind; 15] = [
    ObjectKind::Nat,
    ObjectKind::Int,
    ObjectKind::Float,
    ObjectKind::Text,
    ObjectKind::Bytes,
    ObjectKind::Opaque,
    ObjectKind::Closure,
    ObjectKind::Leaf,
    ObjectKind::Node,
    ObjectKind::Continuation,
    ObjectKind::Slice,
    ObjectKind::Ends,
    ObjectKind::Ref,
    ObjectKind::Array,
    ObjectKind::Name,
];

impl ObjectKind {
    pub(crate) fn is_list(self) -> bool {
        matches!(self, ObjectKind::Leaf | ObjectKind::Node | ObjectKind::Slice | ObjectKind::Ends)
    }
}

/// Where the content of a reference, or of the first place of an array, is among its words.
pub(crate) const REF_CONTENT: usize = 1;

const NAT_MAX: u64 = (1 << 60) - 1;
const INT_MAX: i64 = (1 << 59) - 1;
const INT_MIN: i64 = -(1 << 59);

/// What a header says.
#[derive(Clone, Copy)]
pub(crate) enum Header {
    Constructed(DescRef),
    Plain(ObjectKind, usize),
}

impl Header {
    pub(crate) fn plain(kind: ObjectKind, len: usize) -> u64 {
        (len as u64) << 8 | (kind as u64) << 4 | 1
    }

    /// Reads a header that is not a forwarding address.
    #[inline(always)]
    pub(crate) fn read(header: u64) -> Header {
        if header & 1 == 0 {
            return Header::Constructed(DescRef::from_address(header));
        }
        Header::Plain(KINDS[(header >> 4) as usize & 15], (header >> 8) as usize)
    }

    /// Words after the header.
    pub(crate) fn len(self) -> usize {
        match self {
            Header::Constructed(descriptor) => descriptor.fields.len(),
            Header::Plain(_, len) => len,
        }
    }
}

impl Word {
    pub(crate) const EMPTY_LIST: Word = Word((Immediate::EmptyList as u64) << 1 | 1);
    pub(crate) const FALSE: Word = Word((Immediate::Boolean as u64) << 1 | 1);
    pub(crate) const TRUE: Word = Word(1 << 4 | (Immediate::Boolean as u64) << 1 | 1);

    const fn immediate(kind: Immediate, payload: u64) -> Word {
        Word(payload << 4 | (kind as u64) << 1 | 1)
    }

    /// A number that fits; else it must be boxed.
    #[inline(always)]
    pub(crate) fn small_nat(n: u64) -> Option<Word> {
        (n <= NAT_MAX).then(|| Word::immediate(Immediate::Nat, n))
    }

    #[inline(always)]
    pub(crate) fn small_int(n: i64) -> Option<Word> {
        (INT_MIN..=INT_MAX).contains(&n).then(|| Word::immediate(Immediate::Int, n as u64))
    }

    pub(crate) fn char(c: char) -> Word {
        Word::immediate(Immediate::Char, u64::from(u32::from(c)))
    }

    #[inline(always)]
    pub(crate) fn boolean(b: bool) -> Word {
        if b { Word::TRUE } else { Word::FALSE }
    }

    pub(crate) fn constant(descriptor: DescRef) -> Word {
        Word(descriptor.address() | (Immediate::Constant as u64) << 1 | 1)
    }

    pub(crate) fn function(entry: EntryRef) -> Word {
        Word(entry.address() | (Immediate::Function as u64) << 1 | 1)
    }

    #[inline(always)]
    pub(crate) fn is_immediate(self) -> bool {
        self.0 & 1 == 1
    }

    /// A number, character or truth value that is one word.
    pub(crate) fn is_scalar(self) -> bool {
        use Immediate::*;
        matches!(self.immediate_kind(), Some(Nat | Int | Char | Boolean))
    }

    #[inline(always)]
    pub(crate) fn immediate_kind(self) -> Option<Immediate> {
        if !self.is_immediate() {
            return None;
        }
        Some(match self.0 >> 1 & 7 {
            0 => Immediate::Nat,
            1 => Immediate::Int,
            2 => Immediate::Char,
            3 => Immediate::Boolean,
            4 => Immediate::Constant,
            5 => Immediate::Function,
            6 => Immediate::EmptyList,
            _ => Immediate::Reserved,
        })
    }

    #[inline(always)]
    pub(crate) fn payload(self) -> u64 {
        self.0 >> 4
    }

    pub(crate) fn constant_descriptor(self) -> Option<DescRef> {
        (self.immediate_kind() == Some(Immediate::Constant)).then(|| DescRef::from_address(self.0 & !15))
    }

    pub(crate) fn function_entry(self) -> Option<EntryRef> {
        (self.immediate_kind() == Some(Immediate::Function)).then(|| EntryRef::from_address(self.0 & !15))
    }

    /// The object's address. Only for words that are not immediate.
    #[inline(always)]
    pub(crate) fn address(self) -> *mut u64 {
        debug_assert!(!self.is_immediate());
        self.0 as *mut u64
    }

    /// The header's bits, for a word that is not immediate.
    #[inline(always)]
    pub(crate) fn header_bits(self) -> u64 {
        // SAFETY: the invariant on `Word`.
        unsafe { *self.address() }
    }

    pub(crate) fn header(self) -> Option<Header> {
        if self.is_immediate() {
            return None;
        }
        Some(Header::read(self.header_bits()))
    }

    /// The kind of an object without a descriptor, and how many words it has.
    #[inline(always)]
    pub(crate) fn plain(self) -> Option<(ObjectKind, usize)> {
        let header = if self.is_immediate() { 0 } else { self.header_bits() };
        (header & 1 == 1).then(|| (KINDS[(header >> 4) as usize & 15], (header >> 8) as usize))
    }

    /// Whether it is an object of this kind: looks at nothing but the header.
    #[inline(always)]
    pub(crate) fn is_plain(self, wanted: ObjectKind) -> bool {
        !self.is_immediate() && self.header_bits() as u8 == (wanted as u8) << 4 | 1
    }

    /// Words after an object's header.
    #[inline(always)]
    fn words(self) -> usize {
        let header = self.header_bits();
        if header & 1 == 1 { (header >> 8) as usize } else { DescRef::from_address(header).fields.len() }
    }

    /// The raw bits of a field of an object, the first being 0.
    #[inline(always)]
    pub(crate) fn raw_field(self, index: usize) -> u64 {
        debug_assert!(index < self.words());
        // SAFETY: the invariant on `Word`; callers have looked at the header, which bounds `index`.
        unsafe { *self.address().add(1 + index) }
    }

    /// A field that holds a tagged word.
    #[inline(always)]
    pub(crate) fn field(self, index: usize) -> Word {
        Word(self.raw_field(index))
    }

    #[inline(always)]
    pub(crate) fn as_nat(self) -> Option<u64> {
        match self.immediate_kind() {
            Some(Immediate::Nat) => Some(self.payload()),
            None if self.is_plain(ObjectKind::Nat) => Some(self.raw_field(0)),
            _ => None,
        }
    }

    pub(crate) fn as_int(self) -> Option<i64> {
        match self.immediate_kind() {
            Some(Immediate::Int) => Some(self.0 as i64 >> 4),
            None if self.is_plain(ObjectKind::Int) => Some(self.raw_field(0) as i64),
            _ => None,
        }
    }

    pub(crate) fn as_float(self) -> Option<f64> {
        self.is_plain(ObjectKind::Float).then(|| f64::from_bits(self.raw_field(0)))
    }

    pub(crate) fn as_char(self) -> Option<char> {
        if self.immediate_kind() != Some(Immediate::Char) {
            return None;
        }
        char::from_u32(self.payload() as u32)
    }

    pub(crate) fn as_boolean(self) -> Option<bool> {
        (self.immediate_kind() == Some(Immediate::Boolean)).then_some(self.0 == Word::TRUE.0)
    }

    /// The descriptor of a constructed value, with or without fields.
    pub(crate) fn descriptor(self) -> Option<DescRef> {
        match self.header() {
            Some(Header::Constructed(descriptor)) => Some(descriptor),
            Some(Header::Plain(..)) => None,
            None => self.constant_descriptor(),
        }
    }

    /// A function's entry and how many arguments it holds.
    #[inline(always)]
    pub(crate) fn as_function(self) -> Option<(EntryRef, usize)> {
        if let Some(entry) = self.function_entry() {
            return Some((entry, 0));
        }
        match self.plain()? {
            (ObjectKind::Closure, len) => Some((EntryRef::from_address(self.raw_field(0)), len - 1)),
            _ => None,
        }
    }

    pub(crate) fn is_list(self) -> bool {
        self == Word::EMPTY_LIST || self.plain().is_some_and(|(kind, _)| kind.is_list())
    }
}

const _: () =
    assert!(align_of::<DefEntry>() >= 16 && align_of::<Descriptor>() >= 16, "their addresses carry four bits of kind");

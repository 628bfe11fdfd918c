//! References and arrays that can be changed. Whatever is not usual, every fault among it, is left to the builtin.
//!
//! A reference is `[header][serial number][content]`, an array `[header][serial number][content ..]`. What is put into an old one is told to the collector, unless it refers to nothing.

use crate::function::Translator;
use builtin::{ALL_BUILTINS, Builtin};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use machine::native::{Helper, Instruction, LAYOUT, SERIAL_STEP};

/// The header of a reference.
const REF: u64 = 2 << 8 | 12 << 4 | 1;
/// The kind of an array, in its header's low bits.
const ARRAY: u64 = 13 << 4 | 1;
/// Which bits of a header are the kind.
const KIND_BITS: i64 = 0xff;
/// Where the first content is.
const CONTENT: i32 = 16;

impl Translator<'_, '_> {
    /// The value of a builtin of references and arrays that is known here.
    pub(crate) fn mutable_builtin(&mut self, i: &Instruction) -> Option<Value> {
        let regs = i.packed.clone();
        Some(match (*ALL_BUILTINS.get(i.b as usize)?, &regs[..]) {
            (Builtin::ScopeRef | Builtin::IoRef, [content]) => self.new_reference(*content),
            (Builtin::RefRead, [reference]) => self.read_reference(i, *reference),
            (Builtin::RefWrite, [reference, content]) => self.write_reference(i, *reference, *content),
            (Builtin::ArrayUnsafeRead, [array, place]) => self.read_array(i, *array, *place),
            (Builtin::ArrayUnsafeWrite, [array, place, content]) => self.write_array(i, *array, *place, *content),
            _ => return None,
        })
    }

    fn new_reference(&mut self, content: u32) -> Value {
        let content = self.get(content);
        let header = self.e.word(REF);
        let serial = self.e.load_core(LAYOUT.serial);
        let next = self.e.b.ins().iadd_imm_s(serial, SERIAL_STEP as i64);
        self.e.store_core(next, LAYOUT.serial);
        self.made(&[header, serial, content])
    }

    /// Goes on here with the header of an object; any other word goes elsewhere.
    fn header_or(&mut self, word: Value, other: Block) -> Value {
        let object = self.e.block();
        let bit = self.e.b.ins().band_imm_u(word, 1);
        self.e.branch(bit, other, object);
        self.e.at(object);
        self.e.load(word, 0)
    }

    fn reference_or(&mut self, word: Value, other: Block) {
        let header = self.header_or(word, other);
        let is_reference = self.e.compare_word(IntCC::Equal, header, REF);
        self.e.go_unless(is_reference, other);
    }

    /// The address of a place of an array, but for the words in front of the first.
    fn place_or(&mut self, array: Value, place: Value, other: Block) -> Value {
        let header = self.header_or(array, other);
        let kind = self.e.b.ins().band_imm_u(header, KIND_BITS);
        let is_array = self.e.compare_word(IntCC::Equal, kind, ARRAY);
        self.e.go_unless(is_array, other);
        let words = self.e.b.ins().ushr_imm_u(header, 8);
        let size = self.e.b.ins().iadd_imm_s(words, -1);
        let inside = self.e.compare(IntCC::UnsignedLessThan, place, size);
        self.e.go_unless(inside, other);
        let bytes = self.e.b.ins().ishl_imm_u(place, 3);
        self.e.b.ins().iadd(array, bytes)
    }

    /// A word that was found, or what the builtin gives where that is another way.
    fn found_or(&mut self, i: &Instruction, found: Value, other: Block) -> Value {
        let (on, word) = self.e.block_of_word();
        self.e.jump_with(on, found);
        self.e.at(other);
        let called = self.call_builtin(i);
        self.e.jump_with(on, called);
        self.e.at(on);
        word
    }

    fn read_reference(&mut self, i: &Instruction, reference: u32) -> Value {
        let (reference, other) = (self.get(reference), self.e.cold_block());
        self.reference_or(reference, other);
        let content = self.e.load(reference, CONTENT);
        self.found_or(i, content, other)
    }

    fn read_array(&mut self, i: &Instruction, array: u32, place: u32) -> Value {
        let (array, place, other) = (self.get(array), self.get(place), self.e.cold_block());
        let place = self.place_or(array, place, other);
        let content = self.e.load(place, CONTENT);
        self.found_or(i, content, other)
    }

    fn write_reference(&mut self, i: &Instruction, reference: u32, content: u32) -> Value {
        let (reference, content, other) = (self.get(reference), self.get(content), self.e.cold_block());
        self.reference_or(reference, other);
        self.put(reference, reference, content);
        let unit = self.e.load_core(LAYOUT.unit);
        self.found_or(i, unit, other)
    }

    fn write_array(&mut self, i: &Instruction, array: u32, place: u32, content: u32) -> Value {
        let (array, place, content) = (self.get(array), self.get(place), self.get(content));
        let other = self.e.cold_block();
        let place = self.place_or(array, place, other);
        self.put(array, place, content);
        let unit = self.e.load_core(LAYOUT.unit);
        self.found_or(i, unit, other)
    }

    /// Puts something into a place of an object, and tells the collector if it may have to know.
    fn put(&mut self, object: Value, place: Value, content: Value) {
        let (unknown, old, known) = (self.e.block(), self.e.block(), self.e.block());
        let immediate = self.e.b.ins().band_imm_u(content, 1);
        self.e.branch(immediate, known, unknown);
        self.e.at(unknown);
        let (start, bytes) = (self.e.load_core(LAYOUT.young_start), self.e.load_core(LAYOUT.young_bytes));
        let offset = self.e.b.ins().isub(object, start);
        let is_young = self.e.compare(IntCC::UnsignedLessThan, offset, bytes);
        self.e.branch(is_young, known, old);
        self.e.at(old);
        let address = self.e.b.ins().iadd_imm_s(place, i64::from(CONTENT));
        self.e.call(Helper::Remember, &[address]);
        self.e.jump(known);
        self.e.at(known);
        self.e.store(content, place, CONTENT);
    }
}

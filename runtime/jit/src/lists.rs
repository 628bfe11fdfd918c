//! Lists: what machine code knows of their shapes. Everything that is not usual is left to functions of the machine.
//!
//! A slice is `[header][leaf][start << 32 | end]`, ends are `[header][front leaf][tree][back leaf][start << 32 | end][size]`, a leaf is `[header][low << 32 | high][elements]`. As in the machine's
//! `list`, a place of a leaf is written once, by who has the list that ends there.

use crate::function::Translator;
use builtin::{ALL_BUILTINS, Builtin};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use machine::native::{Helper, Instruction, LAYOUT};

/// The word of the list without elements.
pub(crate) const EMPTY: u64 = 6 << 1 | 1;
/// Headers of lists.
const SLICE: u64 = 2 << 8 | 10 << 4 | 1;
const ENDS: u64 = 5 << 8 | 11 << 4 | 1;
/// Where in a slice its leaf and its range are.
pub(crate) const SLICE_LEAF: i32 = 8;
pub(crate) const SLICE_RANGE: i32 = 16;
/// Where in ends their leaves, their range and their size are.
pub(crate) const ENDS_FRONT: i32 = 8;
const ENDS_TREE: i32 = 16;
const ENDS_BACK: i32 = 24;
pub(crate) const ENDS_RANGE: i32 = 32;
pub(crate) const ENDS_SIZE: i32 = 40;
/// Where in a leaf its bounds and its elements are.
const LEAF_BOUNDS: i32 = 8;
pub(crate) const LEAF_ELEMENTS: i32 = 16;
/// One more, of the two numbers of a range.
const START_ONE: i64 = 1 << 32;

impl Translator<'_, '_> {
    /// The value of a builtin of lists that is known here.
    pub(crate) fn list_builtin(&mut self, i: &Instruction) -> Option<Value> {
        let regs = i.packed.clone();
        Some(match (*ALL_BUILTINS.get(i.b as usize)?, &regs[..]) {
            (Builtin::ListSize, [list]) => self.list_size(i, *list),
            (Builtin::ListDrop, [n, list]) => self.list_drop(*n, *list),
            (Builtin::ListSnoc, [list, element]) => self.list_snoc(*list, *element),
            (Builtin::ListCons, [element, list]) => {
                let (element, list) = (self.get(*element), self.get(*list));
                self.changed(Helper::Cons, element, list)
            }
            _ => return None,
        })
    }

    /// Blocks for a list that is a slice, and one that is ends; here is what to do with any other word.
    pub(crate) fn by_shape(&mut self, list: Value) -> (Block, Block) {
        let e = &mut self.e;
        let (object, slice, not_slice, ends, other) = (e.block(), e.block(), e.block(), e.block(), e.block());
        let bit = e.b.ins().band_imm_u(list, 1);
        e.branch(bit, other, object);
        e.at(object);
        let header = e.load(list, 0);
        let is_slice = e.compare_word(IntCC::Equal, header, SLICE);
        e.branch(is_slice, slice, not_slice);
        e.at(not_slice);
        let is_ends = e.compare_word(IntCC::Equal, header, ENDS);
        e.branch(is_ends, ends, other);
        e.at(other);
        (slice, ends)
    }

    /// The start and the end in a range.
    pub(crate) fn split(&mut self, range: Value) -> (Value, Value) {
        let start = self.e.b.ins().ushr_imm_u(range, 32);
        (start, self.e.b.ins().band_imm_u(range, i64::from(u32::MAX)))
    }

    fn list_size(&mut self, i: &Instruction, list: u32) -> Value {
        if let Some(size) = self.size_of_walked(i, list) {
            return size;
        }
        let list = self.get(list);
        let (on, size) = self.e.block_of_word();
        let (slice, ends) = self.by_shape(list);
        let (none, some) = (self.e.block(), self.e.block());
        let is_empty = self.e.compare_word(IntCC::Equal, list, EMPTY);
        self.e.branch(is_empty, none, some);
        self.e.at(none);
        let zero = self.e.word(0);
        self.e.jump_with(on, zero);
        self.e.at(some);
        let counted = self.call_builtin(i);
        self.e.jump_with(on, counted);
        self.e.at(slice);
        let range = self.e.load(list, SLICE_RANGE);
        let (start, end) = self.split(range);
        let count = self.e.b.ins().isub(end, start);
        self.e.jump_with(on, count);
        self.e.at(ends);
        let count = self.e.load(list, ENDS_SIZE);
        self.e.jump_with(on, count);
        self.e.at(on);
        size
    }

    /// An element by its index.
    pub(crate) fn list_element(&mut self, index: u32, list: u32) -> Value {
        let is_first = self.literal(index) == Some(0);
        let index = self.get(index);
        let (on, element) = self.e.block_of_word();
        let list = if is_first {
            let list = self.element_ahead(list, on);
            self.first_element(list, on);
            list
        } else {
            let list = self.get(list);
            self.element_at_hand(index, list, on);
            list
        };
        let found = self.e.call(Helper::Element, &[list, index]);
        self.halt_unless(found);
        let other = self.e.load_core(LAYOUT.exchange);
        self.e.jump_with(on, other);
        self.e.at(on);
        element
    }

    /// Goes on with the first element if that is easy to find.
    fn first_element(&mut self, list: Value, on: Block) {
        let other = self.e.block();
        let (slice, ends) = self.by_shape(list);
        self.e.jump(other);
        self.e.at(slice);
        let (leaf, range) = (self.e.load(list, SLICE_LEAF), self.e.load(list, SLICE_RANGE));
        self.give_place(leaf, range, on);
        self.e.at(ends);
        let leaf = self.e.load(list, ENDS_FRONT);
        let front = self.e.block();
        let bit = self.e.b.ins().band_imm_u(leaf, 1);
        self.e.branch(bit, other, front);
        self.e.at(front);
        let range = self.e.load(list, ENDS_RANGE);
        self.give_place(leaf, range, on);
        self.e.at(other);
    }

    /// Goes on with the element of a leaf where a range starts.
    fn give_place(&mut self, leaf: Value, range: Value, on: Block) {
        let start = self.e.b.ins().ushr_imm_u(range, 32);
        let place = self.place(leaf, start);
        let element = self.e.load(place, LEAF_ELEMENTS);
        self.e.jump_with(on, element);
    }

    /// Where a place of a leaf is, but for the words in front of them.
    pub(crate) fn place(&mut self, leaf: Value, place: Value) -> Value {
        let bytes = self.e.b.ins().ishl_imm_u(place, 3);
        self.e.b.ins().iadd(leaf, bytes)
    }

    /// Goes on with the element if the last one that was asked for was beside it.
    fn element_at_hand(&mut self, index: Value, list: Value, on: Block) {
        let e = &mut self.e;
        let (same, near, other) = (e.block(), e.block(), e.block());
        let [of, first, count, elements] = LAYOUT.finger;
        let known = e.load_core(of);
        let is_same = e.compare(IntCC::Equal, known, list);
        e.branch(is_same, same, other);
        e.at(same);
        let first = e.load_core(first);
        let place = e.b.ins().isub(index, first);
        let count = e.load_core(count);
        let inside = e.compare(IntCC::UnsignedLessThan, place, count);
        e.branch(inside, near, other);
        e.at(near);
        let elements = e.load_core(elements);
        let bytes = e.b.ins().ishl_imm_u(place, 3);
        let address = e.b.ins().iadd(elements, bytes);
        let element = e.load(address, 0);
        e.jump_with(on, element);
        e.at(other);
    }

    /// What a function of the machine makes of a list.
    fn changed(&mut self, helper: Helper, a: Value, b: Value) -> Value {
        let list = self.e.call(helper, &[a, b]);
        self.halt_unless(list);
        list
    }

    /// A list without so many elements.
    pub(crate) fn drop_slowly(&mut self, n: Value, list: Value) -> Value {
        self.changed(Helper::Drop, n, list)
    }

    fn list_drop(&mut self, n: u32, list: u32) -> Value {
        let drops_one = self.literal(n) == Some(1);
        let (n, list) = (self.get(n), self.get(list));
        if !drops_one {
            return self.changed(Helper::Drop, n, list);
        }
        let (on, rest) = self.e.block_of_word();
        let other = self.e.block();
        let (slice, ends) = self.by_shape(list);
        self.e.jump(other);
        self.e.at(slice);
        self.rest_of_slice(list, on);
        self.e.at(ends);
        self.rest_of_ends(list, on, other);
        self.e.at(other);
        let dropped = self.changed(Helper::Drop, n, list);
        self.e.jump_with(on, dropped);
        self.e.at(on);
        rest
    }

    fn rest_of_slice(&mut self, list: Value, on: Block) {
        let range = self.e.load(list, SLICE_RANGE);
        let shorter = self.e.b.ins().iadd_imm_s(range, START_ONE);
        let (start, end) = self.split(shorter);
        let (some, none) = (self.e.block(), self.e.block());
        let is_empty = self.e.compare(IntCC::Equal, start, end);
        self.e.branch(is_empty, none, some);
        self.e.at(none);
        let empty = self.e.word(EMPTY);
        self.e.jump_with(on, empty);
        self.e.at(some);
        let leaf = self.e.load(list, SLICE_LEAF);
        let rest = self.slice(leaf, shorter);
        self.e.jump_with(on, rest);
    }

    pub(crate) fn slice(&mut self, leaf: Value, range: Value) -> Value {
        let header = self.e.word(SLICE);
        self.made(&[header, leaf, range])
    }

    /// If the front has more than one element.
    fn rest_of_ends(&mut self, list: Value, on: Block, other: Block) {
        let leaf = self.e.load(list, ENDS_FRONT);
        let (front, more) = (self.e.block(), self.e.block());
        let bit = self.e.b.ins().band_imm_u(leaf, 1);
        self.e.branch(bit, other, front);
        self.e.at(front);
        let range = self.e.load(list, ENDS_RANGE);
        let shorter = self.e.b.ins().iadd_imm_s(range, START_ONE);
        let start = self.e.b.ins().ushr_imm_u(shorter, 32);
        let capacity = self.capacity(leaf);
        let has_more = self.e.compare(IntCC::UnsignedLessThan, start, capacity);
        self.e.branch(has_more, more, other);
        self.e.at(more);
        let size = self.e.load(list, ENDS_SIZE);
        let size = self.e.b.ins().iadd_imm_s(size, -1);
        let rest = self.ends_like(list, shorter, size);
        self.e.jump_with(on, rest);
    }

    pub(crate) fn capacity(&mut self, leaf: Value) -> Value {
        let header = self.e.load(leaf, 0);
        let words = self.e.b.ins().ushr_imm_u(header, 8);
        self.e.b.ins().iadd_imm_s(words, -1)
    }

    /// Ends of the same leaves and tree.
    pub(crate) fn ends_like(&mut self, list: Value, range: Value, size: Value) -> Value {
        let header = self.e.word(ENDS);
        let [front, tree, back] = [ENDS_FRONT, ENDS_TREE, ENDS_BACK].map(|at| self.e.load(list, at));
        self.made(&[header, front, tree, back, range, size])
    }

    fn list_snoc(&mut self, list: u32, element: u32) -> Value {
        let (list, element) = (self.get(list), self.get(element));
        let (on, longer) = self.e.block_of_word();
        let other = self.e.block();
        let (slice, ends) = self.by_shape(list);
        self.e.jump(other);
        self.e.at(slice);
        self.slice_and(list, element, on, other);
        self.e.at(ends);
        self.ends_and(list, element, on, other);
        self.e.at(other);
        let added = self.changed(Helper::Snoc, list, element);
        self.e.jump_with(on, added);
        self.e.at(on);
        longer
    }

    fn slice_and(&mut self, list: Value, element: Value, on: Block, other: Block) {
        let (leaf, range) = (self.e.load(list, SLICE_LEAF), self.e.load(list, SLICE_RANGE));
        let (start, end) = self.split(range);
        let capacity = self.capacity(leaf);
        let after = self.e.b.ins().iadd_imm_s(end, 1);
        // A leaf that is full from its beginning is a list by itself.
        let whole = self.e.b.ins().icmp(IntCC::Equal, after, capacity);
        let starts = self.e.b.ins().icmp_imm_s(IntCC::Equal, start, 0);
        let whole = self.e.b.ins().band(whole, starts);
        let part = self.e.block();
        self.e.branch(whole, other, part);
        self.e.at(part);
        self.push(leaf, end, capacity, element, other);
        let longer = self.e.b.ins().iadd_imm_s(range, 1);
        let list = self.slice(leaf, longer);
        self.e.jump_with(on, list);
    }

    fn ends_and(&mut self, list: Value, element: Value, on: Block, other: Block) {
        let leaf = self.e.load(list, ENDS_BACK);
        let back = self.e.block();
        let bit = self.e.b.ins().band_imm_u(leaf, 1);
        self.e.branch(bit, other, back);
        self.e.at(back);
        let range = self.e.load(list, ENDS_RANGE);
        let end = self.e.b.ins().band_imm_u(range, i64::from(u32::MAX));
        let capacity = self.capacity(leaf);
        self.push(leaf, end, capacity, element, other);
        let longer = self.e.b.ins().iadd_imm_s(range, 1);
        let size = self.e.load(list, ENDS_SIZE);
        let size = self.e.b.ins().iadd_imm_s(size, 1);
        let list = self.ends_like(list, longer, size);
        self.e.jump_with(on, list);
    }

    /// Puts an element into a leaf behind the one before `end`, if nobody has yet, there is room, and the collector need not know.
    fn push(&mut self, leaf: Value, end: Value, capacity: Value, element: Value, other: Block) {
        let (free, room, unknown, known) = (self.e.block(), self.e.block(), self.e.block(), self.e.block());
        let bounds = self.e.load(leaf, LEAF_BOUNDS);
        let high = self.e.b.ins().band_imm_u(bounds, i64::from(u32::MAX));
        let is_end = self.e.compare(IntCC::Equal, high, end);
        self.e.branch(is_end, free, other);
        self.e.at(free);
        let fits = self.e.compare(IntCC::UnsignedLessThan, end, capacity);
        self.e.branch(fits, room, other);
        self.e.at(room);
        let immediate = self.e.b.ins().band_imm_u(element, 1);
        self.e.branch(immediate, known, unknown);
        self.e.at(unknown);
        let (start, bytes) = (self.e.load_core(LAYOUT.young_start), self.e.load_core(LAYOUT.young_bytes));
        let offset = self.e.b.ins().isub(leaf, start);
        let is_young = self.e.compare(IntCC::UnsignedLessThan, offset, bytes);
        self.e.branch(is_young, known, other);
        self.e.at(known);
        let place = self.place(leaf, end);
        self.e.store(element, place, LEAF_ELEMENTS);
        let after = self.e.b.ins().iadd_imm_s(bounds, 1);
        self.e.store(after, leaf, LEAF_BOUNDS);
    }

    /// An object of these words.
    pub(crate) fn made(&mut self, words: &[Value]) -> Value {
        let object = self.alloc(words.len());
        for (offset, word) in (0..).zip(words) {
            self.e.store(*word, object, 8 * offset);
        }
        object
    }
}

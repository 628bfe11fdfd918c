//! Lists that are walked over: an element is taken, then what is behind it, and so on.
//!
//! The list behind an element is an object of its own. As long as a register only serves to go on from there, that object is not made: the register keeps the list with which the walk began, and further
//! variables know where in its first leaf the walk is. Whatever else reads the register makes the object first ([`Translator::catch_up`]). A walk ends where the leaf does, and at every safepoint: whatever
//! stands in a window or a frame is a list.

use crate::function::Translator;
use crate::lists::{EMPTY, ENDS_FRONT, ENDS_RANGE, ENDS_SIZE, LEAF_ELEMENTS, SLICE_LEAF, SLICE_RANGE};
use builtin::{ALL_BUILTINS, Builtin};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use cranelift_frontend::Variable;
use machine::native::{Instruction, Opcode, Source};
use std::collections::{BTreeMap, BTreeSet};

/// The low byte of a leaf's header.
const LEAF: u64 = 7 << 4 | 1;

/// What is known of the lists in registers.
pub(crate) struct Walks {
    /// The variables of each register that may hold a list on a walk.
    cursors: BTreeMap<u32, [Variable; WORDS]>,
    /// Registers of which the variables may say something here, and whether elements may be gone that the register's own variable still has.
    pub(crate) here: BTreeMap<u32, bool>,
    /// Parameters that a round of the function's loop hands to the next as they are.
    handed_on: BTreeSet<u32>,
    /// Registers of which something takes the elements behind the first.
    walked: BTreeSet<u32>,
}

/// Variables of a walk: where the next element is, how many there are from it to the end of its leaf, how many behind that leaf, how many are gone. If nothing is known, the last three are 0.
const WORDS: usize = 4;

/// The values of these.
#[derive(Clone, Copy)]
struct Cursor {
    next: Value,
    ahead: Value,
    beyond: Value,
    gone: Value,
}

impl Cursor {
    fn words(self) -> [Value; WORDS] {
        [self.next, self.ahead, self.beyond, self.gone]
    }
}

/// The list of which an instruction takes all elements but the first, and how many those are.
fn dropped(i: &Instruction) -> Option<(u32, u32)> {
    match (ALL_BUILTINS.get(i.b as usize)?, &i.packed[..]) {
        (Builtin::ListDrop, [n, list]) if i.opcode == Opcode::Builtin => Some((*list, *n)),
        _ => None,
    }
}

impl Walks {
    pub(crate) fn of(source: &Source) -> Walks {
        let walked: BTreeSet<u32> = source.instructions.iter().filter_map(dropped).map(|(list, _)| list).collect();
        let params = source.params.len() as u32;
        let loops = source.instructions.iter().any(|i| i.opcode == Opcode::Jump && i.target == 0);
        let handed_on = walked.iter().copied().filter(|slot| loops && *slot < params).collect();
        Walks { cursors: BTreeMap::new(), here: BTreeMap::new(), handed_on, walked }
    }

    /// What holds where the function's loop begins.
    pub(crate) fn begin(&mut self) {
        self.here = self.handed_on.iter().map(|slot| (*slot, true)).collect();
    }

    /// Something may be known of the list in a register.
    pub(crate) fn is_known(&self, slot: u32) -> bool {
        self.here.contains_key(&slot)
    }

    /// The register's own variable may have elements that are gone.
    pub(crate) fn may_be_behind(&self, slot: u32) -> bool {
        self.here.get(&slot) == Some(&true)
    }
}

impl Translator<'_, '_> {
    /// The variables of parameters have to be there before anything is put into these.
    pub(crate) fn prepare_walks(&mut self) {
        for slot in self.walks.handed_on.clone() {
            self.cursor_variables(slot);
        }
    }

    fn cursor_variables(&mut self, slot: u32) -> [Variable; WORDS] {
        let Translator { e, walks, .. } = self;
        *walks.cursors.entry(slot).or_insert_with(|| std::array::from_fn(|_| e.b.declare_var(I64)))
    }

    fn cursor(&mut self, slot: u32) -> Cursor {
        let [next, ahead, beyond, gone] = self.cursor_variables(slot).map(|variable| self.e.b.use_var(variable));
        Cursor { next, ahead, beyond, gone }
    }

    fn set_cursor(&mut self, slot: u32, words: [Value; WORDS]) {
        for (variable, word) in self.cursor_variables(slot).into_iter().zip(words) {
            self.e.b.def_var(variable, word);
        }
    }

    /// The list with which a walk has begun.
    fn beginning(&mut self, slot: u32) -> Value {
        let variable = self.variable(slot);
        self.e.b.use_var(variable)
    }

    /// Nothing is known of a register, which holds something else.
    pub(crate) fn stop_walk(&mut self, slot: u32) {
        if self.walks.cursors.contains_key(&slot) {
            let none = self.e.word(0);
            self.set_cursor(slot, [none; WORDS]);
        }
        self.walks.here.remove(&slot);
    }

    /// Nothing is known of any register: objects may be elsewhere.
    pub(crate) fn stop_walks(&mut self) {
        let slots: Vec<u32> = self.walks.cursors.keys().copied().collect();
        slots.into_iter().for_each(|slot| self.stop_walk(slot));
    }

    /// Before the next round of the loop: only some parameters are handed on.
    pub(crate) fn give_walks_on(&mut self) {
        let Walks { cursors, handed_on, .. } = &self.walks;
        let slots: Vec<u32> = cursors.keys().copied().filter(|slot| !handed_on.contains(slot)).collect();
        for slot in slots {
            if slot < self.source.params.len() as u32 {
                self.get(slot);
            }
            self.stop_walk(slot);
        }
    }

    /// A register gets what another one holds.
    pub(crate) fn move_walk(&mut self, to: u32, from: u32) {
        let (list, cursor, behind) = (self.beginning(from), self.cursor(from), self.walks.may_be_behind(from));
        self.set(to, list);
        self.set_cursor(to, cursor.words());
        self.walks.here.insert(to, behind);
    }

    /// Makes the list in a register.
    pub(crate) fn catch_up(&mut self, slot: u32) {
        let (list, cursor) = (self.beginning(slot), self.cursor(slot));
        let (on, exact) = self.e.block_of_word();
        let (behind, there) = (self.e.block(), self.e.block());
        self.e.branch(cursor.gone, behind, there);
        self.e.at(there);
        self.e.jump_with(on, list);
        self.e.at(behind);
        let steps = self.e.b.ins().ishl_imm_u(cursor.gone, 32);
        let (slice, ends) = self.by_shape(list);
        let end = self.e.b.ins().iadd(cursor.gone, cursor.ahead);
        let range = self.e.b.ins().bor(steps, end);
        let rest = self.slice(list, range);
        self.e.jump_with(on, rest);
        self.e.at(slice);
        let (leaf, range) = (self.e.load(list, SLICE_LEAF), self.e.load(list, SLICE_RANGE));
        let range = self.e.b.ins().iadd(range, steps);
        let rest = self.slice(leaf, range);
        self.e.jump_with(on, rest);
        self.e.at(ends);
        let range = self.e.load(list, ENDS_RANGE);
        let range = self.e.b.ins().iadd(range, steps);
        let size = self.e.b.ins().iadd(cursor.ahead, cursor.beyond);
        let rest = self.ends_like(list, range, size);
        self.e.jump_with(on, rest);
        self.e.at(on);
        self.set(slot, exact);
        let none = self.e.word(0);
        self.set_cursor(slot, [cursor.next, cursor.ahead, cursor.beyond, none]);
        self.walks.here.insert(slot, false);
    }

    /// The size of a list of which something will take the elements; a walk begins.
    pub(crate) fn size_of_walked(&mut self, i: &Instruction, slot: u32) -> Option<Value> {
        if !self.walks.walked.contains(&slot) {
            return None;
        }
        let (list, behind) = (self.beginning(slot), self.walks.may_be_behind(slot));
        let (on, [size, next, ahead, beyond]) = self.e.block_of_words();
        let before = self.walks.is_known(slot).then(|| self.cursor(slot));
        if let Some(Cursor { next, ahead, beyond, .. }) = before {
            let (walking, look) = (self.e.block(), self.e.block());
            self.e.branch(ahead, walking, look);
            self.e.at(walking);
            let size = self.e.b.ins().iadd(ahead, beyond);
            self.e.jump_with_words(on, &[size, next, ahead, beyond]);
            self.e.at(look);
        }
        let none = self.e.word(0);
        self.begin_walk(list, none, on);
        let counted = self.counted(i, slot);
        self.e.jump_with_words(on, &[counted, none, none, none]);
        self.e.at(on);
        let gone = before.map_or(none, |cursor| cursor.gone);
        self.set_cursor(slot, [next, ahead, beyond, gone]);
        self.walks.here.insert(slot, behind);
        Some(size)
    }

    /// Goes to the block with a list's size and where its first elements are; here is what to do with trees and what is no list.
    fn begin_walk(&mut self, list: Value, none: Value, on: Block) {
        let (slice, ends) = self.by_shape(list);
        let rest = self.e.block();
        self.begin_in_leaf(list, none, (on, rest));
        self.e.at(slice);
        let (leaf, range) = (self.e.load(list, SLICE_LEAF), self.e.load(list, SLICE_RANGE));
        let (start, end) = self.split(range);
        let count = self.e.b.ins().isub(end, start);
        let first = self.address_of(leaf, start);
        self.e.jump_with_words(on, &[count, first, count, none]);
        self.e.at(ends);
        self.begin_in_ends(list, none, on);
        self.e.at(rest);
    }

    /// If it has no elements, or is a leaf; else goes to the second block.
    fn begin_in_leaf(&mut self, list: Value, none: Value, (on, rest): (Block, Block)) {
        let (empty, some, object, leaf) = (self.e.block(), self.e.block(), self.e.block(), self.e.block());
        let is_empty = self.e.compare_word(IntCC::Equal, list, EMPTY);
        self.e.branch(is_empty, empty, some);
        self.e.at(empty);
        self.e.jump_with_words(on, &[none; 4]);
        self.e.at(some);
        let bit = self.e.b.ins().band_imm_u(list, 1);
        self.e.branch(bit, rest, object);
        self.e.at(object);
        let header = self.e.load(list, 0);
        let kind = self.e.b.ins().band_imm_u(header, 0xff);
        let is_leaf = self.e.compare_word(IntCC::Equal, kind, LEAF);
        self.e.branch(is_leaf, leaf, rest);
        self.e.at(leaf);
        let count = self.capacity(list);
        let first = self.address_of(list, none);
        self.e.jump_with_words(on, &[count, first, count, none]);
    }

    /// In front of the tree, if there is a leaf.
    fn begin_in_ends(&mut self, list: Value, none: Value, on: Block) {
        let (total, leaf) = (self.e.load(list, ENDS_SIZE), self.e.load(list, ENDS_FRONT));
        let (front, tree) = (self.e.block(), self.e.block());
        let bit = self.e.b.ins().band_imm_u(leaf, 1);
        self.e.branch(bit, tree, front);
        self.e.at(tree);
        self.e.jump_with_words(on, &[total, none, none, none]);
        self.e.at(front);
        let range = self.e.load(list, ENDS_RANGE);
        let start = self.e.b.ins().ushr_imm_u(range, 32);
        let capacity = self.capacity(leaf);
        let count = self.e.b.ins().isub(capacity, start);
        let others = self.e.b.ins().isub(total, count);
        let first = self.address_of(leaf, start);
        self.e.jump_with_words(on, &[total, first, count, others]);
    }

    /// Where an element of a leaf is.
    fn address_of(&mut self, leaf: Value, place: Value) -> Value {
        let place = self.place(leaf, place);
        self.e.b.ins().iadd_imm_s(place, i64::from(LEAF_ELEMENTS))
    }

    /// What the builtin says of a list that is no walk's, or of what is no list.
    fn counted(&mut self, i: &Instruction, slot: u32) -> Value {
        self.walks.here.remove(&slot);
        self.call_builtin(i)
    }

    /// The first element of a list on a walk goes to the block; here is what to do if there is none.
    pub(crate) fn element_ahead(&mut self, slot: u32, on: Block) -> Value {
        if self.walks.is_known(slot) {
            let cursor = self.cursor(slot);
            let (walking, look) = (self.e.block(), self.e.block());
            self.e.branch(cursor.ahead, walking, look);
            self.e.at(walking);
            let element = self.e.load(cursor.next, 0);
            self.e.jump_with(on, element);
            self.e.at(look);
        }
        self.beginning(slot)
    }

    /// Takes a step of a walk; false if it is another instruction, or no walk.
    pub(crate) fn walk_on(&mut self, i: &Instruction) -> bool {
        let Some((slot, n)) = dropped(i) else { return false };
        if self.literal(n) != Some(1) || !self.walks.is_known(slot) {
            return false;
        }
        let (list, Cursor { next, ahead, beyond, gone }) = (self.beginning(slot), self.cursor(slot));
        let (on, [list_then, cursor_then @ ..]) = self.e.block_of_words::<{ 1 + WORDS }>();
        let (walks, ends, last, over) = (self.e.block(), self.e.block(), self.e.block(), self.e.block());
        let has_more = self.e.compare_word(IntCC::UnsignedGreaterThan, ahead, 1);
        self.e.branch(has_more, walks, ends);
        self.e.at(walks);
        let next = self.e.b.ins().iadd_imm_s(next, 8);
        let left = self.e.b.ins().iadd_imm_s(ahead, -1);
        let gone_then = self.e.b.ins().iadd_imm_s(gone, 1);
        self.e.jump_with_words(on, &[list, next, left, beyond, gone_then]);
        self.e.at(ends);
        let none = self.e.word(0);
        let size = self.e.b.ins().iadd(ahead, beyond);
        let is_last = self.e.compare_word(IntCC::Equal, size, 1);
        self.e.branch(is_last, last, over);
        self.e.at(last);
        let empty = self.e.word(EMPTY);
        self.e.jump_with_words(on, &[empty, none, none, none, none]);
        self.e.at(over);
        let count = self.e.b.ins().iadd_imm_s(gone, 1);
        let rest = self.drop_slowly(count, list);
        self.e.jump_with_words(on, &[rest, none, none, none, none]);
        self.e.at(on);
        self.set(i.a, list_then);
        self.set_cursor(i.a, cursor_then);
        self.walks.here.insert(i.a, true);
        true
    }
}

//! Boxing, objects, fields.

use crate::function::Translator;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use machine::native::{Helper, Instruction, LAYOUT, Opcode, Symbol};

/// Low bits of an immediate word, by kind.
const NAT: u64 = 1;
const INT: u64 = 3;
const CHAR: u64 = 5;
const BOOLEAN: u64 = 7;
/// Which bits these are.
const KIND_BITS: i64 = 15;
/// Headers of boxed numbers.
const NAT_HEADER: u64 = 1 << 8 | 1;
const INT_HEADER: u64 = 1 << 8 | 1 << 4 | 1;
const FLOAT_HEADER: u64 = 1 << 8 | 2 << 4 | 1;
/// Of a closure with no words.
const CLOSURE_HEADER: u64 = 6 << 4 | 1;

impl Translator<'_, '_> {
    /// An instruction that makes or reads objects; false if it is another one.
    pub(crate) fn memory(&mut self, i: &Instruction) -> bool {
        let word = match i.opcode {
            Opcode::BoxNat => self.box_nat(i),
            Opcode::BoxInt => self.box_int(i),
            Opcode::BoxFloat => {
                let bits = self.get(i.b);
                self.boxed(FLOAT_HEADER, bits)
            }
            Opcode::BoxChar => self.box_char(i),
            Opcode::BoxBoolean => {
                let truth = self.get(i.b);
                let some = self.e.compare_word(IntCC::NotEqual, truth, 0);
                let raw = self.e.widened(some);
                self.tagged(raw, BOOLEAN)
            }
            Opcode::UnboxNat => self.unbox_number(i, NAT, NAT_HEADER),
            Opcode::UnboxInt => self.unbox_number(i, INT, INT_HEADER),
            Opcode::UnboxFloat => self.unbox_float(i),
            Opcode::UnboxChar => self.unbox_immediate(i, CHAR),
            Opcode::UnboxBoolean => self.unbox_immediate(i, BOOLEAN),
            Opcode::Field => {
                let object = self.get(i.b);
                self.e.load(object, 8 + 8 * i.wide as i32)
            }
            Opcode::Construct => {
                let header = self.e.address(Symbol::Word(i.at + 2));
                self.object(&[header], &i.packed)
            }
            Opcode::Closure => {
                let header = self.e.word((1 + u64::from(i.wide)) << 8 | CLOSURE_HEADER);
                let entry = self.e.address(Symbol::Word(i.at + 2));
                self.object(&[header, entry], &i.packed)
            }
            _ => return false,
        };
        self.set(i.a, word);
        true
    }

    fn tagged(&mut self, payload: Value, kind: u64) -> Value {
        let shifted = self.e.b.ins().ishl_imm_u(payload, 4);
        self.e.b.ins().bor_imm_u(shifted, kind as i64)
    }

    /// Room for so many words.
    pub(crate) fn alloc(&mut self, words: usize) -> Value {
        let undone = self.undone();
        let e = &mut self.e;
        let (on, object) = e.block_of_word();
        let (quick, slow) = (e.block(), e.cold_block());
        let next = e.load_core(LAYOUT.next);
        let end = e.load_core(LAYOUT.end);
        let after = e.b.ins().iadd_imm_s(next, 8 * words as i64);
        let fits = e.compare(IntCC::UnsignedLessThanOrEqual, after, end);
        if let Some(undone) = undone {
            e.go_unless(fits, undone);
            e.store_core(after, LAYOUT.next);
            return next;
        }
        e.branch(fits, quick, slow);
        e.at(slow);
        let count = e.word(words as u64);
        let fresh = e.call(Helper::Alloc, &[count]);
        e.jump_with(on, fresh);
        e.at(quick);
        e.store_core(after, LAYOUT.next);
        e.jump_with(on, next);
        e.at(on);
        object
    }

    /// An object of these words, then what is in the registers.
    fn object(&mut self, words: &[Value], registers: &[u32]) -> Value {
        let fields: Vec<Value> = registers.iter().map(|slot| self.get(*slot)).collect();
        let object = self.alloc(words.len() + fields.len());
        for (offset, word) in (0..).zip(words.iter().chain(&fields)) {
            self.e.store(*word, object, 8 * offset);
        }
        object
    }

    fn boxed(&mut self, header: u64, bits: Value) -> Value {
        let object = self.alloc(2);
        let header = self.e.word(header);
        self.e.store(header, object, 0);
        self.e.store(bits, object, 8);
        object
    }

    /// The immediate word if it fits, else an object.
    fn small_or_boxed(&mut self, fits: Value, small: Value, header: u64, bits: Value) -> Value {
        let (on, word) = self.e.block_of_word();
        let (quick, slow) = (self.e.block(), self.e.cold_block());
        self.e.branch(fits, quick, slow);
        self.e.at(slow);
        let object = self.boxed(header, bits);
        self.e.jump_with(on, object);
        self.e.at(quick);
        self.e.jump_with(on, small);
        self.e.at(on);
        word
    }

    fn box_nat(&mut self, i: &Instruction) -> Value {
        let bits = self.get(i.b);
        let small = self.tagged(bits, NAT);
        let high = self.e.b.ins().ushr_imm_u(bits, 60);
        let fits = self.e.compare_word(IntCC::Equal, high, 0);
        self.small_or_boxed(fits, small, NAT_HEADER, bits)
    }

    fn box_int(&mut self, i: &Instruction) -> Value {
        let bits = self.get(i.b);
        let small = self.tagged(bits, INT);
        let again = self.e.b.ins().sshr_imm_u(small, 4);
        let fits = self.e.compare(IntCC::Equal, again, bits);
        self.small_or_boxed(fits, small, INT_HEADER, bits)
    }

    fn box_char(&mut self, i: &Instruction) -> Value {
        let bits = self.get(i.b);
        let (on, word) = self.e.block_of_word();
        let (quick, slow) = (self.e.block(), self.e.cold_block());
        // Below the surrogates every number is a character.
        let plain = self.e.compare_word(IntCC::UnsignedLessThan, bits, 0xd800);
        if let Some(undone) = self.undone() {
            self.e.go_unless(plain, undone);
            return self.tagged(bits, CHAR);
        }
        self.e.branch(plain, quick, slow);
        self.e.at(slow);
        let checked = self.e.call(Helper::Char, &[bits]);
        self.e.jump_with(on, checked);
        self.e.at(quick);
        let small = self.tagged(bits, CHAR);
        self.e.jump_with(on, small);
        self.e.at(on);
        word
    }

    fn kind(&mut self, word: Value) -> Value {
        self.e.b.ins().band_imm_u(word, KIND_BITS)
    }

    fn payload(&mut self, word: Value, kind: u64) -> Value {
        let ins = self.e.b.ins();
        if kind == INT { ins.sshr_imm_u(word, 4) } else { ins.ushr_imm_u(word, 4) }
    }

    fn unbox_immediate(&mut self, i: &Instruction, kind: u64) -> Value {
        let word = self.get(i.b);
        let found = self.kind(word);
        let fits = self.e.compare_word(IntCC::Equal, found, kind);
        self.leave_unless(fits, &[i.b], i.at);
        self.payload(word, kind)
    }

    fn unbox_number(&mut self, i: &Instruction, kind: u64, header: u64) -> Value {
        let word = self.get(i.b);
        let (on, bits) = self.e.block_of_word();
        let (quick, slow) = (self.e.block(), self.e.cold_block());
        let found = self.kind(word);
        let small = self.e.compare_word(IntCC::Equal, found, kind);
        self.e.branch(small, quick, slow);
        self.e.at(slow);
        let inside = self.content(i, word, header);
        self.e.jump_with(on, inside);
        self.e.at(quick);
        let payload = self.payload(word, kind);
        self.e.jump_with(on, payload);
        self.e.at(on);
        bits
    }

    fn unbox_float(&mut self, i: &Instruction) -> Value {
        let word = self.get(i.b);
        self.content(i, word, FLOAT_HEADER)
    }

    /// What a boxed number holds; anything else is the interpreter's to tell.
    fn content(&mut self, i: &Instruction, word: Value, header: u64) -> Value {
        let bit = self.e.b.ins().band_imm_u(word, 1);
        let object = self.e.compare_word(IntCC::Equal, bit, 0);
        self.leave_unless(object, &[i.b], i.at);
        let found = self.e.load(word, 0);
        let fits = self.e.compare_word(IntCC::Equal, found, header);
        self.leave_unless(fits, &[i.b], i.at);
        self.e.load(word, 8)
    }
}

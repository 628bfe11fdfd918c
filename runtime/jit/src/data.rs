//! Builtins, lists, constants: what mostly calls functions of the machine.

use crate::function::Translator;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::types::I64;
use cranelift_codegen::ir::{Block, InstBuilder, Value};
use machine::native::{Helper, Instruction, LAYOUT, Opcode, Symbol};

/// The highest low bits of an immediate word that says all about its value, `Constant`'s, and of one that has an order.
const CONSTANT: u64 = 9;
const BOOLEAN: u64 = 7;
const INT: u64 = 3;
const NAT: u64 = 1;

impl Translator<'_, '_> {
    /// An instruction of these; false if it is another one.
    pub(crate) fn data(&mut self, i: &Instruction) -> bool {
        match i.opcode {
            Opcode::Builtin if self.float_builtin(i) || self.walk_on(i) => {}
            Opcode::Builtin | Opcode::RefRead | Opcode::RefWrite => {
                let word = self.list_builtin(i).or_else(|| self.quick_builtin(i)).or_else(|| self.mutable_builtin(i));
                let word = word.unwrap_or_else(|| self.call_builtin(i));
                self.set(i.a, word);
            }
            Opcode::UniversalEq => self.equal(i),
            Opcode::UniversalLt => self.ordered(i, IntCC::SignedLessThan),
            Opcode::UniversalLteq => self.ordered(i, IntCC::SignedLessThanOrEqual),
            Opcode::UniversalGt => self.ordered(i, IntCC::SignedGreaterThan),
            Opcode::UniversalGteq => self.ordered(i, IntCC::SignedGreaterThanOrEqual),
            Opcode::UniversalCompare => self.compared(i),
            Opcode::ListUnsafeAt => {
                let element = self.list_element(i.b, i.c);
                self.set(i.a, element);
            }
            Opcode::List => {
                self.store(i.packed.iter().copied());
                let pc = self.e.address(Symbol::Code(i.at));
                let win = self.e.window();
                let list = self.e.call(Helper::List, &[pc, win]);
                self.set(i.a, list);
            }
            Opcode::Blob => {
                let blob = self.e.address(Symbol::Word(i.at + 2));
                let word = self.e.call(Helper::Blob, &[blob]);
                self.set(i.a, word);
            }
            Opcode::LoadConstant => self.load_constant(i),
            Opcode::StoreConstant => {
                let entry = self.e.address(Symbol::Word(i.at + 2));
                let (bits, raw) = (self.get(i.a), self.e.word(u64::from(i.b)));
                self.e.call(Helper::StoreConstant, &[entry, bits, raw]);
            }
            _ => return false,
        }
        true
    }

    pub(crate) fn halt_unless(&mut self, holds: Value) {
        let at = self.at;
        self.e.unless(holds, |e| e.halt(at));
    }

    pub(crate) fn call_builtin(&mut self, i: &Instruction) -> Value {
        let which = u64::from(i.b) | i.x1 << 16;
        let which = self.e.word(which);
        let mut args = vec![which];
        args.extend(i.packed.iter().map(|slot| self.get(*slot)).collect::<Vec<_>>());
        while args.len() < 5 {
            args.push(which);
        }
        let done = self.e.call(Helper::Builtin, &args);
        self.halt_unless(done);
        let work = self.e.load_core(LAYOUT.work);
        let fuel = self.e.fuel();
        let left = self.e.b.ins().isub(fuel, work);
        self.e.b.def_var(self.e.fuel, left);
        let none = self.e.word(0);
        self.e.store_core(none, LAYOUT.work);
        self.e.load_core(LAYOUT.exchange)
    }

    fn load_constant(&mut self, i: &Instruction) {
        let entry = self.e.address(Symbol::Word(i.at + 2));
        let known = self.e.call(Helper::LoadConstant, &[entry]);
        let (yes, no) = (self.e.block(), self.e.block());
        self.e.branch(known, yes, no);
        self.e.at(yes);
        let word = self.e.load_core(LAYOUT.exchange);
        let (stored, literals, walks) = (self.stored.clone(), self.literals.clone(), self.walks.here.clone());
        self.set(i.a, word);
        let target = self.block_at(i.target);
        self.e.jump(target);
        (self.stored, self.literals, self.walks.here) = (stored, literals, walks);
        self.e.at(no);
    }

    /// What the words decide if both are immediate and of one kind, up to this one; else the builtin does.
    fn by_words(&mut self, i: &Instruction, highest: u64, decide: impl FnOnce(&mut Self, Value, Value) -> Value) {
        let [a, b] = [0, 1].map(|n| self.get(i.packed[n]));
        let (on, word) = self.e.block_of_word();
        if let Some(undone) = self.undone() {
            self.by_numbers(i.opcode, a, b, (on, undone));
            self.e.at(on);
            return self.set(i.a, word);
        }
        let (alike, quick, slow) = (self.e.cold_block(), self.e.cold_block(), self.e.cold_block());
        self.by_numbers(i.opcode, a, b, (on, alike));
        self.e.at(alike);
        let alike = self.e.cold_block();
        let kind = self.e.b.ins().band_imm_u(a, 15);
        let other = self.e.b.ins().band_imm_u(b, 15);
        let same = self.e.compare(IntCC::Equal, kind, other);
        self.e.branch(same, alike, slow);
        self.e.at(alike);
        // Even ones are addresses; odd ones up to `highest` are meant.
        let bit = self.e.b.ins().band_imm_u(kind, 1);
        let low = self.e.compare_word(IntCC::UnsignedLessThanOrEqual, kind, highest);
        let low = self.e.widened(low);
        let both = self.e.b.ins().band(bit, low);
        self.e.branch(both, quick, slow);
        self.e.at(quick);
        let decided = decide(self, a, b);
        self.e.jump_with(on, decided);
        self.e.at(slow);
        let found = self.call_builtin(i);
        self.e.jump_with(on, found);
        self.e.at(on);
        self.set(i.a, word);
    }

    /// The same where both are small natural numbers, as keys and counts mostly are; else goes to the block.
    fn by_numbers(&mut self, opcode: Opcode, a: Value, b: Value, (on, other): (Block, Block)) {
        let [x, y] = [a, b].map(|word| self.e.b.ins().bxor_imm_u(word, NAT as i64));
        let either = self.e.b.ins().bor(x, y);
        let kinds = self.e.b.ins().band_imm_u(either, 15);
        let numbers = self.e.compare_word(IntCC::Equal, kinds, 0);
        self.e.go_unless(numbers, other);
        let mut holds = |how| {
            let holds = self.e.compare(how, a, b);
            self.e.widened(holds)
        };
        let decided = match opcode {
            Opcode::UniversalEq => holds(IntCC::Equal),
            Opcode::UniversalLt => holds(IntCC::UnsignedLessThan),
            Opcode::UniversalLteq => holds(IntCC::UnsignedLessThanOrEqual),
            Opcode::UniversalGt => holds(IntCC::UnsignedGreaterThan),
            Opcode::UniversalGteq => holds(IntCC::UnsignedGreaterThanOrEqual),
            _ => {
                let (greater, less) = (holds(IntCC::UnsignedGreaterThan), holds(IntCC::UnsignedLessThan));
                self.e.b.ins().isub(greater, less)
            }
        };
        self.e.jump_with(on, decided);
    }

    fn equal(&mut self, i: &Instruction) {
        self.by_words(i, CONSTANT, |this, a, b| {
            let equal = this.e.compare(IntCC::Equal, a, b);
            this.e.widened(equal)
        });
    }

    /// Words of one kind as numbers whose order is theirs: only those of `Int` are signed.
    fn keys(&mut self, a: Value, b: Value) -> (Value, Value) {
        let kind = self.e.b.ins().band_imm_u(a, 15);
        let signed = self.e.compare_word(IntCC::Equal, kind, INT);
        let sign = self.e.b.ins().iconst(I64, i64::MIN);
        let [x, y] = [a, b].map(|word| {
            let turned = self.e.b.ins().bxor(word, sign);
            self.e.b.ins().select(signed, word, turned)
        });
        (x, y)
    }

    fn ordered(&mut self, i: &Instruction, how: IntCC) {
        self.by_words(i, BOOLEAN, |this, a, b| {
            let (x, y) = this.keys(a, b);
            let holds = this.e.compare(how, x, y);
            this.e.widened(holds)
        });
    }

    fn compared(&mut self, i: &Instruction) {
        self.by_words(i, BOOLEAN, |this, a, b| {
            let (x, y) = this.keys(a, b);
            let [greater, less] = [IntCC::SignedGreaterThan, IntCC::SignedLessThan].map(|how| {
                let holds = this.e.compare(how, x, y);
                this.e.widened(holds)
            });
            this.e.b.ins().isub(greater, less)
        });
    }
}

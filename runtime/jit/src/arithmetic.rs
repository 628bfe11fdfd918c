//! Operations on raw words, and branches that compare them.

use crate::function::Translator;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::{F64, I64};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value};
use machine::native::{Instruction, Opcode};

/// How a comparison compares, and whether with a literal.
fn comparison(opcode: Opcode) -> Option<(IntCC, bool)> {
    use IntCC::*;
    Some(match opcode {
        Opcode::Eq | Opcode::UnlessEq => (Equal, false),
        Opcode::Lt | Opcode::UnlessLt => (UnsignedLessThan, false),
        Opcode::Lteq | Opcode::UnlessLteq => (UnsignedLessThanOrEqual, false),
        Opcode::IntLt | Opcode::UnlessIntLt => (SignedLessThan, false),
        Opcode::IntLteq | Opcode::UnlessIntLteq => (SignedLessThanOrEqual, false),
        Opcode::EqI | Opcode::UnlessEqI => (Equal, true),
        Opcode::LtI | Opcode::UnlessLtI => (UnsignedLessThan, true),
        Opcode::LteqI | Opcode::UnlessLteqI => (UnsignedLessThanOrEqual, true),
        Opcode::GtI | Opcode::UnlessGtI => (UnsignedGreaterThan, true),
        Opcode::GteqI | Opcode::UnlessGteqI => (UnsignedGreaterThanOrEqual, true),
        Opcode::IntLtI | Opcode::UnlessIntLtI => (SignedLessThan, true),
        Opcode::IntLteqI | Opcode::UnlessIntLteqI => (SignedLessThanOrEqual, true),
        Opcode::IntGtI | Opcode::UnlessIntGtI => (SignedGreaterThan, true),
        Opcode::IntGteqI | Opcode::UnlessIntGteqI => (SignedGreaterThanOrEqual, true),
        _ => return None,
    })
}

fn is_branch(opcode: Opcode) -> bool {
    matches!(
        opcode,
        Opcode::UnlessEq
            | Opcode::UnlessLt
            | Opcode::UnlessLteq
            | Opcode::UnlessIntLt
            | Opcode::UnlessIntLteq
            | Opcode::UnlessEqI
            | Opcode::UnlessLtI
            | Opcode::UnlessLteqI
            | Opcode::UnlessGtI
            | Opcode::UnlessGteqI
            | Opcode::UnlessIntLtI
            | Opcode::UnlessIntLteqI
            | Opcode::UnlessIntGtI
            | Opcode::UnlessIntGteqI
    )
}

impl Translator<'_, '_> {
    /// A branch that compares; false if it is another instruction.
    pub(crate) fn comparing_branch(&mut self, i: &Instruction) -> bool {
        let Some((how, literal)) = comparison(i.opcode).filter(|_| is_branch(i.opcode)) else { return false };
        let a = self.get(i.a);
        let b = if literal { self.e.word(u64::from(i.b)) } else { self.get(i.b) };
        let holds = self.e.compare(how, a, b);
        self.branch(holds, i);
        true
    }

    /// An operation on raw words; false if it is another instruction.
    pub(crate) fn arithmetic(&mut self, i: &Instruction) -> bool {
        if is_branch(i.opcode) {
            return false;
        }
        if let Some((how, literal)) = comparison(i.opcode) {
            let (a, b) = self.operands(i, literal);
            let holds = self.e.compare(how, a, b);
            let word = self.e.widened(holds);
            self.set(i.a, word);
            return true;
        }
        self.integer(i) || self.float(i) || self.division(i)
    }

    /// Operands `b` and `c`, which may be a literal.
    fn operands(&mut self, i: &Instruction, literal: bool) -> (Value, Value) {
        let b = self.get(i.b);
        (b, if literal { self.e.word(u64::from(i.c)) } else { self.get(i.c) })
    }

    fn integer(&mut self, i: &Instruction) -> bool {
        let literal = matches!(i.opcode, Opcode::NatAddI | Opcode::NatSubI | Opcode::NatMulI | Opcode::IntSubI);
        let word = match i.opcode {
            Opcode::NatAdd | Opcode::NatAddI => {
                let (b, c) = self.operands(i, literal);
                self.e.b.ins().iadd(b, c)
            }
            Opcode::NatMul | Opcode::NatMulI => {
                let (b, c) = self.operands(i, literal);
                self.e.b.ins().imul(b, c)
            }
            Opcode::IntSub | Opcode::IntSubI => {
                let (b, c) = self.operands(i, literal);
                self.e.b.ins().isub(b, c)
            }
            Opcode::NatSub | Opcode::NatSubI => {
                let (b, c) = self.operands(i, literal);
                let difference = self.e.b.ins().isub(b, c);
                let fits = self.e.compare(IntCC::UnsignedGreaterThanOrEqual, b, c);
                let zero = self.e.word(0);
                self.e.b.ins().select(fits, difference, zero)
            }
            Opcode::Not => {
                let b = self.get(i.b);
                self.e.b.ins().bxor_imm_u(b, 1)
            }
            _ => return false,
        };
        self.set(i.a, word);
        true
    }

    /// Division by zero is the interpreter's to tell.
    fn division(&mut self, i: &Instruction) -> bool {
        if !matches!(i.opcode, Opcode::NatDiv | Opcode::NatMod) {
            return false;
        }
        let (b, c) = self.operands(i, false);
        let divides = self.e.compare_word(IntCC::NotEqual, c, 0);
        self.leave_unless(divides, &[i.b, i.c], i.at);
        let ins = self.e.b.ins();
        let word = if i.opcode == Opcode::NatDiv { ins.udiv(b, c) } else { ins.urem(b, c) };
        self.set(i.a, word);
        true
    }

    /// Goes on if it holds; else in the interpreter, at this instruction, which reads these registers and comes to an end.
    pub(crate) fn leave_unless(&mut self, holds: Value, reads: &[u32], at: u32) {
        if let Some(undone) = self.undone() {
            return self.e.go_unless(holds, undone);
        }
        let (on, out) = (self.e.block(), self.e.cold_block());
        self.e.branch(holds, on, out);
        self.e.at(out);
        let walks = self.walks.here.clone();
        self.store(reads.iter().copied());
        self.walks.here = walks;
        self.e.leave(at);
        self.e.at(on);
    }

    fn float(&mut self, i: &Instruction) -> bool {
        let how = match i.opcode {
            Opcode::FloatLt => Some(FloatCC::LessThan),
            Opcode::FloatLteq => Some(FloatCC::LessThanOrEqual),
            Opcode::FloatAdd | Opcode::FloatSub | Opcode::FloatMul | Opcode::FloatDiv => None,
            _ => return false,
        };
        let (x, y) = (self.float_of(i.b), self.float_of(i.c));
        if let Some(how) = how {
            let holds = self.e.b.ins().fcmp(how, x, y);
            let word = self.e.widened(holds);
            self.set(i.a, word);
            return true;
        }
        let ins = self.e.b.ins();
        let result = match i.opcode {
            Opcode::FloatAdd => ins.fadd(x, y),
            Opcode::FloatSub => ins.fsub(x, y),
            Opcode::FloatMul => ins.fmul(x, y),
            _ => ins.fdiv(x, y),
        };
        self.set_float(i.a, result);
        true
    }

    /// The float in a register.
    pub(crate) fn float_of(&mut self, slot: u32) -> Value {
        match self.floats.get(&slot).copied() {
            Some(float) => float,
            None => {
                let bits = self.get(slot);
                self.e.b.ins().bitcast(F64, MemFlagsData::new(), bits)
            }
        }
    }

    /// The bits of a float; there is one NaN.
    pub(crate) fn one_nan(&mut self, float: Value) -> Value {
        let bits = self.e.b.ins().bitcast(I64, MemFlagsData::new(), float);
        let number = self.e.b.ins().fcmp(FloatCC::Ordered, float, float);
        let nan = self.e.word(f64::NAN.to_bits());
        self.e.b.ins().select(number, bits, nan)
    }
}

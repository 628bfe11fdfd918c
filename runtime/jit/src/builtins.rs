//! Builtins that are a few instructions of the processor. Whatever is not here calls the machine.

use crate::function::Translator;
use builtin::{ALL_BUILTINS, Builtin};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::F64;
use cranelift_codegen::ir::{InstBuilder, Value};
use machine::native::Instruction;

impl Translator<'_, '_> {
    /// A builtin that gives a float; false if it is another one.
    pub(crate) fn float_builtin(&mut self, i: &Instruction) -> bool {
        let (Some(builtin), [a]) = (ALL_BUILTINS.get(i.b as usize), &i.packed[..]) else { return false };
        let float = match builtin {
            Builtin::NatToFloat => {
                let number = self.get(*a);
                self.e.b.ins().fcvt_from_uint(F64, number)
            }
            Builtin::IntToFloat => {
                let number = self.get(*a);
                self.e.b.ins().fcvt_from_sint(F64, number)
            }
            Builtin::FloatSqrt => {
                let float = self.float_of(*a);
                self.e.b.ins().sqrt(float)
            }
            Builtin::FloatAbs => {
                let float = self.float_of(*a);
                self.e.b.ins().fabs(float)
            }
            _ => return false,
        };
        self.set_float(i.a, float);
        true
    }

    /// The value of a builtin that needs no call.
    pub(crate) fn quick_builtin(&mut self, i: &Instruction) -> Option<Value> {
        let builtin = *ALL_BUILTINS.get(i.b as usize)?;
        match i.packed[..] {
            [a] => self.of_one(builtin, a),
            [a, b] => self.of_two(builtin, a, b),
            _ => None,
        }
    }

    fn of_one(&mut self, builtin: Builtin, a: u32) -> Option<Value> {
        let a = self.get(a);
        let ins = self.e.b.ins();
        Some(match builtin {
            Builtin::NatIncrement => ins.iadd_imm_s(a, 1),
            Builtin::NatIsOdd => ins.band_imm_u(a, 1),
            Builtin::NatIsEven => {
                let odd = ins.band_imm_u(a, 1);
                self.e.b.ins().bxor_imm_u(odd, 1)
            }
            Builtin::NatComplement => ins.bnot(a),
            Builtin::IntNegate => ins.ineg(a),
            Builtin::NatToInt
            | Builtin::IntToRepresentation
            | Builtin::IntFromRepresentation
            | Builtin::FloatToRepresentation => a,
            _ => return None,
        })
    }

    fn of_two(&mut self, builtin: Builtin, a: u32, b: u32) -> Option<Value> {
        if builtin == Builtin::FloatEq {
            let (x, y) = (self.float_of(a), self.float_of(b));
            let equal = self.e.b.ins().fcmp(FloatCC::Equal, x, y);
            return Some(self.e.widened(equal));
        }
        let (a, b) = (self.get(a), self.get(b));
        Some(match builtin {
            Builtin::NatDifference => self.e.b.ins().isub(a, b),
            Builtin::NatAnd => self.e.b.ins().band(a, b),
            Builtin::NatOr => self.e.b.ins().bor(a, b),
            Builtin::NatXor => self.e.b.ins().bxor(a, b),
            Builtin::NatShiftLeft | Builtin::NatShiftRight => {
                let ins = self.e.b.ins();
                let shifted = if builtin == Builtin::NatShiftLeft { ins.ishl(a, b) } else { ins.ushr(a, b) };
                let inside = self.e.compare_word(IntCC::UnsignedLessThan, b, 64);
                let none = self.e.word(0);
                self.e.b.ins().select(inside, shifted, none)
            }
            _ => return None,
        })
    }
}

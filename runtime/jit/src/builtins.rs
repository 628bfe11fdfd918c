//! Builtins that are a few instructions of the processor. Whatever is not here calls the machine.

use crate::function::Translator;
use builtin::{ALL_BUILTINS, Builtin};
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::types::F64;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value};
use machine::native::Instruction;

impl Translator<'_, '_> {
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
            Builtin::NatToFloat => {
                let float = ins.fcvt_from_uint(F64, a);
                self.one_nan(float)
            }
            Builtin::IntToFloat => {
                let float = ins.fcvt_from_sint(F64, a);
                self.one_nan(float)
            }
            Builtin::FloatSqrt => {
                let float = ins.bitcast(F64, MemFlagsData::new(), a);
                let root = self.e.b.ins().sqrt(float);
                self.one_nan(root)
            }
            Builtin::FloatAbs => {
                let float = ins.bitcast(F64, MemFlagsData::new(), a);
                let size = self.e.b.ins().fabs(float);
                self.one_nan(size)
            }
            _ => return None,
        })
    }

    fn of_two(&mut self, builtin: Builtin, a: u32, b: u32) -> Option<Value> {
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
            Builtin::FloatEq => {
                let [x, y] = [a, b].map(|bits| self.e.b.ins().bitcast(F64, MemFlagsData::new(), bits));
                let equal = self.e.b.ins().fcmp(FloatCC::Equal, x, y);
                self.e.widened(equal)
            }
            _ => return None,
        })
    }
}

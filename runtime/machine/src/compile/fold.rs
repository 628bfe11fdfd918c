//! What needs no instruction or no slot of its own: literals that stand in the instructions that read them, comparisons that are part of a branch.

use super::lines::Line;
use builtin::Builtin;
use ir::{End, Function, Op, Reg};
use kernel::Literal;

/// What is known of each register before slots are given out.
pub(super) struct Folding {
    /// How often it is read.
    pub(super) uses: Vec<u32>,
    /// The last line that reads it, or the one that assigns it.
    pub(super) last_use: Vec<u32>,
    /// The word that it always holds, if it is a raw literal.
    literals: Vec<Option<u64>>,
    /// It is such a literal, and stands in every instruction that reads it.
    folded: Vec<bool>,
    /// The line's comparison is done by the branch after it.
    fused: Vec<bool>,
}

/// An operation on words with an operand that stands in the instruction.
pub(super) struct Immediate {
    pub(super) builtin: Builtin,
    pub(super) reg: Reg,
    pub(super) word: u64,
}

impl Folding {
    pub(super) fn of(function: &Function, lines: &[Line]) -> Folding {
        let count = function.registers.len();
        let mut folding = Folding {
            uses: vec![0; count],
            last_use: vec![0; count],
            literals: vec![None; count],
            folded: vec![false; count],
            fused: vec![false; lines.len()],
        };
        for (at, line) in lines.iter().enumerate() {
            if let Line::Let(to, Op::Literal(literal)) = line {
                folding.literals[to.0 as usize] = word(literal);
            }
            line.for_each_use(|reg| {
                folding.uses[reg.0 as usize] += 1;
                folding.last_use[reg.0 as usize] = at as u32;
            });
        }
        folding.fold(function, lines);
        folding.fuse(lines);
        folding
    }

    fn fold(&mut self, function: &Function, lines: &[Line]) {
        let mut uses = self.uses.clone();
        for line in lines {
            if let Line::Let(_, Op::Builtin(builtin, args)) = line
                && let Some((_, literal)) = self.operands(*builtin, args)
            {
                uses[literal.0 as usize] -= 1;
            }
        }
        // A frame holds what the IR says that it holds.
        for point in &function.resume_points {
            point.live.iter().for_each(|reg| uses[reg.0 as usize] += 1);
        }
        for (reg, uses) in uses.iter().enumerate() {
            self.folded[reg] = self.literals[reg].is_some() && *uses == 0;
        }
    }

    fn fuse(&mut self, lines: &[Line]) {
        for (at, pair) in lines.windows(2).enumerate() {
            if let [Line::Let(to, Op::Builtin(builtin, _)), Line::End(End::If(on, ..), _)] = pair {
                self.fused[at] = to == on && self.uses[to.0 as usize] == 1 && is_comparison(*builtin);
            }
        }
    }

    pub(super) fn is_folded(&self, reg: Reg) -> bool {
        self.folded[reg.0 as usize]
    }

    pub(super) fn is_fused(&self, line: usize) -> bool {
        self.fused[line]
    }

    /// The operand that stays a register, and the literal.
    fn operands(&self, builtin: Builtin, args: &[Reg]) -> Option<(Reg, Reg)> {
        let [a, b] = *args else { return None };
        let fits = |reg: Reg| self.literals[reg.0 as usize].is_some_and(|word| word <= u64::from(u16::MAX));
        if takes_immediate(builtin) && fits(b) {
            return Some((a, b));
        }
        (swapped(builtin).is_some() && fits(a)).then_some((b, a))
    }

    /// The operation with a literal inside, if that is how it is done.
    pub(super) fn immediate(&self, builtin: Builtin, args: &[Reg]) -> Option<Immediate> {
        let (reg, literal) = self.operands(builtin, args)?;
        let builtin = if args[1] == literal { builtin } else { swapped(builtin)? };
        Some(Immediate { builtin, reg, word: self.literals[literal.0 as usize]? })
    }
}

/// Comparisons that a branch does.
fn is_comparison(builtin: Builtin) -> bool {
    use Builtin::*;
    matches!(builtin, NatEq | IntEq | NatLt | NatLteq | NatGt | NatGteq | IntLt | IntLteq | IntGt | IntGteq)
}

/// Those that have an instruction with a small literal as the second operand. A small word is the same number as `Nat` and `Int`.
fn takes_immediate(builtin: Builtin) -> bool {
    use Builtin::*;
    is_comparison(builtin) || matches!(builtin, NatAdd | IntAdd | NatSub | NatDrop | IntSub | NatMul | IntMul)
}

/// The operation that gives the same with its operands exchanged.
fn swapped(builtin: Builtin) -> Option<Builtin> {
    use Builtin::*;
    Some(match builtin {
        NatAdd | IntAdd | NatMul | IntMul | NatEq | IntEq => builtin,
        NatLt => NatGt,
        NatGt => NatLt,
        NatLteq => NatGteq,
        NatGteq => NatLteq,
        IntLt => IntGt,
        IntGt => IntLt,
        IntLteq => IntGteq,
        IntGteq => IntLteq,
        _ => return None,
    })
}

/// The bits of a literal that is held raw.
pub(super) fn word(literal: &Literal) -> Option<u64> {
    Some(match literal {
        Literal::Nat(n) => *n,
        Literal::Int(n) => *n as u64,
        Literal::Float(bits) => *bits,
        Literal::Char(c) => u64::from(u32::from(*c)),
        Literal::Boolean(b) => u64::from(*b),
        Literal::Text(_) | Literal::Bytes(_) => return None,
    })
}

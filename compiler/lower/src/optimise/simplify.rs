//! What is known already is not computed again.
//!
//! On the way from the beginning of a function to each of its blocks: an operation that gives what an earlier one gave is that one (loops are functions, so "earlier" is "on the way"); what is
//! unboxed from a box is what was boxed; a comparison of boxed words is one of words; a match on a value whose constructor is known is its case; and a join point to which everybody brings a boxed word takes the word.

use super::joins;
use super::tidy::tidy;
use crate::calls::on_words;
use builtin::{Builtin, Class};
use ir::{Block, End, Function, Op, Reg, Rep, Scalar, Step, Tag};
use kernel::Literal;
use std::collections::BTreeMap;

/// Functions with more registers stay as they are.
const REGISTERS_MAX: usize = 1 << 16;

/// Simplifies functions.
pub(super) fn simplify(functions: &mut [Function]) {
    for function in functions.iter_mut().filter(|function| function.registers.len() <= REGISTERS_MAX) {
        let mut changed = function.clone();
        joins::take_apart(&mut changed);
        let mut body = std::mem::replace(&mut changed.body, crate::draft::empty());
        let mut simplifying = Simplifying::of(std::mem::take(&mut changed.registers));
        simplifying.block(&mut body);
        changed.registers = simplifying.registers;
        changed.body = body;
        if let Some(changed) = tidy(changed) {
            *function = changed;
        }
    }
}

/// An operand of an operation that was done: literals are the same wherever they stand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Operand {
    Reg(Reg),
    Word(Scalar, u64),
}

/// What an operation does.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Done {
    Box(Operand),
    Unbox(Reg, Scalar),
    Builtin(Builtin, Vec<Operand>),
}

struct Simplifying {
    registers: Vec<Rep>,
    /// What registers are called that only repeat others.
    names: BTreeMap<Reg, Reg>,
    /// What registers were made by. Each stands on the way to whoever reads it.
    made: BTreeMap<Reg, Op>,
    /// What was done on the way to here, and what it gave.
    done: BTreeMap<Done, Reg>,
}

impl Simplifying {
    fn of(registers: Vec<Rep>) -> Simplifying {
        Simplifying { registers, names: BTreeMap::new(), made: BTreeMap::new(), done: BTreeMap::new() }
    }

    fn name(&self, reg: Reg) -> Reg {
        self.names.get(&reg).copied().unwrap_or(reg)
    }

    fn block(&mut self, block: &mut Block) {
        let mut new = Vec::new();
        self.steps(block, 0, &mut new);
        block.end.for_each_child_mut(|block| self.block(block));
        for done in new {
            self.done.remove(&done);
        }
    }

    /// The steps from here on, and the end; with the steps of a case if that is known.
    fn steps(&mut self, block: &mut Block, from: usize, new: &mut Vec<Done>) {
        for mut step in block.steps.split_off(from) {
            step.for_each_use_mut(|reg| *reg = self.name(*reg));
            if let Step::Join { block, .. } = &mut step {
                self.block(block);
            }
            let mut before = Vec::new();
            if let Step::Let(_, op) = &mut step
                && let Some(of_words) = self.of_words(op, &mut before)
            {
                *op = of_words;
            }
            before.push(step);
            for step in before {
                if let Step::Let(into, op) = &step {
                    self.op(*into, op, new);
                }
                block.steps.push(step);
            }
        }
        block.end.for_each_use_mut(|reg| *reg = self.name(*reg));
        self.turn(&mut block.end);
        if let Some(mut taken) = self.known_way(&mut block.end) {
            let from = block.steps.len();
            block.steps.append(&mut taken.steps);
            block.end = taken.end;
            self.steps(block, from, new);
        }
    }

    /// A branch on a negation is the other branch.
    fn turn(&self, end: &mut End) {
        if let End::If(on, yes, no) = end
            && let Some(Op::Builtin(Builtin::BooleanNot, args)) = self.made.get(on)
        {
            *on = args[0];
            std::mem::swap(yes, no);
        }
    }

    /// A comparison of any values whose operands are boxed words is one of words. What has to be computed before it comes first.
    fn of_words(&mut self, op: &Op, before: &mut Vec<Step>) -> Option<Op> {
        let Op::Builtin(builtin, args) = op else { return None };
        let &[a, b] = &args[..] else { return None };
        let (x, y) = (self.boxed(a), self.boxed(b));
        if let (Some((x, Scalar::Float)), Some((y, Scalar::Float))) = (x, y) {
            return self.of_floats(*builtin, x, y, before);
        }
        let (_, scalar) = x.or(y)?;
        let of_words = on_words(*builtin, Rep::W(scalar))?;
        let mut word = |known: Option<(Reg, Scalar)>, tagged: Reg| match known {
            Some((word, found)) => (found == scalar).then_some(word),
            None => Some(self.fresh(Rep::W(scalar), Op::Unbox(tagged, scalar), before)),
        };
        let args = vec![word(x, a)?, word(y, b)?];
        let compared = Op::Builtin(of_words, args);
        if *builtin == Builtin::UniversalNotEq {
            let equal = self.fresh(Rep::W(Scalar::Boolean), compared, before);
            return Some(Op::Builtin(Builtin::BooleanNot, vec![equal]));
        }
        Some(compared)
    }

    /// As values floats have an order in which a NaN is the largest; beside a number it can be told by how floats compare.
    fn of_floats(&mut self, builtin: Builtin, x: Reg, y: Reg, before: &mut Vec<Step>) -> Option<Op> {
        let number = |reg: Reg| match self.made.get(&reg) {
            Some(Op::Literal(Literal::Float(bits))) => !f64::from_bits(*bits).is_nan(),
            _ => false,
        };
        let (args, turned) = if number(y) { ([x, y], false) } else { ([y, x], true) };
        if turned && !number(x) {
            return None;
        }
        let (of_floats, negated) = match (builtin, turned) {
            (Builtin::UniversalEq, _) => (Builtin::FloatEq, false),
            (Builtin::UniversalNotEq, _) => (Builtin::FloatEq, true),
            (Builtin::UniversalLt, false) | (Builtin::UniversalGt, true) => (Builtin::FloatLt, false),
            (Builtin::UniversalLteq, false) | (Builtin::UniversalGteq, true) => (Builtin::FloatLteq, false),
            (Builtin::UniversalGt, false) | (Builtin::UniversalLt, true) => (Builtin::FloatLteq, true),
            (Builtin::UniversalGteq, false) | (Builtin::UniversalLteq, true) => (Builtin::FloatLt, true),
            _ => return None,
        };
        let compared = Op::Builtin(of_floats, args.to_vec());
        if !negated {
            return Some(compared);
        }
        let truth = self.fresh(Rep::W(Scalar::Boolean), compared, before);
        Some(Op::Builtin(Builtin::BooleanNot, vec![truth]))
    }

    /// The word that is in a box, and of which kind it is.
    fn boxed(&self, reg: Reg) -> Option<(Reg, Scalar)> {
        let Op::Box(word) = self.made.get(&reg)? else { return None };
        match self.registers[word.0 as usize] {
            Rep::W(scalar) => Some((*word, scalar)),
            Rep::V => None,
        }
    }

    fn fresh(&mut self, rep: Rep, op: Op, before: &mut Vec<Step>) -> Reg {
        self.registers.push(rep);
        let into = Reg(self.registers.len() as u32 - 1);
        before.push(Step::Let(into, op));
        into
    }

    fn op(&mut self, into: Reg, op: &Op, new: &mut Vec<Done>) {
        if let Some(same) = self.inverse(op) {
            self.names.insert(into, same);
            return;
        }
        self.made.insert(into, op.clone());
        let Some(done) = self.done_by(op) else { return };
        match self.done.get(&done) {
            Some(known) => drop(self.names.insert(into, *known)),
            None => {
                self.done.insert(done.clone(), into);
                new.push(done);
            }
        }
    }

    /// Boxing what was unboxed, and the reverse.
    fn inverse(&self, op: &Op) -> Option<Reg> {
        match op {
            Op::Unbox(from, scalar) => match self.made.get(from)? {
                Op::Box(word) => (self.registers[word.0 as usize] == Rep::W(*scalar)).then_some(*word),
                _ => None,
            },
            Op::Box(from) => match self.made.get(from)? {
                Op::Unbox(tagged, _) => Some(*tagged),
                _ => None,
            },
            _ => None,
        }
    }

    fn operand(&self, reg: Reg) -> Operand {
        match self.made.get(&reg) {
            Some(Op::Literal(literal)) => {
                literal_word(literal).map_or(Operand::Reg(reg), |(scalar, bits)| Operand::Word(scalar, bits))
            }
            _ => Operand::Reg(reg),
        }
    }

    fn done_by(&self, op: &Op) -> Option<Done> {
        match op {
            Op::Box(from) => Some(Done::Box(self.operand(*from))),
            Op::Unbox(from, scalar) => Some(Done::Unbox(*from, *scalar)),
            Op::Builtin(builtin, args) if builtin.class() == Class::Pure => {
                Some(Done::Builtin(*builtin, args.iter().map(|arg| self.operand(*arg)).collect()))
            }
            _ => None,
        }
    }

    /// The block that is taken if it is known which one.
    fn known_way(&mut self, end: &mut End) -> Option<Block> {
        match end {
            End::Switch { on, cases, default } => {
                let Op::Construct(ty, constructor, fields) = self.made.get(on)? else { return None };
                let tag = Tag::Constructor(*ty, *constructor);
                let Some(place) = cases.iter().position(|case| case.tag == tag) else {
                    return default.take().map(|block| *block);
                };
                let case = cases.swap_remove(place);
                let names = case.fields.iter().zip(fields).filter_map(|(name, field)| Some(((*name)?, *field)));
                self.names.extend(names.collect::<Vec<_>>());
                Some(case.block)
            }
            End::If(on, yes, no) => match self.operand(*on) {
                Operand::Word(_, bits) => {
                    let taken = if bits != 0 { yes } else { no };
                    Some(std::mem::replace(&mut **taken, crate::draft::empty()))
                }
                Operand::Reg(_) => None,
            },
            _ => None,
        }
    }
}

/// The bits of a literal that is a word.
fn literal_word(literal: &Literal) -> Option<(Scalar, u64)> {
    Some(match literal {
        Literal::Nat(n) => (Scalar::Nat, *n),
        Literal::Int(n) => (Scalar::Int, *n as u64),
        Literal::Float(bits) => (Scalar::Float, *bits),
        Literal::Char(c) => (Scalar::Char, u64::from(u32::from(*c))),
        Literal::Boolean(b) => (Scalar::Boolean, u64::from(*b)),
        Literal::Text(_) | Literal::Bytes(_) => return None,
    })
}

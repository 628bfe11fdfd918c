//! What a loop allocates from values that do not change is allocated once.
//!
//! A function that calls itself with some of its parameters as they are is a loop in which these do not change, nor does what is computed from nothing else. A round that has allocated such values and comes to the call goes on
//! in a copy of the function, which takes them as parameters more and has them wherever the function would make them. So the first round that comes to it makes a value, and no other one; a round that does not
//! come to it, or is the last one, neither pays for it nor fails by it; and every round is one entry as before, so that fuel is the same.

use super::copies::{self, calls_mut};
use super::tidy::{each_block, tidy};
use crate::draft::only_gives;
use builtin::Class;
use ir::{Block, Callee, CodeId, End, Function, Op, Reg, Rep, Scalar, Step};
use kernel::Literal;
use std::collections::{BTreeMap, BTreeSet};

/// Steps and blocks of a loop that is copied.
const SIZE_MAX: usize = 240;
/// Copies that are made for a definition.
const COPIES_MAX: usize = 12;
/// Values that a copy takes, and its parameters.
const VALUES_MAX: usize = 6;
const PARAMS_MAX: usize = 24;

/// Changes the functions of a definition so.
pub(super) fn allocate_once(functions: &mut Vec<Function>) {
    let (own, mut number) = (functions.len(), 0);
    while number < functions.len() && functions.len() - own < COPIES_MAX {
        let lambda = functions.len() as u32;
        if let Some((first, others)) = split(&functions[number], lambda) {
            functions[number] = first;
            functions.push(others);
        }
        number += 1;
    }
}

/// The function for the first rounds, and the one with this number for those after it.
fn split(function: &Function, lambda: u32) -> Option<(Function, Function)> {
    if copies::size(function)? > SIZE_MAX {
        return None;
    }
    let mut first = function.clone();
    let values = Unchanging::of(&mut first)?.values();
    let mut way = Way { function: function.id, values: &values, made: Vec::new(), most: Vec::new() };
    way.block(&mut first.body, &mut |_, _, _| {});
    let room = PARAMS_MAX.checked_sub(function.params.len())?.min(VALUES_MAX);
    let mut kept = std::mem::take(&mut way.most);
    kept.truncate(room);
    if kept.is_empty() {
        return None;
    }
    let id = CodeId { def: function.id.def, lambda };
    let others = keeping(function, &kept, id);
    way.made.clear();
    way.block(&mut first.body, &mut |made, callee, args| {
        if kept.iter().all(|value| made.contains(value)) {
            *callee = Callee::Code(id);
            args.extend(&kept);
        }
    });
    Some((tidy(first)?, tidy(others)?))
}

/// The function with parameters more for values that it keeps from round to round.
fn keeping(function: &Function, kept: &[Reg], id: CodeId) -> Function {
    let mut registers = function.params.clone();
    let mut known: BTreeMap<Reg, Reg> = (0..registers.len() as u32).map(|param| (Reg(param), Reg(param))).collect();
    known.extend(kept.iter().map(|value| (*value, copies::fresh(Rep::V, &mut registers))));
    let params = registers.clone();
    let values: Vec<Reg> = kept.iter().map(|value| known[value]).collect();
    let mut body = copies::body(function, &known, &mut registers);
    each_block(&mut body, &mut |block| {
        block.steps.retain(|step| !matches!(step, Step::Let(into, _) if values.contains(into)));
        calls_mut(block, |callee, args| {
            if *callee == Callee::Code(function.id) {
                *callee = Callee::Code(id);
                args.extend(&values);
            }
        });
    });
    Function { id, captures: 0, params, registers, body, ..function.clone() }
}

/// What is the same in every round of a loop.
struct Unchanging<'a> {
    registers: &'a [Rep],
    same: BTreeSet<Reg>,
    /// Of it, what takes time or memory to make.
    made: BTreeSet<Reg>,
    /// Of that, what is used other than to make more of it.
    wanted: BTreeSet<Reg>,
}

impl<'a> Unchanging<'a> {
    /// None if the function does not call itself.
    fn of(function: &'a mut Function) -> Option<Unchanging<'a>> {
        let id = function.id;
        let mut same: Option<BTreeSet<Reg>> = None;
        each_block(&mut function.body, &mut |block| {
            calls_mut(block, |callee, args| {
                if *callee == Callee::Code(id) {
                    let kept = (0..).map(Reg).zip(args.iter()).filter(|(param, arg)| param == *arg);
                    let kept: BTreeSet<Reg> = kept.map(|(param, _)| param).collect();
                    same = Some(same.take().map_or_else(|| kept.clone(), |same| &same & &kept));
                }
            });
        });
        let Function { registers, body, .. } = function;
        let (made, wanted) = (BTreeSet::new(), BTreeSet::new());
        let mut unchanging = Unchanging { registers, same: same?, made, wanted };
        unchanging.block(body);
        Some(unchanging)
    }

    /// What is worth to be kept.
    fn values(self) -> BTreeSet<Reg> {
        &self.made & &self.wanted
    }

    fn wants(&mut self, reg: Reg) {
        self.wanted.insert(reg);
    }

    fn block(&mut self, block: &mut Block) {
        for step in &mut block.steps {
            match step {
                Step::Let(into, op) if gives_the_same(op) && op.operands().iter().all(|it| self.same.contains(it)) => {
                    self.same.insert(*into);
                    if is_made(op, self.registers) {
                        self.made.insert(*into);
                    } else {
                        self.wanted.extend(op.operands());
                    }
                }
                Step::Join { block, .. } => self.block(block),
                step => step.for_each_use(|reg| self.wants(reg)),
            }
        }
        block.end.for_each_use(|reg| self.wants(reg));
        if let End::Switch { on, cases, .. } = &block.end
            && self.same.contains(on)
        {
            self.same.extend(cases.iter().flat_map(|case| case.fields.iter().flatten()));
        }
        block.end.for_each_child_mut(|block| self.block(block));
    }
}

/// The same operands give the same value.
fn gives_the_same(op: &Op) -> bool {
    only_gives(op) || matches!(op, Op::Builtin(builtin, _) if builtin.class() == Class::Pure)
}

/// It allocates, or may take long.
fn is_made(op: &Op, registers: &[Rep]) -> bool {
    match op {
        Op::Construct(_, _, parts) | Op::Closure(_, parts) | Op::List(parts) => !parts.is_empty(),
        Op::Box(from) => registers[from.0 as usize] == Rep::W(Scalar::Float),
        Op::Builtin(builtin, _) => ir::verify::builtin_reps(*builtin).1 == Rep::V,
        Op::Literal(literal) => matches!(literal, Literal::Text(_) | Literal::Bytes(_)),
        Op::Unbox(..) | Op::Function(_) | Op::Row(_) | Op::TermLink(_) | Op::TypeLink(_) => false,
    }
}

/// Meets a call: what was made on the way to it, who is called, with what.
type Visit<'a> = &'a mut dyn FnMut(&[Reg], &mut Callee, &mut Vec<Reg>);

/// The way from the beginning of a function to each of its calls of itself.
struct Way<'a> {
    function: CodeId,
    values: &'a BTreeSet<Reg>,
    /// Which of the values were made on the way to here.
    made: Vec<Reg>,
    /// The most that were made on the way to a call.
    most: Vec<Reg>,
}

impl Way<'_> {
    fn block(&mut self, block: &mut Block, visit: Visit) {
        let before = self.made.len();
        for step in &mut block.steps {
            match step {
                Step::Let(into, _) if self.values.contains(into) => self.made.push(*into),
                Step::Join { block, .. } => self.block(block, visit),
                Step::Call { callee, args, .. } => self.call(callee, args, visit),
                _ => {}
            }
        }
        if let End::TailCall { callee, args } = &mut block.end {
            self.call(callee, args, visit);
        }
        block.end.for_each_child_mut(|block| self.block(block, visit));
        self.made.truncate(before);
    }

    fn call(&mut self, callee: &mut Callee, args: &mut Vec<Reg>, visit: Visit) {
        if *callee == Callee::Code(self.function) {
            if self.made.len() > self.most.len() {
                self.most.clone_from(&self.made);
            }
            visit(&self.made, callee, args);
        }
    }
}

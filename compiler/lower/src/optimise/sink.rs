//! What only one way needs is computed on that way.
//!
//! Patterns take a list apart before it is known which of its parts are used: `x +: xs` of two lists, of which one goes on whole.

use super::tidy::{each_block, inside, tidy};
use crate::draft::{only_gives, takes_apart};
use ir::{Block, Function, Op, Reg, Step};
use std::collections::{BTreeMap, BTreeSet};

/// Functions with more registers stay as they are.
const REGISTERS_MAX: usize = 1 << 12;

/// Moves operations so.
pub(super) fn sink(functions: &mut [Function]) {
    for function in functions.iter_mut().filter(|function| function.registers.len() <= REGISTERS_MAX) {
        let mut changed = function.clone();
        let mut moved = false;
        block(&mut changed.body, &mut moved);
        if let Some(changed) = moved.then_some(changed).and_then(tidy) {
            *function = changed;
        }
    }
}

/// Moves what this block computes into those inside, and then what these compute.
fn block(around: &mut Block, moved: &mut bool) {
    let mut read = Vec::new();
    inside(around, &mut |block| read.push(reads(block)));
    let mut own: BTreeSet<Reg> = BTreeSet::new();
    around.end.for_each_use(|reg| {
        own.insert(reg);
    });
    let mut down: BTreeMap<usize, Vec<Step>> = BTreeMap::new();
    for place in (0..around.steps.len()).rev() {
        let step = &around.steps[place];
        if let Step::Let(into, op) = step
            && sinks(op)
            && !own.contains(into)
            && let Some(only) = only(&read, *into)
        {
            step.for_each_use(|reg| {
                read[only].insert(reg);
            });
            down.entry(only).or_default().push(around.steps.remove(place));
            continue;
        }
        step.for_each_use(|reg| {
            own.insert(reg);
        });
    }
    *moved |= !down.is_empty();
    let mut number = 0;
    inside(around, &mut |inner| {
        if let Some(steps) = down.remove(&number) {
            inner.steps.splice(0..0, steps.into_iter().rev());
        }
        number += 1;
        block(inner, moved);
    });
}

/// What gives a value and nothing else; but a sum, which may be at hand where its operands need not be kept, stays.
fn sinks(op: &Op) -> bool {
    match op {
        Op::Builtin(builtin, _) => takes_apart(*builtin),
        op => only_gives(op),
    }
}

/// The only block that reads a register.
fn only(read: &[BTreeSet<Reg>], reg: Reg) -> Option<usize> {
    let mut readers = read.iter().enumerate().filter(|(_, read)| read.contains(&reg));
    let (first, _) = readers.next()?;
    readers.next().is_none().then_some(first)
}

/// Everything that is read in a block and inside.
fn reads(block: &mut Block) -> BTreeSet<Reg> {
    let mut read = BTreeSet::new();
    each_block(block, &mut |block| {
        block.steps.iter().for_each(|step| {
            step.for_each_use(|reg| {
                read.insert(reg);
            })
        });
        block.end.for_each_use(|reg| {
            read.insert(reg);
        });
    });
    read
}

//! Copies of a function of the definition, with other parameters: they stand behind all others, are no values, and only the definition calls them.

use super::inline::rename;
use super::tidy::each_block;
use ir::{Block, Callee, CodeId, End, Function, Op, Reg, Rep, Step};
use std::collections::{BTreeMap, BTreeSet};

/// The body of a function for a copy of it, whose first registers are there already: `known` are those that stand for some of the function's own, the others get new ones.
pub(super) fn body(of: &Function, known: &BTreeMap<Reg, Reg>, registers: &mut Vec<Rep>) -> Block {
    let names: Vec<Reg> = (0..)
        .map(Reg)
        .zip(&of.registers)
        .map(|(reg, rep)| known.get(&reg).copied().unwrap_or_else(|| fresh(*rep, registers)))
        .collect();
    let mut body = of.body.clone();
    each_block(&mut body, &mut |block| rename(block, &names, 0));
    body
}

/// One register more.
pub(super) fn fresh(rep: Rep, registers: &mut Vec<Rep>) -> Reg {
    registers.push(rep);
    Reg(registers.len() as u32 - 1)
}

/// Meets the calls of a block, not those of the blocks inside: who is called, with what.
pub(super) fn calls_mut(block: &mut Block, mut visit: impl FnMut(&mut Callee, &mut Vec<Reg>)) {
    for step in &mut block.steps {
        if let Step::Call { callee, args, .. } = step {
            visit(callee, args);
        }
    }
    if let End::TailCall { callee, args } = &mut block.end {
        visit(callee, args);
    }
}

/// Steps and blocks of a function, counted; none if it handles, or is the code of a handler: that is laid out by its numbers.
pub(super) fn size(function: &Function) -> Option<usize> {
    if function.is_clause || !function.clauses.is_empty() {
        return None;
    }
    let mut size = 0;
    let walked: Result<(), std::convert::Infallible> = ir::walk::walk(&function.body, |event| {
        size += usize::from(matches!(event, ir::walk::Event::Step(_) | ir::walk::Event::Enter(_)));
        Ok(())
    });
    walked.map_or_else(|never| match never {}, |()| Some(size))
}

/// The numbers of the functions that may run if these do.
pub(super) fn reached(functions: &mut [Function], roots: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
    let mut reached: BTreeSet<usize> = roots.into_iter().collect();
    let mut todo = Vec::from_iter(reached.iter().copied());
    while let Some(number) = todo.pop() {
        let function = &mut functions[number];
        let def = function.id.def;
        let mut meet = |code: CodeId| {
            if code.def == def && reached.insert(code.lambda as usize) {
                todo.push(code.lambda as usize);
            }
        };
        function.clauses.iter().for_each(|clause| meet(clause.code));
        each_block(&mut function.body, &mut |block| {
            calls_mut(block, |callee, _| {
                if let Callee::Code(code) = callee {
                    meet(*code);
                }
            });
            for step in &block.steps {
                if let Step::Let(_, Op::Closure(code, _)) = step {
                    meet(*code);
                }
            }
        });
    }
    reached
}

//! After a change: drops what is not used any more, and numbers what is left as it stands.
//!
//! Blocks are nested no deeper than `ir::limits::NESTING_MAX`, which lowering has seen to, so that they are walked over natively.

use crate::draft::only_gives;
use ir::{Block, End, Function, JoinId, Reg, Rep, ResumePoint, Step, liveness};
use std::collections::{BTreeMap, BTreeSet};

/// Puts a function in order. None if it would have too many registers, or frames would hold too much.
pub(super) fn tidy(mut function: Function) -> Option<Function> {
    if function.registers.len() > ir::limits::REGISTERS_MAX {
        return None;
    }
    tail_calls(&mut function);
    drop_joins(&mut function);
    drop_unused(&mut function);
    let mut numbering = Numbering {
        old: std::mem::take(&mut function.registers),
        names: Vec::new(),
        registers: Vec::new(),
        joins: BTreeMap::new(),
        resume_points: 0,
    };
    numbering.names = vec![None; numbering.old.len()];
    for param in 0..function.params.len() as u32 {
        numbering.assign(Reg(param));
    }
    numbering.block(&mut function.body);
    function.registers = numbering.registers;
    function.resume_points = vec![ResumePoint { live: Vec::new(), attached: false }; numbering.resume_points];
    function.resume_points = liveness::resume_points(&function).ok()?;
    Some(function)
}

/// A call whose result is returned as it is takes the place of the frame.
fn tail_calls(function: &mut Function) {
    let (ret, registers) = (function.ret, &function.registers);
    each_block(&mut function.body, &mut |block| {
        if let (Some(Step::Call { into, callee, .. }), End::Return(from)) = (block.steps.last(), &block.end)
            && into == from
            && registers[into.0 as usize] == ret
            && !matches!(callee, ir::Callee::Host(_))
            && let Some(Step::Call { callee, args, .. }) = block.steps.pop()
        {
            block.end = End::TailCall { callee, args };
        }
    });
}

/// Visits the block and all inside it.
pub(super) fn each_block(block: &mut Block, visit: &mut dyn FnMut(&mut Block)) {
    visit(block);
    inside(block, &mut |block| each_block(block, visit));
}

/// The blocks directly inside, in the order in which they stand.
pub(super) fn inside(block: &mut Block, visit: &mut dyn FnMut(&mut Block)) {
    for step in &mut block.steps {
        if let Step::Join { block, .. } = step {
            visit(block);
        }
    }
    block.end.for_each_child_mut(visit);
}

/// Drops join points that nobody jumps to. One that only such a one jumps to goes the next time.
fn drop_joins(function: &mut Function) {
    let mut wanted = BTreeSet::new();
    each_block(&mut function.body, &mut |block| {
        if let End::Jump(id, _) = &block.end {
            wanted.insert(*id);
        }
    });
    each_block(&mut function.body, &mut |block| {
        block.steps.retain(|step| !matches!(step, Step::Join { id, .. } if !wanted.contains(id)));
    });
}

/// Drops steps that only give a value that nobody reads.
fn drop_unused(function: &mut Function) {
    let mut uses = vec![0usize; function.registers.len()];
    let mut operands: Vec<Option<Vec<Reg>>> = vec![None; function.registers.len()];
    each_block(&mut function.body, &mut |block| {
        for step in &block.steps {
            step.for_each_use(|reg| uses[reg.0 as usize] += 1);
            if let Step::Let(into, op) = step
                && only_gives(op)
            {
                operands[into.0 as usize] = Some(op.operands().to_vec());
            }
        }
        block.end.for_each_use(|reg| uses[reg.0 as usize] += 1);
    });
    let mut todo: Vec<usize> = (0..uses.len()).filter(|reg| uses[*reg] == 0).collect();
    let mut unused = vec![false; uses.len()];
    while let Some(reg) = todo.pop() {
        let Some(operands) = operands[reg].take() else { continue };
        unused[reg] = true;
        for operand in operands {
            uses[operand.0 as usize] -= 1;
            if uses[operand.0 as usize] == 0 {
                todo.push(operand.0 as usize);
            }
        }
    }
    each_block(&mut function.body, &mut |block| {
        block.steps.retain(|step| !matches!(step, Step::Let(into, _) if unused[into.0 as usize]));
    });
}

struct Numbering {
    /// Representations by the old numbers.
    old: Vec<Rep>,
    /// The new numbers, by the old.
    names: Vec<Option<Reg>>,
    registers: Vec<Rep>,
    /// The new numbers of join points, by the old.
    joins: BTreeMap<JoinId, JoinId>,
    resume_points: usize,
}

impl Numbering {
    fn block(&mut self, block: &mut Block) {
        for step in &mut block.steps {
            self.step(step);
        }
        block.end.for_each_use_mut(|reg| self.rename(reg));
        if let End::Jump(id, _) = &mut block.end {
            *id = self.joins[id];
        }
        if let End::Switch { cases, .. } = &mut block.end {
            // A case's fields are assigned where its block begins, and nothing reads them before.
            for case in cases {
                case.fields.iter_mut().flatten().for_each(|field| *field = self.assign(*field));
            }
        }
        block.end.for_each_child_mut(|block| self.block(block));
    }

    fn step(&mut self, step: &mut Step) {
        step.for_each_use_mut(|reg| self.rename(reg));
        match step {
            Step::Let(into, _) | Step::Detach { into: Some(into) } => *into = self.assign(*into),
            Step::Call { into, resume, .. }
            | Step::Perform { into, resume, .. }
            | Step::Handle { into, resume, .. }
            | Step::Reinstate { into, resume, .. } => {
                *into = self.assign(*into);
                resume.number = self.resume_points as u32;
                self.resume_points += 1;
            }
            Step::Detach { into: None } => {}
            Step::Join { id, params, block } => {
                let number = JoinId(self.joins.len() as u32);
                self.joins.insert(*id, number);
                *id = number;
                params.iter_mut().for_each(|param| *param = self.assign(*param));
                self.block(block);
            }
        }
    }

    fn rename(&self, reg: &mut Reg) {
        *reg = self.names[reg.0 as usize].expect("a register is assigned before it is read");
    }

    fn assign(&mut self, reg: Reg) -> Reg {
        let new = Reg(self.registers.len() as u32);
        self.registers.push(self.old[reg.0 as usize]);
        self.names[reg.0 as usize] = Some(new);
        new
    }
}

//! From a draft to a body: drops what is never reached or never used, numbers everything in the order in which it stands, and puts blocks into blocks.

use super::{BlockId, Draft, DraftBlock};
use builtin::Builtin;
use ir::{Block, End, JoinId, Op, Reg, Rep, Step};
use std::collections::BTreeMap;

/// What a function is made of, apart from its header.
pub(crate) struct Finished {
    pub registers: Vec<Rep>,
    pub resume_points: usize,
    pub body: Block,
}

impl Draft {
    /// The body, and what it uses. `params` are the registers that the caller assigns.
    pub fn finish(mut self, params: usize) -> Finished {
        let reached = self.reached();
        let unused = self.unused(&reached);
        for (block, _) in self.blocks.iter_mut().zip(&reached).filter(|(_, reached)| **reached) {
            block.steps.retain(|step| match step {
                Step::Let(into, _) => !unused[into.0 as usize],
                Step::Join { id, .. } => reached[self.joins[id.0 as usize].0],
                _ => true,
            });
        }
        Assembly::new(self, params).run()
    }

    /// Which blocks can be reached.
    fn reached(&self) -> Vec<bool> {
        let mut reached = vec![false; self.blocks.len()];
        let mut todo = vec![BlockId(0)];
        while let Some(id) = todo.pop() {
            if std::mem::replace(&mut reached[id.0], true) {
                continue;
            }
            let block = &self.blocks[id.0];
            todo.extend(&block.children);
            if let Some(End::Jump(join, _)) = &block.end {
                todo.push(self.joins[join.0 as usize]);
            }
        }
        reached
    }

    /// Which registers are assigned by steps that do nothing else, and are not used, or only by such steps.
    fn unused(&self, reached: &[bool]) -> Vec<bool> {
        let mut uses = vec![0usize; self.registers.len()];
        let mut pure: BTreeMap<Reg, &Op> = BTreeMap::new();
        for (block, _) in self.blocks.iter().zip(reached).filter(|(_, reached)| **reached) {
            for step in &block.steps {
                step.for_each_use(|reg| uses[reg.0 as usize] += 1);
                if let Step::Let(into, op) = step
                    && only_gives(op)
                {
                    pure.insert(*into, op);
                }
            }
            block.end.iter().for_each(|end| end.for_each_use(|reg| uses[reg.0 as usize] += 1));
        }
        let mut unused = vec![false; self.registers.len()];
        let mut todo: Vec<Reg> = pure.keys().copied().filter(|reg| uses[reg.0 as usize] == 0).collect();
        while let Some(reg) = todo.pop() {
            unused[reg.0 as usize] = true;
            for operand in pure[&reg].operands() {
                uses[operand.0 as usize] -= 1;
                if uses[operand.0 as usize] == 0 && pure.contains_key(operand) {
                    todo.push(*operand);
                }
            }
        }
        unused
    }
}

/// Whether an operation gives a value for every operand of the right type, and does nothing else.
pub(crate) fn only_gives(op: &Op) -> bool {
    match op {
        Op::Builtin(builtin, _) => only_computes(*builtin),
        Op::Literal(_)
        | Op::Box(_)
        | Op::Unbox(..)
        | Op::Construct(..)
        | Op::Closure(..)
        | Op::Function(_)
        | Op::List(_)
        | Op::Row(_)
        | Op::TermLink(_)
        | Op::TypeLink(_) => true,
    }
}

/// Whether it is one of the builtins that patterns are compiled to.
pub(crate) fn takes_apart(builtin: Builtin) -> bool {
    use Builtin::*;
    matches!(builtin, ListSize | ListTake | ListDrop | NatSub | NatGteq)
}

/// Those, and operations on numbers that have a result for all of them.
fn only_computes(builtin: Builtin) -> bool {
    use Builtin::*;
    takes_apart(builtin)
        || matches!(
            builtin,
            NatAdd
                | NatMul
                | NatEq
                | NatLt
                | NatLteq
                | NatGt
                | IntAdd
                | IntSub
                | IntMul
                | IntEq
                | IntLt
                | IntLteq
                | IntGt
                | IntGteq
                | FloatAdd
                | FloatSub
                | FloatMul
                | FloatDiv
                | FloatEq
                | FloatLt
                | FloatLteq
                | FloatGt
                | FloatGteq
                | BooleanNot
        )
}

/// A block that is being put together.
struct Open {
    id: BlockId,
    /// Steps done so far; one more when the end is.
    steps: usize,
    /// Blocks of the end done so far.
    children: usize,
}

struct Assembly {
    draft: Draft,
    /// New numbers of registers, by the old.
    names: Vec<Option<Reg>>,
    registers: Vec<Rep>,
    /// New numbers of join points, by the old.
    joins: Vec<JoinId>,
    /// The blocks of join points, by the new numbers.
    blocks: Vec<BlockId>,
    resume_points: usize,
    /// Blocks that are done, until those around them are.
    done: BTreeMap<BlockId, Block>,
}

impl Assembly {
    fn new(draft: Draft, params: usize) -> Assembly {
        let mut assembly = Assembly {
            names: vec![None; draft.registers.len()],
            registers: Vec::new(),
            joins: vec![JoinId(u32::MAX); draft.joins.len()],
            blocks: Vec::new(),
            resume_points: 0,
            done: BTreeMap::new(),
            draft,
        };
        for i in 0..params as u32 {
            assembly.assign(Reg(i));
        }
        assembly
    }

    fn run(mut self) -> Finished {
        let mut open = vec![Open { id: BlockId(0), steps: 0, children: 0 }];
        while let Some(top) = open.last_mut() {
            let inside = self.inside(top);
            match inside {
                Some(id) => open.push(Open { id, steps: 0, children: 0 }),
                None => {
                    let id = top.id;
                    let block = self.close(id);
                    self.done.insert(id, block);
                    open.pop();
                }
            }
        }
        let body = self.done.remove(&BlockId(0)).expect("the body is closed last");
        Finished { registers: self.registers, resume_points: self.resume_points, body }
    }

    /// Numbers what stands up to the next block inside; none if there is no further one.
    fn inside(&mut self, top: &mut Open) -> Option<BlockId> {
        let mut block = std::mem::take(&mut self.draft.blocks[top.id.0]);
        let found = self.inside_of(top, &mut block);
        self.draft.blocks[top.id.0] = block;
        found
    }

    fn inside_of(&mut self, top: &mut Open, block: &mut DraftBlock) -> Option<BlockId> {
        while let Some(step) = block.steps.get_mut(top.steps) {
            top.steps += 1;
            if let Some(join) = self.step(step) {
                return Some(join);
            }
        }
        if top.steps == block.steps.len() {
            top.steps += 1;
            self.end(block.end.as_mut().expect("every block that is reached was ended"));
        }
        top.children += 1;
        block.children.get(top.children - 1).copied()
    }

    fn step(&mut self, step: &mut Step) -> Option<BlockId> {
        step.for_each_use_mut(|reg| self.rename(reg));
        match step {
            Step::Let(into, _) => *into = self.assign(*into),
            Step::Call { into, resume, .. }
            | Step::Perform { into, resume, .. }
            | Step::Handle { into, resume, .. }
            | Step::Reinstate { into, resume, .. } => {
                *into = self.assign(*into);
                resume.number = self.resume_points as u32;
                self.resume_points += 1;
            }
            Step::Detach { into } => {
                if let Some(into) = into {
                    *into = self.assign(*into);
                }
            }
            Step::Join { id, params, .. } => {
                let block = self.draft.joins[id.0 as usize];
                params.iter_mut().for_each(|param| *param = self.assign(*param));
                let number = JoinId(self.blocks.len() as u32);
                self.joins[id.0 as usize] = number;
                self.blocks.push(block);
                *id = number;
                return Some(block);
            }
        }
        None
    }

    fn end(&mut self, end: &mut End) {
        end.for_each_use_mut(|reg| self.rename(reg));
        match end {
            End::Jump(id, _) => *id = self.joins[id.0 as usize],
            End::Switch { cases, .. } => {
                let fields = cases.iter_mut().flat_map(|case| case.fields.iter_mut().flatten());
                fields.for_each(|field| *field = self.assign(*field));
            }
            _ => {}
        }
    }

    /// Puts the blocks that are done into the one around them.
    fn close(&mut self, id: BlockId) -> Block {
        let DraftBlock { mut steps, end, children, .. } = std::mem::take(&mut self.draft.blocks[id.0]);
        let mut end = end.expect("it was numbered");
        for step in &mut steps {
            if let Step::Join { id, block, .. } = step {
                *block = self.done.remove(&self.blocks[id.0 as usize]).expect("what stands in a block closes first");
            }
        }
        let mut children = children.into_iter().map(|child| self.done.remove(&child).expect("children close first"));
        let mut next = || children.next().expect("an end has as many children as blocks");
        end.for_each_child_mut(|block| *block = next());
        Block { steps, end }
    }

    fn rename(&self, reg: &mut Reg) {
        *reg = self.names[reg.0 as usize].expect("a register is assigned before it is read");
    }

    fn assign(&mut self, reg: Reg) -> Reg {
        let new = Reg(self.registers.len() as u32);
        self.registers.push(self.draft.rep(reg));
        self.names[reg.0 as usize] = Some(new);
        new
    }
}

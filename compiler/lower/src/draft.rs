//! A function while it is being made: blocks in an arena, so that they can be filled in any order.
//!
//! A block inside another is made with its place: what stands before that place is visible in it. Steps are only ever added at the end of a block, and a block that has
//! children of its end gets no more.

mod finish;

pub(crate) use finish::{only_gives, takes_apart};

use ir::{Block, End, JoinId, Op, Reg, Rep, ResumeId, Step};
use kernel::{Literal, Site};
use std::collections::BTreeMap;

/// A block of the draft.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct BlockId(usize);

/// What can be had from a register again without computing it again.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Derived {
    /// The same value in another representation.
    As(Rep),
    /// The size of the list.
    Size,
}

#[derive(Default)]
struct DraftBlock {
    /// Blocks of joins are empty here; [`Draft::joins`] has them.
    steps: Vec<Step>,
    /// Blocks inside it are empty here.
    end: Option<End>,
    /// The blocks inside the end, in order.
    children: Vec<BlockId>,
    /// The block around it, and how many steps of that stand before it.
    parent: Option<(BlockId, usize)>,
    /// How many blocks are around it.
    depth: usize,
}

pub(crate) struct Draft {
    registers: Vec<Rep>,
    blocks: Vec<DraftBlock>,
    /// Their blocks, by number.
    joins: Vec<BlockId>,
    /// Where steps are added.
    at: BlockId,
    /// Where a register was last derived from another: in which block, as which step.
    derived: BTreeMap<(Reg, Derived), (BlockId, usize, Reg)>,
    /// The deepest block so far.
    depth: usize,
}

/// The resume point of a call until it is numbered.
pub(crate) const fn unnumbered(site: Site) -> ResumeId {
    ResumeId { number: u32::MAX, site }
}

/// What stands for a block that is elsewhere in the draft.
pub(crate) fn empty() -> Block {
    Block { steps: Vec::new(), end: End::Fault(ir::Fault::NoCase) }
}

impl Draft {
    /// A draft with its parameters, at the beginning of its body.
    pub fn new(params: &[Rep]) -> Draft {
        Draft {
            registers: params.to_vec(),
            blocks: vec![DraftBlock::default()],
            joins: Vec::new(),
            at: BlockId(0),
            derived: BTreeMap::new(),
            depth: 1,
        }
    }

    pub fn registers(&self) -> usize {
        self.registers.len()
    }

    /// The most blocks inside each other so far.
    pub fn depth(&self) -> usize {
        self.depth
    }

    pub fn at(&self) -> BlockId {
        self.at
    }

    /// Goes on in another block.
    pub fn enter(&mut self, block: BlockId) {
        self.at = block;
    }

    pub fn rep(&self, reg: Reg) -> Rep {
        self.registers[reg.0 as usize]
    }

    /// Decides the representation of a register that nobody has read yet.
    pub fn set_rep(&mut self, reg: Reg, rep: Rep) {
        self.registers[reg.0 as usize] = rep;
    }

    pub fn register(&mut self, rep: Rep) -> Reg {
        self.registers.push(rep);
        Reg(self.registers.len() as u32 - 1)
    }

    pub fn step(&mut self, step: Step) {
        self.blocks[self.at.0].steps.push(step);
    }

    /// What a register was made of in the block here.
    pub fn made_of(&self, reg: Reg) -> Option<&Op> {
        self.blocks[self.at.0].steps.iter().rev().find_map(|step| match step {
            Step::Let(into, op) if *into == reg => Some(op),
            _ => None,
        })
    }

    pub fn op(&mut self, rep: Rep, op: Op) -> Reg {
        let into = self.register(rep);
        self.step(Step::Let(into, op));
        into
    }

    pub fn nat(&mut self, n: u64) -> Reg {
        self.op(Rep::W(ir::Scalar::Nat), Op::Literal(Literal::Nat(n)))
    }

    /// Ends the block here; `children` are the blocks inside the end.
    pub fn end(&mut self, end: End, children: Vec<BlockId>) {
        let block = &mut self.blocks[self.at.0];
        debug_assert!(block.end.is_none(), "a block ends once");
        block.end = Some(end);
        block.children = children;
    }

    /// A block for the end of the block here.
    pub fn child(&mut self) -> BlockId {
        let here = &self.blocks[self.at.0];
        let depth = here.depth + 1;
        let parent = Some((self.at, here.steps.len()));
        self.depth = self.depth.max(depth + 1);
        self.blocks.push(DraftBlock { parent, depth, ..DraftBlock::default() });
        BlockId(self.blocks.len() - 1)
    }

    /// A join point here, and its block. It is dropped if nobody jumps to it.
    pub fn join(&mut self, params: Vec<Reg>) -> (JoinId, BlockId) {
        let block = self.child();
        let id = JoinId(self.joins.len() as u32);
        self.joins.push(block);
        self.step(Step::Join { id, params, block: empty() });
        (id, block)
    }

    /// The value of a register in a representation: itself, boxed, or unboxed with a check.
    pub fn convert(&mut self, reg: Reg, to: Rep) -> Reg {
        let from = self.rep(reg);
        if from == to {
            return reg;
        }
        self.derive(reg, Derived::As(to), |draft| match (from, to) {
            (Rep::V, Rep::W(scalar)) => draft.op(to, Op::Unbox(reg, scalar)),
            (Rep::W(_), Rep::V) => draft.op(Rep::V, Op::Box(reg)),
            // Ill-typed, and faults when it is reached.
            (Rep::W(_), Rep::W(_)) => {
                let boxed = draft.convert(reg, Rep::V);
                draft.convert(boxed, to)
            }
            (Rep::V, Rep::V) => reg,
        })
    }

    pub fn convert_all(&mut self, regs: &[Reg], to: Rep) -> Vec<Reg> {
        regs.iter().map(|reg| self.convert(*reg, to)).collect()
    }

    /// Computes something from a register, unless that was done on the way to here.
    pub fn derive(&mut self, reg: Reg, what: Derived, compute: impl FnOnce(&mut Draft) -> Reg) -> Reg {
        if let Some((block, step, known)) = self.derived.get(&(reg, what)).copied()
            && self.dominates(block, step)
        {
            return known;
        }
        let derived = compute(self);
        let step = self.blocks[self.at.0].steps.len() - 1;
        self.derived.insert((reg, what), (self.at, step, derived));
        derived
    }

    /// Whether every way to here passes this step. A block is made after those around it, so its number is greater.
    fn dominates(&self, block: BlockId, step: usize) -> bool {
        let (mut at, mut visible) = (self.at, usize::MAX);
        while at > block {
            let Some((parent, before)) = self.blocks[at.0].parent else { return false };
            (at, visible) = (parent, before);
        }
        at == block && step < visible
    }
}

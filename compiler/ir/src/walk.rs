//! Reading a function from its beginning to its end, without recursion: what stands earlier comes earlier, and a block inside a block comes where it stands.
//!
//! The order of standing numbers resume points, so it is part of the IR version.

use crate::{Block, Callee, End, JoinId, Op, Reg, ResumeId, Step, SwitchCase};

/// Why a block is entered.
#[derive(Clone, Copy, Debug)]
pub enum Role<'a> {
    /// It is the function's body.
    Body,
    /// Somebody jumped to this join point and assigned its parameters.
    Join(JoinId, &'a [Reg]),
    /// An `If` or `SwitchWord` went this way, or a `Switch` had no case.
    Branch,
    /// A case of a `Switch`, which assigned the registers of its fields.
    Case(&'a SwitchCase),
}

/// Something met on the way.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A block begins.
    Enter(Role<'a>),
    /// A step. The block of a join point is entered right after it.
    Step(&'a Step),
    /// The end of a block. The blocks inside are entered right after it.
    End(&'a End),
    /// A block, and all that is inside, is done.
    Leave(Role<'a>, &'a Block),
}

struct Open<'a> {
    role: Role<'a>,
    block: &'a Block,
    /// Steps done so far; one more when the end is done.
    steps: usize,
    /// Blocks of the end done so far.
    children: usize,
}

impl<'a> Open<'a> {
    fn new(role: Role<'a>, block: &'a Block) -> Open<'a> {
        Open { role, block, steps: 0, children: 0 }
    }
}

/// Meets everything in `body`, in the order in which it stands, until `visit` fails.
pub fn walk<'a, E>(body: &'a Block, mut visit: impl FnMut(Event<'a>) -> Result<(), E>) -> Result<(), E> {
    let mut open = vec![Open::new(Role::Body, body)];
    visit(Event::Enter(Role::Body))?;
    while let Some(top) = open.last_mut() {
        let steps = &top.block.steps;
        top.steps += 1;
        let inside = if let Some(step) = steps.get(top.steps - 1) {
            visit(Event::Step(step))?;
            step.child()
        } else {
            if top.steps == steps.len() + 1 {
                visit(Event::End(&top.block.end))?;
            }
            top.children += 1;
            let child = top.block.end.child(top.children - 1);
            if child.is_none() {
                visit(Event::Leave(top.role, top.block))?;
                open.pop();
            }
            child
        };
        if let Some((role, block)) = inside {
            visit(Event::Enter(role))?;
            open.push(Open::new(role, block));
        }
    }
    Ok(())
}

impl Step {
    /// The block inside, if it is a join point.
    fn child(&self) -> Option<(Role<'_>, &Block)> {
        match self {
            Step::Join { id, params, block } => Some((Role::Join(*id, params), block)),
            _ => None,
        }
    }

    /// The register that it assigns.
    pub fn into(&self) -> Option<Reg> {
        match self {
            Step::Let(into, _)
            | Step::Call { into, .. }
            | Step::Perform { into, .. }
            | Step::Handle { into, .. }
            | Step::Reinstate { into, .. } => Some(*into),
            Step::Detach { into } => *into,
            Step::Join { .. } => None,
        }
    }

    /// Where it goes on after waiting, if it does.
    pub fn resume(&self) -> Option<ResumeId> {
        match self {
            Step::Call { resume, .. }
            | Step::Perform { resume, .. }
            | Step::Handle { resume, .. }
            | Step::Reinstate { resume, .. } => Some(*resume),
            Step::Let(..) | Step::Detach { .. } | Step::Join { .. } => None,
        }
    }

    /// As [`Step::resume`], to change it.
    pub fn resume_mut(&mut self) -> Option<&mut ResumeId> {
        match self {
            Step::Call { resume, .. }
            | Step::Perform { resume, .. }
            | Step::Handle { resume, .. }
            | Step::Reinstate { resume, .. } => Some(resume),
            Step::Let(..) | Step::Detach { .. } | Step::Join { .. } => None,
        }
    }

    /// Meets every register that it reads; those of a join point's block are not among them.
    pub fn for_each_use(&self, f: impl FnMut(Reg)) {
        match self {
            Step::Let(_, op) => op.operands().iter().copied().for_each(f),
            Step::Call { callee, args, .. } => callee.register().iter().chain(args).copied().for_each(f),
            Step::Perform { args, .. } => args.iter().copied().for_each(f),
            Step::Handle { function, args, handler, .. } => {
                args.iter().chain([function, handler]).copied().for_each(f);
            }
            Step::Reinstate { value, handler, .. } => [*value].into_iter().chain(*handler).for_each(f),
            Step::Detach { .. } | Step::Join { .. } => {}
        }
    }

    /// As [`Step::for_each_use`], to change them.
    pub fn for_each_use_mut(&mut self, f: impl FnMut(&mut Reg)) {
        match self {
            Step::Let(_, op) => op.operands_mut().iter_mut().for_each(f),
            Step::Call { callee, args, .. } => callee.register_mut().into_iter().chain(args).for_each(f),
            Step::Perform { args, .. } => args.iter_mut().for_each(f),
            Step::Handle { function, args, handler, .. } => args.iter_mut().chain([function, handler]).for_each(f),
            Step::Reinstate { value, handler, .. } => [value].into_iter().chain(handler).for_each(f),
            Step::Detach { .. } | Step::Join { .. } => {}
        }
    }
}

impl Op {
    /// The registers that it reads, in order.
    pub fn operands(&self) -> &[Reg] {
        match self {
            Op::Box(reg) | Op::Unbox(reg, _) => std::slice::from_ref(reg),
            Op::Builtin(_, args) | Op::Construct(_, _, args) | Op::Closure(_, args) | Op::List(args) => args,
            Op::Literal(_) | Op::Function(_) | Op::Row(_) | Op::TermLink(_) | Op::TypeLink(_) => &[],
        }
    }

    fn operands_mut(&mut self) -> &mut [Reg] {
        match self {
            Op::Box(reg) | Op::Unbox(reg, _) => std::slice::from_mut(reg),
            Op::Builtin(_, args) | Op::Construct(_, _, args) | Op::Closure(_, args) | Op::List(args) => args,
            Op::Literal(_) | Op::Function(_) | Op::Row(_) | Op::TermLink(_) | Op::TypeLink(_) => &mut [],
        }
    }
}

impl Callee {
    /// The register of an unknown callee.
    pub fn register(&self) -> Option<Reg> {
        match self {
            Callee::Value(reg) => Some(*reg),
            Callee::Code(_) | Callee::Host(_) | Callee::Open(_) => None,
        }
    }

    fn register_mut(&mut self) -> Option<&mut Reg> {
        match self {
            Callee::Value(reg) => Some(reg),
            Callee::Code(_) | Callee::Host(_) | Callee::Open(_) => None,
        }
    }
}

impl End {
    /// The `i`-th block inside.
    fn child(&self, i: usize) -> Option<(Role<'_>, &Block)> {
        match self {
            End::If(_, yes, no) => [yes, no].get(i).map(|block| (Role::Branch, &***block)),
            End::Switch { cases, default, .. } => match cases.get(i) {
                Some(case) => Some((Role::Case(case), &case.block)),
                None => default.as_deref().filter(|_| i == cases.len()).map(|block| (Role::Branch, block)),
            },
            End::SwitchWord { cases, default, .. } => match cases.get(i) {
                Some((_, block)) => Some((Role::Branch, block)),
                None => (i == cases.len()).then_some((Role::Branch, &**default)),
            },
            End::Return(_) | End::TailCall { .. } | End::Jump(..) | End::Fault(_) => None,
        }
    }

    /// How many blocks are inside.
    pub fn children(&self) -> usize {
        match self {
            End::If(..) => 2,
            End::Switch { cases, default, .. } => cases.len() + usize::from(default.is_some()),
            End::SwitchWord { cases, .. } => cases.len() + 1,
            End::Return(_) | End::TailCall { .. } | End::Jump(..) | End::Fault(_) => 0,
        }
    }

    /// Meets the blocks inside, in their order.
    pub fn for_each_child_mut(&mut self, mut f: impl FnMut(&mut Block)) {
        match self {
            End::If(_, yes, no) => [yes, no].into_iter().for_each(|block| f(block)),
            End::Switch { cases, default, .. } => {
                cases.iter_mut().for_each(|case| f(&mut case.block));
                default.iter_mut().for_each(|block| f(block));
            }
            End::SwitchWord { cases, default, .. } => {
                cases.iter_mut().for_each(|(_, block)| f(block));
                f(default);
            }
            End::Return(_) | End::TailCall { .. } | End::Jump(..) | End::Fault(_) => {}
        }
    }

    /// Meets every register that it reads; those of the blocks inside are not among them.
    pub fn for_each_use(&self, mut f: impl FnMut(Reg)) {
        match self {
            End::Return(reg) | End::If(reg, ..) => f(*reg),
            End::Switch { on, .. } | End::SwitchWord { on, .. } => f(*on),
            End::TailCall { callee, args } => callee.register().iter().chain(args).copied().for_each(f),
            End::Jump(_, args) => args.iter().copied().for_each(f),
            End::Fault(_) => {}
        }
    }

    /// As [`End::for_each_use`], to change them.
    pub fn for_each_use_mut(&mut self, mut f: impl FnMut(&mut Reg)) {
        match self {
            End::Return(reg) | End::If(reg, ..) => f(reg),
            End::Switch { on, .. } | End::SwitchWord { on, .. } => f(on),
            End::TailCall { callee, args } => callee.register_mut().into_iter().chain(args).for_each(f),
            End::Jump(_, args) => args.iter_mut().for_each(f),
            End::Fault(_) => {}
        }
    }
}

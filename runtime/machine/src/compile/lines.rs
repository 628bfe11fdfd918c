//! The order in which a function is laid out: its tree of blocks as a list of lines. Nothing recurses.
//!
//! **Invariant:** whatever can follow a line when the function runs stands after it, since join points are not recursive and a join's block is laid out after
//! everything that jumps to it. So a register is needed from the line that assigns it to the last line that reads it, and nowhere else.

use ir::{Block, End, Function, JoinId, Op, Reg, Step, SwitchCase};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A place that something branches to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Label(pub(super) u32);

impl Label {
    /// The label of the child of an end whose first child has this one.
    pub(super) fn child(self, index: usize) -> Label {
        Label(self.0 + index as u32)
    }
}

#[derive(Clone, Copy)]
pub(super) enum Line<'f> {
    Label(Label),
    /// A field of the value that a switch has looked at.
    Field {
        to: Reg,
        from: Reg,
        index: u32,
    },
    Let(Reg, &'f Op),
    /// A step that waits.
    Wait(&'f Step),
    /// The end of a block; the blocks inside have the labels from this one on.
    End(&'f End, Label),
    /// A `Handle` whose result is the function's: the prompt stands in place of the frame.
    TailHandle(&'f Step),
    /// A `Reinstate`, which ends the function.
    Reinstate(&'f Step),
    /// Takes the frames below off the stack, into a register.
    Detach(Option<Reg>),
    /// A `Handle` of the frames below, which were to be taken off the stack for that and nothing else: they change places with this one's, and there is no continuation.
    Renew(&'f Step),
}

/// A join point.
pub(super) struct Join<'f> {
    pub(super) label: Label,
    pub(super) params: &'f [Reg],
}

pub(super) struct Layout<'f> {
    pub(super) lines: Vec<Line<'f>>,
    pub(super) joins: BTreeMap<JoinId, Join<'f>>,
    /// The join points by their labels.
    pub(super) labelled: BTreeMap<Label, JoinId>,
    pub(super) labels: u32,
}

/// A block that is still to be laid out.
enum Pending<'f> {
    Block(&'f Block, Label),
    Case(&'f SwitchCase, Reg, Label),
}

impl<'f> Layout<'f> {
    pub(super) fn of(function: &'f Function) -> Layout<'f> {
        let mut layout = Layout { lines: Vec::new(), joins: BTreeMap::new(), labelled: BTreeMap::new(), labels: 0 };
        let mut pending = Vec::new();
        layout.block(function, &function.body, &mut pending);
        // Last in, first out: a join's block waits for everything that its block's end has inside.
        while let Some(next) = pending.pop() {
            match next {
                Pending::Block(block, label) => {
                    layout.lines.push(Line::Label(label));
                    layout.block(function, block, &mut pending);
                }
                Pending::Case(case, from, label) => {
                    layout.lines.push(Line::Label(label));
                    layout.fields(case, from);
                    layout.block(function, &case.block, &mut pending);
                }
            }
        }
        layout
    }

    /// Reads of the fields of a value, those first that are needed longest: they get the lowest slots, so that frames are short that wait when the others are not needed any more.
    pub(super) fn longest_first(&mut self, last_use: &[u32]) {
        let together = |a: &Line, b: &Line| matches!((a, b), (Line::Field { .. }, Line::Field { .. }));
        for fields in self.lines.chunk_by_mut(together) {
            fields.sort_by_key(|line| match line {
                Line::Field { to, .. } => Reverse(last_use[to.0 as usize]),
                _ => Reverse(0),
            });
        }
    }

    fn labels(&mut self, count: usize) -> Label {
        self.labels += count as u32;
        Label(self.labels - count as u32)
    }

    fn fields(&mut self, case: &SwitchCase, from: Reg) {
        for (index, field) in (0..).zip(&case.fields) {
            if let Some(to) = *field {
                self.lines.push(Line::Field { to, from, index });
            }
        }
    }

    fn block(&mut self, function: &Function, block: &'f Block, pending: &mut Vec<Pending<'f>>) {
        let (steps, tail) = match (block.steps.split_last(), &block.end) {
            (Some((last @ Step::Handle { into, .. }, before)), End::Return(from)) if into == from => {
                (before, Some(Line::TailHandle(last)))
            }
            (Some((last @ Step::Reinstate { .. }, before)), _) => (before, Some(Line::Reinstate(last))),
            _ => (&block.steps[..], None),
        };
        let mut renewed = None;
        for (at, step) in steps.iter().enumerate() {
            match step {
                Step::Let(to, op) => self.lines.push(Line::Let(*to, op)),
                Step::Join { id, params, block } => {
                    let label = self.labels(1);
                    self.joins.insert(*id, Join { label, params });
                    self.labelled.insert(label, *id);
                    pending.push(Pending::Block(block, label));
                }
                Step::Handle { function, .. } if renewed == Some(*function) => self.lines.push(Line::Renew(step)),
                Step::Call { .. } | Step::Perform { .. } | Step::Handle { .. } => self.lines.push(Line::Wait(step)),
                Step::Detach { into: Some(into) } if goes_on_at_once(function, *into, &steps[at + 1..]) => {
                    renewed = Some(*into);
                }
                Step::Detach { into } => self.lines.push(Line::Detach(*into)),
                Step::Reinstate { .. } => unreachable!("the verifier saw that it is the last"),
            }
        }
        match tail {
            Some(line) => self.lines.push(line),
            None => self.end(&block.end, pending),
        }
    }

    /// The first child of an end is laid out right behind it.
    fn end(&mut self, end: &'f End, pending: &mut Vec<Pending<'f>>) {
        let first = self.labels(end.children());
        self.lines.push(Line::End(end, first));
        match end {
            End::If(_, yes, no) => {
                pending.push(Pending::Block(no, first.child(1)));
                pending.push(Pending::Block(yes, first));
            }
            End::Switch { on, cases, default } => {
                let default = default.iter().map(|block| Pending::Block(block, first.child(cases.len())));
                pending.extend(default);
                let cases = cases.iter().enumerate().rev();
                pending.extend(cases.map(|(i, case)| Pending::Case(case, *on, first.child(i))));
            }
            End::SwitchWord { cases, default, .. } => {
                pending.push(Pending::Block(default, first.child(cases.len())));
                let cases = cases.iter().enumerate().rev();
                pending.extend(cases.map(|(i, case)| Pending::Block(&case.1, first.child(i))));
            }
            End::Return(_) | End::TailCall { .. } | End::Jump(..) | End::Fault(_) => {}
        }
    }
}

/// Whether a continuation is used once, as what the first of these steps that is no plain one calls under a prompt.
fn goes_on_at_once(function: &Function, continuation: Reg, steps: &[Step]) -> bool {
    let mut steps = steps.iter().skip_while(|step| match step {
        Step::Let(_, op) => !op.operands().contains(&continuation),
        _ => false,
    });
    let Some(Step::Handle { function: called, args, handler, resume, .. }) = steps.next() else { return false };
    let kept = &function.resume_points[resume.number as usize].live;
    *called == continuation && args.len() == 1 && ![args[0], *handler].contains(called) && !kept.contains(called)
}

impl Line<'_> {
    /// Meets every register that is read.
    pub(super) fn for_each_use(&self, mut f: impl FnMut(Reg)) {
        match self {
            Line::Label(_) => {}
            Line::Field { from, .. } => f(*from),
            Line::Let(_, op) => op.operands().iter().copied().for_each(f),
            Line::Detach(_) => {}
            Line::Renew(Step::Handle { args, handler, .. }) => args.iter().chain([handler]).copied().for_each(f),
            Line::Wait(step) | Line::Renew(step) | Line::TailHandle(step) | Line::Reinstate(step) => {
                step.for_each_use(f)
            }
            Line::End(end, _) => end.for_each_use(f),
        }
    }
}

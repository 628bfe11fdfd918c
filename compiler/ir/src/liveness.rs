//! What a frame holds while it waits: the registers that are used later.
//!
//! Backwards over the tree of blocks. The registers that a block needs at its beginning are kept for each join point while it is in scope, since every jump to it needs them too; join
//! points are not recursive, so one pass is enough. Whether a clause is attached is known on the way forward.

use crate::walk::{Event, Role, walk};
use crate::{Block, End, Function, JoinId, Reg, ResumePoint, Step, limits};
use std::collections::{BTreeMap, BTreeSet};

/// The live lists would be longer than [`limits::LIVE_MAX`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLarge;

type Needed = BTreeSet<Reg>;

struct Liveness {
    /// In the order in which the points stand.
    points: Vec<ResumePoint>,
    /// What the blocks need that are done and belong to an end that is not.
    done: Vec<Needed>,
    joins: BTreeMap<JoinId, Needed>,
    /// Of each block around here, whether the function is attached.
    attached: Vec<bool>,
    /// Registers copied so far: bounds the work.
    copied: usize,
}

/// The resume points of a function, computed from its body. Every resume number in the body must be below the number of points, and every jump in the scope of its join point: others are passed over.
pub fn resume_points(function: &Function) -> Result<Vec<ResumePoint>, TooLarge> {
    let count = function.resume_points.len();
    let mut liveness = Liveness {
        points: vec![ResumePoint { live: Vec::new(), attached: false }; count],
        done: Vec::new(),
        joins: BTreeMap::new(),
        attached: Vec::new(),
        copied: 0,
    };
    walk(&function.body, |event| match event {
        Event::Enter(_) => {
            let around = liveness.attached.last().copied();
            liveness.attached.push(around.unwrap_or(function.is_clause));
            Ok(())
        }
        Event::Step(step) => {
            liveness.attachment(step);
            Ok(())
        }
        Event::End(_) => Ok(()),
        Event::Leave(role, block) => liveness.leave(role, block),
    })?;
    Ok(liveness.points)
}

impl Liveness {
    fn attachment(&mut self, step: &Step) {
        let attached = self.attached.last_mut().expect("a step stands in a block");
        if let Step::Detach { .. } = step {
            *attached = false;
        }
        if let Some(point) = step.resume().and_then(|resume| self.points.get_mut(resume.number as usize)) {
            point.attached = *attached;
        }
    }

    fn leave(&mut self, role: Role, block: &Block) -> Result<(), TooLarge> {
        self.attached.pop();
        let mut needed = self.after_steps(&block.end)?;
        for step in block.steps.iter().rev() {
            self.step(step, &mut needed)?;
        }
        match role {
            Role::Body => {}
            Role::Branch => self.done.push(needed),
            Role::Case(case) => {
                for field in case.fields.iter().flatten() {
                    needed.remove(field);
                }
                self.done.push(needed);
            }
            Role::Join(id, params) => {
                for param in params {
                    needed.remove(param);
                }
                self.joins.insert(id, needed);
            }
        }
        Ok(())
    }

    fn after_steps(&mut self, end: &End) -> Result<Needed, TooLarge> {
        let mut needed = match end {
            End::Jump(id, _) => self.joins.get(id).cloned().unwrap_or_default(),
            _ => Needed::new(),
        };
        self.charge(needed.len())?;
        for _ in 0..end.children() {
            let child = self.done.pop().unwrap_or_default();
            needed = union(needed, child);
        }
        end.for_each_use(|reg| {
            needed.insert(reg);
        });
        Ok(needed)
    }

    fn step(&mut self, step: &Step, needed: &mut Needed) -> Result<(), TooLarge> {
        if let Some(into) = step.into() {
            needed.remove(&into);
        }
        if let Some(resume) = step.resume() {
            self.charge(needed.len())?;
            if let Some(point) = self.points.get_mut(resume.number as usize) {
                point.live = needed.iter().copied().collect();
            }
        }
        if let Step::Join { id, .. } = step {
            self.joins.remove(id);
        }
        step.for_each_use(|reg| {
            needed.insert(reg);
        });
        Ok(())
    }

    fn charge(&mut self, n: usize) -> Result<(), TooLarge> {
        self.copied += n;
        if self.copied > limits::LIVE_MAX { Err(TooLarge) } else { Ok(()) }
    }
}

/// Moves the smaller set into the larger one, so that a set is moved seldom.
fn union(a: Needed, b: Needed) -> Needed {
    let (mut large, small) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    large.extend(small);
    large
}

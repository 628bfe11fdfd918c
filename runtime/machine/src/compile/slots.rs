//! Gives registers slots of the window: those whose lives do not overlap share one, arguments are computed where the callee wants them, and what a tail call or a
//! jump passes on is computed where it is expected, if that place is free.
//!
//! One pass over the lines. A register's life is from the line that assigns it to its last use ([`Layout`] says why that is enough). A frame is the beginning of
//! the window up to the highest slot that is in use at the call; the callee's window begins behind it.
//!
//! **Invariant:** two registers that are needed at the same time never have the same slot; what a resume point keeps lies inside its frame; parameters have the slots
//! that callers put them into.

use super::fold::Folding;
use super::lines::{Layout, Line};
use crate::frames::PROMPT_WORDS;
use ir::{Callee, End, Function, JoinId, Reg, Step};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// It needs none, or has none yet.
    Nowhere,
    Slot(u32),
    /// An argument of the call in this line.
    Out(u32, u32),
}

/// Where a register would be best.
#[derive(Clone, Copy)]
enum Hint {
    Out(u32, u32),
    Slot(u32),
    /// The parameter of a join point that it is passed to, in the line.
    Param(Reg, u32),
}

/// What was decided.
pub(super) struct Slots {
    places: Vec<Place>,
    /// Words of the frame, for lines that wait; of the window that moves, for those that detach.
    frames: Vec<u32>,
    /// A slot that nobody uses while registers are moved.
    pub(super) scratch: u32,
    /// Words of the window with what is passed on.
    pub(super) height: u32,
}

impl Slots {
    /// The slot of a register that has one.
    pub(super) fn of(&self, reg: Reg) -> u32 {
        match self.places[reg.0 as usize] {
            Place::Nowhere => self.scratch,
            Place::Slot(slot) => slot,
            Place::Out(line, index) => self.out(line as usize, index),
        }
    }

    /// Whether anybody reads it from a slot.
    pub(super) fn has(&self, reg: Reg) -> bool {
        self.places[reg.0 as usize] != Place::Nowhere
    }

    /// Words of the frame that waits in a line.
    pub(super) fn frame(&self, line: usize) -> u32 {
        self.frames[line]
    }

    /// Where the callee of a line finds an argument.
    pub(super) fn out(&self, line: usize, index: u32) -> u32 {
        self.frames[line] + 1 + index
    }
}

/// Decides for a function.
pub(super) fn allocate(function: &Function, layout: &Layout, folding: &Folding) -> Slots {
    let mut allocator = Allocator {
        layout,
        folding,
        hints: hints(layout, folding),
        places: vec![Place::Nowhere; function.registers.len()],
        alive: vec![false; function.registers.len()],
        borrowed: BTreeSet::new(),
        borrowed_until: BTreeMap::new(),
        free: BTreeSet::new(),
        taken: BTreeSet::new(),
        fresh: 0,
        passing: None,
        frames: vec![0; layout.lines.len()],
        height: 0,
    };
    allocator.params(function.params.len() as u32);
    (0..layout.lines.len()).for_each(|at| allocator.line(at));
    let scratch = allocator.height.max(allocator.fresh);
    Slots { places: allocator.places, frames: allocator.frames, scratch, height: scratch + 1 }
}

/// What is passed where, for registers that are read nowhere else.
fn hints(layout: &Layout, folding: &Folding) -> BTreeMap<Reg, Hint> {
    let mut hints = BTreeMap::new();
    let once = |reg: &Reg| folding.uses[reg.0 as usize] == 1;
    // What was assigned since the last call or branch.
    let mut recent: BTreeSet<Reg> = BTreeSet::new();
    for (at, line) in layout.lines.iter().enumerate() {
        match line {
            Line::Let(to, _) | Line::Field { to, .. } => recent.extend([*to]),
            Line::Wait(step) | Line::Renew(step) => {
                let args = passed(step).into_iter();
                let args = (0..).zip(args).filter(|(_, arg)| once(arg) && recent.contains(arg));
                hints.extend(args.map(|(i, arg)| (arg, Hint::Out(at as u32, i))));
                recent.clear();
                recent.extend(Step::into(step).iter());
            }
            Line::End(End::TailCall { callee, args }, _) => {
                let args = args.iter().copied().chain(callee.register());
                let last = |arg: &Reg| folding.last_use[arg.0 as usize] == at as u32;
                let args = (0..).zip(args).filter(|(_, arg)| last(arg));
                hints.extend(args.map(|(i, arg)| (arg, Hint::Slot(i))));
                recent.clear();
            }
            Line::End(End::Jump(id, args), _) => {
                let params = layout.joins.get(id).map_or(&[][..], |join| join.params);
                let pairs = params.iter().zip(args).filter(|(_, arg)| once(arg));
                hints.extend(pairs.map(|(param, arg)| (*arg, Hint::Param(*param, at as u32))));
                recent.clear();
            }
            // It moves what is below the frames' end, so nothing stands above it yet.
            Line::Detach(into) => {
                recent.clear();
                recent.extend(into.iter());
            }
            Line::Label(_) | Line::End(..) | Line::TailHandle(_) | Line::Reinstate(_) => recent.clear(),
        }
    }
    hints
}

/// What a step that waits passes on, in order.
pub(super) fn passed(step: &Step) -> Vec<Reg> {
    match step {
        Step::Call { callee: Callee::Value(function), args, .. } => args.iter().copied().chain([*function]).collect(),
        Step::Call { args, .. } | Step::Perform { args, .. } => args.clone(),
        _ => Vec::new(),
    }
}

/// Words of the call under a prompt.
fn passed_under_prompt(step: &Step) -> u32 {
    match step {
        Step::Handle { args, .. } => args.len() as u32 + 1,
        _ => 0,
    }
}

/// Words above the arguments for a callee that is in no register.
fn open_callee(step: &Step) -> u32 {
    u32::from(matches!(step, Step::Call { callee: Callee::Open(_), .. }))
}

struct Allocator<'a, 'f> {
    layout: &'a Layout<'f>,
    folding: &'a Folding,
    hints: BTreeMap<Reg, Hint>,
    places: Vec<Place>,
    alive: Vec<bool>,
    /// Registers in the slot of the parameter that they become.
    borrowed: BTreeSet<Reg>,
    /// Up to which line the slot of a parameter holds something that becomes it.
    borrowed_until: BTreeMap<Reg, u32>,
    /// Slots below `fresh` that nobody has.
    free: BTreeSet<u32>,
    taken: BTreeSet<u32>,
    fresh: u32,
    /// A call that some arguments are ready for, and the slots below its frame's end that were in use since.
    passing: Option<(u32, u32)>,
    frames: Vec<u32>,
    height: u32,
}

impl Allocator<'_, '_> {
    fn params(&mut self, count: u32) {
        for slot in 0..count {
            self.take(slot);
            self.set(Reg(slot), Place::Slot(slot));
        }
        (0..count).map(Reg).filter(|reg| self.folding.uses[reg.0 as usize] == 0).for_each(|reg| self.release(reg));
    }

    fn line(&mut self, at: usize) {
        self.note_use();
        let line = self.layout.lines[at];
        match line {
            Line::Label(label) => {
                if let Some(id) = self.layout.labelled.get(&label) {
                    self.join_params(*id);
                }
            }
            Line::Field { to, .. } => {
                self.kill_uses(at, &line);
                self.define(to, at);
            }
            Line::Let(to, _) => {
                self.kill_uses(at, &line);
                if !self.folding.is_folded(to) && !self.folding.is_fused(at) {
                    self.define(to, at);
                }
            }
            Line::Wait(step) | Line::Renew(step) => {
                let used = self.passing.take().map_or(0, |(_, used)| used).max(self.used());
                self.frames[at] = used;
                let above = passed(step).len() as u32 + open_callee(step) + passed_under_prompt(step);
                self.height = self.height.max(used + 1 + above);
                self.kill_uses(at, &line);
                if let Some(into) = step.into() {
                    self.define(into, at);
                }
            }
            Line::End(end, _) => {
                match end {
                    End::Jump(id, args) => self.jump(*id, args, at),
                    End::TailCall { callee, args } => {
                        let function = callee.register().is_some() || matches!(callee, Callee::Open(_));
                        let passed = args.len() + usize::from(function);
                        self.height = self.height.max(passed as u32);
                    }
                    _ => {}
                }
                self.kill_uses(at, &line);
            }
            Line::Detach(into) => {
                self.frames[at] = self.used();
                if let Some(into) = into {
                    self.define(into, at);
                }
            }
            Line::TailHandle(step) | Line::Reinstate(step) => {
                // The prompt and what is called under it.
                self.height = self.height.max(PROMPT_WORDS as u32 + 1 + passed_under_prompt(step));
                self.kill_uses(at, &line);
            }
        }
        self.note_use();
    }

    /// The number of slots up to the highest that is in use.
    fn used(&self) -> u32 {
        self.taken.last().map_or(0, |slot| slot + 1)
    }

    fn note_use(&mut self) {
        let used = self.used();
        self.height = self.height.max(used);
        if let Some((_, most)) = &mut self.passing {
            *most = used.max(*most);
        }
    }

    fn set(&mut self, reg: Reg, place: Place) {
        self.places[reg.0 as usize] = place;
        self.alive[reg.0 as usize] = true;
    }

    fn is_free(&self, slot: u32) -> bool {
        !self.taken.contains(&slot)
    }

    fn take(&mut self, slot: u32) {
        while self.fresh <= slot {
            self.free.insert(self.fresh);
            self.fresh += 1;
        }
        self.free.remove(&slot);
        self.taken.insert(slot);
    }

    fn take_lowest(&mut self) -> u32 {
        let slot = self.free.first().copied().unwrap_or(self.fresh);
        self.take(slot);
        slot
    }

    fn release(&mut self, reg: Reg) {
        self.alive[reg.0 as usize] = false;
        if let Place::Slot(slot) = self.places[reg.0 as usize]
            && !self.borrowed.contains(&reg)
        {
            self.taken.remove(&slot);
            self.free.insert(slot);
        }
    }

    /// Ends the lives of registers that are read here for the last time.
    fn kill_uses(&mut self, at: usize, line: &Line) {
        line.for_each_use(|reg| {
            if self.alive[reg.0 as usize] && self.folding.last_use[reg.0 as usize] == at as u32 {
                self.release(reg);
            }
        });
    }

    /// Finds a place for a register that is assigned here.
    fn define(&mut self, reg: Reg, at: usize) {
        let place = self.best_place(reg, at as u32);
        self.set(reg, place);
        if self.folding.uses[reg.0 as usize] == 0 {
            self.note_use();
            self.release(reg);
        }
    }

    fn best_place(&mut self, reg: Reg, at: u32) -> Place {
        match self.hints.get(&reg).copied() {
            Some(Hint::Out(line, index)) => {
                self.passing.get_or_insert((line, 0));
                return Place::Out(line, index);
            }
            Some(Hint::Slot(slot)) if self.is_free(slot) => {
                self.take(slot);
                return Place::Slot(slot);
            }
            Some(Hint::Param(param, until)) if self.borrowed_until.get(&param).is_some_and(|line| *line < at) => {
                self.borrowed_until.insert(param, until);
                self.borrowed.insert(reg);
                return self.places[param.0 as usize];
            }
            _ => {}
        }
        Place::Slot(self.take_lowest())
    }

    /// At the first jump its parameters take over the slots of arguments that are not needed any more, or get slots of their own.
    fn jump(&mut self, id: JoinId, args: &[Reg], at: usize) {
        let params = self.layout.joins.get(&id).map_or(&[][..], |join| join.params);
        let waiting = |allocator: &Self, param: Reg| {
            allocator.places[param.0 as usize] == Place::Nowhere && allocator.folding.uses[param.0 as usize] > 0
        };
        for (param, arg) in params.iter().zip(args) {
            let ends = self.alive[arg.0 as usize] && self.folding.last_use[arg.0 as usize] == at as u32;
            if waiting(self, *param) && ends && !self.borrowed.contains(arg) {
                self.alive[arg.0 as usize] = false;
                self.set(*param, self.places[arg.0 as usize]);
            }
        }
        for param in params {
            if waiting(self, *param) {
                let slot = self.take_lowest();
                self.set(*param, Place::Slot(slot));
            }
            if self.places[param.0 as usize] != Place::Nowhere {
                self.borrowed_until.entry(*param).or_insert(at as u32);
            }
        }
    }

    /// Nobody jumped here: the parameters still need slots.
    fn join_params(&mut self, id: JoinId) {
        for param in self.layout.joins.get(&id).map_or(&[][..], |join| join.params) {
            if self.places[param.0 as usize] == Place::Nowhere && self.folding.uses[param.0 as usize] > 0 {
                let slot = self.take_lowest();
                self.set(*param, Place::Slot(slot));
            }
        }
    }
}

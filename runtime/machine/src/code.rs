//! Flat code: what the interpreter reads.
//!
//! An instruction is two words or more: what does it (the address of its handler, or its number, as the machine dispatches), its operands (four of 16 bits, or two and
//! one of 32), then whatever else it needs. Registers are slots of the function's window. Branches are distances in words from the instruction's beginning.
//!
//! # Safety
//! Words hold addresses of entries, descriptors, points and blobs, all of which live as long as the code: entries and descriptors as long as the machine, the others in
//! the [`Code`] itself, which is made complete and never changes.

use crate::blob::Blob;
use crate::instructions::{Dispatch, Opcode};
use crate::machine::EntryRef;
use crate::native::Native;
use base::Hash;
use ir::Rep;
use kernel::{DefId, Site};
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, Ordering};
use std::sync::{Arc, OnceLock};

/// What stands on top of a frame and says how to go on when something returns to it.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct RetPoint {
    /// Where its function goes on: in the flat code, or in machine code when there is some; null for frames that belong to no function.
    pc: AtomicPtr<u64>,
    /// Where machine code goes on that gets the result in a register and takes its frame itself; null while there is none.
    native: AtomicPtr<u64>,
    /// Words of the frame below the point.
    pub(crate) frame: u32,
    /// The slot for the result.
    pub(crate) into: u32,
    /// Words of stack that the function may use before the next check.
    pub(crate) need: u32,
    /// The instruction that goes on, counted in words.
    pub(crate) at: u32,
    pub(crate) kind: PointKind,
    pub(crate) into_rep: Rep,
    /// The IR's number of the point.
    pub(crate) index: u32,
    /// Which call of its definition it waits for.
    pub(crate) site: Site,
    /// The calls of what was inlined there, the innermost first.
    pub(crate) inlined: Vec<(DefId, Site)>,
    /// Whose code goes on, or whose prompt it is; none for frames that belong to no function.
    pub(crate) entry: Option<EntryRef>,
    /// Where in the frame the live registers are, in the IR's order; the other words are nobody's.
    pub(crate) live: Vec<Live>,
    /// Its function is a clause that is attached here: below the frame stands one of [`PointKind::Clause`].
    pub(crate) attached: bool,
    /// What a prompt catches: [`crate::machine::Machine::ability_key`] of each.
    pub(crate) abilities: Vec<u64>,
    /// The first of them; 0 if there is none.
    first_ability: u64,
}

/// A word of a frame that its function goes on with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live {
    pub(crate) slot: u32,
    pub(crate) rep: Rep,
}

/// Where the points of one number are.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Places {
    resume: Option<u32>,
    prompt: Option<u32>,
}

/// The shapes of frames, below their RetPoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum PointKind {
    /// The beginning of a window: a function goes on.
    Resume,
    /// `[arguments, all tagged][their number]`: the result is a function that takes them.
    Apply,
    /// `[handler][distance to the previous prompt's end, 0 for none]`: the result goes to the handler.
    Prompt,
    /// `[distance to the end of the handler's prompt][distance to the end of the innermost prompt]`: a clause runs above, in place of the operation that the frame below waits for.
    Clause,
    /// Nothing: the task is done.
    Bottom,
}

impl RetPoint {
    pub(crate) const NATIVE_OFFSET: usize = std::mem::offset_of!(RetPoint, native);

    const fn special(kind: PointKind) -> RetPoint {
        RetPoint {
            pc: AtomicPtr::new(std::ptr::null_mut()),
            native: AtomicPtr::new(std::ptr::null_mut()),
            frame: 0,
            into: 0,
            need: 0,
            at: 0,
            kind,
            into_rep: Rep::V,
            index: 0,
            site: Site::NONE,
            inlined: Vec::new(),
            entry: None,
            live: Vec::new(),
            attached: false,
            abilities: Vec::new(),
            first_ability: 0,
        }
    }

    /// Where its function goes on.
    #[inline(always)]
    pub(crate) fn pc(&self) -> *const u64 {
        self.pc.load(Ordering::Acquire)
    }

    /// Whether its function goes on as machine code.
    #[inline(always)]
    pub(crate) fn is_native(&self) -> bool {
        !self.native.load(Ordering::Relaxed).is_null()
    }

    /// Whether it is a prompt that catches this.
    #[inline(always)]
    pub(crate) fn catches(&self, ability: u64) -> bool {
        self.first_ability == ability || self.abilities.contains(&ability)
    }

    /// Its function goes on here from now on.
    pub(crate) fn go_on_at(&self, pc: *const u64) {
        self.pc.store(pc.cast_mut(), Ordering::Release);
    }

    /// Its function is machine code: it goes on at the first place with its frame at the top and the result in it, at the second with the result in a register.
    pub(crate) fn go_on_natively(&self, pc: *const u64, native: *const u64) {
        self.go_on_at(pc);
        self.native.store(native.cast_mut(), Ordering::Release);
    }

    /// The prompt of the `Handle` at this resume point.
    pub(crate) fn prompt(entry: EntryRef, index: u32, abilities: Vec<u64>) -> RetPoint {
        let first_ability = abilities.first().copied().unwrap_or_default();
        RetPoint { entry: Some(entry), index, abilities, first_ability, ..RetPoint::special(PointKind::Prompt) }
    }

    /// Where a function goes on; the address comes when its code is complete.
    pub(crate) fn resume(entry: EntryRef, index: u32, live: Vec<Live>) -> RetPoint {
        RetPoint { index, entry: Some(entry), live, ..RetPoint::special(PointKind::Resume) }
    }
}

pub(crate) static APPLY: RetPoint = RetPoint::special(PointKind::Apply);
pub(crate) static CLAUSE: RetPoint = RetPoint::special(PointKind::Clause);
pub(crate) static BOTTOM: RetPoint = RetPoint::special(PointKind::Bottom);

/// The code of a function. Never changes but for what has become machine code, and lives as long as the machine: frames hold addresses of its points.
#[derive(Debug)]
pub(crate) struct Code {
    /// Boxed, since the first instruction has its address.
    pub(crate) entrance: Box<Entrance>,
    pub(crate) dispatch: Dispatch,
    /// How many of the parameters are captured variables.
    pub(crate) captures: usize,
    /// It is a clause, which no function value is of.
    pub(crate) is_clause: bool,
    /// The clauses of a handler; boxed, since its entry has their address.
    pub(crate) clauses: Box<Clauses>,
    pub(crate) ret: Rep,
    /// Begins with [`Opcode::Enter`].
    pub(crate) words: Box<[u64]>,
    pub(crate) points: Box<[RetPoint]>,
    /// By the IR's number of a resume point.
    pub(crate) places: Vec<Places>,
    /// How many instructions `Perform` it has.
    pub(crate) performs: usize,
    /// Something that was absent when it was lowered, and that it calls. Its points have other numbers than those of code for which nothing was.
    pub(crate) open: Option<Hash>,
    /// The same as machine code.
    pub(crate) native: OnceLock<Native>,
    /// Somebody has asked for machine code.
    pub(crate) is_requested: AtomicBool,
    /// What instructions have addresses of: kept, not read.
    pub(crate) _constants: Vec<Arc<Blob>>,
}

/// What a handler does with operations by code of its own.
#[derive(Debug)]
pub(crate) struct Clauses {
    /// How many words a function value of the handler holds that only lacks its last argument.
    pub(crate) held: usize,
    /// The result of what it handles is its own: it need not be called with that.
    pub(crate) gives_back: bool,
    /// By the addresses of the requests' descriptors.
    pub(crate) of: Box<[(u64, EntryRef)]>,
}

/// What has to be known of a function to enter it.
#[derive(Debug)]
pub(crate) struct Entrance {
    /// Through which it is called.
    pub(crate) entry: EntryRef,
    pub(crate) params: Vec<Rep>,
    /// Words of stack that the window and whatever it calls with may use before the next check.
    pub(crate) need: usize,
    /// Entries until it is worth being machine code.
    pub(crate) heat: AtomicI32,
    /// It calls builtins that take long where values are large.
    pub(crate) lingers: bool,
}

impl Entrance {
    /// Counts an entry; whether there were not many yet.
    #[inline(always)]
    pub(crate) fn is_cold(&self) -> bool {
        // Tasks on several threads may lose a count; nobody minds.
        let left = self.heat.load(Ordering::Relaxed) - 1;
        self.heat.store(left, Ordering::Relaxed);
        left > 0
    }

    /// Some parameter is raw.
    pub(crate) fn takes_raw(&self) -> bool {
        self.params.iter().any(|rep| rep.is_raw())
    }
}

/// The operands of an instruction as a word.
pub(crate) fn operands(a: u32, b: u32, c: u32, d: u32) -> u64 {
    let mut bytes = [0; 8];
    for (i, operand) in [a, b, c, d].into_iter().enumerate() {
        bytes[2 * i..2 * i + 2].copy_from_slice(&(operand as u16).to_ne_bytes());
    }
    u64::from_ne_bytes(bytes)
}

/// As [`operands`], with a wide one in place of the last two.
pub(crate) fn wide_operands(a: u32, b: u32, wide: u32) -> u64 {
    let mut bytes = operands(a, b, 0, 0).to_ne_bytes();
    bytes[4..].copy_from_slice(&wide.to_ne_bytes());
    u64::from_ne_bytes(bytes)
}

/// One of the four operands of a word.
pub(crate) fn operand(word: u64, index: usize) -> u32 {
    let bytes = word.to_ne_bytes();
    u32::from(u16::from_ne_bytes([bytes[2 * index], bytes[2 * index + 1]]))
}

/// The wide operand of a word.
pub(crate) fn wide_operand(word: u64) -> u32 {
    let bytes = word.to_ne_bytes();
    u32::from_ne_bytes([bytes[4], bytes[5], bytes[6], bytes[7]])
}

impl Code {
    /// Where the points of each number, below `count`, are.
    pub(crate) fn places(points: &[RetPoint], count: usize) -> Vec<Places> {
        let mut places = vec![Places::default(); count];
        for (at, point) in (0..).zip(points) {
            let place = &mut places[point.index as usize];
            match point.kind {
                PointKind::Prompt => place.prompt = Some(at),
                _ => place.resume = Some(at),
            }
        }
        places
    }

    /// The point at which a frame of this code with this number waits.
    pub(crate) fn resume_point(&self, index: u32) -> Option<&RetPoint> {
        self.points.get(self.places.get(index as usize)?.resume? as usize)
    }

    /// The prompt of the `Handle` with this number.
    pub(crate) fn prompt_point(&self, index: u32) -> Option<&RetPoint> {
        self.points.get(self.places.get(index as usize)?.prompt? as usize)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entrance { entry, params, need, .. } = &*self.entrance;
        writeln!(f, "{:?} params {params:?} need {need}", entry.target)?;
        let mut pc = 0;
        while let Some(opcode) = self.words.get(pc).and_then(|word| Opcode::read(*word, self.dispatch)) {
            let operands = self.words[pc + 1];
            let len = opcode.words(operands);
            let narrow: Vec<u32> = (0..4).map(|i| operand(operands, i)).collect();
            let rest = self.words.get(pc + 2..pc + len).unwrap_or_default();
            writeln!(f, "{pc:4} {opcode:?} {narrow:?} {rest:x?}")?;
            pc += len;
        }
        for point in &self.points {
            writeln!(
                f,
                "point {} {:?} frame {} into {} keeps {:?}",
                point.index, point.kind, point.frame, point.into, point.live
            )?;
        }
        Ok(())
    }
}

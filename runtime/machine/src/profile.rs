//! Where tasks spend their time: now and then, at a safepoint, what is on the stack is noted, with the processor time that has passed since the last time on that thread.
//!
//! A slice of a profiled machine is run in short parts, which changes nothing of what is computed or of the fuel that it takes; after each the clock is looked at. So what a builtin or a
//! collection took is put down to the function that is entered behind it, which stands where the one that called it stood or above that.

use crate::code::{PointKind, RetPoint};
use crate::control::{Core, Next};
use crate::machine::{EntryRef, Target};
use builtin::Builtin;
use ir::{CodeId, FunctionRef};
use kernel::TypeRef;
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Time between two samples of a thread.
const PERIOD: Duration = Duration::from_micros(500);
/// Fuel of a part of a slice: some microseconds.
pub(crate) const PART_FUEL: u64 = 1_000;
/// Frames that are noted of a stack: the innermost ones, and some of the outermost. What lies between is one.
const INNERMOST_MAX: usize = 200;
const OUTERMOST_MAX: usize = 50;
/// Different stacks that are kept. Of more, only the innermost function is.
const STACKS_MAX: usize = 50_000;

thread_local! {
    /// Time on this thread that no sample has yet.
    static OWED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// A frame of a sample.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SampledFrame {
    /// A definition or a lambda in it.
    Code(CodeId),
    Builtin(Builtin),
    Constructor(TypeRef, u32),
    Operation(TypeRef, u32),
    /// Frames that were left out.
    Omitted,
}

/// What was sampled.
#[derive(Default, Debug)]
pub struct Profile {
    /// How long each stack was seen, the outermost frame first.
    stacks: Mutex<BTreeMap<Vec<SampledFrame>, Duration>>,
}

impl Profile {
    /// Each stack that was seen, the outermost frame first, and for how long.
    pub fn stacks(&self) -> Vec<(Vec<SampledFrame>, Duration)> {
        let stacks = self.stacks.lock().unwrap_or_else(PoisonError::into_inner);
        stacks.iter().map(|(stack, took)| (stack.clone(), *took)).collect()
    }

    fn add(&self, mut stack: Vec<SampledFrame>, took: Duration) {
        let mut stacks = self.stacks.lock().unwrap_or_else(PoisonError::into_inner);
        if stacks.len() >= STACKS_MAX && !stacks.contains_key(&stack) {
            stack.drain(..stack.len().saturating_sub(1));
        }
        *stacks.entry(stack).or_default() += took;
    }
}

/// A part of a slice that is being run.
pub(crate) struct Part(Instant);

impl Part {
    pub(crate) fn begin() -> Part {
        Part(Instant::now())
    }

    /// The part is over; samples its task if it is time to. `stack` gives what is on the stack, if there still is one.
    pub(crate) fn end(self, profile: &Profile, stack: impl FnOnce() -> Option<Vec<SampledFrame>>) {
        let owed = OWED.get() + self.0.elapsed();
        OWED.set(owed);
        if owed >= PERIOD
            && let Some(stack) = stack()
        {
            OWED.set(Duration::ZERO);
            profile.add(stack, owed);
        }
    }
}

impl Core {
    /// What is on the stack, the outermost frame first, and what runs next.
    pub(crate) fn sample(&self, next: Option<EntryRef>) -> Vec<SampledFrame> {
        let mut innermost: Vec<SampledFrame> = next.map(frame_of).into_iter().collect();
        let (mut outermost, mut omitted) = (VecDeque::new(), false);
        self.each_entry(|entry| {
            if innermost.len() < INNERMOST_MAX {
                return innermost.push(frame_of(entry));
            }
            outermost.push_back(frame_of(entry));
            if outermost.len() > OUTERMOST_MAX {
                outermost.pop_front();
                omitted = true;
            }
        });
        let omitted = omitted.then_some(SampledFrame::Omitted);
        outermost.into_iter().rev().chain(omitted).chain(innermost.into_iter().rev()).collect()
    }

    /// The functions that wait on the stack, the innermost first.
    fn each_entry(&self, mut visit: impl FnMut(EntryRef)) {
        let of_function = |point: &RetPoint| {
            if let (PointKind::Resume, Some(entry)) = (point.kind, point.entry) {
                visit(entry);
            }
            true
        };
        // SAFETY: below the base stand whole frames, see `frames`.
        unsafe { crate::frames::each_point(self.stack.as_ptr(), self.base, of_function) }
    }
}

/// What goes on at a safepoint.
pub(crate) fn entered(next: &Next) -> Option<EntryRef> {
    match next {
        Next::Enter(entry) => Some(*entry),
        Next::Return(_) | Next::Apply(_) => None,
    }
}

fn frame_of(entry: EntryRef) -> SampledFrame {
    match entry.target {
        Target::Code(id) | Target::Generic(id) => SampledFrame::Code(id),
        Target::Function(FunctionRef::Builtin(builtin)) => SampledFrame::Builtin(builtin),
        Target::Function(FunctionRef::Constructor(ty, index)) => SampledFrame::Constructor(ty, index),
        Target::Function(FunctionRef::Operation(ty, index)) | Target::Crossing(ty, index) => {
            SampledFrame::Operation(ty, index)
        }
    }
}

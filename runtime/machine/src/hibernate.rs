//! What is left of a computation that waits: its frames and its objects, each in memory of their size, and what it takes to go on.
//!
//! A computation that runs needs some hundred words beside what it holds, and a stack and blocks with room. So a task has a [`Core`] only from when it runs until it has waited for long, and threads
//! keep a few that are used again and again: whoever has a million tasks that wait has what those hold.
//!
//! # Safety
//! `words` are the frames of a computation, `frames` words of them, and behind these the addresses of the objects of `objects` that own a count of a blob, each once. The frames and the values of
//! `constants` refer to objects of `objects` only, and so do these. Nothing refers to anything else of the computation that was.

use crate::collect::gather;
use crate::constants::Constants;
use crate::control::{Core, STACK_WORDS};
use crate::frames;
use crate::heap::{Block, FutureId, Heap};
use crate::word::Word;
use crate::{Limits, Machine};
use kernel::{DefId, Site};
use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// A computation of which more is held is left as it is: copying it would take longer than a microsecond.
const OBJECT_WORDS_MAX: usize = 512;
/// The same of its stack.
const FRAME_WORDS_MAX: usize = 512;
const _: () = assert!(FRAME_WORDS_MAX <= u16::MAX as usize, "two bytes say where a frame is");
/// Words of the stack of a core that is kept.
const SPARE_STACK_WORDS: usize = 64;
/// Cores that a thread keeps: more than one only where tasks end in numbers.
const SPARES_MAX: usize = 8;

/// Tasks have boxes of them.
type Spares = Vec<Box<Core>>;

thread_local! {
    static SPARES: RefCell<Spares> = const { RefCell::new(Vec::new()) };
}

/// See the module.
pub(crate) struct Dormant {
    machine: Arc<Machine>,
    words: Box<[u64]>,
    frames: u16,
    prompt: u16,
    /// No stack has more than this can say.
    stack_words_max: u32,
    objects: Option<Block>,
    constants: Constants,
    pub(crate) interrupt: Arc<AtomicBool>,
    memory_bytes_max: u64,
    blob_bytes: usize,
    stopped: *const u64,
    /// Of the heap.
    serial: u64,
    misses: u32,
    pub(crate) warms: bool,
    /// It is to look at all that it holds when it goes on.
    pub(crate) wants_full: bool,
}

// SAFETY: as for `Core`.
unsafe impl Send for Dormant {}

impl Dormant {
    /// A computation that has not begun.
    pub(crate) fn new(machine: Arc<Machine>, limits: &Limits) -> Dormant {
        Dormant {
            machine,
            words: Box::default(),
            frames: 0,
            prompt: 0,
            objects: None,
            constants: Constants::default(),
            interrupt: Arc::default(),
            memory_bytes_max: limits.memory_bytes,
            stack_words_max: u32::try_from(limits.stack_bytes / 8).unwrap_or(u32::MAX).max(STACK_WORDS as u32),
            blob_bytes: 0,
            stopped: std::ptr::null(),
            serial: Word::small_nat(0).map_or(0, |zero| zero.0),
            misses: 0,
            warms: true,
            wants_full: false,
        }
    }

    /// What is left of a computation that stands at a request, which is empty then, and the identifiers of the futures that it holds. None: it holds much, or has something to do first.
    pub(crate) fn of(core: &mut Core) -> Option<(Dormant, Vec<FutureId>)> {
        if core.base > FRAME_WORDS_MAX || !core.heap.is_young_and_within(OBJECT_WORDS_MAX) {
            return None;
        }
        let futures = gather(&mut core.heap, &mut core.stack[..core.base]);
        let heap = &mut core.heap;
        let mut words = Vec::with_capacity(core.base + heap.blobs.len());
        words.extend_from_slice(&core.stack[..core.base]);
        words.extend(std::mem::take(&mut heap.blobs).iter().map(|object| object as u64));
        let dormant = Dormant {
            machine: core.machine.clone(),
            words: words.into_boxed_slice(),
            frames: core.base as u16,
            prompt: core.prompt as u16,
            blob_bytes: heap.blob_bytes(),
            objects: heap.take_only_block(),
            constants: std::mem::take(&mut heap.constants),
            interrupt: heap.interrupt.take().unwrap_or_default(),
            memory_bytes_max: heap.limit_bytes() as u64,
            stack_words_max: core.stack_words_max as u32,
            stopped: core.stopped,
            serial: heap.serial,
            misses: core.misses,
            warms: core.warms,
            wants_full: false,
        };
        Some((dormant, futures))
    }

    /// The computation goes on. This is one that has not begun then.
    pub(crate) fn wake(&mut self) -> Box<Core> {
        let mut core = spare(&self.machine).unwrap_or_else(|| Box::new(Core::new(self.machine.clone())));
        let words = std::mem::take(&mut self.words);
        let (frames, blobs) = words.split_at(self.frames as usize);
        core.heap = Heap::new(self.memory_bytes_max, Some(self.interrupt.clone()));
        core.heap.serial = self.serial;
        core.heap.constants = std::mem::take(&mut self.constants);
        if let Some(objects) = self.objects.take() {
            let owners = blobs.iter().map(|object| *object as *mut u64).collect::<Vec<_>>();
            core.heap.take_back(objects, owners.into(), self.blob_bytes);
        }
        if self.wants_full {
            core.heap.want_full_collection();
        }
        core.revive(frames, self.stack_words_max as usize, SPARE_STACK_WORDS);
        (core.prompt, core.stopped) = (self.prompt as usize, self.stopped);
        (core.misses, core.warms) = (self.misses, self.warms);
        (self.frames, self.prompt) = (0, 0);
        core
    }

    /// Bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        8 * (self.words.len() + self.objects.as_ref().map_or(0, Block::len)) + self.blob_bytes
    }

    /// See [`crate::Task::definitions`].
    pub(crate) fn definitions(&self, max: usize) -> Vec<(DefId, Site)> {
        // SAFETY: these are whole frames, see the module.
        unsafe { frames::definitions(&self.machine, self.stopped, &self.words[..self.frames as usize], max) }
    }
}

impl Drop for Dormant {
    fn drop(&mut self) {
        self.words[self.frames as usize..].iter().for_each(|object| Heap::release(*object as *mut u64));
    }
}

/// A core of this machine that was used before, if there is one.
fn spare(machine: &Arc<Machine>) -> Option<Box<Core>> {
    let found = SPARES.try_with(|spares| {
        let mut spares = spares.borrow_mut();
        let at = spares.iter().rposition(|core| Arc::ptr_eq(&core.machine, machine))?;
        Some(spares.swap_remove(at))
    });
    found.ok().flatten()
}

/// Keeps a core that nobody needs any more, for the next task of this thread.
pub(crate) fn keep(mut core: Box<Core>) {
    core.clear(SPARE_STACK_WORDS);
    // The thread may be about to end: then it is dropped.
    let _ = SPARES.try_with(|spares| {
        let mut spares = spares.borrow_mut();
        if spares.len() < SPARES_MAX {
            spares.push(core);
        } else {
            // Another machine's may be what fills it.
            *spares.first_mut().expect("it is full") = core;
        }
    });
}

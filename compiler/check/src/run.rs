//! Checks the definitions of the files, cycle by cycle, on as many threads as it is worth.
//!
//! Threads take the cycles whose dependencies are checked. They keep only what is free of mistakes: a cycle with one, and whatever depends on it,
//! is left to one thread that goes through them in order afterwards, since what is suggested depends on what comes before. **Invariant:** results and problems
//! are the same, and in the same order, on any number of threads.

use crate::calls::{Calls, Wanted};
use crate::kind::Kinds;
use crate::names::{Names, SharedNames};
use crate::plan::Plan;
use crate::problem::Problem;
use crate::program::{Outcome, Source, Top};
use crate::source_key::{Digests, Survey, Surveyor};
use crate::traced::Tracing;
use crate::ty::Scheme;
use crate::worker::Worker;
use base::Sources;
use base::limits::COMPILER_STACK;
use hash::{Object, SourceKey};
use kernel::TermRef;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::num::NonZeroUsize;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use syntax::tree::File;

/// Definitions for which another thread is worth its while.
const DEFINITIONS_A_THREAD: usize = 200;

/// Definitions that a thread takes at once to look at their names.
const SURVEYED_AT_ONCE: usize = 100;

/// On how many threads so many definitions are checked.
pub(crate) fn threads(definitions: usize) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    processors.min(definitions / DEFINITIONS_A_THREAD).max(1)
}

/// What the threads share.
pub(crate) struct Run<'a> {
    pub files: &'a [File],
    pub sources: &'a Sources,
    pub project: &'a str,
    /// If definitions are to be traced, by what.
    pub tracing: Option<Arc<Tracing>>,
    /// Definitions that are checked although their outcome is known.
    pub wanted: &'a Wanted,
    pub kinds: &'a Kinds,
    pub tops: &'a [Top<'a>],
    pub surveys: Vec<Survey>,
    pub digests: Digests,
    pub plan: Plan,
    /// Of the definitions that are checked and have no mistake.
    pub outcomes: Vec<OnceLock<Outcome>>,
}

/// What checking a cycle gave, beside the outcomes of its members.
#[derive(Default)]
pub(crate) struct Product {
    pub objects: Vec<Object>,
    pub key: Option<(SourceKey, Vec<TermRef>)>,
    pub calls: Vec<(TermRef, Calls)>,
    pub problems: Vec<Problem>,
    /// How many definitions were checked, and how many were known from before.
    pub checked: usize,
    pub known: usize,
}

/// Runs `work` on this thread and on `threads - 1` more; what each gives, this one's last.
fn on_threads<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let spawn = || std::thread::Builder::new().name("checker".into()).stack_size(COMPILER_STACK);
        // Where no thread can be had, the others do its work.
        let others: Vec<_> = (1..threads).filter_map(|_| spawn().spawn_scoped(scope, &work).ok()).collect();
        let own = work();
        let others = others.into_iter().map(|thread| thread.join());
        others.map(|found| found.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).chain([own]).collect()
    })
}

/// What each definition refers to.
pub(crate) fn surveys(tops: &[Top], names: &Names, threads: usize) -> Vec<Survey> {
    if threads == 1 {
        let mut surveyor = Surveyor::new(names);
        return tops.iter().map(|top| survey(&mut surveyor, top)).collect();
    }
    let (next, shared) = (AtomicUsize::new(0), names.shared());
    let parts = on_threads(threads, || {
        let names = shared.names();
        let mut surveyor = Surveyor::new(&names);
        let mut parts: Vec<(usize, Vec<Survey>)> = Vec::new();
        loop {
            let first = next.fetch_add(SURVEYED_AT_ONCE, Ordering::Relaxed);
            let Some(part) = tops.get(first..).filter(|part| !part.is_empty()) else { return parts };
            let part = part.iter().take(SURVEYED_AT_ONCE);
            parts.push((first, part.map(|top| survey(&mut surveyor, top)).collect()));
        }
    });
    let mut parts: Vec<(usize, Vec<Survey>)> = parts.into_iter().flatten().collect();
    parts.sort_unstable_by_key(|(first, _)| *first);
    parts.into_iter().flat_map(|(_, surveys)| surveys).collect()
}

fn survey(surveyor: &mut Surveyor, top: &Top) -> Survey {
    match &top.source {
        Source::Binding(binding) => surveyor.survey(&top.place, |walk| walk.binding(binding)),
        Source::Watch(watch) => surveyor.survey(&top.place, |walk| walk.expr(&watch.expr)),
        Source::Accessor(..) => Survey::default(),
    }
}

impl Run<'_> {
    /// Checks everything; what became of the cycles, in order. `failed` are definitions of which it is known that they have a mistake, with their types.
    pub fn check(&self, names: &Names, failed: Vec<(usize, Scheme)>, threads: usize) -> Vec<Product> {
        let total = self.plan.components.len();
        let mut products: Vec<Option<Product>> = match threads {
            1 => (0..total).map(|_| None).collect(),
            _ => self.check_together(&names.shared(), threads),
        };
        let mut worker = Worker::new(self, names);
        failed.into_iter().for_each(|(top, scheme)| worker.tops.fail(top, Some(Rc::new(scheme))));
        for (number, product) in products.iter_mut().enumerate() {
            if product.is_none() {
                progress(number, total);
                *product = Some(worker.check(number));
            }
        }
        progress(total, total);
        products.into_iter().flatten().collect()
    }

    /// Checks what is free of mistakes, on several threads.
    fn check_together(&self, names: &SharedNames, threads: usize) -> Vec<Option<Product>> {
        let schedule = Schedule::of(&self.plan);
        let products: Vec<OnceLock<Product>> = self.plan.components.iter().map(|_| OnceLock::new()).collect();
        let sound: Vec<AtomicBool> = products.iter().map(|_| AtomicBool::new(false)).collect();
        on_threads(threads, || {
            // What has a mistake is checked again, by the one thread that tells it.
            let names = names.names().without_hints();
            let mut worker = Worker::new(self, &names);
            let stop = StopOnPanic(&schedule);
            while let Some(number) = schedule.take() {
                let component = &self.plan.components[number];
                let is_sound = |number: &usize| sound[*number].load(Ordering::Acquire);
                let product = match component.needs.iter().all(is_sound) {
                    true => worker.check_sound(number),
                    false => None,
                };
                if let Some(product) = product {
                    _ = products[number].set(product);
                    sound[number].store(true, Ordering::Release);
                }
                schedule.done(number);
            }
            std::mem::forget(stop);
        });
        products.into_iter().map(OnceLock::into_inner).collect()
    }
}

fn progress(done: usize, total: usize) {
    let (done, total) = (done as u64, total as u64);
    tracing::trace!(target: "progress", about = "checking definitions", done, total);
}

/// Which components can be checked.
struct Schedule {
    state: Mutex<Waiting>,
    changed: Condvar,
    /// For each component, those that need it.
    users: Vec<Vec<usize>>,
    total: usize,
}

struct Waiting {
    /// Those that can be checked now; the first one comes first, so that what belongs together is checked together.
    ready: BinaryHeap<Reverse<usize>>,
    /// For each component, how many of those that it needs are not done.
    lacks: Vec<usize>,
    done: usize,
    stopped: bool,
}

impl Schedule {
    fn of(plan: &Plan) -> Schedule {
        let total = plan.components.len();
        let mut users = vec![Vec::new(); total];
        for (number, component) in plan.components.iter().enumerate() {
            component.needs.iter().for_each(|need| users[*need].push(number));
        }
        let lacks: Vec<usize> = plan.components.iter().map(|component| component.needs.len()).collect();
        let ready = lacks.iter().enumerate().filter(|(_, lacks)| **lacks == 0).map(|(number, _)| Reverse(number));
        let state = Mutex::new(Waiting { ready: ready.collect(), lacks, done: 0, stopped: false });
        Schedule { state, changed: Condvar::new(), users, total }
    }

    fn state(&self) -> MutexGuard<'_, Waiting> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next component; waits for one. Nothing once all are done, or if a thread has panicked.
    fn take(&self) -> Option<usize> {
        let mut state = self.state();
        loop {
            if state.done == self.total || state.stopped {
                return None;
            }
            if let Some(Reverse(number)) = state.ready.pop() {
                return Some(number);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn done(&self, number: usize) {
        let mut state = self.state();
        state.done += 1;
        let mut ready = 0;
        for user in &self.users[number] {
            state.lacks[*user] -= 1;
            if state.lacks[*user] == 0 {
                state.ready.push(Reverse(*user));
                ready += 1;
            }
        }
        if state.done.is_multiple_of(PROGRESS_STEP) {
            progress(state.done, self.total);
        }
        // This thread takes one itself.
        if ready > 1 || state.done == self.total {
            self.changed.notify_all();
        }
    }
}

/// Components between two reports.
const PROGRESS_STEP: usize = 16;

/// Lets the other threads end when this one panics.
struct StopOnPanic<'s>(&'s Schedule);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        self.0.state().stopped = true;
        self.0.changed.notify_all();
    }
}

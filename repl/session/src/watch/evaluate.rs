//! Evaluating many watches on one host in this process, several at once.
//!
//! What returns is remembered by the hash of the watch and the compiler's version. How else an evaluation ends may be due to the limits of the moment, and is
//! found out again.

use crate::repl::Clock;
use crate::workspace::{Workspace, WorkspaceError};
use check::CheckedWatch;
use codebase::Batch;
use compiler::COMPILER_VERSION;
use kernel::{DefId, Definition, Row, Signature, Term, TermRef, Type};
use machine::{Portable, portable};
use runtime::{
    Budget, Console, Keys, LocalHost, LocalHostOptions, Outcome, Program, RuntimeError, Stream, Tiers, Trail,
};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// How often it is said that watches are still being evaluated, if none of them ends.
const STILL: Duration = Duration::from_millis(500);

/// Watches that are evaluated at once, at least: more than there are processors, so that a few endless ones do not hold up the others.
const AT_ONCE: usize = 8;

/// Bytes of a value that is remembered.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// Parts of a remembered value.
const KEPT_ITEMS_MAX: u64 = 1 << 24;

/// What became of a watch.
pub struct Done {
    pub outcome: Outcome,
    /// Whether it was known from before; then it took no time.
    pub known: bool,
    pub took: Duration,
}

/// Why watches were not evaluated, or not all of them.
#[derive(Debug)]
pub enum NotEvaluated {
    Workspace(WorkspaceError),
    /// There is no host.
    Runtime(RuntimeError),
    /// Somebody wanted it to stop.
    Stopped,
}

/// A host for pure evaluations, which is started when the first one is needed.
pub struct Evaluations {
    keys: Keys,
    workers: usize,
    tiers: Tiers,
    stop: Stop,
}

/// Ends evaluations, from any thread: for good, or those of the moment.
#[derive(Clone, Default)]
pub struct Stop(Arc<Stopping>);

#[derive(Default)]
struct Stopping {
    wanted: AtomicBool,
    /// What runs at the moment is of no use any more.
    outdated: AtomicBool,
    host: OnceLock<LocalHost>,
    starting: Mutex<()>,
}

impl Stop {
    pub fn stop(&self) {
        self.0.wanted.store(true, Ordering::SeqCst);
        self.cancel();
    }

    /// Ends what runs now, until [`Stop::renew`].
    pub fn interrupt(&self) {
        self.0.outdated.store(true, Ordering::SeqCst);
        self.cancel();
    }

    /// What is evaluated from now on is wanted again.
    pub fn renew(&self) {
        self.0.outdated.store(false, Ordering::SeqCst);
    }

    fn cancel(&self) {
        if let Some(host) = self.0.host.get() {
            host.cancel_all();
        }
    }

    pub fn is_wanted(&self) -> bool {
        self.0.wanted.load(Ordering::SeqCst) || self.is_outdated()
    }

    fn is_outdated(&self) -> bool {
        self.0.outdated.load(Ordering::SeqCst)
    }
}

/// Nobody sees what pure code prints, since it cannot.
struct Nobody;

impl Console for Nobody {
    fn write(&self, _: Stream, _: &str) {}

    fn read_line(&self) -> std::io::Result<Option<String>> {
        Ok(None)
    }
}

impl Evaluations {
    /// `workers`: as many threads evaluate.
    pub fn new(keys: Keys, workers: usize, tiers: Tiers) -> Evaluations {
        Evaluations { keys, workers: workers.max(1), tiers, stop: Stop::default() }
    }

    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Evaluates watches that are in the workspace's codebase. Each is told with its position, in order: what ends early waits for those before it. If
    /// somebody stops it, what has ended is told all the same.
    pub(crate) fn evaluate(
        &self,
        workspace: &Workspace,
        watches: &[&CheckedWatch],
        budget: Budget,
        clock: Clock,
        each: &mut dyn FnMut(usize, &Done),
    ) -> Result<(), NotEvaluated> {
        let mut line = InOrder { next: 0, held: BTreeMap::new(), each };
        let mut waiting = Vec::new();
        for (position, watch) in watches.iter().enumerate() {
            match known(workspace, watch).map_err(NotEvaluated::Workspace)? {
                Some(value) => {
                    let done = Done { outcome: Outcome::Returned(value), known: true, took: Duration::ZERO };
                    line.hold(position, done);
                }
                None => waiting.push(position),
            }
        }
        line.tell();
        if waiting.is_empty() {
            return Ok(());
        }
        let mains = self.keep_entries(workspace, watches, &waiting, (clock.wall_ms)())?;
        let host = self.host(workspace).map_err(NotEvaluated::Runtime)?;
        let results = self.evaluate_waiting(host, &mains, budget, clock, &mut line);
        if !self.stop.is_outdated() {
            line.tell_held();
        }
        keep(workspace, watches, &results).map_err(NotEvaluated::Workspace)?;
        if self.stop.is_wanted() { Err(NotEvaluated::Stopped) } else { Ok(()) }
    }

    fn host(&self, workspace: &Workspace) -> Result<&LocalHost, RuntimeError> {
        let _one = self.stop.0.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = self.stop.0.host.get() {
            return Ok(host);
        }
        let host = LocalHost::start(LocalHostOptions {
            store: workspace.codebase.clone(),
            keys: self.keys.clone(),
            console: Arc::new(Nobody),
            workers: self.workers,
            tiers: self.tiers.clone(),
            lease_ms: runtime::LEASE_MS,
            nodes: 1,
            listens: false,
            lingers: false,
            traced: false,
            profiled: false,
        })?;
        Ok(self.stop.0.host.get_or_init(|| host))
    }

    /// A delay for each watch that is to be evaluated, with its position.
    fn keep_entries(
        &self,
        workspace: &Workspace,
        watches: &[&CheckedWatch],
        waiting: &[usize],
        now_ms: u64,
    ) -> Result<Vec<(usize, DefId)>, NotEvaluated> {
        let entries: Vec<_> = waiting.iter().map(|position| hash::hash_terms(&[entry(watches[*position])])).collect();
        let objects: Vec<_> = entries.into_iter().map(|entry| entry.object).collect();
        let ids = objects.iter().map(|object| DefId { component: object.hash(), index: 0 });
        let mains = waiting.iter().copied().zip(ids).collect();
        let batch = Batch { objects, ..Batch::default() };
        let kept = workspace.codebase.add(&batch, now_ms).map_err(|error| workspace.failed(error));
        kept.map_err(NotEvaluated::Workspace)?;
        Ok(mains)
    }

    /// Gives what returned, with positions.
    fn evaluate_waiting(
        &self,
        host: &LocalHost,
        mains: &[(usize, DefId)],
        budget: Budget,
        clock: Clock,
        line: &mut InOrder<'_>,
    ) -> Vec<(usize, Portable)> {
        let next = AtomicUsize::new(0);
        let (done, all_done) = mpsc::channel();
        let work = |done: mpsc::Sender<(usize, Done)>| {
            while let Some((position, main)) = mains.get(next.fetch_add(1, Ordering::SeqCst)) {
                if self.stop.is_wanted() {
                    return;
                }
                let start = (clock.monotonic)();
                let outcome = self.evaluate_one(host, *main, budget);
                let took = (clock.monotonic)().saturating_sub(start);
                if self.stop.is_wanted() || done.send((*position, Done { outcome, known: false, took })).is_err() {
                    return;
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.workers.max(AT_ONCE).min(mains.len()) {
                let (work, done) = (&work, done.clone());
                scope.spawn(move || work(done));
            }
            drop(done);
            line.follow(&all_done, mains.len() as u64)
        })
    }

    fn evaluate_one(&self, host: &LocalHost, main: DefId, budget: Budget) -> Outcome {
        let program = Program { main, arguments: Vec::new(), budget, explain: Arc::new(Trail::lines) };
        let evaluation = host.evaluate(program, host.own(1));
        // Whoever wanted it to stop before may not have seen this one.
        if self.stop.is_wanted() {
            evaluation.cancel_handle().cancel();
        }
        evaluation.wait()
    }
}

/// Tells what has ended in order.
struct InOrder<'e> {
    next: usize,
    /// What has ended before something in front of it.
    held: BTreeMap<usize, Done>,
    each: &'e mut dyn FnMut(usize, &Done),
}

impl InOrder<'_> {
    fn hold(&mut self, position: usize, done: Done) {
        self.held.insert(position, done);
    }

    /// Tells those that wait for nothing.
    fn tell(&mut self) {
        while let Some(done) = self.held.remove(&self.next) {
            (self.each)(self.next, &done);
            self.next += 1;
        }
    }

    /// Tells what was held back for something that will not end any more.
    fn tell_held(&mut self) {
        for (position, done) in std::mem::take(&mut self.held) {
            (self.each)(position, &done);
        }
    }

    fn follow(&mut self, ended: &mpsc::Receiver<(usize, Done)>, total: u64) -> Vec<(usize, Portable)> {
        let mut returned = Vec::new();
        let mut count: u64 = 0;
        loop {
            tracing::trace!(target: "progress", about = "evaluating watches", done = count, total);
            match ended.recv_timeout(STILL) {
                Ok((position, done)) => {
                    count += 1;
                    if let Outcome::Returned(value) = &done.outcome {
                        returned.push((position, value.clone()));
                    }
                    self.hold(position, done);
                    self.tell();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return returned,
            }
        }
    }
}

/// `do watch`, of the type `() -> t` below the variables of the watch's own type.
fn entry(watch: &CheckedWatch) -> Definition {
    let delay = |ty: &Type| Type::delay(Row::empty(), ty.clone());
    let ty = match &watch.signature.ty {
        Type::Forall(count, inner) => Type::Forall(*count, delay(inner).into()),
        ty => delay(ty),
    };
    let body = Term::Lambda(1, Box::new(Term::Ref(watch.reference)));
    Definition { signature: Signature { ty, by_name: false }, body }
}

fn definition(watch: &CheckedWatch) -> Option<DefId> {
    match watch.reference {
        TermRef::Def(id) => Some(id),
        TermRef::Builtin(_) | TermRef::Cycle(_) => None,
    }
}

/// The value of a watch, if it was computed before.
fn known(workspace: &Workspace, watch: &CheckedWatch) -> Result<Option<Portable>, WorkspaceError> {
    let Some(id) = definition(watch) else { return Ok(None) };
    let bytes = workspace.codebase.result(id, COMPILER_VERSION).map_err(|error| workspace.failed(error))?;
    let value = bytes.map(Portable::new);
    // What cannot be read is computed again.
    Ok(value.filter(|value| portable::references(value, KEPT_ITEMS_MAX).is_ok()))
}

fn keep(workspace: &Workspace, watches: &[&CheckedWatch], results: &[(usize, Portable)]) -> Result<(), WorkspaceError> {
    let small = results.iter().filter(|(_, value)| value.bytes().len() <= KEPT_BYTES_MAX);
    let of = |(position, value): &'_ (usize, Portable)| Some((definition(watches[*position])?, value.bytes().clone()));
    let results: Vec<_> = small.filter_map(of).collect();
    let results: Vec<(DefId, &[u8])> = results.iter().map(|(id, bytes)| (*id, &**bytes)).collect();
    let kept = workspace.codebase.keep_results(COMPILER_VERSION, &results);
    kept.map_err(|error| workspace.failed(error))
}

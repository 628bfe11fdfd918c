//! Where and how expressions are evaluated: a run for each, on a host in this process.

use super::reply::Trouble;
use crate::place;
use crate::workspace::Workspace;
use kernel::DefId;
use runtime::{At, Budget, CancelHandle, Console, Keys, NodeAddress, Outcome, Run, RunOptions, RuntimeError};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Stops the evaluation that is under way, from any thread.
#[derive(Default)]
pub struct Interrupt {
    running: Mutex<Option<CancelHandle>>,
    /// Since the last evaluation began.
    raised: AtomicBool,
    evaluating: AtomicBool,
}

/// Evaluates, and remembers where.
pub struct Evaluator {
    pub keys: Keys,
    pub console: Arc<dyn Console>,
    pub interrupt: Arc<Interrupt>,
    /// Threads that evaluate.
    pub workers: usize,
    at: At,
    /// Nodes that were attached to, the first one first.
    known: Vec<NodeAddress>,
}

impl Interrupt {
    /// Stops it. Whether there was an evaluation.
    pub fn raise(&self) -> bool {
        let was_evaluating = self.evaluating.load(Ordering::SeqCst);
        self.raised.store(true, Ordering::SeqCst);
        if let Some(handle) = &*self.running.lock().unwrap_or_else(PoisonError::into_inner) {
            handle.cancel();
        }
        was_evaluating
    }

    fn begin(&self) {
        self.raised.store(false, Ordering::SeqCst);
        self.evaluating.store(true, Ordering::SeqCst);
    }

    /// From here on `raise` cancels the run; it is cancelled now if that came before.
    fn set_running(&self, handle: CancelHandle) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle.clone());
        if self.raised.load(Ordering::SeqCst) {
            handle.cancel();
        }
    }

    /// Whether the evaluation that ends here was stopped.
    fn end(&self) -> bool {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.evaluating.store(false, Ordering::SeqCst);
        self.raised.load(Ordering::SeqCst)
    }
}

impl Evaluator {
    pub fn new(keys: Keys, console: Arc<dyn Console>, interrupt: Arc<Interrupt>, workers: usize) -> Evaluator {
        Evaluator { keys, console, interrupt, workers, at: At::Local(1), known: Vec::new() }
    }

    /// Evaluates a definition that is a delay and is in the workspace's codebase.
    pub fn evaluate(&self, workspace: &Workspace, main: DefId) -> Result<Outcome, Trouble> {
        let options = RunOptions {
            main,
            arguments: Vec::new(),
            at: self.at.clone(),
            store: workspace.codebase.clone(),
            keys: self.keys.clone(),
            console: self.console.clone(),
            budget: Budget::DEFAULT,
            workers: self.workers,
        };
        self.interrupt.begin();
        let outcome = Run::start(options).map(|run| {
            self.interrupt.set_running(run.cancel_handle());
            run.wait()
        });
        let stopped = self.interrupt.end();
        match outcome {
            // What had ended before it could be stopped has ended well.
            Ok(outcome @ (Outcome::Returned(_) | Outcome::Raised(_))) => Ok(outcome),
            _ if stopped => Err(Trouble::Interrupted),
            Ok(outcome) => Ok(outcome),
            Err(error) => Err(Trouble::Runtime(error)),
        }
    }

    /// Evaluates there from now on, if it answers.
    pub fn attach(&mut self, at: At) -> Result<(), RuntimeError> {
        if let At::Nodes(nodes) = &at {
            for node in nodes {
                runtime::status(&self.keys, node)?;
                match self.known.iter_mut().find(|known| (&known.address, known.id) == (&node.address, node.id)) {
                    Some(known) => known.clone_from(node),
                    None => self.known.push(node.clone()),
                }
            }
        }
        self.at = at;
        Ok(())
    }

    /// Evaluates in this process from now on. Whether that is a change.
    pub fn detach(&mut self) -> bool {
        std::mem::replace(&mut self.at, At::Local(1)) != At::Local(1)
    }

    /// Where expressions are evaluated, if not simply in this process.
    pub fn place(&self) -> Option<String> {
        (self.at != At::Local(1)).then(|| place::short(&self.at))
    }

    /// A line for each place: `*` marks where expressions are evaluated.
    pub fn nodes(&self) -> Vec<String> {
        let mark = |here: bool| if here { '*' } else { ' ' };
        let local = match &self.at {
            At::Local(_) => place::short(&self.at),
            At::Nodes(_) => "local".to_string(),
        };
        let used = |node| matches!(&self.at, At::Nodes(nodes) if nodes.contains(node));
        let first = format!("{} {local}: in this process", mark(matches!(self.at, At::Local(_))));
        let others =
            self.known.iter().map(|node| format!("{} {}: {}", mark(used(node)), node.address, self.state(node)));
        std::iter::once(first).chain(others).collect()
    }

    fn state(&self, node: &NodeAddress) -> String {
        match runtime::status(&self.keys, node) {
            Ok(status) if status.draining => "finishing its work".to_string(),
            Ok(status) => format!("serving, tasks {}", status.tasks),
            Err(error) if error.is_unreachable() => "unreachable".to_string(),
            Err(error) => error.to_string(),
        }
    }
}

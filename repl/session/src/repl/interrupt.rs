//! Ctrl-C: ends the evaluation that is under way, from any thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};

/// How something is stopped.
type Stop = Box<dyn Fn() + Send>;

/// Stops the evaluation that is under way, from any thread.
#[derive(Default)]
pub struct Interrupt {
    running: Mutex<Option<Stop>>,
    /// Since the entry that is being worked on was made: also before its evaluation has begun.
    raised: AtomicBool,
    evaluating: AtomicBool,
}

impl Interrupt {
    /// Stops it. Whether there was an evaluation.
    pub fn raise(&self) -> bool {
        let was_evaluating = self.evaluating.load(Ordering::SeqCst);
        self.raised.store(true, Ordering::SeqCst);
        if let Some(stop) = &*self.running.lock().unwrap_or_else(PoisonError::into_inner) {
            stop();
        }
        was_evaluating
    }

    pub fn is_evaluating(&self) -> bool {
        self.evaluating.load(Ordering::SeqCst)
    }

    /// What was stopped is over: another entry was made.
    pub(super) fn rearm(&self) {
        self.raised.store(false, Ordering::SeqCst);
    }

    pub(super) fn begin(&self) {
        self.evaluating.store(true, Ordering::SeqCst);
    }

    /// From here on `raise` stops it so; it is stopped now if that came before.
    pub(super) fn set_running(&self, stop: impl Fn() + Send + 'static) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let stop = running.insert(Box::new(stop));
        if self.raised.load(Ordering::SeqCst) {
            stop();
        }
    }

    /// Waits for what work on a thread of its own gives. None if that is interrupted: then nobody is told how the work ends.
    pub(super) fn wait_for<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (sender, results) = mpsc::channel();
        let stopped = sender.clone();
        self.set_running(move || _ = stopped.send(None));
        let working = move || _ = sender.send(Some(work()));
        std::thread::Builder::new().name("dial".into()).spawn(working).ok()?;
        results.recv().ok().flatten()
    }

    /// Whether the evaluation that ends here was stopped.
    pub(super) fn end(&self) -> bool {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.evaluating.store(false, Ordering::SeqCst);
        self.raised.load(Ordering::SeqCst)
    }
}

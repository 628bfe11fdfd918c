//! Ctrl-C: ends the evaluation that is under way, from any thread.

use runtime::CancelHandle;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// Stops the evaluation that is under way, from any thread.
#[derive(Default)]
pub struct Interrupt {
    running: Mutex<Option<CancelHandle>>,
    /// Since the last evaluation began.
    raised: AtomicBool,
    evaluating: AtomicBool,
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

    pub fn is_evaluating(&self) -> bool {
        self.evaluating.load(Ordering::SeqCst)
    }

    pub(super) fn begin(&self) {
        self.raised.store(false, Ordering::SeqCst);
        self.evaluating.store(true, Ordering::SeqCst);
    }

    /// From here on `raise` cancels the evaluation; it is cancelled now if that came before.
    pub(super) fn set_running(&self, handle: CancelHandle) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle.clone());
        if self.raised.load(Ordering::SeqCst) {
            handle.cancel();
        }
    }

    /// Whether the evaluation that ends here was stopped.
    pub(super) fn end(&self) -> bool {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.evaluating.store(false, Ordering::SeqCst);
        self.raised.load(Ordering::SeqCst)
    }
}

//! Signals of the system, as calls. Each kind has a thread of its own, which ends with the process.

use crate::RuntimeError;
use std::sync::mpsc;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Calls `act` at every Ctrl-C.
pub fn on_interrupt(act: impl FnMut() + Send + 'static) -> Result<(), RuntimeError> {
    on(SignalKind::interrupt(), act)
}

/// Calls `act` at every request to end: SIGTERM, or Ctrl-C.
pub fn on_terminate(act: impl FnMut() + Clone + Send + 'static) -> Result<(), RuntimeError> {
    on(SignalKind::interrupt(), act.clone())?;
    on(SignalKind::terminate(), act)
}

/// When this returns, the signal is caught.
fn on(kind: SignalKind, act: impl FnMut() + Send + 'static) -> Result<(), RuntimeError> {
    let (ready, is_ready) = mpsc::sync_channel(1);
    let thread = std::thread::Builder::new().name("signals".into());
    thread.spawn(move || watch(kind, act, &ready)).map_err(RuntimeError::System)?;
    let caught = is_ready.recv().unwrap_or_else(|_| Err(std::io::Error::other("the signal thread ended")));
    caught.map_err(RuntimeError::System)
}

fn watch(kind: SignalKind, mut act: impl FnMut(), ready: &mpsc::SyncSender<std::io::Result<()>>) {
    let catch = || -> std::io::Result<(tokio::runtime::Runtime, Signal)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let signal = runtime.block_on(async { signal(kind) })?;
        Ok((runtime, signal))
    };
    let (outcome, caught) = match catch() {
        Ok(caught) => (Ok(()), Some(caught)),
        Err(error) => (Err(error), None),
    };
    // Whoever asked waits for this one message.
    let _ = ready.send(outcome);
    let Some((runtime, mut signal)) = caught else { return };
    while runtime.block_on(signal.recv()).is_some() {
        act();
    }
}

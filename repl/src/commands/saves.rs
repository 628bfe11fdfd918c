//! Waiting for files to be saved, until Ctrl-C.

use super::report;
use crate::exit::Failure;
use session::watch::Poll;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

/// How often files are looked at: seldom enough to cost nothing, often enough to seem at once.
const LOOK: Duration = Duration::from_millis(100);

pub struct Saves {
    poll: Poll,
    interrupts: Receiver<()>,
}

impl Saves {
    /// Of these files from now on. At Ctrl-C `stop` is called first.
    pub fn of(paths: &[PathBuf], stop: impl Fn() + Send + 'static) -> Result<Saves, Failure> {
        let (interrupt, interrupts) = mpsc::channel();
        let act = move || {
            stop();
            // Nobody waits any more if the command has ended.
            let _ = interrupt.send(());
        };
        runtime::signals::on_interrupt(act).map_err(|error| report::runtime(&error))?;
        Ok(Saves { poll: Poll::new(paths), interrupts })
    }

    /// Does something that may take long. If there is a save meanwhile, `interrupt` is called, which ends it; then it is true that there was one.
    pub fn during<T>(&mut self, act: impl FnOnce() -> T, interrupt: impl Fn() + Sync) -> (T, bool) {
        let (done, is_done) = mpsc::channel::<()>();
        let (poll, interrupt) = (&mut self.poll, &interrupt);
        std::thread::scope(|scope| {
            let look = scope.spawn(move || {
                while is_done.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                    if poll.has_changed() {
                        interrupt();
                        return true;
                    }
                }
                false
            });
            let outcome = act();
            drop(done);
            (outcome, look.join().unwrap_or(false))
        })
    }

    /// Waits for the next save. False at Ctrl-C.
    pub fn wait(&mut self) -> bool {
        loop {
            match self.interrupts.recv_timeout(LOOK) {
                Err(RecvTimeoutError::Timeout) if self.poll.has_changed() => return true,
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }
}

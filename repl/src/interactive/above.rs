//! Output above the prompt: while a line is edited, what programs print goes through the line editor, which keeps the line below it.
//!
//! Only whole lines do; the rest of a line waits for its end, or for the moment at which the line is entered.
//!
//! **Invariant:** whoever prints is held up by the line editor only while a line is edited, so an evaluation never waits for it.

use crate::streams::Streams;
use runtime::{Console, Stream};
use rustyline::ExternalPrinter;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes that wait for the line editor.
const WAITING_BYTES_MAX: usize = 64 << 10;

/// The terminal's output.
pub struct Above {
    streams: Arc<Streams>,
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// Whether a line is edited.
    editing: bool,
    text: String,
}

impl Above {
    pub fn new(streams: Arc<Streams>) -> Above {
        Above { streams, waiting: Mutex::default(), changed: Condvar::new() }
    }

    /// Prints with this from now on.
    pub fn print_with(self: &Arc<Above>, printer: impl ExternalPrinter + Send + 'static) -> std::io::Result<()> {
        let above = self.clone();
        std::thread::Builder::new().name("above".into()).spawn(move || above.keep_printing(printer)).map(|_| ())
    }

    fn keep_printing(&self, mut printer: impl ExternalPrinter) {
        loop {
            let lines = self.next_lines();
            // The terminal is gone: so will the session be.
            if printer.print(lines).is_err() {
                return;
            }
        }
    }

    /// Waits for whole lines while a line is edited.
    fn next_lines(&self) -> String {
        let mut waiting = self.lock();
        loop {
            let end = waiting.text.rfind('\n').filter(|_| waiting.editing);
            if let Some(end) = end {
                let rest = waiting.text.split_off(end + 1);
                let lines = std::mem::replace(&mut waiting.text, rest);
                self.changed.notify_all();
                return lines;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line is edited from now on, or no more: then what has waited is written.
    pub fn set_editing(&self, editing: bool) {
        let mut waiting = self.lock();
        waiting.editing = editing;
        let text = if editing { String::new() } else { std::mem::take(&mut waiting.text) };
        self.changed.notify_all();
        drop(waiting);
        if !text.is_empty() {
            self.streams.write(Stream::Out, &text);
        }
    }

    /// Shows text, above the line that is edited if there is one.
    pub fn write(&self, stream: Stream, text: &str) {
        let mut waiting = self.lock();
        while waiting.editing && waiting.text.len() > WAITING_BYTES_MAX {
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        if waiting.editing {
            waiting.text.push_str(text);
            self.changed.notify_all();
        } else {
            drop(waiting);
            self.streams.write(stream, text);
        }
    }
}

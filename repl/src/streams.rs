//! The standard streams of this process, for programs.

use runtime::{Console, Stream};
use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of an unfinished line that are remembered.
const LINE_BYTES_MAX: usize = 4_096;

/// Writes through, and remembers the lines that lack their end.
#[derive(Default)]
pub struct Streams {
    out: Mutex<String>,
    error: Mutex<String>,
    /// Whoever read standard output has gone away.
    gone: AtomicBool,
}

impl Streams {
    /// Ends the lines that a program left open.
    pub fn end_lines(&self) {
        for stream in [Stream::Out, Stream::Error] {
            if !self.line(stream).is_empty() {
                self.write(stream, "\n");
            }
        }
    }

    /// The line that is open on standard output, which someone else goes on with.
    pub fn take_line(&self) -> String {
        std::mem::take(&mut *self.line(Stream::Out))
    }

    fn line(&self, stream: Stream) -> MutexGuard<'_, String> {
        let line = match stream {
            Stream::Out => &self.out,
            Stream::Error => &self.error,
        };
        line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, stream: Stream, text: &str) {
        let mut line = self.line(stream);
        if let Some((_, rest)) = text.rsplit_once('\n') {
            line.clear();
            line.push_str(rest);
        } else if line.len() + text.len() <= LINE_BYTES_MAX {
            line.push_str(text);
        }
    }
}

impl Console for Streams {
    fn write(&self, stream: Stream, text: &str) {
        self.remember(stream, text);
        let written = match stream {
            Stream::Out => std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush()),
            // Messages that nobody reads are no reason to stop.
            Stream::Error => {
                let _ = std::io::stderr().write_all(text.as_bytes());
                Ok(())
            }
        };
        if written.is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
            self.gone.store(true, Ordering::SeqCst);
        }
    }

    fn gone(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }

    fn read_line(&self) -> std::io::Result<Option<String>> {
        let mut line = String::new();
        if std::io::stdin().read_line(&mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(line.trim_end_matches('\n').trim_end_matches('\r').to_string()))
    }
}

//! The standard streams of this process, for programs.

use runtime::{Console, Stream};
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes of an unfinished line that are remembered.
const LINE_BYTES_MAX: usize = 4_096;

/// Writes through, and remembers a line on standard output that lacks its end.
#[derive(Default)]
pub struct Streams {
    line: Mutex<String>,
}

impl Streams {
    /// Ends the line that a program left open.
    pub fn end_line(&self) {
        if !self.line().is_empty() {
            self.write(Stream::Out, "\n");
        }
    }

    /// The line that is open, which someone else goes on with.
    pub fn take_line(&self) -> String {
        std::mem::take(&mut *self.line())
    }

    fn line(&self) -> MutexGuard<'_, String> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, text: &str) {
        let mut line = self.line();
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
        // A reader that went away (`| head`) is not the program's business.
        let _ = match stream {
            Stream::Out => {
                self.remember(text);
                std::io::stdout().write_all(text.as_bytes()).and_then(|()| std::io::stdout().flush())
            }
            Stream::Error => std::io::stderr().write_all(text.as_bytes()),
        };
    }

    fn read_line(&self) -> std::io::Result<Option<String>> {
        let mut line = String::new();
        if std::io::stdin().read_line(&mut line)? == 0 {
            return Ok(None);
        }
        Ok(Some(line.trim_end_matches('\n').trim_end_matches('\r').to_string()))
    }
}

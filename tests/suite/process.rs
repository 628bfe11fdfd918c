//! A process whose output is read as it comes, and which never outlives its test.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How long any one thing may take. Far more than it needs, so that a slow machine fails no test; what hangs is reported, not waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process that was started.
pub struct Running {
    child: Child,
    pieces: Receiver<Piece>,
    /// Streams that have not ended.
    open: u8,
    out: String,
    err: String,
}

/// What a process left behind.
pub struct Finished {
    pub out: String,
    pub err: String,
    /// None if a signal ended it.
    pub status: Option<i32>,
}

enum Piece {
    Out(String),
    Err(String),
    End,
}

impl Running {
    pub fn start(command: &mut Command) -> Result<Running, String> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("cannot start {command:?}: {error}"))?;
        let (sender, pieces) = channel();
        if let Some(out) = child.stdout.take() {
            read(out, Piece::Out, sender.clone());
        }
        if let Some(err) = child.stderr.take() {
            read(err, Piece::Err, sender);
        }
        Ok(Running { child, pieces, open: 2, out: String::new(), err: String::new() })
    }

    /// Waits for the first line on standard output.
    pub fn line(&mut self) -> Result<String, String> {
        self.until("\n")?;
        Ok(self.out.lines().next().unwrap_or("").to_string())
    }

    /// Waits until standard output or standard error contains a text.
    pub fn until(&mut self, text: &str) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while !self.out.contains(text) && !self.err.contains(text) {
            if self.open == 0 {
                return Err(format!("ended without printing {text:?}{}", self.so_far()));
            }
            self.take(deadline)?;
        }
        Ok(())
    }

    /// Writes to its standard input, which has to be a pipe. Whether it still takes any.
    pub fn feed(&mut self, text: &str) -> bool {
        let Some(input) = &mut self.child.stdin else { return false };
        input.write_all(text.as_bytes()).and_then(|()| input.flush()).is_ok()
    }

    /// Ends its standard input.
    pub fn end_input(&mut self) {
        self.child.stdin = None;
    }

    /// Takes standard output up to the end of a text, or of the stream.
    pub fn take_until(&mut self, text: &str) -> Result<String, String> {
        let deadline = Instant::now() + PATIENCE;
        while !self.out.contains(text) && self.open > 0 {
            self.take(deadline)?;
        }
        let end = self.out.find(text).map_or(self.out.len(), |at| at + text.len());
        let rest = self.out.split_off(end);
        Ok(std::mem::replace(&mut self.out, rest))
    }

    /// Takes standard output as it looks on a terminal, without escape sequences, up to the end of a text, or of the stream.
    pub fn take_until_clean(&mut self, text: &str) -> Result<String, String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let clean = without_escapes(&self.out);
            let end = clean.find(text).map(|at| at + text.len());
            if let Some(end) = end {
                // What follows is clean already, unless a sequence is cut off at the end.
                let shown = clean[..end].to_string();
                let unfinished = self.out.rfind('\x1b').filter(|at| cut_off(&self.out[*at..]));
                let tail = unfinished.map_or(String::new(), |at| self.out[at..].to_string());
                self.out = clean[end..].to_string() + &tail;
                return Ok(shown);
            }
            if self.open == 0 {
                self.out.clear();
                return Ok(clean);
            }
            self.take(deadline)?;
        }
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Result<Finished, String> {
        let deadline = Instant::now() + PATIENCE;
        while self.open > 0 {
            self.take(deadline)?;
        }
        let status = self.child.wait().map_err(|error| error.to_string())?.code();
        Ok(Finished { out: std::mem::take(&mut self.out), err: std::mem::take(&mut self.err), status })
    }

    /// Its exit status once its output has ended; none if a signal ended it.
    pub fn status(&mut self) -> Result<Option<i32>, String> {
        self.child.wait().map(|status| status.code()).map_err(|error| error.to_string())
    }

    /// Sends it a signal, such as `INT`.
    pub fn signal(&self, signal: &str) -> Result<(), String> {
        let script = format!("kill -{signal} {}", self.child.id());
        let status = Command::new("sh").arg("-c").arg(&script).status().map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("{script}: {status}")) }
    }

    fn take(&mut self, deadline: Instant) -> Result<(), String> {
        match self.pieces.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Piece::Out(text)) => self.out += &text,
            Ok(Piece::Err(text)) => self.err += &text,
            Ok(Piece::End) => self.open -= 1,
            Err(RecvTimeoutError::Disconnected) => self.open = 0,
            Err(RecvTimeoutError::Timeout) => return Err(format!("still running after {PATIENCE:?}{}", self.so_far())),
        }
        Ok(())
    }

    fn so_far(&self) -> String {
        format!("\nstdout:\n{}\nstderr:\n{}", self.out, self.err)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails if it has ended, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a stream as it comes, in whole characters, then its end.
fn read(mut stream: impl Read + Send + 'static, piece: fn(String) -> Piece, sender: Sender<Piece>) {
    std::thread::spawn(move || {
        let (mut buffer, mut pending) = (vec![0; 1 << 16], Vec::new());
        while let Ok(size) = stream.read(&mut buffer)
            && size > 0
        {
            pending.extend_from_slice(&buffer[..size]);
            let whole = match std::str::from_utf8(&pending) {
                Err(error) if error.error_len().is_none() => error.valid_up_to(),
                _ => pending.len(),
            };
            let _ = sender.send(piece(String::from_utf8_lossy(&pending[..whole]).into_owned()));
            pending.drain(..whole);
        }
        let _ = sender.send(Piece::End);
    });
}

/// A text without the sequences that move the cursor and colour; one that is not finished is left out too.
fn without_escapes(text: &str) -> String {
    let (mut clean, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('\x1b') {
        clean += before;
        rest = match after.strip_prefix('[') {
            Some(sequence) => {
                let end = sequence.find(|c: char| ('\x40'..='\x7e').contains(&c));
                end.map_or("", |end| &sequence[end + 1..])
            }
            None => after.get(1..).unwrap_or(""),
        };
    }
    (clean + rest).replace('\r', "")
}

/// Whether an escape sequence lacks its end.
fn cut_off(text: &str) -> bool {
    let after = &text[1..];
    after.is_empty()
        || after.strip_prefix('[').is_some_and(|sequence| !sequence.contains(|c: char| ('\x40'..='\x7e').contains(&c)))
}

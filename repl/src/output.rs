//! Answers on standard output, and how talkative this process is.

use crate::log;
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicI8, Ordering};

/// Below 0: nothing but answers and errors. Above: what is done, step by step. Set once, before any command runs.
static TALK: AtomicI8 = AtomicI8::new(0);

/// An answer could not be written.
static UNREAD: AtomicBool = AtomicBool::new(false);

/// Takes `-q` and `-v`, as often as they were given.
pub fn set_talk(quiet: bool, verbose: u8) {
    let talk = if quiet { -1 } else { i8::try_from(verbose).unwrap_or(i8::MAX) };
    TALK.store(talk, Ordering::Relaxed);
}

pub fn is_quiet() -> bool {
    TALK.load(Ordering::Relaxed) < 0
}

/// How often `-v` was given.
pub fn verbosity() -> u8 {
    u8::try_from(TALK.load(Ordering::Relaxed)).unwrap_or(0)
}

/// An answer. Whoever has stopped reading wants no more of it.
pub fn line(text: &str) {
    self::text(&format!("{text}\n"));
}

/// An answer that has its line breaks.
pub fn text(text: &str) {
    let written = log::above(|| {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes()).and_then(|()| out.flush())
    });
    if written.is_err() {
        UNREAD.store(true, Ordering::Relaxed);
    }
}

/// Whether somebody may still read answers.
pub fn is_read() -> bool {
    !UNREAD.load(Ordering::Relaxed)
}

/// What was done, which is no answer: nothing of it is said with `-q`.
pub fn told(text: &str) {
    if !is_quiet() {
        line(text);
    }
}

/// A step on the way, on standard error, with `-v`.
pub fn detail(text: &str) {
    if verbosity() > 0 {
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

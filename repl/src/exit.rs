//! Exit statuses, and failures that end a command.

use session::trail::Step;
use std::fmt;

pub const OK: u8 = 0;
/// The program raised, or problems were found.
pub const PROBLEMS: u8 = 1;
/// Wrong usage: an argument, a file that cannot be read.
pub const USAGE: u8 = 2;
/// The codebase cannot be used.
pub const CODEBASE: u8 = 3;
/// A peer is unreachable or timed out.
pub const UNREACHABLE: u8 = 4;
/// A fault of ours.
pub const FAULT: u8 = 70;
/// Nobody reads standard output any more: what the system gives programs that it ends for this.
pub const NO_READER: u8 = 141;
/// Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// What ends a command: what to say, what to do about it, and the exit status.
#[derive(Debug)]
pub struct Failure {
    pub status: u8,
    pub message: String,
    /// Which way it has come.
    pub steps: Vec<Step>,
    pub hint: Option<String>,
}

impl Failure {
    pub fn new(status: u8, message: impl Into<String>) -> Failure {
        Failure { status, message: message.into(), steps: Vec::new(), hint: None }
    }

    pub fn steps(mut self, steps: &[Step]) -> Failure {
        self.steps = steps.to_vec();
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "unison: {}", self.message)?;
        self.steps.iter().try_for_each(|step| writeln!(f, "  {step}"))?;
        match &self.hint {
            Some(hint) => writeln!(f, "  hint: {hint}"),
            None => Ok(()),
        }
    }
}

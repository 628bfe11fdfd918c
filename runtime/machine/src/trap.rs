//! Why a computation cannot go on.

use crate::Budget;

/// Ends the task. Boxed where it is returned, so that the fast path stays small.
#[derive(Debug)]
pub(crate) enum Trap {
    Fault(String),
    OutOf(Budget),
}

impl Trap {
    pub(crate) fn fault<T>(what: impl Into<String>) -> Result<T, Box<Trap>> {
        Err(Box::new(Trap::Fault(what.into())))
    }

    pub(crate) fn out_of<T>(budget: Budget) -> Result<T, Box<Trap>> {
        Err(Box::new(Trap::OutOf(budget)))
    }
}

//! Where the calls of a definition stand in its text, by their numbers in the core.
//!
//! Nothing of it is hashed or kept: a failure is told with places by checking the text again, which costs those who do not fail nothing.

use base::Span;
use kernel::{Site, TermRef};
use std::collections::BTreeSet;

/// A call that somebody has written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Call {
    /// What is called, as it is written; none of a call that the checker has made.
    pub span: Option<Span>,
    /// What is called, if that is a definition or builtin.
    pub callee: Option<TermRef>,
}

/// The calls of a definition, in the order of their numbers.
#[derive(Clone, Default, Debug)]
pub struct Calls(pub Vec<Call>);

impl Calls {
    pub fn at(&self, site: Site) -> Option<&Call> {
        self.0.get((site.0 as usize).checked_sub(1)?)
    }

    /// The only call of this, if there is one only.
    pub fn only(&self, callee: TermRef) -> Option<&Call> {
        let mut calls = self.0.iter().filter(|call| call.callee == Some(callee));
        calls.next().filter(|_| calls.next().is_none())
    }
}

/// The definitions whose calls are asked for.
pub(crate) type Wanted = BTreeSet<TermRef>;

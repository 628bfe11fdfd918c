//! The definitions of the files, as far as they are checked, as one thread sees them.
//!
//! What is sound is known to all threads; types are read from its signatures by each thread for itself. What has a mistake is known to the one
//! thread that tells mistakes.

use crate::program::Outcome;
use crate::scope::TopState;
use crate::ty::{Scheme, Ty};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::OnceLock;

pub(crate) struct Tops<'r> {
    outcomes: &'r [OnceLock<Outcome>],
    /// The states that were asked for, and those of what has a mistake.
    known: RefCell<Vec<TopState>>,
    /// For each definition, the number of its component.
    components: &'r [usize],
    /// The component that is being checked.
    pub current: Cell<usize>,
}

impl<'r> Tops<'r> {
    pub fn new(outcomes: &'r [OnceLock<Outcome>], components: &'r [usize]) -> Tops<'r> {
        let known = RefCell::new(vec![TopState::Waiting; outcomes.len()]);
        Tops { outcomes, known, components, current: Cell::new(0) }
    }

    pub fn state(&self, top: usize) -> TopState {
        if let state @ (TopState::Done { .. } | TopState::Failed(_)) = &self.known.borrow()[top] {
            return state.clone();
        }
        let Some(Outcome { reference, signature, .. }) = self.outcomes[top].get() else { return TopState::Waiting };
        let scheme = Rc::new(Scheme { ty: Ty::from_kernel(&signature.ty), by_name: signature.by_name });
        let state = TopState::Done { reference: *reference, scheme };
        self.known.borrow_mut()[top] = state.clone();
        state
    }

    /// It has a mistake, and this type, unless that is not known.
    pub fn fail(&self, top: usize, scheme: Option<Rc<Scheme>>) {
        self.known.borrow_mut()[top] = TopState::Failed(scheme);
    }

    /// The type of a definition, if it comes before those that are being checked: so what is suggested does not depend on what other threads have done.
    pub fn before(&self, top: usize) -> Option<Rc<Scheme>> {
        if self.components[top] >= self.current.get() {
            return None;
        }
        match self.state(top) {
            TopState::Done { scheme, .. } => Some(scheme),
            TopState::Failed(scheme) => scheme,
            TopState::Waiting => None,
        }
    }
}

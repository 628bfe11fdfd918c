//! What tasks of this host rely on stays in its store, although another process may collect garbage there.
//!
//! A value names definitions, which the store is asked for when it arrives; whatever runs because of it may call any that they depend on, at any time. So every half an hour the store is told to keep
//! what it was asked for since the oldest began of all that runs or is kept here. Before anything else happens after that, the host forgets what it has found there: a process that was stopped for days asks again.

use super::*;
use crate::store::StoreRequest;

impl Host {
    /// When [`Event::Tick`] is due at the latest, although no timer is.
    pub fn next_renewal(&self) -> Millis {
        self.renewed + RENEWAL_MS
    }

    pub(super) fn renew(&mut self) {
        if self.now < self.next_renewal() {
            return;
        }
        self.renewed = self.now;
        self.held.clear();
        let tasks = self.tasks.values().map(|task| task.context.begun);
        let oldest = tasks.chain(self.futures.all.values().map(|future| future.context.begun)).min();
        // What was held then had been asked for earlier.
        let lasting_ms = self.now - oldest.unwrap_or(self.now) + 2 * RENEWAL_MS;
        self.ask_store(StorePurpose::Renewal, StoreRequest::Renew(lasting_ms));
    }
}

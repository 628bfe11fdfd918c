//! Timers as data: what is due when. Whoever is woken looks whether there is still something to do; timers that are set for each evaluation are cancelled with it, so that
//! there are never more than there is to do.

use crate::event::{CommandId, Session};
use crate::event::{ConnId, Millis, TaskId};
use crate::identity::HostKey;
use crate::message::{CallId, FutureId, Subject};
use std::collections::BTreeMap;

/// What is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timer {
    /// The greeting should have arrived.
    Handshake(ConnId),
    /// Look whether the connection lives.
    Liveness(ConnId),
    /// Try again to reach a peer.
    Redial(HostKey),
    /// A peer that has sessions here has been away since that time.
    Away(HostKey, Millis),
    /// It has been away for longer than anything is kept for it.
    Gone(HostKey, Millis),
    /// The task's time is used up.
    Deadline(TaskId),
    /// The task has slept enough.
    Wake(TaskId),
    /// The time that was given to a future is over.
    Overdue(FutureId),
    /// A future whose run is over may be held by nobody any more.
    Kept(FutureId),
    /// A task has waited long enough for a future elsewhere: the time given to that is over.
    Patience(TaskId, CallId),
    /// The caller of a session has not acknowledged its outcome.
    Lease(Session),
    /// A transfer has waited long enough for others that fetch what it lacks.
    Impatient((HostKey, CallId, Subject)),
    /// A peer has waited long enough for another host of its store, which is being sent what it lacks.
    Elsewhere((HostKey, CallId, Subject)),
    /// Some of what is remembered of a peer's ended sessions may go.
    Forget(HostKey),
    /// A command should have been done.
    Command(CommandId),
    /// The time to drain is over.
    Drained,
}

/// Timers by time; those of the same time in the order in which they were set.
#[derive(Default, Debug)]
pub struct Timers {
    due: BTreeMap<(Millis, u64), Timer>,
    set: u64,
}

/// A timer that was set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimerId(Millis, u64);

impl Timers {
    pub fn set(&mut self, at: Millis, timer: Timer) -> TimerId {
        self.set += 1;
        self.due.insert((at, self.set), timer);
        TimerId(at, self.set)
    }

    /// Nothing, if it was due already.
    pub fn cancel(&mut self, TimerId(at, set): TimerId) {
        self.due.remove(&(at, set));
    }

    pub fn next(&self) -> Option<Millis> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    pub fn pop(&mut self, now: Millis) -> Option<Timer> {
        let entry = self.due.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }
}

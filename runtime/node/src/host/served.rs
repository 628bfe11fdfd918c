//! What other hosts have asked of this one, counted for each: how many sessions it has, how much came with them, and how much it has not read.

use super::{HostKey, TaskId};
use crate::limits::{OWED_BYTES_MAX, REQUESTED_BYTES_MAX, SESSIONS_PER_PEER_MAX};
use std::collections::BTreeMap;

/// A peer is in it as long as it has a session.
#[derive(Default, Debug)]
pub(super) struct Served {
    peers: BTreeMap<HostKey, OfPeer>,
}

#[derive(Default, Debug)]
struct OfPeer {
    sessions: usize,
    /// Bytes of values that came with them.
    requested: usize,
    /// Bytes of results and output that it has not acknowledged.
    owed: usize,
    /// Tasks on its behalf that could run, and do not while it is owed too much. Some may have ended.
    stalled: Vec<TaskId>,
}

impl Served {
    /// Whether there is room for one more session of it, with a value of so many bytes. The first one may be as large as a message.
    pub fn admits(&self, peer: HostKey, bytes: usize) -> bool {
        self.peers.get(&peer).is_none_or(|of| {
            of.sessions < SESSIONS_PER_PEER_MAX && (bytes == 0 || of.requested + bytes <= REQUESTED_BYTES_MAX)
        })
    }

    pub fn begin(&mut self, peer: HostKey, bytes: usize) {
        let of = self.peers.entry(peer).or_default();
        (of.sessions, of.requested) = (of.sessions + 1, of.requested + bytes);
    }

    /// A session is over that came with so much and was owed so much. Gives the tasks that may go on.
    pub fn end(&mut self, peer: HostKey, requested: usize, owed: usize) -> Vec<TaskId> {
        let free = self.owes(peer, owed, 0);
        let Some(of) = self.peers.get_mut(&peer) else { return free };
        (of.sessions, of.requested) = (of.sessions - 1, of.requested - requested);
        if of.sessions > 0 {
            return free;
        }
        self.peers.remove(&peer).map_or(free, |of| of.stalled)
    }

    pub fn has_sessions(&self, peer: HostKey) -> bool {
        self.peers.contains_key(&peer)
    }

    pub fn owed(&self, peer: HostKey) -> usize {
        self.peers.get(&peer).map_or(0, |of| of.owed)
    }

    /// What one of its sessions is owed has changed. Gives the tasks that may go on.
    pub fn owes(&mut self, peer: HostKey, before: usize, after: usize) -> Vec<TaskId> {
        let Some(of) = self.peers.get_mut(&peer) else { return Vec::new() };
        of.owed = of.owed + after - before;
        if of.owed <= OWED_BYTES_MAX { std::mem::take(&mut of.stalled) } else { Vec::new() }
    }

    /// True: the task has to wait until the peer has read more.
    pub fn stalls(&mut self, peer: HostKey, task: TaskId) -> bool {
        let behind = self.peers.get_mut(&peer).filter(|of| of.owed > OWED_BYTES_MAX);
        behind.map(|of| of.stalled.push(task)).is_some()
    }
}

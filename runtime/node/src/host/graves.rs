//! What is remembered of sessions and runs that are over, so that messages which come late do not begin them anew.

use super::{CallId, HostKey, Millis, RunId};
use crate::limits::{GRAVES_PER_PEER_MAX, LEASE_MS};
use std::collections::{BTreeMap, VecDeque};

/// How something ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tombstone {
    /// Acknowledged or cancelled: its caller wants nothing more.
    Settled,
    /// The lease has ended: the outcome is gone.
    Expired,
    /// It has not begun, and is to be detached when it does.
    Detached,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Grave {
    Call(CallId),
    Run(RunId),
}

/// Whatever a caller does, what is remembered for it has an end: the oldest goes first.
#[derive(Default, Debug)]
pub(super) struct Graves {
    of: BTreeMap<(HostKey, Grave), Tombstone>,
    order: BTreeMap<HostKey, VecDeque<(Millis, Grave)>>,
}

/// Milliseconds for which something is remembered.
const REMEMBERED_MS: u64 = 4 * LEASE_MS;

impl Graves {
    pub fn get(&self, peer: HostKey, grave: Grave) -> Option<Tombstone> {
        self.of.get(&(peer, grave)).copied()
    }

    /// Says when to [`Graves::forget`], if nothing says so yet.
    pub fn dig(&mut self, peer: HostKey, grave: Grave, tombstone: Tombstone, now: Millis) -> Option<Millis> {
        if self.of.insert((peer, grave), tombstone).is_some() {
            return None;
        }
        let order = self.order.entry(peer).or_default();
        let first = order.is_empty();
        order.push_back((now, grave));
        if order.len() > GRAVES_PER_PEER_MAX {
            let oldest = order.pop_front();
            oldest.map(|(_, oldest)| self.of.remove(&(peer, oldest)));
        }
        first.then_some(now + REMEMBERED_MS)
    }

    /// Forgets what is old enough. Says when to do so again.
    pub fn forget(&mut self, peer: HostKey, now: Millis) -> Option<Millis> {
        let order = self.order.get_mut(&peer)?;
        while let Some((_, grave)) = order.pop_front_if(|(dug, _)| *dug + REMEMBERED_MS <= now) {
            self.of.remove(&(peer, grave));
        }
        match order.front() {
            Some((dug, _)) => Some(dug + REMEMBERED_MS),
            None => {
                self.order.remove(&peer);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_is_remembered_for_a_while_and_up_to_a_number() {
        let (peer, mut graves) = (HostKey([1; 32]), Graves::default());
        let grave = |n: u64| Grave::Call(CallId(u128::from(n).to_be_bytes()));
        assert_eq!(graves.dig(peer, grave(0), Tombstone::Settled, 10), Some(10 + REMEMBERED_MS));
        assert_eq!(graves.dig(peer, grave(1), Tombstone::Expired, 20), None);
        assert_eq!(graves.forget(peer, 10 + REMEMBERED_MS), Some(20 + REMEMBERED_MS));
        assert_eq!((graves.get(peer, grave(0)), graves.get(peer, grave(1))), (None, Some(Tombstone::Expired)));
        let many = GRAVES_PER_PEER_MAX as u64 + 5;
        for n in 1..many {
            graves.dig(peer, grave(n), Tombstone::Settled, 30);
        }
        let other = graves.dig(HostKey([2; 32]), grave(1), Tombstone::Settled, 30);
        assert!(other.is_some(), "each peer for itself");
        assert_eq!(graves.of.len(), GRAVES_PER_PEER_MAX + 1);
        assert_eq!(graves.get(peer, grave(1)), None, "the oldest goes first");
        assert_eq!(graves.get(peer, grave(many - 1)), Some(Tombstone::Settled));
        assert_eq!(graves.forget(peer, 30 + REMEMBERED_MS), None);
        assert_eq!((graves.of.len(), graves.order.len()), (1, 1));
    }
}

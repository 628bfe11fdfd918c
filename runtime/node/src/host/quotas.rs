//! What the tasks take that run on behalf of other hosts, counted for each: memory of this host is its own user's, and nobody else may have all of it.

use super::HostKey;
use crate::limits::{TASK_BYTES_PER_PEER_MAX, TASKS_PER_PEER_MAX};
use std::collections::BTreeMap;

/// A peer is in it as long as it has a task.
#[derive(Default, Debug)]
pub(super) struct Quotas {
    peers: BTreeMap<HostKey, OfPeer>,
}

#[derive(Default, Debug)]
struct OfPeer {
    tasks: usize,
    /// Bytes of their heaps and stacks.
    bytes: u64,
}

impl Quotas {
    /// One more task; false if there is no room for it.
    pub fn begin(&mut self, peer: HostKey) -> bool {
        let of = self.peers.entry(peer).or_default();
        let fits = of.tasks < TASKS_PER_PEER_MAX;
        of.tasks += usize::from(fits);
        fits
    }

    /// A task holds another number of bytes than before; false if that is too much, with all others of its peer.
    pub fn holds(&mut self, peer: HostKey, before: u64, after: u64) -> bool {
        let Some(of) = self.peers.get_mut(&peer) else { return true };
        of.bytes = (of.bytes + after).saturating_sub(before);
        of.bytes <= TASK_BYTES_PER_PEER_MAX || after <= before
    }

    /// A task is over that held so many bytes.
    pub fn end(&mut self, peer: HostKey, bytes: u64) {
        let Some(of) = self.peers.get_mut(&peer) else { return };
        of.tasks -= 1;
        of.bytes = of.bytes.saturating_sub(bytes);
        if of.tasks == 0 {
            self.peers.remove(&peer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_its_part_of_memory_and_gives_it_back() {
        let (mut quotas, [one, other]) = (Quotas::default(), [1, 2].map(|n| HostKey([n; 32])));
        assert!((0..3).all(|_| quotas.begin(one)) && quotas.begin(other));
        assert!(quotas.holds(one, 0, TASK_BYTES_PER_PEER_MAX - 10));
        assert!(quotas.holds(one, 0, 10));
        assert!(!quotas.holds(one, 0, 1), "all of them together");
        assert!(quotas.holds(other, 0, 1_000), "and nobody else");
        quotas.end(one, TASK_BYTES_PER_PEER_MAX - 10);
        assert!(quotas.holds(one, 0, 1_000));
        [10, 1_001].into_iter().for_each(|bytes| quotas.end(one, bytes));
        quotas.end(other, 1_000);
        assert!(quotas.peers.is_empty());
        assert!((0..TASKS_PER_PEER_MAX).all(|_| quotas.begin(one)) && !quotas.begin(one));
    }
}

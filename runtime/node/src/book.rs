//! The address book: where hosts may be reached. Hints only; a connection proves who is there.

use crate::identity::{HostKey, NodeId};
use crate::limits::{ADDRESSES_MAX, BOOK_MAX, CLUSTER_MAX};
use crate::message::{CallId, Hints};
use std::collections::BTreeMap;

/// Addresses by host.
#[derive(Default, Debug)]
pub struct Book {
    entries: BTreeMap<HostKey, Entry>,
}

#[derive(Default, Debug)]
struct Entry {
    /// The most trusted first.
    addresses: Vec<String>,
    /// How often they have changed: at least once.
    changes: u64,
}

/// What of a book somebody has been told over a connection.
///
/// Messages overtake each other, so nothing is known to have arrived before there is an answer to what came with it.
#[derive(Default, Debug)]
pub struct Told {
    /// As of which change.
    arrived: BTreeMap<HostKey, u64>,
    /// What went with a message about an evaluation.
    under_way: BTreeMap<CallId, Vec<(HostKey, u64)>>,
}

/// Evaluations for which hints are under way on one connection. Over it all of these are forgotten, and told again.
const UNDER_WAY_MAX: usize = 4096;

impl Told {
    fn knows(&self, host: HostKey, changes: u64) -> bool {
        self.arrived.get(&host) == Some(&changes)
    }

    fn tell(&mut self, call: CallId, hints: Vec<(HostKey, u64)>) {
        if self.under_way.len() >= UNDER_WAY_MAX {
            self.under_way.clear();
        }
        if !hints.is_empty() {
            self.under_way.insert(call, hints);
        }
    }

    /// The peer has answered to what was sent about this evaluation.
    pub fn answered(&mut self, call: CallId) {
        self.arrived.extend(self.under_way.remove(&call).unwrap_or_default());
    }
}

impl Book {
    pub fn addresses(&self, host: HostKey) -> &[String] {
        self.entries.get(&host).map_or(&[], |entry| entry.addresses.as_slice())
    }

    /// An address at which the host was found, or that the user gave: it goes first.
    pub fn confirm(&mut self, host: HostKey, address: &str) {
        let Some(entry) = self.entry(host) else { return };
        if entry.addresses.first().is_some_and(|first| first == address) {
            return;
        }
        entry.changes += 1;
        entry.addresses.retain(|other| other != address);
        entry.addresses.insert(0, address.to_string());
        entry.addresses.truncate(ADDRESSES_MAX);
    }

    /// An address from someone else: it goes last, and never displaces another.
    pub fn hint(&mut self, host: HostKey, address: &str) {
        let Some(entry) = self.entry(host) else { return };
        if entry.addresses.len() < ADDRESSES_MAX && !entry.addresses.iter().any(|other| other == address) {
            entry.changes += 1;
            entry.addresses.push(address.to_string());
        }
    }

    fn entry(&mut self, host: HostKey) -> Option<&mut Entry> {
        let room = self.entries.len() < BOOK_MAX || self.entries.contains_key(&host);
        room.then(|| self.entries.entry(host).or_default())
    }

    pub fn take(&mut self, hints: &Hints) {
        for (host, addresses) in hints {
            addresses.iter().for_each(|address| self.hint(*host, address));
        }
    }

    /// What is known of the hosts of these nodes and may be news, to go with a message about this evaluation.
    pub fn hints(&self, call: CallId, nodes: impl IntoIterator<Item = NodeId>, told: &mut Told) -> Hints {
        let mut hints = BTreeMap::new();
        for node in nodes {
            let Some(entry) = self.entries.get(&node.host) else { continue };
            if hints.len() < 2 * CLUSTER_MAX && !told.knows(node.host, entry.changes) {
                hints.insert(node.host, entry);
            }
        }
        told.tell(call, hints.iter().map(|(host, entry)| (*host, entry.changes)).collect());
        hints.into_iter().map(|(host, entry)| (host, entry.addresses.clone())).collect()
    }

    /// The text form of a node.
    pub fn name(&self, node: NodeId) -> String {
        node.to_text(self.addresses(node.host).first().map(String::as_str))
    }
}

//! The address book: where hosts may be reached. Hints only; a connection proves who is there.

use crate::identity::{HostKey, NodeId};
use crate::limits::{ADDRESSES_MAX, BOOK_MAX};
use crate::message::Hints;
use std::collections::{BTreeMap, BTreeSet};

/// Addresses by host, the most trusted first.
#[derive(Default, Debug)]
pub struct Book {
    addresses: BTreeMap<HostKey, Vec<String>>,
}

impl Book {
    pub fn addresses(&self, host: HostKey) -> &[String] {
        self.addresses.get(&host).map_or(&[], Vec::as_slice)
    }

    /// An address at which the host was found, or that the user gave: it goes first.
    pub fn confirm(&mut self, host: HostKey, address: &str) {
        if !self.addresses.contains_key(&host) && self.addresses.len() >= BOOK_MAX {
            return;
        }
        let known = self.addresses.entry(host).or_default();
        known.retain(|other| other != address);
        known.insert(0, address.to_string());
        known.truncate(ADDRESSES_MAX);
    }

    /// An address from someone else: it goes last, and never displaces another.
    pub fn hint(&mut self, host: HostKey, address: &str) {
        if !self.addresses.contains_key(&host) && self.addresses.len() >= BOOK_MAX {
            return;
        }
        let known = self.addresses.entry(host).or_default();
        if known.len() < ADDRESSES_MAX && !known.iter().any(|other| other == address) {
            known.push(address.to_string());
        }
    }

    pub fn take(&mut self, hints: &Hints) {
        for (host, addresses) in hints {
            addresses.iter().for_each(|address| self.hint(*host, address));
        }
    }

    /// What is known of the hosts of these nodes.
    pub fn hints(&self, nodes: impl IntoIterator<Item = NodeId>) -> Hints {
        let hosts: BTreeSet<HostKey> = nodes.into_iter().map(|node| node.host).collect();
        let known = |host: HostKey| self.addresses.get(&host).map(|known| (host, known.clone()));
        hosts.into_iter().filter_map(known).take(2 * crate::limits::CLUSTER_MAX).collect()
    }

    /// The text form of a node.
    pub fn name(&self, node: NodeId) -> String {
        node.to_text(self.addresses(node.host).first().map(String::as_str))
    }
}

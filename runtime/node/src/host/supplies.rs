//! The transfer of code, at the sender: what peers are given of what they lack.
//!
//! A peer may ask for what it was sent something about, and what that depends on. Of each store that peers have told about, a host remembers what it has been given: a hint, which saves listing it, and
//! which is void when the store's epoch changes. Hosts that share a store and lack the same at once are not all sent it: the first one is, and the others are told to look when it has it.

use super::*;
use crate::host::transfers::TransferKey;
use crate::message::{Message, Subject};
use crate::store::basket::{Answer, Basket, Want};
use crate::store::listing::Nonce;
use crate::store::serve::Serve;
use crate::store::{StoreReply, StoreRequest};
use base::Hash;

/// A peer's question for definitions.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub round: u32,
    pub nonce: Nonce,
    pub want: Want,
    pub patient: bool,
}

/// What peers are being sent, and what their stores have.
#[derive(Default, Debug)]
pub(super) struct Supplies {
    /// Whether a store is being sent a definition that others may want.
    under_way: BTreeMap<(StoreId, Hash), TransferKey>,
    /// The same by what it is sent for.
    of: BTreeMap<TransferKey, Vec<(StoreId, Hash)>>,
    /// Who waits until another one has been sent it.
    waiting: BTreeMap<TransferKey, Vec<TransferKey>>,
    known: BTreeMap<StoreId, Known>,
    /// All that can be reached from what a value names that was sent, if it was asked for.
    reached: BTreeMap<TransferKey, Arc<BTreeSet<Hash>>>,
}

/// What a store is believed to have.
#[derive(Debug)]
struct Known {
    epoch: u64,
    hashes: Arc<BTreeSet<Hash>>,
}

impl Supplies {
    /// Who is being sent some of it, to this store, at another host.
    fn other(&self, store: StoreId, key: TransferKey, hashes: &[Hash]) -> Option<TransferKey> {
        let mut others = hashes.iter().filter_map(|hash| self.under_way.get(&(store, *hash)));
        others.find(|other| other.0 != key.0).copied()
    }

    fn begin(&mut self, store: StoreId, key: TransferKey, hashes: &[Hash]) {
        let mine: Vec<(StoreId, Hash)> = hashes.iter().map(|hash| (store, *hash)).collect();
        for entry in &mine {
            self.under_way.entry(*entry).or_insert(key);
        }
        self.of.entry(key).or_default().extend(mine);
    }

    /// It is over. Gives who has waited for it.
    fn end(&mut self, key: TransferKey) -> Vec<TransferKey> {
        for entry in self.of.remove(&key).unwrap_or_default() {
            if self.under_way.get(&entry) == Some(&key) {
                self.under_way.remove(&entry);
            }
        }
        self.waiting.remove(&key).unwrap_or_default()
    }

    /// Whether it has waited until now.
    fn stop_waiting(&mut self, key: TransferKey) -> bool {
        let mut waited = false;
        self.waiting.retain(|_, waiting| {
            let before = waiting.len();
            waiting.retain(|other| *other != key);
            waited |= waiting.len() < before;
            !waiting.is_empty()
        });
        waited
    }

    fn learn(&mut self, (store, epoch): (StoreId, u64), hashes: &BTreeSet<Hash>) {
        if !self.known.contains_key(&store) && self.known.len() >= KNOWN_STORES_MAX {
            self.known.pop_first();
        }
        let known = self.known.entry(store).or_insert_with(|| Known { epoch, hashes: Arc::default() });
        if known.epoch != epoch || known.hashes.len() + hashes.len() > KNOWN_MAX {
            *known = Known { epoch, hashes: Arc::default() };
        }
        Arc::make_mut(&mut known.hashes).extend(hashes);
    }

    fn known(&self, (store, epoch): (StoreId, u64)) -> Arc<BTreeSet<Hash>> {
        let known = self.known.get(&store).filter(|known| known.epoch == epoch);
        known.map(|known| known.hashes.clone()).unwrap_or_default()
    }
}

impl Host {
    /// The store of a peer that is connected.
    fn store_of(&self, peer: HostKey) -> Option<(StoreId, u64)> {
        self.route(peer).and_then(|conn| self.connections.get(&conn)?.accepted).map(|accepted| accepted.store)
    }

    /// Whether a peer that asks has to wait for another one of its store.
    pub(super) fn has_to_wait(&mut self, key: TransferKey, question: &Question) -> bool {
        let Some((store, _)) = self.store_of(key.0) else { return false };
        let hashes = &question.want.hashes;
        if let Some(other) = self.supplies.other(store, key, hashes).filter(|_| question.patient) {
            self.supplies.waiting.entry(other).or_default().push(key);
            self.timers.set(self.now + ELSEWHERE_MS, Timer::Elsewhere(key));
            return true;
        }
        if question.patient {
            self.supplies.begin(store, key, hashes);
        }
        false
    }

    /// A peer has waited long enough for another one of its store.
    pub(super) fn elsewhere_due(&mut self, key: TransferKey) {
        if self.supplies.stop_waiting(key) {
            self.send(key.0, &Message::Elsewhere { call: key.1, subject: key.2 });
        }
    }

    /// The peer has stored what it was sent.
    pub(super) fn supplied(&mut self, key: TransferKey) {
        if let Some((reached, store)) = self.supplies.reached.get(&key).cloned().zip(self.store_of(key.0)) {
            self.supplies.learn(store, &reached);
        }
        self.end_supply(key);
    }

    /// What a value names that was sent is not asked for any more, or nothing is known of it.
    pub(super) fn forget_supply(&mut self, key: TransferKey) {
        self.supplies.reached.remove(&key);
        self.end_supply(key);
    }

    fn end_supply(&mut self, key: TransferKey) {
        for (peer, call, subject) in self.supplies.end(key) {
            self.send(peer, &Message::Elsewhere { call, subject });
        }
    }

    /// A peer is not connected any more: nobody waits for what it was being sent.
    pub(super) fn interrupt_supplies(&mut self, peer: HostKey) {
        let mine: Vec<TransferKey> = self.supplies.of.keys().filter(|key| key.0 == peer).copied().collect();
        mine.into_iter().for_each(|key| self.end_supply(key));
    }

    /// The peer has what it has sent.
    pub(super) fn has_sent(&mut self, peer: HostKey, basket: &Basket) {
        let Some(store) = self.store_of(peer) else { return };
        self.supplies.learn(store, &basket.hashes().copied().collect());
    }

    /// The peer lacks what its store was believed to have.
    fn was_mistaken_about(&mut self, peer: HostKey) {
        if let Some((store, _)) = self.store_of(peer) {
            self.supplies.known.remove(&store);
        }
    }

    /// Looks up what a peer lacks of what it was sent.
    pub(super) fn serve(&mut self, conn: ConnId, key: TransferKey, question: Question) {
        let Some(roots) = self.pinned(key) else { return self.looked_up(conn) };
        let reached = self.supplies.reached.get(&key).cloned();
        if reached.is_some() && question.want.listed.is_empty() {
            self.was_mistaken_about(key.0);
        }
        let known = self.store_of(key.0).map(|store| self.supplies.known(store)).unwrap_or_default();
        let Question { round, nonce, want, .. } = question;
        let serve = Serve { roots, nonce, want, again: reached.is_some(), known, reached };
        self.ask_store(StorePurpose::Serve(conn, key, round), StoreRequest::Serve(serve));
    }

    /// What a value names that was sent; none if nothing is known of it any more.
    pub(super) fn pinned(&self, (peer, call, subject): TransferKey) -> Option<Vec<Hash>> {
        match subject {
            Subject::Root => self.pinned_by_call(peer, call),
            Subject::Result => self.pinned_by_session((peer, call)),
        }
    }

    /// Answers a peer's Need. If the connection is gone, it asks again.
    pub(super) fn send_definitions(&mut self, conn: ConnId, key: TransferKey, round: u32, reply: StoreReply) {
        self.looked_up(conn);
        let (_, call, subject) = key;
        let (answer, reached) = match reply {
            StoreReply::Served { answer, reached } => (answer, Some(reached)),
            // None of it is to be had, although it may be there.
            _ => (Answer { withheld: self.pinned(key).unwrap_or_default(), ..Answer::default() }, None),
        };
        if let Some(reached) = reached.filter(|_| self.pinned(key).is_some()) {
            self.supplies.reached.insert(key, reached);
        }
        let Answer { packed, listed, absent, withheld } = answer;
        self.traffic.definitions_sent += packed.objects;
        self.send_on(conn, &Message::Definitions { call, subject, round, packed, listed, absent, withheld });
    }
}

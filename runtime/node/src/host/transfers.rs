//! The transfer of code, at the recipient: from the hashes that a value names to their definitions in the store.
//!
//! The recipient asks its store which hashes it lacks. None: it goes on at once. Else it sends a Need; the sender ([`super::supplies`]) answers with those definitions, and with the rest of what
//! they depend on or a list of it; what is lacking of the list is asked for once more, and then everything is stored as one batch.
//!
//! What the sender does not have either stays open: it is stored with the batch that some of it is absent, and asked for again by each transfer whose roots depend on it, since another sender, or
//! this one later, may have it. But for what is open, having a hash is having its closure.
//!
//! Needs for one hash are made once: a transfer that finds others asking for what it lacks waits for them in its first round, when nobody waits for it; but not for
//! long, since their sender may be away. Other hosts of the same store are told by the sender to wait.

use super::*;
use crate::host::backlog::Parcel;
use crate::limits::HELD_MAX;
use crate::link::Lane;
use crate::message::{Message, Subject};
use crate::store::basket::{Answer, Basket, Next, Want};
use crate::store::listing::Nonce;
use crate::store::{StoreReply, StoreRequest};
use base::Hash;
use hash::store::StoreError;

/// A value on its way: of which evaluation, and which of its two.
pub(super) type TransferKey = (HostKey, CallId, Subject);

/// Questions to one sender: two are enough, unless the store forgets things meanwhile, or what is lacking does not fit one answer.
const ROUNDS_MAX: u32 = 32;

/// Milliseconds for which a transfer waits for others to fetch what it lacks.
const WAIT_MS: u64 = 2_000;

#[derive(Debug)]
pub(super) struct Transfer {
    /// What the value names.
    roots: Vec<Hash>,
    /// What has come; none while it is with the store.
    basket: Option<Box<Basket>>,
    rounds: u32,
    /// It does not wait for others of this host any more.
    impatient: bool,
    /// The sender has given it something.
    answered: bool,
    state: State,
    /// Bytes and number of definitions that came.
    fetched: (u64, u64),
    /// Of its span, if it has one.
    pub lane: u64,
    pub begun_us: u64,
}

impl Transfer {
    /// How often the sender was asked.
    pub fn rounds(&self) -> u32 {
        self.rounds
    }

    /// Bytes and number of definitions that came.
    pub fn fetched(&self) -> (u64, u64) {
        self.fetched
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// The store is asked.
    Checking,
    /// Other transfers fetch what this one lacks.
    Waiting,
    /// The sender is asked.
    Asked,
    /// The store takes an answer.
    Taking,
}

impl Host {
    pub(super) fn begin_transfer(&mut self, key: TransferKey, roots: Vec<Hash>) {
        if roots.iter().all(|root| self.held.contains(root)) {
            return self.transferred(key, Ok(()));
        }
        let transfer = Transfer {
            roots: roots.clone(),
            basket: Some(Box::new(Basket::new(roots.clone(), Nonce(self.entropy.draw())))),
            rounds: 0,
            impatient: false,
            answered: false,
            state: State::Checking,
            fetched: (0, 0),
            lane: self.number(),
            begun_us: self.now_us(),
        };
        self.transfers.insert(key, transfer);
        self.ask_store(StorePurpose::Transfer(key), StoreRequest::Lacking(roots));
    }

    pub(super) fn transfer_store_replied(&mut self, key: TransferKey, reply: StoreReply) {
        if !self.transfers.contains_key(&key) {
            return;
        }
        match reply {
            StoreReply::Lacking { mut absent, open } => {
                absent.extend(open);
                self.lacking(key, absent);
            }
            StoreReply::Taken { basket, next } => self.taken(key, basket, next),
            StoreReply::Denied(denied) => {
                self.end_transfer(key, Err(Failure::Denied { node: self.own_name(), what: denied.to_string() }));
            }
            StoreReply::Failed(error) => {
                let why = store_error_text(&error);
                self.end_transfer(key, Err(Failure::Store { node: self.own_name(), why }));
            }
            StoreReply::Loaded { .. } | StoreReply::Served { .. } | StoreReply::Size(_) | StoreReply::Renewed => {}
        }
    }

    /// These are not in the store, and are needed if the sender has them.
    fn lacking(&mut self, key: TransferKey, mut hashes: Vec<Hash>) {
        let transfer = self.transfers.get_mut(&key).expect("the caller looked");
        hashes.sort_unstable();
        hashes.dedup();
        if hashes.is_empty() {
            self.hold(key);
            return self.end_transfer(key, Ok(()));
        }
        let others = hashes.iter().any(|hash| self.fetching.get(hash).is_some_and(|other| *other != key));
        if others && !transfer.impatient {
            transfer.state = State::Waiting;
            self.timers.set(self.now + WAIT_MS, Timer::Impatient(key));
            return;
        }
        self.ask_sender(key, Want { hashes, listed: Vec::new() });
    }

    pub(super) fn impatient(&mut self, key: TransferKey) {
        self.look_again(key, State::Waiting);
    }

    /// Another host of this one's store was sent it.
    pub(super) fn elsewhere(&mut self, key: TransferKey) {
        self.look_again(key, State::Asked);
    }

    /// Looks into the store once more, and waits for nobody after that.
    fn look_again(&mut self, key: TransferKey, from: State) {
        let Some(transfer) = self.transfers.get_mut(&key).filter(|transfer| transfer.state == from) else { return };
        (transfer.impatient, transfer.state) = (true, State::Checking);
        let roots = transfer.roots.clone();
        self.ask_store(StorePurpose::Transfer(key), StoreRequest::Lacking(roots));
    }

    fn policy_of_transfer(&self, key: TransferKey) -> Policy {
        match key.2 {
            // Code that comes with a result is this host's own affair once it is run, by a task that has its own policy.
            Subject::Result => Policy::Everything,
            Subject::Root => self.session_policy((key.0, key.1)),
        }
    }

    fn ask_sender(&mut self, key: TransferKey, want: Want) {
        let transfer = self.transfers.get_mut(&key).expect("the caller looked");
        transfer.rounds += 1;
        if transfer.rounds > ROUNDS_MAX {
            let hash = want.hashes.first().or(transfer.roots.first()).copied().unwrap_or(Hash([0; 32]));
            return self.end_transfer(key, Err(Failure::MissingDefinition { node: self.own_name(), hash }));
        }
        transfer.state = State::Asked;
        for hash in &want.hashes {
            self.fetching.entry(*hash).or_insert(key);
        }
        let lane = Lane::of(want.bytes());
        transfer.basket.as_mut().expect("the store has given it back").ask(want);
        self.traffic.round_trips += u64::from(key.2 == Subject::Result);
        self.post(key.0, lane, Parcel::Need(key.1, key.2));
    }

    /// Asks the sender for what the transfer lacks.
    pub(super) fn send_need(&mut self, key: TransferKey) {
        let Some(transfer) = self.transfers.get(&key).filter(|transfer| transfer.state == State::Asked) else { return };
        let Some(basket) = &transfer.basket else { return };
        let need = Message::Need {
            call: key.1,
            subject: key.2,
            round: transfer.rounds,
            nonce: basket.nonce,
            want: basket.asked.clone(),
            patient: !transfer.answered,
        };
        self.send(key.0, &need);
    }

    /// The peer is connected again: what it was asked for may be lost.
    pub(super) fn resume_transfers(&mut self, peer: HostKey) {
        let asked = self.transfers.iter().filter(|(key, transfer)| key.0 == peer && transfer.state == State::Asked);
        let needs: Vec<Parcel> = asked.map(|(key, _)| Parcel::Need(key.1, key.2)).collect();
        needs.into_iter().for_each(|need| self.post(peer, Lane::Long, need));
    }

    /// The sender's answer to the question of this number.
    pub(super) fn definitions(&mut self, key: TransferKey, round: u32, answer: Answer) {
        let Some(transfer) = self.transfers.get_mut(&key) else { return };
        if transfer.state != State::Asked || transfer.rounds != round {
            // The answer to an earlier Need, or one that came twice.
            return;
        }
        let Some(basket) = transfer.basket.take() else { return };
        (transfer.state, transfer.answered) = (State::Taking, true);
        let policy = self.policy_of_transfer(key);
        self.ask_store(StorePurpose::Transfer(key), StoreRequest::Take { basket, answer, policy });
    }

    /// What has become of an answer.
    fn taken(&mut self, key: TransferKey, basket: Box<Basket>, next: Next) {
        let transfer = self.transfers.get_mut(&key).expect("the caller looked");
        let came = basket.fetched().1 - transfer.fetched.1;
        transfer.fetched = basket.fetched();
        self.traffic.definitions_received += came;
        match next {
            Next::Ask(want) => {
                transfer.basket = Some(basket);
                self.ask_sender(key, want);
            }
            Next::Stored => {
                self.has_sent(key.0, &basket);
                self.send(key.0, &Message::Stored { call: key.1, subject: key.2 });
                if basket.is_closed() {
                    self.hold(key);
                }
                self.end_transfer(key, Ok(()));
            }
            Next::Mismatch(hash) => {
                self.send(key.0, &Message::Complaint { call: key.1, hash });
                let failure = Failure::BadDefinition { node: self.own_name(), hash };
                self.end_transfer(key, Err(failure));
            }
            Next::Missing(hash) => {
                let sender = NodeId { host: key.0, id: [0; 16] };
                let failure = Failure::MissingDefinition { node: self.name(sender), hash };
                self.end_transfer(key, Err(failure));
            }
            Next::TooMuch => {
                let failure = Failure::OutOfBudget { node: self.own_name(), resource: sandbox::Resource::Memory };
                self.end_transfer(key, Err(failure));
            }
        }
    }

    fn end_transfer(&mut self, key: TransferKey, result: Result<(), Failure>) {
        self.forget_transfer(key);
        self.transferred(key, result);
    }

    /// The transfer is over, however; those who waited for what it fetched look again.
    pub(super) fn forget_transfer(&mut self, key: TransferKey) {
        self.sync_ends(key);
        if self.transfers.remove(&key).is_none() {
            return;
        }
        self.fetching.retain(|_, by| *by != key);
        let mut again = Vec::new();
        for (waiting, transfer) in &mut self.transfers {
            if transfer.state == State::Waiting {
                transfer.state = State::Checking;
                again.push((*waiting, transfer.roots.clone()));
            }
        }
        for (waiting, roots) in again {
            self.ask_store(StorePurpose::Transfer(waiting), StoreRequest::Lacking(roots));
        }
    }

    /// The store has all that the transfer is about, and nothing of it is open.
    fn hold(&mut self, key: TransferKey) {
        let Some(transfer) = self.transfers.get(&key) else { return };
        if self.held.len() >= HELD_MAX {
            self.held.clear();
        }
        self.held.extend(&transfer.roots);
    }

    fn transferred(&mut self, key: TransferKey, result: Result<(), Failure>) {
        match key.2 {
            Subject::Root => self.root_transferred((key.0, key.1), result),
            Subject::Result => self.result_transferred(key.1, result),
        }
    }
}

pub(super) fn store_error_text(error: &StoreError) -> String {
    match error {
        StoreError::Unavailable(why) | StoreError::Refused(why) => why.clone(),
        StoreError::Full => "its disk is full".into(),
        StoreError::Corrupt(hash) => format!("what it holds as {} is corrupt", hash.short()),
        StoreError::Dangling(hash) => format!("{} is referred to and absent", hash.short()),
    }
}

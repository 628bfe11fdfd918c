//! The transfer of code: from the hashes that a value names to their definitions in the store.
//!
//! The recipient asks its store which hashes it lacks. None: it goes on at once. Else it sends a Need; the sender answers with those definitions and the hashes of all that
//! they depend on; what it lacks of these it asks for once more, and then everything is verified and stored as one batch.
//!
//! What the sender does not have either stays open: it is stored with the batch that some of it is absent, and asked for again by each transfer whose roots depend on it, since another sender, or
//! this one later, may have it. But for what is open, having a hash is having its closure.
//!
//! Needs for one hash are made once: a transfer that finds others asking for what it lacks waits for them in its first round, when nobody waits for it; but not for
//! long, since their sender may be away.

use super::*;
use crate::host::backlog::Parcel;
use crate::limits::HELD_MAX;
use crate::link::Lane;
use crate::message::{Message, RawObject, Subject};
use crate::store::{StoreReply, StoreRequest};
use base::Hash;
use hash::store::StoreError;

/// A value on its way: of which evaluation, and which of its two.
pub(super) type TransferKey = (HostKey, CallId, Subject);

/// Rounds of Need: two are enough, unless the store forgets things meanwhile.
const ROUNDS_MAX: u32 = 6;

/// Milliseconds for which a transfer waits for others to fetch what it lacks.
const WAIT_MS: u64 = 2_000;

/// Bytes of definitions of one value.
const TRANSFER_BYTES_MAX: usize = 256 << 20;

#[derive(Debug)]
pub(super) struct Transfer {
    /// What the value names.
    roots: Vec<Hash>,
    /// What the sender does not have.
    open: BTreeSet<Hash>,
    objects: BTreeMap<Hash, RawObject>,
    bytes: usize,
    rounds: u32,
    /// It does not wait for others any more.
    impatient: bool,
    state: State,
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
        (self.bytes as u64, self.objects.len() as u64)
    }
}

#[derive(PartialEq, Eq, Debug)]
enum State {
    /// The store is asked.
    Checking,
    /// Other transfers fetch what this one lacks.
    Waiting,
    /// The sender is asked for these.
    Asked(Vec<Hash>),
    Storing,
}

impl Host {
    pub(super) fn begin_transfer(&mut self, key: TransferKey, roots: Vec<Hash>) {
        if roots.iter().all(|root| self.held.contains(root)) {
            return self.transferred(key, Ok(()));
        }
        let state = State::Checking;
        let transfer = Transfer {
            roots: roots.clone(),
            open: BTreeSet::new(),
            objects: BTreeMap::new(),
            bytes: 0,
            rounds: 0,
            impatient: false,
            state,
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
            StoreReply::Stored => self.end_transfer(key, Ok(())),
            StoreReply::Mismatch(hash) => {
                self.send(key.0, &Message::Complaint { call: key.1, hash });
                let failure = Failure::BadDefinition { node: self.own_name(), hash };
                self.end_transfer(key, Err(failure));
            }
            StoreReply::Denied(denied) => {
                self.end_transfer(key, Err(Failure::Denied { node: self.own_name(), what: denied.to_string() }));
            }
            // Something that was there when the store was asked is gone.
            StoreReply::Failed(StoreError::Dangling(hash)) => self.ask_sender(key, vec![hash]),
            StoreReply::Failed(error) => {
                let why = store_error_text(&error);
                self.end_transfer(key, Err(Failure::Store { node: self.own_name(), why }));
            }
            StoreReply::Loaded { .. } | StoreReply::Served { .. } | StoreReply::Size(_) => {}
        }
    }

    /// These are not in the store, and are needed if the sender has them.
    fn lacking(&mut self, key: TransferKey, mut hashes: Vec<Hash>) {
        let transfer = self.transfers.get_mut(&key).expect("the caller looked");
        hashes.sort_unstable();
        hashes.dedup();
        hashes.retain(|hash| !transfer.objects.contains_key(hash) && !transfer.open.contains(hash));
        if hashes.is_empty() && transfer.objects.is_empty() {
            return self.end_transfer(key, Ok(()));
        }
        if hashes.is_empty() {
            transfer.state = State::Storing;
            let objects = transfer.objects.values().cloned().collect();
            let (roots, open) = (transfer.roots.clone(), transfer.open.clone());
            let policy = self.policy_of_transfer(key);
            return self.ask_store(StorePurpose::Transfer(key), StoreRequest::Put { objects, roots, open, policy });
        }
        let others = hashes.iter().any(|hash| self.fetching.get(hash).is_some_and(|other| *other != key));
        if others && transfer.rounds == 0 && !transfer.impatient {
            transfer.state = State::Waiting;
            self.timers.set(self.now + WAIT_MS, Timer::Impatient(key));
            return;
        }
        self.ask_sender(key, hashes);
    }

    pub(super) fn impatient(&mut self, key: TransferKey) {
        let Some(transfer) = self.transfers.get_mut(&key).filter(|transfer| transfer.state == State::Waiting) else {
            return;
        };
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

    fn ask_sender(&mut self, key: TransferKey, hashes: Vec<Hash>) {
        let transfer = self.transfers.get_mut(&key).expect("the caller looked");
        transfer.rounds += 1;
        if transfer.rounds > ROUNDS_MAX {
            let failure = Failure::MissingDefinition { node: self.own_name(), hash: hashes[0] };
            return self.end_transfer(key, Err(failure));
        }
        transfer.state = State::Asked(hashes.clone());
        for hash in &hashes {
            self.fetching.entry(*hash).or_insert(key);
        }
        self.traffic.round_trips += u64::from(key.2 == Subject::Result);
        self.post(key.0, Lane::of(hashes.len() * size_of::<Hash>()), Parcel::Need(key.1, key.2));
    }

    /// Asks the sender for what the transfer lacks.
    pub(super) fn send_need(&mut self, key: TransferKey) {
        if let Some(Transfer { state: State::Asked(hashes), .. }) = self.transfers.get(&key) {
            let need = Message::Need { call: key.1, subject: key.2, hashes: hashes.clone() };
            self.send(key.0, &need);
        }
    }

    /// The peer is connected again: what it was asked for may be lost.
    pub(super) fn resume_transfers(&mut self, peer: HostKey) {
        let asked = |(key, transfer): (&TransferKey, &Transfer)| match &transfer.state {
            State::Asked(_) if key.0 == peer => Some(Parcel::Need(key.1, key.2)),
            _ => None,
        };
        let needs: Vec<Parcel> = self.transfers.iter().filter_map(asked).collect();
        needs.into_iter().for_each(|need| self.post(peer, Lane::Long, need));
    }

    pub(super) fn definitions(
        &mut self,
        key: TransferKey,
        objects: Vec<RawObject>,
        further: Vec<Hash>,
        absent: Vec<Hash>,
    ) {
        let Some(transfer) = self.transfers.get_mut(&key) else { return };
        let State::Asked(asked) = &transfer.state else { return };
        let answered: BTreeSet<Hash> = objects.iter().map(|object| object.hash).chain(absent.iter().copied()).collect();
        if !asked.iter().all(|hash| answered.contains(hash)) {
            // The answer to an earlier Need, that came twice.
            return;
        }
        let withheld: BTreeSet<Hash> = further.iter().copied().collect();
        let fatal = |hash: &&Hash| asked.contains(hash) && (transfer.roots.contains(hash) || withheld.contains(hash));
        if let Some(hash) = absent.iter().find(fatal) {
            let sender = NodeId { host: key.0, id: [0; 16] };
            let failure = Failure::MissingDefinition { node: self.name(sender), hash: *hash };
            return self.end_transfer(key, Err(failure));
        }
        // What nobody asked for is not kept.
        let asked: BTreeSet<Hash> = asked.iter().copied().collect();
        transfer.open.extend(absent.into_iter().filter(|hash| asked.contains(hash)));
        for object in objects.into_iter().filter(|object| asked.contains(&object.hash)) {
            transfer.bytes += object.bytes.len();
            self.traffic.definitions_received += 1;
            transfer.objects.insert(object.hash, object);
        }
        if transfer.bytes > TRANSFER_BYTES_MAX {
            let failure = Failure::OutOfBudget { node: self.own_name(), resource: sandbox::Resource::Memory };
            return self.end_transfer(key, Err(failure));
        }
        transfer.state = State::Checking;
        let unknown = further.into_iter().filter(|hash| !transfer.objects.contains_key(hash)).collect();
        self.ask_store(StorePurpose::Transfer(key), StoreRequest::Lacking(unknown));
    }

    fn end_transfer(&mut self, key: TransferKey, result: Result<(), Failure>) {
        if result.is_ok() {
            self.hold(key);
        }
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

    /// The store has all that the transfer was about, if nothing of it is open.
    fn hold(&mut self, key: TransferKey) {
        let Some(transfer) = self.transfers.get(&key).filter(|transfer| transfer.open.is_empty()) else { return };
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

    /// Looks up what a peer lacks of what it was sent.
    pub(super) fn serve(&mut self, conn: ConnId, key: TransferKey, wanted: Vec<Hash>) {
        match self.pinned(key) {
            Some(roots) => {
                let told = self.told.get(&key).cloned();
                let purpose = StorePurpose::Serve(conn, key, wanted.clone());
                self.ask_store(purpose, StoreRequest::Serve { roots, wanted, told });
            }
            None => self.looked_up(conn),
        }
    }

    /// What a value names that was sent; none if nothing is known of it any more.
    pub(super) fn pinned(&self, (peer, call, subject): TransferKey) -> Option<Vec<Hash>> {
        match subject {
            Subject::Root => self.pinned_by_call(peer, call),
            Subject::Result => self.pinned_by_session((peer, call)),
        }
    }

    /// Answers a peer's Need. If the connection is gone, it asks again.
    pub(super) fn send_definitions(&mut self, conn: ConnId, key: TransferKey, wanted: Vec<Hash>, reply: StoreReply) {
        self.looked_up(conn);
        let (_, call, subject) = key;
        let answer = match reply {
            StoreReply::Served { objects, further, absent } => {
                self.remember_told(key, &further);
                Message::Definitions { call, subject, objects, further, absent }
            }
            _ => nothing(call, subject, wanted.clone()),
        };
        let bytes = match &answer {
            Message::Definitions { objects, .. } => objects.iter().map(|object| object.bytes.len()).sum(),
            _ => 0,
        };
        let fits = bytes < MESSAGE_BYTES_MAX / 2;
        if let (Message::Definitions { objects, .. }, true) = (&answer, fits) {
            self.traffic.definitions_sent += objects.len() as u64;
        }
        self.send_on(conn, &if fits { answer } else { nothing(call, subject, wanted) });
    }
}

impl Host {
    /// The recipient will ask for some of these next.
    fn remember_told(&mut self, key: TransferKey, further: &[Hash]) {
        if self.pinned(key).is_some() && !further.is_empty() {
            self.told.insert(key, Arc::new(further.iter().copied().collect()));
        }
    }
}

/// None of it is to be had, although it may be there: it is named as absent and as what is further needed, so that the peer does not take it for open.
fn nothing(call: CallId, subject: Subject, absent: Vec<Hash>) -> Message {
    Message::Definitions { call, subject, objects: Vec::new(), further: absent.clone(), absent }
}

pub(super) fn store_error_text(error: &StoreError) -> String {
    match error {
        StoreError::Unavailable(why) | StoreError::Refused(why) => why.clone(),
        StoreError::Full => "its disk is full".into(),
        StoreError::Corrupt(hash) => format!("what it holds as {} is corrupt", hash.short()),
        StoreError::Dangling(hash) => format!("{} is referred to and absent", hash.short()),
    }
}

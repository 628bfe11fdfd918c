//! What waits until a connection has room for it: as a reference, and encoded only then.
//!
//! Everything a peer is sent that is not control is kept by what it is about (a session, a call, a transfer) until the peer acknowledges it. So a [`Parcel`] names it, stands in the queue
//! once however often it is wanted, and is nothing when its turn comes and nobody wants it any more. With the connection, all parcels are lost: whoever sent them sends them
//! again when there is another.
//!
//! A peer that asks and does not read costs what [`OUTBOX_BYTES_MAX`], [`WANTED_MAX`] and [`OWED_BYTES_MAX`] say, and a parcel for each of its requests.

use super::*;
use crate::frame::FrameError;
use crate::host::supplies::Question;
use crate::link::Lane;
use crate::message::{Message, Subject};

/// Bytes of what is asked for, at most.
const HASH_BYTES: usize = 32;

/// Something to be sent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Parcel {
    /// A call's request.
    Eval(CallId),
    /// What a transfer lacks.
    Need(CallId, Subject),
    /// Output of a session, from where it was last sent.
    Output(CallId),
    /// A call's answer to its callee's question of this number.
    Answer(CallId, u64),
    /// The end of a session.
    Done(CallId),
}

/// Of one connection.
#[derive(Default, Debug)]
pub(super) struct Backlog {
    short: VecDeque<Parcel>,
    long: VecDeque<Parcel>,
    /// All that are in one of the queues.
    queued: BTreeSet<Parcel>,
    /// The peer's requests for definitions that are not looked up, in order.
    needs: VecDeque<(CallId, Subject)>,
    wanted: BTreeMap<(CallId, Subject), Question>,
    wanted_count: usize,
    /// Those that the store looks up.
    serving: usize,
}

impl Backlog {
    fn lane(&mut self, lane: Lane) -> &mut VecDeque<Parcel> {
        match lane {
            Lane::Short => &mut self.short,
            Lane::Long => &mut self.long,
        }
    }

    fn push(&mut self, lane: Lane, parcel: Parcel) {
        if self.queued.insert(parcel) {
            self.lane(lane).push_back(parcel);
        }
    }

    fn pop(&mut self, lane: Lane) -> Option<Parcel> {
        let parcel = self.lane(lane).pop_front()?;
        self.queued.remove(&parcel);
        Some(parcel)
    }

    fn want(&mut self, subject: (CallId, Subject), question: Question) -> Result<(), FrameError> {
        self.wanted_count += question.want.count();
        match self.wanted.insert(subject, question) {
            Some(earlier) => self.wanted_count -= earlier.want.count(),
            None => self.needs.push_back(subject),
        }
        if self.wanted_count > WANTED_MAX { Err(FrameError::ControlFlood) } else { Ok(()) }
    }

    fn next_need(&mut self) -> Option<(CallId, Subject, Question)> {
        if self.serving >= SERVES_AT_ONCE {
            return None;
        }
        let (call, subject) = self.needs.pop_front()?;
        let question = self.wanted.remove(&(call, subject)).expect("the two hold the same");
        self.wanted_count -= question.want.count();
        self.serving += 1;
        Some((call, subject, question))
    }

    /// Bytes that it takes beside what it refers to.
    fn bytes(&self) -> usize {
        let parcels = (self.queued.len() + self.needs.len()) * 2 * size_of::<Parcel>();
        parcels + self.wanted_count * HASH_BYTES
    }
}

impl Host {
    /// Sends it to the peer as soon as there is room, if the peer is connected.
    pub(super) fn post(&mut self, peer: HostKey, lane: Lane, parcel: Parcel) {
        let Some(conn) = self.route(peer) else { return };
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        if connection.backlog.lane(lane).is_empty() && connection.outbox.has_room(lane) {
            self.make(conn, peer, parcel);
        } else {
            connection.backlog.push(lane, parcel);
        }
    }

    /// Makes something of what waits, if there is room for it. False: nothing.
    pub(super) fn unpack(&mut self, conn: ConnId) -> bool {
        let Some(connection) = self.connections.get_mut(&conn) else { return false };
        let (peer, backlog, outbox) = (connection.peer, &mut connection.backlog, &connection.outbox);
        let short = if outbox.has_room(Lane::Short) { backlog.pop(Lane::Short) } else { None };
        if let Some(parcel) = short {
            self.make(conn, peer, parcel);
            return true;
        }
        if !outbox.has_room(Lane::Long) {
            return false;
        }
        if let Some((call, subject, question)) = backlog.next_need() {
            self.serve(conn, (peer, call, subject), question);
            return true;
        }
        let long = backlog.pop(Lane::Long);
        long.inspect(|parcel| self.make(conn, peer, *parcel)).is_some()
    }

    fn make(&mut self, conn: ConnId, peer: HostKey, parcel: Parcel) {
        match parcel {
            Parcel::Eval(call) => self.send_eval(conn, call),
            Parcel::Need(call, subject) => self.send_need((peer, call, subject)),
            Parcel::Output(call) => self.send_output(conn, (peer, call)),
            Parcel::Answer(call, seq) => self.send_answer(peer, call, seq),
            Parcel::Done(call) => self.send_done((peer, call)),
        }
    }

    /// Sends output as far as there is room for it.
    fn send_output(&mut self, conn: ConnId, session: Session) {
        while let Some(state) = self.sessions.get_mut(&session) {
            let Some(connection) = self.connections.get_mut(&conn) else { return };
            if !connection.outbox.has_room(Lane::Short) {
                return connection.backlog.push(Lane::Short, Parcel::Output(session.1));
            }
            let Some((seq, stream, text)) = state.output.next_unsent() else { return };
            self.send_on(conn, &Message::Output { call: session.1, seq, stream, text });
        }
    }

    /// A peer lacks something of what it was sent.
    pub(super) fn need(&mut self, conn: ConnId, key: transfers::TransferKey, question: Question) {
        let (_, call, subject) = key;
        // Nothing is known of the evaluation any more: neither is the peer's request of use to it.
        if self.pinned(key).is_none() {
            return;
        }
        self.traffic.round_trips += u64::from(subject == Subject::Root);
        if self.has_to_wait(key, &question) {
            return;
        }
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        match connection.backlog.want((call, subject), question) {
            Ok(()) => drop(self.sending.insert(conn)),
            Err(error) => self.drop_connection(conn, &error.to_string()),
        }
    }

    /// One lookup for a peer is over.
    pub(super) fn looked_up(&mut self, conn: ConnId) {
        if let Some(connection) = self.connections.get_mut(&conn) {
            connection.backlog.serving -= 1;
            self.sending.insert(conn);
        }
    }

    /// Bytes that are kept for a peer until it reads them: what is encoded, what waits, and what was not acknowledged.
    pub fn kept_for(&self, peer: HostKey) -> usize {
        let of_connection = |connection: &Connection| connection.outbox.bytes() + connection.backlog.bytes();
        let mine = self.connections.values().filter(|connection| connection.peer == peer);
        mine.map(of_connection).sum::<usize>() + self.served.owed(peer)
    }
}

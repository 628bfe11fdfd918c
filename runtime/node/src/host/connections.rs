//! Connections and peers: greeting, dialling, liveness, sending.

use super::*;
use crate::book::Told;
use crate::codec::{self, MessageError};
use crate::frame::{Frame, FrameKind};
use crate::host::backlog::Backlog;
use crate::host::supplies::Question;
use crate::link::{Inbox, Outbox};
use crate::message::{HASH_TAG, Hello, Hints, Message, Refusal};
use crate::store::basket::Answer;

/// A connection, whoever made it.
#[derive(Debug)]
pub(super) struct Connection {
    pub peer: HostKey,
    pub outbox: Outbox,
    pub backlog: Backlog,
    inbox: Inbox,
    /// None until the peer's greeting was accepted.
    pub accepted: Option<Accepted>,
    /// If this host made it: why.
    pub dial: Option<Dial>,
    /// Addresses that the peer has been told over it.
    told: Told,
    last_heard: Millis,
    /// Since when the peer has been asked whether it lives, and has not been heard.
    asked: Option<Millis>,
}

/// What the greeting has shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accepted {
    pub incarnation: u64,
    /// The user who certified the peer, if someone did.
    pub user: Option<UserKey>,
    /// Whether the peer's evaluations are served.
    pub serves: bool,
    /// Its store, and that store's epoch.
    pub store: (StoreId, u64),
}

impl Accepted {
    /// Who speaks for the peer: its user, or where none certifies it, itself.
    pub fn speaker(&self, peer: HostKey) -> sandbox::Principal {
        sandbox::Principal(self.user.map_or(peer.0, |user| user.0))
    }
}

/// Why a connection is being made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Dial {
    pub purpose: DialPurpose,
    pub address: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DialPurpose {
    /// To reach a host, by the address of this number in the book.
    Peer(HostKey, usize),
    Command(CommandId),
}

/// Cancellations that are remembered for one peer: as many as it has requests.
const CANCELLATIONS_MAX: usize = SESSIONS_PER_PEER_MAX;

/// Another host, connected or wanted.
#[derive(Default, Debug)]
pub(super) struct Peer {
    /// Connections whose greeting was accepted, the oldest first.
    pub open: Vec<ConnId>,
    dialling: bool,
    /// Of the process that has greeted last.
    incarnation: Option<u64>,
    /// Attempts to reach it again since the last connection broke.
    attempts: u32,
    /// The last connection was given up because of its silence.
    silent: bool,
    /// Without a connection since.
    pub away_since: Millis,
    /// Cancellations that may have been lost, with the time at which they were sent. Everything else has an answer that is waited for.
    cancellations: VecDeque<(Millis, Message)>,
}

impl Host {
    pub(super) fn connected(&mut self, conn: ConnId, peer: HostKey, dial: Option<DialId>) {
        let dial = dial.and_then(|dial| self.dials.remove(&dial));
        let connection = Connection {
            peer,
            outbox: Outbox::default(),
            backlog: Backlog::default(),
            inbox: Inbox::default(),
            accepted: None,
            dial,
            told: Told::default(),
            last_heard: self.now,
            asked: None,
        };
        let full = self.connections.len() >= CONNECTIONS_MAX && !self.make_room();
        self.connections.insert(conn, connection);
        if full {
            return self.refuse(conn, Refusal::Full);
        }
        let hello = Hello {
            hash_tag: HASH_TAG,
            ir_version: ir::IR_VERSION,
            incarnation: self.config.incarnation,
            store: self.config.store,
            epoch: self.config.epoch,
            certificate: self.config.certificate,
            addresses: self.config.addresses.clone(),
        };
        self.send_on(conn, &Message::Hello(hello));
        self.timers.set(self.now + HANDSHAKE_MS, Timer::Handshake(conn));
        self.timers.set(self.now + PING_MS, Timer::Liveness(conn));
    }

    /// The connection that was silent for longest goes, unless it is in use: it can be made again. Whoever does not greet is silent, too.
    fn make_room(&mut self) -> bool {
        let idle = |connection: &Connection| connection.dial.is_none() && !self.in_use(connection.peer);
        let idle = self.connections.iter().filter(|(_, connection)| idle(connection));
        let longest = idle.min_by_key(|(_, connection)| connection.last_heard).map(|(conn, _)| *conn);
        longest.inspect(|conn| self.drop_connection(*conn, "others need its place")).is_some()
    }

    pub(super) fn received(&mut self, conn: ConnId, frame: Frame) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        (connection.last_heard, connection.asked) = (self.now, None);
        self.traffic.bytes_received += frame.encoded_len() as u64;
        if frame.kind != FrameKind::Last {
            // It is credit, or causes some to be granted.
            self.sending.insert(conn);
        }
        let accepted = if frame.kind == FrameKind::Credit {
            connection.outbox.credit(&frame).map(|()| crate::link::Accepted::default())
        } else if connection.accepted.is_none() && frame.stream != 0 {
            Err(crate::frame::FrameError::BadPiece)
        } else {
            connection.inbox.accept(frame)
        };
        let taken = accepted.and_then(|accepted| {
            accepted.grant.map_or(Ok(()), |grant| connection.outbox.grant(grant)).map(|()| accepted.message)
        });
        let known = connection.accepted.is_some();
        match taken {
            Ok(None) => {}
            Ok(Some((bytes, _))) if known => self.message(conn, &bytes),
            Ok(Some((bytes, _))) => self.greeting(conn, &bytes),
            Err(error) => self.drop_connection(conn, &error.to_string()),
        }
    }

    fn greeting(&mut self, conn: ConnId, bytes: &[u8]) {
        match codec::decode_hello(bytes) {
            Ok(Message::Hello(hello)) => self.greeted(conn, hello),
            Ok(Message::Refuse(refusal)) => self.refused(conn, refusal),
            Ok(_) => unreachable!("a greeting is one of these two"),
            Err(MessageError::Version(theirs)) => {
                self.fail_dial(conn, CommandError::Version(theirs));
                self.refuse(conn, Refusal::Protocol(crate::message::PROTOCOL_VERSION));
            }
            Err(MessageError::Malformed(_)) => self.drop_connection(conn, "it does not speak this protocol"),
        }
    }

    fn greeted(&mut self, conn: ConnId, hello: Hello) {
        let Some(connection) = self.connections.get(&conn) else { return };
        let (peer, dial) = (connection.peer, connection.dial.clone());
        if hello.hash_tag != HASH_TAG {
            self.fail_dial(conn, CommandError::Refused(Refusal::HashTag(hello.hash_tag)));
            return self.refuse(conn, Refusal::HashTag(HASH_TAG));
        }
        let user = hello.certificate.certifies(peer).then_some(hello.certificate.user);
        let own = user == Some(self.own_user());
        let allowed = |key: &[u8; 32]| self.config.allow.contains(key);
        let serves = own || allowed(&peer.0) || user.is_some_and(|user| allowed(&user.0));
        if !serves && dial.is_none() {
            return self.refuse(conn, Refusal::NotAllowed);
        }
        let connection = self.connections.get_mut(&conn).expect("looked up above");
        connection.accepted =
            Some(Accepted { incarnation: hello.incarnation, user, serves, store: (hello.store, hello.epoch) });
        hello.addresses.iter().for_each(|address| self.book.hint(peer, address));
        self.notice_restart(peer, hello.incarnation);
        let state = self.peers.entry(peer).or_default();
        state.open.push(conn);
        let oldest = (state.open.len() > CONNECTIONS_PER_PEER_MAX).then(|| state.open[0]);
        (state.dialling, state.attempts, state.silent) = (false, 0, false);
        if let Some(dial) = dial {
            self.book.confirm(peer, &dial.address);
            if let DialPurpose::Command(command) = dial.purpose {
                self.command_connected(command, conn, own);
            }
        }
        if let Some(oldest) = oldest {
            return self.drop_connection(oldest, "there are newer ones");
        }
        if self.connections.contains_key(&conn) {
            self.resume_peer(peer);
        }
    }

    /// A process of the peer that has not been heard of before: the earlier one is gone, and what it has asked for is wanted by nobody.
    fn notice_restart(&mut self, peer: HostKey, incarnation: u64) {
        let state = self.peers.entry(peer).or_default();
        if state.incarnation.replace(incarnation).is_none_or(|earlier| earlier == incarnation) {
            return;
        }
        for conn in std::mem::take(&mut state.open) {
            self.drop_connection(conn, "its process has ended");
        }
        for scope in self.scopes_of(peer) {
            self.end_scope(scope);
        }
        self.peer_holds_nothing(peer);
    }

    /// A connection was lost or made: whatever may have been lost with an earlier one is sent again. The peer knows what it has already.
    fn resume_peer(&mut self, peer: HostKey) {
        let Some(accepted) = self.route(peer).and_then(|conn| self.connections.get(&conn)?.accepted) else { return };
        self.resume_calls(peer, accepted.incarnation);
        self.resume_transfers(peer);
        self.resume_sessions(peer);
        self.resume_holds(peer);
        let state = self.peers.entry(peer).or_default();
        let recent = self.now.saturating_sub(CANCELLATION_MS);
        state.cancellations.retain(|(sent, _)| *sent >= recent);
        let again: Vec<Message> = state.cancellations.iter().map(|(_, message)| message.clone()).collect();
        again.iter().for_each(|message| self.send(peer, message));
    }

    /// Sends what nobody acknowledges.
    pub(super) fn send_cancellation(&mut self, peer: HostKey, message: Message) {
        self.send(peer, &message);
        let now = self.now;
        let state = self.peers.entry(peer).or_default();
        if state.cancellations.len() >= CANCELLATIONS_MAX {
            state.cancellations.pop_front();
        }
        state.cancellations.push_back((now, message));
    }

    /// The peer refuses this host.
    fn refused(&mut self, conn: ConnId, refusal: Refusal) {
        self.fail_dial(conn, CommandError::Refused(refusal));
        self.drop_connection(conn, &refusal.to_string());
    }

    pub(super) fn refuse(&mut self, conn: ConnId, refusal: Refusal) {
        self.send_on(conn, &Message::Refuse(refusal));
        self.close(conn);
    }

    /// If this host made the connection: whoever wanted it learns that there is none.
    fn fail_dial(&mut self, conn: ConnId, error: CommandError) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let Some(dial) = connection.dial.take() else { return };
        match dial.purpose {
            DialPurpose::Command(command) => self.command_failed(command, error),
            DialPurpose::Peer(peer, _) => {
                self.peers.entry(peer).or_default().dialling = false;
                self.fail_calls(peer, &error);
            }
        }
    }

    pub(super) fn handshake_due(&mut self, conn: ConnId) {
        let waiting = self.connections.get(&conn).is_some_and(|connection| connection.accepted.is_none());
        if waiting {
            self.fail_dial(conn, CommandError::TimedOut);
            self.drop_connection(conn, "it does not greet");
        }
    }

    /// A connection that is quiet is asked whether it lives: soon if it is in use.
    pub(super) fn liveness_due(&mut self, conn: ConnId) {
        let Some(connection) = self.connections.get(&conn) else { return };
        let (peer, quiet) = (connection.peer, self.now - connection.last_heard);
        let ping_ms = PING_MS.min(self.config.lease_ms / 4).max(1);
        if connection.asked.is_some_and(|asked| self.now - asked >= self.config.lease_ms.saturating_sub(ping_ms)) {
            self.peers.entry(peer).or_default().silent = true;
            return self.drop_connection(conn, "it is silent");
        }
        let patience = if self.in_use(peer) { ping_ms } else { IDLE_PING_MS };
        if connection.accepted.is_some() && quiet >= patience {
            let connection = self.connections.get_mut(&conn).expect("looked up above");
            connection.asked.get_or_insert(self.now);
            self.send_on(conn, &Message::Ping);
        }
        self.timers.set(self.now + ping_ms, Timer::Liveness(conn));
    }

    fn in_use(&self, peer: HostKey) -> bool {
        self.serves(peer) || self.calls(peer) || self.is_watched(peer)
    }

    fn serves(&self, peer: HostKey) -> bool {
        self.served.has_sessions(peer)
    }

    fn calls(&self, peer: HostKey) -> bool {
        self.calls.values().any(|call| call.target.host == peer)
    }

    /// This host gives the connection up.
    pub(super) fn drop_connection(&mut self, conn: ConnId, why: &str) {
        if self.connections.contains_key(&conn) {
            self.actions.push(Action::Close { conn });
            self.disconnected(conn, why);
        }
    }

    /// Closes it once everything queued is written.
    pub(super) fn close(&mut self, conn: ConnId) {
        self.pump_one(conn);
        self.drop_connection(conn, "closed");
    }

    pub(super) fn disconnected(&mut self, conn: ConnId, why: &str) {
        self.fail_dial_if_greeting(conn, why);
        let Some(connection) = self.connections.remove(&conn) else { return };
        let (peer, heard) = (connection.peer, connection.last_heard);
        let Some(state) = self.peers.get_mut(&peer) else { return };
        state.open.retain(|other| *other != conn);
        let connected = !state.open.is_empty();
        self.command_disconnected(conn, why);
        if connected {
            return self.resume_peer(peer);
        }
        self.watched_lost(peer, why);
        self.interrupt_supplies(peer);
        let Some(state) = self.peers.get_mut(&peer) else { return };
        state.away_since = self.now;
        // After silence, one attempt is enough; it has taken long already.
        state.attempts = if state.silent { REDIALS_MAX - 1 } else { 0 };
        let due = (heard + self.config.lease_ms).max(self.now + RETURN_MS.min(self.config.lease_ms));
        self.timers.set(due, Timer::Away(peer, self.now));
        if peer_is_wanted(self, peer) {
            self.timers.set(self.now + REDIAL_MS, Timer::Redial(peer));
        }
    }

    fn fail_dial_if_greeting(&mut self, conn: ConnId, why: &str) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        if connection.accepted.is_some() {
            return;
        }
        match connection.dial.take() {
            Some(Dial { purpose: DialPurpose::Peer(peer, index), .. }) => self.try_next_address(peer, index, why),
            Some(Dial { purpose: DialPurpose::Command(command), .. }) => {
                self.command_failed(command, CommandError::Unreachable(why.into()));
            }
            None => {}
        }
    }

    /// A connection to the peer, or an attempt to make one.
    pub(super) fn want_connection(&mut self, host: HostKey) {
        let peer = self.peers.entry(host).or_default();
        if peer.open.is_empty() && !peer.dialling {
            self.dial_peer(host, 0);
        }
    }

    fn dial_peer(&mut self, host: HostKey, index: usize) {
        let Some(address) = self.book.addresses(host).get(index).cloned() else {
            let why = CommandError::Unreachable("no address of it is known".into());
            return self.fail_calls(host, &why);
        };
        self.peers.entry(host).or_default().dialling = true;
        let dial = Dial { purpose: DialPurpose::Peer(host, index), address: address.clone() };
        self.dial(dial, Some(host));
    }

    pub(super) fn dial(&mut self, dial: Dial, expect: Option<HostKey>) {
        let id = DialId(self.number());
        self.actions.push(Action::Dial { dial: id, address: dial.address.clone(), expect });
        self.dials.insert(id, dial);
    }

    pub(super) fn dial_failed(&mut self, dial: DialId, error: DialError) {
        let Some(dial) = self.dials.remove(&dial) else { return };
        match dial.purpose {
            DialPurpose::Peer(host, index) => {
                let why = match error {
                    DialError::WrongKey(found) => format!("another host is there: {found}"),
                    DialError::Failed(why) => why,
                };
                self.try_next_address(host, index, &why);
            }
            DialPurpose::Command(command) => self.command_dial_failed(command, error),
        }
    }

    fn try_next_address(&mut self, host: HostKey, index: usize, why: &str) {
        let peer = self.peers.entry(host).or_default();
        peer.dialling = false;
        if !peer.open.is_empty() {
            return;
        }
        if index + 1 < self.book.addresses(host).len() {
            return self.dial_peer(host, index + 1);
        }
        let resumes = self.calls.values().any(|call| call.target.host == host && call.sent.is_some());
        let resumes = resumes || self.holds.any_of(host);
        let peer = self.peers.entry(host).or_default();
        peer.attempts += 1;
        if resumes && peer.attempts < REDIALS_MAX {
            let wait = REDIAL_MS * u64::from(peer.attempts);
            self.timers.set(self.now + wait, Timer::Redial(host));
            return;
        }
        let error = match peer.silent {
            true => CommandError::TimedOut,
            false => CommandError::Unreachable(why.into()),
        };
        self.fail_calls(host, &error);
    }

    pub(super) fn redial_due(&mut self, host: HostKey) {
        if peer_is_wanted(self, host) {
            self.want_connection(host);
        }
    }

    /// The peer has been away for a lease: whatever it asked for is cancelled.
    pub(super) fn away_due(&mut self, host: HostKey, since: Millis) {
        let Some(peer) = self.peers.get(&host) else { return };
        if !peer.open.is_empty() || peer.away_since != since {
            return;
        }
        self.abandon_sessions(host);
        self.timers.set(since.saturating_add(LEASE_MS).max(self.now), Timer::Gone(host, since));
        if !peer_is_wanted(self, host) {
            self.peers.remove(&host);
        }
    }

    /// The peer has been away for longer than anything is kept for it.
    pub(super) fn gone_due(&mut self, host: HostKey, since: Millis) {
        let away = self.peers.get(&host).is_none_or(|peer| peer.open.is_empty() && peer.away_since == since);
        if away {
            self.forget_sessions(host);
            self.peer_holds_nothing(host);
        }
    }

    /// The connection over which the peer is reached now.
    pub(super) fn route(&self, host: HostKey) -> Option<ConnId> {
        self.peers.get(&host)?.open.first().copied()
    }

    /// Sends to a peer if it is connected; if not, the message is lost, and whoever cares sends it again when the peer is back.
    pub(super) fn send(&mut self, host: HostKey, message: &Message) {
        if let Some(conn) = self.route(host) {
            self.send_on(conn, message);
        }
    }

    /// Where the hosts of these nodes can be reached, as far as the peer has not been told over the connection that is used now.
    pub(super) fn hints_for(&mut self, peer: HostKey, call: CallId, nodes: impl IntoIterator<Item = NodeId>) -> Hints {
        let connection = self.route(peer).and_then(|conn| self.connections.get_mut(&conn));
        connection.map_or_else(Hints::new, |connection| self.book.hints(call, nodes, &mut connection.told))
    }

    pub(super) fn send_on(&mut self, conn: ConnId, message: &Message) {
        if message.is_control() {
            return self.send_ahead(conn, message);
        }
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        connection.outbox.send(codec::encode(message));
        self.traffic.messages_sent += 1;
        self.sending.insert(conn);
    }

    /// Sends a message that fits a frame ahead of everything else. If too many wait, the peer does not read.
    pub(super) fn send_ahead(&mut self, conn: ConnId, message: &Message) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let sent = connection.outbox.send_control(codec::encode(message));
        self.traffic.messages_sent += 1;
        self.sending.insert(conn);
        if let Err(error) = sent {
            self.drop_connection(conn, &error.to_string());
        }
    }

    pub(super) fn written(&mut self, conn: ConnId, bytes: usize) {
        if let Some(connection) = self.connections.get_mut(&conn) {
            connection.outbox.written(bytes);
            self.sending.insert(conn);
        }
    }

    /// Hands frames to the writers that have room.
    pub(super) fn pump(&mut self) {
        while let Some(conn) = self.sending.pop_first() {
            self.pump_one(conn);
        }
    }

    fn pump_one(&mut self, conn: ConnId) {
        loop {
            let Some(connection) = self.connections.get_mut(&conn) else { return };
            while let Some(frame) = connection.outbox.next() {
                self.traffic.bytes_sent += frame.encoded_len() as u64;
                self.actions.push(Action::Send { conn, frame });
            }
            if !self.unpack(conn) {
                return;
            }
        }
    }

    fn message(&mut self, conn: ConnId, bytes: &[u8]) {
        match codec::decode(bytes) {
            Ok(message) => {
                self.traffic.messages_received += 1;
                self.take(conn, message);
            }
            Err(_) => self.drop_connection(conn, "it sent a malformed message"),
        }
    }

    fn take(&mut self, conn: ConnId, message: Message) {
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        let Some(accepted) = connection.accepted else { return };
        let peer = connection.peer;
        message.answers().into_iter().for_each(|call| connection.told.answered(call));
        match message {
            Message::Hello(_) => self.drop_connection(conn, "it greets twice"),
            Message::Refuse(refusal) => self.refused_late(conn, peer, refusal),
            Message::Ping => self.send_on(conn, &Message::Pong),
            Message::Pong => {}
            Message::Eval(eval) => self.eval(conn, peer, accepted, *eval),
            Message::Need { call, subject, round, nonce, want, patient } => {
                self.need(conn, (peer, call, subject), Question { round, nonce, want, patient });
            }
            Message::Definitions { call, subject, round, packed, listed, absent, withheld } => {
                self.definitions((peer, call, subject), round, Answer { packed, listed, absent, withheld });
            }
            Message::Elsewhere { call, subject } => self.elsewhere((peer, call, subject)),
            Message::Stored { call, subject } => self.supplied((peer, call, subject)),
            Message::Complaint { .. } => {} // What was refused ends with an outcome that says so.
            Message::Output { call, seq, stream, text } => self.output(peer, call, seq, stream, text),
            Message::OutputAck { call, upto } => self.output_acknowledged((peer, call), upto),
            Message::Ask { call, seq, question } => self.asked(peer, call, seq, question),
            Message::Answer { call, seq, reply } => self.answered((peer, call), seq, reply),
            Message::Done { call, outputs, left, hints, end, rest, track } => {
                self.take_track(call, track);
                let ended = calls::Ended::new(outputs, left, end, rest, accepted.speaker(peer));
                self.done(peer, call, &hints, ended);
            }
            Message::Ack { call } => self.acknowledged((peer, call)),
            Message::Cancel { call } => self.cancelled((peer, call)),
            Message::Hold { futures, hold } => self.peer_holds(peer, &futures, hold),
            Message::CancelRun { run } => self.run_cancelled((Some(peer), run)),
            Message::Status => self.report_status(conn),
            Message::Stop => self.told_to_stop(conn, accepted),
            Message::StatusReport(status) => self.command_answered(conn, CommandReply::Status(status)),
            Message::Stopping => self.command_answered(conn, CommandReply::Stopping),
        }
    }

    /// The peer took this host's greeting after its own was accepted, and refuses.
    fn refused_late(&mut self, conn: ConnId, peer: HostKey, refusal: Refusal) {
        let error = CommandError::Refused(refusal);
        self.command_answered(conn, CommandReply::Failed(error.clone()));
        if let Some(state) = self.peers.get_mut(&peer) {
            state.open.retain(|other| *other != conn);
            if state.open.is_empty() {
                self.fail_calls(peer, &error);
            }
        }
        self.drop_connection(conn, &refusal.to_string());
    }
}

fn peer_is_wanted(host: &Host, key: HostKey) -> bool {
    host.calls.values().any(|call| call.target.host == key) || host.holds.any_of(key)
}

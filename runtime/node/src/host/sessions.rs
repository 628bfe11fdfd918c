//! Sessions: what other hosts ask of this one.

use super::*;
use crate::host::backlog::Parcel;
use crate::host::connections::Accepted;
use crate::host::holds::Holder;
use crate::link::Lane;
use crate::message::{End, Eval, Message, Question, Root, Stream, Subject};
use crate::span::Track;

/// Why nothing is known any more of a request whose caller was away.
const LEASE_IS_OVER: &str = "it has heard nothing of its caller for longer than the lease";

/// An evaluation for another host, from its arrival to the acknowledgement of its outcome.
#[derive(Debug)]
pub(super) struct SessionState {
    run: RunId,
    /// It goes on without its caller.
    detached: bool,
    received_us: u64,
    /// Bytes of the value that it came with.
    requested: usize,
    state: State,
    pub output: OutputQueue,
    /// Questions that are not answered.
    pub asks: BTreeMap<u64, (Question, AskReturn)>,
    pub next_ask: u64,
    /// The one that has ended whose rest this is.
    pub speaks_for: Option<Session>,
}

#[derive(Debug)]
enum State {
    /// What it names is being fetched.
    Receiving(Box<Receiving>),
    /// Nothing is to be cancelled where a future is awaited: others may await it too.
    Running(Option<Child>),
    Ended {
        end: End,
        left: Budget,
        /// It has left something behind.
        rest: bool,
        track: Option<Track>,
        /// When the outcome is kept no longer.
        lease: TimerId,
    },
}

#[derive(Debug)]
struct Receiving {
    expression: Expression,
    node: NodeId,
    context: Arc<Context>,
    budget: Budget,
    deadline: Option<Millis>,
}

/// Output that the caller has not acknowledged.
#[derive(Default, Debug)]
pub(super) struct OutputQueue {
    pub pieces: VecDeque<(u64, Stream, String)>,
    pub bytes: usize,
    pub next: u64,
    /// The piece that is sent next.
    pub sent: u64,
    /// Who waits for room.
    pub blocked: Vec<console::Blocked>,
    /// Rests whose output is in it: they are told when it was read.
    pub passed: BTreeSet<CallId>,
}

impl SessionState {
    pub fn run(&self) -> RunId {
        self.run
    }

    fn has_ended(&self) -> bool {
        matches!(self.state, State::Ended { .. })
    }

    /// It belongs to another run, and goes on without its caller. Gives what evaluates it, if that has begun.
    pub fn detach(&mut self, run: RunId) -> Option<Child> {
        if self.has_ended() {
            return None;
        }
        (self.run, self.detached) = (run, true);
        match &mut self.state {
            State::Receiving(receiving) => {
                receiving.context = receiving.context.detached(run);
                None
            }
            State::Running(child) => *child,
            State::Ended { .. } => None,
        }
    }

    /// Bytes of its outcome, if it has one.
    fn outcome_bytes(&self) -> usize {
        match &self.state {
            State::Ended { end, .. } => end.value().map_or(0, |value| value.bytes().len()),
            State::Receiving(_) | State::Running(_) => 0,
        }
    }
}

impl Host {
    pub(super) fn eval(&mut self, conn: ConnId, peer: HostKey, from: Accepted, eval: Eval) {
        let session = (peer, eval.call);
        self.book.take(&eval.hints);
        if self.sessions.contains_key(&session) {
            return self.reattach(session, eval.output_seen);
        }
        match self.graves.get(peer, Grave::Call(eval.call)) {
            Some(Tombstone::Settled) => return,
            Some(Tombstone::Expired) => {
                let failure = Failure::unreachable(self.name(self.own(eval.node)), true, LEASE_IS_OVER);
                return self.decline(conn, &eval, failure);
            }
            Some(Tombstone::Detached) | None => {}
        }
        // The end of a run overtakes what was asked before.
        if self.graves.get(peer, Grave::Run(eval.run)).is_some() {
            let failure = Failure::Cancelled { node: self.name(self.own(eval.node)) };
            return self.decline(conn, &eval, failure);
        }
        match self.admit(peer, from, &eval) {
            Ok(_) if self.is_for_nobody(&eval) => {
                let failure = Failure::NoListener { node: self.name(self.own(eval.node)) };
                self.decline(conn, &eval, failure);
            }
            Ok(context) => {
                let detached = self.graves.get(peer, Grave::Call(eval.call)) == Some(Tombstone::Detached);
                self.receive(session, context, eval);
                if detached {
                    self.detach_session(session, Budget::DEFAULT, Waiter::Nobody);
                }
            }
            Err(failure) => self.decline(conn, &eval, failure),
        }
    }

    /// A message that finds no listener goes no further than this.
    fn is_for_nobody(&mut self, eval: &Eval) -> bool {
        matches!(&eval.root, Root::Message(channel, ..) if !self.is_listened_to((eval.node, *channel)))
    }

    fn admit(&self, peer: HostKey, from: Accepted, eval: &Eval) -> Result<Arc<Context>, Failure> {
        let node = || self.name(self.own(eval.node));
        let denied = |what: &str| Failure::Denied { node: node(), what: what.into() };
        if !from.serves {
            return Err(denied("it evaluates nothing for this host"));
        }
        if !self.has_node(eval.node) {
            return Err(denied("there is no such node"));
        }
        let speaker = from.speaker(peer);
        let too_long = |_| denied("it runs on behalf of too many");
        let principals = eval.principals.clone().and(speaker).map_err(too_long)?;
        let policy = self.policy_for(&principals, peer);
        if !policy.admits() {
            return Err(denied("it evaluates nothing on behalf of this user"));
        }
        // What it asks for is there already.
        let is_rest = matches!(eval.root, Root::Rest(call) if self.has_rest((peer, call)));
        let is_full = !self.served.admits(peer, eval.root.bytes()) || self.tasks.len() >= TASKS_MAX;
        if (self.draining || is_full) && !is_rest {
            return Err(Failure::Busy { node: node() });
        }
        Ok(Arc::new(Context {
            run: eval.run,
            call: eval.call,
            origin: eval.origin,
            cluster: eval.cluster.as_slice().into(),
            principals,
            policy,
            tokens: eval.tokens.as_slice().into(),
            trace: eval.trace,
            leader: Leader::Session((peer, eval.call)),
            begun: self.now,
        }))
    }

    /// Answers without having begun. There is nothing to remember: asked again, the answer is found again. It goes ahead, since nothing else counts such answers; and over the connection
    /// by which the request came, since the one that is used may be dead, which the caller found out and this host did not yet.
    fn decline(&mut self, conn: ConnId, eval: &Eval, failure: Failure) {
        let outputs = eval.output_seen;
        let end = End::Ended(failure.into());
        let message = Message::Done {
            call: eval.call,
            outputs,
            left: eval.budget,
            hints: Vec::new(),
            end,
            rest: false,
            track: None,
        };
        self.send_ahead(conn, &message);
    }

    fn receive(&mut self, session: Session, context: Arc<Context>, eval: Eval) {
        let time_ms = eval.time_left_ms.min(eval.budget.wall_ms);
        let deadline = (time_ms != sandbox::UNLIMITED).then(|| self.now.saturating_add(time_ms));
        let names = match &eval.root {
            Root::Definition(id) => Ok(vec![id.component]),
            root => root.value().map_or(Ok(Vec::new()), |value| named(value).map(|named| named.hashes)),
        };
        let node = self.own(eval.node);
        let (run, requested) = (context.run, eval.root.bytes());
        let receiving = Receiving {
            expression: Expression { root: eval.root, row: eval.row.into() },
            node,
            context,
            budget: eval.budget.min(Budget::DEFAULT),
            deadline,
        };
        let state = Box::new(SessionState {
            run,
            detached: false,
            received_us: self.now_us(),
            requested,
            state: State::Receiving(Box::new(receiving)),
            output: OutputQueue::default(),
            asks: BTreeMap::new(),
            next_ask: 0,
            speaks_for: None,
        });
        self.sessions.insert(session, state);
        self.served.begin(session.0, requested);
        match names {
            Ok(names) => self.begin_transfer((session.0, session.1, Subject::Root), names),
            Err(error) => {
                let failure = self.fault(eval.node, format!("the request is malformed: {error}"));
                self.session_ended(session, Outcome::Failed(failure), eval.budget);
            }
        }
    }

    /// What the root names is here, or cannot be had.
    pub(super) fn root_transferred(&mut self, session: Session, result: Result<(), Failure>) {
        let Some(state) = self.sessions.get_mut(&session) else { return };
        let State::Receiving(receiving) = &state.state else { return };
        let (node, budget, deadline) = (receiving.node, receiving.budget, receiving.deadline);
        let (expression, context) = (receiving.expression.clone(), receiving.context.clone());
        let waiter = Waiter::Session(session);
        let started = result.and_then(|()| self.evaluate(node, expression, context, budget, deadline, waiter));
        match started {
            Ok(child) => {
                if let Some(state) = self.sessions.get_mut(&session) {
                    state.state = State::Running(child);
                }
            }
            Err(failure) => self.session_ended(session, Outcome::Failed(failure), budget),
        }
    }

    pub(super) fn session_ended(&mut self, session: Session, ending: impl Into<Ending>, left: Budget) {
        self.end_session(session, End::Ended(ending.into()), left);
    }

    pub(super) fn end_session(&mut self, session: Session, end: End, left: Budget) {
        let Some(end) = self.with_resumptions_before_it_leaves(session, end, left) else { return };
        if let Some(value) = end.value() {
            self.note_sent(value);
            self.hold_futures(Holder::Session(session), value);
        }
        if let End::Kept(handle, ..) = &end {
            self.futures.sent(handle.id);
            self.hold_future(Holder::Session(session), self.config.key, (handle.incarnation, handle.id));
        }
        let Some(state) = self.sessions.get_mut(&session) else { return };
        let lease = self.timers.set(self.now + LEASE_MS, Timer::Lease(session));
        let before = state.outcome_bytes();
        let (scope, received_us) = ((Some(session.0), state.run), state.received_us);
        let track = self.track(scope, received_us);
        let rest = self.leaves_a_rest(session, scope.1);
        let Some(state) = self.sessions.get_mut(&session) else { return };
        state.state = State::Ended { end, left, rest, track, lease };
        state.asks.clear();
        let after = state.outcome_bytes();
        let detached = state.detached.then_some(state.run);
        self.owe(session.0, before, after);
        self.post_done(session);
        detached.into_iter().for_each(|run| self.end_detached(run));
    }

    /// What the peer is owed for one of its sessions has changed.
    pub(super) fn owe(&mut self, peer: HostKey, before: usize, after: usize) {
        let free = self.served.owes(peer, before, after);
        self.go_on_with(free);
    }

    fn post_done(&mut self, session: Session) {
        if let Some(state) = self.sessions.get(&session).filter(|state| state.has_ended()) {
            self.post(session.0, Lane::of(state.outcome_bytes()), Parcel::Done(session.1));
        }
    }

    pub(super) fn send_done(&mut self, session: Session) {
        let Some(state) = self.sessions.get(&session) else { return };
        let State::Ended { end, left, rest, track, .. } = &state.state else { return };
        let mut nodes = end.value().and_then(|value| named(value).ok()).map(|named| named.nodes).unwrap_or_default();
        if let End::Moved(to, _) = end {
            nodes.push(*to);
        }
        let (call, outputs, left, end, rest) = (session.1, state.output.next, *left, end.clone(), *rest);
        let track = track.clone();
        let hints = self.hints_for(session.0, call, nodes);
        let done = Message::Done { call, outputs, left, hints, end, rest, track };
        self.send(session.0, &done);
    }

    /// The caller asks again: it had lost the connection. Everything that it may have missed is sent again.
    fn reattach(&mut self, session: Session, output_seen: u64) {
        self.output_acknowledged(session, output_seen);
        let Some(state) = self.sessions.get_mut(&session) else { return };
        let (peer, call) = session;
        state.output.rewind();
        let asks =
            state.asks.iter().map(|(seq, (question, _))| Message::Ask { call, seq: *seq, question: question.clone() });
        let asks: Vec<Message> = asks.collect();
        self.post(peer, Lane::Short, Parcel::Output(call));
        asks.iter().for_each(|ask| self.send(peer, ask));
        self.post_done(session);
    }

    /// A connection with the caller was lost or made.
    pub(super) fn resume_sessions(&mut self, peer: HostKey) {
        for (session, _) in self.sessions_of(peer) {
            self.reattach(session, 0);
        }
    }

    /// The caller has the outcome.
    pub(super) fn acknowledged(&mut self, session: Session) {
        if self.sessions.get(&session).is_some_and(|state| state.has_ended()) {
            // All output has come before the outcome.
            self.output_acknowledged(session, u64::MAX);
            self.remove_session(session);
            self.bury(session, Tombstone::Settled);
        }
    }

    /// The caller does not want the outcome any more; its request may still be under way.
    pub(super) fn cancelled(&mut self, session: Session) {
        self.abandon(session);
        self.bury(session, Tombstone::Settled);
    }

    fn abandon(&mut self, session: Session) {
        self.drop_rest(session);
        let Some(state) = self.remove_session(session) else { return };
        self.forget_transfer((session.0, session.1, Subject::Root));
        if let State::Running(Some(child)) = state.state {
            self.work.push_back(Work::Cancel(child));
        }
        for blocked in state.output.blocked {
            self.unblock(blocked);
        }
    }

    fn remove_session(&mut self, session: Session) -> Option<Box<SessionState>> {
        let mut removed = self.sessions.remove(&session)?;
        self.passed_on(std::mem::take(&mut removed.output.passed));
        removed.speaks_for.into_iter().for_each(|other| match removed.output.bytes {
            0 => self.was_read(other),
            _ => self.was_lost(other),
        });
        self.forget_supply((session.0, session.1, Subject::Result));
        self.end_holds(Holder::Session(session));
        let free = self.served.end(session.0, removed.requested, removed.output.bytes + removed.outcome_bytes());
        self.go_on_with(free);
        if let State::Ended { lease, .. } = removed.state {
            self.timers.cancel(lease);
        }
        Some(removed)
    }

    pub(super) fn bury(&mut self, (peer, call): Session, tombstone: Tombstone) {
        let due = self.graves.dig(peer, Grave::Call(call), tombstone, self.now);
        self.forget_later(peer, due);
    }

    fn forget_later(&mut self, peer: HostKey, due: Option<Millis>) {
        if let Some(at) = due {
            self.timers.set(at, Timer::Forget(peer));
        }
    }

    pub(super) fn forget_due(&mut self, peer: HostKey) {
        let due = self.graves.forget(peer, self.now);
        self.forget_later(peer, due);
    }

    pub(super) fn lease_due(&mut self, session: Session) {
        if self.sessions.get(&session).is_some_and(|state| state.has_ended()) {
            self.remove_session(session);
            self.drop_rest(session);
            self.bury(session, Tombstone::Expired);
        }
    }

    /// The peer is gone: what it asked for stops, and what that has started.
    pub(super) fn abandon_sessions(&mut self, peer: HostKey) {
        let scopes = self.scopes_of(peer);
        for (session, _) in self.sessions_of(peer) {
            let state = &self.sessions[&session];
            if !state.detached && !state.has_ended() {
                self.abandon(session);
                // If the caller comes back, it is told.
                self.bury(session, Tombstone::Expired);
            }
        }
        // Peers that were called for its runs are told of each part: the caller may come back, and have them go on with others.
        scopes.into_iter().for_each(|scope| self.stop_scope(scope, &BTreeSet::new()));
    }

    /// The peer has been gone for so long that nothing is kept for it. Its runs may go on elsewhere, and ask for more when it is back.
    pub(super) fn forget_sessions(&mut self, peer: HostKey) {
        for scope in self.scopes_of(peer) {
            self.cancel_sessions_of(scope);
            self.drop_rests(scope);
            self.stop_scope(scope, &BTreeSet::new());
            self.called.remove(&scope);
        }
    }

    /// All that goes on at the peer's word.
    pub(super) fn scopes_of(&self, peer: HostKey) -> BTreeSet<Scope> {
        let range = (Some(peer), RunId([0; 16]))..=(Some(peer), RunId([0xff; 16]));
        let mut scopes: BTreeSet<Scope> = self.called.range(range).map(|(scope, _)| *scope).collect();
        let attached = self.sessions_of(peer).into_iter().filter(|(session, _)| !self.sessions[session].detached);
        scopes.extend(attached.map(|(_, run)| (Some(peer), run)));
        scopes.extend(self.futures.scopes_of(peer));
        scopes
    }

    /// Whether an evaluation goes on here that a peer has asked for and waits for.
    pub fn works_for(&self, peer: HostKey, call: CallId) -> bool {
        let session = (peer, call);
        let goes_on = self.sessions.get(&session).is_some_and(|state| !state.has_ended());
        goes_on || self.tasks.values().any(|task| task.answers(session))
    }

    fn sessions_of(&self, peer: HostKey) -> Vec<(Session, RunId)> {
        let range = (peer, CallId([0; 16]))..=(peer, CallId([0xff; 16]));
        self.sessions.range(range).map(|(session, state)| (*session, state.run)).collect()
    }

    /// A run is over as far as this caller is concerned: its sessions, what they have started, and so on at the hosts that were asked.
    pub(super) fn run_cancelled(&mut self, scope: Scope) {
        if let Some(peer) = scope.0 {
            let due = self.graves.dig(peer, Grave::Run(scope.1), Tombstone::Settled, self.now);
            self.forget_later(peer, due);
        }
        self.end_scope(scope);
    }

    /// The sessions of a scope and what they have started end; it may go on with others.
    pub(super) fn end_scope(&mut self, scope: Scope) {
        self.cancel_sessions_of(scope);
        self.drop_scope(scope);
    }

    fn cancel_sessions_of(&mut self, scope: Scope) {
        let Some(peer) = scope.0 else { return };
        let mine = self.sessions_of(peer).into_iter().filter(|(_, run)| *run == scope.1);
        mine.for_each(|(session, _)| self.cancelled(session));
    }

    /// Everything on this host that belongs to the scope ends, without an outcome.
    pub(super) fn drop_scope(&mut self, scope: Scope) {
        self.drop_rests(scope);
        // Whoever is called for the scope is in the table as long as the call lasts.
        let Some(mut told) = self.called.remove(&scope) else { return self.stop_tasks(scope) };
        // Others may have asked this host to call a peer for the same run, and still want what they asked for.
        let of_run = self.called.iter().filter(|(other, _)| other.1 == scope.1);
        of_run.for_each(|(_, wanted)| told.retain(|peer| !wanted.contains(peer)));
        // The end of the run would overtake what keeps a part of it from ending: such a peer is told of each of the others.
        let detaching = self.calls.values().filter(|call| call.detaches());
        detaching.for_each(|call| _ = told.remove(&call.target.host));
        for peer in &told {
            self.send_cancellation(*peer, Message::CancelRun { run: scope.1 });
        }
        self.stop_scope(scope, &told);
    }

    /// What goes on here in the scope ends. Peers that were told of its end are not told of each part of it.
    fn stop_scope(&mut self, scope: Scope, told: &BTreeSet<HostKey>) {
        self.stop_tasks(scope);
        let calls = self.calls.iter().filter(|(_, call)| call.context.scope() == scope);
        let calls: Vec<(CallId, HostKey)> = calls.map(|(id, call)| (*id, call.target.host)).collect();
        for (call, peer) in calls {
            if told.contains(&peer) { self.drop_call(call) } else { self.cancel_call(call) }
        }
    }

    /// As [`Host::stop_scope`], where nobody is called for it.
    fn stop_tasks(&mut self, scope: Scope) {
        self.drop_futures(scope);
        let tasks = self.tasks.of(scope).into_iter().rev();
        self.work.extend(tasks.map(|id| Work::Cancel(Child::Task(id))));
    }

    /// The caller's Need is about the result.
    pub(super) fn pinned_by_session(&self, session: Session) -> Option<Vec<base::Hash>> {
        match &self.sessions.get(&session)?.state {
            State::Ended { end, .. } => Some(calls::named_by(end)),
            _ => None,
        }
    }

    /// What a request may do whose code is arriving.
    pub(super) fn session_policy(&self, session: Session) -> Policy {
        match self.sessions.get(&session).map(|state| &state.state) {
            Some(State::Receiving(receiving)) => receiving.context.policy,
            _ => Policy::Nothing,
        }
    }

    /// Of a request whose code is arriving.
    pub(super) fn session_context(&self, session: Session) -> Option<Arc<Context>> {
        match &self.sessions.get(&session)?.state {
            State::Receiving(receiving) => Some(receiving.context.clone()),
            _ => None,
        }
    }

    /// The time to drain is over: every request ends as cancelled.
    pub(super) fn cancel_sessions(&mut self) {
        let mine: Vec<Session> =
            self.sessions.iter().filter(|(_, state)| !state.has_ended()).map(|(id, _)| *id).collect();
        for session in mine {
            let state = &self.sessions[&session].state;
            let child = if let State::Running(child) = state { *child } else { None };
            self.work.extend(child.map(Work::Cancel));
            let failure = Failure::Cancelled { node: self.own_name() };
            self.session_ended(session, Outcome::Failed(failure), Budget::DEFAULT);
        }
    }
}

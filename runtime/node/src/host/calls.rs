//! Calls: evaluations that another host does for this one.

use super::*;
use crate::host::backlog::Parcel;
use crate::host::holds::Holder;
use crate::host::journeys::{Journey, Left, Onward};
use crate::link::Lane;
use crate::message::{End, Eval, Hints, Message, Refusal, Root, Stream, Subject};
use crate::outcome::Progress;
use machine::Portable;
use sandbox::Principal;

/// An evaluation at another host.
#[derive(Debug)]
pub(super) struct Call {
    pub target: NodeId,
    pub context: Arc<Context>,
    /// The evaluation that asks.
    parent: CallId,
    expression: Expression,
    budget: Budget,
    deadline: Option<Millis>,
    waiter: Waiter,
    /// The incarnation of the host to which it was sent; none if it certainly has not begun.
    pub sent: Option<u64>,
    /// Hashes that the root names. What depends on them is what the callee may ask for.
    pub pinned: Vec<base::Hash>,
    /// Nodes that the root names: the callee may want to reach them.
    nodes: Vec<NodeId>,
    /// Its root names what waits elsewhere, which is being put in its place.
    pub lacks: bool,
    /// Pieces of output that have been passed on.
    pub next_output: u64,
    /// Pieces that came before their turn.
    pub early: BTreeMap<u64, (Stream, String)>,
    pub early_bytes: usize,
    /// Questions that the callee has asked, with the answers as far as there are any.
    pub asked: BTreeMap<u64, Option<crate::message::Reply>>,
    /// The outcome has come: how much output goes before it.
    ended: Option<Ended>,
    /// Where its span belongs: within the task that waits for it, or by itself.
    pub lane: u64,
    pub begun_us: u64,
    /// When the request was sent last.
    pub asked_us: u64,
}

#[derive(Debug)]
pub(super) struct Ended {
    outputs: u64,
    left: Budget,
    end: End,
    /// Something that it has started goes on.
    rest: bool,
    /// Who says so: the callee, or the user that it belongs to.
    speaker: Principal,
    /// What the outcome names is here.
    complete: bool,
}

impl Ended {
    pub fn new(outputs: u64, left: Budget, end: End, rest: bool, speaker: Principal) -> Ended {
        Ended { outputs, left, end, rest, speaker, complete: false }
    }
}

impl Call {
    /// Bytes of the values that went and came.
    pub fn bytes_moved(&self) -> u64 {
        let result = self.ended.as_ref().and_then(|ended| ended.end.value()).map_or(0, |value| value.bytes().len());
        (self.expression.root.bytes() + result) as u64
    }

    /// It asks that another call's evaluation go on without its caller.
    pub fn detaches(&self) -> bool {
        matches!(self.expression.root, Root::Detach(_))
    }

    /// It stands for what another call has left behind.
    pub fn is_rest(&self) -> bool {
        matches!(self.expression.root, Root::Rest(_))
    }

    /// Its outcome has come, with what that names, and all output before it.
    fn is_whole(&self) -> bool {
        self.ended.as_ref().is_some_and(|ended| ended.complete && self.next_output >= ended.outputs)
    }
}

impl Host {
    /// Starts a call. It is sent as soon as there is a connection.
    pub(super) fn start_call(
        &mut self,
        target: NodeId,
        expression: Expression,
        context: Arc<Context>,
        budget: Budget,
        deadline: Option<Millis>,
        waiter: Waiter,
    ) -> Result<Option<Child>, Failure> {
        let found = match &expression.root {
            Root::Definition(id) => Ok(Named { hashes: vec![id.component], ..Named::default() }),
            root => root.value().map_or(Ok(Named::default()), named),
        };
        let found = found.map_err(|error| self.fault([0; 16], format!("a value cannot travel: {error}")))?;
        // The first call of a run is its own parent.
        let first = !self.called.contains_key(&context.scope());
        let id = match waiter {
            Waiter::Command(_) if first => context.call,
            _ => CallId(self.entropy.draw()),
        };
        if let Some(value) = expression.root.value() {
            self.note_sent(value);
            self.hold_futures(Holder::Call(id), value);
        }
        self.called.entry(context.scope()).or_default().insert(target.host);
        let begun_us = self.now_us();
        let lane = match waiter {
            Waiter::Task(task) => task.number(),
            _ => self.number(),
        };
        let call = Box::new(Call {
            target,
            parent: context.call,
            context,
            expression,
            budget,
            deadline,
            waiter,
            sent: None,
            pinned: found.hashes,
            nodes: found.nodes,
            lacks: !found.resumptions.is_empty(),
            next_output: 0,
            early: BTreeMap::new(),
            early_bytes: 0,
            asked: BTreeMap::new(),
            ended: None,
            lane,
            begun_us,
            asked_us: begun_us,
        });
        self.unsent.add(target.host, call.expression.root.bytes());
        self.calls.insert(id, call);
        self.traffic.calls += 1;
        self.traffic.round_trips += 1;
        if let Root::Resume(handle, _) | Root::Fetch(handle) = &self.calls[&id].expression.root {
            let key = (handle.incarnation, handle.id);
            self.hold_future(Holder::Call(id), target.host, key);
        }
        match found.resumptions.is_empty() {
            true => self.send_call(id),
            false => self.fill_call(id),
        }
        Ok(Some(Child::Call(id)))
    }

    /// What its root names and waited elsewhere is in its place.
    pub(super) fn call_is_filled(&mut self, id: CallId, value: Portable) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let before = call.expression.root.bytes();
        let found = match named(&value) {
            Ok(found) => found,
            Err(error) => {
                let failure = self.fault([0; 16], format!("a value cannot travel: {error}"));
                return self.fail_call(id, failure);
            }
        };
        if let Some(place) = call.expression.root.value_mut() {
            *place = value;
        }
        (call.pinned, call.nodes, call.lacks) = (found.hashes, found.nodes, false);
        let (host, after) = (call.target.host, call.expression.root.bytes());
        self.unsent.add(host, after);
        self.value_left(host, before);
        self.send_call(id);
    }

    /// Sends it, or sees to it that there is a connection.
    fn send_call(&mut self, id: CallId) {
        let Some(host) = self.calls.get(&id).map(|call| call.target.host) else { return };
        match self.route(host).and_then(|conn| self.connections.get(&conn)?.accepted) {
            Some(_) => self.post_eval(id),
            None => self.want_connection(host),
        }
    }

    fn post_eval(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id).filter(|call| !call.lacks) else { return };
        let lane = Lane::of(call.expression.root.bytes());
        self.post(call.target.host, lane, Parcel::Eval(id));
    }

    pub(super) fn send_eval(&mut self, conn: ConnId, id: CallId) {
        let Some(accepted) = self.connections.get(&conn).and_then(|connection| connection.accepted) else { return };
        let node_zero = self.own([0; 16]);
        let Some(call) = self.calls.get_mut(&id) else { return };
        let first = call.sent.replace(accepted.incarnation).is_none();
        let (context, target, bytes) = (call.context.clone(), call.target, call.expression.root.bytes());
        if first {
            self.value_left(target.host, bytes);
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        let named = std::mem::take(&mut call.nodes);
        let near = [context.origin, node_zero, target];
        let hints = self.hints_for(target.host, id, near.iter().chain(context.cluster.iter()).chain(&named).copied());
        let (now_us, output_seen) = (self.now_us(), self.heard(id));
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.asked_us = now_us;
        call.nodes = named;
        let time_left_ms = match call.deadline {
            Some(deadline) => deadline.saturating_sub(self.now),
            None => sandbox::UNLIMITED,
        };
        let eval = Eval {
            call: id,
            parent: call.parent,
            run: context.run,
            principals: context.principals.clone(),
            tokens: context.tokens.to_vec(),
            budget: call.budget,
            time_left_ms,
            lease_ms: LEASE_MS,
            trace: context.trace,
            node: target.id,
            origin: context.origin,
            cluster: context.cluster.to_vec(),
            hints,
            output_seen,
            row: call.expression.row.to_vec(),
            root: call.expression.root.clone(),
        };
        self.send(target.host, &Message::Eval(Box::new(eval)));
    }

    /// The peer is connected (again): tell it what is wanted of it.
    pub(super) fn resume_calls(&mut self, peer: HostKey, incarnation: u64) {
        let mine = self.calls.iter().filter(|(_, call)| call.target.host == peer);
        let mine: Vec<(CallId, Option<u64>)> = mine.map(|(id, call)| (*id, call.sent)).collect();
        for (id, sent) in mine {
            if sent.is_none_or(|sent| sent == incarnation) {
                self.post_eval(id);
            } else {
                let target = self.calls[&id].target;
                let failure = Failure::Restarted { node: self.name(target) };
                self.fail_call(id, failure);
            }
        }
    }

    /// The peer cannot be had.
    pub(super) fn fail_calls(&mut self, peer: HostKey, error: &CommandError) {
        let mine: Vec<CallId> =
            self.calls.iter().filter(|(_, call)| call.target.host == peer).map(|(id, _)| *id).collect();
        for id in mine {
            let call = &self.calls[&id];
            let (node, started) = (self.name(call.target), call.sent.is_some());
            let failure = match error {
                CommandError::Refused(Refusal::Full) => Failure::Busy { node },
                CommandError::Refused(refusal) => Failure::Denied { node, what: refusal.to_string() },
                CommandError::TimedOut => Failure::TimedOut { node, progress: Progress::of(started) },
                other => Failure::unreachable(node, started, other.to_string()),
            };
            self.fail_call(id, failure);
        }
    }

    /// The value that it is about, and its context.
    pub(super) fn value_of_call(&self, id: CallId) -> Option<(Portable, Arc<Context>)> {
        let call = self.calls.get(&id)?;
        Some((call.expression.root.value()?.clone(), call.context.clone()))
    }

    pub(super) fn fail_call(&mut self, id: CallId, failure: Failure) {
        let Some(call) = self.remove_call(id) else { return };
        self.forget_transfer((call.target.host, id, Subject::Result));
        self.work.push_back(Work::deliver(call.waiter, Outcome::Failed(failure), call.budget));
    }

    pub(super) fn done(&mut self, peer: HostKey, id: CallId, hints: &Hints, mut ended: Ended) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.target.host == peer) else {
            // It was cancelled, or the acknowledgement was lost.
            return self.send(peer, &Message::Ack { call: id });
        };
        if call.ended.is_some() {
            return;
        }
        self.book.take(hints);
        let named = ended.end.value().map_or(Ok(Vec::new()), |value| named(value).map(|named| named.hashes));
        let named = named.unwrap_or_else(|error| {
            let node = self.book.name(call.target);
            let what = format!("its answer is malformed: {error}");
            ended.end = End::Ended(Failure::Fault { node, what }.into());
            Vec::new()
        });
        call.ended = Some(ended);
        self.begin_transfer((peer, id, Subject::Result), named);
    }

    /// What the outcome names is here, or cannot be had.
    pub(super) fn result_transferred(&mut self, id: CallId, result: Result<(), Failure>) {
        let Some(ended) = self.calls.get_mut(&id).and_then(|call| call.ended.as_mut()) else { return };
        ended.complete = true;
        if let Err(failure) = result {
            ended.end = End::Ended(failure.into());
        }
        self.conclude(id);
    }

    /// If the outcome and all output before it have come: that is the end of the call.
    pub(super) fn conclude(&mut self, id: CallId) {
        if !self.calls.get(&id).is_some_and(|call| call.is_whole()) {
            return;
        }
        let call = self.remove_call(id).expect("looked up above");
        let ended = call.ended.expect("just seen");
        self.send(call.target.host, &Message::Ack { call: id });
        if ended.rest {
            self.ask_for_rest(id, call.target, call.context.clone());
        }
        let left = ended.left.min(call.budget);
        let Call { waiter, context, deadline, target, .. } = *call;
        let (onward, context) = match ended.end {
            End::Ended(ending) => return self.work.push_back(Work::deliver(waiter, ending, ended.left)),
            End::Requested(request) => (Onward::Request { node: target, request, rest: None }, Ok(context)),
            End::Kept(handle, bytes, request) => {
                let rest = Some(Left::Kept(handle, bytes));
                (Onward::Request { node: target, request, rest }, Ok(context))
            }
            End::Moved(to, rest) => {
                (Onward::Move { to, rest }, self.on_behalf_of(context, ended.speaker, target.host, to))
            }
        };
        self.work.push_back(match context {
            Ok(context) => Work::HandOver(Box::new(Journey { waiter, onward, context, deadline, left })),
            Err(failure) => Work::deliver(waiter, Outcome::Failed(failure), left),
        });
    }

    pub(super) fn cancel_call(&mut self, id: CallId) {
        let to = self.calls.get(&id).filter(|call| call.sent.is_some()).map(|call| call.target.host);
        self.drop_call(id);
        to.into_iter().for_each(|peer| self.send_cancellation(peer, Message::Cancel { call: id }));
    }

    /// Its outcome is not wanted any more, and the callee knows.
    pub(super) fn drop_call(&mut self, id: CallId) {
        if let Some(call) = self.remove_call(id) {
            self.forget_transfer((call.target.host, id, Subject::Result));
        }
    }

    fn remove_call(&mut self, id: CallId) -> Option<Box<Call>> {
        self.call_ends(id);
        let call = self.calls.remove(&id)?;
        if call.sent.is_none() {
            self.value_left(call.target.host, call.expression.root.bytes());
        }
        self.forget_supply((call.target.host, id, Subject::Root));
        self.end_holds(Holder::Call(id));
        if call.is_rest() {
            self.futures.parts.remove(call.context.leader);
        }
        if let Waiter::Sent(peer, bytes) = call.waiter {
            self.channels.settled(peer, bytes);
        }
        Some(call)
    }

    /// The callee's Need is about the root.
    pub(super) fn pinned_by_call(&self, peer: HostKey, id: CallId) -> Option<Vec<base::Hash>> {
        let call = self.calls.get(&id).filter(|call| call.target.host == peer)?;
        Some(call.pinned.clone())
    }
}

/// The hashes that an end names.
pub(super) fn named_by(end: &End) -> Vec<base::Hash> {
    end.value().and_then(|value| named(value).ok()).map(|named| named.hashes).unwrap_or_default()
}

//! What tasks ask of their host: evaluation elsewhere, where they are, and effects.

use super::*;
use crate::host::channels::Channel;
use crate::host::failures::Catch;
use crate::host::futures::FutureRef;
use crate::host::tasks::State;
use crate::message::{Inquiry, Root, Stream};
use builtin::{Builtin, BuiltinType};
use kernel::TypeRef;
use machine::{Answer, Datum, HostRequest, Portable};
use sandbox::Resource;

impl Host {
    pub(super) fn requested(&mut self, id: TaskId, request: HostRequest) {
        let builtin = request.builtin;
        if self.may_request(id, builtin) && self.answer(id, request).is_none() {
            self.given_else(id, builtin);
        }
    }

    /// As [`Host::requested`], of `await` and `await!`.
    pub(super) fn awaits(&mut self, id: TaskId, awaited: machine::Await) {
        let builtin = if awaited.catches { Builtin::RemoteBangAwait } else { Builtin::RemoteAwait };
        if !self.may_request(id, builtin) {
            return;
        }
        let machine::Await { future: (home, incarnation, name), limit_ms, catches } = awaited;
        let Some(home) = NodeId::from_bytes(&home) else { return self.given_else(id, builtin) };
        let future = FutureRef { home, incarnation, id: FutureId(name) };
        let may_be_local = limit_ms == futures::NO_LIMIT_MS && self.is_of_this_process(future);
        if may_be_local && self.await_alone(id, future.id, catches) {
            return;
        }
        self.ask_future(id, future, Inquiry::Await(limit_ms), catches.then_some(Catch::Either));
    }

    /// Charges for a request. False: it is denied, or one too many, and the task is over.
    fn may_request(&mut self, id: TaskId, builtin: Builtin) -> bool {
        let Some(task) = self.tasks.get_mut(&id) else { return false };
        if !task.context.policy.allows(builtin) {
            let node = task.node;
            let failure = Failure::Denied { node: self.name(node), what: builtin.name().into() };
            self.fail_task(id, failure);
            return false;
        }
        if let Err(resource) = task.ledger.spend(Resource::Messages, 1) {
            self.out_of(id, resource);
            return false;
        }
        true
    }

    fn given_else(&mut self, id: TaskId, builtin: Builtin) {
        let failure = self.fault([0; 16], format!("{} was given something else than its types say", builtin.name()));
        self.fail_task(id, failure);
    }

    /// None: the arguments are not of the builtin's types, which only code does that was never checked.
    fn answer(&mut self, id: TaskId, request: HostRequest) -> Option<()> {
        let args = &request.args;
        match request.builtin {
            Builtin::RemoteAt => {
                let root = Root::Value(thunk_of(args.get(2)?)?);
                self.at(id, node_of(args.get(1)?)?, Expression { root, row: row_of(args.first()?)? });
            }
            Builtin::RemoteResume => {
                let node = node_of(args.get(1)?)?;
                let root = match args.get(3) {
                    None => Root::Apply(thunk_of(args.get(2)?)?),
                    Some(answer) => Root::Resume(kept::handle_of(args.get(2)?, node.host)?, thunk_of(answer)?),
                };
                self.at(id, node, Expression { root, row: row_of(args.first()?)? });
            }
            Builtin::RemoteTransfer => self.transfer(id, node_of(args.first()?)?),
            Builtin::RemoteSpawn => {
                let root = Root::Value(thunk_of(args.get(2)?)?);
                self.spawn(id, node_of(args.get(1)?)?, root);
            }
            Builtin::RemoteSupervise => {
                let root = Root::Value(thunk_of(args.first()?)?);
                self.spawn(id, self.tasks.get(&id)?.node, root);
            }
            // Of a future they are requests of their own.
            Builtin::RemoteAwait | Builtin::RemoteBangAwait => return None,
            Builtin::RemoteBangTrail => {
                let (future, limit_ms) = future_of(args.first()?)?;
                self.ask_future(id, future, Inquiry::Await(limit_ms), Some(Catch::Trail));
            }
            Builtin::RemoteBangExplain => {
                let (future, limit_ms) = future_of(args.first()?)?;
                self.ask_future(id, future, Inquiry::Await(limit_ms), Some(Catch::Explain));
            }
            Builtin::RemoteBangCancel => {
                self.ask_future(id, future_of(args.first()?)?.0, Inquiry::Cancel, Some(Catch::Nothing));
            }
            Builtin::RemoteBangStatus => {
                self.ask_future(id, future_of(args.first()?)?.0, Inquiry::Status, Some(Catch::Status));
            }
            Builtin::RemoteBangDetach => {
                self.ask_future(id, future_of(args.first()?)?.0, Inquiry::Detach, Some(Catch::Nothing));
            }
            Builtin::RemoteBangProvision => {
                let node = node_datum(self.provision());
                self.resume(id, Answer::Value(node));
            }
            Builtin::RemoteBangLoad => {
                let load = self.load.percentage(self.now);
                self.resume(id, Answer::Value(Datum::Float(load)));
            }
            Builtin::RemoteBangChannel => self.new_channel(id, args.first()?)?,
            Builtin::RemoteBangListen => self.listen(id, &Channel::of(args.first()?)?),
            Builtin::RemoteBangSend => {
                let (target, channel) = (node_of(args.first()?)?, Channel::of(args.get(1)?)?);
                self.send_message(id, target, &channel, thunk_of(args.get(2)?)?);
            }
            Builtin::RemoteBangDeliver => {
                let (target, channel) = (node_of(args.first()?)?, Channel::of(args.get(1)?)?);
                self.spawn(id, target, Root::Message(channel.id, channel.element, thunk_of(args.get(2)?)?));
            }
            Builtin::RemoteFail => self.fail_with(id, args.first()?)?,
            Builtin::RemoteHere => {
                let node = self.node_value(self.tasks.get(&id)?.node);
                self.resume(id, Answer::Value(node));
            }
            Builtin::RemoteOrigin => {
                let origin = self.tasks.get(&id)?.context.origin;
                self.resume(id, Answer::Value(node_datum(origin)));
            }
            Builtin::RemoteNodes => {
                let nodes = self.nodes_of(id, args.first()?)?;
                self.resume(id, Answer::Value(Datum::List(nodes.into_iter().map(node_datum).collect())));
            }
            Builtin::IoPrintLine => self.print(id, Stream::Out, format!("{}\n", text_of(args.first()?)?)),
            Builtin::IoPrint => self.print(id, Stream::Out, text_of(args.first()?)?.to_string()),
            Builtin::IoPrintError => self.print(id, Stream::Error, text_of(args.first()?)?.to_string()),
            Builtin::IoGetArgs => self.ask_user(id, Question::Arguments),
            Builtin::IoReadLine => self.ask_user(id, Question::ReadLine),
            Builtin::IoSleep | Builtin::RemoteBangSleep => self.sleep(id, nat_of(args.first()?)?),
            _ => self.perform(id, request),
        }
        Some(())
    }

    /// The nodes of a cluster: those that the run was started with, or those of this host.
    fn nodes_of(&self, id: TaskId, cluster: &Datum) -> Option<Vec<NodeId>> {
        match fields(cluster, BuiltinType::Cluster)? {
            [Datum::Nat(0)] => Some(self.tasks.get(&id)?.context.cluster.to_vec()),
            [Datum::Nat(1)] => {
                let nodes = self.config.nodes.min(LISTED_NODES_MAX);
                Some((0..nodes).map(|n| NodeId::numbered(self.config.key, n)).collect())
            }
            _ => None,
        }
    }

    /// A node as programs name it.
    pub(super) fn node_value(&mut self, node: NodeId) -> Datum {
        match &self.named {
            Some((named, datum)) if *named == node => datum.clone(),
            _ => {
                let datum = node_datum(node);
                self.named = Some((node, datum.clone()));
                datum
            }
        }
    }

    /// One more node of this host. It is a number until something is evaluated there.
    fn provision(&mut self) -> NodeId {
        let node = NodeId::numbered(self.config.key, self.config.nodes);
        self.config.nodes += 1;
        node
    }

    /// `at`: the task waits until the expression was evaluated there. Everything that is left of its budget goes along.
    fn at(&mut self, id: TaskId, target: NodeId, expression: Expression) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let reserved = match task.ledger.reserve(1) {
            Ok(reserved) => reserved,
            Err(resource) => return self.out_of(id, resource),
        };
        task.wait(None, Some(&reserved), None);
        task.let_through(&expression.row);
        let (context, deadline) = (task.context.clone(), task.deadline());
        match self.evaluate(target, expression, context, reserved, deadline, Waiter::Task(id)) {
            Ok(child) => {
                if let Some(task) = self.tasks.get_mut(&id) {
                    task.state = State::Child(child);
                }
            }
            Err(failure) => self.fail_task(id, failure),
        }
    }

    fn print(&mut self, id: TaskId, stream: Stream, text: String) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        let leader = task.context.leader;
        if self.emit(leader, stream, &text) {
            return self.resume(id, Answer::Value(Datum::unit()));
        }
        if let Some(task) = self.tasks.get_mut(&id) {
            task.state = State::Output;
        }
        self.block(leader, console::Blocked::Task(id));
    }

    fn sleep(&mut self, id: TaskId, us: u64) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.state = State::Effect;
        self.timers.set(self.now.saturating_add(us.div_ceil(1_000)), Timer::Wake(id));
    }

    pub(super) fn ask_user(&mut self, id: TaskId, question: Question) {
        let Some(task) = self.tasks.get_mut(&id) else { return };
        task.state = State::Effect;
        let leader = task.context.leader;
        self.ask(leader, question, AskReturn::Task(id));
    }
}

pub(super) fn fields(datum: &Datum, ty: BuiltinType) -> Option<&[Datum]> {
    match datum {
        Datum::Constructed(TypeRef::Builtin(found), 0, fields) if *found == ty => Some(fields),
        _ => None,
    }
}

pub(super) fn node_datum(node: NodeId) -> Datum {
    Datum::builtin(BuiltinType::Node, 0, vec![Datum::Bytes(node.to_bytes().as_slice().into())])
}

pub(super) fn node_of(datum: &Datum) -> Option<NodeId> {
    match fields(datum, BuiltinType::Node)? {
        [Datum::Bytes(bytes)] => NodeId::from_bytes(bytes),
        _ => None,
    }
}

/// A future, and its limit in milliseconds.
pub(super) fn future_of(datum: &Datum) -> Option<(FutureRef, u64)> {
    match fields(datum, BuiltinType::Future)? {
        [node, Datum::Nat(incarnation), Datum::Bytes(id), Datum::Nat(limit_ms)] => {
            let id = FutureId(id.as_ref().try_into().ok()?);
            Some((FutureRef { home: node_of(node)?, incarnation: *incarnation, id }, *limit_ms))
        }
        _ => None,
    }
}

fn text_of(datum: &Datum) -> Option<&str> {
    match datum {
        Datum::Text(text) => Some(text),
        _ => None,
    }
}

fn nat_of(datum: &Datum) -> Option<u64> {
    match datum {
        Datum::Nat(n) => Some(*n),
        _ => None,
    }
}

fn row_of(datum: &Datum) -> Option<Arc<[TypeRef]>> {
    match datum {
        Datum::Row(row) if row.len() <= ROW_MAX && !row.iter().any(|ty| matches!(ty, TypeRef::Cycle(_))) => {
            Some(row.as_slice().into())
        }
        _ => None,
    }
}

fn thunk_of(datum: &Datum) -> Option<Portable> {
    match datum {
        Datum::Opaque(value) => Some(value.clone()),
        _ => None,
    }
}

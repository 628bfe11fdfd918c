//! Channels: who listens at this host, and messages for them.
//!
//! A channel is a key and its hash, made up by a task; no host keeps anything of it until somebody listens, and then only the listener: a future without an evaluation, whose outcome is the
//! next message. A message is a request like an evaluation, so that it is identified, arrives with all that it names, and is taken once; if nobody listens, it is dropped before
//! anything of it but its header is looked at.

use super::*;
use crate::message::{ChannelId, Root};
use builtin::BuiltinType;
use machine::{Answer, ChannelKey, Datum, Portable};
use std::collections::btree_map::Entry;

/// A channel at one of the nodes.
pub(super) type Destination = ([u8; 16], ChannelId);

/// A destination and the number of a listener there: lower ones have listened for longer.
pub(super) type Seat = (Destination, u64);

/// The listeners of a host.
#[derive(Default, Debug)]
pub(super) struct Channels {
    listeners: BTreeMap<Destination, Listeners>,
    /// Seats that were given away.
    seats: u64,
    /// Messages and their bytes that were sent to each peer without anybody waiting.
    under_way: BTreeMap<HostKey, (usize, u64)>,
    pub dropped: u64,
    pub keys: Keys,
}

/// Of one channel at one node, by their numbers. Most channels have one.
#[derive(Debug)]
enum Listeners {
    One(u64, Listener),
    /// Ascending.
    Several(VecDeque<(u64, Listener)>),
}

impl Listeners {
    fn first(&self) -> Option<&Listener> {
        match self {
            Listeners::One(_, listener) => Some(listener),
            Listeners::Several(all) => all.front().map(|(_, listener)| listener),
        }
    }

    fn add(&mut self, number: u64, listener: Listener) {
        match self {
            Listeners::Several(all) => all.push_back((number, listener)),
            Listeners::One(first, one) => {
                *self = Listeners::Several(VecDeque::from([(*first, *one), (number, listener)]));
            }
        }
    }

    /// Whether nobody is left.
    fn remove(&mut self, number: u64) -> bool {
        match self {
            Listeners::One(one, _) => *one == number,
            Listeners::Several(all) => {
                match all.front() {
                    Some((first, _)) if *first == number => _ = all.pop_front(),
                    _ => all
                        .binary_search_by_key(&number, |(other, _)| *other)
                        .ok()
                        .into_iter()
                        .for_each(|at| _ = all.remove(at)),
                }
                all.is_empty()
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Listener {
    pub future: FutureId,
    /// The hash of the type that it expects, if that is known.
    pub element: Option<base::Hash>,
}

/// A channel as a program holds it.
pub(super) struct Channel {
    pub id: ChannelId,
    key: ChannelKey,
    pub element: Option<base::Hash>,
}

impl Channel {
    pub fn of(datum: &Datum) -> Option<Channel> {
        let [Datum::Bytes(id), Datum::Bytes(key), Datum::Bytes(element)] =
            requests::fields(datum, BuiltinType::Channel)?
        else {
            return None;
        };
        let element = element_of(element)?;
        Some(Channel { id: ChannelId(id.as_ref().try_into().ok()?), key: key.as_ref().into(), element })
    }

    /// As a task has it that says so itself.
    pub fn named(name: machine::ChannelName) -> Channel {
        Channel { id: ChannelId(name.id), key: name.key, element: name.element.map(base::Hash) }
    }

    /// Whether it has the key, and this does not belong to another node.
    pub fn permits_listening(&self, node: NodeId, known: &mut Keys) -> bool {
        let fits = match &self.key {
            ChannelKey::Drawn(_) => true,
            ChannelKey::Made(key) => key.starts_with(&node.to_bytes()),
        };
        fits && known.opens(&self.key, self.id)
    }
}

/// Keys that are known to be those of their channels: the last ones, since whoever listens once does so again.
#[derive(Default, Debug)]
pub(super) struct Keys([Option<(ChannelKey, ChannelId)>; 16]);

impl Keys {
    /// Whether this is the key of a channel.
    fn opens(&mut self, key: &ChannelKey, id: ChannelId) -> bool {
        let known = &mut self.0[id.0[0] as usize % 16];
        if known.as_ref().is_some_and(|known| known.1 == id && known.0 == *key) {
            return true;
        }
        let opens = blake3::derive_key(machine::CHANNEL_CONTEXT, key.bytes()) == id.0;
        if opens {
            *known = Some((key.clone(), id));
        }
        opens
    }
}

/// The hash of a type, if there is one. None: it is something else.
fn element_of(bytes: &[u8]) -> Option<Option<base::Hash>> {
    match bytes {
        [] => Some(None),
        hash => Some(Some(base::Hash(hash.try_into().ok()?))),
    }
}

impl Channels {
    pub fn seat(&mut self, destination: Destination) -> Seat {
        self.seats += 1;
        (destination, self.seats)
    }

    /// Whoever sits there does not listen any more.
    pub fn leave(&mut self, seat: Seat) {
        if let Entry::Occupied(mut listeners) = self.listeners.entry(seat.0)
            && listeners.get_mut().remove(seat.1)
        {
            listeners.remove();
        }
    }

    /// Seats are taken in the order in which they were given away.
    pub fn sit(&mut self, seat: Seat, listener: Listener) {
        match self.listeners.entry(seat.0) {
            Entry::Occupied(mut listeners) => listeners.get_mut().add(seat.1, listener),
            Entry::Vacant(nobody) => _ = nobody.insert(Listeners::One(seat.1, listener)),
        }
    }

    /// Who has listened for longest.
    fn first(&self, destination: Destination) -> Option<&Listener> {
        self.listeners.get(&destination)?.first()
    }

    /// Whether there is room for one more message to a peer.
    fn admit(&mut self, peer: HostKey, bytes: u64) -> bool {
        let (messages, sum) = self.under_way.entry(peer).or_default();
        let fits = *messages < SENDS_PER_PEER_MAX && *sum + bytes <= SENDS_BYTES_MAX;
        if fits {
            (*messages, *sum) = (*messages + 1, *sum + bytes);
        }
        fits
    }

    /// A message to a peer is not under way any more.
    pub fn settled(&mut self, peer: HostKey, bytes: u64) {
        let Some((messages, sum)) = self.under_way.get_mut(&peer) else { return };
        (*messages, *sum) = (*messages - 1, *sum - bytes);
        if *messages == 0 {
            self.under_way.remove(&peer);
        }
    }
}

impl Host {
    /// `channel`: a key that nobody can guess, and the hash of the type of what is sent, if that is known. None: it is no hash.
    pub(super) fn new_channel(&mut self, id: TaskId, element: &Datum) -> Option<()> {
        let Datum::Bytes(element) = element else { return None };
        element_of(element)?;
        let key: [u8; 32] = self.entropy.draw();
        let hash = blake3::derive_key(machine::CHANNEL_CONTEXT, &key);
        let bytes = |bytes: &[u8]| Datum::Bytes(bytes.into());
        let channel =
            Datum::builtin(BuiltinType::Channel, 0, vec![bytes(&hash), bytes(&key), Datum::Bytes(element.clone())]);
        self.resume(id, Answer::Value(channel));
        Some(())
    }

    /// `listen`: the task goes on at once with the future of the next message.
    pub(super) fn listen(&mut self, id: TaskId, channel: &Channel) {
        let future = self.name_future();
        if self.seat_listener(id, future, channel) {
            let value = self.future_value(id, future);
            self.resume(id, Answer::Value(value));
        }
    }

    /// The task listens, with a name for the future of the next message. False: it is over.
    pub(super) fn seat_listener(&mut self, id: TaskId, future: FutureId, channel: &Channel) -> bool {
        let node = self.tasks.get(&id).map_or(self.own([0; 16]), |task| task.node);
        let seat = self.channels.seat((node.id, channel.id));
        if !self.new_future(id, future, Some(seat)) {
            return false;
        }
        if channel.permits_listening(node, &mut self.channels.keys) {
            self.channels.sit(seat, Listener { future, element: channel.element });
        } else {
            let what = "listening to a channel without its key".into();
            let failure = Failure::Denied { node: self.name(node), what };
            self.work.push_back(Work::deliver(Waiter::Future(future), Outcome::Failed(failure), Budget::DEFAULT));
        }
        true
    }

    /// `send`: the task goes on at once, whatever becomes of the message.
    pub(super) fn send_message(&mut self, id: TaskId, target: NodeId, channel: &Channel, value: Portable) {
        self.post_message(id, target, Root::Message(channel.id, channel.element, value));
        self.resume(id, Answer::Value(Datum::unit()));
    }

    /// A message of a task, which learns nothing of what becomes of it.
    pub(super) fn post_message(&mut self, id: TaskId, target: NodeId, root: Root) {
        let Some(task) = self.tasks.get(&id) else { return };
        let (context, budget, deadline) = (task.context.clone(), task.ledger.left(), task.deadline());
        let remote = target.host != self.config.key;
        let bytes = if remote { root.bytes() as u64 } else { 0 };
        if remote && !self.channels.admit(target.host, bytes) {
            self.channels.dropped += 1;
            return;
        }
        let waiter = Waiter::Sent(target.host, bytes);
        if let Err(failure) = self.evaluate(target, root.into(), context, budget, deadline, waiter) {
            if remote {
                self.channels.settled(target.host, bytes);
            }
            self.message_ended(&Outcome::Failed(failure));
        }
    }

    /// What became of a message that nobody waits for. Whoever had no listener for it has counted it.
    pub(super) fn message_ended(&mut self, outcome: &Outcome) {
        if !matches!(outcome, Outcome::Returned(_) | Outcome::Failed(Failure::NoListener { .. })) {
            self.channels.dropped += 1;
        }
    }

    /// Whether a message would find somebody. If not, it is counted.
    pub(super) fn is_listened_to(&mut self, destination: Destination) -> bool {
        let found = self.channels.first(destination).is_some();
        self.channels.dropped += u64::from(!found);
        found
    }

    /// A message for this host, with all that it names: whoever has listened for longest takes it.
    pub(super) fn take_message(
        &mut self,
        node: NodeId,
        channel: ChannelId,
        element: Option<base::Hash>,
        value: &Portable,
        waiter: Waiter,
        budget: Budget,
    ) -> Result<Option<Child>, Failure> {
        let destination = (node.id, channel);
        let Some(listener) = self.channels.first(destination) else {
            self.channels.dropped += 1;
            return Err(Failure::NoListener { node: self.name(node) });
        };
        let (future, expected) = (listener.future, listener.element);
        if expected.zip(element).is_some_and(|(expected, found)| expected != found) {
            self.channels.dropped += 1;
            let what = "the message is not of the type of the channel".into();
            return Err(Failure::Denied { node: self.name(node), what });
        }
        if !self.comes_alone(future, value) {
            self.future_ended(future, Outcome::Returned(value.clone()), Budget::DEFAULT);
        }
        if !matches!(waiter, Waiter::Sent(host, _) if host == self.config.key) {
            self.work.push_back(Work::deliver(waiter, Outcome::Returned(futures::unit()), budget));
        }
        Ok(None)
    }
}

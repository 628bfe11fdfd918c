//! What a task does without its host: requests whose answers need nobody else.
//!
//! A host lends a desk along with a slice. On it are names for what the task may make (futures, channels), and what futures of the task have come to. The task answers what it can from that and
//! notes what it has done; the host does the same to its own tables when the slice is over, before anything else. So a message costs its host no turn, and the host alone knows what exists.
//!
//! Nothing of it reaches beyond this process: what is sent or evaluated elsewhere, or is large, is a request as ever.
//!
//! **Invariant:** an answer is the one that the host would have given, and notices are in the order of the requests. A name that is not taken is not used.

use crate::blob::Blob;
use crate::control::Core;
use crate::heap::{FutureId, Heap};
use crate::machine::{DescRef, Machine};
use crate::portable::{self, FutureName, Reach};
use crate::word::Word;
use crate::{CHANNEL_CONTEXT, Portable};
use builtin::Builtin;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

/// See the module.
#[derive(Default)]
pub struct Desk {
    /// The node where the task is, as its name says, and as values share it.
    node: Option<(Name, Arc<Blob>)>,
    /// Of the process.
    incarnation: u64,
    futures: Vec<FutureId>,
    keys: Vec<[u8; 32]>,
    /// What futures of the task have come to, for which it has not asked.
    pub arrived: Arrived,
    notices: Vec<Notice>,
    /// Of the values in notices.
    bytes: usize,
    requests: u64,
}

/// Values of futures. Their names are drawn by the host, so that they are as good as hashes of them.
#[expect(clippy::disallowed_types, reason = "the hash is fixed, and the order of what is in it shows nowhere")]
pub type Arrived = std::collections::HashMap<[u8; 16], Portable, BuildHasherDefault<Drawn>>;

/// Takes the end of a name for its hash.
#[derive(Default, Debug)]
pub struct Drawn(u64);

impl Hasher for Drawn {
    fn write(&mut self, bytes: &[u8]) {
        self.0 ^= bytes.last_chunk().map_or(0, |last| u64::from_ne_bytes(*last));
    }

    /// The length of the name, which is always the same.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A node: its host's key, and its own id.
type Name = [u8; 48];

/// What a task has done, for its host to do the same.
#[derive(Debug)]
pub enum Notice {
    /// `listen`: the future is that of the next message.
    Listen { future: [u8; 16], channel: ChannelName },
    /// `send`, to a node of this host.
    Send { to: Addressee, value: Portable },
    /// `deliver`, to a node of this host.
    Deliver { future: [u8; 16], to: Addressee, value: Portable },
    /// `at'`, at a node of this host; none: where the task is.
    Spawn { future: [u8; 16], node: Option<[u8; 16]>, thunk: Portable },
    /// `detach`, of a future that was just made by `Spawn`.
    Detach { future: [u8; 16] },
}

/// Where a message goes: a node of this host, and a channel there.
#[derive(Clone, Copy, Debug)]
pub struct Addressee {
    pub node: [u8; 16],
    pub channel: [u8; 32],
    /// The hash of the type of what is sent, if that is known.
    pub element: Option<[u8; 32]>,
}

/// A channel as a program holds it.
#[derive(Clone, Debug)]
pub struct ChannelName {
    pub id: [u8; 32],
    pub key: ChannelKey,
    /// The hash of the type of what is sent, if that is known.
    pub element: Option<[u8; 32]>,
}

/// The key of a channel. One that belongs to a node begins with that node's name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ChannelKey {
    /// Drawn by a host.
    Drawn([u8; 32]),
    /// Made by a program, or none.
    Made(Arc<[u8]>),
}

impl ChannelKey {
    pub fn bytes(&self) -> &[u8] {
        match self {
            ChannelKey::Drawn(key) => key,
            ChannelKey::Made(key) => key,
        }
    }
}

impl From<&[u8]> for ChannelKey {
    fn from(bytes: &[u8]) -> ChannelKey {
        bytes.try_into().map_or_else(|_| ChannelKey::Made(bytes.into()), ChannelKey::Drawn)
    }
}

/// What a task waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Await {
    pub future: FutureName,
    pub limit_ms: u64,
    /// Failures are told as a `Left`.
    pub catches: bool,
}

impl Notice {
    /// The name that it takes.
    pub fn future(&self) -> Option<[u8; 16]> {
        match self {
            Notice::Listen { future, .. } | Notice::Deliver { future, .. } | Notice::Spawn { future, .. } => {
                Some(*future)
            }
            Notice::Send { .. } | Notice::Detach { .. } => None,
        }
    }
}

/// Requests that are answered here in one slice: then the host has a turn, since it is for it to say how much may be made and how long others wait.
const REQUESTS_MAX: u64 = 512;
/// Bytes of a value in a notice, and of those of a slice: larger ones are for the host, which counts them.
const VALUE_BYTES_MAX: u64 = 16 << 10;
const VALUES_BYTES_MAX: usize = 512 << 10;
/// The limit of a future that has none.
const NO_LIMIT_MS: u64 = u64::MAX;

impl Desk {
    /// For a task at this node, of a process of this incarnation.
    pub fn put_at(&mut self, node: [u8; 48], incarnation: u64) {
        self.incarnation = incarnation;
        if self.node.as_ref().is_none_or(|(name, _)| *name != node) {
            self.node = Some((node, Arc::new(Blob::Bytes(node.as_slice().into()))));
        }
    }

    /// How many names of futures, and of channels, are left.
    pub fn names_left(&self) -> (usize, usize) {
        (self.futures.len(), self.keys.len())
    }

    /// One more name that nobody has.
    pub fn add_future(&mut self, name: [u8; 16]) {
        self.futures.push(name);
    }

    /// One more key that nobody has.
    pub fn add_key(&mut self, key: [u8; 32]) {
        self.keys.push(key);
    }

    /// What was done. Nothing was, from then on.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        (self.bytes, self.requests) = (0, 0);
        std::mem::take(&mut self.notices)
    }

    /// What follows is noted there, where something else was.
    pub fn reuse(&mut self, mut notices: Vec<Notice>) {
        notices.clear();
        self.notices = notices;
    }

    /// The answer to a request whose arguments stand at the base; none if it is for the host.
    pub(crate) fn answer(&mut self, builtin: Builtin, core: &mut Core) -> Option<Word> {
        if self.requests >= REQUESTS_MAX {
            return None;
        }
        let answer = match builtin {
            Builtin::RemoteHere => self.here(core),
            Builtin::RemoteBangChannel => self.channel(core),
            Builtin::RemoteBangListen => self.listen(core),
            Builtin::RemoteBangSend => self.send(core),
            Builtin::RemoteBangDeliver => self.deliver(core),
            Builtin::RemoteSpawn => self.spawn(Some(argument(core, 1)), argument(core, 2), core),
            Builtin::RemoteSupervise => self.spawn(None, argument(core, 0), core),
            Builtin::RemoteBangDetach => self.detach(core),
            Builtin::RemoteAwait => self.awaited(core),
            Builtin::RemoteBangAwait => {
                let value = self.awaited(core)?;
                Some(core.heap.constructed(core.machine.known.right, &[value.0]))
            }
            _ => None,
        };
        self.requests += u64::from(answer.is_some());
        answer
    }

    fn here(&self, core: &mut Core) -> Option<Word> {
        let (name, blob) = self.node.as_ref()?;
        Some(core.heap.node_here(core.machine.known.node, blob, name.len()))
    }

    /// A future of this node.
    fn future(&self, id: FutureId, core: &mut Core) -> Option<Word> {
        let node = self.here(core)?;
        let id = core.heap.name(&id);
        Some(core.heap.constructed(core.machine.known.future, &[node.0, self.incarnation, id.0, NO_LIMIT_MS]))
    }

    fn channel(&mut self, core: &mut Core) -> Option<Word> {
        let element = argument(core, 0);
        element_of(core.heap.as_bytes(element)?)?;
        let key = self.keys.pop()?;
        let id = blake3::derive_key(CHANNEL_CONTEXT, &key);
        let [id, key] = [id, key].map(|bytes| core.heap.name(&bytes).0);
        Some(core.heap.constructed(core.machine.known.channel, &[id, key, element.0]))
    }

    fn listen(&mut self, core: &mut Core) -> Option<Word> {
        let channel = channel_of(argument(core, 0), &core.heap, &core.machine)?;
        let future = *self.futures.last()?;
        let answer = self.future(future, core)?;
        self.note(Notice::Listen { future, channel });
        Some(answer)
    }

    fn send(&mut self, core: &mut Core) -> Option<Word> {
        let to = self.addressee(core)?;
        let value = self.value(argument(core, 2), core, Reach::Near)?;
        self.note(Notice::Send { to, value });
        Some(Word::constant(core.machine.known.unit))
    }

    fn deliver(&mut self, core: &mut Core) -> Option<Word> {
        let to = self.addressee(core)?;
        let future = *self.futures.last()?;
        let value = self.value(argument(core, 2), core, Reach::Near)?;
        let answer = self.future(future, core)?;
        self.note(Notice::Deliver { future, to, value });
        Some(answer)
    }

    fn spawn(&mut self, node: Option<Word>, thunk: Word, core: &mut Core) -> Option<Word> {
        let node = match node {
            Some(node) => Some(self.own_node(node, &core.heap, &core.machine)?),
            None => None,
        };
        thunk.as_function()?;
        let future = *self.futures.last()?;
        let thunk = self.value(thunk, core, Reach::Here)?;
        let answer = self.future(future, core)?;
        self.note(Notice::Spawn { future, node, thunk });
        Some(answer)
    }

    fn detach(&mut self, core: &mut Core) -> Option<Word> {
        let ((node, incarnation, future), _) = future_of(argument(core, 0), &core.heap, &core.machine)?;
        let is_new = |notice: &Notice| matches!(notice, Notice::Spawn { future: new, .. } if *new == future);
        if !self.is_own(&node, incarnation) || !self.notices.iter().rev().any(is_new) {
            return None;
        }
        self.note(Notice::Detach { future });
        Some(Word::constant(core.machine.known.unit))
    }

    fn awaited(&mut self, core: &mut Core) -> Option<Word> {
        if self.arrived.is_empty() {
            return None;
        }
        let ((node, incarnation, future), _) = future_of(argument(core, 0), &core.heap, &core.machine)?;
        if !self.is_own(&node, incarnation) {
            return None;
        }
        // If it cannot be read now, the host is asked for it.
        let value = self.arrived.remove(&future)?;
        portable::read(&value, &mut core.heap, &core.machine).ok()
    }

    /// Where a message is to go, if that is here.
    fn addressee(&self, core: &Core) -> Option<Addressee> {
        let node = self.own_node(argument(core, 0), &core.heap, &core.machine)?;
        let channel = constructed(argument(core, 1), core.machine.known.channel)?;
        let [id, element] = [0, 2].map(|field| bytes_at(channel, field, &core.heap));
        Some(Addressee { node, channel: id?.try_into().ok()?, element: element_of(element?)? })
    }

    /// The id of a node, if it is one of this host.
    fn own_node(&self, node: Word, heap: &Heap, machine: &Machine) -> Option<[u8; 16]> {
        let name = bytes_at(constructed(node, machine.known.node)?, 0, heap)?;
        let (host, id) = name.split_first_chunk::<32>()?;
        let (own, _) = self.node.as_ref()?;
        if own.starts_with(host) { id.try_into().ok() } else { None }
    }

    /// Whether a future lives in this process.
    fn is_own(&self, node: &Name, incarnation: u64) -> bool {
        incarnation == self.incarnation && self.node.as_ref().is_some_and(|(own, _)| own[..32] == node[..32])
    }

    /// A small value, for somebody in this process.
    fn value(&self, word: Word, core: &mut Core, reach: Reach) -> Option<Portable> {
        let value = portable::write(word, &mut core.heap, &core.machine, VALUE_BYTES_MAX, reach).ok()?;
        (self.bytes + value.size() <= VALUES_BYTES_MAX).then_some(value)
    }

    /// Notes what was done. The future that it names is the last one of those that were left.
    fn note(&mut self, notice: Notice) {
        if let Some(future) = notice.future() {
            debug_assert_eq!(self.futures.last(), Some(&future));
            self.futures.pop();
        }
        if let Notice::Send { value, .. } | Notice::Deliver { value, .. } | Notice::Spawn { thunk: value, .. } = &notice
        {
            self.bytes += value.size();
        }
        self.notices.push(notice);
    }
}

fn argument(core: &Core, n: usize) -> Word {
    Word(core.stack[core.base + n])
}

fn constructed(word: Word, descriptor: DescRef) -> Option<Word> {
    (word.descriptor() == Some(descriptor)).then_some(word)
}

fn bytes_at(word: Word, field: usize, heap: &Heap) -> Option<&[u8]> {
    heap.as_bytes(Word(word.raw_field(field)))
}

/// The hash of a type, if there is one. None: it is something else.
fn element_of(bytes: &[u8]) -> Option<Option<[u8; 32]>> {
    match bytes {
        [] => Some(None),
        hash => Some(Some(hash.try_into().ok()?)),
    }
}

fn channel_of(word: Word, heap: &Heap, machine: &Machine) -> Option<ChannelName> {
    let channel = constructed(word, machine.known.channel)?;
    let [id, key, element] = [0, 1, 2].map(|field| bytes_at(channel, field, heap));
    Some(ChannelName { id: id?.try_into().ok()?, key: key?.into(), element: element_of(element?)? })
}

/// A future and its limit in milliseconds.
fn future_of(word: Word, heap: &Heap, machine: &Machine) -> Option<(FutureName, u64)> {
    let future = constructed(word, machine.known.future)?;
    let node = constructed(Word(future.raw_field(0)), machine.known.node)?;
    let node = bytes_at(node, 0, heap)?.try_into().ok()?;
    let id = bytes_at(future, 2, heap)?.try_into().ok()?;
    Some(((node, future.raw_field(1), id), future.raw_field(3)))
}

/// What is awaited by a request whose arguments stand at the base, if it is one that awaits.
pub(crate) fn awaits(builtin: Builtin, core: &Core) -> Option<Await> {
    let catches = match builtin {
        Builtin::RemoteAwait => false,
        Builtin::RemoteBangAwait => true,
        _ => return None,
    };
    let (future, limit_ms) = future_of(argument(core, 0), &core.heap, &core.machine)?;
    Some(Await { future, limit_ms, catches })
}

//! The messages of the protocol.
//!
//! # Participants
//! Two hosts that have a mutually authenticated connection (the transport vouches for the peer's host key). Of an evaluation, one is
//! the *caller* and the other the *callee*; of a connection, both may be either.
//!
//! # Goals
//! - An evaluation is sessionless: everything about it names its [`CallId`], and either side may lose the connection and go on over another one.
//! - Nothing depends on the order in which messages arrive, other than the greeting being first: output is numbered, and the outcome says how much output
//!   came before it.
//! - A message for a channel is a request like an evaluation, and is taken once. Without a listener its root is not looked at, nor is anything asked for that it names.
//! - Definitions travel once, compressed, and only within the closure of a value that was sent. They are told from each other by whole hashes; lists of them have eight bytes for each (`store::listing`).
//! - Every message is decoded strictly: limits on every count and length, shortest numbers, no trailing bytes.
//!
//! # Non-goals
//! Delivery of anything to a host that stays away; hiding traffic sizes; negotiation beyond the three versions of the greeting.
//!
//! # Format
//! A message is a tag (one byte) and its fields in the order in which the types below list them, with the items of `base::bytes`. A list is its
//! count and its elements; an enum is its index (one byte) and its fields; ids and keys are raw bytes. Values are `machine::Portable` bytes, definitions `hash::Object`
//! bytes. Greeting, pings, acknowledgements, cancellations and operator's messages are control messages: they fit a frame.
//! The greeting starts with the eight bytes `unison\0\0` and the protocol version, which no later version moves.

use crate::identity::{Certificate, HostKey, NodeId};
use crate::outcome::Outcome;
use crate::pack::Packed;
use crate::span::Track;
use crate::store::basket::Want;
use crate::store::listing::{Nonce, Prefix};
use crate::trail::{Ending, Trail};
use base::Hash;
use hash::Kind;
use hash::store::StoreId;
use kernel::{DefId, TypeRef};
use machine::Portable;
use sandbox::{Budget, Chain, Token};
use std::sync::Arc;

/// Of the messages: any change of them changes it.
pub const PROTOCOL_VERSION: u32 = 9;

/// The version tag of canonical bytes and hashes.
pub const HASH_TAG: u32 = 1;

/// An evaluation, named by its caller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CallId(pub [u8; 16]);

/// A run of a program: all evaluations that its start has caused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RunId(pub [u8; 16]);

/// A future, named by its home.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FutureId(pub [u8; 16]);

/// What is left of an evaluation that waits at a host for an answer, as its caller knows it: 256 bits, and the process of that host. It is kept like the outcome of a future, which nobody awaits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Handle {
    pub incarnation: u64,
    pub id: FutureId,
    pub secret: [u8; 16],
}

/// A channel: the hash of the key to listen to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ChannelId(pub [u8; 32]);

/// Says who a host is. First on every connection, from both sides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hello {
    pub hash_tag: u32,
    pub ir_version: u32,
    /// Drawn when the process starts: another one means that everything it did not store is gone.
    pub incarnation: u64,
    pub store: StoreId,
    pub epoch: u64,
    pub certificate: Certificate,
    /// Where others may reach this host.
    pub addresses: Vec<String>,
}

/// Why a host does not talk to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// It speaks this version of the protocol only.
    Protocol(u32),
    /// It computes hashes by this version only.
    HashTag(u32),
    /// It serves neither this user nor this host.
    NotAllowed,
    /// It has too many connections.
    Full,
}

/// Where some hosts can be reached.
pub type Hints = Vec<(HostKey, Vec<String>)>;

/// What is evaluated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Root {
    /// A definition that is a delay, forced.
    Definition(DefId),
    /// A function, called with `()`.
    Value(Portable),
    /// A future whose home is the callee. The incarnation is the home's when the future was made.
    Future(u64, FutureId, Inquiry),
    /// A function, called with a value: a pair of the two. So an evaluation goes on that has requested something.
    Apply(Portable),
    /// A value for whoever listens to a channel at the callee's node: `()` when somebody has taken it.
    Message(ChannelId, Option<Hash>, Portable),
    /// What the callee has kept for this caller, called with a value: the answer for which it waits.
    Resume(Handle, Portable),
    /// The same, to be told what it is: a function, which goes on here as it would there.
    Fetch(Handle),
    /// The caller's request of this id is to go on without its caller: `()` when it does.
    Detach(CallId),
    /// What the caller's request of this id, which has ended, has left behind: `()` when nothing of it goes on any more. Its output is theirs.
    Rest(CallId),
}

impl Root {
    /// The value that travels with it, if one does.
    pub fn value(&self) -> Option<&Portable> {
        match self {
            Root::Value(value) | Root::Apply(value) | Root::Message(_, _, value) | Root::Resume(_, value) => {
                Some(value)
            }
            Root::Definition(_) | Root::Future(..) | Root::Fetch(_) | Root::Detach(_) | Root::Rest(_) => None,
        }
    }

    /// As [`Root::value`].
    pub(crate) fn value_mut(&mut self) -> Option<&mut Portable> {
        match self {
            Root::Value(value) | Root::Apply(value) | Root::Message(_, _, value) | Root::Resume(_, value) => {
                Some(value)
            }
            Root::Definition(_) | Root::Future(..) | Root::Fetch(_) | Root::Detach(_) | Root::Rest(_) => None,
        }
    }

    /// Bytes of that.
    pub fn bytes(&self) -> usize {
        self.value().map_or(0, |value| value.bytes().len())
    }
}

/// What is wanted of a future.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inquiry {
    /// Its outcome. It is cancelled if it has none in so many milliseconds from now, or from an earlier such inquiry.
    Await(u64),
    /// It is to be cancelled, unless it has ended: `()`.
    Cancel,
    /// How far it is: a `Remote!.Status`.
    Status,
    /// It is to go on without whoever has started it: `()`.
    Detach,
}

/// What comes of a request to evaluate something.
#[derive(Clone, PartialEq, Debug)]
pub enum End {
    Ended(Ending),
    /// It requests an operation of an ability in its row, of whoever waits: a `Request` value, whose continuation is all that is left of it. It is over here, and goes on
    /// by another request, with the continuation and the answer.
    Requested(Portable),
    /// The same, and what is left of it stays, as it is large (so many bytes): the request has `()` in its place.
    Kept(Handle, u64, Portable),
    /// It has transferred itself: what is left of it is this function of `()`, to be called at that node by whoever waits. It is over here.
    Moved(NodeId, Portable),
}

impl End {
    /// The value that it carries, if it carries one.
    pub fn value(&self) -> Option<&Portable> {
        match self {
            End::Ended(ending) => ending.outcome.value(),
            End::Requested(value) | End::Kept(_, _, value) | End::Moved(_, value) => Some(value),
        }
    }

    /// As [`End::value`].
    pub(crate) fn value_mut(&mut self) -> Option<&mut Portable> {
        match self {
            End::Ended(ending) => match &mut ending.outcome {
                Outcome::Returned(value) | Outcome::Raised(value) => Some(value),
                Outcome::Failed(_) => None,
            },
            End::Requested(value) | End::Kept(_, _, value) | End::Moved(_, value) => Some(value),
        }
    }
}

/// W3C trace context: trace and parent span. All zeros: the run is not traced.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Trace {
    pub trace: [u8; 16],
    pub span: [u8; 8],
}

/// Asks for an evaluation. Sent again when a connection was lost: the callee knows the id.
#[derive(Clone, PartialEq, Debug)]
pub struct Eval {
    pub call: CallId,
    /// The evaluation that asks; the call's own id if it is the first of its run.
    pub parent: CallId,
    pub run: RunId,
    pub principals: Chain,
    pub tokens: Vec<Token>,
    pub budget: Budget,
    pub time_left_ms: u64,
    pub lease_ms: u64,
    pub trace: Trace,
    /// Which of the callee's nodes.
    pub node: [u8; 16],
    pub origin: NodeId,
    pub cluster: Vec<NodeId>,
    pub hints: Hints,
    /// Pieces of output that have arrived before.
    pub output_seen: u64,
    /// Abilities that it may request of the caller; none of the runtime. `Request` among them says: all others.
    pub row: Vec<TypeRef>,
    pub root: Root,
}

/// Which of an evaluation's two values a transfer is about.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Subject {
    /// The root, which the callee receives.
    Root,
    /// The result, which the caller receives.
    Result,
}

/// A definition as it arrived: nothing is known of it yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RawObject {
    pub hash: Hash,
    pub kind: Kind,
    pub bytes: Arc<[u8]>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stream {
    Out,
    Error,
}

/// What only the host that started the run can answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    Arguments,
    ReadLine,
    /// What this way of a failure is called where the program was written.
    Explain(Trail),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    Arguments(Vec<String>),
    Line(String),
    /// The input has ended.
    EndOfInput,
    /// There is no input: why.
    NoInput(String),
    /// The steps of a way.
    Lines(Vec<String>),
}

/// What an operator sees of a host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Status {
    pub node: String,
    pub protocol: u32,
    pub uptime_ms: u64,
    pub peers: u64,
    pub tasks: u64,
    pub sessions: u64,
    pub futures: u64,
    /// Messages that found no listener.
    pub dropped: u64,
    pub nodes: u64,
    pub sent_bytes: u64,
    pub received_bytes: u64,
    /// Size of the store.
    pub stored_bytes: u64,
    pub draining: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Message {
    Hello(Hello),
    Refuse(Refusal),
    Ping,
    Pong,
    Eval(Box<Eval>),
    /// From the recipient of a value: it lacks these. The question's number among those about this value, from 1, and the key of the sender's list.
    Need {
        call: CallId,
        subject: Subject,
        round: u32,
        nonce: Nonce,
        want: Want,
        /// It waits if another host of its store is being sent them.
        patient: bool,
    },
    /// The answer to the `Need` of this number: what was asked for, perhaps with more on which that depends, a list of everything else on which it depends as far as the sender does not believe it to
    /// be there, and what is not to be had. What is absent stays open at the recipient; what is withheld is missing.
    Definitions {
        call: CallId,
        subject: Subject,
        round: u32,
        packed: Packed,
        listed: Vec<Prefix>,
        absent: Vec<Hash>,
        withheld: Vec<Hash>,
    },
    /// The answer to a patient `Need`: another host of the recipient's store was sent them, so that it should look there again.
    Elsewhere {
        call: CallId,
        subject: Subject,
    },
    /// Everything that the value names is in the recipient's store, after it has asked for some of it.
    Stored {
        call: CallId,
        subject: Subject,
    },
    /// What was sent under this hash is not it.
    Complaint {
        call: CallId,
        hash: Hash,
    },
    Output {
        call: CallId,
        seq: u64,
        stream: Stream,
        text: String,
    },
    /// All output before `upto` has arrived.
    OutputAck {
        call: CallId,
        upto: u64,
    },
    Ask {
        call: CallId,
        seq: u64,
        question: Question,
    },
    Answer {
        call: CallId,
        seq: u64,
        reply: Reply,
    },
    /// The end, after `outputs` pieces of output; `left` is what is left of the budget.
    Done {
        call: CallId,
        outputs: u64,
        left: Budget,
        hints: Hints,
        end: End,
        /// Something that it has started goes on, and may print: the caller is to ask for its [`Root::Rest`].
        rest: bool,
        /// If the run is traced: where its time went.
        track: Option<Track>,
    },
    Ack {
        call: CallId,
    },
    Cancel {
        call: CallId,
    },
    /// The sender holds these futures, or does not any more. Their home is the recipient; said again whenever the two are connected anew, after one that says that it does not
    /// and names none: nothing that was said before counts.
    Hold {
        futures: Vec<(u64, FutureId)>,
        hold: bool,
    },
    /// The run is over: nothing of it needs to go on.
    CancelRun {
        run: RunId,
    },
    Status,
    StatusReport(Status),
    Stop,
    Stopping,
}

impl Message {
    /// The evaluation of which it shows that the peer has taken what it was sent about it.
    pub fn answers(&self) -> Option<CallId> {
        use Message::*;
        match self {
            Need { call, .. } | Output { call, .. } | Ask { call, .. } | Done { call, .. } | Ack { call } => {
                Some(*call)
            }
            _ => None,
        }
    }

    /// Whether it goes ahead of everything else. Such a message fits a frame.
    pub fn is_control(&self) -> bool {
        use Message::*;
        match self {
            Hello(_) | Refuse(_) | Ping | Pong | Complaint { .. } | OutputAck { .. } => true,
            Ask { question, .. } => !matches!(question, Question::Explain(_)),
            Ack { .. }
            | Elsewhere { .. }
            | Stored { .. }
            | Cancel { .. }
            | CancelRun { .. }
            | Hold { .. }
            | Status
            | StatusReport(_)
            | Stop
            | Stopping => true,
            Eval(_) | Need { .. } | Definitions { .. } | Output { .. } | Answer { .. } | Done { .. } => false,
        }
    }
}

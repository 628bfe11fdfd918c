//! What is seen of a world from outside: a timeline, and promises that were broken.
//!
//! Messages are read as they are sent, and cancellations as they arrive. Nothing is asked of the hosts but whether they work on an evaluation.

use crate::fault::Fault;
use base::Hash;
use machine::Portable;
use node::codec;
use node::event::Millis;
use node::frame::{Frame, FrameKind};
use node::limits::PACK_BYTES_MAX;
use node::message::{CallId, End, FutureId, Inquiry, Message, Root, Stream};
use node::pack;
use node::{Failure, Outcome};
use std::collections::BTreeMap;
use std::fmt;

/// Something that happened.
#[derive(Clone, PartialEq, Debug)]
pub struct Moment {
    pub at: Millis,
    /// At which host.
    pub host: usize,
    pub what: What,
}

#[derive(Clone, PartialEq, Debug)]
pub enum What {
    /// The host's process starts (again).
    Starts,
    /// A connection with this host.
    Connected(usize),
    Disconnected(usize, String),
    /// Something goes wrong.
    Fault(Fault),
    /// A message of so many bytes goes to this host.
    Sends(usize, Said, usize),
    /// It does something to its own files, or asks for time or chance: the builtin, and the path if there is one.
    Effect(&'static str, Option<String>),
    Output(Stream, String),
    Ended(Outcome),
}

/// What a message says.
#[derive(Clone, PartialEq, Debug)]
pub enum Said {
    Greets,
    /// What, if it is a value.
    Evaluate(CallId, Option<Portable>),
    /// What waits there has its answer.
    GoOn(CallId),
    /// It is to be told what waits there.
    Fetch(CallId),
    /// For a future.
    Await(CallId),
    /// To whoever listens.
    Tell(CallId),
    Needs(CallId, usize),
    Definitions(CallId, usize),
    Returned(CallId),
    Raised(CallId),
    Failed(CallId, Failure),
    /// It asks its caller to handle an ability.
    Requests(CallId),
    /// It goes on elsewhere.
    Moves(CallId),
    Output(CallId),
    Cancel(CallId),
    CancelRun,
    /// Acknowledgements, and whether somebody is there.
    Minor,
}

/// A promise that was not kept.
#[derive(Clone, PartialEq, Debug)]
pub enum Broken {
    /// One future has given two different results.
    TwoResults { home: usize, first: Millis, second: Millis },
    /// A host goes on with an evaluation that it was told to cancel.
    RanAfterCancellation { host: usize },
    /// A definition was stored under a hash that it does not have.
    FalseDefinition { host: usize, hash: Hash },
    /// The run has ended more than once.
    EndedTwice,
    /// The run printed after it had ended.
    OutputAfterEnd,
    /// Something is left of the run long after it has ended.
    LeftOver { host: usize, tasks: u64, sessions: u64, futures: u64 },
    /// A host asked for something that a simulation has not.
    Impossible { host: usize, what: String },
}

/// A future by its home.
type FutureKey = (usize, u64, FutureId);

#[derive(Default)]
pub struct Watcher {
    /// Whether the timeline is kept.
    pub keeps: bool,
    pub moments: Vec<Moment>,
    pub broken: Vec<Broken>,
    /// Messages that were sent in part, by link, end and stream.
    partial: BTreeMap<(usize, usize, u64), Vec<u8>>,
    /// Which future a call awaits.
    awaited: BTreeMap<CallId, FutureKey>,
    /// What each future has given, and when that was seen first.
    results: BTreeMap<FutureKey, (Outcome, Millis)>,
}

impl Watcher {
    pub fn new(keeps: bool) -> Watcher {
        Watcher { keeps, ..Watcher::default() }
    }

    pub fn note(&mut self, at: Millis, host: usize, what: What) {
        if self.keeps {
            self.moments.push(Moment { at, host, what });
        }
    }

    /// A frame that goes over a link to one of its ends: from this host to that.
    pub fn sent(&mut self, at: Millis, (link, end): (usize, usize), (from, to): (usize, usize), frame: &Frame) {
        let key = (link, end, frame.stream);
        match frame.kind {
            FrameKind::Credit => {}
            FrameKind::Piece => self.partial.entry(key).or_default().extend_from_slice(&frame.payload),
            FrameKind::Last => match self.partial.remove(&key) {
                Some(mut bytes) => {
                    bytes.extend_from_slice(&frame.payload);
                    self.message(at, (from, to), &bytes);
                }
                None => self.message(at, (from, to), &frame.payload),
            },
        }
    }

    fn message(&mut self, at: Millis, (from, to): (usize, usize), bytes: &[u8]) {
        let Ok(message) = codec::decode(bytes) else { return };
        match &message {
            Message::Eval(eval) => {
                if let Root::Future(incarnation, id, Inquiry::Await(_)) = &eval.root {
                    self.awaited.insert(eval.call, (to, *incarnation, *id));
                }
            }
            Message::Done { call, end: End::Ended(ending), .. } => self.ended(at, from, *call, &ending.outcome),
            _ => {}
        }
        if self.keeps {
            let what = What::Sends(to, said(&message), bytes.len());
            self.moments.push(Moment { at, host: from, what });
        }
    }

    fn ended(&mut self, at: Millis, home: usize, call: CallId, outcome: &Outcome) {
        let Some(future) = self.awaited.get(&call) else { return };
        // That it could not be had, or not yet, says nothing of what it is.
        if matches!(outcome, Outcome::Failed(_)) {
            return;
        }
        let (first, when) = self.results.entry(*future).or_insert_with(|| (outcome.clone(), at));
        if first != outcome {
            self.broken.push(Broken::TwoResults { home, first: *when, second: at });
        }
    }
}

/// The call that a frame cancels, if that is what it does.
pub fn cancels(frame: &Frame) -> Option<CallId> {
    match codec::decode(&frame.payload) {
        Ok(Message::Cancel { call }) if frame.stream == 0 => Some(call),
        _ => None,
    }
}

/// The same message of definitions, of which one is not what its hash says; none if it is another message.
pub fn falsified(frame: &Frame) -> Option<Frame> {
    let is_whole = frame.kind == FrameKind::Last && frame.stream != 0;
    let mut message = codec::decode(&frame.payload).ok().filter(|_| is_whole)?;
    let Message::Definitions { packed, .. } = &mut message else { return None };
    let mut objects = pack::unpack(packed, PACK_BYTES_MAX).ok()?;
    let last = objects.last_mut()?;
    let mut bytes = last.bytes.to_vec();
    *bytes.last_mut()? ^= 1;
    last.bytes = bytes.into();
    *packed = pack::pack(&objects);
    Some(Frame { payload: codec::encode(&message), ..*frame })
}

fn said(message: &Message) -> Said {
    match message {
        Message::Hello(_) | Message::Refuse(_) => Said::Greets,
        Message::Eval(eval) => match &eval.root {
            Root::Future(..) => Said::Await(eval.call),
            Root::Message(..) => Said::Tell(eval.call),
            Root::Apply(_) | Root::Resume(..) => Said::GoOn(eval.call),
            Root::Fetch(_) => Said::Fetch(eval.call),
            Root::Value(value) => Said::Evaluate(eval.call, Some(value.clone())),
            _ => Said::Evaluate(eval.call, None),
        },
        Message::Need { call, want, .. } => Said::Needs(*call, want.count()),
        Message::Definitions { call, packed, .. } => Said::Definitions(*call, packed.objects as usize),
        Message::Output { call, .. } => Said::Output(*call),
        Message::Done { call, end, .. } => match end {
            End::Ended(ending) => match &ending.outcome {
                Outcome::Returned(_) => Said::Returned(*call),
                Outcome::Raised(_) => Said::Raised(*call),
                Outcome::Failed(failure) => Said::Failed(*call, failure.clone()),
            },
            End::Requested(_) | End::Kept(..) => Said::Requests(*call),
            End::Moved(..) => Said::Moves(*call),
        },
        Message::Cancel { call } => Said::Cancel(*call),
        Message::CancelRun { .. } => Said::CancelRun,
        _ => Said::Minor,
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::TwoResults { home, first, second } => {
                write!(f, "a future of node {home} has one result at {first} ms and another one at {second} ms")
            }
            Broken::RanAfterCancellation { host } => {
                write!(f, "node {host} goes on with an evaluation that it was told to cancel")
            }
            Broken::FalseDefinition { host, hash } => {
                write!(f, "node {host} has stored something as {} that does not have that hash", hash.short())
            }
            Broken::EndedTwice => f.write_str("the run has ended twice"),
            Broken::OutputAfterEnd => f.write_str("the run printed after it had ended"),
            Broken::LeftOver { host, tasks, sessions, futures } => {
                write!(
                    f,
                    "long after the run node {host} still has {tasks} tasks, {sessions} evaluations for others and {futures} futures"
                )
            }
            Broken::Impossible { host, what } => write!(f, "node {host} wants what a simulation has not: {what}"),
        }
    }
}

impl What {
    /// The host with which it is done, if there is one.
    pub fn other(&self) -> Option<usize> {
        match self {
            What::Sends(other, ..) | What::Connected(other) | What::Disconnected(other, _) => Some(*other),
            _ => None,
        }
    }
}

impl Said {
    /// Whether it is only about the connection.
    pub fn is_minor(&self) -> bool {
        matches!(self, Said::Minor | Said::Greets)
    }
}

impl Said {
    /// In words, with values as `show` writes them.
    pub fn text(&self, show: impl Fn(&Portable) -> String) -> String {
        match self {
            Said::Evaluate(call, Some(value)) => format!("evaluate {}, as {}", show(value), id(call)),
            other => other.to_string(),
        }
    }
}

fn id(call: &CallId) -> String {
    format!("{:02x}{:02x}", call.0[0], call.0[1])
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Said::Greets => f.write_str("greets"),
            Said::Evaluate(call, _) => write!(f, "evaluate this, as {}", id(call)),
            Said::GoOn(call) => write!(f, "go on with this answer, as {}", id(call)),
            Said::Fetch(call) => write!(f, "what is it that waits for an answer there? As {}", id(call)),
            Said::Await(call) => write!(f, "wait for a future of yours, as {}", id(call)),
            Said::Tell(call) => write!(f, "a message, as {}", id(call)),
            Said::Needs(call, n) => write!(f, "for {} I lack definitions: {n}", id(call)),
            Said::Definitions(call, n) => write!(f, "for {} here are definitions: {n}", id(call)),
            Said::Returned(call) => write!(f, "{} returns", id(call)),
            Said::Raised(call) => write!(f, "{} raises", id(call)),
            Said::Failed(call, failure) => write!(f, "{} fails: {failure}", id(call)),
            Said::Requests(call) => write!(f, "{} asks for an ability of yours", id(call)),
            Said::Moves(call) => write!(f, "{} goes on elsewhere", id(call)),
            Said::Output(call) => write!(f, "{} prints", id(call)),
            Said::Cancel(call) => write!(f, "cancel {}", id(call)),
            Said::CancelRun => f.write_str("the run is over"),
            Said::Minor => f.write_str("about the connection"),
        }
    }
}

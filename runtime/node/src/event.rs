//! What a host is told, and what it wants done.

use crate::frame::Frame;
use crate::identity::{HostKey, NodeId};
use crate::message::{CallId, Hints, Refusal, Reply, Root, RunId, Status, Stream};
use crate::outcome::Outcome;
use crate::span::Span;
use crate::store::{StoreReply, StoreRequest};
use crate::traffic::{Measure, Traffic};
use crate::trail::Trail;
use machine::{Answer, HostRequest, Step};
use sandbox::Budget;
use std::fmt;

/// Milliseconds of a monotonic clock that starts at or after the host.
pub type Millis = u64;

/// A connection, named by the driver; never used twice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConnId(pub u64);

/// An attempt to connect, named by the host.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DialId(pub u64);

/// A task, named by the host: a number that no other has had, and where the host has it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TaskId(pub u64);

/// Bits of a task's name that say where it is.
const PLACE_BITS: u32 = 24;

const _: () = assert!(crate::limits::TASKS_MAX < 1 << PLACE_BITS, "every task has a place");

impl TaskId {
    pub(crate) fn new(number: u64, place: u32) -> TaskId {
        TaskId(number << PLACE_BITS | u64::from(place))
    }

    pub(crate) fn number(self) -> u64 {
        self.0 >> PLACE_BITS
    }

    pub(crate) fn place(self) -> u32 {
        (self.0 & ((1 << PLACE_BITS) - 1)) as u32
    }
}

/// A store request, named by the host.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StoreTicket(pub u64);

/// A command, named by who gives it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CommandId(pub u64);

/// A question to the user, named by the host.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReadId(pub u64);

/// Why no connection could be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DialError {
    /// Another host is there.
    WrongKey(HostKey),
    /// The network says why.
    Failed(String),
}

/// What has happened.
#[derive(Debug)]
pub enum Event {
    /// A connection exists, and the transport vouches for the peer's key.
    Connected {
        conn: ConnId,
        peer: HostKey,
        dial: Option<DialId>,
    },
    DialFailed {
        dial: DialId,
        error: DialError,
    },
    Received {
        conn: ConnId,
        frame: Frame,
    },
    /// Frames of so many bytes that the host sent have been written.
    Written {
        conn: ConnId,
        bytes: usize,
    },
    /// The connection is gone: why.
    Disconnected {
        conn: ConnId,
        why: String,
    },
    /// A slice of a task has run.
    Ran {
        task: TaskId,
        job: Box<machine::Task>,
        step: Step,
    },
    Stored {
        ticket: StoreTicket,
        reply: StoreReply,
    },
    /// An effect has been performed.
    Performed {
        task: TaskId,
        answer: Answer,
    },
    /// So many bytes of a run's output have reached the user.
    Shown {
        command: CommandId,
        bytes: usize,
    },
    /// The user's input.
    Read {
        read: ReadId,
        reply: Reply,
    },
    Command {
        id: CommandId,
        command: Command,
    },
    /// Nothing but that time has passed.
    Tick,
}

/// What whoever runs the host wants.
#[derive(Debug)]
pub enum Command {
    /// Start a run here. Replied to when it ends; `Command::Cancel` ends it.
    Run(Box<StartRun>),
    /// Cancel the run that was started with this command.
    Cancel(CommandId),
    /// Cancel every run.
    CancelRuns,
    /// Replied to as soon as there is no connection with this host. `Cancel` ends it.
    Watch {
        host: HostKey,
    },
    /// Who is at this address? Replied to with the key of a host that is certified by the own user, expected, or else refused.
    Resolve {
        address: String,
        expect: Option<HostKey>,
    },
    Status {
        address: String,
        expect: Option<HostKey>,
    },
    Stop {
        address: String,
        expect: Option<HostKey>,
    },
    /// What has this host sent and received?
    Traffic,
    /// And what is it doing?
    Measure,
    /// Finish what is running, take nothing new, and then stop.
    Drain,
}

/// A run of a program.
#[derive(Debug)]
pub struct StartRun {
    pub root: Root,
    pub at: NodeId,
    pub cluster: Vec<NodeId>,
    /// Addresses of the nodes named.
    pub hints: Hints,
    pub arguments: Vec<String>,
    pub budget: Budget,
    /// Whether what it has started goes on when it has returned or raised, until it is cancelled.
    pub lingers: bool,
    /// Whether its user wants to know where the time went.
    pub traced: bool,
}

/// Why a command could not be done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CommandError {
    Unreachable(String),
    TimedOut,
    WrongKey {
        expected: HostKey,
        found: HostKey,
    },
    /// Neither expected nor certified by the own user.
    UnknownKey(HostKey),
    Refused(Refusal),
    /// The peer speaks this version of the protocol.
    Version(u32),
}

/// The end of a command.
#[derive(Clone, PartialEq, Debug)]
pub enum CommandReply {
    Ended(Outcome),
    Resolved(HostKey),
    Status(Status),
    Traffic(Traffic),
    Measured(Box<Measure>),
    /// Of a run that is traced: where its time went. Its outcome follows.
    Traced(Vec<Span>),
    /// Comes before `Ended` of what has no value: which way the failure has come.
    Passed(Trail),
    Stopping,
    /// There is no connection with a watched host: why.
    Lost(String),
    /// It is not watched any more.
    Unwatched,
    Failed(CommandError),
}

/// What the host wants done.
#[derive(Debug)]
pub enum Action {
    Dial {
        dial: DialId,
        address: String,
        expect: Option<HostKey>,
    },
    Send {
        conn: ConnId,
        frame: Frame,
    },
    /// Write what was sent, then close. No `Disconnected` needs to follow.
    Close {
        conn: ConnId,
    },
    Store {
        ticket: StoreTicket,
        request: StoreRequest,
    },
    /// Run a slice of the task, and give it back. `fresh`: it has not used up a slice since it started or was answered, so it may well end soon.
    Run {
        task: TaskId,
        job: Box<machine::Task>,
        fuel: u64,
        fresh: bool,
    },
    /// Perform an effect of this host: files, environment, time, random numbers.
    Perform {
        task: TaskId,
        request: HostRequest,
    },
    /// The task has ended: close what it has open.
    Release {
        task: TaskId,
    },
    /// Show this to the user who started the run; `Shown` says when it is done.
    Output {
        command: CommandId,
        stream: Stream,
        text: String,
    },
    /// What a detached evaluation has printed: there is nobody to show it to but whoever reads the log.
    Unclaimed {
        stream: Stream,
        text: String,
    },
    /// Ask the user who started the run for a line.
    ReadLine {
        command: CommandId,
        read: ReadId,
    },
    /// Say which way a failure has come, in the words of the user who started the run: `Reply::Lines`.
    Explain {
        command: CommandId,
        read: ReadId,
        trail: Trail,
    },
    /// The command is over, or replied to in part.
    Reply {
        command: CommandId,
        reply: CommandReply,
    },
    /// A run has its outcome and is not over: what it has started goes on, and may print.
    Ended {
        command: CommandId,
        outcome: Outcome,
    },
    /// Everything is done: stop the process's part of this host.
    Shutdown,
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandError::Unreachable(why) => f.write_str(why),
            CommandError::TimedOut => f.write_str("no answer"),
            CommandError::WrongKey { found, .. } => write!(f, "another host is there: {found}"),
            CommandError::UnknownKey(key) => write!(f, "its key is not known: {key}"),
            CommandError::Refused(refusal) => write!(f, "{refusal}"),
            CommandError::Version(theirs) => {
                let ours = crate::message::PROTOCOL_VERSION;
                write!(f, "it speaks version {theirs} of the protocol, and this is version {ours}")
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::message::{HASH_TAG, PROTOCOL_VERSION};
        match self {
            Refusal::Protocol(theirs) => {
                write!(f, "it speaks version {theirs} of the protocol, and this is version {PROTOCOL_VERSION}")
            }
            Refusal::HashTag(theirs) => {
                write!(f, "it computes hashes by version {theirs}, and this is version {HASH_TAG}")
            }
            Refusal::NotAllowed => f.write_str("it does not serve this user's key"),
            Refusal::Full => f.write_str("it has too many connections"),
        }
    }
}

/// An evaluation as its parts refer to it: whose request it is.
pub(crate) type Session = (HostKey, CallId);

/// All of a run that this host does for one caller; none is the host's own user.
pub(crate) type Scope = (Option<HostKey>, RunId);

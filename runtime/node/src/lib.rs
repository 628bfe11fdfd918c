//! The node: identity, the protocol, transfer of code, and the host as a state machine.
//!
//! A [`Host`] takes events (frames, store completions, slices of tasks that have run, commands, the passing of time) and gives actions. It has no socket, thread, clock, storage or
//! source of randomness of its own, so that a whole cluster runs in one thread from one seed.
//!
//! **Invariant:** the same events in the same order give the same actions; nothing of a peer is decoded beyond its greeting before it is accepted; nothing that arrives is run
//! before it was hashed again, audited, lowered and verified.
#![forbid(unsafe_code)]

mod book;
pub mod codec;
mod entropy;
pub mod event;
pub mod frame;
mod host;
pub mod identity;
pub mod limits;
mod link;
pub mod loader;
pub mod message;
mod outcome;
pub mod pack;
pub mod span;
pub mod store;
mod timers;
mod traffic;
mod trail;

pub use event::{Action, Command, CommandError, CommandId, CommandReply, Event, StartRun};
pub use frame::{Frame, FrameDecoder, FrameError};
pub use host::{Config, Host, is_quick};
pub use identity::{Certificate, HostKey, NodeAddress, NodeId, NodeTextError, UserKey};
pub use message::{CallId, Reply, RunId, Status, Stream};
pub use outcome::{Failure, Outcome, Progress};
pub use traffic::{Measure, Traffic};
pub use trail::{Ending, Station, Step, Trail};

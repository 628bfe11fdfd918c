//! Opening a machine and starting nodes: the state machines below, with sockets, clocks, files and threads.
//!
//! Two ways in: [`RunningNode::start`] serves evaluation on a port; [`LocalHost::start`] evaluates for a user,
//! on a host in this process or at nodes elsewhere, as [`Run::start`] does for one program.
//!
//! **Invariant:** everything that happens in the world goes through `driver` and `io`; whatever a peer does ends one connection at most.
#![forbid(unsafe_code)]

mod console;
mod driver;
mod error;
mod io;
mod jit;
mod listing;
mod keys;
mod metrics;
mod pool;
mod screen;
mod local;
mod run;
mod serve;
pub mod signals;
mod trace;
mod transport;

pub use console::Console;
pub use driver::Explain;
pub use error::RuntimeError;
pub use jit::{Jit, Tiers};
pub use keys::{Keys, fresh_store_id, parse_key};
pub use listing::{Form, ListingError, listing};
pub use local::{CancelHandle, Evaluation, LocalHost, LocalHostOptions, Place, Program, Watch};
pub use machine::{Datum, Portable, Profile, SampledFrame, portable};
pub use node::limits::TASK_LEASE_MS as LEASE_MS;
pub use node::message::{CallId, PROTOCOL_VERSION};
pub use node::span::{Span, SpanKind};
pub use node::{
    Certificate, Ending, Failure, HostKey, NodeAddress, NodeId, NodeTextError, Outcome, Progress, Station, Status,
    Step, Stream, Traffic, Trail, UserKey,
};
pub use run::{At, Finished, Run, RunOptions};
pub use sandbox::{Budget, Policy, Resource, UNLIMITED};
pub use serve::{DrainHandle, NodeOptions, RunningNode, status, stop};

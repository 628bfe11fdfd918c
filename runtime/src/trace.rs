//! What a host's log says. The state machine writes none: all that is told here is told of what goes in and comes out of it.
//!
//! Targets: `connection`, `evaluation`, `transfer`, `store`; and `progress`, which is for whoever shows that something goes on.

use node::store::{StoreReply, StoreRequest};
use node::{Action, Event, Outcome};
use tracing::{debug, info, trace, warn};

/// Something that is about to be told to the host.
pub fn event(event: &Event) {
    match event {
        Event::Connected { conn, peer, dial } => {
            info!(target: "connection", number = conn.0, %peer, dialled = dial.is_some(), "connected");
        }
        Event::DialFailed { error, .. } => info!(target: "connection", ?error, "cannot connect"),
        Event::Disconnected { conn, why } => info!(target: "connection", number = conn.0, %why, "disconnected"),
        Event::Received { conn, frame } => trace!(target: "connection", number = conn.0, ?frame, "received"),
        Event::Ran { task, step, .. } => trace!(target: "evaluation", task = task.0, ?step, "ran a slice"),
        Event::Stored { ticket, reply } => stored(ticket.0, reply),
        _ => {}
    }
}

fn stored(ticket: u64, reply: &StoreReply) {
    match reply {
        StoreReply::Mismatch(hash) => warn!(target: "transfer", ticket, %hash, "bytes that have another hash"),
        StoreReply::Denied(denied) => warn!(target: "transfer", ticket, ?denied, "code that the policy denies"),
        StoreReply::Failed(error) => warn!(target: "store", ticket, ?error, "failed"),
        StoreReply::Served { objects, absent, .. } => {
            info!(target: "transfer", ticket, definitions = objects.len(), absent = absent.len(), "sending");
            moved("sending definitions", objects.len());
        }
        StoreReply::Lacking { .. } | StoreReply::Loaded { .. } | StoreReply::Stored | StoreReply::Size(_) => {
            trace!(target: "store", ticket, "answered");
        }
    }
}

/// Something that the host wants done.
pub fn action(action: &Action) {
    match action {
        Action::Dial { address, .. } => debug!(target: "connection", %address, "connecting"),
        Action::Send { conn, frame } => trace!(target: "connection", number = conn.0, ?frame, "sending"),
        Action::Close { conn } => debug!(target: "connection", number = conn.0, "closing"),
        Action::Store { ticket, request } => asked(ticket.0, request),
        Action::Run { task, fuel, .. } => trace!(target: "evaluation", task = task.0, fuel, "running a slice"),
        Action::Perform { task, request } => debug!(target: "evaluation", task = task.0, ?request, "performing"),
        Action::Release { task } => debug!(target: "evaluation", task = task.0, "ended"),
        Action::Ended { outcome, .. } => info!(target: "evaluation", outcome = word(outcome), "a run has its outcome"),
        Action::Shutdown => info!(target: "connection", "stopping"),
        Action::Output { .. } | Action::ReadLine { .. } | Action::Reply { .. } => {}
    }
}

fn asked(ticket: u64, request: &StoreRequest) {
    match request {
        StoreRequest::Size => trace!(target: "store", ticket, "how large is it?"),
        StoreRequest::Put { objects, .. } => {
            info!(target: "transfer", ticket, definitions = objects.len(), "received");
            moved("receiving definitions", objects.len());
        }
        StoreRequest::Lacking(hashes) => trace!(target: "store", ticket, hashes = hashes.len(), "which are lacking"),
        StoreRequest::Load(hashes) => debug!(target: "store", ticket, hashes = hashes.len(), "loading"),
        StoreRequest::Serve { wanted, .. } => debug!(target: "store", ticket, wanted = wanted.len(), "gathering"),
    }
}

fn moved(about: &'static str, more: usize) {
    trace!(target: "progress", about, more = more as u64);
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Returned(_) => "returned",
        Outcome::Raised(_) => "raised",
        Outcome::Failed(_) => "failed",
    }
}

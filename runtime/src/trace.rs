//! What a host's log says. The state machine writes none: all that is told here is told of what goes in and comes out of it.
//!
//! Targets: `connection`, `evaluation`, `transfer`, `store`, `output`; and `progress`, which is for whoever shows that something goes on.

use node::store::basket::Next;
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
        StoreReply::Denied(denied) => warn!(target: "transfer", ticket, ?denied, "code that the policy denies"),
        StoreReply::Failed(error) => warn!(target: "store", ticket, ?error, "failed"),
        StoreReply::Served { answer, .. } => {
            let (definitions, absent, listed) = (answer.packed.objects, answer.absent.len(), answer.listed.len());
            info!(target: "transfer", ticket, definitions, bytes = answer.packed.block.len(), listed, absent, "sending");
            moved("sending definitions", definitions as usize);
        }
        StoreReply::Taken { next, .. } => taken(ticket, next),
        StoreReply::Lacking { .. } | StoreReply::Loaded { .. } | StoreReply::Size(_) | StoreReply::Renewed => {
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
        Action::Unclaimed { stream, text } => info!(target: "output", ?stream, "{}", text.trim_end_matches('\n')),
        Action::Shutdown => info!(target: "connection", "stopping"),
        Action::Output { .. } | Action::ReadLine { .. } | Action::Explain { .. } | Action::Reply { .. } => {}
    }
}

fn asked(ticket: u64, request: &StoreRequest) {
    match request {
        StoreRequest::Size => trace!(target: "store", ticket, "how large is it?"),
        StoreRequest::Renew(lasting_ms) => debug!(target: "store", ticket, lasting_ms, "keep what was used"),
        StoreRequest::Take { answer, .. } => {
            let definitions = answer.packed.objects;
            info!(target: "transfer", ticket, definitions, "received");
            moved("receiving definitions", definitions as usize);
        }
        StoreRequest::Lacking(hashes) => trace!(target: "store", ticket, hashes = hashes.len(), "which are lacking"),
        StoreRequest::Load(hashes) => debug!(target: "store", ticket, hashes = hashes.len(), "loading"),
        StoreRequest::Serve(serve) => debug!(target: "store", ticket, wanted = serve.want.count(), "gathering"),
    }
}

/// What has become of definitions that came.
fn taken(ticket: u64, next: &Next) {
    match next {
        Next::Ask(want) => debug!(target: "transfer", ticket, lacking = want.count(), "more is lacking"),
        Next::Stored => debug!(target: "transfer", ticket, "stored"),
        Next::Mismatch(hash) => warn!(target: "transfer", ticket, %hash, "bytes that have another hash"),
        Next::Missing(hash) => warn!(target: "transfer", ticket, %hash, "not to be had"),
        Next::TooMuch => warn!(target: "transfer", ticket, "more definitions than a value may bring"),
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

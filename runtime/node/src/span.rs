//! Spans: what took from when to when, for a timeline of a run over all hosts.
//!
//! Only runs whose user asked for it are traced. A host keeps the spans of a scope until an outcome goes to its caller, and sends them along; the caller places them in its own
//! time, halfway between what it knows of when the request left and the outcome came, and sends them on with its own. So they all come to the host that started the run.

use crate::message::CallId;

/// Something that took time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    /// The node's text form.
    pub node: String,
    /// Spans of one lane of a node are one after, or within, the other.
    pub lane: u64,
    pub kind: SpanKind,
    /// In microseconds, by the clock of whoever holds it.
    pub start_us: u64,
    pub end_us: u64,
    /// That moved, if it was about moving something.
    pub bytes: u64,
    pub definitions: u64,
    /// Of a call, and of the evaluation that is its other end.
    pub call: CallId,
}

/// What it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpanKind {
    /// An evaluation, from start to end.
    Evaluation,
    /// It had the processor, or was in line for it.
    Run,
    /// It waited for its definitions to be read.
    Load,
    /// .. for files, sleep, or the user.
    Effect,
    /// .. for room for its output.
    Output,
    /// .. for another evaluation.
    Wait,
    /// It packed itself up, to go on elsewhere.
    Leave,
    /// An evaluation at another host, as seen from here.
    Call,
    /// Definitions were fetched.
    Sync,
}

/// Spans that travel with an outcome, and when by the sender's clock the request came and the outcome went.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Track {
    pub received_us: u64,
    pub sent_us: u64,
    pub spans: Vec<Span>,
}

impl Track {
    /// How far the clock of the caller, which sent the request and got the outcome at these, is before that of the sender: as if both had taken as long on their way.
    pub fn ahead(&self, asked_us: u64, answered_us: u64) -> u64 {
        let there = self.received_us.wrapping_add(self.sent_us.wrapping_sub(self.received_us) / 2);
        let here = asked_us.wrapping_add(answered_us.wrapping_sub(asked_us) / 2);
        here.wrapping_sub(there)
    }

    /// The spans in the time of a clock that is so far ahead.
    pub fn placed(self, ahead_us: u64) -> Vec<Span> {
        let moved = |time: u64| time.wrapping_add(ahead_us);
        let place = |span: Span| Span { start_us: moved(span.start_us), end_us: moved(span.end_us), ..span };
        self.spans.into_iter().map(place).collect()
    }
}

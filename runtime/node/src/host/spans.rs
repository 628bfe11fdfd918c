//! The spans of runs that are traced.

use super::*;
use crate::limits::SPANS_MAX;
use crate::span::{Span, SpanKind, Track};

/// Since when a task exists, and does what it does.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct Since {
    pub begun_us: u64,
    pub state_us: u64,
}

impl Context {
    pub(super) fn is_traced(&self) -> bool {
        self.trace != Trace::default()
    }
}

impl Host {
    /// The time in microseconds, for spans: finer than what events are told.
    pub fn tell_time(&mut self, micros: u64) {
        self.micros = self.micros.max(micros);
    }

    pub(super) fn now_us(&self) -> u64 {
        self.micros.max(self.now * 1_000)
    }

    pub(super) fn record(&mut self, scope: Scope, span: Span) {
        let spans = self.spans.entry(scope).or_default();
        // What is answered at once does not interrupt.
        if let Some(last) = spans.last_mut()
            && (last.kind, last.lane, last.end_us) == (SpanKind::Run, span.lane, span.start_us)
            && span.kind == SpanKind::Run
        {
            last.end_us = span.end_us;
            return;
        }
        if spans.len() < SPANS_MAX {
            spans.push(span);
        }
    }

    /// The task is about to do something else.
    pub(super) fn state_changes(&mut self, id: TaskId) {
        let now_us = self.now_us();
        let Some(task) = self.tasks.get_mut(&id).filter(|task| task.context.is_traced()) else { return };
        let start_us = std::mem::replace(&mut task.since.get_or_insert_default().state_us, now_us);
        let kind = match task.state {
            tasks::State::Running => SpanKind::Run,
            tasks::State::Loading => SpanKind::Load,
            tasks::State::Effect => SpanKind::Effect,
            tasks::State::Output => SpanKind::Output,
            tasks::State::Leaving => SpanKind::Leave,
            tasks::State::Child(..) => SpanKind::Wait,
        };
        let (scope, node, call) = (task.context.scope(), self.name(self.tasks[&id].node), CallId([0; 16]));
        self.record(
            scope,
            Span { node, lane: id.number(), kind, start_us, end_us: now_us, bytes: 0, definitions: 0, call },
        );
    }

    /// The task is about to end.
    pub(super) fn task_ends(&mut self, id: TaskId) {
        self.state_changes(id);
        let Some(task) = self.tasks.get(&id).filter(|task| task.context.is_traced()) else { return };
        let (scope, call, start_us) =
            (task.context.scope(), task.call(), task.since.as_ref().map_or(0, |since| since.begun_us));
        let (node, end_us, kind) = (self.name(task.node), self.now_us(), SpanKind::Evaluation);
        self.record(scope, Span { node, lane: id.number(), kind, start_us, end_us, bytes: 0, definitions: 0, call });
    }

    /// A call is over, or given up.
    pub(super) fn call_ends(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id).filter(|call| call.context.is_traced()) else { return };
        let (scope, lane, bytes, start_us) = (call.context.scope(), call.lane, call.bytes_moved(), call.begun_us);
        let (node, end_us, kind) = (self.own_name(), self.now_us(), SpanKind::Call);
        self.record(scope, Span { node, lane, kind, start_us, end_us, bytes, definitions: 0, call: id });
    }

    /// Definitions have been fetched, or could not be.
    pub(super) fn sync_ends(&mut self, key: TransferKey) {
        let Some(transfer) = self.transfers.get(&key) else { return };
        let context = match key.2 {
            crate::message::Subject::Result => self.calls.get(&key.1).map(|call| call.context.clone()),
            crate::message::Subject::Root => self.session_context((key.0, key.1)),
        };
        let Some(context) = context.filter(|context| context.is_traced() && transfer.rounds() > 0) else { return };
        let (bytes, definitions) = transfer.fetched();
        let (node, start_us, lane) = (self.own_name(), transfer.begun_us, transfer.lane);
        let (kind, end_us, call) = (SpanKind::Sync, self.now_us(), key.1);
        self.record(context.scope(), Span { node, lane, kind, start_us, end_us, bytes, definitions, call });
    }

    /// What goes along with an outcome, if its run is traced.
    pub(super) fn track(&mut self, scope: Scope, received_us: u64) -> Option<Track> {
        let spans = self.spans.remove(&scope)?;
        Some(Track { received_us, sent_us: self.now_us(), spans })
    }

    /// What came along with an outcome.
    pub(super) fn take_track(&mut self, id: CallId, track: Option<Track>) {
        let Some((track, call)) = track.zip(self.calls.get(&id)) else { return };
        if !call.context.is_traced() {
            return;
        }
        let (scope, trace, peer) = (call.context.scope(), call.context.trace, call.target.host);
        let ahead = track.ahead(call.asked_us, self.now_us());
        // What one outcome says of a task goes on in the next one: in a run, the clocks are held against each other once.
        let clock = self.clocks.entry(peer).or_insert((trace, ahead));
        if clock.0 != trace {
            *clock = (trace, ahead);
        }
        let placed = track.placed(clock.1);
        placed.into_iter().for_each(|span| self.record(scope, span));
    }

    /// The run is over: everything of it that is under way ends here.
    pub(super) fn end_spans(&mut self, scope: Scope) -> Vec<Span> {
        self.tasks.of(scope).into_iter().for_each(|id| self.task_ends(id));
        let calls = self.calls.iter().filter(|(_, call)| call.context.scope() == scope).map(|(id, _)| *id);
        calls.collect::<Vec<_>>().into_iter().for_each(|id| self.call_ends(id));
        self.spans.remove(&scope).unwrap_or_default()
    }
}

//! `unison run --trace FILE`: where a run's time went, in the format of Chrome's trace viewer, which Perfetto opens.

use crate::exit::{self, Failure};
use runtime::{Span, SpanKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Writes the spans, with time beginning at the first of them.
pub fn write(path: &Path, spans: &[Span]) -> Result<(), Failure> {
    let written = std::fs::write(path, document(spans).to_string());
    written.map_err(|error| {
        Failure::new(exit::USAGE, format!("cannot write the trace {}: {error}", path.display()))
            .hint("--trace takes the path of a file to write")
    })
}

fn document(spans: &[Span]) -> Value {
    let start = spans.iter().map(|span| span.start_us).min().unwrap_or(0);
    let mut nodes: BTreeMap<&str, usize> = BTreeMap::new();
    let mut events = Vec::new();
    for span in spans {
        let next = nodes.len() + 1;
        let process = *nodes.entry(&span.node).or_insert(next);
        let (from, took) = (span.start_us.saturating_sub(start), span.end_us.saturating_sub(span.start_us));
        events.push(json!({
            "name": name(span.kind), "cat": category(span.kind), "ph": "X", "ts": from, "dur": took,
            "pid": process, "tid": span.lane, "args": arguments(span),
        }));
        events.extend(arrow(span, process, from));
    }
    let named = nodes
        .iter()
        .map(|(node, process)| json!({ "name": "process_name", "ph": "M", "pid": process, "args": { "name": node } }));
    events.extend(named);
    json!({ "traceEvents": events, "displayTimeUnit": "ms" })
}

/// From a call to the evaluation that it asked for.
fn arrow(span: &Span, process: usize, from: u64) -> Option<Value> {
    let id = u128::from_be_bytes(span.call.0);
    let phase = match span.kind {
        SpanKind::Call => "s",
        SpanKind::Evaluation if id != 0 => "f",
        _ => return None,
    };
    let (id, lane) = (format!("{id:032x}"), span.lane);
    Some(json!({
        "name": "asks", "cat": "call", "ph": phase, "bp": "e", "id": id, "ts": from, "pid": process, "tid": lane,
    }))
}

fn name(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Evaluation => "evaluation",
        SpanKind::Run => "runs",
        SpanKind::Load => "reads definitions",
        SpanKind::Effect => "waits for an effect",
        SpanKind::Output => "waits for output",
        SpanKind::Wait => "waits for an evaluation",
        SpanKind::Leave => "packs itself up",
        SpanKind::Call => "call",
        SpanKind::Sync => "sync",
    }
}

fn category(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Evaluation | SpanKind::Run | SpanKind::Leave => "evaluation",
        SpanKind::Load | SpanKind::Effect | SpanKind::Output | SpanKind::Wait => "wait",
        SpanKind::Call => "call",
        SpanKind::Sync => "sync",
    }
}

fn arguments(span: &Span) -> Value {
    match span.kind {
        SpanKind::Call => json!({ "bytes": span.bytes }),
        SpanKind::Sync => json!({ "bytes": span.bytes, "definitions": span.definitions }),
        _ => json!({}),
    }
}

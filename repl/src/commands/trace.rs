//! `unison run --trace FILE`: where a run's time went, in the format of Chrome's trace viewer, which Perfetto opens.

use crate::exit::{self, Failure};
use runtime::{CallId, Span, SpanKind};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
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
    // What each lane of a node is about.
    let mut lanes: BTreeMap<(usize, u64), &str> = BTreeMap::new();
    let mut events = Vec::new();
    let mut spans: Vec<&Span> = spans.iter().collect();
    // A message, or who awaits a future of another host, is a call as well, and no evaluation is its other end.
    let evaluated: BTreeSet<CallId> =
        spans.iter().filter(|span| span.kind == SpanKind::Evaluation).map(|span| span.call).collect();
    // The longest first of those that begin together: it is around the others.
    spans.sort_by_key(|span| (span.start_us, std::cmp::Reverse(span.end_us)));
    for span in spans {
        let next = nodes.len() + 1;
        let process = *nodes.entry(&span.node).or_insert(next);
        let lane = lanes.entry((process, span.lane)).or_insert("");
        *lane = (*lane).max(lane_of(span.kind));
        let (from, took) = (span.start_us.saturating_sub(start), span.end_us.saturating_sub(span.start_us));
        events.push(json!({
            "name": name(span.kind), "cat": category(span.kind), "ph": "X", "ts": from, "dur": took,
            "pid": process, "tid": span.lane, "args": arguments(span),
        }));
        events.extend(arrow(span, process, from).filter(|_| evaluated.contains(&span.call)));
    }
    let named = nodes
        .iter()
        .map(|(node, process)| json!({ "name": "process_name", "ph": "M", "pid": process, "args": { "name": node } }));
    let lanes = lanes.iter().map(|((process, lane), what)| {
        json!({ "name": "thread_name", "ph": "M", "pid": process, "tid": lane, "args": { "name": what } })
    });
    events.extend(lanes.chain(named));
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

/// What a lane is about in which this stands; of several, the last by the alphabet: a task makes calls, and is sent what these name.
fn lane_of(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Call => "call",
        SpanKind::Sync => "definitions",
        _ => "evaluation",
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

#[cfg(test)]
mod tests {
    use super::*;

    /// As a reader of the format has it: in order, all that is a process or thread named, and what stands in a lane one in the other or one behind the other.
    #[test]
    fn a_trace_is_as_its_format_says() {
        let span = |node: &str, lane, kind, start_us, end_us| Span {
            node: node.into(),
            lane,
            kind,
            start_us,
            end_us,
            bytes: 0,
            definitions: 0,
            call: CallId([u8::from(kind == SpanKind::Call || (node, kind) == ("two", SpanKind::Evaluation)); 16]),
        };
        let spans = [
            span("two", 7, SpanKind::Run, 60, 70),
            span("one", 1, SpanKind::Wait, 30, 90),
            span("one", 1, SpanKind::Evaluation, 10, 100),
            span("one", 1, SpanKind::Run, 10, 30),
            span("one", 1, SpanKind::Call, 35, 85),
            span("two", 7, SpanKind::Evaluation, 50, 80),
        ];
        let document = document(&spans);
        let events = document["traceEvents"].as_array().expect("there are some");
        let names = |what: &str| -> Vec<&Value> {
            events.iter().filter(|event| event["ph"] == "M" && event["name"] == what).collect()
        };
        assert_eq!(names("process_name").len(), 2);
        let lanes: Vec<_> = names("thread_name").iter().map(|name| (&name["tid"], &name["args"]["name"])).collect();
        assert_eq!(lanes, [(&json!(1), &json!("evaluation")), (&json!(7), &json!("evaluation"))]);
        let timed: Vec<&Value> = events.iter().filter(|event| event["ph"] != "M").collect();
        assert!(timed.is_sorted_by_key(|event| event["ts"].as_u64()), "{timed:?}");
        let mut open: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for event in timed.iter().filter(|event| event["ph"] == "X") {
            let (from, took) = (event["ts"].as_u64().expect("a time"), event["dur"].as_u64().expect("a time"));
            let around = open.entry(format!("{}/{}", event["pid"], event["tid"])).or_default();
            around.retain(|end| *end > from);
            assert!(around.last().is_none_or(|end| from + took <= *end), "{event}");
            around.push(from + took);
        }
        let arrows = |phase: &str| timed.iter().filter(|event| event["ph"] == phase).count();
        assert_eq!((arrows("s"), arrows("f")), (1, 1));
    }
}

//! What a run has cost: `unison run --stats`.

use crate::arguments::Format;
use runtime::Traffic;
use serde_json::json;
use std::time::Duration;

/// Says it on standard error: standard output is the program's. `starting` is the time until the program was under way: hosts that had to be asked for their keys
/// were connected within it.
pub fn print(format: Format, starting: Duration, running: Duration, traffic: &Traffic) {
    match format {
        Format::Human => eprint!("{}", human(running, traffic)),
        Format::Json => eprintln!("{}", json(starting, running, traffic)),
    }
}

fn human(running: Duration, traffic: &Traffic) -> String {
    let way = |what: &str, messages: u64, bytes: u64, definitions: u64| {
        format!("{what:<10}{} of {}, {}\n", count(messages, "message"), size(bytes), count(definitions, "definition"))
    };
    format!(
        "{:<10}{}\n{:<10}{}, {}\n{}{}",
        "took",
        time(running),
        "asked",
        count(traffic.calls, "evaluation"),
        count(traffic.round_trips, "round trip"),
        way("sent", traffic.messages_sent, traffic.bytes_sent, traffic.definitions_sent),
        way("received", traffic.messages_received, traffic.bytes_received, traffic.definitions_received),
    )
}

fn json(starting: Duration, running: Duration, traffic: &Traffic) -> serde_json::Value {
    json!({
        "start_ms": starting.as_secs_f64() * 1_000.0, "run_ms": running.as_secs_f64() * 1_000.0,
        "calls": traffic.calls, "round_trips": traffic.round_trips,
        "messages_sent": traffic.messages_sent, "messages_received": traffic.messages_received,
        "bytes_sent": traffic.bytes_sent, "bytes_received": traffic.bytes_received,
        "definitions_sent": traffic.definitions_sent, "definitions_received": traffic.definitions_received,
    })
}

fn count(n: u64, one: &str) -> String {
    format!("{n} {one}{}", if n == 1 { "" } else { "s" })
}

fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

fn time(time: Duration) -> String {
    if time.as_secs() < 10 { format!("{} ms", time.as_millis()) } else { format!("{} s", time.as_secs()) }
}

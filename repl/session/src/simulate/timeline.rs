//! The timeline of a simulated run, a line for each thing that happened.

use runtime::Outcome;
use serde_json::json;
use simulation::{Fault, Moment, What};

/// Whether a moment is one that a reader wants to see: not what keeps connections alive.
pub fn notable(moment: &Moment) -> bool {
    !matches!(&moment.what, What::Sends(_, said, _) if said.is_minor())
}

/// When, where, and what.
pub fn line_text(moment: &Moment, names: &[String]) -> String {
    let place = match (&moment.what, moment.what.other()) {
        (What::Fault(_), _) => "***".to_string(),
        (What::Sends(..), Some(other)) => format!("{} > {other}", moment.host),
        _ => moment.host.to_string(),
    };
    format!("{:>8} ms  {place:<7} {}", moment.at, what(&moment.what, names))
}

/// The same as one JSON object.
pub fn line_json(moment: &Moment, names: &[String]) -> serde_json::Value {
    let node = if matches!(moment.what, What::Fault(_)) { None } else { Some(moment.host) };
    json!({ "ms": moment.at, "node": node, "to": moment.what.other(), "what": what(&moment.what, names) })
}

fn what(what: &What, names: &[String]) -> String {
    match what {
        What::Starts => "starts".into(),
        What::Connected(other) => format!("is connected with {other}"),
        What::Disconnected(other, why) => format!("has lost the connection with {other}: {why}"),
        What::Fault(fault) => fault_text(fault),
        What::Sends(_, said, bytes) => renamed(&format!("{said} ({bytes} bytes)"), names),
        What::Effect(name, Some(path)) => format!("{name} {path:?}"),
        What::Effect(name, None) => (*name).to_string(),
        What::Output(_, text) => format!("the program prints {text:?}"),
        What::Ended(Outcome::Returned(_)) => "the program returns".into(),
        What::Ended(Outcome::Raised(_)) => "the program raises".into(),
        What::Ended(Outcome::Failed(failure)) => renamed(&format!("the program fails: {failure}"), names),
    }
}

fn fault_text(fault: &Fault) -> String {
    let some = |apart: &[usize]| apart.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    match fault {
        Fault::Break => "a connection breaks; what is under way is lost".into(),
        Fault::Blackhole => "a connection loses everything from now on".into(),
        Fault::Stall(ms) => format!("a connection carries nothing for {ms} ms"),
        Fault::Crash(n, ms) => format!("node {n} crashes; it starts again after {ms} ms"),
        Fault::Partition(apart, ms) => format!(
            "{} cut off from the others for {ms} ms",
            match &apart[..] {
                [one] => format!("node {one} is"),
                many => format!("nodes {} are", some(many)),
            }
        ),
        Fault::Delay(ms, by) => format!("for {ms} ms everything takes up to {by} ms longer"),
        Fault::SlowDisk(n, ms, by) => format!("for {ms} ms the disk of node {n} takes up to {by} ms longer"),
        Fault::Falsify => "the next definitions that are sent are not what their hashes say".into(),
    }
}

/// With the numbers of nodes instead of their keys and addresses.
pub fn renamed(text: &str, names: &[String]) -> String {
    names.iter().enumerate().fold(text.to_string(), |text, (n, name)| text.replace(name, &format!("node {n}")))
}

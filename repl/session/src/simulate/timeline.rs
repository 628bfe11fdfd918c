//! The timeline of a simulated run, a line for each thing that happened.

use runtime::{Outcome, Portable, portable};
use serde_json::json;
use simulation::{Fault, Moment, What};

/// Characters in which an expression is shown, about, and items of it that are looked at.
const SHOWN_CHARS: usize = 60;
const SHOWN_ITEMS_MAX: u64 = 1_000_000;

/// What things are called in a timeline.
pub struct Words<'a> {
    /// Nodes, by number.
    pub nodes: &'a [String],
    /// What has a name in the program.
    pub terms: &'a dyn portable::Names,
}

impl Words<'_> {
    fn show(&self, value: &Portable) -> String {
        portable::to_text(value, self.terms, SHOWN_ITEMS_MAX, SHOWN_CHARS).unwrap_or_else(|_| "this".into())
    }
}

/// Whether a moment is one that a reader wants to see: not what keeps connections alive.
pub fn notable(moment: &Moment) -> bool {
    !matches!(&moment.what, What::Sends(_, said, _) if said.is_minor())
}

/// When, where, and what.
pub fn line_text(moment: &Moment, words: &Words) -> String {
    let place = match (&moment.what, moment.what.other()) {
        (What::Fault(_), _) => "***".to_string(),
        (What::Sends(..), Some(other)) => format!("{} > {other}", moment.host),
        _ => moment.host.to_string(),
    };
    format!("{:>8} ms  {place:<7} {}", moment.at, what(&moment.what, words))
}

/// The same as one JSON object.
pub fn line_json(moment: &Moment, words: &Words) -> serde_json::Value {
    let node = if matches!(moment.what, What::Fault(_)) { None } else { Some(moment.host) };
    json!({ "ms": moment.at, "node": node, "to": moment.what.other(), "what": what(&moment.what, words) })
}

fn what(what: &What, words: &Words) -> String {
    let names = words.nodes;
    match what {
        What::Starts => "starts".into(),
        What::Connected(other) => format!("is connected with {other}"),
        What::Disconnected(other, why) => format!("has lost the connection with {other}: {why}"),
        What::Fault(fault) => fault_text(fault),
        What::Sends(_, said, bytes) => {
            let said = said.text(|value| words.show(value));
            renamed(&format!("{said} ({bytes} bytes)"), names)
        }
        What::Effect(name, Some(path)) => format!("{} {path:?}", public(name)),
        What::Effect(name, None) => public(name).to_string(),
        What::Output(_, text) => format!("the program prints {text:?}"),
        What::Ended(Outcome::Returned(_)) => "the program returns".into(),
        What::Ended(Outcome::Raised(_)) => "the program raises".into(),
        What::Ended(Outcome::Failed(failure)) => renamed(&format!("the program fails: {failure}"), names),
    }
}

/// The name of a builtin without that by which the library tells it from the function around it.
fn public(name: &str) -> &str {
    name.strip_suffix(".impl").unwrap_or(name)
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

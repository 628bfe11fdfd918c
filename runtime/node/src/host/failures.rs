//! Failures as programs see them, that use `Remote!`: `Remote!.Err` and `Remote!.Status`.

use super::*;
use crate::outcome::{Progress, resource_name};
use builtin::{BuiltinType, RemoteErrKind};
use kernel::TermRef;
use machine::{Answer, Datum, Portable};

/// What a task wants to know of a future, whatever became of that.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Catch {
    /// `await!`: its value or why there is none.
    Either,
    /// `cancel`: nothing.
    Nothing,
    /// `status`.
    Status,
    /// `trail`: which way its failure has come.
    Trail,
    /// `explain`: the same, as whoever started the program tells it.
    Explain,
}

/// Parts of the `Failure` of an exception that are looked at.
const RAISED_NODES_MAX: u64 = 100_000;

/// `Left` of `Either`.
const LEFT: u32 = 0;

/// `Failed` of `Remote!.Status`.
const FAILED: u32 = 2;

impl Host {
    /// What a task is told of a future at `home` that has no value for it.
    pub(super) fn caught(&self, catch: Catch, outcome: &Outcome, home: NodeId) -> Datum {
        let err = || vec![self.err_of(outcome, home)];
        match catch {
            Catch::Either => Datum::builtin(BuiltinType::Either, LEFT, err()),
            Catch::Nothing => Datum::unit(),
            Catch::Status => Datum::builtin(BuiltinType::RemoteStatus, FAILED, err()),
            Catch::Trail | Catch::Explain => Datum::List(Vec::new()),
        }
    }

    /// `trail`: stations as programs see them. What a host without an address calls itself is the one from which the program was started.
    pub(super) fn trail_datum(&self, trail: &Trail, origin: NodeId) -> Datum {
        let station = |station: &Station| {
            let node = self.node_named(&station.node).unwrap_or_else(|| local_node(&station.node, origin));
            let links = station.steps.iter().map(|step| Datum::TermLink(TermRef::Def(step.definition))).collect();
            Datum::tuple(vec![requests::node_datum(node), Datum::List(links)])
        };
        Datum::List(trail.0.iter().map(station).collect())
    }

    /// How far a future is whose home is here.
    pub(super) fn status_of(&self, outcome: Option<&Outcome>, home: NodeId) -> Datum {
        match outcome {
            None => Datum::builtin(BuiltinType::RemoteStatus, 0, Vec::new()),
            Some(Outcome::Returned(_)) => Datum::builtin(BuiltinType::RemoteStatus, 1, Vec::new()),
            Some(outcome) => self.caught(Catch::Status, outcome, home),
        }
    }

    fn err_of(&self, outcome: &Outcome, home: NodeId) -> Datum {
        let failure = match outcome {
            Outcome::Failed(failure) => failure,
            Outcome::Raised(raised) => return message(&message_of(raised)),
            Outcome::Returned(_) => return message("it has a value"),
        };
        let node = |name: &str| requests::node_datum(self.node_named(name).unwrap_or(home));
        let progress = |progress: &Progress| {
            let index = match progress {
                Progress::NotStarted => 0,
                Progress::MayHaveRun => 1,
            };
            Datum::builtin(BuiltinType::RemoteProgress, index, Vec::new())
        };
        let lost = |name: &str, known: &Progress| err(RemoteErrKind::Unreachable, vec![node(name), progress(known)]);
        match failure {
            Failure::Overdue { .. } => err(RemoteErrKind::Timeout, Vec::new()),
            Failure::Unreachable { node, progress, .. } | Failure::TimedOut { node, progress } => lost(node, progress),
            Failure::Restarted { node } => lost(node, &Progress::MayHaveRun),
            Failure::Busy { node: name } => err(RemoteErrKind::Busy, vec![node(name)]),
            Failure::NoListener { .. } => err(RemoteErrKind::NoListener, Vec::new()),
            Failure::LostFuture { .. } | Failure::LostResumption { .. } => err(RemoteErrKind::Lost, Vec::new()),
            Failure::Denied { what, .. } => err(RemoteErrKind::Denied, vec![Datum::text(what)]),
            Failure::OutOfBudget { resource, .. } => {
                err(RemoteErrKind::OutOfBudget, vec![Datum::text(resource_name(*resource))])
            }
            Failure::Cancelled { .. } => err(RemoteErrKind::Cancelled, Vec::new()),
            other => message(&other.to_string()),
        }
    }

    /// The node that is named so in a failure, if it is named by its key.
    fn node_named(&self, name: &str) -> Option<NodeId> {
        let (rest, id) = match name.split_once('/') {
            Some((rest, id)) => (rest, base::hash::parse_base32hex(id)?.try_into().ok()?),
            None => (name, [0; 16]),
        };
        let key = rest.split_once('@').map_or(rest, |(key, _)| key);
        HostKey::from_text(key).map(|host| NodeId { host, id })
    }

    /// `Remote.fail`: the task ends as a future did that had this error. None: it is no error.
    pub(super) fn fail_with(&mut self, id: TaskId, error: &Datum) -> Option<()> {
        let Datum::Constructed(TypeRef::Builtin(BuiltinType::RemoteErr), kind, fields) = error else {
            return None;
        };
        let here = self.name(self.tasks.get(&id)?.node);
        let failure = match (kind, fields.as_slice()) {
            (0, []) => Failure::Overdue { node: here },
            (1, [Datum::Text(text)]) => {
                let raised = Datum::failure(BuiltinType::MiscFailure, text);
                self.resume(id, Answer::Raise(raised));
                return Some(());
            }
            (2, [node, Datum::Constructed(_, known, _)]) => {
                let progress = Progress::of(*known != 0);
                let why = "it was lost before".into();
                Failure::Unreachable { node: self.name(requests::node_of(node)?), progress, why }
            }
            (3, [node]) => Failure::Busy { node: self.name(requests::node_of(node)?) },
            (4, []) => Failure::NoListener { node: here },
            (5, []) => Failure::LostFuture { node: here },
            (6, [Datum::Text(what)]) => Failure::Denied { node: here, what: what.to_string() },
            (7, [Datum::Text(name)]) => match resource_named(name) {
                Some(resource) => Failure::OutOfBudget { node: here, resource },
                None => Failure::Fault { node: here, what: format!("out of {name}") },
            },
            (8, []) => Failure::Cancelled { node: here },
            _ => return None,
        };
        self.fail_task(id, failure);
        Some(())
    }
}

fn err(kind: RemoteErrKind, fields: Vec<Datum>) -> Datum {
    Datum::builtin(BuiltinType::RemoteErr, kind as u32, fields)
}

fn message(text: &str) -> Datum {
    err(RemoteErrKind::Msg, vec![Datum::text(text)])
}

/// The node that a host without an address calls so.
fn local_node(name: &str, origin: NodeId) -> NodeId {
    let number = name.strip_prefix("local/").and_then(|number| number.parse().ok()).unwrap_or(0);
    NodeId::numbered(origin.host, number)
}

/// The message of the `Failure` that was raised.
fn message_of(raised: &Portable) -> String {
    match machine::portable::to_datum(raised, RAISED_NODES_MAX) {
        Ok(Datum::Constructed(_, _, fields)) => match fields.get(1) {
            Some(Datum::Text(text)) => text.to_string(),
            _ => "something was raised that is not a failure".into(),
        },
        _ => "a failure was raised that is too large to look at".into(),
    }
}

fn resource_named(name: &str) -> Option<sandbox::Resource> {
    use sandbox::Resource::*;
    [Fuel, WallTime, Memory, Stack, ResultSize, Messages, Tasks].into_iter().find(|r| resource_name(*r) == name)
}

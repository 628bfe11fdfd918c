//! Values that are to leave, and name what waits at some host for an answer of this one: nobody else could resume that, so it is fetched and put in its place first.
//!
//! That happens where a continuation in which such a request was captured is sent on, or stored: not where it is resumed, and not where it waits itself for the answer of another host, since it
//! stays where it is then.

use super::*;
use crate::message::{End, Handle};
use machine::Portable;
use machine::portable::ResumptionName;
use sandbox::Resource;

/// Values that lack something.
#[derive(Default, Debug)]
pub(super) struct Fetches(BTreeMap<u64, Lack>);

#[derive(Debug)]
struct Lack {
    leaves: Leaving,
    value: Portable,
    context: Arc<Context>,
    /// What it names, and what of that has come.
    names: Vec<ResumptionName>,
    found: Vec<Option<Portable>>,
    rounds: u32,
}

/// What cannot go before the value is whole.
#[derive(Debug)]
enum Leaving {
    Call(CallId),
    Session(Session, Box<End>, Budget),
}

impl Host {
    /// The root of a call names what is elsewhere.
    pub(super) fn fill_call(&mut self, id: CallId) {
        if let Some((value, context)) = self.value_of_call(id) {
            self.fill(Leaving::Call(id), value, context);
        }
    }

    /// The end of a session if it can go as it is. None: it follows.
    pub(super) fn with_resumptions_before_it_leaves(
        &mut self,
        session: Session,
        end: End,
        left: Budget,
    ) -> Option<End> {
        let Some(value) = end.value().filter(|value| machine::portable::names_resumptions(value)).cloned() else {
            return Some(end);
        };
        let Some(run) = self.sessions.get(&session).map(|state| state.run()) else { return Some(end) };
        let context = Arc::new(Context {
            run,
            call: session.1,
            origin: self.own([0; 16]),
            cluster: Arc::default(),
            principals: self.own_principals(),
            policy: Policy::Everything,
            tokens: Arc::default(),
            trace: Trace::default(),
            leader: Leader::Session(session),
            begun: self.now,
        });
        self.fill(Leaving::Session(session, Box::new(end), left), value, context);
        None
    }

    fn fill(&mut self, leaves: Leaving, value: Portable, context: Arc<Context>) {
        let number = self.number();
        let lack = Lack { leaves, value, context, names: Vec::new(), found: Vec::new(), rounds: 0 };
        self.fetches.0.insert(number, lack);
        self.look_for(number);
    }

    /// Asks for all that the value names.
    fn look_for(&mut self, number: u64) {
        let Some(lack) = self.fetches.0.get_mut(&number) else { return };
        lack.names = named(&lack.value).map(|named| named.resumptions).unwrap_or_default();
        if lack.names.is_empty() {
            return self.is_whole(number);
        }
        lack.rounds += 1;
        if lack.rounds > FETCHES_MAX || lack.value.size() as u64 > Budget::DEFAULT.result_bytes {
            let failure = Failure::OutOfBudget { node: self.own_name(), resource: Resource::ResultSize };
            return self.cannot_leave(number, failure);
        }
        lack.found = vec![None; lack.names.len()];
        let (names, context) = (lack.names.clone(), lack.context.clone());
        for (place, name) in (0..).zip(names) {
            let waiter = Waiter::Fetch(number, place);
            let ((home, incarnation, id), secret) = name;
            let handle = Handle { incarnation, id: FutureId(id), secret };
            let asked = match NodeId::from_bytes(&home) {
                Some(home) => {
                    let root = Root::Fetch(handle).into();
                    self.evaluate(home, root, context.clone(), Budget::DEFAULT, None, waiter).map(drop)
                }
                None => Err(self.fault([0; 16], "a value names no node where something would wait")),
            };
            if let Err(failure) = asked {
                self.work.push_back(Work::deliver(waiter, Outcome::Failed(failure), Budget::DEFAULT));
            }
        }
    }

    /// One of the things that a value names has come, or cannot be had.
    pub(super) fn fetched(&mut self, number: u64, place: u32, ending: Ending) {
        let Some(lack) = self.fetches.0.get_mut(&number) else { return };
        let Outcome::Returned(rest) = ending.outcome else {
            let failure = match ending.outcome {
                Outcome::Failed(failure) => failure,
                _ => self.fault([0; 16], "what waits elsewhere was asked for, and something else came"),
            };
            return self.cannot_leave(number, failure);
        };
        if let Some(found) = lack.found.get_mut(place as usize) {
            *found = Some(rest);
        }
        let found: Option<Vec<Portable>> = lack.found.iter().cloned().collect();
        let Some(found) = found else { return };
        let resumptions: Vec<(ResumptionName, Portable)> = lack.names.iter().copied().zip(found).collect();
        match machine::portable::with_resumptions(&lack.value, &resumptions) {
            Ok(value) => {
                lack.value = value;
                self.look_for(number);
            }
            Err(error) => {
                let failure = self.fault([0; 16], format!("what waits elsewhere is malformed: {error}"));
                self.cannot_leave(number, failure);
            }
        }
    }

    fn is_whole(&mut self, number: u64) {
        let Some(Lack { leaves, value, .. }) = self.fetches.0.remove(&number) else { return };
        match leaves {
            Leaving::Call(id) => self.call_is_filled(id, value),
            Leaving::Session(session, mut end, left) => {
                if let Some(place) = end.value_mut() {
                    *place = value;
                }
                self.end_session(session, *end, left);
            }
        }
    }

    fn cannot_leave(&mut self, number: u64, failure: Failure) {
        let Some(Lack { leaves, .. }) = self.fetches.0.remove(&number) else { return };
        match leaves {
            Leaving::Call(id) => self.fail_call(id, failure),
            Leaving::Session(session, _, left) => self.session_ended(session, Outcome::Failed(failure), left),
        }
    }
}

//! What a request leaves behind when it has ended: futures that it started, which go on and may print or ask.
//!
//! The end of such a request says so. The caller then makes another request, of the first one's *rest*: it stands for all that goes on, its output is theirs, and it ends when nothing is left.
//! So what is left behind reaches the user by the means by which everything does, over as many hosts as the request has come.
//!
//! Between the end of the one and the arrival of the other, what prints waits.

use super::*;
use crate::host::console::Blocked;
use crate::message::{Question, Root, Stream};

/// Why a future has no value although it came to one.
const UNHEARD: &str = "what was printed meanwhile did not come to it";

/// Futures that have not ended, and rests of calls, by the session whose output theirs is.
#[derive(Default, Debug)]
pub(super) struct Parts {
    counts: BTreeMap<Session, usize>,
    /// Sessions that have lost the last of them.
    over: Vec<Session>,
}

impl Parts {
    pub fn add(&mut self, leader: Leader) {
        if let Leader::Session(session) = leader {
            *self.counts.entry(session).or_default() += 1;
        }
    }

    pub fn remove(&mut self, leader: Leader) {
        let Leader::Session(session) = leader else { return };
        let Some(count) = self.counts.get_mut(&session) else { return };
        *count -= 1;
        if *count == 0 {
            self.counts.remove(&session);
            self.over.push(session);
        }
    }

    pub fn has(&self, session: Session) -> bool {
        self.counts.contains_key(&session)
    }
}

/// What is left of a session that has ended.
#[derive(Debug)]
pub(super) struct Rest {
    run: RunId,
    /// The request that stands for it, if it has come.
    voice: Option<Session>,
    /// What was printed and asked before.
    output: Vec<(Stream, String)>,
    asks: Vec<(Question, AskReturn)>,
    blocked: Vec<Blocked>,
    /// Futures that have ended and printed what the caller does not have.
    held: Vec<(FutureId, Ending, Budget)>,
    /// Something was printed that nobody will hear.
    unheard: bool,
}

/// Through which session something is said.
pub(super) enum Voice {
    Session(Session),
    /// None yet.
    Later,
    /// Nobody listens any more.
    Nobody,
}

impl Host {
    /// Whether something is left behind by a session that ends now.
    pub(super) fn leaves_a_rest(&mut self, session: Session, run: RunId) -> bool {
        let leaves = self.futures.parts.has(session);
        if leaves {
            let (output, asks, blocked) = (Vec::new(), Vec::new(), Vec::new());
            let held = Vec::new();
            self.rests.insert(session, Rest { run, voice: None, output, asks, blocked, held, unheard: false });
        }
        leaves
    }

    pub(super) fn voice_of(&self, session: Session) -> Voice {
        match self.rests.get(&session) {
            None if self.sessions.contains_key(&session) => Voice::Session(session),
            None => Voice::Nobody,
            Some(Rest { voice: None, .. }) => Voice::Later,
            Some(Rest { voice: Some(voice), .. }) if self.sessions.contains_key(voice) => Voice::Session(*voice),
            Some(_) => Voice::Nobody,
        }
    }

    /// Keeps output until the rest is asked for.
    pub(super) fn print_later(&mut self, session: Session, stream: Stream, text: &str) {
        if let Some(rest) = self.rests.get_mut(&session) {
            rest.output.push((stream, text.to_string()));
        }
    }

    /// What is printed now is lost.
    pub(super) fn print_to_nobody(&mut self, session: Session) {
        if let Some(rest) = self.rests.get_mut(&session) {
            rest.unheard = true;
        }
    }

    pub(super) fn ask_later(&mut self, session: Session, question: Question, back: AskReturn) {
        if let Some(rest) = self.rests.get_mut(&session) {
            rest.asks.push((question, back));
        }
    }

    pub(super) fn block_until_later(&mut self, session: Session, who: Blocked) {
        if let Some(rest) = self.rests.get_mut(&session) {
            rest.blocked.push(who);
        }
    }

    /// A call has ended whose callee says that something of it goes on.
    pub(super) fn ask_for_rest(&mut self, call: CallId, target: NodeId, context: Arc<Context>) {
        let leader = context.leader;
        let started = self.start_call(target, Root::Rest(call).into(), context, Budget::DEFAULT, None, Waiter::Nobody);
        if started.is_ok() {
            self.futures.parts.add(leader);
        }
    }

    /// A caller asks for what is left of its request.
    pub(super) fn take_rest(&mut self, session: Session, waiter: Waiter) {
        let Waiter::Session(voice) = waiter else { return };
        let Some(rest) = self.rests.get_mut(&session) else {
            return self.work.push_back(Work::deliver(waiter, Outcome::Returned(futures::unit()), Budget::DEFAULT));
        };
        rest.voice = Some(voice);
        if let Some(state) = self.sessions.get_mut(&voice) {
            state.speaks_for = Some(session);
        }
        let Some(rest) = self.rests.get_mut(&session) else { return };
        let (output, asks) = (std::mem::take(&mut rest.output), std::mem::take(&mut rest.asks));
        let blocked = std::mem::take(&mut rest.blocked);
        let leader = Leader::Session(session);
        output.into_iter().for_each(|(stream, text)| _ = self.emit(leader, stream, &text));
        asks.into_iter().for_each(|(question, back)| self.ask(leader, question, back));
        blocked.into_iter().for_each(|who| self.unblock(who));
        if !self.futures.parts.has(session) {
            self.futures.parts.over.push(session);
        }
    }

    pub(super) fn has_rest(&self, session: Session) -> bool {
        self.rests.contains_key(&session)
    }

    /// Nobody will ask for it. What waits goes on, and is not heard.
    pub(super) fn drop_rest(&mut self, session: Session) {
        let unheard = self.is_unread(session);
        let Some(rest) = self.rests.remove(&session) else { return };
        rest.asks.into_iter().for_each(|(question, back)| {
            let reply = question.unanswered("whoever started it does not listen any more");
            self.reply(back, reply);
        });
        rest.blocked.into_iter().for_each(|who| self.unblock(who));
        self.end_held(session, rest.held, unheard);
    }

    /// A future has its outcome. Who awaits it is told when what it has printed has come: output goes before an outcome. If that is lost, they are told so instead.
    pub(super) fn future_returned(&mut self, id: FutureId, ending: Ending, left: Budget) {
        let context = self.futures.all.get(&id).map(|future| future.context.clone());
        let session = context.and_then(|context| match context.leader {
            Leader::Session(session) => Some(session),
            Leader::Command(_) | Leader::Nobody => None,
        });
        let rest = session.and_then(|session| Some((session, self.rests.get(&session)?.unheard)));
        match rest {
            Some((session, true)) => self.end_held(session, vec![(id, ending, left)], true),
            Some((session, false)) if self.is_unread(session) => {
                self.rests.entry(session).and_modify(|rest| rest.held.push((id, ending, left)));
            }
            _ => self.future_ended(id, ending, left),
        }
    }

    /// Ends futures whose output has come to their session's caller, or never will.
    fn end_held(&mut self, session: Session, held: Vec<(FutureId, Ending, Budget)>, unheard: bool) {
        for (id, ending, left) in held {
            let ending = match unheard && ending.outcome.value().is_some() {
                true => {
                    Failure::unreachable(self.book.name(NodeId { host: session.0, id: [0; 16] }), true, UNHEARD).into()
                }
                false => ending,
            };
            self.future_ended(id, ending, left);
        }
    }

    /// Whether the caller does not have all that was printed after the end of a session.
    fn is_unread(&self, session: Session) -> bool {
        let Some(rest) = self.rests.get(&session) else { return false };
        let voice = rest.voice.and_then(|voice| self.sessions.get(&voice));
        !rest.output.is_empty() || voice.is_some_and(|state| state.output.bytes > 0)
    }

    /// The caller has all that was printed.
    pub(super) fn was_read(&mut self, session: Session) {
        let held = self.rests.get_mut(&session).map(|rest| std::mem::take(&mut rest.held));
        self.end_held(session, held.unwrap_or_default(), false);
    }

    /// The caller will not have all that was printed.
    pub(super) fn was_lost(&mut self, session: Session) {
        let Some(rest) = self.rests.get_mut(&session) else { return };
        rest.unheard = true;
        let held = std::mem::take(&mut rest.held);
        self.end_held(session, held, true);
    }

    pub(super) fn drop_rests(&mut self, scope: Scope) {
        let Some(peer) = scope.0 else { return };
        let range = (peer, CallId([0; 16]))..=(peer, CallId([0xff; 16]));
        let mine = self.rests.range(range).filter(|(_, rest)| rest.run == scope.1).map(|(session, _)| *session);
        mine.collect::<Vec<_>>().into_iter().for_each(|session| self.drop_rest(session));
    }

    /// Ends the requests for rests of which nothing is left. One that has not come yet finds what was printed.
    pub(super) fn end_rests(&mut self) {
        for session in std::mem::take(&mut self.futures.parts.over) {
            let Some(rest) = self.rests.get(&session).filter(|_| !self.futures.parts.has(session)) else { continue };
            match rest.voice {
                Some(voice) => {
                    self.rests.remove(&session);
                    let (waiter, outcome) = (Waiter::Session(voice), Outcome::Returned(futures::unit()));
                    self.work.push_back(Work::deliver(waiter, outcome, Budget::DEFAULT));
                }
                None if rest.output.is_empty() && rest.asks.is_empty() => self.drop_rest(session),
                None => {}
            }
        }
        self.settle();
    }
}

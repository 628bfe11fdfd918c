//! What the user or operator of this host wants: runs, and questions to other hosts.

use super::*;
use crate::host::connections::{Accepted, Dial, DialPurpose};
use crate::host::console::Showing;
use crate::host::holds::Holder;
use crate::message::{Message, PROTOCOL_VERSION, Refusal, Status};
use crate::outcome::Progress;
use crate::store::{StoreReply, StoreRequest};
use crate::traffic::Measure;

#[derive(Debug)]
pub(super) enum CommandState {
    Run {
        run: RunId,
        child: Option<Child>,
        arguments: Vec<String>,
        at: NodeId,
        showing: Showing,
        lingers: bool,
    },
    /// The user wants to know when there is no connection with this host.
    Watch(HostKey),
    /// A question to another host.
    Question {
        question: OperatorQuestion,
        expect: Option<HostKey>,
        conn: Option<ConnId>,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OperatorQuestion {
    Resolve,
    Status,
    Stop,
}

/// Time after a run's own within which a callee may still tell that its time was over.
const GRACE_MS: u64 = 1_000;

impl Host {
    pub(super) fn command(&mut self, id: CommandId, command: Command) {
        match command {
            Command::Run(start) => self.start_run(id, *start),
            Command::Cancel(id) => self.cancel_command(id),
            Command::CancelRuns => self.cancel_runs(),
            Command::Watch { host } => self.watch(id, host),
            Command::Resolve { address, expect } => self.question(id, OperatorQuestion::Resolve, address, expect),
            Command::Status { address, expect } => self.question(id, OperatorQuestion::Status, address, expect),
            Command::Stop { address, expect } => self.question(id, OperatorQuestion::Stop, address, expect),
            Command::Traffic => {
                let reply = CommandReply::Traffic(self.traffic);
                self.actions.push(Action::Reply { command: id, reply });
            }
            Command::Measure => self.ask_store(StorePurpose::Measure(id), StoreRequest::Size),
            Command::Drain => self.drain(),
        }
    }

    fn start_run(&mut self, id: CommandId, start: StartRun) {
        let run = RunId(self.entropy.draw());
        let call = CallId(self.entropy.draw());
        for (host, addresses) in &start.hints {
            addresses.iter().rev().for_each(|address| self.book.confirm(*host, address));
        }
        let principals = self.own_principals();
        let trace = match start.traced {
            true => Trace { trace: self.entropy.draw(), span: self.entropy.draw() },
            false => Trace::default(),
        };
        let context = Arc::new(Context {
            run,
            call,
            origin: self.own([0; 16]),
            cluster: start.cluster.into(),
            policy: Policy::Everything,
            principals,
            tokens: Arc::default(),
            trace,
            leader: Leader::Command(id),
            begun: self.now,
        });
        let wall_ms = start.budget.wall_ms;
        let deadline = (wall_ms != sandbox::UNLIMITED).then(|| self.now.saturating_add(wall_ms));
        let (arguments, showing) = (start.arguments, Showing::default());
        let state = CommandState::Run { run, child: None, arguments, at: start.at, showing, lingers: start.lingers };
        self.commands.insert(id, state);
        match self.evaluate(start.at, start.root.into(), context, start.budget, deadline, Waiter::Command(id)) {
            Ok(started) => {
                if let Some(CommandState::Run { child, .. }) = self.commands.get_mut(&id) {
                    *child = started;
                }
                if let Some(deadline) = deadline {
                    self.timers.set(deadline.saturating_add(GRACE_MS), Timer::Command(id));
                }
            }
            Err(failure) => self.run_ended(id, Outcome::Failed(failure)),
        }
    }

    pub(super) fn arguments(&self, id: CommandId) -> Vec<String> {
        match self.commands.get(&id) {
            Some(CommandState::Run { arguments, .. }) => arguments.clone(),
            _ => Vec::new(),
        }
    }

    /// The run has its outcome; whatever of it is still going on anywhere is not wanted any more, unless it lingers.
    pub(super) fn run_ended(&mut self, id: CommandId, ending: impl Into<Ending>) {
        let Ending { outcome, trail } = ending.into();
        let Some(CommandState::Run { run, lingers, .. }) = self.commands.get(&id) else { return };
        let scope = (None, *run);
        if trail != Trail::default() {
            self.actions.push(Action::Reply { command: id, reply: CommandReply::Passed(trail) });
        }
        if *lingers && !matches!(outcome, Outcome::Failed(_)) && self.goes_on(scope) {
            if let Some(value) = outcome.value() {
                self.hold_futures(Holder::Command(id), value);
            }
            return self.actions.push(Action::Ended { command: id, outcome });
        }
        let Some(CommandState::Run { child, .. }) = self.commands.remove(&id) else { return };
        self.end_holds(Holder::Command(id));
        let spans = self.end_spans(scope);
        if !spans.is_empty() {
            self.actions.push(Action::Reply { command: id, reply: CommandReply::Traced(spans) });
        }
        self.work.extend(child.map(Work::Cancel));
        self.drop_scope(scope);
        self.actions.push(Action::Reply { command: id, reply: CommandReply::Ended(outcome) });
    }

    /// Whether anything of the scope is left, here or where a peer was asked.
    fn goes_on(&self, scope: Scope) -> bool {
        self.called.contains_key(&scope) || self.futures.count_of(scope) > 0 || self.tasks.count_of(scope) > 0
    }

    fn cancel_command(&mut self, id: CommandId) {
        if let Some(CommandState::Watch(_)) = self.commands.get(&id) {
            self.commands.remove(&id);
            return self.actions.push(Action::Reply { command: id, reply: CommandReply::Unwatched });
        }
        self.cancel_run(id);
    }

    fn cancel_run(&mut self, id: CommandId) {
        let Some(CommandState::Run { child, .. }) = self.commands.get(&id) else { return };
        let trail = self.whereabouts(*child);
        let outcome = Outcome::Failed(Failure::Cancelled { node: self.own_name() });
        self.run_ended(id, Ending { outcome, trail });
    }

    fn cancel_runs(&mut self) {
        let runs: Vec<CommandId> = self.commands.keys().copied().collect();
        runs.into_iter().for_each(|id| self.cancel_run(id));
    }

    fn watch(&mut self, id: CommandId, host: HostKey) {
        self.commands.insert(id, CommandState::Watch(host));
        if self.route(host).is_none() {
            self.watched_lost(host, "there is no connection");
        }
    }

    pub(super) fn is_watched(&self, peer: HostKey) -> bool {
        self.commands.values().any(|state| matches!(state, CommandState::Watch(host) if *host == peer))
    }

    /// There is no connection with this host.
    pub(super) fn watched_lost(&mut self, peer: HostKey, why: &str) {
        let watches = |state: &CommandState| matches!(state, CommandState::Watch(host) if *host == peer);
        let watching: Vec<CommandId> =
            self.commands.iter().filter(|(_, state)| watches(state)).map(|(id, _)| *id).collect();
        for command in watching {
            self.commands.remove(&command);
            self.actions.push(Action::Reply { command, reply: CommandReply::Lost(why.to_string()) });
        }
    }

    fn question(&mut self, id: CommandId, question: OperatorQuestion, address: String, expect: Option<HostKey>) {
        self.commands.insert(id, CommandState::Question { question, expect, conn: None });
        self.timers.set(self.now + 2 * HANDSHAKE_MS, Timer::Command(id));
        self.dial(Dial { purpose: DialPurpose::Command(id), address }, expect);
    }

    pub(super) fn command_due(&mut self, id: CommandId) {
        match self.commands.get(&id) {
            Some(CommandState::Question { .. }) => self.command_failed(id, CommandError::TimedOut),
            Some(CommandState::Run { at, .. }) => {
                let failure = Failure::TimedOut { node: self.name(*at), progress: Progress::MayHaveRun };
                self.run_ended(id, Outcome::Failed(failure));
            }
            Some(CommandState::Watch(_)) | None => {}
        }
    }

    pub(super) fn command_failed(&mut self, id: CommandId, error: CommandError) {
        if let Some(CommandState::Question { .. }) = self.commands.get(&id) {
            self.commands.remove(&id);
            self.actions.push(Action::Reply { command: id, reply: CommandReply::Failed(error) });
        }
    }

    pub(super) fn command_dial_failed(&mut self, id: CommandId, error: DialError) {
        let Some(CommandState::Question { expect, .. }) = self.commands.get(&id) else { return };
        let error = match (error, *expect) {
            (DialError::WrongKey(found), Some(expected)) => CommandError::WrongKey { expected, found },
            (DialError::WrongKey(found), None) => CommandError::UnknownKey(found),
            (DialError::Failed(why), _) => CommandError::Unreachable(why),
        };
        self.command_failed(id, error);
    }

    /// The connection for a question exists, and the peer has greeted. `own`: it is certified by the own user.
    pub(super) fn command_connected(&mut self, id: CommandId, conn: ConnId, own: bool) {
        let Some(peer) = self.connections.get(&conn).map(|connection| connection.peer) else { return };
        let Some(CommandState::Question { question, expect, conn: on }) = self.commands.get_mut(&id) else {
            return self.close(conn);
        };
        if !own && *expect != Some(peer) {
            self.command_failed(id, CommandError::UnknownKey(peer));
            return self.close(conn);
        }
        *on = Some(conn);
        match *question {
            OperatorQuestion::Resolve => {
                self.commands.remove(&id);
                self.actions.push(Action::Reply { command: id, reply: CommandReply::Resolved(peer) });
            }
            OperatorQuestion::Status => self.send_on(conn, &Message::Status),
            OperatorQuestion::Stop => self.send_on(conn, &Message::Stop),
        }
    }

    fn command_on(&self, conn: ConnId) -> Option<CommandId> {
        let on = |state: &CommandState| matches!(state, CommandState::Question { conn: Some(c), .. } if *c == conn);
        self.commands.iter().find(|(_, state)| on(state)).map(|(id, _)| *id)
    }

    /// The peer has answered a question.
    pub(super) fn command_answered(&mut self, conn: ConnId, reply: CommandReply) {
        if let Some(id) = self.command_on(conn) {
            self.commands.remove(&id);
            self.actions.push(Action::Reply { command: id, reply });
            self.close(conn);
        }
    }

    pub(super) fn command_disconnected(&mut self, conn: ConnId, why: &str) {
        if let Some(id) = self.command_on(conn) {
            self.command_failed(id, CommandError::Unreachable(why.to_string()));
        }
    }

    /// What the host is doing.
    pub fn status(&self) -> Status {
        Status {
            node: self.own_name(),
            protocol: PROTOCOL_VERSION,
            uptime_ms: self.now - self.started,
            peers: self.peers.values().filter(|peer| !peer.open.is_empty()).count() as u64,
            tasks: self.tasks.len() as u64,
            sessions: self.sessions.len() as u64,
            futures: self.futures.len() as u64,
            dropped: self.channels.dropped,
            nodes: self.config.nodes,
            sent_bytes: self.traffic.bytes_sent,
            received_bytes: self.traffic.bytes_received,
            stored_bytes: 0,
            draining: self.draining,
        }
    }

    /// As soon as the store has said how large it is.
    pub(super) fn report_status(&mut self, conn: ConnId) {
        self.ask_store(StorePurpose::Status(conn), StoreRequest::Size);
    }

    pub(super) fn sized(&mut self, purpose: StorePurpose, reply: &StoreReply) {
        let stored_bytes = if let StoreReply::Size(bytes) = reply { *bytes } else { 0 };
        let status = Status { stored_bytes, ..self.status() };
        match purpose {
            StorePurpose::Status(conn) => self.send_on(conn, &Message::StatusReport(status)),
            StorePurpose::Measure(command) => {
                let measure = Box::new(Measure { status, traffic: self.traffic });
                self.actions.push(Action::Reply { command, reply: CommandReply::Measured(measure) });
            }
            StorePurpose::Load(_) | StorePurpose::Transfer(_) | StorePurpose::Serve(..) | StorePurpose::Renewal => {}
        }
    }

    /// Only the host's own user may stop it.
    pub(super) fn told_to_stop(&mut self, conn: ConnId, by: Accepted) {
        if by.user != Some(self.own_user()) {
            return self.send_on(conn, &Message::Refuse(Refusal::NotAllowed));
        }
        self.send_on(conn, &Message::Stopping);
        self.drain();
    }

    fn drain(&mut self) {
        if !self.draining {
            self.draining = true;
            self.timers.set(self.now + DRAIN_MS, Timer::Drained);
        }
    }

    pub(super) fn drain_due(&mut self) {
        self.cancel_sessions();
        self.cancel_runs();
        self.settle();
        self.stop();
    }

    pub(super) fn stop_when_drained(&mut self) {
        if !self.draining || !self.sessions.is_empty() {
            return;
        }
        let runs = self.commands.values().any(|state| matches!(state, CommandState::Run { .. }));
        if !runs && !self.has_detached() {
            self.stop();
        }
    }

    fn stop(&mut self) {
        if std::mem::replace(&mut self.stopped, true) {
            return;
        }
        let open: Vec<ConnId> = self.connections.keys().copied().collect();
        open.into_iter().for_each(|conn| self.close(conn));
        self.actions.push(Action::Shutdown);
    }
}

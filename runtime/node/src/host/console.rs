//! Standard streams and arguments: they belong to whoever started the program, and are reached along the request's own chain.
//!
//! Output is numbered within a session and kept until the caller has it, so it arrives once, in order, and before the outcome. A session that
//! has too much of it under way makes whoever prints wait.

use super::*;
use crate::host::backlog::Parcel;
use crate::host::rests::Voice;
use crate::host::sessions::OutputQueue;
use crate::host::tasks::State;
use crate::link::Lane;
use crate::message::{Message, Reply, Stream};
use builtin::IoErrorKind;
use machine::{Answer, Datum};

/// Output of a run on its way to the user's terminal.
#[derive(Default, Debug)]
pub(super) struct Showing {
    pub bytes: usize,
    /// Who waits for room.
    pub blocked: Vec<Blocked>,
}

/// Who waits until a session or the user has room for output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Blocked {
    /// A task that has printed.
    Task(TaskId),
    /// A call whose output is passed on: its acknowledgement waits.
    Call(CallId),
}

/// Who has asked the user something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AskReturn {
    Task(TaskId),
    /// The callee of a call, by this number.
    Call(CallId, u64),
}

impl Host {
    /// Passes output on. False: whoever prints should wait.
    pub(super) fn emit(&mut self, leader: Leader, stream: Stream, text: &str) -> bool {
        let session = match leader {
            Leader::Command(command) => return self.show(command, stream, text),
            Leader::Nobody => {
                self.actions.push(Action::Unclaimed { stream, text: text.to_string() });
                return true;
            }
            Leader::Session(session) => session,
        };
        let session = match self.voice_of(session) {
            Voice::Session(voice) => voice,
            Voice::Later => {
                self.print_later(session, stream, text);
                return false;
            }
            Voice::Nobody => {
                self.print_to_nobody(session);
                return true;
            }
        };
        for piece in pieces(text) {
            let Some(state) = self.sessions.get_mut(&session) else { return true };
            state.output.add(stream, piece);
        }
        self.owe(session.0, 0, text.len());
        self.post(session.0, Lane::Short, Parcel::Output(session.1));
        self.sessions.get(&session).is_none_or(|state| state.output.bytes < OUTPUT_WINDOW_BYTES)
    }

    fn show(&mut self, command: CommandId, stream: Stream, text: &str) -> bool {
        self.actions.push(Action::Output { command, stream, text: text.to_string() });
        let Some(CommandState::Run { showing, .. }) = self.commands.get_mut(&command) else { return true };
        showing.bytes += text.len();
        showing.bytes < OUTPUT_WINDOW_BYTES
    }

    /// The user's terminal has taken output.
    pub(super) fn shown(&mut self, command: CommandId, bytes: usize) {
        let Some(CommandState::Run { showing, .. }) = self.commands.get_mut(&command) else { return };
        showing.bytes = showing.bytes.saturating_sub(bytes);
        if showing.bytes < OUTPUT_WINDOW_BYTES {
            let blocked = std::mem::take(&mut showing.blocked);
            blocked.into_iter().for_each(|who| self.unblock(who));
        }
    }

    pub(super) fn block(&mut self, leader: Leader, who: Blocked) {
        match leader {
            Leader::Command(command) => {
                if let Some(CommandState::Run { showing, .. }) = self.commands.get_mut(&command) {
                    showing.blocked.push(who);
                }
            }
            Leader::Session(session) => match self.voice_of(session) {
                Voice::Session(voice) => {
                    if let Some(state) = self.sessions.get_mut(&voice) {
                        state.output.blocked.push(who);
                    }
                }
                Voice::Later => self.block_until_later(session, who),
                Voice::Nobody => {}
            },
            Leader::Nobody => {}
        }
    }

    pub(super) fn unblock(&mut self, who: Blocked) {
        match who {
            Blocked::Task(id) => {
                if self.tasks.get(&id).is_some_and(|task| task.state == State::Output) {
                    self.resume(id, Answer::Value(Datum::unit()));
                }
            }
            Blocked::Call(call) => self.acknowledge_output(call),
        }
    }

    /// Of a rest, output is had when the user has it or the last host before the user: what printed it may be awaited on another way. If nobody hears it any more, the callee is told.
    fn acknowledge_output(&mut self, id: CallId) {
        match self.onward(id) {
            // It is among those that are blocked until then.
            Some(Voice::Later) => return,
            Some(Voice::Session(voice)) => {
                if let Some(state) = self.sessions.get_mut(&voice).filter(|state| state.output.bytes > 0) {
                    state.output.passed.insert(id);
                    return;
                }
            }
            Some(Voice::Nobody) => return self.cancel_call(id),
            None => {}
        }
        if let Some(call) = self.calls.get(&id) {
            let (host, upto) = (call.target.host, call.next_output);
            self.send(host, &Message::OutputAck { call: id, upto });
        }
    }

    /// How many pieces of a call's output the callee may forget: none while those that have come are on their way to the user.
    pub(super) fn heard(&self, id: CallId) -> u64 {
        let waits = match self.onward(id) {
            Some(Voice::Later | Voice::Nobody) => true,
            Some(Voice::Session(voice)) => {
                self.sessions.get(&voice).is_some_and(|state| state.output.passed.contains(&id))
            }
            None => false,
        };
        self.calls.get(&id).filter(|_| !waits).map_or(0, |call| call.next_output)
    }

    /// Through what output of a call goes on, if it is a rest's and not the user's host that has it.
    fn onward(&self, id: CallId) -> Option<Voice> {
        match self.calls.get(&id).filter(|call| call.is_rest())?.context.leader {
            Leader::Session(session) => Some(self.voice_of(session)),
            Leader::Command(_) | Leader::Nobody => None,
        }
    }

    /// Output of these has been read, or will never be.
    pub(super) fn passed_on(&mut self, calls: BTreeSet<CallId>) {
        calls.into_iter().for_each(|call| self.acknowledge_output(call));
    }

    /// The caller has output of this session.
    pub(super) fn output_acknowledged(&mut self, session: Session, upto: u64) {
        let Some(state) = self.sessions.get_mut(&session) else { return };
        let before = state.output.bytes;
        let blocked = state.output.acknowledge(upto);
        let after = state.output.bytes;
        let read = state.speaks_for.filter(|_| after == 0);
        let passed = if after == 0 { std::mem::take(&mut state.output.passed) } else { BTreeSet::new() };
        self.owe(session.0, before, after);
        read.into_iter().for_each(|other| self.was_read(other));
        self.passed_on(passed);
        blocked.into_iter().for_each(|who| self.unblock(who));
    }

    /// Output of a call arrives: in its turn it is passed on.
    pub(super) fn output(&mut self, peer: HostKey, id: CallId, seq: u64, stream: Stream, text: String) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.target.host == peer) else { return };
        if seq < call.next_output {
            return self.acknowledge_output(id);
        }
        // No honest callee has more under way.
        if call.early_bytes + text.len() <= EARLY_OUTPUT_BYTES_MAX && !call.early.contains_key(&seq) {
            call.early_bytes += text.len();
            call.early.insert(seq, (stream, text));
        }
        let (leader, mut room, mut passed) = (call.context.leader, true, false);
        while let Some(call) = self.calls.get_mut(&id) {
            let Some((stream, text)) = call.early.remove(&call.next_output) else { break };
            call.next_output += 1;
            call.early_bytes -= text.len();
            passed = true;
            room = self.emit(leader, stream, &printable(&text));
        }
        match (passed, room) {
            (true, true) => self.acknowledge_output(id),
            (true, false) => self.block(leader, Blocked::Call(id)),
            (false, _) => {}
        }
        self.conclude(id);
    }

    pub(super) fn ask(&mut self, leader: Leader, question: Question, back: AskReturn) {
        match leader {
            Leader::Command(command) => self.ask_here(command, question, back),
            Leader::Session(session) => match self.voice_of(session) {
                Voice::Session(voice) => self.ask_caller(voice, question, back),
                Voice::Later => self.ask_later(session, question, back),
                Voice::Nobody => self.ask_caller(session, question, back),
            },
            Leader::Nobody => self.reply(back, question.unanswered(detached::NO_INPUT)),
        }
    }

    fn ask_here(&mut self, command: CommandId, question: Question, back: AskReturn) {
        match question {
            Question::Arguments => {
                let arguments = self.arguments(command);
                self.reply(back, Reply::Arguments(arguments));
            }
            question => {
                let read = ReadId(self.number());
                self.actions.push(match question.clone() {
                    Question::Explain(trail) => Action::Explain { command, read, trail },
                    _ => Action::ReadLine { command, read },
                });
                self.reads.insert(read, (question, back));
            }
        }
    }

    fn ask_caller(&mut self, session: Session, question: Question, back: AskReturn) {
        let Some(state) = self.sessions.get_mut(&session).filter(|state| state.asks.len() < ASKS_MAX) else {
            let why = "the evaluation that could ask for it has ended, or asks for too much";
            return self.reply(back, question.unanswered(why));
        };
        let seq = state.next_ask;
        state.next_ask += 1;
        state.asks.insert(seq, (question.clone(), back));
        self.send(session.0, &Message::Ask { call: session.1, seq, question });
    }

    /// The callee of a call asks. Asked again, it gets the same answer.
    pub(super) fn asked(&mut self, peer: HostKey, id: CallId, seq: u64, question: Question) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.target.host == peer) else { return };
        match call.asked.get(&seq) {
            Some(Some(_)) => self.post_answer(peer, id, seq),
            Some(None) => {}
            None => {
                call.asked.insert(seq, None);
                while call.asked.len() > 2 * ASKS_MAX {
                    call.asked.pop_first();
                }
                let leader = call.context.leader;
                self.ask(leader, question, AskReturn::Call(id, seq));
            }
        }
    }

    pub(super) fn answered(&mut self, session: Session, seq: u64, reply: Reply) {
        let Some(state) = self.sessions.get_mut(&session) else { return };
        if let Some((_, back)) = state.asks.remove(&seq) {
            self.reply(back, reply);
        }
    }

    pub(super) fn read(&mut self, read: ReadId, reply: Reply) {
        let reply = match reply {
            Reply::Line(line) if line.len() > LINE_BYTES_MAX => Reply::NoInput("the line is too long".into()),
            Reply::Lines(lines) => Reply::Lines(lines.into_iter().take(STEPS_MAX).collect()),
            reply => reply,
        };
        if let Some((_, back)) = self.reads.remove(&read) {
            self.reply(back, reply);
        }
    }

    pub(super) fn reply(&mut self, back: AskReturn, reply: Reply) {
        match back {
            AskReturn::Task(task) => self.performed(task, answer_of(reply)),
            AskReturn::Call(id, seq) => {
                let Some(call) = self.calls.get_mut(&id) else { return };
                call.asked.insert(seq, Some(reply));
                let host = call.target.host;
                self.post_answer(host, id, seq);
            }
        }
    }

    fn post_answer(&mut self, peer: HostKey, id: CallId, seq: u64) {
        let Some(Some(reply)) = self.calls.get(&id).and_then(|call| call.asked.get(&seq)) else { return };
        let bytes = match reply {
            Reply::Arguments(arguments) => arguments.iter().map(String::len).sum(),
            Reply::Line(text) | Reply::NoInput(text) => text.len(),
            Reply::Lines(lines) => lines.iter().map(String::len).sum(),
            Reply::EndOfInput => 0,
        };
        self.post(peer, Lane::of(bytes), Parcel::Answer(id, seq));
    }

    pub(super) fn send_answer(&mut self, peer: HostKey, id: CallId, seq: u64) {
        let Some(Some(reply)) = self.calls.get(&id).and_then(|call| call.asked.get(&seq)) else { return };
        let answer = Message::Answer { call: id, seq, reply: reply.clone() };
        self.send(peer, &answer);
    }
}

impl Question {
    /// What is said where nobody can be asked.
    pub(super) fn unanswered(&self, why: &str) -> Reply {
        match self {
            Question::Arguments => Reply::Arguments(Vec::new()),
            Question::ReadLine => Reply::NoInput(why.into()),
            Question::Explain(trail) => Reply::Lines(trail.lines()),
        }
    }
}

impl OutputQueue {
    fn add(&mut self, stream: Stream, text: &str) {
        self.pieces.push_back((self.next, stream, text.to_string()));
        self.next += 1;
        self.bytes += text.len();
    }

    /// The next piece to be sent. Those before it may have come; if they have not, [`OutputQueue::rewind`] begins again.
    pub fn next_unsent(&mut self) -> Option<(u64, Stream, String)> {
        let first = self.pieces.front()?.0;
        let index = usize::try_from(self.sent.saturating_sub(first)).ok()?;
        let (seq, stream, text) = self.pieces.get(index)?.clone();
        self.sent = seq + 1;
        Some((seq, stream, text))
    }

    pub fn rewind(&mut self) {
        self.sent = 0;
    }

    /// The caller has everything before `upto`. Gives those who may go on.
    fn acknowledge(&mut self, upto: u64) -> Vec<Blocked> {
        while self.pieces.front().is_some_and(|(seq, ..)| *seq < upto) {
            let (_, _, text) = self.pieces.pop_front().expect("just seen");
            self.bytes -= text.len();
        }
        if self.bytes < OUTPUT_WINDOW_BYTES { std::mem::take(&mut self.blocked) } else { Vec::new() }
    }
}

/// Output from elsewhere cannot move the cursor, or worse, on the user's terminal.
fn printable(text: &str) -> String {
    let harmless = |c: char| !c.is_control() || c == '\n' || c == '\t';
    text.chars().map(|c| if harmless(c) { c } else { '\u{fffd}' }).collect()
}

/// Text in pieces that fit a message, cut between characters.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = (0..=rest.len().min(OUTPUT_BYTES_MAX)).rev().find(|i| rest.is_char_boundary(*i))?;
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

fn answer_of(reply: Reply) -> Answer {
    let failure = |kind, why: &str| Answer::Raise(Datum::io_failure(kind, why));
    match reply {
        Reply::Arguments(arguments) => Answer::Value(Datum::List(arguments.iter().map(|a| Datum::text(a)).collect())),
        Reply::Line(line) => Answer::Value(Datum::text(&line)),
        Reply::Lines(lines) => Answer::Value(Datum::List(lines.iter().map(|line| Datum::text(line)).collect())),
        Reply::EndOfInput => failure(IoErrorKind::Eof, "end of input"),
        Reply::NoInput(why) => failure(IoErrorKind::UserError, &why),
    }
}

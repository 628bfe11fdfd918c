//! What the state machine's actions act upon.

use super::Input;
use super::client::Client;
use super::wire::{Arrived, Wire};
use crate::io::Io;
use crate::pool::{self, Pool};
use crate::transport::{Link, Transport};
use hash::store::ObjectStore;
use machine::{Step, Task};
use node::event::{ConnId, DialId, ReadId, TaskId};
use node::{Action, CommandId, CommandReply, Event, Frame, Reply, Trail};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{Sender, UnboundedSender};
use tokio::task::JoinSet;

/// Time for the last frames to be written when a host stops.
const FLUSH_MS: u64 = 1_000;

/// Fuel of the part of a task that runs on the driver's thread: some microseconds, less than it takes to wake another thread.
const INLINE_FUEL: u64 = 512;

pub(super) struct World {
    pub inputs: UnboundedSender<Input>,
    pub transport: Transport,
    pub started: Instant,
    store: Arc<dyn ObjectStore>,
    /// Run slices of tasks.
    workers: Pool,
    /// Ask the store.
    readers: Pool,
    /// Where connections put what has come.
    to_host: Option<Sender<Arrived>>,
    connections: BTreeMap<ConnId, Wire>,
    /// Those that have something to write at the end of the turn.
    unflushed: Vec<ConnId>,
    clients: BTreeMap<CommandId, Client>,
    last_connection: u64,
    io: Arc<Io>,
    writers: JoinSet<()>,
    /// Fuel that tasks have used here beyond what they were given, since builtins are not interrupted. Others run on workers until it is made up for.
    debt: u64,
}

impl World {
    pub fn new(
        inputs: UnboundedSender<Input>,
        transport: Transport,
        store: Arc<dyn ObjectStore>,
        workers: Pool,
        readers: Pool,
    ) -> World {
        let started = Instant::now();
        let io = Arc::new(Io::new(store.clone(), started));
        World {
            inputs,
            transport,
            started,
            store,
            workers,
            readers,
            to_host: None,
            connections: BTreeMap::new(),
            unflushed: Vec::new(),
            clients: BTreeMap::new(),
            last_connection: 0,
            io,
            writers: JoinSet::new(),
            debt: 0,
        }
    }

    /// What comes from peers goes there.
    pub fn connect(&mut self, to_host: Sender<Arrived>) {
        self.to_host = Some(to_host);
    }

    /// What the input means to the host.
    pub fn event(&mut self, input: Input) -> Option<Event> {
        match input {
            Input::Event(event) => Some(event),
            Input::Written { conn, batch } => {
                let bytes = batch.len();
                if let Some(wire) = self.connections.get_mut(&conn) {
                    wire.reuse(batch);
                }
                Some(Event::Written { conn, bytes })
            }
            Input::Linked { link, dial } => self.linked(*link, dial),
            Input::Command { id, command, client } => {
                if let Some(client) = client {
                    self.clients.insert(id, client);
                }
                Some(Event::Command { id, command })
            }
            Input::Stop => None,
        }
    }

    fn linked(&mut self, link: Link, dial: Option<DialId>) -> Option<Event> {
        let to_host = self.to_host.clone()?;
        self.last_connection += 1;
        let conn = ConnId(self.last_connection);
        let wire = Wire::start(conn, link.stream, to_host, self.inputs.clone(), &mut self.writers);
        self.connections.insert(conn, wire);
        Some(Event::Connected { conn, peer: link.peer, dial })
    }

    /// Does what the host wants; what happens at once goes to `events`. True: the host is done with everything.
    pub fn act(&mut self, action: Action, events: &mut VecDeque<Event>) -> bool {
        match action {
            Action::Dial { dial, address, expect } => self.dial(dial, address, expect),
            Action::Send { conn, frame } => self.send(conn, &frame),
            Action::Close { conn } => drop(self.connections.remove(&conn)),
            Action::Store { ticket, request } => {
                let (store, inputs) = (self.store.clone(), self.inputs.clone());
                self.readers.run(None, move |_| {
                    let reply = node::store::perform(&*store, request);
                    let _ = inputs.send(Input::Event(Event::Stored { ticket, reply }));
                });
            }
            Action::Run { task, job, fuel, fresh } => match fresh {
                true => events.extend(self.begin(task, job, fuel)),
                false => self.run(task, job, fuel),
            },
            Action::Perform { task, request } if node::is_quick(request.builtin) => {
                events.push_back(Event::Performed { task, answer: self.io.perform(task, &request) });
            }
            Action::Perform { task, request } => {
                let (io, inputs) = (self.io.clone(), self.inputs.clone());
                let effect = move || Event::Performed { task, answer: io.perform(task, &request) };
                tokio::task::spawn_blocking(move || drop(inputs.send(Input::Event(effect()))));
            }
            Action::Release { task } => {
                let io = self.io.clone();
                tokio::task::spawn_blocking(move || io.release(task));
            }
            Action::Output { command, stream, text } => {
                let screen = self.clients.get(&command).and_then(|client| client.screen.as_ref());
                match screen {
                    Some(screen) => screen.show(command, stream, text),
                    None => events.push_back(Event::Shown { command, bytes: text.len() }),
                }
            }
            // The log has told it.
            Action::Unclaimed { .. } => {}
            Action::ReadLine { command, read } => self.read_line(command, read),
            Action::Explain { command, read, trail } => self.explain(command, read, trail),
            Action::Reply { command, reply: reply @ (CommandReply::Traced(_) | CommandReply::Passed(_)) } => {
                if let Some(client) = self.clients.get(&command) {
                    client.reply(reply);
                }
            }
            Action::Reply { command, reply } => {
                if let Some(client) = self.clients.remove(&command) {
                    client.reply(reply);
                }
            }
            Action::Ended { command, outcome } => {
                if let Some(client) = self.clients.get(&command) {
                    client.reply(CommandReply::Ended(outcome));
                }
            }
            Action::Shutdown => return true,
        }
        false
    }

    fn send(&mut self, conn: ConnId, frame: &Frame) {
        if self.connections.get_mut(&conn).is_some_and(|wire| wire.send(frame)) {
            self.unflushed.push(conn);
        }
    }

    /// Hands what the turn has gathered to the writers.
    pub fn flush(&mut self) {
        for conn in self.unflushed.drain(..) {
            if let Some(wire) = self.connections.get_mut(&conn) {
                wire.flush();
            }
        }
    }

    /// Runs a little of a task here. A worker goes on if it takes more, or comes to something that may take long: whatever happens meanwhile would wait.
    fn begin(&mut self, task: TaskId, job: Box<Task>, fuel: u64) -> Option<Event> {
        if self.debt > 0 {
            self.debt = self.debt.saturating_sub(INLINE_FUEL);
            self.run(task, job, fuel);
            return None;
        }
        let before = job.fuel_used();
        let (job, step) = pool::slice(job, |job| job.run_briefly(fuel.min(INLINE_FUEL)));
        let used = job.fuel_used().saturating_sub(before);
        self.debt = used.saturating_sub(2 * INLINE_FUEL);
        if matches!(step, Step::Paused) && fuel > used {
            self.run(task, job, fuel - used);
            return None;
        }
        Some(Event::Ran { task, job, step })
    }

    fn run(&self, task: TaskId, job: Box<Task>, fuel: u64) {
        let inputs = self.inputs.clone();
        self.workers.run(job.worker(), move |worker| {
            let (mut job, step) = pool::slice(job, |job| job.run(fuel));
            job.runs_on(worker);
            let _ = inputs.send(Input::Event(Event::Ran { task, job, step }));
        });
    }

    fn dial(&self, dial: DialId, address: String, expect: Option<node::HostKey>) {
        let (transport, inputs) = (self.transport.clone(), self.inputs.clone());
        tokio::spawn(async move {
            let input = match transport.dial(&address, expect).await {
                Ok(link) => Input::Linked { link: Box::new(link), dial: Some(dial) },
                Err(error) => Input::Event(Event::DialFailed { dial, error }),
            };
            let _ = inputs.send(input);
        });
    }

    /// What things are called may have to be looked up in a codebase.
    fn explain(&self, command: CommandId, read: ReadId, trail: Trail) {
        let explain = self.clients.get(&command).and_then(|client| client.explain.clone());
        let inputs = self.inputs.clone();
        tokio::task::spawn_blocking(move || {
            let lines = explain.map_or_else(|| trail.lines(), |explain| explain(&trail));
            let _ = inputs.send(Input::Event(Event::Read { read, reply: Reply::Lines(lines) }));
        });
    }

    /// On a thread of its own, which may wait for the user forever and holds up nobody.
    fn read_line(&self, command: CommandId, read: ReadId) {
        let screen = self.clients.get(&command).and_then(|client| client.screen.clone());
        let inputs = self.inputs.clone();
        let reading = move || {
            let reply = match screen.map(|screen| screen.console.read_line()) {
                Some(Ok(Some(line))) => Reply::Line(line),
                Some(Ok(None)) => Reply::EndOfInput,
                Some(Err(error)) => Reply::NoInput(error.to_string()),
                None => Reply::NoInput("the program was started without input".into()),
            };
            let _ = inputs.send(Input::Event(Event::Read { read, reply }));
        };
        if let Err(error) = std::thread::Builder::new().name("input".into()).spawn(reading) {
            let reply = Reply::NoInput(error.to_string());
            let _ = self.inputs.send(Input::Event(Event::Read { read, reply }));
        }
    }

    /// Lets the writers write what they have.
    pub async fn close_all(&mut self) {
        self.connections.clear();
        let flushed = async { while self.writers.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(Duration::from_millis(FLUSH_MS), flushed).await;
    }
}

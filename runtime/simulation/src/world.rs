//! Hosts, their disks and clocks, and what happens to them, in the order of virtual time.

use crate::disk::{Disk, Outside};
use crate::fault::Fault;
use crate::network::Network;
use crate::plan::Plan;
use crate::random::Random;
use crate::watcher::{self, Broken, Moment, Watcher, What};
use builtin::Builtin;
use codebase::MemoryStore;
use ed25519_dalek::SigningKey;
use hash::Object;
use hash::store::{ObjectStore, StoreId};
use machine::{Answer, Datum, HostRequest};
use node::event::{ConnId, DialError, DialId, Millis, StoreTicket, TaskId};
use node::message::{CallId, Reply, Root, Stream};
use node::store::basket::Next;
use node::store::{StoreReply, StoreRequest};
use node::{Action, Certificate, Command, CommandId, CommandReply, Config, Event, Frame, Host, HostKey, NodeId};
use node::{StartRun, Status};
use sandbox::{Budget, Policy};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The user to whom all hosts belong.
const USER: [u8; 32] = [77; 32];

/// Milliseconds that a store needs at most.
const STORE_MS: u64 = 20;

/// Milliseconds until somebody who dials gives up a network that is cut.
const DIAL_MS: u64 = 3_000;

/// When the calendar of a world begins: 2026-01-01, in microseconds.
const EPOCH_US: u64 = 1_767_225_600_000_000;

/// Bytes of output that a world keeps.
const OUTPUT_BYTES_MAX: usize = 64 << 20;

enum Happening {
    Event(usize, Box<Event>),
    Deliver { link: usize, to: usize, frame: Frame },
    Tick(usize),
    Fault(Fault),
    Restart(usize),
}

struct Machine {
    host: Option<Host>,
    secret: SigningKey,
    store: Arc<MemoryStore>,
    disk: Disk,
    /// Until when each access to the disk takes how much longer.
    slow: (Millis, Millis),
    /// Events for an earlier process are lost.
    process: u64,
    ticks: Option<Millis>,
    /// What its process was told to cancel and had begun.
    cancelled: BTreeSet<(HostKey, CallId)>,
}

/// How a world begins.
pub struct Setup {
    pub plan: Plan,
    /// Whether all hosts have one store.
    pub shared_store: bool,
    /// What programs read from standard input, line by line.
    pub input: Vec<String>,
    /// Files of this computer that the first host sees.
    pub outside: Option<Outside>,
    /// Whether the timeline is kept.
    pub keeps: bool,
}

/// Some tasks of a host that wait for the same, as far as their stacks say.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub host: usize,
    pub station: node::Station,
    pub tasks: usize,
}

pub struct World {
    pub random: Random,
    pub now: Millis,
    plan: Plan,
    machines: Vec<Machine>,
    network: Network,
    watcher: Watcher,
    queue: BTreeMap<(Millis, u64), (u64, Happening)>,
    scheduled: u64,
    /// How many things have happened.
    pub steps: u64,
    /// The host that crashes after so many steps, and for how long.
    crash: Option<(u64, usize, Millis)>,
    falsifies: bool,
    input: std::vec::IntoIter<String>,
    pub output: String,
    /// All of it, in order, with the stream.
    pub printed: Vec<(Stream, String)>,
    pub reply: Option<CommandReply>,
    /// Which way the outcome has come, if it is no value.
    pub trail: node::Trail,
    /// What the program has detached that still went on long after it had ended.
    pub left: Vec<node::Station>,
    /// How often each process has written each file.
    pub written: BTreeMap<(usize, u64, String), u32>,
    /// How many runs were started.
    runs: u64,
    /// The most bytes that any host has kept for another.
    pub kept: usize,
    /// Writing this file never ends.
    pub stuck: Option<&'static str>,
}

impl World {
    /// With messages that overtake each other, and nothing else that goes wrong.
    pub fn new(seed: u64, hosts: usize, shared_store: bool) -> World {
        let plan = Plan { reorders: true, ..Plan::calm(seed, hosts) };
        World::start(Setup { plan, shared_store, input: Vec::new(), outside: None, keeps: false })
    }

    pub fn start(setup: Setup) -> World {
        let plan = setup.plan;
        let mut world = World {
            random: Random(plan.seed),
            now: 0,
            machines: Vec::new(),
            network: Network::new(plan.reorders, plan.duplicates),
            watcher: Watcher::new(setup.keeps),
            queue: BTreeMap::new(),
            scheduled: 0,
            steps: 0,
            crash: None,
            falsifies: false,
            input: setup.input.into_iter(),
            output: String::new(),
            printed: Vec::new(),
            reply: None,
            trail: node::Trail::default(),
            left: Vec::new(),
            written: BTreeMap::new(),
            runs: 0,
            kept: 0,
            stuck: None,
            plan,
        };
        for n in 0..world.plan.hosts {
            world.add_machine(n, setup.shared_store, setup.outside.clone().filter(|_| n == 0));
        }
        for (at, fault) in world.plan.faults.clone() {
            world.fault_at(at, fault);
        }
        world
    }

    fn add_machine(&mut self, n: usize, shared_store: bool, outside: Option<Outside>) {
        let secret = SigningKey::from_bytes(&[n as u8 + 1; 32]);
        let store = match self.machines.first() {
            Some(first) if shared_store => first.store.clone(),
            _ => Arc::new(MemoryStore::new(StoreId([n as u8; 16]), 0)),
        };
        self.machines.push(Machine {
            host: None,
            secret,
            store,
            disk: Disk::new(outside),
            slow: (0, 0),
            process: 0,
            ticks: None,
            cancelled: BTreeSet::new(),
        });
        self.start_host(n);
    }

    /// Messages may arrive twice from now on.
    pub fn duplicate(&mut self, duplicates: bool) {
        self.network.duplicates = duplicates;
    }

    pub fn store(&self, n: usize) -> &dyn ObjectStore {
        &*self.machines[n].store
    }

    /// Another process collects garbage in the store of a host, which goes on. Gives how many definitions went.
    pub fn collect(&self, n: usize, unused_ms: u64) -> usize {
        let store = &self.machines[n].store;
        store.tell_time(self.now);
        store.collect(unused_ms)
    }

    pub fn node(&self, n: usize) -> NodeId {
        NodeId::numbered(key(&self.machines[n].secret), 0)
    }

    /// How failures call a host.
    pub fn name(&self, n: usize) -> String {
        self.node(n).to_text(Some(&address(n)))
    }

    pub fn status(&self, n: usize) -> Option<Status> {
        self.machines[n].host.as_ref().map(Host::status)
    }

    /// Where the tasks of each host are.
    pub fn waiting(&self) -> Vec<Waiting> {
        let of_host = |(host, machine): (usize, &Machine)| {
            let places = machine.host.as_ref().map(Host::waiting).unwrap_or_default();
            places.into_iter().map(move |(station, tasks)| Waiting { host, station, tasks })
        };
        self.machines.iter().enumerate().flat_map(of_host).collect()
    }

    /// What was seen since the timeline was last looked at.
    pub fn take_moments(&mut self) -> Vec<Moment> {
        std::mem::take(&mut self.watcher.moments)
    }

    /// A host's process ends and starts again, with another store in place of its own: one that has lost something. Its epoch is another one, unless nobody has noticed.
    pub fn replace_store(&mut self, n: usize, content: &[Object], noticed: bool) {
        let machine = &mut self.machines[n];
        let epoch = machine.store.epoch() + u64::from(noticed);
        let store = MemoryStore::new(machine.store.id(), epoch);
        let open = content.iter().flat_map(Object::dependencies).collect();
        store.put_with_open(content, &open).expect("memory takes what a store has given");
        machine.store = Arc::new(store);
        self.fault(Fault::Crash(n, 10));
    }

    /// Bytes of values that wait at a host to be sent.
    pub fn unsent(&self, n: usize) -> usize {
        self.machines[n].host.as_ref().map_or(0, Host::unsent_bytes)
    }

    /// Promises that were broken until now.
    pub fn broken(&self) -> &[Broken] {
        &self.watcher.broken
    }

    pub fn moments(self) -> Vec<Moment> {
        self.watcher.moments
    }

    /// The time of a host's own clock.
    fn local(&self, n: usize) -> Millis {
        self.now * self.plan.rate(n) / 1_000
    }

    /// When a host's clock shows this time.
    fn global(&self, n: usize, local: Millis) -> Millis {
        local.saturating_mul(1_000).div_ceil(self.plan.rate(n)).max(self.now)
    }

    fn start_host(&mut self, n: usize) {
        let seed = std::array::from_fn(|_| self.random.next() as u8);
        let incarnation = self.random.next();
        let local = self.local(n);
        let machine = &mut self.machines[n];
        let certificate = Certificate::issue(&SigningKey::from_bytes(&USER), key(&machine.secret));
        let config = Config {
            key: key(&machine.secret),
            certificate,
            incarnation,
            store: machine.store.id(),
            epoch: machine.store.epoch(),
            allow: Default::default(),
            policy: Policy::Nothing,
            nodes: 1,
            workers: 2,
            addresses: vec![address(n)],
            called_local: false,
            lease_ms: node::limits::TASK_LEASE_MS,
            seed,
            machine: Default::default(),
        };
        machine.process += 1;
        machine.ticks = None;
        machine.cancelled.clear();
        machine.host = Some(Host::new(config, local));
        self.watcher.note(self.now, n, What::Starts);
    }

    /// Nothing of what follows belongs to the timeline.
    pub fn end_timeline(&mut self) {
        self.watcher.keeps = false;
    }

    /// How many connections have ever been made.
    pub fn connections(&self) -> usize {
        self.network.links.len()
    }

    /// Starts a run at the first host.
    pub fn run(&mut self, main: kernel::DefId, budget: Budget) {
        self.run_with(main, budget, vec!["one".to_string(), "two".to_string()]);
    }

    pub fn run_with(&mut self, main: kernel::DefId, budget: Budget, arguments: Vec<String>) {
        let cluster: Vec<NodeId> = (0..self.machines.len()).map(|n| self.node(n)).collect();
        let hints = (0..self.machines.len()).map(|n| (self.node(n).host, vec![address(n)])).collect();
        let root = Root::Definition(main);
        let start = StartRun { root, at: cluster[0], cluster, hints, arguments, budget, lingers: false, traced: false };
        self.runs += 1;
        self.happens(0, Event::Command { id: CommandId(self.runs), command: Command::Run(Box::new(start)) });
    }

    pub fn cancel(&mut self) {
        self.happens(0, Event::Command { id: CommandId(0), command: Command::Cancel(CommandId(self.runs)) });
    }

    pub fn fault_at(&mut self, at: Millis, fault: Fault) {
        self.schedule(at, 0, Happening::Fault(fault));
    }

    /// A host crashes right after so many things have happened.
    pub fn crash_after(&mut self, steps: u64, host: usize, away_ms: Millis) {
        self.crash = Some((steps, host, away_ms));
    }

    fn schedule(&mut self, at: Millis, process: u64, happening: Happening) {
        self.scheduled += 1;
        self.queue.insert((at, self.scheduled), (process, happening));
    }

    fn later(&mut self, n: usize, max_ms: u64, event: Event) {
        let at = self.now + 1 + self.random.below(max_ms);
        let process = self.machines[n].process;
        self.schedule(at, process, Happening::Event(n, Box::new(event)));
    }

    /// As [`World::later`], of something that the disk does.
    fn after_disk(&mut self, n: usize, max_ms: u64, event: Event) {
        let (until, by) = self.machines[n].slow;
        let slower = if until > self.now { by } else { 0 };
        self.later(n, max_ms + slower, event);
    }

    /// Lets time pass until then, or until there is a reply.
    pub fn until(&mut self, end: Millis, reply: bool) {
        self.until_steps(end, u64::MAX, reply);
    }

    /// As [`World::until`], and not beyond so many steps in all. Says whether it came so far.
    pub fn until_steps(&mut self, end: Millis, steps: u64, reply: bool) -> bool {
        while let Some(entry) = self.queue.first_entry() {
            let at = entry.key().0;
            if at > end || (reply && self.reply.is_some()) {
                break;
            }
            if self.steps >= steps {
                return false;
            }
            let (process, happening) = entry.remove();
            self.now = at;
            self.steps += 1;
            self.happen(process, happening);
            if let Some((_, host, away_ms)) = self.crash.take_if(|(steps, ..)| *steps <= self.steps) {
                self.fault(Fault::Crash(host, away_ms));
            }
        }
        self.now = if reply { self.now } else { end };
        true
    }

    fn happen(&mut self, process: u64, happening: Happening) {
        match happening {
            Happening::Event(n, event) if self.machines[n].process == process => {
                self.note_event(n, &event);
                self.happens(n, *event);
            }
            Happening::Tick(n) if self.machines[n].process == process => {
                self.machines[n].ticks = None;
                self.happens(n, Event::Tick);
            }
            Happening::Event(..) | Happening::Tick(_) => {}
            Happening::Deliver { link, to, frame } => self.delivered(link, to, frame),
            Happening::Fault(fault) => self.fault(fault),
            Happening::Restart(n) => self.start_host(n),
        }
    }

    fn note_event(&mut self, n: usize, event: &Event) {
        match event {
            Event::Connected { conn, dial: Some(_), .. } => {
                if let Some((link, end)) = self.network.link_of(n, *conn) {
                    let other = self.network.links[link].ends[1 - end].0;
                    self.watcher.note(self.now, n, What::Connected(other));
                }
            }
            Event::Disconnected { conn, why } => {
                if let Some((link, end)) = self.network.link_of(n, *conn) {
                    let other = self.network.links[link].ends[1 - end].0;
                    self.watcher.note(self.now, n, What::Disconnected(other, why.clone()));
                }
            }
            _ => {}
        }
    }

    fn delivered(&mut self, link: usize, to: usize, frame: Frame) {
        let open = &self.network.links[link];
        if !open.open || open.blackhole {
            return;
        }
        let ((n, conn), (from, _)) = (open.ends[to], open.ends[1 - to]);
        let call = watcher::cancels(&frame);
        let peer = key(&self.machines[from].secret);
        let works =
            |world: &World, call| world.machines[n].host.as_ref().is_some_and(|host| host.works_for(peer, call));
        let was_at_work = call.is_some_and(|call| works(self, call));
        self.happens(n, Event::Received { conn, frame });
        if let Some(call) = call.filter(|_| was_at_work) {
            self.machines[n].cancelled.insert((peer, call));
        }
        let again = self.machines[n].cancelled.iter().any(|(_, call)| works(self, *call));
        if again {
            self.watcher.broken.push(Broken::RanAfterCancellation { host: n });
        }
    }

    fn happens(&mut self, n: usize, event: Event) {
        let now = self.local(n);
        let Some(host) = self.machines[n].host.as_mut() else { return };
        for action in host.on(now, event) {
            self.act(n, action);
        }
        let machine = &self.machines[n];
        let kept = |host: &Host| self.machines.iter().map(|peer| host.kept_for(key(&peer.secret))).max();
        self.kept = self.kept.max(machine.host.as_ref().and_then(kept).unwrap_or(0));
        let Some(due) = machine.host.as_ref().and_then(Host::next_deadline) else { return };
        let due = self.global(n, due);
        if machine.ticks.is_none_or(|ticks| due < ticks) {
            let process = machine.process;
            self.machines[n].ticks = Some(due);
            self.schedule(due, process, Happening::Tick(n));
        }
    }

    fn act(&mut self, n: usize, action: Action) {
        match action {
            Action::Dial { dial, address, expect } => self.dial(n, dial, &address, expect),
            Action::Send { conn, frame } => self.send(n, conn, frame),
            Action::Close { conn } => self.close(n, conn),
            Action::Store { ticket, request } => self.ask_store(n, ticket, request),
            Action::Run { task, mut job, fuel, .. } => {
                let step = job.run(fuel);
                self.later(n, 3, Event::Ran { task, job, step });
            }
            Action::Perform { task, request } => self.perform(n, task, &request),
            Action::Release { task } => self.machines[n].disk.release(task),
            Action::Unclaimed { .. } => {}
            Action::Output { text, stream, command } => self.print(n, command, stream, &text),
            Action::ReadLine { read, .. } => {
                let reply = self.input.next().map_or(Reply::EndOfInput, Reply::Line);
                self.later(n, 50, Event::Read { read, reply });
            }
            Action::Explain { read, trail, .. } => {
                self.later(n, 50, Event::Read { read, reply: Reply::Lines(trail.lines()) });
            }
            Action::Reply { reply: CommandReply::Passed(trail), .. } => self.trail = trail,
            Action::Reply { reply, .. } => {
                if let CommandReply::Ended(outcome) = &reply {
                    self.watcher.note(self.now, n, What::Ended(outcome.clone()));
                }
                if self.reply.replace(reply).is_some() {
                    self.watcher.broken.push(Broken::EndedTwice);
                }
            }
            Action::Ended { .. } => self.impossible(n, "a run that lingers"),
            Action::Shutdown => self.impossible(n, "to stop"),
        }
    }

    fn impossible(&mut self, host: usize, what: &str) {
        self.watcher.broken.push(Broken::Impossible { host, what: what.into() });
    }

    fn print(&mut self, n: usize, command: CommandId, stream: Stream, text: &str) {
        if self.reply.is_some() {
            self.watcher.broken.push(Broken::OutputAfterEnd);
        }
        self.watcher.note(self.now, n, What::Output(stream, text.to_string()));
        if self.output.len() < OUTPUT_BYTES_MAX {
            if stream == Stream::Out {
                self.output.push_str(text);
            }
            self.printed.push((stream, text.to_string()));
        }
        self.later(n, 50, Event::Shown { command, bytes: text.len() });
    }

    fn ask_store(&mut self, n: usize, ticket: StoreTicket, request: StoreRequest) {
        let store = self.machines[n].store.clone();
        store.tell_time(self.now);
        let reply = node::store::perform(&*store, request);
        if let StoreReply::Taken { basket, next: Next::Stored } = &reply {
            let put: Vec<base::Hash> = basket.hashes().copied().collect();
            self.check_stored(n, &*store, &put);
        }
        self.after_disk(n, STORE_MS, Event::Stored { ticket, reply });
    }

    fn check_stored(&mut self, host: usize, store: &dyn ObjectStore, put: &[base::Hash]) {
        let found = store.get_many(put).unwrap_or_default();
        for (hash, object) in put.iter().zip(found) {
            let object = object.expect("it has just been stored");
            if Object::verified(*hash, object.kind(), object.bytes().clone()).is_err() {
                self.watcher.broken.push(Broken::FalseDefinition { host, hash: *hash });
            }
        }
    }

    fn perform(&mut self, n: usize, task: TaskId, request: &HostRequest) {
        let path = match request.args.first() {
            Some(Datum::Text(path)) => Some(path.to_string()),
            _ => None,
        };
        self.watcher.note(self.now, n, What::Effect(request.builtin.name(), path.clone()));
        if let (Builtin::IoWriteFile, Some(path)) = (request.builtin, path) {
            *self.written.entry((n, self.machines[n].process, path.clone())).or_default() += 1;
            if self.stuck == Some(path.as_str()) {
                return;
            }
        }
        let answer = self.ambient(n, request.builtin, &request.args);
        let answer = answer.or_else(|| self.machines[n].disk.perform(task, request.builtin, &request.args));
        let answer = answer.unwrap_or_else(|| {
            let message = format!("{} is not part of a simulation", request.builtin.name());
            Answer::Raise(Datum::io_failure(builtin::IoErrorKind::UserError, &message))
        });
        self.after_disk(n, 50, Event::Performed { task, answer });
    }

    /// Time, chance and environment.
    fn ambient(&mut self, n: usize, builtin: Builtin, args: &[Datum]) -> Option<Answer> {
        Some(match (builtin, args) {
            (Builtin::IoGetEnv, [Datum::Text(name)]) => {
                let message = format!("there is no environment variable {name} in a simulation");
                Answer::Raise(Datum::io_failure(builtin::IoErrorKind::NoSuchThing, &message))
            }
            (Builtin::IoRealtime, _) => {
                let ms = self.local(n) + self.plan.calendar_offset(n);
                Answer::Value(Datum::Nat(EPOCH_US + 1_000 * ms))
            }
            (Builtin::IoMonotonic, _) => Answer::Value(Datum::Nat(self.local(n) * 1_000_000)),
            (Builtin::IoRandomNat, _) => Answer::Value(Datum::Nat(self.random.next())),
            (Builtin::IoRandomBytes, [Datum::Nat(size)]) => {
                let size = (*size).min(1 << 24);
                let bytes: Vec<u8> = (0..size).map(|_| self.random.next() as u8).collect();
                Answer::Value(Datum::Bytes(bytes.into()))
            }
            _ => return None,
        })
    }

    fn dial(&mut self, n: usize, dial: DialId, at: &str, expect: Option<HostKey>) {
        let other = (0..self.machines.len()).find(|m| address(*m) == at).filter(|m| self.machines[*m].host.is_some());
        let Some(other) = other else {
            return self.later(n, 30, Event::DialFailed { dial, error: DialError::Failed("nobody is there".into()) });
        };
        let peer = key(&self.machines[other].secret);
        assert!(expect.is_none_or(|expected| expected == peer), "addresses do not change");
        let healed = self.network.apart(n, other, self.now).unwrap_or(0).saturating_sub(self.now);
        if healed > DIAL_MS {
            let error = DialError::Failed("the network does not get there".into());
            let process = self.machines[n].process;
            let event = Event::DialFailed { dial, error };
            return self.schedule(self.now + DIAL_MS, process, Happening::Event(n, Box::new(event)));
        }
        let [mine, theirs] = self.network.connect(n, other);
        let me = key(&self.machines[n].secret);
        // Both at once: the handshake is over for both before anything is sent.
        let at = self.now + healed + 1 + self.random.below(30);
        let (p, q) = (self.machines[n].process, self.machines[other].process);
        let event = Event::Connected { conn: mine, peer, dial: Some(dial) };
        self.schedule(at, p, Happening::Event(n, Box::new(event)));
        let event = Event::Connected { conn: theirs, peer: me, dial: None };
        self.schedule(at, q, Happening::Event(other, Box::new(event)));
    }

    fn send(&mut self, n: usize, conn: ConnId, mut frame: Frame) {
        if self.falsifies
            && let Some(other) = watcher::falsified(&frame)
        {
            (self.falsifies, frame) = (false, other);
        }
        let bytes = frame.encoded_len();
        let Some(way) = self.network.way(self.now, (n, conn), &frame, &mut self.random) else { return };
        let (link, to) = (way.link, way.to);
        let other = self.network.links[link].ends[to].0;
        self.watcher.sent(self.now, (link, to), (n, other), &frame);
        if let Some(again) = way.again {
            self.schedule(again, 0, Happening::Deliver { link, to, frame: frame.clone() });
        }
        self.schedule(way.arrives, 0, Happening::Deliver { link, to, frame });
        let process = self.machines[n].process;
        self.schedule(way.written, process, Happening::Event(n, Box::new(Event::Written { conn, bytes })));
    }

    fn close(&mut self, n: usize, conn: ConnId) {
        let Some((index, end)) = self.network.link_of(n, conn) else { return };
        // What was sent before still arrives; then the other end learns of it.
        let at = self.network.drained(index, 1 - end).max(self.now) + 1;
        let link = &self.network.links[index];
        let (other, theirs) = link.ends[1 - end];
        let process = self.machines[other].process;
        if link.open && !link.blackhole {
            let event = Event::Disconnected { conn: theirs, why: "closed".into() };
            self.schedule(at, process, Happening::Event(other, Box::new(event)));
        }
    }

    fn fault(&mut self, fault: Fault) {
        let host = match &fault {
            Fault::Crash(n, _) | Fault::SlowDisk(n, ..) => *n,
            _ => 0,
        };
        self.watcher.note(self.now, host, What::Fault(fault.clone()));
        if let Some(broken) = self.network.suffer(self.now, &fault, &mut self.random) {
            self.break_link(broken, "the connection broke");
        }
        match fault {
            Fault::Crash(n, away_ms) => self.crash(n, away_ms),
            Fault::SlowDisk(n, ms, by) => self.machines[n].slow = (self.now + ms, by),
            Fault::Falsify => self.falsifies = true,
            _ => {}
        }
    }

    fn crash(&mut self, n: usize, away_ms: Millis) {
        self.machines[n].host = None;
        self.machines[n].process += 1;
        self.machines[n].disk.close_all();
        self.network.of_host(n).into_iter().for_each(|index| self.break_link(index, "the peer is gone"));
        self.schedule(self.now + away_ms, 0, Happening::Restart(n));
    }

    fn break_link(&mut self, index: usize, why: &str) {
        self.network.links[index].open = false;
        for (n, conn) in self.network.links[index].ends {
            self.later(n, 100, Event::Disconnected { conn, why: why.into() });
        }
    }

    /// Lets leases end, and says what is left of runs then. What the program has detached goes on as long as it likes, and so does what that needs elsewhere.
    pub fn check_quiet(&mut self, quiet_ms: Millis) {
        let end = self.now + quiet_ms;
        self.until(end, false);
        self.left = self.machines.iter().flat_map(|machine| machine.host.iter().flat_map(Host::detached)).collect();
        if !self.left.is_empty() {
            return;
        }
        for host in 0..self.machines.len() {
            let Some(Status { tasks, sessions, futures, .. }) = self.status(host) else { continue };
            if (tasks, sessions, futures) != (0, 0, 0) {
                self.watcher.broken.push(Broken::LeftOver { host, tasks, sessions, futures });
            }
        }
    }
}

fn key(secret: &SigningKey) -> HostKey {
    HostKey(secret.verifying_key().to_bytes())
}

fn address(n: usize) -> String {
    format!("host{n}.test:{}", 4000 + n)
}

//! A network, clocks, disks and processes that a seed decides about. Everything happens in one thread.

use codebase::MemoryStore;
use ed25519_dalek::SigningKey;
use hash::store::{ObjectStore, StoreId};
use machine::{Answer, Datum};
use node::event::{ConnId, DialError, Millis};
use node::frame::FrameKind;
use node::message::{Root, Stream};
use node::{Action, Certificate, Command, CommandId, CommandReply, Config, Event, Frame, Host, HostKey, NodeId};
use node::{StartRun, Status};
use sandbox::{Budget, Policy};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A small generator of numbers that look random: splitmix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// A connection breaks, and both ends learn of it.
    Break,
    /// A connection loses everything from now on, and nobody is told.
    Blackhole,
    /// Nothing that is sent over a connection is read for so long, at either end.
    Stall(Millis),
    /// A host ends, and starts again after so long.
    Crash(usize, Millis),
}

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
    /// Events for an earlier process are lost.
    process: u64,
    ticks: Option<Millis>,
}

/// A connection between two hosts.
struct Link {
    /// Host, and the connection's name, of the dialler and the other.
    ends: [(usize, ConnId); 2],
    open: bool,
    blackhole: bool,
    /// Nothing is read before.
    stalled: Millis,
    /// When the last frame of a stream arrives, by the end to which it goes.
    last: BTreeMap<(usize, bool, u64), Millis>,
}

pub struct World {
    pub random: Random,
    pub now: Millis,
    machines: Vec<Machine>,
    links: Vec<Link>,
    queue: BTreeMap<(Millis, u64), (u64, Happening)>,
    scheduled: u64,
    last_conn: u64,
    /// Whether frames may be delivered twice.
    pub duplicates: bool,
    pub output: String,
    pub reply: Option<CommandReply>,
    /// How often each process has written each file.
    pub written: BTreeMap<(usize, u64, String), u32>,
    /// How many runs were started.
    runs: u64,
    /// The most bytes that any host has kept for another.
    pub kept: usize,
}

const USER: [u8; 32] = [77; 32];

impl World {
    pub fn new(seed: u64, hosts: usize, shared_store: bool) -> World {
        let mut world = World {
            random: Random(seed),
            now: 0,
            machines: Vec::new(),
            links: Vec::new(),
            queue: BTreeMap::new(),
            scheduled: 0,
            last_conn: 0,
            duplicates: false,
            output: String::new(),
            reply: None,
            written: BTreeMap::new(),
            runs: 0,
            kept: 0,
        };
        for n in 0..hosts {
            let secret = SigningKey::from_bytes(&[n as u8 + 1; 32]);
            let store = match world.machines.first() {
                Some(first) if shared_store => first.store.clone(),
                _ => Arc::new(MemoryStore::new(StoreId([n as u8; 16]), 0)),
            };
            world.machines.push(Machine { host: None, secret, store, process: 0, ticks: None });
            world.start(n);
        }
        world
    }

    pub fn store(&self, n: usize) -> &dyn ObjectStore {
        &*self.machines[n].store
    }

    pub fn node(&self, n: usize) -> NodeId {
        NodeId::numbered(key(&self.machines[n].secret), 0)
    }

    pub fn status(&self, n: usize) -> Option<Status> {
        self.machines[n].host.as_ref().map(Host::status)
    }

    fn start(&mut self, n: usize) {
        let seed = std::array::from_fn(|_| self.random.next() as u8);
        let incarnation = self.random.next();
        let machine = &mut self.machines[n];
        let certificate = Certificate::issue(&SigningKey::from_bytes(&USER), key(&machine.secret));
        let config = Config {
            key: key(&machine.secret),
            certificate,
            incarnation,
            store: machine.store.id(),
            epoch: 0,
            allow: Default::default(),
            policy: Policy::Nothing,
            nodes: 1,
            workers: 2,
            addresses: vec![address(n)],
            called_local: false,
            seed,
        };
        machine.process += 1;
        machine.ticks = None;
        machine.host = Some(Host::new(config, self.now));
    }

    /// How many connections have ever been made.
    pub fn connections(&self) -> usize {
        self.links.len()
    }

    /// Starts a run at the first host.
    pub fn run(&mut self, main: kernel::DefId, budget: Budget) {
        let cluster: Vec<NodeId> = (0..self.machines.len()).map(|n| self.node(n)).collect();
        let hints = (0..self.machines.len()).map(|n| (self.node(n).host, vec![address(n)])).collect();
        let arguments = vec!["one".to_string(), "two".to_string()];
        let start = StartRun {
            root: Root::Definition(main),
            at: cluster[0],
            cluster,
            hints,
            arguments,
            budget,
            lingers: false,
        };
        self.runs += 1;
        self.happens(0, Event::Command { id: CommandId(self.runs), command: Command::Run(Box::new(start)) });
    }

    pub fn cancel(&mut self) {
        self.happens(0, Event::Command { id: CommandId(0), command: Command::Cancel(CommandId(self.runs)) });
    }

    pub fn fault_at(&mut self, at: Millis, fault: Fault) {
        self.schedule(at, 0, Happening::Fault(fault));
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

    /// Lets time pass until then, or until there is a reply.
    pub fn until(&mut self, end: Millis, reply: bool) {
        while let Some(entry) = self.queue.first_entry() {
            let at = entry.key().0;
            if at > end || (reply && self.reply.is_some()) {
                break;
            }
            let (process, happening) = entry.remove();
            self.now = at;
            self.happen(process, happening);
        }
        self.now = if reply { self.now } else { end };
    }

    fn happen(&mut self, process: u64, happening: Happening) {
        match happening {
            Happening::Event(n, event) if self.machines[n].process == process => self.happens(n, *event),
            Happening::Tick(n) if self.machines[n].process == process => {
                self.machines[n].ticks = None;
                self.happens(n, Event::Tick);
            }
            Happening::Event(..) | Happening::Tick(_) => {}
            Happening::Deliver { link, to, frame } => {
                let Link { ends, open, blackhole, .. } = &self.links[link];
                if *open && !*blackhole {
                    let (n, conn) = ends[to];
                    self.happens(n, Event::Received { conn, frame });
                }
            }
            Happening::Fault(fault) => self.fault(fault),
            Happening::Restart(n) => self.start(n),
        }
    }

    fn happens(&mut self, n: usize, event: Event) {
        let now = self.now;
        let Some(host) = self.machines[n].host.as_mut() else { return };
        for action in host.on(now, event) {
            self.act(n, action);
        }
        let machine = &self.machines[n];
        let kept = |host: &Host| self.machines.iter().map(|peer| host.kept_for(key(&peer.secret))).max();
        self.kept = self.kept.max(machine.host.as_ref().and_then(kept).unwrap_or(0));
        let Some(due) = machine.host.as_ref().and_then(Host::next_deadline) else { return };
        if machine.ticks.is_none_or(|ticks| due < ticks) {
            let process = machine.process;
            self.machines[n].ticks = Some(due);
            self.schedule(due.max(now), process, Happening::Tick(n));
        }
    }

    fn act(&mut self, n: usize, action: Action) {
        match action {
            Action::Dial { dial, address, expect } => self.dial(n, dial, &address, expect),
            Action::Send { conn, frame } => self.send(n, conn, frame),
            Action::Close { conn } => self.close(n, conn),
            Action::Store { ticket, request } => {
                let reply = node::store::perform(&*self.machines[n].store, request);
                self.later(n, 20, Event::Stored { ticket, reply });
            }
            Action::Run { task, mut job, fuel, .. } => {
                let step = job.run(fuel);
                self.later(n, 3, Event::Ran { task, job, step });
            }
            Action::Perform { task, request } => {
                let Some(Datum::Text(path)) = request.args.first() else { panic!("programs only write: {request:?}") };
                *self.written.entry((n, self.machines[n].process, path.to_string())).or_default() += 1;
                if &**path != "stuck" {
                    self.later(n, 50, Event::Performed { task, answer: Answer::Value(Datum::unit()) });
                }
            }
            Action::Release { .. } => {}
            Action::Output { text, stream, command } => {
                assert_eq!((stream, &self.reply), (Stream::Out, &None), "output comes before the outcome");
                self.output.push_str(&text);
                self.later(n, 50, Event::Shown { command, bytes: text.len() });
            }
            Action::ReadLine { .. } => panic!("no program reads"),
            Action::Reply { reply, .. } => {
                assert_eq!(self.reply.replace(reply), None, "a run ends once");
            }
            Action::Ended { .. } => panic!("no run lingers"),
            Action::Shutdown => panic!("nobody stops a host"),
        }
    }

    fn dial(&mut self, n: usize, dial: node::event::DialId, at: &str, expect: Option<HostKey>) {
        let other = (0..self.machines.len()).find(|m| address(*m) == at).filter(|m| self.machines[*m].host.is_some());
        let Some(other) = other else {
            return self.later(n, 30, Event::DialFailed { dial, error: DialError::Failed("nobody is there".into()) });
        };
        let peer = key(&self.machines[other].secret);
        assert!(expect.is_none_or(|expected| expected == peer), "addresses do not change");
        let (mine, theirs) = (ConnId(self.last_conn + 1), ConnId(self.last_conn + 2));
        self.last_conn += 2;
        let link = Link {
            ends: [(n, mine), (other, theirs)],
            open: true,
            blackhole: false,
            stalled: 0,
            last: BTreeMap::new(),
        };
        self.links.push(link);
        let me = key(&self.machines[n].secret);
        // Both at once: the handshake is over for both before anything is sent.
        let at = self.now + 1 + self.random.below(30);
        let (p, q) = (self.machines[n].process, self.machines[other].process);
        let event = Event::Connected { conn: mine, peer, dial: Some(dial) };
        self.schedule(at, p, Happening::Event(n, Box::new(event)));
        let event = Event::Connected { conn: theirs, peer: me, dial: None };
        self.schedule(at, q, Happening::Event(other, Box::new(event)));
    }

    fn link_of(&self, n: usize, conn: ConnId) -> Option<(usize, usize)> {
        let end = |link: &Link| link.ends.iter().position(|end| *end == (n, conn));
        self.links.iter().enumerate().find_map(|(index, link)| Some((index, end(link)?)))
    }

    /// Frames of one stream keep their order; those of different streams do not. The greeting comes first.
    fn send(&mut self, n: usize, conn: ConnId, frame: Frame) {
        let Some((index, end)) = self.link_of(n, conn) else { return };
        let to = 1 - end;
        let twice = self.duplicates && self.random.one_in(15);
        let slowest = if self.random.one_in(8) { 200 } else { 20 };
        let delay = 1 + self.random.below(slowest);
        let link = &mut self.links[index];
        let greeting = (to, false, 0);
        let stream = (to, frame.kind == FrameKind::Credit, frame.stream);
        let bytes = frame.encoded_len();
        let first = !link.last.contains_key(&stream);
        let is_greeting = stream == greeting && first;
        let floor = link.last.get(&stream).max(link.last.get(&greeting).filter(|_| first)).copied().unwrap_or(0);
        let stalled = link.stalled;
        let at = (self.now + delay).max(floor).max(stalled);
        link.last.insert(stream, at);
        // A message in several frames cannot come twice, since its pieces have no numbers.
        if twice && first && !is_greeting && frame.kind == FrameKind::Last {
            let frame = frame.clone();
            // At once, or when everything may be over.
            let after = if self.random.one_in(2) { 1 + delay } else { 1 + self.random.below(2_000) };
            self.schedule(at + after, 0, Happening::Deliver { link: index, to, frame });
        }
        self.schedule(at, 0, Happening::Deliver { link: index, to, frame });
        let written = (self.now + 1 + self.random.below(3)).max(stalled);
        let process = self.machines[n].process;
        self.schedule(written, process, Happening::Event(n, Box::new(Event::Written { conn, bytes })));
    }

    fn close(&mut self, n: usize, conn: ConnId) {
        let Some((index, end)) = self.link_of(n, conn) else { return };
        // What was sent before still arrives; then the other end learns of it.
        let link = &mut self.links[index];
        let (other, theirs) = link.ends[1 - end];
        let arrives = link.last.iter().filter(|((to, ..), _)| *to == 1 - end).map(|(_, at)| *at).max();
        let at = arrives.unwrap_or(0).max(self.now) + 1;
        let process = self.machines[other].process;
        if link.open && !link.blackhole {
            let event = Event::Disconnected { conn: theirs, why: "closed".into() };
            self.schedule(at, process, Happening::Event(other, Box::new(event)));
        }
    }

    fn fault(&mut self, fault: Fault) {
        match fault {
            Fault::Break | Fault::Blackhole | Fault::Stall(_) => {
                let open: Vec<usize> = (0..self.links.len()).filter(|index| self.links[*index].open).collect();
                if open.is_empty() {
                    return;
                }
                let index = open[self.random.below(open.len() as u64) as usize];
                match fault {
                    Fault::Blackhole => self.links[index].blackhole = true,
                    Fault::Stall(ms) => self.links[index].stalled = self.now + ms,
                    _ => self.break_link(index, "the connection broke"),
                }
            }
            Fault::Crash(n, away_ms) => {
                self.machines[n].host = None;
                self.machines[n].process += 1;
                let mine = |link: &Link| link.open && link.ends.iter().any(|(host, _)| *host == n);
                let links: Vec<usize> = (0..self.links.len()).filter(|index| mine(&self.links[*index])).collect();
                links.into_iter().for_each(|index| self.break_link(index, "the peer is gone"));
                self.schedule(self.now + away_ms, 0, Happening::Restart(n));
            }
        }
    }

    fn break_link(&mut self, index: usize, why: &str) {
        self.links[index].open = false;
        for (n, conn) in self.links[index].ends {
            self.later(n, 100, Event::Disconnected { conn, why: why.into() });
        }
    }
}

fn key(secret: &SigningKey) -> HostKey {
    HostKey(secret.verifying_key().to_bytes())
}

fn address(n: usize) -> String {
    format!("host{n}.test:{}", 4000 + n)
}

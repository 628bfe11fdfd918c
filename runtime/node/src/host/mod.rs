//! A host: everything that one process does as a peer, as a state machine.
//!
//! [`Host::on`] takes an event and gives actions. What an event sets in motion inside is queued as [`Work`] and done before `on` returns, never by
//! recursion: programs decide how deep evaluations nest.
//!
//! An *evaluation* has someone who waits for it (a [`Waiter`]) and is a *task* here or a *call* to another host. What another host asks
//! of this one is a *session*. Each keeps enough to go on over another connection.

mod backlog;
mod calls;
mod channels;
mod commands;
mod connections;
mod console;
mod desks;
mod detached;
mod effects;
mod failures;
mod fetches;
mod futures;
mod graves;
mod holds;
mod idle;
mod journeys;
mod kept;
mod load;
mod locals;
mod places;
mod quotas;
mod ready;
mod renewal;
mod requests;
mod rests;
mod served;
mod sessions;
mod shelves;
mod spans;
mod supplies;
mod table;
mod tasks;
mod transfers;
mod unsent;
mod whereabouts;

use crate::book::Book;
use crate::entropy::Entropy;
use crate::event::*;
use crate::identity::{Certificate, HostKey, NodeId, UserKey};
use crate::limits::*;
use crate::loader::Loader;
use crate::message::{CallId, FutureId, Question, Root, RunId, Trace};
use crate::outcome::{Failure, Outcome};
use crate::timers::{Timer, TimerId, Timers};
use crate::traffic::Traffic;
use crate::trail::{Ending, Station, Trail};
use hash::store::StoreId;
use kernel::TypeRef;
use machine::Machine;
use sandbox::{Budget, Chain, Policy, Token};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

pub use effects::is_quick;

use calls::Call;
use channels::Channels;
use commands::CommandState;
use connections::{Connection, Dial, Peer};
use console::AskReturn;
use desks::Desks;
use effects::Effects;
use fetches::Fetches;
use futures::Futures;
use graves::{Grave, Graves, Tombstone};
use holds::Holds;
use idle::Idle;
use journeys::Journey;
use load::Load;
use quotas::Quotas;
use ready::Ready;
use rests::Rest;
use served::Served;
use sessions::SessionState;
use supplies::Supplies;
use table::Table;
use tasks::Task;
use transfers::{Transfer, TransferKey};
use unsent::Unsent;

/// What a host is told about itself.
#[derive(Clone, Debug)]
pub struct Config {
    pub key: HostKey,
    pub certificate: Certificate,
    /// Unlike that of any earlier process with this key.
    pub incarnation: u64,
    pub store: StoreId,
    pub epoch: u64,
    /// Users and hosts that are served beside the own user's.
    pub allow: BTreeSet<[u8; 32]>,
    /// What they may do.
    pub policy: Policy,
    /// Nodes of this host, numbered from 0.
    pub nodes: u64,
    /// Tasks that may run at the same time.
    pub workers: usize,
    /// Where others may reach this host.
    pub addresses: Vec<String>,
    /// Its nodes are called `local` in failures, as a host is whose address nobody knows: its user sees them.
    pub called_local: bool,
    /// Milliseconds of silence after which a peer is given up, and after which what an absent one has asked for ends.
    pub lease_ms: u64,
    /// Of all identifiers that the host makes up.
    pub seed: [u8; 32],
    /// Where code runs. It has none yet.
    pub machine: Arc<Machine>,
}

/// The state machine.
pub struct Host {
    config: Config,
    now: Millis,
    started: Millis,
    entropy: Entropy,
    machine: Arc<Machine>,
    loader: Loader,
    book: Book,
    timers: Timers,
    actions: Vec<Action>,
    work: VecDeque<Work>,
    /// Where a future was made last, as programs name it: most are made where others were.
    named: Option<(NodeId, machine::Datum)>,
    /// The last number given to a dial, task, store request or question.
    last_number: u64,

    connections: BTreeMap<ConnId, Connection>,
    /// Those that may have a frame for their writer.
    sending: BTreeSet<ConnId>,
    peers: BTreeMap<HostKey, Peer>,
    dials: BTreeMap<DialId, Dial>,

    tasks: Table<TaskId, Task>,
    /// Tasks that could run.
    ready: Ready,
    /// Tasks whose slice a worker runs.
    running: usize,
    desks: Desks,
    idle: Idle,
    load: Load,
    calls: BTreeMap<CallId, Box<Call>>,
    sessions: BTreeMap<Session, Box<SessionState>>,
    /// Sessions that are over, or were cancelled before they began, and runs.
    graves: Graves,
    served: Served,
    unsent: Unsent,
    quotas: Quotas,
    futures: Futures,
    holds: Holds,
    effects: Effects,
    channels: Channels,
    fetches: Fetches,
    /// Peers that were called for a run, for each of its scopes here.
    called: BTreeMap<Scope, BTreeSet<HostKey>>,

    transfers: BTreeMap<TransferKey, Transfer>,
    /// Hashes that a transfer has asked for.
    fetching: BTreeMap<base::Hash, TransferKey>,
    /// Hashes that values have named since the last renewal and that the store has, with all that they depend on: it loses nothing that was used so lately.
    held: BTreeSet<base::Hash>,
    /// When the store was last told what it has to keep.
    renewed: Millis,
    supplies: Supplies,
    stored: BTreeMap<StoreTicket, StorePurpose>,
    /// What requests have left behind that have ended.
    rests: BTreeMap<Session, Rest>,
    reads: BTreeMap<ReadId, (Question, AskReturn)>,
    commands: BTreeMap<CommandId, CommandState>,
    traffic: Traffic,
    /// Of traced runs, until they are sent on.
    spans: BTreeMap<Scope, Vec<crate::span::Span>>,
    /// How far this host's clock is ahead of each peer's, as it was found in the traced run that it was in last.
    clocks: BTreeMap<HostKey, (Trace, u64)>,
    /// Microseconds of the clock, if the driver tells them.
    micros: u64,
    draining: bool,
    stopped: bool,
}

/// Who asked the store.
#[derive(Clone, Debug)]
enum StorePurpose {
    /// A task that needs code.
    Load(TaskId),
    /// A transfer that checks or stores.
    Transfer(TransferKey),
    /// A peer's Need of this number, to be answered over this connection.
    Serve(ConnId, TransferKey, u32),
    /// A peer's question what this host is doing.
    Status(ConnId),
    /// The same, of this host's own user.
    Measure(CommandId),
    /// Nobody: it was told something.
    Renewal,
}

/// Where an evaluation stands: what all of its tasks and calls have in common.
#[derive(Clone, Debug)]
struct Context {
    run: RunId,
    /// The evaluation's id: that of the call that asked for it.
    call: CallId,
    origin: NodeId,
    cluster: Arc<[NodeId]>,
    principals: Chain,
    /// What the principals' policies have in common.
    policy: Policy,
    tokens: Arc<[Token]>,
    trace: Trace,
    leader: Leader,
    /// When this host heard of it.
    begun: Millis,
}

impl Context {
    fn scope(&self) -> Scope {
        match self.leader {
            Leader::Command(_) | Leader::Nobody => (None, self.run),
            Leader::Session((peer, _)) => (Some(peer), self.run),
        }
    }
}

/// Whose standard streams and arguments an evaluation has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Leader {
    /// The run was started here.
    Command(CommandId),
    /// They are reached through whoever asked.
    Session(Session),
    /// It is detached, and has none.
    Nobody,
}

/// What is evaluated, and which abilities it may request of whoever waits.
#[derive(Clone, Debug)]
struct Expression {
    root: Root,
    row: Arc<[TypeRef]>,
}

/// With nobody to request anything of.
impl From<Root> for Expression {
    fn from(root: Root) -> Expression {
        Expression { root, row: Arc::default() }
    }
}

/// Who waits for an outcome.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Waiter {
    /// The user who started the run.
    Command(CommandId),
    Session(Session),
    /// A task that is suspended at its `at` or `await`.
    Task(TaskId),
    Future(FutureId),
    /// Nobody: a message to this host, of so many bytes, by `send`.
    Sent(HostKey, u64),
    /// A value that is to leave, and lacks this: the number of its lack, and which of what it names.
    Fetch(u64, u32),
    Nobody,
}

/// What an evaluation was started as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Child {
    Task(TaskId),
    Call(CallId),
    Future(FutureId),
}

/// What is left to do before an event is dealt with.
#[derive(Debug)]
enum Work {
    /// Tell who waits. With what is left of the budget.
    Deliver(Waiter, Ending, Budget),
    /// Have who waits see to it that an evaluation goes on.
    HandOver(Box<Journey>),
    /// Nobody wants its outcome any more.
    Cancel(Child),
}

impl Work {
    fn deliver(waiter: Waiter, ending: impl Into<Ending>, left: Budget) -> Work {
        Work::Deliver(waiter, ending.into(), left)
    }
}

impl Host {
    /// A host that has just started at this time.
    pub fn new(config: Config, now: Millis) -> Host {
        assert!(config.nodes > 0 && config.workers > 0, "a host has a node and a worker");
        let mut book = Book::default();
        config.addresses.iter().rev().for_each(|address| book.confirm(config.key, address));
        config.machine.lives_at(config.key.0);
        Host {
            entropy: Entropy::new(config.seed),
            machine: config.machine.clone(),
            config,
            now,
            started: now,
            loader: Loader::default(),
            book,
            timers: Timers::default(),
            actions: Vec::new(),
            work: VecDeque::new(),
            named: None,
            last_number: 0,
            connections: BTreeMap::new(),
            sending: BTreeSet::new(),
            peers: BTreeMap::new(),
            dials: BTreeMap::new(),
            tasks: Table::default(),
            ready: Ready::default(),
            running: 0,
            desks: Desks::default(),
            idle: Idle::default(),
            load: Load::new(now),
            calls: BTreeMap::new(),
            sessions: BTreeMap::new(),
            graves: Graves::default(),
            served: Served::default(),
            unsent: Unsent::default(),
            quotas: Quotas::default(),
            futures: Futures::default(),
            holds: Holds::default(),
            effects: Effects::default(),
            channels: Channels::default(),
            fetches: Fetches::default(),
            called: BTreeMap::new(),
            transfers: BTreeMap::new(),
            fetching: BTreeMap::new(),
            held: BTreeSet::new(),
            renewed: now,
            supplies: Supplies::default(),
            stored: BTreeMap::new(),
            rests: BTreeMap::new(),
            reads: BTreeMap::new(),
            commands: BTreeMap::new(),
            traffic: Traffic::default(),
            spans: BTreeMap::new(),
            clocks: BTreeMap::new(),
            micros: 0,
            draining: false,
            stopped: false,
        }
    }

    pub fn key(&self) -> HostKey {
        self.config.key
    }

    /// When [`Event::Tick`] is due at the latest; never, if nothing is.
    pub fn next_deadline(&self) -> Option<Millis> {
        self.timers.next()
    }

    /// Takes an event and gives what is to be done. `now` never goes back.
    pub fn on(&mut self, now: Millis, event: Event) -> Vec<Action> {
        self.now = self.now.max(now);
        self.load.pass(self.now, self.running, self.config.workers);
        self.renew();
        self.dispatch(event);
        self.settle();
        while let Some(timer) = self.timers.pop(self.now) {
            self.due(timer);
            self.settle();
        }
        self.let_go();
        self.end_rests();
        self.run_ready();
        self.pump();
        self.stop_when_drained();
        std::mem::take(&mut self.actions)
    }

    /// What [`Host::on`] has given can be used for what it gives next.
    pub fn reuse(&mut self, mut actions: Vec<Action>) {
        actions.clear();
        if self.actions.is_empty() {
            self.actions = actions;
        }
    }

    fn dispatch(&mut self, event: Event) {
        match event {
            Event::Connected { conn, peer, dial } => self.connected(conn, peer, dial),
            Event::DialFailed { dial, error } => self.dial_failed(dial, error),
            Event::Received { conn, frame } => self.received(conn, frame),
            Event::Written { conn, bytes } => self.written(conn, bytes),
            Event::Disconnected { conn, why } => self.disconnected(conn, &why),
            Event::Ran { task, job, step } => self.ran(task, job, step),
            Event::Stored { ticket, reply } => self.store_replied(ticket, reply),
            Event::Performed { task, answer } => {
                self.effect_ended(task);
                self.performed(task, answer);
            }
            Event::Shown { command, bytes } => self.shown(command, bytes),
            Event::Read { read, reply } => self.read(read, reply),
            Event::Command { id, command } => self.command(id, command),
            Event::Tick => {}
        }
    }

    fn due(&mut self, timer: Timer) {
        match timer {
            Timer::Handshake(conn) => self.handshake_due(conn),
            Timer::Liveness(conn) => self.liveness_due(conn),
            Timer::Redial(peer) => self.redial_due(peer),
            Timer::Away(peer, since) => self.away_due(peer, since),
            Timer::Gone(peer, since) => self.gone_due(peer, since),
            Timer::Deadline(task) => self.deadline_due(task),
            Timer::Wake(task) => self.awake(task),
            Timer::Overdue(future) => self.overdue(future),
            Timer::Kept(future) => self.kept_due(future),
            Timer::Patience(task, call) => self.out_of_patience(task, call),
            Timer::Lease(session) => self.lease_due(session),
            Timer::Impatient(transfer) => self.impatient(transfer),
            Timer::Elsewhere(transfer) => self.elsewhere_due(transfer),
            Timer::Forget(peer) => self.forget_due(peer),
            Timer::Command(command) => self.command_due(command),
            Timer::Drained => self.drain_due(),
        }
    }

    fn settle(&mut self) {
        while let Some(work) = self.work.pop_front() {
            match work {
                Work::Deliver(waiter, ending, left) => self.deliver(waiter, ending, left),
                Work::HandOver(journey) => self.hand_over(*journey),
                Work::Cancel(child) => self.cancel(child),
            }
        }
    }

    fn deliver(&mut self, waiter: Waiter, ending: Ending, left: Budget) {
        match waiter {
            Waiter::Command(command) => self.run_ended(command, ending),
            Waiter::Session(session) => self.session_ended(session, ending, left),
            Waiter::Task(task) => self.child_ended(task, ending, left),
            Waiter::Future(future) => self.future_returned(future, ending, left),
            Waiter::Sent(..) => self.message_ended(&ending.outcome),
            Waiter::Fetch(number, place) => self.fetched(number, place, ending),
            Waiter::Nobody => {}
        }
    }

    fn cancel(&mut self, child: Child) {
        match child {
            Child::Task(task) => self.cancel_task(task),
            Child::Call(call) => self.cancel_call(call),
            Child::Future(future) => self.cancel_future(future),
        }
    }

    fn store_replied(&mut self, ticket: StoreTicket, reply: crate::store::StoreReply) {
        match self.stored.remove(&ticket) {
            Some(StorePurpose::Load(task)) => self.loaded(task, reply),
            Some(StorePurpose::Transfer(key)) => self.transfer_store_replied(key, reply),
            Some(StorePurpose::Serve(conn, key, round)) => self.send_definitions(conn, key, round, reply),
            Some(purpose @ (StorePurpose::Status(_) | StorePurpose::Measure(_))) => self.sized(purpose, &reply),
            Some(StorePurpose::Renewal) | None => {}
        }
    }

    fn ask_store(&mut self, purpose: StorePurpose, request: crate::store::StoreRequest) {
        let ticket = StoreTicket(self.number());
        self.stored.insert(ticket, purpose);
        self.actions.push(Action::Store { ticket, request });
    }

    fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// One of this host's own nodes.
    fn own(&self, id: [u8; 16]) -> NodeId {
        NodeId { host: self.config.key, id }
    }

    /// The name of a node in failures: its text form. A host that nobody else can reach calls its own nodes `local`, as users do.
    fn name(&self, node: NodeId) -> String {
        let is_local = self.config.called_local || self.config.addresses.is_empty();
        if node.host != self.config.key || !is_local {
            return self.book.name(node);
        }
        match u128::from_be_bytes(node.id) {
            0 => "local".into(),
            number => format!("local/{number}"),
        }
    }

    /// This host's name where it is not one of its nodes that matters.
    fn own_name(&self) -> String {
        self.name(self.own([0; 16]))
    }

    fn has_node(&self, id: [u8; 16]) -> bool {
        u128::from_be_bytes(id) < u128::from(self.config.nodes)
    }

    fn own_user(&self) -> UserKey {
        self.config.certificate.user
    }

    /// Of what this host's own user has started.
    fn own_principals(&self) -> Chain {
        Chain::new(vec![sandbox::Principal(self.own_user().0)]).expect("one is not too many")
    }

    /// What code may do that runs on behalf of all these.
    fn policy_of(&self, principals: &Chain) -> Policy {
        let one = |key: &[u8; 32]| match () {
            () if *key == self.own_user().0 => Policy::Everything,
            () if self.config.allow.contains(key) => self.config.policy,
            () => Policy::Nothing,
        };
        principals.principals().iter().map(|p| one(&p.0)).fold(Policy::Everything, Policy::intersect)
    }

    /// As [`Host::policy_of`], for what comes from this peer, which may be served though its user is not.
    fn policy_for(&self, principals: &Chain, peer: HostKey) -> Policy {
        match self.policy_of(principals) {
            Policy::Nothing if self.config.allow.contains(&peer.0) => self.config.policy,
            policy => policy,
        }
    }

    fn fault(&self, node: [u8; 16], what: impl Into<String>) -> Failure {
        Failure::Fault { node: self.name(self.own(node)), what: what.into() }
    }
}

/// What a value names.
#[derive(Default)]
struct Named {
    hashes: Vec<base::Hash>,
    nodes: Vec<NodeId>,
    /// What waits elsewhere for an answer.
    resumptions: Vec<machine::portable::ResumptionName>,
}

/// What a value names; an error if it is malformed.
fn named(value: &machine::Portable) -> Result<Named, base::bytes::DecodeError> {
    let budget = DECODE_ITEMS_MAX.min(64 + 2 * value.bytes().len() as u64);
    let references = machine::portable::references(value, budget)?;
    let mut hashes = references.terms;
    hashes.extend(references.types);
    hashes.sort_unstable();
    hashes.dedup();
    let nodes = references.nodes.iter().filter_map(|bytes| NodeId::from_bytes(bytes)).take(CLUSTER_MAX).collect();
    Ok(Named { hashes, nodes, resumptions: references.resumptions })
}

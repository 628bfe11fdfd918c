//! A host in this process that evaluates for its user, here and at nodes elsewhere.
//!
//! It lives as long as its user likes: what one evaluation has started goes on beside the next ones, and ends with the host.

use crate::driver::{Commander, Driver, Explain};
use crate::screen::Screen;
use crate::serve::{ask_through, configuration, expected, reachable};
use crate::transport::Transport;
use crate::{
    Budget, Console, Ending, Failure, HostKey, Keys, NodeAddress, NodeId, Outcome, RuntimeError, Status, Tiers,
};
use hash::store::ObjectStore;
use kernel::DefId;
use machine::{Machine, Profile};
use node::message::Root;
use node::span::Span;
use node::{Command, CommandId, CommandReply, StartRun, Traffic, Trail};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// How a host is started.
pub struct LocalHostOptions {
    pub store: Arc<dyn ObjectStore>,
    pub keys: Keys,
    /// Whose programs run on it.
    pub console: Arc<dyn Console>,
    /// Threads that evaluate.
    pub workers: usize,
    pub tiers: Tiers,
    /// Milliseconds after which a peer that is silent is given up, and what an absent one has asked for ends.
    pub lease_ms: u64,
    /// Nodes that it has, at least one.
    pub nodes: u64,
    /// Whether hosts that it does not dial itself can reach it, on loopback.
    pub listens: bool,
    /// Whether what an evaluation has started goes on when it has returned or raised.
    pub lingers: bool,
    /// Whether spans of evaluations are kept.
    pub traced: bool,
    /// Whether tasks are sampled.
    pub profiled: bool,
}

/// The host. It stops, and everything on it and for it elsewhere, when this is dropped.
pub struct LocalHost {
    driver: Driver,
    screen: Screen,
    keys: Keys,
    own: HostKey,
    lingers: bool,
    traced: bool,
    profile: Option<Arc<Profile>>,
}

/// Nodes for an evaluation: it begins at the first one, and its cluster has all.
#[derive(Clone, Debug)]
pub struct Place {
    cluster: Vec<NodeId>,
    hints: Vec<(HostKey, Vec<String>)>,
}

/// What is evaluated at a place.
pub struct Program {
    /// A definition that is a delay, in the host's store with all that it depends on.
    pub main: DefId,
    pub arguments: Vec<String>,
    pub budget: Budget,
    /// Names and places of definitions, for programs that ask which way a failure has come.
    pub explain: Explain,
}

/// An evaluation that is under way.
pub struct Evaluation {
    commander: Commander,
    command: CommandId,
    replies: Receiver<CommandReply>,
}

/// Ends an evaluation early, from any thread.
#[derive(Clone)]
pub struct CancelHandle {
    commander: Commander,
    command: CommandId,
}

/// Tells when a host is not connected any more.
pub struct Watch {
    handle: CancelHandle,
    replies: Receiver<CommandReply>,
}

impl LocalHost {
    pub fn start(options: LocalHostOptions) -> Result<LocalHost, RuntimeError> {
        let mut config = configuration(&options.keys, &*options.store, &options.tiers)?;
        config.workers = options.workers.max(1);
        config.lease_ms = options.lease_ms;
        config.nodes = options.nodes.max(1);
        config.called_local = true;
        let own = config.key;
        // Nobody else has the machine yet.
        let machine = Arc::get_mut(&mut config.machine).filter(|_| options.profiled);
        let profile = machine.map(Machine::sample);
        let mut listener = None;
        if options.listens {
            let address = (Ipv4Addr::LOCALHOST, 0).into();
            let failed = |error| RuntimeError::Listen { address, error };
            let bound = TcpListener::bind(address).map_err(failed)?;
            config.addresses = reachable(bound.local_addr().map_err(failed)?);
            listener = Some(bound);
        }
        let transport = Transport::new(options.keys.host_secret())?;
        let driver = Driver::start(config, transport, options.store, listener)?;
        let screen = Screen::start(options.console, driver.commander())?;
        let LocalHostOptions { keys, lingers, traced, .. } = options;
        Ok(LocalHost { driver, screen, keys, own, lingers, traced, profile })
    }

    /// So many nodes of this host, which has them.
    pub fn own(&self, nodes: u64) -> Place {
        let cluster = (0..nodes.max(1)).map(|n| NodeId::numbered(self.own, n)).collect();
        Place { cluster, hints: self.keys.addresses() }
    }

    /// The nodes that the user named, with their keys: given, known, or asked for and certified by the user's own key.
    /// Two addresses of one key would be taken for each other: messages for the one would reach the other.
    pub fn resolve(&self, nodes: &[NodeAddress]) -> Result<Place, RuntimeError> {
        let (mut cluster, mut hints) = (Vec::new(), Vec::new());
        for node in nodes {
            let key = match node.key {
                Some(key) => key,
                None => self.connect(node)?,
            };
            let elsewhere = |(host, at): &&(HostKey, Vec<String>)| *host == key && !at.contains(&node.address);
            if let Some((_, at)) = hints.iter().find(elsewhere) {
                let (first, second) = (at.concat(), node.address.clone());
                return Err(RuntimeError::SameKey { first, second });
            }
            cluster.push(NodeId { host: key, id: node.id });
            hints.push((key, vec![node.address.clone()]));
        }
        // Where the user has named a host, it is looked for nowhere else.
        let mut others = self.keys.addresses();
        others.retain(|(host, _)| hints.iter().all(|(named, _)| named != host));
        hints.extend(others);
        Ok(Place { cluster, hints })
    }

    /// Connects with a node, and gives the key of its host.
    pub fn connect(&self, node: &NodeAddress) -> Result<HostKey, RuntimeError> {
        let command = Command::Resolve { address: node.address.clone(), expect: expected(&self.keys, node)? };
        match ask_through(&self.driver.commander(), &node.address, command)? {
            CommandReply::Resolved(key) => Ok(key),
            _ => Err(something_else(node)),
        }
    }

    /// What a node is doing.
    pub fn status(&self, node: &NodeAddress) -> Result<Status, RuntimeError> {
        let command = Command::Status { address: node.address.clone(), expect: expected(&self.keys, node)? };
        match ask_through(&self.driver.commander(), &node.address, command)? {
            CommandReply::Status(status) => Ok(status),
            _ => Err(something_else(node)),
        }
    }

    /// What was sampled, if it was to be.
    pub fn profile(&self) -> Option<Arc<Profile>> {
        self.profile.clone()
    }

    /// What this host has sent and received.
    pub fn traffic(&self) -> Traffic {
        let (_, replies) = self.driver.commander().give(Command::Traffic);
        match replies.recv() {
            Ok(CommandReply::Traffic(traffic)) => traffic,
            _ => Traffic::default(),
        }
    }

    pub fn evaluate(&self, program: Program, place: Place) -> Evaluation {
        let start = StartRun {
            root: Root::Definition(program.main),
            at: *place.cluster.first().unwrap_or(&NodeId::numbered(self.own, 0)),
            cluster: place.cluster,
            hints: place.hints,
            arguments: program.arguments,
            budget: program.budget,
            lingers: self.lingers,
            traced: self.traced,
        };
        let commander = self.driver.commander();
        let (command, replies) = commander.run(start, self.screen.clone(), program.explain);
        Evaluation { commander, command, replies }
    }

    /// Ends all evaluations, and what they have started.
    pub fn cancel_all(&self) {
        self.driver.commander().tell(Command::CancelRuns);
    }

    /// Watches the connection with a host.
    pub fn watch(&self, host: HostKey) -> Watch {
        let commander = self.driver.commander();
        let (command, replies) = commander.give(Command::Watch { host });
        Watch { handle: CancelHandle { commander, command }, replies }
    }
}

impl Drop for LocalHost {
    fn drop(&mut self) {
        self.cancel_all();
    }
}

fn something_else(node: &NodeAddress) -> RuntimeError {
    RuntimeError::Unreachable { address: node.address.clone(), why: "it answers something else".into() }
}

impl Evaluation {
    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle { commander: self.commander.clone(), command: self.command }
    }

    /// Waits for the outcome. All output that came before it has been written to the console by then.
    pub fn wait(self) -> Outcome {
        self.wait_traced().0.outcome
    }

    /// As [`Evaluation::wait`], with the way that a failure has come.
    pub fn ending(self) -> Ending {
        self.wait_traced().0
    }

    /// As [`Evaluation::ending`], with where the time went, if the host traces.
    pub fn wait_traced(self) -> (Ending, Vec<Span>) {
        let (mut spans, mut trail) = (Vec::new(), Trail::default());
        loop {
            match self.replies.recv() {
                Ok(CommandReply::Traced(traced)) => spans = traced,
                Ok(CommandReply::Passed(passed)) => trail = passed,
                Ok(CommandReply::Ended(outcome)) => return (Ending { outcome, trail }, spans),
                _ => {
                    let (node, what) = ("this process".into(), "the host has stopped".into());
                    return (Failure::Fault { node, what }.into(), spans);
                }
            }
        }
    }
}

impl CancelHandle {
    /// The evaluation ends as cancelled, and so does everything that it started, on every node that can be reached.
    pub fn cancel(&self) {
        self.commander.tell(Command::Cancel(self.command));
    }
}

impl Watch {
    /// Cancelling ends it: then [`Watch::lost`] gives nothing.
    pub fn handle(&self) -> CancelHandle {
        self.handle.clone()
    }

    /// Waits until there is no connection, and says why; nothing if nobody watches any more.
    pub fn lost(&self) -> Option<String> {
        match self.replies.recv() {
            Ok(CommandReply::Lost(why)) => Some(why),
            _ => None,
        }
    }
}

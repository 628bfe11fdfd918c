//! A node that serves evaluation on a port, and what its operator asks of it.

use crate::driver::{Commander, Driver};
use crate::transport::Transport;
use crate::{Keys, NodeAddress, Policy, RuntimeError, Status, Tiers, keys, metrics};
use hash::store::{ObjectStore, StoreError, StoreId};
use hash::{Object, store};
use node::message::Refusal;
use node::{Command, CommandError, CommandReply, Config, NodeId};
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// How a node is started.
pub struct NodeOptions {
    pub listen: SocketAddr,
    pub store: Arc<dyn ObjectStore>,
    pub keys: Keys,
    /// Users or hosts that are served beside the node's own user.
    pub allow: Vec<[u8; 32]>,
    /// What they may do.
    pub policy: Policy,
    /// Threads that evaluate.
    pub workers: usize,
    pub tiers: Tiers,
    /// How many nodes this host has, at least one.
    pub nodes: u64,
    /// Where its numbers can be read, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// Milliseconds after which a peer that is silent is given up, and what an absent one has asked for ends.
    pub lease_ms: u64,
}

/// A node that runs in this process.
pub struct RunningNode {
    address: SocketAddr,
    node: NodeId,
    nodes: u64,
    metrics: Option<SocketAddr>,
    driver: Driver,
    /// Holds the host's key, so that no other process serves as the same host.
    _keys: Keys,
}

/// Drains a node, from any thread.
#[derive(Clone)]
pub struct DrainHandle(Commander);

impl RunningNode {
    /// Starts it: when this returns, it accepts connections.
    pub fn start(options: NodeOptions) -> Result<RunningNode, RuntimeError> {
        let listen = |error| RuntimeError::Listen { address: options.listen, error };
        let listener = TcpListener::bind(options.listen).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let mut config = configuration(&options.keys, &*options.store, &options.tiers)?;
        config.allow = options.allow.into_iter().collect();
        config.policy = options.policy;
        config.workers = options.workers;
        config.lease_ms = options.lease_ms;
        config.addresses = reachable(address);
        config.nodes = options.nodes.max(1);
        let nodes = config.nodes;
        for address in &config.addresses {
            options.keys.note_address(address)?;
        }
        let node = NodeId::numbered(config.key, 0);
        let transport = Transport::new(options.keys.host_secret())?;
        let driver = Driver::start(config, transport, options.store, Some(listener))?;
        let metrics = options.metrics.map(|at| metrics::serve(at, driver.commander())).transpose()?;
        Ok(RunningNode { address, node, nodes, metrics, driver, _keys: options.keys })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `KEY@HOST:PORT`.
    pub fn text(&self) -> String {
        self.node.to_text(Some(&self.address.to_string()))
    }

    /// How many nodes it has: numbered from 0, `KEY@HOST:PORT/NUMBER`.
    pub fn nodes(&self) -> u64 {
        self.nodes
    }

    /// Where its numbers can be read.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    pub fn drain_handle(&self) -> DrainHandle {
        DrainHandle(self.driver.commander())
    }

    /// Waits until it has stopped.
    pub fn wait(self) {
        self.driver.wait();
    }
}

impl DrainHandle {
    /// The node finishes what is running, takes nothing new, and then stops.
    pub fn drain(&self) {
        self.0.tell(Command::Drain);
    }
}

/// Addresses to tell others: not one that means something else to them.
pub(crate) fn reachable(address: SocketAddr) -> Vec<String> {
    if address.ip().is_unspecified() { Vec::new() } else { vec![address.to_string()] }
}

/// A host with one node that serves nobody but its own user.
pub(crate) fn configuration(keys: &Keys, store: &dyn ObjectStore, tiers: &Tiers) -> Result<Config, RuntimeError> {
    let seed = keys::seed()?;
    let incarnation = u64::from_le_bytes(keys::seed()?[..8].try_into().expect("eight of 32 bytes"));
    Ok(Config {
        key: keys.host_key(),
        certificate: keys.certificate(),
        incarnation,
        store: store.id(),
        epoch: store.epoch(),
        allow: Default::default(),
        policy: Policy::Nothing,
        nodes: 1,
        workers: 1,
        addresses: Vec::new(),
        called_local: false,
        lease_ms: node::limits::TASK_LEASE_MS,
        seed,
        machine: Arc::new(tiers.machine()),
    })
}

/// What a node is doing.
pub fn status(keys: &Keys, node: &NodeAddress) -> Result<Status, RuntimeError> {
    let expect = expected(keys, node)?;
    let command = Command::Status { address: node.address.clone(), expect };
    match ask(keys, node, command)? {
        CommandReply::Status(status) => Ok(status),
        _ => Err(RuntimeError::Unreachable { address: node.address.clone(), why: "it answers something else".into() }),
    }
}

/// Tells a node to finish its work and stop. Only its own user can.
pub fn stop(keys: &Keys, node: &NodeAddress) -> Result<(), RuntimeError> {
    let expect = expected(keys, node)?;
    ask(keys, node, Command::Stop { address: node.address.clone(), expect }).map(|_| ())
}

/// The key that has to be there: the one that was named, or that is known.
pub(crate) fn expected(keys: &Keys, node: &NodeAddress) -> Result<Option<node::HostKey>, RuntimeError> {
    match node.key {
        Some(key) => Ok(Some(key)),
        None => keys.known_host(&node.address),
    }
}

fn ask(keys: &Keys, node: &NodeAddress, command: Command) -> Result<CommandReply, RuntimeError> {
    let store: Arc<dyn ObjectStore> = Arc::new(NoStore);
    let config = configuration(keys, &*store, &Tiers::INTERPRETER)?;
    let driver = Driver::start(config, Transport::new(keys.host_secret())?, store, None)?;
    ask_through(&driver.commander(), &node.address, command)
}

/// Asks another host something, and waits for the reply.
pub(crate) fn ask_through(
    commander: &Commander,
    address: &str,
    command: Command,
) -> Result<CommandReply, RuntimeError> {
    let (_, replies) = commander.give(command);
    let address = address.to_string();
    match replies.recv() {
        Ok(CommandReply::Failed(error)) => Err(failed(address, error)),
        Ok(reply) => Ok(reply),
        Err(_) => Err(RuntimeError::System(std::io::Error::other("the host has stopped"))),
    }
}

fn failed(address: String, error: CommandError) -> RuntimeError {
    match error {
        CommandError::Unreachable(why) => RuntimeError::Unreachable { address, why },
        CommandError::TimedOut => RuntimeError::TimedOut { address },
        CommandError::WrongKey { expected, found } => RuntimeError::ChangedKey { address, expected, found },
        CommandError::UnknownKey(key) => RuntimeError::UnknownKey { address, key },
        CommandError::Refused(Refusal::Full) => RuntimeError::Unreachable { address, why: Refusal::Full.to_string() },
        CommandError::Refused(refusal) => RuntimeError::Refused { address, why: refusal.to_string() },
        CommandError::Version(_) => RuntimeError::Unreachable { address, why: error.to_string() },
    }
}

/// For a host that asks and evaluates nothing.
struct NoStore;

impl ObjectStore for NoStore {
    fn id(&self) -> StoreId {
        StoreId([0; 16])
    }

    fn epoch(&self) -> u64 {
        0
    }

    fn has_many(&self, hashes: &[base::Hash]) -> Result<Vec<bool>, StoreError> {
        Ok(vec![false; hashes.len()])
    }

    fn beginning_with(&self, _beginnings: &[[u8; 3]]) -> Result<Vec<base::Hash>, StoreError> {
        Ok(Vec::new())
    }

    fn get_many(&self, hashes: &[base::Hash]) -> Result<Vec<Option<Object>>, StoreError> {
        Ok(vec![None; hashes.len()])
    }

    fn put_with_open(&self, _objects: &[Object], _open: &BTreeSet<base::Hash>) -> Result<(), store::StoreError> {
        Err(StoreError::Unavailable("it keeps nothing".into()))
    }

    fn size(&self) -> Result<u64, StoreError> {
        Ok(0)
    }

    fn open_below(&self, _hashes: &[base::Hash]) -> Result<Vec<base::Hash>, StoreError> {
        Ok(Vec::new())
    }
}

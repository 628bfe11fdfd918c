//! Running a program.

use crate::driver::{Commander, Driver};
use crate::serve::{ask_through, configuration, expected, reachable};
use crate::transport::Transport;
use crate::{Budget, Console, Failure, HostKey, Keys, NodeAddress, NodeId, Outcome, RuntimeError};
use hash::store::ObjectStore;
use kernel::DefId;
use node::message::Root;
use node::{Command, CommandId, CommandReply, StartRun};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// Where `main` is evaluated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum At {
    /// On a host in this process that has so many nodes, at least one.
    Local(u64),
    /// At the first of these, of which there is at least one; `Cluster.run` has all of them.
    Nodes(Vec<NodeAddress>),
}

/// What is run, where and how.
pub struct RunOptions {
    /// A definition that is a delay.
    pub main: DefId,
    pub arguments: Vec<String>,
    pub at: At,
    /// Has `main` and all that it depends on.
    pub store: Arc<dyn ObjectStore>,
    pub keys: Keys,
    pub console: Arc<dyn Console>,
    pub budget: Budget,
    /// Threads that evaluate.
    pub workers: usize,
}

/// A program that runs.
pub struct Run {
    driver: Driver,
    command: CommandId,
    replies: Receiver<CommandReply>,
}

/// Ends a run early, from any thread.
#[derive(Clone)]
pub struct CancelHandle {
    commander: Commander,
    command: CommandId,
}

impl Run {
    /// Starts it. Fails at once if a node that has to be asked for its key cannot be reached, or its key is not trusted.
    pub fn start(options: RunOptions) -> Result<Run, RuntimeError> {
        let mut config = configuration(&options.keys, &*options.store)?;
        config.workers = options.workers.max(1);
        let own = config.key;
        let mut listener = None;
        match &options.at {
            At::Local(nodes) => config.nodes = (*nodes).max(1),
            // So that hosts which this one does not dial itself can reach `origin`.
            At::Nodes(_) => {
                let address = (Ipv4Addr::LOCALHOST, 0).into();
                let failed = |error| RuntimeError::Listen { address, error };
                let bound = TcpListener::bind(address).map_err(failed)?;
                config.addresses = reachable(bound.local_addr().map_err(failed)?);
                listener = Some(bound);
            }
        }
        let transport = Transport::new(options.keys.host_secret())?;
        let driver = Driver::start(config, transport, options.store, listener)?;
        let commander = driver.commander();
        let (cluster, hints) = match &options.at {
            At::Local(nodes) => ((0..(*nodes).max(1)).map(|n| NodeId::numbered(own, n)).collect(), Vec::new()),
            At::Nodes(nodes) => resolve(&commander, &options.keys, nodes)?,
        };
        let start = StartRun {
            root: Root::Definition(options.main),
            at: *cluster.first().unwrap_or(&NodeId::numbered(own, 0)),
            cluster,
            hints,
            arguments: options.arguments,
            budget: options.budget,
        };
        let (command, replies) = commander.give(Command::Run(Box::new(start)), Some(options.console));
        Ok(Run { driver, command, replies })
    }

    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle { commander: self.driver.commander(), command: self.command }
    }

    /// Waits for the outcome. All output has been written to the console by then.
    pub fn wait(self) -> Outcome {
        match self.replies.recv() {
            Ok(CommandReply::Ended(outcome)) => outcome,
            _ => Outcome::Failed(Failure::Fault { node: "this process".into(), what: "the host has stopped".into() }),
        }
    }
}

impl CancelHandle {
    /// The run ends as cancelled, and so does everything that it started, on every node that can be reached.
    pub fn cancel(&self) {
        self.commander.tell(Command::Cancel(self.command));
    }
}

type Resolved = (Vec<NodeId>, Vec<(HostKey, Vec<String>)>);

/// The nodes that the user named, with their keys: given, known, or asked for and certified by the user's own key.
fn resolve(commander: &Commander, keys: &Keys, nodes: &[NodeAddress]) -> Result<Resolved, RuntimeError> {
    let (mut cluster, mut hints) = (Vec::new(), Vec::new());
    for node in nodes {
        let key = match node.key {
            Some(key) => key,
            None => ask_key(commander, keys, node)?,
        };
        cluster.push(NodeId { host: key, id: node.id });
        hints.push((key, vec![node.address.clone()]));
    }
    Ok((cluster, hints))
}

fn ask_key(commander: &Commander, keys: &Keys, node: &NodeAddress) -> Result<HostKey, RuntimeError> {
    let command = Command::Resolve { address: node.address.clone(), expect: expected(keys, node)? };
    match ask_through(commander, &node.address, command)? {
        CommandReply::Resolved(key) => Ok(key),
        _ => Err(RuntimeError::Unreachable { address: node.address.clone(), why: "it answers something else".into() }),
    }
}

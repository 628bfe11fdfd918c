//! Where and how expressions are evaluated: one host in this process for the whole session, which asks nodes elsewhere.
//!
//! What an expression has started goes on beside the next ones. The host is started when it is first needed.
//!
//! **Invariant:** an evaluation begins where the session is attached, or nowhere.

use super::interrupt::Interrupt;
use super::reply::Trouble;
use crate::place::{self, LOCAL_NODES_MAX};
use hash::store::ObjectStore;
use kernel::DefId;
use runtime::{
    At, Budget, CancelHandle, Console, Ending, Explain, Keys, LocalHost, LocalHostOptions, NodeAddress, Outcome, Place,
    Program, RuntimeError, Status, Tiers,
};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What a session tells while nothing is evaluated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// The connection with a node to which the session is attached is gone: its address, and why.
    Lost { address: String, why: String },
}

/// Takes notices, on any thread.
pub type Notices = Arc<dyn Fn(Notice) + Send + Sync>;

/// What a session evaluates with.
pub struct EvaluatorOptions {
    pub keys: Keys,
    pub console: Arc<dyn Console>,
    pub interrupt: Arc<Interrupt>,
    pub notices: Notices,
    /// Threads that evaluate.
    pub workers: usize,
    pub tiers: Tiers,
}

/// Evaluates, and remembers where.
pub struct Evaluator {
    options: EvaluatorOptions,
    store: Arc<dyn ObjectStore>,
    host: Mutex<Option<Arc<LocalHost>>>,
    at: At,
    /// The nodes of `at`, as long as all of them are connected.
    attached: Arc<Mutex<Option<Attached>>>,
    /// Nodes that were attached to, the first one first.
    known: Vec<NodeAddress>,
}

/// Nodes elsewhere, found and watched.
struct Attached {
    place: Place,
    watches: Vec<CancelHandle>,
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.watches.iter().for_each(CancelHandle::cancel);
    }
}

/// A place where expressions have been evaluated, or are.
#[derive(Debug)]
pub struct NodeState {
    pub name: String,
    /// Whether expressions are evaluated there now.
    pub used: bool,
    /// None for this process.
    pub state: Option<Result<Status, RuntimeError>>,
}

impl Evaluator {
    pub fn new(options: EvaluatorOptions, store: Arc<dyn ObjectStore>) -> Evaluator {
        let (host, attached) = (Mutex::new(None), Arc::default());
        Evaluator { options, store, host, at: At::Local(1), attached, known: Vec::new() }
    }

    pub fn tiers(&self) -> &Tiers {
        &self.options.tiers
    }

    pub fn keys(&self) -> &Keys {
        &self.options.keys
    }

    /// Evaluates a definition that is a delay and is in the store.
    pub fn evaluate(&self, main: DefId, explain: Explain) -> Result<Ending, Trouble> {
        let (outcome, stopped) = self.interruptible(|| {
            let host = self.host().map_err(Trouble::Runtime)?;
            let place = self.place_now(&host)?;
            let program = Program { main, arguments: Vec::new(), budget: Budget::DEFAULT, explain };
            let evaluation = host.evaluate(program, place);
            let handle = evaluation.cancel_handle();
            self.options.interrupt.set_running(move || handle.cancel());
            Ok(evaluation.ending())
        });
        match outcome {
            // What had ended before it could be stopped has ended well.
            Ok(ending @ Ending { outcome: Outcome::Returned(_) | Outcome::Raised(_), .. }) => Ok(ending),
            _ if stopped => Err(Trouble::Interrupted),
            outcome => outcome,
        }
    }

    /// From here on Ctrl-C is meant for another entry.
    pub fn rearm(&self) {
        self.options.interrupt.rearm();
    }

    /// What Ctrl-C ends; and whether it did.
    fn interruptible<T>(&self, act: impl FnOnce() -> T) -> (T, bool) {
        self.options.interrupt.begin();
        let done = act();
        (done, self.options.interrupt.end())
    }

    fn host(&self) -> Result<Arc<LocalHost>, RuntimeError> {
        let mut started = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(host) = &*started {
            return Ok(host.clone());
        }
        // Where nothing may be listened on, everything works but what nodes ask of `origin` on a connection of their own.
        let host = match self.start_host(true) {
            Err(RuntimeError::Listen { .. }) => self.start_host(false)?,
            host => host?,
        };
        Ok(started.insert(Arc::new(host)).clone())
    }

    fn start_host(&self, listens: bool) -> Result<LocalHost, RuntimeError> {
        LocalHost::start(LocalHostOptions {
            store: self.store.clone(),
            keys: self.options.keys.clone(),
            console: self.options.console.clone(),
            workers: self.options.workers,
            tiers: self.options.tiers.clone(),
            lease_ms: runtime::LEASE_MS,
            nodes: LOCAL_NODES_MAX,
            listens,
            lingers: true,
            traced: false,
            profiled: false,
        })
    }

    /// The place of the session; nodes that were lost are looked for again.
    fn place_now(&self, host: &Arc<LocalHost>) -> Result<Place, Trouble> {
        let nodes = match &self.at {
            At::Local(nodes) => return Ok(host.own(*nodes)),
            At::Nodes(nodes) => nodes,
        };
        if let Some(attached) = &*self.attached() {
            return Ok(attached.place.clone());
        }
        let attached = self.find(host, nodes, false, Trouble::Runtime)?;
        let place = attached.place.clone();
        *self.attached() = Some(attached);
        Ok(place)
    }

    fn attached(&self) -> std::sync::MutexGuard<'_, Option<Attached>> {
        self.attached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects with nodes, and watches the connections. Ctrl-C ends the waiting, not the attempt.
    fn find(
        &self,
        host: &Arc<LocalHost>,
        nodes: &[NodeAddress],
        asks: bool,
        failed: fn(RuntimeError) -> Trouble,
    ) -> Result<Attached, Trouble> {
        let (dialling, nodes) = (host.clone(), nodes.to_vec());
        let found = self.options.interrupt.wait_for(move || dial(&dialling, &nodes, asks));
        let (found, place) = found.ok_or(Trouble::Interrupted)?.map_err(failed)?;
        let mut attached = Attached { place, watches: Vec::new() };
        // Shared by the watches of one attempt: the first that is lost tells.
        let told = Arc::new(AtomicBool::new(false));
        for node in found {
            attached.watches.extend(self.watch(host, node, told.clone()));
        }
        Ok(attached)
    }

    fn watch(&self, host: &Arc<LocalHost>, node: NodeAddress, told: Arc<AtomicBool>) -> Option<CancelHandle> {
        let watch = host.watch(node.key?);
        let handle = watch.handle();
        let (attached, notices) = (self.attached.clone(), self.options.notices.clone());
        let interrupt = self.options.interrupt.clone();
        let waiting = move || {
            let Some(why) = watch.lost() else { return };
            if told.swap(true, Ordering::SeqCst) {
                return;
            }
            drop(attached.lock().unwrap_or_else(PoisonError::into_inner).take());
            // An evaluation that is under way tells by itself what has become of it.
            if !interrupt.is_evaluating() {
                notices(Notice::Lost { address: node.address, why });
            }
        };
        std::thread::Builder::new().name("watch".into()).spawn(waiting).ok()?;
        Some(handle)
    }

    /// Ends everything that evaluations have started and that goes on.
    pub fn stop(&self) {
        if let Some(host) = &*self.host.lock().unwrap_or_else(PoisonError::into_inner) {
            host.cancel_all();
        }
    }

    /// Evaluates there from now on, if it answers.
    pub fn attach(&mut self, at: At) -> Result<(), Trouble> {
        let mut attached = None;
        if let At::Nodes(nodes) = &at {
            let host = self.host().map_err(Trouble::Unattachable)?;
            let (found, _) = self.interruptible(|| self.find(&host, nodes, true, Trouble::Unattachable));
            attached = Some(found?);
            for node in nodes {
                match self.known.iter_mut().find(|known| (&known.address, known.id) == (&node.address, node.id)) {
                    Some(known) => known.clone_from(node),
                    None => self.known.push(node.clone()),
                }
            }
        }
        *self.attached() = attached;
        self.at = at;
        Ok(())
    }

    /// Evaluates in this process from now on. Whether that is a change.
    pub fn detach(&mut self) -> bool {
        *self.attached() = None;
        std::mem::replace(&mut self.at, At::Local(1)) != At::Local(1)
    }

    /// Where expressions are evaluated, if not simply in this process.
    pub fn place(&self) -> Option<String> {
        (self.at != At::Local(1)).then(|| place::short(&self.at))
    }

    /// Whether the session is attached to nodes of which one has been lost.
    pub fn is_lost(&self) -> bool {
        matches!(self.at, At::Nodes(_)) && self.attached().is_none()
    }

    /// Addresses of the nodes that were attached to.
    pub fn known(&self) -> impl Iterator<Item = &str> {
        self.known.iter().map(|node| node.address.as_str())
    }

    /// Every place there has been, this process first; each is asked when it is its turn, and `told` then.
    pub fn nodes(&self, mut told: impl FnMut(NodeState)) -> Result<(), Trouble> {
        let local = match &self.at {
            At::Local(_) => place::short(&self.at),
            At::Nodes(_) => "local".to_string(),
        };
        told(NodeState { name: local, used: matches!(self.at, At::Local(_)), state: None });
        let (asked, _) = self.interruptible(|| {
            for node in &self.known {
                let used = matches!(&self.at, At::Nodes(nodes) if nodes.contains(node));
                told(NodeState { name: node.address.clone(), used, state: Some(self.status(node)?) });
            }
            Ok(())
        });
        asked
    }

    fn status(&self, node: &NodeAddress) -> Result<Result<Status, RuntimeError>, Trouble> {
        let host = match self.host() {
            Ok(host) => host,
            Err(error) => return Ok(Err(error)),
        };
        let asked = node.clone();
        self.options.interrupt.wait_for(move || host.status(&asked)).ok_or(Trouble::Interrupted)
    }
}

/// Connects with nodes; `asks` each whether it serves this user, which only an answer says.
fn dial(host: &LocalHost, nodes: &[NodeAddress], asks: bool) -> Result<(Vec<NodeAddress>, Place), RuntimeError> {
    let mut found = Vec::new();
    for node in nodes {
        if asks {
            host.status(node)?;
        }
        let key = host.connect(node)?;
        found.push(NodeAddress { key: Some(key), ..node.clone() });
    }
    let place = host.resolve(&found)?;
    Ok((found, place))
}

//! Running a program on a host of its own.

use crate::driver::Explain;
use crate::local::{CancelHandle, Evaluation, LocalHost, LocalHostOptions, Program};
use crate::{Budget, Console, Ending, Keys, NodeAddress, Outcome, RuntimeError, Tiers, Trail};
use hash::store::ObjectStore;
use kernel::DefId;
use machine::Profile;
use node::Traffic;
use node::span::Span;
use std::sync::Arc;

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
    pub explain: Explain,
    pub at: At,
    /// Has `main` and all that it depends on.
    pub store: Arc<dyn ObjectStore>,
    pub keys: Keys,
    pub console: Arc<dyn Console>,
    pub budget: Budget,
    /// Threads that evaluate.
    pub workers: usize,
    pub tiers: Tiers,
    /// Whether its user wants to know where the time went.
    pub traced: bool,
    /// Whether its user wants to know which definitions took it.
    pub profiled: bool,
    /// Milliseconds after which a peer that is silent is given up, and what an absent one has asked for ends.
    pub lease_ms: u64,
}

/// What came of a run, and what it took.
pub struct Finished {
    pub outcome: Outcome,
    /// The way that it has come, if it is no value.
    pub trail: Trail,
    /// What was sent and received since the program was started.
    pub traffic: Traffic,
    /// Where the time went, if that was wanted.
    pub spans: Vec<Span>,
    /// Which definitions took it in this process, if that was wanted.
    pub profile: Option<Arc<Profile>>,
}

/// A program that runs.
pub struct Run {
    /// Stops when the run is over.
    host: LocalHost,
    evaluation: Evaluation,
    /// What had been sent and received before it was started.
    before: Traffic,
}

impl Run {
    /// Starts it. Fails at once if a node that has to be asked for its key cannot be reached, or its key is not trusted.
    pub fn start(options: RunOptions) -> Result<Run, RuntimeError> {
        let (nodes, listens) = match &options.at {
            At::Local(nodes) => (*nodes, false),
            At::Nodes(_) => (1, true),
        };
        let host = LocalHost::start(LocalHostOptions {
            store: options.store,
            keys: options.keys,
            console: options.console,
            workers: options.workers,
            tiers: options.tiers,
            lease_ms: options.lease_ms,
            nodes,
            listens,
            lingers: false,
            traced: options.traced,
            profiled: options.profiled,
        })?;
        let place = match &options.at {
            At::Local(nodes) => host.own(*nodes),
            At::Nodes(nodes) => host.resolve(nodes)?,
        };
        let RunOptions { main, arguments, budget, explain, .. } = options;
        let program = Program { main, arguments, budget, explain };
        let before = host.traffic();
        let evaluation = host.evaluate(program, place);
        Ok(Run { host, evaluation, before })
    }

    pub fn cancel_handle(&self) -> CancelHandle {
        self.evaluation.cancel_handle()
    }

    /// Waits for the outcome. All output has been written to the console by then.
    pub fn wait(self) -> Outcome {
        self.finish().outcome
    }

    /// As [`Run::wait`], with what it took.
    pub fn finish(self) -> Finished {
        let (Ending { outcome, trail }, spans) = self.evaluation.wait_traced();
        let traffic = self.host.traffic() - self.before;
        let profile = self.host.profile();
        drop(self.host);
        Finished { outcome, trail, traffic, spans, profile }
    }
}

//! Feeds a host's state machine with what happens in the world, and does what it wants done.
//!
//! One thread has the state machine and all sockets (see [`turns`]). It also runs the beginning of each task, since most end there; what takes longer goes on
//! on worker threads. The store and effects, which may block, have threads of their own; each screen has one.

mod client;
mod listen;
mod turns;
mod wire;
mod world;

use crate::RuntimeError;
use crate::pool::Pool;
use crate::screen::{Screen, Shown};
use crate::transport::{Link, Transport};
use client::Client;
use hash::store::ObjectStore;
use node::event::{ConnId, DialId};
use node::{Command, CommandId, CommandReply, Config, Event, Host, StartRun};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use turns::Turns;
use world::World;

pub use client::Explain;
pub(crate) use wire::READ_BYTES;

/// Threads that ask the store: one that is slow does not hold up all.
const STORE_THREADS: usize = 2;

/// Threads that may block: one for each effect of a program that is under way, and some for closing files and for names of hosts.
const BLOCKING_THREADS_MAX: usize = node::limits::EFFECTS_MAX + 32;

/// What the driver's thread is told.
enum Input {
    Event(Event),
    /// A batch was written; its buffer can be used again.
    Written {
        conn: ConnId,
        batch: Vec<u8>,
    },
    Linked {
        link: Box<Link>,
        dial: Option<DialId>,
    },
    Command {
        id: CommandId,
        command: Command,
        client: Option<Client>,
    },
    Stop,
}

/// A host that is running. It stops when this is dropped.
pub struct Driver {
    inputs: UnboundedSender<Input>,
    commands: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

/// Gives commands from anywhere.
#[derive(Clone)]
pub struct Commander {
    inputs: UnboundedSender<Input>,
    commands: Arc<AtomicU64>,
}

impl Driver {
    /// Starts a host that takes connections from `listener`, if there is one.
    pub fn start(
        config: Config,
        transport: Transport,
        store: Arc<dyn ObjectStore>,
        listener: Option<TcpListener>,
    ) -> Result<Driver, RuntimeError> {
        let (inputs, received) = unbounded_channel();
        let workers = Pool::start("worker", config.workers).map_err(RuntimeError::System)?;
        let readers = Pool::start("store", STORE_THREADS).map_err(RuntimeError::System)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(BLOCKING_THREADS_MAX)
            .build()
            .map_err(RuntimeError::System)?;
        let listener = match listener {
            Some(listener) => {
                listener.set_nonblocking(true).map_err(RuntimeError::System)?;
                let _context = runtime.enter();
                Some(tokio::net::TcpListener::from_std(listener).map_err(RuntimeError::System)?)
            }
            None => None,
        };
        let world = World::new(inputs.clone(), transport, store, workers, readers);
        let turns = Turns::new(Host::new(config, 0), world, received);
        let thread = std::thread::Builder::new().name("host".into());
        let thread = thread.spawn(move || {
            // As a task of the runtime: what it is blocked on may itself wake it only through the system.
            let driving = runtime.spawn(turns.drive(listener));
            let _ = runtime.block_on(driving);
            runtime.shutdown_background();
        });
        let thread = Some(thread.map_err(RuntimeError::System)?);
        Ok(Driver { inputs, commands: Arc::new(AtomicU64::new(1)), thread })
    }

    pub fn commander(&self) -> Commander {
        Commander { inputs: self.inputs.clone(), commands: self.commands.clone() }
    }

    /// Waits until the host has stopped by itself.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.inputs.send(Input::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Commander {
    /// Gives a command. The reply comes on the channel; it is closed if the host is gone.
    pub fn give(&self, command: Command) -> (CommandId, mpsc::Receiver<CommandReply>) {
        self.command(command, None, None)
    }

    /// As [`Commander::give`], for a run that prints and asks.
    pub fn run(&self, start: StartRun, screen: Screen, explain: Explain) -> (CommandId, mpsc::Receiver<CommandReply>) {
        self.command(Command::Run(Box::new(start)), Some(screen), Some(explain))
    }

    fn command(
        &self,
        command: Command,
        screen: Option<Screen>,
        explain: Option<Explain>,
    ) -> (CommandId, mpsc::Receiver<CommandReply>) {
        let id = CommandId(self.commands.fetch_add(1, Ordering::Relaxed));
        let (reply, replies) = mpsc::channel();
        let client = Some(Client { reply, screen, explain });
        // If the host is gone, so is the client, and with it the channel.
        let _ = self.inputs.send(Input::Command { id, command, client });
        (id, replies)
    }

    /// Gives a command that has no reply.
    pub fn tell(&self, command: Command) {
        let id = CommandId(self.commands.fetch_add(1, Ordering::Relaxed));
        let _ = self.inputs.send(Input::Command { id, command, client: None });
    }

    /// Tells the host what has become of output.
    pub fn shown(&self, command: CommandId, shown: Shown) {
        let input = match shown {
            Shown::Bytes(bytes) => Input::Event(Event::Shown { command, bytes }),
            Shown::ToNobody => Input::Command { id: command, command: Command::Cancel(command), client: None },
        };
        let _ = self.inputs.send(input);
    }
}

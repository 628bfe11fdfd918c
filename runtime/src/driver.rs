//! Feeds a host's state machine with what happens in the world, and does what it wants done.
//!
//! One thread has the state machine and all sockets. Tasks run on worker threads; the store and effects, which may block, have threads of their own; each screen has one.
//! What comes from peers waits in a queue with an end, so a peer that floods waits for its own turn.

use crate::RuntimeError;
use crate::io::Io;
use crate::pool::{self, Pool};
use crate::screen::{Screen, Shown};
use crate::trace;
use crate::transport::{Link, Transport};
use hash::store::ObjectStore;
use node::event::{ConnId, DialId};
use node::limits::{FRAME_BYTES_MAX, HANDSHAKES_MAX};
use node::{Action, Command, CommandId, CommandReply, Config, Event, Frame, FrameDecoder, Host, Reply};
use std::collections::{BTreeMap, VecDeque};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel};
use tokio_rustls::TlsStream;

/// Events from peers that wait for the state machine.
const PEER_EVENTS_MAX: usize = 256;

/// Threads that ask the store: one that is slow does not hold up all.
const STORE_THREADS: usize = 2;

/// Threads for effects of programs, any of which may block for as long as it likes (reading a pipe that nobody writes to).
const EFFECT_THREADS_MAX: usize = 512;

/// Time for the last frames to be written when a host stops.
const FLUSH_MS: u64 = 1_000;

/// What the driver's thread is told.
enum Input {
    Event(Event),
    Linked { link: Box<Link>, dial: Option<DialId> },
    Command { id: CommandId, command: Command, client: Option<Client> },
    Stop,
}

/// Who gave a command.
struct Client {
    reply: mpsc::Sender<CommandReply>,
    screen: Option<Screen>,
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
            .max_blocking_threads(EFFECT_THREADS_MAX)
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
        let started = Instant::now();
        let world = World {
            inputs: inputs.clone(),
            transport,
            store,
            workers,
            readers,
            connections: BTreeMap::new(),
            clients: BTreeMap::new(),
            last_connection: 0,
            io: Arc::new(Io::new(started)),
            started,
            writers: tokio::task::JoinSet::new(),
        };
        let thread = std::thread::Builder::new().name("host".into());
        let thread = thread.spawn(move || {
            runtime.block_on(drive(Host::new(config, 0), world, received, listener));
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
    pub fn give(&self, command: Command, screen: Option<Screen>) -> (CommandId, mpsc::Receiver<CommandReply>) {
        let id = CommandId(self.commands.fetch_add(1, Ordering::Relaxed));
        let (reply, replies) = mpsc::channel();
        let client = Some(Client { reply, screen });
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

/// What the state machine's actions act upon.
struct World {
    inputs: UnboundedSender<Input>,
    transport: Transport,
    store: Arc<dyn ObjectStore>,
    /// Run slices of tasks.
    workers: Pool,
    /// Ask the store.
    readers: Pool,
    connections: BTreeMap<ConnId, Wire>,
    clients: BTreeMap<CommandId, Client>,
    last_connection: u64,
    io: Arc<Io>,
    started: Instant,
    writers: tokio::task::JoinSet<()>,
}

/// A connection's two tasks.
struct Wire {
    frames: UnboundedSender<Frame>,
    reader: tokio::task::AbortHandle,
}

async fn drive(
    mut host: Host,
    mut world: World,
    mut inputs: UnboundedReceiver<Input>,
    listener: Option<tokio::net::TcpListener>,
) {
    let (to_host, mut from_peers) = channel(PEER_EVENTS_MAX);
    let accepting = listener
        .map(|listener| tokio::spawn(accept(listener, world.transport.clone(), world.inputs.clone())).abort_handle());
    loop {
        let due = host.next_deadline().map(|at| world.started + Duration::from_millis(at));
        let due = async {
            match due {
                Some(at) => tokio::time::sleep_until(at.into()).await,
                None => std::future::pending().await,
            }
        };
        let event = tokio::select! {
            input = inputs.recv() => match input {
                Some(Input::Stop) | None => break,
                Some(input) => world.event(input, &to_host),
            },
            event = from_peers.recv() => event,
            () = due => Some(Event::Tick),
        };
        let Some(event) = event else { continue };
        trace::event(&event);
        let now = u64::try_from(world.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut stop = false;
        for action in host.on(now, event) {
            trace::action(&action);
            stop |= world.act(action);
        }
        if stop {
            break;
        }
    }
    accepting.inspect(|task| task.abort());
    world.close_all().await;
}

/// Whoever is slow with the handshake makes room for others, the first who came first.
async fn accept(listener: tokio::net::TcpListener, transport: Transport, inputs: UnboundedSender<Input>) {
    let mut handshakes: VecDeque<tokio::task::AbortHandle> = VecDeque::new();
    loop {
        if handshakes.len() >= HANDSHAKES_MAX {
            handshakes.retain(|handshake| !handshake.is_finished());
        }
        if handshakes.len() >= HANDSHAKES_MAX {
            handshakes.pop_front().inspect(|oldest| oldest.abort());
        }
        let Ok((tcp, _)) = listener.accept().await else {
            // Out of descriptors, most likely: others have to end first.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (transport, inputs) = (transport.clone(), inputs.clone());
        let handshake = tokio::spawn(async move {
            if let Some(link) = transport.accept(tcp).await {
                let _ = inputs.send(Input::Linked { link: Box::new(link), dial: None });
            }
        });
        handshakes.push_back(handshake.abort_handle());
    }
}

impl World {
    fn event(&mut self, input: Input, to_host: &Sender<Event>) -> Option<Event> {
        match input {
            Input::Event(event) => Some(event),
            Input::Linked { link, dial } => Some(self.linked(*link, dial, to_host)),
            Input::Command { id, command, client } => {
                if let Some(client) = client {
                    self.clients.insert(id, client);
                }
                Some(Event::Command { id, command })
            }
            Input::Stop => None,
        }
    }

    fn linked(&mut self, link: Link, dial: Option<DialId>, to_host: &Sender<Event>) -> Event {
        self.last_connection += 1;
        let conn = ConnId(self.last_connection);
        let (reading, writing) = tokio::io::split(link.stream);
        let (frames, queue) = unbounded_channel();
        let reader = tokio::spawn(read(conn, reading, to_host.clone())).abort_handle();
        self.writers.spawn(write(conn, writing, queue, self.inputs.clone()));
        self.connections.insert(conn, Wire { frames, reader });
        Event::Connected { conn, peer: link.peer, dial }
    }

    /// Does what the host wants. True: it is done with everything.
    fn act(&mut self, action: Action) -> bool {
        match action {
            Action::Dial { dial, address, expect } => self.dial(dial, address, expect),
            Action::Send { conn, frame } => {
                if let Some(wire) = self.connections.get(&conn) {
                    // Fails when the writer has met an error, which it reports itself.
                    let _ = wire.frames.send(frame);
                }
            }
            Action::Close { conn } => {
                if let Some(wire) = self.connections.remove(&conn) {
                    wire.reader.abort();
                }
            }
            Action::Store { ticket, request } => {
                let (store, inputs) = (self.store.clone(), self.inputs.clone());
                self.readers.run(move || {
                    let reply = node::store::perform(&*store, request);
                    let _ = inputs.send(Input::Event(Event::Stored { ticket, reply }));
                });
            }
            Action::Run { task, job, fuel } => {
                let inputs = self.inputs.clone();
                self.workers.run(move || drop(inputs.send(Input::Event(pool::slice(task, job, fuel)))));
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
                    None => {
                        let shown = Event::Shown { command, bytes: text.len() };
                        let _ = self.inputs.send(Input::Event(shown));
                    }
                }
            }
            Action::ReadLine { command, read } => self.read_line(command, read),
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

    /// On a thread of its own, which may wait for the user forever and holds up nobody.
    fn read_line(&self, command: CommandId, read: node::event::ReadId) {
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
    async fn close_all(&mut self) {
        for (_, wire) in std::mem::take(&mut self.connections) {
            wire.reader.abort();
        }
        let flushed = async { while self.writers.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(Duration::from_millis(FLUSH_MS), flushed).await;
    }
}

async fn read(conn: ConnId, mut reading: ReadHalf<TlsStream<TcpStream>>, to_host: Sender<Event>) {
    let why = read_frames(conn, &mut reading, &to_host).await;
    let _ = to_host.send(Event::Disconnected { conn, why }).await;
}

/// Until the connection ends; says why.
async fn read_frames(conn: ConnId, reading: &mut ReadHalf<TlsStream<TcpStream>>, to_host: &Sender<Event>) -> String {
    let mut decoder = FrameDecoder::new();
    let mut buffer = vec![0; FRAME_BYTES_MAX];
    loop {
        match reading.read(&mut buffer).await {
            Ok(0) => return "it has closed the connection".into(),
            Ok(n) => decoder.push(&buffer[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return "the connection broke".into(),
            Err(error) => return error.to_string(),
        }
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => drop(to_host.send(Event::Received { conn, frame }).await),
                Ok(None) => break,
                Err(error) => return error.to_string(),
            }
        }
    }
}

async fn write(
    conn: ConnId,
    mut writing: WriteHalf<TlsStream<TcpStream>>,
    mut frames: UnboundedReceiver<Frame>,
    inputs: UnboundedSender<Input>,
) {
    let mut batch = Vec::new();
    while let Some(frame) = frames.recv().await {
        batch.push(frame);
        while let Ok(frame) = frames.try_recv() {
            batch.push(frame);
        }
        let bytes: Vec<u8> = batch.iter().flat_map(Frame::encode).collect();
        let written = async {
            writing.write_all(&bytes).await?;
            writing.flush().await
        };
        if let Err(error) = written.await {
            let _ = inputs.send(Input::Event(Event::Disconnected { conn, why: error.to_string() }));
            return;
        }
        let _ = inputs.send(Input::Event(Event::Written { conn, frames: batch.len() }));
        batch.clear();
    }
    let _ = writing.shutdown().await;
}

impl Client {
    /// Replies, behind all output that came before. Whoever does not listen any more wants no reply.
    fn reply(&self, reply: CommandReply) {
        match &self.screen {
            Some(screen) => screen.reply(self.reply.clone(), reply),
            None => _ = self.reply.send(reply),
        }
    }
}

//! The loop of the driver's thread. A turn takes what has happened, up to a limit, and hands what it caused to each connection at once: the more there is to do, the
//! fewer system calls each part of it takes.
//!
//! What comes from peers waits in a queue with an end, so a peer that floods waits for its own turn.

use super::wire::Arrived;
use super::world::World;
use super::{Input, listen};
use crate::trace;
use node::{Event, Host};
use std::collections::VecDeque;
use std::pin::Pin;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{Receiver, UnboundedReceiver, channel};
use tokio::time::{Sleep, sleep_until};

/// Reads from peers that wait for the state machine, of one buffer each.
const ARRIVED_MAX: usize = 32;

/// A turn ends after so many events, or so long: then what it caused is sent, and other threads are heard.
const TURN_EVENTS_MAX: usize = 1024;
const TURN_MAX: Duration = Duration::from_micros(500);

/// Where no timer is set.
const FAR: Duration = Duration::from_secs(1 << 30);

/// The driver's thread.
pub(super) struct Turns {
    host: Host,
    world: World,
    inputs: UnboundedReceiver<Input>,
    from_peers: Receiver<Arrived>,
    /// Events that wait for their turn: those that came together, and those that were caused here.
    events: VecDeque<Event>,
    /// The host wants nothing more.
    done: bool,
}

impl Turns {
    pub fn new(host: Host, mut world: World, inputs: UnboundedReceiver<Input>) -> Turns {
        let (to_host, from_peers) = channel(ARRIVED_MAX);
        world.connect(to_host);
        Turns { host, world, inputs, from_peers, events: VecDeque::new(), done: false }
    }

    pub async fn drive(mut self, listener: Option<tokio::net::TcpListener>) {
        let accepting = listener.map(|listener| listen::start(listener, &self.world));
        let mut timer = Box::pin(sleep_until((Instant::now() + FAR).into()));
        while !self.done {
            if self.events.is_empty() {
                self.wait(&mut timer).await;
            } else {
                // Others have a turn, too: sockets are read and written, and what has come goes behind what waits. A task that is
                // answered at once, again and again, would leave no turn without an event.
                tokio::task::yield_now().await;
                self.gather();
            }
            self.turn();
            self.world.flush();
        }
        accepting.inspect(|task| task.abort());
        self.world.close_all().await;
    }

    /// Until something has happened.
    async fn wait(&mut self, timer: &mut Pin<Box<Sleep>>) {
        let renewal = self.host.next_renewal();
        let due = Duration::from_millis(self.host.next_deadline().map_or(renewal, |due| due.min(renewal)));
        let due = (self.world.started + due).into();
        if timer.deadline() != due {
            timer.as_mut().reset(due);
        }
        tokio::select! {
            input = self.inputs.recv() => self.input(input.unwrap_or(Input::Stop)),
            Some(arrived) = self.from_peers.recv() => self.arrived(arrived),
            () = timer => self.events.push_back(Event::Tick),
        }
    }

    fn turn(&mut self) {
        let begun = Instant::now();
        for n in 0..TURN_EVENTS_MAX {
            if self.events.is_empty() {
                self.gather();
            }
            let Some(event) = self.events.pop_front() else { return };
            self.take(event);
            if self.done || (n % 16 == 15 && begun.elapsed() > TURN_MAX) {
                return;
            }
        }
    }

    /// What has come meanwhile, without waiting for more. Peers wait while there is more to do than fits into a turn.
    fn gather(&mut self) {
        while let Ok(input) = self.inputs.try_recv() {
            self.input(input);
        }
        if self.events.len() < TURN_EVENTS_MAX
            && let Ok(arrived) = self.from_peers.try_recv()
        {
            self.arrived(arrived);
        }
    }

    fn input(&mut self, input: Input) {
        match input {
            Input::Stop => self.done = true,
            input => self.events.extend(self.world.event(input)),
        }
    }

    fn arrived(&mut self, arrived: Arrived) {
        match arrived {
            Arrived::Frames(conn, frames) => {
                self.events.extend(frames.into_iter().map(|frame| Event::Received { conn, frame }));
            }
            Arrived::End(conn, why) => self.events.push_back(Event::Disconnected { conn, why }),
        }
    }

    fn take(&mut self, event: Event) {
        let elapsed = self.world.started.elapsed();
        let now = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        self.host.tell_time(u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX));
        trace::event(&event);
        let mut actions = self.host.on(now, event);
        for action in actions.drain(..) {
            trace::action(&action);
            self.done |= self.world.act(action, &mut self.events);
        }
        self.host.reuse(actions);
    }
}

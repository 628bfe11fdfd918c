//! The network between hosts: connections that keep the order of a stream and nothing else, and what can happen to them.

use crate::fault::Fault;
use crate::random::Random;
use node::Frame;
use node::event::{ConnId, Millis};
use node::frame::FrameKind;
use std::collections::BTreeMap;

/// Milliseconds of a frame's way: usually, and now and then.
const WAY_MS: u64 = 20;
const LONG_WAY_MS: u64 = 200;

/// A connection between two hosts.
pub struct Link {
    /// Host, and the connection's name, of the dialler and the other.
    pub ends: [(usize, ConnId); 2],
    pub open: bool,
    pub blackhole: bool,
    /// Nothing is read before.
    stalled: Millis,
    /// When the last frame of a stream arrives, by the end to which it goes.
    last: BTreeMap<(usize, bool, u64), Millis>,
    /// When the last frame of all arrives, by the same.
    latest: [Millis; 2],
}

#[derive(Default)]
pub struct Network {
    pub links: Vec<Link>,
    /// The link and the end of each connection.
    ends: BTreeMap<(usize, ConnId), (usize, usize)>,
    last_conn: u64,
    /// Who is apart from everybody else, and until when.
    partitions: Vec<(Vec<usize>, Millis)>,
    /// Until when everything takes how much longer.
    delay: (Millis, Millis),
    reorders: bool,
    pub duplicates: bool,
}

/// When a frame arrives, and when again, if it does.
pub struct Way {
    pub link: usize,
    pub to: usize,
    pub arrives: Millis,
    pub again: Option<Millis>,
    pub written: Millis,
}

impl Network {
    pub fn new(reorders: bool, duplicates: bool) -> Network {
        Network { reorders, duplicates, ..Network::default() }
    }

    /// A connection, of which the ends have names.
    pub fn connect(&mut self, from: usize, to: usize) -> [ConnId; 2] {
        let conns = [ConnId(self.last_conn + 1), ConnId(self.last_conn + 2)];
        self.last_conn += 2;
        let ends = [(from, conns[0]), (to, conns[1])];
        self.ends.extend([(ends[0], (self.links.len(), 0)), (ends[1], (self.links.len(), 1))]);
        let (last, latest) = (BTreeMap::new(), [0; 2]);
        self.links.push(Link { ends, open: true, blackhole: false, stalled: 0, last, latest });
        conns
    }

    pub fn link_of(&self, host: usize, conn: ConnId) -> Option<(usize, usize)> {
        self.ends.get(&(host, conn)).copied()
    }

    /// The time until which two hosts do not reach each other; none if they do.
    pub fn apart(&self, one: usize, other: usize, now: Millis) -> Option<Millis> {
        let parts =
            |(apart, until): &&(Vec<usize>, Millis)| *until > now && apart.contains(&one) != apart.contains(&other);
        self.partitions.iter().filter(parts).map(|(_, until)| *until).max()
    }

    /// The way of a frame that a host sends. Frames of one stream keep their order; those of different streams do not. The greeting comes first.
    pub fn way(&mut self, now: Millis, from: (usize, ConnId), frame: &Frame, random: &mut Random) -> Option<Way> {
        let (index, end) = self.link_of(from.0, from.1)?;
        let to = 1 - end;
        let twice = self.duplicates && random.one_in(15);
        let slowest = if random.one_in(8) { LONG_WAY_MS } else { WAY_MS };
        let longer = if self.delay.0 > now { random.below(self.delay.1 + 1) } else { 0 };
        let delay = 1 + random.below(slowest) + longer;
        let other = self.links[index].ends[to].0;
        let healed = self.apart(from.0, other, now).unwrap_or(0);
        let link = &mut self.links[index];
        let greeting = (to, false, 0);
        let stream = (to, frame.kind == FrameKind::Credit, frame.stream);
        let first = !link.last.contains_key(&stream);
        let is_greeting = stream == greeting && first;
        let floor = match self.reorders {
            true => link.last.get(&stream).max(link.last.get(&greeting).filter(|_| first)).copied().unwrap_or(0),
            false => link.latest[to],
        };
        let stalled = link.stalled.max(healed);
        let arrives = (now + delay).max(floor).max(stalled);
        link.last.insert(stream, arrives);
        link.latest[to] = link.latest[to].max(arrives);
        // A message in several frames cannot come twice, since its pieces have no numbers.
        let repeats = twice && first && !is_greeting && frame.kind == FrameKind::Last;
        // At once, or when everything may be over.
        let again = repeats.then(|| arrives + 1 + if random.one_in(2) { delay } else { random.below(2_000) });
        let written = (now + 1 + random.below(3)).max(stalled);
        Some(Way { link: index, to, arrives, again, written })
    }

    /// When everything has arrived that was sent to an end of a link.
    pub fn drained(&self, link: usize, end: usize) -> Millis {
        self.links[link].latest[end]
    }

    /// What a fault does to connections, other than breaking one: that is for the caller, which gets the link.
    pub fn suffer(&mut self, now: Millis, fault: &Fault, random: &mut Random) -> Option<usize> {
        match fault {
            Fault::Break | Fault::Blackhole | Fault::Stall(_) => {
                let open: Vec<usize> = (0..self.links.len()).filter(|index| self.links[*index].open).collect();
                let index = *open.get(random.below(open.len().max(1) as u64) as usize)?;
                match fault {
                    Fault::Blackhole => self.links[index].blackhole = true,
                    Fault::Stall(ms) => self.links[index].stalled = now + ms,
                    _ => return Some(index),
                }
            }
            Fault::Partition(apart, ms) => self.partitions.push((apart.clone(), now + ms)),
            Fault::Delay(ms, by) => self.delay = (now + ms, *by),
            Fault::Crash(..) | Fault::SlowDisk(..) | Fault::Falsify => {}
        }
        None
    }

    /// The open links of a host.
    pub fn of_host(&self, host: usize) -> Vec<usize> {
        let mine = |link: &Link| link.open && link.ends.iter().any(|(end, _)| *end == host);
        (0..self.links.len()).filter(|index| mine(&self.links[*index])).collect()
    }
}

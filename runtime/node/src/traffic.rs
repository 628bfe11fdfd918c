//! What a host has sent and received, counted: so that a user can see what an evaluation elsewhere costs.

use crate::message::Status;
use std::ops::Sub;

/// Since the host has started. Bytes are those of frames, before they are encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Traffic {
    /// Evaluations that other hosts were asked for.
    pub calls: u64,
    /// How often somebody waited for an answer because of them: once for each, and once more each time that definitions were asked for.
    pub round_trips: u64,
    pub messages_sent: u64,
    pub messages_received: u64,
    pub bytes_sent: u64,
    pub bytes_received: u64,
    pub definitions_sent: u64,
    pub definitions_received: u64,
}

/// What a host is doing, and what it has moved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Measure {
    pub status: Status,
    pub traffic: Traffic,
}

/// What has come in between.
impl Sub for Traffic {
    type Output = Traffic;

    fn sub(self, earlier: Traffic) -> Traffic {
        Traffic {
            calls: self.calls - earlier.calls,
            round_trips: self.round_trips - earlier.round_trips,
            messages_sent: self.messages_sent - earlier.messages_sent,
            messages_received: self.messages_received - earlier.messages_received,
            bytes_sent: self.bytes_sent - earlier.bytes_sent,
            bytes_received: self.bytes_received - earlier.bytes_received,
            definitions_sent: self.definitions_sent - earlier.definitions_sent,
            definitions_received: self.definitions_received - earlier.definitions_received,
        }
    }
}

//! Values that wait to be sent: a program that makes requests faster than a peer reads them waits for it.
//!
//! A value waits from its request to the moment at which it is encoded for a connection, which depends on nothing but the peer's reading. So a task that waits here does not wait for any other task.

use super::*;
use machine::Answer;

/// For each peer.
#[derive(Default, Debug)]
pub(super) struct Unsent {
    peers: BTreeMap<HostKey, Waiting>,
}

#[derive(Default, Debug)]
struct Waiting {
    bytes: usize,
    /// Tasks that go on with these answers when there is room.
    tasks: Vec<(TaskId, Answer)>,
}

impl Unsent {
    /// A value of so many bytes waits.
    pub fn add(&mut self, peer: HostKey, bytes: usize) {
        if bytes > 0 {
            self.peers.entry(peer).or_default().bytes += bytes;
        }
    }

    /// It does not wait any more. Gives the tasks that may go on.
    pub fn remove(&mut self, peer: HostKey, bytes: usize) -> Vec<(TaskId, Answer)> {
        let Some(waiting) = self.peers.get_mut(&peer).filter(|_| bytes > 0) else { return Vec::new() };
        waiting.bytes -= bytes;
        if waiting.bytes == 0 {
            return self.peers.remove(&peer).map(|waiting| waiting.tasks).unwrap_or_default();
        }
        if waiting.bytes <= UNSENT_BYTES_MAX { std::mem::take(&mut waiting.tasks) } else { Vec::new() }
    }

    /// Nothing: there is room, and the task may go on.
    fn block(&mut self, peer: HostKey, task: TaskId, answer: Answer) -> Option<Answer> {
        match self.peers.get_mut(&peer).filter(|waiting| waiting.bytes > UNSENT_BYTES_MAX) {
            Some(waiting) => {
                waiting.tasks.push((task, answer));
                None
            }
            None => Some(answer),
        }
    }
}

impl Host {
    /// Bytes of values that wait to be sent.
    pub fn unsent_bytes(&self) -> usize {
        self.unsent.peers.values().map(|waiting| waiting.bytes).sum()
    }

    /// The task goes on with this answer as soon as there is room for what it sends to the peer.
    pub(super) fn resume_with_room(&mut self, id: TaskId, peer: HostKey, answer: Answer) {
        match self.unsent.block(peer, id, answer) {
            Some(answer) => self.resume(id, answer),
            None => {
                if let Some(task) = self.tasks.get_mut(&id) {
                    task.state = tasks::State::Output;
                }
            }
        }
    }

    /// A value of so many bytes was sent, or is not wanted any more.
    pub(super) fn value_left(&mut self, peer: HostKey, bytes: usize) {
        for (id, answer) in self.unsent.remove(peer, bytes) {
            if self.tasks.get(&id).is_some_and(|task| task.state == tasks::State::Output) {
                self.resume(id, answer);
            }
        }
    }
}

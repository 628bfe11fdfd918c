//! The thread of a console: it shows output, and passes replies on behind it, in the order in which they came.
//!
//! Showing may wait for the user for as long as it likes, and holds up nothing but this thread. Several runs may share a screen.

use crate::driver::Commander;
use crate::{Console, RuntimeError};
use node::{CommandId, CommandReply, Stream};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

/// A console and its thread, which ends with the last clone.
#[derive(Clone)]
pub struct Screen {
    jobs: Sender<Job>,
    pub console: Arc<dyn Console>,
}

enum Job {
    Output(CommandId, Stream, String),
    Reply(Sender<CommandReply>, CommandReply),
}

/// What has become of output.
pub enum Shown {
    /// So many bytes have reached the user.
    Bytes(usize),
    /// Nobody sees any more what is shown.
    ToNobody,
}

impl Screen {
    /// A screen of the host that takes these commands.
    pub fn start(console: Arc<dyn Console>, host: Commander) -> Result<Screen, RuntimeError> {
        let (jobs, queue) = channel();
        let shown_on = console.clone();
        let showing = move || {
            for job in queue {
                match job {
                    Job::Output(command, stream, text) => {
                        shown_on.write(stream, &text);
                        if shown_on.gone() {
                            host.shown(command, Shown::ToNobody);
                        }
                        host.shown(command, Shown::Bytes(text.len()));
                    }
                    Job::Reply(to, reply) => drop(to.send(reply)),
                }
            }
        };
        std::thread::Builder::new().name("console".into()).spawn(showing).map_err(RuntimeError::System)?;
        Ok(Screen { jobs, console })
    }

    pub fn show(&self, command: CommandId, stream: Stream, text: String) {
        // Fails only if the console has panicked.
        let _ = self.jobs.send(Job::Output(command, stream, text));
    }

    pub fn reply(&self, to: Sender<CommandReply>, reply: CommandReply) {
        let _ = self.jobs.send(Job::Reply(to, reply));
    }
}

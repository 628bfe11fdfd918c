//! Who gave a command.

use crate::screen::Screen;
use node::{CommandReply, Trail};
use std::sync::{Arc, mpsc};

/// Says which way a failure has come, in the words of where the program was written: a line for each step.
pub type Explain = Arc<dyn Fn(&Trail) -> Vec<String> + Send + Sync>;

pub(super) struct Client {
    pub reply: mpsc::Sender<CommandReply>,
    pub screen: Option<Screen>,
    /// Of a run, whose program may ask for it.
    pub explain: Option<Explain>,
}

impl Client {
    /// Replies, behind all output that came before. Whoever does not listen any more wants no reply.
    pub fn reply(&self, reply: CommandReply) {
        match &self.screen {
            Some(screen) => screen.reply(self.reply.clone(), reply),
            None => _ = self.reply.send(reply),
        }
    }
}

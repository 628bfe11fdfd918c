//! Who gave a command.

use crate::screen::Screen;
use node::CommandReply;
use std::sync::mpsc;

pub(super) struct Client {
    pub reply: mpsc::Sender<CommandReply>,
    pub screen: Option<Screen>,
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

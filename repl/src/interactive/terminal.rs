//! A session on a terminal.

use super::editor::{LineEditor, Read, read_line_for_program};
use super::show::{CONTINUATION, PROMPT, Show};
use crate::arguments::Prompt;
use crate::commands::{self, report};
use crate::exit::{self, Failure};
use crate::streams::Streams;
use runtime::{Console, Stream};
use session::Home;
use session::repl::{Interrupt, Repl};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

pub fn run(home: &Home, arguments: &Prompt) -> Result<u8, Failure> {
    let (streams, interrupt) = (Arc::new(Streams::default()), Arc::new(Interrupt::default()));
    let console = Arc::new(Terminal { streams: streams.clone(), interrupt: interrupt.clone() });
    let repl = Rc::new(RefCell::new(super::open(home, arguments, console, interrupt.clone())?));
    stop_at_interrupt(interrupt, streams.clone())?;
    let editor = LineEditor::new(repl.clone(), home.data.join("history"), commands::color());
    let mut editor = editor.map_err(|error| unusable(&error))?;
    let show = Show::new(streams);
    show.line(concat!("Unison in Rust ", env!("CARGO_PKG_VERSION"), ". :help lists the commands, Ctrl-D leaves."));
    loop {
        let prompt = prompt(&repl.borrow());
        match editor.read(&prompt, CONTINUATION).map_err(|error| unusable(&error))? {
            Read::End => return Ok(exit::OK),
            Read::Dropped => {}
            Read::Entry(entry) => {
                let mut repl = repl.borrow_mut();
                let reply = repl.enter(&entry);
                show.reply(&repl, &reply);
                if reply.quit {
                    return Ok(exit::OK);
                }
            }
        }
    }
}

/// Ctrl-C while something is evaluated; at the prompt the line editor sees it. The terminal has written `^C` on the line.
fn stop_at_interrupt(interrupt: Arc<Interrupt>, streams: Arc<Streams>) -> Result<(), Failure> {
    let act = move || {
        if interrupt.raise() {
            streams.write(Stream::Out, "\n");
        }
    };
    runtime::signals::on_interrupt(act).map_err(|error| report::runtime(&error))
}

/// `> `, with where expressions are evaluated before it unless that is here.
fn prompt(repl: &Repl) -> String {
    format!("{}{PROMPT}", repl.place().unwrap_or_default())
}

fn unusable(error: &rustyline::error::ReadlineError) -> Failure {
    Failure::new(exit::FAULT, format!("the terminal cannot be used: {error}"))
}

/// The standard streams while a program runs on a terminal.
struct Terminal {
    streams: Arc<Streams>,
    interrupt: Arc<Interrupt>,
}

impl Console for Terminal {
    fn write(&self, stream: Stream, text: &str) {
        self.streams.write(stream, text);
    }

    /// Through the line editor, since a read that blocks could not be stopped: it would take the next line from the prompt.
    fn read_line(&self) -> std::io::Result<Option<String>> {
        read_line_for_program(&self.streams.take_line(), || _ = self.interrupt.raise())
    }
}

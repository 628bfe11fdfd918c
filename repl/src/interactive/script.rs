//! A session fed by a file or pipe: no prompt, no banner, and exit status 1 if anything in it went wrong.

use super::show::Show;
use crate::arguments::Prompt;
use crate::commands::report;
use crate::exit::{self, Failure};
use crate::streams::Streams;
use runtime::Console;
use session::Home;
use session::repl::{Interrupt, Misuse, Trouble, input};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub fn run(home: &Home, arguments: &Prompt) -> Result<u8, Failure> {
    let (streams, interrupt) = (Arc::new(Streams::default()), Arc::new(Interrupt::default()));
    let interrupted = Arc::new(AtomicBool::new(false));
    let mut repl = super::open(home, arguments, streams.clone(), interrupt.clone(), Arc::new(|_| {}))?;
    stop_at_interrupt(interrupt, interrupted.clone())?;
    let show = Show::new(streams.clone(), false);
    let mut lines = Lines { streams, held: None };
    let mut status = exit::OK;
    while let Some(entry) = lines.entry().map_err(|error| unreadable(&error))? {
        if entry.trim().is_empty() {
            continue;
        }
        if arguments.echo {
            show.echo(&entry);
        }
        repl.rearm();
        let mut reply = repl.enter(&entry);
        if reply.edit.take().is_some() {
            reply.troubles.push(Trouble::Command(Misuse::NoEditor));
        }
        if interrupted.load(Ordering::SeqCst) {
            return Ok(exit::INTERRUPTED);
        }
        if !reply.troubles.is_empty() {
            status = exit::PROBLEMS;
        }
        show.reply(&repl, &reply);
        if reply.quit {
            break;
        }
    }
    Ok(status)
}

/// Ctrl-C ends the script; an evaluation that is under way is stopped first, wherever it is.
fn stop_at_interrupt(interrupt: Arc<Interrupt>, interrupted: Arc<AtomicBool>) -> Result<(), Failure> {
    let act = move || {
        interrupted.store(true, Ordering::SeqCst);
        if !interrupt.raise() {
            std::process::exit(i32::from(exit::INTERRUPTED));
        }
    };
    runtime::signals::on_interrupt(act).map_err(|error| report::runtime(&error))
}

fn unreadable(error: &std::io::Error) -> Failure {
    Failure::new(exit::USAGE, format!("cannot read standard input: {error}"))
}

/// Standard input by entries. Programs that read a line take it from here too.
struct Lines {
    streams: Arc<Streams>,
    /// A line that belongs to the next entry.
    held: Option<String>,
}

impl Lines {
    /// The next entry; none at the end of the input.
    fn entry(&mut self) -> std::io::Result<Option<String>> {
        let Some(mut entry) = self.line()? else { return Ok(None) };
        entry.push('\n');
        while !input::is_whole(&entry) {
            let Some(line) = self.line()? else { break };
            if input::is_command(&line) && input::is_whole(&format!("{entry}\n")) {
                self.held = Some(line);
                break;
            }
            entry += &line;
            entry.push('\n');
        }
        Ok(Some(entry))
    }

    fn line(&mut self) -> std::io::Result<Option<String>> {
        match self.held.take() {
            Some(line) => Ok(Some(line)),
            None => self.streams.read_line(),
        }
    }
}
